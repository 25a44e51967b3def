//! `w2v train --model glove`

use super::Outcome;
use super::checkpoint::{CheckpointArgs, Keeping};
use super::cooccur::{CountingArgs, count_pairs, read_counts};
use super::corpus::{CorpusArgs, Text, record_of_counts};
use super::output::next_steps;
use super::plan::{self, PlanArgs, Planned};
use super::progress::Progress;
use super::size::{counted, show};
use anyhow::{bail, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;
use w2v::cooccur::{Cooccurrences, Counting};
use w2v::formats::{FileRoles, native};
use w2v::plan::Method;
use w2v::train::{
    self, Combine, CorpusRecord, Event, GloveParameters, GloveTrainer, Parameters, Run,
};
use w2v::{Glove, Tokenizer, Vocab, kernels};

/// The flags that only GloVe has.
#[derive(clap::Args)]
pub(super) struct GloveArgs {
    /// Train GloVe on counts that were made before: by `w2v cooccur`, or a `cooccurrence.bin` of
    /// GloVe with --vocab
    #[arg(long, value_name = "FILE", help_heading = "GloVe")]
    pub(super) cooccur: Option<PathBuf>,

    /// Counts from X on weigh the same [default: 100; about 10 suits small texts]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "GloVe")]
    x_max: Option<f32>,

    /// Exponent of the weights of counts below --x-max [default: 0.75]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "GloVe")]
    alpha: Option<f32>,

    /// Cut gradients at plus and minus X [default: 100]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "X",
        alias = "grad-clip",
        help_heading = "GloVe"
    )]
    clip: Option<f32>,

    /// Train without this share of the counts and show the loss of these [default: 0]
    #[arg(long, allow_negative_numbers = true, value_name = "X", help_heading = "GloVe")]
    held_out: Option<f64>,

    /// Which vectors one asks [default: sum]
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "GloVe")]
    combine: Option<CombineName>,

    /// Add a vector `<unk>`, the mean of the 100 rarest words
    #[arg(long, help_heading = "GloVe")]
    unk: bool,

    #[command(flatten)]
    counting: CountingArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum CombineName {
    /// Word vector plus context vector
    Sum,
    /// Word vectors
    Word,
    /// Context vectors
    Context,
    /// Both, one behind the other: twice the dimensions
    Concat,
}

impl From<CombineName> for Combine {
    fn from(name: CombineName) -> Self {
        match name {
            CombineName::Sum => Combine::Sum,
            CombineName::Word => Combine::Word,
            CombineName::Context => Combine::Context,
            CombineName::Concat => Combine::Concat,
        }
    }
}

impl GloveArgs {
    /// A flag of these that was given, for whoever trains something else.
    pub(super) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--cooccur", self.cooccur.is_some()),
            ("--x-max", self.x_max.is_some()),
            ("--alpha", self.alpha.is_some()),
            ("--clip", self.clip.is_some()),
            ("--held-out", self.held_out.is_some()),
            ("--combine", self.combine.is_some()),
            ("--unk", self.unk),
            ("--left-only", self.counting.left_only),
            ("--weighting", self.counting.weighting != Default::default()),
            ("--across-lines", self.counting.across_lines),
        ];
        flags.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

/// What both models have, as it was typed.
pub(super) struct Common<'a> {
    pub(super) corpus: &'a CorpusArgs,
    pub(super) output: &'a Path,
    pub(super) force: bool,
    pub(super) dim: usize,
    pub(super) window: Option<usize>,
    pub(super) epochs: Option<u32>,
    pub(super) lr: Option<f32>,
    pub(super) seed: u64,
    pub(super) checkpoints: &'a CheckpointArgs,
    pub(super) plan: Option<&'a PlanArgs>,
}

/// Counts, and what explains them.
struct Pairs {
    table: Cooccurrences,
    vocab: Vocab,
    tokenizer: Tokenizer,
    /// Where they come from.
    record: CorpusRecord,
}

