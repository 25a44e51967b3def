//! `w2v plan`, and the same at the beginning of `w2v train`.
//!
//! A plan takes the flags of `train` and is made at the place where training would begin, so that both
//! mean the same run. Training shows it in a line and goes on; `w2v plan` shows it all and ends there.
//! Both refuse what cannot fit, in the same words.

use super::Outcome;
use super::corpus::CorpusArgs;
use super::memory;
use super::output::Output;
use super::progress::{Progress, Style};
use super::size::{counted, grouped, show};
use super::train;
use anyhow::{bail, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use w2v::eval::{EvalOptions, EvalSet};
use w2v::plan::{Available, Coverage, Estimate, Method, Plan, Request, SampleOptions};
use w2v::train::Run;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) train: train::Args,

    #[command(flatten)]
    plan: PlanArgs,
}

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
    pub(super) method: Method,
    pub(super) run: &'a Run,
    /// Of `w2v plan`; training has none.
    pub(super) alone: Option<&'a PlanArgs>,
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    let mut train = args.train;
    ensure!(
        !train.explains(),
        "--explain means nothing in a plan; it belongs to `w2v train`"
    );
    train.only_plan(args.plan);
    train::run(train)
}

/// Makes and shows the plan of a run; `Some` where that is all.
///
/// # Errors
/// A run that cannot fit. In training, whatever else is wrong is left to training itself to say.
pub(super) fn first(planned: &Planned<'_>, progress: &Progress) -> anyhow::Result<Option<Outcome>> {
    let Some(alone) = planned.alone else {
        if planned
            .corpus
            .corpus
            .iter()
            .any(|path| path == Path::new("-"))
        {
            progress.say("no plan: standard input can be read once only");
            return Ok(None);
        }
        let quiet = planned.corpus.progress == Style::None;
        let effort = Effort {
            sample: 16 << 20,
            sampling: 0.2,
            // Other threads would leave memory behind that training does not use again.
            threads: 1,
            trying: if quiet { 0.0 } else { 0.5 },
            share: 0.03,
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
        sampling: 1.0,
        threads: planned.run.threads.min(cores()),
        trying: 0.5,
        share: f64::INFINITY,
    };
    let sets = alone
        .eval
        .iter()
        .map(|path| Ok((path.clone(), EvalSet::read(path)?)));
    let sets = sets.collect::<w2v::Result<Vec<_>>>()?;
    let (plan, available) = make(planned, &effort)?;
    let cover =
        |(path, set): (PathBuf, EvalSet)| Ok((path, plan.coverage(&set, &EvalOptions::default())?));
    let coverage = sets
        .into_iter()
        .map(cover)
        .collect::<w2v::Result<Vec<_>>>()?;
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
    /// Bytes of text.
    sample: u64,
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
    let tokenizer = args.tokenizer();
    // Loads a dictionary where there is one, so that it is among what the process takes.
    tokenizer.check()?;
    tokenizer.tokens("字");
    let available = available(&args.temp_dir(), planned.output);
    let (encode, count) = args.options_for(matches!(planned.method, Method::Glove(..)));
    let request = Request {
        tokenizer,
        limits: args.limits()?,
        encode,
        count,
        run: planned.run.clone(),
        sample: SampleOptions {
            bytes: effort.sample,
            seconds: effort.sampling,
            threads: effort.threads,
        },
        seconds: effort.trying,
        share: effort.share,
        process: memory::resident().unwrap_or(0),
        processor_time: processor_time(),
        available,
        ..Request::new(&corpus, planned.method.clone())
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

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

fn refuse(plan: &Plan, available: &Available) -> anyhow::Result<()> {
    match plan.misfit(available) {
        Some(misfit) => bail!("{misfit}"),
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
    (
        disk.map(|disk| disk.f_bavail * disk.f_frsize),
        device.map(|about| about.dev()),
    )
}

#[cfg(not(unix))]
fn free_disk(_: &Path) -> (Option<u64>, Option<u64>) {
    (None, None)
}

/// One line.
fn in_short(plan: &Plan) -> String {
    let about = if plan.exact { "" } else { "about " };
    let mut parts = vec![
        format!("{about}{}", counted(rough(plan.tokens), "token")),
        format!(
            "{}{}",
            counted(rough(plan.words), "word"),
            range_of(plan.words)
        ),
    ];
    if plan.cells.value > 0.0 {
        parts.push(format!(
            "{}{}",
            counted(rough(plan.cells), "pair"),
            range_of(plan.cells)
        ));
    }
    parts.push(format!("{} of memory", show(plan.memory.value.peak as u64)));
    if plan.disk.value.temporary > 0.0 {
        parts.push(format!(
            "{} of temporary files",
            show(plan.disk.value.temporary as u64)
        ));
    }
    parts.push(format!(
        "a model of {}",
        show(plan.disk.value.output as u64)
    ));
    if let Some(time) = &plan.time {
        parts.push(format!("about {}", duration(time.total.value)));
    }
    parts.join(", ")
}

/// Three digits of what is a guess, all of what is not.
fn rough(number: Estimate) -> u64 {
    if number.is_exact() {
        return number.rounded();
    }
    let unit = 10f64.powf((number.value.max(1.0).log10() - 2.0).floor().max(0.0));
    ((number.value / unit).round() * unit) as u64
}

fn range_of(number: Estimate) -> String {
    match number.is_exact() {
        true => String::new(),
        false => format!(" (± {:.0} %)", (100.0 * number.share()).max(1.0)),
    }
}

fn number(number: Estimate) -> String {
    match number.is_exact() {
        true => grouped(number.rounded()),
        false => format!("about {}{}", grouped(rough(number)), range_of(number)),
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), s % 60.0),
        s if s < 172_800.0 => format!(
            "{:.0} h {:02.0} min",
            (s / 3600.0).floor(),
            s % 3600.0 / 60.0
        ),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

fn show_all(
    output: &mut Output,
    planned: &Planned<'_>,
    plan: &Plan,
    available: &Available,
    coverage: &[(PathBuf, Coverage)],
) -> anyhow::Result<()> {
    let size = |bytes: f64| show(bytes as u64);
    let source = match (plan.exact, plan.compression) {
        (true, _) => "counted whole: all numbers of the text are exact".to_owned(),
        (false, None) => format!("estimated from {} of it", show(plan.sampled_bytes)),
        (false, Some(ratio)) => format!(
            "estimated from {} of it, of compressed files their beginnings, {ratio:.2} times as long \
             unpacked",
            show(plan.sampled_bytes)
        ),
    };
    let files = counted(plan.files as u64, "file");
    output.field(
        "text",
        format_args!("{} in {files}; {source}", size(plan.bytes.value)),
    )?;
    output.field("tokens", number(plan.tokens))?;
    output.field(
        "words",
        format_args!("{} different ones", number(plan.types)),
    )?;
    let limits = match plan.words.value < plan.types.value {
        true => format!(
            ", {} of the tokens",
            percent(plan.encoded.value / plan.tokens.value.max(1.0))
        ),
        false => String::new(),
    };
    output.field("vocabulary", format_args!("{}{limits}", number(plan.words)))?;
    let sizes = plan.growth.iter().map(|at| {
        let words = Estimate::within(at.words, 0.01);
        format!("{} {}", fraction(at.share), grouped(rough(words)))
    });
    let sizes: Vec<String> = sizes.collect();
    output.field("its growth", sizes.join(", "))?;
    if plan.cells.value > 0.0 {
        output.field("pairs", number(plan.cells))?;
    }
    let (memory, low, high) = (&plan.memory.value, &plan.memory.low, &plan.memory.high);
    let mut of = vec![format!("{} matrices", size(memory.matrices))];
    for (bytes, what) in [
        (memory.ids, "the text as numbers"),
        (memory.pairs, "pairs"),
        (memory.vocabulary, "words"),
        (memory.buffers, "buffers"),
    ] {
        if bytes > 0.0 {
            of.push(format!("{} {what}", size(bytes)));
        }
    }
    let there = match available.memory {
        Some(bytes) => format!("; {} there", show(bytes)),
        None => String::new(),
    };
    output.field(
        "memory",
        format_args!(
            "{} at the peak ({} to {}): {}{there}",
            size(memory.peak),
            size(low.peak),
            size(high.peak),
            of.join(", ")
        ),
    )?;
    let free = |bytes: Option<u64>| bytes.map_or(String::new(), |b| format!("; {} free", show(b)));
    let disk = &plan.disk.value;
    if disk.temporary > 0.0 {
        let folder = planned.corpus.temp_dir();
        output.field(
            "temporary",
            format_args!(
                "{} in {}{}",
                size(disk.temporary),
                folder.display(),
                free(available.temporary)
            ),
        )?;
    }
    output.field(
        "output",
        format_args!(
            "{}: {}{}",
            planned.output.display(),
            size(disk.output),
            free(available.output)
        ),
    )?;
    match &plan.time {
        Some(time) => {
            let mut of = vec![format!("reading {}", duration(time.reading))];
            if time.counting > 0.0 {
                of.push(format!("counting pairs {}", duration(time.counting)));
            }
            let what = if time.counting > 0.0 {
                "pairs"
            } else {
                "words"
            };
            of.push(format!(
                "training {} at {:.0} k {what}/s",
                duration(time.training),
                time.rate / 1e3
            ));
            output.field(
                "time",
                format_args!(
                    "{} ({} to {}) with {}: {}",
                    duration(time.total.value),
                    duration(time.total.low),
                    duration(time.total.high),
                    counted(planned.run.threads as u64, "thread"),
                    of.join(", ")
                ),
            )?;
            let [had, all] = time.cores;
            let busy = match had < 0.75 * all {
                true => format!(
                    "; the machine is busy: {had:.1} of {all:.0} cores were to be had, and the time \
                     is for that"
                ),
                false => String::new(),
            };
            output.field(
                "processor",
                format_args!("{}{busy}", duration(time.processor)),
            )?;
        }
        None => output.field("time", "unknown: nothing could be tried out")?,
    }
    for (path, coverage) in coverage {
        let least = if coverage.exact { "" } else { "at least " };
        output.field(
            "coverage",
            format_args!(
                "{}: {least}{} of {}",
                path.display(),
                grouped(coverage.covered as u64),
                counted(coverage.total as u64, "item")
            ),
        )?;
    }
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn fraction(share: f64) -> String {
    match share {
        0.125 => "⅛ of the text".to_owned(),
        0.25 => "¼ of it".to_owned(),
        0.5 => "½ of it".to_owned(),
        1.0 => "all of it".to_owned(),
        times => format!("{times:.0} times as much"),
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
    let sets = coverage.iter().map(|(path, coverage)| {
        let mut set = json!(coverage);
        set["file"] = json!(path);
        set
    });
    value["coverage"] = sets.collect();
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_have_three_digits() {
        assert_eq!(rough(Estimate::within(130_677.0, 0.1)), 131_000);
        assert_eq!(rough(Estimate::within(57_697_828.0, 0.1)), 57_700_000);
        assert_eq!(rough(Estimate::within(12.4, 0.1)), 12);
        assert_eq!(rough(Estimate::exact(130_677.0)), 130_677);
    }

    #[test]
    fn times_for_people() {
        let shown = [0.04, 9.0, 61.0, 754.0, 7300.0, 4e5].map(duration);
        assert_eq!(
            shown,
            [
                "0.0 s",
                "9.0 s",
                "61 s",
                "12 min 34 s",
                "2 h 02 min",
                "4.6 days"
            ]
        );
    }

    #[test]
    fn shares_for_people() {
        assert_eq!(
            [0.125, 0.25, 0.5, 1.0, 4.0].map(fraction),
            [
                "⅛ of the text",
                "¼ of it",
                "½ of it",
                "all of it",
                "4 times as much"
            ]
        );
    }
}
