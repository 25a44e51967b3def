//! The tables of all threads into one vocabulary, exactly.
//!
//! In: one or more [`Interner`]s, some perhaps written to disk because they outgrew their share of
//! memory. Out: the [`Vocab`], and for each table the final id of each of its provisional ones.
//!
//! Where every table is in memory they are merged by hashing. Otherwise all are written as runs
//! sorted by the words' bytes into one temporary file without a name, and merged by reading the runs
//! side by side. What then remains in memory is 4 bytes for each word of each table, and the words
//! that the limits admit. Both give the same vocabulary, which a test asserts: no count is approximate, and
//! unlike word2vec.c (`ReduceVocab`) no word is thrown away because it came too rarely too early.

use super::{Dropped, Interner, Vocab, VocabLimits};
use crate::error::{Error, IoContext, Result};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

/// In a [`Selection`], the final id of a word that is not in the vocabulary.
pub(crate) const DROPPED: u32 = u32::MAX;

/// The words that were counted, table by table.
pub(crate) struct Tables<'a> {
    /// Table number and words, of those that are still in memory.
    memory: Vec<(usize, Interner)>,
    runs: Vec<Run>,
    spill: Option<BufWriter<File>>,
    spilled: u64,
    folder: Option<&'a Path>,
}

/// A table on disk: entries sorted by the words' bytes, each `len: u32, id: u32, count: u64, bytes`.
struct Run {
    table: usize,
    words: usize,
    bytes: Range<u64>,
}

/// What [`Tables::select`] gives.
pub(crate) struct Selection {
    pub(crate) vocab: Vocab,
    /// `remap[table][provisional id]` is the final id or [`DROPPED`].
    pub(crate) remap: Vec<Vec<u32>>,
    pub(crate) dropped: Dropped,
    /// Distinct words before limits were applied.
    pub(crate) types: u64,
}

/// A word that is in the running, with where it was counted.
struct Candidates {
    words: Vec<Box<[u8]>>,
    counts: Vec<u64>,
    /// `provisional[table][id]` is an index into `words`, or [`DROPPED`].
    provisional: Vec<Vec<u32>>,
    dropped: Dropped,
    types: u64,
}

impl<'a> Tables<'a> {
    /// `folder` is where a temporary file goes if a table is spilled.
    pub(crate) fn new(folder: Option<&'a Path>) -> Self {
        Tables { memory: Vec::new(), runs: Vec::new(), spill: None, spilled: 0, folder }
    }

    /// Adds a finished table that may stay in memory.
    pub(crate) fn push(&mut self, table: usize, words: Interner) {
        self.memory.push((table, words));
    }

    /// Writes a finished table to disk.
    ///
    /// # Panics
    /// Without a folder.
    pub(crate) fn spill(&mut self, table: usize, words: &Interner) -> Result<()> {
        let folder = self.folder.expect("tables are spilled where they may be written");
        if self.spill.is_none() {
            let file = tempfile::tempfile_in(folder).io("create a temporary file in", folder)?;
            self.spill = Some(BufWriter::with_capacity(1 << 20, file));
        }
        let out = self.spill.as_mut().expect("created above");
        let mut order: Vec<u32> = (0..words.len() as u32).collect();
        order.sort_unstable_by_key(|&id| words.word(id));
        let start = self.spilled;
        let counts: Vec<u64> = words.counts().collect();
        for id in order {
            let word = words.word(id);
            let mut head = [0; 16];
            head[..4].copy_from_slice(&(word.len() as u32).to_le_bytes());
            head[4..8].copy_from_slice(&id.to_le_bytes());
            head[8..].copy_from_slice(&counts[id as usize].to_le_bytes());
            out.write_all(&head)
                .and_then(|()| out.write_all(word))
                .io("write a temporary file in", folder)?;
            self.spilled += 16 + word.len() as u64;
        }
        self.runs.push(Run { table, words: words.len(), bytes: start..self.spilled });
        Ok(())
    }

