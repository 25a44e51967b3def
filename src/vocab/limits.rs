//! Which words enter the vocabulary.

use super::Vocab;
use crate::error::{Error, Result};

/// Limits on the vocabulary.
#[derive(Clone, Debug)]
pub struct VocabLimits {
    /// Words that occur less often are dropped.
    pub min_count: u64,
    /// At most so many words, the most frequent ones; of words of one count the bytes decide.
    pub max_vocab: Option<usize>,
    /// If given, only these words can enter. Their counts are taken from the corpus.
    pub keep_only: Option<Vocab>,
    /// Words that are in the vocabulary whatever the corpus holds, with their ids; what the corpus
    /// holds of them is added to their counts. The other limits are for the words behind them, but
    /// that `max_vocab` counts them too.
    pub begin_with: Option<Vocab>,
}

impl Default for VocabLimits {
    fn default() -> Self {
        VocabLimits { min_count: 5, max_vocab: None, keep_only: None, begin_with: None }
    }
}

impl VocabLimits {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the parameter, the value and the range.
    pub fn check(&self) -> Result<()> {
        if self.min_count == 0 {
            return Err(Error::parameter("min_count", 0, "1 or more"));
        }
        let old = self.begin_with.as_ref().map_or(0, Vocab::len);
        let counts = self.begin_with.iter().flat_map(|old| old.counts());
        if counts.fold(0u64, |sum, &count| sum.saturating_add(count)) > 1 << 62 {
            let problem = "counts of words above 2^62 in all: a damaged model".to_owned();
            return Err(Error::query(problem));
        }
        match self.max_vocab {
            Some(0) => Err(Error::parameter("max_vocab", 0, "1 or more")),
            Some(most) if most < old => {
                let expected = format!("{old} or more: no word of the model is dropped");
                Err(Error::parameter("max_vocab", most, expected))
            }
            _ => Ok(()),
        }
    }
}

/// Tokens that were read and are not in the encoded corpus, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Of words below `min_count`.
    pub rare: u64,
    /// Of words beyond `max_vocab`.
    pub beyond_max: u64,
    /// Of words that are not in `keep_only`.
    pub not_listed: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.rare + self.beyond_max + self.not_listed
    }
}
