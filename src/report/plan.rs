//! A plan for people: in a line, and in full.

use super::layout::Lines;
use super::numbers::{counted, grouped, size};
use crate::plan::{Available, Coverage, Estimate, Plan};
use crate::session::Run;
use std::path::{Path, PathBuf};

/// A plan in one line.
pub fn plan_in_short(plan: &Plan) -> String {
    let about = if plan.exact { "" } else { "about " };
    let mut parts = vec![
        format!("{about}{}", counted(rough(plan.tokens), "token")),
        format!("{}{}", counted(rough(plan.words), "word"), range_of(plan.words)),
    ];
    if plan.cells.value > 0.0 {
        parts.push(format!("{}{}", counted(rough(plan.cells), "pair"), range_of(plan.cells)));
    }
    parts.push(format!("{} of memory", size(plan.memory.value.peak as u64)));
    if plan.disk.value.temporary > 0.0 {
        parts.push(format!("{} of temporary files", size(plan.disk.value.temporary as u64)));
    }
    parts.push(format!("a model of {}", size(plan.disk.value.output as u64)));
    if let Some(time) = &plan.time {
        parts.push(format!("about {}", duration(time.total.value)));
    }
    parts.join(", ")
}

/// Three digits of what is a guess, all of what is not.
fn rough(number: Estimate) -> u64 {
    if number.is_exact() {
        return number.rounded();
    }
    let unit = 10f64.powf((number.value.max(1.0).log10() - 2.0).floor().max(0.0));
    ((number.value / unit).round() * unit) as u64
}

fn range_of(number: Estimate) -> String {
    match number.is_exact() {
        true => String::new(),
        false => format!(" (± {:.0} %)", (100.0 * number.share()).max(1.0)),
    }
}

fn number(number: Estimate) -> String {
    match number.is_exact() {
        true => grouped(number.rounded()),
        false => format!("about {}{}", grouped(rough(number)), range_of(number)),
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), s % 60.0),
        s if s < 172_800.0 => {
            format!("{:.0} h {:02.0} min", (s / 3600.0).floor(), s % 3600.0 / 60.0)
        }
        s => format!("{:.1} days", s / 86_400.0),
    }
}

