//! The files of TensorBoard's embedding projector (projector.tensorflow.org): tensors and labels, a
//! line each, and a configuration that names both.
//!
//! | file | what |
//! |---|---|
//! | `vectors.tsv` | V lines of D numbers, tab-separated; no header, no words |
//! | `vectors.metadata.tsv` | V lines with a word; with counts a header `word⇥count` and two columns |
//! | `vectors.config.json` | names, shape and the two files, to be given to the projector's `?config=` |
//!
//! The projector's parser, whose rules this file follows (`tensorboard/plugins/projector`): lines end
//! in `\n`; tensors are trimmed, blank lines skipped; the first line of labels is a header exactly if
//! it holds a tab; *labels that are empty after JavaScript's `trim()` are dropped*, and `trim()` takes
//! U+00A0, U+3000, U+FEFF and more for blank. There is no quoting. So a vocabulary with a no-break
//! space in it makes "Number of tensors do not match the number of lines in metadata".
//!
//! Rows of decimal numbers between blanks or commas, as NumPy's `savetxt` writes them, are read like
//! tensors: with a list of words beside them, or named.
//!
//! Hence words are written with escapes where the parser would lose them or count one line as two: a
//! word made of blanks has each of them as `\u00a0`, the empty word is `\e`; tab, line feed and
//! carriage return are `\t`, `\n`, `\r` wherever they stand, and a backslash is `\\`. Our own reader
//! undoes it.

use super::numbers::number;
use super::table::TableBuilder;
use super::word_list::beside;
use super::word2vec_text::push_number;
use super::{Contents, Place, ReadOptions, Report, atomic, reject_non_finite, write_packed};
use crate::corpus;
use crate::error::{IoContext, Result};
use crate::shown::quoted_bytes;
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use std::io::Write;
use std::path::{Path, PathBuf};

const NAME: &str = "projector tensors";

/// Where the words of the tensors `path` are.
pub(super) fn metadata(path: &Path) -> PathBuf {
    beside(path, "metadata.tsv")
}

/// Where the configuration is written.
pub(super) fn config(path: &Path) -> PathBuf {
    beside(path, "config.json")
}

/// Whether `line` is two or more numbers and nothing else, between tabs.
pub(super) fn row_fits(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let mut fields = line.split(|&byte| byte == b'\t');
    line.contains(&b'\t') && fields.all(|field| number(field.trim_ascii()).is_some())
}

/// The numbers of a row: between tabs, or where there are none between commas, or else between blanks.
fn fields(row: &[u8]) -> impl Iterator<Item = &[u8]> {
    let row = row.trim_ascii();
    let separator = [b'\t', b','].into_iter().find(|separator| row.contains(separator));
    let fields = row.split(move |&byte| byte == separator.unwrap_or(b' '));
    let fields = fields.map(<[u8]>::trim_ascii);
    fields.filter(move |field| separator.is_some() || !field.is_empty())
}

/// What JavaScript's `trim()` takes for blank.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}'
        | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// `word` as the projector will show it and not lose it.
fn escape(word: &str) -> String {
    if word.is_empty() {
        return "\\e".to_owned();
    }
    let blank = word.chars().all(is_blank);
    let mut text = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            // At the beginning of a file it would pass for a byte-order mark.
            '\u{feff}' => text.push_str("\\ufeff"),
            c if blank => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

/// Undoes [`escape`]; a backslash before anything else stays one.
fn unescape(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        word.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let hex = after.strip_prefix('u').and_then(|digits| digits.get(..4));
        let code = hex.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let (c, length) = match after.chars().next() {
            Some('t') => (Some('\t'), 1),
            Some('n') => (Some('\n'), 1),
            Some('r') => (Some('\r'), 1),
            Some('\\') => (Some('\\'), 1),
            Some('e') => (None, 1),
            Some('u') if code.and_then(char::from_u32).is_some() => {
                (code.and_then(char::from_u32), 5)
            }
            _ => (Some('\\'), 0),
        };
        word.extend(c);
        rest = &after[length..];
    }
    word + rest
}

