//! How far words moved: the same words in two tables whose axes are the same.
//!
//! In: vectors before and after training went on (or of a run and of its repetition). Out: for each
//! word the cosine of its two rows and their lengths, and, for as many words as one likes, the share
//! of its nearest words that stayed.
//!
//! Cosines of rows say how far the rows turned; where a whole region turned together, neighbours stay
//! and the cosine falls, so that both are told. Neighbours are looked for among the words of both
//! tables only: words that are new do not count as a loss. Tables with axes of their own (two runs
//! with different seeds) have neighbours to compare, and cosines that mean nothing.

use crate::error::{Error, Result};
use crate::vectors::{Query, WordVectors};
use crate::vocab::WordId;
use std::fmt;

/// Neighbours are looked for among the first so many words of both tables: of a larger table these
/// are the frequent ones, and a report is not to take longer than a short training.
const AMONG: usize = 100_000;

/// What became of one word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// The word before.
    pub before: WordId,
    /// The word after.
    pub after: WordId,
    /// Its number among the words of both.
    shared: WordId,
    /// The cosine of its two rows; 1 where they are the same, 0 where one has no direction.
    pub cosine: f64,
    /// The Euclidean lengths of the rows, before and after.
    pub lengths: [f64; 2],
    /// How often it occurs in the text between, where that is known.
    pub count: u64,
}

impl Moved {
    /// Whether the vector of the word was or is zero, so that its cosine says nothing.
    pub fn has_zero_vector(&self) -> bool {
        self.lengths.contains(&0.0)
    }
}

/// Words of two tables, the one that moved most first.
pub struct Drift {
    words: Vec<Moved>,
    before: WordVectors,
    after: WordVectors,
}

impl fmt::Debug for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Drift({} words)", self.words.len())
    }
}

impl Drift {
    /// Compares the rows of all words of `before` that are in `after` too, spelt the same, and that
    /// occur in the text between: `counts[id]` of `after`; without counts all are compared. The
    /// [threads](WordVectors::threads) of `after` do the work, here and in [`Drift::kept`].
    ///
    /// ```
    /// use w2v::eval::Drift;
    /// use w2v::{Vocab, WordVectors};
    /// let before = WordVectors::new(Vocab::new([("a", 3), ("b", 2)]), 2, vec![1.0, 0.0, 0.0, 2.0])?;
    /// let vocab = Vocab::new([("a", 4), ("b", 4), ("new", 1)]);
    /// let after = WordVectors::new(vocab, 2, vec![1.0, 0.0, 3.0, 4.0, 1.0, 1.0])?;
    /// let drift = Drift::between(&before, &after, Some(&[1, 2, 1]))?;
    /// let most = drift.words()[0];
    /// assert_eq!(after.vocab().word(most.after), "b");
    /// assert!((most.cosine - 0.8).abs() < 1e-9);
    /// assert_eq!((most.lengths, most.count), ([2.0, 5.0], 2));
    /// assert!((drift.mean().unwrap() - 0.9).abs() < 1e-9);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] where the tables have other dimensions.
    pub fn between(
        before: &WordVectors,
        after: &WordVectors,
        counts: Option<&[u64]>,
    ) -> Result<Self> {
        if before.dim() != after.dim() {
            let expected = format!("{}, as before", before.dim());
            return Err(Error::parameter("dimensions", after.dim(), expected));
        }
        let pairs: Vec<(WordId, WordId)> = (0..)
            .map(WordId)
            .zip(before.vocab().words())
            // Of a word with several rows the first is the one that is found.
            .filter(|(id, word)| before.vocab().id(word) == Some(*id))
            .filter_map(|(id, word)| Some((id, after.vocab().id(word)?)))
            .collect();
        let occurs = |id: WordId| counts.map_or(1, |counts| counts[id.index()]);
        let moved = |shared: usize| {
            let (old, new) = pairs[shared];
            let (a, b) = (before.vector(old), after.vector(new));
            let (cosine, lengths) = compared(&a, &b);
            Moved {
                before: old,
                after: new,
                shared: WordId(shared as u32),
                cosine,
                lengths,
                count: counts.map_or(0, |counts| counts[new.index()]),
            }
        };
        let occurring: Vec<usize> =
            (0..pairs.len()).filter(|shared| occurs(pairs[*shared].1) > 0).collect();
        let mut words = after.threads().map(occurring.len(), 64, |nth| moved(occurring[nth]));
        words.sort_by(|a, b| a.cosine.total_cmp(&b.cosine).then(a.before.cmp(&b.before)));
        let shared = &pairs[..pairs.len().min(AMONG)];
        let (old, new): (Vec<_>, Vec<_>) = shared.iter().copied().unzip();
        let before = before.select(&old).with_threads(after.threads().clone());
        Ok(Drift { words, before, after: after.select(&new) })
    }

    /// The words, the one that moved most first.
    pub fn words(&self) -> &[Moved] {
        &self.words
    }

