//! How fast this machine trains, tried out for a moment.
//!
//! The real engine with its kernels, threads and storage runs over matrices as large as they will be,
//! on a text like the real one ([`super::likeness`]); what it did is thrown away. A small vocabulary
//! would be far too fast, for its rows would stay in the caches.

use super::clock::Clock;
use super::likeness::Likeness;
use crate::cooccur::{self, Cooccurrences, CountOptions, Counting};
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::train::{Data, Event, Recipe, Trainer};
use crate::vocab::Vocab;
use std::path::Path;

/// What was tried out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Speed {
    /// Tokens, or cells, in a second of processor time.
    pub(super) rate: f64,
    /// Seconds before the first of them: weights are drawn, tables are made.
    pub(super) setup: f64,
    /// Seconds of processor time that were to be had in a second: the cores, unless others want them.
    pub(super) cores: f64,
}

/// How long something is tried out.
#[derive(Clone, Copy)]
pub(super) struct Trial {
    /// Seconds, and the cores that there are for as many threads as are used. On a busy machine it
    /// takes up to four times as long to have used as much of them.
    pub(super) seconds: f64,
    pub(super) cores: f64,
    pub(super) clock: Clock,
}

/// Watches a run and stops it.
struct Watch {
    trial: Trial,
    begun: f64,
    setup: Option<f64>,
    first: Option<Report>,
    last: Option<Report>,
}

#[derive(Clone, Copy)]
struct Report {
    done: f64,
    wall: f64,
    processor: f64,
}

impl Watch {
    fn new(trial: Trial) -> Self {
        Watch { trial, begun: trial.clock.now().0, setup: None, first: None, last: None }
    }

    /// `done` after `at` seconds of training; whether to go on.
    fn saw(&mut self, done: u64, at: f64) -> bool {
        self.saw_at(done, at, self.trial.clock.now())
    }

    fn saw_at(&mut self, done: u64, at: f64, (wall, processor): (f64, f64)) -> bool {
        self.setup.get_or_insert((wall - self.begun - at).max(0.0));
        if done == 0 {
            return true;
        }
        let report = Report { done: done as f64, wall, processor };
        let first = *self.first.get_or_insert(report);
        self.last = Some(report);
        let used = processor - first.processor;
        used < self.trial.seconds * self.trial.cores && wall - first.wall < 4.0 * self.trial.seconds
    }

    /// Between the first report and the last: at the beginning pages are made and caches filled.
    fn speed(&self) -> Option<Speed> {
        let (first, last) = (self.first?, self.last?);
        let (wall, processor) = (last.wall - first.wall, last.processor - first.processor);
        if wall <= 0.0 || processor <= 0.0 || last.done <= first.done {
            return None;
        }
        let cores = (processor / wall).min(self.trial.cores);
        Some(Speed {
            rate: (last.done - first.done) / processor,
            // One thread's work.
            setup: self.setup.unwrap_or(0.0) * cores / self.trial.cores,
            cores,
        })
    }
}

/// Trains for a moment. `None` where there is nothing to train.
pub(super) fn of(
    vocab: &Vocab,
    data: Data<'_>,
    recipe: &Recipe,
    temp_dir: Option<&Path>,
    trial: Trial,
) -> Result<Option<Speed>> {
    let empty = match data {
        Data::Text(corpus) => corpus.len() < 2,
        Data::Pairs(pairs) => pairs.cells() == 0,
    };
    if empty {
        return Ok(None);
    }
    let mut recipe = recipe.clone();
    recipe.objective.try_out();
    let mut watch = Watch::new(trial);
    let mut trainer = Trainer::new(vocab.clone(), data, &recipe);
    if let Some(folder) = temp_dir {
        trainer = trainer.temp_dir(folder.to_owned());
    }
    let trained = trainer.train_with(|event| match *event {
        Event::Progress { done, seconds, .. } => watch.saw(done, seconds),
        _ => true,
    });
    ended(trained.map(|_| ()))?;
    Ok(watch.speed())
}

/// A run that was stopped ended well; one that cannot begin says why when it is begun in earnest.
fn ended(result: Result<()>) -> Result<()> {
    match result {
        Err(Error::Interrupted { .. } | Error::NoPairs { .. } | Error::Memory { .. }) => Ok(()),
        other => other,
    }
}

