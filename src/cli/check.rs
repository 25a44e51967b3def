//! `w2v check` of texts and of vectors; which of them a file is, its content says.
//!
//! Exit codes: 0 nothing serious, 1 something serious was found (with `--strict`, a warning too), 2 the
//! file could not be looked at.

use super::Outcome;
use super::corpus::CorpusArgs;
use super::flags;
use super::modes;
use super::output::{Output, note};
use super::progress::Progress;
use super::questions::reading;
use anyhow::ensure;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;
use w2v::doctor::{Findings, Severity, examine_with};
use w2v::formats::check::{Account, Repaired, changes_path, check, holds_vectors, repair};
use w2v::formats::{FileRoles, ReadOptions, begins_with};
use w2v::session::{Event, Purpose};
use w2v::{VocabLimits, report};

/// The help of what is to be checked.
pub(super) const FILES: &str = "A vector file of any kind; or text, as for training: files or folders, \
                                plain or compressed, `-` for standard input";

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) corpus: CorpusArgs,

    /// Take FILE for this [default: by its content]
    #[arg(long = "as", value_enum, value_name = "KIND")]
    kind: Option<Kind>,

    /// Of vectors: write a corrected copy, and beside it a list of the changes, OUT.changes.tsv
    #[arg(long, value_name = "OUT")]
    repair: Option<std::path::PathBuf>,

    /// Overwrite OUT
    #[arg(short, long, requires = "repair")]
    force: bool,

    /// Take warnings for serious: what w2v reads and other programs do not
    #[arg(long)]
    strict: bool,

    /// Answer in JSON, on one line
    #[arg(long)]
    json: bool,
}

/// What a file may be.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Text to train on
    Corpus,
    /// Word vectors
    Vectors,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let files = &args.corpus.corpus;
    let kind = match (args.kind, &files[..]) {
        (Some(kind), _) => kind,
        (None, [file]) if !is_pipe(file) && holds_vectors(file)? => Kind::Vectors,
        (None, [_]) if args.repair.is_some() => Kind::Vectors,
        _ => Kind::Corpus,
    };
    modes::found(if kind == Kind::Corpus { "a text" } else { "vectors" })?;
    if kind == Kind::Corpus {
        return of_text(&args.corpus, args.strict, args.json);
    }
    let [file] = &files[..] else {
        anyhow::bail!(
            "{} files of vectors, expected one; several files are checked as text only",
            files.len()
        );
    };
    of_vectors(args, file)
}

/// Whether looking into a file would use it up.
fn is_pipe(path: &Path) -> bool {
    path == Path::new("-") || path.metadata().is_ok_and(|it| !it.is_file() && !it.is_dir())
}

/// A text: the doctor's diagnosis.
fn of_text(args: &CorpusArgs, strict: bool, as_json: bool) -> anyhow::Result<Outcome> {
    let min_count = args.min_count.unwrap_or(VocabLimits::default().min_count);
    ensure!(min_count > 0, "--min-count is 0, expected 1 or more");
    let corpus = args.open()?;
    let text = args.all_words();
    let options = args.resources()?.encode_options(Purpose::Sentences, text.max_sentence);
    let mut progress = Progress::new(args.progress)?;
    let start = Instant::now();
    let found = examine_with(&corpus, args.tokenizer(), min_count, &options, |progress_made| {
        let seconds = start.elapsed().as_secs_f64();
        progress.event(&Event::Reading { progress: progress_made, seconds })
    });
    progress.finish();
    let found = found?;
    let mut output = Output::new(as_json);
    match as_json {
        true => {
            let mut value = json!(found);
            let findings = value["findings"].as_array_mut().into_iter().flatten();
            for (shown, finding) in findings.zip(&found.findings) {
                if let Some(help) = flags::advice(&finding.help).filter(|help| !help.is_empty()) {
                    shown["help"] = json!(help);
                }
                if !finding.detail.is_empty() {
                    shown["detail"] = json!(flags::text(&finding.detail));
                }
            }
            value["corpus"] = json!(args.corpus);
            value["min_count"] = json!(min_count);
            output.line(value)?;
        }
        false => {
            let names = args.corpus.iter().map(|path| path.display().to_string());
            let names = names.collect::<Vec<_>>().join(", ");
            output.text(&flags::text(&report::diagnosis(&found, &names, min_count)))?;
        }
    }
    Ok(outcome(&found.findings, strict))
}

/// Whether something serious was found; `strict`: or a warning.
fn outcome<K: Copy + Ord>(findings: &Findings<K>, strict: bool) -> Outcome {
    let limit = if strict { Severity::Warning } else { Severity::Serious };
    match findings.worst() {
        Some(worst) if worst >= limit => Outcome::NothingFound,
        _ => Outcome::Answered,
    }
}

fn of_vectors(args: &Args, file: &Path) -> anyhow::Result<Outcome> {
    let mut output = Output::new(args.json);
    let options = ReadOptions { threads: args.corpus.threads.get()?, ..reading() };
    let account = match &args.repair {
        Some(copy) => {
            let mut files = FileRoles::default();
            files.vectors("the input", file, &reading());
            files.output("--repair", copy, args.force)?;
            let (changes, what) = (changes_path(copy), "a list of changes");
            files.side_output("beside --repair", &changes, args.force, what, is_list_of_changes)?;
            let repaired = repair(file, copy, &options)?;
            show_repaired(&mut output, file, copy, &repaired)?;
            repaired.after
        }
        None => {
            let account = check(file, &options)?;
            match args.json {
                true => output.line(account_json(file, &account))?,
                false => output.text(&report::account(&account, file))?,
            }
            account
        }
    };
    Ok(outcome(&account.findings, args.strict))
}

/// Whether a file is a list of changes, by its first line.
fn is_list_of_changes(path: &Path) -> bool {
    begins_with(path, b"place\tchange\tword\tnow")
}

fn account_json(path: &Path, account: &Account) -> Value {
    let mut value = json!(account);
    value["file"] = json!(path);
    value
}

fn show_repaired(
    output: &mut Output,
    path: &Path,
    copy: &Path,
    repaired: &Repaired,
) -> anyhow::Result<()> {
    ensure!(repaired.after.rows > 0, "the corrected copy is empty");
    if output.is_json() {
        return Ok(output.line(json!({
            "file": path, "output": copy, "changes": repaired.changes,
            "before": account_json(path, &repaired.before),
            "after": account_json(copy, &repaired.after),
            "dropped": repaired.dropped, "escaped": repaired.escaped, "header": repaired.header,
        }))?);
    }
    output.text(&report::repaired(repaired, path, copy))?;
    note(format_args!(
        "wrote {} and the list of changes, {}",
        copy.display(),
        repaired.changes.display()
    ));
    Ok(())
}
