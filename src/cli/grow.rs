//! `w2v train --continue` and `--init`: training that begins with rows that are there, and what became
//! of them.

use super::info::hold_line;
use super::output::note_changes;
use super::progress::Progress;
use super::questions::reading;
use super::size::{counted, grouped};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use w2v::encode::EncodedCorpus;
use w2v::eval::{Drift, Moved};
use w2v::formats::{self, FileRoles, Format, ReadOptions, native, write_atomically};
use w2v::train::{CorpusRecord, Hold, Origin, OriginKind, Parameters};
use w2v::{Error, Model, Threads, Vocab, WordVectors};

/// The flags of training that does not begin with nothing.
#[derive(clap::Args)]
pub(super) struct GrowArgs {
    /// Go on with a skip-gram model on other text: its words keep their rows and ids, new words join
    /// them. Dimensions, tokenizer, window, negatives and the like are the model's where no flag says
    /// otherwise
    #[arg(
        long = "continue",
        value_name = "MODEL",
        conflicts_with = "init",
        help_heading = "Growing"
    )]
    continue_from: Option<PathBuf>,

    /// Begin with the vectors of a file of any format, for words that it has too, spelt the same
    #[arg(long, value_name = "VECTORS", help_heading = "Growing")]
    init: Option<PathBuf>,

    /// Rows of words that were there before stay as they are, to the bit
    #[arg(long, conflicts_with = "anchor", help_heading = "Growing")]
    freeze: bool,

    /// Pull rows of words that were there before back to where they were; 0 is free, 1 holds loosely,
    /// 10 firmly
    #[arg(long, value_name = "STRENGTH", allow_negative_numbers = true, help_heading = "Growing")]
    anchor: Option<f32>,

    /// Write how far each word moved: tab-separated lines, or JSON where the name ends in .json
    #[arg(long, value_name = "FILE", help_heading = "Growing")]
    drift_report: Option<PathBuf>,
}

/// What training begins with, read completely.
pub(super) enum Begin {
    Model { model: Box<Model>, path: PathBuf, hash: u64 },
    Vectors { vectors: WordVectors, path: PathBuf, hash: u64 },
}

impl GrowArgs {
    /// Whether there is something to begin with, which the other flags need.
    pub(super) fn begins(&self) -> bool {
        self.continue_from.is_some() || self.init.is_some()
    }

    fn hold(&self) -> Hold {
        match (self.freeze, self.anchor) {
            (true, _) => Hold::Frozen,
            (false, Some(strength)) => Hold::Anchored(strength),
            (false, None) => Hold::Free,
        }
    }

    /// Registers the files of --continue and --init as inputs.
    pub(super) fn inputs(&self, files: &mut FileRoles) {
        if let Some(path) = &self.continue_from {
            files.input("--continue", path);
        }
        if let Some(path) = &self.init {
            files.vectors("--init", path, &reading());
        }
    }

    /// Reads what training begins with; refuses what cannot be begun with, and a report that cannot
    /// be written.
    pub(super) fn begin(
        &self,
        files: &mut FileRoles,
        force: bool,
        threads: &Threads,
    ) -> anyhow::Result<Option<Begin>> {
        self.hold().check()?;
        if let Some(path) = &self.drift_report {
            let what = "a drift report";
            files.side_output("--drift-report", path, force, what, is_drift_report)?;
        }
        let begin = match (&self.continue_from, &self.init) {
            (Some(path), _) => Some(read_model(path, threads)?),
            (None, Some(path)) => {
                let options = ReadOptions { threads: threads.clone(), ..reading() };
                let (vectors, report) = formats::open(path, &options)?;
                note_changes(&format!("{}: ", path.display()), &report);
                Some(Begin::Vectors { vectors, hash: formats::hash(path)?, path: path.clone() })
            }
            (None, None) => None,
        };
        Ok(begin)
    }
}

fn read_model(path: &Path, threads: &Threads) -> anyhow::Result<Begin> {
    let format = formats::sniff(path)?;
    let shown = path.display();
    if format != Format::Native {
        bail!(
            "--continue needs a model of w2v with both its matrices, and {shown} is {format}; begin \
             with its vectors by --init {shown}"
        );
    }
    if !native::info(path)?.has_output {
        bail!(
            "{shown} has no output matrix, without which training cannot go on as it was; begin with \
             its vectors by --init {shown}"
        );
    }
    Ok(Begin::Model {
        model: Model::load_with(path, threads)?.into(),
        hash: formats::hash(path)?,
        path: path.to_owned(),
    })
}

