//! `w2v convert`

use super::Outcome;
use super::interrupts;
use super::output::{note, note_changes};
use super::progress::Style;
use super::size::{at_least_one, counted, show};
use anyhow::{Context, anyhow};
use std::path::PathBuf;
use w2v::Tokenizer;
use w2v::formats::{self, Format, ReadOptions, Report, check_writable, native};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Vectors: a model of w2v, word2vec text or binary, or GloVe text, recognised by its content
    input: PathBuf,

    /// Where to write
    output: PathBuf,

    /// Write w2v, word2vec-text, word2vec-binary or glove [default: by the ending of OUTPUT]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    to: Option<Format>,

    /// Copy the first N words only
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,

    /// What to do with words that are not UTF-8: `replace` by U+FFFD or stop with an `error`
    #[arg(long, value_name = "HOW", default_value = "error", value_parser = ["replace", "error"])]
    invalid_utf8: String,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,
}

fn parse_format(name: &str) -> Result<Format, String> {
    Format::ALL
        .into_iter()
        .find(|format| format.name() == name)
        .ok_or_else(|| {
            let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
            format!("expected one of {}", names.join(", "))
        })
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let format = args
        .to
        .or_else(|| Format::from_extension(&args.output))
        .ok_or_else(|| {
            anyhow!(
                "the ending of {} names no format; choose one with --to {}",
                args.output.display(),
                Format::ALL.map(Format::name).join("|")
            )
        })?;
    check_writable(&args.output, args.force)?;
    let options = ReadOptions {
        limit: args.limit,
        lossy_utf8: args.invalid_utf8 == "replace",
    };
    let copied = copy(args, &options, format)?;
    let written = std::fs::metadata(&args.output).context("the output is gone")?;
    note(format_args!(
        "wrote {} as {format}: {} × {}, {}",
        args.output.display(),
        counted(copied.words as u64, "word"),
        counted(copied.dim as u64, "dimension"),
        show(written.len()),
    ));
    if !copied.lost.is_empty() {
        note(format_args!("left out: {}", copied.lost.join(", ")));
    }
    note_changes("", &copied.report);
    Ok(Outcome::Answered)
}

/// What was written, and what was not.
struct Copied {
    words: usize,
    dim: usize,
    report: Report,
    /// Parts of the input that are not in the output.
    lost: Vec<&'static str>,
}

fn copy(args: &Args, options: &ReadOptions, format: Format) -> anyhow::Result<Copied> {
    // Reading leaves nothing behind when it is interrupted; from the first byte of the output on,
    // somebody must take care of it.
    let begin_to_write = || -> anyhow::Result<()> {
        interrupts::catch(Style::Plain)?;
        Ok(interrupts::begin_to_write("reading")?)
    };
    // A pipe can be read once only: then nothing is known about the model but its vectors.
    let is_model = args.input.is_file() && formats::sniff(&args.input)? == Format::Native;
    let info = match is_model {
        true => Some(native::info(&args.input)?),
        false => None,
    };
    let (has_output, has_training) = match &info {
        Some(info) => (info.has_output, info.training.is_some()),
        None => (false, false),
    };
    if has_output && has_training && format == Format::Native && args.limit.is_none() {
        let model = native::read_model(&args.input)?;
        begin_to_write()?;
        native::write(&model, &args.output)?;
        return Ok(Copied {
            words: model.vocab.len(),
            dim: model.input.dim(),
            report: Report::default(),
            lost: Vec::new(),
        });
    }
    let (vectors, report) = formats::open(&args.input, options)?;
    begin_to_write()?;
    formats::write(&vectors, &args.output, format)?;
    let foreign = format != Format::Native;
    let tokenizer = has_training || vectors.tokenizer() != Tokenizer::default();
    let parts = [
        ("output matrix", has_output),
        ("training record", has_training),
        ("counts", foreign && vectors.vocab().total() > 0),
        ("tokenizer", foreign && tokenizer),
    ];
    let lost = parts.into_iter().filter(|(_, lost)| *lost);
    Ok(Copied {
        words: vectors.len(),
        dim: vectors.dim(),
        report,
        lost: lost.map(|(part, _)| part).collect(),
    })
}
