//! The corpus as a stream of blocks of text, each small enough to hold many at once.
//!
//! A block is about [`BLOCK`] bytes and ends at a line end wherever there is one. A longer line is
//! cut between two tokens and its sentence goes on in the next block, so that a file that is one
//! 100 MB line streams like any other. How text is cut into blocks depends on the text alone, never
//! on the number of threads.

use super::archive::Live;
use super::encoding::{Encoding, Guess, guess};
use super::text::line_ends;
use super::unpack::is_damage;
use super::{InvalidUtf8, ReadOptions, Source, source, text};
use crate::error::{Error, Result};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

/// Bytes of a block. 256 KiB is a few milliseconds of work, small against the caches of its reader.
const BLOCK: usize = 1 << 18;

/// The longest piece without white space that counts as a token and not as an error.
const LONGEST_TOKEN: usize = 1 << 26;

/// A piece of one source as it was read; [`Block::into_text`] makes text of it.
pub(crate) struct Block {
    bytes: Vec<u8>,
    /// Index of the source among the corpus's.
    source: usize,
    /// 1-based number of the block's first line in its source.
    line: u64,
    /// Lines that end in the block.
    line_ends: u64,
    /// Offset of the block in its source, after decompression.
    byte: u64,
    /// Whether the block's last sentence ends with it.
    pub(crate) ends_line: bool,
}

/// Text of a block, and what was changed to get it.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) invalid_utf8: u64,
    pub(crate) control_characters: u64,
}

/// Reads the blocks of all sources in order.
pub(crate) struct Blocks<'a> {
    sources: &'a [Source],
    /// The encoding that the text was said to be in.
    encoding: Option<Encoding>,
    /// Whether a line without a space may be cut between any two characters.
    cut_anywhere: bool,
    /// The next source to open.
    next: usize,
    open: Option<Open>,
    /// The encoding that the source which was opened last is decoded from.
    decoded_from: Option<Encoding>,
    /// Where the last member of an archive was read from.
    live: Live,
    hash: Xxh3,
}

struct Open {
    reader: Box<dyn Read + Send>,
    /// What was read behind the last cut.
    rest: Vec<u8>,
    line: u64,
    byte: u64,
    /// Whether the last block ended in the middle of a line.
    in_line: bool,
}

impl<'a> Blocks<'a> {
    /// `cut_anywhere`: whether tokens can end between any two characters (all tokenizers but
    /// `whitespace`).
    pub(super) fn new(
        sources: &'a [Source],
        encoding: Option<Encoding>,
        cut_anywhere: bool,
    ) -> Self {
        let (live, hash) = (Live::default(), Xxh3::new());
        Blocks {
            sources,
            encoding,
            cut_anywhere,
            next: 0,
            open: None,
            decoded_from: None,
            live,
            hash,
        }
    }

    /// Members of an archive are read from where `live` stands.
    pub(super) fn going_on(self, live: Live) -> Self {
        Blocks { live, ..self }
    }

    /// Reads the first source from `reader`, which holds its text in its own encoding.
    pub(super) fn starting_with(mut self, reader: Box<dyn Read + Send>) -> Result<Self> {
        let path = self.sources[0].path();
        self.open = Some(self.begin(reader, path)?);
        self.next = 1;
        Ok(self)
    }

    /// Begins with a source whose bytes `raw` has.
    fn begin(&mut self, raw: Box<dyn Read + Send>, path: &Path) -> Result<Open> {
        let (reader, encoding) =
            text::decoded(raw, self.encoding, path).map_err(|error| source::told(error, path))?;
        self.decoded_from = encoding;
        Open::of(reader, path, &mut self.hash)
    }

    /// The encoding that the source which was opened last is decoded from.
    pub(crate) fn decoded_from(&self) -> Option<Encoding> {
        self.decoded_from
    }

    /// The hash (XXH3, 64 bits) of all text read so far, decompressed and decoded.
    pub(crate) fn hash(&self) -> u64 {
        self.hash.digest()
    }

