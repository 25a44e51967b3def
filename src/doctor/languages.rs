//! Which languages in Latin letters a text is in, by the commonest words of seven of them.
//!
//! In: words with their counts. Out: about which share of the text is in each language. Words were
//! chosen that no other of the seven has; that "die" and "war" are English words too is why they are
//! missing. How much of running text they are is a rough figure, good enough to tell a tenth from a half.

use super::places::Spot;

/// A language: its name, words that are its own, and about how many of a thousand tokens are these.
struct Language {
    name: &'static str,
    words: &'static [&'static str],
    per_thousand: u64,
}

const LANGUAGES: [Language; 7] = [
    Language {
        name: "English",
        words: &["the", "and", "with", "that", "which", "from", "was"],
        per_thousand: 120,
    },
    Language {
        name: "German",
        words: &["der", "und", "nicht", "ist", "mit", "auf", "von", "eine"],
        per_thousand: 110,
    },
    Language {
        name: "French",
        words: &["les", "des", "et", "dans", "est", "qui", "pour"],
        per_thousand: 90,
    },
    Language {
        name: "Spanish",
        words: &["el", "los", "las", "fue", "más", "sus"],
        per_thousand: 60,
    },
    Language {
        name: "Italian",
        words: &["il", "che", "della", "gli", "nel", "dei", "è"],
        per_thousand: 70,
    },
    Language {
        name: "Portuguese",
        words: &["não", "uma", "ao", "são", "em", "pelo"],
        per_thousand: 50,
    },
    Language {
        name: "Dutch",
        words: &["het", "een", "zijn", "niet", "voor", "wordt", "ook"],
        per_thousand: 80,
    },
];

/// What was counted of each language.
#[derive(Default)]
pub(super) struct Languages {
    counts: [u64; LANGUAGES.len()],
    first: [Option<Spot>; LANGUAGES.len()],
}

/// A language of the text.
#[derive(Debug, PartialEq)]
pub(super) struct Share {
    pub(super) name: &'static str,
    /// Of the text, from 0 to 1; about.
    pub(super) share: f64,
    /// Tokens that are its own words.
    pub(super) count: u64,
    pub(super) first: Option<Spot>,
}

/// The language that a word belongs to.
fn language(word: &str) -> Option<usize> {
    let longest = 6;
    if word.len() > longest {
        return None;
    }
    let is_word = |other: &&str| other.eq_ignore_ascii_case(word);
    LANGUAGES.iter().position(|language| language.words.iter().any(is_word))
}

impl Languages {
    /// Notes where a word occurs.
    pub(super) fn place(&mut self, word: &str, spot: Spot) {
        if let Some(language) = language(word) {
            let first = &mut self.first[language];
            *first = [*first, Some(spot)].into_iter().flatten().min();
        }
    }

    /// Adds a word with its count.
    pub(super) fn add(&mut self, word: &str, count: u64) {
        if let Some(language) = language(word) {
            self.counts[language] += count;
        }
    }

    pub(super) fn merge(&mut self, other: &Languages) {
        for (own, other) in self.counts.iter_mut().zip(other.counts) {
            *own += other;
        }
        for (own, other) in self.first.iter_mut().zip(other.first) {
            *own = [*own, other].into_iter().flatten().min();
        }
    }

    /// Languages that are a twentieth of the text or more, the commonest first.
    pub(super) fn shares(&self, tokens: u64) -> Vec<Share> {
        const LEAST: f64 = 0.05;
        let mut shares: Vec<Share> = (0..LANGUAGES.len())
            .map(|n| Share {
                name: LANGUAGES[n].name,
                share: 1000.0 * self.counts[n] as f64
                    / (LANGUAGES[n].per_thousand * tokens.max(1)) as f64,
                count: self.counts[n],
                first: self.first[n],
            })
            .filter(|share| share.share >= LEAST)
            .collect();
        shares.sort_by(|a, b| b.share.total_cmp(&a.share));
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_belongs_to_two_languages() {
        let all: Vec<&str> = LANGUAGES.iter().flat_map(|l| l.words).copied().collect();
        for (at, word) in all.iter().enumerate() {
            assert!(word.len() <= 6 && !all[..at].contains(word), "{word}");
        }
    }

    #[test]
    fn shares_by_hand() {
        let mut languages = Languages::default();
        languages.add("the", 50);
        languages.add("And", 10);
        languages.add("und", 22);
        languages.add("voor", 1);
        languages.add("house", 900);
        let found = languages.shares(1000);
        let names: Vec<_> = found.iter().map(|share| (share.name, share.count)).collect();
        assert_eq!(names, [("English", 60), ("German", 22)]);
        assert!((found[0].share - 0.5).abs() < 1e-9 && (found[1].share - 0.2).abs() < 1e-9);
    }
}
