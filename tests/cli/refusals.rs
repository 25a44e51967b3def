//! What cannot work is refused at once, with exit code 2, the way out in the message, and nothing
//! written.

use super::{Folder, prose};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;

/// Exit code 2, this message, and the folder as it was.
#[track_caller]
fn refuses(folder: &Folder, arguments: &str, message: &str) {
    let before = folder.names();
    folder.w2v(arguments).refused(2, message);
    assert_eq!(folder.names(), before);
}

#[test]
fn text_that_is_none() {
    let folder = Folder::with_text("");
    fs::create_dir(folder.path("empty")).unwrap();
    fs::create_dir(folder.path("hidden")).unwrap();
    folder.write("hidden/.notes", "words");
    folder.write("spaces.txt", " \n\t\n  \r\n");
    let cases = [
        (
            "text.txt",
            "no text in text.txt: 0 bytes, 0 lines and not one token; check the path and the tokenizer",
        ),
        (
            "spaces.txt",
            "no text in spaces.txt: 8 bytes, 3 lines and not one token; check the path and the tokenizer",
        ),
        (
            "empty",
            "no text in empty: the folder holds no file (hidden ones and those of w2v do not count)",
        ),
        (
            "hidden",
            "no text in hidden: the folder holds no file (hidden ones and those of w2v do not count)",
        ),
    ];
    for (corpus, message) in cases {
        refuses(&folder, &format!("train {corpus}"), message);
        refuses(&folder, &format!("train {corpus} --min-count 1"), message);
        refuses(&folder, &format!("vocab {corpus} -o words.txt"), message);
    }
}

