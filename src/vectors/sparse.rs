//! Rows of which few numbers are not zero: one-hot vectors, counts of contexts, n-grams of a spelling.
//!
//! In: the columns and values of each row (CSR: compressed sparse rows). Out: a [`RowStore`] that every
//! query and evaluation accepts. D may be as large as V, and the table is never made dense: it takes 8
//! bytes for each number that is not zero, where a dense one of 68,000 words would take 18 GB.
//!
//! # How rows are multiplied
//!
//! The queries are turned by 90°, once: for each column, which queries have a number there. A row then
//! walks its own columns and adds to all those queries at once. A column that many queries share (a
//! frequent word as context) is kept dense, Q numbers in a line, so that adding it is done in lanes;
//! others are lists. The cost per row is the number of pairs of row and query that share a column,
//! not Q·D.

use super::table::{RowProducts, RowStore};
use crate::error::{Error, Result};
use crate::vocab::WordId;
use std::ops::Range;

/// A V×D table of rows whose non-zero numbers are kept with their columns.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseTable {
    dim: usize,
    /// Row r is `starts[r]..starts[r + 1]` of columns and values; V + 1 long.
    starts: Vec<usize>,
    /// Ascending in each row.
    columns: Vec<u32>,
    values: Vec<f32>,
    norms: Vec<f32>,
}

impl SparseTable {
    /// Row r has `values[i]` in column `columns[i]` for i in `starts[r]..starts[r + 1]`.
    ///
    /// # Errors
    /// [`Error::Parameter`] where `starts` does not rise from 0 to the number of values, a row's columns
    /// do not rise below `dim`, or a value is not finite.
    ///
    /// ```
    /// use w2v::{Vocab, WordId, WordVectors, vectors::SparseTable};
    /// let vocab = Vocab::new([("cat", 3), ("dog", 2), ("car", 1)]);
    /// let table = SparseTable::new(1000, vec![0, 2, 4, 5], vec![7, 500, 7, 999, 3], vec![3.0, 4.0, 1.0, 1.0, 2.0])?;
    /// let vectors = WordVectors::from_store(vocab, Box::new(table), Default::default())?;
    /// // 3·1 ÷ (5 · √2)
    /// assert!((vectors.cosine(WordId(0), WordId(1)) - 0.424_264).abs() < 1e-6);
    /// assert_eq!((vectors.dim(), vectors.nonzeros()), (1000, Some(5)));
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn new(
        dim: usize,
        starts: Vec<usize>,
        columns: Vec<u32>,
        values: Vec<f32>,
    ) -> Result<Self> {
        let wrong = |what: String| Err(Error::parameter("sparse table", what, "rows in CSR form"));
        let rises = starts.windows(2).all(|pair| pair[0] <= pair[1]);
        if starts.first() != Some(&0) || starts.last() != Some(&values.len()) || !rises {
            return wrong(format!("starts that do not rise from 0 to {}", values.len()));
        }
        if columns.len() != values.len() || dim > 1 << 32 {
            let (columns, values) = (columns.len(), values.len());
            return wrong(format!("{columns} columns for {values} values, dim {dim}"));
        }
        let table = SparseTable { dim, starts, columns, values, norms: Vec::new() };
        for row in 0..table.rows() {
            let (columns, values) = table.row(row);
            let rising = columns.windows(2).all(|pair| pair[0] < pair[1]);
            let below = columns.last().is_none_or(|&last| (last as usize) < dim);
            if !rising || !below || !values.iter().all(|value| value.is_finite()) {
                return wrong(format!("row {row} with columns out of order or a value not finite"));
            }
        }
        Ok(table.with_norms())
    }

