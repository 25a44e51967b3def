//! How many of very many things are repeats of others, from a sample of bounded size.
//!
//! In: hashes of things, as many as there are. Out: an estimate of how many of them are repeats, with
//! its standard error. Things are sampled by their hash: at level k those whose
//! hash ends in k zeros. A thing is in the sample from its first occurrence or never, so that the counts of
//! those in it are exact, and each sum over things, times 2^k, is an unbiased estimate of the sum over all
//! (Horvitz and Thompson 1952; the scheme is the distinct sampling of Gibbons 2001). Level 0 is no
//! estimate. The sample does not depend on the order of things, nor on how many threads saw them.

use super::places::Spot;

/// Different things in a sample; half as many at least once there were more. 24 MB with the table's
/// free places.
const MOST: usize = 1 << 18;

type Things = hashbrown::HashMap<u64, Thing, foldhash::fast::FixedState>;

/// What is known of a thing in the sample.
#[derive(Clone, Copy)]
struct Thing {
    count: u64,
    /// Its first two places.
    first: [Spot; 2],
}

/// A sample of things.
pub(super) struct Sample {
    things: Things,
    level: u32,
    most: usize,
}

/// How many repeats there are.
pub(super) struct Repeats {
    pub(super) repeats: f64,
    /// Standard error; 0 where all were counted.
    pub(super) error: f64,
    /// First repeats of different things, with the place of what they repeat.
    pub(super) first: Vec<[Spot; 2]>,
}

/// Behind all places.
const NOWHERE: Spot = Spot { source: u32::MAX, line: u64::MAX, byte: None };

impl Sample {
    pub(super) fn new() -> Self {
        Self::of_size(MOST)
    }

    fn of_size(most: usize) -> Self {
        Sample { things: Things::default(), level: 0, most }
    }

    fn admits(&self, hash: u64) -> bool {
        hash.trailing_zeros() >= self.level
    }

    /// Counts one thing.
    pub(super) fn add(&mut self, hash: u64, spot: Spot) {
        let one = Thing { count: 1, first: [spot, NOWHERE] };
        self.join(hash, one);
    }

    fn join(&mut self, hash: u64, other: Thing) {
        if !self.admits(hash) {
            return;
        }
        let thing = self.things.entry(hash).or_insert(Thing { count: 0, first: [NOWHERE; 2] });
        thing.count += other.count;
        for spot in other.first {
            let [first, second] = thing.first;
            thing.first = match (spot < first, spot < second) {
                (true, _) => [spot, first],
                (false, true) => [first, spot],
                _ => thing.first,
            };
        }
        while self.things.len() > self.most {
            self.rise(self.level + 1);
        }
    }

    fn rise(&mut self, level: u32) {
        self.level = level;
        self.things.retain(|hash, _| hash.trailing_zeros() >= level);
    }

    /// Adds another thread's sample.
    pub(super) fn merge(&mut self, other: Sample) {
        if other.level > self.level {
            self.rise(other.level);
        }
        for (hash, thing) in other.things {
            self.join(hash, thing);
        }
    }

    /// How many things there are of which each stands for one of the sample.
    fn weight(&self) -> f64 {
        (self.level as f64).exp2()
    }

    /// How many different things there are.
    #[cfg(test)]
    pub(super) fn different(&self) -> f64 {
        self.things.len() as f64 * self.weight()
    }

    /// How many things were there before.
    pub(super) fn repeats(&self, places: usize) -> Repeats {
        let weight = self.weight();
        let (mut sum, mut squares) = (0.0, 0.0);
        let mut first: Vec<[Spot; 2]> = Vec::new();
        for thing in self.things.values() {
            let repeats = (thing.count - 1) as f64;
            sum += repeats;
            squares += repeats * repeats;
            if thing.count > 1 {
                first.push(thing.first);
            }
        }
        first.sort_unstable_by_key(|[_, second]| *second);
        first.truncate(places);
        // Var = (1 - p) / p² · Σ y² with p = 1 / weight.
        Repeats {
            repeats: weight * sum,
            error: ((1.0 - 1.0 / weight) * weight * weight * squares).sqrt(),
            first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    fn spot(line: u64) -> Spot {
        Spot { line, ..Spot::default() }
    }

    fn hash(n: u64) -> u64 {
        xxh3_64(&n.to_le_bytes())
    }

    #[test]
    fn a_small_number_of_things_is_counted() {
        let mut sample = Sample::of_size(8);
        for (line, thing) in [5, 6, 5, 7, 6, 5].into_iter().enumerate() {
            sample.add(hash(thing), spot(line as u64 + 1));
        }
        let found = sample.repeats(9);
        assert_eq!((found.repeats, found.error), (3.0, 0.0));
        assert_eq!(found.first, [[spot(1), spot(3)], [spot(2), spot(5)]]);
        assert_eq!(sample.different(), 3.0);
    }

    /// 40,000 things, of which every tenth comes three times: 8,000 repeats. Two threads that see them
    /// in another order have the same sample in the end.
    #[test]
    fn a_large_number_is_estimated_within_its_error() {
        let things =
            || (0..40_000u64).chain((0..40_000).step_by(10)).chain((0..40_000).step_by(10));
        let mut one = Sample::of_size(4096);
        things().for_each(|n| one.add(hash(n), spot(n)));
        let (mut two, mut three) = (Sample::of_size(4096), Sample::of_size(4096));
        for (at, n) in things().enumerate() {
            if at % 3 == 0 { &mut two } else { &mut three }.add(hash(n), spot(n));
        }
        two.merge(three);
        let (one_repeats, two_repeats) = (one.repeats(0), two.repeats(0));
        assert_eq!(one_repeats.repeats, two_repeats.repeats);
        assert!(one_repeats.error > 0.0 && one_repeats.error < 1000.0);
        assert!((one_repeats.repeats - 8000.0).abs() < 3.0 * one_repeats.error);
        assert!((one.different() - 40_000.0).abs() < 3.0 * (40_000.0 * one.weight()).sqrt());
        assert!(one.things.len() <= 4096 && one.things.len() >= 1024);
    }
}
