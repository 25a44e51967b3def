//! GloVe: vectors from co-occurrence counts (Pennington, Socher and Manning 2014).
//!
//! In: [`Cooccurrences`] and the vocabulary that explains them. Out: a [`Model`] with word vectors,
//! context vectors and the biases of both.
//!
//! A word has two records, as a word and as a context, each with its squared gradients beside it
//! ([`crate::kernels::record_stride`]). Cells are trained in chunks of a row, shuffled (`order`), by
//! one thread over plain matrices or by several over shared ones (`worker`; [`crate::matrix`] says
//! what sharing means). Logarithms and weights of a chunk are computed together, 16 at a time,
//! before its steps, so that a cell stays 8 bytes long.
//!
//! # Differences from `glove`
//!
//! * f32 and not f64 for parameters; losses are summed in f64.
//! * Nothing is shuffled on disk beforehand: the order is made while training, anew each epoch.
//! * Gradients of biases are clipped as all others are.
//! * A loss that is not finite ends the run, which goes back to the end of the epoch before (kept in
//!   a temporary file meanwhile, or in memory); `glove` skips such steps and goes on.

mod order;
mod parameters;
mod records;
#[cfg(test)]
mod tests;
mod worker;

pub use parameters::{Combine, Glove, GloveParameters};

use super::objective::{Bytes, Divergence, Extent, Objective, Unit, Worker};
use super::tables::{NamedTable, TableRows};
use crate::cooccur::Cooccurrences;
use crate::error::{Error, Result};
use crate::kernels::record_stride;
use crate::matrix::{Rows, Table};
use order::Order;
use worker::{GloveWorker, Portion, Portions};

/// Why a run of GloVe cannot begin with rows that were there before.
pub(super) const NO_WARM_START: &str = "GloVe begins with random rows only: each of its steps is scaled \
     by the sum of all squared gradients before it, which no model and no file of vectors holds";

/// A run of GloVe: what its workers have in common, but for the tables.
pub(super) struct Task<'a> {
    parameters: &'a Glove,
    pairs: &'a Cooccurrences,
    seed: u64,
}

impl<'a> Task<'a> {
    pub(super) fn new(pairs: &'a Cooccurrences, parameters: &'a Glove, seed: u64) -> Self {
        Task { parameters, pairs, seed }
    }

    fn order(&self, epoch: u64) -> Order<'a> {
        Order::new(self.pairs, self.seed, epoch as u32)
    }
}

impl Objective for Task<'_> {
    type Portion = Portion;
    type Step = Portions;

    const READS_AHEAD: bool = true;
    const GOES_BACK: bool = true;

    fn extent(&self) -> Extent {
        Extent {
            steps: self.order(0).groups(),
            epochs: self.parameters.epochs,
            amount: self.pairs.cells(),
            unit: Unit::Pairs,
        }
    }

    fn step(&self, number: u64) -> Result<Portions> {
        let per_epoch = self.order(0).groups();
        let group = self.order(number / per_epoch).read(number % per_epoch)?;
        Ok(Portions::of(group))
    }

    fn lr(&self, _: u64) -> f32 {
        self.parameters.lr
    }

    fn worker<'w, R: Rows + Send + 'w>(&'w self, tables: Vec<R>) -> Box<dyn Worker<Portion> + 'w> {
        Box::new(GloveWorker::new(tables, self.parameters, self.seed))
    }

    fn tables<T: Table>(&self) -> Vec<T> {
        records::initial(self.pairs.words(), self.parameters.dim, self.seed)
    }

    fn restore<T: Table>(&self, state: Vec<NamedTable>) -> Result<Vec<T>> {
        records::restore(state)
    }

    fn state<'t, T: Table>(&self, tables: &'t [T]) -> Vec<TableRows<'t>> {
        records::state(tables, self.pairs.words(), self.parameters.dim)
    }

    fn finish<T: Table>(&self, tables: Vec<T>) -> Vec<NamedTable> {
        records::finish(tables, self.pairs.words(), self.parameters.dim)
    }

    fn bytes(&self) -> Bytes {
        bytes(self.pairs.words(), self.parameters)
    }

    fn data_hash(&self) -> u64 {
        self.pairs.cells()
    }

    fn check_data(&self, was: u64) -> Result<()> {
        if was == self.pairs.cells() {
            return Ok(());
        }
        Err(Error::Resume {
            name: "the table of pairs".into(),
            was: format!("of {was} cells"),
            is: format!("of {}", self.pairs.cells()),
        })
    }

    fn diverged(&self, at: Divergence) -> Error {
        let (lr, clip) = (self.parameters.lr, self.parameters.clip);
        Error::CellsDiverged { cells: at.read, lr, clip }
    }

    /// All pairs may be held out.
    fn without_pairs(&self, _: u64) -> Option<Error> {
        None
    }
}

/// The bytes that training takes for V words.
pub(super) fn bytes(words: usize, parameters: &Glove) -> Bytes {
    let record = 4 * 2 * record_stride(parameters.dim) as u64;
    Bytes {
        tables: table_bytes(words, parameters),
        derived: 0,
        of_thread: 4 * record,
        // The group that is trained, the next one, and the one that is being read.
        shared: 3 * Order::GROUP_BYTES,
    }
}

/// The records of V words, in both roles.
pub(super) fn table_bytes(words: usize, parameters: &Glove) -> u64 {
    let floats = 2 * 2 * words as u128 * record_stride(parameters.dim) as u128;
    u64::try_from(4 * floats).unwrap_or(u64::MAX)
}
