//! Finished rows in a file, while others are still being counted: counting that was broken off goes on
//! behind them.
//!
//! In: pieces of rows, in the order in which they are counted. Out: the same pieces, when the same text
//! is counted in the same way again.
//!
//! The file is a header that says what is counted, and a record for each piece, with a checksum. It is
//! only ever appended to, so that a process that is killed leaves whole records and at most one that is
//! torn: that one is cut off, and counted again. Numbers are in the order of this machine, which is the
//! only one that reads them; a file that another machine, version or text left is begun anew.

use crate::error::{IoContext, Result};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

/// Where finished rows are kept, and how often what was written is brought to the disk: after a power
/// cut what came later is counted again. A killed process loses nothing that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The file. One that is of this text goes on; any other is begun anew.
    pub path: PathBuf,
    /// Time between two syncs.
    pub every: Duration,
}

impl Journal {
    /// Whether a file is a journal, of whatever text.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn is_one(path: &std::path::Path) -> Result<bool> {
        let mut first = Vec::new();
        let file = File::open(path).io("open", path)?;
        file.take(7).read_to_end(&mut first).io("read", path)?;
        Ok(first == *b"w2vjrnl" || first.is_empty())
    }
}

/// What is counted: two journals of which this is equal hold the same pieces.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Subject {
    /// "w2vjrnl" and a 1, as this machine orders it.
    magic: [u8; 7],
    one: [u8; 1],
    /// V.
    pub(super) words: u64,
    pub(super) vocab: u64,
    /// Of all ids, with the ends of sentences.
    pub(super) ids: u64,
    /// Of how pairs are counted.
    pub(super) counting: u64,
    pub(super) segments: u64,
    /// Bytes of a cell.
    pub(super) cell: u64,
}

impl Subject {
    pub(super) fn new(
        words: usize,
        vocab: u64,
        ids: u64,
        counting: &str,
        segments: u64,
        cell: usize,
    ) -> Self {
        Subject {
            magic: *b"w2vjrnl",
            one: [1u16.to_ne_bytes()[0]],
            words: words as u64,
            vocab,
            ids,
            counting: xxh3_64(counting.as_bytes()),
            segments,
            cell: cell as u64,
        }
    }
}

/// Before the lengths and cells of a piece.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Head {
    segment: u64,
    /// First word; [`END`] where the segment ends.
    first: u64,
    rows: u64,
    cells: u64,
    places: u64,
    /// xxh3-64 of the fields above, the lengths and the cells.
    sum: u64,
}

const END: u64 = u64::MAX;

/// The journal of a count, if there is one, and what it held at the beginning.
pub(super) struct Journaled {
    writer: Option<Writer>,
    /// The segment that was being counted.
    segment: u64,
    /// Its pieces that are there.
    pieces: usize,
    /// Whether these are all.
    whole: bool,
}

impl Journaled {
    /// `each` gets the pieces that are there, and the number of their segment.
    pub(super) fn open<T: bytemuck::Pod>(
        journal: Option<&Journal>,
        subject: impl FnOnce() -> Subject,
        mut each: impl FnMut(u64, Piece<T>) -> Result<()>,
    ) -> Result<Self> {
        let mut journaled = Journaled { writer: None, segment: 0, pieces: 0, whole: false };
        let Some(journal) = journal else {
            return Ok(journaled);
        };
        let writer = Writer::open(journal, &subject(), |segment, record| {
            if segment != journaled.segment {
                (journaled.segment, journaled.pieces) = (segment, 0);
            }
            journaled.whole = matches!(record, Record::End);
            let Record::Piece(piece) = record else {
                return Ok(());
            };
            journaled.pieces += 1;
            each(segment, piece)
        })?;
        journaled.writer = Some(writer);
        Ok(journaled)
    }

    /// Pieces of a segment that need not be counted.
    pub(super) fn done(&self, segment: u64) -> usize {
        match segment == self.segment {
            true => self.pieces,
            false => 0,
        }
    }

    /// Whether nothing of a segment needs to be counted.
    pub(super) fn is_whole(&self, segment: u64) -> bool {
        segment < self.segment || (segment == self.segment && self.whole)
    }

    /// Appends a piece.
    pub(super) fn piece<T: bytemuck::Pod>(&mut self, segment: u64, piece: &Piece<T>) -> Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.piece(segment, piece))
    }

    /// Says that a segment has no more.
    pub(super) fn end(&mut self, segment: u64) -> Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.end(segment))
    }
}

/// A journal that is written.
struct Writer {
    file: File,
    path: PathBuf,
    every: Duration,
    synced: Instant,
}

/// Finished rows of neighbouring words.
pub(super) struct Piece<T> {
    pub(super) first: u32,
    pub(super) lengths: Vec<u32>,
    pub(super) cells: Vec<T>,
    /// Places of these words.
    pub(super) places: u64,
}

