//! What the parameters of every objective provide, so that planning, training, showing and querying need
//! not know which objective it is.

use crate::cooccur::Counting;
use crate::error::Result;
use crate::vocab::Vocab;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Parameters of an objective.
pub trait Settings {
    /// Dimensions of a vector, D.
    fn dim(&self) -> usize;

    /// The same, to change it.
    fn dim_mut(&mut self) -> &mut usize;

    /// Passes over the text or the table.
    fn epochs(&self) -> u32;

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] with the parameter, the value and the range.
    fn check(&self) -> Result<()>;

    /// What is learnt from.
    fn source(&self) -> Source<'_>;

    /// Why a run cannot begin with rows that were there before, where it cannot.
    fn no_warm_start(&self) -> Option<&'static str> {
        None
    }

    /// How vectors for queries are made of both tables, and whether they get a row `<unk>`.
    fn combination(&self) -> (Combine, bool) {
        (Combine::Word, false)
    }

    /// Bytes of the tables of V words, as they are at the end.
    fn table_bytes(&self, words: usize) -> u64;

    /// Bytes of the same while they are trained.
    fn trained_bytes(&self, words: usize) -> u64 {
        self.table_bytes(words)
    }

    /// Bytes of what is derived from the counts of V words.
    fn derived_bytes(&self, _words: usize) -> u64 {
        0
    }

    /// Bytes of memory that training takes for these words.
    fn bytes(&self, vocab: &Vocab) -> Bytes;

    /// Multiply-adds for a token or a cell, about.
    fn work(&self) -> f64;

    /// Changes them for a trial that the caller stops: many epochs, and a learning rate that cannot diverge.
    fn try_out(&mut self);

    /// Names and values to show; the first is the method in a few words.
    fn summary(&self) -> Vec<(&'static str, String)>;
}

/// What an objective learns from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source<'a> {
    /// The text.
    Text,
    /// Co-occurrence counts, and how they are counted where that is known.
    Pairs(Option<&'a Counting>),
}

/// Bytes of memory of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// Tables, as they are at the end.
    pub tables: u64,
    /// What is derived from the counts of the words.
    pub derived: u64,
    /// Buffers of each thread.
    pub of_thread: u64,
    /// Buffers that all threads have in common.
    pub shared: u64,
}

impl Bytes {
    /// The sum for this number of threads.
    pub fn total(&self, threads: usize) -> u64 {
        let buffers = self.of_thread.saturating_mul(threads as u64);
        [self.derived, buffers, self.shared]
            .iter()
            .fold(self.tables, |sum, n| sum.saturating_add(*n))
    }
}

/// What becomes of a word's two vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// Their sum, as in the paper: D numbers.
    #[default]
    Sum,
    /// The word vector alone.
    Word,
    /// The context vector alone.
    Context,
    /// The word vector and behind it the context vector: 2·D numbers. (`glove` documents this as its
    /// model 3 and cannot be told to.)
    Concat,
}

impl fmt::Display for Combine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Combine::Sum => "sum",
            Combine::Word => "word",
            Combine::Context => "context",
            Combine::Concat => "concat",
        })
    }
}
