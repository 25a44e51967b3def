//! The model file `vectors.w2v`: named tables and all that explains them, to be mapped, not parsed.
//!
//! In and out: [`Model`]; for queries alone, [`WordVectors`] whose table stays in the file. A checkpoint
//! is such a file with a position in the run, see [`write_checkpoint`].
//!
//! All numbers are little-endian on every machine.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `77 32 76 00 0d 0a 1a 0a`: "w2v" and bytes that a text-mode transfer would change |
//! | 8..12 | u32 version of the format: 7 |
//! | 12..16 | u32 length of this header: 96 |
//! | 16..24 | u64 length of the file |
//! | 24..32 | u64 V, number of words |
//! | 32..40 | u64 D, dimensions |
//! | 40..48 | u64 offset of the state block: behind the directory |
//! | 48..56 | u64 length of the state block |
//! | 56..64 | u64 xxh3-64 of the state block |
//! | 64..72 | u64 offset of the directory: 96 |
//! | 72..80 | u64 length of the directory |
//! | 80..88 | u64 xxh3-64 of the directory |
//! | 88..96 | u64 xxh3-64 of bytes 0..88 |
//! | 96.. | directory: u64 number of tables, and an entry for each |
//! | … | state block: tokenizer, how it was trained (JSON), words, counts; see `state.rs` |
//! | … | for each table zeros up to a multiple of 64, then its numbers, row-major, dense |
//!
//! An entry of the directory:
//!
//! | type | what |
//! |---|---|
//! | u64 n, n bytes | name |
//! | u64 n, n bytes | type of the numbers: `f32`, `i8` or `u8` |
//! | u64, u64 | rows, columns |
//! | u64 | offset in the file, a multiple of 64 |
//! | u64 | checksum of the numbers, as `checksum.rs` makes it |
//!
//! The tables that this version knows; a new one is no new version:
//!
//! | name | type, rows × columns | what |
//! |---|---|---|
//! | `input` | f32 V×D | the vectors for queries; of GloVe those of words |
//! | `output` | f32 V×D | vectors of words as the thing predicted; of GloVe those of contexts |
//! | `input.bias`, `output.bias` | f32 V×1 | GloVe's biases |
//! | `input.squares`, `output.squares` | f32 V×(D + 1) | in a checkpoint of GloVe the squared gradients of the numbers and of the bias |
//! | `input.scales` | f32 V×1 | instead of `input`: row i is scale i times its integers, or times its centroids side by side |
//! | `input.codes` | i8 V×D, or u8 V×M | the integers, or numbers of centroids in M parts |
//! | `input.centroids` | f32 256×D | row k holds centroid k of every part; part m has the columns ⌊m·D/M⌋ to ⌊(m+1)·D/M⌋ |
//!
//! A table of another name is ignored by queries, and refused by name where training goes on
//! ([`Training::ensure_known`]).
//!
//! Opening a GloVe model for queries reads both matrices and combines them as the training record says.
//!
//! The file ends with its last table. A byte that is changed, missing or too much anywhere is an
//! error: headers and blocks have checksums, gaps must be zero, lengths must agree with each other
//! and with the file's. No length is believed, let alone allocated, before that.
//!
//! # Why opening reads the whole matrix
//!
//! Opening verifies the checksum of the matrix that is used and that its numbers are finite, in one
//! pass on all cores, and so touches every page of it: 0.14 s for 833,000 words × 300 dimensions
//! (1.0 GB in the page cache, two cores of a busy x86-64 server, 7.5 GB/s, the vocabulary included).
//! It could be left out, and then opening would cost nothing; but an exact search over all words
//! reads the whole table anyway, a damaged row would silently be a wrong neighbour, and a NaN would
//! spoil the order of all. The output matrix is verified only by [`Model::load`].
//!
//! Differences: word2vec.c saves the input vectors only, without counts, parameters or the matrix
//! that is needed to go on; gensim saves a Python pickle, which runs code when it is loaded.

mod checkpoint;
mod checksum;
pub mod cooccurrences;
mod directory;
mod header;
mod state;
mod write;

use crate::shown::quoted;
pub use checkpoint::{read_checkpoint, write_checkpoint};
pub use directory::TableEntry;
pub(crate) use header::MAGIC;
pub use write::{write_vectors, write_vectors_of};