    /// Makes the vocabulary.
    pub(crate) fn select(mut self, limits: &VocabLimits) -> Result<Selection> {
        let candidates = if self.runs.is_empty() {
            merge_in_memory(self.memory, limits)
        } else {
            for (table, words) in std::mem::take(&mut self.memory) {
                self.spill(table, &words)?;
            }
            self.merge_from_disk(limits)?
        };
        Ok(candidates.select(limits))
    }

    /// Hands every word with its whole count to `each`, in no order that means anything; nothing is
    /// made of them.
    pub(crate) fn visit(mut self, mut each: impl FnMut(&[u8], u64)) -> Result<()> {
        if self.runs.is_empty() {
            self.memory.sort_by_key(|(_, words)| Reverse(words.len()));
            let mut tables = self.memory.into_iter().map(|(_, words)| words);
            let Some(mut all) = tables.next() else {
                return Ok(());
            };
            for words in tables {
                all.merge(&words);
            }
            for (id, count) in (0..).zip(all.counts()) {
                each(all.word(id), count);
            }
            return Ok(());
        }
        for (table, words) in std::mem::take(&mut self.memory) {
            self.spill(table, &words)?;
        }
        self.merge_runs(|word, count, _| each(word, count))
    }

    fn merge_from_disk(self, limits: &VocabLimits) -> Result<Candidates> {
        let mut tables = Candidates::new(self.runs.iter().map(|run| (run.table, run.words)));
        self.merge_runs(|word, count, same| {
            if let Some(candidate) = tables.admit(word, count, limits) {
                for &(table, id) in same {
                    tables.provisional[table][id as usize] = candidate;
                }
            }
        })?;
        Ok(tables)
    }

    /// Hands each word of the runs to `each`, with its count and where it is: table and id.
    fn merge_runs(self, mut each: impl FnMut(&[u8], u64, &[(usize, u32)])) -> Result<()> {
        let folder = self.folder.expect("runs lie in a folder");
        let file = self.spill.expect("there are runs").into_inner();
        let file = file.map_err(|error| error.into_error());
        let file = file.io("write a temporary file in", folder)?;
        if self.spilled == 0 {
            return Ok(());
        }
        let map = crate::mmap::map(&file, folder)?;
        let mut heads = BinaryHeap::new();
        let mut readers: Vec<RunReader<'_>> = self
            .runs
            .iter()
            .map(|run| RunReader { rest: &map[run.bytes.start as usize..run.bytes.end as usize] })
            .collect();
        for (run, reader) in readers.iter_mut().enumerate() {
            heads.extend(reader.next().map(|entry| Reverse((entry, run))));
        }
        let mut same: Vec<(usize, u32)> = Vec::new();
        while let Some(Reverse((entry, run))) = heads.pop() {
            same.clear();
            same.push((self.runs[run].table, entry.id));
            let mut count = entry.count;
            heads.extend(readers[run].next().map(|entry| Reverse((entry, run))));
            while heads.peek().is_some_and(|Reverse((next, _))| next.word == entry.word) {
                let Reverse((next, run)) = heads.pop().expect("peeked");
                same.push((self.runs[run].table, next.id));
                count += next.count;
                heads.extend(readers[run].next().map(|entry| Reverse((entry, run))));
            }
            each(entry.word, count, &same);
        }
        Ok(())
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RunEntry<'a> {
    word: &'a [u8],
    id: u32,
    count: u64,
}

struct RunReader<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for RunReader<'a> {
    type Item = RunEntry<'a>;

    fn next(&mut self) -> Option<RunEntry<'a>> {
        let (head, rest) = self.rest.split_first_chunk::<16>()?;
        let u32_at =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let count = u64::from(u32_at(8)) | u64::from(u32_at(12)) << 32;
        let (word, rest) = rest.split_at(u32_at(0) as usize);
        self.rest = rest;
        Some(RunEntry { word, id: u32_at(4), count })
    }
}

