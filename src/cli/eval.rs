//! `w2v eval`

use super::Outcome;
use super::output::Output;
use super::questions::VectorsArg;
use super::sets::{NamedSet, SetArgs};
use super::size::at_least_one;
use super::values::{METHODS, choice};
use anyhow::ensure;
use serde_json::json;
use std::path::Path;
use w2v::eval::{AnalogyScores, Bootstrap, EvalOptions, Interval, Score, SetScores};
use w2v::report::columns;
use w2v::vectors::AnalogyMethod;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    file: VectorsArg,

    #[command(flatten)]
    sets: SetArgs,

    /// Know the N most frequent words only; published scores are often for 30000
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    restrict_vocab: Option<usize>,

    /// The score that analogies maximise
    #[arg(long, default_value = "add", value_parser = choice(METHODS))]
    method: AnalogyMethod,

    /// Tell Paris from paris; else the more frequent spelling of a word stands for all
    #[arg(long)]
    case_sensitive: bool,

    /// Resamples of the 95 % intervals; 0 shows none
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().resamples)]
    resamples: usize,

    /// Seed of the resamples
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().seed)]
    bootstrap_seed: u64,

    /// Answer in JSON, on one line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // Read the questions first: a damaged file is found before the vectors are.
    let sets = args.sets.read()?;
    ensure!(
        !sets.is_empty(),
        "nothing to judge by; name files with --sets FILE, or with --analogies, --pairs, --categories \
         or --odd where their kind shall not be guessed"
    );
    let vectors = args.file.open(None, false)?;
    let options =
        EvalOptions { restrict_vocab: args.restrict_vocab, case_insensitive: !args.case_sensitive };
    let threads = vectors.threads().clone();
    let bootstrap = Bootstrap { resamples: args.resamples, seed: args.bootstrap_seed, threads };
    let mut output = Output::new(args.json);
    let mut results = Vec::new();
    let mut covered = 0;
    for NamedSet { path, set } in &sets {
        let scores = set.evaluate(&vectors, args.method, &options);
        let interval = bootstrap.draw(&[&scores.outcomes()])[0].interval();
        let interval = interval.filter(|_| scores.outcomes().score().is_some());
        covered += scores.coverage()[0];
        if output.is_closed() && covered > 0 {
            // The verdict is known, and nobody reads the rest.
            break;
        }
        if args.json {
            let kind = set.kind().name();
            results.push(
                json!({ "file": path, "kind": kind, "scores": scores, "interval": interval }),
            );
            continue;
        }
        match &scores {
            SetScores::Analogies(scores) => show_analogies(&mut output, path, scores, interval)?,
            SetScores::Pairs(scores) => output.line(format_args!(
                "{}: Spearman {}{}, Pearson {}, {} of {} pairs found",
                path.display(),
                number(scores.spearman),
                within(interval, |score| format!("{score:.4}")),
                number(scores.pearson),
                scores.found,
                scores.total,
            ))?,
            SetScores::Categories(scores) => output.line(format_args!(
                "{}: purity {}{} of {} clusters, {} of {} words found",
                path.display(),
                number(scores.purity),
                within(interval, |score| format!("{score:.4}")),
                scores.clusters,
                scores.found,
                scores.total,
            ))?,
            SetScores::Odd(scores) => output.line(format_args!(
                "{}: {} of outliers found{}, position {}, {} of {} questions asked",
                path.display(),
                percent(scores.accuracy),
                within(interval, |score| percent(Some(score))),
                percent(scores.opp),
                scores.covered,
                scores.total,
            ))?,
        }
    }
    if args.json {
        output.line(
            json!({ "vectors": args.file.vectors, "words": vectors.len(), "results": results }),
        )?;
    }
    Ok(if covered > 0 { Outcome::Answered } else { Outcome::NothingFound })
}

fn show_analogies(
    output: &mut Output,
    path: &Path,
    scores: &AnalogyScores,
    interval: Option<Interval>,
) -> anyhow::Result<()> {
    output.line(path.display())?;
    let mut rows = vec![["correct", "of", "asked", "in file", "section"].map(str::to_owned)];
    let mut row = |score: &Score, name: &str| {
        let [correct, of, total] =
            [score.correct, score.covered, score.total].map(|n| n.to_string());
        rows.push([percent(score.accuracy()), correct, of, total, name.to_owned()]);
    };
    scores.sections.iter().for_each(|section| row(&section.score, &section.name));
    for (score, name) in [(&scores.semantic, "= semantic"), (&scores.syntactic, "= syntactic")] {
        score.iter().for_each(|score| row(score, name));
    }
    row(&scores.total, "= all");
    output.text(&columns(">8 >7 >7 >7 <", &rows))?;
    if let Some(Interval { low, high }) = interval {
        let [low, high] = [low, high].map(|score| percent(Some(score)));
        output.line(format_args!("{low:>8}  to {high}, 95 % of resamples of all"))?;
    }
    Ok(())
}

fn number(score: Option<f64>) -> String {
    score.map_or("–".to_owned(), |score| format!("{score:.4}"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.2} %", 100.0 * share))
}

/// An interval after the number that it belongs to.
fn within(interval: Option<Interval>, show: impl Fn(f64) -> String) -> String {
    let text = |i: Interval| format!(" (95 %: {} to {})", show(i.low), show(i.high));
    interval.map_or(String::new(), text)
}
