//! `convert`, `info` and `completions`: files of other programs in and out, and files that are none.

use super::{Folder, json_lines};

/// A table with words that break programs which split at any white space: U+00A0, U+3000, U+0085,
/// U+2028 inside a word, and a word of 210 bytes.
fn unusual() -> Vec<u8> {
    let long = "長".repeat(70);
    let words = ["a\u{a0}b", "\u{3000}", "c\u{85}d", "e\u{2028}", &long, "plain"];
    let row = |(i, word): (usize, &&str)| format!("{word} {i} -0.5 1e-05\n");
    let rows: String = words.iter().enumerate().map(row).collect();
    format!("{} 3\n{rows}", words.len()).into_bytes()
}

#[test]
fn unusual_words_survive_all_formats_and_back() {
    let folder = Folder::new();
    folder.write("start.txt", unusual());
    let steps = "start.txt one.w2v
        one.w2v two.bin
        two.bin three.vec
        three.vec four.glove
        four.glove five.w2v
        five.w2v six.npy
        six.npy seven.tsv
        seven.tsv eight.bin --to fasttext
        eight.bin nine.safetensors
        nine.safetensors end.txt";
    for step in steps.lines() {
        let run = folder.w2v(&format!("convert {step}"));
        assert!(run.err.contains("6 words × 3 dimensions"), "{step}: {}", run.err);
        assert_eq!(run.answer(), "");
    }
    let text = String::from_utf8(folder.read("end.txt")).unwrap();
    assert_eq!(text, String::from_utf8(folder.read("three.vec")).unwrap());
    let once = folder.read("one.w2v");
    assert!(once == folder.read("five.w2v"), "the same words and numbers");
    assert!(text.starts_with("6 3\na\u{a0}b 0 -0.5 0.00001\n\u{3000} 1 "), "{text}");
    let glove = String::from_utf8(folder.read("four.glove")).unwrap();
    assert_eq!(format!("6 3\n{glove}"), text);
    for word in ["a\u{a0}b", "\u{3000}"] {
        let answer = folder.run(&["neighbors", word, "-v", "two.bin", "-n", "1"], "");
        assert!(!answer.answer().is_empty(), "{word:?}");
    }
}

/// glove.840B has words with spaces; the binary format has no way to hold them, and says so.
#[test]
fn words_with_spaces_survive_where_they_can() {
    let folder = Folder::new();
    let table = "2 2\n. . . 0.5 1\nat name@domain.com 0.25 2\n";
    folder.write("in.txt", table);
    folder.w2v("convert in.txt model.w2v").answer();
    folder.w2v("convert model.w2v out.txt").answer();
    assert_eq!(String::from_utf8(folder.read("out.txt")).unwrap(), table);
    let answer = folder.run(&["similarity", ". . .", ". . .", "-v", "model.w2v"], "");
    assert_eq!(answer.answer(), "1.0000\n");
    let run = folder.w2v("convert model.w2v out.bin");
    run.refused_beginning(2, "out.bin: word2vec binary: word \". . .\": holds a space");
    assert_eq!(folder.names(), ["in.txt", "model.w2v", "out.txt"]);
}

#[test]
fn what_convert_writes_is_chosen_by_name_or_flag() {
    let folder = Folder::new();
    folder.write("in", "a 1 2\nb 3 4\na 5 6\n");
    folder.w2v("convert in out.dat").refused_beginning(
        2,
        "the ending of out.dat names no format; choose one with --to \
         w2v|word2vec-text|word2vec-binary|glove|",
    );
    let run = folder.w2v("convert in out.dat --to nonsense");
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("expected one of w2v, "), "{}", run.err);
    assert_eq!(folder.names(), ["in"]);
    let run = folder.w2v("convert in out.dat --to word2vec-text");
    assert!(run.err.contains("left out 1 row of words that had one before"), "{}", run.err);
    assert_eq!(folder.read("out.dat"), b"2 2\na 1 2\nb 3 4\n");
    folder.w2v("convert in out.dat --to glove --limit 1 --force").answer();
    assert_eq!(folder.read("out.dat"), b"a 1 2\n");
}

