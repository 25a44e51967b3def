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
//!   a temporary file meanwhile); `glove` skips such steps and goes on.

mod engine;
mod order;
mod parameters;
#[cfg(test)]
mod tests;

pub use parameters::{Combine, Glove};

use super::{Biases, Event, GloveParameters, Model, Parameters, Run, Training};
use crate::cooccur::Cooccurrences;
use crate::corpus::Tokenizer;
use crate::error::{Error, IoContext, Result};
use crate::kernels::{self, CONSTANT, record_stride};
use crate::matrix::{Matrix, Table};
use crate::vocab::Vocab;
use engine::{Ended, Tally, Worker};
use order::Order;
use rand::{RngExt, SeedableRng};
use rand_distr::Uniform;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Trains GloVe vectors.
///
/// `on_event` is called about ten times a second and at the end of each epoch; where it returns
/// `false`, training ends with [`Error::Interrupted`].
///
/// Where a loss is not finite after the first epoch, [`Event::Diverged`] says so and the model of the
/// last epoch that was whole is returned: it has a loss for each of these in `training.losses`.
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
/// assert!(model.training.losses[1] < model.training.losses[0]);
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
    mut on_event: impl FnMut(&Event) -> bool,
) -> Result<Model> {
    parameters.check()?;
    run.check()?;
    pairs.check_vocab(&vocab)?;
    ensure_memory(vocab.len(), parameters.dim, run.threads)?;
    let start = Instant::now();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(run.seed);
    let mut words = initial_records(vocab.len(), parameters.dim, Role::Word, &mut random);
    let mut contexts = initial_records(vocab.len(), parameters.dim, Role::Context, &mut random);
    let mut saved = Saved::new(parameters.epochs, &run.temp_dir)?;
    let mut losses: Vec<f64> = Vec::new();
    let mut trained = 0;
    for epoch in 0..parameters.epochs {
        let order = Order::new(pairs, run.seed, epoch);
        let before = u64::from(epoch) * pairs.cells();
        let report = |tally: Tally| {
            on_event(&Event::Cells {
                epoch: epoch + 1,
                cells: before + tally.cells + tally.held_cells,
                total: pairs.cells() * u64::from(parameters.epochs),
                loss: tally.mean(),
                seconds: start.elapsed().as_secs_f64(),
            })
        };
        let ended = match run.threads {
            1 => {
                let (words, contexts) = (words.owned(), contexts.owned());
                let mut worker = [Worker::new(words, contexts, parameters, run.seed)];
                engine::run(&order, &mut worker, report)?
            }
            threads => {
                let workers = words
                    .shared(threads)
                    .into_iter()
                    .zip(contexts.shared(threads));
                let worker = |(words, contexts)| Worker::new(words, contexts, parameters, run.seed);
                let mut workers: Vec<_> = workers.map(worker).collect();
                engine::run(&order, &mut workers, report)?
            }
        };
        let tally = match ended {
            Ended::Interrupted => return Err(Error::Interrupted { what: "training" }),
            Ended::Diverged(_) if epoch > 0 => {
                saved.load(&mut words, &mut contexts)?;
                on_event(&Event::Diverged {
                    epoch: epoch + 1,
                    lr: parameters.lr,
                });
                break;
            }
            Ended::Diverged(tally) => {
                return Err(Error::CellsDiverged {
                    cells: tally.cells,
                    lr: parameters.lr,
                    clip: parameters.clip,
                });
            }
            Ended::Whole(tally) => tally,
        };
        trained += tally.cells;
        losses.push(tally.mean().unwrap_or(0.0));
        let go_on = on_event(&Event::CellsEnd {
            epoch: epoch + 1,
            loss: losses[epoch as usize],
            held_out: tally.held_mean(),
            cells: tally.cells,
            seconds: start.elapsed().as_secs_f64(),
        });
        if !go_on {
            return Err(Error::Interrupted { what: "training" });
        }
        if epoch + 1 < parameters.epochs {
            saved.save(&words, &contexts)?;
        }
    }
    let counting = (pairs.tokens() > 0).then(|| pairs.counting().clone());
    let training = Training {
        parameters: Parameters::Glove(GloveParameters {
            glove: parameters.clone(),
            counting,
        }),
        engine: "glove".to_owned(),
        storage: "f32".to_owned(),
        seed: run.seed,
        threads: run.threads,
        kernels: kernels::isa().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        corpus: Vec::new(),
        corpus_hash: 0,
        corpus_tokens: pairs.tokens(),
        reading: None,
        origin: None,
        trained_tokens: trained,
        losses,
        seconds: start.elapsed().as_secs_f64(),
    };
    let (input, word) = numbers(words, parameters.dim, Role::Word);
    let (output, context) = numbers(contexts, parameters.dim, Role::Context);
    Ok(Model {
        vocab,
        tokenizer,
        input,
        output,
        biases: Some(Biases { word, context }),
        training,
    })
}

