//! Values of flags that are chosen from a list.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// A parser of names that stand for values, each with its line of help.
pub(super) fn choice<T: Clone + Send + Sync + 'static>(
    choices: &'static [(&'static str, T, &'static str)],
) -> impl TypedValueParser<Value = T> {
    let names = choices.iter().map(|(name, _, help)| match help.is_empty() {
        true => PossibleValue::new(*name),
        false => PossibleValue::new(*name).help(*help),
    });
    PossibleValuesParser::new(names).map(|name| {
        let chosen = choices.iter().find(|(known, ..)| *known == name);
        chosen.expect("one of the names").1.clone()
    })
}
