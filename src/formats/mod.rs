//! 7 EXCHANGE: vector files, our own and those of other programs.
//!
//! In: a file of any kind in the table. Out: [`WordVectors`]; and the other way round. [`open`] looks
//! at the bytes, never at the name, to tell what a file is.
//!
//! | [`Format`] | programs | header | counts, training |
//! |---|---|---|---|
//! | [`native`] | w2v | 128 bytes | kept |
//! | [`word2vec_text`] | word2vec.c, fastText `.vec`, gensim | `V D` | lost |
//! | [`word2vec_text`] without header | GloVe, and what many published files are | none | lost |
//! | [`word2vec_binary`] | word2vec.c, gensim, `GoogleNews-vectors-negative300.bin` | `V D` | lost |
//! | [`fasttext`] | fastText `.bin` and `.ftz`, gensim | binary | counts kept, n-grams too |
//! | [`finalfusion`] | finalfusion `.fifu` | chunks | n-grams kept |
//! | [`numpy`] | NumPy `.npy`, words beside it | 64 bytes or more | lost |
//! | [`projector`] | TensorBoard's projector | none | counts kept |
//! | [`sparse_text`] (read only) | Chinese-Word-Vectors | `V D` | lost |
//! | [`parquet`] (by a feature) | data frames, SQL engines | thrift | lost |
//! | [`gensim`] (read only) | gensim's `save`, all kinds of KeyedVectors | pickle | counts, n-grams kept |
//! | [`safetensors`] | language models, sentence-transformers, model2vec | JSON | kept in files of our own |
//!
//! Files may be compressed. Where a table need not be made of text it stays in the mapped file; one
//! that must be made can go to a temporary file, see [`ReadOptions::max_memory`].
//!
//! Not for queries and so not in the table: co-occurrence counts ([`native::cooccurrences`]) and the
//! binary files of GloVe ([`glove`]), which say nothing of themselves.
//!
//! All writers write whole files or none ([`write_atomically`]), and none that holds a number that
//! is not finite. All readers count before they allocate: a length in a file is compared with the
//! size of the file first.

mod atomic;
pub mod check;
mod config;
mod contents;
mod convert;
mod cursor;
mod dtype;
pub mod fasttext;
pub mod finalfusion;
pub mod gensim;
pub mod glove;
pub mod native;
mod npy;
mod numbers;
pub mod numpy;
mod one_hot;
mod pack;
#[cfg_attr(not(feature = "parquet"), path = "no_parquet.rs")]
pub mod parquet;
pub mod projector;
mod roles;
pub mod safetensors;
mod sniff;
pub mod sparse_text;
mod table;
mod verify;
pub mod word2vec_binary;
pub mod word2vec_text;
mod word_list;

pub use atomic::{Output, check_writable, remove_temporary_files, write_atomically};
pub use config::TableConfig;
pub use contents::hash;
pub use convert::{Conversion, Loaded, Target, training};
pub use one_hot::{MatrixFormat, write_one_hot};
pub use pack::write_packed;
pub use roles::{FileRoles, begins_with, is_same_file};
pub use sniff::sniff;
pub use verify::{Verified, verify, verify_model};

use crate::corpus::Encoding;
use crate::error::{Error, IoContext, Result};
use crate::shown::quoted;
use crate::threads::Threads;
pub use crate::vectors::Dtype;
use crate::vectors::WordVectors;
use contents::Contents;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The kinds of vector files.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Our own, `vectors.w2v`.
    Native,
    /// Text with the header `V D`.
    Word2vecText,
    /// Binary floats with the header `V D`.
    Word2vecBinary,
    /// Text without a header.
    #[doc(alias = "GloVe")]
    GloveText,
    /// fastText's model, with n-grams.
    #[doc(alias = "fastText")]
    FastText,
    /// finalfusion's `.fifu`.
    #[doc(alias = "fifu")]
    Finalfusion,
    /// A NumPy array with a list of words beside it.
    #[doc(alias = "NumPy")]
    Numpy,
    /// Tab-separated tensors and labels for the embedding projector.
    #[doc(alias = "TensorBoard")]
    Projector,
    /// Sparse text of Chinese-Word-Vectors; read only.
    SparseText,
    /// Parquet with the columns `word` and `vector`; needs the feature `parquet`.
    Parquet,
    /// A model or KeyedVectors as gensim saves it, a Python pickle that is read without being run; read
    /// only.
    #[doc(alias = "pickle")]
    Gensim,
    /// The table of a language model, with `tokenizer.json` beside it, or one of our own.
    Safetensors,
}

