//! What a run takes: memory at its peak and files on the disk.
//!
//! In: sizes (tokens, types, words, cells), the recipe and the options of the stages. Out: bytes, stage
//! by stage: each stage is asked what it takes, and here that is added up. The peak is that of the
//! largest stage. Checked against the peaks of real runs: `docs/plan.md`.

use crate::cooccur::CountOptions;
use crate::encode::{EncodeBytes, EncodeOptions, TextSize};
use crate::matrix::stride_of;
use crate::threads::Threads;
use crate::train::{Bytes, Recipe, Source};
use crate::vocab::Vocab;
use serde::Serialize;

/// Bytes that stay behind for each type after the tables of reading were thrown away: what the
/// C library keeps of many small pieces.
const LEFT_BEHIND: f64 = 24.0;

/// How large everything is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sizes {
    pub(super) tokens: f64,
    pub(super) types: f64,
    /// Types that one thread meets.
    pub(super) types_of_thread: f64,
    pub(super) words: f64,
    pub(super) encoded: f64,
    pub(super) cells: f64,
    /// Bytes of a type.
    pub(super) type_length: f64,
}

/// What can be chosen.
#[derive(Clone)]
pub(super) struct Choice {
    pub(super) recipe: Recipe,
    pub(super) encode: EncodeOptions,
    pub(super) count: CountOptions,
    /// What training takes for the words of the sample, at `training_dim` dimensions.
    pub(super) training: Bytes,
    pub(super) training_dim: usize,
    /// What the process takes before it begins.
    pub(super) process: f64,
}

impl Choice {
    pub(super) fn set_threads(&mut self, threads: usize) {
        self.recipe.threads = threads;
        self.encode.threads = Threads::new(threads).expect("fewer than before");
        self.count.threads = self.encode.threads.clone();
    }
}

impl Sizes {
    fn of_text(&self) -> TextSize {
        TextSize {
            tokens: self.tokens as u64,
            encoded: self.encoded as u64,
            types: self.types as u64,
            types_of_thread: self.types_of_thread as u64,
            type_length: self.type_length,
        }
    }
}

/// Bytes of memory at the peak, and of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Memory {
    /// Both matrices while they are trained.
    pub matrices: f64,
    /// The text as ids, where it lies in memory.
    pub ids: f64,
    /// Words, their counts and what is derived from them.
    pub vocabulary: f64,
    /// Co-occurrence counts, where they lie in memory.
    pub pairs: f64,
    /// Buffers of all threads.
    pub buffers: f64,
    /// The peak while text is read.
    pub reading: f64,
    /// The peak while pairs are counted; 0 for skip-gram.
    pub counting: f64,
    /// The peak while vectors are trained.
    pub training: f64,
    /// The highest of the three.
    pub peak: f64,
    /// The largest of the address space, for `ulimit -v`: room that is asked for and not used is in it.
    pub address_space: f64,
}

/// Bytes of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Disk {
    /// Temporary files, which vanish at the end.
    pub temporary: f64,
    /// The model.
    pub output: f64,
}

pub(super) fn memory(sizes: &Sizes, choice: &Choice) -> Memory {
    let Choice { recipe, encode, count, .. } = choice;
    let (objective, threads) = (&recipe.objective, recipe.threads);
    let EncodeBytes { peak, ids, address_space, .. } = encode.bytes(&sizes.of_text());
    let words = sizes.words as usize;
    let vocabulary = Vocab::bytes_of(words as u64, (sizes.words * sizes.type_length) as u64);
    let there = choice.process + sizes.types * LEFT_BEHIND + vocabulary as f64;
    let tables = objective.table_bytes(words) as f64;
    let derived = objective.derived_bytes(words) as f64;
    // Buffers are rows.
    let rows = stride_of(objective.dim()) as f64 / stride_of(choice.training_dim) as f64;
    let buffers =
        threads as f64 * rows * choice.training.of_thread as f64 + choice.training.shared as f64;
    let mut memory = Memory {
        matrices: objective.trained_bytes(words) as f64,
        ids: ids as f64,
        vocabulary: vocabulary as f64 + derived,
        buffers,
        reading: choice.process + peak as f64,
        ..Default::default()
    };
    match objective.source() {
        Source::Text => memory.training = there + ids as f64 + tables + derived + buffers,
        Source::Pairs(_) => {
            let on_disk = ids == 0;
            let counts =
                count.bytes(sizes.encoded as u64, on_disk, words as u64, sizes.cells as u64);
            memory.pairs = counts.table as f64;
            memory.counting = there + (ids + counts.peak) as f64;
            let saved = match count.temp_dir {
                None if objective.epochs() > 1 => tables,
                _ => 0.0,
            };
            // At the end the vectors are copied out of the records, one role after the other.
            let copies = sizes.words * 4.0 * stride_of(objective.dim()) as f64;
            memory.training = there + memory.pairs + tables + saved + buffers.max(copies);
        }
    }
    memory.peak = memory.reading.max(memory.counting).max(memory.training);
    let stacks = threads as f64 * 4e6;
    let (growing, mapped) = match ids > 0 {
        true => (address_space as f64, 0.0),
        false => (0.0, address_space as f64),
    };
    memory.address_space =
        (memory.reading + growing).max(memory.counting).max(memory.training) + mapped + stacks;
    memory
}

