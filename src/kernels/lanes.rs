//! Sixteen `f32` as an array, eight bf16 numbers as another, and what is done with them lane by lane:
//! what every set of instructions can do, and those of `simd` that name none.
//!
//! `FMA` says whether the instruction set has a fused multiply-add: without it `mul_add` would call
//! the C library once a lane.

/// A group of lanes: one AVX-512 register, two of AVX, four of SSE or NEON.
pub type Lanes = [f32; 16];

/// Eight bf16 numbers, the 16 bytes that a processor reads and writes whole.
pub type Eight = [u16; 8];

pub(super) const ZERO: Lanes = [0.0; 16];

#[inline(always)]
pub(super) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
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
pub(super) fn padded(rest: &[f32]) -> Lanes {
    let mut lanes = ZERO;
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}

/// Eight numbers of each of `lower` and `upper`, exactly.
#[inline(always)]
pub(super) fn widen_lanes(lower: Eight, upper: Eight) -> Lanes {
    std::array::from_fn(|i| {
        let half = if i < 8 { lower[i] } else { upper[i - 8] };
        f32::from_bits(u32::from(half) << 16)
    })
}

/// Rounds with the lower 16 bits of `random`, which are all there are. See the page of `bf16`.
#[inline(always)]
pub(super) fn narrow_lanes(x: &Lanes, random: &[u32; 16]) -> [Eight; 2] {
    let mut halves = [[0; 8]; 2];
    for i in 0..16 {
        let bits = x[i].to_bits();
        let carries = (bits & 0x7fff_ffff) < LARGEST;
        let up = if carries { random[i] } else { 0 };
        halves[i / 8][i % 8] = (bits.wrapping_add(up) >> 16) as u16;
    }
    halves
}

/// The bits of the largest bf16 number, from which on magnitudes are cut, not rounded.
pub(super) const LARGEST: u32 = 0x7f7f_0000;

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
        // Both quotients from one division, the slowest instruction here.
        let (one, two) = (1.0 + e, 2.0 + e);
        let inverse = 1.0 / (one * two);
        let large = two * inverse;
        let sigmoid = if z >= 0.0 { large } else { e * large };
        gradient[i] = label[i] - sigmoid;
        let s = e * (one * inverse);
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
pub(super) fn exp_minus<const FMA: bool>(z: f32) -> f32 {
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
