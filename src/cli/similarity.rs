//! `w2v similarity`

use super::Outcome;
use super::questions::{QuestionArgs, check_len, note_made};
use serde_json::json;

#[derive(clap::Args)]
#[command(override_usage = "w2v similarity [OPTIONS] [A B]")]
pub(super) struct Args {
    /// Two words; none: two words on each line of standard input
    #[arg(num_args = 2, value_names = ["A", "B"])]
    words: Vec<String>,

    #[command(flatten)]
    questions: QuestionArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    args.questions.answer_all(&args.words, false, |vectors, words, output| {
        check_len(words, 2)?;
        let similarity = vectors.similarity(&words[0], &words[1])?;
        words
            .iter()
            .filter(|word| vectors.lookup(word).is_err())
            .for_each(|w| note_made(vectors, w));
        match (output.is_json(), args.words.is_empty()) {
            (true, _) => output.line(json!({ "question": words, "similarity": similarity }))?,
            (false, true) => output.line(format_args!("{}\t{similarity:.4}", words.join("\t")))?,
            (false, false) => output.line(format_args!("{similarity:.4}"))?,
        }
        Ok(Outcome::Answered)
    })
}
