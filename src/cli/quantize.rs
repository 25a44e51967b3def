//! `w2v quantize`

use super::Outcome;
use super::interrupts;
use super::output::{Output, Style, note};
use super::questions::{open, reading};
use super::size::{at_least_one, counted, grouped, show};
use super::threads::ThreadsArg;
use super::values::choice;
use anyhow::{Context, ensure};
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;
use w2v::eval::{EvalSet, Price, SetKind};
use w2v::formats::{self, FileRoles, Format, ReadOptions, native};
use w2v::report::{self, Lines};
use w2v::vectors::Quantization;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Vectors in any format that `w2v convert` reads
    input: PathBuf,

    /// Where to write: a model file of w2v, asked like any other
    output: PathBuf,

    /// int8: 4 times smaller, nearly the same answers; pq: product quantisation, 8 times and more
    #[arg(long, default_value = "int8", value_parser = choice(HOW))]
    method: How,

    /// Bytes of a row with `pq`, 1 to the dim [default: half the dim]
    #[arg(short = 'm', long, value_name = "M", value_parser = at_least_one)]
    subquantizers: Option<usize>,

    /// Of the rows that centroids are found from, and of the words that recall is measured with
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Measure recall with the neighbours of N words; 0: not at all
    #[arg(long, value_name = "N", default_value_t = 1000)]
    recall_words: usize,

    /// Show how the score of these questions changes; may be given several times
    #[arg(long, value_name = "FILE", num_args = 1..)]
    analogies: Vec<PathBuf>,

    /// Show how the score of these rated pairs changes; may be given several times
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pairs: Vec<PathBuf>,

    #[command(flatten)]
    threads: ThreadsArg,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,

    /// Answer in JSON, on one line
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Int8,
    Pq,
}

const HOW: &[(&str, How, &str)] = &[
    ("int8", How::Int8, "A byte a number, and a scale a row"),
    ("pq", How::Pq, "Product quantisation: a byte for several numbers"),
];

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    ensure!(
        Format::from_extension(&args.output).is_none_or(|format| format == Format::Native),
        "{} would be taken for another format; quantised vectors are kept in a .w2v file",
        args.output.display()
    );
    let mut files = FileRoles::default();
    files.vectors("the input", &args.input, &reading());
    args.analogies.iter().for_each(|path| files.input("--analogies", path));
    args.pairs.iter().for_each(|path| files.input("--pairs", path));
    files.output("the output", &args.output, args.force)?;
    let analogies = args.analogies.iter().map(|path| (path, SetKind::Analogies));
    let named = analogies.chain(args.pairs.iter().map(|path| (path, SetKind::Pairs)));
    let named: Vec<(&PathBuf, SetKind)> = named.collect();
    let sets = named.iter().map(|(path, kind)| EvalSet::read_as(*kind, path));
    let sets = sets.collect::<w2v::Result<Vec<_>>>()?;
    let training = formats::training(&args.input)?;
    let options = ReadOptions { threads: args.threads.get()?, ..reading() };
    let vectors = open(&args.input, &options)?;
    let parts =
        args.subquantizers.unwrap_or_else(|| Quantization::default_subquantizers(vectors.dim()));
    let how = match args.method {
        How::Int8 => Quantization::Int8,
        How::Pq => Quantization::Product { subquantizers: parts, seed: args.seed },
    };
    let began = Instant::now();
    let small = vectors.quantize(how)?;
    let seconds = began.elapsed().as_secs_f64();
    interrupts::catch(Style::Plain)?;
    interrupts::writing("quantising", &args.output, || {
        native::write_vectors_of(&small, training.as_ref(), &args.output)
    })?;
    note(format_args!(
        "wrote {}: {} × {} in {}, {seconds:.1} s",
        args.output.display(),
        counted(vectors.len() as u64, "word"),
        counted(vectors.dim() as u64, "dimension"),
        small.numbers(),
    ));
    drop(small);
    // What a person will ask is the file.
    let small = open(&args.output, &options)?;
    let written = std::fs::metadata(&args.output).context("the output is gone")?.len();
    let Price { table_bytes, recall, scores } =
        Price::of(&vectors, &small, &sets, args.recall_words, args.seed);
    let name = |kind: SetKind| if kind == SetKind::Pairs { "spearman" } else { kind.name() };
    let scores = named.iter().map(|(path, kind)| (path, name(*kind))).zip(scores);
    let mut output = Output::new(args.json);
    if args.json {
        let scores = scores.map(|((path, kind), change)| json!({ "file": path, "kind": kind, "before": change.before, "after": change.after }));
        output.line(json!({
            "file": args.output, "words": vectors.len(), "dim": vectors.dim(),
            "numbers": small.numbers(), "seconds": seconds,
            "subquantizers": (args.method == How::Pq).then_some(parts),
            "table_bytes": table_bytes, "file_bytes": written,
            "recall_at_10": recall.map(|r| json!({ "mean": r.mean, "words": r.words })),
            "scores": scores.collect::<Vec<_>>(),
        }))?;
        return Ok(Outcome::Answered);
    }
    let times = report::times(table_bytes.before, table_bytes.after);
    let [before, after] = [table_bytes.before, table_bytes.after].map(show);
    let recall = recall.map(|recall| {
        let words = grouped(recall.words as u64);
        format!("{:.4} against exact search, {words} words asked", recall.mean)
    });
    let mut lines = Lines::default();
    lines.fields([
        ("table", Some(format!("{before} → {after}, {times}"))),
        ("file", Some(show(written))),
        ("recall@10", recall),
    ]);
    for ((path, kind), change) in scores {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let line = match (change.before, change.after) {
            (Some(before), Some(after)) if kind == "analogies" => {
                let [before, after] = [before, after].map(|score| 100.0 * score);
                format!("{before:.2} % → {after:.2} % ({:+.2}), {file}", after - before)
            }
            (Some(before), Some(after)) => {
                format!("{before:.4} → {after:.4} ({:+.4}), {file}", after - before)
            }
            _ => format!("none of {file} is covered"),
        };
        lines.field(kind, line);
    }
    output.text(&lines.into_text())?;
    Ok(Outcome::Answered)
}
