//! Rows of a table against a few unit vectors: what every search is made of.
//!
//! In: Q unit vectors, Q×D. Out: their cosines with rows, for one row after the other
//! ([`Against::scan`], for one question) or for a tile of rows at once ([`Against::cosines`], for many).
//! Rows of `f32` are read where they lie. Others are made in a buffer that each task keeps, or
//! multiplied as they are where their [`RowStore`](super::RowStore) can do that. Nothing is allocated
//! for a row.

use super::best::{Best, Neighbor, ids, scan};
use super::table::RowProducts;
use super::{WordVectors, cosine, inverse, norm};
use crate::kernels::products;
use crate::vocab::WordId;
use std::ops::Range;

/// Rows that a store multiplies at once in a scan.
const ROWS: usize = 128;

/// Unit vectors that are compared with rows.
pub(crate) struct Against<'a> {
    vectors: &'a WordVectors,
    /// Q×D.
    units: &'a [f32],
    prepared: Option<Box<dyn RowProducts + 'a>>,
}

/// Buffers of one task.
#[derive(Default)]
pub(crate) struct Scratch {
    row: Vec<f32>,
    block: Vec<f32>,
}

impl<'a> Against<'a> {
    /// `units` are Q×D, each of length 1 or zero.
    pub(super) fn new(vectors: &'a WordVectors, units: &'a [f32]) -> Self {
        let store = vectors.table.store();
        Against { vectors, units, prepared: store.and_then(|store| store.prepare(units)) }
    }

    fn queries(&self) -> usize {
        self.units.len() / self.vectors.dim()
    }

    /// `out[q·n + i]` = cosine of unit q and row `rows.start + i`, up to rounding within −1..=1; 0
    /// where a row has no direction. `out` is Q·n long.
    pub(crate) fn cosines(&self, rows: Range<usize>, scratch: &mut Scratch, out: &mut [f32]) {
        let Some(prepared) = &self.prepared else {
            scratch.block.clear();
            let units = &mut scratch.block;
            (self.vectors).append_units_with(ids(rows), &mut scratch.row, units);
            return products(self.units, &scratch.block, self.vectors.dim(), out);
        };
        let count = rows.len();
        prepared.products(rows.clone(), out);
        for (i, id) in ids(rows).enumerate() {
            let scale = self.vectors.scale_with(id, &mut scratch.row);
            for product in out[i..].iter_mut().step_by(count) {
                *product = if scale == 0.0 { 0.0 } else { *product * scale };
            }
        }
    }

    /// The best of the first `rows` rows by `score` of their cosines with the Q units.
    pub(super) fn scan<const Q: usize>(
        &self,
        rows: usize,
        top: usize,
        excluded: &[WordId],
        score: impl Fn([f32; Q]) -> f32 + Sync + Send,
    ) -> Vec<Neighbor> {
        scan(&self.vectors.threads, rows, top, excluded, |rows, scratch: &mut Scratch, best| {
            if self.prepared.is_some() {
                return self.scan_prepared(rows, scratch, best, &score);
            }
            self.scan_rows(ids(rows), scratch, best, &score);
        })
    }

    /// Offers `best` each of `rows`, scored as [`Against::scan`] does.
    pub(super) fn offer_each<const Q: usize>(
        &self,
        rows: impl Iterator<Item = WordId>,
        best: &mut Best,
        score: &impl Fn([f32; Q]) -> f32,
    ) {
        let mut scratch = Scratch::default();
        if self.prepared.is_none() {
            return self.scan_rows(rows, &mut scratch, best, score);
        }
        for row in rows.map(WordId::index) {
            self.scan_prepared(row..row + 1, &mut scratch, best, score);
        }
    }

    fn scan_rows<const Q: usize>(
        &self,
        rows: impl Iterator<Item = WordId>,
        scratch: &mut Scratch,
        best: &mut Best,
        score: &impl Fn([f32; Q]) -> f32,
    ) {
        assert_eq!(self.queries(), Q);
        let (vectors, dim) = (self.vectors, self.vectors.dim());
        let units: [&[f32]; Q] = std::array::from_fn(|q| &self.units[q * dim..(q + 1) * dim]);
        let norms = vectors.norms.get();
        for id in rows {
            let row = vectors.table.row(id.index(), &mut scratch.row);
            // One pass over a mapped file is better than two: the row is in cache now.
            let scale = inverse(norms.map_or_else(|| norm(row), |norms| norms[id.index()]));
            best.offer(id, score(units.map(|unit| cosine(unit, row, scale))));
        }
    }

    fn scan_prepared<const Q: usize>(
        &self,
        rows: Range<usize>,
        scratch: &mut Scratch,
        best: &mut Best,
        score: &impl Fn([f32; Q]) -> f32,
    ) {
        let mut cosines = std::mem::take(&mut scratch.block);
        for first in rows.clone().step_by(ROWS) {
            let tile = first..rows.end.min(first + ROWS);
            let count = tile.len();
            cosines.resize(Q * count, 0.0);
            self.cosines(tile.clone(), scratch, &mut cosines);
            for (i, id) in ids(tile).enumerate() {
                let of_row = std::array::from_fn(|q| cosines[q * count + i].clamp(-1.0, 1.0));
                best.offer(id, score(of_row));
            }
        }
        scratch.block = cosines;
    }
}
