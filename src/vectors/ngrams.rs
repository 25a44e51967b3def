//! Vectors for words that have no row: the mean of the rows of their n-grams.
//!
//! In: a word. Out: the n-grams of `<word>`, of `min_n` to `max_n` characters; for each the row that
//! its program keeps for it; the mean of these rows. fastText and finalfusion differ in how an n-gram
//! finds its row, see [`NgramIndex`].
//!
//! Source: Bojanowski et al. 2017; fastText `Dictionary::computeSubwords`, finalfusion's `subword`.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Vectors for words that are not in the table, made of their spelling: fastText's n-grams and the
/// like. Given to [`WordVectors::with_subwords`](super::WordVectors::with_subwords).
pub trait Subwords: Send + Sync {
    /// Writes the vector of `word` into `into`, which is D long, and says whether there is one.
    fn vector_of(&self, word: &str, into: &mut [f32]) -> bool;

    /// The n-grams it is made of, where it is made of some: files are written from them.
    fn ngrams(&self) -> Option<&Ngrams> {
        None
    }
}

/// A [`Subwords`] that several clones of a table share.
pub(super) type SharedSubwords = Arc<dyn Subwords>;

/// Rows of n-grams, wherever they are: in a mapped file, quantised or not.
pub trait NgramRows: Send + Sync {
    /// Number of rows.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds row `row` to `into`, which is D long.
    fn add(&self, row: usize, into: &mut [f32]);
}

/// Characters of the longest n-gram that makes sense; a damaged file may say any number.
pub(crate) const LONGEST_NGRAM: u32 = 64;

/// How an n-gram finds its row.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum NgramIndex {
    /// fastText: FNV-1a of 32 bits over signed bytes, modulo `buckets`. Where the model was pruned,
    /// only the buckets of `kept` have a row, which is not at the place of their number.
    FastText {
        /// Number of buckets.
        buckets: u32,
        /// Bucket to row.
        kept: Option<HashMap<u32, u32>>,
    },
    /// gensim before 3.8: the same over characters instead of bytes, which makes another hash of all but
    /// ASCII; `<` and `>` alone are n-grams, too.
    Characters {
        /// Number of buckets.
        buckets: u32,
        /// Bucket to row, as above.
        kept: Option<HashMap<u32, u32>>,
    },
    /// finalfusion: FNV-1a of 64 bits over the number of characters and each of them as 4 bytes; its
    /// lowest `exponent` bits.
    Finalfusion {
        /// 2^`exponent` buckets.
        exponent: u32,
    },
    /// Each n-gram is listed with its row.
    Explicit(HashMap<String, u64>),
}

/// N-grams and their rows.
pub struct Ngrams {
    /// Characters of the shortest n-grams, the `<` and `>` around a word included.
    pub min_n: u32,
    /// Characters of the longest.
    pub max_n: u32,
    /// How an n-gram finds its row.
    pub index: NgramIndex,
    /// The rows.
    pub rows: Box<dyn NgramRows>,
}

impl fmt::Debug for Ngrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ngrams({} to {} characters, {} rows)", self.min_n, self.max_n, self.rows.len())
    }
}

impl NgramIndex {
    /// The row of an n-gram of `chars` characters.
    fn row(&self, ngram: &[u8], chars: u32) -> Option<u64> {
        match self {
            NgramIndex::FastText { buckets: 0, .. } | NgramIndex::Characters { buckets: 0, .. } => {
                None
            }
            NgramIndex::FastText { buckets, kept } | NgramIndex::Characters { buckets, kept } => {
                let bucket = match self {
                    NgramIndex::Characters { .. } => characters_hash(ngram),
                    _ => fasttext_hash(ngram),
                } % buckets;
                match kept {
                    None => Some(u64::from(bucket)),
                    Some(kept) => kept.get(&bucket).map(|&row| u64::from(row)),
                }
            }
            NgramIndex::Finalfusion { exponent } => {
                let hash = finalfusion_hash(ngram, chars);
                Some(hash & (u64::MAX >> (64 - (*exponent).clamp(1, 64))))
            }
            NgramIndex::Explicit(rows) => rows.get(std::str::from_utf8(ngram).ok()?).copied(),
        }
    }
}

/// FNV-1a of 32 bits; a byte counts as signed, so that those of other letters than ASCII fill the
/// upper bits with ones.
fn fasttext_hash(ngram: &[u8]) -> u32 {
    ngram.iter().fold(2_166_136_261, |hash: u32, &byte| {
        (hash ^ i32::from(byte as i8) as u32).wrapping_mul(16_777_619)
    })
}

/// FNV-1a of 32 bits over characters.
fn characters_hash(ngram: &[u8]) -> u32 {
    let text = String::from_utf8_lossy(ngram);
    text.chars().fold(2_166_136_261, |hash: u32, c| (hash ^ u32::from(c)).wrapping_mul(16_777_619))
}

