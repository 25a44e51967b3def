//! 1 READ (being written)
mod tokenize;
pub use tokenize::{Normalization, Segmentation, Tokenizer};