/// How to write a file for another program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// What its numbers are.
    pub dtype: Dtype,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 12] = [
        Format::Native,
        Format::Word2vecText,
        Format::Word2vecBinary,
        Format::GloveText,
        Format::FastText,
        Format::Finalfusion,
        Format::Numpy,
        Format::Projector,
        Format::SparseText,
        Format::Parquet,
        Format::Gensim,
        Format::Safetensors,
    ];

    /// Whether this build writes it.
    pub fn can_write(self) -> bool {
        !matches!(self, Format::SparseText | Format::Gensim)
            && (self != Format::Parquet || cfg!(feature = "parquet"))
    }

    /// What its numbers can be; the first is the default.
    pub fn dtypes(self) -> &'static [Dtype] {
        match self {
            Format::Numpy => &[Dtype::F32, Dtype::F16, Dtype::Int8],
            Format::Safetensors => &[Dtype::F32, Dtype::F16, Dtype::Bf16],
            _ => &[Dtype::F32],
        }
    }

    /// Refuses a compressed output, by its name, in a format that is not written so.
    fn check_name(self, path: &Path) -> Result<()> {
        let packs = matches!(
            self,
            Format::Word2vecText | Format::Word2vecBinary | Format::GloveText | Format::Projector
        );
        if packs { Ok(()) } else { pack::refuse(path, self.name()) }
    }

    /// The files that [`write()`] may make for `path`, that one first: what must not be in the way.
    pub fn files(self, path: impl AsRef<Path>, options: &WriteOptions) -> Vec<PathBuf> {
        let path = path.as_ref();
        let mut files = vec![path.to_owned()];
        match self {
            Format::Numpy => files.push(numpy::words_of(path)),
            Format::Projector => files.extend([projector::metadata(path), projector::config(path)]),
            _ => {}
        }
        if self == Format::Numpy && options.dtype == Dtype::Int8 {
            files.push(numpy::scales_of(path));
        }
        files
    }

    /// The name on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Format::Native => "w2v",
            Format::Word2vecText => "word2vec-text",
            Format::Word2vecBinary => "word2vec-binary",
            Format::GloveText => "glove",
            Format::FastText => "fasttext",
            Format::Finalfusion => "finalfusion",
            Format::Numpy => "npy",
            Format::Projector => "projector",
            Format::SparseText => "sparse-text",
            Format::Parquet => "parquet",
            Format::Gensim => "gensim",
            Format::Safetensors => "safetensors",
        }
    }

    /// The format that files with the ending of `path` usually have: what to write where nobody said.
    ///
    /// ```
    /// use w2v::formats::Format;
    /// assert_eq!(Format::from_extension("out/vectors.BIN"), Some(Format::Word2vecBinary));
    /// assert_eq!(Format::from_extension("vectors.txt.gz"), Some(Format::Word2vecText));
    /// assert_eq!(Format::from_extension("vectors"), None);
    /// ```
    pub fn from_extension(path: impl AsRef<Path>) -> Option<Self> {
        let path = path.as_ref();
        let path = pack::unpacked_name(path).unwrap_or(path);
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "w2v" => Format::Native,
            "txt" | "vec" => Format::Word2vecText,
            "bin" => Format::Word2vecBinary,
            "glove" => Format::GloveText,
            "fifu" => Format::Finalfusion,
            "npy" => Format::Numpy,
            "tsv" => Format::Projector,
            "parquet" => Format::Parquet,
            "kv" | "model" => Format::Gensim,
            "safetensors" => Format::Safetensors,
            _ => return None,
        })
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// How to read a file that another program wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Read the first so many words only; what follows them is then not looked at.
    pub limit: Option<usize>,
    /// The encoding of the words of a file that is not UTF-8. A file whose words are all UTF-8 is read as
    /// that.
    pub word_encoding: Option<Encoding>,
    /// Whether bytes that are not UTF-8, or not in the encoding, become U+FFFD. Otherwise they are an error.
    pub lossy_utf8: bool,
    /// The most bytes of a table in memory; a larger one goes to a temporary file, which the system
    /// maps as it finds room. Without it, or without a folder for that file, every table is in memory,
    /// unless its file can be mapped.
    pub max_memory: Option<u64>,
    /// The words of a file that holds none (NumPy, projector, safetensors): a list, one a line; for NumPy and
    /// safetensors also a tokenizer's `tokenizer.json`, `vocab.json`, `vocab.txt` or `tokenizer.model`. By
    /// default it is found by its name beside the file.
    pub words: Option<PathBuf>,
    /// Sparse text only: project its dimensions to so many columns at random.
    pub project: Option<usize>,
    /// Folder of temporary files, for tables of more than `max_memory` and for compressed files of
    /// more than 256 MiB. `None`: no file is written, and both stay in memory.
    pub temporary: Option<PathBuf>,
    /// The tensor that is the table, for files that hold many; found by its name where not given.
    pub tensor: Option<String>,
    /// Whether the output matrix of a model of our own is opened (and verified) too. Of a language
    /// model it always is, since that costs nothing.
    pub output: bool,
    /// What reading runs on; the vectors keep it for searches, see [`WordVectors::threads`]. All cores
    /// by default.
    pub threads: Threads,
}

