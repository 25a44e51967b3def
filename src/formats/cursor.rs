//! A binary file, read from its beginning to its end without believing a length.
//!
//! In: the bytes of the file. Out: numbers and pieces of it, or an error that names the byte where
//! they should have been. All numbers are little-endian.

use super::Place;
use crate::error::Result;
use std::ops::Range;

/// Where a reader is in a file.
pub(super) struct Cursor<'a> {
    all: &'a [u8],
    next: usize,
    at: Place<'a>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(all: &'a [u8], at: Place<'a>) -> Self {
        Cursor { all, next: 0, at }
    }

    /// The part `range` of a file; bytes are counted from the beginning of the file.
    pub(super) fn part(all: &'a [u8], range: Range<usize>, at: Place<'a>) -> Self {
        Cursor { all: &all[..range.end], next: range.start, at }
    }

    /// The byte that is read next.
    pub(super) fn position(&self) -> usize {
        self.next
    }

    /// All bytes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.all[self.next..]
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.all.len() - self.next
    }

    /// The file that is read.
    pub(super) fn place(&self) -> Place<'a> {
        self.at
    }

    /// Bytes that were passed over.
    pub(super) fn slice(&self, range: Range<usize>) -> &'a [u8] {
        &self.all[range]
    }

    /// An error at the byte that is read next.
    pub(super) fn error(&self, problem: impl Into<String>) -> crate::Error {
        self.error_at(self.next, problem)
    }

    /// An error at byte `byte`.
    pub(super) fn error_at(&self, byte: usize, problem: impl Into<String>) -> crate::Error {
        self.at.error(format!("byte {byte}"), problem)
    }

    /// The next `length` bytes; `what` is what they are.
    pub(super) fn take(&mut self, length: u64, what: &str) -> Result<&'a [u8]> {
        let left = self.left();
        if length > left as u64 {
            let problem = format!(
                "{what}: expected {length} bytes, {left} are left; the file is cut short or damaged"
            );
            return Err(self.error(problem));
        }
        let start = self.next;
        self.next += length as usize;
        Ok(&self.all[start..self.next])
    }

    /// Passes over `count` things of `size` bytes each; where they begin.
    pub(super) fn skip(&mut self, count: u64, size: u64, what: &str) -> Result<usize> {
        let start = self.next;
        self.take(count.saturating_mul(size), what)?;
        Ok(start)
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let bytes = self.take(N as u64, what)?;
        Ok(bytes.try_into().expect("N bytes were taken"))
    }

    pub(super) fn u8(&mut self, what: &str) -> Result<u8> {
        Ok(self.array::<1>(what)?[0])
    }

    pub(super) fn u32(&mut self, what: &str) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub(super) fn i32(&mut self, what: &str) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array(what)?))
    }

    pub(super) fn u64(&mut self, what: &str) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    pub(super) fn i64(&mut self, what: &str) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array(what)?))
    }

    pub(super) fn f64(&mut self, what: &str) -> Result<f64> {
        Ok(f64::from_le_bytes(self.array(what)?))
    }

    /// `count` floats, all finite.
    pub(super) fn floats(&mut self, count: u64, what: &str) -> Result<Vec<f32>> {
        let start = self.next;
        let (pieces, _) = self.take(count.saturating_mul(4), what)?.as_chunks::<4>();
        let floats: Vec<f32> = pieces.iter().map(|piece| f32::from_le_bytes(*piece)).collect();
        match floats.iter().position(|x| !x.is_finite()) {
            None => Ok(floats),
            Some(odd) => {
                let problem = format!("{} in {what}, expected a finite f32", floats[odd]);
                Err(self.error_at(start + 4 * odd, problem))
            }
        }
    }

    /// The bytes up to the next `end`, which is passed over.
    pub(super) fn until(&mut self, end: u8, what: &str) -> Result<&'a [u8]> {
        let rest = &self.all[self.next..];
        let Some(length) = memchr::memchr(end, rest) else {
            return Err(self.error(format!("{what} has no end: cut short or damaged")));
        };
        self.next += length + 1;
        Ok(&rest[..length])
    }
}
