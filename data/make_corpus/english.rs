//! The English half: which facts meet which patterns, and how often.

pub(crate) mod people;
pub(crate) mod things;
mod topics;
pub(crate) mod words;
pub(crate) mod world;

use super::pattern::{Dice, Grammar, Row, Theme, couples, gendered, table};

/// Every English sentence, theme after theme; the caller shuffles.
pub(crate) fn sentences(dice: &mut Dice) -> Vec<String> {
    let grammar = Grammar::new(topics::CATEGORIES);
    let mut out = Vec::new();
    for theme in themes() {
        theme.tell(&grammar, dice, topics::LEADS, topics::JOINTS, &mut out);
    }
    out
}

/// The themes with their shares. They were set so that nearly every word of
/// the tables occurs thirty times or more in a corpus under five megabytes.
fn themes() -> Vec<Theme> {
    let countries = table(world::COUNTRIES);
    let verbs = table(words::VERBS);
    let mut themes = vec![
        Theme::new(11_400, gendered(people::PAIRS, people::MARKS), people::PATTERNS),
        Theme::new(3_600, table(people::JOBS), people::JOB_PATTERNS),
        Theme::new(8_800, countries.clone(), world::PATTERNS),
        Theme::new(1_700, couples(&countries), world::TWO),
        Theme::new(7_200, verbs.clone(), words::VERB_PATTERNS),
        Theme::new(4_600, couples(&verbs), words::TWO_VERBS),
        Theme::new(6_000, table(words::ADJECTIVES), words::ADJECTIVE_PATTERNS),
        Theme::new(4_000, table(things::ANIMALS), things::ANIMAL_PATTERNS),
        Theme::new(3_000, table(things::VEHICLES), things::VEHICLE_PATTERNS),
        Theme::new(6_600, table(things::THINGS), things::THING_PATTERNS),
        Theme::new(2_000, vec![Row::new()], topics::COMPUTING),
        Theme::new(2_000, vec![Row::new()], topics::WEATHER),
        Theme::new(3_300, vec![Row::new()], topics::LIFE),
        Theme::new(800, vec![Row::new()], topics::TALK),
    ];
    themes.extend(classes());
    themes
}

/// One small theme for each class of things, as large as the class has rows.
fn classes() -> Vec<Theme> {
    let things = table(things::THINGS);
    let theme = |&(class, patterns): &(&str, &'static str)| {
        let of_class = |row: &&Row| super::pattern::cell(row, "class") == class;
        let rows: Vec<Row> = things.iter().filter(of_class).cloned().collect();
        Theme::new(36 * rows.len(), rows, patterns)
    };
    things::CLASS_PATTERNS.iter().map(theme).collect()
}
