//! What odd characters and spellings come to.

use super::{Case, by_share, percent, perl, share};
use crate::corpus::{Normalization, Segmentation};
use crate::doctor::Severity::{Note, Warning};
use crate::doctor::scripts;
use crate::doctor::{Finding, Kind};

impl Case<'_> {
    pub(super) fn odd_characters(&self, into: &mut Vec<Finding<Kind>>) {
        let whitespace = self.tokenizer.segmentation == Segmentation::Whitespace;
        let if_plain = if whitespace { Warning } else { Note };
        let of_bytes = |kind| share(self.tally.count(kind), self.bytes);
        let note =
            |into: &mut Vec<Finding<Kind>>, kind, severity, help: &'static str, filter: &str| {
                self.note(into, kind, severity, help, Some(filter));
            };
        note(
            into,
            Kind::Nul,
            by_share(of_bytes(Kind::Nul), 0.01, 0.0),
            "a long stretch of them is a file that was not written to its end",
            r"tr '\000' ' '",
        );
        note(into, Kind::FormFeed, Warning, "", r"tr '\013\014' '  '");
        note(
            into,
            Kind::ControlCharacters,
            Warning,
            "",
            &perl(r"s/[\x{01}-\x{08}\x{0E}-\x{1F}\x{7F}-\x{84}\x{86}-\x{9F}]/ /g"),
        );
        note(into, Kind::InnerMark, Warning, "", &perl(r"s/\x{FEFF}//g"));
        if self.tokenizer.normalization != Normalization::Nfkc {
            note(
                into,
                Kind::UnicodeSpaces,
                if_plain,
                "`normalization=nfkc` makes most of them spaces; or",
                &perl(r"s/[\x{A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]/ /g"),
            );
            note(
                into,
                Kind::Compatibility,
                Note,
                "`normalization=nfkc` makes one spelling of them; or",
                "uconv -x any-nfkc",
            );
        }
        note(
            into,
            Kind::UnicodeLineEnds,
            if_plain,
            "make line ends of them",
            &perl(r"s/[\x{85}\x{2028}\x{2029}]/\n/g"),
        );
        let help = match self.spaced_by_zero_width() {
            true => "in this script U+200B stands between words: make spaces of it",
            false => "take them out",
        };
        let filter = match self.spaced_by_zero_width() {
            true => perl(r"s/\x{200B}/ /g"),
            false => perl(
                r"s/[\x{AD}\x{61C}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}]//g",
            ),
        };
        note(into, Kind::Invisible, Warning, help, &filter);
        let all = self.tally.count(Kind::CrLines) == self.lines.lines;
        note(
            into,
            Kind::CrLines,
            if all { Warning } else { Note },
            "they end lines here",
            r"tr '\r' '\n'",
        );
    }

    /// Whether the zero-width space is a space: in Thai, Lao, Khmer and Burmese.
    fn spaced_by_zero_width(&self) -> bool {
        let of = |class| self.characters.of(class);
        let letters =
            of(scripts::THAI) + of(scripts::LAO) + of(scripts::KHMER) + of(scripts::BURMESE);
        2 * letters > self.letters()
    }

    pub(super) fn spelling(&self, into: &mut Vec<Finding<Kind>>) {
        if self.tokenizer.normalization == Normalization::None {
            self.note(
                into,
                Kind::Decomposed,
                Warning,
                "`normalization=nfc` makes one character of both",
                None,
            );
        }
        let merged = self.words.merged_by_lowercase();
        if !self.tokenizer.lowercase && merged.repeats >= 1.0 {
            let mut finding = self.finding(Kind::Capitals, Note);
            self.estimate(&mut finding, merged.repeats, merged.error);
            finding.detail = format!(
                "{} of tokens have capitals",
                percent(share(self.words.capitals, self.words.tokens))
            );
            finding.help = "`lowercase` makes one word of The and the".into();
            into.push(finding);
        }
        let (words, tokens) = (
            share(self.words.different_numbers, self.words.words),
            share(self.words.numbers, self.words.tokens),
        );
        if words >= 0.05 || tokens >= 0.03 {
            let mut finding = self.finding(Kind::Numbers, Note);
            finding.count = self.words.different_numbers;
            let (words, tokens) = (percent(words), percent(tokens));
            finding.detail = format!("{words} of different words, {tokens} of tokens");
            finding.help = "if they do not matter, make all digits one".into();
            finding.command = self.mend_all(&perl(r"s/\d/0/g"));
            into.push(finding);
        }
    }
}
