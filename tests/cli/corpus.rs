//! `check` of text, and words in a text that other programs keep for themselves.

use super::skips::skipped;
use super::{Folder, bundled, json_lines};
use std::fs;
use std::path::Path;

#[test]
fn clean_text_is_nothing_serious_and_a_bad_one_is() {
    let folder = Folder::new();
    let corpus = bundled("corpus.txt");
    let run = folder.run(&["check", &corpus], "");
    assert!(run.out.contains("\nnothing serious, "), "{}", run.out);
    assert!(run.out.contains("\n        5* "), "{}", run.out);
    run.answer();

    folder.write("bad text.txt", "我爱自然语言处理和人工智能\n".repeat(30));
    let run = folder.run(&["check", "bad text.txt"], "");
    assert_eq!(run.code, Some(1), "{}", run.err);
    let start =
        "bad text.txt: 1.20 kB, 30 lines, 30 tokens, 1 different word\nletters: Han 100.0 %\n";
    assert!(run.out.starts_with(start), "{}", run.out);
    for line in [
        "serious  unsegmented: 30 tokens",
        "         line 1: 我爱自然语言处理和人工智能",
        "         → --tokenizer zh finds the words of Chinese, --tokenizer char takes characters",
        "         $ tr '\\r\\n' '  ' < 'bad text.txt' > fixed.txt",
    ] {
        assert!(run.out.lines().any(|l| l == line), "{line}\n{}", run.out);
    }
    let run = folder.run(&["check", "bad text.txt", "--json", "--tokenizer", "char"], "");
    let told = &json_lines(&run.out)[0];
    assert_eq!(told["corpus"][0], "bad text.txt");
    assert_eq!((&told["tokens"], &told["words"]), (&390.into(), &13.into()));
    assert_eq!(told["kept"][3]["min_count"], 5);
    let kinds = told["findings"].as_array().unwrap().iter();
    assert!(kinds.clone().all(|finding| finding["kind"] != "unsegmented"));
}

/// What is promised of clean text, on the real corpora where they are at hand.
#[test]
fn real_text_raises_no_false_alarm() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/en.raw.txt.bz2");
    if !path.exists() {
        return skipped("shared", "there is no ../shared/data/en.raw.txt.bz2");
    }
    // The first 2 MB of it, unpacked: enough to be judged, little enough for every day.
    let mut text = Vec::new();
    let file = fs::File::open(path).unwrap();
    let unpacked = bzip2::read::BzDecoder::new(file);
    std::io::Read::read_to_end(&mut std::io::Read::take(unpacked, 2_000_000), &mut text).unwrap();
    let end = text.iter().rposition(|&byte| byte == b'\n').unwrap();
    let folder = Folder::new();
    folder.write("en.txt", &text[..=end]);
    let run = folder.w2v("check en.txt --tokenizer unicode");
    assert_eq!(run.code, Some(0), "{}", run.out);
}

#[test]
fn several_files_folders_and_standard_input() {
    let folder = Folder::new();
    fs::create_dir(folder.path("texts")).unwrap();
    folder.write("texts/one.txt", "a few words\n");
    folder.write("texts/two.txt", "caf\u{fffd} words\n");
    folder.write("three.txt", "more of them\n");
    let run = folder.w2v("check texts three.txt");
    assert_eq!(run.code, Some(1));
    assert!(run.out.starts_with("texts, three.txt: 3 files, "), "{}", run.out);
    assert!(run.out.contains("         texts/two.txt line 1: "), "{}", run.out);
    let run = folder.piped("check -", "a\0b c\n");
    assert!(run.out.contains("serious  nul: 1 byte\n"), "{}", run.out);
    assert!(run.out.contains("         line 1 (byte 1): byte 0x00 in "), "{}", run.out);
}

#[test]
fn what_a_file_is_can_be_said() {
    let folder = Folder::new();
    folder.write("numbers.txt", "2 3 4\n5 6 7\n8 9 10\n");
    folder.write("novel.txt", "Chapter 1\nIt was a dark night\nand it rained\n");
    assert!(folder.w2v("check numbers.txt").out.contains("glove"));
    let run = folder.w2v("check numbers.txt --as corpus");
    assert!(run.out.contains("3 lines, 9 tokens"), "{}", run.out);
    let run = folder.w2v("check novel.txt --min-count 1");
    assert!(run.out.contains("3 lines, 10 tokens"), "{}", run.out);
    folder.write("prose.txt", "the king and the queen\n");
    let run = folder.w2v("check prose.txt --as vectors");
    assert_eq!(run.code, Some(1));
    assert!(run.out.starts_with("prose.txt: no vector file"), "{}", run.out);
}

#[test]
fn what_check_cannot_do_is_refused() {
    let folder = Folder::with_text("a few words\n");
    folder
        .w2v("check text.txt text.txt --as vectors")
        .refused(2, "2 files of vectors, expected one; several files are checked as text only");
    folder.w2v("check text.txt --as corpus --repair out.txt").refused(
        2,
        "--repair means nothing with a text, which is mended by the commands that check prints; leave it \
         out; --as vectors takes the file for vectors",
    );
    folder.w2v("check text.txt --max-vocab 5").refused(
        2,
        "--max-vocab means nothing with a text, all words of which are counted; leave it out",
    );
    folder.w2v("check text.txt --min-count 0").refused(2, "--min-count is 0, expected 1 or more");
    let run = folder.w2v("check text.txt nothing.txt");
    run.refused_beginning(2, "cannot read nothing.txt: ");
    // A warning is serious to those who say so.
    assert_eq!(folder.w2v("check text.txt --min-count 1").code, Some(0));
    assert_eq!(folder.w2v("check text.txt --min-count 1 --strict").code, Some(1));
}

/// fastText leaves out `__label__…`, GloVe stops at `<unk>`, word2vec.c has `</s>` for itself.
#[test]
fn words_that_mean_something_elsewhere_are_words() {
    let text = "<unk> king </s> __label__royal queen\n".repeat(20);
    let folder = Folder::with_text(&text);
    let counted = folder.w2v("vocab text.txt").answer();
    for word in ["<unk>", "</s>", "__label__royal", "king", "queen"] {
        assert!(counted.lines().any(|line| line == format!("{word} 20")), "{counted}");
    }
    // Of so few words sub-sampling would keep none.
    for model in ["skipgram --sample 0", "glove"] {
        let command = format!("train text.txt --model {model} --dim 4 --epochs 1 --force -o v.w2v");
        folder.w2v(&command).answer();
        folder.w2v("convert v.w2v v.txt --force").answer();
        let rows = String::from_utf8(folder.read("v.txt")).unwrap();
        for word in ["<unk>", "</s>", "__label__royal"] {
            let of_word = |line: &&str| line.starts_with(&format!("{word} "));
            assert_eq!(rows.lines().filter(of_word).count(), 1, "{model}\n{rows}");
        }
    }
}
