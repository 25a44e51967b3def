//! The rows of a finalfusion file, dense or quantised; they stay in the file.
//!
//! Quantised rows (chunk 4): u32 whether there is a projection, u32 whether there are norms, u32 M
//! codes of a row, u32 D, u32 centroids, u64 rows, u32 1 (for u8), u32 10 (for f32), padding; then
//! [D×D f32 projection], M × centroids × D/M f32, [rows f32 norms], rows×M u8 codes.
//!
//! A row is the centroids of its codes one after the other, r; with a projection P (which rotates the
//! vectors so that their parts can be quantised well: Ge et al. 2013, "optimised product
//! quantisation") P·r; with norms times its norm.

use super::{chunk, kind, padding};
use crate::error::Result;
use crate::formats::Place;
use crate::formats::cursor::Cursor;
use crate::formats::table::check_finite;
use crate::mmap::Bytes;
use crate::threads::Threads;
use std::sync::Arc;

/// The largest D of a projection: it takes D² numbers.
const MOST_PROJECTED: u64 = 1 << 14;

/// Rows in a mapped file. Cheap to clone.
#[derive(Clone)]
pub(super) struct Storage {
    file: Bytes,
    rows: usize,
    dim: usize,
    /// Where the numbers or codes begin.
    start: usize,
    quantizer: Option<Arc<Quantizer>>,
}

struct Quantizer {
    /// M.
    parts: usize,
    centroids: usize,
    /// M × centroids × D/M.
    table: Vec<f32>,
    /// D×D, row-major.
    projection: Option<Vec<f32>>,
    norms: Option<Vec<f32>>,
}

impl Storage {
    /// Reads chunk `id`.
    pub(super) fn parse(part: &mut Cursor, id: u32, file: &Bytes) -> Result<Self> {
        match id {
            chunk::DENSE => Self::dense(part, file),
            _ => Self::quantized(part, file),
        }
    }

    fn dense(part: &mut Cursor, file: &Bytes) -> Result<Self> {
        let begin = part.position();
        let rows = part.u64("the number of rows")?;
        let (dim, of) = (part.u32("the dimensions")?, part.u32("the type of the numbers")?);
        if dim == 0 || of != kind::F32 {
            let problem = format!("{dim} dimensions of type {of}, expected type {}", kind::F32);
            return Err(part.error_at(begin, problem));
        }
        part.take(padding(part.position()) as u64, "the padding")?;
        let start = part.skip(rows, 4 * u64::from(dim), "the rows")?;
        Ok(Storage {
            file: file.clone(),
            rows: rows as usize,
            dim: dim as usize,
            start,
            quantizer: None,
        })
    }

