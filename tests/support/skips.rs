//! Tests that cannot run on a machine: they say so, are counted, and fail where they are required.
//!
//! `W2V_REQUIRE` lists what the machine has, separated by commas, by the names of [`NAMES`]:
//! `W2V_REQUIRE=gensim,numpy,shared`. A test that would be skipped for want of a listed name fails, and
//! so does a name that no test knows, which would check nothing.
//!
//! Each skip is a line on standard error and a line in a file of this run. `tests/skipped.rs`, which cargo
//! runs last, reads that file and prints the sum. A run is known by the process that started the test
//! binary, and on Linux by its starting time: cargo, where the tests are run by cargo. So concurrent runs
//! and earlier runs are never added up. The sum is missing where cargo stops at a failed binary, and
//! incomplete where a runner starts each binary from a process of its own. Tests that are left out at
//! compile time (by a feature or a system) are not counted.

use std::fmt::Display;
use std::io::Write;
use std::panic::Location;
use std::path::PathBuf;
use std::{env, fs};

/// What a test may miss: modules of Python, the folder `../shared`, a file system that a test may mount,
/// a shell with `ulimit -v`, a processor with AVX2.
pub(crate) const NAMES: &[&str] = &[
    "fasttext",
    "finalfusion",
    "gensim",
    "model2vec",
    "numpy",
    "pyarrow",
    "safetensors",
    "scipy",
    "sentence_transformers",
    "spacy",
    "tokenizers",
    "shared",
    "tmpfs",
    "ulimit",
    "avx2",
];

/// Says that a test is skipped for want of `name`; the test then returns. Panics where `W2V_REQUIRE`
/// lists the name.
#[track_caller]
pub(crate) fn skipped(name: &'static str, reason: impl Display) {
    assert!(NAMES.contains(&name), "{name:?} is missing in NAMES");
    let thread = std::thread::current();
    let place = Location::caller().to_string();
    // With `--test-threads=1` tests run on the main thread.
    let test = thread.name().filter(|name| *name != "main").unwrap_or(&place);
    let required = required().unwrap_or_else(|error| panic!("{error}"));
    let required = required.iter().any(|required| required == name);
    assert!(!required, "W2V_REQUIRE lists {name}, but {test} cannot run: {reason}");
    let line = format!("SKIPPED: {test} ({name}): {reason}\n");
    // Not `eprintln!`, which the test runner hides when a test passes.
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    let file = file_of_this_run();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    // One write: lines of other threads come before it or behind it.
    let mut file = fs::File::options().append(true).create(true).open(file).unwrap();
    file.write_all(format!("{name} {test}\n").as_bytes()).unwrap();
}

/// The names in `W2V_REQUIRE`.
pub(crate) fn required() -> Result<Vec<String>, String> {
    let list = env::var("W2V_REQUIRE").unwrap_or_default();
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = |name: &str| match NAMES.contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(format!("W2V_REQUIRE lists {name:?}, expected names of {NAMES:?}")),
    };
    names.map(known).collect()
}

/// Where the skips of this run are written: a line each, the name and the test.
pub(crate) fn file_of_this_run() -> PathBuf {
    #[cfg(unix)]
    let parent = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let parent = 0;
    // Field 22 of proc(5), counted behind the name, which may hold spaces.
    let stat = fs::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
    let started = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(19));
    let run = format!("{parent}-{}", started.unwrap_or("0"));
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skipped").join(run)
}

#[test]
fn w2v_require_lists_known_names() {
    required().unwrap_or_else(|error| panic!("{error}"));
}
