//! `w2v similarity`

use super::Outcome;
use super::questions::QuestionArgs;
use anyhow::ensure;
use serde_json::json;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Two words; none: two words on each line of standard input
    #[arg(num_args = 2, value_names = ["A", "B"])]
    words: Vec<String>,

    #[command(flatten)]
    questions: QuestionArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    args.questions
        .answer_all(&args.words, |vectors, words, output| {
            ensure!(
                words.len() == 2,
                "{:?} are {} words, expected 2",
                words.join(" "),
                words.len()
            );
            let similarity = vectors.similarity(vectors.id(&words[0])?, vectors.id(&words[1])?);
            match (output.is_json(), args.words.is_empty()) {
                (true, _) => output.line(json!({ "question": words, "similarity": similarity }))?,
                (false, true) => {
                    output.line(format_args!("{}\t{similarity:.4}", words.join("\t")))?
                }
                (false, false) => output.line(format_args!("{similarity:.4}"))?,
            }
            Ok(Outcome::Answered)
        })
}
