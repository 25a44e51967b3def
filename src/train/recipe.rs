//! A run as a value: everything that decides its result, and how two such values differ.
//!
//! A [`Recipe`] is plain data. It stands in each model and checkpoint as JSON text; `w2v info` shows
//! it, `w2v reproduce` takes it, and a run is resumed where its recipe is the one of the checkpoint.
//! Two recipes are compared as JSON values, key by key, so that a new parameter needs no line here.
//!
//! Keys are of two kinds. Those of the *result* must agree where a run is resumed. Those of the
//! *machine* (threads, kernels, the name of a file) may differ: the result is as good, but not the
//! same bytes, and the difference is reported.
//!
//! Numbers come back to the bit (serde_json's `float_roundtrip`). Hashes are text of 16 hexadecimal
//! digits, since many readers of JSON hold numbers as f64. JSON cannot write a number that is not
//! finite; [`super::Training::to_json`] refuses it.

use super::origin::OriginRecord;
use super::parameters::Parameters;
use crate::corpus::Tokenizer;
use crate::encode::Reading;
use crate::error::{Error, Result};
use crate::kernels::Isa;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that decides the result of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// How a line is cut into tokens.
    pub tokenizer: Tokenizer,
    /// How the text was read and which of its words were kept; unknown where another program counted.
    pub reading: Option<Reading>,
    /// The objective and its parameters.
    pub objective: Parameters,
    /// Seed of every random choice.
    pub seed: u64,
    /// The rows that training begins with, where they are not random.
    pub origin: Option<OriginRecord>,
    /// Threads that train: with 1 the run can be repeated to the byte. 0 where another program trained.
    pub threads: usize,
    /// The instruction set of the arithmetic kernels: "avx512bf16", "avx512", "avx2", "neon" or
    /// "portable".
    pub kernels: String,
}

/// A key by which two recipes differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Names from the outside inwards, with dots between them: `objective.skipgram.dim`.
    pub key: String,
    /// The earlier value, as messages show it.
    pub was: String,
    /// The value now.
    pub is: String,
}

/// Keys of the machine: they may differ where a run is resumed.
const MACHINE: [&str; 3] = ["threads", "kernels", "origin.file"];

impl Recipe {
    /// A run with the defaults of everything else: one thread, seed 1, text as it is read by default, the
    /// best instruction set of this machine.
    pub fn new(objective: impl Into<Parameters>) -> Self {
        Recipe {
            tokenizer: Tokenizer::default(),
            reading: None,
            objective: objective.into(),
            seed: 1,
            origin: None,
            threads: 1,
            kernels: Isa::chosen().to_string(),
        }
    }

    /// Refuses values outside their range.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the parameter, the value and the range.
    pub fn check(&self) -> Result<()> {
        match self.threads {
            1..=1024 => self.objective.check(),
            n => Err(Error::parameter("threads", n, "1 to 1024")),
        }
    }

    /// As JSON, by way of text: directly, an f32 would get the decimals of an f64.
    pub fn to_json(&self) -> Value {
        to_json(self)
    }

    /// The keys in which `was` differs from this recipe: those of the result, and those of the machine.
    pub fn differences(&self, was: &Recipe) -> (Vec<Difference>, Vec<Difference>) {
        let mut all = Vec::new();
        compare("", &was.to_json(), &self.to_json(), &mut all);
        all.into_iter().partition(|difference| !MACHINE.contains(&&*difference.key))
    }

    /// Refuses to resume a run whose recipe `was` differs in a key of the result. The error names
    /// the first such key.
    ///
    /// # Errors
    /// [`Error::Resume`].
    pub fn check_resume(&self, was: &Recipe) -> Result<()> {
        refuse_first(self.differences(was).0)
    }

    /// The same before the text is read: keys that are not known yet are left to [`Recipe::check_resume`].
    ///
    /// # Errors
    /// [`Error::Resume`].
    pub fn check_resume_early(&self, was: &Recipe) -> Result<()> {
        let unknown = ["reading", "origin", "objective.glove.counting"];
        let mut differences = self.differences(was).0;
        differences.retain(|difference| {
            !unknown.contains(&&*difference.key) && !difference.key.starts_with("tokenizer")
        });
        refuse_first(differences)
    }
}

fn to_json(data: &impl Serialize) -> Value {
    let text = serde_json::to_string(data).expect("plain data with names for keys");
    serde_json::from_str(&text).expect("what serde_json has written")
}