/// Numbers of fewer bytes, where the format has them; files beside the output; what is only read.
#[test]
fn numbers_of_other_types_and_files_beside_the_output() {
    let folder = Folder::new();
    folder.write("in.txt", "2 2\na 1 -2\nb 0.1 0.3\n");
    for (arguments, size, row) in [
        ("f.npy --dtype f32", 128 + 16, "b 0.1 0.3"),
        ("h.npy --dtype f16", 128 + 8, "b 0.099975586 0.30004883"),
        ("i.npy --dtype int8", 128 + 4, "b 0.0992126 0.3"),
    ] {
        folder.w2v(&format!("convert in.txt {arguments}")).answer();
        let name = arguments.split(' ').next().unwrap();
        assert_eq!(folder.read(name).len(), size, "{arguments}");
        folder.w2v(&format!("convert {name} back.txt --force")).answer();
        let text = String::from_utf8(folder.read("back.txt")).unwrap();
        assert_eq!(text.lines().nth(2), Some(row), "{arguments}");
    }
    folder.w2v("convert in.txt s.safetensors --dtype bf16").answer();
    folder.w2v("convert s.safetensors back.txt --force").answer();
    assert_eq!(folder.read("back.txt"), b"2 2\na 1 -2\nb 0.100097656 0.30078125\n");
    folder
        .w2v("convert in.txt t.txt --dtype int8")
        .refused(2, "--dtype is int8, expected f32 for word2vec-text");
    folder
        .w2v("convert in.txt t.txt --to sparse-text")
        .refused(2, "--to is sparse-text, expected another format: this one is only read");
    // Every file that would be made is looked for before the work.
    folder.write("p.metadata.tsv", "mine");
    for force in ["", " --force"] {
        let run = folder.w2v(&format!("convert in.txt p.tsv{force}"));
        run.refused_beginning(
            2,
            "beside the output, p.metadata.tsv: the file is there and is not part of",
        );
        assert_eq!(folder.read("p.metadata.tsv"), b"mine");
    }
    std::fs::remove_file(folder.path("p.metadata.tsv")).unwrap();
    let run = folder.w2v("convert in.txt p.tsv");
    assert!(run.err.contains("with p.metadata.tsv, p.config.json"), "{}", run.err);
    assert_eq!(folder.read("p.tsv"), b"1\t-2\n0.1\t0.3\n");
    assert_eq!(folder.read("p.metadata.tsv"), b"a\nb\n");
}

/// A NumPy array without its list; the list named; a vocabulary as the list.
#[test]
fn an_array_gets_its_words_from_a_list() {
    let folder = Folder::new();
    folder.write("in.txt", "2 1\na 1\nb 2\n");
    folder.w2v("convert in.txt v.npy").answer();
    std::fs::remove_file(folder.path("v.words.txt")).unwrap();
    let run = folder.w2v("convert v.npy out.txt");
    run.refused_beginning(
        2,
        "v.npy: NumPy array: byte 0: this is a NumPy array, which holds no words",
    );
    folder.write("vocab.txt", "x 9\ny 7\n");
    folder.w2v("convert v.npy out.w2v --words vocab.txt").answer();
    let info = folder.w2v("neighbors x -v out.w2v --json").answer();
    assert_eq!(json_lines(&info)[0]["answers"][0]["count"], 7);
    folder.write("vocab.txt", "x\n");
    let run = folder.w2v("convert v.npy out.txt --words vocab.txt");
    run.refused_beginning(
        2,
        "v.npy: NumPy array: byte 0: 1 words in vocab.txt, expected one for each of 2",
    );
}

