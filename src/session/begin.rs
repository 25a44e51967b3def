//! The rows of a warm start: a model that is continued, or pretrained vectors of any format.

use super::event::WarmStart;
use crate::corpus::Tokenizer;
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::formats::{self, Format, ReadOptions, Report, native};
use crate::train::{Hold, Model, Origin, Parameters, Recipe, SkipGram};
use crate::vectors::WordVectors;
use crate::vocab::Vocab;
use std::path::{Path, PathBuf};

/// The model or the vectors that a warm start begins with, in memory.
#[derive(Debug)]
pub struct Begin {
    rows: Rows,
    path: PathBuf,
    hash: u64,
}

#[derive(Debug)]
enum Rows {
    Model(Box<Model>),
    Vectors(WordVectors),
}

impl Begin {
    /// A model of our own, whose words keep their rows and ids, and whose new words join them.
    ///
    /// # Errors
    /// [`Error::Query`] for another kind of file and for a model without its output matrix;
    /// [`Error::Format`], [`Error::Io`].
    pub fn model(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let format = formats::sniff(path)?;
        let shown = path.display();
        let other = |problem: String| {
            Error::query(problem).advise(format!("begin with its vectors by `init={shown}`"))
        };
        if format != Format::Native {
            return Err(other(format!(
                "`continue_from` needs a model of w2v with both its matrices, and {shown} is {format}"
            )));
        }
        if !native::info(path)?.has_output {
            return Err(other(format!(
                "{shown} has no output matrix, without which training cannot go on as it was"
            )));
        }
        let model = Model::load_with(path, options)?.into();
        Self::new(Rows::Model(model), path)
    }

    /// Vectors of a file of any format: words of the text that it has too, spelt the same, begin with its rows.
    ///
    /// # Errors
    /// As [`formats::open`].
    pub fn vectors(path: impl AsRef<Path>, options: &ReadOptions) -> Result<(Self, Report)> {
        let path = path.as_ref();
        let (vectors, report) = formats::open(path, options)?;
        Ok((Self::new(Rows::Vectors(vectors), path)?, report))
    }

    fn new(rows: Rows, path: &Path) -> Result<Self> {
        Ok(Begin { rows, path: path.to_owned(), hash: formats::hash(path)? })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// XXH3 (64 bits) of the file.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Dimensions of the rows, D.
    pub fn dim(&self) -> usize {
        match &self.rows {
            Rows::Model(model) => model.input.dim(),
            Rows::Vectors(vectors) => vectors.dim(),
        }
    }

    /// The model that is continued.
    pub fn as_model(&self) -> Option<&Model> {
        match &self.rows {
            Rows::Model(model) => Some(model),
            Rows::Vectors(_) => None,
        }
    }

    /// The parameters of a run that begins with these rows, where nothing else is asked for: of a model its own,
    /// but for epochs, storage and a lower learning rate.
    pub fn skipgram(&self) -> SkipGram {
        let defaults = SkipGram::default();
        match self.as_model().map(|model| &model.training.recipe.objective) {
            Some(Parameters::SkipGram(was)) => SkipGram {
                epochs: defaults.epochs,
                storage: defaults.storage,
                lr: SkipGram::CONTINUE_LR,
                min_lr: SkipGram::CONTINUE_LR * 1e-4,
                ..was.clone()
            },
            _ => SkipGram { dim: self.dim(), ..defaults },
        }
    }

    /// The same under the name that a record has for the file.
    pub(super) fn named(self, file: &str) -> Self {
        Begin { path: file.into(), ..self }
    }

    /// Refuses another tokenizer than that of the model that is continued, other dimensions, and an objective that
    /// cannot be continued.
    pub(super) fn check(&self, objective: &Parameters, tokenizer: Tokenizer) -> Result<()> {
        let (dim, is, path) = (objective.dim(), self.dim(), self.path.display());
        if dim != is {
            let expected = format!("{is}, as {path} has; leave it out");
            return Err(Error::parameter("dim", dim, expected));
        }
        let Some(model) = self.as_model() else {
            return Ok(());
        };
        if let Some(why) = model.training.recipe.objective.no_warm_start() {
            return Err(Error::query(format!("{path} cannot be continued: {why}")).advise(
                format!(
                    "train anew on both texts, or begin skip-gram with its vectors by `init={path}`"
                ),
            ));
        }
        let with = |tokenizer| Recipe { tokenizer, ..Recipe::new(SkipGram::default()) };
        match with(tokenizer).differences(&with(model.tokenizer())).0.first() {
            Some(difference) => Err(Error::query(format!(
                "`{}` asks for another text than {path} was trained on ({}); leave it out: with \
                 `continue_from` the text is cut as that of the model",
                difference.key,
                model.tokenizer(),
            ))),
            None => Ok(()),
        }
    }

    /// The rows to begin with, how many words of the text have one, and how often each word occurs in it.
    pub(super) fn origin(
        self,
        hold: Hold,
        vocab: &Vocab,
        text: &EncodedCorpus,
    ) -> Result<(Origin, WarmStart, Vec<u64>)> {
        let origin = self.into_origin(vocab)?.hold(hold)?;
        let counts = text.counts(vocab.len());
        let old = |word: &str| origin.before().vocab().id(word).is_some();
        let there = vocab.words().zip(&counts).filter(|(word, count)| **count > 0 && old(word));
        let (mut occur, mut tokens) = (0, 0);
        for (_, count) in there {
            occur += 1;
            tokens += count;
        }
        let (record, words) = (origin.record().clone(), vocab.len() as u64);
        let of_tokens = tokens as f64 / text.len().max(1) as f64;
        let start = WarmStart {
            occur,
            of_tokens,
            new_words: words - record.words,
            words,
            min_count: text.record().reading.as_ref().map_or(1, |reading| reading.min_count),
            record,
        };
        Ok((origin, start, counts))
    }

    /// The rows, under the name of their file.
    pub(super) fn into_origin(self, vocab: &Vocab) -> Result<Origin> {
        let file = self.path.display().to_string();
        match self.rows {
            Rows::Model(model) => model.into_origin(&file, self.hash),
            Rows::Vectors(vectors) => Origin::of_vectors(&vectors, vocab, &file, self.hash),
        }
    }
}
