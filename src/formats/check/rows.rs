//! The rows of text and of word2vec's binary file, one by one, good or bad.
//!
//! In: the bytes of a file and D. Out: blocks of [`Row`]s, each with its place, its word, its numbers
//! as they stand and a [`Verdict`]. The readers of these formats stop at the first fault; here all
//! are seen. The fields of a line and what a number is are those of
//! [`word2vec_text`], so that both agree on what a good row is.
//!
//! Some 4 MiB are looked at at a time, on all threads, and handed over in the order of the file; what
//! is behind is given back to the system, so that a mapped file of any size takes little memory.

use super::super::{Contents, word2vec_text};
use super::words::Oddities;
use crate::error::Result;
use crate::formats::numbers::number;
use crate::threads::Threads;
use word2vec_text::{guess_dim, last_field, number_at_end, trim_blanks};
use xxhash_rust::xxh3::xxh3_128;

/// Bytes of a block.
const BLOCK: usize = 4 << 20;

/// Rows of a block: a hostile file has one a byte, and what is known of a row takes 100 bytes.
const ROWS: usize = 1 << 16;

/// Lines that tell D: a fault in some of them does no harm.
const SAMPLE: usize = 1000;

/// What a row is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    Good,
    /// Only so many numbers at the end of the line.
    Short(usize),
    /// D numbers and a decimal fraction before them.
    Long,
    /// The number of this column, from 0, which is not finite.
    NonFinite(usize),
}

/// A row of a file.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    /// The line of text, from 1, or the first byte.
    pub(super) at: u64,
    /// Everything before the numbers; of a short row of text the whole line.
    pub(super) word: &'a [u8],
    /// Fields of text, or 4·D bytes.
    pub(super) numbers: &'a [u8],
    pub(super) verdict: Verdict,
    /// All numbers are 0.
    pub(super) zero: bool,
    /// The word ends in a whole number.
    pub(super) numbered: bool,
    pub(super) odd: Oddities,
    /// Of the word: 128 bits, so that two words with one hash are not met.
    pub(super) hash: u128,
}

/// What is to be said of the lines as such.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lines {
    /// Rows, bad ones too, without blank lines.
    pub(super) rows: u64,
    /// Lines that end in CR LF, and the first of them; likewise the others.
    pub(super) crlf: (u64, u64),
    pub(super) tabs: (u64, u64),
    /// Blank lines with rows behind them.
    pub(super) blank: (u64, u64),
    /// Blank lines at the end.
    pub(super) end: (u64, u64),
}

fn count((number, first): &mut (u64, u64), by: u64, line: u64) {
    if *number == 0 && by > 0 {
        *first = line;
    }
    *number += by;
}

/// How a binary file ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// Behind its last record, but for line feeds.
    Whole,
    /// Within the record that begins at this byte.
    Cut(usize),
    /// With bytes from this one on that are no record.
    Trailing(usize),
}

/// The number of numbers that more than half of the first lines end in, unless there is no such
/// number; and how many lines were looked at.
pub(super) fn usual_dim(body: &[u8]) -> Option<(usize, usize)> {
    let mut dims: Vec<usize> = body
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .take(SAMPLE)
        .map(guess_dim)
        .collect();
    dims.sort_unstable();
    let runs = dims.chunk_by(|a, b| a == b);
    let (most, dim) = runs.map(|run| (run.len(), run[0])).max()?;
    (2 * most > dims.len()).then_some((dim, dims.len()))
}

/// Hands the rows from byte `start` on, which is on line `line`, to `each`.
pub(super) fn of_text(
    bytes: &Contents,
    start: usize,
    line: u64,
    dim: usize,
    padded: bool,
    threads: &Threads,
    mut each: impl FnMut(&[Row]) -> Result<()>,
) -> Result<Lines> {
    let mut found = Lines::default();
    let mut pending = (0, 0);
    let (mut at, mut line) = (start, line);
    while at < bytes.len() {
        let after = bytes.len().min(at + BLOCK);
        let end = memchr::memchr(b'\n', &bytes[after..]).map_or(bytes.len(), |n| after + n + 1);
        let block = bytes[at..end].strip_suffix(b"\n").unwrap_or(&bytes[at..end]);
        let mut lines = block.split(|&byte| byte == b'\n').peekable();
        while lines.peek().is_some() {
            let mut some = Vec::new();
            for text in lines.by_ref().take(ROWS) {
                let (ends, tab) = (text.ends_with(b"\r"), text.contains(&b'\t'));
                if text.trim_ascii().is_empty() {
                    count(&mut pending, 1, line);
                } else {
                    if pending.0 > 0 {
                        count(&mut found.blank, pending.0, pending.1);
                        pending = (0, 0);
                    }
                    count(&mut found.crlf, u64::from(ends), line);
                    count(&mut found.tabs, u64::from(tab), line);
                    some.push((line, text));
                }
                line += 1;
            }
            let rows: Vec<Row> = threads.map(some.len(), 64, |nth| {
                let (line, text) = some[nth];
                judge_line(line, text, dim, padded)
            });
            found.rows += rows.len() as u64;
            each(&rows)?;
        }
        bytes.forget(at..end);
        at = end;
    }
    found.end = pending;
    Ok(found)
}

