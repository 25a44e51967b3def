//! The table behind [`WordVectors`](super::WordVectors): V rows of D numbers, however they are kept.
//!
//! In: a row's number. Out: D numbers of `f32`. Rows that are `f32` already, in memory or in a mapped
//! file, are lent; all others are a [`RowStore`], which makes a row when it is asked for one: half
//! precision ([`Packed`]), sparse rows, rows of 8-bit integers. So a table of 2 bytes a number stays
//! 2 bytes a number while it is searched.
//!
//! A new kind of table implements [`RowStore`] and is opened with
//! [`WordVectors::from_store`](super::WordVectors::from_store); where it can be multiplied without
//! making `f32` rows of it first (sparse rows, product quantisation), it says so by
//! [`RowStore::prepare`].

mod packed;
mod quantized;

pub(crate) use packed::{Doubles, Packed};

use super::{Quantized, norm};
use crate::matrix::Matrix;
use crate::mmap::Bytes;
use crate::vocab::WordId;
use std::ops::Range;
use std::sync::Arc;

/// Rows that are not kept as `f32`: each is made when it is asked for.
///
/// ```
/// use w2v::vectors::RowStore;
/// /// One-hot vectors: row i is 1 at i. V numbers of nothing.
/// struct OneHot(usize);
/// impl RowStore for OneHot {
///     fn rows(&self) -> usize { self.0 }
///     fn dim(&self) -> usize { self.0 }
///     fn numbers(&self) -> &'static str { "one-hot" }
///     fn bytes(&self) -> u64 { 0 }
///     fn copy_row(&self, row: usize, into: &mut [f32]) {
///         into.fill(0.0);
///         into[row] = 1.0;
///     }
/// }
/// let vocab = w2v::Vocab::new([("king", 3), ("queen", 2), ("car", 1)]);
/// let vectors = w2v::WordVectors::from_store(vocab, Box::new(OneHot(3)), Default::default())?;
/// assert_eq!(*vectors.vector(w2v::WordId(1)), [0.0, 1.0, 0.0]);
/// assert_eq!(vectors.cosine(w2v::WordId(0), w2v::WordId(1)), 0.0);
/// # Ok::<(), w2v::Error>(())
/// ```
pub trait RowStore: Send + Sync {
    /// Number of rows, V.
    fn rows(&self) -> usize;

    /// Numbers of a row, D.
    fn dim(&self) -> usize;

    /// How the numbers are kept, in a word for people: `bf16`, `sparse`, `int8`.
    fn numbers(&self) -> &'static str;

    /// Bytes that all rows take, in memory or in a mapped file.
    fn bytes(&self) -> u64;

    /// Writes row `row` into `into`, which is D long and may hold anything.
    ///
    /// # Panics
    /// Where `row` is not below V or `into` is not D long.
    fn copy_row(&self, row: usize, into: &mut [f32]);

    /// The Euclidean length of a row; `scratch` is for whatever is needed. To be overridden where the
    /// length is known or the row need not be made for it.
    fn norm(&self, row: usize, scratch: &mut Vec<f32>) -> f32 {
        scratch.resize(self.dim(), 0.0);
        self.copy_row(row, scratch);
        norm(scratch)
    }

    /// Whether a row has a number that is not zero only here and there; for `info` and `compare`.
    /// `None`: dense.
    fn nonzeros(&self) -> Option<u64> {
        None
    }

    /// The product of two rows in f64, where it can be had without making them.
    fn dot(&self, a: usize, b: usize) -> Option<f64> {
        let _ = (a, b);
        None
    }

    /// Makes ready to multiply rows with `queries` (Q×D, row-major). `None`, the default: make rows of
    /// `f32` and multiply those, a tile at a time.
    fn prepare<'a>(&'a self, queries: &'a [f32]) -> Option<Box<dyn RowProducts + 'a>> {
        let _ = queries;
        None
    }

    /// How far a product of [`RowStore::prepare`] may be from that of the row itself, for a query of length
    /// 1 and in lengths of the row, beyond the rounding of a sum: 0 unless it rounds the query.
    fn product_error(&self) -> f32 {
        0.0
    }

