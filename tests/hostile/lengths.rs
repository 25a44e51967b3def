//! Lengths that cannot be: each length of a good file in turn is set to 2^62, to all ones, beyond the end of
//! the file, and so that its product with the size of an item wraps to the right number of bytes. Each is
//! an error that says where, and nothing of that size is allocated. Where a checksum guards the length,
//! it is computed anew, so that the length itself is what is refused.

use super::damaged::samples;
use super::encoded::encoded;
use super::{alone, measured};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use w2v::cooccur::{Cooccurrences, CountOptions, Counting, Journal, count_with};
use w2v::encode::EncodedCorpus;
use w2v::formats::{self, Format, ReadOptions, glove, native};
use w2v::train::{Checkpoints, Combine, Event, Every, Glove, Recipe, Trainer};
use w2v::{Error, Model, SkipGram, Tokenizer, Vocab, WordVectors};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

/// A length in a file, little-endian.
#[derive(Clone, Copy, Debug)]
struct Length {
    name: &'static str,
    at: usize,
    bytes: usize,
}

fn number(file: &[u8], at: usize, bytes: usize) -> u64 {
    let mut number = [0; 8];
    number[..bytes].copy_from_slice(&file[at..at + bytes]);
    u64::from_le_bytes(number)
}

fn put(file: &mut [u8], at: usize, number: u64) {
    file[at..at + 8].copy_from_slice(&number.to_le_bytes());
}

/// What a length of `real` in a file of `file` bytes cannot be.
fn impossible(real: u64, file: usize) -> Vec<u64> {
    let plain = [1 << 62, u64::MAX, i64::MAX as u64, u64::from(u32::MAX), 1 << 31, file as u64 + 1];
    // Times 16, 8, 4 and 2 these wrap to the right number in 64 bits, the last ones in 32.
    let wrapping = [60, 61, 62, 63, 28, 29, 30, 31].map(|bit| real.wrapping_add(1 << bit));
    plain.into_iter().chain(wrapping).collect()
}

impl Length {
    /// The file with each of the lengths that this one cannot be.
    fn impossible(self, file: &[u8]) -> Vec<(String, Vec<u8>)> {
        let real = number(file, self.at, self.bytes);
        let most = u64::MAX >> (64 - 8 * self.bytes);
        let mut numbers = impossible(real, file.len());
        numbers.push(most);
        numbers.retain(|n| *n <= most && *n != real);
        numbers.sort_unstable();
        numbers.dedup();
        let with = |n: u64| {
            let mut file = file.to_vec();
            file[self.at..self.at + self.bytes].copy_from_slice(&n.to_le_bytes()[..self.bytes]);
            (format!("{} {n} instead of {real}", self.name), file)
        };
        numbers.into_iter().map(with).collect()
    }
}

/// Goes through a good file and notes its lengths.
struct Walk<'a> {
    file: &'a [u8],
    at: usize,
    lengths: Vec<Length>,
}

impl<'a> Walk<'a> {
    fn from(file: &'a [u8], at: usize) -> Self {
        Walk { file, at, lengths: Vec::new() }
    }

    /// Notes a length of `bytes` bytes, and says what it is.
    fn length(&mut self, name: &'static str, bytes: usize) -> usize {
        self.lengths.push(Length { name, at: self.at, bytes });
        self.number(bytes)
    }

    fn number(&mut self, bytes: usize) -> usize {
        self.at += bytes;
        number(self.file, self.at - bytes, bytes) as usize
    }

    /// A state block without training, as in files of vectors and of counts.
    fn state(&mut self) {
        self.at += 9;
        let training = self.length("bytes of the training record", 8);
        self.at += training;
        let text = self.length("bytes of the words", 8);
        self.at += text;
        let words = self.length("number of words", 8);
        for _ in 0..words {
            self.length("bytes of a word", 8);
        }
        let counts = self.length("number of counts", 8);
        self.at += 8 * counts;
    }

    /// The directory of a model file.
    fn directory(&mut self) {
        let tables = self.length("number of tables", 8);
        for _ in 0..tables {
            let name = self.length("bytes of a name", 8);
            self.at += name;
            let kind = self.length("bytes of a kind", 8);
            self.at += kind;
            self.length("rows", 8);
            self.length("columns", 8);
            self.length("place of a table", 8);
            self.at += 8;
        }
    }
}

