//! What a vector file holds, and how it was trained.

use super::layout::Lines;
use super::numbers::{counted, grouped, size};
use crate::encode::Reading;
use crate::formats::native::{NativeInfo, TableEntry};
use crate::formats::{Format, Report};
use crate::train::{Hold, OriginKind, OriginRecord, Source, Training};
use crate::vectors::WordVectors;
use serde_json::{Value, json};
use std::path::Path;

/// A model of our own.
pub fn model(info: &NativeInfo, path: &Path) -> String {
    let mut output = Lines::default();
    let matrices = if info.has_output { "input and output matrix" } else { "input matrix only" };
    let (bytes, each) = (size(info.file_bytes), size(info.matrix_bytes));
    output.fields([
        ("file", Some(path.display().to_string())),
        ("format", Some(format!("{} version {}", Format::Native, info.version))),
        ("words", Some(grouped(info.words as u64))),
        ("dimensions", Some(info.dim.to_string())),
        ("numbers", Some(info.numbers.to_owned())),
        ("size", Some(format!("{bytes}; {matrices}, {each} each"))),
    ]);
    for TableEntry { name, kind, rows, columns, .. } in &info.tables {
        let rows = grouped(*rows);
        output.field("table", format_args!("{name}, {kind}, {rows} × {columns}"));
    }
    output.field("tokenizer", info.tokenizer);
    let Some(training) = &info.training else {
        output.field("training", "not recorded: the vectors were converted");
        return output.into_text();
    };
    if let Some(position) = &info.position {
        let share = 100.0 * position.share(training.recipe.objective.epochs());
        let (seconds, path) = (position.seconds, path.display());
        let line = format!(
            "of a run that has come to {share:.1} % in {seconds:.0} s of training; \
             `train.resume={path}` goes on"
        );
        output.field("checkpoint", line);
    }
    show_training(&mut output, training);
    output.into_text()
}

/// The same as JSON.
pub fn model_json(info: &NativeInfo, path: &Path) -> Value {
    let mut value = json!(info);
    value["file"] = json!(path);
    value["format"] = json!(Format::Native.name());
    let table = |t: &TableEntry| json!({ "name": t.name, "kind": t.kind, "rows": t.rows, "columns": t.columns });
    value["tables"] = info.tables.iter().map(table).collect();
    value
}

fn show_training(output: &mut Lines, training: &Training) {
    let Training { recipe, record, unknown } = training;
    for (name, value) in recipe.objective.summary() {
        output.field(name, value);
    }
    let repeatable = if recipe.threads == 1 { " (can be repeated to the byte)" } else { "" };
    let (threads, kernels) = (recipe.threads, &recipe.kernels);
    output.field("seed", recipe.seed);
    output.field("threads", format_args!("{threads}{repeatable}, {kernels} kernels"));
    for file in &record.corpus {
        let bytes = file.bytes.map_or(String::new(), |bytes| format!(", {}", size(bytes)));
        output.field("corpus", format_args!("{}{bytes}", file.name));
    }
    let hash = record.corpus_hash;
    output.fields([("corpus hash", (hash != 0).then(|| format!("xxh3 {hash:016x}")))]);
    if let Some(reading) = &recipe.reading {
        let text = format!("{}, {}", size(record.text_bytes), counted(record.text_tokens, "token"));
        output.field("text", text);
        show_reading(output, reading);
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
    output.fields([
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
    ]);
}

/// What became of the rows of words that were there before.
pub fn hold_line(origin: &OriginRecord) -> String {
    match origin.hold {
        Hold::Free => "their rows are trained like all others".to_owned(),
        hold => format!("their rows are {hold}"),
    }
}

fn show_reading(output: &mut Lines, r: &Reading) {
    let sentence = counted(r.max_sentence as u64, "word");
    let invalid = format!("{:?}", r.invalid_utf8).to_lowercase();
    let most =
        r.max_vocab.map_or(String::new(), |most| format!(", at most {}", grouped(most as u64)));
    let list = r.list.map_or(String::new(), |hash| format!(", of a list with xxh3 {hash:016x}"));
    let encoding = r.encoding.map_or(String::new(), |encoding| format!(", as {encoding}"));
    let reading = format!("sentences of at most {sentence}, invalid UTF-8: {invalid}{encoding}");
    let kept = format!("words that occur {} times or more{most}{list}", r.min_count);
    output.fields([("reading", Some(reading)), ("vocabulary", Some(kept))]);
}

/// Vectors of another program's file, with what was changed while they were read; `metadata` where the file has some.
pub fn vectors(
    vectors: &WordVectors,
    format: Format,
    report: &Report,
    path: &Path,
    metadata: &str,
) -> String {
    let mut output = Lines::default();
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
    ]);
    for line in metadata.lines() {
        output.field("metadata", line);
    }
    let left_out =
        (report.duplicates > 0).then(|| format!("{} left out", counted(report.duplicates, "row")));
    let numbered = report.first_numbered.map(|line| {
        let rows = counted(report.numbered, "row");
        format!("the word ends in a number in {rows}, the first in line {line}")
    });
    output.fields([("duplicates", left_out), ("numbered", numbered)]);
    output.into_text()
}
