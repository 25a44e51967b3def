//! The bytes of a file that is about to be read: mapped where it is a regular file, else copied.
//!
//! A map spares the copy, which for text of several GB is as large as the vectors themselves. A pipe
//! (`-`, `/dev/stdin`, a shell's `<(zcat …)`) cannot be mapped and is read to its end.
//!
//! Compressed files (gzip, zstd, bzip2, xz, by their first bytes as for corpora) are unpacked: up to
//! 256 MiB into memory, more into a temporary file without a name, which is then mapped, where the
//! caller names a folder for it ([`ReadOptions::temporary`]): then a compressed file of any size takes no
//! more memory than a plain one, but disk. Of compressed text only as many lines are unpacked as
//! [`ReadOptions::limit`] asks for.
//!
//! Text in UTF-16 or UTF-32 (as PowerShell writes it) and text whose lines end in CR alone are brought into
//! the form that all readers know, in memory.

use super::{Place, ReadOptions};
use crate::corpus::{Compression, Encoding};
use crate::error::{IoContext, Result};
use crate::mmap::{self, Bytes, Mmap};
use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};

/// What is unpacked into memory before a temporary file is made.
const SPOOL: usize = 256 << 20;

/// Read at a time; also what [`Contents::head`] unpacks, enough for a first row of 20,000 numbers.
const CHUNK: usize = 1 << 20;

/// XXH3 (64 bits) of a file as it lies, compressed or not: what tells whether it is the same file. Of a
/// folder that of the safetensors file, or index, in it; 0 for what can be read once only (a pipe).
///
/// # Errors
/// [`crate::Error::Io`].
pub fn hash(path: impl AsRef<Path>) -> Result<u64> {
    let path = path.as_ref();
    let path = &super::file_of(path)?;
    let mut file = File::open(path).io("open", path)?;
    if !file.metadata().io("read", path)?.is_file() {
        return Ok(0);
    }
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer).io("read", path)? {
            0 => return Ok(hash.digest()),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// All bytes of one file.
pub(super) enum Contents {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Contents {
    /// Opens `path`.
    pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<Self> {
        Self::unpack(path, options, u64::MAX, |_| false)
    }

    /// Opens `path`. Where it is compressed, `is_text` is asked with its first MiB whether it has a line
    /// a row: then no more lines are unpacked than the limit of `options` asks for.
    pub(super) fn open_lines(
        path: &Path,
        options: &ReadOptions,
        is_text: impl Fn(&[u8]) -> bool,
    ) -> Result<Self> {
        Self::unpack(path, options, u64::MAX, is_text)
    }

    /// What [`sniff`](super::sniff()) needs of `path`: all of it, or where it is compressed its first MiB, or
    /// what there is of that before damage.
    pub(super) fn head(path: &Path) -> Result<Self> {
        Self::unpack(path, &ReadOptions::default(), CHUNK as u64, |_| false)
    }

    /// The bytes, to be shared.
    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Contents::Mapped(map) => map.into(),
            Contents::Owned(bytes) => bytes.into(),
        }
    }

    fn unpack(
        path: &Path,
        options: &ReadOptions,
        most: u64,
        is_text: impl Fn(&[u8]) -> bool,
    ) -> Result<Self> {
        Ok(Self::raw(path, options, most, is_text)?.plain())
    }

    /// Text in UTF-16 or UTF-32, as its mark says, in UTF-8; and with LF where lines end in CR alone.
    fn plain(self) -> Self {
        if let Some(encoding) = Encoding::of_mark(&self).filter(|mark| *mark != Encoding::UTF_8) {
            return Contents::Owned(encoding.decode(&self));
        }
        let head = &self[..self.len().min(CHUNK)];
        let control = |byte: &u8| matches!(byte, 0..=8 | 14..=31 | 127);
        let binary = || head[..head.len().min(4096)].iter().any(control);
        if memchr::memchr(b'\n', head).is_none() && head.contains(&b'\r') && !binary() {
            let ended = |&byte: &u8| if byte == b'\r' { b'\n' } else { byte };
            return Contents::Owned(self.iter().map(ended).collect());
        }
        self
    }

    fn raw(
        path: &Path,
        options: &ReadOptions,
        most: u64,
        is_text: impl Fn(&[u8]) -> bool,
    ) -> Result<Self> {
        if path == Path::new("-") {
            return Self::stream(io::stdin(), path, options, most, is_text);
        }
        let file = File::open(path).io("open", path)?;
        let found = file.metadata().io("read", path)?;
        if found.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into()).io("read", path);
        }
        if found.is_file() {
            let map = mmap::map(&file, path)?;
            return match compression(&map) {
                None => Ok(Contents::Mapped(map)),
                Some(kind) => {
                    let unpacked = kind.decoder(file, path)?.take(most);
                    spool(unpacked, path, options, most < u64::MAX, is_text)
                }
            };
        }
        Self::stream(file, path, options, most, is_text)
    }

    /// Reads what cannot be mapped.
    fn stream(
        mut from: impl Read + Send + 'static,
        path: &Path,
        options: &ReadOptions,
        most: u64,
        is_text: impl Fn(&[u8]) -> bool,
    ) -> Result<Self> {
        let mut head = Vec::new();
        from.by_ref().take(6).read_to_end(&mut head).io("read", path)?;
        match compression(&head) {
            None => {
                from.read_to_end(&mut head).io("read", path)?;
                Ok(Contents::Owned(head))
            }
            Some(kind) => {
                let unpacked = kind.decoder(io::Cursor::new(head).chain(from), path)?.take(most);
                spool(unpacked, path, options, most < u64::MAX, is_text)
            }
        }
    }
}

