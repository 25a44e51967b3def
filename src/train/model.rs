//! What training makes: both matrices with everything needed to explain them and to go on.

use super::SkipGram;
use crate::corpus::Tokenizer;
use crate::matrix::Matrix;
use crate::vectors::WordVectors;
use crate::vocab::Vocab;
use serde::{Deserialize, Serialize};

/// A trained model: what `vectors.w2v` holds.
///
/// `Model` is to [`WordVectors`] what gensim's `Word2Vec` is to its `KeyedVectors`.
pub struct Model {
    /// The words and their counts in the corpus, most frequent first.
    pub vocab: Vocab,
    /// How the corpus was cut.
    pub tokenizer: Tokenizer,
    /// V×D: the vectors one asks (`syn0` in word2vec.c).
    pub input: Matrix,
    /// V×D: the vectors of words as the thing predicted (`syn1neg` in word2vec.c).
    pub output: Matrix,
    /// How it was trained.
    pub training: Training,
}

/// The record of a training run, kept in the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The parameters.
    pub parameters: SkipGram,
    /// How pairs were turned into updates: "block" or "pair" ([`super::Engine`]).
    pub engine: String,
    /// How the parameters were kept in training: "f32" or "bf16" ([`super::Storage`]).
    pub storage: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Threads that trained: with 1 the run can be repeated to the byte.
    pub threads: usize,
    /// The arithmetic kernels that ran: "avx512", "avx2", "neon" or "portable".
    pub kernels: String,
    /// Version of this crate.
    pub version: String,
    /// The corpus files as they were named.
    pub corpus: Vec<String>,
    /// XXH3 (64 bits) of the text, after decompression.
    pub corpus_hash: u64,
    /// Tokens of the corpus that are words of the vocabulary, N.
    pub corpus_tokens: u64,
    /// Tokens trained, after sub-sampling, over all epochs.
    pub trained_tokens: u64,
    /// Mean loss per pair in each epoch.
    pub losses: Vec<f64>,
    /// Seconds of the training phase. Not stored, so that the same run makes the same file: 0 in a
    /// record that was read.
    #[serde(skip)]
    pub seconds: f64,
}

impl Model {
    /// The input vectors for queries; the output matrix is dropped.
    pub fn into_vectors(self) -> WordVectors {
        WordVectors::from_matrix(self.vocab, self.input, self.tokenizer)
    }
}
