//! `w2v reproduce`: does the same training make the same model again?

use super::Outcome;
use super::corpus::{Text, half_of_memory, read_text};
use super::output::Output;
use super::output::Style;
use super::progress::Progress;
use super::size::{self, counted, grouped};
use anyhow::{Context, anyhow, bail};
use clap::ArgAction;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use w2v::Isa;
use w2v::cooccur::{CountOptions, count};
use w2v::encode::EncodeOptions;
use w2v::eval::Drift;
use w2v::formats::{self, native};
use w2v::train::{
    Data, Origin, OriginKind, OriginRecord, Reading, Recipe, Source, Trainer, Training,
};
use w2v::{Corpus, Model, Threads, VocabLimits, WordId, corpus};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The model, with both its matrices
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// The text that it was trained on [default: the files that the model names]
    #[arg(value_name = "CORPUS")]
    corpus: Vec<PathBuf>,

    /// The model or vectors that training began with (--continue, --init) [default: the file that the
    /// model names]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    /// Keep the text, as numbers, and co-occurrences in temporary files where they are larger than
    /// SIZE, such as 2G [default: half of memory]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_memory: Option<u64>,

    /// Folder of temporary files [default: the system's]
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,

    /// What to show of progress, on standard error
    #[arg(long, value_enum, default_value_t, action = ArgAction::Set)]
    pub(super) progress: Style,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Of a model of several threads: the share of ten neighbours that must be the same for the models to
/// count as alike. Two runs with another seed, which have nothing in common but the text, agree in
/// less; see `docs/growing.md`.
const ALIKE: f64 = 0.5;

/// Words whose neighbours are compared.
const SAMPLED: usize = 500;

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let shown = args.model.display();
    let info = native::info(&args.model)?;
    let Some(training) = info.training else {
        bail!("{shown} has no training record: its vectors were converted, not trained here");
    };
    training.ensure_known(&shown.to_string())?;
    let Training { recipe, record, .. } = &training;
    let Some(reading) = recipe.reading.clone().filter(|_| recipe.threads > 0) else {
        match record.corpus.first() {
            Some(counts) => bail!(
                "{shown} was trained on counts ({}) and not on a text: its record does not say of \
                 which, so that there is nothing to count again",
                counts.name
            ),
            None => bail!(
                "{shown} was trained by a program that did not record its text: there is nothing to \
                 read again"
            ),
        }
    };
    if info.position.is_some() {
        bail!(
            "{shown} is a checkpoint: its run has not ended; go on with `w2v train … --resume {shown}`"
        );
    }
    if !info.has_output {
        bail!(
            "{shown} has no output matrix: only a model as `w2v train` writes it can be compared"
        );
    }
    let mut progress = Progress::new(args.progress)?;
    let same_machine = use_kernels(&training, &progress);
    let model = native::read_model(&args.model)?;
    let origin = recipe.origin.as_ref();
    let old = origin.map(|origin| read_origin(args, origin)).transpose()?;
    let text = read_again(args, &model, &reading, old.as_ref(), &mut progress)?;
    let (threads, seed) = (recipe.threads, recipe.seed);
    progress.say(&format!(
        "training again on one thread, seed {seed}, {} kernels; the model was trained by {}",
        Isa::chosen(),
        counted(threads as u64, "thread"),
    ));
    let again = train_again(args, recipe, text, old, &mut progress)?;
    progress.finish();
    compare(args, &model, again, same_machine)
}

/// Chooses the kernels of the record; says so where the same bytes cannot be expected.
fn use_kernels(training: &Training, progress: &Progress) -> bool {
    let Training { recipe, record, .. } = training;
    let known = Isa::available();
    let wanted = known.iter().find(|isa| isa.to_string() == recipe.kernels);
    let mut same = wanted.is_some_and(|isa| isa.choose() == *isa);
    if !same {
        progress.warn(&format!(
            "the model was trained with {} kernels, which this processor does not have; with {} the \
             bytes can differ",
            recipe.kernels,
            Isa::chosen(),
        ));
    }
    let version = env!("CARGO_PKG_VERSION");
    if record.version != version {
        same = false;
        progress.warn(&format!(
            "the model was trained by w2v {}, and this is {version}: the bytes can differ",
            record.version
        ));
    }
    same
}

/// What training began with.
enum Old {
    Model(Box<Model>),
    Vectors(w2v::WordVectors),
}

fn read_origin(args: &Args, record: &OriginRecord) -> anyhow::Result<Old> {
    let path = args.from.clone().unwrap_or_else(|| record.file.clone().into());
    let help = || format!("training began with {}; say where it is with --from", record.file);
    let hash = formats::hash(&path).with_context(help)?;
    if hash != record.hash {
        bail!(
            "{} is another file than the one that training began with: xxh3 {hash:016x}, expected \
             {:016x}; say where that is with --from",
            path.display(),
            record.hash,
        );
    }
    Ok(match record.kind {
        OriginKind::Model => Old::Model(Box::new(native::read_model(&path)?)),
        OriginKind::Vectors => Old::Vectors(formats::open(&path, &super::questions::reading())?.0),
    })
}

