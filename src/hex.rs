//! Hashes as text of 16 hexadecimal digits, for serde: many readers of JSON hold numbers as f64.

use crate::shown::quoted;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(hash: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{hash:016x}"))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    u64::from_str_radix(&text, 16)
        .map_err(|_| D::Error::custom(format!("{}: expected 16 hexadecimal digits", quoted(&text))))
}

/// The same for an optional hash.
pub(crate) mod optional {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Hash(#[serde(with = "super")] u64);

    pub(crate) fn serialize<S: Serializer>(hash: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        hash.map(Hash).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        Ok(Option::<Hash>::deserialize(from)?.map(|hash| hash.0))
    }
}
