//! Skip-gram with negative sampling a block of positions at a time: the default engine.
//!
//! The words that sub-sampling kept are taken 32 positions at a time, across the ends of sentences.
//! The 32 words are the inputs; the words around them, in their own sentences, are the outputs; K
//! negatives are drawn once and shared by all 32. Each row is copied once into private memory, the
//! whole block is a few small matrix products ([`kernels::BlockStep`]), and each row's step is added
//! back once: a word moves some 3.3 rows of parameters, where the pair-by-pair method moves 37.
//!
//! A pair is an input at a block's position and an output in its window, so that the word predicts
//! its surroundings, as in fastText; in word2vec.c, and in `pair`, they predict it. Each is the
//! mirror of the other: over a corpus both see the same pairs equally often.
//!
//! # Why the expected step is word2vec's
//!
//! There, an input with m positive pairs meets m·`negative` draws from the noise distribution, less
//! those that are the pair's own output. Here it meets K draws, each weighted with
//! `negative`·(m − c)/K, where c of its m outputs are the drawn word: the same in expectation. The
//! variance is that of K instead of m·`negative` draws, so K must not be smaller. With a window and 5
//! negatives of 5 (30 draws a word on average), 5 epochs over 17 M words and the seeds 1, 2 and 3,
//! K = 24 answered 37.2, 37.2 and 37.3 % of the analogies and K = 32 37.5, 37.8 and 38.8 %, the
//! pair engine 37.8 and 37.9 %; K = 24 was 3 % faster on one thread and 8 % on two (medians of eight
//! turns). K = 8 lost a sixth of the analogies, without a trace in similarities. So K is the mean of
//! m·`negative`, in whole groups of 8.
//!
//! # Why a block is not always 32 positions
//!
//! All steps of a block start from the same parameters. A word that is drawn or met n times in it
//! moves n steps at once, and overshoots where n is large, as it is in a vocabulary of a few words.
//! So a block has as few positions as keep the expected n of the most frequent word below 128; with
//! natural text of any size this changes nothing.
//!
//! # The ladder
//!
//! Words per CPU second on 100 MB of text (17 M words, V = 71,000), one thread, dim 100, window 5, 5
//! negatives, sample 1e-4, on a Zen 4 core with AVX-512, each step against the one before in turns:
//!
//! | step | M words/s |
//! |---|---|
//! | pair by pair (20 MB) | 0.56 |
//! | blocks; tiles as loops over arrays of lanes, which became scalar code (20 MB) | 0.56 |
//! | tiles of named instructions, 8 × 32 and 8 × 48 results in registers | 2.43 |
//! | the rows of the next block are asked for during this one | 2.63 |
//! | sums across lanes and weights of coefficients no longer scalar | 3.24 |
//!
//! Then on an Emerald Rapids core, which does two multiply-adds of 16 lanes a cycle (5.8 a nanosecond
//! measured) where the Zen 4 core does one; V = 68,000, whose rows fit its 260 MB of cache:
//!
//! | step | against the one before |
//! |---|---|
//! | matrices in huge pages | 1.14, 1.25 and 1.13 in three turns in a quiet hour, 1.0 in a busy one |
//! | positive pairs as a band of matrix products instead of lists of pairs; sub-sampling and draws without branches; rows of the next block asked for two at a time | 1.0 in median: within the noise of the machine |
//! | buffers of the kernel at cache lines; narrower tiles of steps (the kernel alone, everything in cache) | 1.08 at dim 100, 1.13 at dim 300; with AVX2 1.12, 1.15 |
//! | negatives of a unit drawn at once; the rows of its first block asked for; which of four outputs are pairs by look-up | 1.07 at dim 100 (median of 24 turns), 1.03 at dim 300 (of 6) |
//!
//! Where the time goes stands in `docs/benchmarks.md`.
//!
//! Tried and left out: larger blocks (at most 8 % faster, and the loss rises: see [`POSITIONS`]), and
//! a copy of the 256 most frequent rows for each thread, merged after each unit. On two threads this
//! made 5.5, 5.1 and 4.3 M words/s in turns with 5.2, 4.5 and 4.5 for shared rows (20 MB, a busy
//! machine): no gain that stands out from the noise, and frequent words go stale. Nor did asking for the next rows
//! evenly over the whole kernel (.96 times as fast at dim 100, .95 at dim 300), into the second cache
//! only (.99, .98), both (.96, .94; medians of 8 turns), or only while the kernel is in its matrix
//! products (.97 times; 24 turns).

