//! `w2v train`

use super::Outcome;
use super::checkpoint::CheckpointArgs;
use super::corpus::CorpusArgs;
use super::explain;
use super::glove::{self, Common, GloveArgs};
use super::grow::{self, Begin, GrowArgs};
use super::memory;
use super::output::next_steps;
use super::plan::{self, PlanArgs, Planned};
use super::progress::Progress;
use super::size::{counted, show};
use anyhow::{bail, ensure};
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;
use w2v::encode::EncodedCorpus;
use w2v::formats::FileRoles;
use w2v::kernels::{self, Isa};
use w2v::matrix::{Bf16Matrix, stride_of};
use w2v::plan::Method;
use w2v::train::{self, Engine, Parameters, Run, SkipGramTrainer, Storage};
use w2v::{Glove, SkipGram, Vocab};

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

    /// What is learnt
    #[arg(long, value_enum, default_value_t, help_heading = "Training")]
    model: ModelName,

    /// Dimensions of a vector [default: 100; with --continue and --init those of the file]
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Training",
          aliases = ["size", "vector-size"])]
    dim: Option<usize>,

    /// Words to each side that are context [default: 5; glove 15]
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Training",
          aliases = ["ws", "window-size"])]
    window: Option<usize>,

    /// Always use the whole window, instead of drawing its size for each word
    #[arg(long, help_heading = "Training")]
    fixed_window: bool,

    /// Negatives (words drawn at random) for each pair of words [default: 5]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        help_heading = "Training",
        alias = "neg"
    )]
    negative: Option<usize>,

    /// Draw negatives in proportion to their count to the power of X [default: 0.75]
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Training")]
    ns_exponent: Option<f64>,

    /// Leave out some of the words that make up more than this share of all tokens; 0 keeps all
    /// [default: 0.001]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "Training")]
    sample: Option<f64>,

    /// Passes over the text [default: 5; glove 25]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        help_heading = "Training",
        alias = "iter"
    )]
    epochs: Option<u32>,

    /// Learning rate at the beginning [default: 0.025; glove 0.05; with --continue 0.01]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "X",
        alias = "eta",
        help_heading = "Training"
    )]
    lr: Option<f32>,

    /// Learning rate at the end [default: a ten-thousandth of --lr]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "Training")]
    min_lr: Option<f32>,

    /// How pairs of words become steps [default: block]
    #[arg(long, value_enum, help_heading = "Training")]
    engine: Option<EngineName>,

    /// How numbers are kept during training; the vectors are f32 either way [default: f32]
    #[arg(long, value_enum, help_heading = "Training")]
    storage: Option<StorageName>,

    /// Seed of all random choices; with --threads 1 the same seed gives the same bytes
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = Run::default().seed, help_heading = "Training")]
    seed: u64,

    /// Instruction set of the kernels, of those that `w2v info --cpu` lists [default: the best]
    #[arg(long, value_name = "NAME", value_parser = instruction_set, help_heading = "Training")]
    isa: Option<Isa>,

    /// Train nothing; print what training does first on a tiny text, so that it can be checked by
    /// hand: counts, probabilities, a window, negatives and one gradient step. Every word counts
    /// (--min-count 1); best with --dim 3 and --sample 0
    #[arg(long, help_heading = "Training")]
    explain: bool,

    #[command(flatten)]
    grow: GrowArgs,

    #[command(flatten)]
    checkpoints: CheckpointArgs,

    #[command(flatten)]
    glove: GloveArgs,

    /// Of `w2v plan`: nothing is trained.
    #[arg(skip)]
    plan: Option<PlanArgs>,
}

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
    let available = kernels::available();
    let found = available.iter().find(|isa| isa.to_string() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<String> = available.iter().map(ToString::to_string).collect();
        format!("this processor has {}", names.join(", "))
    })
}

#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum ModelName {
    /// Skip-gram with negative sampling: predict the words around a word
    #[default]
    Skipgram,
    /// GloVe: fit the logarithms of how often words stand near each other
    Glove,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum EngineName {
    /// Blocks of positions that share their negatives: fast
    #[default]
    Block,
    /// One pair at a time, as word2vec.c: the reference
    Pair,
}

impl From<EngineName> for Engine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Block => Engine::Block,
            EngineName::Pair => Engine::Pair,
        }
    }
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum StorageName {
    /// 4 bytes
    #[default]
    F32,
    /// 2 bytes, rounded at random: less memory traffic
    Bf16,
}

