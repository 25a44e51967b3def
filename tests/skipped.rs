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
    for name in skips::NAMES {
        let of_name = lines.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let mut tests: Vec<&str> = of_name.collect();
        tests.sort_unstable();
        if !tests.is_empty() {
            println!("    for want of {name}: {}", tests.join(", "));
        }
    }
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
