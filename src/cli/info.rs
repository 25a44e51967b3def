//! `w2v info`

use super::Outcome;
use super::corpus::tokenizer_line;
use super::output::Output;
use super::questions::{hint, reading};
use super::size::{self, counted, grouped, show};
use super::table;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use w2v::Isa;
use w2v::formats::native::{self, TableEntry};
use w2v::formats::{self, Format, finalfusion, safetensors};
use w2v::train::{Hold, OriginKind, OriginRecord, Reading, Source, Training};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The vectors: a file, a folder with a safetensors model, or the config.json of a language model,
    /// whose table is then reckoned
    #[arg(value_name = "FILE", env = "W2V_VECTORS", default_value = "vectors.w2v")]
    vectors: PathBuf,

    /// The tensor that is the table, in a safetensors model [default: found by its name]
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,

    /// Parameters of the whole language model, such as 7.6B: show the share of the table
    #[arg(long, value_name = "N", value_parser = size::parse_count)]
    total_params: Option<u64>,

    /// Show the processor's instruction sets and which kernels run, instead of a file
    #[arg(long)]
    cpu: bool,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut output = Output::new(args.json);
    let path = args.vectors.as_path();
    if args.cpu {
        show_cpu(&mut output)?;
    } else if is_config(path) {
        table::show_config(&mut output, path, args.total_params)?;
    } else {
        match sniff(path)? {
            Format::Native => show_model(&mut output, path)?,
            Format::Safetensors => {
                let info = safetensors::info(path, args.tensor.as_deref())?;
                table::show_table(&mut output, path, &info, args.total_params)?;
            }
            _ => show_foreign(&mut output, path)?,
        }
    }
    Ok(Outcome::Answered)
}

/// JSON that is no index of a safetensors model.
fn is_config(path: &Path) -> bool {
    let json = path.extension().is_some_and(|ext| ext == "json");
    json && path.is_file() && formats::sniff(path).is_err()
}

fn sniff(path: &Path) -> anyhow::Result<Format> {
    formats::sniff(path).map_err(|e| hint(path, e, "as in `w2v info FILE`"))
}

fn show_cpu(output: &mut Output) -> anyhow::Result<()> {
    let available: Vec<String> = Isa::available().iter().map(ToString::to_string).collect();
    let chosen = Isa::chosen();
    if output.is_json() {
        let available = json!({ "kernels": chosen.to_string(), "available": available });
        return Ok(output.line(available)?);
    }
    output.field("kernels", chosen)?;
    output.field("available", available.join(", "))?;
    output.field("architecture", std::env::consts::ARCH)?;
    Ok(())
}

fn show_model(output: &mut Output, path: &Path) -> anyhow::Result<()> {
    let info = native::info(path)?;
    if output.is_json() {
        let table = |t: &TableEntry| -> Value {
            json!({ "name": t.name, "kind": t.kind, "rows": t.rows, "columns": t.columns })
        };
        return Ok(output.line(json!({
            "file": path, "format": Format::Native.name(), "version": info.version,
            "numbers": info.numbers, "words": info.words, "dim": info.dim, "tokens": info.tokens,
            "file_bytes": info.file_bytes, "matrix_bytes": info.matrix_bytes,
            "has_output": info.has_output,
            "tables": info.tables.iter().map(table).collect::<Vec<_>>(),
            "tokenizer": info.tokenizer, "training": info.training,
        }))?);
    }
    output.field("file", path.display())?;
    output.field("format", format_args!("{} version {}", Format::Native, info.version))?;
    output.field("words", grouped(info.words as u64))?;
    output.field("dimensions", info.dim)?;
    output.field("numbers", info.numbers)?;
    let matrices = if info.has_output { "input and output matrix" } else { "input matrix only" };
    let each = show(info.matrix_bytes);
    output.field("size", format_args!("{}; {matrices}, {each} each", show(info.file_bytes)))?;
    for TableEntry { name, kind, rows, columns, .. } in &info.tables {
        let rows = grouped(*rows);
        output.field("table", format_args!("{name}, {kind}, {rows} × {columns}"))?;
    }
    output.field("tokenizer", tokenizer_line(info.tokenizer))?;
    if let (Some(position), Some(training)) = (&info.position, &info.training) {
        let share = 100.0 * position.share(training.recipe.objective.epochs());
        output.field(
            "checkpoint",
            format_args!(
                "of a run that has come to {share:.1} % in {:.0} s of training; \
                 `w2v train … --resume {}` goes on",
                position.seconds,
                path.display()
            ),
        )?;
    }
    match &info.training {
        Some(training) => show_training(output, training),
        None => Ok(output.field("training", "not recorded: the vectors were converted")?),
    }
}

