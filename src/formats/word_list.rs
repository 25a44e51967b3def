//! Words in a file of their own, a line each, beside a table that holds none.
//!
//! In and out: `king\nqueen\n`, in the order of the rows. A word may be empty or hold spaces, but no
//! line feed. Where every line ends in CR LF the CR belongs to the line end.
//!
//! A list that somebody names may also be a vocabulary of word2vec.c or GloVe, `word count` in every
//! line. The list that we find by its name beside the table never is: it holds words alone.

use super::pack::unpacked_name;
use super::{Place, atomic};
use crate::error::{IoContext, Result};
use crate::shown::quoted;
use crate::vectors::WordVectors;
use std::io::Write;
use std::path::{Path, PathBuf};

/// `vectors.npy`, or `vectors.npy.gz`, and `words.txt` become `vectors.words.txt`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    match unpacked_name(path) {
        Some(name) => path.with_file_name(name).with_extension(ending),
        None => path.with_extension(ending),
    }
}

/// A word and its count, 0 where there is none.
pub(super) type Words<'a> = Vec<(&'a [u8], u64)>;

/// The words of the list that is found by its name: every line is one, as it stands.
pub(super) fn found(bytes: &[u8]) -> Words<'_> {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut lines: Vec<&[u8]> = body.split(|&byte| byte == b'\n').collect();
    if lines.iter().all(|line| line.ends_with(b"\r")) {
        lines.iter_mut().for_each(|line| *line = &line[..line.len() - 1]);
    }
    lines.into_iter().map(|line| (line, 0)).collect()
}

/// The words of a list that somebody named, as [`corpus::read_text`](crate::corpus) gives it.
pub(super) fn named(text: &str) -> Words<'_> {
    let lines = text.lines().map(str::as_bytes);
    match lines.clone().map(counted).collect() {
        Some(counted) => counted,
        None => lines.map(|line| (line, 0)).collect(),
    }
}

/// A byte-order mark. Editors put one before a list; a first word that begins with one has two.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// `word count`.
fn counted(line: &[u8]) -> Option<(&[u8], u64)> {
    let at = line.iter().rposition(|byte| matches!(byte, b' ' | b'\t'))?;
    let count = std::str::from_utf8(&line[at + 1..]).ok()?;
    Some((&line[..at], count.parse().ok()?))
}

/// Refuses a list that has not a word for each of `rows`.
pub(super) fn check(words: &Words, rows: usize, list: &Path, at: Place) -> Result<()> {
    if words.len() == rows {
        return Ok(());
    }
    let problem = format!(
        "{} words in {}, expected one for each of {rows} rows",
        words.len(),
        list.display()
    );
    Err(at.error("byte 0", problem))
}

/// Writes the words of `vectors` to `path`.
pub(super) fn write(vectors: &WordVectors, path: &Path) -> Result<()> {
    let at = Place { path, format: "list of words" };
    let mut words = vectors.vocab().words();
    if words.len() > 0 && words.all(|word| word.ends_with('\r')) {
        let problem = "all words end in a carriage return, which a reader takes for the line end";
        return Err(at.error("line 1", problem));
    }
    atomic::write_atomically(path, |out| {
        if vectors.vocab().words().next().is_some_and(|word| word.as_bytes().starts_with(MARK)) {
            out.write_all(MARK).io("write", path)?;
        }
        for word in vectors.vocab().words() {
            if word.contains('\n') {
                let problem = "holds a line feed, which ends a word in a list; write a .w2v file";
                return Err(at.error(format!("word {}", quoted(word)), problem));
            }
            writeln!(out, "{word}").io("write", path)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_word_whatever_it_holds() {
        let words = |text: &'static str, is_named| -> Vec<(String, u64)> {
            let words = if is_named { named(text) } else { found(text.as_bytes()) };
            let words = words.into_iter();
            words.map(|(word, count)| (String::from_utf8_lossy(word).into(), count)).collect()
        };
        let plain = |list: &[&str]| -> Vec<(String, u64)> {
            list.iter().map(|word| (word.to_string(), 0)).collect()
        };
        assert_eq!(words("a\nb c\n\n", false), plain(&["a", "b c", ""]));
        assert_eq!(words("a\r\nb\r\n", false), plain(&["a", "b"]));
        assert_eq!(words("a\r\nb\n", false), plain(&["a\r", "b"]));
        assert_eq!(words("\u{feff}a", false), plain(&["a"]));
        assert_eq!(words("\u{feff}\u{feff}a", false), plain(&["\u{feff}a"]));
        assert_eq!(words("route 66\n", false), plain(&["route 66"]));
        assert_eq!(words("a 7\nb c 5\n", true), [("a".into(), 7), ("b c".into(), 5)]);
        assert_eq!(words("a 7\nb c\n", true), plain(&["a 7", "b c"]));
        assert_eq!(words("", true), []);
    }
}
