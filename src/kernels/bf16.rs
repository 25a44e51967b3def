//! The bodies for rows kept as bf16: the upper half of an `f32`, 8 bits of precision.
//!
//! A row of bf16 is nowhere computed with. It is widened to `f32` on its way into a private buffer,
//! exactly, and rounded once on its way back. The steps of training are often smaller than half the
//! distance between two neighbouring bf16 numbers (0.4 % of the number), where rounding to nearest
//! would lose all of them: so the rounding is stochastic, up with the probability with which it
//! keeps the expected value. 16 random bits are added to the 16 bits that will be cut off, and the
//! carry does the rest.
//!
//! | `f32` | becomes |
//! |---|---|
//! | a bf16 number, ±0 among them | itself, always: nothing is cut off, so nothing carries |
//! | between two bf16 numbers | one of them, in expectation itself |
//! | finite, beyond the largest bf16 number (3.39e38) | that number: a carry would make infinity of it |
//! | infinite | itself |
//! | NaN, as arithmetic makes it (quiet) | NaN |

use super::lanes::{Eight, Lanes};
use super::simd::Simd;
use rand::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;

/// A row of bf16, wherever it is and however it may be touched.
pub trait Pieces {
    /// Pieces of the row: an eighth of its length.
    fn count(&self) -> usize;
    /// Reads a piece.
    fn get(&self, at: usize) -> Eight;
    /// Writes a piece.
    fn set(&mut self, at: usize, piece: Eight);
}

/// A row that somebody owns.
impl Pieces for [Eight] {
    #[inline(always)]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn get(&self, at: usize) -> Eight {
        self[at]
    }

    #[inline(always)]
    fn set(&mut self, at: usize, piece: Eight) {
        self[at] = piece;
    }
}

/// Random bits for rounding: xorshift with 32 bits of state (Marsaglia 2003), in 16 lanes.
///
/// Each draw serves two groups of lanes with 16 bits each. Neither long periods nor independence of
/// far draws matter here: only that up and down are fair for each number that is rounded.
#[derive(Clone, Debug)]
pub struct Dither([u32; 16]);

impl Dither {
    /// Lanes that begin at unrelated places.
    pub fn new(seed: u64) -> Self {
        let mut random = SplitMix64::seed_from_u64(seed);
        // 0 is the one state that xorshift does not leave.
        Dither(std::array::from_fn(|_| random.next_u32().max(1)))
    }
}

#[inline(always)]
fn xorshift(lanes: &mut [u32; 16]) {
    for x in lanes {
        *x ^= *x << 13;
        *x ^= *x >> 17;
        *x ^= *x << 5;
    }
}

#[inline(always)]
pub(super) fn widen<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    row: &(impl Pieces + ?Sized),
    into: &mut [f32],
) {
    let (into, rest) = into.as_chunks_mut::<16>();
    assert!(rest.is_empty() && into.len() * 2 <= row.count());
    for (i, into) in into.iter_mut().enumerate() {
        simd.store(simd.widen(row.get(2 * i), row.get(2 * i + 1)), into);
    }
}

#[inline(always)]
pub(super) fn add_rounded<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    scale: f32,
    delta: &[f32],
    row: &mut (impl Pieces + ?Sized),
    dither: &mut Dither,
) {
    let (delta, rest) = delta.as_chunks::<16>();
    assert!(rest.is_empty() && delta.len() * 2 <= row.count());
    let mut state = dither.0;
    for (i, pair) in delta.chunks(2).enumerate() {
        xorshift(&mut state);
        let (mut upper, mut lower) = (state, state);
        upper.iter_mut().for_each(|x| *x >>= 16);
        add_group(simd, scale, &pair[0], row, 2 * i, &upper);
        if let Some(delta) = pair.get(1) {
            lower.iter_mut().for_each(|x| *x &= 0xffff);
            add_group(simd, scale, delta, row, 2 * i + 1, &lower);
        }
    }
    dither.0 = state;
}

/// Sixteen lanes of [`add_rounded`]. Not a closure: those are compiled for the baseline, and were
/// called; training took 1.7 times as long.
#[inline(always)]
fn add_group(
    simd: impl Simd,
    scale: f32,
    delta: &Lanes,
    row: &mut (impl Pieces + ?Sized),
    group: usize,
    random: &[u32; 16],
) {
    let old = simd.widen(row.get(2 * group), row.get(2 * group + 1));
    let new = simd.mul_add(simd.splat(scale), simd.load(delta), old);
    let [lower, upper] = simd.narrow(new, random);
    row.set(2 * group, lower);
    row.set(2 * group + 1, upper);
}

#[cfg(test)]
mod tests {
    use super::super::lanes::LARGEST;
    use super::super::{Isa, Kernels};
    use super::*;

