//! The first steps of a run, one number after the other, so that they can be checked by hand.
//!
//! In: what [`Trainer`](crate::train::Trainer) gets, and how many steps to tell of. Out: [`Explanation`]:
//! for each word its count and what follows from it, then the sentences of the first unit, with the
//! tokens that sub-sampling kept, the windows, the negatives that were drawn, and each step of a pair
//! with all its numbers.
//!
//! It tells of the pair engine, which is word2vec.c's method and whose steps are those of the papers;
//! it draws the same random numbers in the same order and makes the same steps, so that a run told to
//! its end has the matrices that [`Engine::Pair`](super::Engine::Pair) makes: a test holds it to that.
//! The block engine makes the same steps in expectation, with negatives that many positions share.

use super::SkipGram;

use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::kernels::{Isa, Kernels};
use crate::matrix::{Matrix, stride_of};
use crate::train::tables::initial_weights;
use crate::train::units::Units;
use crate::train::window::around;
use crate::vocab::{Noise, Subsampling, Vocab, WordId};
use rand::Rng;
use std::fmt;

/// A word and what follows from its count.
#[derive(Clone, Debug, PartialEq)]
pub struct WordFacts {
    /// Its index, and its row in both matrices.
    pub id: WordId,
    /// Occurrences in the corpus.
    pub count: u64,
    /// count ÷ N.
    pub frequency: f64,
    /// The probability that sub-sampling keeps a token of this word: √(t/f) + t/f, at most 1.
    pub keep: f64,
    /// The probability with which it is drawn as a negative: count^`ns_exponent`, shared out.
    pub noise: f64,
}

/// A token, and whether sub-sampling kept it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenFate {
    /// The word.
    pub id: WordId,
    /// The random number, 0 to 1.
    pub drawn: f64,
    /// Whether it was below the word's [`WordFacts::keep`].
    pub kept: bool,
}

/// One word that a step predicts or pushes away.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The word; the first of a step is the true one, the others are negatives.
    pub id: WordId,
    /// Its output row u before the step.
    pub row: Vec<f32>,
    /// v·u.
    pub z: f32,
    /// lr·(y − σ(z)), where y is 1 for the true word and 0 for a negative.
    pub g: f32,
    /// u + g·v.
    pub after: Vec<f32>,
}

/// One step of a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which sentence of the first unit, from 0.
    pub sentence: usize,
    /// Place of the word among the kept tokens of the sentence.
    pub position: usize,
    /// The window that was drawn for this place.
    pub window: usize,
    /// The kept tokens within the window, without the word itself.
    pub context: Vec<WordId>,
    /// The context word whose input row predicts the word.
    pub input: WordId,
    /// Negatives that were drawn but are the word itself, and so left out.
    pub left_out: usize,
    /// The learning rate.
    pub lr: f32,
    /// The input row v before the step.
    pub row: Vec<f32>,
    /// The word and the negatives.
    pub targets: Vec<Target>,
    /// −log σ(z) of the word and Σ −log σ(−z) of the negatives, before the step.
    pub loss: f32,
    /// v + Σ g·u, with u as before the step.
    pub after: Vec<f32>,
}

/// The first steps of a run.
pub struct Explanation {
    /// All words in the order of their indices.
    pub words: Vec<WordFacts>,
    /// Σ count^`ns_exponent` over all words.
    pub noise_sum: f64,
    /// The sentences of the steps, in their order.
    pub sentences: Vec<Vec<TokenFate>>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The input matrix after the steps.
    pub input: Matrix,
    /// The output matrix after the steps.
    pub output: Matrix,
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Explanation({} words, {} steps)", self.words.len(), self.steps.len())
    }
}

