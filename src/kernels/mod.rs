//! The arithmetic: dot products and gradient steps on private slices, of `f32` and, where a table is
//! kept in less, of bf16 and int8. Nothing else.
//!
//! Each kernel has one body, written once over groups of 16 lanes (`dense`, `block`, `glove`, `bf16`,
//! `int8`) and compiled for each instruction set; the set is chosen once, by [`Isa::choose`] or
//! at the first call ([`Isa::chosen`]). Bodies are safe Rust. `unsafe` is the call of a function that was compiled
//! for more than the baseline, after asking the processor whether it has it; and a dozen named
//! instructions behind a trait (`simd`), where sums stay in registers over a loop: the compiler does
//! not find those by itself.
//!
//! [`scalar`] holds the oracle: the same kernels as one would write them on a board, in f64. A
//! property test runs every instruction set of the machine against it, for all lengths up to 130.
//!
//! Sums run over 16 partial sums ([`dot`]: over four times as many) and then by halves, whatever the
//! width of a register, with a fused multiply-add wherever there is one: AVX2, AVX-512 and NEON give
//! the same bits. `portable` rounds the product first; `avx512bf16` gives the same bits as `avx512` but
//! where [`BlockStep::pairs`] are given. It is the first choice on AMD's processors only: on Intel's it
//! has to be asked for, since it was slower there.
//!
//! | instruction set | lanes of a register | products tile | block step: products, steps |
//! |---|---|---|---|
//! | `avx512bf16` (AVX-512F and AVX512-BF16) | 16 | 8 × 32 | as `avx512`; of rows kept as bf16 two products an instruction |
//! | `avx512` (AVX-512F) | 16 | 8 × 32 | 8 × 32, 4 × 96 and 2 × 160 |
//! | `avx2` (AVX2 and FMA) | 8 | 6 × 16 | 4 × 16, 2 × 48 |
//! | `neon` (always there on 64-bit Arm) | 4 | 6 × 16 | 4 × 16, 2 × 48 |
//! | `portable` | as the target has | 2 × 16 | 2 × 16, 2 × 16 |

mod bf16;
mod block;
mod dense;
mod glove;
mod int8;
mod lanes;
#[cfg(any(test, feature = "bench"))]
pub mod scalar;
mod simd;

pub use bf16::{Dither, Pieces};
pub use block::{BlockStep, Fours, Span, band_groups, pair_groups};
pub use glove::{CONSTANT, GloveRate, record_stride};
pub use lanes::Eight;

use std::fmt;
use std::sync::OnceLock;

/// An instruction set that the arithmetic kernels were compiled for and that this processor has: there is
/// no other way to get one than [`Isa::chosen`] and [`Isa::available`], which ask it, and
/// [`Isa::PORTABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// Whatever the compilation target guarantees.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// Whatever the compilation target guarantees; every processor has it.
    pub const PORTABLE: Isa = Isa(Set::Portable);

    /// The instruction set that kernels use: the best one of this processor, or that of
    /// [`Isa::choose`].
    pub fn chosen() -> Isa {
        *CHOSEN.get_or_init(|| *Isa::available().last().expect("portable is always there"))
    }

    /// Makes kernels use it instead of the best instruction set of this processor, from now to the end
    /// of the process: to measure one, or to repeat what another processor computed. The choice is made
    /// once; returns the set in use, which is another one where kernels have run before.
    ///
    /// ```
    /// use w2v::Isa;
    /// assert_eq!(Isa::PORTABLE.choose(), Isa::PORTABLE);
    /// assert_eq!(Isa::chosen().to_string(), "portable");
    /// ```
    pub fn choose(self) -> Isa {
        *CHOSEN.get_or_init(|| self)
    }

    /// All instruction sets of this processor that kernels were compiled for, the best one last.
    pub fn available() -> Vec<Isa> {
        let mut sets = vec![Set::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(Set::Avx2);
            }
            if is_x86_feature_detected!("avx512f") {
                sets.push(Set::Avx512);
            }
            // The compiler takes AVX512-BW for granted where there is AVX512-BF16.
            let bf16 =
                is_x86_feature_detected!("avx512bf16") && is_x86_feature_detected!("avx512bw");
            if is_x86_feature_detected!("avx512f") && bf16 {
                // Before or behind the set without it, by which is the faster one.
                let at = sets.len() - usize::from(!pairs_are_fast());
                sets.insert(at, Set::Avx512Bf16);
            }
        }
        #[cfg(target_arch = "aarch64")]
        sets.push(Set::Neon);
        sets.into_iter().map(Isa).collect()
    }

    /// Whether it multiplies bf16 numbers in pairs: see [`BlockStep::pairs`].
    pub(crate) fn has_pairs(self) -> bool {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Bf16 => true,
            _ => false,
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self.0 {
            Set::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Bf16 => "avx512bf16",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "neon",
        })
    }
}

