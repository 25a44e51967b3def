//! Texts made to have one fault each, judged whole: kind, count, lines and severity by hand.

use super::*;
use crate::corpus::{Normalization, ReadOptions, Segmentation};
use proptest::prelude::*;
use std::path::PathBuf;

/// A folder with files in it.
struct Ward {
    folder: tempfile::TempDir,
}

impl Ward {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Ward { folder }
    }

    fn examine(&self, tokenizer: Tokenizer, threads: usize) -> Diagnosis {
        let corpus = Corpus::open(&[self.folder.path()], ReadOptions::default()).unwrap();
        let threads = crate::Threads::new(threads).unwrap();
        let options = EncodeOptions { threads, ..Default::default() };
        examine(&corpus, tokenizer, 1, &options).unwrap()
    }
}

fn examined(bytes: &[u8]) -> Diagnosis {
    Ward::new(&[("text.txt", bytes)]).examine(Tokenizer::default(), 1)
}

fn cut_by(segmentation: Segmentation) -> Tokenizer {
    Tokenizer { segmentation, ..Default::default() }
}

#[track_caller]
fn found(
    diagnosis: &Diagnosis,
    kind: Kind,
    severity: Severity,
    count: u64,
    lines: &[u64],
) -> Finding<Kind> {
    let Some(finding) = diagnosis.findings.of(kind) else {
        panic!("no {kind} in {diagnosis:#?}");
    };
    let first: Vec<u64> = finding.first.iter().filter_map(|place| place.line).collect();
    assert_eq!((finding.severity, finding.count, &first[..]), (severity, count, lines), "{kind}");
    finding.clone()
}

/// Lines of different words, with nothing wrong but that they are few.
fn clean(lines: usize) -> String {
    let word = |n: usize| format!("w{}", ["a", "b", "c", "d", "e"][n % 5].repeat(1 + n % 7));
    let line = |n: usize| {
        let words: Vec<String> = (0..8).map(|k| word(n * 31 + k * k * 7 + n / 5)).collect();
        format!("{} x{n}z\n", words.join(" "))
    };
    (0..lines).map(line).collect()
}

#[test]
fn a_clean_text_has_no_finding_but_that_it_is_small() {
    let diagnosis = examined(clean(200).as_bytes());
    let kinds: Vec<Kind> = diagnosis.findings.iter().map(|f| f.kind).collect();
    assert_eq!(kinds, [Kind::SmallText]);
    assert_eq!((diagnosis.lines, diagnosis.tokens), (200, 1800));
    assert_eq!(diagnosis.scripts.len(), 1);
    assert_eq!(diagnosis.findings.worst(), Some(Severity::Warning));
}

#[test]
fn text_in_another_encoding_is_serious_and_named() {
    let text = "ein s\u{e4}tz mit gr\u{fc}\u{df}en aus k\u{f6}ln\n".repeat(20);
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let finding =
        found(&examined(&latin), Kind::InvalidUtf8, Severity::Serious, 80, &[1, 1, 1, 1, 2]);
    assert_eq!(finding.first[0].byte, Some(5));
    assert!(finding.detail.ends_with("probably windows-1252"), "{}", finding.detail);
    let command = finding.command.unwrap();
    assert!(command.starts_with("iconv -f windows-1252 -t UTF-8 < "), "{command}");

    let twice: String = text.bytes().map(char::from).collect();
    found(
        &examined(twice.as_bytes()),
        Kind::DoubleEncoded,
        Severity::Serious,
        80,
        &[1, 2, 3, 4, 5],
    );
    // One broken byte in much text is no other encoding.
    let mut damaged = clean(2000).into_bytes();
    damaged[30] = 0xff;
    let diagnosis = examined(&damaged);
    found(&diagnosis, Kind::InvalidUtf8, Severity::Warning, 1, &[2]);
    // What replaces it while reading was not in the file.
    assert!(diagnosis.findings.of(Kind::Replacement).is_none());
}

#[test]
fn utf_16_is_read_with_a_mark_and_without() {
    let marked: Vec<u8> =
        "\u{feff}plain words\n".repeat(30).encode_utf16().flat_map(u16::to_be_bytes).collect();
    let ascii: Vec<u8> =
        "plain words\n".repeat(30).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let ward = Ward::new(&[("a.txt", &marked), ("b.txt", &ascii), ("c.txt", b"text is here\n")]);
    let diagnosis = ward.examine(Tokenizer::default(), 1);
    let finding = found(&diagnosis, Kind::Encoding, Severity::Note, 2, &[1, 1]);
    let command = finding.command.unwrap();
    assert!(command.starts_with("iconv -f UTF-16BE -t UTF-8 < "), "{command}");
    assert_eq!(diagnosis.tokens, 123);
}

