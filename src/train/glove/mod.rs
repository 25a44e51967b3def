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
//! * A loss that is not finite, or ten times that of vectors of zeros, ends the run, which goes back to the end of the epoch before (kept in
//!   a temporary file meanwhile, or in memory); `glove` skips such steps and goes on.

mod order;
mod parameters;
mod records;
#[cfg(test)]
mod tests;
mod worker;

pub use parameters::{Glove, GloveParameters};

use super::objective::{Divergence, Extent, Objective, Unit, Worker};
use super::settings::{Bytes, Combine, Settings, Source};
use super::tables::{NamedTable, TableRows};
use crate::cooccur::{Cooccurrences, Counting};
use crate::error::{Error, Result};
use crate::kernels::record_stride;
use crate::matrix::{Rows, Table};
use crate::vocab::Vocab;
use order::Order;
use worker::{GloveWorker, Portion, Portions};

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
        self.parameters.bytes(self.pairs.words())
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

impl Settings for GloveParameters {
    fn dim(&self) -> usize {
        self.glove.dim
    }

    fn dim_mut(&mut self) -> &mut usize {
        &mut self.glove.dim
    }

    fn epochs(&self) -> u32 {
        self.glove.epochs
    }

    fn check(&self) -> Result<()> {
        self.glove.check()?;
        self.counting.as_ref().map_or(Ok(()), Counting::check)
    }

    fn source(&self) -> Source<'_> {
        Source::Pairs(self.counting.as_ref())
    }

    fn no_warm_start(&self) -> Option<&'static str> {
        Some(
            "GloVe begins with random rows, since each of its steps is scaled by the sum of all squared \
             gradients before it, which no model and no file of vectors holds",
        )
    }

    fn combination(&self) -> (Combine, bool) {
        (self.glove.combine, self.glove.unk)
    }

    fn table_bytes(&self, words: usize) -> u64 {
        self.glove.bytes(words).tables
    }

    fn bytes(&self, vocab: &Vocab) -> Bytes {
        self.glove.bytes(vocab.len())
    }

    /// A cell is mostly waiting for its records, and divisions.
    fn work(&self) -> f64 {
        20.0 * self.glove.dim as f64
    }

    fn try_out(&mut self) {
        let glove = &mut self.glove;
        (glove.epochs, glove.lr, glove.held_out) = (10_000, 1e-4, 0.0);
    }

    fn summary(&self) -> Vec<(&'static str, String)> {
        let g = &self.glove;
        let unk = if g.unk { ", with <unk>" } else { "" };
        let parameters = format!(
            "epochs {}, lr {}, x-max {}, alpha {}, clip {}, held out {}",
            g.epochs, g.lr, g.x_max, g.alpha, g.clip, g.held_out
        );
        let counting = match &self.counting {
            None => "by another program".to_owned(),
            Some(c) => format!(
                "window {}{}, {} weights{}",
                c.window,
                if c.symmetric { "" } else { " to the left" },
                c.weighting,
                if c.across_lines { ", across lines" } else { "" },
            ),
        };
        vec![
            ("method", format!("GloVe, vectors: {}{unk}", g.combine)),
            ("parameters", parameters),
            ("counting", counting),
        ]
    }
}

impl Glove {
    /// The bytes that training takes for V words: records in both roles, and groups of cells.
    fn bytes(&self, words: usize) -> Bytes {
        let record = 2 * 4 * record_stride(self.dim) as u64;
        let tables = 2 * words as u128 * u128::from(record);
        Bytes {
            tables: u64::try_from(tables).unwrap_or(u64::MAX),
            derived: 0,
            of_thread: 4 * record,
            // The group that is trained, the next one, and the one that is being read.
            shared: 3 * Order::GROUP_BYTES,
        }
    }
}
