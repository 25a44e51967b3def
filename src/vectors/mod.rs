//! 6 ANSWER: word vectors as one asks them: neighbours, analogies, similarity, the odd one out.
//!
//! In: words with a V×D table, out of training or of anybody's vector file. Out: words with numbers,
//! as [`WordId`]s and not as strings, so that a million queries copy no text.
//!
//! | question | verb | source |
//! |---|---|---|
//! | which words are like this one, this vector, this sum of words? | [`WordVectors::neighbors`], [`WordVectors::neighbors_batch`] | word2vec.c `distance`, gensim `most_similar` |
//! | a is to b as c is to what? | [`WordVectors::analogy`] | Mikolov et al. 2013; Levy & Goldberg 2014 |
//! | how alike are two words? | [`WordVectors::similarity`] | |
//! | which of these does not belong? | [`WordVectors::odd_one_out`] | gensim `doesnt_match` |
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

mod analogy;
mod best;
mod neighbors;
mod odd;
mod suggest;

pub(crate) use analogy::EPSILON;
pub use analogy::{Analogy, AnalogyMethod};
pub(crate) use best::ids;
pub use neighbors::{Neighbor, Query};

use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::mmap::Mmap;
use crate::vocab::{Vocab, WordId};
use std::sync::{Arc, OnceLock};

/// Words and their vectors: V words, a V×D table of `f32`, row-major. Cheap to clone.
#[derive(Clone)]
pub struct WordVectors {
    vocab: Arc<Vocab>,
    table: Arc<Table>,
    norms: Arc<OnceLock<Vec<f32>>>,
    tokenizer: Tokenizer,
}

/// V×D floats, dense (no padding), owned or mapped.
enum Table {
    Owned {
        dim: usize,
        floats: Vec<f32>,
    },
    Padded(Matrix),
    /// `bytes` is a range of `map` that holds aligned little-endian floats.
    Mapped {
        dim: usize,
        map: Mmap,
        bytes: std::ops::Range<usize>,
    },
}

impl Table {
    fn row(&self, row: usize) -> &[f32] {
        match self {
            Table::Owned { dim, floats } => &floats[row * dim..(row + 1) * dim],
            Table::Padded(matrix) => matrix.row(row),
            Table::Mapped { dim, map, bytes } => {
                let width = 4 * dim;
                bytemuck::cast_slice(&map[bytes.clone()][row * width..(row + 1) * width])
            }
        }
    }

    fn dim(&self) -> usize {
        match self {
            Table::Owned { dim, .. } | Table::Mapped { dim, .. } => *dim,
            Table::Padded(matrix) => matrix.dim(),
        }
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
        Ok(Self::from_table(
            vocab,
            Table::Owned { dim, floats },
            Tokenizer::default(),
        ))
    }

    /// Vectors from the rows of a matrix, with the tokenizer that cut the corpus.
    pub(crate) fn from_matrix(vocab: Vocab, matrix: Matrix, tokenizer: Tokenizer) -> Self {
        assert_eq!(vocab.len(), matrix.rows());
        Self::from_table(vocab, Table::Padded(matrix), tokenizer)
    }

    /// Vectors that stay in a mapped file. `bytes` must hold V·`dim` little-endian floats, start at a
    /// multiple of 4 and lie inside the map: the caller has checked both.
    pub(crate) fn from_map(
        vocab: Vocab,
        dim: usize,
        map: Mmap,
        bytes: std::ops::Range<usize>,
        tokenizer: Tokenizer,
    ) -> Self {
        assert_eq!(bytes.len(), 4 * dim * vocab.len());
        assert_eq!(map[bytes.clone()].as_ptr() as usize % 4, 0);
        Self::from_table(vocab, Table::Mapped { dim, map, bytes }, tokenizer)
    }

