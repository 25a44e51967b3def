//! Analogies: a is to b as c is to what? *king* is to *queen* as *man* is to …
//!
//! In: three words. Out: the words x with the greatest score, best first. With every vector scaled to
//! length 1 and cos its dot product, the score is
//!
//! * 3CosAdd: cos(x, b − a + c). Mikolov, Yih & Zweig 2013, "Linguistic regularities in continuous
//!   space word representations"; word2vec.c's `word-analogy` and `compute-accuracy`.
//! * 3CosMul: c(x, b) · c(x, c) ÷ (c(x, a) + 0.001), where c = (cos + 1) ÷ 2 lies in 0..=1. Levy &
//!   Goldberg 2014, "Linguistic regularities in sparse and explicit word representations", eq. (4)
//!   and its note on negative cosines. No single large term decides, as it can in a sum.
//!
//! The inputs are left out of the answers by default, as everywhere in the field: the nearest vector
//! to b − a + c is nearly always b or c itself, and `include_input` shows it.
//!
//! Differences from gensim: its `most_similar_cosmul` adds 0.000001 instead of the paper's 0.001.

use super::against::Against;
use super::batch::{Asked, Judge, best_of_each};
use super::neighbors::Query;
use super::{Neighbor, WordVectors};
use crate::error::Result;
use crate::vocab::WordId;

/// ε of 3CosMul: keeps the quotient finite where cos(x, a) = −1.
pub(crate) const EPSILON: f32 = 0.001;

/// The score that an analogy maximises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum AnalogyMethod {
    /// cos(x, b − a + c).
    #[default]
    #[doc(alias = "3CosAdd")]
    CosAdd,
    /// cos(x, b) · cos(x, c) ÷ cos(x, a), each cosine moved to 0..=1.
    #[doc(alias = "3CosMul")]
    #[doc(alias = "most_similar_cosmul")]
    CosMul,
}

/// `a` is to `b` as `c` is to what?
///
/// ```
/// use w2v::{WordId, vectors::{Analogy, AnalogyMethod}};
/// let [king, queen, man] = [WordId(3), WordId(9), WordId(1)];
/// let question = Analogy { method: AnalogyMethod::CosMul, ..Analogy::new(king, queen, man) };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analogy {
    /// *king*
    pub a: WordId,
    /// *queen*
    pub b: WordId,
    /// *man*
    pub c: WordId,
    /// The score to maximise.
    pub method: AnalogyMethod,
    /// Whether a, b and c may be answers; `false` by default.
    pub include_input: bool,
    /// Look among the first (most frequent) so many words only; among all by default.
    #[doc(alias = "restrict_vocab")]
    pub restrict: Option<usize>,
}

impl Analogy {
    /// `a` is to `b` as `c` is to what, by 3CosAdd, without the inputs, among all words.
    pub fn new(a: WordId, b: WordId, c: WordId) -> Self {
        Analogy { a, b, c, method: AnalogyMethod::default(), include_input: false, restrict: None }
    }

    fn inputs(&self) -> [WordId; 3] {
        [self.a, self.b, self.c]
    }

    /// The query whose neighbours 3CosAdd answers with.
    fn as_sum(&self) -> Query {
        let &Analogy { a, b, c, include_input, restrict, .. } = self;
        Query { include_input, restrict, ..Query::sum([b, c], [a]) }
    }

    /// What may be an answer among `len` rows.
    fn asked(&self, len: usize) -> Asked {
        let excluded = if self.include_input { Vec::new() } else { self.inputs().to_vec() };
        Asked { excluded, rows: Query::rows(self.restrict, len) }
    }
}

