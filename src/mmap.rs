//! Memory-mapped files: the only place in the crate that maps one.
//!
//! A map is a view of the file, not a copy: a file larger than memory can be read through it. The
//! price is a promise that the language cannot check, see the SAFETY comments.

use crate::error::{IoContext, Result};
use std::fs::File;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};
use std::path::Path;
use std::sync::Arc;

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

/// Part of a mapped file or of memory, to be shared and not copied.
#[derive(Clone)]
pub(crate) struct Bytes {
    whole: Whole,
    range: Range<usize>,
}

#[derive(Clone)]
enum Whole {
    Mapped(Arc<Mmap>),
    Owned(Arc<Vec<u8>>),
}

impl Deref for Whole {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Whole::Mapped(map) => map,
            Whole::Owned(bytes) => bytes,
        }
    }
}

impl From<Mmap> for Bytes {
    fn from(map: Mmap) -> Self {
        let range = 0..map.len();
        let whole = Whole::Mapped(Arc::new(map));
        Bytes { whole, range }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        let whole = Whole::Owned(Arc::new(bytes));
        Bytes { whole, range }
    }
}

impl Bytes {
    /// The bytes `range` of these.
    ///
    /// # Panics
    /// Where the range is not inside.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.range.len());
        Bytes {
            whole: self.whole.clone(),
            range: self.range.start + range.start..self.range.start + range.end,
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.whole[self.range.clone()]
    }
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
