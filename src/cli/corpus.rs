//! The flags that say which text to read and how, shared by all verbs that read a corpus.

use super::progress::Progress;
use super::size;
use super::threads::ThreadsArg;
use anyhow::bail;
use clap::{ArgAction, Args, ValueEnum};
use std::path::{Path, PathBuf};
use w2v::cooccur::CountOptions;
use w2v::corpus::{InvalidUtf8, ReadOptions, Source};
use w2v::encode::{EncodeOptions, EncodedCorpus, encode};
use w2v::formats::FileRoles;
use w2v::train::{CorpusFile, CorpusRecord, Reading, Recipe};
use w2v::{Corpus, Model, Normalization, Segmentation, SkipGram, Tokenizer, Vocab, VocabLimits};

#[derive(Args)]
pub(super) struct CorpusArgs {
    /// Text: files or folders, plain or compressed (gz, zst, bz2, xz); `-` is standard input.
    /// A line is a sentence
    #[arg(required = true, value_name = "CORPUS")]
    pub(super) corpus: Vec<PathBuf>,

    /// How a line is cut into tokens [default: whitespace]
    #[arg(long, value_enum, help_heading = "Text")]
    tokenizer: Option<TokenizerName>,

    /// Lower-case the text
    #[arg(long, help_heading = "Text")]
    lowercase: bool,

    /// Unicode normalisation [default: none]
    #[arg(long, value_enum, help_heading = "Text")]
    normalize: Option<NormalizationName>,

    /// What to do with bytes that are not UTF-8
    #[arg(long, value_enum, default_value_t, help_heading = "Text")]
    invalid_utf8: InvalidUtf8Name,

    /// Cut sentences that are longer than N words [default: 1000; for co-occurrences 1000000]
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Text")]
    max_sentence: Option<usize>,

    /// Drop words that occur less than N times [default: 5; with --vocab 1]
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Vocabulary")]
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

    #[command(flatten)]
    pub(super) threads: ThreadsArg,

    /// Keep the text, as numbers, and co-occurrences in temporary files where they are larger than
    /// SIZE, such as 2G [default: half of memory]
    #[arg(long, value_name = "SIZE", value_parser = size::parse, help_heading = "Resources")]
    max_memory: Option<u64>,

    /// Folder of temporary files [default: the system's]
    #[arg(long, value_name = "DIR", help_heading = "Resources")]
    temp_dir: Option<PathBuf>,

