//! Which words around a word are its context.

use rand::Rng;
use std::ops::Range;

/// How far the context of a word reaches.
#[derive(Clone, Copy)]
pub(super) struct Window {
    /// Words to each side, at most.
    pub(super) most: usize,
    /// Whether each position draws its window from 1..=`most`, each size equally often.
    pub(super) shrinks: bool,
}

impl Window {
    /// The window of the next position, in words to each side.
    #[inline(always)]
    pub(super) fn draw(self, random: &mut impl Rng) -> usize {
        match self.shrinks {
            // Lemire's multiplication.
            true => 1 + ((u64::from(random.next_u32()) * self.most as u64) >> 32) as usize,
            false => self.most,
        }
    }
}

/// The places of a window around `at`, itself among them, in a sentence that has the places `sentence`.
#[inline(always)]
pub(super) fn around(at: usize, window: usize, sentence: Range<usize>) -> Range<usize> {
    at.saturating_sub(window).max(sentence.start)..(at + window + 1).min(sentence.end)
}
