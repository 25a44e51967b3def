//! What the query verbs share: a vector file, and questions from the command line or standard input.

use super::Outcome;
use super::output::Output;
use anyhow::Context;
use std::io::BufRead;
use std::path::PathBuf;
use w2v::formats::{self, ReadOptions};
use w2v::{Error, WordId, WordVectors};

#[derive(clap::Args)]
pub(super) struct QuestionArgs {
    /// The vectors, in any format that `w2v convert` reads
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "W2V_VECTORS",
        default_value = "vectors.w2v"
    )]
    vectors: PathBuf,

    /// Read the first so many words of the file only
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// Answer in JSON, a line for each question
    #[arg(long)]
    json: bool,
}

impl QuestionArgs {
    pub(super) fn open(&self) -> anyhow::Result<WordVectors> {
        open(&self.vectors, self.limit)
    }

    /// Answers the question made of `words`, or, without words, one for each line of standard input.
    ///
    /// `answer` gets a question's words. A question about an unknown word does not end the run when
    /// there may be more lines: it is reported and counted.
    pub(super) fn answer_all(
        &self,
        words: &[String],
        mut answer: impl FnMut(&WordVectors, &[String], &mut Output) -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<Outcome> {
        let vectors = self.open()?;
        let mut output = Output::new(self.json);
        if !words.is_empty() {
            return answer(&vectors, words, &mut output);
        }
        let mut all = Outcome::NothingFound;
        for line in std::io::stdin().lock().lines() {
            let line = line.context("cannot read standard input")?;
            let words: Vec<String> = line.split_ascii_whitespace().map(str::to_owned).collect();
            if words.is_empty() {
                continue;
            }
            match answer(&vectors, &words, &mut output) {
                Ok(Outcome::Answered) => all = Outcome::Answered,
                Ok(Outcome::NothingFound) => {}
                Err(error)
                    if matches!(
                        error.downcast_ref(),
                        Some(Error::UnknownWord { .. } | Error::Query(_))
                    ) =>
                {
                    output.problem(&line, &error)?
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }
}

/// Opens vectors, and says where to get some when the default file is not there.
pub(super) fn open(path: &std::path::Path, limit: Option<usize>) -> anyhow::Result<WordVectors> {
    let options = ReadOptions {
        limit,
        ..ReadOptions::default()
    };
    let opened = formats::open(path, &options);
    if let Err(Error::Io { source, .. }) = &opened
        && source.kind() == std::io::ErrorKind::NotFound
    {
        let hint = "make some with `w2v train CORPUS`, or name a file with --vectors FILE";
        return opened.map(|(vectors, _)| vectors).context(hint);
    }
    let (vectors, report) = opened?;
    if report.duplicates > 0 {
        eprintln!(
            "w2v: {} words have several rows; the first was taken",
            report.duplicates
        );
    }
    Ok(vectors)
}

/// The words of one argument: a word of the vocabulary, or a phrase cut as the corpus was.
pub(super) fn words_of(vectors: &WordVectors, text: &str) -> w2v::Result<Vec<WordId>> {
    vectors.id(text).map(|id| vec![id]).or_else(|error| {
        let tokens = vectors.tokenizer().tokens(text);
        match tokens.len() {
            0 | 1 => Err(error),
            _ => tokens.iter().map(|token| vectors.id(token)).collect(),
        }
    })
}
