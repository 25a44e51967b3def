//! What is wrong with a text, or with a vector file.

use super::layout::{Lines, columns};
use super::numbers::{counted, grouped, percent, size};
use crate::doctor::{Diagnosis, Finding, Kind, Place, Severity};
use crate::formats::check::{Account, Repaired};
use std::path::Path;

/// What is wrong with the text `names`, the most serious first, and what each `min_count` keeps; the one that was asked
/// for is marked.
pub fn diagnosis(found: &Diagnosis, names: &str, min_count: u64) -> String {
    let mut output = Lines::default();
    summary(&mut output, names, found);
    for finding in &found.findings {
        show_finding(&mut output, finding, found.sources > 1);
    }
    if found.tokens > 0 {
        kept(&mut output, found, min_count);
    }
    verdict(&mut output, found);
    output.into_text()
}

/// What is wrong with the vector file `path`.
pub fn account(found: &Account, path: &Path) -> String {
    let mut output = Lines::default();
    show(&mut output, path, found);
    output.into_text()
}

/// What was wrong with the vector file `path`, what was changed, and what is wrong with its corrected copy.
pub fn repaired(found: &Repaired, path: &Path, copy: &Path) -> String {
    let mut output = Lines::default();
    show(&mut output, path, &found.before);
    output.line("");
    if let Some((before, now)) = &found.header {
        output.line(format_args!("header          {before:?} is now {now:?}"));
    }
    for (kind, count) in &found.dropped {
        let rows = counted(*count, "row");
        output.line(format_args!("left out        {rows}: {kind}"));
    }
    if found.escaped > 0 {
        let words = counted(found.escaped, "word");
        output.line(format_args!("escaped         {words}"));
    }
    show(&mut output, copy, &found.after);
    output.into_text()
}

fn summary(output: &mut Lines, names: &str, found: &Diagnosis) {
    let files = match found.sources {
        1 => String::new(),
        n => format!("{}, ", counted(n as u64, "file")),
    };
    output.line(format_args!(
        "{names}: {files}{}, {}, {}, {}",
        size(found.bytes),
        counted(found.lines, "line"),
        counted(found.tokens, "token"),
        counted(found.words, "different word"),
    ));
    let letters: u64 = found.scripts.iter().map(|script| script.letters).sum();
    let scripts: Vec<String> = found
        .scripts
        .iter()
        .take(6)
        .map(|script| {
            format!("{} {}", script.script, percent(script.letters as f64, letters as f64))
        })
        .collect();
    match scripts.is_empty() {
        true => output.line("letters: none"),
        false => output.line(format_args!("letters: {}", scripts.join(", "))),
    }
}

/// A block of lines: what and how often, where, what helps.
fn show_finding(output: &mut Lines, finding: &Finding<Kind>, name_files: bool) {
    let about = match finding.error {
        Some(error) => format!(" (± {})", grouped(error)),
        None => String::new(),
    };
    output.line("");
    output.line(format_args!(
        "{:<8} {}: {}{about}",
        finding.severity,
        finding.kind,
        counted(finding.count, finding.kind.unit()),
    ));
    output.line(format_args!("         {}", finding.kind.meaning()));
    if !finding.detail.is_empty() {
        output.line(format_args!("         {}", finding.detail));
    }
    if let Some(places) = places(finding, name_files) {
        output.line(format_args!("         {places}"));
    }
    if !finding.help.is_empty() {
        output.line(format_args!("         → {}", finding.help));
    }
    if let Some(command) = &finding.command {
        output.line(format_args!("         $ {command}"));
    }
}

/// The table of what each `min_count` keeps; the one asked for is marked.
fn kept(output: &mut Lines, found: &Diagnosis, min_count: u64) {
    output.line("");
    output.line("`min_count` keeps");
    let rows = found.kept.iter().map(|kept| {
        [
            format!("{}{}", kept.min_count, if kept.min_count == min_count { "*" } else { " " }),
            format!("{} words", grouped(kept.words)),
            percent(kept.words as f64, found.words as f64),
            format!("{} tokens", grouped(kept.tokens)),
            percent(kept.tokens as f64, found.tokens as f64),
        ]
    });
    output.text(&columns(">10 >17 >7 >21 >7", &rows.collect::<Vec<_>>()));
}

fn verdict(output: &mut Lines, found: &Diagnosis) {
    let of = |severity| {
        let same = |finding: &&Finding<Kind>| finding.severity == severity;
        found.findings.iter().filter(same).count() as u64
    };
    let [serious, warnings, notes] = [Severity::Serious, Severity::Warning, Severity::Note].map(of);
    output.line("");
    let serious = match serious {
        0 => "nothing serious".to_owned(),
        n => counted(n, "serious finding"),
    };
    output.line(format_args!(
        "{serious}, {}, {}",
        counted(warnings, "warning"),
        counted(notes, "note")
    ));
}

/// The places of a finding on one line, the first with what stands there; `None` where none is known.
fn places<K>(finding: &Finding<K>, name_files: bool) -> Option<String> {
    let place = |place: &Place| match &place.file {
        Some(file) if name_files => format!("{} {place}", file.display()),
        _ => place.to_string(),
    };
    let (first, others) = finding.first.split_first()?;
    let mut line = place(first);
    if !finding.example.is_empty() {
        line += &format!(": {}", finding.example);
    }
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(place).collect();
        line += &format!("; also {}", others.join(", "));
        if finding.count > finding.first.len() as u64 {
            line += ", …";
        }
    }
    Some(line)
}

fn show(output: &mut Lines, path: &Path, account: &Account) {
    let what = match account.format {
        Some(format) => format!(
            "{format}, {} × {}",
            counted(account.rows, "row"),
            counted(account.dim, "dimension")
        ),
        None => "no vector file".to_owned(),
    };
    output.line(format_args!("{}: {what}", path.display()));
    if account.findings.is_empty() {
        output.line("nothing is wrong with it");
    }
    for finding in &account.findings {
        let (severity, kind) = (finding.severity, finding.kind);
        let count = grouped(finding.count);
        output.line(format_args!("{severity:<7}  {kind:<17}  {count:>9}  {}", kind.meaning()));
        if let Some(places) = places(finding, false) {
            output.line(format_args!("         {places}"));
        }
    }
}
