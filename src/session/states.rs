//! The checkpoint files of a run, from which an interrupted run is resumed.
//!
//! By default the checkpoint is written beside the output, every ten minutes and when the run is interrupted, and
//! removed when the model is written, so that no option is needed to keep a long run. An existing checkpoint of
//! another run is replaced only with [`States::replace`]. A checkpoint of GloVe has its co-occurrence counts beside
//! it.

use super::event::{Event, OnEvent};
use crate::cooccur::{Cooccurrences, Counting, Journal};
use crate::encode::CorpusRecord;
use crate::error::{Error, IoContext, Result};
use crate::formats::{self, FileRoles, ReadOptions, native};
use crate::train::{
    Checkpoint, Checkpoints, Difference, Every, Position, Recipe, Snapshot, Source, Training,
};
use crate::vocab::Vocab;
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where and how often a run writes its checkpoint, and the checkpoint that it resumes.
#[derive(Clone, Debug, Default)]
pub struct States {
    /// Where.
    pub keep: Keep,
    /// How often; an interrupted run writes its checkpoint in any case.
    pub every: Every,
    /// Resumes the run of this checkpoint; the run must be the same.
    pub resume: Option<PathBuf>,
    /// Whether a checkpoint of another run may be replaced; otherwise the run is refused.
    pub replace: bool,
}

/// Where a run writes its checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// In the file that it resumes from; otherwise in the output's name with `.checkpoint` appended, which is
    /// removed when the model is written.
    #[default]
    Default,
    /// In this file, which is kept, unless it has the default name.
    In(PathBuf),
    /// Nowhere.
    Nowhere,
}

/// What the name of a state ends with, where none was given.
const STATE: &str = ".checkpoint";
/// What GloVe's counts beside a state end with.
const COUNTS: &str = ".counts";
/// Ending of the file of rows that are counted so far.
const ROWS: &str = ".counting";

/// The file beside `path` whose name is longer by `ending`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// How far the run had come whose state a file holds, and what it was.
fn state_in(path: &Path) -> Option<(Position, Training)> {
    native::info(path).ok().and_then(|info| info.position.zip(info.training))
}

fn is_counts(path: &Path) -> bool {
    formats::begins_with(path, &native::cooccurrences::MAGIC)
}

/// Whether a file holds rows of co-occurrences that an interrupted run has counted.
pub fn is_journal(path: &Path) -> bool {
    Journal::is_one(path).unwrap_or(false)
}

impl States {
    /// Where the state of a run goes that writes its model to `output`.
    pub fn path(&self, output: Option<&Path>) -> Option<PathBuf> {
        match (&self.keep, &self.resume) {
            (Keep::Nowhere, _) => None,
            (Keep::In(named), _) => Some(named.clone()),
            (Keep::Default, Some(resume)) => Some(resume.clone()),
            (Keep::Default, None) => output.map(|output| beside(output, STATE)),
        }
    }

    /// Whether the state goes away with the end of the run.
    fn passes(&self, output: Option<&Path>) -> bool {
        let path = self.path(output);
        path.is_some() && path == output.map(|output| beside(output, STATE))
    }

    /// Refuses to keep the state in a file that holds that of another run.
    pub(super) fn ensure_free(&self, output: Option<&Path>) -> Result<()> {
        let Some(path) = self.path(output).filter(|_| !self.replace && !self.goes_on()) else {
            return Ok(());
        };
        let Some((position, training)) = state_in(&path) else {
            return Ok(());
        };
        let shown = path.display();
        Err(Error::query(format!(
            "{shown} holds a run that was interrupted at {:.0} %",
            100.0 * position.share(training.recipe.objective.epochs()),
        ))
        .advise(format!("go on with `resume={shown}`"))
        .advise("begin anew with `force`"))
    }

    /// Whether the run keeps its state in the file that it resumes from.
    fn goes_on(&self) -> bool {
        match (&self.resume, &self.keep) {
            (Some(resume), Keep::In(named)) => formats::is_same_file(resume, named),
            (Some(_), keep) => *keep == Keep::Default,
            (None, _) => false,
        }
    }