    fn from_table(vocab: Vocab, table: Table, tokenizer: Tokenizer) -> Self {
        WordVectors {
            vocab: Arc::new(vocab),
            table: Arc::new(table),
            norms: Arc::default(),
            tokenizer,
        }
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

    /// The vector of word `id`, D long, as it was trained.
    pub fn vector(&self, id: WordId) -> &[f32] {
        self.table.row(id.index())
    }

    /// The Euclidean length of every vector, V long; computed at the first call, on all cores.
    pub fn norms(&self) -> &[f32] {
        self.norms.get_or_init(|| {
            use rayon::prelude::*;
            (0..self.len())
                .into_par_iter()
                .with_min_len(1024)
                .map(|row| norm(self.table.row(row)))
                .collect()
        })
    }

    /// 1 ÷ the length of vector `id`, or 0 where it has no direction. Does not start the pass over
    /// the whole table that [`WordVectors::norms`] is: a scan has the row in cache anyway, and one
    /// pass over a mapped file is better than two.
    fn scale(&self, id: WordId) -> f32 {
        let cached = self.norms.get().map(|norms| norms[id.index()]);
        inverse(cached.unwrap_or_else(|| norm(self.vector(id))))
    }

    /// Appends the rows `ids` to `out` as unit vectors (a row without direction as zeros): a dense
    /// block of `ids`×D for [`crate::kernels::products`].
    pub(crate) fn append_units(&self, ids: impl IntoIterator<Item = WordId>, out: &mut Vec<f32>) {
        for id in ids {
            append_scaled(self.vector(id), self.scale(id), out);
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
        let rewritten = self.tokenizer.rewrite(word);
        let found = self.vocab.id(word).or_else(|| self.vocab.id(&rewritten));
        found.ok_or_else(|| Error::UnknownWord {
            word: word.to_owned(),
            len: self.len(),
            suggestions: suggest::alike(&self.vocab, &rewritten),
        })
    }

    /// The cosine of the vectors of two words, in −1..=1; 0 where one of them has no direction.
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors};
    /// let vocab = Vocab::new([("north", 3), ("east", 2), ("northeast", 1)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.0, 2.0, 5.0, 0.0, 1.0, 1.0])?;
    /// let [north, east, northeast] = ["north", "east", "northeast"].map(|word| vectors.id(word).unwrap());
    /// assert_eq!(vectors.similarity(north, east), 0.0);
    /// assert!((vectors.similarity(north, northeast) - 0.5_f32.sqrt()).abs() < 1e-6);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn similarity(&self, a: WordId, b: WordId) -> f32 {
        let unit = unit(self.vector(a), self.scale(a));
        cosine(&unit, self.vector(b), self.scale(b))
    }

    /// The cosine in f64, 0 where a vector has no direction: for scores that rank cosines. In f32 it
    /// would be rounded as the kernels of this machine round, which swaps the ranks of pairs that are
    /// nearly equally alike.
    pub(crate) fn similarity_f64(&self, a: WordId, b: WordId) -> f64 {
        cosine_f64(self.vector(a), self.vector(b))
    }
}

fn cosine_f64(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
        products.sum()
    };
    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    if cosine.is_finite() { cosine } else { 0.0 }
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
        let table = (0..len * dim)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
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
        let (f32, f64) = (
            vectors.similarity(WordId(2), WordId(5)),
            vectors.similarity_f64(WordId(2), WordId(5)),
        );
        assert!((f64::from(f32) - f64).abs() < 1e-6);
    }

    #[test]
    fn rows_without_direction_have_cosine_zero_and_cached_norms_change_nothing() {
        let rows = vec![
            1.0,
            2.0,
            0.0,
            0.0,
            f32::NAN,
            1.0,
            f32::INFINITY,
            1.0,
            2.0,
            1.0,
        ];
        let vocab = Vocab::new(["a", "zero", "nan", "inf", "b"].map(|word| (word, 1)));
        let vectors = WordVectors::new(vocab, 2, rows).unwrap();
        let all = || (0..25).map(|i| vectors.similarity(WordId(i / 5), WordId(i % 5)));
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

    #[test]
    fn a_query_is_rewritten_as_the_corpus_was() {
        let mut vectors = WordVectors::new(Vocab::new([("queen", 1)]), 1, vec![1.0]).unwrap();
        assert!(vectors.id("Queen").is_err());
        vectors.tokenizer.lowercase = true;
        assert_eq!(vectors.id("Queen").unwrap(), WordId(0));
    }
}
