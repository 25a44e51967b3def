//! How the command line spells the parameters of the library.
//!
//! The messages of the library name parameters: `` `min_count` ``, `` `sample=0` ``, or a key of a
//! recipe, `` `objective.skipgram.dim` ``. An argument of a verb has the name of its parameter, with few
//! exceptions, which are listed here. Advice that the running verb has no flag for is left out.

use clap::{Arg, Command};
use std::path::Path;
use std::sync::OnceLock;
use w2v::Error;
use w2v::error::{self, Advice};

/// Parameters and keys that are set by arguments of another name. A key is looked up whole, then by its
/// last part.
const OTHER_NAMES: [(&str, &[&str]); 14] = [
    ("segmentation", &["tokenizer"]),
    ("normalization", &["normalize"]),
    ("list", &["vocab"]),
    ("keep_only", &["vocab"]),
    ("format", &["to"]),
    ("objective", &["model"]),
    ("shrink_window", &["fixed_window"]),
    ("counting", &["cooccur"]),
    ("symmetric", &["left_only"]),
    ("origin", &["continue_from", "init"]),
    ("origin.kind", &["continue_from", "init"]),
    ("origin.hash", &["continue_from", "init"]),
    ("origin.words", &["continue_from", "init"]),
    ("origin.hold", &["freeze", "anchor"]),
];

/// Keys whose value is the opposite of their flag.
const NEGATED: [&str; 2] =
    ["`objective.skipgram.shrink_window`", "`objective.glove.counting.symmetric`"];

/// The verb that runs.
static VERB: OnceLock<Command> = OnceLock::new();

/// Says which verb runs, once, before any message.
pub(super) fn of(verb: &Command) {
    VERB.set(verb.clone()).expect("one verb a process");
}

/// A parameter as `verb` spells it: "--sample 0", or the name of an argument without a flag. `None` where
/// it has no such argument.
fn spell(verb: &Command, parameter: &str, value: Option<&str>) -> Option<String> {
    let last = parameter.rsplit('.').next().unwrap_or(parameter);
    let other = |name: &str| OTHER_NAMES.iter().find(|(known, _)| *known == name);
    let (names, value) = match (parameter, other(parameter).or_else(|| other(last))) {
        // Of vector files. Elsewhere the flag of this name is about text.
        ("lossy_utf8", _) if verb.get_name() == "convert" => {
            (&["invalid_utf8"][..], Some("replace"))
        }
        // So is this one.
        ("word_encoding", _) if !verb.get_arguments().any(|arg| arg.get_id() == "corpus") => {
            (&["encoding"][..], value)
        }
        (_, Some((_, names))) => (*names, value),
        (_, None) => (&[last][..], value),
    };
    let named = |name: &&str| {
        let is = |arg: &&Arg| arg.get_id() == *name && !arg.is_hide_set();
        let arg = verb.get_arguments().find(is)?;
        match (arg.get_long(), arg.get_value_names(), value) {
            (Some(long), ..) => Some(format!("--{long}")),
            (None, Some([name, ..]), None) => Some(name.to_string()),
            // A value is typed in the place of its name.
            _ => None,
        }
    };
    let spelt: Vec<String> = names.iter().filter_map(named).collect();
    let value = value.map_or(String::new(), |value| format!(" {value}"));
    (!spelt.is_empty()).then(|| spelt.join(" or ") + &value)
}

/// The same for the verb that runs.
fn spell_here(parameter: &str, value: Option<&str>) -> Option<String> {
    match parameter.strip_prefix("train.") {
        // A parameter of another verb is a command.
        Some(parameter) => {
            let command = super::command();
            let flag = spell(command.find_subcommand("train")?, parameter, value)?;
            Some(format!("`w2v train … {flag}`"))
        }
        None => spell(VERB.get()?, parameter, value),
    }
}

/// A text with its parameters as flags.
pub(super) fn text(text: &str) -> String {
    error::spelt(text, &mut spell_here)
}

/// Advice with its parameters as flags, if the verb has them.
pub(super) fn advice(advice: &Advice) -> Option<String> {
    advice.spelt(&mut spell_here)
}

/// A key or parameter as its flag.
pub(super) fn name(parameter: &str) -> String {
    spell_here(parameter, None).unwrap_or_else(|| parameter.to_owned())
}

/// A command that copies a vector file as the running verb cannot read it: with the first advice whose
/// flags, with their values, only `w2v convert` has.
fn by_a_copy(error: &Error) -> Option<String> {
    let Error::Format { path, advice, .. } = error else {
        return None;
    };
    if !path.is_file() || advice.iter().any(|one| self::advice(one).is_some()) {
        return None;
    }
    let command = super::command();
    let convert = command.find_subcommand("convert")?;
    advice.iter().find_map(|advice| {
        let mut flags = Vec::new();
        advice.spelt(&mut |parameter, value| {
            let flag = spell(convert, parameter, value).filter(|flag| flag.contains(' '))?;
            flags.push(flag.clone());
            Some(flag)
        })?;
        let (path, flags) = (shell_quoted(&path.to_string_lossy()), flags.join(" "));
        (!flags.is_empty()).then(|| format!("`w2v convert {path} copy.w2v {flags}` makes a copy"))
    })
}

