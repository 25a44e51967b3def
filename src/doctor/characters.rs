//! Findings about characters beyond ASCII: spaces and invisible ones, accents apart from their letters,
//! text that was encoded twice, and what the shares of scripts are counted from.
//!
//! In: a block of text. Each character has a class ([`super::scripts`]) and is counted under it; only the
//! odd classes are looked at again. A block of ASCII is settled by its histogram.

use super::bytes::Histogram;
use super::findings::Kind;
use super::places::{At, LineFinder, Spot};
use super::scripts::{self, CLASSES, Class, WINDOWS_1252, class};
use super::tally::{Count, Tally, around};
use unicode_normalization::char::compose;

/// What was counted.
pub(super) struct Characters {
    /// By class.
    pub(super) counts: [u64; CLASSES],
    /// Two Han characters side by side.
    pub(super) han_adjacent: u64,
    /// Two Han characters with spaces between them.
    pub(super) han_spaced: u64,
    /// Where each class occurs first.
    pub(super) first: [Option<Spot>; CLASSES],
    /// First places of characters that only traditional or only simplified Chinese has.
    pub(super) traditional: Tally,
    pub(super) simplified: Tally,
}

impl Characters {
    pub(super) fn new() -> Self {
        Characters {
            counts: [0; CLASSES],
            han_adjacent: 0,
            han_spaced: 0,
            first: [None; CLASSES],
            traditional: Tally::new(),
            simplified: Tally::new(),
        }
    }

    pub(super) fn merge(&mut self, other: Characters) {
        for (own, other) in self.counts.iter_mut().zip(other.counts) {
            *own += other;
        }
        for (own, other) in self.first.iter_mut().zip(other.first) {
            *own = [*own, other].into_iter().flatten().min();
        }
        self.han_adjacent += other.han_adjacent;
        self.han_spaced += other.han_spaced;
        self.traditional.merge(other.traditional);
        self.simplified.merge(other.simplified);
    }

    /// Characters of one class.
    pub(super) fn of(&self, class: Class) -> u64 {
        self.counts[usize::from(class)]
    }

    /// Looks at a block.
    pub(super) fn look(&mut self, text: &str, histogram: &Histogram, at: At, tally: &mut Tally) {
        if histogram[0x80..].iter().all(|&n| n == 0) {
            let letter = |c: char| c.is_ascii_alphabetic();
            if self.first[usize::from(scripts::LATIN)].is_none()
                && let Some(n) = text.find(letter)
            {
                self.first[usize::from(scripts::LATIN)] =
                    Some(LineFinder::new(at, text.as_bytes()).spot(n));
            }
            let letters = histogram[65..91].iter().chain(&histogram[97..123]);
            self.counts[usize::from(scripts::LATIN)] += letters.map(|&n| u64::from(n)).sum::<u64>();
            return;
        }
        self.look_closely(text, at, tally);
    }

    fn look_closely(&mut self, text: &str, at: At, tally: &mut Tally) {
        let table = scripts::table();
        let mut lines = LineFinder::new(at, text.as_bytes());
        // Of the last two characters, newest first.
        let mut before = [' ', ' '];
        let mut after_han = Han::Not;
        for (n, c) in text.char_indices() {
            let code = c as u32;
            let class = match table.get(code as usize) {
                Some(&class) => class,
                None => class(c),
            };
            let count = &mut self.counts[usize::from(class)];
            *count += 1;
            if *count == 1 && class != scripts::NONE {
                self.first[usize::from(class)] = Some(lines.spot(n));
            }
            if scripts::is_han(class) {
                match after_han {
                    Han::Before => self.han_adjacent += 1,
                    Han::BeforeSpace => {
                        self.han_spaced += 1;
                        if tally.wants(Kind::AlreadySegmented) {
                            let place = lines.spot(n);
                            tally.place(Kind::AlreadySegmented, place, || around(text, n));
                        }
                    }
                    Han::Not => {}
                }
                after_han = Han::Before;
                if class == scripts::TRADITIONAL && self.traditional.wants(Kind::MixedChinese) {
                    let place = lines.spot(n);
                    let example = || around(text, n);
                    self.traditional.place(Kind::MixedChinese, place, example);
                }
                if class == scripts::SIMPLIFIED && self.simplified.wants(Kind::MixedChinese) {
                    let place = lines.spot(n);
                    let example = || around(text, n);
                    self.simplified.place(Kind::MixedChinese, place, example);
                }
            } else {
                after_han = match (after_han, c) {
                    (Han::Not, _) => Han::Not,
                    (_, ' ' | '\t' | '\u{3000}') => Han::BeforeSpace,
                    _ => Han::Not,
                };
                if class >= scripts::ODD {
                    odd((text, n, c), class, before, &mut lines, tally);
                }
            }
            before = [c, before[0]];
        }
    }
}

