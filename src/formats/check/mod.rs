//! Whether a vector file is what it seems: every fault with its kind, number and places, and a
//! corrected copy.
//!
//! In: any file. Out: an [`Account`]. A reader stops at the first fault, and so says nothing about
//! the others; here text and word2vec's binary file are gone through row by row and all
//! faults are told, whatever a program that loads the file would make of them. Other formats have
//! checksums or lengths that leave no room for most faults: they are read by their readers, whose error
//! is the finding, and then their words and rows are judged.
//!
//! What is no vector file at all is named by its first bytes: an archive, a web page. A Python pickle is
//! read as gensim's, and nothing of it is run; what is not gensim's is named by its class.
//!
//! Words are remembered as 16 bytes each, to find duplicates: some 100 MB for 3 million words. The rest
//! of the memory is a few MB, whatever the size of the file.

mod findings;
mod repair;
mod rows;
mod words;

pub use crate::doctor::{Finding, Findings, Place, Severity};
pub use findings::{Account, Kind};
pub use repair::{Repaired, changes_path, repair};

use super::{
    Contents, Format, ReadOptions, file_of, numbers, open, sniff, split_header, word2vec_text,
};
use crate::error::{Error, Result};
use crate::shown::{quoted, quoted_bytes};
use crate::threads::Threads;
use crate::vectors::{WordVectors, ids};
use repair::{Fate, fate, named};
use rows::{End, Row, Verdict};
use std::path::Path;
use words::Oddities;
use xxhash_rust::xxh3::xxh3_128;

/// Hashes of words.
type Seen = hashbrown::HashSet<u128, foldhash::fast::RandomState>;