/// Refuses the first of these differences.
fn refuse_first(mut differences: Vec<Difference>) -> Result<()> {
    // Other keys depend on the objective: where it differs, it is named first.
    differences.sort_by_key(|difference| difference.key != "objective");
    match differences.into_iter().next() {
        None => Ok(()),
        Some(Difference { key, was, is }) => {
            Err(Error::Resume { name: format!("`{key}`"), was, is })
        }
    }
}

fn compare(key: &str, was: &Value, is: &Value, into: &mut Vec<Difference>) {
    let within = |name: &str| if key.is_empty() { name.into() } else { format!("{key}.{name}") };
    match (was, is) {
        // The only key of an objective is its name: two objectives have other keys.
        (Value::Object(was), Value::Object(is)) if was.keys().eq(is.keys()) => {
            for (name, was) in was {
                compare(&within(name), was, &is[name], into);
            }
        }
        _ if was == is => {}
        _ => {
            let shown = |value: &Value| match value {
                Value::Null => "none".to_owned(),
                Value::String(text) => text.clone(),
                Value::Object(map) if key == "objective" => {
                    map.keys().cloned().collect::<Vec<_>>().join(" ")
                }
                value => value.to_string(),
            };
            into.push(Difference { key: key.to_owned(), was: shown(was), is: shown(is) });
        }
    }
}

/// Keys of the JSON object `found`, a recipe or a position, that this version does not have: a later one
/// wrote them. `key` is the key of the object.
pub(super) fn unknown_keys(key: &str, found: &Value, known: &impl Serialize) -> Vec<String> {
    fn walk(key: &str, found: &Value, known: &Value, into: &mut Vec<String>) {
        let (Value::Object(found), Value::Object(known)) = (found, known) else {
            return;
        };
        for (name, found) in found {
            let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            match known.get(name) {
                Some(known) => walk(&key, found, known, into),
                None => into.push(key),
            }
        }
    }
    let mut unknown = Vec::new();
    walk(key, found, &to_json(known), &mut unknown);
    unknown
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::training;
    use super::*;
    use crate::SkipGram;
    use crate::train::{Engine, Glove, GloveParameters, Hold};

    fn recipe() -> Recipe {
        training().recipe
    }

    #[test]
    fn the_key_that_differs_is_named() {
        type Change = fn(&mut Recipe);
        fn skipgram(recipe: &mut Recipe) -> &mut SkipGram {
            match &mut recipe.objective {
                Parameters::SkipGram(parameters) => parameters,
                Parameters::Glove(_) => unreachable!(),
            }
        }
        let changes: [(&str, Change); 9] = [
            ("`objective.skipgram.dim` was 100 when", |r| skipgram(r).dim = 30),
            ("`objective.skipgram.lr` was 0.025 when", |r| skipgram(r).lr = 0.05),
            ("`objective.skipgram.shrink_window` was true when", |r| {
                skipgram(r).shrink_window = false
            }),
            ("`objective.skipgram.engine` was pair when", |r| skipgram(r).engine = Engine::Block),
            ("`tokenizer.lowercase` was false when", |r| r.tokenizer.lowercase = true),
            ("`reading.max_vocab` was none when", |r| {
                r.reading.as_mut().unwrap().max_vocab = Some(9)
            }),
            ("`reading.list` was 0000000000000007 when", |r| {
                r.reading.as_mut().unwrap().list = None
            }),
            ("`origin.hold` was ", |r| {
                r.origin.as_mut().unwrap().hold = Hold::Free;
            }),
            ("`objective` was skipgram when the checkpoint was made, and is glove now", |r| {
                let glove = Glove::default();
                r.objective = Parameters::Glove(GloveParameters { glove, counting: None });
            }),
        ];
        for (message, change) in changes {
            let mut changed = recipe();
            change(&mut changed);
            let refused = changed.check_resume(&recipe()).unwrap_err().to_string();
            assert!(refused.starts_with(message), "{refused}");
        }
        recipe().check_resume(&recipe()).unwrap();
    }

    /// A run goes on with other threads and kernels, and with a file under another name; the caller
    /// can tell of it.
    #[test]
    fn keys_of_the_machine_may_differ() {
        let mut other = recipe();
        (other.threads, other.kernels) = (7, "portable".into());
        other.origin.as_mut().unwrap().file = "elsewhere".into();
        other.check_resume(&recipe()).unwrap();
        let (result, machine) = other.differences(&recipe());
        assert_eq!(result, []);
        let keys: Vec<&str> = machine.iter().map(|difference| &*difference.key).collect();
        assert_eq!(keys, ["kernels", "origin.file", "threads"]);
    }
}
