//! A run, from its beginning or from a checkpoint to its end.

use super::checkpoint::{Checkpoint, Checkpoints, Snapshot};
use super::event::Event;
use super::executor::{self, Ended, Limits, Pause, State};
use super::glove::{self, GloveParameters};
use super::model::Model;
use super::objective::{Divergence, Objective};
use super::origin::Origin;
use super::parameters::Parameters;
use super::position::{EpochSums, Position};
use super::recipe::Recipe;
use super::record::{Record, Training};
use super::saved::Saved;
use super::settings::Source;
use super::skipgram::{self, Storage};
use super::tables::{INPUT, OUTPUT, take};
use crate::cooccur::Cooccurrences;
use crate::encode::{CorpusRecord, EncodedCorpus};
use crate::error::{Error, Result};
use crate::kernels::Isa;
use crate::matrix::{Bf16Matrix, Matrix, Table};
use crate::vocab::Vocab;
use std::path::PathBuf;

/// What a run learns from.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    /// A text: skip-gram.
    Text(&'a EncodedCorpus),
    /// Its co-occurrence counts: GloVe.
    Pairs(&'a Cooccurrences),
}

impl<'a> From<&'a EncodedCorpus> for Data<'a> {
    fn from(corpus: &'a EncodedCorpus) -> Self {
        Data::Text(corpus)
    }
}

impl<'a> From<&'a Cooccurrences> for Data<'a> {
    fn from(pairs: &'a Cooccurrences) -> Self {
        Data::Pairs(pairs)
    }
}

/// Trains vectors as a [`Recipe`] says.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::train::{Recipe, Trainer};
/// use w2v::{Corpus, Glove, SkipGram, cooccur, encode};
/// let corpus = Corpus::open(&["data/corpus.txt"], Default::default())?;
/// let (vocab, text) =
///     encode::encode(&corpus, Default::default(), &Default::default(), &Default::default())?;
/// let skipgram = SkipGram { dim: 10, epochs: 1, ..Default::default() };
/// let recipe = Recipe { threads: 2, ..Recipe::new(skipgram) };
/// let model = Trainer::new(vocab.clone(), &text, &recipe).train()?;
/// assert_eq!(model.input.dim(), 10);
///
/// let pairs = cooccur::count(&vocab, &text, &Default::default(), &Default::default())?;
/// let recipe = Recipe::new(Glove { dim: 10, epochs: 2, x_max: 10.0, ..Default::default() });
/// let model = Trainer::new(vocab, &pairs, &recipe).train()?;
/// assert!(model.training.record.losses[1] < model.training.record.losses[0]);
/// # Ok(()) }
/// ```
///
/// A run that is broken off goes on from the state that it kept:
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::formats::native;
/// use w2v::train::{Checkpoints, Every, Recipe, Trainer};
/// use w2v::{Corpus, SkipGram, encode};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = &folder.path().join("run.checkpoint");
/// # let corpus = Corpus::open(&["data/corpus.txt"], Default::default())?;
/// # let (vocab, text) =
/// #     encode::encode(&corpus, Default::default(), &Default::default(), &Default::default())?;
/// let recipe = Recipe::new(SkipGram { dim: 10, epochs: 1, ..Default::default() });
/// let trainer = || Trainer::new(vocab.clone(), &text, &recipe);
/// // A run that is broken off at its first report, and its state.
/// let keep = Checkpoints::new(Every::Never, |state| native::write_checkpoint(state, path));
/// assert!(trainer().checkpoints(keep).train_with(|_| false).is_err());
/// // It goes on, and ends as if nothing had happened.
/// let resumed = trainer().resume(native::read_checkpoint(path, &Default::default())?).train()?;
/// let whole = trainer().train()?;
/// assert_eq!(resumed.input.row(0), whole.input.row(0));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Trainer<'a> {
    vocab: Vocab,
    data: Data<'a>,
    recipe: Recipe,
    temp_dir: Option<PathBuf>,
    origin: Option<&'a Origin>,
    text: CorpusRecord,
    resume: Option<Checkpoint>,
    checkpoints: Option<Checkpoints<'a>>,
}

