//! Files that are either whole or not there.
//!
//! In: a path and a closure that writes. Out: the finished file under that name. The closure writes
//! to a temporary name in the same folder; what it wrote is flushed, synced to the disk and only
//! then renamed, so that neither a crash nor a full disk nor an error in the closure damages the
//! file that was there before, and nobody ever reads half a model.
//!
//! [`check_writable`] belongs before a long run, [`write_atomically`] after it. word2vec.c finds out
//! that its output cannot be written when training is over, by a segmentation fault.

use crate::error::{Error, IoContext, Result};
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// What [`write_atomically`] hands to its closure: buffered and seekable.
pub type Output<'a> = BufWriter<&'a File>;

/// One write call per MiB: fewer system calls than the default of 8 KiB, no measurable memory.
const BUFFER: usize = 1 << 20;

/// Makes the file `path` out of what `write` writes, replacing a file of that name.
///
/// Whether an existing file may be replaced is the caller's question, see [`check_writable`]. A
/// symbolic link is followed: the file it points to is replaced, the link stays.
///
/// ```
/// use std::io::Write;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("note.txt");
/// w2v::formats::write_atomically(&path, |out| {
///     let written = out.write_all(b"whole or not at all");
///     written.map_err(|source| w2v::Error::Io { what: "write", path: path.clone(), source })
/// })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What `write` returns, and [`Error::Io`]. The temporary file is then gone and an old file `path`
/// is as it was.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut Output<'_>) -> Result<()>,
) -> Result<()> {
    let path = match fs::canonicalize(path) {
        Ok(target) if path.is_symlink() => Cow::Owned(target),
        _ => Cow::Borrowed(path),
    };
    refuse_odd_targets(&path)?;
    let folder = folder_of(&path);
    let temporary = temporary_in(folder).io("create a file in", folder)?;
    let mut out = BufWriter::with_capacity(BUFFER, temporary.as_file());
    write(&mut out)?;
    out.flush().io("write", &path)?;
    drop(out);
    temporary.as_file().sync_all().io("write", &path)?;
    temporary
        .persist(&path)
        .map_err(|e| e.error)
        .io("rename a temporary file to", &path)?;
    sync_folder(folder);
    Ok(())
}

/// Whether [`write_atomically`] will be able to make `path`: to be asked before a long run.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("no such folder").join("vectors.w2v");
/// let error = w2v::formats::check_writable(&path, false).unwrap_err();
/// assert!(error.to_string().starts_with("cannot create a file in "));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Exists`] where `path` is a finished file and `force` is false; [`Error::Io`] where it is
/// a folder or a device, or where its folder does not exist or refuses a new file.
pub fn check_writable(path: &Path, force: bool) -> Result<()> {
    refuse_odd_targets(path)?;
    if path.exists() && !force {
        return Err(Error::Exists {
            path: path.to_owned(),
        });
    }
    let folder = folder_of(path);
    // The permission bits do not tell (quota, read-only mount, access lists): creating does.
    temporary_in(folder).io("create a file in", folder)?;
    Ok(())
}

/// A name that no file can have, or that renaming would destroy, as `/dev/null` for its owner.
fn refuse_odd_targets(path: &Path) -> Result<()> {
    let kind = match fs::metadata(path) {
        Ok(found) if found.is_dir() => io::ErrorKind::IsADirectory.into(),
        Ok(found) if !found.is_file() => io::Error::other("not a regular file"),
        Err(_) if path.file_name().is_none() => io::Error::other("this names no file"),
        _ => return Ok(()),
    };
    Err(kind).io("write", path)
}

/// The folder that holds `path`: "." for a bare name.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A temporary file with the permissions of any other new file: tempfile's own default is to hide
/// its files from everybody else.
fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".w2v-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The process's umask takes its bits away from these.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Writes the folder's new entry to the disk. A file system that cannot do this is no reason to
/// report an error: the file is whole, and only a power cut could still bring the old one back.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |e: io::Result<fs::DirEntry>| e.unwrap().file_name().into_string().unwrap();
        entries.map(name).collect()
    }

    #[test]
    fn an_error_half_way_leaves_the_old_file_whole_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.txt");
        write_atomically(&path, |out| out.write_all(b"old").io("write", &path)).unwrap();
        let failed = write_atomically(&path, |out| {
            out.write_all(&[b'x'; 3 << 20]).io("write", &path)?;
            Err(Error::Query("stopped".into()))
        });
        assert_eq!(failed.unwrap_err().to_string(), "stopped");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["vectors.txt"]);
        write_atomically(&path, |out| out.write_all(b"new").io("write", &path)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_panic_half_way_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.txt");
        let panicked = std::panic::catch_unwind(|| {
            write_atomically(&path, |_| std::panic::resume_unwind(Box::new("")))
        });
        assert!(panicked.is_err());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.w2v");
        check_writable(&path, false).unwrap();
        assert!(names(folder.path()).is_empty());

        fs::write(&path, "").unwrap();
        let exists = check_writable(&path, false).unwrap_err();
        assert!(exists.to_string().contains("--force"), "{exists}");
        check_writable(&path, true).unwrap();

        for odd in [folder.path(), &path.join("below a file"), Path::new("/")] {
            for force in [false, true] {
                let error = check_writable(odd, force).unwrap_err();
                assert!(matches!(error, Error::Io { .. }), "{error}");
                assert!(write_atomically(odd, |_| Ok(())).is_err());
            }
        }
    }

    #[test]
    fn a_bare_name_lies_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("vectors.w2v")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/vectors.w2v")), Path::new("a"));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_and_links_stay_links() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        write_atomically(&ours, |_| Ok(())).unwrap();
        fs::write(&theirs, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode();
        assert_eq!(mode(&ours), mode(&theirs));

        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        write_atomically(&link, |out| out.write_all(b"through").io("write", &link)).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&ours).unwrap(), b"through");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_replaced_by_a_file() {
        let error = write_atomically(Path::new("/dev/null"), |_| Ok(())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot write /dev/null: not a regular file"
        );
    }
}
