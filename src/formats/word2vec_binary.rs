//! Vectors as word2vec's binary file: `GoogleNews-vectors-negative300.bin` is one.
//!
//! In: a file. Out: [`WordVectors`] without counts, and what was changed on the way; and the reverse.
//!
//! | bytes | what |
//! |---|---|
//! | `V D` 0x0A | header, in ASCII |
//! | word, 0x20, D × f32 little-endian, 0x0A | V records |
//!
//! word2vec.c writes the last 0x0A of a record; gensim does not, and GoogleNews has none. Both are
//! read: 0x0A at the beginning of a word is skipped, as gensim does (readers with a switch for it
//! chop off first letters when it is set wrong). The floats may hold any byte, 0x20 and 0x0A too, so
//! that only counting finds the next record. A word may have any length (word2vec.c's own tools
//! overflow at 50 bytes) and be empty, but not hold 0x20 or begin with 0x0A.
//!
//! The floats stay in the file, whatever their alignment, and are read where a row is asked for: a file
//! larger than memory can be searched.
//!
//! Errors name the byte and the record; the rest of the rules is that of
//! [`word2vec_text`](super::word2vec_text).

use super::table::Words;
use super::{
    Contents, Place, ReadOptions, Report, little_endian, read_floats, reject_non_finite,
    split_header, write_packed,
};
use crate::error::{IoContext, Result};
use crate::shown::{quoted, quoted_bytes};
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use std::path::Path;

/// Reads a binary file.
///
/// # Errors
/// [`crate::Error::Format`] with the byte, [`crate::Error::Io`].
pub fn read(path: &Path, options: &ReadOptions) -> Result<(WordVectors, Report)> {
    options.check()?;
    parse(Contents::open(path, options)?, path, options)
}

/// A word and where its floats begin.
type Record<'a> = (&'a [u8], usize);

pub(super) fn parse(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: "word2vec binary" };
    let contents = contents.into_bytes();
    let (dim, records) = find_records(&contents, options, at)?;
    let starts: Vec<usize> = records.iter().map(|&(_, start)| start).collect();
    let words = records.iter().map(|&(word, _)| (word, 0));
    let place = |row: usize| {
        let (word, start) = records[row];
        format!("byte {}", start - 1 - word.len())
    };
    let words = Words::new(words, options, at, place)?;
    drop(records);
    let byte = {
        let starts = starts.clone();
        move |row: usize, column: usize| format!("byte {}", starts[row] + 4 * column)
    };
    let size = 4 * (dim * starts.len()) as u64;
    let rows = contents.clone();
    words.with_store(dim, "f32", size, at, byte, move |row, into| {
        read_floats(&rows[starts[row]..starts[row] + 4 * dim], into);
    })
}

/// Whether `bytes` is a whole binary file, as far as lengths tell.
pub(super) fn fits(bytes: &[u8]) -> bool {
    let at = Place { path: Path::new(""), format: "" };
    find_records(bytes, &ReadOptions::default(), at).is_ok()
}

/// D and the records to be read; unless there is a limit, nothing follows the last.
fn find_records<'a>(
    bytes: &'a [u8],
    options: &ReadOptions,
    at: Place,
) -> Result<(usize, Vec<Record<'a>>)> {
    let (dim, rows, start) = header(bytes, at)?;
    let kept = options.take(rows);
    let (records, end) = records(bytes, start, kept, rows, dim, at)?;
    let left = bytes[end..].iter().position(|&byte| byte != b'\n');
    if let (true, Some(extra)) = (kept == rows, left) {
        let problem = format!(
            "{} bytes follow the {rows} records that the header says: expected the end of the file",
            bytes.len() - end - extra
        );
        return Err(at.error(format!("byte {}", end + extra), problem));
    }
    Ok((dim, records))
}

/// D, V and where the records begin; V records of D floats fit into the file.
fn header(bytes: &[u8], at: Place) -> Result<(usize, usize, usize)> {
    let header = split_header(bytes).map_err(|problem| at.error("byte 0", problem))?;
    let Some((rows, dim, start)) = header else {
        let shown = &bytes[..bytes.len().min(40)];
        let problem = format!("begins with \"{}\", expected \"V D\\n\"", shown.escape_ascii());
        return Err(at.error("byte 0", problem));
    };
    if rows == 0 || dim == 0 {
        return Err(at.error("byte 0", format!("{rows} words × dim {dim}: no vectors here")));
    }
    let follow = bytes.len().saturating_sub(start) as u64;
    // A record is an empty word, 0x20 and the floats at least.
    let record = dim.checked_mul(4).and_then(|floats| floats.checked_add(1));
    let needed = record.and_then(|record| record.checked_mul(rows));
    if rows > u64::from(u32::MAX) || needed.is_none_or(|needed| needed > follow) {
        let needed = needed.map_or("more than 2^64".into(), |n| n.to_string());
        let problem = format!(
            "{rows} words × dim {dim} take {needed} bytes or more, {follow} follow: the file is \
             cut short or the header wrong"
        );
        return Err(at.error("byte 0", problem));
    }
    Ok((dim as usize, rows as usize, start))
}

/// Finds the first `kept` records of `rows`, and the byte behind them.
fn records<'a>(
    bytes: &'a [u8],
    start: usize,
    kept: usize,
    rows: usize,
    dim: usize,
    at: Place,
) -> Result<(Vec<Record<'a>>, usize)> {
    let mut records = Vec::with_capacity(kept);
    let mut next = start;
    for row in 0..kept {
        while bytes.get(next) == Some(&b'\n') {
            next += 1;
        }
        let rest = &bytes[next..];
        let Some(length) = memchr::memchr(b' ', rest) else {
            let problem = format!(
                "record {} of {rows} has no 0x20 after its word: the file is cut short, or the \
                 dim {dim} of the header wrong",
                row + 1
            );
            return Err(at.error(format!("byte {next}"), problem));
        };
        let (word, floats) = (&rest[..length], next + length + 1);
        let there = bytes.len() - floats;
        if there < 4 * dim {
            let problem = format!(
                "record {} of {rows}, {word}, has {there} bytes of floats, expected {}: the \
                 file is cut short, or its header wrong",
                row + 1,
                4 * dim,
                word = quoted_bytes(word)
            );
            return Err(at.error(format!("byte {}", bytes.len()), problem));
        }
        records.push((word, floats));
        next = floats + 4 * dim;
    }
    Ok((records, next))
}

/// Writes a binary file, with 0x0A behind every record.
///
/// # Errors
/// [`crate::Error::Format`] where a word holds a space or begins with a line feed, or where a number
/// is not finite; [`crate::Error::Io`].
pub fn write(vectors: &WordVectors, path: &Path) -> Result<()> {
    let at = Place { path, format: "word2vec binary" };
    write_packed(path, |out| {
        writeln!(out, "{} {}", vectors.len(), vectors.dim()).io("write", path)?;
        let mut buffer = Vec::new();
        for (id, word) in vectors.vocab().words().enumerate() {
            let row = vectors.vector(WordId(id as u32));
            if word.contains(' ') || word.starts_with('\n') {
                let problem = "holds a space or begins with a line feed, which no reader of this \
                               format gives back; write text or a .w2v file";
                return Err(at.error(format!("word {}", quoted(word)), problem));
            }
            reject_non_finite(&row, word, path, at.format)?;
            out.write_all(word.as_bytes()).io("write", path)?;
            out.write_all(b" ").io("write", path)?;
            let floats = little_endian(&row, &mut buffer);
            out.write_all(floats).io("write", path)?;
            out.write_all(b"\n").io("write", path)?;
        }
        Ok(())
    })
}