/// Tells of the first `steps` steps that training with the pair engine on one thread makes; fewer
/// where the first unit (some 1,000 tokens) has fewer. Nothing after them is trained.
///
/// # Errors
/// As [`Trainer::train`](crate::train::Trainer::train).
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::{Corpus, SkipGram, Tokenizer, VocabLimits, encode, train};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("text.txt");
/// # std::fs::write(&path, "the king rules the land\n").unwrap();
/// let corpus = Corpus::open(&[path], Default::default())?;
/// let limits = VocabLimits { min_count: 1, ..Default::default() };
/// let (vocab, encoded) =
///     encode::encode(&corpus, Tokenizer::default(), &limits, &Default::default())?;
/// let parameters = SkipGram { dim: 2, sample: 0.0, negative: 2, ..Default::default() };
/// let told = train::explain(&vocab, &encoded, &parameters, 1, 1)?;
/// assert_eq!(told.words[0].count, 2); // "the"
/// let step = &told.steps[0];
/// let u = &step.targets[0];
/// // Output rows begin as zeros, so that σ(z) is ½ in the first step.
/// assert_eq!((u.z, u.g), (0.0, 0.5 * step.lr));
/// # Ok(()) }
/// ```
pub fn explain(
    vocab: &Vocab,
    corpus: &EncodedCorpus,
    parameters: &SkipGram,
    seed: u64,
    steps: usize,
) -> Result<Explanation> {
    parameters.check()?;
    let noise = Noise::new(vocab, parameters.ns_exponent);
    let subsampling = Subsampling::new(vocab, parameters.sample);
    let schedule = parameters.schedule(corpus.len());
    let unit = Units::new(corpus, schedule, seed).get(0);
    let stride = stride_of(parameters.dim);
    let mut told = Explanation::new(vocab, parameters, &subsampling, seed);
    let mut random = unit.random.clone();
    let mut tokens = unit.before;
    let mut kept = Vec::new();
    for (number, sentence) in unit.sentences().enumerate() {
        if told.steps.len() >= steps {
            break;
        }
        let lr = schedule.lr(tokens);
        tokens += sentence.len() as u64;
        kept.clear();
        let fate = |id| {
            let bits = random.next_u32();
            let drawn = f64::from(bits) / 4_294_967_296.0;
            let kept = subsampling.keeps(id, bits);
            TokenFate { id, drawn, kept }
        };
        let fates: Vec<TokenFate> = sentence.ids().map(fate).collect();
        kept.extend(fates.iter().filter(|token| token.kept).map(|token| token.id));
        told.sentences.push(fates);
        for at in 0..kept.len() {
            let window = parameters.window().draw(&mut random);
            let near = around(at, window, 0..kept.len());
            let context: Vec<WordId> = near.filter(|i| *i != at).map(|i| kept[i]).collect();
            // The pair engine draws for all pairs of a word before the first step.
            let drawn: Vec<Vec<WordId>> = context
                .iter()
                .map(|_| (0..parameters.negative).map(|_| noise.draw(&mut random)).collect())
                .collect();
            for (&input, drawn) in context.iter().zip(drawn) {
                if told.steps.len() >= steps {
                    break;
                }
                let all = drawn.len();
                let negatives: Vec<WordId> =
                    drawn.into_iter().filter(|id| *id != kept[at]).collect();
                let step = Step {
                    sentence: number,
                    position: at,
                    window,
                    context: context.clone(),
                    input,
                    left_out: all - negatives.len(),
                    lr,
                    row: Vec::new(),
                    targets: Vec::new(),
                    loss: 0.0,
                    after: Vec::new(),
                };
                told.take(step, [&[kept[at]], &negatives[..]].concat(), stride);
            }
        }
    }
    if told.steps.is_empty() {
        let tokens_kept = told.sentences.iter().flatten().filter(|token| token.kept);
        return Err(Error::NoPairs {
            tokens: corpus.len() as u64,
            sentences: corpus.statistics().sentences,
            kept: tokens_kept.count() as u64,
        });
    }
    Ok(told)
}

impl Explanation {
    fn new(vocab: &Vocab, p: &SkipGram, subsampling: &Subsampling, seed: u64) -> Self {
        let total = vocab.total() as f64;
        let weight = |count: u64| (count.max(1) as f64).powf(p.ns_exponent);
        let noise_sum = vocab.counts().iter().map(|count| weight(*count)).sum();
        let facts = |(id, &count): (usize, &u64)| WordFacts {
            id: WordId(id as u32),
            count,
            frequency: count as f64 / total,
            keep: subsampling.probability(WordId(id as u32)),
            noise: weight(count) / noise_sum,
        };
        Explanation {
            words: vocab.counts().iter().enumerate().map(facts).collect(),
            noise_sum,
            sentences: Vec::new(),
            steps: Vec::new(),
            input: initial_weights(vocab.len(), p.dim, seed),
            output: Matrix::zeros(vocab.len(), p.dim),
        }
    }

