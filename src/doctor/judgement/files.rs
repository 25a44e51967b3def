//! What whole files and their encoding come to.

use super::{Case, by_share, share};
use crate::corpus::Guess;
use crate::doctor::Severity::{Note, Serious, Warning};
use crate::doctor::{Finding, Kind};

impl Case<'_> {
    pub(super) fn files(&self, into: &mut Vec<Finding<Kind>>) {
        let leave_out = "leave it out of the corpus";
        self.note(into, Kind::BinaryFile, Serious, leave_out, None);
        if self.tally.count(Kind::Encoding) > 0 {
            let mut finding = self.finding(Kind::Encoding, Note);
            let filter = format!("iconv -f {} -t UTF-8", finding.example);
            finding.command = self.command(Kind::Encoding, &filter);
            into.push(finding);
        }
        let again = "fetch or compress the file again";
        self.note(into, Kind::Damaged, Serious, again, None);
        self.note(into, Kind::Unreadable, Serious, "", None);
        self.note(into, Kind::EmptyFile, Note, "", None);
        let skip = Some("tail -c +4");
        self.note(into, Kind::ByteOrderMark, Note, "", skip);
        if self.words.tokens == 0 {
            let mut finding = self.finding(Kind::NoText, Serious);
            finding.count = self.bytes;
            finding.help = "check the path and `tokenizer`".into();
            into.push(finding);
        }
    }

    /// Text in another encoding has a broken sequence at every other letter, a damaged place a few in
    /// all.
    pub(super) fn encoding(&self, into: &mut Vec<Finding<Kind>>) {
        let count = self.tally.count(Kind::InvalidUtf8);
        if count > 0 {
            let many = share(count, self.bytes) >= 5e-5;
            let mut finding = self.finding(Kind::InvalidUtf8, if many { Serious } else { Warning });
            let (mut details, mut named) = (Vec::new(), None);
            for (source, guess) in self.evidence.guesses() {
                let what = match guess {
                    Guess::Encoding(name) => {
                        named.get_or_insert(name);
                        format!("probably {name}")
                    }
                    Guess::BrokenUtf8 => "UTF-8 with broken places".to_owned(),
                    Guess::Binary => "probably no text".to_owned(),
                    Guess::Unknown => continue,
                };
                let path = self.corpus.sources()[source as usize].path();
                details.push(format!("{}: {what}", path.display()));
                let filter = match guess {
                    Guess::Encoding(name) => format!("iconv -f {name} -t UTF-8"),
                    Guess::BrokenUtf8 => "iconv -f UTF-8 -t UTF-8 -c".to_owned(),
                    _ => continue,
                };
                if finding.command.is_none() {
                    finding.command = self.mend(source, &filter);
                }
            }
            finding.detail = details.join("; ");
            let read =
                named.map_or(String::new(), |name| format!(", or read it with `encoding={name}`"));
            finding.help = format!(
                "convert the file{read}; `invalid_utf8=skip` leaves the bytes out, replace makes each \
                 U+FFFD"
            )
            .into();
            into.push(finding);
        }
        let count = self.tally.count(Kind::DoubleEncoded);
        let severity = match count {
            0..3 => Note,
            _ => by_share(share(count, self.letters()), 5e-4, 0.0),
        };
        self.note(
            into,
            Kind::DoubleEncoded,
            severity,
            "undo one of the two encodings, file by file",
            Some("iconv -f UTF-8 -t WINDOWS-1252"),
        );
        let replaced = self.tally.count(Kind::Replacement);
        self.note(
            into,
            Kind::Replacement,
            by_share(share(replaced, self.letters()), 0.01, 0.0),
            "what stood there is lost: convert the original once more, from its true encoding",
            None,
        );
    }
}
