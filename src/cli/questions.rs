//! What the query verbs share: a vector file, and questions from the command line or standard input.

use super::Outcome;
use super::lines::{Line, Lines};
use super::output::{Output, note, note_changes};
use super::threads::ThreadsArg;
use super::values::encoding;
use super::values::temporary;
use anyhow::{Context, anyhow, ensure};
use std::path::{Path, PathBuf};
use w2v::corpus::Encoding;
use w2v::formats::{self, ReadOptions};
use w2v::report::quoted;
use w2v::{Error, WordVectors};

// No doc comment: clap would show it as the help of the verb.
#[derive(clap::Args)]
pub(super) struct VectorsArg {
    /// The vectors, in any format that `w2v convert` reads
    #[arg(short, long, value_name = "FILE", env = "W2V_VECTORS", default_value = "vectors.w2v")]
    pub(super) vectors: PathBuf,

    /// The tensor that is the table, in a safetensors model [default: found by its name]
    #[arg(long, value_name = "NAME")]
    pub(super) tensor: Option<String>,

    /// Encoding of the words (and sets), where they are not UTF-8, such as latin1 or gb18030
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub(super) encoding: Option<Encoding>,

    #[command(flatten)]
    pub(super) threads: ThreadsArg,
}

impl VectorsArg {
    /// Opens the vectors, with the output matrix where that is wanted and there.
    pub(super) fn open(&self, limit: Option<usize>, output: bool) -> anyhow::Result<WordVectors> {
        let options = ReadOptions {
            limit,
            output,
            tensor: self.tensor.clone(),
            word_encoding: self.encoding,
            max_memory: Some(super::corpus::half_of_memory()),
            threads: self.threads.get()?,
            ..reading()
        };
        open(&self.vectors, &options)
    }
}

#[derive(clap::Args)]
pub(super) struct QuestionArgs {
    #[command(flatten)]
    file: VectorsArg,

    /// Read the first N words of the file only
    #[arg(long, value_name = "N", value_parser = super::size::at_least_one)]
    limit: Option<usize>,

    /// Answer in JSON, a line for each question
    #[arg(long)]
    json: bool,
}

/// A question: arguments, or a line of standard input.
pub(super) struct Question {
    pub(super) words: Vec<String>,
    /// The line.
    pub(super) line: Option<String>,
    /// Whether there may be others, so that answers need a heading.
    pub(super) is_one_of_several: bool,
}

/// A question, or a line that is none.
type Asked = Result<Question, Line>;

impl Question {
    /// The question of a line, if there is anything in it. Words are between tabs where there are any,
    /// else between spaces.
    fn of_line(line: Line) -> Option<Asked> {
        if line.problem.is_some() {
            return Some(Err(line));
        }
        let line = line.text;
        let fields: Vec<&str> = match line.contains('\t') {
            true => line.split('\t').map(str::trim).filter(|word| !word.is_empty()).collect(),
            false => line.split_ascii_whitespace().collect(),
        };
        let words: Vec<String> = fields.into_iter().map(str::to_owned).collect();
        (!words.is_empty()).then_some(Ok(Question {
            words,
            line: Some(line),
            is_one_of_several: true,
        }))
    }

    /// The words in `vectors`: of a line that is a word as it stands, that word.
    pub(super) fn words_in(&self, vectors: &WordVectors) -> Vec<&str> {
        match self.line.as_deref().map(str::trim) {
            Some(line) if vectors.find(line).is_some() => vec![line],
            _ => self.words.iter().map(String::as_str).collect(),
        }
    }

    /// As it was asked.
    fn text(&self) -> String {
        self.line.clone().unwrap_or_else(|| self.words.join(" "))
    }
}

