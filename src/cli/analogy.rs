//! `w2v analogy`

use super::Outcome;
use super::questions::{Question, QuestionArgs, check_len, in_a_batch};
use super::size::at_least_one;
use super::values::{METHODS, choice};
use serde_json::json;
use w2v::WordVectors;
use w2v::vectors::{Analogy, AnalogyMethod};

#[derive(clap::Args)]
#[command(override_usage = "w2v analogy [OPTIONS] [A B C]")]
pub(super) struct Args {
    /// A, B and C: A is to B as C is to what? None: three words on each line of standard input
    #[arg(num_args = 3, value_names = ["A", "B", "C"])]
    words: Vec<String>,

    #[command(flatten)]
    questions: QuestionArgs,

    /// Show the N best answers
    #[arg(short = 'n', long, value_name = "N", default_value = "10", value_parser = at_least_one)]
    top: usize,

    /// The score to maximise
    #[arg(long, default_value = "add", value_parser = choice(METHODS))]
    method: AnalogyMethod,

    /// Answer with one of the N most frequent words
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    restrict_vocab: Option<usize>,

    /// Let A, B and C be answers too
    #[arg(long)]
    include_input: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let typed = Vec::from_iter((!args.words.is_empty()).then(|| args.words.clone()));
    let resolve = |vectors: &WordVectors, question: &Question| {
        check_len(&question.words, 3)?;
        let ids = vectors.lookup_all(&question.words)?;
        Ok(Analogy {
            method: args.method,
            include_input: args.include_input,
            restrict: args.restrict_vocab,
            ..Analogy::new(ids[0], ids[1], ids[2])
        })
    };
    let ask = |vectors: &WordVectors, questions: &[&Question]| {
        let resolved = questions.iter().map(|question| resolve(vectors, question)).collect();
        in_a_batch(resolved, |all: &[Analogy]| vectors.answer_batch(all, args.top))
    };
    args.questions.answer_all(typed, false, ask, |vectors, question, (asked, answers), output| {
        if question.is_one_of_several {
            output.heading(&question.words)?;
        }
        let Analogy { a, b, c, .. } = asked;
        output.neighbors(vectors, json!(question.words), [a, b, c], &answers)?;
        Ok(if answers.is_empty() { Outcome::NothingFound } else { Outcome::Answered })
    })
}