/// By the first bytes, whatever the name; of limited text no more than is needed.
#[test]
fn compressed_vectors_are_unpacked() {
    use std::io::Write;
    let folder = Folder::new();
    let text = b"2 2\na 1 2\nb 3 4\n";
    let gzip = |bytes: &[u8]| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    };
    folder.write("text.vec.gz", gzip(text));
    folder.write("text.zst", zstd::encode_all(&text[..], 1).unwrap());
    for name in ["text.vec.gz", "text.zst"] {
        folder.w2v(&format!("convert {name} out.txt --force")).answer();
        assert_eq!(folder.read("out.txt"), text, "{name}");
        assert!(folder.w2v(&format!("info {name}")).answer().contains("word2vec-text"));
    }
    // 3 MB of text, the last of them damaged: a limit does not get there.
    let rows: String = (0..200_000).map(|i| format!("w{i} 0.25 0.5\n")).collect();
    let mut long = gzip(format!("200000 2\n{rows}").as_bytes());
    let end = long.len() - 20;
    long[end..].fill(0);
    folder.write("long.gz", long);
    folder.w2v("convert long.gz out.txt --force --limit 3").answer();
    assert_eq!(folder.read("out.txt"), b"3 2\nw0 0.25 0.5\nw1 0.25 0.5\nw2 0.25 0.5\n");
    let run = folder.w2v("convert long.gz out.txt --force");
    assert!(run.err.contains("cannot be decompressed"), "{}", run.err);
    run.refused_beginning(2, "long.gz: compressed file: byte ");
}

/// A table larger than the memory it may take goes to a temporary file, of which nothing stays.
#[test]
fn a_table_may_be_larger_than_memory() {
    let folder = Folder::new();
    folder.write("in.txt", unusual());
    folder.w2v("convert in.txt one.w2v").answer();
    folder.w2v("convert in.txt two.w2v --max-memory 1").answer();
    assert!(folder.read("one.w2v") == folder.read("two.w2v"));
    assert_eq!(folder.names(), ["in.txt", "one.w2v", "two.w2v"]);
}

/// Words that are not in a model of fastText have the vectors of their n-grams.
#[test]
fn a_word_that_is_not_there_is_answered_by_its_n_grams() {
    let folder = Folder::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = std::fs::read(root.join("tests/golden/fasttext.bin")).unwrap();
    folder.write("model.bin", model);
    let run = folder.w2v("neighbors kingdom -v model.bin -n 2");
    assert!(
        run.err.contains("\"kingdom\" is not among the 7 words; its vector is made of its n-grams"),
        "{}",
        run.err
    );
    assert_eq!(run.answer().lines().count(), 2);
    assert_eq!(folder.w2v("similarity kingdom kingdom -v model.bin").answer(), "1.0000\n");
    let run = folder.w2v("convert model.bin plain.txt");
    assert!(run.err.contains("left out: counts, n-grams"), "{}", run.err);
    let run = folder.w2v("neighbors kingdom -v plain.txt");
    assert_eq!(run.code, Some(1), "{}", run.err);
    let run = folder.w2v("convert model.bin again.fifu");
    assert!(run.err.contains("left out: counts\n"), "{}", run.err);
    folder.w2v("neighbors kingdom -v again.fifu").answer();
}

#[test]
fn words_that_are_not_utf8() {
    let folder = Folder::new();
    folder.write("in.txt", b"1 1\ncaf\xe9 1\n");
    let run = folder.w2v("convert in.txt out.txt");
    assert!(run.err.contains("--invalid-utf8 replace"), "{}", run.err);
    run.refused_beginning(2, "in.txt: word vectors as text: line 2: ");
    let run = folder.w2v("convert in.txt out.txt --invalid-utf8 replace");
    assert!(run.err.contains("not UTF-8 in 1 word"), "{}", run.err);
    assert_eq!(folder.read("out.txt"), "1 1\ncaf\u{fffd} 1\n".as_bytes());
}

