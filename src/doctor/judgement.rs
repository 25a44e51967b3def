//! How much each finding matters in this text, and what helps against it.
//!
//! In: all that was counted. Out: the [`Diagnosis`]. A finding is serious where training on the text as it
//! is makes vectors of something else than its words: the limits are shares of tokens, lines or letters
//! and stand beside each kind. Texts that are known to be good (encyclopedias, the bundled corpus) have no
//! serious finding; a test says so.

use super::characters::{self, Characters};
use super::encoding::{Evidence, Guess};
use super::findings::{Diagnosis, Finding, Kind, Place, ScriptShare, Severity};
use super::languages::Languages;
use super::lines::Lines;
use super::remedy;
use super::scripts;
use super::tally::{Count, Spot, Tally};
use super::words::{CLAUSE, Words};
use crate::corpus::{Corpus, Normalization, Segmentation, Tokenizer};
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
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.kind));
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
            findings,
        }
    }

    fn place(&self, spot: Spot) -> Place {
        Place {
            file: self.corpus.sources()[spot.source as usize]
                .path()
                .to_owned(),
            line: spot.line,
            byte: spot.byte,
        }
    }

    /// A finding with what the tally knows of it.
    fn finding(&self, kind: Kind, severity: Severity) -> Finding {
        self.counted(kind, severity, self.tally.get(kind))
    }

    fn counted(&self, kind: Kind, severity: Severity, count: &Count) -> Finding {
        let first = count.first.iter();
        Finding {
            kind,
            severity,
            count: count.count,
            error: None,
            detail: String::new(),
            first: first.map(|(spot, _)| self.place(*spot)).collect(),
            example: count.first.first().map_or(String::new(), |f| f.1.clone()),
            help: String::new(),
            command: None,
        }
    }

    /// Notes a finding where there is any of it; a command is for the file of its first place.
    fn note(
        &self,
        into: &mut Vec<Finding>,
        kind: Kind,
        severity: Severity,
        help: &str,
        filter: Option<&str>,
    ) {
        if self.tally.count(kind) == 0 {
            return;
        }
        let mut finding = self.finding(kind, severity);
        finding.help = help.to_owned();
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

    fn files(&self, into: &mut Vec<Finding>) {
        let leave_out = "leave it out of the corpus";
        self.note(into, Kind::BinaryFile, Serious, leave_out, None);
        if self.tally.count(Kind::Utf16) > 0 {
            let mut finding = self.finding(Kind::Utf16, Serious);
            let name = std::mem::take(&mut finding.example);
            finding.help = "convert it".to_owned();
            let filter = format!("iconv -f {name} -t UTF-8");
            finding.command = self.command(Kind::Utf16, &filter);
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
            finding.help = "check the path and --tokenizer".to_owned();
            into.push(finding);
        }
    }

    /// Text in another encoding has a broken sequence at every other letter, a damaged place a few in
    /// all.
    fn encoding(&self, into: &mut Vec<Finding>) {
        let count = self.tally.count(Kind::InvalidUtf8);
        if count > 0 {
            let many = share(count, self.bytes) >= 5e-5;
            let mut finding = self.finding(Kind::InvalidUtf8, if many { Serious } else { Warning });
            let mut details = Vec::new();
            for (source, guess) in self.evidence.guesses() {
                let what = match guess {
                    Guess::Encoding(name) => format!("probably {name}"),
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
            finding.help = "convert the file; --invalid-utf8 skip leaves the bytes out, replace \
                            makes each U+FFFD"
                .to_owned();
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

    fn segmentation(&self, into: &mut Vec<Finding>) {
        let (words, tokens) = (&self.words, self.words.tokens);
        let whitespace = self.tokenizer.segmentation == Segmentation::Whitespace;
        let (median, unspaced) = words.median_length();
        let of_tokens = share(unspaced, tokens);
        if whitespace && median > CLAUSE {
            let severity = by_share(of_tokens, 0.05, 0.001);
            let mut finding = self.finding(Kind::Unsegmented, severity);
            finding.detail = format!(
                "half of such tokens, which are {} of all, are of {median} characters or more",
                percent(of_tokens)
            );
            finding.help = self.segmenter().to_owned();
            into.push(finding);
        }
        let han_share = share(words.single_han, words.single);
        let single = share(words.single, words.lettered);
        let unicode_han = self.tokenizer.segmentation == Segmentation::Unicode && han_share > 0.5;
        if (whitespace && single >= 0.8 && words.single >= 20) || (unicode_han && single >= 0.2) {
            let severity = if han_share > 0.5 { Warning } else { Serious };
            let mut finding = self.finding(Kind::SingleCharacters, severity);
            finding.count = words.single;
            finding.detail = format!("{} of tokens with a letter", percent(single));
            finding.help = match (unicode_han, han_share > 0.5) {
                (true, _) => {
                    "the tokenizer cuts Han characters one by one: --tokenizer zh finds words"
                }
                (_, true) => "for words put the characters together again and use --tokenizer zh",
                _ => "do not cut words into letters",
            }
            .to_owned();
            if whitespace && han_share > 0.5 {
                finding.command = self.mend_all("tr -d ' '");
            }
            into.push(finding);
        }
        let (spaced, adjacent) = (self.characters.han_spaced, self.characters.han_adjacent);
        if !whitespace && spaced >= 10 && share(spaced, spaced + adjacent) >= 0.2 {
            let mut finding = self.finding(Kind::AlreadySegmented, Warning);
            finding.count = spaced;
            finding.detail = format!(
                "{} of all pairs of Han characters have a space between them",
                percent(share(spaced, spaced + adjacent))
            );
            finding.help = "--tokenizer whitespace keeps the words as they were cut".to_owned();
            into.push(finding);
        }
    }

    /// What cuts the scripts of this text.
    fn segmenter(&self) -> &'static str {
        let of = |class| self.characters.of(class);
        let han = of(scripts::HAN) + of(scripts::TRADITIONAL) + of(scripts::SIMPLIFIED);
        let kana = of(scripts::KANA);
        if 10 * kana > han {
            return "cut it with a segmenter for Japanese first, or take characters: --tokenizer char";
        }
        let others = [
            scripts::THAI,
            scripts::LAO,
            scripts::KHMER,
            scripts::BURMESE,
            scripts::TIBETAN,
        ];
        match others.iter().map(|class| of(*class)).sum::<u64>() > han {
            true => {
                "cut it with a segmenter for its language first, or take characters: --tokenizer char"
            }
            false => "--tokenizer zh finds the words of Chinese, --tokenizer char takes characters",
        }
    }

    /// In clean text a tag or an address comes now and then; in a text that was not extracted, in every
    /// sentence.
    fn markup(&self, into: &mut Vec<Finding>) {
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
            "--min-count drops most of them; or take them out",
            Some(&perl(r"s{\S*(://|www\.)\S*}{}g")),
        );
        let json = self.tally.count(Kind::JsonLines);
        if json > 0 {
            let of_lines = share(json, self.lines.filled);
            let mut finding = self.finding(Kind::JsonLines, by_share(of_lines, 0.1, 0.0));
            finding.detail = format!("{} of the lines", percent(of_lines));
            finding.help = "take the text out of the objects".to_owned();
            let key = self.lines.json_key().unwrap_or("text");
            let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
            let key = if plain { key } else { "text" };
            finding.command = self.command(Kind::JsonLines, &format!("jq -r .{key}"));
            into.push(finding);
        }
    }

    fn odd_characters(&self, into: &mut Vec<Finding>) {
        let whitespace = self.tokenizer.segmentation == Segmentation::Whitespace;
        let if_plain = if whitespace { Warning } else { Note };
        let of_bytes = |kind| share(self.tally.count(kind), self.bytes);
        let note = |into: &mut Vec<Finding>, kind, severity, help: &str, filter: &str| {
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
                "--normalize nfkc makes most of them spaces; or",
                &perl(r"s/[\x{A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]/ /g"),
            );
            note(
                into,
                Kind::Compatibility,
                Note,
                "--normalize nfkc makes one spelling of them; or",
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

    fn spelling(&self, into: &mut Vec<Finding>) {
        if self.tokenizer.normalization == Normalization::None {
            self.note(
                into,
                Kind::Decomposed,
                Warning,
                "--normalize nfc makes one character of both",
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
            finding.help = "--lowercase makes one word of The and the".to_owned();
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
            finding.help = "if they do not matter, make all digits one".to_owned();
            finding.command = self.mend_all(&perl(r"s/\d/0/g"));
            into.push(finding);
        }
    }

    fn estimate(&self, finding: &mut Finding, value: f64, error: f64) {
        finding.count = value.round() as u64;
        finding.error = (error > 0.0).then(|| (1.96 * error).ceil() as u64);
    }

    fn mixtures(&self, into: &mut Vec<Finding>) {
        let letters = self.letters();
        let of = |class| self.characters.of(class);
        let scripts: Vec<(&str, u64)> = scripts::shares(&self.characters.counts)
            .into_iter()
            .filter(|(_, n)| share(*n, letters) >= 0.01)
            .collect();
        let japanese = |name: &str| name == "Han" || name == "kana";
        if let [first, rest @ ..] = &scripts[..]
            && !rest.is_empty()
            && !scripts.iter().all(|(name, _)| japanese(name))
        {
            let mut finding = self.finding(Kind::MixedScripts, Note);
            finding.count = rest.iter().map(|(_, n)| n).sum();
            let shown = scripts
                .iter()
                .map(|(name, n)| format!("{name} {}", percent(share(*n, letters))));
            finding.detail = shown.collect::<Vec<_>>().join(", ");
            let second = scripts::first(&self.characters.first, rest[0].0);
            finding.first = second.map(|spot| self.place(spot)).into_iter().collect();
            finding.help = format!(
                "one model of both is possible; words of {} and {} then meet where they share lines",
                first.0, rest[0].0
            );
            into.push(finding);
        }
        let languages = self.languages.shares(self.words.tokens);
        if let [_, second, ..] = &languages[..] {
            let mut finding = self.finding(Kind::MixedLanguages, Note);
            finding.count = languages[1..].iter().map(|share| share.count).sum();
            let shown = languages
                .iter()
                .map(|language| format!("{} about {}", language.name, percent(language.share)));
            finding.detail = shown.collect::<Vec<_>>().join(", ");
            finding.first = second
                .first
                .map(|spot| self.place(spot))
                .into_iter()
                .collect();
            finding.help = "words of different languages that are spelt alike get one vector; \
                            train them apart unless you want that"
                .to_owned();
            into.push(finding);
        }
        let (traditional, simplified) = (of(scripts::TRADITIONAL), of(scripts::SIMPLIFIED));
        let rarer = share(traditional.min(simplified), traditional + simplified);
        // Kana: Japanese has simplified characters of its own.
        let han = of(scripts::HAN) + traditional + simplified;
        if rarer >= 0.01 && 20 * of(scripts::KANA) < han {
            let severity = by_share(rarer, 1.1, 0.05);
            let count = characters::rarer(&self.characters);
            let mut finding = self.counted(Kind::MixedChinese, severity, count);
            finding.count = traditional.min(simplified);
            finding.detail = format!(
                "of characters that only one of both has, {} traditional, {} simplified",
                percent(share(traditional, traditional + simplified)),
                percent(share(simplified, traditional + simplified))
            );
            finding.help = "make one of both, with OpenCC".to_owned();
            let table = if traditional > simplified {
                "s2t"
            } else {
                "t2s"
            };
            finding.command = self.mend_all(&format!("opencc -c {table}"));
            into.push(finding);
        }
    }

    fn lines(&self, into: &mut Vec<Finding>) {
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
                    .to_owned();
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
                let place = self.place(*first);
                finding.example = format!("as line {} of {}", place.line, place.file.display());
            }
            finding.help =
                "keep the first of each (the memory that this takes grows with the text)"
                    .to_owned();
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

    fn vocabulary(&self, into: &mut Vec<Finding>) {
        let tokens = self.words.tokens;
        let giants = share(self.tally.count(Kind::GiantTokens), tokens);
        self.note(
            into,
            Kind::GiantTokens,
            by_share(giants, 0.05, 1e-4),
            "data, addresses, or words without spaces between them; --min-count drops what is rare",
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
            let kind = if kept.words == 0 {
                Kind::NothingLeft
            } else {
                Kind::RareWords
            };
            let mut finding = self.finding(kind, if kept.words == 0 { Serious } else { Note });
            finding.count = self.words.words - kept.words;
            finding.detail = format!(
                "--min-count {} keeps {} of the words, and drops {} of the tokens",
                self.min_count,
                percent(share(kept.words, self.words.words)),
                percent(dropped)
            );
            if kept.words > 0 && dropped >= 0.5 {
                finding.severity = Warning;
            }
            finding.help = "lower --min-count, or read more text".to_owned();
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
                    .to_owned();
            into.push(finding);
        }
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
