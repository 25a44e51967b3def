//! 6 ANSWER: word vectors as one asks them: neighbours, analogies, similarity, the odd one out.
//!
//! In: words with a V×D table, from training or from a vector file. Out: words with numbers. Each
//! question has two forms: words as text in and out (`resolve.rs`), and
//! [`WordId`]s, so that a million queries copy no text.
//!
//! | question | verb | source |
//! |---|---|---|
//! | which words are like this one, this vector, this sum of words? | [`WordVectors::most_similar`], [`WordVectors::neighbors`], [`WordVectors::neighbors_batch`] | word2vec.c `distance`, gensim `most_similar` |
//! | a is to b as c is to what? | [`WordVectors::analogy`], [`WordVectors::answer`], [`WordVectors::answer_batch`] | Mikolov et al. 2013; Levy & Goldberg 2014 |
//! | how alike are two words? | [`WordVectors::similarity`], [`WordVectors::cosine`] | |
//! | which of these does not belong? | [`WordVectors::odd_one_out`], [`WordVectors::outliers`] | gensim `doesnt_match` |
//! | which word may come next? | [`WordVectors::predict`] | the last layer of a language model |
//! | which word did they mean? | the message of [`Error::UnknownWord`] | |
//!
//! [`WordVectors`] is read-only and can be a view of a memory-mapped file, so that a table larger than
//! memory can be asked. Search is exact: every row is compared.
//!
//! Similarity is the cosine throughout. The table is kept as it was trained, not normalised. A row
//! without a direction (all zeros, or a number that is not finite) has cosine 0 with everything, so
//! that no query ever answers NaN; gensim divides by zero there.
//!
//! Equal scores are ordered by id, the more frequent word first: neither the number of threads nor a
//! hash function can show in an answer.

mod against;
mod analogy;
mod batch;
mod best;
mod dtype;
mod neighbors;
mod ngrams;
mod odd;
mod one_hot;
mod predict;
mod quantized;
mod resolve;
mod sparse;
mod suggest;
mod table;

pub(crate) use against::{Against, Scratch};
pub(crate) use analogy::EPSILON;
pub use analogy::{Analogy, AnalogyMethod};
pub use best::Neighbor;
pub(crate) use best::ids;
pub use dtype::Dtype;
pub use neighbors::Query;
pub(crate) use ngrams::LONGEST_NGRAM;
pub use ngrams::{NgramIndex, NgramRows, Ngrams, Subwords};
pub use predict::{Prediction, Sampling};
pub(crate) use quantized::{CENTROIDS, EvenParts, Shape, round_to_int8};
pub use quantized::{Quantization, Quantized};
pub use resolve::Resolved;
pub use sparse::SparseTable;
pub(crate) use table::{Doubles, Packed};
pub use table::{RowProducts, RowStore};

use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::mmap::Bytes;
use crate::threads::Threads;
use crate::vocab::{Vocab, WordId};
use ngrams::SharedSubwords;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use table::{Selected, Table};

/// Words and their vectors: V words, a V×D table, row-major, of `f32` or of what a [`RowStore`]
/// makes `f32` of. Cheap to clone.
#[derive(Clone)]
pub struct WordVectors {
    vocab: Arc<Vocab>,
    table: Arc<Table>,
    norms: Arc<OnceLock<Vec<f32>>>,
    tokenizer: Tokenizer,
    /// The table that words are predicted with, where it is known; the same as `table` where tied.
    output: Option<Arc<Table>>,
    subwords: Option<SharedSubwords>,
    /// What stands for a space in the words of a language model's table.
    space: Option<char>,
    threads: Threads,
}

impl fmt::Debug for WordVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WordVectors({} × {})", self.len(), self.dim())
    }
}

impl WordVectors {
    /// Vectors from a dense table: `floats` is V×D, row-major.
    ///
    /// # Errors
    /// [`Error::Parameter`] where `floats` is not V·`dim` long or `dim` is 0.
    pub fn new(vocab: Vocab, dim: usize, floats: Vec<f32>) -> Result<Self> {
        if dim == 0 || Some(floats.len()) != vocab.len().checked_mul(dim) {
            let expected = format!("{} words × dim {dim}, dim at least 1", vocab.len());
            return Err(Error::parameter("table length", floats.len(), expected));
        }
        Ok(Self::from_table(vocab, Table::Owned { dim, floats }, Tokenizer::default()))
    }

