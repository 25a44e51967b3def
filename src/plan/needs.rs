//! What a run takes: memory at its peak and files on the disk.
//!
//! In: sizes (tokens, types, words, cells) and parameters. Out: bytes, stage by stage, as the stages
//! allocate them: see [`crate::encode`], [`crate::vocab`], [`crate::cooccur`] and [`crate::train`].
//! The peak is that of the largest stage. Checked against the peaks of real runs: `docs/plan.md`.

use super::Method;
use crate::cooccur::Cell;
use crate::matrix::{Bf16Matrix, stride_of};
use crate::train::{self, Run, Storage};
use serde::Serialize;

/// Bytes of a word in the vocabulary besides its letters: end, count, slot of the table.
const WORD: f64 = 24.0;

/// Bytes that stay behind for each type after the tables of reading were thrown away: what the
/// C library keeps of many small pieces.
const LEFT_BEHIND: f64 = 24.0;

/// Blocks of text on their way, for each thread.
const BLOCKS: f64 = 2e6;

/// Cells on their way to training: two groups of 16 MB and what they are read through.
const GROUPS: f64 = 56e6;

/// Cells of a run on disk.
const RUN_CELL: f64 = 12.0;

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) dim: usize,
    pub(super) threads: usize,
    /// Bytes of ids in memory at most; [`u64::MAX`] where no temporary file may be written.
    pub(super) ids_limit: u64,
    /// Bytes that counting pairs may take; [`u64::MAX`] likewise.
    pub(super) pairs_limit: u64,
    /// Bytes of one thread's buffers at `buffers_dim` dimensions.
    pub(super) buffers: f64,
    pub(super) buffers_dim: usize,
    /// What the process takes before it begins.
    pub(super) process: f64,
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

/// Bytes of a table that counts `types` words, as `vocab::interner` makes it.
fn table(types: f64, length: f64) -> f64 {
    let slots = ((1.5 * types).max(4096.0) as u64).next_power_of_two();
    32.0 * slots as f64 + types * (length + 12.0)
}

pub(super) fn memory(method: &Method, run: &Run, sizes: &Sizes, choice: &Choice) -> Memory {
    let threads = choice.threads as f64;
    let limit = choice.ids_limit as f64;
    let in_memory = |ids: f64| if 4.0 * ids > limit { 0.0 } else { 4.0 * ids };
    // All tokens are kept until it is known which words are.
    let (all_ids, ids) = match in_memory(sizes.tokens) {
        0.0 => (0.0, 0.0),
        all => (all, 4.0 * sizes.encoded),
    };
    let of_thread = table(sizes.types_of_thread, sizes.type_length).min(limit / 2.0 / threads);
    let spilled = of_thread >= limit / 2.0 / threads;
    let merged = match spilled {
        true => 8.0 * sizes.types * threads,
        false => table(sizes.types, sizes.type_length) + 8.0 * sizes.types_of_thread * threads,
    };
    let reading = choice.process
        + all_ids
        + (threads * of_thread).max(merged + (threads - 1.0) * of_thread)
        + threads * BLOCKS;
    let left = sizes.types * LEFT_BEHIND;
    let letters = sizes.words * (sizes.type_length + WORD);
    let there = choice.process + left + letters;
    let row = 4.0 * stride_of(choice.dim) as f64;
    let buffers = threads * choice.buffers * stride_of(choice.dim) as f64
        / stride_of(choice.buffers_dim) as f64;
    let mut memory = match method {
        Method::SkipGram(_) => {
            let at_end = 2.0 * sizes.words * row;
            let matrices = match run.storage {
                Storage::F32 => at_end,
                Storage::Bf16 => {
                    2.0 * Bf16Matrix::bytes_of(sizes.words as usize, choice.dim) as f64
                }
            };
            let vocabulary = letters + 12.0 * sizes.words;
            Memory {
                matrices,
                ids,
                vocabulary,
                buffers,
                reading,
                training: there + ids + at_end + 12.0 * sizes.words + buffers,
                ..Default::default()
            }
        }
        Method::Glove(parameters, _) => {
            let half = choice.pairs_limit as f64 / 2.0;
            let cell = size_of::<Cell>() as f64;
            let pairs = match sizes.cells * cell > half {
                true => 0.0,
                false => sizes.cells * cell,
            };
            let records = train::glove_bytes(sizes.words as usize, choice.dim) as f64;
            let saved = match run.temp_dir {
                None if parameters.epochs > 1 => records,
                _ => 0.0,
            };
            let index = (4.0 * sizes.encoded).min(half) + 4.0 * sizes.words;
            Memory {
                matrices: records,
                ids,
                vocabulary: letters,
                pairs,
                buffers: GROUPS,
                reading,
                counting: there
                    + ids
                    + index
                    + pairs
                    + threads * (5.0 * sizes.words + 4.0 * BLOCKS),
                // At the end the vectors are copied out of the records, one role after the other.
                training: there + pairs + records + saved + GROUPS.max(sizes.words * row),
                ..Default::default()
            }
        }
    };
    memory.peak = memory.reading.max(memory.counting).max(memory.training);
    // A vector of ids that grows doubles, and what is on disk is mapped.
    let (mapped, growing) = match all_ids > 0.0 {
        true => (0.0, all_ids),
        false => (4.0 * sizes.tokens, 0.0),
    };
    let stacks = threads * 4e6;
    memory.address_space =
        (memory.reading + growing).max(memory.counting).max(memory.training) + mapped + stacks;
    memory
}

