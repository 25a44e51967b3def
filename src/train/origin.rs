//! Training that does not begin with nothing: rows of a model that goes on, or of anybody's vectors.
//!
//! In: a [`Model`](super::Model), whose words keep their ids and get new ones behind them (`limits.begin_with` of
//! [`crate::vocab::VocabLimits`] makes that vocabulary), or [`WordVectors`], of which the words that
//! the text has too are taken. Out: an [`Origin`], with which a [`super::Trainer`] of skip-gram begins.
//!
//! Both matrices go on from where they were; rows of new words begin as all rows do, uniform in
//! ±1/(2D) and zero. Vectors have an input matrix alone: their output rows begin with zero.
//!
//! # What is held, and how
//!
//! A row that was there before can be held ([`Hold`]):
//!
//! * *Free*: it is trained like any other.
//! * *Frozen*: it is read and never written. Of a model both rows of a word are frozen, input and
//!   output: then all that the old model answers about its words, predictions too, is what the new one
//!   answers, to the bit, and new words are placed into a space that stands still. (Frozen inputs
//!   beside free outputs would change what the old words predict, and with it what continuing again
//!   begins from.) Of vectors only the input row is there to be frozen.
//! * *Anchored* with strength λ: the loss has another term, λ/2·‖x − a‖² for each update of a row x
//!   that was a before. A gradient step of it, x − ηλ(x − a), overshoots where ηλ > 1 and diverges
//!   where ηλ > 2. Taken implicitly, at the place where it arrives (the proximal step of
//!   forward-backward splitting), it does neither for any λ: with the update δ of the other terms,
//!
//!   x⁺ = argmin_z ½‖z − (x + δ)‖² + ½ηλ‖z − a‖² = a + (x + δ − a) / (1 + ηλ)
//!
//!   η is the learning rate of the moment, so that both terms fade together: a pull that did not fade
//!   would bring every row home at the end. λ = 0 is free, and for λ → ∞ the row stays at a. Where the
//!   updates have the mean ηg, the row comes to rest at a + g/λ: the strength bounds the way, whatever
//!   the number of updates. An update is one pair of words with the pair engine, and all pairs of a
//!   position with the block engine, so that the same strength pulls about six times harder with the
//!   pair engine (window 5).
//!
//! Threads share anchored rows by [`Rows::store`] and not by adding the pull: two threads that added
//! the way back to a at once would end on the other side of it, and many would diverge. What is stored
//! lies between a and something that was read.
//!
//! # Counts, noise and sub-sampling
//!
//! The vocabulary has the sum of old and new counts. Training does not use the sum: which words are
//! drawn as negatives and which tokens are left out follows from the counts of the new text alone.
//! What is learnt balances pairs that stand in the text against pairs that are drawn, for each word;
//! a word that the new text does not hold, drawn because the old text did, would only ever be pushed
//! away, and all that is trained with it. So words that the new text does not mention do not move at
//! all. gensim draws from the sum.
//!
//! Differences from gensim: `build_vocab(update=True)` with nothing new works here; rows can be held
//! (`vectors_lockf` has no part in its C code for output rows); the learning rate is not 0.025 again
//! unless it is asked for, see [`super::SkipGram::CONTINUE_LR`].

use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::matrix::{Matrix, Rows, Table, stride_of};
use crate::shown::quoted;
use crate::vectors::WordVectors;
use crate::vocab::{Vocab, WordId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What becomes of rows that were there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// They are trained like any other.
    #[default]
    Free,
    /// They stay as they are, to the bit.
    Frozen,
    /// They are pulled back to where they were, with this strength.
    Anchored(f32),
}

impl Hold {
    /// Refuses a strength outside its range.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(self) -> Result<()> {
        match self {
            Hold::Anchored(strength) if !(strength >= 0.0 && strength.is_finite()) => {
                let expected = "0 (free) or more, such as 1; `freeze` for rows that must not move";
                Err(Error::parameter("anchor", strength, expected))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hold::Free => f.write_str("free"),
            Hold::Frozen => f.write_str("frozen"),
            Hold::Anchored(strength) => write!(f, "anchored with strength {strength}"),
        }
    }
}

/// Where rows came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OriginKind {
    /// A model that goes on, with all its words.
    Model,
    /// Vectors of words that the text has too.
    Vectors,
}

/// The rows that training begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OriginRecord {
    /// A model or vectors.
    pub kind: OriginKind,
    /// The file as it was named.
    pub file: String,
    /// XXH3 (64 bits) of the file.
    #[serde(with = "crate::hex")]
    pub hash: u64,
    /// Words that had a row before.
    pub words: u64,
    /// What was done with their rows.
    pub hold: Hold,
}

