//! Clusters of words by their cosines alone: Ward's method, then k-means.
//!
//! In: the n×n cosines of n words, and k. Out: a cluster for each word. Both methods see the words as
//! points on the unit sphere, where the squared distance of two words is 2 − 2·cos: nothing but
//! cosines is needed, so that tables of any kind (dense, sparse) are clustered by the same code.
//!
//! 1. Ward 1963, "Hierarchical grouping to optimize an objective function": begin with every word
//!    alone, and join the two clusters whose union adds least to the sum of squares, until k are left
//!    (distances updated by the formula of Lance & Williams 1967).
//! 2. Lloyd's k-means from there: every word goes to the centre that is nearest, until none moves.
//!
//! No random number is drawn by either. Equal distances are taken in the order of the words; files
//! list words by class, so the caller shuffles them first, or tables in which everything ties
//! (one-hot vectors) would be given the classes. O(n³) for Ward, which is 0.1 s for the 402 words of
//! AP.
//!
//! Differences: Baroni, Dinu & Kruszewski 2014 used the CLUTO toolkit's repeated bisections; the
//! word-embeddings-benchmarks package reports the best of several clusterings of random starts, judged
//! by the right classes. A purity is comparable to those of the same clustering only.

/// Rounds of k-means; it has come to rest after some ten.
const ROUNDS: usize = 100;

/// The cluster of each of n words, 0 ≤ cluster < k. `cosines` is n×n and symmetric.
pub(super) fn cluster(cosines: &[f64], n: usize, k: usize) -> Vec<u32> {
    assert_eq!(cosines.len(), n * n);
    let mut clusters = ward(cosines, n, k);
    for _ in 0..ROUNDS {
        if !improve(cosines, n, k, &mut clusters) {
            break;
        }
    }
    clusters
}

/// Ward's clusters, numbered by their first words.
fn ward(cosines: &[f64], n: usize, k: usize) -> Vec<u32> {
    // Twice the increase of the sum of squares by joining i and j: for single words the squared
    // distance.
    let mut cost: Vec<f64> = cosines.iter().map(|cosine| 2.0 - 2.0 * cosine).collect();
    let mut sizes = vec![1.0; n];
    let mut roots: Vec<usize> = (0..n).collect();
    let mut of: Vec<usize> = (0..n).collect();
    while roots.len() > k.max(1) {
        let mut best = (f64::INFINITY, 0, 0);
        for (at, &i) in roots.iter().enumerate() {
            for &j in &roots[at + 1..] {
                if cost[i * n + j] < best.0 {
                    best = (cost[i * n + j], i, j);
                }
            }
        }
        let (joined, i, j) = best;
        if !joined.is_finite() {
            break;
        }
        roots.retain(|&root| root != j);
        for &other in roots.iter().filter(|&&other| other != i) {
            let (si, sj, so) = (sizes[i], sizes[j], sizes[other]);
            let sum =
                (si + so) * cost[i * n + other] + (sj + so) * cost[j * n + other] - so * joined;
            let new = sum / (si + sj + so);
            cost[i * n + other] = new;
            cost[other * n + i] = new;
        }
        sizes[i] += sizes[j];
        of.iter_mut().filter(|of| **of == j).for_each(|of| *of = i);
    }
    let number = |root: &usize| roots.iter().position(|other| other == root).unwrap_or(0) as u32;
    of.iter().map(number).collect()
}

