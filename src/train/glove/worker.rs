//! One thread's part in training GloVe.

use super::Glove;
use super::order::{CHUNK, Chunk, Group};
use crate::cooccur::Cell;
use crate::kernels::{GloveRate, Isa, Kernels, record_stride};
use crate::matrix::Rows;
use crate::train::objective::{Tally, Worker};
use std::ops::Range;
use std::sync::Arc;

/// Chunks that a worker takes at a time, about a millisecond of work.
const PORTION: usize = 32;
/// How many cells ahead records are asked for.
const AHEAD: usize = 4;

/// Some chunks of a group.
pub(in crate::train) struct Portion {
    group: Arc<Group>,
    chunks: Range<usize>,
}

/// The portions of a group.
pub(in crate::train) struct Portions {
    group: Arc<Group>,
    next: usize,
}

impl Portions {
    pub(super) fn of(group: Group) -> Self {
        Portions { group: Arc::new(group), next: 0 }
    }
}

impl Iterator for Portions {
    type Item = Portion;

    fn next(&mut self) -> Option<Portion> {
        let chunks = self.next..(self.next + PORTION).min(self.group.chunks.len());
        self.next = chunks.end;
        (!chunks.is_empty()).then(|| Portion { group: Arc::clone(&self.group), chunks })
    }
}

/// One thread's part.
pub(super) struct GloveWorker<'a, R> {
    words: R,
    contexts: R,
    parameters: &'a Glove,
    rate: GloveRate,
    /// Whether a cell is held out: its hash is below this.
    held_below: u64,
    seed: u64,
    word: Vec<f32>,
    before: Vec<f32>,
    context: Vec<f32>,
    /// The next cell's context: copied a step early, since numbers that were just stored in pieces of
    /// 16 bytes cannot yet be loaded in pieces of 64.
    coming: Vec<f32>,
}

impl<'a, R: Rows> GloveWorker<'a, R> {
    pub(super) fn new(tables: Vec<R>, parameters: &'a Glove, seed: u64) -> Self {
        let [words, contexts] = tables.try_into().ok().expect("words and contexts");
        let record = vec![0.0; 2 * record_stride(parameters.dim)];
        GloveWorker {
            words,
            contexts,
            parameters,
            rate: GloveRate { lr: parameters.lr, clip: parameters.clip },
            held_below: (parameters.held_out * 2f64.powi(64)) as u64,
            seed,
            word: record.clone(),
            before: record.clone(),
            context: record.clone(),
            coming: record,
        }
    }

    fn train_chunk(&mut self, chunk: Chunk, cells: &[Cell], next: &[Cell], tally: &mut Tally) {
        let isa = Isa::chosen();
        let mut x = [1.0; CHUNK];
        let (mut log, mut weight) = ([0.0; CHUNK], [0.0; CHUNK]);
        for (x, cell) in x.iter_mut().zip(cells) {
            *x = cell.x;
        }
        let rounded = cells.len().next_multiple_of(16);
        let (x_max, alpha) = (self.parameters.x_max, self.parameters.alpha);
        isa.glove_targets(&x[..rounded], x_max, alpha, &mut log, &mut weight);
        self.words.load(chunk.word as usize, &mut self.word);
        self.before.copy_from_slice(&self.word);
        self.contexts.load(cells[0].column as usize, &mut self.coming);
        for (i, cell) in cells.iter().enumerate() {
            let soon = cells.get(i + AHEAD).or_else(|| next.get(i + AHEAD - cells.len()));
            if let Some(soon) = soon {
                self.contexts.prefetch(soon.column as usize);
            }
            std::mem::swap(&mut self.context, &mut self.coming);
            // Columns of a row differ: this one is not about to change.
            if let Some(next) = cells.get(i + 1) {
                let column = next.column as usize;
                self.contexts.load(column, &mut self.coming);
            }
            if self.held_below > 0 && self.is_held_out(chunk.word, cell.column) {
                let half = self.context.len() / 2;
                let e = isa.dot(&self.word[..half], &self.context[..half]) - log[i];
                tally.sums.held_out += 1;
                tally.sums.held_out_loss += f64::from(0.5 * weight[i] * e * e);
                continue;
            }
            let loss =
                isa.glove_step(&mut self.word, &mut self.context, log[i], weight[i], self.rate);
            self.contexts.add(cell.column as usize, 1.0, &self.context);
            tally.sums.pairs += 1;
            tally.sums.loss += f64::from(loss);
            // As if each logarithm were at least 1 from zero: where all counts are 1, all are 0.
            tally.at_zero += f64::from(0.5 * weight[i] * (1.0 + log[i] * log[i]));
        }
        for (new, old) in self.word.iter_mut().zip(&self.before) {
            *new -= old;
        }
        self.words.add(chunk.word as usize, 1.0, &self.word);
    }

    /// The same for a cell and its mirror image, in all epochs.
    fn is_held_out(&self, word: u32, column: u32) -> bool {
        let pair = u64::from(word.min(column)) << 32 | u64::from(word.max(column));
        // The finaliser of SplitMix64.
        let mut z = pair.wrapping_add(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) < self.held_below
    }
}

impl<R: Rows + Send> Worker<Portion> for GloveWorker<'_, R> {
    fn train(&mut self, Portion { group, chunks }: Portion) -> Tally {
        let mut tally = Tally::default();
        let chunks = &group.chunks[chunks];
        for (i, chunk) in chunks.iter().enumerate() {
            let next = chunks.get(i + 1);
            if let Some(next) = next {
                self.words.prefetch(next.word as usize);
            }
            let first = next.map_or(&[][..], |next| group.cells(*next));
            self.train_chunk(*chunk, group.cells(*chunk), first, &mut tally);
            if !tally.sums.is_finite() {
                break;
            }
        }
        Tally { read: tally.sums.pairs + tally.sums.held_out, ..tally }
    }
}
