//! Steps on one or several threads, and reports of how it goes. Nothing here knows an objective.
//!
//! One thread or many, the loop is the same; what differs is what a worker holds: plain tables
//! (serial) or shared ones (Hogwild). The calling thread trains nothing: it waits, and reports.
//!
//! Threads end together: when all steps were trained, or when a state is to be kept. Then what was
//! trained is the first steps of the run, and new workers go on from there.

use super::event::Event;
use super::objective::{Divergence, Extent, Objective, Tally, Worker};
use super::position::Position;
use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two reports.
const REPORTS: Duration = Duration::from_millis(100);

/// When training pauses, between two steps.
#[derive(Clone, Copy, Default)]
pub(super) struct Pause {
    /// At this time.
    pub(super) at: Option<Instant>,
    /// When so many tokens or cells were read.
    pub(super) read: Option<u64>,
}

impl Pause {
    /// Whether it is time, `read` tokens or cells having been read.
    pub(super) fn is_due(&self, read: u64) -> bool {
        self.at.is_some_and(|at| Instant::now() >= at)
            || self.read.is_some_and(|limit| read >= limit)
    }
}

/// How far this call goes.
pub(super) struct Limits {
    /// The first step that is not begun.
    pub(super) until: u64,
    pub(super) pause: Pause,
    /// Whether steps that were begun are trained to their end when the callback returns `false`, so that
    /// the state can be kept.
    pub(super) whole_steps: bool,
}

/// Why all threads have ended.
pub(super) enum Ended {
    /// All steps below the limit were trained.
    Whole,
    /// The pause was due.
    Paused,
    /// The callback returned `false`.
    Interrupted,
    /// A loss was not finite, or absurd.
    Diverged(Divergence),
}

/// How far a run has come.
pub(super) struct State {
    board: Mutex<Board>,
    extent: Extent,
    /// Steps that were given out; all of them were trained while no thread trains.
    steps: u64,
    start: Instant,
    /// Seconds of training before `start`.
    earlier: f64,
    /// Epochs whose end was reported.
    reported: usize,
}

/// What threads post, once a portion.
struct Board {
    /// Of each epoch that was begun.
    epochs: Vec<Tally>,
    /// Of the epochs that were begun, what this process has done of them.
    here: Vec<Tally>,
    /// Since the last report.
    recent: Tally,
    /// Tokens or cells of all epochs.
    read: u64,
    /// The latest step of which something was trained.
    latest: u64,
    diverged: Option<Divergence>,
}

impl State {
    /// At the beginning of a run, or where it was broken off.
    pub(super) fn new(extent: Extent, from: &Position) -> Self {
        let mut epochs: Vec<Tally> = (from.epochs.iter())
            .map(|sums| Tally { read: extent.amount, sums: *sums, ..Tally::default() })
            .collect();
        let finished = (from.steps / extent.steps.max(1)) as usize;
        if let Some(tally) = epochs.get_mut(finished) {
            tally.read = from.tokens.saturating_sub(finished as u64 * extent.amount);
        }
        State {
            board: Mutex::new(Board {
                here: vec![Tally::default(); epochs.len()],
                epochs,
                recent: Tally::default(),
                read: from.tokens,
                latest: from.steps.saturating_sub(1),
                diverged: None,
            }),
            extent,
            steps: from.steps,
            start: Instant::now(),
            earlier: from.seconds,
            reported: finished,
        }
    }

    /// Where the run is while no thread trains.
    pub(super) fn position(&self) -> Position {
        let board = lock(&self.board);
        Position {
            steps: self.steps,
            steps_per_epoch: self.extent.steps,
            tokens: board.read,
            epochs: board.epochs.iter().map(|tally| tally.sums).collect(),
            seconds: self.seconds(),
            text: 0,
        }
    }

    /// Goes back to the end of the epoch before the one that was begun last.
    pub(super) fn go_back(&mut self) {
        let board = self.board.get_mut().unwrap_or_else(PoisonError::into_inner);
        board.epochs.pop();
        board.here.pop();
        board.read = board.epochs.len() as u64 * self.extent.amount;
        self.steps = board.epochs.len() as u64 * self.extent.steps;
    }

