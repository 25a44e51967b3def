//! A run of GloVe, from its beginning or from a checkpoint to its end.

use super::engine::{self, Ended, Part, Tally, Worker};
use super::order::Order;
use super::records::{Records, Role, Saved, numbers};
use super::{Glove, ensure_memory};
use crate::cooccur::Cooccurrences;
use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::matrix::Table;
use crate::train::checkpoint::{Checkpoint, Checkpoints, Pause, Snapshot};
use crate::train::{
    CorpusRecord, Event, GloveParameters, Model, NamedTable, Parameters, Position, Recipe, Record,
    Run, Training,
};
use crate::vocab::Vocab;
use std::time::Instant;

/// Trains GloVe vectors: [`glove`](super::glove()) with what it may begin from and keep on the way, as
/// [`SkipGramTrainer`](crate::train::SkipGramTrainer) does.
pub struct GloveTrainer<'a> {
    vocab: Vocab,
    pairs: &'a Cooccurrences,
    tokenizer: Tokenizer,
    parameters: &'a Glove,
    run: &'a Run,
    text: CorpusRecord,
    resume: Option<Checkpoint>,
    checkpoints: Option<Checkpoints<'a>>,
}

impl<'a> GloveTrainer<'a> {
    /// From random weights to a model, without a stop.
    pub fn new(
        vocab: Vocab,
        pairs: &'a Cooccurrences,
        tokenizer: Tokenizer,
        parameters: &'a Glove,
        run: &'a Run,
    ) -> Self {
        GloveTrainer {
            vocab,
            pairs,
            tokenizer,
            parameters,
            run,
            text: CorpusRecord::default(),
            resume: None,
            checkpoints: None,
        }
    }

    /// Names the files of the text that the pairs were counted in, and its hash, for the record.
    pub fn corpus(mut self, text: CorpusRecord) -> Self {
        self.text = text;
        self
    }

    /// Goes on from a state that was kept; it must be of the same pairs, words and parameters.
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// Keeps the state now and then, and when the run is interrupted.
    pub fn checkpoints(mut self, checkpoints: Checkpoints<'a>) -> Self {
        self.checkpoints = Some(checkpoints);
        self
    }

    /// Trains; see [`glove`](super::glove()) for the events, and for how a run that diverges ends.
    ///
    /// # Errors
    /// Those of [`glove`](super::glove()); [`Error::Resume`] where the checkpoint is of another run; what keeping the
    /// state of an interrupted run failed with.
    pub fn train(mut self, mut on_event: impl FnMut(&Event) -> bool) -> Result<Model> {
        let (parameters, run, pairs) = (self.parameters, self.run, self.pairs);
        parameters.check()?;
        run.check()?;
        pairs.check_vocab(&self.vocab)?;
        let (dim, epochs) = (parameters.dim, parameters.epochs);
        let per_epoch = Order::new(pairs, run.seed, 0).groups();
        let resume = self.resume.take();
        let resumed = resume.is_some();
        if let Some(checkpoint) = &resume {
            self.check(checkpoint, per_epoch)?;
        }
        ensure_memory(self.vocab.len(), dim, Saved::in_memory(epochs, run), run.threads)?;
        let (mut records, mut position) = match resume {
            Some(checkpoint) => Records::of(checkpoint)?,
            None => {
                let position = Position {
                    steps_per_epoch: per_epoch,
                    text: pairs.cells(),
                    ..Default::default()
                };
                (Records::initial(self.vocab.len(), dim, run.seed), position)
            }
        };
        let (start, earlier) = (Instant::now(), position.seconds);
        let seconds = || earlier + start.elapsed().as_secs_f64();
        let mut saved = Saved::new(epochs, run.temp_dir.as_deref())?;
        if resumed {
            saved.save(&records)?;
        }
        let mut checkpoints = self.checkpoints.take();
        if let Some(checkpoints) = &mut checkpoints {
            checkpoints.begin(position.tokens);
        }
        while position.steps < per_epoch * u64::from(epochs) {
            let epoch = (position.steps / per_epoch) as u32;
            position.epochs.resize(epoch as usize + 1, Default::default());
            let mut tally = Tally::of(&position.epochs[epoch as usize]);
            let before = position.tokens - tally.read();
            let mut goes_on = true;
            let part = Part {
                from: position.steps % per_epoch,
                pause: (checkpoints.as_ref()).map_or_else(Pause::default, Checkpoints::pause),
                before,
                whole_groups: checkpoints.is_some(),
            };
            let ended = self.train_part(epoch, &part, &mut records, &mut tally, |tally| {
                goes_on &= on_event(&Event::Cells {
                    epoch: epoch + 1,
                    cells: before + tally.read(),
                    total: pairs.cells() * u64::from(epochs),
                    loss: tally.mean(),
                    seconds: seconds(),
                });
                goes_on
            })?;
            match ended {
                Ended::Interrupted => return Err(Error::Interrupted { what: "training" }),
                Ended::Diverged if epoch > 0 => {
                    saved.load(&mut records)?;
                    position.epochs.truncate(epoch as usize);
                    on_event(&Event::Diverged { epoch: epoch + 1, lr: parameters.lr });
                    break;
                }
                Ended::Diverged => {
                    return Err(Error::CellsDiverged {
                        cells: tally.cells,
                        lr: parameters.lr,
                        clip: parameters.clip,
                    });
                }
                Ended::At(group) => {
                    position.steps = u64::from(epoch) * per_epoch + group;
                    position.tokens = before + tally.read();
                    position.epochs[epoch as usize] = tally.sums();
                    position.seconds = seconds();
                }
            }
            if position.steps.is_multiple_of(per_epoch) {
                goes_on &= on_event(&Event::CellsEnd {
                    epoch: epoch + 1,
                    loss: tally.mean().unwrap_or(0.0),
                    held_out: tally.held_mean(),
                    cells: tally.cells,
                    seconds: position.seconds,
                });
                if epoch + 1 < epochs {
                    saved.save(&records)?;
                }
            }
            match &mut checkpoints {
                Some(checkpoints) if !goes_on || part.pause.is_due(position.tokens) => {
                    self.keep(&records, &position, checkpoints, !goes_on, &mut on_event)?;
                }
                None if !goes_on => return Err(Error::Interrupted { what: "training" }),
                _ => {}
            }
        }
        position.seconds = seconds();
        let training = self.training(&position);
        let [input, word] = numbers(records.words, dim, Role::Word);
        let [output, context] = numbers(records.contexts, dim, Role::Context);
        let tables = NamedTable::biases(word, context);
        Ok(Model { vocab: self.vocab, input, output, tables, training })
    }