impl From<StorageName> for Storage {
    fn from(name: StorageName) -> Self {
        match name {
            StorageName::F32 => Storage::F32,
            StorageName::Bf16 => Storage::Bf16,
        }
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    if let Some(isa) = args.isa {
        kernels::choose(isa);
    }
    match args.model {
        ModelName::Skipgram => skipgram(args),
        ModelName::Glove => {
            if let Some(flag) = args.of_skipgram() {
                bail!("{flag} means nothing with --model glove; it belongs to --model skipgram");
            }
            args.grow.refuse_for_glove()?;
            let common = Common {
                corpus: &args.corpus,
                output: &args.output,
                force: args.force,
                dim: args.dim.unwrap_or(Glove::default().dim),
                window: args.window,
                epochs: args.epochs,
                lr: args.lr,
                seed: args.seed,
                checkpoints: &args.checkpoints,
                plan: args.plan.as_ref(),
            };
            glove::run(&common, &args.glove)
        }
    }
}

/// `w2v plan`: `w2v train` up to its plan. An existing output is no error, since nothing is written.
pub(super) fn only_plan(args: WithPlan) -> anyhow::Result<Outcome> {
    ensure!(!args.train.explain, "--explain means nothing in a plan; it belongs to `w2v train`");
    run(Args { plan: Some(args.plan), force: true, ..args.train })
}

impl Args {
    /// A flag that was given and that only skip-gram has.
    fn of_skipgram(&self) -> Option<&'static str> {
        let flags = [
            ("--fixed-window", self.fixed_window),
            ("--negative", self.negative.is_some()),
            ("--ns-exponent", self.ns_exponent.is_some()),
            ("--sample", self.sample.is_some()),
            ("--min-lr", self.min_lr.is_some()),
            ("--engine", self.engine.is_some()),
            ("--storage", self.storage.is_some()),
            ("--explain", self.explain),
        ];
        let mut given = flags.into_iter().filter(|(_, given)| *given);
        given.next().map(|(flag, _)| flag)
    }
}

