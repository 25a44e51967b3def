//! The bodies for rows of `f32`: products of two rows and of many, and the steps of training that are
//! made of them. See the module page for how they are compiled.
//!
//! `FMA` says whether the instruction set has a fused multiply-add. `ROWS` says how large a tile of
//! rows the registers hold: 8, 4 or 2.

use super::lanes::{Lanes, ZERO, logistic};
use super::simd::Simd;
use std::array::from_fn;

#[inline(always)]
pub(super) fn dot<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    a: &[f32],
    b: &[f32],
) -> f32 {
    assert_eq!(a.len(), b.len());
    // The number of chains is part of the order of the sum: one for all sets that fuse.
    if FMA { dot_in_chains::<_, 4>(simd, a, b) } else { dot_in_chains::<_, 2>(simd, a, b) }
}

/// In C chains of additions, none of which waits for another; groups go to them in turn, and what is
/// left behind the last whole group to the last of them.
#[inline(always)]
fn dot_in_chains<S: Simd, const C: usize>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let (b, b_rest) = b[..a.len()].as_chunks::<16>();
    let (a, a_rest) = a.as_chunks::<16>();
    let mut sums = [simd.zero(); C];
    let (a, a_last) = a.as_chunks::<C>();
    let (b, b_last) = b.as_chunks::<C>();
    for (a, b) in a.iter().zip(b) {
        for c in 0..C {
            sums[c] = simd.mul_add(simd.load(&a[c]), simd.load(&b[c]), sums[c]);
        }
    }
    for ((a, b), sum) in a_last.iter().zip(b_last).zip(&mut sums) {
        *sum = simd.mul_add(simd.load(a), simd.load(b), *sum);
    }
    if !a_rest.is_empty() {
        let (a, b) = (simd.load_part(a_rest), simd.load_part(b_rest));
        sums[C - 1] = simd.mul_add(a, b, sums[C - 1]);
    }
    let mut width = C;
    while width > 1 {
        width /= 2;
        for c in 0..width {
            sums[c] = simd.add(sums[c], sums[c + width]);
        }
    }
    simd.sum(sums[0])
}

#[inline(always)]
pub(super) fn add_scaled<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    scale: f32,
    a: &[f32],
    sum: &mut [f32],
) {
    assert_eq!(a.len(), sum.len());
    let scale = simd.splat(scale);
    let (a, a_rest) = a.as_chunks::<16>();
    let (sum, sum_rest) = sum.as_chunks_mut::<16>();
    for (sum, a) in sum.iter_mut().zip(a) {
        simd.store(simd.mul_add(scale, simd.load(a), simd.load(sum)), sum);
    }
    if !a_rest.is_empty() {
        let (a, s) = (simd.load_part(a_rest), simd.load_part(sum_rest));
        simd.store_part(simd.mul_add(scale, a, s), sum_rest);
    }
}

/// Sixteen rows of `b` are transposed into a panel, so that the lanes are 16 results and no sum runs
/// across them. Every result is one chain of additions.
#[inline(always)]
pub(super) fn products<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    a: &[f32],
    b: &[f32],
    dim: usize,
    out: &mut [f32],
) {
    assert!(dim > 0 && a.len().is_multiple_of(dim) && b.len().is_multiple_of(dim));
    let (m, n) = (a.len() / dim, b.len() / dim);
    assert_eq!(out.len(), m * n);
    let length = dim.next_multiple_of(16);
    let mut panels = vec![ZERO; 2 * length];
    let mut at = 0;
    while at < n {
        let panels_now = if ROWS == 8 && n - at > 16 { 2 } else { 1 };
        for (p, panel) in panels.chunks_exact_mut(length).take(panels_now).enumerate() {
            fill_panel(simd, &b[(at + 16 * p) * dim..], dim, panel);
        }
        let width = (n - at).min(16 * panels_now);
        let mut i = 0;
        while i < m {
            let (a, out) = (&a[i * dim..], &mut out[i * n + at..]);
            i += match (ROWS, panels_now) {
                (8, 2) => products_tile::<_, 8, 2>(simd, a, dim, &panels, out, n, width),
                (8, _) => products_tile::<_, 8, 1>(simd, a, dim, &panels, out, n, width),
                (4, _) => products_tile::<_, 6, 1>(simd, a, dim, &panels, out, n, width),
                _ => products_tile::<_, 2, 1>(simd, a, dim, &panels, out, n, width),
            };
        }
        at += width;
    }
}

/// The first 16 rows of `rows`, as columns; where there are fewer the last one again.
#[inline(always)]
fn fill_panel(simd: impl Simd, rows: &[f32], dim: usize, panel: &mut [Lanes]) {
    let last = (rows.len() / dim).min(16) - 1;
    let rows: [(&[Lanes], &[f32]); 16] =
        from_fn(|j| rows[j.min(last) * dim..][..dim].as_chunks::<16>());
    let (panel, _) = panel.as_chunks_mut::<16>();
    let groups = dim / 16;
    for (d, columns) in panel.iter_mut().enumerate() {
        if d < groups {
            simd.transpose(from_fn(|j| &rows[j].0[d]), columns);
        } else {
            let mut rests = [ZERO; 16];
            for j in 0..16 {
                simd.store(simd.load_part(rows[j].1), &mut rests[j]);
            }
            simd.transpose(rests.each_ref(), columns);
        }
    }
}

