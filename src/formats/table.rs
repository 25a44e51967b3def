//! A table that grows row by row while a file is read, in memory or in a temporary file.
//!
//! In: words as bytes with their rows, in the order of the file. Out: [`WordVectors`]. Of a word's
//! rows the first is kept; the others are counted.
//!
//! A table larger than [`ReadOptions::max_memory`] goes to a temporary file without a name, where one
//! may be written, which is then mapped: the system may take its pages back at any time, so that a file of any size can be
//! read. The rows are written and not mapped while they come: a full disk is then an error, and not
//! the end of the process.

use super::npy::Element;
use super::{Place, ReadOptions, Report};
use crate::corpus::Tokenizer;
use crate::error::{IoContext, Result};
use crate::mmap::{self, Bytes};
use crate::shown::quoted_bytes;
use crate::threads::Threads;
use crate::vectors::{Dtype, RowStore, WordVectors};
use crate::vocab::Vocab;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// The rows read so far.
pub(super) struct TableBuilder<'a> {
    vocab: Vocab,
    dim: usize,
    floats: Vec<f32>,
    file: Option<(BufWriter<File>, PathBuf)>,
    report: Report,
    options: &'a ReadOptions,
    at: Place<'a>,
}

impl<'a> TableBuilder<'a> {
    /// For about `rows` rows of `dim` floats: the caller has compared both with the size of the file.
    pub(super) fn new(
        rows: usize,
        dim: usize,
        options: &'a ReadOptions,
        at: Place<'a>,
    ) -> Result<Self> {
        let mut builder = TableBuilder {
            vocab: Vocab::default(),
            dim,
            floats: Vec::new(),
            file: None,
            report: Report::default(),
            options,
            at,
        };
        let bytes = (4 * dim as u64).saturating_mul(rows as u64);
        if cfg!(target_endian = "little")
            && options.max_memory.is_some_and(|most| bytes > most)
            && let Some((file, folder)) = options.temporary_file(at.path)?
        {
            builder.file = Some((BufWriter::with_capacity(1 << 20, file), folder));
        } else if builder.floats.try_reserve_exact(rows.saturating_mul(dim)).is_err() {
            let problem = format!(
                "{rows} words × dim {dim} take {bytes} bytes of memory, which the system does not give"
            );
            return Err(at
                .error("byte 0", problem)
                .advise("read fewer with `limit`")
                .advise("use a file with `max_memory`"));
        }
        Ok(builder)
    }

    /// D.
    #[cfg(feature = "parquet")]
    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// Appends a row, unless its word had one. `place` says where it stands in the file.
    pub(super) fn push(
        &mut self,
        word: &[u8],
        count: u64,
        row: &[f32],
        place: impl FnOnce() -> String,
    ) -> Result<()> {
        assert_eq!(row.len(), self.dim);
        let word = decode(word, self.options, self.at, place, &mut self.report)?;
        if self.vocab.push_new(&word, count).is_none() {
            self.report.duplicates += 1;
            return Ok(());
        }
        self.append(row)
    }

    fn append(&mut self, floats: &[f32]) -> Result<()> {
        match &mut self.file {
            None => self.floats.extend_from_slice(floats),
            Some((file, folder)) => file
                .write_all(bytemuck::cast_slice(floats))
                .io("write a temporary file in", folder)?,
        }
        Ok(())
    }

    /// The vectors, and what was changed.
    pub(super) fn finish(self) -> Result<(WordVectors, Report)> {
        let (vocab, dim) = (self.vocab, self.dim);
        let vectors = match self.file {
            None => WordVectors::new(vocab, dim, self.floats)?,
            Some((file, folder)) => {
                let file = file.into_inner().map_err(|error| error.into_error());
                let file = file.io("write a temporary file in", &folder)?;
                let map = mmap::map(&file, &folder)?;
                WordVectors::from_bytes(vocab, dim, map.into(), Tokenizer::default())
            }
        };
        Ok((vectors.with_threads(self.options.threads.clone()), self.report))
    }
}

