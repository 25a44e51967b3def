//! `w2v` trains, judges, searches and exports word vectors.
//!
//! (crate page: to be written once the parts stand)
//!
//! Modules stand in the order in which data passes through them.

pub mod corpus;
pub mod encode;
pub mod error;
pub mod eval;
pub mod formats;
pub mod kernels;
pub mod matrix;
mod mmap;
pub mod train;
pub mod vectors;
pub mod vocab;

pub use corpus::{Corpus, Normalization, Segmentation, Tokenizer};
pub use error::{Error, Result};
pub use train::{Model, SkipGram};
pub use vectors::WordVectors;
pub use vocab::{Vocab, VocabLimits, WordId};
