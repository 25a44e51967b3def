//! Arguments with a few named values.

use clap::Arg;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::any::TypeId;
use std::path::PathBuf;
use w2v::corpus::Encoding;
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

/// Parses the name of an encoding.
pub(super) fn encoding(name: &str) -> Result<Encoding, String> {
    Encoding::named(name).ok_or_else(|| {
        "no encoding is called so; expected a name such as latin1, windows-1251, koi8-r, gb18030, \
         shift_jis, cp852 or utf-16le"
            .to_owned()
    })
}

/// Takes `-1` for the value of an argument that is a number, and not for an unknown flag.
pub(super) fn with_negative_numbers(arg: Arg) -> Arg {
    let parsed = arg.get_value_parser().type_id();
    let numbers = [
        TypeId::of::<f32>(),
        TypeId::of::<f64>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
    ];
    let is_number = numbers.iter().any(|number| parsed == *number);
    if is_number { arg.allow_negative_numbers(true) } else { arg }
}

/// A variable that is set to nothing is not set.
pub(super) fn without_empty_variables(arg: Arg) -> Arg {
    let value = arg.get_env().and_then(std::env::var_os);
    if value.is_some_and(|value| value.is_empty()) { arg.env(None::<&str>) } else { arg }
}

/// The system's folder for temporary files. A variable that is empty is not set.
pub(super) fn temporary() -> PathBuf {
    let folder = std::env::temp_dir();
    match folder.as_os_str().is_empty() {
        true => PathBuf::from("/tmp"),
        false => folder,
    }
}

/// `--method` of the verbs that solve analogies.
pub(super) const METHODS: &[(&str, AnalogyMethod, &str)] = &[
    ("add", AnalogyMethod::CosAdd, "3CosAdd: cos(x, B − A + C)"),
    ("mul", AnalogyMethod::CosMul, "3CosMul (Levy and Goldberg 2014)"),
];