impl<'a> Trainer<'a> {
    /// From random weights to a model, without a stop.
    pub fn new(vocab: Vocab, data: impl Into<Data<'a>>, recipe: &Recipe) -> Self {
        let data = data.into();
        let text = match data {
            Data::Text(corpus) => corpus.record(),
            Data::Pairs(pairs) => pairs.text(),
        };
        let recipe = Recipe {
            tokenizer: text.tokenizer,
            reading: text.reading.clone(),
            kernels: Isa::chosen().to_string(),
            ..recipe.clone()
        };
        Trainer {
            vocab,
            text: text.clone(),
            data,
            recipe,
            temp_dir: None,
            origin: None,
            resume: None,
            checkpoints: None,
        }
    }

    /// The run as it will be recorded, as far as it is known before it begins.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The words.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Folder of temporary files. GloVe keeps there the state at the end of the last epoch; without it
    /// memory holds that state besides the one that is trained.
    pub fn temp_dir(mut self, folder: PathBuf) -> Self {
        self.temp_dir = Some(folder);
        self
    }

    /// Begins with rows that words had before, instead of random ones and zeros; the vocabulary must be
    /// the one that the origin was made for.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// use w2v::train::{Hold, Recipe, Trainer};
    /// use w2v::{Corpus, SkipGram, Tokenizer, VocabLimits, encode::encode};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let text = |name: &str, text: &str| {
    /// #     let path = folder.path().join(name);
    /// #     std::fs::write(&path, text.repeat(50)).unwrap();
    /// #     Corpus::open(&[path], Default::default())
    /// # };
    /// # let (old, new) = (text("old", "the king rules\n")?, text("new", "the queen rules\n")?);
    /// let parameters = SkipGram { dim: 8, sample: 0.0, ..Default::default() };
    /// let (tokenizer, options) = (Tokenizer::default(), Default::default());
    /// let recipe = Recipe::new(parameters);
    /// let (vocab, ids) = encode(&old, tokenizer, &VocabLimits::default(), &options)?;
    /// let model = Trainer::new(vocab, &ids, &recipe).train()?;
    /// let king = model.vocab.id("king").unwrap().index();
    /// let was = model.input.row(king).to_vec();
    ///
    /// let limits = VocabLimits { begin_with: Some(model.vocab.clone()), ..Default::default() };
    /// let (vocab, ids) = encode(&new, tokenizer, &limits, &options)?;
    /// assert_eq!(vocab.id("queen").unwrap().index(), 3, "behind the old words");
    /// let origin = model.into_origin("vectors.w2v", 0)?.hold(Hold::Frozen)?;
    /// let grown = Trainer::new(vocab, &ids, &recipe).begin_with(&origin).train()?;
    /// assert_eq!(grown.input.row(king), was);
    /// # Ok(()) }
    /// ```
    pub fn begin_with(mut self, origin: &'a Origin) -> Self {
        self.recipe.origin = Some(origin.record().clone());
        self.origin = Some(origin);
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

    /// Trains.
    ///
    /// Where a loss of GloVe is not finite, or ten times that of vectors of zeros, after the first epoch, [`Event::Diverged`] says so and the model
    /// of the last epoch that was whole is returned: it has a loss for each of these in
    /// `training.record.losses`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for parameters outside their range; [`Error::Query`] where data, vocabulary or
    /// origin do not belong to the recipe; [`Error::Diverged`] and [`Error::CellsDiverged`] where a loss is
    /// ten times that of vectors of zeros, or a loss or a weight is no longer finite; [`Error::Resume`] where the checkpoint is of another run;
    /// [`Error::NoPairs`], [`Error::Memory`], [`Error::Io`], [`Error::Interrupted`]; what keeping the state
    /// of an interrupted run failed with.
    pub fn train(self) -> Result<Model> {
        self.train_with(|_| true)
    }

    /// As [`Trainer::train`]. `on_event` is called about ten times a second and at the end of each epoch; where it
    /// returns `false`, training ends with [`Error::Interrupted`], after its state was kept if that was
    /// asked for.
    ///
    /// # Errors
    /// As [`Trainer::train`].
    pub fn train_with(mut self, mut on_event: impl FnMut(&Event) -> bool) -> Result<Model> {
        self.recipe.check()?;
        if let (Some(_), Some(why)) = (self.origin, self.recipe.objective.no_warm_start()) {
            return Err(Error::query(why));
        }
        let seed = self.recipe.seed;
        match (self.recipe.objective.clone(), self.data) {
            (Parameters::SkipGram(parameters), Data::Text(corpus)) => {
                if let Some(origin) = self.origin {
                    origin.check(&self.vocab, parameters.dim)?;
                }
                self.check_resume()?;
                let origin = self.origin;
                let task = skipgram::Task::new(&self.vocab, corpus, &parameters, seed, origin);
                match parameters.storage {
                    Storage::F32 => self.run::<Matrix>(&task, &mut on_event),
                    Storage::Bf16 => self.run::<Bf16Matrix>(&task, &mut on_event),
                }
            }
            (Parameters::Glove(GloveParameters { glove, .. }), Data::Pairs(pairs)) => {
                pairs.check_vocab(&self.vocab)?;
                let counting = (pairs.tokens() > 0).then(|| pairs.counting().clone());
                self.recipe.objective = GloveParameters { glove: glove.clone(), counting }.into();
                self.check_resume()?;
                self.run::<Matrix>(&glove::Task::new(pairs, &glove, seed), &mut on_event)
            }
            (objective, _) => Err(Error::query(match objective.source() {
                Source::Text => "this objective is trained on a text, not on its counts",
                Source::Pairs(_) => "this objective is trained on counts, not on a text",
            })),
        }
    }

    fn check_resume(&self) -> Result<()> {
        match &self.resume {
            Some(checkpoint) => checkpoint.check(&self.recipe, &self.vocab, self.text.hash),
            None => Ok(()),
        }
    }

    /// Trains an objective on tables of one kind.
    fn run<T: Table>(
        mut self,
        objective: &impl Objective,
        on_event: &mut impl FnMut(&Event) -> bool,
    ) -> Result<Model> {
        let (extent, goes_back) = (objective.extent(), goes_back(objective));
        let threads = self.recipe.threads;
        let (mut tables, begin) = match self.resume.take() {
            None => {
                self.ensure_memory(objective)?;
                (objective.tables::<T>(), Position::default())
            }
            Some(checkpoint) => {
                let position = checkpoint.position.clone();
                objective.check_data(position.text)?;
                ensure_position(&position, extent.steps, extent.all_steps())?;
                self.ensure_memory(objective)?;
                (objective.restore(checkpoint.into_tables())?, position)
            }
        };
        let mut state = State::new(extent, &begin);
        let mut saved = Saved::new(goes_back, self.temp_dir.as_deref())?;
        if begin.steps > 0 {
            saved.save(&tables)?;
        }
        let mut checkpoints = self.checkpoints.take();
        let text = checkpoints.as_ref().map_or(0, |_| objective.data_hash());
        if let Some(checkpoints) = &mut checkpoints {
            checkpoints.begin(begin.tokens);
        }
        let mut position = begin;
        while position.steps < extent.all_steps() {
            let epochs = position.steps / extent.steps;
            let limits = Limits {
                until: match goes_back {
                    true => (epochs + 1) * extent.steps,
                    false => extent.all_steps(),
                },
                pause: (checkpoints.as_ref()).map_or_else(Pause::default, Checkpoints::pause),
                whole_steps: checkpoints.is_some(),
            };
            let workers = match threads {
                1 => {
                    let rows = tables.iter_mut().map(T::owned).collect();
                    vec![objective.worker(rows)]
                }
                threads => {
                    let mut rows: Vec<_> =
                        tables.iter_mut().map(|table| table.shared(threads).into_iter()).collect();
                    let next = |_| {
                        let rows = rows.iter_mut().map(|rows| rows.next().expect("one a thread"));
                        objective.worker(rows.collect())
                    };
                    (0..threads).map(next).collect()
                }
            };
            let ended = executor::run(objective, workers, &mut state, &limits, on_event)?;
            let interrupted = matches!(ended, Ended::Interrupted);
            match ended {
                Ended::Diverged(at) if at.epoch > 1 && goes_back => {
                    saved.load(&mut tables)?;
                    state.go_back();
                    position = state.position();
                    on_event(&Event::Diverged {
                        epoch: at.epoch,
                        lr: objective.lr(position.steps),
                    });
                    break;
                }
                Ended::Diverged(at) => return Err(objective.diverged(at)),
                Ended::Interrupted if checkpoints.is_none() => {
                    return Err(Error::Interrupted { what: "training" });
                }
                _ => {}
            }
            position = Position { text, ..state.position() };
            let whole = position.steps == extent.all_steps();
            if goes_back && position.steps.is_multiple_of(extent.steps) && !whole {
                saved.save(&tables)?;
            }
            if let Some(checkpoints) = &mut checkpoints
                && (interrupted || !whole && limits.pause.is_due(position.tokens))
            {
                self.ensure_finite(objective, tables.iter().all(T::is_finite), &position)?;
                let snapshot = Snapshot {
                    vocab: &self.vocab,
                    training: self.training(&position),
                    position: &position,
                    tables: objective.state(&tables),
                };
                checkpoints.keep(&snapshot, interrupted, on_event)?;
            }
        }
        let with_pairs = position.epochs.iter().filter(|epoch| epoch.pairs > 0);
        if with_pairs.count() < extent.epochs as usize {
            let kept: u64 = position.epochs.iter().map(|epoch| epoch.kept).sum();
            if let Some(error) = objective.without_pairs(kept / u64::from(extent.epochs)) {
                return Err(error);
            }
        }
        let training = self.training(&position);
        let mut tables = objective.finish(tables);
        let finite = tables.iter().all(|table| table.matrix.is_finite());
        self.ensure_finite(objective, finite, &position)?;
        let [Some(input), Some(output)] = [INPUT, OUTPUT].map(|name| take(&mut tables, name))
        else {
            unreachable!("each objective has an input and an output table")
        };
        Ok(Model { vocab: self.vocab, input, output, tables, training })
    }

    /// What was asked for, and what was done so far: a loss for each epoch that was finished.
    fn training(&self, position: &Position) -> Training {
        let sum = |of: fn(&EpochSums) -> u64| position.epochs.iter().map(of).sum();
        let (corpus_tokens, trained_tokens) = match self.data {
            Data::Text(corpus) => (corpus.len() as u64, sum(|epoch| epoch.kept)),
            Data::Pairs(pairs) => (pairs.tokens(), sum(|epoch| epoch.pairs)),
        };
        let record = Record { corpus_tokens, trained_tokens, ..Record::of(&self.text, position) };
        Training::new(self.recipe.clone(), record)
    }

    /// Losses were finite so far; weights that no pair has met since may yet not be.
    fn ensure_finite(&self, of: &impl Objective, finite: bool, at: &Position) -> Result<()> {
        let (epoch, read) = (at.epochs.len() as u32, at.tokens);
        match finite {
            true => Ok(()),
            false => Err(of.diverged(Divergence { epoch, read, loss: f64::NAN })),
        }
    }

    /// Refuses a run that the system has no memory for, by asking for as much.
    ///
    /// Systems that promise more than they have say yes to almost anything; what this catches is a limit
    /// (`ulimit -v`, a container's) and numbers beyond the address space.
    fn ensure_memory(&self, objective: &impl Objective) -> Result<()> {
        // What the plan, the tables of counts and the announcement of the peak have left behind.
        crate::mmap::trim();
        let threads = self.recipe.threads;
        let needed = objective.bytes();
        let twice = goes_back(objective) && self.temp_dir.is_none();
        let saved = if twice { needed.tables } else { 0 };
        let bytes = needed.total(threads).saturating_add(saved);
        let granted = usize::try_from(bytes)
            .is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
        match granted {
            true => Ok(()),
            false => Err(Error::Memory {
                words: self.vocab.len(),
                dim: self.recipe.objective.dim(),
                threads,
                bytes,
            }),
        }
    }
}

/// Whether the tables at the end of each epoch are kept, to go back to.
fn goes_back<O: Objective>(objective: &O) -> bool {
    O::GOES_BACK && objective.extent().epochs > 1
}

/// Refuses a position that is none of this run.
fn ensure_position(position: &Position, per_epoch: u64, all: u64) -> Result<()> {
    let begun = position.steps.div_ceil(per_epoch.max(1));
    if position.steps_per_epoch == per_epoch
        && position.steps <= all
        && position.epochs.len() as u64 == begun
    {
        return Ok(());
    }
    Err(Error::Resume {
        name: "the position in the run".into(),
        was: format!("step {} of {} an epoch", position.steps, position.steps_per_epoch),
        is: format!("of {per_epoch}"),
    })
}
