//! What text means: every kind of input that other tools stumble over, and where each token went.

use super::archives::{gzip, tar, zip};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;
use w2v::corpus::{Encoding, InvalidUtf8, ReadOptions};
use w2v::encode::{CorpusStatistics, EncodeOptions, encode, encode_with};
use w2v::{Corpus, Error, Normalization, Segmentation, Threads, Tokenizer, Vocab, VocabLimits};

/// Encoded text as words again, sentence by sentence.
struct Read {
    vocab: Vocab,
    sentences: Vec<Vec<String>>,
    statistics: CorpusStatistics,
}

#[derive(Clone)]
struct Setup {
    tokenizer: Tokenizer,
    limits: VocabLimits,
    options: EncodeOptions,
    reading: ReadOptions,
}

fn setup() -> Setup {
    Setup {
        tokenizer: Tokenizer::default(),
        limits: VocabLimits { min_count: 1, ..Default::default() },
        options: EncodeOptions { threads: Threads::new(2).unwrap(), ..Default::default() },
        reading: ReadOptions::default(),
    }
}

fn read_paths(paths: &[PathBuf], setup: &Setup) -> w2v::Result<Read> {
    let corpus = Corpus::open(paths, setup.reading)?;
    let (vocab, encoded) = encode(&corpus, setup.tokenizer, &setup.limits, &setup.options)?;
    let sentences: Vec<Vec<String>> = encoded
        .sentences(0..encoded.len())
        .map(|s| s.ids().map(|id| vocab.word(id).to_owned()).collect())
        .collect();
    let statistics = encoded.statistics().clone();
    assert_eq!(statistics.sentences, sentences.len() as u64);
    // However it is split, every sentence comes once and in order.
    for parts in [1, 2, 3, 7, 64] {
        let ranges = encoded.split(parts);
        assert_eq!(ranges.len(), parts);
        let again = ranges.into_iter().flat_map(|range| encoded.sentences(range));
        let again: Vec<usize> = again.map(|s| s.len()).collect();
        assert_eq!(again, sentences.iter().map(Vec::len).collect::<Vec<_>>());
    }
    Ok(Read { vocab, sentences, statistics })
}

fn read_bytes(bytes: &[u8], setup: &Setup) -> w2v::Result<Read> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("text");
    fs::write(&path, bytes).unwrap();
    read_paths(&[path], setup)
}

fn sentences(bytes: &[u8]) -> Vec<String> {
    read_bytes(bytes, &setup()).unwrap().sentences.iter().map(|s| s.join(" ")).collect()
}

