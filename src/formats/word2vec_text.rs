//! Vectors as text: a line per word. word2vec.c, fastText's `.vec`, gensim; GloVe without the header.
//!
//! In: a file. Out: [`WordVectors`] without counts, and what was changed on the way; and the reverse.
//!
//! | bytes | what |
//! |---|---|
//! | `V D` 0x0A | header; absent in GloVe's files |
//! | word, then D × (0x20, number), 0x0A | V rows; word2vec.c and fastText have one more 0x20 at the end |
//!
//! What is accepted on reading, from any of the programs:
//!
//! * The last D fields of a line are its numbers and *everything* before them is the word, which may
//!   hold spaces or be empty (glove.840B has `. . .` and `at name@domain.com`).
//! * Fields end at 0x20 and tab only: U+00A0, U+3000 and U+0085 are part of a word, as they are for
//!   the C programs. Loaders that split at every Unicode space see too many fields in such lines.
//! * The line may end in CR LF or in spaces; a byte order mark before the first line is skipped.
//! * A first line of exactly two whole numbers is the header. Without one, D is the number of
//!   numbers that the first line ends in, its first field excepted. So a header-less file cannot
//!   have a first word of several parts the last of which is a number (the second line is then
//!   found wrong), nor D = 1 with a first line such as `7 1`.
//!
//! * GloVe's `-write-header 1` does not count the last row, `<unk>`: a header that is too low by one
//!   is right where the last word is `<unk>`. (gensim drops that row without a word.)
//!
//! * Numbers may be padded to columns (`% .6f` of NumPy, R's `format`): where more than one blank stands
//!   between two numbers of the first rows, blanks around a word are no part of it.
//!
//! What is not: any other header whose V is not the number of rows, numbers that are not finite as f32,
//! and bytes that are not UTF-8 unless [`ReadOptions::lossy_utf8`] is set. Of a word's rows the first is
//! kept; the others are counted. So are rows whose word ends in a number: most likely they hold one too
//! many.
//!
//! Reading counts the lines first, then parses some pieces of the file at a time, on all threads, while
//! those before them go into the table. Numbers are written as the shortest decimals that give the same
//! f32 when read, where word2vec.c rounds to 6 places; some blocks of rows at a time, on all threads.

use super::numbers::{self, is_wordless, number};
use super::table::TableBuilder;
use super::{Contents, Place, ReadOptions, Report, reject_non_finite, split_header, write_packed};
use crate::error::{IoContext, Result};
use crate::shown::{quoted, quoted_bytes};
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use std::ops::Range;
use std::path::Path;

/// Bytes that one thread parses at a time: some 10³ rows, so that threads end together.
const PIECE: usize = 1 << 19;

/// Numbers that one thread formats at a time: about 1 MB of text.
const BLOCK: usize = 1 << 16;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads text with or without a header.
///
/// # Errors
/// [`crate::Error::Format`] with the line, [`crate::Error::Io`].
pub fn read(path: &Path, options: &ReadOptions) -> Result<(WordVectors, Report)> {
    options.check()?;
    parse(&Contents::open_lines(path, options, |_| true)?, path, options)
}

