//! Words and other text of users in messages and tables: on one line, not longer than that, and harmless
//! to a terminal.
//!
//! A word can hold anything: line ends, the escape character that commands a terminal, marks that turn
//! the direction of what follows, 5 MB of one letter. What a program reads (JSON, files) has it exactly;
//! what a person reads has it as these functions show it.

use std::borrow::Cow;
use std::fmt;

/// Characters of a word that are shown.
const LONGEST: usize = 80;

/// Whether a terminal takes it for a command, or shows it as a line end or as a change of direction.
fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The first so many characters, and whether there are others.
fn first(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    }
}

/// `text` with all characters that command a terminal as escapes: `\n`, `\u{1b}`.
///
/// ```
/// use w2v::report::escaped;
/// assert_eq!(escaped("naïve 北京 👩‍🚀"), "naïve 北京 👩‍🚀");
/// assert_eq!(escaped("\u{1b}[2J\0a\nb\u{202e}c"), "\\u{1b}[2J\\0a\\nb\\u{202e}c");
/// ```
pub fn escaped(text: &str) -> Cow<'_, str> {
    escaped_but(text, "")
}

/// The same for text of several lines and columns: tabs and line feeds stay.
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    escaped_but(text, "\t\n")
}

fn escaped_but<'a>(text: &'a str, kept: &str) -> Cow<'a, str> {
    escaped_if(text, |c| is_command(c) && !kept.contains(c))
}

fn escaped_if(text: &str, is_one: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_one) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_one(c) {
            true => push_escape(c, &mut safe),
            false => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether it looks like a space or like nothing, so that a word with it looks like another one. Joiners
/// belong to emoji and to words of Persian and Indic scripts.
fn is_blank(c: char) -> bool {
    c != ' ' && c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}')
}

fn push_escape(c: char, to: &mut String) {
    match c {
        '\0' => to.push_str("\\0"),
        c if c.is_ascii() => to.extend(c.escape_default()),
        c => to.extend(c.escape_unicode()),
    }
}

/// A word as the cell of a table: escaped, and of a long one the beginning.
///
/// ```
/// use w2v::report::cell;
/// assert_eq!(cell("a\tb"), "a\\tb");
/// assert_eq!(cell(&"x".repeat(5_000_000)), "x".repeat(80) + "…");
/// ```
pub fn cell(word: &str) -> Cow<'_, str> {
    match first(word, LONGEST) {
        (start, true) => Cow::Owned(escaped(start).into_owned() + "…"),
        (all, false) => escaped(all),
    }
}

/// A word in quotes, for a message; see [`quoted`].
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(&'a str);

/// A word in quotes, for a message: escaped, and of a long one the beginning.
///
/// ```
/// use w2v::report::quoted;
/// assert_eq!(quoted("king").to_string(), "\"king\"");
/// assert_eq!(quoted("say \"a\\b\"\n").to_string(), r#""say \"a\\b\"\n""#);
/// assert_eq!(quoted(&"x".repeat(5_000_000)).to_string().chars().count(), 83);
/// ```
pub fn quoted<T: AsRef<str> + ?Sized>(word: &T) -> Quoted<'_> {
    Quoted(word.as_ref())
}

/// The same for bytes that should be a word: what is not UTF-8 is replaced.
pub fn quoted_bytes(word: &[u8]) -> String {
    let start = &word[..word.len().min(4 * LONGEST + 4)];
    quoted(&String::from_utf8_lossy(start)).to_string()
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, is_cut) = first(self.0, LONGEST);
        let start = start.replace('\\', "\\\\").replace('"', "\\\"");
        let start = escaped_if(&start, |c| is_command(c) || is_blank(c));
        write!(f, "\"{start}{}\"", if is_cut { "…" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_text_stays_as_it_is() {
        // Joiners belong to emoji and to words of Persian and Indic scripts, accents to their letters.
        for text in [
            "",
            "naïve",
            "e\u{301}",
            "می\u{200c}خواهم",
            "👩\u{200d}🚀",
            "क\u{94d}\u{200d}ष",
            "a b",
            "שלום",
        ] {
            assert_eq!(escaped(text), text);
            assert_eq!(quoted(text).to_string(), format!("\"{text}\""));
        }
        assert_eq!(quoted_bytes(b"caf\xe9"), "\"caf\u{fffd}\"");
        assert_eq!(quoted_bytes(&[b'x'; 1000]), format!("\"{}…\"", "x".repeat(80)));
    }

    #[test]
    fn what_commands_a_terminal_is_escaped() {
        for (c, shown) in [
            ('\0', "\\0"),
            ('\u{1b}', "\\u{1b}"),
            ('\u{7f}', "\\u{7f}"),
            ('\u{9b}', "\\u{9b}"),
            ('\n', "\\n"),
            ('\r', "\\r"),
            ('\u{202e}', "\\u{202e}"),
            ('\u{2066}', "\\u{2066}"),
            ('\u{2028}', "\\u{2028}"),
            ('\u{feff}', "\\u{feff}"),
        ] {
            let word = format!("a{c}b");
            assert_eq!(escaped(&word), format!("a{shown}b"));
            assert_eq!(cell(&word), format!("a{shown}b"));
            assert_eq!(quoted(&word).to_string(), format!("\"a{shown}b\""));
        }
        assert_eq!(quoted("new\u{a0}york\u{3000}").to_string(), "\"new\\u{a0}york\\u{3000}\"");
        assert_eq!(escaped_lines("a\tb\n\u{1b}\r"), "a\tb\n\\u{1b}\\r");
    }
}
