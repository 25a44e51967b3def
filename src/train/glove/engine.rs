//! One epoch of GloVe, on one or several threads.
//!
//! A thread of its own reads groups ahead; workers take portions of a group's chunks from a common
//! place. One worker meets all cells in the order of [`super::order`]; several meet each cell once.
//! The calling thread trains nothing: it waits, and reports. Where a state is to be kept, the reading
//! thread gives out no more groups, and those that it gave out are trained.

use super::Glove;
use super::order::{CHUNK, Chunk, Group, Order};
use crate::cooccur::Cell;
use crate::error::{Error, Result};
use crate::kernels::{self, GloveRate, record_stride};
use crate::matrix::Rows;
use crate::train::EpochSums;
use crate::train::checkpoint::Pause;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Chunks that a worker takes at a time, about a millisecond of work.
const PORTION: usize = 32;
/// How many cells ahead records are asked for.
const AHEAD: usize = 4;

/// What was trained.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) cells: u64,
    /// Sum of ½·f·e².
    pub(super) loss: f64,
    /// The same of cells that were held out.
    pub(super) held_cells: u64,
    pub(super) held_loss: f64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.cells += other.cells;
        self.loss += other.loss;
        self.held_cells += other.held_cells;
        self.held_loss += other.held_loss;
    }

    pub(super) fn of(sums: &EpochSums) -> Self {
        Tally {
            cells: sums.pairs,
            loss: sums.loss,
            held_cells: sums.held_out,
            held_loss: sums.held_out_loss,
        }
    }

    pub(super) fn sums(&self) -> EpochSums {
        EpochSums {
            pairs: self.cells,
            kept: 0,
            loss: self.loss,
            held_out: self.held_cells,
            held_out_loss: self.held_loss,
        }
    }

    /// Cells that were read, whether or not they were held out.
    pub(super) fn read(&self) -> u64 {
        self.cells + self.held_cells
    }

    fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.held_loss.is_finite()
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.cells > 0).then(|| self.loss / self.cells as f64)
    }

    pub(super) fn held_mean(&self) -> Option<f64> {
        (self.held_cells > 0).then(|| self.held_loss / self.held_cells as f64)
    }
}

/// Why the threads of an epoch have ended.
pub(super) enum Ended {
    /// The groups up to this one were trained: all, or as many as there was time for.
    At(u64),
    /// A loss was not finite.
    Diverged,
    /// The caller has had enough, at once.
    Interrupted,
}

/// Which groups of an epoch are trained.
pub(super) struct Part {
    /// The first one.
    pub(super) from: u64,
    /// When no more groups are given out.
    pub(super) pause: Pause,
    /// Cells of the epochs before.
    pub(super) before: u64,
    /// Whether those that were given out are trained when the caller has had enough.
    pub(super) whole_groups: bool,
}

/// One thread's part.
pub(super) struct Worker<'a, R> {
    words: R,
    contexts: R,
    parameters: &'a Glove,
    rate: GloveRate,
    /// Whether a cell is held out: its hash is below this.
    held_below: u64,
    seed: u64,
    word: Vec<f32>,
    before: Vec<f32>,
    context: Vec<f32>,
    /// The next cell's context: copied a step early, since numbers that were just stored in pieces of
    /// 16 bytes cannot yet be loaded in pieces of 64.
    coming: Vec<f32>,
}

impl<'a, R: Rows + Send> Worker<'a, R> {
    pub(super) fn new(words: R, contexts: R, parameters: &'a Glove, seed: u64) -> Self {
        let record = vec![0.0; 2 * record_stride(parameters.dim)];
        Worker {
            words,
            contexts,
            parameters,
            rate: GloveRate { lr: parameters.lr, clip: parameters.clip },
            held_below: (parameters.held_out * 2f64.powi(64)) as u64,
            seed,
            word: record.clone(),
            before: record.clone(),
            context: record.clone(),
            coming: record,
        }
    }