/// Rows that words had before, and what is to become of them.
pub struct Origin {
    /// K words with their rows. Of a model these are the first K of the vocabulary.
    before: WordVectors,
    /// Their rows in the output matrix; of a model only.
    output: Option<WordVectors>,
    /// `rows[id]` is the row of word `id` in `before`, or [`NONE`]; ids beyond its end have none.
    rows: Vec<u32>,
    record: OriginRecord,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Origin").field(&self.record).finish()
    }
}

/// In [`Origin::rows`]: a word that had no row.
const NONE: u32 = u32::MAX;

impl Origin {
    /// All words of a model, which keep their ids; `tables` are its input and output rows.
    pub(super) fn of_tables(
        vocab: &Vocab,
        tables: [Matrix; 2],
        tokenizer: Tokenizer,
        (file, hash): (&str, u64),
    ) -> Self {
        let words = vocab.len();
        let vectors = |matrix| WordVectors::from_matrix(vocab.clone(), matrix, tokenizer);
        let [before, output] = tables.map(vectors);
        Origin {
            before,
            output: Some(output),
            rows: (0..words as u32).collect(),
            record: OriginRecord {
                kind: OriginKind::Model,
                file: file.to_owned(),
                hash,
                words: words as u64,
                hold: Hold::Free,
            },
        }
    }

    /// The rows of those words of `vocab` that `vectors` has too, spelt the same. `file` and its
    /// `hash` are for the record.
    ///
    /// # Errors
    /// [`Error::Query`] where there is none, or where a row is not of finite numbers.
    pub fn of_vectors(vectors: &WordVectors, vocab: &Vocab, file: &str, hash: u64) -> Result<Self> {
        let mut rows = vec![NONE; vocab.len()];
        let (mut found, mut floats) = (Vec::new(), Vec::new());
        for (row, word) in rows.iter_mut().zip(vocab.words()) {
            let Some(id) = vectors.vocab().id(word) else {
                continue;
            };
            let vector = vectors.vector(id);
            if !vector.iter().all(|x| x.is_finite()) {
                return Err(Error::query(format!(
                    "{file}: the vector of {word} is not of finite numbers; `w2v check` finds all such",
                    word = quoted(word)
                )));
            }
            *row = found.len() as u32;
            found.push((word, vectors.vocab().count(id)));
            floats.extend_from_slice(&vector);
        }
        if found.is_empty() {
            let problem = format!(
                "of the {} words of the text none is among the {} of {file}; words must be spelt the \
                 same, capitals too",
                vocab.len(),
                vectors.len(),
            );
            return Err(Error::query(problem).advise("check `lowercase` and `tokenizer`"));
        }
        let words = found.len() as u64;
        Ok(Origin {
            before: WordVectors::new(Vocab::new(found), vectors.dim(), floats)?,
            output: None,
            rows,
            record: OriginRecord {
                kind: OriginKind::Vectors,
                file: file.to_owned(),
                hash,
                words,
                hold: Hold::Free,
            },
        })
    }

    /// The same, with what is to become of the rows.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a strength outside its range.
    pub fn hold(mut self, hold: Hold) -> Result<Self> {
        hold.check()?;
        self.record.hold = match hold {
            Hold::Anchored(0.0) => Hold::Free,
            hold => hold,
        };
        Ok(self)
    }

    /// The words that had a row before, with their rows as they were.
    pub fn before(&self) -> &WordVectors {
        &self.before
    }

    /// What the training record says of it.
    pub fn record(&self) -> &OriginRecord {
        &self.record
    }

    /// Bytes of the rows as they were, which are kept until training ends.
    pub fn bytes(&self) -> u64 {
        let matrices = 1 + u64::from(self.output.is_some());
        matrices * self.before.table_bytes() + 4 * self.rows.len() as u64
    }

    /// Refuses a vocabulary whose first words are others than those of the model, and other dimensions.
    pub(super) fn check(&self, vocab: &Vocab, dim: usize) -> Result<()> {
        let file = &self.record.file;
        if self.before.dim() != dim {
            let expected = format!("{}, as the vectors of {file} have", self.before.dim());
            return Err(Error::parameter("dim", dim, expected));
        }
        let words = self.before.vocab().words();
        let same = match self.record.kind {
            OriginKind::Model => words.eq(vocab.words().take(self.before.len())),
            OriginKind::Vectors => self.rows.len() == vocab.len(),
        };
        match same {
            true => Ok(()),
            false => Err(Error::query(format!(
                "the vocabulary does not begin with the {} words of {file}",
                self.before.len()
            ))),
        }
    }

