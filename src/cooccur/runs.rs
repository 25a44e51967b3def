//! Counts of several segments on disk, merged into one table.
//!
//! A run is what one segment gave: for each word that has neighbours there `word: u32, n: u32` and n
//! cells by ascending column, words ascending. All runs lie one after the other in one temporary file
//! without a name, so that a merge needs no more than one open file (GloVe's `cooccur` opens one for
//! each run and fails at the system's limit of 1024). At most [`FAN_IN`] runs are merged at a time;
//! where there are more, groups of them become longer runs in another file first.

use super::row::Row;
use crate::error::{IoContext, Result};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Runs that are read side by side, each through a buffer.
const FAN_IN: usize = 64;

/// One cell of a run: column and units. 12 bytes, native order: no other machine reads it.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct RunCell([u32; 3]);

impl RunCell {
    #[inline]
    pub(super) fn new(column: u32, units: u64) -> Self {
        RunCell([column, units as u32, (units >> 32) as u32])
    }

    #[inline]
    fn parts(self) -> (u32, u64) {
        let [column, low, high] = self.0;
        (column, u64::from(low) | u64::from(high) << 32)
    }
}

/// Runs in a temporary file.
pub(super) struct Runs {
    file: BufWriter<File>,
    /// Bytes written.
    end: u64,
    /// Where each run begins.
    starts: Vec<u64>,
    folder: PathBuf,
    /// Bytes that all read buffers of a merge may take.
    buffers: u64,
}

impl Runs {
    pub(super) fn new(folder: &Path, buffers: u64) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).io("create a temporary file in", folder)?;
        Ok(Runs {
            file: BufWriter::with_capacity(1 << 20, file),
            end: 0,
            starts: Vec::new(),
            folder: folder.to_owned(),
            buffers,
        })
    }

    /// Begins a run.
    pub(super) fn begin(&mut self) {
        self.starts.push(self.end);
    }

    /// Bytes of all runs.
    pub(super) fn bytes(&self) -> u64 {
        self.end
    }

    /// Appends rows of neighbouring words, the first of which is `first`, to the last run.
    pub(super) fn append(&mut self, first: u32, lengths: &[u32], cells: &[RunCell]) -> Result<()> {
        let mut rest = cells;
        for (word, &length) in (first..).zip(lengths) {
            let (row, later) = rest.split_at(length as usize);
            rest = later;
            if length > 0 {
                let written = (self.file.write_all(bytemuck::cast_slice(&[word, length])))
                    .and_then(|()| self.file.write_all(bytemuck::cast_slice(row)));
                written.io("write a temporary file in", &self.folder)?;
                self.end += 8 + size_of_val(row) as u64;
            }
        }
        Ok(())
    }

    /// Adds up all runs; `each` gets the number of cells, the columns and the units of each of V rows.
    pub(super) fn merge(
        self,
        words: usize,
        mut each: impl FnMut(u32, &[u32], &[u64]) -> Result<()>,
    ) -> Result<()> {
        let mut runs = self;
        let mut row = Row::new(words);
        while runs.starts.len() > FAN_IN {
            let mut longer = Runs::new(&runs.folder, runs.buffers)?;
            let (file, ranges) = runs.finish()?;
            for group in ranges.chunks(FAN_IN) {
                longer.begin();
                let mut cells = Vec::new();
                merge_group(
                    &file,
                    group,
                    &longer.folder.clone(),
                    longer.buffers,
                    words,
                    &mut row,
                    |word, row| {
                        cells.clear();
                        row.drain(|column, units| cells.push(RunCell::new(column, units)));
                        longer.append(word, &[cells.len() as u32], &cells)
                    },
                )?;
            }
            runs = longer;
        }
        let (folder, buffers) = (runs.folder.clone(), runs.buffers);
        let (file, ranges) = runs.finish()?;
        let (mut columns, mut sums) = (Vec::new(), Vec::new());
        merge_group(&file, &ranges, &folder, buffers, words, &mut row, |_, row| {
            columns.clear();
            sums.clear();
            row.drain(|column, units| {
                columns.push(column);
                sums.push(units);
            });
            each(columns.len() as u32, &columns, &sums)
        })
    }

    /// The file and where each run lies in it.
    fn finish(self) -> Result<(File, Vec<Range<u64>>)> {
        let file = self.file.into_inner().map_err(|error| error.into_error());
        let file = file.io("write a temporary file in", &self.folder)?;
        let ends = self.starts.iter().skip(1).copied().chain([self.end]);
        let ranges = self.starts.iter().copied().zip(ends);
        Ok((file, ranges.map(|(start, end)| start..end).collect()))
    }
}

/// Adds up some runs word by word; `each` gets every word's row in turn and must empty it.
fn merge_group(
    file: &File,
    ranges: &[Range<u64>],
    folder: &Path,
    buffers: u64,
    words: usize,
    row: &mut Row<u64>,
    mut each: impl FnMut(u32, &mut Row<u64>) -> Result<()>,
) -> Result<()> {
    let buffer = (buffers / ranges.len().max(1) as u64).clamp(1 << 12, 1 << 20) as usize & !3;
    let reader = |range: &Range<u64>| RunReader {
        file,
        folder,
        rest: range.clone(),
        buffer: Vec::new(),
        at: 0,
        size: buffer,
    };
    let mut readers: Vec<RunReader<'_>> = ranges.iter().map(reader).collect();
    let mut heads = Vec::with_capacity(readers.len());
    for reader in &mut readers {
        heads.push(reader.head()?);
    }
    for word in 0..words as u32 {
        for (reader, head) in readers.iter_mut().zip(&mut heads) {
            let Some((_, length)) = head.filter(|(of, _)| *of == word) else {
                continue;
            };
            for _ in 0..length {
                let [column, low, high] = reader.take()?;
                let (column, units) = RunCell([column, low, high]).parts();
                row.add(column, units);
            }
            *head = reader.head()?;
        }
        each(word, row)?;
    }
    Ok(())
}

/// Reads a run from its part of the file.
struct RunReader<'a> {
    file: &'a File,
    folder: &'a Path,
    /// What was not read yet.
    rest: Range<u64>,
    buffer: Vec<u32>,
    at: usize,
    size: usize,
}

impl RunReader<'_> {
    /// The next word and the number of its cells.
    fn head(&mut self) -> Result<Option<(u32, u32)>> {
        if self.rest.is_empty() && self.at == self.buffer.len() {
            return Ok(None);
        }
        let [word, length] = self.take()?;
        Ok(Some((word, length)))
    }

    fn take<const N: usize>(&mut self) -> Result<[u32; N]> {
        if self.buffer.len() - self.at < N {
            self.fill()?;
        }
        let numbers = self.buffer[self.at..].first_chunk::<N>();
        self.at += N;
        Ok(*numbers.expect("a run ends with a whole row"))
    }

    #[cold]
    fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let have = self.buffer.len();
        let bytes = (self.rest.end - self.rest.start).min(self.size as u64);
        self.buffer.resize(have + bytes as usize / 4, 0);
        let mut file = self.file;
        let read = file
            .seek(SeekFrom::Start(self.rest.start))
            .and_then(|_| file.read_exact(bytemuck::cast_slice_mut(&mut self.buffer[have..])));
        read.io("read a temporary file in", self.folder)?;
        self.rest.start += bytes;
        Ok(())
    }
}