fn show_training(output: &mut Output, training: &Training) -> anyhow::Result<()> {
    let Training { recipe, record, unknown } = training;
    for (name, value) in recipe.objective.summary() {
        output.field(name, value)?;
    }
    let repeatable = if recipe.threads == 1 { " (can be repeated to the byte)" } else { "" };
    output.field("seed", recipe.seed)?;
    let (threads, kernels) = (recipe.threads, &recipe.kernels);
    output.field("threads", format_args!("{threads}{repeatable}, {kernels} kernels"))?;
    for file in &record.corpus {
        let bytes = file.bytes.map_or(String::new(), |bytes| format!(", {}", show(bytes)));
        output.field("corpus", format_args!("{}{bytes}", file.name))?;
    }
    if record.corpus_hash != 0 {
        output.field("corpus hash", format_args!("xxh3 {:016x}", record.corpus_hash))?;
    }
    if let Some(reading) = &recipe.reading {
        let text = format!("{}, {}", show(record.text_bytes), counted(record.text_tokens, "token"));
        output.field("text", text)?;
        show_reading(output, reading)?;
    }
    if let Some(origin) = &recipe.origin {
        let what = match origin.kind {
            OriginKind::Model => "the model",
            OriginKind::Vectors => "vectors of",
        };
        let (words, hash) = (counted(origin.words, "word"), origin.hash);
        let begun = format!("{what} {}, {words}, xxh3 {hash:016x}", origin.file);
        output.field("began with", begun)?;
        output.field("old words", hold_line(origin))?;
    }
    output.field(
        "tokens",
        format_args!(
            "{} in the corpus, {} {} over all epochs",
            grouped(record.corpus_tokens),
            grouped(record.trained_tokens),
            match recipe.objective.source() {
                Source::Pairs(_) => "pairs trained",
                Source::Text => "trained after sub-sampling",
            }
        ),
    )?;
    let losses: Vec<String> = record.losses.iter().map(|loss| format!("{loss:.4}")).collect();
    output.field("loss by epoch", losses.join(" "))?;
    if let Some(seconds) = record.seconds.filter(|seconds| *seconds > 0.0) {
        output.field("training time", format_args!("{seconds:.1} s"))?;
    }
    output.field("made by", format_args!("w2v {}", record.version))?;
    if !unknown.is_empty() {
        output.field("unknown", format_args!("{}: set by a later version", unknown.join(", ")))?;
    }
    Ok(())
}

/// What became of the rows of words that were there before.
pub(super) fn hold_line(origin: &OriginRecord) -> String {
    match origin.hold {
        Hold::Free => "their rows are trained like all others".to_owned(),
        hold => format!("their rows are {hold}"),
    }
}

fn show_reading(output: &mut Output, r: &Reading) -> anyhow::Result<()> {
    let sentence = counted(r.max_sentence as u64, "word");
    let invalid = format!("{:?}", r.invalid_utf8).to_lowercase();
    let reading = format!("sentences of at most {sentence}, invalid UTF-8: {invalid}");
    output.field("reading", reading)?;
    let most =
        r.max_vocab.map_or(String::new(), |most| format!(", at most {}", grouped(most as u64)));
    let list = r.list.map_or(String::new(), |hash| format!(", of a list with xxh3 {hash:016x}"));
    let kept = format!("words that occur {} times or more{most}{list}", r.min_count);
    Ok(output.field("vocabulary", kept)?)
}

fn show_foreign(output: &mut Output, path: &Path) -> anyhow::Result<()> {
    let format = formats::sniff(path)?;
    let (vectors, report) = formats::open(path, &reading())?;
    if output.is_json() {
        return Ok(output.line(json!({
            "file": path, "format": format.name(), "words": vectors.len(), "dim": vectors.dim(),
            "duplicates": report.duplicates, "numbered": report.numbered,
        }))?);
    }
    output.field("file", path.display())?;
    output.field("format", format)?;
    output.field("words", grouped(vectors.len() as u64))?;
    output.field("dimensions", vectors.dim())?;
    if let Some(ngrams) = vectors.subwords().and_then(|subwords| subwords.ngrams()) {
        let rows = counted(ngrams.rows.len() as u64, "row");
        let (least, most) = (ngrams.min_n, ngrams.max_n);
        output.field("n-grams", format_args!("of {least} to {most} characters, {rows}"))?;
    }
    if format == Format::Finalfusion
        && let Some(metadata) = finalfusion::metadata(path)?
    {
        for line in metadata.lines() {
            output.field("metadata", line)?;
        }
    }
    if report.duplicates > 0 {
        output
            .field("duplicates", format_args!("{} left out", counted(report.duplicates, "row")))?;
    }
    if let Some(line) = report.first_numbered {
        let rows = counted(report.numbered, "row");
        output.field(
            "numbered",
            format_args!("the word ends in a number in {rows}, the first in line {line}"),
        )?;
    }
    Ok(())
}
