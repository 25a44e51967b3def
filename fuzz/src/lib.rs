//! What the fuzz targets share: a file's bytes go to one reader, and whatever comes out must be an
//! error, or something that can be used.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use w2v::cooccur::Cooccurrences;
use w2v::corpus::{self, Encoding, InvalidUtf8};
use w2v::encode::{self, EncodeOptions};
use w2v::formats::{self, Format, ReadOptions, TableConfig, check, glove, native::cooccurrences};
use w2v::train::Combine;
use w2v::eval::{EvalOptions, EvalSet, SetKind};
use w2v::vectors::{AnalogyMethod, Query};
use w2v::{
    Corpus, Normalization, Segmentation, Threads, Tokenizer, Vocab, VocabLimits, WordId,
    WordVectors,
};
use xxhash_rust::xxh3::xxh3_64;

/// A folder in which `x` has the files beside it that NumPy arrays and projector tensors need.
fn folder() -> &'static TempDir {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let words: String = (0..5).map(|i| format!("word{i}\n")).collect();
        std::fs::write(folder.path().join("words"), words).expect("a word list");
        folder
    })
}

/// Reads `data` as `format` in several ways.
pub fn read(format: Format, data: &[u8]) {
    let path: PathBuf = folder().path().join("x");
    let mut options = ReadOptions::default();
    if matches!(format, Format::Numpy | Format::Projector) {
        options.words = Some(folder().path().join("words"));
    }
    for (limit, lossy_utf8, project) in [(None, false, None), (Some(2), true, Some(8))] {
        options.limit = limit;
        options.lossy_utf8 = lossy_utf8;
        options.project = project;
        let read = formats::open_bytes(data.to_vec(), &path, Some(format), &options);
        match read {
            Ok((vectors, _)) => ask(&vectors),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let _ = formats::open_bytes(data.to_vec(), &path, None, &options);
}

fn ask(vectors: &WordVectors) {
    // Every row can be made.
    for id in (0..vectors.len().min(64) as u32).map(WordId) {
        assert_eq!(vectors.vector(id).len(), vectors.dim());
    }
    if !vectors.is_empty() {
        let found = vectors.neighbors(&Query::word(WordId(0)), 3).expect("a word asks");
        assert!(found.iter().all(|n| n.similarity.is_finite()));
        let _ = vectors.vector_of("unheard-of");
    }
}

/// `data` with the checksums of a model file set to what they should be.
pub fn signed(data: &[u8]) -> Vec<u8> {
    let mut file = data.to_vec();
    if file.len() < 96 {
        return file;
    }
    // A number of the directory, or past the end of it.
    let number = |at: u64| {
        let bytes = data.get(at as usize..)?.first_chunk();
        bytes.map(|bytes| u64::from_le_bytes(*bytes))
    };
    let mut sum = |at: u64, start: u64, length: Option<u64>, in_pieces: bool| -> Option<()> {
        let end = usize::try_from(start.checked_add(length?)?).ok()?;
        let sum = xxh3_64(file.get(start as usize..end)?);
        let sum = if in_pieces { xxh3_64(&sum.to_le_bytes()) } else { sum };
        let into = file.get_mut(at as usize..)?.first_chunk_mut()?;
        *into = sum.to_le_bytes();
        Some(())
    };
    let mut table = |entry: u64| {
        let kind = entry.checked_add(8)?.checked_add(number(entry)?)?;
        let fields = kind.checked_add(8)?.checked_add(number(kind)?)?;
        let size = if number(kind)? == 3 { 4 } else { 1 };
        let bytes = number(fields)?.checked_mul(number(fields + 8)?)?.checked_mul(size);
        // The numbers come before the directory that states their checksum is summed.
        let _ = sum(fields + 24, number(fields + 16)?, bytes, true);
        fields.checked_add(32)
    };
    let (mut entry, mut left) = (Some(104), number(96).unwrap_or(0).min(64));
    while let (Some(at), 1..) = (entry, left) {
        (entry, left) = (table(at), left - 1);
    }
    let _ = sum(80, 96, number(72), false);
    let _ = sum(56, number(40).unwrap_or(0), number(48), false);
    let _ = sum(88, 0, Some(88), false);
    file
}

/// Reads `data` as a checkpoint; what comes out can be written again.
pub fn read_checkpoint(data: &[u8]) {
    let path = folder().path().join("state");
    std::fs::write(&path, data).expect("a file");
    match w2v::formats::native::read_checkpoint(&path, &Default::default()) {
        Ok(checkpoint) => {
            assert!(checkpoint.model.input.is_finite() && checkpoint.model.output.is_finite());
            assert_eq!(checkpoint.model.vocab.len(), checkpoint.model.input.rows());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = w2v::formats::native::info(&path);
}

/// Checks `data`; what can be repaired is good afterwards.
pub fn check_and_repair(data: &[u8]) {
    let [input, output] = ["in", "out"].map(|name| folder().path().join(name));
    std::fs::write(&input, data).expect("a file");
    let account = check::check(&input, &ReadOptions::default()).expect("every file has an account");
    if let Ok(repaired) = check::repair(&input, &output, &ReadOptions::default()) {
        assert_eq!(repaired.before, account);
    }
}

/// None, or one of each kind of encodings.
fn encoding_of(byte: u8) -> Option<Encoding> {
    let names =
        ["", "koi8-r", "utf-16le", "utf-16be", "utf-32le", "gb18030", "shift_jis", "iso-2022-jp", "cp852"];
    Encoding::named(names[usize::from(byte) % names.len()])
}

/// Reads a file that may be an archive, member by member.
pub fn archive(data: &[u8]) {
    let path = folder().path().join("archive");
    std::fs::write(&path, data).expect("a file");
    read_text(&path, corpus::ReadOptions::default());
}

/// Reads the bytes behind the first one as text in an encoding that it says: as a corpus, as a list of words
/// and as an evaluation set.
pub fn encoding(data: &[u8]) {
    let Some((&byte, text)) = data.split_first() else {
        return;
    };
    let (path, encoding) = (folder().path().join("encoded"), encoding_of(byte));
    std::fs::write(&path, text).expect("a file");
    read_text(&path, corpus::ReadOptions { encoding, ..Default::default() });
    let _ = Vocab::read_in(&path, encoding);
    let _ = EvalSet::read_in(&path, None, encoding);
}

fn read_text(path: &Path, options: corpus::ReadOptions) {
    let corpus = match Corpus::open(&[path], options) {
        Ok(corpus) => corpus,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let limits = VocabLimits { min_count: 1, ..Default::default() };
    let options = EncodeOptions { threads: Threads::new(1).expect("one"), ..Default::default() };
    match encode::encode(&corpus, Tokenizer::default(), &limits, &options) {
        Ok((vocab, encoded)) => {
            assert_eq!(encoded.statistics().tokens, encoded.len() as u64);
            assert!(vocab.words().all(|word| !word.is_empty()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Reads an evaluation set of any kind, and asks it.
pub fn set(data: &[u8]) {
    let words = ["tiger", "cat", "fig", "king", "queen", "man", "woman"];
    let table = (0..14).map(|i| (i as f32 - 6.0) / 8.0).collect();
    let vectors = WordVectors::new(Vocab::new(words.map(|word| (word, 1))), 2, table);
    let vectors = vectors.expect("a small table");
    let text = String::from_utf8_lossy(data);
    let kinds = [SetKind::Analogies, SetKind::Pairs, SetKind::Categories, SetKind::Odd];
    let path = folder().path().join("set");
    std::fs::write(&path, &*text).expect("a file");
    for kind in [None].into_iter().chain(kinds.map(Some)) {
        match EvalSet::read_in(&path, kind, None) {
            Ok(set) => {
                let options = EvalOptions::default();
                let scores = set.evaluate(&vectors, AnalogyMethod::CosAdd, &options);
                let [covered, total] = scores.coverage();
                assert!(covered <= total);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Reads the bytes behind the first four as a corpus. Those four say how: what is done with bytes that
/// are not UTF-8, how text is normalised, which words and sentences are kept, and where ids go.
pub fn encode(data: &[u8]) {
    let Some((&[bytes, rewrite, keep, room], text)) = data.split_first_chunk() else {
        return;
    };
    let path = folder().path().join("text");
    std::fs::write(&path, text).expect("a file");
    let invalid_utf8 = match bytes % 3 {
        0 => InvalidUtf8::Replace,
        1 => InvalidUtf8::Skip,
        _ => InvalidUtf8::Error,
    };
    let options = corpus::ReadOptions { invalid_utf8, encoding: encoding_of(bytes / 3) };
    let corpus = Corpus::open(&[path], options).expect("a file that is there");
    let normalization = match rewrite % 3 {
        0 => Normalization::None,
        1 => Normalization::Nfc,
        _ => Normalization::Nfkc,
    };
    let limits = VocabLimits {
        min_count: 1 + u64::from(keep % 3),
        max_vocab: (keep > 127).then_some(1 + usize::from(keep % 8)),
        ..Default::default()
    };
    for segmentation in
        [Segmentation::Whitespace, Segmentation::Unicode, Segmentation::Char, Segmentation::Zh, Segmentation::Social]
    {
        let tokenizer = Tokenizer { segmentation, lowercase: rewrite > 127, normalization };
        let options = EncodeOptions {
            threads: Threads::new(1 + usize::from(room % 2)).expect("one or two"),
            max_sentence: 1 + usize::from(room / 2 % 8),
            max_memory: if room > 127 { 0 } else { 1 << 20 },
            temp_dir: Some(folder().path().into()),
        };
        match encode::encode(&corpus, tokenizer, &limits, &options) {
            Ok((vocab, encoded)) => {
                let statistics = encoded.statistics();
                let dropped = statistics.dropped.total();
                assert_eq!(statistics.tokens, encoded.len() as u64 + dropped);
                for sentence in encoded.sentences(0..encoded.len()) {
                    assert!((1..=options.max_sentence).contains(&sentence.len()));
                    assert!(sentence.ids().all(|id| (id.0 as usize) < vocab.len()));
                }
                let cut = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
                assert!(vocab.words().all(|word| !word.is_empty() && !word.contains(cut)));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Reads `data` as a file of co-occurrence counts, into memory and where it lies.
pub fn counts(data: &[u8]) {
    let path = folder().path().join("counts");
    std::fs::write(&path, data).expect("a file");
    for max_memory in [1 << 20, 0] {
        match cooccurrences::read(
            &path,
            &ReadOptions { max_memory: Some(max_memory), ..Default::default() },
        ) {
            Ok((counts, vocab, _)) => use_counts(&counts, &vocab),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// All rows come, in order, and hold what a count can be.
fn use_counts(counts: &Cooccurrences, vocab: &Vocab) {
    assert_eq!(counts.words(), vocab.len());
    let (mut rows, mut cells) = (counts.rows(), 0);
    let mut last = None;
    while let Some((word, row)) = rows.next_row().expect("rows that were verified") {
        assert!(last < Some(word));
        last = Some(word);
        assert!(row.is_sorted_by(|a, b| a.column < b.column));
        assert!(row.iter().all(|cell| (cell.column as usize) < vocab.len() && cell.x > 0.0));
        cells += row.len() as u64;
    }
    assert_eq!(cells, counts.cells());
}

/// `data` with the checksums of a file of counts set to what they should be.
pub fn signed_counts(data: &[u8]) -> Vec<u8> {
    let mut file = data.to_vec();
    if file.len() < 128 {
        return file;
    }
    let u64_at = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap());
    let end = data.len() as u64;
    let starts = 128u64.saturating_add(u64_at(64));
    let cells = starts.saturating_add(u64_at(24).saturating_add(1).saturating_mul(8));
    for (at, from, to) in [(72, 128, starts), (80, starts, cells), (88, cells, end)] {
        if from <= to && to <= end {
            let sum = xxh3_64(&data[from as usize..to as usize]);
            file[at..at + 8].copy_from_slice(&sum.to_le_bytes());
        }
    }
    let sum = xxh3_64(&file[..120]).to_le_bytes();
    file[120..128].copy_from_slice(&sum);
    file
}

/// Reads `data` as a vocabulary, as many bytes as its first says, and a binary file of GloVe behind it.
pub fn glove_binary(data: &[u8]) {
    let Some((&length, rest)) = data.split_first() else {
        return;
    };
    let (words, numbers) = rest.split_at(rest.len().min(length.into()));
    let [words_path, path] = ["vocab", "numbers"].map(|name| folder().path().join(name));
    std::fs::write(&words_path, words).expect("a file");
    std::fs::write(&path, numbers).expect("a file");
    let Ok(vocab) = Vocab::read(&words_path) else {
        return;
    };
    for max_memory in [1 << 20, 64, 0] {
        match {
            let (max_memory, temporary) = (Some(max_memory), Some(folder().path().to_owned()));
            glove::read_cooccurrences(
                &path,
                &vocab,
                &ReadOptions { max_memory, temporary, ..Default::default() },
            )
        } {
            Ok(counts) => use_counts(&counts, &vocab),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    if let Ok(model) = glove::read_vectors(&path, vocab, Combine::Sum) {
        ask(&model.into_vectors());
    }
}

/// Reads `data` as the tokenizer.json of a language model, and as its config.json.
pub fn tokenizer(data: &[u8]) {
    static MODEL: OnceLock<PathBuf> = OnceLock::new();
    let path = MODEL.get_or_init(|| {
        let folder = folder().path().join("model");
        std::fs::create_dir(&folder).expect("a folder");
        let path = folder.join("model.safetensors");
        let header =
            r#"{"model.embed_tokens.weight":{"dtype":"F32","shape":[8,2],"data_offsets":[0,64]}}"#;
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.bytes());
        file.extend((0..16).flat_map(|i| (i as f32 - 7.0).to_le_bytes()));
        std::fs::write(&path, file).expect("a file");
        path
    });
    std::fs::write(path.with_file_name("tokenizer.json"), data).expect("a file");
    match formats::open(path, &ReadOptions::default()) {
        Ok((vectors, _)) => ask(&vectors),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let config = folder().path().join("config.json");
    std::fs::write(&config, data).expect("a file");
    if let Ok(config) = TableConfig::read(&config) {
        let _ = (config.parameters(), config.tables());
    }
}
