//! Training a model again from its record, and comparing the two number by number.

use super::begin::Begin;
use super::event::{Event, OnEvent};
use super::resources::{Purpose, Resources};
use super::text::Text;
use crate::cooccur::count_with;
use crate::encode::{EncodedCorpus, Reading};
use crate::error::{Error, Result};
use crate::eval::Drift;
use crate::formats::{self, native};
use crate::kernels::Isa;
use crate::shown::quoted;
use crate::train::{
    Data, Difference, Model, OriginKind, OriginRecord, Recipe, Source, Trainer, Training,
};
use crate::vocab::{Vocab, VocabLimits, WordId};
use std::path::PathBuf;

/// Of a model of several threads: the fraction of ten neighbours that must be the same for the models to count as
/// alike. Two runs with another seed, which have nothing in common but the text, agree in less; see
/// `docs/growing.md`.
const ALIKE: f64 = 0.5;

/// Words whose neighbours are compared.
const SAMPLED: usize = 500;

/// A model that is to be trained again.
#[derive(Clone, Debug, Default)]
pub struct Reproduction {
    /// The model, with both its matrices.
    pub model: PathBuf,
    /// The text that it was trained on; empty for the files that the model names.
    pub corpus: Vec<PathBuf>,
    /// The model or vectors that training began with; `None` for the file that the model names.
    pub from: Option<PathBuf>,
    /// What the run may use. Training itself runs on one thread.
    pub resources: Resources,
}

/// How a model and its repetition compare.
#[derive(Debug)]
pub struct Reproduced {
    /// Whether all numbers, losses and counts are the same.
    pub identical: bool,
    /// Whether they had to be: one thread trained, with this version and these kernels.
    pub bytes_expected: bool,
    /// Rows that differ.
    pub rows: u64,
    /// By how much a number differs at most.
    pub largest: f32,
    /// "input row 3, "king": number 7 is 0.5, expected 0.25"
    pub first: Option<String>,
    /// Whether the losses are the same.
    pub losses_equal: bool,
    /// Where the models are not identical, the mean cosine of a word's two rows and the fraction of the ten
    /// nearest words that both models have.
    pub mean_cosine: Option<f64>,
    /// See [`Reproduced::mean_cosine`].
    pub neighbors_same: Option<f64>,
    /// V and D.
    pub shape: [usize; 2],
    /// How the model was trained.
    pub training: Training,
}

impl Reproduced {
    /// Whether the models agree as far as they can: to the byte, or, since several threads never make the same
    /// bytes twice, in most neighbours.
    pub fn agrees(&self) -> bool {
        let several = self.training.recipe.threads != 1;
        self.identical || several && self.neighbors_same.is_some_and(|kept| kept >= ALIKE)
    }
}

impl Reproduction {
    /// Trains the model again, and compares. The instruction set of the record is [chosen](crate::Isa::choose) for all of
    /// the process, where the processor has it and no kernel has run before.
    ///
    /// # Errors
    /// [`Error::Query`] for a model whose record does not say enough, another text, another origin; those of reading
    /// and of [`Trainer::train`].
    pub fn run(&self) -> Result<Reproduced> {
        self.run_with(|_| true)
    }

