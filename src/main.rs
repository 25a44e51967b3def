//! The `w2v` binary: see `w2v --help`, and [`w2v`] for the library it is a face of.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
