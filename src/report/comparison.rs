//! A comparison for people, for pasting and for programs.

use super::layout::columns;
use super::numbers::{grouped, size};
use crate::eval::{
    Cell, ComparedRow, ComparedSet, Contender, Interval, OnLittleText, SetKind, Verdict,
};
use crate::session::{Compared, LeftOut};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// Models beside baselines: a table, what the marks mean, which model is better than the best baseline, and advice for
/// little text; in Markdown where it is to be pasted.
pub fn comparison(compared: &Compared, markdown: bool) -> String {
    let report = Report(compared);
    let mut text = if markdown { report.markdown() } else { report.human() };
    text += &format!("\n{}", report.legend());
    for line in report.verdicts() {
        text += &match line.strip_prefix("  ").filter(|_| markdown) {
            Some(item) => format!("- {}\n", item.trim()),
            None if markdown => format!("\n{line}\n\n"),
            None => format!("{line}\n"),
        };
    }
    text.extend(report.advice().iter().map(|line| format!("\n{line}\n")));
    text
}

/// The same as JSON, with all numbers.
pub fn comparison_json(compared: &Compared) -> Value {
    let Compared { comparison, tokens, words, method, bootstrap, .. } = compared;
    json!({
        "tokens": (*tokens > 0).then_some(tokens), "words": words,
        "method": format!("{method:?}"), "baselines": compared.baselines,
        "left_out": compared.left_out.iter().map(left_out).collect::<Vec<_>>(),
        "advice": Report(compared).advice(),
        "bootstrap": { "resamples": bootstrap.resamples, "seed": bootstrap.seed },
        "sets": comparison.sets, "best_baselines": comparison.best_baselines,
        "rows": comparison.rows,
    })
}

/// Why a baseline is left out.
pub fn left_out(why: &LeftOut) -> String {
    match why {
        LeftOut::Memory { what, needed, allowed } => format!(
            "{what}: {} of memory, more than the {} allowed; raise `max_memory` or `min_count`, or lower \
             `max_vocab` or `window`",
            size(*needed),
            size(*allowed)
        ),
        LeftOut::ByChance => {
            "PPMI-SVD: no word stands beside another more often than by chance".to_owned()
        }
    }
}

struct Report<'a>(&'a Compared);

