//! How text is cut and which words are kept, and that a question is cut as the text was.

use super::{Folder, json_lines, prose};

#[test]
fn questions_are_cut_as_the_text_was() {
    let folder = Folder::with_text("The King, the QUEEN and the cat.\n");
    let train = "train text.txt --tokenizer unicode --lowercase --min-count 1 --dim 4 --sample 0";
    folder.w2v(train).answer();
    let words = folder.w2v("vocab text.txt --tokenizer unicode --lowercase --min-count 1");
    assert_eq!(words.answer(), "the 3\nand 1\ncat 1\nking 1\nqueen 1\n");
    let plain = folder.w2v("neighbors queen").answer();
    assert_eq!(plain.lines().count(), 4);
    for question in ["Queen", "QUEEN", "\u{201c}Queen!\u{201d}"] {
        let answer = folder.run(&["neighbors", question], "").answer();
        assert_eq!(answer, plain, "{question}");
    }
    let pair = folder.w2v("similarity king queen").answer();
    assert_eq!(folder.w2v("similarity King QUEEN.").answer(), pair);
    let odd = folder.w2v("odd king queen cat").answer();
    assert_eq!(folder.w2v("odd King, Queen, Cat!").answer(), odd);
    let analogy = folder.w2v("analogy king queen cat").answer();
    assert_eq!(folder.w2v("analogy King Queen Cat").answer(), analogy);
    folder
        .w2v("neighbors Quen!")
        .refused(1, "\"quen\" is not among the 5 words; did you mean queen?");
}

#[cfg(feature = "zh")]
#[test]
fn chinese_is_cut_into_words() {
    let folder = Folder::with_text("我爱人工智能。\n人工智能爱我！\n");
    let text = "text.txt --tokenizer zh --min-count 1";
    let words = folder.w2v(&format!("vocab {text}")).answer();
    assert_eq!(words, "人工智能 2\n我 2\n爱 2\n");
    folder.w2v(&format!("train {text} --dim 4 --sample 0")).answer();
    // A sentence is cut as the text was: the sum of its words.
    let sentence = folder.w2v("neighbors 我爱 --json").answer();
    let answers = &json_lines(&sentence)[0]["answers"];
    assert_eq!(answers.as_array().unwrap().len(), 1);
    assert_eq!(answers[0]["word"], "人工智能");
}

#[test]
fn vocab_writes_what_it_and_train_read() {
    let folder = Folder::with_text("b a b c\nd a b\n");
    assert_eq!(folder.w2v("vocab text.txt --min-count 1").answer(), "b 3\na 2\nc 1\nd 1\n");
    folder.w2v("vocab text.txt --min-count 1 -o words.txt").answer();
    assert_eq!(folder.read("words.txt"), b"b 3\na 2\nc 1\nd 1\n");
    let again = folder.w2v("vocab text.txt --vocab words.txt");
    assert_eq!(again.answer(), "b 3\na 2\nc 1\nd 1\n");
    let limited = folder.w2v("vocab text.txt --min-count 1 --max-vocab 2");
    assert_eq!(limited.answer(), "b 3\na 2\n");
    // Counts come from the text, not from the list; words of the list alone do not count.
    folder.write("keep.txt", "d\nb 77\nabsent\n");
    let run = folder.w2v("train text.txt --vocab keep.txt --dim 4 --sample 0 --progress json");
    let read = &json_lines(&run.err)[1];
    assert_eq!(read["event"], "read");
    assert_eq!(read["words"], 2);
    assert_eq!(read["encoded"], 4);
    assert_eq!(read["dropped"]["not_listed"], 3);
    run.answer();
    let kept = folder.w2v("vocab text.txt --vocab keep.txt").answer();
    assert_eq!(kept, "b 3\nd 1\n");
}

/// Every token is trained or dropped for a stated reason.
#[test]
fn tokens_add_up() {
    let folder = Folder::with_text(&(prose(40, 50) + &prose(3000, 100)));
    let run = folder.w2v("train text.txt --min-count 3 --max-vocab 30 --dim 4 --progress json");
    let read = &json_lines(&run.err)[1];
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    let dropped = &read["dropped"];
    assert!(number(&dropped["rare"]) > 0 && number(&dropped["beyond_max"]) > 0, "{read}");
    let sum = number(&read["encoded"]) + number(&dropped["rare"]) + number(&dropped["beyond_max"]);
    assert_eq!(number(&read["tokens"]), sum);
    assert_eq!(sum, 8 * 150);
}

#[test]
fn folders_and_several_files_are_read_in_order() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("texts/inner")).unwrap();
    folder.write("texts/b.txt", "b b\n");
    folder.write("texts/inner/a.txt", "a");
    folder.write("texts/.hidden", "hidden\n");
    folder.write("more.txt", "c c c\n");
    let words = folder.w2v("vocab texts more.txt - --min-count 1 --progress none");
    assert_eq!(words.err, "");
    assert_eq!(words.answer(), "c 3\nb 2\na 1\n");
}

