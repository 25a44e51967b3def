//! `w2v odd`

use super::Outcome;
use super::questions::QuestionArgs;
use serde_json::json;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Three words or more; none: the words of each line of standard input
    words: Vec<String>,

    #[command(flatten)]
    questions: QuestionArgs,

    /// Show all words with their mean similarity to the others, the odd one first
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    args.questions.answer_all(&args.words, false, |vectors, words, output| {
        let ranked = vectors.outliers(&vectors.lookup_all(words)?)?;
        match args.all || output.is_json() {
            true => output.neighbors(vectors, json!(words), &ranked)?,
            false => output.line(vectors.vocab().word(ranked[0].id))?,
        }
        Ok(Outcome::Answered)
    })
}
