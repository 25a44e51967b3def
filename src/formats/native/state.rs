//! The state block: everything of a model but its matrices, in bincode.
//!
//! In: a slice of known length whose checksum was right. Out: [`State`], and from it a [`Vocab`].
//!
//! bincode 1.3.3 with fixed-width little-endian integers: `u64` lengths before strings and lists,
//! `u32` before enum variants, one byte before an option. The crate is frozen; its wire format has
//! other readers (wincode), and the golden bytes below hold whoever replaces it to the same format.
//! Nothing outside this file knows bincode.
//!
//! The block of a GloVe model has no training record in its first part, so that a reader that knows
//! skip-gram only does not take one for the other, and a second part: GloVe's record and biases.
//!
//! Only ever from a slice, and under a limit of the slice's own length: a length inside the block
//! that says 2^62 is then an error, whereas reading from a stream would allocate it first.

use crate::corpus::Tokenizer;
use crate::train::{Biases, EpochSums, GloveParameters, Parameters, Position, SkipGram, Training};
use crate::vocab::Vocab;
use bincode::Options;
use serde::{Deserialize, Serialize};

/// What the state block holds, in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) tokenizer: Tokenizer,
    /// Absent where the vectors came from another program's file, and of GloVe.
    skipgram: Option<Training<SkipGram>>,
    /// All words, one after the other.
    text: String,
    /// `lengths[id]` is the length of word `id` in bytes of UTF-8.
    lengths: Vec<u64>,
    /// `counts[id]`, 0 where unknown.
    counts: Vec<u64>,
    /// Behind all others.
    #[serde(skip)]
    glove: Option<GloveState>,
}

/// The second part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct GloveState {
    training: Training<GloveParameters>,
    biases: Option<Biases>,
}

fn options() -> impl Options {
    bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_little_endian()
        .reject_trailing_bytes()
}

impl State {
    pub(super) fn new(
        vocab: &Vocab,
        tokenizer: Tokenizer,
        training: Option<Training>,
        biases: Option<Biases>,
    ) -> Self {
        let (mut skipgram, mut glove) = (None, None);
        if let Some(mut training) = training {
            if training.threads == 1 {
                // Where the same run makes the same file, nothing in it may be another each time.
                training.seconds = 0.0;
            }
            match training.parameters.clone() {
                Parameters::SkipGram(p) => skipgram = Some(training.with(|_| p)),
                Parameters::Glove(p) => {
                    let training = training.with(|_| p);
                    glove = Some(GloveState { training, biases });
                }
            }
        }
        State {
            tokenizer,
            skipgram,
            text: vocab.words().collect(),
            lengths: vocab.words().map(|word| word.len() as u64).collect(),
            counts: vocab.counts().to_vec(),
            glove,
        }
    }

    /// The training record; absent where the vectors came from another program's file.
    pub(super) fn training(&self) -> Option<Training> {
        let skipgram = self.skipgram.clone().map(|t| t.with(Parameters::SkipGram));
        let glove = || Some(self.glove.as_ref()?.training.clone().with(Parameters::Glove));
        skipgram.or_else(glove)
    }

    /// GloVe's biases.
    pub(super) fn biases(&self) -> Option<Biases> {
        self.glove.as_ref()?.biases.clone()
    }

    /// The block.
    pub(super) fn encode(&self) -> Vec<u8> {
        const KNOWN: &str = "a Vec takes every byte and every field has a known length";
        let mut block = options().serialize(self).expect(KNOWN);
        if let Some(glove) = &self.glove {
            block.extend(options().serialize(glove).expect(KNOWN));
        }
        block
    }

