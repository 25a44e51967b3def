//! Findings about words: far too long ones, ones that other programs keep for themselves, unsegmented
//! clauses, single characters, numbers, capitals; and what each `min_count` keeps.
//!
//! In: each different word, when a thread meets it first (for its place) and at the end with its count. A
//! text has far fewer words than tokens, so that words may be looked at closely.

use super::findings::{Kept, Kind};
use super::markup::is_markup_word;
use super::places::Spot;
use super::sample::{Repeats, Sample};
use super::scripts;
use super::tally::Tally;
use xxhash_rust::xxh3::xxh3_64;

/// Characters of a token that is no word.
const GIANT: usize = 64;

/// Characters of a script without spaces that are hardly one word.
pub(super) const CLAUSE: usize = 8;

/// Values of `min_count` that are tried.
const MIN_COUNTS: [u64; 8] = [1, 2, 3, 5, 10, 20, 50, 100];

/// Words that mean something to other programs.
const SPECIAL: [&str; 8] = ["</s>", "<s>", "<unk>", "<UNK>", "[UNK]", "<pad>", "<PAD>", "[PAD]"];

/// What is counted about words, all of them weighted by their counts unless said otherwise.
pub(super) struct Words {
    pub(super) tokens: u64,
    /// Different words.
    pub(super) words: u64,
    /// Tokens with a letter.
    pub(super) lettered: u64,
    /// Tokens of one letter, and how many of these are Han characters.
    pub(super) single: u64,
    pub(super) single_han: u64,
    /// Tokens of scripts without spaces by their number of such characters.
    pub(super) lengths: [u64; 65],
    /// Tokens and different words that are numbers.
    pub(super) numbers: u64,
    pub(super) different_numbers: u64,
    /// Tokens with capitals.
    pub(super) capitals: u64,
    /// Different words in lower case.
    lowered: Sample,
    pub(super) kept: Vec<Kept>,
}

/// What is to be said about a word.
struct Look {
    giant: bool,
    special: bool,
    label: bool,
    markup: bool,
    number: bool,
    capital: bool,
    letter: bool,
    /// One letter: `Some(whether it is Han)`.
    single: Option<bool>,
    /// Characters of scripts without spaces, where these are most of the word or a clause of it.
    unspaced: usize,
}

fn look(word: &str) -> Look {
    let (mut characters, mut unspaced) = (0, 0);
    let (mut number, mut digit, mut capital, mut letter) = (true, false, false, false);
    let mut first = None;
    for c in word.chars() {
        characters += 1;
        first.get_or_insert(c);
        if !c.is_ascii() && scripts::has_no_spaces(scripts::class(c)) {
            // Most of an unsegmented text: neither number nor capital, and slow to be asked about.
            unspaced += 1;
            (number, letter) = (false, true);
            continue;
        }
        let is_digit = c.is_ascii_digit() || !c.is_ascii() && c.is_numeric();
        digit |= is_digit;
        number &= is_digit || matches!(c, '.' | ',' | ':' | '/' | '%' | '+' | '-' | '−' | '–');
        letter |= c.is_alphabetic();
        capital |= c.is_uppercase();
    }
    let is_han = |c| scripts::is_han(scripts::class(c));
    let mostly = 2 * unspaced > characters || unspaced > CLAUSE;
    Look {
        giant: characters > GIANT && !mostly,
        special: SPECIAL.contains(&word),
        label: word.starts_with("__label__"),
        markup: is_markup_word(word),
        number: number && digit,
        capital,
        letter,
        single: first.filter(|_| characters == 1 && letter).map(is_han),
        unspaced: if mostly { unspaced } else { 0 },
    }
}

impl Look {
    /// Kinds of findings of which the places are wanted.
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let kinds = [
            (self.giant, Kind::GiantTokens),
            (self.special, Kind::SpecialTokens),
            (self.label, Kind::Labels),
            (self.markup, Kind::MarkupWords),
            (self.unspaced > CLAUSE, Kind::Unsegmented),
        ];
        kinds.into_iter().filter_map(|(is, kind)| is.then_some(kind))
    }
}

/// Notes the place of a word that a thread meets for the first time.
pub(super) fn place(word: &str, spot: Spot, tally: &mut Tally) {
    for kind in look(word).kinds() {
        tally.word(kind, spot, word);
    }
}

