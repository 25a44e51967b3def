//! The Chinese half: which facts meet which patterns, and how often.

pub(crate) mod facts;
mod patterns;

use super::pattern::{Dice, Grammar, Row, Theme, couples, gendered, table};

/// Every Chinese sentence, already cut into words; the caller shuffles.
pub(crate) fn sentences(dice: &mut Dice) -> Vec<String> {
    let grammar = Grammar::new(patterns::CATEGORIES);
    let mut out = Vec::new();
    for theme in themes() {
        theme.tell(&grammar, dice, patterns::LEADS, patterns::JOINTS, &mut out);
    }
    out
}

/// The themes with their shares.
fn themes() -> Vec<Theme> {
    let countries = table(facts::COUNTRIES);
    vec![
        Theme::new(6_800, gendered(facts::PAIRS, facts::MARKS), patterns::PEOPLE),
        Theme::new(8_000, countries.clone(), patterns::COUNTRIES),
        Theme::new(2_600, couples(&countries), patterns::TWO_COUNTRIES),
        Theme::new(2_200, table(facts::PROVINCES), patterns::PROVINCES),
        Theme::new(2_200, table(facts::JOBS), patterns::JOBS),
        Theme::new(3_000, table(facts::ANIMALS), patterns::ANIMALS),
        Theme::new(3_800, table(facts::THINGS), patterns::THINGS),
        Theme::new(2_600, vec![Row::new()], patterns::COMPUTING),
        Theme::new(3_000, vec![Row::new()], patterns::LIFE),
    ]
}
