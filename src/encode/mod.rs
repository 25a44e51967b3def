//! 3 ENCODE: the corpus as numbers, once, so that no later stage sees text.
//!
//! In: a [`Corpus`] and a [`Tokenizer`]. Out: the [`Vocab`] and an [`EncodedCorpus`]: four bytes a
//! token, in the order of the text, the last token of each sentence marked. It lies in memory, or,
//! where it is larger than `max_memory`, in a memory-mapped temporary file without a name (which
//! vanishes with the process, however that ends).
//!
//! The text is read once. Worker threads cut blocks into tokens and number them provisionally, each
//! with a table of its own; the tables are merged into the vocabulary, and the provisional ids are
//! rewritten in place. The result does not depend on the number of threads.
//!
//! Sentences longer than `max_sentence` are cut there, and nothing is lost by the cut (word2vec.c
//! cuts after 1000 words that survived sub-sampling; gensim drops what is behind 10,000).

mod build;
mod cut;
#[cfg(test)]
pub(crate) mod fixture;
mod record;
mod sentence;
mod store;

pub(crate) use build::{EncodeBytes, TextSize, cut, no_text, spawn};
pub use build::{EncodeOptions, EncodeProgress, encode, encode_with};
pub(crate) use cut::cut_line;
pub use record::{CorpusFile, CorpusRecord, Reading};

use crate::vocab::Dropped;
use std::fmt;
use std::ops::Range;
use store::Ids;

#[cfg(doc)]
use crate::{
    corpus::{Corpus, Tokenizer},
    vocab::Vocab,
};

/// Marks the last token of a sentence; the other 31 bits are the word's id.
pub(crate) const END: u32 = 1 << 31;

/// A corpus as word ids, N tokens of 4 bytes, with the ends of sentences.
pub struct EncodedCorpus {
    ids: Ids,
    statistics: CorpusStatistics,
    record: CorpusRecord,
}

impl fmt::Debug for EncodedCorpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedCorpus({} tokens)", self.len())
    }
}

/// What was read, and where every token went: `tokens == encoded + dropped.total()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusStatistics {
    /// Bytes of text, after decompression.
    pub bytes: u64,
    /// Line ends.
    pub lines: u64,
    /// Tokens that the tokenizer found.
    pub tokens: u64,
    /// Distinct words among them.
    pub types: u64,
    /// Tokens in the encoded corpus, N.
    pub encoded: u64,
    /// Sentences in the encoded corpus, after cutting long ones.
    pub sentences: u64,
    /// Tokens that are not in the encoded corpus.
    pub dropped: Dropped,
    /// Invalid UTF-8 sequences that were replaced or left out.
    pub invalid_utf8: u64,
    /// Control characters that were read as spaces.
    pub control_characters: u64,
    /// Emoji that the tokenizer left out, as it does tokens without letters or digits.
    pub dropped_emoji: u64,
    /// XXH3 (64 bits) of the text, after decompression.
    pub hash: u64,
}

impl EncodedCorpus {
    /// A corpus of these ids, in which the ends of sentences are marked, as if it had been read: for
    /// trying out what a corpus like it would take.
    pub(crate) fn from_ids(mut ids: Vec<u32>) -> Self {
        if let Some(last) = ids.last_mut() {
            *last |= END;
        }
        let sentences = ids.iter().filter(|id| **id & END != 0).count() as u64;
        let statistics = CorpusStatistics {
            tokens: ids.len() as u64,
            encoded: ids.len() as u64,
            sentences,
            ..Default::default()
        };
        EncodedCorpus { ids: Ids::Memory(ids), statistics, record: CorpusRecord::default() }
    }

    /// What was read and what was dropped.
    pub fn statistics(&self) -> &CorpusStatistics {
        &self.statistics
    }

    /// Which text it was and how it was cut, for the training record.
    pub fn record(&self) -> &CorpusRecord {
        &self.record
    }

    /// Number of tokens, N.
    pub fn len(&self) -> usize {
        self.ids.as_slice().len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the ids lie in a temporary file and not in memory.
    pub fn is_on_disk(&self) -> bool {
        self.ids.is_on_disk()
    }

    /// How often each of the first `words` ids occurs: the counts of this text alone, where those of
    /// the vocabulary are of more than this text.
    pub fn counts(&self, words: usize) -> Vec<u64> {
        let mut counts = vec![0; words];
        for id in self.ids.as_slice() {
            counts[(id & !END) as usize] += 1;
        }
        counts
    }

    /// All ids, those that end a sentence with the mark [`END`].
    pub(crate) fn marked_ids(&self) -> &[u32] {
        self.ids.as_slice()
    }

    /// XXH3 (64 bits) of all ids with the ends of sentences: of the same text, cut into sentences in
    /// the same way, with the same vocabulary.
    pub(crate) fn ids_hash(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(bytemuck::cast_slice(self.marked_ids()))
    }

    /// The sentences whose tokens are `range`, which begins and ends between two sentences.
    pub fn sentences(&self, range: Range<usize>) -> impl Iterator<Item = Sentence<'_>> {
        let mut rest = &self.ids.as_slice()[range];
        std::iter::from_fn(move || {
            let end = rest.iter().position(|id| id & END != 0)? + 1;
            let (sentence, tail) = rest.split_at(end);
            rest = tail;
            Some(Sentence(sentence))
        })
    }

    /// Cuts the corpus between sentences into `parts` ranges of about equal length, some of which may
    /// be empty. Together they are the corpus, each token once.
    pub fn split(&self, parts: usize) -> Vec<Range<usize>> {
        let ids = self.ids.as_slice();
        let mut start = 0;
        let ranges = (1..=parts).map(|part| {
            let wanted = (ids.len() as u128 * part as u128 / parts as u128) as usize;
            let end = match wanted.max(start) {
                0 => 0,
                // The token before the cut must end its sentence.
                at => match ids[at - 1..].iter().position(|id| id & END != 0) {
                    Some(more) => at + more,
                    None => ids.len(),
                },
            };
            let range = start..end;
            start = end;
            range
        });
        ranges.collect()
    }
}

/// The ids of one sentence, 1 to `max_sentence` of them.
#[derive(Clone, Copy)]
pub struct Sentence<'a>(&'a [u32]);

impl fmt::Debug for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl Sentence<'_> {
    /// The word ids in order.
    #[inline]
    pub fn ids(&self) -> impl ExactSizeIterator<Item = crate::WordId> + '_ {
        self.0.iter().map(|id| crate::WordId(id & !END))
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: a sentence has at least one token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
