//! The file of co-occurrence counts, `cooccurrence.w2c`: the table X and the words that explain it.
//!
//! In and out: [`Cooccurrences`] with their [`Vocab`] and tokenizer, so that GloVe can be trained
//! from this file alone and no other vocabulary can slip in.
//!
//! All numbers are little-endian on every machine.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `77 32 63 00 0d 0a 1a 0a`: "w2c" and bytes that a text-mode transfer would change |
//! | 8..12 | u32 version of the format: 3 |
//! | 12..16 | u32 length of this header: 128 |
//! | 16..24 | u64 length of the file |
//! | 24..32 | u64 V, rows and columns |
//! | 32..40 | u64 C, cells that are not zero |
//! | 40..48 | u64 N, tokens that were counted |
//! | 48..56 | u64 hash of the vocabulary ([`Vocab::hash`]) |
//! | 56..60 | u32 window |
//! | 60, 61, 62 | symmetric (0, 1), weighting (0 harmonic, 1 flat), across lines (0, 1); 63 is zero |
//! | 64..72 | u64 length of the state block |
//! | 72..80 | u64 xxh3-64 of the state block |
//! | 80..88 | u64 xxh3-64 of the row starts |
//! | 88..96 | u64 xxh3-64 of the cells |
//! | 96..120 | zeros |
//! | 120..128 | u64 xxh3-64 of bytes 0..120 |
//! | 128.. | state block as in a model file without training: tokenizer, words, counts |
//! | … | V + 1 u64: row *i* is the cells from number *i* to number *i* + 1 |
//! | … | C cells, row by row: u32 column, ascending in a row, f32 value |
//!
//! Reading verifies all of it in one pass. Cells are then in memory, or stay in the file where they
//! are too many.

use super::state::{State, decode, encode};
use crate::cooccur::{
    Cell, Cooccurrences, Counting, StoreBuilder, Weighting, to_native, write_cells,
};
use crate::corpus::Tokenizer;
use crate::encode::CorpusRecord;
use crate::error::{IoContext, Result};
use crate::formats::{Place, ReadOptions, atomic};
use crate::vocab::Vocab;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// What the first bytes are.
pub const MAGIC: [u8; 8] = *b"w2c\0\r\n\x1a\n";

const NAME: &str = "w2v co-occurrences";
const HEADER: usize = 128;
const VERSION: u32 = 3;
/// Cells that are read, verified or written at a time, 1 MiB.
const PIECE: u64 = 1 << 17;

/// Writes counts with the words that explain them, whole or not at all.
///
/// # Errors
/// [`crate::Error::Query`] where `vocab` is not theirs, [`crate::Error::Io`].
pub fn write(
    pairs: &Cooccurrences,
    vocab: &Vocab,
    tokenizer: Tokenizer,
    path: impl AsRef<Path>,
) -> Result<()> {
    let path = path.as_ref();
    pairs.check_vocab(vocab)?;
    let state = encode(&State::new(vocab, tokenizer, String::new()));
    let starts: Vec<u8> = pairs.starts().iter().flat_map(|n| n.to_le_bytes()).collect();
    let mut header = Header {
        file: HEADER as u64 + state.len() as u64 + starts.len() as u64 + pairs.bytes(),
        words: pairs.words() as u64,
        cells: pairs.cells(),
        tokens: pairs.tokens(),
        vocab_hash: pairs.vocab_hash(),
        counting: pairs.counting().clone(),
        state: state.len() as u64,
        state_sum: xxh3_64(&state),
        starts_sum: xxh3_64(&starts),
        cells_sum: 0,
    };
    atomic::write_atomically(path, |out| {
        for part in [&[0; HEADER][..], &state, &starts] {
            out.write_all(part).io("write", path)?;
        }
        let mut sum = Xxh3::new();
        let mut buffer = Vec::new();
        let mut bytes = Vec::new();
        let mut at = 0;
        while at < pairs.cells() {
            let end = (at + PIECE).min(pairs.cells());
            pairs.read(at..end, &mut buffer)?;
            bytes.clear();
            write_cells(&buffer, &mut bytes).io("write", path)?;
            sum.update(&bytes);
            out.write_all(&bytes).io("write", path)?;
            at = end;
        }
        header.cells_sum = sum.digest();
        write_header(out, &header, path)
    })
}

