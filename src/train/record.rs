//! What a model keeps of its training: of the text, of the run, and of what it began with.

use super::{Hold, Parameters};
use crate::corpus::InvalidUtf8;
use serde::{Deserialize, Serialize};

/// The record of a training run, kept in the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training<P = Parameters> {
    /// The parameters.
    pub parameters: P,
    /// How pairs were turned into updates: "block" or "pair" ([`super::Engine`]), or "glove".
    pub engine: String,
    /// How the parameters were kept in training: "f32" or "bf16" ([`super::Storage`]).
    pub storage: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Threads that trained: with 1 the run can be repeated to the byte.
    pub threads: usize,
    /// The arithmetic kernels that ran: "avx512bf16", "avx512", "avx2", "neon" or
    /// "portable".
    pub kernels: String,
    /// Version of this crate.
    pub version: String,
    /// The files of the corpus, in the order in which they were read.
    pub corpus: Vec<CorpusFile>,
    /// XXH3 (64 bits) of the text, after decompression.
    pub corpus_hash: u64,
    /// Tokens of the corpus that are words of the vocabulary, N.
    pub corpus_tokens: u64,
    /// How the text was read and which of its words were kept; unknown where another program counted.
    pub reading: Option<Reading>,
    /// What training began with, where that was not nothing.
    pub origin: Option<OriginRecord>,
    /// Tokens trained, after sub-sampling, over all epochs; of GloVe cells.
    pub trained_tokens: u64,
    /// Mean loss per pair in each epoch.
    pub losses: Vec<f64>,
    /// Seconds of the training phase. Of a run with one thread it is not stored, so that the same run
    /// makes the same file: 0 in a record that was read.
    pub seconds: f64,
}

/// A file of the corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusFile {
    /// As it was named.
    pub name: String,
    /// Its length in bytes, compressed where it is; unknown of standard input.
    pub bytes: Option<u64>,
}

/// What a training record says of the text: for trainers, which see no files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusRecord {
    /// The files, in the order in which they were read.
    pub files: Vec<CorpusFile>,
    /// XXH3 (64 bits) of the text, after decompression; 0 where it is not known.
    pub hash: u64,
    /// How it was read, where that is known.
    pub reading: Option<Reading>,
}

/// How a text became ids, beside the tokenizer: with it the same text gives the same ids again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Bytes of the text, after decompression.
    pub bytes: u64,
    /// Tokens that the tokenizer found in it.
    pub tokens: u64,
    /// What was done with bytes that are not UTF-8.
    pub invalid_utf8: InvalidUtf8,
    /// Sentences were cut after so many words.
    pub max_sentence: usize,
    /// Words that occur less often were dropped.
    pub min_count: u64,
    /// The most words that were kept.
    pub max_vocab: Option<usize>,
    /// [`Vocab::hash`](crate::vocab::Vocab::hash) of the list of words that could enter, where there was one.
    pub list_hash: Option<u64>,
}

impl<P> Training<P> {
    /// The same record with other parameters.
    pub(crate) fn with<Q>(self, change: impl FnOnce(P) -> Q) -> Training<Q> {
        Training {
            parameters: change(self.parameters),
            engine: self.engine,
            storage: self.storage,
            seed: self.seed,
            threads: self.threads,
            kernels: self.kernels,
            version: self.version,
            corpus: self.corpus,
            corpus_hash: self.corpus_hash,
            corpus_tokens: self.corpus_tokens,
            reading: self.reading,
            origin: self.origin,
            trained_tokens: self.trained_tokens,
            losses: self.losses,
            seconds: self.seconds,
        }
    }
}

/// Where rows came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OriginKind {
    /// A model that goes on, with all its words.
    Model,
    /// Vectors of words that the text has too.
    Vectors,
}

/// What a training record says of the rows that training began with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OriginRecord {
    /// A model or vectors.
    pub kind: OriginKind,
    /// The file as it was named.
    pub file: String,
    /// XXH3 (64 bits) of the file.
    pub hash: u64,
    /// Words that had a row before.
    pub words: u64,
    /// What was done with their rows.
    pub hold: Hold,
}
