//! Every test that `docs/threads.md` names is there: a promise that nobody checks is worth little.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What stands between backticks as `file.rs::test`.
fn named(text: &str) -> Vec<(&str, &str)> {
    let between = text.split('`').skip(1).step_by(2);
    between.filter_map(|code| code.split_once(".rs::")).collect()
}

/// Whether a file has a test of this name.
fn has_test(source: &str, test: &str) -> bool {
    source.match_indices("#[test]").any(|(at, _)| {
        let rest = &source[at..];
        let declared = rest.find("fn ").map(|n| &rest[n + 3..]);
        declared
            .is_some_and(|name| name.strip_prefix(test).is_some_and(|rest| rest.starts_with('(')))
    })
}

#[test]
fn every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/threads.md")).unwrap();
    let names = named(&page);
    assert!(names.len() > 80, "{} tests are named only", names.len());
    let mut sources = BTreeMap::new();
    let mut missing = Vec::new();
    for (file, test) in names {
        let source = sources
            .entry(file)
            .or_insert_with(|| fs::read_to_string(root.join(format!("{file}.rs"))).ok());
        if !source.as_deref().is_some_and(|text| has_test(text, test)) {
            missing.push(format!("{file}.rs::{test}"));
        }
    }
    assert!(missing.is_empty(), "named and not there: {missing:#?}");
}

/// The lists are whole: P1 to P17, 1 to 46, and each has an answer.
#[test]
fn every_entry_is_there_and_answered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/threads.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let faults = (1..=17).map(|n| format!("P{n}"));
    let wanted = faults.chain((1..=46).map(|n| n.to_string()));
    for name in wanted {
        let row = rows.iter().find(|row| row[0] == name);
        let row = row.unwrap_or_else(|| panic!("{name} is missing"));
        let answer = row[2];
        let answered = ["::", "**open**", "**not ours**", "as P", "benchmarks.md"];
        assert!(answered.iter().any(|mark| answer.contains(mark)), "{name}: {answer}");
    }
}

#[test]
fn a_test_is_known_by_its_whole_name() {
    let source =
        "#[test]\nfn one() {}\nfn two() {}\n/// x\n#[test]\n#[cfg(unix)]\nfn three(a in b) {}";
    assert!(has_test(source, "one") && has_test(source, "three"));
    assert!(!has_test(source, "two") && !has_test(source, "on") && !has_test(source, "thre"));
    assert_eq!(named("x `a/b.rs::c`, `d` and `e.rs::f`"), [("a/b", "c"), ("e", "f")]);
}
