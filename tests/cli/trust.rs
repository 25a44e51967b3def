//! `check`, `convert --verify` and `quantize`.

use super::{Folder, json_lines};

#[test]
fn check_tells_every_fault_and_repairs() {
    let folder = Folder::new();
    folder.write("good.txt", "2 2\na 1 2\nb 3 4\n");
    let run = folder.w2v("check good.txt");
    let expected = "good.txt: word2vec-text, 2 rows × 2 dimensions\nnothing is wrong with it\n";
    assert_eq!(run.answer(), expected);

    folder.write("bad.txt", "9 2\na 1 2\na 3 4\nnew york 5 6\nb nan 1\nc 1\n");
    let run = folder.w2v("check bad.txt");
    assert_eq!(run.code, Some(1));
    for line in [
        "bad.txt: word2vec-text, 5 rows × 2 dimensions",
        "error    header-too-high            1  ",
        "         line 1: the header says 9 words, 5 rows follow",
        "         line 3: \"a\"",
        "         line 5: number 1 of \"b\"",
        "         line 6: \"c 1\": 1 numbers at its end, expected 2",
        "warning  space-in-word              1  ",
    ] {
        assert!(run.out.lines().any(|l| l.starts_with(line)), "{line}\n{}", run.out);
    }
    let run = folder.w2v("check bad.txt --json");
    assert_eq!(run.code, Some(1));
    let told = &json_lines(&run.out)[0];
    assert_eq!(told["file"], "bad.txt");
    assert_eq!(told["findings"][1]["kind"], "short-row");
    assert_eq!(told["findings"][1]["first"][0]["line"], 6);

    let run = folder.w2v("check bad.txt --repair good2.txt");
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains("left out        1 row: duplicate"), "{}", run.out);
    assert_eq!(folder.read("good2.txt"), b"2 2\na 1 2\nnew\\u0020york 5 6\n");
    let changes = String::from_utf8(folder.read("good2.txt.changes.tsv")).unwrap();
    assert!(changes.contains("line 3\tleft out: duplicate\ta\t"), "{changes}");
    folder
        .w2v("check bad.txt --repair good2.txt")
        .refused(2, "good2.txt exists already; choose another name or overwrite it with --force");
    let run = folder.w2v("check bad.txt --repair bad.txt --force");
    run.refused_beginning(2, "--repair bad.txt is the same file as the input bad.txt; ");
}

#[test]
fn check_names_what_is_no_vector_file() {
    let folder = Folder::new();
    folder.write("model.bin", b"PK\x03\x04\x14\0\0\0");
    let run = folder.w2v("check model.bin");
    assert_eq!(run.code, Some(1));
    assert!(run.out.contains("serious  binary-file: 1 file"), "{}", run.out);
    let run = folder.w2v("check model.bin --as vectors");
    assert_eq!(run.code, Some(1));
    assert!(run.out.contains("model.bin: no vector file"), "{}", run.out);
    assert!(run.out.contains("a zip archive"), "{}", run.out);
    folder.write("dict.pkl", b"\x80\x04}.");
    let run = folder.w2v("check dict.pkl");
    assert_eq!(run.code, Some(1));
    assert!(run.out.contains("this is a Python pickle of a dict, expected"), "{}", run.out);
    let run = folder.w2v("check nothing-here");
    run.refused_beginning(2, "cannot open nothing-here: ");
    // What w2v reads and others do not: a warning, which only --strict minds.
    folder.write("odd.txt", "2 1\n\u{a0} 1\nb 2\n");
    assert_eq!(folder.w2v("check odd.txt").code, Some(0));
    assert_eq!(folder.w2v("check odd.txt --strict").code, Some(1));
}

#[test]
fn a_conversion_is_verified() {
    let folder = Folder::new();
    folder.write("in.txt", "2 2\na 0.1 -2\nb 3e-8 4\n");
    for out in ["out.w2v", "out.bin", "out.glove", "out.npy"] {
        let run = folder.w2v(&format!("convert in.txt {out} --verify"));
        assert!(run.err.contains("verified 2 rows: the same bits"), "{}", run.err);
        run.answer();
    }
    let run = folder.w2v("convert in.txt half.npy --dtype f16 --verify");
    assert!(run.err.contains("verified 2 rows: the same but for rounding, by "), "{}", run.err);
}

/// A model to quantise: 300 words in ten directions.
fn vectors() -> String {
    let row = |i: usize| {
        let number = |d: usize| ((i * 31 + d * 17) % 97) as f32 / 97.0 + f32::from(i % 10 == d);
        let row: Vec<String> = (0..10).map(|d| number(d).to_string()).collect();
        format!("w{i} {}\n", row.join(" "))
    };
    format!("300 10\n{}", (0..300).map(row).collect::<String>())
}

#[test]
fn quantised_vectors_answer_and_their_price_is_told() {
    let folder = Folder::new();
    folder.write("in.txt", vectors());
    folder.write("pairs.tsv", "w1\tw11\t9\nw1\tw2\t3\nw5\tw6\t2\nw3\tw13\t8\n");
    let run = folder.w2v("quantize in.txt small.w2v --pairs pairs.tsv");
    let out = run.answer();
    assert!(out.contains("table          12.0 kB → 4.20 kB, 2.9 times smaller"), "{out}");
    assert!(out.contains("recall@10      0.9"), "{out}");
    assert!(out.contains("spearman       "), "{out}");
    let asked = |file: &str| folder.w2v(&format!("neighbors w7 -n 1 -v {file}")).answer();
    let [exact, small] = ["in.txt", "small.w2v"].map(asked);
    assert_eq!(exact.split('\t').next(), small.split('\t').next());

    let run = folder.w2v("quantize in.txt pq.w2v --method pq -m 5 --json --recall-words 50");
    let told = &json_lines(&run.answer())[0];
    assert_eq!(told["numbers"], "pq");
    assert_eq!(told["subquantizers"], 5);
    assert_eq!(told["table_bytes"]["after"], 256 * 10 * 4 + 300 * 9);
    assert!(told["recall_at_10"]["mean"].as_f64().unwrap() > 0.5);
    assert!(folder.w2v("info pq.w2v").answer().contains("numbers        pq"));
    // Once more: the same bytes. On to another file: the same table.
    folder.w2v("quantize in.txt again.w2v --method pq -m 5").answer();
    assert!(folder.read("pq.w2v") == folder.read("again.w2v"));
    let run = folder.w2v("convert pq.w2v copy.w2v --verify");
    assert!(run.err.contains("the same bits"), "{}", run.err);
    assert_eq!(folder.read("pq.w2v"), folder.read("copy.w2v"));

    let run = folder.w2v("quantize in.txt out.w2v --method pq -m 11");
    run.refused(2, "--subquantizers is 11, expected 1 to the dim, 10");
    let run = folder.w2v("quantize in.txt out.txt");
    run.refused_beginning(2, "out.txt would be taken for another format");
}
