//! Files that are either whole or not there.
//!
//! In: a path and a closure that writes. Out: the finished file under that name. The closure writes
//! to a temporary name in the same folder; what it wrote is flushed, synced to the disk and only
//! then renamed, so that neither a crash nor a full disk nor an error in the closure damages the
//! file that was there before, and nobody ever reads half a model.
//!
//! [`check_writable`] belongs before a long run, [`write_atomically`] after it; both mean the same
//! file by a path, the one that [`resolve`] finds. word2vec.c finds out that its output cannot be
//! written when training is over, by a segmentation fault.
//!
//! A process that is about to exit in the middle of a write calls [`remove_temporary_files`]: no
//! destructor runs then. One that is killed cannot: a temporary file is therefore locked while it is
//! written, and whoever writes into the folder next removes those that nobody holds any more.

use crate::error::{Error, IoContext, Result};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut Output<'_>) -> Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    let path = resolve(path)?;
    let folder = folder_of(&path);
    remove_abandoned(folder);
    let temporary = temporary_in(folder).io("create a file in", folder)?;
    let _registered = Registered::new(temporary.path());
    let mut out = BufWriter::with_capacity(BUFFER, temporary.as_file());
    write(&mut out)?;
    out.flush().io("write", &path)?;
    drop(out);
    temporary.as_file().sync_all().io("write", &path)?;
    temporary.persist(&path).map_err(|e| e.error).io("rename a temporary file to", &path)?;
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
/// a folder or a device, where its folder does not exist or refuses a new file, and where no file
/// can have its name.
pub fn check_writable(path: impl AsRef<Path>, force: bool) -> Result<()> {
    let path = path.as_ref();
    let target = resolve(path)?;
    if target.exists() && !force {
        let path = path.to_owned();
        return Err(Error::Exists { path });
    }
    let folder = folder_of(&target);
    remove_abandoned(folder);
    // The permission bits do not tell (quota, read-only mount, access lists): creating does.
    temporary_in(folder).io("create a file in", folder)?;
    try_name(&target).io("write", path)
}

