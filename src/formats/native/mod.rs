//! The model file `vectors.w2v`: both matrices and all that explains them, to be mapped, not parsed.
//!
//! In and out: [`Model`]; for queries alone, [`WordVectors`] whose table stays in the file.
//!
//! All numbers are little-endian on every machine.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `77 32 76 00 0d 0a 1a 0a`: "w2v" and bytes that a text-mode transfer would change |
//! | 8..12 | u32 version of the format: 4; 5 where the input table is quantised; 6 of a checkpoint |
//! | 12..16 | u32 length of this header: 128 |
//! | 16..24 | u64 length of the file |
//! | 24..32 | u64 V, number of words |
//! | 32..40 | u64 D, dimensions |
//! | 40..48 | u64 offset of the state block: 128 |
//! | 48..56 | u64 length of the state block |
//! | 56..64 | u64 offset of the input matrix, a multiple of 64 |
//! | 64..72 | u64 offset of the output matrix, a multiple of 64; 0 where there is none |
//! | 72..80 | u64 xxh3-64 of the state block |
//! | 80..88 | u64 checksum of the input matrix, as `checksum.rs` makes it |
//! | 88..96 | u64 checksum of the output matrix; 0 where there is none |
//! | 96..104 | u64 kind of the input table: 0 f32, 1 int8, 2 product quantised |
//! | 104..112 | u64 M, the parts of a product quantised row, 1 to D; else 0 |
//! | 112..120 | u64 length of the checkpoint block; 0 where training was finished |
//! | 120..128 | u64 xxh3-64 of bytes 0..120 |
//! | 128.. | state block: tokenizer, how it was trained (JSON), words, counts, biases; see `state.rs` |
//! | … | zeros up to a multiple of 64 |
//! | … | input matrix: V×D f32, row-major, dense; or a quantised table |
//! | … | zeros up to a multiple of 64, then the output matrix likewise, where there is one |
//! | … | zeros up to a multiple of 64, then the checkpoint block, where there is one: see `checkpoint.rs` |
//!
//! A quantised table is, without gaps: for product quantisation 256×D f32, row k of which holds centroid
//! k of every part (part m of M has the columns ⌊m·D/M⌋ to ⌊(m+1)·D/M⌋); V f32, the scale of each row;
//! and V×D bytes, signed, or V×M bytes, numbers of centroids. Row i is scale i times its integers, or
//! times its centroids side by side.
//!
//! Of GloVe the input matrix is the word vectors and the output matrix the context vectors; opening
//! such a file for queries reads both and combines them as the training record says.
//!
//! The file ends with its last part. A byte that is changed, missing or too much anywhere is an
//! error: headers and blocks have checksums, gaps must be zero, lengths must agree with each other
//! and with the file's. No length is believed, let alone allocated, before that.
//!
//! # Why opening reads the whole matrix
//!
//! Opening verifies the checksum of the matrix that is used and that its numbers are finite, in one
//! pass on all threads, and so touches every page of it: 0.14 s for 833,000 words × 300 dimensions
//! (1.0 GB in the page cache, two cores of a busy x86-64 server, 7.5 GB/s, the vocabulary included).
//! It could be left out, and then opening would cost nothing; but an exact search over all words
//! reads the whole table anyway, a damaged row would silently be a wrong neighbour, and a NaN would
//! spoil the order of all. The output matrix is verified only by [`read_model`].
//!
//! Differences: word2vec.c saves the input vectors only, without counts, parameters or the matrix
//! that is needed to go on; gensim saves a Python pickle, which runs code when it is loaded.

mod checkpoint;
mod checksum;
pub mod cooccurrences;
mod header;
mod state;

pub use checkpoint::{read_checkpoint, read_checkpoint_with, write_checkpoint};
pub(crate) use header::MAGIC;

