//! A NumPy array, `vectors.npy`, with its words beside it in `vectors.words.txt`, a line each.
//!
//! In the file: a header (`npy.rs`), V×D numbers, row-major. `<f4`, `<f2`, `<f8` and `|i1` are read; f4 stays in the file (NumPy's own `mmap_mode`, too). Written
//! is f4 or, by [`Dtype`], f2 or i1. An i1 file has the scale of each row beside it in
//! `vectors.scales.npy`, V numbers of f4: a number is its byte × the scale of its row. Without that
//! file every scale is 1, which leaves directions as they are.
//!
//! gensim's `KeyedVectors.save` puts a large table into such a file, `….vectors.npy`, and its words
//! into a pickle: open that one instead, see [`super::gensim`].

use super::dtype::quantize;
use super::npy::{Element, Header, header};
use super::table::Words;
use super::word_list::{self, beside};
use super::{
    Contents, Dtype, Place, ReadOptions, Report, WriteOptions, atomic, little_endian, safetensors,
};
use super::{read_floats, reject_non_finite};
use crate::corpus;
use crate::error::{IoContext, Result};
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use std::io::Write;
use std::path::{Path, PathBuf};

const NAME: &str = "NumPy array";

/// The words of the array `path`: the file that is written.
pub(super) fn words_of(path: &Path) -> PathBuf {
    beside(path, "words.txt")
}

/// The scales of the rows of an i1 array.
pub(super) fn scales_of(path: &Path) -> PathBuf {
    beside(path, "scales.npy")
}

/// The list of words that belongs to `path`.
fn list_for(path: &Path, options: &ReadOptions, at: Place) -> Result<PathBuf> {
    if let Some(list) = &options.words {
        return Ok(list.clone());
    }
    let list = words_of(path);
    if list.is_file() {
        return Ok(list);
    }
    let problem =
        format!("this is a NumPy array, which holds no words, and there is no {}", list.display());
    Err(at.error("byte 0", problem).advise("name a list of them, one a line, with `words=FILE`"))
}

pub(super) fn parse(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: NAME };
    let header = Header::parse(&contents, at)?;
    let (rows, dim) = header.shape;
    let list = list_for(path, options, at)?;
    let in_list = Place { path: &list, format: "list of words" };
    let lines = Contents::open(&list, options)?;
    let tokens = options.words.is_some().then(|| safetensors::parse_tokens(&lines, rows)).flatten();
    let tokens = tokens.transpose().map_err(|problem| in_list.error("content", problem))?;
    // A list that was named is decoded as a whole.
    let mut decoded = options.clone();
    let text;
    let words = match (&tokens, options.words.is_some()) {
        (Some(tokens), _) => tokens.words.iter().map(|word| (word.as_bytes(), 0)).collect(),
        (None, true) => {
            let encoding = decoded.word_encoding.take();
            text = corpus::text_of(lines.to_vec(), &list, in_list.format, encoding)?;
            word_list::named(&text)
        }
        (None, false) => word_list::found(&lines),
    };
    word_list::check(&words, rows, &list, at)?;
    let kept = words.into_iter().take(options.take(rows));
    let mut words = Words::new(kept, &decoded, in_list, |row| format!("line {}", row + 1))?;
    if let Some(tokens) = &tokens {
        words.report.unnamed_rows = tokens.unnamed;
        words.report.rowless_tokens = tokens.rowless;
    }
    let contents = contents.into_bytes();
    let start = header.start;
    if let Element::Dtype(dtype @ (Dtype::F32 | Dtype::F16)) = header.element {
        return words.with_dense(contents, start, dim, dtype, at);
    }
    let width = dim * header.element.bytes();
    let place = |row: usize, column: usize| {
        format!("byte {}", start + row * width + column * header.element.bytes())
    };
    let size = (rows * width) as u64;
    let bytes = contents.slice(start..start + rows * width);
    if header.element == Element::F64 {
        return words.with_store(dim, "f64", size, at, place, move |row, into| {
            Element::F64.unpack(&bytes[row * width..(row + 1) * width], into);
        });
    }
    let scales = scales(path, rows, options)?;
    words.with_store(dim, "int8", size, at, place, move |row, into| {
        let scale = scales.as_ref().map_or(1.0, |scales| scales[row]);
        let each = into.iter_mut().zip(&bytes[row * width..(row + 1) * width]);
        each.for_each(|(x, &byte)| *x = f32::from(byte as i8) * scale);
    })
}

/// The scales beside an i1 array, if they are there.
fn scales(path: &Path, rows: usize, options: &ReadOptions) -> Result<Option<Vec<f32>>> {
    let path = scales_of(path);
    if !path.is_file() {
        return Ok(None);
    }
    let at = Place { path: &path, format: NAME };
    let contents = Contents::open(&path, options)?;
    let header = Header::parse(&contents, at)?;
    if header.element != Element::Dtype(Dtype::F32) || header.shape != (rows, 1) {
        let problem = format!("expected {rows} numbers <f4, a scale for each row");
        return Err(at.error("byte 10", problem));
    }
    let mut scales = vec![0.0; rows];
    read_floats(&contents[header.start..], &mut scales);
    Ok(Some(scales))
}

/// Writes the array, its words and, for i1, its scales.
///
/// # Errors
/// [`crate::Error::Format`] where a word holds a line feed, where a number is not finite or too
/// large for f16; [`crate::Error::Io`].
pub fn write(vectors: &WordVectors, path: &Path, options: &WriteOptions) -> Result<()> {
    let (words, dim) = (vectors.len(), vectors.dim());
    let rows = || (0..words).map(|id| WordId(id as u32));
    let at = Place { path, format: NAME };
    word_list::write(vectors, &words_of(path))?;
    let descr = match options.dtype {
        Dtype::F16 => "<f2",
        Dtype::Int8 => "|i1",
        _ => "<f4",
    };
    let mut scales = Vec::new();
    atomic::write_atomically(path, |out| {
        let shape = format!("({words}, {dim})");
        out.write_all(&header(descr, &shape)).io("write", path)?;
        let mut buffer = Vec::new();
        for id in rows() {
            let row = vectors.vector(id);
            let word = vectors.vocab().word(id);
            reject_non_finite(&row, word, path, NAME)?;
            if options.dtype == Dtype::Int8 {
                scales.push(quantize(&row, &mut buffer));
            }
            let bytes = options.dtype.encode(&row, word, at, &mut buffer)?;
            out.write_all(bytes).io("write", path)?;
        }
        Ok(())
    })?;
    if options.dtype == Dtype::Int8 {
        let path = scales_of(path);
        atomic::write_atomically(&path, |out| {
            out.write_all(&header("<f4", &format!("({words},)"))).io("write", &path)?;
            out.write_all(little_endian(&scales, &mut Vec::new())).io("write", &path)
        })?;
    }
    Ok(())
}
