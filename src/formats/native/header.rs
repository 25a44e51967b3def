//! The fixed header of a model file: its length, V and D, and where the directory and the state block lie.
//!
//! In: the file. Out: [`Header`], whose blocks are known to lie inside the file. The table of bytes is on
//! the page of [`super`].
//!
//! The two offsets follow from the lengths, so that [`Header`] keeps only these. The file states them all
//! the same, for readers in other languages; here they are compared with what they must be.

use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// "w2v", then bytes that a transfer in text mode would change, as in PNG: NUL, CR LF, ^Z, LF.
pub(crate) const MAGIC: [u8; 8] = *b"w2v\0\r\n\x1a\n";
/// Raised whenever the meaning of a byte changes, the fields of the state block included. A new table is
/// no new version.
pub(super) const VERSION: u32 = 7;
/// Bytes of the header.
pub(super) const LENGTH: usize = 96;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Length of the file.
    pub(super) end: u64,
    /// V.
    pub(super) words: u64,
    /// D.
    pub(super) dim: u64,
    /// Bytes of the state block.
    pub(super) state: u64,
    /// Checksum of the state block.
    pub(super) state_sum: u64,
    /// Bytes of the directory.
    pub(super) directory: u64,
    /// Checksum of the directory.
    pub(super) directory_sum: u64,
}

/// What is wrong, and at which byte.
pub(super) struct Fault {
    pub(super) byte: usize,
    pub(super) problem: String,
}

pub(super) fn fault<T>(byte: usize, problem: impl Into<String>) -> Result<T, Fault> {
    let problem = problem.into();
    Err(Fault { byte, problem })
}

impl Header {
    /// Where the directory lies.
    pub(super) fn directory(&self) -> Range<usize> {
        LENGTH..LENGTH + self.directory as usize
    }

    /// Where the state block lies.
    pub(super) fn state(&self) -> Range<usize> {
        let start = self.directory().end;
        start..start + self.state as usize
    }

    /// The 96 bytes.
    pub(super) fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&(LENGTH as u32).to_le_bytes());
        let fields = [
            self.end,
            self.words,
            self.dim,
            self.state().start as u64,
            self.state,
            self.state_sum,
            self.directory().start as u64,
            self.directory,
            self.directory_sum,
        ];
        for (at, field) in (16..).step_by(8).zip(fields) {
            bytes[at..at + 8].copy_from_slice(&field.to_le_bytes());
        }
        let sum = xxh3_64(&bytes[..LENGTH - 8]);
        bytes[LENGTH - 8..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Reads the header of `file`, the whole file, and compares its numbers with each other and with the
    /// length of the file.
    pub(super) fn parse(file: &[u8]) -> Result<Header, Fault> {
        if !file.starts_with(&MAGIC) {
            let found = file[..file.len().min(8)].escape_ascii();
            return fault(0, format!("begins with \"{found}\": not a model file of w2v"));
        }
        if file.len() < LENGTH {
            let problem = format!("ends inside the header of {LENGTH} bytes: cut short");
            return fault(file.len(), problem);
        }
        let u64_at = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("8 bytes"));
        let version = u32::from_le_bytes(file[8..12].try_into().expect("4 bytes"));
        if version != VERSION {
            let old = match version {
                1..=3 => "before 28 November 2026",
                4..VERSION => "on 28 November 2026",
                _ => "",
            };
            let old = match old {
                "" => String::new(),
                when => format!(
                    ", of w2v 0.1.0 as it was {when}, which reads it: train again, or convert it to \
                     .safetensors with that"
                ),
            };
            let problem =
                format!("version {version} of the format{old}; this program reads {VERSION}");
            return fault(8, problem);
        }
        let (said, is) = (u64_at(LENGTH - 8), xxh3_64(&file[..LENGTH - 8]));
        if said != is {
            let problem = format!("header checksum {is:016x}, expected {said:016x}: damaged");
            return fault(LENGTH - 8, problem);
        }
        // From here on only a file made on purpose can be wrong, a short one excepted.
        let header = Header {
            end: u64_at(16),
            words: u64_at(24),
            dim: u64_at(32),
            state: u64_at(48),
            state_sum: u64_at(56),
            directory: u64_at(72),
            directory_sum: u64_at(80),
        };
        let (is, end) = (file.len(), header.end);
        if is as u64 != end {
            let problem =
                format!("the file is {is} bytes, expected {end}: cut short or appended to");
            return fault(is.min(usize::try_from(end).unwrap_or(is)), problem);
        }
        if header.dim == 0 || header.words > u64::from(u32::MAX) {
            let (words, dim) = (header.words, header.dim);
            let problem = format!("{words} words × dim {dim}: expected below 2^32 words, dim ≥ 1");
            return fault(24, problem);
        }
        let (directory, state) = (header.directory, header.state);
        let blocks = directory.checked_add(state).and_then(|sum| sum.checked_add(LENGTH as u64));
        if blocks.is_none_or(|end| end > header.end) {
            let problem = format!(
                "directory of {directory} and state block of {state} bytes, which end outside the \
                 file of {is}"
            );
            return fault(48, problem);
        }
        if header.to_bytes() != file[..LENGTH] {
            let problem = format!(
                "header of {LENGTH} bytes, directory and state block expected one after the other"
            );
            return fault(12, problem);
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header() -> Header {
        Header {
            end: 384,
            words: 3,
            dim: 5,
            state: 77,
            state_sum: 1,
            directory: 64,
            directory_sum: 2,
        }
    }

    #[test]
    fn the_blocks_lie_where_the_page_says() {
        assert_eq!((header().directory(), header().state()), (96..160, 160..237));
        let bytes = header().to_bytes();
        assert_eq!(bytes[..8], [0x77, 0x32, 0x76, 0, 0x0d, 0x0a, 0x1a, 0x0a]);
        assert_eq!(bytes[8..24], [7, 0, 0, 0, 96, 0, 0, 0, 128, 1, 0, 0, 0, 0, 0, 0]);
        let fields = [3u64, 5, 160, 77, 1, 96, 64, 2].map(u64::to_le_bytes);
        assert_eq!(bytes[24..88], *fields.as_flattened());
        let mut file = bytes.to_vec();
        file.resize(384, 0);
        let Ok(back) = Header::parse(&file) else { panic!() };
        assert_eq!(back, header());
    }

    proptest! {
        /// Numbers of any size behind a correct checksum: an error or the truth, never a panic.
        #[test]
        fn any_numbers_are_an_error_or_the_truth(
            fields in prop::collection::vec(prop_oneof![
                Just(0u64), 0u64..1000, any::<u64>(), (0u32..64).prop_map(|b| 1 << b),
                (0u32..64).prop_map(|b| (1u64 << b).wrapping_sub(1))], 9),
            which in 0usize..1 << 9,
        ) {
            let mut file = header().to_bytes().to_vec();
            for (i, field) in fields.into_iter().enumerate() {
                if which >> i & 1 == 1 {
                    file[16 + 8 * i..24 + 8 * i].copy_from_slice(&field.to_le_bytes());
                }
            }
            let sum = xxh3_64(&file[..LENGTH - 8]).to_le_bytes();
            file[LENGTH - 8..].copy_from_slice(&sum);
            file.resize(384, 0);
            if let Ok(header) = Header::parse(&file) {
                prop_assert_eq!(header.end, 384);
                prop_assert!(header.state().end <= file.len());
            }
        }
    }
}
