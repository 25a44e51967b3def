//! What training has to beat: vectors that nobody trained.
//!
//! In: a vocabulary, and the co-occurrence counts that GloVe is trained on. Out: tables that every query
//! and evaluation accepts as it does trained ones.
//!
//! | baseline | what it knows | made by |
//! |---|---|---|
//! | one-hot | nothing but which word it is | [`SparseTable::one_hot`] |
//! | random | nothing; dense, of the dimensions of a model | [`random`] |
//! | n-grams | the spelling | [`NGrams`] |
//! | counts | which contexts a word stands in, how often | [`counts()`], the counts themselves |
//! | PPMI | how much more often than by chance | [`Ppmi`] |
//! | PPMI-SVD | the same in as few dimensions as a model | [`Svd`] |
//!
//! The last is the strong one: Levy, Goldberg & Dagan 2015 find it level with skip-gram on similarity.
//! On little text it is often the better choice.
//!
//! [`SparseTable::one_hot`]: crate::vectors::SparseTable::one_hot

mod counts;
mod dense;
mod ppmi;
mod spelling;
mod svd;

pub use counts::counts;
pub use ppmi::Ppmi;
pub use spelling::NGrams;
pub use svd::{Factors, Svd};

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// V×`dim` normally distributed numbers, row-major: directions that are all equally likely. Chance,
/// for whatever is measured in `dim` dimensions.
///
/// ```
/// let floats = w2v::eval::baselines::random(1000, 100, 1);
/// let norm = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>().sqrt();
/// assert!((norm(&floats[..100]) / 10.0 - 1.0).abs() < 0.3);
/// ```
pub fn random(words: usize, dim: usize, seed: u64) -> Vec<f32> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    StandardNormal.sample_iter(&mut rng).take(words * dim).collect()
}
