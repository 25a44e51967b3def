//! Exchange with other programs, in both directions: what we write they load and give the same
//! neighbours; what they write we load as they do. (Unusual words, to the bit: `gensim.rs`.)
//!
//! Each needs a Python with the program's modules: see `python.rs`.

use super::python::python_with;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use w2v::formats::{self, Dtype, Format, ReadOptions, WriteOptions};
use w2v::vectors::{Quantization, Query, cosine_of};
use w2v::{Vocab, WordId, WordVectors};

/// A program in a Python that has it.
struct Program {
    python: PathBuf,
    name: &'static str,
}

impl Program {
    /// A program of `exchange.py` that imports `modules`; without them the test is skipped.
    #[track_caller]
    fn find(name: &'static str, modules: &[&'static str]) -> Option<Self> {
        let python = python_with(&[&["numpy"], modules].concat())?;
        Some(Program { python, name })
    }

    fn command(&self, verb: &str, arguments: &[&OsStr]) -> Command {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/exchange.py");
        let mut command = Command::new(&self.python);
        command.args([script, self.name, verb]).args(arguments);
        command
    }

    fn run(&self, verb: &str, arguments: &[&OsStr], stdin: &str) -> Answer {
        let mut child = self
            .command(verb, arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read it is no fault.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{} cannot {verb} {arguments:?}: {said}", self.name);
        Answer::parse(&String::from_utf8(stdout).unwrap())
    }

    /// What the program loads of `path`, and its neighbours of `words`.
    fn read(&self, path: &Path, words: &[&str]) -> Answer {
        let arguments: Vec<&OsStr> = [path.as_os_str()]
            .into_iter()
            .chain(words.iter().map(|word| OsStr::new(*word)))
            .collect();
        self.run("read", &arguments, "")
    }

    /// Lets the program write `path`, of `vectors` or of the corpus.
    fn write(&self, path: &Path, vectors: Option<&WordVectors>) -> Answer {
        let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/corpus.txt");
        let stdin = vectors.map_or(String::new(), notation);
        self.run("write", &[path.as_os_str(), text.as_os_str()], &stdin)
    }
}

/// Words with their vectors, and words with their nearest words.
#[derive(Default)]
struct Answer {
    vectors: Vec<(String, Vec<f32>)>,
    nearest: Vec<Vec<String>>,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let word = |hex: &str| {
            let digits: Vec<char> = hex.chars().collect();
            let bytes = digits.chunks(2).map(|pair| {
                u8::from_str_radix(&String::from_iter(pair), 16).expect("hexadecimal digits")
            });
            String::from_utf8(bytes.collect()).expect("UTF-8")
        };
        let mut answer = Answer::default();
        for line in text.lines() {
            if let Some(words) = line.strip_prefix('~') {
                answer.nearest.push(words.split(' ').map(word).collect());
            } else if let Some((name, bits)) = line.split_once(':') {
                let bits = bits.split(' ').map(|bits| u32::from_str_radix(bits, 16).unwrap());
                answer.vectors.push((word(name), bits.map(f32::from_bits).collect()));
            }
        }
        answer
    }

    /// Our vectors are theirs, up to `tolerance` of a vector's length.
    #[track_caller]
    fn assert_same(&self, ours: &WordVectors, tolerance: f32) {
        assert!(self.vectors.len() >= ours.len(), "{} words", self.vectors.len());
        for (word, theirs) in &self.vectors {
            let own = ours.vector_of(word).unwrap_or_else(|| panic!("no vector of {word:?}"));
            assert_eq!(own.len(), theirs.len());
            let length = theirs.iter().map(|x| x * x).sum::<f32>().sqrt();
            let apart = own.iter().zip(theirs).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
            assert!(apart <= tolerance * length, "{word:?}: {own:?}, they have {theirs:?}");
        }
    }

    /// Their nearest words are ours.
    #[track_caller]
    fn assert_same_neighbours(&self, ours: &WordVectors, asked: usize) {
        assert_eq!(self.nearest.len(), asked);
        for list in &self.nearest {
            let own = neighbours(ours, &list[0], list.len() - 1);
            assert_eq!(list[1..], own, "of {:?}", list[0]);
        }
    }
}

/// The nearest words of a word, known or not.
fn neighbours(vectors: &WordVectors, word: &str, top: usize) -> Vec<String> {
    let query = match vectors.id(word) {
        Ok(id) => Query::word(id),
        Err(_) => Query::vector(vectors.vector_of(word).unwrap().into_owned()),
    };
    let found = vectors.neighbors(&query, top).unwrap();
    let name = |id| vectors.vocab().word(id).to_owned();
    found.into_iter().map(|neighbor| name(neighbor.id)).collect()
}

