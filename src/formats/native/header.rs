//! The fixed header of a model file: where everything lies and what its checksum is.
//!
//! In: the first 128 bytes and the length of the file. Out: [`Header`] and, from it, [`Layout`]:
//! ranges that are known to lie inside the file. The table of bytes is on the page of
//! [`super`].
//!
//! The offsets follow from V, D and the length of the state block, so that [`Header`] keeps only
//! these. The file states them all the same, for readers in other languages; here they are compared
//! with what they must be.

use crate::vectors::Shape;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// "w2v", then bytes that a transfer in text mode would change, as in PNG: NUL, CR LF, ^Z, LF.
pub(crate) const MAGIC: [u8; 8] = *b"w2v\0\r\n\x1a\n";
/// Raised whenever the meaning of a byte changes, the fields of the state block included.
pub(crate) const VERSION: u32 = 4;
/// The version of files whose table is quantised, which programs that know tables of f32 alone must
/// refuse.
pub(crate) const VERSION_QUANTIZED: u32 = 5;
/// The version of checkpoints, which programs that know finished models alone must refuse.
pub(crate) const VERSION_CHECKPOINT: u32 = 6;
/// Bytes of the header.
pub(super) const LENGTH: usize = 128;
/// Matrices begin at a multiple of this: a cache line, an AVX-512 register.
const ALIGN: u64 = 64;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// V.
    pub(super) words: u64,
    /// D.
    pub(super) dim: u64,
    /// Bytes of the state block.
    pub(super) state: u64,
    /// Whether the output matrix is there.
    pub(super) has_output: bool,
    /// Checksum of the state block.
    pub(super) state_sum: u64,
    /// Checksum of the input matrix.
    pub(super) input_sum: u64,
    /// Checksum of the output matrix, 0 where there is none.
    pub(super) output_sum: u64,
    /// How the input table is quantised; `None`: it is f32.
    pub(super) quantized: Option<Shape>,
    /// Bytes of the checkpoint block; 0 where there is none.
    pub(super) checkpoint: u64,
}

/// Byte ranges of the parts of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) state: Range<usize>,
    pub(super) input: Range<usize>,
    pub(super) output: Option<Range<usize>>,
    pub(super) checkpoint: Option<Range<usize>>,
    /// Length of the file.
    pub(super) end: usize,
}

/// What is wrong, and at which byte.
pub(super) struct Fault {
    pub(super) byte: usize,
    pub(super) problem: String,
}

fn fault<T>(byte: usize, problem: impl Into<String>) -> Result<T, Fault> {
    let problem = problem.into();
    Err(Fault { byte, problem })
}

