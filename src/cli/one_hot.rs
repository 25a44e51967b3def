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
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use unicode_width::UnicodeWidthStr;
use w2v::encode::EncodedCorpus;
use w2v::formats::{FileRoles, MatrixFormat, write_one_hot};
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
    ids: Ids,
}

enum Ids {
    Sentence(Vec<WordId>),
    Corpus(EncodedCorpus),
}

impl Text {
    fn ids(&self) -> Box<dyn Iterator<Item = WordId> + '_> {
        match &self.ids {
            Ids::Sentence(ids) => Box::new(ids.iter().copied()),
            Ids::Corpus(corpus) => {
                let sentences = corpus.sentences(0..corpus.len());
                Box::new(sentences.flat_map(|sentence| sentence.ids().collect::<Vec<_>>()))
            }
        }
    }

    fn tokens(&self) -> usize {
        match &self.ids {
            Ids::Sentence(ids) => ids.len(),
            Ids::Corpus(corpus) => corpus.len(),
        }
    }
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
        let (tokens, words) = (text.tokens() as u64, text.vocab.len());
        writing("reading", &path, || write_one_hot(|| text.ids(), tokens, words, &path, format))?;
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
        let missing = paths.iter().find(|path| {
            let looks_like_one = path.components().count() > 1 || path.extension().is_some();
            looks_like_one
                && !path.exists()
                && paths.len() == 1
                && !path.to_string_lossy().contains(' ')
        });
        if let Some(path) = missing {
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
    let text = args.corpus.read(&mut progress)?;
    progress.finish();
    Ok(Text { vocab: text.vocab, ids: Ids::Corpus(text.encoded) })
}

/// Words numbered as they come, or as in `vectors`.
fn sentence(
    text: &str,
    corpus: &CorpusArgs,
    vectors: Option<&WordVectors>,
) -> anyhow::Result<Text> {
    let tokenizer = vectors.map_or_else(|| corpus.tokenizer(), WordVectors::tokenizer);
    let tokens: Vec<String> = tokenizer.tokens(text).iter().map(ToString::to_string).collect();
    ensure!(!tokens.is_empty(), "no word in {text:?}; check --tokenizer");
    if let Some(vectors) = vectors {
        let ids: Result<Vec<WordId>, _> = tokens.iter().map(|token| vectors.id(token)).collect();
        return Ok(Text { vocab: vectors.vocab().clone(), ids: Ids::Sentence(ids?) });
    }
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut ids = Vec::new();
    for token in &tokens {
        let place = *places.entry(token).or_insert_with(|| {
            counts.push((token, 0));
            counts.len() - 1
        });
        counts[place].1 += 1;
        ids.push(WordId(place as u32));
    }
    let vocab = Vocab::new(counts);
    let ids = Ids::Sentence(ids);
    Ok(Text { vocab, ids })
}

/// The words of a sentence, each once, by index; all words of a corpus.
fn words_of(text: &Text) -> Vec<WordId> {
    match &text.ids {
        Ids::Sentence(ids) => {
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            ids
        }
        Ids::Corpus(_) => (0..text.vocab.len() as u32).map(WordId).collect(),
    }
}

fn show_json(output: &mut Output, text: &Text, dim: usize) -> anyhow::Result<()> {
    let (n, v) = (text.tokens() as u64, text.vocab.len() as u64);
    let word = |id: WordId| json!({ "index": id.0, "word": text.vocab.word(id), "count": text.vocab.count(id) });
    let words: Vec<_> = words_of(text).into_iter().map(word).collect();
    let tokens = match &text.ids {
        Ids::Sentence(ids) => json!(ids.iter().map(|id| id.0).collect::<Vec<_>>()),
        Ids::Corpus(_) => json!(null),
    };
    output.line(json!({
        "words": words, "tokens": tokens, "shape": [n, v], "nonzeros": n,
        "one_hot": { "numbers_of_a_word": v, "bytes_of_a_word": 4 * v, "parameters": 0 },
        "dense": { "numbers_of_a_word": dim, "bytes_of_a_word": 4 * dim as u64, "parameters": v * dim as u64,
                   "bytes": 4 * v * dim as u64 },
    }))?;
    Ok(())
}

