//! The words of a table: `tokenizer.json`, made readable.
//!
//! In: a `tokenizer.json` as Hugging Face's tokenizers write it, with a BPE, Unigram, WordPiece or
//! WordLevel model. Out: the spelling of each row. A piece is written as the text that it stands for,
//! with every space shown as `▁` (U+2581), so that ` king` is `▁king` whatever the tokenizer:
//!
//! | tokenizer | in the file | here |
//! |---|---|---|
//! | byte-level BPE (GPT-2, Llama 3, Qwen) | `Ġking`, `äººå·¥` | `▁king`, `人工` |
//! | bytes that are no text on their own | `äº` | `\xe4\xba` |
//! | SentencePiece (T5, Llama 2, Gemma) | `▁king`, `<0x0A>` | the same |
//! | WordPiece (BERT) | `##ing` | the same |
//! | control characters | | `\n`, `\t`, `\u{7f}` |
//!
//! Rows that no token has are `<row 151650>`: tables are often padded to a round number.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What stands for a space.
pub(super) const SPACE: char = '\u{2581}';

/// The words of a table of V rows.
pub(in crate::formats) struct Words {
    /// V of them.
    pub(in crate::formats) words: Vec<String>,
    /// Rows that no token has.
    pub(in crate::formats) unnamed: u64,
    /// Tokens that have no row.
    pub(in crate::formats) rowless: u64,
    /// The model of the tokenizer: "BPE".
    pub(in crate::formats) kind: String,
    /// Whether the beginning of a word is marked by [`SPACE`].
    pub(in crate::formats) spaced: bool,
}

#[derive(Deserialize)]
struct File {
    model: Model,
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(default)]
    decoder: Value,
    #[serde(default)]
    pre_tokenizer: Value,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: Tokens,
}

/// BPE, WordPiece and WordLevel number their tokens; Unigram lists them with their scores.
#[derive(Deserialize)]
#[serde(untagged)]
enum Tokens {
    Numbered(BTreeMap<String, u32>),
    Listed(Vec<(String, f64)>),
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

/// Reads the spelling of `rows` rows. The message is for people, without the file's name.
pub(super) fn parse(json: &[u8], rows: usize) -> Result<Words, String> {
    let file: File = serde_json::from_slice(json).map_err(|error| {
        format!("no tokenizer that is understood (BPE, Unigram, WordPiece, WordLevel): {error}")
    })?;
    let byte_level = mentions_bytes(&file.decoder) || mentions_bytes(&file.pre_tokenizer);
    let (numbered, kind): (Vec<(usize, String)>, _) = match file.model.vocab {
        Tokens::Numbered(numbered) => {
            (numbered.into_iter().map(|(text, id)| (id as usize, text)).collect(), "BPE")
        }
        Tokens::Listed(listed) => {
            (listed.into_iter().map(|(text, _)| text).enumerate().collect(), "Unigram")
        }
    };
    let added = file.added_tokens.into_iter().map(|Added { id, content }| (id as usize, content));
    let kind = file.model.kind.unwrap_or_else(|| kind.to_owned());
    Ok(spell(numbered, added, byte_level, rows, kind))
}

/// Spells the pieces of a tokenizer for `rows` rows: each with its number, and text that was `added` as it
/// stands.
pub(super) fn spell(
    pieces: impl IntoIterator<Item = (usize, String)>,
    added: impl IntoIterator<Item = (usize, String)>,
    byte_level: bool,
    rows: usize,
    kind: String,
) -> Words {
    let table = byte_level.then(bytes_of_chars);
    let mut words: Vec<Option<String>> = vec![None; rows];
    let (mut rowless, mut spaced) = (0, false);
    let mut put = |id: usize, text: String| match words.get_mut(id) {
        Some(word) => *word = Some(text),
        None => rowless += 1,
    };
    let mut piece = |text: &str| {
        let shown = match &table {
            Some(table) => from_bytes(text, table),
            None => readable(text),
        };
        spaced |= shown.starts_with(SPACE) && shown.chars().count() > 1;
        shown
    };
    for (id, text) in pieces {
        put(id, piece(&text));
    }
    // Added tokens are text as it stands, in byte-level tokenizers too.
    for (id, content) in added {
        put(id, readable(&content));
    }
    let mut unnamed = 0;
    let named = words.into_iter().enumerate().map(|(row, word)| {
        word.unwrap_or_else(|| {
            unnamed += 1;
            format!("<row {row}>")
        })
    });
    let words = named.collect();
    Words { words, unnamed, rowless, kind, spaced }
}

/// Whether a step of the tokenizer, or a step of a sequence of steps, is `ByteLevel`.
fn mentions_bytes(step: &Value) -> bool {
    let steps = |name| step.get(name).and_then(Value::as_array);
    let inner = ["decoders", "pretokenizers"].into_iter().filter_map(steps);
    step.get("type").and_then(Value::as_str) == Some("ByteLevel")
        || inner.flatten().any(mentions_bytes)
}

/// The bytes that characters stand for in a byte-level tokenizer (GPT-2's `bytes_to_unicode`):
/// printable bytes stand for themselves, the others for the characters from U+0100 on, in order.
fn bytes_of_chars() -> BTreeMap<char, u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let others = (0..=u8::MAX).filter(|byte| !printable(*byte));
    let moved = ('\u{100}'..).zip(others);
    let kept = (0..=u8::MAX).filter(|byte| printable(*byte));
    kept.map(|byte| (char::from(byte), byte)).chain(moved).collect()
}

