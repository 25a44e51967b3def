//! Text in encodings other than UTF-8: their names, a stream that decodes them, and a guess.
//!
//! In: bytes. Out: UTF-8, in which a sequence that the encoding does not have is the byte FF, which no
//! UTF-8 text holds: whoever reads on treats it as any byte that is not UTF-8
//! ([`InvalidUtf8`](super::InvalidUtf8)).
//!
//! Encodings are those of the WHATWG standard (encoding_rs), UTF-32, and the code pages of DOS
//! (`cp437`, `cp852`, …). As in the standard `latin1` is windows-1252, and `gb2312` is GBK.
//!
//! A guess has three sources: a byte-order mark; units of two or four bytes of which nearly all are
//! common characters (UTF-16, UTF-32); for all others chardetng, the detector of Firefox.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::DecoderResult;
use oem_cp::code_table::DECODING_TABLE_CP_MAP;
use oem_cp::code_table_type::TableType;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Read};

/// An encoding of text.
///
/// ```
/// use w2v::corpus::Encoding;
/// assert_eq!(Encoding::named("KOI8-R").map(|koi8| koi8.to_string()).as_deref(), Some("KOI8-R"));
/// assert_eq!(Encoding::named("cp852").map(|dos| dos.to_string()).as_deref(), Some("cp852"));
/// assert_eq!(Encoding::named("klingon"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Encoding(Kind);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whatwg(&'static encoding_rs::Encoding),
    Utf32 {
        big_endian: bool,
    },
    /// A code page of DOS, by its number.
    Oem(u16),
}

/// What a sequence becomes that the encoding does not have.
const MALFORMED: u8 = 0xff;

impl Encoding {
    /// UTF-8.
    pub const UTF_8: Encoding = Encoding(Kind::Whatwg(encoding_rs::UTF_8));
    const UTF_16LE: Encoding = Encoding(Kind::Whatwg(encoding_rs::UTF_16LE));
    const UTF_16BE: Encoding = Encoding(Kind::Whatwg(encoding_rs::UTF_16BE));
    const UTF_32LE: Encoding = Encoding(Kind::Utf32 { big_endian: false });
    const UTF_32BE: Encoding = Encoding(Kind::Utf32 { big_endian: true });

