//! Files with each fault: what is told, where, and what a repair makes of them.

use super::*;
use std::path::PathBuf;

struct File(tempfile::TempDir);

impl File {
    fn new(bytes: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("in"), bytes).unwrap();
        File(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("in")
    }

    fn check(&self) -> Account {
        check(self.path(), &ReadOptions::default()).unwrap()
    }

    fn repair(&self) -> (Repaired, Vec<u8>, String) {
        let out = self.0.path().join("out");
        let repaired = repair(self.path(), &out, &ReadOptions::default()).unwrap();
        let changes = std::fs::read_to_string(changes_path(&out)).unwrap();
        (repaired, std::fs::read(&out).unwrap(), changes)
    }
}

/// `(kind, count, first places)` of all findings.
fn told(account: &Account) -> Vec<(&'static str, u64, String)> {
    let findings = account.findings.iter();
    let told = findings.map(|f| {
        let first: Vec<String> = f.first.iter().map(Place::to_string).collect();
        (f.kind.name(), f.count, first.join(", "))
    });
    told.collect()
}

#[test]
fn every_fault_of_text_is_told_with_its_line() {
    type Expected = &'static [(&'static str, u64, &'static str)];
    let cases: [(&[u8], Expected); 24] = [
        (b"2 2\na 1 2\nb 3 4\n", &[]),
        (b"a 1 2\nb 3 4\n", &[("no-header", 1, "line 1")]),
        (b"3 2\na 1 2\nb 3 4\n", &[("header-too-high", 1, "line 1")]),
        (b"1 2\na 1 2\nb 3 4\n", &[("header-too-low", 1, "line 1")]),
        (b"2 9\na 1 2\nb 3 4\n", &[("header-dim", 1, "line 1")]),
        (b"3 1\na 1\nb 2\na 3\n", &[("duplicate", 1, "line 4")]),
        (b"3 2\na 1 2\nb 3\nc 5 6\n", &[("short-row", 1, "line 3")]),
        (b"3 2\na 1 2\nb 3 x\nc 5 6\n", &[("short-row", 1, "line 3")]),
        (
            b"3 2\na 1 2\nb 3.5 4 5\nc 5 6\n",
            &[("long-row", 1, "line 3"), ("space-in-word", 1, "line 3")],
        ),
        (
            b"2 2\na 1 2\nroute 66 3 4\n",
            &[("space-in-word", 1, "line 3"), ("numbered-word", 1, "line 3")],
        ),
        (b"4 1\na 1\nb nan\nc -inf\nd 1e39\n", &[("non-finite", 3, "line 3, line 4, line 5")]),
        (b"2 2\na 1 2\nb 0 -0.0\n", &[("zero-row", 1, "line 3")]),
        (b"2 1\n. . . 1\nb 2\n", &[("space-in-word", 1, "line 2")]),
        (b"2 1\n 1\nb 2\n", &[("empty-word", 1, "line 2")]),
        (
            "3 1\n\u{a0} 1\n\u{3000}x 2\n\u{feff} 3\n".as_bytes(),
            &[("unicode-space", 3, "line 2, line 3, line 4")],
        ),
        (b"2 1\n\x1b 1\na\0b 2\n", &[("control-character", 2, "line 2, line 3")]),
        (b"2 1\ncaf\xe9 1\nb 2\n", &[("invalid-utf8", 1, "line 2")]),
        (b"2 1\r\na 1\r\nb 2\r\n", &[("crlf", 2, "line 2, line 3")]),
        (b"\xef\xbb\xbf2 1\na 1\nb 2\n", &[("byte-order-mark", 1, "byte 0")]),
        (b"2 1\na\t1\nb 2\n", &[("tab", 1, "line 2")]),
        (b"2 1\na 1\n\n \nb 2\n", &[("blank-line", 2, "line 3")]),
        (b"2 1\na 1\nb 2\n\n\n", &[("blank-end", 2, "line 4")]),
        (b"2 1\na 1\nb 2", &[]),
        (
            b"# trained today\na 1 2\nb 3 4\nc 5 6\n",
            &[("short-row", 1, "line 1"), ("no-header", 1, "line 1")],
        ),
    ];
    for (bytes, expected) in cases {
        let account = File::new(bytes).check();
        let mut told = told(&account);
        // Several places of crlf and such are given by the first alone.
        for (_, _, places) in &mut told {
            let first = expected.iter().find(|(_, _, all)| all.starts_with(places.as_str()));
            if let Some((_, _, all)) = first {
                *places = (*all).to_owned();
            }
        }
        let expected: Vec<_> = expected.iter().map(|&(k, n, s)| (k, n, s.to_owned())).collect();
        assert_eq!(told, expected, "{}", bytes.escape_ascii());
    }
}

