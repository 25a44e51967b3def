//! What markup, lines and words come to.

use super::{Case, by_share, percent, perl, share};
use crate::doctor::Severity::{Note, Serious, Warning};
use crate::doctor::{Finding, Kind};

impl Case<'_> {
    /// In clean text a tag or an address comes now and then; in a text that was not extracted, in every
    /// sentence.
    pub(super) fn markup(&self, into: &mut Vec<Finding<Kind>>) {
        let tokens = self.words.tokens;
        let of = |kind| share(self.tally.count(kind), tokens);
        self.note(
            into,
            Kind::Tags,
            by_share(of(Kind::Tags), 0.01, 1e-4),
            "take the text out of the document first; for a few tags this will do",
            Some(&perl("s/<[^<>]*>/ /g")),
        );
        self.note(
            into,
            Kind::Entities,
            by_share(of(Kind::Entities), 0.05, 1e-4),
            "decode them",
            Some(
                "python3 -c 'import html,sys; sys.stdout.writelines(map(html.unescape, sys.stdin))'",
            ),
        );
        self.note(
            into,
            Kind::WikiMarkup,
            by_share(of(Kind::WikiMarkup), 0.01, 1e-4),
            "put the dump through a text extractor, such as WikiExtractor",
            None,
        );
        // A text about the web has a few.
        if of(Kind::MarkupWords) >= 1e-5 {
            self.note(
                into,
                Kind::MarkupWords,
                by_share(of(Kind::MarkupWords), 0.01, 1e-3),
                "take the text out of the document before its signs are removed",
                None,
            );
        }
        self.note(
            into,
            Kind::Urls,
            by_share(of(Kind::Urls), 1.1, 0.01),
            "`min_count` drops most of them; or take them out",
            Some(&perl(r"s{\S*(://|www\.)\S*}{}g")),
        );
        let json = self.tally.count(Kind::JsonLines);
        if json > 0 {
            let of_lines = share(json, self.lines.filled);
            let mut finding = self.finding(Kind::JsonLines, by_share(of_lines, 0.1, 0.0));
            finding.detail = format!("{} of the lines", percent(of_lines));
            finding.help = "take the text out of the objects".into();
            let key = self.lines.json_key().unwrap_or("text");
            let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
            let key = if plain { key } else { "text" };
            finding.command = self.command(Kind::JsonLines, &format!("jq -r .{key}"));
            into.push(finding);
        }
    }

    pub(super) fn lines(&self, into: &mut Vec<Finding<Kind>>) {
        let filled = self.lines.filled;
        let one = self.tally.count(Kind::OneTokenLines);
        let of_lines = share(one, filled);
        if of_lines >= 0.01 {
            let severity = match filled {
                0..10 => Note,
                _ => by_share(of_lines, 0.5, 0.1),
            };
            let mut finding = self.finding(Kind::OneTokenLines, severity);
            finding.detail = format!("{} of lines that hold a token", percent(of_lines));
            finding.help =
                "a line is a sentence, and words of different lines are no neighbours: put \
                            a sentence or a paragraph on each line"
                    .into();
            if of_lines >= 0.5 {
                finding.command = self.mend_all(r"tr '\r\n' '  '");
            }
            into.push(finding);
        }
        let repeats = self.lines.repeats();
        let of_lines = repeats.repeats / self.lines.repeatable.max(1) as f64;
        if of_lines >= 0.001 {
            let severity = match self.lines.repeatable {
                0..100 => Note,
                _ => by_share(of_lines, 0.5, 0.05),
            };
            let mut finding = self.finding(Kind::DuplicateLines, severity);
            self.estimate(&mut finding, repeats.repeats, repeats.error);
            finding.detail = format!("{} of the lines of 20 bytes or more", percent(of_lines));
            let places = repeats.first.iter();
            finding.first = places.map(|[_, second]| self.place(*second)).collect();
            if let Some([first, _]) = repeats.first.first() {
                let path = self.corpus.sources()[first.source as usize].path();
                finding.example = format!("as line {} of {}", first.line, path.display());
            }
            finding.help =
                "keep the first of each (the memory that this takes grows with the text)".into();
            finding.command = self.mend_all("awk '!seen[$0]++'");
            into.push(finding);
        }
        self.note(
            into,
            Kind::LongLines,
            Note,
            "nothing is lost, but that words on both sides of a cut are no neighbours; gensim drops \
             what is behind 10,000 tokens",
            None,
        );
        self.note(into, Kind::EmptyLines, Note, "", None);
    }

    pub(super) fn vocabulary(&self, into: &mut Vec<Finding<Kind>>) {
        let tokens = self.words.tokens;
        let giants = share(self.tally.count(Kind::GiantTokens), tokens);
        self.note(
            into,
            Kind::GiantTokens,
            by_share(giants, 0.05, 1e-4),
            "data, addresses, or words without spaces between them; `min_count` drops what is rare",
            None,
        );
        self.note(
            into,
            Kind::SpecialTokens,
            Warning,
            "they are words like others here; GloVe stops at <unk>, word2vec.c counts </s> as the end \
             of a line",
            Some(&perl(r"s{(?<!\S)(</?s>|<unk>|<UNK>|<pad>|<PAD>|\[UNK\]|\[PAD\])(?!\S)}{}g")),
        );
        self.note(
            into,
            Kind::Labels,
            Warning,
            "they are words like others here",
            Some(&perl(r"s/(?<!\S)__label__\S*//g")),
        );
        let kept = self.words.kept.iter();
        let kept = kept.copied().find(|kept| kept.min_count == self.min_count);
        if let Some(kept) = kept.filter(|_| tokens > 0) {
            let dropped = share(tokens - kept.tokens, tokens);
            let kind = if kept.words == 0 { Kind::NothingLeft } else { Kind::RareWords };
            let mut finding = self.finding(kind, if kept.words == 0 { Serious } else { Note });
            finding.count = self.words.words - kept.words;
            finding.detail = format!(
                "`min_count={}` keeps {} of the words, and drops {} of the tokens",
                self.min_count,
                percent(share(kept.words, self.words.words)),
                percent(dropped)
            );
            if kept.words > 0 && dropped >= 0.5 {
                finding.severity = Warning;
            }
            finding.help = "lower `min_count`, or read more text".into();
            if dropped >= 0.1 {
                into.push(finding);
            }
        }
        if tokens > 0 && tokens < 1_000_000 {
            let severity = if tokens < 100_000 { Warning } else { Note };
            let mut finding = self.finding(Kind::SmallText, severity);
            finding.count = tokens;
            finding.detail = "below a million tokens only frequent words get neighbours that mean \
                              something, and those change with the seed"
                .to_owned();
            finding.help =
                "w2v compare puts vectors of counting (PPMI-SVD) beside yours: they were \
                            as good on 17 million tokens (docs/baselines.md)"
                    .into();
            into.push(finding);
        }
    }
}
