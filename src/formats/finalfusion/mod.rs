//! finalfusion's file, `.fifu`: words, n-grams, normalised rows and their lengths, metadata.
//!
//! In: a file of version 0 with a simple, bucket, fastText or explicit vocabulary and dense or
//! quantised rows. Out: [`WordVectors`] whose rows stay in the file, with [`Ngrams`] where it has
//! some; and the reverse. A floret vocabulary is refused: it has no words.
//!
//! | what | how |
//! |---|---|
//! | header | `FiFu`, u32 version 0, u32 number of chunks, u32 id of each |
//! | chunk | u32 id, u64 length of what follows, content |
//! | 1 simple vocabulary | u64 V, words |
//! | 3 bucket, 7 fastText vocabulary | u64 V, u32 minn, u32 maxn, u32 buckets (3: their binary logarithm), words |
//! | 8 explicit vocabulary | u64 V, u64 n-grams, u32 minn, u32 maxn, words, then n-gram and u64 row each |
//! | 2 dense rows | u64 rows, u32 D, u32 10 (for f32), padding, rows×D f32 |
//! | 4 quantised rows | see `storage.rs` |
//! | 6 norms | u64 V, u32 10, padding, V f32 |
//! | 5 metadata | TOML |
//!
//! A word or n-gram is u32 length and UTF-8. Chunks stand in the order metadata, vocabulary, rows,
//! norms. Padding before numbers is 4 − (p mod 4) bytes, p counted in the file behind the chunk's id:
//! *one to four* bytes, so that aligned data is padded, too. Rows of n-grams stand behind those of words.
//!
//! finalfusion keeps words at length 1 and their lengths apart. Read together they are the vectors as
//! they were trained; a file without norms has vectors of length 1. Words that are not in it get the mean
//! of the rows of their n-grams; finalfusion scales that to length 1.
//!
//! Source: finalfusion-rust 0.18, `chunks/`; checked against finalfusion-python 0.7.1.

mod storage;
#[cfg(test)]
mod tests;
mod vocab;
mod write;

pub(super) use write::keeps;
pub use write::write;

use super::cursor::Cursor;
use super::table::Words;
use super::{Contents, Place, ReadOptions, Report};
use crate::error::Result;
use crate::vectors::{Dtype, NgramRows, Ngrams, WordVectors};
use std::path::Path;
use std::sync::Arc;
use storage::Storage;
use vocab::Vocabulary;

pub(super) const MAGIC: &[u8] = b"FiFu";

const NAME: &str = "finalfusion";

/// Ids of chunks.
mod chunk {
    pub(super) const SIMPLE: u32 = 1;
    pub(super) const DENSE: u32 = 2;
    pub(super) const BUCKET: u32 = 3;
    pub(super) const QUANTIZED: u32 = 4;
    pub(super) const METADATA: u32 = 5;
    pub(super) const NORMS: u32 = 6;
    pub(super) const FASTTEXT: u32 = 7;
    pub(super) const EXPLICIT: u32 = 8;
    pub(super) const FLORET: u32 = 9;
}

/// Ids of types of numbers.
mod kind {
    pub(super) const U8: u32 = 1;
    pub(super) const F32: u32 = 10;
}

/// Bytes of padding at byte `position` of a file.
fn padding(position: usize) -> usize {
    4 - position % 4
}

/// The chunks of a file: id, where the content begins, its length.
fn chunks(file: &mut Cursor) -> Result<Vec<(u32, usize, usize)>> {
    file.take(4, "the magic number")?;
    let version = file.u32("the version")?;
    if version != 0 {
        return Err(file.error_at(4, format!("version {version}, expected 0")));
    }
    let count = file.u32("the number of chunks")?;
    let ids = file.skip(count.into(), 4, "the ids of the chunks")?;
    let mut chunks = Vec::new();
    for nth in 0..count as usize {
        let start = file.position();
        let id = file.u32("the id of a chunk")?;
        let listed = file.slice(ids + 4 * nth..ids + 4 * nth + 4);
        if listed != id.to_le_bytes() {
            let problem = format!("chunk {} has id {id}, the header says otherwise", nth + 1);
            return Err(file.error_at(start, problem));
        }
        let length = file.u64("the length of a chunk")?;
        let begin = file.skip(length, 1, "the content of a chunk")?;
        chunks.push((id, begin, length as usize));
    }
    Ok(chunks)
}

/// Where the content of the chunks is that are read.
#[derive(Default)]
struct Chunks {
    vocab: Option<(u32, usize, usize)>,
    storage: Option<(u32, usize, usize)>,
    norms: Option<(u32, usize, usize)>,
}