/// What was changed while a file was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows left out because their word had a row before.
    pub duplicates: u64,
    /// Words in which bytes became U+FFFD.
    pub replaced_utf8: u64,
    /// Words that were decoded from [`ReadOptions::word_encoding`]: those that are not ASCII.
    pub decoded: u64,
    /// Whether any of these was not UTF-8.
    other_utf8: bool,
    /// Rows of text whose word ends in a number, as in `new york 0.25`: rows that may hold more than
    /// D numbers. Some words are so (`route 66`), hence no error.
    pub numbered: u64,
    /// The 1-based line of the first of them.
    pub first_numbered: Option<u64>,
    /// Rows beyond the words of the tokenizer, named `<row 151650>` and the like.
    pub unnamed_rows: u64,
    /// Words of the tokenizer beyond the rows of the table, left out.
    pub rowless_tokens: u64,
}

/// Opens a vector file of any format, or a folder with a safetensors model in it.
///
/// # Errors
/// [`Error::Format`] with the line or byte; it names what the file is where that can be told (a
/// Python pickle of something else, a zip archive, a web page, …). [`Error::Io`].
pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<(WordVectors, Report)> {
    let path = path.as_ref();
    options.check()?;
    let path = &file_of(path)?;
    // Opened once: a pipe can be read only once.
    let contents = Contents::open_lines(path, options, |head| {
        let format = sniff::sniff_bytes(head, path);
        matches!(format, Ok(Format::Word2vecText | Format::GloveText))
    })?;
    let format = sniff::sniff_bytes(&contents, path)?;
    let read = parse(contents, path, format, options);
    if let Some(encoding) = options.word_encoding
        && read.as_ref().is_ok_and(|(_, report)| report.decoded > 0 && !report.other_utf8)
    {
        let utf8 = ReadOptions { word_encoding: None, ..options.clone() };
        return match path.is_file() {
            true => open(path, &utf8),
            false => Err(Error::query(format!(
                "all words of {} are UTF-8, and `word_encoding={encoding}` was asked for; leave it out",
                path.display()
            ))),
        };
    }
    read
}

impl WordVectors {
    /// Opens a vector file of any format on all cores, without temporary files; [`open`] has options.
    ///
    /// ```
    /// use w2v::WordVectors;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("vectors.txt");
    /// std::fs::write(&path, "cat 0.9 0.1\ndog 0.8 0.2\ncar 0.1 0.8\n")?;
    /// let vectors = WordVectors::open(&path)?;
    /// for (word, cosine) in vectors.most_similar("cat", 1)? {
    ///     assert_eq!((word, cosine > 0.9), ("dog", true));
    /// }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(path: impl AsRef<Path>) -> Result<WordVectors> {
        Ok(open(path.as_ref(), &ReadOptions::default())?.0)
    }
}

/// As [`open`] for a file that is in memory, not compressed. `path` is for messages, and where other
/// files belong to it they are looked for beside it. Without a `format` the content tells it.
///
/// ```
/// use w2v::formats::{self, ReadOptions};
/// let bytes = b"2 2\nking 0.5 1\nqueen 0.25 -1\n".to_vec();
/// let (vectors, _) = formats::open_bytes(bytes, "memory".as_ref(), None, &ReadOptions::default())?;
/// assert_eq!(*vectors.vector(vectors.id("queen")?), [0.25, -1.0]);
/// # Ok::<_, w2v::Error>(())
/// ```
///
/// # Errors
/// As [`open`].
pub fn open_bytes(
    bytes: Vec<u8>,
    path: &Path,
    format: Option<Format>,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    options.check()?;
    let format = match format {
        Some(format) => format,
        None => sniff::sniff_bytes(&bytes, path)?,
    };
    parse(Contents::Owned(bytes), path, format, options)
}

