//! What a run may use of the machine.

use crate::cooccur::{CountOptions, Journal};
use crate::encode::EncodeOptions;
use crate::formats::ReadOptions;
use crate::threads::Threads;
use std::path::PathBuf;

/// For counting pairs, sentences are cut where a thread could not hold more.
const PAIRS_SENTENCE: usize = 1_000_000;

/// What a run may use of the machine. Only the number of training threads affects the result: a run on one thread
/// can be repeated to the byte.
#[derive(Clone, Debug)]
pub struct Resources {
    /// Threads of every stage; all cores by default.
    pub threads: Threads,
    /// Bytes of text, as numbers, and of co-occurrences that stay in memory; 4 GiB by default.
    pub max_memory: u64,
    /// Folder of temporary files for what is larger. `None`, the default: no file is written, and everything
    /// stays in memory.
    pub temp_dir: Option<PathBuf>,
}

impl Default for Resources {
    fn default() -> Self {
        Resources { threads: Threads::default(), max_memory: 4 << 30, temp_dir: None }
    }
}

/// What a text is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Training on its sentences.
    Sentences,
    /// Counting co-occurrences: long lines stay whole, so that no pair is lost at a cut, and some of the memory
    /// is left for the table.
    Pairs,
}

impl Resources {
    /// How a text is read. Sentences are cut after `max_sentence` words, where that is given.
    pub fn encode_options(&self, purpose: Purpose, max_sentence: Option<usize>) -> EncodeOptions {
        let (cut, max_memory) = match purpose {
            Purpose::Sentences => (EncodeOptions::default().max_sentence, self.max_memory),
            Purpose::Pairs => (PAIRS_SENTENCE, self.max_memory / 3),
        };
        EncodeOptions {
            threads: self.threads.clone(),
            max_sentence: max_sentence.unwrap_or(cut),
            max_memory,
            temp_dir: self.temp_dir.clone(),
        }
    }

    /// How vectors, models and counts are read: of `max_memory` a table takes this fraction, 1/`parts`.
    pub fn read_options(&self, parts: u64) -> ReadOptions {
        ReadOptions {
            max_memory: Some(self.max_memory / parts),
            temporary: self.temp_dir.clone(),
            threads: self.threads.clone(),
            ..ReadOptions::default()
        }
    }

    /// How co-occurrences are counted, with finished rows in a `journal` where there is one.
    pub fn count_options(&self, journal: Option<Journal>) -> CountOptions {
        CountOptions {
            threads: self.threads.clone(),
            max_memory: self.max_memory / 2,
            temp_dir: self.temp_dir.clone(),
            journal,
        }
    }
}
