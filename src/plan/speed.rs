//! How fast this machine trains, tried out for a moment.
//!
//! The real engine with its kernels, threads and storage runs over matrices as large as they will be,
//! on a text like the real one ([`super::likeness`]); what it did is thrown away. A small vocabulary
//! would be far too fast, for its rows would stay in the caches.

use super::likeness::Likeness;
use crate::cooccur::{self, Cooccurrences, CountOptions, Counting};
use crate::corpus::Tokenizer;
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::train::{self, Event, Glove, Run, SkipGram};
use crate::vocab::Vocab;
use std::time::Instant;

/// What was tried out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Speed {
    /// Tokens, or cells, a second, all threads together.
    pub(super) rate: f64,
    /// Seconds before the first of them: weights are drawn, tables are made.
    pub(super) setup: f64,
}

/// Watches a run for `seconds` and then stops it.
struct Watch {
    start: Instant,
    seconds: f64,
    setup: Option<f64>,
    first: Option<(f64, f64)>,
    last: (f64, f64),
}

impl Watch {
    fn new(seconds: f64) -> Self {
        Watch {
            start: Instant::now(),
            seconds,
            setup: None,
            first: None,
            last: (0.0, 0.0),
        }
    }

    /// `done` after `at` seconds; whether to go on.
    fn saw(&mut self, done: u64, at: f64) -> bool {
        let now = self.start.elapsed().as_secs_f64();
        self.setup.get_or_insert((now - at).max(0.0));
        if done > 0 {
            self.last = (done as f64, at);
            self.first.get_or_insert(self.last);
        }
        at < self.seconds
    }

    /// Between the first report and the last: at the beginning pages are made and caches filled.
    fn speed(&self) -> Option<Speed> {
        let (first, last) = (self.first?, self.last);
        let rate = match last.1 - first.1 > 0.5 * self.seconds {
            true => (last.0 - first.0) / (last.1 - first.1),
            false => last.0 / last.1.max(1e-6),
        };
        Some(Speed {
            rate,
            setup: self.setup.unwrap_or(0.0),
        })
    }
}

/// Trains skip-gram for `seconds`. `None` where there is nothing to train.
pub(super) fn of_skipgram(
    like: &Likeness,
    parameters: &SkipGram,
    run: &Run,
    seconds: f64,
) -> Result<Option<Speed>> {
    if like.corpus.len() < 2 {
        return Ok(None);
    }
    // As many epochs as will not end; steps that cannot diverge.
    let parameters = SkipGram {
        epochs: 10_000,
        lr: 1e-4,
        min_lr: 0.0,
        ..parameters.clone()
    };
    let mut watch = Watch::new(seconds);
    let trained = train::skipgram(
        like.vocab.clone(),
        &like.corpus,
        Tokenizer::default(),
        &parameters,
        run,
        |event| match event {
            Event::Progress { tokens, seconds, .. } => watch.saw(*tokens, *seconds),
            _ => true,
        },
    );
    ended(trained.map(|_| ()))?;
    Ok(watch.speed())
}

/// Trains GloVe for `seconds`.
pub(super) fn of_glove(
    vocab: &Vocab,
    pairs: &Cooccurrences,
    parameters: &Glove,
    run: &Run,
    seconds: f64,
) -> Result<Option<Speed>> {
    if pairs.cells() == 0 {
        return Ok(None);
    }
    let parameters = Glove {
        epochs: 10_000,
        lr: 1e-4,
        held_out: 0.0,
        ..parameters.clone()
    };
    let mut watch = Watch::new(seconds);
    let trained = train::glove(
        vocab.clone(),
        pairs,
        Tokenizer::default(),
        &parameters,
        run,
        |event| match event {
            Event::Cells { cells, seconds, .. } => watch.saw(*cells, *seconds),
            _ => true,
        },
    );
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
    /// Tokens whose windows are counted in a second.
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
    ) -> Result<Option<Self>> {
        let count = |corpus: &EncodedCorpus| {
            match cooccur::count(&like.vocab, corpus, counting, options, |_| true) {
                Err(Error::NoCooccurrences { .. }) => Ok(None),
                other => other.map(Some),
            }
        };
        let start = Instant::now();
        let Some(table) = count(&like.corpus)? else {
            return Ok(None);
        };
        let seconds = start.elapsed().as_secs_f64();
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

    /// Reports at 0.1 to 0.5 s: the beginning does not count.
    #[test]
    fn the_beginning_does_not_count() {
        let mut watch = Watch::new(0.5);
        assert!(watch.saw(0, 0.0) && watch.saw(50, 0.1) && watch.saw(150, 0.2));
        assert!(watch.saw(350, 0.4) && !watch.saw(450, 0.5));
        assert!((watch.speed().unwrap().rate - 1000.0).abs() < 1e-9);
        let mut watch = Watch::new(0.1);
        assert!(!watch.saw(50, 0.1));
        assert!((watch.speed().unwrap().rate - 500.0).abs() < 1e-9);
        assert_eq!(Watch::new(1.0).speed(), None);
    }
}