/// Where the last Han character stands.
#[derive(Clone, Copy)]
enum Han {
    Not,
    Before,
    BeforeSpace,
}

/// Looks at a character of an odd class; `before` are the two before it, newest first.
fn odd(
    (text, n, c): (&str, usize, char),
    class: Class,
    before: [char; 2],
    lines: &mut LineFinder<'_>,
    tally: &mut Tally,
) {
    let kind = match class {
        scripts::SPACE => Some(Kind::UnicodeSpaces),
        scripts::LINE_END => Some(Kind::UnicodeLineEnds),
        scripts::INVISIBLE => Some(Kind::Invisible),
        scripts::JOINER if !needs_joiners(before[0]) => Some(Kind::Invisible),
        scripts::MARK => Some(Kind::InnerMark),
        scripts::CONTROL => Some(Kind::ControlCharacters),
        scripts::COMPATIBILITY => Some(Kind::Compatibility),
        scripts::ACCENT if compose(before[0], c).is_some() => Some(Kind::Decomposed),
        _ => None,
    };
    let twice = is_double_encoded(c, before);
    let found = match twice {
        // What it is made of is no finding of its own.
        true => Some(Kind::DoubleEncoded),
        false => kind,
    };
    let Some(found) = found else { return };
    tally.add(found, 1);
    if tally.wants(found) {
        tally.place(found, lines.spot(n), || match found {
            Kind::DoubleEncoded | Kind::Decomposed => around(text, n),
            _ => format!("U+{:04X} in \"{}\"", c as u32, around(text, n)),
        });
    }
}

/// Whether a joiner after `c` is a matter of spelling: in Arabic, Indic and other scripts, and in emoji.
fn needs_joiners(c: char) -> bool {
    let class = class(c);
    let plain = scripts::is_han(class)
        || matches!(
            class,
            scripts::LATIN
                | scripts::LATIN_1252
                | scripts::GREEK
                | scripts::CYRILLIC
                | scripts::HANGUL
                | scripts::KANA
        );
    !plain && !c.is_ascii()
}

/// Whether `c` is the end of a UTF-8 sequence of two or three bytes, each of them read as a character
/// of Latin-1 or Windows-1252.
fn is_double_encoded(c: char, before: [char; 2]) -> bool {
    let Some(last) = continuation(c) else {
        return false;
    };
    match before[0] {
        'Â' | 'Ã' => true,
        // Capitals that do occur before a no-break space, a quotation mark or a dash.
        'Ä' | 'Å' | 'Î' | 'Ï' | 'Ð' | 'Ñ' => !is_typographic(last),
        // Two quotation marks or dashes after a letter are those of a text that is as it should be:
        // only of "â€" and its like they are not.
        second => {
            let middle = continuation(second);
            matches!(before[1], 'à'..='ï')
                && middle.is_some_and(|middle| !is_typographic(middle) || !is_typographic(last))
        }
    }
}

/// Whether a byte of Windows-1252 is a no-break space, an ellipsis, a quotation mark or a dash.
fn is_typographic(byte: u8) -> bool {
    matches!(byte, 0x85 | 0x8b | 0x91..=0x97 | 0x9b | 0xa0 | 0xab | 0xbb)
}

