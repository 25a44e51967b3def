//! `w2v neighbors`

use super::Outcome;
use super::questions::{QuestionArgs, is_about_the_question, note_made};
use super::size::at_least_one;
use serde_json::json;
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
    args.questions.answer_all(&args.words, false, |vectors, words, output| {
        // A word to subtract that is unknown is wrong for all questions.
        let minus = vectors.resolve(&[], &args.minus)?.query.negative;
        // A line of standard input is one question; arguments are one each unless summed.
        let together = args.sum || args.words.is_empty();
        let questions: Vec<&[String]> = match together {
            true => vec![words],
            false => words.chunks(1).collect(),
        };
        let several = questions.len() > 1 || args.words.is_empty();
        let mut outcome = Outcome::NothingFound;
        for question in questions {
            let resolved = vectors.resolve(question, &[]);
            let answers = resolved.and_then(|Resolved { query, made }| {
                made.iter().for_each(|word| note_made(vectors, word));
                let query = Query {
                    negative: minus.clone(),
                    include_input: args.include_input,
                    restrict: args.restrict_vocab,
                    ..query
                };
                vectors.neighbors(&query, args.top)
            });
            let answers = match answers.map_err(anyhow::Error::from) {
                // One of several words: the others are answered all the same.
                Err(error) if !together && several && is_about_the_question(&error) => {
                    output.problem(&question.join(" "), &error)?;
                    continue;
                }
                answers => answers?,
            };
            if several {
                output.heading(&question.join(" "))?;
            }
            output.neighbors(vectors, json!(question.join(" ")), &answers)?;
            if !answers.is_empty() {
                outcome = Outcome::Answered;
            }
        }
        Ok(outcome)
    })
}
