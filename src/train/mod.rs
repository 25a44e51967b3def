//! 5 LEARN: vectors from an encoded corpus, or from its co-occurrence counts.
//!
//! In: [`EncodedCorpus`] and [`Vocab`], parameters ([`SkipGram`]) and a [`Run`]; for [`Glove`] a table of
//! [`crate::cooccur`] instead of the corpus. Out: a [`Model`].
//! Nothing here reads text or prints: what a person may want to see comes as [`Event`]s.
//!
//! For skip-gram the corpus is trained in *units* of about 1,000 tokens (`engine`), in an order that
//! is shuffled each epoch. Everything a unit does depends on the seed and the unit's turn, not on the
//! thread that does it: its random numbers (windows, sub-sampling, negatives) and its learning rate.
//! With one thread the result is the same to the byte; with several, threads take units as they
//! become free, every unit exactly once an epoch, and only the order in which updates meet differs
//! (and, with [`Storage::Bf16`], the random bits of rounding, which belong to the thread).
//!
//! * `engine` runs units: on one thread over plain matrices, or on several over shared ones
//!   (see [`crate::matrix`] for what sharing means).
//! * `block` is the default: some 32 positions at once, with negatives that they share.
//! * `origin` is what training begins with where that is not nothing: a model that goes on, or vectors.
//! * `explain` tells of the first steps, number by number.
//! * `pair` is the method of word2vec.c, one pair at a time: the oracle of quality.
//! * `glove` trains on co-occurrence counts instead of the corpus, with an engine of its own.

mod block;
mod engine;
mod explain;
mod glove;
mod model;
mod origin;
mod pair;
mod skipgram;

pub use engine::{Engine, Event, Run, Storage};
pub use explain::{Explanation, Step, Target, TokenFate, WordFacts, explain};
pub use glove::{Combine, Glove, glove, glove_bytes};
pub use model::{Biases, CorpusFile, GloveParameters, Model, Parameters, Reading, Training};
pub use origin::{Hold, Origin, OriginKind, OriginRecord};
pub use skipgram::SkipGram;

use crate::corpus::Tokenizer;
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::kernels;
use crate::matrix::{Bf16Matrix, Matrix, Rows, Table, stride_of};
use crate::vocab::{Noise, Subsampling, Vocab};
use block::{Block, Shape};
use engine::{Outcome, Schedule, Units, Worker};
use origin::Which;
use pair::Pair;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::Uniform;
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};
use std::borrow::Cow;
use std::time::Instant;

/// Trains skip-gram vectors with negative sampling.
///
/// `on_event` is called about ten times a second and at the end of each epoch; where it returns
/// `false`, training ends with [`Error::Interrupted`].
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::{Corpus, SkipGram, Tokenizer, encode, train};
/// let corpus = Corpus::open(&["data/corpus.txt".into()], Default::default())?;
/// let tokenizer = Tokenizer::default();
/// let (vocab, encoded) =
///     encode::encode(&corpus, tokenizer, &Default::default(), &Default::default(), |_| true)?;
/// let parameters = SkipGram { dim: 10, epochs: 1, ..Default::default() };
/// let run = train::Run { threads: 2, ..Default::default() };
/// let model = train::skipgram(vocab, &encoded, tokenizer, &parameters, &run, |_| true)?;
/// assert_eq!(model.input.dim(), 10);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Error::Parameter`] for parameters outside their range, [`Error::Diverged`] where a loss or a
/// weight is no longer finite, [`Error::NoPairs`], [`Error::Memory`], [`Error::Interrupted`].
pub fn skipgram(
    vocab: Vocab,
    corpus: &EncodedCorpus,
    tokenizer: Tokenizer,
    parameters: &SkipGram,
    run: &Run,
    on_event: impl FnMut(&Event) -> bool,
) -> Result<Model> {
    skipgram_from(None, vocab, corpus, tokenizer, parameters, run, on_event)
}

