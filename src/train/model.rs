//! What training makes: both matrices with everything needed to explain them and to go on.

use super::{Combine, Glove, OriginRecord, SkipGram};
use crate::cooccur::Counting;
use crate::corpus::{InvalidUtf8, Tokenizer};
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
    /// V×D: the vectors one asks (`syn0` in word2vec.c); of GloVe the word vectors.
    pub input: Matrix,
    /// V×D: the vectors of words as the thing predicted (`syn1neg` in word2vec.c); of GloVe the
    /// context vectors.
    pub output: Matrix,
    /// Of GloVe: one number a word and one a context.
    pub biases: Option<Biases>,
    /// How it was trained.
    pub training: Training,
}

/// GloVe's biases, V of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Biases {
    /// Of words.
    pub word: Vec<f32>,
    /// Of contexts.
    pub context: Vec<f32>,
}

/// What was trained, and with which parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)] // `engine` beside it says which
pub enum Parameters {
    /// Skip-gram with negative sampling.
    SkipGram(SkipGram),
    /// GloVe.
    Glove(GloveParameters),
}

/// GloVe, and how what it was trained on was counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GloveParameters {
    /// Of the training.
    pub glove: Glove,
    /// Of the counting; unknown where another program counted.
    pub counting: Option<Counting>,
}

impl Parameters {
    /// Passes over the corpus or the table.
    pub fn epochs(&self) -> u32 {
        match self {
            Parameters::SkipGram(p) => p.epochs,
            Parameters::Glove(p) => p.glove.epochs,
        }
    }
}

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
    /// [`Vocab::hash`] of the list of words that could enter, where there was one.
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

/// Words of which [`Glove::unk`] is the mean.
const RARE: usize = 100;

impl Model {
    /// The vectors for queries: of skip-gram the input vectors, of GloVe what [`Glove::combine`] says.
    pub fn into_vectors(self) -> WordVectors {
        match &self.training.parameters {
            Parameters::SkipGram(_) => {
                WordVectors::from_matrix(self.vocab, self.input, self.tokenizer)
            }
            Parameters::Glove(p) => {
                let (combine, unk) = (p.glove.combine, p.glove.unk);
                self.combined(combine, unk)
            }
        }
    }

    /// Vectors made of both matrices, with a last row `<unk>` where it is wanted and not yet there:
    /// the mean of the 100 rarest words, as `glove` writes it.
    pub fn combined(self, combine: Combine, unk: bool) -> WordVectors {
        let mut vocab = self.vocab;
        let (words, dim) = (vocab.len(), self.input.dim());
        let unk = unk && words > 0 && vocab.id(UNK).is_none();
        let width = if combine == Combine::Concat { 2 * dim } else { dim };
        let mut matrix = Matrix::zeros(words + usize::from(unk), width);
        for row in 0..words {
            let (word, context) = (self.input.row(row), self.output.row(row));
            let into = matrix.row_mut(row);
            match combine {
                Combine::Word => into.copy_from_slice(word),
                Combine::Context => into.copy_from_slice(context),
                Combine::Sum => {
                    for (sum, (w, c)) in into.iter_mut().zip(word.iter().zip(context)) {
                        *sum = w + c;
                    }
                }
                Combine::Concat => {
                    into[..dim].copy_from_slice(word);
                    into[dim..].copy_from_slice(context);
                }
            }
        }
        if unk {
            let rare = words.saturating_sub(RARE)..words;
            let mut mean = vec![0.0f64; width];
            for row in rare.clone() {
                let row = matrix.row(row);
                mean.iter_mut().zip(row).for_each(|(m, &x)| *m += f64::from(x) / rare.len() as f64);
            }
            let into = matrix.row_mut(words);
            into.iter_mut().zip(&mean).for_each(|(x, &m)| *x = m as f32);
            vocab.push(UNK, 0);
        }
        WordVectors::from_matrix(vocab, matrix, self.tokenizer)
    }
}

/// The name of the row for words that have none.
const UNK: &str = "<unk>";