/// The byte from 0x80 to 0xBF that `c` is in Latin-1 or Windows-1252.
fn continuation(c: char) -> Option<u8> {
    if let 0x80..=0xbf = c as u32 {
        return Some(c as u8);
    }
    let at = WINDOWS_1252.iter().position(|other| *other == c)?;
    // 0x81, 0x8D, 0x8F, 0x90 and 0x9D are empty.
    let mut places = (0x80..=0x9f).filter(|b| !matches!(b, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
    places.nth(at)
}

/// First places and count of the rarer of two spellings.
pub(super) fn rarer(characters: &Characters) -> &Count {
    let traditional = characters.of(scripts::TRADITIONAL) <= characters.of(scripts::SIMPLIFIED);
    let tally = match traditional {
        true => &characters.traditional,
        false => &characters.simplified,
    };
    tally.get(Kind::MixedChinese)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::bytes::histogram;

    fn look_at(text: &str) -> (Characters, Tally) {
        let (mut characters, mut tally) = (Characters::new(), Tally::new());
        let at = At { source: 0, line: 1, byte: 0 };
        characters.look(text, &histogram(text.as_bytes()), at, &mut tally);
        (characters, tally)
    }

    #[track_caller]
    fn check(text: &str, kind: Kind, count: u64, lines: &[u64]) {
        let (_, tally) = look_at(text);
        let found = tally.get(kind);
        let first: Vec<u64> = found.first.iter().map(|(spot, _)| spot.line).collect();
        // Each line is a place once.
        let mut lines = lines.to_vec();
        lines.dedup();
        assert_eq!((found.count, &first), (count, &lines), "{kind}");
    }

    #[test]
    fn odd_characters_are_counted_with_their_lines() {
        check("a\u{a0}b\nc\u{3000}d\u{3000}\n", Kind::UnicodeSpaces, 3, &[1, 2, 2]);
        check("a\u{85}b\n\u{2028}\n", Kind::UnicodeLineEnds, 2, &[1, 2]);
        check("x\nco\u{ad}op a\u{200b}b\n", Kind::Invisible, 2, &[2]);
        check("a\n\u{feff}b\n", Kind::InnerMark, 1, &[2]);
        check("a\u{93}b\u{94}", Kind::ControlCharacters, 2, &[1]);
        check("cafe\u{301} n\u{303}\n\u{1112}\u{1161}\n", Kind::Decomposed, 3, &[1, 1, 2]);
        check("ﬁ Ａ\n１", Kind::Compatibility, 3, &[1, 2]);
    }

    #[test]
    fn what_belongs_there_is_no_finding() {
        // Persian and Hindi need joiners, an accent may have no letter to become one with, and full-width
        // punctuation is how Chinese is written.
        for text in
            ["می\u{200c}خواهم", "क्\u{200d}ष", "x\u{30a}\u{301}", "你好，世界！", "👩\u{200d}🔬"]
        {
            let (_, tally) = look_at(text);
            for kind in Kind::ALL {
                assert_eq!(tally.count(*kind), 0, "{kind} in {text:?}");
            }
        }
    }

    #[test]
    fn text_that_was_encoded_twice() {
        check("cafÃ© donâ€™t Â© Ð¿Ñ€Ð¸\n", Kind::DoubleEncoded, 6, &[1, 1, 1, 1, 1]);
        // Capitals before quotation marks; dashes after letters.
        check("CAFÉ\u{a0}! «ARRÊTÉ» Ä“ naïve—so ça… voilà\u{a0}» é’”", Kind::DoubleEncoded, 0, &[]);
    }

    #[test]
    fn spaces_between_han_characters_are_counted() {
        let (found, _) = look_at("我 爱 中国\n中国 a 人\n");
        assert_eq!((found.han_adjacent, found.han_spaced), (2, 2));
        let (found, _) = look_at("國国国");
        assert_eq!(found.of(scripts::TRADITIONAL), 1);
        assert_eq!(rarer(&found).first.len(), 1);
    }

    #[test]
    fn a_block_of_ascii_has_the_letters_of_a_closer_look() {
        let text = "The Quick brown fox, 1234 [@`{";
        let (fast, _) = look_at(text);
        let (slow, _) = look_at(&format!("{text}…"));
        assert_eq!(fast.of(scripts::LATIN), 16);
        assert_eq!(slow.of(scripts::LATIN), 16);
    }
}