pub(super) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: NAME };
    let list = options.words.clone().unwrap_or_else(|| metadata(path));
    if options.words.is_none() && !list.is_file() {
        let problem = format!("rows of numbers without words, and there is no {}", list.display());
        let error = at.error("line 1", problem);
        return Err(error.advise("name a list of them, one a line, with `words=FILE`").advise(
            "where the first number of a row is the word, put a first line with the numbers of words and of \
             dimensions",
        ));
    }
    let labels = Contents::open(&list, options)?;
    let labels = match options.lossy_utf8 {
        true => String::from_utf8_lossy(&labels).into_owned().into_bytes(),
        false => labels.to_vec(),
    };
    let labels = corpus::text_of(labels, &list, NAME, options.word_encoding)?;
    let mut words: Vec<&str> = labels.split('\n').collect();
    words.retain(|line| !line.chars().all(is_blank));
    let mut counts = None;
    if let Some(header) = words.first().filter(|line| line.contains('\t')) {
        let name = |name: &str| name.trim().eq_ignore_ascii_case("count");
        counts = header.split('\t').position(name);
        words.remove(0);
    }

    let lines = || {
        let lines = bytes.split(|&byte| byte == b'\n').enumerate();
        lines.filter(|(_, line)| !line.trim_ascii().is_empty())
    };
    let limit = options.limit.unwrap_or(usize::MAX);
    let rows = lines().count();
    if rows != words.len() {
        let problem = format!(
            "{rows} tensors, but {} words in {}: the projector refuses such a pair, too",
            words.len(),
            list.display()
        );
        return Err(at.error(format!("line {}", rows.min(words.len()) + 1), problem));
    }
    let first = lines().next().map_or(&[][..], |(_, line)| line);
    let dim = fields(first).count();
    // A number and its tab or line end take 2 bytes.
    if (rows as u64).saturating_mul(2 * dim as u64) > bytes.len() as u64 + 1 {
        let problem = format!("{dim} numbers, more than the other lines can have");
        return Err(at.error("line 1", problem));
    }
    let mut table = TableBuilder::new(rows.min(limit), dim, options, at)?;
    let mut row = Vec::with_capacity(dim);
    for ((line, text), label) in lines().zip(words).take(limit) {
        let place = || format!("line {}", line + 1);
        row.clear();
        for field in fields(text) {
            match number(field) {
                Some(x) if x.is_finite() => row.push(x),
                _ => {
                    let problem = format!("{}, expected a finite number", quoted_bytes(field));
                    return Err(at.error(place(), problem));
                }
            }
        }
        if row.len() != dim {
            let problem = format!("{} numbers, expected {dim} as in the first line", row.len());
            return Err(at.error(place(), problem));
        }
        let mut columns = label.split('\t');
        let count = counts.and_then(|column| columns.clone().nth(column)?.trim().parse().ok());
        let word = unescape(columns.next().unwrap_or_default());
        table.push(word.as_bytes(), count.unwrap_or(0), &row, place)?;
    }
    table.finish()
}

