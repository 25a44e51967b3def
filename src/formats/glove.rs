//! The binary files of Stanford's GloVe. (Its `vocab.txt` is what [`Vocab::read`] reads and its
//! `vectors.txt` is [`super::word2vec_text`] without a header.)
//!
//! `cooccurrence.bin`: records of 16 bytes, `i32 word1, i32 word2, f64 count`, ids from 1; sorted as
//! `cooccur` writes it, in any order as `shuffle` does. `vectors.bin`: f64, V rows of words, then V of
//! contexts, each D numbers and a bias. Neither has a header, a word or a checksum: V comes from the
//! vocabulary, D from the length. Both are in the order of bytes of the machine that wrote them; here
//! that is little-endian.

use super::{Place, ReadOptions, atomic};
use crate::cooccur::{Cell, Cooccurrences, Counting, StoreBuilder};
use crate::corpus::Tokenizer;
use crate::encode::{CorpusFile, CorpusRecord};
use crate::error::{Error, IoContext, Result};
use crate::matrix::Matrix;
use crate::train::{self, Combine, Model, NamedTable, Parameters, Recipe, Training};
use crate::train::{Glove, GloveParameters};
use crate::vocab::Vocab;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

const COUNTS: &str = "GloVe co-occurrences";
const VECTORS: &str = "GloVe binary vectors";

/// One record of `cooccurrence.bin`: row, column and count.
type Record = (u32, u32, f32);

/// Reads `cooccurrence.bin`, sorted or shuffled. The same cell twice is added up.
///
/// Sorted ones of more than [`ReadOptions::max_memory`] bytes (8 a cell) go to a temporary file;
/// shuffled ones must fit. How they were counted is not in the file: [`Cooccurrences::tokens`] is 0.
///
/// # Errors
/// [`Error::Format`] with the byte; [`Error::Io`].
pub fn read_cooccurrences(
    path: impl AsRef<Path>,
    vocab: &Vocab,
    options: &ReadOptions,
) -> Result<Cooccurrences> {
    let path = path.as_ref();
    let at = Place { path, format: COUNTS };
    let file = File::open(path).io("open", path)?;
    let length = file.metadata().io("read", path)?.len();
    if length == 0 || length % 16 != 0 {
        let problem = format!("{length} bytes, expected records of 16 bytes each");
        return Err(at.error(format!("byte {}", length - length % 16), problem));
    }
    let words = vocab.len();
    let max_memory = options.max_memory.unwrap_or(u64::MAX);
    let mut store =
        StoreBuilder::new(words, options.temporary.as_deref().map(|folder| (max_memory, folder)));
    let (mut row, mut cells, mut last) = (0u32, Vec::new(), None);
    let mut sorted = true;
    let flush = |store: &mut StoreBuilder, cells: &mut Vec<Cell>| {
        let appended = store.append(&[cells.len() as u32], cells);
        cells.clear();
        appended
    };
    each_record(path, length, words, |(word, column, x)| {
        if last.is_some_and(|last| last >= (word, column)) {
            sorted = false;
            return Ok(false);
        }
        last = Some((word, column));
        while row < word {
            flush(&mut store, &mut cells)?;
            row += 1;
        }
        cells.push(Cell { column, x });
        Ok(true)
    })?;
    if sorted {
        for _ in row..words as u32 {
            flush(&mut store, &mut cells)?;
        }
    } else {
        let needed = length / 2 + 8 * words as u64;
        if needed > max_memory {
            let problem = format!(
                "not sorted, and its {} records take {needed} bytes of {max_memory}",
                length / 16
            );
            return Err(at
                .error("byte 0", problem)
                .advise("pass the file as GloVe's cooccur wrote it, before shuffle")
                .advise("raise `max_memory`"));
        }
        store = sort(path, length, words)?;
    }
    let text = CorpusRecord::of_counts(path, Tokenizer::default());
    Cooccurrences::from_builder(Counting::default(), 0, vocab.hash(), text, store)
}

/// Puts records in order in memory: by counting for rows, by sorting in each row.
fn sort(path: &Path, length: u64, words: usize) -> Result<StoreBuilder> {
    let mut ends = vec![0usize; words + 1];
    each_record(path, length, words, |(word, _, _)| {
        ends[word as usize + 1] += 1;
        Ok(true)
    })?;
    for i in 1..ends.len() {
        ends[i] += ends[i - 1];
    }
    let mut cells = vec![Cell { column: 0, x: 0.0 }; ends[words]];
    each_record(path, length, words, |(word, column, x)| {
        let next = &mut ends[word as usize];
        cells[*next] = Cell { column, x };
        *next += 1;
        Ok(true)
    })?;
    // Filling moved each start to its end.
    let mut store = StoreBuilder::new(words, None);
    let mut start = 0;
    let mut row: Vec<Cell> = Vec::new();
    for &end in &ends[..words] {
        cells[start..end].sort_unstable_by_key(|cell| (cell.column, cell.x.to_bits()));
        row.clear();
        for cell in &cells[start..end] {
            match row.last_mut() {
                Some(last) if last.column == cell.column => last.x += cell.x,
                _ => row.push(*cell),
            }
        }
        store.append(&[row.len() as u32], &row)?;
        start = end;
    }
    Ok(store)
}

