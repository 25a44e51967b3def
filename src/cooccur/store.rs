//! Where the finished cells lie: in memory while they fit, else in a file.

use super::{Cell, Cooccurrences};
use crate::error::{IoContext, Result};
use crate::vocab::WordId;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Cells of one piece of memory, 512 KiB: a table that grows is never copied, and never takes twice
/// its size.
const PIECE: usize = 1 << 16;

/// All cells, one row after the other.
pub(super) enum Store {
    /// Each piece is [`PIECE`] cells long, but for the last one.
    Memory(Vec<Vec<Cell>>),
    /// In little-endian order, from a byte of the file on.
    File(Mutex<File>, PathBuf, u64),
}

impl Store {
    pub(super) fn is_on_disk(&self) -> bool {
        matches!(self, Store::File(..))
    }

    pub(super) fn read(&self, range: Range<u64>, into: &mut Vec<Cell>) -> Result<()> {
        into.clear();
        match self {
            Store::Memory(pieces) => {
                let (mut at, end) = (range.start as usize, range.end as usize);
                while at < end {
                    let (piece, from) = (at / PIECE, at % PIECE);
                    let length = (end - at).min(PIECE - from);
                    into.extend_from_slice(&pieces[piece][from..from + length]);
                    at += length;
                }
                Ok(())
            }
            Store::File(file, path, offset) => {
                into.resize((range.end - range.start) as usize, Cell { column: 0, x: 0.0 });
                let start = offset + range.start * size_of::<Cell>() as u64;
                // A panic elsewhere leaves a position behind, and it is set anew here.
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(start)).io("read", path)?;
                file.read_exact(bytemuck::cast_slice_mut(into)).io("read", path)?;
                to_native(into);
                Ok(())
            }
        }
    }

    /// Cells `range`, where they lie in memory one after the other.
    fn borrow(&self, range: Range<u64>) -> Option<&[Cell]> {
        let Store::Memory(pieces) = self else {
            return None;
        };
        let (piece, from) = (range.start as usize / PIECE, range.start as usize % PIECE);
        let length = (range.end - range.start) as usize;
        match length {
            0 => Some(&[]),
            _ => pieces[piece].get(from..from + length),
        }
    }
}

/// Turns cells that were read from a file into what this machine has in memory.
pub(crate) fn to_native(cells: &mut [Cell]) {
    if cfg!(target_endian = "big") {
        for cell in cells {
            cell.column = cell.column.swap_bytes();
            cell.x = f32::from_bits(cell.x.to_bits().swap_bytes());
        }
    }
}

/// Writes cells as they lie in a file.
pub(crate) fn write_cells(cells: &[Cell], out: &mut impl Write) -> std::io::Result<()> {
    if cfg!(target_endian = "little") {
        return out.write_all(bytemuck::cast_slice(cells));
    }
    cells.iter().try_for_each(|cell| {
        out.write_all(&cell.column.to_le_bytes())?;
        out.write_all(&cell.x.to_le_bytes())
    })
}

/// Cells that are appended row by row.
pub(crate) struct StoreBuilder {
    starts: Vec<u64>,
    pieces: Vec<Vec<Cell>>,
    /// Bytes that `pieces` may hold, and the folder of the file that then takes all.
    spill: Option<(u64, PathBuf)>,
    file: Option<(BufWriter<File>, PathBuf)>,
}

impl StoreBuilder {
    /// For V rows. Keeps up to so many bytes in memory, then all in a temporary file in a folder;
    /// without these all in memory.
    pub(crate) fn new(words: usize, spill: Option<(u64, &Path)>) -> Self {
        let mut starts = Vec::with_capacity(words + 1);
        starts.push(0);
        let spill = spill.map(|(limit, folder)| (limit, folder.to_owned()));
        StoreBuilder { starts, pieces: Vec::new(), spill, file: None }
    }

    /// Appends rows of `lengths` cells.
    pub(crate) fn append(&mut self, lengths: &[u32], cells: &[Cell]) -> Result<()> {
        let mut end = self.starts[self.starts.len() - 1];
        for &length in lengths {
            end += u64::from(length);
            self.starts.push(end);
        }
        let bytes = end * size_of::<Cell>() as u64;
        if let Some((_, folder)) = self.spill.take_if(|(limit, _)| bytes > *limit) {
            let file = tempfile::tempfile_in(&folder).io("create a temporary file in", &folder)?;
            let file = BufWriter::with_capacity(1 << 20, file);
            let (file, folder) = self.file.insert((file, folder));
            for piece in self.pieces.drain(..) {
                write_cells(&piece, file).io("write a temporary file in", folder)?;
            }
        }
        if let Some((file, folder)) = &mut self.file {
            return write_cells(cells, file).io("write a temporary file in", folder);
        }
        let mut rest = cells;
        while !rest.is_empty() {
            let room = self.pieces.last().map_or(0, |piece| PIECE - piece.len());
            if room == 0 {
                self.pieces.push(Vec::with_capacity(PIECE));
                continue;
            }
            let (now, later) = rest.split_at(rest.len().min(room));
            self.pieces.last_mut().expect("there is room").extend_from_slice(now);
            rest = later;
        }
        Ok(())
    }

    /// Says where rows start, after cells were appended without lengths.
    pub(crate) fn set_starts(&mut self, starts: Vec<u64>) {
        self.starts = starts;
    }

    /// Bytes in the temporary file.
    pub(super) fn disk(&self) -> u64 {
        let end = self.starts[self.starts.len() - 1];
        self.file.as_ref().map_or(0, |_| end * size_of::<Cell>() as u64)
    }

    /// Where each row starts, and the cells.
    pub(super) fn finish(self) -> Result<(Vec<u64>, Store)> {
        let store = match self.file {
            None => Store::Memory(self.pieces),
            Some((file, folder)) => {
                let file = file.into_inner().map_err(|error| error.into_error());
                let file = file.io("write a temporary file in", &folder)?;
                Store::File(Mutex::new(file), folder, 0)
            }
        };
        Ok((self.starts, store))
    }
}

/// Hands out rows in order, one at a time. See [`Cooccurrences::rows`].
pub struct RowReader<'a> {
    table: &'a Cooccurrences,
    next: u32,
    buffer: Vec<Cell>,
}

impl fmt::Debug for RowReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowReader(next row {} of {:?})", self.next, self.table)
    }
}

impl<'a> RowReader<'a> {
    pub(super) fn new(table: &'a Cooccurrences) -> Self {
        RowReader { table, next: 0, buffer: Vec::new() }
    }

    /// The next row: its word, and its cells by ascending column. `None` behind the last one.
    ///
    /// # Errors
    /// [`crate::Error::Io`] where the cells lie in a file that cannot be read.
    pub fn next_row(&mut self) -> Result<Option<(WordId, &[Cell])>> {
        if self.next as usize >= self.table.words() {
            return Ok(None);
        }
        let word = WordId(self.next);
        self.next += 1;
        let range = self.table.row_range(word);
        if let Some(cells) = self.table.store.borrow(range.clone()) {
            return Ok(Some((word, cells)));
        }
        self.table.read(range, &mut self.buffer)?;
        Ok(Some((word, &self.buffer)))
    }
}
