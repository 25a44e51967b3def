//! What happens in a run, as a line for a person and as JSON for a program.

use super::comparison::left_out;
use super::model::hold_line;
use super::numbers::{counted, grouped, size};
use crate::cooccur::Cooccurrences;
use crate::corpus::Tokenizer;
use crate::encode::{CorpusStatistics, EncodedCorpus};
use crate::error::Advice;
use crate::kernels::Isa;
use crate::session::{Event, WarmStart};
use crate::shown::quoted;
use crate::train::{self, Difference, Glove, OriginKind, Parameters, Recipe, Unit};
use crate::vocab::{Vocab, VocabLimits};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What an event is to a person and to a program.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Lines for a person.
    pub lines: Vec<String>,
    /// What looks wrong.
    pub warnings: Vec<Warning>,
    /// For a program.
    pub json: Option<Value>,
}

/// Something that looks wrong.
#[derive(Clone, Debug)]
pub struct Warning {
    /// What.
    pub problem: String,
    /// What may help; empty where nothing is known.
    pub advice: Advice,
}

/// Tells of an event; of some there is nothing to tell. `resident` are the bytes that the process has in memory, where
/// that is known: what is said of the peak begins with them.
pub fn told(event: &Event<'_>, resident: Option<u64>) -> Told {
    let line =
        |line: String, json: Option<Value>| Told { lines: vec![line], json, ..Told::default() };
    match *event {
        Event::DanglingLinks(links) => dangling_links(links),
        Event::NeverTokens { words, listed, tokenizer } => never_tokens(words, listed, tokenizer),
        Event::Reading { progress, seconds } => {
            let rate = size((progress.bytes as f64 / seconds.max(1e-3)) as u64);
            let (bytes, tokens) = (size(progress.bytes), counted(progress.tokens, "token"));
            let json = json!({
                "event": "reading", "bytes": progress.bytes, "tokens": progress.tokens,
                "seconds": seconds,
            });
            let text = format!("reading {bytes}, {tokens}, {rate}/s");
            line(text, Some(json))
        }
        Event::Read { vocab, text, limits, seconds } => read(text, vocab, limits, seconds),
        Event::Counting(p) => {
            let percent = 100.0 * p.tokens as f64 / p.total.max(1) as f64;
            let json = json!({
                "event": "counting", "tokens": p.tokens, "total": p.total, "cells": p.cells,
            });
            let text = format!("counting {percent:.0} %, {}", counted(p.cells, "pair of words"));
            line(text, Some(json))
        }
        Event::Counted { pairs, resumed, seconds } => counted_pairs(pairs, resumed, seconds),
        Event::PairsRead { pairs, path, beside_checkpoint: true, .. } => {
            let cells = counted(pairs.cells(), "pair of words");
            line(format!("took {cells} from {}", path.display()), None)
        }
        Event::PairsRead { pairs, path, seconds, .. } => {
            let text = format!(
                "{}: {} of {} in {seconds:.2} s{}",
                path.display(),
                counted(pairs.cells(), "pair"),
                counted(pairs.words() as u64, "word"),
                if pairs.is_on_disk() { ", read as it is needed" } else { "" },
            );
            line(text, None)
        }
        Event::WarmStart(start) => warm_start(start),
        Event::Resumed { path, done } => {
            let text = format!("going on from {}, at {:.1} %", path.display(), 100.0 * done);
            line(text, Some(json!({ "event": "resumed", "checkpoint": path, "share": done })))
        }
        Event::NotTheSameBytes(Difference { key, was, is }) => {
            let note = "the result is as good, but not the same bytes";
            line(format!("note: {key} were {was} and are {is}: {note}"), None)
        }
        Event::BytesMayDiffer(Difference { key, was, is }) => {
            let problem = match key.as_str() {
                "kernels" => format!(
                    "the model was trained with {was} kernels, and this run has {is}: the bytes can differ"
                ),
                _ => format!(
                    "the model was trained by w2v {was}, and this is {is}: the bytes can differ"
                ),
            };
            let warnings = vec![Warning { problem, advice: Advice::default() }];
            Told { warnings, ..Told::default() }
        }
        Event::Again { recipe } => {
            let text = format!(
                "training again on one thread, seed {}, {} kernels; the model was trained by {}",
                recipe.seed,
                Isa::chosen(),
                counted(recipe.threads as u64, "thread"),
            );
            line(text, None)
        }
        Event::Training { recipe, vocab, pairs, data_bytes } => {
            about_to_train(recipe, vocab, pairs, data_bytes, resident.unwrap_or(data_bytes))
        }
        Event::Train(event) => training(event),
        Event::Judged { name, dim, bytes, seconds } => {
            let (dim, bytes) = (counted(dim as u64, "dimension"), size(bytes));
            let json = json!({ "event": "judged", "name": name, "seconds": seconds });
            line(format!("judged {name}: {dim}, {bytes} in memory, {seconds:.1} s"), Some(json))
        }
        Event::Common { words, of_text, of_model } => {
            let [words, of_text] = [words, of_text].map(|n| grouped(n as u64));
            let models = of_model.map_or(String::new(), |most| {
                format!(" and at most {} of a model", grouped(most as u64))
            });
            line(format!("{words} words are known to all, of {of_text} of the text{models}"), None)
        }
        Event::LeftOut(why) => line(format!("left out: {}", left_out(why)), None),
        _ => Told::default(),
    }
}

