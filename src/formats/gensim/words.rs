//! The words of a gensim file, and how often each was counted.
//!
//! | | words, in the order of the rows | counts |
//! |---|---|---|
//! | gensim 4 | `index_to_key`, a list | `expandos['count']`, an array |
//! | before | `index2word`, a list | `vocab`, a dict of words and `Vocab(count, index)` |

use super::arrays::Array;
use super::numbers::integer as number_of;
use super::values::{Pickle, Value};
use crate::error::Result;
use crate::formats::Place;
use std::borrow::Cow;

/// Attributes of an entry of a vocabulary, at most: gensim writes five.
const MOST_ATTRIBUTES: usize = 64;

/// The words of `vectors`, and its rows: behind the words there may be rows that are not used yet. A number,
/// as the tags of documents often are, becomes its digits.
pub(super) fn words<'p>(
    pickle: &'p Pickle,
    vectors: Value,
    at: Place,
) -> Result<(Vec<Cow<'p, [u8]>>, usize)> {
    let names = ["index_to_key", "index2word", "index2entity"];
    let list = names.iter().find_map(|name| pickle.items(pickle.attribute(vectors, name)?));
    let Some(list) = list.filter(|list| !list.is_empty()) else {
        return Err(at.error("`index_to_key`", "no words here"));
    };
    let rows = list.len();
    let used =
        list.iter().rposition(|word| !matches!(word, Value::None)).map_or(0, |last| last + 1);
    let list = &list[..used];
    if list.is_empty() {
        return Err(at.error("`index_to_key`", format!("none of the {rows} rows has a word")));
    }
    let mut words = Vec::with_capacity(list.len());
    // A file that names one long word again and again would keep a reader busy for hours.
    let mut left = pickle.file.len();
    for (index, &word) in list.iter().enumerate() {
        let word = match (pickle.bytes(word), number_of(pickle, word)) {
            (Some(word), _) => Cow::Borrowed(word),
            (_, Some(number)) => Cow::Owned(number.to_string().into_bytes()),
            _ => {
                let problem = format!("is {}, expected a text", pickle.kind(word));
                return Err(at.error(format!("word {}", index + 1), problem));
            }
        };
        left = left.checked_sub(word.len()).ok_or_else(|| {
            let problem = "the words are longer than the file that they are in: damaged";
            at.error(format!("word {}", index + 1), problem)
        })?;
        words.push(word);
    }
    Ok((words, rows))
}

/// How often each of `len` words was counted; zeros where that is not in the file.
pub(super) fn counts(pickle: &Pickle, vectors: Value, len: usize, at: Place) -> Result<Vec<u64>> {
    let mut counts = vec![0; len];
    let expandos =
        pickle.attribute(vectors, "expandos").and_then(|expandos| pickle.pairs(expandos));
    if let Some(array) = expandos.and_then(|expandos| pickle.item(expandos, "count")) {
        let array = Array::inside(pickle, array, at.path)
            .map_err(|problem| at.error("`expandos['count']`", problem))?;
        for (row, count) in counts.iter_mut().enumerate().take(array.rows()) {
            *count = count_of(array.integer(row));
        }
        return Ok(counts);
    }
    let vocab = pickle.attribute(vectors, "vocab").and_then(|vocab| pickle.pairs(vocab));
    for &(_, entry) in vocab.unwrap_or_default() {
        let few = pickle.attributes(entry).filter(|all| all.len() <= MOST_ATTRIBUTES);
        let Some(attributes) = few else {
            return Err(at.error("`vocab`", format!("{} for a word", pickle.kind(entry))));
        };
        let integer = |name: &str| number_of(pickle, pickle.item(attributes, name)?);
        let index = integer("index").and_then(|index| usize::try_from(index).ok());
        if let Some(count) = index.and_then(|index| counts.get_mut(index)) {
            *count = count_of(integer("count"));
        }
    }
    Ok(counts)
}

fn count_of(number: Option<i64>) -> u64 {
    number.map_or(0, |number| u64::try_from(number).unwrap_or(0))
}
