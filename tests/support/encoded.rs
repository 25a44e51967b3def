//! A text, given as a string, as its vocabulary and ids.

use w2v::encode::{EncodedCorpus, encode};
use w2v::{Corpus, Vocab, VocabLimits};

/// A text of which every word counts.
pub(crate) fn encoded(text: &str) -> (Vocab, EncodedCorpus) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let corpus = Corpus::open(&[file.path()], Default::default()).unwrap();
    let limits = VocabLimits { min_count: 1, ..Default::default() };
    encode(&corpus, Default::default(), &limits, &Default::default()).unwrap()
}
