//! Where in the text each word stands: an inverted index, by counting sort.

use crate::encode::END;
use std::ops::Range;

/// The places of all words in a stretch of the corpus, ascending for each word. 4 bytes a token.
pub(super) struct Index {
    /// Where the stretch begins.
    pub(super) offset: usize,
    /// Counted from `offset`; sorted by word, then by place.
    places: Vec<u32>,
    /// V + 1 numbers: the places of word *i* are `starts[i]..starts[i + 1]`.
    starts: Vec<u32>,
}

impl Index {
    /// Indexes the tokens `range` of `ids`, less than 2^32 of them, for V words.
    pub(super) fn new(ids: &[u32], range: Range<usize>, words: usize) -> Self {
        let stretch = &ids[range.clone()];
        assert!(u32::try_from(stretch.len()).is_ok());
        let mut starts = vec![0u32; words + 2];
        // Shifted by two, so that filling moves each start to the one before it.
        for &id in stretch {
            starts[(id & !END) as usize + 2] += 1;
        }
        for i in 2..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut places = vec![0u32; stretch.len()];
        for (place, &id) in (0u32..).zip(stretch) {
            let next = &mut starts[(id & !END) as usize + 1];
            places[*next as usize] = place;
            *next += 1;
        }
        starts.truncate(words + 1);
        Index { offset: range.start, places, starts }
    }

    /// The places of word `word`, counted from `offset`.
    pub(super) fn places(&self, word: usize) -> &[u32] {
        &self.places[self.starts[word] as usize..self.starts[word + 1] as usize]
    }

    /// Cuts the words into ranges that together have about `places` places each.
    pub(super) fn portions(&self, places: u64) -> Vec<Range<u32>> {
        let words = self.starts.len() - 1;
        let mut portions = Vec::new();
        let mut first = 0;
        for word in 0..words {
            let end = self.starts[word + 1];
            // 4 for the row itself: a word that hardly occurs costs something too.
            let cost = |from: usize| u64::from(end - self.starts[from]) + 4 * (word - from) as u64;
            if cost(first) >= places || word + 1 == words {
                portions.push(first as u32..word as u32 + 1);
                first = word + 1;
            }
        }
        portions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let ids = [9, 2, END, 2, 1, 2 | END, 0];
        let index = Index::new(&ids, 1..6, 4);
        assert_eq!(index.offset, 1);
        let places: Vec<&[u32]> = (0..4).map(|word| index.places(word)).collect();
        assert_eq!(places, [&[1][..], &[3], &[0, 2, 4], &[]]);
        for size in 1..20 {
            let portions = index.portions(size);
            let words: Vec<u32> = portions.iter().cloned().flatten().collect();
            assert_eq!(words, [0, 1, 2, 3], "{size}");
        }
    }
}
