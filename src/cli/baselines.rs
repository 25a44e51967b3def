//! The flags of the baselines, and their tables one after the other: each is dropped before the next
//! is made.

use super::cooccur::read_counts;
use super::interrupts::interrupted;
use super::progress::Progress;
use super::size::{at_least_one, show};
use anyhow::ensure;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use w2v::cooccur::{self, Cooccurrences, CountOptions, Counting};
use w2v::encode::{EncodeOptions, encode};
use w2v::eval::baselines::{NGrams, Ppmi, Svd, counts, random};
use w2v::vectors::{RowStore, SparseTable};
use w2v::{Corpus, Threads, Tokenizer, Vocab, VocabLimits, WordId, WordVectors};

/// Dimensions of dense baselines where there is no model to take them from.
const DIM: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Baseline {
    /// A dimension for each word
    OneHot,
    /// Random directions
    Random,
    /// N-grams of the spelling
    Ngrams,
    /// Counts of contexts
    Counts,
    /// Positive pointwise mutual information
    Ppmi,
    /// PPMI in few dimensions
    Svd,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Baselines")]
pub(super) struct BaselineArgs {
    /// Which baselines
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1.., value_name = "NAME", default_values_t = [Baseline::OneHot, Baseline::Random, Baseline::Ngrams, Baseline::Counts, Baseline::Ppmi, Baseline::Svd])]
    baselines: Vec<Baseline>,

    /// Most words to each side that count as context, each by 1/distance
    #[arg(long, value_name = "N", default_value_t = Counting::default().window, value_parser = at_least_one, conflicts_with = "cooccur")]
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

/// Counts, and the words that explain them.
pub(super) struct Counted {
    pub(super) vocab: Vocab,
    pub(super) cooccurrences: Cooccurrences,
    pub(super) tokenizer: Tokenizer,
    /// Tokens of the text that are words of the vocabulary; 0 where that is unknown.
    pub(super) tokens: u64,
}

/// A text to count in.
pub(super) struct Source<'a> {
    pub(super) corpus: &'a [PathBuf],
    pub(super) tokenizer: Tokenizer,
    pub(super) min_count: u64,
    pub(super) max_vocab: Option<usize>,
    pub(super) threads: usize,
    pub(super) max_memory: u64,
    pub(super) temp_dir: Option<&'a Path>,
}

impl BaselineArgs {
    fn ppmi(&self) -> Ppmi {
        Ppmi { cds: self.cds, shift: self.shift }
    }

    /// Refuses what is out of range.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.ppmi().check()?;
        Counting { window: self.window, ..Counting::default() }.check()?;
        let finite = self.svd_p.iter().all(|p| (0.0..=2.0).contains(p));
        ensure!(finite, "--svd-p: expected numbers from 0 to 2");
        Ok(())
    }

    /// Dimensions of dense baselines.
    pub(super) fn dim(&self, of_model: Option<usize>) -> usize {
        self.dim.or(of_model).unwrap_or(DIM)
    }

    /// What the baselines were made with.
    pub(super) fn settings(&self, dim: usize) -> Value {
        let ngrams = NGrams::default();
        json!({
            "cds": self.cds, "shift": self.shift, "dim": dim, "seed": self.seed,
            "svd_rounds": self.svd_rounds,
            "ngrams": { "min": ngrams.min, "max": ngrams.max, "dim": ngrams.dim },
        })
    }

    fn has(&self, baseline: Baseline) -> bool {
        self.baselines.contains(&baseline)
    }
}

/// Reads a text and counts.
pub(super) fn count(
    args: &BaselineArgs,
    source: &Source,
    progress: &mut Progress,
) -> anyhow::Result<Counted> {
    let corpus = Corpus::open(source.corpus, Default::default())?;
    let limits = VocabLimits {
        min_count: source.min_count,
        max_vocab: source.max_vocab,
        ..Default::default()
    };
    let temp_dir = Some(source.temp_dir.map_or_else(std::env::temp_dir, Path::to_owned));
    let options = EncodeOptions {
        threads: source.threads,
        max_memory: source.max_memory / 2,
        temp_dir: temp_dir.clone(),
        // As for GloVe: windows reach along a line of any length.
        max_sentence: 1_000_000,
    };
    let tokenizer = source.tokenizer;
    let (vocab, encoded) = encode(&corpus, tokenizer, &limits, &options, |p| progress.reading(p))?;
    progress.read(&encoded, &vocab, &limits);
    let counting = Counting { window: args.window, ..Counting::default() };
    let options = CountOptions {
        journal: None,
        threads: source.threads,
        max_memory: source.max_memory / 2,
        temp_dir,
    };
    let cooccurrences = cooccur::count(&vocab, &encoded, &counting, &options, |_| !interrupted())?;
    let tokens = cooccurrences.tokens();
    Ok(Counted { vocab, cooccurrences, tokenizer, tokens })
}

