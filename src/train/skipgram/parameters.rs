//! Parameters of skip-gram with negative sampling (Mikolov et al. 2013b, eq. 4).

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Skip-gram with negative sampling: predict each word from each word around it.
///
/// For a pair of an input word *i* and an output word *o* the loss is
/// `−log σ(v_i·u_o) − Σ_k log σ(−v_i·u_k)` over K negatives *k* drawn from the noise distribution.
///
/// Defaults are word2vec.c's. Public fields; [`SkipGram::check`] says range and value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[doc(alias = "SGNS")]
pub struct SkipGram {
    /// Dimensions of a vector, D.
    #[doc(alias("size", "vector_size"))]
    pub dim: usize,
    /// Most words to each side that count as context.
    #[doc(alias = "ws")]
    pub window: usize,
    /// Whether each position draws its window from 1..=`window` uniformly, so that near words weigh
    /// more, as word2vec.c does. Otherwise the window is always whole.
    pub shrink_window: bool,
    /// Negatives per pair, K.
    #[doc(alias = "neg")]
    pub negative: usize,
    /// Negatives are drawn in proportion to count^`ns_exponent`.
    pub ns_exponent: f64,
    /// Threshold of sub-sampling, a relative frequency; 0 keeps every token.
    pub sample: f64,
    /// Passes over the corpus.
    #[doc(alias = "iter")]
    pub epochs: u32,
    /// Learning rate at the beginning; falls linearly with the tokens read.
    #[doc(alias = "alpha")]
    pub lr: f32,
    /// The learning rate never falls below this.
    pub min_lr: f32,
    /// How pairs are turned into updates.
    pub engine: Engine,
    /// How numbers are kept while they are trained.
    pub storage: Storage,
}

impl Default for SkipGram {
    fn default() -> Self {
        SkipGram {
            dim: 100,
            window: 5,
            shrink_window: true,
            negative: 5,
            ns_exponent: 0.75,
            sample: 1e-3,
            epochs: 5,
            lr: 0.025,
            min_lr: 0.025e-4,
            engine: Engine::default(),
            storage: Storage::default(),
        }
    }
}

impl SkipGram {
    /// The learning rate at the beginning where a model goes on: see `docs/growing.md` for what was
    /// measured.
    pub const CONTINUE_LR: f32 = 0.01;

    /// Whether the scores, the coefficients and the steps of a block can be computed apart from each
    /// other. Not with [`Engine::Pair`], where each pair begins with what the one before it has written.
    pub fn is_split(&self) -> bool {
        self.engine == Engine::Block
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the parameter, the value and the range.
    pub fn check(&self) -> Result<()> {
        fn range<T: PartialOrd + ToString + Copy>(
            name: &'static str,
            value: T,
            low: T,
            high: T,
        ) -> Result<()> {
            if low <= value && value <= high {
                return Ok(());
            }
            let expected = format!("{} to {}", low.to_string(), high.to_string());
            Err(Error::parameter(name, value, expected))
        }
        range("dim", self.dim, 1, 65_536)?;
        range("window", self.window, 1, 1_000)?;
        range("negative", self.negative, 1, 1_000)?;
        range("ns_exponent", self.ns_exponent, -2.0, 2.0)?;
        range("sample", self.sample, 0.0, 1.0)?;
        range("epochs", self.epochs, 1, 1_000_000)?;
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return Err(Error::parameter("lr", self.lr, "a number above 0, such as 0.025"));
        }
        range("min_lr", self.min_lr, 0.0, self.lr)?;
        Ok(())
    }
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
    /// 2 bytes a number, rounded at random so that expected values are kept.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_others_are_named() {
        SkipGram::default().check().unwrap();
        let bad = SkipGram { sample: f64::NAN, ..Default::default() };
        let message = bad.check().unwrap_err().to_string();
        assert_eq!(message, "`sample` is NaN, expected 0 to 1");
        let bad = SkipGram { min_lr: 0.5, ..Default::default() };
        assert_eq!(bad.check().unwrap_err().to_string(), "`min_lr` is 0.5, expected 0 to 0.025");
    }
}
