//! The bytes of a file that is about to be read: mapped where it is a regular file, else copied.
//!
//! A map spares the copy, which for text of several GB is as large as the vectors themselves. A pipe
//! (`/dev/stdin`, a shell's `<(zcat …)`) cannot be mapped and is read to its end.

use crate::error::{IoContext, Result};
use crate::mmap::{self, Bytes, Mmap};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::Path;

/// All bytes of one file.
pub(super) enum Contents {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Contents {
    /// Opens `path`.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).io("open", path)?;
        let found = file.metadata().io("read", path)?;
        if found.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into()).io("read", path);
        }
        if found.is_file() {
            return Ok(Contents::Mapped(mmap::map(&file, path)?));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).io("read", path)?;
        Ok(Contents::Owned(bytes))
    }

    /// The bytes, to be shared.
    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Contents::Mapped(map) => map.into(),
            Contents::Owned(bytes) => bytes.into(),
        }
    }
}

impl Deref for Contents {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Contents::Mapped(map) => map,
            Contents::Owned(bytes) => bytes,
        }
    }
}
