//! The little language that the corpus is written in, and the dice.
//!
//! In goes a pattern such as `the {who} {deed} (yesterday/last year/)` and the
//! row of facts that a sentence is about; out comes one sentence.
//!
//! * `{name}` is looked up in the row, then among the categories; what it finds
//!   is expanded in turn.
//! * `(a/b/c)` takes one of the alternatives; an empty one is allowed. Choices
//!   do not nest.
//! * `/` separates alternatives in cells and categories as well.
//! * A table is text: a line of column names, then one line per row, columns
//!   separated by `|`; an indented line continues the row above it.
//!
//! Everything is integer arithmetic, so the bytes are the same on any machine.

use std::collections::BTreeMap;

/// SplitMix64 (Steele, Lea and Flood, 2014): one 64-bit word of state.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`, every one as likely.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.roll()) * n as u128) >> 64) as usize
    }

    /// A number in `0..n`; the first is about twice as likely as the last.
    ///
    /// Weight `1 / (i + n)`: some spread of frequencies, much flatter than in
    /// real text, so that no word becomes too rare to learn from.
    pub(crate) fn ranked(&mut self, n: usize) -> usize {
        let weight = |i: usize| 1_000_000 / (i + n);
        let mut left = self.below((0..n).map(weight).sum());
        for i in 0..n {
            if left < weight(i) {
                return i;
            }
            left -= weight(i);
        }
        n - 1
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// The facts one sentence may use: column name and cell.
pub(crate) type Row = Vec<(String, &'static str)>;

/// Reads a table in the form that the module page describes.
///
/// # Panics
/// When a row has more or fewer cells than there are columns.
pub(crate) fn table(text: &'static str) -> Vec<Row> {
    let mut columns: Vec<&str> = Vec::new();
    let mut rows: Vec<Vec<&'static str>> = Vec::new();
    for line in records(text) {
        let cells: Vec<&'static str> = line.split('|').map(str::trim).collect();
        if columns.is_empty() {
            columns = cells;
        } else {
            assert_eq!(cells.len(), columns.len(), "cells in the row {line}");
            rows.push(cells);
        }
    }
    let name = |row: Vec<&'static str>| columns.iter().map(ToString::to_string).zip(row).collect();
    rows.into_iter().map(name).collect()
}

/// One row for each man and each woman of a table of pairs, whose first two
/// columns they are: `{who}`, what their line of `marks` says of their sex, and
/// the rest of the row, which both share.
pub(crate) fn gendered(pairs: &'static str, marks: &'static str) -> Vec<Row> {
    let (mut rows, marks) = (Vec::new(), table(marks));
    for pair in table(pairs) {
        for (who, mark) in pair[..2].iter().zip(&marks) {
            let mut row = vec![("who".to_string(), who.1)];
            row.extend(mark.iter().chain(&pair[2..]).cloned());
            rows.push(row);
        }
    }
    rows
}

/// Every row together with each of the seven after it, as `{…}` and `{…2}`.
pub(crate) fn couples(rows: &[Row]) -> Vec<Row> {
    let mut out = Vec::new();
    for (i, first) in rows.iter().enumerate() {
        for step in 1..=7 {
            let second = &rows[(i + step) % rows.len()];
            let second = second.iter().map(|(name, cell)| (format!("{name}2"), *cell));
            out.push(first.iter().cloned().chain(second).collect());
        }
    }
    out
}

/// Cuts a table into rows, each with its continuation lines.
fn records(text: &'static str) -> Vec<&'static str> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() && !line.starts_with(' ') {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&from, to)| text[from..to].trim()).collect()
}

/// The cell of `row` under `column`.
///
/// # Panics
/// When the table has no such column.
pub(crate) fn cell(row: &Row, column: &str) -> &'static str {
    let found = row.iter().find(|(name, _)| name == column);
    found.unwrap_or_else(|| panic!("no column {column}")).1
}

