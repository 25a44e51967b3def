//! Words that are spelt like one that is not there.
//!
//! In: a word, the vocabulary. Out: at most three words to offer, best first: those that end in the word
//! behind a prefix (`/c/en/coffee` for `coffee`), then those that differ only in case, then by distance,
//! then by id, which is by frequency.
//!
//! The distance is that of optimal string alignment (Damerau 1964: insert, delete, replace, swap two
//! neighbours) on lower-cased characters. One edit is allowed in a word of 2 to 4 characters, two in a
//! longer one; a single character has nothing to be alike with.
//!
//! A vocabulary of 3 million words is gone through in a few hundredths of a second: of most words
//! only the length in bytes or the set of characters is looked at.

use crate::vocab::{Vocab, WordId};
use strsim::osa_distance;

/// Suggestions shown.
const SHOWN: usize = 3;

/// Characters between a prefix and a word, as in `/c/en/coffee`, `ENTITY/Paris`, `en:coffee`.
const SEPARATORS: [char; 6] = ['/', ':', '#', '_', '|', '.'];

/// At most three words of `vocab` that are `word` behind a prefix, or else that are spelt like it, best
/// first.
pub(super) fn alike(vocab: &Vocab, word: &str) -> Vec<String> {
    let mut wanted = String::new();
    lowered(word, &mut wanted);
    let length = wanted.chars().count();
    let mut found = prefixed(vocab, word, &wanted);
    if found.len() < SHOWN {
        let others = spelt_alike(vocab, &wanted, length);
        found.extend(others.into_iter().filter(|id| !found.contains(id)).collect::<Vec<_>>());
    }
    found.truncate(SHOWN);
    found.into_iter().map(|id| vocab.word(id).to_owned()).collect()
}

/// The words that end in `word` behind a separator: those that are spelt the same first, then those of
/// which capitals differ from `wanted`, then by frequency.
fn prefixed(vocab: &Vocab, word: &str, wanted: &str) -> Vec<WordId> {
    if wanted.chars().count() < 2 {
        return Vec::new();
    }
    let (mut same, mut others) = (Vec::new(), Vec::new());
    let mut lower = String::new();
    for (id, candidate) in vocab.words().enumerate() {
        // Lower case takes at most thrice the bytes.
        if candidate.len() <= wanted.len() / 3 || !candidate.contains(SEPARATORS) {
            continue;
        }
        let id = WordId(id as u32);
        let ends = |text: &str, end: &str| {
            text.strip_suffix(end).is_some_and(|prefix| prefix.ends_with(SEPARATORS))
        };
        if ends(candidate, word) {
            same.push(id);
        } else if others.len() < SHOWN {
            lowered(candidate, &mut lower);
            if ends(&lower, wanted) {
                others.push(id);
            }
        }
        if same.len() == SHOWN {
            break;
        }
    }
    same.into_iter().chain(others).filter(|&id| vocab.id(vocab.word(id)) == Some(id)).collect()
}

/// At most three words that are spelt like `wanted`, of `length` characters.
fn spelt_alike(vocab: &Vocab, wanted: &str, length: usize) -> Vec<WordId> {
    let allowed = match length {
        0 | 1 => 0,
        2..=4 => 1,
        // A distance is quadratic in the length. Longer "words" are lines of a wrong tokenizer.
        5..=64 => 2,
        _ => return Vec::new(),
    };
    let wanted_set = set(wanted);
    let mut lower = String::new();
    let mut found: Vec<(usize, WordId)> = Vec::new();
    let mut limit = allowed;
    for (id, candidate) in vocab.words().enumerate() {
        // A character takes 1 to 4 bytes, and none has more lower-case characters than bytes.
        let bytes = candidate.len();
        if bytes + limit < length || bytes > 4 * (length + limit) {
            continue;
        }
        lowered(candidate, &mut lower);
        // An edit takes away at most one character of the set and brings at most one.
        let other_set = set(&lower);
        let lost = (wanted_set & !other_set).count_ones() as usize;
        let won = (other_set & !wanted_set).count_ones() as usize;
        if lower.chars().count().abs_diff(length) > limit || lost > limit || won > limit {
            continue;
        }
        let distance = osa_distance(wanted, &lower);
        let id = WordId(id as u32);
        // A table may hold a word twice; it is offered once.
        if distance > limit || lower.is_empty() || vocab.id(candidate) != Some(id) {
            continue;
        }
        // Ids ascend: behind all of the same distance.
        let place = found.partition_point(|&(other, _)| other <= distance);
        found.insert(place, (distance, id));
        found.truncate(SHOWN);
        if found.len() == SHOWN {
            // Only something strictly better than the third is still of interest.
            match found[SHOWN - 1].0.checked_sub(1) {
                Some(better) => limit = better,
                None => break,
            }
        }
    }
    found.into_iter().map(|(_, id)| id).collect()
}