impl Begin {
    /// The parameters of the model that goes on.
    pub(super) fn parameters(&self) -> Option<&Parameters> {
        self.model().map(|(model, _)| &model.training.recipe.objective)
    }

    /// Dimensions of the rows.
    pub(super) fn dim(&self) -> usize {
        match self {
            Begin::Model { model, .. } => model.input.dim(),
            Begin::Vectors { vectors, .. } => vectors.dim(),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Begin::Model { path, .. } | Begin::Vectors { path, .. } => path,
        }
    }

    /// Refuses what the text need not be read for.
    pub(super) fn check(&self, dim: usize) -> anyhow::Result<()> {
        let (is, path) = (self.dim(), self.path().display());
        if dim != is {
            bail!("--dim is {dim}, expected {is}, as {path} has; leave it out");
        }
        if let Begin::Model { model, .. } = self
            && let Some(why) = model.training.recipe.objective.no_warm_start()
        {
            bail!(
                "{path} cannot be continued: {why}; train anew on both texts, or begin skip-gram with its \
                 vectors by --init {path}"
            );
        }
        Ok(())
    }

    /// The model that the vocabulary begins with, and its file.
    pub(super) fn model(&self) -> Option<(&Model, &Path)> {
        match self {
            Begin::Model { model, path, .. } => Some((&**model, path)),
            Begin::Vectors { .. } => None,
        }
    }

    /// The rows to begin with; says how many of the text's words have one.
    pub(super) fn origin(
        self,
        args: &GrowArgs,
        text: (&Vocab, &EncodedCorpus, &CorpusRecord),
        progress: &Progress,
    ) -> anyhow::Result<Origin> {
        let origin = match self {
            Begin::Model { model, path, hash } => {
                model.into_origin(&path.display().to_string(), hash)?
            }
            Begin::Vectors { vectors, path, hash } => {
                Origin::of_vectors(&vectors, text.0, &path.display().to_string(), hash)?
            }
        };
        let origin = origin.hold(args.hold())?;
        announce(&origin, text, progress);
        Ok(origin)
    }
}

fn announce(
    origin: &Origin,
    (vocab, encoded, text): (&Vocab, &EncodedCorpus, &CorpusRecord),
    progress: &Progress,
) {
    let record = origin.record();
    let (known, all) = (record.words, vocab.len() as u64);
    let counts = encoded.counts(vocab.len());
    let old = |word: &str| origin.before().vocab().id(word).is_some();
    let mut tokens = 0;
    let mut occur = 0u64;
    for (word, &count) in vocab.words().zip(&counts) {
        if count > 0 && old(word) {
            tokens += count;
            occur += 1;
        }
    }
    let share = 100.0 * tokens as f64 / encoded.len().max(1) as f64;
    let hold = hold_line(record);
    let new = all - known;
    let file = &record.file;
    progress.say(&match record.kind {
        OriginKind::Model => format!(
            "continuing {file}: {} of its {} occur in the text ({share:.1} % of its tokens); {hold}",
            grouped(occur),
            counted(known, "word"),
        ),
        OriginKind::Vectors => format!(
            "beginning with {file}: {} of {} found ({share:.1} % of the tokens), spelt the same; {hold}",
            grouped(known),
            counted(all, "word"),
        ),
    });
    if record.kind == OriginKind::Model {
        progress.say(&match new {
            0 => format!(
                "no new word joins: every word of the text that occurs {} times or more is there already",
                text.reading.as_ref().map_or(1, |r| r.min_count)
            ),
            n => format!("{} join behind them", counted(n, "new word")),
        });
    }
    progress.json(json!({
        "event": "begin", "from": record, "occur": occur, "share_of_tokens": share / 100.0, "new_words": new,
    }));
}

/// The first line of a drift report of tab-separated lines.
const DRIFT_COLUMNS: &str = "word\tcosine\tlength_before\tlength_after\tcount_before\tcount_text\n";

/// Whether a file is a drift report of either kind.
fn is_drift_report(path: &Path) -> bool {
    let is_report = |text: Vec<u8>| {
        let json: Value = serde_json::from_slice(&text).unwrap_or_default();
        json["words_compared"].is_u64()
    };
    formats::begins_with(path, DRIFT_COLUMNS.as_bytes()) || std::fs::read(path).is_ok_and(is_report)
}

