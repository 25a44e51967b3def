//! `w2v predict`

use super::Outcome;
use super::output::{add_zero_vectors, note, note_zero_vectors, zero_vectors};
use super::questions::{Question, QuestionArgs};
use super::size::{at_least_one, counted};
use serde_json::json;
use w2v::WordVectors;
use w2v::vectors::{Prediction, Query, Sampling};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Words, whose vectors are added up; none: words on each line of standard input
    words: Vec<String>,

    #[command(flatten)]
    questions: QuestionArgs,

    /// Show the N most probable words
    #[arg(short = 'n', long, value_name = "N", default_value = "10", value_parser = at_least_one)]
    top: usize,

    /// Subtract the vector of this word; may be given several times
    #[arg(long, value_name = "WORD")]
    minus: Vec<String>,

    /// Divide the products by T before the softmax: below 1 sharper, above 1 flatter
    #[arg(long, value_name = "T", default_value_t = Sampling::default().temperature)]
    temperature: f32,

    /// Share all probability among the K most probable words
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    top_k: Option<usize>,

    /// Share all probability among the fewest words that together have P of it
    #[arg(long, value_name = "P")]
    top_p: Option<f32>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let sampling = Sampling { temperature: args.temperature, top_k: args.top_k, top_p: args.top_p };
    sampling.check()?;
    let typed = Vec::from_iter((!args.words.is_empty()).then(|| args.words.clone()));
    let ask = |vectors: &WordVectors, question: &Question| {
        vectors.predict(&vectors.sum_of(&question.words, &args.minus)?, &sampling)
    };
    args.questions.answer_each(typed, true, ask, |vectors, question, found, output| {
        if question.is_one_of_several {
            output.heading(&question.words)?;
        }
        let Query { positive, negative, .. } =
            vectors.resolve(&question.words, &args.minus)?.query;
        let zeros = zero_vectors(vectors, positive.into_iter().chain(negative));
        let shown = &found[..found.len().min(args.top)];
        let word = |p: &Prediction| vectors.vocab().word(p.id).to_owned();
        let row = |p: &Prediction| {
            [output.word(&word(p)), format!("{:.3} %", 100.0 * p.probability), format!("{:.4}", p.logit)]
        };
        let answer = |p: &Prediction| json!({ "word": word(p), "probability": p.probability, "logit": p.logit });
        match output.is_json() {
            true => {
                let mut answers = json!({
                    "question": question.words, "kept": found.len(),
                    "answers": shown.iter().map(answer).collect::<Vec<_>>(),
                });
                add_zero_vectors(&mut answers, &zeros);
                output.line(answers)?;
            }
            false => {
                note_zero_vectors("", &zeros);
                output.rows("< >9 >9", &shown.iter().map(row).collect::<Vec<_>>())?;
            }
        }
        if !output.is_json() && (args.top_k.is_some() || args.top_p.is_some()) {
            let (kept, all) = (found.len() as u64, vectors.len() as u64);
            note(format_args!("w2v: {} of {} share the probability", kept, counted(all, "word")));
        }
        Ok(match found.is_empty() {
            true => Outcome::NothingFound,
            false => Outcome::Answered,
        })
    })
}
