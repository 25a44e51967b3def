//! `w2v convert`

use super::Outcome;
use super::size::{at_least_one, grouped, show};
use anyhow::{Context, anyhow};
use std::path::PathBuf;
use w2v::formats::{self, Format, ReadOptions, check_writable};

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
    let (vectors, report) = formats::open(&args.input, &options)?;
    formats::write(&vectors, &args.output, format)?;
    let written = std::fs::metadata(&args.output).context("the output is gone")?;
    eprintln!(
        "wrote {} as {format}: {} words × {} dimensions, {}",
        args.output.display(),
        grouped(vectors.len() as u64),
        vectors.dim(),
        show(written.len()),
    );
    if report.duplicates > 0 {
        eprintln!(
            "left out {} rows of words that had one before",
            grouped(report.duplicates)
        );
    }
    if report.replaced_utf8 > 0 {
        eprintln!(
            "replaced bytes that are not UTF-8 in {} words",
            grouped(report.replaced_utf8)
        );
    }
    Ok(Outcome::Answered)
}
