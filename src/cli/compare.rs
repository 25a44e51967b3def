//! `w2v compare`: models and baselines, one table.

use super::Outcome;
use super::baselines::{self, BaselineArgs, Counted};
use super::comparison::{Report, Style as TableStyle};
use super::corpus::{TokenizerName, half_of_memory};
use super::interrupts::interrupted;
use super::output::{Output, Style};
use super::progress::Progress;
use super::questions;
use super::sets::{NamedSet, SetArgs};
use super::size::{at_least_one, counted, grouped, parse, show};
use super::threads::ThreadsArg;
use super::values::{METHODS, choice};
use anyhow::{bail, ensure};
use serde_json::json;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use w2v::eval::{
    Bootstrap, ComparedSet, Comparison, Contender, EvalOptions, Outcomes, common_vocabulary,
};
use w2v::formats::ReadOptions;
use w2v::vectors::{AnalogyMethod, Query};
use w2v::{Error, Threads, WordId, WordVectors};

/// Words whose neighbours are timed.
const TIMED: usize = 15;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Vectors in any format that `w2v convert` reads; none: baselines alone
    #[arg(value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// The text that the baselines are counted in: a file or folder, plain or compressed; may be given
    /// several times
    #[arg(long, value_name = "TEXT", help_heading = "Text", required_unless_present = "cooccur")]
    corpus: Vec<PathBuf>,

    /// Counts of `w2v cooccur` instead of a text
    #[arg(long, value_name = "FILE", help_heading = "Text", conflicts_with = "corpus")]
    cooccur: Option<PathBuf>,

    /// The words of a `cooccurrence.bin` of GloVe, for --cooccur
    #[arg(long, value_name = "FILE", help_heading = "Text", requires = "cooccur")]
    vocab: Option<PathBuf>,

    /// How a line is cut into tokens [default: as for the first model]
    #[arg(
        long,
        value_enum,
        value_name = "TOKENIZER",
        help_heading = "Text",
        conflicts_with = "cooccur"
    )]
    tokenizer: Option<TokenizerName>,

    /// Drop words that occur less than N times
    #[arg(long, value_name = "N", default_value_t = w2v::VocabLimits::default().min_count, help_heading = "Text")]
    min_count: u64,

    /// Keep the N most frequent words of the text
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Text")]
    max_vocab: Option<usize>,

    #[command(flatten)]
    sets: SetArgs,

    /// Know the N most frequent of the common words only
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Judging")]
    restrict_vocab: Option<usize>,

    /// The score that analogies maximise
    #[arg(long, default_value = "add", value_parser = choice(METHODS), help_heading = "Judging")]
    method: AnalogyMethod,

    /// Tell Paris from paris
    #[arg(long, help_heading = "Judging")]
    case_sensitive: bool,

    /// Resamples of intervals and tests
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().resamples, value_parser = at_least_one, help_heading = "Judging")]
    resamples: usize,

    /// Seed of the resamples
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().seed, help_heading = "Judging")]
    bootstrap_seed: u64,

    #[command(flatten)]
    baselines: BaselineArgs,

    #[command(flatten)]
    threads: ThreadsArg,

    /// Memory that the baselines may take, such as 4G; what needs more is left out, and named
    /// [default: half of memory]
    #[arg(long, value_name = "SIZE", value_parser = parse, help_heading = "Resources")]
    max_memory: Option<u64>,

    /// Folder of temporary files [default: the system's]
    #[arg(long, value_name = "DIR", help_heading = "Resources")]
    temp_dir: Option<PathBuf>,

    /// What to show of progress, on standard error
    #[arg(long, value_enum, default_value_t, help_heading = "Resources")]
    pub(super) progress: Style,

    /// Answer in JSON, on one line
    #[arg(long, conflicts_with = "markdown")]
    json: bool,

    /// Answer with a table to paste
    #[arg(long)]
    markdown: bool,
}

/// What every contender is asked.
struct Judge<'a> {
    sets: &'a [NamedSet],
    method: AnalogyMethod,
    options: EvalOptions,
    rows: Vec<(Contender, Vec<Outcomes>)>,
    coverage: Vec<[usize; 2]>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // What can be refused is refused before the text is read.
    let sets = args.sets.read()?;
    ensure!(
        !sets.is_empty(),
        "nothing to compare by; name files with --sets FILE, or with --analogies, --pairs, \
         --categories or --odd where their kind shall not be guessed"
    );
    args.baselines.check()?;
    let mut models = Vec::new();
    let (max_memory, threads) = (Some(half_of_memory()), args.threads.get()?);
    let options = ReadOptions { max_memory, threads, ..questions::reading() };
    for path in &args.models {
        models.push((path, questions::open(path, &options)?));
    }
    let mut progress = Progress::new(args.progress)?;
    compare(args, &sets, models, &options.threads, &mut progress)
}