    /// The cosine below which a share of the words lies, 0 for the least and 1 for the greatest; `None`
    /// without words.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.words.len().checked_sub(1)?;
        let at = (share.clamp(0.0, 1.0) * last as f64).round() as usize;
        Some(self.words[at].cosine)
    }

    /// The mean cosine; `None` without words.
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.words.iter().map(|word| word.cosine).sum();
        (!self.words.is_empty()).then(|| sum / self.words.len() as f64)
    }

    /// At most `most` of the words whose neighbours can be compared, from the most frequent to the
    /// rarest, evenly spread.
    pub fn sample(&self, most: usize) -> Vec<Moved> {
        let comparable = self.words.iter().filter(|word| self.is_comparable(word));
        let mut words: Vec<Moved> = comparable.copied().collect();
        words.sort_by_key(|word| word.shared);
        let step = words.len().div_ceil(most.max(1)).max(1);
        words.into_iter().step_by(step).collect()
    }

    fn is_comparable(&self, word: &Moved) -> bool {
        word.shared.index() < self.before.len()
    }

    /// The share of the `top` nearest words that is the same before and after, for each of `words`;
    /// `None` for a word that is too rare to be looked for, or has no neighbour.
    ///
    /// # Errors
    /// None that these tables can cause.
    pub fn kept(&self, words: &[Moved], top: usize) -> Result<Vec<Option<f64>>> {
        let comparable: Vec<&Moved> = words.iter().filter(|w| self.is_comparable(w)).collect();
        let queries: Vec<Query> = comparable.iter().map(|w| Query::word(w.shared)).collect();
        let [before, after] = [&self.before, &self.after].map(|v| v.neighbors_batch(&queries, top));
        let (before, after) = (before?, after?);
        let mut shares = before.iter().zip(&after).map(|(before, after)| {
            let stayed = before.iter().filter(|old| after.iter().any(|new| new.id == old.id));
            (!before.is_empty()).then(|| stayed.count() as f64 / before.len() as f64)
        });
        let share = |word: &Moved| match self.is_comparable(word) {
            true => shares.next().flatten(),
            false => None,
        };
        Ok(words.iter().map(share).collect())
    }

    /// The mean of [`Drift::kept`] over at most `most` words, and of how many words; `None` where no word can be
    /// compared.
    ///
    /// # Errors
    /// As [`Drift::kept`].
    pub fn mean_kept(&self, most: usize, top: usize) -> Result<Option<(f64, usize)>> {
        let kept: Vec<f64> = self.kept(&self.sample(most), top)?.into_iter().flatten().collect();
        let mean = kept.iter().sum::<f64>() / kept.len() as f64;
        Ok((!kept.is_empty()).then_some((mean, kept.len())))
    }
}

/// The cosine and the lengths of two rows.
fn compared(a: &[f32], b: &[f32]) -> (f64, [f64; 2]) {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y));
        products.sum()
    };
    let lengths = [dot(a, a).sqrt(), dot(b, b).sqrt()];
    let cosine = match a == b {
        true => 1.0,
        false if lengths[0] * lengths[1] > 0.0 => dot(a, b) / (lengths[0] * lengths[1]),
        false => 0.0,
    };
    (cosine.clamp(-1.0, 1.0), lengths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Vocab;

    /// Four words at right angles or near: before, d is nearest to c; after, it went over to a.
    #[test]
    fn who_left_and_who_stayed() {
        let before = [1.0, 0.0, 0.9, 0.1, 0.0, 1.0, 0.1, 0.9];
        let after = [1.0, 0.0, 0.9, 0.1, 0.0, 1.0, 0.9, 0.05, 5.0, 5.0];
        let words = [("a", 4), ("b", 3), ("c", 2), ("d", 1)];
        let old = WordVectors::new(Vocab::new(words), 2, before.to_vec()).unwrap();
        let vocab = Vocab::new(words.into_iter().chain([("new", 9)]));
        let new = WordVectors::new(vocab, 2, after.to_vec()).unwrap();
        let drift = Drift::between(&old, &new, Some(&[1, 0, 1, 7, 9])).unwrap();
        let ids: Vec<u32> = drift.words().iter().map(|w| w.before.0).collect();
        assert_eq!(ids, [3, 0, 2], "b does not occur; ties by id");
        assert_eq!(drift.quantile(1.0), Some(1.0));
        assert_eq!(drift.quantile(0.0), Some(drift.words()[0].cosine));
        // d: c before, a after. a: b before, and after, since its cosine with d is the smaller one? By
        // hand: cos(a,b) = .9/√.82 = .9939, cos(a,d) = .9/√.8125 = .9985: d took b's place.
        // c: d before, b after.
        assert_eq!(drift.kept(drift.words(), 1).unwrap(), [Some(0.0), Some(0.0), Some(0.0)]);
        assert_eq!(drift.kept(drift.words(), 3).unwrap(), [Some(1.0), Some(1.0), Some(1.0)]);
        assert_eq!(drift.sample(2).len(), 2);
        let narrow = WordVectors::new(Vocab::new(words), 1, vec![1.0; 4]).unwrap();
        assert!(Drift::between(&old, &narrow, None).is_err());
    }
}