    /// Registers the state to resume from as an input, unless the run keeps its own state in that file.
    pub fn inputs(&self, files: &mut FileRoles) {
        if let Some(resume) = self.resume.as_ref().filter(|_| !self.goes_on()) {
            files.input("`resume`", resume);
            files.input("the counts of `resume`", beside(resume, COUNTS));
        }
    }

    /// Refuses, before the work begins, what cannot be kept or gone on from.
    pub(super) fn check(
        &self,
        output: Option<&Path>,
        recipe: &Recipe,
        files: &mut FileRoles,
    ) -> Result<()> {
        if let Some(resume) = &self.resume {
            let info = native::info(resume)?;
            let (Some(was), Some(position)) = (info.training, info.position) else {
                return Err(Error::query(format!(
                    "{} is a finished model, not a checkpoint: there is nothing to resume",
                    resume.display()
                )));
            };
            was.ensure_known(&resume.display().to_string())?;
            recipe.check_resume_early(&was.recipe)?;
            let done = position.share(was.recipe.objective.epochs());
            if !(0.0..=1.0).contains(&done) {
                let percent = 100.0 * done;
                let problem = format!("{}: {percent} % of the run were trained", resume.display());
                return Err(Error::query(problem));
            }
        }
        self.ensure_free(output)?;
        let Some(path) = self.path(output) else {
            return Ok(());
        };
        let role = match self.keep {
            Keep::In(_) => "`checkpoint`",
            _ => "the checkpoint",
        };
        let may = self.replace || self.goes_on();
        files.side_output(role, &path, may, "a checkpoint", |path| state_in(path).is_some())?;
        // Counts are written where a text is counted, and rows of them as `journal` says.
        if let Source::Pairs(Some(_)) = recipe.objective.source() {
            let (role, counts) = ("the counts of the state,", beside(&path, COUNTS));
            files.side_output(role, &counts, may, "counts of w2v", is_counts)?;
            if !self.passes(output) {
                let (role, rows) = ("the rows of the state,", beside(&path, ROWS));
                files.side_output(role, &rows, true, "rows of counts", is_journal)?;
            }
        }
        Ok(())
    }
}

/// The files of one run.
pub(super) struct Keeping {
    path: Option<PathBuf>,
    /// Whether the file goes away with the end of the run.
    passing: bool,
    /// Whether this run wrote the state, or may replace it.
    state_is_ours: Cell<bool>,
    every: Every,
    resume: Option<PathBuf>,
    /// Whether the counts of GloVe lie beside the state.
    pairs_are_kept: Cell<bool>,
}

impl Keeping {
    pub(super) fn new(states: &States, output: Option<&Path>) -> Self {
        Keeping {
            passing: states.passes(output),
            // The state of another run is replaced or, by a short run, removed only where that is allowed.
            state_is_ours: Cell::new(states.replace || states.goes_on()),
            path: states.path(output),
            every: states.every,
            resume: states.resume.clone(),
            pairs_are_kept: Cell::new(false),
        }
    }

