//! Findings about single bytes: NUL, form feeds, other controls, line ends of CR alone, bytes that are not
//! UTF-8, and U+FFFD, which a program before put in the place of such.
//!
//! In: a block as it was read. A histogram of its bytes comes first: it is all that clean text costs
//! (about a nanosecond for two bytes), and it tells the other families what there is to look for.

use super::encoding::Evidence;
use super::findings::Kind;
use super::places::{At, LineFinder};
use super::tally::{Tally, around};

/// How often each byte occurs.
pub(super) type Histogram = [u32; 256];

/// Counts bytes. Four tables, since a byte that comes twice in a row would wait for itself.
pub(super) fn histogram(bytes: &[u8]) -> Histogram {
    let mut tables = [[0u32; 256]; 4];
    let (chunks, rest) = bytes.as_chunks::<4>();
    for chunk in chunks {
        for (table, byte) in tables.iter_mut().zip(chunk) {
            table[usize::from(*byte)] += 1;
        }
    }
    rest.iter().for_each(|b| tables[0][usize::from(*b)] += 1);
    std::array::from_fn(|b| tables.iter().map(|table| table[b]).sum())
}

/// Which kind a byte belongs to that is nothing else than what it is.
fn kind(byte: u8) -> Option<Kind> {
    match byte {
        0 => Some(Kind::Nul),
        0x0b | 0x0c => Some(Kind::FormFeed),
        b'\t' | b'\n' | b'\r' => None,
        0..0x20 | 0x7f => Some(Kind::ControlCharacters),
        _ => None,
    }
}

/// Looks at a block; `evidence` is collected where bytes are not UTF-8.
pub(super) fn look(
    bytes: &[u8],
    histogram: &Histogram,
    at: At,
    tally: &mut Tally,
    evidence: &mut Evidence,
) {
    for byte in (0..=0x7f).filter(|&byte| histogram[usize::from(byte)] > 0) {
        let Some(kind) = kind(byte) else { continue };
        tally.add(kind, u64::from(histogram[usize::from(byte)]));
    }
    let mut lines = LineFinder::new(at, bytes);
    let controls = [Kind::Nul, Kind::FormFeed, Kind::ControlCharacters];
    for wanted in controls {
        let here = (0..=0x7f).any(|b| histogram[usize::from(b)] > 0 && kind(b) == Some(wanted));
        if here && tally.wants(wanted) {
            let found = bytes.iter().enumerate();
            for (n, byte) in found.filter(|(_, byte)| kind(**byte) == Some(wanted)) {
                tally.place(wanted, lines.byte(n), || {
                    format!("byte 0x{byte:02x} in \"{}\"", context(bytes, n))
                });
                if !tally.wants(wanted) {
                    break;
                }
            }
        }
    }
    if histogram[usize::from(b'\r')] > 0 {
        for n in memchr::memchr_iter(b'\r', bytes) {
            if bytes.get(n + 1) != Some(&b'\n') {
                tally.add(Kind::CrLines, 1);
                if tally.wants(Kind::CrLines) {
                    tally.place(Kind::CrLines, lines.spot(n), String::new);
                }
            }
        }
    }
    if histogram[0xbd] > 0 && histogram[0xef] > 0 {
        // In the bytes, since the text has more of them where bytes are not UTF-8.
        for n in memchr::memmem::find_iter(bytes, "\u{fffd}") {
            tally.add(Kind::Replacement, 1);
            if tally.wants(Kind::Replacement) {
                tally.place(Kind::Replacement, lines.spot(n), || context(bytes, n));
            }
        }
    }
    if histogram[0x80..].iter().any(|&n| n > 0) && std::str::from_utf8(bytes).is_err() {
        invalid(bytes, at, tally, evidence);
    }
}

fn invalid(bytes: &[u8], at: At, tally: &mut Tally, evidence: &mut Evidence) {
    let mut start = 0;
    let mut first = None;
    let mut lines = LineFinder::new(at, bytes);
    for chunk in bytes.utf8_chunks() {
        let n = start + chunk.valid().len();
        start = n + chunk.invalid().len();
        if let Some(byte) = chunk.invalid().first() {
            first.get_or_insert(n);
            tally.add(Kind::InvalidUtf8, 1);
            if tally.wants(Kind::InvalidUtf8) {
                tally.place(Kind::InvalidUtf8, lines.byte(n), || {
                    format!("byte 0x{byte:02x} in \"{}\"", context(bytes, n))
                });
            }
        }
    }
    if let Some(first) = first {
        evidence.add(at, bytes, first);
    }
}

/// What stands around a byte.
fn context(bytes: &[u8], at: usize) -> String {
    let low = at.saturating_sub(24);
    let text = String::from_utf8_lossy(&bytes[low..bytes.len().min(at + 40)]);
    // Replacements may be longer than what they replace: the start is near enough.
    around(&text, (at - low).min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(bytes: &[u8]) -> Tally {
        let mut tally = Tally::new();
        let at = At { source: 0, line: 1, byte: 0 };
        look(bytes, &histogram(bytes), at, &mut tally, &mut Evidence::default());
        tally
    }

    #[test]
    fn a_histogram_counts_every_byte() {
        let bytes: Vec<u8> = (0..=255).chain(0..=100).chain(7..10).collect();
        let found = histogram(&bytes);
        for byte in 0..=255u8 {
            let expected = bytes.iter().filter(|b| **b == byte).count();
            assert_eq!(found[usize::from(byte)], expected as u32);
        }
    }

    #[test]
    fn bytes_are_counted_and_placed() {
        let text = b"a\0b\n\x0cc\r\nd\re \x01\x7f\n\xff\xfe x \xc3\n\0\xef\xbf\xbd";
        let tally = look_at(text);
        let expected = [
            (Kind::Nul, 2, vec![(1, Some(1)), (6, Some(22))]),
            (Kind::FormFeed, 1, vec![(2, Some(4))]),
            (Kind::ControlCharacters, 2, vec![(4, Some(12)), (4, Some(13))]),
            (Kind::CrLines, 1, vec![(3, None)]),
            (Kind::Replacement, 1, vec![(6, None)]),
            (Kind::InvalidUtf8, 3, vec![(5, Some(15)), (5, Some(16)), (5, Some(20))]),
        ];
        for (kind, count, places) in expected {
            let found = tally.get(kind);
            let first: Vec<_> = found.first.iter().map(|(s, _)| (s.line, s.byte)).collect();
            assert_eq!((found.count, first), (count, places), "{kind}");
        }
    }

    #[test]
    fn no_more_than_five_places_are_kept() {
        let tally = look_at(&[0; 100]);
        assert_eq!(tally.count(Kind::Nul), 100);
        assert_eq!(tally.get(Kind::Nul).first.len(), 5);
    }
}
