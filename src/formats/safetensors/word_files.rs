//! The words of a table in whatever file a tokenizer came with, told by content.
//!
//! | file | content |
//! |---|---|
//! | `tokenizer.json` | see [`tokenizer`] |
//! | `vocab.json` (GPT-2, RoBERTa) | JSON: `{"token": id, …}`; of bytes where a token has `Ġ` in it |
//! | `tokenizer.model`, `spiece.model` (SentencePiece) | protobuf: field 1 of each message is a piece, whose field 1 is its text |
//! | `vocab.txt` (BERT) | a token a line |
//!
//! Source: SentencePiece's `sentencepiece_model.proto`; protobuf's encoding.

use super::tokenizer::{self, Words};
use crate::formats::word_list;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// The names of such files beside a table, the best first.
pub(super) const NAMES: [&str; 5] =
    ["tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model"];

/// The tokens of a file for `rows` rows; `None` where it is none of a tokenizer but `vocab.txt`, and so
/// perhaps a list of words.
pub(in crate::formats) fn parse(bytes: &[u8], rows: usize) -> Option<Result<Words, String>> {
    let is_json = bytes.trim_ascii_start().starts_with(b"{");
    if is_json && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        return Some(match serde_json::from_slice::<BTreeMap<String, u32>>(bytes) {
            Ok(numbered) => {
                let byte_level = numbered.keys().any(|token| token.contains('Ġ'));
                let pieces = numbered.into_iter().map(|(text, id)| (id as usize, text));
                Ok(tokenizer::spell(pieces, [], byte_level, rows, "numbered".into()))
            }
            Err(_) => tokenizer::parse(bytes, rows),
        });
    }
    let pieces = pieces(bytes)?;
    let pieces = pieces.into_iter().enumerate();
    Some(Ok(tokenizer::spell(pieces, [], false, rows, "SentencePiece".into())))
}

/// The tokens of a file of one of [`NAMES`], or of any other that somebody named.
pub(super) fn parse_any(bytes: &[u8], rows: usize) -> Result<Words, String> {
    if let Some(words) = parse(bytes, rows) {
        return words;
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
        format!("line {line} is not UTF-8")
    })?;
    let words = word_list::named(text.strip_prefix('\u{feff}').unwrap_or(text));
    let pieces = words.into_iter().map(|(word, _)| String::from_utf8_lossy(word).into_owned());
    Ok(tokenizer::spell(pieces.enumerate(), [], false, rows, "a token a line".into()))
}

/// The pieces of a SentencePiece model; `None` where the bytes are no such message to their end.
fn pieces(bytes: &[u8]) -> Option<Vec<String>> {
    let mut pieces = Vec::new();
    for message in fields(bytes, 1)? {
        let text = *fields(message, 1)?.first()?;
        pieces.push(std::str::from_utf8(text).ok()?.to_owned());
    }
    (!pieces.is_empty()).then_some(pieces)
}

/// The bytes of the fields `wanted` of a protobuf message, where those have a length; `None` where the bytes
/// are no message to their end.
fn fields(mut bytes: &[u8], wanted: u64) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let length = match tag & 7 {
            0 => {
                varint(&mut bytes)?;
                0
            }
            1 => 8,
            2 => varint(&mut bytes)?,
            5 => 4,
            _ => return None,
        };
        let (field, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
        bytes = rest;
        if tag == wanted << 3 | 2 {
            fields.push(field);
        }
    }
    Some(fields)
}

/// A number of 7 bits a byte, the lowest first.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SentencePiece model of these pieces, with scores, a type and a specification behind them.
    fn model(pieces: &[&str]) -> Vec<u8> {
        let mut file = Vec::new();
        for piece in pieces {
            let mut message = vec![0x0a, piece.len() as u8];
            message.extend(piece.bytes());
            message.extend([0x15, 0, 0, 0x80, 0xbf, 0x18, 2]);
            file.extend([0x0a, message.len() as u8]);
            file.extend(message);
        }
        file.extend([0x12, 3, 0x20, 0xc0, 0x3e]);
        file
    }

    #[test]
    fn files_of_every_tokenizer_are_told_by_content() {
        let words = |bytes: &[u8], rows| parse_any(bytes, rows).unwrap();
        let found = words(&model(&["<unk>", "▁king", "<0x0A>", "s"]), 5);
        assert_eq!(found.words, ["<unk>", "▁king", "<0x0A>", "s", "<row 4>"]);
        assert!(found.spaced && found.kind == "SentencePiece");
        let found = words("{\"Ġking\": 1, \"model\": 0, \"äº\": 2}".as_bytes(), 2);
        assert_eq!((found.words, found.rowless), (vec!["model".into(), "▁king".into()], 1));
        let found = words(b"[PAD]\nking\n##s\n{\n", 4);
        assert_eq!(found.words, ["[PAD]", "king", "##s", "{"]);
        let found = words(br#"{"model": {"type": "WordLevel", "vocab": {"a": 0}}}"#, 1);
        assert_eq!((found.words, found.kind), (vec!["a".to_owned()], "WordLevel".to_owned()));
        assert!(parse(b"king\nqueen\n", 2).is_none() && parse(b"\nking\n", 2).is_none());
        assert!(parse(b"", 2).is_none() && parse(b"\n", 2).is_none());
        assert_eq!(parse_any(b"a\n\xff\n", 2).err().unwrap(), "line 2 is not UTF-8");
    }

    #[test]
    fn a_damaged_model_is_none() {
        let whole = model(&["a", "bc"]);
        for end in 0..whole.len() {
            let _ = parse(&whole[..end], 2);
        }
        for at in 0..whole.len() {
            for change in [1, 0x80, 0xff] {
                let mut file = whole.clone();
                file[at] ^= change;
                let _ = parse(&file, 2);
            }
        }
        assert!(
            fields(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 1).is_none()
        );
        assert!(fields(&[0x0b], 1).is_none());
    }
}
