//! A run of skip-gram, from its beginning or from a checkpoint to its end.

use super::block::{Block, Shape};
use super::checkpoint::{Checkpoint, Checkpoints, Pause, Snapshot, TableRows};
use super::engine::{self, Ended, Schedule, State, Units, Worker};
use super::origin::Origin;
use super::pair::Pair;
use super::{
    CorpusRecord, Engine, EpochSums, Event, Hold, Model, Parameters, Position, Recipe, Record, Run,
    SkipGram, Storage, Training, ensure_memory,
};
use crate::corpus::Tokenizer;
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::matrix::{Bf16Matrix, Matrix, Rows, Table};
use crate::vocab::{Noise, Subsampling, Vocab};
use rand::{RngExt, SeedableRng};
use rand_distr::Uniform;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::borrow::Cow;

/// Trains skip-gram vectors with negative sampling: [`super::skipgram`] with what it may begin from
/// and keep on the way.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::formats::native;
/// use w2v::train::{Checkpoints, Every, Run, SkipGramTrainer};
/// use w2v::{Corpus, SkipGram, Tokenizer, encode};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = &folder.path().join("run.checkpoint");
/// let corpus = Corpus::open(&["data/corpus.txt".into()], Default::default())?;
/// let tokenizer = Tokenizer::default();
/// let (vocab, text) =
///     encode::encode(&corpus, tokenizer, &Default::default(), &Default::default(), |_| true)?;
/// let (parameters, run) = (SkipGram { dim: 10, epochs: 1, ..Default::default() }, Run::default());
/// let trainer = || SkipGramTrainer::new(vocab.clone(), &text, tokenizer, &parameters, &run);
/// // A run that is broken off at its first report, and its state.
/// let keep = Checkpoints::new(Every::Never, |state| native::write_checkpoint(state, path));
/// assert!(trainer().checkpoints(keep).train(|_| false).is_err());
/// // It goes on, and ends as if nothing had happened.
/// let resumed = trainer().resume(native::read_checkpoint(path)?).train(|_| true)?;
/// let whole = trainer().train(|_| true)?;
/// assert_eq!(resumed.input.row(0), whole.input.row(0));
/// # Ok(()) }
/// ```
pub struct SkipGramTrainer<'a> {
    vocab: Vocab,
    corpus: &'a EncodedCorpus,
    tokenizer: Tokenizer,
    parameters: &'a SkipGram,
    run: &'a Run,
    origin: Option<&'a Origin>,
    text: CorpusRecord,
    resume: Option<Checkpoint>,
    checkpoints: Option<Checkpoints<'a>>,
}

impl<'a> SkipGramTrainer<'a> {
    /// From random weights to a model, without a stop.
    pub fn new(
        vocab: Vocab,
        corpus: &'a EncodedCorpus,
        tokenizer: Tokenizer,
        parameters: &'a SkipGram,
        run: &'a Run,
    ) -> Self {
        SkipGramTrainer {
            vocab,
            corpus,
            tokenizer,
            parameters,
            run,
            origin: None,
            text: CorpusRecord::default(),
            resume: None,
            checkpoints: None,
        }
    }

