//! `docs/extending.md` is true: what it names is there, and it names all places.
//!
//! * A path in backticks (`src/…`) exists.
//! * A name in backticks, `Item` or `Trait::method`, in the same list item as a path is a word of the last
//!   file before it.
//! * A line ``Files that name a variant of `Enum`:`` lists all files under `src` that do, but for tests. Whoever
//!   adds a variant has to look at them.

use super::layering::code_of_all;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../docs/extending.md");

/// What stands in backticks, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_path(quoted: &str) -> bool {
    quoted.contains('/') && !quoted.contains([' ', '<', '…'])
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Paths that lead nowhere, and names that are not in their file.
fn faults(page: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    // A list item goes on until the next one, a paragraph until an empty line.
    let page = page.replace("\n- ", "\n\n- ").replace("\n|", "\n\n|");
    for block in page.split("\n\n") {
        let mut file: Option<(&str, String)> = None;
        for quoted in quoted(block) {
            if is_path(quoted) {
                if !root.join(quoted).exists() {
                    found.push(format!("{quoted} is not there"));
                }
                file = fs::read_to_string(root.join(quoted)).ok().map(|text| (quoted, text));
                continue;
            }
            let is_name = quoted.chars().all(|c| c.is_alphanumeric() || "_:".contains(c));
            let Some((path, text)) = file.as_ref().filter(|_| is_name) else {
                continue;
            };
            for word in words(quoted).filter(|word| !words(text).any(|other| other == *word)) {
                found.push(format!("{path} has no {word}, of `{quoted}`"));
            }
        }
    }
    found
}

/// Whether code names a variant: `Enum::Variant`, but no constant, no method and no longer name.
fn names_a_variant(code: &str, of: &str) -> bool {
    let path = format!("{of}::");
    code.match_indices(&path).any(|(at, _)| {
        let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let mut after = code[at + path.len()..].chars();
        !code[..at].ends_with(part_of_name)
            && after.next().is_some_and(char::is_uppercase)
            && after.next().is_some_and(char::is_lowercase)
    })
}

/// Lines that do not list the files they should, as they should be.
fn wrong_lists(page: &str, files: &[(String, String)]) -> Vec<String> {
    let lines = page.lines().filter(|line| line.starts_with("Files that name a variant of"));
    let right = lines.map(|line| {
        let variants_of = quoted(line).next().expect("an enum");
        let files = files.iter().filter(|(_, code)| names_a_variant(code, variants_of));
        let mut files: Vec<String> = files.map(|(path, _)| format!("`{path}`")).collect();
        files.sort();
        (line, format!("Files that name a variant of `{variants_of}`: {}.", files.join(", ")))
    });
    right.filter(|(line, right)| line != right).map(|(_, right)| right).collect()
}

#[test]
fn what_the_page_names_is_there() {
    assert!(quoted(PAGE).filter(|quoted| is_path(quoted)).count() > 50);
    let faults = faults(PAGE);
    assert!(faults.is_empty(), "docs/extending.md:\n{}", faults.join("\n"));
}

#[test]
fn the_page_names_all_places() {
    let found = wrong_lists(PAGE, &code_of_all());
    assert!(found.is_empty(), "docs/extending.md should say:\n{}", found.join("\n"));
}

#[test]
fn planted_faults_are_found() {
    let page = "- `src/lib.rs`: `WordVectors`, `Threads::nowhere`\n- `src/nothing.rs`: `Some`\n- `Other`\n";
    let expected =
        ["src/lib.rs has no nowhere, of `Threads::nowhere`", "src/nothing.rs is not there"];
    assert_eq!(faults(page), expected);

    let page = "Files that name a variant of `Kind`: `a.rs`.\n";
    let files = ["match x { Kind::Word => 1 }", "Kind::ALL, Kind::new(), OtherKind::Word"];
    let mut files: Vec<_> = ["a.rs", "b.rs"]
        .into_iter()
        .zip(files)
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect();
    assert_eq!(wrong_lists(page, &files), [""; 0]);
    files.push(("c.rs".into(), "super::Kind::Line".into()));
    assert_eq!(wrong_lists(page, &files), ["Files that name a variant of `Kind`: `a.rs`, `c.rs`."]);
}
