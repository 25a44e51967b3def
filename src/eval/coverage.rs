//! How much of an evaluation set a vocabulary covers, without asking anything: items, words that are
//! missing, and words whose vector is zero.

use super::lookup::Lookup;
use super::{AnalogyQuestion, EvalOptions, EvalSet};
use crate::vectors::{AnalogyMethod, WordVectors};
use std::collections::HashSet;

impl EvalSet {
    /// Items that `vectors` can be asked, and items of the file: what
    /// [`SetScores::coverage`](super::SetScores::coverage) says after the asking. Only the words of
    /// `vectors` matter, not their numbers.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::{EvalOptions, EvalSet};
    /// use w2v::{Vocab, WordVectors};
    /// let vocab = Vocab::new([("king", 9), ("queen", 8), ("man", 7), ("woman", 6)]);
    /// let vectors = WordVectors::new(vocab, 1, vec![1.0; 4])?;
    /// let text = ": family\nKing Queen Man Woman\nking queen boy girl\n";
    /// let set = EvalSet::parse(text, Path::new("mine.txt"))?;
    /// assert_eq!(set.coverage(&vectors, &EvalOptions::default()), [1, 2]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn coverage(&self, vectors: &WordVectors, options: &EvalOptions) -> [usize; 2] {
        let EvalSet::Analogies(set) = self else {
            return self.evaluate(vectors, AnalogyMethod::CosAdd, options).coverage();
        };
        let lookup = Lookup::new(vectors, options);
        let mut covered = 0;
        let mut total = 0;
        for question in set.sections.iter().flat_map(|section| &section.questions) {
            total += 1;
            covered += usize::from(question.words().all(|word| lookup.find(word).is_some()));
        }
        [covered, total]
    }

    /// All words of the set, in the order of the file; one may be there several times.
    pub fn words(&self) -> Vec<&str> {
        let words: Vec<&String> = match self {
            EvalSet::Analogies(set) => {
                let questions = set.sections.iter().flat_map(|section| &section.questions);
                return questions.flat_map(AnalogyQuestion::words).collect();
            }
            EvalSet::Pairs(set) => set.pairs.iter().flat_map(|pair| &pair.words).collect(),
            EvalSet::Categories(set) => set.categories.iter().flat_map(|c| &c.words).collect(),
            EvalSet::Odd(set) => set
                .groups
                .iter()
                .flat_map(|group| group.words.iter().chain(&group.outliers))
                .collect(),
        };
        words.into_iter().map(String::as_str).collect()
    }

    /// The words of the set that `vectors` lack, each once, in the order of the file.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::{EvalOptions, EvalSet};
    /// use w2v::{Vocab, WordVectors};
    /// let vectors = WordVectors::new(Vocab::new([("king", 9), ("man", 7)]), 1, vec![1.0; 2])?;
    /// let set = EvalSet::parse("King Queen man boy\nman boy king QUEEN\n", Path::new("mine.txt"))?;
    /// assert_eq!(set.missing(&vectors, &EvalOptions::default()), ["Queen", "boy"]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn missing(&self, vectors: &WordVectors, options: &EvalOptions) -> Vec<&str> {
        let lookup = Lookup::new(vectors, options);
        self.each_once(&lookup, |word| lookup.find(word).is_none())
    }

    /// The words of the set whose vector [is zero](WordVectors::is_zero), each once, in the order of the
    /// file: they are asked, and every cosine of theirs is 0.
    pub fn zero_vectors(&self, vectors: &WordVectors, options: &EvalOptions) -> Vec<&str> {
        let lookup = Lookup::new(vectors, options);
        self.each_once(&lookup, |word| lookup.find(word).is_some_and(|id| vectors.is_zero(id)))
    }

    /// The words that are `wanted`, the first of several spellings.
    fn each_once(&self, lookup: &Lookup, wanted: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut seen = HashSet::new();
        let mut words = self.words();
        words.retain(|word| wanted(word) && seen.insert(lookup.folded(word)));
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Vocab;

    #[test]
    fn missing_and_zero_words_of_every_kind_of_set() {
        let words = ["king", "queen", "zero", "Zero"].map(|word| (word, 1));
        let table = vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0];
        let vectors = WordVectors::new(Vocab::new(words), 2, table).unwrap();
        let options = EvalOptions::default();
        for text in [
            "king Boy zero queen\nboy Zero girl king\n",
            "king\tBoy\t1\nzero\tboy\t2\ngirl\tqueen\t3\n",
            "a king\na Boy\nb zero\nb girl\nb boy\n",
            "king\nBoy\n\nzero\ngirl\nboy\n",
        ] {
            let set = EvalSet::parse(text, "set.txt").unwrap();
            assert_eq!(set.missing(&vectors, &options), ["Boy", "girl"], "{text}");
            assert_eq!(set.zero_vectors(&vectors, &options), ["zero"], "{text}");
        }
        let set = EvalSet::parse("king Boy boy Zero\n", "set.txt").unwrap();
        let exact = EvalOptions { case_insensitive: false, restrict_vocab: Some(3) };
        assert_eq!(set.missing(&vectors, &exact), ["Boy", "boy", "Zero"]);
        assert_eq!(set.zero_vectors(&vectors, &exact), [""; 0]);
    }
}
