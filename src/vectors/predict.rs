//! What comes next? The end of a language model, on any table with an output matrix.
//!
//! In: a vector h, D long, such as a word's or the sum of several. Out: words with probabilities,
//! p(w) = softmax(h·u_w ÷ T) over all V words, where u_w is row w of the output matrix and T the
//! temperature; then only the most probable, [`Sampling::top_k`] of them or as many as together have
//! [`Sampling::top_p`] of the probability, shared out anew among those that are kept. This is the order
//! of Hugging Face's generation: temperature, top-k, top-p.
//!
//! In a language model h is what its layers made of the text so far. Here h is a row of the input
//! table, or a sum of rows: what the table alone knows. Vectors count with their lengths, which a
//! cosine leaves out. In skip-gram with negative sampling h·u_w tends to the pointwise mutual
//! information of both words, less log K (Levy & Goldberg 2014): how much more often w stands near than
//! chance has it, so that rare words that go with h come before frequent ones.

use super::WordVectors;
use crate::error::{Error, Result};
use crate::kernels::dot;
use crate::vocab::WordId;

/// How probabilities are made of products, and which are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Products are divided by this: below 1 the probable becomes more probable, above 1 less.
    pub temperature: f32,
    /// Keep so many of the most probable words.
    pub top_k: Option<usize>,
    /// Keep the fewest of the most probable words that together have this share, 0 to 1.
    pub top_p: Option<f32>,
}

impl Default for Sampling {
    fn default() -> Self {
        Sampling { temperature: 1.0, top_k: None, top_p: None }
    }
}

/// A word that may come next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The word.
    pub id: WordId,
    /// h·u, before the temperature.
    pub logit: f32,
    /// Among the words that were kept, 0 to 1.
    pub probability: f64,
}

impl Sampling {
    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        let Sampling { temperature, top_k, top_p } = self;
        if !(*temperature > 0.0 && temperature.is_finite()) {
            let expected = "a number above 0, such as 0.7";
            return Err(Error::parameter("temperature", temperature, expected));
        }
        if *top_k == Some(0) {
            return Err(Error::parameter("top_k", 0, "at least 1"));
        }
        match top_p {
            Some(p) if !(*p > 0.0 && *p <= 1.0) => {
                let expected = "above 0 and at most 1, such as 0.9";
                Err(Error::parameter("top_p", p, expected))
            }
            _ => Ok(()),
        }
    }
}

impl WordVectors {
    /// The words that may come next after `hidden`, the most probable first: all V of them, or those
    /// that `sampling` keeps. A word whose product is not a finite number is left out.
    ///
    /// # Errors
    /// [`Error::Query`] where the output matrix is not known or `hidden` is not D finite numbers;
    /// [`Error::Parameter`].
    ///
    /// ```
    /// use w2v::{Vocab, WordVectors, vectors::Sampling};
    /// let vocab = Vocab::new([("hot", 3), ("dog", 2), ("cat", 1)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![1.0, 0.0, 0.0, 1.0, 0.0, 2.0])?.with_tied_output();
    /// let next = vectors.predict(&[0.0, 1.0], &Sampling { top_k: Some(2), ..Default::default() })?;
    /// let words: Vec<&str> = next.iter().map(|word| vectors.vocab().word(word.id)).collect();
    /// assert_eq!(words, ["cat", "dog"]);
    /// // e² and e¹ of the two that are kept.
    /// assert!((next[0].probability - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-9);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    #[doc(alias = "logits")]
    #[doc(alias = "softmax")]
    pub fn predict(&self, hidden: &[f32], sampling: &Sampling) -> Result<Vec<Prediction>> {
        sampling.check()?;
        let Some(output) = &self.output else {
            return Err(Error::query(
                "the table that words are predicted with is not known: these vectors have no output \
                 matrix; a model of `w2v train` has one, and so has a language model",
            ));
        };
        if hidden.len() != self.dim() || !hidden.iter().all(|x| x.is_finite()) {
            return Err(Error::query(format!(
                "the vector has {} numbers, expected {} finite ones",
                hidden.len(),
                self.dim()
            )));
        }
        let product = |scratch: &mut Vec<f32>, row: usize| Prediction {
            id: WordId(row as u32),
            logit: dot(hidden, output.row(row, scratch)),
            probability: 0.0,
        };
        let mut words = self.threads.map_with(self.len(), 1024, Vec::new, product);
        words.retain(|word| word.logit.is_finite());
        words.sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.id.cmp(&b.id)));
        words.truncate(sampling.top_k.unwrap_or(usize::MAX));
        share_out(&mut words, f64::from(sampling.temperature));
        if let Some(share) = sampling.top_p {
            let mut sum = 0.0;
            let enough = words.iter().position(|word| {
                sum += word.probability;
                sum >= f64::from(share)
            });
            words.truncate(enough.map_or(words.len(), |last| last + 1));
            share_out(&mut words, f64::from(sampling.temperature));
        }
        Ok(words)
    }
}

