//! Writing a fastText model, see the page of [`super`].

use super::{MAGIC, NAME, VERSION};
use crate::error::{IoContext, Result};
use crate::formats::{Place, atomic, little_endian, reject_non_finite};
use crate::shown::quoted;
use crate::vectors::{NgramIndex, Ngrams, WordVectors};
use crate::vocab::WordId;
use std::io::Write;
use std::path::Path;

/// Writes a model of version 12.
///
/// # Errors
/// [`crate::Error::Format`] where a word holds a NUL, where there is no word, where counts or sizes
/// are beyond the format's, or where a number is not finite; [`crate::Error::Io`].
pub fn write(vectors: &WordVectors, path: &Path) -> Result<()> {
    let at = Place { path, format: NAME };
    let (words, dim) = (vectors.len(), vectors.dim());
    // Those of finalfusion's own kind find their rows by another hash.
    let ngrams = vectors.subwords().and_then(|subwords| subwords.ngrams());
    let subwords = ngrams.and_then(|ngrams| Some((ngrams, buckets(ngrams)?)));
    let (buckets, min_n, max_n) = match subwords {
        Some((subwords, buckets)) => (buckets, subwords.min_n, subwords.max_n),
        None => (0, 0, 0),
    };
    if words == 0 || words > i32::MAX as usize || dim > i32::MAX as usize {
        let problem = format!("{words} words × dim {dim}, expected 1 to 2^31 − 1 of each");
        return Err(at.error("dictionary", problem));
    }
    let counts = counts(vectors);
    atomic::write_atomically(path, |out| {
        let mut head = [MAGIC, VERSION.to_le_bytes()].concat();
        let (skip_gram, negative_sampling) = (2, 2);
        for number in [
            dim as i32,
            5,
            5,
            1,
            5,
            1,
            negative_sampling,
            skip_gram,
            buckets as i32,
            min_n as i32,
            max_n as i32,
            100,
        ] {
            head.extend(number.to_le_bytes());
        }
        head.extend(1e-4_f64.to_le_bytes());
        for number in [words as i32, words as i32, 0] {
            head.extend(number.to_le_bytes());
        }
        let total = counts.iter().fold(0_u64, |sum, &count| sum.saturating_add(count));
        let not_pruned = -1_i64;
        head.extend((total.min(i64::MAX as u64) as i64).to_le_bytes());
        head.extend(not_pruned.to_le_bytes());
        out.write_all(&head).io("write", path)?;
        for (word, &count) in vectors.vocab().words().zip(&counts) {
            if word.contains('\0') {
                let problem = "holds a NUL, which ends a word in this format; write a .w2v file";
                return Err(at.error(format!("word {}", quoted(word)), problem));
            }
            let count = count.min(i64::MAX as u64) as i64;
            let entry = [word.as_bytes(), &[0], &count.to_le_bytes(), &[0]].concat();
            out.write_all(&entry).io("write", path)?;
        }
        let rows = words as i64 + i64::from(buckets);
        let shape =
            |rows: i64| [&[0], &rows.to_le_bytes()[..], &(dim as i64).to_le_bytes()].concat();
        out.write_all(&shape(rows)).io("write", path)?;
        let mut buffer = Vec::new();
        let mut own = vec![0.0; dim];
        for (id, word) in vectors.vocab().words().enumerate() {
            let row = vectors.vector(WordId(id as u32));
            reject_non_finite(&row, word, path, NAME)?;
            own.copy_from_slice(&row);
            if let Some((subwords, _)) = subwords {
                take_out(subwords, word, &mut own);
            }
            reject_non_finite(&own, word, path, NAME)?;
            out.write_all(little_endian(&own, &mut buffer)).io("write", path)?;
        }
        if let Some((subwords, _)) = subwords {
            for row in 0..buckets as usize {
                own.fill(0.0);
                subwords.rows.add(row, &mut own);
                out.write_all(little_endian(&own, &mut buffer)).io("write", path)?;
            }
        }
        out.write_all(&shape(words as i64)).io("write", path)?;
        let zeros = vec![0; 4 * dim];
        for _ in 0..words {
            out.write_all(&zeros).io("write", path)?;
        }
        Ok(())
    })
}

/// The number of buckets of n-grams that have a place in fastText's model; `None` for other n-grams.
fn buckets(ngrams: &Ngrams) -> Option<u32> {
    match ngrams.index {
        NgramIndex::FastText { buckets, kept: None } => Some(buckets),
        _ => None,
    }
}

/// Whether n-grams of this kind have a place in fastText's model.
pub(in crate::formats) fn keeps(ngrams: &Ngrams) -> bool {
    buckets(ngrams).is_some()
}

/// Makes of the vector of `word` the row whose mean with the n-grams' is that vector.
fn take_out(subwords: &Ngrams, word: &str, vector: &mut [f32]) {
    let mut sum = vec![0.0; vector.len()];
    let parts = 1 + subwords.add(word.as_bytes(), &mut sum);
    let each = vector.iter_mut().zip(sum);
    each.for_each(|(x, sum)| *x = *x * parts as f32 - sum);
}

/// The counts; where there are none, as gensim makes them up, falling by one from V: fastText draws
/// negatives by them.
fn counts(vectors: &WordVectors) -> Vec<u64> {
    match vectors.vocab().total() {
        0 => (1..=vectors.len() as u64).rev().collect(),
        _ => vectors.vocab().counts().to_vec(),
    }
}
