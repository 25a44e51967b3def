//! The state of a run between two steps, so that a run that was broken off can go on.
//!
//! Out: a [`Snapshot`], handed to whoever writes it ([`crate::formats::native::write_checkpoint`]).
//! In: a [`Checkpoint`], which is what was read back.
//!
//! A run is cut into steps that depend on the seed and on their number, not on the threads: units of
//! skip-gram, groups of cells of GloVe. At a checkpoint all threads finish the step they are in, so
//! that what was done is exactly the first steps of the run; the state is then the matrices, the
//! [`Position`], and of GloVe the squared gradients. No generator of random numbers is in it: each
//! step begins its own. So one thread ends with the same bytes whether or not it was interrupted, and
//! several threads train every sentence once an epoch across the interruption.
//!
//! Differences: word2vec.c and fastText cannot resume; GloVe's `-load-init-param` forgets its squared
//! gradients unless they were asked for (stanfordnlp/GloVe#170), and begins an epoch anew.

use super::event::Event;
use super::executor::Pause;
use super::model::Model;
use super::position::Position;
use super::recipe::Recipe;
use super::record::Training;
use super::tables::{NamedTable, TableRows};
use crate::error::{Error, Result};
use crate::shown::quoted;
use crate::vocab::Vocab;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// How often a state is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// When this time has gone by since the last one.
    Time(Duration),
    /// When so many tokens were read since the last one; of GloVe cells.
    Words(u64),
    /// Only when the run is interrupted.
    Never,
}

impl Default for Every {
    fn default() -> Self {
        Every::Time(Duration::from_secs(600))
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Every::Time(time) => match time.as_secs() {
                seconds if time.subsec_millis() > 0 => {
                    write!(f, "{}ms", u128::from(seconds) * 1000 + u128::from(time.subsec_millis()))
                }
                seconds if seconds >= 3600 && seconds % 3600 == 0 => {
                    write!(f, "{}h", seconds / 3600)
                }
                seconds if seconds >= 60 && seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
                seconds => write!(f, "{seconds}s"),
            },
            Every::Words(words) => write!(f, "{words}-words"),
            Every::Never => f.write_str("never"),
        }
    }
}

impl FromStr for Every {
    type Err = String;

    /// `10m`, `90s`, `2h`, `500ms`, `200000-words`, `never`.
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "{text}: expected a time such as 10m, 90s or 2h, a number of words such as 200000-words, or never",
                text = quoted(text)
            )
        };
        if text == "never" {
            return Ok(Every::Never);
        }
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(expected)?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| expected())?;
        if number == 0 {
            return Err(format!(
                "{}: expected more than 0; never turns checkpoints off",
                quoted(text)
            ));
        }
        let time = |scale: u64| {
            let millis = number.checked_mul(scale).ok_or_else(expected)?;
            Ok(Every::Time(Duration::from_millis(millis)))
        };
        match unit {
            "ms" => time(1),
            "s" => time(1_000),
            "m" | "min" => time(60_000),
            "h" => time(3_600_000),
            "-words" | "-word" => Ok(Every::Words(number)),
            _ => Err(expected()),
        }
    }
}

/// What writes a state: called between two steps, while no thread trains.
type Save<'a> = dyn FnMut(&Snapshot<'_>) -> Result<()> + 'a;

/// When states are kept, and by whom.
pub struct Checkpoints<'a> {
    every: Every,
    save: Box<Save<'a>>,
    /// When the last one was kept, and tokens read until then.
    last: (Instant, u64),
}

impl fmt::Debug for Checkpoints<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Checkpoints").field(&self.every).finish()
    }
}

