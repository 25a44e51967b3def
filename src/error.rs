//! The one error type: *what · where · got against expected · what may help*.
//!
//! Every variant names the operation, the place (path, line, byte) and, where there is one, a way out.
//! Messages are lower case without a full stop so that they can be chained.
//!
//! A message names parameters as the fields of the library are called, in backticks: "lower
//! `min_count`", or with a value, "choose `invalid_utf8=replace`". A front end with another spelling
//! renders a message by [`Error::spelt`], which leaves out the [`Advice`] that it does not offer:
//!
//! ```
//! let error = w2v::Error::EmptyVocabulary { tokens: 812, types: 300, min_count: 5 };
//! let problem = "no word occurs at least 5 times in 812 tokens of 300 different words";
//! let plain = format!("{problem}; lower `min_count` or check the `tokenizer`");
//! assert_eq!(error.to_string(), plain);
//! let shown = error.spelt(&mut |name, _| (name == "min_count").then(|| "--min-count".to_owned()));
//! assert_eq!(shown, format!("{problem}; lower --min-count"));
//! ```

use crate::shown::{cell, escaped, quoted};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation of this crate failed.
#[non_exhaustive]
#[derive(Debug)]
pub enum Error {
    /// The operating system refused to open, read, write or map something.
    Io {
        /// What was being done, as an infinitive: "read", "create".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A corpus holds no text at all.
    NoText {
        /// The paths that were looked at.
        place: String,
        /// What was found instead.
        detail: String,
    },

    /// A corpus file is not what it must be (encoding, compression).
    Corpus {
        /// The file.
        path: PathBuf,
        /// 1-based line, counted in the decompressed text.
        line: u64,
        /// 0-based byte offset, counted in the decompressed text.
        byte: u64,
        /// What is wrong, and what was expected.
        problem: String,
        /// What may help.
        advice: Vec<Advice>,
    },

    /// No word survived the vocabulary's limits.
    EmptyVocabulary {
        /// Tokens read.
        tokens: u64,
        /// Distinct words read.
        types: u64,
        /// The limit that removed them.
        min_count: u64,
    },

    /// A parameter is outside its range, or two parameters contradict each other.
    Parameter {
        /// The parameter, for example `dim`, or a description.
        name: &'static str,
        /// The value given.
        value: String,
        /// The range or relation that holds for good values.
        expected: String,
    },

    /// A vector, vocabulary, model or evaluation file is damaged or of another kind than expected.
    Format {
        /// The file.
        path: PathBuf,
        /// The format it was read as.
        format: &'static str,
        /// Where in the file: "line 3" or "byte 128".
        place: String,
        /// Got against expected.
        problem: String,
        /// What may help.
        advice: Vec<Advice>,
    },

    /// A word that is not in the vocabulary.
    UnknownWord {
        /// The word asked for.
        word: String,
        /// Size of the vocabulary, V.
        len: usize,
        /// Words of the vocabulary that are spelt alike, best first.
        suggestions: Vec<String>,
    },

    /// A query that has no answer for a reason other than an unknown word.
    Query {
        /// Why there is no answer.
        problem: String,
        /// What may help.
        advice: Vec<Advice>,
    },

    /// The loss is no longer finite, or far above that of vectors that have learnt nothing.
    Diverged {
        /// 1-based epoch.
        epoch: u32,
        /// Tokens trained since the beginning of the run.
        tokens: u64,
        /// The mean loss per pair that was seen.
        loss: f64,
        /// The initial learning rate.
        lr: f32,
    },

    /// A checkpoint is of another run than the one that was to go on.
    Resume {
        /// What differs: a key of the recipe in backticks, `` `objective.skipgram.dim` ``, or a
        /// description.
        name: String,
        /// In the checkpoint.
        was: String,
        /// Now.
        is: String,
    },

    /// In the first epoch of GloVe the loss is no longer finite, or far above that of vectors that have
    /// learnt nothing.
    CellsDiverged {
        /// Cells trained since the beginning of the run.
        cells: u64,
        /// The learning rate.
        lr: f32,
        /// The largest gradient.
        clip: f32,
    },

    /// There is nothing to learn from: no two words ever stood in one sentence.
    NoPairs {
        /// Tokens of the corpus that are words of the vocabulary, N.
        tokens: u64,
        /// Their sentences.
        sentences: u64,
        /// Tokens that sub-sampling kept, an epoch on average.
        kept: u64,
    },

    /// No two words of the vocabulary ever stood in one window.
    NoCooccurrences {
        /// Tokens of the corpus that are words of the vocabulary, N.
        tokens: u64,
        /// Their sentences.
        sentences: u64,
    },

    /// The memory that a run needs is not to be had.
    Memory {
        /// V.
        words: usize,
        /// D.
        dim: usize,
        /// Threads, each with buffers of its own.
        threads: usize,
        /// Bytes needed for matrices and buffers.
        bytes: u64,
    },

    /// The caller asked the run to stop.
    Interrupted {
        /// The stage that was running.
        what: &'static str,
    },

    /// The caller asked the run to stop, and what it had done was kept.
    Suspended {
        /// The stage that was running.
        what: &'static str,
        /// What was kept, with its verb: "the state is", "finished rows are".
        kept: &'static str,
        /// In this file.
        path: PathBuf,
    },

    /// A finished file is in the way.
    Exists {
        /// The file.
        path: PathBuf,
    },

    /// An output of a call is also one of its inputs, or another of its outputs.
    SameFile {
        /// What the output is called, for example `the model`.
        role: String,
        /// The output.
        path: PathBuf,
        /// What the other file is called, for example `the corpus`.
        other_role: String,
        /// The other name of the file.
        other: PathBuf,
        /// Whether the other one is read.
        is_input: bool,
    },

    /// A file that w2v did not write would be replaced.
    Foreign {
        /// What the output is called, for example `the checkpoint`.
        role: String,
        /// The file.
        path: PathBuf,
        /// The kind of file that may be replaced, for example `a checkpoint`.
        what: &'static str,
    },
}

/// A file with its role.
fn named(role: &str, path: &Path) -> String {
    match path == Path::new("-") {
        true => format!("{role} on standard input"),
        false => format!("{role} {}", path.display()),
    }
}

fn did_you_mean(suggestions: &[String]) -> String {
    match suggestions {
        [] => String::new(),
        some => {
            let some: Vec<_> = some.iter().map(|word| cell(word)).collect();
            format!("; did you mean {}?", some.join(", "))
        }
    }
}

/// Attaches a path and an infinitive to an [`std::io::Error`].
pub(crate) trait IoContext<T> {
    /// `what` is an infinitive: "read", "create".
    fn io(self, what: &'static str, path: &Path) -> Result<T>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn io(self, what: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { what, path: path.to_owned(), source })
    }
}

impl Error {
    /// A parameter outside its range.
    pub(crate) fn parameter(
        name: &'static str,
        value: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        Error::Parameter { name, value: value.to_string(), expected: expected.into() }
    }