    /// As [`Reproduction::run`]; `on_event` is told what happens, and where it answers `false` the run ends.
    ///
    /// # Errors
    /// As [`Reproduction::run`]; [`Error::Interrupted`].
    pub fn run_with(&self, mut on_event: impl FnMut(&Event<'_>) -> bool) -> Result<Reproduced> {
        let shown = self.model.display();
        let refuse = |problem: String| Err(Error::query(format!("{shown} {problem}")));
        let info = native::info(&self.model)?;
        let Some(training) = info.training else {
            return refuse(
                "has no training record: its vectors were converted, not trained here".into(),
            );
        };
        training.ensure_known(&shown.to_string())?;
        let Training { recipe, record, .. } = &training;
        let Some(reading) = recipe.reading.clone().filter(|_| recipe.threads > 0) else {
            return refuse(match record.corpus.first() {
                Some(counts) => format!(
                    "was trained on counts ({}) and not on a text: its record does not say of which, \
                     so that there is nothing to count again",
                    counts.name
                ),
                None => {
                    "was trained by a program that did not record its text: there is nothing to \
                         read again"
                        .into()
                }
            });
        };
        if info.position.is_some() {
            return Err(Error::query(format!("{shown} is a checkpoint: its run has not ended"))
                .advise(format!("go on with `train.resume={shown}`")));
        }
        if !info.has_output {
            return refuse(
                "has no output matrix: only a model as `w2v train` writes it can be compared"
                    .into(),
            );
        }
        if let (Some(from), None) = (&self.from, &recipe.origin) {
            return Err(Error::query(format!(
                "{shown} began with random rows, and not with {}; leave `from` out",
                from.display()
            )));
        }
        let same_machine = use_kernels(&training, &mut on_event);
        let model = Model::load_with(&self.model, &self.resources.read_options(1))?;
        let begin = recipe.origin.as_ref().map(|origin| self.begin(origin)).transpose()?;
        let (vocab, text) = self.read_again(&model, &reading, begin.as_ref(), &mut on_event)?;
        on_event(&Event::Again { recipe });
        let again = self.train_again(recipe, vocab, &text, begin, &mut on_event)?;
        drop(text);
        compare(model, again, same_machine)
    }

    /// What training began with, refused where it is another file.
    fn begin(&self, record: &OriginRecord) -> Result<Begin> {
        let path = self.from.clone().unwrap_or_else(|| record.file.clone().into());
        let missing = |error: Error| {
            Error::query(format!("training began with {}: {error}", record.file))
                .advise("say where it is with `from`")
        };
        let hash = formats::hash(&path).map_err(missing)?;
        if hash != record.hash {
            return Err(Error::query(format!(
                "{} is another file than the one that training began with: xxh3 {hash:016x}, expected \
                 {:016x}",
                path.display(),
                record.hash,
            ))
            .advise("say where that is with `from`"));
        }
        let options = self.resources.read_options(1);
        let begin = match record.kind {
            OriginKind::Model => Begin::model(&path, &options)?,
            OriginKind::Vectors => Begin::vectors(&path, &options)?.0,
        };
        Ok(begin.named(&record.file))
    }

    /// Reads the text as it was read; refuses another one.
    fn read_again(
        &self,
        model: &Model,
        reading: &Reading,
        begin: Option<&Begin>,
        on_event: &mut OnEvent<'_>,
    ) -> Result<(Vocab, EncodedCorpus)> {
        let record = &model.training.record;
        let recorded = || record.corpus.iter().map(|file| file.name.clone().into()).collect();
        let limits = VocabLimits {
            min_count: reading.min_count,
            max_vocab: reading.max_vocab,
            // Of a list those words are left that were found, and the same are found again among them.
            keep_only: reading.list.map(|_| model.vocab.clone()),
            begin_with: begin.and_then(Begin::as_model).map(|model| model.vocab.clone()),
        };
        let source = Text {
            files: if self.corpus.is_empty() { recorded() } else { self.corpus.clone() },
            read: reading.options(),
            tokenizer: model.tokenizer(),
            limits,
            max_sentence: Some(reading.max_sentence),
        };
        let (vocab, text) = source.read(Purpose::Pairs, &self.resources, on_event)?;
        let (is, was) = (text.record().hash, record.corpus_hash);
        if is != was {
            let names: Vec<&str> = record.corpus.iter().map(|file| file.name.as_str()).collect();
            return Err(Error::query(format!(
                "another text than the one that {} was trained on: xxh3 {is:016x} of {} bytes, expected \
                 {was:016x} of {} bytes ({}); nothing was trained",
                self.model.display(),
                text.record().bytes,
                record.text_bytes,
                names.join(", "),
            )));
        }
        match vocab.words().eq(model.vocab.words()) && vocab.counts() == model.vocab.counts() {
            true => Ok((vocab, text)),
            false => Err(Error::query(format!(
                "the same text gives another vocabulary: {} words, expected {}; was it trained by another \
                 version?",
                vocab.len(),
                model.vocab.len(),
            ))),
        }
    }

    fn train_again(
        &self,
        recipe: &Recipe,
        vocab: Vocab,
        text: &EncodedCorpus,
        begin: Option<Begin>,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Model> {
        let recipe = Recipe { threads: 1, ..recipe.clone() };
        let pairs = match recipe.objective.source() {
            Source::Text => None,
            Source::Pairs(counting) => {
                let counting = counting.ok_or_else(|| Error::query("no counting is recorded"))?;
                let options = self.resources.count_options(None);
                let counted = |progress| on_event(&Event::Counting(progress));
                Some(count_with(&vocab, text, counting, &options, counted)?)
            }
        };
        let origin = match (begin, &recipe.origin) {
            (Some(begin), Some(was)) => Some(begin.into_origin(&vocab)?.hold(was.hold)?),
            _ => None,
        };
        let data = pairs.as_ref().map_or(Data::from(text), Data::from);
        let mut trainer = Trainer::new(vocab, data, &recipe);
        if let Some(folder) = &self.resources.temp_dir {
            trainer = trainer.temp_dir(folder.clone());
        }
        if let Some(origin) = &origin {
            trainer = trainer.begin_with(origin);
        }
        trainer.train_with(|event| on_event(&Event::Train(event)))
    }
}

fn compare(model: Model, again: Model, same_machine: bool) -> Result<Reproduced> {
    let differences = Differences::new(&model, &again);
    let (was, is) = (&model.training.record, &again.training.record);
    let losses_equal = was.losses == is.losses;
    let identical =
        differences.rows == 0 && losses_equal && was.trained_tokens == is.trained_tokens;
    let (shape, training) = ([model.vocab.len(), model.input.dim()], model.training.clone());
    let (mean_cosine, neighbors_same) = match identical {
        true => (None, None),
        false => alike(model, again)?,
    };
    Ok(Reproduced {
        identical,
        bytes_expected: training.recipe.threads == 1 && same_machine,
        rows: differences.rows,
        largest: differences.largest,
        first: differences.first,
        losses_equal,
        mean_cosine,
        neighbors_same,
        shape,
        training,
    })
}

/// Chooses the kernels of the record; says so where the same bytes cannot be expected.
fn use_kernels(training: &Training, on_event: &mut OnEvent<'_>) -> bool {
    let Training { recipe, record, .. } = training;
    let known = Isa::available();
    let wanted = known.iter().find(|isa| isa.to_string() == recipe.kernels);
    if let Some(isa) = wanted {
        isa.choose();
    }
    let differences = [
        ("kernels", &recipe.kernels, Isa::chosen().to_string()),
        ("version", &record.version, env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let mut same = true;
    for (key, was, is) in differences {
        if *was != is {
            same = false;
            let (key, was) = (key.to_owned(), was.clone());
            on_event(&Event::BytesMayDiffer(&Difference { key, was, is }));
        }
    }
    same
}

/// The mean cosine of rows, and the fraction of neighbours that both models have.
fn alike(model: Model, again: Model) -> Result<(Option<f64>, Option<f64>)> {
    let drift = Drift::between(&model.into_vectors(), &again.into_vectors(), None)?;
    Ok((drift.mean(), drift.mean_kept(SAMPLED, 10)?.map(|(mean, _)| mean)))
}

/// Where two models differ, number by number.
#[derive(Default)]
struct Differences {
    rows: u64,
    largest: f32,
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
                    format!(
                        "{name} row {}, {}",
                        row + 1,
                        quoted(model.vocab.word(WordId(row as u32)))
                    )
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