pub(super) fn run(common: &Common<'_>, args: &GloveArgs) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let defaults = Glove::default();
    let parameters = Glove {
        dim: common.dim,
        x_max: args.x_max.unwrap_or(defaults.x_max),
        alpha: args.alpha.unwrap_or(defaults.alpha),
        lr: common.lr.unwrap_or(defaults.lr),
        epochs: common.epochs.unwrap_or(defaults.epochs),
        clip: args.clip.unwrap_or(defaults.clip),
        held_out: args.held_out.unwrap_or(defaults.held_out),
        combine: args.combine.map_or(defaults.combine, Combine::from),
        unk: args.unk,
    };
    let run = Run {
        threads: common.corpus.threads(),
        seed: common.seed,
        temp_dir: Some(common.corpus.temp_dir()),
        ..Default::default()
    };
    let counting = args.counting.counting(common.window);
    // Everything that can be refused is refused before the work begins.
    parameters.check()?;
    run.check()?;
    counting.check()?;
    let mut files = FileRoles::default();
    common.corpus.inputs(&mut files);
    if let Some(path) = &args.cooccur {
        files.input("--cooccur", path);
    }
    common.checkpoints.inputs(&mut files);
    files.output("--output", common.output, common.force)?;
    let of_run = Parameters::Glove(GloveParameters {
        glove: parameters.clone(),
        // Of a file of counts it is not known yet.
        counting: args.cooccur.is_none().then(|| counting.clone()),
    });
    let keeping =
        (common.checkpoints).prepare(common.output, common.force, &of_run, &run, &mut files)?;

    let mut progress = Progress::new(common.corpus.progress)?;
    let planned = Planned {
        corpus: common.corpus,
        output: common.output,
        method: Method::Glove(parameters.clone(), counting.clone()),
        run: &run,
        alone: common.plan,
    };
    if args.cooccur.is_none() {
        if let Some(planned) = plan::first(&planned, &progress)? {
            return Ok(planned);
        }
    } else if common.plan.is_some() {
        bail!(
            "--cooccur means nothing in a plan: its pairs are counted already; plan from the text"
        );
    }
    let pairs = match &args.cooccur {
        Some(path) => read_pairs(path, common, args, &mut progress)?,
        None => count_text(common, &counting, &keeping, &mut progress)?,
    };
    announce(&progress, &pairs, &parameters, &run);
    let mut diverged = None;
    let (table, tokenizer) = (&pairs.table, pairs.tokenizer);
    let vocab = pairs.vocab.clone();
    let mut trainer =
        GloveTrainer::new(vocab, table, tokenizer, &parameters, &run).corpus(pairs.record);
    if let Some(checkpoint) = keeping.load(&progress, &run)? {
        trainer = trainer.resume(checkpoint);
    }
    let checkpoints = match args.cooccur {
        Some(_) => keeping.checkpoints(),
        None => keeping.checkpoints_with_counts((table, &pairs.vocab, tokenizer)),
    };
    if let Some(checkpoints) = checkpoints {
        trainer = trainer.checkpoints(checkpoints);
    }
    let trained = trainer.train(|event| {
        if let Event::Diverged { epoch, lr } = event {
            diverged = Some((*epoch, *lr));
        }
        progress.training(event)
    });
    let model = trained.map_err(|error| keeping.explain(error))?;
    progress.finish();
    keeping.write(&model, common.output)?;

    let bytes = std::fs::metadata(common.output).map_or(0, |m| m.len());
    let seconds = start.elapsed().as_secs_f64();
    let record = &model.training.record;
    let training_seconds = record.seconds.unwrap_or(0.0);
    let rate = record.trained_tokens as f64 / training_seconds.max(1e-3);
    progress.say(&format!(
        "wrote {}: {} × {}, {}, in {seconds:.1} s ({:.2} M pairs/s in training)",
        common.output.display(),
        counted(model.vocab.len() as u64, "word"),
        counted(parameters.dim as u64, "dimension"),
        show(bytes),
        rate / 1e6,
    ));
    progress.json(json!({
        "event": "done", "output": common.output, "bytes": bytes, "words": model.vocab.len(),
        "dim": parameters.dim, "loss": record.losses.last(), "pairs_per_second": rate,
        "training_seconds": training_seconds, "seconds": seconds,
    }));
    if let Some((epoch, lr)) = diverged {
        bail!(
            "training diverged in epoch {epoch}; {} holds the state at the end of epoch {}; lower \
             --lr (it was {lr})",
            common.output.display(),
            epoch - 1,
        );
    }
    progress.say(&next_steps(&model.vocab, common.output));
    Ok(Outcome::Answered)
}

