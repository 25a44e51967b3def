//! What can be wrong with a vector file, and what was found.
//!
//! In: faults, one at a time, in the order of the file. Out: [`Account`]: the [`Findings`] of the file,
//! what it is and how large.

use super::super::Format;
use crate::doctor::Severity::{self, Error, Note, Warning};
use crate::doctor::{Findings, Place, kinds};
use serde::Serialize;

kinds! {
    /// How much it matters.
    severity: Severity;

    /// A pickle, an archive, a web page, prose.
    NotVectors "not-vectors" Error "this is no vector file";
    /// A file of a known format that its reader refuses.
    Unreadable "unreadable" Error "the file is damaged";
    /// Fewer rows than the header says.
    HeaderTooHigh "header-too-high" Error "fewer rows than the header says; gensim stops with an error";
    /// More rows than the header says.
    HeaderTooLow "header-too-low" Error "more rows than the header says; gensim leaves the others out";
    /// Rows of another length than the header says.
    HeaderDim "header-dim" Error "the header says another number of dimensions than the rows have";
    /// Too few numbers in a row, or something else among them.
    ShortRow "short-row" Error "too few numbers";
    /// A row whose word ends in a decimal fraction: one number too many, most likely.
    LongRow "long-row" Error "too many numbers";
    /// A line without anything, before other rows.
    BlankLine "blank-line" Error "a line without a row";
    /// NaN, infinite, or beyond `f32`.
    NonFinite "non-finite" Error "a number that is not finite";
    /// A word that had a row before.
    Duplicate "duplicate" Error "the word had a row before; readers keep one of them";
    /// A word in bytes that are no text.
    InvalidUtf8 "invalid-utf8" Error "the word is not UTF-8";
    /// A binary file that ends within a record.
    CutShort "cut-short" Error "the file ends within a row";
    /// Bytes behind the last record that are no further record.
    TrailingBytes "trailing-bytes" Error "bytes behind the last row";
    /// U+FEFF at the beginning.
    ByteOrderMark "byte-order-mark" Warning "gensim and word2vec.c cannot read the first line";
    /// A control character in a word.
    ControlCharacter "control-character" Warning "the word holds a control character";
    /// 0x20 or a tab in a word.
    Space "space-in-word" Warning "the word holds a space: programs that split lines at spaces misread the row";
    /// A blank of Unicode other than 0x20 in a word.
    UnicodeSpace "unicode-space" Warning "the word holds a blank: programs that split at any white space misread the row";
    /// A word of no characters.
    EmptyWord "empty-word" Warning "the word is empty";
    /// A word that ends in a whole number, as `route 66`.
    NumberedWord "numbered-word" Warning "the word ends in a number: a phrase, or a number too many";
    /// All numbers are 0.
    ZeroRow "zero-row" Warning "all numbers are zero: like nothing, and a division by zero elsewhere";
    /// Text without a first line `V D`.
    NoHeader "no-header" Note "no header `V D`, as in GloVe's files";
    /// More than one blank between numbers.
    Padded "padded-numbers" Warning "numbers are padded to columns: gensim refuses the row, other programs take blanks for a part of the word";
    /// Lines that end in CR LF.
    Crlf "crlf" Note "lines end in CR LF";
    /// Numbers after tabs.
    Tab "tab" Note "fields are separated by tabs, not spaces";
    /// Blank lines behind the last row.
    BlankEnd "blank-end" Note "blank lines at the end";
}

/// What [`check`](super::check()) found out about a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Account {
    /// What the file is; `None` where it is no vector file.
    #[serde(serialize_with = "format_name")]
    pub format: Option<Format>,
    /// Rows, the bad ones too.
    pub rows: u64,
    /// Numbers of a good row.
    pub dim: u64,
    /// What was found, the worst first.
    pub findings: Findings<Kind>,
}

fn format_name<S: serde::Serializer>(
    format: &Option<Format>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match format {
        Some(format) => serializer.serialize_some(format.name()),
        None => serializer.serialize_none(),
    }
}

impl Account {
    /// An account of nothing yet.
    pub(super) fn new(format: Option<Format>) -> Self {
        Account { format, rows: 0, dim: 0, findings: Findings::default() }
    }

    /// Notes a fault. `example` is asked for at the first of its kind.
    pub(super) fn add(&mut self, kind: Kind, place: Place, example: impl FnOnce() -> String) {
        self.add_many(kind, 1, place, example);
    }

    /// Notes several faults of which the first is at `place`.
    pub(super) fn add_many(
        &mut self,
        kind: Kind,
        count: u64,
        place: Place,
        example: impl FnOnce() -> String,
    ) {
        self.findings.add((kind, kind.severity()), count, place, example);
    }
}
