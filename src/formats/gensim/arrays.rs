//! NumPy arrays: inside the pickle, or in a file of their own beside it.
//!
//! | written by | as |
//! |---|---|
//! | protocols 0 to 4 | `_reconstruct(ndarray, (0,), b'b')`, then the state (version, shape, dtype, is_fortran, bytes) |
//! | protocol 5 | `_frombuffer(bytes, dtype, shape, 'C' or 'F')` |
//! | gensim, for large ones | `vectors.kv.vectors.npy`: the name of the file, the attributes that lead to the array, `npy` |
//!
//! The numbers stay where they are: in the mapped pickle or in the mapped file beside it.

use super::NAME;
use super::classes::Role;
use super::numbers::{Element, integer};
use super::values::{Pickle, Value};
use crate::error::Result;
use crate::formats::npy::{self, Header};
use crate::formats::table::Words;
use crate::formats::{Contents, Dtype, Place, ReadOptions, Report};
use crate::mmap::Bytes;
use crate::threads::Threads;
use crate::vectors::{NgramRows, WordVectors};
use half::f16;
use std::path::{Path, PathBuf};

/// An array of one or two dimensions.
pub(super) struct Array {
    /// The whole file that the numbers are in, and where they begin there.
    contents: Bytes,
    start: usize,
    element: Element,
    rows: usize,
    dim: usize,
    /// Column after column.
    fortran: bool,
    path: PathBuf,
}

impl Array {
    /// The array `name` of `object`; `None` where there is none. `path` leads to the object: the file's
    /// name and attributes.
    pub(super) fn find(
        pickle: &Pickle,
        object: Value,
        name: &str,
        file: &Path,
        attributes: &[&str],
        options: &ReadOptions,
    ) -> Result<Option<Self>> {
        let beside = pickle.attribute(object, "__numpys").and_then(|names| pickle.items(names));
        let mut beside = beside.unwrap_or_default().iter();
        if beside.any(|other| pickle.bytes(*other) == Some(name.as_bytes())) {
            let path = beside_of(file, attributes, name);
            return Self::open(&path, file, options).map(Some);
        }
        let Some(value) = pickle.attribute(object, name) else {
            return Ok(None);
        };
        let at = Place { path: file, format: NAME };
        match Self::inside(pickle, value, file) {
            Ok(array) => Ok(Some(array)),
            Err(problem) => Err(at.error(format!("`{name}`"), problem)),
        }
    }

    /// An array that the pickle holds.
    pub(super) fn inside(pickle: &Pickle, value: Value, file: &Path) -> Result<Self, String> {
        let parts = match pickle.call(value) {
            Some((Role::Reconstruct, _)) => {
                let state = pickle.state(value).and_then(|state| pickle.items(state));
                // The version is not there in the oldest.
                let state = match state {
                    Some([_, rest @ ..]) if rest.len() == 4 => Some(rest),
                    state => state,
                };
                state.map(|state| (state, 3, None))
            }
            Some((Role::FromBuffer, arguments)) => {
                let order = arguments.get(3).and_then(|order| pickle.bytes(*order));
                Some((arguments, 0, Some(order == Some(b"F"))))
            }
            _ => return Err(format!("is {}, expected a NumPy array", pickle.kind(value))),
        };
        let Some((&[first, second, third, fourth], data, order)) =
            parts.and_then(|(parts, data, order)| Some((parts.first_chunk::<4>()?, data, order)))
        else {
            return Err("is a NumPy array without its parts: damaged".into());
        };
        let (shape, dtype, data, fortran) = match order {
            None => (first, second, [first, second, third, fourth][data], third),
            Some(fortran) => (third, second, first, Value::Bool(fortran)),
        };
        let element = Element::of(pickle, dtype)?;
        let sizes: Option<Vec<usize>> = pickle.items(shape).and_then(|sizes| {
            let sizes = sizes.iter().take(3);
            sizes.map(|size| usize::try_from(integer(pickle, *size)?).ok()).collect()
        });
        let (rows, dim) = match sizes.as_deref() {
            Some(&[rows]) => (rows, 1),
            Some(&[rows, dim]) => (rows, dim),
            _ => return Err("is a NumPy array of more than two dimensions".into()),
        };
        let (contents, range) =
            pickle.shared(data).ok_or("is a NumPy array of things that are no numbers")?;
        let expected =
            rows.checked_mul(dim).and_then(|numbers| numbers.checked_mul(element.width()));
        if expected != Some(range.len()) || rows == 0 || dim == 0 {
            return Err(format!(
                "is a NumPy array of shape ({rows}, {dim}) in {} bytes: damaged",
                range.len()
            ));
        }
        let fortran = integer(pickle, fortran) == Some(1) && dim > 1;
        let (start, path) = (range.start, file.to_owned());
        Ok(Array { contents, start, element, rows, dim, fortran, path })
    }