/// Links that lead nowhere, the first ones by name.
fn dangling_links(links: &[PathBuf]) -> Told {
    let shown: Vec<String> =
        links.iter().take(5).map(|link| quoted(&link.to_string_lossy()).to_string()).collect();
    let more = if links.len() > shown.len() { ", …" } else { "" };
    let count = counted(links.len() as u64, "symbolic link");
    let problem =
        format!("left out {count} to files that are not there: {}{more}", shown.join(", "));
    let warnings = vec![Warning { problem, advice: "repair or remove them".into() }];
    let json = json!({ "event": "dangling_links", "links": links });
    Told { warnings, json: Some(json), ..Told::default() }
}

/// Words of a list that no text can have, the first ones by name.
fn never_tokens(words: &[&str], listed: usize, tokenizer: Tokenizer) -> Told {
    let shown: Vec<String> = words.iter().take(5).map(|word| quoted(word).to_string()).collect();
    let more = if words.len() > shown.len() { ", …" } else { "" };
    let problem = format!(
        "{} of the {} in `keep_only` can never occur, since the tokenizer ({tokenizer}) does not make them: \
         {}{more}",
        grouped(words.len() as u64),
        counted(listed as u64, "word"),
        shown.join(", "),
    );
    let help = "write them as it does, or change `tokenizer`, `lowercase` or `normalization`";
    let warnings = vec![Warning { problem, advice: help.into() }];
    let json = json!({ "event": "never_tokens", "words": words.len(), "listed": listed,
                       "first": &words[..words.len().min(5)] });
    Told { warnings, json: Some(json), ..Told::default() }
}

/// All text was read: what was found, and what looks wrong with it.
fn read(corpus: &EncodedCorpus, vocab: &Vocab, limits: &VocabLimits, seconds: f64) -> Told {
    let s = corpus.statistics();
    let dropped = [
        (s.dropped.rare, format!("of words that occur less than {} times", limits.min_count)),
        (s.dropped.beyond_max, "of words beyond `max_vocab`".to_owned()),
        (s.dropped.not_listed, "of words not in `keep_only`".to_owned()),
    ];
    let dropped = dropped.into_iter().filter(|(count, _)| *count > 0);
    let dropped: Vec<String> =
        dropped.map(|(count, why)| format!("{} {why}", grouped(count))).collect();
    let dropped = match dropped.is_empty() {
        true => "none dropped".to_owned(),
        false => format!("dropped {}", dropped.join(", ")),
    };
    let place = if corpus.is_on_disk() { ", in a temporary file" } else { "" };
    let emoji = (s.dropped_emoji > 0).then(|| {
        format!("left out {} emoji; `tokenizer=social` keeps them", grouped(s.dropped_emoji))
    });
    let lines = [
        format!(
            "read {} in {seconds:.2} s: {}, {}, {}",
            size(s.bytes),
            counted(s.lines, "line"),
            counted(s.tokens, "token"),
            counted(s.types, "different word"),
        ),
        format!(
            "vocabulary of {}; {} in {}{place}; {dropped}",
            counted(vocab.len() as u64, "word"),
            counted(s.encoded, "token"),
            counted(s.sentences, "sentence"),
        ),
    ];
    Told {
        lines: lines.into_iter().chain(emoji).collect(),
        json: Some(json!({
            "event": "read", "bytes": s.bytes, "lines": s.lines, "tokens": s.tokens,
            "types": s.types, "words": vocab.len(), "encoded": s.encoded, "sentences": s.sentences,
            "dropped": {
                "rare": s.dropped.rare, "beyond_max": s.dropped.beyond_max,
                "not_listed": s.dropped.not_listed, "emoji": s.dropped_emoji,
            },
            "invalid_utf8": s.invalid_utf8, "control_characters": s.control_characters,
            "seconds": seconds,
        })),
        warnings: warnings(s),
    }
}

