//! `w2v train`

use super::Outcome;
use super::checkpoint::CheckpointArgs;
use super::corpus::CorpusArgs;
use super::explain;
use super::grow::{self, Begin, GrowArgs};
use super::memory;
use super::objective::{ObjectiveArgs, first_given};
use super::output::next_steps;
use super::pairs::{count_text, read_pairs};
use super::plan::{self, PlanArgs, Planned};
use super::progress::Progress;
use super::size::{counted, show};
use anyhow::{bail, ensure};
use clap::ArgMatches;
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;
use w2v::Isa;
use w2v::cooccur::Cooccurrences;
use w2v::encode::EncodedCorpus;
use w2v::formats::FileRoles;
use w2v::train::{CorpusRecord, Data, Event, Parameters, Recipe, Source, Trainer, Unit};
use w2v::{Glove, Tokenizer, Vocab};

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
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        default_value_t = 1,
        help_heading = "Training"
    )]
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

/// Training data with its vocabulary, and where it comes from.
struct Input {
    vocab: Vocab,
    tokenizer: Tokenizer,
    record: CorpusRecord,
    data: Loaded,
}

enum Loaded {
    Text(EncodedCorpus),
    Pairs(Cooccurrences),
}

impl Loaded {
    fn as_data(&self) -> Data<'_> {
        match self {
            Loaded::Text(text) => text.into(),
            Loaded::Pairs(pairs) => pairs.into(),
        }
    }

    /// Bytes in memory.
    fn bytes(&self) -> u64 {
        match self {
            Loaded::Text(text) if !text.is_on_disk() => 4 * text.len() as u64,
            Loaded::Pairs(pairs) if !pairs.is_on_disk() => pairs.bytes(),
            _ => 0,
        }
    }
}

/// `w2v plan`: `w2v train` up to its plan. An existing output is no error, since nothing is written.
pub(super) fn only_plan(args: WithPlan, typed: &ArgMatches) -> anyhow::Result<Outcome> {
    let explain = args.train.objective.skipgram.explain;
    ensure!(!explain, "--explain means nothing in a plan; it belongs to `w2v train`");
    run(Args { plan: Some(args.plan), force: true, ..args.train }, typed)
}

impl Args {
    /// Refuses flags that mean nothing for this model, or beside another flag.
    fn refuse(&self, typed: &ArgMatches) -> anyhow::Result<()> {
        if let Some(problem) = self.objective.foreign_flag(typed) {
            bail!("{problem}");
        }
        let Some(flag) = first_given::<GrowArgs>(typed) else {
            return Ok(());
        };
        if let Some(why) = self.objective.asked(None).no_warm_start() {
            bail!("{flag} means nothing with --model glove: {why}; it belongs to --model skipgram");
        }
        if self.plan.is_some() {
            bail!("{flag} means nothing in a plan, which is made from the text alone");
        }
        if self.objective.skipgram.explain {
            bail!("{flag} means nothing with --explain, which begins with nothing");
        }
        if !self.grow.begins() {
            bail!("{flag} needs words that were there before: --continue or --init");
        }
        Ok(())
    }
}

