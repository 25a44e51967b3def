//! How much each finding matters in this text, and what helps against it.
//!
//! In: all that was counted. Out: the [`Diagnosis`]. A finding is serious where training on the text as it
//! is makes vectors of something else than its words: the limits are shares of tokens, lines or letters
//! and stand beside each kind. Texts that are known to be good (encyclopedias, the bundled corpus) have no
//! serious finding; a test says so.

mod characters;
mod files;
mod languages;
mod text;

use super::characters::Characters;
use super::encoding::Evidence;
use super::findings::{Diagnosis, Kind, ScriptShare};
use super::languages::Languages;
use super::lines::Lines;
use super::places::Spot;
use super::remedy;
use super::report::{Finding, Findings, Place, Severity};
use super::scripts;
use super::tally::{Count, Tally};
use super::words::Words;
use crate::corpus::{Corpus, Tokenizer};
use Severity::{Note, Serious, Warning};

/// All that was counted of a text.
pub(super) struct Case<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) tokenizer: Tokenizer,
    pub(super) min_count: u64,
    pub(super) bytes: u64,
    pub(super) tally: Tally,
    pub(super) evidence: Evidence,
    pub(super) characters: Characters,
    pub(super) lines: Lines,
    pub(super) words: Words,
    pub(super) languages: Languages,
}

/// Part of a whole, 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A share in per cent, with as many digits as tell it from nothing.
fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p >= 10.0 || p == 0.0 => format!("{p:.0} %"),
        p if p >= 0.1 => format!("{p:.1} %"),
        p if p >= 0.001 => format!("{p:.3} %"),
        _ => "less than 0.001 %".to_owned(),
    }
}

/// The severity at a share: serious from the first limit on, a warning from the second.
fn by_share(share: f64, serious: f64, warning: f64) -> Severity {
    match share {
        share if share >= serious => Serious,
        share if share >= warning => Warning,
        _ => Note,
    }
}

/// A filter in Perl over characters, which all systems have.
fn perl(expression: &str) -> String {
    format!("perl -CSD -pe '{expression}'")
}

impl Case<'_> {
    /// The diagnosis, the most serious first.
    pub(super) fn diagnosis(&self) -> Diagnosis {
        let mut findings = Vec::new();
        self.files(&mut findings);
        self.encoding(&mut findings);
        self.segmentation(&mut findings);
        self.markup(&mut findings);
        self.odd_characters(&mut findings);
        self.spelling(&mut findings);
        self.mixtures(&mut findings);
        self.lines(&mut findings);
        self.vocabulary(&mut findings);
        let scripts = scripts::shares(&self.characters.counts);
        Diagnosis {
            sources: self.corpus.sources().len(),
            bytes: self.bytes,
            lines: self.lines.lines,
            tokens: self.words.tokens,
            words: self.words.words,
            scripts: scripts
                .into_iter()
                .map(|(script, letters)| ScriptShare { script, letters })
                .collect(),
            kept: self.words.kept.clone(),
            findings: Findings::sorted(findings),
        }
    }

    fn place(&self, spot: Spot) -> Place {
        Place {
            file: Some(self.corpus.sources()[spot.source as usize].path().to_owned()),
            line: Some(spot.line),
            byte: spot.byte,
            row: None,
        }
    }

    /// A finding with what the tally knows of it.
    fn finding(&self, kind: Kind, severity: Severity) -> Finding<Kind> {
        self.counted(kind, severity, self.tally.get(kind))
    }

    fn counted(&self, kind: Kind, severity: Severity, count: &Count) -> Finding<Kind> {
        let first = count.first.iter();
        Finding {
            count: count.count,
            first: first.map(|(spot, _)| self.place(*spot)).collect(),
            example: count.first.first().map_or(String::new(), |f| f.1.clone()),
            ..Finding::new(kind, severity)
        }
    }

    /// Notes a finding where there is any of it; a command is for the file of its first place.
    fn note(
        &self,
        into: &mut Vec<Finding<Kind>>,
        kind: Kind,
        severity: Severity,
        help: &'static str,
        filter: Option<&str>,
    ) {
        if self.tally.count(kind) == 0 {
            return;
        }
        let mut finding = self.finding(kind, severity);
        finding.help = help.into();
        finding.command = filter.and_then(|filter| self.command(kind, filter));
        into.push(finding);
    }

    /// A filter for the file of the first place of a kind.
    fn command(&self, kind: Kind, filter: &str) -> Option<String> {
        let (spot, _) = self.tally.get(kind).first.first()?;
        self.mend(spot.source, filter)
    }

    fn mend(&self, source: u32, filter: &str) -> Option<String> {
        remedy::filter(&self.corpus.sources()[source as usize], filter)
    }

    /// The filter for the whole corpus, where that is one file.
    fn mend_all(&self, filter: &str) -> Option<String> {
        let only = self.corpus.sources().len() == 1;
        only.then(|| self.mend(0, filter)).flatten()
    }

    fn letters(&self) -> u64 {
        let shares = scripts::shares(&self.characters.counts);
        shares.iter().map(|(_, letters)| letters).sum()
    }

    fn estimate(&self, finding: &mut Finding<Kind>, value: f64, error: f64) {
        finding.count = value.round() as u64;
        finding.error = (error > 0.0).then(|| (1.96 * error).ceil() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_shown_with_the_digits_that_they_need() {
        for (value, expected) in [
            (0.0, "0 %"),
            (0.5, "50 %"),
            (0.0345, "3.5 %"),
            (0.0002, "0.020 %"),
            (0.000_000_1, "less than 0.001 %"),
        ] {
            assert_eq!(percent(value), expected);
        }
    }
}
