//! A training run: read, count, encode, train, write.

use super::begin::Begin;
use super::drift::DriftReport;
use super::event::{Event, OnEvent};
use super::pairs::{CountsFile, count_pairs};
use super::resources::{Purpose, Resources};
use super::states::{Keeping, States};
use super::text::Text;
use crate::cooccur::{Cooccurrences, Counting};
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::formats::FileRoles;
use crate::plan::Request;
use crate::threads::Threads;
use crate::train::{self, Data, Hold, Model, Origin, Parameters, Recipe, Source, Trainer, Unit};
use crate::vocab::{Vocab, VocabLimits};
use std::borrow::Cow;
use std::cell::RefCell;
use std::path::PathBuf;

/// A training run as a value: input, objective, warm start, checkpoints and resources.
///
/// ```
/// use w2v::session::{Run, Text};
/// use w2v::{SkipGram, Threads, VocabLimits};
/// let limits = VocabLimits { min_count: 10, ..Default::default() };
/// let text = Text { limits, ..Text::new("data/corpus.txt") };
/// let mut run = Run::new(text, SkipGram { dim: 20, epochs: 2, ..Default::default() });
/// run.resources.threads = Threads::new(1)?; // the same seed gives the same bytes
/// let trained = run.train()?;
/// assert_eq!(trained.model.training.record.losses.len(), 2);
/// # Ok::<_, w2v::Error>(())
/// ```
#[derive(Debug)]
pub struct Run {
    /// What it learns from.
    pub input: Input,
    /// The objective and its parameters.
    pub objective: Parameters,
    /// Seed of all random choices.
    pub seed: u64,
    /// A warm start: a model or pretrained vectors instead of random rows.
    pub begin: Option<Begin>,
    /// Whether the rows of a warm start are trained, anchored or frozen.
    pub hold: Hold,
    /// Where the model is written; a file of that name is replaced. `None`: nowhere.
    pub output: Option<PathBuf>,
    /// Checkpoints: where they are written, and which one is resumed.
    pub states: States,
    /// Threads, memory and the folder of temporary files.
    pub resources: Resources,
}

/// What a run learns from.
#[allow(clippy::large_enum_variant, reason = "there is one a run")]
#[derive(Clone, Debug)]
pub enum Input {
    /// A text.
    Text(Text),
    /// Co-occurrences that were counted before.
    Counts(CountsFile),
}

impl From<Text> for Input {
    fn from(text: Text) -> Self {
        Input::Text(text)
    }
}

/// What was read: words, and a text or its co-occurrences.
#[derive(Debug)]
pub struct Loaded {
    /// The words.
    pub vocab: Vocab,
    /// What training reads.
    pub data: LoadedData,
}

/// What training reads.
#[derive(Debug)]
pub enum LoadedData {
    /// A text.
    Text(EncodedCorpus),
    /// Co-occurrences.
    Pairs(Cooccurrences),
}

impl LoadedData {
    fn as_data(&self) -> Data<'_> {
        match self {
            LoadedData::Text(text) => text.into(),
            LoadedData::Pairs(pairs) => pairs.into(),
        }
    }

    /// Bytes in memory.
    fn bytes(&self) -> u64 {
        match self {
            LoadedData::Text(text) if !text.is_on_disk() => 4 * text.len() as u64,
            LoadedData::Pairs(pairs) if !pairs.is_on_disk() => pairs.bytes(),
            _ => 0,
        }
    }
}

/// What came out of a run.
#[derive(Debug)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// Where the run diverged after the first epoch: the model is that of the epoch before.
    pub diverged: Option<Divergence>,
    /// What the run counted, and how much of it was trained over all epochs.
    pub work: (Unit, u64),
    /// Of a warm start the rows that it began with, and how often each word occurs in the text.
    warm: Option<(Origin, Vec<u64>)>,
}

/// A run whose loss was not finite, or absurd, in some epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence {
    /// 1-based epoch.
    pub epoch: u32,
    /// The learning rate that was too high.
    pub lr: f32,
}

impl Run {
    /// A run with the defaults of everything else: all cores, seed 1, nothing written.
    pub fn new(input: impl Into<Input>, objective: impl Into<Parameters>) -> Self {
        Run {
            input: input.into(),
            objective: objective.into(),
            seed: 1,
            begin: None,
            hold: Hold::Free,
            output: None,
            states: States::default(),
            resources: Resources::default(),
        }
    }

