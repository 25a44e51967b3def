//! The flags that say which text to read and how, shared by all verbs that read a corpus.

use super::progress::Progress;
use super::size;
use super::threads::ThreadsArg;
use super::values::{choice, encoding};
use clap::{ArgAction, Args};
use std::path::PathBuf;
use w2v::corpus::{Encoding, InvalidUtf8, ReadOptions};
use w2v::encode::EncodedCorpus;
use w2v::formats::FileRoles;
use w2v::session::{Purpose, Resources, Text};
use w2v::{Corpus, Normalization, Segmentation, Tokenizer, Vocab, VocabLimits};

#[derive(Args)]
pub(super) struct CorpusArgs {
    /// Text: files, folders, or archives (tar, zip) and members of them (a.zip/b.txt), plain or compressed
    /// (gz, zst, bz2, xz); `-` is standard input. A line is a sentence
    #[arg(required = true, value_name = "CORPUS")]
    pub(super) corpus: Vec<PathBuf>,

    /// How a line is cut into tokens [default: whitespace]
    #[arg(long, value_parser = choice(SEGMENTATIONS), help_heading = "Text")]
    tokenizer: Option<Segmentation>,

    /// Lower-case the text
    #[arg(long, help_heading = "Text")]
    lowercase: bool,

    /// Unicode normalisation [default: none]
    #[arg(long, value_parser = choice(NORMALIZATIONS), help_heading = "Text")]
    normalize: Option<Normalization>,

    /// Encoding of the text, such as latin1, koi8-r, gb18030 or utf-16le [default: UTF-8, or what a
    /// byte-order mark says]
    #[arg(long, value_name = "NAME", value_parser = encoding, help_heading = "Text")]
    encoding: Option<Encoding>,

    /// What to do with bytes that are not UTF-8 (or not of the encoding)
    #[arg(long, value_parser = choice(INVALID_UTF8), default_value = "stray", help_heading = "Text")]
    invalid_utf8: InvalidUtf8,

    /// Cut sentences that are longer than N words [default: 1000; for co-occurrences 1000000]
    #[arg(long, value_name = "N", help_heading = "Text")]
    max_sentence: Option<usize>,

    /// Drop words that occur less than N times [default: 5; with --vocab 1]
    #[arg(long, value_name = "N", help_heading = "Vocabulary")]
    pub(super) min_count: Option<u64>,

    /// Keep the N most frequent words
    #[arg(long, value_name = "N", alias = "max-final-vocab", help_heading = "Vocabulary")]
    max_vocab: Option<usize>,

    /// Keep only the words of FILE: lines of `word` or `word count`, as `w2v vocab` writes them
    #[arg(long, value_name = "FILE", help_heading = "Vocabulary")]
    pub(super) vocab: Option<PathBuf>,

    #[command(flatten)]
    pub(super) threads: ThreadsArg,

    #[command(flatten)]
    pub(super) memory: MemoryArgs,

    /// What to show of progress, on standard error
    #[arg(long, value_enum, default_value_t, action = ArgAction::Set, help_heading = "Resources")]
    pub(super) progress: super::output::Style,
}

// No doc comment: clap would show it as the help of the verb.
#[derive(Args)]
pub(super) struct MemoryArgs {
    /// Keep the text, as numbers, and co-occurrences in temporary files where they are larger than
    /// SIZE, such as 2G [default: half of memory]
    #[arg(long, value_name = "SIZE", value_parser = size::parse, help_heading = "Resources")]
    max_memory: Option<u64>,

    /// Folder of temporary files [default: the system's]
    #[arg(long, value_name = "DIR", help_heading = "Resources")]
    temp_dir: Option<PathBuf>,
}

/// `--tokenizer`
pub(super) const SEGMENTATIONS: &[(&str, Segmentation, &str)] = &[
    (
        "whitespace",
        Segmentation::Whitespace,
        "At spaces and tabs, punctuation stays on its word: for text that is already cut",
    ),
    (
        "unicode",
        Segmentation::Unicode,
        "Words by the rules of Unicode (UAX #29), punctuation dropped: for natural text",
    ),
    ("char", Segmentation::Char, "Characters (grapheme clusters)"),
    (
        "social",
        Segmentation::Social,
        "As unicode, with emoji, #tags and @names: for posts and chats",
    ),
    ("zh", Segmentation::Zh, "Chinese words, by dictionary, punctuation dropped"),
];