/// A question that looks wrong is asked before hours are spent on it.
#[test]
fn suspicious_text_is_pointed_out() {
    let one_a_line: String = (0..1200).map(|i| format!("w{}\n", i % 9)).collect();
    let unsegmented = "\u{4eca}\u{5929}\u{5929}\u{6c14}\u{5f88}\u{597d}\u{6211}\u{4eec}\u{53bb}\n";
    for (text, warning) in [
        (one_a_line.as_bytes(), "at most one token a line"),
        (unsegmented.repeat(9).as_bytes(), "--tokenizer zh"),
        (b"a\0b c caf\xe9\n".as_slice(), "not UTF-8: 1 sequence of bytes;"),
        (b"a\0b c\n".as_slice(), "read as spaces: 1 control character"),
    ] {
        let folder = Folder::new();
        folder.write("text.txt", text);
        let run = folder.w2v("vocab text.txt --min-count 1");
        let warned = |line: &str| line.starts_with("warning: ") && line.contains(warning);
        assert!(run.err.lines().any(warned), "{}", run.err);
        run.answer();
    }
}

/// Words of a list that no text can have are a warning: a misspelt list would quietly be a short one.
#[test]
fn words_that_the_tokenizer_never_makes_are_told() {
    let folder = Folder::with_text(&"king queen e\u{301}t\u{e9}\n".repeat(9));
    folder.write("list.txt", "king 9\nKing 3\nNew York 2\nqueen\ne\u{301}t\u{e9}\n");
    let vocab = "vocab text.txt --lowercase --normalize nfc --vocab list.txt";
    let run = folder.w2v(vocab);
    assert!(
        run.err.contains(
            "3 of the 5 words in --vocab can never occur, since the tokenizer (whitespace, normalization \
             nfc, lower-cased) does not make them: \"King\", \"New York\", "
        ),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("write them as it does, or change --tokenizer, --lowercase"),
        "{}",
        run.err
    );
    assert_eq!(run.answer(), "king 9\nqueen 9\n");
    let run = folder.w2v(&format!("{vocab} --progress json"));
    let events = json_lines(&run.err);
    let never = events.iter().find(|event| event["event"] == "never_tokens").unwrap();
    assert_eq!((&never["words"], &never["listed"]), (&3.into(), &5.into()));
    assert_eq!(never["first"][0], "King");
    // Without lower-casing "King" is a word like any other.
    let run = folder.w2v("vocab text.txt --vocab list.txt");
    assert!(run.err.contains("1 of the 5 words in --vocab can never occur"), "{}", run.err);
    folder.write("good.txt", "king\nqueen\n");
    let run = folder.w2v("vocab text.txt --lowercase --vocab good.txt");
    assert!(!run.err.contains("can never occur"), "{}", run.err);
}

#[test]
fn emoji_that_are_left_out_are_counted_and_another_tokenizer_keeps_them() {
    let text = "good 👍🏽 morning 🇩🇪 #fun\ngood ❤️‍🔥 @you café, – “so” 1️⃣ 👍🏽\n";
    let folder = Folder::with_text(text);
    let run = |tokenizer: &str, flags: &str| {
        folder.w2v(&format!("vocab text.txt --min-count 1 --tokenizer {tokenizer} {flags}"))
    };
    let unicode = run("unicode", "");
    assert!(
        unicode.err.contains("left out 4 emoji; --tokenizer social keeps them"),
        "{}",
        unicode.err
    );
    let json = json_lines(&run("unicode", "--progress json").err);
    let read = json.iter().find(|event| event["event"] == "read").unwrap();
    assert_eq!(read["dropped"]["emoji"], 4);
    for tokenizer in ["whitespace", "char", "social"] {
        assert!(!run(tokenizer, "").err.contains("emoji"), "{tokenizer}");
    }
    let words = run("social", "").answer();
    for line in ["👍🏽 2", "❤️‍🔥 1", "🇩🇪 1", "#fun 1", "@you 1", "1️⃣ 1", "café 1", "so 1"]
    {
        assert!(words.lines().any(|found| found == line), "{line}: {words}");
    }
    // The name of the rule is in the model: questions are cut in the same way.
    let train = "train text.txt --tokenizer social --min-count 1 --sample 0 --dim 2 --epochs 1";
    folder.w2v(train).answer();
    assert!(folder.w2v("info").answer().contains("social, normalization none"));
    let info = json_lines(&folder.w2v("info --json").answer());
    assert_eq!(info[0]["tokenizer"]["segmentation"], "social");
    assert_eq!(folder.w2v("neighbors 👍🏽 -n 1 --json").code, Some(0));
    for copy in ["copy.safetensors", "copy.w2v"] {
        folder.w2v(&format!("convert vectors.w2v {copy}")).answer();
        let answer = folder.run(&["neighbors", "good,👍🏽!", "-v", copy, "-n", "1"], "");
        assert_eq!(answer.code, Some(0), "{}", answer.err);
    }
}