impl Header {
    /// Where the parts lie; `None` where that cannot be counted in this machine's `usize`.
    pub(super) fn layout(&self) -> Option<Layout> {
        let matrix = match self.quantized {
            None => self.words.checked_mul(self.dim)?.checked_mul(4)?,
            Some(shape) => {
                let [centroids, scales, codes] = shape.parts(self.words, self.dim)?;
                centroids.checked_add(scales)?.checked_add(codes)?
            }
        };
        let state = LENGTH as u64..(LENGTH as u64).checked_add(self.state)?;
        let after = |end: u64, length: u64| {
            let start = end.checked_next_multiple_of(ALIGN)?;
            Some(start..start.checked_add(length)?)
        };
        let input = after(state.end, matrix)?;
        let output = match self.has_output {
            true => Some(after(input.end, matrix)?),
            false => None,
        };
        let end = output.as_ref().unwrap_or(&input).end;
        let checkpoint = match self.checkpoint {
            0 => None,
            length => Some(after(end, length)?),
        };
        let end = checkpoint.as_ref().map_or(end, |range| range.end);
        let to_usize = |range: Range<u64>| {
            Some(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
        };
        Some(Layout {
            state: to_usize(state)?,
            input: to_usize(input)?,
            output: match output {
                Some(range) => Some(to_usize(range)?),
                None => None,
            },
            checkpoint: match checkpoint {
                Some(range) => Some(to_usize(range)?),
                None => None,
            },
            end: usize::try_from(end).ok()?,
        })
    }

    /// Of the format.
    pub(super) fn version(&self) -> u32 {
        match self.quantized {
            _ if self.checkpoint > 0 => VERSION_CHECKPOINT,
            None => VERSION,
            Some(_) => VERSION_QUANTIZED,
        }
    }

    /// The 128 bytes.
    pub(super) fn to_bytes(self, layout: &Layout) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&self.version().to_le_bytes());
        bytes[12..16].copy_from_slice(&(LENGTH as u32).to_le_bytes());
        let output = layout.output.as_ref().map_or(0, |range| range.start);
        let (kind, parts) = match self.quantized {
            None => (0, 0),
            Some(Shape::Int8) => (1, 0),
            Some(Shape::Product { subquantizers }) => (2, subquantizers as u64),
        };
        let fields = [
            layout.end as u64,
            self.words,
            self.dim,
            layout.state.start as u64,
            self.state,
            layout.input.start as u64,
            output as u64,
            self.state_sum,
            self.input_sum,
            self.output_sum,
            kind,
            parts,
            self.checkpoint,
        ];
        for (i, field) in fields.into_iter().enumerate() {
            bytes[16 + 8 * i..24 + 8 * i].copy_from_slice(&field.to_le_bytes());
        }
        let sum = xxh3_64(&bytes[..LENGTH - 8]);
        bytes[LENGTH - 8..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads the header of `file`, the whole file, and compares every number with the file's length
    /// and with every other number.
    pub(super) fn parse(file: &[u8]) -> Result<(Header, Layout), Fault> {
        if !file.starts_with(&MAGIC) {
            let found = file[..file.len().min(8)].escape_ascii();
            return fault(0, format!("begins with \"{found}\": not a model file of w2v"));
        }
        if file.len() < LENGTH {
            let problem = format!("ends inside the header of {LENGTH} bytes: cut short");
            return fault(file.len(), problem);
        }
        let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("4 bytes"));
        let u64_at = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("8 bytes"));
        let version = u32_at(8);
        if !(VERSION..=VERSION_CHECKPOINT).contains(&version) {
            let old = match version {
                1..VERSION => {
                    ", of w2v 0.1.0 as it was before 28 November 2026, which reads it: train again, or \
                     convert it to .safetensors with that"
                }
                _ => "",
            };
            let problem = format!(
                "version {version} of the format{old}; this program reads {VERSION} to \
                 {VERSION_CHECKPOINT}"
            );
            return fault(8, problem);
        }
        let (said, is) = (u64_at(LENGTH - 8), xxh3_64(&file[..LENGTH - 8]));
        if said != is {
            let problem = format!("header checksum {is:016x}, expected {said:016x}: damaged");
            return fault(LENGTH - 8, problem);
        }
        // From here on only a file made on purpose can be wrong, a short one excepted.
        let quantized = match (u64_at(96), u64_at(104)) {
            (0, 0) => None,
            (1, 0) => Some(Shape::Int8),
            (2, parts) if (1..=u64_at(32)).contains(&parts) && parts <= u64::from(u32::MAX) => {
                Some(Shape::Product { subquantizers: parts as usize })
            }
            (kind, parts) => {
                let problem = format!(
                    "table of kind {kind} with {parts} parts, expected 0 with 0, 1 with 0, or 2 \
                     with 1 to D parts"
                );
                return fault(96, problem);
            }
        };
        let header = Header {
            words: u64_at(24),
            dim: u64_at(32),
            state: u64_at(48),
            has_output: u64_at(64) != 0,
            state_sum: u64_at(72),
            input_sum: u64_at(80),
            output_sum: u64_at(88),
            quantized,
            checkpoint: u64_at(112),
        };
        if header.checkpoint > 0 && (header.quantized.is_some() || !header.has_output) {
            let problem = "a checkpoint without both matrices in f32";
            return fault(112, problem);
        }
        if header.version() != version {
            return fault(8, format!("version {version} for this kind of table"));
        }
        if header.dim == 0 || header.words > u64::from(u32::MAX) {
            let (words, dim) = (header.words, header.dim);
            let problem = format!("{words} words × dim {dim}: expected below 2^32 words, dim ≥ 1");
            return fault(24, problem);
        }
        let Some(layout) = header.layout() else {
            let (words, dim) = (header.words, header.dim);
            return fault(24, format!("{words} words × dim {dim} fit no file"));
        };
        if u64_at(16) != layout.end as u64 {
            let (said, end) = (u64_at(16), layout.end);
            return fault(16, format!("file length {said}, but the parts end at {end}"));
        }
        if file.len() != layout.end {
            let (is, end) = (file.len(), layout.end);
            let problem =
                format!("the file is {is} bytes, expected {end}: cut short or appended to");
            return fault(is.min(end), problem);
        }
        if header.to_bytes(&layout) != file[..LENGTH] {
            return fault(12, "offsets other than V, D and the state block's length demand");
        }
        Ok((header, layout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header() -> Header {
        Header {
            words: 3,
            dim: 5,
            state: 77,
            has_output: true,
            state_sum: 1,
            input_sum: 2,
            output_sum: 3,
            quantized: None,
            checkpoint: 0,
        }
    }

    #[test]
    fn the_parts_lie_where_the_page_says() {
        let layout = header().layout().unwrap();
        assert_eq!(layout.state, 128..205);
        assert_eq!(layout.input, 256..316);
        assert_eq!(layout.output, Some(320..380));
        assert_eq!(layout.end, 380);
        let with = Header { checkpoint: 30, ..header() };
        let with = with.layout().unwrap();
        assert_eq!((with.checkpoint, with.end), (Some(384..414), 414));
        let bytes = header().to_bytes(&layout);
        assert_eq!(bytes[..8], [0x77, 0x32, 0x76, 0, 0x0d, 0x0a, 0x1a, 0x0a]);
        assert_eq!(bytes[8..24], [4, 0, 0, 0, 128, 0, 0, 0, 124, 1, 0, 0, 0, 0, 0, 0]);
        let mut file = bytes.to_vec();
        file.resize(layout.end, 0);
        let Ok(back) = Header::parse(&file) else { panic!() };
        assert_eq!(back, (header(), layout));
    }

    proptest! {
        /// Numbers of any size behind a correct checksum: an error or the truth, never a panic.
        #[test]
        fn any_numbers_are_an_error_or_the_truth(
            fields in prop::collection::vec(prop_oneof![
                Just(0u64), 0u64..1000, any::<u64>(), (0u32..64).prop_map(|b| 1 << b),
                (0u32..64).prop_map(|b| (1u64 << b).wrapping_sub(1))], 13),
            which in 0usize..1 << 13,
        ) {
            let layout = header().layout().unwrap();
            let mut file = header().to_bytes(&layout).to_vec();
            for (i, field) in fields.into_iter().enumerate() {
                if which >> i & 1 == 1 {
                    file[16 + 8 * i..24 + 8 * i].copy_from_slice(&field.to_le_bytes());
                }
            }
            let sum = xxh3_64(&file[..LENGTH - 8]).to_le_bytes();
            file[LENGTH - 8..].copy_from_slice(&sum);
            file.resize(layout.end, 0);
            if let Ok((header, layout)) = Header::parse(&file) {
                prop_assert_eq!(header.layout().unwrap().end, file.len());
                prop_assert!(layout.input.end <= file.len());
            }
        }
    }
}