/// What in the numbers of a corpus suggests that it is not what its owner thinks.
fn warnings(s: &CorpusStatistics) -> Vec<Warning> {
    let mut all = Vec::new();
    let mut add = |problem: String, advice: &'static str| {
        all.push(Warning { problem, advice: advice.into() });
    };
    if s.invalid_utf8 > 0 {
        let sequences = counted(s.invalid_utf8, "sequence of bytes");
        add(format!("not UTF-8: {sequences}"), "`invalid_utf8=error` shows the first");
    }
    if s.control_characters > 0 {
        let characters = counted(s.control_characters, "control character");
        add(format!("read as spaces: {characters}"), "");
    }
    let per_token = s.bytes / s.tokens.max(1);
    if per_token > 20 {
        let help = "if the script has no spaces, choose `tokenizer=zh`, unicode or char";
        add(format!("tokens are {per_token} bytes long on average"), help);
    }
    if s.lines > 1000 && s.tokens <= s.lines {
        let problem =
            "there is at most one token a line, and a line is a sentence: no word has a context";
        add(problem.to_owned(), "");
    }
    all
}

/// All co-occurrences were counted.
fn counted_pairs(pairs: &Cooccurrences, resumed: u64, seconds: f64) -> Told {
    let percent = 100.0 * resumed as f64 / pairs.tokens().max(1) as f64;
    let went_on = (resumed > 0).then(|| format!("counting went on at {percent:.0} %"));
    let place = if pairs.is_on_disk() { ", in a temporary file" } else { "" };
    let counting = pairs.counting();
    let counts = format!(
        "counted {} in {seconds:.2} s: window {}{}, {} weights, {}{place}",
        counted(pairs.cells(), "pair of words"),
        counting.window,
        if counting.symmetric { "" } else { " to the left" },
        counting.weighting,
        size(pairs.bytes()),
    );
    Told {
        lines: went_on.into_iter().chain([counts]).collect(),
        json: Some(json!({
            "event": "counted", "cells": pairs.cells(), "bytes": pairs.bytes(), "counting": counting,
            "on_disk": pairs.is_on_disk(), "seconds": seconds,
        })),
        ..Told::default()
    }
}

/// How many words have a row to begin with.
fn warm_start(start: &WarmStart) -> Told {
    let (known, file) = (start.record.words, &start.record.file);
    let (percent, hold) = (100.0 * start.of_tokens, hold_line(&start.record));
    let lines = match start.record.kind {
        OriginKind::Vectors => vec![format!(
            "beginning with {file}: {} of {} found ({percent:.1} % of the tokens), spelt the same; {hold}",
            grouped(known),
            counted(start.words, "word"),
        )],
        OriginKind::Model => vec![
            format!(
                "continuing {file}: {} of its {} occur in the text ({percent:.1} % of its tokens); {hold}",
                grouped(start.occur),
                counted(known, "word"),
            ),
            match start.new_words {
                0 => format!(
                    "no new word joins: every word of the text that occurs {} times or more is there \
                     already",
                    start.min_count
                ),
                n => format!("{} join behind them", counted(n, "new word")),
            },
        ],
    };
    let json = json!({
        "event": "begin", "from": start.record, "occur": start.occur,
        "share_of_tokens": start.of_tokens, "new_words": start.new_words,
    });
    Told { lines, json: Some(json), ..Told::default() }
}

