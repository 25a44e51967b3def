//! Writes the bundled corpus and its two tests:
//! `cargo run --example make_corpus -- data`.
//!
//! The same program always writes the same bytes; [`corpus::files`] says why.

#[path = "corpus.rs"]
mod corpus;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let (Some(folder), None) = (args.next(), args.next()) else {
        eprintln!("usage: make_corpus OUT_DIR");
        return ExitCode::from(2);
    };
    for (name, content) in corpus::files() {
        let path = Path::new(&folder).join(name);
        if let Err(error) = std::fs::write(&path, &content) {
            eprintln!("cannot write {}: {error}", path.display());
            return ExitCode::from(2);
        }
        eprintln!(
            "wrote {}: {} lines, {} bytes",
            path.display(),
            content.lines().count(),
            content.len()
        );
    }
    ExitCode::SUCCESS
}
