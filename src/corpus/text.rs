//! Whether a file is text, by its beginning, and its text in UTF-8.
//!
//! In: decompressed bytes. Out: UTF-8, or an error that names what the file is. Corpora come as streams
//! ([`decoded`]), word lists and evaluation sets at once ([`read_text`]): both ask [`nature`].

use super::encoding::{Decoding, Encoding, Guess, guess};
use super::strangers::{HEAD, stranger, vectors};
use super::unpack::{is_damage, unpack};
use crate::error::{Error, IoContext, Result};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Text, in UTF-8 or in the encoding that is evident or was named.
    Text(Option<Encoding>),
    /// Neither text nor vectors, in words that go on after "this is".
    Stranger(&'static str),
    /// Vectors, in words that go on after "this is".
    Vectors(&'static str),
    /// Binary, with so many NULs in the first so many bytes.
    Binary(usize, usize),
}

/// What a file is that begins with `head`; `named` is the encoding that its reader was told.
pub(crate) fn nature(head: &[u8], named: Option<Encoding>) -> Nature {
    let mark = Encoding::of_mark(head);
    if mark.is_none() {
        if let Some(what) = stranger(head) {
            return Nature::Stranger(what);
        }
        if let Some(what) = vectors(head) {
            return Nature::Vectors(what);
        }
    }
    let encoding = mark.or(named).or_else(|| Encoding::evident(head));
    let encoding = encoding.filter(|known| *known != Encoding::UTF_8);
    let nul = memchr::memchr_iter(0, head).count();
    match encoding.is_none() && head.len() >= 256 && nul >= head.len() / 10 {
        true => Nature::Binary(nul, head.len()),
        false => Nature::Text(encoding),
    }
}

impl Nature {
    /// The encoding of the text of `path`, where it is not UTF-8.
    ///
    /// # Errors
    /// [`Error::Corpus`] for what is no text.
    pub(super) fn text(self, path: &Path) -> Result<Option<Encoding>> {
        match (&self, self.problem()) {
            (Nature::Text(encoding), _) => Ok(*encoding),
            (_, problem) => Err(Error::corpus(path, 1, 0, problem.unwrap_or_default())),
        }
    }

    /// What is wrong with the file where text is expected.
    fn problem(&self) -> Option<String> {
        match self {
            Nature::Text(_) => None,
            Nature::Stranger(what) => Some(format!("this is {what}")),
            Nature::Vectors(what) => Some(format!("this is {what}, expected text to read")),
            Nature::Binary(nul, of) => Some(format!(
                "a binary file ({nul} of the first {of} bytes are NUL), expected text"
            )),
        }
    }
}

/// The text of `raw` in UTF-8, and the encoding that it was in where that was another one. The byte-order
/// mark of UTF-8 stays.
pub(super) fn decoded(
    mut raw: Box<dyn Read + Send>,
    named: Option<Encoding>,
    path: &Path,
) -> Result<(Box<dyn Read + Send>, Option<Encoding>)> {
    let mut head = Vec::new();
    // A fault behind the beginning is told when reading comes to it.
    let fault = raw.by_ref().take(HEAD as u64).read_to_end(&mut head).err();
    let encoding = nature(&head, named).text(path)?;
    let whole = Cursor::new(head).chain(Fault(fault)).chain(raw);
    Ok(match encoding {
        Some(encoding) => (Box::new(Decoding::new(whole, encoding)), Some(encoding)),
        None => (Box::new(whole), None),
    })
}

/// Fails once where reading failed before.
struct Fault(Option<io::Error>);

impl Read for Fault {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The text of a word list or an evaluation set, decompressed, in UTF-8, with LF at line ends and
/// without a byte-order mark; `-` is standard input. `named` is the encoding of a file that is not
/// UTF-8, `format` what the file should be.
pub(crate) fn read_text(
    path: &Path,
    format: &'static str,
    named: Option<Encoding>,
) -> Result<String> {
    let raw: Box<dyn Read + Send> = match path == Path::new("-") {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path).io("open", path)?),
    };
    let mut bytes = Vec::new();
    let read = unpack(raw, path)?.read_to_end(&mut bytes);
    if let Err(error) = read {
        return match is_damage(&error) {
            false => Err(error).io("read", path),
            true => {
                let place = format!("byte {} of its content", bytes.len());
                let problem = format!("the compressed data is cut short or damaged ({error})");
                Err(Error::format(path, format, place, problem))
            }
        };
    }
    text_of(bytes, path, format, named)
}

/// [`read_text`] of bytes that are there.
pub(crate) fn text_of(
    mut bytes: Vec<u8>,
    path: &Path,
    format: &'static str,
    named: Option<Encoding>,
) -> Result<String> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let encoding = match nature(head, None) {
        Nature::Text(evident) => evident,
        // Numbers behind words are what some lists hold.
        Nature::Vectors(_) if memchr::memchr(0, head).is_none() => None,
        other => {
            let problem = other.problem().unwrap_or_default();
            return Err(Error::format(path, format, "byte 0", problem));
        }
    };
    let named = named.filter(|named| !named.is_ascii() || std::str::from_utf8(&bytes).is_err());
    if let Some(encoding) = encoding.or(named) {
        bytes = encoding.decode(&bytes);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = 1 + line_ends(&bytes[..at]);
        let is = format!("byte 0x{:02x} is not UTF-8", bytes[at]);
        let (problem, advice) = match encoding.or(named) {
            Some(encoding) => (format!("not all of the text is {encoding}"), None),
            None => explained(is, bytes, at),
        };
        let error = Error::format(path, format, format!("line {line}"), problem);
        let error = error.advise("convert the file to UTF-8");
        advice.into_iter().fold(error, Error::advise)
    })?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    Ok(match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    })
}

/// Bytes that are looked at around the first one that is not UTF-8.
const SAMPLE: usize = 1 << 14;

/// The part of `bytes` that tells the encoding, where byte `at` is not UTF-8.
pub(super) fn sample(bytes: &[u8], at: usize) -> &[u8] {
    // Units of two and four bytes begin at multiples of them.
    let rest = &bytes[at.saturating_sub(256) & !3..];
    &rest[..rest.len().min(SAMPLE)]
}

/// A problem at byte `at` with the probable encoding of the text, and the advice to name it.
pub(super) fn explained(problem: String, bytes: &[u8], at: usize) -> (String, Option<String>) {
    match guess(sample(bytes, at)) {
        Guess::Encoding(probable) => (
            format!("{problem}; the text is probably in {probable}"),
            Some(format!("choose `encoding={probable}`")),
        ),
        _ => (problem, None),
    }
}

/// Line ends in `bytes`: LF, CR LF or a CR alone.
pub(crate) fn line_ends(bytes: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', bytes).count();
    let lone =
        memchr::memchr_iter(b'\r', bytes).filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count();
    (feeds + lone) as u64
}
