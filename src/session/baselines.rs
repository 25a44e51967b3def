//! The untrained baselines of a comparison, one after the other: each is dropped before the next is made.

use super::event::{Event, LeftOut, OnEvent};
use super::pairs::CountsFile;
use super::resources::Resources;
use super::text::Text;
use crate::cooccur::{Cooccurrences, Counting, count_with};
use crate::corpus::Tokenizer;
use crate::encode::EncodeOptions;
use crate::error::{Error, Result};
use crate::eval::baselines::{NGrams, Ppmi, Svd, counts, random};
use crate::vectors::{RowStore, SparseTable, WordVectors};
use crate::vocab::{Vocab, WordId};
use serde_json::{Value, json};

/// A kind of vectors that are not trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// A dimension for each word.
    OneHot,
    /// Random directions.
    Random,
    /// N-grams of the spelling.
    Ngrams,
    /// Counts of contexts.
    Counts,
    /// Positive pointwise mutual information.
    Ppmi,
    /// PPMI in few dimensions.
    Svd,
}

/// Which baselines, and their parameters.
#[derive(Clone, Debug)]
pub struct Baselines {
    /// Which.
    pub which: Vec<Baseline>,
    /// How contexts are counted.
    pub counting: Counting,
    /// Smoothing and shift of PPMI.
    pub ppmi: Ppmi,
    /// Dimensions of random vectors and of PPMI-SVD; `None` for those of the first model, else 100.
    pub dim: Option<usize>,
    /// Exponents of the singular values, a table each.
    pub svd_p: Vec<f64>,
    /// Rounds of the randomised SVD.
    pub svd_rounds: usize,
    /// Seed of random vectors and of the randomised SVD.
    pub seed: u64,
}

impl Default for Baselines {
    /// All of them.
    fn default() -> Self {
        use Baseline::*;
        Baselines {
            which: vec![OneHot, Random, Ngrams, Counts, Ppmi, Svd],
            counting: Counting::default(),
            ppmi: self::Ppmi::default(),
            dim: None,
            svd_p: vec![0.0, 0.5, 1.0],
            svd_rounds: self::Svd::default().rounds,
            seed: self::Svd::default().seed,
        }
    }
}

/// What the baselines are counted in.
#[allow(clippy::large_enum_variant, reason = "there is one a run")]
#[derive(Clone, Debug)]
pub enum CountedIn {
    /// A text.
    Text(Text),
    /// Counts that were made before.
    Counts(CountsFile),
}

/// Counts, and the words that explain them.
pub(super) struct Counted {
    pub(super) vocab: Vocab,
    pub(super) pairs: Cooccurrences,
    pub(super) tokenizer: Tokenizer,
}

impl CountedIn {
    /// Counts, or reads the counts.
    pub(super) fn count(
        &self,
        counting: &Counting,
        resources: &Resources,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Counted> {
        let text = match self {
            CountedIn::Text(text) => text,
            CountedIn::Counts(file) => {
                let (pairs, vocab, tokenizer) = file.read(&resources.read_options(2))?;
                return Ok(Counted { vocab, pairs, tokenizer });
            }
        };
        let options = EncodeOptions {
            max_memory: resources.max_memory / 2,
            // As for GloVe: windows reach along a line of any length.
            ..resources.encode_options(super::Purpose::Pairs, text.max_sentence)
        };
        let (vocab, ids) = text.read_with(&options, &text.limits, on_event)?;
        let options = resources.count_options(None);
        let counted = |_| on_event(&Event::Comparing);
        let pairs = count_with(&vocab, &ids, counting, &options, counted)?;
        Ok(Counted { vocab, pairs, tokenizer: text.tokenizer })
    }
}

impl Baselines {
    /// Refuses what is out of range.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        self.ppmi.check()?;
        self.counting.check()?;
        match self.svd_p.iter().find(|p| !(0.0..=2.0).contains(*p)) {
            Some(p) => Err(Error::parameter("svd_p", p, "numbers from 0 to 2")),
            None => Ok(()),
        }
    }