    /// Everything that decides the result, as far as it is known before the text is read.
    pub fn recipe(&self) -> Recipe {
        let tokenizer = match &self.input {
            Input::Text(text) => text.tokenizer,
            Input::Counts(_) => Default::default(),
        };
        Recipe {
            tokenizer,
            seed: self.seed,
            threads: self.resources.threads.count(),
            ..Recipe::new(self.objective.clone())
        }
    }

    /// Where the run keeps its state.
    pub fn state(&self) -> Option<PathBuf> {
        self.states.path(self.output.as_deref())
    }

    /// Refuses what can be refused before the work begins: parameters, a state that is of another run, files
    /// that are in the way or have two roles. The caller registers the inputs, those of
    /// [`States::inputs`] among them, and the output before, under names of its own.
    ///
    /// # Errors
    /// [`Error::Parameter`], [`Error::Query`], [`Error::Resume`], [`Error::SameFile`], [`Error::Exists`],
    /// [`Error::Foreign`], [`Error::Io`].
    pub fn check(&self, files: &mut FileRoles) -> Result<()> {
        let recipe = self.recipe();
        recipe.check()?;
        self.hold.check()?;
        if let (Some(begin), Input::Text(text)) = (&self.begin, &self.input) {
            begin.check(&self.objective, text.tokenizer)?;
        }
        self.states.check(self.output.as_deref(), &recipe, files)
    }

    /// The request that plans this run. `None` for a run on counts and for a warm start, which cannot be planned.
    ///
    /// # Errors
    /// Those of opening the text.
    pub fn plan_request(&self) -> Result<Option<Request>> {
        let (Input::Text(text), None) = (&self.input, &self.begin) else {
            return Ok(None);
        };
        let purpose = self.purpose();
        Ok(Some(Request {
            limits: text.limits.clone(),
            encode: self.resources.encode_options(purpose, text.max_sentence),
            count: self.resources.count_options(None),
            ..Request::new(&text.open()?, &self.recipe())
        }))
    }

    fn purpose(&self) -> Purpose {
        match self.objective.source() {
            Source::Text => Purpose::Sentences,
            Source::Pairs(_) => Purpose::Pairs,
        }
    }

    /// Reads the text, and counts its pairs where the objective is trained on these.
    ///
    /// # Errors
    /// As [`Text::read`], [`count_pairs`] and [`CountsFile::read`].
    pub fn read(&self, on_event: &mut OnEvent<'_>) -> Result<Loaded> {
        self.read_kept(&Keeping::new(&self.states, self.output.as_deref()), on_event)
    }

    fn read_kept(&self, keeping: &Keeping, on_event: &mut OnEvent<'_>) -> Result<Loaded> {
        let text = match &self.input {
            Input::Text(text) => text,
            Input::Counts(file) => {
                let (pairs, vocab) = file.read_and_tell(&self.resources, on_event)?;
                return Ok(Loaded { vocab, data: LoadedData::Pairs(pairs) });
            }
        };
        if let Some(begin) = &self.begin {
            begin.check(&self.objective, text.tokenizer)?;
        }
        let limits = match self.begin.as_ref().and_then(Begin::as_model) {
            Some(model) => Cow::Owned(VocabLimits {
                begin_with: Some(model.vocab.clone()),
                ..text.limits.clone()
            }),
            None => Cow::Borrowed(&text.limits),
        };
        let options = self.resources.encode_options(self.purpose(), text.max_sentence);
        let (vocab, text) = text.read_with(&options, &limits, on_event)?;
        let data = match self.objective.source() {
            Source::Text => LoadedData::Text(text),
            Source::Pairs(counting) => {
                let counting = counting.cloned().unwrap_or_default();
                LoadedData::Pairs(self.count(&vocab, &text, &counting, keeping, on_event)?)
            }
        };
        Ok(Loaded { vocab, data })
    }

