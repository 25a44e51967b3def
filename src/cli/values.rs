//! Arguments with a few named values.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use w2v::vectors::AnalogyMethod;

/// Parses one of `values`: its name, what it means, and its help.
pub(super) fn choice<T: Clone + Send + Sync + 'static>(
    values: &'static [(&'static str, T, &'static str)],
) -> impl TypedValueParser<Value = T> {
    let shown = values.iter().map(|(name, _, help)| PossibleValue::new(*name).help(*help));
    PossibleValuesParser::new(shown).map(|typed| {
        let found = values.iter().find(|(name, ..)| *name == typed);
        found.expect("one of the possible values").1.clone()
    })
}

/// `--method` of the verbs that solve analogies.
pub(super) const METHODS: &[(&str, AnalogyMethod, &str)] = &[
    ("add", AnalogyMethod::CosAdd, "3CosAdd: cos(x, B − A + C)"),
    ("mul", AnalogyMethod::CosMul, "3CosMul (Levy and Goldberg 2014)"),
];
