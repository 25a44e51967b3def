//! What the query verbs share: a vector file, and questions from the command line or standard input.

use super::Outcome;
use super::output::{Output, note, note_changes};
use super::threads::ThreadsArg;
use super::values::encoding;
use anyhow::{Context, anyhow};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use w2v::corpus::Encoding;
use w2v::formats::{self, ReadOptions};
use w2v::{Error, WordVectors};

// No doc comment: clap would show it as the help of the verb.
#[derive(clap::Args)]
pub(super) struct VectorsArg {
    /// The vectors, in any format that `w2v convert` reads
    #[arg(short, long, value_name = "FILE", env = "W2V_VECTORS", default_value = "vectors.w2v")]
    pub(super) vectors: PathBuf,

    /// The tensor that is the table, in a safetensors model [default: found by its name]
    #[arg(long, value_name = "NAME")]
    pub(super) tensor: Option<String>,

    /// Encoding of the words (and sets), where they are not UTF-8, such as latin1 or gb18030
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub(super) encoding: Option<Encoding>,

    #[command(flatten)]
    pub(super) threads: ThreadsArg,
}

impl VectorsArg {
    /// Opens the vectors, with the output matrix where that is wanted and there.
    pub(super) fn open(&self, limit: Option<usize>, output: bool) -> anyhow::Result<WordVectors> {
        let options = ReadOptions {
            limit,
            output,
            tensor: self.tensor.clone(),
            word_encoding: self.encoding,
            max_memory: Some(super::corpus::half_of_memory()),
            threads: self.threads.get()?,
            ..reading()
        };
        open(&self.vectors, &options)
    }
}

#[derive(clap::Args)]
pub(super) struct QuestionArgs {
    #[command(flatten)]
    file: VectorsArg,

    /// Read the first N words of the file only
    #[arg(long, value_name = "N", value_parser = super::size::at_least_one)]
    limit: Option<usize>,

    /// Answer in JSON, a line for each question
    #[arg(long)]
    json: bool,
}

impl QuestionArgs {
    /// Answers the question made of `words`, or, without words, one for each line of standard input.
    ///
    /// `predict` opens the output matrix too. `answer` gets a question's words. A question that cannot be answered does not end the run when
    /// there may be more lines: it is reported.
    pub(super) fn answer_all(
        &self,
        words: &[String],
        predict: bool,
        mut answer: impl FnMut(&WordVectors, &[String], &mut Output) -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<Outcome> {
        let vectors = &self.file.open(self.limit, predict)?;
        let mut output = Output::new(self.json);
        if !words.is_empty() {
            return match answer(vectors, words, &mut output) {
                // For programs a line for each question, as for lines of standard input.
                Err(error) if output.is_json() && is_about_the_question(&error) => {
                    output.problem(&words.join(" "), &error)?;
                    Ok(match error.downcast_ref() {
                        Some(Error::UnknownWord { .. }) => Outcome::NothingFound,
                        _ => Outcome::Refused,
                    })
                }
                ended => ended,
            };
        }
        let mut all = Outcome::NothingFound;
        for line in std::io::stdin().lock().lines() {
            let line = line.context("cannot read standard input")?;
            let words: Vec<String> = line.split_ascii_whitespace().map(str::to_owned).collect();
            if words.is_empty() {
                continue;
            }
            match answer(vectors, &words, &mut output) {
                Ok(Outcome::Answered) => all = Outcome::Answered,
                Ok(Outcome::NothingFound | Outcome::Refused) => {}
                Err(error) if is_about_the_question(&error) => output.problem(&line, &error)?,
                Err(error) => return Err(error),
            }
            if output.is_closed() && all == Outcome::Answered {
                break;
            }
        }
        Ok(all)
    }
}

/// Whether the question is at fault, so that the next one may fare better.
pub(super) fn is_about_the_question(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref();
    matches!(error, Some(Error::UnknownWord { .. } | Error::Query { .. }))
}

/// Refuses a question that is not made of `expected` words.
pub(super) fn check_len(words: &[String], expected: usize) -> w2v::Result<()> {
    match words.len() {
        n if n == expected => Ok(()),
        n => Err(Error::query(format!(
            "{:?} has {n} word{}, expected {expected}",
            words.join(" "),
            if n == 1 { "" } else { "s" }
        ))),
    }
}

/// Options for reading vectors, with the system's folder for temporary files.
pub(super) fn reading() -> ReadOptions {
    ReadOptions { temporary: Some(std::env::temp_dir()), ..ReadOptions::default() }
}

/// Opens vectors, and says where to get some when the file is not there.
pub(super) fn open(path: &Path, options: &ReadOptions) -> anyhow::Result<WordVectors> {
    let opened = formats::open(path, options);
    let (vectors, report) = opened.map_err(|e| hint(path, e, "with --vectors FILE"))?;
    note_changes("w2v: ", &report);
    Ok(vectors)
}

/// Adds the way out to an error about a vector file that is not there. `how` says how to name another.
pub(super) fn hint(path: &Path, error: Error, how: &str) -> anyhow::Error {
    match &error {
        Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            if std::env::var_os("W2V_VECTORS").is_some_and(|name| name == path.as_os_str()) {
                anyhow!("{error}; W2V_VECTORS names this file")
            } else if path == Path::new("vectors.w2v") {
                anyhow!("{error}; make it with `w2v train CORPUS`, or name another file {how}")
            } else {
                error.into()
            }
        }
        _ => error.into(),
    }
}

/// Says that a word has no row.
pub(super) fn note_made(vectors: &WordVectors, word: &str) {
    note(format_args!(
        "w2v: {word:?} is not among the {} words; its vector is made of its n-grams",
        vectors.len()
    ));
}
