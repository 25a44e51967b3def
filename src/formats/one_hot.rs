//! A text as its one-hot matrix, for programs that read matrices.
//!
//! In: N word ids in the order of the text, of a vocabulary of V. Out: the N×V matrix whose row i is 1
//! in the column of token i and 0 elsewhere, as a file:
//!
//! | [`MatrixFormat`] | what | read by |
//! |---|---|---|
//! | MatrixMarket | text, a line `row column` for each 1, both from 1 | `scipy.io.mmread`, Matlab, Julia, R |
//! | npz | CSR: `data`, `indices`, `indptr`, `shape`, `format` in a zip | `scipy.sparse.load_npz` |
//! | npy | all N·V numbers, a byte each, up to 1 GB | `numpy.load` |
//!
//! Written in one pass from the ids, so that a corpus larger than memory can be written. A one-hot row
//! is N·V numbers of which N are not zero: MatrixMarket takes some 12 bytes a token, npz 13.

use super::{Place, atomic, npy};
use crate::error::{Error, IoContext, Result};
use crate::vocab::WordId;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// The most bytes of a dense matrix.
const DENSE: u64 = 1_000_000_000;
/// Parts of a zip without the extensions for more.
const PART: u64 = u32::MAX as u64;

/// How a matrix of zeros and ones is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixFormat {
    /// Coordinates as text.
    MatrixMarket,
    /// scipy's compressed rows.
    Npz,
    /// numpy's dense array of bytes.
    Npy,
}

impl MatrixFormat {
    /// By the ending: `.mtx`, `.npz`, `.npy`.
    pub fn from_extension(path: impl AsRef<Path>) -> Option<Self> {
        let path = path.as_ref();
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "mtx" => Some(MatrixFormat::MatrixMarket),
            "npz" => Some(MatrixFormat::Npz),
            "npy" => Some(MatrixFormat::Npy),
            _ => None,
        }
    }
}

/// Writes the one-hot matrix of `tokens` ids, `rows`() of them each time it is called, over `columns`
/// words; whole or not at all.
///
/// ```
/// use w2v::{WordId, formats::{MatrixFormat, write_one_hot}};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("text.mtx");
/// let ids = [0, 1, 0].map(WordId);
/// write_one_hot(|| ids.into_iter(), 3, 2, &path, MatrixFormat::MatrixMarket)?;
/// let text = std::fs::read_to_string(&path)?;
/// assert!(text.ends_with("\n3 2 3\n1 1\n2 2\n3 1\n"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Format`] where the matrix is too large for the format; [`Error::Io`].
pub fn write_one_hot<I: Iterator<Item = WordId>>(
    rows: impl Fn() -> I,
    tokens: u64,
    columns: usize,
    path: &Path,
    format: MatrixFormat,
) -> Result<()> {
    match format {
        MatrixFormat::MatrixMarket => atomic::write_atomically(path, |out| {
            market(out, rows(), tokens, columns).io("write", path)
        }),
        MatrixFormat::Npy => {
            let bytes = tokens.saturating_mul(columns as u64);
            if bytes > DENSE {
                let problem = format!(
                    "{tokens} × {columns} numbers, expected {DENSE} at most; write a sparse matrix, \
                     .npz or .mtx"
                );
                return Err(too_large(path, "npy", problem));
            }
            atomic::write_atomically(path, |out| {
                dense(out, rows(), tokens, columns).io("write", path)
            })
        }
        MatrixFormat::Npz => {
            if 8 * (tokens + 1) + 128 > PART || i32::try_from(columns).is_err() {
                let problem = format!(
                    "{tokens} rows and {columns} columns, expected fewer than 536,000,000 rows and \
                     2^31 columns; write a .mtx file"
                );
                return Err(too_large(path, "npz", problem));
            }
            atomic::write_atomically(path, |out| {
                compressed_rows(out, &rows, tokens, columns).io("write", path)
            })
        }
    }
}

fn too_large(path: &Path, format: &'static str, problem: String) -> Error {
    Place { path, format }.error("shape", problem)
}

fn market(
    out: &mut impl Write,
    rows: impl Iterator<Item = WordId>,
    tokens: u64,
    columns: usize,
) -> io::Result<()> {
    writeln!(out, "%%MatrixMarket matrix coordinate pattern general")?;
    writeln!(out, "% one-hot: row = token of the text, column = index of its word + 1")?;
    writeln!(out, "{tokens} {columns} {tokens}")?;
    for (row, id) in (1u64..).zip(rows) {
        writeln!(out, "{row} {}", u64::from(id.0) + 1)?;
    }
    Ok(())
}

