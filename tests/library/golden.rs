//! Files made by the programs whose formats they are, `tests/golden/make.py` says how: read as they read
//! them. Whoever has no Python has these.

use std::path::{Path, PathBuf};
use w2v::WordVectors;
use w2v::formats::{self, Format, ReadOptions, finalfusion};

fn golden(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/golden").join(name)
}

/// What `NAME.expected` says: words and vectors.
fn expected(name: &str) -> Vec<(String, Vec<f32>)> {
    let text = std::fs::read_to_string(golden(&format!("{name}.expected"))).unwrap();
    let line = |line: &str| {
        let mut fields = line.split(' ').map(str::to_owned);
        let word = fields.next().unwrap();
        (word, fields.map(|x| x.parse().unwrap()).collect())
    };
    text.lines().map(line).collect()
}

fn assert_close(ours: &[f32], theirs: &[f32], word: &str) {
    assert_eq!(ours.len(), theirs.len());
    let apart = ours.iter().zip(theirs).map(|(x, y)| (x - y).abs());
    let length = theirs.iter().map(|x| x * x).sum::<f32>().sqrt();
    assert!(apart.fold(0.0, f32::max) <= 2e-6 * length.max(0.1), "{word}: {ours:?} {theirs:?}");
}

/// Opens a file, of which it is known what it is, and looks at each word of `NAME.expected`.
fn check(name: &str, format: Format) -> WordVectors {
    assert_eq!(formats::sniff(golden(name)).unwrap(), format, "{name}");
    let (vectors, report) = formats::open(golden(name), &ReadOptions::default()).unwrap();
    assert_eq!(report, Default::default(), "{name}");
    for (word, theirs) in expected(name) {
        match vectors.vector_of(&word) {
            Some(ours) => assert_close(&ours, &theirs, &word),
            None => assert!(theirs.iter().all(|x| *x == 0.0), "{name}: no vector of {word:?}"),
        }
    }
    vectors
}

#[test]
fn a_model_of_fasttext() {
    let vectors = check("fasttext.bin", Format::FastText);
    // Two of the words that are expected have vectors by their n-grams alone.
    assert_eq!(vectors.len() + 2, expected("fasttext.bin").len());
    assert!(vectors.id("kingdom").is_err() && vectors.vector_of("kingdom").is_some());
    assert!(vectors.vocab().counts().is_sorted_by(|a, b| a >= b));
    assert!(vectors.vocab().total() > 400);
}

#[test]
fn a_pruned_and_quantised_model_of_fasttext() {
    let vectors = check("fasttext.ftz", Format::FastText);
    assert!(vectors.len() >= 5);
}

#[test]
fn glove_s_header_does_not_count_the_unknown_word() {
    let text = std::fs::read_to_string(golden("glove.txt")).unwrap();
    let vectors = check("glove.txt", Format::Word2vecText);
    assert_eq!(text.split_once(' ').unwrap().0, (vectors.len() - 1).to_string());
    assert_eq!(vectors.id("<unk>").unwrap().index(), vectors.len() - 1);
}

#[test]
fn a_binary_file_of_gensim() {
    assert_eq!(check("gensim.bin", Format::Word2vecBinary).len(), 12);
}

#[test]
fn a_file_of_finalfusion_with_buckets_and_norms() {
    let vectors = check("bucket.fifu", Format::Finalfusion);
    assert_eq!(vectors.len(), 12);
    assert!(vectors.vector_of("kingdoms").is_some());
    assert_eq!(finalfusion::metadata(golden("bucket.fifu")).unwrap(), None);
}
