//! Correlation of two lists of numbers: Pearson's and Spearman's.
//!
//! In: what people said and what the vectors say about the same pairs. Out: a number in −1..=1, or
//! none where it is not defined (fewer than two pairs, or a list that is constant). Sums in f64 about
//! the mean. No p-value: with dozens of pairs any useful model is far from chance.

/// Pearson's correlation: Σ(x−x̄)(y−ȳ) ÷ √(Σ(x−x̄)² · Σ(y−ȳ)²). `None` for fewer than 2 numbers or a
/// constant list.
///
/// # Panics
/// Where the lists differ in length.
///
/// ```
/// assert_eq!(w2v::eval::pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), Some(1.0));
/// assert_eq!(w2v::eval::pearson(&[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0]), None);
/// ```
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "one y for every x");
    // The mean of a constant list is rounded, so that its deviations need not be zero.
    let constant = |list: &[f64]| list.iter().all(|&number| number == list[0]);
    if x.len() < 2 || constant(x) || constant(y) {
        return None;
    }
    let n = x.len() as f64;
    let mean = |list: &[f64]| list.iter().sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    Some((xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation: Pearson's of the [`ranks`], which is right with ties too (the
/// shortcut 1 − 6Σd²/(n³−n) is not). `None` as for [`pearson`].
///
/// # Panics
/// Where the lists differ in length.
///
/// ```
/// // Any rising curve agrees perfectly in rank.
/// assert_eq!(w2v::eval::spearman(&[1.0, 2.0, 3.0], &[1.0, 10.0, 1000.0]), Some(1.0));
/// ```
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&ranks(x), &ranks(y))
}

/// The rank of every number, from 1 for the least; equal numbers share the mean of their ranks.
///
/// ```
/// assert_eq!(w2v::eval::ranks(&[0.3, 7.0, 0.3, -1.0]), [2.5, 4.0, 2.5, 1.0]);
/// ```
pub fn ranks(list: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by(|&i, &j| list[i].total_cmp(&list[j]));
    let mut ranks = vec![0.0; list.len()];
    let mut below = 0;
    for tied in order.chunk_by(|&i, &j| list[i] == list[j]) {
        // Ranks below + 1 ..= below + tied.len().
        let mean = below as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&i| ranks[i] = mean);
        below += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: Option<f64>, expected: f64) {
        assert!((got.unwrap() - expected).abs() < 1e-12, "{got:?} is not {expected}");
    }

    #[test]
    fn pearson_by_hand() {
        // Means 3 and 4; deviations −2 −1 0 1 2 and −2 0 1 0 1: Σxy = 6, Σx² = 10, Σy² = 6.
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        let y = [2.0, 4.0, 5.0, 4.0, 5.0];
        close(pearson(&x, &y), 6.0 / 60.0_f64.sqrt());
        close(pearson(&x, &x.map(|x| 7.0 - 3.0 * x)), -1.0);
        // A large common offset takes no digits away.
        close(pearson(&x.map(|x| x + 1e9), &y), 6.0 / 60.0_f64.sqrt());
    }

    #[test]
    fn spearman_by_hand() {
        // Without ties: ranks 1 2 3 4 5 and 2 1 4 3 5, Σd² = 4, 1 − 6·4/120 = .8.
        let x = [10.0, 20.0, 30.0, 40.0, 50.0];
        close(spearman(&x, &[0.2, 0.1, 0.4, 0.3, 0.9]), 0.8);
        // With ties: ranks 1 2.5 2.5 4 and 1 2 3 4 about 2.5:
        // Σxy = 2.25 + 0 + 0 + 2.25, Σx² = 4.5, Σy² = 5.
        close(spearman(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0]), 4.5 / 22.5_f64.sqrt());
    }

    #[test]
    fn not_defined() {
        assert_eq!(pearson(&[], &[]), None);
        assert_eq!(spearman(&[1.0], &[2.0]), None);
        assert_eq!(spearman(&[1.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[0.1; 3]), None);
        assert_eq!(ranks(&[0.0, -0.0, 1.0]), [1.5, 1.5, 3.0]);
    }
}