/// Reads the text as it was read; refuses another one.
fn read_again(
    args: &Args,
    model: &Model,
    reading: &Reading,
    old: Option<&Old>,
    progress: &mut Progress,
) -> anyhow::Result<Text> {
    let record = &model.training.record;
    let names: Vec<PathBuf> = match args.corpus.is_empty() {
        true => record.corpus.iter().map(|file| file.name.clone().into()).collect(),
        false => args.corpus.clone(),
    };
    let limits = VocabLimits {
        min_count: reading.min_count,
        max_vocab: reading.max_vocab,
        // Of a list those words are left that were found, and the same are found again among them.
        keep_only: reading.list.map(|_| model.vocab.clone()),
        begin_with: match old {
            Some(Old::Model(old)) => Some(old.vocab.clone()),
            _ => None,
        },
    };
    let options = EncodeOptions {
        threads: Threads::default().count(),
        max_sentence: reading.max_sentence,
        max_memory: args.max_memory.unwrap_or_else(half_of_memory) / 3,
        temp_dir: Some(temp_dir(args)),
    };
    let invalid_utf8 = reading.invalid_utf8;
    let corpus = Corpus::open(&names, corpus::ReadOptions { invalid_utf8 })?;
    let text = read_text(&corpus, model.tokenizer(), &limits, &options, progress)?;
    let (is, was) = (text.record.hash, record.corpus_hash);
    if is != was {
        let shown: Vec<String> = record.corpus.iter().map(|file| file.name.clone()).collect();
        bail!(
            "another text than the one that {} was trained on: xxh3 {is:016x} of {} bytes, expected \
             {was:016x} of {} bytes ({}); nothing was trained",
            args.model.display(),
            grouped(text.record.bytes),
            grouped(record.text_bytes),
            shown.join(", "),
        );
    }
    let same =
        text.vocab.words().eq(model.vocab.words()) && text.vocab.counts() == model.vocab.counts();
    match same {
        true => Ok(text),
        false => Err(anyhow!(
            "the same text gives another vocabulary: {}, expected {}; was it trained by another version?",
            counted(text.vocab.len() as u64, "word"),
            counted(model.vocab.len() as u64, "word"),
        )),
    }
}

fn temp_dir(args: &Args) -> PathBuf {
    args.temp_dir.clone().unwrap_or_else(std::env::temp_dir)
}

fn train_again(
    args: &Args,
    recipe: &Recipe,
    text: Text,
    old: Option<Old>,
    progress: &mut Progress,
) -> anyhow::Result<Model> {
    let recipe = Recipe { threads: 1, ..recipe.clone() };
    let vocab = text.vocab;
    let pairs = match recipe.objective.source() {
        Source::Text => None,
        Source::Pairs(counting) => {
            let counting = counting.context("no counting is recorded")?;
            let options = CountOptions {
                threads: Threads::default().count(),
                max_memory: args.max_memory.unwrap_or_else(half_of_memory) / 2,
                temp_dir: Some(temp_dir(args)),
                ..Default::default()
            };
            let folder = temp_dir(args);
            let counted = |p| progress.counting(p, &folder);
            Some(count(&vocab, &text.encoded, counting, &options, counted)?)
        }
    };
    let origin = match (old, &recipe.origin) {
        (Some(old), Some(was)) => {
            let (file, hash) = (was.file.as_str(), was.hash);
            let origin = match old {
                Old::Model(model) => model.into_origin(file, hash)?,
                Old::Vectors(vectors) => Origin::of_vectors(&vectors, &vocab, file, hash)?,
            };
            Some(origin.hold(was.hold)?)
        }
        _ => None,
    };
    let data = pairs.as_ref().map_or(Data::from(&text.encoded), Data::from);
    let mut trainer = Trainer::new(vocab, data, &recipe).temp_dir(temp_dir(args));
    if let Some(origin) = &origin {
        trainer = trainer.begin_with(origin);
    }
    Ok(trainer.train(|event| progress.training(event))?)
}

/// Where two models differ, number by number.
#[derive(Default)]
struct Differences {
    rows: u64,
    largest: f32,
    /// "input row 3, "king": number 7 is 0.5, expected 0.25"
    first: Option<String>,
}

impl Differences {
    fn new(model: &Model, again: &Model) -> Self {
        let mut all = Differences::default();
        let mut matrices =
            vec![("input", &model.input, &again.input), ("output", &model.output, &again.output)];
        for table in &model.tables {
            if let Some(got) = again.table(&table.name) {
                matrices.push((&table.name, &table.matrix, got));
            }
        }
        for (name, expected, got) in matrices {
            for row in 0..model.vocab.len() {
                let place = || {
                    format!("{name} row {}, {:?}", row + 1, model.vocab.word(WordId(row as u32)))
                };
                all.compare(expected.row(row), got.row(row), place);
            }
        }
        all
    }