/// Reads a file of a known format.
fn parse(
    contents: Contents,
    path: &Path,
    format: Format,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let format = match format {
        // Without labels beside them, tensors are rows of numbers like any other.
        Format::GloveText if options.words.is_some() => Format::Projector,
        format => format,
    };
    options.check_for(format, path)?;
    match format {
        Format::Native => {
            let vectors = native::open_first(contents, path, options)?;
            Ok((vectors, Report::default()))
        }
        Format::Safetensors => safetensors::open_contents(contents, path, options),
        Format::Word2vecBinary => word2vec_binary::parse(contents, path, options),
        Format::Word2vecText | Format::GloveText => word2vec_text::parse(&contents, path, options),
        Format::FastText => fasttext::parse(contents, path, options),
        Format::Finalfusion => finalfusion::parse(contents, path, options),
        Format::Numpy => numpy::parse(contents, path, options),
        Format::Projector => projector::parse(&contents, path, options),
        Format::SparseText => sparse_text::parse(&contents, path, options),
        Format::Parquet => parquet::parse(contents, path, options),
        Format::Gensim => gensim::parse(contents, path, options),
    }
}

/// The file to open: of a folder, the safetensors model in it.
fn file_of(path: &Path) -> Result<std::borrow::Cow<'_, Path>> {
    Ok(match path.is_dir() {
        true => safetensors::in_folder(path)?.into(),
        false => path.into(),
    })
}

/// Writes `vectors` to `path`, whole or not at all, replacing a file of that name.
///
/// Only [`Format::Native`] and [`Format::Safetensors`] keep counts and the tokenizer,
/// [`Format::FastText`] and [`Format::Projector`] counts, [`Format::FastText`] and
/// [`Format::Finalfusion`] n-grams. The training record and the output matrix of a model are written by
/// [`Model::save`](crate::Model::save).
///
/// ```
/// use w2v::formats::{self, Format, ReadOptions};
/// use w2v::{Vocab, WordVectors};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("vectors.txt");
/// let vectors = WordVectors::new(Vocab::new([("king", 2), ("queen", 1)]), 2, vec![0.5, 1.0, 0.25, -1.0])?;
/// formats::write(&vectors, &path, Format::Word2vecText)?;
/// assert_eq!(std::fs::read_to_string(&path)?, "2 2\nking 0.5 1\nqueen 0.25 -1\n");
/// let (back, _) = formats::open(&path, &ReadOptions::default())?;
/// assert_eq!(*back.vector(back.id("queen")?), [0.25, -1.0]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Format`] where a word cannot be written in `format` or a number is not finite;
/// [`Error::Io`].
pub fn write(vectors: &WordVectors, path: impl AsRef<Path>, format: Format) -> Result<()> {
    let path = path.as_ref();
    write_with(vectors, path, format, &WriteOptions::default())
}

/// As [`write()`], with options. Files beside `path` are written first, see [`Format::files`].
///
/// # Errors
/// As [`write()`]; [`Error::Parameter`] where `format` is not written by this build, or has no numbers
/// of the type that `options` name.
pub fn write_with(
    vectors: &WordVectors,
    path: impl AsRef<Path>,
    format: Format,
    options: &WriteOptions,
) -> Result<()> {
    let path = path.as_ref();
    options.check(format)?;
    format.check_name(path)?;
    match format {
        Format::Native => native::write_vectors(vectors, path),
        Format::Word2vecText => word2vec_text::write(vectors, path, true),
        Format::GloveText => word2vec_text::write(vectors, path, false),
        Format::Word2vecBinary => word2vec_binary::write(vectors, path),
        Format::FastText => fasttext::write(vectors, path),
        Format::Finalfusion => finalfusion::write(vectors, path),
        Format::Numpy => numpy::write(vectors, path, options),
        Format::Projector => projector::write(vectors, path),
        Format::Safetensors => safetensors::write_as(vectors, None, options.dtype, path),
        Format::SparseText | Format::Gensim => unreachable!("refused above"),
        Format::Parquet => parquet::write(vectors, path),
    }
}

impl WriteOptions {
    /// Refuses what `format` cannot be.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self, format: Format) -> Result<()> {
        if !format.can_write() {
            let why = match format {
                Format::Parquet => "a build with the feature `parquet`",
                _ => "another format: this one is only read",
            };
            return Err(Error::parameter("format", format.name(), why));
        }
        if !format.dtypes().contains(&self.dtype) {
            let names: Vec<&str> = format.dtypes().iter().map(|dtype| dtype.name()).collect();
            let expected = format!("{} for {format}", names.join(", "));
            return Err(Error::parameter("dtype", self.dtype.name(), expected));
        }
        Ok(())
    }
}

