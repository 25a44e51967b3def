//! What scripts, languages and their segmentation come to.

use super::{Case, by_share, percent, share};
use crate::corpus::Segmentation;
use crate::doctor::Severity::{Note, Serious, Warning};
use crate::doctor::words::CLAUSE;
use crate::doctor::{Finding, Kind};
use crate::doctor::{characters, scripts};

impl Case<'_> {
    pub(super) fn segmentation(&self, into: &mut Vec<Finding<Kind>>) {
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
            finding.help = self.segmenter().into();
            into.push(finding);
        }
        let han_share = share(words.single_han, words.single);
        let single = share(words.single, words.lettered);
        let unicode_han = han_share > 0.5
            && matches!(self.tokenizer.segmentation, Segmentation::Unicode | Segmentation::Social);
        if (whitespace && single >= 0.8 && words.single >= 20) || (unicode_han && single >= 0.2) {
            let severity = if han_share > 0.5 { Warning } else { Serious };
            let mut finding = self.finding(Kind::SingleCharacters, severity);
            finding.count = words.single;
            finding.detail = format!("{} of tokens with a letter", percent(single));
            finding.help = match (unicode_han, han_share > 0.5) {
                (true, _) => {
                    "the tokenizer cuts Han characters one by one: `tokenizer=zh` finds words"
                }
                (_, true) => "for words put the characters together again and use `tokenizer=zh`",
                _ => "do not cut words into letters",
            }
            .into();
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
            finding.help = "`tokenizer=whitespace` keeps the words as they were cut".into();
            into.push(finding);
        }
    }

    /// What cuts the scripts of this text.
    fn segmenter(&self) -> &'static str {
        let of = |class| self.characters.of(class);
        let han = of(scripts::HAN) + of(scripts::TRADITIONAL) + of(scripts::SIMPLIFIED);
        let kana = of(scripts::KANA);
        if 10 * kana > han {
            return "cut it with a segmenter for Japanese first, or take characters: `tokenizer=char`";
        }
        let others =
            [scripts::THAI, scripts::LAO, scripts::KHMER, scripts::BURMESE, scripts::TIBETAN];
        match others.iter().map(|class| of(*class)).sum::<u64>() > han {
            true => {
                "cut it with a segmenter for its language first, or take characters: `tokenizer=char`"
            }
            false => "`tokenizer=zh` finds the words of Chinese, `tokenizer=char` takes characters",
        }
    }

    pub(super) fn mixtures(&self, into: &mut Vec<Finding<Kind>>) {
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
            let shown =
                scripts.iter().map(|(name, n)| format!("{name} {}", percent(share(*n, letters))));
            finding.detail = shown.collect::<Vec<_>>().join(", ");
            let second = scripts::first(&self.characters.first, rest[0].0);
            finding.first = second.map(|spot| self.place(spot)).into_iter().collect();
            finding.help = format!(
                "one model of both is possible; words of {} and {} then meet where they share lines",
                first.0, rest[0].0
            )
            .into();
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
            finding.first = second.first.map(|spot| self.place(spot)).into_iter().collect();
            finding.help = "words of different languages that are spelt alike get one vector; \
                            train them apart unless you want that"
                .into();
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
            finding.help = "make one of both, with OpenCC".into();
            let table = if traditional > simplified { "s2t" } else { "t2s" };
            finding.command = self.mend_all(&format!("opencc -c {table}"));
            into.push(finding);
        }
    }
}