#[test]
fn files_that_are_no_text_are_named() {
    let pdf = b"%PDF-1.7\nbinary follows";
    let docx = [b"PK\x03\x04", &[0; 22][..], b"\x13\0\0\0[Content_Types].xml"].concat();
    let noise: Vec<u8> = (0..3000u32).map(|n| if n % 3 == 0 { 0 } else { n as u8 }).collect();
    let ward = Ward::new(&[
        ("a.pdf", pdf),
        ("b.docx", &docx),
        ("c.dat", &noise),
        ("d.txt", b""),
        ("e.txt", b"\xef\xbb\xbfa text\n"),
    ]);
    let diagnosis = ward.examine(Tokenizer::default(), 1);
    let finding = found(&diagnosis, Kind::BinaryFile, Severity::Serious, 3, &[1, 1, 1]);
    assert!(finding.example.starts_with("a PDF file"), "{}", finding.example);
    assert!(finding.first[1].file.as_ref().unwrap().ends_with("b.docx"));
    found(&diagnosis, Kind::EmptyFile, Severity::Note, 1, &[1]);
    found(&diagnosis, Kind::ByteOrderMark, Severity::Note, 1, &[1]);
    let empty = examined(b"");
    found(&empty, Kind::NoText, Severity::Serious, 0, &[]);
}

#[cfg(feature = "compress")]
#[test]
fn damaged_compressed_text_is_named_with_the_place() {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(clean(5000).as_bytes()).unwrap();
    let whole = gz.finish().unwrap();
    let ward = Ward::new(&[("whole.gz", &whole), ("half.gz", &whole[..whole.len() / 2])]);
    let diagnosis = ward.examine(Tokenizer::default(), 2);
    let finding = diagnosis.findings.of(Kind::Damaged).unwrap();
    assert_eq!((finding.severity, finding.count), (Severity::Serious, 1));
    assert!(finding.first[0].file.as_ref().unwrap().ends_with("half.gz"));
    assert!(finding.first[0].byte.is_some_and(|byte| byte > 1000));
    assert!(diagnosis.lines >= 5000);
}

#[test]
fn a_script_without_spaces_needs_another_tokenizer() {
    let text = "我爱自然语言处理和人工智能\n他们都是热爱学习的中国学生\n".repeat(20);
    let finding =
        found(&examined(text.as_bytes()), Kind::Unsegmented, Severity::Serious, 40, &[1, 2]);
    assert!(finding.help.to_string().starts_with("`tokenizer=zh`"));
    let thai = "ฉันรักการเรียนรู้ภาษาไทย\n".repeat(20);
    let diagnosis = examined(thai.as_bytes());
    let finding = found(&diagnosis, Kind::Unsegmented, Severity::Serious, 20, &[1]);
    assert!(finding.help.to_string().contains("segmenter for its language"));
    let japanese = "私は毎日日本語を勉強しています\n".repeat(20);
    let diagnosis = examined(japanese.as_bytes());
    let finding = found(&diagnosis, Kind::Unsegmented, Severity::Serious, 20, &[1]);
    assert!(finding.help.to_string().contains("Japanese"));
    // Japanese writes 国 and 学 as simplified Chinese does, and that is no mixture.
    assert!(diagnosis.findings.of(Kind::MixedChinese).is_none());

    let cut = "我 爱 自然语言 处理 和 人工智能\n".repeat(20);
    let ward = Ward::new(&[("cut.txt", cut.as_bytes())]);
    let diagnosis = ward.examine(Tokenizer::default(), 1);
    assert!(diagnosis.findings.of(Kind::Unsegmented).is_none());
    // 我_爱_自然语言_处理_和_人工智能: five spaces a line.
    let diagnosis = ward.examine(cut_by(Segmentation::Char), 1);
    found(&diagnosis, Kind::AlreadySegmented, Severity::Warning, 100, &[1, 2, 3, 4, 5]);
}

#[test]
fn single_characters_are_no_words() {
    let spelt = "t h e k i n g i s h e r e\n".repeat(10);
    let diagnosis = examined(spelt.as_bytes());
    found(&diagnosis, Kind::SingleCharacters, Severity::Serious, 130, &[]);
    let han = "我 爱 自 然 语 言\n".repeat(10);
    let diagnosis = examined(han.as_bytes());
    let finding = found(&diagnosis, Kind::SingleCharacters, Severity::Warning, 60, &[]);
    assert!(finding.command.unwrap().starts_with("tr -d ' ' < "));
    let ward = Ward::new(&[("a.txt", "我爱自然语言\n".repeat(10).as_bytes())]);
    let diagnosis = ward.examine(cut_by(Segmentation::Unicode), 1);
    found(&diagnosis, Kind::SingleCharacters, Severity::Warning, 60, &[]);
}

