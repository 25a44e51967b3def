//! Many questions in one pass over the table.
//!
//! In: Q questions of U unit vectors each, and a score of their cosines. Out: for each question its best
//! rows, the same to the bit as [`Against::scan`] finds them for the question alone.
//!
//! A tile of rows is multiplied with all questions while it is in cache, so that 200 questions read the
//! table once. Products of tiles are summed in another order than those of one row ([`Against::cosines`]),
//! and differ in their last bits. So the pass keeps a few rows more than were asked for, by the greatest
//! score that the error of a product allows; the rows kept are scored again, each by itself. Where a row
//! that was not kept might still belong among the best (many rows that are equal, or nearly), the
//! question is asked alone.
//!
//! The error: a sum of D products of a unit vector and a row, in any order, is within D·2⁻²⁴ of the true
//! cosine (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1), and two such sums
//! are within twice that of each other; a store may add its own ([`RowStore::product_error`]).

use super::against::{Against, Scratch};
use super::best::{Best, Neighbor, ids};
use super::{RowStore, WordVectors};
use crate::vocab::WordId;

/// Rows of a tile: at D = 300 they take 75 kB.
const ROWS: usize = 64;

/// Unit vectors of one pass: 300 kB at D = 300, within a level-2 cache; fewer where D is large.
fn units_of_a_pass(dim: usize) -> usize {
    ((1 << 17) / dim).clamp(64, 256)
}

/// A question: its unit vectors stand elsewhere.
pub(super) struct Asked {
    /// Words that may not be answers.
    pub(super) excluded: Vec<WordId>,
    /// The first so many rows may be answers.
    pub(super) rows: usize,
}

/// How rows are judged: by a score of their cosines with the U units of a question.
pub(super) struct Judge<const U: usize, F> {
    pub(super) score: F,
    /// Whether the score rises with each cosine; it falls with the others.
    pub(super) rises: [bool; U],
}

/// The best `top` rows of each question; `units` are Q·U×D.
pub(super) fn best_of_each<const U: usize, F: Fn([f32; U]) -> f32 + Sync + Send>(
    vectors: &WordVectors,
    units: &[f32],
    questions: &[Asked],
    top: usize,
    judge: &Judge<U, F>,
) -> Vec<Vec<Neighbor>> {
    let width = U * vectors.dim();
    assert_eq!(units.len(), width * questions.len());
    let together = (units_of_a_pass(vectors.dim()) / U).max(1);
    let passes = questions.chunks(together).zip(units.chunks((together * width).max(1)));
    passes.flat_map(|(questions, units)| pass(vectors, units, questions, top, judge)).collect()
}

fn pass<const U: usize, F: Fn([f32; U]) -> f32 + Sync + Send>(
    vectors: &WordVectors,
    units: &[f32],
    questions: &[Asked],
    top: usize,
    judge: &Judge<U, F>,
) -> Vec<Vec<Neighbor>> {
    let kept = match questions {
        [_] => Vec::new(),
        _ => candidates(vectors, units, questions, top.saturating_add(top / 8 + 8), judge),
    };
    let mut kept = kept.into_iter();
    let each = questions.iter().zip(units.chunks_exact(U * vectors.dim()));
    let answer = |(question, units): (&Asked, &[f32])| {
        let against = Against::new(vectors, units);
        let certain = kept.next().and_then(|kept| {
            let mut best = Best::new(top, &[]);
            let ids = kept.best.iter().map(|neighbor| neighbor.id);
            against.offer_each(ids, &mut best, &judge.score);
            (kept.is_all || best.worst() > kept.worst).then(|| best.into_sorted())
        });
        let alone = || against.scan(question.rows, top, &question.excluded, &judge.score);
        certain.unwrap_or_else(alone)
    };
    each.map(answer).collect()
}

/// The rows that may be the best of a question.
struct Kept {
    best: Vec<Neighbor>,
    /// No row that was left out has a greater score.
    worst: f32,
    /// No row was left out.
    is_all: bool,
}