fn judge_line(line: u64, text: &[u8], dim: usize, padded: bool) -> Row<'_> {
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let mut row = Row {
        at: line,
        word: text,
        numbers: &[],
        verdict: Verdict::Good,
        zero: true,
        numbered: false,
        odd: Oddities::default(),
        hash: 0,
    };
    let mut rest = text;
    for column in (0..dim).rev() {
        let field = last_field(rest);
        let Some((before, x)) = field.and_then(|(before, field)| Some((before, number(field)?)))
        else {
            row.verdict = Verdict::Short(dim - 1 - column);
            return row;
        };
        if !x.is_finite() {
            row.verdict = Verdict::NonFinite(column);
        }
        row.zero &= x == 0.0;
        rest = before;
    }
    row.numbers = text[rest.len()..].trim_ascii();
    if padded {
        rest = trim_blanks(rest);
    }
    row.word = rest;
    match number_at_end(rest) {
        Some(field) if field.contains(&b'.') => row.verdict = Verdict::Long,
        field => row.numbered = field.is_some(),
    }
    row.odd = Oddities::of(rest);
    row.hash = xxh3_128(rest);
    row
}

/// Hands the records from byte `start` on to `each`: all `expected` of the header, and what may
/// follow them in the same form.
pub(super) fn of_binary(
    bytes: &Contents,
    start: usize,
    dim: usize,
    expected: u64,
    threads: &Threads,
    mut each: impl FnMut(&[Row]) -> Result<()>,
) -> Result<(u64, End)> {
    let (mut at, mut rows) = (start, 0);
    loop {
        let begin = at;
        let mut block = Vec::new();
        let mut end = None;
        while end.is_none() && at - begin < BLOCK && block.len() < ROWS {
            match record(bytes, at, dim) {
                Next::Record(word, after) => {
                    block.push(word);
                    at = after;
                }
                Next::Nothing => end = Some(End::Whole),
                Next::NoRecord(byte) if rows + block.len() as u64 >= expected => {
                    end = Some(End::Trailing(byte));
                }
                Next::NoRecord(byte) => end = Some(End::Cut(byte)),
            }
        }
        rows += block.len() as u64;
        let judged: Vec<Row> = threads.map(block.len(), 64, |nth| {
            let (start, length) = block[nth];
            let floats = start + length + 1;
            let numbers = &bytes[floats..floats + 4 * dim];
            judge_record(start, &bytes[start..start + length], numbers)
        });
        each(&judged)?;
        bytes.forget(begin..at);
        if let Some(end) = end {
            return Ok((rows, end));
        }
    }
}

enum Next {
    /// Where its word begins and how long it is, and the byte behind it.
    Record((usize, usize), usize),
    Nothing,
    NoRecord(usize),
}

fn record(bytes: &[u8], mut at: usize, dim: usize) -> Next {
    while bytes.get(at) == Some(&b'\n') {
        at += 1;
    }
    if at == bytes.len() {
        return Next::Nothing;
    }
    let Some(length) = memchr::memchr(b' ', &bytes[at..]) else {
        return Next::NoRecord(at);
    };
    let floats = at + length + 1;
    // D may be anything.
    match dim.checked_mul(4) {
        Some(width) if width <= bytes.len() - floats => Next::Record((at, length), floats + width),
        _ => Next::NoRecord(at),
    }
}

fn judge_record<'a>(start: usize, word: &'a [u8], numbers: &'a [u8]) -> Row<'a> {
    let (floats, _) = numbers.as_chunks::<4>();
    let floats = floats.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let bad = floats.clone().position(|x| !x.is_finite());
    Row {
        at: start as u64,
        word,
        numbers,
        verdict: bad.map_or(Verdict::Good, Verdict::NonFinite),
        zero: floats.clone().all(|x| x == 0.0),
        numbered: false,
        odd: Oddities::of(word),
        hash: xxh3_128(word),
    }
}