/// As [`skipgram`], beginning with the rows of an [`Origin`] where there is one.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::train::{Hold, Origin, Run, skipgram, skipgram_from};
/// use w2v::{Corpus, SkipGram, Tokenizer, VocabLimits, encode};
/// # let folder = tempfile::tempdir().unwrap();
/// # let text = |name: &str, text: &str| {
/// #     let path = folder.path().join(name);
/// #     std::fs::write(&path, text.repeat(50)).unwrap();
/// #     Corpus::open(&[path], Default::default())
/// # };
/// # let (old, new) = (text("old", "the king rules\n")?, text("new", "the queen rules\n")?);
/// let parameters = SkipGram { dim: 8, sample: 0.0, ..Default::default() };
/// let (tokenizer, options, run) = (Tokenizer::default(), Default::default(), Run::default());
/// let (vocab, encoded) = encode::encode(&old, tokenizer, &VocabLimits::default(), &options, |_| true)?;
/// let model = skipgram(vocab, &encoded, tokenizer, &parameters, &run, |_| true)?;
///
/// let limits = VocabLimits { begin_with: Some(model.vocab.clone()), ..Default::default() };
/// let (vocab, encoded) = encode::encode(&new, tokenizer, &limits, &options, |_| true)?;
/// let (king, queen) = (vocab.id("king").unwrap().index(), vocab.id("queen").unwrap().index());
/// assert_eq!(queen, 3, "behind the old words");
/// let was = model.input.row(king).to_vec();
/// let origin = Origin::of_model(model, "vectors.w2v", 0)?.hold(Hold::Frozen)?;
/// let grown = skipgram_from(Some(&origin), vocab, &encoded, tokenizer, &parameters, &run, |_| true)?;
/// assert_eq!(grown.input.row(king), was);
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`skipgram`]; [`Error::Query`] where the vocabulary is not one that begins with the origin's.
pub fn skipgram_from(
    origin: Option<&Origin>,
    vocab: Vocab,
    corpus: &EncodedCorpus,
    tokenizer: Tokenizer,
    parameters: &SkipGram,
    run: &Run,
    mut on_event: impl FnMut(&Event) -> bool,
) -> Result<Model> {
    parameters.check()?;
    run.check()?;
    let start = Instant::now();
    // What is drawn and left out follows from this text alone, see `origin`.
    let of_text = match origin {
        Some(origin) => {
            origin.check(&vocab, parameters.dim)?;
            Cow::Owned(vocab.with_counts(corpus.counts(vocab.len())))
        }
        None => Cow::Borrowed(&vocab),
    };
    let noise = Noise::new(&of_text, parameters.ns_exponent);
    let subsampling = Subsampling::new(&of_text, parameters.sample);
    let shape = Shape::new(parameters, &of_text, &noise, &subsampling);
    drop(of_text);
    ensure_memory(vocab.len(), parameters, shape, run)?;
    let schedule = Schedule::new(parameters, corpus.len());
    let units = Units::new(corpus, schedule, run.seed);
    let method = Method {
        engine: run.engine,
        parameters,
        shape,
        noise: &noise,
        subsampling: &subsampling,
        origin,
    };
    let (input, output, outcome) = match run.storage {
        Storage::F32 => train::<Matrix>(&method, &units, vocab.len(), run, &mut on_event)?,
        Storage::Bf16 => train::<Bf16Matrix>(&method, &units, vocab.len(), run, &mut on_event)?,
    };
    if !(input.is_finite() && output.is_finite()) {
        return Err(Error::Diverged {
            epoch: parameters.epochs,
            tokens: corpus.len() as u64 * u64::from(parameters.epochs),
            loss: f64::NAN,
            lr: parameters.lr,
        });
    }
    let training = Training {
        parameters: Parameters::SkipGram(parameters.clone()),
        engine: run.engine.to_string(),
        storage: run.storage.to_string(),
        seed: run.seed,
        threads: run.threads,
        kernels: kernels::isa().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        corpus: Vec::new(),
        corpus_hash: corpus.statistics().hash,
        corpus_tokens: corpus.len() as u64,
        reading: None,
        origin: origin.map(|origin| origin.record().clone()),
        trained_tokens: outcome.trained_tokens,
        losses: outcome.losses,
        seconds: start.elapsed().as_secs_f64(),
    };
    Ok(Model {
        vocab,
        tokenizer,
        input,
        output,
        biases: None,
        training,
    })
}