fn candidates<const U: usize, F: Fn([f32; U]) -> f32 + Sync + Send>(
    vectors: &WordVectors,
    units: &[f32],
    questions: &[Asked],
    most: usize,
    judge: &Judge<U, F>,
) -> Vec<Kept> {
    let store = vectors.table.store().map_or(0.0, RowStore::product_error);
    let error = (vectors.dim() + 8) as f32 * f32::EPSILON + store;
    let error = judge.rises.map(|rises| if rises { error } else { -error });
    // The greatest score that a row may have.
    let bound = |cosines: [f32; U]| {
        let shifted = std::array::from_fn(|u| (cosines[u] + error[u]).clamp(-1.0, 1.0));
        (judge.score)(shifted)
    };
    let rows = questions.iter().map(|question| question.rows).max().unwrap_or(0);
    let fresh = || -> Vec<Best> {
        questions.iter().map(|question| Best::new(most, &question.excluded)).collect()
    };
    let against = Against::new(vectors, units);
    let (best, ..) = vectors.threads().fold(
        rows.div_ceil(ROWS),
        4,
        || (fresh(), Scratch::default(), Vec::new()),
        |(best, scratch, cosines), tile| {
            let first = tile * ROWS;
            let count = ROWS.min(rows - first);
            cosines.resize(questions.len() * U * count, 0.0);
            against.cosines(first..first + count, scratch, cosines);
            let each = best.iter_mut().zip(questions).zip(cosines.chunks_exact(U * count));
            for ((best, question), cosines) in each {
                let mut bounds = [f32::NEG_INFINITY; ROWS];
                for (row, out) in bounds[..count].iter_mut().enumerate() {
                    *out = bound(std::array::from_fn(|u| cosines[u * count + row]));
                }
                if greatest(&bounds) >= best.worst() {
                    let rows = first..question.rows.clamp(first, first + count);
                    ids(rows).zip(bounds).for_each(|(id, bound)| best.offer(id, bound));
                }
            }
        },
        |(left, scratch, cosines), (right, ..)| (Best::merge_each(left, right), scratch, cosines),
    );
    let kept = |best: Best| {
        let (worst, is_all) = (best.worst(), !best.is_full());
        Kept { best: best.into_sorted(), worst, is_all }
    };
    best.into_iter().map(kept).collect()
}