use super::{Contents, Place, ReadOptions, atomic, little_endian, reject_non_finite};
use crate::corpus::Tokenizer;
use crate::error::{IoContext, Result};
use crate::matrix::Matrix;
use crate::mmap::Bytes;
use crate::threads::Threads;
use crate::train::{Biases, Model, Parameters, Position, Training};
use crate::vectors::{Quantized, Shape, WordVectors};
use crate::vocab::{Vocab, WordId};
use checksum::{Summing, checksum};
use header::{Header, Layout};
use state::State;
use std::borrow::Cow;
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

const NAME: &str = "w2v model";

/// What a model file says about itself, see [`info`].
#[derive(Clone, Debug, PartialEq)]
pub struct NativeInfo {
    /// Version of the file format.
    pub version: u32,
    /// How the numbers of the input table are kept: `f32`, `int8` or `pq`.
    pub numbers: &'static str,
    /// V.
    pub words: usize,
    /// D.
    pub dim: usize,
    /// Tokens of the corpus that are words of the vocabulary; 0 where the counts are unknown.
    pub tokens: u64,
    /// Length of the file in bytes.
    pub file_bytes: u64,
    /// Bytes of the state block: parameters, words and counts.
    pub state_bytes: u64,
    /// Bytes of one matrix: 4·V·D where it is not quantised.
    pub matrix_bytes: u64,
    /// Whether the output matrix is there, so that training can go on.
    pub has_output: bool,
    /// How the corpus was cut.
    pub tokenizer: Tokenizer,
    /// How the vectors were trained; absent where they came from another program's file.
    pub training: Option<Training>,
    /// Of a checkpoint: how far the run had come.
    pub position: Option<Position>,
}

/// Writes `model`, whole or not at all.
///
/// # Errors
/// [`crate::Error::Format`] where a number is not finite, [`crate::Error::Io`]; a file `path` is then as it was.
pub fn write(model: &Model, path: &Path) -> Result<()> {
    let (vocab, training) = (&model.vocab, Some(&model.training));
    let state = encode(vocab, model.tokenizer(), training, model.biases.clone(), path)?;
    let output = |row: usize| Cow::Borrowed(model.output.row(row));
    let parts = Parts { vocab, dim: model.input.dim(), state };
    assert_eq!(model.input.dim(), model.output.dim());
    parts.write(path, |row| model.input.row(row).into(), Some(&output), None)
}

/// Writes vectors that may come from anywhere: a model file without output matrix and training
/// record, for queries only.
///
/// # Errors
/// As [`write()`].
pub fn write_vectors(vectors: &WordVectors, path: &Path) -> Result<()> {
    write_vectors_of(vectors, None, path)
}

/// [`write_vectors`] with the record of how they were trained, where that is known. A quantised table is
/// written as it is.
///
/// # Errors
/// As [`write()`].
pub fn write_vectors_of(
    vectors: &WordVectors,
    training: Option<&Training>,
    path: &Path,
) -> Result<()> {
    let state = encode(vectors.vocab(), vectors.tokenizer(), training, None, path)?;
    let parts = Parts { vocab: vectors.vocab(), dim: vectors.dim(), state };
    if let Some(table) = vectors.quantized() {
        return parts.write_quantized(path, table);
    }
    let row = |row: usize| vectors.vector(WordId(row as u32));
    parts.write(path, row, None::<&fn(usize) -> Cow<'static, [f32]>>, None)
}

/// The state block of the file `path`.
fn encode(
    vocab: &Vocab,
    tokenizer: Tokenizer,
    training: Option<&Training>,
    biases: Option<Biases>,
    path: &Path,
) -> Result<Vec<u8>> {
    let state = State::new(vocab, tokenizer, training, biases);
    let at = Place { path, format: NAME };
    state.map(|state| state.encode()).map_err(|problem| at.error("state block", problem))
}

/// What goes before the matrices.
struct Parts<'a> {
    vocab: &'a Vocab,
    dim: usize,
    state: Vec<u8>,
}