    /// Itself, where it is a quantised table, which model files keep as it is.
    fn quantized(&self) -> Option<&Quantized> {
        None
    }
}

/// Products of rows with the queries of one [`RowStore::prepare`].
pub trait RowProducts: Sync {
    /// `out[q·n + i]` = query q · row `rows.start + i`, where n is the length of `rows`; `out` is
    /// Q·n long and may hold anything.
    fn products(&self, rows: Range<usize>, out: &mut [f32]);
}

/// V×D numbers.
pub(super) enum Table {
    /// Dense, row-major, no padding.
    Owned {
        dim: usize,
        floats: Vec<f32>,
    },
    Padded(Matrix),
    /// Aligned little-endian floats, dense, row-major.
    Mapped {
        dim: usize,
        bytes: Bytes,
    },
    Store(Box<dyn RowStore>),
}

impl Table {
    /// Row `row`, lent where it is `f32` already, else made in `scratch`.
    #[inline]
    pub(super) fn row<'a>(&'a self, row: usize, scratch: &'a mut Vec<f32>) -> &'a [f32] {
        match self {
            Table::Store(store) => {
                scratch.resize(store.dim(), 0.0);
                store.copy_row(row, scratch);
                scratch
            }
            lent => lent.lent(row).expect("every table but a store lends"),
        }
    }

    /// Row `row` where it is `f32` already.
    #[inline]
    pub(super) fn lent(&self, row: usize) -> Option<&[f32]> {
        Some(match self {
            Table::Owned { dim, floats } => &floats[row * dim..(row + 1) * dim],
            Table::Padded(matrix) => matrix.row(row),
            Table::Mapped { dim, bytes } => {
                let width = 4 * dim;
                bytemuck::cast_slice(&bytes[row * width..(row + 1) * width])
            }
            Table::Store(_) => return None,
        })
    }

    /// The length of row `row`.
    #[inline]
    pub(super) fn norm(&self, row: usize, scratch: &mut Vec<f32>) -> f32 {
        match self {
            Table::Store(store) => store.norm(row, scratch),
            lent => norm(lent.row(row, scratch)),
        }
    }

    pub(super) fn dim(&self) -> usize {
        match self {
            Table::Owned { dim, .. } | Table::Mapped { dim, .. } => *dim,
            Table::Padded(matrix) => matrix.dim(),
            Table::Store(store) => store.dim(),
        }
    }

    pub(super) fn store(&self) -> Option<&dyn RowStore> {
        match self {
            Table::Store(store) => Some(&**store),
            _ => None,
        }
    }
}

/// Some rows of a table, in an order of its own; see [`WordVectors::select`](super::WordVectors::select).
pub(super) struct Selected {
    pub(super) of: Arc<Table>,
    pub(super) rows: Vec<WordId>,
}

impl RowStore for Selected {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn dim(&self) -> usize {
        self.of.dim()
    }

    fn numbers(&self) -> &'static str {
        self.of.store().map_or("f32", RowStore::numbers)
    }

    /// The share of these rows, as if all rows took the same.
    fn bytes(&self) -> u64 {
        let (rows, dim) = (self.rows.len() as u64, self.dim() as u64);
        let share = |store: &dyn RowStore| {
            let per_row = store.bytes() / store.rows().max(1) as u64;
            per_row * rows
        };
        self.of.store().map_or(4 * rows * dim, share)
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let row = self.rows[row].index();
        match self.of.store() {
            Some(store) => store.copy_row(row, into),
            None => into.copy_from_slice(self.of.row(row, &mut Vec::new())),
        }
    }

    fn norm(&self, row: usize, scratch: &mut Vec<f32>) -> f32 {
        self.of.norm(self.rows[row].index(), scratch)
    }

    fn dot(&self, a: usize, b: usize) -> Option<f64> {
        let [a, b] = [a, b].map(|row| self.rows[row].index());
        self.of.store()?.dot(a, b)
    }
}
