//! Memory-mapped files: the only place in the crate that maps one.
//!
//! A map is a view of the file, not a copy: a file larger than memory can be read through it. The
//! price is a promise that the language cannot check, see the SAFETY comments.

use crate::error::{IoContext, Result};
use std::alloc::Layout;
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

/// Gives the memory of a part of a mapped file back to the system; whoever looks there again gets it
/// from the file again. For files that are gone through once: else a program that reads 3 GB seems to
/// take 3 GB.
pub(crate) fn forget(map: &Mmap, range: Range<usize>) {
    #[cfg(unix)]
    {
        // Whole pages only: the system would round to more than was meant.
        const PAGE: usize = 1 << 16;
        let start = range.start.next_multiple_of(PAGE);
        if start + PAGE <= range.end {
            let length = (range.end - start) / PAGE * PAGE;
            // SAFETY: the map is read-only and of a file, so that pages dropped are read from the file
            // again when they are next looked at, with the same bytes: see `map` above for who keeps
            // the file as it is. That it may fail does no harm.
            let _ = unsafe {
                map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, length)
            };
        }
    }
    #[cfg(not(unix))]
    let _ = (map, range);
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

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.whole[self.range.clone()]
    }
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
        let bytes = len.checked_mul(size_of::<T>()).expect("a table that fits the address space");
        // A map is never empty.
        let map = MmapMut::map_anon(bytes.max(size_of::<T>())).unwrap_or_else(|_| {
            // As any other allocation that the system refuses.
            let layout = Layout::array::<T>(len).expect("bytes that were counted");
            std::alloc::handle_alloc_error(layout)
        });
        // A hint: a system that has no huge pages to give does without.
        #[cfg(target_os = "linux")]
        if bytes >= HUGE {
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Zeroed { len, map, of: PhantomData }
    }
}

/// Gives memory that was freed back to the system, where the C library would keep it for later. For
/// the end of a stage that needed much that the next one does not.
pub(crate) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
    {
        // SAFETY: this is glibc's declaration; the call touches only memory that nobody owns.
        unsafe extern "C" {
            safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
        }
        malloc_trim(0);
    }
}

/// Asks for the cache line of one element of a table that will be needed soon: a hint, without effect
/// on values, for which the element need not even be there.
#[inline(always)]
pub(crate) fn prefetch<T>(table: &[T], at: usize) {
    let element = table.as_ptr().wrapping_add(at);
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: SSE is part of x86-64; a prefetch neither faults nor changes memory, wherever it points.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(element.cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = element;
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