impl Parts<'_> {
    /// Streams the file: the header goes last, when the checksums are known.
    fn write<'r>(
        &self,
        path: &Path,
        input: impl Fn(usize) -> Cow<'r, [f32]>,
        output: Option<&impl Fn(usize) -> Cow<'r, [f32]>>,
        checkpoint: Option<&checkpoint::Block<'_>>,
    ) -> Result<()> {
        let mut header = Header {
            words: self.vocab.len() as u64,
            dim: self.dim as u64,
            state: self.state.len() as u64,
            has_output: output.is_some(),
            state_sum: xxh3_64(&self.state),
            input_sum: 0,
            output_sum: 0,
            quantized: None,
            checkpoint: checkpoint.map_or(0, checkpoint::Block::len),
        };
        let layout = header.layout().expect("what is in memory can be counted");
        atomic::write_atomically(path, |out| {
            out.write_all(&[0; header::LENGTH]).io("write", path)?;
            out.write_all(&self.state).io("write", path)?;
            self.pad(out, layout.state.end, layout.input.start, path)?;
            header.input_sum = self.write_matrix(out, &input, path)?;
            if let (Some(output), Some(range)) = (output, &layout.output) {
                self.pad(out, layout.input.end, range.start, path)?;
                header.output_sum = self.write_matrix(out, output, path)?;
                if let (Some(block), Some(place)) = (checkpoint, &layout.checkpoint) {
                    self.pad(out, range.end, place.start, path)?;
                    block.write(out, path)?;
                }
            }
            out.seek(SeekFrom::Start(0)).io("write", path)?;
            out.write_all(&header.to_bytes(&layout)).io("write", path)
        })
    }

    fn write_quantized(&self, path: &Path, table: &Quantized) -> Result<()> {
        let blocks = table.parts();
        let mut sum = Summing::default();
        blocks.iter().for_each(|block| sum.update(block));
        let header = Header {
            words: self.vocab.len() as u64,
            dim: self.dim as u64,
            state: self.state.len() as u64,
            has_output: false,
            state_sum: xxh3_64(&self.state),
            input_sum: sum.finish(),
            output_sum: 0,
            quantized: Some(table.shape()),
            checkpoint: 0,
        };
        let layout = header.layout().expect("what is in memory can be counted");
        atomic::write_atomically(path, |out| {
            out.write_all(&header.to_bytes(&layout)).io("write", path)?;
            out.write_all(&self.state).io("write", path)?;
            self.pad(out, layout.state.end, layout.input.start, path)?;
            for block in &blocks {
                out.write_all(block).io("write", path)?;
            }
            Ok(())
        })
    }

    fn pad(&self, out: &mut atomic::Output, from: usize, to: usize, path: &Path) -> Result<()> {
        out.write_all(&[0; 64][..to - from]).io("write", path)
    }

    fn write_matrix<'r>(
        &self,
        out: &mut atomic::Output,
        row: impl Fn(usize) -> Cow<'r, [f32]>,
        path: &Path,
    ) -> Result<u64> {
        let mut sum = Summing::default();
        let mut buffer = Vec::new();
        for (id, word) in self.vocab.words().enumerate() {
            let row = row(id);
            reject_non_finite(&row, word, path, NAME)?;
            let bytes = little_endian(&row, &mut buffer);
            sum.update(bytes);
            out.write_all(bytes).io("write", path)?;
        }
        Ok(sum.finish())
    }
}

