//! `w2v one-hot`

use super::Outcome;
use super::corpus::CorpusArgs;
use super::interrupts::writing;
use super::output::{Output, note};
use super::progress::Progress;
use super::questions::{VectorsArg, reading};
use super::size::{counted, grouped, show};
use anyhow::{anyhow, ensure};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use w2v::encode::EncodedCorpus;
use w2v::formats::{FileRoles, MatrixFormat, write_one_hot};
use w2v::report::columns;
use w2v::session::Purpose;
use w2v::{SkipGram, Vocab, WordId, WordVectors};

/// Tokens and words of a text that are drawn; more are told of by numbers.
const DRAWN: usize = 40;
/// Words that are listed of a corpus.
const LISTED: usize = 20;

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
            let file = VectorsArg { vectors: path.clone(), tensor, threads };
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
    match args.json {
        true => show_json(&mut output, &text, dim)?,
        false => {
            show_words(&mut output, &text)?;
            show_matrix(&mut output, &text)?;
            show_cost(&mut output, &text, dim)?;
            if let Some(vectors) = &vectors {
                show_lookup(&mut output, &text, vectors)?;
            }
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
        ensure!(
            args.corpus.vocab.is_none(),
            "--vocab is for a corpus; the words of a sentence are numbered as they come"
        );
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
    ensure!(
        vectors.is_none(),
        "--vectors looks up the words of a sentence; {} is a file",
        paths[0].display()
    );
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
    ensure!(!tokens.is_empty(), "no word in {text:?}; check --tokenizer");
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

/// The words of a sentence, each once, by index; all words of a corpus.
fn words_of(text: &Text) -> Vec<WordId> {
    match text.is_sentence {
        true => text.encoded.ids().collect::<BTreeSet<_>>().into_iter().collect(),
        false => (0..text.vocab.len() as u32).map(WordId).collect(),
    }
}

fn show_json(output: &mut Output, text: &Text, dim: usize) -> anyhow::Result<()> {
    let (n, v, d) = (text.encoded.len() as u64, text.vocab.len() as u64, dim as u64);
    let word = |id: WordId| json!({ "index": id.0, "word": text.vocab.word(id), "count": text.vocab.count(id) });
    let words: Vec<_> = words_of(text).into_iter().map(word).collect();
    let tokens = text.is_sentence.then(|| text.encoded.ids().map(|id| id.0).collect::<Vec<_>>());
    output.line(json!({
        "words": words, "tokens": tokens, "shape": [n, v], "nonzeros": n,
        "one_hot": { "numbers_of_a_word": v, "bytes_of_a_word": 4 * v, "parameters": 0 },
        "dense": { "numbers_of_a_word": d, "bytes_of_a_word": 4 * d, "parameters": v * d,
                   "bytes": 4 * v * d },
    }))?;
    Ok(())
}

fn show_words(output: &mut Output, text: &Text) -> anyhow::Result<()> {
    let words = words_of(text);
    let all = text.vocab.len();
    let here = if words.len() == all { "" } else { ", of which here" };
    output.line(format_args!("vocabulary: {}{here}", counted(all as u64, "word")))?;
    let most = if text.is_sentence { usize::MAX } else { LISTED };
    // The words of a foreign file have no counts.
    let columns_of = |[index, count, word]: [String; 3]| match text.vocab.total() > 0 {
        true => vec![index, count, word],
        false => vec![index, word],
    };
    let mut rows = vec![columns_of(["index", "count", "word"].map(str::to_owned))];
    rows.extend(words.iter().take(most).map(|&id| {
        let (word, count) = (text.vocab.word(id), text.vocab.count(id));
        columns_of([id.0.to_string(), count.to_string(), word.to_owned()])
    }));
    let layout = if rows[0].len() == 3 { ">5 >5 <" } else { ">5 <" };
    output.text(&columns(layout, &rows))?;
    if words.len() > most {
        output.line("    …")?;
    }
    Ok(())
}

fn show_matrix(output: &mut Output, text: &Text) -> anyhow::Result<()> {
    let (n, v) = (text.encoded.len() as u64, text.vocab.len() as u64);
    let (tokens, words) = (counted(n, "token"), counted(v, "word"));
    output.line(format_args!("\none-hot matrix: {tokens} × {words}"))?;
    let ids = words_of(text);
    if ids.len() > DRAWN || text.encoded.len() > DRAWN {
        return Ok(output.line("too large to draw; write it with --output FILE.npz or .mtx")?);
    }
    let row = |name: &str, cell: &dyn Fn(&WordId) -> String| {
        [name.to_owned()].into_iter().chain(ids.iter().map(cell)).collect::<Vec<String>>()
    };
    let mut rows = vec![row("", &|id| id.0.to_string())];
    rows.extend(
        text.encoded
            .ids()
            .map(|token| row(text.vocab.word(token), &|id| u8::from(*id == token).to_string())),
    );
    output.text(&columns("< >", &rows))?;
    if (ids.len() as u64) < v {
        let others = v - ids.len() as u64;
        output.line(format_args!("and {} of zeros only", counted(others, "column")))?;
    }
    Ok(())
}

fn show_cost(output: &mut Output, text: &Text, dim: usize) -> anyhow::Result<()> {
    let (n, v, d) = (text.encoded.len() as u128, text.vocab.len() as u128, dim as u128);
    let bytes = |numbers: u128| show(u64::try_from(4 * numbers).unwrap_or(u64::MAX));
    let number = |n: u128| grouped(u64::try_from(n).unwrap_or(u64::MAX));
    let parameters = format!("{} = {} × {}, {}", number(v * d), number(v), number(d), bytes(v * d));
    let row = |name: &str, one_hot: &str, dense: &str| [name, one_hot, dense].map(str::to_owned);
    let of = |name: &str, one_hot: u128, dense: u128| {
        [row(name, &number(one_hot), &number(dense)), row("", &bytes(one_hot), &bytes(dense))]
    };
    let [word, word_bytes] = of("numbers of a word", v, d);
    let [text, text_bytes] = of("numbers of this text", n * v, n * d);
    let rows = [
        row("what it costs, in f32", "one-hot", "dense"),
        word,
        word_bytes,
        text,
        text_bytes,
        row("parameters to learn", "0", &parameters),
        row("two different words", "equally far apart", "by what was learnt"),
    ];
    Ok(output.text(&format!("\n{}", columns("<23 <18 <", &rows)))?)
}

fn show_lookup(output: &mut Output, text: &Text, vectors: &WordVectors) -> anyhow::Result<()> {
    let products = grouped(vectors.len() as u64 * vectors.dim() as u64);
    output.line(format_args!(
        "\none-hot × table: {products} multiplications for a word; looking its row up: none"
    ))?;
    for id in words_of(text) {
        let (row, product) = (vectors.vector(id), vectors.one_hot_product(id));
        let same = if product[..] == row[..] { "=" } else { "≠" };
        let first: Vec<String> = row.iter().take(4).map(|x| format!("{x:.4}")).collect();
        let (first, more) = (first.join(" "), if row.len() > 4 { " …" } else { "" });
        let (word, id) = (text.vocab.word(id), id.0);
        output.line(format_args!("{word}: one-hot × table {same} row {id} = [{first}{more}]"))?;
    }
    Ok(())
}