    /// Vectors from the rows of a matrix, with the tokenizer that cut the corpus.
    pub(crate) fn from_matrix(vocab: Vocab, matrix: Matrix, tokenizer: Tokenizer) -> Self {
        assert_eq!(vocab.len(), matrix.rows());
        Self::from_table(vocab, Table::Padded(matrix), tokenizer)
    }

    /// Vectors from rows that are kept in another way than as `f32`: see [`RowStore`].
    ///
    /// # Errors
    /// [`Error::Parameter`] where `store` has not a row for each word, or rows of no numbers.
    pub fn from_store(
        vocab: Vocab,
        store: Box<dyn RowStore>,
        tokenizer: Tokenizer,
    ) -> Result<Self> {
        if store.dim() == 0 || store.rows() != vocab.len() {
            let expected = format!("{} words × dim 1 or more", vocab.len());
            let got = format!("{} rows × dim {}", store.rows(), store.dim());
            return Err(Error::parameter("table", got, expected));
        }
        Ok(Self::from_table(vocab, Table::Store(store), tokenizer))
    }

    /// Vectors that stay in a mapped file. `bytes` must hold V·`dim` little-endian floats and start at
    /// a multiple of 4: the caller has checked both.
    pub(crate) fn from_bytes(vocab: Vocab, dim: usize, bytes: Bytes, tokenizer: Tokenizer) -> Self {
        assert_eq!(bytes.len(), 4 * dim * vocab.len());
        assert_eq!(bytes.as_ptr() as usize % 4, 0);
        Self::from_table(vocab, Table::Mapped { dim, bytes }, tokenizer)
    }

    fn from_table(vocab: Vocab, table: Table, tokenizer: Tokenizer) -> Self {
        WordVectors {
            vocab: Arc::new(vocab),
            table: Arc::new(table),
            norms: Arc::default(),
            tokenizer,
            output: None,
            subwords: None,
            space: None,
            threads: Threads::default(),
        }
    }

    /// The same with `output` as the table that words are predicted with: what training calls the
    /// output matrix, and a language model its `lm_head`.
    ///
    /// # Errors
    /// [`Error::Parameter`] where `output` is not V×D.
    pub fn with_output(self, output: &WordVectors) -> Result<Self> {
        if (output.len(), output.dim()) != (self.len(), self.dim()) {
            let expected = format!("{} × {}, as the input table", self.len(), self.dim());
            let got = format!("{} × {}", output.len(), output.dim());
            return Err(Error::parameter("output table", got, expected));
        }
        let output = Some(output.table.clone());
        Ok(WordVectors { output, ..self })
    }

    /// The same with the table itself as the table that words are predicted with, as in many language
    /// models.
    pub fn with_tied_output(self) -> Self {
        let output = Some(self.table.clone());
        WordVectors { output, ..self }
    }

    /// The table that words are predicted with, as vectors of the same words; `None` where it is not
    /// known.
    pub fn output(&self) -> Option<WordVectors> {
        let table = self.output.clone()?;
        let norms = match self.is_tied() {
            true => self.norms.clone(),
            false => Arc::default(),
        };
        Some(WordVectors { table, norms, output: None, subwords: None, ..self.clone() })
    }

    /// Whether the table that words are predicted with is the table of the words.
    pub fn is_tied(&self) -> bool {
        let same = |output: &Arc<Table>| Arc::ptr_eq(output, &self.table);
        self.output.as_ref().is_some_and(same)
    }

    /// The same with vectors for words that are not in the table, see [`WordVectors::vector_of`].
    pub fn with_subwords(self, subwords: Arc<dyn Subwords>) -> Self {
        let subwords = Some(subwords);
        WordVectors { subwords, ..self }
    }

    /// What makes vectors for words that are not in the table.
    pub fn subwords(&self) -> Option<&dyn Subwords> {
        self.subwords.as_deref()
    }

    /// The same for words in which `space` stands for a space: a word is then found with one before it
    /// too.
    pub(crate) fn with_space(self, space: char) -> Self {
        let space = Some(space);
        WordVectors { space, ..self }
    }