    /// One-hot vectors: row i is 1 in column i and 0 elsewhere, V×V.
    ///
    /// ```
    /// use w2v::{Vocab, WordId, WordVectors, vectors::SparseTable};
    /// let vocab = Vocab::new([("king", 3), ("queen", 2), ("car", 1)]);
    /// let vectors = WordVectors::from_store(vocab, Box::new(SparseTable::one_hot(3)), Default::default())?;
    /// // Distinct words are all equally unlike.
    /// assert_eq!(vectors.cosine(WordId(0), WordId(1)), 0.0);
    /// assert_eq!(vectors.cosine(WordId(1), WordId(1)), 1.0);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn one_hot(words: usize) -> Self {
        SparseTable {
            dim: words,
            starts: (0..=words).collect(),
            columns: (0..words as u32).collect(),
            values: vec![1.0; words],
            norms: vec![1.0; words],
        }
    }

    fn with_norms(mut self) -> Self {
        let norm = |row| {
            let squares = self.row(row).1.iter().map(|&x| f64::from(x) * f64::from(x));
            squares.sum::<f64>().sqrt() as f32
        };
        self.norms = (0..self.rows()).map(norm).collect();
        self
    }

    /// The columns and values of row `row`, by rising column.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.starts[row]..self.starts[row + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// The rows `rows`, in this order.
    pub fn select(&self, rows: &[WordId]) -> Self {
        let mut table = SparseTable {
            dim: self.dim,
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            norms: Vec::new(),
        };
        for id in rows {
            let (columns, values) = self.row(id.index());
            table.columns.extend_from_slice(columns);
            table.values.extend_from_slice(values);
            table.starts.push(table.values.len());
            table.norms.push(self.norms[id.index()]);
        }
        table
    }

    /// The table with rows and columns exchanged, D×V.
    pub(crate) fn transposed(&self) -> Self {
        let mut starts = vec![0; self.dim + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for column in 0..self.dim {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.values.len()];
        for row in 0..self.rows() {
            let (old, old_values) = self.row(row);
            for (&column, &value) in old.iter().zip(old_values) {
                let at = &mut next[column as usize];
                columns[*at] = row as u32;
                values[*at] = value;
                *at += 1;
            }
        }
        let table = SparseTable { dim: self.rows(), starts, columns, values, norms: Vec::new() };
        table.with_norms()
    }

    /// Replaces every value by `change(row, column, value)`, and leaves out those that become 0.
    pub(crate) fn map(mut self, change: impl Fn(usize, usize, f32) -> f32) -> Self {
        let mut kept = 0;
        for row in 0..self.rows() {
            let range = self.starts[row]..self.starts[row + 1];
            self.starts[row] = kept;
            for at in range {
                let column = self.columns[at];
                let value = change(row, column as usize, self.values[at]);
                if value != 0.0 {
                    self.columns[kept] = column;
                    self.values[kept] = value;
                    kept += 1;
                }
            }
            // starts[row + 1] is still the old end, which the next turn begins at.
        }
        let last = self.rows();
        self.starts[last] = kept;
        self.columns.truncate(kept);
        self.values.truncate(kept);
        self.columns.shrink_to_fit();
        self.values.shrink_to_fit();
        self.with_norms()
    }
}

impl RowStore for SparseTable {
    fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn numbers(&self) -> &'static str {
        "sparse"
    }

    fn bytes(&self) -> u64 {
        8 * (self.values.len() + self.starts.len()) as u64
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        assert_eq!(into.len(), self.dim);
        into.fill(0.0);
        let (columns, values) = self.row(row);
        for (&column, &value) in columns.iter().zip(values) {
            into[column as usize] = value;
        }
    }

    fn norm(&self, row: usize, _: &mut Vec<f32>) -> f32 {
        self.norms[row]
    }

    fn nonzeros(&self) -> Option<u64> {
        Some(self.values.len() as u64)
    }

    fn dot(&self, a: usize, b: usize) -> Option<f64> {
        if a == b {
            let squares = self.row(a).1.iter().map(|&x| f64::from(x) * f64::from(x));
            return Some(squares.sum());
        }
        let ((mut x, mut x_values), (mut y, mut y_values)) = (self.row(a), self.row(b));
        let mut sum = 0.0;
        while let (Some(&i), Some(&j)) = (x.first(), y.first()) {
            if i == j {
                sum += f64::from(x_values[0]) * f64::from(y_values[0]);
            }
            let (dx, dy) = (usize::from(i <= j), usize::from(j <= i));
            (x, x_values) = (&x[dx..], &x_values[dx..]);
            (y, y_values) = (&y[dy..], &y_values[dy..]);
        }
        Some(sum)
    }

    fn prepare<'a>(&'a self, queries: &'a [f32]) -> Option<Box<dyn RowProducts + 'a>> {
        Some(Box::new(Turned::new(self, queries)))
    }
}

