//! Positive pointwise mutual information: how much more often a context stands beside a word than it
//! would by chance.
//!
//! In: counts X of words (rows) with contexts (columns). Out, in each cell,
//!
//! max(0, ln( X_wc · Σ_c' n_c'^α ÷ (n_w · n_c^α) ) − ln k),
//!
//! with n_w the sum of row w and n_c of column c. Source: Levy, Goldberg & Dagan 2015, section 3: α is
//! context distribution smoothing (rare contexts look less informative, .75 as in word2vec's
//! negatives), k the shift (the number of negatives of the skip-gram that this matrix stands for; Levy
//! & Goldberg 2014). Their defaults and ours: α = .75, k = 1.
//!
//! Counts may be weighted by distance, as GloVe's are: the formula takes them as they are. Levy et al.
//! count by word2vec's window of random size instead.

use crate::error::{Error, Result};
use crate::vectors::{RowStore, SparseTable};

/// How counts become PPMI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ppmi {
    /// Context distribution smoothing, α: the exponent of the counts of contexts, in 0..=1; .75 by
    /// default, 1 is none.
    #[doc(alias = "alpha")]
    pub cds: f64,
    /// k, 1 or more: ln k is taken off each cell; 1 by default, which takes off nothing.
    #[doc(alias = "neg")]
    pub shift: f64,
}

impl Default for Ppmi {
    fn default() -> Self {
        Ppmi { cds: 0.75, shift: 1.0 }
    }
}

impl Ppmi {
    /// Whether the parameters are in range.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.cds) {
            return Err(Error::parameter("cds", self.cds, "a number from 0 to 1"));
        }
        if !(self.shift >= 1.0 && self.shift.is_finite()) {
            return Err(Error::parameter("shift", self.shift, "1 or more"));
        }
        Ok(())
    }

    /// PPMI of `counts`, V×D; cells that are not above chance are left out.
    ///
    /// # Errors
    /// As [`Ppmi::check`], and for a count below 0.
    ///
    /// ```
    /// use w2v::eval::baselines::Ppmi;
    /// use w2v::vectors::SparseTable;
    /// // 4 0 / 1 3: word 1 and context 1 are together 3 times of 8, by chance 4/8 · 3/8 · 8 = 1.5.
    /// let counts = SparseTable::new(2, vec![0, 1, 3], vec![0, 0, 1], vec![4.0, 1.0, 3.0])?;
    /// let ppmi = Ppmi { cds: 1.0, shift: 1.0 }.of(counts)?;
    /// assert_eq!(ppmi.row(1).0, [1]);
    /// assert!((ppmi.row(1).1[0] - 2_f32.ln()).abs() < 1e-6);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn of(&self, counts: SparseTable) -> Result<SparseTable> {
        self.check()?;
        let mut words = vec![0.0_f64; counts.rows()];
        let mut contexts = vec![0.0_f64; counts.dim()];
        for (row, word) in words.iter_mut().enumerate() {
            let (columns, values) = counts.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                if value < 0.0 {
                    return Err(Error::parameter("count", value, "0 or more"));
                }
                *word += f64::from(value);
                contexts[column as usize] += f64::from(value);
            }
        }
        let smoothed: Vec<f64> = contexts.iter().map(|n| n.powf(self.cds)).collect();
        // A context that never occurs must not count, 0⁰ = 1.
        let seen = contexts.iter().zip(&smoothed).filter(|(n, _)| **n > 0.0);
        let total: f64 = seen.map(|(_, smoothed)| smoothed).sum();
        let shift = self.shift.ln();
        Ok(counts.map(|row, column, value| {
            let chance = words[row] * smoothed[column];
            let pmi = (f64::from(value) * total / chance).ln() - shift;
            if pmi > 0.0 { pmi as f32 } else { 0.0 }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> SparseTable {
        SparseTable::new(3, vec![0, 2, 4, 5], vec![0, 1, 1, 2, 0], vec![9.0, 1.0, 2.0, 2.0, 6.0])
            .unwrap()
    }

    #[test]
    fn smoothing_and_shift_by_hand() {
        // Rows 10, 4, 6; columns 15, 3, 2; all 20.
        let plain = Ppmi { cds: 1.0, shift: 1.0 }.of(counts()).unwrap();
        let expected = [9.0 * 20.0 / 150.0, 2.0 * 20.0 / 12.0, 2.0 * 20.0 / 8.0, 6.0 * 20.0 / 90.0];
        let got: Vec<f32> = (0..3).flat_map(|row| plain.row(row).1.to_vec()).collect();
        assert_eq!(got.len(), 4, "1 · 20 ÷ 30 is below chance");
        for (got, expected) in got.iter().zip(expected) {
            assert!((f64::from(*got) - f64::ln(expected)).abs() < 1e-6);
        }
        // ln 5 − ln 4 is all that a shift of 4 leaves.
        let shifted = Ppmi { cds: 1.0, shift: 4.0 }.of(counts()).unwrap();
        assert_eq!(shifted.nonzeros(), Some(1));
        assert!((shifted.row(1).1[0] - 1.25_f32.ln()).abs() < 1e-6);
        // Smoothing makes the rare context 2 less surprising.
        let smooth = Ppmi::default().of(counts()).unwrap();
        let weight = |n: f64| n.powf(0.75);
        let total = weight(15.0) + weight(3.0) + weight(2.0);
        let expected = (2.0 * total / (4.0 * weight(2.0))).ln();
        assert!((f64::from(smooth.row(1).1[1]) - expected).abs() < 1e-6);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for ppmi in [
            Ppmi { cds: 1.1, shift: 1.0 },
            Ppmi { cds: f64::NAN, shift: 1.0 },
            Ppmi { cds: 1.0, shift: 0.5 },
            Ppmi { cds: 1.0, shift: f64::INFINITY },
        ] {
            assert!(ppmi.of(counts()).is_err());
        }
        let negative = SparseTable::new(1, vec![0, 1], vec![0], vec![-1.0]).unwrap();
        assert!(Ppmi::default().of(negative).is_err());
        let nothing = SparseTable::new(2, vec![0, 0], vec![], vec![]).unwrap();
        assert_eq!(Ppmi::default().of(nothing).unwrap().nonzeros(), Some(0));
    }
}
