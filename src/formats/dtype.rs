//! Rounds rows to the [`Dtype`] of a written file.
//!
//! All round to the nearest, ties to even where there are any (int8: away from 0). int8 has an f32 a row
//! to multiply its numbers with. A number that leaves the range of f16 or bf16 is an error.

use super::{Dtype, Place, little_endian};
use crate::error::Result;
use crate::shown::quoted;
use crate::vectors::round_to_int8;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

impl Dtype {
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
                        format!("vector of {}", quoted(word)),
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
                    return Err(at.error(format!("vector of {}", quoted(word)), problem));
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