/// FNV-1a of 64 bits.
fn finalfusion_hash(ngram: &[u8], chars: u32) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    let length = u64::from(chars).to_le_bytes().into_iter();
    let hash = length.fold(0xcbf2_9ce4_8422_2325, step);
    let text = String::from_utf8_lossy(ngram);
    let points = text.chars().flat_map(|c| u32::from(c).to_le_bytes());
    points.fold(hash, step)
}

impl Ngrams {
    /// Calls `each` with the row of every n-gram of `word` that has one.
    pub fn each_row(&self, word: &[u8], each: impl FnMut(usize)) {
        // The end of a sentence is no word with parts.
        if word != b"</s>" || !matches!(self.index, NgramIndex::FastText { .. }) {
            self.each_row_of_any(word, each);
        }
    }

    /// As [`Ngrams::each_row`], also of the end of a sentence, whose parts gensim takes for n-grams.
    pub(crate) fn each_row_of_any(&self, word: &[u8], mut each: impl FnMut(usize)) {
        let fasttext = matches!(self.index, NgramIndex::FastText { .. });
        let bracketed = [b"<", word, b">"].concat();
        let is_start = |byte: u8| byte & 0xc0 != 0x80;
        for start in 0..bracketed.len() {
            if !is_start(bracketed[start]) {
                continue;
            }
            let mut end = start;
            for n in 1..=self.max_n {
                if end == bracketed.len() {
                    break;
                }
                end += 1;
                while end < bracketed.len() && !is_start(bracketed[end]) {
                    end += 1;
                }
                let bracket = n == 1 && (start == 0 || end == bracketed.len());
                if n < self.min_n || fasttext && bracket {
                    continue;
                }
                if let Some(row) = self.index.row(&bracketed[start..end], n)
                    && (row as usize) < self.rows.len()
                {
                    each(row as usize);
                }
            }
        }
    }

    /// The mean of the rows of the n-grams of `word`, added to `into`, and how many there were.
    pub fn add(&self, word: &[u8], into: &mut [f32]) -> usize {
        let mut count = 0;
        self.each_row(word, |row| {
            self.rows.add(row, into);
            count += 1;
        });
        count
    }
}

impl Subwords for Ngrams {
    fn vector_of(&self, word: &str, into: &mut [f32]) -> bool {
        into.fill(0.0);
        let count = self.add(word.as_bytes(), into);
        let scale = 1.0 / count.max(1) as f32;
        into.iter_mut().for_each(|x| *x *= scale);
        count > 0 && into.iter().all(|x| x.is_finite())
    }

    fn ngrams(&self) -> Option<&Ngrams> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row r is `[r]`.
    struct Numbered(usize);

    impl NgramRows for Numbered {
        fn len(&self) -> usize {
            self.0
        }

        fn add(&self, row: usize, into: &mut [f32]) {
            into[0] += row as f32;
        }
    }

    fn rows(subwords: &Ngrams, word: &str) -> Vec<usize> {
        let mut rows = Vec::new();
        subwords.each_row(word.as_bytes(), |row| rows.push(row));
        rows
    }

    #[test]
    fn fasttext_s_hash_is_that_of_the_program() {
        // fasttext.FastText: model.get_subwords("was") at bucket 2,000,000, minus the words before.
        assert_eq!(fasttext_hash(b""), 2_166_136_261);
        assert_eq!(fasttext_hash(b"a"), 0xe40c_292c);
        // A byte above 127 is −61: its sign fills the upper bits.
        assert_eq!(
            fasttext_hash(&[0xc3]),
            (2_166_136_261u32 ^ 0xffff_ffc3).wrapping_mul(16_777_619)
        );
    }

    #[test]
    fn n_grams_are_cut_at_characters_and_lone_brackets_left_out() {
        let of = |min_n, max_n, list: &[&str]| Ngrams {
            min_n,
            max_n,
            index: NgramIndex::Explicit(
                list.iter().enumerate().map(|(row, n)| (n.to_string(), row as u64)).collect(),
            ),
            rows: Box::new(Numbered(100)),
        };
        let subwords = of(3, 4, &["<王a", "王a>", "<王a>", "a>", "zz"]);
        assert_eq!(rows(&subwords, "王a"), [0, 2, 1]);
        let mut vector = [9.0];
        assert!(subwords.vector_of("王a", &mut vector));
        assert_eq!(vector, [1.0]);
        assert!(!subwords.vector_of("b", &mut vector));
        let buckets =
            Ngrams { index: NgramIndex::FastText { buckets: 50, kept: None }, ..of(1, 2, &[]) };
        // < | <a | a | a> | >: the lone brackets are none.
        assert_eq!(rows(&buckets, "a").len(), 3);
        assert_eq!(rows(&buckets, "</s>").len(), 0);
        let finalfusion =
            Ngrams { index: NgramIndex::Finalfusion { exponent: 6 }, ..of(1, 2, &[]) };
        assert_eq!(rows(&finalfusion, "a").len(), 5);
    }
}
