//! Reading, counting and encoding in one pass over the text. See the module page.

use super::cut::Cutter;
use super::store::{IdStore, IdsMut};
use super::{CorpusRecord, CorpusStatistics, END, EncodedCorpus, Reading};
use crate::corpus::Block;
use crate::corpus::{Corpus, Tokenizer};
use crate::error::{Error, Result};
use crate::threads::Threads;
use crate::vocab::{DROPPED, Interner, Tables, Vocab, VocabLimits};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest sentence: training hands out whole sentences, so that one of a billion words would leave
/// all threads but one without work.
const MOST_SENTENCE: usize = 1_000_000;

/// How a corpus is encoded.
#[derive(Clone, Debug)]
pub struct EncodeOptions {
    /// Threads that cut text into tokens. All cores by default; the result does not depend on them.
    pub threads: Threads,
    /// Sentences are cut after so many words of the vocabulary.
    pub max_sentence: usize,
    /// Bytes of memory that the ids may take before they go to a file; half as much again may be
    /// taken by the words while they are counted.
    pub max_memory: u64,
    /// Folder of temporary files. `None`: no file is written, and everything stays in memory whatever
    /// `max_memory` says.
    pub temp_dir: Option<PathBuf>,
}

impl Default for EncodeOptions {
    /// All cores, sentences of 1000 words, 4 GiB, no temporary files.
    fn default() -> Self {
        EncodeOptions {
            threads: Threads::default(),
            max_sentence: 1000,
            max_memory: 4 << 30,
            temp_dir: None,
        }
    }
}

/// How far reading has come.
#[derive(Clone, Copy, Debug)]
pub struct EncodeProgress {
    /// Bytes of text read, after decompression.
    pub bytes: u64,
    /// Tokens found.
    pub tokens: u64,
}

/// Reads, counts and encodes a corpus.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::{Corpus, Tokenizer, VocabLimits, encode};
/// let file = tempfile::NamedTempFile::new().unwrap();
/// std::fs::write(file.path(), "我 爱 人工智能\n我 爱 中国\n").unwrap();
/// let corpus = Corpus::open(&[file.path()], Default::default())?;
/// let limits = VocabLimits { min_count: 1, ..Default::default() };
/// let (vocab, encoded) =
///     encode::encode(&corpus, Tokenizer::default(), &limits, &Default::default())?;
/// assert_eq!(vocab.words().collect::<Vec<_>>(), ["我", "爱", "中国", "人工智能"]);
/// let first = encoded.sentences(0..encoded.len()).next().unwrap();
/// assert_eq!(first.ids().map(|id| id.0).collect::<Vec<_>>(), [0, 1, 3]);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Error::Io`] and [`Error::Corpus`] for text that cannot be read, [`Error::NoText`] where there is
/// none, [`Error::EmptyVocabulary`] where `limits` leave no word, [`Error::Parameter`].
pub fn encode(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    limits: &VocabLimits,
    options: &EncodeOptions,
) -> Result<(Vocab, EncodedCorpus)> {
    encode_with(corpus, tokenizer, limits, options, |_| true)
}

/// As [`encode()`]. `progress` is called after each block of text; where it returns `false` the work ends with
/// [`Error::Interrupted`].
///
/// # Errors
/// As [`encode()`].
pub fn encode_with(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    limits: &VocabLimits,
    options: &EncodeOptions,
    progress: impl FnMut(EncodeProgress) -> bool,
) -> Result<(Vocab, EncodedCorpus)> {
    tokenizer.check()?;
    limits.check()?;
    options.check()?;
    let read = read(corpus, tokenizer, options, progress)?;
    let Read { tables, store, mut spans, mut statistics } = read;
    if statistics.tokens == 0 {
        return Err(no_text(corpus, &statistics));
    }
    let selection = tables.select(limits)?;
    selection.check(limits)?;
    debug_assert_eq!(store.len(), spans.iter().map(|span| span.len).sum::<usize>());
    let mut ids = store.into_mut()?;
    compact_spans(ids.as_mut_slice(), &mut spans, &selection.remap, &options.threads);
    let (len, sentences) = join_spans(&mut ids, &spans, options.max_sentence);
    statistics.types = selection.types;
    statistics.encoded = len as u64;
    statistics.sentences = sentences;
    statistics.dropped = selection.dropped;
    assert_eq!(
        statistics.tokens,
        statistics.encoded + statistics.dropped.total(),
        "every token is encoded or dropped for a reason"
    );
    if len == 0 {
        return Err(nothing_known(&statistics, limits));
    }
    let record = CorpusRecord {
        files: CorpusRecord::files(corpus),
        hash: statistics.hash,
        bytes: statistics.bytes,
        tokens: statistics.tokens,
        tokenizer,
        reading: Some(Reading {
            invalid_utf8: corpus.options().invalid_utf8,
            encoding: corpus.options().encoding,
            max_sentence: options.max_sentence,
            min_count: limits.min_count,
            max_vocab: limits.max_vocab,
            list: limits.keep_only.as_ref().map(Vocab::hash),
        }),
    };
    let encoded = EncodedCorpus { ids: ids.finish(len)?, statistics, record };
    let vocab = selection.vocab;
    // Of 100 MB of English some 5 MB would stay behind.
    drop((selection.remap, spans));
    crate::mmap::trim();
    Ok((vocab, encoded))
}