#[test]
fn lines_of_one_token_of_json_and_repeated_ones() {
    let list: String = (0..100).map(|n| format!("word{n}\n")).collect();
    let diagnosis = examined(list.as_bytes());
    found(&diagnosis, Kind::OneTokenLines, Severity::Serious, 100, &[1, 2, 3, 4, 5]);

    let json: String = (0..50)
        .map(|n| format!("{{\"id\": {n}, \"body\": \"some words to read {n}\"}}\n"))
        .collect();
    let diagnosis = examined(json.as_bytes());
    let finding = found(&diagnosis, Kind::JsonLines, Severity::Serious, 50, &[1, 2, 3, 4, 5]);
    assert!(finding.command.unwrap().starts_with("jq -r .body < "));

    // 200 lines twice, with an empty one between: every second one is a repeat.
    let text = clean(200) + "\n" + &clean(200);
    let diagnosis = examined(text.as_bytes());
    let finding =
        found(&diagnosis, Kind::DuplicateLines, Severity::Serious, 200, &[202, 203, 204, 205, 206]);
    assert!(finding.example.starts_with("as line 1 of "), "{}", finding.example);
    assert_eq!(finding.error, None);
    found(&diagnosis, Kind::EmptyLines, Severity::Note, 1, &[201]);
}

#[test]
fn an_endless_line_is_one_line_however_it_is_cut() {
    let line = clean(40_000).replace('\n', " ");
    let text = format!("one two\n{line}\nthree four\n");
    for threads in [1, 3] {
        let ward = Ward::new(&[("text8", text.as_bytes())]);
        let diagnosis = ward.examine(Tokenizer::default(), threads);
        assert_eq!(diagnosis.lines, 3);
        let finding = found(&diagnosis, Kind::LongLines, Severity::Note, 1, &[2]);
        assert_eq!(finding.example, "360000 tokens");
    }
}

#[test]
fn words_that_mean_something_elsewhere() {
    let giant = "x".repeat(100);
    let text = clean(100) + &format!("a <unk> b </s>\n__label__cat c <unk>\n{giant} d nbsp\n");
    let diagnosis = examined(text.as_bytes());
    found(&diagnosis, Kind::SpecialTokens, Severity::Warning, 3, &[101, 101]);
    found(&diagnosis, Kind::Labels, Severity::Warning, 1, &[102]);
    found(&diagnosis, Kind::GiantTokens, Severity::Warning, 1, &[103]);
    found(&diagnosis, Kind::MarkupWords, Severity::Warning, 1, &[103]);
}

#[test]
fn flags_settle_what_they_are_there_for() {
    let text = clean(100) + "Cafe\u{301} and cafe\u{301} ﬁne\u{a0}day\n";
    let ward = Ward::new(&[("a.txt", text.as_bytes())]);
    let diagnosis = ward.examine(Tokenizer::default(), 1);
    found(&diagnosis, Kind::Decomposed, Severity::Warning, 2, &[101]);
    found(&diagnosis, Kind::Compatibility, Severity::Note, 1, &[101]);
    found(&diagnosis, Kind::UnicodeSpaces, Severity::Warning, 1, &[101]);
    found(&diagnosis, Kind::Capitals, Severity::Note, 1, &[]);
    let tokenizer =
        Tokenizer { lowercase: true, normalization: Normalization::Nfkc, ..Default::default() };
    let diagnosis = ward.examine(tokenizer, 1);
    let kinds = [Kind::Decomposed, Kind::Compatibility, Kind::UnicodeSpaces, Kind::Capitals];
    for kind in kinds {
        assert!(diagnosis.findings.of(kind).is_none(), "{kind}");
    }
}

