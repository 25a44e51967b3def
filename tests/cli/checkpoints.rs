//! Interrupted runs: what is kept, what is said, and that the same command with `--resume` ends as if
//! nothing had happened.
#![cfg(unix)]

use super::{Folder, bundled, json_lines};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Starts `w2v` with arguments that hold no space, and waits until standard error has said `until`.
pub(super) fn start(folder: &Folder, arguments: &str, until: &str) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
        .args(arguments.split_whitespace())
        .current_dir(folder.path(""))
        .env_remove("W2V_VECTORS")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.as_mut().unwrap());
    let mut seen = String::new();
    while !seen.contains(until) {
        assert_ne!(lines.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    (child, seen)
}

/// Sends a signal.
pub(super) fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(sent.success());
}

/// How it ended, and what it said since.
fn end(mut child: Child) -> (Option<i32>, String) {
    let mut rest = String::new();
    child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
    (child.wait().unwrap().code(), rest)
}

fn flags() -> String {
    format!("train {} --dim 30 --epochs 6 --threads 1", bundled("corpus.txt"))
}

#[test]
fn ctrl_c_and_sigterm_keep_the_state_and_the_command_that_is_said_goes_on() {
    let whole = Folder::new();
    whole.w2v(&flags()).answer();
    for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let folder = Folder::new();
        let (child, _) = start(&folder, &format!("{} --progress plain", flags()), "training");
        signal(&child, name);
        let (ended, said) = end(child);
        assert_eq!(ended, Some(code), "{said}");
        assert_eq!(folder.names(), ["vectors.w2v.checkpoint"], "{said}");
        let last = said.lines().last().unwrap();
        let (_, command) = last.split_once("go on with: w2v ").expect(last);
        assert!(command.ends_with("--resume vectors.w2v.checkpoint"), "{command}");
        // What is half learnt can be asked.
        let info = folder.w2v("info vectors.w2v.checkpoint").answer();
        assert!(info.contains("checkpoint"), "{info}");
        folder.w2v("neighbors king --vectors vectors.w2v.checkpoint").answer();
        // A second run does not write over it.
        let anew = folder.w2v(&flags());
        let message = "vectors.w2v.checkpoint holds a run that was interrupted at ";
        anew.refused_beginning(2, message);
        folder.w2v(command).answer();
        assert_eq!(folder.names(), ["vectors.w2v"]);
        assert!(folder.read("vectors.w2v") == whole.read("vectors.w2v"), "{name}");
    }
}

