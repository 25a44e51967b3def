//! What the encoding of a file is that is not UTF-8.
//!
//! In: a few kilobytes of a file around its first byte that is not UTF-8. Out: a [`Guess`] with the name
//! that `iconv` knows it by. Encodings of one byte a character have high bytes one by one between ASCII
//! letters (Latin) or in words of nothing else (Cyrillic); those of two bytes have them in pairs whose
//! first bytes lie in the rows of common characters. A guess is a guess: the finding says "probably".

use super::places::At;
use std::collections::BTreeMap;

/// Bytes of a file that are looked at.
const SAMPLE: usize = 1 << 14;

/// Files of which a sample is kept.
const FILES: usize = 8;

/// Samples of the first files with bytes that are not UTF-8.
#[derive(Default)]
pub(super) struct Evidence {
    /// By source: where the sample begins, and the sample.
    samples: BTreeMap<u32, (u64, Vec<u8>)>,
}

impl Evidence {
    /// Notes a block; `first` is its first byte that is not UTF-8.
    pub(super) fn add(&mut self, at: At, bytes: &[u8], first: usize) {
        let start = first.saturating_sub(256);
        let here = at.byte + start as u64;
        let end = bytes.len().min(start + SAMPLE);
        self.keep(at.source, here, bytes[start..end].to_vec());
    }

    fn keep(&mut self, source: u32, start: u64, sample: Vec<u8>) {
        match self.samples.get(&source) {
            Some((known, _)) if *known <= start => {}
            _ => {
                self.samples.insert(source, (start, sample));
            }
        }
        while self.samples.len() > FILES {
            self.samples.pop_last();
        }
    }

    pub(super) fn merge(&mut self, other: Evidence) {
        for (source, (start, sample)) in other.samples {
            self.keep(source, start, sample);
        }
    }

    /// What each of the files probably is.
    pub(super) fn guesses(&self) -> impl Iterator<Item = (u32, Guess)> {
        let samples = self.samples.iter();
        samples.map(|(source, (start, sample))| {
            // Units of two bytes begin at even offsets.
            let skip = (start % 2) as usize;
            (*source, guess(&sample[skip.min(sample.len())..]))
        })
    }
}

/// What an encoding may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// UTF-8 with some broken bytes in it.
    BrokenUtf8,
    /// Another encoding, by the name that `iconv` knows.
    Encoding(&'static str),
    /// No text.
    Binary,
    Unknown,
}

/// Guesses by a sample.
pub(super) fn guess(bytes: &[u8]) -> Guess {
    if bytes.is_empty() {
        return Guess::Unknown;
    }
    if let Some(name) = utf16(bytes) {
        return Guess::Encoding(name);
    }
    let control = |b: &&u8| matches!(b, 0..=8 | 14..=31 | 127);
    if 20 * bytes.iter().filter(control).count() > bytes.len() {
        return Guess::Binary;
    }
    let (mut valid, mut invalid) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += chunk.invalid().len();
    }
    // Text in another encoding is valid by chance in one pair of bytes out of a few, and never mostly.
    if valid >= 2 * invalid {
        return Guess::BrokenUtf8;
    }
    let high = bytes.iter().filter(|b| **b >= 0x80).count();
    let runs: Vec<&[u8]> = bytes.split(|b| *b < 0x80).filter(|run| !run.is_empty()).collect();
    if 2 * high <= 3 * runs.len() {
        // One high byte at a time, between ASCII letters.
        return Guess::Encoding("WINDOWS-1252");
    }
    if let known @ Guess::Encoding(_) = single_byte(bytes, high) {
        return known;
    }
    let share = |table: &Pairs| 100 * common(bytes, table) / high.max(1);
    // Hangul's rows are the first half of those of Chinese, which has few texts in that half alone.
    let [hangul, ..] = &PAIRS;
    let best = match share(hangul) >= 95 {
        true => Some(hangul),
        false => PAIRS.iter().max_by_key(|table| share(table)),
    };
    match best {
        Some(table) if share(table) >= 60 => Guess::Encoding(table.name),
        _ => Guess::Unknown,
    }
}

/// An encoding of one or two bytes: the pairs of its common characters.
struct Pairs {
    name: &'static str,
    /// First bytes of the commonest characters.
    lead: &'static [(u8, u8)],
    trail: &'static [(u8, u8)],
}

/// In the order of preference from last to first.
const PAIRS: [Pairs; 4] = [
    // Hangul lies in rows B0 to C8.
    Pairs { name: "EUC-KR", lead: &[(0xb0, 0xc8)], trail: &[(0xa1, 0xfe)] },
    // Kana are 82 9F–F1 and 83 40–96, kanji of level 1 begin with 88 to 97.
    Pairs {
        name: "SHIFT_JIS",
        lead: &[(0x81, 0x83), (0x88, 0x97)],
        trail: &[(0x40, 0x7e), (0x80, 0xfc)],
    },
    // Frequent characters begin with A4 to C6, punctuation with A1; half the trail bytes are ASCII.
    Pairs {
        name: "BIG5",
        lead: &[(0xa1, 0xa1), (0xa4, 0xc6)],
        trail: &[(0x40, 0x7e), (0xa1, 0xfe)],
    },
    // GB 2312: punctuation in A1 and A3, characters of level 1 in B0 to D7, of level 2 up to F7.
    Pairs {
        name: "GB18030",
        lead: &[(0xa1, 0xa1), (0xa3, 0xa3), (0xb0, 0xf7)],
        trail: &[(0xa1, 0xfe)],
    },
];

