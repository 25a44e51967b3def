//! `w2v cooccur`, and the flags of counting that `w2v train --model glove` has too.

use super::Outcome;
use super::corpus::CorpusArgs;
use super::interrupts::writing;
use super::progress::Progress;
use super::size::show;
use super::values::choice;
use anyhow::anyhow;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use w2v::Vocab;
use w2v::cooccur::{Counting, Journal, Weighting};
use w2v::formats::{FileRoles, glove, native, write_atomically};
use w2v::session::{Event, Purpose, count_pairs, is_journal};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) corpus: CorpusArgs,

    /// Where to write the counts
    #[arg(short, long, value_name = "FILE", default_value = "cooccurrence.w2c")]
    output: PathBuf,

    /// Write a file for w2v, or the `cooccurrence.bin` of Stanford's GloVe [default: by the ending of
    /// the output, `.bin` for glove]
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Option<FileFormat>,

    /// Write the words and their counts too, as `w2v vocab` does: GloVe's programs need them
    #[arg(long, value_name = "FILE")]
    save_vocab: Option<PathBuf>,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,

    /// Keep finished rows in FILE while counting: after an interruption the same command goes on with
    /// them. Removed when the counts are written
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    checkpoint: Option<PathBuf>,

    /// Words to each side that are context [default: 15]
    #[arg(long, value_name = "N", alias = "window-size", help_heading = "Counting")]
    window: Option<usize>,

    #[command(flatten)]
    counting: CountingArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FileFormat {
    W2v,
    Glove,
}

/// How co-occurrences are counted.
#[derive(clap::Args)]
pub(super) struct CountingArgs {
    /// Count words to the left only
    #[arg(long, help_heading = "Counting")]
    pub(super) left_only: bool,

    /// What a context word counts
    #[arg(long, value_parser = choice(WEIGHTINGS), default_value = "harmonic", help_heading = "Counting")]
    pub(super) weighting: Weighting,

    /// Let windows reach over the ends of lines
    #[arg(long, help_heading = "Counting")]
    pub(super) across_lines: bool,
}

/// `--weighting`
const WEIGHTINGS: &[(&str, Weighting, &str)] = &[
    ("harmonic", Weighting::Harmonic, "1/distance"),
    ("flat", Weighting::Flat, "1 everywhere in the window"),
];

impl CountingArgs {
    pub(super) fn counting(&self, window: Option<usize>) -> Counting {
        Counting {
            window: window.unwrap_or(Counting::default().window),
            symmetric: !self.left_only,
            weighting: self.weighting,
            across_lines: self.across_lines,
        }
    }
}

/// How often finished rows are brought to the disk.
const SYNC: Duration = Duration::from_secs(60);

/// Whether a file is a list of words with falling counts, as `w2v vocab` and --save-vocab write it.
fn is_word_list(path: &Path) -> bool {
    Vocab::read(path).is_ok_and(|list| {
        list.counts().iter().all(|&count| count > 0) && list.counts().is_sorted_by(|a, b| a >= b)
    })
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let counting = args.counting.counting(args.window);
    counting.check()?;
    let mut files = FileRoles::default();
    args.corpus.inputs(&mut files);
    files.output("--output", &args.output, args.force)?;
    if let Some(path) = &args.save_vocab {
        let what = "a list of words and counts";
        files.side_output("--save-vocab", path, args.force, what, is_word_list)?;
    }
    if let Some(path) = &args.checkpoint {
        files.side_output("--checkpoint", path, true, "rows of counts", is_journal)?;
    }
    let mut progress = Progress::new(args.corpus.progress)?;
    let resources = args.corpus.resources()?;
    progress.temp_dir(resources.temp_dir.as_deref());
    let (vocab, text) = args.corpus.read(Purpose::Pairs, &mut progress)?;
    let journal = args.checkpoint.as_ref().map(|path| Journal { path: path.clone(), every: SYNC });
    let on_event = &mut |event: &Event<'_>| progress.event(event);
    let pairs = count_pairs(&vocab, &text, &counting, journal, &resources, on_event)?;
    progress.finish();
    let by_ending = match args.output.extension().is_some_and(|ending| ending == "bin") {
        true => FileFormat::Glove,
        false => FileFormat::W2v,
    };
    let format = args.to.unwrap_or(by_ending);
    writing("counting co-occurrences", &args.output, || {
        if let Some(path) = &args.save_vocab {
            write_atomically(path, |out| {
                let failed = |source| w2v::Error::Io { what: "write", path: path.clone(), source };
                vocab.write(out).map_err(failed)
            })?;
        }
        let (tokenizer, output) = (text.record().tokenizer, &args.output);
        match format {
            FileFormat::W2v => native::cooccurrences::write(&pairs, &vocab, tokenizer, output),
            FileFormat::Glove => glove::write_cooccurrences(&pairs, output),
        }
    })?;
    if let Some(journal) = &args.checkpoint {
        std::fs::remove_file(journal)
            .map_err(|error| anyhow!("cannot remove {}: {error}", journal.display()))?;
    }
    let bytes = std::fs::metadata(&args.output).map_or(0, |m| m.len());
    let seconds = start.elapsed().as_secs_f64();
    progress.say(&format!("wrote {}: {}, in {seconds:.1} s", args.output.display(), show(bytes),));
    progress.say(&match format {
        FileFormat::W2v => {
            format!("try: w2v train --model glove --cooccur {}", args.output.display())
        }
        FileFormat::Glove => {
            "this is sorted: run it through GloVe's `shuffle` before `glove`".to_owned()
        }
    });
    progress.json(json!({
        "event": "done", "output": args.output, "bytes": bytes, "cells": pairs.cells(),
        "words": pairs.words(), "seconds": seconds,
    }));
    Ok(Outcome::Answered)
}
