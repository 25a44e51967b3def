//! `w2v train --continue` and `--init`: warm starts, and how far words moved.

use super::output::note_changes;
use super::progress::Progress;
use super::questions::reading;
use super::size::{counted, grouped};
use anyhow::Context;
use serde_json::Value;
use std::path::PathBuf;
use w2v::Threads;
use w2v::formats::{FileRoles, ReadOptions};
use w2v::session::{Begin, DriftReport, DriftedWord};
use w2v::train::Hold;

/// The flags of a warm start.
#[derive(clap::Args)]
pub(super) struct GrowArgs {
    /// Go on with a skip-gram model on other text: its words keep their rows and ids, new words join
    /// them. Dimensions, tokenizer, window, negatives and the like are the model's where no flag says
    /// otherwise
    #[arg(
        long = "continue",
        value_name = "MODEL",
        conflicts_with = "init",
        help_heading = "Growing"
    )]
    continue_from: Option<PathBuf>,

    /// Begin with the vectors of a file of any format, for words that it has too, spelt the same
    #[arg(long, value_name = "VECTORS", help_heading = "Growing")]
    init: Option<PathBuf>,

    /// Rows of words that were there before stay as they are, to the bit
    #[arg(long, conflicts_with = "anchor", help_heading = "Growing")]
    freeze: bool,

    /// Pull rows of words that were there before back to where they were; 0 is free, 1 holds loosely,
    /// 10 firmly
    #[arg(long, value_name = "STRENGTH", help_heading = "Growing")]
    anchor: Option<f32>,

    /// Write how far each word moved: tab-separated lines, or JSON where the name ends in .json
    #[arg(long, value_name = "FILE", help_heading = "Growing")]
    drift_report: Option<PathBuf>,
}

impl GrowArgs {
    pub(super) fn hold(&self) -> Hold {
        match (self.freeze, self.anchor) {
            (true, _) => Hold::Frozen,
            (false, Some(strength)) => Hold::Anchored(strength),
            (false, None) => Hold::Free,
        }
    }

    /// Registers the files of --continue and --init as inputs.
    pub(super) fn inputs(&self, files: &mut FileRoles) {
        if let Some(path) = &self.continue_from {
            files.input("--continue", path);
        }
        if let Some(path) = &self.init {
            files.vectors("--init", path, &reading());
        }
    }

    /// Reads what training begins with; refuses what cannot be begun with, and a report that cannot
    /// be written.
    pub(super) fn begin(
        &self,
        files: &mut FileRoles,
        force: bool,
        threads: &Threads,
    ) -> anyhow::Result<Option<Begin>> {
        self.hold().check()?;
        if let Some(path) = &self.drift_report {
            let what = "a drift report";
            files.side_output("--drift-report", path, force, what, DriftReport::is_one)?;
        }
        let options = ReadOptions { threads: threads.clone(), ..reading() };
        Ok(match (&self.continue_from, &self.init) {
            (Some(path), _) => Some(Begin::model(path, &options)?),
            (None, Some(path)) => {
                let (begin, report) = Begin::vectors(path, &options)?;
                note_changes(&format!("{}: ", path.display()), &report);
                Some(begin)
            }
            (None, None) => None,
        })
    }

    /// Says what became of the words that were there before, and writes it where that was asked for.
    pub(super) fn report(&self, report: &DriftReport, progress: &Progress) -> anyhow::Result<()> {
        say(progress, report);
        let moved = report.words.iter().zip(&report.neighbors_kept_of);
        for (word, kept) in moved.clone().filter(|(word, _)| word.moved.cosine < 1.0) {
            let kept = kept
                .map_or(String::new(), |k| format!(", {:.0} of 10 neighbours stayed", 10.0 * k));
            progress.say(&format!(
                "  {}: cosine {:.3}, {} here, {} before{kept}",
                word.word,
                word.moved.cosine,
                counted(word.moved.count, "time"),
                grouped(word.count_before),
            ));
        }
        let mut event = report.summary();
        event["event"] = "drift".into();
        event["moved_most"] = moved.map(|(word, _)| word.to_json()).collect::<Value>();
        progress.json(event);
        let Some(path) = &self.drift_report else {
            return Ok(());
        };
        report.write(path).context("the model was written, the drift report was not")?;
        let words = counted(report.words.len() as u64, "word");
        progress.say(&format!("wrote {}: {words}", path.display()));
        Ok(())
    }
}

fn say(progress: &Progress, report: &DriftReport) {
    let Some([median, tenth, _]) = report.cosine else {
        return progress.say("drift: no word of before occurs in the text; none moved");
    };
    let kept = report.neighbors_kept.map_or(String::new(), |(kept, sampled)| {
        let words = counted(sampled as u64, "word");
        format!("; {:.0} % of the 10 nearest stayed (of {words})", 100.0 * kept)
    });
    let compared = report.words.len();
    let others = match report.words_before - compared {
        0 => String::new(),
        n => format!(", {} do not occur and stay where they were", grouped(n as u64)),
    };
    progress.say(&format!(
        "drift: {} of before occur in the text{others}; cosine of before and after: median {median:.3}, \
         a tenth below {tenth:.3}{kept}",
        counted(compared as u64, "word"),
    ));
    if report.zero_vectors > 0 {
        let words = counted(report.zero_vectors as u64, "word");
        progress.say(&format!(
            "drift: the vector of {words} was or is zero, which counts as a cosine of 0"
        ));
    }
    let stayed = |word: &DriftedWord| word.moved.cosine == 1.0;
    let all_stayed = report.words.iter().all(stayed);
    progress.say(if all_stayed { "no word moved" } else { "those that moved most:" });
}
