//! Running units on one or several threads, and saying how it goes.
//!
//! One thread or many, the loop is the same; what differs is what a worker holds: plain matrices
//! (serial) or shared ones (Hogwild). The calling thread trains nothing: it waits, and reports.
//!
//! Threads end together, when all units were trained or when a state is to be kept; then what was
//! trained is the first units of the run, and new workers go on from there.

use super::checkpoint::Pause;
use super::{EpochSums, Event, Position, SkipGram};
use crate::encode::{EncodedCorpus, Sentence};
use crate::error::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Tokens of a unit, about: a millisecond of work, so that what threads do between two units costs
/// nothing beside it.
pub(super) const UNIT: usize = 1_000;

/// The learning rate as a function of the place in the run: linear from `lr` to `min_lr`.
#[derive(Clone, Copy)]
pub(super) struct Schedule {
    lr: f32,
    min_lr: f32,
    epochs: u32,
    /// epochs × N.
    total: u64,
}

impl Schedule {
    pub(super) fn new(parameters: &SkipGram, tokens: usize) -> Self {
        Schedule {
            lr: parameters.lr,
            min_lr: parameters.min_lr,
            epochs: parameters.epochs,
            total: u64::from(parameters.epochs) * tokens as u64,
        }
    }

    /// The rate when `tokens` of all epochs have been read.
    pub(super) fn lr(&self, tokens: u64) -> f32 {
        let left = 1.0 - tokens as f64 / (self.total + 1) as f64;
        (self.lr * left as f32).max(self.min_lr)
    }
}

/// The whole run, cut into units: those of the first epoch, then those of the second, and so on.
pub(super) struct Units<'a> {
    corpus: &'a EncodedCorpus,
    ranges: Vec<Range<usize>>,
    schedule: Schedule,
    seed: u64,
}

/// A run of sentences, with all that training them depends on.
pub(super) struct Unit<'a> {
    corpus: &'a EncodedCorpus,
    range: Range<usize>,
    epoch: u32,
    /// Tokens of the whole run before this unit.
    pub(super) before: u64,
    pub(super) schedule: Schedule,
    pub(super) random: Xoshiro256PlusPlus,
    /// What random rounding follows from.
    pub(super) rounding: u64,
}

impl<'a> Units<'a> {
    pub(super) fn new(corpus: &'a EncodedCorpus, schedule: Schedule, seed: u64) -> Self {
        let ranges = corpus.split(corpus.len().div_ceil(UNIT));
        Units { corpus, ranges, schedule, seed }
    }

    fn len(&self) -> u64 {
        self.ranges.len() as u64 * u64::from(self.schedule.epochs)
    }

    /// Refuses a position that is none of this run.
    pub(super) fn check(&self, position: &Position) -> Result<()> {
        let per_epoch = self.ranges.len() as u64;
        let begun = position.steps.div_ceil(per_epoch);
        if position.text != self.corpus.ids_hash() {
            return Err(Error::Resume {
                name: "the text as it is cut into sentences (--max-sentence, --invalid-utf8)"
                    .into(),
                was: format!("one with the hash {:016x}", position.text),
                is: format!("{:016x}", self.corpus.ids_hash()),
            });
        }
        let name = "the position in the run".to_owned();
        if position.steps_per_epoch == per_epoch
            && position.steps <= self.len()
            && position.epochs.len() as u64 == begun
        {
            return Ok(());
        }
        Err(Error::Resume {
            name,
            was: format!("step {} of {} an epoch", position.steps, position.steps_per_epoch),
            is: format!("of {per_epoch}"),
        })
    }

    /// Which unit of the corpus has its turn: a permutation of all units, another one each epoch.
    fn place(&self, epoch: u64, turn: u64) -> u64 {
        shuffled(turn, self.ranges.len() as u64, self.seed ^ epoch.rotate_left(32))
    }