/// Words of which the report lists that they moved.
const LISTED: usize = 10;

/// Words whose neighbours are compared.
const SAMPLED: usize = 200;

/// Says what became of the words that were there before, and writes it where that was asked for.
pub(super) fn report(
    args: &GrowArgs,
    origin: &Origin,
    after: &WordVectors,
    counts: &[u64],
    progress: &Progress,
) -> anyhow::Result<()> {
    let drift = Drift::between(origin.before(), after, Some(counts))?;
    let most = &drift.words()[..drift.words().len().min(LISTED)];
    let kept_of = |words: &[Moved]| drift.kept(words, 10);
    let kept: Vec<f64> = kept_of(&drift.sample(SAMPLED))?.into_iter().flatten().collect();
    let mean = (!kept.is_empty()).then(|| kept.iter().sum::<f64>() / kept.len() as f64);
    let most_kept = kept_of(most)?;
    let known = origin.before().len();
    let of = |word: &Moved| {
        let vocab = origin.before().vocab();
        (vocab.word(word.before), vocab.count(word.before))
    };
    say(progress, &drift, known, mean, kept.len());
    let moved = most.iter().zip(&most_kept).filter(|(word, _)| word.cosine < 1.0);
    for (word, kept) in moved {
        let (name, before) = of(word);
        let kept =
            kept.map_or(String::new(), |k| format!(", {:.0} of 10 neighbours stayed", 10.0 * k));
        progress.say(&format!(
            "  {name}: cosine {:.3}, {} here, {} before{kept}",
            word.cosine,
            counted(word.count, "time"),
            grouped(before),
        ));
    }
    let line = |word: &Moved| -> Value {
        let (name, before) = of(word);
        json!({
            "word": name, "cosine": word.cosine, "length_before": word.lengths[0],
            "length_after": word.lengths[1], "count_before": before, "count_text": word.count,
        })
    };
    let summary = json!({
        "words_before": known, "words_compared": drift.words().len(), "median_cosine": drift.quantile(0.5),
        "tenth_cosine": drift.quantile(0.1), "mean_cosine": drift.mean(),
        "neighbors_kept_at_10": mean, "neighbors_of": kept.len(),
    });
    let mut event = summary.clone();
    event["event"] = "drift".into();
    event["moved_most"] = most.iter().map(line).collect();
    progress.json(event);
    let Some(path) = &args.drift_report else {
        return Ok(());
    };
    let text = if path.extension().is_some_and(|ext| ext == "json") {
        let mut all = summary;
        all["words"] = drift.words().iter().map(line).collect();
        serde_json::to_string_pretty(&all)? + "\n"
    } else {
        let mut text = DRIFT_COLUMNS.to_owned();
        for word in drift.words() {
            let (name, before) = of(word);
            let ([a, b], count) = (word.lengths, word.count);
            writeln!(text, "{name}\t{:.6}\t{a:.6}\t{b:.6}\t{before}\t{count}", word.cosine)?;
        }
        text
    };
    write_atomically(path, |file| {
        file.write_all(text.as_bytes()).map_err(|source| Error::Io {
            what: "write",
            path: path.clone(),
            source,
        })
    })
    .context("the model was written, the drift report was not")?;
    progress.say(&format!(
        "wrote {}: {}",
        path.display(),
        counted(drift.words().len() as u64, "word")
    ));
    Ok(())
}

fn say(progress: &Progress, drift: &Drift, known: usize, kept: Option<f64>, sampled: usize) {
    let (Some(median), Some(tenth)) = (drift.quantile(0.5), drift.quantile(0.1)) else {
        return progress.say("drift: no word of before occurs in the text; none moved");
    };
    let kept = kept.map_or(String::new(), |kept| {
        let words = counted(sampled as u64, "word");
        format!("; {:.0} % of the 10 nearest stayed (of {words})", 100.0 * kept)
    });
    let compared = drift.words().len();
    let others = match known - compared {
        0 => String::new(),
        n => format!(", {} do not occur and stay where they were", grouped(n as u64)),
    };
    progress.say(&format!(
        "drift: {} of before occur in the text{others}; cosine of before and after: median {median:.3}, \
         a tenth below {tenth:.3}{kept}",
        counted(compared as u64, "word"),
    ));
    let all_stayed = drift.words().iter().all(|word| word.cosine == 1.0);
    progress.say(if all_stayed { "no word moved" } else { "those that moved most:" });
}
