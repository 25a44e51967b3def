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

/// From this size on a table asks for huge pages, in bytes: two of x86-64.
#[cfg(target_os = "linux")]
const HUGE: usize = 4 << 20;

/// A large table of zeros that goes back to the system the moment it is dropped.
///
/// The C library keeps what was freed for later: after reading 100 MB of text on two threads that was
/// 20 MB which nobody used again.
///
/// Tables of some MB ask the system for huge pages, where it has them to give: rows of a matrix are
/// touched in no order, and looking up pages of 4 kB took a sixth of the training time on a virtual
/// machine (one thread, 2 × 30 MB of rows).
pub(crate) struct Zeroed<T> {
    len: usize,
    map: MmapMut,
    of: PhantomData<T>,
}

impl<T: bytemuck::Pod> Zeroed<T> {
    /// `len` zeros.
    pub(crate) fn new(len: usize) -> Self {
        let bytes = len
            .checked_mul(size_of::<T>())
            .expect("a table that fits the address space");
        // A map is never empty.
        let map = MmapMut::map_anon(bytes.max(size_of::<T>()))
            .expect("the system has memory for a table");
        // A hint: a system that has no huge pages to give does without.
        #[cfg(target_os = "linux")]
        if bytes >= HUGE {
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Zeroed {
            len,
            map,
            of: PhantomData,
        }
    }
}

impl<T: bytemuck::Pod> Deref for Zeroed<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.map)[..self.len]
    }
}

impl<T: bytemuck::Pod> DerefMut for Zeroed<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.map)[..self.len]
    }
}