pub(super) fn run(mut args: Args, typed: &ArgMatches) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    if let Some(isa) = args.isa {
        isa.choose();
    }
    args.refuse(typed)?;
    let explain = args.objective.skipgram.explain;
    let mut files = FileRoles::default();
    args.corpus.inputs(&mut files);
    args.grow.inputs(&mut files);
    if let Some(path) = &args.objective.glove.cooccur {
        files.input("--cooccur", path);
    }
    args.checkpoints.inputs(&mut files);
    if !explain {
        files.output("--output", &args.output, args.force)?;
    }
    let threads = args.corpus.threads.get()?;
    let begin = args.grow.begin(&mut files, args.force, &threads)?;
    let mut recipe = Recipe {
        tokenizer: args.corpus.tokenizer(),
        seed: args.seed,
        threads: args.corpus.threads(),
        ..Recipe::new(args.objective.asked(begin.as_ref()))
    };
    // Everything that can be refused is refused before the work begins.
    recipe.check()?;
    if let Some(begin) = &begin {
        begin.check(recipe.objective.dim())?;
    }
    if explain && let Parameters::SkipGram(parameters) = &recipe.objective {
        explain::check(parameters)?;
        args.corpus.min_count.get_or_insert(1);
    }
    let keeping = args.checkpoints.prepare(&args.output, args.force, &recipe, &mut files)?;

    let mut progress = Progress::new(args.corpus.progress)?;
    if args.objective.glove.cooccur.is_some() && args.plan.is_some() {
        bail!(
            "--cooccur means nothing in a plan: its pairs are counted already; plan from the text"
        );
    }
    let planned = Planned {
        corpus: &args.corpus,
        output: &args.output,
        recipe: &recipe,
        alone: args.plan.as_ref(),
    };
    // What a model brings is there already; a plan knows of texts only.
    if !explain
        && begin.is_none()
        && args.objective.glove.cooccur.is_none()
        && let Some(planned) = plan::first(&planned, &progress)?
    {
        return Ok(planned);
    }
    let input = match (recipe.objective.source(), &args.objective.glove.cooccur) {
        (Source::Text, _) => {
            let text = match begin.as_ref().and_then(Begin::model) {
                Some((model, file)) => args.corpus.read_behind(&mut progress, model, file)?,
                None => args.corpus.read(&mut progress)?,
            };
            let data = Loaded::Text(text.encoded);
            Input { vocab: text.vocab, tokenizer: text.tokenizer, record: text.record, data }
        }
        (Source::Pairs(counting), cooccur) => {
            let pairs = match cooccur {
                Some(path) => read_pairs(path, &args.corpus, typed, &mut progress)?,
                None => {
                    let counting = counting.cloned().unwrap_or_default();
                    count_text(&args.corpus, &counting, &keeping, &mut progress)?
                }
            };
            let data = Loaded::Pairs(pairs.table);
            Input { vocab: pairs.vocab, tokenizer: pairs.tokenizer, record: pairs.record, data }
        }
    };
    recipe.tokenizer = input.tokenizer;
    if explain
        && let (Parameters::SkipGram(p), Loaded::Text(text)) = (&recipe.objective, &input.data)
    {
        progress.finish();
        explain::show(&input.vocab, text, p, recipe.seed)?;
        return Ok(Outcome::Answered);
    }
    let origin = match (begin, &input.data) {
        (Some(begin), Loaded::Text(text)) => {
            Some(begin.origin(&args.grow, (&input.vocab, text, &input.record), &progress)?)
        }
        _ => None,
    };
    announce(&progress, &input, &recipe);
    let Input { vocab, tokenizer, record, data } = input;
    // Counts that were made here are kept beside a checkpoint, with their words.
    let counted_here = match &data {
        Loaded::Pairs(table) if args.objective.glove.cooccur.is_none() => {
            Some((table, vocab.clone()))
        }
        _ => None,
    };
    let mut trainer = Trainer::new(vocab, data.as_data(), &recipe)
        .temp_dir(args.corpus.temp_dir())
        .corpus(record);
    if let Some(origin) = &origin {
        trainer = trainer.begin_with(origin);
    }
    if let Some(checkpoint) = keeping.load(&progress, &recipe)? {
        trainer = trainer.resume(checkpoint);
    }
    let checkpoints = match &counted_here {
        Some((table, vocab)) => keeping.checkpoints_with_counts((table, vocab, tokenizer)),
        None => keeping.checkpoints(),
    };
    if let Some(checkpoints) = checkpoints {
        trainer = trainer.checkpoints(checkpoints);
    }
    let mut diverged = None;
    let trained = trainer.train(|event| {
        if let Event::Diverged { epoch, lr } = *event {
            diverged = Some((epoch, lr));
        }
        progress.training(event)
    });
    let model = trained.map_err(|error| keeping.explain(error))?;
    progress.finish();
    keeping.write(&model, &args.output)?;

    let bytes = std::fs::metadata(&args.output).map_or(0, |m| m.len());
    let seconds = start.elapsed().as_secs_f64();
    let (record, dim) = (&model.training.record, model.input.dim());
    let training_seconds = record.seconds.unwrap_or(0.0);
    let (unit, done) = match data {
        Loaded::Text(_) => {
            (Unit::Tokens, record.corpus_tokens * u64::from(recipe.objective.epochs()))
        }
        Loaded::Pairs(_) => (Unit::Pairs, record.trained_tokens),
    };
    let rate = done as f64 / training_seconds.max(1e-3);
    progress.say(&format!(
        "wrote {}: {} × {}, {}, in {seconds:.1} s ({} in training)",
        args.output.display(),
        counted(model.vocab.len() as u64, "word"),
        counted(dim as u64, "dimension"),
        show(bytes),
        super::progress::rate(rate, unit),
    ));
    let next = next_steps(&model.vocab, &args.output);
    let mut done = json!({
        "event": "done", "output": args.output, "bytes": bytes, "words": model.vocab.len(),
        "dim": dim, "loss": record.losses.last(), "training_seconds": training_seconds,
        "seconds": seconds, "peak_bytes": memory::peak(),
    });
    done[super::progress::rate_key(unit)] = json!(rate);
    if let Some((epoch, lr)) = diverged {
        progress.json(done);
        bail!(
            "training diverged in epoch {epoch}; {} holds the state at the end of epoch {}; lower \
             --lr (it was {lr})",
            args.output.display(),
            epoch - 1,
        );
    }
    if let (Some(origin), Loaded::Text(text)) = (&origin, &data) {
        let counts = text.counts(model.vocab.len());
        let vectors = model.into_vectors().with_threads(threads);
        grow::report(&args.grow, origin, &vectors, &counts, &progress)?;
    }
    progress.say(&next);
    progress.json(done);
    Ok(Outcome::Answered)
}

