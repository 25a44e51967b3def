//! The truncated singular value decomposition of a sparse V×D matrix M ≈ U Σ Wᵀ, and word vectors
//! U Σᵖ of it.
//!
//! In: a [`SparseTable`], such as [PPMI](super::Ppmi). Out: [`Factors`]: U (V×k) and Σ. Source: Halko,
//! Martinsson & Tropp 2011, "Finding structure with randomness", algorithms 4.4 and 5.1 (randomised
//! subspace iteration): a random D×l matrix is multiplied with M and Mᵀ in turn, made orthonormal each
//! time, until its singular values stand still. l is a few more than k, the more exact the more.
//!
//! The exponent p of the singular values: p = 1 is the SVD by the book, the best approximation of M;
//! p = ½ and p = 0 give frequent directions less weight. Levy, Goldberg & Dagan 2015 ("Improving
//! Distributional Similarity with Lessons Learned from Word Embeddings", sections 3.3 and 7) find p = 1
//! clearly worst on similarity and analogies, and recommend ½ or 0.
//!
//! The signs of columns are arbitrary; here the largest number of each column is positive. The same
//! seed gives the same bits on any number of threads.

use super::dense::Tall;
use crate::error::{Error, Result};
use crate::threads::Threads;
use crate::vectors::{RowStore, SparseTable};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How to factorise.
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    /// Number of dimensions, k; 100 by default. Fewer come out where the matrix has a lower rank.
    pub dim: usize,
    /// Directions that are followed besides, so that the last ones wanted come out right; 20 by
    /// default.
    pub oversample: usize,
    /// At most so many rounds, each of a product with M and with Mᵀ; 6 by default. With PPMI of 100 MB
    /// of text the 100th singular value still moves by a few thousandths then, which no evaluation sees.
    pub rounds: usize,
    /// Rounds end where no singular value moves by more than this share; 1e-9 by default, which a
    /// small matrix reaches and a large one does not.
    pub tolerance: f64,
    /// Of the random matrix; 1 by default.
    pub seed: u64,
    /// All cores by default; no number depends on them.
    pub threads: Threads,
}

impl Default for Svd {
    fn default() -> Self {
        let threads = Threads::default();
        Svd { dim: 100, oversample: 20, rounds: 6, tolerance: 1e-9, seed: 1, threads }
    }
}

/// Left singular vectors and singular values.
#[derive(Clone, Debug)]
pub struct Factors {
    u: Tall,
    sigma: Vec<f64>,
}

impl Svd {
    /// Bytes that factorising takes besides the matrix: its transpose, and four V×l matrices.
    pub fn memory(&self, matrix: &SparseTable) -> u64 {
        let l = (self.dim + self.oversample) as u64;
        matrix.bytes() + 32 * l * matrix.rows().max(matrix.dim()) as u64
    }

    /// The first k singular vectors and values of `matrix`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a `dim` of 0, [`Error::Interrupted`].
    ///
    /// ```
    /// use w2v::eval::baselines::Svd;
    /// use w2v::vectors::SparseTable;
    /// // 3 0 / 0 2 and a third row of zeros.
    /// let matrix = SparseTable::new(2, vec![0, 1, 2, 2], vec![0, 1], vec![3.0, 2.0])?;
    /// let factors = Svd { dim: 2, ..Svd::default() }.factors(&matrix)?;
    /// assert!((factors.singular_values()[1] - 2.0).abs() < 1e-9);
    /// let floats = factors.table(0.5);
    /// assert!((floats[0] - 3_f32.sqrt()).abs() < 1e-6 && floats[4..] == [0.0, 0.0]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn factors(&self, matrix: &SparseTable) -> Result<Factors> {
        self.factors_with(matrix, || true)
    }

    /// As [`Svd::factors`]; `go_on` is asked before each round.
    ///
    /// # Errors
    /// As [`Svd::factors`]; [`Error::Interrupted`].
    pub fn factors_with(&self, matrix: &SparseTable, go_on: impl Fn() -> bool) -> Result<Factors> {
        if self.dim == 0 {
            return Err(Error::parameter("dim", 0, "1 or more"));
        }
        let (rows, columns) = (matrix.rows(), matrix.dim());
        let l = (self.dim + self.oversample).min(rows).min(columns);
        let turned = matrix.transposed();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut right = Tall {
            columns: l,
            numbers: StandardNormal.sample_iter(&mut rng).take(columns * l).collect(),
        };
        let mut before: Vec<f64> = Vec::new();
        let mut round = 0;
        loop {
            if !go_on() {
                return Err(Error::Interrupted { what: "factorising" });
            }
            let (u, sigma) = right.times(matrix, rows, &self.threads).left_singular(&self.threads);
            round += 1;
            let wanted = self.dim.min(sigma.len());
            let moved = |(new, old): (&f64, &f64)| (new - old).abs() > self.tolerance * new;
            let still =
                before.len() == sigma.len() && !sigma[..wanted].iter().zip(&before).any(moved);
            if round > self.rounds.max(1) || still || sigma.is_empty() {
                return Ok(Factors::new(u, sigma, wanted));
            }
            right = u.times(&turned, columns, &self.threads).left_singular(&self.threads).0;
            before = sigma;
        }
    }
}

