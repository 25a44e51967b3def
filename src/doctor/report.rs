//! What a check reports: the words that the doctor of texts and the check of vector files
//! ([`crate::formats::check`]) share.
//!
//! In: faults, in any order. Out: [`Findings`]: each kind once, with its number, how much it matters, the
//! first [`Place`]s and an example, so that a million faults make a short report. What the kinds are,
//! each of the two says for itself, with [`kinds`].

use crate::error::Advice;
use serde::Serialize;
use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;

/// Places kept of each kind.
pub(crate) const PLACES: usize = 5;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; every reader copes.
    Note,
    /// Some words are not what they should be, or other programs misread the file.
    Warning,
    /// Of a text: it cannot be read, or training on it as it is makes vectors of something else than
    /// its words.
    Serious,
    /// Of a vector file: numbers or words are missing, unusable or another than the file says; readers
    /// refuse it or lose rows without a word.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Serious => "serious",
            Severity::Error => "error",
        })
    }
}

/// Makes an `enum Kind` of a table of kinds: documentation, variant, name, one column more (named in the
/// first line), meaning.
macro_rules! kinds {
    (
        $(#[$about:meta])* $column:ident: $type:ty;
        $($(#[$doc:meta])* $kind:ident $name:literal $value:tt $meaning:literal;)*
    ) => {
        /// The kinds of findings.
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

            $(#[$about])*
            pub fn $column(self) -> $type {
                match self { $(Kind::$kind => $value,)* }
            }

            /// What it means, in a few words.
            pub fn meaning(self) -> &'static str {
                match self { $(Kind::$kind => $meaning,)* }
            }
        }

        impl std::fmt::Display for Kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl serde::Serialize for Kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use kinds;

/// Where something stands, by what is known of it; counted in what a compressed file unpacks to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, where there may be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// A line of text, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// A byte, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
    /// A row of a table, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
}

impl Place {
    /// Line `line`, from 1.
    pub fn line(line: u64) -> Self {
        Place { line: Some(line), ..Place::default() }
    }

    /// Byte `byte`, from 0.
    pub fn byte(byte: u64) -> Self {
        Place { byte: Some(byte), ..Place::default() }
    }

    /// Row `row`, from 1.
    pub fn row(row: u64) -> Self {
        Place { row: Some(row), ..Place::default() }
    }
}

/// Without the file: `line 3`, `line 3 (byte 17)`, `byte 17`, `row 2`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.byte, self.row) {
            (Some(line), None, _) => write!(f, "line {line}"),
            (Some(line), Some(byte), _) => write!(f, "line {line} (byte {byte})"),
            (None, Some(byte), _) => write!(f, "byte {byte}"),
            (None, None, row) => write!(f, "row {}", row.unwrap_or_default()),
        }
    }
}

/// All findings of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding<K> {
    /// What was found.
    pub kind: K,
    /// How much it matters here.
    pub severity: Severity,
    /// How often, in the unit of its kind; an estimate where [`Finding::error`] is there.
    pub count: u64,
    /// Half the width of the 95 % interval of an estimated count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<u64>,
    /// More about it: shares, what it is likely to be.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Where: the first five. Of findings about words, the first place of each of five words.
    pub first: Vec<Place>,
    /// What stands at the first place.
    pub example: String,
    /// What helps.
    #[serde(skip_serializing_if = "Advice::is_empty")]
    pub help: Advice,
    /// A command for a POSIX shell that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl<K> Finding<K> {
    /// Something that was not counted yet.
    pub(crate) fn new(kind: K, severity: Severity) -> Self {
        Finding {
            kind,
            severity,
            count: 0,
            error: None,
            detail: String::new(),
            first: Vec::new(),
            example: String::new(),
            help: Advice::default(),
            command: None,
        }
    }
}

/// What was found: at most one [`Finding`] of each kind, the worst first, then in the order of the kinds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings<K>(Vec<Finding<K>>);

impl<K> Default for Findings<K> {
    fn default() -> Self {
        Findings(Vec::new())
    }
}

impl<K> Deref for Findings<K> {
    type Target = [Finding<K>];

    fn deref(&self) -> &[Finding<K>] {
        &self.0
    }
}

impl<'a, K> IntoIterator for &'a Findings<K> {
    type Item = &'a Finding<K>;
    type IntoIter = std::slice::Iter<'a, Finding<K>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<K: Copy + Ord> Findings<K> {
    /// `findings` in order.
    pub(crate) fn sorted(mut findings: Vec<Finding<K>>) -> Self {
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.kind));
        Findings(findings)
    }

    /// The same in order.
    pub(crate) fn sort(&mut self) {
        *self = Findings::sorted(std::mem::take(&mut self.0));
    }

    /// The worst that was found.
    pub fn worst(&self) -> Option<Severity> {
        self.iter().map(|finding| finding.severity).max()
    }

    /// The finding of one kind.
    pub fn of(&self, kind: K) -> Option<&Finding<K>> {
        self.iter().find(|finding| finding.kind == kind)
    }

    /// Counts `count` more of a kind, of which the first is at `place`. `example` is asked for at the
    /// first of its kind.
    pub(crate) fn add(
        &mut self,
        (kind, severity): (K, Severity),
        count: u64,
        place: Place,
        example: impl FnOnce() -> String,
    ) {
        let known = self.iter().position(|finding| finding.kind == kind);
        let at = known.unwrap_or_else(|| {
            self.0.push(Finding { example: example(), ..Finding::new(kind, severity) });
            self.len() - 1
        });
        let finding = &mut self.0[at];
        finding.count += count;
        if finding.first.len() < PLACES {
            finding.first.push(place);
        }
    }
}