pub(super) fn parse(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: NAME };
    let contents = contents.into_bytes();
    let mut file = Cursor::new(&contents, at);
    let mut found = Chunks::default();
    for one in chunks(&mut file)? {
        let slot = match one.0 {
            chunk::SIMPLE | chunk::BUCKET | chunk::FASTTEXT | chunk::EXPLICIT => &mut found.vocab,
            chunk::DENSE | chunk::QUANTIZED => &mut found.storage,
            chunk::NORMS => &mut found.norms,
            chunk::METADATA => continue,
            chunk::FLORET => {
                let problem = "a floret vocabulary has n-grams but no words; export its words with \
                               finalfusion or spaCy";
                return Err(file.error_at(one.1, problem));
            }
            other => {
                let problem = format!("chunk of an unknown kind, {other}");
                return Err(file.error_at(one.1, problem));
            }
        };
        if slot.replace(one).is_some() {
            return Err(file.error_at(one.1, "a second vocabulary, table or list of norms"));
        }
    }
    let (Some(vocab), Some(storage)) = (found.vocab, found.storage) else {
        return Err(file.error("no vocabulary or no vectors among the chunks"));
    };
    let within = |(_, start, length): (u32, usize, usize)| {
        Cursor::part(&contents, start..start + length, at)
    };
    let Vocabulary { words, ngrams } = Vocabulary::parse(&mut within(vocab), vocab.0)?;
    let rows = Storage::parse(&mut within(storage), storage.0, &contents)?;
    let norms = found.norms.map(|norms| self::norms(&mut within(norms), words.len()));
    let norms = norms.transpose()?;
    let more = ngrams.as_ref().map_or(0, |ngrams| ngrams.rows);
    let expected = more.saturating_add(words.len() as u64);
    if rows.rows() as u64 != expected {
        let problem = format!(
            "{} rows, expected {expected}: {} words and those of n-grams",
            rows.rows(),
            words.len()
        );
        return Err(file.error_at(storage.1, problem));
    }
    rows.check_finite(at, &options.threads)?;

    let before = words.len();
    let kept = options.take(before);
    let place = |row: usize| format!("word {}", row + 1);
    let words = Words::new(words.into_iter().take(kept).map(|w| (w, 0)), options, at, place)?;
    let (vectors, report) = match (norms, rows.dense_start()) {
        (None, Some(start)) => {
            words.with_dense(contents.clone(), start, rows.dim(), Dtype::F32, at)?
        }
        (norms, dense) => {
            let (dim, name, bytes) = (rows.dim(), rows.name(), rows.bytes());
            let largest = norms.iter().flatten().fold(1.0, |largest: f32, x| largest.max(x.abs()));
            let bounded = rows.bound() * f64::from(largest) < f64::from(f32::MAX);
            let rows = rows.clone();
            let read = move |row: usize, into: &mut [f32]| {
                into.fill(0.0);
                rows.add(row, into);
                if let Some(norms) = &norms {
                    into.iter_mut().for_each(|x| *x *= norms[row]);
                }
            };
            // To make all rows of a quantised table takes long, D² steps each where it has a projection.
            match dense {
                None if bounded => words.with_made(dim, name, bytes, read)?,
                _ => {
                    let place = |row: usize, _: usize| format!("row {}", row + 1);
                    words.with_store(dim, name, bytes, at, place, read)?
                }
            }
        }
    };
    Ok(match ngrams {
        None => (vectors, report),
        Some(ngrams) => {
            let subwords = Ngrams {
                min_n: ngrams.min_n,
                max_n: ngrams.max_n,
                index: ngrams.index,
                rows: Box::new(NgramStorage { rows, before }),
            };
            (vectors.with_subwords(Arc::new(subwords)), report)
        }
    })
}

/// The lengths of the words.
fn norms(file: &mut Cursor, words: usize) -> Result<Vec<f32>> {
    let start = file.position();
    let (count, of) = (file.u64("the number of norms")?, file.u32("the type of the norms")?);
    if count != words as u64 || of != kind::F32 {
        let problem = format!("{count} norms of type {of}, expected {words} of type {}", kind::F32);
        return Err(file.error_at(start, problem));
    }
    file.take(padding(file.position()) as u64, "the padding")?;
    file.floats(count, "the norms")
}

/// Rows of n-grams, behind those of the words.
struct NgramStorage {
    rows: Storage,
    before: usize,
}

impl NgramRows for NgramStorage {
    fn len(&self) -> usize {
        self.rows.rows() - self.before
    }

    fn add(&self, row: usize, into: &mut [f32]) {
        self.rows.add(self.before + row, into);
    }
}

/// The metadata of a file, as TOML; `None` where it has none.
///
/// # Errors
/// [`crate::Error::Format`], [`crate::Error::Io`].
pub fn metadata(path: impl AsRef<Path>) -> Result<Option<String>> {
    let path = path.as_ref();
    let at = Place { path, format: NAME };
    let contents = Contents::open(path, &ReadOptions::default())?;
    if !contents.starts_with(MAGIC) {
        return Err(at.error("byte 0", "no finalfusion file"));
    }
    let mut file = Cursor::new(&contents, at);
    let found = chunks(&mut file)?;
    let chunk = found.iter().find(|(id, ..)| *id == chunk::METADATA);
    Ok(chunk.map(|&(_, start, length)| {
        String::from_utf8_lossy(&contents[start..start + length]).into_owned()
    }))
}
