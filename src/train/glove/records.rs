//! What GloVe learns, word by word: two tables of records, of words and of contexts.
//!
//! A record is D numbers and a bias, and behind them the sum of squared gradients of each.

use crate::error::{Error, Result};
use crate::kernels::{CONSTANT, record_stride};
use crate::matrix::{Matrix, Table};
use crate::train::tables::{INPUT, NamedTable, OUTPUT, TableRows, take};
use rand::{RngExt, SeedableRng};
use rand_distr::Uniform;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::borrow::Cow;

/// The tables of a role: of a model the first two, of a state all three.
type Names = [&'static str; 3];

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Word,
    Context,
}

pub(super) const ROLES: [Role; 2] = [Role::Word, Role::Context];

impl Role {
    /// The lane of the bias, and the one that is always 1.
    pub(super) fn lanes(self, dim: usize) -> (usize, usize) {
        match self {
            Role::Word => (dim, dim + 1),
            Role::Context => (dim + 1, dim),
        }
    }

    /// V×D numbers, V×1 biases, V×(D + 1) sums of squared gradients.
    fn names(self) -> Names {
        match self {
            Role::Word => [INPUT, "input.bias", "input.squares"],
            Role::Context => [OUTPUT, "output.bias", "output.squares"],
        }
    }
}

/// Numbers and biases uniform in ±1/(2D) as in `glove`, squared gradients 1.
pub(super) fn initial<T: Table>(words: usize, dim: usize, seed: u64) -> Vec<T> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let bound = 0.5 / dim as f32;
    let uniform = Uniform::new(-bound, bound).expect("finite bounds in order");
    let mut record = vec![0.0; 2 * record_stride(dim)];
    let records = ROLES.map(|role| {
        let mut records = T::zeros(words, record.len());
        for row in 0..words {
            record[..dim].fill_with(|| random.sample(uniform));
            complete(&mut record, dim, role, random.sample(uniform));
            records.set_row(row, &record);
        }
        records
    });
    records.into()
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

/// As they were when a state was kept.
pub(super) fn restore<T: Table>(mut state: Vec<NamedTable>) -> Result<Vec<T>> {
    let mut restored = Vec::new();
    for role in ROLES {
        let [Some(numbers), Some(biases), Some(squares)] =
            role.names().map(|name| take(&mut state, name))
        else {
            let problem = "the checkpoint holds no squared gradients: it is not one of GloVe";
            return Err(Error::query(problem));
        };
        let (rows, dim) = (numbers.rows(), numbers.dim());
        let half = record_stride(dim);
        let mut records = T::zeros(rows, 2 * half);
        let mut record = vec![0.0; 2 * half];
        for row in 0..rows {
            let (square, bias_square) = squares.row(row).split_at(dim);
            record[..dim].copy_from_slice(numbers.row(row));
            complete(&mut record, dim, role, biases.row(row)[0]);
            record[half..half + dim].copy_from_slice(square);
            record[half + role.lanes(dim).0] = bias_square[0];
            records.set_row(row, &record);
        }
        restored.push(records);
    }
    Ok(restored)
}

/// All that is learnt, by name.
pub(super) fn state<T: Table>(tables: &[T], words: usize, dim: usize) -> Vec<TableRows<'_>> {
    let half = record_stride(dim);
    let part = |which: usize| {
        ROLES.into_iter().zip(tables).map(move |(role, records)| {
            let bias = role.lanes(dim).0;
            let row = move |row: usize| -> Cow<'_, [f32]> {
                let record = records.numbers(row);
                match (which, record) {
                    (0, Cow::Borrowed(record)) => record[..dim].into(),
                    (0, Cow::Owned(record)) => record[..dim].to_vec().into(),
                    (1, record) => vec![record[bias]].into(),
                    (_, record) => {
                        let squares = &record[half..];
                        [&squares[..dim], &[squares[bias]]].concat().into()
                    }
                }
            };
            let columns = [dim, 1, dim + 1][which];
            TableRows::new(role.names()[which], words, columns, row)
        })
    };
    (0..3).flat_map(part).collect()
}

/// The numbers and the biases, by name.
pub(super) fn finish<T: Table>(tables: Vec<T>, words: usize, dim: usize) -> Vec<NamedTable> {
    let mut finished = Vec::new();
    for (role, records) in ROLES.into_iter().zip(tables) {
        let (mut numbers, mut biases) = (Matrix::zeros(words, dim), Matrix::zeros(words, 1));
        for row in 0..words {
            let record = records.numbers(row);
            numbers.row_mut(row).copy_from_slice(&record[..dim]);
            biases.row_mut(row)[0] = record[role.lanes(dim).0];
        }
        let [name, bias, _] = role.names();
        finished.push(NamedTable::new(name, numbers));
        finished.push(NamedTable::new(bias, biases));
    }
    // `input` and `output` first.
    finished.swap(1, 2);
    finished
}
