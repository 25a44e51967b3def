//! Imports go one way. The modules stand here in the order of their layers; a module may use those
//! above it and never those below.

use std::fs;
use std::path::{Path, PathBuf};

/// Bottom first. `train` ends in `WordVectors`, so it stands behind `vectors`.
const LAYERS: &[&str] = &[
    "error", "mmap", "kernels", "matrix", "corpus", "vocab", "encode", "vectors", "train",
    "formats", "eval",
];

/// Uses of a later layer: "file:line: a uses b".
fn back_edges(files: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in files {
        let module = file.split(['/', '.']).next().expect("a first part");
        let Some(layer) = LAYERS.iter().position(|name| *name == module) else {
            continue;
        };
        let mut in_tests = false;
        let mut used = String::new();
        for (number, line) in text.lines().enumerate() {
            in_tests |= line.trim_start().starts_with("#[cfg(test)]");
            let code = line.trim_start();
            if in_tests || code.starts_with("//") {
                continue;
            }
            // An import may run over several lines: keep the part up to the semicolon.
            used.push_str(code);
            for later in &LAYERS[layer + 1..] {
                let direct = [
                    format!("crate::{later}::"),
                    format!("crate::{later};"),
                    format!("crate::{{{later}"),
                ];
                if direct.iter().any(|pattern| used.contains(pattern.as_str())) {
                    found.push(format!("{file}:{}: {module} uses {later}", number + 1));
                    used.clear();
                }
            }
            if code.contains([';', '{', '}']) {
                used.clear();
            }
        }
    }
    found
}

fn sources(folder: &Path, root: &Path, into: &mut Vec<(String, String)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("src is there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, root, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let name = path
                .strip_prefix(root)
                .expect("below src")
                .to_string_lossy()
                .replace('\\', "/");
            into.push((name, fs::read_to_string(&path).expect("readable")));
        }
    }
}

fn library() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &root, &mut files);
    files.retain(|(name, _)| !name.starts_with("cli/") && name != "lib.rs" && name != "main.rs");
    files
}

#[test]
fn imports_go_one_way() {
    let files = library();
    assert!(files.len() > 20, "found {} files only", files.len());
    let known = |name: &str| LAYERS.contains(&name.split(['/', '.']).next().unwrap_or(""));
    for (name, _) in &files {
        assert!(
            known(name),
            "src/{name} belongs to no layer; give it a place in LAYERS"
        );
    }
    let found = back_edges(&files);
    assert!(
        found.is_empty(),
        "imports of a later layer:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_planted_back_edge_is_found_with_its_line() {
    let mut files = library();
    let planted = "//! docs may name crate::train::Run\nuse std::io;\nuse crate::eval::Score;\n";
    files.push(("corpus/planted.rs".to_owned(), planted.to_owned()));
    let wrapped = "use crate::error::Error;\nlet x = crate::formats::open(\n);\n";
    files.push(("vocab/planted.rs".to_owned(), wrapped.to_owned()));
    assert_eq!(
        back_edges(&files),
        [
            "corpus/planted.rs:3: corpus uses eval",
            "vocab/planted.rs:2: vocab uses formats"
        ]
    );
}

/// `unsafe` is in three places, and each block says why it is sound.
#[test]
fn unsafe_stays_in_its_rooms() {
    for (name, text) in library() {
        let rooms =
            name.starts_with("kernels/") || name.starts_with("matrix/") || name == "mmap.rs";
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            let is_unsafe = code.contains("unsafe {")
                || code.contains("unsafe fn")
                || code.contains("unsafe impl");
            assert!(
                rooms || !is_unsafe,
                "src/{name}:{}: unsafe outside its rooms",
                number + 1
            );
        }
    }
}

/// The library never prints, exits or reads the environment.
#[test]
fn the_library_is_silent() {
    for (name, text) in library() {
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (number, line) in code.lines().enumerate() {
            let line = line.trim_start();
            for word in ["println!", "print!", "dbg!(", "process::exit", "env::var"] {
                let used = line.contains(word) && !line.starts_with("//");
                assert!(!used, "src/{name}:{}: {word}", number + 1);
            }
        }
    }
}
