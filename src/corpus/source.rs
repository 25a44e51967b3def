//! Where the text of a corpus comes from: files, folders, standard input, compressed or not.

use crate::error::{Error, IoContext, Result};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// One place to read text from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file, possibly compressed.
    File(PathBuf),
    /// Standard input, possibly compressed. It can be read once.
    Stdin,
}

impl Source {
    /// The name for messages: the path, or `standard input`.
    pub fn path(&self) -> &Path {
        match self {
            Source::File(path) => path,
            Source::Stdin => Path::new("standard input"),
        }
    }
}

/// Expands paths into sources: `-` is standard input, a folder stands for all files below it, sorted
/// by path, without hidden ones and without models (`*.w2v`), checkpoints and co-occurrence counts of
/// w2v. Symbolic links are followed.
pub(super) fn expand<'a>(paths: impl Iterator<Item = &'a Path>) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            if sources.contains(&Source::Stdin) {
                let expected = "at most once: standard input can be read once only";
                return Err(Error::parameter("-", "given twice", expected));
            }
            sources.push(Source::Stdin);
        } else if std::fs::metadata(path).io("read", path)?.is_dir() {
            folder(path, &mut sources)?;
        } else {
            sources.push(Source::File(path.to_owned()));
        }
    }
    Ok(sources)
}

fn folder(path: &Path, sources: &mut Vec<Source>) -> Result<()> {
    let before = sources.len();
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let walk = walkdir::WalkDir::new(path)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    for entry in walk {
        let entry = entry.map_err(|error| {
            let at = error.path().unwrap_or(path).to_owned();
            let source = error.into_io_error().unwrap_or_else(|| {
                io::Error::other("a symbolic link leads back to its own folder")
            });
            Error::Io { what: "list", path: at, source }
        })?;
        if entry.file_type().is_file() && !is_ours(entry.path()) {
            sources.push(Source::File(entry.into_path()));
        }
    }
    if sources.len() == before {
        return Err(Error::NoText {
            place: path.display().to_string(),
            detail: "the folder holds no file (hidden ones and those of w2v do not count)"
                .to_owned(),
        });
    }
    Ok(())
}

/// Whether a file is a model, a checkpoint or counts written by w2v, by its ending or its first bytes. A
/// folder is read without them: a checkpoint kept in the folder of the corpus would change the text, and
/// the run could not be resumed.
fn is_ours(path: &Path) -> bool {
    let mut first = [0; 8];
    let mut read = || File::open(path)?.read_exact(&mut first);
    path.extension().is_some_and(|ext| ext == "w2v")
        || read().is_ok()
            && matches!(&first, b"w2v\0\r\n\x1a\n" | b"w2c\0\r\n\x1a\n" | b"w2vjrnl\x01")
}

/// The first bytes of a file, at most `most`, as they lie there and after decompression. Standard
/// input has none: what is read from it is gone.
pub(crate) fn head(source: &Source, most: usize) -> Result<[Vec<u8>; 2]> {
    let (mut raw, mut text) = (Vec::new(), Vec::new());
    let Source::File(path) = source else {
        return Ok([raw, text]);
    };
    let file = File::open(path).io("open", path)?;
    file.take(most as u64).read_to_end(&mut raw).io("read", path)?;
    // What cannot be decompressed has no text; reading it says why.
    if let Ok(reader) = open(source) {
        let _ = reader.take(most as u64).read_to_end(&mut text);
    }
    Ok([raw, text])
}

/// Opens a source and undoes its compression, known by its first bytes and never by its name.
pub(super) fn open(source: &Source) -> Result<Box<dyn Read + Send>> {
    let path = source.path();
    let raw: Box<dyn Read + Send> = match source {
        Source::File(path) => Box::new(File::open(path).io("open", path)?),
        Source::Stdin => Box::new(io::stdin()),
    };
    unpack(raw, path)
}

/// Undoes the compression of what `raw` holds.
pub(super) fn unpack(mut raw: Box<dyn Read + Send>, path: &Path) -> Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    raw.by_ref().take(6).read_to_end(&mut head).io("read", path)?;
    let kind = Compression::of(&head);
    let whole = io::Cursor::new(head).chain(raw);
    kind.decoder(whole, path)
}

/// Compressions known by their magic bytes; vector files are opened by the same rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    /// An archive of several files: there is no one text in it.
    Zip,
}

impl Compression {
    /// By at least the first 6 bytes.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Compression::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
            [b'P', b'K', 3, 4, ..] => Compression::Zip,
            _ => Compression::None,
        }
    }

    /// What `raw` holds when it is decompressed.
    #[cfg(feature = "compress")]
    pub(crate) fn decoder(
        self,
        raw: impl Read + Send + 'static,
        path: &Path,
    ) -> Result<Box<dyn Read + Send>> {
        let raw = io::BufReader::with_capacity(1 << 16, raw);
        Ok(match self {
            Compression::None => Box::new(raw),
            // The "multi" decoders go on where one compressed stream follows another, as `cat a.gz
            // b.gz` and parallel compressors make them.
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(raw).io("decompress", path)?),
            Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
            Compression::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(raw)),
            Compression::Zip => return Err(zip(path)),
        })
    }

    /// What `raw` holds when it is decompressed.
    #[cfg(not(feature = "compress"))]
    pub(crate) fn decoder(
        self,
        raw: impl Read + Send + 'static,
        path: &Path,
    ) -> Result<Box<dyn Read + Send>> {
        match self {
            Compression::None => Ok(Box::new(raw)),
            Compression::Zip => Err(zip(path)),
            _ => {
                Err(Error::corpus(path, 1, 0, "compressed text, but this build cannot decompress")
                    .advise("decompress it first")
                    .advise("build with the feature `compress`"))
            }
        }
    }
}

fn zip(path: &Path) -> Error {
    Error::corpus(path, 1, 0, "a zip archive, expected text")
        .advise("unpack it and name the files in it")
}
