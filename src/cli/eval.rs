//! `w2v eval`

use super::Outcome;
use super::output::{Output, add_zero_vectors, note_zero_vectors};
use super::questions::VectorsArg;
use super::sets::{NamedSet, SetArgs};
use super::size::{at_least_one, counted};
use super::values::{METHODS, choice};
use anyhow::ensure;
use serde_json::json;
use w2v::eval::{AnalogyScores, EvalOptions, Interval, Score, SetScores};
use w2v::report::{columns, escaped};
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

    /// List the words of each set that the vectors lack
    #[arg(long)]
    missing: bool,

    /// Answer in JSON, on one line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // Read the questions first: a damaged file is found before the vectors are.
    let sets = args.sets.read(args.file.encoding)?;
    ensure!(
        !sets.is_empty(),
        "nothing to judge by; name files with --sets FILE, or with --analogies, --pairs, --categories \
         or --odd where their kind shall not be guessed"
    );
    let vectors = args.file.open(None, false)?;
    let options =
        EvalOptions { restrict_vocab: args.restrict_vocab, case_insensitive: !args.case_sensitive };
    let mut output = Output::new(args.json);
    let mut results = Vec::new();
    let mut covered = 0;
    for NamedSet { path, set } in &sets {
        let scores = set.evaluate(&vectors, args.method, &options);
        let interval = Interval::of(&scores.outcomes());
        let [found, total] = scores.coverage();
        covered += found;
        if output.is_closed() && covered > 0 {
            // The verdict is known, and nobody reads the rest.
            break;
        }
        let missing = args.missing.then(|| set.missing(&vectors, &options));
        let zeros = set.zero_vectors(&vectors, &options);
        if args.json {
            let kind = set.kind().name();
            let mut result =
                json!({ "file": path, "kind": kind, "scores": scores, "interval": interval });
            if let Some(missing) = missing {
                result["missing"] = json!(missing);
            }
            add_zero_vectors(&mut result, &zeros);
            results.push(result);
            continue;
        }
        let file = path.display();
        note_zero_vectors(&format!("{file}: "), &zeros);
        output.text(&match &scores {
            SetScores::Analogies(scores) => format!("{file}\n{}", analogies(scores, interval)),
            SetScores::Pairs(scores) => {
                let [spearman, pearson] = [scores.spearman, scores.pearson].map(number);
                let within = within(interval, number);
                format!(
                    "{file}: Spearman {spearman}{within}, Pearson {pearson}, {found} of {total} pairs \
                     found\n"
                )
            }
            SetScores::Categories(scores) => {
                let (purity, clusters) = (number(scores.purity), scores.clusters);
                let within = within(interval, number);
                format!(
                    "{file}: purity {purity}{within} of {clusters} clusters, {found} of {total} words \
                     found\n"
                )
            }
            SetScores::Odd(scores) => {
                let [accuracy, position] = [scores.accuracy, scores.opp].map(percent);
                let within = within(interval, percent);
                format!(
                    "{file}: {accuracy} of outliers found{within}, position {position}, {found} of \
                     {total} questions asked\n"
                )
            }
        })?;
        if let Some(missing) = missing {
            let words = counted(missing.len() as u64, "word");
            output.line(format_args!(
                "{words} missing{}",
                if missing.is_empty() { "" } else { ":" }
            ))?;
            missing.iter().try_for_each(|word| output.line(format_args!("  {}", escaped(word))))?;
        }
    }
    if args.json {
        output.line(
            json!({ "vectors": args.file.vectors, "words": vectors.len(), "results": results }),
        )?;
    }
    Ok(if covered > 0 { Outcome::Answered } else { Outcome::NothingFound })
}

fn analogies(scores: &AnalogyScores, interval: Option<Interval>) -> String {
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
    let interval = interval.map(|Interval { low, high }| {
        let [low, high] = [low, high].map(|score| percent(Some(score)));
        format!("{low:>8}  to {high}, 95 % interval of all\n")
    });
    columns(">8 >7 >7 >7 <", &rows) + &interval.unwrap_or_default()
}

fn number(score: Option<f64>) -> String {
    score.map_or("–".to_owned(), |score| format!("{score:.4}"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.2} %", 100.0 * share))
}

/// An interval after the number that it belongs to.
fn within(interval: Option<Interval>, show: impl Fn(Option<f64>) -> String) -> String {
    let text = |i: Interval| format!(" (95 %: {} to {})", show(Some(i.low)), show(Some(i.high)));
    interval.map_or(String::new(), text)
}