    /// The state to go on from; says where it differs from the run of a recipe other than in its result.
    pub(super) fn load(
        &self,
        recipe: &Recipe,
        options: &ReadOptions,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Option<Checkpoint>> {
        let Some(path) = &self.resume else {
            return Ok(None);
        };
        let checkpoint = native::read_checkpoint(path, options)?;
        let was = &checkpoint.model.training;
        let done = checkpoint.position.share(was.recipe.objective.epochs());
        on_event(&Event::Resumed { path, done });
        let version = Difference {
            key: "version".into(),
            was: was.record.version.clone(),
            is: env!("CARGO_PKG_VERSION").into(),
        };
        let of_machine = recipe.differences(&was.recipe).1;
        for difference in of_machine.iter().chain([&version]).filter(|d| d.was != d.is) {
            on_event(&Event::NotTheSameBytes(difference));
        }
        Ok(Some(checkpoint))
    }

    /// Keeps states, and before the first one the co-occurrences that were counted here, where there are such.
    pub(super) fn checkpoints<'a>(
        &'a self,
        counted: Option<(&'a Cooccurrences, Vocab)>,
        on_event: &'a RefCell<&mut OnEvent<'_>>,
    ) -> Option<Checkpoints<'a>> {
        let path = self.path.as_deref()?;
        let pairs_path = beside(path, COUNTS);
        // Counts that were given are the caller's.
        if counted.is_some() && self.kept_pairs().as_deref() == Some(&*pairs_path) {
            self.pairs_are_kept.set(true);
        }
        let save = move |state: &Snapshot<'_>| {
            if let Some((table, vocab)) = &counted
                && !self.pairs_are_kept.get()
            {
                // Counts of another run must not lie beside its state.
                if self.resume.is_none() && path.exists() {
                    std::fs::remove_file(path).io("remove", path)?;
                }
                native::cooccurrences::write(table, vocab, table.text().tokenizer, &pairs_path)?;
                self.pairs_are_kept.set(true);
            }
            native::write_checkpoint(state, path)?;
            self.state_is_ours.set(true);
            (on_event.borrow_mut())(&Event::StateKept(path));
            Ok(())
        };
        Some(Checkpoints::new(self.every, save))
    }

    /// Where finished rows of GloVe's counts are kept while others are counted: with a file that was named, for who
    /// names one expects an interruption.
    pub(super) fn journal(&self) -> Option<Journal> {
        let path = self.path.as_ref().filter(|_| !self.passing)?;
        let every = match self.every {
            Every::Time(time) => time,
            _ => Duration::from_secs(600),
        };
        Some(Journal { path: beside(path, ROWS), every })
    }

    /// All rows were counted: where a journal kept them, they are kept as one table now.
    pub(super) fn counted(
        &self,
        table: &Cooccurrences,
        vocab: &Vocab,
        on_event: &mut OnEvent<'_>,
    ) -> Result<()> {
        let (Some(journal), Some(path)) = (self.journal(), &self.path) else {
            return Ok(());
        };
        let tokenizer = table.text().tokenizer;
        native::cooccurrences::write(table, vocab, tokenizer, beside(path, COUNTS))?;
        self.pairs_are_kept.set(true);
        match &self.resume {
            Some(resume) => on_event(&Event::StateKept(resume)),
            None => on_event(&Event::PairsKept),
        };
        std::fs::remove_file(&journal.path).io("remove", &journal.path)
    }

    /// The counts that lie beside the state to go on from, if they are of this text.
    pub(super) fn kept_table(
        &self,
        vocab: &Vocab,
        text: &CorpusRecord,
        tokens: u64,
        counting: &Counting,
        options: &ReadOptions,
    ) -> Result<Option<(Cooccurrences, PathBuf)>> {
        let Some(path) = self.kept_pairs() else {
            return Ok(None);
        };
        let (table, _, _) = native::cooccurrences::read(&path, options)?;
        let same = table.check_vocab(vocab).is_ok()
            && table.tokens() == tokens
            && table.counting() == counting;
        Ok(same.then(|| (table.of_text(text.clone()), path)))
    }

    fn kept_pairs(&self) -> Option<PathBuf> {
        Some(beside(self.resume.as_ref()?, COUNTS)).filter(|counts| counts.exists())
    }

    /// What a run ends with that was interrupted: where its state is.
    pub(super) fn explain(&self, error: Error) -> Error {
        match (error, &self.path) {
            (Error::Interrupted { what: what @ "training" }, Some(path)) => {
                Error::Suspended { what, kept: "the state is", path: path.clone() }
            }
            (error, _) => error,
        }
    }

    /// The model is written: a state that was kept for want of it goes away.
    pub(super) fn end(&self) {
        let Some(path) = self.path.as_ref().filter(|_| self.passing) else {
            return;
        };
        // A short run kept none, and counts that it did not write are another's.
        if self.state_is_ours.get() {
            let _ = std::fs::remove_file(path);
        }
        if self.pairs_are_kept.get() {
            let _ = std::fs::remove_file(beside(path, COUNTS));
        }
    }
}
