//! How much of an exact search an approximate table still finds.
//!
//! In: vectors and the same words with another table, quantised for example. Out: recall@k, the mean
//! share of a word's k nearest neighbours in the first that are among its k nearest in the second. Each
//! is asked by its own vector of the word, as a person asks it.

use crate::vectors::{Query, WordVectors, ids};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The result of [`recall`].
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Recall {
    /// The mean over words, in 0..=1.
    pub mean: f64,
    /// Words asked.
    pub words: usize,
    /// Neighbours compared for each, k.
    pub top: usize,
}

/// Recall@`top` of `approximate` against exact search in `exact`, for `words` words drawn with `seed`;
/// `None` where no word has a neighbour.
///
/// ```
/// use w2v::{Vocab, WordVectors, eval::recall, vectors::Quantization};
/// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7), ("bus", 6)]);
/// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2, 0.9])?;
/// let small = vectors.quantize(Quantization::Int8)?;
/// assert_eq!(recall(&vectors, &small, 100, 1, 7).unwrap().mean, 1.0);
/// # Ok::<_, w2v::Error>(())
/// ```
///
/// # Panics
/// Where the two have not the same number of words.
pub fn recall(
    exact: &WordVectors,
    approximate: &WordVectors,
    words: usize,
    top: usize,
    seed: u64,
) -> Option<Recall> {
    assert_eq!(exact.len(), approximate.len());
    let len = exact.len();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let chosen = sample(&mut random, len, words.min(len));
    let query = |row: usize| ids(row..row + 1).map(Query::word).next().expect("one row");
    let queries: Vec<Query> = chosen.into_iter().map(query).collect();
    let search = |vectors: &WordVectors| {
        let found = vectors.neighbors_batch(&queries, top);
        found.expect("queries for a word are in order")
    };
    let (truth, found) = (search(exact), search(approximate));
    let shares: Vec<f64> = truth
        .iter()
        .zip(&found)
        .filter(|(truth, _)| !truth.is_empty())
        .map(|(truth, found)| {
            let is_found = |id| found.iter().any(|other| other.id == id);
            let hits = truth.iter().filter(|neighbor| is_found(neighbor.id)).count();
            hits as f64 / truth.len() as f64
        })
        .collect();
    (!shares.is_empty()).then(|| Recall {
        mean: shares.iter().sum::<f64>() / shares.len() as f64,
        words: shares.len(),
        top,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Vocab;

    /// Four points on a circle; in the other table the third is where the second was.
    #[test]
    fn recall_by_hand() {
        let at = |degrees: [f32; 4]| {
            let point = |x: f32| [x.to_radians().cos(), x.to_radians().sin()];
            let vocab = Vocab::new([("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
            WordVectors::new(vocab, 2, degrees.map(point).concat()).unwrap()
        };
        let (exact, other) = (at([0.0, 10.0, 30.0, 70.0]), at([0.0, 30.0, 10.0, 70.0]));
        // Nearest: a→b, b→a, c→b, d→c; in the other a→c, b→c, c→a, d→b.
        assert_eq!(recall(&exact, &other, 9, 1, 1).unwrap().mean, 0.0);
        // Two nearest: a→bc, b→ac, c→ba, d→cb; in the other a→cb, b→ca, c→ab, d→bc.
        assert_eq!(recall(&exact, &other, 4, 2, 1).unwrap().mean, 1.0);
        assert_eq!(recall(&exact, &exact, 2, 3, 5).unwrap().words, 2);
        let zero = WordVectors::new(Vocab::new([("a", 1)]), 1, vec![0.0]).unwrap();
        assert_eq!(recall(&zero, &zero, 1, 1, 1), None);
    }
}
