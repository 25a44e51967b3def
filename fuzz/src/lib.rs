//! What the fuzz targets share: a file's bytes go to one reader, and whatever comes out must be an
//! error or vectors that can be asked.

use std::path::PathBuf;
use std::sync::OnceLock;
use tempfile::TempDir;
use w2v::formats::{self, Format, ReadOptions, check};
use w2v::vectors::Query;
use w2v::{WordId, WordVectors};
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
    if file.len() < 128 {
        return file;
    }
    let u64_at = |file: &[u8], at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap());
    let mut sum = |at: usize, start: u64, end: u64, in_pieces: bool| {
        let (start, end) = (start as usize, end as usize);
        if start <= end && end <= file.len() && start >= 128 {
            let sum = xxh3_64(&file[start..end]);
            let sum = if in_pieces { xxh3_64(&sum.to_le_bytes()) } else { sum };
            file[at..at + 8].copy_from_slice(&sum.to_le_bytes());
        }
    };
    let (state, length) = (u64_at(data, 40), u64_at(data, 48));
    sum(72, state, state.saturating_add(length), false);
    let (input, output) = (u64_at(data, 56), u64_at(data, 64));
    let end = if output == 0 { data.len() as u64 } else { output };
    sum(80, input, end, true);
    // A checkpoint's block lies behind the output matrix and ends with a sum of its own.
    let block = u64_at(data, 112);
    let end = data.len() as u64;
    if block >= 16 && block < end && block < 1 << 20 {
        let start = end - block;
        let matrix = (u64_at(data, 24).saturating_mul(u64_at(data, 32))).saturating_mul(4);
        sum(88, output, output.saturating_add(matrix), true);
        sum(data.len() - 8, start, end - 8, true);
    } else if output != 0 {
        sum(88, output, end, true);
    }
    let sum = xxh3_64(&file[..120]).to_le_bytes();
    file[120..128].copy_from_slice(&sum);
    file
}

/// Reads `data` as a checkpoint; what comes out can be written again.
pub fn read_checkpoint(data: &[u8]) {
    let path = folder().path().join("state");
    std::fs::write(&path, data).expect("a file");
    match w2v::formats::native::read_checkpoint(&path) {
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
    let account = check::check(&input).expect("every file has an account");
    if let Ok(repaired) = check::repair(&input, &output) {
        assert_eq!(repaired.before, account);
    }
}
