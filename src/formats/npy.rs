//! The header of a NumPy array, `.npy`.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | 93 `NUMPY`, version 1 0 (2 0 and 3 0 are read too) |
//! | 8..10 | u16 length of the rest of the header (u32 in versions 2 and 3) |
//! | … | `{'descr': '<f4', 'fortran_order': False, 'shape': (V, D), }`, spaces, 0x0A |
//! | from a multiple of 64 | the numbers, row-major |
//!
//! Read are arrays of one or two dimensions of `<f4`, `<f2`, `<f8` and `|i1`; written is whatever a
//! caller names.

use super::cursor::Cursor;
use super::{Dtype, Place};
use crate::error::Result;
use crate::shown::quoted;

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// What an array is made of, and where its numbers begin.
pub(super) struct Header {
    pub(super) element: Element,
    /// V, D; D is 1 for an array of one dimension.
    pub(super) shape: (usize, usize),
    pub(super) start: usize,
}

/// What the numbers of an array are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Element {
    Dtype(Dtype),
    F64,
}

impl Element {
    pub(super) fn name(self) -> &'static str {
        match self {
            Element::Dtype(dtype) => dtype.name(),
            Element::F64 => "f64",
        }
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Element::Dtype(dtype) => dtype.width(),
            Element::F64 => 8,
        }
    }

    /// Whether all of some little-endian numbers are finite as f32.
    pub(super) fn is_finite(self, bytes: &[u8]) -> bool {
        match self {
            Element::Dtype(dtype) => dtype.is_finite(bytes),
            Element::F64 => {
                let all = bytes.as_chunks::<8>().0;
                all.iter().all(|double| (f64::from_le_bytes(*double) as f32).is_finite())
            }
        }
    }

    /// `bytes` holds as many little-endian numbers as `into`.
    pub(super) fn unpack(self, bytes: &[u8], into: &mut [f32]) {
        match self {
            Element::Dtype(dtype) => dtype.unpack(bytes, into),
            Element::F64 => (into.iter_mut().zip(bytes.as_chunks::<8>().0))
                .for_each(|(x, double)| *x = f64::from_le_bytes(*double) as f32),
        }
    }
}

impl Header {
    /// Reads the header of `bytes`, the whole file.
    pub(super) fn parse(bytes: &[u8], at: Place) -> Result<Self> {
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
            return Err(error(format!("the header {} is none of NumPy's", quoted(&dict))));
        };
        let element = match descr {
            "<f2" => Element::Dtype(Dtype::F16),
            "<f4" => Element::Dtype(Dtype::F32),
            "<f8" => Element::F64,
            "|i1" => Element::Dtype(Dtype::Int8),
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

/// The header of version 1.0 of an array of type `descr`, padded to a multiple of 64 bytes. `shape` is a
/// tuple in Python's spelling.
pub(super) fn header(descr: &str, shape: &str) -> Vec<u8> {
    let dict = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // 10 bytes before the dictionary, 1 line feed behind it.
    let length = (10 + dict.len() + 1).next_multiple_of(64) - 10;
    let mut header = [MAGIC, &[1, 0], &(length as u16).to_le_bytes()].concat();
    header.extend(format!("{dict:<width$}\n", width = length - 1).bytes());
    header
}
