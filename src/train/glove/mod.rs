//! GloVe: vectors from co-occurrence counts (Pennington, Socher and Manning 2014).
//!
//! In: [`Cooccurrences`] and the vocabulary that explains them. Out: a [`Model`] with word vectors,
//! context vectors and the biases of both.
//!
//! A word has two records, as a word and as a context, each with its squared gradients beside it
//! ([`crate::kernels::record_stride`]). Cells are trained in chunks of a row, shuffled (`order`), by
//! one thread over plain matrices or by several over shared ones (`engine`; [`crate::matrix`] says
//! what sharing means). Logarithms and weights of a chunk are computed together, 16 at a time,
//! before its steps, so that a cell stays 8 bytes long.
//!
//! # Differences from `glove`
//!
//! * f32 and not f64 for parameters; losses are summed in f64.
//! * Nothing is shuffled on disk beforehand: the order is made while training, anew each epoch.
//! * Gradients of biases are clipped as all others are.
//! * A loss that is not finite ends the run, which goes back to the end of the epoch before (kept in
//!   a temporary file meanwhile, or in memory); `glove` skips such steps and goes on.

mod engine;
mod order;
mod records;
#[cfg(test)]
mod tests;
mod trainer;

pub use trainer::GloveTrainer;

use super::{Event, Glove, Model, Run};
use crate::cooccur::Cooccurrences;
use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::kernels::record_stride;
use crate::vocab::Vocab;

/// Trains GloVe vectors.
///
/// `on_event` is called about ten times a second and at the end of each epoch; where it returns
/// `false`, training ends with [`Error::Interrupted`].
///
/// Where a loss is not finite after the first epoch, [`Event::Diverged`] says so and the model of the
/// last epoch that was whole is returned: it has a loss for each of these in `training.record.losses`.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::{Corpus, Glove, Tokenizer, cooccur, encode, train};
/// let corpus = Corpus::open(&["data/corpus.txt".into()], Default::default())?;
/// let tokenizer = Tokenizer::default();
/// let (vocab, encoded) =
///     encode::encode(&corpus, tokenizer, &Default::default(), &Default::default(), |_| true)?;
/// let counting = cooccur::Counting { window: 10, ..Default::default() };
/// let pairs = cooccur::count(&vocab, &encoded, &counting, &Default::default(), |_| true)?;
/// let parameters = Glove { dim: 10, epochs: 2, x_max: 10.0, ..Default::default() };
/// let model = train::glove(vocab, &pairs, tokenizer, &parameters, &Default::default(), |_| true)?;
/// assert!(model.training.record.losses[1] < model.training.record.losses[0]);
/// assert_eq!(model.into_vectors().dim(), 10);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Error::Parameter`] for parameters outside their range; [`Error::Query`] where `vocab` is not the
/// one of `pairs`; [`Error::Diverged`] in the first epoch; [`Error::Memory`], [`Error::Io`],
/// [`Error::Interrupted`].
pub fn glove(
    vocab: Vocab,
    pairs: &Cooccurrences,
    tokenizer: Tokenizer,
    parameters: &Glove,
    run: &Run,
    on_event: impl FnMut(&Event) -> bool,
) -> Result<Model> {
    GloveTrainer::new(vocab, pairs, tokenizer, parameters, run).train(on_event)
}

/// Bytes of the records of V words, in both roles.
pub fn glove_bytes(words: usize, dim: usize) -> u64 {
    let floats = 2 * 2 * words as u128 * record_stride(dim) as u128;
    u64::try_from(4 * floats).unwrap_or(u64::MAX)
}

/// Refuses a run whose records, `twice` where they are saved in memory too, the system has no memory
/// for, by asking for as much.
fn ensure_memory(words: usize, dim: usize, twice: bool, threads: usize) -> Result<()> {
    let bytes = glove_bytes(words, dim).saturating_mul(if twice { 2 } else { 1 });
    let granted =
        usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    match granted {
        true => Ok(()),
        false => Err(Error::Memory { words, dim, threads, bytes }),
    }
}
