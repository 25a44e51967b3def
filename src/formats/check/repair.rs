//! A corrected copy of text or of word2vec's binary file.
//!
//! In: the file. Out: a file of the same kind without its faults, and a list of what was changed, a
//! line each: `place`, `change`, `word`, `now`, between tabs.
//!
//! | fault | what becomes of it |
//! |---|---|
//! | header too high or low, or of another dim | says what follows it |
//! | row too short, too long, not finite, blank, cut short; trailing bytes | left out |
//! | the word had a row before | left out, the first row stays |
//! | word with spaces, blanks, control characters, bytes that are not UTF-8, or empty | escaped: `\u0020`, `\xe9`, `\e` |
//! | byte order mark, CR LF, tabs, blank lines at the end | removed |
//! | zero row, word that ends in a number | stays: nobody knows better |
//!
//! Numbers are copied as they stand, not read and written again. The input is never written to.

use super::super::numbers::{SAMPLE, is_wordless};
use super::super::{Contents, ReadOptions, atomic, roles};
use super::findings::{Account, Kind};
use super::rows::{Row, Verdict};
use super::words::escape;
use super::{Plan, Seen, account_of, check, visit};
use crate::doctor::Place;
use crate::error::{Error, IoContext, Result};
use crate::shown::quoted_bytes;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// What [`repair`] did.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Repaired {
    /// What was wrong.
    pub before: Account,
    /// What the copy was found to be.
    pub after: Account,
    /// Rows left out, by the reason.
    pub dropped: BTreeMap<Kind, u64>,
    /// Words escaped.
    pub escaped: u64,
    /// The first line, before and now, where it was changed.
    pub header: Option<(String, String)>,
    /// The list of changes.
    pub changes: PathBuf,
}

/// What becomes of a row.
pub(super) enum Fate {
    Kept,
    Escaped(String),
    Dropped(Kind),
}

/// Decides about a row; `kept` holds the words of the rows that were kept so far, as they are spelt
/// then.
pub(super) fn fate(row: &Row, kept: &mut Seen) -> Fate {
    let bad = match row.verdict {
        Verdict::Good => None,
        Verdict::Short(_) => Some(Kind::ShortRow),
        Verdict::Long => Some(Kind::LongRow),
        Verdict::NonFinite(_) => Some(Kind::NonFinite),
    };
    if let Some(kind) = bad {
        return Fate::Dropped(kind);
    }
    let escaped = row.odd.any().then(|| escape(row.word));
    let hash = match &escaped {
        Some(word) => xxh3_128(word.as_bytes()),
        None => row.hash,
    };
    match (kept.insert(hash), escaped) {
        (false, _) => Fate::Dropped(Kind::Duplicate),
        (true, Some(word)) => Fate::Escaped(word),
        (true, None) => Fate::Kept,
    }
}

/// The name of the list of changes that belongs to a corrected copy: `OUT.changes.tsv`.
pub fn changes_path(output: impl AsRef<Path>) -> PathBuf {
    let output = output.as_ref();
    let mut name = output.as_os_str().to_owned();
    name.push(".changes.tsv");
    PathBuf::from(name)
}

