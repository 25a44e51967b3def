//! Words that other programs stumble over, and how a repair writes them.
//!
//! In: the bytes of a word. Out: which of the oddities it has, as a set; and a spelling without any.
//!
//! The spelling keeps what can be seen and writes the rest as visible escapes: `\u00a0`, `\x1b` for a
//! byte that is no text, `\e` for the empty word; so two words that differ stay different unless one
//! of them was spelt with such an escape before. A backslash stays as it is: a repair changes the
//! words only that need it.

/// What is odd about a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Oddities {
    pub(super) empty: bool,
    pub(super) invalid_utf8: bool,
    pub(super) control: bool,
    /// 0x20 or a tab.
    pub(super) space: bool,
    /// White space of Unicode other than these, and U+FEFF.
    pub(super) blank: bool,
}

impl Oddities {
    /// Looks at a word.
    pub(super) fn of(word: &[u8]) -> Self {
        let mut odd = Oddities { empty: word.is_empty(), ..Oddities::default() };
        // Nearly every word.
        if word.iter().all(u8::is_ascii_graphic) {
            return odd;
        }
        for chunk in word.utf8_chunks() {
            odd.invalid_utf8 |= !chunk.invalid().is_empty();
            for c in chunk.valid().chars() {
                match c {
                    ' ' | '\t' => odd.space = true,
                    c if c.is_whitespace() || c == '\u{feff}' => odd.blank = true,
                    c if c.is_control() => odd.control = true,
                    _ => {}
                }
            }
        }
        odd
    }

    /// Whether there is any.
    pub(super) fn any(self) -> bool {
        self != Oddities::default()
    }
}

/// `word` so that every program reads it back.
pub(super) fn escape(word: &[u8]) -> String {
    if word.is_empty() {
        return "\\e".to_owned();
    }
    let mut text = String::with_capacity(word.len() + 8);
    for chunk in word.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\t' => text.push_str("\\t"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                c if c.is_whitespace() || c.is_control() || c == '\u{feff}' => {
                    text.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_judged_and_escaped() {
        let none = Oddities::default();
        let cases: [(&[u8], Oddities, &str); 12] = [
            (b"king", none, "king"),
            ("王".as_bytes(), none, "王"),
            (b"a\\b", none, "a\\b"),
            (b"", Oddities { empty: true, ..none }, "\\e"),
            (b". .", Oddities { space: true, ..none }, ".\\u0020."),
            (b"a\tb", Oddities { space: true, ..none }, "a\\tb"),
            ("\u{a0}".as_bytes(), Oddities { blank: true, ..none }, "\\u00a0"),
            ("a\u{3000}".as_bytes(), Oddities { blank: true, ..none }, "a\\u3000"),
            ("\u{feff}x".as_bytes(), Oddities { blank: true, ..none }, "\\ufeffx"),
            (b"\x1b[0m", Oddities { control: true, ..none }, "\\u001b[0m"),
            ("\u{85}".as_bytes(), Oddities { blank: true, ..none }, "\\u0085"),
            (b"caf\xe9", Oddities { invalid_utf8: true, ..none }, "caf\\xe9"),
        ];
        for (word, odd, escaped) in cases {
            assert_eq!(Oddities::of(word), odd, "{}", word.escape_ascii());
            assert_eq!(escape(word), escaped);
            assert!(!Oddities::of(escape(word).as_bytes()).any());
        }
    }
}
