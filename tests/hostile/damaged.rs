//! Good files of every format that are cut, flipped, spliced, or have a number set to an extreme anywhere.
//! Reading one gives vectors or an error.

use super::{alone, measured, pickles};
use proptest::prelude::*;
use proptest::sample::Index;
use std::path::Path;
use w2v::formats::{self, Format, ReadOptions, WriteOptions, check};
use w2v::vectors::{Quantization, Query};
use w2v::{Vocab, WordId, WordVectors};

pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) bytes: Vec<u8>,
}

/// A good file of each format, with each type of numbers.
pub(crate) fn samples(folder: &Path) -> Vec<Sample> {
    let words: Vec<String> = (0..12).map(|i| format!("w{}", "o".repeat(i))).collect();
    let vocab = || Vocab::new(words.iter().map(|word| (word.as_str(), 9)));
    let floats = (0..12 * 6).map(|i| (i as f32 - 30.0) / 16.0).collect();
    let vectors = WordVectors::new(vocab(), 6, floats).unwrap();
    let mut samples = Vec::new();
    let mut add = |name: String, format: Format, path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        samples.push(Sample { name, format, bytes });
    };
    for format in Format::ALL.into_iter().filter(|format| format.can_write()) {
        for &dtype in format.dtypes() {
            let path = folder.join(format!("{format}-{}", dtype.name()));
            formats::write_with(&vectors, &path, format, &WriteOptions { dtype }).unwrap();
            add(path.display().to_string(), format, &path);
        }
    }
    let product = Quantization::Product { subquantizers: 3, seed: 1 };
    for how in [Quantization::Int8, product] {
        let small = vectors.quantize(how).unwrap();
        let path = folder.join(format!("native-{}", small.numbers()));
        formats::write(&small, &path, Format::Native).unwrap();
        add(path.display().to_string(), Format::Native, &path);
    }
    let sparse = folder.join("sparse");
    std::fs::write(&sparse, "3 50\nthe 0:1 44:2.5\nof 1:-3\nx 2:1e-3 3:4\n").unwrap();
    add("sparse".into(), Format::SparseText, &sparse);
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    for (name, file) in
        [("word2vec", pickles::word2vec(&names, 6)), ("fasttext", pickles::fasttext(&names, 6, 20))]
    {
        let path = folder.join(format!("gensim-{name}"));
        std::fs::write(&path, file).unwrap();
        add(path.display().to_string(), Format::Gensim, &path);
    }
    samples
}

