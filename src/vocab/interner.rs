//! Words into provisional ids, counted as they come: the inner loop of reading a corpus.
//!
//! An [`Interner`] numbers words in the order in which it meets them. Each thread of the encoder has
//! its own, so that counting needs no lock; `select` makes one vocabulary of them all.
//!
//! What is known of a word stands in a record of 32 bytes, its first 16 among them, so that a word of up
//! to 15 bytes (98 of 100 tokens of English) is recognised by comparing two numbers. Records are in the
//! order of ids: frequent words come early in a text, so that their records are neighbours and stay in
//! cache. An open-addressing table of 4-byte slots leads to them: 2 MB for the 222,000 words of 100 MB
//! of English, where a table of the records themselves took 16 MB.
//!
//! What remains is waiting for two cache lines, of the slot and of the record;
//! [`Interner::add_all`] asks for those of a whole batch of words before it needs the first, so that
//! the cache misses overlap.

use crate::mmap::{Zeroed, prefetch};
use std::hash::{BuildHasher, RandomState};

/// What is known of a word.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Record {
    prefix: Prefix,
    count: u64,
    /// Where the word ends in the text of all words.
    end: u64,
}

/// The first 16 bytes of a word, little-endian, zero-padded.
pub(crate) type Prefix = [u64; 2];

/// A slot without a word. Others hold the word's id + 1 in as many low bits as number the slots, and in
/// the bits above those of the word's hash: whoever differs in them is another word.
const FREE: u32 = 0;

/// A word to be added, with what is known of it.
#[derive(Clone, Copy)]
pub(crate) struct Word<'a> {
    bytes: &'a [u8],
    prefix: Prefix,
}

impl<'a> Word<'a> {
    /// A word, which must not hold a NUL.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        debug_assert!(!bytes.contains(&0));
        let mut prefix = [0; 16];
        let n = bytes.len().min(16);
        prefix[..n].copy_from_slice(&bytes[..n]);
        let (low, high) = prefix.split_at(8);
        let number = |b: &[u8]| u64::from_le_bytes(b.try_into().expect("8 bytes"));
        Word { bytes, prefix: [number(low), number(high)] }
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
    /// A power of two; half of them stay free.
    slots: Zeroed<u32>,
    /// Those of the words, in the order of ids, and room: half as many as there are slots.
    records: Zeroed<Record>,
    len: usize,
    text: Vec<u8>,
    /// Differs from process to process, so that no text can be made to collide.
    seed: u64,
}

impl Interner {
    pub(crate) fn new() -> Self {
        Interner {
            slots: Zeroed::new(1 << 12),
            records: Zeroed::new(1 << 11),
            len: 0,
            text: Vec::new(),
            seed: RandomState::new().hash_one(0u8) | 1,
        }
    }

    /// Adds 1 to the count of `word` and returns its id; new words get the next number.
    #[inline]
    pub(crate) fn add(&mut self, word: Word<'_>) -> u32 {
        self.add_hashed(word, hash(word, self.seed), 1)
    }