use super::{SkipGram, at_zero};
use crate::kernels::{BlockStep, Fours, Isa, Kernels, Span, band_groups, pair_groups};
use crate::matrix::{LANES, Matrix, Rows, stride_of};
use crate::train::objective::{Tally, Worker};
use crate::train::position::EpochSums;
use crate::train::units::{UNIT, Unit};
use crate::train::window::{Window, around};
use crate::vocab::{Noise, Subsampling, Vocab, WordId};
use rand::Rng;
use std::ops::Range;

/// Positions of a block, at most. With 24, 32, 40, 48, 64 and 96 it made 2.8, 3.1, 3.4, 3.2, 3.3 and
/// 3.3 M words per CPU second (dim 100), and the loss after one epoch rose from 2.55 to 2.63.
const POSITIONS: usize = 32;

/// Negatives of a block, at most: a bound on memory, reached with `negative` × window above 9,000.
const MOST_NEGATIVES: usize = 8_192;

/// Negatives that are drawn at once, at most, unless a block has more: a bound on memory. Tests come to
/// it.
const MOST_DRAWN: usize = if cfg!(test) { 64 } else { 1 << 16 };

/// Steps at once of the most frequent word, at most.
const MOST_STEPS: f64 = 128.0;

/// Rows that are asked for at a time. A core waits for some 16 cache lines at once, a row of 100
/// floats has 7.
const AHEAD: usize = 2;

/// A word that sub-sampling kept.
#[derive(Clone, Copy)]
struct Place {
    word: WordId,
    /// The places of its window, itself among them: `from..to`.
    from: u32,
    to: u32,
    /// Tokens of the unit before its sentence.
    tokens: u32,
}

impl Place {
    /// Before its window is known.
    fn new(word: WordId, tokens: u32) -> Self {
        let (from, to) = (0, 0);
        Place { word, from, to, tokens }
    }
}

/// One thread's state: the matrices, and the private copies of a block's rows.
pub(super) struct Block<'a, R> {
    input: R,
    output: R,
    dim: usize,
    window: Window,
    negative: usize,
    shape: Shape,
    noise: &'a Noise,
    subsampling: &'a Subsampling,
    isa: Isa,
    /// Of this unit the first `kept`.
    places: Vec<Place>,
    kept: usize,
    /// Of this unit's blocks, K each. Drawn all at once, since each draw waits for a cell of the noise
    /// distribution's table: one block at a time took 2.7 % of the time of training.
    negatives: Vec<WordId>,
    spans: Vec<Span>,
    /// Rows of one group of lanes, as are the three below: a matrix begins at a cache line, which made
    /// the kernel 6 to 9 % faster than vectors whose groups lie in two lines each.
    weights: Matrix,
    inputs: Matrix,
    input_steps: Matrix,
    /// Before the kernel rows, then their steps; so is the next.
    outputs: Matrix,
    drawn: Matrix,
    panels: Matrix,
    g: Matrix,
    band: Matrix,
    fours: Fours,
    /// Where the instruction set multiplies bf16 numbers in pairs, and rows are such numbers.
    pairs: Option<Matrix>,
}

/// Room for private copies of rows, an odd number of cache lines apart: at a power of two they would
/// share a few sets of the cache.
fn copies(rows: usize, dim: usize) -> Matrix {
    Matrix::zeros(rows, ((stride_of(dim) / LANES) | 1) * LANES)
}

/// Copies the rows of `words`, `stride` long.
fn load(from: &impl Rows, words: impl Iterator<Item = WordId>, stride: usize, to: &mut Matrix) {
    for (i, word) in words.enumerate() {
        from.load(word.index(), &mut to.row_mut(i)[..stride]);
    }
}

/// Adds steps to the rows of `words`.
fn add(steps: &Matrix, words: impl Iterator<Item = WordId>, stride: usize, to: &mut impl Rows) {
    for (i, word) in words.enumerate() {
        to.add(word.index(), 1.0, &steps.row(i)[..stride]);
    }
}