const NORMALIZATIONS: &[(&str, Normalization, &str)] = &[
    ("none", Normalization::None, ""),
    ("nfc", Normalization::Nfc, ""),
    ("nfkc", Normalization::Nfkc, ""),
];

const INVALID_UTF8: &[(&str, InvalidUtf8, &str)] = &[
    (
        "stray",
        InvalidUtf8::Stray,
        "Put U+FFFD in their place; stop where they show that the text is in another encoding",
    ),
    ("replace", InvalidUtf8::Replace, "Put U+FFFD in their place"),
    ("skip", InvalidUtf8::Skip, "Leave the bytes out"),
    ("error", InvalidUtf8::Error, "Stop"),
];

impl MemoryArgs {
    /// What a run may use.
    pub(super) fn resources(&self, threads: &ThreadsArg) -> w2v::Result<Resources> {
        Ok(Resources {
            threads: threads.get()?,
            max_memory: self.max_memory.unwrap_or_else(half_of_memory),
            temp_dir: Some(self.temp_dir.clone().unwrap_or_else(super::values::temporary)),
        })
    }
}

impl CorpusArgs {
    pub(super) fn tokenizer(&self) -> Tokenizer {
        self.tokenizer_or(Tokenizer::default())
    }

    /// What was asked for, and where nothing was, what `default` says.
    pub(super) fn tokenizer_or(&self, default: Tokenizer) -> Tokenizer {
        Tokenizer {
            segmentation: self.tokenizer.unwrap_or(default.segmentation),
            lowercase: self.lowercase || default.lowercase,
            normalization: self.normalize.unwrap_or(default.normalization),
        }
    }

    /// The text, and how it is read.
    pub(super) fn text(&self) -> w2v::Result<Text> {
        let read = |list| Vocab::read_in(list, self.encoding);
        let keep_only = self.vocab.as_deref().map(read).transpose()?;
        let default = if keep_only.is_some() { 1 } else { VocabLimits::default().min_count };
        let min_count = self.min_count.unwrap_or(default);
        let limits =
            VocabLimits { min_count, max_vocab: self.max_vocab, keep_only, begin_with: None };
        Ok(Text { limits, ..self.all_words() })
    }

    /// How files are read.
    pub(super) fn reading(&self) -> ReadOptions {
        ReadOptions { invalid_utf8: self.invalid_utf8, encoding: self.encoding }
    }

    /// The same without limits on its words.
    pub(super) fn all_words(&self) -> Text {
        Text {
            files: self.corpus.clone(),
            read: self.reading(),
            tokenizer: self.tokenizer(),
            limits: VocabLimits::default(),
            max_sentence: self.max_sentence,
        }
    }

    /// What a run may use.
    pub(super) fn resources(&self) -> w2v::Result<Resources> {
        self.memory.resources(&self.threads)
    }

    /// Registers the text and the word list as inputs. A missing text is reported when it is read.
    pub(super) fn inputs(&self, files: &mut FileRoles) {
        if let Ok(corpus) = self.open() {
            files.corpus("the corpus", corpus.sources());
        }
        if let Some(list) = &self.vocab {
            files.input("--vocab", list);
        }
    }

    /// The files, none of them read yet.
    pub(super) fn open(&self) -> w2v::Result<Corpus> {
        self.all_words().open()
    }

    /// Reads, counts and encodes the text, and says on standard error what was found.
    pub(super) fn read(
        &self,
        purpose: Purpose,
        progress: &mut Progress,
    ) -> w2v::Result<(Vocab, EncodedCorpus)> {
        self.text()?.read(purpose, &self.resources()?, &mut |event| progress.event(event))
    }
}

pub(super) fn half_of_memory() -> u64 {
    w2v::machine::memory().map_or(Resources::default().max_memory, |bytes| bytes / 2)
}
