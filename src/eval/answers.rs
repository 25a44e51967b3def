//! The answers to many analogy questions at once.
//!
//! In: Q questions as three word ids and the right answers. Out: for each an [`Answer`]: the row with
//! the greatest score that is none of its inputs, how many rows share that score, and how many of
//! those are right answers.
//!
//! Both scores are made of three cosines per candidate x: 3CosAdd is cos(x,b) − cos(x,a) + cos(x,c),
//! which orders candidates as cos(x, b − a + c) does, since the length of b − a + c is the same for
//! all; and 3CosMul is made of them by definition. The 19,544 questions of questions-words.txt are
//! made of 905 words, so that the products of these words with every row are 20 times fewer than
//! those of the questions, and what remains per question and row is two additions. word2vec.c and
//! gensim multiply the table with each question.
//!
//! Rows are taken in tiles: tile × words products stay in cache while all questions look at them. A
//! tile's best score is first found without regard to the inputs, in lanes; only a tile that beats
//! the best so far is looked at again row by row.

use super::lookup::Lookup;
use crate::vectors::{AnalogyMethod, EPSILON, Scratch, WordVectors, ids};
use crate::vocab::WordId;
use std::collections::HashMap;
use std::sync::Arc;

/// Rows of a tile, and distinct words of the questions that are answered together: their products
/// take 1 MB, within a level-2 cache.
const ROWS: usize = 256;
const WORDS: usize = 1024;

/// Numbers of the vectors of those words, 256 MB: where D is V (one-hot vectors, counts) fewer words
/// are taken together.
const NUMBERS: usize = 1 << 26;

/// Lanes of the search for a tile's best score: two registers of AVX2, four of SSE2 or NEON.
const LANES: usize = 16;

/// The best row and its score; no row at first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answer {
    score: f32,
    /// The lowest of the best rows.
    row: Option<WordId>,
    /// Number of rows with this score, the inputs left out.
    tied: u32,
    /// How many of those are right answers.
    hits: u32,
}

const NONE: Answer = Answer { score: f32::NEG_INFINITY, row: None, tied: 0, hits: 0 };

/// a, b and c, and the words that answer them.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) inputs: [WordId; 3],
    /// By their first rows, see [`Lookup::first`].
    pub(super) right: Arc<[WordId]>,
}

/// Questions that share at most [`WORDS`] words.
struct Group<'a> {
    questions: &'a [Question],
    words: Vec<WordId>,
    /// For each question the places of a, b and c in `words`.
    places: Vec<[usize; 3]>,
}

/// The best answer to each question, in their order; without a row where every row is an input.
pub(super) fn best(
    vectors: &WordVectors,
    lookup: &Lookup,
    questions: &[Question],
    method: AnalogyMethod,
) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(questions.len());
    let mut rest = questions;
    let limit = WORDS.min(NUMBERS / vectors.dim()).max(3);
    while !rest.is_empty() {
        let group = Group::first(rest, limit);
        rest = &rest[group.questions.len()..];
        answers.extend(match method {
            AnalogyMethod::CosAdd => group.answer(vectors, lookup, |x| x, |a, b, c| b - a + c),
            AnalogyMethod::CosMul => {
                let shifted = |cosine| (cosine + 1.0) * 0.5;
                group.answer(vectors, lookup, shifted, |a, b, c| b * c / (a + EPSILON))
            }
        });
    }
    answers
}

impl<'a> Group<'a> {
    /// As many of the first questions as share `limit` words, at least 3; at least one.
    fn first(questions: &'a [Question], limit: usize) -> Self {
        let mut words = Vec::new();
        let mut places = Vec::new();
        let mut known: HashMap<WordId, usize> = HashMap::new();
        for &Question { inputs, .. } in questions {
            let new = inputs.iter().filter(|word| !known.contains_key(word)).count();
            if words.len() + new > limit {
                break;
            }
            places.push(inputs.map(|word| {
                *known.entry(word).or_insert_with(|| {
                    words.push(word);
                    words.len() - 1
                })
            }));
        }
        let questions = &questions[..places.len()];
        Group { questions, words, places }
    }

