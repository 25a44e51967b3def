//! What is said while one waits, and what help says.

use super::{Folder, json_lines, prose};

#[test]
fn json_progress_is_json_lines_in_order() {
    let folder = Folder::with_text(&prose(100, 300));
    let run = folder.w2v("train text.txt --dim 10 --epochs 3 --progress json --threads 1");
    let events = json_lines(&run.err);
    assert_eq!(run.answer(), "");
    let names: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .filter(|name| *name != "progress")
        .collect();
    let expected = ["plan", "read", "training", "epoch_end", "epoch_end", "epoch_end", "done"];
    assert_eq!(names, expected);
    let of = |name| events.iter().find(|event| event["event"] == name).unwrap();
    let read = of("read");
    assert_eq!(read["tokens"], 8 * 300);
    assert_eq!((&read["lines"], &read["words"]), (&300.into(), &100.into()));
    assert_eq!(of("training")["recipe"]["objective"]["skipgram"]["dim"], 10);
    let epochs = events.iter().filter(|event| event["event"] == "epoch_end");
    let numbers: Vec<u64> = epochs.map(|e| e["epoch"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let done = of("done");
    assert_eq!(done["output"], "vectors.w2v");
    assert_eq!(done["bytes"], folder.read("vectors.w2v").len());
    assert!(done["loss"].as_f64().unwrap() > 0.0);
}

#[test]
fn json_progress_holds_errors_too() {
    let folder = Folder::with_text("a b c\n");
    for (arguments, code) in [("train text.txt", 2), ("train none.txt", 2), ("vocab none.txt", 2)] {
        let run = folder.w2v(&format!("{arguments} --progress json"));
        let events = json_lines(&run.err);
        assert_eq!(run.code, Some(code));
        let last = events.last().unwrap();
        assert_eq!((&last["event"], &last["exit"]), (&"error".into(), &code.into()));
        assert!(last["message"].as_str().unwrap().len() > 10, "{last}");
    }
}

#[test]
fn no_progress_is_silence() {
    let folder = Folder::with_text(&prose(100, 300));
    let run = folder.w2v("train text.txt --dim 10 --progress none");
    assert_eq!(run.err, "");
    assert_eq!(run.answer(), "");
    let run = folder.w2v("vocab text.txt --progress none");
    assert_eq!(run.err, "");
    assert_eq!(run.answer().lines().count(), 100);
    assert_eq!(folder.names(), ["text.txt", "vectors.w2v"]);
}

/// Without a terminal there is no bar: lines, and no control characters in them.
#[test]
fn lines_where_there_is_no_terminal() {
    let folder = Folder::with_text(&prose(100, 300));
    let run = folder.w2v("train text.txt --dim 10 --epochs 2 --seed 3 --threads 1");
    assert!(!run.err.chars().any(|c| c.is_control() && c != '\n'), "{:?}", run.err);
    for part in [
        "plan: 2,400 tokens, 100 words, ",
        "read ",
        "300 lines, 2,400 tokens, 100 different words",
        "vocabulary of 100 words; 2,400 tokens in 300 sentences; none dropped",
        "training skip-gram with 5 negatives, block engine, f32 storage, 10 dimensions, ",
        "2 epochs, seed 3, 1 thread, ",
        "epoch 1: loss ",
        "epoch 2: loss ",
        "wrote vectors.w2v: 100 words × 10 dimensions, ",
    ] {
        assert!(run.err.contains(part), "{part:?} in\n{}", run.err);
    }
}

#[test]
fn help_shows_live_defaults_and_where_to_start() {
    let folder = Folder::new();
    let help = folder.w2v("--help").answer();
    assert!(help.contains("w2v train corpus.txt"), "{help}");
    let train = folder.w2v("train -h").answer();
    let defaults = w2v::SkipGram::default();
    let (glove, counting) = (w2v::Glove::default(), w2v::cooccur::Counting::default());
    for (flag, value) in [
        ("--dim", format!("{}; with --continue and --init those of the file", defaults.dim)),
        ("--window", format!("{}; glove {}", defaults.window, counting.window)),
        ("--negative", defaults.negative.to_string()),
        ("--epochs", format!("{}; glove {}", defaults.epochs, glove.epochs)),
        ("--lr", format!("{}; glove {}; with --continue 0.01", defaults.lr, glove.lr)),
    ] {
        let line = train.split(&format!("{flag} <")).nth(1).expect(flag);
        let default = line.split("[default: ").nth(1).expect(flag);
        let default = default.split(']').next().unwrap();
        let words: Vec<&str> = default.split_whitespace().collect();
        assert_eq!(words.join(" "), value, "{flag}");
    }
    for verb in
        "train plan vocab cooccur neighbors analogy similarity odd eval convert info completions"
            .split(' ')
    {
        let run = folder.w2v(&format!("{verb} --help"));
        assert_eq!(run.err, "");
        assert!(run.answer().contains(&format!("Usage: w2v {verb} ")), "{verb}");
    }
    // Nothing typed: help, and not success.
    let nothing = folder.w2v("");
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("Usage: w2v <COMMAND>"), "{}", nothing.err);
    let version = folder.w2v("--version").answer();
    assert_eq!(version, format!("w2v {}\n", env!("CARGO_PKG_VERSION")));
}
