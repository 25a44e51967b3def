//! Words into provisional ids, counted as they come: the inner loop of reading a corpus.
//!
//! An [`Interner`] numbers words in the order in which it meets them. Each thread of the encoder has
//! its own, so that counting needs no lock; `select` makes one vocabulary of them all.
//!
//! An open-addressing table of 32-byte slots. A slot holds the count and the word's first 16 bytes, so
//! that a word of up to 15 bytes (98 of 100 tokens of English) is recognised and counted in one cache
//! line. What remains is waiting for that line; [`Interner::add_all`] therefore looks at the slots of
//! a batch of words before it needs the first, so that the cache misses overlap.

use crate::mmap::Zeroed;
use std::hash::{BuildHasher, RandomState};

/// A slot of the hash table; all zeros where it is free.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Slot {
    prefix: Prefix,
    count: u64,
    /// The word's hash; its low bits are the slot where the search begins.
    hash: u32,
    /// The word's id + 1; [`FREE`] where there is none.
    tag: u32,
}

/// The first 16 bytes of a word, little-endian, zero-padded.
pub(crate) type Prefix = [u64; 2];

const FREE: u32 = 0;

/// A word to be added, with what is known of it.
#[derive(Clone, Copy)]
pub(crate) struct Word<'a> {
    bytes: &'a [u8],
    prefix: Prefix,
}

impl<'a> Word<'a> {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A word, which must not hold a NUL.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        debug_assert!(!bytes.contains(&0));
        let mut prefix = [0; 16];
        let n = bytes.len().min(16);
        prefix[..n].copy_from_slice(&bytes[..n]);
        let (low, high) = prefix.split_at(8);
        let number = |b: &[u8]| u64::from_le_bytes(b.try_into().expect("8 bytes"));
        Word {
            bytes,
            prefix: [number(low), number(high)],
        }
    }

    /// As [`Word::new`], for a caller that has the prefix at hand.
    #[inline]
    pub(crate) fn with_prefix(bytes: &'a [u8], prefix: Prefix) -> Self {
        debug_assert_eq!(prefix, Word::new(bytes).prefix);
        Word { bytes, prefix }
    }
}

/// Distinct words, numbered in the order of their first occurrence, with counts.
pub(crate) struct Interner {
    slots: Zeroed<Slot>,
    text: Vec<u8>,
    /// `ends[id]` is where word `id` ends in `text`.
    ends: Vec<usize>,
    /// Differs from process to process, so that no text can be made to collide.
    seed: u64,
}

impl Interner {
    pub(crate) fn new() -> Self {
        Interner {
            slots: Zeroed::new(1 << 12),
            text: Vec::new(),
            ends: Vec::new(),
            seed: RandomState::new().hash_one(0u8) | 1,
        }
    }

    /// Adds `count` to the count of `word` and returns its id; new words get the next number.
    #[inline]
    pub(crate) fn add(&mut self, word: Word<'_>, count: u64) -> u32 {
        self.add_hashed(word, hash(word, self.seed), count)
    }