impl Report<'_> {
    /// Rows of cells, each of one to three lines, the heads first.
    fn table(&self) -> Vec<Vec<Vec<String>>> {
        let sets = &self.0.comparison.sets;
        let single = |cell: String| vec![cell];
        let heads = sets.iter().map(|set| vec![set.name.clone(), what(set), coverage(set)]);
        let sizes = ["dimensions", "non-zeros", "memory", "file", "query"];
        let sizes = sizes.map(|name| single(name.to_owned()));
        let mut table =
            vec![[single(String::new())].into_iter().chain(heads).chain(sizes).collect()];
        for row in &self.0.comparison.rows {
            let cells = row.cells.iter().enumerate().zip(sets).map(|((nth, cell), set)| {
                let score = format!("{} {}", self.mark(row, nth), score(set.kind, cell.score));
                [score].into_iter().chain(interval(set.kind, cell)).collect()
            });
            let name = single(row.contender.name.clone());
            let sizes = size_cells(&row.contender).map(single);
            table.push([name].into_iter().chain(cells).chain(sizes).collect());
        }
        table
    }

    fn human(&self) -> String {
        let table = self.table();
        let lines = table.iter().flat_map(|row| {
            let height = row.iter().map(Vec::len).max().unwrap_or(0);
            let line = |nth| row.iter().map(move |cell| cell.get(nth).cloned().unwrap_or_default());
            (0..height).map(move |nth| line(nth).collect::<Vec<_>>())
        });
        columns("< >", &lines.collect::<Vec<_>>())
    }

    fn markdown(&self) -> String {
        let cell = |lines: &Vec<String>| match &lines[..] {
            [score, within] => format!("{score} ({within})"),
            lines => lines.join(", "),
        };
        let line = |row: Vec<String>| format!("| {} |\n", row.join(" | "));
        let mut rows = self.table().into_iter().map(|row| {
            line(row.iter().map(|lines| cell(lines).trim().replace('|', "\\|")).collect())
        });
        let heads = rows.next().unwrap_or_default();
        let columns = self.0.comparison.sets.len() + 5;
        let rules = line([vec!["---".to_owned()], vec!["--:".to_owned(); columns]].concat());
        [heads, rules].into_iter().chain(rows).collect()
    }

    /// What a row is, held against the best baseline of set `nth`.
    fn mark(&self, row: &ComparedRow, nth: usize) -> char {
        match row.cells[nth].against_baseline.map(|d| d.verdict) {
            Some(Verdict::Better) => '+',
            Some(Verdict::Worse) => '-',
            Some(Verdict::NotDistinguishable) => '=',
            None => {
                let best =
                    self.0.comparison.best_baselines[nth].map(|best| &self.0.comparison.rows[best]);
                if best.is_some_and(|best| std::ptr::eq(best, row)) { '*' } else { ' ' }
            }
        }
    }

    fn legend(&self) -> String {
        let tokens = match self.0.tokens {
            0 => String::new(),
            tokens => format!(", baselines counted in {} tokens", grouped(tokens)),
        };
        format!(
            "{} words known to all{tokens}. Ranges: 95 % intervals. * best baseline; + better, - worse, = not \
             distinguishable from it at the 95 % level, paired by {} bootstrap resamples, seed {}.\n",
            grouped(self.0.words as u64),
            grouped(self.0.bootstrap.resamples as u64),
            self.0.bootstrap.seed,
        )
    }

    /// Each model against the best baseline of each set.
    fn verdicts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let rows = &self.0.comparison.rows;
        for (nth, row) in rows.iter().enumerate().filter(|(_, row)| !row.contender.baseline) {
            let [better, worse, neither] = self.0.comparison.verdicts(nth);
            if better + worse + neither == 0 {
                continue;
            }
            lines.push(format!(
                "{} against the best baseline: better on {better}, worse on {worse}, not \
                 distinguishable on {neither}",
                row.contender.name
            ));
            let sets = self.0.comparison.sets.iter().zip(&row.cells);
            let found =
                sets.zip(&self.0.comparison.best_baselines).filter_map(|((set, cell), best)| {
                    let (found, kind) = (cell.against_baseline?, set.kind);
                    let best = &rows[(*best)?].contender.name;
                    let verdict = match found.verdict {
                        Verdict::Better => "better than",
                        Verdict::Worse => "worse than",
                        Verdict::NotDistinguishable => "not distinguishable from",
                    };
                    let difference = signed(kind, found.difference, " points");
                    let [low, high] =
                        [found.interval.low, found.interval.high].map(|x| signed(kind, x, ""));
                    let p = probability(found.p);
                    let line = format!("{verdict} {best}: {difference} ({low} to {high}), p {p}");
                    Some([set.name.clone(), line])
                });
            let table = columns("<", &found.collect::<Vec<_>>());
            lines.extend(table.lines().map(|line| format!("  {line}")));
        }
        lines
    }

    /// With little text: whether factorised counts are the better choice than each model.
    fn advice(&self) -> Vec<String> {
        let (rows, sets) = (&self.0.comparison.rows, self.0.comparison.sets.len());
        let advise = |found: OnLittleText| {
            let [name, other] = [found.model, found.baseline].map(|row| &rows[row].contender.name);
            let (ahead, behind) = (found.better, found.worse);
            let verdict = match behind.cmp(&ahead) {
                Ordering::Greater => format!(
                    "{other} is the better choice here: above {name} on {behind} of {sets} sets, below \
                     it on {ahead}."
                ),
                Ordering::Less => format!(
                    "{name} holds its own all the same: above {other} on {ahead} of {sets} sets, below \
                     it on {behind}."
                ),
                Ordering::Equal => format!(
                    "{other} is as good as {name} here (above it on {behind} of {sets} sets, below it on \
                     {ahead}), and needs no training."
                ),
            };
            let tokens = grouped(self.0.tokens);
            format!("{tokens} tokens is little text (under 2,000,000). {verdict}")
        };
        self.0.comparison.on_little_text(self.0.tokens).into_iter().map(advise).collect()
    }
}

fn size_cells(contender: &Contender) -> [String; 5] {
    let query = contender.query_seconds * 1e3;
    [
        grouped(contender.dim as u64),
        grouped(contender.nonzeros),
        size(contender.memory_bytes),
        contender.disk_bytes.map_or("–".to_owned(), size),
        format!("{query:.2} ms"),
    ]
}

/// What the score is.
fn what(set: &ComparedSet) -> String {
    match set.kind {
        SetKind::Analogies | SetKind::Odd => "accuracy",
        SetKind::Pairs => "Spearman",
        SetKind::Categories => "purity",
    }
    .to_owned()
}

fn coverage(set: &ComparedSet) -> String {
    format!("{} of {}", grouped(set.covered as u64), grouped(set.total as u64))
}

fn is_share(kind: SetKind) -> bool {
    matches!(kind, SetKind::Analogies | SetKind::Odd)
}

fn score(kind: SetKind, score: Option<f64>) -> String {
    match score {
        None => "–".to_owned(),
        Some(score) if is_share(kind) => format!("{:.1} %", 100.0 * score),
        Some(score) => format!("{score:.3}"),
    }
}

fn interval(kind: SetKind, cell: &Cell) -> Option<String> {
    let ends = |Interval { low, high }| match is_share(kind) {
        true => format!("{:.1}–{:.1}", 100.0 * low, 100.0 * high),
        false => format!("{low:.3}–{high:.3}"),
    };
    cell.interval.map(ends)
}

/// A difference, in points of a hundred for shares; `unit` is theirs.
fn signed(kind: SetKind, difference: f64, unit: &str) -> String {
    match is_share(kind) {
        true => format!("{:+.1}{unit}", 100.0 * difference),
        false => format!("{difference:+.3}"),
    }
}

fn probability(p: f64) -> String {
    if p < 0.001 { "< .001".to_owned() } else { format!("{p:.3}") }
}
