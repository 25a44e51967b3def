//! The state block: everything of a model but its tables, in bincode.
//!
//! In: a slice of known length whose checksum was right. Out: [`State`], and from it a [`Vocab`].
//!
//! How the model was trained is JSON text inside the block ([`Training`]), and so is the [`Position`] of a
//! checkpoint: a new parameter is no new format. The words and their counts, which are many and alike, are
//! bincode.
//!
//! bincode 1.3.3 with fixed-width little-endian integers: `u64` lengths before strings and lists,
//! `u32` before enum variants, one byte before an option. The crate is frozen; its wire format has
//! other readers (wincode), and the golden bytes below hold whoever replaces it to the same format.
//! Nothing outside this file knows bincode.
//!
//! Only ever from a slice, and under a limit of the slice's own length: a length inside the block
//! that says 2^62 is then an error, whereas reading from a stream would allocate it first.

use crate::corpus::Tokenizer;
use crate::train::{Position, Training};
use crate::vocab::Vocab;
use bincode::Options;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What the state block holds, in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) tokenizer: Tokenizer,
    /// How the model was trained, as JSON; empty where the vectors came from another program's file.
    training: String,
    /// All words, one after the other.
    text: String,
    /// `lengths[id]` is the length of word `id` in bytes of UTF-8.
    lengths: Vec<u64>,
    /// `counts[id]`, 0 where unknown.
    counts: Vec<u64>,
}

fn options() -> impl Options {
    bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_little_endian()
        .reject_trailing_bytes()
}

/// A value as the bytes of a block.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    (options().serialize(value)).expect("a Vec takes every byte and every field has a known length")
}

/// Reads a block.
pub(super) fn decode<T: DeserializeOwned>(block: &[u8]) -> Result<T, String> {
    let limited = options().with_limit(block.len() as u64);
    limited.deserialize(block).map_err(|error| error.to_string())
}

impl State {
    /// `training` is the JSON text, or empty.
    pub(super) fn new(vocab: &Vocab, tokenizer: Tokenizer, training: String) -> Self {
        State {
            tokenizer,
            training,
            text: vocab.words().collect(),
            lengths: vocab.words().map(|word| word.len() as u64).collect(),
            counts: vocab.counts().to_vec(),
        }
    }

    /// How the model was trained, and of a checkpoint how far the run had come; absent where the vectors
    /// came from another program's file.
    pub(super) fn training(&self) -> Result<Option<(Training, Option<Position>)>, String> {
        match self.training.is_empty() {
            true => Ok(None),
            false => Training::from_json(&self.training)
                .map(Some)
                .map_err(|error| format!("training record: {error}")),
        }
    }

