//! Dense tables of less than 4 bytes a number, or of an alignment that no slice of `f32` may have.

use super::RowStore;
use crate::mmap::Bytes;

/// How a number is kept in a [`Packed`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// IEEE 754, 4 bytes; for tables that do not lie at a multiple of 4.
    F32,
    /// IEEE 754, 2 bytes: 5 bits of exponent, 10 of fraction.
    F16,
    /// The upper half of an `f32`: 8 bits of exponent, 7 of fraction.
    Bf16,
    /// Whole numbers of −128 to 127, without a scale: directions are all that they say.
    Int8,
}

impl Packing {
    /// Bytes of a number.
    pub(crate) fn width(self) -> usize {
        match self {
            Packing::F32 => 4,
            Packing::F16 | Packing::Bf16 => 2,
            Packing::Int8 => 1,
        }
    }

    /// The name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Packing::F32 => "f32",
            Packing::F16 => "f16",
            Packing::Bf16 => "bf16",
            Packing::Int8 => "int8",
        }
    }

    /// `bytes` holds as many little-endian numbers as `into`, at any alignment.
    pub(crate) fn unpack(self, bytes: &[u8], into: &mut [f32]) {
        assert_eq!(bytes.len(), self.width() * into.len());
        let halves = bytes.as_chunks::<2>().0.iter();
        match self {
            Packing::F32 => (into.iter_mut().zip(bytes.as_chunks::<4>().0))
                .for_each(|(x, bytes)| *x = f32::from_le_bytes(*bytes)),
            Packing::F16 => (into.iter_mut().zip(halves))
                .for_each(|(x, half)| *x = from_f16(u16::from_le_bytes(*half))),
            Packing::Bf16 => (into.iter_mut().zip(halves))
                .for_each(|(x, half)| *x = from_bf16(u16::from_le_bytes(*half))),
            Packing::Int8 => {
                (into.iter_mut().zip(bytes)).for_each(|(x, byte)| *x = f32::from(*byte as i8))
            }
        }
    }
}

#[inline(always)]
fn from_bf16(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

/// Without branches, so that a row of them is done in lanes: the exponent is moved from a bias of 15
/// to one of 127 by a multiplication, which makes normal numbers of subnormal ones too, and infinity
/// and NaN get the exponent that `f32` has for them.
#[inline(always)]
fn from_f16(half: u16) -> f32 {
    const TWO_TO_112: f32 = f32::from_bits((112 + 127) << 23);
    let magnitude = u32::from(half & 0x7fff) << 13;
    let scaled = (f32::from_bits(magnitude) * TWO_TO_112).to_bits();
    let special = if half & 0x7c00 == 0x7c00 { 0x7f80_0000 } else { 0 };
    f32::from_bits(scaled | special | u32::from(half & 0x8000) << 16)
}

/// Little-endian numbers of 1, 2 or 4 bytes, dense, row-major, at any alignment, owned or mapped.
pub(crate) struct Packed {
    rows: usize,
    dim: usize,
    packing: Packing,
    bytes: Bytes,
}

impl Packed {
    /// `bytes` holds `rows`·`dim` numbers: the caller has checked that.
    pub(crate) fn new(rows: usize, dim: usize, packing: Packing, bytes: Bytes) -> Self {
        assert_eq!(bytes.len(), rows * dim * packing.width());
        Packed { rows, dim, packing, bytes }
    }
}

impl RowStore for Packed {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn numbers(&self) -> &'static str {
        self.packing.name()
    }

    fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let width = self.dim * self.packing.width();
        let bytes = &self.bytes[row * width..(row + 1) * width];
        self.packing.unpack(bytes, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::norm;

    /// The definition, by its parts.
    fn f16_by_parts(half: u16) -> f64 {
        let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
        let (exponent, fraction) = (i32::from(half >> 10 & 31), f64::from(half & 1023) / 1024.0);
        sign * match exponent {
            0 => fraction * 2f64.powi(-14),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            e => (1.0 + fraction) * 2f64.powi(e - 15),
        }
    }

    #[test]
    fn all_halves_are_what_their_parts_say() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        let bytes: Vec<u8> = all.iter().flat_map(|half| half.to_le_bytes()).collect();
        let mut floats = vec![0.0; all.len()];
        Packing::F16.unpack(&bytes, &mut floats);
        for (&half, &got) in all.iter().zip(&floats) {
            let expected = f16_by_parts(half);
            let same = f64::from(got) == expected && got.is_sign_negative() == (half >> 15 == 1);
            assert!(same || (got.is_nan() && expected.is_nan()), "{half:#x}");
        }
        Packing::Bf16.unpack(&bytes, &mut floats);
        for (&half, &got) in all.iter().zip(&floats) {
            assert_eq!(got.to_bits(), u32::from(half) << 16);
        }
    }

    #[test]
    fn rows_are_found_at_any_alignment() {
        let numbers: Vec<f32> = (0..12).map(|i| i as f32 - 5.0).collect();
        for packing in [Packing::F32, Packing::F16, Packing::Bf16, Packing::Int8] {
            let pack = |x: &f32| match packing {
                Packing::F32 => x.to_le_bytes().to_vec(),
                Packing::Bf16 => x.to_le_bytes()[2..].to_vec(),
                Packing::Int8 => vec![*x as i8 as u8],
                // Small whole numbers: sign, exponent and the upper bits of the fraction.
                Packing::F16 if *x == 0.0 => vec![0, 0],
                Packing::F16 => {
                    let bits = x.to_bits();
                    let exponent = (bits >> 23 & 255) + 15 - 127;
                    let half = (bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 1023);
                    (half as u16).to_le_bytes().to_vec()
                }
            };
            for skip in 0..5 {
                let mut bytes = vec![0xff; skip];
                bytes.extend(numbers.iter().flat_map(pack));
                let bytes = Bytes::from(bytes).slice(skip..skip + 12 * packing.width());
                let packed = Packed::new(4, 3, packing, bytes);
                let mut row = [9.0; 3];
                packed.copy_row(2, &mut row);
                assert_eq!(row, numbers[6..9], "{packing:?} at {skip}");
                assert_eq!(packed.norm(2, &mut Vec::new()), norm(&numbers[6..9]));
            }
        }
    }
}
