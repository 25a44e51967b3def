//! What a person sees while waiting: a bar on a terminal, lines elsewhere, JSON lines on request.
//!
//! Every report also tells the library whether to go on: not so after an interrupt.

use super::checkpoint::resuming;
use super::flags;
use super::grow::announce;
use super::interrupts;
use super::output::{Style, note};
use super::size::{counted, grouped, show};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use w2v::cooccur::{Cooccurrences, CountProgress};
use w2v::encode::{EncodeProgress, EncodedCorpus};
use w2v::session::Event;
use w2v::train::{self, Difference, Parameters, Recipe, Unit};
use w2v::{Glove, Isa, Vocab, VocabLimits, machine, report};

/// Seconds between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);

/// Reports to standard error.
pub(super) struct Progress {
    style: Style,
    bar: Option<ProgressBar>,
    last: Instant,
    loss: Option<f64>,
    /// Bytes of disk that were announced.
    disk: u64,
    /// Folder of temporary files, for that announcement.
    temp_dir: PathBuf,
    /// Of the text that was read last.
    min_count: u64,
}

impl Progress {
    /// Begins to report; from here on an interrupt ends the work at its next report.
    pub(super) fn new(style: Style) -> anyhow::Result<Self> {
        interrupts::catch(style)?;
        let bar = (style == Style::Auto && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}").expect("a valid template"),
            );
            bar
        });
        let (last, temp_dir) = (Instant::now(), std::env::temp_dir());
        Ok(Progress { style, bar, last, loss: None, disk: 0, temp_dir, min_count: 1 })
    }

    /// The folder of temporary files.
    pub(super) fn temp_dir(&mut self, folder: Option<&Path>) {
        if let Some(folder) = folder {
            self.temp_dir = folder.to_owned();
        }
    }

    /// Something happened in a run. Returns whether to go on.
    pub(super) fn event(&mut self, event: &Event<'_>) -> bool {
        match *event {
            Event::Reading { progress, seconds } => self.reading(progress, seconds),
            Event::Read { vocab, text, limits, seconds } => self.read(text, vocab, limits, seconds),
            Event::Journal(path) => interrupts::keeps(
                "what was counted since the last finished rows",
                format!(
                    "those rows are in {}, and the same command goes on with them",
                    path.display()
                ),
            ),
            Event::Counting(progress) => self.counting(progress),
            Event::Counted { pairs, resumed, seconds } => self.counted(pairs, resumed, seconds),
            Event::PairsRead { pairs, path, beside_checkpoint: true, .. } => self.say(&format!(
                "took {} from {}",
                counted(pairs.cells(), "pair of words"),
                path.display()
            )),
            Event::PairsRead { pairs, path, seconds, .. } => self.say(&format!(
                "{}: {} of {} in {seconds:.2} s{}",
                path.display(),
                counted(pairs.cells(), "pair"),
                counted(pairs.words() as u64, "word"),
                if pairs.is_on_disk() { ", read as it is needed" } else { "" },
            )),
            Event::WarmStart(start) => {
                announce(start, self.min_count).iter().for_each(|line| self.say(line));
                self.json(json!({
                    "event": "begin", "from": start.record, "occur": start.occur,
                    "share_of_tokens": start.of_tokens, "new_words": start.new_words,
                }));
            }
            Event::Resumed { path, done } => {
                let percent = 100.0 * done;
                self.say(&format!("going on from {}, at {percent:.1} %", path.display()));
                self.json(json!({ "event": "resumed", "checkpoint": path, "share": done }));
            }
            Event::NotTheSameBytes(Difference { key, was, is }) => self.say(&format!(
                "note: {key} were {was} and are {is}: the result is as good, but not the same bytes"
            )),
            Event::Again { recipe } => self.say(&format!(
                "training again on one thread, seed {}, {} kernels; the model was trained by {}",
                recipe.seed,
                Isa::chosen(),
                counted(recipe.threads as u64, "thread"),
            )),
            Event::Training { recipe, vocab, pairs, data_bytes } => {
                self.about_to_train(recipe, vocab, pairs, data_bytes);
            }
            Event::Train(event) => self.training(event),
            Event::PairsKept => interrupts::keeps("all of this run", String::new()),
            Event::StateKept(path) => interrupts::keeps(
                "what was trained since the last state",
                format!("that state is in {}; go on with: {}", path.display(), resuming(path)),
            ),
            Event::Writing(_) => return interrupts::begin_writing(),
            Event::Written(path) => interrupts::end_writing(path),
            Event::Judged { name, dim, bytes, seconds } => {
                let dim = counted(dim as u64, "dimension");
                let bytes = show(bytes);
                self.say(&format!("judged {name}: {dim}, {bytes} in memory, {seconds:.1} s"));
                self.json(json!({ "event": "judged", "name": name, "seconds": seconds }));
            }
            Event::Common { words, of_text, of_model } => self.say(&format!(
                "{} words are known to all, of {} of the text{}",
                grouped(words as u64),
                grouped(of_text as u64),
                of_model.map_or(String::new(), |most| format!(
                    " and at most {} of a model",
                    grouped(most as u64)
                ))
            )),
            Event::LeftOut(why) => {
                self.say(&format!("left out: {}", flags::text(&report::left_out(why))));
            }
            _ => {}
        }
        !interrupts::interrupted()
    }

    /// Whether nothing is shown.
    pub(super) fn is_quiet(&self) -> bool {
        self.style == Style::None
    }

    /// A line for the person, whatever the style but `json` and `none`.
    pub(super) fn say(&self, line: &str) {
        match (&self.bar, self.style) {
            (Some(bar), _) => bar.suspend(|| note(line)),
            (None, Style::Auto | Style::Plain) => note(line),
            (None, Style::Json | Style::None) => {}
        }
    }

    /// A JSON line, where those are wanted.
    pub(super) fn json(&self, value: serde_json::Value) {
        if self.style == Style::Json {
            note(value);
        }
    }

    pub(super) fn warn(&self, warning: &str) {
        let warning = flags::text(warning);
        self.say(&format!("warning: {warning}"));
        self.json(json!({ "event": "warning", "message": warning }));
    }

    /// Whether it is time for another plain line.
    fn due(&mut self) -> bool {
        let due = self.last.elapsed() >= INTERVAL;
        if due {
            self.last = Instant::now();
        }
        due
    }

    /// A block of text was read.
    fn reading(&mut self, progress: EncodeProgress, seconds: f64) {
        let line = || {
            let rate = show((progress.bytes as f64 / seconds.max(1e-3)) as u64);
            let bytes = show(progress.bytes);
            let tokens = counted(progress.tokens, "token");
            format!("reading {bytes}, {tokens}, {rate}/s")
        };
        if let Some(bar) = &self.bar {
            bar.set_message(line());
            bar.tick();
        } else if self.due() {
            self.say(&line());
            self.json(json!({
                "event": "reading", "bytes": progress.bytes, "tokens": progress.tokens,
                "seconds": seconds,
            }));
        }
    }

    /// All text was read: what was found, and what looks wrong with it.
    fn read(&mut self, corpus: &EncodedCorpus, vocab: &Vocab, limits: &VocabLimits, seconds: f64) {
        let s = corpus.statistics();
        self.min_count = limits.min_count;
        self.say(&format!(
            "read {} in {seconds:.2} s: {}, {}, {}",
            show(s.bytes),
            counted(s.lines, "line"),
            counted(s.tokens, "token"),
            counted(s.types, "different word"),
        ));
        let dropped = [
            (s.dropped.rare, format!("of words that occur less than {} times", limits.min_count)),
            (s.dropped.beyond_max, flags::text("of words beyond `max_vocab`")),
            (s.dropped.not_listed, flags::text("of words not in `keep_only`")),
        ];
        let dropped: Vec<String> = dropped
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, why)| format!("{} {why}", grouped(count)))
            .collect();
        let dropped = match dropped.is_empty() {
            true => "none dropped".to_owned(),
            false => format!("dropped {}", dropped.join(", ")),
        };
        let place = if corpus.is_on_disk() { ", in a temporary file" } else { "" };
        self.say(&format!(
            "vocabulary of {}; {} in {}{place}; {dropped}",
            counted(vocab.len() as u64, "word"),
            counted(s.encoded, "token"),
            counted(s.sentences, "sentence"),
        ));
        self.json(json!({
            "event": "read", "bytes": s.bytes, "lines": s.lines, "tokens": s.tokens,
            "types": s.types, "words": vocab.len(), "encoded": s.encoded, "sentences": s.sentences,
            "dropped": {
                "rare": s.dropped.rare, "beyond_max": s.dropped.beyond_max,
                "not_listed": s.dropped.not_listed,
            },
            "invalid_utf8": s.invalid_utf8, "control_characters": s.control_characters,
            "seconds": seconds,
        }));
        for warning in warnings(s) {
            self.warn(&warning);
        }
        if let Some(bar) = &self.bar {
            bar.set_message("");
        }
        self.last = Instant::now();
    }

    /// Co-occurrences are being counted.
    fn counting(&mut self, p: CountProgress) {
        let folder = &self.temp_dir;
        if p.segments > 1 && p.tokens == 0 && self.disk == 0 {
            self.disk = p.disk;
            self.say(&format!(
                "counting in {} segments, which need at most {} of {}",
                p.segments,
                show(p.disk),
                folder.display()
            ));
            self.json(json!({
                "event": "disk_needed", "bytes": p.disk, "folder": folder, "segments": p.segments,
            }));
        }
        let line = || {
            let percent = 100.0 * p.tokens as f64 / p.total.max(1) as f64;
            format!("counting {percent:.0} %, {}", counted(p.cells, "pair of words"))
        };
        if let Some(bar) = &self.bar {
            bar.set_message(line());
            bar.tick();
        } else if self.due() {
            self.say(&line());
            self.json(json!({
                "event": "counting", "tokens": p.tokens, "total": p.total, "cells": p.cells,
            }));
        }
    }

    /// All co-occurrences were counted.
    fn counted(&mut self, pairs: &Cooccurrences, resumed: u64, seconds: f64) {
        if resumed > 0 {
            let percent = 100.0 * resumed as f64 / pairs.tokens().max(1) as f64;
            self.say(&format!("counting went on at {percent:.0} %"));
        }
        let place = if pairs.is_on_disk() { ", in a temporary file" } else { "" };
        let counting = pairs.counting();
        self.say(&format!(
            "counted {} in {seconds:.2} s: window {}{}, {} weights, {}{place}",
            counted(pairs.cells(), "pair of words"),
            counting.window,
            if counting.symmetric { "" } else { " to the left" },
            counting.weighting,
            show(pairs.bytes()),
        ));
        self.json(json!({
            "event": "counted", "cells": pairs.cells(), "bytes": pairs.bytes(), "counting": counting,
            "on_disk": pairs.is_on_disk(), "seconds": seconds,
        }));
    }

    /// What is about to happen, and what memory it takes.
    fn about_to_train(
        &mut self,
        recipe: &Recipe,
        vocab: &Vocab,
        pairs: Option<&Cooccurrences>,
        data: u64,
    ) {
        let objective = &recipe.objective;
        let at_end = objective.table_bytes(vocab.len());
        let matrices = objective.trained_bytes(vocab.len());
        let note = match matrices == at_end {
            true => String::new(),
            false => format!(" ({} at the end, in f32)", show(at_end)),
        };
        // What is there already, the text and the words among it, and what training adds.
        let there = machine::resident().unwrap_or(data);
        let peak = there + objective.bytes(vocab).total(recipe.threads);
        self.say(&format!(
            "training {}, {}, {}, seed {}, {}, {} kernels; \
             {} for the matrices{note} and {} for the {}, {} at the peak",
            objective.summary()[0].1,
            counted(objective.dim() as u64, "dimension"),
            counted(objective.epochs().into(), "epoch"),
            recipe.seed,
            counted(recipe.threads as u64, "thread"),
            recipe.kernels,
            show(matrices),
            show(data),
            if pairs.is_some() { "pairs" } else { "text" },
            show(peak),
        ));
        if let (Parameters::Glove(p), Some(pairs)) = (objective, pairs)
            && p.glove.x_max == Glove::default().x_max
            && (1..100_000_000).contains(&pairs.tokens())
        {
            self.say("note: --x-max 10 usually gives better vectors for a text of this size");
        }
        self.json(json!({
            "event": "training", "recipe": recipe.to_json(), "matrix_bytes": matrices,
            "data_bytes": data, "peak_bytes": peak,
        }));
    }

    /// Shows how far training has come.
    fn shown(&mut self, done: u64, total: u64, line: String, left: f64) -> bool {
        if let Some(bar) = &self.bar {
            if bar.length().is_none() {
                let template = "{percent:>3} % [{bar:30}] {msg}, {eta} left";
                let style = ProgressStyle::with_template(template).expect("valid");
                bar.set_style(style.progress_chars("=> "));
                bar.set_length(total);
            }
            bar.set_position(done);
            bar.set_message(line);
        } else if done < total && self.due() {
            let percent = 100.0 * done as f64 / total.max(1) as f64;
            self.say(&format!("{percent:3.0} %, {line}, {left:.0} s left"));
            return true;
        }
        false
    }

    /// Something happened in training.
    fn training(&mut self, event: &train::Event) {
        match *event {
            train::Event::Progress { epoch, done, total, unit, lr, loss, seconds } => {
                self.loss = loss.or(self.loss);
                let per_second = done as f64 / seconds.max(1e-3);
                let left = (total - done) as f64 / per_second.max(1.0);
                let loss = self.loss.map_or(String::new(), |loss| format!(", loss {loss:.4}"));
                let line = format!("epoch {epoch}, {}, lr {lr:.5}{loss}", rate(per_second, unit));
                if self.shown(done, total, line, left) {
                    let mut event = json!({
                        "event": "progress", "epoch": epoch, "total": total, "lr": lr,
                        "loss": self.loss, "seconds": seconds, "seconds_left": left,
                    });
                    event[match unit {
                        Unit::Tokens => "tokens",
                        Unit::Pairs => "pairs",
                    }] = json!(done);
                    event[rate_key(unit)] = json!(per_second);
                    self.json(event);
                }
            }
            train::Event::EpochEnd { epoch, unit, loss, held_out, pairs, kept, seconds } => {
                let (kept, held) = match unit {
                    Unit::Tokens => (Some(kept), None),
                    Unit::Pairs => (None, held_out),
                };
                let of =
                    kept.map_or(String::new(), |n| format!(" of {} kept", counted(n, "token")));
                let held = held.map_or(String::new(), |loss| format!(", held out {loss:.6}"));
                self.say(&format!(
                    "epoch {epoch}: loss {loss:.*} a pair{held}, {}{of}, {seconds:.1} s",
                    if unit == Unit::Pairs { 6 } else { 4 },
                    counted(pairs, "pair"),
                ));
                let mut event = json!({
                    "event": "epoch_end", "epoch": epoch, "loss": loss, "pairs": pairs,
                    "seconds": seconds,
                });
                match unit {
                    Unit::Tokens => event["kept"] = json!(kept),
                    Unit::Pairs => event["held_out"] = json!(held_out),
                }
                self.json(event);
            }
            train::Event::Checkpoint { share, took } => {
                let percent = 100.0 * share;
                self.say(&format!("kept the state at {percent:.1} % in {took:.1} s"));
                self.json(json!({ "event": "checkpoint", "share": share, "seconds": took }));
            }
            train::Event::CheckpointFailed { ref problem } => {
                self.warn(&format!("the state could not be kept: {problem}; training goes on"));
            }
            _ => {}
        }
    }

    /// No more reports: the bar goes away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How fast training goes.
