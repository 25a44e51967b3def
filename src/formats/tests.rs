//! The readers and writers of other programs' formats, by example: what they accept and refuse.

use super::*;
use crate::vocab::Vocab;
use std::path::PathBuf;

pub(super) fn text(bytes: impl AsRef<[u8]>) -> Result<(WordVectors, Report)> {
    word2vec_text::parse(bytes.as_ref(), Path::new("x.txt"), &ReadOptions::default())
}

pub(super) fn binary(bytes: &[u8]) -> Result<(WordVectors, Report)> {
    binary_with(bytes, &ReadOptions::default())
}

pub(super) fn binary_with(bytes: &[u8], options: &ReadOptions) -> Result<(WordVectors, Report)> {
    let contents = Contents::Owned(bytes.to_vec());
    word2vec_binary::parse(contents, Path::new("x.bin"), options)
}

pub(super) fn rows(vectors: &WordVectors) -> Vec<(&str, &[f32])> {
    let row = |id: usize| match vectors.vector(crate::vocab::WordId(id as u32)) {
        std::borrow::Cow::Borrowed(row) => row,
        // Made, so not there to be lent: a few rows of a test.
        std::borrow::Cow::Owned(row) => row.leak(),
    };
    let words = vectors.vocab().words().enumerate();
    words.map(|(id, word)| (word, row(id))).collect()
}

/// A record of a binary file.
fn record(word: &str, floats: &[f32], end: &str) -> Vec<u8> {
    let mut bytes = [word.as_bytes(), b" "].concat();
    bytes.extend(floats.iter().flat_map(|x| x.to_le_bytes()));
    bytes.extend(end.as_bytes());
    bytes
}

#[test]
fn every_program_s_text_is_the_same_vectors() {
    let cases = [
        ("gensim", "2 2\na 0.5 -1\nb 1e-05 3\n"),
        ("word2vec.c, fastText", "2 2\na 0.500000 -1.000000 \nb 1.0e-05 3.000000 \n"),
        ("GloVe", "a 0.5 -1\nb 0.00001 3\n"),
        ("no last line end", "2 2\na 0.5 -1\nb 1e-5 3"),
        ("CR LF", "2 2\r\na 0.5 -1\r\nb 1e-5 3\r\n"),
        ("CR LF after a space", "2 2\r\na 0.5 -1 \r\nb 1e-5 3 \r\n"),
        ("byte order mark", "\u{feff}2 2\na 0.5 -1\nb 1e-5 3\n"),
        ("byte order mark, no header", "\u{feff}a 0.5 -1\nb 1e-5 3\n"),
        ("tabs", "2\t2\na\t0.5\t-1\nb\t1e-5\t3\n"),
        ("blank lines at the end", "2 2\na .5 -1.\nb 1E-5 +3\n\n \n"),
    ];
    for (program, file) in cases {
        let (vectors, report) = text(file).unwrap();
        let expected: [(&str, &[f32]); 2] = [("a", &[0.5, -1.0]), ("b", &[1e-5, 3.0])];
        assert_eq!(rows(&vectors), expected, "{program}");
        assert_eq!(report, Report::default());
        assert_eq!(vectors.vocab().counts(), [0, 0]);
    }
}

/// GloVe's `-write-header 1` does not count the last row.
#[test]
fn glove_s_header_is_one_too_low() {
    let file = "2 1\na 1\nb 2\n<unk> 3\n";
    let (vectors, report) = text(file).unwrap();
    let expected = [("a", &[1.0][..]), ("b", &[2.0]), ("<unk>", &[3.0])];
    assert_eq!(rows(&vectors), expected);
    assert_eq!(report, Report::default());
    assert!(text("1 1\na 1\nb 2\n<unk> 3\n").is_err());
}

#[test]
fn the_word_is_everything_before_the_last_d_fields() {
    let file = "9 2\n. . . 1 2\nat name@domain.com 1 2\n 1 2\n  1 2\nnew\u{a0}york 1 2\n\
                \u{3000} 1 2\n\u{85} 1 2\nroute 66 1 2\n3.14 1 2\n";
    let (vectors, _) = text(file).unwrap();
    let words: Vec<&str> = vectors.vocab().words().collect();
    let expected = [
        ". . .",
        "at name@domain.com",
        "",
        " ",
        "new\u{a0}york",
        "\u{3000}",
        "\u{85}",
        "route 66",
        "3.14",
    ];
    assert_eq!(words, expected);
    assert!(rows(&vectors).iter().all(|(_, row)| *row == [1.0, 2.0]));
}