use super::{Contents, Place, ReadOptions};
use crate::corpus::Tokenizer;
use crate::error::Result;
use crate::matrix::Matrix;
use crate::threads::Threads;
use crate::train::{Combine, Model, NamedTable, Position, Training};
use crate::vectors::{Quantized, Shape, WordVectors};
use crate::vocab::{Vocab, WordId};
use checksum::checksum;
use directory::{INPUT, find, quantized};
use header::Header;
use serde::Serialize;
use state::State;
use std::ops::Range;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

const NAME: &str = "w2v model";
/// The end of the names of squared gradients, which only a run that is resumed needs.
const SQUARES: &str = ".squares";

/// A count, which is unknown where it is 0.
fn known<S: serde::Serializer>(count: &u64, to: S) -> Result<S::Ok, S::Error> {
    Some(*count).filter(|&count| count > 0).serialize(to)
}

/// What a model file says about itself, see [`info`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NativeInfo {
    /// Version of the file format.
    pub version: u32,
    /// How the numbers of the input table are kept: `f32`, `int8` or `pq`.
    pub numbers: &'static str,
    /// V.
    pub words: usize,
    /// D.
    pub dim: usize,
    /// Tokens of the corpus that are words of the vocabulary; 0 where the counts are unknown, `null` in
    /// JSON.
    #[serde(serialize_with = "known")]
    pub tokens: u64,
    /// Length of the file in bytes.
    pub file_bytes: u64,
    /// Bytes of the state block: parameters, words and counts.
    #[serde(skip)]
    pub state_bytes: u64,
    /// Bytes of the input table: 4·V·D where it is not quantised.
    pub matrix_bytes: u64,
    /// All tables, in the order of the file.
    pub tables: Vec<TableEntry>,
    /// Whether the output matrix is there, so that training can go on.
    pub has_output: bool,
    /// How the corpus was cut.
    pub tokenizer: Tokenizer,
    /// How the vectors were trained; absent where they came from another program's file.
    pub training: Option<Training>,
    /// Of a checkpoint: how far the run had come.
    #[serde(skip)]
    pub position: Option<Position>,
}

/// Opens a model file for queries; the input matrix stays in the file.
///
/// # Errors
/// [`crate::Error::Format`] for a file that is not what the page of this module says, [`crate::Error::Io`].
pub fn open(path: impl AsRef<Path>) -> Result<WordVectors> {
    let path = path.as_ref();
    let options = ReadOptions::default();
    open_first(Contents::open(path, &options)?, path, &options)
}

