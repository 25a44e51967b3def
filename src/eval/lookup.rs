//! The words of a question file found in a vocabulary, with or without regard to capitals.
//!
//! In: a word as a file spells it. Out: the [`WordId`] of the first of the words that are the same.
//! All rows of the same folded word form a class, named by the id of its first row: a row of the
//! class of an input is no answer, and any row of the class of the expected word is a right one.

use super::EvalOptions;
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hasher};

/// The first words of a vocabulary, by folded spelling.
pub(super) struct Lookup<'a> {
    vectors: &'a WordVectors,
    case_insensitive: bool,
    /// The first row of each class.
    index: HashTable<u32>,
    /// `classes[row]`, as long as rows may be answers.
    classes: Vec<u32>,
}

/// The characters that decide whether two words are the same.
fn folded(word: &str, case_insensitive: bool) -> impl Iterator<Item = char> {
    let upper = word.chars().flat_map(char::to_uppercase);
    let exact = word.chars();
    let (upper, exact) = match case_insensitive {
        true => (Some(upper), None),
        false => (None, Some(exact)),
    };
    upper.into_iter().flatten().chain(exact.into_iter().flatten())
}

fn hash(word: &str, case_insensitive: bool) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for c in folded(word, case_insensitive) {
        hasher.write_u32(c.into());
    }
    hasher.finish()
}

impl<'a> Lookup<'a> {
    pub(super) fn new(vectors: &'a WordVectors, options: &EvalOptions) -> Self {
        let rows = options.restrict_vocab.unwrap_or(usize::MAX).min(vectors.len());
        let mut lookup = Lookup {
            vectors,
            case_insensitive: options.case_insensitive,
            index: HashTable::new(),
            classes: Vec::with_capacity(rows),
        };
        for (row, word) in vectors.vocab().words().take(rows).enumerate() {
            let class = lookup.class(word).unwrap_or_else(|| lookup.begin_class(word, row as u32));
            lookup.classes.push(class);
        }
        lookup
    }

    fn class(&self, word: &str) -> Option<u32> {
        let fold = self.case_insensitive;
        let same = |&row: &u32| {
            let other = self.vectors.vocab().word(WordId(row));
            folded(other, fold).eq(folded(word, fold))
        };
        self.index.find(hash(word, fold), same).copied()
    }

    fn begin_class(&mut self, word: &str, row: u32) -> u32 {
        let (vocab, fold) = (self.vectors.vocab(), self.case_insensitive);
        let rehash = |&row: &u32| hash(vocab.word(WordId(row)), fold);
        self.index.insert_unique(hash(word, fold), row, rehash);
        row
    }

    /// The first row with this word, as it is spelt or else as the model's tokenizer rewrites it, or
    /// else with a space before it, as in the table of a language model.
    pub(super) fn find(&self, word: &str) -> Option<WordId> {
        let rewritten = || self.class(&self.vectors.tokenizer().rewrite(word));
        let spaced = || {
            let space = self.vectors.space()?;
            self.class(&format!("{space}{word}"))
        };
        let found = self.class(word).or_else(rewritten).or_else(spaced);
        found.map(WordId)
    }

    /// What two spellings of the same word have in common.
    pub(super) fn folded(&self, word: &str) -> String {
        folded(word, self.case_insensitive).collect()
    }

    /// Number of rows that may be answers.
    pub(super) fn rows(&self) -> usize {
        self.classes.len()
    }

    /// The first row with the same word as row `id`.
    pub(super) fn first(&self, id: WordId) -> WordId {
        WordId(self.classes[id.index()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Vocab;

    #[test]
    fn a_word_is_found_with_the_space_before_it() {
        let vocab = Vocab::new(["king", "▁king", "▁Queen"].map(|word| (word, 1)));
        let vectors = WordVectors::new(vocab, 1, vec![1.0; 3]).unwrap();
        let options = EvalOptions::default();
        assert_eq!(Lookup::new(&vectors, &options).find("queen"), None);
        let vectors = vectors.with_space('▁');
        let lookup = Lookup::new(&vectors, &options);
        let found = ["king", "queen", "car"].map(|word| lookup.find(word));
        assert_eq!(found, [Some(WordId(0)), Some(WordId(2)), None]);
    }

    #[test]
    fn the_first_of_the_same_words_stands_for_all() {
        let words = ["apple", "ὈΔΥΣΣΕΎΣ", "Apple", "Straße", "APPLE", "i", "apple", "late"];
        let vocab = Vocab::new(words.map(|word| (word, 1)));
        let vectors = WordVectors::new(vocab, 1, vec![1.0; 8]).unwrap();
        let options = EvalOptions { restrict_vocab: Some(7), case_insensitive: true };
        let lookup = Lookup::new(&vectors, &options);
        let find = |word| lookup.find(word).map(|id| id.0);
        assert_eq!(lookup.rows(), 7);
        assert_eq!(find("aPPLe"), Some(0));
        assert_eq!(find("ὀδυσσεύς"), Some(1), "a final sigma is a sigma");
        assert_eq!(find("STRASSE"), Some(3));
        assert_eq!(find("late"), None, "beyond the restriction");
        let classes: Vec<u32> = (0..7).map(|id| lookup.first(WordId(id)).0).collect();
        assert_eq!(classes, [0, 1, 0, 3, 0, 5, 0]);

        let options = EvalOptions { restrict_vocab: None, case_insensitive: false };
        let lookup = Lookup::new(&vectors, &options);
        assert_eq!(lookup.find("Apple"), Some(WordId(2)));
        assert_eq!(lookup.find("aPPLe"), None);
        assert_eq!(lookup.first(WordId(6)), WordId(0), "a table may hold a word twice");
        assert_eq!(lookup.find("late"), Some(WordId(7)));
    }

    #[test]
    fn a_word_is_sought_as_the_tokenizer_rewrites_it_too() {
        use crate::corpus::{Normalization, Tokenizer};
        let tokenizer = Tokenizer { normalization: Normalization::Nfkc, ..Default::default() };
        let vocab = Vocab::new([("Office", 2), ("oﬀ", 1)]);
        let matrix = crate::matrix::Matrix::zeros(2, 1);
        let vectors = WordVectors::from_matrix(vocab, matrix, tokenizer);
        for (case_insensitive, found) in [(true, Some(WordId(0))), (false, None)] {
            let options = EvalOptions { restrict_vocab: None, case_insensitive };
            let lookup = Lookup::new(&vectors, &options);
            assert_eq!(lookup.find("Ｏﬃce"), Some(WordId(0)));
            assert_eq!(lookup.find("ｏﬃce"), found);
            assert_eq!(lookup.find("oﬀ"), Some(WordId(1)), "its own spelling first");
        }
    }
}
