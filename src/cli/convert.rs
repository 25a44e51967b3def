//! `w2v convert`

use super::Outcome;
use super::corpus::half_of_memory;
use super::interrupts;
use super::output::{Style, note, note_changes};
use super::size::{at_least_one, counted, show};
use super::threads::ThreadsArg;
use anyhow::{Context, anyhow, bail};
use std::path::{Path, PathBuf};
use w2v::formats::{
    self, Dtype, FileRoles, Format, ReadOptions, Report, Verified, WriteOptions, glove, native,
    safetensors,
};
use w2v::train::Combine;
use w2v::{Model, Tokenizer, Vocab};

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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["limit", "invalid_utf8", "verify"])]
    glove_vocab: Option<PathBuf>,

    /// Numbers of the output: f32, f16, bf16 or int8, where the format has them
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = parse_dtype)]
    dtype: Dtype,

    /// Copy the first N words only
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,

    /// The words of a NumPy array or of projector tensors, one a line [default: the list beside them]
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,

    /// Project sparse vectors to N dimensions at random, which keeps cosines up to about 1/√N
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    project: Option<usize>,

    /// Memory for a table that must be made of text; a larger one goes to a temporary file beside
    /// OUTPUT [default: half of memory]
    #[arg(long, value_name = "SIZE", value_parser = super::size::parse)]
    max_memory: Option<u64>,

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

#[derive(Clone, Copy)]
enum Target {
    Vectors(Format),
    /// GloVe's f64 numbers: words, contexts and biases.
    GloveBinary,
}

const GLOVE_BINARY: &str = "glove-binary";

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Vectors(format) => format.name(),
            Target::GloveBinary => GLOVE_BINARY,
        }
    }
}

fn target_names() -> Vec<&'static str> {
    let written = Format::ALL.into_iter().filter(|format| format.can_write());
    written.map(Format::name).chain([GLOVE_BINARY]).collect()
}

fn parse_target(name: &str) -> Result<Target, String> {
    let format = Format::ALL.into_iter().find(|format| format.name() == name);
    let binary = (name == GLOVE_BINARY).then_some(Target::GloveBinary);
    format
        .map(Target::Vectors)
        .or(binary)
        .ok_or_else(|| format!("expected one of {}", target_names().join(", ")))
}

fn parse_dtype(name: &str) -> Result<Dtype, String> {
    let found = Dtype::ALL.into_iter().find(|dtype| dtype.name() == name);
    found.ok_or_else(|| "expected f32, f16, bf16 or int8".to_owned())
}

