//! Pieces of a corpus from all over it, for whoever wants to know it without reading it.
//!
//! In: a [`Corpus`] and how many bytes to read. Out: blocks of whole lines where lines are short, of
//! whole tokens where they are long. A file that is not compressed is read at places that lie evenly
//! over all files together; of a compressed one, which has no middle that could be opened, the
//! beginning is read, as much as is its share.

use super::archive::Live;
use super::blocks::{Block, MARK, character_boundary};
use super::strangers::HEAD;
use super::text::nature;
use super::unpack::{Compression, unpack};
use super::{Corpus, Source, Tokenizer};
use crate::error::{Error, IoContext, Result};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// What a compressed text is long, in bytes of its file, as long as nobody has looked into one.
const USUAL_RATIO: f64 = 3.0;

/// A source as it lies on the disk.
struct Lies<'a> {
    source: &'a Source,
    bytes: u64,
    /// Whether it is compressed or in another encoding: its text has another length.
    compressed: bool,
    /// Whether it can be read from the middle.
    seekable: bool,
}

/// What can be known of a corpus from looking at its files.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    pub(crate) files: usize,
    /// Bytes on the disk.
    pub(crate) bytes: u64,
    /// Of these, bytes in compressed files.
    pub(crate) compressed: u64,
}

/// Some of a corpus, or all of it.
pub(crate) struct Pieces {
    pub(crate) blocks: Vec<Block>,
    pub(crate) extent: Extent,
    /// Whether it is all of it.
    pub(crate) whole: bool,
    /// Bytes of text for a byte of a compressed file, as far as these were read.
    pub(crate) ratio: Option<f64>,
}

impl Pieces {
    /// Bytes of text in all of the corpus.
    pub(crate) fn text_bytes(&self) -> f64 {
        if self.whole {
            return self.blocks.iter().map(|block| block.len() as f64).sum();
        }
        let plain = self.extent.bytes - self.extent.compressed;
        plain as f64 + self.extent.compressed as f64 * self.ratio.unwrap_or(USUAL_RATIO)
    }
}

impl Corpus {
    /// Looks at all files. Refuses those that can be read once only: a look would use them up.
    pub(crate) fn extent(&self) -> Result<Extent> {
        Ok(extent(&self.look()?))
    }