/// The text of a byte-level token. One with a character that stands for no byte is taken as it is.
fn from_bytes(token: &str, table: &BTreeMap<char, u8>) -> String {
    let bytes: Option<Vec<u8>> = token.chars().map(|c| table.get(&c).copied()).collect();
    let Some(bytes) = bytes else {
        return readable(token);
    };
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        shown += &readable(chunk.valid());
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02x}").expect("a String takes every character");
        }
    }
    shown
}

/// Text with its spaces and control characters to be seen.
fn readable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' => shown.push(SPACE),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// A `tokenizer.json` that cuts at white space and numbers these words, with `unknown` for all others.
pub(super) fn render(words: &[&str], unknown: &str, lowercase: bool) -> Value {
    let numbered: serde_json::Map<String, Value> =
        words.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    let unknown_id = numbered.get(unknown).cloned();
    let normalizer = match lowercase {
        true => serde_json::json!({ "type": "Lowercase" }),
        false => Value::Null,
    };
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [{
            "id": unknown_id, "content": unknown, "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true,
        }],
        "normalizer": normalizer,
        "pre_tokenizer": { "type": "WhitespaceSplit" },
        "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": numbered, "unk_token": unknown },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str, rows: usize) -> Words {
        parse(json.as_bytes(), rows).unwrap_or_else(|problem| panic!("{problem}"))
    }

    #[test]
    fn every_byte_has_a_character_of_its_own() {
        let table = bytes_of_chars();
        assert_eq!(table.len(), 256);
        // From GPT-2's own table.
        for (c, byte) in
            [('Ġ', b' '), ('Ċ', b'\n'), ('ĉ', b'\t'), ('A', b'A'), ('ł', 0xa0), ('Ń', 0xad)]
        {
            assert_eq!(table[&c], byte, "{c}");
        }
    }

    #[test]
    fn byte_level_pieces_become_text() {
        let json = r#"{"model": {"type": "BPE", "vocab":
            {"king": 0, "Ġking": 1, "äººå·¥": 2, "äº": 3, "Ċ": 4, "ĠĠ": 5, "é": 6}, "merges": []},
            "added_tokens": [{"id": 8, "content": "<|end of text|>", "special": true}, {"id": 99, "content": "x"}],
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split"}, {"type": "ByteLevel"}]}}"#;
        let found = words(json, 10);
        let expected = [
            "king",
            "▁king",
            "人工",
            "\\xe4\\xba",
            "\\n",
            "▁▁",
            "\\xe9",
            "<row 7>",
            "<|end▁of▁text|>",
            "<row 9>",
        ];
        assert_eq!(found.words, expected);
        assert_eq!((found.unnamed, found.rowless), (2, 1));
        assert!(found.spaced);
        assert_eq!(found.kind, "BPE");
    }

    #[test]
    fn unigram_and_word_pieces_stay_as_they_are() {
        let json = r#"{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["▁the", -2.5], ["s", -3]]},
            "decoder": {"type": "Metaspace"}}"#;
        let found = words(json, 3);
        assert_eq!(found.words, ["<unk>", "▁the", "s"]);
        assert!(found.spaced);
        let json = r###"{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "king": 1, "##s": 2}}, "decoder": null}"###;
        let found = words(json, 3);
        assert_eq!(found.words, ["[UNK]", "king", "##s"]);
        assert!(!found.spaced);
    }

    #[test]
    fn what_is_no_tokenizer_is_refused_and_what_we_write_is_read() {
        for json in
            ["", "[]", "{}", r#"{"model": {"vocab": 3}}"#, r#"{"model": {"vocab": {"a": -1}}}"#]
        {
            let problem = parse(json.as_bytes(), 2).err().unwrap();
            assert!(problem.starts_with("no tokenizer that is understood"), "{problem}");
        }
        let written = render(&["国王", "a\"b", "[UNK]"], "[UNK]", true).to_string();
        let found = words(&written, 3);
        assert_eq!(found.words, ["国王", "a\"b", "[UNK]"]);
        assert_eq!((found.kind.as_str(), found.unnamed, found.rowless), ("WordLevel", 0, 0));
    }
}