    /// What to show of progress, on standard error
    #[arg(long, value_enum, default_value_t, action = ArgAction::Set, help_heading = "Resources")]
    pub(super) progress: super::output::Style,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum TokenizerName {
    /// At spaces and tabs, punctuation stays on its word: for text that is already cut
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

#[derive(Clone, Copy, ValueEnum)]
enum NormalizationName {
    None,
    Nfc,
    Nfkc,
}

impl From<NormalizationName> for Normalization {
    fn from(name: NormalizationName) -> Self {
        match name {
            NormalizationName::None => Normalization::None,
            NormalizationName::Nfc => Normalization::Nfc,
            NormalizationName::Nfkc => Normalization::Nfkc,
        }
    }
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
    pub(super) record: CorpusRecord,
    pub(super) tokenizer: Tokenizer,
    pub(super) vocab: Vocab,
    pub(super) encoded: EncodedCorpus,
}

impl CorpusArgs {
    /// Threads to use.
    pub(super) fn threads(&self) -> usize {
        self.threads.count()
    }

    pub(super) fn tokenizer(&self) -> Tokenizer {
        self.tokenizer_or(Tokenizer::default())
    }

    /// What was asked for, and where nothing was, what `default` says.
    fn tokenizer_or(&self, default: Tokenizer) -> Tokenizer {
        Tokenizer {
            segmentation: self.tokenizer.map_or(default.segmentation, Into::into),
            lowercase: self.lowercase || default.lowercase,
            normalization: self.normalize.map_or(default.normalization, Into::into),
        }
    }

    /// The tokenizer of the model `file`, whose words the text's must be.
    fn tokenizer_of(&self, model: Tokenizer, file: &Path) -> anyhow::Result<Tokenizer> {
        let with = |tokenizer| Recipe { tokenizer, ..Recipe::new(SkipGram::default()) };
        let differences = with(self.tokenizer_or(model)).differences(&with(model)).0;
        if let Some(difference) = differences.first() {
            bail!(
                "{} asks for another text than {} was trained on ({}); leave it out: with \
                 --continue the text is cut as that of the model",
                super::flags::name(&difference.key),
                file.display(),
                tokenizer_line(model),
            );
        }
        Ok(model)
    }

    pub(super) fn limits(&self) -> w2v::Result<VocabLimits> {
        let keep_only = self.vocab.as_deref().map(Vocab::read).transpose()?;
        let default = if keep_only.is_some() { 1 } else { VocabLimits::default().min_count };
        let min_count = self.min_count.unwrap_or(default);
        Ok(VocabLimits { min_count, max_vocab: self.max_vocab, keep_only, begin_with: None })
    }

    /// Bytes that may be kept in memory.
    pub(super) fn max_memory(&self) -> u64 {
        self.max_memory.unwrap_or_else(half_of_memory)
    }

    pub(super) fn temp_dir(&self) -> PathBuf {
        self.temp_dir.clone().unwrap_or_else(std::env::temp_dir)
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
            temp_dir: Some(self.temp_dir()),
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
            true => self.options(PAIRS_SENTENCE, max_memory / 3),
            false => self.options(EncodeOptions::default().max_sentence, max_memory),
        };
        let count = CountOptions {
            threads: self.threads(),
            max_memory: max_memory / 2,
            temp_dir: Some(self.temp_dir()),
            journal: None,
        };
        (encode, count)
    }

    /// Reads, counts and encodes the text, and says on standard error what was found.
    pub(super) fn read(&self, progress: &mut Progress) -> w2v::Result<Text> {
        let max_sentence = EncodeOptions::default().max_sentence;
        let limits = self.limits()?;
        self.read_in(progress, self.tokenizer(), limits, max_sentence, self.max_memory())
    }

    /// The same with a vocabulary that begins with the words of a model, out of the file `file`.
    pub(super) fn read_behind(
        &self,
        progress: &mut Progress,
        model: &Model,
        file: &Path,
    ) -> anyhow::Result<Text> {
        let max_sentence = EncodeOptions::default().max_sentence;
        let tokenizer = self.tokenizer_of(model.tokenizer(), file)?;
        let limits = VocabLimits { begin_with: Some(model.vocab.clone()), ..self.limits()? };
        Ok(self.read_in(progress, tokenizer, limits, max_sentence, self.max_memory())?)
    }

    /// The same for counting co-occurrences: long lines stay whole, so that no pair is lost at a cut,
    /// and some of the memory is left for what comes next.
    pub(super) fn read_for_pairs(&self, progress: &mut Progress) -> w2v::Result<Text> {
        let limits = self.limits()?;
        let max_memory = self.max_memory() / 3;
        self.read_in(progress, self.tokenizer(), limits, PAIRS_SENTENCE, max_memory)
    }

    fn read_in(
        &self,
        progress: &mut Progress,
        tokenizer: Tokenizer,
        limits: VocabLimits,
        max_sentence: usize,
        max_memory: u64,
    ) -> w2v::Result<Text> {
        let corpus = self.open()?;
        let options = self.options(max_sentence, max_memory);
        read_text(&corpus, tokenizer, &limits, &options, progress)
    }
}

/// For counting pairs, sentences are cut where a thread could not hold more.
const PAIRS_SENTENCE: usize = 1_000_000;

/// Reads, counts and encodes a text, and says on standard error what was found.
pub(super) fn read_text(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    limits: &VocabLimits,
    options: &EncodeOptions,
    progress: &mut Progress,
) -> w2v::Result<Text> {
    progress.begin_reading();
    let (vocab, encoded) = encode(corpus, tokenizer, limits, options, |p| progress.reading(p))?;
    progress.read(&encoded, &vocab, limits);
    let file = |source: &Source| CorpusFile {
        name: source.path().display().to_string(),
        bytes: match source {
            Source::File(path) => std::fs::metadata(path).ok().map(|file| file.len()),
            Source::Stdin => None,
        },
    };
    let statistics = encoded.statistics();
    Ok(Text {
        record: CorpusRecord {
            files: corpus.sources().iter().map(file).collect(),
            hash: statistics.hash,
            bytes: statistics.bytes,
            tokens: statistics.tokens,
            reading: Some(Reading {
                invalid_utf8: corpus.options().invalid_utf8,
                max_sentence: options.max_sentence,
                min_count: limits.min_count,
                max_vocab: limits.max_vocab,
                list: limits.keep_only.as_ref().map(Vocab::hash),
            }),
        },
        tokenizer,
        vocab,
        encoded,
    })
}

/// What a training record says of counts that were made before.
pub(super) fn record_of_counts(path: &Path) -> CorpusRecord {
    let bytes = std::fs::metadata(path).ok().map(|file| file.len());
    let name = path.display().to_string();
    CorpusRecord { files: vec![CorpusFile { name, bytes }], ..Default::default() }
}

/// How text is cut, for people.
pub(super) fn tokenizer_line(t: Tokenizer) -> String {
    let case = if t.lowercase { ", lower-cased" } else { "" };
    let cut = format!("{:?}, normalization {:?}{case}", t.segmentation, t.normalization);
    cut.to_lowercase()
}

pub(super) fn half_of_memory() -> u64 {
    let memory = || {
        let mut system = sysinfo::System::new();
        system.refresh_memory();
        // A container's limit, where there is one below the machine's memory.
        let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
        Some(system.total_memory().min(limit)).filter(|bytes| *bytes > 0)
    };
    memory().map_or(EncodeOptions::default().max_memory, |bytes| bytes / 2)
}
