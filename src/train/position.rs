//! How far a run has come, in steps and in sums. JSON text in a checkpoint, beside recipe and record.

use crate::hex;
use serde::{Deserialize, Serialize};

/// How far a run has come: its first `steps` steps were done, and none of the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Steps that were done, over all epochs.
    pub steps: u64,
    /// Steps of one epoch.
    pub steps_per_epoch: u64,
    /// Tokens read so far, over all epochs; of GloVe cells.
    pub tokens: u64,
    /// What each epoch that was begun did so far.
    pub epochs: Vec<EpochSums>,
    /// Seconds of training so far.
    pub seconds: f64,
    /// Hash of the text as it was encoded, or of GloVe the number of cells.
    #[serde(with = "hex")]
    pub text: u64,
}

impl Position {
    /// The share of the run that was done, 0 to 1.
    pub fn share(&self, epochs: u32) -> f64 {
        let total = self.steps_per_epoch * u64::from(epochs);
        self.steps as f64 / total.max(1) as f64
    }
}

/// What an epoch did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochSums {
    /// Pairs of a word and a context word; of GloVe cells.
    pub pairs: u64,
    /// Tokens that sub-sampling kept; of GloVe 0.
    pub kept: u64,
    /// Sum of the losses of all pairs.
    pub loss: f64,
    /// Of GloVe cells that were held out.
    pub held_out: u64,
    /// The sum of their losses.
    pub held_out_loss: f64,
}

impl EpochSums {
    pub(super) fn add(&mut self, other: &EpochSums) {
        self.pairs += other.pairs;
        self.kept += other.kept;
        self.loss += other.loss;
        self.held_out += other.held_out;
        self.held_out_loss += other.held_out_loss;
    }

    /// The mean loss of a pair, before its step.
    pub fn mean_loss(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.loss / self.pairs as f64)
    }

    /// The same of pairs that were held out.
    pub fn mean_held_out_loss(&self) -> Option<f64> {
        (self.held_out > 0).then(|| self.held_out_loss / self.held_out as f64)
    }

    /// Whether all losses so far were finite.
    pub(super) fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.held_out_loss.is_finite()
    }
}
