//! The evaluation files of the field, read as they were published. They are not part of this project:
//! where they are not beside it, the test says so and asks nothing.

use super::skips::skipped;
use std::path::{Path, PathBuf};
use w2v::eval::{AnalogyQuestions, EvalOptions, EvalSet, SetKind, WordPairs};
use w2v::vectors::AnalogyMethod;
use w2v::{Vocab, WordVectors};

#[track_caller]
fn published() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/eval");
    let here = folder.is_dir();
    if !here {
        skipped("shared", format!("no evaluation files at {}", folder.display()));
    }
    here.then_some(folder)
}

#[test]
fn every_question_of_the_published_files_is_read() {
    let Some(folder) = published() else { return };
    for (file, sections, questions) in [
        ("questions-words.txt", 14, 19_544),
        ("questions-phrases.txt", 5, 3218),
        ("zh/CA8.morphological.txt", 4, 10_177),
        ("zh/CA8.semantic.txt", 4, 7636),
        ("zh/CA_translated.ca_translated.txt", 3, 953),
        ("zh/cwe-analogy.txt", 3, 953),
    ] {
        let read = AnalogyQuestions::read(folder.join(file)).unwrap();
        assert_eq!((read.sections.len(), read.len()), (sections, questions), "{file}");
    }
}

#[test]
fn every_pair_of_the_published_files_is_read() {
    let Some(folder) = published() else { return };
    for (file, pairs) in [
        ("EN-WS-353-ALL.txt", 353),
        ("EN-WS-353-REL.txt", 252),
        ("EN-WS-353-SIM.txt", 203),
        ("EN-SIMLEX-999.txt", 999),
        ("EN-MTurk-771.txt", 771),
        ("EN-RG-65.txt", 65),
        ("zh/wordsim-240.txt", 240),
        ("zh/wordsim-297.txt", 297),
        ("zh/COS960_all.txt", 960),
    ] {
        let read = WordPairs::read(folder.join(file)).unwrap();
        assert_eq!(read.pairs.len(), pairs, "{file}");
        let mut words = read.pairs.iter().flat_map(|pair| &pair.words);
        assert!(words.all(|word| word.trim() == word), "{file}");
    }
}

/// Every file is told by its content, and every one is read whole.
#[test]
fn every_published_file_is_known_by_its_content() {
    let Some(folder) = published() else { return };
    for (file, kind, items) in [
        ("questions-words.txt", SetKind::Analogies, 19_544),
        ("questions-phrases.txt", SetKind::Analogies, 3218),
        ("zh/CA8.morphological.txt", SetKind::Analogies, 10_177),
        ("zh/CA8.semantic.txt", SetKind::Analogies, 7636),
        ("zh/CA_translated.ca_translated.txt", SetKind::Analogies, 953),
        ("zh/cwe-analogy.txt", SetKind::Analogies, 953),
        ("EN-WS-353-ALL.txt", SetKind::Pairs, 353),
        ("EN-SIMLEX-999.txt", SetKind::Pairs, 999),
        ("EN-MTurk-771.txt", SetKind::Pairs, 771),
        ("EN-RG-65.txt", SetKind::Pairs, 65),
        ("zh/wordsim-240.txt", SetKind::Pairs, 240),
        ("zh/wordsim-297.txt", SetKind::Pairs, 297),
        ("zh/COS960_all.txt", SetKind::Pairs, 960),
        // Some lines of AP and BLESS have no word, as they were published.
        ("word-categorization.ap.csv.txt", SetKind::Categories, 402),
        ("word-categorization.bless.csv.txt", SetKind::Categories, 200),
        ("word-categorization.essli-2008.csv.txt", SetKind::Categories, 45),
        // Eight groups of eight outliers.
        ("outlier-detection.8-8-8.csv.txt", SetKind::Odd, 64),
    ] {
        let set = EvalSet::read(folder.join(file)).unwrap();
        let len = match &set {
            EvalSet::Analogies(set) => set.len(),
            EvalSet::Pairs(set) => set.pairs.len(),
            EvalSet::Categories(set) => set.len(),
            EvalSet::Odd(set) => set.len(),
        };
        assert_eq!((set.kind(), len), (kind, items), "{file}");
    }
}

/// The kinds of questions-words.txt are those of compute-accuracy: five sections are semantic.
#[test]
fn the_kinds_of_questions_words() {
    let Some(folder) = published() else { return };
    let questions = AnalogyQuestions::read(folder.join("questions-words.txt")).unwrap();
    let vocab = Vocab::new([("athens", 4), ("GREECE", 3), ("Baghdad", 2), ("iraq", 1)]);
    let table = vec![1.0, 0.0, 1.0, 1.0, 2.0, 0.1, 2.0, 1.1];
    let vectors = WordVectors::new(vocab, 2, table).unwrap();
    let scores = questions.evaluate(&vectors, AnalogyMethod::CosMul, &EvalOptions::default());
    let [semantic, syntactic] = [scores.semantic, scores.syntactic].map(Option::unwrap);
    assert_eq!((semantic.total, syntactic.total), (8869, 10_675));
    // Athens Greece Baghdad Iraq in two sections, Baghdad Iraq Athens Greece in one.
    assert_eq!((semantic.covered, syntactic.covered), (3, 0));
}
