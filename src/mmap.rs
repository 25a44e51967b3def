//! Memory-mapped files: the only place in the crate that maps one.
//!
//! A map is a view of the file, not a copy: a file larger than memory can be read through it. The
//! price is a promise that the language cannot check, see the SAFETY comments.

use crate::error::{IoContext, Result};
use std::fs::File;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
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

/// A large table of zeros that goes back to the system the moment it is dropped.
///
/// The C library keeps what was freed for later: after reading 100 MB of text on two threads that was
/// 20 MB which nobody used again.
pub(crate) struct Zeroed<T> {
    map: MmapMut,
    of: PhantomData<T>,
}

impl<T: bytemuck::Pod> Zeroed<T> {
    /// `len` zeros, at least one.
    pub(crate) fn new(len: usize) -> Self {
        let bytes = len
            .checked_mul(size_of::<T>())
            .expect("a table that fits the address space");
        let map = MmapMut::map_anon(bytes).expect("the system has memory for a table of words");
        Zeroed {
            map,
            of: PhantomData,
        }
    }
}

impl<T: bytemuck::Pod> Deref for Zeroed<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        bytemuck::cast_slice(&self.map)
    }
}

impl<T: bytemuck::Pod> DerefMut for Zeroed<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.map)
    }
}
