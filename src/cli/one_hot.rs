//! `w2v one-hot`

use super::Outcome;
use super::corpus::CorpusArgs;
use super::flags;
use super::interrupts::writing;
use super::modes;
use super::output::{Output, note};
use super::progress::Progress;
use super::questions::{VectorsArg, reading};
use super::size::{counted, show};
use anyhow::{anyhow, ensure};
use std::path::{Path, PathBuf};
use w2v::encode::EncodedCorpus;
use w2v::formats::{FileRoles, MatrixFormat, write_one_hot};
use w2v::report::quoted;
use w2v::report::{self, OneHot};
use w2v::session::Purpose;
use w2v::{SkipGram, Vocab, WordVectors};

/// A sentence, drawn as one would on a board, or a whole corpus, whose matrix is written with
/// --output. The words of a sentence are numbered as they come, those of a corpus as in training;
/// every word counts (--min-count 1) unless another number is given.
#[derive(clap::Args)]
#[command(override_usage = "w2v one-hot [OPTIONS] <TEXT|FILE>...",
          mut_arg("corpus", |arg| arg.value_name("TEXT|FILE").help(
              "A sentence; or text files or folders, plain or compressed, `-` for standard input")))]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) corpus: CorpusArgs,

    /// Write the matrix, N tokens × V words: .mtx (MatrixMarket) or .npz (scipy) sparse, .npy dense
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite the output
    #[arg(short, long)]
    force: bool,

    /// Number the words as in FILE, and look their vectors up in it
    #[arg(short, long, value_name = "FILE")]
    vectors: Option<PathBuf>,

    /// The tensor that is the table, in a safetensors model [default: found by its name]
    #[arg(long, value_name = "NAME", requires = "vectors")]
    tensor: Option<String>,

    /// Dimensions of the dense table to compare with [default: those of --vectors, or 100]
    #[arg(long, value_name = "N", value_parser = super::size::at_least_one)]
    dim: Option<usize>,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// What is drawn and written: words, and the text as their ids.
struct Text {
    vocab: Vocab,
    encoded: EncodedCorpus,
    /// Whether it is a sentence and not a corpus.
    is_sentence: bool,
}

pub(super) fn run(mut args: Args) -> anyhow::Result<Outcome> {
    modes::found(if args.of_files() { "a corpus" } else { "a sentence" })?;
    if let Some(dim) = args.dim {
        SkipGram { dim, ..SkipGram::default() }.check()?;
    }
    let target = match &args.output {
        Some(path) => {
            let format = MatrixFormat::from_extension(path).ok_or_else(|| {
                anyhow!(
                    "the ending of {} names no format of matrices; expected .mtx, .npz or .npy",
                    path.display()
                )
            })?;
            args.inputs().output("--output", path, args.force)?;
            Some((path.clone(), format))
        }
        None => None,
    };
    let vectors = match &args.vectors {
        Some(path) => {
            let (tensor, threads) = (args.tensor.clone(), args.corpus.threads.clone());
            let file = VectorsArg { vectors: path.clone(), tensor, encoding: None, threads };
            Some(file.open(None, false)?)
        }
        None => None,
    };
    let text = read(&mut args, vectors.as_ref())?;
    let dim = args.dim.or(vectors.as_ref().map(WordVectors::dim));
    let dim = dim.unwrap_or(SkipGram::default().dim);
    // The file before the report: the reader of the report may close the pipe early.
    if let Some((path, format)) = target {
        let (tokens, words) = (text.encoded.len() as u64, text.vocab.len());
        let ids = || text.encoded.ids();
        writing("reading", &path, || write_one_hot(ids, tokens, words, &path, format))?;
        let bytes = std::fs::metadata(&path).map_or(0, |found| found.len());
        note(format_args!(
            "wrote {}: {} × {}, {}",
            path.display(),
            counted(tokens, "token"),
            counted(words as u64, "word"),
            show(bytes)
        ));
    }
    let mut output = Output::new(args.json);
    let Text { vocab, encoded, is_sentence } = &text;
    let shown = OneHot { vocab, encoded, is_sentence: *is_sentence };
    match args.json {
        true => output.line(report::one_hot_json(&shown, dim))?,
        false => {
            output.text(&flags::text(&report::one_hot(&shown, dim, vectors.as_ref())))?;
        }
    }
    Ok(Outcome::Answered)
}

impl Args {
    /// Whether the arguments are files; else they are a sentence.
    fn of_files(&self) -> bool {
        let is_file = |path: &PathBuf| path == Path::new("-") || path.exists();
        self.corpus.corpus.iter().all(is_file)
    }

    /// Registers the files that are read.
    fn inputs(&self) -> FileRoles {
        let mut files = FileRoles::default();
        if self.of_files() {
            self.corpus.inputs(&mut files);
        }
        if let Some(path) = &self.vectors {
            files.vectors("--vectors", path, &reading());
        }
        files
    }
}

/// Files where all arguments are, else a sentence.
fn read(args: &mut Args, vectors: Option<&WordVectors>) -> anyhow::Result<Text> {
    let paths = &args.corpus.corpus;
    if !args.of_files() {
        let looks_like_a_file =
            |path: &PathBuf| path.components().count() > 1 || path.extension().is_some();
        if let [path] = &paths[..]
            && looks_like_a_file(path)
            && !path.to_string_lossy().contains(' ')
        {
            note(format_args!(
                "w2v: there is no file {}, so it is taken for a sentence",
                path.display()
            ));
        }
        let words: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        return sentence(&words.join(" "), &args.corpus, vectors);
    }
    args.corpus.min_count.get_or_insert(1);
    let mut progress = Progress::new(args.corpus.progress)?;
    let (vocab, encoded) = args.corpus.read(Purpose::Sentences, &mut progress)?;
    progress.finish();
    Ok(Text { vocab, encoded, is_sentence: false })
}

/// Words numbered as they come, or as in `vectors`.
fn sentence(
    text: &str,
    corpus: &CorpusArgs,
    vectors: Option<&WordVectors>,
) -> anyhow::Result<Text> {
    let tokenizer = vectors.map_or_else(|| corpus.tokenizer(), WordVectors::tokenizer);
    let tokens = tokenizer.tokens(text);
    ensure!(!tokens.is_empty(), "no word in {text}; check --tokenizer", text = quoted(text));
    let (vocab, encoded) = match vectors {
        Some(vectors) => {
            let ids: Vec<_> =
                tokens.iter().map(|token| vectors.id(token)).collect::<Result<_, _>>()?;
            (vectors.vocab().clone(), EncodedCorpus::of_ids(ids))
        }
        None => EncodedCorpus::of_sentence(&tokens),
    };
    Ok(Text { vocab, encoded, is_sentence: true })
}