    /// Puts the rows as they were into both matrices.
    pub(super) fn restore<T: Table>(&self, input: &mut T, output: &mut T) {
        for (id, &row) in self.rows.iter().enumerate() {
            if row == NONE {
                continue;
            }
            input.set_row(id, &self.before.vector(WordId(row)));
            if let Some(before) = &self.output {
                output.set_row(id, &before.vector(WordId(row)));
            }
        }
    }

    /// The input matrix's `rows`, of which those that were there before are held.
    pub(super) fn held_input<R: Rows>(&self, rows: R) -> Held<'_, R> {
        self.held(rows, Some(&self.before))
    }

    /// The output matrix's `rows`, likewise; of vectors none was there before.
    pub(super) fn held_output<R: Rows>(&self, rows: R) -> Held<'_, R> {
        self.held(rows, self.output.as_ref())
    }

    fn held<'a, R: Rows>(&'a self, rows: R, known: Option<&'a WordVectors>) -> Held<'a, R> {
        Held {
            rows,
            index: known.map_or(&[], |_| &self.rows),
            before: known.unwrap_or(&self.before),
            hold: self.record.hold,
            keep: 1.0,
            moved: vec![0.0; stride_of(self.before.dim())],
        }
    }
}

/// Rows of which some are held. Where none is, training uses the rows themselves.
pub(super) struct Held<'a, R> {
    rows: R,
    index: &'a [u32],
    before: &'a WordVectors,
    hold: Hold,
    /// 1 / (1 + ηλ): what is left of the way from where the row was.
    keep: f32,
    moved: Vec<f32>,
}

