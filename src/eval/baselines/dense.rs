//! The little dense linear algebra that a truncated SVD needs: tall matrices times small ones, Gram
//! matrices, and the eigenvectors of a small symmetric matrix. All in f64.
//!
//! Sums over rows are made in blocks whose number depends on V alone and added in their order, so that
//! no bit depends on the number of threads.

use crate::threads::Threads;
use crate::vectors::SparseTable;

/// Blocks of rows of a Gram matrix: enough for many cores, few enough to add up.
const BLOCKS: usize = 64;

/// A rows×columns matrix, row-major.
#[derive(Clone, Debug)]
pub(super) struct Tall {
    pub(super) columns: usize,
    pub(super) numbers: Vec<f64>,
}

impl Tall {
    pub(super) fn rows(&self) -> usize {
        self.numbers.len() / self.columns.max(1)
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.numbers[row * self.columns..(row + 1) * self.columns]
    }

    /// `sparse` (V×D) × `self` (D×l): V×l.
    pub(super) fn times(&self, sparse: &SparseTable, rows: usize, threads: &Threads) -> Tall {
        let columns = self.columns;
        let mut numbers = vec![0.0; rows * columns];
        threads.map_chunks(
            &mut numbers,
            columns,
            64,
            || (),
            |(), row, out| {
                let (places, values) = sparse.row(row);
                for (&place, &value) in places.iter().zip(values) {
                    let value = f64::from(value);
                    for (out, x) in out.iter_mut().zip(self.row(place as usize)) {
                        *out += value * x;
                    }
                }
            },
        );
        Tall { columns, numbers }
    }

    /// `self`ᵀ × `self`: l×l, symmetric.
    fn gram(&self, threads: &Threads) -> Vec<f64> {
        let l = self.columns;
        let block = self.rows().div_ceil(BLOCKS).max(1) * l;
        let blocks: Vec<&[f64]> = self.numbers.chunks(block).collect();
        let partial = threads.map(blocks.len(), 1, |block| {
            let mut sums = vec![0.0; l * l];
            for row in blocks[block].chunks_exact(l) {
                for (i, &x) in row.iter().enumerate() {
                    let sums = &mut sums[i * l + i..(i + 1) * l];
                    sums.iter_mut().zip(&row[i..]).for_each(|(s, y)| *s += x * y);
                }
            }
            sums
        });
        let mut gram = vec![0.0; l * l];
        for sums in partial {
            gram.iter_mut().zip(sums).for_each(|(g, s)| *g += s);
        }
        for i in 0..l {
            for j in 0..i {
                gram[i * l + j] = gram[j * l + i];
            }
        }
        gram
    }

    /// `self` (V×l) × `small` (l×k, row-major).
    fn times_small(&self, small: &[f64], k: usize, threads: &Threads) -> Tall {
        let mut numbers = vec![0.0; self.rows() * k];
        threads.map_chunks(
            &mut numbers,
            k,
            256,
            || (),
            |(), row, out| {
                for (&x, small) in self.row(row).iter().zip(small.chunks_exact(k)) {
                    out.iter_mut().zip(small).for_each(|(out, y)| *out += x * y);
                }
            },
        );
        Tall { columns: k, numbers }
    }

    /// The left singular vectors and the singular values of a tall matrix, largest first, by the
    /// eigenvectors W of its Gram matrix: YᵀY = W Λ Wᵀ, σ = √Λ, U = Y W ÷ σ. Directions below 1e-6 of
    /// the greatest σ are left out: they are rounding.
    pub(super) fn left_singular(&self, threads: &Threads) -> (Tall, Vec<f64>) {
        let l = self.columns;
        let (values, vectors) = eigen(self.gram(threads), l);
        let first = values.first().copied().unwrap_or(0.0);
        let kept = values.iter().take_while(|&&v| v > 0.0 && v > 1e-12 * first);
        let sigma: Vec<f64> = kept.map(|v| v.sqrt()).collect();
        let k = sigma.len();
        let mut small = vec![0.0; l * k];
        for i in 0..l {
            for (j, sigma) in sigma.iter().enumerate() {
                small[i * k + j] = vectors[j * l + i] / sigma;
            }
        }
        (self.times_small(&small, k, threads), sigma)
    }
}