/// One line per word: its UTF-8 and the bits of its floats, all in hex.
fn notation(vectors: &WordVectors) -> String {
    let mut lines = String::new();
    for (id, word) in vectors.vocab().words().enumerate() {
        let word: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        let row = vectors.vector(WordId(id as u32));
        let bits: Vec<String> = row.iter().map(|x| format!("{:08x}", x.to_bits())).collect();
        lines += &format!("{word}:{}\n", bits.join(" "));
    }
    lines
}

/// 60 words with random vectors of 8 dimensions, and lengths from 0.5 to 4.
fn vectors() -> WordVectors {
    let odd = ["king", "queen", "人工智能", "new\u{a0}york", "3.14", "naïve", "</s>", "-"];
    let words: Vec<String> =
        odd.into_iter().map(str::to_owned).chain((0..52).map(|i| format!("word{i}"))).collect();
    let mut state = 1u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let floats = (0..words.len() * 8).map(|i| random() * (1.0 + (i / 8 % 4) as f32)).collect();
    let counts = (1..=words.len() as u64).rev();
    let vocab = Vocab::new(words.iter().map(String::as_str).zip(counts));
    WordVectors::new(vocab, 8, floats).unwrap()
}

const ASKED: [&str; 4] = ["king", "人工智能", "word7", "-"];

fn open(path: &Path) -> WordVectors {
    formats::open(path, &ReadOptions::default()).unwrap().0
}

/// What we write of `vectors()` the program loads, with the same neighbours.
fn they_read(program: &Program, path: &Path, format: Format, dtype: Dtype, tolerance: f32) {
    let vectors = vectors();
    formats::write_with(&vectors, path, format, &WriteOptions { dtype }).unwrap();
    let answer = program.read(path, &ASKED);
    assert_eq!(answer.vectors.len(), vectors.len());
    answer.assert_same(&vectors, tolerance);
    answer.assert_same_neighbours(&vectors, ASKED.len());
}