    /// The next block, or `None` at the end of the last source.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(source) = self.sources.get(self.next) else {
                    return Ok(None);
                };
                let raw = source::open(source, &self.live)?;
                self.open = Some(self.begin(raw, source.path())?);
                self.next += 1;
                continue;
            };
            let source = self.next - 1;
            let path = self.sources[source].path();
            let mut bytes = std::mem::take(&mut open.rest);
            let mut want = BLOCK;
            let (cut, ends_line) = loop {
                let before = bytes.len();
                let read = fill(&mut open.reader, &mut bytes, want);
                read.map_err(|error| broken(error, path.to_owned(), open, &bytes))?;
                self.hash.update(&bytes[before..]);
                if bytes.len() < want {
                    break (bytes.len(), true);
                }
                if let Some(end) = memchr::memrchr(b'\n', &bytes) {
                    break (end + 1, true);
                }
                // Not a CR at the very end: a LF may follow that belongs to it.
                if let Some(end) = memchr::memrchr(b'\r', &bytes[..bytes.len() - 1]) {
                    break (end + 1, true);
                }
                if let Some(end) = memchr::memrchr2(b' ', b'\t', &bytes) {
                    break (end + 1, false);
                }
                if self.cut_anywhere {
                    break (character_boundary(&bytes), false);
                }
                if bytes.len() >= LONGEST_TOKEN {
                    let problem = format!(
                        "{} bytes without a space, expected words of at most {LONGEST_TOKEN}",
                        bytes.len()
                    );
                    let error = Error::corpus(path, open.line, open.byte, problem);
                    return Err(error.advise(
                        "is this text? if its script has no spaces, try `tokenizer=unicode`, char \
                         or zh",
                    ));
                }
                want *= 2;
            };
            let at_end = cut == bytes.len() && bytes.len() < want;
            open.rest.extend_from_slice(&bytes[cut..]);
            bytes.truncate(cut);
            let block = Block {
                source,
                line: open.line,
                line_ends: line_ends(&bytes),
                byte: open.byte,
                ends_line,
                bytes,
            };
            open.line += block.line_ends;
            open.byte += block.bytes.len() as u64;
            // A line that was cut may turn out to have ended with its last block: then an empty one
            // says so, lest the sentence go on in the next source.
            let wanted = !block.bytes.is_empty() || open.in_line;
            open.in_line = !ends_line;
            if at_end {
                self.open = None;
            }
            if wanted {
                return Ok(Some(block));
            }
        }
    }
}

impl Open {
    /// A source that was opened; a UTF-8 byte-order mark is skipped.
    fn of(reader: Box<dyn Read + Send>, path: &Path, hash: &mut Xxh3) -> Result<Self> {
        let rest = Vec::new();
        let mut open = Open { reader, rest, line: 1, byte: 0, in_line: false };
        let mut head = Vec::new();
        let read = open.reader.by_ref().take(3).read_to_end(&mut head);
        read.map_err(|error| broken(error, path.to_owned(), &open, &head))?;
        hash.update(&head);
        match head == MARK {
            true => open.byte = MARK.len() as u64,
            false => open.rest = head,
        }
        Ok(open)
    }
}