/// Queries by column, and the rows that they are multiplied with.
struct Turned<'a> {
    table: &'a SparseTable,
    queries: usize,
    /// `columns[c]`: where the numbers of column c are.
    columns: Vec<Column>,
    /// Q for each dense column.
    dense: Vec<f32>,
    /// Of the other columns, the queries that have a number there, with it.
    lists: Vec<(u32, f32)>,
}

#[derive(Clone, Copy)]
enum Column {
    /// Of `dense`.
    Dense(usize),
    /// Of `lists`.
    List { start: usize, len: u32 },
}

impl<'a> Turned<'a> {
    fn new(table: &'a SparseTable, queries: &[f32]) -> Self {
        let dim = table.dim;
        let mut counts = vec![0_u32; dim];
        let rows = || (0..).zip(queries.chunks_exact(dim));
        for (_, query) in rows() {
            for (count, &x) in counts.iter_mut().zip(query) {
                *count += u32::from(x != 0.0);
            }
        }
        let many = queries.len() / dim;
        let (mut dense, mut lists) = (0, 0);
        let columns: Vec<Column> = counts
            .iter()
            .map(|&len| {
                // Where a quarter of the queries have a number, adding zeros too is faster.
                if many >= 8 && 4 * len as usize >= many {
                    dense += many;
                    Column::Dense(dense - many)
                } else {
                    lists += len as usize;
                    let start = lists - len as usize;
                    Column::List { start, len }
                }
            })
            .collect();
        let mut turned = Turned {
            table,
            queries: many,
            columns,
            dense: vec![0.0; dense],
            lists: vec![(0, 0.0); lists],
        };
        let mut filled = vec![0_u32; dim];
        for (q, query) in rows() {
            for (c, &x) in query.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                match turned.columns[c] {
                    Column::Dense(start) => turned.dense[start + q as usize] = x,
                    Column::List { start, .. } => {
                        turned.lists[start + filled[c] as usize] = (q, x);
                        filled[c] += 1;
                    }
                }
            }
        }
        turned
    }
}

