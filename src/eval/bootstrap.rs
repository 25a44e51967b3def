//! A paired test of two tables of vectors, by resampling the items of a set.
//!
//! In: [`Outcomes`]. Out: intervals of scores, differences and verdicts. The [intervals](super::Interval)
//! are in closed form; what is resampled is how far the scores of two tables rise and fall together:
//! what is hard for both cancels out, which is why two tables can be told apart whose own intervals
//! overlap. A resample draws as many items as there are, with replacement (Efron & Tibshirani 1993, "An
//! Introduction to the Bootstrap"), the same ones for all tables.
//!
//! The p of a difference is the level at which its interval ends at 0, so that the verdict and the
//! interval never disagree.
//!
//! What it does not see:
//!
//! * Another seed or another corpus. It says whether a difference would hold for other questions of
//!   the kind, about these very tables.
//! * That questions share words (those of one section of questions-words.txt do): they are drawn as
//!   if they were independent, so intervals are rather too narrow.
//! * A clustering is not made anew for each resample of its words: [`Outcomes::Clusters`] are drawn
//!   with the cluster they have.
//! * A resample whose correlation is not defined counts as 0: such vectors tell nothing.
//!
//! The same seed gives the same numbers on any number of threads.

use super::interval::{Estimate, Interval, Z95, two_sided};
use super::{Outcomes, pearson};
use crate::threads::Threads;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;

/// How to resample.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples; 2,000 by default, which leaves the correlation of two scores uncertain by
    /// about .02.
    pub resamples: usize,
    /// Of the random numbers; 1 by default.
    pub seed: u64,
    /// All cores by default; no number depends on them.
    pub threads: Threads,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Bootstrap { resamples: 2000, seed: 1, threads: Threads::default() }
    }
}

/// What a paired test says at the 95 % level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval of the difference is above 0.
    Better,
    /// The interval of the difference is below 0.
    Worse,
    /// Neither.
    NotDistinguishable,
}

/// One table's score less another's, on the same items.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// On all items.
    pub difference: f64,
    /// Of the difference.
    pub interval: Interval,
    /// Two-sided: the level at which the interval ends at 0.
    pub p: f64,
    /// Better, worse or neither.
    pub verdict: Verdict,
}

/// The score of one table, and its scores on all resamples in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    estimate: Option<Estimate>,
    resampled: Vec<f64>,
}

impl Bootstrap {
    /// Scores each table on the same resamples of the items, which must be as many for each.
    ///
    /// # Panics
    /// Where the tables were not asked the same number of items.
    pub fn draw(&self, tables: &[&Outcomes]) -> Vec<Draws> {
        let items = tables.first().map_or(0, |first| first.len());
        let same = tables.iter().all(|table| table.len() == items);
        assert!(same, "the same items for every table");
        let score = |table: &Outcomes, sample: &[usize]| table.score_of(sample).unwrap_or(0.0);
        let resample = |sample: &mut Vec<usize>, nth: usize| -> Vec<f64> {
            // Each resample has its own random numbers, whichever thread draws it.
            let seed = self.seed ^ (nth as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            sample.clear();
            sample.extend((0..items).map(|_| rng.random_range(0..items)));
            // Sums do not depend on the order of items up to rounding, and memory likes this one.
            sample.sort_unstable();
            tables.iter().map(|table| score(table, sample)).collect()
        };
        let rows = self.threads.map_with(self.resamples, 16, Vec::new, resample);
        let draws = |(nth, table): (usize, &&Outcomes)| Draws {
            estimate: Estimate::of(table),
            resampled: rows.iter().map(|row| row[nth]).collect(),
        };
        tables.iter().enumerate().map(draws).collect()
    }
}

impl Draws {
    /// The interval of the score, as [`Interval::of`].
    pub fn interval(&self) -> Option<Interval> {
        self.estimate?.interval(Z95)
    }

