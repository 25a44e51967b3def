//! Vectors of the spelling alone: which n-grams of characters a word is made of.
//!
//! In: words. Out: a sparse V×D table: row w counts the n-grams of `<w>`, each hashed to one of D
//! columns (xxh3, so that a column is the same on every machine). The brackets mark the ends of the
//! word, so that a prefix is told from the same letters inside. No text is looked at: whatever such
//! vectors score, a set asks about spelling. They are what fastText's subwords see, untrained.
//!
//! Lengths run from 2 to 5 characters: 2 so that Chinese words of two characters share something when
//! they share one.

use crate::error::{Error, Result};
use crate::vectors::SparseTable;
use xxhash_rust::xxh3::xxh3_64;

/// Which n-grams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NGrams {
    /// The shortest, in characters with the brackets; 2 by default.
    #[doc(alias = "minn")]
    pub min: usize,
    /// The longest; 5 by default.
    #[doc(alias = "maxn")]
    pub max: usize,
    /// Number of dimensions that n-grams are hashed to, D; 65,536 by default.
    #[doc(alias = "bucket")]
    pub dim: usize,
}

impl Default for NGrams {
    fn default() -> Self {
        NGrams { min: 2, max: 5, dim: 1 << 16 }
    }
}

impl NGrams {
    /// The table of `words`, V×D.
    ///
    /// # Errors
    /// [`Error::Parameter`] for lengths that are not 1 ≤ min ≤ max, or a `dim` of 0 or above 2³².
    ///
    /// ```
    /// use w2v::{Vocab, WordId, WordVectors, eval::baselines::NGrams};
    /// let vocab = Vocab::new([("sing", 4), ("singing", 3), ("cat", 2)]);
    /// let table = NGrams::default().of(vocab.words())?;
    /// let vectors = WordVectors::from_store(vocab, Box::new(table), Default::default())?;
    /// assert!(vectors.cosine(WordId(0), WordId(1)) > 0.4);
    /// assert_eq!(vectors.cosine(WordId(0), WordId(2)), 0.0);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn of<'a>(&self, words: impl Iterator<Item = &'a str>) -> Result<SparseTable> {
        if self.min == 0 || self.min > self.max {
            let got = format!("{} to {}", self.min, self.max);
            return Err(Error::parameter("lengths of n-grams", got, "1 ≤ min ≤ max"));
        }
        if self.dim == 0 || self.dim > 1 << 32 {
            return Err(Error::parameter("dim", self.dim, "1 to 2³²"));
        }
        let (mut starts, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        let mut found: Vec<u32> = Vec::new();
        for word in words {
            let bracketed = format!("<{word}>");
            let mut ends: Vec<usize> = bracketed.char_indices().map(|(at, _)| at).collect();
            ends.push(bracketed.len());
            found.clear();
            for length in self.min..=self.max.min(ends.len() - 1) {
                for pair in ends.windows(length + 1) {
                    let hash = xxh3_64(&bracketed.as_bytes()[pair[0]..pair[length]]);
                    found.push((hash % self.dim as u64) as u32);
                }
            }
            found.sort_unstable();
            for same in found.chunk_by(|x, y| x == y) {
                columns.push(same[0]);
                values.push(same.len() as f32);
            }
            starts.push(values.len());
        }
        SparseTable::new(self.dim, starts, columns, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n_grams_by_hand() {
        let ngrams = NGrams { min: 2, max: 3, dim: 1 << 30 };
        let table = ngrams.of(["aaa", "中国", ""].into_iter()).unwrap();
        // <a aa aa a>, <aa aaa aa>.
        let mut counts = table.row(0).1.to_vec();
        counts.sort_by(f32::total_cmp);
        assert_eq!(counts, [1.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
        // <中 中国 国>, <中国 中国>.
        assert_eq!(table.row(1).1, [1.0; 5]);
        // <>: nothing but the two ends.
        assert_eq!(table.row(2).1, [1.0]);
        assert_eq!(table.row(2).0, [(xxh3_64(b"<>") % (1 << 30)) as u32]);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        let of = |min, max, dim| NGrams { min, max, dim }.of(["a"].into_iter());
        assert!(of(0, 3, 10).is_err() && of(3, 2, 10).is_err() && of(1, 2, 0).is_err());
        assert!(of(1, usize::MAX, 1).is_ok());
    }
}
