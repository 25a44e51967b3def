//! Checksums of matrices, at the speed of memory.
//!
//! In: the V×D little-endian floats of one matrix, dense. Out: 64 bits. The bytes are cut into
//! pieces of 1 MiB; the checksum is xxh3-64 (seed 0) over the little-endian xxh3-64 values of the
//! pieces. One xxh3 over everything would tie the check to one core; like this all threads share it,
//! and the result does not depend on how many there are.

use crate::threads::Threads;
use crate::vectors::Dtype;
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

/// Bytes of a piece: fits the second-level cache, so that the test for finiteness that follows the
/// hash reads from there. Part of the format.
const PIECE: usize = 1 << 20;

/// The checksum of `bytes`, and whether every float in them is finite.
pub(super) fn checksum(bytes: &[u8], threads: &Threads) -> (u64, bool) {
    let pieces: Vec<&[u8]> = bytes.chunks(PIECE).collect();
    let of_piece = |nth: usize| (xxh3_64(pieces[nth]), Dtype::F32.is_finite(pieces[nth]));
    let pieces = threads.map(pieces.len(), 1, of_piece);
    let mut sums = Summing::default();
    for (sum, _) in &pieces {
        sums.pieces.extend(sum.to_le_bytes());
    }
    (xxh3_64(&sums.pieces), pieces.iter().all(|(_, finite)| *finite))
}

/// The same checksum for bytes that arrive one after the other, while they are written.
#[derive(Default)]
pub(super) struct Summing {
    piece: Xxh3Default,
    filled: usize,
    pieces: Vec<u8>,
}

impl Summing {
    /// Takes the next bytes.
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.filled));
            self.piece.update(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == PIECE {
                self.end_piece();
            }
        }
    }

    fn end_piece(&mut self) {
        self.pieces.extend(self.piece.digest().to_le_bytes());
        self.piece.reset();
        self.filled = 0;
    }

    /// The checksum of everything taken.
    pub(super) fn finish(mut self) -> u64 {
        if self.filled > 0 {
            self.end_piece();
        }
        xxh3_64(&self.pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parallel_and_streaming_agree_at_every_edge_of_a_piece() {
        let bytes: Vec<u8> = (0..2 * PIECE + 8).map(|i| (i * 7 % 120) as u8).collect();
        for len in [0, 4, PIECE - 4, PIECE, PIECE + 4, 2 * PIECE, 2 * PIECE + 8] {
            for step in [1000, PIECE - 4, 3 * PIECE] {
                let mut summing = Summing::default();
                bytes[..len].chunks(step).for_each(|b| summing.update(b));
                let sum = checksum(&bytes[..len], &Threads::default());
                assert_eq!((summing.finish(), true), sum, "{len} {step}");
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_seen_anywhere() {
        for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for place in [0, 7, 99] {
                let mut floats = vec![f32::MAX; 100];
                floats[place] = bad;
                let bytes: Vec<u8> = floats.iter().flat_map(|x| x.to_le_bytes()).collect();
                assert!(!Dtype::F32.is_finite(&bytes), "{bad} at {place}");
            }
        }
        let good = [0.0, -0.0, f32::MIN_POSITIVE, 1e-45, f32::MIN];
        let bytes: Vec<u8> = good.iter().flat_map(|x: &f32| x.to_le_bytes()).collect();
        assert!(Dtype::F32.is_finite(&bytes));
    }
}