    /// This table's score less the `other`'s, both of one [`Bootstrap::draw`]; none where either has no
    /// interval.
    pub fn less(&self, other: &Draws) -> Option<Difference> {
        let (own, others) = (self.estimate?, other.estimate?);
        // Scores that are the same on all resamples correlate with nothing.
        let c = pearson(&self.resampled, &other.resampled).filter(|c| c.is_finite());
        let c = c.unwrap_or(0.0);
        let interval = own.less(others, c, Z95)?;
        let difference = own.score - others.score;
        let p = match difference == 0.0 {
            true => 1.0,
            false => two_sided(reach_of_zero(own, others, c)),
        };
        let verdict = match () {
            _ if interval.low > 0.0 => Verdict::Better,
            _ if interval.high < 0.0 => Verdict::Worse,
            _ => Verdict::NotDistinguishable,
        };
        Some(Difference { difference, interval, p, verdict })
    }
}

/// How many standard errors wide the interval of a difference is that ends at 0, by bisection; more than 40
/// are 40, whose p is 0 in f64.
fn reach_of_zero(own: Estimate, other: Estimate, c: f64) -> f64 {
    let (mut inside, mut beyond) = (0.0, 40.0);
    for _ in 0..60 {
        let middle = (inside + beyond) / 2.0;
        match own.less(other, c, middle) {
            Some(found) if found.low > 0.0 || found.high < 0.0 => inside = middle,
            _ => beyond = middle,
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(right: usize, of: usize) -> Outcomes {
        Outcomes::Credits((0..of).map(|i| f64::from(u8::from(i < right))).collect())
    }

    #[test]
    fn the_seed_decides_and_threads_do_not() {
        let a = credits(30, 100);
        let run = |threads, seed| {
            let threads = Threads::new(threads).unwrap();
            Bootstrap { seed, threads, ..Bootstrap::default() }.draw(&[&a])
        };
        assert_eq!(run(1, 1), run(5, 1));
        assert_ne!(run(1, 1), run(1, 2));
    }

    #[test]
    fn differences_are_told_apart_where_pairs_agree() {
        // The second is right wherever the first is, and on 12 of 400 more.
        let [a, b] = [credits(200, 400), credits(212, 400)];
        let draws = Bootstrap::default().draw(&[&a, &b]);
        let [a, b] = [&draws[0], &draws[1]];
        let (own_a, own_b) = (a.interval().unwrap(), b.interval().unwrap());
        assert!(own_a.high > own_b.low, "their own intervals overlap");
        let found = b.less(a).unwrap();
        assert_eq!(found.verdict, Verdict::Better);
        assert!((found.difference - 0.03).abs() < 1e-12 && found.p < 0.01);
        assert_eq!(a.less(b).unwrap().verdict, Verdict::Worse);
        let same = a.less(a).unwrap();
        assert_eq!((same.verdict, same.p), (Verdict::NotDistinguishable, 1.0));
    }

    #[test]
    fn unrelated_errors_of_that_size_are_not() {
        let a = credits(200, 400);
        let b = Outcomes::Credits((0..400).map(|i| f64::from(u8::from(i >= 188))).collect());
        let draws = Bootstrap::default().draw(&[&a, &b]);
        let found = draws[1].less(&draws[0]).unwrap();
        assert_eq!(found.verdict, Verdict::NotDistinguishable);
        assert!((found.difference - 0.03).abs() < 1e-12);
    }

    /// Of tables that are equally good on average, about one in 20 is called better or worse.
    #[test]
    fn the_verdict_errs_as_often_as_it_says() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let bootstrap = Bootstrap { resamples: 400, ..Bootstrap::default() };
        let mut coin = || f64::from(u8::from(rng.random_bool(0.4)));
        let wrong = (0..300).filter(|_| {
            let mut flips = || Outcomes::Credits((0..150).map(|_| coin()).collect());
            let [a, b] = [flips(), flips()];
            let draws = bootstrap.draw(&[&a, &b]);
            draws[0].less(&draws[1]).unwrap().verdict != Verdict::NotDistinguishable
        });
        let wrong = wrong.count();
        assert!((4..=30).contains(&wrong), "{wrong} of 300");
    }

    /// Two words in each of 50 clusters, of classes that have nothing to do with them: purity can only
    /// grow where a word is drawn twice.
    #[test]
    fn a_score_lies_within_its_interval_where_resamples_are_biased() {
        let words = Outcomes::Clusters((0..100).map(|i| (i / 2, i % 2)).collect());
        let draws = Bootstrap::default().draw(&[&words]);
        let interval = draws[0].interval().unwrap();
        assert!(interval.low < 0.5 && 0.5 < interval.high, "{interval:?}");
    }

    /// Verdict and p follow from the interval, and few pairs have none.
    #[test]
    fn few_items_are_told_apart_by_nothing() {
        let pairs = |cosines: &[f64]| Outcomes::Pairs {
            judged: (0..cosines.len()).map(|i| i as f64).collect(),
            cosines: cosines.to_vec(),
        };
        let less = |a: &Outcomes, b: &Outcomes| {
            let draws = Bootstrap::default().draw(&[a, b]);
            draws[0].less(&draws[1])
        };
        assert_eq!(less(&pairs(&[1.0, 2.0]), &pairs(&[2.0, 1.0])), None);
        let found = less(&pairs(&[1.0, 2.0, 3.0, 4.0, 5.0]), &pairs(&[2.0, 1.0, 3.0, 5.0, 4.0]));
        assert_eq!(found.unwrap().verdict, Verdict::NotDistinguishable);
        for (a, b, of) in [(1, 0, 1), (3, 0, 3), (5, 0, 5), (9, 10, 10), (30, 10, 40), (0, 90, 100)]
        {
            let found = less(&credits(a, of), &credits(b, of)).unwrap();
            let Interval { low, high } = found.interval;
            assert!(-1.0 <= low && high <= 1.0, "{found:?}");
            assert_eq!(found.verdict != Verdict::NotDistinguishable, found.p < 0.05, "{found:?}");
            assert_eq!(found.p < 0.05, low > 0.0 || high < 0.0, "{found:?}");
        }
    }

    #[test]
    fn nothing_to_draw_from() {
        let nothing = Outcomes::Credits(vec![]);
        let draws = Bootstrap::default().draw(&[&nothing]);
        assert!(draws[0].interval().is_none() && draws[0].less(&draws[0]).is_none());
        let none = Bootstrap { resamples: 0, ..Bootstrap::default() };
        assert!(none.draw(&[&credits(1, 2)])[0].interval().is_some());
        assert!(none.draw(&[]).is_empty());
    }
}
