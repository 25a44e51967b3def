//! What is wrong with a text, before anything is trained on it: the corpus doctor.
//!
//! In: a [`Corpus`] and the [`Tokenizer`] that it would be trained with. Out: a [`Diagnosis`]: each kind of
//! trouble with its number, its first places and what helps. Most public questions about bad vectors
//! end at the text: another encoding, a language without spaces cut at spaces, tags, one word a line, a
//! page that comes a thousand times. No trainer says so.
//!
//! The text is read once, by the reader that training uses, on several threads. Each block costs a
//! histogram of its bytes, a look-up for each character that is not ASCII, and what counting words costs;
//! all else is looked for only where the histogram shows the bytes that it is made of. Memory is that of
//! counting words (`max_memory`, then temporary files where they may be written) and some 30 MB a thread, whatever the text is.
//! Findings, places and estimates do not depend on threads.
//!
//! | file | finds |
//! |---|---|
//! | `files` | what is no text, is damaged, is empty, is UTF-16 |
//! | `bytes`, `encoding` | NUL and other controls, invalid UTF-8 and what it probably is |
//! | `characters`, `scripts`, `chinese` | odd spaces, invisible characters, accents apart, text encoded twice, scripts |
//! | `markup` | tags, entities, wiki markup, web addresses, JSON |
//! | `lines`, `sample` | empty, one-token, long and repeated lines |
//! | `words`, `languages` | giant and special tokens, unsegmented clauses, numbers, capitals; what `min_count` keeps |
//! | `judgement`, `remedy` | how much each matters in this text, and what helps |
//!
//! What is *not* found: bad grammar, wrong facts, lines that are nearly the same.

mod bytes;
mod characters;
mod chinese;
mod encoding;
mod files;
mod findings;
mod judgement;
mod languages;
mod lines;
mod markup;
mod places;
mod remedy;
mod report;
mod sample;
mod scripts;
mod tally;
mod words;

#[cfg(test)]
mod tests;

pub use findings::{Diagnosis, Kept, Kind, ScriptShare};
pub(crate) use report::kinds;
pub use report::{Finding, Findings, Place, Severity};

use crate::corpus::{Block, Corpus, InvalidUtf8, Tokenizer};
use crate::encode::{EncodeOptions, EncodeProgress, cut_line, spawn};
use crate::error::{Error, Result};
use crate::vocab::{Interner, Tables};
use characters::Characters;
use encoding::Evidence;
use judgement::Case;
use languages::Languages;
use lines::Lines;
use places::{At, Spot};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tally::Tally;
use words::Words;

/// Lines of so many tokens are no finding, even where sentences are shorter.
const LONG: usize = 10_000;

