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
//! | [`safetensors`] | language models, sentence-transformers, model2vec | JSON | kept in files of our own |
//!
//! All writers write whole files or none ([`write_atomically`]), and none that holds a number that
//! is not finite. All readers count before they allocate: a length in a file is compared with the
//! size of the file first.

mod atomic;
mod config;
mod contents;
pub mod native;
mod one_hot;
pub mod safetensors;
mod sniff;
pub mod word2vec_binary;
pub mod word2vec_text;

pub use atomic::{Output, check_writable, remove_temporary_files, write_atomically};
pub use config::TableConfig;
pub use one_hot::{MatrixFormat, write_one_hot};
pub use sniff::sniff;

use crate::error::{Error, Result};
use crate::vectors::WordVectors;
use crate::vocab::Vocab;
use contents::Contents;
use std::path::Path;

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
    /// The table of a language model, with `tokenizer.json` beside it, or one of our own.
    Safetensors,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [
        Format::Native,
        Format::Word2vecText,
        Format::Word2vecBinary,
        Format::GloveText,
        Format::Safetensors,
    ];

    /// The name on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Format::Native => "w2v",
            Format::Word2vecText => "word2vec-text",
            Format::Word2vecBinary => "word2vec-binary",
            Format::GloveText => "glove",
            Format::Safetensors => "safetensors",
        }
    }

    /// The format that files with the ending of `path` usually have: what to write where nobody said.
    ///
    /// ```
    /// use w2v::formats::Format;
    /// assert_eq!(Format::from_extension("out/vectors.BIN".as_ref()), Some(Format::Word2vecBinary));
    /// assert_eq!(Format::from_extension("vectors".as_ref()), None);
    /// ```
    pub fn from_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "w2v" => Format::Native,
            "txt" | "vec" => Format::Word2vecText,
            "bin" => Format::Word2vecBinary,
            "glove" => Format::GloveText,
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
    /// Whether bytes that are not UTF-8 become U+FFFD. Otherwise they are an error.
    pub lossy_utf8: bool,
    /// The tensor that is the table, for files that hold many; found by its name where not given.
    pub tensor: Option<String>,
    /// Whether the output matrix of a model of our own is opened (and verified) too. Of a language
    /// model it always is, since that costs nothing.
    pub output: bool,
}

/// What was changed while a file was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows left out because their word had a row before.
    pub duplicates: u64,
    /// Words in which bytes became U+FFFD.
    pub replaced_utf8: u64,
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
/// Python pickle, a gzip file, a web page, …). [`Error::Io`].
pub fn open(path: &Path, options: &ReadOptions) -> Result<(WordVectors, Report)> {
    options.check()?;
    let path = &file_of(path)?;
    // Opened once: a pipe can be read only once.
    let contents = Contents::open(path)?;
    let format = sniff::sniff_bytes(&contents, path)?;
    if options.tensor.is_some() && format != Format::Safetensors {
        let expected = format!("safetensors; {} is {format}", path.display());
        return Err(Error::parameter("--tensor", "given", expected));
    }
    match format {
        Format::Native => {
            let vectors = native::open_first(contents, path, options)?;
            Ok((vectors, Report::default()))
        }
        Format::Safetensors => safetensors::open_contents(contents, path, options),
        Format::Word2vecBinary => word2vec_binary::parse(&contents, path, options),
        Format::Word2vecText | Format::GloveText => word2vec_text::parse(&contents, path, options),
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
/// Only [`Format::Native`] and [`Format::Safetensors`] keep counts and the tokenizer. The training record and the output matrix
/// of a model are written by [`native::write`].
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
pub fn write(vectors: &WordVectors, path: &Path, format: Format) -> Result<()> {
    match format {
        Format::Native => native::write_vectors(vectors, path),
        Format::Word2vecText => word2vec_text::write(vectors, path, true),
        Format::GloveText => word2vec_text::write(vectors, path, false),
        Format::Word2vecBinary => word2vec_binary::write(vectors, path),
        Format::Safetensors => safetensors::write(vectors, None, path),
    }
}

impl ReadOptions {
    fn check(&self) -> Result<()> {
        match self.limit {
            Some(0) => Err(Error::parameter("--limit", 0, "at least 1")),
            _ => Ok(()),
        }
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

/// What a format makes of the bytes of a file that was opened at a path.
type Parse = fn(&[u8], &Path, &ReadOptions) -> Result<(WordVectors, Report)>;

fn read_as(parse: Parse, path: &Path, options: &ReadOptions) -> Result<(WordVectors, Report)> {
    options.check()?;
    parse(&Contents::open(path)?, path, options)
}

/// Numbers the words of a file and drops the rows of those that had one before.
///
/// `floats` holds one row of `dim` per word. `place` says where row `i` stands.
fn index(
    words: &[&[u8]],
    dim: usize,
    mut floats: Vec<f32>,
    options: &ReadOptions,
    at: Place,
    place: impl Fn(usize) -> String,
) -> Result<(WordVectors, Report)> {
    let mut report = Report::default();
    let mut vocab = Vocab::default();
    for (row, bytes) in words.iter().enumerate() {
        let word = String::from_utf8_lossy(bytes);
        if let std::borrow::Cow::Owned(replaced) = &word {
            if !options.lossy_utf8 {
                let problem = format!(
                    "the word {replaced:?} is not UTF-8; read it all the same with \
                     --invalid-utf8 replace"
                );
                return Err(at.error(place(row), problem));
            }
            report.replaced_utf8 += 1;
        }
        if vocab.id(&word).is_some() {
            report.duplicates += 1;
            continue;
        }
        let kept = vocab.len();
        if kept < row {
            floats.copy_within(row * dim..(row + 1) * dim, kept * dim);
        }
        vocab.push(&word, 0);
    }
    floats.truncate(vocab.len() * dim);
    Ok((WordVectors::new(vocab, dim, floats)?, report))
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
    Ok(Some((
        number(rows)?,
        number(dim)?,
        bytes.len().min(length + 1),
    )))
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
            format!("vector of {word:?}"),
            format!(
                "number {} is {}; nothing was written",
                column + 1,
                row[column]
            ),
        )),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
