//! The two tests, made from the same tables as the corpus.
//!
//! [`questions`]: analogies in the form of `questions-words.txt` (Mikolov et
//! al. 2013). [`pairs`]: word pairs with scores in the form of WordSim-353.
//! Neither is held out: the corpus was written from the facts that they ask.

use super::chinese::facts;
use super::english::{people, things, words, world};
use super::pattern::{Row, alternatives, cell, table};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Name of the section, the table, its two columns, and with how many of the
/// rows after it a row is asked about, both ways round.
const SECTIONS: &[(&str, &str, &str, &str, usize)] = &[
    ("family", people::PAIRS, "male", "female", 4),
    ("capital-country", world::COUNTRIES, "capital", "country", 1),
    ("country-capital", world::COUNTRIES, "country", "capital", 1),
    ("country-nationality", world::COUNTRIES, "country", "people", 2),
    ("country-language", world::COUNTRIES, "country", "tongue", 1),
    ("country-currency", world::COUNTRIES, "country", "money", 2),
    ("verb-past", words::VERBS, "base", "past", 2),
    ("verb-participle", words::VERBS, "base", "ing", 2),
    ("participle-past", words::VERBS, "ing", "past", 1),
    ("adjective-comparative", words::ADJECTIVES, "base", "more", 2),
    ("adjective-superlative", words::ADJECTIVES, "base", "most", 2),
    ("plural-animals", things::ANIMALS, "one", "many", 2),
    ("plural-vehicles", things::VEHICLES, "one", "many", 2),
    ("plural-things", things::THINGS, "one", "many", 1),
    ("家庭", facts::PAIRS, "male", "female", 4),
    ("首都", facts::COUNTRIES, "country", "capital", 2),
    ("国人", facts::COUNTRIES, "country", "people", 1),
    ("语言", facts::COUNTRIES, "country", "tongue", 2),
    ("货币", facts::COUNTRIES, "country", "money", 2),
    ("省会", facts::PROVINCES, "province", "seat", 2),
];

/// The questions, section by section.
///
/// A row is left out of a section where its two words are the same (`sheep`)
/// or where one of them has served already (the second country with a euro),
/// so that each question has one answer.
pub(crate) fn questions() -> String {
    let mut out = String::new();
    for &(section, text, left, right, reach) in SECTIONS {
        let mut seen = BTreeSet::new();
        let mut couples = Vec::new();
        for row in table(text) {
            let (a, b) = (cell(&row, left), cell(&row, right));
            if a != b && !seen.contains(a) && !seen.contains(b) {
                seen.extend([a, b]);
                couples.push((a, b));
            }
        }
        writeln!(out, ": {section}").expect("a string takes it");
        for (i, (a, b)) in couples.iter().enumerate() {
            for step in 1..=reach {
                let (c, d) = couples[(i + step) % couples.len()];
                writeln!(out, "{a} {b} {c} {d}\n{c} {d} {a} {b}").expect("a string takes it");
            }
        }
    }
    out
}

/// Same sub-class (two pets, two capitals).
const SAME_KIN: u32 = 9;
/// A thing and what belongs with it (dog, bone).
const BELONGS: u32 = 7;
/// Same class, other sub-class (a pet and a bird).
const SAME_CLASS: u32 = 6;
/// Nothing in common.
const UNRELATED: u32 = 1;

/// The word pairs, with a few lines that say what they are.
pub(crate) fn pairs() -> String {
    let mut out = String::from(
        "# word pairs with scores from 0 to 10, made by data/make_corpus from its own taxonomy\n\
         # 9 same sub-class, 7 a thing and what belongs with it, 6 same class, 1 unrelated\n",
    );
    let mut seen = BTreeSet::new();
    for taxonomy in [english(), chinese()] {
        for (a, b, score) in compare(&taxonomy) {
            if a != b && seen.insert((a.min(b), a.max(b))) {
                writeln!(out, "{a}\t{b}\t{score}").expect("a string takes it");
            }
        }
    }
    out
}

/// A word with its class, its sub-class, and a word that belongs with it.
struct Entry {
    word: &'static str,
    class: &'static str,
    kin: &'static str,
    part: Option<&'static str>,
}

