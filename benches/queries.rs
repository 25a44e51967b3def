//! Questions per second: neighbours over 100,000 words × 100, one by one and in a batch, of tables of
//! `f32`, int8 and product quantised, and analogy questions as `w2v eval` asks them. Uses all cores, as
//! the program does.
//!
//! Random vectors take as long as trained ones: every row is compared, whatever it holds.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_distr::Uniform;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;
use w2v::eval::{AnalogyQuestions, EvalOptions};
use w2v::vectors::{AnalogyMethod, Neighbor, Quantization, Query};
use w2v::{Vocab, WordId, WordVectors};

const WORDS: usize = 100_000;
const DIM: usize = 100;
const TOP: usize = 10;
const BATCH: u32 = 64;

/// Analogy questions, and the words that may be their answers.
const QUESTIONS: usize = 2_000;
const CANDIDATES: usize = 30_000;

fn random_vectors(words: usize, adjust: impl Fn(&mut [f32])) -> WordVectors {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let uniform = Uniform::new(-1.0f32, 1.0).unwrap();
    let mut floats: Vec<f32> = (0..words * DIM).map(|_| random.sample(uniform)).collect();
    adjust(&mut floats);
    let names: Vec<String> = (0..words).map(|i| format!("w{i}")).collect();
    let vocab = Vocab::new(names.iter().map(|name| (name.as_str(), 1)));
    WordVectors::new(vocab, DIM, floats).unwrap()
}

/// The oracle: all cosines in f64, sorted. `allowed` is for queries that are rounded to integers.
fn check(vectors: &WordVectors, word: WordId, answers: &[Neighbor], allowed: f64) {
    let cosine = |a: &[f32], b: &[f32]| {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
        };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let asked = vectors.vector(word);
    let mut all: Vec<(f64, u32)> = (0..vectors.len() as u32)
        .filter(|&id| id != word.0)
        .map(|id| (cosine(&asked, &vectors.vector(WordId(id))), id))
        .collect();
    all.sort_by(|x, y| y.0.total_cmp(&x.0));
    assert_eq!(answers.len(), TOP);
    for (answer, expected) in answers.iter().zip(&all) {
        let error = (f64::from(answer.similarity) - expected.0).abs();
        assert!(error < allowed, "{answer:?}, expected {expected:?}");
    }
}

fn neighbors(c: &mut Criterion) {
    let exact = random_vectors(WORDS, |_| {});
    let product =
        Quantization::Product { subquantizers: Quantization::default_subquantizers(DIM), seed: 1 };
    let [int8, product] = [Quantization::Int8, product].map(|how| exact.quantize(how).unwrap());
    let mut group = c.benchmark_group("neighbors_100k_x_100");
    for vectors in [&exact, &int8, &product] {
        let numbers = vectors.numbers();
        let allowed = if numbers == "int8" { 1e-3 } else { 1e-5 };
        let word = Query::word(WordId(77));
        let answers = vectors.neighbors(&word, TOP).unwrap();
        check(vectors, WordId(77), &answers, allowed);
        let queries: Vec<Query> = (0..BATCH).map(|i| Query::word(WordId(i * 1_000))).collect();
        let answers = vectors.neighbors_batch(&queries, TOP).unwrap();
        check(vectors, WordId(1_000), &answers[1], allowed);
        check(vectors, WordId(63_000), &answers[63], allowed);

        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{numbers}/one"), |bench| {
            bench.iter(|| vectors.neighbors(&word, TOP));
        });
        group.throughput(Throughput::Elements(u64::from(BATCH)));
        group.bench_function(format!("{numbers}/batch_64"), |bench| {
            bench.iter(|| vectors.neighbors_batch(&queries, TOP));
        });
    }
}

/// Word 4k+3 is planted where b − a + c of the three before it points, so that all questions about
/// these quadruples have the answer that the file says.
fn analogies(c: &mut Criterion) {
    let plant = |floats: &mut [f32]| {
        for quadruple in floats.chunks_exact_mut(4 * DIM) {
            let length = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>().sqrt();
            let (given, answer) = quadruple.split_at_mut(3 * DIM);
            let [a, b, c] = [0, 1, 2].map(|i| &given[i * DIM..][..DIM]);
            let (of_a, of_b, of_c) = (length(a), length(b), length(c));
            for (i, x) in answer.iter_mut().enumerate() {
                *x = b[i] / of_b - a[i] / of_a + c[i] / of_c;
            }
        }
    };
    let vectors = random_vectors(CANDIDATES, plant);
    let mut text = String::from(": planted\n");
    for i in (0..4 * QUESTIONS).step_by(4) {
        writeln!(text, "w{i} w{} w{} w{}", i + 1, i + 2, i + 3).unwrap();
    }
    let questions = AnalogyQuestions::parse(&text, Path::new("planted")).unwrap();
    let options = EvalOptions::default();
    let mut group = c.benchmark_group("analogies_2000_over_30k_x_100");
    group.throughput(Throughput::Elements(QUESTIONS as u64));
    for (name, method) in [("add", AnalogyMethod::CosAdd), ("mul", AnalogyMethod::CosMul)] {
        let score = questions.evaluate(&vectors, method, &options).total;
        assert_eq!(score.covered, QUESTIONS);
        if method == AnalogyMethod::CosAdd {
            assert_eq!(score.correct, QUESTIONS, "planted answers are found");
        }
        group.bench_function(name, |bench| {
            bench.iter(|| questions.evaluate(&vectors, method, &options).total.correct);
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = neighbors, analogies
}
criterion_main!(benches);