/// In lanes, so that no comparison waits for another.
fn greatest(numbers: &[f32; ROWS]) -> f32 {
    let max = |x: f32, y: f32| if y > x { y } else { x };
    let (groups, _) = numbers.as_chunks::<16>();
    let lanes = groups.iter().fold([f32::NEG_INFINITY; 16], |mut lanes, group| {
        lanes.iter_mut().zip(group).for_each(|(lane, &x)| *lane = max(*lane, x));
        lanes
    });
    lanes.into_iter().fold(f32::NEG_INFINITY, max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::Threads;
    use crate::vectors::tests::random;
    use crate::vectors::{Analogy, AnalogyMethod, Dtype, Packed, Quantization, Query, SparseTable};
    use crate::vocab::Vocab;

    fn words(len: usize) -> Vocab {
        let words: Vec<String> = (0..len).map(|id| id.to_string()).collect();
        Vocab::new(words.iter().map(|word| (word.as_str(), 1)))
    }

    /// A batch answers what its questions answer alone, to the bit.
    fn agree(vectors: &WordVectors, name: &str) {
        let len = vectors.len() as u32;
        let word = |i: u32| WordId(i.wrapping_mul(2_654_435_761) % len);
        let mut queries: Vec<Query> = (0..12).map(|i| Query::word(word(i))).collect();
        queries.push(Query::sum([word(1), word(2)], [word(3)]));
        queries.push(Query { include_input: true, ..queries[5].clone() });
        queries.push(Query { restrict: Some(77), ..queries[6].clone() });
        queries.push(Query { restrict: Some(0), ..queries[6].clone() });
        queries.push(Query::sum([word(1)], [word(1)]));
        let bits = |found: &[Neighbor]| -> Vec<(u32, u32)> {
            found.iter().map(|n| (n.id.0, n.similarity.to_bits())).collect()
        };
        for top in [0, 1, 10, usize::MAX] {
            let batch = vectors.neighbors_batch(&queries, top).unwrap();
            assert_eq!(batch.len(), queries.len());
            for (query, batch) in queries.iter().zip(&batch) {
                let alone = vectors.neighbors(query, top).unwrap();
                assert_eq!(bits(batch), bits(&alone), "{name}, {top}: {query:?}");
            }
            let question = |i: u32| Analogy {
                method: [AnalogyMethod::CosAdd, AnalogyMethod::CosMul][i as usize % 2],
                include_input: i.is_multiple_of(5),
                restrict: i.is_multiple_of(7).then_some(50),
                ..Analogy::new(word(i), word(i + 1), word(i + 2))
            };
            let questions: Vec<Analogy> = (0..20).map(question).collect();
            let batch = vectors.answer_batch(&questions, top).unwrap();
            for (question, batch) in questions.iter().zip(&batch) {
                let alone = vectors.answer(question, top).unwrap();
                assert_eq!(bits(batch), bits(&alone), "{name}, {top}: {question:?}");
            }
        }
    }

    #[test]
    fn a_batch_answers_what_its_questions_answer_alone() {
        for (len, dim, seed) in [(700, 19, 1), (150, 300, 2), (5, 3, 3), (130, 1, 4)] {
            let vectors = random(len, dim, seed);
            agree(&vectors, "random");
            agree(&vectors.with_threads(Threads::new(3).unwrap()), "on three threads");
        }
    }

    /// Far more rows are equally good than a pass keeps.
    #[test]
    fn rows_that_are_equal_or_nearly_are_told_apart_all_the_same() {
        let few = random(7, 12, 5);
        let near = |row: usize, i: usize| 1.0 + ((row * 31 + i * 7) % 5) as f32 * f32::EPSILON;
        let same: Vec<f32> =
            (0..900).flat_map(|row| few.vector(WordId(row % 7)).to_vec()).collect();
        let alike: Vec<f32> = (0..900)
            .flat_map(|row| (0..12).map(move |i| near(row, i) * (i as f32 - 4.5)))
            .collect();
        let mut zeros = same.clone();
        zeros[..600 * 12].fill(0.0);
        zeros[3] = f32::NAN;
        for (name, floats) in [("same", same), ("alike", alike), ("zeros", zeros)] {
            agree(&WordVectors::new(words(900), 12, floats).unwrap(), name);
        }
    }

    #[test]
    fn every_kind_of_table() {
        let vectors = random(400, 20, 6);
        let row = |id: u32| vectors.vector(WordId(id)).into_owned();
        let halves: Vec<u8> =
            (0..400).flat_map(row).flat_map(|x| x.to_bits().to_le_bytes()[2..].to_vec()).collect();
        let packed = Packed::new(400, 20, Dtype::Bf16, halves.into());
        let packed = WordVectors::from_store(words(400), Box::new(packed), Default::default());
        agree(&packed.unwrap(), "bf16");
        let ids: Vec<WordId> = (0..300).map(|i| WordId(399 - i)).collect();
        agree(&vectors.select(&ids), "selected");
        for how in [
            Quantization::Int8,
            Quantization::Product { subquantizers: 5, seed: 1 },
            Quantization::Product { subquantizers: 20, seed: 1 },
        ] {
            agree(&vectors.quantize(how).unwrap(), &format!("{how:?}"));
        }
        let one_hot = WordVectors::from_store(
            words(90),
            Box::new(SparseTable::one_hot(90)),
            Default::default(),
        );
        agree(&one_hot.unwrap(), "one-hot");
    }
}