/// What a journal holds.
enum Record<T> {
    Piece(Piece<T>),
    /// The segment has no more.
    End,
}

impl Writer {
    /// Opens a journal. `each` gets what it holds, record by record with the number of its segment.
    fn open<T: bytemuck::Pod>(
        journal: &Journal,
        subject: &Subject,
        mut each: impl FnMut(u64, Record<T>) -> Result<()>,
    ) -> Result<Self> {
        let path = &journal.path;
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.io("open", path)?;
        let length = file.metadata().io("read", path)?.len();
        let mut good = 0;
        let mut head = vec![0; size_of::<Subject>()];
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        if length >= head.len() as u64 {
            reader.read_exact(&mut head).io("read", path)?;
            if head == bytemuck::bytes_of(subject) {
                good = head.len() as u64;
                while let Some((bytes, segment, record)) =
                    read_record(&mut reader, length - good, subject).io("read", path)?
                {
                    good += bytes;
                    each(segment, record)?;
                }
            }
        }
        drop(reader);
        // What is torn, or of another text.
        file.set_len(good).io("write", path)?;
        file.seek(SeekFrom::Start(good)).io("write", path)?;
        if good == 0 {
            file.write_all(bytemuck::bytes_of(subject)).io("write", path)?;
        }
        Ok(Writer { file, path: path.clone(), every: journal.every, synced: Instant::now() })
    }

    /// Appends a piece.
    fn piece<T: bytemuck::Pod>(&mut self, segment: u64, piece: &Piece<T>) -> Result<()> {
        let head = Head {
            segment,
            first: piece.first.into(),
            rows: piece.lengths.len() as u64,
            cells: piece.cells.len() as u64,
            places: piece.places,
            sum: 0,
        };
        self.append(head, bytemuck::cast_slice(&piece.lengths), bytemuck::cast_slice(&piece.cells))
    }

    /// Says that a segment has no more.
    fn end(&mut self, segment: u64) -> Result<()> {
        let head = Head { segment, first: END, rows: 0, cells: 0, places: 0, sum: 0 };
        self.append(head, &[], &[])
    }

    fn append(&mut self, mut head: Head, lengths: &[u8], cells: &[u8]) -> Result<()> {
        head.sum = sum(&head, lengths, cells);
        for part in [bytemuck::bytes_of(&head), lengths, cells] {
            self.file.write_all(part).io("write", &self.path)?;
        }
        if self.synced.elapsed() >= self.every {
            self.file.sync_data().io("write", &self.path)?;
            self.synced = Instant::now();
        }
        Ok(())
    }
}

fn sum(head: &Head, lengths: &[u8], cells: &[u8]) -> u64 {
    let mut sum = Xxh3Default::new();
    let fields = bytemuck::bytes_of(head);
    sum.update(&fields[..fields.len() - 8]);
    sum.update(lengths);
    sum.update(cells);
    sum.digest()
}

/// The next record and its bytes; `None` where there is none that is whole.
fn read_record<T: bytemuck::Pod>(
    reader: &mut impl Read,
    left: u64,
    subject: &Subject,
) -> std::io::Result<Option<(u64, u64, Record<T>)>> {
    let mut head: Head = bytemuck::Zeroable::zeroed();
    match reader.read_exact(bytemuck::bytes_of_mut(&mut head)) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let fits = |count: u64, each: usize| count <= left / each as u64;
    let of_vocab = match head.first {
        END => (head.rows, head.cells) == (0, 0),
        first => subject.words.checked_sub(first).is_some_and(|behind| head.rows <= behind),
    };
    if !of_vocab
        || head.segment >= subject.segments
        || !fits(head.rows, 4)
        || !fits(head.cells, size_of::<T>())
    {
        return Ok(None);
    }
    let bytes = size_of::<Head>() as u64 + 4 * head.rows + size_of::<T>() as u64 * head.cells;
    if bytes > left {
        return Ok(None);
    }
    let mut lengths = vec![0u32; head.rows as usize];
    let mut cells = vec![T::zeroed(); head.cells as usize];
    reader.read_exact(bytemuck::cast_slice_mut(&mut lengths))?;
    reader.read_exact(bytemuck::cast_slice_mut(&mut cells))?;
    let is = sum(&head, bytemuck::cast_slice(&lengths), bytemuck::cast_slice(&cells));
    let adds_up = lengths.iter().map(|&n| u64::from(n)).sum::<u64>() == head.cells;
    if is != head.sum || !adds_up {
        return Ok(None);
    }
    let record = match head.first {
        END => Record::End,
        first => Record::Piece(Piece { first: first as u32, lengths, cells, places: head.places }),
    };
    Ok(Some((bytes, head.segment, record)))
}
