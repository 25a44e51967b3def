//! What a file is, by its bytes.
//!
//! In: the beginning of a file. Out: its [`Format`], or an error that names what it is instead and
//! how to get at the vectors. Half of the public questions about loading vectors are a pickle, an
//! archive or a web page given to the wrong reader, answered by "invalid start byte 0x80".

use super::numbers::{foreign_numbers, is_wordless};
use super::word2vec_text::row_fits;
use super::{Contents, Format, Place, fasttext, finalfusion, gensim, native, npy, parquet};
use super::{projector, sparse_text, split_header, word2vec_binary};
use crate::corpus;
use crate::error::Result;
use memchr::memmem;
use std::path::Path;

/// Tells the format of a vector file from its content.
///
/// Text is what has a first row of numbers; a file with a header and anything else behind it is
/// binary where a control character shows up or records fill it to the byte, otherwise text with a
/// fault in its first row.
///
/// # Errors
/// [`crate::Error::Format`] where it is none, naming what it is; [`crate::Error::Io`].
pub fn sniff(path: impl AsRef<Path>) -> Result<Format> {
    let path = path.as_ref();
    let path = &super::file_of(path)?;
    sniff_bytes(&Contents::head(path)?, path)
}

/// [`sniff`] for a file whose bytes are there.
pub(super) fn sniff_bytes(bytes: &[u8], path: &Path) -> Result<Format> {
    let format = "vector file";
    // Numbers between tabs may be rows whose first number is a word; the labels beside them decide.
    if projector::row_fits(first_line(bytes, usize::MAX)) && projector::metadata(path).is_file() {
        return Ok(Format::Projector);
    }
    tell(bytes).map_err(|problem| Place { path, format }.error("byte 0", problem))
}

fn tell(bytes: &[u8]) -> Result<Format, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    if bytes.starts_with(&native::MAGIC) {
        return Ok(Format::Native);
    }
    if is_safetensors(bytes) {
        return Ok(Format::Safetensors);
    }
    let magics: [(&[u8], Format); 4] = [
        (&fasttext::MAGIC, Format::FastText),
        (finalfusion::MAGIC, Format::Finalfusion),
        (npy::MAGIC, Format::Numpy),
        (parquet::MAGIC, Format::Parquet),
    ];
    // A text may begin with the letters of some, with those of its first word.
    let line = first_line(bytes, usize::MAX);
    let known = magics.iter().find(|(magic, _)| bytes.starts_with(magic));
    if let Some((_, format)) = known.filter(|_| !row_fits(line, None)) {
        return Ok(*format);
    }
    if fasttext::is_unversioned(bytes) {
        return Ok(Format::FastText);
    }
    if gensim::begins(bytes) && !row_fits(line, None) {
        return Ok(Format::Gensim);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some((rows, dim, end)) = split_header(text)? {
        return Ok(kind(bytes, &text[end..], rows, dim));
    }
    let line = first_line(text, usize::MAX);
    // The first line of a tar archive goes on to the end of the first line of its first file.
    if memchr::memchr(0, line).is_none() {
        if is_wordless(text) {
            return Ok(Format::Projector);
        }
        if row_fits(line, None) {
            return Ok(Format::GloveText);
        }
    }
    Err(match stranger(bytes).or_else(|| foreign_numbers(text)) {
        Some(what) => format!("this is {what}"),
        None => {
            let shown = &line[..line.len().min(40)];
            format!(
                "begins with \"{}\": neither a header \"V D\" nor a word with its numbers",
                shown.escape_ascii()
            )
        }
    })
}

/// A header of less than 2^40 bytes that begins as JSON, or an index of such files.
fn is_safetensors(bytes: &[u8]) -> bool {
    let file = matches!(bytes, [_, _, _, _, _, 0, 0, 0, b'{', ..]);
    let is_json = bytes.trim_ascii_start().starts_with(b"{");
    file || is_json && memmem::find(bytes, b"\"weight_map\"").is_some()
}

