//! How much of an evaluation set will be asked.
//!
//! In: a [`Plan`] and an [`EvalSet`]. Out: how many of its items consist of words that will be in the
//! vocabulary. Where the whole text was counted that is exact. From a sample it is a lower bound:
//! words count that the sample has so often that they will hardly fall below `min_count`; of a
//! word that it has not, nobody knows.

use super::Plan;
use crate::error::Result;
use crate::eval::{EvalOptions, EvalSet};
use crate::vectors::WordVectors;
use crate::vocab::Vocab;
use serde::Serialize;

/// Items of an evaluation set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Items that will be asked, or at least so many.
    pub covered: usize,
    /// Items of the file.
    pub total: usize,
    /// Whether `covered` is exact and not a lower bound.
    pub exact: bool,
}

impl Plan {
    /// How much of `set` the vocabulary will cover.
    ///
    /// # Errors
    /// None that a plan can cause.
    pub fn coverage(&self, set: &EvalSet, options: &EvalOptions) -> Result<Coverage> {
        let parts = &self.parts;
        let (count, times) = (parts.limits.min_count as f64, parts.times);
        let stays = |seen: u64| {
            let seen = seen as f64;
            match self.exact {
                true => seen >= count,
                // A standard deviation less than it seems, in the text beyond the sample.
                false => seen + (seen - seen.sqrt()) * (times - 1.0) >= count,
            }
        };
        let most = self.words.low as usize;
        let words = parts.ranked.words().zip(parts.ranked.counts().iter().copied());
        let vocab = Vocab::new(words.take_while(|(_, seen)| stays(*seen)).take(most));
        let floats = vec![1.0; vocab.len()];
        let vectors =
            WordVectors::new(vocab, 1, floats)?.with_tokenizer(parts.choice.recipe.tokenizer);
        let [covered, total] = set.coverage(&vectors, options);
        Ok(Coverage { covered, total, exact: self.exact })
    }
}