/// Bytes of the records of V words, in both roles.
pub fn glove_bytes(words: usize, dim: usize) -> u64 {
    let floats = 2 * 2 * words as u128 * record_stride(dim) as u128;
    u64::try_from(4 * floats).unwrap_or(u64::MAX)
}

/// Refuses a run whose records the system has no memory for, by asking for as much.
fn ensure_memory(words: usize, dim: usize, threads: usize) -> Result<()> {
    let bytes = glove_bytes(words, dim);
    let granted =
        usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    match granted {
        true => Ok(()),
        false => Err(Error::Memory {
            words,
            dim,
            threads,
            bytes,
        }),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Word,
    Context,
}

impl Role {
    /// The lane of the bias, and the one that is always 1.
    fn lanes(self, dim: usize) -> (usize, usize) {
        match self {
            Role::Word => (dim, dim + 1),
            Role::Context => (dim + 1, dim),
        }
    }
}

/// V records: numbers and biases uniform in ±1/(2D) as in `glove`, squared gradients 1.
fn initial_records(
    words: usize,
    dim: usize,
    role: Role,
    random: &mut Xoshiro256PlusPlus,
) -> Matrix {
    let half = record_stride(dim);
    let bound = 0.5 / dim as f32;
    let uniform = Uniform::new(-bound, bound).expect("finite bounds in order");
    let mut records = Matrix::zeros(words, 2 * half);
    let (bias, one) = role.lanes(dim);
    for row in 0..words {
        let record = records.row_mut(row);
        record[..dim].fill_with(|| random.sample(uniform));
        record[bias] = random.sample(uniform);
        record[one] = 1.0;
        record[half..].fill(1.0);
        record[half + one] = CONSTANT;
    }
    records
}

/// The V×D numbers and the V biases of records.
fn numbers(records: Matrix, dim: usize, role: Role) -> (Matrix, Vec<f32>) {
    let mut matrix = Matrix::zeros(records.rows(), dim);
    let (bias, _) = role.lanes(dim);
    let mut biases = Vec::with_capacity(records.rows());
    for row in 0..records.rows() {
        matrix
            .row_mut(row)
            .copy_from_slice(&records.row(row)[..dim]);
        biases.push(records.row(row)[bias]);
    }
    (matrix, biases)
}

/// All records as they were at the end of an epoch, in a temporary file without a name: memory holds
/// them once.
struct Saved {
    file: Option<File>,
    folder: PathBuf,
}

impl Saved {
    /// For a run of one epoch nothing is kept.
    fn new(epochs: u32, folder: &Path) -> Result<Self> {
        let file = (epochs > 1)
            .then(|| tempfile::tempfile_in(folder))
            .transpose();
        Ok(Saved {
            file: file.io("create a temporary file in", folder)?,
            folder: folder.to_owned(),
        })
    }

    fn save(&mut self, words: &Matrix, contexts: &Matrix) -> Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut write = || {
            file.seek(SeekFrom::Start(0))?;
            for records in [words, contexts] {
                file.write_all(bytemuck::cast_slice(records.lanes()))?;
            }
            Ok(())
        };
        write().io("write a temporary file in", &self.folder)
    }

    fn load(&mut self, words: &mut Matrix, contexts: &mut Matrix) -> Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let read = || {
            file.seek(SeekFrom::Start(0))?;
            for records in [words, contexts] {
                file.read_exact(bytemuck::cast_slice_mut(records.lanes_mut()))?;
            }
            Ok(())
        };
        read().io("read a temporary file in", &self.folder)
    }
}