#[test]
fn files_that_are_no_vectors() {
    let folder = Folder::with_text("a b c\n");
    let train = "train text.txt --min-count 1 --dim 8 --sample 0 --progress none";
    folder.w2v(train).answer();
    let model = folder.read("vectors.w2v");
    folder.write("cut.w2v", &model[..model.len() - 9]);
    folder.write("stub.w2v", &model[..50]);
    let mut flipped = model.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let input = flipped.len() - 2 * 3 * 8 * 4 - 64;
    flipped[input + 32] ^= 1;
    folder.write("flipped.w2v", flipped);
    folder.write("pickle.bin", b"\x80\x02}.");
    folder.write("prose.txt", "It was a dark and stormy night\n");
    folder.write("empty.bin", "");
    folder.write("odd.txt", "2 2\na 1 2\nb 1 x\n");
    let before = folder.names();
    let cases = [
        ("cut.w2v", format!("w2v model: byte {}: ", model.len() - 9)),
        ("stub.w2v", "w2v model: byte 50: ends inside the header".into()),
        ("flipped.w2v", "w2v model: byte ".into()),
        ("pickle.bin", "gensim model: byte 0: this is a Python pickle of a dict, expected".into()),
        ("prose.txt", "vector file: byte 0: begins with \"It was a dark".into()),
        ("empty.bin", "vector file: byte 0: the file is empty".into()),
        ("odd.txt", "word vectors as text: line 3: ".into()),
    ];
    for (name, message) in cases {
        for verb in [
            format!("neighbors a -v {name}"),
            format!("convert {name} out.bin"),
            format!("eval --pairs {} -v {name}", super::bundled("pairs.txt")),
        ] {
            let run = folder.w2v(&verb);
            run.refused_beginning(2, &format!("{name}: {message}"));
        }
    }
    assert_eq!(folder.names(), before);
}

#[test]
fn a_model_is_copied_whole_or_what_is_left_out_is_said() {
    let folder = Folder::with_text("a b a b c\n");
    let train = "train text.txt --min-count 1 --dim 4 --sample 0 --progress none";
    folder.w2v(train).answer();
    let run = folder.w2v("convert vectors.w2v copy.w2v");
    assert!(!run.err.contains("left out"), "{}", run.err);
    run.answer();
    assert!(folder.read("copy.w2v") == folder.read("vectors.w2v"));
    let all = "left out: output matrix, training record, counts, tokenizer";
    for (arguments, left_out) in [
        ("vectors.w2v v.txt", Some(all)),
        ("vectors.w2v two.w2v --limit 2", Some("left out: output matrix, training record")),
        ("two.w2v two.bin", Some("left out: counts")),
        ("v.txt v.w2v", None),
        ("v.w2v v.bin", None),
    ] {
        let run = folder.w2v(&format!("convert {arguments}"));
        let said = run.err.lines().find(|line| line.starts_with("left out"));
        assert_eq!(said, left_out, "{arguments}");
        run.answer();
    }
}

#[test]
fn rows_with_a_number_too_many_are_pointed_out() {
    let folder = Folder::new();
    folder.write("ragged.txt", "the 0.1 0.2\nof 0.3 0.4 0.5\n");
    let note = "the word ends in a number in 1 row, the first in line 2";
    for verb in ["convert ragged.txt out.bin --to glove", "neighbors the -v ragged.txt"] {
        let run = folder.w2v(verb);
        assert!(run.err.contains(note), "{}", run.err);
        run.answer();
    }
    let info = folder.w2v("info ragged.txt").answer();
    assert!(info.contains(note), "{info}");
}