    /// An array in a file of its own.
    fn open(path: &Path, pickle: &Path, options: &ReadOptions) -> Result<Self> {
        if !path.is_file() {
            let problem = format!(
                "its vectors are in a file of their own, {}, which is not there",
                path.display()
            );
            let at = Place { path: pickle, format: NAME };
            return Err(at.error("byte 0", problem).advise("put both into one folder"));
        }
        let contents = Contents::open(path, options)?;
        let Header { element, shape: (rows, dim), start } =
            Header::parse(&contents, Place { path, format: "NumPy array" })?;
        let element = match element {
            npy::Element::F64 => Element::F64,
            npy::Element::Dtype(Dtype::F16) => Element::F16,
            npy::Element::Dtype(Dtype::Int8) => Element::Signed(1),
            npy::Element::Dtype(_) => Element::F32,
        };
        let contents = contents.into_bytes();
        Ok(Array { contents, start, element, rows, dim, fortran: false, path: path.to_owned() })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// Place for messages about numbers in this array.
    fn place(&self) -> Place<'_> {
        Place { path: &self.path, format: NAME }
    }

    /// Refuses an array of another shape.
    pub(super) fn check_shape(&self, rows: usize, dim: usize) -> Result<()> {
        if (self.rows, self.dim) == (rows, dim) {
            return Ok(());
        }
        let problem =
            format!("an array of {} × {} numbers, expected {rows} × {dim}", self.rows, self.dim);
        Err(self.place().error(format!("byte {}", self.start), problem))
    }

    /// Where a number begins in the file.
    fn at(&self, row: usize, column: usize) -> usize {
        let number = match self.fortran {
            true => column * self.rows + row,
            false => row * self.dim + column,
        };
        self.start + number * self.element.width()
    }

    fn float(&self, row: usize, column: usize) -> f32 {
        let at = self.at(row, column);
        let bytes = &self.contents[at..at + self.element.width()];
        match *bytes {
            [a, b] if self.element == Element::F16 => f16::from_le_bytes([a, b]).to_f32(),
            [a, b, c, d] if self.element == Element::F32 => f32::from_le_bytes([a, b, c, d]),
            [a, b, c, d, e, f, g, h] if self.element == Element::F64 => {
                f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
            }
            _ => self.element.integer(bytes).unwrap_or(0) as f32,
        }
    }

    /// Adds row `row` to `into`.
    pub(super) fn add(&self, row: usize, into: &mut [f32]) {
        if self.element == Element::F32 && !self.fortran {
            let (floats, _) = self.contents[self.at(row, 0)..].as_chunks::<4>();
            let each = into.iter_mut().zip(floats);
            return each.for_each(|(x, float)| *x += f32::from_le_bytes(*float));
        }
        let each = into.iter_mut().enumerate();
        each.for_each(|(column, x)| *x += self.float(row, column));
    }

    /// The whole number in row `row` of an array of one dimension.
    pub(super) fn integer(&self, row: usize) -> Option<i64> {
        let at = self.at(row, 0);
        self.element.integer(self.contents.get(at..)?)
    }

    /// Refuses numbers that are not finite.
    pub(super) fn check_finite(&self, threads: &Threads) -> Result<()> {
        let odd = |into: &mut Vec<f32>, row: usize| {
            into.fill(0.0);
            self.add(row, into);
            let column = into.iter().position(|x| !x.is_finite())?;
            Some((row, column, into[column]))
        };
        match threads.find_first(self.rows, 256, || vec![0.0; self.dim], odd) {
            None => Ok(()),
            Some((row, column, x)) => {
                let problem = format!(
                    "number {} of row {} is {x}, expected a finite f32",
                    column + 1,
                    row + 1
                );
                let byte = self.at(row, column);
                Err(self.place().error(format!("byte {byte}"), problem))
            }
        }
    }

    /// The vectors of `words`: a row each, which stays where it is.
    pub(super) fn into_vectors(self, words: Words) -> Result<(WordVectors, Report)> {
        let path = self.path.clone();
        let at = Place { path: &path, format: NAME };
        let (start, dim) = (self.start, self.dim);
        let numbers = match self.element {
            Element::F32 if !self.fortran => {
                return words.with_dense(self.contents, start, dim, Dtype::F32, at);
            }
            Element::F16 if !self.fortran => {
                return words.with_dense(self.contents, start, dim, Dtype::F16, at);
            }
            Element::F16 => "f16",
            Element::F32 => "f32",
            Element::F64 => "f64",
            _ => {
                let problem = "an array of whole numbers, expected f2, f4 or f8";
                return Err(at.error(format!("byte {start}"), problem));
            }
        };
        let array = std::sync::Arc::new(self);
        let size = (array.rows * dim * array.element.width()) as u64;
        let of = array.clone();
        let place = move |row: usize, column: usize| format!("byte {}", of.at(row, column));
        words.with_store(dim, numbers, size, at, place, move |row, into| {
            let each = into.iter_mut().enumerate();
            each.for_each(|(column, x)| *x = array.float(row, column));
        })
    }
}

impl NgramRows for Array {
    fn len(&self) -> usize {
        self.rows
    }

    fn add(&self, row: usize, into: &mut [f32]) {
        Array::add(self, row, into);
    }
}

/// The file of an array: `vectors.kv` with `wv` and `vectors` is `vectors.kv.wv.vectors.npy`.
fn beside_of(file: &Path, attributes: &[&str], name: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    for part in attributes.iter().chain([&name, &"npy"]) {
        path.push(".");
        path.push(part);
    }
    path.into()
}
