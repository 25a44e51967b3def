//! Exchange with gensim, to the bit and in both directions: what we write gensim loads, what gensim
//! writes we load, unusual words included.
//!
//! Needs a Python with gensim: see `python.rs`.

use super::python::python_with;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use w2v::formats::{self, Format, ReadOptions, Report};
use w2v::{Vocab, WordId, WordVectors};

/// Words that readers stumble over: Unicode spaces, NEL, numbers, controls, no character at all.
const WORDS: [&str; 12] = [
    "king",
    "new\u{a0}york",
    "\u{3000}",
    "\u{a0}",
    "x\u{85}y",
    "人工智能",
    "-1.5",
    "nan",
    "</s>",
    "\u{feff}x",
    "\u{1f600}",
    "",
];

/// Zeros, extremes, and numbers whose bytes are 0x20 and 0x0A.
fn vectors() -> WordVectors {
    let odd = [0.0, -0.0, f32::MAX, f32::MIN_POSITIVE, 1e-45, 1e-5, -1e16, 0.1];
    let bytes = [0x0a20_0a20, 0x2020_2020, 0x0a0a_0a0a].map(f32::from_bits);
    let mut floats: Vec<f32> = odd.into_iter().chain(bytes).collect();
    let mut state = 1u32;
    while floats.len() < 5 * WORDS.len() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        floats.push(f32::from_bits(state & 0x8fff_ffff | 0x3000_0000));
    }
    // gensim fakes counts by the order of words, and sorts by them when it saves.
    let counts = (1..=WORDS.len() as u64).rev();
    WordVectors::new(Vocab::new(WORDS.into_iter().zip(counts)), 5, floats).unwrap()
}

/// One line per word: its UTF-8 and the bits of its floats, all in hex.
fn notation(vectors: &WordVectors) -> String {
    let mut lines = String::new();
    for (id, word) in vectors.vocab().words().enumerate() {
        let word: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        let row = vectors.vector(WordId(id as u32));
        let row = row.iter();
        let bits: Vec<String> = row.map(|x| format!("{:08x}", x.to_bits())).collect();
        lines += &format!("{word}:{}\n", bits.join(" "));
    }
    lines
}

fn gensim(python: &Path, verb: &str, path: &Path, kind: &str, stdin: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/gensim_exchange.py");
    let mut child = Command::new(python)
        .args([script.as_ref(), verb.as_ref(), path.as_os_str(), kind.as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "gensim cannot {verb} {kind}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn gensim_and_w2v_read_each_other_to_the_bit() {
    let Some(python) = python_with(&["numpy", "gensim"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    let vectors = vectors();
    for (format, kind) in [(Format::Word2vecText, "text"), (Format::Word2vecBinary, "binary")] {
        formats::write(&vectors, &ours, format).unwrap();
        assert_eq!(gensim(&python, "read", &ours, kind, ""), notation(&vectors), "{format}");

        gensim(&python, "write", &theirs, kind, &notation(&vectors));
        assert_eq!(formats::sniff(&theirs).unwrap(), format);
        let (read, report) = formats::open(&theirs, &ReadOptions::default()).unwrap();
        assert_eq!(notation(&read), notation(&vectors), "{format}");
        assert_eq!(report, Report::default());
    }
}