/// One round of k-means; whether a word moved.
fn improve(cosines: &[f64], n: usize, k: usize, clusters: &mut [u32]) -> bool {
    let mut sizes = vec![0.0_f64; k];
    // sums[i·k + c]: Σ over the words j of cluster c of cos(i, j).
    let mut sums = vec![0.0_f64; n * k];
    for (j, &c) in clusters.iter().enumerate() {
        sizes[c as usize] += 1.0;
        for i in 0..n {
            sums[i * k + c as usize] += cosines[i * n + j];
        }
    }
    // |centre|² = Σ over i, j of the cluster of cos(i, j) ÷ size².
    let mut lengths = vec![0.0_f64; k];
    for (i, &c) in clusters.iter().enumerate() {
        lengths[c as usize] += sums[i * k + c as usize];
    }
    for (length, size) in lengths.iter_mut().zip(&sizes) {
        *length /= size * size;
    }
    let mut moved = false;
    let mut left = sizes.clone();
    for (i, cluster) in clusters.iter_mut().enumerate() {
        // |x − centre|² less |x|².
        let distance = |c: usize| lengths[c] - 2.0 * sums[i * k + c] / sizes[c];
        let from = *cluster as usize;
        let mut best = (from, distance(from));
        // A cluster is never left empty.
        let alone = left[from] <= 1.0;
        for c in (0..k).filter(|&c| sizes[c] > 0.0 && !alone) {
            // Rounding must not move words back and forth.
            if distance(c) < best.1 - 1e-9 {
                best = (c, distance(c));
            }
        }
        moved |= best.0 != from;
        left[from] -= 1.0;
        left[best.0] += 1.0;
        *cluster = best.0 as u32;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosines(points: &[[f64; 2]]) -> Vec<f64> {
        let length = |p: &[f64; 2]| p[0].hypot(p[1]);
        let cosine =
            |p: &[f64; 2], q: &[f64; 2]| (p[0] * q[0] + p[1] * q[1]) / (length(p) * length(q));
        let rows = points.iter().flat_map(|p| points.iter().map(move |q| (p, q)));
        rows.map(|(p, q)| cosine(p, q)).collect()
    }

    fn at(degrees: f64) -> [f64; 2] {
        [degrees.to_radians().cos(), degrees.to_radians().sin()]
    }

    fn scattered(n: u32) -> Vec<[f64; 2]> {
        let angle = |i: u32| 360.0 * (43_758.545 * f64::from(i + 1).sin()).fract();
        (0..n).map(|i| at(angle(i))).collect()
    }

    #[test]
    fn clear_groups_are_found_in_any_order() {
        let angles = [0.0, 91.0, 180.0, 4.0, 181.0, 88.0, 2.0, 183.0];
        let found = cluster(&cosines(&angles.map(at)), 8, 3);
        let groups: Vec<u32> = angles.iter().map(|a| (a / 90.0_f64).round() as u32).collect();
        for i in 0..8 {
            for j in 0..8 {
                assert_eq!(found[i] == found[j], groups[i] == groups[j], "{i} {j}");
            }
        }
    }

    /// Ward's costs against their definition: |A|·|B| ÷ (|A| + |B|) times the squared distance of the
    /// centres, twice.
    #[test]
    fn ward_joins_as_the_definition_says() {
        let points = scattered(24);
        let n = points.len();
        let mut naive: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
        let centre = |words: &[usize]| {
            let sum = |d: usize| words.iter().map(|&i| points[i][d]).sum::<f64>();
            [sum(0), sum(1)].map(|sum| sum / words.len() as f64)
        };
        for k in (2..n).rev() {
            let mut best = (f64::INFINITY, 0, 0);
            for a in 0..naive.len() {
                for b in a + 1..naive.len() {
                    let (ca, cb) = (centre(&naive[a]), centre(&naive[b]));
                    let (sa, sb) = (naive[a].len() as f64, naive[b].len() as f64);
                    let apart = (ca[0] - cb[0]).powi(2) + (ca[1] - cb[1]).powi(2);
                    let cost = sa * sb / (sa + sb) * apart;
                    if cost < best.0 {
                        best = (cost, a, b);
                    }
                }
            }
            let joined = naive.remove(best.2);
            naive[best.1].extend(joined);
            let found = ward(&cosines(&points), n, k);
            for words in &naive {
                let one = |&i: &usize| found[i] == found[words[0]];
                assert!(words.iter().all(one), "{k} clusters");
            }
            assert_eq!(found.iter().max(), Some(&(k as u32 - 1)));
        }
    }

    #[test]
    fn k_means_lowers_the_sum_of_squares_and_empties_nothing() {
        let points = scattered(60);
        let cosines = cosines(&points);
        let squares = |clusters: &[u32]| -> f64 {
            let within = |cluster: u32| {
                let of: Vec<usize> = (0..60).filter(|&i| clusters[i] == cluster).collect();
                assert!(!of.is_empty());
                let row = |&i: &usize| of.iter().map(|&j| cosines[i * 60 + j]).sum::<f64>();
                of.len() as f64 - of.iter().map(row).sum::<f64>() / of.len() as f64
            };
            (0..7).map(within).sum()
        };
        let mut clusters = ward(&cosines, 60, 7);
        let mut before = squares(&clusters);
        while improve(&cosines, 60, 7, &mut clusters) {
            let after = squares(&clusters);
            assert!(after < before, "{after} is not below {before}");
            before = after;
        }
        assert_eq!(clusters, cluster(&cosines, 60, 7));
    }

    #[test]
    fn few_words_and_words_without_direction() {
        assert!(cluster(&[], 0, 3).is_empty());
        assert_eq!(cluster(&[1.0], 1, 1), [0]);
        let three = cluster(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], 3, 2);
        assert_eq!(three.iter().max(), Some(&1));
        assert_eq!(cluster(&[1.0, 0.0, 0.0, 1.0], 2, 5), [0, 1]);
    }
}