/// A change to a file.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Flip(Index, u8),
    /// Some bytes are set to a number of 4 or 8 bytes.
    Number(Index, u64, bool),
    /// A piece is copied to another place.
    Splice(Index, Index, usize),
    /// Digits of text become others: counts of rows and columns.
    Digits(Index, u64),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    let extreme = prop_oneof![
        Just(0),
        Just(u64::MAX),
        Just(u64::from(u32::MAX)),
        Just(1 << 31),
        Just(1 << 62),
        (0u32..64).prop_map(|bit| 1 << bit),
        (0u32..64).prop_map(|bit| (1u64 << bit).wrapping_sub(1)),
        0u64..40,
    ];
    prop_oneof![
        index().prop_map(Change::Cut),
        (index(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        (index(), extreme.clone(), any::<bool>())
            .prop_map(|(at, n, long)| Change::Number(at, n, long)),
        (index(), index(), 1usize..64).prop_map(|(from, to, len)| Change::Splice(from, to, len)),
        (index(), extreme).prop_map(|(at, n)| Change::Digits(at, n)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Change::Cut(at) => bytes.truncate(at.index(length)),
            Change::Flip(at, byte) => bytes[at.index(length)] ^= byte,
            Change::Number(at, number, long) => {
                // Lengths lie at even places, mostly near the beginning.
                let at = at.index(length.min(256)) / 2 * 2;
                let number = number.to_le_bytes();
                let number = &number[..if *long { 8 } else { 4 }];
                for (byte, new) in bytes[at..].iter_mut().zip(number) {
                    *byte = *new;
                }
            }
            Change::Splice(from, to, len) => {
                let from = from.index(length);
                let piece = bytes[from..(from + len).min(length)].to_vec();
                let to = to.index(length);
                bytes.splice(to..to, piece);
            }
            Change::Digits(at, number) => {
                let digits: Vec<usize> =
                    (0..length).filter(|&i| bytes[i].is_ascii_digit()).collect();
                if digits.is_empty() {
                    return;
                }
                let start = digits[at.index(digits.len().min(24))];
                let end = (start..length).find(|&i| !bytes[i].is_ascii_digit()).unwrap_or(length);
                bytes.splice(start..end, number.to_string().into_bytes());
            }
        }
    }
}

fn read(format: Option<Format>, bytes: &[u8], path: &Path, what: &str) {
    let mut options = ReadOptions::default();
    if matches!(format, Some(Format::Numpy | Format::Projector)) {
        options.words = Some(path.with_file_name("words"));
    }
    measured(what, bytes.len(), || {
        if let Ok((vectors, _)) = formats::open_bytes(bytes.to_vec(), path, format, &options)
            && !vectors.is_empty()
        {
            let found = vectors.neighbors(&Query::word(WordId(0)), 3).unwrap();
            assert!(found.iter().all(|n| n.similarity.is_finite()), "{what}");
            let last = WordId(vectors.len() as u32 - 1);
            assert_eq!(vectors.vector(last).len(), vectors.dim());
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn damaged_files_of_every_format_do_no_harm(changes in prop::collection::vec(change(), 1..4)) {
        let _alone = alone();
        let folder = FOLDER.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let words: String = (0..12).map(|i| format!("word{i}\n")).collect();
            std::fs::write(folder.path().join("words"), words).unwrap();
            let samples = samples(folder.path());
            (folder, samples)
        });
        let path = folder.0.path().join("damaged");
        for sample in &folder.1 {
            let mut bytes = sample.bytes.clone();
            changes.iter().for_each(|change| change.apply(&mut bytes));
            read(Some(sample.format), &bytes, &path, &sample.name);
            read(None, &bytes, &path, &sample.name);
        }
    }

    /// Every file has an account, and what was repaired is good.
    #[test]
    fn damaged_files_are_accounted_for(
        changes in prop::collection::vec(change(), 1..4), which in any::<Index>(),
    ) {
        let _alone = alone();
        let folder = tempfile::tempdir().unwrap();
        let samples = samples(folder.path());
        let sample = which.get(&samples);
        let mut bytes = sample.bytes.clone();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        let [path, copy] = ["damaged", "copy"].map(|name| folder.path().join(name));
        std::fs::write(&path, &bytes).unwrap();
        let account = check::check(&path, &ReadOptions::default()).unwrap();
        if let Ok(repaired) = check::repair(&path, &copy, &ReadOptions::default()) {
            prop_assert_eq!(&repaired.before, &account);
            let serious = repaired.after.findings.worst() == Some(check::Severity::Error);
            prop_assert!(!serious, "{:?} {:?}", repaired.after, String::from_utf8_lossy(&bytes));
            let (vectors, _) = formats::open(&copy, &ReadOptions::default()).unwrap();
            prop_assert_eq!(vectors.len() as u64, repaired.after.rows);
        }
    }
}

static FOLDER: std::sync::OnceLock<(tempfile::TempDir, Vec<Sample>)> = std::sync::OnceLock::new();

/// Files that the fuzz targets found, each with what was wrong.
#[test]
fn files_found_by_fuzzing_do_no_harm() {
    let _alone = alone();
    // A panic that is caught is not to be told with a backtrace: that takes more memory than is allowed.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("found");
    let cases: &[(Format, &[u8])] = &[
        // A row of D numbers was allocated for a file of none.
        (Format::SparseText, b"0\t00255255255555556"),
        (Format::SparseText, b"0 9223372036854775807\n"),
        // The crate that reads Parquet panics: a column that lies before the file begins, and codes
        // without the dictionary that explains them. And a run of very many equal numbers.
        #[cfg(feature = "parquet")]
        (Format::Parquet, include_bytes!("../found/column.parquet")),
        #[cfg(feature = "parquet")]
        (Format::Parquet, include_bytes!("../found/dictionary.parquet")),
        #[cfg(feature = "parquet")]
        (Format::Parquet, include_bytes!("../found/run.parquet")),
    ];
    for &(format, bytes) in cases {
        read(Some(format), bytes, &path, &bytes.escape_ascii().to_string());
        read(None, bytes, &path, &bytes.escape_ascii().to_string());
        let options = ReadOptions::default();
        assert!(formats::open_bytes(bytes.to_vec(), &path, Some(format), &options).is_err());
    }
}
