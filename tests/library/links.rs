//! Links between the project's pages lead somewhere: the file is there, and where a heading is named the
//! page has it. Backticks in the text of a link come in pairs.

use std::fs;
use std::path::{Path, PathBuf};

/// Pages that people read: those in the root, in `docs` and in `data`.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in
        [root.to_owned(), root.join("docs"), root.join("data"), root.join("benches/ledger")]
    {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| path.extension().is_some_and(|ext| ext == "md")));
    }
    found.sort();
    found
}

/// Text and target of each link with its line, outside blocks of code.
fn links(page: &str) -> Vec<(usize, &str, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(page.lines()) {
        in_code ^= line.trim_start().starts_with("```");
        if in_code {
            continue;
        }
        for (middle, _) in line.match_indices("](") {
            let Some(start) = line[..middle].rfind('[') else {
                continue;
            };
            let target = &line[middle + 2..];
            if let Some(end) = target.find(')') {
                found.push((number, &line[start + 1..middle], &target[..end]));
            }
        }
    }
    found
}

/// What a heading is called in links: lower case, hyphens for spaces, no other signs.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

fn has_heading(page: &str, wanted: &str) -> bool {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| slug(line.trim_start_matches('#'))).any(|slug| slug == wanted)
}

/// What is wrong with the links of a page that lies in `folder`: "line: text: what".
fn faults(page: &str, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for (line, text, target) in links(page) {
        if text.matches('`').count() % 2 == 1 {
            found.push(format!("{line}: [{text}]: an odd number of backticks"));
        }
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let path = folder.join(file);
        if !path.exists() {
            found.push(format!("{line}: [{text}]: there is no {file}"));
        } else if !heading.is_empty() {
            let other =
                if file.is_empty() { page.into() } else { fs::read_to_string(path).unwrap() };
            if !has_heading(&other, heading) {
                found.push(format!("{line}: [{text}]: no heading is {heading}"));
            }
        }
    }
    found
}

#[test]
fn every_link_leads_somewhere() {
    let mut all = Vec::new();
    let mut count = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        count += links(&page).len();
        let folder = path.parent().unwrap();
        let name = path.file_name().unwrap().display();
        all.extend(faults(&page, folder).iter().map(|fault| format!("{name}:{fault}")));
    }
    assert!(count > 150, "{count} links only");
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn planted_faults_are_found() {
    let page = "# One `two`, three!\n[a](Cargo.toml) [b](nothing.md) [``c`](src/lib.rs)\n\
                [d](#one-two-three), [e](#four) and [f](README.md#nowhere)\n\
                ```\n[g](nothing)\n```\n[h](https://nowhere.invalid/x)\n";
    let expected = [
        "2: [b]: there is no nothing.md",
        "2: [``c`]: an odd number of backticks",
        "3: [e]: no heading is four",
        "3: [f]: no heading is nowhere",
    ];
    assert_eq!(faults(page, Path::new(env!("CARGO_MANIFEST_DIR"))), expected);
}
