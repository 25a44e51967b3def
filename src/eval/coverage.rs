//! How much of an evaluation set a vocabulary covers, without asking anything.

use super::lookup::Lookup;
use super::{EvalOptions, EvalSet};
use crate::vectors::{AnalogyMethod, WordVectors};

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
}
