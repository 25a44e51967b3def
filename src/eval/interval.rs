//! 95 % intervals of scores, in closed form, right for few items too, and never outside of what a score
//! can be.
//!
//! * A share (accuracy, purity): Wilson 1927. With p of n items earned and z = 1.96 it is
//!   (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n), which is not empty at p = 0 and 1. Credits between
//!   0 and 1 vary less than right and wrong answers of the same mean, so it is rather too wide for these.
//! * Spearman's correlation r: Fisher's z = artanh r, with the standard error √((1 + r²/2)/(n − 3)) of
//!   Bonett & Wright 2000, "Sample size requirements for estimating Pearson, Kendall and Spearman
//!   correlations". r = ±1, where z is infinite, counts as halfway to the next r that n pairs can have,
//!   1 − 6/(n(n² − 1)). Fewer than [`FEWEST_PAIRS`] pairs have no interval.
//! * A difference of two scores on the same items: the intervals of both and the correlation c of the scores
//!   over resamples (Zou 2007, "Toward using confidence intervals to compare correlations"; Newcombe 1998
//!   for shares). With a above by d, its lower end is d − √(A² + B² − 2cAB), where A reaches from a down to
//!   its lower end and B from b up to its upper end.
//!
//! Coverage of the nominal 95 % in a simulation (normal pairs with Spearman's correlations 0, .38, .68
//! and .89; shares .01 to .99), lowest and highest:
//!
//! | n | 4 | 5 | 10 | 30 | 100 | 350 |
//! |---|---|---|---|---|---|---|
//! | Spearman, here | .997–1 | .983–.992 | .949–.966 | .948–.961 | .949–.960 | .955–.969 |
//! | percentiles of the bootstrap | .60–.93 | .75–.95 | .95–.98 | .95–.97 | .94–.96 | .95–.96 |
//! | shares, here | | .92–.98 | .91–.98 | .92–.98 | .92–.96 | .95–.97 |
//! | percentiles of the bootstrap | | .05–.94 | .08–.92 | .27–.94 | .62–.95 | .86–.95 |
//! | difference of Spearman's, here | | .987–1 | .958–.981 | .948–.975 | .942–.966 | |
//! | difference of shares, here | | .96–1 | .89–1 | .94–1 | .95–.98 | .945–.957 |
//!
//! Purity is taken for a share of words: over samples of n words, its interval covers the mean purity of n
//! such words in .94 to 1 (3 to 20 clusters, n from 5 to 350). That mean is above the purity of many words
//! where clusters are small, which is why purities are compared at equal n only.

use super::Outcomes;
use serde::Serialize;

/// Fewer rated pairs have no interval: with four it spans .93 of all correlations, whatever they are, and
/// with three Fisher's standard error is infinite.
pub const FEWEST_PAIRS: usize = 5;

/// How many standard errors hold the middle 95 % of a normal distribution.
pub(super) const Z95: f64 = 1.959_963_984_540_054;

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The interval of the score of all items; none where it is not defined, and for fewer than
    /// [`FEWEST_PAIRS`] rated pairs.
    ///
    /// ```
    /// use w2v::eval::{Interval, Outcomes};
    /// // A coin that fell 400 times: .5 ± .049.
    /// let coin = Interval::of(&Outcomes::Credits([1.0, 0.0].repeat(200))).unwrap();
    /// assert!((coin.low - 0.451).abs() < 0.001 && (coin.high - 0.549).abs() < 0.001);
    /// // None of ten right: up to .28 are not ruled out.
    /// let none = Interval::of(&Outcomes::Credits(vec![0.0; 10])).unwrap();
    /// assert!(none.low == 0.0 && (none.high - 0.278).abs() < 0.001);
    /// ```
    pub fn of(outcomes: &Outcomes) -> Option<Self> {
        Estimate::of(outcomes)?.interval(Z95)
    }
}

/// A score, of how many items, and of which kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) score: f64,
    items: usize,
    is_correlation: bool,
}

impl Estimate {
    pub(super) fn of(outcomes: &Outcomes) -> Option<Self> {
        let is_correlation = matches!(outcomes, Outcomes::Pairs { .. });
        Some(Estimate { score: outcomes.score()?, items: outcomes.len(), is_correlation })
    }

    /// The interval of `z` standard errors to each side.
    pub(super) fn interval(self, z: f64) -> Option<Interval> {
        let (score, n) = (self.score, self.items as f64);
        if !self.is_correlation {
            let middle = (score + z * z / (2.0 * n)) / (1.0 + z * z / n);
            let half = (score * (1.0 - score) / n + z * z / (4.0 * n * n)).max(0.0).sqrt();
            let half = half * z / (1.0 + z * z / n);
            // Rounding must not leave the score outside.
            let (low, high) = ((middle - half).max(0.0), (middle + half).min(1.0));
            return Some(Interval { low: low.min(score), high: high.max(score) });
        }
        if self.items < FEWEST_PAIRS {
            return None;
        }
        let most = 1.0 - 6.0 / (n * (n * n - 1.0));
        let r = score.clamp(-most, most);
        let error = ((1.0 + r * r / 2.0) / (n - 3.0)).sqrt();
        let end = |z: f64| (r.atanh() + z * error).tanh();
        Some(Interval { low: end(-z).min(score), high: end(z).max(score) })
    }

