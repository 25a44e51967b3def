//! What a model keeps of its training: the recipe, and what happened.

use super::position::{EpochSums, Position};
use super::recipe::{self, Recipe};
use crate::encode::{CorpusFile, CorpusRecord};
use crate::hex;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How a model was trained: what was asked for, and what happened. JSON text in the model's file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Training {
    /// Everything that decided the result.
    pub recipe: Recipe,
    /// What happened.
    pub record: Record,
    /// Keys of the recipe and the position, and tables, that a later version wrote and this one does not
    /// know. Queries ignore them; resuming, continuing and reproducing refuse them ([`Training::ensure_known`]).
    #[serde(skip)]
    pub unknown: Vec<String>,
}

/// The JSON text of a model file.
#[derive(Serialize, Deserialize)]
struct Json<'a> {
    recipe: Cow<'a, Recipe>,
    record: Cow<'a, Record>,
    /// Of a checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<Cow<'a, Position>>,
}

/// What happened in a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this crate.
    pub version: String,
    /// The files of the corpus, in the order in which they were read.
    pub corpus: Vec<CorpusFile>,
    /// XXH3 (64 bits) of the text, after decompression; 0 where it is not known.
    #[serde(with = "hex")]
    pub corpus_hash: u64,
    /// Bytes of the text, after decompression; 0 where they are not known.
    pub text_bytes: u64,
    /// Tokens that the tokenizer found in it; 0 where they are not known.
    pub text_tokens: u64,
    /// Tokens of the corpus that are words of the vocabulary, N.
    pub corpus_tokens: u64,
    /// Tokens trained, after sub-sampling, over all epochs; of GloVe cells.
    pub trained_tokens: u64,
    /// Mean loss per pair in each epoch.
    pub losses: Vec<f64>,
    /// Seconds of the training phase. Of a run with one thread they are not written, so that the same
    /// run makes the same file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

impl Record {
    /// What was done until `position`.
    pub(super) fn of(text: &CorpusRecord, position: &Position) -> Self {
        let finished = position.steps / position.steps_per_epoch.max(1);
        let loss = |epoch: &EpochSums| epoch.mean_loss().unwrap_or(0.0);
        Record {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            corpus: text.files.clone(),
            corpus_hash: text.hash,
            text_bytes: text.bytes,
            text_tokens: text.tokens,
            corpus_tokens: 0,
            trained_tokens: 0,
            losses: position.epochs.iter().take(finished as usize).map(loss).collect(),
            seconds: Some(position.seconds),
        }
    }
}

impl Training {
    /// The training of a run by this version.
    pub(crate) fn new(recipe: Recipe, record: Record) -> Self {
        Training { recipe, record, unknown: Vec::new() }
    }

