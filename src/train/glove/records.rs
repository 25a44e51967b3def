//! What GloVe learns, word by word, and what is kept of it between epochs.

use crate::error::{Error, IoContext, Result};
use crate::kernels::{CONSTANT, record_stride};
use crate::matrix::Matrix;
use crate::train::checkpoint::Checkpoint;
use crate::train::{Position, Run};
use rand::{RngExt, SeedableRng};
use rand_distr::Uniform;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// All that is learnt: V records of words and V of contexts.
pub(super) struct Records {
    pub(super) words: Matrix,
    pub(super) contexts: Matrix,
}

impl Records {
    pub(super) fn initial(words: usize, dim: usize, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        Records {
            words: initial_records(words, dim, Role::Word, &mut random),
            contexts: initial_records(words, dim, Role::Context, &mut random),
        }
    }

    /// As they were when a state was kept.
    pub(super) fn of(checkpoint: Checkpoint) -> Result<(Self, Position)> {
        let (model, position) = (checkpoint.model, checkpoint.position);
        let (Some([of_words, of_contexts]), Some(biases)) = (checkpoint.squares, model.biases)
        else {
            let problem = "the checkpoint holds no squared gradients: it is not one of GloVe";
            return Err(Error::Query(problem.into()));
        };
        let join = |numbers: Matrix, biases: &[f32], squares: Matrix, role: Role| {
            let (rows, dim) = (numbers.rows(), numbers.dim());
            let half = record_stride(dim);
            let mut records = Matrix::zeros(rows, 2 * half);
            for (row, &bias) in biases.iter().enumerate().take(rows) {
                let (square, bias_square) = squares.row(row).split_at(dim);
                let record = records.row_mut(row);
                record[..dim].copy_from_slice(numbers.row(row));
                complete(record, dim, role, bias);
                record[half..half + dim].copy_from_slice(square);
                record[half + role.lanes(dim).0] = bias_square[0];
            }
            records
        };
        let words = join(model.input, &biases.word, of_words, Role::Word);
        let contexts = join(model.output, &biases.context, of_contexts, Role::Context);
        Ok((Records { words, contexts }, position))
    }
}

/// What a record holds beside its numbers, before the first step.
fn complete(record: &mut [f32], dim: usize, role: Role, bias: f32) {
    let half = record.len() / 2;
    let (lane, one) = role.lanes(dim);
    record[lane] = bias;
    record[one] = 1.0;
    record[half..].fill(1.0);
    record[half + one] = CONSTANT;
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Word,
    Context,
}

impl Role {
    /// The lane of the bias, and the one that is always 1.
    pub(super) fn lanes(self, dim: usize) -> (usize, usize) {
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
    for row in 0..words {
        let record = records.row_mut(row);
        record[..dim].fill_with(|| random.sample(uniform));
        complete(record, dim, role, random.sample(uniform));
    }
    records
}

/// The V×D numbers and the V biases of records.
pub(super) fn numbers(records: Matrix, dim: usize, role: Role) -> (Matrix, Vec<f32>) {
    let mut matrix = Matrix::zeros(records.rows(), dim);
    let (bias, _) = role.lanes(dim);
    let mut biases = Vec::with_capacity(records.rows());
    for row in 0..records.rows() {
        matrix.row_mut(row).copy_from_slice(&records.row(row)[..dim]);
        biases.push(records.row(row)[bias]);
    }
    (matrix, biases)
}

/// All records as they were at the end of an epoch.
pub(super) enum Saved {
    /// Of a run of one epoch, which has no end of an epoch before.
    Nothing,
    Memory(Vec<u8>),
    /// In a temporary file without a name: memory holds them once.
    File(File, PathBuf),
}

impl Saved {
    /// In memory where there is no folder.
    pub(super) fn new(epochs: u32, folder: Option<&Path>) -> Result<Self> {
        Ok(match folder {
            _ if epochs == 1 => Saved::Nothing,
            None => Saved::Memory(Vec::new()),
            Some(folder) => {
                let file = tempfile::tempfile_in(folder);
                Saved::File(file.io("create a temporary file in", folder)?, folder.to_owned())
            }
        })
    }

    /// Whether memory will hold all records twice.
    pub(super) fn in_memory(epochs: u32, run: &Run) -> bool {
        epochs > 1 && run.temp_dir.is_none()
    }

    pub(super) fn save(&mut self, records: &Records) -> Result<()> {
        let parts = [&records.words, &records.contexts];
        let mut parts = parts.map(|records| bytemuck::cast_slice(records.lanes())).into_iter();
        match self {
            Saved::Nothing => Ok(()),
            Saved::Memory(bytes) => {
                bytes.clear();
                parts.for_each(|part| bytes.extend_from_slice(part));
                Ok(())
            }
            Saved::File(file, folder) => file
                .seek(SeekFrom::Start(0))
                .and_then(|_| parts.try_for_each(|part| file.write_all(part)))
                .io("write a temporary file in", folder),
        }
    }

    pub(super) fn load(&mut self, records: &mut Records) -> Result<()> {
        let parts = [&mut records.words, &mut records.contexts];
        let parts = parts.map(|records| bytemuck::cast_slice_mut(records.lanes_mut()));
        let mut parts = parts.into_iter();
        match self {
            Saved::Nothing => Ok(()),
            Saved::Memory(bytes) => {
                let mut bytes = bytes.as_slice();
                let read = parts.try_for_each(|part| bytes.read_exact(part));
                read.expect("as many bytes as were saved");
                Ok(())
            }
            Saved::File(file, folder) => file
                .seek(SeekFrom::Start(0))
                .and_then(|_| parts.try_for_each(|part| file.read_exact(part)))
                .io("read a temporary file in", folder),
        }
    }
}
