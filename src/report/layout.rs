//! Text in lines and columns: the one renderer of all tables and descriptions.

use crate::shown::escaped;
use std::fmt::Display;
use unicode_width::UnicodeWidthStr;

/// Rows of cells, a line each, with two spaces between columns and none at the end of a line.
///
/// `layout` has a word for each column: `<` aligns to the left, `>` to the right; a number behind it is
/// the least width. Further columns are like the last.
pub fn columns<R: AsRef<[String]>>(layout: &str, rows: &[R]) -> String {
    let layout: Vec<&str> = layout.split(' ').collect();
    let count = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0);
    let columns: Vec<(bool, usize)> = (0..count)
        .map(|column| {
            let (side, least) = layout[column.min(layout.len() - 1)].split_at(1);
            let cells = rows.iter().filter_map(|row| row.as_ref().get(column));
            let widest = cells.map(|cell| escaped(cell).width()).max().unwrap_or(0);
            (side == ">", widest.max(least.parse().unwrap_or(0)))
        })
        .collect();
    let line = |row: &R| {
        let cells = row.as_ref().iter().zip(&columns).map(|(cell, (right, width))| {
            let cell = escaped(cell);
            let pad = " ".repeat(width - cell.width());
            if *right { pad + &cell } else { format!("{cell}{pad}") }
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Lines of text, each with its end.
///
/// ```
/// use w2v::report::Lines;
/// let mut lines = Lines::default();
/// lines.field("words", 2942);
/// assert_eq!(lines.into_text(), "words          2942\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// One line.
    pub fn line(&mut self, line: impl Display) {
        self.0 += &format!("{line}\n");
    }

    /// A line `name  value` of a description.
    pub fn field(&mut self, name: &str, value: impl Display) {
        self.line(format_args!("{name:<14} {value}"));
    }

    /// Those fields that are there.
    pub fn fields<const N: usize>(&mut self, fields: [(&str, Option<String>); N]) {
        for (name, value) in fields {
            if let Some(value) = value {
                self.field(name, value);
            }
        }
    }

    /// Several lines, with their ends.
    pub fn text(&mut self, text: &str) {
        self.0 += text;
    }

    /// All of it.
    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_wide_as_the_widest_and_the_least_width() {
        let rows = [["北京", "1", "x"], ["a", "23", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(columns("< >4 <", &rows), "北京     1  x\na       23\n");
        assert_eq!(columns(">", &rows), "北京   1  x\n   a  23\n");
    }
}
