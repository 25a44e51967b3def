//! The binary as a person meets it: run in a temporary folder, judged by its exit code, by what it
//! prints and by what is in the folder afterwards.

mod advice;
#[allow(dead_code, reason = "shared with other tests, each of which needs a part")]
#[path = "../support/archives.rs"]
mod archives;
mod asking;
mod checkpoints;
mod comparing;
mod corpus;
mod disasters;
mod exchange;
mod files;
mod gensim;
mod glove;
mod golden_runs;
mod growing;
mod kills;
mod lines;
mod messages;
mod modes;
#[allow(dead_code, reason = "shared with other tests, each of which needs a part")]
#[path = "../support/pickles.rs"]
mod pickles;
mod pipes;
mod plan;
mod progress;
#[path = "../library/python.rs"]
mod python;
mod refusals;
mod reproducing;
#[path = "../support/skips.rs"]
mod skips;
mod start;
mod story;
mod strangers;
mod tables;
mod text;
mod training;
mod trust;
mod zeros;

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any run takes on a busy machine; a run that hangs is killed then and has no exit code.
const LIMIT: Duration = Duration::from_secs(120);

/// A folder to run the binary in.
struct Folder(TempDir);

/// How a run ended.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    /// A folder with one text in it, `text.txt`.
    fn with_text(text: &str) -> Self {
        let folder = Self::new();
        folder.write("text.txt", text);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// All names in the folder, hidden ones too, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn command(&self) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_w2v"));
        command.current_dir(self.0.path()).env_remove("W2V_VECTORS").timeout(LIMIT);
        command
    }

    /// Runs `w2v` with arguments that hold no space.
    fn w2v(&self, arguments: &str) -> Ran {
        self.piped(arguments, "")
    }

    /// Runs `w2v` with standard input.
    fn piped(&self, arguments: &str, input: impl Into<Vec<u8>>) -> Ran {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        self.run(&arguments, input)
    }

    fn run(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Ran {
        Ran::of(self.command().args(arguments).write_stdin(input))
    }
}

impl Ran {
    fn of(command: &mut assert_cmd::Command) -> Self {
        let output = command.output().unwrap();
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It answered; this is the answer.
    #[track_caller]
    fn answer(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
    }

    /// It ended with `code`, one line on standard error that is `message`, and no answer.
    #[track_caller]
    fn refused(self, code: i32, message: &str) {
        assert_eq!(self.err.trim_end(), format!("w2v: {message}"));
        assert_eq!(self.code, Some(code));
        assert_eq!(self.out, "");
    }

    /// As [`Ran::refused`], with the beginning of the message only.
    #[track_caller]
    fn refused_beginning(self, code: i32, message: &str) {
        let start = format!("w2v: {message}");
        assert!(self.err.starts_with(&start), "{}", self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        assert_eq!(self.code, Some(code));
        assert_eq!(self.out, "");
    }
}

/// A file that comes with the project.
fn bundled(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    path.into_os_string().into_string().unwrap()
}

/// JSON lines.
#[track_caller]
fn json_lines(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    text.lines().map(parse).collect()
}

/// `count` words, each line a few of them, in no order that repeats soon.
fn prose(words: usize, lines: usize) -> String {
    let mut state = 7_usize;
    let mut word = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        format!("w{}", (state >> 8) % words)
    };
    let mut line = || (0..8).map(|_| word()).collect::<Vec<_>>().join(" ") + "\n";
    (0..lines).map(|_| line()).collect()
}
