//! The n-grams of gensim's FastText, which makes vectors of unknown words of them.
//!
//! | gensim | rows of n-grams | an n-gram finds its row by |
//! |---|---|---|
//! | 4 | `vectors_ngrams` | fastText's hash modulo `bucket` |
//! | 3.8 (`compatible_hash`) | `vectors_ngrams`, of used buckets only | the same, then `hash2index` |
//! | 3.3 to 3.7 | the same | a hash of characters modulo `bucket`, then `hash2index` |
//! | before | `syn0_ngrams` or `syn0_all` | `ngrams`, a dict |
//!
//! gensim 4 refuses files of versions whose hash it has not any more; here they are read by the hash
//! with which they were trained.

use super::arrays::Array;
use super::numbers::integer as number_of;
use super::values::{Pickle, Value};
use crate::error::Result;
use crate::formats::Place;
use crate::vectors::{LONGEST_NGRAM, NgramIndex, Ngrams};
use std::collections::HashMap;

/// How n-grams find their rows.
pub(super) struct Found {
    pub(super) min_n: u32,
    pub(super) max_n: u32,
    pub(super) index: NgramIndex,
    pub(super) rows: Array,
}

impl Found {
    pub(super) fn into_ngrams(self) -> Ngrams {
        let Found { min_n, max_n, index, rows } = self;
        Ngrams { min_n, max_n, index, rows: Box::new(rows) }
    }
}

/// The n-grams of `vectors`, of `dim` numbers each, where there are any; `array` finds an array by its name.
pub(super) fn find(
    pickle: &Pickle,
    vectors: Value,
    at: Place,
    dim: usize,
    array: impl Fn(&str) -> Result<Option<Array>>,
) -> Result<Option<Found>> {
    let integer = |name: &str| number_of(pickle, pickle.attribute(vectors, name)?);
    let length = |name: &str| match integer(name) {
        Some(n) if (0..=i64::from(LONGEST_NGRAM)).contains(&n) => Ok(n as u32),
        n => {
            let got = n.map_or("not there".to_owned(), |n| n.to_string());
            let problem = format!("is {got}, expected 0 to {LONGEST_NGRAM}");
            Err(at.error(format!("`{name}`"), problem))
        }
    };
    let explicit = pickle.attribute(vectors, "ngrams").and_then(|ngrams| pickle.pairs(ngrams));
    let bucket = integer("bucket");
    if explicit.is_none() && bucket == Some(0) {
        return Ok(None);
    }
    let mut rows = None;
    for name in ["vectors_ngrams", "syn0_ngrams", "syn0_all"] {
        if rows.is_none() {
            rows = array(name)?;
        }
    }
    let Some(rows) = rows else {
        return Ok(None);
    };
    rows.check_shape(rows.rows(), dim)?;
    let (min_n, max_n) = (length("min_n")?, length("max_n")?);
    let index = match (explicit, bucket.and_then(|bucket| u32::try_from(bucket).ok())) {
        (Some(pairs), _) => NgramIndex::Explicit(listed(pickle, pairs)),
        (None, Some(buckets @ 1..)) => {
            let kept = pickle.attribute(vectors, "hash2index").and_then(|map| pickle.pairs(map));
            let kept = kept.map(|pairs| numbered(pickle, pairs));
            if kept.is_none() {
                rows.check_shape(buckets as usize, dim)?;
            }
            match integer("compatible_hash") {
                Some(1) => NgramIndex::FastText { buckets, kept },
                _ => NgramIndex::Characters { buckets, kept },
            }
        }
        _ => return Err(at.error("`bucket`", "not there, expected the number of buckets")),
    };
    Ok(Some(Found { min_n, max_n, index, rows }))
}

fn listed(pickle: &Pickle, pairs: &[(Value, Value)]) -> HashMap<String, u64> {
    let mut index = HashMap::with_capacity(pairs.len());
    for &(ngram, row) in pairs {
        // A longer one is never looked for.
        let ngram = pickle.bytes(ngram).filter(|bytes| bytes.len() <= 4 * LONGEST_NGRAM as usize);
        let ngram = ngram.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let row = number_of(pickle, row).and_then(|row| u64::try_from(row).ok());
        if let (Some(ngram), Some(row)) = (ngram, row) {
            index.insert(ngram.to_owned(), row);
        }
    }
    index
}

fn numbered(pickle: &Pickle, pairs: &[(Value, Value)]) -> HashMap<u32, u32> {
    let number = |value: Value| number_of(pickle, value).and_then(|n| u32::try_from(n).ok());
    pairs.iter().filter_map(|&(key, value)| Some((number(key)?, number(value)?))).collect()
}
