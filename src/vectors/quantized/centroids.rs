//! k-means: 256 points that stand for many.
//!
//! In: n points of d numbers, d small. Out: 256 centroids. They begin far apart (Arthur &
//! Vassilvitskii 2007, "k-means++") and then move to the mean of the points nearest to them (Lloyd
//! 1982). One thread, so that the same seed gives the same bits; other parts of the vectors are other
//! calls, and those run at once.

use super::CENTROIDS;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Rounds of Lloyd's. After a start by k-means++ the first few do most.
const ROUNDS: usize = 10;

/// Centroids, column by column: `columns[c][k]` is number c of centroid k.
pub(super) struct Centroids {
    columns: Vec<[f32; CENTROIDS]>,
    /// |centroid|² ÷ 2.
    halves: [f32; CENTROIDS],
}

impl Centroids {
    /// From the 256 centroids' numbers column by column.
    pub(super) fn new(columns: Vec<[f32; CENTROIDS]>) -> Self {
        let mut halves = [0.0; CENTROIDS];
        for column in &columns {
            for (half, x) in halves.iter_mut().zip(column) {
                *half += 0.5 * x * x;
            }
        }
        Centroids { columns, halves }
    }

    /// Number `column` of centroid `k`.
    pub(super) fn number(&self, column: usize, k: usize) -> f32 {
        self.columns[column][k]
    }

    /// The nearest centroid (of two equally near ones the first) and half its squared distance less
    /// half of |point|².
    #[inline]
    pub(super) fn nearest(&self, point: &[f32]) -> (usize, f32) {
        let mut distances = self.halves;
        for (column, &x) in self.columns.iter().zip(point) {
            for (distance, c) in distances.iter_mut().zip(column) {
                *distance -= x * c;
            }
        }
        // Sixteen minima at once, then one: a loop with one minimum would wait for each comparison.
        let (groups, _) = distances.as_chunks::<16>();
        let mut least = [f32::INFINITY; 16];
        for group in groups {
            for (least, &x) in least.iter_mut().zip(group) {
                *least = if x < *least { x } else { *least };
            }
        }
        let least = least.into_iter().fold(f32::INFINITY, f32::min);
        let nearest = distances.iter().position(|&x| x == least);
        (nearest.unwrap_or(0), least)
    }
}

/// The centroids of `points`, n×`dim`.
pub(super) fn find(points: &[f32], dim: usize, seed: u64) -> Centroids {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut centroids = begin(points, dim, &mut random);
    for _ in 0..ROUNDS {
        centroids = move_to_means(points, dim, &centroids);
    }
    centroids
}

/// k-means++: each next centroid is a point, drawn by its squared distance to the nearest so far.
fn begin(points: &[f32], dim: usize, random: &mut Xoshiro256PlusPlus) -> Centroids {
    let n = points.len() / dim;
    let mut columns = vec![[0.0; CENTROIDS]; dim];
    let mut distances = vec![f64::INFINITY; n];
    for k in 0..CENTROIDS {
        let total: f64 = distances.iter().sum();
        let chosen = if n == 0 {
            break;
        } else if !total.is_finite() {
            random.random_range(0..n)
        } else if total > 0.0 {
            let mut left = random.random::<f64>() * total;
            let reached = distances.iter().position(|distance| {
                left -= distance;
                left < 0.0
            });
            reached.unwrap_or(n - 1)
        } else {
            // Every point is a centroid already: the others stay at zero, nearest to nothing.
            break;
        };
        let point = &points[chosen * dim..(chosen + 1) * dim];
        for (column, &x) in columns.iter_mut().zip(point) {
            column[k] = x;
        }
        for (distance, other) in distances.iter_mut().zip(points.chunks_exact(dim)) {
            let square: f32 = point.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
            *distance = distance.min(f64::from(square));
        }
    }
    Centroids::new(columns)
}

fn move_to_means(points: &[f32], dim: usize, centroids: &Centroids) -> Centroids {
    let mut sums = vec![[0f64; CENTROIDS]; dim];
    let mut counts = [0u32; CENTROIDS];
    // The points that fit worst, for centroids that nobody is near to.
    let mut worst: Vec<(f32, usize)> = Vec::with_capacity(points.len() / dim);
    for (i, point) in points.chunks_exact(dim).enumerate() {
        let (k, less) = centroids.nearest(point);
        counts[k] += 1;
        for (sum, &x) in sums.iter_mut().zip(point) {
            sum[k] += f64::from(x);
        }
        let square: f32 = point.iter().map(|x| x * x).sum();
        worst.push((0.5 * square + less, i));
    }
    worst.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut worst = worst.into_iter();
    let mut columns = vec![[0.0; CENTROIDS]; dim];
    for k in 0..CENTROIDS {
        let other = match counts[k] {
            0 => worst.next().map(|(_, i)| &points[i * dim..(i + 1) * dim]),
            _ => None,
        };
        for (c, column) in columns.iter_mut().enumerate() {
            column[k] = match (counts[k], other) {
                (0, Some(point)) => point[c],
                (0, None) => centroids.number(c, k),
                (count, _) => (sums[c][k] / f64::from(count)) as f32,
            };
        }
    }
    Centroids::new(columns)
}