    /// Of training, with those before an interruption.
    fn seconds(&self) -> f64 {
        self.earlier + self.start.elapsed().as_secs_f64()
    }
}

/// Trains steps from where `state` is, each once, with one thread for each worker.
///
/// Afterwards every step that was begun has been trained to its end, and these are the first steps of the
/// run: except after an error, after divergence, and after an interruption without `whole_steps`.
pub(super) fn run<O: Objective>(
    objective: &O,
    workers: Vec<Box<dyn Worker<O::Portion> + '_>>,
    state: &mut State,
    limits: &Limits,
    on_event: &mut impl FnMut(&Event) -> bool,
) -> Result<Ended> {
    let threads = workers.len();
    let (sender, ahead) = sync_channel(1);
    let shared = Shared {
        objective,
        supply: Mutex::new(Supply {
            next: state.steps,
            until: limits.until,
            step: None,
            ahead: O::READS_AHEAD.then_some(ahead),
        }),
        failure: Mutex::default(),
        stop: AtomicBool::new(false),
        enough: AtomicBool::new(false),
    };
    let (done, all_done) = channel::<()>();
    let mut reported = state.reported;
    let first = state.steps;
    let seen = &*state;
    let interrupted = std::thread::scope(|scope| {
        let shared = &shared;
        // However this closure ends, a panic included, nobody reads or trains on for nothing.
        let _stop_all = OnDrop(|| shared.stop());
        let refused = |error: std::io::Error| {
            let expected = format!("fewer: no thread could be started ({error})");
            Error::parameter("threads", threads, expected)
        };
        if O::READS_AHEAD {
            let read = move || {
                for number in first..limits.until {
                    // Nobody receives any more once all threads have ended.
                    if shared.enough.load(Relaxed) || sender.send(objective.step(number)).is_err() {
                        break;
                    }
                }
            };
            (std::thread::Builder::new().spawn_scoped(scope, read)).map_err(refused)?;
        }
        for mut worker in workers {
            let done = done.clone();
            let work = move || {
                let _done = done; // Dropped last: the reporter wakes when all are gone.
                let _stop_all = OnDrop(|| {
                    if std::thread::panicking() {
                        shared.stop.store(true, Relaxed);
                    }
                });
                while let Some((number, portion)) = shared.take() {
                    let tally = worker.train(portion);
                    let mut board = lock(&seen.board);
                    board.post(number, &tally, &seen.extent);
                    if limits.pause.read.is_some_and(|limit| board.read >= limit) {
                        shared.enough.store(true, Relaxed);
                    }
                    if board.diverged.is_some() {
                        shared.stop.store(true, Relaxed);
                    }
                }
            };
            (std::thread::Builder::new().spawn_scoped(scope, work)).map_err(refused)?;
        }
        drop(done);
        let mut interrupted = false;
        loop {
            let due = |at: Instant| at.saturating_duration_since(Instant::now());
            let wait = match limits.pause.at {
                Some(at) if !shared.enough.load(Relaxed) => REPORTS.min(due(at)),
                _ => REPORTS,
            };
            let gone = all_done.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected);
            interrupted |= !seen.report(objective, &mut reported, on_event);
            if interrupted && !limits.whole_steps {
                shared.stop.store(true, Relaxed);
            }
            if interrupted || limits.pause.is_due(0) {
                shared.enough.store(true, Relaxed);
            }
            if gone {
                return Ok(interrupted);
            }
        }
    })?;
    if let Some(error) = lock(&shared.failure).take() {
        return Err(error);
    }
    let next = lock(&shared.supply).next;
    drop(shared);
    (state.steps, state.reported) = (next, reported);
    let diverged = lock(&state.board).diverged.take();
    Ok(match diverged {
        Some(at) => Ended::Diverged(at),
        None if interrupted => Ended::Interrupted,
        None if next >= limits.until => Ended::Whole,
        None => Ended::Paused,
    })
}

/// What the threads of a call have in common.
struct Shared<'a, O: Objective> {
    objective: &'a O,
    supply: Mutex<Supply<O::Step>>,
    failure: Mutex<Option<Error>>,
    /// Whether everybody stops after the portion that is being trained.
    stop: AtomicBool,
    /// Whether no more steps are begun.
    enough: AtomicBool,
}

