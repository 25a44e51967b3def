//! Writing: one file with the words in its metadata, or the words beside it as sentence-transformers
//! reads them.
//!
//! In: [`WordVectors`]. Out: safetensors files whose numbers begin at a multiple of 64 bytes,
//! so that they can be used where they are mapped.

use super::super::{Dtype, Place, atomic, reject_non_finite};
use super::{NAME, OUTPUT_TENSOR, TENSOR, header, tokenizer};
use crate::error::{Error, IoContext, Result};
use crate::shown::quoted;
use crate::train::Training;
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The word for all others in [`write_static`].
const UNKNOWN: &str = "[UNK]";

/// Writes `vectors` with their words, whole or not at all; with the output table where it is known,
/// and with the record of training where one is given.
///
/// # Errors
/// [`crate::Error::Format`] where a number is not finite or the words are more than a header holds
/// (100 MB); [`crate::Error::Io`].
pub fn write(
    vectors: &WordVectors,
    training: Option<&Training>,
    path: impl AsRef<Path>,
) -> Result<()> {
    let path = path.as_ref();
    write_as(vectors, training, Dtype::F32, path)
}

/// As [`write()`], in f32, f16 or bf16.
///
/// # Errors
/// As [`write()`], and where a number is too large for `dtype`.
pub fn write_as(
    vectors: &WordVectors,
    training: Option<&Training>,
    dtype: Dtype,
    path: impl AsRef<Path>,
) -> Result<()> {
    let path = path.as_ref();
    let json = |value: Value| value.to_string();
    let vocab = vectors.vocab();
    let words: Vec<&str> = vocab.words().collect();
    let mut metadata: BTreeMap<String, String> = [
        ("w2v.words".into(), json(words.into())),
        ("w2v.tokenizer".into(), json(serde_json::json!(vectors.tokenizer()))),
    ]
    .into();
    if vocab.total() > 0 {
        metadata.insert("w2v.counts".into(), json(vocab.counts().into()));
    }
    if let Some(training) = training {
        let text = training.to_json(None);
        let text = text.map_err(|problem| Error::format(path, NAME, "metadata", problem))?;
        metadata.insert("w2v.training".into(), text);
    }
    let output = vectors.output();
    let tables: Vec<(&str, &WordVectors)> = [(TENSOR, vectors)]
        .into_iter()
        .chain(output.as_ref().map(|output| (OUTPUT_TENSOR, output)))
        .collect();
    write_tables(&tables, vectors.len(), dtype, &metadata, path)
}

/// Writes rows of `dtype`; those after the last word are zeros.
fn write_tables(
    tables: &[(&str, &WordVectors)],
    rows: usize,
    dtype: Dtype,
    metadata: &BTreeMap<String, String>,
    path: &Path,
) -> Result<()> {
    let names: Vec<&str> = tables.iter().map(|(name, _)| *name).collect();
    let dim = tables[0].1.dim();
    let header = header::render(&names, rows, dim, dtype, metadata);
    if header.len() - 8 > header::LONGEST {
        let problem = format!(
            "the words take {} bytes in the header, expected {} at most",
            header.len() - 8,
            header::LONGEST
        );
        return Err(Place { path, format: NAME }
            .error("header", problem)
            .advise("write them beside it with `static_embedding`"));
    }
    atomic::write_atomically(path, |out| {
        out.write_all(&header).io("write", path)?;
        let mut buffer = Vec::new();
        for (_, table) in tables {
            for (id, word) in table.vocab().words().enumerate() {
                let row: Cow<[f32]> = table.vector(WordId(id as u32));
                reject_non_finite(&row, word, path, NAME)?;
                let bytes = dtype.encode(&row, word, Place { path, format: NAME }, &mut buffer)?;
                out.write_all(bytes).io("write", path)?;
            }
            let zeros = vec![0; dtype.width() * dim];
            for _ in table.len()..rows {
                out.write_all(&zeros).io("write", path)?;
            }
        }
        Ok(())
    })
}

/// The files that [`write_static`] writes beside `path`.
pub fn static_files(path: &Path) -> [PathBuf; 3] {
    ["tokenizer.json", "modules.json", "config_sentence_transformers.json"]
        .map(|name| path.with_file_name(name))
}

/// Whether a file beside a static embedding is one that [`write_static`] writes, and not the tokenizer or
/// the configuration of a language model.
pub fn is_static_file(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    let Ok(json) = std::fs::read(path).map(|text| serde_json::from_slice::<Value>(&text)) else {
        return false;
    };
    let (Ok(json), Some(name)) = (json, path.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    match name {
        "tokenizer.json" => json["model"]["type"] == "WordLevel",
        "modules.json" => json[0]["type"].as_str().is_some_and(|t| t.ends_with(".StaticEmbedding")),
        _ => json == serde_json::json!({ "similarity_fn_name": "cosine" }),
    }
}

/// Writes `vectors` as a static embedding of sentence-transformers: `path` with the tensor
/// `embedding.weight`, and beside it `tokenizer.json` (the words, cut at white space), `modules.json`
/// and `config_sentence_transformers.json`, without which model2vec would not take it. Words that are not in the table become `[UNK]`, a last row of zeros unless there
/// is one. Counts and the output table are left out. `path` itself is written last.
///
/// # Errors
/// As [`write()`], and where a word stands in the table twice.
pub fn write_static(vectors: &WordVectors, dtype: Dtype, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let mut words: Vec<&str> = vectors.vocab().words().collect();
    let twice = |&(id, word): &(usize, &&str)| vectors.vocab().id(word) != Some(WordId(id as u32));
    if let Some((id, word)) = words.iter().enumerate().find(twice) {
        let problem = format!("row {id} has the same word as an earlier one; expected it once");
        return Err(Place { path, format: NAME }.error(format!("word {}", quoted(word)), problem));
    }
    if vectors.vocab().id(UNKNOWN).is_none() {
        words.push(UNKNOWN);
    }
    let tokens = tokenizer::render(&words, UNKNOWN, vectors.tokenizer().lowercase);
    let modules = serde_json::json!([{
        "idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding",
    }]);
    let config = serde_json::json!({ "similarity_fn_name": "cosine" });
    for (path, json) in static_files(path).iter().zip([tokens, modules, config]) {
        atomic::write_atomically(path, |out| {
            out.write_all(json.to_string().as_bytes()).io("write", path)
        })?;
    }
    write_tables(&[(TENSOR, vectors)], words.len(), dtype, &BTreeMap::new(), path)
}
