//! Counts of contexts as vectors: row w holds how often each word stands near w.
//!
//! In: [`Cooccurrences`], in memory or on disk. Out: the same numbers as a [`SparseTable`], in memory: 8
//! bytes a cell. Cosines of raw counts are ruled by the most frequent contexts (*the*, *of*), which is
//! what [PPMI](super::Ppmi) puts right.

use crate::cooccur::Cooccurrences;
use crate::error::Result;
use crate::vectors::SparseTable;

/// The counts as a V×V table.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) where they lie in a file that cannot be read.
///
/// ```
/// # fn main() -> w2v::Result<()> {
/// use w2v::{Corpus, VocabLimits, WordVectors, cooccur, encode, eval::baselines};
/// let file = tempfile::NamedTempFile::new().unwrap();
/// std::fs::write(file.path(), "the king rules\nthe queen rules\na car drives\n").unwrap();
/// let corpus = Corpus::open(&[file.path()], Default::default())?;
/// let limits = VocabLimits { min_count: 1, ..Default::default() };
/// let (vocab, encoded) =
///     encode::encode(&corpus, Default::default(), &limits, &Default::default())?;
/// let pairs = cooccur::count(&vocab, &encoded, &Default::default(), &Default::default())?;
/// let table = baselines::counts(&pairs)?;
/// let vectors = WordVectors::from_store(vocab, Box::new(table), Default::default())?;
/// let [king, queen, car] = ["king", "queen", "car"].map(|word| vectors.id(word).unwrap());
/// assert!((vectors.cosine(king, queen) - 1.0).abs() < 1e-6, "the same contexts");
/// assert_eq!(vectors.cosine(king, car), 0.0, "no context in common");
/// # Ok(()) }
/// ```
pub fn counts(pairs: &Cooccurrences) -> Result<SparseTable> {
    let cells = pairs.cells() as usize;
    let mut starts = Vec::with_capacity(pairs.words() + 1);
    let (mut columns, mut values) = (Vec::with_capacity(cells), Vec::with_capacity(cells));
    starts.push(0);
    let mut rows = pairs.rows();
    while let Some((_, cells)) = rows.next_row()? {
        columns.extend(cells.iter().map(|cell| cell.column));
        values.extend(cells.iter().map(|cell| cell.x));
        starts.push(values.len());
    }
    SparseTable::new(pairs.words(), starts, columns, values)
}