/// Reads all records while `each` says so, and refuses those that cannot be.
fn each_record(
    path: &Path,
    length: u64,
    words: usize,
    mut each: impl FnMut(Record) -> Result<bool>,
) -> Result<()> {
    let at = Place { path, format: COUNTS };
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).io("open", path)?);
    let mut record = [0; 16];
    for number in 0..length / 16 {
        file.read_exact(&mut record).io("read", path)?;
        let [a, b, c, d, e, f, g, h, count @ ..] = record;
        let ids = [[a, b, c, d], [e, f, g, h]].map(i32::from_le_bytes);
        let place = || format!("byte {}", 16 * number);
        if let Some(id) = ids.iter().find(|id| !(1..=words as i64).contains(&i64::from(**id))) {
            let problem = format!("word {id}, expected 1 to {words}: is this its vocabulary?");
            return Err(at.error(place(), problem));
        }
        let x = f64::from_le_bytes(count) as f32;
        if !(x.is_normal() && x > 0.0) {
            let count = f64::from_le_bytes(count);
            let problem = format!("count {count}, expected a number above 0 that f32 holds");
            return Err(at.error(place(), problem));
        }
        if !each((ids[0] as u32 - 1, ids[1] as u32 - 1, x))? {
            break;
        }
    }
    Ok(())
}

/// Writes `cooccurrence.bin`, sorted, for `shuffle` and `glove`.
///
/// # Errors
/// [`Error::Io`].
pub fn write_cooccurrences(pairs: &Cooccurrences, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    atomic::write_atomically(path, |out| {
        let mut rows = pairs.rows();
        while let Some((word, cells)) = rows.next_row()? {
            for cell in cells {
                let mut record = [0; 16];
                record[..4].copy_from_slice(&(word.0 + 1).to_le_bytes());
                record[4..8].copy_from_slice(&(cell.column + 1).to_le_bytes());
                record[8..].copy_from_slice(&f64::from(cell.x).to_le_bytes());
                out.write_all(&record).io("write", path)?;
            }
        }
        Ok(())
    })
}

/// Writes `vectors.bin`: words and contexts with their biases. The words go to a `vocab.txt`.
///
/// # Errors
/// [`Error::Query`] where the model is no GloVe model, [`Error::Io`].
pub fn write_vectors(model: &Model, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let biases = ["input.bias", "output.bias"].map(|name| model.table(name));
    let [Some(of_words), Some(of_contexts)] = biases else {
        return Err(Error::query(
            "GloVe's binary format holds biases, and this is no GloVe model; choose another format",
        ));
    };
    atomic::write_atomically(path, |out| {
        for (matrix, biases) in [(&model.input, of_words), (&model.output, of_contexts)] {
            for row in 0..matrix.rows() {
                for &x in matrix.row(row).iter().chain(biases.row(row)) {
                    out.write_all(&f64::from(x).to_le_bytes()).io("write", path)?;
                }
            }
        }
        Ok(())
    })
}

