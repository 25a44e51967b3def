//! The sum of all tests that were skipped, printed last: cargo runs test binaries by their names. See
//! `tests/support/skips.rs` for how skips are counted, and which are not.

#[allow(dead_code)] // what skips is in the other binaries
#[path = "support/skips.rs"]
mod skips;

use std::fs;
use std::time::Duration;

/// Nobody looks at the skips of an earlier run that ended without a sum.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    if let Err(error) = skips::required() {
        eprintln!("{error}");
        std::process::exit(1);
    }
    let file = skips::file_of_this_run();
    let lines = fs::read_to_string(&file).unwrap_or_default();
    match lines.lines().count() {
        0 => println!("\nno test was skipped"),
        1 => println!("\nSKIPPED in all: 1 test"),
        count => println!("\nSKIPPED in all: {count} tests"),
    }
    let mut tests: Vec<&str> =
        lines.lines().map(|line| line.trim_start_matches("SKIPPED: ")).collect();
    tests.sort_unstable();
    tests.iter().for_each(|test| println!("    {test}"));
    println!();
    let _ = fs::remove_file(&file);
    for entry in file.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten() {
        let Ok(entry) = entry else { continue };
        let age = entry.metadata().and_then(|about| about.modified()).map(|at| at.elapsed());
        if age.is_ok_and(|age| age.is_ok_and(|age| age > KEPT)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
