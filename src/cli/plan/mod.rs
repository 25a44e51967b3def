//! `w2v plan`, and the same at the beginning of `w2v train`.
//!
//! A plan takes the flags of `train` and is made at the place where training would begin, so that both
//! mean the same run. Training shows it in a line and goes on; `w2v plan` shows it all and ends there.
//! Both refuse what cannot fit, in the same words.

mod show;

use super::Outcome;
use super::corpus::CorpusArgs;
use super::flags;
use super::memory;
use super::output::Output;
use super::output::Style;
use super::progress::Progress;
use anyhow::bail;
use serde_json::{Value, json};
use show::{in_short, show_all};
use std::path::{Path, PathBuf};
use w2v::eval::{EvalOptions, EvalSet};
use w2v::plan::{Available, Coverage, Plan, Request, SampleOptions};
use w2v::train::{Recipe, Source};

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

/// What a plan is made of, besides the corpus.
pub(super) struct Planned<'a> {
    pub(super) corpus: &'a CorpusArgs,
    pub(super) output: &'a Path,
    pub(super) recipe: &'a Recipe,
    /// Of `w2v plan`; training has none.
    pub(super) alone: Option<&'a PlanArgs>,
}

/// Makes and shows the plan of a run; `Some` where that is all.
///
/// # Errors
/// A run that cannot fit. In training, whatever else is wrong is left to training itself to say.
pub(super) fn first(planned: &Planned<'_>, progress: &Progress) -> anyhow::Result<Option<Outcome>> {
    let Some(alone) = planned.alone else {
        if planned.corpus.open().is_err() {
            return Ok(None);
        }
        if planned.corpus.corpus.iter().any(|path| path == Path::new("-")) {
            progress.say("no plan: standard input can be read once only");
            return Ok(None);
        }
        let quiet = planned.corpus.progress == Style::None;
        let effort = Effort {
            sample: 16 << 20,
            // Sampling 6 MB takes .1 s, and reading all of the 100 MB .3 s.
            of_text: 1.0 / 16.0,
            sampling: 0.2,
            // Other threads would leave memory behind that training does not use again.
            threads: 1,
            trying: if quiet { 0.0 } else { 0.5 },
            share: 0.02,
        };
        let Ok((plan, available)) = make(planned, &effort) else {
            return Ok(None);
        };
        progress.say(&format!("plan: {}", in_short(&plan)));
        let mut event = json!(plan);
        event["event"] = json!("plan");
        progress.json(event);
        refuse(&plan, &available)?;
        return Ok(None);
    };
    let effort = Effort {
        sample: 32 << 20,
        of_text: 1.0,
        sampling: 1.0,
        threads: planned.recipe.threads,
        trying: 0.5,
        share: f64::INFINITY,
    };
    let sets = alone.eval.iter().map(|path| Ok((path.clone(), EvalSet::read(path)?)));
    let sets = sets.collect::<w2v::Result<Vec<_>>>()?;
    let (plan, available) = make(planned, &effort)?;
    let cover =
        |(path, set): (PathBuf, EvalSet)| Ok((path, plan.coverage(&set, &EvalOptions::default())?));
    let coverage = sets.into_iter().map(cover).collect::<w2v::Result<Vec<_>>>()?;
    let mut output = Output::new(alone.json);
    match alone.json {
        true => {
            let misfit = plan.misfit(&available);
            output.line(json_of(&plan, &available, &coverage, &json!(misfit)))?;
        }
        false => show_all(&mut output, planned, &plan, &available, &coverage)?,
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

fn make(planned: &Planned<'_>, effort: &Effort) -> w2v::Result<(Plan, Available)> {
    let args = planned.corpus;
    let corpus = args.open()?;
    let tokenizer = planned.recipe.tokenizer;
    // Loads a dictionary where there is one, so that it is among what the process takes.
    tokenizer.check()?;
    tokenizer.tokens("字");
    let available = available(&args.temp_dir(), planned.output);
    let pairs = planned.recipe.objective.source() != Source::Text;
    let (encode, count) = args.options_for(pairs);
    let request = Request {
        limits: args.limits()?,
        encode,
        count,
        sample: SampleOptions {
            bytes: effort.sample,
            share: effort.of_text,
            seconds: effort.sampling,
            threads: effort.threads,
        },
        seconds: effort.trying,
        share: effort.share,
        process: memory::resident().unwrap_or(0),
        processor_time: processor_time(),
        load: Some(sysinfo::System::load_average().one).filter(|load| *load > 0.0),
        available,
        ..Request::new(&corpus, planned.recipe)
    };
    Ok((request.plan()?, available))
}

/// How to ask for the processor time of this process.
#[cfg(unix)]
fn processor_time() -> Option<fn() -> f64> {
    use rustix::time::{ClockId, clock_gettime};
    Some(|| {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    })
}

#[cfg(not(unix))]
fn processor_time() -> Option<fn() -> f64> {
    None
}

fn refuse(plan: &Plan, available: &Available) -> anyhow::Result<()> {
    match plan.misfit(available) {
        Some(misfit) => bail!(flags::text(&misfit.to_string())),
        None => Ok(()),
    }
}

/// What there is on this machine, as far as it tells.
fn available(temp_dir: &Path, output: &Path) -> Available {
    let own = memory::resident().unwrap_or(0);
    let (temporary, of_temporary) = free_disk(temp_dir);
    let folder = match output.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let (output, of_output) = free_disk(folder);
    Available {
        memory: memory::available().map(|bytes| bytes + own),
        address_space: memory::address_space_left().map(|bytes| bytes + own),
        temporary,
        output,
        one_disk: of_temporary.is_some() && of_temporary == of_output,
    }
}

/// Bytes that are free in a folder, and which disk it is on.
#[cfg(unix)]
fn free_disk(folder: &Path) -> (Option<u64>, Option<u64>) {
    use std::os::unix::fs::MetadataExt;
    let disk = rustix::fs::statvfs(folder).ok();
    let device = std::fs::metadata(folder).ok();
    (disk.map(|disk| disk.f_bavail * disk.f_frsize), device.map(|about| about.dev()))
}

#[cfg(not(unix))]
fn free_disk(_: &Path) -> (Option<u64>, Option<u64>) {
    (None, None)
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
