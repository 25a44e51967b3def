//! Flags without effect are refused, also where the content of a file decides that they have none.

use super::{Folder, prose};

/// Each with what it means nothing with.
#[test]
fn flags_that_mean_nothing_are_refused_and_nothing_is_written() {
    let folder = Folder::with_text(&prose(60, 400));
    folder.w2v("train text.txt --dim 8 --epochs 1 --progress none").answer();
    folder.w2v("convert vectors.w2v vectors.txt").answer();
    folder.write("config.json", r#"{"vocab_size": 10, "hidden_size": 4}"#);
    folder.write("sim.txt", "1 2 0.5\n3 4 0.7\n5 6 0.1\n");
    let before = folder.names();
    for (call, flag, with) in [
        ("train --model glove --cooccur c.w2c --lowercase", "--lowercase", "with --cooccur,"),
        ("train --model glove --cooccur c.w2c --max-vocab 3", "--max-vocab", "with --cooccur,"),
        ("train text.txt --explain --resume x", "--resume", "with --explain,"),
        ("plan text.txt --init vectors.txt", "--init", "in a plan,"),
        ("vocab text.txt --force", "--force", "without --output,"),
        (
            "cooccur text.txt --across-lines --max-sentence 9",
            "--max-sentence",
            "with --across-lines,",
        ),
        ("neighbors --sum", "--sum", "without words,"),
        ("odd 1 2 3 --json --all", "--all", "with --json,"),
        ("one-hot text.txt --vectors vectors.w2v", "--vectors", "with a corpus,"),
        ("one-hot some.words.here --min-count 2", "--min-count", "with a sentence,"),
        ("one-hot 1 2 --vectors vectors.w2v --lowercase", "--lowercase", "with --vectors,"),
        ("eval --sets sim.txt --method mul", "--method", "without analogies,"),
        ("compare --corpus text.txt --sets sim.txt --method mul", "--method", "without analogies,"),
        ("compare --cooccur c.w2c --sets sim.txt --min-count 2", "--min-count", "with --cooccur,"),
        (
            "compare --corpus text.txt --baselines ppmi --svd-p 1",
            "--svd-p",
            "with these --baselines,",
        ),
        ("quantize vectors.w2v x.w2v -m 4", "--subquantizers", "with --method int8,"),
        ("check vectors.txt --lowercase", "--lowercase", "with vectors,"),
        ("check text.txt --vocab x", "--vocab", "with a text,"),
        ("info --cpu --tensor x", "--tensor", "with --cpu,"),
        ("info vectors.txt --total-params 7B", "--total-params", "with this file,"),
        ("info vectors.w2v --tensor x", "--tensor", "with this file,"),
        ("info config.json --tensor x", "--tensor", "with a config.json,"),
    ] {
        let run = folder.w2v(call);
        assert_eq!(run.code, Some(2), "{call}: {}", run.err);
        let expected = format!("w2v: {flag} means nothing {with}");
        let last = run.err.lines().last().unwrap_or_default();
        assert!(last.starts_with(&expected) && last.contains("; "), "{call}: {}", run.err);
        assert_eq!(folder.names(), before, "{call}");
    }
    let run = folder.w2v("reproduce vectors.w2v --from vectors.txt");
    run.refused_beginning(
        2,
        "vectors.w2v began with random rows, and not with vectors.txt; leave ",
    );
}
