//! The state block: everything of a model but its matrices, in bincode.
//!
//! In: a slice of known length whose checksum was right. Out: [`State`], and from it a [`Vocab`].
//!
//! How the model was trained is JSON text inside the block ([`Training`]), so that a new parameter is
//! no new format; the words, their counts and the biases, which are many and alike, are bincode.
//!
//! bincode 1.3.3 with fixed-width little-endian integers: `u64` lengths before strings and lists,
//! `u32` before enum variants, one byte before an option. The crate is frozen; its wire format has
//! other readers (wincode), and the golden bytes below hold whoever replaces it to the same format.
//! Nothing outside this file knows bincode.
//!
//! Only ever from a slice, and under a limit of the slice's own length: a length inside the block
//! that says 2^62 is then an error, whereas reading from a stream would allocate it first.

use crate::corpus::Tokenizer;
use crate::train::{Biases, EpochSums, Position, Training};
use crate::vocab::Vocab;
use bincode::Options;
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
    /// Of GloVe.
    biases: Option<Biases>,
}

fn options() -> impl Options {
    bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_little_endian()
        .reject_trailing_bytes()
}

impl State {
    /// Refuses a record that holds a number that is not finite.
    pub(super) fn new(
        vocab: &Vocab,
        tokenizer: Tokenizer,
        training: Option<&Training>,
        biases: Option<Biases>,
    ) -> Result<Self, String> {
        Ok(State {
            tokenizer,
            training: training.map_or(Ok(String::new()), Training::to_json)?,
            text: vocab.words().collect(),
            lengths: vocab.words().map(|word| word.len() as u64).collect(),
            counts: vocab.counts().to_vec(),
            biases,
        })
    }

    /// How the model was trained; absent where the vectors came from another program's file.
    pub(super) fn training(&self) -> Result<Option<Training>, String> {
        match self.training.is_empty() {
            true => Ok(None),
            false => Training::from_json(&self.training)
                .map(Some)
                .map_err(|error| format!("training record: {error}")),
        }
    }

    /// GloVe's biases.
    pub(super) fn biases(&self) -> Option<Biases> {
        self.biases.clone()
    }

    /// The block.
    pub(super) fn encode(&self) -> Vec<u8> {
        (options().serialize(self))
            .expect("a Vec takes every byte and every field has a known length")
    }

    /// Reads a block.
    pub(super) fn decode(block: &[u8]) -> Result<Self, String> {
        let limited = options().with_limit(block.len() as u64);
        let state: State = limited.deserialize(block).map_err(|e| e.to_string())?;
        if let Some(biases) = &state.biases {
            let (words, contexts) = (biases.word.len(), biases.context.len());
            let expected = state.lengths.len();
            if (words, contexts) != (expected, expected) {
                return Err(format!("{words} and {contexts} biases, expected {expected} of each"));
            }
            if !biases.word.iter().chain(&biases.context).all(|b| b.is_finite()) {
                return Err("a bias is infinite or NaN, which w2v never writes".into());
            }
        }
        Ok(state)
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

/// The bytes of a position in a run.
pub(super) fn encode_position(position: &Position) -> Vec<u8> {
    (options().serialize(position))
        .expect("a Vec takes every byte and every field has a known length")
}

/// Reads the bytes of a position.
pub(super) fn decode_position(block: &[u8]) -> Result<Position, String> {
    let limited = options().with_limit(block.len() as u64);
    let position: Position = limited.deserialize(block).map_err(|e| e.to_string())?;
    let finite = |sums: &EpochSums| sums.loss.is_finite() && sums.held_out_loss.is_finite();
    match position.epochs.iter().all(finite) && position.seconds.is_finite() {
        true => Ok(position),
        false => Err("a sum is infinite or NaN, which w2v never writes".into()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::train::samples::{glove, training};
    use proptest::prelude::*;

    pub(in super::super) fn biases() -> Biases {
        Biases { word: vec![1.0, -2.0, 0.5], context: vec![0.0, 3.0, 4.0] }
    }

    /// A block of a skip-gram model.
    fn skipgram() -> State {
        State::new(&vocab(), Tokenizer::default(), Some(&training()), None).unwrap()
    }

    #[test]
    fn a_glove_block_comes_back_and_is_checked() {
        let state =
            State::new(&vocab(), Tokenizer::default(), Some(&glove()), Some(biases())).unwrap();
        let block = state.encode();
        let back = State::decode(&block).unwrap();
        assert_eq!((back.training().unwrap(), back.biases()), (Some(glove()), Some(biases())));
        for cut in 0..block.len() {
            assert!(State::decode(&block[..cut]).is_err());
        }
        assert!(State::decode(&[block.as_slice(), &[0]].concat()).is_err());
        let broken = |change: fn(&mut Biases)| {
            let mut state = state.clone();
            change(state.biases.as_mut().unwrap());
            State::decode(&state.encode()).unwrap_err()
        };
        assert!(broken(|b| b.word.truncate(2)).contains("2 and 3 biases, expected 3"));
        assert!(broken(|b| b.context[0] = f32::NAN).contains("NaN"));
    }

    #[test]
    fn a_record_that_is_no_json_is_named() {
        let state = State { training: "{".into(), ..skipgram() };
        assert!(state.training().unwrap_err().starts_with("training record: "));
        let mut bad = training();
        bad.record.losses[0] = f64::INFINITY;
        let refused = State::new(&vocab(), Tokenizer::default(), Some(&bad), None);
        assert!(refused.unwrap_err().contains("not finite"));
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
        let text = training().to_json().unwrap();
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
            // No biases
            "00",
        ];
        assert_eq!(hex(&skipgram().encode()), golden.concat());
        assert_eq!(State::decode(&skipgram().encode()).unwrap(), skipgram());
    }

    #[test]
    fn the_vocabulary_comes_back_and_its_lengths_are_checked() {
        let good = State::new(&vocab(), Tokenizer::default(), None, None).unwrap();
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
            let _ = State::decode(&noise);
            let mut block = skipgram().encode();
            let place = place % (block.len() - 8);
            block[place..place + 8].copy_from_slice(&value.to_le_bytes());
            if let Ok(state) = State::decode(&block) {
                let _ = state.vocab(3);
            }
        }

        /// bincode's own check of the end: a block cut or continued anywhere is refused.
        #[test]
        fn a_block_of_another_length_is_refused(cut in 0usize..1000) {
            let mut block = skipgram().encode();
            prop_assert!(State::decode(&block[..cut % block.len()]).is_err());
            block.push(0);
            prop_assert!(State::decode(&block).is_err());
        }
    }
}