fn skipgram(mut args: Args) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    if let Some(flag) = args.glove.given() {
        bail!("{flag} means nothing with skip-gram; it belongs to --model glove");
    }
    if let Some(flag) = args.grow.given().filter(|_| args.plan.is_some()) {
        bail!("{flag} means nothing in a plan, which is made from the text alone");
    }
    if let Some(flag) = args.grow.given().filter(|_| args.explain) {
        bail!("{flag} means nothing with --explain, which begins with nothing");
    }
    let mut files = FileRoles::default();
    args.corpus.inputs(&mut files);
    args.grow.inputs(&mut files);
    args.checkpoints.inputs(&mut files);
    if !args.explain {
        files.output("--output", &args.output, args.force)?;
    }
    let threads = args.corpus.threads.get()?;
    let begin = args.grow.begin(&mut files, args.force, &threads)?;
    let defaults = begin.as_ref().map_or_else(SkipGram::default, Begin::defaults);
    let lr = args.lr.unwrap_or(defaults.lr);
    let parameters = SkipGram {
        dim: args.dim.unwrap_or(defaults.dim),
        window: args.window.unwrap_or(defaults.window),
        shrink_window: defaults.shrink_window && !args.fixed_window,
        negative: args.negative.unwrap_or(defaults.negative),
        ns_exponent: args.ns_exponent.unwrap_or(defaults.ns_exponent),
        sample: args.sample.unwrap_or(defaults.sample),
        epochs: args.epochs.unwrap_or(defaults.epochs),
        lr,
        min_lr: args.min_lr.unwrap_or(lr * 1e-4),
    };
    let run = Run {
        threads: args.corpus.threads(),
        seed: args.seed,
        engine: match (args.engine, &begin) {
            (Some(name), _) => name.into(),
            (None, Some(begin)) => begin.engine(),
            (None, None) => Engine::default(),
        },
        storage: args.storage.unwrap_or_default().into(),
        temp_dir: Some(args.corpus.temp_dir()),
    };
    // Everything that can be refused is refused before the work begins.
    parameters.check()?;
    run.check()?;
    if let Some(begin) = &begin {
        begin.check(parameters.dim)?;
    }
    if args.explain {
        ensure!(
            parameters.dim <= 1000 && parameters.negative <= 100,
            "--dim {} with --negative {}: with --explain expected at most 1000 and 100; nobody checks \
             more by hand",
            parameters.dim,
            parameters.negative
        );
        args.corpus.min_count.get_or_insert(1);
    }
    let of_run = Parameters::SkipGram(parameters.clone());
    let keeping =
        (args.checkpoints).prepare(&args.output, args.force, &of_run, &run, &mut files)?;

    let mut progress = Progress::new(args.corpus.progress)?;
    let planned = Planned {
        corpus: &args.corpus,
        output: &args.output,
        method: Method::SkipGram(parameters.clone()),
        run: &run,
        alone: args.plan.as_ref(),
    };
    // What a model brings is there already; a plan knows of texts only.
    if !args.explain
        && begin.is_none()
        && let Some(planned) = plan::first(&planned, &progress)?
    {
        return Ok(planned);
    }
    let text = match begin.as_ref().and_then(Begin::model) {
        Some((model, file)) => args.corpus.read_behind(&mut progress, model, file)?,
        None => args.corpus.read(&mut progress)?,
    };
    if args.explain {
        progress.finish();
        explain::show(&text.vocab, &text.encoded, &parameters, &run)?;
        return Ok(Outcome::Answered);
    }
    let origin = begin.map(|begin| begin.origin(&args.grow, &text, &progress)).transpose()?;
    announce(&progress, &text.vocab, &text.encoded, &parameters, &run);
    let mut trainer =
        SkipGramTrainer::new(text.vocab, &text.encoded, text.tokenizer, &parameters, &run)
            .corpus(text.record);
    if let Some(origin) = &origin {
        trainer = trainer.begin_with(origin);
    }
    if let Some(checkpoint) = keeping.load(&progress, &run)? {
        trainer = trainer.resume(checkpoint);
    }
    if let Some(checkpoints) = keeping.checkpoints() {
        trainer = trainer.checkpoints(checkpoints);
    }
    let trained = trainer.train(|event| progress.training(event));
    let model = trained.map_err(|error| keeping.explain(error))?;
    progress.trained(parameters.sample);
    keeping.write(&model, &args.output)?;

    let bytes = std::fs::metadata(&args.output).map_or(0, |m| m.len());
    let seconds = start.elapsed().as_secs_f64();
    let record = &model.training.record;
    let training_seconds = record.seconds.unwrap_or(0.0);
    let tokens = record.corpus_tokens * u64::from(parameters.epochs);
    let rate = tokens as f64 / training_seconds.max(1e-3);
    progress.say(&format!(
        "wrote {}: {} × {}, {}, in {seconds:.1} s ({:.0} k words/s in training)",
        args.output.display(),
        counted(model.vocab.len() as u64, "word"),
        counted(parameters.dim as u64, "dimension"),
        show(bytes),
        rate / 1e3,
    ));
    let next = next_steps(&model.vocab, &args.output);
    let done = json!({
        "event": "done", "output": args.output, "bytes": bytes, "words": model.vocab.len(),
        "dim": parameters.dim, "loss": record.losses.last(), "words_per_second": rate,
        "training_seconds": training_seconds, "seconds": seconds, "peak_bytes": memory::peak(),
    });
    if let Some(origin) = &origin {
        let counts = text.encoded.counts(model.vocab.len());
        let vectors = model.into_vectors().with_threads(threads);
        grow::report(&args.grow, origin, &vectors, &counts, &progress)?;
    }
    progress.say(&next);
    progress.json(done);
    Ok(Outcome::Answered)
}

/// What is about to happen, and what memory it takes.
fn announce(progress: &Progress, vocab: &Vocab, corpus: &EncodedCorpus, p: &SkipGram, run: &Run) {
    let at_end = 2 * 4 * vocab.len() as u64 * stride_of(p.dim) as u64;
    let (matrices, note) = match run.storage {
        Storage::F32 => (at_end, String::new()),
        Storage::Bf16 => {
            let bytes = 2 * Bf16Matrix::bytes_of(vocab.len(), p.dim) as u64;
            (bytes, format!(" in bf16 ({} at the end, in f32)", show(at_end)))
        }
    };
    let ids = if corpus.is_on_disk() { 0 } else { 4 * corpus.len() as u64 };
    // What is there already, the text and the words among it, and what training adds.
    let there = memory::resident().unwrap_or(ids);
    let peak = there + train::bytes(vocab, p, run);
    progress.say(&format!(
        "training skip-gram ({} engine), {}, {}, seed {}, {}, {} kernels; \
         {} for the matrices{note} and {} for the text, {} at the peak",
        run.engine,
        counted(p.dim as u64, "dimension"),
        counted(p.epochs.into(), "epoch"),
        run.seed,
        counted(run.threads as u64, "thread"),
        kernels::isa(),
        show(matrices),
        show(ids),
        show(peak),
    ));
    progress.json(json!({
        "event": "training", "engine": run.engine.to_string(), "parameters": p, "seed": run.seed, "threads": run.threads,
        "storage": run.storage.to_string(), "kernels": kernels::isa().to_string(), "matrix_bytes": matrices, "text_bytes": ids,
        "peak_bytes": peak,
    }));
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
