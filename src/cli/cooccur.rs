//! `w2v cooccur`, and the flags of counting that `w2v train --model glove` has too.

use super::Outcome;
use super::corpus::{CorpusArgs, Text};
use super::interrupts::{keeps, writing};
use super::progress::Progress;
use super::size::{counted, show};
use anyhow::{anyhow, bail};
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use w2v::cooccur::{Cooccurrences, CountOptions, Counting, Journal, Weighting, count};
use w2v::formats::{FileRoles, glove, native, write_atomically};
use w2v::{Tokenizer, Vocab};

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
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        alias = "window-size",
        help_heading = "Counting"
    )]
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
    #[arg(long, value_enum, default_value_t, help_heading = "Counting")]
    pub(super) weighting: WeightingName,

    /// Let windows reach over the ends of lines
    #[arg(long, help_heading = "Counting")]
    pub(super) across_lines: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum WeightingName {
    /// 1/distance
    #[default]
    Harmonic,
    /// 1 everywhere in the window
    Flat,
}

impl CountingArgs {
    pub(super) fn counting(&self, window: Option<usize>) -> Counting {
        Counting {
            window: window.unwrap_or(Counting::default().window),
            symmetric: !self.left_only,
            weighting: match self.weighting {
                WeightingName::Harmonic => Weighting::Harmonic,
                WeightingName::Flat => Weighting::Flat,
            },
            across_lines: self.across_lines,
        }
    }
}

/// Counts the pairs of a text that was read, and says so.
pub(super) fn count_pairs(
    args: &CorpusArgs,
    text: &Text,
    counting: &Counting,
    journal: Option<Journal>,
    progress: &mut Progress,
) -> anyhow::Result<Cooccurrences> {
    let options = CountOptions {
        threads: args.threads(),
        max_memory: args.max_memory() / 2,
        temp_dir: Some(args.temp_dir()),
        journal,
    };
    if let Some(journal) = &options.journal {
        let path = journal.path.display();
        let rest = format!("those rows are in {path}, and the same command goes on with them");
        keeps("what was counted since the last finished rows", rest);
    }
    let start = Instant::now();
    let folder = args.temp_dir();
    let (mut resumed, total) = (0, text.encoded.len().max(1));
    let pairs = count(&text.vocab, &text.encoded, counting, &options, |p| {
        resumed = p.resumed;
        progress.counting(p, &folder)
    });
    if let (Err(w2v::Error::Interrupted { .. }), Some(journal)) = (&pairs, &options.journal) {
        bail!(Broken(journal.path.clone()));
    }
    let pairs = pairs?;
    if resumed > 0 {
        progress
            .say(&format!("counting went on at {:.0} %", 100.0 * resumed as f64 / total as f64));
    }
    let seconds = start.elapsed().as_secs_f64();
    let place = if pairs.is_on_disk() { ", in a temporary file" } else { "" };
    progress.say(&format!(
        "counted {} in {seconds:.2} s: window {}{}, {} weights, {}{place}",
        counted(pairs.cells(), "pair of words"),
        counting.window,
        if counting.symmetric { "" } else { " to the left" },
        counting.weighting,
        show(pairs.bytes()),
    ));
    progress.json(json!({
        "event": "counted", "cells": pairs.cells(), "bytes": pairs.bytes(), "counting": counting,
        "on_disk": pairs.is_on_disk(), "seconds": seconds,
    }));
    Ok(pairs)
}

/// How often finished rows are brought to the disk.
const SYNC: Duration = Duration::from_secs(60);

/// Whether a file is a journal of counted rows.
pub(super) fn is_journal(path: &Path) -> bool {
    Journal::is_one(path).unwrap_or(false)
}

/// Whether a file is a list of words with falling counts, as `w2v vocab` and --save-vocab write it.
fn is_word_list(path: &Path) -> bool {
    Vocab::read(path).is_ok_and(|list| {
        list.counts().iter().all(|&count| count > 0) && list.counts().is_sorted_by(|a, b| a >= b)
    })
}

/// Counting that was interrupted, and whose finished rows were kept.
#[derive(Debug)]
pub(super) struct Broken(PathBuf);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.0.display();
        write!(
            f,
            "interrupted while counting co-occurrences; finished rows are in {path}, and the same \
             command goes on with them"
        )
    }
}

impl std::error::Error for Broken {}

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
    let text = args.corpus.read_for_pairs(&mut progress)?;
    let journal = args.checkpoint.as_ref().map(|path| Journal { path: path.clone(), every: SYNC });
    let pairs = count_pairs(&args.corpus, &text, &counting, journal, &mut progress)?;
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
                text.vocab.write(out).map_err(failed)
            })?;
        }
        let (tokenizer, output) = (text.tokenizer, &args.output);
        match format {
            FileFormat::W2v => native::cooccurrences::write(&pairs, &text.vocab, tokenizer, output),
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

/// Reads the counts of `w2v cooccur`, or those of GloVe's program with the vocabulary of its own.
pub(super) fn read_counts(
    path: &Path,
    vocab: Option<&Path>,
    max_memory: u64,
    temp_dir: &Path,
) -> anyhow::Result<(Cooccurrences, Vocab, Tokenizer)> {
    let mut first = Vec::new();
    let open = |error: std::io::Error| anyhow!("cannot open {}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(open)?;
    file.take(8).read_to_end(&mut first).map_err(open)?;
    let vocab = vocab.map(Vocab::read).transpose()?;
    match (first == native::cooccurrences::MAGIC, vocab) {
        (true, vocab) => {
            let (table, own, tokenizer) = native::cooccurrences::read(path, max_memory)?;
            if let Some(vocab) = vocab {
                table.check_vocab(&vocab)?;
            }
            Ok((table, own, tokenizer))
        }
        (false, Some(vocab)) => {
            let table = glove::read_cooccurrences(path, &vocab, max_memory, temp_dir)?;
            Ok((table, vocab, Tokenizer::default()))
        }
        (false, None) => bail!(
            "{} is no file of `w2v cooccur`; if it is GloVe's, name its vocabulary with --vocab FILE",
            path.display()
        ),
    }
}