/// Splits at the slashes that stand outside of parentheses.
pub(crate) fn alternatives(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            '/' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

/// Categories that every row may use, by name.
pub(crate) struct Grammar(BTreeMap<&'static str, &'static str>);

impl Grammar {
    pub(crate) fn new(categories: &[(&'static str, &'static str)]) -> Self {
        Self(categories.iter().copied().collect())
    }

    /// One sentence from `pattern`, with single spaces and `an` before vowels.
    pub(crate) fn sentence(&self, pattern: &str, row: &Row, dice: &mut Dice) -> String {
        let mut used = Vec::new();
        let text = self.expand(pattern, row, dice, &mut used);
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut out = String::with_capacity(text.len() + 8);
        for (i, &word) in words.iter().enumerate() {
            let next = words.get(i + 1).copied().unwrap_or("");
            out.push_str(if word == "a" && takes_an(next) { "an" } else { word });
            out.push(' ');
        }
        out.pop();
        out
    }

    /// Expands slots and choices from left to right. `used` holds what the
    /// sentence has said already, so that it does not say it twice.
    fn expand(
        &self,
        text: &str,
        row: &Row,
        dice: &mut Dice,
        used: &mut Vec<&'static str>,
    ) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '(']) {
            out.push_str(&rest[..at]);
            let slot = rest[at..].starts_with('{');
            let close = if slot { '}' } else { ')' };
            let end = at + rest[at..].find(close).expect("every bracket is closed");
            let inside = &rest[at + 1..end];
            let pick = if slot {
                fresh(self.lookup(inside, row), dice, used)
            } else {
                let choices = alternatives(inside);
                choices[dice.below(choices.len())]
            };
            out.push_str(&self.expand(pick, row, dice, used));
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        out
    }

    fn lookup(&self, name: &str, row: &Row) -> &'static str {
        let cell = row.iter().find(|(column, _)| column == name).map(|&(_, cell)| cell);
        cell.or_else(|| self.0.get(name).copied())
            .unwrap_or_else(|| panic!("neither a column nor a category: {name}"))
    }
}

/// One of the alternatives in `cell`: one not in `used` where there is one.
fn fresh(cell: &'static str, dice: &mut Dice, used: &mut Vec<&'static str>) -> &'static str {
    let all = alternatives(cell);
    let mut left = all.clone();
    left.retain(|choice| !used.contains(choice));
    if left.is_empty() {
        left = all;
    }
    let pick = left[dice.ranked(left.len())];
    used.push(pick);
    pick
}

/// Spelling stands in for sound; the exceptions are those the tables hold.
fn takes_an(word: &str) -> bool {
    let consonant = ["uni", "use", "eu", "one", "once", "ukr"];
    word.starts_with(['a', 'e', 'i', 'o', 'u']) && !consonant.iter().any(|p| word.starts_with(p))
}

/// A subject: its rows, its patterns, and how many sentences to tell about it.
pub(crate) struct Theme {
    pub(crate) sentences: usize,
    pub(crate) rows: Vec<Row>,
    pub(crate) patterns: Vec<&'static str>,
}

impl Theme {
    pub(crate) fn new(sentences: usize, rows: Vec<Row>, patterns: &'static str) -> Self {
        let patterns = patterns.lines().filter(|line| !line.is_empty()).collect();
        Self { sentences, rows, patterns }
    }

    /// Tells the theme. One sentence in eight joins two clauses with a word
    /// from `joints`, one in six opens with something from `leads`.
    pub(crate) fn tell(
        &self,
        grammar: &Grammar,
        dice: &mut Dice,
        leads: &[&str],
        joints: &[&str],
        out: &mut Vec<String>,
    ) {
        let clause = |dice: &mut Dice| {
            let row = &self.rows[dice.ranked(self.rows.len())];
            let pattern = self.patterns[dice.below(self.patterns.len())];
            grammar.sentence(pattern, row, dice)
        };
        for _ in 0..self.sentences {
            let mut text = clause(dice);
            if dice.below(8) == 0 {
                let joint = joints[dice.below(joints.len())];
                text = format!("{text} {joint} {}", clause(dice));
            }
            if dice.below(6) == 0 {
                text = format!("{} {text}", leads[dice.ranked(leads.len())]);
            }
            out.push(text);
        }
    }
}
