//! An objective and its parameters: one of those that there are.

use super::glove::{Glove, GloveParameters};
use super::settings::Settings;
use super::skipgram::SkipGram;
use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};

/// What is trained, and with which parameters; [`Settings`] is what all of them can tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parameters {
    /// Skip-gram with negative sampling.
    SkipGram(SkipGram),
    /// GloVe.
    Glove(GloveParameters),
}

impl Deref for Parameters {
    type Target = dyn Settings;

    fn deref(&self) -> &Self::Target {
        match self {
            Parameters::SkipGram(p) => p,
            Parameters::Glove(p) => p,
        }
    }
}

impl DerefMut for Parameters {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Parameters::SkipGram(p) => p,
            Parameters::Glove(p) => p,
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