/// Address space that the C library may set aside for the small pieces of each thread and does not
/// use: 64 MiB each for those that read, those that train, and two more.
pub(super) fn arenas(threads: usize) -> f64 {
    (threads + 2) as f64 * f64::from(64 << 20)
}

pub(super) fn disk(method: &Method, run: &Run, sizes: &Sizes, choice: &Choice) -> Disk {
    let ids = 4.0 * sizes.tokens;
    let mut temporary = if ids > choice.ids_limit as f64 { ids } else { 0.0 };
    // A table takes in one block at least.
    let limit = (choice.ids_limit as f64 / 2.0 / choice.threads as f64).max(f64::from(1 << 18));
    if table(sizes.types_of_thread, sizes.type_length) > limit {
        // Every table that was full, with the words that it has in common with others.
        let tables = (choice.threads as f64).max(table(sizes.types, sizes.type_length) / limit);
        temporary += tables.sqrt() * sizes.types * (16.0 + sizes.type_length);
    }
    let dim = choice.dim as f64;
    let mut output = sizes.words * (sizes.type_length + 16.0 + 8.0 * dim) + 4096.0;
    if let Method::Glove(parameters, _) = method {
        let half = choice.pairs_limit as f64 / 2.0;
        if sizes.cells * size_of::<Cell>() as f64 > half {
            temporary += sizes.cells * size_of::<Cell>() as f64;
        }
        let per_token = if ids > choice.ids_limit as f64 { 8.0 } else { 4.0 };
        let segments = (per_token * sizes.encoded / half.max(1.0)).ceil().max(1.0);
        if segments > 1.0 {
            // Cells grow with about the 0.75th power of the text, so that segments share some.
            temporary += sizes.cells * segments.powf(0.25) * RUN_CELL;
        }
        if parameters.epochs > 1 && run.temp_dir.is_some() {
            temporary += train::glove_bytes(sizes.words as usize, choice.dim) as f64;
        }
        output += 8.0 * sizes.words;
    }
    Disk { temporary, output }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SkipGram;

    fn choice() -> Choice {
        Choice {
            dim: 100,
            threads: 2,
            ids_limit: 4 << 30,
            pairs_limit: 4 << 30,
            buffers: 0.0,
            buffers_dim: 100,
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

    /// Rows of 100 floats are padded to 112: 2 × 10,000 × 448 bytes. Of a million tokens 0.9 stay.
    #[test]
    fn matrices_and_ids_by_hand() {
        let method = Method::SkipGram(SkipGram::default());
        let memory = super::memory(&method, &Run::default(), &sizes(), &choice());
        assert_eq!((memory.matrices, memory.ids), (8_960_000.0, 3_600_000.0));
        let (left, letters) = (20_000.0 * LEFT_BEHIND, 10_000.0 * (8.0 + WORD));
        assert_eq!(memory.training, 8_960_000.0 + 3_600_000.0 + 120_000.0 + left + letters);
        assert!(memory.peak == memory.training.max(memory.reading));
        let disk = super::disk(&method, &Run::default(), &sizes(), &choice());
        assert_eq!(disk.temporary, 0.0);
        assert_eq!(disk.output, 10_000.0 * (8.0 + 16.0 + 800.0) + 4096.0);
    }

    #[test]
    fn ids_go_to_the_disk_where_they_are_more_than_allowed() {
        let method = Method::SkipGram(SkipGram::default());
        let choice = Choice { ids_limit: 3_999_999, ..choice() };
        assert_eq!(super::memory(&method, &Run::default(), &sizes(), &choice).ids, 0.0);
        assert!(super::disk(&method, &Run::default(), &sizes(), &choice).temporary >= 4e6);
    }
}