/// The byte-order mark of UTF-8, which means nothing.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads until `bytes` is `want` long, or to the end of the source.
///
/// Unlike `read_to_end` it asks for all that is missing at once: a buffered reader then reads into
/// `bytes` and not into its own buffer first.
fn fill(reader: &mut dyn Read, bytes: &mut Vec<u8>, want: usize) -> io::Result<()> {
    let mut filled = bytes.len();
    bytes.resize(want.max(filled), 0);
    let read = loop {
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break Ok(()),
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    bytes.truncate(filled);
    read
}

/// A read that failed: most often compressed data that is cut short or damaged.
/// `already` was read since the last block.
fn broken(error: io::Error, path: PathBuf, open: &Open, already: &[u8]) -> Error {
    if !is_damage(&error) {
        return Error::Io { what: "read", path, source: error };
    }
    let problem = format!("the compressed data is cut short or damaged ({error})");
    let line = open.line + line_ends(already);
    Error::corpus(&path, line, open.byte + already.len() as u64, problem)
        .advise("fetch or compress the file again")
}

/// The last place in `bytes` where a UTF-8 character may begin, for text that is cut anywhere.
pub(super) fn character_boundary(bytes: &[u8]) -> usize {
    let continues = |b: &u8| *b & 0xc0 == 0x80;
    let tail = bytes.iter().rev().take_while(|b| continues(b)).count();
    // The character whose first byte stands before the tail may be incomplete: cut before it.
    match bytes.len() - tail {
        cut if tail <= 3 && cut > 1 => cut - 1,
        _ => bytes.len(),
    }
}

impl Block {
    /// The bytes as they were read.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// 1-based number of the first line, and the offset of the first byte, after decompression.
    pub(crate) fn place(&self) -> (u64, u64) {
        (self.line, self.byte)
    }

    /// A piece out of the middle of source `source`, from byte `byte` on; nobody knows its line.
    pub(super) fn piece(bytes: Vec<u8>, source: usize, byte: u64) -> Self {
        Block { line_ends: line_ends(&bytes), bytes, source, line: 1, byte, ends_line: true }
    }

    /// Cuts a block into about `parts` behind ends of lines, where it has so many.
    pub(super) fn split(self, parts: usize) -> Vec<Block> {
        let size = (self.bytes.len() / parts).max(1);
        let (mut pieces, mut start) = (Vec::new(), 0);
        let (mut line, end) = (self.line, self.bytes.len());
        while start < end {
            let rest = &self.bytes[start..];
            let end_of_line =
                |later| memchr::memchr(b'\n', later).or_else(|| memchr::memchr(b'\r', later));
            let feed = rest.get(size..).and_then(end_of_line);
            let cut = feed.map_or(end, |at| start + size + at + 1);
            let bytes = self.bytes[start..cut].to_vec();
            let piece = Block {
                line_ends: line_ends(&bytes),
                bytes,
                source: self.source,
                line,
                byte: self.byte + start as u64,
                ends_line: cut < end || self.ends_line,
            };
            line += piece.line_ends();
            pieces.push(piece);
            start = cut;
        }
        match pieces.is_empty() {
            true => vec![self],
            false => pieces,
        }
    }

    /// Number of bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Lines that end in this block.
    pub(crate) fn line_ends(&self) -> u64 {
        self.line_ends
    }

    /// Control characters become spaces, invalid UTF-8 is treated as `options` say.
    pub(crate) fn into_text(mut self, sources: &[Source], options: ReadOptions) -> Result<Text> {
        let control_characters = blank_controls(&mut self.bytes);
        let (text, invalid_utf8) = match String::from_utf8(self.bytes) {
            Ok(text) => (text, 0),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                self.bytes = error.into_bytes();
                match options.invalid_utf8 {
                    InvalidUtf8::Error => return Err(self.invalid(at, sources)),
                    InvalidUtf8::Stray => {
                        self.refuse_other_encoding(at, sources)?;
                        rewrite(&self.bytes, "\u{fffd}")
                    }
                    InvalidUtf8::Replace => rewrite(&self.bytes, "\u{fffd}"),
                    InvalidUtf8::Skip => rewrite(&self.bytes, ""),
                }
            }
        };
        Ok(Text { text, invalid_utf8, control_characters })
    }

    fn invalid(&self, at: usize, sources: &[Source]) -> Error {
        let problem = format!("byte 0x{:02x} is not valid UTF-8", self.bytes[at]);
        self.at(at, sources, problem)
    }

    /// Refuses text of which at least three words and a word in fifty are not UTF-8, where it is probably
    /// text in another encoding: replacing the bytes would make one word of many.
    fn refuse_other_encoding(&self, at: usize, sources: &[Source]) -> Result<()> {
        let (mut words, mut hit) = (0_u64, 0_u64);
        for word in self.bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            words += 1;
            hit += u64::from(std::str::from_utf8(word).is_err());
        }
        let is_other = || matches!(guess(text::sample(&self.bytes, at)), Guess::Encoding(_));
        if hit < 3 || hit * 50 < words || !is_other() {
            return Ok(());
        }
        Err(self.at(at, sources, format!("{hit} of {words} words here are not UTF-8")))
    }

    /// A fault at byte `at` of this block, the first that is not UTF-8.
    fn at(&self, at: usize, sources: &[Source], problem: String) -> Error {
        let (problem, advice) = text::explained(problem, &self.bytes, at);
        let line = self.line + line_ends(&self.bytes[..at]);
        let error =
            Error::corpus(sources[self.source].path(), line, self.byte + at as u64, problem);
        let error = match advice {
            Some(advice) => error.advise(advice),
            None => error.advise("convert the file"),
        };
        error
            .advise("choose `invalid_utf8=replace` (by U+FFFD)")
            .advise("choose `invalid_utf8=skip` (leave the bytes out)")
    }
}

/// Replaces each maximal invalid sequence; returns how many there were.
fn rewrite(bytes: &[u8], replacement: &str) -> (String, u64) {
    let mut text = String::with_capacity(bytes.len());
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push_str(replacement);
            count += 1;
        }
    }
    (text, count)
}

/// Turns C0 controls and DEL, other than tab and line ends, into spaces; returns how many.
///
/// A NUL or form feed inside a word would cut it in two in every C program that reads our
/// vocabulary, and shift all ids behind it.
fn blank_controls(bytes: &mut [u8]) -> u64 {
    let control = |b: u8| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7f;
    let mut count = 0;
    // Summing per piece vectorises, in bytes where the sum fits one; most pieces hold none and are not
    // written.
    for piece in bytes.chunks_mut(192) {
        let here: u8 = piece.iter().map(|&b| u8::from(control(b))).sum();
        if here > 0 {
            piece.iter_mut().filter(|b| control(**b)).for_each(|b| *b = b' ');
            count += u64::from(here);
        }
    }
    count
}
