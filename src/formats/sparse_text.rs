//! Sparse vectors as text: the PPMI vectors of Chinese-Word-Vectors. Read only.
//!
//! | bytes | what |
//! |---|---|
//! | `V D` 0x0A | header |
//! | word, then (0x20, index `:` number)…, 0x0A | V rows; what is not named is 0 |
//!
//! Indices count from 0 or, as in liblinear's files, from 1: from 1 where index D occurs. (A shift of
//! all columns changes no cosine.) As in all text, what stands before the last run of pairs is the word.
//!
//! Such vectors have as many dimensions as there are words: 350,000 × 350,000 numbers would take
//! 490 GB as a table. So [`ReadOptions::project`] maps each dimension to 8 of N columns with signs,
//! both from a hash of its index (sparse random projection: Achlioptas 2003; Kane & Nelson 2014): a
//! cosine keeps its value up to an error of about 1/√N. Without it the table must not take more than
//! 100 times the file.

use super::numbers::number;
use super::table::TableBuilder;
use super::{Place, ReadOptions, Report, split_header};
use crate::error::Result;
use crate::shown::quoted_bytes;
use crate::vectors::WordVectors;
use std::path::Path;

/// Columns that one dimension goes to when it is projected.
const SPREAD: u64 = 8;

/// Whether `line` ends in `index:number`.
pub(super) fn row_fits(line: &[u8]) -> bool {
    matches!(last_pair(line), Some((_, Ok(_))))
}

type Pair<'a> = (&'a [u8], Result<(u64, f32), &'a [u8]>);

/// Takes the last pair off a line: what is before it, and the pair, or the field that is none.
fn last_pair(line: &[u8]) -> Option<Pair<'_>> {
    let line = line.trim_ascii_end();
    let at = line.iter().rposition(|byte| matches!(byte, b' ' | b'\t'))?;
    let (before, field) = (&line[..at], &line[at + 1..]);
    let pair = || {
        let colon = memchr::memchr(b':', field)?;
        let index = std::str::from_utf8(&field[..colon]).ok()?;
        Some((index.parse().ok()?, number(&field[colon + 1..])?))
    };
    Some((before, pair().ok_or(field)))
}

pub(super) fn parse(
    bytes: &[u8],
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: "sparse vectors as text" };
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let header = split_header(text).map_err(|problem| at.error("line 1", problem))?;
    let Some((rows, full, end)) = header else {
        return Err(at.error("line 1", "expected the header \"V D\""));
    };
    let body = text[end..].trim_ascii_end();
    let lines = || body.split(|&byte| byte == b'\n');
    let found = if body.is_empty() { 0 } else { lines().count() };
    // Without rows any dim would do, and a row of it is allocated below.
    if rows != found as u64 || rows == 0 || full == 0 {
        let problem = format!(
            "the header says {rows} words × dim {full}, {found} rows follow: the file is cut \
             short, or the header wrong"
        );
        return Err(at.error("line 1", problem));
    }
    let rows = options.take(found);
    let dim = options.project.map_or(full, |columns| columns as u64);
    let bytes_of = dim.checked_mul(4 * rows as u64);
    let most = match options.project {
        Some(_) => u64::MAX,
        None => 100 * bytes.len() as u64,
    };
    let Some(dim) = usize::try_from(dim).ok().filter(|_| bytes_of.is_some_and(|n| n <= most))
    else {
        let problem = format!(
            "{rows} words × dim {full} are too many for a table of numbers that are mostly 0"
        );
        return Err(at
            .error("line 1", problem)
            .advise("take fewer words with `limit`")
            .advise("project them to fewer dimensions, as in `project=1000`"));
    };
    let one_based = options.project.is_none() && lines().any(|line| has_index(line, full));
    let mut table = TableBuilder::new(rows, dim, options, at)?;
    let mut row = vec![0.0; dim];
    for (nth, line) in lines().take(rows).enumerate() {
        let place = || format!("line {}", nth + 2);
        row.fill(0.0);
        let mut word = line;
        while let Some((before, pair)) = last_pair(word) {
            let Ok((index, x)) = pair else {
                // A word of several parts; but a row has at least one pair.
                if word.len() == line.len() {
                    let field = quoted_bytes(pair.err().unwrap_or_default());
                    let problem = format!("{field} at the end, expected index:number");
                    return Err(at.error(place(), problem));
                }
                break;
            };
            if !x.is_finite()
                || index > full
                || (index == full && options.project.is_none() && !one_based)
            {
                let problem =
                    format!("{index}:{x}, expected an index up to {full} and a finite number");
                return Err(at.error(place(), problem));
            }
            match options.project {
                Some(_) => project(index, x, &mut row),
                None => match index.checked_sub(u64::from(one_based)) {
                    Some(column) => row[column as usize] = x,
                    None => {
                        let problem = format!("index 0 in a file that also has index {full}");
                        return Err(at.error(place(), problem));
                    }
                },
            }
            word = before;
        }
        table.push(word.trim_ascii_end(), 0, &row, place)?;
    }
    table.finish()
}

