//! Everything under `data/` that is made rather than written.
//!
//! [`files`] is a pure function of nothing: the seed is fixed, there is no
//! clock, no hash order and no floating point, so a test can compare what it
//! returns with the committed files byte for byte.

mod chinese;
mod english;
mod evaluation;
mod pattern;

use pattern::Dice;

/// Any number would do; this one is kept so that the bytes stay the same.
const SEED: u64 = 2013;

/// Name and content of each made file, in the order in which they are written.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    let mut dice = Dice::new(SEED);
    let mut sentences = english::sentences(&mut dice);
    sentences.extend(chinese::sentences(&mut dice));
    dice.shuffle(&mut sentences);
    let mut corpus = sentences.join("\n");
    corpus.push('\n');
    vec![
        ("corpus.txt", corpus),
        ("questions.txt", evaluation::questions()),
        ("pairs.txt", evaluation::pairs()),
    ]
}