#[test]
fn text_that_is_wrong_says_where_and_what() {
    let message = |file: &str| text(file).err().unwrap().to_string();
    let cases = [
        ("3 2\na 1 2\nb 3 4\n", "line 1: the header says 3 words, 2 rows follow: the file is cut"),
        ("1 2\na 1 2\nb 3 4\n", "line 1: the header says 1 words, 2 rows follow; correct"),
        ("1 2\na 1 2\nb 3 4\nc 5 6\n", "line 1: the header says 1 words, 3 rows follow; correct"),
        ("2 2\na 1 2\nb 3\n", "line 3: 1 numbers after the word, expected 2"),
        ("a 1 2\n\nb 3 4\n", "line 2: a blank line, expected a row"),
        (
            "a 1 2\nb x 4\n",
            "line 2: 1 numbers at the end of the line, expected 2; \"x\" is not a number",
        ),
        ("2 2\na 1 2\nb 3 nan\n", "line 3: number 2 is nan, expected a finite f32"),
        ("a 1 2\nb -inf 3\n", "line 2: number 1 is -inf"),
        ("a 1 2\nb 1e39 3\n", "line 2: number 1 is 1e39"),
        ("a 1 nan 3\n", "line 1: number 2 is nan"),
        ("2 300\na 1 2\nb 3 4\n", "line 2: 2 numbers after the word, expected 300"),
        ("2 18446744073709551615\na 1 2\nb 3 4\n", "line 2: 2 numbers after the word, expected"),
        ("0 2\n", "line 1: 0 words × dim 2: no vectors here"),
        ("2 0\na\nb\n", "line 1: 2 words × dim 0: no vectors here"),
        ("", "line 1: 0 words × dim 0"),
        ("just prose\n", "line 1: 1 words × dim 0"),
        (
            "99999999999999999999 2\na 1 2\n",
            "line 1: the header \"V D\" says 99999999999999999999, expected a number below 2^64",
        ),
        (
            "1 99999999999999999999\na 1 2\n",
            "line 1: the header \"V D\" says 99999999999999999999, expected",
        ),
        ("3 2", "line 1: the header says 3 words, 0 rows follow"),
    ];
    for (file, expected) in cases {
        let message = message(file);
        let expected = format!("x.txt: word vectors as text: {expected}");
        assert!(message.starts_with(&expected), "{message}\n  for {file:?}");
    }
    let longer: String = (0..20).map(|i| format!("w{i} 0.5 0.25 0.125\n")).collect();
    let message = message(&format!("20 2\n{longer}"));
    assert!(message.contains("20 of 20 words end in a number, such as \"w0 0.5\""), "{message}");
}

/// The line of a fault is right in whatever piece it is, and it is the first of several.
#[test]
fn the_first_fault_is_named_in_a_file_of_several_pieces() {
    let lines: Vec<String> = (0..60_000).map(|i| format!("w{i} 0.125 -0.5 {i}\n")).collect();
    let (vectors, _) = text(lines.concat()).unwrap();
    assert_eq!(vectors.len(), 60_000);
    assert_eq!(rows(&vectors)[59_999], ("w59999", &[0.125, -0.5, 59_999.0][..]));
    for (first, second) in [(1, 2), (30_000, 59_000), (59_999, 59_999)] {
        let mut bad = lines.clone();
        bad[first] = "w 1 2 x\n".into();
        bad[second] = "w 1 2 x\n".into();
        let error = text(bad.concat()).err().unwrap().to_string();
        assert!(error.contains(&format!(": line {}: ", first + 1)), "{error}");
    }
}

