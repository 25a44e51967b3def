//! Writing a finalfusion file, see the page of [`super`].

use super::{MAGIC, NAME, chunk, kind, padding};
use crate::error::{IoContext, Result};
use crate::formats::{Place, atomic, little_endian, reject_non_finite};
use crate::shown::quoted;
use crate::vectors::{CENTROIDS, EvenParts, NgramIndex, Ngrams, Quantized, WordVectors};
use crate::vocab::WordId;
use std::io::Write;
use std::path::Path;

/// Writes metadata, a vocabulary with the n-grams that `vectors` have, rows of length 1 and their norms.
/// (Those that `keeps` tells are left out.)
///
/// A table that is quantised is written as quantised rows: the same codes and centroids, int8 as D parts
/// of one number each.
///
/// # Errors
/// [`crate::Error::Format`] where there is no word, a number is not finite, or a quantised table has
/// parts of more than one length; [`crate::Error::Io`].
pub fn write(vectors: &WordVectors, path: &Path) -> Result<()> {
    let at = Place { path, format: NAME };
    let (words, dim) = (vectors.len(), vectors.dim());
    if words == 0 || u32::try_from(dim).is_err() {
        let problem = format!("{words} words × dim {dim}, expected at least 1 and less than 2^32");
        return Err(at.error("vocabulary", problem));
    }
    let ngrams = vectors.subwords().and_then(|subwords| subwords.ngrams());
    let ngrams = ngrams.filter(|ngrams| keeps(ngrams));
    let quantized = match vectors.quantized() {
        // Rows of n-grams have no codes.
        Some(table) if ngrams.is_none() => Some((table, even_parts(table, dim, at)?)),
        _ => None,
    };
    let metadata = format!(
        "[w2v]\nversion = \"{}\"\nwords = {words}\ndim = {dim}\n",
        env!("CARGO_PKG_VERSION")
    );
    let (vocab_id, vocab) = vocabulary(vectors, ngrams);
    let rows_id = match quantized {
        Some(_) => chunk::QUANTIZED,
        None => chunk::DENSE,
    };
    atomic::write_atomically(path, |out| {
        let ids = [chunk::METADATA, vocab_id, rows_id, chunk::NORMS];
        let mut head = [MAGIC, &0_u32.to_le_bytes(), &(ids.len() as u32).to_le_bytes()].concat();
        head.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
        for (id, content) in [(chunk::METADATA, metadata.as_bytes()), (vocab_id, &vocab)] {
            head.extend(id.to_le_bytes());
            head.extend((content.len() as u64).to_le_bytes());
            head.extend(content);
        }
        head.extend(rows_id.to_le_bytes());
        let (end, norms) = match &quantized {
            Some((table, parts)) => quantized_rows(out, head, vectors, table, parts, at)?,
            None => dense_rows(out, head, vectors, ngrams, at)?,
        };
        let mut tail = chunk::NORMS.to_le_bytes().to_vec();
        let pad = padding(end + tail.len());
        tail.extend((12 + pad as u64 + 4 * words as u64).to_le_bytes());
        tail.extend((words as u64).to_le_bytes());
        tail.extend(kind::F32.to_le_bytes());
        tail.extend(vec![0; pad]);
        out.write_all(&tail).io("write", path)?;
        out.write_all(little_endian(&norms, &mut Vec::new())).io("write", path)
    })
}

/// Whether n-grams of this kind have a place in a finalfusion file. Buckets of a pruned fastText model and
/// of old gensim models have not.
pub(in crate::formats) fn keeps(ngrams: &Ngrams) -> bool {
    match ngrams.index {
        NgramIndex::FastText { ref kept, .. } => kept.is_none(),
        NgramIndex::Finalfusion { .. } | NgramIndex::Explicit(_) => true,
        NgramIndex::Characters { .. } => false,
    }
}

/// Writes what the file begins with, up to the id of this chunk, and dense rows of length 1. Returns
/// where they end in the file and the lengths of the words.
fn dense_rows(
    out: &mut impl Write,
    mut head: Vec<u8>,
    vectors: &WordVectors,
    ngrams: Option<&Ngrams>,
    at: Place,
) -> Result<(usize, Vec<f32>)> {
    let (path, words, dim) = (at.path, vectors.len(), vectors.dim());
    let rows = words + ngrams.map_or(0, |ngrams| ngrams.rows.len());
    let pad = padding(head.len());
    let numbers = 4 * rows as u64 * dim as u64;
    head.extend((16 + pad as u64 + numbers).to_le_bytes());
    head.extend((rows as u64).to_le_bytes());
    head.extend((dim as u32).to_le_bytes());
    head.extend(kind::F32.to_le_bytes());
    head.extend(vec![0; pad]);
    out.write_all(&head).io("write", path)?;
    let mut buffer = Vec::new();
    let mut unit = vec![0.0; dim];
    let mut norms = Vec::with_capacity(words);
    for (id, word) in vectors.vocab().words().enumerate() {
        let row = vectors.vector(WordId(id as u32));
        reject_non_finite(&row, word, path, NAME)?;
        let norm = length_in_range(&row, word, at)?;
        // A row of zeros has no direction: it stays, with norm 0.
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        let each = unit.iter_mut().zip(row.iter());
        each.for_each(|(unit, &x)| *unit = (f64::from(x) * scale) as f32);
        norms.push(norm as f32);
        out.write_all(little_endian(&unit, &mut buffer)).io("write", path)?;
    }
    if let Some(ngrams) = ngrams {
        for row in 0..ngrams.rows.len() {
            unit.fill(0.0);
            ngrams.rows.add(row, &mut unit);
            out.write_all(little_endian(&unit, &mut buffer)).io("write", path)?;
        }
    }
    Ok((head.len() + numbers as usize, norms))
}

