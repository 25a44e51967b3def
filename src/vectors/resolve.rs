//! Questions as text: words and phrases become rows of the table, rows of an answer become words.
//!
//! A word is looked up as it stands ([`WordVectors::id`]) and then as the tokenizer of the vectors cuts
//! it. A phrase that is not a word itself is the sum of its tokens. With [`Subwords`](super::Subwords) a
//! token that has no row gets a vector of its n-grams; [`Resolved::made`] names these tokens.

use super::{Analogy, Neighbor, Query, WordVectors, cosine_of};
use crate::error::Result;
use crate::vocab::WordId;
use std::borrow::Cow;

/// A question as rows of the table, see [`WordVectors::resolve`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// The words of the question, with options as [`Query::sum`] has them.
    pub query: Query,
    /// The words that have no row; their vectors are made of n-grams and stand in [`Query::others`].
    pub made: Vec<String>,
}

impl WordVectors {
    /// The at most `top` words most similar to a word or the sum of a phrase, with their cosines, best
    /// first. [`WordVectors::neighbors`] has options.
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord).
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7), ("bus", 6)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2, 0.9])?;
    /// assert_eq!(vectors.most_similar("cat", 2)?[0].0, "dog");
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn most_similar(&self, text: &str, top: usize) -> Result<Vec<(&str, f32)>> {
        let query = self.resolve(&[text], &[])?.query;
        Ok(self.named(self.neighbors(&query, top)?))
    }

    /// `a` is to `b` as `c` is to what? The at most `top` best words by 3CosAdd with their cosines, best
    /// first. [`WordVectors::answer`] has options.
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord).
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors};
    /// // One dimension for royalty, one for each sex.
    /// let vocab = Vocab::new([("man", 9), ("woman", 8), ("king", 7), ("queen", 6), ("crown", 5)]);
    /// let table = vec![0., 1., 0.,  0., 0., 1.,  1., 1., 0.,  1., 0., 1.,  1., 0., 0.];
    /// let vectors = WordVectors::new(vocab, 3, table)?;
    /// assert_eq!(vectors.analogy("king", "queen", "man", 1)?[0].0, "woman");
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn analogy(&self, a: &str, b: &str, c: &str, top: usize) -> Result<Vec<(&str, f32)>> {
        let question = Analogy::new(self.lookup(a)?, self.lookup(b)?, self.lookup(c)?);
        Ok(self.named(self.answer(&question, top)?))
    }

    /// The cosine of two words, in −1..=1; 0 where one of them has no direction.
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord).
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors};
    /// let vocab = Vocab::new([("north", 3), ("northeast", 1)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.0, 2.0, 1.0, 1.0])?;
    /// assert!((vectors.similarity("north", "northeast")? - 0.5_f32.sqrt()).abs() < 1e-6);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn similarity(&self, a: &str, b: &str) -> Result<f32> {
        let vector = |text: &str| -> Result<Cow<'_, [f32]>> {
            match self.lookup(text) {
                Ok(id) => Ok(self.vector(id)),
                Err(error) => self.vector_of(text).ok_or(error),
            }
        };
        Ok(cosine_of(&vector(a)?, &vector(b)?))
    }

    /// The word that does not belong with the others; [`WordVectors::outliers`] ranks them all.
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord); [`Error::Query`](crate::Error::Query) for
    /// fewer than 3 different words.
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2])?;
    /// assert_eq!(vectors.odd_one_out(&["cat", "car", "dog"])?, "car");
    /// # Ok::<(), w2v::Error>(())
    /// ```
    #[doc(alias = "doesnt_match")]
    pub fn odd_one_out(&self, words: &[impl AsRef<str>]) -> Result<&str> {
        let ranked = self.outliers(&self.lookup_all(words)?)?;
        Ok(self.vocab().word(ranked[0].id))
    }

    /// The row of one word: as it stands, or as the tokenizer of the vectors cuts it.
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord).
    pub fn lookup(&self, text: &str) -> Result<WordId> {
        let cut = || match self.tokenizer().tokens(text).as_slice() {
            [token] => self.id(token),
            _ => self.id(text),
        };
        self.find(text).map_or_else(cut, Ok)
    }

    /// The row of each of several words, as [`WordVectors::lookup`] finds it.
    ///
    /// # Errors
    /// As [`WordVectors::lookup`], for the first word that has no row.
    pub fn lookup_all(&self, words: &[impl AsRef<str>]) -> Result<Vec<WordId>> {
        words.iter().map(|word| self.lookup(word.as_ref())).collect()
    }

    /// The query Σ `plus` − Σ `minus` of words and phrases. The words of `minus` must have rows.
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord).
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors, vectors::Query};
    /// let vocab = Vocab::new([("king", 3), ("man", 2), ("new", 2), ("york", 1)]);
    /// let vectors = WordVectors::new(vocab, 1, vec![1.0; 4])?;
    /// let resolved = vectors.resolve(&["king", "new york"], &["man"])?;
    /// assert_eq!(resolved.query.positive.len(), 3);
    /// let nearest = vectors.neighbors(&Query { include_input: true, ..resolved.query }, 2)?;
    /// # assert_eq!(nearest.len(), 2);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn resolve<S: AsRef<str>>(&self, plus: &[S], minus: &[S]) -> Result<Resolved> {
        let mut resolved = Resolved::default();
        for text in plus {
            self.add_term(text.as_ref(), &mut resolved)?;
        }
        for text in minus {
            resolved.query.negative.extend(self.phrase(text.as_ref())?);
        }
        Ok(resolved)
    }

    /// Σ `plus` − Σ `minus` of the vectors as they are, not scaled: D numbers for
    /// [`WordVectors::predict`].
    ///
    /// # Errors
    /// [`Error::UnknownWord`](crate::Error::UnknownWord).
    pub fn sum_of<S: AsRef<str>>(&self, plus: &[S], minus: &[S]) -> Result<Vec<f32>> {
        let mut sum = vec![0.0f32; self.dim()];
        let signed = plus.iter().map(|text| (text, 1.0)).chain(minus.iter().map(|t| (t, -1.0)));
        for (text, sign) in signed {
            for id in self.phrase(text.as_ref())? {
                sum.iter_mut().zip(self.vector(id).iter()).for_each(|(sum, x)| *sum += sign * x);
            }
        }
        Ok(sum)
    }

    /// The rows of a word as it stands, or of all tokens of a phrase.
    fn phrase(&self, text: &str) -> Result<Vec<WordId>> {
        let cut = || match self.tokenizer().tokens(text).as_slice() {
            [] => self.id(text).map(|id| vec![id]),
            tokens => tokens.iter().map(|token| self.id(token)).collect(),
        };
        self.find(text).map_or_else(cut, |id| Ok(vec![id]))
    }

    /// As [`WordVectors::phrase`]; tokens that have no row are made of their n-grams.
    fn add_term(&self, text: &str, into: &mut Resolved) -> Result<()> {
        let error = match self.phrase(text) {
            Ok(ids) => {
                into.query.positive.extend(ids);
                return Ok(());
            }
            Err(error) => error,
        };
        if self.subwords().is_none() {
            return Err(error);
        }
        let mut tokens = self.tokenizer().tokens(text);
        if tokens.len() < 2 {
            tokens = vec![text.to_owned()];
        }
        for token in tokens {
            if let Ok(id) = self.id(&token) {
                into.query.positive.push(id);
            } else if let Some(vector) = self.vector_of(&token) {
                into.query.others.push(vector.into_owned());
                into.made.push(token);
            } else {
                return Err(error);
            }
        }
        Ok(())
    }

    fn named(&self, found: Vec<Neighbor>) -> Vec<(&str, f32)> {
        found.into_iter().map(|n| (self.vocab().word(n.id), n.similarity)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::Subwords;
    use crate::vocab::Vocab;
    use std::sync::Arc;

    /// A vector for every word that begins with `q`.
    struct Q;

    impl Subwords for Q {
        fn vector_of(&self, word: &str, into: &mut [f32]) -> bool {
            into.fill(word.len() as f32);
            word.starts_with('q')
        }
    }

    #[test]
    fn words_phrases_and_words_made_of_parts() {
        let vocab = Vocab::new([("new", 3), ("york", 2), ("new york", 1)]);
        let vectors = WordVectors::new(vocab, 1, vec![1.0, 2.0, -3.0]).unwrap();
        let ids = |text: &str| vectors.resolve(&[text], &[]).unwrap().query.positive;
        assert_eq!(ids("new york"), [WordId(2)], "a word as it stands");
        assert_eq!(ids("york new"), [WordId(1), WordId(0)], "a phrase");
        assert_eq!(vectors.lookup(" york ").unwrap(), WordId(1));
        assert!(vectors.lookup("york new").is_err(), "one word only");
        assert!(vectors.resolve(&["york queen"], &[]).is_err());
        assert_eq!(vectors.sum_of(&["new", "york"], &["new york"]).unwrap(), [6.0]);

        let vectors = vectors.with_subwords(Arc::new(Q));
        let resolved = vectors.resolve(&["york queen"], &[]).unwrap();
        assert_eq!(resolved.made, ["queen"], "york has a row");
        assert_eq!(resolved.query.others, [[5.0]]);
        assert!(vectors.resolve(&["york king"], &[]).is_err());
        assert!(vectors.resolve(&["york"], &["queen"]).is_err(), "only rows are subtracted");
        assert_eq!(vectors.similarity("queen", "new york").unwrap(), -1.0);
    }
}
