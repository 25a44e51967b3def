//! `w2v train --continue` and `--init`: what was there before goes on, is held where that is asked for,
//! and what became of it is told.

use super::{Folder, Ran, json_lines, prose};
use serde_json::Value;
use w2v::{Model, WordId};

const FLAGS: &str = "--dim 12 --sample 0 --threads 1";

/// A folder with `text.txt`, a model `old.w2v` of it, and `new.txt`, which has new words and lacks some.
fn folder() -> Folder {
    let folder = Folder::with_text(&prose(60, 600));
    folder.w2v(&format!("train text.txt -o old.w2v {FLAGS}")).answer();
    let new = prose(60, 300);
    let renamed = |word: &str| match word.strip_prefix('w').and_then(|n| n.parse::<u32>().ok()) {
        // Twenty words are new, forty of the old ones are left out.
        Some(n @ 0..20) => format!("new{n}"),
        Some(n @ 20..40) => format!("w{}", n + 20),
        _ => word.to_owned(),
    };
    let line = |line: &str| line.split(' ').map(renamed).collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = new.lines().map(line).collect();
    folder.write("new.txt", lines.join("\n") + "\n");
    folder
}

fn model(folder: &Folder, name: &str) -> Model {
    Model::load(folder.path(name)).unwrap()
}

fn bits(row: &[f32]) -> Vec<u32> {
    row.iter().map(|x| x.to_bits()).collect()
}

/// The share of old words whose input rows, and whose output rows, are the same to the bit.
fn kept(old: &Model, new: &Model) -> [usize; 2] {
    let same = |row: &usize, which: fn(&Model) -> &w2v::Matrix| {
        bits(which(old).row(*row)) == bits(which(new).row(*row))
    };
    [
        (0..old.vocab.len()).filter(|row| same(row, |m| &m.input)).count(),
        (0..old.vocab.len()).filter(|row| same(row, |m| &m.output)).count(),
    ]
}

/// Thread 37 of the demands (stanfordnlp/GloVe#62, facebookresearch/fastText#191, gensim#368): output
/// weights, ids and counts go on, old words can be held, and a report says what became of them.
#[test]
fn thread_37_continue_on_other_text() {
    let folder = folder();
    let run = folder.w2v("train --continue old.w2v new.txt -o grown.w2v --sample 0 --threads 1");
    assert!(run.err.contains("continuing old.w2v: 20 of its 60 words occur"), "{}", run.err);
    assert!(run.err.contains("20 new words join behind them"), "{}", run.err);
    assert!(run.err.contains("drift: 20 words of before occur"), "{}", run.err);
    assert!(run.err.contains("40 do not occur and stay"), "{}", run.err);
    run.answer();
    let (old, new) = (model(&folder, "old.w2v"), model(&folder, "grown.w2v"));
    assert_eq!((old.vocab.len(), new.vocab.len()), (60, 80));
    let text = String::from_utf8(folder.read("new.txt")).unwrap();
    for (id, word) in new.vocab.words().enumerate() {
        let here = text.split_whitespace().filter(|w| *w == word).count() as u64;
        let before = if id < 60 { old.vocab.counts()[id] } else { 0 };
        assert_eq!(new.vocab.counts()[id], before + here, "{word}");
        assert!(id >= 60 || word == old.vocab.word(WordId(id as u32)));
    }
    // Words that the text does not hold are where they were, and no others.
    assert_eq!(kept(&old, &new), [40, 40]);
    assert_eq!(new.tokenizer(), old.tokenizer());
    let origin = new.training.recipe.origin.unwrap();
    assert_eq!((origin.file.as_str(), origin.words), ("old.w2v", 60));
    let info = folder.w2v("info grown.w2v").answer();
    assert!(info.contains("the model old.w2v, 60 words, xxh3 "), "{info}");
}

