//! In which order cells are trained.
//!
//! A *chunk* is up to 256 neighbouring cells of one row: its word's record is taken once for all of
//! them, which halves the traffic to memory. What is shuffled is chunks and not cells; on 100 MB of
//! text the vectors are as good as those of `glove`, which shuffles cells (docs/benchmarks.md).
//!
//! A table may be larger than memory, so that chunks cannot be picked from all over it. It is cut
//! into *slabs* of 65,536 cells, the slabs are permuted anew each epoch, and so many of them make a
//! *group*, 16 MB, which is read at once; all its chunks are shuffled. A group holds rows from all
//! parts of the table, and its order depends on the seed, the epoch and the table alone: from memory
//! or from a file the same cells come in the same order.

use crate::cooccur::{Cell, Cooccurrences};
use crate::error::Result;
use crate::train::units::shuffled;
use crate::vocab::WordId;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::ops::Range;

/// Cells of a slab.
const SLAB: u64 = 1 << 16;
/// Slabs of a group.
const GROUP: u64 = 32;
/// Cells of a chunk at most.
pub(super) const CHUNK: usize = 256;

/// Cells of one row that are trained one after the other.
#[derive(Clone, Copy)]
pub(super) struct Chunk {
    pub(super) word: u32,
    start: u32,
    length: u32,
}

/// Some slabs, ready to be trained.
pub(super) struct Group {
    cells: Vec<Cell>,
    pub(super) chunks: Vec<Chunk>,
}

impl Group {
    pub(super) fn cells(&self, chunk: Chunk) -> &[Cell] {
        &self.cells[chunk.start as usize..][..chunk.length as usize]
    }
}

/// The groups of one epoch.
pub(super) struct Order<'a> {
    table: &'a Cooccurrences,
    key: u64,
    slabs: u64,
}

impl<'a> Order<'a> {
    /// Bytes of a group: its cells, and a chunk for each row that it meets, few beside them.
    pub(super) const GROUP_BYTES: u64 = GROUP * SLAB * size_of::<Cell>() as u64;

    pub(super) fn new(table: &'a Cooccurrences, seed: u64, epoch: u32) -> Self {
        Order {
            table,
            key: seed ^ u64::from(epoch).rotate_left(32),
            slabs: table.cells().div_ceil(SLAB),
        }
    }

    pub(super) fn groups(&self) -> u64 {
        self.slabs.div_ceil(GROUP)
    }

    /// Reads a group.
    pub(super) fn read(&self, group: u64) -> Result<Group> {
        let turns = group * GROUP..((group + 1) * GROUP).min(self.slabs);
        let mut cells = Vec::with_capacity(((turns.end - turns.start) * SLAB) as usize);
        let (mut chunks, mut slab) = (Vec::new(), Vec::new());
        for turn in turns {
            let place = shuffled(turn, self.slabs, self.key);
            let range = place * SLAB..((place + 1) * SLAB).min(self.table.cells());
            self.table.read(range.clone(), &mut slab)?;
            self.cut(range, cells.len() as u32, &mut chunks);
            cells.extend_from_slice(&slab);
        }
        let mut random = Xoshiro256PlusPlus::seed_from_u64(
            (self.key.wrapping_mul(0xd134_2543_de82_ef95)).wrapping_add(group + 1),
        );
        for last in (1..chunks.len()).rev() {
            chunks.swap(last, random.random_range(0..=last));
        }
        Ok(Group { cells, chunks })
    }

    /// Cuts a slab, which lies in its group from `base` on, at the ends of rows and into pieces.
    fn cut(&self, slab: Range<u64>, base: u32, chunks: &mut Vec<Chunk>) {
        let mut at = slab.start;
        let mut word = self.table.row_of(at).0;
        while at < slab.end {
            let row_end = self.table.row_range(WordId(word)).end;
            if row_end <= at {
                word += 1;
                continue;
            }
            let end = row_end.min(slab.end).min(at + CHUNK as u64);
            chunks.push(Chunk {
                word,
                start: base + (at - slab.start) as u32,
                length: (end - at) as u32,
            });
            at = end;
        }
    }
}