    /// The same, searched and evaluated with `threads`; vectors that are made of these have the same.
    pub fn with_threads(self, threads: Threads) -> Self {
        WordVectors { threads, ..self }
    }

    /// The threads that searches and evaluations run on; all cores by default.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// What stands for a space in the words, where something does.
    pub(crate) fn space(&self) -> Option<char> {
        self.space
    }

    /// Number of words, V.
    pub fn len(&self) -> usize {
        self.vocab.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.vocab.is_empty()
    }

    /// Number of dimensions, D.
    pub fn dim(&self) -> usize {
        self.table.dim()
    }

    /// The words and their counts.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// How the corpus was cut, and so how a query should be.
    pub fn tokenizer(&self) -> Tokenizer {
        self.tokenizer
    }

    /// The same with another rule of how a query is cut.
    pub fn with_tokenizer(self, tokenizer: Tokenizer) -> Self {
        WordVectors { tokenizer, ..self }
    }

    /// How the numbers are kept: `f32`, or as the [`RowStore`] says.
    pub fn numbers(&self) -> &'static str {
        self.table.store().map_or("f32", RowStore::numbers)
    }

    /// Bytes of the table, without the words; an output table is not counted.
    pub fn table_bytes(&self) -> u64 {
        let dense = 4 * self.len() as u64 * self.dim() as u64;
        self.table.store().map_or(dense, RowStore::bytes)
    }

    /// Numbers of the table that are not zero, where they are kept as such: `None` for a dense table.
    pub fn nonzeros(&self) -> Option<u64> {
        self.table.store().and_then(RowStore::nonzeros)
    }

    /// The table, where it is a quantised one.
    pub(crate) fn quantized(&self) -> Option<&Quantized> {
        self.table.store().and_then(RowStore::quantized)
    }

    /// The vector of word `id`, D long, as it was trained: lent where the table is `f32`, else made.
    pub fn vector(&self, id: WordId) -> Cow<'_, [f32]> {
        if let Some(row) = self.table.lent(id.index()) {
            return Cow::Borrowed(row);
        }
        let mut row = Vec::new();
        self.table.row(id.index(), &mut row);
        Cow::Owned(row)
    }

    /// The vector of `word`, as [`WordVectors::id`] finds it, or else made of its spelling where this
    /// table has subwords.
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors, vectors::Subwords};
    /// /// As fastText makes them, but for the n-grams.
    /// struct Length;
    /// impl Subwords for Length {
    ///     fn vector_of(&self, word: &str, into: &mut [f32]) -> bool {
    ///         into.fill(word.len() as f32);
    ///         !word.is_empty()
    ///     }
    /// }
    /// let vectors = WordVectors::new(Vocab::new([("queen", 9)]), 2, vec![1.0, 0.5])?;
    /// assert_eq!(vectors.vector_of("queens"), None);
    /// let vectors = vectors.with_subwords(std::sync::Arc::new(Length));
    /// assert_eq!(*vectors.vector_of("queen").unwrap(), [1.0, 0.5]);
    /// assert_eq!(*vectors.vector_of("queens").unwrap(), [6.0, 6.0]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn vector_of(&self, word: &str) -> Option<Cow<'_, [f32]>> {
        if let Some(id) = self.find(word) {
            return Some(self.vector(id));
        }
        let mut vector = vec![0.0; self.dim()];
        let made = self.subwords.as_ref()?.vector_of(word, &mut vector);
        made.then_some(Cow::Owned(vector))
    }

    /// The Euclidean length of every vector, V long; computed at the first call.
    pub fn norms(&self) -> &[f32] {
        self.norms.get_or_init(|| {
            let norm = |scratch: &mut Vec<f32>, row: usize| self.table.norm(row, scratch);
            self.threads.map_with(self.len(), 1024, Vec::new, norm)
        })
    }

    /// Whether the vector of word `id` has no direction, so that its cosine with every word is 0: it is all
    /// zeros (or its length is no number that `f32` holds).
    ///
    /// ```
    /// # use w2v::{Vocab, WordId, WordVectors};
    /// let vectors = WordVectors::new(Vocab::new([("a", 2), ("b", 1)]), 2, vec![0.5, 0.0, 0.0, 0.0])?;
    /// assert_eq!([0, 1].map(|id| vectors.is_zero(WordId(id))), [false, true]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn is_zero(&self, id: WordId) -> bool {
        self.scale(id) == 0.0
    }

    /// 1 ÷ the length of vector `id`, or 0 where it has no direction. Does not start the pass over
    /// the whole table that [`WordVectors::norms`] is: a scan has the row in cache anyway, and one
    /// pass over a mapped file is better than two.
    fn scale(&self, id: WordId) -> f32 {
        self.scale_with(id, &mut Vec::new())
    }

    fn scale_with(&self, id: WordId, scratch: &mut Vec<f32>) -> f32 {
        let cached = self.norms.get().map(|norms| norms[id.index()]);
        inverse(cached.unwrap_or_else(|| self.table.norm(id.index(), scratch)))
    }

    /// Compares rows with `units`, Q×D, see [`Against`].
    pub(crate) fn against<'a>(&'a self, units: &'a [f32]) -> Against<'a> {
        Against::new(self, units)
    }

    /// Appends the rows `ids` to `out` as unit vectors (a row without direction as zeros): a dense
    /// block of `ids`×D for [`crate::kernels::products`].
    pub(crate) fn append_units(&self, ids: impl IntoIterator<Item = WordId>, out: &mut Vec<f32>) {
        self.append_units_with(ids, &mut Vec::new(), out);
    }

    fn append_units_with(
        &self,
        ids: impl IntoIterator<Item = WordId>,
        scratch: &mut Vec<f32>,
        out: &mut Vec<f32>,
    ) {
        let norms = self.norms.get();
        for id in ids {
            let row = self.table.row(id.index(), scratch);
            let norm = norms.map_or_else(|| norm(row), |norms| norms[id.index()]);
            append_scaled(row, inverse(norm), out);
        }
    }

    /// The id of `word`, as it is spelt or else after the same normalisation and lower-casing as the
    /// corpus.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] with words that are spelt alike.
    ///
    /// ```
    /// # let vectors = w2v::WordVectors::new(w2v::Vocab::new([("queen", 9), ("car", 5)]), 1, vec![1.0; 2])?;
    /// assert_eq!(vectors.id("car")?.index(), 1);
    /// let message = vectors.id("quen").unwrap_err().to_string();
    /// assert_eq!(message, "\"quen\" is not among the 2 words; did you mean queen?");
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn id(&self, word: &str) -> Result<WordId> {
        self.find(word).ok_or_else(|| Error::UnknownWord {
            word: word.to_owned(),
            len: self.len(),
            suggestions: suggest::alike(&self.vocab, &self.tokenizer.rewrite(word)),
        })
    }

    /// The id of `word` as [`WordVectors::id`] finds it; `None` without looking for words that are spelt
    /// alike.
    pub fn find(&self, word: &str) -> Option<WordId> {
        let found = self.vocab.id(word).or_else(|| self.vocab.id(&self.tokenizer.rewrite(word)));
        let space = match (found, self.space) {
            (None, Some(space)) => space.to_string(),
            (found, _) => return found,
        };
        let shown = word.replace(' ', &space);
        let before = || self.vocab.id(&format!("{space}{shown}"));
        self.vocab.id(&shown).or_else(before)
    }

    /// The cosine of the vectors of two words, in −1..=1; 0 where one of them has no direction.
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors};
    /// let vocab = Vocab::new([("north", 3), ("east", 2), ("northeast", 1)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.0, 2.0, 5.0, 0.0, 1.0, 1.0])?;
    /// let [north, east, northeast] = ["north", "east", "northeast"].map(|word| vectors.id(word).unwrap());
    /// assert_eq!(vectors.cosine(north, east), 0.0);
    /// assert!((vectors.cosine(north, northeast) - 0.5_f32.sqrt()).abs() < 1e-6);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn cosine(&self, a: WordId, b: WordId) -> f32 {
        let unit = unit(&self.vector(a), self.scale(a));
        cosine(&unit, &self.vector(b), self.scale(b))
    }

    /// The cosine in f64, 0 where a vector has no direction: for scores that rank cosines. In f32 it
    /// would be rounded as the kernels of this machine round, which swaps the ranks of pairs that are
    /// nearly equally alike.
    pub(crate) fn similarity_f64(&self, a: WordId, b: WordId) -> f64 {
        let store = self.table.store();
        let dot = |a: WordId, b: WordId| store.and_then(|s| s.dot(a.index(), b.index()));
        match (dot(a, b), dot(a, a), dot(b, b)) {
            (Some(ab), Some(aa), Some(bb)) => quotient(ab, aa, bb),
            _ => cosine_f64(&self.vector(a), &self.vector(b)),
        }
    }

    /// The words `ids`, in this order, with their vectors and counts: a view, not a copy, except of
    /// the words. An output table and subwords are left behind.
    ///
    /// # Panics
    /// Where an id is not below V.
    ///
    /// ```
    /// # use w2v::{Vocab, WordId, WordVectors};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7)]);
    /// let vectors = WordVectors::new(vocab, 1, vec![0.5, 1.5, 2.5])?;
    /// let pets = vectors.select(&[WordId(2), WordId(0)]);
    /// assert_eq!((pets.vocab().word(WordId(0)), pets.vocab().count(WordId(0))), ("dog", 7));
    /// assert_eq!(*pets.vector(WordId(0)), [2.5]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn select(&self, ids: &[WordId]) -> WordVectors {
        let all = ids.len() == self.len() && (0..).zip(ids).all(|(row, id)| id.index() == row);
        if all {
            return WordVectors { output: None, subwords: None, ..self.clone() };
        }
        let words = ids.iter().map(|&id| (self.vocab.word(id), self.vocab.count(id)));
        let store = Selected { of: self.table.clone(), rows: ids.to_vec() };
        let table = Table::Store(Box::new(store));
        Self::from_table(Vocab::new(words), table, self.tokenizer)
            .with_threads(self.threads.clone())
    }
}