    /// Begins with rows that words had before, instead of random ones and zeros; the vocabulary must be
    /// the one that the origin was made for.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// use w2v::train::{Hold, Origin, Run, SkipGramTrainer, skipgram};
    /// use w2v::{Corpus, SkipGram, Tokenizer, VocabLimits, encode::encode};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let text = |name: &str, text: &str| {
    /// #     let path = folder.path().join(name);
    /// #     std::fs::write(&path, text.repeat(50)).unwrap();
    /// #     Corpus::open(&[path], Default::default())
    /// # };
    /// # let (old, new) = (text("old", "the king rules\n")?, text("new", "the queen rules\n")?);
    /// let parameters = SkipGram { dim: 8, sample: 0.0, ..Default::default() };
    /// let (tokenizer, options, run) = (Tokenizer::default(), Default::default(), Run::default());
    /// let (vocab, ids) = encode(&old, tokenizer, &VocabLimits::default(), &options, |_| true)?;
    /// let model = skipgram(vocab, &ids, tokenizer, &parameters, &run, |_| true)?;
    /// let king = model.vocab.id("king").unwrap().index();
    /// let was = model.input.row(king).to_vec();
    ///
    /// let limits = VocabLimits { begin_with: Some(model.vocab.clone()), ..Default::default() };
    /// let (vocab, ids) = encode(&new, tokenizer, &limits, &options, |_| true)?;
    /// assert_eq!(vocab.id("queen").unwrap().index(), 3, "behind the old words");
    /// let origin = Origin::of_model(model, "vectors.w2v", 0)?.hold(Hold::Frozen)?;
    /// let trainer = SkipGramTrainer::new(vocab, &ids, tokenizer, &parameters, &run);
    /// let grown = trainer.begin_with(&origin).train(|_| true)?;
    /// assert_eq!(grown.input.row(king), was);
    /// # Ok(()) }
    /// ```
    pub fn begin_with(mut self, origin: &'a Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Says what the text is, for the record.
    pub fn corpus(mut self, text: CorpusRecord) -> Self {
        self.text = text;
        self
    }

    /// Goes on from a state that was kept; it must be of the same text, words and parameters.
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// Keeps the state now and then, and when the run is interrupted.
    pub fn checkpoints(mut self, checkpoints: Checkpoints<'a>) -> Self {
        self.checkpoints = Some(checkpoints);
        self
    }

    /// Trains. `on_event` is called about ten times a second and at the end of each epoch; where it
    /// returns `false`, training ends with [`Error::Interrupted`], after its state was kept if that was
    /// asked for.
    ///
    /// # Errors
    /// Those of [`super::skipgram`]; [`Error::Parameter`] and [`Error::Query`] where the origin has
    /// other dimensions, or words that the vocabulary does not begin with; [`Error::Resume`] where the checkpoint is of another run; what
    /// keeping the state of an interrupted run failed with.
    pub fn train(mut self, mut on_event: impl FnMut(&Event) -> bool) -> Result<Model> {
        self.parameters.check()?;
        self.run.check()?;
        if let Some(origin) = self.origin {
            origin.check(&self.vocab, self.parameters.dim)?;
        }
        let resume = self.resume.take();
        if let Some(checkpoint) = &resume {
            checkpoint.check(&self.recipe(), &self.vocab, self.corpus.statistics().hash)?;
        }
        match self.run.storage {
            Storage::F32 => self.train_table::<Matrix>(resume, &mut on_event),
            Storage::Bf16 => self.train_table::<Bf16Matrix>(resume, &mut on_event),
        }
    }

    /// Trains matrices of one kind.
    fn train_table<T: Table>(
        mut self,
        resume: Option<Checkpoint>,
        on_event: &mut impl FnMut(&Event) -> bool,
    ) -> Result<Model> {
        let (parameters, run) = (self.parameters, self.run);
        // What is drawn and left out follows from the counts of this text alone: see `origin`.
        let of_text = match self.origin {
            Some(_) => Cow::Owned(self.vocab.with_counts(self.corpus.counts(self.vocab.len()))),
            None => Cow::Borrowed(&self.vocab),
        };
        let noise = Noise::new(&of_text, parameters.ns_exponent);
        let subsampling = Subsampling::new(&of_text, parameters.sample);
        let shape = Shape::new(parameters, &of_text, &noise, &subsampling);
        drop(of_text);
        // What the plan, the tables and the announcement of the peak have left behind.
        crate::mmap::trim();
        ensure_memory(self.vocab.len(), parameters, shape, run)?;
        let schedule = Schedule::new(parameters, self.corpus.len());
        let units = Units::new(self.corpus, schedule, run.seed);
        let method = Method {
            engine: run.engine,
            parameters,
            shape,
            noise: &noise,
            subsampling: &subsampling,
            origin: self.origin,
        };
        let (mut input, mut output, mut state): (T, T, State) = match resume {
            None => {
                let mut input = initial_weights(self.vocab.len(), parameters.dim, run.seed);
                let mut output = T::zeros(self.vocab.len(), parameters.dim);
                if let Some(origin) = self.origin {
                    origin.restore(&mut input, &mut output);
                }
                (input, output, State::new(&units, None))
            }
            Some(Checkpoint { model, position }) => {
                units.check(&position)?;
                let state = State::new(&units, Some(&position));
                (T::from_f32(model.input), T::from_f32(model.output), state)
            }
        };
        let mut checkpoints = self.checkpoints.take();
        let text = (checkpoints.as_ref()).map_or(0, |_| self.corpus.ids_hash());
        if let Some(checkpoints) = &mut checkpoints {
            checkpoints.begin(state.tokens());
        }
        loop {
            let pause = (checkpoints.as_ref()).map_or_else(Pause::default, Checkpoints::pause);
            let workers = match run.threads {
                1 => vec![method.worker_on(input.owned(), output.owned())],
                threads => (input.shared(threads).into_iter())
                    .zip(output.shared(threads))
                    .map(|(input, output)| method.worker_on(input, output))
                    .collect(),
            };
            let ended = engine::run(&units, workers, &mut state, pause, on_event)?;
            if let Ended::Whole = ended {
                break;
            }
            let Some(checkpoints) = &mut checkpoints else {
                return Err(Error::Interrupted { what: "training" });
            };
            let position = &Position { text, ..state.position(&units) };
            self.ensure_finite(&input, &output, position)?;
            let (words, dim) = (self.vocab.len(), parameters.dim);
            let snapshot = Snapshot {
                vocab: &self.vocab,
                training: self.training(position),
                position,
                tables: vec![
                    TableRows::new("input", words, dim, |row| input.numbers(row)),
                    TableRows::new("output", words, dim, |row| output.numbers(row)),
                ],
            };
            let interrupted = matches!(ended, Ended::Interrupted);
            checkpoints.keep(&snapshot, interrupted, on_event)?;
        }
        let outcome = state.outcome(&units)?;
        let position = state.position(&units);
        let mut training = self.training(&position);
        (training.record.trained_tokens, training.record.losses) =
            (outcome.trained_tokens, outcome.losses);
        let (mut input, mut output) = (input.into_f32(), output.into_f32());
        if let Some(origin) = self.origin.filter(|o| o.record().hold == Hold::Frozen)
            && run.storage != Storage::F32
        {
            // Rows that were not trained were rounded all the same.
            origin.restore(&mut input, &mut output);
        }
        self.ensure_finite(&input, &output, &position)?;
        Ok(Model { vocab: self.vocab, input, output, tables: Vec::new(), training })
    }

    /// What decides the result.
    fn recipe(&self) -> Recipe {
        let objective = Parameters::SkipGram(self.parameters.clone());
        let reading = self.text.reading.clone();
        Recipe {
            origin: self.origin.map(|origin| origin.record().clone()),
            ..Recipe::new(objective, self.run, self.tokenizer, reading)
        }
    }

    /// The record of what was done so far: a loss for each epoch that was finished.
    fn training(&self, position: &Position) -> Training {
        let loss = |epoch: &EpochSums| epoch.loss / epoch.pairs.max(1) as f64;
        let record = Record {
            corpus_hash: self.corpus.statistics().hash,
            corpus_tokens: self.corpus.len() as u64,
            trained_tokens: position.epochs.iter().map(|epoch| epoch.kept).sum(),
            ..Record::of(&self.text, position, loss)
        };
        Training::new(self.recipe(), record)
    }

    /// Losses were finite so far; weights that no pair has met since may yet not be.
    fn ensure_finite<T: Table>(&self, input: &T, output: &T, at: &Position) -> Result<()> {
        if input.is_finite() && output.is_finite() {
            return Ok(());
        }
        Err(Error::Diverged {
            epoch: at.epochs.len() as u32,
            tokens: at.tokens,
            loss: f64::NAN,
            lr: self.parameters.lr,
        })
    }
}

/// What the workers of a run have in common, but for the matrices.
#[derive(Clone, Copy)]
struct Method<'a> {
    engine: Engine,
    parameters: &'a SkipGram,
    shape: Shape,
    noise: &'a Noise,
    subsampling: &'a Subsampling,
    origin: Option<&'a Origin>,
}

