//! Copies vectors from one file into another format.
//!
//! In: a [`Conversion`]. Out: the files of the output, and [`Loaded`], which says what the output has not
//! of the input. There are three steps, so that a caller can do something between them: check, read,
//! write; a fourth reads the output again and compares.
//!
//! A model of our own that is copied into a model file keeps both matrices and its training record;
//! GloVe's `vectors.bin` is read into such a model. All other copies are of the vectors only.

use super::verify::{self, Verified, verify_model};
use super::{
    Dtype, FileRoles, Format, ReadOptions, Report, WriteOptions, fasttext, finalfusion, glove,
    native, open, pack, safetensors, sniff, write_with,
};
use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::train::{Combine, Model, Training};
use crate::vectors::WordVectors;
use crate::vocab::Vocab;
use std::path::{Path, PathBuf};

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A vector file.
    Vectors(Format),
    /// Safetensors as sentence-transformers reads it: the words in `tokenizer.json` beside it.
    StaticEmbedding,
    /// GloVe's `vectors.bin`: words, contexts and biases in f64.
    GloveBinary,
}

impl Target {
    /// All that have a name and that this build writes.
    pub fn all() -> impl Iterator<Item = Target> {
        let written = Format::ALL.into_iter().filter(|format| format.can_write());
        written.map(Target::Vectors).chain([Target::GloveBinary])
    }

    /// The name on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Target::GloveBinary => "glove-binary",
            target => target.format().name(),
        }
    }

    /// The format of the output; GloVe's `vectors.bin` has none that tells it by its content.
    fn format(self) -> Format {
        match self {
            Target::Vectors(format) => format,
            Target::StaticEmbedding => Format::Safetensors,
            Target::GloveBinary => Format::GloveText,
        }
    }
}

/// The training record of a model file; `None` for a file of another format and for a pipe.
///
/// # Errors
/// As [`native::info`], and where the format is not known.
pub fn training(path: impl AsRef<Path>) -> Result<Option<Training>> {
    let path = path.as_ref();
    match path.is_file() && sniff(path)? == Format::Native {
        true => Ok(native::info(path)?.training),
        false => Ok(None),
    }
}

/// A copy to be made.
///
/// ```
/// use w2v::formats::{Conversion, Dtype, Format, ReadOptions, Target};
/// # let folder = tempfile::tempdir()?;
/// # let path = |name| folder.path().join(name);
/// std::fs::write(path("in.txt"), "2 2\nking 0.5 1\nqueen 0.25 -1\n")?;
/// let conversion = Conversion {
///     input: path("in.txt"),
///     output: path("out.fifu"),
///     target: Target::Vectors(Format::Finalfusion),
///     dtype: Dtype::F32,
///     glove_vocab: None,
///     options: ReadOptions::default(),
/// };
/// conversion.check(false)?;
/// let copy = conversion.read()?;
/// copy.write()?;
/// assert_eq!((copy.words, copy.lost.len(), copy.verify()?.rows), (2, 0, 2));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conversion {
    /// Vectors in any format.
    pub input: PathBuf,
    /// Where to write.
    pub output: PathBuf,
    /// What to write.
    pub target: Target,
    /// The numbers of the output.
    pub dtype: Dtype,
    /// The `vocab.txt` of an input that is GloVe's `vectors.bin`.
    pub glove_vocab: Option<PathBuf>,
    /// How to read the input.
    pub options: ReadOptions,
}

/// What was read and is to be written, see [`Conversion::read`].
#[derive(Debug)]
pub struct Loaded<'a> {
    /// Number of words.
    pub words: usize,
    /// Number of dimensions.
    pub dim: usize,
    /// What was changed while reading.
    pub report: Report,
    /// Parts of the input that are not in the output.
    pub lost: Vec<&'static str>,
    content: Content,
    conversion: &'a Conversion,
}

#[derive(Debug)]
enum Content {
    Model(Box<Model>),
    Vectors { vectors: WordVectors, training: Option<Box<Training>> },
}

impl Conversion {
    /// The files that are written, the output first.
    pub fn files(&self) -> Vec<PathBuf> {
        self.target.format().files(&self.output, &WriteOptions { dtype: self.dtype })
    }