pub(super) fn rate(per_second: f64, unit: Unit) -> String {
    match unit {
        Unit::Tokens => format!("{:.0} k words/s", per_second / 1e3),
        Unit::Pairs => format!("{:.2} M pairs/s", per_second / 1e6),
    }
}

/// The key of the same in JSON.
pub(super) fn rate_key(unit: Unit) -> &'static str {
    match unit {
        Unit::Tokens => "words_per_second",
        Unit::Pairs => "pairs_per_second",
    }
}

/// What in the numbers of a corpus suggests that it is not what its owner thinks.
fn warnings(s: &w2v::encode::CorpusStatistics) -> Vec<String> {
    let mut all = Vec::new();
    if s.invalid_utf8 > 0 {
        let help = flags::advice(&"; `invalid_utf8=error` shows the first".into());
        let sequences = counted(s.invalid_utf8, "sequence of bytes");
        all.push(format!("not UTF-8: {sequences}{}", help.unwrap_or_default()));
    }
    if s.control_characters > 0 {
        all.push(format!("read as spaces: {}", counted(s.control_characters, "control character")));
    }
    let per_token = s.bytes / s.tokens.max(1);
    if per_token > 20 {
        let help = "; if the script has no spaces, choose `tokenizer=zh`, unicode or char";
        let help = flags::advice(&help.into()).unwrap_or_default();
        all.push(format!("tokens are {per_token} bytes long on average{help}"));
    }
    if s.lines > 1000 && s.tokens <= s.lines {
        all.push(
            "there is at most one token a line, and a line is a sentence: no word has a context"
                .to_owned(),
        );
    }
    all
}
