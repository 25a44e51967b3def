//! A sample of a corpus, counted.
//!
//! In: a corpus and how much of it may be read. Out: [`Sample`]: the words of 128 pieces from all over
//! it with their counts, by bands ([`super::growth`]), and what reading cost. A corpus that is not
//! larger than the sample is counted whole; then nothing has to be guessed.

use super::clock::Clock;
use super::estimate::Estimate;
use super::growth::{BANDS, Growth};
use crate::corpus::{Block, Corpus, Extent, Pieces, Tokenizer};
use crate::encode::{CorpusStatistics, END, cut, no_text};
use crate::error::Result;
use crate::vocab::{Interner, Vocab};
use std::time::Instant;

/// Pieces of a sample: enough that a text whose parts differ is met in all of them.
const PIECES: usize = 128;

/// Bytes on which the speed of a tokenizer is measured.
const PROBE: usize = 1 << 14;

/// The least sample where a share is taken or the tokenizer is slow, in bytes.
const LEAST: u64 = 1 << 19;

/// Tokens that are kept in their order, for trying out how fast they can be trained.
const STREAM: usize = 2_000_000;

/// How much may be read.
#[derive(Clone, Copy, Debug)]
pub struct SampleOptions {
    /// Bytes of text at most. A corpus that is not larger is read whole.
    pub bytes: u64,
    /// The largest share of a corpus that is not read whole, where it is not compressed.
    pub share: f64,
    /// Seconds that cutting it into tokens may take, about; the sample of a slow tokenizer is smaller.
    pub seconds: f64,
    /// Threads that cut.
    pub threads: usize,
}

impl Default for SampleOptions {
    /// 32 MiB, a second, one thread.
    fn default() -> Self {
        SampleOptions { bytes: 32 << 20, share: 1.0, seconds: 1.0, threads: 1 }
    }
}

/// A part of a corpus, counted.
pub(super) struct Sample {
    pub(super) extent: Extent,
    /// Whether the part is all of it.
    pub(super) whole: bool,
    /// Bytes of text for a byte of a compressed file.
    pub(super) ratio: Option<f64>,
    /// Bytes of text in all of the corpus.
    pub(super) text_bytes: Estimate,
    /// Bytes of text that were read here.
    pub(super) bytes: u64,
    pub(super) tokens: u64,
    /// Tokens of words that may be in the vocabulary.
    pub(super) listed_tokens: u64,
    pub(super) types: u64,
    /// Bytes of a type on average.
    pub(super) type_length: f64,
    /// Growth of all words, and of those that may be in the vocabulary.
    pub(super) all: Growth,
    pub(super) listed: Growth,
    /// Words that may be in the vocabulary with their counts, most first.
    pub(super) ranked: Vocab,
    /// Tokens in their order as ranks, the ends of sentences marked; [`DROPPED`] for those that
    /// are not listed.
    pub(super) stream: Vec<u32>,
    /// Whether every band has some of the text, so that growth can be seen.
    pub(super) spread_out: bool,
    /// How far the tokens of a byte differ between pieces: two standard errors, as a share.
    pub(super) spread: f64,
    /// Bytes that are cut in a second of processor time.
    pub(super) bytes_per_second: f64,
}

/// In a stream, a token of a word that cannot be in the vocabulary.
pub(super) const DROPPED: u32 = END - 1;

/// One band, cut.
struct Band {
    words: Interner,
    tokens: u64,
    lines: u64,
    bytes: u64,
    /// Tokens and bytes of each piece.
    pieces: Vec<(f64, f64)>,
    ids: Vec<u32>,
}

impl Sample {
    /// Reads and counts; `list` is the words that may be in the vocabulary, where not all may.
    pub(super) fn take(
        corpus: &Corpus,
        tokenizer: Tokenizer,
        list: Option<&Vocab>,
        options: &SampleOptions,
        clock: Clock,
    ) -> Result<Self> {
        tokenizer.check()?;
        let bytes = affordable(corpus, tokenizer, options)?;
        let pieces = corpus.pieces(bytes, PIECES, tokenizer)?;
        let (extent, whole, ratio) = (pieces.extent, pieces.whole, pieces.ratio);
        let text_bytes = match (whole, ratio) {
            (true, _) => Estimate::exact(pieces.text_bytes()),
            (false, None) => Estimate::exact(pieces.text_bytes()),
            // The beginnings of compressed files: how well the rest is packed nobody knows.
            (false, Some(_)) => {
                let packed = extent.compressed as f64 / extent.bytes as f64;
                Estimate::within(pieces.text_bytes(), 0.15 * packed)
            }
        };
        let start = clock.now().1;
        let bands = cut_bands(corpus, tokenizer, pieces, options.threads)?;
        let seconds = clock.now().1 - start;
        if bands.iter().all(|band| band.tokens == 0) {
            let sum = |of: fn(&Band) -> u64| bands.iter().map(of).sum();
            let found = CorpusStatistics {
                bytes: sum(|band| band.bytes),
                lines: sum(|band| band.lines),
                ..Default::default()
            };
            return Err(no_text(corpus, &found));
        }
        let mut sample = merge(&bands, list);
        sample.extent = extent;
        sample.whole = whole;
        sample.ratio = ratio;
        sample.text_bytes = text_bytes;
        sample.bytes_per_second = sample.bytes as f64 / seconds.max(1e-6);
        Ok(sample)
    }