impl ReadOptions {
    /// A file without a name, which is gone when it is closed, and its folder, where there is one.
    /// `path` is what it is for.
    fn temporary_file(&self, path: &Path) -> Result<Option<(File, PathBuf)>> {
        let Some(folder) = &self.temporary else {
            return Ok(None);
        };
        let file = tempfile::tempfile_in(folder).map_err(|error| {
            std::io::Error::other(format!("{error} (it is for the table of {})", path.display()))
        });
        Ok(Some((file.io("create a temporary file in", folder)?, folder.clone())))
    }

    fn check(&self) -> Result<()> {
        if self.limit == Some(0) {
            return Err(Error::parameter("limit", 0, "at least 1"));
        }
        match self.project {
            Some(n) if !(1..=1 << 20).contains(&n) => {
                Err(Error::parameter("project", n, "1 to 1,048,576"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what does not concern `format`, which the file `path` has.
    fn check_for(&self, format: Format, path: &Path) -> Result<()> {
        let lists = matches!(format, Format::Numpy | Format::Projector | Format::Safetensors);
        // These are UTF-8 by definition.
        let own_encoding = matches!(
            format,
            Format::Native
                | Format::Safetensors
                | Format::Parquet
                | Format::Finalfusion
                | Format::Gensim
        );
        for (name, given, fits, expected) in [
            ("tensor", self.tensor.is_some(), format == Format::Safetensors, "safetensors"),
            (
                "words",
                self.words.is_some(),
                lists,
                "a NumPy array, projector tensors or safetensors",
            ),
            (
                "word_encoding",
                self.word_encoding.is_some(),
                !own_encoding,
                "a format that leaves the encoding open",
            ),
            ("project", self.project.is_some(), format == Format::SparseText, "sparse text"),
        ] {
            if given && !fits {
                let expected = format!("{expected}; {} is {format}", path.display());
                return Err(Error::parameter(name, "given", expected));
            }
        }
        Ok(())
    }

    /// Whether so many bytes may be in memory.
    fn fits(&self, bytes: u64) -> bool {
        self.max_memory.is_none_or(|most| bytes <= most)
    }

    /// How many of `rows` to read.
    fn take(&self, rows: usize) -> usize {
        self.limit.unwrap_or(rows).min(rows)
    }
}

/// Where a reader or writer is, for its messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a Path,
    format: &'static str,
}

impl Place<'_> {
    fn error(&self, place: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::format(self.path, self.format, place, problem)
    }
}

/// Splits the header `V D` off a file: both numbers and the bytes that it takes with its line end.
/// `None` where the first line is not two whole numbers; an error where one of them is 2^64 or more,
/// which is no first row of GloVe all the same.
fn split_header(bytes: &[u8]) -> Result<Option<(u64, u64, usize)>, String> {
    // What a header can be made of: a binary file may have no line end in its first GB.
    let header = |byte: &u8| matches!(byte, b'0'..=b'9' | b' ' | b'\t' | b'\r');
    let length = bytes.iter().take_while(|byte| header(byte)).count();
    let (line, rest) = bytes.split_at(length);
    if !matches!(rest.first(), None | Some(b'\n')) {
        return Ok(None);
    }
    let fields = line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    let fields: Vec<&[u8]> = fields.filter(|field| !field.is_empty()).take(3).collect();
    let [rows, dim] = fields[..] else {
        return Ok(None);
    };
    let number = |field: &[u8]| {
        let digits = String::from_utf8_lossy(field);
        digits.parse::<u64>().map_err(|_| {
            let shown: String = digits.chars().take(40).collect();
            format!("the header \"V D\" says {shown}, expected a number below 2^64")
        })
    };
    Ok(Some((number(rows)?, number(dim)?, bytes.len().min(length + 1))))
}

/// `bytes` is 4·D long, `floats` is D long.
fn read_floats(bytes: &[u8], floats: &mut [f32]) {
    let (pieces, _) = bytes.as_chunks::<4>();
    for (x, piece) in floats.iter_mut().zip(pieces) {
        *x = f32::from_le_bytes(*piece);
    }
}

/// The floats of a row as little-endian bytes: a view where this machine has them so in memory.
fn little_endian<'a>(row: &'a [f32], buffer: &'a mut Vec<u8>) -> &'a [u8] {
    if cfg!(target_endian = "little") {
        return bytemuck::cast_slice(row);
    }
    buffer.clear();
    buffer.extend(row.iter().flat_map(|x| x.to_le_bytes()));
    buffer
}

/// Nothing non-finite is ever written.
fn reject_non_finite(row: &[f32], word: &str, path: &Path, format: &'static str) -> Result<()> {
    match row.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(column) => Err(Place { path, format }.error(
            format!("vector of {}", quoted(word)),
            format!("number {} is {}; nothing was written", column + 1, row[column]),
        )),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
