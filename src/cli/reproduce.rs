//! `w2v reproduce`: does the same training make the same model again?

use super::Outcome;
use super::corpus::MemoryArgs;
use super::output::{Output, Style};
use super::progress::Progress;
use super::size::counted;
use super::threads::ThreadsArg;
use clap::ArgAction;
use serde_json::{Value, json};
use std::path::PathBuf;
use w2v::report::Lines;
use w2v::session::{Reproduced, Reproduction};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The model, with both its matrices
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// The text that it was trained on [default: the files that the model names]
    #[arg(value_name = "CORPUS")]
    corpus: Vec<PathBuf>,

    /// The model or vectors that training began with (--continue, --init) [default: the file that the
    /// model names]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    #[command(flatten)]
    memory: MemoryArgs,

    /// What to show of progress, on standard error
    #[arg(long, value_enum, default_value_t, action = ArgAction::Set)]
    pub(super) progress: Style,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new(args.progress)?;
    let resources = args.memory.resources(&ThreadsArg::default())?;
    progress.temp_dir(resources.temp_dir.as_deref());
    let reproduction = Reproduction {
        model: args.model.clone(),
        corpus: args.corpus.clone(),
        from: args.from.clone(),
        resources,
    };
    let found = reproduction.run_with(|event| progress.event(event))?;
    progress.finish();
    let mut output = Output::new(args.json);
    match output.is_json() {
        true => output.line(to_json(args, &found))?,
        false => output.text(&text(&found))?,
    }
    Ok(match found.agrees() {
        true => Outcome::Answered,
        false => Outcome::NothingFound,
    })
}

fn to_json(args: &Args, found: &Reproduced) -> Value {
    let mut answer = json!({
        "model": args.model, "identical": found.identical, "threads": found.training.recipe.threads,
        "bytes_expected": found.bytes_expected, "words": found.shape[0],
        "rows_that_differ": found.rows, "first_difference": found.first,
        "largest_difference": found.largest, "losses_equal": found.losses_equal,
    });
    if !found.identical {
        answer["mean_cosine"] = found.mean_cosine.into();
        answer["neighbors_same_at_10"] = found.neighbors_same.into();
    }
    answer
}

fn text(found: &Reproduced) -> String {
    let mut lines = Lines::default();
    if found.identical {
        let [words, dim] = found.shape.map(|n| n as u64);
        lines.line(format_args!(
            "reproduced: the same bytes, {} × {} in both matrices, and the same losses",
            counted(words, "word"),
            counted(dim, "dimension"),
        ));
        return lines.into_text();
    }
    lines.line(match (found.training.recipe.threads, found.agrees()) {
        (1, _) => "not reproduced: one thread should have made the same bytes".to_owned(),
        (n, true) => {
            format!("reproduced as far as it can be: {n} threads never make the same bytes twice")
        }
        (n, false) => format!(
            "not reproduced: {n} threads never make the same bytes twice, but they agree in more"
        ),
    });
    let number =
        |x: Option<f64>, unit: f64| x.map_or(Value::Null, |x| ((unit * x).round() / unit).into());
    lines.field("mean cosine", number(found.mean_cosine, 1e4));
    let same = number(found.neighbors_same, 1e3);
    lines.field("neighbours", format_args!("{same} of the 10 nearest are the same"));
    let rows = counted(found.rows, "row");
    lines.field("differ", format_args!("{rows}, by at most {}", found.largest));
    if let Some(first) = &found.first {
        lines.field("first", first);
    }
    let losses = found.training.record.losses.iter().map(|loss| format!("{loss:.4}"));
    lines.field("losses were", losses.collect::<Vec<_>>().join(" "));
    lines.into_text()
}
