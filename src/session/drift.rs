//! The report on words of a warm start: how far each moved, as numbers and as a file.

use crate::error::{IoContext, Result};
use crate::eval::{Drift, Moved};
use crate::formats::{begins_with, write_atomically};
use crate::vectors::WordVectors;
use crate::vocab::Vocab;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// The first line of a report of tab-separated lines.
const COLUMNS: &str = "word\tcosine\tlength_before\tlength_after\tcount_before\tcount_text\n";

/// Words that are listed with their neighbours.
const LISTED: usize = 10;

/// Words whose neighbours are compared.
const SAMPLED: usize = 200;

/// How far words moved that had a row before training.
#[derive(Debug)]
pub struct DriftReport {
    /// Words that had a row before.
    pub words_before: usize,
    /// Those that occur in the text, the one that moved most first.
    pub words: Vec<DriftedWord>,
    /// Words whose vector was or is zero: their cosine is 0 (1 where it was and is).
    pub zero_vectors: usize,
    /// Median, tenth percentile and mean of the cosine of before and after; `None` without words.
    pub cosine: Option<[f64; 3]>,
    /// The fraction of the ten nearest words that stayed, on average, and of how many words.
    pub neighbors_kept: Option<(f64, usize)>,
    /// The same of each of the first ten of `words`.
    pub neighbors_kept_of: Vec<Option<f64>>,
}

/// What became of a word.
#[derive(Clone, Debug)]
pub struct DriftedWord {
    /// The word.
    pub word: String,
    /// The cosine of its two rows; the lengths of both; its count in the text.
    pub moved: Moved,
    /// Its count before.
    pub count_before: u64,
}

impl DriftReport {
    pub(super) fn new(before: &WordVectors, after: &WordVectors, counts: &[u64]) -> Result<Self> {
        let drift = Drift::between(before, after, Some(counts))?;
        let most = &drift.words()[..drift.words().len().min(LISTED)];
        let quantile = |share| drift.quantile(share);
        Ok(DriftReport {
            words_before: before.len(),
            cosine: (|| Some([quantile(0.5)?, quantile(0.1)?, drift.mean()?]))(),
            zero_vectors: drift.words().iter().filter(|word| word.has_zero_vector()).count(),
            neighbors_kept: drift.mean_kept(SAMPLED, 10)?,
            neighbors_kept_of: drift.kept(most, 10)?,
            words: drift
                .words()
                .iter()
                .map(|word| DriftedWord::new(word, before.vocab()))
                .collect(),
        })
    }

    /// Whether a file is such a report of either kind.
    pub fn is_one(path: &Path) -> bool {
        let is_json = |text: Vec<u8>| {
            let json: Value = serde_json::from_slice(&text).unwrap_or_default();
            json["words_compared"].is_u64()
        };
        begins_with(path, COLUMNS.as_bytes()) || std::fs::read(path).is_ok_and(is_json)
    }

    /// The summary as JSON.
    pub fn summary(&self) -> Value {
        let [median, tenth, mean] = self.cosine.map_or([None; 3], |cosine| cosine.map(Some));
        let (kept, of) = self.neighbors_kept.unzip();
        json!({
            "words_before": self.words_before, "words_compared": self.words.len(),
            "median_cosine": median, "tenth_cosine": tenth, "mean_cosine": mean,
            "zero_vectors": self.zero_vectors, "neighbors_kept_at_10": kept, "neighbors_of": of.unwrap_or(0),
        })
    }

    /// Writes all words: tab-separated lines, or JSON where the name ends in `.json`.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let text = if path.extension().is_some_and(|ext| ext == "json") {
            let mut all = self.summary();
            all["words"] = self.words.iter().map(DriftedWord::to_json).collect();
            serde_json::to_string_pretty(&all).expect("plain data") + "\n"
        } else {
            let mut text = COLUMNS.to_owned();
            for DriftedWord { word, moved, count_before } in &self.words {
                let ([a, b], count, cosine) = (moved.lengths, moved.count, moved.cosine);
                writeln!(text, "{word}\t{cosine:.6}\t{a:.6}\t{b:.6}\t{count_before}\t{count}")
                    .expect("text in memory");
            }
            text
        };
        write_atomically(path, |file| file.write_all(text.as_bytes()).io("write", path))
    }
}

impl DriftedWord {
    fn new(moved: &Moved, before: &Vocab) -> Self {
        DriftedWord {
            word: before.word(moved.before).to_owned(),
            moved: *moved,
            count_before: before.count(moved.before),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "word": self.word, "cosine": self.moved.cosine, "length_before": self.moved.lengths[0],
            "length_after": self.moved.lengths[1], "count_before": (self.count_before > 0).then_some(self.count_before),
            "count_text": self.moved.count,
        })
    }
}