fn compare(
    args: &Args,
    sets: &[NamedSet],
    models: Vec<(&PathBuf, WordVectors)>,
    threads: &Threads,
    progress: &mut Progress,
) -> anyhow::Result<Outcome> {
    let max_memory = args.max_memory.unwrap_or_else(half_of_memory);
    let counted = args.count(&models, max_memory, progress)?;
    let tables: Vec<&WordVectors> = models.iter().map(|(_, vectors)| vectors).collect();
    let common = common_vocabulary(&counted.vocab, &tables);
    if common.first.is_empty() {
        bail!(
            "no word is in the text and in all models; is this the text that they were trained on, cut \
             in the same way? See --tokenizer"
        );
    }
    let (words, all) = (common.first.len(), counted.vocab.len());
    progress.say(&format!(
        "{} words are known to all, of {} of the text{}",
        grouped(words as u64),
        grouped(all as u64),
        (tables.iter().map(|v| v.len()).max()).map_or(String::new(), |most| format!(
            " and at most {} of a model",
            grouped(most as u64)
        ))
    ));

    let mut judge = Judge {
        sets,
        method: args.method,
        options: EvalOptions {
            restrict_vocab: args.restrict_vocab,
            case_insensitive: !args.case_sensitive,
        },
        rows: Vec::new(),
        coverage: Vec::new(),
    };
    let dim = args.baselines.dim(models.first().map(|(_, model)| model.dim()));
    let names = names(&args.models);
    for (((path, model), name), ids) in models.iter().zip(names).zip(&common.others) {
        let contender = Contender {
            name,
            baseline: false,
            dim: model.dim(),
            numbers: model.numbers(),
            nonzeros: (model.nonzeros()).unwrap_or(model.len() as u64 * model.dim() as u64),
            memory_bytes: model.table_bytes(),
            disk_bytes: std::fs::metadata(path).ok().map(|file| file.len()),
            query_seconds: 0.0,
        };
        judge.judge(contender, &model.select(ids), progress)?;
    }
    drop(models);
    let tokens = counted.tokens;
    let left_out = baselines::each(
        &args.baselines,
        counted,
        &common.first,
        dim,
        max_memory,
        threads,
        |name, vectors| {
            let contender = Contender {
                name,
                baseline: true,
                dim: vectors.dim(),
                numbers: vectors.numbers(),
                nonzeros: (vectors.nonzeros())
                    .unwrap_or(vectors.len() as u64 * vectors.dim() as u64),
                memory_bytes: vectors.table_bytes(),
                disk_bytes: None,
                query_seconds: 0.0,
            };
            judge.judge(contender, vectors, progress)
        },
    )?;
    for line in &left_out {
        progress.say(&format!("left out: {line}"));
    }

    let columns = sets.iter().zip(&judge.coverage).map(|(set, &[covered, total])| ComparedSet {
        name: set.name(),
        kind: set.set.kind(),
        covered,
        total,
    });
    let bootstrap = Bootstrap {
        resamples: args.resamples,
        seed: args.bootstrap_seed,
        threads: threads.clone(),
    };
    let comparison = Comparison::new(columns.collect(), judge.rows, &bootstrap);
    let covered: usize = judge.coverage.iter().map(|[covered, _]| covered).sum();
    let report = Report {
        comparison,
        tokens,
        words,
        left_out,
        method: args.method,
        settings: args.baselines.settings(dim),
        bootstrap,
    };
    let text = report.text(match (args.json, args.markdown) {
        (true, _) => TableStyle::Json,
        (_, true) => TableStyle::Markdown,
        _ => TableStyle::Human,
    });
    Output::new(args.json).text(&text)?;
    Ok(match covered {
        0 => Outcome::NothingFound,
        _ => Outcome::Answered,
    })
}

impl Args {
    /// The counts that the baselines are made of.
    fn count(
        &self,
        models: &[(&PathBuf, WordVectors)],
        max_memory: u64,
        progress: &mut Progress,
    ) -> anyhow::Result<Counted> {
        if let Some(path) = &self.cooccur {
            let (vocab, temp_dir) = (self.vocab.as_deref(), self.temp_dir.as_deref());
            return baselines::read(path, vocab, max_memory, temp_dir);
        }
        let mut tokenizer =
            models.first().map_or_else(Default::default, |(_, model)| model.tokenizer());
        if let Some(name) = self.tokenizer {
            tokenizer.segmentation = name.into();
        }
        let source = baselines::Source {
            corpus: &self.corpus,
            tokenizer,
            min_count: self.min_count,
            max_vocab: self.max_vocab,
            threads: self.threads.count(),
            max_memory,
            temp_dir: self.temp_dir.as_deref(),
        };
        baselines::count(&self.baselines, &source, progress)
    }
}

impl Judge<'_> {
    /// Asks one table everything.
    fn judge(
        &mut self,
        mut contender: Contender,
        vectors: &WordVectors,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        contender.query_seconds = query_seconds(vectors)?;
        let mut outcomes = Vec::new();
        self.coverage.clear();
        for NamedSet { set, .. } in self.sets {
            if interrupted() {
                return Err(Error::Interrupted { what: "comparing" }.into());
            }
            let scores = set.evaluate(vectors, self.method, &self.options);
            self.coverage.push(scores.coverage());
            outcomes.push(scores.outcomes());
        }
        let seconds = start.elapsed().as_secs_f64();
        let (name, dim) = (&contender.name, counted(contender.dim as u64, "dimension"));
        progress.say(&format!(
            "judged {name}: {dim}, {} in memory, {seconds:.1} s",
            show(contender.memory_bytes)
        ));
        progress.json(json!({ "event": "judged", "name": name, "seconds": seconds }));
        self.rows.push((contender, outcomes));
        Ok(())
    }
}

/// The median time to find the ten nearest words, over words from frequent to rare. The first answer is
/// not timed: it may compute lengths that are kept.
fn query_seconds(vectors: &WordVectors) -> anyhow::Result<f64> {
    let step = (vectors.len() / TIMED).max(1);
    let words = (0..vectors.len()).step_by(step).take(TIMED);
    let mut times = Vec::new();
    vectors.norms();
    for row in words {
        let query = Query::word(WordId(row as u32));
        let start = Instant::now();
        vectors.neighbors(&query, 10)?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied();
    Ok(median.unwrap_or(Duration::ZERO).as_secs_f64())
}

/// A short name for each file: its stem, or its path where two have the same.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut seen = HashSet::new();
    let unique = paths.iter().all(|path| seen.insert(stem(path)));
    let name = |path: &PathBuf| match unique {
        true => stem(path),
        false => path.display().to_string(),
    };
    paths.iter().map(name).collect()
}
