//! Twelve trainings whose numbers must not change: each way of training, on one thread with AVX2
//! kernels, and the XXH3 of its vocabulary, both matrices and GloVe's biases.
//!
//! The hash is taken of the numbers and not of the file, whose layout may change. A change in what
//! training computes updates the table, in a commit that says why and which quality was measured.
//! `W2V_GOLDEN=print cargo test --test cli golden_runs -- --nocapture` prints the table.
#![cfg(all(unix, target_arch = "x86_64"))]

use super::checkpoints::{signal, start};
use super::skips::skipped;
use super::{Folder, bundled, prose};
use w2v::Model;
use xxhash_rust::xxh3::Xxh3;

/// What each run makes.
const GOLDEN: [(&str, u64); 12] = [
    ("skip-gram, minibatch", 0xd71e_b4bf_786a_e3b2),
    ("skip-gram, per pair", 0x5934_86ef_22df_2e89),
    ("skip-gram, bf16", 0x1adc_331c_8935_e6e4),
    ("continued", 0xa924_7432_80d1_62dc),
    ("continued, frozen", 0xe6c7_d238_738e_8972),
    ("continued, anchored", 0x56f4_ffba_73fa_043f),
    ("initialised", 0x5665_174a_19f3_f237),
    ("skip-gram, killed and resumed", 0xd71e_b4bf_786a_e3b2),
    ("GloVe, in memory", 0xb930_5500_dffd_cb13),
    ("GloVe, out of core", 0xb930_5500_dffd_cb13),
    ("GloVe, killed and resumed", 0xb930_5500_dffd_cb13),
    ("GloVe, from GloVe's files", 0xb930_5500_dffd_cb13),
];

const SKIP_GRAM: &str = "--isa avx2 --threads 1 --seed 7 --dim 20 --epochs 4";
const GLOVE: &str = "--model glove --isa avx2 --threads 1 --seed 7 --dim 16 --epochs 4 --x-max 10";

/// The vocabulary and all numbers of a model.
fn hash(folder: &Folder) -> u64 {
    let model = Model::load(folder.path("vectors.w2v")).unwrap();
    let mut sum = Xxh3::new();
    for (word, count) in model.vocab.words().zip(model.vocab.counts()) {
        sum.update(word.as_bytes());
        sum.update(&[0]);
        sum.update(&count.to_le_bytes());
    }
    let mut add = |numbers: &[f32]| numbers.iter().for_each(|x| sum.update(&x.to_le_bytes()));
    let biases = ["input.bias", "output.bias"].into_iter().filter_map(|name| model.table(name));
    for matrix in [&model.input, &model.output].into_iter().chain(biases) {
        (0..model.vocab.len()).for_each(|row| add(matrix.row(row)));
    }
    sum.digest()
}

/// Runs `w2v` with this, which writes `vectors.w2v`.
fn run(folder: &Folder, arguments: &str) -> u64 {
    folder.w2v(&format!("{arguments} --force --progress none")).answer();
    hash(folder)
}

/// The same, killed twice without a warning once it has kept a state, and resumed.
fn killed(folder: &Folder, arguments: &str) -> u64 {
    let mut arguments = format!("{arguments} --progress json --checkpoint-every 300000-words");
    for _ in 0..2 {
        let (mut child, _) = start(folder, &arguments, "\"event\":\"checkpoint\"");
        signal(&child, "-KILL");
        child.wait().unwrap();
        assert!(!folder.path("vectors.w2v").exists(), "it ended before it was killed");
        if !arguments.contains("--resume") {
            arguments += " --resume vectors.w2v.checkpoint";
        }
    }
    folder.w2v(&arguments).answer();
    hash(folder)
}

#[test]
fn what_training_computes_has_not_changed() {
    let folder = Folder::new();
    if !folder.w2v("info --cpu").answer().contains("avx2") {
        return skipped("avx2", "this processor has no AVX2");
    }
    let corpus = bundled("corpus.txt");
    let train = format!("train {corpus} {SKIP_GRAM}");
    let glove = format!("train {corpus} {GLOVE}");
    let mut found = Vec::new();
    found.push(run(&folder, &train));
    found.push(run(
        &folder,
        &format!("{train} --engine pair --epochs 1").replace("--epochs 4 ", ""),
    ));
    found.push(run(&folder, &format!("{train} --storage bf16")));

    // Other text, with some words of the model and some new ones.
    let other = prose(300, 3000) + &std::fs::read_to_string(&corpus).unwrap()[..200_000];
    folder.write("other.txt", other);
    folder.w2v(&format!("{train} -o old.w2v --progress none")).answer();
    folder.w2v("convert old.w2v old.txt").answer();
    let grow = format!("train other.txt {SKIP_GRAM}");
    found.push(run(&folder, &format!("{grow} --continue old.w2v")));
    found.push(run(&folder, &format!("{grow} --continue old.w2v --freeze")));
    found.push(run(&folder, &format!("{grow} --continue old.w2v --anchor 2")));
    found.push(run(&folder, &format!("{grow} --init old.txt")));
    found.push(killed(&Folder::new(), &train));

    found.push(run(&folder, &glove));
    found.push(run(&folder, &format!("{glove} --max-memory 1M")));
    found.push(killed(&Folder::new(), &glove));
    let count = format!("cooccur {corpus} -o pairs.bin --save-vocab words.txt --progress none");
    folder.w2v(&count).answer();
    found.push(run(&folder, &format!("train {GLOVE} --cooccur pairs.bin --vocab words.txt")));

    let found: Vec<(&str, u64)> = GOLDEN.iter().map(|(name, _)| *name).zip(found).collect();
    if std::env::var_os("W2V_GOLDEN").is_some() {
        found.iter().for_each(|(name, hash)| println!("    ({name:?}, {hash:#018x}),"));
    }
    assert_eq!(found, GOLDEN);
    // Whatever the way, the same run.
    assert_eq!(GOLDEN[0].1, GOLDEN[7].1);
    assert!(GOLDEN[8..11].iter().all(|(_, hash)| *hash == GOLDEN[8].1));
}