    /// The encoding of a name, in any of its usual spellings; `None` where none has it.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        // Names of Python and Windows that the standard has not.
        let other = match name.replace(['-', '_'], "").as_str() {
            "utf32" | "utf32le" => return Some(Self::UTF_32LE),
            "utf32be" => return Some(Self::UTF_32BE),
            "utf16" | "utf16le" => "utf-16le",
            "utf16be" => "utf-16be",
            "utf8" | "utf8sig" | "cp65001" => "utf-8",
            "latin1" | "iso88591" => "latin1",
            "cp932" | "ms932" => "shift_jis",
            "cp936" => "gbk",
            "cp949" => "euc-kr",
            "cp950" => "big5",
            _ => "",
        };
        for label in [name.as_str(), &name.replace('_', "-"), other] {
            if let Some(known) = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()) {
                return Some(Encoding(Kind::Whatwg(known)));
            }
        }
        let page = ["cp", "ibm"].iter().find_map(|prefix| name.strip_prefix(prefix))?;
        let page = page.parse().ok().filter(|page| DECODING_TABLE_CP_MAP.contains_key(page))?;
        Some(Encoding(Kind::Oem(page)))
    }

    /// The encoding that a byte-order mark at the beginning of a file names.
    pub(crate) fn of_mark(bytes: &[u8]) -> Option<Self> {
        match bytes {
            // Before UTF-16, whose mark is the beginning of this one.
            [0xff, 0xfe, 0, 0, ..] => Some(Self::UTF_32LE),
            [0, 0, 0xfe, 0xff, ..] => Some(Self::UTF_32BE),
            [0xff, 0xfe, ..] => Some(Self::UTF_16LE),
            [0xfe, 0xff, ..] => Some(Self::UTF_16BE),
            [0xef, 0xbb, 0xbf, ..] => Some(Self::UTF_8),
            _ => None,
        }
    }

    /// The encoding that the beginning of a file shows without a doubt: by its mark, or because nearly
    /// all of its units of two or four bytes are common characters. `None` for UTF-8 without a mark,
    /// and for all encodings of which there can be a doubt.
    pub(crate) fn evident(bytes: &[u8]) -> Option<Self> {
        Self::of_mark(bytes).or_else(|| {
            let odd = memchr::memchr(0, bytes).is_some() || !is_utf8_so_far(bytes);
            odd.then(|| utf32(bytes).or_else(|| utf16(bytes)))?
        })
    }

    /// Whether ASCII text is the same in it.
    pub(crate) fn is_ascii(self) -> bool {
        match self.0 {
            Kind::Whatwg(encoding) => encoding.is_ascii_compatible(),
            Kind::Utf32 { .. } => false,
            Kind::Oem(_) => true,
        }
    }

    /// The text of `bytes` in UTF-8, with [`MALFORMED`] bytes; a mark at its beginning is left out.
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len());
        let mut decoder = self.decoder();
        let read = decoder.decode(bytes, true, &mut text);
        debug_assert_eq!(read, bytes.len());
        text
    }

    fn decoder(self) -> Decoder {
        match self.0 {
            Kind::Whatwg(encoding) => Decoder::Whatwg(encoding.new_decoder_with_bom_removal()),
            Kind::Utf32 { big_endian } => Decoder::Utf32 { big_endian, begins: true },
            Kind::Oem(page) => Decoder::Oem(page),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Whatwg(encoding) => f.pad(encoding.name()),
            Kind::Utf32 { big_endian } => f.pad(if big_endian { "UTF-32BE" } else { "UTF-32LE" }),
            Kind::Oem(page) => f.pad(&format!("cp{page}")),
        }
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoding({self})")
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> String {
        encoding.to_string()
    }
}

impl TryFrom<String> for Encoding {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Encoding::named(&name).ok_or_else(|| format!("{name:?} is not the name of an encoding"))
    }
}

enum Decoder {
    Whatwg(encoding_rs::Decoder),
    /// `begins`: whether a mark may come.
    Utf32 {
        big_endian: bool,
        begins: bool,
    },
    Oem(u16),
}

