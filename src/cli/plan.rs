//! `w2v plan`, and the same at the beginning of `w2v train`.
//!
//! A plan takes the flags of `train` and is made at the place where training would begin, so that both
//! mean the same run. Training shows it in a line and goes on; `w2v plan` shows it all and ends there.
//! Both refuse what cannot fit, in the same words.

use super::Outcome;
use super::flags;
use super::output::Output;
use super::progress::Progress;
use anyhow::bail;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use w2v::eval::{EvalOptions, EvalSet};
use w2v::plan::{Available, Coverage, Plan, Request, SampleOptions};
use w2v::session::{Input, Run};
use w2v::{machine, report};

/// What only `w2v plan` has.
#[derive(Clone, Default, clap::Args)]
pub(super) struct PlanArgs {
    /// Say how much of evaluation sets of any kind the vocabulary will cover
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Plan")]
    eval: Vec<PathBuf>,

    /// Answer in JSON, on one line
    #[arg(long, help_heading = "Plan")]
    json: bool,
}

/// Makes and shows the plan of a run; `Some` where that is all: `alone` are the flags of `w2v plan`.
///
/// # Errors
/// A run that cannot fit. In training, whatever else is wrong is left to training itself to say.
pub(super) fn first(
    run: &Run,
    alone: Option<&PlanArgs>,
    progress: &Progress,
) -> anyhow::Result<Option<Outcome>> {
    let Some(alone) = alone else {
        let Input::Text(text) = &run.input else {
            return Ok(None);
        };
        if run.begin.is_some() || text.open().is_err() {
            return Ok(None);
        }
        if text.files.iter().any(|path| path == Path::new("-")) {
            progress.say("no plan: standard input can be read once only");
            return Ok(None);
        }
        let effort = Effort {
            sample: 16 << 20,
            // Sampling 6 MB takes .1 s, and reading all of the 100 MB .3 s.
            of_text: 1.0 / 16.0,
            sampling: 0.2,
            // Other threads would leave memory behind that training does not use again.
            threads: 1,
            trying: if progress.is_quiet() { 0.0 } else { 0.5 },
            share: 0.02,
        };
        let Ok((plan, available)) = make(run, &effort) else {
            return Ok(None);
        };
        progress.say(&format!("plan: {}", report::plan_in_short(&plan)));
        let mut event = json!(plan);
        event["event"] = json!("plan");
        progress.json(event);
        refuse(&plan, &available)?;
        return Ok(None);
    };
    let threads = run.resources.threads.count();
    let effort = Effort {
        sample: 32 << 20,
        of_text: 1.0,
        sampling: 1.0,
        threads,
        trying: 0.5,
        share: f64::INFINITY,
    };
    let sets = alone.eval.iter().map(|path| Ok((path.clone(), EvalSet::read(path)?)));
    let sets = sets.collect::<w2v::Result<Vec<_>>>()?;
    let (plan, available) = make(run, &effort)?;
    let cover =
        |(path, set): (PathBuf, EvalSet)| Ok((path, plan.coverage(&set, &EvalOptions::default())?));
    let coverage = sets.into_iter().map(cover).collect::<w2v::Result<Vec<_>>>()?;
    let mut output = Output::new(alone.json);
    match alone.json {
        true => {
            let misfit = plan.misfit(&available);
            output.line(json_of(&plan, &available, &coverage, &json!(misfit)))?;
        }
        false => output.text(&report::plan(&plan, run, &available, &coverage))?,
    }
    refuse(&plan, &available)?;
    Ok(Some(Outcome::Answered))
}

/// How much a plan may cost.
struct Effort {
    /// Bytes of text. A text that is not longer is read whole.
    sample: u64,
    /// The largest share of a longer one.
    of_text: f64,
    /// Seconds to cut them.
    sampling: f64,
    /// Threads that cut them.
    threads: usize,
    /// Seconds to try out training.
    trying: f64,
    /// The largest share of the run that trying out may be.
    share: f64,
}

fn make(run: &Run, effort: &Effort) -> anyhow::Result<(Plan, Available)> {
    // Loads a dictionary where there is one, so that it is among what the process takes.
    let tokenizer = run.recipe().tokenizer;
    tokenizer.check()?;
    tokenizer.tokens("字");
    let Some(request) = run.plan_request()? else {
        bail!("nothing to plan: what the run begins with is there already");
    };
    let folder = run.output.as_deref().and_then(Path::parent).filter(|f| *f != Path::new(""));
    let temp_dir = run.resources.temp_dir.clone().unwrap_or_default();
    let available = machine::available(&temp_dir, folder.unwrap_or(Path::new(".")));
    let request = Request {
        sample: SampleOptions {
            bytes: effort.sample,
            share: effort.of_text,
            seconds: effort.sampling,
            threads: effort.threads,
        },
        seconds: effort.trying,
        share: effort.share,
        process: machine::resident().unwrap_or(0),
        processor_time: machine::processor_time(),
        load: machine::load(),
        available,
        ..request
    };
    Ok((request.plan()?, available))
}

fn refuse(plan: &Plan, available: &Available) -> anyhow::Result<()> {
    match plan.misfit(available) {
        Some(misfit) => bail!(flags::text(&misfit.to_string())),
        None => Ok(()),
    }
}

fn json_of(
    plan: &Plan,
    available: &Available,
    coverage: &[(PathBuf, Coverage)],
    misfit: &Value,
) -> Value {
    let mut value = json!(plan);
    value["available"] = json!(available);
    value["fits"] = json!(misfit.is_null());
    value["misfit"] = misfit.clone();
    for setting in value["misfit"]["flags"].as_array_mut().into_iter().flatten() {
        setting["name"] = json!(setting["name"].as_str().map(flags::name));
    }
    let sets = coverage.iter().map(|(path, coverage)| {
        let mut set = json!(coverage);
        set["file"] = json!(path);
        set
    });
    value["coverage"] = sets.collect();
    value
}
