//! What a person sees while waiting: a bar on a terminal, lines elsewhere, JSON lines on request.
//!
//! Every report also tells the library whether to go on: not so after an interrupt.

use super::output::{Style, note, note_json};
use super::size::show;
use super::values::temporary;
use super::{flags, interrupts};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use w2v::cooccur::CountProgress;
use w2v::report::{self, Told, Warning};
use w2v::session::Event;
use w2v::{machine, train};

/// Seconds between two plain lines.
const INTERVAL: Duration = Duration::from_secs(5);

/// Epochs of which each has a line, however short they are. Of later ones a second at least is between two
/// lines, and the last one always has its own.
const EPOCHS: u32 = 20;

/// Reports to standard error.
pub(super) struct Progress {
    style: Style,
    bar: Option<ProgressBar>,
    last: Instant,
    /// When the line of an epoch was last shown.
    last_epoch: Instant,
    /// The line of the last epoch, where it was not shown.
    held: Vec<String>,
    loss: Option<f64>,
    /// Bytes of disk that were announced.
    disk: u64,
    /// Folder of temporary files, for that announcement.
    temp_dir: PathBuf,
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
        let (last, temp_dir) = (Instant::now(), temporary());
        let (last_epoch, held) = (last, Vec::new());
        Ok(Progress { style, bar, last, last_epoch, held, loss: None, disk: 0, temp_dir })
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
            Event::Journal(path) => interrupts::keeps(
                "what was counted since the last finished rows",
                format!(
                    "those rows are in {}, and the same command goes on with them",
                    path.display()
                ),
            ),
            Event::PairsKept => interrupts::keeps("all of this run", String::new()),
            Event::StateKept(path) => interrupts::keeps(
                "what was trained since the last state",
                format!(
                    "that state is in {}; go on with: {}",
                    path.display(),
                    flags::resuming(path)
                ),
            ),
            Event::Writing(_) => return interrupts::begin_writing(),
            Event::Written(path) => interrupts::end_writing(path),
            Event::Counting(progress) => {
                self.needs_disk(progress);
                self.tell(event);
            }
            Event::Train(event @ &train::Event::Progress { done, total, .. }) => {
                self.trained(event.clone(), done, total);
            }
            Event::Train(&train::Event::EpochEnd { epoch, .. }) => self.epoch_ended(event, epoch),
            _ => self.tell(event),
        }
        !interrupts::interrupted()
    }

    /// The end of an epoch: for a program always, for a person not more often than lines can be read.
    fn epoch_ended(&mut self, event: &Event<'_>, epoch: u32) {
        let mut told = report::told(event, None);
        self.held.clear();
        if epoch > EPOCHS && self.last_epoch.elapsed() < Duration::from_secs(1) {
            self.held = std::mem::take(&mut told.lines);
        } else {
            self.last_epoch = Instant::now();
        }
        self.show(told);
    }

    /// Shows the line of the last epoch, where that is still to be done.
    fn show_held(&mut self) {
        for line in std::mem::take(&mut self.held) {
            self.say(&flags::text(&line));
        }
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
            note_json(value);
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

    /// Shows an event; those that come often on the bar, or in a line every few seconds.
    fn tell(&mut self, event: &Event<'_>) {
        let often = matches!(event, Event::Reading { .. } | Event::Counting(_));
        if often && self.bar.is_none() && !self.due() {
            return;
        }
        if !often {
            self.show_held();
        }
        let resident = matches!(event, Event::Training { .. }).then(machine::resident).flatten();
        let told = report::told(event, resident);
        if let (Some(bar), true) = (&self.bar, often) {
            bar.set_message(told.lines.concat());
            return bar.tick();
        }
        self.show(told);
        if let Event::Read { .. } = event {
            self.bar.iter().for_each(|bar| bar.set_message(""));
            self.last = Instant::now();
        }
    }

    /// Lines, JSON and warnings.
    fn show(&self, told: Told) {
        told.lines.iter().for_each(|line| self.say(&flags::text(line)));
        told.json.into_iter().for_each(|json| self.json(json));
        for Warning { problem, advice } in &told.warnings {
            let advice = flags::advice(advice).filter(|advice| !advice.is_empty());
            let advice = advice.map_or(String::new(), |advice| format!("; {advice}"));
            self.warn(&(flags::text(problem) + &advice));
        }
    }

    /// Counting begins: in segments it needs disk.
    fn needs_disk(&mut self, p: CountProgress) {
        if p.segments > 1 && p.tokens == 0 && self.disk == 0 {
            self.disk = p.disk;
            let folder = &self.temp_dir;
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
    }

    /// How far training has come.
    fn trained(&mut self, mut event: train::Event, done: u64, total: u64) {
        if let train::Event::Progress { loss, .. } = &mut event {
            // No pair may have been trained since the last report.
            self.loss = loss.or(self.loss);
            *loss = self.loss;
        }
        let mut told = report::told(&Event::Train(&event), None);
        if let Some(bar) = &self.bar {
            if bar.length().is_none() {
                let template = "{percent:>3} % [{bar:30}] {msg}, {eta} left";
                let style = ProgressStyle::with_template(template).expect("valid");
                bar.set_style(style.progress_chars("=> "));
                bar.set_length(total);
            }
            bar.set_position(done);
            bar.set_message(told.lines.concat());
        } else if done < total && self.due() {
            let percent = 100.0 * done as f64 / total.max(1) as f64;
            let left = event.seconds_left().unwrap_or(0.0);
            told.lines =
                vec![format!("{percent:3.0} %, {}, {left:.0} s left", told.lines.concat())];
            self.show(told);
        }
    }

    /// No more reports: the bar goes away.
    pub(super) fn finish(&mut self) {
        self.show_held();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