fn write_header(out: &mut BufWriter<&File>, header: &Header, path: &Path) -> Result<()> {
    out.seek(SeekFrom::Start(0)).io("write", path)?;
    out.write_all(&header.to_bytes()).io("write", path)
}

/// Reads counts and the words that explain them. Cells of more than [`ReadOptions::max_memory`] stay in the
/// file, which must then stay as it is.
///
/// # Errors
/// [`crate::Error::Format`] for a file that is not what the page of this module says, [`crate::Error::Io`].
pub fn read(
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<(Cooccurrences, Vocab, Tokenizer)> {
    let path = path.as_ref();
    let at = Place { path, format: NAME };
    let error = |byte: u64, problem: String| at.error(format!("byte {byte}"), problem);
    let mut file = File::open(path).io("open", path)?;
    let length = file.metadata().io("read", path)?.len();
    let mut bytes = [0; HEADER];
    if length < HEADER as u64 {
        let problem = format!("{length} bytes long, expected a header of {HEADER}");
        return Err(error(0, problem));
    }
    file.read_exact(&mut bytes).io("read", path)?;
    let header = Header::parse(&bytes, length).map_err(|(byte, problem)| error(byte, problem))?;
    let (state_at, starts_at) = (HEADER as u64, HEADER as u64 + header.state);
    // Lengths agree with the file's, so that these are as large as what is there.
    let mut block = vec![0; header.state as usize];
    file.read_exact(&mut block).io("read", path)?;
    let mut raw = vec![0; 8 * (header.words as usize + 1)];
    file.read_exact(&mut raw).io("read", path)?;
    for (what, bytes, sum, byte) in [
        ("state", &block, header.state_sum, state_at),
        ("row starts", &raw, header.starts_sum, starts_at),
    ] {
        let found = xxh3_64(bytes);
        if found != sum {
            let problem = format!("{what} checksum {found:016x}, expected {sum:016x}: damaged");
            return Err(error(byte, problem));
        }
    }
    let state: State = decode(&block).map_err(|problem| error(state_at, problem))?;
    let vocab = state.vocab(header.words as usize).map_err(|problem| error(state_at, problem))?;
    if vocab.hash() != header.vocab_hash {
        return Err(error(48, "the words are not those that were counted: damaged".into()));
    }
    let starts: Vec<u64> =
        (raw.as_chunks::<8>().0.iter().map(|n| u64::from_le_bytes(*n))).collect();
    let whole = starts.first() == Some(&0) && starts.last() == Some(&header.cells);
    if !(whole && starts.is_sorted()) {
        return Err(error(starts_at, "the rows are not one after the other: damaged".into()));
    }
    let cells_at = starts_at + raw.len() as u64;
    let in_memory = options.fits(header.cells * size_of::<Cell>() as u64);
    let mut store = StoreBuilder::new(header.words as usize, None);
    let mut rows = RowChecks::new(&starts);
    let mut sum = Xxh3::new();
    let mut cells = Vec::new();
    let mut done = 0;
    while done < header.cells {
        let count = PIECE.min(header.cells - done);
        cells.resize(count as usize, Cell { column: 0, x: 0.0 });
        file.read_exact(bytemuck::cast_slice_mut(&mut cells)).io("read", path)?;
        sum.update(bytemuck::cast_slice(&cells));
        to_native(&mut cells);
        let byte_of = |cell: u64| cells_at + cell * size_of::<Cell>() as u64;
        (rows.check(&cells)).map_err(|(cell, problem)| error(byte_of(cell), problem))?;
        if in_memory {
            store.append(&[], &cells)?;
        }
        done += count;
    }
    let (found, expected) = (sum.digest(), header.cells_sum);
    if found != expected {
        let problem = format!("cells checksum {found:016x}, expected {expected:016x}: damaged");
        return Err(error(cells_at, problem));
    }
    let text = CorpusRecord::of_counts(path, state.tokenizer);
    let pairs = match in_memory {
        true => {
            store.set_starts(starts);
            let (counting, tokens) = (header.counting, header.tokens);
            Cooccurrences::from_builder(counting, tokens, header.vocab_hash, text, store)?
        }
        false => Cooccurrences::from_file(
            header.counting,
            header.tokens,
            header.vocab_hash,
            text,
            starts,
            (file, path, cells_at),
        ),
    };
    Ok((pairs, vocab, state.tokenizer))
}

/// Looks at cells as they come.
struct RowChecks<'a> {
    starts: &'a [u64],
    row: usize,
    at: u64,
    last: Option<u32>,
}