/// Whether the folder takes a file of this name, which may be too long or hold what the file system
/// has no place for (`:` on FAT). Looking for it finds the first; the second needs a file, which gets
/// another first letter: a name that is meant to be seen has only whole files.
fn try_name(target: &Path) -> io::Result<()> {
    match fs::symlink_metadata(target) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // Bytes that are no text are found in no other file system than those that take any, and most names
    // are taken by all.
    let Some(name) = target.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    let odd = |c: char| c.is_control() || r#"\:*?"<>|"#.contains(c);
    if !name.contains(odd) && !name.ends_with(['.', ' ']) {
        return Ok(());
    }
    let mut letters = name.chars();
    let first = letters.next();
    let other = if first == Some('x') { 'y' } else { 'x' };
    let beside = format!("{other}{}", letters.as_str());
    match create(tempfile::Builder::new().prefix(&beside).rand_bytes(0), folder_of(target)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// The file that is made or replaced when `path` is written: `path`, or where its links lead, whether
/// or not that is there yet.
///
/// Refuses a name that no file can have, and one that renaming would destroy, as `/dev/null` for its
/// owner.
pub(super) fn resolve(path: &Path) -> Result<PathBuf> {
    let mut target = path.to_owned();
    // As many links as Linux follows.
    for _ in 0..40 {
        let odd = match fs::metadata(&target) {
            Ok(found) if found.is_dir() => Some(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => Some(io::Error::other("not a regular file")),
            _ if !names_a_file(&target) => {
                Some(io::Error::other("this names a folder, expected a file"))
            }
            _ => None,
        };
        if let Some(odd) = odd {
            return Err(odd).io("write", path);
        }
        match fs::read_link(&target) {
            // A relative link starts from its own folder; an absolute one replaces it all.
            Ok(next) => target = folder_of(&target).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("too many symbolic links")).io("write", path)
}

/// Not so `new/`, `new/.` or `..`. By the bytes: [`Path`] itself looks past the first two.
fn names_a_file(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let separator = |&byte: &u8| std::path::is_separator(byte.into());
    let last = bytes.rsplit(separator).next().unwrap_or_default();
    !matches!(last, b"" | b"." | b"..")
}

/// The folder that holds `path`: "." for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// How the names of temporary files begin and end.
const NAME: (&str, &str) = (".w2v-", ".tmp");

/// A temporary file that is locked for as long as it is open.
fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let mut builder = tempfile::Builder::new();
        let file = create(builder.prefix(NAME.0).suffix(NAME.1), folder)?;
        // Where locks are not to be had nobody removes it either.
        let locked = file.as_file().lock().is_ok();
        // Between its creation and the lock it looked abandoned.
        if !locked || file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes temporary files of processes that were killed: those whose lock is free. What cannot be
/// looked at or removed stays; it is in nobody's way.
fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = |name: &str| name.starts_with(NAME.0) && name.ends_with(NAME.1);
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !name.to_str().is_some_and(ours) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A temporary file with the permissions of any other new file: tempfile's own default is to hide
/// its files from everybody else. Its errors are the system's: tempfile's own name the hidden file,
/// which nobody has asked for.
fn create(builder: &mut tempfile::Builder, folder: &Path) -> io::Result<NamedTempFile> {
    builder.make_in(folder, |path| {
        let mut options = File::options();
        options.read(true).write(true).create_new(true).open(path)
    })
}

/// Temporary files of writes that are under way in this process.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    // A list of paths is never half changed.
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what unfinished calls of [`write_atomically`] have written; these calls then fail.
///
/// For a process that is about to exit in the middle of one, from a signal handler's thread for
/// example: without it the temporary file stays.
pub fn remove_temporary_files() {
    for path in under_way().drain(..) {
        // It may just have been renamed, and then it is whole; there is nobody to tell otherwise.
        let _ = fs::remove_file(path);
    }
}

/// A temporary file's place in [`UNDER_WAY`].
struct Registered(PathBuf);

impl Registered {
    fn new(path: &Path) -> Self {
        under_way().push(path.to_owned());
        Registered(path.to_owned())
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        under_way().retain(|path| *path != self.0);
    }
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
            Err(Error::query("stopped"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "stopped");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["vectors.txt"]);
        write_atomically(&path, |out| out.write_all(b"new").io("write", &path)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    /// Of two temporary files in a folder, the one that a killed process left goes, the one that is
    /// being written stays.
    #[test]
    fn what_a_killed_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.txt");
        fs::write(folder.path().join(".w2v-abcdef.tmp"), "half").unwrap();
        fs::write(folder.path().join(".w2v-other.txt"), "not ours").unwrap();
        write_atomically(&path, |out| {
            check_writable(&folder.path().join("other.txt"), false).unwrap();
            assert_eq!(names(folder.path()).len(), 2, "this one and the other");
            out.write_all(b"new").io("write", &path)
        })
        .unwrap();
        let mut names = names(folder.path());
        names.sort();
        assert_eq!(names, [".w2v-other.txt", "vectors.txt"]);
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
        assert!(exists.to_string().contains("`force`"), "{exists}");
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

    /// Found before the work and not after it: names that no file can have.
    #[test]
    fn names_that_no_file_can_have_are_refused_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| {
            // `join` would keep these bytes too; the plain string shows what was typed.
            PathBuf::from(format!("{}/{name}", folder.path().display()))
        };
        for name in ["new/", "new/.", "new/..", ".."] {
            let error = check_writable(&of(name), false).unwrap_err().to_string();
            assert!(error.starts_with("cannot write "), "{error}");
            assert!(write_atomically(&of(name), |_| Ok(())).is_err(), "{name}");
        }
        let long = of(&"n".repeat(300));
        let error = check_writable(&long, false).unwrap_err().to_string();
        assert!(error.starts_with("cannot write "), "{error}");
        assert!(!error.contains(".w2v-"), "{error}");
        // As long as most file systems allow, and of letters of several bytes.
        for name in ["n".repeat(255), "x".into(), "王.w2v".into()] {
            check_writable(&of(&name), false).unwrap();
        }
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn an_error_names_the_folder_and_no_hidden_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = check_writable(&folder.path().join("none/vectors.w2v"), false);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("cannot create a file in "), "{error}");
        assert!(!error.contains(".w2v-"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_followed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        let of = |name: &str| folder.path().join(name);
        // A link to a link, relative to the folder of each.
        symlink("in/second", of("first")).unwrap();
        symlink("../target", of("in/second")).unwrap();
        check_writable(&of("first"), false).unwrap();
        write_atomically(&of("first"), |out| out.write_all(b"x").io("write", &of("first")))
            .unwrap();
        assert!(of("first").is_symlink() && of("in/second").is_symlink());
        assert_eq!(fs::read(of("target")).unwrap(), b"x");
        let error = check_writable(&of("first"), false).unwrap_err();
        assert!(matches!(error, Error::Exists { .. }), "{error}");

        symlink("none/target", of("lost")).unwrap();
        symlink("folder/", of("to a folder")).unwrap();
        symlink("circle", of("circle")).unwrap();
        for name in ["lost", "to a folder", "circle"] {
            assert!(check_writable(&of(name), true).is_err(), "{name}");
            assert!(write_atomically(&of(name), |_| Ok(())).is_err(), "{name}");
            assert!(of(name).is_symlink(), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_replaced_by_a_file() {
        let error = write_atomically(Path::new("/dev/null"), |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "cannot write /dev/null: not a regular file");
    }
}