fn show_words(output: &mut Output, text: &Text) -> anyhow::Result<()> {
    let words = words_of(text);
    let all = text.vocab.len();
    let title = match words.len() == all {
        true => format!("vocabulary: {}", counted(all as u64, "word")),
        false => format!("vocabulary: {}, of which here", counted(all as u64, "word")),
    };
    output.line(title)?;
    let most = match &text.ids {
        Ids::Sentence(_) => usize::MAX,
        Ids::Corpus(_) => LISTED,
    };
    let counted_words = text.vocab.total() > 0;
    output.line(if counted_words { "index  count  word" } else { "index  word" })?;
    for &id in words.iter().take(most) {
        let (word, count) = (text.vocab.word(id), text.vocab.count(id));
        match counted_words {
            true => output.line(format_args!("{:>5}  {count:>5}  {word}", id.0))?,
            false => output.line(format_args!("{:>5}  {word}", id.0))?,
        }
    }
    if words.len() > most {
        output.line("    …")?;
    }
    Ok(())
}

fn show_matrix(output: &mut Output, text: &Text) -> anyhow::Result<()> {
    let (n, v) = (text.tokens() as u64, text.vocab.len() as u64);
    output.line("")?;
    output.line(format_args!(
        "one-hot matrix: {} × {}",
        counted(n, "token"),
        counted(v, "word")
    ))?;
    let columns = words_of(text);
    let ids: Vec<WordId> = text.ids().take(DRAWN + 1).collect();
    if columns.len() > DRAWN || ids.len() > DRAWN {
        return Ok(output.line("too large to draw; write it with --output FILE.npz or .mtx")?);
    }
    let of = |id: &WordId| text.vocab.word(*id);
    let first = ids.iter().map(|id| of(id).width()).max().unwrap_or(0);
    let widths: Vec<usize> = columns.iter().map(|id| id.0.to_string().len()).collect();
    let line = |name: &str, cells: &mut dyn Iterator<Item = String>| {
        let pad = " ".repeat(first - name.width());
        let cells: Vec<String> =
            cells.zip(&widths).map(|(cell, width)| format!("  {cell:>width$}")).collect();
        format!("{name}{pad}{}", cells.concat())
    };
    let mut numbers = columns.iter().map(|id| id.0.to_string());
    output.line(line("", &mut numbers))?;
    for id in &ids {
        let mut cells = columns.iter().map(|column| u8::from(column == id).to_string());
        output.line(line(of(id), &mut cells))?;
    }
    if (columns.len() as u64) < v {
        let others = v - columns.len() as u64;
        output.line(format_args!("and {} of zeros only", counted(others, "column")))?;
    }
    Ok(())
}

fn show_cost(output: &mut Output, text: &Text, dim: usize) -> anyhow::Result<()> {
    let (n, v, d) = (text.tokens() as u128, text.vocab.len() as u128, dim as u128);
    let bytes = |numbers: u128| show(u64::try_from(4 * numbers).unwrap_or(u64::MAX));
    let number = |n: u128| grouped(u64::try_from(n).unwrap_or(u64::MAX));
    output.line("")?;
    output.line("what it costs, in f32    one-hot             dense")?;
    let rows = [("numbers of a word", v, d), ("numbers of this text", n * v, n * d)];
    for (name, one_hot, dense) in rows {
        output.line(format_args!("{name:<23}  {:<18}  {}", number(one_hot), number(dense)))?;
        output.line(format_args!("{:<23}  {:<18}  {}", "", bytes(one_hot), bytes(dense)))?;
    }
    output.line(format_args!(
        "{:<23}  {:<18}  {} = {} × {}, {}",
        "parameters to learn",
        0,
        number(v * d),
        number(v),
        number(d),
        bytes(v * d)
    ))?;
    output.line(format_args!(
        "{:<23}  {:<18}  by what was learnt",
        "two different words", "equally far apart"
    ))?;
    Ok(())
}

fn show_lookup(output: &mut Output, text: &Text, vectors: &WordVectors) -> anyhow::Result<()> {
    let (v, d) = (vectors.len() as u64, vectors.dim() as u64);
    output.line("")?;
    output.line(format_args!(
        "one-hot × table: {} multiplications for a word; looking its row up: none",
        grouped(v * d)
    ))?;
    for id in words_of(text) {
        let (row, product) = (vectors.vector(id), vectors.one_hot_product(id));
        let same = if product[..] == row[..] { "=" } else { "≠" };
        let first: Vec<String> = row.iter().take(4).map(|x| format!("{x:.4}")).collect();
        let more = if row.len() > 4 { " …" } else { "" };
        output.line(format_args!(
            "{}: one-hot × table {same} row {} = [{}{more}]",
            text.vocab.word(id),
            id.0,
            first.join(" ")
        ))?;
    }
    Ok(())
}