/// Whether a row names column `index`.
fn has_index(mut line: &[u8], index: u64) -> bool {
    while let Some((before, Ok((found, _)))) = last_pair(line) {
        if found == index {
            return true;
        }
        line = before;
    }
    false
}

/// Adds `x` of dimension `index` to [`SPREAD`] columns of `row`.
fn project(index: u64, x: f32, row: &mut [f32]) {
    for k in 0..SPREAD {
        // SplitMix64's last steps: every bit of the input moves every bit of the output.
        let mut h = (index * SPREAD + k).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        h ^= h >> 31;
        let column = ((h >> 1) % row.len() as u64) as usize;
        let scaled = x / (SPREAD as f32).sqrt();
        row[column] += if h & 1 == 1 { scaled } else { -scaled };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::tests::rows;

    fn read(text: &str, options: &ReadOptions) -> Result<(WordVectors, Report)> {
        parse(text.as_bytes(), Path::new("x"), options)
    }

    #[test]
    fn indices_count_from_zero_or_one() {
        let expected: [(&str, &[f32]); 2] =
            [("a", &[0.0, 2.5, 0.0]), ("new york", &[1.0, 0.0, -1.0])];
        for text in ["2 3\na 1:2.5\nnew york 0:1 2:-1\n", "2 3\na 2:2.5 \nnew york 1:1 3:-1"] {
            let (vectors, _) = read(text, &ReadOptions::default()).unwrap();
            assert_eq!(rows(&vectors), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("2 3\na 1:1\n", "line 1: the header says 2 words × dim 3, 1 rows follow"),
            ("2 3\na 1:1\nb 7:1\n", "line 3: 7:1, expected an index up to 3"),
            ("2 3\na 0:1\nb 3:1\n", "line 2: index 0 in a file that also has index 3"),
            ("1 3\na 1:inf\n", "line 2: 1:inf, expected"),
            ("2 3\na 1:1\nb x\n", "line 3: \"x\" at the end, expected index:number"),
            ("2 4000000000\na 1:1\nb 2:1\n", "line 1: 2 words × dim 4000000000 are too many"),
        ] {
            let message = read(text, &ReadOptions::default()).err().unwrap().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    /// Cosines of random sparse rows survive the projection to 1,000 columns.
    #[test]
    fn a_projection_keeps_cosines() {
        let row = |seed: u64, shared: u64| -> String {
            let own = (0..200).map(|i| 1000 * seed + 3 * i);
            let pairs = own.skip(shared as usize).chain((0..shared).map(|i| 50_000 + i));
            pairs.map(|i| format!(" {i}:1")).collect()
        };
        let text = format!("3 100000\na{}\nb{}\nc{}\n", row(1, 100), row(2, 100), row(3, 0));
        let options = ReadOptions { project: Some(1000), ..Default::default() };
        let (vectors, _) = read(&text, &options).unwrap();
        let id = |word| vectors.id(word).unwrap();
        assert!((vectors.cosine(id("a"), id("b")) - 0.5).abs() < 0.1);
        assert!(vectors.cosine(id("a"), id("c")).abs() < 0.1);
    }
}