/// [`open`] for a file whose bytes are there, without the words after the limit, and with the output
/// matrix where that is wanted and there.
pub(super) fn open_first(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<WordVectors> {
    let file = Opened::new(&contents, path)?;
    let threads = &options.threads;
    let output = file.table("output");
    if output.is_some() && file.is_combined() {
        // What one asks is made of both matrices: read, and not mapped.
        let vectors = file.model(|_| false, threads)?.into_vectors();
        return Ok(first(vectors, options.limit).with_threads(threads.clone()));
    }
    let verified =
        |table: Option<&TableEntry>| table.map(|table| file.verify(table, threads)).transpose();
    let [input, codes, scales, centroids] = INPUT.map(|name| verified(file.table(name)));
    let (input, quantized_input) = (input?, [centroids?, scales?, codes?]);
    let output = verified(output.filter(|_| options.output))?;
    let (words, dim) = (file.header.words as usize, file.header.dim as usize);
    let mut vocab = file.vocab()?;
    let kept = options.take(words);
    if kept < words {
        vocab = Vocab::new(vocab.words().zip(vocab.counts().iter().copied()).take(kept));
    }
    let (tokenizer, shape) = (file.state.tokenizer, quantized(&file.tables));
    let bytes = contents.into_bytes();
    if let Some(shape) = shape {
        // int8 has no centroids.
        let parts = quantized_input.map(|part| bytes.slice(part.unwrap_or(0..0)));
        let table = Quantized::new(shape, kept, dim, parts, threads);
        let vectors = WordVectors::from_store(vocab, Box::new(table), tokenizer)?;
        return Ok(vectors.with_threads(threads.clone()));
    }
    let open = |range: Range<usize>| {
        let bytes = bytes.slice(range.start..range.start + 4 * dim * kept);
        match cfg!(target_endian = "little") && (bytes.as_ptr() as usize).is_multiple_of(4) {
            true => WordVectors::from_bytes(vocab.clone(), dim, bytes, tokenizer),
            // Floats whose bytes this machine would read backwards.
            false => {
                let matrix = to_matrix(&bytes, kept, dim);
                WordVectors::from_matrix(vocab.clone(), matrix, tokenizer)
            }
        }
    };
    let vectors = open(input.expect("a table that is not quantised"));
    let vectors = vectors.with_threads(threads.clone());
    match output {
        Some(output) => vectors.with_output(&open(output)),
        None => Ok(vectors),
    }
}

/// The first `limit` of vectors in memory.
fn first(vectors: WordVectors, limit: Option<usize>) -> WordVectors {
    let kept = limit.unwrap_or(usize::MAX).min(vectors.len());
    if kept == vectors.len() {
        return vectors;
    }
    let words = vectors.vocab().words();
    let vocab = Vocab::new(words.zip(vectors.vocab().counts().iter().copied()).take(kept));
    let mut matrix = Matrix::zeros(kept, vectors.dim());
    for row in 0..kept {
        let from = vectors.vector(WordId(row as u32));
        matrix.row_mut(row).copy_from_slice(&from);
    }
    WordVectors::from_matrix(vocab, matrix, vectors.tokenizer())
}

impl Model {
    /// Reads a model file with both matrices and the further tables of the objective into memory, to
    /// continue training; the squared gradients of a checkpoint are left out. Runs on all cores.
    ///
    /// # Errors
    /// As [`open`]; also where the file holds vectors only.
    ///
    /// ```
    /// use w2v::{Corpus, Model, SkipGram, encode, train::{Recipe, Trainer}};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = |name| folder.path().join(name);
    /// # std::fs::write(path("text.txt"), "the king rules\n".repeat(50))?;
    /// # let recipe = Recipe::new(SkipGram { dim: 8, sample: 0.0, ..Default::default() });
    /// # let corpus = Corpus::open(&[path("text.txt")], Default::default())?;
    /// # let (vocab, encoded) =
    /// #     encode::encode(&corpus, recipe.tokenizer, &Default::default(), &Default::default())?;
    /// let model = Trainer::new(vocab, &encoded, &recipe).train()?;
    /// model.save(path("vectors.w2v"))?;
    /// let model = Model::load(path("vectors.w2v"))?;
    /// assert_eq!(model.vocab.len(), 3);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Model> {
        Self::load_with(path, &ReadOptions::default())
    }

    /// As [`Model::load`], with options: what reading runs on, and where a compressed file is unpacked.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Model> {
        let path = path.as_ref();
        let contents = Contents::open(path, options)?;
        Opened::new(&contents, path)?.model(|name| !name.ends_with(SQUARES), &options.threads)
    }
}

/// What a model file says about itself; the matrices are not read.
///
/// # Errors
/// As [`open`].
pub fn info(path: impl AsRef<Path>) -> Result<NativeInfo> {
    let path = path.as_ref();
    let contents = Contents::open(path, &ReadOptions::default())?;
    let file = Opened::new(&contents, path)?;
    let input = INPUT.iter().filter_map(|name| file.table(name));
    Ok(NativeInfo {
        version: header::VERSION,
        numbers: match quantized(&file.tables) {
            None => "f32",
            Some(Shape::Int8) => "int8",
            Some(Shape::Product { .. }) => "pq",
        },
        words: file.header.words as usize,
        dim: file.header.dim as usize,
        tokens: file.vocab()?.total(),
        file_bytes: file.header.end,
        state_bytes: file.header.state,
        matrix_bytes: input.map(|table| table.range().len() as u64).sum(),
        has_output: file.table("output").is_some(),
        tokenizer: file.state.tokenizer,
        tables: file.tables,
        training: file.training,
        position: file.position,
    })
}

/// A file whose header, directory and state block are verified; its tables are not yet.
struct Opened<'a> {
    bytes: &'a [u8],
    at: Place<'a>,
    header: Header,
    tables: Vec<TableEntry>,
    state: State,
    training: Option<Training>,
    position: Option<Position>,
}