/// The message of an error of the library, with its parameters as flags.
pub(super) fn message(error: &Error) -> String {
    match error {
        Error::Resume { name, was, is } if NEGATED.contains(&&**name) => {
            // Either is true where the other one is false.
            let (was, is) = (is.clone(), was.clone());
            Error::Resume { name: name.clone(), was, is }.spelt(&mut spell_here)
        }
        Error::Suspended { what: "training", path, .. } => {
            format!("{error}; go on with: {}", resuming(path))
        }
        Error::Suspended { .. } => format!("{error}, and the same command goes on with them"),
        error => match by_a_copy(error) {
            Some(copy) => format!("{}; {copy}", error.spelt(&mut spell_here)),
            None => error.spelt(&mut spell_here),
        },
    }
}

/// The messages of an error and of its causes.
pub(super) fn messages(error: &anyhow::Error) -> String {
    let causes = error.chain().map(|cause| match cause.downcast_ref::<Error>() {
        Some(error) => message(error),
        None => cause.to_string(),
    });
    causes.collect::<Vec<_>>().join(": ")
}

/// The command that goes on: this one, with `--resume`.
pub(super) fn resuming(checkpoint: &Path) -> String {
    let mut words: Vec<String> = vec!["w2v".into()];
    let mut typed = std::env::args_os().skip(1);
    while let Some(word) = typed.next() {
        let word = word.to_string_lossy();
        match &*word {
            "--resume" => drop(typed.next()),
            _ if word.starts_with("--resume=") => {}
            _ => words.push(shell_quoted(&word)),
        }
    }
    words.push("--resume".into());
    words.push(shell_quoted(&checkpoint.to_string_lossy()));
    words.join(" ")
}

/// A word as one would type it into a shell.
fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::*;

    #[test]
    fn parameters_and_keys_have_flags() {
        let spelt = [
            ("train", "min_count", None, Some("--min-count")),
            ("train", "reading.max_vocab", None, Some("--max-vocab")),
            ("train", "sample", Some("0"), Some("--sample 0")),
            ("train", "tokenizer.segmentation", None, Some("--tokenizer")),
            ("train", "tokenizer.normalization", Some("nfc"), Some("--normalize nfc")),
            ("train", "reading.list", None, Some("--vocab")),
            ("train", "objective", None, Some("--model")),
            ("train", "objective.skipgram.dim", None, Some("--dim")),
            ("train", "objective.skipgram.shrink_window", None, Some("--fixed-window")),
            ("train", "objective.glove.counting", None, Some("--cooccur")),
            ("train", "objective.glove.counting.symmetric", None, Some("--left-only")),
            ("train", "origin.words", None, Some("--continue or --init")),
            ("train", "origin.hold", None, Some("--freeze or --anchor")),
            ("train", "lossy_utf8", None, None),
            ("convert", "lossy_utf8", None, Some("--invalid-utf8 replace")),
            ("convert", "output", None, Some("OUTPUT")),
            ("convert", "words", None, Some("--words")),
            ("neighbors", "words", Some("FILE"), None),
            ("neighbors", "invalid_utf8", Some("replace"), None),
            // Hidden there.
            ("check", "max_vocab", None, None),
        ];
        for (verb, parameter, value, flag) in spelt {
            let command = command();
            let verb = command.find_subcommand(verb).unwrap();
            assert_eq!(spell(verb, parameter, value).as_deref(), flag, "{parameter}");
        }
    }

    /// What an error of training advises, `train` has a flag for.
    #[test]
    fn training_has_all_that_its_errors_advise() {
        let command = command();
        let train = command.find_subcommand("train").unwrap();
        for error in [
            Error::EmptyVocabulary { tokens: 1, types: 1, min_count: 5 },
            Error::Diverged { epoch: 1, tokens: 1, loss: 9.0, lr: 9.0 },
            Error::CellsDiverged { cells: 1, lr: 9.0, clip: 9.0 },
            Error::NoPairs { tokens: 1, sentences: 1, kept: 1 },
            Error::NoCooccurrences { tokens: 1, sentences: 1 },
            Error::Memory { words: 1, dim: 1, threads: 1, bytes: 1 },
            Error::Exists { path: "a".into() },
            Error::Resume { name: "`seed`".into(), was: "1".into(), is: "2".into() },
        ] {
            for advice in error.advice() {
                let shown = advice.spelt(&mut |name, value| spell(train, name, value));
                assert!(shown.is_some(), "{advice}");
            }
        }
    }

    /// Each key of a recipe can be named by a flag of `train`, but for those that no flag sets.
    #[test]
    fn every_key_of_a_recipe_has_a_flag() {
        fn keys(key: &str, value: &serde_json::Value, into: &mut Vec<String>) {
            match value.as_object() {
                Some(object) => object.iter().for_each(|(name, value)| {
                    let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                    keys(&key, value, into);
                }),
                None => into.push(key.to_owned()),
            }
        }
        use w2v::train::{GloveParameters, Recipe};
        let counting = Some(w2v::cooccur::Counting::default());
        let glove = GloveParameters { glove: w2v::Glove::default(), counting };
        let recipes = [Recipe::new(w2v::SkipGram::default()), Recipe::new(glove)];
        let command = command();
        let train = command.find_subcommand("train").unwrap();
        for recipe in recipes {
            let mut all = Vec::new();
            keys("", &recipe.to_json(), &mut all);
            for key in all.iter().filter(|key| !["reading", "kernels"].contains(&&***key)) {
                assert!(spell(train, key, None).is_some(), "{key}");
            }
        }
    }
}