fn stranger(bytes: &[u8]) -> Option<&'static str> {
    if let Some(what) = corpus::stranger(bytes) {
        return Some(what);
    }
    let start = bytes.trim_ascii_start();
    let start = start[..start.len().min(512)].to_ascii_lowercase();
    match start.first() {
        Some(b'<')
            if memmem::find(&start, b"<html").is_some() || start.starts_with(b"<!doctype") =>
        {
            Some("a web page: the download was not the file itself")
        }
        Some(b'<') if start.get(1).is_some_and(|c| matches!(c, b'?' | b'!' | b'a'..=b'z')) => {
            Some("an XML file")
        }
        Some(b'{' | b'[') => Some("a JSON file"),
        _ => None,
    }
}

/// Rows that are looked at where the first of a file with a header reads as text.
const ROWS: u64 = 8;

/// Text or binary, for a file with the header `V D`; `body` is what follows it.
fn kind(file: &[u8], body: &[u8], rows: u64, dim: u64) -> Format {
    // A number in text takes less than 50 bytes (f64 with all its decimals), a word less than 4 KiB.
    let most = usize::try_from(dim.saturating_mul(50).saturating_add(4096));
    let most = most.unwrap_or(usize::MAX);
    let line = first_line(body, most);
    if row_fits(line, usize::try_from(dim).ok()) {
        // `33 ` and a float whose first byte is a line feed read as text, too: the next rows tell.
        let odd = !rows_fit(body, rows, dim, most) && word2vec_binary::fits(file);
        return match odd {
            true => Format::Word2vecBinary,
            false => Format::Word2vecText,
        };
    }
    if sparse_text::row_fits(line) {
        return Format::SparseText;
    }
    let control = |byte: &u8| matches!(byte, 0..=8 | 14..=31 | 127);
    let sample = &body[..body.len().min(4096)];
    // Rows of text in other numbers may fit by chance.
    let fits = || foreign_numbers(sample).is_none() && word2vec_binary::fits(file);
    match sample.iter().any(control) || fits() {
        true => Format::Word2vecBinary,
        false => Format::Word2vecText,
    }
}

/// Whether `body` begins with as many rows of text as the header says, or with the first [`ROWS`].
fn rows_fit(body: &[u8], rows: u64, dim: u64, most: usize) -> bool {
    let dim = usize::try_from(dim).ok();
    let mut rest = body;
    for _ in 0..rows.min(ROWS) {
        let line = first_line(rest, most);
        if !row_fits(line, dim) {
            return false;
        }
        rest = rest.get(line.len() + 1..).unwrap_or_default();
    }
    rows > ROWS || rest.trim_ascii().is_empty() || rest.starts_with(b"<unk> ")
}