    fn train_part(
        &self,
        epoch: u32,
        part: &Part,
        records: &mut Records,
        tally: &mut Tally,
        report: impl FnMut(Tally) -> bool,
    ) -> Result<Ended> {
        let (parameters, run) = (self.parameters, self.run);
        let order = Order::new(self.pairs, run.seed, epoch);
        let (words, contexts) = (&mut records.words, &mut records.contexts);
        match run.threads {
            1 => {
                let (words, contexts) = (words.owned(), contexts.owned());
                let mut worker = [Worker::new(words, contexts, parameters, run.seed)];
                engine::run(&order, part, &mut worker, tally, report)
            }
            threads => {
                let workers = (words.shared(threads).into_iter()).zip(contexts.shared(threads));
                let worker = |(words, contexts)| Worker::new(words, contexts, parameters, run.seed);
                let mut workers: Vec<_> = workers.map(worker).collect();
                engine::run(&order, part, &mut workers, tally, report)
            }
        }
    }

    /// Refuses a state of another run.
    fn check(&self, checkpoint: &Checkpoint, per_epoch: u64) -> Result<()> {
        let position = &checkpoint.position;
        checkpoint.check(&self.recipe(), &self.vocab, self.text.hash)?;
        let sums_up = position.epochs.len() as u64 == position.steps.div_ceil(per_epoch.max(1));
        let total = per_epoch * u64::from(self.parameters.epochs);
        let same_cells =
            position.text == self.pairs.cells() && position.steps_per_epoch == per_epoch;
        if same_cells && position.steps <= total && sums_up {
            return Ok(());
        }
        Err(Error::Resume {
            name: "the table of pairs".into(),
            was: format!("of {} cells", position.text),
            is: format!("of {}", self.pairs.cells()),
        })
    }

    /// Keeps the state.
    fn keep(
        &self,
        records: &Records,
        position: &Position,
        checkpoints: &mut Checkpoints<'_>,
        interrupted: bool,
        on_event: &mut impl FnMut(&Event) -> bool,
    ) -> Result<()> {
        if !(records.words.is_finite() && records.contexts.is_finite()) {
            return Err(Error::CellsDiverged {
                cells: position.tokens,
                lr: self.parameters.lr,
                clip: self.parameters.clip,
            });
        }
        let snapshot = Snapshot {
            vocab: &self.vocab,
            training: self.training(position),
            position,
            tables: records.tables(self.parameters.dim),
        };
        checkpoints.keep(&snapshot, interrupted, on_event)
    }

    /// What decides the result.
    fn recipe(&self) -> Recipe {
        let known = self.pairs.tokens() > 0;
        let objective = Parameters::Glove(GloveParameters {
            glove: self.parameters.clone(),
            counting: known.then(|| self.pairs.counting().clone()),
        });
        Recipe::new(objective, self.run, self.tokenizer, self.text.reading.clone())
    }

    /// The record of what was done so far: a loss for each epoch that was finished.
    fn training(&self, position: &Position) -> Training {
        let record = Record {
            corpus_tokens: self.pairs.tokens(),
            trained_tokens: position.epochs.iter().map(|epoch| epoch.pairs).sum(),
            ..Record::of(&self.text, position, |epoch| Tally::of(epoch).mean().unwrap_or(0.0))
        };
        Training::new(self.recipe(), record)
    }
}
