//! Disks that are full, memory that is not there, texts that change or vanish under way: the old file
//! stays, the message says what and where, and nothing torn or temporary is left.
#![cfg(target_os = "linux")]

use super::skips::skipped;
use super::{Folder, Ran, prose};
use std::io::Write;
use std::process::{Command, Stdio};

/// Runs `w2v` in a shell under limits, as in `ulimit -f 100`.
fn limited(folder: &Folder, limits: &str, arguments: &str) -> Ran {
    let script = format!("{limits}; exec {} {arguments}", env!("CARGO_BIN_EXE_w2v"));
    let mut command = assert_cmd::Command::new("sh");
    command.args(["-c", &script]).current_dir(folder.path("")).timeout(super::LIMIT);
    Ran::of(&mut command)
}

/// A file that is larger than is allowed fails as on a full disk: at the same call.
#[test]
fn a_model_that_does_not_fit_on_the_disk_leaves_the_old_one() {
    let folder = Folder::with_text(&prose(300, 2000));
    folder.write("vectors.w2v", "the old model");
    // 300 × 50 × 2 floats are 120,000 bytes.
    let train = "train text.txt --dim 50 --threads 1 --force --progress none";
    let run = limited(&folder, "ulimit -f 100", train);
    run.refused_beginning(2, "cannot write vectors.w2v: File too large");
    assert_eq!(folder.names(), ["text.txt", "vectors.w2v"]);
    assert_eq!(folder.read("vectors.w2v"), b"the old model");
}

/// The run goes on without a state, and says so; a state that is there stays and is named at the end.
#[test]
fn a_state_that_does_not_fit_on_the_disk_does_not_end_the_run() {
    let folder = Folder::with_text(&prose(300, 2000));
    // The state is some bytes larger than the model: a limit between the two.
    let train = |dim: usize| {
        format!(
            "train text.txt --dim {dim} --threads 1 --force --checkpoint state --checkpoint-every 1000-words"
        )
    };
    let (dim, blocks) = (40..90)
        .find_map(|dim| {
            folder.w2v(&train(dim)).answer();
            let blocks = |name: &str| folder.read(name).len().div_ceil(512);
            let (model, state) = (blocks("vectors.w2v"), blocks("state"));
            (model < state).then_some((dim, model))
        })
        .expect("sizes with a block's end between them");
    let right = folder.read("vectors.w2v");
    let run = limited(&folder, &format!("ulimit -f {blocks}"), &train(dim));
    let warning = "warning: the state could not be kept: cannot write state: File too large";
    assert!(run.err.contains(warning), "{}", run.err);
    assert!(run.err.contains("training goes on"), "{}", run.err);
    run.answer();
    assert!(folder.read("vectors.w2v") == right);
    // Early states, which have fewer losses to tell, fitted.
    let state = folder.read("state");
    w2v::formats::native::read_checkpoint(folder.path("state"), &Default::default()).unwrap();
    assert_eq!(folder.names(), ["state", "text.txt", "vectors.w2v"]);
    // Neither fits: the old ones stay, and the state is named.
    let run = limited(&folder, &format!("ulimit -f {}", blocks / 2), &train(dim));
    assert_eq!(run.code, Some(2), "{}", run.err);
    let last = run.err.lines().last().unwrap();
    assert!(last.starts_with("w2v: cannot write vectors.w2v: File too large"), "{last}");
    assert!(last.contains("the last state is in state; go on with: w2v train"), "{last}");
    assert!(folder.read("vectors.w2v") == right && folder.read("state") == state);
    assert_eq!(folder.names(), ["state", "text.txt", "vectors.w2v"]);
}