impl Decoder {
    /// Appends the text of `bytes` to `text`. Returns how many bytes were used; the others are the
    /// beginning of a character, and come again. At the end of the text all are used.
    fn decode(&mut self, bytes: &[u8], at_end: bool, text: &mut Vec<u8>) -> usize {
        match self {
            Decoder::Whatwg(decoder) => decode_whatwg(decoder, bytes, at_end, text),
            Decoder::Utf32 { big_endian, begins } => {
                let (units, rest) = bytes.as_chunks::<4>();
                for unit in units {
                    let code = match big_endian {
                        true => u32::from_be_bytes(*unit),
                        false => u32::from_le_bytes(*unit),
                    };
                    match char::from_u32(code) {
                        Some('\u{feff}') if *begins => {}
                        Some(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                        None => text.push(MALFORMED),
                    }
                    *begins = false;
                }
                if at_end && !rest.is_empty() {
                    text.push(MALFORMED);
                }
                if at_end { bytes.len() } else { bytes.len() - rest.len() }
            }
            Decoder::Oem(page) => {
                let table = DECODING_TABLE_CP_MAP.get(page);
                for &byte in bytes {
                    let high = usize::from(byte).checked_sub(0x80);
                    let c = match (high, table) {
                        (None, _) => Some(char::from(byte)),
                        (Some(at), Some(TableType::Complete(table))) => Some(table[at]),
                        (Some(at), Some(TableType::Incomplete(table))) => table[at],
                        (Some(_), None) => None,
                    };
                    match c {
                        Some(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                        None => text.push(MALFORMED),
                    }
                }
                bytes.len()
            }
        }
    }
}

fn decode_whatwg(
    decoder: &mut encoding_rs::Decoder,
    bytes: &[u8],
    at_end: bool,
    text: &mut Vec<u8>,
) -> usize {
    let mut read = 0;
    loop {
        let rest = &bytes[read..];
        let most = decoder.max_utf8_buffer_length_without_replacement(rest.len());
        let start = text.len();
        text.resize(start + most.unwrap_or(3 * rest.len() + 16), 0);
        let (result, used, written) =
            decoder.decode_to_utf8_without_replacement(rest, &mut text[start..], at_end);
        text.truncate(start + written);
        read += used;
        match result {
            DecoderResult::InputEmpty => return read,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => text.push(MALFORMED),
        }
    }
}

/// What `inner` holds, in UTF-8.
pub(super) struct Decoding<R> {
    inner: R,
    decoder: Decoder,
    /// Bytes that were read and not decoded: the beginning of a character.
    left: Vec<u8>,
    text: Vec<u8>,
    /// Bytes of `text` that were handed out.
    taken: usize,
    ended: bool,
}

impl<R: Read> Decoding<R> {
    pub(super) fn new(inner: R, encoding: Encoding) -> Self {
        let (left, text) = (Vec::new(), Vec::new());
        Decoding { inner, decoder: encoding.decoder(), left, text, taken: 0, ended: false }
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const CHUNK: usize = 1 << 16;
        while self.taken == self.text.len() && !self.ended {
            self.text.clear();
            self.taken = 0;
            let before = self.left.len();
            self.left.resize(before + CHUNK, 0);
            let read = self.inner.read(&mut self.left[before..]);
            self.left.truncate(before + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
            let used = self.decoder.decode(&self.left, self.ended, &mut self.text);
            self.left.drain(..used);
        }
        let ready = &self.text[self.taken..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.taken += count;
        Ok(count)
    }
}

/// What the encoding of a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guess {
    /// UTF-8 with some broken bytes in it.
    BrokenUtf8,
    /// Another encoding.
    Encoding(Encoding),
    /// No text.
    Binary,
    Unknown,
}

/// Guesses by a sample of a text that is not all UTF-8; units of several bytes begin at its beginning.
pub(crate) fn guess(bytes: &[u8]) -> Guess {
    if bytes.is_empty() {
        return Guess::Unknown;
    }
    if let Some(units) = utf32(bytes).or_else(|| utf16(bytes)) {
        return Guess::Encoding(units);
    }
    let control = |b: &&u8| matches!(b, 0..=8 | 14..=26 | 28..=31 | 127);
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
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let mut likely = detector.guess(None, Utf8Detection::Deny);
    // The detector has one name for both.
    let russian = encoding_rs::KOI8_R;
    if likely == encoding_rs::KOI8_U && russian.decode(bytes).0 == likely.decode(bytes).0 {
        likely = russian;
    }
    let likely = Encoding(Kind::Whatwg(likely));
    // A text in its own encoding has next to no sequence that the encoding lacks.
    let wrong = memchr::memchr_iter(MALFORMED, &likely.decode(bytes)).count();
    match 50 * wrong > invalid {
        true => Guess::Unknown,
        false => Guess::Encoding(likely),
    }
}

/// Whether `bytes` is the beginning of UTF-8; its last character may be cut.
pub(super) fn is_utf8_so_far(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// UTF-32 without a mark: every unit of four bytes is a character. `bytes` begins with a unit.
fn utf32(bytes: &[u8]) -> Option<Encoding> {
    let (units, _) = bytes.as_chunks::<4>();
    let all = |read: fn([u8; 4]) -> u32| {
        units.len() >= 3
            && units.iter().all(|unit| read(*unit) != 0 && char::from_u32(read(*unit)).is_some())
    };
    match (all(u32::from_le_bytes), all(u32::from_be_bytes)) {
        (true, false) => Some(Encoding::UTF_32LE),
        (false, true) => Some(Encoding::UTF_32BE),
        _ => None,
    }
}

/// UTF-16 without a mark: units of two bytes of which nearly all are common characters in one order of
/// bytes. `bytes` begins with a unit.
fn utf16(bytes: &[u8]) -> Option<Encoding> {
    let (units, _) = bytes.as_chunks::<2>();
    let printed = bytes.iter().filter(|byte| matches!(byte, b' '..=b'~')).count();
    // Of letters of Devanagari every other byte is 09.
    let blank = bytes.iter().filter(|byte| matches!(byte, b'\t' | b'\n' | b'\r')).count();
    let ascii = printed + if 4 * blank > bytes.len() { 0 } else { blank };
    // Half of the bytes of Latin text are NUL, of others not ASCII; in ASCII text with stray NULs few are.
    if units.len() < 4 || 4 * ascii > 3 * bytes.len() {
        return None;
    }
    // Not all of Han counts: pairs of ASCII letters are Han characters too, 0x6161 for one.
    let common = |unit: u16| {
        matches!(unit, 0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0xa0..=0x24f | 0x370..=0x1fff
            | 0x3000..=0x30ff | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff00..=0xff5e)
    };
    let space = |unit: u16| matches!(unit, 0x0a | 0x20 | 0x3000..=0x3002 | 0xff0c);
    let percent = |read: fn([u8; 2]) -> u16| {
        let found = units.iter().filter(|unit| common(read(**unit))).count();
        let spaces = units.iter().filter(|unit| space(read(**unit))).count();
        match 100 * spaces >= units.len() {
            true => 100 * found / units.len(),
            false => 0,
        }
    };
    let (little, big) = (percent(u16::from_le_bytes), percent(u16::from_be_bytes));
    match (little, big) {
        (90.., _) if little > big => Some(Encoding::UTF_16LE),
        (_, 90..) if big > little => Some(Encoding::UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_all_their_usual_names() {
        for (name, expected) in [
            ("latin-1", "windows-1252"),
            ("iso_8859_15", "ISO-8859-15"),
            ("utf16", "UTF-16LE"),
            ("utf_8", "UTF-8"),
            ("cp932", "Shift_JIS"),
            ("cp936", "GBK"),
            ("cp949", "EUC-KR"),
            ("UTF-32-BE", "UTF-32BE"),
            ("cp1251", "windows-1251"),
            ("ibm850", "cp850"),
        ] {
            assert_eq!(Encoding::named(name).unwrap().to_string(), expected, "{name}");
        }
    }

    #[test]
    fn utf_16_without_a_mark_is_seen_in_all_scripts() {
        for text in
            ["مرحبا بالعالم العربي", "नमस्ते दुनिया के लोगों", "สวัสดี ชาวโลก ทั้งหลาย", "plain words here"]
        {
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(Encoding::evident(&little), Some(Encoding::UTF_16LE), "{text}");
            assert_eq!(Encoding::evident(&big), Some(Encoding::UTF_16BE), "{text}");
            assert_eq!(Encoding::evident(text.as_bytes()), None, "{text}");
        }
    }

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
        let of = |name| Guess::Encoding(Encoding::named(name).unwrap());
        let cases: [(&[u8], Guess); 9] = [
            (&gb, of("gbk")),
            (&big5, of("big5")),
            (&japanese, of("shift_jis")),
            (&korean, of("euc-kr")),
            (&russian, of("windows-1251")),
            (&latin, of("windows-1252")),
            (&utf16, of("utf-16le")),
            (&broken, Guess::BrokenUtf8),
            (&noise, Guess::Binary),
        ];
        for (bytes, expected) in cases {
            assert_eq!(guess(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
