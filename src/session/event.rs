//! What a run reports while it goes on. The callback that gets it answers whether to go on.

use crate::cooccur::{Cooccurrences, CountProgress};
use crate::corpus::Tokenizer;
use crate::encode::{EncodeProgress, EncodedCorpus};
use crate::train::{self, Difference, OriginRecord, Recipe};
use crate::vocab::{Vocab, VocabLimits};
use std::path::{Path, PathBuf};

/// What happens in a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Symbolic links in a folder of the corpus lead nowhere, and so have no text. Before the text is read.
    DanglingLinks(&'a [PathBuf]),
    /// Words of the list that limits the vocabulary can never occur, however long the text is: the
    /// tokenizer does not make them. Before the text is read.
    NeverTokens {
        /// These words, in the order of the list.
        words: &'a [&'a str],
        /// Words of the list.
        listed: usize,
        /// The tokenizer.
        tokenizer: Tokenizer,
    },
    /// A block of text was read.
    Reading {
        /// How far reading has come.
        progress: EncodeProgress,
        /// Seconds since reading began.
        seconds: f64,
    },
    /// The text was read, counted and encoded.
    Read {
        /// Its words.
        vocab: &'a Vocab,
        /// Its ids, with the statistics of what was dropped.
        text: &'a EncodedCorpus,
        /// Which words were kept.
        limits: &'a VocabLimits,
        /// Seconds that it took.
        seconds: f64,
    },
    /// Finished rows of counts are written to this file from now on; interrupted counting is resumed from it.
    Journal(&'a Path),
    /// Co-occurrences are being counted. About ten times a second.
    Counting(CountProgress),
    /// All co-occurrences were counted.
    Counted {
        /// The table.
        pairs: &'a Cooccurrences,
        /// Tokens whose windows were counted before an interruption.
        resumed: u64,
        /// Seconds that it took.
        seconds: f64,
    },
    /// Co-occurrences were read from a file and not counted.
    PairsRead {
        /// The table.
        pairs: &'a Cooccurrences,
        /// The file.
        path: &'a Path,
        /// Whether the file lies beside the checkpoint that the run is resumed from.
        beside_checkpoint: bool,
        /// Seconds that it took.
        seconds: f64,
    },
    /// Training will begin with rows that words had before.
    WarmStart(&'a WarmStart),
    /// The run resumes from a checkpoint.
    Resumed {
        /// The checkpoint.
        path: &'a Path,
        /// The fraction of the run that is done, 0 to 1.
        done: f64,
    },
    /// The result will be as good as that of the run before, but not the same bytes: this differs.
    NotTheSameBytes(&'a Difference),
    /// A run is made again, perhaps not with the same bytes: this differs.
    BytesMayDiffer(&'a Difference),
    /// A run is made again on one thread, as its model's record says.
    Again {
        /// What the model was trained by.
        recipe: &'a Recipe,
    },
    /// Training begins.
    Training {
        /// The run.
        recipe: &'a Recipe,
        /// The words.
        vocab: &'a Vocab,
        /// The co-occurrences it trains on; without them it trains on the text.
        pairs: Option<&'a Cooccurrences>,
        /// Bytes of memory that the text or the table takes.
        data_bytes: u64,
    },
    /// Something happened in training.
    Train(&'a train::Event),
    /// All co-occurrences are saved beside the checkpoint; a resumed run does not count again.
    PairsKept,
    /// The checkpoint was written to this file.
    StateKept(&'a Path),
    /// A file is about to be written; with the answer `false` it is not.
    Writing(&'a Path),
    /// The file is written.
    Written(&'a Path),
    /// A comparison goes on.
    Comparing,
    /// A contender of a comparison was judged.
    Judged {
        /// Its name.
        name: &'a str,
        /// D.
        dim: usize,
        /// Bytes of its table.
        bytes: u64,
        /// Seconds that it took.
        seconds: f64,
    },
    /// How many words the text and all models of a comparison have in common.
    Common {
        /// These.
        words: usize,
        /// Words of the text.
        of_text: usize,
        /// Words of the largest model.
        of_model: Option<usize>,
    },
    /// A baseline is left out, and why.
    LeftOut(&'a LeftOut),
}

/// Why a baseline is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// It needs more memory than is allowed.
    Memory {
        /// Its name, or their names.
        what: &'static str,
        /// Bytes that it needs.
        needed: u64,
        /// Bytes that are allowed.
        allowed: u64,
    },
    /// Of PPMI-SVD: no word stands beside another more often than by chance.
    ByChance,
}

/// How many words of the text begin with a row that they had before.
#[derive(Clone, Debug)]
pub struct WarmStart {
    /// Where the rows come from.
    pub record: OriginRecord,
    /// Words that had a row before and occur in the text.
    pub occur: u64,
    /// The fraction of the text's tokens that are such words, 0 to 1.
    pub of_tokens: f64,
    /// Words of the vocabulary without a row.
    pub new_words: u64,
    /// Words of the vocabulary, V.
    pub words: u64,
    /// New words that occur less often did not join.
    pub min_count: u64,
}

/// Who is told of events, and answers whether to go on.
pub(super) type OnEvent<'a> = dyn FnMut(&Event<'_>) -> bool + 'a;