    pub(super) fn get(&self, number: u64) -> Unit<'a> {
        let count = self.ranges.len() as u64;
        let (epoch, turn) = (number / count, number % count);
        // `seed_from_u64` draws the state from SplitMix64, which adds 0x9e37…7c15 at each draw: with
        // that factor here, neighbouring seeds would share three words of four.
        let key = (self.seed.wrapping_mul(0xd134_2543_de82_ef95)).wrapping_add(number + 1);
        let range = self.ranges[self.place(epoch, turn) as usize].clone();
        Unit {
            corpus: self.corpus,
            epoch: epoch as u32,
            before: epoch * self.corpus.len() as u64
                + (u128::from(turn) * self.corpus.len() as u128 / u128::from(count)) as u64,
            range,
            schedule: self.schedule,
            random: Xoshiro256PlusPlus::seed_from_u64(key),
            rounding: key.rotate_left(32),
        }
    }
}

/// Where `turn` goes in a random permutation of `0..count`, without a table of it: a Feistel network
/// over the next power of four, walked until it comes back into the range.
///
/// Steps of a fixed length would meet every unit too, but for many lengths they come back near where
/// they were after a few turns, and with them the order of the text.
pub(super) fn shuffled(turn: u64, count: u64, key: u64) -> u64 {
    let half = (u64::BITS - (count - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1 << half) - 1;
    let mut place = turn;
    loop {
        let (mut left, mut right) = (place >> half, place & mask);
        for round in 0..4 {
            let mixed =
                SplitMix64::seed_from_u64(key ^ right.rotate_left(40) ^ (round << 60)).next_u64();
            (left, right) = (right, left ^ (mixed & mask));
        }
        place = left << half | right;
        if place < count {
            return place;
        }
    }
}

impl<'a> Unit<'a> {
    /// Number of tokens.
    pub(super) fn len(&self) -> usize {
        self.range.len()
    }

    pub(super) fn sentences(&self) -> impl Iterator<Item = Sentence<'a>> {
        self.corpus.sentences(self.range.clone())
    }
}

/// What a unit, or several, did.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    /// Pairs of a word and a context word.
    pub(super) pairs: u64,
    /// Tokens that sub-sampling kept.
    pub(super) kept: u64,
    /// Sum of the losses of all pairs.
    pub(super) loss: f64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.pairs += other.pairs;
        self.kept += other.kept;
        self.loss += other.loss;
    }

    fn mean_loss(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.loss / self.pairs as f64)
    }

    fn of(sums: &EpochSums) -> Self {
        Tally { pairs: sums.pairs, kept: sums.kept, loss: sums.loss }
    }

    fn sums(&self) -> EpochSums {
        EpochSums { pairs: self.pairs, kept: self.kept, loss: self.loss, ..Default::default() }
    }
}

/// One thread's part in training.
pub(super) trait Worker: Send {
    /// Trains the sentences of a unit. Allocates nothing, once its buffers are as long as a unit.
    fn train(&mut self, unit: Unit<'_>) -> Tally;
}

/// What a finished run did.
pub(super) struct Outcome {
    pub(super) trained_tokens: u64,
    /// Mean loss per pair in each epoch.
    pub(super) losses: Vec<f64>,
}

/// How far a run has come, and what threads tell each other, once a unit.
pub(super) struct State {
    board: Mutex<Board>,
    /// Units that were given out.
    next: AtomicU64,
    start: Instant,
    /// Seconds of training before `start`.
    earlier: f64,
    /// Epochs whose end was reported.
    reported: usize,
}

struct Board {
    epochs: Vec<Epoch>,
    /// Since the last report.
    recent: Tally,
    tokens: u64,
    /// The highest unit that was finished.
    latest: u64,
    diverged: Option<Error>,
}

#[derive(Clone, Default)]
struct Epoch {
    tally: Tally,
    units: u64,
}

/// Why all threads have ended.
pub(super) enum Ended {
    /// All units were trained.
    Whole,
    /// As it was asked for.
    Paused,
    /// The caller has had enough.
    Interrupted,
}

impl State {
    /// Before the first unit, or where a run was broken off.
    pub(super) fn new(units: &Units<'_>, from: Option<&Position>) -> Self {
        let none = Position::default();
        let position = from.unwrap_or(&none);
        let per_epoch = units.ranges.len() as u64;
        let epoch = |epoch: u32| Epoch {
            tally: (position.epochs.get(epoch as usize)).map_or(Tally::default(), Tally::of),
            units: (position.steps.saturating_sub(u64::from(epoch) * per_epoch)).min(per_epoch),
        };
        State {
            board: Mutex::new(Board {
                epochs: (0..units.schedule.epochs).map(epoch).collect(),
                recent: Tally::default(),
                tokens: position.tokens,
                latest: position.steps.saturating_sub(1),
                diverged: None,
            }),
            next: AtomicU64::new(position.steps),
            start: Instant::now(),
            earlier: position.seconds,
            reported: (position.steps / per_epoch) as usize,
        }
    }