    /// The vocabulary of `expected` words.
    pub(super) fn vocab(&self, expected: usize) -> Result<Vocab, String> {
        let (lengths, counts) = (self.lengths.len(), self.counts.len());
        if (lengths, counts) != (expected, expected) {
            return Err(format!(
                "{lengths} words with {counts} counts, expected {expected} as in the header"
            ));
        }
        if self.counts.iter().try_fold(0u64, |sum, &count| sum.checked_add(count)).is_none() {
            return Err("the counts add up to 2^64 or more".into());
        }
        let mut vocab = Vocab::default();
        let mut rest = self.text.as_str();
        for (id, (&length, &count)) in self.lengths.iter().zip(&self.counts).enumerate() {
            let cut = usize::try_from(length).ok().and_then(|at| rest.split_at_checked(at));
            let Some((word, after)) = cut else {
                return Err(format!(
                    "word {id} of {length} bytes ends outside the text or inside a character"
                ));
            };
            // `None` for a spelling that was there before: such rows are kept, as they were written.
            vocab.push(word, count);
            rest = after;
        }
        match rest.len() {
            0 => Ok(vocab),
            left => Err(format!("{left} bytes of text belong to no word")),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::train::samples::training;
    use proptest::prelude::*;

    /// A block of a skip-gram model.
    fn skipgram() -> State {
        State::new(&vocab(), Tokenizer::default(), training().to_json(None).unwrap())
    }

    #[test]
    fn a_record_that_is_no_json_is_named() {
        let state = State { training: "{".into(), ..skipgram() };
        assert!(state.training().unwrap_err().starts_with("training record: "));
    }

    pub(in super::super) fn vocab() -> Vocab {
        Vocab::new([("王", 5), ("", 4), ("new\u{a0}york", 1)])
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The format itself, written out by hand; the text of the record is in `train::record`. Whoever
    /// breaks this changes the meaning of files that exist: raise `header::VERSION`.
    #[test]
    fn golden_bytes() {
        let text = training().to_json(None).unwrap();
        let length = hex(&(text.len() as u64).to_le_bytes());
        let text = hex(text.as_bytes());
        let golden = [
            // Tokenizer: variant 0 (whitespace), lowercase false, variant 0 (no normalisation)
            "00000000",
            "00",
            "00000000",
            // The record of training
            &length,
            &text,
            // text of 12 bytes, 3 lengths, 3 counts
            "0c00000000000000",
            "e78e8b",
            "6e6577c2a0796f726b",
            "0300000000000000",
            "0300000000000000",
            "0000000000000000",
            "0900000000000000",
            "0300000000000000",
            "0500000000000000",
            "0400000000000000",
            "0100000000000000",
        ];
        assert_eq!(hex(&encode(&skipgram())), golden.concat());
        assert_eq!(decode::<State>(&encode(&skipgram())).unwrap(), skipgram());
    }

    #[test]
    fn the_vocabulary_comes_back_and_its_lengths_are_checked() {
        let good = State::new(&vocab(), Tokenizer::default(), String::new());
        let back = good.vocab(3).unwrap();
        assert!(back.words().eq(vocab().words()));
        assert_eq!(back.counts(), vocab().counts());
        let bad = |change: fn(&mut State)| {
            let mut state = good.clone();
            change(&mut state);
            state.vocab(3).unwrap_err()
        };
        assert!(good.vocab(4).unwrap_err().contains("expected 4"));
        assert!(bad(|s| s.lengths[0] = 2).contains("inside a character"));
        assert!(bad(|s| s.lengths[2] = 10).contains("outside the text"));
        assert!(bad(|s| s.lengths[2] = u64::MAX).contains("outside the text"));
        assert!(bad(|s| s.lengths[2] = 8).contains("1 bytes of text"));
        assert!(bad(|s| s.counts[1] = u64::MAX).contains("2^64"));
        assert!(bad(|s| s.counts.truncate(2)).contains("2 counts"));
    }

    proptest! {
        /// Any bytes at all, and the golden ones with eight of theirs replaced (lengths of every
        /// size among them): an error or a state, never a panic. `tests/hostile/lengths.rs` bounds what
        /// is allocated.
        #[test]
        fn any_block_is_an_error_or_a_state(
            noise in prop::collection::vec(any::<u8>(), 0..200),
            value in prop_oneof![any::<u64>(), (0u32..64).prop_map(|bit| 1 << bit)],
            place in 0usize..400,
        ) {
            let _ = decode::<State>(&noise);
            let mut block = encode(&skipgram());
            let place = place % (block.len() - 8);
            block[place..place + 8].copy_from_slice(&value.to_le_bytes());
            if let Ok(state) = decode::<State>(&block) {
                let _ = state.vocab(3);
            }
        }

        /// bincode's own check of the end: a block cut or continued anywhere is refused.
        #[test]
        fn a_block_of_another_length_is_refused(cut in 0usize..1000) {
            let mut block = encode(&skipgram());
            prop_assert!(decode::<State>(&block[..cut % block.len()]).is_err());
            block.push(0);
            prop_assert!(decode::<State>(&block).is_err());
        }
    }
}