fn dense(
    out: &mut impl Write,
    rows: impl Iterator<Item = WordId>,
    tokens: u64,
    columns: usize,
) -> io::Result<()> {
    out.write_all(&npy::header("|u1", &format!("({tokens}, {columns})")))?;
    let mut row = vec![0u8; columns];
    for id in rows {
        row[id.index()] = 1;
        out.write_all(&row)?;
        row[id.index()] = 0;
    }
    Ok(())
}

/// A part of a zip: its name, its place, its length and checksum.
struct Part {
    name: &'static str,
    at: u64,
    length: u32,
    crc: u32,
}

/// Parts of a zip, uncompressed, one after the other.
struct Zip<'a, W> {
    out: &'a mut W,
    parts: Vec<Part>,
}

impl<W: Write + Seek> Zip<'_, W> {
    /// Writes an array of `numbers`; the length and checksum go into its header when they are known.
    fn array<const N: usize>(
        &mut self,
        name: &'static str,
        header: &[u8],
        numbers: impl Iterator<Item = [u8; N]>,
    ) -> io::Result<()> {
        let at = self.out.stream_position()?;
        let mut part = Part { name, at, length: 0, crc: 0 };
        self.local(&part)?;
        let mut crc = Crc::new();
        let mut length = header.len() as u32;
        crc.update(header);
        self.out.write_all(header)?;
        for number in numbers {
            crc.update(&number);
            self.out.write_all(&number)?;
            length += N as u32;
        }
        (part.length, part.crc) = (length, crc.finish());
        let end = self.out.stream_position()?;
        self.out.seek(SeekFrom::Start(at))?;
        self.local(&part)?;
        self.out.seek(SeekFrom::Start(end))?;
        self.parts.push(part);
        Ok(())
    }

    /// What a local header and an entry of the directory have in common.
    fn fields(part: &Part) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Version 2.0, no flags, stored; 1980-01-01, so that the same text makes the same file.
        for field in [20u16, 0, 0, 0, 0x21] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [part.crc, part.length, part.length, part.name.len() as u32] {
            bytes.extend(field.to_le_bytes());
        }
        bytes
    }

    fn local(&mut self, part: &Part) -> io::Result<()> {
        self.out.write_all(b"PK\x03\x04")?;
        self.out.write_all(&Self::fields(part))?;
        self.out.write_all(part.name.as_bytes())
    }

    fn finish(self) -> io::Result<()> {
        let start = self.out.stream_position()?;
        let mut directory = Vec::new();
        for part in &self.parts {
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(Self::fields(part));
            // No comment, disk 0, no attributes.
            directory.extend([0; 10]);
            directory.extend((part.at as u32).to_le_bytes());
            directory.extend(part.name.as_bytes());
        }
        self.out.write_all(&directory)?;
        let count = (self.parts.len() as u16).to_le_bytes();
        let end = [
            b"PK\x05\x06\0\0\0\0".as_slice(),
            &count,
            &count,
            &(directory.len() as u32).to_le_bytes(),
            &(start as u32).to_le_bytes(),
            b"\0\0",
        ];
        self.out.write_all(&end.concat())
    }
}

fn compressed_rows<I: Iterator<Item = WordId>>(
    out: &mut (impl Write + Seek),
    rows: impl Fn() -> I,
    tokens: u64,
    columns: usize,
) -> io::Result<()> {
    let mut zip = Zip { out, parts: Vec::new() };
    let list = |length: u64| format!("({length},)");
    // What ends at 4 GiB goes last: a directory of 32 bits holds where parts begin.
    zip.array("format.npy", &npy::header("|S3", "()"), [*b"csr"].into_iter())?;
    let shape = [tokens, columns as u64].map(u64::to_le_bytes);
    zip.array("shape.npy", &npy::header("<i8", "(2,)"), shape.into_iter())?;
    let ones = (0..tokens).map(|_| [1u8]);
    zip.array("data.npy", &npy::header("|i1", &list(tokens)), ones)?;
    let indices = rows().map(|id| id.0.to_le_bytes());
    zip.array("indices.npy", &npy::header("<i4", &list(tokens)), indices)?;
    // As wide as scipy itself takes where it can, so that it need not copy them.
    match i32::try_from(tokens) {
        Ok(last) => {
            let ends = (0..=last).map(i32::to_le_bytes);
            zip.array("indptr.npy", &npy::header("<i4", &list(tokens + 1)), ends)?;
        }
        Err(_) => {
            let ends = (0..=tokens).map(u64::to_le_bytes);
            zip.array("indptr.npy", &npy::header("<i8", &list(tokens + 1)), ends)?;
        }
    }
    zip.finish()
}

