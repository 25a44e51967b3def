//! Flags that have no effect in some way of calling a verb: a table, and their refusal.
//!
//! A flag that does nothing is a misunderstanding, found out late or never. Each mode below says which
//! flags mean nothing in it, why, and what to do instead. A new flag needs a line in the table of the
//! tests, which goes through all flags in all modes.
//!
//! Flags that bound what a call may use or show (`--threads`, `--max-memory`, `--temp-dir`, `--isa`,
//! `--progress`) hold in every mode, also where the bound is not reached. `w2v plan` takes the flags of the
//! command that it plans. What depends on the format of a vector file the library refuses by itself.

use clap::ArgMatches;
use clap::parser::ValueSource;
use std::sync::OnceLock;

/// A way of calling verbs.
struct Mode {
    verbs: &'static [&'static str],
    when: &'static [When],
    /// How a message names it: "with --cooccur".
    name: &'static str,
    /// Arguments that mean nothing in it.
    flags: &'static [&'static str],
    why: &'static str,
    /// What to do instead.
    way: &'static str,
}

/// A condition on a command line.
enum When {
    /// The argument was typed.
    Typed(&'static str),
    /// The argument was not typed.
    NotTyped(&'static str),
    /// The argument has this value, typed or by default.
    Is(&'static str, &'static str),
    /// The argument has this value not among its values.
    Lacks(&'static str, &'static str),
    /// The verb has found this out: by the content of a file, say.
    Found(&'static str),
}
use When::{Found, Is, Lacks, NotTyped, Typed};

/// How words are cut off a text, and which are kept.
const READING: [&str; 9] = [
    "tokenizer",
    "lowercase",
    "normalize",
    "encoding",
    "invalid_utf8",
    "max_sentence",
    "min_count",
    "max_vocab",
    "vocab",
];

const TRAIN: &[&str] = &["train", "plan"];
const LEAVE_OUT: &str = "leave it out";

const MODES: &[Mode] = &[
    Mode {
        verbs: TRAIN,
        when: &[Is("model", "skipgram")],
        name: "with skip-gram",
        flags: &[
            "cooccur",
            "x_max",
            "alpha",
            "clip",
            "held_out",
            "combine",
            "unk",
            "left_only",
            "weighting",
            "across_lines",
        ],
        why: "which is not trained on counts of pairs",
        way: "it belongs to --model glove",
    },
    Mode {
        verbs: TRAIN,
        when: &[Is("model", "glove")],
        name: "with --model glove",
        flags: &[
            "fixed_window",
            "negative",
            "ns_exponent",
            "sample",
            "min_lr",
            "engine",
            "storage",
            "explain",
        ],
        why: "which draws no windows and no negatives, and keeps a rate for each number",
        way: "it belongs to --model skipgram",
    },
    Mode {
        verbs: TRAIN,
        when: &[Is("model", "glove")],
        name: "with --model glove",
        flags: &["continue_from", "init", "freeze", "anchor", "drift_report"],
        why: "whose steps are scaled by all squared gradients before, which no file of vectors holds",
        way: "it belongs to --model skipgram",
    },
    Mode {
        verbs: &["train"],
        when: &[Typed("cooccur")],
        name: "with --cooccur",
        flags: &[
            "corpus",
            "tokenizer",
            "lowercase",
            "normalize",
            "encoding",
            "invalid_utf8",
            "max_sentence",
            "min_count",
            "max_vocab",
            "window",
            "left_only",
            "weighting",
            "across_lines",
        ],
        why: "whose text was read and counted before",
        way: "leave it out, or count again by `w2v cooccur`",
    },
    Mode {
        verbs: &["train", "plan", "cooccur"],
        when: &[Typed("across_lines")],
        name: "with --across-lines",
        flags: &["max_sentence"],
        why: "where windows know no sentences",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["plan"],
        when: &[],
        name: "in a plan",
        flags: &["cooccur", "continue_from", "init", "freeze", "anchor", "drift_report"],
        why: "which is made from the text alone",
        way: "leave it out, or give it to `w2v train`",
    },
    Mode {
        verbs: &["plan"],
        when: &[],
        name: "in a plan",
        flags: &["explain"],
        why: "which trains nothing",
        way: "it belongs to `w2v train`",
    },
    Mode {
        verbs: &["train"],
        when: &[Typed("explain")],
        name: "with --explain",
        flags: &["continue_from", "init", "freeze", "anchor", "drift_report"],
        why: "which begins with nothing",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["train"],
        when: &[Typed("explain")],
        name: "with --explain",
        flags: &[
            "output",
            "force",
            "checkpoint",
            "checkpoint_every",
            "no_checkpoint",
            "resume",
            "engine",
            "storage",
        ],
        why: "which shows steps pair by pair, in f32, and writes nothing",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["train"],
        when: &[NotTyped("continue_from"), NotTyped("init")],
        name: "without a warm start",
        flags: &["freeze", "anchor", "drift_report"],
        why: "since no word was there before",
        way: "begin with --continue or --init",
    },
    Mode {
        verbs: &["vocab"],
        when: &[],
        name: "in a list of words",
        flags: &["max_sentence"],
        why: "which knows no sentences",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["vocab", "one-hot"],
        when: &[NotTyped("output")],
        name: "without --output",
        flags: &["force"],
        why: "since no file is written",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["one-hot"],
        when: &[],
        name: "in one-hot vectors",
        flags: &["max_sentence"],
        why: "which know no sentences",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["one-hot"],
        when: &[Found("a sentence")],
        name: "with a sentence",
        flags: &["encoding", "invalid_utf8", "min_count", "max_vocab", "vocab"],
        why: "all of whose words are numbered as they come, or as in --vectors",
        way: "it is for a corpus in a file",
    },
    Mode {
        verbs: &["one-hot"],
        when: &[Found("a sentence"), Typed("vectors")],
        name: "with --vectors",
        flags: &["tokenizer", "lowercase", "normalize"],
        why: "since the sentence is cut as the text of these vectors was",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["one-hot"],
        when: &[Found("a corpus")],
        name: "with a corpus",
        flags: &["vectors", "tensor"],
        why: "whose words are numbered as in training",
        way: "it looks up the words of a sentence",
    },
    Mode {
        verbs: &["neighbors"],
        when: &[NotTyped("words")],
        name: "without words",
        flags: &["sum"],
        why: "since each line of standard input is one question already",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["odd"],
        when: &[Typed("json")],
        name: "with --json",
        flags: &["all"],
        why: "which shows all words anyway",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["eval", "compare"],
        when: &[Found("no analogies")],
        name: "without analogies",
        flags: &["method"],
        why: "since no set asks for one",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["compare"],
        when: &[Typed("cooccur")],
        name: "with --cooccur",
        flags: &["corpus", "tokenizer", "min_count", "max_vocab", "window"],
        why: "whose text was read and counted before",
        way: "leave it out, or count again by `w2v cooccur`",
    },
    Mode {
        verbs: &["compare"],
        when: &[Lacks("baselines", "svd")],
        name: "with these --baselines",
        flags: &["svd_p", "svd_rounds"],
        why: "since svd is not among them",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["compare"],
        when: &[Lacks("baselines", "svd"), Lacks("baselines", "random")],
        name: "with these --baselines",
        flags: &["dim", "seed"],
        why: "since neither random nor svd is among them",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["compare"],
        when: &[Lacks("baselines", "svd"), Lacks("baselines", "ppmi")],
        name: "with these --baselines",
        flags: &["cds", "shift"],
        why: "since neither ppmi nor svd is among them",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["compare"],
        when: &[
            Lacks("baselines", "svd"),
            Lacks("baselines", "ppmi"),
            Lacks("baselines", "counts"),
        ],
        name: "with these --baselines",
        flags: &["window"],
        why: "since none of them counts pairs",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["quantize"],
        when: &[Is("method", "int8")],
        name: "with --method int8",
        flags: &["subquantizers"],
        why: "which takes a byte for each number",
        way: "it goes with --method pq",
    },
    Mode {
        verbs: &["quantize"],
        when: &[Is("method", "int8"), Is("recall_words", "0")],
        name: "with --method int8 and --recall-words 0",
        flags: &["seed"],
        why: "since nothing is drawn",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["check"],
        when: &[Found("vectors")],
        name: "with vectors",
        flags: &READING,
        why: "whose words are not cut off a text",
        way: "leave it out; --as corpus takes the file for a text",
    },
    Mode {
        verbs: &["check"],
        when: &[Found("a text")],
        name: "with a text",
        flags: &["repair", "force"],
        why: "which is mended by the commands that check prints",
        way: "leave it out; --as vectors takes the file for vectors",
    },
    Mode {
        verbs: &["check"],
        when: &[Found("a text")],
        name: "with a text",
        flags: &["max_vocab", "vocab"],
        why: "all words of which are counted",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["info"],
        when: &[Typed("cpu")],
        name: "with --cpu",
        flags: &["vectors", "tensor", "total_params"],
        why: "which shows no file",
        way: LEAVE_OUT,
    },
    Mode {
        verbs: &["info"],
        when: &[Found("a configuration")],
        name: "with a config.json",
        flags: &["tensor"],
        why: "which holds no tensors",
        way: "name the safetensors file",
    },
    Mode {
        verbs: &["info"],
        when: &[Found("one table")],
        name: "with this file",
        flags: &["tensor", "total_params"],
        why: "which is no language model",
        way: "name a safetensors file or a config.json",
    },
];

impl When {
    fn holds(&self, typed: &ArgMatches, found: &[&str]) -> bool {
        let values = |id: &str| -> Vec<String> {
            let raw = typed.get_raw(id).into_iter().flatten();
            raw.map(|value| value.to_string_lossy().into_owned()).collect()
        };
        match self {
            Typed(id) => is_typed(typed, id),
            NotTyped(id) => !is_typed(typed, id),
            Is(id, value) => values(id).iter().any(|is| is == value),
            Lacks(id, value) => values(id).iter().all(|is| is != value),
            Found(what) => found.contains(what),
        }
    }
}

fn is_typed(typed: &ArgMatches, id: &str) -> bool {
    typed.value_source(id) == Some(ValueSource::CommandLine)
}

/// Why a flag of this call means nothing; `None` where all flags do. `found` is what the verb has found out.
fn refusal(verb: &clap::Command, typed: &ArgMatches, found: &[&str]) -> Option<String> {
    let modes = MODES.iter().filter(|mode| mode.verbs.contains(&verb.get_name()));
    for mode in modes.filter(|mode| mode.when.iter().all(|when| when.holds(typed, found))) {
        if let Some(id) = mode.flags.iter().find(|id| is_typed(typed, id)) {
            let arg = verb.get_arguments().find(|arg| arg.get_id() == *id)?;
            let flag = arg.get_long().map_or(id.to_uppercase(), |long| format!("--{long}"));
            let Mode { name, why, way, .. } = mode;
            return Some(format!("{flag} means nothing {name}, {why}; {way}"));
        }
    }
    None
}

/// The call.
static CALL: OnceLock<(clap::Command, ArgMatches)> = OnceLock::new();

/// Refuses flags that mean nothing, as far as the command line tells; keeps the call for [`found`].
pub(super) fn of(verb: &clap::Command, typed: &ArgMatches) -> anyhow::Result<()> {
    let (verb, typed) = CALL.get_or_init(|| (verb.clone(), typed.clone()));
    refuse(verb, typed, &[])
}

/// Refuses flags that mean nothing with what the verb has found out.
pub(super) fn found(what: &'static str) -> anyhow::Result<()> {
    CALL.get().map_or(Ok(()), |(verb, typed)| refuse(verb, typed, &[what]))
}

fn refuse(verb: &clap::Command, typed: &ArgMatches, found: &[&str]) -> anyhow::Result<()> {
    refusal(verb, typed, found).map_or(Ok(()), |problem| Err(anyhow::anyhow!(problem)))
}

#[cfg(test)]
mod tests;
