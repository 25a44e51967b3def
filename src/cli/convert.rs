//! `w2v convert`

use super::Outcome;
use super::interrupts;
use super::output::{note, note_changes};
use super::progress::Style;
use super::size::{at_least_one, counted, show};
use anyhow::{Context, anyhow};
use std::path::PathBuf;
use w2v::Tokenizer;
use w2v::formats::{self, Format, ReadOptions, Report, check_writable, native, safetensors};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Vectors: a model of w2v, word2vec text or binary, GloVe text, or a safetensors model (file, index
    /// or folder, with tokenizer.json beside it), recognised by its content
    input: PathBuf,

    /// Where to write
    output: PathBuf,

    /// Write w2v, word2vec-text, word2vec-binary, glove or safetensors [default: by the ending of OUTPUT]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    to: Option<Format>,

    /// Copy the first N words only
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,

    /// What to do with words that are not UTF-8: `replace` by U+FFFD or stop with an `error`
    #[arg(long, value_name = "HOW", default_value = "error", value_parser = ["replace", "error"])]
    invalid_utf8: String,

    /// The tensor that is the table, in a safetensors model [default: found by its name]
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,

    /// Write safetensors as sentence-transformers reads it: the words in tokenizer.json beside OUTPUT
    /// (best named model.safetensors, in a folder of its own), and modules.json
    #[arg(long, conflicts_with = "to")]
    static_embedding: bool,

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
    let layout = args.static_embedding.then_some(Format::Safetensors);
    let format = args
        .to
        .or(layout)
        .or_else(|| Format::from_extension(&args.output))
        .ok_or_else(|| {
            anyhow!(
                "the ending of {} names no format; choose one with --to {}",
                args.output.display(),
                Format::ALL.map(Format::name).join("|")
            )
        })?;
    check_writable(&args.output, args.force)?;
    if args.static_embedding {
        for beside in safetensors::static_files(&args.output) {
            check_writable(&beside, args.force)?;
        }
    }
    let options = ReadOptions {
        limit: args.limit,
        lossy_utf8: args.invalid_utf8 == "replace",
        tensor: args.tensor.clone(),
        output: format == Format::Safetensors && !args.static_embedding,
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
    let kind = match args.input.is_file() {
        true => Some(formats::sniff(&args.input)?),
        false => None,
    };
    let info = match kind {
        Some(Format::Native) => Some(native::info(&args.input)?),
        _ => None,
    };
    let (has_output, has_training) = match (&info, kind) {
        (Some(info), _) => (info.has_output, info.training.is_some()),
        (None, Some(Format::Safetensors)) => {
            let table = safetensors::info(&args.input, args.tensor.as_deref())?;
            (false, table.training.is_some())
        }
        _ => (false, false),
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
    let safetensors = format == Format::Safetensors && !args.static_embedding;
    match &info {
        _ if args.static_embedding => safetensors::write_static(&vectors, &args.output)?,
        Some(info) if safetensors => {
            safetensors::write(&vectors, info.training.as_ref(), &args.output)?;
        }
        _ => formats::write(&vectors, &args.output, format)?,
    }
    let has_output = has_output || vectors.output().is_some() && !vectors.is_tied();
    let foreign = format != Format::Native && !safetensors;
    let tokenizer = has_training || vectors.tokenizer() != Tokenizer::default();
    let parts = [
        ("output matrix", has_output && !safetensors),
        (
            "training record",
            has_training && !(safetensors && info.is_some()),
        ),
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
