//! `--checkpoint`, `--checkpoint-every`, `--no-checkpoint` and `--resume`: keeping the state of a
//! run, and going on from it.
//!
//! Without a word about it, the state goes into a file beside the output, every ten minutes and when the
//! run is interrupted, and that file goes away when the model is written: nobody loses a night because
//! of a flag that was not known. A file of this kind that is there already is the only trace of another
//! run, and is not written over without --force.

use super::cooccur::is_journal;
use super::interrupts;
use super::output::shell_quoted;
use super::progress::Progress;
use serde_json::json;
use std::cell::Cell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use w2v::cooccur::{Cooccurrences, Journal};
use w2v::formats::{self, FileRoles, native};
use w2v::train::{self, Checkpoint, Every, Recipe, Snapshot, Source};
use w2v::{Error, Model, Threads, Tokenizer, Vocab};

#[derive(clap::Args)]
pub(super) struct CheckpointArgs {
    /// Keep the state of the run in FILE, from which --resume goes on [default: the output's name with
    /// `.checkpoint` behind it, removed when the model is written]
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    checkpoint: Option<PathBuf>,

    /// How often: a time such as 10m or 90s, a number of words such as 200000-words, or `never`; on
    /// Ctrl-C and SIGTERM the state is kept in any case
    #[arg(long, value_name = "EVERY", default_value_t, help_heading = "Checkpoints")]
    checkpoint_every: Every,

    /// Keep no state, not even when the run is interrupted
    #[arg(long, conflicts_with_all = ["checkpoint", "checkpoint_every"], help_heading = "Checkpoints")]
    no_checkpoint: bool,

    /// Go on from the state in FILE: the same command as before, and this flag. One thread ends with
    /// the very bytes of a run that was never interrupted
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    resume: Option<PathBuf>,
}

/// Where the state of this run goes, and where it comes from.
pub(super) struct Keeping {
    path: Option<PathBuf>,
    /// Whether the name was ours: then the file goes away with the end of the run.
    ours: bool,
    every: Every,
    resume: Option<PathBuf>,
    /// Whether the counts of GloVe lie beside the state.
    counts_are_kept: Cell<bool>,
}

/// A run that was interrupted, and whose state was kept.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
    command: String,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, command) = (self.path.display(), &self.command);
        write!(f, "interrupted while training; the state is in {path}; go on with: {command}")
    }
}

impl std::error::Error for Kept {}

impl CheckpointArgs {
    /// Registers the state to resume from as an input, unless the run keeps its own state in that file.
    pub(super) fn inputs(&self, files: &mut FileRoles) {
        if let Some(resume) = self.resume.as_ref().filter(|_| !self.goes_on()) {
            files.input("--resume", resume);
            files.input("the counts of --resume", &beside(resume, COUNTS));
        }
    }

    /// Whether the run keeps its state in the file that it resumes from.
    fn goes_on(&self) -> bool {
        match (&self.resume, &self.checkpoint) {
            (Some(resume), Some(checkpoint)) => formats::is_same_file(resume, checkpoint),
            (Some(_), None) => !self.no_checkpoint,
            (None, _) => false,
        }
    }