/// Cells of the table of co-occurrences, and what counting them costs.
pub(super) struct Pairs {
    /// The table of all of the likeness's text.
    pub(super) table: Cooccurrences,
    /// Tokens of that text.
    pub(super) tokens: f64,
    /// Tokens whose windows are counted in a second of processor time.
    pub(super) rate: f64,
    /// d ln C ÷ d ln N over the last doubling, and how much less that is than over the one before.
    slope: f64,
    fall: f64,
}

impl Pairs {
    /// Counts the text, its halves and its quarters. `None` where no two words stand together.
    pub(super) fn count(
        like: &Likeness,
        counting: &Counting,
        options: &CountOptions,
        clock: Clock,
    ) -> Result<Option<Self>> {
        let count =
            |corpus: &EncodedCorpus| match cooccur::count(&like.vocab, corpus, counting, options) {
                Err(Error::NoCooccurrences { .. }) => Ok(None),
                other => other.map(Some),
            };
        let start = clock.now().1;
        let Some(table) = count(&like.corpus)? else {
            return Ok(None);
        };
        let seconds = clock.now().1 - start;
        let mean = |parts: usize| -> Result<f64> {
            let mut cells = 0;
            for number in 0..parts {
                cells += count(&like.part(number, parts))?.map_or(0, |table| table.cells());
            }
            Ok(cells as f64 / parts as f64)
        };
        let (quarter, half, whole) = (mean(4)?, mean(2)?, table.cells() as f64);
        let slope = |a: f64, b: f64| match a > 0.0 {
            true => (b / a).log2().clamp(0.0, 1.0),
            false => 1.0,
        };
        let (before, last) = (slope(quarter, half), slope(half, whole));
        let tokens = like.corpus.len() as f64;
        Ok(Some(Pairs {
            table,
            tokens,
            rate: tokens / seconds.max(1e-6),
            slope: last,
            fall: (before - last).max(0.0),
        }))
    }

    /// C in a text of `tokens` tokens: the slope goes on falling, half as fast again as it did. (On 340
    /// MB of English it fell from 0.83 to 0.67 in nine doublings, by 0.013 each at first and by 0.022
    /// at last.)
    pub(super) fn cells(&self, tokens: f64) -> f64 {
        cells(self.table.cells() as f64, self.slope, 1.5 * self.fall, tokens / self.tokens)
    }
}

fn cells(now: f64, slope: f64, fall: f64, times: f64) -> f64 {
    let mut left = times.log2().max(0.0);
    let (mut log, mut slope) = (now.log2(), slope);
    while left > 0.0 {
        slope = (slope - fall).max(0.0);
        log += slope * left.min(1.0);
        left -= 1.0;
    }
    log.exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1000 cells, slope 0.75 falling by 0.05 a doubling: 2^0.7, 2^0.65, and half of 2^0.6.
    #[test]
    fn cells_by_hand() {
        let found = cells(1000.0, 0.75, 0.05, 2f64.powf(2.5));
        assert!((found / (1000.0 * 2f64.powf(0.7 + 0.65 + 0.3)) - 1.0).abs() < 1e-12);
        assert_eq!(cells(1000.0, 0.75, 0.05, 1.0), 1000.0);
    }

    /// Reports every tenth of a second of 100 tokens each, of which half was processor time of one
    /// core; two cores there were. The beginning does not count.
    #[test]
    fn the_beginning_does_not_count() {
        let trial = Trial { seconds: 0.1, cores: 2.0, clock: Clock::new(None) };
        let mut watch = Watch::new(trial);
        watch.begun = 0.0;
        assert!(watch.saw_at(0, 0.0, (0.3, 0.1)) && watch.saw_at(10, 0.1, (0.4, 0.2)));
        assert_eq!(watch.speed(), None);
        assert!(watch.saw_at(110, 0.2, (0.5, 0.25)) && watch.saw_at(210, 0.3, (0.6, 0.3)));
        // Four times as long as asked.
        assert!(!watch.saw_at(410, 0.5, (0.8, 0.4)));
        let speed = watch.speed().unwrap();
        assert!((speed.rate - 2000.0).abs() < 1e-6 && (speed.cores - 0.5).abs() < 1e-9);
        assert!((speed.setup - 0.3 * 0.25).abs() < 1e-9);
    }
}