/// Writes the three files.
///
/// # Errors
/// [`crate::Error::Format`] where there are less than 2 dimensions, which the projector does not
/// take, or a number is not finite; [`crate::Error::Io`].
pub fn write(vectors: &WordVectors, path: &Path) -> Result<()> {
    let at = Place { path, format: NAME };
    let (words, dim) = (vectors.len(), vectors.dim());
    if dim < 2 {
        return Err(at.error("dim 1", "the projector shows 2 dimensions or more"));
    }
    let labels = metadata(path);
    atomic::write_atomically(&labels, |out| {
        let counted = vectors.vocab().total() > 0;
        if counted {
            out.write_all(b"word\tcount\n").io("write", &labels)?;
        }
        for (id, word) in vectors.vocab().words().enumerate() {
            let written = match counted {
                true => {
                    let count = vectors.vocab().count(WordId(id as u32));
                    writeln!(out, "{}\t{count}", escape(word))
                }
                false => writeln!(out, "{}", escape(word)),
            };
            written.io("write", &labels)?;
        }
        Ok(())
    })?;
    write_packed(path, |out| {
        let mut text = Vec::new();
        for (id, word) in vectors.vocab().words().enumerate() {
            let row = vectors.vector(WordId(id as u32));
            reject_non_finite(&row, word, path, NAME)?;
            text.clear();
            for &x in row.iter() {
                push_number(&mut text, x);
                text.push(b'\t');
            }
            text.pop();
            text.push(b'\n');
            out.write_all(&text).io("write", path)?;
        }
        Ok(())
    })?;
    let config = config(path);
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.replace('\\', "\\\\").replace('"', "\\\"")
    };
    atomic::write_atomically(&config, |out| {
        let (tensors, labels) = (name(path), name(&labels));
        writeln!(
            out,
            "{{\"embeddings\": [{{\"tensorName\": \"{tensors}\", \"tensorShape\": [{words}, {dim}], \
             \"tensorPath\": \"{tensors}\", \"metadataPath\": \"{labels}\"}}]}}"
        )
        .io("write", &config)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::tests::rows;
    use crate::formats::{Format, open, sniff};
    use crate::vocab::Vocab;

    /// Words that the projector's parser would lose or cut in two.
    const WORDS: [&str; 10] = [
        "king",
        "\u{a0}",
        "\u{3000}",
        "\u{feff}",
        "\n",
        "",
        "a\tb",
        "\\n",
        " \u{2009}",
        "\u{200b}",
    ];

    /// Tensors and labels by the projector's own rules.
    fn reparsed(folder: &Path) -> (usize, Vec<String>) {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let kept = |text: String| -> Vec<String> {
            let lines = text.split('\n').filter(|line| !line.trim_matches(is_blank).is_empty());
            lines.map(str::to_owned).collect()
        };
        let mut labels = kept(read("x.metadata.tsv"));
        if labels[0].contains('\t') {
            labels.remove(0);
        }
        (kept(read("x.tsv")).len(), labels)
    }

    #[test]
    fn no_word_is_lost_to_the_projector_and_all_come_back() {
        for counts in [0, 5] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.tsv");
            let vocab = Vocab::new(WORDS.map(|word| (word, counts)));
            let floats = (0..30).map(|i| i as f32 / 7.0 - 2.0).collect();
            let vectors = WordVectors::new(vocab, 3, floats).unwrap();
            write(&vectors, &path).unwrap();
            let (tensors, labels) = reparsed(folder.path());
            assert_eq!((tensors, labels.len()), (10, 10));
            assert_eq!(sniff(&path).unwrap(), Format::Projector);
            let (back, _) = open(&path, &ReadOptions::default()).unwrap();
            assert_eq!(rows(&back), rows(&vectors));
            assert_eq!(back.vocab().counts(), vectors.vocab().counts());
        }
        assert_eq!(escape("\u{a0}\u{3000}"), "\\u00a0\\u3000");
        assert_eq!(escape("new\u{a0}york"), "new\u{a0}york");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tsv");
        let message = |tensors: &str, labels: &str| {
            std::fs::write(&path, tensors).unwrap();
            std::fs::write(metadata(&path), labels).unwrap();
            open(&path, &ReadOptions::default()).err().unwrap().to_string()
        };
        for (tensors, labels, expected) in [
            ("1\t2\n3\t4\n", "a\n\u{a0}\n", "line 2: 2 tensors, but 1 words in "),
            ("1\t2\n3\tx\n", "a\nb\n", "line 2: \"x\", expected a finite number"),
            ("1\t2\n3\n", "a\nb\n", "line 1: 2 numbers, more than the other lines can have"),
            ("1\t2\n3.25\n", "a\nb\n", "line 2: 1 numbers, expected 2"),
        ] {
            let message = message(tensors, labels);
            assert!(message.contains(expected), "{message}");
        }
    }
}