    /// The best answers by `score` of the three cosines with a, b and c, each put through `change`.
    fn answer(
        &self,
        vectors: &WordVectors,
        lookup: &Lookup,
        change: impl Fn(f32) -> f32 + Sync + Send,
        score: impl Fn(f32, f32, f32) -> f32 + Sync + Send,
    ) -> Vec<Answer> {
        let (dim, rows) = (vectors.dim(), lookup.rows());
        let mut words = Vec::with_capacity(self.words.len() * dim);
        vectors.append_units(self.words.iter().copied(), &mut words);

        let against = vectors.against(&words);
        let scratch = || (vec![NONE; self.questions.len()], Scratch::default(), Vec::new());
        let step = |(answers, scratch, cosines): &mut (Vec<Answer>, Scratch, Vec<f32>), tile| {
            let first = tile * ROWS;
            let count = ROWS.min(rows - first);
            cosines.resize(self.words.len() * count, 0.0);
            against.cosines(first..first + count, scratch, cosines);
            cosines.iter_mut().for_each(|cosine| *cosine = change(*cosine));

            for ((question, places), best) in self.questions.iter().zip(&self.places).zip(answers) {
                let abc = places.map(|place| &cosines[place * count..(place + 1) * count]);
                if greatest(abc, &score) < best.score {
                    continue;
                }
                let [a, b, c] = abc;
                let inputs = question.inputs.map(|id| lookup.first(id));
                for (((row, &a), &b), &c) in ids(first..first + count).zip(a).zip(b).zip(c) {
                    let score = score(a, b, c);
                    if score < best.score || score.is_nan() {
                        continue;
                    }
                    let class = lookup.first(row);
                    if !inputs.contains(&class) {
                        let found = Answer {
                            score,
                            row: Some(row),
                            tied: 1,
                            hits: u32::from(question.right.contains(&class)),
                        };
                        *best = best.better(found);
                    }
                }
            }
        };
        let threads = vectors.threads();
        let (answers, ..) = threads.fold(rows.div_ceil(ROWS), 4, scratch, step, |left, right| {
            let pairs = left.0.into_iter().zip(right.0);
            (pairs.map(|(l, r)| Answer::better(l, r)).collect(), left.1, left.2)
        });
        answers
    }
}

impl Answer {
    /// What a question earns: 1 for a right answer alone, 0 for others. Where several rows are
    /// equally good, the share of them that are right, which is what breaking the tie at
    /// random would earn on average.
    pub(super) fn credit(self) -> f64 {
        f64::from(self.hits) / f64::from(self.tied.max(1))
    }

    /// The greater score; equal ones are counted together, and the lower row stands for them.
    fn better(self, other: Self) -> Self {
        if self.row.is_none() || other.score > self.score {
            other
        } else if other.row.is_none() || other.score < self.score {
            self
        } else {
            Answer {
                score: self.score,
                row: self.row.min(other.row),
                tied: self.tied + other.tied,
                hits: self.hits + other.hits,
            }
        }
    }
}