pub(super) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: "word vectors as text" };
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let header = split_header(text).map_err(|problem| at.error("line 1", problem))?;
    let (first, body) = match header {
        Some((_, _, end)) => (2, &text[end..]),
        None => (1, text),
    };
    let mut body = trim_end(body);
    if let Some(limit) = options.limit {
        body = first_lines(body, limit);
    }

    let pieces = cut(body);
    let threads = &options.threads;
    let lines = |nth: usize| memchr::memchr_iter(b'\n', &body[pieces[nth].clone()]).count();
    let mut counts: Vec<usize> = threads.map(pieces.len(), 1, lines);
    if let Some(last) = counts.last_mut() {
        *last += 1; // the line end that `trim_end` took
    }
    let rows: usize = counts.iter().sum();
    let dim = match header {
        Some((expected, dim, _)) => {
            check_rows(expected, rows, body, options)
                .map_err(|problem| at.error("line 1", problem))?;
            dim
        }
        None => guess_dim(line_at(body, 0)) as u64,
    };
    if rows == 0 || dim == 0 {
        let problem = format!("{rows} words × dim {dim}: no vectors here");
        return Err(at.error("line 1", problem));
    }
    if rows > u32::MAX as usize {
        let problem = format!("{rows} rows, expected fewer than 2^32");
        return Err(at.error(format!("line {}", u32::MAX), problem));
    }
    let dim = check_size(body, rows, dim).map_err(|(line, problem)| {
        at.error(format!("line {}", if line { first } else { 1 }), problem)
    })?;

    let padded = is_padded(body, dim);
    let mut table = TableBuilder::new(rows, dim, options, at)?;
    let mut odd = Numbered::default();
    let mut row = 0;
    let mut push = |pieces: Vec<ParsedPiece>| -> Result<()> {
        for piece in pieces {
            // The first fault in the file, whichever thread was first.
            let (words, floats) = piece.map_err(|(byte, problem)| {
                let before = memchr::memchr_iter(b'\n', &body[..byte]).count();
                at.error(format!("line {}", first + before), problem)
            })?;
            for (word, floats) in words.into_iter().zip(floats.chunks_exact(dim)) {
                let line = first + row;
                let word = if padded { trim_blanks(word) } else { word };
                odd.look_at(word, line);
                table.push(word, 0, floats, || format!("line {line}"))?;
                row += 1;
            }
        }
        Ok(())
    };
    let jobs: Vec<(Range<usize>, usize)> = pieces.into_iter().zip(counts).collect();
    let parse = |jobs: &[(Range<usize>, usize)]| -> Vec<ParsedPiece> {
        threads.map(jobs.len(), 1, |nth| {
            let (piece, count) = &jobs[nth];
            parse_piece(body, piece.clone(), dim, *count)
        })
    };
    // While some pieces go into the table the next ones are parsed.
    let mut groups = jobs.chunks(4 * threads.count());
    let mut parsed = groups.next().map(parse).unwrap_or_default();
    for group in groups {
        let (pushed, next) = threads.join(|| push(parsed), || parse(group));
        pushed?;
        parsed = next;
    }
    push(parsed)?;
    odd.check(rows, dim).map_err(|problem| at.error("line 1", problem))?;
    let (vectors, report) = table.finish()?;
    let report = Report { numbered: odd.rows, first_numbered: odd.first, ..report };
    Ok((vectors, report))
}

/// The words of a piece and their numbers; or the byte of a fault, and what it is.
type ParsedPiece<'a> = Result<(Vec<&'a [u8]>, Vec<f32>), (usize, String)>;

/// Rows whose word ends in a number.
#[derive(Default)]
struct Numbered {
    rows: u64,
    first: Option<u64>,
    /// Those whose number has a decimal point, and a word of them.
    decimal: usize,
    example: String,
}

impl Numbered {
    fn look_at(&mut self, word: &[u8], line: usize) {
        let Some(field) = number_at_end(word) else {
            return;
        };
        self.rows += 1;
        self.first.get_or_insert(line as u64);
        if field.contains(&b'.') {
            if self.decimal == 0 {
                self.example = String::from_utf8_lossy(word).into_owned();
            }
            self.decimal += 1;
        }
    }

    /// Rows longer than D read as words that end in numbers. Some do; most do only if D is wrong.
    fn check(&self, rows: usize, dim: usize) -> Result<(), String> {
        if rows < 10 || self.decimal * 2 <= rows {
            return Ok(());
        }
        Err(format!(
            "{} of {rows} words end in a number, such as {}: the rows hold more numbers than the \
             dim {dim} of line 1",
            self.decimal,
            quoted(&self.example)
        ))
    }
}

fn check_rows(
    expected: u64,
    rows: usize,
    body: &[u8],
    options: &ReadOptions,
) -> Result<(), String> {
    let wanted = options.limit.map_or(expected, |limit| expected.min(limit as u64));
    // With a limit, rows behind it were not counted.
    let found = rows as u64;
    let one_more = found == expected.saturating_add(1);
    if found == wanted || one_more && ends_in_unk(body) {
        return Ok(());
    }
    let blank = body.split(|&byte| byte == b'\n').filter(|line| line.trim_ascii().is_empty());
    let blank = match blank.count() {
        0 => String::new(),
        blank => format!(", {blank} of them blank"),
    };
    let more = if found < expected { "the file is cut short, or the header wrong" } else { "" };
    Err(format!(
        "the header says {expected} words, {rows} rows follow{blank}{}{more}; correct the first line or \
         delete it, a header is not needed",
        if more.is_empty() { "" } else { ": " },
    ))
}

/// Whether the last row is `<unk>`, which GloVe's `-write-header` does not count.
fn ends_in_unk(body: &[u8]) -> bool {
    let start = memchr::memrchr(b'\n', body).map_or(0, |at| at + 1);
    body[start..].starts_with(b"<unk> ")
}