    /// Adds 1 for each of some words and hands their ids to `each`, in order.
    #[inline]
    pub(crate) fn add_all(&mut self, words: &[Word<'_>], mut each: impl FnMut(u32)) {
        let mask = self.slots.len() - 1;
        let mut hashes = [0; BATCH];
        for (hash, word) in hashes.iter_mut().zip(words) {
            *hash = self::hash(*word, self.seed);
            // Reading the slot is what brings it near; `black_box` keeps the read.
            std::hint::black_box(self.slots[*hash as usize & mask].tag);
        }
        for (hash, word) in hashes.iter().zip(words) {
            each(self.add_hashed(*word, *hash, 1));
        }
    }

    #[inline]
    fn add_hashed(&mut self, word: Word<'_>, hash: u32, count: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = &self.slots[at];
            // No word holds a NUL: up to 15 bytes, equal prefixes are equal words.
            if slot.prefix == word.prefix
                && slot.hash == hash
                && slot.tag != FREE
                && (word.bytes.len() < 16 || self.word(slot.tag - 1) == word.bytes)
            {
                let slot = &mut self.slots[at];
                slot.count += count;
                return slot.tag - 1;
            }
            if slot.tag == FREE {
                return self.insert(word, count, hash, at);
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn insert(&mut self, word: Word<'_>, count: u64, hash: u32, at: usize) -> u32 {
        let id = self.ends.len() as u32;
        assert!(id < 1 << 31, "more than 2^31 different words in one table");
        self.text.extend_from_slice(word.bytes);
        self.ends.push(self.text.len());
        self.slots[at] = Slot {
            prefix: word.prefix,
            count,
            hash,
            tag: id + 1,
        };
        if 3 * self.ends.len() > 2 * self.slots.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let size = 2 * self.slots.len();
        let old = std::mem::replace(&mut self.slots, Zeroed::new(size));
        for slot in old.iter().filter(|slot| slot.tag != FREE) {
            let mut at = slot.hash as usize & (size - 1);
            while self.slots[at].tag != FREE {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = *slot;
        }
    }

    /// Number of different words.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of word `id`.
    pub(crate) fn word(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.text[start..self.ends[id]]
    }

    /// How often each word was added, in the order of ids.
    pub(crate) fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.len()];
        for slot in self.slots.iter().filter(|slot| slot.tag != FREE) {
            counts[slot.tag as usize - 1] = slot.count;
        }
        counts
    }

    /// Bytes of memory in use.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Slot>() * self.slots.len() + self.text.capacity() + 8 * self.ends.capacity()
    }
}

/// Words of a batch: enough cache misses to keep a core's memory pipeline full.
pub(crate) const BATCH: usize = 32;

/// Folded multiplication of 8 bytes at a time, as in wyhash.
#[inline]
fn hash(word: Word<'_>, seed: u64) -> u32 {
    let mut state = fold(
        word.prefix[0] ^ seed,
        word.prefix[1] ^ 0x9e37_79b9_7f4a_7c15,
    );
    if word.bytes.len() > 16 {
        let mut rest = &word.bytes[16..];
        while let Some((bytes, tail)) = rest.split_first_chunk::<8>() {
            state = fold(state ^ u64::from_le_bytes(*bytes), 0xd6e8_feb8_6659_fd93);
            rest = tail;
        }
        let last = u64::from_le_bytes(*word.bytes.last_chunk::<8>().expect("more than 16 bytes"));
        state = fold(
            state ^ last,
            0xa076_1d64_78bd_642f ^ word.bytes.len() as u64,
        );
    }
    (state ^ (state >> 32)) as u32
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn counts_equal_a_map_of_strings() {
        // Words of every length 1..=40 that share prefixes and suffixes.
        let words: Vec<String> = (0..20_000u32)
            .map(|i| {
                "abcdefghij".repeat(4)[..(i % 40) as usize].to_owned() + &(i % 701).to_string()
            })
            .collect();
        let mut interner = Interner::new();
        let mut map: HashMap<&str, (u32, u64)> = HashMap::new();
        for (round, words) in words.chunks(BATCH).enumerate() {
            let mut ids = Vec::new();
            let batch: Vec<Word<'_>> = words.iter().map(|w| Word::new(w.as_bytes())).collect();
            match round % 2 {
                0 => interner.add_all(&batch, |id| ids.push(id)),
                _ => ids.extend(batch.iter().map(|word| interner.add(*word, 1))),
            }
            for (word, id) in words.iter().zip(ids) {
                let next = map.len() as u32;
                let entry = map.entry(word).or_insert((next, 0));
                entry.1 += 1;
                assert_eq!(id, entry.0);
            }
        }
        assert_eq!(interner.len(), map.len());
        let counts = interner.counts();
        for (word, (id, count)) in map {
            assert_eq!(
                (interner.word(id), counts[id as usize]),
                (word.as_bytes(), count)
            );
        }
    }
}