/// Goes through a whole file and tells what is wrong with it. A compressed file of more than 256 MiB is
/// unpacked to a temporary file in the folder of `options`, or without one into memory.
///
/// ```
/// use w2v::formats::check::{Kind, Place, Severity, check};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("vectors.txt");
/// std::fs::write(&path, "3 2\nking 1 2\nqueen 0.5 nan\n")?;
/// let account = check(&path, &Default::default())?;
/// assert_eq!(account.findings.worst(), Some(Severity::Error));
/// let finding = account.findings.of(Kind::NonFinite).unwrap();
/// assert_eq!((finding.count, &finding.first[..]), (1, &[Place::line(3)][..]));
/// assert_eq!(account.findings.of(Kind::HeaderTooHigh).unwrap().first, [Place::line(1)]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Io`]; a file of any content has an account.
pub fn check(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Account> {
    let path = &file_of(path.as_ref())?;
    let contents = Contents::open(path, options)?;
    let (account, ..) = account_of(&contents, path, &options.threads, false)?;
    Ok(account)
}

/// Whether a file, or a folder, holds vectors rather than text to train on: its format is known, and where
/// that is a text format, most of the first lines are rows of numbers (a novel may well begin with
/// "Chapter 1").
///
/// ```
/// use w2v::formats::check::holds_vectors;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("some.txt");
/// std::fs::write(&path, "2 2\nking 1 2\nqueen 3 4\n")?;
/// assert!(holds_vectors(&path)?);
/// std::fs::write(&path, "chapter 1\nthe king and the queen\nin their castle\n")?;
/// assert!(!holds_vectors(&path)?);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Io`].
pub fn holds_vectors(path: impl AsRef<Path>) -> Result<bool> {
    let path = path.as_ref();
    if path.is_dir() {
        return Ok(file_of(path).is_ok());
    }
    let contents = match Contents::head(path) {
        Ok(contents) => contents,
        // It does not decompress: vectors or text, nobody knows.
        Err(Error::Io { .. }) if path.is_file() && std::fs::File::open(path).is_ok() => {
            return Ok(false);
        }
        Err(error @ Error::Io { .. }) => return Err(error),
        Err(_) => return Ok(false),
    };
    let usual = |bytes| rows::usual_dim(bytes);
    Ok(match sniff::sniff_bytes(&contents, path) {
        Ok(Format::GloveText) => !matches!(usual(&contents), None | Some((0, _))),
        Ok(Format::Word2vecText) => {
            let bom = b"\xef\xbb\xbf".as_slice();
            let body = contents.strip_prefix(bom).unwrap_or(&contents);
            let header = split_header(body).ok().flatten();
            let rows = header.map_or(body, |(_, _, end)| &body[end..]);
            // A header and nothing else is a table of no rows.
            !matches!(usual(rows), Some((0, 1..))) || numbers::foreign_numbers(rows).is_some()
        }
        Ok(_) => true,
        Err(Error::Format { .. }) => {
            numbers::foreign_numbers(&contents).is_some()
                || matches!(usual(&contents), Some((2.., 3..)))
        }
        Err(error) => return Err(error),
    })
}

/// How a file of text or binary is to be gone through.
struct Plan {
    binary: bool,
    /// Of which byte the rows begin, and the line of text.
    start: usize,
    line: u64,
    /// V and D as the header says.
    header: Option<(u64, u64)>,
    /// D of the rows.
    dim: usize,
    /// Whether blanks around words are padding.
    padded: bool,
    threads: Threads,
}

impl Plan {
    /// The place of [`Row::at`].
    fn place(&self, at: u64) -> Place {
        match self.binary {
            true => Place::byte(at),
            false => Place::line(at),
        }
    }
}

/// The account, how to go through the file once more, and how many rows a repair keeps (0 unless
/// `repairing`).
fn account_of(
    contents: &Contents,
    path: &Path,
    threads: &Threads,
    repairing: bool,
) -> Result<(Account, Option<Plan>, u64)> {
    let format = match sniff::sniff_bytes(contents, path) {
        Ok(format) => format,
        // A first line that is none: of text all the same where the others agree.
        Err(_) if matches!(rows::usual_dim(contents), Some((2.., 3..))) => Format::GloveText,
        Err(Error::Format { problem, .. }) => {
            let mut account = Account::new(None);
            account.add(Kind::NotVectors, Place::byte(0), || problem);
            return Ok((account, None, 0));
        }
        Err(error) => return Err(error),
    };
    let text = matches!(format, Format::Word2vecText | Format::GloveText);
    if text && let Some(what) = numbers::foreign_numbers(contents) {
        let mut account = Account::new(None);
        account.add(Kind::NotVectors, Place::byte(0), || format!("this is {what}"));
        return Ok((account, None, 0));
    }
    let mut account = Account::new(Some(format));
    let binary = match format {
        Format::Word2vecText | Format::GloveText => false,
        Format::Word2vecBinary => true,
        _ => {
            by_reader(path, threads, &mut account)?;
            account.findings.sort();
            return Ok((account, None, 0));
        }
    };
    let plan = Plan { threads: threads.clone(), ..plan(contents, binary, &mut account) };
    let mut judging =
        Judging { account, seen: Seen::default(), kept: repairing.then(Seen::default) };
    judging.account.dim = plan.dim as u64;
    let end = visit(contents, &plan, |rows| {
        rows.iter().for_each(|row| judging.row(row, &plan));
        Ok(())
    })?;
    let kept = judging.kept.map_or(0, |kept| kept.len() as u64);
    let mut account = judging.account;
    compare(&mut account, &plan, end, contents.len());
    account.findings.sort();
    Ok((account, Some(plan), kept))
}

/// Where the rows begin and how long they are; faults of the first line are noted.
fn plan(contents: &Contents, binary: bool, account: &mut Account) -> Plan {
    let bom: &[u8] = if binary { b"" } else { b"\xef\xbb\xbf" };
    let body = contents.strip_prefix(bom).unwrap_or(contents);
    let skipped = contents.len() - body.len();
    if skipped > 0 {
        account.add(Kind::ByteOrderMark, Place::byte(0), || "the file begins with U+FEFF".into());
    }
    let header = split_header(body).ok().flatten();
    let (header, start, line) = match header {
        Some((rows, dim, end)) => (Some((rows, dim)), skipped + end, 2),
        None => (None, skipped, 1),
    };
    let said = header.map(|(_, dim)| usize::try_from(dim).unwrap_or(usize::MAX));
    let usual = rows::usual_dim(&contents[start..]).filter(|_| !binary);
    let dim = match (said, usual) {
        // A few words that end in a number, as `route 66`, are no reason to doubt the header.
        (Some(said), Some((usual @ 1.., lines))) if usual < said || usual > said && lines >= 10 => {
            account.add(Kind::HeaderDim, Place::line(1), || {
                format!("the header says dim {said}, most rows have {usual} numbers")
            });
            usual
        }
        (Some(said), _) => said,
        (None, Some((usual, _))) => usual,
        (None, None) => {
            let first = contents[start..].split(|&byte| byte == b'\n').next();
            first.map_or(0, word2vec_text::guess_dim)
        }
    };
    if !binary && header.is_none() {
        account
            .add(Kind::NoHeader, Place::line(1), || format!("dim {dim} by most of the first rows"));
    }
    let padded = !binary && word2vec_text::is_padded(&contents[start..], dim);
    if padded {
        account.add(Kind::Padded, Place::line(line), String::new);
    }
    Plan { binary, start, line, header, dim, padded, threads: Threads::default() }
}

/// What there is to be said at the end of the rows.
enum Ending {
    Text(rows::Lines),
    Binary(u64, End),
}

/// Hands all rows to `each`.
fn visit(
    contents: &Contents,
    plan: &Plan,
    each: impl FnMut(&[Row]) -> Result<()>,
) -> Result<Ending> {
    let &Plan { start, line, dim, padded, ref threads, .. } = plan;
    Ok(match (plan.binary, plan.header) {
        (true, header) => {
            let expected = header.map_or(0, |(rows, _)| rows);
            let (rows, end) = rows::of_binary(contents, start, dim, expected, threads, each)?;
            Ending::Binary(rows, end)
        }
        (false, _) => {
            Ending::Text(rows::of_text(contents, start, line, dim, padded, threads, each)?)
        }
    })
}

/// Compares the end of a file with its beginning.
fn compare(account: &mut Account, plan: &Plan, ending: Ending, bytes: usize) {
    let first = plan.place(if plan.binary { 0 } else { 1 });
    match ending {
        Ending::Text(lines) => {
            account.rows = lines.rows;
            let facts = [
                (Kind::BlankLine, lines.blank),
                (Kind::Crlf, lines.crlf),
                (Kind::Tab, lines.tabs),
                (Kind::BlankEnd, lines.end),
            ];
            for (kind, (count, line)) in facts {
                if count > 0 {
                    account.add_many(kind, count, Place::line(line), String::new);
                }
            }
        }
        Ending::Binary(rows, end) => {
            account.rows = rows;
            match end {
                End::Whole => {}
                End::Cut(at) => account.add(Kind::CutShort, Place::byte(at as u64), || {
                    format!(
                        "record {} is {} bytes long, expected a word, 0x20 and {} × 4 bytes",
                        rows + 1,
                        bytes - at,
                        plan.dim
                    )
                }),
                End::Trailing(at) => {
                    account.add(Kind::TrailingBytes, Place::byte(at as u64), || {
                        format!("{} bytes that are no record", bytes - at)
                    })
                }
            }
        }
    }
    let rows = account.rows;
    if let Some((said, _)) = plan.header
        && said != rows
    {
        let kind = match said > rows {
            true => Kind::HeaderTooHigh,
            false => Kind::HeaderTooLow,
        };
        let glove = match said.checked_add(1) == Some(rows) && !plan.binary {
            true => ": perhaps GloVe's -write-header, which does not count the last row, <unk>",
            false => "",
        };
        account.add(kind, first.clone(), || {
            format!("the header says {said} words, {rows} rows follow{glove}")
        });
    }
    if rows == 0 || plan.dim == 0 {
        let dim = plan.dim;
        account
            .add(Kind::NotVectors, first, || format!("{rows} rows × dim {dim}: no vectors here"));
    }
}

/// What goes over the rows of a file.
struct Judging {
    account: Account,
    seen: Seen,
    /// Words that a repair keeps.
    kept: Option<Seen>,
}

impl Judging {
    fn row(&mut self, row: &Row, plan: &Plan) {
        let account = &mut self.account;
        let dim = plan.dim;
        let place = || plan.place(row.at);
        let word = || named(row);
        match row.verdict {
            Verdict::Good => {}
            Verdict::Short(found) => account.add(Kind::ShortRow, place(), || {
                format!("{}: {found} numbers at its end, expected {dim}", named(row))
            }),
            Verdict::Long => account.add(Kind::LongRow, place(), || {
                format!("{} and {dim} numbers behind it: its last part looks like one", named(row))
            }),
            Verdict::NonFinite(column) => account.add(Kind::NonFinite, place(), || {
                format!("number {} of {}", column + 1, named(row))
            }),
        }
        if matches!(row.verdict, Verdict::Short(_)) {
            return;
        }
        if row.zero {
            account.add(Kind::ZeroRow, place(), word);
        }
        if row.numbered {
            account.add(Kind::NumberedWord, place(), word);
        }
        judge_word(account, row.word, row.odd, &place());
        if !self.seen.insert(row.hash) {
            account.add(Kind::Duplicate, place(), word);
        }
        if let Some(kept) = &mut self.kept {
            // Only counted here; a repair does it again when it writes.
            let _: Fate = fate(row, kept);
        }
    }
}

fn judge_word(account: &mut Account, word: &[u8], odd: Oddities, place: &Place) {
    let facts = [
        (odd.empty, Kind::EmptyWord),
        (odd.invalid_utf8, Kind::InvalidUtf8),
        (odd.control, Kind::ControlCharacter),
        (odd.space, Kind::Space),
        (odd.blank, Kind::UnicodeSpace),
    ];
    for (is, kind) in facts {
        if is {
            account.add(kind, place.clone(), || quoted_bytes(word));
        }
    }
}

/// Reads a file by the reader of its format, and judges words and rows.
fn by_reader(path: &Path, threads: &Threads, account: &mut Account) -> Result<()> {
    let options = ReadOptions { threads: threads.clone(), ..ReadOptions::default() };
    match open(path, &options) {
        Ok((vectors, report)) => {
            if report.duplicates > 0 {
                account.add_many(Kind::Duplicate, report.duplicates, Place::byte(0), || {
                    "the first row of a word was kept".into()
                });
            }
            judge_vectors(&vectors, account);
            Ok(())
        }
        Err(Error::Format { place, problem, .. }) => {
            let number = place.split(' ').next_back().and_then(|n| n.parse().ok());
            let place = match place.starts_with("line") {
                true => Place::line(number.unwrap_or(1)),
                false => Place::byte(number.unwrap_or(0)),
            };
            account.add(Kind::Unreadable, place, || problem);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn judge_vectors(vectors: &WordVectors, account: &mut Account) {
    account.rows = vectors.len() as u64;
    account.dim = vectors.dim() as u64;
    let mut seen = Seen::default();
    for id in ids(0..vectors.len()) {
        let word = vectors.vocab().word(id);
        let place = Place::row(u64::from(id.0) + 1);
        let row = vectors.vector(id);
        if let Some(column) = row.iter().position(|x| !x.is_finite()) {
            account.add(Kind::NonFinite, place.clone(), || {
                format!("number {} of {word} is {}", column + 1, row[column], word = quoted(word))
            });
        } else if row.iter().all(|&x| x == 0.0) {
            account.add(Kind::ZeroRow, place.clone(), || quoted_bytes(word.as_bytes()));
        }
        judge_word(account, word.as_bytes(), Oddities::of(word.as_bytes()), &place);
        if !seen.insert(xxh3_128(word.as_bytes())) {
            account.add(Kind::Duplicate, place.clone(), || quoted_bytes(word.as_bytes()));
        }
    }
}

#[cfg(test)]
mod tests;
