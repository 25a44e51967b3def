//! Counting, word by word: see the module page.

use super::index::Index;
use super::journal::{Journal, Journaled, Piece, Subject};
use super::row::{Row, Unit};
use super::runs::{RunCell, Runs};
use super::store::StoreBuilder;
use super::units::Units;
use super::{Cell, Cooccurrences, Counting};
use crate::encode::{END, EncodedCorpus};
use crate::error::{Error, Result};
use crate::threads::Threads;
use crate::vocab::Vocab;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Places of words that a thread counts before it hands over what it has: some milliseconds of work.
const PORTION: u64 = 1 << 15;

/// Tokens of a segment at most: its places are 4-byte numbers.
const MOST_SEGMENT: u64 = 1 << 31;

/// With what counting is done: nothing here changes the result.
#[derive(Clone, Debug)]
pub struct CountOptions {
    /// Threads that count. All cores by default; the result does not depend on them.
    pub threads: Threads,
    /// Bytes of memory that counting may take: one half for places of words, one half for counts,
    /// which go to a temporary file where they are more. Each thread has a row of 12 bytes a word
    /// besides.
    pub max_memory: u64,
    /// Folder of temporary files. `None`: none is written, and everything stays in memory whatever
    /// `max_memory` says; corpora of more than 2^31 tokens, which are counted in parts, need a folder.
    pub temp_dir: Option<PathBuf>,
    /// Where finished rows are kept, so that counting that is broken off can go on.
    pub journal: Option<Journal>,
}

impl Default for CountOptions {
    /// All cores, 4 GiB, no temporary files.
    fn default() -> Self {
        CountOptions {
            threads: Threads::default(),
            max_memory: 4 << 30,
            temp_dir: None,
            journal: None,
        }
    }
}

/// Bytes that counting pairs takes.
#[derive(Clone, Copy)]
pub(crate) struct CountBytes {
    /// Of memory at the peak, the table among them.
    pub(crate) peak: u64,
    /// Of the table, where it lies in memory.
    pub(crate) table: u64,
    /// Of temporary files.
    pub(crate) disk: u64,
}

/// Bytes of rows on their way, for each thread.
const PIECES: u64 = 8_000_000;

impl CountOptions {
    /// Bytes of cells that may lie in memory, and the folder of the file that then takes all.
    fn spill(&self) -> Option<(u64, &Path)> {
        self.temp_dir.as_deref().map(|folder| (self.max_memory / 2, folder))
    }

    /// Parts of the corpus that are counted one after the other.
    fn segments(&self, tokens: u64, on_disk: bool) -> u64 {
        // 4 bytes a place, and 4 more where ids lie in a mapped file and are looked at.
        let per_token = if on_disk { 8 } else { 4 };
        let fits = match self.temp_dir {
            Some(_) => (self.max_memory / 2 / per_token).clamp(1, MOST_SEGMENT),
            None => MOST_SEGMENT,
        };
        tokens.div_ceil(fits.min(tokens.max(1))).max(1)
    }

    /// What counting takes: `tokens` tokens, whose ids are `on_disk` or not, of `words` words, to a table
    /// of `cells` cells.
    pub(crate) fn bytes(&self, tokens: u64, on_disk: bool, words: u64, cells: u64) -> CountBytes {
        let all = cells * size_of::<Cell>() as u64;
        let in_memory = self.spill().is_none_or(|(limit, _)| all <= limit);
        let table = if in_memory { all } else { 0 };
        let segments = self.segments(tokens, on_disk);
        let index = 4 * tokens.div_ceil(segments) + 4 * words;
        let mut disk = if in_memory { 0 } else { all };
        if segments > 1 {
            // Cells grow with about the 0.75th power of the text, so that segments share some.
            let shared = (segments as f64).powf(0.25);
            disk += (cells as f64 * shared) as u64 * size_of::<RunCell>() as u64;
        }
        // A row of sums, and a bit for each.
        let of_thread = 5 * words + PIECES;
        CountBytes { peak: index + table + self.threads.count() as u64 * of_thread, table, disk }
    }
}

/// How far counting has come.
#[derive(Clone, Copy, Debug)]
pub struct CountProgress {
    /// Tokens whose windows were counted.
    pub tokens: u64,
    /// Tokens of the corpus, N.
    pub total: u64,
    /// Cells found so far; the same cell of several segments counts once for each of them.
    pub cells: u64,
    /// Segments into which the corpus was cut: 1 where the places of all words fit into memory.
    pub segments: u64,
    /// Bytes of temporary files that will be needed, as far as can be told: at first as if no two
    /// pairs of words were the same, later by what was found. 0 while everything is in memory.
    pub disk: u64,
    /// Tokens of which the windows were counted before an interruption, and taken from the journal.
    pub resumed: u64,
}

/// Counts which words stand near each other.
///
/// For an example see [`Cooccurrences::rows`].
///
/// # Errors
/// [`Error::Parameter`]; [`Error::Io`] where a temporary file cannot be written, which then is gone;
/// [`Error::NoPairs`] where no two words stand in one window.
pub fn count(
    vocab: &Vocab,
    corpus: &EncodedCorpus,
    counting: &Counting,
    options: &CountOptions,
) -> Result<Cooccurrences> {
    count_with(vocab, corpus, counting, options, |_| true)
}