#[test]
fn temporary_files_that_do_not_fit_on_the_disk_are_named() {
    let folder = Folder::with_text(&prose(3000, 20_000));
    std::fs::create_dir(folder.path("temp")).unwrap();
    let spill = "text.txt --max-memory 1 --temp-dir temp --threads 1 --progress none";
    for verb in ["train", "train --model glove", "cooccur", "vocab -o vocab.txt"] {
        let run = limited(&folder, "ulimit -f 100", &format!("{verb} {spill}"));
        let (code, err) = (run.code, run.err);
        assert_eq!(code, Some(2), "{verb}: {err}");
        assert!(err.starts_with("w2v: cannot write ") && err.contains("File too large"), "{err}");
        assert!(err.contains("temp"), "{verb}: {err}");
        assert_eq!(folder.names(), ["temp", "text.txt"], "{verb}");
        assert_eq!(std::fs::read_dir(folder.path("temp")).unwrap().count(), 0, "{verb}");
    }
}

/// A disk that is really full, where a test may mount one.
#[test]
fn a_full_disk() {
    let folder = Folder::with_text(&prose(300, 2000));
    // There is room when the run begins, and none when it ends.
    let script = format!(
        "mkdir small && mount -t tmpfs -o size=2m tmpfs small && cd small && echo old > vectors.w2v || exit 9
         {} train ../text.txt --dim 100 --epochs 40 --threads 1 --force --no-checkpoint --progress plain 2> ../log &
         until grep -q training ../log; do :; done
         dd if=/dev/zero of=full bs=1k 2> /dev/null
         wait $!; echo $?; cat ../log >&2; ls -A; cat vectors.w2v",
        env!("CARGO_BIN_EXE_w2v")
    );
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(folder.path(""))
        .output();
    let output = match output {
        Ok(output) if !output.stdout.is_empty() => output,
        other => {
            return skipped("tmpfs", format!("no file system can be mounted here ({other:?})"));
        }
    };
    let (out, err) = (output.stdout, String::from_utf8(output.stderr).unwrap());
    let out = String::from_utf8(out).unwrap();
    if err.contains("mount:") {
        return skipped("tmpfs", format!("no file system can be mounted here ({err})"));
    }
    assert!(err.contains("w2v: cannot write vectors.w2v: No space left on device"), "{err}");
    assert_eq!(out, "2\nfull\nvectors.w2v\nold\n", "{err}");
}

/// From far too little memory to enough, every run ends with a model or a message, and nothing else in
/// the folder.
#[test]
fn too_little_memory_is_said() {
    let folder = Folder::with_text(&prose(2000, 20_000));
    let mut ended = std::collections::BTreeSet::new();
    for megabytes in (40..=400).step_by(40) {
        let train = "train text.txt --dim 2000 --threads 2 --epochs 1 --force --no-checkpoint";
        let run = limited(&folder, &format!("ulimit -v {}", megabytes * 1024), train);
        let last = run.err.lines().last().unwrap_or_default().to_owned();
        assert!(!last.is_empty(), "{megabytes} MB, {:?}", run.code);
        ended.insert(run.code);
        let names = folder.names();
        match run.code {
            Some(0) => assert!(names.contains(&"vectors.w2v".into())),
            _ => assert_eq!(names, ["text.txt"], "{megabytes} MB: {}", run.err),
        }
        let _ = std::fs::remove_file(folder.path("vectors.w2v"));
    }
    assert!(ended.contains(&Some(0)) && ended.contains(&Some(2)), "{ended:?}");
}

