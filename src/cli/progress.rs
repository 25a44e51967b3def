//! What a person sees while waiting: a bar on a terminal, lines elsewhere, JSON lines on request.
//!
//! Every report also tells the library whether to go on: not so after an interrupt.

use super::flags;
use super::interrupts;
use super::output::{Style, note};
use super::size::{counted, grouped, show};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};
use w2v::cooccur::CountProgress;
use w2v::encode::{EncodeProgress, EncodedCorpus};
use w2v::train::{Event, Unit};
use w2v::{Vocab, VocabLimits};

/// Seconds between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);

/// Reports to standard error.
pub(super) struct Progress {
    style: Style,
    bar: Option<ProgressBar>,
    start: Instant,
    last: Instant,
    loss: Option<f64>,
    /// Pairs of words trained in the epochs that ended.
    /// Bytes of disk that were announced.
    disk: u64,
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
        let now = Instant::now();
        Ok(Progress { style, bar, start: now, last: now, loss: None, disk: 0 })
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

    /// Reading begins now, after whatever was done before.
    pub(super) fn begin_reading(&mut self) {
        self.start = Instant::now();
    }

    /// A block of text was read. Returns whether to go on.
    pub(super) fn reading(&mut self, progress: EncodeProgress) -> bool {
        let seconds = self.start.elapsed().as_secs_f64();
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
        !interrupts::interrupted()
    }

    /// All text was read: what was found, and what looks wrong with it.
    pub(super) fn read(&mut self, corpus: &EncodedCorpus, vocab: &Vocab, limits: &VocabLimits) {
        let s = corpus.statistics();
        let seconds = self.start.elapsed().as_secs_f64();
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

    /// Co-occurrences are being counted; temporary files go to `folder`. Returns whether to go on.
    pub(super) fn counting(&mut self, p: CountProgress, folder: &Path) -> bool {
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
        !interrupts::interrupted()
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

    /// Something happened in training. Returns whether to go on.
    pub(super) fn training(&mut self, event: &Event) -> bool {
        match *event {
            Event::Progress { epoch, done, total, unit, lr, loss, seconds } => {
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
            Event::EpochEnd { epoch, unit, loss, held_out, pairs, kept, seconds } => {
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
            Event::Checkpoint { share, took } => {
                let percent = 100.0 * share;
                self.say(&format!("kept the state at {percent:.1} % in {took:.1} s"));
                self.json(json!({ "event": "checkpoint", "share": share, "seconds": took }));
            }
            Event::CheckpointFailed { ref problem } => {
                self.warn(&format!("the state could not be kept: {problem}; training goes on"));
            }
            _ => {}
        }
        !interrupts::interrupted()
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