/// Reads `vectors.bin` with the `vocab.txt` it belongs to. Numbers are rounded to f32. How it was
/// trained is not in the file: the record names dimensions and nothing else, 0 epochs and no loss.
///
/// # Errors
/// [`Error::Format`] with the byte; [`Error::Io`].
pub fn read_vectors(path: impl AsRef<Path>, vocab: Vocab, combine: Combine) -> Result<Model> {
    let path = path.as_ref();
    let at = Place { path, format: VECTORS };
    let file = File::open(path).io("open", path)?;
    let length = file.metadata().io("read", path)?.len();
    let row = 16 * vocab.len() as u64;
    if row == 0 || length % row != 0 || length / row < 2 {
        let problem = format!(
            "{length} bytes, expected 16·(D + 1) for each of {} words: is this its vocabulary?",
            vocab.len()
        );
        return Err(at.error("byte 0", problem));
    }
    let dim = (length / row) as usize - 1;
    let mut file = BufReader::with_capacity(1 << 20, file);
    let mut byte = 0;
    let mut half = || -> Result<(Matrix, Matrix)> {
        let words = vocab.len();
        let (mut matrix, mut biases) = (Matrix::zeros(words, dim), Matrix::zeros(words, 1));
        for row in 0..words {
            for x in matrix.row_mut(row).iter_mut().chain(biases.row_mut(row)) {
                let mut number = [0; 8];
                file.read_exact(&mut number).io("read", path)?;
                *x = f64::from_le_bytes(number) as f32;
                if !x.is_finite() {
                    let problem = format!("{x}, expected a finite number that f32 holds");
                    return Err(at.error(format!("byte {byte}"), problem));
                }
                byte += 8;
            }
        }
        Ok((matrix, biases))
    };
    let (input, word) = half()?;
    let (output, context) = half()?;
    let glove = Glove { dim, epochs: 0, combine, ..Default::default() };
    Ok(Model {
        vocab,
        input,
        output,
        tables: NamedTable::biases(word, context),
        training: Training::new(
            Recipe {
                tokenizer: Tokenizer::default(),
                reading: None,
                objective: Parameters::Glove(GloveParameters { glove, counting: None }),
                seed: 0,
                origin: None,
                threads: 0,
                kernels: "none".into(),
            },
            train::Record {
                version: "GloVe".into(),
                corpus: vec![CorpusFile { name: path.display().to_string(), bytes: None }],
                ..train::Record::default()
            },
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(all: &[(i32, i32, f64)]) -> Vec<u8> {
        let bytes = |(i, j, x): &(i32, i32, f64)| {
            [&i.to_le_bytes()[..], &j.to_le_bytes(), &x.to_le_bytes()].concat()
        };
        all.iter().flat_map(bytes).collect()
    }

    fn read(bytes: &[u8], max_memory: u64) -> Result<Vec<(u32, u32, f32)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cooccurrence.bin");
        std::fs::write(&path, bytes).unwrap();
        let vocab = Vocab::new([("a", 3), ("b", 2), ("c", 1)]);
        let (max_memory, temporary) = (Some(max_memory), Some(folder.path().to_owned()));
        let options = ReadOptions { max_memory, temporary, ..Default::default() };
        let pairs = read_cooccurrences(&path, &vocab, &options)?;
        assert_eq!(pairs.words(), 3);
        let mut all = Vec::new();
        let mut rows = pairs.rows();
        while let Some((word, cells)) = rows.next_row()? {
            all.extend(cells.iter().map(|cell| (word.0, cell.column, cell.x)));
        }
        let again = folder.path().join("again.bin");
        write_cooccurrences(&pairs, &again)?;
        let sorted: Vec<_> =
            (all.iter()).map(|&(i, j, x)| (i as i32 + 1, j as i32 + 1, f64::from(x))).collect();
        assert_eq!(std::fs::read(&again).unwrap(), records(&sorted));
        Ok(all)
    }

    #[test]
    fn sorted_and_shuffled_records_are_one_table() {
        let sorted = [(1, 2, 1.5), (1, 3, 0.5), (3, 1, 0.25)];
        let expected = [(0, 1, 1.5), (0, 2, 0.5), (2, 0, 0.25)];
        for max_memory in [0, 1 << 20] {
            assert_eq!(read(&records(&sorted), max_memory).unwrap(), expected);
        }
        let mut shuffled = sorted;
        shuffled.rotate_left(2);
        assert_eq!(read(&records(&shuffled), 1 << 20).unwrap(), expected);
        let error = read(&records(&shuffled), 10).unwrap_err().to_string();
        assert!(error.contains("raise `max_memory`"), "{error}");
        let twice = [(3, 1, 0.25), (1, 2, 1.0), (1, 2, 2.0)];
        assert_eq!(read(&records(&twice), 1 << 20).unwrap(), [(0, 1, 3.0), (2, 0, 0.25)]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        for (bad, problem) in [
            ((0, 1, 1.0), "word 0, expected 1 to 3"),
            ((1, 4, 1.0), "word 4, expected 1 to 3"),
            ((1, -1, 1.0), "word -1"),
            ((1, 1, 0.0), "count 0"),
            ((1, 1, f64::NAN), "count NaN"),
            ((1, 1, 1e300), "count 1000"),
            ((1, 1, -1.0), "count -1"),
        ] {
            let error = read(&records(&[(1, 1, 1.0), bad]), 1 << 20).unwrap_err().to_string();
            assert!(error.contains("byte 16") && error.contains(problem), "{error}");
        }
        let error = read(&[0; 17], 1 << 20).unwrap_err().to_string();
        assert!(error.contains("17 bytes, expected records of 16"), "{error}");
        assert!(read(&[], 1 << 20).is_err());
    }

    #[test]
    fn vectors_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.bin");
        let numbers: Vec<u8> = (0..12).flat_map(|n| f64::from(n).to_le_bytes()).collect();
        std::fs::write(&path, &numbers).unwrap();
        let vocab = || Vocab::new([("a", 3), ("b", 2)]);
        let model = read_vectors(&path, vocab(), Combine::Sum).unwrap();
        assert_eq!(model.input.row(1), [3.0, 4.0]);
        assert_eq!(model.output.row(0), [6.0, 7.0]);
        for (name, biases) in [("input.bias", [2.0, 5.0]), ("output.bias", [8.0, 11.0])] {
            let table = model.table(name).unwrap();
            assert_eq!([0, 1].map(|row| table.row(row)[0]), biases);
        }
        let again = folder.path().join("again.bin");
        write_vectors(&model, &again).unwrap();
        assert_eq!(std::fs::read(&again).unwrap(), numbers);
        let vectors = model.into_vectors();
        assert_eq!(*vectors.vector(crate::WordId(0)), [6.0, 8.0]);
        std::fs::write(&path, &numbers[8..]).unwrap();
        let error = read_vectors(&path, vocab(), Combine::Sum).err().unwrap().to_string();
        assert!(error.contains("for each of 2 words"), "{error}");
    }
}