    /// Counts the pairs of the text, unless they lie beside the state that the run goes on from.
    fn count(
        &self,
        vocab: &Vocab,
        text: &EncodedCorpus,
        counting: &Counting,
        keeping: &Keeping,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Cooccurrences> {
        let (record, tokens) = (text.record(), text.len() as u64);
        let options = self.resources.read_options(2);
        let start = std::time::Instant::now();
        let kept = keeping.kept_table(vocab, record, tokens, counting, &options)?;
        if let Some((pairs, path)) = kept {
            let seconds = start.elapsed().as_secs_f64();
            let path = &path;
            on_event(&Event::PairsRead { pairs: &pairs, path, beside_checkpoint: true, seconds });
            return Ok(pairs);
        }
        let journal = keeping.journal();
        let pairs = count_pairs(vocab, text, counting, journal, &self.resources, on_event)?;
        keeping.counted(&pairs, vocab, on_event)?;
        Ok(pairs)
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// As [`Run::train_with`].
    pub fn train(self) -> Result<Trained> {
        self.train_with(|_| true)
    }

    /// Runs to the end; `on_event` is told what happens, and where it answers `false` the run is interrupted.
    ///
    /// # Errors
    /// [`Error::Query`] where the state of another run would be replaced;
    /// [`Error::Suspended`] for an interrupted run whose state was kept, [`Error::Interrupted`] for one of which
    /// nothing is left; those of reading, of [`Trainer::train`] and of [`Model::save`].
    pub fn train_with(mut self, mut on_event: impl FnMut(&Event<'_>) -> bool) -> Result<Trained> {
        self.states.ensure_free(self.output.as_deref())?;
        let keeping = Keeping::new(&self.states, self.output.as_deref());
        if let Some(resume) = &self.states.resume {
            on_event(&Event::StateKept(resume));
        }
        let Loaded { vocab, data } = self.read_kept(&keeping, &mut on_event)?;
        if let Input::Text(text) = &mut self.input {
            // A list of words may be long, and has done its work.
            text.limits.keep_only = None;
        }
        let warm = match (self.begin.take(), &data) {
            (Some(begin), LoadedData::Text(text)) => {
                let (origin, start, counts) = begin.origin(self.hold, &vocab, text)?;
                on_event(&Event::WarmStart(&start));
                Some((origin, counts))
            }
            (Some(_), LoadedData::Pairs(_)) => {
                return Err(Error::query("a warm start needs a text, not its counts"));
            }
            (None, _) => None,
        };
        let pairs = match &data {
            LoadedData::Pairs(pairs) => Some(pairs),
            LoadedData::Text(_) => None,
        };
        let counted_here = pairs.filter(|_| matches!(self.input, Input::Text(_)));
        let counted_here = counted_here.map(|pairs| (pairs, vocab.clone()));
        let mut trainer = Trainer::new(vocab, data.as_data(), &self.recipe());
        if let Some(folder) = &self.resources.temp_dir {
            trainer = trainer.temp_dir(folder.clone());
        }
        if let Some((origin, _)) = &warm {
            trainer = trainer.begin_with(origin);
        }
        on_event(&Event::Training {
            recipe: trainer.recipe(),
            vocab: trainer.vocab(),
            pairs,
            data_bytes: data.bytes(),
        });
        let resumed =
            keeping.load(trainer.recipe(), &self.resources.read_options(1), &mut on_event)?;
        if let Some(checkpoint) = resumed {
            trainer = trainer.resume(checkpoint);
        }
        let mut diverged = None;
        let trained = {
            let told: RefCell<&mut OnEvent<'_>> = RefCell::new(&mut on_event);
            if let Some(checkpoints) = keeping.checkpoints(counted_here, &told) {
                trainer = trainer.checkpoints(checkpoints);
            }
            trainer.train_with(|event| {
                if let train::Event::Diverged { epoch, lr } = *event {
                    diverged = Some(Divergence { epoch, lr });
                }
                (told.borrow_mut())(&Event::Train(event))
            })
        };
        let model = trained.map_err(|error| keeping.explain(error))?;
        if let Some(output) = &self.output {
            if !on_event(&Event::Writing(output)) {
                return Err(Error::Interrupted { what: "training" });
            }
            model.save(output)?;
            keeping.end();
            on_event(&Event::Written(output));
        }
        let record = &model.training.record;
        let work = match data {
            LoadedData::Text(_) => {
                (Unit::Tokens, record.corpus_tokens * u64::from(self.objective.epochs()))
            }
            LoadedData::Pairs(_) => (Unit::Pairs, record.trained_tokens),
        };
        Ok(Trained { model, diverged, work, warm })
    }
}

impl Trained {
    /// Of a warm start: how far the words moved that were there before.
    ///
    /// # Errors
    /// As [`Drift::between`](crate::eval::Drift::between).
    pub fn into_drift(self, threads: &Threads) -> Result<Option<DriftReport>> {
        let Some((origin, counts)) = self.warm else {
            return Ok(None);
        };
        let after = self.model.into_vectors().with_threads(threads.clone());
        DriftReport::new(origin.before(), &after, &counts).map(Some)
    }
}