/// Sizes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Positions, B.
    positions: usize,
    /// Negatives, K.
    negatives: usize,
}

impl Shape {
    /// See the module page for the two rules.
    pub(super) fn new(
        parameters: &SkipGram,
        vocab: &Vocab,
        noise: &Noise,
        subsampling: &Subsampling,
    ) -> Self {
        let window = parameters.window as f64;
        // Mean pairs of a position: 2·(1 + 2 + … + window)/window where the window shrinks.
        let pairs = match parameters.shrink_window {
            true => window + 1.0,
            false => 2.0 * window,
        };
        let draws = pairs * parameters.negative as f64;
        let negatives = (draws.ceil() as usize).next_multiple_of(8);
        let kept =
            |(id, &count): (usize, &u64)| count as f64 * subsampling.probability(WordId(id as u32));
        let counts = vocab.counts().iter().enumerate();
        let (most, total) =
            counts.map(kept).fold((0.0f64, 0.0), |(most, total), n| (most.max(n), total + n));
        // Steps that one position causes in the row of the most frequent word: as an input it has
        // all of the position's pairs and draws, as an output one for each pair and draw of it.
        let as_input = most / total.max(1.0) * (pairs + draws);
        let as_output = most / total.max(1.0) * pairs + noise.most() * draws;
        let positions = (MOST_STEPS / as_input.max(as_output)) as usize;
        Shape { positions: positions.clamp(1, POSITIONS), negatives: negatives.min(MOST_NEGATIVES) }
    }
}

impl Shape {
    /// Blocks whose negatives are drawn at once: all of a unit, but for extreme sizes.
    fn drawn_at_once(self) -> usize {
        (MOST_DRAWN / self.negatives).max(1)
    }

    /// Bytes of a worker's buffers, for units of about [`UNIT`] tokens.
    pub(super) fn bytes(self, parameters: &SkipGram) -> u128 {
        let (b, k) = (self.positions.next_multiple_of(8) as u128, self.negatives as u128);
        let window = 2 * parameters.window as u128;
        let row = 4 * (stride_of(parameters.dim) + LANES) as u128;
        let copies = row * (3 * b + window + k);
        let pairs = match Isa::chosen().has_pairs() {
            true => 64 * pair_groups(b as usize, self.negatives, parameters.dim) as u128,
            false => 0,
        };
        copies
            + row * k
            + 4 * b * (b + window + 16)
            + 10 * b * (window + 8)
            + 8 * b * k
            + 4 * k * UNIT.div_ceil(self.positions).min(self.drawn_at_once()) as u128
            + pairs
    }
}

impl<'a, R: Rows> Block<'a, R> {
    pub(super) fn new(
        input: R,
        output: R,
        parameters: &SkipGram,
        shape: Shape,
        noise: &'a Noise,
        subsampling: &'a Subsampling,
    ) -> Self {
        let (dim, window) = (parameters.dim, parameters.window);
        let (b, k) = (shape.positions.next_multiple_of(8), shape.negatives);
        let outputs = b + 2 * window;
        let lanes = |groups| Matrix::zeros(groups, LANES);
        let isa = Isa::chosen();
        let paired = isa.has_pairs() && input.are_bf16() && output.are_bf16();
        let pairs = paired.then(|| lanes(pair_groups(b, k, dim)));
        Block {
            input,
            output,
            dim,
            window: parameters.window(),
            negative: parameters.negative,
            shape,
            noise,
            subsampling,
            isa,
            places: Vec::new(),
            kept: 0,
            negatives: Vec::new(),
            spans: vec![Span::default(); b],
            weights: lanes(b * k.div_ceil(LANES)),
            inputs: copies(b, dim),
            input_steps: copies(b, dim),
            outputs: copies(outputs, dim),
            drawn: copies(k, dim),
            panels: lanes(k.div_ceil(LANES) * stride_of(dim)),
            g: lanes(b * k.div_ceil(LANES)),
            band: lanes(b * band_groups(outputs)),
            fours: Fours::with_room(b, 2 * window + 1),
            pairs,
        }
    }