    fn quantized(part: &mut Cursor, file: &Bytes) -> Result<Self> {
        let begin = part.position();
        let [projected, normed, parts, dim, centroids] =
            [(); 5].map(|()| part.u32("the quantised rows"));
        let (projected, normed) = (projected? != 0, normed? != 0);
        let (parts, dim, centroids) = (parts?, dim?, centroids?);
        let rows = part.u64("the number of rows")?;
        let kinds = (part.u32("the type of the codes")?, part.u32("the type of the numbers")?);
        if kinds != (kind::U8, kind::F32)
            || parts == 0
            || dim == 0
            || !dim.is_multiple_of(parts)
            || !(1..=256).contains(&centroids)
            || (projected && u64::from(dim) > MOST_PROJECTED)
        {
            let problem = format!(
                "{parts} codes of {centroids} centroids for {dim} dimensions, types {kinds:?}; \
                 expected parts of one length, 1 to 256 centroids and types (1, 10)"
            );
            return Err(part.error_at(begin, problem));
        }
        part.take(padding(part.position()) as u64, "the padding")?;
        let dim = u64::from(dim);
        let projection = match projected {
            true => Some(part.floats(dim * dim, "the projection")?),
            false => None,
        };
        let table = part.floats(u64::from(centroids) * dim, "the centroids")?;
        let norms = match normed {
            true => Some(part.floats(rows, "the norms")?),
            false => None,
        };
        let start = part.skip(rows, parts.into(), "the codes")?;
        let codes = &file[start..start + rows as usize * parts as usize];
        if let Some(odd) = codes.iter().position(|&code| u32::from(code) >= centroids) {
            let problem = format!("code {}, expected less than {centroids}", codes[odd]);
            return Err(part.error_at(start + odd, problem));
        }
        Ok(Storage {
            file: file.clone(),
            rows: rows as usize,
            dim: dim as usize,
            start,
            quantizer: Some(Arc::new(Quantizer {
                parts: parts as usize,
                centroids: centroids as usize,
                table,
                projection,
                norms,
            })),
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// How the numbers are kept.
    pub(super) fn name(&self) -> &'static str {
        match self.quantizer {
            None => "f32",
            Some(_) => "pq",
        }
    }

    /// Bytes of all rows.
    pub(super) fn bytes(&self) -> u64 {
        match &self.quantizer {
            None => 4 * (self.rows * self.dim) as u64,
            Some(quantizer) => (self.rows * quantizer.parts) as u64,
        }
    }

    /// Where the numbers begin, unless they are quantised.
    pub(super) fn dense_start(&self) -> Option<usize> {
        self.quantizer.is_none().then_some(self.start)
    }

    /// Refuses numbers that are not finite; those of a quantiser were looked at before.
    pub(super) fn check_finite(&self, at: Place, threads: &Threads) -> Result<()> {
        match self.dense_start() {
            None => Ok(()),
            Some(start) => {
                let bytes = &self.file[start..start + 4 * self.dim * self.rows];
                check_finite(bytes, start, self.dim, at, threads)
            }
        }
    }

    /// What no number of a row is larger than; only known of quantised rows.
    pub(super) fn bound(&self) -> f64 {
        let Some(quantizer) = &self.quantizer else {
            return f64::INFINITY;
        };
        let largest = |numbers: &[f32]| {
            let absolute = numbers.iter().map(|x| f64::from(x.abs()));
            absolute.fold(0.0, f64::max)
        };
        let turned = quantizer.projection.as_ref();
        let turned = turned.map_or(1.0, |projection| largest(projection) * self.dim as f64);
        let norm = quantizer.norms.as_ref().map_or(1.0, |norms| largest(norms));
        largest(&quantizer.table) * turned * norm
    }

    /// Adds row `row` to `into`.
    pub(super) fn add(&self, row: usize, into: &mut [f32]) {
        let Some(quantizer) = &self.quantizer else {
            let start = self.start + 4 * self.dim * row;
            let (pieces, _) = self.file[start..start + 4 * self.dim].as_chunks::<4>();
            let each = into.iter_mut().zip(pieces);
            each.for_each(|(x, piece)| *x += f32::from_le_bytes(*piece));
            return;
        };
        let start = self.start + quantizer.parts * row;
        let codes = &self.file[start..start + quantizer.parts];
        let width = self.dim / quantizer.parts;
        let norm = quantizer.norms.as_ref().map_or(1.0, |norms| norms[row]);
        let parts = codes.iter().enumerate().map(|(part, &code)| {
            let start = (part * quantizer.centroids + usize::from(code)) * width;
            &quantizer.table[start..start + width]
        });
        match &quantizer.projection {
            None => {
                let each = into.iter_mut().zip(parts.flatten());
                each.for_each(|(x, centroid)| *x += norm * centroid);
            }
            Some(projection) => {
                let turned: Vec<f32> = parts.flatten().copied().collect();
                let each = into.iter_mut().zip(projection.chunks_exact(self.dim));
                each.for_each(|(x, row)| *x += norm * crate::kernels::dot(row, &turned));
            }
        }
    }
}
