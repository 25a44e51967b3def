//! safetensors: the embedding table of a language model, or of anything else that was saved so.
//!
//! In: a file `model.safetensors`, several with `model.safetensors.index.json`, or the folder that
//! holds them; `tokenizer.json` beside them, or another file of a tokenizer (see `word_files.rs`), gives
//! the words. Out: [`WordVectors`] whose table stays in
//! the mapped file as it is, f64, f32, f16, bf16 or int8: opening reads the header and the tokenizer, and a search
//! reads the table once. And the other way round: [`write()`], with the words in the file itself, and
//! [`write_static`], as sentence-transformers and other programs read it.
//!
//! The table is found by its name (see `names.rs`) or named by [`ReadOptions::tensor`]; in a single file
//! the only table of floats is taken, whatever its name. Of several files only those are opened, and
//! need to be there, that hold a table. The output
//! table, which words are predicted with, is `lm_head.weight` or the like; where there is none it is
//! the table itself, if `config.json` says `tie_word_embeddings` or says nothing and the table has the
//! name of a language model's. Tokens may share rows of the table, see `shared.rs`.
//!
//! What [`write()`] makes is a safetensors file as any other, with tensor `embedding.weight` and, where
//! the output matrix is known, `output_embedding.weight`, both V×D, f32 or another [`Dtype`]
//! ([`write_as`]). Its metadata:
//!
//! | key | value |
//! |---|---|
//! | `w2v.words` | V words, a JSON list of strings |
//! | `w2v.counts` | their counts, a JSON list of numbers |
//! | `w2v.tokenizer` | how the corpus was cut, JSON |
//! | `w2v.training` | how they were trained, JSON; absent where unknown |
//!
//! A table of 151,646 × 3,584 in bf16 (1.09 GB): the whole of `w2v neighbors WORD` takes 0.27 s with the
//! file in the page cache and 1.9 s without, 1.10 GB resident, nearly all of it the mapped file (release
//! build, two cores of an x86-64 server).
//!
//! Difference from the format's own library: numbers that are not finite are refused when a table is
//! opened, as in all formats. [`info`] does not look at them.

mod files;
mod header;
mod names;
mod shared;
mod tokenizer;
mod word_files;
mod write;

pub(super) use files::{files_beside, in_folder};
pub(super) use word_files::parse as parse_tokens;
pub use write::{is_static_file, static_files, write, write_as, write_static};

use super::npy::Element;
use super::table::first_non_finite;
use super::{Contents, ReadOptions, Report};
use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::mmap::Bytes;
use crate::shown::quoted;
use crate::threads::Threads;
use crate::vectors::{Doubles, Dtype, Packed, RowStore, WordVectors};
use crate::vocab::Vocab;
use files::Files;
use header::Tensor;
use serde_json::Value;
use shared::{SharedRows, Sharing};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const NAME: &str = "safetensors";
/// The tensors that we write.
const TENSOR: &str = "embedding.weight";
const OUTPUT_TENSOR: &str = "output_embedding.weight";

/// What a safetensors model says about its table, see [`info`].
#[derive(Clone, Debug, PartialEq)]
pub struct TableInfo {
    /// The file that the table lies in.
    pub file: PathBuf,
    /// Files of the model.
    pub files: usize,
    /// The tensor that is the table.
    pub tensor: String,
    /// How its numbers are kept: "f64", "f32", "f16", "bf16", "int8".
    pub numbers: &'static str,
    /// V: words, each with a row of its own or one that it shares.
    pub rows: usize,
    /// D.
    pub dim: usize,
    /// Bytes of the table.
    pub bytes: u64,
    /// The table that words are predicted with.
    pub output: OutputTable,
    /// Where the words come from: "tokenizer.json (BPE)".
    pub words: String,
    /// Rows that have no word, tokens that have no row.
    pub report: Report,
    /// How the vectors were trained, as [`write()`] wrote it.
    pub training: Option<Value>,
}

/// The table that words are predicted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputTable {
    /// Not there.
    None,
    /// The table of words itself.
    Tied,
    /// A tensor of its own.
    Tensor(String),
}

