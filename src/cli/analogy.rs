//! `w2v analogy`

use super::Outcome;
use super::questions::{QuestionArgs, check_len};
use super::size::at_least_one;
use super::values::{METHODS, choice};
use serde_json::json;
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
    args.questions.answer_all(&args.words, false, |vectors, words, output| {
        check_len(words, 3)?;
        let ids = vectors.lookup_all(words)?;
        let question = Analogy {
            method: args.method,
            include_input: args.include_input,
            restrict: args.restrict_vocab,
            ..Analogy::new(ids[0], ids[1], ids[2])
        };
        let answers = vectors.answer(&question, args.top)?;
        if args.words.is_empty() {
            output.heading(&words.join(" "))?;
        }
        output.neighbors(vectors, json!(words), &answers)?;
        Ok(if answers.is_empty() { Outcome::NothingFound } else { Outcome::Answered })
    })
}
