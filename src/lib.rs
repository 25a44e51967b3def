//! `w2v` trains, judges, searches and exports word vectors.
//!
//! A word vector is a row of a table: text is cut into tokens, a token has an index, and the index
//! picks a row. (As arithmetic: a one-hot vector, V long with a single 1, times the V×D matrix.) One-hot
//! vectors are all equally far apart; training moves rows so that words used alike come to lie near
//! each other. This crate is the whole way from text to that table and to answers from it, and its
//! modules stand in the order in which data passes through them:
//!
//! 1. **Read** ([`corpus`]): files, folders or standard input, plain or compressed, become tokens.
//! 2. **Count** ([`vocab`]): tokens become V words, numbered by frequency.
//! 3. **Encode** ([`encode`]): the corpus becomes N ids of 4 bytes; no later stage sees text.
//!    Before that, [`doctor`] says what is wrong with a text and what helps.
//! 4. **Pairs** ([`cooccur`]): co-occurrence counts, for GloVe and the baselines.
//! 5. **Learn** ([`mod@train`]): skip-gram with negative sampling, or GloVe, makes a [`Model`], two V×D
//!    matrices. Training starts from random weights, from a model, or from pretrained vectors
//!    ([`train::Origin`]).
//! 6. **Answer** ([`vectors`]): neighbours, analogies, similarity, the odd one out, and what may come
//!    next. The table may be `f32`, 16 or 8 bits a number, or anything that makes rows.
//! 7. **Exchange** ([`formats`]) and **judge** ([`eval`]): vector files of the field, read and written,
//!    and the tables of language models; analogies, word similarity, concept categorisation, outlier
//!    detection, and untrained baselines.
//! 8. **Plan** ([`plan`]): what a run will take, before it is begun: words, memory, disk, time.
//!
//! Under them lie kernels (arithmetic for each instruction set, [`Isa`]), matrices that threads share
//! ([`Matrix`] is what a model is made of) and [`error`].
//!
//! ```
//! use w2v::{SkipGram, WordVectors};
//! # fn main() -> w2v::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("text.txt");
//! # std::fs::write(&path, "the king rules\nthe queen rules\nthe car drives\n".repeat(50)).unwrap();
//! # let file = folder.path().join("vectors.w2v");
//! let model = w2v::train(path, SkipGram { dim: 16, epochs: 3, ..Default::default() })?;
//! model.save(&file)?;
//! let vectors = WordVectors::open(&file)?;
//! let near = vectors.most_similar("king", 2)?;
//! assert_eq!(near.len(), 2);
//! # Ok(()) }
//! ```
//!
//! That is a whole run with the defaults of everything else. [`session::Run`] is the same with all of its
//! parts as a value (which words are kept, what it begins with, what it keeps, threads and memory), and the
//! modules above are the calls that it makes.
//!
//! The library never prints, exits or reads the environment: what a caller may want to show comes as
//! [`session::Event`]s or [`train::Event`]s, whose callback answers whether to go on.

pub mod cooccur;
pub mod corpus;
pub mod doctor;
pub mod encode;
pub mod error;
pub mod eval;
pub mod formats;
mod hex;
// `pub` is what `bench` may show; without that feature it shows nothing.
#[allow(unreachable_pub, missing_debug_implementations)]
mod kernels;
#[cfg(feature = "machine")]
pub mod machine;
mod matrix;
mod mmap;
pub mod plan;
pub mod report;
pub mod session;
mod shown;
mod threads;
pub mod train;
pub mod vectors;
pub mod vocab;

pub use corpus::{Corpus, Normalization, Segmentation, Tokenizer};
pub use error::{Error, Result};
pub use kernels::Isa;
pub use matrix::Matrix;
pub use threads::Threads;
pub use train::{Glove, Model, SkipGram};
pub use vectors::WordVectors;
pub use vocab::{Vocab, VocabLimits, WordId};

/// The arithmetic kernels, for this package's own benchmarks.
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench {
    pub use crate::kernels::{BlockStep, Fours, Kernels, Span, band_groups, scalar};
}

use std::path::Path;

/// Trains on the text of a file or folder: all cores, and the defaults of everything that `objective` does not say.
///
/// ```
/// use w2v::{SkipGram, WordVectors};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("vectors.w2v");
/// let model = w2v::train("data/corpus.txt", SkipGram { dim: 50, epochs: 1, ..Default::default() })?;
/// model.save(&path)?;
/// for (word, cosine) in WordVectors::open(&path)?.most_similar("king", 3)? {
///     assert!(word != "king" && cosine > 0.0);
/// }
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`session::Run::train`].
pub fn train(text: impl AsRef<Path>, objective: impl Into<train::Parameters>) -> Result<Model> {
    Ok(session::Run::new(session::Text::new(text), objective).train()?.model)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