/// The compression of a file that is compressed.
fn compression(head: &[u8]) -> Option<Compression> {
    match Compression::of(head) {
        Compression::None => None,
        kind => Some(kind),
    }
}

/// Reads `unpacked` to its end, or to the last line that the limit of `options` asks for. Damage behind the
/// first bytes is the end where `lenient`.
fn spool(
    mut unpacked: impl Read,
    path: &Path,
    options: &ReadOptions,
    lenient: bool,
    is_text: impl Fn(&[u8]) -> bool,
) -> Result<Contents> {
    let at = Place { path, format: "compressed file" };
    let mut spool = Spool::default();
    let mut chunk = Vec::with_capacity(CHUNK);
    // Lines still to be read, where the file is text and they are limited.
    let mut lines = None;
    let mut total = 0;
    loop {
        chunk.clear();
        let read = unpacked.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
        total += chunk.len();
        if let Err(error) = read
            && !(lenient && total > 0)
        {
            let problem = format!("cannot be decompressed: {error}");
            return Err(at.error(format!("byte {total} of its content"), problem));
        }
        if total == chunk.len()
            && let Some(limit) = options.limit
            && is_text(&chunk)
        {
            lines = Some(limit.saturating_add(1)); // and the header
        }
        spool.write(&chunk, options, path)?;
        if let Some(left) = &mut lines {
            *left = usize::saturating_sub(*left, memchr::memchr_iter(b'\n', &chunk).count());
        }
        if chunk.len() < CHUNK || lines == Some(0) {
            return spool.finish(path);
        }
    }
}

/// Bytes in memory or, when they become many, in a temporary file.
#[derive(Default)]
struct Spool {
    memory: Vec<u8>,
    file: Option<(File, PathBuf)>,
}

impl Spool {
    fn write(&mut self, bytes: &[u8], options: &ReadOptions, path: &Path) -> Result<()> {
        if self.file.is_none()
            && self.memory.len() + bytes.len() > SPOOL
            && let Some((mut file, folder)) = options.temporary_file(path)?
        {
            file.write_all(&self.memory).io("write a temporary file in", &folder)?;
            self.memory = Vec::new();
            self.file = Some((file, folder));
        }
        match &mut self.file {
            Some((file, folder)) => file.write_all(bytes).io("write a temporary file in", folder),
            None => {
                self.memory.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn finish(self, path: &Path) -> Result<Contents> {
        Ok(match self.file {
            Some((file, _)) => Contents::Mapped(mmap::map(&file, path)?),
            None => Contents::Owned(self.memory),
        })
    }
}

impl Contents {
    /// These bytes will not be looked at for a while: the system may have their memory.
    pub(super) fn forget(&self, range: Range<usize>) {
        if let Contents::Mapped(map) = self {
            mmap::forget(map, range);
        }
    }
}

impl Deref for Contents {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Contents::Mapped(map) => map,
            Contents::Owned(bytes) => bytes,
        }
    }
}
