//! `w2v plan`: what it says is what training finds; what cannot fit is refused with a flag that helps.

use super::skips::skipped;
use super::{Folder, Ran, bundled, json_lines, prose};
use serde_json::Value;

fn plan(folder: &Folder, arguments: &str) -> Value {
    let answer = folder.w2v(&format!("plan {arguments} --json")).answer();
    json_lines(&answer).remove(0)
}

#[test]
fn a_small_text_is_counted_and_training_finds_the_same() {
    let folder = Folder::with_text(&prose(3000, 2000));
    for flags in ["", "--min-count 2", "--max-vocab 500", "--model glove --epochs 1"] {
        let flags = format!("text.txt --dim 8 --threads 2 {flags}");
        let plan = plan(&folder, &flags);
        assert_eq!(plan["exact"], true);
        assert_eq!(folder.names(), ["text.txt"]);
        let run = folder.w2v(&format!("train {flags} --progress json"));
        let events = json_lines(&run.err);
        run.answer();
        let of = |name: &str| events.iter().find(|event| event["event"] == name).unwrap();
        let exact = |name: &str| {
            assert_eq!(plan[name]["low"], plan[name]["high"], "{flags}");
            plan[name]["value"].as_f64().unwrap() as u64
        };
        let read = of("read");
        for name in ["bytes", "tokens", "types", "words", "encoded"] {
            assert_eq!(read[name], exact(name), "{name}, {flags}");
        }
        // The same stands at the beginning of the training.
        assert_eq!(events[0]["event"], "plan");
        assert_eq!(events[0]["words"], plan["words"]);
        if flags.contains("glove") {
            let (found, told) = (of("counted")["cells"].as_f64(), plan["cells"]["value"].as_f64());
            let share = told.unwrap() / found.unwrap();
            assert!((share - 1.0).abs() < 0.01, "{share}");
        }
        let written = folder.read("vectors.w2v").len() as f64;
        let told = plan["disk"]["value"]["output"].as_f64().unwrap();
        assert!((told / written - 1.0).abs() < 0.1, "{told} and {written}");
        std::fs::remove_file(folder.path("vectors.w2v")).unwrap();
    }
}

#[test]
fn people_read_it_too() {
    let folder = Folder::with_text(&prose(300, 2000));
    let shown = folder.w2v("plan text.txt --dim 8 --threads 1").answer();
    for line in [
        "counted whole: all numbers of the text are exact",
        "tokens         16,000\n",
        "vocabulary     300",
        "its growth     all of it 300, 2 times as much 300, 4 times as much 300\n",
        "output         vectors.w2v: ",
        "time           ",
        "processor      ",
    ] {
        assert!(shown.contains(line), "{line:?} in\n{shown}");
    }
    // An output that is there is in nobody's way; flags are those of training.
    folder.write("vectors.w2v", "precious");
    folder.w2v("plan text.txt --dim 8").answer();
    assert_eq!(folder.read("vectors.w2v"), b"precious");
    let run = folder.w2v("plan text.txt --dim 0");
    run.refused_beginning(2, "--dim is 0, expected 1 to ");
    let run = folder.w2v("plan text.txt --explain");
    run.refused_beginning(2, "--explain means nothing in a plan");
    let run = folder.w2v("plan missing.txt");
    run.refused_beginning(2, "cannot read missing.txt: ");
    folder.write("empty.txt", "");
    let run = folder.w2v("plan empty.txt");
    run.refused_beginning(2, "no text in empty.txt: ");
}

#[test]
fn standard_input_would_be_used_up() {
    let folder = Folder::new();
    let run = folder.piped("plan -", prose(10, 100));
    run.refused(
        2,
        "standard input can be read once only, and planning would use it up; save it as a file",
    );
    let run = folder.piped("train - --dim 4 --epochs 1", prose(10, 100));
    assert!(run.err.starts_with("no plan: standard input can be read once only\n"), "{}", run.err);
    run.answer();
}

/// A named pipe is left for training to read.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_left_alone() {
    let folder = Folder::with_text(&prose(10, 100));
    let script = "mkfifo pipe && { cat text.txt > pipe & } && \"$0\" plan pipe; \
                  exec \"$0\" train pipe --dim 4 --epochs 1";
    let run = shell(&folder, script, env!("CARGO_BIN_EXE_w2v"));
    assert!(run.err.starts_with("w2v: pipe can be read once only"), "{}", run.err);
    assert!(run.err.contains("100 lines, 800 tokens"), "{}", run.err);
    run.answer();
}

#[test]
fn coverage_of_an_evaluation_set() {
    let folder = Folder::with_text(&"king queen man woman king queen\n".repeat(10));
    folder.write("questions.txt", ": s\nKing Queen Man Woman\nking queen boy girl\n");
    folder.write("pairs.txt", "king queen 9\nking car 1\n");
    let plan = plan(&folder, "text.txt --dim 4 --eval questions.txt pairs.txt");
    let covered = |i: usize| {
        let set = &plan["coverage"][i];
        assert_eq!(set["exact"], true);
        [set["covered"].as_u64().unwrap(), set["total"].as_u64().unwrap()]
    };
    assert_eq!([covered(0), covered(1)], [[1, 2], [1, 2]]);
    let shown = folder.w2v("plan text.txt --dim 4 --eval questions.txt").answer();
    assert!(shown.contains("coverage       questions.txt: 1 of 2 items\n"), "{shown}");
    let run = folder.w2v("plan text.txt --eval none.txt");
    run.refused_beginning(2, "cannot open none.txt: ");
}

