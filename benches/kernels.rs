//! The arithmetic of one instruction set against another: elements (multiply-adds) per second.
//!
//! Rows lie in the first cache, as those of a pair step do in training; what a step costs when its
//! rows come from memory is not measured here. Each kernel is compared with the oracle first.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use w2v::kernels::{available, scalar};

/// Output rows of a pair step: the true one and 5 negatives.
const ROWS: usize = 6;

/// Sides of the matrix of products: a block of words by a block of words.
const SIDE: usize = 32;

fn numbers(len: usize, salt: usize) -> Vec<f32> {
    let number = |i: usize| ((i * 37 + salt * 13) % 101) as f32 / 101.0 - 0.5;
    (0..len).map(number).collect()
}

fn check(what: &str, got: f32, expected: f64) {
    let error = (f64::from(got) - expected).abs();
    assert!(error < 1e-4, "{what}: {got}, the oracle says {expected}");
}

fn dot(c: &mut Criterion) {
    let mut group = c.benchmark_group("dot");
    for dim in [100, 300] {
        let (a, b) = (numbers(dim, 1), numbers(dim, 2));
        group.throughput(Throughput::Elements(dim as u64));
        for isa in available() {
            check("dot", isa.dot(&a, &b), scalar::dot(&a, &b));
            group.bench_function(BenchmarkId::new(isa.to_string(), dim), |bench| {
                bench.iter(|| isa.dot(black_box(&a), black_box(&b)));
            });
        }
    }
}

fn products(c: &mut Criterion) {
    let mut group = c.benchmark_group("products");
    for dim in [100, 300] {
        let (a, b) = (numbers(SIDE * dim, 1), numbers(SIDE * dim, 2));
        let mut out = vec![0.0; SIDE * SIDE];
        group.throughput(Throughput::Elements((SIDE * SIDE * dim) as u64));
        for isa in available() {
            isa.products(&a, &b, dim, &mut out);
            for (cell, &got) in out.iter().enumerate() {
                let (x, y) = (
                    &a[cell / SIDE * dim..][..dim],
                    &b[cell % SIDE * dim..][..dim],
                );
                check("products", got, scalar::dot(x, y));
            }
            group.bench_function(BenchmarkId::new(isa.to_string(), dim), |bench| {
                bench.iter(|| isa.products(black_box(&a), black_box(&b), dim, black_box(&mut out)));
            });
        }
    }
}

/// Elements are those of the rows read: each takes part in a dot product and in the step.
fn pair_step(c: &mut Criterion) {
    let mut group = c.benchmark_group("pair_step");
    for dim in [100, 300] {
        let (x, rows) = (numbers(dim, 1), numbers(ROWS * dim, 2));
        let (mut g, mut step) = ([0.0; ROWS], vec![0.0; dim]);
        let oracle = scalar::pair_step(&x, &rows, 0.025);
        group.throughput(Throughput::Elements((ROWS * dim) as u64));
        for isa in available() {
            let loss = isa.pair_step(&x, &rows, 0.025, &mut g, &mut step);
            check("loss", loss, oracle.loss);
            let steps = g
                .iter()
                .chain(&step)
                .zip(oracle.g.iter().chain(&oracle.step));
            steps.for_each(|(&got, &expected)| check("step", got, expected));
            group.bench_function(BenchmarkId::new(isa.to_string(), dim), |bench| {
                bench.iter(|| {
                    isa.pair_step(black_box(&x), black_box(&rows), 0.025, &mut g, &mut step)
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    targets = dot, products, pair_step
}
criterion_main!(benches);
