//! `w2v vocab`

use super::Outcome;
use super::corpus::CorpusArgs;
use super::interrupts::writing;
use super::progress::Progress;
use std::io::{self, BufWriter, Write, stdout};
use std::path::PathBuf;
use w2v::Error;
use w2v::formats::{FileRoles, write_packed};
use w2v::session::Purpose;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) corpus: CorpusArgs,

    /// Where to write the lines [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Begin with `</s>` and the number of lines, as word2vec.c expects with -read-vocab (GloVe does
    /// not)
    #[arg(long)]
    sentence_end: bool,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    if let Some(path) = &args.output {
        let mut files = FileRoles::default();
        args.corpus.inputs(&mut files);
        files.output("--output", path, args.force)?;
    }
    let mut progress = Progress::new(args.corpus.progress)?;
    let (vocab, text) = args.corpus.read(Purpose::Sentences, &mut progress)?;
    progress.finish();
    let lines = text.statistics().lines;
    let write = |out: &mut dyn Write| -> io::Result<()> {
        if args.sentence_end {
            writeln!(out, "</s> {lines}")?;
        }
        vocab.write(out)
    };
    match &args.output {
        Some(path) => writing("reading", path, || {
            write_packed(path, |file| {
                let failed = |source| Error::Io { what: "write", path: path.clone(), source };
                write(file).map_err(failed)
            })
        })?,
        None => write(&mut BufWriter::new(stdout().lock()))?,
    }
    Ok(Outcome::Answered)
}
