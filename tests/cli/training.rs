//! `w2v train`: small texts end, the same seed repeats, standard input is a file like any other, and
//! an interrupt leaves nothing behind.

use super::{Folder, bundled, json_lines};
use std::io::Write;

/// Trains in `folder` and returns the vectors as word2vec text.
fn vectors(folder: &Folder, arguments: &str, input: &[u8]) -> Vec<u8> {
    let train = format!("train {arguments} --progress none --force");
    assert_eq!(folder.piped(&train, input).answer(), "");
    folder.w2v("convert vectors.w2v vectors.txt --force").answer();
    folder.read("vectors.txt")
}

#[test]
fn texts_of_one_two_and_three_words() {
    for text in ["one two\n", "one two three", "one two\n\nthree\n"] {
        let folder = Folder::with_text(text);
        let words = text.split_whitespace().count();
        for flags in ["--threads 1 --sample 0", "--threads 2 --sample 0"] {
            let run = folder.w2v(&format!("train text.txt --min-count 1 --dim 4 --force {flags}"));
            let wrote = format!("wrote vectors.w2v: {words} words × 4 dimensions");
            assert!(run.err.contains(&wrote), "{}", run.err);
            run.answer();
            let info = json_lines(&folder.w2v("info --json").answer());
            assert_eq!(info[0]["words"], words);
        }
        assert_eq!(folder.names(), ["text.txt", "vectors.w2v"]);
    }
}

/// Sub-sampling takes everything out of a tiny text; silence about it would pass for a result.
#[test]
fn vectors_that_learnt_nothing_are_announced() {
    let folder = Folder::with_text("one two three");
    let flags = "--min-count 1 --dim 4 --epochs 1 --force";
    for (text, more, why) in [
        ("one two three", "", Some("try --sample 0")),
        ("one\ntwo\n", "--sample 0", Some("no sentence has two words")),
        ("one two three", "--sample 0", None),
    ] {
        folder.write("text.txt", text);
        let run = folder.w2v(&format!("train text.txt {flags} {more}"));
        // A warning, or an error instead of vectors.
        let warned = run.err.lines().any(|line| line.starts_with("warning: "));
        match why {
            Some(why) if run.code == Some(0) => assert!(warned && run.err.contains(why)),
            Some(_) => assert_eq!(run.code, Some(2), "{}", run.err),
            None => assert_eq!((run.code, warned), (Some(0), false), "{}", run.err),
        }
    }
}

#[test]
fn the_end_says_where_and_what_next() {
    let folder =
        Folder::with_text("every good word is worth a second look, says every good word\n");
    let flags = "--min-count 1 --dim 4 --epochs 1 --sample 0";
    let run = folder.w2v(&format!("train text.txt {flags} -o other.w2v"));
    let next = run.err.lines().last().unwrap().to_owned();
    let command = next.strip_prefix("try: w2v ").expect("a command to try");
    assert!(command.starts_with("neighbors --vectors other.w2v "), "{next}");
    assert_eq!(run.answer(), "", "results only on standard output");
    let answer = folder.w2v(&command.replace('"', "")).answer();
    assert!(!answer.is_empty(), "{next}");
}

#[test]
fn one_thread_and_one_seed_give_the_same_bytes() {
    let folder = Folder::new();
    let corpus = bundled("corpus.txt");
    let run = |flags: &str| {
        let flags = "--dim 10 --epochs 1 --threads 1 --progress none --force ".to_owned() + flags;
        folder.w2v(&format!("train {corpus} {flags}")).answer();
        folder.read("vectors.w2v")
    };
    let first = run("--seed 5");
    assert!(first == run("--seed 5"), "the same seed");
    assert!(first != run("--seed 6"), "another seed");
    assert_eq!(folder.names(), ["vectors.w2v"]);
}

/// `w2v train … 2>&1 | head -1`, and a log on a full disk: the model is written all the same.
#[cfg(target_os = "linux")]
#[test]
fn training_goes_on_when_nobody_reads_what_it_says() {
    use std::process::{Command, Stdio};
    let folder = Folder::with_text(&super::prose(50, 200));
    let (reader, gone) = std::io::pipe().unwrap();
    drop(reader);
    let full = std::fs::File::options().write(true).open("/dev/full");
    for (stderr, style) in [(Stdio::from(gone), "plain"), (full.unwrap().into(), "json")] {
        let status = Command::new(env!("CARGO_BIN_EXE_w2v"))
            .args(["train", "text.txt", "--dim", "4", "--progress", style])
            .arg("--force")
            .current_dir(folder.path(""))
            .stderr(stderr)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "{style}");
        std::fs::remove_file(folder.path("vectors.w2v")).unwrap();
    }
}