    /// The interval of this score less that of `other`, whose scores correlate by `c` over samples.
    pub(super) fn less(self, other: Self, c: f64, z: f64) -> Option<Interval> {
        let (own, others) = (self.interval(z)?, other.interval(z)?);
        let difference = self.score - other.score;
        let reach = |a: f64, b: f64| (a * a + b * b - 2.0 * c * a * b).max(0.0).sqrt();
        let below = reach(self.score - own.low, others.high - other.score);
        let above = reach(own.high - self.score, other.score - others.low);
        Some(Interval { low: difference - below, high: difference + above })
    }
}

/// The probability that a normal variable is `z` standard errors from its mean or farther, to either side.
/// Abramowitz & Stegun 7.1.26, within 1.5e-7.
pub(super) fn two_sided(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    (series.iter().fold(0.0, |sum, a| (sum + a) * t) * (-x * x).exp()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::spearman;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    fn pairs(cosines: &[f64]) -> Outcomes {
        let judged = (0..cosines.len()).map(|i| i as f64).collect();
        Outcomes::Pairs { judged, cosines: cosines.to_vec() }
    }

    #[test]
    fn intervals_by_hand() {
        let share = |right: usize, of: usize| {
            let credits = (0..of).map(|i| f64::from(u8::from(i < right))).collect();
            Interval::of(&Outcomes::Credits(credits)).unwrap()
        };
        // Wilson's intervals as tables have them.
        for (right, of, low, high) in [
            (0, 10, 0.0, 0.2775),
            (10, 10, 0.7225, 1.0),
            (81, 263, 0.2553, 0.3662),
            (1, 1, 0.2065, 1.0),
        ] {
            let found = share(right, of);
            assert!(close(found.low, low) && close(found.high, high), "{found:?}");
        }
        assert_eq!(Interval::of(&Outcomes::Credits(vec![])), None);
        // Ranks 1 2 3 5 4 …: r = 1 − 6·2/990, artanh r ± 1.96·√((1 + r²/2)/7).
        let mut cosines: Vec<f64> = (0..10).map(f64::from).collect();
        cosines.swap(3, 4);
        let found = Interval::of(&pairs(&cosines)).unwrap();
        assert!(close(found.low, 0.9284) && close(found.high, 0.9980), "{found:?}");
    }

    #[test]
    fn no_interval_leaves_the_range_and_few_pairs_have_none() {
        for n in 0..40 {
            let rising: Vec<f64> = (0..n).map(f64::from).collect();
            let falling: Vec<f64> = rising.iter().map(|x| -x).collect();
            for cosines in [rising, falling] {
                let found = Interval::of(&pairs(&cosines));
                assert_eq!(found.is_some(), n as usize >= FEWEST_PAIRS);
                if let Some(Interval { low, high }) = found {
                    assert!(-1.0 <= low && low < high && high <= 1.0, "{n}: {low} {high}");
                }
            }
        }
    }

    /// As the table above, with fewer samples.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let mut normal = || -> f64 { (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0 };
        // Pearson's .7 of normal variables is Spearman's 6/π·asin(.35).
        let truth = 6.0 / std::f64::consts::PI * 0.35f64.asin();
        for n in [5, 10, 30, 100] {
            let samples = 1000;
            let covered = (0..samples).filter(|_| {
                let x: Vec<f64> = (0..n).map(|_| normal()).collect();
                let y: Vec<f64> = x.iter().map(|x| 0.7 * x + 0.51f64.sqrt() * normal()).collect();
                assert!(spearman(&x, &y).is_some());
                let found = Interval::of(&Outcomes::Pairs { judged: x, cosines: y }).unwrap();
                found.low <= truth && truth <= found.high
            });
            let share = covered.count() as f64 / f64::from(samples);
            assert!((0.93..=1.0).contains(&share), "{n} pairs: {share}");
        }
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        for (p, n) in [(0.02, 30), (0.5, 10), (0.98, 100), (0.9, 350)] {
            let covered = (0..1000).filter(|_| {
                let credits = (0..n).map(|_| f64::from(u8::from(rng.random_bool(p)))).collect();
                let found = Interval::of(&Outcomes::Credits(credits)).unwrap();
                found.low <= p && p <= found.high
            });
            let covered = covered.count();
            assert!((900..=999).contains(&covered), "{p} of {n}: {covered}");
        }
    }

    #[test]
    fn the_tails_of_the_normal_distribution() {
        for (z, p) in [(0.0, 1.0), (1.0, 0.317_310_5), (Z95, 0.05), (3.0, 0.002_699_8), (40.0, 0.0)]
        {
            assert!((two_sided(z) - p).abs() < 1e-6, "{z}: {}", two_sided(z));
        }
    }
}