impl Factors {
    /// The first k columns, with signs of their own choice.
    fn new(u: Tall, mut sigma: Vec<f64>, k: usize) -> Self {
        let rows = u.rows();
        let mut numbers = vec![0.0; rows * k];
        for column in 0..k {
            let largest = (0..rows).map(|row| u.row(row)[column]);
            let largest = largest.fold(0.0, |x: f64, y| if y.abs() > x.abs() { y } else { x });
            for row in 0..rows {
                numbers[row * k + column] = u.row(row)[column] * largest.signum();
            }
        }
        sigma.truncate(k);
        Factors { u: Tall { columns: k, numbers }, sigma }
    }

    /// Number of dimensions, k.
    pub fn dim(&self) -> usize {
        self.sigma.len()
    }

    /// Σ, largest first.
    pub fn singular_values(&self) -> &[f64] {
        &self.sigma
    }

    /// U Σᵖ, V×k, row-major.
    pub fn table(&self, p: f64) -> Vec<f32> {
        let weights: Vec<f64> = self.sigma.iter().map(|sigma| sigma.powf(p)).collect();
        let rows = self.u.numbers.chunks_exact(self.sigma.len().max(1));
        let scaled = |row: &[f64]| -> Vec<f32> {
            row.iter().zip(&weights).map(|(x, w)| (x * w) as f32).collect()
        };
        rows.flat_map(scaled).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Rows×columns with a spectrum that falls, and the singular values by another way: the
    /// eigenvalues of MᵀM.
    fn matrix(rows: usize, columns: usize) -> (SparseTable, Vec<f64>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        let mut dense = vec![0.0_f32; rows * columns];
        for (i, x) in dense.iter_mut().enumerate() {
            if rng.random_bool(0.3) {
                *x = rng.random_range(0.0..1.0) / (1 + i % columns) as f32;
            }
        }
        let (mut starts, mut places, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in dense.chunks_exact(columns) {
            for (column, &x) in row.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                places.push(column as u32);
                values.push(x);
            }
            starts.push(values.len());
        }
        let mut gram = vec![0.0; columns * columns];
        for row in dense.chunks_exact(columns) {
            for i in 0..columns {
                for j in 0..columns {
                    gram[i * columns + j] += f64::from(row[i]) * f64::from(row[j]);
                }
            }
        }
        let (squares, _) = super::super::dense::eigen(gram, columns);
        let sigma = squares.into_iter().map(|x| x.max(0.0).sqrt()).collect();
        (SparseTable::new(columns, starts, places, values).unwrap(), sigma)
    }

    #[test]
    fn singular_values_agree_with_another_way() {
        let (matrix, expected) = matrix(150, 60);
        let svd = Svd { dim: 20, oversample: 10, rounds: 300, ..Svd::default() };
        let factors = svd.factors(&matrix).unwrap();
        assert_eq!(factors.dim(), 20);
        for (got, expected) in factors.singular_values().iter().zip(&expected) {
            assert!((got / expected - 1.0).abs() < 1e-7, "{got} {expected}");
        }
        // A few rounds are near already.
        let quick = Svd { rounds: 6, ..svd }.factors(&matrix).unwrap();
        for (got, expected) in quick.singular_values().iter().zip(&expected) {
            assert!((got / expected - 1.0).abs() < 5e-3, "{got} {expected}");
        }
        let one = factors.table(1.0);
        let zero = factors.table(0.0);
        let sigma = factors.singular_values()[3];
        assert!((f64::from(one[20 * 7 + 3]) - sigma * f64::from(zero[20 * 7 + 3])).abs() < 1e-6);
    }

    #[test]
    fn the_seed_decides_and_threads_do_not() {
        let (matrix, _) = matrix(150, 60);
        let run = |threads, seed| {
            let threads = Threads::new(threads).unwrap();
            let svd = Svd { dim: 10, rounds: 2, seed, threads, ..Svd::default() };
            svd.factors(&matrix).unwrap().table(0.5)
        };
        assert_eq!(run(1, 1), run(7, 1));
        assert_ne!(run(1, 1), run(1, 2));
    }

    #[test]
    fn little_to_factorise() {
        let svd = Svd::default();
        let nothing = SparseTable::new(3, vec![0, 0, 0], vec![], vec![]).unwrap();
        let factors = svd.factors(&nothing).unwrap();
        assert_eq!((factors.dim(), factors.table(0.5).len()), (0, 0));
        let two = SparseTable::new(3, vec![0, 1, 2, 3], vec![2, 0, 0], vec![1.0, 2.0, 2.0]);
        assert_eq!(svd.factors(&two.unwrap()).unwrap().dim(), 2);
        let stopped = svd.factors_with(&nothing, || false).unwrap_err();
        assert!(matches!(stopped, Error::Interrupted { .. }));
        let none = Svd { dim: 0, ..svd }.factors(&nothing).unwrap_err();
        assert!(matches!(none, Error::Parameter { .. }));
    }
}