/// As [`count()`]. `progress` is called about ten times a second; where it returns `false` the work ends with
/// [`Error::Interrupted`].
///
/// # Errors
/// As [`count()`].
pub fn count_with(
    vocab: &Vocab,
    corpus: &EncodedCorpus,
    counting: &Counting,
    options: &CountOptions,
    mut progress: impl FnMut(CountProgress) -> bool,
) -> Result<Cooccurrences> {
    counting.check()?;
    let ids = corpus.marked_ids();
    let tokens = ids.len() as u64;
    let counter = Counter {
        ids,
        words: vocab.len(),
        counting,
        units: Units::new(counting, tokens),
        threads: options.threads.count(),
    };
    let segments = options.segments(tokens, corpus.is_on_disk());
    // Of equal length: the last one is not a crumb.
    let cut = |i: u64| (u128::from(tokens) * u128::from(i) / u128::from(segments)) as usize;
    let ranges: Vec<Range<usize>> = (0..segments).map(|i| cut(i)..cut(i + 1)).collect();
    let mut so_far =
        CountProgress { tokens: 0, total: tokens, cells: 0, segments, disk: 0, resumed: 0 };
    let mut report = |so_far: &CountProgress| match progress(*so_far) {
        true => Ok(()),
        false => Err(Error::Interrupted { what: "counting co-occurrences" }),
    };
    let folder = options.temp_dir.as_deref();
    let mut store = StoreBuilder::new(vocab.len(), options.spill());
    let subject = |cell: usize| {
        let ids = corpus.ids_hash();
        let counting = format!("{counting:?}");
        Subject::new(vocab.len(), vocab.hash(), ids, &counting, segments, cell)
    };
    if let [all] = ranges.as_slice() {
        let finish = |column, units| Cell { column, x: counter.units.value(units) };
        let mut journaled = Journaled::open(
            options.journal.as_ref(),
            || subject(size_of::<Cell>()),
            |_, piece| {
                store.append(&piece.lengths, &piece.cells)?;
                so_far.add(&piece);
                so_far.resumed = so_far.tokens;
                so_far.disk = store.disk();
                report(&so_far)
            },
        )?;
        counter.segment(all.clone(), journaled.done(0), finish, |piece| {
            if let Some(piece) = piece {
                journaled.piece(0, &piece)?;
                store.append(&piece.lengths, &piece.cells)?;
                so_far.add(&piece);
                so_far.disk = store.disk();
            }
            report(&so_far)
        })?;
    } else {
        let Some(folder) = folder else {
            let expected = format!("a folder: {tokens} tokens are counted in {segments} parts");
            return Err(Error::parameter("temp_dir", "none", expected));
        };
        so_far.disk = counter.most_disk(&ranges);
        report(&so_far)?;
        let mut runs = Runs::new(folder, options.max_memory / 2)?;
        let mut begun = None;
        let mut journaled = Journaled::open(
            options.journal.as_ref(),
            || subject(size_of::<RunCell>()),
            |segment, piece| {
                if begun != Some(segment) {
                    runs.begin();
                    begun = Some(segment);
                }
                runs.append(piece.first, &piece.lengths, &piece.cells)?;
                so_far.add(&piece);
                so_far.resumed = so_far.tokens;
                report(&so_far)
            },
        )?;
        for (number, range) in (0..).zip(ranges) {
            if begun.is_none_or(|begun| number > begun) {
                runs.begin();
            }
            if !journaled.is_whole(number) {
                counter.segment(range, journaled.done(number), RunCell::new, |piece| {
                    if let Some(piece) = piece {
                        journaled.piece(number, &piece)?;
                        runs.append(piece.first, &piece.lengths, &piece.cells)?;
                        so_far.add(&piece);
                    }
                    report(&so_far)
                })?;
                journaled.end(number)?;
            }
            // The runs, and the table beside them while they are merged.
            so_far.disk = so_far.disk.min(2 * runs.bytes() / (number + 1) * segments);
        }
        runs.merge(vocab.len(), |lengths, columns, sums| {
            let cell =
                |(&column, &units): (&u32, &u64)| Cell { column, x: counter.units.value(units) };
            let cells: Vec<Cell> = columns.iter().zip(sums).map(cell).collect();
            store.append(&[lengths], &cells)?;
            report(&so_far)
        })?;
    }
    let (starts, store) = store.finish()?;
    if starts.last() == Some(&0) {
        let statistics = corpus.statistics();
        return Err(Error::NoCooccurrences { tokens, sentences: statistics.sentences });
    }
    Ok(Cooccurrences {
        counting: counting.clone(),
        vocab_hash: vocab.hash(),
        tokens,
        text: corpus.record().clone(),
        starts,
        store,
    })
}

impl CountProgress {
    fn add<T>(&mut self, piece: &Piece<T>) {
        self.cells += piece.cells.len() as u64;
        self.tokens += piece.places;
    }
}

struct Counter<'a> {
    ids: &'a [u32],
    words: usize,
    counting: &'a Counting,
    units: Units,
    threads: usize,
}

