//! What the numbers of a written file are: f32 as they are, or fewer bytes for less precision.
//!
//! f16 keeps 11 bits of a number and ends at 65504; bf16 keeps 8 bits and has the range of f32; int8
//! keeps 7 bits of the largest number of a row, with an f32 a row to multiply it with. All round to the
//! nearest, ties to even where there are any (int8: away from 0).

use super::{Place, little_endian};
use crate::error::Result;
use crate::vectors::round_to_int8;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

/// What the numbers of a written file are. See [`Format::dtypes`](super::Format::dtypes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// IEEE 754, 4 bytes.
    #[default]
    F32,
    /// IEEE 754, 2 bytes: 11 bits of precision, up to 65504.
    F16,
    /// The upper half of an f32: 8 bits of precision.
    Bf16,
    /// 1 byte and an f32 a row to multiply it with.
    Int8,
}

impl Dtype {
    /// All of them.
    pub const ALL: [Dtype; 4] = [Dtype::F32, Dtype::F16, Dtype::Bf16, Dtype::Int8];

    /// The name on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "f32",
            Dtype::F16 => "f16",
            Dtype::Bf16 => "bf16",
            Dtype::Int8 => "int8",
        }
    }

    /// Bytes of a number.
    pub fn width(self) -> usize {
        match self {
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::Bf16 => 2,
            Dtype::Int8 => 1,
        }
    }

    /// `row`, the finite vector of `word`, in little-endian bytes; for int8 without its scale, see
    /// [`quantize`].
    pub(super) fn encode<'a>(
        self,
        row: &'a [f32],
        word: &str,
        at: Place,
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8]> {
        match self {
            Dtype::F32 => return Ok(little_endian(row, buffer)),
            Dtype::F16 => {
                let mut halves = vec![f16::ZERO; row.len()];
                halves.convert_from_f32_slice(row);
                if let Some(column) = halves.iter().position(|half| !half.is_finite()) {
                    return Err(at.error(
                        format!("vector of {word:?}"),
                        format!(
                            "{} is too large for f16, which ends at 65504; write f32",
                            row[column]
                        ),
                    ));
                }
                buffer.clear();
                buffer.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
            }
            Dtype::Bf16 => {
                buffer.clear();
                let halves = row.iter().map(|&x| bf16::from_f32(x));
                buffer.extend(halves.flat_map(|half| half.to_le_bytes()));
                // Only numbers within 1/256 of the largest f32 leave its range when they are rounded.
                if let Some(x) = row.iter().find(|&&x| !bf16::from_f32(x).is_finite()) {
                    let problem = format!("{x} is too large for bf16; write f32");
                    return Err(at.error(format!("vector of {word:?}"), problem));
                }
            }
            Dtype::Int8 => {
                quantize(row, buffer);
            }
        }
        Ok(buffer)
    }
}

/// `row` as bytes of int8, and what to multiply them with: see [`round_to_int8`].
pub(super) fn quantize(row: &[f32], into: &mut Vec<u8>) -> f32 {
    into.resize(row.len(), 0);
    round_to_int8(row, into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn rows_of_fewer_bytes_are_the_nearest() {
        let at = Place { path: Path::new("x"), format: "test" };
        let mut buffer = Vec::new();
        let mut encode = |dtype: Dtype, row: &[f32]| {
            dtype.encode(row, "w", at, &mut buffer).map(<[u8]>::to_vec).map_err(|e| e.to_string())
        };
        assert_eq!(encode(Dtype::F16, &[1.0, -2.0]).unwrap(), [0, 0x3c, 0, 0xc0]);
        assert_eq!(encode(Dtype::Bf16, &[1.0, -2.0]).unwrap(), [0x80, 0x3f, 0, 0xc0]);
        assert_eq!(encode(Dtype::Int8, &[1.0, -2.0, 0.5]).unwrap(), [64, 0x81, 32]);
        assert!(encode(Dtype::F16, &[65520.0]).unwrap_err().contains("65520 is too large for f16"));
        assert!(encode(Dtype::Bf16, &[f32::MAX]).unwrap_err().contains("too large for bf16"));
        let mut bytes = Vec::new();
        assert_eq!(quantize(&[0.0, 0.0], &mut bytes), 0.0);
        assert_eq!(quantize(&[f32::MIN_POSITIVE, 1e-45], &mut bytes), 0.0);
        assert_eq!(quantize(&[f32::MAX, f32::MIN], &mut bytes), f32::MAX / 127.0);
        assert_eq!(bytes, [127, 0x81]);
    }
}
