//! Files that are not what a verb expects: refused by name wherever a file is opened.

use super::archives::gzip;
use super::{Folder, Ran};

fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.run(arguments, "")
}

#[track_caller]
fn ok(folder: &Folder, arguments: &[&str]) -> String {
    run(folder, arguments).answer()
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// A file by its first bytes, and what it is called.
const STRANGERS: [(&str, &[u8], &str); 9] = [
    ("a.pdf", b"%PDF-1.7\nobj", "a PDF file"),
    ("a.pkl", b"\x80\x04\x95\x12\0\0\0", "pickle"),
    ("a.db", b"SQLite format 3\0", "an SQLite database"),
    ("lfs.txt", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
    ("a.gguf", b"GGUF\x03\0\0\0", "a GGUF model"),
    ("a.arrow", b"ARROW1\0\0", "an Arrow file"),
    ("a.7z", b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    ("merge.txt", b"<<<<<<< HEAD\nthe king\n=======\n", "a file with the conflict marks"),
    ("a.w2c", b"w2c\0\r\n\x1a\n", "co-occurrence counts of w2v"),
];

#[test]
fn strangers_are_named_by_every_verb() {
    for (name, bytes, what) in STRANGERS {
        let folder = Folder::with_text("the king and the queen\n");
        folder.write("v.txt", "2 2\nking 1 2\nqueen 2 1\n");
        folder.write(name, bytes);
        folder.write("packed.gz", gzip(bytes));
        for file in [name, "packed.gz"] {
            let calls = [
                vec!["train", file],
                vec!["vocab", file],
                vec!["plan", file],
                vec!["cooccur", file],
                vec!["vocab", "text.txt", "--vocab", file],
                vec!["neighbors", "king", "--vectors", file],
                vec!["eval", "--vectors", "v.txt", "--sets", file],
                vec!["convert", file, "out.w2v"],
            ];
            for call in calls {
                let ran = run(&folder, &call);
                // A pickle may be one of gensim's, which is read where vectors are.
                let named = ran.err.contains(what) || ran.err.contains("gensim model");
                assert!(ran.code == Some(2) && named, "{call:?}: {}", ran.err);
            }
            let ran = run(&folder, &["check", file]);
            let named = ran.out.contains(what) || ran.out.contains("gensim");
            assert!(ran.code == Some(1) && named, "{file}: {}", ran.out);
        }
        assert_eq!(folder.names().len(), 4, "{:?}", folder.names());
    }
}

#[test]
fn vectors_are_no_text() {
    let folder = Folder::new();
    folder.write("v.txt", "3 3\na 0.1 0.2 0.3\nb 0.1 0.2 0.3\nc 1 2 3\n");
    folder.write("glove.txt", "a 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8\n".repeat(40));
    ok(&folder, &["convert", "v.txt", "v.w2v"]);
    ok(&folder, &["convert", "v.txt", "v.bin"]);
    ok(&folder, &["convert", "v.txt", "v.npy"]);
    for file in ["v.txt", "glove.txt", "v.w2v", "v.bin", "v.npy"] {
        for verb in ["train", "vocab", "plan", "cooccur"] {
            let ran = run(&folder, &[verb, file]);
            let told = ran.err.contains("expected text to read");
            assert!(ran.code == Some(2) && told, "{verb} {file}: {}", ran.err);
        }
    }
}

/// Six words in KOI8-R, which replacing their bytes would make two.
const KOI8: &[u8] =
    b"\xcd\xc1\xcd\xc1 \xcd\xd9\xcc\xc1 \xd2\xc1\xcd\xd5 \xc1 \xce\xc5 \xd0\xc1\xd0\xc1\n";

#[test]
fn texts_lists_and_vectors_in_other_encodings() {
    let folder = Folder::new();
    folder.write("text.txt", KOI8);
    folder.write("list.txt", b"\xcd\xc1\xcd\xc1\n\xd0\xc1\xd0\xc1\n");
    let ran = run(&folder, &["vocab", "text.txt", "--min-count", "1"]);
    assert!(ran.code == Some(2) && ran.err.contains("--encoding KOI8-R"), "{}", ran.err);
    let vocab = ["vocab", "text.txt", "--min-count", "1", "--encoding", "koi8-r"];
    assert!(ok(&folder, &vocab).contains("мыла 1\n"));
    let out = ok(&folder, &["vocab", "text.txt", "--vocab", "list.txt", "--encoding", "koi8-r"]);
    assert_eq!(out, "мама 1\nпапа 1\n");
    let forced = ["vocab", "text.txt", "--min-count", "1", "--invalid-utf8", "replace"];
    assert_eq!(run(&folder, &forced).code, Some(0));

    // A published latin-1 file: words that replacing would make the same.
    let row = |word: &[u8], x: f32| [word, b" ", &x.to_le_bytes(), &1f32.to_le_bytes()].concat();
    let rows = [row(b"caf\xe9", 1.0), row(b"caf\xe8", 2.0)].concat();
    folder.write("v.bin", [b"2 2\n".to_vec(), rows].concat());
    folder.write("v.txt", b"2 2\ncaf\xe9 1 1\ncaf\xe8 2 1\n");
    for file in ["v.bin", "v.txt"] {
        let ran = run(&folder, &["neighbors", "café", "--vectors", file]);
        assert!(ran.code == Some(2) && ran.err.contains("--encoding"), "{}", ran.err);
        let ask = ["neighbors", "café", "--vectors", file, "--encoding", "latin1"];
        assert!(ok(&folder, &ask).contains("cafè"));
        ok(&folder, &["convert", file, "utf8.txt", "--force", "--encoding", "latin1"]);
        // A file whose words are UTF-8 is read as that.
        let ask = ["neighbors", "café", "--vectors", "utf8.txt", "--encoding", "latin1"];
        assert!(ok(&folder, &ask).contains("cafè"));
    }
    folder.write("pairs.txt", b"caf\xe9 caf\xe8 1\ncaf\xe8 caf\xe9 2\ncaf\xe9 caf\xe9 3\n");
    let eval = ["eval", "--vectors", "utf8.txt", "--pairs", "pairs.txt", "--encoding", "latin1"];
    assert!(ok(&folder, &eval).contains("3 of 3"));

    let ran = run(&folder, &["neighbors", "a", "--encoding", "klingon"]);
    assert!(ran.code == Some(2) && ran.err.contains("koi8-r"), "{}", ran.err);
}

/// The same questions, words and vectors, with each line end and byte-order mark.
#[test]
fn line_ends_and_marks_mean_the_same_in_every_file() {
    let text = "the king\nthe queen\n";
    let vectors = "3 2\nking 1 2\nqueen 2 1\ncar -1 0\n";
    let pairs = "king\tqueen\t9\nking\tcar\t1\nqueen\tcar\t2\n";
    let list = "king\nqueen\n";
    let answers = |end: &str, mark: &str| {
        let folder = Folder::new();
        for (name, content) in
            [("text.txt", text), ("v.txt", vectors), ("pairs.txt", pairs), ("list.txt", list)]
        {
            folder.write(name, format!("{mark}{}", content.replace('\n', end)));
        }
        let calls: [&[&str]; 4] = [
            &["vocab", "text.txt", "--min-count", "1"],
            &["vocab", "text.txt", "--vocab", "list.txt"],
            &["neighbors", "king", "--vectors", "v.txt"],
            &["eval", "--vectors", "v.txt", "--sets", "pairs.txt", "--json"],
        ];
        calls.map(|call| ok(&folder, call))
    };
    let expected = answers("\n", "");
    for end in ["\r\n", "\r"] {
        assert_eq!(answers(end, ""), expected, "{end:?}");
        assert_eq!(answers(end, "\u{feff}"), expected, "{end:?} with a mark");
    }
    // What PowerShell writes.
    let folder = Folder::new();
    let utf16: Vec<u8> =
        format!("\u{feff}{vectors}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("v.txt", utf16);
    assert_eq!(ok(&folder, &["neighbors", "king", "--vectors", "v.txt"]), expected[2]);
}

#[test]
fn rows_of_numbers_without_words_want_a_list() {
    let folder = Folder::new();
    folder.write("words.txt", "king\nqueen\ncar\n");
    for (name, matrix) in [
        ("savetxt.txt", "1.000e+00 2.000e+00\n2.000e+00 1.000e+00\n-1.000e+00 0.000e+00\n"),
        ("padded.txt", " 1.0  2.0\n 2.0  1.0\n-1.0  0.0\n"),
        ("tensors.tsv", "1.0\t2.0\n2.0\t1.0\n-1.0\t0.0\n"),
        ("matrix.csv", "1.0,2.0\n2.0,1.0\n-1.0,0.0\n"),
    ] {
        folder.write(name, matrix);
        let ran = run(&folder, &["convert", name, "out.txt", "--force"]);
        let told = ran.err.contains("rows of numbers without words") && ran.err.contains("--words");
        assert!(ran.code == Some(2) && told, "{name}: {}", ran.err);
        ok(&folder, &["convert", name, "out.txt", "--force", "--words", "words.txt"]);
        assert_eq!(text(&folder, "out.txt"), "3 2\nking 1 2\nqueen 2 1\ncar -1 0\n", "{name}");
    }
}

#[test]
fn padded_numbers_are_no_part_of_a_word() {
    let folder = Folder::new();
    // NumPy's `% .6f`, R's `format`, columns.
    for padded in [
        "3 2\nking  0.500000  1.000000\nqueen -0.500000  1.000000\ncar  0.250000 -1.000000\n",
        "3 2\nking    0.50   1.00\nqueen  -0.50   1.00\ncar     0.25  -1.00\n",
        "king    0.50   1.00\nqueen  -0.50   1.00\ncar     0.25  -1.00\n",
    ] {
        folder.write("v.txt", padded);
        ok(&folder, &["convert", "v.txt", "out.txt", "--force"]);
        let plain = "3 2\nking 0.5 1\nqueen -0.5 1\ncar 0.25 -1\n";
        assert_eq!(text(&folder, "out.txt"), plain);
        let found = run(&folder, &["check", "v.txt", "--json"]).out;
        assert!(found.contains("padded-numbers") && !found.contains("space-in-word"), "{found}");
        run(&folder, &["check", "v.txt", "--repair", "fixed.txt", "--force"]);
        ok(&folder, &["convert", "fixed.txt", "again.txt", "--force"]);
        assert_eq!(text(&folder, "again.txt"), plain);
    }
}

#[test]
fn vectors_come_from_standard_input_and_go_into_compressed_files() {
    let folder = Folder::new();
    let vectors = "3 2\nking 1 2\nqueen 2 1\ncar -1 0\n";
    folder.write("v.txt", vectors);
    for input in [vectors.as_bytes().to_vec(), gzip(vectors.as_bytes())] {
        let ask = ["neighbors", "king", "--vectors", "-", "-n", "1"];
        let answer = folder.run(&ask, input.clone()).answer();
        assert!(answer.contains("queen"), "{answer}");
        let copy = ["convert", "-", "copy.txt", "--force"];
        folder.run(&copy, input).answer();
        assert_eq!(text(&folder, "copy.txt"), vectors);
    }
    for ending in ["gz", "zst", "bz2", "xz"] {
        let name = format!("v.txt.{ending}");
        ok(&folder, &["convert", "v.txt", &name, "--verify"]);
        assert!(!folder.read(&name).starts_with(b"3 2"), "{ending}");
        ok(&folder, &["convert", &name, "back.txt", "--force"]);
        assert_eq!(text(&folder, "back.txt"), vectors);
    }
    for (to, name) in [("npy", "v.npy.gz"), ("w2v", "v.w2v.zst"), ("glove-binary", "v.bin.gz")] {
        let ran = run(&folder, &["convert", "v.txt", name, "--to", to]);
        assert!(ran.code == Some(2) && ran.err.contains("compressed"), "{}", ran.err);
        assert!(!folder.path(name).exists());
    }
}

/// Vector files that are damaged, or that we do not read, are told about as vectors and not as text.
#[test]
fn damaged_vector_files_get_advice_for_vectors() {
    let rows: String = (0..3000).map(|n| format!("w{n} 0.{n} -0.5 {n}.25\n")).collect();
    let packed = gzip(rows.as_bytes());
    let folder = Folder::new();
    for (name, bytes, expected) in [
        ("commas.txt", "3 2\na 0,5 1,5\nb 2,5 1,0\nc 1,0 2,0\n".as_bytes(), "decimal commas"),
        ("glove.txt", b"a 0,5 1,5\nb 2,5 1,0\n", "decimal commas"),
        ("hex.txt", b"a 0x1.8p-3 0x1p+0\nb 0x1p+1 0x1p-1\n", "hexadecimal floats"),
        ("v.csv", b"word,x,y\na,0.5,1.5\nb,2.5,1.0\n", "CSV"),
        ("v.txt.gz", &packed[..packed.len() / 2], "cannot be decompressed"),
    ] {
        folder.write(name, bytes);
        let checked = run(&folder, &["check", name]);
        let told = checked.out + &checked.err;
        assert!(told.contains(expected), "{name}: {told}");
        assert!(!told.contains("--tokenizer") && !told.contains("min-count"), "{name}: {told}");
        let ran = run(&folder, &["neighbors", "a", "--vectors", name]);
        assert!(ran.code == Some(2) && ran.err.contains(expected), "{name}: {}", ran.err);
    }
    folder.write("blank.txt", "2 2\na 1 2\n\nb 2 1\n");
    let ran = run(&folder, &["neighbors", "a", "--vectors", "blank.txt"]);
    assert!(ran.err.contains("3 rows follow, 1 of them blank"), "{}", ran.err);
    folder.write("blank.txt", "a 1 2\n\nb 2 1\n");
    let ran = run(&folder, &["neighbors", "a", "--vectors", "blank.txt"]);
    assert!(ran.err.contains("line 2: a blank line, expected a row"), "{}", ran.err);
    let found = run(&folder, &["check", "blank.txt"]).out;
    assert!(found.contains("2 rows") && found.contains("blank-line"), "{found}");
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_told_and_left_out() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("texts")).unwrap();
    folder.write("texts/a.txt", "the king\n");
    std::os::unix::fs::symlink("nowhere.txt", folder.path("texts/b.txt")).unwrap();
    let ran = run(&folder, &["vocab", "texts", "--min-count", "1"]);
    let told = "warning: left out 1 symbolic link to files that are not there: \"texts/b.txt\"";
    assert!(ran.code == Some(0) && ran.err.contains(told), "{}", ran.err);
    assert_eq!(ran.out, "king 1\nthe 1\n");
    // Named itself it is an error.
    let ran = run(&folder, &["vocab", "texts/b.txt"]);
    assert!(ran.code == Some(2) && ran.err.contains("cannot read texts/b.txt"), "{}", ran.err);
}
