//! Findings about whole files: what is no text, does not decompress, is in another encoding or empty. Here the text
//! is read.
//!
//! In: the sources of a corpus, one after the other. Out: their blocks; and a tally of the files that
//! are not read to their end. Training stops at the first of these; here the others are still looked at.

use super::findings::Kind;
use super::places::Spot;
use super::tally::Tally;
use crate::corpus::{
    Block, Compression, Corpus, Encoding, Nature, Source, Tokenizer, head, nature,
};
use crate::error::Error;

/// Bytes that tell what a file is.
const HEAD: usize = 1 << 14;

/// Hands all blocks to `send`, with the number of the source and whether the block begins with a line,
/// until it says `false`.
pub(super) fn feed(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    mut send: impl FnMut(u32, bool, Block) -> bool,
) -> Tally {
    let mut tally = Tally::new();
    let each = corpus.sources().iter().zip(corpus.blocks_by_source(tokenizer));
    for (number, (source, mut blocks)) in (0..).zip(each) {
        let mut begins_line = true;
        let mut is_empty = true;
        let start = Spot { source: number, line: 1, byte: None };
        loop {
            let block = match blocks.next_block() {
                Ok(Some(block)) => block,
                Ok(None) => break,
                Err(error) => {
                    is_empty = false;
                    let (kind, spot, what) =
                        judge(source, number, &error, corpus.options().encoding);
                    tally.found(kind, spot, || what);
                    break;
                }
            };
            if std::mem::take(&mut is_empty) {
                if block.place().1 > 0 {
                    tally.found(Kind::ByteOrderMark, start, String::new);
                }
                if let Some(encoding) = blocks.decoded_from() {
                    tally.found(Kind::Encoding, start, || encoding.to_string());
                }
            }
            let ends_line = block.ends_line;
            if !send(number, begins_line, block) {
                return tally;
            }
            begins_line = ends_line;
        }
        if is_empty {
            tally.found(Kind::EmptyFile, start, String::new);
        }
    }
    tally
}

/// What a file is that the reader gave up.
fn judge(
    source: &Source,
    number: u32,
    error: &Error,
    named: Option<Encoding>,
) -> (Kind, Spot, String) {
    let spot = |line, byte| Spot { source: number, line, byte: Some(byte) };
    let (line, byte, problem) = match error {
        Error::Corpus { line, byte, problem, .. } => (*line, *byte, problem),
        other => return (Kind::Unreadable, spot(1, 0), other.to_string()),
    };
    let [raw, text] = head(source, HEAD).unwrap_or_default();
    let compression = Compression::of(&raw);
    let is_compressed = compression != Compression::None;
    // Standard input cannot be looked at again: the reader's own words must do.
    if byte <= 3 && line == 1 && !raw.is_empty() {
        match nature(&text, named) {
            Nature::Stranger(what) | Nature::Vectors(what) => {
                return (Kind::BinaryFile, spot(1, 0), what.to_owned());
            }
            Nature::Binary(..) => return (Kind::BinaryFile, spot(1, 0), problem.clone()),
            Nature::Text(_) => {}
        }
    }
    match is_compressed && cfg!(feature = "compress") {
        true => (Kind::Damaged, spot(line, byte), problem.clone()),
        false => (Kind::Unreadable, spot(line, byte), problem.clone()),
    }
}
