//! Imports go one way. The modules stand here in the order of their layers; a module may use those
//! above it and never those below.

use std::fs;
use std::path::{Path, PathBuf};

/// Bottom first. `train` ends in `WordVectors`, so it stands behind `vectors`.
const LAYERS: &[&str] = &[
    "error", "mmap", "kernels", "matrix", "corpus", "vocab", "encode", "doctor", "cooccur",
    "vectors", "train", "formats", "eval", "plan",
];

/// Names that `lib.rs` re-exports, with their modules: `use crate::Model` is a use of `train`.
fn facade() -> Vec<(String, String)> {
    let root = include_str!("../src/lib.rs");
    let exports = root.split("pub use ").skip(1).filter_map(|rest| rest.split_once(';'));
    let mut names = Vec::new();
    for (export, _) in exports {
        let (module, list) = export.split_once("::").expect("a module");
        for name in list.trim_matches(['{', '}']).split(',') {
            names.push((name.trim().to_owned(), module.to_owned()));
        }
    }
    names
}

/// Whether a line begins the tests at the end of a file.
fn begins_tests(line: &str) -> bool {
    line.starts_with("mod tests") || line.starts_with("mod properties;") || line == "mod tests;"
}

/// What follows each `crate::` in a file, outside comments and tests, with its line: one name, or
/// those of a list in braces.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut code = String::new();
    for line in text.lines() {
        if begins_tests(line) {
            break;
        }
        let comment = line.trim_start().starts_with("//");
        code.push_str(if comment { "" } else { line });
        code.push('\n');
    }
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for (at, marker) in code.match_indices("crate::") {
        let line = 1 + code[..at].matches('\n').count();
        let rest = &code[at + marker.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.push((line, name(rest)));
            continue;
        };
        let (mut depth, mut start) = (0, 0);
        for (i, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    found.push((line + list[..i].matches('\n').count(), name(&list[start..i])));
                    start = i + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Uses of a later layer: "file:line: a uses b".
fn back_edges(files: &[(String, String)]) -> Vec<String> {
    let facade = facade();
    let layer_of = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    let mut found = Vec::new();
    for (file, text) in files {
        let module = file.split(['/', '.']).next().expect("a first part");
        let Some(own) = layer_of(module) else {
            continue;
        };
        for (line, name) in uses(text) {
            let used = facade.iter().find(|(export, _)| *export == name);
            let used = used.map_or(name.as_str(), |(_, module)| module);
            if layer_of(used).is_some_and(|layer| layer > own) {
                found.push(format!("{file}:{line}: {module} uses {used}"));
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
            let name =
                path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
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
        assert!(known(name), "src/{name} belongs to no layer; give it a place in LAYERS");
    }
    let found = back_edges(&files);
    assert!(found.is_empty(), "imports of a later layer:\n{}", found.join("\n"));
}

#[test]
fn a_planted_back_edge_is_found_with_its_line() {
    let planted = [
        (
            "corpus/one.rs",
            "//! docs may name crate::train::Run\nuse std::io;\nuse crate::eval::Score;\n",
        ),
        ("vocab/two.rs", "use crate::error::Error;\nlet x = crate::formats::open(\n);\n"),
        ("encode/three.rs", "use crate::{\n    error::{Error, Result},\n    train::Model,\n};\n"),
        ("matrix.rs", "use crate::{formats, kernels};\n"),
        ("vectors/five.rs", "#[cfg(test)]\nuse std::fs;\nuse crate::Model;\n"),
        ("eval/six.rs", "use crate::Model;\nmod tests {\n    use crate::nothing;\n}\n"),
    ];
    let mut files = library();
    files.extend(planted.map(|(file, text)| (file.to_owned(), text.to_owned())));
    let expected = [
        "corpus/one.rs:3: corpus uses eval",
        "vocab/two.rs:2: vocab uses formats",
        "encode/three.rs:3: encode uses train",
        "matrix.rs:1: matrix uses formats",
        "vectors/five.rs:3: vectors uses train",
    ];
    assert_eq!(back_edges(&files), expected);
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
            assert!(rooms || !is_unsafe, "src/{name}:{}: unsafe outside its rooms", number + 1);
        }
    }
}

/// The library never prints, exits or reads the environment.
#[test]
fn the_library_is_silent() {
    for (name, text) in library() {
        let code = text.lines().take_while(|line| !begins_tests(line));
        for (number, line) in code.enumerate() {
            let line = line.trim_start();
            for word in ["println!", "print!", "dbg!(", "process::exit", "env::var"] {
                let used = line.contains(word) && !line.starts_with("//");
                assert!(!used, "src/{name}:{}: {word}", number + 1);
            }
        }
    }
}
