//! 8 JUDGE: how good word vectors are, by what people have said about words.
//!
//! In: [`WordVectors`](crate::WordVectors) and a file of the field. Out: plain structs with scores
//! and coverage, which serialise to JSON.
//!
//! | file | struct | number |
//! |---|---|---|
//! | questions-words.txt, CA8, BATS, … | [`AnalogyQuestions`] | share answered correctly, by section |
//! | WordSim-353, SimLex-999, MTurk-771, wordsim-240/297, COS960, … | [`WordPairs`] | Spearman's and Pearson's correlation |
//! | AP, BLESS, ESSLLI-2008 | [`WordCategories`] | purity of a clustering |
//! | 8-8-8 | [`OddGroups`] | share of outliers found |
//!
//! [`EvalSet`] is any of them, told by its content. What each item earned is kept as [`Outcomes`], from
//! which [`Interval`] and [`Bootstrap`] make intervals and paired tests.
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
mod drift;
mod interval;
mod lookup;
mod odd;
mod outcomes;
mod pairs;
mod price;
mod recall;
mod rows;
mod sets;
mod statistics;

pub use analogies::{
    AnalogyQuestion, AnalogyQuestions, AnalogyScores, AnalogySection, Score, SectionScore,
};
pub use bootstrap::{Bootstrap, Difference, Draws, Verdict};
pub use categories::{Category, CategoryScores, WordCategories};
pub use comparison::{
    Cell, CommonWords, ComparedRow, ComparedSet, Comparison, Contender, OnLittleText,
    common_vocabulary,
};
pub use drift::{Drift, Moved};
pub use interval::{FEWEST_PAIRS, Interval};
pub use odd::{OddGroup, OddGroups, OddScores};
pub use outcomes::Outcomes;
pub use pairs::{PairScores, WordPair, WordPairs};
pub use price::{Change, Price};
pub use recall::{Recall, recall};
pub use sets::{EvalSet, SetKind, SetScores};
pub use statistics::{pearson, ranks, spearman};

use crate::corpus::{Encoding, read_text};
use crate::error::{Error, IoContext, Result};
use std::path::{Path, PathBuf};

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

/// The whole of an evaluation file as text; `encoding` is that of a file that is not UTF-8.
fn read(path: &Path, format: &'static str, encoding: Option<Encoding>) -> Result<String> {
    read_text(path, format, encoding)
}

/// The files of a set: the file itself, or those of a folder and the folders in it, by name. Hidden files
/// and descriptions (`.json`, `.md`, `README`) are none of them.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    collect(path, FOLDERS, &mut files)?;
    match files.is_empty() {
        true => {
            let problem = "no file of an evaluation set in this folder";
            Err(Error::format(path, "evaluation set", "whole folder", problem))
        }
        false => Ok(files),
    }
}

/// How deep folders are looked into: links may lead in a circle.
const FOLDERS: usize = 4;

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).io("read", folder)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).io("read", folder));
    let mut paths = paths.collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ending = path.extension().unwrap_or_default();
        if name.starts_with('.') || name.starts_with("README") || ending == "json" || ending == "md"
        {
            continue;
        }
        match path.is_dir() {
            true if depth > 0 => collect(&path, depth - 1, files)?,
            true => {}
            false => files.push(path),
        }
    }
    Ok(())
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
