//! Products of rows of 8-bit integers, for quantised tables.
//!
//! A plain loop: the compiler makes of it the instruction that multiplies 16-bit integers and adds
//! neighbouring products (`pmaddwd`), and integers add up to the same in any order.

use super::simd::Simd;

#[inline(always)]
pub(super) fn dot_int8<const FMA: bool, const ROWS: usize>(
    _: impl Simd,
    a: &[i16],
    b: &[i8],
) -> i32 {
    assert_eq!(a.len(), b.len());
    let product = |(a, b): (&i16, &i8)| i32::from(*a) * i32::from(*b);
    a.iter().zip(b).map(product).fold(0, i32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use crate::kernels::{Isa, Kernels};

    #[test]
    fn every_instruction_set_gives_the_exact_sum() {
        for isa in Isa::available() {
            for len in 0..=130 {
                let a: Vec<i16> = (0..len).map(|i| (i * 7919 % 32_768 - 16_384) as i16).collect();
                let b: Vec<i8> = (0..len).map(|i| (i * 37 % 256 - 128) as i8).collect();
                let terms = a.iter().zip(&b).map(|(a, b)| i64::from(*a) * i64::from(*b));
                assert_eq!(i64::from(isa.dot_int8(&a, &b)), terms.sum::<i64>(), "{isa} {len}");
            }
        }
        let least = vec![-128; 516];
        for isa in Isa::available() {
            assert_eq!(isa.dot_int8(&[-32_512; 516], &least), 516 * 128 * 32_512);
        }
    }
}