/// High bytes that belong to pairs of a table, if text is cut into pairs from each first high byte on.
fn common(bytes: &[u8], table: &Pairs) -> usize {
    let within =
        |ranges: &[(u8, u8)], b: u8| ranges.iter().any(|&(low, high)| b >= low && b <= high);
    let (mut found, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        let (lead, trail) = (bytes[at], bytes[at + 1]);
        if lead < 0x80 {
            at += 1;
            continue;
        }
        if within(table.lead, lead) && within(table.trail, trail) {
            found += 1 + usize::from(trail >= 0x80);
        }
        at += 2;
    }
    found
}

/// Words of high bytes only: Cyrillic, in which lower-case letters are the most. Where two bytes are a
/// character, no range of 32 holds three of four.
fn single_byte(bytes: &[u8], high: usize) -> Guess {
    let share = |low: u8, end: u8| {
        100 * bytes.iter().filter(|&&b| b >= low && b <= end).count() / high.max(1)
    };
    match (share(0xe0, 0xff), share(0xc0, 0xdf)) {
        (lower, _) if lower >= 75 => Guess::Encoding("WINDOWS-1251"),
        (_, lower) if lower >= 75 => Guess::Encoding("KOI8-R"),
        _ => Guess::Unknown,
    }
}

/// UTF-16 without a mark: units of two bytes of which nearly all are common characters in one order of
/// bytes. `bytes` begins with a unit.
pub(super) fn utf16(bytes: &[u8]) -> Option<&'static str> {
    let (units, _) = bytes.as_chunks::<2>();
    if units.len() < 4 {
        return None;
    }
    // Not all of Han counts: pairs of ASCII letters are Han characters too, 0x6161 for one.
    let common = |unit: u16| {
        matches!(unit, 0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0xa0..=0x24f | 0x370..=0x5ff
            | 0x3000..=0x30ff | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff00..=0xff5e)
    };
    let space = |unit: u16| matches!(unit, 0x0a | 0x20 | 0x3000..=0x3002 | 0xff0c);
    let share = |read: fn([u8; 2]) -> u16| {
        let found = units.iter().filter(|unit| common(read(**unit))).count();
        let spaces = units.iter().filter(|unit| space(read(**unit))).count();
        match 100 * spaces >= units.len() {
            true => 100 * found / units.len(),
            false => 0,
        }
    };
    let (little, big) = (share(u16::from_le_bytes), share(u16::from_be_bytes));
    match (little, big) {
        (90.., _) if little > big => Some("UTF-16LE"),
        (_, 90..) if big > little => Some("UTF-16BE"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        // 我们都是中国人，我们热爱学习。 / 我們都是中國人 / これは日本語のテキストです / 우리는 한국 사람입니다 /
        // Съешь же ещё этих мягких французских булок
        let gb = b"\xce\xd2\xc3\xc7\xb6\xbc\xca\xc7\xd6\xd0\xb9\xfa\xc8\xcb\xa3\xac\xce\xd2\xc3\xc7\xc8\xc8\xb0\xae\xd1\xa7\xcf\xb0\xa1\xa3\n".repeat(4);
        let big5 = b"\xa7\xda\xad\xcc\xb3\xa3\xac\x4f\xa4\xa4\xb0\xea\xa4\x48\xa1A\xa7\xda\xad\xcc\xbc\xf6\xb7R\xbe\xc7\xb2\xdf\xa1C\n".repeat(4);
        let japanese = b"\x82\xb1\x82\xea\x82\xcd\x93\xfa\x96{\x8c\xea\x82\xcc\x83e\x83L\x83X\x83g\x82\xc5\x82\xb7\n".repeat(4);
        let korean =
            b"\xbf\xec\xb8\xae\xb4\xc2 \xc7\xd1\xb1\xb9 \xbb\xe7\xb6\xf7\xc0\xd4\xb4\xcf\xb4\xd9\n"
                .repeat(4);
        let russian = b"\xf1\xfa\xe5\xf8\xfc \xe6\xe5 \xe5\xf9\xb8 \xfd\xf2\xe8\xf5 \xec\xff\xe3\xea\xe8\xf5\n".repeat(4);
        let latin = b"caf\xe9 cr\xe8me na\xefve Stra\xdfe \x93quoted\x94 d\xe9j\xe0\n".repeat(4);
        let utf16: Vec<u8> =
            "我们是中国人，你好。\n".repeat(5).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut broken = "naïve café Straße 北京\n".repeat(3).into_bytes();
        broken.insert(20, 0xff);
        let noise: Vec<u8> = (0..4000u64).map(|n| ((n * n * 7919) >> 5) as u8).collect();
        let cases: [(&[u8], Guess); 9] = [
            (&gb, Guess::Encoding("GB18030")),
            (&big5, Guess::Encoding("BIG5")),
            (&japanese, Guess::Encoding("SHIFT_JIS")),
            (&korean, Guess::Encoding("EUC-KR")),
            (&russian, Guess::Encoding("WINDOWS-1251")),
            (&latin, Guess::Encoding("WINDOWS-1252")),
            (&utf16, Guess::Encoding("UTF-16LE")),
            (&broken, Guess::BrokenUtf8),
            (&noise, Guess::Binary),
        ];
        for (bytes, expected) in cases {
            assert_eq!(guess(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_sample_begins_at_a_unit_of_two_bytes() {
        let text: Vec<u8> =
            "我们是中国人，你好。\n".repeat(50).encode_utf16().flat_map(u16::to_be_bytes).collect();
        for cut in [0, 1, 301] {
            let mut evidence = Evidence::default();
            let at = At { source: 3, line: 1, byte: cut as u64 };
            evidence.add(at, &text[cut..], 0);
            let guesses: Vec<_> = evidence.guesses().collect();
            assert_eq!(guesses, [(3, Guess::Encoding("UTF-16BE"))]);
        }
    }
}
