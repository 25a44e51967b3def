//! What a smaller table costs: bytes, neighbours that are lost, scores that change.
//!
//! In: vectors, the same words with an approximate table, and evaluation sets. Out: a [`Price`].

use super::{EvalOptions, EvalSet, Recall, recall};
use crate::vectors::{AnalogyMethod, WordVectors};

/// A number before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change<T> {
    /// Of the exact table.
    pub before: T,
    /// Of the approximate table.
    pub after: T,
}

/// The price of an approximate table.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Bytes of the table.
    pub table_bytes: Change<u64>,
    /// Recall of the ten nearest neighbours, where it was measured.
    pub recall: Option<Recall>,
    /// The score of each set: accuracy by 3CosAdd, Spearman's correlation or purity.
    pub scores: Vec<Change<Option<f64>>>,
}

impl Price {
    /// Measures recall with `words` words drawn with `seed`, none where `words` is 0, and the score of
    /// each set.
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors, eval::Price, vectors::Quantization};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7), ("bus", 6)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2, 0.9])?;
    /// let small = vectors.quantize(Quantization::Int8)?;
    /// let price = Price::of(&vectors, &small, &[], 100, 7);
    /// assert_eq!((price.table_bytes.before, price.table_bytes.after), (32, 24));
    /// assert_eq!(price.recall.unwrap().mean, 1.0);
    /// # Ok::<_, w2v::Error>(())
    /// ```
    ///
    /// # Panics
    /// Where the two have not the same number of words.
    pub fn of(
        exact: &WordVectors,
        approximate: &WordVectors,
        sets: &[EvalSet],
        words: usize,
        seed: u64,
    ) -> Price {
        let score = |set: &EvalSet, vectors: &WordVectors| {
            let scores = set.evaluate(vectors, AnalogyMethod::CosAdd, &EvalOptions::default());
            scores.outcomes().score()
        };
        let change = |set| Change { before: score(set, exact), after: score(set, approximate) };
        Price {
            table_bytes: Change { before: exact.table_bytes(), after: approximate.table_bytes() },
            recall: (words > 0).then(|| recall(exact, approximate, words, 10, seed)).flatten(),
            scores: sets.iter().map(change).collect(),
        }
    }
}
