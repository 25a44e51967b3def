//! `w2v odd`

use super::Outcome;
use super::output::{note_zero_vectors, zero_vectors};
use super::questions::{Question, QuestionArgs};
use serde_json::json;
use w2v::WordVectors;

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
    let typed = Vec::from_iter((!args.words.is_empty()).then(|| args.words.clone()));
    let ask = |vectors: &WordVectors, question: &Question| {
        vectors.outliers(&vectors.lookup_all(&question.words)?)
    };
    args.questions.answer_each(typed, false, ask, |vectors, question, ranked, output| {
        let ids = ranked.iter().map(|word| word.id);
        match args.all || output.is_json() {
            true => output.neighbors(vectors, json!(question.words), ids, &ranked)?,
            false => {
                note_zero_vectors("", &zero_vectors(vectors, ids));
                output.line(output.word(vectors.vocab().word(ranked[0].id)))?;
            }
        }
        Ok(Outcome::Answered)
    })
}