    fn train(&mut self, group: &Group, chunks: Range<usize>) -> Tally {
        let mut tally = Tally::default();
        let chunks = &group.chunks[chunks];
        for (i, chunk) in chunks.iter().enumerate() {
            let next = chunks.get(i + 1);
            if let Some(next) = next {
                self.words.prefetch(next.word as usize);
            }
            let first = next.map_or(&[][..], |next| group.cells(*next));
            self.train_chunk(*chunk, group.cells(*chunk), first, &mut tally);
            if !tally.is_finite() {
                break;
            }
        }
        tally
    }

    fn train_chunk(&mut self, chunk: Chunk, cells: &[Cell], next: &[Cell], tally: &mut Tally) {
        let isa = kernels::isa();
        let mut x = [1.0; CHUNK];
        let (mut log, mut weight) = ([0.0; CHUNK], [0.0; CHUNK]);
        for (x, cell) in x.iter_mut().zip(cells) {
            *x = cell.x;
        }
        let rounded = cells.len().next_multiple_of(16);
        let (x_max, alpha) = (self.parameters.x_max, self.parameters.alpha);
        isa.glove_targets(&x[..rounded], x_max, alpha, &mut log, &mut weight);
        self.words.load(chunk.word as usize, &mut self.word);
        self.before.copy_from_slice(&self.word);
        self.contexts.load(cells[0].column as usize, &mut self.coming);
        for (i, cell) in cells.iter().enumerate() {
            let soon = cells.get(i + AHEAD).or_else(|| next.get(i + AHEAD - cells.len()));
            if let Some(soon) = soon {
                self.contexts.prefetch(soon.column as usize);
            }
            std::mem::swap(&mut self.context, &mut self.coming);
            // Columns of a row differ: this one is not about to change.
            if let Some(next) = cells.get(i + 1) {
                let column = next.column as usize;
                self.contexts.load(column, &mut self.coming);
            }
            if self.held_below > 0 && self.is_held_out(chunk.word, cell.column) {
                let half = self.context.len() / 2;
                let e = isa.dot(&self.word[..half], &self.context[..half]) - log[i];
                tally.held_cells += 1;
                tally.held_loss += f64::from(0.5 * weight[i] * e * e);
                continue;
            }
            let loss =
                isa.glove_step(&mut self.word, &mut self.context, log[i], weight[i], self.rate);
            self.contexts.add(cell.column as usize, 1.0, &self.context);
            tally.cells += 1;
            tally.loss += f64::from(loss);
        }
        for (new, old) in self.word.iter_mut().zip(&self.before) {
            *new -= old;
        }
        self.words.add(chunk.word as usize, 1.0, &self.word);
    }

    /// The same for a cell and its mirror image, in all epochs.
    fn is_held_out(&self, word: u32, column: u32) -> bool {
        let pair = u64::from(word.min(column)) << 32 | u64::from(word.max(column));
        // The finaliser of SplitMix64.
        let mut z = pair.wrapping_add(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) < self.held_below
    }
}

/// Where workers get their chunks.
struct Supply {
    groups: Receiver<Result<Group>>,
    group: Option<Arc<Group>>,
    next: usize,
}

impl Supply {
    /// Some chunks, or `None` at the end of the epoch.
    fn take(&mut self) -> Result<Option<(Arc<Group>, Range<usize>)>> {
        loop {
            if let Some(group) = &self.group {
                let range = self.next..(self.next + PORTION).min(group.chunks.len());
                if !range.is_empty() {
                    self.next = range.end;
                    return Ok(Some((Arc::clone(group), range)));
                }
            }
            let Ok(group) = self.groups.recv() else {
                return Ok(None);
            };
            (self.group, self.next) = (Some(Arc::new(group?)), 0);
        }
    }
}