    /// Makes a step on both matrices and tells of it, as the pair engine does.
    fn take(&mut self, mut step: Step, targets: Vec<WordId>, stride: usize) {
        let isa = Isa::chosen();
        let dim = self.input.dim();
        let padded = |row: &[f32]| {
            let mut padded = row.to_vec();
            padded.resize(stride, 0.0);
            padded
        };
        step.row = self.input.row(step.input.index()).to_vec();
        let x = padded(&step.row);
        let rows: Vec<f32> =
            (targets.iter()).flat_map(|id| padded(self.output.row(id.index()))).collect();
        let (mut g, mut delta) = (vec![0.0; targets.len()], vec![0.0; stride]);
        step.loss = isa.pair_step(&x, &rows, step.lr, &mut g, &mut delta);
        for (&id, &g) in targets.iter().zip(&g) {
            let row = self.output.row(id.index()).to_vec();
            let z = isa.dot(&step.row, &row);
            step.targets.push(Target { id, row, z, g, after: Vec::new() });
        }
        for target in &step.targets {
            let row = self.output.row_mut(target.id.index());
            isa.add_scaled(target.g, &x[..dim], row);
        }
        isa.add_scaled(1.0, &delta[..dim], self.input.row_mut(step.input.index()));
        for target in &mut step.targets {
            target.after = self.output.row(target.id.index()).to_vec();
        }
        step.after = self.input.row(step.input.index()).to_vec();
        self.steps.push(step);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::*;
    use crate::encode::fixture::encoded;
    use crate::train::{Recipe, Trainer};

    const TEXT: &str = "the king rules the land\nthe queen rules the sea\nthe dog sleeps\na\n";

    /// Told to its end, a run of one epoch is the run of the pair engine.
    #[test]
    fn what_is_told_is_what_is_trained() {
        for (dim, sample, shrink_window) in [(3, 0.0, true), (17, 0.2, true), (20, 0.0, false)] {
            let (vocab, corpus) = encoded(TEXT);
            let parameters = SkipGram {
                dim,
                sample,
                shrink_window,
                window: 2,
                lr: 0.5,
                epochs: 1,
                engine: Engine::Pair,
                ..Default::default()
            };
            let told = explain(&vocab, &corpus, &parameters, 3, usize::MAX).unwrap();
            assert!(told.steps.len() > 5, "{}", told.steps.len());
            let recipe = Recipe { seed: 3, ..Recipe::new(parameters) };
            let model = Trainer::new(vocab, &corpus, &recipe).train().unwrap();
            for row in 0..model.vocab.len() {
                for (told, trained) in [
                    (told.input.row(row), model.input.row(row)),
                    (told.output.row(row), model.output.row(row)),
                ] {
                    for (a, b) in told.iter().zip(trained) {
                        assert!((a - b).abs() < 1e-6, "row {row}: {a} {b}");
                    }
                }
            }
            let mean =
                told.steps.iter().map(|s| f64::from(s.loss)).sum::<f64>() / told.steps.len() as f64;
            assert!((mean - model.training.record.losses[0]).abs() < 1e-5);
        }
    }

    /// The formulas of the page in f64, from nothing but the text and the rows before a step.
    #[test]
    fn every_number_follows_from_the_ones_before_it() {
        let (vocab, corpus) = encoded(TEXT);
        let parameters =
            SkipGram { dim: 4, sample: 0.3, window: 2, negative: 3, lr: 0.4, ..Default::default() };
        let told = explain(&vocab, &corpus, &parameters, 1, usize::MAX).unwrap();
        let tokens: Vec<&str> = TEXT.split_whitespace().collect();
        let count = |word: &str| tokens.iter().filter(|token| **token == word).count() as f64;
        let sum: f64 = vocab.words().map(|word| count(word).powf(0.75)).sum();
        assert!((told.noise_sum - sum).abs() < 1e-9);
        for facts in &told.words {
            let count = count(vocab.word(facts.id));
            let f = count / tokens.len() as f64;
            assert_eq!(facts.count as f64, count);
            assert!((facts.frequency - f).abs() < 1e-12);
            let keep = ((0.3 / f).sqrt() + 0.3 / f).min(1.0);
            assert!((facts.keep - keep).abs() < 1e-8);
            assert!((facts.noise - count.powf(0.75) / sum).abs() < 1e-12);
        }
        for step in &told.steps {
            let kept: Vec<WordId> = told.sentences[step.sentence]
                .iter()
                .filter(|token| token.drawn < told.words[token.id.index()].keep)
                .map(|token| token.id)
                .collect();
            let at = step.position;
            let near = |i: &usize| *i != at && i.abs_diff(at) <= step.window;
            let context: Vec<WordId> = (0..kept.len()).filter(near).map(|i| kept[i]).collect();
            assert_eq!(step.context, context);
            assert_eq!(step.targets[0].id, kept[at]);
            assert!((1..=2).contains(&step.window) && context.contains(&step.input));
            assert_eq!(step.targets.len() + step.left_out, 4);
            let v: Vec<f64> = step.row.iter().map(|x| f64::from(*x)).collect();
            let mut after = v.clone();
            let mut loss = 0.0;
            for (k, target) in step.targets.iter().enumerate() {
                let u: Vec<f64> = target.row.iter().map(|x| f64::from(*x)).collect();
                let z: f64 = u.iter().zip(&v).map(|(u, v)| u * v).sum();
                let sigmoid = 1.0 / (1.0 + (-z).exp());
                let y = if k == 0 { 1.0 } else { 0.0 };
                let g = f64::from(step.lr) * (y - sigmoid);
                loss -= if k == 0 { sigmoid.ln() } else { (1.0 - sigmoid).ln() };
                assert!((f64::from(target.z) - z).abs() < 1e-6);
                assert!((f64::from(target.g) - g).abs() < 1e-6);
                after.iter_mut().zip(&u).for_each(|(a, u)| *a += g * u);
                // A negative that was drawn twice gets both steps.
                let times = step.targets.iter().filter(|other| other.id == target.id).count();
                for ((a, u), v) in target.after.iter().zip(&u).zip(&v) {
                    assert!((f64::from(*a) - (u + times as f64 * g * v)).abs() < 1e-6);
                }
            }
            assert!((f64::from(step.loss) - loss).abs() < 1e-5);
            for (a, b) in step.after.iter().zip(&after) {
                assert!((f64::from(*a) - b).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_text_without_pairs_is_an_error() {
        let (vocab, corpus) = encoded("a\nb\n");
        let told = explain(&vocab, &corpus, &SkipGram::default(), 1, 1);
        assert!(matches!(told, Err(Error::NoPairs { .. })));
    }
}
