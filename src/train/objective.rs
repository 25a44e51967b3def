//! What the trainer and its threads know of an objective: its tables, and numbered steps that train
//! them. Each objective has a folder of its own.
//!
//! A run is cut into steps; those of the first epoch come first. A step depends on the seed and on its
//! number, not on the thread that trains it, and begins random numbers of its own. A step may be handed
//! out in *portions*, so that several threads train one step.
//!
//! A worker's step has three phases: *scores* (the products of rows), *coefficients* (how far each score
//! is from what it should be, times the learning rate) and *apply* (the steps of the rows, added to the
//! tables). Threads that share the tables go through all three at once, [`Worker::train`]. An executor that
//! adds the steps of many workers in a fixed order holds back the third; one that sums the scores of
//! several machines comes in after the first. Both need a scheme whose rows are read before any is
//! written: [`SkipGram::is_split`](super::SkipGram::is_split) tells of it.

use super::position::EpochSums;
use super::settings::Bytes;
use super::tables::{INPUT, NamedTable, OUTPUT, TableRows};
use crate::error::{Error, Result};
use crate::matrix::{Rows, Table};

/// What is learnt, and how.
pub(super) trait Objective: Sync {
    /// What a worker trains at a time: about a millisecond of work.
    type Portion: Send;
    /// The portions of a step.
    type Step: Iterator<Item = Self::Portion> + Send;

    /// Whether reading a step takes long, so that a thread of its own reads the next ones meanwhile.
    const READS_AHEAD: bool = false;
    /// Whether a run whose loss is no longer finite goes back to the end of the epoch before. Then all
    /// threads end with each epoch, and its tables are kept.
    const GOES_BACK: bool = false;

    /// How long a run is.
    fn extent(&self) -> Extent;

    /// Reads step `number`, counted from the beginning of the run.
    fn step(&self, number: u64) -> Result<Self::Step>;

    /// The learning rate at the beginning of step `number`.
    fn lr(&self, number: u64) -> f32;

    /// A worker on these tables, in the order of [`Objective::tables`].
    fn worker<'w, R: Rows + Send + 'w>(
        &'w self,
        tables: Vec<R>,
    ) -> Box<dyn Worker<Self::Portion> + 'w>;

    /// The tables before the first step.
    fn tables<T: Table>(&self) -> Vec<T>;

    /// The tables of a state that was kept: the inverse of [`Objective::state`].
    fn restore<T: Table>(&self, state: Vec<NamedTable>) -> Result<Vec<T>> {
        Ok(state.into_iter().take(2).map(|table| T::from_f32(table.matrix)).collect())
    }

    /// The tables by name, for a checkpoint; `input` and `output` first, which are all where an objective
    /// does not say otherwise.
    fn state<'t, T: Table>(&self, tables: &'t [T]) -> Vec<TableRows<'t>> {
        let rows = |(name, table): (_, &'t T)| {
            TableRows::new(name, table.rows(), table.dim(), |row| table.numbers(row))
        };
        [INPUT, OUTPUT].into_iter().zip(tables).map(rows).collect()
    }

    /// The tables of a model; `input` and `output` first.
    fn finish<T: Table>(&self, tables: Vec<T>) -> Vec<NamedTable> {
        let named = |(name, table): (_, T)| NamedTable::new(name, table.into_f32());
        [INPUT, OUTPUT].into_iter().zip(tables).map(named).collect()
    }

    /// Bytes of memory that training takes.
    fn bytes(&self) -> Bytes;

    /// Names what is trained on, for a checkpoint.
    fn data_hash(&self) -> u64;

    /// Refuses a checkpoint whose [`Objective::data_hash`] was another.
    fn check_data(&self, was: u64) -> Result<()>;

    /// The error for a loss or a weight that is not finite.
    fn diverged(&self, at: Divergence) -> Error;

    /// The error for an epoch in which no pair was trained; `None` where that is allowed.
    fn without_pairs(&self, kept: u64) -> Option<Error>;
}

/// How long a run is.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// Steps of an epoch.
    pub(super) steps: u64,
    pub(super) epochs: u32,
    /// Tokens or cells of an epoch, each of which is read once.
    pub(super) amount: u64,
    /// What `amount` counts.
    pub(super) unit: Unit,
}

impl Extent {
    /// Steps of all epochs.
    pub(super) fn all_steps(&self) -> u64 {
        self.steps * u64::from(self.epochs)
    }
}

/// What the progress of a run is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Tokens of the text, with those that sub-sampling drops.
    Tokens,
    /// Pairs of words in a table of co-occurrences: its cells.
    Pairs,
}

/// Where a run diverged.
#[derive(Clone, Copy)]
pub(super) struct Divergence {
    /// 1-based.
    pub(super) epoch: u32,
    /// Tokens or cells read since the beginning of the run.
    pub(super) read: u64,
    /// The loss; NaN where a number of a table is not finite.
    pub(super) loss: f64,
}

/// One thread's part in training.
pub(super) trait Worker<P>: Send {
    /// Trains a portion. Allocates nothing, once its buffers are as long as a portion.
    fn train(&mut self, portion: P) -> Tally;
}

/// What a portion, or several, did.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    /// Tokens or cells that were read.
    pub(super) read: u64,
    pub(super) sums: EpochSums,
    /// What the loss of the same pairs is with vectors of zeros.
    pub(super) at_zero: f64,
}

/// A run has diverged where its loss is so many times that of vectors of zeros, which have learnt nothing.
///
/// Measured on the bundled corpus (GloVe, D = 20, whole epochs): with the rates 0.05 and 0.1 the ratio is
/// below 1 and falls; with 0.5 it is 10⁵ in the first epoch and 10⁴ in the fourth, with 100 it is 10¹⁶, always
/// finite. Skip-gram's loss becomes infinite soon after, but of tiny texts it stays finite: 20 times
/// the loss at zero with the rate 10.
const ABSURD: f64 = 10.0;

impl Tally {
    pub(super) fn add(&mut self, other: &Tally) {
        self.read += other.read;
        self.sums.add(&other.sums);
        self.at_zero += other.at_zero;
    }

    /// Whether the losses so far are finite and not absurd.
    pub(super) fn is_sound(&self) -> bool {
        self.sums.is_finite() && self.sums.loss <= ABSURD * self.at_zero
    }
}
