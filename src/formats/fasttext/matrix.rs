//! The input matrix of a fastText model, dense or quantised; it stays in the file.
//!
//! | what | how |
//! |---|---|
//! | quantised | u8: 0 or 1 |
//! | dense | i64 m, i64 n, m·n f32, row-major |
//! | quantised | u8 qnorm, i64 m, i64 n, i32 codesize, codesize × u8, quantiser; with qnorm m × u8 and another quantiser, of 1 dimension |
//! | quantiser | i32 dim, nsubq, dsub, lastdsub; dim·256 f32 |
//!
//! A quantised row is the centroids of its `nsubq` codes one after the other, times its norm, which is
//! the centroid of a code of its own (Jégou et al. 2011).

use crate::error::Result;
use crate::formats::Place;
use crate::formats::cursor::Cursor;
use crate::mmap::Bytes;
use crate::threads::Threads;
use std::sync::Arc;

/// Centroids of each part of a vector.
const CENTROIDS: usize = 256;

/// m×n numbers in a mapped file. Cheap to clone.
#[derive(Clone)]
pub(super) struct InputMatrix {
    contents: Bytes,
    rows: usize,
    dim: usize,
    kind: Arc<Kind>,
}

enum Kind {
    /// Where the numbers begin; at no multiple of 4.
    Dense(usize),
    Quantized {
        /// Where the codes of the first row begin.
        codes: usize,
        quantizer: Quantizer,
        /// Where the codes of the norms begin, and what they mean.
        norms: Option<(usize, Quantizer)>,
    },
}

struct Quantizer {
    /// Codes of a row.
    parts: usize,
    /// Numbers of a part, and of the last one.
    width: usize,
    last: usize,
    centroids: Vec<f32>,
}

impl Quantizer {
    fn parse(file: &mut Cursor, expected: usize) -> Result<Self> {
        let start = file.position();
        let [dim, parts, width, last] = [(); 4].map(|()| file.i32("the quantiser"));
        let numbers = [dim?, parts?, width?, last?];
        let [dim, parts, width, last] = numbers.map(|n| usize::try_from(n).unwrap_or(0));
        let whole = parts.checked_sub(1).and_then(|parts| parts.checked_mul(width));
        let adds_up = whole.and_then(|whole| whole.checked_add(last)) == Some(dim);
        if dim != expected || !adds_up || last == 0 || last > width {
            let problem = format!(
                "a quantiser of {parts} parts of {width}, the last of {last}, for {dim} dimensions; \
                 expected {expected}"
            );
            return Err(file.error_at(start, problem));
        }
        let count = (dim as u64).saturating_mul(CENTROIDS as u64);
        let centroids = file.floats(count, "the centroids")?;
        Ok(Quantizer { parts, width, last, centroids })
    }

    /// The centroid of code `code` of part `part`.
    fn centroid(&self, part: usize, code: u8) -> &[f32] {
        let begin = part * CENTROIDS * self.width;
        let width = if part + 1 == self.parts { self.last } else { self.width };
        let start = begin + usize::from(code) * width;
        &self.centroids[start..start + width]
    }
}

impl InputMatrix {
    /// Without `can_be_quantized` the file is older than quantised matrices, and does not say so.
    pub(super) fn parse(
        file: &mut Cursor,
        contents: &Bytes,
        dim: usize,
        can_be_quantized: bool,
    ) -> Result<Self> {
        let start = file.position();
        let quantized = match can_be_quantized {
            true => file.u8("the kind of the input matrix")?,
            false => 0,
        };
        if quantized > 1 {
            let problem = format!("the kind of the input matrix is {quantized}, expected 0 or 1");
            return Err(file.error_at(start, problem));
        }
        let has_norms = quantized == 1 && file.u8("the kind of the norms")? != 0;
        let (m, n) = (file.i64("the shape")?, file.i64("the shape")?);
        // A row takes a byte at least, so that the file bounds what follows.
        let rows = usize::try_from(m).ok().filter(|&m| m <= file.left());
        let (Some(rows), true) = (rows, n == dim as i64) else {
            let problem = format!(
                "an input matrix of {m} × {n} numbers, expected dim {dim}: cut short or damaged"
            );
            return Err(file.error_at(start, problem));
        };
        let kind = match quantized {
            0 => Kind::Dense(file.skip(rows as u64, 4 * dim as u64, "the input matrix")?),
            _ => {
                let size = file.i32("the number of codes")?;
                let codes = file.skip(size.max(0) as u64, 1, "the codes")?;
                let at = file.position();
                let quantizer = Quantizer::parse(file, dim)?;
                if rows.checked_mul(quantizer.parts) != usize::try_from(size).ok() {
                    let parts = quantizer.parts;
                    let problem = format!("{size} codes, expected {parts} for each of {rows} rows");
                    return Err(file.error_at(at, problem));
                }
                let norms = match has_norms {
                    false => None,
                    true => {
                        let codes = file.skip(rows as u64, 1, "the codes of the norms")?;
                        Some((codes, Quantizer::parse(file, 1)?))
                    }
                };
                Kind::Quantized { codes, quantizer, norms }
            }
        };
        Ok(InputMatrix { contents: contents.clone(), rows, dim, kind: Arc::new(kind) })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Refuses numbers that are not finite; those of a quantiser were looked at before.
    pub(super) fn check_finite(&self, at: Place, threads: &Threads) -> Result<()> {
        match *self.kind {
            Kind::Dense(start) => {
                let bytes = &self.contents[start..start + 4 * self.dim * self.rows];
                crate::formats::table::check_finite(bytes, start, self.dim, at, threads)
            }
            Kind::Quantized { .. } => Ok(()),
        }
    }

    /// Adds row `row` to `into`.
    pub(super) fn add(&self, row: usize, into: &mut [f32]) {
        match &*self.kind {
            Kind::Dense(start) => {
                let start = start + 4 * self.dim * row;
                let (pieces, _) = self.contents[start..start + 4 * self.dim].as_chunks::<4>();
                let each = into.iter_mut().zip(pieces);
                each.for_each(|(x, piece)| *x += f32::from_le_bytes(*piece));
            }
            Kind::Quantized { codes, quantizer, norms } => {
                let norm = norms.as_ref().map_or(1.0, |(codes, quantizer)| {
                    quantizer.centroid(0, self.contents[codes + row])[0]
                });
                let start = codes + row * quantizer.parts;
                let codes = &self.contents[start..start + quantizer.parts];
                let parts = into.chunks_mut(quantizer.width).zip(codes).enumerate();
                for (part, (into, &code)) in parts {
                    let each = into.iter_mut().zip(quantizer.centroid(part, code));
                    each.for_each(|(x, centroid)| *x += norm * centroid);
                }
            }
        }
    }
}
