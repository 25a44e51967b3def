//! Places in a text: of what was found, and of a block of which the places are told.

use crate::corpus::line_ends;

/// A place, in the order of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) source: u32,
    /// 1-based.
    pub(super) line: u64,
    /// 0-based; `None` where the line says enough.
    pub(super) byte: Option<u64>,
}

/// Where a block stands.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) source: u32,
    pub(super) line: u64,
    pub(super) byte: u64,
}

/// Tells the lines of places in a block that are asked for mostly from front to back, so that a block
/// of ten thousand places on one line is not counted through ten thousand times.
pub(super) struct LineFinder<'a> {
    at: At,
    bytes: &'a [u8],
    /// A byte, and the line in which it stands.
    known: (usize, u64),
}

impl<'a> LineFinder<'a> {
    pub(super) fn new(at: At, bytes: &'a [u8]) -> Self {
        LineFinder { at, bytes, known: (0, at.line) }
    }

    /// The line of a byte that ends no line.
    pub(super) fn spot(&mut self, n: usize) -> Spot {
        if n < self.known.0 {
            self.known = (0, self.at.line);
        }
        let (start, line) = self.known;
        self.known = (n, line + line_ends(&self.bytes[start..n]));
        Spot { source: self.at.source, line: self.known.1, byte: None }
    }

    /// The byte and its line.
    pub(super) fn byte(&mut self, n: usize) -> Spot {
        Spot { byte: Some(self.at.byte + n as u64), ..self.spot(n) }
    }
}
