//! Ctrl-C, SIGTERM and the hang-up of a terminal.
//!
//! While work is under way, the first signal asks it to stop: training keeps its state, other verbs
//! write nothing. While a file is written, the first signal waits until the file is complete. Once it
//! is complete and only the report is left, the first signal ends the process.
//!
//! Signals within [`GRACE`] of the first are ignored: `timeout` sends SIGTERM to the process and then to
//! its group, and a session that ends sends SIGTERM and SIGHUP. A later signal ends the process at once:
//! it removes temporary files and says what is lost, whatever `--progress` is.
//!
//! A hang-up that is ignored, as `nohup` has it, stays ignored. A file that is larger than `ulimit -f`
//! is an error like a full disk, and not the end of the process.

use super::output::{Style, note, note_error, note_json};
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use w2v::Error;

/// Time after the first signal in which further signals are ignored: longer than the second signal of
/// `timeout` is delayed on a busy machine, and short for a person who wants to stop at once.
const GRACE: Duration = Duration::from_secs(1);

/// One number for both questions (what is going on, was there an interrupt), so that an interrupt
/// between two steps is either answered by "stopping" and stops, or comes too late for that.
static STATE: AtomicU8 = AtomicU8::new(WORKING);
const WORKING: u8 = 0;
const WRITING: u8 = 1;
const STOPPING: u8 = 2;
const FINISHING: u8 = 3;
const REPORTING: u8 = 4;

/// The exit code of what was interrupted: 128 and the number of the signal, as shells have it.
static CODE: AtomicU8 = AtomicU8::new(130);

/// What is lost and what remains if the process ends now.
static KEPT: Mutex<Kept> = Mutex::new(Kept { lost: "all of this run", rest: String::new() });

struct Kept {
    /// What is lost.
    lost: &'static str,
    /// Where the rest is and how to go on.
    rest: String,
}

impl Kept {
    /// What is said when the process ends at once.
    fn message(&self) -> String {
        match self.rest.is_empty() {
            true => format!("stopped at once: {} is lost", self.lost),
            false => format!("stopped at once: {} is lost; {}", self.lost, self.rest),
        }
    }
}

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets what is lost if the process ends now, and where the rest is.
pub(super) fn keeps(lost: &'static str, rest: String) {
    *kept() = Kept { lost, rest };
}

/// Begins to listen.
#[cfg(unix)]
pub(super) fn catch(style: Style) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    let mut caught = vec![SIGINT, SIGTERM, SIGXFSZ];
    if !is_ignored(SIGHUP) {
        caught.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(caught)?;
    let listen = move || {
        let mut first = None;
        for signal in signals.forever().filter(|signal| *signal != SIGXFSZ) {
            interrupt(128 + signal as u8, style, &mut first);
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen)?;
    Ok(())
}

/// Whether who started this process wants a signal ignored, where the system tells; elsewhere a
/// hang-up is left to it.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Begins to listen.
#[cfg(not(unix))]
pub(super) fn catch(style: Style) -> anyhow::Result<()> {
    let mut first = None;
    Ok(ctrlc::set_handler(move || interrupt(130, style, &mut first))?)
}

/// Answers a signal. `first` is when the first one was answered.
fn interrupt(code: u8, style: Style, first: &mut Option<Instant>) {
    let change = |from, to| STATE.compare_exchange(from, to, SeqCst, SeqCst).is_ok();
    let Some(first) = first else {
        CODE.store(code, SeqCst);
        let line = if change(WORKING, STOPPING) {
            format!("interrupted: stopping; once more to stop at once and lose {}", kept().lost)
        } else if change(WRITING, FINISHING) {
            "interrupted: finishing the file that is being written; once more to give it up".into()
        } else {
            end_at_once(code, style);
        };
        tell(move || say(style, &line));
        // Signals sent together with the first may have waited while the line was written.
        *first = Some(Instant::now());
        return;
    };
    if first.elapsed() >= GRACE {
        end_at_once(code, style);
    }
}

fn end_at_once(code: u8, style: Style) -> ! {
    w2v::formats::remove_temporary_files();
    let message = kept().message();
    tell(move || note_error(style == Style::Json, &message, code));
    std::process::exit(code.into());
}

/// Writes to standard error, for half a second at most: a pager that does not read must not keep a
/// signal from its effect.
fn tell(say: impl FnOnce() + Send + 'static) {
    let (done, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        say();
        let _ = done.send(());
    });
    let _ = said.recv_timeout(Duration::from_millis(500));
}

/// The exit code of what was interrupted.
pub(super) fn exit_code() -> u8 {
    CODE.load(SeqCst)
}

fn say(style: Style, line: &str) {
    // A terminal has just shown `^C`.
    let start = if std::io::stderr().is_terminal() { "\n" } else { "" };
    match style {
        Style::Auto | Style::Plain => note(format_args!("{start}{line}")),
        Style::Json => note_json(json!({ "event": "interrupted", "message": line })),
        Style::None => {}
    }
}

/// Whether the work is to stop.
pub(super) fn interrupted() -> bool {
    STATE.load(SeqCst) == STOPPING
}

/// A file is about to be written: from here on the first signal waits until it is whole. `false` where a signal
/// came before.
pub(super) fn begin_writing() -> bool {
    STATE.compare_exchange(WORKING, WRITING, SeqCst, SeqCst).is_ok()
}

/// The file `path` is whole: a signal ends the report on it at once.
pub(super) fn end_writing(path: &Path) {
    keeps("the rest of the report", format!("{} is written", path.display()));
    let _ = STATE.compare_exchange(WRITING, REPORTING, SeqCst, SeqCst);
}

/// Writes the file `path` when `what` is done.
///
/// # Errors
/// [`Error::Interrupted`] where a signal came while `what` was done; what `write` fails with.
pub(super) fn writing<T, E: From<Error>>(
    what: &'static str,
    path: &Path,
    write: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    if !begin_writing() {
        return Err(Error::Interrupted { what }.into());
    }
    let written = write()?;
    end_writing(path);
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_and_what_is_left_are_said() {
        let message = kept().message();
        assert_eq!(message, "stopped at once: all of this run is lost");
        let rest = "that state is in run.checkpoint; go on with: w2v train …".to_owned();
        keeps("what was trained since the last state", rest);
        let message = kept().message();
        assert_eq!(
            message,
            "stopped at once: what was trained since the last state is lost; that state is in \
             run.checkpoint; go on with: w2v train …"
        );
    }
}
