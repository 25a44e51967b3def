//! What GloVe learns, word by word, and what is kept of it between epochs.

use crate::error::{Error, IoContext, Result};
use crate::kernels::{CONSTANT, record_stride};
use crate::matrix::Matrix;
use crate::train::checkpoint::{Checkpoint, TableRows};
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
        let Checkpoint { mut model, position } = checkpoint;
        let mut take = |name: &str| {
            let at = model.tables.iter().position(|table| table.name == name);
            let problem = || format!("the checkpoint holds no {name}: it is not one of GloVe");
            at.map(|at| model.tables.swap_remove(at).matrix).ok_or_else(|| Error::Query(problem()))
        };
        let of_words = [take("input.bias")?, take("input.squares")?];
        let of_contexts = [take("output.bias")?, take("output.squares")?];
        let join = |numbers: Matrix, [biases, squares]: [Matrix; 2], role: Role| {
            let (rows, dim) = (numbers.rows(), numbers.dim());
            let half = record_stride(dim);
            let mut records = Matrix::zeros(rows, 2 * half);
            for row in 0..rows {
                let (square, bias_square) = squares.row(row).split_at(dim);
                let record = records.row_mut(row);
                record[..dim].copy_from_slice(numbers.row(row));
                complete(record, dim, role, biases.row(row)[0]);
                record[half..half + dim].copy_from_slice(square);
                record[half + role.lanes(dim).0] = bias_square[0];
            }
            records
        };
        let words = join(model.input, of_words, Role::Word);
        let contexts = join(model.output, of_contexts, Role::Context);
        Ok((Records { words, contexts }, position))
    }

    /// The tables of a checkpoint.
    pub(super) fn tables(&self, dim: usize) -> Vec<TableRows<'_>> {
        let half = record_stride(dim);
        let words = (["input", "input.bias", "input.squares"], &self.words, Role::Word);
        let contexts = (["output", "output.bias", "output.squares"], &self.contexts, Role::Context);
        let tables = [words, contexts].map(|([numbers, bias, squares], records, role)| {
            let (rows, lane) = (records.rows(), role.lanes(dim).0);
            let squares_of = move |row| {
                let squares = &records.row(row)[half..];
                [&squares[..dim], &[squares[lane]]].concat().into()
            };
            [
                TableRows::new(numbers, rows, dim, move |row| records.row(row)[..dim].into()),
                TableRows::new(bias, rows, 1, move |row| records.row(row)[lane..=lane].into()),
                TableRows::new(squares, rows, dim + 1, squares_of),
            ]
        });
        tables.into_iter().flatten().collect()
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

/// The V×D numbers and the V×1 biases of records.
pub(super) fn numbers(records: Matrix, dim: usize, role: Role) -> [Matrix; 2] {
    let rows = records.rows();
    let (mut matrix, mut biases) = (Matrix::zeros(rows, dim), Matrix::zeros(rows, 1));
    let (bias, _) = role.lanes(dim);
    for row in 0..rows {
        matrix.row_mut(row).copy_from_slice(&records.row(row)[..dim]);
        biases.row_mut(row)[0] = records.row(row)[bias];
    }
    [matrix, biases]
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