/// Merges by hashing: all tables into the largest one.
fn merge_in_memory(mut tables: Vec<(usize, Interner)>, limits: &VocabLimits) -> Candidates {
    let mut candidates = Candidates::new(tables.iter().map(|(table, words)| (*table, words.len())));
    tables.sort_by_key(|(table, words)| (Reverse(words.len()), *table));
    let mut rest = tables.into_iter();
    let Some((first, mut all)) = rest.next() else {
        return candidates;
    };
    let mut into: Vec<(usize, Vec<u32>)> = vec![(first, (0..all.len() as u32).collect())];
    for (table, words) in rest {
        into.push((table, all.merge(&words)));
    }
    let admitted: Vec<u32> = (0..)
        .zip(all.counts())
        .map(|(id, count)| candidates.admit(all.word(id), count, limits).unwrap_or(DROPPED))
        .collect();
    for (table, ids) in into {
        candidates.provisional[table] = ids.into_iter().map(|id| admitted[id as usize]).collect();
    }
    candidates
}

impl Candidates {
    fn new(tables: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut provisional = Vec::new();
        for (table, words) in tables {
            if provisional.len() <= table {
                provisional.resize(table + 1, Vec::new());
            }
            provisional[table] = vec![DROPPED; words];
        }
        Candidates {
            words: Vec::new(),
            counts: Vec::new(),
            provisional,
            dropped: Dropped::default(),
            types: 0,
        }
    }

    /// Notes a word with its whole count; `None` where a limit drops it.
    fn admit(&mut self, word: &[u8], count: u64, limits: &VocabLimits) -> Option<u32> {
        self.types += 1;
        let is_in = |list: &Vocab| std::str::from_utf8(word).is_ok_and(|w| list.id(w).is_some());
        if !limits.begin_with.as_ref().is_some_and(is_in) {
            if !limits.keep_only.as_ref().is_none_or(is_in) {
                self.dropped.not_listed += count;
                return None;
            }
            if count < limits.min_count {
                self.dropped.rare += count;
                return None;
            }
        }
        self.words.push(word.into());
        self.counts.push(count);
        Some(self.words.len() as u32 - 1)
    }

    /// Numbers the words by count, then bytes, behind those that were there before, and cuts at
    /// `max_vocab`.
    fn select(mut self, limits: &VocabLimits) -> Selection {
        let mut rank = vec![DROPPED; self.words.len()];
        let mut vocab = limits.begin_with.clone().unwrap_or_default();
        let mut order: Vec<u32> = Vec::new();
        let mut counts = vocab.counts().to_vec();
        for (c, word) in (0..).zip(&self.words) {
            match vocab.id(text(word)) {
                Some(id) => {
                    rank[c as usize] = id.0;
                    counts[id.index()] += self.counts[c as usize];
                }
                None => order.push(c),
            }
        }
        vocab = vocab.with_counts(counts);
        order
            .sort_unstable_by_key(|&c| (Reverse(self.counts[c as usize]), &self.words[c as usize]));
        let room = limits.max_vocab.map(|most| most.saturating_sub(vocab.len()));
        let keep = room.unwrap_or(order.len()).min(order.len());
        for &c in &order[..keep] {
            rank[c as usize] = vocab.len() as u32;
            vocab.push(text(&self.words[c as usize]), self.counts[c as usize]);
        }
        let beyond = order[keep..].iter().map(|&c| self.counts[c as usize]);
        self.dropped.beyond_max += beyond.sum::<u64>();
        for id in self.provisional.iter_mut().flatten().filter(|id| **id != DROPPED) {
            *id = rank[*id as usize];
        }
        Selection { vocab, remap: self.provisional, dropped: self.dropped, types: self.types }
    }
}

fn text(word: &[u8]) -> &str {
    std::str::from_utf8(word).expect("tokens are cut from str")
}

