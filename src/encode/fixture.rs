//! For tests of all modules: a text, given as a string, as its vocabulary and ids.

use super::{EncodeOptions, EncodedCorpus, encode};
use crate::corpus::{Corpus, Tokenizer};
use crate::vocab::{Vocab, VocabLimits};

/// A text of which every word counts.
pub(crate) fn encoded(text: &str) -> (Vocab, EncodedCorpus) {
    let limits = VocabLimits { min_count: 1, ..Default::default() };
    encoded_by(text, &limits, &EncodeOptions::default())
}

/// A text read with these limits and options.
pub(crate) fn encoded_by(
    text: &str,
    limits: &VocabLimits,
    options: &EncodeOptions,
) -> (Vocab, EncodedCorpus) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let corpus = Corpus::open(&[file.path()], Default::default()).unwrap();
    encode(&corpus, Tokenizer::default(), limits, options).unwrap()
}
