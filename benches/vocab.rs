//! From text to ids, and from ids to negatives: bytes of text per second read, counted and encoded,
//! and draws per second from the noise distribution.
//!
//! The text is the bundled corpus, repeated to 20 MB: 2,942 different words, so that the table of
//! words stays in cache. Text of 800,000 different words is read more slowly.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::io::Write;
use std::time::Duration;
use tempfile::NamedTempFile;
use w2v::encode::{EncodeOptions, EncodedCorpus, encode};
use w2v::vocab::Noise;
use w2v::{Corpus, Tokenizer, Vocab, VocabLimits};

/// How often the corpus of 4.9 MB is repeated.
const TIMES: usize = 4;

fn text() -> NamedTempFile {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/corpus.txt");
    let once = std::fs::read(path).unwrap();
    let mut file = NamedTempFile::new().unwrap();
    (0..TIMES).for_each(|_| file.write_all(&once).unwrap());
    file
}

fn encoded(file: &NamedTempFile, threads: usize) -> (Vocab, EncodedCorpus) {
    let corpus = Corpus::open(&[file.path()], Default::default()).unwrap();
    let threads = w2v::Threads::new(threads).unwrap();
    let options = EncodeOptions { threads, ..Default::default() };
    let limits = VocabLimits::default();
    encode(&corpus, Tokenizer::default(), &limits, &options).unwrap()
}

fn reading(c: &mut Criterion) {
    let file = text();
    let text = std::fs::read_to_string(file.path()).unwrap();
    let tokens = text.split_ascii_whitespace().count();
    let the = text.split_ascii_whitespace().filter(|t| *t == "the").count();
    let mut group = c.benchmark_group("encode");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for threads in [1, 2] {
        let (vocab, corpus) = encoded(&file, threads);
        assert_eq!(corpus.len(), tokens, "no token is lost");
        let id = vocab.id("the").expect("a word of the corpus");
        assert_eq!(vocab.count(id), the as u64);
        assert_eq!(corpus.statistics().lines, text.lines().count() as u64);
        group.bench_function(BenchmarkId::new("threads", threads), |bench| {
            bench.iter(|| encoded(&file, threads).1.len());
        });
    }
}

fn noise(c: &mut Criterion) {
    let mut group = c.benchmark_group("noise");
    group.throughput(Throughput::Elements(1));
    // As many words as fit into the first cache, and as a corpus of gigabytes has.
    for words in [1_000u64, 1_000_000] {
        let names: Vec<String> = (0..words).map(|i| i.to_string()).collect();
        let counts = (1..=words).map(|rank| 10 * words / rank);
        let vocab = Vocab::new(names.iter().map(String::as_str).zip(counts));
        let noise = Noise::new(&vocab, 0.75);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let weight = |&count: &u64| (count as f64).powf(0.75);
        let total: f64 = vocab.counts().iter().map(weight).sum();
        let share = weight(&vocab.counts()[0]) / total;
        let draws = 1_000_000;
        let first = (0..draws).filter(|_| noise.draw(&mut random).index() == 0);
        let (seen, expected) = (first.count() as f64, share * f64::from(draws));
        // Six standard deviations of a binomial, from a fixed seed.
        let error = (seen - expected).abs();
        assert!(error < 6.0 * expected.sqrt(), "{seen} draws of word 0, expected {expected}");
        group.bench_function(BenchmarkId::new("draw", words), |bench| {
            bench.iter(|| noise.draw(&mut random));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = reading, noise
}
criterion_main!(benches);
