//! Ctrl-C and SIGTERM.
//!
//! While work is under way the first one asks it to stop, and nothing is written. While a file is
//! written, which takes seconds, the first one lets it be finished: what there is to save is just
//! being saved. The second one ends the process at once, and no temporary file stays behind.

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

/// Begins to listen.
pub(super) fn catch(style: Style) -> anyhow::Result<()> {
    ctrlc::set_handler(move || {
        let change = |from, to| STATE.compare_exchange(from, to, SeqCst, SeqCst).is_ok();
        if change(WORKING, STOPPING) {
            say(style, "interrupted: stopping; once more to stop at once");
        } else if change(WRITING, FINISHING) {
            let line =
                "interrupted: finishing the file that is being written; once more to give it up";
            say(style, line);
        } else {
            w2v::formats::remove_temporary_files();
            std::process::exit(130);
        }
    })?;
    Ok(())
}

fn say(style: Style, line: &str) {
    // A terminal has just shown `^C`.
    let start = if std::io::stderr().is_terminal() {
        "\n"
    } else {
        ""
    };
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