impl Args {
    /// Checks the output and the files `beside` it before anything is read. Files beside the output are
    /// replaced only where they belong to an older output.
    fn claim(&self, beside: &[PathBuf]) -> w2v::Result<()> {
        let mut files = FileRoles::default();
        let options = ReadOptions { words: self.words.clone(), ..ReadOptions::default() };
        files.vectors("the input", &self.input, &options);
        if let Some(vocab) = &self.glove_vocab {
            files.input("--glove-vocab", vocab);
        }
        files.output("the output", &self.output, self.force)?;
        let (what, older) = ("part of an older output", self.output.is_file());
        let ours =
            |file: &Path| older && (!self.static_embedding || safetensors::is_static_file(file));
        (beside.iter()).try_for_each(|file| {
            files.side_output("beside the output,", file, self.force, what, ours)
        })
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let layout = args.static_embedding.then_some(Format::Safetensors);
    let by_name = || layout.or_else(|| Format::from_extension(&args.output));
    let target = args.to.or_else(|| by_name().map(Target::Vectors));
    let target = target.ok_or_else(|| {
        anyhow!(
            "the ending of {} names no format; choose one with --to {}",
            args.output.display(),
            target_names().join("|")
        )
    })?;
    let format = match target {
        Target::Vectors(format) if args.glove_vocab.is_none() => format,
        _ => return of_glove(args, target),
    };
    let how = WriteOptions { dtype: args.dtype };
    how.check(format)?;
    let files = format.files(&args.output, &how);
    let beside = match args.static_embedding {
        true => safetensors::static_files(&args.output).to_vec(),
        false => files[1..].to_vec(),
    };
    args.claim(&beside)?;
    let folder = args.output.parent().filter(|folder| *folder != Path::new(""));
    let options = ReadOptions {
        limit: args.limit,
        lossy_utf8: args.invalid_utf8 == "replace",
        words: args.words.clone(),
        project: args.project,
        max_memory: Some(args.max_memory.unwrap_or_else(half_of_memory)),
        temporary: Some(folder.unwrap_or(Path::new(".")).to_owned()),
        tensor: args.tensor.clone(),
        output: format == Format::Safetensors && !args.static_embedding,
        threads: args.threads.get()?,
    };
    let copied = copy(args, &options, format, &how)?;
    let verified = match copied.verified {
        Some(Ok(verified)) => Some(verified),
        None => None,
        Some(Err(error)) => {
            let names = formats::set_aside(&files)?;
            let names: Vec<String> = names.iter().map(|name| name.display().to_string()).collect();
            let aside = names.join(", ");
            return Err(anyhow!("{error}; what was written is not the input, it is now {aside}"));
        }
    };
    let written = std::fs::metadata(&args.output).context("the output is gone")?;
    let beside = match &files[1..] {
        [] => String::new(),
        files => {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            format!(" (with {})", names.join(", "))
        }
    };
    note(format_args!(
        "wrote {}{beside} as {format}: {} × {}, {}",
        args.output.display(),
        counted(copied.words as u64, "word"),
        counted(copied.dim as u64, "dimension"),
        show(written.len()),
    ));
    if !copied.lost.is_empty() {
        note(format_args!("left out: {}", copied.lost.join(", ")));
    }
    note_changes("", &copied.report);
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

/// Writes the output after reading. Signals are caught from here on only: an interrupted read leaves
/// nothing behind.
fn writing(output: &Path, write: impl FnOnce() -> w2v::Result<()>) -> anyhow::Result<()> {
    interrupts::catch(Style::Plain)?;
    Ok(interrupts::writing("reading", output, write)?)
}

/// What was written, and what was not.
struct Copied {
    words: usize,
    dim: usize,
    report: Report,
    /// Parts of the input that are not in the output.
    lost: Vec<&'static str>,
    /// What reading it again showed, where that was asked for.
    verified: Option<w2v::Result<Verified>>,
}

fn copy(
    args: &Args,
    options: &ReadOptions,
    format: Format,
    how: &WriteOptions,
) -> anyhow::Result<Copied> {
    // A pipe can be read once only: then nothing is known about the model but its vectors.
    let kind = match args.input.is_file() {
        true => Some(formats::sniff(&args.input)?),
        false => None,
    };
    let info = match kind {
        Some(Format::Native) => Some(native::info(&args.input)?),
        _ => None,
    };
    let (has_output, has_training) = match (&info, kind) {
        (Some(info), _) => (info.has_output, info.training.is_some()),
        (None, Some(Format::Safetensors)) => {
            let table = safetensors::info(&args.input, args.tensor.as_deref())?;
            (false, table.training.is_some())
        }
        _ => (false, false),
    };
    if has_output && has_training && format == Format::Native && args.limit.is_none() {
        let model = Model::load_with(&args.input, &options.threads)?;
        writing(&args.output, || model.save(&args.output))?;
        return Ok(Copied {
            words: model.vocab.len(),
            dim: model.input.dim(),
            report: Report::default(),
            lost: Vec::new(),
            verified: args
                .verify
                .then(|| formats::verify_model(&model, &args.output, &options.threads)),
        });
    }
    let (vectors, report) = formats::open(&args.input, options)?;
    let safetensors = format == Format::Safetensors && !args.static_embedding;
    writing(&args.output, || match &info {
        _ if args.static_embedding => safetensors::write_static(&vectors, how.dtype, &args.output),
        Some(info) if safetensors => {
            let training = info.training.as_ref();
            safetensors::write_as(&vectors, training, how.dtype, &args.output)
        }
        _ => formats::write_with(&vectors, &args.output, format, how),
    })?;
    let has_output = has_output || vectors.output().is_some() && !vectors.is_tied();
    let foreign = format != Format::Native && !safetensors;
    let counts = matches!(format, Format::FastText | Format::Projector);
    let subwords = matches!(format, Format::FastText | Format::Finalfusion);
    let tokenizer = has_training || vectors.tokenizer() != Tokenizer::default();
    let parts = [
        ("output matrix", has_output && !safetensors),
        ("training record", has_training && !(safetensors && info.is_some())),
        ("counts", foreign && !counts && vectors.vocab().total() > 0),
        ("n-grams", !subwords && vectors.subwords().is_some()),
        ("tokenizer", foreign && tokenizer),
    ];
    let lost = parts.into_iter().filter(|(_, lost)| *lost);
    let again = ReadOptions {
        max_memory: options.max_memory,
        temporary: options.temporary.clone(),
        threads: options.threads.clone(),
        ..ReadOptions::default()
    };
    let verify = || formats::verify(&vectors, &args.output, how.dtype, &again);
    Ok(Copied {
        verified: args.verify.then(verify),
        words: vectors.len(),
        dim: vectors.dim(),
        report,
        lost: lost.map(|(part, _)| part).collect(),
    })
}

/// GloVe's `vectors.bin`, which holds both kinds of vectors and no words, as the input or the output.
fn of_glove(args: &Args, target: Target) -> anyhow::Result<Outcome> {
    let given = [
        ("--limit", args.limit.is_some()),
        ("--verify", args.verify),
        ("--dtype", args.dtype != Dtype::F32),
        ("--static-embedding", args.static_embedding),
        ("--words", args.words.is_some()),
        ("--project", args.project.is_some()),
        ("--tensor", args.tensor.is_some()),
        ("--max-memory", args.max_memory.is_some()),
        ("--invalid-utf8", args.invalid_utf8 != "error"),
    ];
    if let Some((flag, _)) = given.into_iter().find(|(_, given)| *given) {
        bail!("{flag} is not there for GloVe's vectors.bin; convert to .w2v and back");
    }
    args.claim(&[])?;
    let threads = args.threads.get()?;
    let model = match &args.glove_vocab {
        Some(path) => glove::read_vectors(&args.input, Vocab::read(path)?, Combine::default())?,
        None => Model::load_with(&args.input, &threads)?,
    };
    let (words, dim) = (model.vocab.len(), model.input.dim());
    writing(&args.output, || match target {
        Target::GloveBinary => glove::write_vectors(&model, &args.output),
        Target::Vectors(Format::Native) => model.save(&args.output),
        Target::Vectors(format) => {
            formats::write(&model.into_vectors().with_threads(threads), &args.output, format)
        }
    })?;
    let lost = match target {
        Target::GloveBinary => {
            Some("words (keep its vocab.txt, or write it with `w2v vocab`), training record")
        }
        Target::Vectors(Format::Native) => None,
        Target::Vectors(_) => Some("context vectors by themselves, biases"),
    };
    let written = std::fs::metadata(&args.output).context("the output is gone")?;
    note(format_args!(
        "wrote {} as {}: {} × {}, {}",
        args.output.display(),
        target.name(),
        counted(words as u64, "word"),
        counted(dim as u64, "dimension"),
        show(written.len()),
    ));
    if let Some(lost) = lost {
        note(format_args!("left out: {lost}"));
    }
    Ok(Outcome::Answered)
}
