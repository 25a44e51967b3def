//! PPMI and its SVD against numpy and scipy, which count, weigh and factorise the same text by
//! themselves: to 1e-5.
//!
//! Needs a Python with numpy and scipy: see `python.rs`.

use super::python::python_with;
use std::process::Command;
use w2v::cooccur::{self, Counting};
use w2v::eval::baselines::{Ppmi, Svd, counts};
use w2v::vectors::RowStore;
use w2v::{Corpus, VocabLimits, encode};

#[test]
fn ppmi_and_svd_agree_with_numpy_and_scipy() {
    let Some(python) = python_with(&["numpy", "scipy"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (text, list) = (folder.path().join("text.txt"), folder.path().join("words.txt"));
    let whole = std::fs::read_to_string("data/corpus.txt").unwrap();
    let lines: Vec<&str> = whole.lines().step_by(29).collect();
    std::fs::write(&text, lines.join("\n")).unwrap();

    let corpus = Corpus::open(std::slice::from_ref(&text), Default::default()).unwrap();
    let limits = VocabLimits { max_vocab: Some(250), ..Default::default() };
    let (vocab, encoded) =
        encode::encode(&corpus, Default::default(), &limits, &Default::default()).unwrap();
    let words: String = vocab.words().map(|word| format!("{word}\n")).collect();
    std::fs::write(&list, words).unwrap();
    let counting = Counting { window: 4, ..Default::default() };
    let pairs = cooccur::count(&vocab, &encoded, &counting, &Default::default()).unwrap();

    for (cds, shift, p) in [(0.75, 1.0, 0.5), (1.0, 3.0, 0.0), (0.75, 1.0, 1.0)] {
        let ppmi = Ppmi { cds, shift }.of(counts(&pairs).unwrap()).unwrap();
        let svd = Svd { dim: 12, oversample: 60, rounds: 500, tolerance: 1e-13, ..Svd::default() };
        let factors = svd.factors(&ppmi).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/ppmi_svd.py");
        let [cds, shift, p_text] = [cds, shift, p].map(|x: f64| x.to_string());
        let done = Command::new(&python)
            .arg(script)
            .args([&text, &list])
            .args(["4", &cds, &shift, "12", &p_text])
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{message}");
        let printed = String::from_utf8(done.stdout).unwrap();
        let rows: Vec<Vec<f64>> = printed
            .lines()
            .map(|line| line.split(' ').map(|x| x.parse().unwrap()).collect())
            .collect();
        let v = vocab.len();
        assert_eq!((v, rows.len()), (250, 2 * v + 1));

        let mut own = vec![0.0; v];
        let mut nonzeros = 0;
        for (row, expected) in rows[..v].iter().enumerate() {
            ppmi.copy_row(row, &mut own);
            for (&got, &expected) in own.iter().zip(expected) {
                assert!((f64::from(got) - expected).abs() < 1e-5, "{got} {expected}");
                nonzeros += u32::from(expected > 1e-5);
            }
        }
        assert!(nonzeros > 2000, "{nonzeros} cells are a poor test");
        for (got, expected) in factors.singular_values().iter().zip(&rows[v]) {
            assert!((got - expected).abs() < 1e-5, "{got} {expected}");
        }
        for (got, expected) in factors.table(p).chunks(12).zip(&rows[v + 1..]) {
            for (&got, &expected) in got.iter().zip(expected) {
                assert!((f64::from(got) - expected).abs() < 1e-5, "{got} {expected}");
            }
        }
    }
}