/// What is about to happen, and what memory it takes.
fn about_to_train(
    recipe: &Recipe,
    vocab: &Vocab,
    pairs: Option<&Cooccurrences>,
    data: u64,
    resident: u64,
) -> Told {
    let objective = &recipe.objective;
    let at_end = objective.table_bytes(vocab.len());
    let matrices = objective.trained_bytes(vocab.len());
    let note = match matrices == at_end {
        true => String::new(),
        false => format!(" ({} at the end, in f32)", size(at_end)),
    };
    // What is there already, the text and the words among it, and what training adds.
    let peak = resident + objective.bytes(vocab).total(recipe.threads);
    let mut lines = vec![format!(
        "training {}, {}, {}, seed {}, {}, {} kernels; \
         {} for the matrices{note} and {} for the {}, {} at the peak",
        objective.summary()[0].1,
        counted(objective.dim() as u64, "dimension"),
        counted(objective.epochs().into(), "epoch"),
        recipe.seed,
        counted(recipe.threads as u64, "thread"),
        recipe.kernels,
        size(matrices),
        size(data),
        if pairs.is_some() { "pairs" } else { "text" },
        size(peak),
    )];
    if let (Parameters::Glove(p), Some(pairs)) = (objective, pairs)
        && p.glove.x_max == Glove::default().x_max
        && (1..100_000_000).contains(&pairs.tokens())
    {
        let note = "note: `x_max=10` usually gives better vectors for a text of this size";
        lines.push(note.to_owned());
    }
    let json = json!({
        "event": "training", "recipe": recipe.to_json(), "matrix_bytes": matrices,
        "data_bytes": data, "peak_bytes": peak,
    });
    Told { lines, json: Some(json), ..Told::default() }
}

/// Something happened in training.
fn training(event: &train::Event) -> Told {
    let line =
        |line: String, json: Value| Told { lines: vec![line], json: Some(json), ..Told::default() };
    match *event {
        train::Event::Progress { epoch, done, total, unit, lr, loss, seconds } => {
            let per_second = done as f64 / seconds.max(1e-3);
            let shown = loss.map_or(String::new(), |loss| format!(", loss {loss:.4}"));
            let text = format!("epoch {epoch}, {}, lr {lr:.5}{shown}", rate(per_second, unit));
            let mut json = json!({
                "event": "progress", "epoch": epoch, "total": total, "lr": lr,
                "loss": loss, "seconds": seconds, "seconds_left": event.seconds_left(),
            });
            json[match unit {
                Unit::Tokens => "tokens",
                Unit::Pairs => "pairs",
            }] = json!(done);
            json[rate_key(unit)] = json!(per_second);
            line(text, json)
        }
        train::Event::EpochEnd { epoch, unit, loss, held_out, pairs, kept, seconds } => {
            let mut json = json!({
                "event": "epoch_end", "epoch": epoch, "loss": loss, "pairs": pairs,
                "seconds": seconds,
            });
            let (decimals, held, of) = match unit {
                Unit::Tokens => {
                    json["kept"] = json!(kept);
                    (4, String::new(), format!(" of {} kept", counted(kept, "token")))
                }
                Unit::Pairs => {
                    json["held_out"] = json!(held_out);
                    let held = held_out.map(|loss| format!(", held out {loss:.6}"));
                    (6, held.unwrap_or_default(), String::new())
                }
            };
            let pairs = counted(pairs, "pair");
            let text = format!(
                "epoch {epoch}: loss {loss:.decimals$} a pair{held}, {pairs}{of}, {seconds:.1} s"
            );
            line(text, json)
        }
        train::Event::Checkpoint { share, took } => line(
            format!("kept the state at {:.1} % in {took:.1} s", 100.0 * share),
            json!({ "event": "checkpoint", "share": share, "seconds": took }),
        ),
        train::Event::CheckpointFailed { ref problem } => {
            let problem = format!("the state could not be kept: {problem}; training goes on");
            let warning = Warning { problem, advice: Advice::default() };
            Told { warnings: vec![warning], ..Told::default() }
        }
        _ => Told::default(),
    }
}

/// How fast training goes.
pub fn rate(per_second: f64, unit: Unit) -> String {
    match unit {
        Unit::Tokens if per_second < 1e3 => format!("{per_second:.0} words/s"),
        Unit::Tokens => format!("{:.0} k words/s", per_second / 1e3),
        Unit::Pairs if per_second < 1e4 => format!("{per_second:.0} pairs/s"),
        Unit::Pairs => format!("{:.2} M pairs/s", per_second / 1e6),
    }
}

/// The key of the same in JSON.
pub fn rate_key(unit: Unit) -> &'static str {
    match unit {
        Unit::Tokens => "words_per_second",
        Unit::Pairs => "pairs_per_second",
    }
}
