//! Samples of the files that are not all UTF-8, for a guess at their encodings.
//!
//! In: blocks. Out: for each of the first files some kilobytes around its first byte that is not UTF-8, and
//! what [`guess`] makes of them. The finding says "probably".

use super::places::At;
use crate::corpus::{Guess, guess};
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
            // Units of two and four bytes begin at multiples of them.
            let skip = (start.wrapping_neg() % 4) as usize;
            (*source, guess(&sample[skip.min(sample.len())..]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Encoding;

    #[test]
    fn a_sample_begins_at_a_unit_of_two_bytes() {
        let text: Vec<u8> =
            "我们是中国人，你好。\n".repeat(50).encode_utf16().flat_map(u16::to_be_bytes).collect();
        for cut in [0, 1, 301] {
            let mut evidence = Evidence::default();
            let at = At { source: 3, line: 1, byte: cut as u64 };
            evidence.add(at, &text[cut..], 0);
            let guesses: Vec<_> = evidence.guesses().collect();
            assert_eq!(guesses, [(3, Guess::Encoding(Encoding::named("utf-16be").unwrap()))]);
        }
    }
}