/// D as a `usize`, once V×D numbers can be in `body`. The error says whether the first row is wrong.
fn check_size(body: &[u8], rows: usize, dim: u64) -> Result<usize, (bool, String)> {
    let line = line_at(body, 0);
    let bytes = body.len();
    let enough = |dim: usize| Some(rows.checked_mul(dim)?.checked_mul(2)? <= bytes.checked_add(1)?);
    match usize::try_from(dim) {
        Ok(dim) if dim <= line.len() => match parse_row(line, dim, |_, _| {}) {
            Err(problem) => Err((true, problem)),
            Ok(_) if enough(dim) == Some(true) => Ok(dim),
            Ok(_) => Err((
                false,
                format!("{rows} words × dim {dim} do not fit into the {bytes} bytes that follow"),
            )),
        },
        _ => {
            let found = guess_dim(line);
            Err((true, format!("{found} numbers after the word, expected {dim}")))
        }
    }
}

/// Without line ends and spaces at the end of the file.
fn trim_end(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b'\n' | b'\r' | b' ' | b'\t');
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn first_lines(body: &[u8], limit: usize) -> &[u8] {
    let end = memchr::memchr_iter(b'\n', body).nth(limit - 1);
    &body[..end.unwrap_or(body.len())]
}

/// Pieces of about [`PIECE`] bytes that end behind a line end, the last one excepted.
fn cut(body: &[u8]) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < body.len() {
        let near = (start + PIECE).min(body.len());
        let end = memchr::memchr(b'\n', &body[near..]).map_or(body.len(), |at| near + at + 1);
        pieces.push(start..end);
        start = end;
    }
    pieces
}

fn line_at(body: &[u8], start: usize) -> &[u8] {
    let line = &body[start..];
    &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())]
}

/// Lines that tell whether numbers are padded.
const SAMPLE: usize = 100;

/// Whether more than one blank stands between two numbers of one of the first rows.
pub(super) fn is_padded(body: &[u8], dim: usize) -> bool {
    body.split(|&byte| byte == b'\n').take(SAMPLE).any(|line| {
        parse_row(line, dim, |_, _| {}).is_ok_and(|word| {
            let numbers = trim_blanks(line[word.len()..].trim_ascii_end());
            numbers.windows(2).any(|two| two.iter().all(|byte| matches!(byte, b' ' | b'\t')))
        })
    })
}

/// Without blanks around it.
pub(super) fn trim_blanks(word: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = word.iter().position(|byte| !blank(byte)).unwrap_or(word.len());
    let end = word.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &word[start..end]
}

/// The words of a piece of `rows` lines and their numbers.
fn parse_piece(body: &[u8], piece: Range<usize>, dim: usize, rows: usize) -> ParsedPiece<'_> {
    let mut words = Vec::with_capacity(rows);
    let mut floats = vec![0.0; rows * dim];
    let mut start = piece.start;
    for row in floats.chunks_exact_mut(dim) {
        let line = line_at(body, start);
        let word = parse_row(line, dim, |column, x| row[column] = x);
        words.push(word.map_err(|problem| (start, problem))?);
        start += line.len() + 1;
    }
    Ok((words, floats))
}

/// From the end of a line: D numbers to `each`, the last first, then the word.
#[inline]
fn parse_row(line: &[u8], dim: usize, mut each: impl FnMut(usize, f32)) -> Result<&[u8], String> {
    let mut rest = line.strip_suffix(b"\r").unwrap_or(line);
    for column in (0..dim).rev() {
        let Some((before, field)) = last_field(rest) else {
            let found = dim - 1 - column;
            if line.trim_ascii().is_empty() {
                return Err("a blank line, expected a row".to_owned());
            }
            return Err(format!("{found} numbers after the word, expected {dim}"));
        };
        match number(field) {
            Some(x) if x.is_finite() => each(column, x),
            Some(_) => {
                let (nth, field) = (column + 1, String::from_utf8_lossy(field));
                return Err(format!("number {nth} is {field}, expected a finite f32"));
            }
            None => {
                let (found, field) = (dim - 1 - column, quoted_bytes(field));
                let hint = match numbers::foreign_numbers(line) {
                    Some(what) => format!(": this is {what}"),
                    None => String::new(),
                };
                return Err(format!(
                    "{found} numbers at the end of the line, expected {dim}; {field} is not a \
                     number{hint}"
                ));
            }
        }
        rest = before;
    }
    Ok(rest)
}