fn count_text(
    common: &Common<'_>,
    counting: &Counting,
    keeping: &Keeping,
    progress: &mut Progress,
) -> anyhow::Result<Pairs> {
    let text = common.corpus.read_for_pairs(progress)?;
    let table = match kept_table(common, &text, counting, keeping, progress)? {
        Some(table) => table,
        None => {
            let journal = keeping.journal();
            let table = count_pairs(common.corpus, &text, counting, journal, progress)?;
            keeping.counted(&table, &text.vocab, text.tokenizer)?;
            table
        }
    };
    Ok(Pairs { table, vocab: text.vocab, tokenizer: text.tokenizer, record: text.record })
}

/// The counts that lie beside a checkpoint, if they are of this text.
fn kept_table(
    common: &Common<'_>,
    text: &Text,
    counting: &Counting,
    keeping: &Keeping,
    progress: &Progress,
) -> anyhow::Result<Option<Cooccurrences>> {
    let Some(path) = keeping.kept_counts() else {
        return Ok(None);
    };
    let (table, _, _) = native::cooccurrences::read(&path, common.corpus.max_memory() / 2)?;
    let same_text = table.check_vocab(&text.vocab).is_ok()
        && table.tokens() == text.encoded.len() as u64
        && table.counting() == counting;
    if !same_text {
        return Ok(None);
    }
    progress.say(&format!(
        "took {} from {}",
        counted(table.cells(), "pair of words"),
        path.display()
    ));
    Ok(Some(table))
}

fn read_pairs(
    path: &Path,
    common: &Common<'_>,
    args: &GloveArgs,
    progress: &mut Progress,
) -> anyhow::Result<Pairs> {
    let how = [
        ("--window", common.window.is_some()),
        ("--left-only", args.counting.left_only),
        ("--weighting", args.counting.weighting != Default::default()),
        ("--across-lines", args.counting.across_lines),
        ("a corpus", !common.corpus.corpus.is_empty()),
    ];
    if let Some((flag, _)) = how.into_iter().find(|(_, given)| *given) {
        bail!("{flag} is for counting, and {} is counted already", path.display());
    }
    let max_memory = common.corpus.max_memory() / 4;
    let start = Instant::now();
    let vocab = common.corpus.vocab.as_deref();
    let (table, vocab, tokenizer) =
        read_counts(path, vocab, max_memory, &common.corpus.temp_dir())?;
    ensure!(table.cells() > 0, "{} holds no counts", path.display());
    let place = if table.is_on_disk() { ", read as it is needed" } else { "" };
    progress.say(&format!(
        "{}: {} of {} in {:.2} s{place}",
        path.display(),
        counted(table.cells(), "pair"),
        counted(table.words() as u64, "word"),
        start.elapsed().as_secs_f64(),
    ));
    Ok(Pairs { table, vocab, tokenizer, record: record_of_counts(path) })
}

/// What is about to happen, and what memory it takes.
fn announce(progress: &Progress, pairs: &Pairs, p: &Glove, run: &Run) {
    let records = train::glove_bytes(pairs.vocab.len(), p.dim);
    let in_memory = if pairs.table.is_on_disk() { 0 } else { pairs.table.bytes() };
    progress.say(&format!(
        "training GloVe, {}, {}, x_max {}, seed {}, {}, {} kernels; {} for the vectors and {} for \
         the pairs",
        counted(p.dim as u64, "dimension"),
        counted(p.epochs.into(), "epoch"),
        p.x_max,
        run.seed,
        counted(run.threads as u64, "thread"),
        kernels::isa(),
        show(records),
        show(in_memory),
    ));
    if p.x_max == Glove::default().x_max
        && pairs.table.tokens() > 0
        && pairs.table.tokens() < 100_000_000
    {
        note_small(progress);
    }
    progress.json(json!({
        "event": "training", "engine": "glove", "parameters": p, "seed": run.seed,
        "threads": run.threads, "kernels": kernels::isa().to_string(), "matrix_bytes": records,
        "pair_bytes": in_memory,
    }));
}

fn note_small(progress: &Progress) {
    progress.say("note: --x-max 10 usually gives better vectors for a text of this size");
}