impl<'a> Checkpoints<'a> {
    /// `save` is called at each `every`, and when a run is interrupted. Where it fails the run goes on,
    /// and [`Event::CheckpointFailed`] says so.
    pub fn new(every: Every, save: impl FnMut(&Snapshot<'_>) -> Result<()> + 'a) -> Self {
        Checkpoints { every, save: Box::new(save), last: (Instant::now(), 0) }
    }

    /// Training begins, or goes on, when `tokens` were read.
    pub(super) fn begin(&mut self, tokens: u64) {
        self.last = (Instant::now(), tokens);
    }

    /// When training is to pause next.
    pub(super) fn pause(&self) -> Pause {
        let (time, tokens) = self.last;
        match self.every {
            Every::Time(every) => Pause {
                // A time beyond what the clock can count never comes.
                at: time.checked_add(every),
                read: None,
            },
            Every::Words(words) => Pause { at: None, read: Some(tokens.saturating_add(words)) },
            Every::Never => Pause::default(),
        }
    }

    /// Keeps a state, and says so. The clock begins anew whether or not that succeeds.
    ///
    /// # Errors
    /// [`Error::Interrupted`] where the run is `interrupted` or the listener has had enough; what went
    /// wrong where the state of an interrupted run could not be kept.
    pub(super) fn keep(
        &mut self,
        snapshot: &Snapshot<'_>,
        interrupted: bool,
        on_event: &mut impl FnMut(&Event) -> bool,
    ) -> Result<()> {
        let begun = Instant::now();
        let saved = (self.save)(snapshot);
        self.begin(snapshot.position.tokens);
        let goes_on = match saved {
            Ok(()) => on_event(&Event::Checkpoint {
                share: snapshot.position.share(snapshot.training.recipe.objective.epochs()),
                took: begun.elapsed().as_secs_f64(),
            }),
            Err(error) if interrupted => return Err(error),
            Err(error) => on_event(&Event::CheckpointFailed { problem: error.to_string() }),
        };
        match goes_on && !interrupted {
            true => Ok(()),
            false => Err(Error::Interrupted { what: "training" }),
        }
    }
}

/// The state of a run, to be written.
#[derive(Debug)]
pub struct Snapshot<'a> {
    pub(crate) vocab: &'a Vocab,
    /// The record of what was done so far.
    pub(crate) training: Training,
    pub(crate) position: &'a Position,
    /// `input`, `output` and the tables of the objective.
    pub(crate) tables: Vec<TableRows<'a>>,
}

impl Snapshot<'_> {
    /// How far the run has come.
    pub fn position(&self) -> &Position {
        self.position
    }
}

/// A state that was read back.
#[derive(Debug)]
pub struct Checkpoint {
    /// What was learnt so far, with the squared gradients of GloVe: vectors that can be asked already.
    pub model: Model,
    /// How far the run had come.
    pub position: Position,
}

impl Checkpoint {
    /// All tables, `input` and `output` first.
    pub(super) fn into_tables(self) -> Vec<NamedTable> {
        let Model { input, output, tables, .. } = self.model;
        NamedTable::both(input, output).into_iter().chain(tables).collect()
    }

    /// Refuses to go on by another recipe, with other words, or on another text.
    pub(super) fn check(&self, recipe: &Recipe, vocab: &Vocab, hash: u64) -> Result<()> {
        let was = &self.model.training;
        was.ensure_known("the checkpoint")?;
        recipe.check_resume(&was.recipe)?;
        same("dim", &self.model.input.dim(), &recipe.objective.dim())?;
        let hex = |hash: u64| format!("text with the hash {hash:016x}");
        same("the corpus", &hex(was.record.corpus_hash), &hex(hash))?;
        let words = |vocab: &Vocab| format!("of {} words", vocab.len());
        let name = "the vocabulary (`min_count`, `max_vocab`, `keep_only`)";
        same(name, &words(&self.model.vocab), &words(vocab))?;
        let differs = |(old, new): (&str, &str)| old != new;
        let mut pairs = self.model.vocab.words().zip(vocab.words());
        if let Some((id, (old, new))) = pairs.by_ref().enumerate().find(|(_, pair)| differs(*pair))
        {
            return same(
                name,
                &format!("{old} as word {id}", old = quoted(old)),
                &format!("{}", quoted(new)),
            );
        }
        let mut counts = self.model.vocab.counts().iter().zip(vocab.counts());
        match counts.by_ref().enumerate().find(|(_, (old, new))| old != new) {
            None => Ok(()),
            Some((id, (old, new))) => {
                let count = |n: &u64| format!("{n} times the word {id}");
                same(name, &count(old), &count(new))
            }
        }
    }
}

fn same<T: PartialEq + fmt::Display>(name: &str, was: &T, is: &T) -> Result<()> {
    match was == is {
        true => Ok(()),
        false => {
            Err(Error::Resume { name: name.to_owned(), was: was.to_string(), is: is.to_string() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_words_are_read_and_shown() {
        for (text, every) in [
            ("10m", Every::Time(Duration::from_secs(600))),
            ("90s", Every::Time(Duration::from_secs(90))),
            ("2h", Every::Time(Duration::from_secs(7200))),
            ("1500ms", Every::Time(Duration::from_millis(1500))),
            ("200000-words", Every::Words(200_000)),
            ("never", Every::Never),
        ] {
            assert_eq!(text.parse::<Every>().unwrap(), every);
            assert_eq!(every.to_string(), text);
        }
        for bad in [
            "",
            "10",
            "m",
            "0m",
            "-5m",
            "10 m",
            "1.5h",
            "99999999999999999999s",
            "18446744073709551615h",
            "words",
        ] {
            assert!(bad.parse::<Every>().is_err(), "{bad}");
        }
    }
}
