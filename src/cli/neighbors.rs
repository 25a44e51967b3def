//! `w2v neighbors`

use super::Outcome;
use super::questions::{Question, QuestionArgs, in_a_batch, note_made};
use super::size::at_least_one;
use serde_json::json;
use w2v::WordVectors;
use w2v::vectors::{Query, Resolved};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Words, or quoted phrases (their sum); none: a question for each line of standard input
    words: Vec<String>,

    #[command(flatten)]
    questions: QuestionArgs,

    /// Show the N nearest words
    #[arg(short = 'n', long, value_name = "N", default_value = "10", value_parser = at_least_one)]
    top: usize,

    /// Subtract the vector of this word; may be given several times
    #[arg(long, value_name = "WORD")]
    minus: Vec<String>,

    /// Add all words up into one question
    #[arg(long)]
    sum: bool,

    /// Answer with the N most frequent words only
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    restrict_vocab: Option<usize>,

    /// Let the words asked for be answers too
    #[arg(long)]
    include_input: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // A line of standard input is one question; arguments are one each unless summed.
    let typed = match args.sum && !args.words.is_empty() {
        true => vec![args.words.clone()],
        false => args.words.iter().map(|word| vec![word.clone()]).collect(),
    };
    let resolve = |vectors: &WordVectors, question: &Question| {
        // A word to subtract that is unknown is wrong for all questions.
        let negative = vectors.resolve(&[], &args.minus)?.query.negative;
        let Resolved { query, made } = vectors.resolve(&question.words_in(vectors), &[])?;
        let (include_input, restrict) = (args.include_input, args.restrict_vocab);
        Ok(Resolved { query: Query { negative, include_input, restrict, ..query }, made })
    };
    let ask = |vectors: &WordVectors, questions: &[&Question]| {
        let resolved = questions.iter().map(|question| resolve(vectors, question)).collect();
        in_a_batch(resolved, |all: &[Resolved]| {
            let queries: Vec<Query> = all.iter().map(|one| one.query.clone()).collect();
            vectors.neighbors_batch(&queries, args.top)
        })
    };
    args.questions.answer_all(typed, false, ask, |vectors, question, (asked, answers), output| {
        asked.made.iter().for_each(|word| note_made(vectors, word));
        let words = question.words_in(vectors);
        if question.is_one_of_several {
            output.heading(&words)?;
        }
        let words = words.join(" ");
        let Query { positive, negative, .. } = asked.query;
        output.neighbors(vectors, json!(words), positive.into_iter().chain(negative), &answers)?;
        Ok(if answers.is_empty() { Outcome::NothingFound } else { Outcome::Answered })
    })
}
