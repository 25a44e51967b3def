//! The bodies of the kernels, over groups of 16 lanes. See the module page for how they are compiled.
//!
//! `FMA` says whether the instruction set has a fused multiply-add: without it `mul_add` would call
//! the C library once a lane. `ROWS` is how many rows [`products`] keeps in registers at once.

use super::simd::Simd;

/// A group of lanes: one AVX-512 register, two of AVX, four of SSE or NEON.
pub type Lanes = [f32; 16];

pub(super) const ZERO: Lanes = [0.0; 16];

#[inline(always)]
pub(super) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `sum` + a·b in every lane.
#[inline(always)]
pub(super) fn accumulate<const FMA: bool>(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    for ((s, a), b) in sum.iter_mut().zip(a).zip(b) {
        *s = mul_add::<FMA>(*a, *b, *s);
    }
}

/// `sum` + a·b in every lane.
#[inline(always)]
pub(super) fn accumulate_scaled<const FMA: bool>(sum: &mut Lanes, a: f32, b: &Lanes) {
    for (s, b) in sum.iter_mut().zip(b) {
        *s = mul_add::<FMA>(a, *b, *s);
    }
}

/// The sum of all lanes, by halves.
#[inline(always)]
pub(super) fn sum(mut lanes: Lanes) -> f32 {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0]
}

/// What is left of a slice behind its last whole group, padded with zeros.
#[inline(always)]
fn padded(rest: &[f32]) -> Lanes {
    let mut lanes = ZERO;
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}

#[inline(always)]
pub(super) fn dot<const FMA: bool, const ROWS: usize>(_: impl Simd, a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    let mut total = ZERO;
    for (a, b) in a.iter().zip(b) {
        accumulate::<FMA>(&mut total, a, b);
    }
    if !a_rest.is_empty() {
        accumulate::<FMA>(&mut total, &padded(a_rest), &padded(b_rest));
    }
    sum(total)
}

#[inline(always)]
pub(super) fn add_scaled<const FMA: bool, const ROWS: usize>(
    _: impl Simd,
    scale: f32,
    a: &[f32],
    sum: &mut [f32],
) {
    assert_eq!(a.len(), sum.len());
    let (a, a_rest) = a.as_chunks::<16>();
    let (sum, sum_rest) = sum.as_chunks_mut::<16>();
    for (sum, a) in sum.iter_mut().zip(a) {
        accumulate_scaled::<FMA>(sum, scale, a);
    }
    for (s, a) in sum_rest.iter_mut().zip(a_rest) {
        *s = mul_add::<FMA>(scale, *a, *s);
    }
}

/// Sixteen rows of `b` are transposed into a panel, so that the lanes are 16 results and no sum runs
/// across them.
#[inline(always)]
pub(super) fn products<const FMA: bool, const ROWS: usize>(
    _: impl Simd,
    a: &[f32],
    b: &[f32],
    dim: usize,
    out: &mut [f32],
) {
    assert!(dim > 0 && a.len().is_multiple_of(dim) && b.len().is_multiple_of(dim));
    let (m, n) = (a.len() / dim, b.len() / dim);
    assert_eq!(out.len(), m * n);
    let mut panel = vec![ZERO; dim];
    for (p, b) in b.chunks(16 * dim).enumerate() {
        let width = b.len() / dim;
        for (j, row) in b.chunks_exact(dim).enumerate() {
            for (lanes, x) in panel.iter_mut().zip(row) {
                lanes[j] = *x;
            }
        }
        for i in (0..m).step_by(ROWS) {
            let rows = ROWS.min(m - i);
            // Missing rows are computed as copies of the last one and not stored.
            let rows_of_a: [&[f32]; ROWS] =
                std::array::from_fn(|r| &a[(i + r.min(rows - 1)) * dim..][..dim]);
            let mut sums = [ZERO; ROWS];
            for (d, lanes) in panel.iter().enumerate() {
                for (sum, row) in sums.iter_mut().zip(rows_of_a) {
                    accumulate_scaled::<FMA>(sum, row[d], lanes);
                }
            }
            for (r, sum) in sums.iter().enumerate().take(rows) {
                out[(i + r) * n + 16 * p..][..width].copy_from_slice(&sum[..width]);
            }
        }
    }
}

