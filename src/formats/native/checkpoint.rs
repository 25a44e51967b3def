//! Checkpoints: a model file with a block more, from which a run goes on.
//!
//! In and out: [`Snapshot`], the state of a run between two steps, and [`Checkpoint`], what was read
//! back. For queries a checkpoint is a model like any other: one may look at half-learnt vectors.
//!
//! | bytes of the block | what |
//! |---|---|
//! | 0..8 | u64 n |
//! | 8..8 + n | the position in the run, in bincode as the state block |
//! | … | of GloVe: V×(D + 1) f32, the squared gradients of the words' numbers and bias; the same of contexts |
//! | last 8 | u64 checksum of the block before them, as `checksum.rs` makes it |

use super::checksum::{Summing, checksum};
use super::state::{decode_position, encode_position};
use super::{NAME, Opened, Parts, atomic, encode, read_opened, to_matrix};
use crate::error::{IoContext, Result};
use crate::formats::{Contents, ReadOptions, little_endian, reject_non_finite};
use crate::threads::Threads;
use crate::train::{Checkpoint, Position, RowOf, Snapshot};
use crate::vocab::Vocab;
use std::io::Write;
use std::path::Path;

/// Writes the state of a run, whole or not at all: a file that was there is as it was until the new
/// one is complete and on the disk.
///
/// # Errors
/// [`crate::Error::Format`] where a number is not finite, [`crate::Error::Io`].
pub fn write_checkpoint(snapshot: &Snapshot<'_>, path: &Path) -> Result<()> {
    let (vocab, training) = (snapshot.vocab, &snapshot.training);
    let tokenizer = training.recipe.tokenizer;
    let state = encode(vocab, tokenizer, Some(training), snapshot.biases.clone(), path)?;
    let parts = Parts { vocab, dim: snapshot.dim, state };
    let block = Block {
        position: encode_position(snapshot.position),
        squares: snapshot.squares,
        vocab: snapshot.vocab,
        dim: snapshot.dim,
    };
    parts.write(path, snapshot.input, Some(&snapshot.output), Some(&block))
}

/// Reads a checkpoint into memory, to go on from it.
///
/// # Errors
/// [`crate::Error::Format`] for a file that is damaged, or of a finished model; [`crate::Error::Io`].
pub fn read_checkpoint(path: &Path) -> Result<Checkpoint> {
    read_checkpoint_with(path, &Threads::default())
}

/// As [`read_checkpoint`], verified with `threads`.
///
/// # Errors
/// As [`read_checkpoint`].
pub fn read_checkpoint_with(path: &Path, threads: &Threads) -> Result<Checkpoint> {
    let contents = Contents::open(path, &ReadOptions::default())?;
    let file = Opened::new(&contents, path)?;
    let Some(position) = file.position()? else {
        let problem = "is a finished model, not a checkpoint: there is nothing to resume";
        return Err(file.at.error("byte 112", problem));
    };
    let block = file.checkpoint().expect("a position was in it");
    let end = block.len() - 8;
    let (sum, _) = checksum(&block[..end], threads);
    let said = u64::from_le_bytes(block[end..].try_into().expect("8 bytes"));
    let place = || format!("byte {}", file.layout.end - block.len());
    if sum != said {
        let problem = format!("checkpoint checksum {sum:016x}, expected {said:016x}: damaged");
        return Err(file.at.error(place(), problem));
    }
    let (words, dim) = (file.header.words as usize, file.header.dim as usize);
    let squares = file.squares_bytes().map(|bytes| {
        let start = end - 2 * bytes;
        [start, start + bytes].map(|at| &block[at..at + bytes])
    });
    if let Some(squares) = squares {
        // Of these bytes only: the position before them is no row of floats, and some of its bytes may
        // look like one that is not finite.
        let good = |float: &[u8; 4]| {
            let square = f32::from_le_bytes(*float);
            square > 0.0 && square.is_finite()
        };
        if !squares.iter().all(|bytes| bytes.as_chunks::<4>().0.iter().all(good)) {
            let problem = "squared gradients that are not above 0, which w2v never writes";
            return Err(file.at.error(place(), problem));
        }
    }
    Ok(Checkpoint {
        model: read_opened(&contents, &file, threads)?,
        position,
        squares: squares.map(|of| of.map(|bytes| to_matrix(bytes, words, dim + 1))),
    })
}

/// What is written behind the matrices.
pub(super) struct Block<'a> {
    position: Vec<u8>,
    squares: Option<[&'a RowOf<'a>; 2]>,
    vocab: &'a Vocab,
    dim: usize,
}

impl Block<'_> {
    /// In bytes.
    pub(super) fn len(&self) -> u64 {
        let squares = 2 * 4 * self.vocab.len() as u64 * (self.dim as u64 + 1);
        16 + self.position.len() as u64 + self.squares.map_or(0, |_| squares)
    }

    pub(super) fn write(&self, out: &mut atomic::Output<'_>, path: &Path) -> Result<()> {
        let mut sum = Summing::default();
        let mut put = |out: &mut atomic::Output<'_>, bytes: &[u8]| {
            sum.update(bytes);
            out.write_all(bytes).io("write", path)
        };
        put(out, &(self.position.len() as u64).to_le_bytes())?;
        put(out, &self.position)?;
        let mut buffer = Vec::new();
        for row_of in self.squares.into_iter().flatten() {
            for (id, word) in self.vocab.words().enumerate() {
                let row = row_of(id);
                reject_non_finite(&row, word, path, NAME)?;
                put(out, little_endian(&row, &mut buffer))?;
            }
        }
        out.write_all(&sum.finish().to_le_bytes()).io("write", path)
    }
}

impl Opened<'_> {
    fn checkpoint(&self) -> Option<&[u8]> {
        Some(&self.bytes[self.layout.checkpoint.clone()?])
    }

    /// Bytes of the squared gradients of words, and of contexts; `None` for skip-gram.
    fn squares_bytes(&self) -> Option<usize> {
        let (words, dim) = (self.header.words as usize, self.header.dim as usize);
        // No more than the matrices of the file, and a row of them.
        self.is_glove().then(|| 4 * words * (dim + 1))
    }

    /// How far the run of a checkpoint had come. Its checksum is not looked at: that would read the
    /// whole block.
    pub(super) fn position(&self) -> Result<Option<Position>> {
        let Some(block) = self.checkpoint() else {
            return Ok(None);
        };
        let start = self.layout.end - block.len();
        let squares = self.squares_bytes().unwrap_or(0) as u64;
        let length = (block.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes));
        // In u128 nothing overflows.
        let expected = 16 + u128::from(length) + 2 * u128::from(squares);
        if block.len() as u128 != expected {
            let problem = format!("checkpoint block of {} bytes, expected {expected}", block.len());
            return Err(self.at.error(format!("byte {start}"), problem));
        }
        let position = decode_position(&block[8..8 + length as usize]);
        let error =
            |problem| self.at.error(format!("byte {}", start + 8), format!("position: {problem}"));
        position.map(Some).map_err(error)
    }
}