impl<R: Rows> Rows for Held<'_, R> {
    fn are_bf16(&self) -> bool {
        self.rows.are_bf16()
    }

    #[inline]
    fn load(&self, row: usize, into: &mut [f32]) {
        self.rows.load(row, into);
    }

    #[inline]
    fn prefetch(&self, row: usize) {
        self.rows.prefetch(row);
    }

    #[inline]
    fn add(&mut self, row: usize, scale: f32, delta: &[f32]) {
        let before = match self.index.get(row) {
            None | Some(&NONE) => return self.rows.add(row, scale, delta),
            Some(_) if self.hold == Hold::Frozen => return,
            Some(&before) => self.before.vector(WordId(before)),
        };
        self.rows.load(row, &mut self.moved);
        let keep = self.keep;
        for ((x, d), a) in self.moved.iter_mut().zip(delta).zip(before.iter()) {
            *x = a + keep * (*x + scale * d - a);
        }
        self.rows.store(row, &self.moved);
    }

    #[inline]
    fn store(&mut self, row: usize, numbers: &[f32]) {
        self.rows.store(row, numbers);
    }

    #[inline]
    fn rate(&mut self, lr: f32) {
        if let Hold::Anchored(strength) = self.hold {
            self.keep = 1.0 / (1.0 + lr * strength);
        }
    }

    #[inline]
    fn reseed(&mut self, seed: u64) {
        self.rows.reseed(seed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Engine, Model, Recipe, SkipGram, Storage, Trainer};
    use super::*;
    use crate::encode::EncodedCorpus;
    use crate::encode::fixture::{encoded, encoded_by};
    use crate::matrix::Matrix;
    use crate::vocab::VocabLimits;

    /// Sentences about things of one kind, numbered.
    fn about(kinds: &[&str]) -> String {
        let sentence = |i: usize| {
            let kind = kinds[i % kinds.len()];
            format!("{kind}1 {kind}{} {kind}2 {kind}{}\n", i % 7, i % 5)
        };
        (0..1500).map(sentence).collect()
    }

    fn parameters() -> SkipGram {
        SkipGram { dim: 20, sample: 0.0, epochs: 2, ..Default::default() }
    }

    /// A model of two kinds of words, a and b.
    fn old() -> Model {
        let (vocab, corpus) = encoded(&about(&["a", "b"]));
        Trainer::new(vocab, &corpus, &Recipe::new(parameters())).train().unwrap()
    }

    fn behind(old: &Vocab, text: &str) -> (Vocab, EncodedCorpus) {
        let limits = VocabLimits { begin_with: Some(old.clone()), ..Default::default() };
        encoded_by(text, &limits, &Default::default())
    }

    fn grown(hold: Hold, text: &str, recipe: &Recipe) -> Model {
        let old = old();
        let (vocab, corpus) = behind(&old.vocab, text);
        let origin = old.into_origin("old", 0).unwrap().hold(hold).unwrap();
        Trainer::new(vocab, &corpus, recipe).begin_with(&origin).train().unwrap()
    }

    fn bits(matrix: &Matrix, row: usize) -> Vec<u32> {
        matrix.row(row).iter().map(|x| x.to_bits()).collect()
    }

    fn all_runs() -> Vec<Recipe> {
        let mut runs = Vec::new();
        for engine in [Engine::Block, Engine::Pair] {
            for storage in [Storage::F32, Storage::Bf16] {
                for threads in [1, 2] {
                    let parameters = SkipGram { engine, storage, ..parameters() };
                    runs.push(Recipe { threads, ..Recipe::new(parameters) });
                }
            }
        }
        runs
    }

    /// gensim#3094, #2918, #3100, #2017: frozen rows are bit-identical afterwards.
    #[test]
    fn frozen_rows_keep_their_bits() {
        let old = old();
        for run in all_runs() {
            let new = grown(Hold::Frozen, &about(&["a", "c"]), &run);
            assert!(new.vocab.len() > old.vocab.len());
            for row in 0..old.vocab.len() {
                assert_eq!(bits(&new.input, row), bits(&old.input, row), "{run:?}");
                assert_eq!(bits(&new.output, row), bits(&old.output, row), "{run:?}");
            }
            for row in old.vocab.len()..new.vocab.len() {
                let (input, output) = (new.input.row(row), new.output.row(row));
                assert!(output.iter().any(|x| *x != 0.0), "new words are trained");
                assert!(input.iter().any(|x| x.abs() > 0.5 / 20.0), "{run:?}");
            }
        }
    }

    /// Old ids and counts stay, the counts of the text are added, and words that the text does not
    /// hold do not move, however they are held.
    #[test]
    fn words_that_are_not_mentioned_do_not_move() {
        let old = old();
        for hold in [Hold::Free, Hold::Anchored(1.0), Hold::Frozen] {
            let new = grown(hold, &about(&["a", "c"]), &Recipe::new(parameters()));
            for (id, word) in old.vocab.words().enumerate() {
                let same = bits(&new.input, id) == bits(&old.input, id)
                    && bits(&new.output, id) == bits(&old.output, id);
                assert_eq!(new.vocab.id(word), Some(WordId(id as u32)));
                let (count, was) = (new.vocab.counts()[id], old.vocab.counts()[id]);
                if word.starts_with('b') {
                    assert!(same && count == was, "{word}, {hold}");
                } else {
                    assert!(count > was, "{word}");
                    assert_eq!(same, hold == Hold::Frozen, "{word}, {hold}");
                }
            }
            assert!(new.vocab.words().skip(old.vocab.len()).all(|w| w.starts_with('c')));
        }
    }

    /// stanfordnlp/GloVe#62, gensim#368: what was learnt is not learnt again. The loss of the first
    /// epoch on the same text begins where the old one ended, since output rows were kept.
    #[test]
    fn a_model_goes_on_where_it_was() {
        let was = old().training.record.losses;
        let is = grown(Hold::Free, &about(&["a", "b"]), &Recipe::new(parameters()))
            .training
            .record
            .losses;
        assert!(is[0] < was[1] + 0.1, "{is:?} after {was:?}");
        assert!(was[0] > was[1] + 0.2, "{was:?}");
    }

    fn mean_way(new: &Model, old: &Model) -> f64 {
        let ways = (0..old.vocab.len()).map(|row| {
            let way = new.input.row(row).iter().zip(old.input.row(row));
            way.map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>().sqrt()
        });
        ways.sum::<f64>() / old.vocab.len() as f64
    }

    #[test]
    fn the_stronger_the_anchor_the_shorter_the_way() {
        let old = old();
        for (engine, threads) in [(Engine::Block, 2), (Engine::Pair, 1)] {
            let parameters = SkipGram { engine, ..parameters() };
            let run = Recipe { threads, ..Recipe::new(parameters) };
            let way = |hold| mean_way(&grown(hold, &about(&["a", "c"]), &run), &old);
            let ways = [0.1, 1.0, 10.0, 1e3].map(|strength| way(Hold::Anchored(strength)));
            assert!(ways.is_sorted_by(|a, b| a > b), "{ways:?}");
            // Two threads never do the same twice: a weak anchor may be no anchor.
            assert!(way(Hold::Free) > ways[1]);
            assert!(ways[3] < 0.01 * ways[0], "{ways:?}");
            for strength in [1e6, f32::MAX] {
                let way = way(Hold::Anchored(strength));
                assert!(way < 1e-3, "strength {strength}: {way}");
            }
        }
        let free = grown(Hold::Free, &about(&["a", "c"]), &Recipe::new(parameters()));
        let zero = grown(Hold::Anchored(0.0), &about(&["a", "c"]), &Recipe::new(parameters()));
        assert_eq!(bits(&free.input, 0), bits(&zero.input, 0));
    }

    /// By hand: from a = (1, −2), at x = (2, −1), with δ = ½·(2, 4) and ηλ = 0.1·10 = 1, half of the
    /// way from a to x + δ = (3, 1) is left: (2, −0.5).
    #[test]
    fn a_pull_by_hand() {
        let before = WordVectors::new(Vocab::new([("w", 1)]), 2, vec![1.0, -2.0]).unwrap();
        let vocab = Vocab::new([("other", 3), ("w", 1)]);
        let origin = Origin::of_vectors(&before, &vocab, "v", 0).unwrap();
        let origin = origin.hold(Hold::Anchored(10.0)).unwrap();
        let mut matrix = Matrix::zeros(2, 2);
        matrix.row_mut(0).copy_from_slice(&[7.0, 7.0]);
        matrix.row_mut(1).copy_from_slice(&[2.0, -1.0]);
        let mut delta = vec![0.0; 16];
        delta[..2].copy_from_slice(&[2.0, 4.0]);
        let mut rows = origin.held_input(&mut matrix);
        rows.rate(0.1);
        rows.add(1, 0.5, &delta);
        rows.add(0, 0.5, &delta);
        // The output matrix of vectors is not known, and so not held.
        let mut output = Matrix::zeros(2, 2);
        origin.held_output(&mut output).add(1, 0.5, &delta);
        assert_eq!(matrix.row(1), [2.0, -0.5]);
        assert_eq!(matrix.row(0), [8.0, 9.0], "a word that was not there before is free");
        assert_eq!(output.row(1), [1.0, 2.0]);
    }

    /// Eight threads pull one row home at once: were the pulls added up, it would leave for ever.
    #[test]
    fn threads_that_pull_at_once_do_not_overshoot() {
        let before = WordVectors::new(Vocab::new([("w", 1)]), 16, vec![1.0; 16]).unwrap();
        let origin = Origin::of_vectors(&before, &Vocab::new([("w", 1)]), "v", 0).unwrap();
        let origin = origin.hold(Hold::Anchored(1e6)).unwrap();
        let mut matrix = Matrix::zeros(1, 16);
        std::thread::scope(|scope| {
            for shared in matrix.shared(8) {
                let mut rows = origin.held_input(shared);
                scope.spawn(move || {
                    rows.rate(0.025);
                    (0..20_000).for_each(|i| rows.add(0, 1.0, &[(i % 3) as f32 - 1.0; 16]));
                });
            }
        });
        let far = matrix.row(0).iter().map(|x| (x - 1.0).abs()).fold(0.0, f32::max);
        assert!(far < 1e-3, "{far}");
    }

    /// gensim#1162: nothing new is no fault.
    #[test]
    fn a_text_with_nothing_new() {
        let new = grown(Hold::Free, "a1 a2 b1 b2\na1 x a2\n", &Recipe::new(parameters()));
        assert_eq!(new.vocab.len(), old().vocab.len());
    }

    #[test]
    fn vectors_of_words_that_are_spelt_the_same() {
        let vectors = Vocab::new([("Paris", 0), ("lyon", 0), ("paris ", 0)]);
        let vectors = WordVectors::new(vectors, 2, vec![1.0; 6]).unwrap();
        let of = |words: &[(&'static str, u64)]| {
            Origin::of_vectors(&vectors, &Vocab::new(words.iter().copied()), "v.txt", 7)
        };
        let found = of(&[("paris", 5), ("lyon", 4)]).unwrap();
        assert_eq!((found.record().words, found.record().hash), (1, 7));
        assert!(found.before().vocab().words().eq(["lyon"]));
        let none = of(&[("paris", 5)]).err().unwrap().to_string();
        assert!(none.contains("of the 1 words of the text none"), "{none}");
        let (vocab, corpus) = encoded("lyon paris lyon paris\n");
        let origin = of(&[("lyon", 2), ("paris", 2)]).unwrap();
        let train = |dim| {
            let p = SkipGram { dim, ..parameters() };
            let trainer = Trainer::new(vocab.clone(), &corpus, &Recipe::new(p));
            trainer.begin_with(&origin).train()
        };
        let message = train(3).err().unwrap().to_string();
        assert_eq!(message, "`dim` is 3, expected 2, as the vectors of v.txt have");
        assert!(train(2).is_ok());
        for strength in [-1.0, f32::NAN, f32::INFINITY] {
            assert!(Hold::Anchored(strength).check().is_err());
        }
    }
}
