//! What a run tells of itself.

use super::objective::Unit;

/// What a caller may want to show during training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// About ten times a second.
    Progress {
        /// 1-based epoch of the most advanced step.
        epoch: u32,
        /// Tokens or pairs read so far, over all epochs.
        done: u64,
        /// How many will have been read at the end.
        total: u64,
        /// What is counted.
        unit: Unit,
        /// The learning rate of the most advanced step.
        lr: f32,
        /// Mean loss per pair since the last report; `None` where no pair was trained since.
        loss: Option<f64>,
        /// Seconds since training began.
        seconds: f64,
    },
    /// Every step of an epoch was trained.
    EpochEnd {
        /// 1-based.
        epoch: u32,
        /// What the run counts.
        unit: Unit,
        /// Mean loss per pair over the epoch, each before its step; of GloVe ½·f·e².
        loss: f64,
        /// The same of pairs that were held out.
        held_out: Option<f64>,
        /// Pairs trained in the epoch.
        pairs: u64,
        /// Tokens of the epoch that sub-sampling kept; of GloVe 0.
        kept: u64,
        /// Seconds since training began.
        seconds: f64,
    },
    /// A loss was not finite, or ten times that of vectors of zeros: training ends with the state at the end of the epoch before.
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
}

impl Event {
    /// Of [`Event::Progress`]: how many seconds the rest will take at the speed so far.
    pub fn seconds_left(&self) -> Option<f64> {
        match *self {
            Event::Progress { done, total, seconds, .. } => {
                Some((total - done) as f64 / (done as f64 / seconds.max(1e-3)).max(1.0))
            }
            _ => None,
        }
    }
}
