//! Writing a model file: header, directory, state block and tables, row by row.

use super::directory::{self, TableEntry};
use super::header::Header;
use super::state::{State, encode};
use super::{NAME, checksum::Summing};
use crate::corpus::Tokenizer;
use crate::error::{IoContext, Result};
use crate::formats::{Place, atomic, little_endian, reject_non_finite};
use crate::train::{Model, Position, TableRows, Training};
use crate::vectors::{CENTROIDS, Quantized, Shape, WordVectors};
use crate::vocab::{Vocab, WordId};
use std::borrow::Cow;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

impl Model {
    /// Writes a model file, whole or not at all; [`Model::load`] reads it.
    ///
    /// # Errors
    /// [`crate::Error::Format`] where a number is not finite or a table has another shape than its name
    /// says; [`crate::Error::Io`]; a file `path` is then as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let matrices = [("input", &self.input), ("output", &self.output)].into_iter();
        let further = self.tables.iter().map(|table| (&*table.name, &table.matrix));
        let tables =
            matrices.chain(further).map(|(name, matrix)| TableRows::of(name, matrix).into());
        let head = Head {
            vocab: &self.vocab,
            dim: self.input.dim(),
            tokenizer: self.tokenizer(),
            training: Some(&self.training),
            position: None,
        };
        head.write(tables.collect(), path.as_ref())
    }
}

/// Writes vectors that may come from anywhere: a model file without output matrix and training
/// record, for queries only.
///
/// # Errors
/// As [`Model::save`].
pub fn write_vectors(vectors: &WordVectors, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    write_vectors_of(vectors, None, path)
}

/// [`write_vectors`] with the record of how they were trained, where that is known. A quantised table is
/// written as it is.
///
/// # Errors
/// As [`Model::save`].
pub fn write_vectors_of(
    vectors: &WordVectors,
    training: Option<&Training>,
    path: impl AsRef<Path>,
) -> Result<()> {
    let path = path.as_ref();
    let head = Head {
        vocab: vectors.vocab(),
        dim: vectors.dim(),
        tokenizer: vectors.tokenizer(),
        training,
        position: None,
    };
    let tables = match vectors.quantized() {
        Some(table) => quantized(table, vectors.len(), vectors.dim()),
        None => {
            let row = |row| vectors.vector(WordId(row as u32));
            vec![TableRows::new("input", vectors.len(), vectors.dim(), row).into()]
        }
    };
    head.write(tables, path)
}

/// The tables of a quantised one.
fn quantized(table: &Quantized, words: usize, dim: usize) -> Vec<Source<'_>> {
    let kind = match table.shape() {
        Shape::Int8 => "i8",
        Shape::Product { .. } => "u8",
    };
    let scale = |row| vec![table.scale(row)].into();
    let mut tables = vec![
        TableRows::new("input.scales", words, 1, scale).into(),
        Source {
            entry: TableEntry::new("input.codes", kind, words, table.width()),
            rows: Rows::Bytes(Box::new(|row| table.codes(row))),
        },
    ];
    if kind == "u8" {
        let row = move |row| table.centroids()[row * dim..(row + 1) * dim].into();
        tables.push(TableRows::new("input.centroids", CENTROIDS, dim, row).into());
    }
    tables
}

/// A table to be written.
pub(super) struct Source<'a> {
    entry: TableEntry,
    rows: Rows<'a>,
}

/// A row by its number.
enum Rows<'a> {
    Floats(Box<dyn Fn(usize) -> Cow<'a, [f32]> + 'a>),
    Bytes(Box<dyn Fn(usize) -> &'a [u8] + 'a>),
}

impl<'a> From<TableRows<'a>> for Source<'a> {
    fn from(table: TableRows<'a>) -> Self {
        Source {
            entry: TableEntry::new(table.name, "f32", table.rows, table.columns),
            rows: Rows::Floats(table.row),
        }
    }
}

/// What goes before the tables.
pub(super) struct Head<'a> {
    pub(super) vocab: &'a Vocab,
    pub(super) dim: usize,
    pub(super) tokenizer: Tokenizer,
    pub(super) training: Option<&'a Training>,
    pub(super) position: Option<&'a Position>,
}

impl Head<'_> {
    /// Streams the file: header and directory go last, when the checksums are known.
    pub(super) fn write(&self, tables: Vec<Source<'_>>, path: &Path) -> Result<()> {
        let at = Place { path, format: NAME };
        let training = self.training.map_or(Ok(String::new()), |t| t.to_json(self.position));
        let training = training.map_err(|problem| at.error("state block", problem))?;
        let state = encode(&State::new(self.vocab, self.tokenizer, training));
        let (mut entries, rows): (Vec<_>, Vec<_>) =
            tables.into_iter().map(|table| (table.entry, table.rows)).unzip();
        let mut header = Header {
            end: 0,
            words: self.vocab.len() as u64,
            dim: self.dim as u64,
            state: state.len() as u64,
            state_sum: xxh3_64(&state),
            // Offsets and checksums, which are not known yet, do not change its length.
            directory: encode(&entries).len() as u64,
            directory_sum: 0,
        };
        header.end = directory::place(&mut entries, header.state().end as u64)
            .expect("what is in memory can be counted");
        // What a reader would refuse is not written.
        directory::check(&entries, &header)
            .map_err(|fault| at.error(format!("byte {}", fault.byte), fault.problem))?;
        atomic::write_atomically(path, |out| {
            out.write_all(&vec![0; header.state().start]).io("write", path)?;
            out.write_all(&state).io("write", path)?;
            let mut end = header.state().end;
            for (entry, rows) in entries.iter_mut().zip(&rows) {
                let range = entry.range();
                out.write_all(&[0; 64][..range.start - end]).io("write", path)?;
                entry.checksum = self.write_table(out, entry, rows, path)?;
                end = range.end;
            }
            let directory = encode(&entries);
            header.directory_sum = xxh3_64(&directory);
            out.seek(SeekFrom::Start(0)).io("write", path)?;
            out.write_all(&header.to_bytes()).io("write", path)?;
            out.write_all(&directory).io("write", path)
        })
    }

    /// Writes the numbers of a table and returns their checksum.
    fn write_table(
        &self,
        out: &mut atomic::Output,
        entry: &TableEntry,
        rows: &Rows<'_>,
        path: &Path,
    ) -> Result<u64> {
        let mut sum = Summing::default();
        let mut put = |bytes: &[u8]| {
            sum.update(bytes);
            out.write_all(bytes).io("write", path)
        };
        let mut buffer = Vec::new();
        for row in 0..entry.rows as usize {
            match rows {
                Rows::Bytes(of) => put(of(row))?,
                Rows::Floats(of) => {
                    let numbers = of(row);
                    let word = match row < self.vocab.len() {
                        true => self.vocab.word(WordId(row as u32)),
                        false => &entry.name,
                    };
                    reject_non_finite(&numbers, word, path, NAME)?;
                    put(little_endian(&numbers, &mut buffer))?;
                }
            }
        }
        Ok(sum.finish())
    }
}