/// Ctrl-C while the file is written: it is finished. Once more: nothing of it stays.
#[cfg(unix)]
#[test]
fn an_interrupt_while_writing_leaves_a_whole_file_or_none() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    let (words, dim) = (40_000, 100);
    let names: Vec<String> = (0..words).map(|i| format!("w{i}")).collect();
    let vocab = w2v::Vocab::new(names.iter().map(|name| (name.as_str(), 0)));
    let floats = (0..words * dim).map(|i| (i as f32).sin()).collect();
    let vectors = w2v::WordVectors::new(vocab, dim, floats).unwrap();
    let input = folder.path("in.w2v");
    w2v::formats::write(&vectors, &input, w2v::formats::Format::Native).unwrap();
    for times in [1, 2] {
        let _ = std::fs::remove_file(folder.path("out.txt"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
            .args(["convert", "in.w2v", "out.txt", "--force"])
            .current_dir(folder.path(""))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id().to_string();
        let interrupt = || {
            let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
            assert!(sent.success());
        };
        // Until something is written; the check before the work makes empty files.
        let is_written = || {
            let entries = std::fs::read_dir(folder.path("")).unwrap().flatten();
            let others = entries.filter(|entry| entry.file_name() != "in.w2v");
            let mut sizes = others.filter_map(|entry| Some(entry.metadata().ok()?.len()));
            sizes.any(|bytes| bytes > 0)
        };
        while !is_written() {
            assert_eq!(child.try_wait().unwrap(), None);
            std::thread::yield_now();
        }
        interrupt();
        let mut line = String::new();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        err.read_line(&mut line).unwrap();
        if times == 2 {
            interrupt();
        }
        let code = child.wait().unwrap().code();
        match code {
            Some(0) => {
                assert_eq!(folder.names(), ["in.w2v", "out.txt"], "{line}");
                let text = folder.read("out.txt");
                assert!(text.starts_with(b"40000 100\n") && text.ends_with(b"\n"));
            }
            _ => {
                assert_eq!((times, code), (2, Some(130)), "{line}");
                assert_eq!(folder.names(), ["in.w2v"], "{line}");
            }
        }
        assert!(line.contains("finishing the file") || code == Some(0), "{line}");
    }
}

#[test]
fn info_of_a_model() {
    let folder = Folder::with_text("a b a\n");
    folder.w2v("train text.txt --min-count 1 --dim 8 --sample 0 --threads 1 --seed 9").answer();
    let text = folder.w2v("info").answer();
    for line in [
        "file           vectors.w2v",
        "format         w2v version 7",
        "words          2",
        "dimensions     8",
        "table          input, f32, 2 × 8",
        "table          output, f32, 2 × 8",
        "tokenizer      whitespace, normalization none",
        "seed           9",
        "corpus         text.txt, 6 B",
    ] {
        assert!(text.lines().any(|have| have == line), "{line:?} in\n{text}");
    }
    assert!(text.contains("can be repeated to the byte"), "{text}");
    let info = &json_lines(&folder.w2v("info vectors.w2v --json").answer())[0];
    assert_eq!(info["format"], "w2v");
    assert_eq!((&info["words"], &info["dim"]), (&2.into(), &8.into()));
    assert_eq!(info["tokens"], 3);
    assert_eq!(info["has_output"], true);
    let output = serde_json::json!({ "name": "output", "kind": "f32", "rows": 2, "columns": 8 });
    assert_eq!(info["tables"][1], output);
    assert_eq!(info["training"]["recipe"]["seed"], 9);
    assert_eq!(info["training"]["record"]["corpus"][0]["name"], "text.txt");
    assert_eq!(info["training"]["recipe"]["objective"]["skipgram"]["dim"], 8);
    assert_eq!(info["file_bytes"], folder.read("vectors.w2v").len());
}

#[test]
fn info_of_foreign_files_and_of_the_processor() {
    let folder = Folder::new();
    folder.write("table.vec", "2 2\na 1 2\na 3 4\n");
    let text = folder.w2v("info table.vec").answer();
    assert!(text.contains("format         word2vec-text\nwords          1\n"), "{text}");
    assert!(text.contains("duplicates     1 row left out"), "{text}");
    let info = &json_lines(&folder.w2v("info table.vec --json").answer())[0];
    assert_eq!((&info["words"], &info["duplicates"]), (&1.into(), &1.into()));

    let kernels = w2v::Isa::chosen().to_string();
    let text = folder.w2v("info --cpu").answer();
    assert!(text.starts_with(&format!("kernels        {kernels}\n")), "{text}");
    let info = &json_lines(&folder.w2v("info --cpu --json").answer())[0];
    assert_eq!(info["kernels"], kernels);
    assert!(info["available"].as_array().unwrap().contains(&kernels.into()));
}

#[test]
fn completions_know_the_verbs_and_flags() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = folder.w2v(&format!("completions {shell}"));
        assert_eq!(run.err, "");
        let script = run.answer();
        assert!(script.contains("neighbors") && script.contains("min-count"), "{shell}");
    }
}
