//! 8 JUDGE: how good word vectors are, by what people have said about words.
//!
//! In: [`WordVectors`](crate::WordVectors) and a file of the field. Out: plain structs with scores
//! and coverage, which serialise to JSON.
//!
//! | file | struct | number |
//! |---|---|---|
//! | questions-words.txt, CA8, … | [`AnalogyQuestions`] | share answered correctly, by section |
//! | WordSim-353, SimLex-999, MTurk-771, wordsim-240/297, COS960, … | [`WordPairs`] | Spearman's and Pearson's correlation |
//! | AP, BLESS, ESSLLI-2008 | [`WordCategories`] | purity of a clustering |
//! | 8-8-8 | [`OddGroups`] | share of outliers found |
//!
//! [`EvalSet`] is any of them, told by its content. What each item earned is kept as [`Outcomes`], from
//! which [`Bootstrap`] makes intervals and paired tests.
//!
//! [`Drift`] asks nothing of people: how far words moved while training went on.
//!
//! # Coverage, ties
//!
//! A number says little without its coverage: what is out of the vocabulary is left out and counted,
//! as in gensim and word2vec.c, so two models can be compared only at equal coverage. That is what
//! [`EvalOptions::restrict_vocab`] is for, together with the counts that every score carries.
//!
//! Equal scores are never decided by the order of words: an analogy or an odd one out whose answer
//! ties with m − 1 others earns 1 ÷ m, tied cosines share their mean rank, and words are shuffled
//! before they are clustered. One-hot vectors, for which everything ties, so score what guessing does.
//!
//! # Words and case
//!
//! Question files and corpora disagree about capitals, so that words are compared in upper case
//! unless [`EvalOptions::case_insensitive`] is off: every character is replaced by its Unicode upper
//! case, and of several words of the vocabulary that become the same, the first, most frequent one
//! stands for all. This is the rule of gensim, and for ASCII that of word2vec.c's `compute-accuracy`,
//! so that numbers can be compared with theirs. A word is also sought in the form that the model's
//! tokenizer gives it (normalised), which the others do not do.

mod analogies;
mod answers;
pub mod baselines;
mod bootstrap;
mod categories;
mod cluster;
mod comparison;
mod coverage;
mod csv;
mod drift;
mod lookup;
mod odd;
mod outcomes;
mod pairs;
mod price;
mod recall;
mod sets;
mod statistics;

pub use analogies::{AnalogyQuestions, AnalogyScores, AnalogySection, Score, SectionScore};
pub use bootstrap::{Bootstrap, Difference, Draws, Interval, Verdict};
pub use categories::{Category, CategoryScores, WordCategories};
pub use comparison::{
    Cell, CommonWords, ComparedRow, ComparedSet, Comparison, Contender, OnLittleText,
    common_vocabulary,
};
pub use drift::{Drift, Moved};
pub use odd::{OddGroup, OddGroups, OddScores};
pub use outcomes::Outcomes;
pub use pairs::{PairScores, WordPair, WordPairs};
pub use price::{Change, Price};
pub use recall::{Recall, recall};
pub use sets::{EvalSet, SetKind, SetScores};
pub use statistics::{pearson, ranks, spearman};

use crate::error::{Error, IoContext, Result};
use std::path::Path;

/// Which words take part in an evaluation, and how they are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvalOptions {
    /// Only the first (most frequent) so many words exist: others are neither answers nor inputs.
    /// All words by default; published numbers are often for 30,000.
    #[doc(alias = "restrict")]
    #[doc(alias = "threshold")]
    pub restrict_vocab: Option<usize>,
    /// Whether capitals are ignored, see [the module](self); `true` by default.
    pub case_insensitive: bool,
}

impl Default for EvalOptions {
    fn default() -> Self {
        EvalOptions { restrict_vocab: None, case_insensitive: true }
    }
}

/// The whole of an evaluation file as text.
fn read(path: &Path, format: &'static str) -> Result<String> {
    let bytes = std::fs::read(path).io("read", path)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + memchr::memchr_iter(b'\n', &error.as_bytes()[..valid]).count();
        let problem = format!("byte {valid} is not UTF-8; convert the file to UTF-8");
        damaged(path, format, line, problem)
    })
}

/// The lines of an evaluation file with their 1-based numbers, trimmed (which also takes the carriage
/// return of CRLF), without a byte order mark and without blank lines.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let trimmed = text.lines().map(str::trim);
    (1..).zip(trimmed).filter(|(_, line)| !line.is_empty())
}

fn damaged(path: &Path, format: &'static str, line: usize, problem: String) -> Error {
    Error::format(path, format, format!("line {line}"), problem)
}

fn empty(path: &Path, format: &'static str, expected: &str) -> Error {
    let problem = format!("nothing to ask in it, expected {expected}");
    Error::format(path, format, "whole file", problem)
}