/// Where workers get their portions.
struct Supply<S> {
    /// The first step that was not begun.
    next: u64,
    until: u64,
    /// The step that was begun last.
    step: Option<S>,
    /// Steps that are read ahead.
    ahead: Option<Receiver<Result<S>>>,
}

/// A panic of another thread ends the run anyway, by the scope that it belongs to.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<O: Objective> Shared<'_, O> {
    /// A portion, and the number of its step; `None` where no more is trained.
    fn take(&self) -> Option<(u64, O::Portion)> {
        let supply = &mut *lock(&self.supply);
        loop {
            if self.stop.load(Relaxed) {
                return None;
            }
            if let Some(portion) = supply.step.as_mut().and_then(Iterator::next) {
                return Some((supply.next - 1, portion));
            }
            if self.enough.load(Relaxed) || supply.next >= supply.until {
                return None;
            }
            let step = match &supply.ahead {
                None => self.objective.step(supply.next),
                Some(ahead) => ahead.recv().ok()?,
            };
            match step {
                Ok(step) => (supply.step, supply.next) = (Some(step), supply.next + 1),
                Err(error) => {
                    *lock(&self.failure) = Some(error);
                    self.stop.store(true, Relaxed);
                }
            }
        }
    }

    fn stop(&self) {
        self.stop.store(true, Relaxed);
        // With the receiving end: the reader's next send fails.
        lock(&self.supply).ahead.take();
    }
}

/// Does something when it is dropped.
struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}

impl Board {
    fn post(&mut self, number: u64, tally: &Tally, extent: &Extent) {
        let epoch = (number / extent.steps) as usize;
        if self.epochs.len() <= epoch {
            self.epochs.resize(epoch + 1, Tally::default());
            self.here.resize(epoch + 1, Tally::default());
        }
        self.epochs[epoch].add(tally);
        self.here[epoch].add(tally);
        self.recent.add(tally);
        self.read += tally.read;
        self.latest = self.latest.max(number);
        // A few pairs say little; a tenth of an epoch tells a run that is lost from one that begins badly.
        let here = self.here[epoch];
        let lost = 10 * here.read >= extent.amount && !here.is_sound();
        if (lost || !tally.sums.is_finite()) && self.diverged.is_none() {
            let loss = if lost { here.sums.mean_loss() } else { tally.sums.mean_loss() };
            let (epoch, read, loss) = (epoch as u32 + 1, self.read, loss.unwrap_or(f64::NAN));
            self.diverged = Some(Divergence { epoch, read, loss });
        }
    }
}

impl State {
    /// Tells the caller what is new; returns whether to go on.
    fn report<O: Objective>(
        &self,
        objective: &O,
        reported: &mut usize,
        on_event: &mut impl FnMut(&Event) -> bool,
    ) -> bool {
        let (recent, read, latest, ended) = {
            let mut board = lock(&self.board);
            // An epoch has ended when all of it was read.
            let ended: Vec<Tally> = (board.epochs.iter().skip(*reported))
                .take_while(|epoch| epoch.read == self.extent.amount)
                .copied()
                .collect();
            (std::mem::take(&mut board.recent), board.read, board.latest, ended)
        };
        let seconds = self.seconds();
        let mut goes_on = on_event(&Event::Progress {
            epoch: (latest / self.extent.steps.max(1)) as u32 + 1,
            done: read,
            total: self.extent.amount * u64::from(self.extent.epochs),
            unit: self.extent.unit,
            lr: objective.lr(latest),
            loss: recent.sums.mean_loss(),
            seconds,
        });
        for tally in ended {
            *reported += 1;
            // An epoch without a pair may end the run with an error.
            let Some(loss) = tally.sums.mean_loss() else {
                continue;
            };
            goes_on &= on_event(&Event::EpochEnd {
                epoch: *reported as u32,
                unit: self.extent.unit,
                loss,
                held_out: tally.sums.mean_held_out_loss(),
                pairs: tally.sums.pairs,
                kept: tally.sums.kept,
                seconds,
            });
        }
        goes_on
    }
}
