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
//! become free, every unit exactly once an epoch, and only the order in which updates meet differs.
//!
//! * `trainer` is a run of skip-gram from its beginning, or from a checkpoint, to its end.
//! * `run` has what a run may be told and what it tells; `parameters` and `skipgram` what is told of the
//!   method.
//! * `recipe` is a run as a value, everything that decides its result; `model` is what comes out, and
//!   `record` what it keeps of its training: the recipe and what happened.
//! * `engine` runs units: on one thread over plain matrices, or on several over shared ones
//!   (see [`crate::matrix`] for what sharing means).
//! * `checkpoint` is the state of a run between two steps.
//! * `block` is the default: some 32 positions at once, with negatives that they share.
//! * `origin` is what training begins with where that is not nothing: a model that goes on, or vectors.
//! * `explain` tells of the first steps, number by number.
//! * `pair` is the method of word2vec.c, one pair at a time: the oracle of quality.
//! * `glove` trains on co-occurrence counts instead of the corpus, with an engine of its own.

mod block;
mod checkpoint;
mod engine;
mod explain;
mod glove;
mod model;
mod origin;
mod pair;
mod parameters;
mod position;
mod recipe;
mod record;
mod run;
mod skipgram;
mod trainer;

pub use checkpoint::{Checkpoint, Checkpoints, Every, Snapshot, TableRows};
pub use explain::{Explanation, Step, Target, TokenFate, WordFacts, explain};
pub use glove::{GloveTrainer, glove, glove_bytes};
pub use model::{Model, NamedTable};
pub use origin::Origin;
pub use parameters::{Combine, Glove, GloveParameters, Hold, Parameters};
pub use position::{EpochSums, Position};
pub use recipe::{Difference, OriginKind, OriginRecord, Reading, Recipe, flag_of};
#[cfg(test)]
pub(crate) use record::tests as samples;
pub use record::{CorpusFile, CorpusRecord, Record, Training};
pub use run::{Engine, Event, Run, Storage};
pub use skipgram::SkipGram;
pub use trainer::SkipGramTrainer;

use crate::corpus::Tokenizer;
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::matrix::stride_of;
use crate::vocab::{Noise, Subsampling, Vocab};
use block::Shape;

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
    SkipGramTrainer::new(vocab, corpus, tokenizer, parameters, run).train(on_event)
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
        let limits = VocabLimits { min_count: 1, ..Default::default() };
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
        let parameters = SkipGram { dim: 20, sample: 0.0, ..Default::default() };
        for engine in ENGINES {
            let run = |seed| Run { engine, seed, ..Default::default() };
            let one = trained(&topics(), &parameters, &run(1));
            let two = trained(&topics(), &parameters, &run(1));
            let other = trained(&topics(), &parameters, &run(2));
            assert!(one.input.row(0) != other.input.row(0), "{engine}");
            for row in 0..one.vocab.len() {
                assert_eq!(one.input.row(row), two.input.row(row), "{engine}");
                assert_eq!(one.output.row(row), two.output.row(row), "{engine}");
            }
            let losses = &one.training.record.losses;
            // Most is learnt in the first epoch; what remains, 1.79, is the chance in the text.
            assert!(losses[4] < 0.95 * losses[0], "{engine}: {losses:?}");
            assert_eq!(one.training.recipe.engine, Some(engine));
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
                let parameters = SkipGram { dim, sample: 0.0, epochs: 3, ..Default::default() };
                let losses = ENGINES.map(|engine| {
                    let run = Run { engine, threads, ..Default::default() };
                    trained(&text, &parameters, &run).training.record.losses[2]
                });
                assert!(losses[0] < 1.1 * losses[1] + 0.05, "{words} words, dim {dim}: {losses:?}");
            }
        }
    }
}