/// Writes a corrected copy of `path` to `output`, and the list of changes beside it. `options` are as
/// for [`check`](super::check()).
///
/// ```
/// use w2v::formats::check::{Kind, repair};
/// # let folder = tempfile::tempdir()?;
/// # let [path, output] = ["vectors.txt", "good.txt"].map(|name| folder.path().join(name));
/// std::fs::write(&path, "9 2\nthe 1 2\nthe 3 4\nnew york 5 6\nof 7\n")?;
/// let repaired = repair(&path, &output, &Default::default())?;
/// assert_eq!(std::fs::read_to_string(&output)?, "2 2\nthe 1 2\nnew\\u0020york 5 6\n");
/// assert_eq!(repaired.dropped[&Kind::Duplicate], 1);
/// assert_eq!(repaired.after.findings.worst(), None);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Format`] where the file is none that can be repaired, or has no good row; [`Error::Io`],
/// also where `output` is the input.
pub fn repair(
    path: impl AsRef<Path>,
    output: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<Repaired> {
    let path = path.as_ref();
    let output = output.as_ref();
    let changes = changes_path(output);
    for output in [output, &changes] {
        if roles::is_same_file(path, output) {
            let source = std::io::Error::other("this is the input; choose another name");
            return Err(source).io("write the corrected copy to", output);
        }
    }
    if !path.is_file() {
        let source = std::io::Error::other("not a regular file; a repair reads it twice");
        return Err(source).io("repair", path);
    }
    let contents = Contents::open(path, options)?;
    let (before, plan, kept) = account_of(&contents, path, &options.threads, true)?;
    let Some(plan) = plan else {
        let what = match before.format {
            Some(format) => format!("only text and word2vec binary can be repaired, not {format}"),
            None => before.findings[0].example.clone(),
        };
        return Err(Error::format(path, "vector file", "byte 0", what));
    };
    if kept == 0 || before.dim == 0 {
        let problem = match before.dim {
            0 => "the header says dim 0, so that no row holds a number: nothing was written",
            _ => "no good row is left: nothing was written",
        };
        return Err(Error::format(path, "vector file", "byte 0", problem));
    }
    let mut repaired = Repaired {
        before,
        after: Account::new(None),
        dropped: BTreeMap::new(),
        escaped: 0,
        header: None,
        changes: changes.clone(),
    };
    atomic::write_atomically(&changes, |list| {
        let list = &mut Copying { list, changes: &changes };
        list.line("place", "change", b"word", "now")?;
        atomic::write_atomically(output, |out| {
            copy(&contents, &plan, kept, out, output, list, &mut repaired)
        })
    })?;
    repaired.after = check(output, options)?;
    Ok(repaired)
}

/// The list of changes while it is written.
struct Copying<'a, 'o> {
    list: &'a mut atomic::Output<'o>,
    changes: &'a Path,
}

impl Copying<'_, '_> {
    fn line(
        &mut self,
        place: impl std::fmt::Display,
        what: &str,
        word: &[u8],
        now: &str,
    ) -> Result<()> {
        // A short row of text may be anything, of any length.
        let word = escape(&word[..word.len().min(1000)]);
        let written = writeln!(self.list, "{place}\t{what}\t{word}\t{now}");
        written.io("write", self.changes)
    }
}

fn copy(
    contents: &Contents,
    plan: &Plan,
    kept: u64,
    out: &mut atomic::Output,
    path: &Path,
    list: &mut Copying,
    repaired: &mut Repaired,
) -> Result<()> {
    if let Some(header) = plan.header {
        let said = format!("{} {}", header.0, header.1);
        let now = format!("{kept} {}", plan.dim);
        writeln!(out, "{now}").io("write", path)?;
        if said != now {
            list.line(Place::byte(0), "header", said.as_bytes(), &now)?;
            repaired.header = Some((said, now));
        }
    }
    let mut seen = Seen::default();
    let mut buffer = Vec::new();
    // Without a header the first rows tell a reader what the file is.
    let (mut first, mut left) = (Vec::new(), SAMPLE);
    if plan.binary || plan.header.is_some() {
        left = 0;
    }
    visit(contents, plan, |rows| {
        for row in rows {
            let escaped = match fate(row, &mut seen) {
                Fate::Dropped(kind) => {
                    *repaired.dropped.entry(kind).or_default() += 1;
                    list.line(plan.place(row.at), &format!("left out: {kind}"), row.word, "")?;
                    continue;
                }
                Fate::Escaped(word) => {
                    repaired.escaped += 1;
                    list.line(plan.place(row.at), "escaped", row.word, &word)?;
                    Some(word)
                }
                Fate::Kept => None,
            };
            let word = escaped.as_ref().map_or(row.word, |word| word.as_bytes());
            buffer.clear();
            buffer.extend_from_slice(word);
            if plan.binary {
                buffer.push(b' ');
                buffer.extend_from_slice(row.numbers);
            } else {
                let fields = row.numbers.split(|byte| matches!(byte, b' ' | b'\t'));
                for field in fields.filter(|field| !field.is_empty()) {
                    buffer.push(b' ');
                    buffer.extend_from_slice(field);
                }
            }
            buffer.push(b'\n');
            out.write_all(&buffer).io("write", path)?;
            if left > 0 {
                left -= 1;
                first.extend_from_slice(&buffer);
            }
        }
        Ok(())
    })?;
    if is_wordless(&first) {
        let problem = "the rows that are left are numbers without words";
        return Err(Error::format(path, "repaired vectors", "line 1", problem));
    }
    for finding in &repaired.before.findings {
        let gone = [
            Kind::BlankLine,
            Kind::CutShort,
            Kind::TrailingBytes,
            Kind::ByteOrderMark,
            Kind::Crlf,
            Kind::Padded,
            Kind::Tab,
            Kind::BlankEnd,
        ];
        if gone.contains(&finding.kind) {
            let what = format!("removed: {} × {}", finding.kind, finding.count);
            list.line(&finding.first[0], &what, b"", "")?;
        }
    }
    Ok(())
}

/// A word for the example of a finding.
pub(super) fn named(row: &Row) -> String {
    quoted_bytes(row.word)
}
