//! fastText's model, `.bin`: words, their n-grams, and what is needed to go on training.
//!
//! In: a file of version 11 or 12, quantised (`.ftz`) or not, of any model, or one of 2016, before there
//! were versions. Out: [`WordVectors`] with
//! counts, and with [`Ngrams`], so that words that are not in it have vectors, too; and the reverse.
//!
//! | what | how |
//! |---|---|
//! | magic, version | i32 793712314, i32 12 |
//! | arguments | i32 dim, ws, epoch, minCount, neg, wordNgrams, loss (1 hs, 2 ns, 3 softmax, 4 ova), model (1 cbow, 2 sg, 3 supervised), bucket, minn, maxn, lrUpdateRate; f64 t |
//! | dictionary | i32 size, nwords, nlabels; i64 ntokens, pruneidx_size (−1: not pruned) |
//! | its entries | size × (word, 0x00, i64 count, i8 type: 0 word, 1 label) |
//! | pruned buckets | pruneidx_size × (i32 bucket, i32 row) |
//! | input matrix | u8 quantised; m = nwords + bucket rows, see `matrix.rs` |
//! | output matrix | likewise; not read |
//!
//! A file of 2016 has no magic number, version, `pruneidx_size` and `quantised`: it is told by arguments
//! and dictionary that make sense.
//!
//! The vector of a word is the mean of its own row and of the rows of its n-grams: the table is
//! computed once, when the file is opened, as fastText's own `.vec` holds it. The rows of the n-grams
//! stay in the file. With [`ReadOptions::limit`] words after the first N are unknown, and have the
//! vectors of their n-grams as any other unknown word.
//!
//! Written is a skip-gram model of version 12 whose output matrix is zeros. With subwords of the same
//! kind the row of a word is what makes the mean come out, (n+1)·v − Σ n-grams, and so the vectors are
//! the same up to rounding; without them `maxn` is 0, and fastText answers with zeros for words it
//! does not know. Labels of a supervised model are no words and are left out.
//!
//! Source: fastText 0.9.3 and its first commits, `fasttext.cc`, `dictionary.cc`, `densematrix.cc`, `quantmatrix.cc`,
//! `productquantizer.cc`.

mod matrix;
#[cfg(test)]
mod tests;
mod write;

pub(super) use write::keeps;
pub use write::write;

use super::cursor::Cursor;
use super::table::Words;
use super::{Contents, Place, ReadOptions, Report};
use crate::error::Result;
use crate::shown::quoted_bytes;
use crate::vectors::{LONGEST_NGRAM, NgramIndex, NgramRows, Ngrams, WordVectors};
use matrix::InputMatrix;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The first four bytes.
pub(super) const MAGIC: [u8; 4] = 793_712_314_i32.to_le_bytes();

const VERSION: i32 = 12;
const NAME: &str = "fastText model";

/// How much larger the table may be than the file. A row of 300 dimensions in one code is 90 times as
/// large as that code and its word.
const MOST_SPREAD: u64 = 1000;

/// Model number of supervised training.
const SUPERVISED: i32 = 3;

/// Whether a file without the magic number is a model of 2016: its arguments are what that program wrote,
/// and its words and labels add up.
pub(super) fn is_unversioned(bytes: &[u8]) -> bool {
    let number = |at: usize| {
        let number = bytes.get(4 * at..).and_then(<[u8]>::first_chunk::<4>);
        number.map_or(-1, |number| i32::from_le_bytes(*number))
    };
    let t = bytes.get(48..).and_then(<[u8]>::first_chunk::<8>);
    let t = t.map_or(f64::NAN, |t| f64::from_le_bytes(*t));
    let [dim, ws, epoch, min_count, neg, word_ngrams, loss, model, bucket, min_n, max_n, _] =
        std::array::from_fn(number);
    let [size, words, labels] = [14, 15, 16].map(number);
    (1..1 << 16).contains(&dim)
        && [ws, epoch, min_count, neg, word_ngrams, bucket, min_n].iter().all(|&n| n >= 0)
        && (1..=3).contains(&loss)
        && (1..=SUPERVISED).contains(&model)
        && (0..=LONGEST_NGRAM as i32).contains(&max_n)
        && (0.0..=1.0).contains(&t)
        && words > 0
        && labels >= 0
        && words.checked_add(labels) == Some(size)
}

/// What the arguments say that is needed here.
struct Arguments {
    /// Whether the file has a magic number, a version and what came with them.
    versioned: bool,
    dim: usize,
    buckets: u32,
    min_n: u32,
    max_n: u32,
}

fn arguments(file: &mut Cursor) -> Result<Arguments> {
    let versioned = file.rest().starts_with(&MAGIC);
    let mut version = 0;
    if versioned {
        file.take(4, "the magic number")?;
        let start = file.position();
        version = file.i32("the version")?;
        if !(11..=VERSION).contains(&version) {
            let problem = format!("version {version}, expected 11 or {VERSION}");
            return Err(file.error_at(start, problem));
        }
    }
    let start = file.position();
    let mut numbers = [0; 12];
    for number in &mut numbers {
        *number = file.i32("the arguments")?;
    }
    file.f64("the arguments")?;
    let [dim, .., model, buckets, min_n, mut max_n, _] = numbers;
    if version < VERSION && model == SUPERVISED {
        max_n = 0; // as fastText does: these models had no n-grams
    }
    let range = |name: &str, value: i32, least: i32, most: i32| match value {
        n if (least..=most).contains(&n) => Ok(n as u32),
        n => {
            let problem = format!("{name} is {n}, expected {least} to {most}");
            Err(file.error_at(start, problem))
        }
    };
    Ok(Arguments {
        versioned,
        dim: range("dim", dim, 1, i32::MAX)? as usize,
        buckets: range("bucket", buckets, 0, i32::MAX)?,
        min_n: range("minn", min_n, 0, i32::MAX)?,
        max_n: range("maxn", max_n, 0, LONGEST_NGRAM as i32)?,
    })
}