/// A word as text; an error where it is not UTF-8, unless that may be replaced.
fn decode<'w>(
    word: &'w [u8],
    options: &ReadOptions,
    at: Place,
    place: impl FnOnce() -> String,
    report: &mut Report,
) -> Result<Cow<'w, str>> {
    let decoded;
    let bytes = match options.word_encoding {
        Some(encoding) if !word.is_ascii() => {
            report.other_utf8 |= std::str::from_utf8(word).is_err();
            report.decoded += 1;
            decoded = encoding.decode(word);
            decoded.as_slice()
        }
        _ => word,
    };
    let text = String::from_utf8_lossy(bytes);
    match (text, options.word_encoding) {
        (Cow::Owned(_), encoding) if !options.lossy_utf8 => {
            let shown = quoted_bytes(word);
            let error = match encoding {
                Some(encoding) => at.error(place(), format!("the word {shown} is not {encoding}")),
                None => {
                    let error = at.error(place(), format!("the word {shown} is not UTF-8"));
                    error.advise("name its encoding, such as `word_encoding=latin1`")
                }
            };
            Err(error.advise("read it all the same with `lossy_utf8`"))
        }
        (Cow::Owned(replaced), _) => {
            report.replaced_utf8 += 1;
            Ok(Cow::Owned(replaced))
        }
        (Cow::Borrowed(_), Some(_)) => Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())),
        (Cow::Borrowed(_), None) => Ok(String::from_utf8_lossy(word)),
    }
}

/// Words that were read apart from their rows, checked and numbered.
pub(super) struct Words {
    pub(super) vocab: Vocab,
    /// Rows of words that had one before, ascending.
    pub(super) skipped: Vec<usize>,
    pub(super) report: Report,
    threads: Threads,
}

impl Words {
    /// Numbers `words`, each with its count. `place` says where word `i` stands.
    pub(super) fn new<'w>(
        words: impl IntoIterator<Item = (&'w [u8], u64)>,
        options: &ReadOptions,
        at: Place,
        place: impl Fn(usize) -> String,
    ) -> Result<Self> {
        let mut all = Words {
            vocab: Vocab::default(),
            skipped: Vec::new(),
            report: Report::default(),
            threads: options.threads.clone(),
        };
        let words = words.into_iter();
        all.vocab.reserve(words.size_hint().0);
        for (row, (word, count)) in words.enumerate() {
            let word = decode(word, options, at, || place(row), &mut all.report)?;
            if all.vocab.push_new(&word, count).is_none() {
                all.report.duplicates += 1;
                all.skipped.push(row);
            }
        }
        Ok(all)
    }

    /// Rows in the file, those that are skipped included.
    pub(super) fn rows(&self) -> usize {
        self.vocab.len() + self.skipped.len()
    }

    /// Gives each word its row of a dense table of little-endian numbers that begins at byte `start`
    /// of `contents` (the caller has checked that it is there) and stays there. All numbers must be
    /// finite.
    pub(super) fn with_dense(
        self,
        contents: Bytes,
        start: usize,
        dim: usize,
        dtype: Dtype,
        at: Place,
    ) -> Result<(WordVectors, Report)> {
        let width = dim * dtype.width();
        let bytes = contents.slice(start..start + width * self.rows());
        let aligned = cfg!(target_endian = "little") && (bytes.as_ptr() as usize).is_multiple_of(4);
        if self.skipped.is_empty() && dtype == Dtype::F32 && aligned {
            check_finite(&bytes, start, dim, at, &self.threads)?;
            let vectors = WordVectors::from_bytes(self.vocab, dim, bytes, Tokenizer::default());
            return Ok((vectors.with_threads(self.threads), self.report));
        }
        let place = |row: usize, column: usize| {
            format!("byte {}", start + width * row + column * dtype.width())
        };
        let size = bytes.len() as u64;
        self.with_store(dim, dtype.name(), size, at, place, move |row, into| {
            dtype.unpack(&bytes[width * row..width * (row + 1)], into);
        })
    }

    /// As [`Words::with_made`], after all rows were made once to see that they are finite.
    pub(super) fn with_store(
        self,
        dim: usize,
        numbers: &'static str,
        bytes: u64,
        at: Place,
        place: impl Fn(usize, usize) -> String,
        read: impl Fn(usize, &mut [f32]) + Send + Sync + 'static,
    ) -> Result<(WordVectors, Report)> {
        let odd = |into: &mut Vec<f32>, row: usize| {
            read(row, into);
            let column = into.iter().position(|x| !x.is_finite())?;
            Some((row, column, into[column]))
        };
        let odd = self.threads.find_first(self.rows(), 256, || vec![0.0; dim], odd);
        if let Some((row, column, x)) = odd {
            let problem =
                format!("number {} of row {} is {x}, expected a finite f32", column + 1, row + 1);
            return Err(at.error(place(row, column), problem));
        }
        self.with_made(dim, numbers, bytes, read)
    }