#[test]
fn every_line_end_ends_a_sentence() {
    let expected = ["a b", "c", "d e"];
    for text in ["a b\nc\nd e\n", "a b\r\nc\r\nd e", "a b\rc\rd e\r", "\n\na  b \n\t\nc\n\r\n d\te"]
    {
        assert_eq!(sentences(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn marks_and_control_characters() {
    assert_eq!(sentences(b"\xef\xbb\xbfa b\nc"), ["a b", "c"]);
    let read = read_bytes(b"a\0b\x0cc\x0bd\x7fe\n", &setup()).unwrap();
    assert_eq!(read.sentences, [["a", "b", "c", "d", "e"]]);
    assert_eq!(read.statistics.control_characters, 4);
    // Spaces of other scripts are part of a word, as in word2vec.c and fastText.
    assert_eq!(sentences("a\u{a0}b c\u{3000}d".as_bytes()), ["a\u{a0}b c\u{3000}d"]);
}

/// Text in each encoding, and the name it is read by; `None` where it is evident.
#[test]
fn texts_in_other_encodings_are_read_or_named() {
    let text = "мама мыла раму";
    let units = |mark: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("{mark}{text}\n").encode_utf16().flat_map(bytes).collect()
    };
    let codes = |mark: &str, bytes: fn(u32) -> [u8; 4]| -> Vec<u8> {
        format!("{mark}{text}\n").chars().flat_map(|c| bytes(u32::from(c))).collect()
    };
    let koi8 = b"\xcd\xc1\xcd\xc1 \xcd\xd9\xcc\xc1 \xd2\xc1\xcd\xd5\n".to_vec();
    let dos = b"\xac\xa0\xac\xa0 \xac\xeb\xab\xa0 \xe0\xa0\xac\xe3\n".to_vec();
    let cases = [
        (units("\u{feff}", u16::to_le_bytes), None),
        (units("\u{feff}", u16::to_be_bytes), None),
        (units("", u16::to_le_bytes), None),
        (units("", u16::to_be_bytes), None),
        (codes("\u{feff}", u32::to_le_bytes), None),
        (codes("\u{feff}", u32::to_be_bytes), None),
        (codes("", u32::to_le_bytes), None),
        (codes("", u32::to_be_bytes), None),
        (koi8.clone(), Some("koi8-r")),
        (dos, Some("cp866")),
    ];
    for (bytes, encoding) in cases {
        let encoding = encoding.map(|name| Encoding::named(name).unwrap());
        let with = Setup { reading: ReadOptions { encoding, ..Default::default() }, ..setup() };
        let read = read_bytes(&bytes, &with).unwrap();
        assert_eq!(read.sentences, [["мама", "мыла", "раму"]], "{encoding:?}");
        assert_eq!(read.statistics.invalid_utf8, 0);
    }
    let error = read_bytes(&koi8, &setup()).err().unwrap().to_string();
    let expected =
        "line 1, byte 0: 3 of 3 words here are not UTF-8; the text is probably in KOI8-R";
    assert!(error.contains(expected) && error.contains("`encoding=KOI8-R`"), "{error}");
    // A stray byte in much text, or text that is mostly UTF-8, is no other encoding.
    let stray = ["plain words ".repeat(100).as_bytes(), b"caf\xe9\n"].concat();
    assert_eq!(read_bytes(&stray, &setup()).unwrap().statistics.invalid_utf8, 1);
    let broken = ["мама мыла раму ".repeat(3).as_bytes(), b"\xff \xff \xff\n"].concat();
    assert_eq!(read_bytes(&broken, &setup()).unwrap().statistics.invalid_utf8, 3);
    // What the encoding does not have is treated like what UTF-8 does not have.
    let utf16 = |invalid_utf8| {
        let reading = ReadOptions { invalid_utf8, encoding: Encoding::named("utf-16le") };
        read_bytes(b"a\0 \0\x00\xd8 \0b\0", &Setup { reading, ..setup() })
    };
    assert_eq!(utf16(InvalidUtf8::Stray).unwrap().sentences, [["a", "\u{fffd}", "b"]]);
    assert_eq!(utf16(InvalidUtf8::Skip).unwrap().sentences, [["a", "b"]]);
    assert!(utf16(InvalidUtf8::Error).is_err());
}

/// A long text, whose characters lie across all borders of reading, is the same in every encoding.
#[test]
fn a_long_text_is_the_same_in_every_encoding() {
    let text: String = (0..60_000).map(|n| format!("слово{n} 词{n}\n")).collect();
    let expected = read_bytes(text.as_bytes(), &setup()).unwrap();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    for bytes in [utf16, utf32] {
        let read = read_bytes(&bytes, &setup()).unwrap();
        assert_eq!(read.statistics, expected.statistics);
    }
}

#[test]
fn members_of_an_archive_are_files_of_a_folder() {
    let inner = gzip(b"packed twice\n");
    let long = "long text ".repeat(100_000);
    let members: [(&str, &[u8]); 6] = [
        ("d/a.txt", b"one two"),
        ("d/.hidden", b"hidden"),
        ("../up.txt", b"never written"),
        ("d/long.txt", long.as_bytes()),
        ("d/b.txt.gz", &inner),
        ("d/empty.txt", b""),
    ];
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.tar"), tar(&members)).unwrap();
    fs::write(path("a.tar.gz"), gzip(&tar(&members))).unwrap();
    fs::write(path("a.zip"), zip(&members)).unwrap();
    for name in ["a.tar", "a.tar.gz", "a.zip"] {
        let of = |path: PathBuf| -> Vec<String> {
            let read = read_paths(&[path], &setup()).unwrap();
            let mut sentences: Vec<String> = read.sentences.iter().map(|s| s.join(" ")).collect();
            sentences.retain(|sentence| !sentence.starts_with("long"));
            sentences
        };
        assert_eq!(of(path(name)), ["one two", "never written", "packed twice"], "{name}");
        assert_eq!(of(path(name).join("d/a.txt")), ["one two"]);
        assert_eq!(of(path(name).join("d")), ["one two", "packed twice"]);
        let error = read_paths(&[path(name).join("x")], &setup()).err().unwrap().to_string();
        assert!(error.contains("holds no such file"), "{error}");
    }
    // As part of a folder too; a link that leads nowhere is no text.
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", path("link.txt")).unwrap();
    assert_eq!(read_paths(&[folder.path().into()], &setup()).unwrap().vocab.len(), 8);
    assert_eq!(
        fs::read_dir(folder.path().parent().unwrap())
            .unwrap()
            .flatten()
            .filter(|entry| entry.file_name() == "up.txt")
            .count(),
        0
    );
}

#[test]
fn damaged_archives_are_errors() {
    let members: [(&str, &[u8]); 2] = [("a.txt", b"one two three"), ("b.txt", b"four five six")];
    let (tar, zip) = (tar(&members), zip(&members));
    let mut wrong = zip.clone();
    let at = wrong.windows(4).position(|four| four == b"four").unwrap();
    wrong[at] = b'g';
    for (bytes, expected) in [
        (&tar[..600], "the archive is cut short or damaged"),
        (&gzip(&tar)[..80], "cut short or damaged"),
        (&zip[..60], "the archive is cut short or damaged"),
        (&wrong, "the checksum of the archive's member is wrong"),
    ] {
        let error = read_bytes(bytes, &setup()).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn zeros_behind_gzip_are_padding_and_anything_else_is_damage() {
    let mut bytes = gzip(b"one\n");
    bytes.extend([0; 1000]);
    bytes.extend(gzip(b"two\n"));
    bytes.resize(bytes.len() + 70_000, 0);
    assert_eq!(sentences(&bytes), ["one", "two"]);
    bytes.push(b'x');
    assert!(read_bytes(&bytes, &setup()).is_err());
}

/// A mark at the beginning must not pass for an early end, nor shift what comes after.
#[test]
fn a_long_file_with_a_byte_order_mark_is_read_to_its_end() {
    let mut text = b"\xef\xbb\xbf".to_vec();
    text.extend(b"one two three four\n".repeat(50_000));
    let read = read_bytes(&text, &setup()).unwrap();
    assert_eq!(read.statistics.tokens, 200_000);
    text.extend(b"bad\xff\n");
    let strict = ReadOptions { invalid_utf8: InvalidUtf8::Error, ..Default::default() };
    let error = read_bytes(&text, &Setup { reading: strict, ..setup() }).err().unwrap().to_string();
    assert!(error.contains("line 50001, byte 950006:"), "{error}");
}

/// A file that ends between two blocks, without a line end, ends its sentence all the same.
#[test]
fn sentences_do_not_run_across_files() {
    let folder = TempDir::new().unwrap();
    let (first, second) = (folder.path().join("1"), folder.path().join("2"));
    fs::write(&second, "b c b c\n").unwrap();
    for length in (1 << 18) - 2..(1 << 18) + 3 {
        fs::write(&first, &"a ".repeat(1 << 18)[..length]).unwrap();
        let options = EncodeOptions { max_sentence: 1_000_000, ..setup().options };
        let with = Setup { options, ..setup() };
        let read = read_paths(&[first.clone(), second.clone()], &with).unwrap();
        assert_eq!(read.sentences.len(), 2, "{length} bytes");
        assert_eq!(read.sentences[1], ["b", "c", "b", "c"]);
    }
}

#[test]
fn binary_files_are_refused_and_models_passed_over() {
    let binary: Vec<u8> = (0..900_u32).map(|n| if n % 3 == 0 { 0 } else { n as u8 }).collect();
    let error = read_bytes(&binary, &setup()).err().unwrap().to_string();
    assert!(error.contains("a binary file ("), "{error}");
    // Lines that a C program ended, too.
    let read = read_bytes("plainword\0\n".repeat(50).as_bytes(), &setup()).unwrap();
    assert_eq!((read.vocab.len(), read.statistics.control_characters), (1, 50));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.txt"), "a b").unwrap();
    fs::write(folder.path().join("vectors.w2v"), "c d").unwrap();
    let read = read_paths(&[folder.path().into()], &setup()).unwrap();
    assert_eq!(read.sentences, [["a", "b"]]);
}

/// A pipe that stays open and silent must not keep an error or an interrupt waiting.
#[cfg(unix)]
#[test]
fn a_silent_pipe_does_not_hold_up_an_interrupt() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writer = path.clone();
    let (release, hold) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(writer).unwrap();
        pipe.write_all(b"some words\n").unwrap();
        let _ = hold.recv();
    });
    let corpus = Corpus::open(&[path], Default::default()).unwrap();
    let limits = VocabLimits::default();
    let started = std::time::Instant::now();
    let result = encode_with(&corpus, Tokenizer::default(), &limits, &setup().options, |_| false);
    assert!(matches!(result, Err(Error::Interrupted { .. })));
    assert!(started.elapsed().as_secs() < 5);
    drop(release);
    writer.join().unwrap();
}

#[test]
fn invalid_utf8_by_each_policy() {
    let text = b"good\nba\xffd \xe4\xb8 end\n";
    let with = |invalid_utf8| {
        read_bytes(
            text,
            &Setup { reading: ReadOptions { invalid_utf8, ..Default::default() }, ..setup() },
        )
    };
    let replaced = with(InvalidUtf8::Replace).unwrap();
    assert_eq!(replaced.sentences[1], ["ba\u{fffd}d", "\u{fffd}", "end"]);
    assert_eq!(replaced.statistics.invalid_utf8, 2);
    let skipped = with(InvalidUtf8::Skip).unwrap();
    assert_eq!(skipped.sentences[1], ["bad", "end"]);
    assert_eq!(skipped.statistics.invalid_utf8, 2);
    let error = with(InvalidUtf8::Error).err().unwrap().to_string();
    assert!(error.contains("line 2, byte 7: byte 0xff is not valid UTF-8"), "{error}");
    assert!(error.contains("`invalid_utf8=replace`"), "{error}");
}

#[test]
fn long_tokens_and_lines_stay_whole() {
    let long = "x".repeat(10_000);
    assert_eq!(sentences(format!("a {long} b").as_bytes()), [format!("a {long} b")]);
    // Longer than a block of the reader, in characters of three bytes.
    let huge = "好".repeat(200_000);
    assert_eq!(
        sentences(format!("a {huge} b\nc").as_bytes()),
        [format!("a {huge} b"), "c".to_owned()]
    );
}

/// text8: one line, longer than many blocks. Cut at exactly `max_sentence`, nothing lost.
#[test]
fn one_endless_line_is_cut_without_loss() {
    let words: Vec<String> = (0..300_000).map(|i| format!("w{}", i % 1777)).collect();
    let read = read_bytes(words.join(" ").as_bytes(), &setup()).unwrap();
    assert_eq!(read.sentences.len(), 300);
    assert!(read.sentences.iter().all(|s| s.len() == 1000));
    assert!(read.sentences.concat() == words);
    let whole =
        Setup { options: EncodeOptions { max_sentence: 1_000_000, ..setup().options }, ..setup() };
    assert_eq!(read_bytes(words.join(" ").as_bytes(), &whole).unwrap().sentences.len(), 1);
}

/// Sentences end where their lines do, also where the words at the end are dropped.
#[test]
fn dropped_words_do_not_join_sentences() {
    let text = "a a rare1\nrare2 a a\nrare3\na rare4 a\n".repeat(30_000);
    let limits = VocabLimits { max_vocab: Some(1), ..setup().limits };
    let read = read_bytes(text.as_bytes(), &Setup { limits, ..setup() }).unwrap();
    assert_eq!(read.sentences.len(), 90_000);
    assert!(read.sentences.iter().all(|s| s == &["a", "a"]));
    assert_eq!(read.statistics.dropped.beyond_max, 120_000);
}

#[test]
fn the_result_does_not_depend_on_threads_or_memory() {
    let text: String = (0..60_000u64)
        .map(|i| {
            let word = if i % 3 == 0 { i % 101 } else { i % 25_000 };
            format!("w{word} {}", if i % 9 == 0 { "\n" } else { "" })
        })
        .collect();
    let one = Setup {
        options: EncodeOptions { threads: Threads::new(1).unwrap(), ..Default::default() },
        ..setup()
    };
    let limits = VocabLimits { min_count: 3, ..Default::default() };
    let expected = read_bytes(text.as_bytes(), &Setup { limits: limits.clone(), ..one }).unwrap();
    assert!(expected.statistics.dropped.rare > 0);
    let folder = TempDir::new().unwrap();
    let folder = || Some(folder.path().to_owned());
    for threads in [1, 2, 5] {
        // 1 byte: ids go to a file at once, and tables of words as soon as they reach a megabyte.
        for (max_memory, temp_dir) in [(1, folder()), (1 << 30, folder()), (1, None)] {
            let options = EncodeOptions {
                threads: Threads::new(threads).unwrap(),
                max_memory,
                temp_dir,
                ..Default::default()
            };
            let with = Setup { options, limits: limits.clone(), ..setup() };
            let read = read_bytes(text.as_bytes(), &with).unwrap();
            assert!(read.vocab.words().eq(expected.vocab.words()));
            assert_eq!(read.vocab.counts(), expected.vocab.counts());
            assert_eq!(read.sentences, expected.sentences);
            assert_eq!(read.statistics, expected.statistics);
        }
    }
}

/// Enough different words that tables outgrow their share of memory and are merged from disk.
#[test]
fn counting_beyond_memory_is_exact() {
    let text: String = (0..400_000u64).map(|i| format!("word{} ", i % 90_000)).collect();
    let folder = TempDir::new().unwrap();
    let expected = |word: &str| 4 + u64::from(word[4..].parse::<u64>().unwrap() < 40_000);
    for temp_dir in [Some(folder.path().to_owned()), None] {
        let small = EncodeOptions {
            threads: Threads::new(2).unwrap(),
            max_memory: 1,
            temp_dir,
            ..Default::default()
        };
        let read = read_bytes(text.as_bytes(), &Setup { options: small, ..setup() }).unwrap();
        assert_eq!(read.vocab.len(), 90_000);
        for (word, &count) in read.vocab.words().zip(read.vocab.counts()) {
            assert_eq!(count, expected(word), "{word}");
        }
    }
}

/// Ids go to a file where there is a folder for it, and stay in memory where there is none.
#[test]
fn nothing_is_written_without_a_folder() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("text");
    fs::write(&path, "a b a\n".repeat(100)).unwrap();
    let corpus = Corpus::open(&[path], ReadOptions::default()).unwrap();
    for temp_dir in [Some(folder.path().to_owned()), None] {
        let expected = temp_dir.is_some();
        let options = EncodeOptions { max_memory: 1, temp_dir, ..Default::default() };
        let (_, encoded) =
            encode(&corpus, Tokenizer::default(), &setup().limits, &options).unwrap();
        assert_eq!(encoded.is_on_disk(), expected);
    }
}

#[test]
fn compressed_text_is_known_by_its_bytes() {
    let folder = TempDir::new().unwrap();
    let text = b"one two\nthree\n".repeat(50_000);
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let bzip2 = |bytes: &[u8]| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let xz = |bytes: &[u8]| {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (half, rest) = text.split_at(text.len() / 2);
    let plain = read_bytes(&text, &setup()).unwrap();
    let files = [
        ("a.txt", gzip(&text)),
        ("b.gz", bzip2(&text)),
        ("c", xz(&text)),
        ("d.bz2", zstd::encode_all(&text[..], 1).unwrap()),
        // Two streams in one file are one text.
        ("e", [gzip(half), gzip(rest)].concat()),
        ("f", [bzip2(half), bzip2(rest)].concat()),
        ("g", [xz(half), xz(rest)].concat()),
    ];
    for (name, bytes) in &files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let read = read_paths(std::slice::from_ref(&path), &setup()).unwrap();
        assert_eq!(read.statistics, plain.statistics, "{name}");
        // Cut short: a clear error, not a shorter text.
        fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
        let error = read_paths(&[path], &setup()).err().expect(name).to_string();
        assert!(error.contains("cut short or damaged"), "{name}: {error}");
    }
}

#[test]
fn files_and_folders_in_a_fixed_order() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("texts/deep/er")).unwrap();
    for (name, text) in [
        ("texts/b", "three"),
        ("texts/a", "two"),
        ("texts/deep/er/z", "five"),
        ("texts/deep/y", "four"),
        ("texts/.hidden", "no"),
        ("texts/empty", ""),
        ("first", "one\nline without end"),
    ] {
        fs::write(at(name), text).unwrap();
    }
    let read = read_paths(&[at("first"), at("texts")], &setup()).unwrap();
    let read: Vec<String> = read.sentences.iter().map(|s| s.join(" ")).collect();
    assert_eq!(read, ["one", "line without end", "two", "three", "five", "four"]);

    fs::create_dir(at("none")).unwrap();
    let message = |path: &str| read_paths(&[at(path)], &setup()).err().unwrap().to_string();
    assert!(message("none").contains("the folder holds no file"), "{}", message("none"));
    assert!(message("missing").contains("cannot read"), "{}", message("missing"));
    assert!(message("texts/empty").contains("0 bytes, 0 lines and not one token"));
}

