//! `docs/story.md` is true: every command in it is run again, in its order, and prints what stands
//! under it.
//!
//! Blocks ```` ```console ```` hold commands (`$ w2v …`) and what they print on standard output; blocks
//! ```` ```text NAME ```` are files. Columns are set with spaces there and with tabs in a pipe, so that
//! white space counts as one space.

use std::path::Path;

const PAGE: &str = include_str!("../../docs/story.md");

/// The arguments of a command line without anything but words and spaces.
fn arguments(command: &str) -> Vec<&str> {
    assert!(!command.contains(['"', '\'', '|', '>', '\\']), "{command}");
    command.split_whitespace().collect()
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Whether two words are the same; numbers may differ in their third digit on processors whose kernels
/// round in another order (`kernels` page: all but the portable ones give the same bits).
fn same(shown: &str, printed: &str) -> bool {
    let number = |word: &str| {
        let plain = word.trim_matches(['[', ']', ',', '%']).replace(',', "");
        plain.parse::<f64>().ok()
    };
    let exact = w2v::Isa::chosen() != w2v::Isa::PORTABLE;
    match (number(shown), number(printed)) {
        _ if shown == printed => true,
        (Some(a), Some(b)) => !exact && (a - b).abs() <= 0.02 * (1.0 + a.abs()),
        _ => false,
    }
}

#[test]
fn the_story_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/corpus.txt");
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::copy(data, folder.path().join("data/corpus.txt")).unwrap();

    let mut commands = 0;
    // Odd pieces are inside of a block; its first line is the kind of block.
    for block in PAGE.split("```").skip(1).step_by(2) {
        let (kind, content) = block.split_once('\n').expect("a block has lines");
        if let Some(name) = kind.strip_prefix("text ") {
            std::fs::write(folder.path().join(name), content).unwrap();
            continue;
        }
        assert_eq!(kind, "console");
        assert!(content.starts_with("$ w2v "));
        for command in content.split("$ w2v ").skip(1) {
            let (command, shown) = command.split_once('\n').unwrap();
            let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_w2v"))
                .args(arguments(command))
                .current_dir(folder.path())
                .env_remove("W2V_VECTORS")
                .timeout(std::time::Duration::from_secs(120))
                .output()
                .unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "w2v {command}: {errors}");
            let printed = String::from_utf8(output.stdout).unwrap();
            let lines = |text: &str| text.trim_end().lines().count();
            let equal = lines(shown) == lines(&printed)
                && shown.lines().zip(printed.lines()).all(|(shown, printed)| {
                    let (shown, printed) = (words(shown), words(printed));
                    shown.len() == printed.len()
                        && shown.iter().zip(&printed).all(|(a, b)| same(a, b))
                });
            assert!(equal, "$ w2v {command}\nprints\n{printed}\nthe page says\n{shown}");
            commands += 1;
        }
    }
    assert_eq!(commands, 23, "commands on the page");
}
