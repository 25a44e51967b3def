//! Whether a file that was just written holds what it was written from.
//!
//! In: vectors and the file that was made of them. Out: [`Verified`], or an error that names the word
//! and the column. The file is opened like any other, by its content, and compared row by row: words
//! by their bytes; numbers by their bits where the file keeps `f32` as they are, else within the
//! rounding of what it keeps:
//!
//! | numbers | allowed |
//! |---|---|
//! | f32 | none: the same bits |
//! | f32 as direction and length (finalfusion), or as a mean over n-grams (fastText) | 1e-6 of the row's length |
//! | f16 | 2⁻¹¹ of the number, and at least half of the smallest f16, 2⁻²⁵ |
//! | bf16 | 2⁻⁸ of the number |
//! | int8 | half a step: 1/254 of the row's greatest number |
//!
//! A table that is quantised in memory and was written as it is comes back to the bit as well.

use super::{Dtype, Format, Place, ReadOptions, open, sniff};
use crate::error::{Error, IoContext, Result};
use crate::shown::quoted;
use crate::train::Model;
use crate::vectors::{WordVectors, ids};
use std::path::{Path, PathBuf};

const NAME: &str = "verification";

/// What was found to be right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verified {
    /// Rows compared.
    pub rows: usize,
    /// Whether every number came back with the same bits.
    pub exact: bool,
    /// The greatest difference of a number, 0 where `exact`.
    pub largest: f32,
}

/// Reads `path` again and compares it with `vectors`, from which it was written with numbers of `dtype`.
///
/// ```
/// use w2v::formats::{self, Dtype, Format, ReadOptions, verify};
/// use w2v::{Vocab, WordVectors};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("vectors.txt");
/// let vectors = WordVectors::new(Vocab::new([("king", 2), ("queen", 1)]), 1, vec![0.5, 0.1])?;
/// formats::write(&vectors, &path, Format::Word2vecText)?;
/// assert!(verify(&vectors, &path, Dtype::F32, &ReadOptions::default())?.exact);
///
/// std::fs::write(&path, "2 1\nking 0.5\nqueen 0.2\n")?;
/// let error = verify(&vectors, &path, Dtype::F32, &ReadOptions::default()).unwrap_err();
/// assert!(error.to_string().ends_with("row 2, \"queen\": number 1 is 0.2, expected 0.1"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Format`] where a row is another or missing; what [`open`] returns.
pub fn verify(
    vectors: &WordVectors,
    path: impl AsRef<Path>,
    dtype: Dtype,
    options: &ReadOptions,
) -> Result<Verified> {
    let path = path.as_ref();
    let format = sniff(path)?;
    let (back, report) = open(path, options)?;
    let at = Place { path, format: NAME };
    let (rows, dim) = (vectors.len(), vectors.dim());
    if (back.len(), back.dim()) != (rows, dim) {
        let repeated = match report.duplicates {
            0 => String::new(),
            n => format!(", {n} of words that had one before"),
        };
        let problem = format!(
            "{} rows × dim {} came back, expected {rows} × {dim}{repeated}",
            back.len(),
            back.dim()
        );
        return Err(at.error("all rows", problem));
    }
    let results = options.threads.map(rows, 1024, |row| {
        let id = ids(row..row + 1).next().expect("one row");
        let [word, other] = [vectors, &back].map(|vectors| vectors.vocab().word(id));
        if word != other {
            let problem = format!(
                "the word is {other}, expected {word}",
                other = quoted(other),
                word = quoted(word)
            );
            return Err(at.error(format!("row {}", row + 1), problem));
        }
        let allowed = Allowed::new(format, dtype);
        match compare(&vectors.vector(id), &back.vector(id), allowed) {
            Ok(largest) => Ok(largest),
            Err(problem) => {
                Err(at.error(format!("row {}, {word}", row + 1, word = quoted(word)), problem))
            }
        }
    });
    let mut verified = Verified { rows, exact: true, largest: 0.0 };
    // The first fault in the file, whichever thread was first.
    for result in results {
        if let Some(difference) = result? {
            verified.exact = false;
            verified.largest = verified.largest.max(difference);
        }
    }
    Ok(verified)
}