#[test]
fn an_empty_vocabulary_says_what_there_was() {
    let limits = VocabLimits { min_count: 5, ..Default::default() };
    let error = read_bytes(b"a b c\na b\n", &Setup { limits, ..setup() }).err().unwrap();
    assert_eq!(
        error.to_string(),
        "no word occurs at least 5 times in 5 tokens of 3 different words; \
         lower `min_count` or check the `tokenizer`"
    );
    let keep_only = Some(Vocab::new([("x", 0)]));
    let limits = VocabLimits { min_count: 1, keep_only, ..Default::default() };
    let error = read_bytes(b"a b c\n", &Setup { limits, ..setup() }).err().unwrap().to_string();
    assert!(error.contains("of the 1 words listed in `keep_only` none"), "{error}");
}

#[test]
fn a_list_of_words_limits_the_vocabulary() {
    let keep_only = Some(Vocab::new([("b", 100), ("c", 50), ("z", 10)]));
    let limits = VocabLimits { min_count: 1, keep_only, ..Default::default() };
    let read = read_bytes(b"a b c b\nd a\n", &Setup { limits, ..setup() }).unwrap();
    assert_eq!(read.vocab.words().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(read.vocab.counts(), [2, 1]);
    assert_eq!(read.statistics.dropped.not_listed, 3);
}

#[test]
fn tokenizers_cut_as_they_say() {
    let cut = |segmentation, text: &str| {
        let tokenizer = Tokenizer { segmentation, ..Default::default() };
        tokenizer.tokens(text).join("/")
    };
    assert_eq!(
        cut(Segmentation::Whitespace, " I said:\t我爱 人工智能。"),
        "I/said:/我爱/人工智能。"
    );
    assert_eq!(cut(Segmentation::Unicode, "I said: can't—3.5 我爱"), "I/said/can't/3.5/我/爱");
    assert_eq!(cut(Segmentation::Char, "e\u{301}a 我\u{3000}爱"), "e\u{301}/a/我/爱");
    // A mark that belongs to a space takes none of it along, be it alone or a letter.
    assert_eq!(cut(Segmentation::Char, "a \u{301}b"), "a/\u{301}/b");
    assert_eq!(cut(Segmentation::Unicode, "a \u{345}"), "a/\u{345}");
    assert_eq!(cut(Segmentation::Zh, "我爱人工智能，我爱中国。"), "我/爱/人工智能/我/爱/中国");
    // Runs of letters that are neither Han nor ASCII, with what is in them, are words.
    assert_eq!(
        cut(Segmentation::Zh, "在café喝cafe\u{301}，naïve2！"),
        "在/café/喝/cafe\u{301}/naïve2"
    );
    assert_eq!(cut(Segmentation::Zh, "안녕하세요 세계 Привет мир"), "안녕하세요/세계/Привет/мир");
    assert_eq!(cut(Segmentation::Zh, "ありがとう人工智能"), "ありがとう/人工智能");
    assert_eq!(cut(Segmentation::Zh, "我用GPT4和T恤"), "我用/GPT4/和/T恤");
    assert_eq!(cut(Segmentation::Social, "我❤️#AI @you"), "我/❤️/#AI/@you");
    let rewriting =
        Tokenizer { lowercase: true, normalization: Normalization::Nfkc, ..Default::default() };
    assert_eq!(rewriting.tokens("ÉCOLE ＡＢＣ ﬁn e\u{301}"), ["école", "abc", "fin", "é"]);
}

/// A tokenizer that is not the plain fast path, over blocks and lines.
#[test]
fn chinese_text_without_a_single_space_streams() {
    let text = "我爱人工智能".repeat(60_000);
    for (segmentation, words) in [(Segmentation::Char, 6), (Segmentation::Zh, 3)] {
        let tokenizer = Tokenizer { segmentation, ..Default::default() };
        let read = read_bytes(text.as_bytes(), &Setup { tokenizer, ..setup() }).unwrap();
        // A dictionary may cut one word differently at the edge of each block.
        let blocks = text.len() as u64 / (1 << 18) + 1;
        let expected = words * 60_000;
        assert!(
            read.statistics.tokens.abs_diff(expected) <= 3 * blocks,
            "{}",
            read.statistics.tokens
        );
    }
}

#[test]
fn reading_can_be_interrupted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("text");
    fs::write(&path, "some words in a line\n".repeat(200_000)).unwrap();
    let corpus = Corpus::open(&[path], Default::default()).unwrap();
    let options = EncodeOptions { threads: Threads::new(3).unwrap(), ..Default::default() };
    let result =
        encode_with(&corpus, Tokenizer::default(), &VocabLimits::default(), &options, |_| false);
    assert!(matches!(result, Err(Error::Interrupted { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any bytes are read without panic, alike by any number of threads, and the fast path agrees
    /// with the plain meaning: clean the text, split lines, split at spaces and tabs.
    #[test]
    fn any_bytes_mean_what_the_table_says(
        pieces in proptest::collection::vec(
            prop_oneof![
                "[a-c]{1,20}", Just(" ".to_owned()), Just("\n".to_owned()), Just("\r\n".to_owned()),
                Just("\t".to_owned()), Just("\u{0}".to_owned()), "\\PC{0,4}",
            ], 0..60),
        raw in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = b"x ".to_vec();
        bytes.extend(pieces.concat().into_bytes());
        bytes.extend(raw);
        prop_assume!(10 * bytes.iter().filter(|b| **b == 0).count() < bytes.len());
        let text: String = String::from_utf8_lossy(&bytes)
            .chars()
            .map(|c| if c.is_ascii_control() && !"\t\r\n".contains(c) { ' ' } else { c })
            .collect();
        let expected: Vec<Vec<String>> = text
            .split(['\n', '\r'])
            .map(|line| line.split([' ', '\t']).filter(|w| !w.is_empty()).map(str::to_owned).collect())
            .filter(|line: &Vec<String>| !line.is_empty())
            .collect();
        // Noise may look like UTF-16.
        let encoding = Some(Encoding::UTF_8);
        let reading = ReadOptions { invalid_utf8: InvalidUtf8::Replace, encoding };
        let read = read_bytes(&bytes, &Setup { reading, ..setup() });
        prop_assert_eq!(read.unwrap().sentences, expected);
    }
}