/// Gives `words`, the greatest logit first, their softmax among themselves.
fn share_out(words: &mut [Prediction], temperature: f64) {
    let greatest = words.first().map_or(0.0, |word| f64::from(word.logit));
    let mut sum = 0.0;
    for word in words.iter_mut() {
        // At most 1, so that no logit is too large.
        word.probability = ((f64::from(word.logit) - greatest) / temperature).exp();
        sum += word.probability;
    }
    words.iter_mut().for_each(|word| word.probability /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;

    #[test]
    fn probabilities_agree_with_the_definition() {
        let vectors = random(500, 7, 1).with_output(&random(500, 7, 2)).unwrap();
        let hidden: Vec<f32> = (0..7).map(|i| i as f32 - 3.0).collect();
        let output = random(500, 7, 2);
        let z: Vec<f64> = (0..500)
            .map(|id| crate::kernels::scalar::dot(&hidden, &output.vector(WordId(id))))
            .collect();
        for temperature in [0.03, 0.7, 1.0, 30.0] {
            let t = f64::from(temperature);
            let sum: f64 = z.iter().map(|z| (z / t).exp()).sum();
            let sampling = Sampling { temperature, ..Default::default() };
            let found = vectors.predict(&hidden, &sampling).unwrap();
            assert_eq!(found.len(), 500);
            let total: f64 = found.iter().map(|word| word.probability).sum();
            assert!((total - 1.0).abs() < 1e-12);
            for word in &found {
                let expected = (z[word.id.index()] / t).exp() / sum;
                let error = (word.probability - expected).abs();
                assert!(error < 1e-5 * (1.0 + 1.0 / t) * expected + 1e-12, "{word:?} {expected}");
            }
            assert!(found.windows(2).all(|two| two[0].logit >= two[1].logit));

            // top-p: the fewest, and without the last of them not enough.
            let sampling = Sampling { top_p: Some(0.6), top_k: Some(200), ..sampling };
            let kept = vectors.predict(&hidden, &sampling).unwrap();
            let of_200: f64 = found[..200].iter().map(|word| word.probability).sum();
            let share = |count: usize| -> f64 {
                found[..count].iter().map(|word| word.probability / of_200).sum()
            };
            assert!(share(kept.len()) >= 0.6 - 1e-6 && share(kept.len() - 1) < 0.6 + 1e-6);
            let total: f64 = kept.iter().map(|word| word.probability).sum();
            assert!((total - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_tied_table_predicts_with_itself_and_odd_numbers_are_left_out() {
        let vocab = crate::Vocab::new([("a", 1), ("nan", 1), ("b", 1), ("large", 1)]);
        let table = vec![1.0, 0.0, f32::NAN, 1.0, 0.0, 1.0, f32::MAX, f32::MAX];
        let vectors = WordVectors::new(vocab, 2, table).unwrap().with_tied_output();
        let found = vectors.predict(&[2.0, 0.0], &Sampling::default()).unwrap();
        let ids: Vec<u32> = found.iter().map(|word| word.id.0).collect();
        assert_eq!(ids, [0, 2]);
        assert!((found[0].probability - 1.0 / (1.0 + (-2.0f64).exp())).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let vectors = random(5, 2, 3);
        let message = |vectors: &WordVectors, hidden: &[f32], sampling| {
            vectors.predict(hidden, &sampling).unwrap_err().to_string()
        };
        let any = Sampling::default;
        assert!(message(&vectors, &[1.0; 2], any()).contains("have no output matrix"));
        let vectors = vectors.with_tied_output();
        assert_eq!(
            message(&vectors, &[1.0; 3], any()),
            "the vector has 3 numbers, expected 2 finite ones"
        );
        for (sampling, expected) in [
            (
                Sampling { temperature: 0.0, ..any() },
                "`temperature` is 0, expected a number above 0, such as 0.7",
            ),
            (Sampling { top_k: Some(0), ..any() }, "`top_k` is 0, expected at least 1"),
            (
                Sampling { top_p: Some(1.5), ..any() },
                "`top_p` is 1.5, expected above 0 and at most 1, such as 0.9",
            ),
        ] {
            assert_eq!(message(&vectors, &[1.0; 2], sampling), expected);
        }
    }
}
