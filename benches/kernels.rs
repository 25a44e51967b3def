//! The arithmetic of one instruction set against another: elements (multiply-adds) per second.
//!
//! Rows lie in the first cache, as those of a pair step do in training; what a step costs when its
//! rows come from memory is not measured here. Each kernel is compared with the oracle first.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use w2v::Isa;
use w2v::bench::{BlockStep, Fours, Kernels, Span, band_groups, scalar};

/// Output rows of a pair step: the true one and 5 negatives.
const ROWS: usize = 6;

/// Inputs, outputs and negatives of a block step, and the pairs on each side of an input.
const BLOCK: [usize; 3] = [32, 42, 32];
const WINDOW: u32 = 3;

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
        for isa in Isa::available() {
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
        for isa in Isa::available() {
            isa.products(&a, &b, dim, &mut out);
            for (cell, &got) in out.iter().enumerate() {
                let (x, y) = (&a[cell / SIDE * dim..][..dim], &b[cell % SIDE * dim..][..dim]);
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
        for isa in Isa::available() {
            let loss = isa.pair_step(&x, &rows, 0.025, &mut g, &mut step);
            check("loss", loss, oracle.loss);
            let steps = g.iter().chain(&step).zip(oracle.g.iter().chain(&oracle.step));
            steps.for_each(|(&got, &expected)| check("step", got, expected));
            group.bench_function(BenchmarkId::new(isa.to_string(), dim), |bench| {
                bench.iter(|| {
                    isa.pair_step(black_box(&x), black_box(&rows), 0.025, &mut g, &mut step)
                });
            });
        }
    }
}

/// Elements are those of the pairs, positive and negative: each takes part in a dot product and in
/// two steps, so that a third of the multiply-adds is counted.
fn block_step(c: &mut Criterion) {
    let mut group = c.benchmark_group("block_step");
    for dim in [100_usize, 300] {
        let pitch = dim.div_ceil(16);
        let mut salt = 0;
        let rows = BLOCK.map(|rows| {
            salt += 1;
            let mut lanes: Vec<[f32; 16]> = vec![[0.0; 16]; rows * pitch];
            let row = lanes.chunks_exact_mut(pitch);
            row.zip(numbers(rows * dim, salt).chunks_exact(dim)).for_each(|(row, numbers)| {
                row.as_flattened_mut()[..dim].copy_from_slice(numbers);
            });
            lanes
        });
        let [inputs, outputs, negatives] = BLOCK;
        // Output i + 5 is the input's own position.
        let spans =
            (5..).take(inputs).map(|own| Span { from: own - WINDOW, to: own + WINDOW + 1, own });
        let spans: Vec<Span> = spans.collect();
        let weights = vec![[2.0 * WINDOW as f32; 16]; inputs * negatives / 16];
        // Rows of outputs and negatives become their steps, with which the timed loop goes on.
        let [input_steps, output_rows, negative_rows] = &mut rows.clone();
        let mut block = BlockStep {
            dim,
            pitch,
            lr: 0.025,
            share: 5.0 / negatives as f32,
            inputs: &rows[0],
            outputs: output_rows,
            negatives: negative_rows,
            spans: &spans,
            weights: &weights,
            input_steps,
            panels: &mut vec![[0.0; 16]; negatives * pitch],
            g: &mut vec![[0.0; 16]; weights.len()],
            band: &mut vec![[0.0; 16]; inputs * band_groups(outputs)],
            fours: &mut Fours::default(),
            // Rows are no bf16 numbers: `avx512bf16` is measured as what it is for rows of `f32`.
            pairs: None,
            meanwhile: &mut || {},
        };
        let oracle = scalar::block_step(&block);
        let pairs = inputs * 2 * WINDOW as usize;
        let elements = (pairs + inputs * negatives) * dim;
        group.throughput(Throughput::Elements(elements as u64));
        for isa in Isa::available() {
            block.outputs.copy_from_slice(&rows[1]);
            block.negatives.copy_from_slice(&rows[2]);
            let loss = isa.block_step(&mut block);
            check("loss", (loss / oracle.loss) as f32, 1.0);
            let steps: [(&[[f32; 16]], &[f64]); 3] = [
                (block.input_steps, &oracle.inputs),
                (block.outputs, &oracle.outputs),
                (block.negatives, &oracle.negatives),
            ];
            for (steps, oracle) in steps {
                let rows = steps.chunks_exact(pitch).zip(oracle.chunks_exact(dim));
                for (row, oracle) in rows {
                    for (&got, &expected) in row.as_flattened().iter().zip(oracle) {
                        check("step", got, expected);
                    }
                }
            }
            group.bench_function(BenchmarkId::new(isa.to_string(), dim), |bench| {
                bench.iter(|| isa.block_step(black_box(&mut block)));
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
    targets = dot, products, pair_step, block_step
}
criterion_main!(benches);
