//! Nearest neighbours: the words whose vectors point most nearly where a query points.
//!
//! In: a [`Query`] (a word, a vector, or words added and subtracted). Out: [`Neighbor`]s, best first.
//! The scan is exact and goes over every row once, on all threads; it is bound by memory, which is why
//! many queries at once ([`WordVectors::neighbors_batch`]) cost little more than one: a tile of rows
//! is multiplied with a tile of queries while both are in cache.
//!
//! Words are scaled to length 1 before they are added, as in gensim's `most_similar` and word2vec.c's
//! `distance`: otherwise a long vector would outvote the others.
//!
//! Differences from gensim: a query that sums to zero has no neighbours, where gensim answers with
//! NaNs; `restrict` may leave input words outside the candidates; equal scores are ordered by id.

use super::against::Against;
use super::batch::{Asked, Judge, best_of_each};
use super::best::Neighbor;
use super::{WordVectors, inverse, norm, unit};
use crate::error::{Error, Result};
use crate::vocab::WordId;

/// What to look for: Σ `positive` − Σ `negative` + `vector` + Σ `others`, each scaled to length 1 first.
///
/// ```
/// use w2v::WordId;
/// use w2v::vectors::Query;
/// let like_a_word = Query::word(WordId(7));
/// let among_frequent_words = Query { restrict: Some(30_000), ..Query::word(WordId(7)) };
/// let king_minus_man_plus_woman = Query::sum([WordId(7), WordId(2)], [WordId(5)]);
/// let anything = Query::vector(vec![0.5, -1.0, 0.25]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Words to add.
    pub positive: Vec<WordId>,
    /// Words to subtract.
    pub negative: Vec<WordId>,
    /// A vector to add, D long.
    pub vector: Option<Vec<f32>>,
    /// More vectors to add, each D long: those of words that are not in the table.
    pub others: Vec<Vec<f32>>,
    /// Whether the words of the query may be among the answers; `false` by default.
    pub include_input: bool,
    /// Look among the first (most frequent) so many words only; among all by default.
    #[doc(alias = "restrict_vocab")]
    pub restrict: Option<usize>,
}

impl Query {
    /// The neighbours of a word.
    pub fn word(word: WordId) -> Self {
        Self::sum([word], [])
    }

    /// The neighbours of Σ `positive` − Σ `negative`.
    pub fn sum(
        positive: impl IntoIterator<Item = WordId>,
        negative: impl IntoIterator<Item = WordId>,
    ) -> Self {
        Query {
            positive: positive.into_iter().collect(),
            negative: negative.into_iter().collect(),
            ..Query::default()
        }
    }

    /// The neighbours of any vector, D long.
    pub fn vector(vector: Vec<f32>) -> Self {
        Query { vector: Some(vector), ..Query::default() }
    }

    /// The words that may not be an answer.
    fn excluded(&self) -> Vec<WordId> {
        match self.include_input {
            true => Vec::new(),
            false => [self.positive.as_slice(), &self.negative].concat(),
        }
    }

    /// Number of rows to look at.
    pub(super) fn rows(restrict: Option<usize>, len: usize) -> usize {
        restrict.map_or(len, |first| first.min(len))
    }
}