#[test]
fn duplicates_and_broken_utf_8_are_counted_or_refused() {
    let (vectors, report) = text("4 1\na 1\nb 2\na 3\nc 4\n").unwrap();
    assert_eq!(rows(&vectors), [("a", &[1.0][..]), ("b", &[2.0]), ("c", &[4.0])]);
    assert_eq!(report.duplicates, 1);

    let lossy = ReadOptions { lossy_utf8: true, ..Default::default() };
    let mut both = [b"2 1\na 1\ncaf\xc3 2\n".to_vec(), b"2 1\n".to_vec()];
    both[1].extend(record("a", &[1.0], "\n"));
    both[1].extend(b"caf\xc3 ");
    both[1].extend(2f32.to_le_bytes());
    type Parser = fn(&[u8], &ReadOptions) -> Result<(WordVectors, Report)>;
    let text_with: Parser = |bytes, options| word2vec_text::parse(bytes, Path::new("x"), options);
    let parsers: [Parser; 2] = [text_with, binary_with];
    for (file, (parse, place)) in both.iter().zip(parsers.iter().zip(["line 3", "byte 11"])) {
        let error = parse(file, &ReadOptions::default()).err().unwrap().to_string();
        assert!(error.contains(place) && error.contains("`lossy_utf8`"), "{error}");
        let (vectors, report) = parse(file, &lossy).unwrap();
        assert_eq!(rows(&vectors)[1], ("caf\u{fffd}", &[2.0][..]));
        assert_eq!(report.replaced_utf8, 1);
    }
}

/// A row with a number too many reads as a word that ends in one: some words do, so it is counted.
#[test]
fn rows_that_may_hold_a_number_too_many_are_counted() {
    for (file, numbered, first) in [
        ("the 0.1 0.2\nof 0.3 0.4 0.5\nand 1 2 3\n", 2, Some(2)),
        ("3 1\n3.14 1\nnan 2\nnot nan 3\n", 0, None),
        ("2 2\na 1 2\nroute 66 1 2\n", 1, Some(3)),
    ] {
        let (_, report) = text(file).unwrap();
        assert_eq!((report.numbered, report.first_numbered), (numbered, first));
    }
}

/// The formats that this build writes.
pub(super) fn all_written() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|format| format.can_write())
}

/// `read` is the first rows of `written`: to the bit, but where lengths are kept apart from rows.
#[track_caller]
pub(super) fn assert_same(read: &WordVectors, written: &WordVectors, format: Format) {
    for ((word, row), (expected, numbers)) in rows(read).into_iter().zip(rows(written)) {
        assert_eq!(word, expected, "{format}");
        let tolerance = if format == Format::Finalfusion { 3e-7 } else { 0.0 };
        for (x, y) in row.iter().zip(numbers) {
            assert!((x - y).abs() <= tolerance * y.abs(), "{format}: {x} for {y}");
        }
    }
}

#[test]
fn a_limit_reads_the_first_words_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors");
    let vocab = Vocab::new([("a", 3), ("b", 2), ("c", 1)]);
    let vectors = WordVectors::new(vocab, 2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    for format in all_written() {
        write(&vectors, &path, format).unwrap();
        for (limit, expected) in [(1, 1), (2, 2), (3, 3), (9, 3)] {
            let options = ReadOptions { limit: Some(limit), ..Default::default() };
            let (read, _) = open(&path, &options).unwrap();
            assert_eq!(read.len(), expected, "{format}, limit {limit}");
            assert_same(&read, &vectors, format);
        }
        let none = ReadOptions { limit: Some(0), ..Default::default() };
        assert!(matches!(open(&path, &none), Err(Error::Parameter { .. })));
    }
}

#[test]
fn binary_is_read_with_and_without_line_feeds() {
    // 0x0a20200a is a float whose bytes look like ends of words and records.
    let floats = [f32::from_le_bytes([0x0a, 0x20, 0x20, 0x0a]), -1.5];
    for end in ["\n", ""] {
        let file = [
            b"3 2\n".to_vec(),
            record("the", &floats, end),
            record("", &[1.0, 2.0], end),
            record("\u{3000}", &floats, end),
        ];
        let (vectors, report) = binary(&file.concat()).unwrap();
        let expected = [("the", &floats[..]), ("", &[1.0, 2.0]), ("\u{3000}", &floats)];
        assert_eq!(rows(&vectors), expected, "{end:?}");
        assert_eq!(report, Report::default());
    }
}

