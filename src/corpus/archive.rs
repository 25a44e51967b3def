//! The members of tar and zip archives, read like the files of a folder.
//!
//! In: a file. Out: its [`Member`]s in the order of the archive, without hidden ones, and a reader for
//! each. Nothing is ever written: a member's name is a name for messages, wherever it points.
//!
//! A tar archive may be compressed. It then has no middle that could be opened; the stream that one
//! member was read from goes on to the next ([`Live`]), so that reading all members in order
//! decompresses the archive once. (Listing them took another time.)

use super::strangers::{is_tar, part};
use super::unpack::{Compression, unpack};
use crate::error::{Error, IoContext, Result};
use flate2::Crc;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zip::CompressionMethod;

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    archive: PathBuf,
    /// The archive's path and the member's name, as if the archive were a folder.
    path: PathBuf,
    /// Where its bytes begin: in the tar archive after decompression, in the zip archive as it lies.
    start: u64,
    /// Bytes from there on.
    stored: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tar,
    CompressedTar,
    /// `size` and `crc` are those of the decompressed member.
    Zip {
        method: Method,
        size: u64,
        crc: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Stored,
    Deflated,
    /// One of those that a file may have by itself.
    Other(Compression),
}

impl Member {
    /// Archive and name, as one path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that the member is in.
    pub fn archive(&self) -> &Path {
        &self.archive
    }

    /// Bytes of the member, decompressed.
    pub fn size(&self) -> u64 {
        match self.kind {
            Kind::Tar | Kind::CompressedTar => self.stored,
            Kind::Zip { size, .. } => size,
        }
    }
}

/// The members of `path`, in the order of the archive; `None` where it is no archive.
pub(super) fn members(path: &Path) -> Result<Option<Vec<Member>>> {
    let mut file = File::open(path).io("open", path)?;
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head).io("read", path)?;
    match Compression::of(&head) {
        Compression::None if head.starts_with(b"PK\x03\x04") => zip_members(file, path).map(Some),
        Compression::None if is_tar(&head) => {
            file.rewind().io("read", path)?;
            tar_members(file, Kind::Tar, path).map(Some)
        }
        Compression::None => Ok(None),
        compression => {
            file.rewind().io("read", path)?;
            let mut reader = compression.decoder(file, path)?;
            head.clear();
            // What cannot be decompressed is told by whoever reads it.
            let _ = reader.by_ref().take(512).read_to_end(&mut head);
            if !is_tar(&head) {
                return Ok(None);
            }
            let whole = io::Cursor::new(head).chain(reader);
            tar_members(whole, Kind::CompressedTar, path).map(Some)
        }
    }
}

/// A name under the archive's, without what leads out of it; `None` for one that is left out, as in a folder:
/// hidden files and models of w2v.
fn member_path(archive: &Path, name: &Path) -> Option<PathBuf> {
    let mut path = archive.to_owned();
    for part in name.components() {
        if let std::path::Component::Normal(part) = part {
            if part.as_encoded_bytes().starts_with(b".") || part == "__MACOSX" {
                return None;
            }
            path.push(part);
        }
    }
    path.extension().is_none_or(|ending| ending != "w2v").then_some(path)
}

fn damaged(archive: &Path, error: impl std::fmt::Display) -> Error {
    let problem = format!("the archive is cut short or damaged ({error})");
    Error::corpus(archive, 1, 0, problem).advise("fetch the file again")
}

fn tar_members(from: impl Read, kind: Kind, archive: &Path) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut tar = tar::Archive::new(BufReader::with_capacity(1 << 16, from));
    for entry in tar.entries().map_err(|error| damaged(archive, error))? {
        let entry = entry.map_err(|error| damaged(archive, error))?;
        let kind_of = entry.header().entry_type();
        let name = entry.path().map_err(|error| damaged(archive, error))?;
        if kind_of.is_gnu_sparse() {
            let what = "the member is stored with holes, expected a plain file";
            let error = Error::corpus(&archive.join(name), 1, 0, what);
            return Err(error.advise("unpack the archive and name the folder"));
        }
        if !kind_of.is_file() && !kind_of.is_contiguous() {
            continue;
        }
        if let Some(path) = member_path(archive, &name) {
            let (start, stored) = (entry.raw_file_position(), entry.size());
            members.push(Member { archive: archive.to_owned(), path, start, stored, kind });
        }
    }
    // A file that was appended again replaces the one before, as when the archive is unpacked.
    let mut seen = std::collections::HashSet::new();
    let last: Vec<bool> = members.iter().rev().map(|m| seen.insert(m.path.clone())).collect();
    let mut last = last.into_iter().rev();
    members.retain(|_| last.next().unwrap_or(true));
    Ok(members)
}

