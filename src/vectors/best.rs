//! The best of many scored rows, in an order that does not depend on how they came in.
//!
//! In: rows with scores, in any order, from any number of threads. Out: the `top` best, best first,
//! ties by lower id. A bounded heap: O(rows · log top) time in the worst case, in practice one
//! comparison per row, since few rows beat the worst of the best.

use crate::threads::Threads;
use crate::vocab::WordId;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

/// Rows that one task scores before it may be split off: 0.4 MB at D = 100.
const BLOCK: usize = 1024;

/// A word found, with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// The word.
    pub id: WordId,
    /// The cosine with the query, in −1..=1; from
    /// [`WordVectors::answer`](super::WordVectors::answer) by
    /// [`AnalogyMethod::CosMul`](super::AnalogyMethod::CosMul), that method's own score.
    pub similarity: f32,
}

/// A row with its score. The greater is the better: higher score, then lower id.
struct Candidate(Neighbor);

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = self.0.similarity.total_cmp(&other.0.similarity);
        by_score.then_with(|| other.0.id.cmp(&self.0.id))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// At most `top` neighbours, without the `excluded` words.
pub(super) struct Best<'a> {
    top: usize,
    excluded: &'a [WordId],
    /// The worst is on top.
    heap: BinaryHeap<Reverse<Candidate>>,
}

impl<'a> Best<'a> {
    pub(super) fn new(top: usize, excluded: &'a [WordId]) -> Self {
        let heap = BinaryHeap::new();
        Best { top, excluded, heap }
    }

    /// Whether there are `top` neighbours.
    pub(super) fn is_full(&self) -> bool {
        self.heap.len() >= self.top
    }

    /// The score of the worst of them; of fewer than `top` neighbours −∞.
    #[inline]
    pub(super) fn worst(&self) -> f32 {
        match self.heap.peek() {
            Some(Reverse(worst)) if self.is_full() => worst.0.similarity,
            _ => f32::NEG_INFINITY,
        }
    }

    /// Offers a row. A NaN is never taken.
    #[inline]
    pub(super) fn offer(&mut self, id: WordId, score: f32) {
        if self.heap.len() < self.top {
            self.take(id, score);
        } else if let Some(Reverse(worst)) = self.heap.peek() {
            // Cheap test first; a tie needs the whole order.
            if score >= worst.0.similarity {
                self.take(id, score);
            }
        }
    }

    #[cold]
    fn take(&mut self, id: WordId, score: f32) {
        if score.is_nan() || self.excluded.contains(&id) {
            return;
        }
        // −0 + 0 = 0: the total order of floats would tell the two zeros apart.
        let similarity = score + 0.0;
        self.heap.push(Reverse(Candidate(Neighbor { id, similarity })));
        if self.heap.len() > self.top {
            self.heap.pop();
        }
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        for Reverse(Candidate(neighbor)) in other.heap {
            self.offer(neighbor.id, neighbor.similarity);
        }
        self
    }

    /// Merges the bests of several queries, one by one.
    pub(super) fn merge_each(left: Vec<Self>, right: Vec<Self>) -> Vec<Self> {
        let pairs = left.into_iter().zip(right);
        pairs.map(|(left, right)| left.merge(right)).collect()
    }

    /// Best first.
    pub(super) fn into_sorted(self) -> Vec<Neighbor> {
        let sorted = self.heap.into_sorted_vec();
        sorted.into_iter().map(|Reverse(candidate)| candidate.0).collect()
    }
}

/// The best of `rows` rows. `offer` is called with a block of rows, a task's own buffers,
/// and the best so far, to which it offers each row.
pub(super) fn scan<S: Default + Send>(
    threads: &Threads,
    rows: usize,
    top: usize,
    excluded: &[WordId],
    offer: impl Fn(Range<usize>, &mut S, &mut Best) + Sync + Send,
) -> Vec<Neighbor> {
    let (best, _) = threads.fold(
        rows.div_ceil(BLOCK),
        1,
        || (Best::new(top, excluded), S::default()),
        |(best, buffers), block| {
            offer(block * BLOCK..rows.min((block + 1) * BLOCK), buffers, best);
        },
        |(left, buffers), (right, _)| (left.merge(right), buffers),
    );
    best.into_sorted()
}

/// The ids of a range of rows. A vocabulary has fewer than 2³² words.
pub(crate) fn ids(rows: Range<usize>) -> impl Iterator<Item = WordId> {
    rows.map(|row| WordId(row as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_fall_to_the_lower_id_whatever_the_order() {
        let scores = [0.5, 0.0, -0.0, 0.5, f32::NAN, 0.0, 0.9, -1.0];
        let expected = [(6, 0.9), (0, 0.5), (3, 0.5), (1, 0.0), (2, 0.0)];
        let orders: [Vec<u32>; 3] =
            [(0..8).collect(), (0..8).rev().collect(), vec![5, 1, 7, 2, 6, 4, 3, 0]];
        for order in orders {
            for split in 0..8 {
                let mut halves = [Best::new(5, &[]), Best::new(5, &[])];
                for (i, &id) in order.iter().enumerate() {
                    halves[usize::from(i >= split)].offer(WordId(id), scores[id as usize]);
                }
                let [left, right] = halves;
                let best = left.merge(right).into_sorted();
                let got: Vec<_> = best.iter().map(|n| (n.id.0, n.similarity)).collect();
                assert_eq!(got, expected);
            }
        }
    }

    #[test]
    fn a_scan_crosses_blocks_and_leaves_out_the_excluded() {
        let rows = 5 * BLOCK + 7;
        let score = |id: WordId| ((id.0 * 7919) % 1000) as f32;
        let mut naive: Vec<(f32, u32)> =
            (0..rows as u32).map(|id| (score(WordId(id)), id)).collect();
        naive.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        let excluded = [WordId(naive[0].1), WordId(naive[3].1)];
        naive.retain(|&(_, id)| !excluded.contains(&WordId(id)));
        for top in [0, 1, 20, rows, usize::MAX] {
            let got = scan(&Threads::default(), rows, top, &excluded, |rows, _: &mut (), best| {
                ids(rows).for_each(|id| best.offer(id, score(id)));
            });
            let got: Vec<_> = got.iter().map(|n| (n.similarity, n.id.0)).collect();
            assert_eq!(got, naive[..top.min(naive.len())]);
        }
    }
}