/// `read` gives an error of the format that names a place and is not about a checksum.
fn refused<T>(what: &str, bytes: usize, place: &[&str], read: impl FnOnce() -> Result<T, Error>) {
    let Err(error) = measured(what, bytes, read) else { panic!("{what}: was read") };
    assert!(matches!(error, Error::Format { .. }), "{what}: {error:?}");
    let message = error.to_string();
    assert!(place.iter().any(|place| message.contains(place)), "{what}: {message}");
    assert!(!message.contains("checksum"), "{what}: {message}");
}

/// The good file is read, and refused with each length that cannot be, after `seal` made its checksums.
fn each_is_refused<T>(
    name: &str,
    file: &[u8],
    lengths: &[Length],
    seal: impl Fn(&mut [u8]),
    read: impl Fn(&[u8]) -> Result<T, Error>,
) {
    let mut sealed = file.to_vec();
    seal(&mut sealed);
    assert!(sealed == file, "{name}: other checksums than in the good file");
    read(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    for length in lengths {
        for (what, mut changed) in length.impossible(file) {
            seal(&mut changed);
            refused(&format!("{name}: {what}"), changed.len(), &["byte "], || read(&changed));
        }
    }
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    (folder, path)
}

/// Good files of a format.
fn files(format: Format) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let samples = samples(folder.path()).into_iter().filter(|sample| sample.format == format);
    let files: Vec<_> = samples.map(|sample| (sample.name, sample.bytes)).collect();
    assert!(!files.is_empty());
    files
}

fn golden(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(root.join("tests/golden").join(name)).unwrap()
}

fn open(format: Format, file: &[u8]) -> Result<WordVectors, Error> {
    let options = ReadOptions::default();
    Ok(formats::open_bytes(file.to_vec(), Path::new("file"), Some(format), &options)?.0)
}

/// Makes the checksum at `sum_at` of the block that begins at `start` and whose length is at `length_at`.
fn seal(file: &mut [u8], start: usize, length_at: usize, sum_at: usize) {
    let length = usize::try_from(number(file, length_at, 8)).unwrap_or(usize::MAX);
    if let Some(block) = file.get(start..).and_then(|rest| rest.get(..length)) {
        let sum = xxh3_64(block);
        put(file, sum_at, sum);
    }
}

/// Makes the checksum of a header, its last 8 bytes.
fn seal_header(file: &mut [u8], length: usize) {
    let sum = xxh3_64(&file[..length - 8]);
    put(file, length - 8, sum);
}

/// Makes the checksums of the directory, the state block and the header of a model file.
fn seal_model(file: &mut [u8]) {
    seal(file, 96, 72, 80);
    seal(file, number(file, 40, 8) as usize, 48, 56);
    seal_header(file, 96);
}

/// The lengths in the header and the directory of a model file.
fn model_header(file: &[u8]) -> Vec<Length> {
    let fields = [
        ("bytes of the file", 16),
        ("V", 24),
        ("D", 32),
        ("place of the state block", 40),
        ("bytes of the state block", 48),
        ("place of the directory", 64),
        ("bytes of the directory", 72),
    ];
    let mut walk = Walk::from(file, 96);
    walk.directory();
    assert_eq!(walk.at, 96 + number(file, 72, 8) as usize);
    let fields = fields.into_iter().map(|(name, at)| Length { name, at, bytes: 8 });
    fields.chain(walk.lengths).collect()
}

#[test]
fn of_a_model_file() {
    let _alone = alone();
    let files = files(Format::Native);
    assert_eq!(files.len(), 3, "f32, int8 and product quantised");
    for (name, file) in files {
        let state = number(&file, 40, 8) as usize;
        let mut walk = Walk::from(&file, state);
        walk.state();
        assert_eq!(walk.at, state + number(&file, 48, 8) as usize);
        let lengths = [model_header(&file), walk.lengths].concat();
        each_is_refused(&name, &file, &lengths, seal_model, |file| open(Format::Native, file));
    }
}

/// States of a skip-gram and of a GloVe run, and finished models of both.
struct Trained {
    checkpoints: Vec<Vec<u8>>,
    models: Vec<Vec<u8>>,
}