fn cosine_f64(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
        products.sum()
    };
    quotient(dot(a, b), dot(a, a), dot(b, b))
}

/// The cosine of vectors with these products, 0 where it is none.
fn quotient(ab: f64, aa: f64, bb: f64) -> f64 {
    let cosine = ab / (aa * bb).sqrt();
    if cosine.is_finite() { cosine } else { 0.0 }
}

/// The cosine of two vectors of one length, in −1..=1; 0 where one of them has no direction.
///
/// ```
/// assert_eq!(w2v::vectors::cosine_of(&[0.0, 2.0], &[3.0, 0.0]), 0.0);
/// assert_eq!(w2v::vectors::cosine_of(&[0.0, 2.0], &[0.0, -0.5]), -1.0);
/// ```
pub fn cosine_of(a: &[f32], b: &[f32]) -> f32 {
    cosine(&unit(a, inverse(norm(a))), b, inverse(norm(b)))
}

/// The Euclidean length of `vector`, +∞ where f32 cannot hold it, NaN where an element is NaN.
///
/// Squares of floats beyond 1e±19 leave f32, so such a sum is taken again in f64.
pub(crate) fn norm(vector: &[f32]) -> f32 {
    let square = crate::kernels::dot(vector, vector);
    if (1e-30..1e30).contains(&square) {
        return square.sqrt();
    }
    let square: f64 = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    square.sqrt() as f32
}

