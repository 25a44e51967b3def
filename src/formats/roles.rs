//! The files of one call: which are inputs and which are outputs.
//!
//! In: paths, with the names that messages use for them. Out: an error before any work where an output
//! is also an input or another output, or where it would replace a file that w2v did not write.
//!
//! Existing files are compared by device and inode, so that links are followed; files that do not exist
//! yet by their folder and name. Standard input is an input where it is redirected from a regular file
//! (`w2v vocab - < c.txt`). Permission to overwrite does not cover an input: a mistyped name would
//! destroy the corpus, with exit code 0.

use super::{ReadOptions, atomic, file_of, gensim, numpy, projector, safetensors, sniff};
use crate::corpus::Source;
use crate::error::{Error, Result};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The inputs and outputs of one call.
///
/// ```
/// use w2v::formats::FileRoles;
/// # let folder = tempfile::tempdir()?;
/// # let text = folder.path().join("corpus.txt");
/// std::fs::write(&text, "the king rules")?;
/// let mut files = FileRoles::default();
/// files.input("the corpus", &text);
/// let error = files.output("the model", &text, true).unwrap_err();
/// assert!(error.to_string().contains("is the same file as the corpus"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct FileRoles {
    inputs: Vec<Role>,
    outputs: Vec<Role>,
}

#[derive(Debug)]
struct Role {
    name: String,
    path: PathBuf,
    identity: Identity,
}

/// Identifies a file, by whatever name it is reached.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    /// An existing file: its device and inode; where the system has none, its canonical path.
    There(FileId),
    /// A file that does not exist yet: its folder and its name.
    Missing(FileId, OsString),
    /// A file whose folder does not exist: it can be neither read nor written.
    Nowhere,
}

#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = PathBuf;

#[cfg(unix)]
fn id_of(_: &Path, found: &Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn id_of(path: &Path, _: &Metadata) -> Option<FileId> {
    path.canonicalize().ok()
}

impl Identity {
    /// The file that is read or replaced by the name `path`.
    fn of(path: &Path) -> Self {
        let id = |path: &Path| fs::metadata(path).ok().and_then(|found| id_of(path, &found));
        if let Some(there) = id(path) {
            return Identity::There(there);
        }
        let target = atomic::resolve(path).unwrap_or_else(|_| path.to_owned());
        match (id(atomic::folder_of(&target)), target.file_name()) {
            (Some(folder), Some(name)) => Identity::Missing(folder, name.to_owned()),
            _ => Identity::Nowhere,
        }
    }

    fn is(&self, other: &Identity) -> bool {
        self == other && *self != Identity::Nowhere
    }
}

impl Role {
    fn new(name: &str, path: &Path) -> Self {
        Role { name: name.to_owned(), path: path.to_owned(), identity: Identity::of(path) }
    }
}

impl FileRoles {
    /// Registers an input. `role` is its name in messages: `the corpus`.
    pub fn input(&mut self, role: &str, path: impl AsRef<Path>) {
        let path = path.as_ref();
        self.inputs.push(Role::new(role, path));
    }

    /// Registers the files of a corpus, and standard input, as inputs.
    pub fn corpus(&mut self, role: &str, sources: &[Source]) {
        for source in sources {
            match source {
                Source::File(path) => self.input(role, path),
                Source::Member(member) => self.input(role, member.archive()),
                Source::Stdin => self.standard_input(role),
            }
        }
    }

    /// Registers a vector file and the files that are read with it: word list, shards, tokenizer.
    pub fn vectors(&mut self, role: &str, path: impl AsRef<Path>, options: &ReadOptions) {
        let path = path.as_ref();
        for file in files_of(path, options) {
            self.input(role, &file);
        }
    }

    #[cfg(unix)]
    fn standard_input(&mut self, role: &str) {
        use std::os::fd::AsFd;
        let own = std::io::stdin().as_fd().try_clone_to_owned();
        let found = own.and_then(|own| fs::File::from(own).metadata());
        if let Some(found) = found.ok().filter(Metadata::is_file)
            && let Some(id) = id_of(Path::new("-"), &found)
        {
            let path = Path::new("-").to_owned();
            self.inputs.push(Role { name: role.to_owned(), path, identity: Identity::There(id) });
        }
    }

    #[cfg(not(unix))]
    fn standard_input(&mut self, _: &str) {}

    /// Registers an output, which [`super::write_atomically`] will write; an existing file is replaced
    /// with `force`.
    ///
    /// # Errors
    /// [`Error::SameFile`] where it is an input or another output of this call, whatever `force`
    /// says; and as [`super::check_writable`].
    pub fn output(&mut self, role: &str, path: impl AsRef<Path>, force: bool) -> Result<()> {
        let path = path.as_ref();
        self.claim(role, path)?;
        atomic::check_writable(path, force)
    }

    /// Registers a file that is written beside the main output. An existing file is replaced only with
    /// `force`, and only where `ours` tells that an earlier call wrote it; `what` names its kind.
    ///
    /// # Errors
    /// As [`FileRoles::output`]; [`Error::Foreign`] where another file is there.
    pub fn side_output(
        &mut self,
        role: &str,
        path: &Path,
        force: bool,
        what: &'static str,
        ours: impl FnOnce(&Path) -> bool,
    ) -> Result<()> {
        self.claim(role, path)?;
        // For a folder or a device `check_writable` has the message.
        if path.is_file() && !ours(path) {
            return Err(Error::Foreign { role: role.to_owned(), path: path.to_owned(), what });
        }
        atomic::check_writable(path, force)
    }

    /// Registers an output that is no other file of this call.
    fn claim(&mut self, role: &str, path: &Path) -> Result<()> {
        let role = Role::new(role, path);
        for (others, is_input) in [(&self.inputs, true), (&self.outputs, false)] {
            if let Some(other) = others.iter().find(|other| other.identity.is(&role.identity)) {
                return Err(Error::SameFile {
                    role: role.name,
                    path: role.path,
                    other_role: other.name.clone(),
                    other: other.path.clone(),
                    is_input,
                });
            }
        }
        self.outputs.push(role);
        Ok(())
    }
}

/// Whether a file begins with these bytes; `false` for one that cannot be read.
pub fn begins_with(path: impl AsRef<Path>, start: &[u8]) -> bool {
    let path = path.as_ref();
    let mut first = Vec::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(start.len() as u64).read_to_end(&mut first));
    read.is_ok() && first == start
}

