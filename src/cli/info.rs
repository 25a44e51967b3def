//! `w2v info`

use super::Outcome;
use super::output::Output;
use super::questions::{hint, reading};
use super::size::{self, counted, grouped, show};
use super::table;
use serde_json::json;
use std::path::{Path, PathBuf};
use w2v::Isa;
use w2v::encode::Reading;
use w2v::formats::native::{self, TableEntry};
use w2v::formats::{self, Format, finalfusion, safetensors};
use w2v::train::{Hold, OriginKind, OriginRecord, Source, Training};

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
        let mut value = json!(info);
        value["file"] = json!(path);
        value["format"] = json!(Format::Native.name());
        let table = |t: &TableEntry| json!({ "name": t.name, "kind": t.kind, "rows": t.rows, "columns": t.columns });
        value["tables"] = info.tables.iter().map(table).collect();
        return Ok(output.line(value)?);
    }
    let matrices = if info.has_output { "input and output matrix" } else { "input matrix only" };
    let (size, each) = (show(info.file_bytes), show(info.matrix_bytes));
    output.fields([
        ("file", Some(path.display().to_string())),
        ("format", Some(format!("{} version {}", Format::Native, info.version))),
        ("words", Some(grouped(info.words as u64))),
        ("dimensions", Some(info.dim.to_string())),
        ("numbers", Some(info.numbers.to_owned())),
        ("size", Some(format!("{size}; {matrices}, {each} each"))),
    ])?;
    for TableEntry { name, kind, rows, columns, .. } in &info.tables {
        let rows = grouped(*rows);
        output.field("table", format_args!("{name}, {kind}, {rows} × {columns}"))?;
    }
    output.field("tokenizer", info.tokenizer)?;
    let Some(training) = &info.training else {
        return Ok(output.field("training", "not recorded: the vectors were converted")?);
    };
    if let Some(position) = &info.position {
        let share = 100.0 * position.share(training.recipe.objective.epochs());
        let (seconds, path) = (position.seconds, path.display());
        let line = format!(
            "of a run that has come to {share:.1} % in {seconds:.0} s of training; `w2v train … \
             --resume {path}` goes on"
        );
        output.field("checkpoint", line)?;
    }
    show_training(output, training)
}

fn show_training(output: &mut Output, training: &Training) -> anyhow::Result<()> {
    let Training { recipe, record, unknown } = training;
    for (name, value) in recipe.objective.summary() {
        output.field(name, value)?;
    }
    let repeatable = if recipe.threads == 1 { " (can be repeated to the byte)" } else { "" };
    let (threads, kernels) = (recipe.threads, &recipe.kernels);
    output.field("seed", recipe.seed)?;
    output.field("threads", format_args!("{threads}{repeatable}, {kernels} kernels"))?;
    for file in &record.corpus {
        let bytes = file.bytes.map_or(String::new(), |bytes| format!(", {}", show(bytes)));
        output.field("corpus", format_args!("{}{bytes}", file.name))?;
    }
    let hash = record.corpus_hash;
    output.fields([("corpus hash", (hash != 0).then(|| format!("xxh3 {hash:016x}")))])?;
    if let Some(reading) = &recipe.reading {
        let text = format!("{}, {}", show(record.text_bytes), counted(record.text_tokens, "token"));
        output.field("text", text)?;
        show_reading(output, reading)?;
    }
    let begun = |origin: &OriginRecord| {
        let what = match origin.kind {
            OriginKind::Model => "the model",
            OriginKind::Vectors => "vectors of",
        };
        let (words, hash) = (counted(origin.words, "word"), origin.hash);
        format!("{what} {}, {words}, xxh3 {hash:016x}", origin.file)
    };
    let of_training = match recipe.objective.source() {
        Source::Pairs(_) => "pairs trained",
        Source::Text => "trained after sub-sampling",
    };
    let [tokens, trained] = [record.corpus_tokens, record.trained_tokens].map(grouped);
    let losses: Vec<String> = record.losses.iter().map(|loss| format!("{loss:.4}")).collect();
    let seconds = record.seconds.filter(|seconds| *seconds > 0.0);
    let later = || format!("{}: set by a later version", unknown.join(", "));
    Ok(output.fields([
        ("began with", recipe.origin.as_ref().map(begun)),
        ("old words", recipe.origin.as_ref().map(hold_line)),
        (
            "tokens",
            Some(format!("{tokens} in the corpus, {trained} {of_training} over all epochs")),
        ),
        ("loss by epoch", Some(losses.join(" "))),
        ("training time", seconds.map(|seconds| format!("{seconds:.1} s"))),
        ("made by", Some(format!("w2v {}", record.version))),
        ("unknown", (!unknown.is_empty()).then(later)),
    ])?)
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
    let most =
        r.max_vocab.map_or(String::new(), |most| format!(", at most {}", grouped(most as u64)));
    let list = r.list.map_or(String::new(), |hash| format!(", of a list with xxh3 {hash:016x}"));
    let reading = format!("sentences of at most {sentence}, invalid UTF-8: {invalid}");
    let kept = format!("words that occur {} times or more{most}{list}", r.min_count);
    Ok(output.fields([("reading", Some(reading)), ("vocabulary", Some(kept))])?)
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
    let ngrams = vectors.subwords().and_then(|subwords| subwords.ngrams()).map(|ngrams| {
        let rows = counted(ngrams.rows.len() as u64, "row");
        format!("of {} to {} characters, {rows}", ngrams.min_n, ngrams.max_n)
    });
    output.fields([
        ("file", Some(path.display().to_string())),
        ("format", Some(format.to_string())),
        ("words", Some(grouped(vectors.len() as u64))),
        ("dimensions", Some(vectors.dim().to_string())),
        ("n-grams", ngrams),
    ])?;
    if format == Format::Finalfusion {
        for line in finalfusion::metadata(path)?.unwrap_or_default().lines() {
            output.field("metadata", line)?;
        }
    }
    let left_out =
        (report.duplicates > 0).then(|| format!("{} left out", counted(report.duplicates, "row")));
    let numbered = report.first_numbered.map(|line| {
        let rows = counted(report.numbered, "row");
        format!("the word ends in a number in {rows}, the first in line {line}")
    });
    Ok(output.fields([("duplicates", left_out), ("numbered", numbered)])?)
}