    /// Fills `places` with what sub-sampling keeps of a unit; sentences of which fewer than two words
    /// are left have no pairs, and are left out. Returns the number of tokens kept.
    fn choose(&mut self, unit: &Unit<'_>, random: &mut impl Rng) -> u64 {
        if self.places.len() < unit.len() {
            self.places.resize(unit.len(), Place::new(WordId(0), 0));
        }
        let places = self.places.as_mut_slice();
        let (mut kept, mut tokens) = (0, 0);
        let mut end = 0;
        for sentence in unit.sentences() {
            let start = end;
            for word in sentence.ids() {
                // Written whether it stays or not: nobody can guess which.
                places[end] = Place::new(word, tokens);
                end += usize::from(self.subsampling.keeps(word, random.next_u32()));
            }
            tokens += sentence.len() as u32;
            kept += (end - start) as u64;
            if end - start < 2 {
                end = start;
                continue;
            }
            for (at, place) in (start..end).zip(&mut places[start..end]) {
                let reach = around(at, self.window.draw(random), start..end);
                (place.from, place.to) = (reach.start as u32, reach.end as u32);
            }
        }
        self.kept = end;
        kept
    }

    /// Draws the negatives of the next blocks, those of at most [`Shape::drawn_at_once`].
    fn draw(&mut self, blocks: usize, random: &mut impl Rng) {
        let blocks = blocks.min(self.shape.drawn_at_once());
        let draws = blocks * self.shape.negatives;
        self.negatives.resize(draws, WordId(0));
        self.negatives.fill_with(|| self.noise.draw(random));
    }

    /// The block of the places `at..at + B`.
    fn reach(&self, at: usize) -> Reach {
        let Shape { positions, negatives: k } = self.shape;
        let inputs = at..(at + positions).min(self.kept);
        let places = &self.places[inputs.clone()];
        let first = places.iter().map(|p| p.from).min().expect("a place") as usize;
        let last = places.iter().map(|p| p.to).max().expect("a place") as usize;
        let drawn = k * (at / positions % self.shape.drawn_at_once());
        Reach { inputs, outputs: first..last, negatives: drawn..drawn + k }
    }

    /// Scores, coefficients and steps of a block. Returns pairs and loss.
    fn step(&mut self, reach: &Reach, lr: f32) -> (usize, f64) {
        let places = &self.places[..self.kept];
        let Shape { positions, negatives: k } = self.shape;
        let (at, first) = (reach.inputs.start, reach.outputs.start as u32);
        let inputs = &places[reach.inputs.clone()];
        let outputs = &places[reach.outputs.clone()];
        let negatives = &self.negatives[reach.negatives.clone()];
        // None at the end of the unit, and where they are not drawn yet.
        let coming = self.negatives.get(reach.negatives.end..).and_then(|rest| rest.get(..k));
        let coming = coming.unwrap_or_default();
        let mut next = Ahead::new(self.shape, self.window.most, places, coming, at + positions);

        let mut pairs = 0;
        let per_row = k.div_ceil(LANES);
        let all_weights = self.weights.lanes_mut();
        let rows = all_weights.chunks_exact_mut(per_row);
        for ((place, span), (weights, own)) in
            inputs.iter().zip(&mut self.spans).zip(rows.zip(at as u32 - first..))
        {
            *span = Span { from: place.from - first, to: place.to - first, own };
            let around = place.to - place.from - 1;
            pairs += around as usize;
            weights.as_flattened_mut()[..k].fill(around as f32);
        }
        // What is left of the buffers takes part without weight.
        let end = outputs.len() as u32;
        self.spans[inputs.len()..].fill(Span { from: end, to: end, own: end });
        all_weights[inputs.len() * per_row..].fill([0.0; LANES]);
        // A negative does not compete with pairs of which it is the true output.
        let drawn = Sieve::new(negatives);
        for (output, place) in (0..).zip(outputs) {
            if !drawn.may_hold(place.word) {
                continue;
            }
            let columns = negatives.iter().enumerate();
            for (column, _) in columns.filter(|(_, negative)| **negative == place.word) {
                let rows = all_weights.chunks_exact_mut(per_row);
                for (weights, span) in rows.zip(&self.spans) {
                    if (span.from..span.to).contains(&output) && output != span.own {
                        weights.as_flattened_mut()[column] -= 1.0;
                    }
                }
            }
        }

        let stride = stride_of(self.dim);
        let input_words = || inputs.iter().map(|place| place.word);
        let output_words = || outputs.iter().map(|place| place.word);
        let drawn_words = || negatives.iter().copied();
        load(&self.input, input_words(), stride, &mut self.inputs);
        load(&self.output, output_words(), stride, &mut self.outputs);
        load(&self.output, drawn_words(), stride, &mut self.drawn);
        let even = outputs.len().next_multiple_of(2);
        if even > outputs.len() {
            self.outputs.row_mut(outputs.len()).fill(0.0);
        }
        let pitch = self.inputs.stride() / LANES;
        let (input, output) = (&self.input, &self.output);
        let mut block = BlockStep {
            dim: self.dim,
            pitch,
            lr,
            share: self.negative as f32 / k as f32,
            inputs: self.inputs.lanes(),
            outputs: &mut self.outputs.lanes_mut()[..even * pitch],
            negatives: self.drawn.lanes_mut(),
            spans: &self.spans,
            weights: self.weights.lanes(),
            input_steps: self.input_steps.lanes_mut(),
            panels: self.panels.lanes_mut(),
            g: self.g.lanes_mut(),
            band: &mut self.band.lanes_mut()[..self.spans.len() * band_groups(even)],
            fours: &mut self.fours,
            pairs: self.pairs.as_mut().map(Matrix::lanes_mut),
            meanwhile: &mut || next.ask(AHEAD, input, output),
        };
        self.isa.block_scores(&mut block);
        let loss = self.isa.block_coefficients(&mut block);
        self.isa.block_steps(&mut block);
        (pairs, loss)
    }