#[inline(always)]
pub(super) fn pair_step<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    x: &[f32],
    rows: &[f32],
    lr: f32,
    g: &mut [f32],
    step: &mut [f32],
) -> f32 {
    let dim = x.len();
    assert!(dim > 0 && step.len() == dim && rows.len() == g.len() * dim);
    for (z, row) in g.iter_mut().zip(rows.chunks_exact(dim)) {
        *z = dot::<FMA, ROWS>(simd, x, row);
    }
    let mut loss = 0.0;
    for (group, z) in g.chunks_mut(16).enumerate() {
        let mut label = ZERO;
        if group == 0 {
            label[0] = 1.0;
        }
        let (gradient, losses) = logistic::<FMA>(&padded(z), &label);
        for (i, z) in z.iter_mut().enumerate() {
            *z = lr * gradient[i];
            loss += losses[i];
        }
    }
    let whole = dim / 16 * 16;
    for at in (0..whole).step_by(16) {
        let mut total = ZERO;
        for (g, row) in g.iter().zip(rows.chunks_exact(dim)) {
            let row: &Lanes = row[at..at + 16].try_into().expect("16 lanes");
            accumulate_scaled::<FMA>(&mut total, *g, row);
        }
        step[at..at + 16].copy_from_slice(&total);
    }
    for at in whole..dim {
        let terms = g.iter().zip(rows.chunks_exact(dim));
        step[at] = terms.fold(0.0, |sum, (g, row)| mul_add::<FMA>(*g, row[at], sum));
    }
    loss
}

/// In each lane, for a label y of 0 or 1: y − σ(z), and the loss −log σ(z) or −log σ(−z).
///
/// With e = exp(−|z|): σ(|z|) = 1/(1 + e), and log(1 + e) = 2·artanh(e / (2 + e)), whose series
/// converges quickly since e ≤ 1. Relative errors are below 2e-6. Unlike word2vec.c's table of 1000
/// values this does not stop at |z| = 6.
#[inline(always)]
pub(super) fn logistic<const FMA: bool>(z: &Lanes, label: &Lanes) -> (Lanes, Lanes) {
    let (mut gradient, mut loss) = (ZERO, ZERO);
    for i in 0..16 {
        let z = z[i];
        let e = exp_minus::<FMA>(z.abs());
        let large = 1.0 / (1.0 + e);
        let sigmoid = if z >= 0.0 { large } else { e * large };
        gradient[i] = label[i] - sigmoid;
        let s = e / (2.0 + e);
        let s2 = s * s;
        let mut series = mul_add::<FMA>(s2, 2.0 / 11.0, 2.0 / 9.0);
        series = mul_add::<FMA>(s2, series, 2.0 / 7.0);
        series = mul_add::<FMA>(s2, series, 2.0 / 5.0);
        series = mul_add::<FMA>(s2, series, 2.0 / 3.0);
        series = mul_add::<FMA>(s2, series, 2.0);
        // −log σ(z) = log(1 + e) + max(−z, 0); for the label 0 with z for −z.
        let wrong = if label[i] > 0.5 { -z } else { z };
        // Minimum and maximum swallow NaN; z·0 brings it back, so that a loss tells of a weight that
        // is no longer finite.
        loss[i] = mul_add::<FMA>(z, 0.0, mul_add::<FMA>(s, series, wrong.max(0.0)));
    }
    (gradient, loss)
}

/// exp(−z) for z ≥ 0, as 2ⁿ·2ᶠ with n rounded to nearest and a polynomial for |f| ≤ ½.
#[inline(always)]
fn exp_minus<const FMA: bool>(z: f32) -> f32 {
    // 1.5·2²³: adding it rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let t = z.min(87.0) * -std::f32::consts::LOG2_E;
    let shifted = t + ROUND;
    let f = t - (shifted - ROUND);
    // Taylor coefficients of 2ᶠ: ln(2)ᵏ / k!.
    let mut p = mul_add::<FMA>(f, 1.540_353e-4, 1.333_355_8e-3);
    p = mul_add::<FMA>(f, p, 9.618_129e-3);
    p = mul_add::<FMA>(f, p, 5.550_411e-2);
    p = mul_add::<FMA>(f, p, 2.402_265e-1);
    p = mul_add::<FMA>(f, p, std::f32::consts::LN_2);
    p = mul_add::<FMA>(f, p, 1.0);
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    p * f32::from_bits(n.wrapping_add(127) << 23)
}
