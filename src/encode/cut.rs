//! A block of text into provisional ids, with the ends of lines marked.
//!
//! Text that is cut at white space alone takes a path of its own ([`Cutter::cut_plain`]): 64 bytes become
//! a mask of the separators among them, and a word is what stands between two of them. Its first 16
//! bytes are read at once and cut to its length by a mask, without a loop over bytes and without a
//! branch on the length, which nobody can guess.

use super::END;
use crate::corpus::Tokenizer;
use crate::vocab::{BATCH, Interner, Word};

/// Numbers and counts the tokens of one line, which holds no line end; `ids` are then theirs.
pub(crate) fn cut_line(line: &str, tokenizer: Tokenizer, words: &mut Interner, ids: &mut Vec<u32>) {
    ids.clear();
    let mut cutter = Cutter { words, ids: std::mem::take(ids), breaks: false, emoji: 0 };
    match tokenizer.is_plain() {
        true => cutter.cut_plain(line.as_bytes()),
        false => cutter.cut_lines(line, tokenizer),
    }
    *ids = cutter.ids;
}

/// Collects the provisional ids of a block.
pub(super) struct Cutter<'a> {
    words: &'a mut Interner,
    pub(super) ids: Vec<u32>,
    /// Whether a line ended before the first id.
    pub(super) breaks: bool,
    /// Emoji that the tokenizer left out.
    pub(super) emoji: u64,
}

impl<'a> Cutter<'a> {
    /// For `bytes` of text.
    pub(super) fn new(words: &'a mut Interner, bytes: usize) -> Self {
        Cutter { words, ids: Vec::with_capacity(bytes / 5), breaks: false, emoji: 0 }
    }

    pub(super) fn end_line(&mut self) {
        match self.ids.last_mut() {
            Some(last) => *last |= END,
            None => self.breaks = true,
        }
    }

    pub(super) fn cut_lines(&mut self, text: &str, tokenizer: Tokenizer) {
        let mut first = true;
        for line in text.split(['\n', '\r']) {
            if !std::mem::take(&mut first) {
                self.end_line();
            }
            self.emoji += tokenizer.for_each(line, |token| {
                self.ids.push(self.words.add(Word::new(token.as_bytes())));
            });
        }
    }

    /// Space, tab, LF and CR are the only bytes up to 0x20 (the reader has made spaces of the rest).
    pub(super) fn cut_plain(&mut self, text: &[u8]) {
        let mut batch = [Word::new(b""); BATCH];
        // The words of the batch behind which a line ends, a bit each.
        let (mut filled, mut ends) = (0, 0u64);
        let mut start = 0;
        // Behind the text stand spaces: the first of them ends its last word.
        let (chunks, rest) = text.as_chunks::<64>();
        let mut last = [b' '; 64];
        last[..rest.len()].copy_from_slice(rest);
        for (chunk, at) in chunks.iter().chain([&last]).zip((0..).step_by(64)) {
            let mut separators = separators(chunk);
            while separators != 0 {
                let end = at + separators.trailing_zeros() as usize;
                separators &= separators - 1;
                if end > start {
                    batch[filled] = word(text, start, end);
                    filled += 1;
                }
                start = end + 1;
                if matches!(text.get(end), Some(b'\n' | b'\r')) {
                    match filled {
                        0 => self.end_line(),
                        _ => ends |= 1 << (filled - 1),
                    }
                }
                if filled == BATCH {
                    self.add(&batch, &mut ends);
                    filled = 0;
                }
            }
        }
        self.add(&batch[..filled], &mut ends);
    }