    /// A corpus file that is not what it must be.
    pub(crate) fn corpus(path: &Path, line: u64, byte: u64, problem: impl Into<String>) -> Self {
        let (path, problem) = (path.to_owned(), problem.into());
        Error::Corpus { path, line, byte, problem, advice: Vec::new() }
    }

    /// A file that is not what `format` demands.
    pub(crate) fn format(
        path: &Path,
        format: &'static str,
        place: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        let (path, place, problem) = (path.to_owned(), place.into(), problem.into());
        Error::Format { path, format, place, problem, advice: Vec::new() }
    }

    /// A query that has no answer.
    pub fn query(problem: impl Into<String>) -> Self {
        Error::Query { problem: problem.into(), advice: Vec::new() }
    }

    /// The same error with one more thing that may help.
    ///
    /// # Panics
    /// For a variant that holds no advice.
    pub(crate) fn advise(mut self, text: impl Into<Advice>) -> Self {
        match &mut self {
            Error::Corpus { advice, .. }
            | Error::Format { advice, .. }
            | Error::Query { advice, .. } => advice.push(text.into()),
            _ => unreachable!("{self:?} holds no advice"),
        }
        self
    }

    /// What may help, the likeliest first.
    pub fn advice(&self) -> Vec<Advice> {
        let given = |texts: &[&'static str]| texts.iter().copied().map(Advice::from).collect();
        match self {
            Error::Corpus { advice, .. }
            | Error::Format { advice, .. }
            | Error::Query { advice, .. } => advice.clone(),
            Error::EmptyVocabulary { .. } => given(&["lower `min_count`", "check the `tokenizer`"]),
            Error::Diverged { lr, .. } => vec![format!("lower `lr` (it was {lr})").into()],
            Error::CellsDiverged { lr, clip, .. } => vec![
                format!("lower `lr` (it was {lr})").into(),
                format!("lower `clip` (it was {clip})").into(),
            ],
            Error::Resume { .. } => given(&["leave out `resume` to begin anew"]),
            Error::NoPairs { .. } => given(&[
                "check that a line is a sentence of several words",
                "keep all tokens with `sample=0`",
            ]),
            Error::NoCooccurrences { .. } => given(&[
                "check that a line is a sentence of several words",
                "ignore line ends with `across_lines`",
            ]),
            Error::Memory { .. } => {
                given(&["lower `dim`", "lower `max_vocab`", "lower `threads`", "raise `min_count`"])
            }
            Error::Exists { .. } => given(&["choose another name", "overwrite it with `force`"]),
            _ => Vec::new(),
        }
    }

    /// The message without what may help; on one line, whatever the names of files and words hold.
    pub fn problem(&self) -> String {
        escaped(&self.raw_problem()).into_owned()
    }

    fn raw_problem(&self) -> String {
        match self {
            Error::Io { what, path, source } => {
                format!("cannot {what} {}: {source}", path.display())
            }
            Error::NoText { place, detail } => format!("no text in {place}: {detail}"),
            Error::Corpus { path, line, byte, problem, .. } => {
                format!("{}: line {line}, byte {byte}: {problem}", path.display())
            }
            Error::EmptyVocabulary { tokens, types, min_count } => format!(
                "no word occurs at least {min_count} times in {tokens} tokens of {types} different words"
            ),
            Error::Parameter { name, value, expected } => {
                let quote = if is_name(name) { "`" } else { "" };
                format!("{quote}{name}{quote} is {value}, expected {expected}")
            }
            Error::Format { path, format, place, problem, .. } => {
                format!("{}: {format}: {place}: {problem}", path.display())
            }
            Error::UnknownWord { word, len, suggestions } => {
                format!(
                    "{word} is not among the {len} words{}",
                    did_you_mean(suggestions),
                    word = quoted(word)
                )
            }
            Error::Query { problem, .. } => problem.clone(),
            Error::Diverged { epoch, tokens, loss, .. } => format!(
                "training diverged in epoch {epoch} after {tokens} tokens (mean loss {loss:.4}); nothing \
                 was written"
            ),
            Error::Resume { name, was, is } => format!(
                "{name} was {was} when the checkpoint was made, and is {is} now: only the same run \
                 can be resumed"
            ),
            Error::CellsDiverged { cells, .. } => {
                format!("training diverged in epoch 1 after {cells} cells; nothing was written")
            }
            Error::NoPairs { tokens, sentences, kept } => format!(
                "not one pair of words to train on: sub-sampling keeps {kept} of {tokens} tokens in \
                 {sentences} sentences"
            ),
            Error::NoCooccurrences { tokens, sentences } => {
                format!("not one pair of words to count: {tokens} tokens in {sentences} sentences")
            }
            Error::Memory { words, dim, threads, bytes } => format!(
                "{words} words × {dim} dimensions take {bytes} bytes on {threads} threads, which the \
                 system does not give"
            ),
            Error::Interrupted { what } => format!("interrupted while {what}; nothing was written"),
            Error::Suspended { what, kept, path } => {
                format!("interrupted while {what}; {kept} in {}", path.display())
            }
            Error::Exists { path } => format!("{} exists already", path.display()),
            Error::SameFile { role, path, other_role, other, is_input } => format!(
                "{role} {} is the same file as {}; choose another name{}",
                path.display(),
                named(other_role, other),
                match is_input {
                    true => ": an input is never replaced, not even with `force`",
                    false => "",
                }
            ),
            Error::Foreign { role, path, what } => format!(
                "{role} {}: the file is there and is not {what}, and `force` does not replace it; \
                 remove it or choose another name",
                path.display()
            ),
        }
    }

    /// The message with parameters in the spelling of a front end, and only the advice that it offers.
    /// See [`Advice::spelt`].
    pub fn spelt(&self, spell: &mut Spell<'_>) -> String {
        let problem = spelt(&self.problem(), spell);
        let advice = self.advice();
        let advice: Vec<String> = advice.iter().filter_map(|advice| advice.spelt(spell)).collect();
        advised(problem, &advice)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice: Vec<String> = self.advice().iter().map(Advice::to_string).collect();
        f.write_str(&advised(self.problem(), &advice))
    }
}

/// Without `source()`: the message of [`Error::Io`] has its cause, and who prints the chain of causes
/// would say it twice.
impl std::error::Error for Error {}

/// A problem and what may help: "…; lower `lr`, lower `clip` or …".
fn advised(problem: String, advice: &[String]) -> String {
    match advice {
        [] => problem,
        [only] => format!("{problem}; {only}"),
        [first @ .., last] => format!("{problem}; {} or {last}", first.join(", ")),
    }
}

/// Spells a parameter, with its value where there is one, for a front end: `min_count` as
/// `--min-count`, `sample` and `0` as `--sample 0`; `None` for a parameter that it has not.
pub type Spell<'a> = dyn FnMut(&str, Option<&str>) -> Option<String> + 'a;

/// One thing that may help against an error. Parameters stand in backticks, with a value where one is
/// advised: "lower `min_count`", "keep all tokens with `sample=0`".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Advice(Cow<'static, str>);

impl Advice {
    /// Whether nothing is advised.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in the spelling of a front end; `None` where that has not one of the parameters.
    pub fn spelt(&self, spell: &mut Spell<'_>) -> Option<String> {
        pieces(&self.0)
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.to_owned()),
                Piece::Parameter { name, value, .. } => spell(name, value),
            })
            .collect()
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Advice {
    fn from(text: T) -> Self {
        Advice(text.into())
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text with its parameters in the spelling of a front end; those that it has not stay as they are.
pub fn spelt(text: &str, spell: &mut Spell<'_>) -> String {
    pieces(text)
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Parameter { name, value, text } => {
                spell(name, value).unwrap_or_else(|| text.to_owned())
            }
        })
        .collect()
}

/// Whether this can be the name of a parameter or the key of a recipe.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.'))
}

