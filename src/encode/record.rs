//! What is known of the text that was encoded: files, hash, how it was cut. Stages that see no text take
//! it from the data ([`EncodedCorpus::record`](super::EncodedCorpus::record)) into the training record.

use crate::corpus::{Corpus, Encoding, InvalidUtf8, ReadOptions, Source, Tokenizer};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where the numbers of a run come from, and how the text was cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusRecord {
    /// The files, in the order in which they were read.
    pub files: Vec<CorpusFile>,
    /// XXH3 (64 bits) of the text, after decompression; 0 where it is not known.
    pub hash: u64,
    /// Bytes of the text, after decompression; 0 where they are not known.
    pub bytes: u64,
    /// Tokens that the tokenizer found in it; 0 where they are not known.
    pub tokens: u64,
    /// How a line was cut into tokens.
    pub tokenizer: Tokenizer,
    /// How the text was read, where that is known.
    pub reading: Option<Reading>,
}

/// A file of the corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusFile {
    /// As it was named.
    pub name: String,
    /// Its length in bytes, compressed where it is (the member of an archive is not); unknown of standard
    /// input.
    pub bytes: Option<u64>,
}

/// How a text became ids, beside the tokenizer: with it the same text gives the same ids again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What was done with bytes that are not UTF-8.
    pub invalid_utf8: InvalidUtf8,
    /// The encoding that was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Sentences were cut after so many words.
    pub max_sentence: usize,
    /// Words that occur less often were dropped.
    pub min_count: u64,
    /// The most words that were kept.
    pub max_vocab: Option<usize>,
    /// [`Vocab::hash`](crate::vocab::Vocab::hash) of the list of words that could enter, where there was one.
    #[serde(with = "crate::hex::optional")]
    pub list: Option<u64>,
}

impl Reading {
    /// How the files were read.
    pub fn options(&self) -> ReadOptions {
        ReadOptions { invalid_utf8: self.invalid_utf8, encoding: self.encoding }
    }
}

impl CorpusRecord {
    /// The record of counts that were read from a file: their text is not known.
    pub(crate) fn of_counts(path: &Path, tokenizer: Tokenizer) -> Self {
        CorpusRecord { files: vec![CorpusFile::new(path)], tokenizer, ..Default::default() }
    }

    /// The files of a corpus.
    pub(super) fn files(corpus: &Corpus) -> Vec<CorpusFile> {
        let file = |source: &Source| match source {
            Source::File(path) => CorpusFile::new(path),
            Source::Member(member) => {
                CorpusFile { name: member.path().display().to_string(), bytes: Some(member.size()) }
            }
            Source::Stdin => CorpusFile { name: source.path().display().to_string(), bytes: None },
        };
        corpus.sources().iter().map(file).collect()
    }
}

impl CorpusFile {
    fn new(path: &Path) -> Self {
        let bytes = std::fs::metadata(path).ok().map(|file| file.len());
        CorpusFile { name: path.display().to_string(), bytes }
    }
}
