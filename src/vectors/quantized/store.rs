//! What a quantised table keeps: its parts, and a row's codes, scale and length. It is a table like any
//! other in `table`.

use super::{CENTROIDS, EvenParts, Quantized, Shape};
use crate::mmap::Bytes;
use crate::threads::Threads;
use std::ops::Range;

/// The columns of part `part` of M parts of a row of `dim` numbers, as even as can be.
pub(in crate::vectors) fn columns(part: usize, parts: usize, dim: usize) -> Range<usize> {
    // M ≤ D, and D² fits: a centroid table has 1024·D bytes.
    part * dim / parts..(part + 1) * dim / parts
}

impl Quantized {
    /// From the three parts of a table, centroids, scales and codes, for the first `rows` rows. Their
    /// lengths are those of the shape, and all floats are finite: the caller has checked both.
    pub(crate) fn new(
        shape: Shape,
        rows: usize,
        dim: usize,
        parts: [Bytes; 3],
        threads: &Threads,
    ) -> Self {
        let [centroids, scales, codes] = parts;
        let centroids = centroids.as_chunks::<4>().0;
        let mut table = Quantized {
            shape,
            rows,
            dim,
            centroids: centroids.iter().map(|x| f32::from_le_bytes(*x)).collect(),
            scales,
            codes,
            lengths: Vec::new(),
        };
        let squares = match shape {
            Shape::Int8 => Vec::new(),
            Shape::Product { .. } => table.squares(),
        };
        let length = |row: usize| {
            let square = match shape {
                Shape::Int8 => {
                    let codes = table.codes(row).iter();
                    let square = |code: &u8| i64::from(*code as i8) * i64::from(*code as i8);
                    codes.map(square).sum::<i64>() as f64
                }
                Shape::Product { .. } => f64::from(table.look_up(&squares, row)),
            };
            (f64::from(table.scale(row)).abs() * square.max(0.0).sqrt()) as f32
        };
        table.lengths = threads.map(rows, 1024, length);
        table
    }

    /// The shape of the table.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// 256×D numbers, row by row: centroid k of a part in row k. None where the codes are integers.
    pub(crate) fn centroids(&self) -> &[f32] {
        &self.centroids
    }

    /// The table as parts of one length, which is how other programs keep theirs: int8 is D parts of one
    /// number each. `None` where M does not divide D.
    pub(crate) fn even_parts(&self) -> Option<EvenParts> {
        let count = self.width();
        let centroids = match self.shape {
            Shape::Int8 => {
                let numbers = (0..CENTROIDS).map(|code| f32::from(code as u8 as i8));
                let numbers: Vec<f32> = numbers.collect();
                numbers.repeat(self.dim)
            }
            Shape::Product { .. } if !self.dim.is_multiple_of(count) => return None,
            Shape::Product { .. } => {
                let parts = (0..count).map(|part| columns(part, count, self.dim));
                let of = |columns: Range<usize>| {
                    let rows = self.centroids.chunks_exact(self.dim);
                    rows.flat_map(move |row| row[columns.clone()].iter().copied())
                };
                parts.flat_map(of).collect()
            }
        };
        Some(EvenParts { count, centroids })
    }

    /// Bytes of a row's codes: M, or D of int8.
    pub(crate) fn width(&self) -> usize {
        match self.shape {
            Shape::Int8 => self.dim,
            Shape::Product { subquantizers } => subquantizers,
        }
    }

    /// The codes of a row.
    #[inline]
    pub(crate) fn codes(&self, row: usize) -> &[u8] {
        let width = self.width();
        &self.codes[row * width..(row + 1) * width]
    }

    /// What the numbers that the codes stand for are multiplied with.
    #[inline]
    pub(crate) fn scale(&self, row: usize) -> f32 {
        f32::from_le_bytes(self.scales.as_chunks::<4>().0[row])
    }

    /// The sum of `table[m·256 + code]` over the parts m of a row.
    #[inline]
    pub(in crate::vectors) fn look_up(&self, table: &[f32], row: usize) -> f32 {
        let (parts, _) = table.as_chunks::<CENTROIDS>();
        let codes = self.codes(row);
        // In four chains: an addition waits for the one before it.
        let mut sums = [0f32; 4];
        let (quads, rest) = codes.as_chunks::<4>();
        let (part_quads, part_rest) = parts.as_chunks::<4>();
        for (parts, codes) in part_quads.iter().zip(quads) {
            for i in 0..4 {
                sums[i] += parts[i][usize::from(codes[i])];
            }
        }
        for (part, &code) in part_rest.iter().zip(rest) {
            sums[0] += part[usize::from(code)];
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3])
    }

    /// M×256: |centroid|² of each part.
    fn squares(&self) -> Vec<f32> {
        self.table(|column, x| {
            let _ = column;
            x * x
        })
    }

    /// M×256: the sum over the columns of a part of `term(column, centroid's number)`.
    pub(in crate::vectors) fn table(&self, term: impl Fn(usize, f32) -> f32) -> Vec<f32> {
        let parts = self.width();
        let mut table = vec![0.0; parts * CENTROIDS];
        for (part, sums) in table.chunks_exact_mut(CENTROIDS).enumerate() {
            let columns = columns(part, parts, self.dim);
            for (k, sum) in sums.iter_mut().enumerate() {
                let centroid = &self.centroids[k * self.dim..(k + 1) * self.dim];
                *sum = columns.clone().map(|c| term(c, centroid[c])).sum();
            }
        }
        table
    }
}

impl EvenParts {
    /// Writes the centroids of a row's codes, D numbers, into `into`.
    pub(crate) fn copy_centroids(&self, codes: &[u8], into: &mut [f32]) {
        let width = into.len() / self.count;
        for (part, (&code, into)) in codes.iter().zip(into.chunks_exact_mut(width)).enumerate() {
            let start = (part * CENTROIDS + usize::from(code)) * width;
            into.copy_from_slice(&self.centroids[start..start + width]);
        }
    }
}