/// A part of a text.
enum Piece<'a> {
    Text(&'a str),
    /// `text` is all of it, with the backticks.
    Parameter {
        name: &'a str,
        value: Option<&'a str>,
        text: &'a str,
    },
}

/// Cuts a text before and behind each parameter. Backticks around anything but the name of a parameter,
/// as in "`ulimit -v`", are text.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.strip_prefix('`').and_then(|inner| inner.find('`')) {
            Some(length) => length + 2,
            None => rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == '`')
                .map_or(rest.len(), |(at, _)| at),
        };
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        if piece.is_empty() {
            return None;
        }
        let quoted = piece.strip_prefix('`').and_then(|inner| inner.strip_suffix('`'));
        let (name, value) = match quoted.map(|inner| inner.split_once('=').ok_or(inner)) {
            Some(Ok((name, value))) => (name, Some(value)),
            Some(Err(name)) => (name, None),
            None => return Some(Piece::Text(piece)),
        };
        Some(match is_name(name) {
            true => Piece::Parameter { name, value, text: piece },
            false => Piece::Text(piece),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn the_cause_of_an_io_error_is_said_once() {
        let failed: std::io::Result<()> = Err(std::io::Error::other("it rained"));
        let error = failed.io("read", Path::new("a.txt")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read a.txt: it rained");
        assert!(error.source().is_none());
    }

    fn spell(name: &str, value: Option<&str>) -> Option<String> {
        let flag = format!("--{}", name.replace('_', "-"));
        (name != "tokenizer").then(|| value.map_or(flag.clone(), |value| format!("{flag} {value}")))
    }

    #[test]
    fn a_front_end_spells_parameters_and_leaves_out_what_it_has_not() {
        let error = Error::query("`a_b` and `ulimit -v` and a ` of `tokenizer`")
            .advise("lower `min_count`")
            .advise("check the `tokenizer`")
            .advise("keep all with `sample=0`")
            .advise("read more text");
        assert_eq!(
            error.to_string(),
            "`a_b` and `ulimit -v` and a ` of `tokenizer`; lower `min_count`, check the `tokenizer`, \
             keep all with `sample=0` or read more text"
        );
        assert_eq!(
            error.spelt(&mut spell),
            "--a-b and `ulimit -v` and a ` of `tokenizer`; lower --min-count, keep all with --sample 0 \
             or read more text"
        );
        assert_eq!(Error::query("why").spelt(&mut spell), "why");
    }

    #[test]
    fn texts_without_parameters_stay_as_they_are() {
        for text in ["", "`", "``", "```", "no", "a ` b", "`A`", "`a b=c`", "`=`"] {
            assert_eq!(spelt(text, &mut |_, _| Some("!".into())), text);
        }
        assert_eq!(spelt("`a``b=`.", &mut |_, _| Some("!".into())), "!!.");
    }
}