#[test]
fn mixtures_have_shares() {
    let chinese = "国 学 会 说 话 语 读 書\n".repeat(10);
    let diagnosis = examined(chinese.as_bytes());
    let lines = [1, 2, 3, 4, 5];
    let finding = found(&diagnosis, Kind::MixedChinese, Severity::Warning, 10, &lines);
    assert!(finding.detail.contains("12 % traditional, 88 % simplified"), "{}", finding.detail);
    assert!(finding.command.unwrap().starts_with("opencc -c t2s"));
    // 8 Latin letters and 2 of Han a line.
    let text = "abcd efgh 人民\n".repeat(10);
    let finding = found(&examined(text.as_bytes()), Kind::MixedScripts, Severity::Note, 20, &[1]);
    assert_eq!(finding.detail, "Latin 80 %, Han 20 %");
    let text = "the house and the garden x y z\n".repeat(9) + "der hund und das haus\n";
    let diagnosis = examined(text.repeat(3).as_bytes());
    let finding = found(&diagnosis, Kind::MixedLanguages, Severity::Note, 6, &[10]);
    assert!(finding.detail.starts_with("English about "), "{}", finding.detail);
}

#[test]
fn nothing_left_and_what_each_limit_keeps() {
    let ward = Ward::new(&[("a.txt", b"a a b b c d\n")]);
    let corpus = Corpus::open(&[ward.folder.path().join("a.txt")], ReadOptions::default()).unwrap();
    let options = EncodeOptions::default();
    let diagnosis = examine(&corpus, Tokenizer::default(), 4, &options).unwrap();
    found(&diagnosis, Kind::NothingLeft, Severity::Serious, 4, &[]);
    let kept: Vec<_> =
        diagnosis.kept[..4].iter().map(|k| (k.min_count, k.words, k.tokens)).collect();
    assert_eq!(kept, [(1, 4, 6), (2, 2, 4), (3, 0, 0), (4, 0, 0)]);
}

#[test]
fn threads_and_memory_change_nothing() {
    let mut text = clean(30_000);
    for (at, odd) in [(70_000, "\u{a0}"), (400_000, "国 國"), (900_000, "<unk>")] {
        let at = (at..).find(|at| text.is_char_boundary(*at)).unwrap();
        text.insert_str(at, odd);
    }
    let text = text + "Größe <b>x</b> http://a.b\n" + &clean(20_000);
    let ward = Ward::new(&[("a.txt", text.as_bytes()), ("b.txt", b"\xff\xfe\0\0")]);
    let one = ward.examine(Tokenizer::default(), 1);
    assert!(one.findings.of(Kind::DuplicateLines).is_some());
    assert_eq!(one, ward.examine(Tokenizer::default(), 4));
    let corpus = Corpus::open(&[ward.folder.path()], ReadOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for temp_dir in [None, Some(folder.path().to_owned())] {
        let options = EncodeOptions {
            threads: crate::Threads::new(2).unwrap(),
            max_memory: 0,
            temp_dir,
            ..Default::default()
        };
        assert_eq!(one, examine(&corpus, Tokenizer::default(), 1, &options).unwrap());
    }
}

#[test]
fn an_examination_can_be_interrupted() {
    let ward = Ward::new(&[("a.txt", b"some text\n")]);
    let corpus = Corpus::open(&[PathBuf::from(ward.folder.path())], Default::default()).unwrap();
    let stopped = examine_with(&corpus, Tokenizer::default(), 5, &Default::default(), |_| false);
    assert!(matches!(stopped, Err(Error::Interrupted { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Any bytes, and pieces of what the findings look for, put together anyhow.
    #[test]
    fn no_bytes_do_harm(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                prop::sample::select(vec![
                    &b"<a "[..], b"</", b"<!--", b"&#x", b"&amp;", b"[[", b"://", b"www.",
                    b"{\"a\":\"", b"\"}", b"\n", b"\r", b"\r\n", b"\0", b"\x0c", b"\xef\xbb\xbf",
                    b"\xc3\x83\xc2\xa9", b"\xe5\x9b\xbd \xe5\x9c\x8b", b"\xc2", b"e\xcc\x81",
                    b"__label__", b"</s>", b"\xff\xfe", b"\x1f\x8b\x08", b"PK\x03\x04",
                ]).prop_map(<[u8]>::to_vec),
            ],
            0..60,
        ),
        segmentation in prop::sample::select(vec![
            Segmentation::Whitespace, Segmentation::Unicode, Segmentation::Char, Segmentation::Social,
        ]),
    ) {
        let bytes = pieces.concat();
        let ward = Ward::new(&[("a", &bytes)]);
        let diagnosis = ward.examine(cut_by(segmentation), 2);
        prop_assert!(diagnosis.bytes <= bytes.len() as u64 * 2000);
        for finding in &diagnosis.findings {
            prop_assert!(finding.first.len() <= 5);
            prop_assert!(finding.first.is_sorted_by_key(|place| place.line));
        }
        prop_assert_eq!(diagnosis, ward.examine(cut_by(segmentation), 1));
    }
}