/// Reads the model file `path` again and compares both matrices, the words and the counts with `model`.
///
/// # Errors
/// As [`verify`].
pub fn verify_model(
    model: &Model,
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<Verified> {
    let path = path.as_ref();
    let back = Model::load_with(path, options)?;
    let at = Place { path, format: NAME };
    let words = |model: &Model| (model.vocab.len(), model.input.dim());
    let same = model.vocab.words().eq(back.vocab.words())
        && model.vocab.counts() == back.vocab.counts()
        && model.training == back.training
        && words(model) == words(&back);
    if !same {
        return Err(at.error("all rows", "words, counts or training record are others"));
    }
    let matrices = [("input", &model.input, &back.input), ("output", &model.output, &back.output)];
    for (matrix, ours, theirs) in matrices {
        for (row, word) in model.vocab.words().enumerate() {
            let compared = compare(ours.row(row), theirs.row(row), Allowed::Bits);
            compared.map_err(|problem| {
                let place = format!("{matrix} row {}, {word}", row + 1, word = quoted(word));
                at.error(place, problem)
            })?;
        }
    }
    Ok(Verified { rows: 2 * model.vocab.len(), exact: true, largest: 0.0 })
}

/// How far numbers may be from what they were.
#[derive(Clone, Copy)]
enum Allowed {
    Bits,
    OfLength(f32),
    OfNumber { share: f32, least: f32 },
    OfGreatest(f32),
}

impl Allowed {
    fn new(format: Format, dtype: Dtype) -> Self {
        match (format, dtype) {
            (_, Dtype::F16) => Allowed::OfNumber { share: 2f32.powi(-11), least: 2f32.powi(-25) },
            (_, Dtype::Bf16) => Allowed::OfNumber { share: 2f32.powi(-8), least: 0.0 },
            // The step itself is rounded to f32.
            (_, Dtype::Int8) => Allowed::OfGreatest(1.00001 / 254.0),
            (Format::Finalfusion | Format::FastText, Dtype::F32) => Allowed::OfLength(1e-6),
            (_, Dtype::F32) => Allowed::Bits,
        }
    }
}

/// The greatest difference, `None` where all bits are the same.
fn compare(ours: &[f32], theirs: &[f32], allowed: Allowed) -> Result<Option<f32>, String> {
    let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits();
    if ours.iter().zip(theirs).all(same) {
        return Ok(None);
    }
    let greatest = ours.iter().fold(0f32, |most, x| most.max(x.abs()));
    let most = |x: f32| match allowed {
        Allowed::Bits => -1.0,
        Allowed::OfLength(share) => share * crate::vectors::norm(ours),
        Allowed::OfNumber { share, least } => (share * x.abs()).max(least),
        Allowed::OfGreatest(share) => share * greatest,
    };
    let mut largest = 0f32;
    for (column, (&a, &b)) in ours.iter().zip(theirs).enumerate() {
        let difference = (a - b).abs();
        // So that a NaN is none that passes.
        let good = a.to_bits() == b.to_bits() || difference <= most(a);
        if !good {
            return Err(format!("number {} is {b}, expected {a}", column + 1));
        }
        largest = largest.max(difference);
    }
    Ok(Some(largest))
}

/// Gives files that turned out to be wrong another name, `NAME.unverified`, so that nobody takes them
/// for good; the new names.
pub(super) fn set_aside(files: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut names = Vec::new();
    for file in files.iter().filter(|file| file.exists()) {
        let mut name = file.as_os_str().to_owned();
        name.push(".unverified");
        let name = PathBuf::from(name);
        std::fs::rename(file, &name).io("rename a file that is wrong,", file)?;
        names.push(name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{WriteOptions, write, write_with};
    use crate::vectors::tests::random;
    use crate::vocab::Vocab;

    fn path(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("vectors")
    }

    #[test]
    fn all_that_is_written_is_verified() {
        let folder = tempfile::tempdir().unwrap();
        let vectors = random(3000, 7, 1);
        for format in Format::ALL.into_iter().filter(|format| format.can_write()) {
            for &dtype in format.dtypes() {
                let path = path(&folder);
                write_with(&vectors, &path, format, &WriteOptions { dtype }).unwrap();
                let verified = verify(&vectors, &path, dtype, &ReadOptions::default()).unwrap();
                assert_eq!(verified.rows, 3000);
                let rounds = dtype != Dtype::F32 || matches!(format, Format::Finalfusion);
                assert!(verified.exact != rounds || format == Format::FastText, "{format}");
                assert!(verified.largest < 0.01, "{format} {}", dtype.name());
                let options = WriteOptions { dtype };
                format
                    .files(&path, &options)
                    .iter()
                    .for_each(|f| std::fs::remove_file(f).unwrap_or(()));
            }
        }
    }

    /// One number of one row, a word, a row too few: each is named.
    #[test]
    fn what_is_another_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder);
        let vectors = random(2000, 3, 2);
        let written = |change: &dyn Fn(&mut Vec<String>, &mut Vec<f32>)| {
            let mut words: Vec<String> = vectors.vocab().words().map(String::from).collect();
            let mut floats: Vec<f32> =
                ids(0..2000).flat_map(|id| vectors.vector(id).to_vec()).collect();
            change(&mut words, &mut floats);
            let vocab = Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
            let other = WordVectors::new(vocab, 3, floats).unwrap();
            write(&other, &path, Format::Word2vecBinary).unwrap();
            let options = ReadOptions::default();
            let messages = [Dtype::F32, Dtype::F16].map(|dtype| {
                verify(&vectors, &path, dtype, &options).err().map(|error| error.to_string())
            });
            messages.map(|message| {
                message.map(|m| m.split_once("verification: ").unwrap().1.to_owned())
            })
        };
        assert_eq!(written(&|_, _| ()), [None, None]);
        let [exact, half] =
            written(&|_, floats| floats[4000] = f32::from_bits(floats[4000].to_bits() ^ 1));
        assert!(exact.unwrap().starts_with("row 1334, \"1333\": number 2 is "));
        assert_eq!(half, None);
        let [_, half] = written(&|_, floats| floats[4000] += 0.01);
        assert!(half.unwrap().starts_with("row 1334, \"1333\": number 2 is "));
        let [exact, _] = written(&|words, _| words[7] = "seven".into());
        assert_eq!(exact.unwrap(), "row 8: the word is \"seven\", expected \"7\"");
        let [exact, _] = written(&|words, floats| {
            words.pop();
            floats.truncate(floats.len() - 3);
        });
        assert!(exact.unwrap().starts_with("all rows: 1999 rows × dim 3 came back, expected 2000"));
    }

    #[test]
    fn signs_of_zero_are_bits_too() {
        assert!(compare(&[0.0], &[-0.0], Allowed::Bits).is_err());
        assert_eq!(compare(&[0.0], &[-0.0], Allowed::OfLength(1e-6)), Ok(Some(0.0)));
        assert!(compare(&[1.0], &[f32::NAN], Allowed::OfGreatest(1.0)).is_err());
    }

    #[test]
    fn wrong_files_get_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(&folder);
        std::fs::write(&path, "wrong").unwrap();
        let names = set_aside(&[path.clone(), folder.path().join("none")]).unwrap();
        assert_eq!(names, [folder.path().join("vectors.unverified")]);
        assert!(!path.exists() && names[0].exists());
    }
}
