//! The flags that say which text to read and how, shared by all verbs that read a corpus.

use super::progress::Progress;
use super::size;
use clap::{ArgAction, Args, ValueEnum};
use std::path::PathBuf;
use w2v::cooccur::CountOptions;
use w2v::corpus::{InvalidUtf8, ReadOptions, Source};
use w2v::encode::{EncodeOptions, EncodedCorpus, encode};
use w2v::{Corpus, Normalization, Segmentation, Tokenizer, Vocab, VocabLimits};

#[derive(Args)]
pub(super) struct CorpusArgs {
    /// Text: files or folders, plain or compressed (gz, zst, bz2, xz); `-` is standard input.
    /// A line is a sentence
    #[arg(required = true, value_name = "CORPUS")]
    pub(super) corpus: Vec<PathBuf>,

    /// How a line is cut into tokens
    #[arg(long, value_enum, default_value_t, help_heading = "Text")]
    tokenizer: TokenizerName,

    /// Lower-case the text
    #[arg(long, help_heading = "Text")]
    lowercase: bool,

    /// Unicode normalisation
    #[arg(long, value_enum, default_value_t, help_heading = "Text")]
    normalize: NormalizationName,

    /// What to do with bytes that are not UTF-8
    #[arg(long, value_enum, default_value_t, help_heading = "Text")]
    invalid_utf8: InvalidUtf8Name,

    /// Cut sentences that are longer than N words [default: 1000; for co-occurrences 1000000]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        help_heading = "Text"
    )]
    max_sentence: Option<usize>,

    /// Drop words that occur less than N times [default: 5; with --vocab 1]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        help_heading = "Vocabulary"
    )]
    pub(super) min_count: Option<u64>,

    /// Keep the N most frequent words
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        alias = "max-final-vocab",
        help_heading = "Vocabulary"
    )]
    max_vocab: Option<usize>,

    /// Keep only the words of FILE: lines of `word` or `word count`, as `w2v vocab` writes them
    #[arg(long, value_name = "FILE", help_heading = "Vocabulary")]
    pub(super) vocab: Option<PathBuf>,

    /// Work with N threads [default: all cores]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        alias = "workers",
        help_heading = "Resources"
    )]
    pub(super) threads: Option<usize>,

    /// Keep the text, as numbers, and co-occurrences in temporary files where they are larger than
    /// SIZE, such as 2G [default: half of memory]
    #[arg(long, value_name = "SIZE", value_parser = size::parse, help_heading = "Resources")]
    max_memory: Option<u64>,

    /// Folder of temporary files [default: the system's]
    #[arg(long, value_name = "DIR", help_heading = "Resources")]
    temp_dir: Option<PathBuf>,

    /// What to show of progress, on standard error
    #[arg(long, value_enum, default_value_t, action = ArgAction::Set, help_heading = "Resources")]
    pub(super) progress: super::progress::Style,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum TokenizerName {
    /// At spaces and tabs, punctuation stays on its word: for text that is already cut
    #[default]
    Whitespace,
    /// Words by the rules of Unicode (UAX #29), punctuation dropped: for natural text
    Unicode,
    /// Characters (grapheme clusters)
    Char,
    /// Chinese words, by dictionary, punctuation dropped
    Zh,
}

impl From<TokenizerName> for Segmentation {
    fn from(name: TokenizerName) -> Self {
        match name {
            TokenizerName::Whitespace => Segmentation::Whitespace,
            TokenizerName::Unicode => Segmentation::Unicode,
            TokenizerName::Char => Segmentation::Char,
            TokenizerName::Zh => Segmentation::Zh,
        }
    }
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum NormalizationName {
    #[default]
    None,
    Nfc,
    Nfkc,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum InvalidUtf8Name {
    /// Put U+FFFD in their place
    #[default]
    Replace,
    /// Leave the bytes out
    Skip,
    /// Stop
    Error,
}

/// Tokens of a sentence at most where co-occurrences are counted.
const LONG: usize = 1_000_000;

/// Text that was read.
pub(super) struct Text {
    pub(super) names: Vec<String>,
    pub(super) tokenizer: Tokenizer,
    pub(super) vocab: Vocab,
    pub(super) encoded: EncodedCorpus,
}

impl CorpusArgs {
    /// Threads to use.
    pub(super) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, |n| n.get());
        self.threads.unwrap_or_else(cores)
    }

    pub(super) fn tokenizer(&self) -> Tokenizer {
        Tokenizer {
            segmentation: self.tokenizer.into(),
            lowercase: self.lowercase,
            normalization: match self.normalize {
                NormalizationName::None => Normalization::None,
                NormalizationName::Nfc => Normalization::Nfc,
                NormalizationName::Nfkc => Normalization::Nfkc,
            },
        }
    }

