//! Parameters of GloVe.

use crate::cooccur::Counting;
use crate::error::{Error, Result};
use crate::train::settings::Combine;
use serde::{Deserialize, Serialize};

/// GloVe: vectors whose products are the logarithms of co-occurrence counts.
///
/// The loss is ½·Σ f(xᵢⱼ)·(wᵢ·cⱼ + bᵢ + bⱼ − ln xᵢⱼ)² over the cells of the table X, with
/// f(x) = min(1, (x/`x_max`)^`alpha`) (Pennington et al. 2014, eq. 8 and 9; the ½ is the program's).
///
/// Defaults are those of Stanford's program but for `dim`, which is 50 there. Public fields; [`Glove::check`] says range and value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Glove {
    /// Dimensions of a vector, D.
    #[doc(alias = "vector_size")]
    pub dim: usize,
    /// Counts from here on weigh the same. 100 for corpora of billions of words, 10 for small ones.
    pub x_max: f32,
    /// Exponent of the weight of smaller counts.
    pub alpha: f32,
    /// Learning rate of AdaGrad.
    #[doc(alias = "eta")]
    pub lr: f32,
    /// Passes over all cells.
    #[doc(alias = "iter")]
    pub epochs: u32,
    /// Gradients beyond ± this count as this.
    #[doc(alias = "grad_clip")]
    pub clip: f32,
    /// Share of cells that are not trained but judged; a cell and its mirror image go together.
    pub held_out: f64,
    /// Which vectors one asks.
    pub combine: Combine,
    /// Whether they get a row `<unk>`, the mean of the 100 rarest words.
    pub unk: bool,
}

impl Default for Glove {
    fn default() -> Self {
        Glove {
            dim: 100,
            x_max: 100.0,
            alpha: 0.75,
            lr: 0.05,
            epochs: 25,
            clip: 100.0,
            held_out: 0.0,
            combine: Combine::Sum,
            unk: false,
        }
    }
}

impl Glove {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the parameter, the value and the range.
    pub fn check(&self) -> Result<()> {
        let within = |name, value: f64, low: f64, high: f64, expected: &str| {
            if low <= value && value <= high {
                return Ok(());
            }
            // As it was given: 0.1 in f32 is not 0.1 in f64.
            Err(Error::parameter(name, value as f32, expected))
        };
        if !(1..=65_536).contains(&self.dim) {
            return Err(Error::parameter("dim", self.dim, "1 to 65536"));
        }
        if !(1..=1_000_000).contains(&self.epochs) {
            return Err(Error::parameter("epochs", self.epochs, "1 to 1000000"));
        }
        let least = f64::from(f32::MIN_POSITIVE);
        within("x_max", self.x_max.into(), least, 1e30, "a number above 0, such as 100")?;
        within("alpha", self.alpha.into(), 0.0, 10.0, "0 to 10")?;
        within("lr", self.lr.into(), least, 1e6, "a number above 0, such as 0.05")?;
        within("clip", self.clip.into(), least, 1e9, "a number above 0, such as 100")?;
        within("held_out", self.held_out, 0.0, 0.9, "0 to 0.9")
    }
}

/// GloVe, and how what it was trained on was counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GloveParameters {
    /// Of the training.
    #[serde(rename = "training")]
    pub glove: Glove,
    /// Of the counting; unknown where another program counted.
    pub counting: Option<Counting>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_others_are_named() {
        Glove::default().check().unwrap();
        let bad = Glove { lr: f32::NAN, ..Default::default() };
        let message = bad.check().unwrap_err().to_string();
        assert_eq!(message, "`lr` is NaN, expected a number above 0, such as 0.05");
    }
}
