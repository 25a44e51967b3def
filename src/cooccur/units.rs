//! Weights as whole numbers.
//!
//! Sums of 1/distance in floating point depend on their order: by the ninth digit, but then no two
//! ways to count give the same bytes. Here every weight is a multiple of 1/`scale`: with
//! scale = lcm(1, …, window), 2520 for a window of 10, every 1/distance is one exactly. Whole numbers
//! may be added in any order, by any number of threads, in any number of segments.
//!
//! Where lcm · (largest possible cell) would not fit into 63 bits, the scale is the largest power of
//! two that does, and weights are rounded to it: for windows above 30 or so, and by less than 1e-7
//! of a weight unless the corpus has more than 10¹¹ tokens. It depends on window and N alone.

use super::{Counting, Weighting};

/// Weights in whole units.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Units {
    /// `weights[d - 1]` is the weight at distance d.
    pub(super) weights: Vec<u64>,
    /// Units that make 1.
    pub(super) scale: u64,
    /// No cell can gain more than this from one place of its row's word.
    pub(super) most_per_place: u64,
}

impl Units {
    /// For a corpus of `tokens`.
    pub(super) fn new(counting: &Counting, tokens: u64) -> Self {
        let distances = 1..=counting.window as u64;
        let sum: f64 = match counting.weighting {
            Weighting::Flat => counting.window as f64,
            Weighting::Harmonic => distances.clone().map(|d| 1.0 / d as f64).sum(),
        };
        // Two sides, and 1 for what rounding adds.
        let largest_cell = (2.0 * sum + 1.0) * (tokens.max(1)) as f64;
        let fits = |scale: f64| scale * largest_cell < 2f64.powi(63);
        let scale = match counting.weighting {
            Weighting::Flat => 1,
            Weighting::Harmonic => {
                let exact = distances.clone().try_fold(1u64, lcm);
                let exact = exact.filter(|&scale| fits(scale as f64));
                let rounded = || (0..63).rev().map(|k| 1u64 << k).find(|&s| fits(s as f64));
                exact.or_else(rounded).unwrap_or(1)
            }
        };
        let weights: Vec<u64> = distances
            .map(|d| match counting.weighting {
                Weighting::Flat => 1,
                Weighting::Harmonic => ((scale + d / 2) / d).max(1),
            })
            .collect();
        let most_per_place = 2 * weights.iter().sum::<u64>();
        Units { weights, scale, most_per_place }
    }

    /// The sum of weights that `units` are.
    #[inline]
    pub(super) fn value(&self, units: u64) -> f32 {
        (units as f64 / self.scale as f64) as f32
    }
}

/// The least common multiple, or `None` above 2^63.
fn lcm(a: u64, b: u64) -> Option<u64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b).filter(|m| *m < 1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn harmonic(window: usize, tokens: u64) -> Units {
        let counting = Counting { window, ..Default::default() };
        Units::new(&counting, tokens)
    }

    #[test]
    fn weights_of_usual_windows_are_exact() {
        let ten = harmonic(10, 17_000_000);
        assert_eq!(ten.scale, 2520);
        assert_eq!(ten.weights, [2520, 1260, 840, 630, 504, 420, 360, 315, 280, 252]);
        assert_eq!(harmonic(15, 10_000_000_000).scale, 360_360);
        assert_eq!(ten.value(2520 * 3 + 840), 3.333_333_3);
        assert_eq!(ten.most_per_place, 2 * 7381);
    }

    #[test]
    fn weights_of_huge_windows_are_close_and_sums_fit() {
        for (window, tokens) in [(50, 1_000_000), (1000, 1 << 32), (1000, 1 << 40)] {
            let units = harmonic(window, tokens);
            assert!(units.scale.is_power_of_two());
            let most = u128::from(units.most_per_place) * u128::from(tokens);
            assert!(most < 1 << 64, "{window} {tokens}");
            for (d, &weight) in (1..).zip(&units.weights) {
                let error = (weight as f64 / units.scale as f64 - 1.0 / f64::from(d)).abs();
                assert!(error <= 0.5 / units.scale as f64 + 1e-12);
            }
        }
    }
}
