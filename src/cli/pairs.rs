//! The co-occurrence counts that GloVe is trained on: counted in the text, or read from a file.

use super::checkpoint::Keeping;
use super::cooccur::{CountingArgs, count_pairs, read_counts};
use super::corpus::{CorpusArgs, Text, record_of_counts};
use super::objective::first_given;
use super::progress::Progress;
use super::size::counted;
use anyhow::{bail, ensure};
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::path::Path;
use std::time::Instant;
use w2v::cooccur::{Cooccurrences, Counting};
use w2v::formats::native;
use w2v::train::CorpusRecord;
use w2v::{Tokenizer, Vocab};

/// Counts, and what explains them.
pub(super) struct Pairs {
    pub(super) table: Cooccurrences,
    pub(super) vocab: Vocab,
    pub(super) tokenizer: Tokenizer,
    /// Where they come from.
    pub(super) record: CorpusRecord,
}

pub(super) fn count_text(
    corpus: &CorpusArgs,
    counting: &Counting,
    keeping: &Keeping,
    progress: &mut Progress,
) -> anyhow::Result<Pairs> {
    let text = corpus.read_for_pairs(progress)?;
    let table = match kept_table(corpus, &text, counting, keeping, progress)? {
        Some(table) => table,
        None => {
            let journal = keeping.journal();
            let table = count_pairs(corpus, &text, counting, journal, progress)?;
            keeping.counted(&table, &text.vocab, text.tokenizer)?;
            table
        }
    };
    Ok(Pairs { table, vocab: text.vocab, tokenizer: text.tokenizer, record: text.record })
}

/// The counts that lie beside a checkpoint, if they are of this text.
fn kept_table(
    corpus: &CorpusArgs,
    text: &Text,
    counting: &Counting,
    keeping: &Keeping,
    progress: &Progress,
) -> anyhow::Result<Option<Cooccurrences>> {
    let Some(path) = keeping.kept_counts() else {
        return Ok(None);
    };
    let (table, _, _) = native::cooccurrences::read(&path, corpus.max_memory() / 2)?;
    let same_text = table.check_vocab(&text.vocab).is_ok()
        && table.tokens() == text.encoded.len() as u64
        && table.counting() == counting;
    if !same_text {
        return Ok(None);
    }
    progress.say(&format!(
        "took {} from {}",
        counted(table.cells(), "pair of words"),
        path.display()
    ));
    Ok(Some(table))
}

pub(super) fn read_pairs(
    path: &Path,
    corpus: &CorpusArgs,
    typed: &ArgMatches,
    progress: &mut Progress,
) -> anyhow::Result<Pairs> {
    let window = typed.value_source("window") == Some(ValueSource::CommandLine);
    let flag = window.then(|| "--window".to_owned());
    let text = (!corpus.corpus.is_empty()).then(|| "a corpus".to_owned());
    if let Some(flag) = flag.or_else(|| first_given::<CountingArgs>(typed)).or(text) {
        bail!("{flag} is for counting, and {} is counted already", path.display());
    }
    let max_memory = corpus.max_memory() / 4;
    let start = Instant::now();
    let vocab = corpus.vocab.as_deref();
    let (table, vocab, tokenizer) = read_counts(path, vocab, max_memory, &corpus.temp_dir())?;
    ensure!(table.cells() > 0, "{} holds no counts", path.display());
    let place = if table.is_on_disk() { ", read as it is needed" } else { "" };
    progress.say(&format!(
        "{}: {} of {} in {:.2} s{place}",
        path.display(),
        counted(table.cells(), "pair"),
        counted(table.words() as u64, "word"),
        start.elapsed().as_secs_f64(),
    ));
    Ok(Pairs { table, vocab, tokenizer, record: record_of_counts(path) })
}
