//! An encoded corpus cut into units, the steps of every objective that reads the text.
//!
//! A unit is a run of sentences of about 1,000 tokens, with all that training them depends on: where in
//! the run it stands, the learning rate from there on, and random numbers of its own.

use crate::encode::{EncodedCorpus, Sentence};
use rand::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};
use std::ops::Range;

/// Tokens of a unit, about: a millisecond of work, so that what threads do between two units costs
/// nothing beside it.
pub(super) const UNIT: usize = 1_000;

/// The learning rate as a function of the place in the run: linear from `lr` to `min_lr`.
#[derive(Clone, Copy)]
pub(super) struct Schedule {
    lr: f32,
    min_lr: f32,
    /// epochs × N.
    total: u64,
}

impl Schedule {
    pub(super) fn new([lr, min_lr]: [f32; 2], epochs: u32, tokens: usize) -> Self {
        Schedule { lr, min_lr, total: u64::from(epochs) * tokens as u64 }
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

    /// Units of an epoch.
    pub(super) fn per_epoch(&self) -> u64 {
        self.ranges.len() as u64
    }

    /// The learning rate at the beginning of unit `number`.
    pub(super) fn lr(&self, number: u64) -> f32 {
        self.schedule.lr(self.before(number))
    }

    /// Tokens of the whole run before unit `number`, about.
    fn before(&self, number: u64) -> u64 {
        let (count, tokens) = (self.per_epoch().max(1), self.corpus.len() as u64);
        let (epoch, turn) = (number / count, number % count);
        epoch * tokens + (u128::from(turn) * u128::from(tokens) / u128::from(count)) as u64
    }

    /// Which unit of the corpus has its turn: a permutation of all units, another one each epoch.
    fn place(&self, epoch: u64, turn: u64) -> u64 {
        shuffled(turn, self.ranges.len() as u64, self.seed ^ epoch.rotate_left(32))
    }

    pub(super) fn get(&self, number: u64) -> Unit<'a> {
        let count = self.per_epoch();
        let (epoch, turn) = (number / count, number % count);
        // `seed_from_u64` draws the state from SplitMix64, which adds 0x9e37…7c15 at each draw: with
        // that factor here, neighbouring seeds would share three words of four.
        let key = (self.seed.wrapping_mul(0xd134_2543_de82_ef95)).wrapping_add(number + 1);
        let range = self.ranges[self.place(epoch, turn) as usize].clone();
        Unit {
            corpus: self.corpus,
            before: self.before(number),
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
