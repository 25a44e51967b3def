//! The flags that say which text to read and how, shared by all verbs that read a corpus.

use super::progress::Progress;
use super::size;
use clap::{ArgAction, Args, ValueEnum};
use std::path::PathBuf;
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

    /// Cut sentences that are longer than N words
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = EncodeOptions::default().max_sentence, help_heading = "Text")]
    max_sentence: usize,

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
    vocab: Option<PathBuf>,

    /// Work with N threads [default: all cores]
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "N",
        alias = "workers",
        help_heading = "Resources"
    )]
    pub(super) threads: Option<usize>,

    /// Keep the text, as numbers, in a temporary file where it is larger than SIZE, such as 2G
    /// [default: half of memory]
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
enum TokenizerName {
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
            segmentation: match self.tokenizer {
                TokenizerName::Whitespace => Segmentation::Whitespace,
                TokenizerName::Unicode => Segmentation::Unicode,
                TokenizerName::Char => Segmentation::Char,
                TokenizerName::Zh => Segmentation::Zh,
            },
            lowercase: self.lowercase,
            normalization: match self.normalize {
                NormalizationName::None => Normalization::None,
                NormalizationName::Nfc => Normalization::Nfc,
                NormalizationName::Nfkc => Normalization::Nfkc,
            },
        }
    }

    fn limits(&self) -> w2v::Result<VocabLimits> {
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

    /// Reads, counts and encodes the text, and says on standard error what was found.
    pub(super) fn read(&self, progress: &mut Progress) -> w2v::Result<Text> {
        let invalid_utf8 = match self.invalid_utf8 {
            InvalidUtf8Name::Replace => InvalidUtf8::Replace,
            InvalidUtf8Name::Skip => InvalidUtf8::Skip,
            InvalidUtf8Name::Error => InvalidUtf8::Error,
        };
        let limits = self.limits()?;
        let corpus = Corpus::open(&self.corpus, ReadOptions { invalid_utf8 })?;
        let defaults = EncodeOptions::default();
        let options = EncodeOptions {
            threads: self.threads(),
            max_sentence: self.max_sentence,
            max_memory: self.max_memory.unwrap_or_else(half_of_memory),
            temp_dir: self.temp_dir.clone().unwrap_or(defaults.temp_dir),
        };
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