/// The eigenvalues of a symmetric n×n matrix, largest first, and the eigenvectors, one a row.
///
/// Jacobi's method: rotate every pair of coordinates so that the number between them becomes 0, until
/// all numbers beside the diagonal are rounding. Some 8 rounds; 0.1 s at n = 120. It finds small
/// eigenvalues beside large ones as exactly as they stand in the matrix.
pub(super) fn eigen(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v = vec![0.0; n * n];
    (0..n).for_each(|i| v[i * n + i] = 1.0);
    for _round in 0..60 {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let (app, aqq, apq) = (a[p * n + p], a[q * n + q], a[p * n + q]);
                if apq == 0.0 || apq.abs() <= 1e-15 * (app * aqq).abs().sqrt() {
                    continue;
                }
                rotated = true;
                // tan of the angle that makes the number between p and q zero, the smaller of two.
                let theta = (aqq - app) / (2.0 * apq);
                let sign = if theta < 0.0 { -1.0 } else { 1.0 };
                let t = sign / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                // Rows, then columns, of the matrix; rows of the vectors.
                rotate(&mut a, n, p, q, c, s);
                for k in 0..n {
                    let (x, y) = (a[k * n + p], a[k * n + q]);
                    a[k * n + p] = c * x - s * y;
                    a[k * n + q] = s * x + c * y;
                }
                (a[p * n + q], a[q * n + p]) = (0.0, 0.0);
                rotate(&mut v, n, p, q, c, s);
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    let rows = order.iter().flat_map(|&i| v[i * n..(i + 1) * n].to_vec());
    let vectors = rows.collect();
    (values, vectors)
}

/// Row p becomes c·p − s·q, row q becomes s·p + c·q.
fn rotate(matrix: &mut [f64], n: usize, p: usize, q: usize, c: f64, s: f64) {
    let (head, tail) = matrix.split_at_mut(q * n);
    let (row_p, row_q) = (&mut head[p * n..(p + 1) * n], &mut tail[..n]);
    for (x, y) in row_p.iter_mut().zip(row_q) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    fn random(rows: usize, columns: usize, seed: u64) -> Tall {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let numbers = (0..rows * columns).map(|_| rng.random_range(-1.0..1.0));
        Tall { columns, numbers: numbers.collect() }
    }

    #[test]
    fn eigenvectors_by_hand_and_by_their_definition() {
        // 2 1 / 1 2: 3 along (1, 1), 1 along (1, −1).
        let (values, vectors) = eigen(vec![2.0, 1.0, 1.0, 2.0], 2);
        assert!((values[0] - 3.0).abs() < 1e-14 && (values[1] - 1.0).abs() < 1e-14);
        assert!((vectors[0] - vectors[1]).abs() < 1e-14);
        assert_eq!(eigen(vec![], 0), (vec![], vec![]));
        assert_eq!(eigen(vec![0.0; 4], 2).0, [0.0, 0.0]);

        let n = 30;
        let gram = random(50, n, 1).gram(&Threads::default());
        let (values, vectors) = eigen(gram.clone(), n);
        for (i, &value) in values.iter().enumerate() {
            let v = &vectors[i * n..(i + 1) * n];
            for row in 0..n {
                let product: f64 =
                    gram[row * n..(row + 1) * n].iter().zip(v).map(|(a, x)| a * x).sum();
                assert!((product - value * v[row]).abs() < 1e-10);
            }
            for j in 0..n {
                let w = &vectors[j * n..(j + 1) * n];
                let dot: f64 = v.iter().zip(w).map(|(x, y)| x * y).sum();
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
    }

    #[test]
    fn left_singular_vectors_are_orthonormal_and_rank_is_seen() {
        let mut tall = random(200, 7, 2);
        for row in tall.numbers.chunks_exact_mut(7) {
            row[6] = row[0] - 2.0 * row[3];
        }
        let (u, sigma) = tall.left_singular(&Threads::default());
        assert_eq!((u.columns, sigma.len()), (6, 6));
        let gram = u.gram(&Threads::default());
        for i in 0..6 {
            for j in 0..6 {
                assert!((gram[i * 6 + j] - f64::from(u8::from(i == j))).abs() < 1e-10);
            }
        }
        let squares: f64 = tall.numbers.iter().map(|x| x * x).sum();
        assert!((sigma.iter().map(|s| s * s).sum::<f64>() / squares - 1.0).abs() < 1e-12);
        let zero = Tall { columns: 3, numbers: vec![0.0; 30] };
        assert!(zero.left_singular(&Threads::default()).1.is_empty());
    }
}
