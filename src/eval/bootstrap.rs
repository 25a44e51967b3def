//! How much of a score is chance: bootstrap intervals, and a paired test of two tables of vectors.
//!
//! In: [`Outcomes`]. Out: intervals, differences and verdicts. Source: Efron & Tibshirani 1993, "An
//! Introduction to the Bootstrap", chapter 13 (percentile intervals); Berg-Kirkpatrick, Burkett & Klein
//! 2012, "An Empirical Investigation of Statistical Significance in NLP" (the paired form).
//!
//! A resample draws as many items as there are, with replacement, and scores them. The interval is
//! what the middle 95 % of resamples score. For two tables the same items are drawn for both and the
//! scores subtracted: what is hard for both cancels out, which is why two tables can be told apart
//! whose own intervals overlap.
//!
//! Resampled scores are moved so that their mean is the score: purity is a sum of maxima, of which
//! resamples find greater ones (random vectors: .16 on AP, and .24 in the mean of resamples), and
//! would otherwise leave the score outside of its own interval. Accuracies and correlations hardly move.
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

use super::Outcomes;
use crate::threads::Threads;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;

/// How to resample.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples; 2,000 by default, which leaves the ends of a 95 % interval uncertain by
    /// about a thirtieth of its width.
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

/// The middle 95 % of what resamples score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// 2.5 % of resamples score less.
    pub low: f64,
    /// 2.5 % of resamples score more.
    pub high: f64,
}

/// What a paired test says at the 95 % level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The difference is above 0 in all but at most 2.5 % of resamples.
    Better,
    /// The difference is below 0 in all but at most 2.5 % of resamples.
    Worse,
    /// Neither.
    NotDistinguishable,
}

/// One table's score less another's, on the same items.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// On all items; a correlation that is not defined counts as 0.
    pub difference: f64,
    /// Of the difference.
    pub interval: Interval,
    /// Two-sided: twice the share of resamples on the wrong side of 0, at most 1, and at least 1 ÷
    /// (resamples + 1), since the data themselves count as one.
    pub p: f64,
    /// Better, worse or neither.
    pub verdict: Verdict,
}

/// The scores of one table on all resamples, in their order, moved so that their mean is the score.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    score: f64,
    resampled: Vec<f64>,
}

impl Bootstrap {
    /// The interval of the score of one table; none where it has no score.
    pub fn interval(&self, outcomes: &Outcomes) -> Option<Interval> {
        outcomes.score().and_then(|_| self.draw(&[outcomes])[0].interval())
    }

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
        let draws = |(nth, table): (usize, &&Outcomes)| {
            let score = table.score().unwrap_or(0.0);
            let mean = rows.iter().map(|row| row[nth]).sum::<f64>() / rows.len().max(1) as f64;
            let centred = rows.iter().map(|row| row[nth] - (mean - score));
            Draws { score, resampled: centred.collect() }
        };
        tables.iter().enumerate().map(draws).collect()
    }
}

impl Draws {
    /// The interval of the score; none where there was no resample.
    ///
    /// ```
    /// use w2v::eval::{Bootstrap, Outcomes};
    /// let credits = [1.0, 0.0].repeat(200);
    /// let draws = Bootstrap::default().draw(&[&Outcomes::Credits(credits)]);
    /// let interval = draws[0].interval().unwrap();
    /// // Two standard errors of a coin that fell 400 times: .5 ± .049.
    /// assert!((interval.low - 0.451).abs() < 0.01 && (interval.high - 0.549).abs() < 0.01);
    /// ```
    pub fn interval(&self) -> Option<Interval> {
        interval(self.resampled.clone())
    }

    /// This table's score less the `other`'s, both of one [`Bootstrap::draw`]; none where there was no
    /// resample.
    pub fn less(&self, other: &Draws) -> Option<Difference> {
        let pairs = self.resampled.iter().zip(&other.resampled);
        let differences: Vec<f64> = pairs.map(|(a, b)| a - b).collect();
        let resamples = differences.len();
        let not_above = differences.iter().filter(|&&d| d <= 0.0).count();
        let not_below = differences.iter().filter(|&&d| d >= 0.0).count();
        let interval = interval(differences)?;
        let wrong = not_above.min(not_below);
        let p = (2.0 * (wrong + 1) as f64 / (resamples + 1) as f64).min(1.0);
        let verdict = match p <= 0.05 {
            true if not_above < not_below => Verdict::Better,
            true => Verdict::Worse,
            false => Verdict::NotDistinguishable,
        };
        Some(Difference { difference: self.score - other.score, interval, p, verdict })
    }
}

fn interval(mut scores: Vec<f64>) -> Option<Interval> {
    scores.sort_unstable_by(f64::total_cmp);
    let last = scores.len().checked_sub(1)?;
    let at = |share: f64| scores[(share * last as f64).round() as usize];
    Some(Interval { low: at(0.025), high: at(0.975) })
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
        let [one, two] = [1, 2].map(|seed| run(1, seed)[0].interval().unwrap());
        assert!((one.low - two.low).abs() < 0.02 && (one.high - two.high).abs() < 0.02);
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

    #[test]
    fn nothing_to_draw_from() {
        let nothing = Outcomes::Credits(vec![]);
        let draws = Bootstrap::default().draw(&[&nothing]);
        let interval = draws[0].interval().unwrap();
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
        let none = Bootstrap { resamples: 0, ..Bootstrap::default() };
        let draws = none.draw(&[&nothing]);
        assert!(draws[0].interval().is_none() && draws[0].less(&draws[0]).is_none());
        assert!(none.draw(&[]).is_empty());
    }
}
