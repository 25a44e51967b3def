//! The files of one call: an output is never an input nor another output, whatever `--force` says, and
//! `--force` replaces nothing that it was not given for.

use super::{Folder, prose};

/// A text, a model of it, counts, and whatever else may be an input.
fn folder() -> Folder {
    let folder = Folder::with_text(&prose(50, 300));
    folder.w2v("train text.txt --dim 4 --epochs 1 --progress none -o model.w2v").answer();
    folder.w2v("cooccur text.txt --window 2 --progress none -o counts.w2c").answer();
    folder.w2v("vocab text.txt --progress none -o words.txt").answer();
    folder.w2v("convert model.w2v vectors.txt").answer();
    folder.w2v("convert model.w2v array.npy").answer();
    std::fs::create_dir(folder.path("texts")).unwrap();
    folder.write("texts/a.txt", prose(20, 50));
    folder.write("notes.txt", "precious\n");
    folder.write("questions.w2v", ": capitals\nw1 w2 w3 w4\n");
    folder.write("text.npy", prose(20, 50));
    folder.write("state.counts", folder.read("counts.w2c"));
    folder
}

/// Exit code 2, the message, and not a byte of the folder changed.
#[track_caller]
fn refuses(folder: &Folder, arguments: &str, messages: &[&str]) {
    let files = || -> Vec<_> {
        let names = folder.names().into_iter().filter(|name| folder.path(name).is_file());
        names.map(|name| (folder.read(&name), name)).collect()
    };
    let before = files();
    let texts = folder.read("texts/a.txt");
    let run = folder.w2v(arguments);
    assert_eq!(run.code, Some(2), "{arguments}: {}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{arguments}: {}", run.err);
    for message in messages {
        assert!(run.err.contains(message), "{arguments}: {}", run.err);
    }
    assert!(files() == before, "{arguments}");
    assert!(folder.read("texts/a.txt") == texts, "{arguments}");
}

#[test]
fn an_output_is_never_an_input() {
    let folder = folder();
    let train = "train text.txt --dim 4 --epochs 1";
    let glove = "train --model glove --cooccur counts.w2c --dim 4";
    for (arguments, other) in [
        (format!("{train} -o text.txt"), "the corpus text.txt"),
        ("train texts -o texts/a.txt".into(), "the corpus texts/a.txt"),
        (format!("{train} --vocab words.txt -o words.txt"), "--vocab words.txt"),
        (format!("{train} --checkpoint text.txt"), "the corpus text.txt"),
        (format!("{train} --checkpoint words.txt --vocab words.txt"), "--vocab words.txt"),
        (format!("{train} --init vectors.txt -o vectors.txt"), "--init vectors.txt"),
        (format!("{train} --init array.npy -o array.words.txt"), "--init array.words.txt"),
        (format!("{train} --continue model.w2v -o model.w2v"), "--continue model.w2v"),
        (format!("{train} --continue model.w2v --drift-report text.txt"), "the corpus text.txt"),
        (format!("{train} --init vectors.txt --drift-report vectors.txt"), "--init vectors.txt"),
        (format!("{glove} -o counts.w2c"), "--cooccur counts.w2c"),
        (format!("{glove} --checkpoint counts.w2c"), "--cooccur counts.w2c"),
        (
            format!("{train} --resume state -o state.counts --no-checkpoint"),
            "the counts of --resume",
        ),
        ("train --model glove text.txt -o text.txt".into(), "the corpus text.txt"),
        ("plan text.txt -o text.txt".into(), "the corpus text.txt"),
        ("vocab text.txt -o text.txt".into(), "the corpus text.txt"),
        ("vocab text.txt --vocab words.txt -o words.txt".into(), "--vocab words.txt"),
        ("cooccur text.txt -o text.txt".into(), "the corpus text.txt"),
        ("cooccur text.txt -o x.w2c --save-vocab text.txt".into(), "the corpus text.txt"),
        ("cooccur text.txt -o x.w2c --checkpoint text.txt".into(), "the corpus text.txt"),
        ("convert vectors.txt vectors.txt".into(), "the input vectors.txt"),
        ("convert array.npy array.words.txt".into(), "the input array.words.txt"),
        ("quantize model.w2v model.w2v".into(), "the input model.w2v"),
        (
            "quantize model.w2v questions.w2v --analogies questions.w2v".into(),
            "--analogies questions.w2v",
        ),
        ("quantize model.w2v questions.w2v --pairs questions.w2v".into(), "--pairs questions.w2v"),
        ("one-hot text.npy -o text.npy".into(), "the corpus text.npy"),
        ("check vectors.txt --repair vectors.txt".into(), "the input vectors.txt"),
    ] {
        let same = ["is the same file as ", other, "not even with --force"];
        refuses(&folder, &arguments, &same);
        if !arguments.starts_with("plan") {
            refuses(&folder, &format!("{arguments} --force"), &same);
        }
    }
}

#[cfg(unix)]
#[test]
fn links_and_redirections_lead_to_the_same_file() {
    let folder = folder();
    std::os::unix::fs::symlink("text.txt", folder.path("soft")).unwrap();
    std::fs::hard_link(folder.path("text.txt"), folder.path("hard")).unwrap();
    for (input, output) in [
        ("text.txt", "soft"),
        ("soft", "text.txt"),
        ("text.txt", "hard"),
        ("text.txt", "./text.txt"),
    ] {
        let same = [&*format!("--output {output} is the same file as the corpus {input}")];
        refuses(&folder, &format!("vocab {input} -o {output} --force"), &same);
    }
    let text = std::fs::File::open(folder.path("text.txt")).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_w2v"))
        .args(["vocab", "-", "-o", "text.txt", "--force"])
        .current_dir(folder.path(""))
        .stdin(text)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("is the same file as the corpus on standard input"), "{said}");
    assert_eq!(folder.read("text.txt"), prose(50, 300).as_bytes());
}