    pub(super) fn limits(&self) -> w2v::Result<VocabLimits> {
        let keep_only = self.vocab.as_deref().map(Vocab::read).transpose()?;
        let default = if keep_only.is_some() {
            1
        } else {
            VocabLimits::default().min_count
        };
        let min_count = self.min_count.unwrap_or(default);
        Ok(VocabLimits {
            min_count,
            max_vocab: self.max_vocab,
            keep_only,
        })
    }

    /// Bytes that may be kept in memory.
    pub(super) fn max_memory(&self) -> u64 {
        self.max_memory.unwrap_or_else(half_of_memory)
    }

    pub(super) fn temp_dir(&self) -> PathBuf {
        let default = || EncodeOptions::default().temp_dir;
        self.temp_dir.clone().unwrap_or_else(default)
    }

    /// The files, none of them read yet.
    pub(super) fn open(&self) -> w2v::Result<Corpus> {
        let invalid_utf8 = match self.invalid_utf8 {
            InvalidUtf8Name::Replace => InvalidUtf8::Replace,
            InvalidUtf8Name::Skip => InvalidUtf8::Skip,
            InvalidUtf8Name::Error => InvalidUtf8::Error,
        };
        Corpus::open(&self.corpus, ReadOptions { invalid_utf8 })
    }

    /// How the text is read; `max_sentence` where none was asked for.
    pub(super) fn options(&self, max_sentence: usize, max_memory: u64) -> EncodeOptions {
        EncodeOptions {
            threads: self.threads(),
            max_sentence: self.max_sentence.unwrap_or(max_sentence),
            max_memory,
            temp_dir: self.temp_dir(),
        }
    }

    /// A flag that was given and limits the vocabulary otherwise than by counts.
    pub(super) fn other_limit(&self) -> Option<&'static str> {
        let vocab = self.vocab.as_ref().map(|_| "--vocab");
        vocab.or(self.max_vocab.map(|_| "--max-vocab"))
    }

    /// What [`CorpusArgs::read`], or for pairs [`CorpusArgs::read_for_pairs`] and counting, are given
    /// of memory and threads.
    pub(super) fn options_for(&self, pairs: bool) -> (EncodeOptions, CountOptions) {
        let max_memory = self.max_memory();
        let encode = match pairs {
            true => self.options(LONG, max_memory / 3),
            false => self.options(EncodeOptions::default().max_sentence, max_memory),
        };
        let count = CountOptions {
            threads: self.threads(),
            max_memory: max_memory / 2,
            temp_dir: self.temp_dir(),
            journal: None,
        };
        (encode, count)
    }

    /// Reads, counts and encodes the text, and says on standard error what was found.
    pub(super) fn read(&self, progress: &mut Progress) -> w2v::Result<Text> {
        let max_sentence = EncodeOptions::default().max_sentence;
        self.read_in(progress, max_sentence, self.max_memory())
    }

    /// The same for counting co-occurrences: long lines stay whole, so that no pair is lost at a cut,
    /// and some of the memory is left for what comes next.
    pub(super) fn read_for_pairs(&self, progress: &mut Progress) -> w2v::Result<Text> {
        self.read_in(progress, LONG, self.max_memory() / 3)
    }

    fn read_in(
        &self,
        progress: &mut Progress,
        max_sentence: usize,
        max_memory: u64,
    ) -> w2v::Result<Text> {
        let limits = self.limits()?;
        let corpus = self.open()?;
        let options = self.options(max_sentence, max_memory);
        let tokenizer = self.tokenizer();
        let (vocab, encoded) = encode(&corpus, tokenizer, &limits, &options, |p| {
            progress.reading(p)
        })?;
        progress.read(&encoded, &vocab, &limits);
        let name = |source: &Source| source.path().display().to_string();
        let names = corpus.sources().iter().map(name).collect();
        Ok(Text {
            names,
            tokenizer,
            vocab,
            encoded,
        })
    }
}

pub(super) fn half_of_memory() -> u64 {
    let memory = || {
        let mut system = sysinfo::System::new();
        system.refresh_memory();
        // A container's limit, where there is one below the machine's memory.
        let limit = system
            .cgroup_limits()
            .map_or(u64::MAX, |limits| limits.total_memory);
        Some(system.total_memory().min(limit)).filter(|bytes| *bytes > 0)
    };
    memory().map_or(EncodeOptions::default().max_memory, |bytes| bytes / 2)
}