/// As [`dense_rows`], for the codes of a quantised table. A row is its centroids times a norm that makes
/// it one of length 1, and that times its length, which the next chunk has.
fn quantized_rows(
    out: &mut impl Write,
    mut head: Vec<u8>,
    vectors: &WordVectors,
    table: &Quantized,
    parts: &EvenParts,
    at: Place,
) -> Result<(usize, Vec<f32>)> {
    let (path, words, dim) = (at.path, vectors.len(), vectors.dim());
    let mut units = Vec::with_capacity(words);
    let mut norms = Vec::with_capacity(words);
    let mut row = vec![0.0; dim];
    for (id, word) in vectors.vocab().words().enumerate() {
        parts.copy_centroids(table.codes(id), &mut row);
        let (own, scale) = (length(&row), f64::from(table.scale(id)));
        let norm = length_in_range(&vectors.vector(WordId(id as u32)), word, at)?;
        let unit = match norm > 0.0 {
            true => scale.signum() / own,
            false => 0.0,
        };
        if unit.abs() > f64::from(f32::MAX) {
            let problem = format!("centroids of length {own:e}, too short to be scaled to 1");
            return Err(at.error(format!("vector of {}", quoted(word)), problem));
        }
        units.push(unit as f32);
        norms.push(norm as f32);
    }
    let pad = padding(head.len());
    let count = parts.count;
    let body = 4 * (parts.centroids.len() + words) as u64 + (words * count) as u64;
    head.extend((36 + pad as u64 + body).to_le_bytes());
    // No projection, norms, M, D, centroids.
    let sizes = [0, 1, count as u32, dim as u32, CENTROIDS as u32];
    head.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    head.extend((words as u64).to_le_bytes());
    let kinds = [kind::U8, kind::F32];
    head.extend(kinds.iter().flat_map(|kind| kind.to_le_bytes()));
    head.extend(vec![0; pad]);
    out.write_all(&head).io("write", path)?;
    let mut buffer = Vec::new();
    for floats in [&parts.centroids, &units] {
        out.write_all(little_endian(floats, &mut buffer)).io("write", path)?;
    }
    for id in 0..words {
        out.write_all(table.codes(id)).io("write", path)?;
    }
    Ok((head.len() + body as usize, norms))
}

/// The parts of a quantised table, which finalfusion wants to be of one length.
fn even_parts(table: &Quantized, dim: usize, at: Place) -> Result<EvenParts> {
    table.even_parts().ok_or_else(|| {
        let problem = format!(
            "{} parts of {dim} dimensions are not of one length, as finalfusion has them",
            table.width()
        );
        // The largest few that are not the whole row, and 1 at least.
        let whole = (1..=dim.div_ceil(2)).rev().filter(|count| dim.is_multiple_of(*count));
        let whole: Vec<String> = whole.take(3).map(|count| count.to_string()).collect();
        at.error("quantised rows", problem)
            .advise(format!("quantise the vectors in {} parts", whole.join(" or ")))
            .advise("quantise them as int8")
    })
}

fn length_in_range(row: &[f32], word: &str, at: Place) -> Result<f64> {
    let norm = length(row);
    if norm <= f64::from(f32::MAX) {
        return Ok(norm);
    }
    let problem = format!("its length {norm:e} is more than f32 holds; nothing was written");
    Err(at.error(format!("vector of {}", quoted(word)), problem))
}

/// In f64, so that no square leaves the range and the unit row is right to its last bit.
fn length(row: &[f32]) -> f64 {
    let squares = row.iter().map(|&x| f64::from(x) * f64::from(x));
    squares.sum::<f64>().sqrt()
}

/// The vocabulary's id and content.
fn vocabulary(vectors: &WordVectors, ngrams: Option<&Ngrams>) -> (u32, Vec<u8>) {
    let mut content = (vectors.len() as u64).to_le_bytes().to_vec();
    let sizes = |content: &mut Vec<u8>, numbers: &[u32]| {
        content.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    };
    let mut listed = None;
    let id = match ngrams {
        None => chunk::SIMPLE,
        Some(ngrams) => {
            let (min_n, max_n) = (ngrams.min_n, ngrams.max_n);
            match &ngrams.index {
                NgramIndex::FastText { buckets, .. } | NgramIndex::Characters { buckets, .. } => {
                    sizes(&mut content, &[min_n, max_n, *buckets]);
                    chunk::FASTTEXT
                }
                NgramIndex::Finalfusion { exponent } => {
                    sizes(&mut content, &[min_n, max_n, *exponent]);
                    chunk::BUCKET
                }
                NgramIndex::Explicit(rows) => {
                    content.extend((rows.len() as u64).to_le_bytes());
                    sizes(&mut content, &[min_n, max_n]);
                    // Hash order never reaches a file.
                    let mut rows: Vec<(&String, &u64)> = rows.iter().collect();
                    rows.sort();
                    listed = Some(rows);
                    chunk::EXPLICIT
                }
            }
        }
    };
    let string = |content: &mut Vec<u8>, text: &str| {
        content.extend((text.len() as u32).to_le_bytes());
        content.extend(text.as_bytes());
    };
    for word in vectors.vocab().words() {
        string(&mut content, word);
    }
    for (ngram, row) in listed.into_iter().flatten() {
        string(&mut content, ngram);
        content.extend(row.to_le_bytes());
    }
    (id, content)
}