    /// How many times as long as the sample the text is: 1 where it is the whole.
    pub(super) fn times(&self) -> f64 {
        match self.whole || self.bytes == 0 {
            true => 1.0,
            false => (self.text_bytes.value / self.bytes as f64).max(1.0),
        }
    }
}

/// The bytes that can be cut in the time given: a tokenizer with a dictionary is a hundred times
/// slower than one that looks for spaces.
fn affordable(corpus: &Corpus, tokenizer: Tokenizer, options: &SampleOptions) -> Result<u64> {
    let extent = corpus.extent()?;
    // How long a packed text is nobody knows yet.
    let most = match extent.bytes <= options.bytes || extent.compressed > 0 {
        true => options.bytes,
        false => ((options.share * extent.bytes as f64) as u64).max(LEAST).min(options.bytes),
    };
    if tokenizer.is_plain() {
        return Ok(most);
    }
    let probe = corpus.pieces(PROBE as u64, 4, tokenizer)?;
    let (mut bytes, mut seconds) = (0, 0.0);
    // The first one loads a dictionary, once for the whole process.
    for (number, block) in probe.blocks.into_iter().enumerate() {
        let (start, length) = (Instant::now(), block.len());
        cut(block, corpus, tokenizer, &mut Interner::new())?;
        if number > 0 {
            bytes += length;
            seconds += start.elapsed().as_secs_f64();
        }
    }
    if bytes == 0 {
        return Ok(most);
    }
    let rate = bytes as f64 / seconds.max(1e-6) * options.threads.min(BANDS) as f64;
    // A twenty-fifth of a long run costs less than a wrong plan.
    let share = extent.bytes as f64 / 25.0;
    Ok(((options.seconds * rate).max(share) as u64).max(LEAST).min(most))
}

/// Cuts the pieces into tokens, the bands side by side.
fn cut_bands(
    corpus: &Corpus,
    tokenizer: Tokenizer,
    pieces: Pieces,
    threads: usize,
) -> Result<Vec<Band>> {
    let mut of_bands: [Vec<Block>; BANDS] = Default::default();
    for (number, block) in pieces.blocks.into_iter().enumerate() {
        of_bands[number % BANDS].push(block);
    }
    let threads = threads.clamp(1, BANDS);
    let mut of_threads: Vec<Vec<(usize, Vec<Block>)>> = (0..threads).map(|_| Vec::new()).collect();
    for (number, blocks) in of_bands.into_iter().enumerate() {
        of_threads[number % threads].push((number, blocks));
    }
    let cut_all = |bands: Vec<(usize, Vec<Block>)>| -> Result<Vec<(usize, Band)>> {
        let cut = bands.into_iter().map(|(number, blocks)| {
            let band = cut_band(corpus, tokenizer, blocks)?;
            Ok((number, band))
        });
        cut.collect()
    };
    let mut bands = match of_threads.len() {
        1 => cut_all(of_threads.remove(0))?,
        _ => std::thread::scope(|scope| {
            let cut_all = &cut_all;
            let work = of_threads.into_iter().map(|bands| scope.spawn(move || cut_all(bands)));
            let work: Vec<_> = work.collect();
            let mut all = Vec::new();
            for thread in work {
                all.extend(thread.join().expect("no thread panics")?);
            }
            Ok::<_, crate::Error>(all)
        })?,
    };
    bands.sort_by_key(|(number, _)| *number);
    Ok(bands.into_iter().map(|(_, band)| band).collect())
}

fn cut_band(corpus: &Corpus, tokenizer: Tokenizer, blocks: Vec<Block>) -> Result<Band> {
    let mut band = Band {
        words: Interner::new(),
        tokens: 0,
        lines: 0,
        bytes: 0,
        pieces: Vec::with_capacity(blocks.len()),
        ids: Vec::new(),
    };
    for block in blocks {
        let cut = cut(block, corpus, tokenizer, &mut band.words)?;
        band.tokens += cut.ids.len() as u64;
        band.lines += cut.lines;
        band.bytes += cut.bytes;
        band.pieces.push((cut.ids.len() as f64, cut.bytes as f64));
        if band.ids.len() < STREAM / BANDS {
            band.ids.extend(cut.ids);
        }
    }
    Ok(band)
}