/// How large a text is.
#[derive(Clone, Copy)]
pub(crate) struct TextSize {
    pub(crate) tokens: u64,
    /// Tokens that are words of the vocabulary.
    pub(crate) encoded: u64,
    pub(crate) types: u64,
    /// Types that one thread meets.
    pub(crate) types_of_thread: u64,
    /// Mean bytes of a type.
    pub(crate) type_length: f64,
}

/// Bytes that reading a text takes.
#[derive(Clone, Copy)]
pub(crate) struct EncodeBytes {
    /// Of memory at the peak, while words are counted.
    pub(crate) peak: u64,
    /// Of ids that stay in memory.
    pub(crate) ids: u64,
    /// Of address space besides the peak: a list of ids that grows, or a mapped file.
    pub(crate) address_space: u64,
    /// Of temporary files.
    pub(crate) disk: u64,
}

/// Bytes of text on their way, for each thread.
const BLOCKS: u64 = 2_000_000;

impl EncodeOptions {
    /// What reading a text of this size takes.
    pub(crate) fn bytes(&self, size: &TextSize) -> EncodeBytes {
        let threads = self.threads.count() as u64;
        let table =
            |types: u64| Interner::bytes_of(types, (types as f64 * size.type_length) as u64);
        let (limit, whole) = (self.table_limit(), table(size.types_of_thread));
        let of_thread = whole.min(limit);
        let all_ids = 4 * size.tokens;
        let in_memory = self.spill().is_none_or(|(limit, _)| all_ids <= limit);
        let mut disk = if in_memory { 0 } else { all_ids };
        let merged = match whole > limit {
            true => {
                // Every table that was full, with the words that it has in common with others.
                let tables = (threads as f64).max(table(size.types) as f64 / limit as f64);
                disk += (tables.sqrt() * size.types as f64 * (16.0 + size.type_length)) as u64;
                8 * size.types * threads
            }
            false => table(size.types) + 8 * size.types_of_thread * threads,
        };
        let tables = (threads * of_thread).max(merged + (threads - 1) * of_thread);
        // All tokens are kept until it is known which words are.
        let kept = if in_memory { all_ids } else { 0 };
        EncodeBytes {
            peak: kept + tables + threads * BLOCKS,
            ids: if in_memory { 4 * size.encoded } else { 0 },
            // A list that grows doubles.
            address_space: all_ids,
            disk,
        }
    }

    /// Bytes of ids that may lie in memory, and the folder of the file that then takes all.
    fn spill(&self) -> Option<(u64, &Path)> {
        self.temp_dir.as_deref().map(|folder| (self.max_memory, folder))
    }

    /// Bytes at which a thread's table of words is written to a file and replaced by a new one.
    pub(crate) fn table_limit(&self) -> u64 {
        match self.temp_dir {
            Some(_) => (self.max_memory / 2 / self.threads.count() as u64).max(1 << 20),
            None => u64::MAX,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=MOST_SENTENCE).contains(&self.max_sentence) {
            let expected = format!("1 to {MOST_SENTENCE}");
            return Err(Error::parameter("max_sentence", self.max_sentence, expected));
        }
        Ok(())
    }
}

/// A corpus without a token.
pub(crate) fn no_text(corpus: &Corpus, statistics: &CorpusStatistics) -> Error {
    let names: Vec<String> =
        corpus.sources().iter().take(3).map(|s| s.path().display().to_string()).collect();
    let more = corpus.sources().len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Error::NoText {
        place: names.join(", ") + &more,
        detail: format!(
            "{} bytes, {} lines and not one token; check the path and the tokenizer",
            statistics.bytes, statistics.lines
        ),
    }
}

/// A vocabulary that began with words of before has words even where the text brings none.
fn nothing_known(statistics: &CorpusStatistics, limits: &VocabLimits) -> Error {
    let problem = format!(
        "not one of {} tokens is of a word that the model has, and no other word occurs {} times or \
         more",
        statistics.tokens, limits.min_count
    );
    Error::query(problem)
        .advise("lower `min_count`")
        .advise("check that the text is lower-cased and cut as that of the model")
}

