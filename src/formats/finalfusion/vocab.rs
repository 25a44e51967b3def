//! The vocabularies of a finalfusion file, see the page of [`super`].

use super::chunk;
use crate::error::Result;
use crate::formats::cursor::Cursor;
use crate::vectors::{LONGEST_NGRAM, NgramIndex};
use std::collections::HashMap;

/// Words, and what finds the rows of n-grams.
pub(super) struct Vocabulary<'a> {
    pub(super) words: Vec<&'a [u8]>,
    pub(super) ngrams: Option<Parts>,
}

/// N-grams of a vocabulary.
pub(super) struct Parts {
    pub(super) min_n: u32,
    pub(super) max_n: u32,
    pub(super) index: NgramIndex,
    /// Rows that the table has for them.
    pub(super) rows: u64,
}

impl<'a> Vocabulary<'a> {
    /// Reads chunk `id`.
    pub(super) fn parse(file: &mut Cursor<'a>, id: u32) -> Result<Self> {
        let start = file.position();
        let count = file.u64("the number of words")?;
        let listed = match id {
            chunk::EXPLICIT => file.u64("the number of n-grams")?,
            _ => 0,
        };
        let (mut min_n, mut max_n, mut buckets) = (0, 0, 0);
        if id != chunk::SIMPLE {
            (min_n, max_n) = (file.u32("minn")?, file.u32("maxn")?);
        }
        if matches!(id, chunk::BUCKET | chunk::FASTTEXT) {
            buckets = file.u32("the number of buckets")?;
        }
        // A string takes 4 bytes at least.
        let fits = |n: u64| n.checked_mul(4).is_some_and(|bytes| bytes <= file.left() as u64);
        if count == 0 || !fits(count) || !fits(listed) || count > u64::from(u32::MAX) {
            let problem = format!("{count} words and {listed} n-grams: cut short or damaged");
            return Err(file.error_at(start, problem));
        }
        if max_n > LONGEST_NGRAM || (id == chunk::BUCKET && buckets > 63) {
            let problem = format!("n-grams of {min_n} to {max_n} characters in {buckets} buckets");
            return Err(file.error_at(start, problem));
        }
        let mut words = Vec::with_capacity(count as usize);
        for _ in 0..count {
            words.push(string(file)?);
        }
        let (index, rows) = match id {
            chunk::BUCKET => (NgramIndex::Finalfusion { exponent: buckets }, 1 << buckets),
            chunk::FASTTEXT => {
                let kept = None;
                (NgramIndex::FastText { buckets, kept }, u64::from(buckets))
            }
            chunk::EXPLICIT => {
                let mut index = HashMap::with_capacity(listed as usize);
                let mut rows = 0;
                for _ in 0..listed {
                    let ngram = String::from_utf8_lossy(string(file)?).into_owned();
                    let row = file.u64("the row of an n-gram")?;
                    rows = rows.max(row.saturating_add(1));
                    index.insert(ngram, row);
                }
                (NgramIndex::Explicit(index), rows)
            }
            _ => {
                return Ok(Vocabulary { words, ngrams: None });
            }
        };
        Ok(Vocabulary { words, ngrams: Some(Parts { min_n, max_n, index, rows }) })
    }
}

fn string<'a>(file: &mut Cursor<'a>) -> Result<&'a [u8]> {
    let length = file.u32("the length of a word")?;
    file.take(length.into(), "a word")
}
