//! What counts as standing near.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// How much a context word counts at a distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weighting {
    /// 1/distance: 1 for the next word, ½ for the one behind it.
    #[default]
    Harmonic,
    /// 1 at every distance within the window.
    Flat,
}

impl std::fmt::Display for Weighting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Weighting::Harmonic => "harmonic",
            Weighting::Flat => "flat",
        })
    }
}

/// How co-occurrences are counted. Public fields; [`Counting::check`] says range and value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counting {
    /// Most words to each side that are context. GloVe's program has 15, its paper 10.
    #[doc(alias = "window_size")]
    pub window: usize,
    /// Whether words to the right are context too, or only those to the left.
    pub symmetric: bool,
    /// What a context word counts.
    #[doc(alias = "distance_weighting")]
    pub weighting: Weighting,
    /// Whether the end of a sentence is ignored, so that windows reach over it.
    pub across_lines: bool,
}

impl Default for Counting {
    fn default() -> Self {
        Counting {
            window: 15,
            symmetric: true,
            weighting: Weighting::Harmonic,
            across_lines: false,
        }
    }
}

impl Counting {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        match self.window {
            1..=1_000 => Ok(()),
            n => Err(Error::parameter("window", n, "1 to 1000")),
        }
    }
}