#[test]
fn standard_input_equals_a_file() {
    let text = super::prose(300, 2000);
    let folder = Folder::with_text(&text);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    let flags = "--dim 10 --epochs 2 --threads 1";
    let from_file = vectors(&folder, &format!("text.txt {flags}"), b"");
    assert!(from_file.starts_with(b"300 10\n"));
    assert!(from_file == vectors(&folder, &format!("- {flags}"), text.as_bytes()), "plain");
    assert!(from_file == vectors(&folder, &format!("- {flags}"), &gz), "gz");
    // Known by its content: the name says nothing.
    folder.write("text.txt", gz);
    assert!(from_file == vectors(&folder, &format!("text.txt {flags}"), b""), "gz named txt");
}

#[test]
fn names_of_other_programs_for_flags() {
    let folder = Folder::with_text("a b c\n");
    let other =
        "train text.txt --size 3 --ws 2 --neg 2 --iter 2 --workers 1 --min-count 1 --sample 0";
    folder.w2v(other).answer();
    let info = &json_lines(&folder.w2v("info --json").answer())[0];
    let parameters = &info["training"]["recipe"]["objective"]["skipgram"];
    assert_eq!(parameters["dim"], 3);
    assert_eq!(parameters["window"], 2);
    assert_eq!(parameters["negative"], 2);
    assert_eq!(parameters["epochs"], 2);
    assert_eq!(info["training"]["recipe"]["threads"], 1);
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_behind() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};
    for style in ["plain", "json"] {
        let folder = Folder::new();
        std::fs::create_dir(folder.path("temp")).unwrap();
        // With this little memory the encoded text is a temporary file.
        let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
            .args(["train", &bundled("corpus.txt"), "--dim", "10", "--epochs", "200"])
            .args([
                "--max-memory",
                "1",
                "--temp-dir",
                "temp",
                "--progress",
                style,
                "--no-checkpoint",
            ])
            .current_dir(folder.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        // The plan speaks of training too.
        while !seen.contains("training skip-gram") && !seen.contains("\"event\":\"training\"") {
            assert_ne!(lines.read_line(&mut seen).unwrap(), 0, "{seen}");
        }
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        lines.read_to_string(&mut seen).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{seen}");
        let end = "interrupted while training; nothing was written";
        match style {
            "json" => {
                let events = json_lines(&seen);
                let last = events.last().unwrap();
                assert_eq!((&last["event"], &last["message"]), (&"error".into(), &end.into()));
                assert_eq!(last["exit"], 130);
            }
            _ => assert_eq!(seen.lines().last(), Some(format!("w2v: {end}").as_str())),
        }
        assert_eq!(folder.names(), ["temp"]);
        assert!(std::fs::read_dir(folder.path("temp")).unwrap().next().is_none());
    }
}

/// The peak is said before training begins, and is what the system then counts.
#[test]
#[cfg(target_os = "linux")]
fn the_memory_that_is_announced_is_the_memory_that_is_taken() {
    let folder = Folder::new();
    let corpus = bundled("corpus.txt");
    for flags in ["--threads 1", "--threads 2 --storage bf16", "--engine pair"] {
        let run = folder.w2v(&format!(
            "train {corpus} --dim 3000 --epochs 1 --sample 1e-5 --force --progress json {flags}"
        ));
        let events = json_lines(&run.err);
        let peak = |name: &str| {
            let event = events.iter().find(|event| event["event"] == name);
            event.expect("an event")["peak_bytes"].as_f64().expect("bytes")
        };
        let (said, taken) = (peak("training"), peak("done"));
        assert!((said / taken - 1.0).abs() < 0.05, "{flags}: {said} {taken}");
    }
}

#[test]
fn kernels_of_a_chosen_instruction_set() {
    let folder = Folder::with_text("one two three four\n");
    let flags = "train text.txt --min-count 1 --sample 0 --dim 8 --force";
    let run = folder.w2v(&format!("{flags} --isa portable"));
    assert!(run.err.contains("portable kernels"), "{}", run.err);
    run.answer();
    let info = json_lines(&folder.w2v("info --json").answer());
    assert_eq!(info[0]["training"]["recipe"]["kernels"], "portable");
    let run = folder.w2v(&format!("{flags} --isa mmx"));
    let code = run.code;
    assert!(run.err.contains("this processor has portable"), "{}", run.err);
    assert_eq!(code, Some(2));
}