/// Words of the dictionary with their counts.
struct Dictionary<'a> {
    words: Vec<(&'a [u8], u64)>,
    kept: Option<HashMap<u32, u32>>,
}

fn dictionary<'a>(file: &mut Cursor<'a>, versioned: bool) -> Result<Dictionary<'a>> {
    let start = file.position();
    let [size, words, labels] = [(); 3].map(|()| file.i32("the dictionary"));
    let (size, words, labels) = (size?, words?, labels?);
    file.i64("the dictionary")?;
    let pruned = if versioned { file.i64("the dictionary")? } else { -1 };
    // An entry is an empty word, 0x00, a count and a type at least.
    let fits = u64::try_from(size).is_ok_and(|size| size * 10 <= file.left() as u64);
    if !fits || words < 1 || labels < 0 || words.checked_add(labels) != Some(size) {
        let problem = format!(
            "{size} entries, {words} words, {labels} labels: cut short or damaged, or no word in it"
        );
        return Err(file.error_at(start, problem));
    }
    let mut found = Vec::with_capacity(words as usize);
    for _ in 0..size {
        let start = file.position();
        let word = file.until(0, "a word of the dictionary")?;
        let count = file.i64("the count of a word")?;
        let kind = file.u8("the type of a word")?;
        if kind == 0 && count >= 0 {
            found.push((word, count as u64));
        } else if kind != 1 {
            let word = quoted_bytes(word);
            let problem = format!("{word} has count {count} and type {kind}, expected 0 or 1");
            return Err(file.error_at(start, problem));
        }
    }
    if found.len() != words as usize {
        let problem = format!("{} words follow, expected {words}", found.len());
        return Err(file.error_at(start, problem));
    }
    let mut kept = None;
    if pruned >= 0 {
        let start = file.skip(pruned as u64, 8, "the pruned buckets")?;
        let mut map = HashMap::with_capacity(pruned as usize);
        let mut pairs = Cursor::new(file.slice(start..file.position()), file.place());
        for _ in 0..pruned {
            map.insert(pairs.u32("a bucket")?, pairs.u32("a row")?);
        }
        kept = Some(map);
    }
    Ok(Dictionary { words: found, kept })
}

pub(super) fn parse(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: NAME };
    let contents = contents.into_bytes();
    let mut file = Cursor::new(&contents, at);
    let arguments = arguments(&mut file)?;
    let dim = arguments.dim;
    let start = file.position();
    let Dictionary { words, kept } = dictionary(&mut file, arguments.versioned)?;
    let matrix = InputMatrix::parse(&mut file, &contents, dim, arguments.versioned)?;
    let ngrams = match &kept {
        None => u64::from(arguments.buckets),
        Some(kept) => kept.len() as u64,
    };
    let expected = words.len() as u64 + ngrams;
    if matrix.rows() as u64 != expected {
        let problem = format!(
            "the input matrix has {} rows, expected {expected}: {} words and {ngrams} buckets",
            matrix.rows(),
            words.len()
        );
        return Err(file.error_at(start, problem));
    }
    matrix.check_finite(at, &options.threads)?;
    // Dense rows are in the file; of quantised ones a table of any size could be made.
    let table = (4 * dim as u64).saturating_mul(words.len() as u64);
    if table / MOST_SPREAD > contents.len() as u64 {
        let problem = format!("{} words × dim {dim} of quantised rows: damaged", words.len());
        return Err(file.error_at(start, problem));
    }
    let subwords = Ngrams {
        min_n: arguments.min_n,
        max_n: arguments.max_n,
        index: NgramIndex::FastText { buckets: arguments.buckets, kept },
        rows: Box::new(NgramMatrix {
            matrix: matrix.clone(),
            before: words.len(),
            len: ngrams as usize,
        }),
    };
    let kept = options.take(words.len());
    let place = |row: usize| format!("entry {} of the dictionary", row + 1);
    let numbered = Words::new(words.iter().copied().take(kept), options, at, place)?;
    let (vectors, report) = numbered.with_rows(dim, options, at, |row, into| {
        into.fill(-0.0); // to which −0 may be added and stays it
        matrix.add(row, into);
        let count = 1 + subwords.add(words[row].0, into);
        let scale = 1.0 / count as f32;
        into.iter_mut().for_each(|x| *x *= scale);
        match into.iter().all(|x| x.is_finite()) {
            true => Ok(()),
            false => Err(at.error(place(row), "its n-grams add up to more than f32 holds")),
        }
    })?;
    let has_ngrams = arguments.max_n > 0 && ngrams > 0;
    Ok(match has_ngrams {
        true => (vectors.with_subwords(Arc::new(subwords)), report),
        false => (vectors, report),
    })
}

/// The rows of n-grams, behind those of the words.
struct NgramMatrix {
    matrix: InputMatrix,
    before: usize,
    len: usize,
}

impl NgramRows for NgramMatrix {
    fn len(&self) -> usize {
        self.len
    }

    fn add(&self, row: usize, into: &mut [f32]) {
        self.matrix.add(self.before + row, into);
    }
}
