//! `w2v vocab`

use super::Outcome;
use super::corpus::CorpusArgs;
use super::progress::Progress;
use std::io::{BufWriter, stdout};
use std::path::PathBuf;
use w2v::Error;
use w2v::formats::{check_writable, write_atomically};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    corpus: CorpusArgs,

    /// Where to write the lines [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    if let Some(path) = &args.output {
        check_writable(path, args.force)?;
    }
    let mut progress = Progress::new(args.corpus.progress)?;
    let text = args.corpus.read(&mut progress)?;
    progress.finish();
    match &args.output {
        Some(path) => write_atomically(path, |file| {
            let failed = |source| Error::Io {
                what: "write",
                path: path.clone(),
                source,
            };
            text.vocab.write(file).map_err(failed)
        })?,
        None => text.vocab.write(BufWriter::new(stdout().lock()))?,
    }
    Ok(Outcome::Answered)
}