fn lowered(word: &str, out: &mut String) {
    out.clear();
    match word.is_ascii() {
        true => {
            out.push_str(word);
            out.make_ascii_lowercase();
        }
        false => out.extend(word.chars().flat_map(char::to_lowercase)),
    }
}

/// The set of characters, modulo 64.
fn set(word: &str) -> u64 {
    word.chars().fold(0, |set, c| set | 1 << (u32::from(c) % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offered(words: &[&str], word: &str) -> Vec<String> {
        alike(&Vocab::new(words.iter().map(|word| (*word, 1))), word)
    }

    #[test]
    fn best_distance_first_then_frequency() {
        let words = ["the", "quean", "queens", "queen", "Queen", "QUEEN", "green", "queue"];
        assert_eq!(offered(&words, "qUEEN"), ["queen", "Queen", "QUEEN"]);
        assert_eq!(offered(&words, "quene"), ["queen", "Queen", "QUEEN"]);
        assert_eq!(offered(&words, "queans"), ["quean", "queens", "queen"]);
        assert_eq!(offered(&words, "reen"), ["green"]);
        assert_eq!(offered(&words, "teh"), ["the"]);
        assert_eq!(offered(&words, "zebra"), [""; 0]);
    }

    #[test]
    fn words_behind_a_prefix() {
        let words = [
            "/c/en/Coffee_pot",
            "/c/en/coffee_pot",
            "ENTITY/Barack_Obama",
            "en:barack_obama",
            "coffee_pots",
            "xcoffee_pot",
            "/c/de/pot",
            "/c/en/tea",
            "ns#tea",
            "a|tea",
            "b.tea",
            "ÄRGER",
            "de/ÄRGER",
        ];
        assert_eq!(
            offered(&words, "coffee_pot"),
            ["/c/en/coffee_pot", "/c/en/Coffee_pot", "coffee_pots"]
        );
        assert_eq!(offered(&words, "Barack_Obama"), ["ENTITY/Barack_Obama", "en:barack_obama"]);
        assert_eq!(offered(&words, "barack_OBAMA"), ["ENTITY/Barack_Obama", "en:barack_obama"]);
        assert_eq!(offered(&words, "tea"), ["/c/en/tea", "ns#tea", "a|tea"]);
        assert_eq!(offered(&words, "ärger"), ["de/ÄRGER", "ÄRGER"]);
        assert_eq!(offered(&words, "x"), [""; 0]);
        let long = format!("de/{}", "x".repeat(300));
        assert_eq!(offered(&[&long], &long[3..]), [&*long]);
        assert_eq!(offered(&["a/bc", "a/bc"], "bc"), ["a/bc"]);
    }

    #[test]
    fn short_words_empty_words_and_other_scripts() {
        let words = ["a", "I", "", "北京", "北京市", "Ärger", "上海"];
        assert_eq!(offered(&words, "i"), ["I"]);
        assert_eq!(offered(&words, "b"), [""; 0]);
        assert_eq!(offered(&words, ""), [""; 0]);
        assert_eq!(offered(&words, "北亰"), ["北京"]);
        assert_eq!(offered(&words, "ärger"), ["Ärger"]);
        assert_eq!(offered(&words, &"x".repeat(100_000)), [""; 0]);
        assert_eq!(offered(&[], "queen"), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_to_the_filters(
            words in proptest::collection::vec("[abcdeX]{1,7}", 0..30),
            word in "[abcdeX]{2,7}",
        ) {
            let allowed = if word.len() < 5 { 1 } else { 2 };
            let mut naive: Vec<(usize, usize)> = words
                .iter()
                .enumerate()
                .map(|(id, w)| (osa_distance(&w.to_lowercase(), &word.to_lowercase()), id))
                .filter(|&(distance, id)| distance <= allowed && !words[..id].contains(&words[id]))
                .collect();
            naive.sort_unstable();
            let naive: Vec<&String> = naive.iter().take(3).map(|&(_, id)| &words[id]).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let offered = offered(&words, &word);
            prop_assert_eq!(offered.iter().collect::<Vec<_>>(), naive);
        }
    }
}