fn zip_members(file: File, archive: &Path) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| damaged(archive, e))?;
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| damaged(archive, error))?;
        if let Some(what) = part(entry.name_raw()) {
            return Err(Error::corpus(archive, 1, 0, format!("this is {what}")));
        }
        let name = entry.name().map_err(|error| damaged(archive, error))?;
        let Some(path) = member_path(archive, Path::new(&*name)).filter(|_| entry.is_file()) else {
            continue;
        };
        let refuse = |what: String| {
            Error::corpus(&path, 1, 0, what).advise("unpack the archive and name the folder")
        };
        if entry.encrypted() {
            return Err(refuse("the member is encrypted, expected text".into()));
        }
        let method = match entry.compression() {
            CompressionMethod::STORE => Method::Stored,
            CompressionMethod::DEFLATE => Method::Deflated,
            CompressionMethod::BZIP2 => Method::Other(Compression::Bzip2),
            CompressionMethod::ZSTD => Method::Other(Compression::Zstd),
            CompressionMethod::XZ => Method::Other(Compression::Xz),
            other => return Err(refuse(format!("the member is compressed by {other}"))),
        };
        let start = entry.data_start().ok_or_else(|| damaged(archive, "a member has no place"))?;
        let kind = Kind::Zip { method, size: entry.size(), crc: entry.crc32() };
        let stored = entry.compressed_size();
        members.push(Member { archive: archive.to_owned(), path, start, stored, kind });
    }
    Ok(members)
}

/// The stream of a compressed tar archive from which a member was read. Clones are the same stream: one member
/// is read at a time.
#[derive(Clone, Default)]
pub(super) struct Live(Arc<Mutex<Option<Stream>>>);

struct Stream {
    archive: PathBuf,
    reader: Box<dyn Read + Send>,
    /// Bytes that were read.
    at: u64,
}

impl Member {
    /// The member's bytes. They may be compressed once more.
    pub(super) fn open(&self, live: &Live) -> Result<Box<dyn Read + Send>> {
        let path = &self.archive;
        let at_start = || -> Result<File> {
            let mut file = File::open(path).io("open", path)?;
            file.seek(SeekFrom::Start(self.start)).io("read", path)?;
            Ok(file)
        };
        match self.kind {
            Kind::Tar => Ok(Box::new(whole(at_start()?.take(self.stored), self.stored, None))),
            Kind::Zip { method, size, crc } => {
                let stored = at_start()?.take(self.stored);
                let reader: Box<dyn Read + Send> = match method {
                    Method::Stored => Box::new(stored),
                    Method::Deflated => {
                        let stored = BufReader::with_capacity(1 << 16, stored);
                        Box::new(flate2::bufread::DeflateDecoder::new(stored))
                    }
                    Method::Other(compression) => compression.decoder(stored, path)?,
                };
                Ok(Box::new(whole(reader, size, Some(crc))))
            }
            Kind::CompressedTar => {
                self.go_to(live)?;
                Ok(Box::new(whole(live.clone().take(self.stored), self.stored, None)))
            }
        }
    }

    /// Reads on to the member's beginning, from where `live` stands or from the beginning of the archive.
    fn go_to(&self, live: &Live) -> Result<()> {
        let path = &self.archive;
        let mut live = live.lock();
        let usable =
            live.take().filter(|stream| stream.archive == *path && stream.at <= self.start);
        let mut stream = match usable {
            Some(stream) => stream,
            None => {
                let file: Box<dyn Read + Send> = Box::new(File::open(path).io("open", path)?);
                Stream { archive: path.clone(), reader: unpack(file, path)?, at: 0 }
            }
        };
        let ahead = self.start - stream.at;
        let skipped = io::copy(&mut stream.reader.by_ref().take(ahead), &mut io::sink());
        if skipped.map_err(|error| damaged(path, error))? < ahead {
            return Err(damaged(path, "it ends before the member"));
        }
        stream.at = self.start;
        *live = Some(stream);
        Ok(())
    }
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, Option<Stream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Live {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut live = self.lock();
        let Some(stream) = &mut *live else {
            return Ok(0);
        };
        let count = stream.reader.read(buffer)?;
        stream.at += count as u64;
        Ok(count)
    }
}

/// A member that must have `left` bytes and, where one is given, the checksum: an archive that is cut
/// short or damaged is an error and not a shorter text.
fn whole<R: Read>(inner: R, left: u64, crc: Option<u32>) -> Whole<R> {
    Whole { inner, left, crc: crc.map(|expected| (Crc::new(), expected)) }
}

struct Whole<R> {
    inner: R,
    left: u64,
    crc: Option<(Crc, u32)>,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let damage = |what| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        let count = self.inner.read(buffer)?;
        if let Some((crc, _)) = &mut self.crc {
            crc.update(&buffer[..count]);
        }
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return damage("the archive's member is longer than its directory says"),
        }
        if count == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return damage("the archive's member is cut short");
            }
            if let Some((crc, expected)) = &self.crc
                && crc.sum() != *expected
            {
                return damage("the checksum of the archive's member is wrong");
            }
        }
        Ok(count)
    }
}
