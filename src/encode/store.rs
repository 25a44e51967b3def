//! Where ids lie: in memory while they fit, else in a temporary file.

use crate::error::{IoContext, Result};
use crate::mmap::{Mmap, MmapMut, map, map_mut};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Ids that grow block by block.
pub(super) struct IdStore {
    memory: Vec<u32>,
    /// Bytes that `memory` may hold, and the folder of the file that then takes all.
    spill: Option<(u64, PathBuf)>,
    file: Option<(File, PathBuf)>,
    /// Ids in `file`.
    filed: usize,
}

/// Ids that can be rewritten.
pub(super) enum IdsMut {
    Memory(Vec<u32>),
    Disk { map: MmapMut, file: File, folder: PathBuf },
}

/// Ids that are read only.
pub(super) enum Ids {
    Memory(Vec<u32>),
    Disk(Mmap),
}

impl IdStore {
    /// Keeps up to so many bytes in memory, then all in a temporary file in a folder; without these
    /// all in memory.
    pub(super) fn new(spill: Option<(u64, &Path)>) -> Self {
        let spill = spill.map(|(limit, folder)| (limit, folder.to_owned()));
        IdStore { memory: Vec::new(), spill, file: None, filed: 0 }
    }

    /// Appends the ids of one block.
    pub(super) fn extend(&mut self, ids: &[u32]) -> Result<()> {
        let bytes = 4 * (self.memory.len() + ids.len()) as u64;
        if let Some((_, folder)) = self.spill.take_if(|(limit, _)| bytes > *limit) {
            let file = tempfile::tempfile_in(&folder).io("create a temporary file in", &folder)?;
            self.file = Some((file, folder));
            let memory = std::mem::take(&mut self.memory);
            self.append(&memory)?;
        }
        self.append(ids)
    }

    /// Writes to the end of the file, where there is one, in pieces that are as large as blocks.
    fn append(&mut self, ids: &[u32]) -> Result<()> {
        match &mut self.file {
            None => self.memory.extend_from_slice(ids),
            Some((file, folder)) => {
                let written = file.write_all(bytemuck::cast_slice(ids));
                written.io("write a temporary file in", folder)?;
                self.filed += ids.len();
            }
        }
        Ok(())
    }

    /// Number of ids.
    pub(super) fn len(&self) -> usize {
        self.memory.len() + self.filed
    }

    /// All ids, for rewriting.
    pub(super) fn into_mut(self) -> Result<IdsMut> {
        match self.file {
            Some((file, folder)) if self.filed > 0 => {
                let map = map_mut(&file, &folder)?;
                Ok(IdsMut::Disk { map, file, folder })
            }
            _ => Ok(IdsMut::Memory(self.memory)),
        }
    }
}

impl IdsMut {
    pub(super) fn as_mut_slice(&mut self) -> &mut [u32] {
        match self {
            IdsMut::Memory(ids) => ids,
            IdsMut::Disk { map, .. } => bytemuck::cast_slice_mut(map),
        }
    }

    /// Keeps the first `len` ids.
    pub(super) fn finish(self, len: usize) -> Result<Ids> {
        match self {
            IdsMut::Memory(mut ids) => {
                ids.truncate(len);
                ids.shrink_to_fit();
                Ok(Ids::Memory(ids))
            }
            IdsMut::Disk { map: writable, file, folder } => {
                drop(writable);
                if len == 0 {
                    return Ok(Ids::Memory(Vec::new()));
                }
                file.set_len(4 * len as u64).io("shorten a temporary file in", &folder)?;
                Ok(Ids::Disk(map(&file, &folder)?))
            }
        }
    }
}

impl Ids {
    #[inline]
    pub(super) fn as_slice(&self) -> &[u32] {
        match self {
            Ids::Memory(ids) => ids,
            Ids::Disk(map) => bytemuck::cast_slice(map),
        }
    }

    pub(super) fn is_on_disk(&self) -> bool {
        matches!(self, Ids::Disk(_))
    }
}