    /// Adds the steps of a block to the tables.
    fn apply(&mut self, reach: &Reach) {
        let stride = stride_of(self.dim);
        let words = |places: &Range<usize>| self.places[places.clone()].iter().map(|p| p.word);
        add(&self.input_steps, words(&reach.inputs), stride, &mut self.input);
        add(&self.outputs, words(&reach.outputs), stride, &mut self.output);
        let drawn = self.negatives[reach.negatives.clone()].iter().copied();
        add(&self.drawn, drawn, stride, &mut self.output);
    }
}

/// What a block is made of.
struct Reach {
    /// Places of a unit.
    inputs: Range<usize>,
    /// Places of a unit: those of the inputs, and the windows around them.
    outputs: Range<usize>,
    /// Of those that are drawn.
    negatives: Range<usize>,
}

/// The rows that a block needs and the block before it does not, in the order in which they are loaded.
struct Ahead<'a> {
    inputs: &'a [Place],
    outputs: &'a [Place],
    negatives: &'a [WordId],
}

impl<'a> Ahead<'a> {
    /// For the block at `at` of a unit's places, with the negatives `negatives`.
    fn new(
        shape: Shape,
        window: usize,
        places: &'a [Place],
        negatives: &'a [WordId],
        at: usize,
    ) -> Self {
        let part = |from: usize, to: usize| &places[from.min(places.len())..to.min(places.len())];
        let end = at + shape.positions;
        Ahead {
            inputs: part(at, end),
            outputs: part(if at == 0 { 0 } else { at + window }, end + window),
            negatives,
        }
    }

    /// Asks for the next `rows` of them.
    #[inline]
    fn ask(&mut self, rows: usize, input: &impl Rows, output: &impl Rows) {
        for _ in 0..rows {
            if let Some(place) = self.inputs.split_off_first() {
                input.prefetch(place.word.index());
            } else if let Some(place) = self.outputs.split_off_first() {
                output.prefetch(place.word.index());
            } else if let Some(word) = self.negatives.split_off_first() {
                output.prefetch(word.index());
            }
        }
    }
}

/// Which words are surely not among some others: 1,024 bits, of which each word sets one.
struct Sieve([u64; 16]);

impl Sieve {
    fn new(words: &[WordId]) -> Self {
        let mut bits = [0; 16];
        for word in words {
            bits[word.index() / 64 % 16] |= 1 << (word.index() % 64);
        }
        Sieve(bits)
    }