/// A table that was found.
struct Found {
    tensor: Tensor,
    element: Element,
    rows: usize,
    dim: usize,
    bytes: Bytes,
    file: PathBuf,
}

/// Opens a file or an index whose bytes are there.
pub(super) fn open_contents(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let (vectors, info) = describe(Files::new(contents, path)?, options, true)?;
    Ok((vectors, info.report))
}

/// What a file, an index or a folder holds as the table that [`super::open`] opens.
///
/// # Errors
/// As [`super::open`].
pub fn info(path: impl AsRef<Path>, tensor: Option<&str>) -> Result<TableInfo> {
    let path = path.as_ref();
    let path = match path.is_dir() {
        true => in_folder(path)?,
        false => path.to_owned(),
    };
    let options = ReadOptions { tensor: tensor.map(str::to_owned), ..ReadOptions::default() };
    let files = Files::new(Contents::open(&path, &ReadOptions::default())?, &path)?;
    Ok(describe(files, &options, false)?.1)
}

/// The vectors, all of whose numbers are looked at where `checked`, and what is said of them.
fn describe(
    mut files: Files,
    options: &ReadOptions,
    checked: bool,
) -> Result<(WordVectors, TableInfo)> {
    let found = find_table(&mut files, options.tensor.as_deref())?;
    let own = files.single().map(|shard| &shard.header.metadata);
    let own = own.cloned().unwrap_or_default();
    let sharing = Sharing::read(&mut files, &found)?;
    let rows = sharing.as_ref().map_or(found.rows, Sharing::tokens);
    let words = read_words(&files, &own, rows, options)?;
    let kept = options.take(rows);
    let counts = words.counts.iter().copied().chain(std::iter::repeat(0));
    let vocab = Vocab::new(words.words.iter().map(String::as_str).zip(counts).take(kept));
    let (output, table) = find_output(&mut files, &found)?;
    for table in [Some(&found), table.as_ref()].into_iter().flatten().filter(|_| checked) {
        table.check_finite(if sharing.is_some() { table.rows } else { kept }, &options.threads)?;
    }
    let info = TableInfo {
        file: found.file.clone(),
        files: files.count(),
        tensor: found.tensor.name.clone(),
        numbers: found.element.name(),
        rows,
        dim: found.dim,
        bytes: found.bytes.len() as u64,
        output,
        words: words.from,
        report: words.report,
        training: own.get("w2v.training").and_then(|json| serde_json::from_str(json).ok()),
    };
    let mut vectors = match sharing {
        None => found.into_vectors(vocab.clone(), kept, words.tokenizer)?,
        Some(sharing) => {
            let rows = SharedRows {
                table: rows_of(found.rows, found.dim, found.element, found.bytes),
                sharing,
                kept,
            };
            WordVectors::from_store(vocab.clone(), Box::new(rows), words.tokenizer)?
        }
    };
    vectors = vectors.with_threads(options.threads.clone());
    if words.spaced {
        vectors = vectors.with_space(tokenizer::SPACE);
    }
    let vectors = match (&info.output, table) {
        (OutputTable::Tied, _) => vectors.with_tied_output(),
        (_, Some(table)) => {
            let output = table.into_vectors(vocab, kept, words.tokenizer)?;
            vectors.with_output(&output)?
        }
        _ => vectors,
    };
    Ok((vectors, info))
}

/// What helps where a table is not to be found by its name.
const CHOOSE: &str = "choose one with `tensor=NAME`";

impl Found {
    /// Refuses numbers that are not finite in the first `rows` rows.
    fn check_finite(&self, rows: usize, threads: &Threads) -> Result<()> {
        let bytes = &self.bytes[..rows * self.dim * self.element.bytes()];
        let Some((at, x)) = first_non_finite(bytes, self.element, threads) else {
            return Ok(());
        };
        let (row, column) = (at / self.dim + 1, at % self.dim + 1);
        let problem = format!("number {column} of row {row} is {x}, expected a finite number");
        let place = format!("tensor {:?}", self.tensor.name);
        Err(Error::format(&self.file, NAME, place, problem))
    }

