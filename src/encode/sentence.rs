//! A sentence by itself, encoded without a vocabulary of a corpus.

use super::EncodedCorpus;
use crate::vocab::{Vocab, WordId};

impl EncodedCorpus {
    /// One sentence and its words, numbered in the order of their first places and not by frequency.
    ///
    /// ```
    /// use w2v::{WordId, encode::EncodedCorpus};
    /// let (vocab, sentence) = EncodedCorpus::of_sentence(&["we", "know", "we", "do"]);
    /// assert_eq!(sentence.ids().map(|id| id.0).collect::<Vec<_>>(), [0, 1, 0, 2]);
    /// assert_eq!((vocab.word(WordId(2)), vocab.counts()), ("do", &[2, 1, 1][..]));
    /// ```
    pub fn of_sentence(tokens: &[impl AsRef<str>]) -> (Vocab, Self) {
        let mut vocab = Vocab::default();
        let mut number = |token: &str| vocab.id(token).or_else(|| vocab.push(token, 0));
        let ids: Vec<WordId> = tokens.iter().filter_map(|token| number(token.as_ref())).collect();
        let sentence = Self::of_ids(ids);
        (vocab.with_counts(sentence.counts(vocab.len())), sentence)
    }

    /// One sentence of words that have numbers.
    pub fn of_ids(ids: impl IntoIterator<Item = WordId>) -> Self {
        Self::from_ids(ids.into_iter().map(|id| id.0).collect())
    }

    /// The word ids in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = WordId> + '_ {
        self.marked_ids().iter().map(|id| WordId(id & !super::END))
    }
}