    /// Gives each word the row that `read` makes of its number in the file whenever it is asked for:
    /// no row is kept in memory. The caller knows that all are finite.
    pub(super) fn with_made(
        self,
        dim: usize,
        numbers: &'static str,
        bytes: u64,
        read: impl Fn(usize, &mut [f32]) + Send + Sync + 'static,
    ) -> Result<(WordVectors, Report)> {
        let kept = match self.skipped.is_empty() {
            true => None,
            false => Some(self.kept()),
        };
        let store = MadeRows { rows: self.vocab.len(), dim, numbers, bytes, kept, read };
        let vectors = WordVectors::from_store(self.vocab, Box::new(store), Tokenizer::default())?;
        Ok((vectors.with_threads(self.threads), self.report))
    }

    /// The rows that are not skipped.
    fn kept(&self) -> Vec<u32> {
        let mut skipped = self.skipped.iter().copied().peekable();
        let all = 0..self.rows();
        let kept = all.filter(|row| skipped.next_if_eq(row).is_none());
        kept.map(|row| row as u32).collect()
    }

    /// Gives each word the row that `read` makes of its number in the file, some at a time on all
    /// threads.
    pub(super) fn with_rows(
        self,
        dim: usize,
        options: &ReadOptions,
        at: Place,
        read: impl Fn(usize, &mut [f32]) -> Result<()> + Sync + Send,
    ) -> Result<(WordVectors, Report)> {
        let mut table = TableBuilder::new(self.rows(), dim, options, at)?;
        let kept = self.kept();
        let batch = ((1 << 18) / dim).max(1);
        let mut floats = Vec::new();
        for rows in kept.chunks(batch) {
            floats.resize(rows.len() * dim, 0.0);
            let read = |_: &mut (), nth: usize, into: &mut [f32]| read(rows[nth] as usize, into);
            let read = self.threads.map_chunks(&mut floats, dim, 16, || (), read);
            read.into_iter().collect::<Result<()>>()?;
            table.append(&floats)?;
        }
        table.vocab = self.vocab;
        table.report = self.report;
        table.finish()
    }
}

/// Rows that a closure makes of a file's bytes.
struct MadeRows<F> {
    rows: usize,
    dim: usize,
    numbers: &'static str,
    bytes: u64,
    /// The rows in the file, where not all have a word.
    kept: Option<Vec<u32>>,
    read: F,
}

impl<F: Fn(usize, &mut [f32]) + Send + Sync> RowStore for MadeRows<F> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn numbers(&self) -> &'static str {
        self.numbers
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let row = self.kept.as_ref().map_or(row, |kept| kept[row] as usize);
        (self.read)(row, into);
    }
}

/// The first number of a V×D table of little-endian floats that is not finite is an error.
pub(super) fn check_finite(
    bytes: &[u8],
    start: usize,
    dim: usize,
    at: Place,
    threads: &Threads,
) -> Result<()> {
    match first_non_finite(bytes, Element::Dtype(Dtype::F32), threads) {
        None => Ok(()),
        Some((odd, x)) => {
            let (row, column) = (odd / dim + 1, odd % dim + 1);
            let problem = format!("number {column} of row {row} is {x}, expected a finite f32");
            Err(at.error(format!("byte {}", start + 4 * odd), problem))
        }
    }
}

/// The first of some little-endian numbers that is not finite, and its place among them.
pub(super) fn first_non_finite(
    bytes: &[u8],
    element: Element,
    threads: &Threads,
) -> Option<(usize, f32)> {
    const BLOCK: usize = 1 << 16;
    let width = element.bytes();
    let blocks: Vec<_> = bytes.chunks(BLOCK * width).collect();
    let odd = |_: &mut (), nth: usize| (!element.is_finite(blocks[nth])).then_some(nth);
    let nth = threads.find_first(blocks.len(), 1, || (), odd)?;
    let mut numbers = vec![0.0; blocks[nth].len() / width];
    element.unpack(&blocks[nth][..numbers.len() * width], &mut numbers);
    let at = numbers.iter().position(|x| !x.is_finite())?;
    Some((nth * BLOCK + at, numbers[at]))
}
