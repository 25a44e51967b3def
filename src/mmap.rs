//! Memory-mapped files: the only place in the crate that maps one.
//!
//! A map is a view of the file, not a copy: a file larger than memory can be read through it. The
//! price is a promise that the language cannot check, see the SAFETY comments.

use crate::error::{IoContext, Result};
use std::fs::File;
use std::path::Path;

pub(crate) use memmap2::{Mmap, MmapMut};

/// Maps the whole of `file` for reading; `path` is for the error message.
pub(crate) fn map(file: &File, path: &Path) -> Result<Mmap> {
    // SAFETY: memmap2 asks that nobody changes the file while it is mapped. We replace model files
    // by renaming and never write into one in place, so the inode under a map stays as it is; that
    // no other program truncates it meanwhile is the user's part, as with every memory-mapped format.
    unsafe { Mmap::map(file) }.io("map", path)
}

/// Maps the whole of `file` for reading and writing; for anonymous temporary files of our own.
pub(crate) fn map_mut(file: &File, path: &Path) -> Result<MmapMut> {
    // SAFETY: as above; the file has no name, so that no other program can open it.
    unsafe { MmapMut::map_mut(file) }.io("map", path)
}