    fn look(&self) -> Result<Vec<Lies<'_>>> {
        let mut all = Vec::with_capacity(self.sources().len());
        for source in self.sources() {
            let path = source.path();
            let once = || {
                Error::query(format!(
                    "{} can be read once only, and planning would use it up; save it as a file",
                    path.display()
                ))
            };
            let file = match source {
                Source::File(file) => file,
                Source::Member(member) => {
                    let bytes = member.size();
                    all.push(Lies { source, bytes, compressed: false, seekable: false });
                    continue;
                }
                Source::Stdin => return Err(once()),
            };
            let bytes = match std::fs::metadata(file).io("read", file)? {
                about if about.is_file() => about.len(),
                _ => return Err(once()),
            };
            let mut head = Vec::new();
            let file = File::open(file).io("open", path)?;
            file.take(HEAD as u64).read_to_end(&mut head).io("read", path)?;
            let compressed = Compression::of(&head) != Compression::None
                || nature(&head, self.options.encoding).text(path)?.is_some();
            all.push(Lies { source, bytes, compressed, seekable: !compressed });
        }
        Ok(all)
    }

    /// About `bytes` of text in `pieces` pieces from all over the corpus, or all of it where it is not
    /// longer.
    pub(crate) fn pieces(&self, bytes: u64, pieces: usize, tokenizer: Tokenizer) -> Result<Pieces> {
        let lies = self.look()?;
        let extent = extent(&lies);
        if extent.bytes <= bytes
            && let Some(blocks) = self.all(bytes, tokenizer)?
        {
            // A small text is few blocks, and its parts shall be told apart all the same.
            let parts = pieces.div_ceil(blocks.len().max(1));
            let blocks = blocks.into_iter().flat_map(|block| block.split(parts));
            return Ok(Pieces { blocks: blocks.collect(), extent, whole: true, ratio: None });
        }
        let piece = (bytes / pieces as u64).max(1);
        let mut found = Pieces { blocks: Vec::new(), extent, whole: false, ratio: None };
        let (mut unpacked, mut packed) = (0, 0);
        let mut places = (0..pieces as u64)
            .map(|i| ((2 * i + 1) as u128 * u128::from(extent.bytes) / (2 * pieces as u128)) as u64)
            .peekable();
        let live = Live::default();
        let mut before = 0;
        for (number, lie) in lies.iter().enumerate() {
            let end = before + lie.bytes;
            let mut here = 0;
            while let Some(place) = places.next_if(|place| *place < end) {
                here += 1;
                if lie.seekable {
                    // A piece lies around its place, as far as the file goes.
                    let length = piece.min(lie.bytes);
                    let from = (place - before).saturating_sub(length / 2);
                    let from = from.min(lie.bytes - length);
                    let whole = self.cut_anywhere(tokenizer);
                    found.blocks.push(read_piece(lie, number, from, length, whole)?);
                }
            }
            if !lie.seekable && here > 0 {
                let (blocks, read) = self.beginning(lie, here * piece, tokenizer, &live)?;
                if lie.compressed {
                    unpacked += blocks.iter().map(|block| block.len() as u64).sum::<u64>();
                    packed += read;
                }
                found.blocks.extend(blocks);
            }
            before = end;
        }
        found.ratio = (packed > 0).then(|| unpacked as f64 / packed as f64);
        Ok(found)
    }

    /// All blocks, unless the text is longer than `bytes`.
    fn all(&self, bytes: u64, tokenizer: Tokenizer) -> Result<Option<Vec<Block>>> {
        let (mut blocks, mut sum) = (Vec::new(), 0);
        let mut reader = self.blocks(tokenizer);
        while let Some(block) = reader.next_block()? {
            sum += block.len() as u64;
            if sum > bytes {
                return Ok(None);
            }
            blocks.push(block);
        }
        Ok(Some(blocks))
    }

    /// The first `bytes` of a compressed text, in blocks, and how much of the file that is.
    fn beginning(
        &self,
        lie: &Lies<'_>,
        bytes: u64,
        tokenizer: Tokenizer,
        live: &Live,
    ) -> Result<(Vec<Block>, u64)> {
        let path = lie.source.path();
        let alone = Corpus {
            sources: vec![lie.source.clone()],
            dangling_links: Vec::new(),
            options: self.options,
        };
        let mut reader = alone.blocks(tokenizer).going_on(live.clone());
        // Where the file stands tells how much of it was read.
        let mut position = None;
        if let Source::File(path) = lie.source {
            let file = File::open(path).io("open", path)?;
            position = Some(file.try_clone().io("open", path)?);
            reader = reader.starting_with(unpack(Box::new(file), path)?)?;
        }
        let (mut blocks, mut sum, mut ended) = (Vec::new(), 0, false);
        while sum < bytes {
            let Some(block) = reader.next_block()? else {
                ended = true;
                break;
            };
            sum += block.len() as u64;
            blocks.push(block);
        }
        // The decoder has read ahead a little: 64 KiB at most.
        let read = match position {
            Some(mut file) if !ended => file.stream_position().io("read", path)?.max(1),
            _ => lie.bytes,
        };
        Ok((blocks, read))
    }

    fn cut_anywhere(&self, tokenizer: Tokenizer) -> bool {
        tokenizer.segmentation != super::Segmentation::Whitespace
    }
}

fn extent(lies: &[Lies<'_>]) -> Extent {
    let bytes = |compressed: bool| -> u64 {
        let these = lies.iter().filter(|lie| lie.compressed == compressed);
        these.map(|lie| lie.bytes).sum()
    };
    let (plain, compressed) = (bytes(false), bytes(true));
    Extent { files: lies.len(), bytes: plain + compressed, compressed }
}

/// Reads `length` bytes of a file that is not compressed, less what is cut off at both ends.
fn read_piece(
    lie: &Lies<'_>,
    number: usize,
    from: u64,
    length: u64,
    cut_anywhere: bool,
) -> Result<Block> {
    let path = lie.source.path();
    let mut file = File::open(path).io("open", path)?;
    file.seek(SeekFrom::Start(from)).io("read", path)?;
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes).io("read", path)?;
    let start = match from {
        0 if bytes.starts_with(MARK) => MARK.len(),
        0 => 0,
        _ => first_cut(&bytes, cut_anywhere),
    };
    let end = match from + length >= lie.bytes {
        true => bytes.len(),
        false => last_cut(&bytes, cut_anywhere),
    };
    bytes.truncate(end.max(start));
    bytes.drain(..start);
    Ok(Block::piece(bytes, number, from + start as u64))
}

