//! Tables by name: what a model and the state of a run consist of.

use crate::matrix::Matrix;
use std::borrow::Cow;

/// The V×D table of vectors that one asks (`syn0` in word2vec.c); of GloVe the word vectors.
pub(crate) const INPUT: &str = "input";
/// The V×D table of words as the thing predicted (`syn1neg`); of GloVe the context vectors.
pub(crate) const OUTPUT: &str = "output";

/// A table of a model.
#[derive(Clone)]
pub struct NamedTable {
    /// Such as `input.bias`.
    pub name: String,
    /// Its numbers.
    pub matrix: Matrix,
}

/// A table of the state of a run, to be written row by row.
pub struct TableRows<'a> {
    pub(crate) name: &'a str,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row: Box<dyn Fn(usize) -> Cow<'a, [f32]> + 'a>,
}

/// Takes the table `name` out of `tables`.
pub(crate) fn take(tables: &mut Vec<NamedTable>, name: &str) -> Option<Matrix> {
    let at = tables.iter().position(|table| table.name == name)?;
    Some(tables.remove(at).matrix)
}