    /// Where the run is while no thread trains.
    pub(super) fn position(&self, units: &Units<'_>) -> Position {
        let board = self.board();
        let begun = board.epochs.iter().take_while(|epoch| epoch.units > 0);
        Position {
            steps: self.next.load(Relaxed).min(units.len()),
            steps_per_epoch: units.ranges.len() as u64,
            tokens: board.tokens,
            epochs: begun.map(|epoch| epoch.tally.sums()).collect(),
            seconds: self.seconds(),
            text: 0,
        }
    }

    /// Of training, with those before an interruption.
    pub(super) fn seconds(&self) -> f64 {
        self.earlier + self.start.elapsed().as_secs_f64()
    }

    /// Tokens read so far.
    pub(super) fn tokens(&self) -> u64 {
        self.board().tokens
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().expect("no thread panics holding the board")
    }

    /// What was done when all units were trained.
    pub(super) fn outcome(&self, units: &Units<'_>) -> Result<Outcome> {
        let board = self.board();
        let trained_tokens = board.epochs.iter().map(|epoch| epoch.tally.kept).sum();
        let losses: Option<Vec<f64>> = board.epochs.iter().map(|e| e.tally.mean_loss()).collect();
        match losses {
            Some(losses) => Ok(Outcome { trained_tokens, losses }),
            None => Err(Error::NoPairs {
                tokens: units.corpus.len() as u64,
                sentences: units.corpus.statistics().sentences,
                kept: trained_tokens / u64::from(units.schedule.epochs),
            }),
        }
    }
}

/// Trains units from where `state` is, each once, with as many threads as there are workers, until
/// all are trained or `pause` is due. However it ends but for an error, the units that were given out
/// were trained, and these are the first of the run.
pub(super) fn run(
    units: &Units<'_>,
    workers: Vec<Box<dyn Worker + '_>>,
    state: &mut State,
    pause: Pause,
    on_event: &mut impl FnMut(&Event) -> bool,
) -> Result<Ended> {
    let stop = AtomicBool::new(false);
    let (done, all_done) = channel::<()>();
    let mut reported = state.reported;
    let shared = &*state;
    let threads = workers.len();
    let ended = std::thread::scope(|scope| {
        // However this closure or a worker ends, a panic included, nobody trains on for nothing.
        let _stop_all = StopOnDrop(&stop);
        for mut worker in workers {
            let (stop, done) = (&stop, done.clone());
            let work = move || {
                let _done = done; // Dropped last: the reporter wakes when all are gone.
                let _stop_all = StopOnPanic(stop);
                while !stop.load(Relaxed) {
                    let number = shared.next.fetch_add(1, Relaxed);
                    if number >= units.len() {
                        break;
                    }
                    let unit = units.get(number);
                    let (epoch, tokens) = (unit.epoch, unit.range.len() as u64);
                    let tally = worker.train(unit);
                    let mut board = shared.board();
                    board.post(number, epoch, tokens, tally, &units.schedule);
                    let enough = pause.tokens.is_some_and(|limit| board.tokens >= limit);
                    if enough || board.diverged.is_some() {
                        stop.store(true, Relaxed);
                    }
                }
            };
            let started = std::thread::Builder::new().spawn_scoped(scope, work);
            started.map_err(|error| {
                let expected = format!("fewer: no thread could be started ({error})");
                Error::parameter("--threads", threads, expected)
            })?;
        }
        drop(done);
        let mut interrupted = false;
        loop {
            let due = |at: Instant| at.saturating_duration_since(Instant::now());
            let wait = Duration::from_millis(100).min(pause.at.map_or(Duration::MAX, due));
            let gone = all_done.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected);
            let goes_on = shared.report(units, &mut reported, on_event);
            interrupted |= !goes_on;
            if interrupted || pause.is_due(0) {
                stop.store(true, Relaxed);
            }
            if gone {
                return Ok(interrupted);
            }
            if stop.load(Relaxed) {
                // The units that threads are in take milliseconds.
                let _ = all_done.recv();
            }
        }
    });
    let interrupted = ended?;
    state.reported = reported;
    if let Some(error) = state.board().diverged.take() {
        return Err(error);
    }
    let all = state.next.load(Relaxed) >= units.len();
    // A thread counts on at the end.
    *state.next.get_mut() = state.next.load(Relaxed).min(units.len());
    Ok(if interrupted {
        Ended::Interrupted
    } else if all {
        Ended::Whole
    } else {
        Ended::Paused
    })
}

