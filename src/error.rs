//! The one error type: *what · where · got against expected · the flag that helps*.
//!
//! Every variant names what was being done, the place (path, line, byte) and, where one exists, the
//! command-line flag that gets the person further. Messages are lower case without a full stop so
//! that they can be chained.

use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation of this crate failed.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused to open, read, write or map something.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was being done, as an infinitive: "read", "create".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        // Raw, so that it is no `source()`: the message above says it already, and who prints the
        // chain of causes would say it twice.
        r#source: std::io::Error,
    },

    /// A corpus holds no text at all.
    #[error("no text in {place}: {detail}")]
    NoText {
        /// The paths that were looked at.
        place: String,
        /// What was found instead.
        detail: String,
    },

    /// A corpus file is not what it must be (encoding, compression).
    #[error("{}: line {line}, byte {byte}: {problem}", path.display())]
    Corpus {
        /// The file.
        path: PathBuf,
        /// 1-based line, counted in the decompressed text.
        line: u64,
        /// 0-based byte offset, counted in the decompressed text.
        byte: u64,
        /// What is wrong, what was expected, and the flag that helps.
        problem: String,
    },

    /// No word survived the vocabulary's limits.
    #[error(
        "no word occurs at least {min_count} times in {tokens} tokens of {types} different words; \
         lower --min-count or check the tokenizer"
    )]
    EmptyVocabulary {
        /// Tokens read.
        tokens: u64,
        /// Distinct words read.
        types: u64,
        /// The limit that removed them.
        min_count: u64,
    },

    /// A parameter is outside its range, or two parameters contradict each other.
    #[error("{name} is {value}, expected {expected}")]
    Parameter {
        /// The parameter as the command line spells it, for example `--dim`.
        name: &'static str,
        /// The value given.
        value: String,
        /// The range or relation that holds for good values.
        expected: String,
    },

    /// A vector, vocabulary, model or evaluation file is damaged or of another kind than expected.
    #[error("{}: {format}: {place}: {problem}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format it was read as.
        format: &'static str,
        /// Where in the file: "line 3" or "byte 128".
        place: String,
        /// Got against expected, and what helps.
        problem: String,
    },

    /// A word that is not in the vocabulary.
    #[error("{word:?} is not among the {len} words{}", did_you_mean(suggestions))]
    UnknownWord {
        /// The word asked for.
        word: String,
        /// Size of the vocabulary, V.
        len: usize,
        /// Words of the vocabulary that are spelt alike, best first.
        suggestions: Vec<String>,
    },

    /// A query that has no answer for a reason other than an unknown word.
    #[error("{0}")]
    Query(String),

    /// Training left the finite numbers.
    #[error(
        "training diverged in epoch {epoch} after {tokens} tokens (mean loss {loss}); \
         nothing was written; lower --lr (it was {lr})"
    )]
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
    #[error(
        "{name} was {was} when the checkpoint was made, and is {is} now: only the same run can be \
         resumed; without --resume it begins anew"
    )]
    Resume {
        /// What differs, as the command line spells it, for example `--dim`.
        name: String,
        /// In the checkpoint.
        was: String,
        /// Now.
        is: String,
    },

    /// The first epoch of GloVe left the finite numbers.
    #[error(
        "training diverged in epoch 1 after {cells} cells; nothing was written; lower --lr (it was \
         {lr}) or --clip (it was {clip})"
    )]
    CellsDiverged {
        /// Cells trained since the beginning of the run.
        cells: u64,
        /// The learning rate.
        lr: f32,
        /// The largest gradient.
        clip: f32,
    },

    /// There is nothing to learn from: no two words ever stood in one sentence.
    #[error(
        "not one pair of words to train on: sub-sampling keeps {kept} of {tokens} tokens in \
         {sentences} sentences; check that a line is a sentence of several words, or keep all tokens \
         with --sample 0"
    )]
    NoPairs {
        /// Tokens of the corpus that are words of the vocabulary, N.
        tokens: u64,
        /// Their sentences.
        sentences: u64,
        /// Tokens that sub-sampling kept, an epoch on average.
        kept: u64,
    },

    /// No two words of the vocabulary ever stood in one window.
    #[error(
        "not one pair of words to count: {tokens} tokens in {sentences} sentences; check that a line \
         is a sentence of several words, or ignore line ends with --across-lines"
    )]
    NoCooccurrences {
        /// Tokens of the corpus that are words of the vocabulary, N.
        tokens: u64,
        /// Their sentences.
        sentences: u64,
    },

    /// The memory that a run needs is not to be had.
    #[error(
        "{words} words × {dim} dimensions take {bytes} bytes on {threads} threads, which the system \
         does not give; lower --dim, --max-vocab or --threads, or raise --min-count"
    )]
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
    #[error("interrupted while {what}; nothing was written")]
    Interrupted {
        /// The stage that was running.
        what: &'static str,
    },

    /// A finished file is in the way.
    #[error("{} exists already; choose another --output or overwrite it with --force", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },

    /// An output of a call is also one of its inputs, or another of its outputs.
    #[error(
        "{role} {} is the same file as {}; choose another name{}",
        path.display(),
        named(other_role, other),
        if *is_input { ": an input is never replaced, not even with --force" } else { "" }
    )]
    SameFile {
        /// What the output is called, for example `--output`.
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
    #[error(
        "{role} {}: the file is there and is not {what}, and --force does not replace it; remove it \
         or choose another name",
        path.display()
    )]
    Foreign {
        /// What the output is called, for example `--checkpoint`.
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
        some => format!("; did you mean {}?", some.join(", ")),
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

    /// A file that is not what `format` demands.
    pub(crate) fn format(
        path: &Path,
        format: &'static str,
        place: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        Error::Format {
            path: path.to_owned(),
            format,
            place: place.into(),
            problem: problem.into(),
        }
    }
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
}
