//! Tables by name: what a model and the state of a run consist of.

use crate::matrix::{Matrix, Table};
use rand::{RngExt, SeedableRng};
use rand_distr::Uniform;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::borrow::Cow;
use std::fmt;

/// The V×D table of vectors for queries (`syn0` in word2vec.c); of GloVe the word vectors.
pub(crate) const INPUT: &str = "input";
/// The V×D table of words as the thing predicted (`syn1neg`); of GloVe the context vectors.
pub(crate) const OUTPUT: &str = "output";

/// A table of a model.
///
/// | name | of | shape |
/// |---|---|---|
/// | `input.bias`, `output.bias` | GloVe | V×1, biases of words and of contexts |
/// | `input.squares`, `output.squares` | GloVe's checkpoints | V×(D + 1), squared gradients of the numbers and of the bias |
#[derive(Clone, Debug)]
pub struct NamedTable {
    /// Unique in the model, and the name in its file.
    pub name: String,
    /// The numbers.
    pub matrix: Matrix,
}

impl NamedTable {
    /// A matrix and its name.
    pub(crate) fn new(name: &str, matrix: Matrix) -> Self {
        NamedTable { name: name.to_owned(), matrix }
    }

    /// The two tables that every objective has.
    pub(super) fn both(input: Matrix, output: Matrix) -> [Self; 2] {
        [NamedTable::new(INPUT, input), NamedTable::new(OUTPUT, output)]
    }

    /// The biases of GloVe, V×1 each.
    pub(crate) fn biases(of_words: Matrix, of_contexts: Matrix) -> Vec<Self> {
        vec![NamedTable::new("input.bias", of_words), NamedTable::new("output.bias", of_contexts)]
    }
}

/// A table to be written, row by row.
pub struct TableRows<'a> {
    pub(crate) name: &'a str,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// A row by its number.
    pub(crate) row: Box<dyn Fn(usize) -> Cow<'a, [f32]> + 'a>,
}

impl fmt::Debug for TableRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableRows({}, {} × {})", self.name, self.rows, self.columns)
    }
}

impl<'a> TableRows<'a> {
    /// A table whose rows `row` makes.
    pub(crate) fn new(
        name: &'a str,
        rows: usize,
        columns: usize,
        row: impl Fn(usize) -> Cow<'a, [f32]> + 'a,
    ) -> Self {
        TableRows { name, rows, columns, row: Box::new(row) }
    }

    /// A matrix as it is.
    pub(crate) fn of(name: &'a str, matrix: &'a Matrix) -> Self {
        TableRows::new(name, matrix.rows(), matrix.dim(), |row| matrix.row(row).into())
    }
}

/// Takes the table `name` out of `tables`.
pub(crate) fn take(tables: &mut Vec<NamedTable>, name: &str) -> Option<Matrix> {
    let at = tables.iter().position(|table| table.name == name)?;
    Some(tables.remove(at).matrix)
}

/// V×D weights, uniform in ±1/(2D) as in word2vec.c, from the seed alone, row after row.
pub(super) fn initial_weights<T: Table>(rows: usize, dim: usize, seed: u64) -> T {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let bound = 0.5 / dim as f32;
    let uniform = Uniform::new(-bound, bound).expect("finite bounds in order");
    let mut weights = T::zeros(rows, dim);
    let mut numbers = vec![0.0; dim];
    for row in 0..rows {
        numbers.fill_with(|| random.sample(uniform));
        weights.set_row(row, &numbers);
    }
    weights
}
