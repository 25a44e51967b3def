//! A text, from its files to ids.

use super::event::{Event, OnEvent};
use super::resources::{Purpose, Resources};
use crate::corpus::{Corpus, ReadOptions, Tokenizer};
use crate::encode::{EncodeOptions, EncodedCorpus, encode_with};
use crate::error::Result;
use crate::vocab::{Vocab, VocabLimits};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A text, and how it is read.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// Files, folders or archives, plain or compressed; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// How the files are read: encoding, and what is done with bytes that are not UTF-8.
    pub read: ReadOptions,
    /// How a line is cut into tokens.
    pub tokenizer: Tokenizer,
    /// Which words are kept.
    pub limits: VocabLimits,
    /// Sentences are cut after so many words: by default 1,000, for co-occurrences 1,000,000.
    pub max_sentence: Option<usize>,
}

impl Text {
    /// The text of one file or folder, read with the defaults of everything else.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Text { files: vec![path.as_ref().to_owned()], ..Text::default() }
    }

    /// The files, none of them read yet.
    ///
    /// # Errors
    /// [`crate::Error::Io`] and [`crate::Error::NoText`] for what is not there.
    pub fn open(&self) -> Result<Corpus> {
        Corpus::open(&self.files, self.read)
    }

    /// Reads, counts and encodes the text.
    ///
    /// # Errors
    /// As [`crate::encode::encode()`].
    pub fn read(
        &self,
        purpose: Purpose,
        resources: &Resources,
        on_event: &mut OnEvent<'_>,
    ) -> Result<(Vocab, EncodedCorpus)> {
        let options = resources.encode_options(purpose, self.max_sentence);
        self.read_with(&options, &self.limits, on_event)
    }

    pub(super) fn read_with(
        &self,
        options: &EncodeOptions,
        limits: &VocabLimits,
        on_event: &mut OnEvent<'_>,
    ) -> Result<(Vocab, EncodedCorpus)> {
        let corpus = self.open()?;
        if !corpus.dangling_links().is_empty() {
            on_event(&Event::DanglingLinks(corpus.dangling_links()));
        }
        if let Some(list) = &limits.keep_only {
            let never = list.words().filter(|word| !self.tokenizer.can_make(word));
            let never: Vec<&str> = never.collect();
            let (words, listed, tokenizer) = (&never[..], list.len(), self.tokenizer);
            if !words.is_empty() {
                on_event(&Event::NeverTokens { words, listed, tokenizer });
            }
        }
        let start = Instant::now();
        let seconds = || start.elapsed().as_secs_f64();
        let (vocab, text) = encode_with(&corpus, self.tokenizer, limits, options, |progress| {
            on_event(&Event::Reading { progress, seconds: seconds() })
        })?;
        on_event(&Event::Read { vocab: &vocab, text: &text, limits, seconds: seconds() });
        Ok((vocab, text))
    }
}
