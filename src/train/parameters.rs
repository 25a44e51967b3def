//! An objective and its parameters: one of those that there are.

use super::glove::{self, Glove, GloveParameters};
use super::skipgram::{self, SkipGram};
use crate::cooccur::Counting;
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// What was trained, and with which parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parameters {
    /// Skip-gram with negative sampling.
    SkipGram(SkipGram),
    /// GloVe.
    Glove(GloveParameters),
}

impl Parameters {
    /// Passes over the corpus or the table.
    pub fn epochs(&self) -> u32 {
        match self {
            Parameters::SkipGram(p) => p.epochs,
            Parameters::Glove(p) => p.glove.epochs,
        }
    }

    /// Dimensions of a vector, D.
    pub fn dim(&self) -> usize {
        match self {
            Parameters::SkipGram(p) => p.dim,
            Parameters::Glove(p) => p.glove.dim,
        }
    }

    /// The dimensions, to change them.
    pub(crate) fn dim_mut(&mut self) -> &mut usize {
        match self {
            Parameters::SkipGram(p) => &mut p.dim,
            Parameters::Glove(p) => &mut p.glove.dim,
        }
    }

    /// As many epochs as will not end, with steps that cannot diverge.
    pub(crate) fn try_out(&mut self) {
        const EPOCHS: u32 = 10_000;
        match self {
            Parameters::SkipGram(p) => (p.epochs, p.lr, p.min_lr) = (EPOCHS, 1e-4, 0.0),
            Parameters::Glove(p) => {
                (p.glove.epochs, p.glove.lr, p.glove.held_out) = (EPOCHS, 1e-4, 0.0);
            }
        }
    }

    /// Bytes of the tables of V words, as they are at the end.
    pub fn table_bytes(&self, words: usize) -> u64 {
        match self {
            Parameters::SkipGram(p) => skipgram::table_bytes(words, p),
            Parameters::Glove(p) => glove::table_bytes(words, &p.glove),
        }
    }

    /// Bytes of the same while they are trained.
    pub fn trained_bytes(&self, words: usize) -> u64 {
        match self {
            Parameters::SkipGram(p) => skipgram::trained_bytes(words, p),
            Parameters::Glove(p) => glove::table_bytes(words, &p.glove),
        }
    }

    /// Bytes of what is derived from the counts of V words.
    pub fn derived_bytes(&self, words: usize) -> u64 {
        match self {
            Parameters::SkipGram(_) => skipgram::derived_bytes(words),
            Parameters::Glove(_) => 0,
        }
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] with the flag, the value and the range.
    pub fn check(&self) -> Result<()> {
        match self {
            Parameters::SkipGram(p) => p.check(),
            Parameters::Glove(p) => {
                p.glove.check()?;
                p.counting.as_ref().map_or(Ok(()), Counting::check)
            }
        }
    }
}

impl From<SkipGram> for Parameters {
    fn from(parameters: SkipGram) -> Self {
        Parameters::SkipGram(parameters)
    }
}

impl From<Glove> for Parameters {
    /// On counts that another program may have made.
    fn from(glove: Glove) -> Self {
        Parameters::Glove(GloveParameters { glove, counting: None })
    }
}

impl From<GloveParameters> for Parameters {
    fn from(parameters: GloveParameters) -> Self {
        Parameters::Glove(parameters)
    }
}