/// What is about to happen, and what memory it takes.
fn announce(progress: &Progress, input: &Input, recipe: &Recipe) {
    let (objective, words) = (&recipe.objective, input.vocab.len());
    let (at_end, matrices) = (objective.table_bytes(words), objective.trained_bytes(words));
    let note = match matrices == at_end {
        true => String::new(),
        false => format!(" ({} at the end, in f32)", show(at_end)),
    };
    let data = input.data.bytes();
    // What is there already, the text and the words among it, and what training adds.
    let there = memory::resident().unwrap_or(data);
    let peak = there + objective.bytes(&input.vocab).total(recipe.threads);
    progress.say(&format!(
        "training {}, {}, {}, seed {}, {}, {} kernels; \
         {} for the matrices{note} and {} for the {}, {} at the peak",
        objective.summary()[0].1,
        counted(objective.dim() as u64, "dimension"),
        counted(objective.epochs().into(), "epoch"),
        recipe.seed,
        counted(recipe.threads as u64, "thread"),
        recipe.kernels,
        show(matrices),
        show(data),
        match input.data {
            Loaded::Text(_) => "text",
            Loaded::Pairs(_) => "pairs",
        },
        show(peak),
    ));
    if let (Parameters::Glove(p), Loaded::Pairs(pairs)) = (objective, &input.data)
        && p.glove.x_max == Glove::default().x_max
        && (1..100_000_000).contains(&pairs.tokens())
    {
        progress.say("note: --x-max 10 usually gives better vectors for a text of this size");
    }
    progress.json(json!({
        "event": "training", "recipe": recipe.to_json(), "matrix_bytes": matrices, "data_bytes": data,
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