impl Words {
    /// `min_count` is tried beside the usual values.
    pub(super) fn new(min_count: u64) -> Self {
        let mut counts = MIN_COUNTS.to_vec();
        if let Err(at) = counts.binary_search(&min_count) {
            counts.insert(at, min_count);
        }
        let kept = counts.into_iter().map(|min_count| Kept { min_count, words: 0, tokens: 0 });
        Words {
            tokens: 0,
            words: 0,
            lettered: 0,
            single: 0,
            single_han: 0,
            lengths: [0; 65],
            numbers: 0,
            different_numbers: 0,
            capitals: 0,
            lowered: Sample::new(),
            kept: kept.collect(),
        }
    }

    /// Adds a word with its whole count; what is a finding goes to `tally`.
    pub(super) fn add(&mut self, word: &str, count: u64, tally: &mut Tally) {
        self.tokens += count;
        self.words += 1;
        for kept in self.kept.iter_mut().filter(|kept| kept.min_count <= count) {
            kept.words += 1;
            kept.tokens += count;
        }
        let look = look(word);
        look.kinds().for_each(|kind| tally.add(kind, count));
        if look.unspaced > 0 {
            self.lengths[look.unspaced.min(64)] += count;
        }
        if look.letter {
            self.lettered += count;
        }
        if let Some(is_han) = look.single {
            self.single += count;
            self.single_han += if is_han { count } else { 0 };
        }
        if look.number {
            self.numbers += count;
            self.different_numbers += 1;
        }
        let lower = match look.capital {
            true => xxh3_64(word.to_lowercase().as_bytes()),
            false => xxh3_64(word.as_bytes()),
        };
        self.lowered.add(lower, Spot::default());
        if look.capital {
            self.capitals += count;
        }
    }

    /// Words that are another word but for capitals.
    pub(super) fn merged_by_lowercase(&self) -> Repeats {
        self.lowered.repeats(0)
    }

    /// The median of how many characters of scripts without spaces a token of these has, and how many
    /// such tokens there are.
    pub(super) fn median_length(&self) -> (usize, u64) {
        let all: u64 = self.lengths.iter().sum();
        let mut below = 0;
        let median = self.lengths.iter().position(|count| {
            below += count;
            2 * below >= all
        });
        (median.unwrap_or(0), all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_by_hand() {
        let mut tally = Tally::new();
        let mut words = Words::new(4);
        let giant = "x".repeat(65);
        let list = [
            ("the", 60),
            ("The", 5),
            ("THE", 1),
            ("12", 3),
            ("1.5%", 1),
            ("-", 7),
            ("a", 4),
            ("我", 2),
            ("人工智能", 1),
            ("我们都是热爱学习的人", 3),
            ("<unk>", 2),
            ("</s>", 1),
            ("__label__x", 4),
            ("nbsp", 9),
            (&giant[..64], 1),
            (&giant, 2),
        ];
        for (word, count) in list {
            words.add(word, count, &mut tally);
        }
        assert_eq!((words.tokens, words.words), (106, 16));
        let kept: Vec<_> = words.kept.iter().map(|k| (k.min_count, k.words, k.tokens)).collect();
        assert_eq!(
            kept,
            [
                (1, 16, 106),
                (2, 11, 101),
                (3, 8, 95),
                (4, 6, 89),
                (5, 4, 81),
                (10, 1, 60),
                (20, 1, 60),
                (50, 1, 60),
                (100, 0, 0)
            ]
        );
        for (kind, count) in [
            (Kind::GiantTokens, 2),
            (Kind::SpecialTokens, 3),
            (Kind::Labels, 4),
            (Kind::MarkupWords, 9),
            (Kind::Unsegmented, 3),
        ] {
            assert_eq!(tally.count(kind), count, "{kind}");
        }
        assert_eq!((words.numbers, words.different_numbers), (4, 2));
        assert_eq!((words.single, words.single_han), (6, 2));
        assert_eq!(words.capitals, 6);
        assert_eq!(words.merged_by_lowercase().repeats, 2.0);
        // 1 character twice, 4 once, 10 three times.
        assert_eq!(words.median_length(), (4, 6));
    }
}