/// Opens a model file for queries; the input matrix stays in the file.
///
/// # Errors
/// [`crate::Error::Format`] for a file that is not what the page of this module says, [`crate::Error::Io`].
pub fn open(path: &Path) -> Result<WordVectors> {
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
    if file.layout.output.is_some() && file.is_glove() {
        // What one asks is made of both matrices: read, and not mapped.
        let vectors = read_opened(&contents, &file, threads)?.into_vectors();
        return Ok(first(vectors, options.limit).with_threads(threads.clone()));
    }
    file.verify("input matrix", &file.layout.input, file.header.input_sum, threads)?;
    let (words, dim) = (file.header.words as usize, file.header.dim as usize);
    let mut vocab = file.vocab()?;
    let kept = options.take(words);
    if kept < words {
        vocab = Vocab::new(vocab.words().zip(vocab.counts().iter().copied()).take(kept));
    }
    let output = file.layout.output.clone().filter(|_| options.output);
    if let Some(output) = &output {
        file.verify("output matrix", output, file.header.output_sum, threads)?;
    }
    let first = |range: Range<usize>| range.start..range.start + 4 * dim * kept;
    let (input, output) = (first(file.layout.input.clone()), output.map(first));
    let tokenizer = file.state.tokenizer;
    if let Some(shape) = file.header.quantized {
        let parts = file.quantized_parts(shape);
        let bytes = contents.into_bytes();
        let table = Quantized::new(shape, kept, dim, parts.map(|part| bytes.slice(part)), threads);
        let vectors = WordVectors::from_store(vocab, Box::new(table), tokenizer)?;
        return Ok(vectors.with_threads(threads.clone()));
    }
    let open = |bytes: &Bytes, range: Range<usize>| {
        let (vocab, bytes) = (vocab.clone(), bytes.slice(range));
        match cfg!(target_endian = "little") && (bytes.as_ptr() as usize).is_multiple_of(4) {
            true => WordVectors::from_bytes(vocab, dim, bytes, tokenizer),
            // Floats whose bytes this machine would read backwards.
            false => WordVectors::from_matrix(vocab, to_matrix(&bytes, kept, dim), tokenizer),
        }
    };
    let bytes = contents.into_bytes();
    let vectors = open(&bytes, input).with_threads(threads.clone());
    match output {
        Some(output) => vectors.with_output(&open(&bytes, output)),
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

/// Reads a model with both matrices into memory, to train on.
///
/// # Errors
/// As [`open`]; also where the file holds vectors only.
pub fn read_model(path: &Path) -> Result<Model> {
    read_model_with(path, &Threads::default())
}

/// As [`read_model`], verified with `threads`.
///
/// # Errors
/// As [`read_model`].
pub fn read_model_with(path: &Path, threads: &Threads) -> Result<Model> {
    let contents = Contents::open(path, &ReadOptions::default())?;
    let file = Opened::new(&contents, path)?;
    read_opened(&contents, &file, threads)
}

fn read_opened(contents: &[u8], file: &Opened, threads: &Threads) -> Result<Model> {
    let (words, dim) = (file.header.words as usize, file.header.dim as usize);
    let (Some(output), Some(training)) = (file.layout.output.clone(), file.training.clone()) else {
        let problem = "holds vectors only: training cannot go on without the output matrix \
                       and the training record";
        return Err(file.at.error("byte 64", problem));
    };
    let input = file.layout.input.clone();
    file.verify("input matrix", &input, file.header.input_sum, threads)?;
    file.verify("output matrix", &output, file.header.output_sum, threads)?;
    Ok(Model {
        vocab: file.vocab()?,
        input: to_matrix(&contents[input], words, dim),
        output: to_matrix(&contents[output], words, dim),
        biases: file.state.biases(),
        training,
    })
}

/// What a model file says about itself; the matrices are not read.
///
/// # Errors
/// As [`open`].
pub fn info(path: &Path) -> Result<NativeInfo> {
    let contents = Contents::open(path, &ReadOptions::default())?;
    let file = Opened::new(&contents, path)?;
    let layout = &file.layout;
    Ok(NativeInfo {
        version: file.header.version(),
        numbers: match file.header.quantized {
            None => "f32",
            Some(Shape::Int8) => "int8",
            Some(Shape::Product { .. }) => "pq",
        },
        words: file.header.words as usize,
        dim: file.header.dim as usize,
        tokens: file.vocab()?.total(),
        file_bytes: layout.end as u64,
        state_bytes: file.header.state,
        matrix_bytes: layout.input.len() as u64,
        has_output: layout.output.is_some(),
        tokenizer: file.state.tokenizer,
        training: file.training.clone(),
        position: file.position()?,
    })
}

/// A file whose header and state block are verified; its matrices are not yet.
struct Opened<'a> {
    bytes: &'a [u8],
    at: Place<'a>,
    header: Header,
    layout: Layout,
    state: State,
    training: Option<Training>,
}

impl<'a> Opened<'a> {
    fn new(bytes: &'a [u8], path: &'a Path) -> Result<Self> {
        let at = Place { path, format: NAME };
        let error = |byte: usize, problem: String| at.error(format!("byte {byte}"), problem);
        let (header, layout) =
            Header::parse(bytes).map_err(|fault| error(fault.byte, fault.problem))?;
        let gaps = [
            Some(layout.state.end..layout.input.start),
            layout.output.as_ref().map(|output| layout.input.end..output.start),
            (layout.output.as_ref().zip(layout.checkpoint.as_ref()))
                .map(|(output, checkpoint)| output.end..checkpoint.start),
        ];
        for gap in gaps.into_iter().flatten() {
            if let Some(at) = bytes[gap.clone()].iter().position(|&byte| byte != 0) {
                let problem = "not zero in the gap before a part: damaged";
                return Err(error(gap.start + at, problem.into()));
            }
        }
        let block = &bytes[layout.state.clone()];
        let sum = xxh3_64(block);
        if sum != header.state_sum {
            let expected = header.state_sum;
            let problem = format!("state checksum {sum:016x}, expected {expected:016x}: damaged");
            return Err(error(layout.state.start, problem));
        }
        let state = State::decode(block)
            .map_err(|problem| error(layout.state.start, format!("state block: {problem}")))?;
        let training = state
            .training()
            .map_err(|problem| error(layout.state.start, format!("state block: {problem}")))?;
        Ok(Opened { bytes, at, header, layout, state, training })
    }

    /// Whether what one asks is made of both matrices.
    fn is_glove(&self) -> bool {
        let objective = self.training.as_ref().map(|training| &training.recipe.objective);
        matches!(objective, Some(Parameters::Glove(_)))
    }

    fn vocab(&self) -> Result<Vocab> {
        let place = || format!("byte {}", self.layout.state.start);
        let vocab = self.state.vocab(self.header.words as usize);
        vocab.map_err(|problem| self.at.error(place(), format!("vocabulary: {problem}")))
    }

    /// Centroids, scales and codes of a quantised table.
    fn quantized_parts(&self, shape: Shape) -> [Range<usize>; 3] {
        let (words, dim) = (self.header.words, self.header.dim);
        let lengths = shape.parts(words, dim).expect("counted for the layout");
        let mut start = self.layout.input.start;
        lengths.map(|length| {
            let part = start..start + length as usize;
            start = part.end;
            part
        })
    }

    fn verify(
        &self,
        what: &str,
        range: &Range<usize>,
        expected: u64,
        threads: &Threads,
    ) -> Result<()> {
        let place = format!("byte {}", range.start);
        let (sum, finite) = checksum(&self.bytes[range.clone()], threads);
        if sum != expected {
            let problem = format!("{what} checksum {sum:016x}, expected {expected:016x}: damaged");
            return Err(self.at.error(place, problem));
        }
        let floats = match self.header.quantized {
            Some(shape) => {
                let [centroids, scales, _] = self.quantized_parts(shape);
                checksum::is_finite(&self.bytes[centroids.start..scales.end])
            }
            None => finite,
        };
        if !floats {
            let problem = format!("{what} holds infinite numbers or NaN, which w2v never writes");
            return Err(self.at.error(place, problem));
        }
        Ok(())
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
