//! The flags of the baselines.

use super::size::at_least_one;
use super::values::choice;
use w2v::cooccur::Counting;
use w2v::eval::baselines::{Ppmi, Svd};
use w2v::session::{Baseline, Baselines};

/// `--baselines`
const BASELINES: &[(&str, Baseline, &str)] = &[
    ("one-hot", Baseline::OneHot, "A dimension for each word"),
    ("random", Baseline::Random, "Random directions"),
    ("ngrams", Baseline::Ngrams, "N-grams of the spelling"),
    ("counts", Baseline::Counts, "Counts of contexts"),
    ("ppmi", Baseline::Ppmi, "Positive pointwise mutual information"),
    ("svd", Baseline::Svd, "PPMI in few dimensions"),
];

#[derive(clap::Args)]
#[command(next_help_heading = "Baselines")]
pub(super) struct BaselineArgs {
    /// Which baselines
    #[arg(long, value_parser = choice(BASELINES), value_delimiter = ',', num_args = 1.., value_name = "NAME",
          default_values = ["one-hot", "random", "ngrams", "counts", "ppmi", "svd"])]
    baselines: Vec<Baseline>,

    /// Most words to each side that count as context, each by 1/distance
    #[arg(long, value_name = "N", default_value_t = Counting::default().window, value_parser = at_least_one)]
    window: usize,

    /// Smoothing of context counts: their exponent, 1 for none
    #[arg(long, value_name = "ALPHA", default_value_t = Ppmi::default().cds)]
    cds: f64,

    /// ln K is taken off each cell of PPMI
    #[arg(long, value_name = "K", default_value_t = Ppmi::default().shift)]
    shift: f64,

    /// Dimensions of random vectors and of PPMI-SVD [default: those of the first model, else 100]
    #[arg(long, value_name = "N", alias = "size", value_parser = at_least_one)]
    dim: Option<usize>,

    /// Exponents of the singular values
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "P", default_values_t = [0.0, 0.5, 1.0])]
    svd_p: Vec<f64>,

    /// Rounds of the randomised SVD, each a product with the matrix and its transpose
    #[arg(long, value_name = "N", default_value_t = Svd::default().rounds, value_parser = at_least_one)]
    svd_rounds: usize,

    /// Seed of random vectors and of the randomised SVD
    #[arg(long, value_name = "N", default_value_t = Svd::default().seed)]
    seed: u64,
}

impl BaselineArgs {
    pub(super) fn baselines(&self) -> Baselines {
        Baselines {
            which: self.baselines.clone(),
            counting: Counting { window: self.window, ..Counting::default() },
            ppmi: Ppmi { cds: self.cds, shift: self.shift },
            dim: self.dim,
            svd_p: self.svd_p.clone(),
            svd_rounds: self.svd_rounds,
            seed: self.seed,
        }
    }
}