/// Trains the cells of a part of the epoch once, and adds to `tally` what was done. `report` is called
/// about ten times a second with what was trained in this epoch so far; where it returns `false` the
/// part ends.
pub(super) fn run<R: Rows + Send>(
    order: &Order<'_>,
    part: &Part,
    workers: &mut [Worker<'_, R>],
    tally: &mut Tally,
    mut report: impl FnMut(Tally) -> bool,
) -> Result<Ended> {
    let (sender, groups) = sync_channel(1);
    let shared = Shared {
        supply: Mutex::new(Some(Supply { groups, group: None, next: 0 })),
        total: Mutex::new(*tally),
        failure: Mutex::default(),
        stop: AtomicBool::new(false),
        enough: AtomicBool::new(false),
        given: AtomicU64::new(part.from),
    };
    let (before, first) = (part.before + tally.read(), part.from);
    let threads = workers.len();
    let (done, all_done) = channel::<()>();
    let interrupted = std::thread::scope(|scope| {
        // However this closure ends, a panic included, nobody reads or trains on for nothing.
        let _stop_all = StopOnDrop(&shared);
        let refused = |error: std::io::Error| {
            let expected = format!("fewer: no thread could be started ({error})");
            Error::parameter("--threads", threads, expected)
        };
        let shared = &shared;
        let read = move || {
            let mut cells = 0;
            for group in first..order.groups() {
                let tokens = part.pause.tokens.is_some_and(|limit| before + cells >= limit);
                if group > first && (tokens || shared.enough.load(Relaxed)) {
                    break;
                }
                let group = order.read(group);
                cells += group.as_ref().map_or(0, Group::len);
                // Nobody receives any more once the work was stopped.
                if sender.send(group).is_err() {
                    break;
                }
                shared.given.fetch_add(1, Relaxed);
            }
        };
        (std::thread::Builder::new().spawn_scoped(scope, read)).map_err(refused)?;
        for worker in workers {
            let done = done.clone();
            let work = move || {
                let _done = done; // Dropped last: the caller wakes when all are gone.
                let _stop_all = StopOnPanic(shared);
                shared.work(worker);
            };
            (std::thread::Builder::new().spawn_scoped(scope, work)).map_err(refused)?;
        }
        drop(done);
        let mut interrupted = false;
        loop {
            let ended = all_done.recv_timeout(Duration::from_millis(100));
            interrupted |= !report(*lock(&shared.total));
            if interrupted && !part.whole_groups {
                shared.stop.store(true, Relaxed);
            }
            if interrupted || part.pause.is_due(0) {
                shared.enough.store(true, Relaxed);
            }
            if ended == Err(RecvTimeoutError::Disconnected) {
                return Ok(interrupted);
            }
        }
    })?;
    if let Some(error) = lock(&shared.failure).take() {
        return Err(error);
    }
    *tally = *lock(&shared.total);
    Ok(if interrupted && !part.whole_groups {
        Ended::Interrupted
    } else if tally.is_finite() {
        Ended::At(shared.given.load(Relaxed))
    } else {
        Ended::Diverged
    })
}

/// What the threads of an epoch have in common.
struct Shared {
    /// `None` when the work was stopped.
    supply: Mutex<Option<Supply>>,
    total: Mutex<Tally>,
    failure: Mutex<Option<Error>>,
    stop: AtomicBool,
    /// Whether no more groups are given out.
    enough: AtomicBool,
    /// The first group that was not.
    given: AtomicU64,
}

/// A panic of another thread ends the run anyway, by the scope that it belongs to.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn work<R: Rows + Send>(&self, worker: &mut Worker<'_, R>) {
        while !self.stop.load(Relaxed) {
            let portion = match lock(&self.supply).as_mut().map(Supply::take) {
                Some(Ok(Some(portion))) => portion,
                Some(Ok(None)) | None => break,
                Some(Err(error)) => {
                    *lock(&self.failure) = Some(error);
                    self.stop.store(true, Relaxed);
                    break;
                }
            };
            let (group, chunks) = portion;
            let tally = worker.train(&group, chunks);
            lock(&self.total).add(tally);
            if !tally.is_finite() {
                self.stop.store(true, Relaxed);
            }
        }
    }

    fn stop(&self) {
        self.stop.store(true, Relaxed);
        // With the receiving end: the reader's next send fails.
        lock(&self.supply).take();
    }
}

/// Stops all threads when it is dropped.
struct StopOnDrop<'a>(&'a Shared);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Stops all threads when its own panics.
struct StopOnPanic<'a>(&'a Shared);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