/// The instruction set of all kernels that are called without naming one.
static CHOSEN: OnceLock<Isa> = OnceLock::new();

/// Whether `vdpbf16ps` starts as often as a multiply-add of `f32`: on AMD's processors since Zen 4. On
/// an Intel processor it was measured to start a quarter as often: see `block`.
#[cfg(target_arch = "x86_64")]
fn pairs_are_fast() -> bool {
    // Older compilers call it unsafe, though every x86-64 processor has the instruction.
    #[allow(unused_unsafe)]
    // SAFETY: see above.
    let vendor = unsafe { std::arch::x86_64::__cpuid(0) };
    let name = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
    name.as_flattened() == b"AuthenticAMD"
}

/// What [`kernels!`] compiles.
mod bodies {
    pub(super) use super::bf16::{add_rounded, widen};
    pub(super) use super::block::{block_coefficients, block_scores, block_steps};
    pub(super) use super::dense::{add_scaled, dot, pair_step, products};
    pub(super) use super::glove::{glove_step, glove_targets};
    pub(super) use super::int8::dot_int8;
}

/// Compiles [`bodies`] for each instruction set and makes each kernel a method of [`Kernels`], which calls
/// the right one.
macro_rules! kernels {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {
        #[cfg(target_arch = "x86_64")]
        mod avx2 {
            $(#[target_feature(enable = "avx2,fma")]
            pub(super) fn $name($($arg: $type),*) $(-> $out)? {
                super::bodies::$name::<true, 4>(super::simd::Avx2::new(), $($arg),*)
            })*
        }

        #[cfg(target_arch = "x86_64")]
        mod avx512 {
            $(#[target_feature(enable = "avx512f,avx2,fma")]
            pub(super) fn $name($($arg: $type),*) $(-> $out)? {
                super::bodies::$name::<true, 8>(super::simd::Avx512::<false>::new(), $($arg),*)
            })*
        }

        #[cfg(target_arch = "x86_64")]
        mod avx512bf16 {
            $(#[target_feature(enable = "avx512f,avx512bf16,avx2,fma")]
            pub(super) fn $name($($arg: $type),*) $(-> $out)? {
                super::bodies::$name::<true, 8>(super::simd::Avx512::<true>::new(), $($arg),*)
            })*
        }

        #[cfg(target_arch = "aarch64")]
        mod neon {
            $(#[target_feature(enable = "neon")]
            pub(super) fn $name($($arg: $type),*) $(-> $out)? {
                super::bodies::$name::<true, 4>(super::simd::Arrays::<true>, $($arg),*)
            })*
        }

        /// All kernels, of an instruction set: a trait, so that they are no part of the public [`Isa`].
        pub trait Kernels: Copy {
            $($(#[$doc])*
            fn $name(self, $($arg: $type),*) $(-> $out)?;)*

            /// All three phases of a block.
            #[cfg(any(test, feature = "bench"))]
            #[inline]
            fn block_step(self, block: &mut BlockStep<'_>) -> f64 {
                self.block_scores(block);
                let loss = self.block_coefficients(block);
                self.block_steps(block);
                loss
            }
        }

        impl Kernels for Isa {
            $(#[inline]
            fn $name(self, $($arg: $type),*) $(-> $out)? {
                match self.0 {
                    // SAFETY: an `Isa` comes from `available` alone, which asked the processor.
                    #[cfg(target_arch = "x86_64")]
                    Set::Avx2 => unsafe { avx2::$name($($arg),*) },
                    // SAFETY: as above.
                    #[cfg(target_arch = "x86_64")]
                    Set::Avx512 => unsafe { avx512::$name($($arg),*) },
                    // SAFETY: as above.
                    #[cfg(target_arch = "x86_64")]
                    Set::Avx512Bf16 => unsafe { avx512bf16::$name($($arg),*) },
                    // SAFETY: as above.
                    #[cfg(target_arch = "aarch64")]
                    Set::Neon => unsafe { neon::$name($($arg),*) },
                    Set::Portable => bodies::$name::<false, 2>(simd::Arrays::<false>, $($arg),*),
                }
            })*
        }
    };
}

kernels! {
    /// Σ aᵢ·bᵢ over two slices of one length.
    fn dot(a: &[f32], b: &[f32]) -> f32;

    /// Σ aᵢ·bᵢ over two slices of one length, exactly. The caller keeps the sum within 32 bits, whatever
    /// `b` is: |aᵢ| ≤ 2³¹ ÷ (128·length).
    fn dot_int8(a: &[i16], b: &[i8]) -> i32;

    /// `sum`ᵢ += `scale`·`a`ᵢ over two slices of one length.
    fn add_scaled(scale: f32, a: &[f32], sum: &mut [f32]);

    /// `into` = the first numbers of a row of bf16, exactly; as many as `into` is long, a multiple of 16.
    fn widen(row: &(impl crate::kernels::Pieces + ?Sized), into: &mut [f32]);

    /// Adds `scale`·`delta` to the first numbers of a row of bf16, in `f32`, and rounds each sum up or
    /// down so that its expected value is kept. `delta` is a multiple of 16 long.
    fn add_rounded(
        scale: f32, delta: &[f32], row: &mut (impl crate::kernels::Pieces + ?Sized), dither: &mut crate::kernels::Dither
    );

    /// All dot products of the rows of two dense matrices: `out[i·n + j] = aᵢ·bⱼ`, where `a` is
    /// m×`dim`, `b` is n×`dim` and `out` is m×n, all row-major.
    fn products(a: &[f32], b: &[f32], dim: usize, out: &mut [f32]);

    /// One step of skip-gram with negative sampling for one input word against n output words, of
    /// which the first is the true one.
    ///
    /// `x` is the input row; `rows` holds the n output rows, each as long as `x`. With
    /// zₖ = x·rowₖ and label yₖ = 1 for k = 0, else 0, the loss is
    /// Σ −log σ(zₖ) for yₖ = 1 and −log σ(−zₖ) for yₖ = 0, hence ∂loss/∂zₖ = σ(zₖ) − yₖ. Written are
    /// `g`ₖ = `lr`·(yₖ − σ(zₖ)) (n long), the step of each output row in units of `x`, and
    /// `step` = Σₖ gₖ·rowₖ, the step of the input row. Returned is the loss before the step.
    fn pair_step(x: &[f32], rows: &[f32], lr: f32, g: &mut [f32], step: &mut [f32]) -> f32;

    /// One step of skip-gram with negative sampling for a block of inputs, outputs and negatives.
    ///
    /// With z = x·row, M(i,k) = `weights` and s = `share`, the loss is
    /// Σ −log σ(z) over the positive pairs + s·Σᵢₖ M(i,k)·(−log σ(−zᵢₖ)); written are its negative
    /// gradients by each row, times `lr`. This is the first of three phases: the scores z.
    fn block_scores(block: &mut crate::kernels::BlockStep<'_>);

    /// The second phase: `lr` · weight · (y − σ(z)) for each score, y being 1 for positive pairs and 0 for
    /// negatives. Returned is the loss before the step.
    fn block_coefficients(block: &mut crate::kernels::BlockStep<'_>) -> f64;

    /// The third phase: the steps of all rows.
    fn block_steps(block: &mut crate::kernels::BlockStep<'_>);

    /// What GloVe fits to counts `x`, all normal numbers above 0: `log`ᵢ = ln xᵢ, and `weight`ᵢ =
    /// min(1, (xᵢ/`x_max`)^`alpha`) (Pennington et al. 2014, eq. 9). All of one length, a multiple of 16.
    fn glove_targets(
        x: &[f32], x_max: f32, alpha: f32, log: &mut [f32], weight: &mut [f32]
    );

    /// One AdaGrad step of GloVe for one cell: see [`record_stride`] for the records.
    ///
    /// With e = w·c + b_w + b_c − `log` and the loss ½·`weight`·e², which is returned, the word's record
    /// is changed in place and the context's record is overwritten with what is to be added to it.
    /// Where e is not finite, neither is the loss, the word stays as it is and the addition is zero.
    fn glove_step(
        word: &mut [f32], context: &mut [f32], log: f32, weight: f32, rate: crate::kernels::GloveRate
    ) -> f32;
}

/// Σ aᵢ·bᵢ over two slices of one length, by the best instruction set of this processor.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    Isa::chosen().dot(a, b)
}

/// Σ aᵢ·bᵢ over two slices of one length in integers, by the best instruction set of this processor;
/// see [`Kernels::dot_int8`].
#[inline]
pub fn dot_int8(a: &[i16], b: &[i8]) -> i32 {
    Isa::chosen().dot_int8(a, b)
}

/// All dot products of the rows of two dense matrices: `out[i·n + j] = aᵢ·bⱼ`, where `a` is m×`dim`,
/// `b` is n×`dim` and `out` is m×n, all row-major; by the best instruction set of this processor.
pub fn products(a: &[f32], b: &[f32], dim: usize, out: &mut [f32]) {
    Isa::chosen().products(a, b, dim, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(len: usize) -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-2.0f32..2.0, len)
    }

    fn close(a: f32, b: f64, scale: f64) {
        assert!((f64::from(a) - b).abs() <= 1e-5 * (scale + 1.0), "{a} is not {b}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        /// All lengths, at an odd offset from alignment.
        #[test]
        fn dot_agrees_with_the_oracle(a in numbers(140), b in numbers(140), skip in 0usize..8) {
            for isa in Isa::available() {
                for len in 0..=130 {
                    let (a, b) = (&a[skip..skip + len], &b[1..1 + len]);
                    close(isa.dot(a, b), scalar::dot(a, b), len as f64);
                }
            }
        }

        #[test]
        fn add_scaled_agrees_with_the_oracle(a in numbers(140), b in numbers(140), skip in 0usize..8) {
            for isa in Isa::available() {
                for len in 0..=130 {
                    let (a, before) = (&a[skip..skip + len], &b[1..1 + len]);
                    let mut sum = before.to_vec();
                    isa.add_scaled(1.75, a, &mut sum);
                    for i in 0..len {
                        close(sum[i], f64::from(before[i]) + 1.75 * f64::from(a[i]), 1.0);
                    }
                }
            }
        }

        #[test]
        fn products_agree_with_the_oracle(
            numbers in numbers(40 * 130), m in 0usize..20, n in 0usize..35, skip in 0usize..3,
        ) {
            for isa in Isa::available() {
                for dim in (1..=40).chain([64, 100, 127]) {
                    let a = &numbers[skip..][..m * dim];
                    let b = &numbers[numbers.len() - n * dim..];
                    let mut out = vec![f32::NAN; m * n];
                    isa.products(a, b, dim, &mut out);
                    for i in 0..m {
                        for j in 0..n {
                            let (x, y) = (&a[i * dim..][..dim], &b[j * dim..][..dim]);
                            close(out[i * n + j], scalar::dot(x, y), dim as f64);
                        }
                    }
                }
            }
        }

        #[test]
        fn pair_step_agrees_with_the_oracle(
            x in numbers(130), rows in numbers(20 * 130), n in 1usize..20, lr in 0.001f32..1.0,
        ) {
            for isa in Isa::available() {
                for dim in 1..=130 {
                    let (x, rows) = (&x[..dim], &rows[..n * dim]);
                    let (mut g, mut step) = (vec![f32::NAN; n], vec![f32::NAN; dim]);
                    let loss = isa.pair_step(x, rows, lr, &mut g, &mut step);
                    let oracle = scalar::pair_step(x, rows, f64::from(lr));
                    close(loss, oracle.loss, oracle.loss);
                    g.iter().zip(&oracle.g).for_each(|(a, b)| close(*a, *b, 0.0));
                    step.iter().zip(&oracle.step).for_each(|(a, b)| close(*a, *b, n as f64));
                }
            }
        }
    }

    /// With a fused multiply-add the bits do not depend on the width of a register.
    #[test]
    fn fused_sets_agree_to_the_bit() {
        let numbers: Vec<f32> = (0..900).map(|i| ((i * 37 % 101) as f32 - 50.0) / 33.0).collect();
        let sets: Vec<Isa> = Isa::available().into_iter().filter(|&i| i != Isa::PORTABLE).collect();
        for len in [1, 15, 16, 17, 100, 300] {
            let (x, rows) = (&numbers[..len], &numbers[300..300 + 2 * len.min(300)]);
            let results = sets.iter().map(|isa| {
                let (mut g, mut step) = ([0.0; 2], vec![0.0; len]);
                let loss = isa.pair_step(x, &rows[..2 * len], 0.1, &mut g, &mut step);
                let mut products = [0.0; 6];
                isa.products(&numbers[..3 * len], &rows[..2 * len], len, &mut products);
                let mut sum = rows[..len].to_vec();
                isa.add_scaled(0.3, x, &mut sum);
                (
                    isa.dot(x, &rows[..len]).to_bits(),
                    loss.to_bits(),
                    g.map(f32::to_bits),
                    step,
                    products.map(f32::to_bits),
                    sum,
                )
            });
            let results: Vec<_> = results.collect();
            assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "length {len}");
        }
    }

    /// A weight that is not finite shows in the loss, so that training can stop.
    #[test]
    fn what_is_not_finite_shows_in_the_loss() {
        for isa in Isa::available() {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let (mut g, mut step) = ([0.0; 2], [0.0; 1]);
                let loss = isa.pair_step(&[bad], &[1.0, -1.0], 1.0, &mut g, &mut step);
                assert!(!loss.is_finite(), "{isa} {bad}: {loss}");
            }
        }
    }

    /// Saturated dot products stay finite, and the loss is the distance from saturation.
    #[test]
    fn extremes_are_finite() {
        for isa in Isa::available() {
            for z in [-1e30f32, -200.0, -88.0, 88.0, 200.0, 1e30] {
                let (mut g, mut step) = ([0.0; 2], [0.0; 1]);
                let loss = isa.pair_step(&[z], &[1.0, -1.0], 1.0, &mut g, &mut step);
                assert!(
                    loss.is_finite() && g.iter().all(|g| g.is_finite()),
                    "{isa} {z}: {loss} {g:?}"
                );
                let expected = if z > 0.0 { 0.0 } else { -2.0 * z };
                assert!((loss - expected).abs() <= expected * 1e-6 + 1e-30, "{isa} {z}: {loss}");
            }
        }
    }
}