/// Thread 38 (gensim#3094, #2918, #3100, #2017): frozen rows are bit-identical afterwards, for any
/// number of threads and any storage.
#[test]
fn thread_38_frozen_rows() {
    let folder = folder();
    let old = model(&folder, "old.w2v");
    for more in
        ["--threads 1", "--threads 2", "--threads 2 --storage bf16", "--threads 1 --engine pair"]
    {
        let flags = format!("--freeze -o grown.w2v --force --sample 0 --progress none {more}");
        folder.w2v(&format!("train --continue old.w2v new.txt {flags}")).answer();
        let new = model(&folder, "grown.w2v");
        assert_eq!(kept(&old, &new), [60, 60], "{more}");
        assert!((60..80).all(|row| new.output.row(row).iter().any(|x| *x != 0.0)));
    }
    // Between free and frozen.
    let cosine = |anchor: &str| {
        let flags = format!("{anchor} -o grown.w2v --force --sample 0 --threads 1 --progress json");
        let run = folder.w2v(&format!("train --continue old.w2v new.txt {flags}"));
        let drift = event(&run, "drift");
        drift["median_cosine"].as_f64().unwrap()
    };
    let cosines =
        ["--anchor 0", "--anchor 1", "--anchor 100", "--anchor 1e30", "--freeze"].map(cosine);
    assert!(cosines.is_sorted(), "{cosines:?}");
    assert!(cosines[0] < cosines[2] && cosines[3] > 0.999_999, "{cosines:?}");
    assert_eq!(cosines[4], 1.0);
}

