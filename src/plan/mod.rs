//! 9 PLAN: what a run will take, before it is begun.
//!
//! In: a corpus and the recipe of a run ([`Request`]). Out: a [`Plan`]: tokens, the size of the
//! vocabulary and its growth, memory at the peak, disk and time, each with the range in which it
//! should lie; and whether it fits into what there is ([`Plan::misfit`]), with the settings that make it fit.
//!
//! * `sample` reads up to 32 MiB from all over the corpus; a corpus that is not larger is counted
//!   whole, and its numbers are exact.
//! * `growth` says how the vocabulary grows beyond the sample.
//! * `likeness` makes a text of the sample that is like the whole one, and `speed` trains on it for
//!   half a second with the real engine and matrices as large as they will be; `clock` measures both
//!   that and reading.
//! * `needs` adds up memory and disk, stage by stage.
//! * `fit` compares them with what the machine has.
//! * `coverage` says how much of an evaluation set can be asked.
//!
//! No other trainer does this: one learns of a vocabulary that does not fit when it does not.
//!
//! ```
//! # fn main() -> w2v::Result<()> {
//! use w2v::plan::Request;
//! use w2v::train::Recipe;
//! use w2v::{Corpus, SkipGram};
//! let corpus = Corpus::open(&["data/corpus.txt"], Default::default())?;
//! let parameters = SkipGram { dim: 50, ..Default::default() };
//! let plan = Request::new(&corpus, &Recipe::new(parameters)).plan()?;
//! assert!(plan.tokens.is_exact());
//! assert!(plan.memory.value.peak > 8.0 * 50.0 * plan.words.value);
//! # Ok(()) }
//! ```

mod clock;
mod coverage;
mod estimate;
mod fit;
mod growth;
mod likeness;
mod needs;
mod request;
mod sample;
mod speed;

pub use coverage::Coverage;
pub use estimate::Estimate;
pub use fit::{Available, Misfit, Setting, Short};
pub use growth::{BANDS, Growth};
pub use needs::{Disk, Memory};
pub use request::Request;
pub use sample::SampleOptions;

use crate::vocab::{Vocab, VocabLimits};
use needs::{Choice, Sizes};
use serde::Serialize;

/// What a run will take.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Whether the whole text was counted.
    pub exact: bool,
    /// Files of the corpus.
    pub files: usize,
    /// Their bytes on the disk.
    pub file_bytes: u64,
    /// Bytes of text for a byte of a compressed file, where there are such and not all was read.
    pub compression: Option<f64>,
    /// Bytes of text that were read.
    pub sampled_bytes: u64,
    /// Bytes of text.
    pub bytes: Estimate,
    /// Tokens in it.
    pub tokens: Estimate,
    /// Distinct words in it.
    pub types: Estimate,
    /// Words of the vocabulary, V.
    pub words: Estimate,
    /// Tokens that are words of the vocabulary, N.
    pub encoded: Estimate,
    /// Cells of the table of co-occurrences; 0 for skip-gram.
    pub cells: Estimate,
    /// How the vocabulary grows with the text.
    pub growth: Vec<Size>,
    /// Bytes of memory.
    pub memory: Range<Memory>,
    /// Bytes of disk.
    pub disk: Range<Disk>,
    /// Seconds; absent where nothing could be tried out.
    pub time: Option<Time>,
    #[serde(skip)]
    parts: Parts,
}

/// The vocabulary at one length of text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Size {
    /// Length of the text, as a share of the corpus.
    pub share: f64,
    /// Tokens.
    pub tokens: f64,
    /// Distinct words.
    pub types: f64,
    /// Words of the vocabulary.
    pub words: f64,
}

/// Three of something: at least, likely, at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Range<T> {
    /// At least.
    pub low: T,
    /// Likely.
    pub value: T,
    /// At most.
    pub high: T,
}

/// Seconds of a run, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Time {
    /// Reading, counting words and encoding.
    pub reading: f64,
    /// Counting pairs; 0 for skip-gram.
    pub counting: f64,
    /// Training.
    pub training: f64,
    /// Writing the model.
    pub writing: f64,
    /// All of it.
    pub total: Estimate,
    /// Words, or for GloVe pairs, that are trained in a second.
    pub rate: f64,
    /// Processor time of all threads together.
    pub processor: f64,
    /// Cores that were to be had while it was tried out, and that the run could use.
    pub cores: [f64; 2],
}

/// What a plan was made of, for questions that come later.
#[derive(Clone)]
struct Parts {
    growth: Growth,
    ranked: Vocab,
    times: f64,
    limits: VocabLimits,
    sizes: [Sizes; 3],
    choice: Choice,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("sizes", &self.sizes).finish_non_exhaustive()
    }
}

impl Plan {
    /// Memory and disk from sizes.
    fn add_up(&mut self) {
        let cells = [self.cells.low, self.cells.value, self.cells.high];
        for (sizes, cells) in self.parts.sizes.iter_mut().zip(cells) {
            sizes.cells = cells;
        }
        let parts = &self.parts;
        let memory = |sizes: &Sizes| needs::memory(sizes, &parts.choice);
        let disk = |sizes: &Sizes| needs::disk(sizes, &parts.choice);
        let arenas = needs::arenas(parts.choice.recipe.threads);
        let [low, value, high] = &parts.sizes;
        // What the system adds and the stages do not know of.
        const DOUBT: f64 = 0.03;
        let scaled = |mut memory: Memory, by: f64| {
            memory.peak *= by;
            memory.address_space *= by;
            memory
        };
        self.memory = Range {
            low: scaled(memory(low), 1.0 / (1.0 + DOUBT)),
            value: memory(value),
            high: scaled(memory(high), 1.0 + DOUBT),
        };
        self.memory.high.address_space += arenas;
        self.disk = Range { low: disk(low), value: disk(value), high: disk(high) };
    }
}
