//! Readers that leave before the end, as `head` and `grep -q` do: files are written all the same, and
//! the exit code is the verdict.

use super::{Folder, Ran, bundled, prose};
use std::process::{Command, Stdio};

/// Runs `w2v` with a standard output that nobody reads, from its first byte.
fn unread(folder: &Folder, arguments: &str, input: &str) -> Ran {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    folder.write("input", input);
    let output = Command::new(env!("CARGO_BIN_EXE_w2v"))
        .args(arguments.split_whitespace())
        .current_dir(folder.path(""))
        .env_remove("W2V_VECTORS")
        .stdin(std::fs::File::open(folder.path("input")).unwrap())
        .stdout(Stdio::from(writer))
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    Ran { code: output.status.code(), out: String::new(), err }
}

/// Every verb that prints answers, with its exit code, and the file that it writes.
#[test]
fn the_exit_code_is_the_verdict_and_files_are_written() {
    let folder = Folder::with_text(&prose(50, 300));
    let train = "train text.txt --dim 4 --epochs 1 --threads 1 --progress none -o m.w2v";
    folder.w2v(train).answer();
    folder.w2v("convert m.w2v m.txt").answer();
    folder.write("other.txt", prose(50, 301));
    folder.write("bad.txt", "3 2\na 1 2\nb 1\nb x 2\n");
    folder.write("pairs.txt", "w1\tw2\t3\nw3\tw4\t5\nw5\tw6\t1\n");
    folder.write("unknown.txt", "x1\tx2\t3\nx3\tx4\t5\nx5\tx6\t1\n");
    let corpus = bundled("corpus.txt");
    let v = "--vectors m.w2v";
    for (arguments, input, code, file) in [
        (format!("neighbors w1 {v}"), "", 0, ""),
        (format!("neighbors nowhere {v} --json"), "", 1, ""),
        (format!("neighbors {v}"), "w1\nw2\nw3\n", 0, ""),
        (format!("neighbors {v} --json"), "nowhere\n", 1, ""),
        (format!("neighbors {v} --json"), "nowhere\nw1\n", 0, ""),
        (format!("analogy w1 w2 w3 {v}"), "", 0, ""),
        (format!("similarity w1 w2 {v}"), "", 0, ""),
        (format!("odd w1 w2 w3 {v}"), "", 0, ""),
        (format!("predict w1 {v}"), "", 0, ""),
        ("info m.w2v".into(), "", 0, ""),
        (format!("eval --pairs pairs.txt {v}"), "", 0, ""),
        (format!("eval --pairs unknown.txt {v}"), "", 1, ""),
        ("compare m.w2v --corpus text.txt --sets pairs.txt".into(), "", 0, ""),
        ("vocab text.txt".into(), "", 0, ""),
        ("vocab text.txt -o words.txt".into(), "", 0, "words.txt"),
        ("check bad.txt".into(), "", 1, ""),
        ("check bad.txt --json".into(), "", 1, ""),
        ("check m.txt".into(), "", 0, ""),
        ("check bad.txt --repair good.txt".into(), "", 0, "good.txt"),
        (format!("check {corpus} --as corpus"), "", 0, ""),
        ("one-hot text.txt -o m.npz".into(), "", 0, "m.npz"),
        ("one-hot text.txt -o m.mtx --json".into(), "", 0, "m.mtx"),
        ("quantize m.w2v small.w2v".into(), "", 0, "small.w2v"),
        ("reproduce m.w2v text.txt".into(), "", 0, ""),
        ("train text.txt --explain --dim 3 --min-count 1".into(), "", 0, ""),
        ("plan text.txt".into(), "", 0, ""),
        ("completions bash".into(), "", 0, ""),
    ] {
        let run = unread(&folder, &arguments, input);
        assert_eq!(run.code, Some(code), "{arguments}: {}", run.err);
        assert!(!run.err.contains("roken pipe"), "{arguments}: {}", run.err);
        assert!(file.is_empty() || folder.path(file).is_file(), "{arguments}: {}", run.err);
    }
}

/// A stream of questions ends with its reader; it does not go on to the last question.
#[test]
fn answers_end_with_their_reader() {
    let folder = Folder::with_text(&prose(50, 300));
    folder.w2v("train text.txt --dim 4 --epochs 1 --progress none").answer();
    let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
        .arg("neighbors")
        .current_dir(folder.path(""))
        .env_remove("W2V_VECTORS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    // Standard input stays open: only the closed output can end it.
    let mut questions = child.stdin.take().unwrap();
    let asked = (0..1_000_000).try_for_each(|_| std::io::Write::write_all(&mut questions, b"w1\n"));
    assert!(asked.is_err(), "all questions were read");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