/// Makes each baseline that was asked for, restricted to the rows `common`, and hands it to `judge`.
/// Gives back what was left out, and why.
pub(super) fn each(
    args: &BaselineArgs,
    counted: Counted,
    common: &[WordId],
    dim: usize,
    max_memory: u64,
    threads: &Threads,
    mut judge: impl FnMut(String, &WordVectors) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<String>> {
    let mut left_out = Vec::new();
    let Counted { vocab, cooccurrences, tokenizer, .. } = counted;
    let words = || common.iter().map(|&id| (vocab.word(id), vocab.count(id)));
    let sparse = |table: SparseTable| {
        WordVectors::from_store(Vocab::new(words()), Box::new(table), tokenizer)
            .map(|vectors| vectors.with_threads(threads.clone()))
    };
    let dense = |dim: usize, floats: Vec<f32>| {
        WordVectors::new(Vocab::new(words()), dim, floats)
            .map(|vectors| vectors.with_tokenizer(tokenizer).with_threads(threads.clone()))
    };
    if args.has(Baseline::OneHot) {
        judge("one-hot".into(), &sparse(SparseTable::one_hot(common.len()))?)?;
    }
    if args.has(Baseline::Random) {
        let floats = random(common.len(), dim, args.seed);
        judge("random".into(), &dense(dim, floats)?)?;
    }
    if args.has(Baseline::Ngrams) {
        let table = NGrams::default().of(words().map(|(word, _)| word))?;
        judge("n-grams".into(), &sparse(table)?)?;
    }

    let [wants_counts, wants_ppmi, wants_svd] =
        [Baseline::Counts, Baseline::Ppmi, Baseline::Svd].map(|baseline| args.has(baseline));
    if !(wants_counts || wants_ppmi || wants_svd) {
        return Ok(left_out);
    }
    // The counts where they are, and once more as a table, of which the rows that all know are taken.
    let in_memory = if cooccurrences.is_on_disk() { 0 } else { cooccurrences.bytes() };
    let needed = in_memory + 2 * cooccurrences.bytes();
    if needed > max_memory {
        left_out.push(too_much("counts, PPMI and PPMI-SVD", needed, max_memory));
        return Ok(left_out);
    }
    if wants_counts {
        let table = counts(&cooccurrences)?.select(common);
        judge("counts".into(), &sparse(table)?)?;
    }
    if !(wants_ppmi || wants_svd) {
        return Ok(left_out);
    }
    let table = counts(&cooccurrences)?;
    drop(cooccurrences);
    let ppmi = args.ppmi().of(table)?;
    let svd = Svd {
        dim,
        rounds: args.svd_rounds,
        seed: args.seed,
        threads: threads.clone(),
        ..Svd::default()
    };
    let needed = ppmi.bytes() + svd.memory(&ppmi);
    let factors = match wants_svd {
        true if needed > max_memory => {
            left_out.push(too_much("PPMI-SVD", needed, max_memory));
            None
        }
        true => Some(svd.factors(&ppmi, || !interrupted())?),
        false => None,
    };
    if wants_ppmi {
        judge("PPMI".into(), &sparse(ppmi.select(common))?)?;
    } else {
        drop(ppmi);
    }
    if let Some(factors) = factors {
        if factors.dim() == 0 {
            left_out
                .push("PPMI-SVD: no word stands beside another more often than by chance".into());
            return Ok(left_out);
        }
        for &p in &args.svd_p {
            let all = factors.table(p);
            let row = |id: &WordId| &all[id.index() * factors.dim()..][..factors.dim()];
            let floats: Vec<f32> = common.iter().flat_map(row).copied().collect();
            judge(format!("PPMI-SVD p={p}"), &dense(factors.dim(), floats)?)?;
        }
    }
    Ok(left_out)
}

fn too_much(what: &str, needed: u64, max_memory: u64) -> String {
    format!(
        "{what}: {} of memory, more than the {} allowed; raise --max-memory or --min-count, or lower \
         --max-vocab or --window",
        show(needed),
        show(max_memory)
    )
}

/// Reads the counts of `w2v cooccur`, or those of GloVe's program with the vocabulary of its own.
pub(super) fn read(
    path: &Path,
    vocab: Option<&Path>,
    max_memory: u64,
    temp_dir: Option<&Path>,
) -> anyhow::Result<Counted> {
    let temp_dir = temp_dir.map_or_else(std::env::temp_dir, Path::to_owned);
    let (cooccurrences, vocab, tokenizer) = read_counts(path, vocab, max_memory / 2, &temp_dir)?;
    Ok(Counted { tokens: cooccurrences.tokens(), vocab, cooccurrences, tokenizer })
}
