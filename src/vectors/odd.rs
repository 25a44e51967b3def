//! The odd one out: of *breakfast cereal dinner lunch*, which does not belong?
//!
//! In: at least three words. Out: each word with the mean of its cosines with the others, lowest
//! first; the first is the odd one.
//!
//! Difference from gensim's `doesnt_match`: gensim takes the unit vector that is farthest from the
//! mean of all unit vectors. That picks the same word, since uᵢ·Σⱼuⱼ = 1 + Σ_{j≠i} cos(i, j); but its
//! number contains the word's likeness with itself, and depends on how far apart the others are. Ours
//! is a mean cosine, to be read like any other similarity.

use super::{Neighbor, WordVectors};
use crate::error::{Error, Result};
use crate::vocab::WordId;

impl WordVectors {
    /// `words` with their mean cosine with the other words, lowest first: the first is the odd one
    /// out. A word given twice counts once. [`WordVectors::odd_one_out`] takes words as text.
    ///
    /// # Errors
    /// [`Error::Query`] for fewer than 3 different words.
    ///
    /// # Panics
    /// Where a word's id is not below V.
    ///
    /// ```
    /// use w2v::{Vocab, WordId, WordVectors};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2])?;
    /// let ranked = vectors.outliers(&[WordId(0), WordId(1), WordId(2)])?;
    /// assert_eq!(vectors.vocab().word(ranked[0].id), "car");
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn outliers(&self, words: &[WordId]) -> Result<Vec<Neighbor>> {
        let mut words = words.to_vec();
        words.sort_unstable();
        words.dedup();
        if words.len() < 3 {
            return Err(Error::query(format!(
                "got {} different words to find the odd one of, expected at least 3",
                words.len()
            )));
        }
        let others = (words.len() - 1) as f64;
        let mean = |&id: &WordId| {
            let rest = words.iter().filter(|&&other| other != id);
            let sum: f64 = rest.map(|&other| f64::from(self.cosine(id, other))).sum();
            Neighbor { id, similarity: (sum / others) as f32 }
        };
        let mut ranked: Vec<Neighbor> = words.iter().map(mean).collect();
        // Stable, so that ties stay in the order of ids.
        ranked.sort_by(|x, y| x.similarity.total_cmp(&y.similarity));
        Ok(ranked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;
    use crate::vocab::Vocab;

    #[test]
    fn means_by_hand() {
        let vocab = Vocab::new(["east", "zero", "north", "northeast"].map(|word| (word, 1)));
        let table = vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0];
        let vectors = WordVectors::new(vocab, 2, table).unwrap();
        let [east, zero, north, northeast] = [0, 1, 2, 3].map(WordId);
        let ranked = vectors.outliers(&[northeast, north, east, zero, north]).unwrap();
        let half = 0.5_f32.sqrt();
        let expected =
            [(zero, 0.0), (east, half / 3.0), (north, half / 3.0), (northeast, 2.0 * half / 3.0)];
        for (got, (id, mean)) in ranked.iter().zip(expected) {
            assert_eq!(got.id, id);
            assert!((got.similarity - mean).abs() < 1e-6);
        }
        let message = vectors.outliers(&[east, north, east]).unwrap_err().to_string();
        assert_eq!(message, "got 2 different words to find the odd one of, expected at least 3");
    }

    #[test]
    fn the_word_is_the_one_that_gensim_picks() {
        let vectors = random(60, 9, 4);
        for first in 0..10 {
            let words: Vec<WordId> = (0..6).map(|i| WordId(first + 10 * i)).collect();
            let unit = |id: WordId| {
                let vector = vectors.vector(id);
                let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
                vector.iter().map(|x| x / norm).collect::<Vec<f32>>()
            };
            let mut mean = vec![0.0; 9];
            for &word in &words {
                mean.iter_mut().zip(unit(word)).for_each(|(m, x)| *m += x);
            }
            let centrality =
                |id: WordId| unit(id).iter().zip(&mean).map(|(x, y)| x * y).sum::<f32>();
            let by_centrality =
                |x: &&WordId, y: &&WordId| centrality(**x).total_cmp(&centrality(**y));
            let odd = *words.iter().min_by(by_centrality).unwrap();
            assert_eq!(vectors.outliers(&words).unwrap()[0].id, odd);
        }
    }
}