/// Tells all threads to stop when it is dropped.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Tells all threads to stop when its own panics.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Relaxed);
        }
    }
}

impl Board {
    fn post(&mut self, number: u64, epoch: u32, tokens: u64, tally: Tally, schedule: &Schedule) {
        self.tokens += tokens;
        self.latest = self.latest.max(number);
        self.recent.add(tally);
        let sums = &mut self.epochs[epoch as usize];
        sums.units += 1;
        sums.tally.add(tally);
        if !tally.loss.is_finite() && self.diverged.is_none() {
            self.diverged = Some(Error::Diverged {
                epoch: epoch + 1,
                tokens: self.tokens,
                loss: tally.loss,
                lr: schedule.lr,
            });
        }
    }
}

impl State {
    /// Tells the caller what is new; returns whether to go on.
    fn report(
        &self,
        units: &Units<'_>,
        reported: &mut usize,
        on_event: &mut impl FnMut(&Event) -> bool,
    ) -> bool {
        let (recent, tokens, latest, ended) = {
            let mut board = self.board();
            let ended: Vec<Tally> = board.epochs[*reported..]
                .iter()
                .take_while(|epoch| epoch.units == units.ranges.len() as u64)
                .map(|epoch| epoch.tally)
                .collect();
            (std::mem::take(&mut board.recent), board.tokens, board.latest, ended)
        };
        let seconds = self.seconds();
        let unit = units.get(latest);
        let mut goes_on = on_event(&Event::Progress {
            epoch: unit.epoch + 1,
            tokens,
            total: units.schedule.total,
            lr: units.schedule.lr(unit.before),
            loss: recent.mean_loss(),
            seconds,
        });
        for tally in ended {
            *reported += 1;
            // An epoch without a pair ends the run with an error.
            let Some(loss) = tally.mean_loss() else {
                continue;
            };
            goes_on &= on_event(&Event::EpochEnd {
                epoch: *reported as u32,
                loss,
                pairs: tally.pairs,
                kept: tally.kept,
                seconds,
            });
        }
        goes_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_meets_every_place_once_and_in_no_order() {
        for count in [1u64, 2, 3, 4, 5, 17, 256, 1000] {
            for key in 0..5 {
                let mut places: Vec<u64> =
                    (0..count).map(|turn| shuffled(turn, count, key)).collect();
                // Neighbours in time are neighbours in the text about as often as chance has it.
                let near = places.windows(2).filter(|w| w[0].abs_diff(w[1]) <= 5).count();
                assert!(
                    count < 256 || near < 5 * 256 / 10,
                    "{near} of {count} are near, key {key}"
                );
                places.sort_unstable();
                assert!(places.into_iter().eq(0..count), "{count} places, key {key}");
            }
        }
        let order = |key| (0..100).map(|turn| shuffled(turn, 100, key)).collect::<Vec<_>>();
        assert_ne!(order(1), order(2));
    }
}