fn event(run: &Ran, name: &str) -> Value {
    let events = json_lines(&run.err);
    let found = events.into_iter().find(|event| event["event"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {}", run.err))
}

/// Thread 39 (gensim#1162): a text with nothing new is no error.
#[test]
fn thread_39_nothing_new() {
    let folder = folder();
    let run = folder.w2v("train --continue old.w2v text.txt -o same.w2v --threads 1");
    assert!(run.err.contains("no new word joins"), "{}", run.err);
    run.answer();
    let (old, new) = (model(&folder, "old.w2v"), model(&folder, "same.w2v"));
    assert!(old.vocab.words().eq(new.vocab.words()));
    // Nor is one that holds a few old words and is too short for new ones.
    folder.write("few.txt", "w1 w2 unheard w3\n");
    let few = folder.w2v("train --continue old.w2v few.txt -o few.w2v --sample 0 --threads 1");
    assert!(few.err.contains("no new word joins"), "{}", few.err);
    few.answer();
    folder.write("none.txt", "all words unheard of\n");
    let none = folder.w2v("train --continue old.w2v none.txt -o none.w2v --progress none");
    none.refused(
        2,
        "not one of 4 tokens is of a word that the model has, and no other word occurs 5 times or \
         more; lower --min-count or check that the text is lower-cased and cut as that of the model",
    );
}

#[test]
fn the_report_as_lines_and_as_json() {
    let folder = folder();
    let train = "train --continue old.w2v new.txt --sample 0 --threads 1 --force --progress json";
    let run = folder.w2v(&format!("{train} --drift-report drift.tsv"));
    let drift = event(&run, "drift");
    let begin = event(&run, "begin");
    assert_eq!((&begin["occur"], &begin["new_words"]), (&20.into(), &20.into()));
    assert_eq!(drift["words_compared"], 20);
    assert_eq!(drift["moved_most"].as_array().unwrap().len(), 10);
    let lines = String::from_utf8(folder.read("drift.tsv")).unwrap();
    let mut lines = lines.lines();
    assert_eq!(
        lines.next(),
        Some("word\tcosine\tlength_before\tlength_after\tcount_before\tcount_text")
    );
    let cosines: Vec<f64> =
        lines.map(|line| line.split('\t').nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!(cosines.len(), 20);
    assert!(cosines.is_sorted(), "the one that moved most first");
    folder.w2v(&format!("{train} --drift-report drift.json")).answer();
    let report: Value = serde_json::from_slice(&folder.read("drift.json")).unwrap();
    assert_eq!(report["words"].as_array().unwrap().len(), 20);
    assert_eq!(report["median_cosine"], drift["median_cosine"]);
    let again =
        folder.w2v(&format!("{} --drift-report drift.json -o x.w2v", &train[..train.len() - 24]));
    assert_eq!(again.code, Some(2), "{}", again.err);
}

/// Thread 37 again: pre-trained vectors of any format, for words that are spelt the same.
#[test]
fn begin_with_vectors_of_another_program() {
    let folder = folder();
    folder.write("pre.txt", "3 4\nw50 1 2 3 4\nW51 1 1 1 1\nelsewhere 0 0 0 1\n");
    let train = "train new.txt --init pre.txt --sample 0 --threads 1 -o begun.w2v --force";
    let run = folder.w2v(&format!("{train} --freeze"));
    assert!(run.err.contains("beginning with pre.txt: 1 of 40 words found"), "{}", run.err);
    run.answer();
    let begun = model(&folder, "begun.w2v");
    let row = begun.vocab.id("w50").unwrap().index();
    assert_eq!(begun.input.row(row), [1.0, 2.0, 3.0, 4.0], "dimensions are the file's");
    assert!(begun.output.row(row).iter().any(|x| *x != 0.0), "what it predicts is learnt");
    let way = |how: &str| {
        folder.w2v(&format!("{train} {how}")).answer();
        let model = model(&folder, "begun.w2v");
        let numbers = model.input.row(row).iter().zip([1.0, 2.0, 3.0, 4.0]);
        numbers.map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
    };
    let (pulled, free) = (way("--anchor 100"), way(""));
    assert!(0.0 < pulled && pulled < free, "{pulled} and {free}");
    // A model of our own is a file of vectors, too.
    folder.w2v(&format!("{train} --init old.w2v").replace("--init pre.txt ", "")).answer();
}

#[test]
fn what_cannot_be_begun_with_is_named() {
    let folder = folder();
    folder.w2v("convert old.w2v old.txt").answer();
    folder.w2v("quantize old.w2v small.w2v").answer();
    folder.w2v("train text.txt --model glove --dim 4 --epochs 1 -o glove.w2v").answer();
    let cases = [
        (
            "--continue old.txt",
            "--continue needs a model of w2v with both its matrices, and old.txt is word2vec-text; begin \
             with its vectors by --init old.txt",
        ),
        (
            "--continue small.w2v",
            "small.w2v has no output matrix, without which training cannot go on as it was; begin with \
             its vectors by --init small.w2v",
        ),
        (
            "--continue glove.w2v",
            "glove.w2v cannot be continued: GloVe begins with random rows, since each of its steps is \
             scaled by the sum of all squared gradients before it, which no model and no file of \
             vectors holds; train anew on both texts, or begin skip-gram with its vectors by --init \
             glove.w2v",
        ),
        (
            "--continue old.w2v --model glove",
            "--continue means nothing with --model glove, whose steps are scaled by all squared gradients \
             before, which no file of vectors holds; it belongs to --model skipgram",
        ),
        (
            "--continue old.w2v --lowercase",
            "--lowercase asks for another text than old.w2v was trained on (whitespace, normalization \
             none); leave it out: with --continue the text is cut as that of the model",
        ),
        ("--continue old.w2v --dim 13", "--dim is 13, expected 12, as old.w2v has; leave it out"),
        ("--init old.txt --dim 13", "--dim is 13, expected 12, as old.txt has; leave it out"),
        (
            "--freeze",
            "--freeze means nothing without a warm start, since no word was there before; begin with \
             --continue or --init",
        ),
        (
            "--continue old.w2v --anchor -1",
            "--anchor is -1, expected 0 (free) or more, such as 1; --freeze for rows that must not move",
        ),
        (
            "--continue old.w2v --max-vocab 10",
            "--max-vocab is 10, expected 60 or more: no word of the model is dropped",
        ),
        (
            "--continue old.w2v --explain",
            "--continue means nothing with --explain, which begins with nothing; leave it out",
        ),
    ];
    let before = folder.names();
    for (flags, message) in cases {
        folder.w2v(&format!("train new.txt -o x.w2v --progress none {flags}")).refused(2, message);
        assert_eq!(folder.names(), before, "{flags}");
    }
    folder.write("other.txt", "1 2\nunheard 1 2\n");
    folder
        .w2v("train new.txt -o x.w2v --progress none --init other.txt")
        .refused(
            2,
            "of the 40 words of the text none is among the 1 of other.txt; words must be spelt the same, \
             capitals too; check --lowercase and --tokenizer",
        );
}