/// A text that grows while it is read: what was there counts, and the end is an end. One that is cut
/// short meanwhile, or of which the next file vanishes: an end or an error, and no half model.
#[test]
fn a_text_that_changes_while_it_is_read() {
    let folder = Folder::with_text("");
    // A pipe is a file that is as long as we like.
    let made = Command::new("mkfifo").arg(folder.path("pipe.txt")).status().unwrap();
    assert!(made.success());
    folder.write("gone.txt", prose(20, 100));
    let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
        .args(["train", "pipe.txt", "gone.txt", "--dim", "4", "--progress", "none"])
        .current_dir(folder.path(""))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = std::fs::File::options().write(true).open(folder.path("pipe.txt")).unwrap();
    pipe.write_all(prose(20, 100).as_bytes()).unwrap();
    std::fs::remove_file(folder.path("gone.txt")).unwrap();
    drop(pipe);
    let mut err = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
    let code = child.wait().unwrap().code();
    match code {
        // It had been opened before.
        Some(0) => assert!(folder.path("vectors.w2v").exists()),
        _ => {
            assert_eq!(code, Some(2), "{err}");
            assert!(err.contains("gone.txt"), "{err}");
            assert_eq!(folder.names(), ["pipe.txt", "text.txt"]);
        }
    }

    let text = prose(500, 60_000);
    let train = "train text.txt --dim 4 --epochs 1 --threads 1 --force --progress json";
    for change in ["grow", "shrink", "vanish"] {
        folder.write("text.txt", &text);
        let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
            .args(train.split_whitespace())
            .current_dir(folder.path(""))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        match change {
            "grow" => {
                let mut file =
                    std::fs::File::options().append(true).open(folder.path("text.txt")).unwrap();
                for _ in 0..50 {
                    file.write_all(b"w1 w2 w3 and more of it\n").unwrap();
                }
            }
            "shrink" => {
                let file =
                    std::fs::File::options().write(true).open(folder.path("text.txt")).unwrap();
                file.set_len(text.len() as u64 / 3).unwrap();
            }
            _ => std::fs::remove_file(folder.path("text.txt")).unwrap(),
        }
        let mut err = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
        let code = child.wait().unwrap().code();
        match (code, change) {
            (Some(0), _) => drop(w2v::formats::native::open(folder.path("vectors.w2v")).unwrap()),
            (Some(2), "vanish") => assert!(err.contains("text.txt"), "{err}"),
            _ => panic!("{change}: {code:?} {err}"),
        }
        let _ = std::fs::remove_file(folder.path("vectors.w2v"));
    }
}

/// A loss that is absurd and finite is no success either.
#[test]
fn a_finite_loss_far_above_its_start_is_divergence() {
    let folder = Folder::with_text(&prose(300, 20_000));
    folder.write("tiny.txt", "a b c a b\nb c a\n".repeat(50));
    for (call, lr) in [
        ("text.txt --model glove --lr 5 --epochs 2", "5"),
        ("text.txt --model glove --lr 100 --epochs 2 --threads 3", "100"),
        ("tiny.txt --lr 50 --epochs 3 --threads 1", "50"),
    ] {
        let run = folder.w2v(&format!("train {call} --dim 20 --force"));
        assert_eq!(run.code, Some(2), "{call}: {}", run.err);
        assert!(run.err.contains("training diverged in epoch"), "{call}: {}", run.err);
        assert!(run.err.contains(&format!("lower --lr (it was {lr})")), "{call}: {}", run.err);
        assert!(!folder.path("vectors.w2v").exists(), "{call}");
    }
    for call in
        ["text.txt --model glove --lr 0.2", "tiny.txt --model glove --lr 0.3", "tiny.txt --lr 1"]
    {
        folder.w2v(&format!("train {call} --dim 20 --epochs 2 --force --progress none")).answer();
    }
}

/// A learning rate that is far too high ends the run with its name; what is on the disk is finite.
#[test]
fn a_diverging_run_stops_and_says_what_to_lower() {
    let folder = Folder::with_text(&prose(300, 20_000));
    for flags in ["", "--storage bf16", "--engine pair", "--threads 1"] {
        let train = "train text.txt --dim 20 --lr 1e15 --sample 0 --checkpoint state --force";
        let run = folder.w2v(&format!("{train} --checkpoint-every 1000-words {flags}"));
        assert_eq!(run.code, Some(2), "{flags}: {}", run.err);
        assert!(run.err.contains("training diverged in epoch"), "{flags}: {}", run.err);
        assert!(run.err.contains("lower --lr"), "{flags}: {}", run.err);
        assert!(!folder.path("vectors.w2v").exists(), "{flags}");
        if folder.path("state").exists() {
            assert!(run.err.contains("the last good state is in state"), "{flags}: {}", run.err);
            let state =
                w2v::formats::native::read_checkpoint(folder.path("state"), &Default::default())
                    .unwrap();
            assert!(state.model.input.is_finite() && state.model.output.is_finite(), "{flags}");
            std::fs::remove_file(folder.path("state")).unwrap();
        }
    }
}