    /// Refuses what cannot be done, and outputs that are in the way, before anything is read. Existing
    /// outputs are replaced with `force`; files beside the output only where they belong to an older
    /// output.
    ///
    /// # Errors
    /// [`Error::Parameter`]; as [`FileRoles::output`] and [`FileRoles::side_output`].
    pub fn check(&self, force: bool) -> Result<()> {
        if self.is_glove() {
            let ReadOptions { limit, word_encoding, lossy_utf8, words, project, tensor, .. } =
                &self.options;
            let given = [
                ("limit", limit.is_some()),
                ("dtype", self.dtype != Dtype::F32),
                ("static_embedding", self.target == Target::StaticEmbedding),
                ("words", words.is_some()),
                ("project", project.is_some()),
                ("tensor", tensor.is_some()),
                ("word_encoding", word_encoding.is_some()),
                ("invalid_utf8", *lossy_utf8),
            ];
            if let Some((name, _)) = given.into_iter().find(|(_, given)| *given) {
                let expected = "another format than GloVe's vectors.bin; convert to .w2v and back";
                return Err(Error::parameter(name, "given", expected));
            }
        }
        WriteOptions { dtype: self.dtype }.check(self.target.format())?;
        match self.target {
            Target::GloveBinary => pack::refuse(&self.output, self.target.name())?,
            target => target.format().check_name(&self.output)?,
        }
        let mut files = FileRoles::default();
        let options = ReadOptions { words: self.options.words.clone(), ..ReadOptions::default() };
        files.vectors("the input", &self.input, &options);
        if let Some(vocab) = &self.glove_vocab {
            files.input("the vocabulary", vocab);
        }
        files.output("the output", &self.output, force)?;
        let (what, older) = ("part of an older output", self.output.is_file());
        let is_static = self.target == Target::StaticEmbedding;
        let ours = |file: &Path| older && (!is_static || safetensors::is_static_file(file));
        let beside = match is_static {
            true => safetensors::static_files(&self.output).to_vec(),
            false => self.files().split_off(1),
        };
        (beside.iter())
            .try_for_each(|file| files.side_output("beside the output,", file, force, what, ours))
    }

    /// Whether the input or the output is GloVe's `vectors.bin`, which is a model.
    fn is_glove(&self) -> bool {
        self.glove_vocab.is_some() || self.target == Target::GloveBinary
    }