impl<'a> Opened<'a> {
    fn new(bytes: &'a [u8], path: &'a Path) -> Result<Self> {
        let at = Place { path, format: NAME };
        let error = |byte: usize, problem: String| at.error(format!("byte {byte}"), problem);
        let read = Header::parse(bytes)
            .and_then(|header| directory::read(bytes, &header).map(|tables| (header, tables)));
        let (header, tables) = read.map_err(|fault| error(fault.byte, fault.problem))?;
        let mut end = header.state().end;
        for table in &tables {
            let range = table.range();
            if let Some(at) = bytes[end..range.start].iter().position(|&byte| byte != 0) {
                let problem =
                    format!("not zero in the gap before table {}: damaged", quoted(&table.name));
                return Err(error(end + at, problem));
            }
            end = range.end;
        }
        let block = &bytes[header.state()];
        let in_state = |problem: String| error(header.state().start, problem);
        let (is, said) = (xxh3_64(block), header.state_sum);
        if is != said {
            let problem = format!("state checksum {is:016x}, expected {said:016x}: damaged");
            return Err(in_state(problem));
        }
        let in_block = |problem: String| in_state(format!("state block: {problem}"));
        let state: State = state::decode(block).map_err(in_block)?;
        let (mut training, position) = state.training().map_err(in_block)?.unzip();
        if let Some(training) = &mut training {
            let unknown = tables.iter().filter(|table| !table.is_known());
            training.unknown.extend(unknown.map(|table| format!("table {}", quoted(&table.name))));
        }
        let position = position.flatten();
        Ok(Opened { bytes, at, header, tables, state, training, position })
    }

    /// Whether what one asks is made of both matrices.
    fn is_combined(&self) -> bool {
        let objective = self.training.as_ref().map(|training| &training.recipe.objective);
        objective.is_some_and(|objective| objective.combination() != (Combine::Word, false))
    }

    fn table(&self, name: &str) -> Option<&TableEntry> {
        find(&self.tables, name)
    }

    fn vocab(&self) -> Result<Vocab> {
        let place = || format!("byte {}", self.header.state().start);
        let vocab = self.state.vocab(self.header.words as usize);
        vocab.map_err(|problem| self.at.error(place(), format!("vocabulary: {problem}")))
    }

    /// Both matrices in memory, and those further tables of f32 whose names are `wanted`.
    fn model(&self, wanted: impl Fn(&str) -> bool, threads: &Threads) -> Result<Model> {
        let (Some(input), Some(output), Some(training)) =
            (self.table("input"), self.table("output"), &self.training)
        else {
            let problem = "holds vectors only: training cannot go on without the output matrix \
                           and the training record";
            return Err(self.at.error(format!("byte {}", header::LENGTH), problem));
        };
        let matrix = |table: &TableEntry| {
            let bytes = &self.bytes[self.verify(table, threads)?];
            Ok(to_matrix(bytes, table.rows as usize, table.columns as usize))
        };
        let named = |table: &TableEntry| Ok(NamedTable::new(&table.name, matrix(table)?));
        let further = self.tables.iter().filter(|table| {
            let further = table.kind == "f32" && !["input", "output"].contains(&&*table.name);
            further && wanted(&table.name)
        });
        Ok(Model {
            vocab: self.vocab()?,
            input: matrix(input)?,
            output: matrix(output)?,
            tables: further.map(named).collect::<Result<_>>()?,
            training: training.clone(),
        })
    }

    /// The place of a table whose checksum is right and whose floats are finite.
    fn verify(&self, table: &TableEntry, threads: &Threads) -> Result<Range<usize>> {
        let range = table.range();
        let error = |problem: String| {
            let problem = format!("table {}: {problem}", quoted(&table.name));
            self.at.error(format!("byte {}", range.start), problem)
        };
        let (is, finite) = checksum(&self.bytes[range.clone()], threads);
        let said = table.checksum;
        if is != said {
            return Err(error(format!("checksum {is:016x}, expected {said:016x}: damaged")));
        }
        if table.kind == "f32" && !finite {
            return Err(error("infinite numbers or NaN, which w2v never writes".into()));
        }
        Ok(range)
    }
}

/// Copies a dense V×D matrix.
fn to_matrix(bytes: &[u8], words: usize, dim: usize) -> Matrix {
    let mut matrix = Matrix::zeros(words, dim);
    for (row, bytes) in bytes.chunks_exact(4 * dim).enumerate() {
        super::read_floats(bytes, matrix.row_mut(row));
    }
    matrix
}

#[cfg(test)]
mod tests;
