//! GloVe: targets of counts, and the fused AdaGrad step.
//!
//! A record is all that training knows of a word in one of its two roles (see [`record_stride`]), so
//! that one cell touches two stretches of memory and not eight. Its lanes D and D + 1 make the biases
//! part of the product: a word has (b, 1) there and a context has (1, b), hence
//! w·c over all lanes is w·c + b_w + b_c, and the gradient by a bias comes out as the one by any other
//! number. What is 1 must stay 1: its squared gradients begin at [`CONSTANT`], whose inverse root is
//! so small that a step from 1 is lost in rounding.
//!
//! The inverse square root is a first guess from the bits (Lomont 2003) and two steps of Newton's:
//! relative errors below 5e-6, which is a change of the learning rate by as much, and the same bits
//! on every instruction set that fuses. GloVe's program divides by a square root in double precision.

use super::dense::dot;
use super::lanes::{exp_minus, mul_add};
use super::simd::Simd;

/// Where the squared gradients of a constant lane begin.
pub const CONSTANT: f32 = 1e30;

/// Floats of a half of a record: D numbers, two lanes for biases, zeros up to a multiple of 16.
///
/// A record is two halves: the numbers, and the sums of their squared gradients, which begin at 1,
/// in the padding too, and at [`CONSTANT`] for the lane that is constant.
pub fn record_stride(dim: usize) -> usize {
    (dim + 2).next_multiple_of(16)
}

/// How far a step goes.
#[derive(Clone, Copy, Debug)]
pub struct GloveRate {
    /// The learning rate.
    pub lr: f32,
    /// Gradients beyond ±`clip` count as that.
    pub clip: f32,
}

#[inline(always)]
pub(super) fn glove_targets<const FMA: bool, const ROWS: usize>(
    _: impl Simd,
    x: &[f32],
    x_max: f32,
    alpha: f32,
    log: &mut [f32],
    weight: &mut [f32],
) {
    let log_max = x_max.ln();
    let (log, _) = log[..x.len()].as_chunks_mut::<16>();
    let (weight, _) = weight[..x.len()].as_chunks_mut::<16>();
    for ((x, log), weight) in x.as_chunks::<16>().0.iter().zip(log).zip(weight) {
        for i in 0..16 {
            log[i] = ln::<FMA>(x[i]);
            weight[i] = exp_negative::<FMA>(alpha * (log[i] - log_max));
        }
    }
}

/// ln x for normal x > 0: x = 2ⁿ·m with m in [√½, √2), ln m = 2·artanh((m − 1)/(m + 1)). Relative
/// errors below 3e-7, absolute ones below 1e-7 near 1.
#[inline(always)]
fn ln<const FMA: bool>(x: f32) -> f32 {
    // The bits of √½: what is below it belongs to the power before.
    const ROOT: u32 = 0x3f35_04f3;
    let bits = x.to_bits().wrapping_sub(ROOT);
    let n = (bits as i32 >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(ROOT));
    let s = (m - 1.0) / (m + 1.0);
    let s2 = s * s;
    let mut series = mul_add::<FMA>(s2, 2.0 / 9.0, 2.0 / 7.0);
    series = mul_add::<FMA>(s2, series, 2.0 / 5.0);
    series = mul_add::<FMA>(s2, series, 2.0 / 3.0);
    series = mul_add::<FMA>(s2, series, 2.0);
    mul_add::<FMA>(n, std::f32::consts::LN_2, s * series)
}

/// min(1, eᶻ).
#[inline(always)]
fn exp_negative<const FMA: bool>(z: f32) -> f32 {
    exp_minus::<FMA>(if z < 0.0 { -z } else { 0.0 })
}

/// 1/√x for normal x > 0.
#[inline(always)]
fn inverse_root<const FMA: bool>(x: f32) -> f32 {
    let half = -0.5 * x;
    let mut y = f32::from_bits(0x5f37_59df - (x.to_bits() >> 1));
    y *= mul_add::<FMA>(half * y, y, 1.5);
    y * mul_add::<FMA>(half * y, y, 1.5)
}