#[test]
fn a_missing_file() {
    let folder = Folder::new();
    let run = folder.w2v("train missing.txt");
    let message = run.err.clone();
    run.refused_beginning(2, "cannot read missing.txt: ");
    let said = message.matches("(os error").count();
    assert_eq!(said, 1, "{message}");
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_vocabulary_that_would_be_empty() {
    for (text, tokens, types) in
        [("one", 1, 1), ("one two\n", 2, 2), ("one two three", 3, 3), ("one one one one", 4, 1)]
    {
        let message = format!(
            "no word occurs at least 5 times in {tokens} tokens of {types} different words; \
             lower --min-count or check the --tokenizer"
        );
        refuses(&Folder::with_text(text), "train text.txt", &message);
    }
    let folder = Folder::with_text(&prose(50, 100));
    let run = folder.w2v("train text.txt --min-count 900");
    run.refused_beginning(2, "no word occurs at least 900 times in 800 tokens of 50 ");
    folder.write("keep.txt", "absent\nmissing\n");
    let run = folder.w2v("train text.txt --vocab keep.txt");
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert_eq!(folder.names(), ["keep.txt", "text.txt"]);
}

#[test]
fn outputs_that_cannot_be_written() {
    // The text is missing too: the output is looked at before it.
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    folder.write("file", "");
    let mut outputs = vec!["no/such/vectors.w2v", "file/vectors.w2v"];
    if cfg!(target_os = "linux") {
        outputs.push("/proc/vectors.w2v");
    }
    for output in outputs {
        for verb in ["train", "vocab"] {
            let run = folder.w2v(&format!("{verb} text.txt -o {output}"));
            run.refused_beginning(2, "cannot create a file in ");
        }
        let run = folder.w2v(&format!("convert in.txt {output} --to glove"));
        run.refused_beginning(2, "cannot create a file in ");
    }
    let long = "n".repeat(300);
    for output in ["folder", ".", "new/", "new/.", &long] {
        for verb in ["train text.txt -o", "vocab text.txt -o", "convert in.txt --to glove"] {
            let run = folder.w2v(&format!("{verb} {output} --force"));
            let message = run.err.clone();
            run.refused_beginning(2, &format!("cannot write {output}: "));
            assert!(!message.contains(".w2v-"), "{message}");
        }
    }
    assert_eq!(folder.names(), ["file", "folder"]);
    assert!(fs::read_dir(folder.path("folder")).unwrap().next().is_none());
}

#[test]
fn a_finished_file_is_overwritten_with_force_only() {
    let folder = Folder::with_text("a b c\n");
    folder.write("vectors.w2v", "precious");
    folder.write("in.txt", "1 1\na 1\n");
    let flags = "--min-count 1 --dim 3 --sample 0 --progress none";
    for (arguments, output) in [
        (format!("train text.txt {flags}"), "vectors.w2v"),
        ("vocab text.txt --min-count 1 -o vectors.w2v".into(), "vectors.w2v"),
        ("convert in.txt vectors.w2v".into(), "vectors.w2v"),
    ] {
        let way_out = "choose another name or overwrite it with --force";
        let run = folder.w2v(&arguments);
        run.refused(2, &format!("{output} exists already; {way_out}"));
        assert_eq!(folder.read(output), b"precious");
        folder.w2v(&format!("{arguments} --force")).answer();
        assert_ne!(folder.read(output), b"precious");
        folder.write(output, "precious");
    }
    // A run that fails keeps the old file, even with --force.
    let run = folder.w2v("train text.txt --force");
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert_eq!(folder.read("vectors.w2v"), b"precious");
    assert_eq!(folder.names(), ["in.txt", "text.txt", "vectors.w2v"]);
}

#[test]
fn flags_that_are_misspelt() {
    let folder = Folder::with_text("a b c\n");
    for (typed, meant) in [
        ("train text.txt --mincount 1", "'--min-count'"),
        ("train text.txt --widnow 3", "'--window'"),
        ("trian text.txt", "'train'"),
        ("analogy --vector x", "'--vectors'"),
    ] {
        let run = folder.w2v(typed);
        assert_eq!(run.code, Some(2), "{}", run.err);
        assert!(run.err.contains("tip: a similar "), "{}", run.err);
        assert!(run.err.contains(meant), "{}", run.err);
    }
    assert_eq!(folder.names(), ["text.txt"]);
}

#[test]
fn numbers_outside_their_range() {
    let folder = Folder::with_text("a b c\n");
    for (typed, message) in [
        ("--dim 0", "--dim is 0, expected 1 to 65536"),
        ("--epochs 0", "--epochs is 0, expected 1 to "),
        ("--window 0", "--window is 0, expected 1 to "),
        ("--negative 0", "--negative is 0, expected 1 to "),
        ("--lr nan", "--lr is NaN, expected "),
        ("--lr 0", "--lr is 0, expected "),
        ("--lr -0.1", "--lr is -0.1, expected "),
        ("--lr inf", "--lr is inf, expected "),
        ("--min-lr 1", "--min-lr is 1, expected 0 to 0.025"),
        ("--sample -1", "--sample is -1, expected 0 to 1"),
        ("--ns-exponent nan", "--ns-exponent is NaN, expected "),
        ("--threads 0", "--threads is 0, expected 1 to "),
        ("--min-count 0", "--min-count is 0, expected 1 or more"),
        ("--max-vocab 0", "--max-vocab is 0, expected 1 or more"),
        ("--max-sentence 0", "--max-sentence is 0, expected 1 to 1000000"),
    ] {
        let run = folder.w2v(&format!("train text.txt {typed}"));
        run.refused_beginning(2, message);
    }
    for typed in ["--dim many", "--max-memory 1X", "--tokenizer words", "--seed -1"] {
        let run = folder.w2v(&format!("train text.txt {typed}"));
        assert_eq!(run.code, Some(2), "{typed}");
    }
    // A negative number is a value out of range and not an unknown flag `-5`.
    for flag in ["--dim", "--window", "--epochs", "--min-count", "--threads"] {
        let run = folder.w2v(&format!("train text.txt {flag} -5"));
        assert_eq!(run.code, Some(2), "{flag}");
        let value = format!("invalid value '-5' for '{flag} <N>'");
        assert!(run.err.contains(&value), "{}", run.err);
    }
    for verb in ["neighbors a -n 0", "analogy a b c --top 0", "neighbors a --limit 0"] {
        let run = folder.w2v(verb);
        assert_eq!(run.code, Some(2), "{verb}");
        assert!(run.err.contains("1 or more"), "{}", run.err);
    }
    for verb in ["neighbors a", "convert text.txt other.txt", "check text.txt --as vectors"] {
        let run = folder.w2v(&format!("{verb} --threads 0"));
        run.refused_beginning(2, "--threads is 0, expected 1 to 1024");
    }
    assert_eq!(folder.names(), ["text.txt"]);
}

#[test]
fn a_gz_cut_in_half() {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(prose(5000, 5000).as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    let folder = Folder::new();
    folder.write("text.gz", &gz[..gz.len() / 2]);
    for input in ["text.gz", "-"] {
        let run = folder
            .piped(&format!("train {input} --min-count 1 --progress none"), &gz[..gz.len() / 2]);
        let name = if input == "-" { "standard input" } else { input };
        assert!(run.err.starts_with(&format!("w2v: {name}: line ")), "{}", run.err);
        assert!(run.err.contains(": the compressed data is cut short"), "{}", run.err);
        assert_eq!(run.code, Some(2));
    }
    assert_eq!(folder.names(), ["text.gz"]);
}

#[test]
fn text_that_is_not_utf8() {
    let folder = Folder::new();
    folder.write("latin1.txt", b"a b\ncaf\xe9 x\n");
    let run = folder.w2v("train latin1.txt --min-count 1 --invalid-utf8 error");
    run.refused_beginning(2, "latin1.txt: line 2, byte 7: byte 0xe9 is not valid UTF-8; ");
    assert_eq!(folder.names(), ["latin1.txt"]);
}

#[test]
fn standard_input_can_be_read_once() {
    let folder = Folder::new();
    let run = folder.piped("train - -", "a b c");
    run.refused_beginning(2, "- is given twice, expected at most once");
}