fn trained() -> Trained {
    let (vocab, corpus) = encoded(&"a b c d a c b e\n".repeat(50));
    let (_folder, path) = folder();
    let mut trained = Trained { checkpoints: Vec::new(), models: Vec::new() };
    // At the end of the first epoch.
    let stop = |event: &Event| !matches!(event, Event::Checkpoint { .. });
    macro_rules! train {
        ($trainer:expr) => {
            let model = $trainer.train().unwrap();
            model.save(&path).unwrap();
            trained.models.push(std::fs::read(&path).unwrap());
            let keep =
                Checkpoints::new(Every::Words(1), |state| native::write_checkpoint(state, &path));
            let _ = $trainer.checkpoints(keep).train_with(stop);
            trained.checkpoints.push(std::fs::read(&path).unwrap());
        };
    }
    let recipe = Recipe::new(SkipGram { dim: 4, epochs: 2, sample: 0.0, ..Default::default() });
    train!(Trainer::new(vocab.clone(), &corpus, &recipe));
    let pairs = counted(&vocab, &corpus, None).unwrap().0;
    let recipe = Recipe::new(Glove { dim: 4, epochs: 2, ..Default::default() });
    train!(Trainer::new(vocab.clone(), &pairs, &recipe));
    trained
}

fn counted(
    vocab: &Vocab,
    corpus: &EncodedCorpus,
    journal: Option<Journal>,
) -> Result<(Cooccurrences, u64), Error> {
    let counting = Counting { window: 3, ..Default::default() };
    let mut resumed = 0;
    let options = CountOptions { journal, ..Default::default() };
    let pairs = count_with(vocab, corpus, &counting, &options, |progress| {
        resumed = progress.resumed;
        true
    })?;
    Ok((pairs, resumed))
}

fn read_checkpoint(path: &Path, file: &[u8]) -> Result<w2v::train::Checkpoint, Error> {
    std::fs::write(path, file).unwrap();
    native::read_checkpoint(path, &Default::default())
}

#[test]
fn of_a_checkpoint() {
    let _alone = alone();
    let (_folder, path) = folder();
    for (name, file) in ["skip-gram", "GloVe"].into_iter().zip(trained().checkpoints) {
        let lengths = model_header(&file);
        each_is_refused(name, &file, &lengths, seal_model, |file| read_checkpoint(&path, file));
    }
}

