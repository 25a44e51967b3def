//! `w2v train`

use super::Outcome;
use super::checkpoint::CheckpointArgs;
use super::corpus::CorpusArgs;
use super::flags;
use super::grow::GrowArgs;
use super::objective::ObjectiveArgs;
use super::output::{Output, next_steps};
use super::plan::{self, PlanArgs};
use super::progress::Progress;
use super::size::{counted, show};
use anyhow::{anyhow, bail, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;
use w2v::formats::FileRoles;
use w2v::session::{
    Begin, CountsFile, Divergence, Event, Input, Loaded, LoadedData, Run, States, Text, Trained,
};
use w2v::train::{Parameters, explain};
use w2v::{Error, Isa, Model, Threads, Tokenizer, report};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) corpus: CorpusArgs,

    /// Where to write the model
    #[arg(short, long, value_name = "FILE", default_value = "vectors.w2v")]
    output: PathBuf,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,

    #[command(flatten)]
    objective: ObjectiveArgs,

    /// Seed of all random choices; with --threads 1 the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Training")]
    seed: u64,

    /// Instruction set of the kernels, of those that `w2v info --cpu` lists [default: the best]
    #[arg(long, value_name = "NAME", value_parser = instruction_set, help_heading = "Training")]
    isa: Option<Isa>,

    #[command(flatten)]
    grow: GrowArgs,

    #[command(flatten)]
    checkpoints: CheckpointArgs,

    /// Of `w2v plan`: nothing is trained.
    #[arg(skip)]
    plan: Option<PlanArgs>,
}

/// Steps that are explained, among which one moves its input row.
const EXPLAINED: usize = 200;

/// The flags of `w2v plan`: those of `w2v train`, and its own.
// Its group would have the name of the one that it takes in.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct WithPlan {
    #[command(flatten)]
    pub(super) train: Args,

    #[command(flatten)]
    plan: PlanArgs,
}

fn instruction_set(name: &str) -> Result<Isa, String> {
    let available = Isa::available();
    let found = available.iter().find(|isa| isa.to_string() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<String> = available.iter().map(ToString::to_string).collect();
        format!("this processor has {}", names.join(", "))
    })
}

/// `w2v plan`: `w2v train` up to its plan. An existing output is no error, since nothing is written.
pub(super) fn only_plan(args: WithPlan) -> anyhow::Result<Outcome> {
    run(Args { plan: Some(args.plan), force: true, ..args.train })
}

pub(super) fn run(mut args: Args) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    if let Some(isa) = args.isa {
        isa.choose();
    }
    let explains = args.objective.skipgram.explain;
    if explains {
        args.corpus.min_count.get_or_insert(1);
    }
    let mut files = FileRoles::default();
    args.corpus.inputs(&mut files);
    args.grow.inputs(&mut files);
    if let Some(path) = &args.objective.glove.cooccur {
        files.input("--cooccur", path);
    }
    args.checkpoints.states().inputs(&mut files);
    if !explains {
        files.output("--output", &args.output, args.force)?;
    }
    let run = args.request(&mut files)?;
    // Everything that can be refused is refused before the work begins.
    run.check(&mut files)?;
    if explains && let Parameters::SkipGram(parameters) = &run.objective {
        ensure!(
            parameters.dim <= 1000 && parameters.negative <= 100,
            "--dim {} with --negative {}: with --explain expected at most 1000 and 100; nobody checks \
             more by hand",
            parameters.dim,
            parameters.negative
        );
    }
    let mut progress = Progress::new(args.corpus.progress)?;
    progress.temp_dir(run.resources.temp_dir.as_deref());
    if !explains && let Some(planned) = plan::first(&run, args.plan.as_ref(), &progress)? {
        return Ok(planned);
    }
    if explains
        && let Loaded { vocab, data: LoadedData::Text(text) } =
            run.read(&mut |event| progress.event(event))?
        && let Parameters::SkipGram(parameters) = &run.objective
    {
        progress.finish();
        let told = explain(&vocab, &text, parameters, run.seed, EXPLAINED)?;
        let told = report::explanation(&told, &vocab, parameters);
        Output::new(false).text(&flags::text(&told))?;
        return Ok(Outcome::Answered);
    }
    let (state, threads) = (run.state(), run.resources.threads.clone());
    let mut writing = false;
    let trained = run.train_with(|event| {
        writing |= matches!(event, Event::Writing(_));
        progress.event(event)
    });
    let trained = trained.map_err(|error| with_state(error, state.as_deref(), writing))?;
    progress.finish();
    args.report(trained, &threads, start, &progress)
}