    /// Refuses, before the work begins, what cannot be kept or gone on from.
    pub(super) fn prepare(
        &self,
        output: &Path,
        force: bool,
        recipe: &Recipe,
        files: &mut FileRoles,
    ) -> anyhow::Result<Keeping> {
        let default = beside(output, STATE);
        let path = match (self.no_checkpoint, &self.checkpoint, &self.resume) {
            (true, ..) => None,
            (_, Some(named), _) => Some(named.clone()),
            (.., Some(resume)) => Some(resume.clone()),
            _ => Some(default.clone()),
        };
        let ours = path.as_ref() == Some(&default);
        if let Some(resume) = &self.resume {
            let info = native::info(resume)?;
            let (Some(was), Some(position)) = (info.training, info.position) else {
                anyhow::bail!(
                    "{} is a finished model, not a checkpoint: there is nothing to resume",
                    resume.display()
                );
            };
            was.ensure_known(&resume.display().to_string())?;
            recipe.check_resume_early(&was.recipe)?;
            let share = 100.0 * position.share(was.recipe.objective.epochs());
            anyhow::ensure!(share <= 100.0, "{}: {share} % were trained", resume.display());
            state_is_kept(resume);
        }
        if let Some(path) = &path {
            let role = match self.checkpoint {
                Some(_) => "--checkpoint",
                None => "the checkpoint",
            };
            let may = force || self.goes_on();
            let state = native::info(path).ok().and_then(|info| info.position.zip(info.training));
            if let (false, Some((position, training))) = (may, &state) {
                anyhow::bail!(
                    "{} holds a run that was interrupted at {:.0} %: go on with --resume {}, or begin \
                     anew with --force",
                    path.display(),
                    100.0 * position.share(training.recipe.objective.epochs()),
                    path.display(),
                );
            }
            files.side_output(role, path, may, "a checkpoint", |_| state.is_some())?;
            // Counts are written where a text is counted, and rows of them as `journal` says.
            if let Source::Pairs(Some(_)) = recipe.objective.source() {
                let (role, counts) = ("the counts of the state,", beside(path, COUNTS));
                files.side_output(role, &counts, may, "counts of w2v", is_counts)?;
                if !ours {
                    let (role, rows) = ("the rows of the state,", beside(path, ROWS));
                    files.side_output(role, &rows, true, "rows of counts", is_journal)?;
                }
            }
        }
        Ok(Keeping {
            path,
            ours,
            every: self.checkpoint_every,
            resume: self.resume.clone(),
            counts_are_kept: Cell::new(false),
        })
    }
}

fn is_counts(path: &Path) -> bool {
    formats::begins_with(path, &native::cooccurrences::MAGIC)
}

impl Keeping {
    /// The state to go on from, of a run on this machine's kernels or another's.
    pub(super) fn load(
        &self,
        progress: &Progress,
        recipe: &Recipe,
    ) -> anyhow::Result<Option<Checkpoint>> {
        let Some(path) = &self.resume else {
            return Ok(None);
        };
        let checkpoint = native::read_checkpoint_with(path, &Threads::new(recipe.threads)?)?;
        let was = &checkpoint.model.training;
        let share = checkpoint.position.share(was.recipe.objective.epochs());
        progress.say(&format!("going on from {}, at {:.1} %", path.display(), 100.0 * share));
        progress.json(json!({ "event": "resumed", "checkpoint": path, "share": share }));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let of_machine = recipe.differences(&was.recipe).1;
        let of_machine = of_machine.into_iter().map(|d| (d.key, d.was, d.is));
        let of_version = [("version".to_owned(), was.record.version.clone(), version)];
        for (what, was, is) in of_machine.chain(of_version).filter(|(_, was, is)| was != is) {
            progress.say(&format!(
                "note: {what} were {was} and are {is}: the result is as good, but not the same bytes"
            ));
        }
        Ok(Some(checkpoint))
    }