/// The greatest score of a tile.
fn greatest([a, b, c]: [&[f32]; 3], score: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let max = |x: f32, y: f32| if y > x { y } else { x };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (a, rest_a) = a.as_chunks::<LANES>();
    let (b, rest_b) = b.as_chunks::<LANES>();
    let (c, rest_c) = c.as_chunks::<LANES>();
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for lane in 0..LANES {
            lanes[lane] = max(lanes[lane], score(a[lane], b[lane], c[lane]));
        }
    }
    let rest = rest_a.iter().zip(rest_b).zip(rest_c);
    let rest = rest.map(|((&a, &b), &c)| score(a, b, c));
    rest.chain(lanes).fold(f32::NEG_INFINITY, max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::EvalOptions;
    use crate::threads::Threads;
    use crate::vectors::tests::random;

    fn questions(count: u32, words: u32) -> Vec<[WordId; 3]> {
        let word = |i: u32| WordId(i.wrapping_mul(2_654_435_761) % words);
        (0..count).map(|i| [word(3 * i), word(3 * i + 1), word(3 * i + 2)]).collect()
    }

    fn asking(inputs: [WordId; 3], right: &[WordId]) -> Question {
        Question { inputs, right: right.into() }
    }

    fn solve(
        vectors: &WordVectors,
        restrict: usize,
        questions: &[[WordId; 3]],
        method: AnalogyMethod,
    ) -> Vec<Option<WordId>> {
        let options = EvalOptions { restrict_vocab: Some(restrict), ..Default::default() };
        let expecting_0: Vec<Question> =
            questions.iter().map(|&inputs| asking(inputs, &[WordId(0)])).collect();
        let lookup = Lookup::new(vectors, &options);
        let answers = best(vectors, &lookup, &expecting_0, method);
        answers.into_iter().map(|answer| answer.row).collect()
    }

    /// The definitions in f64. Random vectors have no ties.
    fn naive(
        vectors: &WordVectors,
        restrict: usize,
        [a, b, c]: [WordId; 3],
        method: AnalogyMethod,
    ) -> u32 {
        let unit = |id: WordId| -> Vec<f64> {
            let x: Vec<f64> = vectors.vector(id).iter().map(|&x| f64::from(x)).collect();
            let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
            x.iter().map(|x| x / length).collect()
        };
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let [ua, ub, uc] = [a, b, c].map(unit);
        let target: Vec<f64> = (0..ua.len()).map(|d| ub[d] - ua[d] + uc[d]).collect();
        let score = |x: &[f64]| match method {
            AnalogyMethod::CosAdd => dot(x, &target),
            AnalogyMethod::CosMul => {
                let [a, b, c] = [&ua, &ub, &uc].map(|y| (dot(x, y) + 1.0) / 2.0);
                b * c / (a + 0.001)
            }
        };
        let candidates = (0..restrict as u32).filter(|&id| ![a.0, b.0, c.0].contains(&id));
        let scored = candidates.map(|id| (score(&unit(WordId(id))), id));
        scored.max_by(|x, y| x.0.total_cmp(&y.0)).unwrap().1
    }

    #[test]
    fn answers_agree_with_plain_loops_over_several_tiles_and_groups() {
        let vectors = random(700, 12, 6);
        for (restrict, count) in [(700, 400), (600, 60), (257, 60), (16, 20), (5, 20)] {
            let questions = questions(count, restrict as u32);
            for method in [AnalogyMethod::CosAdd, AnalogyMethod::CosMul] {
                let got = solve(&vectors, restrict, &questions, method);
                assert_eq!(got.len(), questions.len());
                for (&question, got) in questions.iter().zip(got) {
                    let expected = naive(&vectors, restrict, question, method);
                    assert_eq!(got, Some(WordId(expected)), "{question:?} {method:?}");
                }
            }
        }
    }

    #[test]
    fn one_question_agrees_with_the_query() {
        use crate::vectors::Analogy;
        let vectors = random(500, 12, 7);
        for method in [AnalogyMethod::CosAdd, AnalogyMethod::CosMul] {
            for [a, b, c] in questions(50, 500) {
                let query = Analogy { method, ..Analogy::new(a, b, c) };
                let alone = vectors.answer(&query, 1).unwrap()[0].id;
                assert_eq!(solve(&vectors, 500, &[[a, b, c]], method), [Some(alone)]);
            }
        }
    }

    #[test]
    fn more_words_than_a_group_holds() {
        let vectors = random(3 * WORDS, 4, 8);
        let questions = questions(2 * WORDS as u32, 3 * WORDS as u32);
        let asked: Vec<Question> =
            questions.iter().map(|&inputs| asking(inputs, &[inputs[0]])).collect();
        assert!(Group::first(&asked, WORDS).questions.len() < asked.len());
        let together = solve(&vectors, 3 * WORDS, &questions, AnalogyMethod::CosAdd);
        for (&question, together) in questions.iter().zip(together).step_by(37) {
            let expected = naive(&vectors, 3 * WORDS, question, AnalogyMethod::CosAdd);
            assert_eq!(together, Some(WordId(expected)));
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_answer_even_among_equals() {
        // Every vector stands in the table four times.
        let quarter = random(1000, 3, 9);
        let rows: Vec<f32> =
            (0..4000).flat_map(|id| quarter.vector(WordId(id % 1000)).to_vec()).collect();
        let words: Vec<String> = (0..4000).map(|id| id.to_string()).collect();
        let vocab = crate::vocab::Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let vectors = WordVectors::new(vocab, 3, rows).unwrap();
        let questions = questions(300, 1000);
        let run = |threads| {
            let vectors = vectors.clone().with_threads(Threads::new(threads).unwrap());
            solve(&vectors, 4000, &questions, AnalogyMethod::CosMul)
        };
        let one = run(1);
        // Of equals the first: only a copy of an input, whose first row is excluded, is a second one.
        for (inputs, answer) in questions.iter().zip(&one) {
            let row = answer.unwrap().0;
            assert!(row < 1000 || inputs.contains(&WordId(row - 1000)), "{row}");
        }
        assert_eq!(run(2), one);
        assert_eq!(run(7), one);
    }

    /// Rows 3 to 5 are equally good, in whatever order and by however many threads they are met.
    #[test]
    fn equals_share_the_credit() {
        let words: Vec<String> = (0..1200).map(|id| id.to_string()).collect();
        let vocab = crate::vocab::Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let mut rows = vec![0.0; 2400];
        for (row, values) in [(0, [1.0, 0.0]), (1, [1.0, 0.0]), (2, [0.0, 1.0])] {
            rows[2 * row..2 * row + 2].copy_from_slice(&values);
        }
        for row in [3, 400, 1100] {
            rows[2 * row + 1] = 1.0;
        }
        let vectors = WordVectors::new(vocab, 2, rows).unwrap();
        let lookup = Lookup::new(&vectors, &EvalOptions::default());
        for (expected, credit) in [(3, 1.0 / 3.0), (1100, 1.0 / 3.0), (4, 0.0), (2, 0.0)] {
            let question = asking([0, 1, 2].map(WordId), &[WordId(expected)]);
            for method in [AnalogyMethod::CosAdd, AnalogyMethod::CosMul] {
                let answer = best(&vectors, &lookup, std::slice::from_ref(&question), method)[0];
                assert_eq!((answer.row, answer.tied), (Some(WordId(3)), 3));
                assert_eq!(answer.credit(), credit);
            }
        }
        // Any of several answers is right.
        let question = asking([0, 1, 2].map(WordId), &[3, 4, 400].map(WordId));
        let answer = best(&vectors, &lookup, &[question], AnalogyMethod::CosAdd)[0];
        assert_eq!(answer.credit(), 2.0 / 3.0);
    }

    #[test]
    fn no_row_left_is_no_answer() {
        let vectors = random(10, 3, 10);
        let inputs = [WordId(0), WordId(1), WordId(2)];
        assert_eq!(solve(&vectors, 3, &[inputs], AnalogyMethod::CosAdd), [None]);
        assert_eq!(solve(&vectors, 3, &[], AnalogyMethod::CosAdd), []);
    }
}
