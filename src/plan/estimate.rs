//! A number that is known, or one that is thought to be near.

use serde::Serialize;

/// A number with the range in which it should be found. Where it was counted, all three are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// Not less than this, if all is as it seems.
    pub low: f64,
    /// The best guess.
    pub value: f64,
    /// Not more than this.
    pub high: f64,
}

impl Estimate {
    /// A number that was counted.
    pub fn exact(value: f64) -> Self {
        Estimate { low: value, value, high: value }
    }

    /// A guess that may be wrong by a share of itself, to both sides by the same factor.
    pub fn within(value: f64, share: f64) -> Self {
        Estimate { low: value / (1.0 + share), value, high: value * (1.0 + share) }
    }

    /// Whether it was counted.
    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }

    /// The best guess as a whole number.
    pub fn rounded(&self) -> u64 {
        self.value.round() as u64
    }

    /// The largest error as a share of the guess: 0 where the number is exact.
    pub fn share(&self) -> f64 {
        match self.value > 0.0 {
            true => self.high / self.value - 1.0,
            false => 0.0,
        }
    }

    /// `function` of all three numbers; it must grow with them.
    pub fn map(self, function: impl Fn(f64) -> f64) -> Self {
        Estimate { low: function(self.low), value: function(self.value), high: function(self.high) }
    }
}

impl std::ops::Add for Estimate {
    type Output = Estimate;

    /// Errors add up: parts of one plan are wrong together.
    fn add(self, other: Self) -> Self {
        Estimate {
            low: self.low + other.low,
            value: self.value + other.value,
            high: self.high + other.high,
        }
    }
}