#[test]
fn binary_that_is_wrong_says_at_which_byte_and_what() {
    let message = |header: &str, records: &[Vec<u8>]| {
        let file = [header.as_bytes(), &records.concat()].concat();
        binary(&file).err().unwrap().to_string()
    };
    let [a, b] = ["a", "b"].map(|word| record(word, &[1.0, 2.0], "\n"));
    let cases = [
        (message("two 2\n", &[]), "byte 0: begins with \"two 2\\n\", expected \"V D\\n\""),
        (
            message("1000000000 300\n", std::slice::from_ref(&a)),
            "byte 0: 1000000000 words × dim 300 take 1201000000000 bytes or more, 11 follow",
        ),
        (
            message("4294967297 4294967297\n", std::slice::from_ref(&a)),
            "byte 0: 4294967297 words × dim 4294967297 take more than 2^64 bytes or more",
        ),
        (
            message(&format!("2 {}\n", "9".repeat(80)), &[]),
            "byte 0: the header \"V D\" says 9999999999999999999999999999999999999999, expected",
        ),
        (message("0 2\n", &[]), "byte 0: 0 words × dim 2: no vectors here"),
        (
            message("2 2\n", &[a.clone(), record("long", &[1.0], "")]),
            "byte 24: record 2 of 2, \"long\", has 4 bytes of floats, expected 8: the file is cut",
        ),
        (
            message("2 2\n", &[a.clone(), b"no-space-here".to_vec()]),
            "byte 15: record 2 of 2 has no 0x20 after its word",
        ),
        (
            message("1 2\n", &[a.clone(), b.clone()]),
            "byte 15: 11 bytes follow the 1 records that the header says",
        ),
        (
            message("2 2\n", &[a, record("b", &[1.0, f32::NAN], "\n")]),
            "byte 21: number 2 of row 2 is NaN, expected a finite f32",
        ),
    ];
    for (message, expected) in cases {
        let expected = format!("x.bin: word2vec binary: {expected}");
        assert!(message.starts_with(&expected), "{message}\n{expected}");
    }
}

/// How many files `format` makes beside its own.
fn beside(format: Format) -> usize {
    format.files(Path::new("x"), &WriteOptions::default()).len() - 1
}

pub(super) fn written(
    vectors: &WordVectors,
    format: Format,
) -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors");
    write(vectors, &path, format).inspect_err(|_| {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    })?;
    Ok((folder, path))
}

#[test]
fn what_would_not_come_back_is_not_written() {
    let one = |word: &str, dim: usize, x: f32| {
        WordVectors::new(Vocab::new([(word, 1)]), dim, vec![x; dim]).unwrap()
    };
    let refused =
        |vectors: &WordVectors, format| written(vectors, format).err().unwrap().to_string();
    for format in [Format::Word2vecText, Format::GloveText] {
        assert!(refused(&one("a\nb", 2, 1.0), format).contains("holds a line feed"));
    }
    for word in ["a b", " ", "\na"] {
        assert!(refused(&one(word, 2, 1.0), Format::Word2vecBinary).contains("holds a space"));
    }
    for (word, dim) in [("7", 1), ("route 66", 2), ("\u{feff}a", 2)] {
        let message = refused(&one(word, dim, 1.0), Format::GloveText);
        assert!(message.contains("would be misread"), "{message}");
        written(&one(word, dim, 1.0), Format::Word2vecText).unwrap();
    }
    for format in all_written().filter(|format| beside(*format) == 0) {
        let message = refused(&one("a", 3, f32::NAN), format);
        assert!(message.contains("vector of \"a\": number 1 is NaN"), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(folder.path(), &ReadOptions::default()).err().unwrap().to_string();
    assert!(
        error.ends_with(
            "a folder without a safetensors model; expected a file, or a folder with \
             model.safetensors"
        ),
        "{error}"
    );
}

/// `zcat vectors.gz | w2v neighbors king --vectors /dev/stdin`
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_read_like_a_file() {
    use std::os::fd::AsRawFd;
    let vocab = Vocab::new([("a", 2), ("b", 1)]);
    let vectors = WordVectors::new(vocab, 2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    for format in all_written().filter(|format| beside(*format) == 0) {
        let (_folder, path) = written(&vectors, format).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, &bytes).unwrap(); // fits the pipe's buffer
        drop(writer);
        let pipe = PathBuf::from(format!("/proc/self/fd/{}", reader.as_raw_fd()));
        let (read, _) = open(&pipe, &ReadOptions::default()).unwrap();
        assert_eq!(read.len(), vectors.len());
        assert_same(&read, &vectors, format);
    }
}