impl WordVectors {
    /// The at most `top` best answers, best first; [`WordVectors::analogy`] takes words as text. Empty by 3CosAdd where b − a + c is zero.
    ///
    /// # Errors
    /// None for words of this table; the result is of the same type as that of the other verbs.
    ///
    /// # Panics
    /// Where a word's id is not below V.
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors, vectors::Analogy};
    /// // One dimension for royalty, one for each sex.
    /// let vocab = Vocab::new([("man", 9), ("woman", 8), ("king", 7), ("queen", 6), ("crown", 5)]);
    /// let table = vec![0., 1., 0.,  0., 0., 1.,  1., 1., 0.,  1., 0., 1.,  1., 0., 0.];
    /// let vectors = WordVectors::new(vocab, 3, table)?;
    /// let [king, queen, man] = ["king", "queen", "man"].map(|word| vectors.id(word).unwrap());
    /// let answers = vectors.answer(&Analogy::new(king, queen, man), 1)?;
    /// assert_eq!(vectors.vocab().word(answers[0].id), "woman");
    /// # Ok::<(), w2v::Error>(())
    /// ```
    #[doc(alias = "most_similar_cosmul")]
    pub fn answer(&self, question: &Analogy, top: usize) -> Result<Vec<Neighbor>> {
        if question.method == AnalogyMethod::CosAdd {
            return self.neighbors(&question.as_sum(), top);
        }
        let mut units = Vec::with_capacity(3 * self.dim());
        self.append_units(question.inputs(), &mut units);
        let Asked { excluded, rows } = question.asked(self.len());
        Ok(Against::new(self, &units).scan(rows, top, &excluded, cos_mul))
    }

    /// The answers to each of many questions, the same to the bit as [`WordVectors::answer`] finds them. A
    /// row is fetched once for many questions.
    ///
    /// # Errors
    /// As [`WordVectors::answer`].
    ///
    /// # Panics
    /// As [`WordVectors::answer`].
    ///
    /// ```
    /// # use w2v::{Vocab, WordId, WordVectors, vectors::Analogy};
    /// # let vocab = Vocab::new([("man", 9), ("woman", 8), ("king", 7), ("queen", 6), ("crown", 5)]);
    /// # let table = vec![0., 1., 0.,  0., 0., 1.,  1., 1., 0.,  1., 0., 1.,  1., 0., 0.];
    /// # let vectors = WordVectors::new(vocab, 3, table)?;
    /// let [man, woman, king, queen] = [0, 1, 2, 3].map(WordId);
    /// let questions = [Analogy::new(king, queen, man), Analogy::new(man, woman, king)];
    /// let answers = vectors.answer_batch(&questions, 1)?;
    /// assert_eq!([answers[0][0].id, answers[1][0].id], [woman, queen]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn answer_batch(&self, questions: &[Analogy], top: usize) -> Result<Vec<Vec<Neighbor>>> {
        let is_sum = |question: &&Analogy| question.method == AnalogyMethod::CosAdd;
        let sums: Vec<Query> = questions.iter().filter(is_sum).map(Analogy::as_sum).collect();
        let products: Vec<&Analogy> = questions.iter().filter(|q| !is_sum(q)).collect();
        let mut units = Vec::with_capacity(3 * products.len() * self.dim());
        self.append_units(products.iter().flat_map(|question| question.inputs()), &mut units);
        let asked: Vec<Asked> = products.iter().map(|q| q.asked(self.len())).collect();
        let judge = Judge { score: cos_mul, rises: [false, true, true] };
        let mut products = best_of_each(self, &units, &asked, top, &judge).into_iter();
        let mut sums = self.neighbors_batch(&sums, top)?.into_iter();
        let next = |question: &Analogy| match question.method {
            AnalogyMethod::CosAdd => sums.next(),
            AnalogyMethod::CosMul => products.next(),
        };
        Ok(questions.iter().filter_map(next).collect())
    }
}

