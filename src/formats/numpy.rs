//! A NumPy array, `vectors.npy`, with its words beside it in `vectors.words.txt`, a line each.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | 93 `NUMPY`, version 1 0 (2 0 and 3 0 are read too) |
//! | 8..10 | u16 length of the rest of the header (u32 in versions 2 and 3) |
//! | … | `{'descr': '<f4', 'fortran_order': False, 'shape': (V, D), }`, spaces, 0x0A |
//! | from a multiple of 64 | V×D numbers, row-major |
//!
//! `<f4`, `<f2`, `<f8` and `|i1` are read; f4 stays in the file (NumPy's own `mmap_mode`, too). Written
//! is f4 or, by [`Dtype`], f2 or i1. An i1 file has the scale of each row beside it in
//! `vectors.scales.npy`, V numbers of f4: a number is its byte × the scale of its row. Without that
//! file every scale is 1, which leaves directions as they are.
//!
//! gensim's `KeyedVectors.save` puts a large table into such a file, `….vectors.npy`, and its words
//! into a pickle, which we never load: name a list of its words with [`ReadOptions::words`].

use super::cursor::Cursor;
use super::dtype::quantize;
use super::table::Words;
use super::word_list::{self, beside};
use super::{Contents, Dtype, Place, ReadOptions, Report, WriteOptions, atomic, little_endian};
use super::{read_floats, reject_non_finite};
use crate::error::{IoContext, Result};
use crate::vectors::{Packing, WordVectors};
use crate::vocab::WordId;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

const NAME: &str = "NumPy array";

/// The words of the array `path`: the file that is written.
pub(super) fn words_of(path: &Path) -> PathBuf {
    beside(path, "words.txt")
}

/// The scales of the rows of an i1 array.
pub(super) fn scales_of(path: &Path) -> PathBuf {
    beside(path, "scales.npy")
}

/// What an array is made of, and where its numbers begin.
struct Header {
    element: Element,
    /// V, D; D is 1 for an array of one dimension.
    shape: (usize, usize),
    start: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Element {
    F16,
    F32,
    F64,
    I8,
}

impl Element {
    fn bytes(self) -> usize {
        match self {
            Element::I8 => 1,
            Element::F16 => 2,
            Element::F32 => 4,
            Element::F64 => 8,
        }
    }
}

impl Header {
    fn parse(bytes: &[u8], at: Place) -> Result<Self> {
        let mut file = Cursor::new(bytes, at);
        file.take(MAGIC.len() as u64, "the first bytes")?;
        let version = [file.u8("the version")?, file.u8("the version")?];
        let length = match version {
            [1, 0] => {
                let low = file.u8("the header's length")?;
                u64::from(u16::from_le_bytes([low, file.u8("the header's length")?]))
            }
            [2 | 3, 0] => u64::from(file.u32("the header's length")?),
            [major, minor] => {
                let problem = format!("version {major}.{minor}, expected 1.0, 2.0 or 3.0");
                return Err(file.error_at(6, problem));
            }
        };
        let dict = String::from_utf8_lossy(file.take(length, "the header")?).into_owned();
        let error = |problem: String| file.error_at(10, problem);
        let Some((descr, fortran, shape)) = fields(&dict) else {
            return Err(error(format!("the header {dict:?} is none of NumPy's")));
        };
        let element = match descr {
            "<f2" => Element::F16,
            "<f4" => Element::F32,
            "<f8" => Element::F64,
            "|i1" => Element::I8,
            other => {
                let problem = format!("numbers of type {other}, expected <f2, <f4, <f8 or |i1");
                return Err(error(problem));
            }
        };
        let product = |shape: &[usize]| -> Option<u64> {
            shape
                .iter()
                .try_fold(element.bytes() as u64, |product, &n| product.checked_mul(n as u64))
        };
        let shape = match (shape.as_slice(), product(&shape)) {
            (&[_] | &[_, _], Some(bytes)) if bytes == file.left() as u64 => {
                (shape[0], shape.get(1).copied().unwrap_or(1))
            }
            (&[_] | &[_, _], _) => {
                let left = file.left();
                let problem =
                    format!("{left} bytes follow, expected those of {shape:?} numbers {descr}");
                return Err(file.error(problem));
            }
            _ => {
                return Err(error(format!("shape {shape:?}, expected words and dimensions")));
            }
        };
        if shape.0 == 0 || shape.1 == 0 {
            return Err(error(format!("shape {shape:?}: no vectors here")));
        }
        if fortran && shape.1 > 1 {
            let problem = "column after column; save numpy.ascontiguousarray of it";
            return Err(error(problem.into()));
        }
        let start = file.position();
        Ok(Header { element, shape, start })
    }
}

/// `descr`, `fortran_order` and `shape` of a header.
fn fields(dict: &str) -> Option<(&str, bool, Vec<usize>)> {
    let after = |key: &str| {
        let (_, rest) = dict.split_once(&format!("'{key}':"))?;
        Some(rest.trim_start())
    };
    let descr = after("descr")?.strip_prefix('\'')?;
    let (descr, _) = descr.split_once('\'')?;
    let fortran = after("fortran_order")?.starts_with("True");
    let (shape, _) = after("shape")?.strip_prefix('(')?.split_once(')')?;
    let numbers = shape.split(',').map(str::trim).filter(|n| !n.is_empty());
    let shape: Result<Vec<usize>, _> = numbers.map(str::parse).collect();
    Some((descr, fortran, shape.ok()?))
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
    let lines = Contents::open(&list, options)?;
    let words = word_list::parse(&lines, options.words.is_some());
    word_list::check(&words, rows, &list, at)?;
    let in_list = Place { path: &list, format: "list of words" };
    let kept = words.into_iter().take(options.take(rows));
    let words = Words::new(kept, options, in_list, |row| format!("line {}", row + 1))?;
    let contents = contents.into_bytes();
    let start = header.start;
    let packing = match header.element {
        Element::F32 => Some(Packing::F32),
        Element::F16 => Some(Packing::F16),
        _ => None,
    };
    if let Some(packing) = packing {
        return words.with_dense(contents, start, dim, packing, at);
    }
    let width = dim * header.element.bytes();
    let place = |row: usize, column: usize| {
        format!("byte {}", start + row * width + column * header.element.bytes())
    };
    let size = (rows * width) as u64;
    let bytes = contents.slice(start..start + rows * width);
    if header.element == Element::F64 {
        return words.with_store(dim, "f64", size, at, place, move |row, into| {
            let (doubles, _) = bytes[row * width..(row + 1) * width].as_chunks::<8>();
            let each = into.iter_mut().zip(doubles);
            each.for_each(|(x, double)| *x = f64::from_le_bytes(*double) as f32);
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
    if header.element != Element::F32 || header.shape != (rows, 1) {
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

fn header(descr: &str, shape: &str) -> Vec<u8> {
    let dict = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // 10 bytes before the dictionary, 1 line feed behind it.
    let length = (10 + dict.len() + 1).next_multiple_of(64) - 10;
    let mut header = [MAGIC, &[1, 0], &(length as u16).to_le_bytes()].concat();
    header.extend(format!("{dict:<width$}\n", width = length - 1).bytes());
    header
}
