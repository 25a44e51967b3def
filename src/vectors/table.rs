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

use super::{Ngrams, Quantized, norm};
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
/// assert_eq!(vectors.similarity(w2v::WordId(0), w2v::WordId(1)), 0.0);
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

/// How a number is kept in a [`Packed`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// IEEE 754, 4 bytes; for tables that do not lie at a multiple of 4.
    F32,
    /// IEEE 754, 2 bytes: 5 bits of exponent, 10 of fraction.
    F16,
    /// The upper half of an `f32`: 8 bits of exponent, 7 of fraction.
    Bf16,
    /// Whole numbers of −128 to 127, without a scale: directions are all that they say.
    Int8,
}

impl Packing {
    /// Bytes of a number.
    pub(crate) fn width(self) -> usize {
        match self {
            Packing::F32 => 4,
            Packing::F16 | Packing::Bf16 => 2,
            Packing::Int8 => 1,
        }
    }

    /// The name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Packing::F32 => "f32",
            Packing::F16 => "f16",
            Packing::Bf16 => "bf16",
            Packing::Int8 => "int8",
        }
    }

    /// `bytes` holds as many little-endian numbers as `into`, at any alignment.
    pub(crate) fn unpack(self, bytes: &[u8], into: &mut [f32]) {
        assert_eq!(bytes.len(), self.width() * into.len());
        let halves = bytes.as_chunks::<2>().0.iter();
        match self {
            Packing::F32 => (into.iter_mut().zip(bytes.as_chunks::<4>().0))
                .for_each(|(x, bytes)| *x = f32::from_le_bytes(*bytes)),
            Packing::F16 => (into.iter_mut().zip(halves))
                .for_each(|(x, half)| *x = from_f16(u16::from_le_bytes(*half))),
            Packing::Bf16 => (into.iter_mut().zip(halves))
                .for_each(|(x, half)| *x = from_bf16(u16::from_le_bytes(*half))),
            Packing::Int8 => {
                (into.iter_mut().zip(bytes)).for_each(|(x, byte)| *x = f32::from(*byte as i8))
            }
        }
    }
}

#[inline(always)]
fn from_bf16(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

/// Without branches, so that a row of them is done in lanes: the exponent is moved from a bias of 15
/// to one of 127 by a multiplication, which makes normal numbers of subnormal ones too, and infinity
/// and NaN get the exponent that `f32` has for them.
#[inline(always)]
fn from_f16(half: u16) -> f32 {
    const TWO_TO_112: f32 = f32::from_bits((112 + 127) << 23);
    let magnitude = u32::from(half & 0x7fff) << 13;
    let scaled = (f32::from_bits(magnitude) * TWO_TO_112).to_bits();
    let special = if half & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(scaled | special | u32::from(half & 0x8000) << 16)
}

/// Little-endian numbers of 1, 2 or 4 bytes, dense, row-major, at any alignment, owned or mapped.
pub(crate) struct Packed {
    rows: usize,
    dim: usize,
    packing: Packing,
    bytes: Bytes,
}

impl Packed {
    /// `bytes` holds `rows`·`dim` numbers: the caller has checked that.
    pub(crate) fn new(rows: usize, dim: usize, packing: Packing, bytes: Bytes) -> Self {
        assert_eq!(bytes.len(), rows * dim * packing.width());
        Packed { rows, dim, packing, bytes }
    }
}

impl RowStore for Packed {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn numbers(&self) -> &'static str {
        self.packing.name()
    }

    fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let width = self.dim * self.packing.width();
        let bytes = &self.bytes[row * width..(row + 1) * width];
        self.packing.unpack(bytes, into);
    }
}

/// Vectors for words that are not in the table, made of their spelling: fastText's n-grams and the
/// like. Given to [`WordVectors::with_subwords`](super::WordVectors::with_subwords).
pub trait Subwords: Send + Sync {
    /// Writes the vector of `word` into `into`, which is D long, and says whether there is one.
    fn vector_of(&self, word: &str, into: &mut [f32]) -> bool;

    /// The n-grams it is made of, where it is made of some: files are written from them.
    fn ngrams(&self) -> Option<&Ngrams> {
        None
    }
}

/// A [`Subwords`] that several clones of a table share.
pub(super) type SharedSubwords = Arc<dyn Subwords>;

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, by its parts.
    fn f16_by_parts(half: u16) -> f64 {
        let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
        let (exponent, fraction) = (i32::from(half >> 10 & 31), f64::from(half & 1023) / 1024.0);
        sign * match exponent {
            0 => fraction * 2f64.powi(-14),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            e => (1.0 + fraction) * 2f64.powi(e - 15),
        }
    }

    #[test]
    fn all_halves_are_what_their_parts_say() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        let bytes: Vec<u8> = all.iter().flat_map(|half| half.to_le_bytes()).collect();
        let mut floats = vec![0.0; all.len()];
        Packing::F16.unpack(&bytes, &mut floats);
        for (&half, &got) in all.iter().zip(&floats) {
            let expected = f16_by_parts(half);
            let same = f64::from(got) == expected && got.is_sign_negative() == (half >> 15 == 1);
            assert!(same || (got.is_nan() && expected.is_nan()), "{half:#x}");
        }
        Packing::Bf16.unpack(&bytes, &mut floats);
        for (&half, &got) in all.iter().zip(&floats) {
            assert_eq!(got.to_bits(), u32::from(half) << 16);
        }
    }

    #[test]
    fn rows_are_found_at_any_alignment() {
        let numbers: Vec<f32> = (0..12).map(|i| i as f32 - 5.0).collect();
        for packing in [Packing::F32, Packing::F16, Packing::Bf16, Packing::Int8] {
            let pack = |x: &f32| match packing {
                Packing::F32 => x.to_le_bytes().to_vec(),
                Packing::Bf16 => x.to_le_bytes()[2..].to_vec(),
                Packing::Int8 => vec![*x as i8 as u8],
                // Small whole numbers: sign, exponent and the upper bits of the fraction.
                Packing::F16 if *x == 0.0 => vec![0, 0],
                Packing::F16 => {
                    let bits = x.to_bits();
                    let exponent = (bits >> 23 & 255) + 15 - 127;
                    let half = (bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 1023);
                    (half as u16).to_le_bytes().to_vec()
                }
            };
            for skip in 0..5 {
                let mut bytes = vec![0xff; skip];
                bytes.extend(numbers.iter().flat_map(pack));
                let bytes = Bytes::from(bytes).slice(skip..skip + 12 * packing.width());
                let packed = Packed::new(4, 3, packing, bytes);
                let mut row = [9.0; 3];
                packed.copy_row(2, &mut row);
                assert_eq!(row, numbers[6..9], "{packing:?} at {skip}");
                assert_eq!(packed.norm(2, &mut Vec::new()), norm(&numbers[6..9]));
            }
        }
    }
}