    /// Keeps states.
    pub(super) fn checkpoints(&self) -> Option<train::Checkpoints<'_>> {
        let path = self.path.as_deref()?;
        let save = |state: &Snapshot<'_>| keep(state, path);
        Some(train::Checkpoints::new(self.every, save))
    }

    /// Keeps states of GloVe, and once the counts beside them, which took time to make too.
    pub(super) fn checkpoints_with_counts<'a>(
        &'a self,
        (table, vocab, tokenizer): (&'a Cooccurrences, &'a Vocab, Tokenizer),
    ) -> Option<train::Checkpoints<'a>> {
        let path = self.path.as_deref()?;
        let counts = self.counts()?;
        if self.kept_counts().as_deref() == Some(&*counts) {
            self.counts_are_kept.set(true);
        }
        let save = move |state: &Snapshot<'_>| {
            if !self.counts_are_kept.get() {
                // Counts of another run must not lie beside its state.
                if self.resume.is_none() && path.exists() {
                    remove(path)?;
                }
                native::cooccurrences::write(table, vocab, tokenizer, &counts)?;
                self.counts_are_kept.set(true);
            }
            keep(state, path)
        };
        Some(train::Checkpoints::new(self.every, save))
    }

    /// Where counts are kept.
    fn counts(&self) -> Option<PathBuf> {
        Some(beside(self.path.as_ref()?, COUNTS))
    }

    /// Where finished rows of GloVe's counts are kept while others are counted: with a file that was
    /// named, for who names one expects an interruption.
    pub(super) fn journal(&self) -> Option<Journal> {
        let path = self.path.as_ref().filter(|_| !self.ours)?;
        let every = match self.every {
            Every::Time(time) => time,
            _ => Duration::from_secs(600),
        };
        Some(Journal { path: beside(path, ROWS), every })
    }

    /// All rows were counted: they are kept as one table now.
    pub(super) fn counted(
        &self,
        table: &Cooccurrences,
        vocab: &Vocab,
        tokenizer: Tokenizer,
    ) -> w2v::Result<()> {
        let (Some(journal), Some(counts)) = (self.journal(), self.counts()) else {
            return Ok(());
        };
        native::cooccurrences::write(table, vocab, tokenizer, &counts)?;
        self.counts_are_kept.set(true);
        match &self.resume {
            Some(resume) => state_is_kept(resume),
            None => interrupts::keeps("all of this run", String::new()),
        }
        remove(&journal.path)
    }

    /// The counts that lie beside the state to go on from.
    pub(super) fn kept_counts(&self) -> Option<PathBuf> {
        Some(beside(self.resume.as_ref()?, COUNTS)).filter(|counts| counts.exists())
    }

    /// What is said of a run that ended with an error.
    pub(super) fn explain(&self, error: Error) -> anyhow::Error {
        let Some(path) = &self.path else {
            return error.into();
        };
        match error {
            Error::Interrupted { what: "training" } => {
                Kept { path: path.clone(), command: resuming(path) }.into()
            }
            Error::Diverged { .. } | Error::CellsDiverged { .. } if path.exists() => {
                let last = path.display();
                anyhow::anyhow!(
                    "{error}; the last good state is in {last}, a model that can be asked"
                )
            }
            _ => error.into(),
        }
    }

    /// Writes the model, and removes the state where its name was ours; an error says where the last
    /// state is.
    pub(super) fn write(&self, model: &Model, output: &Path) -> anyhow::Result<()> {
        interrupts::writing("training", output, || {
            model.save(output).map_err(|error| match &self.path {
                Some(path) if path.exists() => anyhow::anyhow!(
                    "{error}; the last state is in {}; go on with: {}",
                    path.display(),
                    resuming(path)
                ),
                _ => error.into(),
            })?;
            if self.ours {
                // A short run kept none, and counts that it did not write are another's.
                let counts = self.counts().filter(|_| self.counts_are_kept.get());
                for path in self.path.iter().chain(&counts) {
                    let _ = std::fs::remove_file(path);
                }
            }
            Ok(())
        })
    }
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

/// Keeps a state in a file.
fn keep(state: &Snapshot<'_>, path: &Path) -> w2v::Result<()> {
    native::write_checkpoint(state, path)?;
    state_is_kept(path);
    Ok(())
}

fn state_is_kept(path: &Path) {
    let rest = format!("that state is in {}; go on with: {}", path.display(), resuming(path));
    interrupts::keeps("what was trained since the last state", rest);
}

fn remove(path: &Path) -> w2v::Result<()> {
    std::fs::remove_file(path).map_err(|source| Error::Io {
        what: "remove",
        path: path.to_owned(),
        source,
    })
}

/// The command that goes on: this one, with `--resume`.
fn resuming(checkpoint: &Path) -> String {
    let mut words: Vec<String> = vec!["w2v".into()];
    let mut typed = std::env::args_os().skip(1);
    while let Some(word) = typed.next() {
        let word = word.to_string_lossy();
        match &*word {
            "--resume" => drop(typed.next()),
            _ if word.starts_with("--resume=") => {}
            _ => words.push(shell_quoted(&word)),
        }
    }
    words.push("--resume".into());
    words.push(shell_quoted(&checkpoint.to_string_lossy()));
    words.join(" ")
}