/// CRC-32 as zip has it, a byte at a time.
struct Crc {
    table: [u32; 256],
    state: u32,
}

impl Crc {
    fn new() -> Self {
        let entry = |byte: usize| {
            let step = |crc: u32, _| match crc & 1 {
                1 => crc >> 1 ^ 0xedb8_8320,
                _ => crc >> 1,
            };
            (0..8).fold(byte as u32, step)
        };
        Crc { table: std::array::from_fn(entry), state: u32::MAX }
    }

    fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let at = (self.state ^ u32::from(byte)) & 255;
            self.state = self.state >> 8 ^ self.table[at as usize];
        }
    }

    fn finish(self) -> u32 {
        !self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(ids: &[u32], columns: usize, format: MatrixFormat) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let rows = || ids.iter().map(|id| WordId(*id));
        write_one_hot(rows, ids.len() as u64, columns, &path, format).unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn the_checksum_is_that_of_zip() {
        let mut crc = Crc::new();
        crc.update(b"123456789");
        assert_eq!(crc.finish(), 0xcbf4_3926);
    }

    /// The matrix of 我 爱 人工智能 我 爱 中国.
    #[test]
    fn dense_and_text() {
        let ids = [0, 1, 2, 0, 1, 3];
        let file = written(&ids, 4, MatrixFormat::Npy);
        assert_eq!(file.len() % 64, 24);
        let (header, numbers) = file.split_at(file.len() - 24);
        assert!(header.starts_with(
            b"\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4), }"
        ));
        let rows = ["1000", "0100", "0010", "1000", "0100", "0001"].concat();
        let expected: Vec<u8> = rows.bytes().map(|digit| digit - b'0').collect();
        assert_eq!(numbers, expected);
        let text = String::from_utf8(written(&ids, 4, MatrixFormat::MatrixMarket)).unwrap();
        assert!(text.ends_with("\n6 4 6\n1 1\n2 2\n3 3\n4 1\n5 2\n6 4\n"), "{text}");
    }

    /// A zip reader of a dozen lines: stored parts by the directory.
    #[test]
    fn compressed_rows_are_five_arrays_in_a_zip() {
        let file = written(&[2, 0, 1], 3, MatrixFormat::Npz);
        let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let end = file.len() - 22;
        assert_eq!(&file[end..end + 4], b"PK\x05\x06");
        let mut at = u32_at(end + 16);
        let mut names = Vec::new();
        while at < end {
            assert_eq!(&file[at..at + 4], b"PK\x01\x02");
            let (crc, length, name) = (u32_at(at + 16), u32_at(at + 24), file[at + 28] as usize);
            let local = u32_at(at + 42);
            assert_eq!(&file[local..local + 4], b"PK\x03\x04");
            let content = &file[local + 30 + name..][..length];
            let mut sum = Crc::new();
            sum.update(content);
            assert_eq!(sum.finish() as usize, crc);
            assert!(content.starts_with(b"\x93NUMPY"));
            let name = std::str::from_utf8(&file[at + 46..at + 46 + name]).unwrap();
            if name == "indices.npy" {
                assert_eq!(content[128..], [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
            }
            names.push(name.to_owned());
            at += 46 + name.len();
        }
        let expected = ["format.npy", "shape.npy", "data.npy", "indices.npy", "indptr.npy"];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_dense_matrix_that_nobody_wants_is_refused() {
        let path = Path::new("x.npy");
        let none = || std::iter::empty();
        let error = write_one_hot(none, 1 << 40, 1 << 20, path, MatrixFormat::Npy).unwrap_err();
        assert!(error.to_string().contains("write a sparse matrix, .npz or .mtx"), "{error}");
        let error = write_one_hot(none, 1 << 40, 1 << 20, path, MatrixFormat::Npz).unwrap_err();
        assert!(error.to_string().contains("write a .mtx file"), "{error}");
    }
}
