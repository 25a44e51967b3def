//! How a run is carried out, and what it tells of itself.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// How a run is carried out: what changes nothing in what is learnt, but for chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Threads that train. With 1 the same seed gives the same bytes.
    #[doc(alias = "workers")]
    pub threads: usize,
    /// Seed of all random choices.
    pub seed: u64,
    /// How pairs are turned into updates.
    pub engine: Engine,
    /// How the parameters are kept while they are trained.
    pub storage: Storage,
    /// Folder of temporary files. GloVe keeps there the state at the end of the last epoch. `None`: no
    /// file is written, and memory holds that state besides the one that is trained.
    pub temp_dir: Option<PathBuf>,
}

/// How pairs of words are turned into updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Some 32 positions at once, with negatives that they share.
    #[default]
    Block,
    /// One pair after the other, as word2vec.c does: slow, and the oracle of quality.
    Pair,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Block => "block",
            Engine::Pair => "pair",
        })
    }
}

/// How the parameters are kept while they are trained. What comes out is `f32` either way, and so is
/// all arithmetic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// 4 bytes a number.
    #[default]
    F32,
    /// 2 bytes a number, rounded at random so that expected values are kept: see
    /// [`crate::matrix::Bf16Matrix`].
    Bf16,
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Storage::F32 => "f32",
            Storage::Bf16 => "bf16",
        })
    }
}

impl Default for Run {
    fn default() -> Self {
        Run {
            threads: 1,
            seed: 1,
            engine: Engine::default(),
            storage: Storage::default(),
            temp_dir: None,
        }
    }
}

impl Run {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        match self.threads {
            1..=1024 => Ok(()),
            n => Err(Error::parameter("--threads", n, "1 to 1024")),
        }
    }
}

/// What a caller may want to show during training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// About ten times a second.
    Progress {
        /// 1-based epoch of the most advanced unit.
        epoch: u32,
        /// Tokens read so far, over all epochs, with those dropped by sub-sampling.
        tokens: u64,
        /// Tokens that will have been read at the end: epochs × N.
        total: u64,
        /// The learning rate of the most advanced unit.
        lr: f32,
        /// Mean loss per pair since the last report; `None` where no pair was trained since.
        loss: Option<f64>,
        /// Seconds since training began.
        seconds: f64,
    },
    /// About ten times a second while GloVe is trained.
    Cells {
        /// 1-based epoch.
        epoch: u32,
        /// Cells trained so far, over all epochs.
        cells: u64,
        /// Cells that will have been trained at the end.
        total: u64,
        /// Mean loss per cell in this epoch so far; `None` at its beginning.
        loss: Option<f64>,
        /// Seconds since training began.
        seconds: f64,
    },
    /// Every cell was trained once more.
    CellsEnd {
        /// 1-based epoch.
        epoch: u32,
        /// Mean loss per cell over the epoch, ½·f·e², each before its step.
        loss: f64,
        /// The same of cells that were held out.
        held_out: Option<f64>,
        /// Cells trained in the epoch.
        cells: u64,
        /// Seconds since training began.
        seconds: f64,
    },
    /// A loss was not finite: training ends with the state at the end of the epoch before.
    Diverged {
        /// 1-based epoch in which it happened.
        epoch: u32,
        /// The learning rate that was too high.
        lr: f32,
    },
    /// The state of the run was kept.
    Checkpoint {
        /// The share of the run that was done, 0 to 1.
        share: f64,
        /// Seconds that keeping it took.
        took: f64,
    },
    /// The state of the run could not be kept; an older one is as it was. The run goes on.
    CheckpointFailed {
        /// Why.
        problem: String,
    },
    /// Every unit of an epoch was trained.
    EpochEnd {
        /// 1-based.
        epoch: u32,
        /// Mean loss per pair over the epoch.
        loss: f64,
        /// Pairs of a word and a context word in the epoch.
        pairs: u64,
        /// Tokens of the epoch that sub-sampling kept.
        kept: u64,
        /// Seconds since training began.
        seconds: f64,
    },
}