/// The directory and the state block have lengths in many places: whatever stands at any of them, nothing
/// of that size is allocated. (Some places are numbers, of which any value may be right.)
#[test]
fn anywhere_in_blocks_of_a_model_allocate_little() {
    let _alone = alone();
    let (_folder, path) = folder();
    let trained = trained();
    let mut refused = 0;
    for file in trained.models.iter().chain(&trained.checkpoints) {
        let blocks = 96..(number(file, 40, 8) + number(file, 48, 8)) as usize;
        for at in blocks {
            for n in [1 << 62, u64::MAX, 1 << 32, file.len() as u64 + 1] {
                let mut changed = file.clone();
                put(&mut changed, at, n);
                seal_model(&mut changed);
                std::fs::write(&path, &changed).unwrap();
                let what = format!("{n} at byte {at}");
                measured(&what, file.len(), || {
                    refused += u32::from(native::open(&path).is_err());
                    refused += u32::from(Model::load(&path).is_err());
                    refused +=
                        u32::from(native::read_checkpoint(&path, &Default::default()).is_err());
                });
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn of_cooccurrence_counts() {
    let _alone = alone();
    let (_folder, path) = folder();
    let (vocab, corpus) = encoded("a b c a\nb d a\n");
    let pairs = counted(&vocab, &corpus, None).unwrap().0;
    native::cooccurrences::write(&pairs, &vocab, Tokenizer::default(), &path).unwrap();
    let file = std::fs::read(&path).unwrap();
    let mut walk = Walk::from(&file, 128);
    walk.state();
    let starts = walk.at;
    assert_eq!(starts, 128 + number(&file, 64, 8) as usize);
    for _ in 0..=vocab.len() {
        walk.length("row start", 8);
    }
    let header =
        [("bytes of the file", 16), ("V", 24), ("cells", 32), ("bytes of the state block", 64)];
    let header = header.map(|(name, at)| Length { name, at, bytes: 8 });
    let lengths = [&header[..], &walk.lengths].concat();
    let seal = |file: &mut [u8]| {
        let sum = xxh3_64(&file[starts..starts + 8 * (vocab.len() + 1)]);
        put(file, 80, sum);
        seal(file, 128, 64, 72);
        seal_header(file, 128);
    };
    for max_memory in [0, 1 << 20] {
        each_is_refused("counts", &file, &lengths, seal, |file| {
            std::fs::write(&path, file).unwrap();
            {
                let options = ReadOptions { max_memory: Some(max_memory), ..Default::default() };
                native::cooccurrences::read(&path, &options)
            }
        });
    }
}

/// A record that cannot be ends what is taken from a journal: counting goes on before it, to the same
/// table.
#[test]
fn of_a_journal_of_counting() {
    let _alone = alone();
    let (_folder, path) = folder();
    let (vocab, corpus) = encoded("a b c a\nb d a\n");
    let journal = || Some(Journal { path: path.clone(), every: Duration::ZERO });
    let cells = |pairs: &Cooccurrences| {
        let mut cells = Vec::new();
        pairs.read(0..pairs.cells(), &mut cells).unwrap();
        cells
    };
    let right = cells(&counted(&vocab, &corpus, journal()).unwrap().0);
    let file = std::fs::read(&path).unwrap();
    let (pairs, resumed) = counted(&vocab, &corpus, journal()).unwrap();
    assert_eq!((resumed, cells(&pairs)), (corpus.len() as u64, right.clone()));
    let fields = [("first word", 64), ("rows", 72), ("cells", 80)];
    for (name, at) in fields {
        for (what, mut changed) in (Length { name, at, bytes: 8 }).impossible(&file) {
            let mut sum = Xxh3Default::new();
            sum.update(&changed[56..96]);
            sum.update(&changed[104..]);
            put(&mut changed, 96, sum.digest());
            std::fs::write(&path, &changed).unwrap();
            let (pairs, resumed) =
                measured(&what, file.len(), || counted(&vocab, &corpus, journal())).unwrap();
            assert_eq!((resumed, cells(&pairs)), (0, right.clone()), "{what}");
            assert!(std::fs::read(&path).unwrap() == file, "{what}");
        }
    }
    // Rows behind the last word.
    let mut changed = file.clone();
    put(&mut changed, 64, 1);
    let mut sum = Xxh3Default::new();
    sum.update(&changed[56..96]);
    sum.update(&changed[104..]);
    put(&mut changed, 96, sum.digest());
    std::fs::write(&path, &changed).unwrap();
    assert_eq!(counted(&vocab, &corpus, journal()).unwrap().1, 0);
}

/// The lengths of a fastText model up to the end of its input matrix; the output matrix is not read.
fn fasttext_lengths(file: &[u8]) -> Vec<Length> {
    let mut walk = Walk::from(file, 8);
    walk.length("dim", 4);
    let bucket = walk.at + 7 * 4;
    walk.at = 64;
    walk.length("entries", 4);
    walk.length("words", 4);
    walk.length("labels", 4);
    walk.at += 8;
    let entries = number(file, 64, 4);
    let pruned = walk.length("pruned buckets", 8) as i64;
    for _ in 0..entries {
        walk.at += file[walk.at..].iter().position(|byte| *byte == 0).unwrap() + 1 + 9;
    }
    // Of a pruned model the number of buckets is not a number of rows.
    match pruned {
        -1 => walk.lengths.push(Length { name: "buckets", at: bucket, bytes: 4 }),
        pruned => walk.at += 8 * pruned as usize,
    }
    let quantized = walk.number(1) == 1;
    let norms = quantized && walk.number(1) == 1;
    let rows = walk.length("m", 8);
    walk.length("n", 8);
    if quantized {
        walk.at += walk.length("codes", 4);
        fasttext_quantizer(&mut walk);
        if norms {
            walk.at += rows;
            fasttext_quantizer(&mut walk);
        }
    }
    walk.lengths
}

fn fasttext_quantizer(walk: &mut Walk) {
    let dim = walk.length("dim of a quantiser", 4);
    let parts = walk.length("its parts", 4);
    match parts {
        // A part that is the last one has a width of its own.
        1 => walk.at += 4,
        _ => _ = walk.length("width of its parts", 4),
    }
    walk.length("width of its last part", 4);
    walk.at += 4 * 256 * dim;
}

#[test]
fn of_a_fasttext_model() {
    let _alone = alone();
    let golden = ["fasttext.bin", "fasttext.ftz"].map(|name| (name.to_owned(), golden(name)));
    for (name, file) in files(Format::FastText).into_iter().chain(golden) {
        let lengths = fasttext_lengths(&file);
        assert_eq!(lengths.len() > 8, name.ends_with("ftz"), "{lengths:?}");
        each_is_refused(&name, &file, &lengths, |_| (), |file| open(Format::FastText, file));
    }
}

fn finalfusion_lengths(file: &[u8]) -> Vec<Length> {
    let mut walk = Walk::from(file, 8);
    let chunks = walk.length("chunks", 4);
    walk.at += 4 * chunks;
    for _ in 0..chunks {
        let kind = walk.number(4);
        let length = walk.length("bytes of a chunk", 8);
        let end = walk.at + length;
        match kind {
            // A simple vocabulary, and one of buckets.
            1 | 3 => {
                let words = walk.length("words", 8);
                if kind == 3 {
                    walk.at += 8;
                    walk.length("binary logarithm of the buckets", 4);
                }
                for _ in 0..words {
                    walk.at += walk.length("bytes of a word", 4);
                }
            }
            2 => {
                walk.length("rows", 8);
                walk.length("dimensions", 4);
            }
            4 => {
                walk.at += 8;
                walk.length("codes of a row", 4);
                walk.length("dimensions", 4);
                walk.length("centroids", 4);
                walk.length("rows", 8);
            }
            6 => _ = walk.length("norms", 8),
            5 => {}
            kind => panic!("chunk {kind}"),
        }
        walk.at = end;
    }
    walk.lengths
}

#[test]
fn of_a_finalfusion_file() {
    let _alone = alone();
    let (_folder, path) = folder();
    let dense = files(Format::Finalfusion);
    let product = w2v::vectors::Quantization::Product { subquantizers: 3, seed: 1 };
    let small = open(Format::Finalfusion, &dense[0].1).unwrap().quantize(product).unwrap();
    formats::write(&small, &path, Format::Finalfusion).unwrap();
    let small = ("quantised".to_owned(), std::fs::read(&path).unwrap());
    let buckets = ("bucket.fifu".to_owned(), golden("bucket.fifu"));
    for (name, file) in dense.into_iter().chain([small, buckets]) {
        let lengths = finalfusion_lengths(&file);
        each_is_refused(&name, &file, &lengths, |_| (), |file| open(Format::Finalfusion, file));
    }
}

/// Lengths as text, those that no u64 holds among them.
fn in_digits(real: u64, file: usize) -> Vec<String> {
    let wide = u128::from(u64::MAX) + 1 + u128::from(real);
    let wide = [wide, 10u128.pow(30)].map(|n| n.to_string());
    impossible(real, file).into_iter().map(|n| n.to_string()).chain(wide).collect()
}

#[test]
fn of_a_word2vec_binary_file() {
    let _alone = alone();
    for (name, file) in files(Format::Word2vecBinary) {
        let (header, rest) = file.split_at(b"12 6\n".len());
        assert_eq!(header, b"12 6\n");
        let lengths = in_digits(12, file.len()).into_iter().map(|v| format!("{v} 6\n"));
        let dims = in_digits(6, file.len()).into_iter().map(|d| format!("12 {d}\n"));
        for header in lengths.chain(dims) {
            let changed = [header.as_bytes(), rest].concat();
            refused(&format!("{name}: {header}"), changed.len(), &["byte "], || {
                open(Format::Word2vecBinary, &changed)
            });
        }
    }
}

#[test]
fn of_a_numpy_array() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let options = ReadOptions { words: Some(folder.path().join("words")), ..Default::default() };
    let words: String = (0..12).map(|i| format!("word{i}\n")).collect();
    std::fs::write(folder.path().join("words"), words).unwrap();
    let read = |file: &[u8]| {
        formats::open_bytes(file.to_vec(), Path::new("file"), Some(Format::Numpy), &options)
    };
    for (name, file) in files(Format::Numpy) {
        let numbers = 10 + number(&file, 8, 2) as usize;
        let dict = String::from_utf8(file[10..numbers].to_vec()).unwrap();
        let with = |dict: &str| {
            let length = (dict.len() as u32).to_le_bytes();
            [b"\x93NUMPY\x02\0", &length[..], dict.as_bytes(), &file[numbers..]].concat()
        };
        let second = with(&dict);
        for (file, bytes) in [(&file, 2), (&second, 4)] {
            let length = Length { name: "bytes of the header", at: 8, bytes };
            each_is_refused(&name, file, &[length], |_| (), read);
        }
        let rows = in_digits(12, file.len()).into_iter().map(|v| format!("({v}, 6)"));
        let dims = in_digits(6, file.len()).into_iter().map(|d| format!("(12, {d})"));
        for shape in rows.chain(dims) {
            let changed = with(&dict.replace("(12, 6)", &shape));
            let what = format!("{name}: {shape}");
            refused(&what, changed.len(), &["byte "], || read(&changed));
        }
    }
}

#[test]
fn of_a_safetensors_file() {
    let _alone = alone();
    let read = |file: &[u8]| open(Format::Safetensors, file);
    for (name, file) in files(Format::Safetensors) {
        let header = Length { name: "bytes of the header", at: 0, bytes: 8 };
        each_is_refused(&name, &file, &[header], |_| (), read);
        let numbers = 8 + number(&file, 0, 8) as usize;
        let json = std::str::from_utf8(&file[8..numbers]).unwrap();
        let bytes = file.len() - numbers;
        let (shape, offsets) = ("[12,6]", format!("[0,{bytes}]"));
        assert!(json.contains(shape) && json.contains(&offsets), "{json}");
        let mut changes = Vec::new();
        let digits = |real: usize| in_digits(real as u64, file.len());
        changes.extend(digits(12).iter().map(|v| json.replace(shape, &format!("[{v},6]"))));
        changes.extend(digits(6).iter().map(|d| json.replace(shape, &format!("[12,{d}]"))));
        changes.extend(digits(bytes).iter().map(|to| json.replace(&offsets, &format!("[0,{to}]"))));
        changes.extend(
            digits(0).iter().map(|from| json.replace(&offsets, &format!("[{from},{bytes}]"))),
        );
        for json in changes {
            let length = (json.len() as u64).to_le_bytes();
            let changed = [&length[..], json.as_bytes(), &file[numbers..]].concat();
            // Numbers that no u64 holds are no such JSON, at a column of the header.
            let places = ["tensor \"", "header: no such JSON"];
            refused(&format!("{name}: {json}"), changed.len(), &places, || read(&changed));
        }
    }
}

/// GloVe's own files have no length but the file's, which must be that of the vocabulary's words, and
/// numbers of words.
#[test]
fn of_binary_files_of_glove() {
    let _alone = alone();
    let (folder, path) = folder();
    let vocab = |words: usize| {
        let words: Vec<String> = (0..words).map(|i| format!("w{i}")).collect();
        Vocab::new(words.iter().map(|word| (word.as_str(), 1)))
    };
    std::fs::write(&path, [0; 12 * 2 * 7 * 8]).unwrap();
    let bytes = 12 * 2 * 7 * 8;
    let read = |words| {
        let vocab = vocab(words);
        let what = format!("vectors of {words} words");
        (what, || glove::read_vectors(&path, vocab, Combine::Sum))
    };
    assert!(read(12).1().is_ok());
    for words in [0, 11, 13, 85, 100_000] {
        let (what, read) = read(words);
        refused(&what, bytes, &["byte "], read);
    }
    let vocab = vocab(12);
    let record = |word: i32, context: i32| {
        [&word.to_le_bytes()[..], &context.to_le_bytes(), &1f64.to_le_bytes()].concat()
    };
    let read = |file: &[u8]| {
        std::fs::write(&path, file).unwrap();
        {
            let (max_memory, temporary) = (Some(1 << 20), Some(folder.path().to_owned()));
            let options = ReadOptions { max_memory, temporary, ..Default::default() };
            glove::read_cooccurrences(&path, &vocab, &options)
        }
    };
    read(&record(12, 1)).unwrap();
    for id in [0, 13, 1 << 30, i32::MAX, i32::MIN, -1] {
        for record in [record(id, 1), record(1, id)] {
            refused(&format!("word {id}"), 16, &["byte 0"], || read(&record));
        }
    }
}
