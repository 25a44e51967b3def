//! `w2v cooccur` and `w2v train --model glove`: in one step and in two, from our files and GloVe's.

use super::{Folder, Ran, bundled, json_lines, prose};

/// It ended with exit code 2 and a message that holds this.
#[track_caller]
fn refused(run: Ran, message: &str) {
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains(message), "{}", run.err);
}

const FLAGS: &str = "--progress none --threads 1 --dim 8 --epochs 3";

#[test]
fn one_step_and_two_steps_are_the_same_vectors() {
    let folder = Folder::with_text(&prose(60, 400));
    folder.w2v(&format!("train --model glove text.txt {FLAGS} --window 4 -o one.w2v")).answer();
    folder
        .w2v("cooccur text.txt --window 4 --threads 2 --progress none --save-vocab vocab.txt")
        .answer();
    for cooccur in [
        "cooccurrence.w2c",
        "cooccurrence.w2c --vocab vocab.txt",
        "cooccurrence.w2c --max-memory 100",
    ] {
        folder
            .w2v(&format!("train --model glove --cooccur {cooccur} {FLAGS} -o two.w2v --force"))
            .answer();
        for name in ["one", "two"] {
            folder.w2v(&format!("convert {name}.w2v {name}.txt --force")).answer();
        }
        assert!(folder.read("one.txt") == folder.read("two.txt"), "{cooccur}");
    }
    // Less memory, the same bytes.
    folder
        .w2v("cooccur text.txt --window 4 --max-memory 600 --progress none -o small.w2c")
        .answer();
    assert!(folder.read("small.w2c") == folder.read("cooccurrence.w2c"));
}

#[test]
fn files_of_glove_go_both_ways() {
    let folder = Folder::with_text(&prose(60, 400));
    folder.w2v("cooccur text.txt --progress none -o pairs.bin --save-vocab vocab.txt").answer();
    folder.w2v("cooccur text.txt --progress none").answer();
    assert_eq!(folder.read("pairs.bin").len() % 16, 0);
    let train = |cooccur: &str, output: &str| {
        folder.w2v(&format!("train --model glove --cooccur {cooccur} {FLAGS} -o {output} --force"))
    };
    train("pairs.bin --vocab vocab.txt", "theirs.w2v").answer();
    train("cooccurrence.w2c", "ours.w2v").answer();
    for name in ["theirs", "ours"] {
        folder.w2v(&format!("convert {name}.w2v {name}.txt")).answer();
        folder.w2v(&format!("convert {name}.w2v {name}.bin --to glove-binary")).answer();
    }
    assert!(folder.read("theirs.txt") == folder.read("ours.txt"));
    assert!(folder.read("theirs.bin") == folder.read("ours.bin"));
    folder.w2v("convert ours.bin back.w2v --glove-vocab vocab.txt").answer();
    folder.w2v("convert back.w2v back.txt").answer();
    assert!(folder.read("back.txt") == folder.read("ours.txt"));
    refused(train("pairs.bin", "x.w2v"), "name its vocabulary with --vocab FILE");
    folder.write("other.txt", "one 3\ntwo 2\n");
    refused(train("pairs.bin --vocab other.txt", "x.w2v"), "is this its vocabulary?");
    refused(train("cooccurrence.w2c --vocab other.txt", "x.w2v"), "another vocabulary");
}

#[test]
fn combinations_and_unk() {
    let folder = Folder::with_text(&prose(60, 400));
    for (flags, words, dim) in [
        ("", 0, 8),
        ("--combine word", 0, 8),
        ("--combine context", 0, 8),
        ("--combine concat --unk", 1, 16),
    ] {
        folder.w2v(&format!("train --model glove text.txt {FLAGS} {flags} --force")).answer();
        let own = json_lines(&folder.w2v("info --json").answer());
        folder.w2v("convert vectors.w2v out.glove --force").answer();
        let text = String::from_utf8(folder.read("out.glove")).unwrap();
        let own_words = own[0]["words"].as_u64().unwrap();
        assert_eq!(text.lines().count() as u64, own_words + words, "{flags}");
        assert_eq!(text.lines().next().unwrap().split(' ').count(), dim + 1, "{flags}");
        assert_eq!(text.contains("<unk> "), words == 1);
        assert_eq!(own[0]["training"]["recipe"]["objective"]["glove"]["training"]["dim"], 8);
    }
}

/// What makes GloVe's own programs stop or crash: `<unk>` as a word, NUL, form feed.
#[test]
fn odd_bytes_and_unk_in_the_text() {
    let folder = Folder::with_text("");
    folder.write("text.txt", "a <unk> b\u{c}a\0b <unk>\na b\n".repeat(5));
    folder.w2v(&format!("train --model glove text.txt {FLAGS} --min-count 1 --unk")).answer();
    folder.w2v("convert vectors.w2v out.glove").answer();
    let text = String::from_utf8(folder.read("out.glove")).unwrap();
    let words: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(words, ["a", "b", "<unk>"]);
}

#[test]
fn flags_of_the_other_model_and_bad_values_are_refused() {
    let folder = Folder::with_text("a b c d\n");
    for (flags, message) in [
        ("--model glove text.txt --negative 3", "--negative means nothing with --model glove"),
        ("text.txt --x-max 3", "--x-max means nothing with skip-gram"),
        ("--model glove text.txt --x-max 0", "--x-max is 0, expected a number above 0"),
        ("--model glove text.txt --held-out 2", "--held-out is 2, expected 0 to 0.9"),
        ("--model glove --cooccur x.w2c --window 3", "--window means nothing with --cooccur"),
        ("--model glove --cooccur x.w2c", "cannot open x.w2c"),
        ("--model glove", "required arguments were not provided"),
        ("--model glove text.txt --min-count 9", "no word occurs at least 9 times"),
    ] {
        refused(folder.w2v(&format!("train {flags}")), message);
    }
    folder.write("text.txt", "a\nb\n");
    let alone = folder.w2v("cooccur text.txt --min-count 1");
    refused(alone, "ignore line ends with --across-lines");
    assert_eq!(folder.names(), ["text.txt"]);
}

#[test]
fn a_run_that_diverges_keeps_the_epoch_before_or_nothing() {
    let folder = Folder::with_text(&prose(60, 400));
    let run = folder.w2v(&format!("train --model glove text.txt {FLAGS} --lr 1e6 --clip 1e9"));
    refused(run, "lower --lr (it was 1000000)");
    assert_eq!(folder.names(), ["text.txt"]);
}

#[test]
fn the_bundled_corpus_trains_and_answers() {
    let folder = Folder::new();
    let corpus = bundled("corpus.txt");
    let flags = "--dim 30 --epochs 6 --x-max 10 --window 5 --threads 1 --progress json";
    let run = folder.w2v(&format!("train --model glove {corpus} {flags}"));
    let events = json_lines(&run.err);
    let losses: Vec<f64> = (events.iter())
        .filter(|event| event["event"] == "epoch_end")
        .map(|event| event["loss"].as_f64().unwrap())
        .collect();
    assert!(losses.len() == 6 && losses.is_sorted_by(|a, b| a > b), "{losses:?}");
    run.answer();
    let similarity = |words: &str| -> f64 {
        folder.w2v(&format!("similarity {words}")).answer().trim().parse().unwrap()
    };
    assert!(similarity("king queen") > 0.2 + similarity("king car"));
    let neighbors = folder.w2v("neighbors 国王 -n 10").answer();
    assert!(neighbors.contains("王后"), "{neighbors}");
    let info = folder.w2v("info").answer();
    assert!(info.contains("GloVe, vectors: sum"), "{info}");
}