impl QuestionArgs {
    /// As [`QuestionArgs::answer_all`], for questions that are answered one by one.
    pub(super) fn answer_each<A>(
        &self,
        typed: Vec<Vec<String>>,
        predict: bool,
        ask: impl Fn(&WordVectors, &Question) -> w2v::Result<A>,
        show: impl Fn(&WordVectors, &Question, A, &mut Output) -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<Outcome> {
        let later =
            |_: &WordVectors, questions: &[&Question]| questions.iter().map(|_| Ok(())).collect();
        self.answer_all(typed, predict, later, |vectors, question, (), output| {
            show(vectors, question, ask(vectors, question)?, output)
        })
    }

    /// Answers each question of `typed`, or, where there is none, one for each line of standard input.
    ///
    /// `predict` opens the output matrix too. `ask` answers several questions at once: those that were
    /// typed, or all lines that are waiting. `show` prints an answer. A question that cannot be answered
    /// does not end the run when there may be others: it is reported.
    pub(super) fn answer_all<A>(
        &self,
        typed: Vec<Vec<String>>,
        predict: bool,
        ask: impl Fn(&WordVectors, &[&Question]) -> Vec<w2v::Result<A>>,
        show: impl Fn(&WordVectors, &Question, A, &mut Output) -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<Outcome> {
        ensure!(
            !typed.is_empty() || self.file.vectors != Path::new("-"),
            "--vectors - takes standard input, where the questions are looked for; name words, or a file"
        );
        // From here on lines are read, also while the vectors are opened.
        let mut lines = typed.is_empty().then(Lines::of_standard_input);
        let vectors = &self.file.open(self.limit, predict)?;
        let mut output = Output::new(self.json);
        let is_one_of_several = typed.len() != 1;
        let question = |words| Question { words, line: None, is_one_of_several };
        let mut batch: Vec<Asked> = typed.into_iter().map(|words| Ok(question(words))).collect();
        let mut all = Outcome::NothingFound;
        loop {
            if let Some(lines) = &mut lines {
                let read = lines.next_batch().context("cannot read standard input")?;
                if read.is_empty() {
                    return Ok(all);
                }
                batch = read.into_iter().filter_map(Question::of_line).collect();
            }
            let questions: Vec<&Question> =
                batch.iter().filter_map(|one| one.as_ref().ok()).collect();
            let mut answers = ask(vectors, &questions).into_iter();
            for question in &batch {
                let ended = match question {
                    Ok(question) => {
                        let answer = answers.next().expect("an answer for each question");
                        answer
                            .map_err(Into::into)
                            .and_then(|a| show(vectors, question, a, &mut output))
                    }
                    Err(line) => Err(line.error().into()),
                };
                let text = || match question {
                    Ok(question) => question.text(),
                    Err(line) => line.text.clone(),
                };
                match ended {
                    Ok(Outcome::Answered) => all = Outcome::Answered,
                    Ok(Outcome::NothingFound | Outcome::Refused) => {}
                    Err(error) if !is_about_the_question(&error) => return Err(error),
                    Err(error) if is_one_of_several => output.problem(&text(), &error)?,
                    // For programs a line for each question, as for lines of standard input.
                    Err(error) if output.is_json() => {
                        output.problem(&text(), &error)?;
                        if !matches!(error.downcast_ref(), Some(Error::UnknownWord { .. })) {
                            all = Outcome::Refused;
                        }
                    }
                    Err(error) => return Err(error),
                }
                if output.is_closed() && all == Outcome::Answered {
                    return Ok(all);
                }
            }
            if lines.is_none() {
                return Ok(all);
            }
        }
    }
}

/// Asks together what can be asked; an answer or an error for each question, with the question.
pub(super) fn in_a_batch<Q, A>(
    questions: Vec<w2v::Result<Q>>,
    ask: impl Fn(&[Q]) -> w2v::Result<Vec<A>>,
) -> Vec<w2v::Result<(Q, A)>> {
    let mut asked = Vec::new();
    let faults: Vec<Option<Error>> =
        questions.into_iter().map(|question| question.map(|one| asked.push(one)).err()).collect();
    let answers: Vec<w2v::Result<A>> = match ask(&asked) {
        Ok(answers) => transposed(Ok(answers)),
        // One of them is at fault.
        Err(_) => asked.chunks(1).flat_map(|one| transposed(ask(one))).collect(),
    };
    let mut pairs = asked.into_iter().zip(answers);
    let next = |fault: Option<Error>| match fault {
        Some(fault) => Some(Err(fault)),
        None => pairs.next().map(|(question, answer)| Ok((question, answer?))),
    };
    faults.into_iter().filter_map(next).collect()
}

fn transposed<A>(answers: w2v::Result<Vec<A>>) -> Vec<w2v::Result<A>> {
    match answers {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }
}

/// Whether the question is at fault, so that the next one may fare better.
pub(super) fn is_about_the_question(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref();
    matches!(error, Some(Error::UnknownWord { .. } | Error::Query { .. }))
}

/// Refuses a question that is not made of `expected` words.
pub(super) fn check_len(words: &[String], expected: usize) -> w2v::Result<()> {
    match words.len() {
        n if n == expected => Ok(()),
        n => Err(Error::query(format!(
            "{} has {n} word{}, expected {expected}",
            quoted(&words.join(" ")),
            if n == 1 { "" } else { "s" }
        ))),
    }
}

/// Options for reading vectors, with the system's folder for temporary files.
pub(super) fn reading() -> ReadOptions {
    ReadOptions { temporary: Some(temporary()), ..ReadOptions::default() }
}

/// Opens vectors, and says where to get some when the file is not there.
pub(super) fn open(path: &Path, options: &ReadOptions) -> anyhow::Result<WordVectors> {
    let opened = formats::open(path, options);
    let (vectors, report) = opened.map_err(|e| hint(path, e, "with --vectors FILE"))?;
    note_changes("w2v: ", &report);
    Ok(vectors)
}

/// Adds the way out to an error about a vector file that is not there. `how` says how to name another.
pub(super) fn hint(path: &Path, error: Error, how: &str) -> anyhow::Error {
    match &error {
        Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            if std::env::var_os("W2V_VECTORS").is_some_and(|name| name == path.as_os_str()) {
                anyhow!("{error}; W2V_VECTORS names this file")
            } else if path == Path::new("vectors.w2v") {
                anyhow!("{error}; make it with `w2v train CORPUS`, or name another file {how}")
            } else {
                error.into()
            }
        }
        _ => error.into(),
    }
}

/// Says that a word has no row.
pub(super) fn note_made(vectors: &WordVectors, word: &str) {
    note(format_args!(
        "w2v: {word} is not among the {} words; its vector is made of its n-grams",
        vectors.len(),
        word = quoted(word)
    ));
}
