//! gensim's own files through the binary: those that gensim writes today, in every kind, and the old ones
//! that its wheel brings with its tests. The neighbours must be gensim's own.
//!
//! Needs a Python with gensim: see `python.rs`.

use super::{Folder, json_lines, python::python_with};
use serde_json::Value;

/// What gensim says of one file.
struct Expected {
    file: String,
    by: String,
    count: Option<u64>,
    /// Words with all their neighbours.
    asked: Vec<(String, Vec<(String, f64)>)>,
}

fn expected(line: &Value) -> Expected {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = |pair: &Value| (text(&pair[0]), pair[1].as_f64().unwrap());
    let asked = |asked: &Value| {
        let found = asked[1].as_array().unwrap().iter().map(found).collect();
        (text(&asked[0]), found)
    };
    Expected {
        file: text(&line["file"]),
        by: text(&line["by"]),
        count: line["count"].as_u64(),
        asked: line["asked"].as_array().unwrap().iter().map(asked).collect(),
    }
}

/// The same words in the same order, unless cosines tie, with cosines within 1e-4.
fn compare(expected: &Expected, word: &str, all: &[(String, f64)], answer: &Value) {
    let context = || format!("{}, {word:?}, by {}", expected.file, expected.by);
    let answers = answer["answers"].as_array().unwrap();
    assert_eq!(answers.len(), all.len().min(10), "{}", context());
    for (found, (neighbour, cosine)) in answers.iter().zip(all) {
        let score = found["score"].as_f64().unwrap();
        assert!((score - cosine).abs() < 1e-4, "{}: {found}, expected {cosine}", context());
        if found["word"] != **neighbour {
            let theirs = all.iter().find(|(other, _)| found["word"] == **other);
            let tie = theirs.is_some_and(|(_, theirs)| (theirs - cosine).abs() < 1e-5);
            assert!(tie, "{}: {found}, expected {neighbour:?}", context());
        }
    }
}

#[test]
fn neighbours_in_gensim_s_files_are_gensim_s() {
    let Some(python) = python_with(&["numpy", "scipy", "gensim"]) else { return };
    let folder = Folder::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/gensim_models.py");
    let run = std::process::Command::new(python).arg(script).arg(folder.0.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = json_lines(&String::from_utf8(run.stdout).unwrap());
    let mut compared = 0;
    for line in &lines {
        let expected = expected(line);
        let mut command = folder.command();
        command.args(["neighbors", "-n", "10", "--json", "--vectors", &expected.file, "--"]);
        let output = command.args(expected.asked.iter().map(|(word, _)| word)).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", expected.file);
        let answers = json_lines(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(answers.len(), expected.asked.len(), "{}", expected.file);
        for ((word, all), answer) in expected.asked.iter().zip(&answers) {
            compare(&expected, word, all, answer);
        }
        if let Some(count) = expected.count {
            let (vectors, _) = w2v::formats::open(&expected.file, &Default::default()).unwrap();
            assert_eq!(vectors.vocab().counts()[0], count, "{}", expected.file);
        }
        compared += 1;
    }
    // What this test writes, and what gensim 4.4.0 brings.
    assert!(compared >= 29, "{compared} files");
}

/// A pickle that runs a command when Python opens it: nobody does here.
#[test]
fn a_pickle_that_runs_a_command_is_refused_by_name() {
    let folder = Folder::new();
    folder.write("evil.kv", b"\x80\x02cos\nsystem\nX\x0c\0\0\0touch broken\x85R.");
    let message = "evil.kv: gensim model: byte 2: names the class `os.system`, which is not one of \
        gensim's or numpy's: nothing of it was run; save the vectors by themselves with gensim, \
        `model.wv.save(\"vectors.kv\")`";
    for verb in ["info", "neighbors x --vectors"] {
        folder.w2v(&format!("{verb} evil.kv")).refused(2, message);
    }
    let checked = folder.w2v("check evil.kv");
    assert_eq!(checked.code, Some(1));
    assert!(checked.out.contains("names the class `os.system`"), "{}", checked.out);
    assert_eq!(folder.names(), ["evil.kv"]);
}

/// Every verb that reads vectors, on a file put together by hand.
#[test]
fn a_gensim_file_is_read_by_every_verb_and_never_written() {
    let folder = Folder::new();
    let file = super::pickles::word2vec(&["king", "queen", "land"], 2);
    folder.write("x.model", &file);
    let info = folder.w2v("info x.model").answer();
    assert!(info.contains("gensim"), "{info}");
    folder.w2v("check x.model").answer();
    let copied = folder.w2v("convert x.model x.txt");
    assert!(copied.err.contains("output matrix"), "{}", copied.err);
    copied.answer();
    assert!(folder.read("x.txt").starts_with(b"3 2\nking -0.875 -0.75\n"));
    folder.w2v("neighbors king --vectors x.model").answer();
    folder.write("pairs.tsv", "king\tqueen\t9\nking\tland\t1\nqueen\tland\t2\n");
    folder.w2v("eval --vectors x.model --pairs pairs.tsv").answer();
    folder.write("text.txt", "the king and the queen of the land\n".repeat(9));
    folder.w2v("compare x.model x.txt --pairs pairs.tsv --corpus text.txt").answer();
    let message = "--to is gensim, expected another format: this one is only read";
    folder.w2v("convert x.txt y.kv").refused(2, message);
}