    /// Rounds each number once, by adding it to zero.
    fn rounded(isa: super::super::Isa, numbers: &[f32], dither: &mut Dither) -> Vec<f32> {
        let mut row = vec![[0; 8]; numbers.len() / 8];
        isa.add_rounded(1.0, numbers, row.as_mut_slice(), dither);
        let mut back = vec![f32::NAN; numbers.len()];
        isa.widen(row.as_slice(), &mut back);
        back
    }

    /// All 65,536 patterns but the NaNs come back as they were, whatever the random bits.
    #[test]
    fn representable_numbers_are_kept() {
        let all: Vec<f32> =
            (0..=u16::MAX).map(|half| f32::from_bits(u32::from(half) << 16)).collect();
        for isa in Isa::available() {
            for seed in 0..8 {
                let back = rounded(isa, &all, &mut Dither::new(seed));
                for (x, y) in all.iter().zip(&back) {
                    // Adding to +0 makes +0 of −0; everything else keeps its bits.
                    let same = x.to_bits() == y.to_bits() || (*x == 0.0 && *y == 0.0);
                    assert!(same || (x.is_nan() && y.is_nan()), "{isa}: {x} became {y}");
                }
            }
        }
    }

    /// The mean of many roundings is the number itself, and each is one of its two neighbours.
    #[test]
    fn rounding_is_unbiased() {
        let numbers: Vec<f32> =
            (0..48).map(|i| 1.7f32.powi(i - 30) * if i % 2 == 0 { 1.0 } else { -1.01 }).collect();
        let draws = 20_000;
        for isa in Isa::available() {
            let mut dither = Dither::new(5);
            let mut sums = vec![0.0f64; numbers.len()];
            for _ in 0..draws {
                let back = rounded(isa, &numbers, &mut dither);
                for ((sum, x), y) in sums.iter_mut().zip(&numbers).zip(&back) {
                    let below = x.to_bits() >> 16;
                    let got = y.to_bits() >> 16;
                    assert!(got == below || got == below + 1, "{isa}: {x} became {y}");
                    *sum += f64::from(*y);
                }
            }
            for (sum, x) in sums.iter().zip(&numbers) {
                // Five standard errors of a coin between two numbers x/128 apart, at most.
                let spacing = f64::from(f32::from_bits(x.to_bits() & 0x7f80_0000)) / 128.0;
                let error = sum / f64::from(draws) - f64::from(*x);
                let bound = 5.0 * 0.5 * spacing / f64::from(draws).sqrt();
                assert!(error.abs() < bound, "{isa}: {x} is off by {error}");
            }
        }
    }

    /// Steps of a hundredth of the distance between two numbers add up.
    #[test]
    fn small_steps_are_not_lost() {
        for isa in Isa::available() {
            let mut dither = Dither::new(1);
            let mut row = vec![[0x3f80; 8]; 4];
            for _ in 0..10_000 {
                isa.add_rounded(0.5, &[1.0 / 6_400.0; 32], row.as_mut_slice(), &mut dither);
            }
            let mut sums = [0.0; 32];
            isa.widen(row.as_slice(), &mut sums);
            let mean = sums.iter().sum::<f32>() / 32.0;
            assert!((mean - (1.0 + 10_000.0 / 12_800.0)).abs() < 0.05, "{mean}");
        }
    }

    /// Finite numbers stay finite, others do not become finite.
    #[test]
    fn extremes() {
        let largest = f32::from_bits(LARGEST);
        let mut numbers = [f32::MAX; 16];
        numbers[1] = -f32::MAX;
        numbers[2] = f32::INFINITY;
        numbers[3] = f32::NEG_INFINITY;
        numbers[4] = f32::NAN;
        numbers[5] = -f32::NAN;
        numbers[6] = f32::from_bits(LARGEST - 1);
        numbers[7] = f32::from_bits(0x7fff_ffff);
        for isa in Isa::available() {
            let mut dither = Dither::new(2);
            for _ in 0..1_000 {
                let back = rounded(isa, &numbers, &mut dither);
                assert_eq!(back[..4], [largest, -largest, numbers[2], numbers[3]]);
                assert!(back[4].is_nan() && back[5].is_nan() && back[7].is_nan());
                assert!(back[6].is_finite());
            }
        }
    }

    /// Every set of instructions rounds alike; lengths that end in half a draw are whole.
    #[test]
    fn sets_agree_to_the_bit() {
        let numbers: Vec<f32> = (0..320).map(|i| (i as f32 - 150.0) / 77.0).collect();
        for len in [16, 32, 48, 112, 320] {
            let results = Isa::available().into_iter().map(|isa| {
                let mut dither = Dither::new(3);
                let mut row = vec![[0x3e12; 8]; len / 8 + 2];
                for _ in 0..3 {
                    isa.add_rounded(1.0, &numbers[..len], row.as_mut_slice(), &mut dither);
                }
                assert_eq!(row[len / 8..], [[0x3e12; 8]; 2]);
                (row, dither.0)
            });
            let results: Vec<_> = results.collect();
            assert!(results.windows(2).all(|two| two[0] == two[1]), "{len}");
        }
    }
}