/// Address space that the C library may set aside for the small pieces of each thread and does not
/// use: 64 MiB each for those that read, those that train, and two more.
pub(super) fn arenas(threads: usize) -> f64 {
    (threads + 2) as f64 * f64::from(64 << 20)
}

pub(super) fn disk(sizes: &Sizes, choice: &Choice) -> Disk {
    let read = choice.encode.bytes(&sizes.of_text());
    let words = sizes.words as usize;
    let objective = &choice.recipe.objective;
    let mut temporary = read.disk;
    let mut output =
        sizes.words * (sizes.type_length + 16.0 + 8.0 * objective.dim() as f64) + 4096.0;
    if let Source::Pairs(_) = objective.source() {
        let (tokens, cells) = (sizes.encoded as u64, sizes.cells as u64);
        temporary += choice.count.bytes(tokens, read.ids == 0, words as u64, cells).disk;
        if objective.epochs() > 1 && choice.count.temp_dir.is_some() {
            temporary += objective.table_bytes(words);
        }
        output += 8.0 * sizes.words;
    }
    Disk { temporary: temporary as f64, output }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::SkipGram;

    fn choice() -> Choice {
        let temp_dir = Some(std::path::PathBuf::new());
        Choice {
            recipe: Recipe { threads: 2, ..Recipe::new(SkipGram::default()) },
            encode: EncodeOptions {
                threads: Threads::new(2).unwrap(),
                temp_dir,
                ..Default::default()
            },
            count: CountOptions::default(),
            training: Bytes::default(),
            training_dim: 100,
            process: 0.0,
        }
    }

    fn sizes() -> Sizes {
        Sizes {
            tokens: 1e6,
            types: 20_000.0,
            types_of_thread: 15_000.0,
            words: 10_000.0,
            encoded: 9e5,
            cells: 0.0,
            type_length: 8.0,
        }
    }

    /// Rows of 100 floats are padded to 112: 2 × 10,000 × 448 bytes. Of a million tokens 0.9 stay. A word
    /// is 8 letters and 16 bytes, its index 5 bytes for each of 16,384 slots.
    #[test]
    fn matrices_and_ids_by_hand() {
        let memory = super::memory(&sizes(), &choice());
        assert_eq!((memory.matrices, memory.ids), (8_960_000.0, 3_600_000.0));
        let vocabulary = 10_000.0 * 24.0 + 5.0 * 16_384.0;
        assert_eq!(memory.vocabulary, vocabulary + 120_000.0);
        let left = 20_000.0 * LEFT_BEHIND;
        assert_eq!(memory.training, 8_960_000.0 + 3_600_000.0 + 120_000.0 + left + vocabulary);
        assert!(memory.peak == memory.training.max(memory.reading));
        let disk = super::disk(&sizes(), &choice());
        assert_eq!(disk.temporary, 0.0);
        assert_eq!(disk.output, 10_000.0 * (8.0 + 16.0 + 800.0) + 4096.0);
    }

    #[test]
    fn ids_go_to_the_disk_where_they_are_more_than_allowed() {
        let mut choice = choice();
        choice.encode.max_memory = 3_999_999;
        assert_eq!(super::memory(&sizes(), &choice).ids, 0.0);
        assert!(super::disk(&sizes(), &choice).temporary >= 4e6);
    }
}
