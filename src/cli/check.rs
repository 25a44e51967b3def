//! `w2v check`: of vectors here, of text in [`super::diagnosis`]; which of them a file is, its content
//! says.
//!
//! Exit codes: 0 nothing serious, 1 something serious was found (with `--strict`, a warning too), 2 the
//! file could not be looked at.

use super::Outcome;
use super::corpus::CorpusArgs;
use super::diagnosis::{self, outcome, places};
use super::output::{Output, note};
use super::questions::reading;
use super::size::{counted, grouped};
use anyhow::ensure;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::path::Path;
use w2v::formats::check::{Account, Repaired, changes_path, check, holds_vectors, repair};
use w2v::formats::{FileRoles, begins_with};

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
        (None, [file]) if file != Path::new("-") && holds_vectors(file)? => Kind::Vectors,
        (None, [_]) if args.repair.is_some() => Kind::Vectors,
        _ => Kind::Corpus,
    };
    if kind == Kind::Corpus {
        ensure!(
            args.repair.is_none(),
            "--repair is for vector files; a text is mended by the commands that check prints"
        );
        return diagnosis::run(&args.corpus, args.strict, args.json);
    }
    let [file] = &files[..] else {
        anyhow::bail!(
            "{} files of vectors, expected one; several files are checked as text only",
            files.len()
        );
    };
    of_vectors(args, file)
}

fn of_vectors(args: &Args, file: &Path) -> anyhow::Result<Outcome> {
    let mut output = Output::new(args.json);
    let threads = args.corpus.threads.get()?;
    let account = match &args.repair {
        Some(copy) => {
            let mut files = FileRoles::default();
            files.vectors("the input", file, &reading());
            files.output("--repair", copy, args.force)?;
            let (changes, what) = (changes_path(copy), "a list of changes");
            files.side_output("beside --repair", &changes, args.force, what, is_list_of_changes)?;
            let repaired = repair(file, copy, Some(&std::env::temp_dir()), &threads)?;
            show_repaired(&mut output, file, copy, &repaired)?;
            repaired.after
        }
        None => {
            let account = check(file, Some(&std::env::temp_dir()), &threads)?;
            match args.json {
                true => output.line(account_json(file, &account))?,
                false => show(&mut output, file, &account)?,
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

fn show(output: &mut Output, path: &Path, account: &Account) -> anyhow::Result<()> {
    let what = match account.format {
        Some(format) => format!(
            "{format}, {} × {}",
            counted(account.rows, "row"),
            counted(account.dim, "dimension")
        ),
        None => "no vector file".to_owned(),
    };
    output.line(format_args!("{}: {what}", path.display()))?;
    if account.findings.is_empty() {
        output.line("nothing is wrong with it")?;
    }
    for finding in &account.findings {
        let (severity, kind) = (finding.severity, finding.kind);
        let count = grouped(finding.count);
        output.line(format_args!("{severity:<7}  {kind:<17}  {count:>9}  {}", kind.meaning()))?;
        if let Some(places) = places(finding, false) {
            output.line(format_args!("         {places}"))?;
        }
    }
    Ok(())
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
    show(output, path, &repaired.before)?;
    output.line("")?;
    if let Some((before, now)) = &repaired.header {
        output.line(format_args!("header          {before:?} is now {now:?}"))?;
    }
    for (kind, count) in &repaired.dropped {
        let rows = counted(*count, "row");
        output.line(format_args!("left out        {rows}: {kind}"))?;
    }
    if repaired.escaped > 0 {
        let words = counted(repaired.escaped, "word");
        output.line(format_args!("escaped         {words}"))?;
    }
    show(output, copy, &repaired.after)?;
    note(format_args!(
        "wrote {} and the list of changes, {}",
        copy.display(),
        repaired.changes.display()
    ));
    Ok(())
}
