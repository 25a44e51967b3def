//! A corpus like the one that will be trained on, made of a sample of it.
//!
//! How fast training runs depends on how large the matrices are and on how often it comes back to
//! the same rows. So the sample's tokens are given the ids that they will have: a frequent word its
//! own, and a rare token that of a word out of the tail of the vocabulary, which is estimated
//! ([`super::growth`]). Order, sentences and frequencies stay those of the text.

use super::sample::{DROPPED, Sample};
use crate::encode::{END, EncodedCorpus};
use crate::vocab::Vocab;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Words from this count on keep their rank as their id.
const OFTEN: u64 = 16;

/// The vocabulary as it will be, words without names, and some text in it.
pub(super) struct Likeness {
    pub(super) vocab: Vocab,
    pub(super) corpus: EncodedCorpus,
}

impl Likeness {
    /// `frequencies` is how often each word will occur, and `tail` how many tokens of rare words there
    /// will be, those that are dropped among them. At most `most` tokens.
    pub(super) fn new(sample: &Sample, frequencies: &[u64], most: usize) -> Self {
        let vocab = Vocab::new(frequencies.iter().map(|count| ("", *count)));
        let counts = sample.ranked.counts();
        let own = match sample.whole {
            true => frequencies.len(),
            false => counts.partition_point(|count| *count >= OFTEN).min(frequencies.len()),
        };
        // Tokens of the tail in the text, in the order of ids; what is beyond them is dropped.
        let mut sums = Vec::with_capacity(frequencies.len() - own);
        let mut sum = 0u64;
        for count in &frequencies[own..] {
            sum += count;
            sums.push(sum);
        }
        let rare: u64 = counts[own..].iter().sum();
        let all = ((rare as f64 * sample.times()) as u64).max(sum).max(1);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut ids: Vec<u32> = Vec::with_capacity(sample.stream.len().min(most));
        // Every so-many-th run of the stream, so that all bands take part.
        let stride = sample.stream.len().div_ceil(most.max(1)).max(1);
        let runs = sample.stream.chunks(4096).step_by(stride);
        for token in runs.flatten() {
            let (rank, end) = ((token & !END), token & END);
            let id = match rank {
                DROPPED => None,
                rank if (rank as usize) < own => Some(rank),
                _ => {
                    let at = random.random_range(0..all);
                    let place = sums.partition_point(|sum| *sum <= at);
                    (place < sums.len()).then_some((own + place) as u32)
                }
            };
            match (id, ids.last_mut()) {
                (Some(id), _) => ids.push(id | end),
                (None, Some(last)) => *last |= end,
                (None, None) => {}
            }
        }
        Likeness { vocab, corpus: EncodedCorpus::from_ids(ids) }
    }

    /// A part of the text: `number` of `parts` equal ones.
    pub(super) fn part(&self, number: usize, parts: usize) -> EncodedCorpus {
        let ids = self.corpus.marked_ids();
        let cut = |i: usize| ids.len() * i / parts;
        EncodedCorpus::from_ids(ids[cut(number)..cut(number + 1)].to_vec())
    }
}