impl<'a> Method<'a> {
    /// A worker on rows of which some may be held: another type, so that where none is held nothing is
    /// asked.
    fn worker_on<'b, R: Rows + Send + 'b>(&self, input: R, output: R) -> Box<dyn Worker + 'b>
    where
        'a: 'b,
    {
        match self.origin.filter(|o| o.record().hold != Hold::Free) {
            None => self.worker(input, output),
            Some(origin) => self.worker(origin.held_input(input), origin.held_output(output)),
        }
    }

    fn worker<'b, R: Rows + Send + 'b>(&self, input: R, output: R) -> Box<dyn Worker + 'b>
    where
        'a: 'b,
    {
        let (parameters, noise, subsampling) = (self.parameters, self.noise, self.subsampling);
        match self.engine {
            Engine::Pair => Box::new(Pair::new(input, output, parameters, noise, subsampling)),
            Engine::Block => {
                Box::new(Block::new(input, output, parameters, self.shape, noise, subsampling))
            }
        }
    }
}

/// V×D weights, uniform in ±1/(2D) as in word2vec.c, from the seed alone, row after row.
pub(super) fn initial_weights<T: Table>(rows: usize, dim: usize, seed: u64) -> T {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let bound = 0.5 / dim as f32;
    let uniform = Uniform::new(-bound, bound).expect("finite bounds in order");
    let mut weights = T::zeros(rows, dim);
    let mut numbers = vec![0.0; dim];
    for row in 0..rows {
        numbers.fill_with(|| random.sample(uniform));
        weights.set_row(row, &numbers);
    }
    weights
}
