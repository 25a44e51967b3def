//! Sub-sampling of frequent words (Mikolov et al. 2013b, §2.3).
//!
//! A token of a word of relative frequency f is kept with probability √(t/f) + t/f, at most 1, with
//! t = `sample`: the formula of word2vec.c (and gensim), not the paper's 1 − √(t/f), which differs.

use super::{Vocab, WordId};
use std::fmt;

/// How often a token of each word is kept.
pub struct Subsampling {
    /// `keep[id]` in units of 2⁻³²; `u32::MAX` keeps every token.
    keep: Vec<u32>,
}

impl fmt::Debug for Subsampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subsampling({} words)", self.keep.len())
    }
}

impl Subsampling {
    /// `sample` is the threshold t as a relative frequency; 0 keeps everything.
    pub fn new(vocab: &Vocab, sample: f64) -> Self {
        let total = vocab.total() as f64;
        let keep = vocab.counts().iter().map(|&count| {
            let ratio = sample * total / count.max(1) as f64;
            let probability = ratio.sqrt() + ratio;
            if sample == 0.0 || probability >= 1.0 {
                return u32::MAX;
            }
            // Below 2³² − 1, so that it is not taken for "always".
            (probability * 4_294_967_296.0).min(f64::from(u32::MAX - 1)) as u32
        });
        Subsampling { keep: keep.collect() }
    }

    /// Whether to keep this token, given 32 random bits.
    #[inline]
    pub fn keeps(&self, id: WordId, bits: u32) -> bool {
        let keep = self.keep[id.index()];
        bits < keep || keep == u32::MAX
    }

    /// The probability with which a token of this word is kept.
    pub fn probability(&self, id: WordId) -> f64 {
        match self.keep[id.index()] {
            u32::MAX => 1.0,
            keep => f64::from(keep) / 4_294_967_296.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: N = 1000, t = 0.01, so t·N = 10. Count 640: √(1/64) + 1/64 = 0.140625.
    /// Count 40: √(1/4) + 1/4 = 0.75. Count 10 and less: more than 1, so always kept.
    #[test]
    fn probabilities_by_hand() {
        let vocab = Vocab::new([("a", 640), ("b", 310), ("c", 40), ("d", 10)]);
        let s = Subsampling::new(&vocab, 0.01);
        assert!((s.probability(WordId(0)) - 0.140625).abs() < 1e-9);
        assert!((s.probability(WordId(2)) - 0.75).abs() < 1e-9);
        assert_eq!(s.probability(WordId(3)), 1.0);
        assert!(s.keeps(WordId(3), u32::MAX) && !s.keeps(WordId(0), u32::MAX));
        let all = Subsampling::new(&vocab, 0.0);
        assert!((0..4).all(|id| all.probability(WordId(id)) == 1.0));
    }
}
