//! The noise distribution: which words are drawn as negatives.
//!
//! P(w) ∝ count(w)^`ns_exponent` (Mikolov et al. 2013b use 0.75), drawn exactly by Vose's alias
//! method: one 64-bit random number and one look-up in a table of 8 bytes a word.
//!
//! Differences from word2vec.c: it draws from a table of 10⁸ entries (400 MB), in which each word's
//! share is rounded and each draw is a cache miss; replaced by the alias table its pair-by-pair
//! arithmetic ran twice as fast.

use super::{Vocab, WordId};
use rand::Rng;
use std::fmt;

/// Draws word ids in proportion to count^exponent.
pub struct Noise {
    /// `cells[i]`: the chance, in 2⁻³², that a draw of cell `i` stays with word `i`; else its alias.
    cells: Vec<(u32, u32)>,
    most: f64,
}

impl fmt::Debug for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Noise({} words)", self.cells.len())
    }
}

impl Noise {
    /// The noise distribution of a vocabulary with at least one word. A word without a count is never
    /// drawn; where no word has one, all are drawn equally often.
    pub fn new(vocab: &Vocab, ns_exponent: f64) -> Self {
        let any = vocab.counts().iter().any(|&count| count > 0);
        let weight = |&count: &u64| match count {
            0 if any => 0.0,
            count => (count.max(1) as f64).powf(ns_exponent),
        };
        let weights: Vec<f64> = vocab.counts().iter().map(weight).collect();
        let total: f64 = weights.iter().sum();
        let n = weights.len();
        let most = weights.iter().copied().fold(0.0, f64::max) / total;
        // Each cell holds 1/n of all probability: fill up the small ones from the large ones.
        let mut share: Vec<f64> = weights.iter().map(|w| w / total * n as f64).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..n).partition(|&i| share[i] < 1.0);
        let mut cells: Vec<(u32, u32)> = (0..n as u32).map(|i| (u32::MAX, i)).collect();
        while let (Some(&from), Some(into)) = (large.last(), small.pop()) {
            cells[into] = ((share[into] * 4_294_967_296.0) as u32, from as u32);
            share[from] -= 1.0 - share[into];
            if share[from] < 1.0 {
                large.pop();
                small.push(from);
            }
        }
        // What is left in either list is whole but for rounding, and keeps its own word.
        Noise { cells, most }
    }

    /// The probability of the word that is drawn most often.
    pub fn most(&self) -> f64 {
        self.most
    }

    /// Draws a word.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> WordId {
        let bits = random.next_u64();
        // The upper half chooses the cell (Lemire's multiplication instead of a division), the lower
        // half whether the cell's word or its alias is taken.
        let cell = ((bits >> 32) * self.cells.len() as u64) >> 32;
        let (stays, alias) = self.cells[cell as usize];
        // A coin flip for the branch predictor, were it a branch.
        let stays = (bits as u32) < stays;
        WordId(std::hint::select_unpredictable(stays, cell as u32, alias))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn words_without_a_count_are_not_drawn() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        for exponent in [0.75, 0.0, -1.0] {
            let vocab = Vocab::new([("a", 0), ("b", 7), ("c", 0), ("d", 1), ("e", 0)]);
            let noise = Noise::new(&vocab, exponent);
            let mut seen = [0; 5];
            (0..10_000).for_each(|_| seen[noise.draw(&mut random).index()] += 1);
            assert_eq!([seen[0], seen[2], seen[4]], [0; 3], "{seen:?}");
            assert!(seen[1] > 0 && seen[3] > 0, "{seen:?}");
        }
        let noise = Noise::new(&Vocab::new([("a", 0), ("b", 0)]), 0.75);
        assert_eq!(noise.most(), 0.5);
    }

    /// Pearson's chi-square of a million draws against the exact distribution.
    #[test]
    fn draws_follow_the_distribution() {
        for (exponent, words) in [(0.75, 50), (1.0, 7), (0.0, 20), (-0.5, 11), (0.75, 1)] {
            let counts: Vec<u64> = (1..=words).map(|i| 10_000 / i).collect();
            let names: Vec<String> = (0..words).map(|i| i.to_string()).collect();
            let vocab = Vocab::new(names.iter().map(String::as_str).zip(counts.iter().copied()));
            let noise = Noise::new(&vocab, exponent);
            let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
            let draws = 1_000_000;
            let mut seen = vec![0u64; words as usize];
            (0..draws).for_each(|_| seen[noise.draw(&mut random).index()] += 1);
            let weights: Vec<f64> = counts.iter().map(|&c| (c as f64).powf(exponent)).collect();
            let total: f64 = weights.iter().sum();
            let chi: f64 = seen
                .iter()
                .zip(&weights)
                .map(|(&seen, w)| {
                    let expected = w / total * f64::from(draws);
                    (seen as f64 - expected).powi(2) / expected
                })
                .sum();
            // Mean and variance of chi-square with n−1 degrees are n−1 and 2(n−1): 5 deviations.
            let degrees = (words - 1) as f64;
            assert!(
                chi <= degrees + 5.0 * (2.0 * degrees).sqrt(),
                "exponent {exponent}: chi² {chi}"
            );
        }
    }
}