    /// Reads a block.
    pub(super) fn decode(block: &[u8]) -> Result<Self, String> {
        let limited = options().with_limit(block.len() as u64);
        let mut rest = block;
        let first = limited.allow_trailing_bytes().deserialize_from(&mut rest);
        let mut state: State = first.map_err(|e| e.to_string())?;
        if rest.is_empty() {
            return Ok(state);
        }
        if state.skipgram.is_some() {
            let more = rest.len();
            return Err(format!("{more} bytes behind the end of a skip-gram model's block"));
        }
        let limited = options().with_limit(rest.len() as u64);
        let glove: GloveState = limited.deserialize(rest).map_err(|e| e.to_string())?;
        if let Some(biases) = &glove.biases {
            let (words, contexts) = (biases.word.len(), biases.context.len());
            let expected = state.lengths.len();
            if (words, contexts) != (expected, expected) {
                return Err(format!("{words} and {contexts} biases, expected {expected} of each"));
            }
            if !biases.word.iter().chain(&biases.context).all(|b| b.is_finite()) {
                return Err("a bias is infinite or NaN, which w2v never writes".into());
            }
        }
        state.glove = Some(glove);
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
    use crate::corpus::InvalidUtf8;
    use crate::train::{CorpusFile, Hold, OriginKind, OriginRecord, Reading};
    use proptest::prelude::*;

    pub(in super::super) fn training() -> Training {
        Training {
            parameters: Parameters::SkipGram(SkipGram::default()),
            engine: "pair".into(),
            storage: "f32".into(),
            seed: 7,
            threads: 2,
            kernels: "avx2".into(),
            version: "0.1.0".into(),
            corpus: [("a.txt", Some(10)), ("b.txt", None)]
                .map(|(name, bytes)| CorpusFile { name: name.to_owned(), bytes })
                .into(),
            corpus_hash: 0x1234,
            corpus_tokens: 10,
            reading: Some(Reading {
                bytes: 20,
                tokens: 12,
                invalid_utf8: InvalidUtf8::Skip,
                max_sentence: 1000,
                min_count: 5,
                max_vocab: None,
                list_hash: Some(7),
            }),
            origin: Some(OriginRecord {
                kind: OriginKind::Model,
                file: "m.w2v".into(),
                hash: 0x99,
                words: 2,
                hold: Hold::Anchored(0.5),
            }),
            trained_tokens: 50,
            losses: vec![2.5, 1.25],
            seconds: 1.5,
        }
    }

    pub(in super::super) fn glove() -> (Training, Biases) {
        let parameters =
            GloveParameters { glove: Default::default(), counting: Some(Default::default()) };
        let biases = Biases { word: vec![1.0, -2.0, 0.5], context: vec![0.0, 3.0, 4.0] };
        (training().with(|_| Parameters::Glove(parameters)), biases)
    }

    #[test]
    fn a_glove_block_comes_back_and_is_checked() {
        let (training, biases) = glove();
        let state = State::new(
            &vocab(),
            Tokenizer::default(),
            Some(training.clone()),
            Some(biases.clone()),
        );
        let block = state.encode();
        let back = State::decode(&block).unwrap();
        assert_eq!((back.training(), back.biases()), (Some(training), Some(biases)));
        for cut in 0..block.len() {
            // Cut between its parts it is a block without a record, and whole.
            let first = State { glove: None, ..state.clone() };
            assert!(State::decode(&block[..cut]).is_err() || cut == first.encode().len());
        }
        assert!(State::decode(&[block.as_slice(), &[0]].concat()).is_err());
        let broken = |change: fn(&mut Biases)| {
            let mut state = state.clone();
            change(state.glove.as_mut().unwrap().biases.as_mut().unwrap());
            State::decode(&state.encode()).unwrap_err()
        };
        assert!(broken(|b| b.word.truncate(2)).contains("2 and 3 biases, expected 3"));
        assert!(broken(|b| b.context[0] = f32::NAN).contains("NaN"));
    }

    pub(in super::super) fn vocab() -> Vocab {
        Vocab::new([("王", 5), ("", 4), ("new\u{a0}york", 1)])
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The format itself, written out by hand. Whoever breaks this changes the meaning of files that
    /// exist: raise `header::VERSION`.
    #[test]
    fn golden_bytes() {
        let state = State::new(&vocab(), Tokenizer::default(), Some(training()), None);
        let golden = [
            // Tokenizer: variant 0 (whitespace), lowercase false, variant 0 (no normalisation)
            "00000000",
            "00",
            "00000000",
            // Some(Training): dim 100, window 5, shrink_window, negative 5
            "01",
            "6400000000000000",
            "0500000000000000",
            "01",
            "0500000000000000",
            // ns_exponent .75, sample .001, epochs 5, lr .025, min_lr .0000025
            "000000000000e83f",
            "fca9f1d24d62503f",
            "05000000",
            "cdcccc3c",
            "acc52736",
            // engine "pair", storage "f32", seed 7, threads 2, kernels "avx2", version "0.1.0"
            "0400000000000000",
            "70616972",
            "0300000000000000",
            "663332",
            "0700000000000000",
            "0200000000000000",
            "0400000000000000",
            "61767832",
            "0500000000000000",
            "302e312e30",
            // corpus: 2 files, the first of 10 bytes, the second of unknown length
            "0200000000000000",
            "0500000000000000",
            "612e747874",
            "010a00000000000000",
            "0500000000000000",
            "622e747874",
            "00",
            // corpus_hash
            "3412000000000000",
            // corpus_tokens 10
            "0a00000000000000",
            // Some(Reading): 20 bytes, 12 tokens, variant 1 (skip), max_sentence 1000, min_count 5, no
            // max_vocab, list_hash Some(7)
            "01",
            "1400000000000000",
            "0c00000000000000",
            "01000000",
            "e803000000000000",
            "0500000000000000",
            "00",
            "010700000000000000",
            // Some(OriginRecord): variant 0 (a model), "m.w2v", hash, 2 words, variant 2 (anchored) 0.5
            "01",
            "00000000",
            "0500000000000000",
            "6d2e773276",
            "9900000000000000",
            "0200000000000000",
            "02000000",
            "0000003f",
            // trained_tokens 50, losses [2.5, 1.25], 1.5 seconds
            "3200000000000000",
            "0200000000000000",
            "0000000000000440",
            "000000000000f43f",
            "000000000000f83f",
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
        assert_eq!(hex(&state.encode()), golden.concat());
        assert_eq!(State::decode(&state.encode()).unwrap(), state);
    }

    #[test]
    fn the_vocabulary_comes_back_and_its_lengths_are_checked() {
        let good = State::new(&vocab(), Tokenizer::default(), None, None);
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
            let mut block = State::new(&vocab(), Tokenizer::default(), Some(training()), None).encode();
            let place = place % (block.len() - 8);
            block[place..place + 8].copy_from_slice(&value.to_le_bytes());
            if let Ok(state) = State::decode(&block) {
                let _ = state.vocab(3);
            }
        }

        /// bincode's own check of the end: a block cut or continued anywhere is refused.
        #[test]
        fn a_block_of_another_length_is_refused(cut in 0usize..1000) {
            let mut block = State::new(&vocab(), Tokenizer::default(), Some(training()), None).encode();
            prop_assert!(State::decode(&block[..cut % block.len()]).is_err());
            block.push(0);
            prop_assert!(State::decode(&block).is_err());
        }
    }
}