impl RowProducts for Turned<'_> {
    fn products(&self, rows: Range<usize>, out: &mut [f32]) {
        let count = rows.len();
        let mut sums = vec![0.0_f32; self.queries];
        for (i, row) in rows.enumerate() {
            sums.fill(0.0);
            let (columns, values) = self.table.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                match self.columns[column as usize] {
                    Column::Dense(start) => {
                        let numbers = &self.dense[start..start + self.queries];
                        for (sum, x) in sums.iter_mut().zip(numbers) {
                            *sum += value * x;
                        }
                    }
                    Column::List { start, len } => {
                        for &(q, x) in &self.lists[start..start + len as usize] {
                            sums[q as usize] += value * x;
                        }
                    }
                }
            }
            for (q, &sum) in sums.iter().enumerate() {
                out[q * count + i] = sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{Analogy, AnalogyMethod, Query, WordVectors};
    use crate::vocab::Vocab;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// Random rows, some empty, some columns common; the same dense.
    fn random(rows: usize, dim: usize) -> (SparseTable, Vec<f32>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        let mut dense = vec![0.0; rows * dim];
        let (mut starts, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in 0..rows {
            for column in 0..dim {
                let share = if column < 4 { 0.8 } else { 0.1 };
                if row % 17 != 3 && rng.random_bool(share) {
                    let value: f32 = rng.random_range(-1.0..1.0);
                    dense[row * dim + column] = value;
                    columns.push(column as u32);
                    values.push(value);
                }
            }
            starts.push(values.len());
        }
        (SparseTable::new(dim, starts, columns, values).unwrap(), dense)
    }

    fn both(rows: usize, dim: usize) -> [WordVectors; 2] {
        let words: Vec<String> = (0..rows).map(|id| id.to_string()).collect();
        let vocab = || Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let (table, dense) = random(rows, dim);
        let sparse = WordVectors::from_store(vocab(), Box::new(table), Default::default());
        [sparse.unwrap(), WordVectors::new(vocab(), dim, dense).unwrap()]
    }

    #[test]
    fn every_query_agrees_with_the_dense_table() {
        let [sparse, dense] = both(300, 40);
        let queries: Vec<Query> = (0..70)
            .map(|id| Query::sum([WordId(id), WordId(id + 90)], [WordId(id + 200)]))
            .collect();
        let [got, expected] = [&sparse, &dense].map(|v| v.neighbors_batch(&queries, 7).unwrap());
        for (query, (got, expected)) in queries.iter().zip(got.iter().zip(&expected)) {
            let alone = sparse.neighbors(query, 7).unwrap();
            for ((got, alone), expected) in got.iter().zip(&alone).zip(expected) {
                assert_eq!([got.id, alone.id], [expected.id; 2]);
                assert!((got.similarity - expected.similarity).abs() < 1e-5);
            }
        }
        for a in (0..300).map(WordId) {
            let b = WordId((a.0 * 7 + 5) % 300);
            let [got, expected] = [&sparse, &dense].map(|v| v.similarity_f64(a, b));
            assert!((got - expected).abs() < 1e-12);
            assert!((f64::from(sparse.cosine(a, b)) - expected).abs() < 1e-6);
            assert_eq!(sparse.vector(a), dense.vector(a));
        }
        let question = Analogy {
            method: AnalogyMethod::CosMul,
            ..Analogy::new(WordId(1), WordId(2), WordId(4))
        };
        let ids = |v: &WordVectors| {
            let found = v.answer(&question, 5).unwrap();
            found.iter().map(|n| n.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&sparse), ids(&dense));
        for (got, expected) in sparse.norms().iter().zip(dense.norms()) {
            assert!((got - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn a_selection_is_the_same_from_the_table_and_from_the_vectors() {
        let [sparse, dense] = both(60, 12);
        let ids = [5, 59, 3, 20, 21].map(WordId);
        let table = random(60, 12).0.select(&ids);
        let [views, expected] = [&sparse, &dense].map(|v| v.select(&ids));
        for row in 0..5 {
            let mut own = vec![9.0; 12];
            table.copy_row(row, &mut own);
            let id = WordId(row as u32);
            assert_eq!(*views.vector(id), own);
            assert_eq!(*expected.vector(id), own);
            assert_eq!(views.vocab().word(id), ids[row].0.to_string());
            let other = WordId(1);
            assert_eq!(views.similarity_f64(id, other), sparse.similarity_f64(ids[row], ids[1]));
        }
        let near = |v: &WordVectors| v.neighbors(&Query::word(WordId(3)), 4).unwrap();
        assert_eq!(
            near(&views).iter().map(|n| n.id).collect::<Vec<_>>(),
            near(&expected).iter().map(|n| n.id).collect::<Vec<_>>()
        );
    }

    #[test]
    fn turned_twice_is_the_same_and_values_can_be_changed() {
        let (table, dense) = random(50, 20);
        let turned = table.transposed();
        assert_eq!((turned.rows(), turned.dim()), (20, 50));
        let mut column = vec![0.0; 50];
        turned.copy_row(3, &mut column);
        let expected: Vec<f32> = (0..50).map(|row| dense[row * 20 + 3]).collect();
        assert_eq!(column, expected);
        assert_eq!(turned.transposed(), table);

        let positive = table.map(|row, column, value| {
            assert_eq!(value, dense[row * 20 + column]);
            value.max(0.0)
        });
        let expected = dense.iter().filter(|&&x| x > 0.0).count() as u64;
        assert_eq!(positive.nonzeros(), Some(expected));
        for row in 0..50 {
            let mut got = vec![0.0; 20];
            positive.copy_row(row, &mut got);
            let expected: Vec<f32> = dense[row * 20..][..20].iter().map(|x| x.max(0.0)).collect();
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn damaged_tables_are_refused() {
        let make = |starts: &[usize], columns: &[u32], values: &[f32]| {
            SparseTable::new(4, starts.to_vec(), columns.to_vec(), values.to_vec())
        };
        assert!(make(&[0, 1, 2], &[3, 0], &[1.0, 1.0]).is_ok());
        for (starts, columns, values) in [
            (&[0, 2, 1][..], &[3, 0][..], &[1.0, 1.0][..]),
            (&[0, 1], &[3, 0], &[1.0, 1.0]),
            (&[1, 2], &[3, 0], &[1.0, 1.0]),
            (&[], &[], &[]),
            (&[0, 2], &[3, 0], &[1.0, 1.0]),
            (&[0, 2], &[3, 3], &[1.0, 1.0]),
            (&[0, 1], &[4], &[1.0]),
            (&[0, 1], &[1, 2], &[1.0]),
            (&[0, 1], &[1], &[f32::NAN]),
        ] {
            assert!(make(starts, columns, values).is_err());
        }
    }
}
