//! What can be wrong with a vector file, and what was found.
//!
//! In: faults, one at a time, in the order of the file. Out: [`Account`]: each kind of fault once,
//! with its number, the first places and an example. So a file of a million faults makes a short
//! account and needs no memory for it.

use super::super::Format;
use serde::Serialize;
use std::fmt;

/// Places kept of each kind.
const PLACES: usize = 5;

/// How much a fault matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Every reader copes.
    Note,
    /// `w2v` reads the file as it is meant; some other programs do not.
    Warning,
    /// Numbers or words are missing, unusable or another than the file says; readers refuse it or
    /// lose rows without a word.
    Error,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $severity:ident $meaning:literal;)*) => {
        /// The kinds of faults.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Kind] = &[$(Kind::$kind,)*];

            /// The name on the command line and in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* }
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self { $(Kind::$kind => Severity::$severity,)* }
            }

            /// What it means, in a few words.
            pub fn meaning(self) -> &'static str {
                match self { $(Kind::$kind => $meaning,)* }
            }
        }
    };
}

kinds! {
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
    /// Lines that end in CR LF.
    Crlf "crlf" Note "lines end in CR LF";
    /// Numbers after tabs.
    Tab "tab" Note "fields are separated by tabs, not spaces";
    /// Blank lines behind the last row.
    BlankEnd "blank-end" Note "blank lines at the end";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Where in a file something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Spot {
    /// A line of text, from 1.
    Line(u64),
    /// A byte, from 0.
    Byte(u64),
    /// A row of a table, from 1.
    Row(u64),
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spot::Line(n) => write!(f, "line {n}"),
            Spot::Byte(n) => write!(f, "byte {n}"),
            Spot::Row(n) => write!(f, "row {n}"),
        }
    }
}

/// All faults of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// How often.
    pub count: u64,
    /// Where: the first five.
    pub first: Vec<Spot>,
    /// The first of them in words: the word and the number, got against expected.
    pub example: String,
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
    pub findings: Vec<Finding>,
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
        Account { format, rows: 0, dim: 0, findings: Vec::new() }
    }

    /// The worst that was found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// The finding of one kind.
    pub fn finding(&self, kind: Kind) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.kind == kind)
    }

    /// Notes a fault. `example` is asked for at the first of its kind.
    pub(super) fn add(&mut self, kind: Kind, spot: Spot, example: impl FnOnce() -> String) {
        self.add_many(kind, 1, spot, example);
    }

    /// Notes several faults of which the first is at `spot`.
    pub(super) fn add_many(
        &mut self,
        kind: Kind,
        count: u64,
        spot: Spot,
        example: impl FnOnce() -> String,
    ) {
        let known = self.findings.iter().position(|f| f.kind == kind);
        let at = known.unwrap_or_else(|| {
            self.findings.push(Finding {
                kind,
                severity: kind.severity(),
                count: 0,
                first: Vec::new(),
                example: example(),
            });
            self.findings.len() - 1
        });
        let finding = &mut self.findings[at];
        finding.count += count;
        if finding.first.len() < PLACES {
            finding.first.push(spot);
        }
    }

    /// The worst first, then in the order of [`Kind`].
    pub(super) fn sort(&mut self) {
        self.findings.sort_by_key(|f| (std::cmp::Reverse(f.severity), f.kind));
    }
}
