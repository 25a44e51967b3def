//! Where the text of a corpus comes from: files, folders, archives, standard input, compressed or not.

use super::archive::{self, Live, Member};
use super::unpack::unpack;
use crate::error::{Error, IoContext, Result};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// One place to read text from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file, possibly compressed.
    File(PathBuf),
    /// A file in an archive.
    Member(Member),
    /// Standard input, possibly compressed. It can be read once.
    Stdin,
}

impl Source {
    /// The name for messages: the path, or `standard input`.
    pub fn path(&self) -> &Path {
        match self {
            Source::File(path) => path,
            Source::Member(member) => member.path(),
            Source::Stdin => Path::new("standard input"),
        }
    }
}

/// Expands paths into sources: `-` is standard input, a folder stands for all files below it, sorted
/// by path, without hidden ones and without models (`*.w2v`), checkpoints and co-occurrence counts of
/// w2v; an archive for its members, in its own order. A path may go on into an archive: `a.zip/b.txt`.
/// Symbolic links are followed; those in a folder that lead nowhere come apart.
pub(super) fn expand<'a>(
    paths: impl Iterator<Item = &'a Path>,
) -> Result<(Vec<Source>, Vec<PathBuf>)> {
    let (mut sources, mut dangling) = (Vec::new(), Vec::new());
    for path in paths {
        if path == Path::new("-") {
            if sources.contains(&Source::Stdin) {
                let expected = "at most once: standard input can be read once only";
                return Err(Error::parameter("-", "given twice", expected));
            }
            sources.push(Source::Stdin);
            continue;
        }
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => folder(path, &mut sources, &mut dangling)?,
            // A pipe is not looked into: that would use it up.
            Ok(found) => match found.is_file().then(|| members(path)).flatten() {
                Some(members) => add_members(members, path, path, &mut sources)?,
                None => sources.push(Source::File(path.to_owned())),
            },
            Err(error) => match archive_above(path)? {
                Some((archive, members)) => add_members(members, path, archive, &mut sources)?,
                None => return Err(error).io("read", path),
            },
        }
    }
    Ok((sources, dangling))
}

/// The members of an archive; `None` where `path` is none, or so damaged that reading it must say why.
fn members(path: &Path) -> Option<Vec<Member>> {
    archive::members(path).ok().flatten()
}

/// `error` for a file that is no text; of a damaged archive, what is wrong with it.
pub(super) fn told(error: Error, path: &Path) -> Error {
    match path.is_file() {
        true => archive::members(path).err().unwrap_or(error),
        false => error,
    }
}

/// The archive in which `path` lies, as if it were a folder, with its members.
fn archive_above(path: &Path) -> Result<Option<(&Path, Vec<Member>)>> {
    let Some(file) = path.ancestors().skip(1).find(|above| above.is_file()) else {
        return Ok(None);
    };
    Ok(archive::members(file)?.map(|members| (file, members)))
}

/// Adds the members of `archive` that are `path` or lie below it.
fn add_members(
    members: Vec<Member>,
    path: &Path,
    archive: &Path,
    sources: &mut Vec<Source>,
) -> Result<()> {
    let before = sources.len();
    let wanted = members.into_iter().filter(|member| member.path().starts_with(path));
    sources.extend(wanted.map(Source::Member));
    match sources.len() > before {
        true => Ok(()),
        false => Err(Error::NoText {
            place: path.display().to_string(),
            detail: match path == archive {
                true => "the archive holds no file (hidden ones do not count)".to_owned(),
                false => format!("{} holds no such file", archive.display()),
            },
        }),
    }
}

fn folder(path: &Path, sources: &mut Vec<Source>, dangling: &mut Vec<PathBuf>) -> Result<()> {
    let before = sources.len();
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let walk = walkdir::WalkDir::new(path)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    for entry in walk {
        if let Err(error) = &entry
            && error.path().is_some_and(|at| at.is_symlink() && !at.exists())
        {
            dangling.extend(error.path().map(Path::to_owned));
            continue;
        }
        let entry = entry.map_err(|error| {
            let at = error.path().unwrap_or(path).to_owned();
            let source = error.into_io_error().unwrap_or_else(|| {
                io::Error::other("a symbolic link leads back to its own folder")
            });
            Error::Io { what: "list", path: at, source }
        })?;
        if entry.file_type().is_file() && !is_ours(entry.path()) {
            match members(entry.path()) {
                Some(members) => sources.extend(members.into_iter().map(Source::Member)),
                None => sources.push(Source::File(entry.into_path())),
            }
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

/// The first bytes of a source, at most `most`, as they lie there and after decompression. Standard
/// input has none: what is read from it is gone.
pub(crate) fn head(source: &Source, most: usize) -> Result<[Vec<u8>; 2]> {
    let (mut raw, mut text) = (Vec::new(), Vec::new());
    let live = &Live::default();
    let from: Box<dyn Read> = match source {
        Source::File(path) => Box::new(File::open(path).io("open", path)?),
        Source::Member(member) => member.open(live)?,
        Source::Stdin => return Ok([raw, text]),
    };
    // What cannot be decompressed has no text; reading it says why.
    let _ = from.take(most as u64).read_to_end(&mut raw);
    if let Ok(reader) = open(source, live) {
        let _ = reader.take(most as u64).read_to_end(&mut text);
    }
    Ok([raw, text])
}

/// Opens a source and undoes its compression. `live` is kept from one source to the next.
pub(super) fn open(source: &Source, live: &Live) -> Result<Box<dyn Read + Send>> {
    let path = source.path();
    let raw: Box<dyn Read + Send> = match source {
        Source::File(path) => Box::new(File::open(path).io("open", path)?),
        Source::Member(member) => member.open(live)?,
        Source::Stdin => Box::new(io::stdin()),
    };
    unpack(raw, path)
}
