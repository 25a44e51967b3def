//! Answers on standard output: for people, for programs (tab-separated where it is no terminal), and
//! as JSON lines.

use super::size::counted;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use w2v::formats::Report;
use w2v::report::{cell, columns, escaped, escaped_lines, quoted};
use w2v::vectors::Neighbor;
use w2v::{Vocab, WordId, WordVectors};

/// A line on standard error. Where nobody reads it any more (`2>&1 | head`, a full disk) the work goes
/// on all the same: `eprintln!` would panic.
pub(super) fn note(line: impl std::fmt::Display) {
    let _ = io::stderr().write_all(format!("{}\n", escaped_lines(&line.to_string())).as_bytes());
}

/// The same for a program, with every character as it is.
pub(super) fn note_json(line: Value) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// What was changed while a vector file was read, a line each.
pub(super) fn note_changes(start: &str, report: &Report) {
    let changes = [
        (report.duplicates, "row", "left out # of words that had one before"),
        (report.replaced_utf8, "word", "replaced bytes that are not UTF-8 in #"),
        (report.unnamed_rows, "row", "the tokenizer has no word for #, named <row N> here"),
        (
            report.rowless_tokens,
            "word",
            "left out # of the tokenizer that have no row in the table",
        ),
    ];
    for (count, thing, what) in changes {
        if count > 0 {
            note(format_args!("{start}{}", what.replace('#', &counted(count, thing))));
        }
    }
    if let Some(line) = report.first_numbered {
        let rows = counted(report.numbered, "row");
        note(format_args!(
            "{start}the word ends in a number in {rows}, the first in line {line}: is there a number \
             too many?"
        ));
    }
}

/// Those of `ids` whose vectors are zero, each once.
pub(super) fn zero_vectors(
    vectors: &WordVectors,
    ids: impl IntoIterator<Item = WordId>,
) -> Vec<&str> {
    let mut zeros: Vec<WordId> = Vec::new();
    for id in ids {
        if vectors.is_zero(id) && !zeros.contains(&id) {
            zeros.push(id);
        }
    }
    zeros.into_iter().map(|id| vectors.vocab().word(id)).collect()
}

/// Says which words have a zero vector.
pub(super) fn note_zero_vectors(start: &str, words: &[&str]) {
    let shown: Vec<String> =
        words.iter().take(10).map(|word| format!("{}", quoted(word))).collect();
    let more = match words.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (words, is) = match words.len() {
        0 => return,
        1 => ("vector of", "is zero: its"),
        _ => ("vectors of", "are zero: their"),
    };
    let shown = shown.join(", ");
    note(format_args!("w2v: {start}the {words} {shown}{more} {is} cosine with every word is 0"));
}

/// The same in JSON.
pub(super) fn add_zero_vectors(answer: &mut Value, words: &[&str]) {
    if !words.is_empty() {
        answer["zero_vectors"] = json!(words);
    }
}

/// What to show of the work on standard error: `--progress`.
#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Style {
    /// A bar on a terminal, lines elsewhere
    #[default]
    Auto,
    /// A line every few seconds
    Plain,
    /// JSON lines
    Json,
    /// Nothing
    None,
}

/// Writes the error of a failed verb to standard error, as JSON or as text.
pub(super) fn note_error(json: bool, message: &str, exit: u8) {
    match json {
        true => note_json(json!({ "event": "error", "message": message, "exit": exit })),
        false => note(format_args!("w2v: {message}")),
    }
}

/// Answers, line by line.
///
/// Where the reader has closed the pipe (`| head`, `| grep -q`), output is dropped and the work goes on:
/// files are written, and the exit code is the verdict. Verbs that stream answers look at
/// [`Output::is_closed`] and stop.
pub(super) struct Output {
    json: bool,
    terminal: bool,
    closed: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Output { json, terminal: io::stdout().is_terminal(), closed: false }
    }

    /// Whether answers are JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the reader of standard output has closed the pipe.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// One line.
    pub(super) fn line(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        self.text(&format!("{line}\n"))
    }

    /// Several lines, with their line ends: JSON as it is, text without what commands a terminal.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let text = if self.json { Cow::Borrowed(text) } else { escaped_lines(text) };
        match io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            written => written,
        }
    }

    /// A word for a person or as a field between tabs: on a terminal not longer than a line.
    pub(super) fn word(&self, word: &str) -> String {
        match self.terminal {
            true => cell(word).into_owned(),
            false => escaped(word).into_owned(),
        }
    }

    /// Words with their scores, best first. `asked` are the words of the question.
    pub(super) fn neighbors(
        &mut self,
        vectors: &WordVectors,
        question: Value,
        asked: impl IntoIterator<Item = WordId>,
        answers: &[Neighbor],
    ) -> io::Result<()> {
        let zeros = zero_vectors(vectors, asked);
        let word = |n: &Neighbor| vectors.vocab().word(n.id);
        if self.json {
            let answers: Vec<Value> = answers
                .iter()
                .map(|n| json!({ "word": word(n), "score": n.similarity, "count": vectors.vocab().known_count(n.id) }))
                .collect();
            let mut answer = json!({ "question": question, "answers": answers });
            add_zero_vectors(&mut answer, &zeros);
            return self.line(answer);
        }
        note_zero_vectors("", &zeros);
        if answers.is_empty() && zeros.is_empty() {
            note("w2v: nothing to answer with: no word is left to choose from");
        }
        let row = |n: &Neighbor| [self.word(word(n)), format!("{:.4}", n.similarity)];
        let rows: Vec<[String; 2]> = answers.iter().map(row).collect();
        self.rows("<", &rows)
    }

    /// Rows of cells: in columns for people, else tab-separated.
    pub(super) fn rows<const N: usize>(
        &mut self,
        layout: &str,
        rows: &[[String; N]],
    ) -> io::Result<()> {
        match self.terminal {
            true => self.text(&columns(layout, rows)),
            false => rows.iter().try_for_each(|row| self.line(row.join("\t"))),
        }
    }

    /// A heading above one of several answers, for people and tab-separated output: the words of the
    /// question, so that a line of them would be the same question.
    pub(super) fn heading(&mut self, words: &[impl AsRef<str>]) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        let has_space = words.iter().any(|word| word.as_ref().contains(' '));
        let words: Vec<String> = words.iter().map(|word| self.word(word.as_ref())).collect();
        self.line(format_args!("# {}", words.join(if has_space { "\t" } else { " " })))
    }

    /// A question of several that could not be answered.
    pub(super) fn problem(&mut self, question: &str, error: &anyhow::Error) -> io::Result<()> {
        if self.json {
            return self
                .line(json!({ "question": question, "error": super::flags::messages(error) }));
        }
        note(format_args!("w2v: {}", super::flags::messages(error)));
        Ok(())
    }
}

/// Commands that work on this very model.
pub(super) fn next_steps(vocab: &Vocab, output: &Path) -> String {
    let vectors = match output.to_str() {
        Some("vectors.w2v") => String::new(),
        _ => format!(" --vectors {}", output.display()),
    };
    if ["king", "queen", "man"].iter().all(|word| vocab.id(word).is_some()) {
        return format!("try: w2v analogy{vectors} king queen man");
    }
    // A word that says something: not among the most frequent ones, and not a letter or two.
    let speaks = |word: &&str| word.chars().count() >= 4 || !word.is_ascii();
    let from = (vocab.len() / 50).min(200);
    let word = vocab.words().skip(from).find(speaks);
    let word = word.unwrap_or_else(|| vocab.word(WordId(0)));
    format!("try: w2v neighbors{vectors} {word}", word = quoted(word))
}