/// The classes of one language; a class is a list of entries.
type Taxonomy = Vec<Vec<Entry>>;

fn english() -> Taxonomy {
    let mut classes = vec![
        plain("royal family", &["king", "queen", "prince", "princess", "emperor", "empress"]),
        plain("relative", &["father", "mother", "son", "daughter", "uncle", "aunt"]),
        column(world::COUNTRIES, "country"),
        column(world::COUNTRIES, "capital"),
        column(people::JOBS, "job"),
        plain("colour", &["red", "blue", "green", "yellow", "black"]),
        plain("weekday", &["monday", "tuesday", "friday", "sunday"]),
        plain("sport", &["football", "tennis", "basketball", "hockey"]),
        plain("movement", &["walked", "climbed", "danced", "jumped"]),
        grouped(things::ANIMALS, "animal"),
        grouped(things::VEHICLES, "vehicle"),
    ];
    for (class, _) in things::CLASS_PATTERNS {
        let mut entries = grouped(things::THINGS, class);
        let of_class: BTreeSet<&str> = table(things::THINGS)
            .iter()
            .filter(|row| cell(row, "class") == *class)
            .map(|row| cell(row, "one"))
            .collect();
        entries.retain(|entry| of_class.contains(entry.word));
        classes.push(entries);
    }
    classes
}

fn chinese() -> Taxonomy {
    vec![
        plain("王室", &["国王", "王后", "王子", "公主"]),
        plain("亲人", &["父亲", "母亲", "爸爸", "妈妈"]),
        column(facts::COUNTRIES, "country"),
        column(facts::COUNTRIES, "capital"),
        column(facts::JOBS, "job"),
        column(facts::PROVINCES, "seat"),
        grouped(facts::ANIMALS, "动物"),
        grouped(facts::THINGS, "东西"),
    ]
}

/// Words of one class that has no sub-classes: all are each other's kin.
fn plain(class: &'static str, words: &[&'static str]) -> Vec<Entry> {
    let entry = |&word: &&'static str| Entry { word, class, kin: class, part: None };
    words.iter().map(entry).collect()
}

/// The same from a column of a table, the first eight rows of it.
fn column(text: &'static str, name: &'static str) -> Vec<Entry> {
    let words: Vec<&str> = table(text).iter().map(|row| cell(row, name)).take(8).collect();
    plain(name, &words)
}

/// A table with sub-classes, whose `part` column says what belongs with a word.
fn grouped(text: &'static str, class: &'static str) -> Vec<Entry> {
    let entry = |row: &Row| Entry {
        word: cell(row, "one"),
        class,
        kin: cell(row, "kin"),
        part: alternatives(cell(row, "part")).into_iter().find(|part| !part.contains(' ')),
    };
    table(text).iter().map(entry).collect()
}

/// Every second word with the next of its sub-class, every fifth with what
/// belongs with it, every fourth with one of another sub-class, and every third
/// with one of another class.
fn compare(taxonomy: &Taxonomy) -> Vec<(&'static str, &'static str, u32)> {
    let mut out = Vec::new();
    for (c, class) in taxonomy.iter().enumerate() {
        let other = &taxonomy[(c + taxonomy.len() / 2) % taxonomy.len()];
        for (i, entry) in class.iter().enumerate() {
            let after = &class[i + 1..];
            if let (0, Some(kin)) = (i % 2, after.iter().find(|e| e.kin == entry.kin)) {
                out.push((entry.word, kin.word, SAME_KIN));
            }
            if let (0, Some(part)) = (i % 5, entry.part) {
                out.push((entry.word, part, BELONGS));
            }
            if let (0, Some(far)) = (i % 4, after.iter().find(|e| e.kin != entry.kin)) {
                out.push((entry.word, far.word, SAME_CLASS));
            }
            if i % 3 == 0 {
                let stranger = &other[i % other.len()];
                assert_ne!(stranger.class, entry.class, "another class");
                out.push((entry.word, stranger.word, UNRELATED));
            }
        }
    }
    out
}
