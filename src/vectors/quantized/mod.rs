//! Tables in a fraction of the memory: 8-bit integers, and product quantisation.
//!
//! In: vectors. Out: vectors that take 4 to 32 times less and are asked like any others, from memory
//! or from a mapped model file, without ever being made `f32` again.
//!
//! | [`Quantization`] | bytes of a row | what a row is |
//! |---|---|---|
//! | `Int8` | D + 4 | D whole numbers in −127..=127, times one `f32` |
//! | `Product` with M parts | M + 4 | for each of M parts of the row, the number of one of 256 centroids; times one `f32` |
//!
//! A product quantised table has 256·D more floats, the centroids. They are found by k-means over the
//! rows scaled to length 1, part by part (`centroids.rs`), since directions are what queries compare;
//! the `f32` of a row is chosen so that its length is the original one.
//!
//! A query against few unit vectors does not make rows: int8 rows are multiplied as integers with the
//! query in integers of 16 bits; for product quantisation the products of the query's parts with all
//! centroids are computed once (M×256 numbers), and a row is M additions ("asymmetric distance
//! computation"). Many queries at once are faster through rows of `f32`, made a tile at a time.
//!
//! Source: Jégou, Douze & Schmid 2011, "Product quantization for nearest neighbor search". Differences
//! from fastText's `quantize`: it quantises lengths too (1 byte instead of 4 a row), prunes the
//! vocabulary, and works on classifiers only; it draws its starting centroids and so depends on the
//! order of the rows, here they are spread by k-means++ and the result is the same for any number of
//! threads.

mod build;
mod centroids;
mod store;

pub(crate) use build::round_to_int8;
pub(super) use store::columns;

use crate::mmap::Bytes;
use std::fmt;

/// How to quantise, see [the table](super::WordVectors::quantize).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantization {
    /// 8-bit integers with a scale for each row: 4 times smaller, and hardly another answer.
    Int8,
    /// Product quantisation.
    #[doc(alias = "pq")]
    Product {
        /// M, 1 to D: bytes of a row. More are better and larger.
        subquantizers: usize,
        /// Of the sample that the centroids are found from, and of where they begin.
        seed: u64,
    },
}

impl Quantization {
    /// How many parts a row of `dim` numbers has unless one says otherwise: two numbers each.
    ///
    /// ```
    /// use w2v::vectors::Quantization;
    /// assert_eq!(Quantization::default_subquantizers(100), 50);
    /// assert_eq!(Quantization::default_subquantizers(1), 1);
    /// ```
    pub fn default_subquantizers(dim: usize) -> usize {
        dim.div_ceil(2)
    }
}

/// What a quantised table is made of, without the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Int8,
    Product { subquantizers: usize },
}

/// Centroids of a part: a code is a byte.
pub(crate) const CENTROIDS: usize = 256;

/// A quantised table: what [`RowStore::quantized`](super::RowStore::quantized) gives away, and model
/// files keep as it is.
pub struct Quantized {
    pub(super) shape: Shape,
    pub(super) rows: usize,
    pub(super) dim: usize,
    /// 256×D floats, little-endian: centroid k of a part in row k, at the columns of the part.
    pub(super) centroids: Vec<f32>,
    /// V floats, little-endian.
    scales: Bytes,
    /// V×D or V×M bytes.
    codes: Bytes,
    /// V.
    pub(super) lengths: Vec<f32>,
}

impl fmt::Debug for Quantized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quantized({:?}, {} × {})", self.shape, self.rows, self.dim)
    }
}

/// A product quantised table without its codes, part by part.
pub(crate) struct EvenParts {
    /// M.
    pub(crate) count: usize,
    /// M × 256 × D/M.
    pub(crate) centroids: Vec<f32>,
}

#[cfg(test)]
mod tests;