/// The first R rows of `a` by P panels, into the first `width` columns of `out`, whose rows are
/// `pitch` apart. Returns R.
#[inline(always)]
fn products_tile<S: Simd, const R: usize, const P: usize>(
    simd: S,
    a: &[f32],
    dim: usize,
    panels: &[Lanes],
    out: &mut [f32],
    pitch: usize,
    width: usize,
) -> usize {
    let length = dim.next_multiple_of(16);
    let panels: [&[Lanes]; P] = from_fn(|p| &panels[p * length..][..dim]);
    // Missing rows are computed as copies of the last one and not stored.
    let rows = (a.len() / dim).min(R);
    let a: [&[f32]; R] = from_fn(|r| &a[r.min(rows - 1) * dim..][..dim]);
    let mut sums = [[simd.zero(); P]; R];
    for d in 0..dim {
        let mut columns = [simd.zero(); P];
        for p in 0..P {
            columns[p] = simd.load(&panels[p][d]);
        }
        for r in 0..R {
            let x = simd.splat(a[r][d]);
            for p in 0..P {
                sums[r][p] = simd.mul_add(x, columns[p], sums[r][p]);
            }
        }
    }
    for (sums, out) in sums.iter().zip(out.chunks_mut(pitch)).take(rows) {
        for (sum, out) in sums.iter().zip(out[..width].chunks_mut(16)) {
            match out.as_chunks_mut::<16>() {
                ([out], _) => simd.store(*sum, out),
                (_, out) => simd.store_part(*sum, out),
            }
        }
    }
    R
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
    let scale = simd.splat(lr);
    let mut loss = 0.0;
    for (group, (g, rows)) in g.chunks_mut(16).zip(rows.chunks(16 * dim)).enumerate() {
        let mut z = ZERO;
        let mut k = 0;
        while k < g.len() {
            let (rows, z) = (&rows[k * dim..], &mut z[k..]);
            k += match g.len() - k {
                1 => row_products::<_, 1>(simd, x, rows, z),
                2 => row_products::<_, 2>(simd, x, rows, z),
                _ => row_products::<_, 3>(simd, x, rows, z),
            };
        }
        let mut label = ZERO;
        if group == 0 {
            label[0] = 1.0;
        }
        let (gradient, losses) = logistic::<FMA>(&z, &label);
        loss += simd.sum(simd.load_part(&losses[..g.len()]));
        let gradient = simd.mul_add(scale, simd.load(&gradient), simd.zero());
        simd.store_part(gradient, g);
    }
    let groups = dim / 16;
    let mut at = 0;
    while at < groups {
        at += match groups - at {
            1 => weighted_rows::<_, 1>(simd, g, rows, dim, at, step),
            2 | 3 => weighted_rows::<_, 2>(simd, g, rows, dim, at, step),
            _ => weighted_rows::<_, 4>(simd, g, rows, dim, at, step),
        };
    }
    let rest = 16 * groups;
    if rest < dim {
        let mut sum = simd.zero();
        for (g, row) in g.iter().zip(rows.chunks_exact(dim)) {
            sum = simd.mul_add(simd.splat(*g), simd.load_part(&row[rest..]), sum);
        }
        simd.store_part(sum, &mut step[rest..]);
    }
    loss
}

/// x·row for the first N rows, each one chain of additions. Returns N.
#[inline(always)]
fn row_products<S: Simd, const N: usize>(simd: S, x: &[f32], rows: &[f32], z: &mut [f32]) -> usize {
    let dim = x.len();
    let (x, x_rest) = x.as_chunks::<16>();
    let rows: [&[f32]; N] = from_fn(|n| &rows[n * dim..][..dim]);
    let groups: [&[Lanes]; N] = from_fn(|n| &rows[n].as_chunks::<16>().0[..x.len()]);
    let mut sums = [simd.zero(); N];
    for (d, x) in x.iter().enumerate() {
        let x = simd.load(x);
        for n in 0..N {
            sums[n] = simd.mul_add(x, simd.load(&groups[n][d]), sums[n]);
        }
    }
    if !x_rest.is_empty() {
        let whole = 16 * x.len();
        let x = simd.load_part(x_rest);
        for n in 0..N {
            sums[n] = simd.mul_add(x, simd.load_part(&rows[n][whole..]), sums[n]);
        }
    }
    for n in 0..N {
        z[n] = simd.sum(sums[n]);
    }
    N
}

/// Σ g·row, for C groups of columns. Returns C.
#[inline(always)]
fn weighted_rows<S: Simd, const C: usize>(
    simd: S,
    g: &[f32],
    rows: &[f32],
    dim: usize,
    at: usize,
    step: &mut [f32],
) -> usize {
    let columns = 16 * at..16 * (at + C);
    let mut sums = [simd.zero(); C];
    for (g, row) in g.iter().zip(rows.chunks_exact(dim)) {
        let g = simd.splat(*g);
        let (row, _) = row[columns.clone()].as_chunks::<16>();
        for c in 0..C {
            sums[c] = simd.mul_add(g, simd.load(&row[c]), sums[c]);
        }
    }
    let (step, _) = step[columns].as_chunks_mut::<16>();
    for c in 0..C {
        simd.store(sums[c], &mut step[c]);
    }
    C
}
