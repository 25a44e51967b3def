//! `w2v compare`: models and baselines, one table.

use super::Outcome;
use super::baselines::BaselineArgs;
use super::corpus::{MemoryArgs, SEGMENTATIONS, half_of_memory};
use super::flags;
use super::output::{Output, Style};
use super::progress::Progress;
use super::questions;
use super::sets::{NamedSet, SetArgs};
use super::size::at_least_one;
use super::threads::ThreadsArg;
use super::values::{METHODS, choice};
use anyhow::ensure;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use w2v::eval::{Bootstrap, EvalOptions};
use w2v::formats::ReadOptions;
use w2v::session::{Compare, ComparedModel, CountedIn, CountsFile, Text};
use w2v::vectors::AnalogyMethod;
use w2v::{Segmentation, VocabLimits, report};

#[derive(clap::Args)]
#[command(mut_arg("max_memory", |arg| arg.help("Memory that the baselines may take, such as 4G; what needs \
          more is left out, and named [default: half of memory]")))]
pub(super) struct Args {
    /// Vectors in any format that `w2v convert` reads; none: baselines alone
    #[arg(value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// The text that the baselines are counted in: a file or folder, plain or compressed; may be given
    /// several times
    #[arg(long, value_name = "TEXT", help_heading = "Text", required_unless_present = "cooccur")]
    corpus: Vec<PathBuf>,

    /// Counts of `w2v cooccur` instead of a text
    #[arg(long, value_name = "FILE", help_heading = "Text")]
    cooccur: Option<PathBuf>,

    /// The words of a `cooccurrence.bin` of GloVe, for --cooccur
    #[arg(long, value_name = "FILE", help_heading = "Text", requires = "cooccur")]
    vocab: Option<PathBuf>,

    /// How a line is cut into tokens [default: as for the first model]
    #[arg(long, value_parser = choice(SEGMENTATIONS), value_name = "TOKENIZER", help_heading = "Text")]
    tokenizer: Option<Segmentation>,

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

    /// Resamples of the paired tests
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().resamples, value_parser = at_least_one, help_heading = "Judging")]
    resamples: usize,

    /// Seed of the resamples
    #[arg(long, value_name = "N", default_value_t = Bootstrap::default().seed, help_heading = "Judging")]
    bootstrap_seed: u64,

    #[command(flatten)]
    baselines: BaselineArgs,

    #[command(flatten)]
    threads: ThreadsArg,

    #[command(flatten)]
    memory: MemoryArgs,

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

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // What can be refused is refused before the text is read.
    let sets = args.sets.read(None)?;
    ensure!(
        !sets.is_empty(),
        "nothing to compare by; name files with --sets FILE, or with --analogies, --pairs, \
         --categories or --odd where their kind shall not be guessed"
    );
    let baselines = args.baselines.baselines();
    baselines.check()?;
    let resources = args.memory.resources(&args.threads)?;
    let threads = resources.threads.clone();
    let options =
        ReadOptions { max_memory: Some(half_of_memory()), threads, ..questions::reading() };
    let model = |(path, name): (&PathBuf, String)| -> anyhow::Result<ComparedModel> {
        let vectors = questions::open(path, &options)?;
        let disk_bytes = std::fs::metadata(path).ok().map(|file| file.len());
        Ok(ComparedModel { name, vectors, disk_bytes })
    };
    let models = args.models.iter().zip(names(&args.models)).map(model);
    let models = models.collect::<anyhow::Result<Vec<_>>>()?;
    let mut progress = Progress::new(args.progress)?;
    progress.temp_dir(resources.temp_dir.as_deref());
    let bootstrap = Bootstrap {
        resamples: args.resamples,
        seed: args.bootstrap_seed,
        threads: resources.threads.clone(),
    };
    let compare = Compare {
        counted_in: args.counted_in(&models),
        models,
        baselines,
        sets: sets.into_iter().map(|named: NamedSet| (named.name(), named.set)).collect(),
        method: args.method,
        options: EvalOptions {
            restrict_vocab: args.restrict_vocab,
            case_insensitive: !args.case_sensitive,
        },
        bootstrap,
        resources,
    };
    let compared = compare.run_with(|event| progress.event(event))?;
    let outcome = match compared.covered {
        0 => Outcome::NothingFound,
        _ => Outcome::Answered,
    };
    progress.finish();
    let mut output = Output::new(args.json);
    match args.json {
        true => {
            let mut value = report::comparison_json(&compared);
            for why in value["left_out"].as_array_mut().into_iter().flatten() {
                *why = flags::text(why.as_str().unwrap_or_default()).into();
            }
            output.line(value)?;
        }
        false => output.text(&report::comparison(&compared, args.markdown))?,
    }
    Ok(outcome)
}

impl Args {
    /// What the baselines are counted in.
    fn counted_in(&self, models: &[ComparedModel]) -> CountedIn {
        if let Some(path) = &self.cooccur {
            return CountedIn::Counts(CountsFile { path: path.clone(), vocab: self.vocab.clone() });
        }
        let mut tokenizer =
            models.first().map_or_else(Default::default, |model| model.vectors.tokenizer());
        if let Some(segmentation) = self.tokenizer {
            tokenizer.segmentation = segmentation;
        }
        let limits = VocabLimits {
            min_count: self.min_count,
            max_vocab: self.max_vocab,
            ..VocabLimits::default()
        };
        CountedIn::Text(Text { files: self.corpus.clone(), tokenizer, limits, ..Text::default() })
    }
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