/// Where the first whole line begins, or the first whole token where lines are long.
fn first_cut(bytes: &[u8], cut_anywhere: bool) -> usize {
    let early = &bytes[..bytes.len() / 4];
    let line = memchr::memchr2(b'\n', b'\r', early).map(|at| at + 1);
    let space = || memchr::memchr2(b' ', b'\t', early).map(|at| at + 1);
    let character = || early.iter().position(|b| b & 0xc0 != 0x80).unwrap_or(0);
    line.or_else(space).unwrap_or_else(|| if cut_anywhere { character() } else { 0 })
}

/// Where the last whole line ends, or the last whole token.
fn last_cut(bytes: &[u8], cut_anywhere: bool) -> usize {
    let from = bytes.len() - bytes.len() / 4;
    let late = &bytes[from..];
    let line = memchr::memrchr2(b'\n', b'\r', late).map(|at| from + at + 1);
    let space = || memchr::memrchr2(b' ', b'\t', late).map(|at| from + at + 1);
    let character = || character_boundary(bytes);
    line.or_else(space).unwrap_or_else(|| if cut_anywhere { character() } else { bytes.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn text(pieces: &Pieces) -> String {
        let blocks = pieces.blocks.iter();
        blocks.map(|b| std::str::from_utf8(b.bytes()).unwrap().to_owned() + "|").collect()
    }

    fn numbered(lines: std::ops::Range<u32>) -> String {
        lines.map(|i| format!("w{i:06}\n")).collect()
    }

    #[test]
    fn pieces_are_whole_lines_from_all_over() {
        let folder = tempfile::tempdir().unwrap();
        for (name, lines) in [("a", 0..1000), ("b", 1000..1010), ("c", 1010..3000)] {
            std::fs::write(folder.path().join(name), numbered(lines)).unwrap();
        }
        let corpus = Corpus::open(&[folder.path()], Default::default()).unwrap();
        let tokenizer = Tokenizer::default();
        let pieces = corpus.pieces(2400, 10, tokenizer).unwrap();
        assert!(!pieces.whole);
        assert_eq!((pieces.extent.files, pieces.extent.bytes), (3, 24_000));
        assert_eq!((pieces.text_bytes(), pieces.blocks.len()), (24_000.0, 10));
        let text = text(&pieces);
        for line in text.replace('|', "\n").lines().filter(|line| !line.is_empty()) {
            assert!(line.len() == 7 && line.starts_with('w'), "{line:?}");
        }
        // The third piece is around line 750, the ninth around 2550.
        assert!(text.contains("w000750") && text.contains("w002550"), "{text}");
        let pieces = corpus.pieces(24_000, 10, tokenizer).unwrap();
        assert!(pieces.whole);
        assert_eq!(pieces.text_bytes(), 24_000.0);
    }

    #[test]
    fn long_lines_are_cut_at_spaces_or_characters() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "word ".repeat(10_000)).unwrap();
        let corpus = Corpus::open(&[file.path()], Default::default()).unwrap();
        let pieces = corpus.pieces(5000, 10, Tokenizer::default()).unwrap();
        for word in text(&pieces).replace('|', " ").split_whitespace() {
            assert_eq!(word, "word");
        }
        std::fs::write(file.path(), "愛".repeat(10_000)).unwrap();
        let tokenizer =
            Tokenizer { segmentation: super::super::Segmentation::Char, ..Default::default() };
        let pieces = corpus.pieces(1000, 10, tokenizer).unwrap();
        assert!(text(&pieces).chars().all(|c| matches!(c, '愛' | '|')));
    }

    #[cfg(feature = "compress")]
    #[test]
    fn compressed_text_gives_its_beginning_and_the_ratio() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text = numbered(0..500_000);
        let mut gz = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap();
        let corpus = Corpus::open(&[file.path()], Default::default()).unwrap();
        let pieces = corpus.pieces(1 << 20, 16, Tokenizer::default()).unwrap();
        assert!(!pieces.whole && pieces.blocks[0].bytes().starts_with(b"w000000\nw000001\n"));
        let guess = pieces.text_bytes() / text.len() as f64;
        assert!((guess - 1.0).abs() < 0.15, "{guess}");
    }

    #[test]
    fn what_can_be_read_once_is_left_alone() {
        let corpus = Corpus::open(&["-"], Default::default()).unwrap();
        let message = corpus.extent().unwrap_err().to_string();
        assert!(message.starts_with("standard input can be read once only"), "{message}");
    }
}
