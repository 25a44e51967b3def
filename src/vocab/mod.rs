//! 2 COUNT: the vocabulary, and what is derived from its counts.
//!
//! In: tokens. Out: [`Vocab`], which numbers the words by frequency; [`Subsampling`], how often a
//! token of each word is kept; [`Noise`], how often each word is drawn as a negative.
//!
//! Ids run from 0 for the most frequent word; ties are broken by the words' bytes, so that the
//! order never depends on a hash function or on the number of threads. Unlike word2vec.c there is
//! no `</s>` word: the end of a sentence is a mark in the encoded corpus, not a row of the matrices.

mod file;
mod interner;
mod limits;
mod noise;
mod select;
mod subsampling;

pub(crate) use interner::{BATCH, Interner, Word};
pub use limits::{Dropped, VocabLimits};
pub use noise::Noise;
pub(crate) use select::{DROPPED, Tables};
pub use subsampling::Subsampling;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The index of a word in its [`Vocab`], and of its row in every matrix: 0 ≤ id < V.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordId(pub u32);

impl WordId {
    /// The id as an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// V words with their counts, numbered by [`WordId`], found again by spelling.
#[derive(Clone, Default)]
pub struct Vocab {
    /// All words, one after the other.
    text: String,
    /// `ends[id]` is where word `id` ends in `text`.
    ends: Vec<usize>,
    /// `counts[id]`, 0 where the source of the words had none.
    counts: Vec<u64>,
    index: HashTable<u32>,
}

fn hash(word: &str) -> u64 {
    FixedState::default().hash_one(word)
}

impl Vocab {
    /// A vocabulary of `words` in the order given. Of a word that occurs twice the first is found.
    pub fn new<'a>(words: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut vocab = Vocab::default();
        for (word, count) in words {
            vocab.push(word, count);
        }
        vocab
    }

    /// Appends a word and returns its id, or `None` where the same word was there already: the row
    /// is then added all the same (it keeps ids and rows together), but the first is the one found.
    pub fn push(&mut self, word: &str, count: u64) -> Option<WordId> {
        let new = self.push_new(word, count);
        if new.is_none() {
            self.append(word, count);
        }
        new
    }

    /// The same, but a word that was there already is not appended.
    pub(crate) fn push_new(&mut self, word: &str, count: u64) -> Option<WordId> {
        let id = u32::try_from(self.ends.len()).expect("fewer than 2^32 words");
        let (text, ends) = (&self.text, &self.ends);
        let same = |&other: &u32| slice(text, ends, other) == word;
        let entry = self.index.entry(hash(word), same, |&other| hash(slice(text, ends, other)));
        let hashbrown::hash_table::Entry::Vacant(vacant) = entry else {
            return None;
        };
        vacant.insert(id);
        self.append(word, count);
        Some(WordId(id))
    }

    fn append(&mut self, word: &str, count: u64) {
        self.text.push_str(word);
        self.ends.push(self.text.len());
        self.counts.push(count);
    }

    /// Room for so many more words, which are there to be read.
    pub(crate) fn reserve(&mut self, words: usize) {
        let (text, ends) = (&self.text, &self.ends);
        self.index.reserve(words, |&other| hash(slice(text, ends, other)));
        self.ends.reserve(words);
        self.counts.reserve(words);
    }

    /// The same words with other counts, in the order of ids.
    ///
    /// # Panics
    /// Where `counts` is not V long.
    pub fn with_counts(&self, counts: Vec<u64>) -> Self {
        assert_eq!(counts.len(), self.len());
        Vocab { counts, ..self.clone() }
    }

    /// Bytes of memory of `words` words, of `letters` bytes in all.
    pub(crate) fn bytes_of(words: u64, letters: u64) -> u64 {
        // A slot of the index is 5 bytes; an eighth of them stay free.
        let slots = (words + words / 7).next_power_of_two();
        letters + (size_of::<usize>() + size_of::<u64>()) as u64 * words + 5 * slots
    }

    /// Number of words, V.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The spelling of word `id`.
    ///
    /// # Panics
    /// Where `id` is not below [`Vocab::len`].
    pub fn word(&self, id: WordId) -> &str {
        slice(&self.text, &self.ends, id.0)
    }

    /// The id of `word`.
    pub fn id(&self, word: &str) -> Option<WordId> {
        self.index
            .find(hash(word), |&id| slice(&self.text, &self.ends, id) == word)
            .map(|&id| WordId(id))
    }

    /// How often word `id` occurred in the corpus; 0 where that is unknown.
    pub fn count(&self, id: WordId) -> u64 {
        self.counts[id.index()]
    }

    /// How often word `id` occurred in the corpus; `None` where that is unknown.
    pub fn known_count(&self, id: WordId) -> Option<u64> {
        Some(self.count(id)).filter(|&count| count > 0)
    }

    /// The counts of all words, in the order of ids.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Tokens of the corpus that are words of this vocabulary.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// XXH3 (64 bits) of the words in their order, each with its length: what tells whether a file of
    /// ids belongs to this vocabulary. Counts do not matter.
    pub fn hash(&self) -> u64 {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        for word in self.words() {
            hash.update(&(word.len() as u64).to_le_bytes());
            hash.update(word.as_bytes());
        }
        hash.digest()
    }

    /// All words in the order of their ids.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len() as u32).map(|id| slice(&self.text, &self.ends, id))
    }
}

fn slice<'a>(text: &'a str, ends: &[usize], id: u32) -> &'a str {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &text[start..ends[id]]
}

impl std::fmt::Debug for Vocab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vocab({} words, {} tokens)", self.len(), self.total())
    }
}