/// The score of 3CosMul.
fn cos_mul(cosines: [f32; 3]) -> f32 {
    let [a, b, c] = cosines.map(|cosine| (cosine + 1.0) * 0.5);
    b * c / (a + EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;
    use crate::vocab::Vocab;

    #[test]
    fn cos_mul_agrees_with_plain_loops() {
        let vectors = random(200, 8, 3);
        let cosine = |x: WordId, y: WordId| -> f64 {
            let [x, y] = [x, y].map(|id| vectors.vector(id).to_vec().into_iter().map(f64::from));
            let length = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
            let lengths = length(&mut x.clone()) * length(&mut y.clone());
            x.zip(y).map(|(x, y)| x * y).sum::<f64>() / lengths
        };
        for (i, include_input, restrict) in
            [(0, false, None), (1, true, None), (2, false, Some(50))]
        {
            let [a, b, c] = [WordId(i), WordId(i + 40), WordId(i + 90)];
            let shifted = |x, y| (cosine(x, y) + 1.0) / 2.0;
            let mut naive: Vec<(u32, f64)> = (0..restrict.unwrap_or(200) as u32)
                .filter(|&id| include_input || ![a.0, b.0, c.0].contains(&id))
                .map(WordId)
                .map(|x| (x.0, shifted(x, b) * shifted(x, c) / (shifted(x, a) + 0.001)))
                .collect();
            naive.sort_by(|x, y| y.1.total_cmp(&x.1));
            let method = AnalogyMethod::CosMul;
            let question = Analogy { method, include_input, restrict, ..Analogy::new(a, b, c) };
            let found = vectors.answer(&question, 5).unwrap();
            assert_eq!(found.len(), 5);
            for (got, (id, score)) in found.iter().zip(naive) {
                assert_eq!(got.id.0, id);
                assert!((f64::from(got.similarity) / score - 1.0).abs() < 1e-4);
            }
        }
    }

    /// Levy & Goldberg's case for the product. By the sum, `large` wins through one cosine:
    /// cos(x,b) − cos(x,a) + cos(x,c) is .9 − 0 + 0 for `large` and .49 − .1 + .49 = .88 for `both`.
    #[test]
    fn the_two_methods_can_differ() {
        let vocab = Vocab::new(["a", "b", "c", "large", "both"].map(|word| (word, 1)));
        let rest = |x: f32, y: f32, z: f32| [x, y, z, (1.0 - x * x - y * y - z * z).sqrt()];
        let rows = [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            rest(0.0, 0.9, 0.0),
            rest(0.1, 0.49, 0.49),
        ];
        let vectors = WordVectors::new(vocab, 4, rows.concat()).unwrap();
        let question = Analogy::new(WordId(0), WordId(1), WordId(2));
        let add = vectors.answer(&question, 9).unwrap();
        // (b − a + c)/√3 · large = .9/√3
        assert_eq!(add[0].id, WordId(3));
        assert!((add[0].similarity - 0.9 / 3.0_f32.sqrt()).abs() < 1e-6);
        let question = Analogy { method: AnalogyMethod::CosMul, ..question };
        let mul = vectors.answer(&question, 9).unwrap();
        // .745² / .551 = 1.00731 against .95 · .5 / .501 = .94810
        assert_eq!((mul[0].id, mul[1].id), (WordId(4), WordId(3)));
        assert!((mul[0].similarity - 1.007_31).abs() < 1e-5);
        assert!((mul[1].similarity - 0.948_10).abs() < 1e-5);
        assert_eq!(mul.len(), 2);
    }

    #[test]
    fn rows_of_zeros_give_finite_scores() {
        let vocab = Vocab::new(["zero", "a", "b", "c"].map(|word| (word, 1)));
        let table = vec![0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0, f32::NAN];
        let vectors = WordVectors::new(vocab, 2, table).unwrap();
        for method in [AnalogyMethod::CosAdd, AnalogyMethod::CosMul] {
            let question = Analogy::new(WordId(0), WordId(1), WordId(2));
            let question = Analogy { method, include_input: true, ..question };
            let found = vectors.answer(&question, 9).unwrap();
            assert!(found.iter().all(|n| n.similarity.is_finite()), "{found:?}");
        }
    }
}