impl WordVectors {
    /// The at most `top` words nearest to `query` by cosine, best first. Empty where the query has no
    /// direction (a row of zeros, or words that cancel out).
    ///
    /// # Errors
    /// [`Error::Query`] for a query of nothing or with a vector that is not D finite numbers.
    ///
    /// # Panics
    /// Where a word's id is not below V.
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors, vectors::Query};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7), ("bus", 6)]);
    /// let table = vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2, 0.9];
    /// let vectors = WordVectors::new(vocab, 2, table)?;
    /// let nearest = vectors.neighbors(&Query::word(vectors.id("cat")?), 2)?;
    /// assert_eq!(vectors.vocab().word(nearest[0].id), "dog");
    /// # Ok::<(), w2v::Error>(())
    /// ```
    #[doc(alias = "distance")]
    pub fn neighbors(&self, query: &Query, top: usize) -> Result<Vec<Neighbor>> {
        let Some(unit) = self.direction(query)? else {
            return Ok(Vec::new());
        };
        let rows = Query::rows(query.restrict, self.len());
        let against = Against::new(self, &unit);
        Ok(against.scan(rows, top, &query.excluded(), |[cosine]: [f32; 1]| cosine))
    }

    /// The neighbours of each of many queries, the same to the bit as [`WordVectors::neighbors`] finds
    /// them. A row is fetched once for many queries; `benches/queries.rs` times both ways.
    ///
    /// # Errors
    /// As [`WordVectors::neighbors`], for the first query that has one; nothing is searched then.
    ///
    /// ```
    /// use w2v::{Vocab, WordId, WordVectors, vectors::Query};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2])?;
    /// let queries: Vec<Query> = (0..3).map(|id| Query::word(WordId(id))).collect();
    /// let nearest = vectors.neighbors_batch(&queries, 1)?;
    /// let nearest: Vec<u32> = nearest.iter().map(|neighbors| neighbors[0].id.0).collect();
    /// assert_eq!(nearest, [2, 2, 0]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn neighbors_batch(&self, queries: &[Query], top: usize) -> Result<Vec<Vec<Neighbor>>> {
        let mut directions = Vec::with_capacity(queries.len());
        for query in queries {
            directions.push(self.direction(query)?);
        }
        let mut units = Vec::with_capacity(queries.len() * self.dim());
        let mut asked = Vec::with_capacity(queries.len());
        for (query, unit) in queries.iter().zip(&directions) {
            if let Some(unit) = unit {
                units.extend_from_slice(unit);
                let rows = Query::rows(query.restrict, self.len());
                asked.push(Asked { excluded: query.excluded(), rows });
            }
        }
        let judge = Judge { score: |[cosine]: [f32; 1]| cosine, rises: [true] };
        let mut found = best_of_each(self, &units, &asked, top, &judge).into_iter();
        let answer = |unit: Option<_>| unit.and_then(|_| found.next()).unwrap_or_default();
        Ok(directions.into_iter().map(answer).collect())
    }

    /// The unit vector of a query; `None` where it has no direction.
    fn direction(&self, query: &Query) -> Result<Option<Vec<f32>>> {
        let words = query.positive.len() + query.negative.len();
        if words + query.others.len() == 0 && query.vector.is_none() {
            return Err(Error::query("a query needs at least one word or a vector"));
        }
        let mut sum = vec![0.0; self.dim()];
        let mut add = |vector: &[f32], scale: f32| {
            if scale != 0.0 {
                sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += scale * x);
            }
        };
        for &id in &query.positive {
            add(&self.vector(id), self.scale(id));
        }
        for &id in &query.negative {
            add(&self.vector(id), -self.scale(id));
        }
        for vector in query.vector.iter().chain(&query.others) {
            if vector.len() != self.dim() || !vector.iter().all(|x| x.is_finite()) {
                let (got, dim) = (vector.len(), self.dim());
                let finite = vector.iter().filter(|x| x.is_finite()).count();
                return Err(Error::query(format!(
                    "the query vector has {got} numbers, {finite} of them finite; expected {dim} finite numbers"
                )));
            }
            add(vector, inverse(norm(vector)));
        }
        let scale = inverse(norm(&sum));
        Ok((scale != 0.0).then(|| unit(&sum, scale)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::Threads;
    use crate::vectors::tests::random;

    /// The same by loops in f64 and a sort.
    fn naive(vectors: &WordVectors, query: &Query) -> Vec<(u32, f64)> {
        let length = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let unit = |x: &[f32]| -> Vec<f64> {
            let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            let length = length(&x);
            x.iter().map(|x| if length > 0.0 { x / length } else { 0.0 }).collect()
        };
        let mut sum = vec![0.0; vectors.dim()];
        let signed = query.positive.iter().map(|id| (1.0, vectors.vector(*id)));
        let signed = signed.chain(query.negative.iter().map(|id| (-1.0, vectors.vector(*id))));
        for (sign, vector) in signed.chain(query.vector.iter().map(|v| (1.0, v.into()))) {
            for (sum, x) in sum.iter_mut().zip(unit(&vector)) {
                *sum += sign * x;
            }
        }
        let norm = length(&sum);
        let mut all: Vec<(u32, f64)> = (0..query.restrict.unwrap_or(vectors.len()) as u32)
            .filter(|&id| {
                let input = query.positive.iter().chain(&query.negative);
                query.include_input || input.clone().all(|word| word.0 != id)
            })
            .map(|id| {
                let row = unit(&vectors.vector(WordId(id)));
                (id, row.iter().zip(&sum).map(|(x, y)| x * y / norm).sum())
            })
            .collect();
        all.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        all
    }

    fn queries() -> Vec<Query> {
        let mut queries: Vec<Query> = (0..150).map(|id| Query::word(WordId(id * 2))).collect();
        queries.push(Query::sum([WordId(1), WordId(2)], [WordId(3)]));
        queries.push(Query { include_input: true, ..queries[150].clone() });
        queries.push(Query { restrict: Some(131), ..queries[150].clone() });
        queries.push(Query { vector: Some(vec![0.3; 19]), ..queries[2].clone() });
        queries.push(Query::vector((0..19).map(|x| x as f32 - 9.0).collect()));
        queries
    }

    #[test]
    fn neighbours_agree_with_plain_loops_one_by_one_and_in_tiles() {
        let vectors = random(300, 19, 1);
        let queries = queries();
        let batch = vectors.neighbors_batch(&queries, 10).unwrap();
        assert_eq!(batch.len(), queries.len());
        for (query, in_batch) in queries.iter().zip(batch) {
            let naive = naive(&vectors, query);
            let alone = vectors.neighbors(query, 10).unwrap();
            for found in [alone, in_batch] {
                assert_eq!(found.len(), 10);
                for (got, (id, similarity)) in found.iter().zip(&naive) {
                    assert_eq!(got.id.0, *id, "{query:?}");
                    assert!((f64::from(got.similarity) - similarity).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let vectors = random(3000, 19, 2);
        let run = |threads| {
            let vectors = vectors.clone().with_threads(Threads::new(threads).unwrap());
            let queries = queries();
            let batch = vectors.neighbors_batch(&queries, 7).unwrap();
            let alone = queries.iter().map(|query| vectors.neighbors(query, 7).unwrap());
            (batch, alone.collect::<Vec<_>>())
        };
        let one = run(1);
        assert_eq!(run(2), one);
        assert_eq!(run(5), one);
    }

    #[test]
    fn equal_vectors_are_ordered_by_id() {
        let words: Vec<String> = (0..3000).map(|id| id.to_string()).collect();
        let vocab = crate::vocab::Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let vectors = WordVectors::new(vocab, 2, [0.6, 0.8].repeat(3000)).unwrap();
        let query = Query::word(WordId(1));
        let batch = vectors.neighbors_batch(std::slice::from_ref(&query), 3).unwrap();
        for found in [vectors.neighbors(&query, 3).unwrap(), batch.into_iter().next().unwrap()] {
            assert_eq!(found.iter().map(|n| n.id.0).collect::<Vec<_>>(), [0, 2, 3]);
        }
    }

    #[test]
    fn a_query_without_direction_has_no_neighbours_and_a_wrong_one_is_an_error() {
        let vocab = crate::vocab::Vocab::new([("zero", 1), ("nan", 1), ("a", 1), ("b", 1)]);
        let table = vec![0.0, 0.0, f32::NAN, 1.0, 1.0, 0.0, -1.0, 0.5];
        let vectors = WordVectors::new(vocab, 2, table).unwrap();
        let [zero, nan, a, b] = [0, 1, 2, 3].map(WordId);
        let nothing = [
            Query::word(zero),
            Query::word(nan),
            Query::sum([a], [a]),
            Query::vector(vec![0.0; 2]),
        ];
        for query in &nothing {
            assert_eq!(vectors.neighbors(query, 9).unwrap(), []);
        }
        assert_eq!(vectors.neighbors_batch(&nothing, 9).unwrap(), vec![vec![]; 4]);

        // Rows without direction are 0, above those that point away.
        let found = vectors.neighbors(&Query::word(a), 9).unwrap();
        assert_eq!(found.iter().map(|n| n.id).collect::<Vec<_>>(), [zero, nan, b]);
        assert_eq!((found[0].similarity, found[1].similarity), (0.0, 0.0));
        assert_eq!(vectors.neighbors_batch(&[Query::word(a)], 9).unwrap(), [found]);

        let message = |query| vectors.neighbors(&query, 1).unwrap_err().to_string();
        assert_eq!(message(Query::default()), "a query needs at least one word or a vector");
        assert_eq!(
            message(Query::vector(vec![1.0, f32::NAN, 1.0])),
            "the query vector has 3 numbers, 2 of them finite; expected 2 finite numbers"
        );
        assert!(vectors.neighbors_batch(&[Query::default()], 1).is_err());
        assert_eq!(vectors.neighbors_batch(&[], 1).unwrap(), Vec::<Vec<Neighbor>>::new());
    }
}