/// Reads a corpus and tells what is wrong with it.
///
/// `min_count` is that of the training. Of `options` the sentence length is what makes a
/// line long. `progress` is called after each block; where it returns `false` the work ends with
/// [`Error::Interrupted`]. A file that cannot be read to its end is a finding and no error.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::doctor::{Kind, Severity, examine};
/// use w2v::{Corpus, Tokenizer};
/// let file = tempfile::NamedTempFile::new().unwrap();
/// std::fs::write(file.path(), "我爱自然语言处理和人工智能\n".repeat(20)).unwrap();
/// let corpus = Corpus::open(&[file.path()], Default::default())?;
/// let found = examine(&corpus, Tokenizer::default(), 5, &Default::default())?;
/// let finding = found.findings.of(Kind::Unsegmented).unwrap();
/// assert_eq!((finding.severity, finding.count), (Severity::Serious, 20));
/// assert_eq!(finding.first[0].line, Some(1));
/// assert!(finding.help.to_string().contains("`tokenizer=zh`"));
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Error::Parameter`], [`Error::Io`] for temporary files, [`Error::Interrupted`].
pub fn examine(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    min_count: u64,
    options: &EncodeOptions,
) -> Result<Diagnosis> {
    examine_with(corpus, tokenizer, min_count, options, |_| true)
}

/// As [`examine`]; where `progress` returns `false` the work ends with [`Error::Interrupted`].
///
/// # Errors
/// As [`examine`].
pub fn examine_with(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    min_count: u64,
    options: &EncodeOptions,
    mut progress: impl FnMut(EncodeProgress) -> bool,
) -> Result<Diagnosis> {
    tokenizer.check()?;
    options.check()?;
    let read = read(corpus, tokenizer, options, &mut progress)?;
    let Read { mut tally, bytes, examiner, tables } = read;
    let Examiner { tally: found, evidence, characters, mut lines, mut languages, .. } = examiner;
    tally.merge(found);
    lines.join(&mut tally);
    let mut words = Words::new(min_count);
    tables.visit(|word, count| {
        // Words are cut from `str`.
        let word = std::str::from_utf8(word).unwrap_or_default();
        words.add(word, count, &mut tally);
        languages.add(word, count);
    })?;
    let case = Case {
        corpus,
        tokenizer,
        min_count,
        bytes,
        tally,
        evidence,
        characters,
        lines,
        words,
        languages,
    };
    Ok(case.diagnosis())
}

/// A block on its way to a worker.
struct Piece {
    source: u32,
    /// Whether the block begins with a line.
    begins_line: bool,
    block: Block,
}

/// What a worker says after each block.
struct Step {
    bytes: u64,
    tokens: u64,
    /// A table of words that became too large, and its number.
    full: Option<(usize, Interner)>,
}

struct Read<'a> {
    /// What the reader found about whole files.
    tally: Tally,
    bytes: u64,
    examiner: Examiner,
    tables: Tables<'a>,
}

fn read<'a>(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    options: &'a EncodeOptions,
    progress: &mut dyn FnMut(EncodeProgress) -> bool,
) -> Result<Read<'a>> {
    let threads = options.threads.count();
    let mut tables = Tables::new(options.temp_dir.as_deref());
    let (piece_sender, pieces) = sync_channel::<Piece>(2 * threads);
    let (step_sender, steps) = sync_channel::<Step>(2 * threads);
    // As in encoding, threads own what they need and nobody waits for a reader at a silent pipe.
    let ward = Arc::new(Ward {
        corpus: corpus.clone(),
        tokenizer,
        long: options.max_sentence.max(LONG) as u64,
        table_limit: options.table_limit(),
        next_table: AtomicUsize::new(0),
        pieces: Mutex::new(pieces),
    });
    let workers = (0..threads).map(|_| {
        let (ward, sender) = (Arc::clone(&ward), step_sender.clone());
        spawn(threads, move || ward.run(&sender))
    });
    let workers = workers.collect::<Result<Vec<_>>>()?;
    let source = corpus.clone();
    let reader = spawn(threads, move || {
        files::feed(&source, tokenizer, |source, begins_line, block| {
            let piece = Piece { source, begins_line, block };
            piece_sender.send(piece).is_ok()
        })
    })?;
    drop((step_sender, ward));
    let mut so_far = EncodeProgress { bytes: 0, tokens: 0 };
    loop {
        match steps.recv_timeout(Duration::from_millis(100)) {
            Ok(step) => {
                so_far.bytes += step.bytes;
                so_far.tokens += step.tokens;
                if let Some((table, words)) = step.full {
                    tables.spill(table, &words)?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if !progress(so_far) {
            return Err(Error::Interrupted { what: "reading the corpus" });
        }
    }
    let mut all: Option<Examiner> = None;
    for worker in workers {
        let mut examiner = worker.join().expect("no worker panics");
        tables.push(examiner.table, std::mem::replace(&mut examiner.words, Interner::new()));
        match &mut all {
            Some(all) => all.merge(examiner),
            None => all = Some(examiner),
        }
    }
    Ok(Read {
        tally: reader.join().expect("the reader does not panic"),
        bytes: so_far.bytes,
        examiner: all.expect("one thread at least"),
        tables,
    })
}

/// What the workers share.
struct Ward {
    corpus: Corpus,
    tokenizer: Tokenizer,
    long: u64,
    /// Bytes at which a table of words is replaced by a new one.
    table_limit: u64,
    next_table: AtomicUsize,
    pieces: Mutex<Receiver<Piece>>,
}

impl Ward {
    /// Examines blocks until there are no more.
    fn run(&self, sender: &SyncSender<Step>) -> Examiner {
        let next_table = || self.next_table.fetch_add(1, Ordering::Relaxed);
        let mut examiner = Examiner::new(next_table(), self.long);
        loop {
            let next = self.pieces.lock().expect("no worker panics").recv();
            let Ok(piece) = next else {
                return examiner;
            };
            let bytes = piece.block.len() as u64;
            let tokens = examiner.block(piece, &self.corpus, self.tokenizer);
            let full = (examiner.words.memory() as u64 > self.table_limit).then(|| {
                let table = std::mem::replace(&mut examiner.table, next_table());
                let words = std::mem::replace(&mut examiner.words, Interner::new());
                (table, words)
            });
            let step = Step { bytes, tokens, full };
            if sender.send(step).is_err() {
                return examiner;
            }
        }
    }
}

/// What one thread found.
struct Examiner {
    tally: Tally,
    evidence: Evidence,
    characters: Characters,
    lines: Lines,
    languages: Languages,
    /// Number of the table of words.
    table: usize,
    words: Interner,
    /// Ids of a line's tokens.
    ids: Vec<u32>,
}

impl Examiner {
    fn new(table: usize, long: u64) -> Self {
        Examiner {
            tally: Tally::new(),
            evidence: Evidence::default(),
            characters: Characters::new(),
            lines: Lines::new(long),
            languages: Languages::default(),
            table,
            words: Interner::new(),
            ids: Vec::new(),
        }
    }

    fn merge(&mut self, other: Examiner) {
        self.tally.merge(other.tally);
        self.evidence.merge(other.evidence);
        self.characters.merge(other.characters);
        self.lines.merge(other.lines);
        self.languages.merge(&other.languages);
    }

    /// Looks at a block; returns its number of tokens.
    fn block(&mut self, piece: Piece, corpus: &Corpus, tokenizer: Tokenizer) -> u64 {
        let (block, source) = (piece.block, piece.source);
        let (line, byte) = block.place();
        let at = At { source, line, byte };
        let ends_line = block.ends_line;
        let histogram = bytes::histogram(block.bytes());
        bytes::look(block.bytes(), &histogram, at, &mut self.tally, &mut self.evidence);
        // What would stop training is a finding here.
        let mut options = corpus.options();
        if options.invalid_utf8 != InvalidUtf8::Skip {
            options.invalid_utf8 = InvalidUtf8::Replace;
        }
        let text = block.into_text(corpus.sources(), options);
        let text = text.expect("nothing is refused").text;
        self.characters.look(&text, &histogram, at, &mut self.tally);
        markup::look(&text, &histogram, at, &mut self.tally);
        self.lines_of(&text, at, piece.begins_line, ends_line, tokenizer)
    }

    fn lines_of(
        &mut self,
        text: &str,
        at: At,
        begins_line: bool,
        ends_line: bool,
        tokenizer: Tokenizer,
    ) -> u64 {
        let mut tokens = 0;
        let mut spot = Spot { source: at.source, line: at.line, byte: None };
        let mut begins = begins_line;
        for (line, ended) in lines::split(text) {
            let known = self.words.len() as u32;
            cut_line(line, tokenizer, &mut self.words, &mut self.ids);
            // An id may be new twice in a line; its place is the same.
            for &id in self.ids.iter().filter(|&&id| id >= known) {
                let word = self.words.word(id);
                let word = std::str::from_utf8(word).unwrap_or_default();
                words::place(word, spot, &mut self.tally);
                self.languages.place(word, spot);
            }
            let here = self.ids.len() as u64;
            tokens += here;
            match begins && (ended || ends_line) {
                true => self.lines.line(line, here, spot, &mut self.tally),
                false => self.lines.piece(here, spot),
            }
            begins = true;
            spot.line += 1;
        }
        tokens
    }
}
