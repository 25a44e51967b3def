//! An evaluation file as rows of fields: the separator is found, quotes are CSV's, comments are skipped.
//!
//! Categorisation and outlier files are often written by pandas: commas, a first column of row numbers
//! without a name, quotes around fields that hold commas, and lists as Python prints them:
//! `['Opel', "O'Hare"]`. Spreadsheets of many languages separate with `;` and write 7.35 as `7,35`.

use super::{damaged, lines};
use crate::error::Result;
use crate::shown::quoted;
use std::path::Path;

/// What separates fields: a character of CSV, or white space.
const SEPARATORS: [Option<u8>; 4] = [Some(b'\t'), Some(b';'), Some(b','), None];

/// Lines by which the separator is chosen, and by which the kind of a set is told.
pub(super) const SAMPLE: usize = 50;

/// A line of the file.
pub(super) struct Row<'t> {
    /// Its 1-based number.
    pub(super) number: usize,
    /// The line as it stands in the file, for messages.
    pub(super) line: &'t str,
    /// Its fields, without quotes and without spaces about them.
    pub(super) fields: Vec<String>,
}

/// Whether a line is a comment. `#tag` is a word.
pub(super) fn is_comment(line: &str) -> bool {
    let behind = line.strip_prefix('#').map(|rest| rest.chars().next());
    let is_note = behind.is_some_and(|next| next.is_none_or(|c| c.is_whitespace() || c == '#'));
    is_note || line.starts_with("//")
}

/// The rows of a file, comments and blank lines left out. The separator is the one with which the first
/// line has the columns `named`, or else with which most of the first lines `fit`; the first of
/// [`SEPARATORS`] where several do equally well.
///
/// # Errors
/// A quote that is not closed on its line.
pub(super) fn rows<'t>(
    text: &'t str,
    path: &Path,
    format: &'static str,
    named: &[&str],
    fit: impl Fn(&[String]) -> bool,
) -> Result<Vec<Row<'t>>> {
    let lines = || lines(text).filter(|(_, line)| !is_comment(line));
    let fitting = |separator| {
        let sample = lines().take(SAMPLE).filter_map(|(_, line)| fields(line, separator));
        let weight = |(nth, fields): (usize, Vec<String>)| match () {
            _ if nth == 0 && !named.is_empty() && names(&fields, named) => 2 * SAMPLE,
            _ => usize::from(fit(&fields)),
        };
        sample.enumerate().map(weight).sum::<usize>()
    };
    let mut best = (0, None);
    for separator in SEPARATORS {
        let count = fitting(separator);
        if count > best.0 {
            best = (count, separator);
        }
    }
    let row = |(number, line): (usize, &'t str)| match fields(line, best.1) {
        Some(fields) => Ok(Row { number, line, fields }),
        None => {
            let problem = format!("a quote in {} is not closed on its line", quoted(line));
            Err(damaged(path, format, number, problem))
        }
    };
    lines().map(row).collect()
}

/// The fields of a line; `None` where a quote is not closed.
fn fields(line: &str, separator: Option<u8>) -> Option<Vec<String>> {
    let Some(separator) = separator else {
        return Some(line.split_ascii_whitespace().map(str::to_owned).collect());
    };
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(separator);
    // With the line end, a quote that is still open holds it.
    let text = format!("{line}\n");
    let record = reader.from_reader(text.as_bytes()).records().next()?.ok()?;
    let open = record.iter().any(|field| field.contains('\n'));
    (!open).then(|| record.iter().map(unquoted).collect())
}

/// A field without spaces about it, and without quotes that stand behind such spaces.
fn unquoted(field: &str) -> String {
    let field = field.trim();
    let inner = field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| field.to_owned(), |inner| inner.trim().replace("\"\"", "\""))
}

/// The numbers of the columns that the first row names, in capitals or not.
pub(super) fn columns<const N: usize>(rows: &[Row<'_>], names: [&str; N]) -> Option<[usize; N]> {
    let first = &rows.first()?.fields;
    let found = names.map(|name| first.iter().position(|field| field.eq_ignore_ascii_case(name)));
    found.iter().all(Option::is_some).then(|| found.map(Option::unwrap_or_default))
}

/// Whether a row names all of these columns.
fn names(fields: &[String], names: &[&str]) -> bool {
    names.iter().all(|name| fields.iter().any(|field| field.eq_ignore_ascii_case(name)))
}

/// The strings of a Python list, `['a', "b'c", 'd\'e']`; `None` where it is none.
pub(super) fn python_list(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let mut item = String::new();
        let mut characters = rest.char_indices().skip(1);
        let end = loop {
            match characters.next()? {
                (_, '\\') => item.push(characters.next()?.1),
                (at, c) if c == quote => break at + 1,
                (_, c) => item.push(c),
            }
        };
        items.push(item);
        rest = rest[end..].trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, width: usize) -> Vec<String> {
        let rows = rows(text, Path::new("x"), "rows", &[], |fields| fields.len() == width).unwrap();
        rows.iter().map(|row| format!("{}:{}", row.number, row.fields.join("|"))).collect()
    }

    #[test]
    fn the_separator_is_the_one_that_fits() {
        assert_eq!(shown("tiger;cat;7,35\n", 3), ["1:tiger|cat|7,35"]);
        assert_eq!(
            shown("\"a, b\",c,1\nd,\"say \"\"x\"\"\",2\n", 3),
            ["1:a, b|c|1", "2:d|say \"x\"|2"]
        );
        assert_eq!(shown("\"a\", \"b\" , 1\n", 3), ["1:a|b|1"]);
        assert_eq!(shown("New York\tbig apple\t9\n", 3), ["1:New York|big apple|9"]);
        assert_eq!(shown("a b 1\nc\td\t2\n", 3), ["1:a|b|1", "2:c|d|2"]);
        assert_eq!(shown("\u{feff}# note\r\n// note\r\n\r\na,b\r\n", 2), ["4:a|b"]);
        assert_eq!(shown("5\" x\n", 2), ["1:5\"|x"], "a quote inside a word is a character");
    }

    #[test]
    fn an_open_quote_is_an_error_with_its_line_and_swallows_nothing() {
        let text = "a,b,1\n\"c,d,2\ne,f,3\n";
        let got = rows(text, Path::new("x"), "rows", &[], |fields| fields.len() == 3);
        let message = got.err().unwrap().to_string();
        assert_eq!(message, "x: rows: line 2: a quote in \"\\\"c,d,2\" is not closed on its line");
    }

    #[test]
    fn lists_as_pandas_writes_them() {
        let line = r#"0,Big_cats,"['dog', ""O'Hare"", '']","['a,b', 'c\'d']""#;
        let got = fields(line, Some(b',')).unwrap();
        assert_eq!(got[..2], ["0", "Big_cats"]);
        assert_eq!(python_list(&got[2]).unwrap(), ["dog", "O'Hare", ""]);
        assert_eq!(python_list(&got[3]).unwrap(), ["a,b", "c'd"]);
        assert_eq!(python_list("[]").unwrap(), [""; 0]);
        assert_eq!(python_list("['a',]").unwrap(), ["a"]);
        for bad in ["", "[", "'a'", "[a]", "['a' 'b']", "['a]", "['a\\", "['a'; 'b']"] {
            assert_eq!(python_list(bad), None, "{bad}");
        }
    }
}