    /// The parameters as JSON, with the dimensions that they came to.
    pub(super) fn to_json(&self, dim: usize) -> Value {
        let ngrams = NGrams::default();
        json!({
            "cds": self.ppmi.cds, "shift": self.ppmi.shift, "dim": dim, "seed": self.seed,
            "svd_rounds": self.svd_rounds,
            "ngrams": { "min": ngrams.min, "max": ngrams.max, "dim": ngrams.dim },
        })
    }

    /// Makes each baseline, restricted to the rows `common`, and hands it to `judge`, which answers whether to go on.
    /// Returns what was left out, and why.
    pub(super) fn each(
        &self,
        counted: Counted,
        common: &[WordId],
        dim: usize,
        resources: &Resources,
        judge: &mut dyn FnMut(&str, &WordVectors) -> Result<()>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<LeftOut>> {
        let Counted { vocab, pairs, tokenizer } = counted;
        let has = |baseline| self.which.contains(&baseline);
        let threads = &resources.threads;
        let words = || common.iter().map(|&id| (vocab.word(id), vocab.count(id)));
        let sparse = |table: SparseTable| {
            WordVectors::from_store(Vocab::new(words()), Box::new(table), tokenizer)
                .map(|vectors| vectors.with_threads(threads.clone()))
        };
        let dense = |dim: usize, floats: Vec<f32>| {
            WordVectors::new(Vocab::new(words()), dim, floats)
                .map(|vectors| vectors.with_tokenizer(tokenizer).with_threads(threads.clone()))
        };
        let mut left_out = Vec::new();
        if has(Baseline::OneHot) {
            judge("one-hot", &sparse(SparseTable::one_hot(common.len()))?)?;
        }
        if has(Baseline::Random) {
            judge("random", &dense(dim, random(common.len(), dim, self.seed))?)?;
        }
        if has(Baseline::Ngrams) {
            let table = NGrams::default().of(words().map(|(word, _)| word))?;
            judge("n-grams", &sparse(table)?)?;
        }
        let [wants_counts, wants_ppmi, wants_svd] =
            [Baseline::Counts, Baseline::Ppmi, Baseline::Svd].map(has);
        if !(wants_counts || wants_ppmi || wants_svd) {
            return Ok(left_out);
        }
        let allowed = resources.max_memory;
        let too_much = |what, needed| LeftOut::Memory { what, needed, allowed };
        // The counts where they are, and once more as a table, of which the rows that all know are taken.
        let in_memory = if pairs.is_on_disk() { 0 } else { pairs.bytes() };
        let needed = in_memory + 2 * pairs.bytes();
        if needed > resources.max_memory {
            left_out.push(too_much("counts, PPMI and PPMI-SVD", needed));
            return Ok(left_out);
        }
        if wants_counts {
            judge("counts", &sparse(counts(&pairs)?.select(common))?)?;
        }
        if !(wants_ppmi || wants_svd) {
            return Ok(left_out);
        }
        let table = counts(&pairs)?;
        drop(pairs);
        let ppmi = self.ppmi.of(table)?;
        let svd = Svd {
            dim,
            rounds: self.svd_rounds,
            seed: self.seed,
            threads: threads.clone(),
            ..Svd::default()
        };
        let needed = ppmi.bytes() + svd.memory(&ppmi);
        let factors = match wants_svd {
            true if needed > resources.max_memory => {
                left_out.push(too_much("PPMI-SVD", needed));
                None
            }
            true => Some(svd.factors_with(&ppmi, go_on)?),
            false => None,
        };
        if wants_ppmi {
            judge("PPMI", &sparse(ppmi.select(common))?)?;
        } else {
            drop(ppmi);
        }
        let Some(factors) = factors else {
            return Ok(left_out);
        };
        if factors.dim() == 0 {
            left_out.push(LeftOut::ByChance);
            return Ok(left_out);
        }
        for &p in &self.svd_p {
            let all = factors.table(p);
            let row = |id: &WordId| &all[id.index() * factors.dim()..][..factors.dim()];
            let floats: Vec<f32> = common.iter().flat_map(row).copied().collect();
            judge(&format!("PPMI-SVD p={p}"), &dense(factors.dim(), floats)?)?;
        }
        Ok(left_out)
    }
}
