//! A word as a one-hot vector, and why nobody multiplies with it.
//!
//! The one-hot vector of word i is V long, 1 at i and 0 elsewhere. Times the V×D table it is row i,
//! since all other rows are multiplied by 0: V·D multiplications to find what an index finds at once.
//! Training does not know of this product either: the row is looked up and moved.

use super::WordVectors;
use crate::kernels::{Isa, Kernels};
use crate::vocab::WordId;

impl WordVectors {
    /// The product of the one-hot vector of `id` (1×V) and the table (V×D), by multiplying: the same
    /// numbers as [`WordVectors::vector`], for V·D multiplications. For teaching and for tests; a number
    /// that is not finite anywhere in the table shows up as NaN.
    ///
    /// # Panics
    /// Where `id` is not below V.
    ///
    /// ```
    /// use w2v::{Vocab, WordId, WordVectors};
    /// let vocab = Vocab::new([("king", 2), ("queen", 1)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.5, -1.0, 0.25, 2.0])?;
    /// assert_eq!(vectors.one_hot_product(WordId(1)), *vectors.vector(WordId(1)));
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn one_hot_product(&self, id: WordId) -> Vec<f32> {
        let mut one_hot = vec![0.0; self.len()];
        one_hot[id.index()] = 1.0;
        let mut product = vec![0.0; self.dim()];
        let mut scratch = Vec::new();
        for (row, &x) in one_hot.iter().enumerate() {
            Isa::chosen().add_scaled(x, self.table.row(row, &mut scratch), &mut product);
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;

    #[test]
    fn looking_a_row_up_is_multiplying_by_a_one_hot_vector() {
        let vectors = random(300, 37, 5);
        for id in [0, 1, 150, 299].map(WordId) {
            assert_eq!(vectors.one_hot_product(id), *vectors.vector(id));
        }
    }
}
