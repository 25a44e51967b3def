//! 1 READ: files, folders or standard input become blocks of text, and text becomes tokens.
//!
//! In: paths. Out: blocks of valid UTF-8 without control characters (`blocks`), cut into tokens
//! by a [`Tokenizer`].
//!
//! What text means here, in full:
//!
//! | in the file | means |
//! |---|---|
//! | LF, CR LF, CR alone | the end of a line; a line is a sentence |
//! | gzip, zstd, bzip2, xz (by their first bytes, whatever the name) | the text inside; several streams in a row are one text |
//! | tar and zip archives | their members, like the files of a folder |
//! | U+FEFF at the beginning of a file | nothing (byte-order mark) |
//! | UTF-16 and UTF-32 (by mark or by their units), or the [`Encoding`] that was named | the text in UTF-8 |
//! | what is known to be no text, or a tenth of the first bytes NUL | an error |
//! | NUL, form feed, vertical tab, other C0 controls, DEL | a space, counted and reported |
//! | invalid UTF-8 | by [`InvalidUtf8`], counted and reported |
//! | no line end at the end of the file | the line ends there: sentences never run across files |
//! | an empty file | no lines |
//!
//! Useful for reading any text; not useful for structured documents (XML dumps, PDF, JSON lines):
//! extract their text first.

#[cfg_attr(not(feature = "compress"), path = "no_archive.rs")]
mod archive;
mod blocks;
mod encoding;
mod pieces;
mod social;
mod source;
mod strangers;
mod text;
mod tokenize;
mod unpack;

pub use archive::Member;
pub(crate) use blocks::{Block, Blocks};
pub use encoding::Encoding;
pub(crate) use encoding::{Guess, guess};
pub(crate) use pieces::{Extent, Pieces};
pub use source::Source;
pub(crate) use source::head;
pub(crate) use strangers::stranger;
pub(crate) use text::{Nature, line_ends, nature, read_text, text_of};
pub use tokenize::{Normalization, Segmentation, Tokenizer};
pub(crate) use unpack::Compression;

use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What to do with bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvalidUtf8 {
    /// Each maximal invalid sequence becomes one U+FFFD, as long as they are stray ones: reading stops
    /// where many words hold some and the text is probably in another encoding.
    #[default]
    Stray,
    /// Each maximal invalid sequence becomes one U+FFFD.
    Replace,
    /// Invalid bytes are left out.
    Skip,
    /// Reading stops with an error that names file, line and byte.
    Error,
}

/// How text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// What to do with bytes that are not UTF-8.
    pub invalid_utf8: InvalidUtf8,
    /// The encoding of files without a byte-order mark: by default UTF-8, unless they are UTF-16 or
    /// UTF-32.
    pub encoding: Option<Encoding>,
}

/// Text to train on: a list of sources in a fixed order.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// let corpus = w2v::Corpus::open(&["data"], Default::default())?;
/// assert!(!corpus.sources().is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Corpus {
    sources: Vec<Source>,
    dangling_links: Vec<PathBuf>,
    options: ReadOptions,
}

impl Corpus {
    /// A corpus of files, folders (all files below, sorted, without hidden ones and without models,
    /// checkpoints and counts of w2v) and `-` for standard input, in the order given. Nothing is read yet.
    ///
    /// # Errors
    /// [`crate::Error::Io`] for a path that cannot be read, [`crate::Error::NoText`] for a folder
    /// without files.
    pub fn open(paths: &[impl AsRef<Path>], options: ReadOptions) -> Result<Self> {
        let (sources, dangling_links) = source::expand(paths.iter().map(AsRef::as_ref))?;
        Ok(Corpus { sources, dangling_links, options })
    }

    /// The files in the order in which they are read.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Symbolic links in its folders that lead nowhere, and so have no text.
    pub fn dangling_links(&self) -> &[PathBuf] {
        &self.dangling_links
    }

    /// How text is read.
    pub fn options(&self) -> ReadOptions {
        self.options
    }

    pub(crate) fn blocks(&self, tokenizer: Tokenizer) -> Blocks<'_> {
        Blocks::new(&self.sources, self.options.encoding, tokenizer.cuts_anywhere())
    }

    /// The blocks of each source alone, so that a bad file does not hide the ones behind it.
    pub(crate) fn blocks_by_source(
        &self,
        tokenizer: Tokenizer,
    ) -> impl Iterator<Item = Blocks<'_>> {
        let encoding = self.options.encoding;
        let live = archive::Live::default();
        self.sources.chunks(1).map(move |one| {
            Blocks::new(one, encoding, tokenizer.cuts_anywhere()).going_on(live.clone())
        })
    }
}