/// An error of training, with the state that is left.
fn with_state(error: Error, state: Option<&Path>, writing: bool) -> anyhow::Error {
    let Some(state) = state.filter(|state| state.exists()) else {
        return error.into();
    };
    let (message, shown) = (flags::message(&error), state.display());
    match error {
        Error::Diverged { .. } | Error::CellsDiverged { .. } => {
            anyhow!("{message}; the last good state is in {shown}, a model that can be asked")
        }
        Error::Interrupted { .. } | Error::Suspended { .. } => error.into(),
        _ if writing => {
            let command = flags::resuming(state);
            anyhow!("{message}; the last state is in {shown}; go on with: {command}")
        }
        _ => error.into(),
    }
}

impl Args {
    /// The run that was asked for.
    fn request(&self, files: &mut FileRoles) -> anyhow::Result<Run> {
        let resources = self.corpus.resources()?;
        let begin = self.grow.begin(files, self.force, &resources.threads)?;
        let input = match &self.objective.glove.cooccur {
            Some(path) => {
                Input::Counts(CountsFile { path: path.clone(), vocab: self.corpus.vocab.clone() })
            }
            None => {
                let model = begin.as_ref().and_then(Begin::as_model);
                let default = model.map_or_else(Tokenizer::default, Model::tokenizer);
                let tokenizer = self.corpus.tokenizer_or(default);
                Input::Text(Text { tokenizer, ..self.corpus.text()? })
            }
        };
        let objective = self.objective.asked(begin.as_ref());
        Ok(Run {
            seed: self.seed,
            begin,
            hold: self.grow.hold(),
            output: Some(self.output.clone()),
            states: States { replace: self.force, ..self.checkpoints.states() },
            resources,
            ..Run::new(input, objective)
        })
    }

    /// Says what was made.
    fn report(
        &self,
        trained: Trained,
        threads: &Threads,
        start: Instant,
        progress: &Progress,
    ) -> anyhow::Result<Outcome> {
        let (model, diverged, (unit, work)) = (&trained.model, trained.diverged, trained.work);
        let bytes = std::fs::metadata(&self.output).map_or(0, |m| m.len());
        let seconds = start.elapsed().as_secs_f64();
        let (record, dim) = (&model.training.record, model.input.dim());
        let training_seconds = record.seconds.unwrap_or(0.0);
        let rate = work as f64 / training_seconds.max(1e-3);
        progress.say(&format!(
            "wrote {}: {} × {}, {}, in {seconds:.1} s ({} in training)",
            self.output.display(),
            counted(model.vocab.len() as u64, "word"),
            counted(dim as u64, "dimension"),
            show(bytes),
            report::rate(rate, unit),
        ));
        let next = next_steps(&model.vocab, &self.output);
        let mut done = json!({
            "event": "done", "output": self.output, "bytes": bytes, "words": model.vocab.len(),
            "dim": dim, "loss": record.losses.last(), "training_seconds": training_seconds,
            "seconds": seconds, "peak_bytes": w2v::machine::peak(),
        });
        done[report::rate_key(unit)] = json!(rate);
        if let Some(Divergence { epoch, lr }) = diverged {
            progress.json(done);
            bail!(
                "training diverged in epoch {epoch}; {} holds the state at the end of epoch {}; lower \
                 --lr (it was {lr})",
                self.output.display(),
                epoch - 1,
            );
        }
        if let Some(drift) = trained.into_drift(threads)? {
            self.grow.report(&drift, progress)?;
        }
        progress.say(&next);
        progress.json(done);
        Ok(Outcome::Answered)
    }
}

#[cfg(test)]
mod tests {
    use w2v::cooccur::Counting;
    use w2v::{Glove, SkipGram};

    /// The help of flags whose default depends on the model says it in words.
    #[test]
    fn the_help_tells_the_defaults() {
        let page = super::super::command();
        let train = page.find_subcommand("train").unwrap();
        let help = |name: &str| {
            let argument = train.get_arguments().find(|a| a.get_id() == name).unwrap();
            argument.get_help().unwrap().to_string()
        };
        let (s, g, c) = (SkipGram::default(), Glove::default(), Counting::default());
        for (name, defaults) in [
            ("window", format!("{}; glove {}", s.window, c.window)),
            ("epochs", format!("{}; glove {}", s.epochs, g.epochs)),
            ("lr", format!("{}; glove {}; with --continue {}", s.lr, g.lr, SkipGram::CONTINUE_LR)),
            ("dim", format!("{}; with --continue and --init those of the file", s.dim)),
            ("negative", s.negative.to_string()),
            ("ns_exponent", s.ns_exponent.to_string()),
            ("sample", s.sample.to_string()),
            ("alpha", g.alpha.to_string()),
            ("clip", g.clip.to_string()),
        ] {
            let expected = format!("[default: {defaults}]");
            assert!(help(name).contains(&expected), "{name}: {}", help(name));
        }
        assert!(help("x_max").contains(&format!("[default: {};", g.x_max)));
    }
}