/// 1 ÷ `norm`, or 0 where a vector of that length has no direction that f32 can hold.
fn inverse(norm: f32) -> f32 {
    if norm.is_normal() { norm.recip() } else { 0.0 }
}

/// `scale` · `vector`; zeros where `scale` is 0, even of a NaN.
fn append_scaled(vector: &[f32], scale: f32, out: &mut Vec<f32>) {
    match scale {
        0.0 => out.resize(out.len() + vector.len(), 0.0),
        _ => out.extend(vector.iter().map(|x| x * scale)),
    }
}

fn unit(vector: &[f32], scale: f32) -> Vec<f32> {
    let mut unit = Vec::with_capacity(vector.len());
    append_scaled(vector, scale, &mut unit);
    unit
}

/// The cosine of a unit vector and a row, whose scale is 1 ÷ its length.
fn cosine(unit: &[f32], row: &[f32], scale: f32) -> f32 {
    match scale {
        0.0 => 0.0,
        _ => (crate::kernels::dot(unit, row) * scale).clamp(-1.0, 1.0),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `len` words named by their ids, with random vectors.
    pub(crate) fn random(len: usize, dim: usize, seed: u64) -> WordVectors {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(seed);
        let words: Vec<String> = (0..len).map(|id| id.to_string()).collect();
        let vocab = Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let table = (0..len * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
        WordVectors::new(vocab, dim, table).unwrap()
    }

    #[test]
    fn lengths_survive_squares_that_leave_f32() {
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert_eq!(norm(&[0.0; 7]), 0.0);
        assert!((norm(&[3e25, 4e25]) / 5e25 - 1.0).abs() < 1e-6);
        assert!((norm(&[3e-25, 4e-25]) / 5e-25 - 1.0).abs() < 1e-6);
        assert!(norm(&[f32::NAN, 1.0]).is_nan());
    }

    #[test]
    fn cosines_in_f64() {
        let odd = [[0.0, 0.0], [f32::INFINITY, 1.0], [f32::NAN, 0.0]];
        assert_eq!(odd.map(|vector| cosine_f64(&vector, &[1.0, 2.0])), [0.0; 3]);
        assert!((cosine_f64(&[1.0, 0.0], &[3.0, 3.0]) - 0.5_f64.sqrt()).abs() < 1e-15);
        let vectors = random(9, 7, 2);
        let (f32, f64) =
            (vectors.cosine(WordId(2), WordId(5)), vectors.similarity_f64(WordId(2), WordId(5)));
        assert!((f64::from(f32) - f64).abs() < 1e-6);
    }

    #[test]
    fn rows_without_direction_have_cosine_zero_and_cached_norms_change_nothing() {
        let rows = vec![1.0, 2.0, 0.0, 0.0, f32::NAN, 1.0, f32::INFINITY, 1.0, 2.0, 1.0];
        let vocab = Vocab::new(["a", "zero", "nan", "inf", "b"].map(|word| (word, 1)));
        let vectors = WordVectors::new(vocab, 2, rows).unwrap();
        let all = || (0..25).map(|i| vectors.cosine(WordId(i / 5), WordId(i % 5)));
        let before: Vec<f32> = all().collect();
        for (i, similarity) in before.iter().enumerate() {
            let expected = match (i / 5, i % 5) {
                (0, 0) | (4, 4) => 1.0,
                (0, 4) | (4, 0) => 0.8,
                _ => 0.0,
            };
            assert!((similarity - expected).abs() < 1e-6, "{i}: {similarity}");
        }
        assert_eq!(vectors.norms().len(), 5);
        assert_eq!(all().collect::<Vec<_>>(), before);
    }

    /// Answers that are lists of neighbours, of every kind of search.
    fn answers(vectors: &WordVectors) -> Vec<Vec<Neighbor>> {
        let queries: Vec<Query> = (0..70).map(|id| Query::word(WordId(id * 3))).collect();
        let mut answers = vectors.neighbors_batch(&queries, 5).unwrap();
        answers.extend(queries.iter().map(|q| vectors.neighbors(q, 5).unwrap()));
        for method in [AnalogyMethod::CosAdd, AnalogyMethod::CosMul] {
            let question = Analogy::new(WordId(1), WordId(30), WordId(200));
            let question = Analogy { method, ..question };
            answers.push(vectors.answer(&question, 5).unwrap());
        }
        let pair = |b| vectors.cosine(WordId(7), WordId(b));
        let as_neighbor = |id| Neighbor { id: WordId(id), similarity: pair(id) };
        answers.push((0..300).map(as_neighbor).collect());
        answers.push(vectors.outliers(&[WordId(1), WordId(2), WordId(3)]).unwrap());
        answers
    }

    /// A table of bf16 answers as one of the same numbers in f32, to the bit.
    #[test]
    fn rows_that_are_made_answer_as_rows_that_are_lent() {
        let random = random(300, 21, 9);
        let bits = |id: usize| random.vector(WordId(id as u32)).into_owned().into_iter();
        let halves: Vec<u16> =
            (0..300).flat_map(bits).map(|x| (x.to_bits() >> 16) as u16).collect();
        let floats = halves.iter().map(|half| f32::from_bits(u32::from(*half) << 16));
        let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        let vocab = || Vocab::new(random.vocab().words().map(|word| (word, 1)));
        let lent = WordVectors::new(vocab(), 21, floats.collect()).unwrap();
        let packed = Packed::new(300, 21, Dtype::Bf16, bytes.into());
        let made = WordVectors::from_store(vocab(), Box::new(packed), lent.tokenizer()).unwrap();
        assert_eq!((made.numbers(), made.table_bytes()), ("bf16", 300 * 21 * 2));
        assert_eq!((lent.numbers(), lent.table_bytes()), ("f32", 300 * 21 * 4));
        let expected = answers(&lent);
        assert_eq!(answers(&made), expected);
        assert_eq!(made.norms(), lent.norms());
        assert_eq!(answers(&made), expected);
    }

    /// Rows that multiply themselves: numbers at three places of a row.
    struct Sparse(Vec<[(usize, f32); 3]>);

    struct SparseProducts<'a>(&'a Sparse, &'a [f32]);

    impl RowStore for Sparse {
        fn rows(&self) -> usize {
            self.0.len()
        }
        fn dim(&self) -> usize {
            500
        }
        fn numbers(&self) -> &'static str {
            "sparse"
        }
        fn bytes(&self) -> u64 {
            0
        }
        fn copy_row(&self, row: usize, into: &mut [f32]) {
            into.fill(0.0);
            self.0[row].iter().for_each(|(column, x)| into[*column] += x);
        }
        fn prepare<'a>(&'a self, queries: &'a [f32]) -> Option<Box<dyn RowProducts + 'a>> {
            Some(Box::new(SparseProducts(self, queries)))
        }
    }

    impl RowProducts for SparseProducts<'_> {
        fn products(&self, rows: std::ops::Range<usize>, out: &mut [f32]) {
            let queries = self.1.chunks_exact(500);
            for (query, out) in queries.zip(out.chunks_exact_mut(rows.len())) {
                for (row, out) in self.0.0[rows.clone()].iter().zip(out) {
                    *out = row.iter().map(|(column, x)| x * query[*column]).sum();
                }
            }
        }
    }

    #[test]
    fn rows_that_multiply_themselves_answer_as_dense_ones() {
        let of = |i: usize| {
            let x = |k: usize| ((i * 7 + k * 3) % 11) as f32 - 4.5;
            [(i % 37, x(1)), (40 + i % 101, x(2)), (200 + i % 7, x(5))]
        };
        let sparse = Sparse((0..2500).map(of).collect());
        let mut floats = vec![0.0; 2500 * 500];
        for (row, into) in floats.chunks_exact_mut(500).enumerate() {
            sparse.copy_row(row, into);
        }
        let words: Vec<String> = (0..2500).map(|id| id.to_string()).collect();
        let vocab = || Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let dense = WordVectors::new(vocab(), 500, floats).unwrap();
        let sparse =
            WordVectors::from_store(vocab(), Box::new(sparse), Tokenizer::default()).unwrap();
        // Products are summed in another order, so that equal scores need not stay equal.
        for (got, expected) in answers(&sparse).iter().zip(answers(&dense)) {
            for (got, expected) in got.iter().zip(expected) {
                assert!((got.similarity - expected.similarity).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn an_output_table_has_the_shape_of_the_input_table() {
        let vectors = random(4, 3, 1);
        assert!(vectors.output().is_none() && !vectors.is_tied());
        let other = vectors.clone().with_output(&random(4, 3, 2)).unwrap();
        assert!(!other.is_tied());
        let output = other.output().unwrap();
        assert_eq!(output.vector(WordId(1)), random(4, 3, 2).vector(WordId(1)));
        assert_eq!(other.vector(WordId(1)), vectors.vector(WordId(1)));
        let tied = vectors.clone().with_tied_output();
        assert!(tied.is_tied() && tied.output().is_some());
        let error = vectors.with_output(&random(4, 2, 2)).err().unwrap();
        let expected = "output table is 4 × 2, expected 4 × 3, as the input table";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_query_is_rewritten_as_the_corpus_was() {
        let mut vectors = WordVectors::new(Vocab::new([("queen", 1)]), 1, vec![1.0]).unwrap();
        assert!(vectors.id("Queen").is_err());
        vectors.tokenizer.lowercase = true;
        assert_eq!(vectors.id("Queen").unwrap(), WordId(0));
    }
}
