//! Co-occurrences: counted in a text, or read from a file.

use super::event::{Event, OnEvent};
use super::resources::Resources;
use crate::cooccur::{Cooccurrences, Counting, Journal, count_with};
use crate::corpus::Tokenizer;
use crate::encode::EncodedCorpus;
use crate::error::{Error, Result};
use crate::formats::{ReadOptions, begins_with, glove, native};
use crate::vocab::Vocab;
use std::path::PathBuf;
use std::time::Instant;

/// A file of co-occurrence counts.
#[derive(Clone, Debug)]
pub struct CountsFile {
    /// A file of `w2v cooccur`, or the `cooccurrence.bin` of GloVe.
    pub path: PathBuf,
    /// The words of GloVe's file; those of the other kind are in it.
    pub vocab: Option<PathBuf>,
}

impl CountsFile {
    /// Reads the counts and their words. A table of more than `max_memory` of `options` stays in the file, or goes to a
    /// temporary one.
    ///
    /// # Errors
    /// [`Error::Query`] where the words are not known, or are not those that were counted;
    /// [`Error::Format`], [`Error::Io`].
    pub fn read(&self, options: &ReadOptions) -> Result<(Cooccurrences, Vocab, Tokenizer)> {
        let vocab = self.vocab.as_deref().map(Vocab::read).transpose()?;
        std::fs::File::open(&self.path).map_err(|source| Error::Io {
            what: "open",
            path: self.path.clone(),
            source,
        })?;
        if begins_with(&self.path, &native::cooccurrences::MAGIC) {
            let (table, own, tokenizer) = native::cooccurrences::read(&self.path, options)?;
            if let Some(vocab) = vocab {
                table.check_vocab(&vocab)?;
            }
            return Ok((table, own, tokenizer));
        }
        let Some(vocab) = vocab else {
            return Err(Error::query(format!(
                "{} is no file of `w2v cooccur`; if it is GloVe's, its words are not in it",
                self.path.display()
            ))
            .advise("name its vocabulary with `vocab=FILE`"));
        };
        let table = glove::read_cooccurrences(&self.path, &vocab, options)?;
        Ok((table, vocab, Tokenizer::default()))
    }

    /// As [`CountsFile::read`], with its event.
    pub(super) fn read_and_tell(
        &self,
        resources: &Resources,
        on_event: &mut OnEvent<'_>,
    ) -> Result<(Cooccurrences, Vocab)> {
        let start = Instant::now();
        let (pairs, vocab, _) = self.read(&resources.read_options(4))?;
        if pairs.cells() == 0 {
            return Err(Error::query(format!("{} holds no counts", self.path.display())));
        }
        let seconds = start.elapsed().as_secs_f64();
        let path = &self.path;
        on_event(&Event::PairsRead { pairs: &pairs, path, beside_checkpoint: false, seconds });
        Ok((pairs, vocab))
    }
}

/// Counts the pairs of a text that was read. With a `journal` finished rows are kept, and the same call goes on
/// with them after an interruption.
///
/// # Errors
/// As [`crate::cooccur::count()`]; [`Error::Suspended`] where it was interrupted and the rows were kept.
pub fn count_pairs(
    vocab: &Vocab,
    text: &EncodedCorpus,
    counting: &Counting,
    journal: Option<Journal>,
    resources: &Resources,
    on_event: &mut OnEvent<'_>,
) -> Result<Cooccurrences> {
    if let Some(journal) = &journal {
        on_event(&Event::Journal(&journal.path));
    }
    let options = resources.count_options(journal);
    let (start, mut resumed) = (Instant::now(), 0);
    let pairs = count_with(vocab, text, counting, &options, |progress| {
        resumed = progress.resumed;
        on_event(&Event::Counting(progress))
    });
    let pairs = pairs.map_err(|error| match (error, &options.journal) {
        (Error::Interrupted { what }, Some(journal)) => {
            Error::Suspended { what, kept: "finished rows are", path: journal.path.clone() }
        }
        (error, _) => error,
    })?;
    let seconds = start.elapsed().as_secs_f64();
    on_event(&Event::Counted { pairs: &pairs, resumed, seconds });
    Ok(pairs)
}
