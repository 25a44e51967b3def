//! The pair-by-pair method of word2vec.c: the reference engine, and the oracle of quality.
//!
//! For each word of a sentence and each word around it, the surrounding word's input row predicts
//! the word itself against K negatives. (The direction is that of word2vec.c and gensim; fastText
//! predicts the other way round. Over a corpus both see the same pairs.)
//!
//! Differences from word2vec.c, each of which leaves the expected update as it is or was measured:
//!
//! * σ is computed, not looked up in 1000 values that end at |z| = 6.
//! * All K + 1 output rows are read before any is written, so that a negative drawn twice for one
//!   pair gets two steps from the same point instead of one after the other.
//! * Random numbers are xoshiro256++ instead of a linear congruential generator with 16 used bits.

use super::{SkipGram, at_zero};
use crate::kernels::{Isa, Kernels};
use crate::matrix::{LANES, Rows, stride_of};
use crate::train::objective::{Tally, Worker};
use crate::train::position::EpochSums;
use crate::train::units::Unit;
use crate::train::window::{Window, around};
use crate::vocab::{Noise, Subsampling, WordId};
use rand::Rng;
use std::ops::Range;

/// A pair: its input word, and where its output words stand, the true one first.
struct PairOf {
    from: WordId,
    targets: Range<usize>,
}

/// One thread's state: the matrices, and buffers for one pair.
pub(super) struct Pair<'a, R> {
    input: R,
    output: R,
    window: Window,
    negative: usize,
    noise: &'a Noise,
    subsampling: &'a Subsampling,
    isa: Isa,
    /// The words of a sentence that sub-sampling kept.
    kept: Vec<WordId>,
    /// The pairs of one word of a sentence.
    pairs: Vec<PairOf>,
    /// The output words of all `pairs`.
    targets: Vec<WordId>,
    /// The input row, `stride` floats.
    x: Vec<f32>,
    /// The output rows, (K + 1) × `stride`.
    rows: Vec<f32>,
    g: Vec<f32>,
    step: Vec<f32>,
}

impl<'a, R: Rows> Pair<'a, R> {
    pub(super) fn new(
        input: R,
        output: R,
        parameters: &SkipGram,
        noise: &'a Noise,
        subsampling: &'a Subsampling,
    ) -> Self {
        let stride = stride_of(parameters.dim);
        let n = parameters.negative + 1;
        Pair {
            input,
            output,
            window: parameters.window(),
            negative: parameters.negative,
            noise,
            subsampling,
            isa: Isa::chosen(),
            kept: Vec::with_capacity(LANES),
            pairs: Vec::with_capacity(2 * parameters.window),
            targets: Vec::with_capacity(2 * parameters.window * n),
            x: vec![0.0; stride],
            rows: vec![0.0; n * stride],
            g: vec![0.0; n],
            step: vec![0.0; stride],
        }
    }

    /// Trains the word at `at` with all words up to `window` away; returns the sum of the losses.
    fn train_word(&mut self, at: usize, window: usize, lr: f32, random: &mut impl Rng) -> f64 {
        let to = self.kept[at];
        self.pairs.clear();
        self.targets.clear();
        for context in around(at, window, 0..self.kept.len()) {
            if context == at {
                continue;
            }
            let start = self.targets.len();
            self.targets.push(to);
            for _ in 0..self.negative {
                // A negative that is the true word is left out, as in word2vec.c: so fewer than K.
                let negative = self.noise.draw(random);
                if negative != to {
                    self.targets.push(negative);
                }
            }
            let from = self.kept[context];
            self.pairs.push(PairOf { from, targets: start..self.targets.len() });
            if self.pairs.len() == 1 {
                self.prefetch(0);
            }
        }
        let mut loss = 0.0;
        for pair in 0..self.pairs.len() {
            self.prefetch(pair + 1);
            loss += f64::from(self.step(pair, lr));
        }
        loss
    }

    /// Asks for the rows of a pair, if there is one of this number. While one pair is computed the rows
    /// of the next arrive: without this, waiting for them is half of the time.
    fn prefetch(&self, pair: usize) {
        let Some(pair) = self.pairs.get(pair) else {
            return;
        };
        self.input.prefetch(pair.from.index());
        for target in &self.targets[pair.targets.clone()] {
            self.output.prefetch(target.index());
        }
    }

    /// One step of a pair. Returns the loss before the step.
    fn step(&mut self, pair: usize, lr: f32) -> f32 {
        let stride = self.x.len();
        let PairOf { from, ref targets } = self.pairs[pair];
        let targets = &self.targets[targets.clone()];
        let n = targets.len();
        self.input.load(from.index(), &mut self.x);
        for (target, row) in targets.iter().zip(self.rows.chunks_exact_mut(stride)) {
            self.output.load(target.index(), row);
        }
        let (rows, g) = (&self.rows[..n * stride], &mut self.g[..n]);
        let loss = self.isa.pair_step(&self.x, rows, lr, g, &mut self.step);
        for (target, &g) in targets.iter().zip(g.iter()) {
            self.output.add(target.index(), g, &self.x);
        }
        self.input.add(from.index(), 1.0, &self.step);
        loss
    }
}

impl<'u, R: Rows + Send> Worker<Unit<'u>> for Pair<'_, R> {
    fn train(&mut self, unit: Unit<'u>) -> Tally {
        self.input.reseed(unit.rounding);
        self.output.reseed(!unit.rounding);
        let mut random = unit.random.clone();
        let mut sums = EpochSums::default();
        let mut tokens = unit.before;
        for sentence in unit.sentences() {
            let lr = unit.schedule.lr(tokens);
            self.input.rate(lr);
            self.output.rate(lr);
            tokens += sentence.len() as u64;
            self.kept.clear();
            for id in sentence.ids() {
                if self.subsampling.keeps(id, random.next_u32()) {
                    self.kept.push(id);
                }
            }
            sums.kept += self.kept.len() as u64;
            for at in 0..self.kept.len() {
                let window = self.window.draw(&mut random);
                sums.loss += self.train_word(at, window, lr, &mut random);
                sums.pairs += self.pairs.len() as u64;
            }
        }
        Tally { read: unit.len() as u64, sums, at_zero: at_zero(sums.pairs, self.negative) }
    }
}