#[test]
fn two_outputs_are_two_files() {
    let folder = folder();
    let train = "train text.txt --dim 4 --epochs 1";
    for (arguments, other) in [
        (format!("{train} -o x --checkpoint ./x"), "--output x"),
        (format!("{train} --continue model.w2v -o x --drift-report x"), "--output x"),
        (
            format!("{train} --continue model.w2v -o x --drift-report x.checkpoint"),
            "--drift-report x.checkpoint",
        ),
        ("train --model glove text.txt -o x.counts --checkpoint x".into(), "--output x.counts"),
        ("cooccur text.txt -o x --save-vocab x".into(), "--output x"),
        ("cooccur text.txt -o x --save-vocab y --checkpoint ./y".into(), "--save-vocab y"),
    ] {
        for force in ["", " --force"] {
            let same = ["is the same file as ", other, "; choose another name"];
            refuses(&folder, &format!("{arguments}{force}"), &same);
        }
    }
}

#[test]
fn force_covers_no_file_of_another_kind() {
    let folder = folder();
    folder.write("new.words.txt", "precious\n");
    folder.write("x.checkpoint", "precious\n");
    folder.write("y.checkpoint.counts", "precious\n");
    folder.write("good.txt.changes.tsv", "precious\n");
    folder.write("tokenizer.json", "{}\n");
    // A model of another program, whose tokenizer is not ours.
    std::fs::create_dir(folder.path("hf")).unwrap();
    folder.w2v("convert model.w2v hf/model.safetensors").answer();
    folder.write("hf/tokenizer.json", r#"{"model":{"type":"BPE"}}"#);
    let train = "train text.txt --dim 4 --epochs 1";
    for (arguments, file) in [
        (format!("{train} -o new.w2v --checkpoint notes.txt"), "notes.txt"),
        (format!("{train} -o new.w2v --checkpoint model.w2v"), "model.w2v"),
        (format!("{train} -o x"), "x.checkpoint"),
        ("train --model glove text.txt -o y".into(), "y.checkpoint.counts"),
        (format!("{train} --continue model.w2v -o z --drift-report notes.txt"), "notes.txt"),
        ("cooccur text.txt -o x.w2c --save-vocab notes.txt".into(), "notes.txt"),
        ("cooccur text.txt -o x.w2c --checkpoint notes.txt".into(), "notes.txt"),
        ("convert model.w2v new.npy".into(), "new.words.txt"),
        ("convert model.w2v new.safetensors --static-embedding".into(), "tokenizer.json"),
        ("check vectors.txt --repair good.txt".into(), "good.txt.changes.tsv"),
    ] {
        for force in ["", " --force"] {
            let foreign = [&*format!("{file}: the file is there and is not "), "--force does not"];
            refuses(&folder, &format!("{arguments}{force}"), &foreign);
        }
    }
    let force = "convert model.w2v hf/model.safetensors --static-embedding --force";
    refuses(&folder, force, &["hf/tokenizer.json: the file is there and is not "]);
    assert_eq!(folder.read("hf/tokenizer.json"), br#"{"model":{"type":"BPE"}}"#);
    // Those of an earlier call of the same kind are replaced.
    let grow = format!("{train} --continue model.w2v -o grown.w2v --force --drift-report");
    std::fs::create_dir(folder.path("static")).unwrap();
    for arguments in [
        "convert model.w2v array.npy --force",
        "convert model.w2v static/model.safetensors --static-embedding",
        "convert model.w2v static/model.safetensors --static-embedding --force",
        "cooccur text.txt -o counts.w2c --save-vocab words.txt --force",
        &format!("{grow} d.tsv"),
        &format!("{grow} d.tsv"),
        &format!("{grow} d.json"),
        &format!("{grow} d.json"),
        &format!("{train} -o m.w2v --checkpoint state --checkpoint-every 1000-words --force"),
        &format!("{train} -o m.w2v --checkpoint state --checkpoint-every 1000-words --force"),
    ] {
        folder.w2v(arguments).answer();
    }
}

/// Models, states and counts that earlier runs left in the folder of a text are no text.
#[test]
fn a_folder_of_text_holds_no_files_of_ours() {
    let folder = folder();
    let read = |corpus: &str| folder.w2v(&format!("vocab {corpus} --min-count 1")).answer();
    let before = read("texts");
    let train = "train texts --dim 4 --epochs 9 --checkpoint-every 100-words --threads 1";
    folder.w2v(&format!("{train} -o texts/m.vec --checkpoint texts/state")).answer();
    assert!(folder.path("texts/state").exists());
    std::fs::copy(folder.path("counts.w2c"), folder.path("texts/counts")).unwrap();
    assert_eq!(read("texts"), before);
    folder.w2v(&format!("{train} -o texts/m.vec --resume texts/state --force")).answer();
    assert!(folder.read("texts/m.vec").starts_with(b"w2v\0"));
}

/// Counts of another run are not written over without a question.
#[test]
fn counts_beside_a_named_state_are_kept() {
    let folder = folder();
    folder.write("state.counts", folder.read("counts.w2c"));
    let train = "train --model glove text.txt --dim 4 --epochs 1 --checkpoint state";
    let run = folder.w2v(train);
    run.refused_beginning(2, "state.counts exists already");
    folder.w2v(&format!("{train} --force")).answer();
    // Made from counts, a run writes none and needs no room for them.
    let train = "train --model glove --cooccur state.counts --dim 4 --epochs 1 --checkpoint state";
    folder.w2v(&format!("{train} --force -o other.w2v")).answer();
}
