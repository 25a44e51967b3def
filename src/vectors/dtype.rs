//! What the numbers of a table are: f32, or fewer bytes for less precision.
//!
//! In: little-endian numbers at any alignment, as files hold them. Out: the same numbers in f32.
//! [`crate::formats`] rounds in the other direction when it writes.
//!
//! f16 keeps 11 bits of a number and ends at 65504; bf16 keeps 8 bits and has the range of f32; int8
//! keeps 7 bits of the largest number of a row.

/// What the numbers of a table or of a written file are. See
/// [`Format::dtypes`](crate::formats::Format::dtypes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// IEEE 754, 4 bytes.
    #[default]
    F32,
    /// IEEE 754, 2 bytes: 11 bits of precision, up to 65504.
    F16,
    /// The upper half of an f32: 8 bits of precision.
    Bf16,
    /// A whole number of −128 to 127, 1 byte. A written file has an f32 a row to multiply it with; a
    /// table without one holds directions only.
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

    /// Whether none of the little-endian numbers in `bytes` is infinite or NaN: none has an exponent of all
    /// ones. On integers, because this fold becomes one SIMD compare per register.
    pub(crate) fn is_finite(self, bytes: &[u8]) -> bool {
        let halves = |exponent: u16| {
            let all_ones = |half: &[u8; 2]| u16::from_le_bytes(*half) & exponent == exponent;
            !bytes.as_chunks().0.iter().fold(false, |seen, half| seen | all_ones(half))
        };
        match self {
            Dtype::F32 => {
                const EXPONENT: u32 = 0x7f80_0000;
                let all_ones = |float: &[u8; 4]| u32::from_le_bytes(*float) & EXPONENT == EXPONENT;
                !bytes.as_chunks().0.iter().fold(false, |seen, float| seen | all_ones(float))
            }
            Dtype::F16 => halves(0x7c00),
            Dtype::Bf16 => halves(0x7f80),
            Dtype::Int8 => true,
        }
    }

    /// `bytes` holds as many little-endian numbers as `into`, at any alignment.
    pub(crate) fn unpack(self, bytes: &[u8], into: &mut [f32]) {
        assert_eq!(bytes.len(), self.width() * into.len());
        let halves = bytes.as_chunks::<2>().0.iter();
        match self {
            Dtype::F32 => (into.iter_mut().zip(bytes.as_chunks::<4>().0))
                .for_each(|(x, bytes)| *x = f32::from_le_bytes(*bytes)),
            Dtype::F16 => (into.iter_mut().zip(halves))
                .for_each(|(x, half)| *x = from_f16(u16::from_le_bytes(*half))),
            Dtype::Bf16 => (into.iter_mut().zip(halves))
                .for_each(|(x, half)| *x = from_bf16(u16::from_le_bytes(*half))),
            Dtype::Int8 => {
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

#[cfg(test)]
mod tests {
    use super::*;

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
        Dtype::F16.unpack(&bytes, &mut floats);
        for (&half, &got) in all.iter().zip(&floats) {
            let expected = f16_by_parts(half);
            let same = f64::from(got) == expected && got.is_sign_negative() == (half >> 15 == 1);
            assert!(same || (got.is_nan() && expected.is_nan()), "{half:#x}");
        }
        Dtype::Bf16.unpack(&bytes, &mut floats);
        for (&half, &got) in all.iter().zip(&floats) {
            assert_eq!(got.to_bits(), u32::from(half) << 16);
        }
    }
}