fn record(word: &[u8], floats: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = floats.iter().flat_map(|x| x.to_le_bytes()).collect();
    [word, b" ", &bytes, b"\n"].concat()
}

#[test]
fn every_fault_of_a_binary_file_is_told_with_its_byte() {
    let [a, b] = [record(b"a", &[1.0, 2.0]), record(b"b", &[0.0, 0.0])];
    let file = |header: &str, records: &[&[u8]]| [header.as_bytes(), &records.concat()].concat();
    let nan = record(b"\x01", &[1.0, f32::NAN]);
    type Expected = &'static [(&'static str, u64, &'static str)];
    let cases: [(Vec<u8>, Expected); 8] = [
        (file("1 2\n", &[&a]), &[]),
        (file("2 2\n", &[&a, &b]), &[("zero-row", 1, "byte 15")]),
        (
            file("3 2\n", &[&a, &a]),
            &[("header-too-high", 1, "byte 0"), ("duplicate", 1, "byte 15")],
        ),
        (file("1 2\n", &[&a, &b]), &[("header-too-low", 1, "byte 0"), ("zero-row", 1, "byte 15")]),
        (
            file("2 2\n", &[&a, &b[..6]]),
            &[("header-too-high", 1, "byte 0"), ("cut-short", 1, "byte 15")],
        ),
        (file("1 2\n", &[&a, b"xyz"]), &[("trailing-bytes", 1, "byte 15")]),
        (
            file("2 2\n", &[&a, &nan]),
            &[("non-finite", 1, "byte 15"), ("control-character", 1, "byte 15")],
        ),
        (
            file("99 4000000000\n", &[&a, &b]),
            &[
                ("not-vectors", 1, "byte 0"),
                ("header-too-high", 1, "byte 0"),
                ("cut-short", 1, "byte 14"),
            ],
        ),
    ];
    for (bytes, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|&(k, n, s)| (k, n, s.to_owned())).collect();
        assert_eq!(told(&File::new(&bytes).check()), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn what_is_no_vector_file_is_named() {
    let cases: [(&[u8], &str); 5] = [
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"<!DOCTYPE html><html>404</html>", "a web page"),
        (b"%PDF-1.4\n", "a PDF file"),
        (b"", "the file is empty"),
        (b"It was a dark and stormy night\n", "neither a header"),
    ];
    for (bytes, expected) in cases {
        let account = File::new(bytes).check();
        assert_eq!(account.format, None);
        assert_eq!(account.findings[0].kind, Kind::NotVectors);
        let example = &account.findings[0].example;
        assert!(example.contains(expected), "{example}");
    }
}

/// What check calls good the readers read, and the other way round, over the same lines.
#[test]
fn the_readers_agree_with_the_check() {
    let lines =
        ["a 1 2", "b 3", "route 66 3 4", "c nan 2", " 1 2", "\u{a0} 5 6", "d 1 2 \r", "", "e x 1"];
    for first in lines {
        for second in lines {
            let text = format!("2 2\n{first}\n{second}\n");
            let file = File::new(&text);
            let account = file.check();
            let read = open(file.path(), &ReadOptions::default());
            let errors = account.findings.iter().filter(|f| f.severity == Severity::Error);
            // A duplicate is no error to the readers: they count it.
            let refused = errors.filter(|f| f.kind != Kind::Duplicate).count() > 0;
            assert_eq!(refused, read.is_err(), "{text:?} {:?}", told(&account));
        }
    }
}

#[test]
fn a_repair_leaves_out_corrects_and_escapes() {
    let text = b"\xef\xbb\xbf9 2\r\na 1 2\r\nb 1.50 -3e-2 \r\na 5 6\r\n\r\nnew york 0.1 0.2\r\n\
        caf\xe9 7 8\r\nc nan 1\r\nd 1\r\ne\t3\t4\r\n 9 9\r\n\r\n";
    let file = File::new(text);
    let (repaired, out, changes) = file.repair();
    let expected =
        "6 2\na 1 2\nb 1.50 -3e-2\nnew\\u0020york 0.1 0.2\ncaf\\xe9 7 8\ne 3 4\n\\e 9 9\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
    assert_eq!(repaired.header, Some(("9 2".into(), "6 2".into())));
    let dropped: Vec<_> = repaired.dropped.into_iter().collect();
    assert_eq!(dropped, [(Kind::ShortRow, 1), (Kind::NonFinite, 1), (Kind::Duplicate, 1)]);
    assert_eq!(repaired.escaped, 3);
    assert_eq!(told(&repaired.after), []);
    for line in [
        "place\tchange\tword\tnow",
        "byte 0\theader\t9\\u00202\t6 2",
        "line 4\tleft out: duplicate\ta\t",
        "line 6\tescaped\tnew\\u0020york\tnew\\u0020york",
        "line 7\tescaped\tcaf\\xe9\tcaf\\xe9",
        "line 8\tleft out: non-finite\tc\t",
        "line 9\tleft out: short-row\td\\u00201\t",
        "byte 0\tremoved: byte-order-mark × 1\t\\e\t",
    ] {
        assert!(changes.lines().any(|l| l == line), "{line}\n{changes}");
    }
    assert_eq!(std::fs::read(file.path()).unwrap(), text, "the input is as it was");
}

/// Two words that an escape would make one: the second row is left out, and that is said.
#[test]
fn a_repair_never_makes_a_duplicate() {
    let (repaired, out, _) = File::new(b"2 1\na\\u0020b 1\na b 2\n").repair();
    assert_eq!(out, b"1 1\na\\u0020b 1\n");
    assert_eq!(repaired.dropped[&Kind::Duplicate], 1);
}

#[test]
fn a_binary_file_is_repaired_to_the_bit() {
    let good = [record(b"a", &[f32::MIN_POSITIVE, -0.0]), record(b"c", &[3.0, 0.1])];
    let bad = record(b"b", &[f32::INFINITY, 1.0]);
    let bytes = [b"7 2\n", &good[0][..], &bad, &good[1], &good[0][..5]].concat();
    let (repaired, out, _) = File::new(bytes).repair();
    assert_eq!(out, [b"2 2\n", &good[0][..], &good[1]].concat());
    assert_eq!(told(&repaired.after), []);
}

#[test]
fn a_repair_refuses_what_it_cannot_do() {
    let file = File::new(b"2 1\na 1\nb 2\n");
    let path = file.path();
    let message =
        |from: &Path, to: &Path| repair(from, to, &ReadOptions::default()).unwrap_err().to_string();
    assert!(message(&path, &path).contains("this is the input"));
    let linked = file.0.path().join("link");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&path, &linked).unwrap();
        assert!(message(&path, &linked).contains("this is the input"));
    }
    let out = file.0.path().join("out");
    let none = File::new(b"2 1\na nan\nb inf\n");
    assert!(message(&none.path(), &out).contains("no good row is left"));
    let pickle = File::new(b"\x80\x04}.");
    assert!(message(&pickle.path(), &out).contains("gensim"));
    assert!(!out.exists());
}

/// Places and counts are right across blocks, in a file of several.
#[test]
fn blocks_do_not_show() {
    let mut text = String::from("150000 4\n");
    for i in 0..150_000 {
        let x = if i % 50_000 == 49_999 { "nan" } else { "-0.1234567" };
        text.push_str(&format!("word{i} 0.5 0.25 0.125 {x}\n"));
    }
    let account = File::new(&text).check();
    assert_eq!(account.rows, 150_000);
    let lines = "line 50001, line 100001, line 150001";
    assert_eq!(told(&account), [("non-finite", 3, lines.to_owned())]);
}