    /// Adds 1 for each of up to [`BATCH`] words and appends their ids, in order.
    #[inline]
    pub(crate) fn add_all(&mut self, words: &[Word<'_>], ids: &mut Vec<u32>) {
        self.add_batch(words, |_| 1, ids);
    }

    /// Adds all words of another table with their counts; returns the id here of each of its ids.
    pub(crate) fn merge(&mut self, other: &Interner) -> Vec<u32> {
        let mut ids = Vec::with_capacity(other.len);
        let mut batch = [Word::new(b""); BATCH];
        for records in other.records[..other.len].chunks(BATCH) {
            let start = ids.len() as u32;
            for (id, word) in (start..).zip(&mut batch[..records.len()]) {
                *word = other.known(id);
            }
            self.add_batch(&batch[..records.len()], |i| records[i].count, &mut ids);
        }
        ids
    }

    #[inline(always)]
    fn add_batch(&mut self, words: &[Word<'_>], count: impl Fn(usize) -> u64, ids: &mut Vec<u32>) {
        let mut hashes = [0; BATCH];
        // For each word the id of that one at whose slot its search begins: mostly the word itself.
        let mut found = [0; BATCH];
        let (hashes, found) = (&mut hashes[..words.len()], &mut found[..words.len()]);
        let (slots, mask, records) = (&self.slots[..], self.mask(), &self.records[..]);
        for (hash, word) in hashes.iter_mut().zip(words) {
            *hash = self::hash(*word, self.seed);
            prefetch(slots, (*hash & mask) as usize);
        }
        for (id, hash) in found.iter_mut().zip(&*hashes) {
            *id = (slots[(*hash & mask) as usize] & mask).wrapping_sub(1);
            prefetch(records, *id as usize);
        }
        let mut next = 0;
        while next < words.len() {
            let records = &mut self.records[..];
            for (id, word) in found[next..].iter().zip(&words[next..]) {
                match records.get_mut(*id as usize) {
                    Some(record) if record.prefix == word.prefix && word.bytes.len() < 16 => {
                        record.count += count(next);
                    }
                    _ => break,
                }
                next += 1;
            }
            if let Some(word) = words.get(next) {
                found[next] = self.add_hashed(*word, hashes[next], count(next));
                next += 1;
            }
        }
        ids.extend_from_slice(found);
    }

    #[inline(never)]
    fn add_hashed(&mut self, word: Word<'_>, hash: u32, count: u64) -> u32 {
        let mask = self.mask();
        let mut at = hash & mask;
        loop {
            let slot = self.slots[at as usize];
            if slot == FREE {
                return self.insert(word, count, hash, at);
            }
            if (slot ^ hash) & !mask == 0 {
                let id = (slot & mask) - 1;
                // No word holds a NUL: up to 15 bytes, equal prefixes are equal words.
                if self.records[id as usize].prefix == word.prefix
                    && (word.bytes.len() < 16 || self.word(id) == word.bytes)
                {
                    self.records[id as usize].count += count;
                    return id;
                }
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn insert(&mut self, word: Word<'_>, count: u64, hash: u32, at: u32) -> u32 {
        let id = self.len as u32;
        assert!(id < 1 << 31, "more than 2^31 different words in one table");
        self.text.extend_from_slice(word.bytes);
        self.records[self.len] = Record { prefix: word.prefix, count, end: self.text.len() as u64 };
        self.len += 1;
        let mask = self.mask();
        self.slots[at as usize] = (hash & !mask) | (id + 1);
        if self.len == self.records.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let mut records = Zeroed::new(2 * self.records.len());
        records[..self.len].copy_from_slice(&self.records[..self.len]);
        self.records = records;
        self.slots = Zeroed::new(2 * self.slots.len());
        let mask = self.mask();
        for id in 0..self.len as u32 {
            let hash = hash(self.known(id), self.seed);
            let mut at = hash & mask;
            while self.slots[at as usize] != FREE {
                at = (at + 1) & mask;
            }
            self.slots[at as usize] = (hash & !mask) | (id + 1);
        }
    }

    /// The bits of a hash that are the slot where the search begins.
    #[inline]
    fn mask(&self) -> u32 {
        (self.slots.len() - 1) as u32
    }

    /// Word `id`.
    fn known(&self, id: u32) -> Word<'_> {
        let prefix = self.records[id as usize].prefix;
        Word::with_prefix(self.word(id), prefix)
    }

    /// Number of different words.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The bytes of word `id`.
    pub(crate) fn word(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.records[id - 1].end };
        &self.text[start as usize..self.records[id].end as usize]
    }

    /// How often each word was added, in the order of ids.
    pub(crate) fn counts(&self) -> impl Iterator<Item = u64> {
        self.records[..self.len].iter().map(|record| record.count)
    }

    /// Bytes of memory that a table of `words` words takes, of `letters` bytes in all, with its room.
    pub(crate) fn bytes_of(words: u64, letters: u64) -> u64 {
        let slots = (2 * words).next_power_of_two().max(1 << 12);
        size_of::<u32>() as u64 * slots + size_of::<Record>() as u64 * slots / 2 + letters
    }

    /// Bytes of memory in use.
    pub(crate) fn memory(&self) -> usize {
        size_of::<u32>() * self.slots.len() + size_of::<Record>() * self.len + self.text.capacity()
    }
}

/// Words of a batch: enough cache misses to keep a core's memory pipeline full.
pub(crate) const BATCH: usize = 64;

/// Folded multiplication of 8 bytes at a time, as in wyhash.
#[inline]
fn hash(word: Word<'_>, seed: u64) -> u32 {
    let mut state = fold(word.prefix[0] ^ seed, word.prefix[1] ^ 0x9e37_79b9_7f4a_7c15);
    if word.bytes.len() > 16 {
        let mut rest = &word.bytes[16..];
        while let Some((bytes, tail)) = rest.split_first_chunk::<8>() {
            state = fold(state ^ u64::from_le_bytes(*bytes), 0xd6e8_feb8_6659_fd93);
            rest = tail;
        }
        let last = u64::from_le_bytes(*word.bytes.last_chunk::<8>().expect("more than 16 bytes"));
        state = fold(state ^ last, 0xa076_1d64_78bd_642f ^ word.bytes.len() as u64);
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
                0 => interner.add_all(&batch, &mut ids),
                _ => ids.extend(batch.iter().map(|word| interner.add(*word))),
            }
            for (word, id) in words.iter().zip(ids) {
                let next = map.len() as u32;
                let entry = map.entry(word).or_insert((next, 0));
                entry.1 += 1;
                assert_eq!(id, entry.0);
            }
        }
        assert_eq!(interner.len(), map.len());
        // A second table, in which some of these words have other ids, is merged into it.
        let mut other = Interner::new();
        for word in ["not among them, and longer than 16", &words[0], &words[39]] {
            other.add(Word::new(word.as_bytes()));
        }
        let counts: Vec<u64> = interner.counts().collect();
        let known = [map[&*words[0]].0, map[&*words[39]].0];
        assert_eq!(interner.merge(&other), [map.len() as u32, known[0], known[1]]);
        let merged: Vec<u64> = interner.counts().collect();
        for (word, (id, count)) in map {
            let more = u64::from(known.contains(&id));
            let got = (interner.word(id), counts[id as usize], merged[id as usize]);
            assert_eq!(got, (word.as_bytes(), count, count + more));
        }
    }
}
