//! Ctrl-C, SIGTERM and the hang-up of a terminal.
//!
//! While work is under way the first one asks it to stop; training then keeps its state, all else
//! writes nothing. While a file is written, which takes seconds, the first one lets it be finished: what
//! there is to save is just being saved. The second one ends the process at once, and no temporary file
//! stays behind.
//!
//! A hang-up that is ignored, as `nohup` has it, stays ignored. A file that is larger than `ulimit -f`
//! is an error like a full disk, and not the end of the process.

use super::output::note;
use super::progress::Style;
use serde_json::json;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use w2v::Error;

/// One number for both questions (what is going on, was there an interrupt), so that an interrupt
/// between two steps is either answered by "stopping" and stops, or comes too late for that.
static STATE: AtomicU8 = AtomicU8::new(WORKING);
const WORKING: u8 = 0;
const WRITING: u8 = 1;
const STOPPING: u8 = 2;
const FINISHING: u8 = 3;

/// The exit code of what was interrupted: 128 and the number of the signal, as shells have it.
static CODE: AtomicU8 = AtomicU8::new(130);

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
        for signal in signals.forever().filter(|signal| *signal != SIGXFSZ) {
            interrupt(128 + signal as u8, style);
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
    Ok(ctrlc::set_handler(move || interrupt(130, style))?)
}

fn interrupt(code: u8, style: Style) {
    let change = |from, to| STATE.compare_exchange(from, to, SeqCst, SeqCst).is_ok();
    CODE.store(code, SeqCst);
    if change(WORKING, STOPPING) {
        say(style, "interrupted: stopping; once more to stop at once");
    } else if change(WRITING, FINISHING) {
        let line = "interrupted: finishing the file that is being written; once more to give it up";
        say(style, line);
    } else {
        w2v::formats::remove_temporary_files();
        std::process::exit(code.into());
    }
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
        Style::Json => note(json!({ "event": "interrupted", "message": line })),
        Style::None => {}
    }
}

/// Whether the work is to stop.
pub(super) fn interrupted() -> bool {
    STATE.load(SeqCst) == STOPPING
}

/// From here on a file is written. `what` was done until now.
///
/// # Errors
/// [`Error::Interrupted`] where that was interrupted.
pub(super) fn begin_to_write(what: &'static str) -> w2v::Result<()> {
    match STATE.compare_exchange(WORKING, WRITING, SeqCst, SeqCst) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::Interrupted { what }),
    }
}