    #[inline]
    fn may_hold(&self, word: WordId) -> bool {
        self.0[word.index() / 64 % 16] >> (word.index() % 64) & 1 == 1
    }
}

impl<'u, R: Rows + Send> Worker<Unit<'u>> for Block<'_, R> {
    fn train(&mut self, unit: Unit<'u>) -> Tally {
        self.input.reseed(unit.rounding);
        self.output.reseed(!unit.rounding);
        let mut random = unit.random.clone();
        let kept = self.choose(&unit, &mut random);
        let mut sums = EpochSums { kept, ..EpochSums::default() };
        let (positions, k) = (self.shape.positions, self.shape.negatives);
        let blocks = self.kept.div_ceil(positions);
        for (block, at) in (0..self.kept).step_by(positions).enumerate() {
            if block % self.shape.drawn_at_once() == 0 {
                self.draw(blocks - block, &mut random);
            }
            if block == 0 {
                let (places, drawn) = (&self.places[..self.kept], &self.negatives[..k]);
                let mut first = Ahead::new(self.shape, self.window.most, places, drawn, 0);
                first.ask(2 * positions + self.window.most + k, &self.input, &self.output);
            }
            let lr = (unit.schedule).lr(unit.before + u64::from(self.places[at].tokens));
            self.input.rate(lr);
            self.output.rate(lr);
            let reach = self.reach(at);
            let (pairs, loss) = self.step(&reach, lr);
            self.apply(&reach);
            sums.pairs += pairs as u64;
            sums.loss += loss;
        }
        Tally { read: unit.len() as u64, sums, at_zero: at_zero(sums.pairs, k) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pair::Pair;
    use super::*;
    use crate::encode::EncodedCorpus;
    use crate::encode::fixture::encoded;
    use crate::kernels::scalar::{sigmoid, softplus};
    use crate::train::units::Units;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// Sentences of random lengths up to `longest`, of words of which the first are more frequent.
    fn text(sentences: usize, longest: usize, words: usize) -> String {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
        let mut text = String::new();
        for _ in 0..sentences {
            for _ in 0..random.random_range(1..=longest) {
                let word = random.random_range(0..words).min(random.random_range(0..words));
                text += &format!("w{word} ");
            }
            text += "\n";
        }
        text
    }

    /// Everything that a worker needs, and matrices of random numbers.
    struct Setting {
        parameters: SkipGram,
        corpus: EncodedCorpus,
        noise: Noise,
        subsampling: Subsampling,
        shape: Shape,
        input: Matrix,
        output: Matrix,
    }

    impl Setting {
        fn new(text: &str, parameters: SkipGram) -> Self {
            let (vocab, corpus) = encoded(text);
            let noise = Noise::new(&vocab, parameters.ns_exponent);
            let subsampling = Subsampling::new(&vocab, parameters.sample);
            let mut random = Xoshiro256PlusPlus::seed_from_u64(8);
            let mut matrix = || {
                let mut matrix = Matrix::zeros(vocab.len(), parameters.dim);
                for row in 0..vocab.len() {
                    let row = matrix.row_mut(row);
                    row.fill_with(|| random.random_range(-0.5..0.5));
                }
                matrix
            };
            Setting {
                input: matrix(),
                output: matrix(),
                shape: Shape::new(&parameters, &vocab, &noise, &subsampling),
                corpus,
                noise,
                subsampling,
                parameters,
            }
        }

        fn units(&self, seed: u64) -> Units<'_> {
            Units::new(&self.corpus, self.parameters.schedule(self.corpus.len()), seed)
        }

        /// The matrices and the tally after one unit.
        fn block(&self, seed: u64) -> (Matrix, Matrix, EpochSums) {
            let (mut input, mut output) = (self.input.clone(), self.output.clone());
            let (parameters, noise, subsampling) =
                (&self.parameters, &self.noise, &self.subsampling);
            let (a, b) = (&mut input, &mut output);
            let mut worker = Block::new(a, b, parameters, self.shape, noise, subsampling);
            let sums = worker.train(self.units(seed).get(0)).sums;
            (input, output, sums)
        }

        fn pair(&self, seed: u64) -> (Matrix, Matrix, EpochSums) {
            let (mut input, mut output) = (self.input.clone(), self.output.clone());
            let (parameters, noise, subsampling) =
                (&self.parameters, &self.noise, &self.subsampling);
            let mut worker = Pair::new(&mut input, &mut output, parameters, noise, subsampling);
            let sums = worker.train(self.units(seed).get(0)).sums;
            (input, output, sums)
        }
    }

    fn floats(matrix: &Matrix) -> Vec<f64> {
        let rows = (0..matrix.rows()).flat_map(|row| matrix.row(row));
        rows.map(|&x| f64::from(x)).collect()
    }

    /// The first unit again, as the module page says it, in f64: by sentence and position, one
    /// number at a time, with the same random draws.
    fn twin(s: &Setting, seed: u64) -> (Vec<f64>, Vec<f64>, EpochSums) {
        let dim = s.parameters.dim;
        let (mut input, mut output) = (floats(&s.input), floats(&s.output));
        let mut tally = EpochSums::default();
        let units = s.units(seed);
        let unit = units.get(0);
        let mut random = unit.random.clone();
        // (sentence, place in it, window, tokens before)
        let mut centres = Vec::new();
        let (mut sentences, mut tokens) = (Vec::new(), 0);
        for sentence in unit.sentences() {
            let kept: Vec<usize> = (sentence.ids())
                .filter(|&id| s.subsampling.keeps(id, random.next_u32()))
                .map(WordId::index)
                .collect();
            tally.kept += kept.len() as u64;
            if kept.len() > 1 {
                for at in 0..kept.len() {
                    let window = s.parameters.window().draw(&mut random);
                    centres.push((sentences.len(), at, window, tokens));
                }
            }
            sentences.push(kept);
            tokens += sentence.len() as u64;
        }
        for block in centres.chunks(s.shape.positions) {
            let lr = f64::from(unit.schedule.lr(unit.before + block[0].3));
            let k = s.shape.negatives;
            let negatives: Vec<usize> = (0..k).map(|_| s.noise.draw(&mut random).index()).collect();
            let (before_in, before_out) = (input.clone(), output.clone());
            let mut step = |i: usize, o: usize, label: f64, weight: f64| {
                let (x, u) = (&before_in[i * dim..][..dim], &before_out[o * dim..][..dim]);
                let z: f64 = x.iter().zip(u).map(|(a, b)| a * b).sum();
                for d in 0..dim {
                    input[i * dim + d] += lr * weight * (label - sigmoid(z)) * u[d];
                    output[o * dim + d] += lr * weight * (label - sigmoid(z)) * x[d];
                }
                tally.loss += weight * softplus(if label > 0.5 { -z } else { z });
            };
            for &(sentence, at, window, _) in block {
                let words = &sentences[sentence];
                let targets: Vec<usize> = (0..words.len())
                    .filter(|&other| other != at && other.abs_diff(at) <= window)
                    .map(|other| words[other])
                    .collect();
                for &target in &targets {
                    step(words[at], target, 1.0, 1.0);
                    tally.pairs += 1;
                }
                for &negative in &negatives {
                    let others = targets.iter().filter(|&&target| target != negative).count();
                    let weight = (s.parameters.negative * others) as f64 / k as f64;
                    step(words[at], negative, 0.0, weight);
                }
            }
        }
        (input, output, tally)
    }

    fn close(ours: &Matrix, theirs: &[f64], name: &str) {
        for (a, b) in floats(ours).iter().zip(theirs) {
            assert!((a - b).abs() < 2e-4, "{name}: {a} is not {b}");
        }
    }

    /// All of it: windows, ends of sentences, blocks that are not full, draws that are outputs.
    #[test]
    fn a_unit_is_its_naive_twin() {
        let settings = [
            // sentences, longest, words, dim, window, shrinks, negative, sample
            (40, 12, 50, 20, 5, true, 5, 0.0),
            (40, 12, 50, 33, 5, false, 5, 0.02),
            (300, 2, 30, 7, 3, true, 2, 0.0),
            (200, 3, 200, 16, 1, true, 1, 0.0),
            (3, 40, 60, 1, 12, true, 7, 0.0),
            (2, 100, 90, 100, 50, true, 3, 0.01),
            (1, 2, 1, 5, 5, true, 5, 0.0),
            (30, 9, 1, 5, 5, true, 5, 0.0),
            (30, 9, 2, 17, 5, true, 5, 0.0),
            (30, 9, 3, 48, 2, true, 15, 0.0),
        ];
        for (sentences, longest, words, dim, window, shrink_window, negative, sample) in settings {
            let parameters =
                SkipGram { dim, window, shrink_window, negative, sample, ..Default::default() };
            let name = format!("{words} words, {parameters:?}");
            let setting = Setting::new(&text(sentences, longest, words), parameters);
            for seed in 1..4 {
                let (input, output, tally) = setting.block(seed);
                let (twin_input, twin_output, twin_tally) = twin(&setting, seed);
                close(&input, &twin_input, &name);
                close(&output, &twin_output, &name);
                assert_eq!(
                    (tally.pairs, tally.kept),
                    (twin_tally.pairs, twin_tally.kept),
                    "{name}"
                );
                let error = (tally.loss - twin_tally.loss).abs();
                assert!(error <= 1e-4 * twin_tally.loss, "{name}: {}", tally.loss);
            }
        }
    }

    /// Over many seeds, and with steps so small that their order does not matter, blocks and pairs
    /// take the same step on average and see the same loss.
    #[test]
    fn blocks_take_the_step_of_pairs_on_average() {
        let parameters = SkipGram {
            dim: 8,
            window: 4,
            negative: 3,
            sample: 0.05,
            lr: 1e-5,
            min_lr: 1e-5,
            ..Default::default()
        };
        let setting = Setting::new(&text(30, 12, 12), parameters);
        let mean = |run: &dyn Fn(u64) -> (Matrix, Matrix, EpochSums)| {
            let before = [floats(&setting.input), floats(&setting.output)].concat();
            let mut sum = vec![0.0; before.len()];
            let (mut loss, mut pairs) = (0.0, 0);
            for seed in 0..1500 {
                let (input, output, tally) = run(seed);
                let after = [floats(&input), floats(&output)].concat();
                sum.iter_mut().zip(after).zip(&before).for_each(|((s, a), b)| *s += a - b);
                loss += tally.loss;
                pairs += tally.pairs;
            }
            (sum, loss / pairs as f64, pairs as f64)
        };
        let (block, block_loss, block_pairs) = mean(&|seed| setting.block(seed));
        let (pair, pair_loss, pair_pairs) = mean(&|seed| setting.pair(seed + 1_000_000));
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let difference: Vec<f64> = block.iter().zip(&pair).map(|(a, b)| a - b).collect();
        let error = norm(&difference) / norm(&pair);
        assert!(error < 0.02, "{error}");
        assert!((block_loss / pair_loss - 1.0).abs() < 0.005, "{block_loss} {pair_loss}");
        assert!((block_pairs / pair_pairs - 1.0).abs() < 0.01);
    }

    /// A vocabulary of a few words makes blocks small; a large one leaves them whole.
    #[test]
    fn shapes() {
        let shape = |words: usize, parameters: &SkipGram| {
            let words: Vec<String> = (0..words).map(|i| format!("w{i}")).collect();
            let vocab = Vocab::new(words.iter().map(|w| (w.as_str(), 10)));
            let noise = Noise::new(&vocab, 0.75);
            let subsampling = Subsampling::new(&vocab, 0.0);
            let Shape { positions, negatives } =
                Shape::new(parameters, &vocab, &noise, &subsampling);
            (positions, negatives)
        };
        let default = SkipGram::default();
        assert_eq!(shape(1000, &default), (POSITIONS, 32));
        assert_eq!(shape(1, &default), (3, 32));
        let wide = SkipGram { window: 10, ..default.clone() };
        assert_eq!(shape(1000, &wide), (POSITIONS, 56));
        let whole = SkipGram { shrink_window: false, negative: 10, ..default.clone() };
        assert_eq!(shape(1000, &whole), (POSITIONS, 104));
        let narrow = SkipGram { window: 1, negative: 1, ..default.clone() };
        assert_eq!(shape(1000, &narrow), (POSITIONS, 8));
        let extreme = SkipGram { window: 1000, negative: 1000, ..default };
        assert_eq!(shape(1000, &extreme), (1, 8192));
    }
}
