//! A language model's table: of the model itself, or of its `config.json` alone.

use super::layout::Lines;
use super::numbers::{counted, grouped, size};
use crate::formats::TableConfig;
use crate::formats::safetensors::{OutputTable, TableInfo};
use serde_json::{Value, json};
use std::path::Path;

/// The table of a safetensors model, and its fraction of the model's `total` parameters.
pub fn table(info: &TableInfo, total: Option<u64>) -> String {
    let mut output = Lines::default();
    let parameters = info.rows as u64 * info.dim as u64;
    let tables = match &info.output {
        OutputTable::Tensor(_) => 2,
        OutputTable::Tied | OutputTable::None => 1,
    };
    let files = match info.files {
        1 => String::new(),
        n => format!(", one of {n} files"),
    };
    let predicted = match &info.output {
        OutputTable::Tensor(name) => name.as_str(),
        OutputTable::Tied => "the same (tied)",
        OutputTable::None => "none",
    };
    let (bytes, all) = (size(info.bytes), grouped(parameters));
    output.fields([
        ("file", Some(info.file.display().to_string())),
        ("format", Some(format!("safetensors{files}"))),
        ("tensor", Some(info.tensor.clone())),
        ("words", Some(grouped(info.rows as u64))),
        ("dimensions", Some(info.dim.to_string())),
        ("size", Some(format!("{bytes}; {}, {all} parameters", info.numbers))),
        ("output table", Some(predicted.to_owned())),
        ("words from", Some(info.words.clone())),
        ("training", info.training.as_ref().map(|_| "by w2v, recorded: see `json`".to_owned())),
        ("share", total.map(|total| share_line(tables * parameters, total))),
    ]);
    output.into_text()
}

/// The same as JSON, of the file `path` that was named.
pub fn table_json(info: &TableInfo, path: &Path, total: Option<u64>) -> Value {
    let parameters = info.rows as u64 * info.dim as u64;
    let (tables, tied) = match &info.output {
        OutputTable::Tensor(_) => (2, "none"),
        OutputTable::Tied => (1, "tied"),
        OutputTable::None => (1, "none"),
    };
    let name = match &info.output {
        OutputTable::Tensor(name) => name.as_str(),
        _ => tied,
    };
    json!({
        "file": path, "format": "safetensors", "table_file": info.file, "files": info.files,
        "tensor": info.tensor, "numbers": info.numbers, "words": info.rows, "dim": info.dim,
        "parameters": parameters, "table_bytes": info.bytes, "output": name,
        "words_from": info.words, "unnamed_rows": info.report.unnamed_rows,
        "rowless_tokens": info.report.rowless_tokens, "training": info.training,
        "share": total.map(|total| share(tables * parameters, total)),
    })
}

/// What the table takes of a model of which only the configuration is there.
pub fn config(table: &TableConfig, path: &Path, total: Option<u64>) -> String {
    let mut output = Lines::default();
    let (one, tables) = (table.parameters(), table.tables());
    let all = tables * one;
    let predicted = match table.said_tied {
        Some(true) => "the same table (tied)".to_owned(),
        None => "the same table (tied: transformers' default, the file does not say)".to_owned(),
        Some(false) => format!("another of the same size: {} parameters in all", grouped(all)),
    };
    let [words, dim, product] = [table.words, table.dim, one].map(grouped);
    let both = if tables == 2 { " for both tables" } else { "" };
    let bytes = |width: u128| {
        let bytes = u64::try_from(u128::from(all) * width).unwrap_or(u64::MAX);
        Some(format!("{} = {}{both}", counted(bytes, "byte"), size(bytes)))
    };
    output.fields([
        ("file", Some(path.display().to_string())),
        ("model", table.model.clone()),
        ("words", Some(words.clone())),
        ("dimensions", Some(dim.clone())),
        ("parameters", Some(format!("{product} = {words} × {dim}"))),
        ("output table", Some(predicted)),
        ("fp32", bytes(4)),
        ("fp16, bf16", bytes(2)),
        ("int8", bytes(1)),
        ("share", total.map(|total| share_line(all, total))),
    ]);
    output.into_text()
}

/// The same as JSON.
pub fn config_json(table: &TableConfig, path: &Path, total: Option<u64>) -> Value {
    let (one, tables) = (table.parameters(), table.tables());
    let all = tables * one;
    json!({
        "file": path, "format": "config", "model": table.model, "words": table.words,
        "dim": table.dim, "parameters": one, "tables": tables, "all_parameters": all,
        "tied": tables == 1, "tied_is_said": table.said_tied.is_some(),
        "bytes": { "fp32": 4 * u128::from(all), "fp16": 2 * u128::from(all), "int8": all },
        "share": total.map(|total| share(all, total)),
    })
}

fn share_line(parameters: u64, total: u64) -> String {
    format!("{:.2} % of {} parameters", 100.0 * share(parameters, total), grouped(total))
}

fn share(parameters: u64, total: u64) -> f64 {
    parameters as f64 / total as f64
}