    /// The first `kept` rows, where they lie.
    fn into_vectors(self, vocab: Vocab, kept: usize, tokenizer: Tokenizer) -> Result<WordVectors> {
        let bytes = self.bytes.slice(0..kept * self.dim * self.element.bytes());
        let aligned = (bytes.as_ptr() as usize).is_multiple_of(4);
        let is_f32 = self.element == Element::Dtype(Dtype::F32);
        if is_f32 && aligned && cfg!(target_endian = "little") {
            return Ok(WordVectors::from_bytes(vocab, self.dim, bytes, tokenizer));
        }
        let rows = rows_of(kept, self.dim, self.element, bytes);
        WordVectors::from_store(vocab, rows, tokenizer)
    }
}

/// Rows that are made of `bytes` when they are asked for.
fn rows_of(rows: usize, dim: usize, element: Element, bytes: Bytes) -> Box<dyn RowStore> {
    match element {
        Element::Dtype(dtype) => Box::new(Packed::new(rows, dim, dtype, bytes)),
        Element::F64 => Box::new(Doubles::new(rows, dim, bytes)),
    }
}

/// The tensor `name` as a table.
fn table(files: &mut Files, name: &str) -> Result<Option<Found>> {
    let Some((tensor, bytes, file)) = files.tensor(name)? else {
        return Ok(None);
    };
    let error = |problem: String| {
        let place = format!("tensor {}", quoted(name));
        Err(Error::format(&file, NAME, place, problem))
    };
    let Some(element) = tensor.element() else {
        let problem =
            format!("numbers of type {}, expected F64, F32, F16, BF16 or I8", tensor.dtype);
        return error(problem);
    };
    let Some((rows, dim)) = tensor.table() else {
        let problem = format!("of shape {:?}, expected words × dimensions", tensor.shape);
        return error(problem);
    };
    if u32::try_from(rows).is_err() {
        return error(format!("{rows} rows, expected below 2^32"));
    }
    Ok(Some(Found { tensor, element, rows, dim, bytes, file }))
}

/// The tensors that may be the table: those of a usual name, else the only table that a file has.
fn known<'a>(names: &[&'a str], files: &'a Files) -> Vec<&'a str> {
    let only = files.only_table().filter(|only| names::output(&[only]).is_none());
    match names::input(names) {
        none if none.is_empty() => only.into_iter().collect(),
        some => some,
    }
}