    #[inline(always)]
    fn add(&mut self, words: &[Word<'_>], ends: &mut u64) {
        let before = self.ids.len();
        self.words.add_all(words, &mut self.ids);
        while *ends != 0 {
            self.ids[before + ends.trailing_zeros() as usize] |= END;
            *ends &= *ends - 1;
        }
    }
}

/// A batch has a bit for each word.
const _: () = assert!(BATCH <= 64);

/// Which of 64 bytes are 0x20 or less, the first in the lowest bit.
#[inline(always)]
fn separators(bytes: &[u8; 64]) -> u64 {
    let flags = bytes.map(|byte| u8::from(byte <= b' '));
    let (eights, _) = flags.as_chunks::<8>();
    let masks = eights.iter().zip((0..).step_by(8)).map(|(eight, at)| {
        // The product brings eight bits together in its highest byte.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits << at
    });
    masks.fold(0, |all, mask| all | mask)
}

/// `KEPT[n]` keeps the first n of 16 bytes.
const KEPT: [[u64; 2]; 17] = {
    let mut masks = [[u64::MAX; 2]; 17];
    let mut n = 0;
    while n < 8 {
        masks[n] = [(1 << (8 * n)) - 1, 0];
        masks[n + 8] = [u64::MAX, (1 << (8 * n)) - 1];
        n += 1;
    }
    masks
};

/// The word `text[start..end]`.
#[inline(always)]
fn word(text: &[u8], start: usize, end: usize) -> Word<'_> {
    let bytes = &text[start..end];
    // In the last 16 bytes of the text there is less to read.
    let Some(prefix) = text[start..].first_chunk::<16>() else {
        return Word::new(bytes);
    };
    let prefix: [u64; 2] = bytemuck::cast(*prefix);
    let kept = &KEPT[bytes.len().min(16)];
    Word::with_prefix(bytes, [0, 1].map(|i| u64::from_le(prefix[i]) & kept[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Words, those that end a line with a stroke; and whether a line ended before the first.
    type Cut = (Vec<String>, bool);

    fn plain(text: &[u8]) -> Cut {
        let mut words = Interner::new();
        let mut cutter = Cutter::new(&mut words, text.len());
        cutter.cut_plain(text);
        let (ids, breaks) = (cutter.ids, cutter.breaks);
        let read = ids.iter().map(|id| {
            let end = if id & END == 0 { "" } else { "|" };
            String::from_utf8_lossy(words.word(id & !END)).into_owned() + end
        });
        (read.collect(), breaks)
    }

    /// Byte by byte.
    fn naive(text: &[u8]) -> Cut {
        let (mut words, mut breaks) = (Vec::<String>::new(), false);
        let mut word = Vec::new();
        for &byte in text.iter().chain(b" ") {
            if byte > b' ' {
                word.push(byte);
                continue;
            }
            if !word.is_empty() {
                words.push(String::from_utf8_lossy(&std::mem::take(&mut word)).into_owned());
            }
            if matches!(byte, b'\n' | b'\r') {
                match words.last_mut() {
                    Some(last) if last.ends_with('|') => {}
                    Some(last) => last.push('|'),
                    None => breaks = true,
                }
            }
        }
        (words, breaks)
    }

    proptest! {
        /// Words of all lengths, separators of all kinds, at every place in a chunk.
        #[test]
        fn plain_text_is_cut_as_byte_by_byte(
            text in proptest::collection::vec(
                prop_oneof![
                    6 => "[a-c]{0,9}", 2 => "[a-cé]{10,40}", 1 => "a{63,66}",
                    4 => Just(" ".to_owned()), 1 => "[ \t]{1,3}", 1 => "[\r\n]{1,2}",
                ],
                0..200,
            ),
        ) {
            let text = text.concat();
            prop_assert_eq!(plain(text.as_bytes()), naive(text.as_bytes()));
        }

        #[test]
        fn separators_are_bytes_up_to_a_space(bytes in proptest::array::uniform32(0u8..), spaces in 0u64..) {
            let mut chunk: [u8; 64] = bytemuck::cast([bytes, bytes]);
            for (i, byte) in chunk.iter_mut().enumerate().filter(|(i, _)| spaces >> i & 1 == 1) {
                *byte = b"\t\n\r  \x80\x21\xa0"[i % 8];
            }
            for (i, byte) in chunk.iter().enumerate() {
                prop_assert_eq!(separators(&chunk) >> i & 1 == 1, *byte <= 0x20);
            }
        }
    }
}