#[test]
fn the_flags_of_training_mean_the_same() {
    let folder = Folder::new();
    let corpus = bundled("corpus.txt");
    let small = plan(&folder, &format!("{corpus} --dim 16"));
    let large = plan(&folder, &format!("{corpus} --dim 320"));
    let matrices = |plan: &Value| plan["memory"]["value"]["matrices"].as_f64().unwrap();
    assert_eq!(20.0 * matrices(&small), matrices(&large));
    let on_disk = plan(&folder, &format!("{corpus} --max-memory 1M"));
    assert_eq!(on_disk["memory"]["value"]["ids"], 0.0);
    let temporary = on_disk["disk"]["value"]["temporary"].as_f64().unwrap();
    assert!(temporary >= 4.0 * on_disk["tokens"]["value"].as_f64().unwrap());
}

/// What was planned is what the process then takes, with everything in memory and with ids, tables of
/// words and pairs in temporary files.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_what_was_planned() {
    let folder = Folder::with_text(&prose(40_000, 60_000));
    for flags in [
        "--dim 200",
        "--dim 200 --max-memory 1M",
        "--dim 200 --storage bf16",
        "--dim 100 --model glove",
        "--dim 100 --model glove --max-memory 3M",
    ] {
        let flags = format!("text.txt --epochs 1 --min-count 1 --threads 2 {flags}");
        let planned = plan(&folder, &flags);
        let memory = |range: &str| planned["memory"][range]["peak"].as_f64().unwrap();
        let run = folder.w2v(&format!("train {flags} --force --progress json"));
        let events = json_lines(&run.err);
        run.answer();
        let done = events.iter().find(|event| event["event"] == "done").unwrap();
        let found = done["peak_bytes"].as_f64().unwrap();
        let share = memory("value") / found;
        assert!((0.85..1.25).contains(&share), "{flags}: {share} of {found}");
        let on_disk = planned["memory"]["value"]["ids"] == 0.0;
        assert_eq!(on_disk, flags.contains("--max-memory"));
    }
}

/// Runs a script in the folder; `$0` is the program.
#[cfg(unix)]
fn shell(folder: &Folder, script: &str, program: &str) -> Ran {
    Ran::of(
        assert_cmd::Command::new("sh")
            .args(["-c", script, program])
            .current_dir(folder.path(""))
            .env("RAYON_NUM_THREADS", "2")
            .timeout(super::LIMIT),
    )
}

/// Under `ulimit -v` a run that cannot fit is refused by plan and training in the same words, and with
/// the flag that they name it works.
#[cfg(target_os = "linux")]
#[test]
fn a_flag_that_makes_it_fit() {
    let folder = Folder::with_text(&prose(5000, 700));
    let limited = |arguments: &str| {
        let script = format!("ulimit -v 400000 && exec \"$0\" {arguments}");
        shell(&folder, &script, env!("CARGO_BIN_EXE_w2v"))
    };
    if limited("--version").code != Some(0) {
        return skipped("ulimit", "w2v does not run under `ulimit -v 400000` in this shell");
    }
    let flags = "text.txt --min-count 1 --epochs 1 --threads 1 --progress none";
    let run = limited(&format!("train {flags} --dim 20000"));
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.starts_with("w2v: this run takes about "), "{}", run.err);
    assert!(run.err.contains(" MB of address space (`ulimit -v`), and there are "), "{}", run.err);
    let plan = limited(&format!("plan {flags} --dim 20000"));
    assert_eq!(plan.code, Some(2));
    // How much address space is left differs a little from run to run, and the values with it.
    let advice = |err: &str| err.split("; it fits with ").nth(1).map(str::to_owned);
    for err in [&plan.err, &run.err] {
        let advice = advice(err).expect("some advice");
        let names = ["--dim ", ", or --min-count ", ", or --max-vocab "];
        assert!(names.iter().all(|name| advice.contains(name)), "{advice}");
    }
    let advice = advice(&plan.err).expect("some advice");
    // Each for itself.
    let mut tried = 0;
    for flag in advice.trim().split(", or ").filter(|flag| flag.starts_with("--")) {
        let dim = if flag.starts_with("--dim") { "" } else { "--dim 20000" };
        // Few words only: 20,000 dimensions take their time.
        if flag.starts_with("--dim") || flag.starts_with("--max-vocab") {
            let run = limited(&format!("train {flags} {dim} {flag} --force"));
            assert_eq!(run.code, Some(0), "{flag}: {}", run.err);
            tried += 1;
        }
    }
    assert!(tried >= 2, "{advice}");
}