fn find_table(files: &mut Files, wanted: Option<&str>) -> Result<Found> {
    let names = files.names();
    let list = |names: &[&str]| -> String {
        let shown: Vec<&str> = names.iter().copied().take(8).collect();
        let more = if names.len() > 8 { ", …" } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    let embeddings = |names: &[&str]| -> String {
        let has = |name: &&&str| name.to_ascii_lowercase().contains("emb");
        let some: Vec<&str> = names.iter().filter(has).copied().collect();
        list(if some.is_empty() { names } else { &some })
    };
    let place = |what: &str, path: &Path, problem: String| Error::format(path, NAME, what, problem);
    let chosen = match wanted {
        Some(name) => name.to_owned(),
        None => match known(&names, files)[..] {
            [name] => name.to_owned(),
            [] => {
                let there = match names.is_empty() {
                    true => {
                        "there is none of two dimensions in F64, F32, F16, BF16 or I8".to_owned()
                    }
                    false => format!("there are {}", embeddings(&names)),
                };
                let problem = format!("no tensor with a usual name of a table of words; {there}");
                let error = place("header", &files.path, problem).advise(CHOOSE);
                return Err(match files.index_beside() {
                    Some(index) => error
                        .advise(format!("if this is one file of several, try {}", index.display())),
                    None => error,
                });
            }
            ref several => {
                let problem =
                    format!("several tensors may be the table of words: {}", list(several));
                return Err(place("header", &files.path, problem).advise(CHOOSE));
            }
        },
    };
    let shown = embeddings(&names);
    match table(files, &chosen)? {
        Some(found) => Ok(found),
        None => {
            let problem = format!("is not there; there are {shown}");
            Err(place(&format!("tensor {}", quoted(&chosen)), &files.path, problem))
        }
    }
}

/// The table that words are predicted with, and its numbers where it is not the input table.
fn find_output(files: &mut Files, input: &Found) -> Result<(OutputTable, Option<Found>)> {
    let name = names::output(&files.names()).map(str::to_owned);
    if name.as_deref().is_some_and(|name| !files.is_there(name)) {
        // It is in a file that was not fetched, which a search does without.
        return Ok((OutputTable::None, None));
    }
    if let Some(name) = name
        && name != input.tensor.name
        && let Some(found) = table(files, &name)?
        && (found.rows, found.dim) == (input.rows, input.dim)
    {
        return Ok((OutputTable::Tensor(name), Some(found)));
    }
    let config = files.beside("config.json")?;
    let config: Value = config.map_or(Value::Null, |(_, json)| {
        // A config that is no JSON says nothing; `w2v info config.json` says what is wrong with it.
        serde_json::from_slice(&json).unwrap_or_default()
    });
    let text = config.get("text_config");
    let said = [Some(&config), text].into_iter().flatten();
    let mut said = said.filter_map(|config| config.get("tie_word_embeddings")?.as_bool());
    match said.next().unwrap_or_else(|| names::predicts(&input.tensor.name)) {
        true => Ok((OutputTable::Tied, None)),
        false => Ok((OutputTable::None, None)),
    }
}

/// The words of a table, and what is known of them.
struct Words {
    words: Vec<String>,
    counts: Vec<u64>,
    tokenizer: Tokenizer,
    from: String,
    spaced: bool,
    report: Report,
}

fn read_words(
    files: &Files,
    own: &BTreeMap<String, String>,
    rows: usize,
    options: &ReadOptions,
) -> Result<Words> {
    if let Some(path) = &options.words {
        let bytes = Contents::open(path, &ReadOptions::default())?;
        return tokens(path, &bytes, rows);
    }
    if let Some(words) = own.get("w2v.words") {
        return own_words(own, words, rows).map_err(|problem| {
            Error::format(&files.path, NAME, "metadata \"w2v.words\"", problem)
        });
    }
    for name in word_files::NAMES {
        if let Some((path, bytes)) = files.beside(name)? {
            return tokens(&path, &bytes, rows);
        }
    }
    let [first, others @ ..] = word_files::NAMES;
    let problem = format!("holds no words; expected {first} beside it, or {}", others.join(", "));
    let error = Error::format(&files.path, NAME, "header", problem);
    Err(error.advise("name a list of them, one a line, with `words=FILE`"))
}

/// The words in the file of a tokenizer.
fn tokens(path: &Path, bytes: &[u8], rows: usize) -> Result<Words> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let words = match &*name {
        "tokenizer.json" => tokenizer::parse(bytes, rows)
            .map_err(|problem| Error::format(path, "tokenizer.json", "model", problem))?,
        _ => word_files::parse_any(bytes, rows)
            .map_err(|problem| Error::format(path, "file of words", "content", problem))?,
    };
    Ok(Words {
        words: words.words,
        counts: Vec::new(),
        tokenizer: Tokenizer::default(),
        from: format!("{name} ({})", words.kind),
        spaced: words.spaced,
        report: Report {
            unnamed_rows: words.unnamed,
            rowless_tokens: words.rowless,
            ..Report::default()
        },
    })
}

fn own_words(own: &BTreeMap<String, String>, words: &str, rows: usize) -> Result<Words, String> {
    let words: Vec<String> = serde_json::from_str(words).map_err(|error| error.to_string())?;
    let said = |key: &str| own.get(key).map_or("null", String::as_str);
    let counts: Option<Vec<u64>> =
        serde_json::from_str(said("w2v.counts")).map_err(|error| error.to_string())?;
    let tokenizer: Option<Tokenizer> =
        serde_json::from_str(said("w2v.tokenizer")).map_err(|error| error.to_string())?;
    let counts = counts.unwrap_or_default();
    if words.len() != rows || !(counts.is_empty() || counts.len() == rows) {
        return Err(format!("{} words and {} counts for {rows} rows", words.len(), counts.len()));
    }
    Ok(Words {
        words,
        counts,
        tokenizer: tokenizer.unwrap_or_default(),
        from: "metadata".to_owned(),
        spaced: false,
        report: Report::default(),
    })
}

#[cfg(test)]
mod tests;
