//! 4 PAIRS: which words stand near each other, and how often.
//!
//! In: a [`Vocab`] and an [`EncodedCorpus`]. Out: [`Cooccurrences`], a sparse V×V table X: row *i*
//! holds, for each word *j* that stands within `window` words of *i*, the sum of 1/distance (or of 1)
//! over all such places. It is what GloVe trains on (Pennington et al. 2014, section 3) and what the
//! count-based baselines are made of.
//!
//! * `parameters` says what counts: window, sides, weights.
//! * `units` makes whole numbers of the weights, so that sums are exact and no order of summing,
//!   hence no number of threads and no limit of memory, can change a bit.
//! * `index` finds the places of each word; `count` walks them, word by word, adding into one dense
//!   `row`: no hash table, no sort, and threads share nothing.
//! * `runs` is for a corpus whose index does not fit into memory: counted in segments, written to
//!   disk as runs in order, merged by few at a time.
//! * `store` holds the finished table in memory or in a temporary file without a name.
//!
//! # Differences from GloVe's `cooccur`
//!
//! Both leave out words that are not in the vocabulary before distances are measured, and both end a
//! window at the end of a line. X is exact here for every corpus; `cooccur` doubles its first record
//! where its overflow file is empty. With left contexts only, a row here is a word and its columns
//! are what stands to its left, as in the paper; `cooccur` writes the transpose.

mod count;
mod index;
mod journal;
mod parameters;
mod row;
mod runs;
mod store;
mod units;

#[cfg(test)]
mod tests;

pub use count::{CountOptions, CountProgress, count, count_with};
pub use journal::Journal;
pub use parameters::{Counting, Weighting};
pub use store::RowReader;
pub(crate) use store::{StoreBuilder, to_native, write_cells};

use crate::encode::CorpusRecord;
use crate::error::Result;
use crate::vocab::WordId;
use std::fmt;
use std::ops::Range;
use store::Store;

#[cfg(doc)]
use crate::{encode::EncodedCorpus, vocab::Vocab};

/// One entry of the table X that is not zero: a column and its value. 8 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Cell {
    /// The context word's id.
    pub column: u32,
    /// Its weighted count, above 0: the exact sum, rounded once.
    pub x: f32,
}

/// Weighted co-occurrence counts X: V×V, sparse, row by row, in memory or in a file.
pub struct Cooccurrences {
    counting: Counting,
    vocab_hash: u64,
    tokens: u64,
    text: CorpusRecord,
    /// V + 1 numbers: row *i* is the cells `starts[i]..starts[i + 1]`.
    starts: Vec<u64>,
    store: Store,
}

impl fmt::Debug for Cooccurrences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cooccurrences({} words, {} cells)", self.words(), self.cells())
    }
}

impl Cooccurrences {
    /// From the parts of a file whose cells, checked by the caller, are appended to `cells`.
    pub(crate) fn from_builder(
        counting: Counting,
        tokens: u64,
        vocab_hash: u64,
        text: CorpusRecord,
        cells: StoreBuilder,
    ) -> Result<Self> {
        let (starts, store) = cells.finish()?;
        Ok(Cooccurrences { counting, vocab_hash, tokens, text, starts, store })
    }

    /// From a file whose cells, checked by the caller, lie from byte `offset` on.
    pub(crate) fn from_file(
        counting: Counting,
        tokens: u64,
        vocab_hash: u64,
        text: CorpusRecord,
        starts: Vec<u64>,
        (file, path, offset): (std::fs::File, &std::path::Path, u64),
    ) -> Self {
        Cooccurrences {
            counting,
            vocab_hash,
            tokens,
            text,
            starts,
            store: Store::File(std::sync::Mutex::new(file), path.to_owned(), offset),
        }
    }

    /// Where each row starts, V + 1 numbers.
    pub(crate) fn starts(&self) -> &[u64] {
        &self.starts
    }