/// A plan in full: beside what there is on the machine, and how much of evaluation sets it will cover.
pub fn plan(
    plan: &Plan,
    run: &Run,
    available: &Available,
    coverage: &[(PathBuf, Coverage)],
) -> String {
    let show = size;
    let size = |bytes: f64| show(bytes as u64);
    let mut output = Lines::default();
    let source = match (plan.exact, plan.compression) {
        (true, _) => "counted whole: all numbers of the text are exact".to_owned(),
        (false, None) => format!("estimated from {} of it", show(plan.sampled_bytes)),
        (false, Some(ratio)) => format!(
            "estimated from {} of it, of compressed files their beginnings, {ratio:.2} times as long \
             unpacked",
            show(plan.sampled_bytes)
        ),
    };
    let files = counted(plan.files as u64, "file");
    output.field("text", format_args!("{} in {files}; {source}", size(plan.bytes.value)));
    output.field("tokens", number(plan.tokens));
    output.field("words", format_args!("{} different ones", number(plan.types)));
    let limits = match plan.words.value < plan.types.value {
        true => {
            format!(", {} of the tokens", percent(plan.encoded.value / plan.tokens.value.max(1.0)))
        }
        false => String::new(),
    };
    output.field("vocabulary", format_args!("{}{limits}", number(plan.words)));
    let sizes = plan.growth.iter().map(|at| {
        let words = Estimate::within(at.words, 0.01);
        format!("{} {}", fraction(at.share), grouped(rough(words)))
    });
    let sizes: Vec<String> = sizes.collect();
    output.field("its growth", sizes.join(", "));
    if plan.cells.value > 0.0 {
        output.field("pairs", number(plan.cells));
    }
    let (memory, low, high) = (&plan.memory.value, &plan.memory.low, &plan.memory.high);
    let mut of = vec![format!("{} matrices", size(memory.matrices))];
    for (bytes, what) in [
        (memory.ids, "the text as numbers"),
        (memory.pairs, "pairs"),
        (memory.vocabulary, "words"),
        (memory.buffers, "buffers"),
    ] {
        if bytes > 0.0 {
            of.push(format!("{} {what}", size(bytes)));
        }
    }
    let there = match available.memory {
        Some(bytes) => format!("; {} there", show(bytes)),
        None => String::new(),
    };
    output.field(
        "memory",
        format_args!(
            "{} at the peak ({} to {}): {}{there}",
            size(memory.peak),
            size(low.peak),
            size(high.peak),
            of.join(", ")
        ),
    );
    let free = |bytes: Option<u64>| bytes.map_or(String::new(), |b| format!("; {} free", show(b)));
    let disk = &plan.disk.value;
    if disk.temporary > 0.0 {
        let folder = run.resources.temp_dir.clone().unwrap_or_default();
        output.field(
            "temporary",
            format_args!(
                "{} in {}{}",
                size(disk.temporary),
                folder.display(),
                free(available.temporary)
            ),
        );
    }
    output.field(
        "output",
        format_args!(
            "{}: {}{}",
            run.output.as_deref().unwrap_or(Path::new("-")).display(),
            size(disk.output),
            free(available.output)
        ),
    );
    match &plan.time {
        Some(time) => {
            let mut of = vec![format!("reading {}", duration(time.reading))];
            if time.counting > 0.0 {
                of.push(format!("counting pairs {}", duration(time.counting)));
            }
            let what = if time.counting > 0.0 { "pairs" } else { "words" };
            of.push(format!(
                "training {} at {:.0} k {what}/s",
                duration(time.training),
                time.rate / 1e3
            ));
            output.field(
                "time",
                format_args!(
                    "{} ({} to {}) with {}: {}",
                    duration(time.total.value),
                    duration(time.total.low),
                    duration(time.total.high),
                    counted(run.resources.threads.count() as u64, "thread"),
                    of.join(", ")
                ),
            );
            let [had, all] = time.cores;
            let busy = match had < 0.75 * all {
                true => format!(
                    "; the machine is busy: {had:.1} of {all:.0} cores were to be had, for which the time \
                     above is meant; {} on a quiet one",
                    duration(time.processor / all)
                ),
                false => String::new(),
            };
            output.field("processor", format_args!("{}{busy}", duration(time.processor)));
        }
        None => output.field("time", "unknown: nothing could be tried out"),
    }
    for (path, coverage) in coverage {
        let least = if coverage.exact { "" } else { "at least " };
        output.field(
            "coverage",
            format_args!(
                "{}: {least}{} of {}",
                path.display(),
                grouped(coverage.covered as u64),
                counted(coverage.total as u64, "item")
            ),
        );
    }
    output.into_text()
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn fraction(share: f64) -> String {
    match share {
        0.125 => "⅛ of the text".to_owned(),
        0.25 => "¼ of it".to_owned(),
        0.5 => "½ of it".to_owned(),
        1.0 => "all of it".to_owned(),
        times => format!("{times:.0} times as much"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_have_three_digits() {
        assert_eq!(rough(Estimate::within(130_677.0, 0.1)), 131_000);
        assert_eq!(rough(Estimate::within(57_697_828.0, 0.1)), 57_700_000);
        assert_eq!(rough(Estimate::within(12.4, 0.1)), 12);
        assert_eq!(rough(Estimate::exact(130_677.0)), 130_677);
    }

    #[test]
    fn times_for_people() {
        let shown = [0.04, 9.0, 61.0, 754.0, 7300.0, 4e5].map(duration);
        assert_eq!(shown, ["0.0 s", "9.0 s", "61 s", "12 min 34 s", "2 h 02 min", "4.6 days"]);
    }

    #[test]
    fn shares_for_people() {
        assert_eq!(
            [0.125, 0.25, 0.5, 1.0, 4.0].map(fraction),
            ["⅛ of the text", "¼ of it", "½ of it", "all of it", "4 times as much"]
        );
    }
}