    fn compare(&mut self, expected: &[f32], got: &[f32], place: impl Fn() -> String) {
        let differs = |(x, y): &(&f32, &f32)| x.to_bits() != y.to_bits();
        let mut pairs = expected.iter().zip(got).enumerate();
        let Some((at, (x, y))) = pairs.find(|(_, pair)| differs(pair)) else {
            return;
        };
        self.rows += 1;
        let largest = expected.iter().zip(got).map(|(x, y)| (x - y).abs());
        self.largest = largest.fold(self.largest, f32::max);
        self.first
            .get_or_insert_with(|| format!("{}: number {} is {y}, expected {x}", place(), at + 1));
    }
}

fn compare(
    args: &Args,
    model: &Model,
    again: Model,
    same_machine: bool,
) -> anyhow::Result<Outcome> {
    let Training { recipe, record, .. } = &model.training;
    let one_thread = recipe.threads == 1;
    let differences = Differences::new(model, &again);
    let losses = record.losses == again.training.record.losses;
    let trained = record.trained_tokens == again.training.record.trained_tokens;
    let identical = differences.rows == 0 && losses && trained;
    let mut output = Output::new(args.json);
    let mut answer = json!({
        "model": args.model, "identical": identical, "threads": recipe.threads,
        "bytes_expected": one_thread && same_machine, "words": model.vocab.len(),
        "rows_that_differ": differences.rows, "first_difference": differences.first,
        "largest_difference": differences.largest, "losses_equal": losses,
    });
    if identical {
        if output.is_json() {
            output.line(answer)?;
        } else {
            output.line(format_args!(
                "reproduced: the same bytes, {} × {} in both matrices, and the same losses",
                counted(model.vocab.len() as u64, "word"),
                counted(model.input.dim() as u64, "dimension"),
            ))?;
        }
        return Ok(Outcome::Answered);
    }
    let (cosine, kept) = alike(&args.model, again)?;
    answer["mean_cosine"] = cosine.into();
    answer["neighbors_same_at_10"] = kept.into();
    let agrees = !one_thread && kept.is_some_and(|kept| kept >= ALIKE);
    if output.is_json() {
        output.line(answer)?;
    } else {
        tell(&mut output, &model.training, &differences, cosine, kept, agrees)?;
    }
    Ok(match agrees {
        true => Outcome::Answered,
        false => Outcome::NothingFound,
    })
}

/// The mean cosine of rows, and the share of neighbours that both models have.
fn alike(path: &Path, again: Model) -> anyhow::Result<(Option<f64>, Option<f64>)> {
    let drift = Drift::between(&native::open(path)?, &again.into_vectors(), None)?;
    let kept = drift.kept(&drift.sample(SAMPLED), 10)?;
    let kept: Vec<f64> = kept.into_iter().flatten().collect();
    let mean = (!kept.is_empty()).then(|| kept.iter().sum::<f64>() / kept.len() as f64);
    Ok((drift.mean(), mean))
}

fn tell(
    output: &mut Output,
    training: &Training,
    differences: &Differences,
    cosine: Option<f64>,
    kept: Option<f64>,
    agrees: bool,
) -> anyhow::Result<()> {
    let line = match (training.recipe.threads, agrees) {
        (1, _) => "not reproduced: one thread should have made the same bytes".to_owned(),
        (n, true) => {
            format!("reproduced as far as it can be: {n} threads never make the same bytes twice")
        }
        (n, false) => format!(
            "not reproduced: {n} threads never make the same bytes twice, but they agree in more"
        ),
    };
    output.line(line)?;
    let number =
        |x: Option<f64>, unit: f64| x.map_or(Value::Null, |x| ((unit * x).round() / unit).into());
    output.field("mean cosine", number(cosine, 1e4))?;
    output.field(
        "neighbours",
        format_args!("{} of the 10 nearest are the same", number(kept, 1e3)),
    )?;
    let rows = counted(differences.rows, "row");
    output.field("differ", format_args!("{rows}, by at most {}", differences.largest))?;
    if let Some(first) = &differences.first {
        output.field("first", first)?;
    }
    let losses = |losses: &[f64]| -> String {
        let each: Vec<String> = losses.iter().map(|loss| format!("{loss:.4}")).collect();
        each.join(" ")
    };
    output.field("losses were", losses(&training.record.losses))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_and_the_largest() {
        let mut all = Differences::default();
        all.compare(&[1.0, 2.0], &[1.0, 2.0], || unreachable!());
        all.compare(&[1.0, 2.0, 3.0], &[1.0, 2.5, 1.0], || "row 2".to_owned());
        all.compare(&[0.0], &[-0.0], || "row 3".to_owned());
        assert_eq!((all.rows, all.largest), (2, 2.0));
        assert_eq!(all.first.unwrap(), "row 2: number 2 is 2.5, expected 2");
    }
}