/// The bytes that [`skipgram`] asks for: both matrices as they are at the end, the tables that are
/// derived from counts, and the buffers of all threads.
pub fn bytes(vocab: &Vocab, parameters: &SkipGram, run: &Run) -> u64 {
    let noise = Noise::new(vocab, parameters.ns_exponent);
    let subsampling = Subsampling::new(vocab, parameters.sample);
    let shape = Shape::new(parameters, vocab, &noise, &subsampling);
    let bytes = bytes_of(vocab.len(), parameters, shape, run);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn bytes_of(words: usize, parameters: &SkipGram, shape: Shape, run: &Run) -> u128 {
    let dim = parameters.dim;
    let matrices = 2 * 4 * words as u128 * stride_of(dim) as u128;
    // Eight for a word's share of the noise, four for its chance to be kept.
    let tables = 12 * words as u128;
    let buffers = match run.engine {
        Engine::Block => shape.bytes(parameters),
        Engine::Pair => 4 * (parameters.negative as u128 + 3) * stride_of(dim) as u128,
    };
    matrices + tables + run.threads as u128 * buffers
}

/// Refuses a run whose matrices and buffers the system has no memory for, by asking for as much.
///
/// Systems that promise more than they have say yes to almost anything; what this catches is a limit
/// (`ulimit -v`, a container's) and numbers beyond the address space.
fn ensure_memory(words: usize, parameters: &SkipGram, shape: Shape, run: &Run) -> Result<()> {
    let bytes = bytes_of(words, parameters, shape, run);
    let granted =
        usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    match granted {
        true => Ok(()),
        false => Err(Error::Memory {
            words,
            dim: parameters.dim,
            threads: run.threads,
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        }),
    }
}

/// What the workers of a run have in common, but for the matrices.
#[derive(Clone, Copy)]
struct Method<'a> {
    engine: Engine,
    parameters: &'a SkipGram,
    shape: Shape,
    noise: &'a Noise,
    subsampling: &'a Subsampling,
    origin: Option<&'a Origin>,
}

impl<'a> Method<'a> {
    /// A worker on rows of which some may be held.
    fn worker_on<'b, R: Rows + Send + 'b>(&self, input: R, output: R) -> Box<dyn Worker + 'b>
    where
        'a: 'b,
    {
        match self.origin.filter(|o| o.record().hold != Hold::Free) {
            None => self.worker(input, output),
            Some(origin) => self.worker(
                origin.held(input, Which::Input),
                origin.held(output, Which::Output),
            ),
        }
    }

    fn worker<'b, R: Rows + Send + 'b>(&self, input: R, output: R) -> Box<dyn Worker + 'b>
    where
        'a: 'b,
    {
        let (parameters, noise, subsampling) = (self.parameters, self.noise, self.subsampling);
        match self.engine {
            Engine::Pair => Box::new(Pair::new(input, output, parameters, noise, subsampling)),
            Engine::Block => Box::new(Block::new(
                input,
                output,
                parameters,
                self.shape,
                noise,
                subsampling,
            )),
        }
    }
}

/// Trains matrices of one kind; returns them as `f32`.
fn train<T: Table>(
    method: &Method<'_>,
    units: &Units<'_>,
    words: usize,
    run: &Run,
    on_event: &mut impl FnMut(&Event) -> bool,
) -> Result<(Matrix, Matrix, Outcome)> {
    let mut input = initial_weights::<T>(words, method.parameters.dim, run.seed);
    let mut output = T::zeros(words, method.parameters.dim);
    if let Some(origin) = method.origin {
        origin.restore(&mut input, Which::Input);
        origin.restore(&mut output, Which::Output);
    }
    // For rounding: unrelated numbers for each matrix and worker.
    let mut random = SplitMix64::seed_from_u64(run.seed);
    let mut seeds = || -> Vec<u64> { (0..run.threads).map(|_| random.next_u64()).collect() };
    let (of_input, of_output) = (seeds(), seeds());
    let workers = match run.threads {
        1 => {
            vec![method.worker_on(input.owned(of_input[0]), output.owned(of_output[0]))]
        }
        _ => (input.shared(&of_input).into_iter())
            .zip(output.shared(&of_output))
            .map(|(input, output)| method.worker_on(input, output))
            .collect(),
    };
    let outcome = engine::run(units, workers, on_event)?;
    let (mut input, mut output) = (input.into_f32(), output.into_f32());
    if let Some(origin) = method.origin
        && origin.record().hold == Hold::Frozen
        && run.storage != Storage::F32
    {
        // Rows that were not trained were rounded all the same.
        origin.restore(&mut input, Which::Input);
        origin.restore(&mut output, Which::Output);
    }
    Ok((input, output, outcome))
}

