//! Types of numbers in NumPy's names, and whole numbers of Python or NumPy.

use super::classes::Role;
use super::values::{Pickle, Value};

/// What the numbers of an array are; all are little-endian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Element {
    F16,
    F32,
    F64,
    Signed(usize),
    Unsigned(usize),
}

impl Element {
    pub(super) fn width(self) -> usize {
        match self {
            Element::F16 => 2,
            Element::F32 => 4,
            Element::F64 => 8,
            Element::Signed(width) | Element::Unsigned(width) => width,
        }
    }

    /// What `numpy.dtype('f4', False, True)` with its state (3, '<', …) means.
    pub(super) fn of(pickle: &Pickle, dtype: Value) -> Result<Self, String> {
        let unknown = || format!("{} for a dtype", pickle.kind(dtype));
        let Some((Role::Dtype, [code, ..])) = pickle.call(dtype) else {
            return Err(unknown());
        };
        let code = pickle.bytes(*code).ok_or_else(unknown)?;
        let state = pickle.state(dtype).and_then(|state| pickle.items(state));
        let order = state.and_then(|state| pickle.bytes(*state.get(1)?)).unwrap_or(b"<");
        let element = match code {
            b"f2" => Element::F16,
            b"f4" => Element::F32,
            b"f8" => Element::F64,
            [b'i', width @ (b'1' | b'2' | b'4' | b'8')] => {
                Element::Signed(usize::from(width - b'0'))
            }
            [b'u', width @ (b'1' | b'2' | b'4' | b'8')] => {
                Element::Unsigned(usize::from(width - b'0'))
            }
            other => return Err(format!("numbers of type {:?}", String::from_utf8_lossy(other))),
        };
        match order {
            b">" if element.width() > 1 => Err("big-endian numbers".into()),
            _ => Ok(element),
        }
    }

    /// The whole number in `bytes`.
    pub(super) fn integer(self, bytes: &[u8]) -> Option<i64> {
        let (Element::Signed(width) | Element::Unsigned(width)) = self else {
            return None;
        };
        let negative = self == Element::Signed(width) && bytes.last()? & 0x80 != 0;
        let mut number = [if negative { 0xff } else { 0 }; 8];
        number.get_mut(..width)?.copy_from_slice(bytes.get(..width)?);
        Some(i64::from_le_bytes(number))
    }
}

/// A whole number, of Python or NumPy.
pub(super) fn integer(pickle: &Pickle, value: Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(number),
        Value::Bool(bool) => Some(i64::from(bool)),
        value => {
            let (Role::Scalar, [dtype, bytes, ..]) = pickle.call(value)? else {
                return None;
            };
            let (bytes, range) = pickle.shared(*bytes)?;
            Element::of(pickle, *dtype).ok()?.integer(&bytes[range])
        }
    }
}