/// A terminal that is closed ends a run with its state kept; `nohup` means that it goes on.
#[cfg(target_os = "linux")]
#[test]
fn nohup_is_respected() {
    let folder = Folder::with_text(&super::prose(50, 3000));
    let script = format!(
        "trap '' HUP; exec {} train text.txt --dim 4 --epochs 40 --progress plain",
        env!("CARGO_BIN_EXE_w2v")
    );
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path(""))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.as_mut().unwrap());
    let mut seen = String::new();
    while !seen.contains("training") {
        assert_ne!(lines.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    signal(&child, "-HUP");
    let (ended, said) = end(child);
    assert_eq!(ended, Some(0), "{said}");
    assert_eq!(folder.names(), ["text.txt", "vectors.w2v"]);
}

#[test]
fn an_interrupt_in_json_says_the_same() {
    let folder = Folder::new();
    let run = format!("{} --progress json --checkpoint-every 1ms", flags());
    let (child, before) = start(&folder, &run, "\"checkpoint\"");
    signal(&child, "-TERM");
    let (ended, said) = end(child);
    assert_eq!(ended, Some(143), "{said}");
    let events = json_lines(&(before + &said));
    assert!(events.iter().any(|event| event["event"] == "checkpoint" && event["share"].is_f64()));
    let last = events.last().unwrap();
    assert_eq!((&last["event"], &last["exit"]), (&"error".into(), &143.into()));
    assert!(last["message"].as_str().unwrap().contains("--resume vectors.w2v.checkpoint"));
}

/// `timeout` signals the process and then its group, a session that ends sends two kinds of signals:
/// what follows at once is no second decision, and the state is kept.
#[test]
fn signals_that_follow_at_once_belong_to_the_first() {
    for (second, wait) in [("-TERM", 0), ("-TERM", 20), ("-HUP", 0), ("-INT", 100)] {
        let folder = Folder::new();
        let (child, _) = start(&folder, &format!("{} --progress plain", flags()), "training");
        signal(&child, "-TERM");
        std::thread::sleep(Duration::from_millis(wait));
        // It may have kept its state and ended before the second one.
        signal(&child, second);
        let (ended, said) = end(child);
        // Of two that wait nobody knows which came first.
        let codes = [Some(143), Some(if second == "-HUP" { 129 } else { 130 })];
        assert!(codes.contains(&ended), "{ended:?}: {said}");
        assert_eq!(folder.names(), ["vectors.w2v.checkpoint"], "{said}");
        let last = said.lines().last().unwrap();
        assert!(last.contains("go on with: w2v train "), "{said}");
        w2v::formats::native::read_checkpoint(
            folder.path("vectors.w2v.checkpoint"),
            &Default::default(),
        )
        .unwrap();
    }
}

/// Starts what blocks on an output that nobody reads, signals it until it ends with exit code 143 and
/// not before a second has gone by, and returns what it said on `stderr`.
fn stopped_at_once(folder: &Folder, arguments: &str, stderr: impl Fn() -> Stdio) -> String {
    // On a busy machine it takes a while to get there; before it listens, a signal ends it as any
    // other process, and before it blocks, it stops by itself.
    for wait in [1, 4, 16] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
            .args(arguments.split_whitespace())
            .current_dir(folder.path(""))
            .stdout(Stdio::piped())
            .stderr(stderr())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs(wait));
        let began = Instant::now();
        let ended = loop {
            signal(&child, "-TERM");
            std::thread::sleep(Duration::from_millis(100));
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
            assert!(began.elapsed() < super::LIMIT, "it goes on");
        };
        if ended.code() == Some(143) && began.elapsed() >= Duration::from_secs(1) {
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut said).unwrap();
            }
            return said;
        }
    }
    panic!("it never blocked, or there was no grace");
}

#[test]
fn a_later_signal_ends_at_once_and_says_what_is_lost() {
    // More words than a pipe holds.
    let words: String = (0..100_000).map(|i| format!("word{i} ")).collect();
    let folder = Folder::with_text(&words);
    let stopped = |progress: &str| {
        let vocab = format!("vocab text.txt --min-count 1 --progress {progress}");
        stopped_at_once(&folder, &vocab, Stdio::piped)
    };
    assert_eq!(stopped("none"), "w2v: stopped at once: all of this run is lost\n");
    let said = stopped("plain");
    assert!(said.contains("once more to stop at once and lose all of this run\n"), "{said}");
    assert!(said.ends_with("w2v: stopped at once: all of this run is lost\n"), "{said}");
    let said = stopped("json");
    let last = json_lines(&said).pop().unwrap();
    assert_eq!((&last["event"], &last["exit"]), (&"error".into(), &143.into()), "{said}");
}

/// A pager that was left standing does not keep a signal from its effect.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_does_not_keep_a_run_from_ending() {
    let folder = Folder::with_text(&super::prose(50, 3000));
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[b'\n'; 1 << 16]).unwrap();
    let full = || Stdio::from(writer.try_clone().unwrap());
    stopped_at_once(&folder, "train text.txt --dim 4 --epochs 100000 --progress plain", full);
    assert_eq!(folder.names(), ["text.txt"]);
    drop(reader);
}

