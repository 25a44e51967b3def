//! `config.json` of a language model: how large its table of words is, without the model itself.
//!
//! In: the file that Hugging Face's transformers write beside a model. Out: [`TableConfig`]: V, D, and
//! whether the table that words are predicted with is the same one. The numbers stand under a few
//! names, and inside `text_config` where the model also sees pictures.
//!
//! Difference from transformers: where `tie_word_embeddings` is not there, their default holds (tied),
//! and that it was not there is told.

use crate::error::{Error, IoContext, Result};
use serde_json::Value;
use std::path::Path;

const NAME: &str = "config.json";
/// V.
const WORDS: [&str; 2] = ["vocab_size", "padded_vocab_size"];
/// D; the first that is there. ALBERT and OPT have tables narrower than the model.
const DIM: [&str; 6] =
    ["embedding_size", "word_embed_proj_dim", "hidden_size", "n_embd", "d_model", "dim"];

/// The table of words as a config describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableConfig {
    /// `model_type`, where it is there.
    pub model: Option<String>,
    /// Words, V.
    pub words: u64,
    /// Dimensions, D.
    pub dim: u64,
    /// `tie_word_embeddings`, where it is there.
    pub said_tied: Option<bool>,
}

impl TableConfig {
    /// Reads a `config.json`.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("config.json");
    /// std::fs::write(&path, r#"{"vocab_size": 151646, "hidden_size": 3584, "tie_word_embeddings": false}"#)?;
    /// let table = w2v::formats::TableConfig::read(&path)?;
    /// assert_eq!(table.parameters(), 543_499_264);
    /// assert_eq!(table.tables(), 2);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Format`] where it is no JSON or does not say V and D; [`Error::Io`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(&std::fs::read(path).io("read", path)?, path)
    }

    fn parse(json: &[u8], path: &Path) -> Result<Self> {
        let error = |place: &str, problem: String| Error::format(path, NAME, place, problem);
        let config: Value =
            serde_json::from_slice(json).map_err(|e| error("file", format!("no JSON: {e}")))?;
        let parts = [Some(&config), config.get("text_config")];
        let find = |names: &[&str]| {
            let in_part = |part: &Value| {
                names.iter().find_map(|name| Some((name.to_string(), part.get(name)?.clone())))
            };
            parts.into_iter().flatten().find_map(in_part)
        };
        let number = |names: &[&str]| {
            let Some((name, value)) = find(names) else {
                let problem = format!("is not there; expected one of {}", names.join(", "));
                return Err(error(names[0], problem));
            };
            let number = value.as_u64().filter(|n| (1..=u64::from(u32::MAX)).contains(n));
            let expected = "expected a whole number from 1 to 4294967295";
            number.ok_or_else(|| error(&name, format!("is {value}, {expected}")))
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(TableConfig {
            model: config.get("model_type").and_then(text),
            words: number(&WORDS)?,
            dim: number(&DIM)?,
            said_tied: find(&["tie_word_embeddings"]).and_then(|(_, said)| said.as_bool()),
        })
    }

    /// Parameters of one table, V·D.
    pub fn parameters(&self) -> u64 {
        // Both are below 2³².
        self.words * self.dim
    }

    /// 1 where words are predicted with the table itself, 2 where there is another for that.
    pub fn tables(&self) -> u64 {
        if self.said_tied == Some(false) { 2 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<TableConfig, String> {
        TableConfig::parse(json.as_bytes(), Path::new("c.json")).map_err(|e| e.to_string())
    }

    #[test]
    fn numbers_stand_under_several_names() {
        let gpt2 = parse(r#"{"model_type": "gpt2", "vocab_size": 50257, "n_embd": 768}"#).unwrap();
        assert_eq!((gpt2.parameters(), gpt2.tables()), (38_597_376, 1));
        assert_eq!(gpt2.model.as_deref(), Some("gpt2"));
        let nested = r#"{"text_config": {"vocab_size": 10, "hidden_size": 3, "tie_word_embeddings": false}}"#;
        let nested = parse(nested).unwrap();
        assert_eq!((nested.parameters(), nested.tables()), (30, 2));
        let albert = parse(r#"{"vocab_size": 30000, "embedding_size": 128, "hidden_size": 768}"#);
        assert_eq!(albert.unwrap().dim, 128);
    }

    #[test]
    fn what_is_missing_or_no_number_is_named() {
        let cases = [
            ("{", "c.json: config.json: file: no JSON: "),
            (
                r#"{"hidden_size": 3}"#,
                "c.json: config.json: vocab_size: is not there; expected one of",
            ),
            (r#"{"vocab_size": 3}"#, "c.json: config.json: embedding_size: is not there"),
            (
                r#"{"vocab_size": -1, "hidden_size": 3}"#,
                "c.json: config.json: vocab_size: is -1, expected a whole number from 1",
            ),
            (
                r#"{"vocab_size": 1, "n_embd": 4294967296}"#,
                "c.json: config.json: n_embd: is 4294967296, expected",
            ),
        ];
        for (json, expected) in cases {
            let message = parse(json).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
