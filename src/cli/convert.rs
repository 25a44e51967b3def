//! `w2v convert`

use super::Outcome;
use super::corpus::half_of_memory;
use super::interrupts;
use super::output::{Style, note, note_changes};
use super::size::{at_least_one, counted, show};
use super::threads::ThreadsArg;
use super::values::encoding;
use anyhow::{Context, anyhow, ensure};
use std::path::{Path, PathBuf};
use w2v::corpus::Encoding;
use w2v::formats::{Conversion, Dtype, Format, ReadOptions, Target};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Vectors in any format, recognised by their content: a model of w2v, text, a binary file, a
    /// safetensors model (file, index or folder, with tokenizer.json beside it), …; gz, zst, bz2 and
    /// xz are unpacked; or, with --glove-vocab, GloVe's binary `vectors.bin`
    input: PathBuf,

    /// Where to write
    output: PathBuf,

    /// Write w2v, word2vec-text, word2vec-binary, glove, glove-binary, fasttext, finalfusion, npy,
    /// projector, safetensors or parquet [default: by the ending of OUTPUT]
    #[arg(long, value_name = "FORMAT", value_parser = parse_target)]
    to: Option<Target>,

    /// The input is the `vectors.bin` of GloVe, and FILE its `vocab.txt`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["limit", "encoding", "invalid_utf8", "verify"])]
    glove_vocab: Option<PathBuf>,

    /// Numbers of the output: f32, f16, bf16 or int8, where the format has them
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = parse_dtype)]
    dtype: Dtype,

    /// Copy the first N words only
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,

    /// The words of a NumPy array, of projector tensors or of a safetensors table: one a line, or the
    /// tokenizer.json, vocab.json, vocab.txt or tokenizer.model of a tokenizer [default: the file beside]
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,

    /// Project sparse vectors to N dimensions at random, which keeps cosines up to about 1/√N
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    project: Option<usize>,

    /// Memory for a table that must be made of text; a larger one goes to a temporary file beside
    /// OUTPUT [default: half of memory]
    #[arg(long, value_name = "SIZE", value_parser = super::size::parse)]
    max_memory: Option<u64>,

    /// Encoding of the words, where they are not UTF-8, such as latin1 or gb18030
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<Encoding>,

    /// What to do with words that are not UTF-8: `replace` by U+FFFD or stop with an `error`
    #[arg(long, value_name = "HOW", default_value = "error", value_parser = ["replace", "error"])]
    invalid_utf8: String,

    /// Read the output again and compare it with the input, row by row
    #[arg(long)]
    verify: bool,

    /// The tensor that is the table, in a safetensors model [default: found by its name]
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,

    /// Write safetensors as sentence-transformers reads it: the words in tokenizer.json beside OUTPUT
    /// (best named model.safetensors, in a folder of its own), and two small files
    #[arg(long, conflicts_with = "to")]
    static_embedding: bool,

    #[command(flatten)]
    threads: ThreadsArg,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,
}

fn target_names() -> Vec<&'static str> {
    Target::all().map(Target::name).collect()
}

fn parse_target(name: &str) -> Result<Target, String> {
    // Those that are only read have a refusal of their own.
    let read = Format::ALL.into_iter().map(Target::Vectors);
    let target = Target::all().chain(read).find(|target| target.name() == name);
    target.ok_or_else(|| format!("expected one of {}", target_names().join(", ")))
}

fn parse_dtype(name: &str) -> Result<Dtype, String> {
    let found = Dtype::ALL.into_iter().find(|dtype| dtype.name() == name);
    found.ok_or_else(|| "expected f32, f16, bf16 or int8".to_owned())
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let layout = args.static_embedding.then_some(Target::StaticEmbedding);
    let by_name = || Format::from_extension(&args.output).map(Target::Vectors);
    let target = args.to.or(layout).or_else(by_name).ok_or_else(|| {
        anyhow!(
            "the ending of {} names no format; choose one with --to {}",
            args.output.display(),
            target_names().join("|")
        )
    })?;
    ensure!(
        !(args.verify && target == Target::GloveBinary),
        "--verify is not there for GloVe's vectors.bin; convert to .w2v and back"
    );
    let folder = args.output.parent().filter(|folder| *folder != Path::new(""));
    let conversion = Conversion {
        input: args.input.clone(),
        output: args.output.clone(),
        target,
        dtype: args.dtype,
        glove_vocab: args.glove_vocab.clone(),
        options: ReadOptions {
            limit: args.limit,
            word_encoding: args.encoding,
            lossy_utf8: args.invalid_utf8 == "replace",
            words: args.words.clone(),
            project: args.project,
            max_memory: Some(args.max_memory.unwrap_or_else(half_of_memory)),
            temporary: Some(folder.unwrap_or(Path::new(".")).to_owned()),
            tensor: args.tensor.clone(),
            threads: args.threads.get()?,
            ..ReadOptions::default()
        },
    };
    conversion.check(args.force)?;
    let copy = conversion.read()?;
    // From here on only: an interrupted read leaves nothing behind.
    interrupts::catch(Style::Plain)?;
    interrupts::writing("reading", &args.output, || copy.write())?;
    let verified = args.verify.then(|| copy.verify()).transpose()?;
    let written = std::fs::metadata(&args.output).context("the output is gone")?;
    let files = conversion.files();
    let beside: Vec<String> = files[1..].iter().map(|file| file.display().to_string()).collect();
    let beside = match beside.is_empty() {
        true => String::new(),
        false => format!(" (with {})", beside.join(", ")),
    };
    note(format_args!(
        "wrote {}{beside} as {}: {} × {}, {}",
        args.output.display(),
        target.name(),
        counted(copy.words as u64, "word"),
        counted(copy.dim as u64, "dimension"),
        show(written.len()),
    ));
    if !copy.lost.is_empty() {
        let words = "words (keep its vocab.txt, or write it with `w2v vocab`)";
        let name = |part: &&'static str| if *part == "words" { words } else { part };
        let lost: Vec<&str> = copy.lost.iter().map(name).collect();
        note(format_args!("left out: {}", lost.join(", ")));
    }
    note_changes("", &copy.report);
    if let Some(verified) = verified {
        let rows = counted(verified.rows as u64, "row");
        match verified.exact {
            true => note(format_args!("verified {rows}: the same bits")),
            false => note(format_args!(
                "verified {rows}: the same but for rounding, by {:e} at most",
                verified.largest
            )),
        }
    }
    Ok(Outcome::Answered)
}