#[test]
fn glove_goes_on_with_its_counts() {
    let flags = format!(
        "train --model glove {} --dim 20 --epochs 25 --x-max 10 --threads 1 --progress plain",
        bundled("corpus.txt")
    );
    let whole = Folder::new();
    whole.w2v(&flags).answer();
    // Over a model that was there, which the command that is said must be allowed to replace too.
    let folder = Folder::new();
    folder.write("vectors.w2v", "old");
    let (child, _) = start(&folder, &format!("{flags} --force"), "training");
    signal(&child, "-INT");
    let (ended, said) = end(child);
    assert_eq!(ended, Some(130), "{said}");
    let last = said.lines().last().unwrap();
    let (_, command) = last.split_once("go on with: w2v ").expect(last);
    let kept = ["vectors.w2v", "vectors.w2v.checkpoint", "vectors.w2v.checkpoint.counts"];
    assert_eq!(folder.names(), kept);
    assert_eq!(folder.read("vectors.w2v"), b"old");
    let run = folder.w2v(command);
    assert!(run.err.contains("from vectors.w2v.checkpoint.counts"), "{}", run.err);
    run.answer();
    assert_eq!(folder.names(), ["vectors.w2v"]);
    assert!(folder.read("vectors.w2v") == whole.read("vectors.w2v"));
}

#[test]
fn a_named_checkpoint_stays_and_may_lie_elsewhere() {
    let folder = Folder::with_text(&super::prose(50, 3000));
    std::fs::create_dir(folder.path("kept")).unwrap();
    let train =
        "train text.txt --dim 4 --threads 1 --checkpoint kept/state --checkpoint-every 3000-words";
    let run = folder.w2v(train);
    assert!(run.err.contains("kept the state at "), "{}", run.err);
    run.answer();
    let first = folder.read("vectors.w2v");
    assert_eq!(folder.names(), ["kept", "text.txt", "vectors.w2v"]);
    // The last state of a run that ended leads to the same end.
    folder.w2v(&format!("{train} --force --resume kept/state")).answer();
    assert!(folder.read("vectors.w2v") == first);
}

#[test]
fn what_cannot_be_resumed_is_refused_before_the_work() {
    let folder = Folder::with_text(&super::prose(50, 3000));
    let train = "train text.txt --dim 4 --threads 1 --force";
    let keep = "--checkpoint state --checkpoint-every 5000-words";
    folder.w2v(&format!("{train} {keep}")).answer();
    let resume = format!("{train} --resume state");
    for (flags, message) in [
        ("--dim 5", "the argument '--dim <N>' cannot be used multiple times"),
        ("--window 4", "--window was 5 when the checkpoint was made, and is 4 now"),
        ("--seed 2", "--seed was 1 when"),
        ("--engine pair", "--engine was block when"),
        ("--model glove", "--model was skipgram when the checkpoint was made, and is glove now"),
        ("--max-vocab 40", "--max-vocab was none when"),
        ("--lowercase", "--lowercase was false when"),
    ] {
        let run = folder.w2v(&format!("{resume} {flags}"));
        assert_eq!(run.code, Some(2), "{}", run.err);
        assert!(run.err.contains(message), "{}", run.err);
    }
    folder.write("text.txt", super::prose(50, 3001));
    let run = folder.w2v(&resume);
    assert!(run.err.contains("the corpus was text with the hash "), "{}", run.err);
    assert_eq!(run.code, Some(2));
    folder.w2v(&format!("{train} --resume vectors.w2v")).refused_beginning(
        2,
        "vectors.w2v is a finished model, not a checkpoint: there is nothing",
    );
    folder.w2v(&format!("{train} --resume nowhere")).refused_beginning(2, "cannot open nowhere");
    folder.w2v("train text.txt --force --checkpoint vectors.w2v").refused_beginning(
        2,
        "--checkpoint vectors.w2v is the same file as --output vectors.w2v; ",
    );
    folder
        .w2v("train text.txt --force --checkpoint no/such/folder")
        .refused_beginning(2, "cannot create a file in no/such");
    for every in ["0m", "soon", "10"] {
        let run = folder.w2v(&format!("train text.txt --checkpoint-every {every}"));
        assert!(run.err.contains("--checkpoint-every"), "{}", run.err);
        assert_eq!(run.code, Some(2));
    }
}
