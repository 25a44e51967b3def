//! 5 LEARN (being written)
mod model;
mod skipgram;
pub use model::{Model, Training};
pub use skipgram::SkipGram;