impl<'a> RowChecks<'a> {
    fn new(starts: &'a [u64]) -> Self {
        RowChecks { starts, row: 0, at: 0, last: None }
    }

    fn check(&mut self, cells: &[Cell]) -> Result<(), (u64, String)> {
        let words = self.starts.len() as u32 - 1;
        for cell in cells {
            while self.starts[self.row + 1] <= self.at {
                (self.row, self.last) = (self.row + 1, None);
            }
            let (column, x) = (cell.column, cell.x);
            if column >= words || self.last.is_some_and(|last| last >= column) {
                let problem = format!(
                    "row {} has column {column} of {words} behind {:?}, expected ascending ones: damaged",
                    self.row, self.last
                );
                return Err((self.at, problem));
            }
            if !(x.is_normal() && x > 0.0) {
                return Err((self.at, format!("count {x}, expected a number above 0: damaged")));
            }
            self.last = Some(column);
            self.at += 1;
        }
        Ok(())
    }
}

struct Header {
    file: u64,
    words: u64,
    cells: u64,
    tokens: u64,
    vocab_hash: u64,
    counting: Counting,
    state: u64,
    state_sum: u64,
    starts_sum: u64,
    cells_sum: u64,
}

impl Header {
    fn to_bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&(HEADER as u32).to_le_bytes());
        let numbers = [self.file, self.words, self.cells, self.tokens, self.vocab_hash];
        for (at, number) in (16..).step_by(8).zip(numbers) {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        bytes[56..60].copy_from_slice(&(self.counting.window as u32).to_le_bytes());
        bytes[60] = u8::from(self.counting.symmetric);
        bytes[61] = u8::from(self.counting.weighting == Weighting::Flat);
        bytes[62] = u8::from(self.counting.across_lines);
        let numbers = [self.state, self.state_sum, self.starts_sum, self.cells_sum];
        for (at, number) in (64..).step_by(8).zip(numbers) {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        let sum = xxh3_64(&bytes[..120]);
        bytes[120..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Of a file of `length` bytes. An error says where and what.
    fn parse(bytes: &[u8; HEADER], length: u64) -> Result<Self, (u64, String)> {
        let u64_at =
            |at: usize| u64::from_le_bytes(*bytes[at..].first_chunk().expect("inside the header"));
        let u32_at =
            |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().expect("inside the header"));
        if bytes[..8] != MAGIC {
            return Err((
                0,
                "these are no co-occurrences of w2v; as `w2v cooccur` writes them".into(),
            ));
        }
        if u32_at(8) != VERSION {
            let by = match u32_at(8) {
                0..VERSION => "on 28 November 2026 or before, which reads it: count again",
                _ => "of a newer version",
            };
            let problem = format!("version {}, expected {VERSION}: made by w2v {by}", u32_at(8));
            return Err((8, problem));
        }
        let (found, sum) = (xxh3_64(&bytes[..120]), u64_at(120));
        if found != sum {
            let problem = format!("header checksum {found:016x}, expected {sum:016x}: damaged");
            return Err((120, problem));
        }
        let counting = Counting {
            window: u32_at(56) as usize,
            symmetric: bytes[60] == 1,
            weighting: if bytes[61] == 1 { Weighting::Flat } else { Weighting::Harmonic },
            across_lines: bytes[62] == 1,
        };
        let header = Header {
            file: u64_at(16),
            words: u64_at(24),
            cells: u64_at(32),
            tokens: u64_at(40),
            vocab_hash: u64_at(48),
            counting,
            state: u64_at(64),
            state_sum: u64_at(72),
            starts_sum: u64_at(80),
            cells_sum: u64_at(88),
        };
        let expected = HEADER as u128
            + u128::from(header.state)
            + 8 * (u128::from(header.words) + 1)
            + size_of::<Cell>() as u128 * u128::from(header.cells);
        if header.file != length || expected != u128::from(length) {
            let problem =
                format!("the file has {length} bytes, expected {expected}: cut short or damaged");
            return Err((16, problem));
        }
        if header.words > 1 << 31 || header.counting.check().is_err() {
            return Err((24, "the header's numbers are none that w2v writes: damaged".into()));
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cooccur::{CountOptions, count};
    use crate::encode::fixture::encoded;

    fn counted() -> (Cooccurrences, Vocab) {
        let (vocab, encoded) = encoded("a b c a\nb d a\n");
        let counting = Counting { window: 3, symmetric: false, ..Default::default() };
        let pairs = count(&vocab, &encoded, &counting, &CountOptions::default());
        (pairs.unwrap(), vocab)
    }

    fn cells(pairs: &Cooccurrences) -> Vec<Cell> {
        let mut cells = Vec::new();
        pairs.read(0..pairs.cells(), &mut cells).unwrap();
        cells
    }

    #[test]
    fn counts_come_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (pairs, vocab) = counted();
        let path = folder.path().join("x.w2c");
        write(&pairs, &vocab, Tokenizer::default(), &path).unwrap();
        for max_memory in [0, 1 << 20] {
            let (back, words, tokenizer) =
                read(&path, &ReadOptions { max_memory: Some(max_memory), ..Default::default() })
                    .unwrap();
            assert_eq!(back.is_on_disk(), max_memory == 0);
            assert!(words.words().eq(vocab.words()) && words.counts() == vocab.counts());
            assert_eq!(tokenizer, Tokenizer::default());
            assert_eq!(back.counting(), pairs.counting());
            assert_eq!((back.starts(), back.tokens()), (pairs.starts(), pairs.tokens()));
            assert_eq!(cells(&back), cells(&pairs));
            back.check_vocab(&vocab).unwrap();
        }
        let other = Vocab::new([("x", 1)]);
        let error = write(&pairs, &other, Tokenizer::default(), &path).unwrap_err();
        assert!(error.to_string().contains("another vocabulary, of 4 words"), "{error}");
    }

    /// Every byte matters: changed, missing or too much, it is an error with a place.
    #[test]
    fn damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (pairs, vocab) = counted();
        let path = folder.path().join("x.w2c");
        write(&pairs, &vocab, Tokenizer::default(), &path).unwrap();
        let good = std::fs::read(&path).unwrap();
        let in_file = ReadOptions { max_memory: Some(0), ..Default::default() };
        for byte in 0..good.len() {
            let mut bad = good.clone();
            bad[byte] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            let error =
                read(&path, &ReadOptions::default()).expect_err("a changed byte").to_string();
            assert!(error.contains("byte "), "{error}");
            std::fs::write(&path, &good[..byte]).unwrap();
            assert!(read(&path, &in_file).is_err());
        }
        std::fs::write(&path, [good.as_slice(), &[0]].concat()).unwrap();
        let error = read(&path, &in_file).expect_err("a byte too much").to_string();
        assert!(error.contains("cut short or damaged"), "{error}");
    }
}