/// Whether both names lead to the same file, there or not.
pub fn is_same_file(a: impl AsRef<Path>, b: impl AsRef<Path>) -> bool {
    let a = a.as_ref();
    let b = b.as_ref();
    Identity::of(a).is(&Identity::of(b))
}

/// The files that [`super::open`] reads for `path`, as far as they are known before it is opened: the
/// file itself, or the model in a folder, then the files beside it.
pub(super) fn files_of(path: &Path, options: &ReadOptions) -> Vec<PathBuf> {
    // A path that cannot be read is an input all the same; opening it gives the error.
    let Ok(path) = file_of(path) else {
        return vec![path.to_owned()];
    };
    let mut files = vec![path.to_path_buf()];
    files.extend(options.words.clone());
    // A pipe can be read once only.
    let format = if path.is_file() { sniff(&path).ok() } else { None };
    files.extend(match format {
        Some(super::Format::Numpy) => vec![numpy::words_of(&path), numpy::scales_of(&path)],
        Some(super::Format::Projector) => vec![projector::metadata(&path)],
        Some(super::Format::Gensim) => gensim::files_beside(&path),
        Some(super::Format::Safetensors) => safetensors::files_beside(&path),
        _ => Vec::new(),
    });
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with the file `a`.
    fn folder() -> (tempfile::TempDir, impl Fn(&str) -> PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        fs::write(root.join("a"), "text").unwrap();
        (folder, move |name: &str| root.join(name))
    }

    #[test]
    fn an_output_is_never_an_input_nor_another_output() {
        let (_folder, at) = folder();
        let mut files = FileRoles::default();
        files.input("the corpus", at("a"));
        files.output("the model", at("new"), false).unwrap();
        for force in [false, true] {
            let error = files.output("the list", at("./a"), force).unwrap_err().to_string();
            assert!(error.starts_with("the list "), "{error}");
            assert!(error.contains("is the same file as the corpus"), "{error}");
            let error = files.output("the list", at("new"), force).unwrap_err().to_string();
            assert!(error.contains("is the same file as the model"), "{error}");
        }
        files.output("the list", at("other"), false).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_same_file() {
        let (_folder, at) = folder();
        std::os::unix::fs::symlink(at("a"), at("soft")).unwrap();
        fs::hard_link(at("a"), at("hard")).unwrap();
        // To a file that is not there yet, from another folder.
        fs::create_dir(at("sub")).unwrap();
        std::os::unix::fs::symlink("../new", at("sub/soft")).unwrap();
        for (input, output) in [
            ("a", "soft"),
            ("soft", "a"),
            ("a", "hard"),
            ("new", "sub/soft"),
            ("new", "sub/../new"),
        ] {
            let mut files = FileRoles::default();
            files.input("the corpus", at(input));
            let refused = files.output("the model", at(output), true);
            assert!(matches!(refused, Err(Error::SameFile { .. })), "{input} {output}");
        }
    }

    #[test]
    fn force_covers_side_files_that_are_ours() {
        let (_folder, at) = folder();
        let is_list = |path: &Path| fs::read_to_string(path).unwrap() == "a list";
        let side = |name: &str, force: bool| {
            let mut files = FileRoles::default();
            files.side_output("the list", &at(name), force, "a list of words", is_list)
        };
        side("new", false).unwrap();
        let error = side("a", true).unwrap_err().to_string();
        assert!(error.contains("is not a list of words"), "{error}");
        assert!(matches!(side("a", false), Err(Error::Foreign { .. })));
        fs::write(at("b"), "a list").unwrap();
        side("b", true).unwrap();
        assert!(matches!(side("b", false), Err(Error::Exists { .. })));
    }
}