    /// Number of words, V: rows and columns.
    pub fn words(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of cells that are not zero, C.
    pub fn cells(&self) -> u64 {
        *self.starts.last().expect("V + 1 numbers")
    }

    /// Bytes of all cells.
    pub fn bytes(&self) -> u64 {
        self.cells() * size_of::<Cell>() as u64
    }

    /// How they were counted.
    pub fn counting(&self) -> &Counting {
        &self.counting
    }

    /// Tokens of the corpus they were counted in, N; 0 where that is unknown.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// The text that was counted, as far as it is known; of counts from a file the file.
    pub fn text(&self) -> &CorpusRecord {
        &self.text
    }

    /// Counts from a file, of which the text is known.
    pub(crate) fn of_text(self, text: CorpusRecord) -> Self {
        Cooccurrences { text, ..self }
    }

    /// [`Vocab::hash`] of the vocabulary that explains rows and columns.
    pub fn vocab_hash(&self) -> u64 {
        self.vocab_hash
    }

    /// Refuses a vocabulary that these counts do not belong to.
    ///
    /// # Errors
    /// [`crate::Error::Query`].
    pub fn check_vocab(&self, vocab: &crate::vocab::Vocab) -> Result<()> {
        if (vocab.len(), vocab.hash()) == (self.words(), self.vocab_hash) {
            return Ok(());
        }
        Err(crate::Error::query(format!(
            "these co-occurrences were counted with another vocabulary, of {} words with hash {:016x}; \
             got {} words with hash {:016x}: pass the one they were counted with",
            self.words(),
            self.vocab_hash,
            vocab.len(),
            vocab.hash(),
        )))
    }

    /// Whether the cells lie in a file and not in memory.
    pub fn is_on_disk(&self) -> bool {
        self.store.is_on_disk()
    }

    /// The places of row `word` among all cells.
    ///
    /// # Panics
    /// Where `word` is not below V.
    pub fn row_range(&self, word: WordId) -> Range<u64> {
        self.starts[word.index()]..self.starts[word.index() + 1]
    }

    /// The row in which cell `at` lies.
    pub(crate) fn row_of(&self, at: u64) -> WordId {
        WordId(self.starts.partition_point(|&start| start <= at) as u32 - 1)
    }

    /// Replaces what is in `into` by cells `range` of the table, which is read row by row.
    ///
    /// # Errors
    /// [`crate::Error::Io`] where the cells lie in a file that cannot be read.
    ///
    /// # Panics
    /// Where the range ends behind the last cell.
    pub fn read(&self, range: Range<u64>, into: &mut Vec<Cell>) -> Result<()> {
        assert!(range.start <= range.end && range.end <= self.cells());
        self.store.read(range, into)
    }

    /// All rows in the order of their ids, those without cells too; columns ascend.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// use w2v::{Corpus, VocabLimits, cooccur, encode};
    /// let file = tempfile::NamedTempFile::new().unwrap();
    /// std::fs::write(file.path(), "a b a\na c\n").unwrap();
    /// let corpus = Corpus::open(&[file.path()], Default::default())?;
    /// let limits = VocabLimits { min_count: 1, ..Default::default() };
    /// let (vocab, encoded) =
    ///     encode::encode(&corpus, Default::default(), &limits, &Default::default())?;
    /// let counting = cooccur::Counting { window: 2, ..Default::default() };
    /// let pairs = cooccur::count(&vocab, &encoded, &counting, &Default::default())?;
    /// let mut rows = pairs.rows();
    /// while let Some((word, cells)) = rows.next_row()? {
    ///     if vocab.word(word) == "a" {
    ///         // With itself at distance 2, from both ends; with b twice at 1; with c once at 1.
    ///         let x: Vec<_> = cells.iter().map(|cell| (cell.column, cell.x)).collect();
    ///         assert_eq!(x, [(0, 1.0), (1, 2.0), (2, 1.0)]);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn rows(&self) -> RowReader<'_> {
        RowReader::new(self)
    }
}