/// The provisional ids of one block, one after the other in the store.
struct Span {
    /// The table that explains them.
    table: usize,
    len: usize,
    /// Ids that are left after rewriting, at the front; set by `compact`.
    kept: usize,
    /// Whether a line ended before the span's first kept token.
    breaks: bool,
}

struct Read<'a> {
    tables: Tables<'a>,
    store: IdStore,
    spans: Vec<Span>,
    statistics: CorpusStatistics,
}

/// One block with its number, so that results can be put in order.
type Numbered = (usize, Block);

/// What a worker makes of a block.
pub(crate) struct Cut {
    number: usize,
    table: usize,
    /// A table that became too large and was replaced after this block.
    full: Option<Interner>,
    /// With the ends of lines marked.
    pub(crate) ids: Vec<u32>,
    breaks: bool,
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    invalid_utf8: u64,
    control_characters: u64,
    emoji: u64,
}

fn read<'a>(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    options: &'a EncodeOptions,
    mut progress: impl FnMut(EncodeProgress) -> bool,
) -> Result<Read<'a>> {
    let mut tables = Tables::new(options.temp_dir.as_deref());
    let mut store = IdStore::new(options.spill());
    let mut spans = Vec::new();
    let mut statistics = CorpusStatistics::default();
    let threads = options.threads.count();
    let (block_sender, blocks) = sync_channel::<Numbered>(2 * threads);
    let (cut_sender, cuts) = sync_channel::<Result<Cut>>(2 * threads);
    // Threads own what they need and are not waited for on the way out of an error: a reader that is
    // stuck at a silent pipe ends at its next read, and the workers with it.
    let worker = Arc::new(Worker {
        corpus: corpus.clone(),
        tokenizer,
        table_limit: options.table_limit(),
        next_table: AtomicUsize::new(0),
        blocks: Mutex::new(blocks),
    });
    let workers = (0..threads).map(|_| {
        let (worker, sender) = (Arc::clone(&worker), cut_sender.clone());
        spawn(threads, move || worker.run(&sender))
    });
    let workers = workers.collect::<Result<Vec<_>>>()?;
    let reader = corpus.clone();
    let reader = spawn(threads, move || feed(&reader, tokenizer, &block_sender))?;
    drop((cut_sender, worker));
    let mut waiting = BTreeMap::new();
    loop {
        match cuts.recv_timeout(Duration::from_millis(100)) {
            Ok(cut) => {
                let cut = cut?;
                waiting.insert(cut.number, cut);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        while let Some(cut) = waiting.remove(&spans.len()) {
            statistics.add(&cut);
            if let Some(table) = &cut.full {
                tables.spill(cut.table, table)?;
            }
            store.extend(&cut.ids)?;
            spans.push(Span { table: cut.table, len: cut.ids.len(), kept: 0, breaks: cut.breaks });
        }
        let so_far = EncodeProgress { bytes: statistics.bytes, tokens: statistics.tokens };
        if !progress(so_far) {
            return Err(Error::Interrupted { what: "reading the corpus" });
        }
    }
    statistics.hash = reader.join().expect("the reader does not panic")?;
    for worker in workers {
        if let Some((table, words)) = worker.join().expect("no worker panics") {
            tables.push(table, words);
        }
    }
    Ok(Read { tables, store, spans, statistics })
}

/// Reads all blocks into the channel; returns the hash of the text.
fn feed(corpus: &Corpus, tokenizer: Tokenizer, sender: &SyncSender<Numbered>) -> Result<u64> {
    let mut blocks = corpus.blocks(tokenizer);
    let mut number = 0;
    while let Some(block) = blocks.next_block()? {
        if sender.send((number, block)).is_err() {
            break; // The collector gave up; its error is the one that counts.
        }
        number += 1;
    }
    Ok(blocks.hash())
}

impl CorpusStatistics {
    fn add(&mut self, cut: &Cut) {
        self.bytes += cut.bytes;
        self.lines += cut.lines;
        self.tokens += cut.ids.len() as u64;
        self.invalid_utf8 += cut.invalid_utf8;
        self.control_characters += cut.control_characters;
        self.dropped_emoji += cut.emoji;
    }
}

/// Starts a thread, which may be one more than the system allows.
pub(crate) fn spawn<T: Send + 'static>(
    threads: usize,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    let refused = |error: std::io::Error| {
        Error::parameter("threads", threads, format!("fewer: no thread could be started ({error})"))
    };
    std::thread::Builder::new().spawn(run).map_err(refused)
}

