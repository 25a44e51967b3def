//! `w2v eval`

use super::Outcome;
use super::analogy::Method;
use super::output::Output;
use super::questions::VectorsArg;
use super::size::at_least_one;
use anyhow::ensure;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use w2v::eval::{AnalogyQuestions, AnalogyScores, EvalOptions, PairScores, Score, WordPairs};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    file: VectorsArg,

    /// Questions as in questions-words.txt; may be given several times
    #[arg(long, value_name = "FILE", num_args = 1..)]
    analogies: Vec<PathBuf>,

    /// Rated pairs as in WordSim-353; may be given several times
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pairs: Vec<PathBuf>,

    /// Know the N most frequent words only; published scores are often for 30000
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    restrict_vocab: Option<usize>,

    /// The score that analogies maximise
    #[arg(long, value_enum, default_value_t)]
    method: Method,

    /// Tell Paris from paris; else the more frequent spelling of a word stands for all
    #[arg(long)]
    case_sensitive: bool,

    /// Answer in JSON, on one line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    ensure!(
        !args.analogies.is_empty() || !args.pairs.is_empty(),
        "nothing to judge by; name files with --analogies FILE or --pairs FILE"
    );
    // Read the questions first: a damaged file is found before the vectors are.
    let analogies: Vec<_> = args
        .analogies
        .iter()
        .map(|path| AnalogyQuestions::read(path))
        .collect::<Result<_, _>>()?;
    let pairs: Vec<_> = args
        .pairs
        .iter()
        .map(|path| WordPairs::read(path))
        .collect::<Result<_, _>>()?;
    let vectors = args.file.open(None, false)?;
    let options = EvalOptions {
        restrict_vocab: args.restrict_vocab,
        case_insensitive: !args.case_sensitive,
    };
    let mut output = Output::new(args.json);
    let mut results = Vec::new();
    let mut covered = 0;
    for (path, questions) in args.analogies.iter().zip(&analogies) {
        let scores = questions.evaluate(&vectors, args.method.into(), &options);
        covered += scores.total.covered;
        match args.json {
            true => results.push(named(path, "analogies", json!(scores))),
            false => show_analogies(&mut output, path, &scores)?,
        }
    }
    for (path, pairs) in args.pairs.iter().zip(&pairs) {
        let scores = pairs.evaluate(&vectors, &options);
        covered += scores.found;
        match args.json {
            true => results.push(named(path, "pairs", json!(scores))),
            false => show_pairs(&mut output, path, &scores)?,
        }
    }
    if args.json {
        output.line(
            json!({ "vectors": args.file.vectors, "words": vectors.len(), "results": results }),
        )?;
    }
    Ok(if covered > 0 {
        Outcome::Answered
    } else {
        Outcome::NothingFound
    })
}

fn named(path: &Path, kind: &str, scores: Value) -> Value {
    json!({ "file": path, "kind": kind, "scores": scores })
}

fn show_analogies(output: &mut Output, path: &Path, scores: &AnalogyScores) -> anyhow::Result<()> {
    output.line(format_args!("{}", path.display()))?;
    output.line(format_args!(
        "{:>8}  {:>7}  {:>7}  {:>7}  section",
        "correct", "of", "asked", "in file"
    ))?;
    let mut row = |score: &Score, name: &str| {
        let percent = match score.accuracy() {
            Some(accuracy) => format!("{:.2} %", 100.0 * accuracy),
            None => "–".to_owned(),
        };
        let Score {
            correct,
            covered,
            total,
        } = score;
        output.line(format_args!(
            "{percent:>8}  {correct:>7}  {covered:>7}  {total:>7}  {name}"
        ))
    };
    for section in &scores.sections {
        row(&section.score, &section.name)?;
    }
    for (score, name) in [
        (&scores.semantic, "= semantic"),
        (&scores.syntactic, "= syntactic"),
    ] {
        if let Some(score) = score {
            row(score, name)?;
        }
    }
    row(&scores.total, "= all")?;
    Ok(())
}

fn show_pairs(output: &mut Output, path: &Path, scores: &PairScores) -> anyhow::Result<()> {
    let number = |r: Option<f64>| r.map_or("–".to_owned(), |r| format!("{r:.4}"));
    output.line(format_args!(
        "{}: Spearman {}, Pearson {}, {} of {} pairs found",
        path.display(),
        number(scores.spearman),
        number(scores.pearson),
        scores.found,
        scores.total,
    ))?;
    Ok(())
}