    /// Reads the input.
    ///
    /// # Errors
    /// As [`open`] and [`Model::load`].
    pub fn read(&self) -> Result<Loaded<'_>> {
        if self.is_glove() {
            return self.read_glove();
        }
        let format = self.target.format();
        let plain_safetensors = self.target == Target::Vectors(Format::Safetensors);
        // A pipe can be read once only: then nothing is known about the model but its vectors.
        let kind = match self.input.is_file() {
            true => Some(sniff(&self.input)?),
            false => None,
        };
        let (mut has_output, mut has_training, mut training) = (false, false, None);
        if kind == Some(Format::Native) {
            let info = native::info(&self.input)?;
            (has_output, has_training) = (info.has_output, info.training.is_some());
            training = info.training.map(Box::new);
        } else if kind == Some(Format::Safetensors) {
            let tensor = self.options.tensor.as_deref();
            has_training = safetensors::info(&self.input, tensor)?.training.is_some();
        }
        if has_output && has_training && format == Format::Native && self.options.limit.is_none() {
            return Ok(self.of_model(Model::load_with(&self.input, &self.options)?, &[]));
        }
        // Of gensim's files nothing else tells whether they have one.
        let output = plain_safetensors || kind == Some(Format::Gensim);
        let options = ReadOptions { output, ..self.options.clone() };
        let (vectors, report) = open(&self.input, &options)?;
        has_output |= vectors.output().is_some() && !vectors.is_tied();
        let foreign = format != Format::Native && !plain_safetensors;
        let counts = matches!(format, Format::FastText | Format::Projector);
        let ngrams = vectors.subwords().and_then(|subwords| subwords.ngrams());
        let subwords = match format {
            Format::FastText => ngrams.is_some_and(fasttext::keeps),
            Format::Finalfusion => ngrams.is_some_and(finalfusion::keeps),
            _ => false,
        };
        let tokenizer = has_training || vectors.tokenizer() != Tokenizer::default();
        let keeps_training = plain_safetensors && kind == Some(Format::Native);
        let parts = [
            ("output matrix", has_output && !plain_safetensors),
            ("training record", has_training && !keeps_training),
            ("counts", foreign && !counts && vectors.vocab().total() > 0),
            ("n-grams", !subwords && vectors.subwords().is_some()),
            ("tokenizer", foreign && tokenizer),
        ];
        let lost = parts.into_iter().filter(|(_, lost)| *lost).map(|(part, _)| part).collect();
        Ok(Loaded { report, lost, ..self.of_vectors(vectors, training) })
    }

    /// GloVe's `vectors.bin`, which holds both kinds of vectors and no words, as the input or the output.
    fn read_glove(&self) -> Result<Loaded<'_>> {
        let model = match &self.glove_vocab {
            Some(path) => glove::read_vectors(&self.input, Vocab::read(path)?, Combine::default())?,
            None => Model::load_with(&self.input, &self.options)?,
        };
        if self.target == Target::GloveBinary {
            return Ok(self.of_model(model, &["words", "training record"]));
        }
        if self.target == Target::Vectors(Format::Native) {
            return Ok(self.of_model(model, &[]));
        }
        let vectors = model.into_vectors().with_threads(self.options.threads.clone());
        let lost = vec!["context vectors by themselves", "biases"];
        Ok(Loaded { lost, ..self.of_vectors(vectors, None) })
    }

    fn of_model(&self, model: Model, lost: &[&'static str]) -> Loaded<'_> {
        Loaded {
            words: model.vocab.len(),
            dim: model.input.dim(),
            report: Report::default(),
            lost: lost.to_vec(),
            content: Content::Model(Box::new(model)),
            conversion: self,
        }
    }

    fn of_vectors(&self, vectors: WordVectors, training: Option<Box<Training>>) -> Loaded<'_> {
        Loaded {
            words: vectors.len(),
            dim: vectors.dim(),
            report: Report::default(),
            lost: Vec::new(),
            content: Content::Vectors { vectors, training },
            conversion: self,
        }
    }
}

impl Loaded<'_> {
    /// Writes the output, whole or not at all.
    ///
    /// # Errors
    /// As [`super::write_with`].
    pub fn write(&self) -> Result<()> {
        let Conversion { output, target, dtype, .. } = self.conversion;
        match (&self.content, target) {
            (Content::Model(model), Target::GloveBinary) => glove::write_vectors(model, output),
            (Content::Model(model), _) => model.save(output),
            (Content::Vectors { vectors, .. }, Target::StaticEmbedding) => {
                safetensors::write_static(vectors, *dtype, output)
            }
            (Content::Vectors { vectors, training }, Target::Vectors(Format::Safetensors)) => {
                safetensors::write_as(vectors, training.as_deref(), *dtype, output)
            }
            (Content::Vectors { vectors, .. }, target) => {
                write_with(vectors, output, target.format(), &WriteOptions { dtype: *dtype })
            }
        }
    }

    /// Reads the output again and compares it with the input, row by row. An output that is not what
    /// was read gets another name, `NAME.unverified`.
    ///
    /// # Errors
    /// [`Error::Format`] where they differ, with the new names; what [`open`] returns.
    pub fn verify(&self) -> Result<Verified> {
        let Conversion { output, dtype, options, .. } = self.conversion;
        let again = ReadOptions {
            max_memory: options.max_memory,
            temporary: options.temporary.clone(),
            threads: options.threads.clone(),
            ..ReadOptions::default()
        };
        let verified = match &self.content {
            Content::Model(model) => verify_model(model, output, &again),
            Content::Vectors { vectors, .. } => verify::verify(vectors, output, *dtype, &again),
        };
        verified.map_err(|mut error| {
            if let Error::Format { problem, .. } = &mut error {
                match verify::set_aside(&self.conversion.files()) {
                    Ok(names) => {
                        let names: Vec<_> = names.iter().map(|n| n.display().to_string()).collect();
                        let names = names.join(", ");
                        *problem +=
                            &format!("; what was written is not the input, it is now {names}");
                    }
                    Err(failed) => return failed,
                }
            }
            error
        })
    }
}