impl Counter<'_> {
    /// Bytes of runs and table if no pair of words came twice.
    fn most_disk(&self, ranges: &[Range<usize>]) -> u64 {
        let sides = if self.counting.symmetric { 2 } else { 1 };
        let pairs = self.ids.len() as u64 * sides * self.counting.window as u64;
        let square = (self.words as u64).saturating_mul(self.words as u64);
        let of_runs = pairs.min(square.saturating_mul(ranges.len() as u64));
        (of_runs * size_of::<RunCell>() as u64)
            .saturating_add(pairs.min(square) * size_of::<Cell>() as u64)
    }

    /// Counts the windows of the tokens `range`; what is in them may stand outside. `on_piece` gets
    /// the rows of all words in order, but for the first `done` pieces, and `None` when nothing new came
    /// for a while.
    fn segment<T: Send>(
        &self,
        range: Range<usize>,
        done: usize,
        finish: impl Fn(u32, u64) -> T + Sync,
        mut on_piece: impl FnMut(Option<Piece<T>>) -> Result<()>,
    ) -> Result<()> {
        let index = Index::new(self.ids, range, self.words);
        let portions = index.portions(PORTION);
        let next = AtomicUsize::new(done);
        let stop = AtomicBool::new(false);
        let (sender, pieces) = sync_channel::<(usize, Piece<T>)>(2 * self.threads);
        std::thread::scope(|scope| {
            // Dropped in this order on the way out: workers then find nobody to send to.
            let stop_all = StopOnDrop(&stop);
            for _ in 0..self.threads {
                let sender = sender.clone();
                let (index, portions, next, stop, finish) =
                    (&index, &portions, &next, &stop, &finish);
                let work = move || {
                    let mut narrow = Row::<u32>::new(self.words);
                    let mut wide = None;
                    while !stop.load(Relaxed) {
                        let number = next.fetch_add(1, Relaxed);
                        let Some(words) = portions.get(number) else {
                            break;
                        };
                        let piece =
                            self.piece(index, words.clone(), &mut narrow, &mut wide, finish);
                        if sender.send((number, piece)).is_err() {
                            break;
                        }
                    }
                };
                let started = std::thread::Builder::new().spawn_scoped(scope, work);
                started.map_err(|error| {
                    let expected = format!("fewer: no thread could be started ({error})");
                    Error::parameter("threads", self.threads, expected)
                })?;
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut wanted = done;
            let pieces = pieces; // Dropped before the scope waits for threads that send.
            loop {
                match pieces.recv_timeout(Duration::from_millis(100)) {
                    Ok((number, piece)) => {
                        waiting.insert(number, piece);
                    }
                    Err(RecvTimeoutError::Timeout) => on_piece(None)?,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                while let Some(piece) = waiting.remove(&wanted) {
                    wanted += 1;
                    on_piece(Some(piece))?;
                }
            }
            drop(stop_all);
            Ok(())
        })
    }

    fn piece<T>(
        &self,
        index: &Index,
        words: Range<u32>,
        narrow: &mut Row<u32>,
        wide: &mut Option<Row<u64>>,
        finish: &impl Fn(u32, u64) -> T,
    ) -> Piece<T> {
        let mut piece = Piece {
            first: words.start,
            lengths: Vec::with_capacity(words.len()),
            cells: Vec::new(),
            places: 0,
        };
        for word in words {
            let places = index.places(word as usize);
            piece.places += places.len() as u64;
            let before = piece.cells.len();
            let most = u128::from(self.units.most_per_place) * places.len() as u128;
            match u32::try_from(most) {
                Ok(_) => {
                    self.row(index.offset, places, narrow);
                    narrow.drain(|column, units| piece.cells.push(finish(column, units.into())));
                }
                Err(_) => {
                    let wide = wide.get_or_insert_with(|| Row::new(self.words));
                    self.row(index.offset, places, wide);
                    wide.drain(|column, units| piece.cells.push(finish(column, units)));
                }
            }
            piece.lengths.push((piece.cells.len() - before) as u32);
        }
        piece
    }

    /// Adds up the windows around `places`.
    fn row<U: Unit>(&self, offset: usize, places: &[u32], row: &mut Row<U>) {
        let (ids, weights) = (self.ids, self.units.weights.as_slice());
        let across = self.counting.across_lines;
        for &place in places {
            let at = offset + place as usize;
            // What ends a sentence ends the window; a mark on the word itself, only to its right.
            let left = &ids[at.saturating_sub(weights.len())..at];
            for (&id, &weight) in left.iter().rev().zip(weights) {
                if id & END != 0 && !across {
                    break;
                }
                row.add(id & !END, U::of(weight));
            }
            if !self.counting.symmetric || (ids[at] & END != 0 && !across) {
                continue;
            }
            let right = &ids[at + 1..ids.len().min(at + 1 + weights.len())];
            for (&id, &weight) in right.iter().zip(weights) {
                row.add(id & !END, U::of(weight));
                if id & END != 0 && !across {
                    break;
                }
            }
        }
    }
}

/// Tells all threads to stop when it is dropped.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
