//! `w2v similarity`

use super::Outcome;
use super::output::{add_zero_vectors, note_zero_vectors, zero_vectors};
use super::questions::{Question, QuestionArgs, check_len, note_made};
use serde_json::json;
use w2v::WordVectors;

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
    let typed = Vec::from_iter((!args.words.is_empty()).then(|| args.words.clone()));
    let ask = |vectors: &WordVectors, question: &Question| {
        check_len(&question.words, 2)?;
        vectors.similarity(&question.words[0], &question.words[1])
    };
    args.questions.answer_each(typed, false, ask, |vectors, question, similarity, output| {
        let words = &question.words;
        words
            .iter()
            .filter(|word| vectors.lookup(word).is_err())
            .for_each(|w| note_made(vectors, w));
        let zeros =
            zero_vectors(vectors, words.iter().filter_map(|word| vectors.lookup(word).ok()));
        match (output.is_json(), question.is_one_of_several) {
            (true, _) => {
                let mut answer = json!({ "question": words, "similarity": similarity });
                add_zero_vectors(&mut answer, &zeros);
                return Ok(output.line(answer).map(|()| Outcome::Answered)?);
            }
            (false, true) => {
                let words: Vec<String> = words.iter().map(|word| output.word(word)).collect();
                output.line(format_args!("{}\t{similarity:.4}", words.join("\t")))?;
            }
            (false, false) => output.line(format_args!("{similarity:.4}"))?,
        }
        note_zero_vectors("", &zeros);
        Ok(Outcome::Answered)
    })
}
