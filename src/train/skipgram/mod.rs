//! Skip-gram with negative sampling (Mikolov et al. 2013b).
//!
//! * `parameters` is what a run may be told.
//! * `block` is the default scheme: some 32 positions at once, with negatives that they share.
//! * `pair` is the scheme of word2vec.c, one pair at a time: the oracle of quality.
//! * `explain` tells of the first steps, number by number.

mod block;
mod explain;
mod pair;
mod parameters;

pub use explain::{Explanation, Step, Target, TokenFate, WordFacts, explain};
pub use parameters::{Engine, SkipGram, Storage};

use super::objective::{Divergence, Extent, Objective, Unit as Counted, Worker};
use super::origin::{Hold, Origin};
use super::settings::{Bytes, Settings, Source};
use super::tables::{NamedTable, initial_weights};
use super::units::{Schedule, Unit, Units};
use super::window::Window;
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::matrix::{Bf16Matrix, Rows, Table, stride_of};
use crate::vocab::{Noise, Subsampling, Vocab};
use block::{Block, Shape};
use pair::Pair;
use std::borrow::Cow;

/// A run of skip-gram: what its workers have in common, but for the tables.
pub(super) struct Task<'a> {
    parameters: &'a SkipGram,
    corpus: &'a EncodedCorpus,
    words: usize,
    seed: u64,
    origin: Option<&'a Origin>,
    noise: Noise,
    subsampling: Subsampling,
    shape: Shape,
    units: Units<'a>,
}

impl<'a> Task<'a> {
    pub(super) fn new(
        vocab: &Vocab,
        corpus: &'a EncodedCorpus,
        parameters: &'a SkipGram,
        seed: u64,
        origin: Option<&'a Origin>,
    ) -> Self {
        // What is drawn and left out follows from the counts of this text alone: see `origin`.
        let of_text = match origin {
            Some(_) => Cow::Owned(vocab.with_counts(corpus.counts(vocab.len()))),
            None => Cow::Borrowed(vocab),
        };
        let noise = Noise::new(&of_text, parameters.ns_exponent);
        let subsampling = Subsampling::new(&of_text, parameters.sample);
        let shape = Shape::new(parameters, &of_text, &noise, &subsampling);
        let units = Units::new(corpus, parameters.schedule(corpus.len()), seed);
        let words = vocab.len();
        Task { parameters, corpus, words, seed, origin, noise, subsampling, shape, units }
    }

    fn on<'w, R: Rows + Send + 'w>(
        &'w self,
        input: R,
        output: R,
    ) -> Box<dyn Worker<Unit<'a>> + 'w> {
        let (parameters, noise, subsampling) = (self.parameters, &self.noise, &self.subsampling);
        match parameters.engine {
            Engine::Pair => Box::new(Pair::new(input, output, parameters, noise, subsampling)),
            Engine::Block => {
                Box::new(Block::new(input, output, parameters, self.shape, noise, subsampling))
            }
        }
    }
}

impl<'a> Objective for Task<'a> {
    type Portion = Unit<'a>;
    type Step = std::option::IntoIter<Unit<'a>>;

    fn extent(&self) -> Extent {
        Extent {
            steps: self.units.per_epoch(),
            epochs: self.parameters.epochs,
            amount: self.corpus.len() as u64,
            unit: Counted::Tokens,
        }
    }

    fn step(&self, number: u64) -> Result<Self::Step> {
        Ok(Some(self.units.get(number)).into_iter())
    }

    fn lr(&self, number: u64) -> f32 {
        self.units.lr(number)
    }

    /// On rows of which some may be held: another type, so that where none is held nothing is asked.
    fn worker<'w, R: Rows + Send + 'w>(&'w self, tables: Vec<R>) -> Box<dyn Worker<Unit<'a>> + 'w> {
        let [input, output] = two(tables);
        match self.origin.filter(|origin| origin.record().hold != Hold::Free) {
            None => self.on(input, output),
            Some(origin) => self.on(origin.held_input(input), origin.held_output(output)),
        }
    }

    fn tables<T: Table>(&self) -> Vec<T> {
        let mut input = initial_weights(self.words, self.parameters.dim, self.seed);
        let mut output = T::zeros(self.words, self.parameters.dim);
        if let Some(origin) = self.origin {
            origin.restore(&mut input, &mut output);
        }
        vec![input, output]
    }

    fn finish<T: Table>(&self, tables: Vec<T>) -> Vec<NamedTable> {
        let [mut input, mut output] = two(tables.into_iter().map(T::into_f32).collect());
        if let Some(origin) = self.origin.filter(|origin| origin.record().hold == Hold::Frozen)
            && self.parameters.storage != Storage::F32
        {
            // Rows that were not trained were rounded all the same.
            origin.restore(&mut input, &mut output);
        }
        NamedTable::both(input, output).into()
    }