/// Takes the last field and the one separator before it off a line, after blanks at its end. `None`
/// where no separator is left: then the field is the word.
#[inline]
pub(super) fn last_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let separator = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut end = line.len();
    while end > 0 && separator(&line[end - 1]) {
        end -= 1;
    }
    // Fields are some 10 bytes long: a plain loop beats memrchr2 here.
    let at = line[..end].iter().rposition(separator)?;
    Some((&line[..at], &line[at + 1..end]))
}

/// How many numbers a line ends in, when its first field is the word whatever it looks like.
pub(super) fn guess_dim(line: &[u8]) -> usize {
    let mut rest = line.strip_suffix(b"\r").unwrap_or(line);
    let mut dim = 0;
    while let Some((before, field)) = last_field(rest)
        && number(field).is_some()
    {
        dim += 1;
        rest = before;
    }
    dim
}

/// Whether `line` is a word with `dim` numbers, or with any where that is not known.
pub(super) fn row_fits(line: &[u8], dim: Option<usize>) -> bool {
    let found = guess_dim(line);
    found > 0 && dim.is_none_or(|dim| found >= dim)
}

/// The number that a word of several fields ends in: `0.25` of `york 0.25`, but nothing of `3.14`
/// and of `not nan`.
pub(super) fn number_at_end(word: &[u8]) -> Option<&[u8]> {
    let (_, field) = last_field(word)?;
    let is_number = field.iter().any(u8::is_ascii_digit) && number(field).is_some();
    is_number.then_some(field)
}

/// Writes text, with the header `V D` or, as GloVe does, without.
///
/// # Errors
/// [`crate::Error::Format`] where a word holds a line feed, where the first line without a header
/// would be read back otherwise, or where a number is not finite; [`crate::Error::Io`].
pub fn write(vectors: &WordVectors, path: &Path, header: bool) -> Result<()> {
    let at = Place { path, format: "word vectors as text" };
    let (words, dim) = (vectors.len(), vectors.dim());
    let block = (BLOCK / dim).max(1);
    let threads = vectors.threads();
    let batch = block * 4 * threads.count();
    write_packed(path, |out| {
        if header {
            writeln!(out, "{words} {dim}").io("write", path)?;
        } else if words > 0 {
            check_first_line(&format_rows(vectors, 0..1, at)?, dim, at)?;
            if is_wordless(&format_rows(vectors, 0..words.min(SAMPLE), at)?) {
                let problem = "the words would be taken for numbers; write them with a header";
                return Err(at.error("line 1", problem));
            }
        }
        for start in (0..words).step_by(batch) {
            let end = (start + batch).min(words);
            let blocks = threads.map((end - start).div_ceil(block), 1, |nth| {
                let row = start + nth * block;
                format_rows(vectors, row..(row + block).min(end), at)
            });
            for text in blocks {
                out.write_all(&text?).io("write", path)?;
            }
        }
        Ok(())
    })
}

fn format_rows(vectors: &WordVectors, rows: Range<usize>, at: Place) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(rows.len() * (vectors.dim() * 12 + 16));
    for id in rows.map(|row| WordId(row as u32)) {
        let (word, row) = (vectors.vocab().word(id), vectors.vector(id));
        if word.contains('\n') {
            let problem = "holds a line feed, which ends a row in this format; write a .w2v file";
            return Err(at.error(format!("word {}", quoted(word)), problem));
        }
        reject_non_finite(&row, word, at.path, at.format)?;
        text.extend_from_slice(word.as_bytes());
        for &x in row.iter() {
            text.push(b' ');
            push_number(&mut text, x);
        }
        text.push(b'\n');
    }
    Ok(text)
}

/// The shortest decimals that read back as `x`; in scientific notation where it is very small or large.
pub(super) fn push_number(text: &mut Vec<u8>, x: f32) {
    let mut buffer = zmij::Buffer::new();
    let written = buffer.format_finite(x);
    text.extend_from_slice(written.strip_suffix(".0").unwrap_or(written).as_bytes());
}

/// Without a header the first line tells D, and must not look like a header or begin with what looks
/// like a byte order mark.
fn check_first_line(row: &[u8], dim: usize, at: Place) -> Result<()> {
    let line = line_at(row, 0);
    if guess_dim(line) == dim && split_header(row) == Ok(None) && !row.starts_with(BOM) {
        return Ok(());
    }
    let line = quoted_bytes(line);
    let problem = format!("{line} would be misread in a file without header; write one with it");
    Err(at.error("line 1", problem))
}
