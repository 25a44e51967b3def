//! `w2v convert`

use super::Outcome;
use super::interrupts;
use super::output::{note, note_changes};
use super::progress::Style;
use super::size::{at_least_one, counted, show};
use anyhow::{Context, anyhow};
use std::path::{Path, PathBuf};
use w2v::formats::{self, Format, ReadOptions, Report, check_writable, glove, native};
use w2v::train::Combine;
use w2v::{Model, Tokenizer, Vocab};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Vectors: a model of w2v, word2vec text or binary, or GloVe text, recognised by its content; or,
    /// with --glove-vocab, GloVe's binary `vectors.bin`
    input: PathBuf,

    /// Where to write
    output: PathBuf,

    /// Write w2v, word2vec-text, word2vec-binary, glove or glove-binary [default: by the ending of
    /// OUTPUT]
    #[arg(long, value_name = "FORMAT", value_parser = parse_target)]
    to: Option<Target>,

    /// The input is the `vectors.bin` of GloVe, and FILE its `vocab.txt`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["limit", "invalid_utf8"])]
    glove_vocab: Option<PathBuf>,

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

#[derive(Clone, Copy)]
enum Target {
    Vectors(Format),
    /// GloVe's f64 numbers: words, contexts and biases.
    GloveBinary,
}

const GLOVE_BINARY: &str = "glove-binary";

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Vectors(format) => format.name(),
            Target::GloveBinary => GLOVE_BINARY,
        }
    }
}

fn target_names() -> Vec<&'static str> {
    let formats = Format::ALL.iter().map(|format| format.name());
    formats.chain([GLOVE_BINARY]).collect()
}

fn parse_target(name: &str) -> Result<Target, String> {
    let format = Format::ALL.into_iter().find(|format| format.name() == name);
    let binary = (name == GLOVE_BINARY).then_some(Target::GloveBinary);
    format
        .map(Target::Vectors)
        .or(binary)
        .ok_or_else(|| format!("expected one of {}", target_names().join(", ")))
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let by_ending = || Format::from_extension(&args.output).map(Target::Vectors);
    let target = args.to.or_else(by_ending).ok_or_else(|| {
        anyhow!(
            "the ending of {} names no format; choose one with --to {}",
            args.output.display(),
            target_names().join("|")
        )
    })?;
    check_writable(&args.output, args.force)?;
    let options = ReadOptions {
        limit: args.limit,
        lossy_utf8: args.invalid_utf8 == "replace",
    };
    let copied = copy(args, &options, target)?;
    let written = std::fs::metadata(&args.output).context("the output is gone")?;
    note(format_args!(
        "wrote {} as {}: {} × {}, {}",
        args.output.display(),
        target.name(),
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

fn copy(args: &Args, options: &ReadOptions, target: Target) -> anyhow::Result<Copied> {
    // Reading leaves nothing behind when it is interrupted; from the first byte of the output on,
    // somebody must take care of it.
    let begin_to_write = || -> anyhow::Result<()> {
        interrupts::catch(Style::Plain)?;
        Ok(interrupts::begin_to_write("reading")?)
    };
    if let Some(path) = &args.glove_vocab {
        let model = glove::read_vectors(&args.input, Vocab::read(path)?, Combine::default())?;
        begin_to_write()?;
        return write_model(model, &args.output, target);
    }
    let format = match target {
        Target::Vectors(format) => format,
        Target::GloveBinary => {
            let model = native::read_model(&args.input)?;
            begin_to_write()?;
            return write_model(model, &args.output, target);
        }
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

/// Writes a model that is in memory.
fn write_model(model: Model, path: &Path, target: Target) -> anyhow::Result<Copied> {
    let (words, dim) = (model.vocab.len(), model.input.dim());
    let lost = match target {
        Target::GloveBinary => {
            glove::write_vectors(&model, path)?;
            vec![
                "words (keep its vocab.txt, or write it with `w2v vocab`)",
                "training record",
            ]
        }
        Target::Vectors(Format::Native) => {
            native::write(&model, path)?;
            Vec::new()
        }
        Target::Vectors(format) => {
            formats::write(&model.into_vectors(), path, format)?;
            vec!["context vectors by themselves", "biases"]
        }
    };
    Ok(Copied {
        words,
        dim,
        report: Report::default(),
        lost,
    })
}
