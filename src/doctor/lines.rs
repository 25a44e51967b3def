//! Findings about lines: empty ones, ones of a single token, long ones, repeated ones, JSON.
//!
//! In: each line with its number of tokens. A line that is longer than a block comes in pieces, perhaps to
//! several threads; the pieces are put together at the end, and of such a line nothing but its length is
//! judged. (A block is 256 KiB: there is no more than one piece for each block of the text.)

use super::findings::Kind;
use super::markup;
use super::places::Spot;
use super::report::PLACES;
use super::sample::{Repeats, Sample};
use super::tally::{Tally, shown};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// Shorter lines may well repeat: headings, "yes".
const SHORTEST_REPEATED: usize = 20;

/// What is counted about lines.
pub(super) struct Lines {
    /// Lines, the empty ones too.
    pub(super) lines: u64,
    /// Lines with a token.
    pub(super) filled: u64,
    /// Lines that were looked at for being repeated.
    pub(super) repeatable: u64,
    /// Lines of more tokens are long.
    long: u64,
    /// Tokens of lines that came in pieces.
    pieces: BTreeMap<Spot, u64>,
    sample: Sample,
    /// Of the first line of JSON, the key of the longest text.
    json_key: Option<(Spot, String)>,
}

impl Lines {
    pub(super) fn new(long: u64) -> Self {
        Lines {
            lines: 0,
            filled: 0,
            repeatable: 0,
            long,
            pieces: BTreeMap::new(),
            sample: Sample::new(),
            json_key: None,
        }
    }

    /// A whole line.
    pub(super) fn line(&mut self, line: &str, tokens: u64, spot: Spot, tally: &mut Tally) {
        self.count(tokens, spot, tally, || shown(line));
        if line.starts_with(['{', ' ']) && markup::is_json(line) {
            if self.json_key.is_none() {
                self.json_key = markup::longest_key(line).map(|key| (spot, key));
            }
            tally.found(Kind::JsonLines, spot, || shown(line));
        }
        if line.len() >= SHORTEST_REPEATED {
            self.repeatable += 1;
            self.sample.add(xxh3_64(line.as_bytes()), spot);
        }
    }

    /// A piece of a line.
    pub(super) fn piece(&mut self, tokens: u64, spot: Spot) {
        *self.pieces.entry(spot).or_default() += tokens;
    }

    fn count(
        &mut self,
        tokens: u64,
        spot: Spot,
        tally: &mut Tally,
        example: impl FnOnce() -> String,
    ) {
        self.lines += 1;
        self.filled += u64::from(tokens > 0);
        match tokens {
            0 => tally.found(Kind::EmptyLines, spot, String::new),
            1 => tally.found(Kind::OneTokenLines, spot, example),
            tokens if tokens > self.long => {
                tally.found(Kind::LongLines, spot, || format!("{tokens} tokens"));
            }
            _ => {}
        }
    }

    pub(super) fn merge(&mut self, other: Lines) {
        self.lines += other.lines;
        self.filled += other.filled;
        self.repeatable += other.repeatable;
        for (spot, tokens) in other.pieces {
            self.piece(tokens, spot);
        }
        self.sample.merge(other.sample);
        self.json_key = [self.json_key.take(), other.json_key].into_iter().flatten().min();
    }

    /// Counts the lines that came in pieces, once all pieces are there.
    pub(super) fn join(&mut self, tally: &mut Tally) {
        let mut found = Tally::new();
        for (spot, tokens) in std::mem::take(&mut self.pieces) {
            self.count(tokens, spot, &mut found, String::new);
        }
        tally.merge(found);
    }

    /// Lines that were there before.
    pub(super) fn repeats(&self) -> Repeats {
        self.sample.repeats(PLACES)
    }

    /// The key that holds the text of the first line of JSON.
    pub(super) fn json_key(&self) -> Option<&str> {
        self.json_key.as_ref().map(|(_, key)| &key[..])
    }
}

/// Cuts a text into lines; with each whether it has its end in the text. What is behind the last line
/// end is a line where there is something.
pub(super) fn split(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(end) = memchr::memchr2(b'\n', b'\r', rest.as_bytes()) else {
            return Some((std::mem::take(&mut rest), false));
        };
        let line = &rest[..end];
        let ends = &rest[end..];
        rest = ends.strip_prefix("\r\n").unwrap_or(&ends[1..]);
        Some((line, true))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_the_reader_ends_them() {
        let found: Vec<_> = split("a\nb\r\n\rc\n\nd").collect();
        let expected =
            [("a", true), ("b", true), ("", true), ("c", true), ("", true), ("d", false)];
        assert_eq!(found, expected);
        assert_eq!(split("").count(), 0);
    }

    fn spot(line: u64) -> Spot {
        Spot { line, ..Spot::default() }
    }

    #[test]
    fn pieces_of_a_line_are_one_line() {
        let (mut tally, mut one, mut two) = (Tally::new(), Lines::new(10), Lines::new(10));
        one.line("a b", 2, spot(1), &mut tally);
        one.piece(6, spot(2));
        two.piece(5, spot(2));
        two.line("c", 1, spot(3), &mut tally);
        one.piece(0, spot(4));
        one.merge(two);
        one.join(&mut tally);
        assert_eq!((one.lines, one.filled), (4, 3));
        let first = &tally.get(Kind::LongLines).first;
        assert_eq!(first[..], [(spot(2), "11 tokens".to_owned())]);
        assert_eq!(tally.count(Kind::OneTokenLines), 1);
        assert_eq!(tally.count(Kind::EmptyLines), 1);
    }

    #[test]
    fn repeated_lines_and_json_are_found() {
        let (mut tally, mut lines) = (Tally::new(), Lines::new(10));
        let json = r#"{"id": 1, "body": "a text"}"#;
        for (at, line) in
            ["a line of some length", "short", json, "short", json].into_iter().enumerate()
        {
            lines.line(line, 3, spot(at as u64 + 1), &mut tally);
        }
        assert_eq!(lines.repeats().repeats, 1.0);
        assert_eq!(lines.repeats().first, [[spot(3), spot(5)]]);
        assert_eq!(tally.count(Kind::JsonLines), 2);
        assert_eq!(lines.json_key(), Some("body"));
    }
}