    fn bytes(&self) -> Bytes {
        bytes_of(self.words, self.parameters, self.shape)
    }

    fn data_hash(&self) -> u64 {
        self.corpus.ids_hash()
    }

    fn check_data(&self, was: u64) -> Result<()> {
        let is = self.data_hash();
        if was == is {
            return Ok(());
        }
        Err(Error::Resume {
            name: "the text as it is cut into sentences (`max_sentence`, `invalid_utf8`)".into(),
            was: format!("one with the hash {was:016x}"),
            is: format!("{is:016x}"),
        })
    }

    fn diverged(&self, at: Divergence) -> Error {
        let Divergence { epoch, read: tokens, loss } = at;
        Error::Diverged { epoch, tokens, loss, lr: self.parameters.lr }
    }

    fn without_pairs(&self, kept: u64) -> Option<Error> {
        Some(Error::NoPairs {
            tokens: self.corpus.len() as u64,
            sentences: self.corpus.statistics().sentences,
            kept,
        })
    }
}

impl Settings for SkipGram {
    fn dim(&self) -> usize {
        self.dim
    }

    fn dim_mut(&mut self) -> &mut usize {
        &mut self.dim
    }

    fn epochs(&self) -> u32 {
        self.epochs
    }

    fn check(&self) -> Result<()> {
        SkipGram::check(self)
    }

    fn source(&self) -> Source<'_> {
        Source::Text
    }

    fn table_bytes(&self, words: usize) -> u64 {
        let bytes = 2 * 4 * words as u128 * stride_of(self.dim) as u128;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    fn trained_bytes(&self, words: usize) -> u64 {
        match self.storage {
            Storage::F32 => self.table_bytes(words),
            Storage::Bf16 => 2 * Bf16Matrix::bytes_of(words, self.dim) as u64,
        }
    }

    /// Eight for a word's share of the noise, four for its chance to be kept.
    fn derived_bytes(&self, words: usize) -> u64 {
        12 * words as u64
    }

    fn bytes(&self, vocab: &Vocab) -> Bytes {
        let noise = Noise::new(vocab, self.ns_exponent);
        let subsampling = Subsampling::new(vocab, self.sample);
        bytes_of(vocab.len(), self, Shape::new(self, vocab, &noise, &subsampling))
    }

    fn work(&self) -> f64 {
        let pairs = self.window as f64 + 1.0;
        self.dim as f64 * pairs * (self.negative as f64 + 1.0)
    }

    fn try_out(&mut self) {
        (self.epochs, self.lr, self.min_lr) = (10_000, 1e-4, 0.0);
    }

    fn summary(&self) -> Vec<(&'static str, String)> {
        let SkipGram { negative, engine, storage, window, .. } = self;
        let from = if self.shrink_window { "1 to " } else { "" };
        let method =
            format!("skip-gram with {negative} negatives, {engine} engine, {storage} storage");
        let parameters = format!(
            "window {from}{window}, epochs {}, lr {} to {}, sample {}, ns-exponent {}",
            self.epochs, self.lr, self.min_lr, self.sample, self.ns_exponent
        );
        vec![("method", method), ("parameters", parameters)]
    }
}

fn bytes_of(words: usize, parameters: &SkipGram, shape: Shape) -> Bytes {
    let of_thread = match parameters.engine {
        Engine::Block => shape.bytes(parameters),
        Engine::Pair => 4 * (parameters.negative as u128 + 3) * stride_of(parameters.dim) as u128,
    };
    Bytes {
        tables: parameters.table_bytes(words),
        derived: parameters.derived_bytes(words),
        of_thread: u64::try_from(of_thread).unwrap_or(u64::MAX),
        shared: 0,
    }
}

impl SkipGram {
    /// The learning rate over a run on `tokens` tokens.
    fn schedule(&self, tokens: usize) -> Schedule {
        Schedule::new([self.lr, self.min_lr], self.epochs, tokens)
    }

    fn window(&self) -> Window {
        Window { most: self.window, shrinks: self.shrink_window }
    }
}

/// The loss of pairs with vectors of zeros: each of their 1 + K products is 0, and −ln σ(0) = ln 2.
fn at_zero(pairs: u64, negative: usize) -> f64 {
    pairs as f64 * (1 + negative) as f64 * std::f64::consts::LN_2
}

fn two<R>(tables: Vec<R>) -> [R; 2] {
    tables.try_into().ok().expect("input and output")
}