impl Selection {
    /// Refuses a vocabulary without words, saying why there are none.
    pub(crate) fn check(&self, limits: &VocabLimits) -> Result<()> {
        if !self.vocab.is_empty() {
            return Ok(());
        }
        let tokens = self.dropped.total();
        if let Some(list) = &limits.keep_only {
            let problem = format!(
                "of the {} words listed in `keep_only` none occurs {} times or more; {} of {tokens} \
                 tokens are of listed words",
                list.len(),
                limits.min_count,
                self.dropped.rare,
            );
            return Err(Error::query(problem)
                .advise("lower `min_count`")
                .advise("check that the list is cut and lower-cased as the corpus is"));
        }
        Err(Error::EmptyVocabulary { tokens, types: self.types, min_count: limits.min_count })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Word;
    use super::*;

    fn tables(spill: &[usize]) -> Selection {
        let limits = VocabLimits { min_count: 3, max_vocab: Some(4), ..Default::default() };
        selected(spill, &limits)
    }

    fn selected(spill: &[usize], limits: &VocabLimits) -> Selection {
        let folder = tempfile::tempdir().unwrap();
        let mut tables = Tables::new(Some(folder.path()).filter(|_| !spill.is_empty()));
        let texts = ["b a b c z", "a b d d d e e e f y", "c c a q"];
        for (table, text) in texts.iter().enumerate() {
            let mut words = Interner::new();
            for word in text.split(' ') {
                words.add(Word::new(word.as_bytes()));
            }
            match spill.contains(&table) {
                true => tables.spill(table, &words).unwrap(),
                false => tables.push(table, words),
            }
        }
        tables.select(limits).unwrap()
    }

    /// Of the text above with a vocabulary of before: "q" stays word 0 and "old" word 1, whatever the
    /// text holds; a, b, c, d, e join behind, by bytes, and of these `max_vocab` = 5 keeps three.
    #[test]
    fn a_vocabulary_grows_behind_the_words_it_has() {
        for spill in [&[][..], &[0, 1, 2]] {
            let mut limits = VocabLimits {
                min_count: 3,
                max_vocab: Some(5),
                begin_with: Some(Vocab::new([("q", 7), ("old", 9)])),
                ..Default::default()
            };
            let selection = selected(spill, &limits);
            let words: Vec<_> = selection.vocab.words().collect();
            assert_eq!(words, ["q", "old", "a", "b", "c"]);
            assert_eq!(selection.vocab.counts(), [8, 9, 3, 3, 3]);
            let dropped = Dropped { rare: 3, beyond_max: 6, not_listed: 0 };
            assert_eq!((selection.dropped, selection.types), (dropped, 9));
            assert_eq!(selection.remap[2], [4, 2, 0]);
            // A list is for the words that join.
            limits.keep_only = Some(Vocab::new([("b", 0)]));
            let selection = selected(spill, &limits);
            assert_eq!(selection.vocab.words().collect::<Vec<_>>(), ["q", "old", "b"]);
            limits.max_vocab = Some(1);
            let message = limits.check().unwrap_err().to_string();
            assert_eq!(
                message,
                "`max_vocab` is 1, expected 2 or more: no word of the model is dropped"
            );
        }
    }

    /// a 3, b 3, c 3, d 3, e 3 (equal counts: by bytes), f q y z 1: e is beyond the maximum of 4.
    #[test]
    fn merging_in_memory_and_from_disk_agree_with_a_count_by_hand() {
        for spill in [&[][..], &[1], &[0, 2], &[0, 1, 2]] {
            let selection = tables(spill);
            assert_eq!(selection.vocab.words().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
            assert_eq!(selection.vocab.counts(), [3, 3, 3, 3]);
            let dropped = Dropped { rare: 4, beyond_max: 3, not_listed: 0 };
            assert_eq!((selection.dropped, selection.types), (dropped, 9));
            assert_eq!(selection.remap[0], [1, 0, 2, DROPPED]);
            assert_eq!(selection.remap[1], [0, 1, 3, DROPPED, DROPPED, DROPPED]);
            assert_eq!(selection.remap[2], [2, 0, DROPPED]);
        }
    }
}