/// One table of all bands. What the corpus is like as a whole is filled in by the caller.
fn merge(bands: &[Band], list: Option<&Vocab>) -> Sample {
    let mut words = Interner::new();
    let mut counts: Vec<[u32; BANDS]> = Vec::new();
    let mut ids_of: Vec<Vec<u32>> = Vec::new();
    for (number, band) in bands.iter().enumerate() {
        let ids = words.merge(&band.words);
        counts.resize(words.len(), [0; BANDS]);
        for (&id, count) in ids.iter().zip(band.words.counts()) {
            counts[id as usize][number] += count as u32;
        }
        ids_of.push(ids);
    }
    let tokens: [u64; BANDS] = std::array::from_fn(|b| bands.get(b).map_or(0, |b| b.tokens));
    let word = |id: u32| std::str::from_utf8(words.word(id)).expect("tokens are cut from str");
    let totals: Vec<u64> = words.counts().collect();
    let mut order: Vec<u32> = (0..words.len() as u32).collect();
    if let Some(list) = list {
        order.retain(|&id| list.id(word(id)).is_some());
    }
    order.sort_unstable_by_key(|&id| (std::cmp::Reverse(totals[id as usize]), words.word(id)));
    let mut rank = vec![DROPPED; words.len()];
    for (at, &id) in order.iter().enumerate() {
        rank[id as usize] = at as u32;
    }
    let all = Growth::new(&tokens, &counts);
    let listed = match list {
        Some(_) => {
            let counts: Vec<_> = order.iter().map(|&id| counts[id as usize]).collect();
            Growth::new(&tokens, &counts)
        }
        None => all.clone(),
    };
    let length: usize = order.iter().map(|&id| words.word(id).len()).sum();
    let stream = bands.iter().zip(&ids_of).flat_map(|(band, ids)| {
        let rank = &rank;
        band.ids.iter().map(move |id| rank[ids[(id & !END) as usize] as usize] | id & END)
    });
    let sum = |of: fn(&Band) -> u64| bands.iter().map(of).sum::<u64>();
    let bytes = sum(|band| band.bytes);
    Sample {
        extent: Extent::default(),
        whole: false,
        ratio: None,
        text_bytes: Estimate::default(),
        bytes,
        tokens: sum(|band| band.tokens),
        listed_tokens: order.iter().map(|&id| totals[id as usize]).sum(),
        types: words.len() as u64,
        type_length: length as f64 / order.len().max(1) as f64,
        stream: stream.collect(),
        spread: spread(bands),
        spread_out: bands.iter().all(|band| band.tokens > 0),
        ranked: Vocab::new(order.iter().map(|&id| (word(id), totals[id as usize]))),
        all,
        listed,
        bytes_per_second: 0.0,
    }
}

/// Two standard errors of tokens ÷ bytes over pieces, as a share of it (Cochran 1977, eq. 6.13).
fn spread(bands: &[Band]) -> f64 {
    let pieces = || bands.iter().flat_map(|band| &band.pieces);
    let n = pieces().count() as f64;
    let (tokens, bytes) = pieces().fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
    if n < 2.0 || tokens == 0.0 {
        return 0.0;
    }
    let ratio = tokens / bytes;
    let squares: f64 = pieces().map(|p| (p.0 - ratio * p.1).powi(2)).sum();
    2.0 * (squares / (n - 1.0) / n).sqrt() * n / tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(text: &str) -> (tempfile::NamedTempFile, Corpus) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let corpus = Corpus::open(&[file.path()], Default::default()).unwrap();
        (file, corpus)
    }

    fn take(corpus: &Corpus, list: Option<&Vocab>, options: &SampleOptions) -> Sample {
        Sample::take(corpus, Tokenizer::default(), list, options, Clock::new(None)).unwrap()
    }

    #[test]
    fn a_small_text_is_counted_whole() {
        let (_file, corpus) = corpus("a b a c\na d\n");
        for threads in [1, 3] {
            let options = SampleOptions { threads, ..Default::default() };
            let sample = take(&corpus, None, &options);
            assert!(sample.whole && sample.text_bytes.is_exact());
            assert_eq!((sample.bytes, sample.tokens, sample.types), (12, 6, 4));
            let words: Vec<_> =
                sample.ranked.words().zip(sample.ranked.counts().to_vec()).collect();
            assert_eq!(words, [("a", 3), ("b", 1), ("c", 1), ("d", 1)]);
            assert_eq!(sample.stream, [0, 1, 0, 2 | END, 0, 3 | END]);
        }
        let list = Vocab::new([("a", 0), ("d", 0), ("z", 0)]);
        let sample = take(&corpus, Some(&list), &Default::default());
        assert_eq!((sample.tokens, sample.listed_tokens), (6, 4));
        assert_eq!(sample.stream, [0, DROPPED, 0, DROPPED | END, 0, 1 | END]);
    }

    #[test]
    fn a_part_is_taken_from_all_over() {
        let text: String = (0..40_000).map(|i| format!("w{} x y\n", i / 400)).collect();
        let (_file, corpus) = corpus(&text);
        let options = SampleOptions { bytes: 40_000, ..Default::default() };
        let sample = take(&corpus, None, &options);
        assert!(!sample.whole && sample.bytes < 41_000);
        // Every hundredth of the text was met.
        assert_eq!(sample.types, 102);
        let tokens = sample.tokens as f64 * sample.times();
        assert!((tokens / 120_000.0 - 1.0).abs() < 0.01, "{tokens}");
    }
}