/// V×D weights, uniform in ±1/(2D) as in word2vec.c, from the seed alone, row after row.
fn initial_weights<T: Table>(rows: usize, dim: usize, seed: u64) -> T {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let bound = 0.5 / dim as f32;
    let uniform = Uniform::new(-bound, bound).expect("finite bounds in order");
    let mut weights = T::zeros(rows, dim);
    let mut numbers = vec![0.0; dim];
    for row in 0..rows {
        numbers.fill_with(|| random.sample(uniform));
        weights.set_row(row, &numbers);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;
    use crate::encode::encode;
    use crate::vocab::VocabLimits;

    const ENGINES: [Engine; 2] = [Engine::Block, Engine::Pair];

    /// A text of which every word counts.
    pub(super) fn encoded(text: &str) -> (Vocab, EncodedCorpus) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let corpus = Corpus::open(&[file.path().into()], Default::default()).unwrap();
        let limits = VocabLimits {
            min_count: 1,
            ..Default::default()
        };
        let (tokenizer, options) = Default::default();
        encode(&corpus, tokenizer, &limits, &options, |_| true).unwrap()
    }

    fn trained(text: &str, parameters: &SkipGram, run: &Run) -> Model {
        let (vocab, encoded) = encoded(text);
        let tokenizer = Tokenizer::default();
        skipgram(vocab, &encoded, tokenizer, parameters, run, |_| true).unwrap()
    }

    /// Two topics whose words never meet.
    fn topics() -> String {
        (0..2000)
            .map(|i| format!("{0}1 {0}{1} {0}2 {0}{2}\n", ["a", "b"][i % 2], i % 7, i % 5))
            .collect()
    }

    #[test]
    fn one_thread_repeats_itself_and_the_loss_falls() {
        let parameters = SkipGram {
            dim: 20,
            sample: 0.0,
            ..Default::default()
        };
        for engine in ENGINES {
            let run = |seed| Run {
                engine,
                seed,
                ..Default::default()
            };
            let one = trained(&topics(), &parameters, &run(1));
            let two = trained(&topics(), &parameters, &run(1));
            let other = trained(&topics(), &parameters, &run(2));
            assert!(one.input.row(0) != other.input.row(0), "{engine}");
            for row in 0..one.vocab.len() {
                assert_eq!(one.input.row(row), two.input.row(row), "{engine}");
                assert_eq!(one.output.row(row), two.output.row(row), "{engine}");
            }
            let losses = &one.training.losses;
            // Most is learnt in the first epoch; what remains, 1.79, is the chance in the text.
            assert!(losses[4] < 0.95 * losses[0], "{engine}: {losses:?}");
            assert_eq!(one.training.engine, engine.to_string());
        }
    }

    /// A block's rows must not overshoot where the same few words fill it.
    #[test]
    fn tiny_vocabularies_do_not_diverge() {
        for words in 1..=6 {
            let text: String = (0..6_000)
                .map(|i: usize| {
                    format!(
                        "w{}{}",
                        i * i / 7 % words,
                        if i.is_multiple_of(11) { "\n" } else { " " }
                    )
                })
                .collect();
            for (dim, threads) in [(1, 1), (10, 1), (100, 2)] {
                let parameters = SkipGram {
                    dim,
                    sample: 0.0,
                    epochs: 3,
                    ..Default::default()
                };
                let losses = ENGINES.map(|engine| {
                    let run = Run {
                        engine,
                        threads,
                        ..Default::default()
                    };
                    trained(&text, &parameters, &run).training.losses[2]
                });
                assert!(
                    losses[0] < 1.1 * losses[1] + 0.05,
                    "{words} words, dim {dim}: {losses:?}"
                );
            }
        }
    }
}