fn first_line(bytes: &[u8], most: usize) -> &[u8] {
    let head = &bytes[..bytes.len().min(most)];
    &head[..memchr::memchr(b'\n', head).unwrap_or(head.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_files_are_told_apart_by_content() {
        let binary = [b"1 2\nw ".as_slice(), &[0, 0, 128, 63, 0, 0, 0, 64]].concat();
        let newline_first = [b"1 1\n\nw ".as_slice(), &[0x0a, 0x20, 0, 0x3d]].concat();
        let looks_like_text =
            [b"2 1\n33 ".as_slice(), &[0x0a, 1, 2, 3, b'a', b' ', 0, 0, 0, 64]].concat();
        let cases: &[(&[u8], Format)] = &[
            (&looks_like_text, Format::Word2vecBinary),
            (b"2 2\na 1 2\nb 3 4\n", Format::Word2vecText),
            (b"\xef\xbb\xbf2 2\r\na 1 2\r\nb 3 4\r\n", Format::Word2vecText),
            (b"1 2\n 1e-5 -.5\n", Format::Word2vecText),
            (b"2 2\na 1 oops\nb 3 4\n", Format::Word2vecText),
            (b"5 3\n", Format::Word2vecText),
            (&binary, Format::Word2vecBinary),
            (&newline_first, Format::Word2vecBinary),
            (b"the 0.1 0.2\nof 0.3 0.4\n", Format::GloveText),
            (b". . . 0.1 0.2\n", Format::GloveText),
            (b"<html> 0.1 0.2\n", Format::GloveText),
            (b"1 2 3\n", Format::GloveText),
            (b"PK\x03\x04 0.1 0.2\n", Format::GloveText),
            (b"w2v\0\r\n\x1a\n", Format::Native),
            (b"\xba\x16\x4f\x2f\x0c\0\0\0", Format::FastText),
            (b"FiFu\0\0\0\0", Format::Finalfusion),
            (b"FiFu 0.1 0.2\n", Format::GloveText),
            (b"\x93NUMPY\x01\0v\0", Format::Numpy),
            (b"PAR1\x15\0", Format::Parquet),
            (b"2 3\na 0:1 2:-0.5\nb 1:1\n", Format::SparseText),
            (b"0.1\t0.2\n", Format::GloveText),
            (b"0.1\t0.2\n0.3\t0.4\n", Format::Projector),
            (b" 1.5e-01 -2.0e-01\n2.5e-01 1.0\n", Format::Projector),
            (b"1 0.1 0.2\n2 0.3 0.4\n", Format::GloveText),
            (b"3.14 0.1 0.2\npi 0.3 0.4\n", Format::GloveText),
            (b"\x40\0\0\0\0\0\0\0{\"e\":", Format::Safetensors),
            (b"{\"weight_map\": {}}", Format::Safetensors),
            (b"\x80\x04\x95\x12", Format::Gensim),
            (b"\x80\x02}q\x00", Format::Gensim),
            (b"ccopy_reg\n_reconstructor\np0\n", Format::Gensim),
            (b"ccopy_reg\n_reconstructor\nq\0(", Format::Gensim),
            (b"cos\nsystem\n(S'x'\ntR.", Format::Gensim),
            (b"(dp0\nS'the'\n", Format::Gensim),
            (b"cat 0.1 0.2\n", Format::GloveText),
        ];
        for &(bytes, format) in cases {
            assert_eq!(tell(bytes), Ok(format), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn strangers_are_named() {
        let cases: &[(&[u8], &str)] = &[
            (b"", "the file is empty"),
            (b"PK\x03\x04\x14\0", "this is a zip archive"),
            (b"\x1f\x8b\x08\0", "this is a gzip file: decompress it first"),
            (b"BZh91AY&SY", "this is a bzip2 file"),
            (b"\xfd7zXZ\0\0", "this is an xz file"),
            (b"\x28\xb5\x2f\xfd\x04", "this is a zstd file"),
            (b"\n<!DOCTYPE html>\n<html>", "this is a web page"),
            (b"<HTML lang=en>", "this is a web page"),
            (b"<<<<<<< HEAD\na 0.1\n", "this is a file with the conflict marks"),
            (b"version https://git-lfs.github.com/spec/v1\n", "this is a Git LFS pointer"),
            (b"{\"a\": [1]}", "this is a JSON file"),
            (
                b"2 99999999999999999999999\na 1 2\n",
                "the header \"V D\" says 99999999999999999999999, expected a number below 2^64",
            ),
            (b"a 0,5 -0,25\nb 1,5 0,75\n", "this is vectors with decimal commas"),
            (b"a;0,5;-0,25\nb;1,5;0,75\n", "this is vectors with decimal commas"),
            (b"a 0x1.8p-3 -0x1p+0\nb 0x0p+0 0x1p-1\n", "this is vectors in hexadecimal floats"),
            (b"word,x,y\na,0.5,-0.25\nb,1.5,0.75\n", "this is CSV"),
            (b"word;x;y\na;0.5;-0.25\nb;1.5;0.75\n", "this is CSV"),
            (b"word x y\na 0.5 1.5\nb 2.5 1.0\n", "begins with \"word x y\": neither"),
            (b"king, queen, car\nand so on\n", "begins with \"king, queen, car\": neither"),
            (b"cat\ndog\npig\n", "begins with \"cat\": neither"),
            (b"plain prose, no numbers\n", "begins with \"plain prose, no numbers\": neither"),
        ];
        for (bytes, expected) in cases {
            let problem = tell(bytes).unwrap_err();
            assert!(problem.starts_with(expected), "{problem}");
        }
    }
}
