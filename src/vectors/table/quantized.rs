//! Quantised tables as tables: rows, lengths, products.

use super::super::quantized::{Quantized, Shape, columns};
use super::{RowProducts, RowStore};
use crate::kernels::dot_int8;
use std::ops::Range;

/// More queries than these are multiplied with rows of `f32`, made once for all of them: a table of
/// products is 1 kB a part and query, and many such tables fit no cache.
const FEW: usize = 8;

impl RowStore for Quantized {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn numbers(&self) -> &'static str {
        match self.shape {
            Shape::Int8 => "int8",
            Shape::Product { .. } => "pq",
        }
    }

    fn bytes(&self) -> u64 {
        let row = 4 + self.width();
        (4 * self.centroids.len() + self.rows * row) as u64
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        assert_eq!(into.len(), self.dim);
        let scale = self.scale(row);
        match self.shape {
            Shape::Int8 => {
                for (x, code) in into.iter_mut().zip(self.codes(row)) {
                    *x = scale * f32::from(*code as i8);
                }
            }
            Shape::Product { subquantizers } => {
                for (part, &code) in self.codes(row).iter().enumerate() {
                    let columns = columns(part, subquantizers, self.dim);
                    let centroid = usize::from(code) * self.dim;
                    for column in columns {
                        into[column] = scale * self.centroids[centroid + column];
                    }
                }
            }
        }
    }

    fn norm(&self, row: usize, _: &mut Vec<f32>) -> f32 {
        self.lengths[row]
    }

    fn prepare<'a>(&'a self, queries: &'a [f32]) -> Option<Box<dyn RowProducts + 'a>> {
        if queries.len() > FEW * self.dim {
            return None;
        }
        let queries = queries.chunks_exact(self.dim);
        Some(match self.shape {
            Shape::Int8 => {
                let queries = queries.map(IntegerQuery::new).collect();
                Box::new(IntegerProducts { rows: self, queries })
            }
            Shape::Product { .. } => {
                let table = |query: &[f32]| self.table(|column, x| query[column] * x);
                let tables = queries.map(table).collect();
                Box::new(Tables { rows: self, tables })
            }
        })
    }

    /// A number of the query is rounded by half a step at most.
    fn product_error(&self) -> f32 {
        match self.shape {
            Shape::Int8 => (self.dim as f32).sqrt() / greatest_integer(self.dim),
            Shape::Product { .. } => 0.0,
        }
    }

    fn quantized(&self) -> Option<&Quantized> {
        Some(self)
    }
}

/// The greatest number of a query of integers: as many bits as the sum of D products with 127 leaves room
/// for in 32, and 16 at most.
fn greatest_integer(dim: usize) -> f32 {
    (i32::MAX as usize / (128 * dim)).clamp(1, 32_767) as f32
}

/// A query as integers: `scale` · `numbers`.
struct IntegerQuery {
    numbers: Vec<i16>,
    scale: f32,
}

impl IntegerQuery {
    fn new(query: &[f32]) -> Self {
        let most = greatest_integer(query.len());
        let greatest = query.iter().fold(0f32, |most, x| most.max(x.abs()));
        let inverse = if greatest > 0.0 { most / greatest } else { 0.0 };
        IntegerQuery {
            numbers: query.iter().map(|x| (x * inverse).round() as i16).collect(),
            scale: greatest / most,
        }
    }
}

struct IntegerProducts<'a> {
    rows: &'a Quantized,
    queries: Vec<IntegerQuery>,
}

impl RowProducts for IntegerProducts<'_> {
    fn products(&self, rows: Range<usize>, out: &mut [f32]) {
        let count = rows.len();
        for (i, row) in rows.enumerate() {
            let codes: &[i8] = bytemuck::cast_slice(self.rows.codes(row));
            let scale = self.rows.scale(row);
            for (q, query) in self.queries.iter().enumerate() {
                let sum = dot_int8(&query.numbers, codes);
                out[q * count + i] = sum as f32 * query.scale * scale;
            }
        }
    }
}

struct Tables<'a> {
    rows: &'a Quantized,
    /// For each query M×256 products with centroids.
    tables: Vec<Vec<f32>>,
}

impl RowProducts for Tables<'_> {
    fn products(&self, rows: Range<usize>, out: &mut [f32]) {
        let count = rows.len();
        for (table, out) in self.tables.iter().zip(out.chunks_exact_mut(count)) {
            for (out, row) in out.iter_mut().zip(rows.clone()) {
                *out = self.rows.scale(row) * self.rows.look_up(table, row);
            }
        }
    }
}
