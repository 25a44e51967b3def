//! Checkpoints: model files with a position in the run, from which it goes on.
//!
//! In and out: [`Snapshot`], the state of a run between two steps, and [`Checkpoint`], what was read
//! back. For queries a checkpoint is a model like any other: one may look at half-learnt vectors.

use super::write::Head;
use super::{Opened, SQUARES};
use crate::error::Result;
use crate::formats::{Contents, ReadOptions};
use crate::matrix::Matrix;
use crate::train::{Checkpoint, Snapshot, TableRows};
use std::path::Path;

/// Writes the state of a run, whole or not at all: a file that was there is as it was until the new
/// one is complete and on the disk.
///
/// # Errors
/// [`crate::Error::Format`] where a number is not finite, [`crate::Error::Io`].
pub fn write_checkpoint(snapshot: &Snapshot<'_>, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let input = snapshot.tables.iter().find(|table| table.name == "input");
    let head = Head {
        vocab: snapshot.vocab,
        dim: input.map_or(0, |table| table.columns),
        tokenizer: snapshot.training.recipe.tokenizer,
        training: Some(&snapshot.training),
        position: Some(snapshot.position),
    };
    let tables = snapshot.tables.iter().map(|table| {
        TableRows::new(table.name, table.rows, table.columns, |row| (table.row)(row)).into()
    });
    head.write(tables.collect(), path)
}

/// Reads a checkpoint into memory, to go on from it.
///
/// # Errors
/// [`crate::Error::Format`] for a file that is damaged, or of a finished model; [`crate::Error::Io`].
pub fn read_checkpoint(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Checkpoint> {
    let path = path.as_ref();
    let contents = Contents::open(path, options)?;
    let file = Opened::new(&contents, path)?;
    let Some(position) = file.position.clone() else {
        let problem = "is a finished model, not a checkpoint: there is nothing to resume";
        return Err(file.at.error(format!("byte {}", file.header.state().start), problem));
    };
    let model = file.model(|_| true, &options.threads)?;
    for table in &file.tables {
        let squares = model.table(&table.name).filter(|_| table.name.ends_with(SQUARES));
        let good = |matrix: &Matrix| {
            (0..matrix.rows()).all(|row| matrix.row(row).iter().all(|square| *square > 0.0))
        };
        if !squares.is_none_or(good) {
            let problem = "squared gradients that are not above 0, which w2v never writes";
            return Err(file.at.error(format!("byte {}", table.offset), problem));
        }
    }
    Ok(Checkpoint { model, position })
}