#[test]
fn spacy() {
    let Some(program) = Program::find("spacy", &["spacy"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    they_read(&program, &path("ours.txt"), Format::Word2vecText, Dtype::F32, 0.0);
    // The table of a spaCy model is a NumPy array.
    let theirs = path("theirs.npy");
    let answer = program.write(&theirs, Some(&vectors()));
    answer.assert_same(&open(&theirs), 0.0);
}

#[test]
fn numpy() {
    let Some(program) = Program::find("numpy", &[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (dtype, tolerance) in [(Dtype::F32, 0.0), (Dtype::F16, 1e-3), (Dtype::Int8, 8e-3)] {
        let ours = path(&format!("ours-{}.npy", dtype.name()));
        let vectors = vectors();
        formats::write_with(&vectors, &ours, Format::Numpy, &WriteOptions { dtype }).unwrap();
        let answer = program.read(&ours, &ASKED);
        assert_eq!(answer.vectors.len(), vectors.len());
        answer.assert_same(&vectors, tolerance);
        // Coarser numbers may order neighbours otherwise; ours of the same file are theirs.
        answer.assert_same(&open(&ours), 1e-6);
        answer.assert_same_neighbours(&open(&ours), ASKED.len());
    }
    for name in ["f4.npy", "f2.npy", "f8.npy"] {
        let theirs = path(name);
        program.write(&theirs, Some(&vectors())).assert_same(&open(&theirs), 0.0);
    }
}

#[test]
fn finalfusion() {
    let Some(program) = Program::find("finalfusion", &["finalfusion"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    they_read(&program, &path("ours.fifu"), Format::Finalfusion, Dtype::F32, 1e-6);
    // Quantised tables: the same rows, and neighbours among them.
    let product = Quantization::Product { subquantizers: 4, seed: 1 };
    for how in [Quantization::Int8, product] {
        let small = vectors().quantize(how).unwrap();
        let ours = path(&format!("ours-{}.fifu", small.numbers()));
        formats::write(&small, &ours, Format::Finalfusion).unwrap();
        let answer = program.read(&ours, &ASKED);
        assert_eq!(answer.vectors.len(), small.len());
        answer.assert_same(&small, 1e-6);
        answer.assert_same_neighbours(&open(&ours), ASKED.len());
    }
    for name in ["simple.fifu", "bucket.fifu", "quantized.fifu"] {
        let theirs = path(name);
        let answer = program.write(&theirs, Some(&vectors()));
        let own = open(&theirs);
        let (made, known) = answer.vectors.split_at(own.len());
        let known_only = Answer { vectors: made.to_vec(), ..Answer::default() };
        known_only.assert_same(&own, 1e-5);
        // A word that is not in it: finalfusion scales its vector to length 1.
        for (word, theirs) in known {
            let cosine = cosine_of(&own.vector_of(word).unwrap(), theirs);
            assert!(cosine > 0.99999, "{word}: {cosine}");
        }
        assert_eq!(known.len(), usize::from(name == "bucket.fifu"));
        // And back: with the n-grams that it has.
        let again = path("again.fifu");
        formats::write(&own, &again, Format::Finalfusion).unwrap();
        program.read(&again, &ASKED).assert_same_neighbours(&own, ASKED.len());
    }
}

#[test]
fn fasttext() {
    let Some(program) = Program::find("fasttext", &["fasttext"]) else {
        return;
    };
    models_of_fasttext(&program);
}

#[test]
fn gensim_s_fasttext() {
    let Some(program) = Program::find("gensim", &["gensim"]) else {
        return;
    };
    models_of_fasttext(&program);
}

fn models_of_fasttext(program: &Program) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    they_read(program, &path("ours.bin"), Format::FastText, Dtype::F32, 1e-6);
    let theirs = path("theirs.bin");
    let answer = program.write(&theirs, None);
    let own = open(&theirs);
    assert!(answer.vectors.len() > own.len() && own.len() > 100);
    answer.assert_same(&own, 1e-5);
    // And back, n-grams and all: words that are in no file have the same vectors, too.
    let again = path("again.bin");
    formats::write(&own, &again, Format::FastText).unwrap();
    let asked = ["king", "kingqueen", "zzz"];
    let answer = program.read(&again, &asked);
    answer.assert_same(&own, 2e-5);
    answer.assert_same_neighbours(&own, asked.len());
}

/// A supervised model, pruned and quantised.
#[test]
fn a_quantised_model_of_fasttext() {
    let Some(program) = Program::find("fasttext", &["fasttext"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("theirs.ftz");
    let answer = program.write(&theirs, None);
    let own = open(&theirs);
    assert!(own.len() > 20);
    for (word, theirs) in answer.vectors {
        match own.vector_of(&word) {
            Some(own) => {
                let apart = own.iter().zip(&theirs).map(|(x, y)| (x - y).abs());
                assert!(apart.fold(0.0, f32::max) < 1e-5, "{word:?}: {own:?} {theirs:?}");
            }
            // All its n-grams were pruned: fastText answers with zeros.
            None => assert!(theirs.iter().all(|x| *x == 0.0), "{word:?}"),
        }
    }
}

#[test]
fn safetensors() {
    let Some(program) = Program::find("safetensors", &["safetensors"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    they_read(&program, &path("ours.safetensors"), Format::Safetensors, Dtype::F32, 0.0);
    they_read(&program, &path("half.safetensors"), Format::Safetensors, Dtype::F16, 1e-3);
    for name in ["f4.safetensors", "f2.safetensors"] {
        let theirs = path(name);
        program.write(&theirs, Some(&vectors())).assert_same(&open(&theirs), 0.0);
    }
}

/// What sentence-transformers' StaticEmbedding does, done with tokenizers, safetensors and NumPy: it
/// brings gigabytes of PyTorch itself and may not be there.
#[test]
fn static_embeddings() {
    let Some(program) = Program::find("static", &["safetensors", "tokenizers"]) else {
        return;
    };
    static_embeddings_of(&program, &[]);
}

#[test]
fn sentence_transformers() {
    let modules = ["sentence_transformers", "tokenizers"];
    let Some(program) = Program::find("sentence_transformers", &modules) else {
        return;
    };
    static_embeddings_of(&program, &[("theirs", 1e-6)]);
}

#[test]
fn model2vec() {
    let Some(program) = Program::find("model2vec", &["model2vec", "tokenizers"]) else {
        return;
    };
    // What model2vec answers from a table of f16 is f16.
    static_embeddings_of(&program, &[("half", 1e-3), ("int8", 1e-6)]);
}

/// They read our model, and we read those that they write, to a tolerance.
fn static_embeddings_of(program: &Program, written: &[(&str, f32)]) {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("model.safetensors");
    // Their tokenizer cuts at white space, U+00A0 included.
    let all = vectors();
    let kept = (0..all.len() as u32).map(WordId);
    let kept = kept.filter(|id| !all.vocab().word(*id).contains('\u{a0}'));
    let words = kept.clone().map(|id| (all.vocab().word(id), 1));
    let rows = kept.clone().flat_map(|id| all.vector(id).into_owned()).collect();
    let vectors = WordVectors::new(Vocab::new(words), 8, rows).unwrap();
    formats::safetensors::write_static(&vectors, Dtype::F32, &ours).unwrap();
    let answer = program.read(&ours, &ASKED);
    assert_eq!(answer.vectors.len(), vectors.len());
    answer.assert_same(&vectors, 1e-6);
    answer.assert_same_neighbours(&vectors, ASKED.len());
    for (theirs, tolerance) in written {
        let theirs = folder.path().join(theirs);
        let answer = program.write(&theirs, Some(&vectors));
        let own = open(&theirs);
        assert_eq!(own.len(), vectors.len() + 1);
        answer.assert_same(&own, *tolerance);
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet() {
    let Some(program) = Program::find("pyarrow", &["pyarrow"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    they_read(&program, &path("ours.parquet"), Format::Parquet, Dtype::F32, 0.0);
    let theirs = path("theirs.parquet");
    program.write(&theirs, Some(&vectors())).assert_same(&open(&theirs), 0.0);
}
