//! 6 ANSWER: word vectors as one asks them: neighbours, analogies, similarity, the odd one out.
//!
//! [`WordVectors`] is what is left of a model when training is over, or what was read from anybody's
//! vector file: words with a V×D table. It is read-only and can be a view of a memory-mapped file,
//! so that opening 3 GB costs nothing until a query reads it.
//!
//! Similarity is the cosine throughout. The table is kept as it was trained, not normalised: norms
//! are computed once, at the first query that needs them. A row of zeros has no direction; its
//! cosine with anything is defined as 0.

mod analogy;
mod neighbors;
mod odd;
mod suggest;

pub use analogy::AnalogyMethod;
pub use neighbors::{Neighbor, Query};
pub use odd::OddOneOut;

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

    /// The id of `word`, after the same normalisation and lower-casing as the corpus.
    ///
    /// # Errors
    /// [`Error::UnknownWord`] with words that are spelt alike.
    pub fn id(&self, word: &str) -> Result<WordId> {
        let found = self.vocab.id(word);
        found
            .or_else(|| self.vocab.id(&self.tokenizer.rewrite(word)))
            .ok_or_else(|| Error::UnknownWord {
                word: word.to_owned(),
                len: self.len(),
                suggestions: suggest::alike(&self.vocab, word),
            })
    }

    /// The cosine of the vectors of two words, in −1..=1.
    pub fn similarity(&self, a: WordId, b: WordId) -> f32 {
        let norms = self.norms();
        let product = norms[a.index()] * norms[b.index()];
        if product == 0.0 {
            return 0.0;
        }
        (crate::kernels::dot(self.vector(a), self.vector(b)) / product).clamp(-1.0, 1.0)
    }
}

/// The Euclidean length of `vector`. Summed in f64: squares of large floats overflow f32.
pub(crate) fn norm(vector: &[f32]) -> f32 {
    vector
        .iter()
        .map(|&x| f64::from(x) * f64::from(x))
        .sum::<f64>()
        .sqrt() as f32
}