    /// The JSON text for a model file, or with a position for a checkpoint.
    ///
    /// # Errors
    /// A number that is not finite.
    pub(crate) fn to_json(&self, position: Option<&Position>) -> Result<String, String> {
        let mut record = Cow::Borrowed(&self.record);
        if self.recipe.threads == 1 {
            record.to_mut().seconds = None;
        }
        let (recipe, position) = (Cow::Borrowed(&self.recipe), position.map(Cow::Borrowed));
        let text = serde_json::to_string(&Json { recipe, record, position });
        let text = text.expect("plain data with names for keys");
        // serde_json writes `null` for a number that is not finite, and `null` is no number.
        match serde_json::from_str::<Json<'_>>(&text) {
            Ok(_) => Ok(text),
            Err(error) => {
                Err(format!("the training record holds a number that is not finite: {error}"))
            }
        }
    }

    /// Parses the JSON text of a model file: into the record straight from the text, so that an f32 is
    /// rounded once, and into a value, to find unknown keys.
    pub(crate) fn from_json(text: &str) -> Result<(Self, Option<Position>), String> {
        let Json { recipe, record, position } =
            serde_json::from_str(text).map_err(|e| e.to_string())?;
        let mut training = Training::new(recipe.into_owned(), record.into_owned());
        let value: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        training.unknown = recipe::unknown_keys("", &value["recipe"], &training.recipe);
        if let Some(position) = &position {
            let unknown = recipe::unknown_keys("position", &value["position"], position);
            training.unknown.extend(unknown);
        }
        Ok((training, position.map(Cow::into_owned)))
    }

    /// Refuses to resume, continue or reproduce a run whose file has unknown keys or tables. `what` names the
    /// model in the message.
    ///
    /// # Errors
    /// [`crate::Error::Query`] with their names.
    pub fn ensure_known(&self, what: &str) -> crate::Result<()> {
        if self.unknown.is_empty() {
            return Ok(());
        }
        Err(crate::Error::query(format!(
            "{what} was made by w2v {} with {}, which this version, {}, does not know; use that one",
            self.record.version,
            self.unknown.join(", "),
            env!("CARGO_PKG_VERSION"),
        )))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::corpus::{InvalidUtf8, Tokenizer};
    use crate::encode::Reading;
    use crate::train::{
        Engine, GloveParameters, Hold, OriginKind, OriginRecord, Parameters, SkipGram,
    };
    use proptest::prelude::*;

    /// A record in which every field that can be absent is there.
    pub(crate) fn training() -> Training {
        Training {
            recipe: Recipe {
                tokenizer: Tokenizer::default(),
                reading: Some(Reading {
                    invalid_utf8: InvalidUtf8::Skip,
                    encoding: None,
                    max_sentence: 1000,
                    min_count: 5,
                    max_vocab: None,
                    list: Some(7),
                }),
                objective: Parameters::SkipGram(SkipGram {
                    engine: Engine::Pair,
                    ..SkipGram::default()
                }),
                seed: 7,
                origin: Some(OriginRecord {
                    kind: OriginKind::Model,
                    file: "m.w2v".into(),
                    hash: 0x99,
                    words: 2,
                    hold: Hold::Anchored(0.5),
                }),
                threads: 2,
                kernels: "avx2".into(),
            },
            record: Record {
                version: "0.1.0".into(),
                corpus: [("a.txt", Some(10)), ("b.txt", None)]
                    .map(|(name, bytes)| CorpusFile { name: name.to_owned(), bytes })
                    .into(),
                corpus_hash: 0x1234,
                text_bytes: 20,
                text_tokens: 12,
                corpus_tokens: 10,
                trained_tokens: 50,
                losses: vec![2.5, 1.25],
                seconds: Some(1.5),
            },
            unknown: Vec::new(),
        }
    }

    /// The same of GloVe.
    pub(crate) fn glove() -> Training {
        let parameters =
            GloveParameters { glove: Default::default(), counting: Some(Default::default()) };
        let mut training = training();
        training.recipe.objective = Parameters::Glove(parameters);
        training
    }

    /// The text, written out by hand. Whoever breaks this changes the meaning of files that exist.
    #[test]
    fn golden_text() {
        let golden = concat!(
            r#"{"recipe":{"tokenizer":{"segmentation":"whitespace","lowercase":false,"#,
            r#""normalization":"none"},"reading":{"invalid_utf8":"skip","max_sentence":1000,"#,
            r#""min_count":5,"max_vocab":null,"list":"0000000000000007"},"#,
            r#""objective":{"skipgram":{"dim":100,"window":5,"shrink_window":true,"negative":5,"#,
            r#""ns_exponent":0.75,"sample":0.001,"epochs":5,"lr":0.025,"min_lr":0.0000025,"#,
            r#""engine":"pair","storage":"f32"}},"seed":7,"origin":{"kind":"model","file":"m.w2v","#,
            r#""hash":"0000000000000099","words":2,"hold":{"anchored":0.5}},"threads":2,"#,
            r#""kernels":"avx2"},"record":{"version":"0.1.0","corpus":[{"name":"a.txt","bytes":10},"#,
            r#"{"name":"b.txt","bytes":null}],"corpus_hash":"0000000000001234","text_bytes":20,"#,
            r#""text_tokens":12,"corpus_tokens":10,"trained_tokens":50,"losses":[2.5,1.25],"#,
            r#""seconds":1.5}}"#,
        );
        assert_eq!(training().to_json(None).unwrap(), golden);
        assert_eq!(Training::from_json(golden).unwrap(), (training(), None));
        let glove_text = glove().to_json(None).unwrap();
        assert_eq!(Training::from_json(&glove_text).unwrap(), (glove(), None));
    }

    /// The position of a checkpoint is a key more, to the bit; nothing in it is infinite.
    #[test]
    fn golden_text_of_a_position() {
        let epoch =
            EpochSums { pairs: 9, kept: 8, loss: 0.1 + 0.2, held_out: 1, held_out_loss: 3e-9 };
        let mut position = Position {
            steps: u64::MAX,
            steps_per_epoch: 4,
            tokens: 3,
            epochs: vec![epoch],
            seconds: 1.5,
            text: u64::MAX - 1,
        };
        let golden = concat!(
            r#","position":{"steps":18446744073709551615,"steps_per_epoch":4,"tokens":3,"epochs":["#,
            r#"{"pairs":9,"kept":8,"loss":0.30000000000000004,"held_out":1,"held_out_loss":3e-9}],"#,
            r#""seconds":1.5,"text":"fffffffffffffffe"}}"#,
        );
        let text = training().to_json(Some(&position)).unwrap();
        assert!(text.ends_with(golden), "{text}");
        assert_eq!(Training::from_json(&text).unwrap(), (training(), Some(position.clone())));
        let later = text.replace(r#""steps":"#, r#""sums":1,"steps":"#);
        assert_eq!(Training::from_json(&later).unwrap().0.unknown, ["position.sums"]);
        position.epochs[0].held_out_loss = f64::NAN;
        assert!(training().to_json(Some(&position)).unwrap_err().contains("not finite"));
    }

    #[test]
    fn keys_of_a_later_version_are_named_and_do_not_hinder_queries() {
        let text = training().to_json(None).unwrap();
        let later = text.replace(r#""dim":100"#, r#""dim":100,"tree":{"arity":2}"#);
        let later = later.replace(r#""recipe":{"#, r#""recipe":{"rounds":8,"#);
        let (read, _) = Training::from_json(&later).unwrap();
        assert_eq!(read.recipe, training().recipe);
        assert_eq!(read.unknown, ["objective.skipgram.tree", "rounds"]);
        let refused = read.ensure_known("vectors.w2v").unwrap_err().to_string();
        assert!(refused.contains("with objective.skipgram.tree, rounds, which"), "{refused}");
        Training::from_json(&text).unwrap().0.ensure_known("vectors.w2v").unwrap();
    }

    #[test]
    fn a_run_of_one_thread_keeps_no_time_and_nothing_is_infinite() {
        let mut one = training();
        one.recipe.threads = 1;
        assert!(!one.to_json(None).unwrap().contains("seconds"));
        let mut bad = training();
        bad.record.losses[1] = f64::NAN;
        assert!(bad.to_json(None).unwrap_err().contains("not finite"));
        for hash in [r#""123x""#, r#""""#, "7"] {
            let text = training().to_json(None).unwrap().replace(r#""0000000000001234""#, hash);
            assert!(Training::from_json(&text).is_err(), "{hash}");
        }
    }

    proptest! {
        /// Every finite number comes back to the bit.
        #[test]
        fn numbers_come_back(lr in any::<u32>(), loss in any::<u64>(), seed in any::<u64>()) {
            let (lr, loss) = (f32::from_bits(lr), f64::from_bits(loss));
            prop_assume!(lr.is_finite() && loss.is_finite());
            let mut one = training();
            let Parameters::SkipGram(parameters) = &mut one.recipe.objective else { unreachable!() };
            parameters.lr = lr;
            one.recipe.seed = seed;
            one.record.losses = vec![loss];
            let (back, _) = Training::from_json(&one.to_json(None).unwrap()).unwrap();
            let Parameters::SkipGram(parameters) = &back.recipe.objective else { unreachable!() };
            prop_assert_eq!(parameters.lr.to_bits(), lr.to_bits());
            prop_assert_eq!(back.record.losses[0].to_bits(), loss.to_bits());
            prop_assert_eq!(back.recipe.seed, seed);
        }
    }
}
