//! By hand, by properties, and by searching.

use super::*;
use crate::threads::Threads;
use crate::vectors::tests::random;
use crate::vectors::{Query, WordVectors};
use crate::vocab::{Vocab, WordId};
use proptest::prelude::*;

fn product(subquantizers: usize) -> Quantization {
    Quantization::Product { subquantizers, seed: 7 }
}

fn one(row: &[f32]) -> WordVectors {
    WordVectors::new(Vocab::new([("a", 1)]), row.len(), row.to_vec()).unwrap()
}

#[test]
fn int8_by_hand() {
    let small = one(&[127.0, -63.4, 0.6, -127.0]).quantize(Quantization::Int8).unwrap();
    assert_eq!(*small.vector(WordId(0)), [127.0, -63.0, 1.0, -127.0]);
    assert_eq!(small.table_bytes(), 8);
    for row in [[0.0, -0.0], [1e-45, 0.0]] {
        let small = one(&row).quantize(Quantization::Int8).unwrap();
        assert_eq!(*small.vector(WordId(0)), [0.0, 0.0]);
    }
    let small = one(&[2e38, -2e38]).quantize(Quantization::Int8).unwrap();
    assert!(small.vector(WordId(0)).iter().all(|x| (x.abs() / 2e38 - 1.0).abs() < 1e-6));
}

/// No more than 256 different parts: nothing is lost but what f32 loses when distances are compared, and lengths stay.
#[test]
fn few_rows_are_their_own_centroids() {
    let vectors = random(200, 10, 3);
    for parts in [1, 3, 10] {
        let small = vectors.quantize(product(parts)).unwrap();
        for id in (0..200).map(WordId) {
            let (a, b) = (vectors.vector(id), small.vector(id));
            let furthest = a.iter().zip(b.iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest < 1e-3, "{parts} parts: {furthest}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let vectors = random(3000, 12, 4);
    let bytes = |threads: usize, seed: u64| {
        let vectors = vectors.clone().with_threads(Threads::new(threads).unwrap());
        let how = Quantization::Product { subquantizers: 5, seed };
        let small = vectors.quantize(how).unwrap();
        let table = small.quantized().unwrap();
        let rows = |row| (table.scale(row).to_bits(), table.codes(row).to_vec());
        (table.centroids().to_vec(), (0..3000).map(rows).collect::<Vec<_>>())
    };
    let first = bytes(1, 1);
    assert!(first == bytes(2, 1) && first == bytes(5, 1));
    assert!(first != bytes(1, 2));
}

/// The more parts, the smaller the error; int8 the smallest.
#[test]
fn more_bytes_are_nearer() {
    let vectors = random(4000, 16, 5);
    let error = |how: Quantization| {
        let small = vectors.quantize(how).unwrap();
        let squares = (0..4000).map(WordId).map(|id| {
            let (a, b) = (vectors.vector(id), small.vector(id));
            a.iter().zip(b.iter()).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
        });
        squares.sum::<f64>() / 4000.0
    };
    let errors = [product(2), product(4), product(8), product(16), Quantization::Int8].map(error);
    assert!(errors.is_sorted_by(|a, b| a > b), "{errors:?}");
    assert!(errors[2] < 0.1 && errors[4] < 1e-3, "{errors:?}");
}

#[test]
fn queries_against_codes_are_queries_against_rows() {
    let vectors = random(700, 24, 6);
    for how in [Quantization::Int8, product(12), product(7), product(1)] {
        let small = vectors.quantize(how).unwrap();
        let floats: Vec<f32> = (0..700).flat_map(|id| small.vector(WordId(id)).to_vec()).collect();
        let made = WordVectors::new(small.vocab().clone(), 24, floats).unwrap();
        for (a, b) in small.norms().iter().zip(made.norms()) {
            assert!((a / b - 1.0).abs() < 1e-5, "{a} {b}");
        }
        let queries: Vec<Query> = (0..20).map(|id| Query::word(WordId(id))).collect();
        let expected = made.neighbors_batch(&queries, 700).unwrap();
        let batch = small.neighbors_batch(&queries, 700).unwrap();
        for (i, query) in queries.iter().enumerate() {
            let single = small.neighbors(query, 700).unwrap();
            for found in [&single, &batch[i]] {
                let mut found = found.clone();
                found.sort_by_key(|n| n.id);
                let mut expected = expected[i].clone();
                expected.sort_by_key(|n| n.id);
                for (a, b) in found.iter().zip(&expected) {
                    assert_eq!(a.id, b.id);
                    assert!((a.similarity - b.similarity).abs() < 2e-4, "{how:?} {a:?} {b:?}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_quantised_is_refused() {
    let message = |vectors: &WordVectors, how| vectors.quantize(how).err().unwrap().to_string();
    let bad = one(&[1.0, f32::NAN]);
    assert!(message(&bad, Quantization::Int8).contains("the vector of \"a\" is not of finite"));
    let expected = "`subquantizers` is 3, expected 1 to the dim, 2";
    assert_eq!(message(&one(&[1.0, 2.0]), product(3)), expected);
    assert_eq!(message(&one(&[1.0, 2.0]), product(0)), expected.replace('3', "0"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// int8 within half a step; product quantisation keeps lengths; nothing is ever NaN.
    #[test]
    fn any_rows_come_back_near(
        rows in 1usize..6, dim in 1usize..9, parts in 1usize..9,
        floats in prop::collection::vec(prop_oneof![-1e3f32..1e3, Just(0.0), any::<f32>()], 54),
    ) {
        let words: Vec<String> = (0..rows).map(|i| i.to_string()).collect();
        let vocab = Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let vectors = WordVectors::new(vocab, dim, floats[..rows * dim].to_vec()).unwrap();
        let Ok(small) = vectors.quantize(Quantization::Int8) else { return Ok(()) };
        for id in (0..rows as u32).map(WordId) {
            let (a, b) = (vectors.vector(id), small.vector(id));
            let greatest = a.iter().fold(0f32, |most, x| most.max(x.abs()));
            for (a, b) in a.iter().zip(b.iter()) {
                prop_assert!((a - b).abs() <= greatest / 253.9 + 1e-35);
            }
        }
        let small = vectors.quantize(product(parts.min(dim))).unwrap();
        for id in (0..rows as u32).map(WordId) {
            let (a, b) = (vectors.norms()[id.index()], small.norms()[id.index()]);
            prop_assert!(b == 0.0 || (a / b - 1.0).abs() < 1e-3, "{} {}", a, b);
            prop_assert!(!small.vector(id).iter().any(|x| x.is_nan()));
        }
    }
}
