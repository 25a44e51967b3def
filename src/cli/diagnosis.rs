//! `w2v check` of text: the library's diagnosis, for people and as JSON; and what a report of vector files
//! has in common with it.

use super::Outcome;
use super::columns::columns;
use super::corpus::CorpusArgs;
use super::flags;
use super::output::Output;
use super::progress::Progress;
use super::size::{counted, grouped, show};
use anyhow::ensure;
use serde_json::json;
use std::time::Instant;
use w2v::VocabLimits;
use w2v::doctor::{Diagnosis, Finding, Findings, Kind, Place, Severity, examine};
use w2v::session::{Event, Purpose};

pub(super) fn run(args: &CorpusArgs, strict: bool, as_json: bool) -> anyhow::Result<Outcome> {
    if let Some(flag) = args.other_limit() {
        anyhow::bail!("{flag} has no meaning with check, which counts all words; leave it out");
    }
    let min_count = args.min_count.unwrap_or(VocabLimits::default().min_count);
    ensure!(min_count > 0, "--min-count is 0, expected 1 or more");
    let corpus = args.open()?;
    let text = args.all_words();
    let options = args.resources()?.encode_options(Purpose::Sentences, text.max_sentence);
    let mut progress = Progress::new(args.progress)?;
    let start = Instant::now();
    let found = examine(&corpus, args.tokenizer(), min_count, &options, |progress_made| {
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
                if let Some(help) = help(finding) {
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
            summary(&mut output, &names.collect::<Vec<_>>().join(", "), &found)?;
            for finding in &found.findings {
                show_finding(&mut output, finding, found.sources > 1)?;
            }
            if found.tokens > 0 {
                kept(&mut output, &found, min_count)?;
            }
            verdict(&mut output, &found)?;
        }
    }
    Ok(outcome(&found.findings, strict))
}

/// Whether something serious was found; `strict`: or a warning.
pub(super) fn outcome<K: Copy + Ord>(findings: &Findings<K>, strict: bool) -> Outcome {
    let limit = if strict { Severity::Warning } else { Severity::Serious };
    match findings.worst() {
        Some(worst) if worst >= limit => Outcome::NothingFound,
        _ => Outcome::Answered,
    }
}

/// The places of a finding on one line, the first with what stands there; `None` where none is known.
pub(super) fn places<K>(finding: &Finding<K>, name_files: bool) -> Option<String> {
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

fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

fn summary(output: &mut Output, names: &str, found: &Diagnosis) -> std::io::Result<()> {
    let files = match found.sources {
        1 => String::new(),
        n => format!("{}, ", counted(n as u64, "file")),
    };
    output.line(format_args!(
        "{names}: {files}{}, {}, {}, {}",
        show(found.bytes),
        counted(found.lines, "line"),
        counted(found.tokens, "token"),
        counted(found.words, "different word"),
    ))?;
    let letters = found.scripts.iter().map(|script| script.letters).sum();
    let scripts: Vec<String> = found
        .scripts
        .iter()
        .take(6)
        .map(|script| format!("{} {}", script.script, percent(script.letters, letters)))
        .collect();
    match scripts.is_empty() {
        true => output.line("letters: none"),
        false => output.line(format_args!("letters: {}", scripts.join(", "))),
    }
}

/// What helps, with flags.
fn help(finding: &Finding<Kind>) -> Option<String> {
    flags::advice(&finding.help).filter(|help| !help.is_empty())
}

/// A block of lines: what and how often, where, what helps.
fn show_finding(
    output: &mut Output,
    finding: &Finding<Kind>,
    name_files: bool,
) -> std::io::Result<()> {
    let about = match finding.error {
        Some(error) => format!(" (± {})", grouped(error)),
        None => String::new(),
    };
    output.line("")?;
    output.line(format_args!(
        "{:<8} {}: {}{about}",
        finding.severity,
        finding.kind,
        counted(finding.count, finding.kind.unit()),
    ))?;
    output.line(format_args!("         {}", flags::text(finding.kind.meaning())))?;
    if !finding.detail.is_empty() {
        output.line(format_args!("         {}", flags::text(&finding.detail)))?;
    }
    if let Some(places) = places(finding, name_files) {
        output.line(format_args!("         {places}"))?;
    }
    if let Some(help) = help(finding) {
        output.line(format_args!("         → {help}"))?;
    }
    if let Some(command) = &finding.command {
        output.line(format_args!("         $ {command}"))?;
    }
    Ok(())
}

/// The table of what each `--min-count` keeps; the one asked for is marked.
fn kept(output: &mut Output, found: &Diagnosis, min_count: u64) -> std::io::Result<()> {
    output.line("")?;
    output.line("--min-count keeps")?;
    let rows = found.kept.iter().map(|kept| {
        [
            format!("{}{}", kept.min_count, if kept.min_count == min_count { "*" } else { " " }),
            format!("{} words", grouped(kept.words)),
            percent(kept.words, found.words),
            format!("{} tokens", grouped(kept.tokens)),
            percent(kept.tokens, found.tokens),
        ]
    });
    output.text(&columns(">10 >17 >7 >21 >7", &rows.collect::<Vec<_>>()))
}

fn verdict(output: &mut Output, found: &Diagnosis) -> std::io::Result<()> {
    let of = |severity| {
        let same = |finding: &&Finding<Kind>| finding.severity == severity;
        found.findings.iter().filter(same).count() as u64
    };
    let [serious, warnings, notes] = [Severity::Serious, Severity::Warning, Severity::Note].map(of);
    output.line("")?;
    let serious = match serious {
        0 => "nothing serious".to_owned(),
        n => counted(n, "serious finding"),
    };
    output.line(format_args!(
        "{serious}, {}, {}",
        counted(warnings, "warning"),
        counted(notes, "note")
    ))
}