#[inline(always)]
pub(super) fn glove_step<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    word: &mut [f32],
    context: &mut [f32],
    log: f32,
    weight: f32,
    rate: GloveRate,
) -> f32 {
    assert_eq!(word.len(), context.len());
    let half = word.len() / 2;
    let (w, w_squares) = word.split_at_mut(half);
    let (c, c_squares) = context.split_at_mut(half);
    let e = dot::<FMA, ROWS>(simd, w, c) - log;
    let slope = weight * e;
    let loss = 0.5 * slope * e;
    if !loss.is_finite() {
        c.fill(0.0);
        c_squares.fill(0.0);
        return f32::NAN;
    }
    let GloveRate { lr, clip } = rate;
    let words = w.as_chunks_mut::<16>().0.iter_mut().zip(w_squares.as_chunks_mut::<16>().0);
    let contexts = c.as_chunks_mut::<16>().0.iter_mut().zip(c_squares.as_chunks_mut::<16>().0);
    for ((w, w_squares), (c, c_squares)) in words.zip(contexts) {
        for i in 0..16 {
            // Comparisons and not `clamp`, which would look for NaN.
            let by_w = slope * c[i];
            let by_w = if by_w > clip { clip } else { by_w };
            let by_w = lr * if by_w < -clip { -clip } else { by_w };
            let by_c = slope * w[i];
            let by_c = if by_c > clip { clip } else { by_c };
            let by_c = lr * if by_c < -clip { -clip } else { by_c };
            w[i] = mul_add::<FMA>(-by_w, inverse_root::<FMA>(w_squares[i]), w[i]);
            w_squares[i] = mul_add::<FMA>(by_w, by_w, w_squares[i]);
            c[i] = -by_c * inverse_root::<FMA>(c_squares[i]);
            c_squares[i] = by_c * by_c;
        }
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::super::{Isa, Kernels, scalar};
    use super::*;
    use proptest::prelude::*;

    fn record(numbers: &[f32], squares: &[f32], word: bool) -> Vec<f32> {
        let dim = numbers.len() - 1;
        let half = record_stride(dim);
        let mut record = vec![0.0; 2 * half];
        record[half..].fill(1.0);
        record[..dim].copy_from_slice(&numbers[..dim]);
        record[half..half + dim].copy_from_slice(&squares[..dim]);
        let (bias, one) = if word { (dim, dim + 1) } else { (dim + 1, dim) };
        record[bias] = numbers[dim];
        record[half + bias] = squares[dim];
        record[one] = 1.0;
        record[half + one] = CONSTANT;
        record
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        #[allow(clippy::needless_range_loop)] // several rows side by side
        fn steps_agree_with_the_oracle(
            w in prop::collection::vec(-2.0f32..2.0, 131), c in prop::collection::vec(-2.0f32..2.0, 131),
            squares in prop::collection::vec(1.0f32..50.0, 131), log in -5.0f32..10.0,
            weight in 0.001f32..1.0, lr in 0.001f32..0.5, clip in prop_oneof![Just(0.2f32), Just(100.0)],
        ) {
            for isa in Isa::available() {
                for dim in 1..=130 {
                    let (w, c, squares) = (&w[..=dim], &c[..=dim], &squares[..=dim]);
                    let oracle = scalar::glove_step(w, c, f64::from(log), f64::from(weight));
                    let (mut word, mut context) = (record(w, squares, true), record(c, squares, false));
                    let before = word.clone();
                    let loss = isa.glove_step(&mut word, &mut context, log, weight, GloveRate { lr, clip });
                    let close = |a: f32, b: f64, scale: f64| {
                        prop_assert!((f64::from(a) - b).abs() <= 1e-4 * (scale.abs() + 1e-2), "{a} is not {b}");
                        Ok(())
                    };
                    close(loss, oracle.loss, oracle.loss + 1.0)?;
                    let half = record_stride(dim);
                    let clip = f64::from(clip);
                    for i in 0..=dim {
                        let (of_word, of_context) = if i < dim { (i, i) } else { (dim, dim + 1) };
                        let root = f64::from(squares[i]).sqrt();
                        let by_w = f64::from(lr) * oracle.word[i].clamp(-clip, clip);
                        close(word[of_word] - before[of_word], -by_w / root, by_w)?;
                        close(word[half + of_word] - squares[i], by_w * by_w, by_w * by_w + 1.0)?;
                        let by_c = f64::from(lr) * oracle.context[i].clamp(-clip, clip);
                        close(context[of_context], -by_c / root, by_c)?;
                        close(context[half + of_context], by_c * by_c, by_c * by_c)?;
                    }
                    // Ones and padding stay.
                    prop_assert_eq!((word[dim + 1], 1.0 + context[dim]), (1.0, 1.0));
                    prop_assert!(word[dim + 2..half].iter().chain(&context[dim + 2..half]).all(|&x| x == 0.0));
                }
            }
        }

        #[test]
        #[allow(clippy::needless_range_loop)]
        fn targets_agree_with_the_library(
            x in prop::collection::vec(prop_oneof![1e-3f32..1e3, 1e-30f32..1e-20, 0.9f32..1.1, 1e5f32..1e9], 32),
            x_max in 0.5f32..1000.0, alpha in 0.1f32..2.0,
        ) {
            for isa in Isa::available() {
                let (mut log, mut weight) = ([f32::NAN; 32], [f32::NAN; 32]);
                isa.glove_targets(&x, x_max, alpha, &mut log, &mut weight);
                for i in 0..32 {
                    let exact = f64::from(x[i]).ln();
                    prop_assert!((f64::from(log[i]) - exact).abs() <= 4e-7 * (exact.abs() + 0.3), "{}", x[i]);
                    let exact = (f64::from(x[i]) / f64::from(x_max)).powf(f64::from(alpha)).min(1.0);
                    prop_assert!((f64::from(weight[i]) - exact).abs() <= 1e-4 * exact + 1e-35, "{}", x[i]);
                }
            }
        }
    }

    /// w = 2, c = 3, biases .5 and 1, log 5: e = 2.5; weight .4: slope 1, loss 1.25. Clipped at 2.
    #[test]
    fn a_step_by_hand() {
        for isa in Isa::available() {
            let (mut word, mut context) =
                (record(&[2.0, 0.5], &[4.0, 1.0], true), record(&[3.0, 1.0], &[1.0, 4.0], false));
            let rate = GloveRate { lr: 0.1, clip: 2.5 };
            let loss = isa.glove_step(&mut word, &mut context, 5.0, 0.4, rate);
            let close = |a: f32, b: f32| assert!((a - b).abs() < 2e-6, "{isa}: {a} is not {b}");
            close(loss, 1.25);
            // 3 is clipped to 2.5: 2 − .25/2; its square .0625. Bias: .5 − .1/1.
            close(word[0], 1.875);
            close(word[16], 4.0625);
            close(word[1], 0.4);
            close(word[17], 1.01);
            close(context[0], -0.2);
            close(context[16], 0.04);
            close(context[2], -0.05);
            close(context[18], 0.01);
        }
    }

    #[test]
    fn what_is_not_finite_changes_nothing_and_shows() {
        for isa in Isa::available() {
            for bad in [f32::NAN, f32::INFINITY, 1e30] {
                let (mut word, mut context) = (
                    record(&[bad, 0.5], &[4.0, 1.0], true),
                    record(&[3.0e10, 1.0], &[1.0, 4.0], false),
                );
                let before: Vec<u32> = word.iter().map(|x| x.to_bits()).collect();
                let rate = GloveRate { lr: 0.1, clip: 100.0 };
                let loss = isa.glove_step(&mut word, &mut context, 5.0, 1.0, rate);
                assert!(loss.is_nan() && context.iter().all(|&x| x == 0.0), "{isa} {bad}");
                assert!(word.iter().map(|x| x.to_bits()).eq(before));
            }
        }
    }
}