struct Worker {
    corpus: Corpus,
    tokenizer: Tokenizer,
    /// Bytes at which a table is replaced by a new one.
    table_limit: u64,
    next_table: AtomicUsize,
    /// Owned by the workers alone: when the last one ends, the reader's next send fails.
    blocks: Mutex<Receiver<Numbered>>,
}

impl Worker {
    /// Cuts blocks until there are no more; returns the table that is then left.
    fn run(&self, sender: &SyncSender<Result<Cut>>) -> Option<(usize, Interner)> {
        let mut words = Interner::new();
        let mut table = self.next_table.fetch_add(1, Ordering::Relaxed);
        loop {
            let next = self.blocks.lock().expect("no worker panics holding the lock").recv();
            let Ok((number, block)) = next else {
                return Some((table, words));
            };
            let mut cut = cut(block, &self.corpus, self.tokenizer, &mut words);
            if let Ok(cut) = &mut cut {
                (cut.number, cut.table) = (number, table);
                if words.memory() as u64 > self.table_limit {
                    cut.full = Some(std::mem::replace(&mut words, Interner::new()));
                    table = self.next_table.fetch_add(1, Ordering::Relaxed);
                }
            }
            if sender.send(cut).is_err() {
                return None;
            }
        }
    }
}

/// Cuts a block into provisional ids, numbered by `words`.
pub(crate) fn cut(
    block: Block,
    corpus: &Corpus,
    tokenizer: Tokenizer,
    words: &mut Interner,
) -> Result<Cut> {
    let (bytes, lines, ends_line) = (block.len() as u64, block.line_ends(), block.ends_line);
    let text = block.into_text(corpus.sources(), corpus.options())?;
    let mut cutter = Cutter::new(words, text.text.len());
    match tokenizer.is_plain() {
        true => cutter.cut_plain(text.text.as_bytes()),
        false => cutter.cut_lines(&text.text, tokenizer),
    }
    if ends_line {
        cutter.end_line();
    }
    Ok(Cut {
        number: 0,
        table: 0,
        full: None,
        ids: cutter.ids,
        breaks: cutter.breaks,
        bytes,
        lines,
        invalid_utf8: text.invalid_utf8,
        control_characters: text.control_characters,
        emoji: cutter.emoji,
    })
}

/// Rewrites the provisional ids of each span to final ones and moves the kept ones to its front, all
/// spans at once.
fn compact_spans(ids: &mut [u32], spans: &mut [Span], remap: &[Vec<u32>], threads: &Threads) {
    let mut rest = ids;
    let mut pieces = Vec::with_capacity(spans.len());
    for span in spans {
        let (piece, tail) = rest.split_at_mut(span.len);
        rest = tail;
        pieces.push((piece, span));
    }
    let compact = |_: &mut (), _: usize, pieces: &mut [(&mut [u32], &mut Span)]| {
        for (piece, span) in pieces {
            compact(piece, span, &remap[span.table]);
        }
    };
    threads.map_chunks(&mut pieces, 1, 1, || (), compact);
}

fn compact(ids: &mut [u32], span: &mut Span, remap: &[u32]) {
    let mut kept = 0;
    for at in 0..ids.len() {
        let (provisional, end) = (ids[at] & !END, ids[at] & END);
        let id = remap[provisional as usize];
        if id != DROPPED {
            ids[kept] = id | end;
            kept += 1;
        } else if end != 0 {
            // The mark goes to the last kept token, which may stand in an earlier block.
            match kept {
                0 => span.breaks = true,
                _ => ids[kept - 1] |= END,
            }
        }
    }
    span.kept = kept;
}

/// Moves the kept ids of all spans together, ends sentences that ended where nothing was kept, and
/// cuts long sentences; returns the number of ids and of sentences.
fn join_spans(ids: &mut IdsMut, spans: &[Span], max_sentence: usize) -> (usize, u64) {
    let ids = ids.as_mut_slice();
    let (mut from, mut to) = (0, 0);
    for span in spans {
        if span.breaks && to > 0 {
            ids[to - 1] |= END;
        }
        ids.copy_within(from..from + span.kept, to);
        from += span.len;
        to += span.kept;
    }
    if to > 0 {
        ids[to - 1] |= END;
    }
    let (mut length, mut sentences) = (0, 0);
    for group in ids[..to].chunks_mut(16) {
        // Most groups lie in the middle of a sentence: that costs no branch for each id.
        let ends = group.iter().fold(0, |ends, id| ends | id) & END;
        if ends == 0 && length + group.len() < max_sentence {
            length += group.len();
            continue;
        }
        for id in group {
            length += 1;
            if length == max_sentence {
                *id |= END;
            }
            if *id & END != 0 {
                length = 0;
                sentences += 1;
            }
        }
    }
    (to, sentences)
}
