//! A comparison for people, for pasting and for programs.

use super::size::{grouped, show};
use serde_json::json;
use std::cmp::Ordering;
use unicode_width::UnicodeWidthStr;
use w2v::eval::{
    Bootstrap, Cell, ComparedRow, ComparedSet, Contender, Interval, OnLittleText, SetKind, Verdict,
};
use w2v::report::columns;
use w2v::session::Compared;
use w2v::vectors::AnalogyMethod;

/// How to print.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Human,
    Markdown,
    Json,
}

/// A comparison, and what it was made with.
pub(super) struct Report {
    pub(super) compared: Compared,
    pub(super) method: AnalogyMethod,
    pub(super) bootstrap: Bootstrap,
}

impl Report {
    pub(super) fn text(&self, style: Style) -> String {
        match style {
            Style::Human => self.human(),
            Style::Markdown => self.markdown(),
            Style::Json => self.json(),
        }
    }

    fn json(&self) -> String {
        let value = json!({
            "tokens": (self.compared.tokens > 0).then_some(self.compared.tokens), "words": self.compared.words,
            "method": format!("{:?}", self.method),
            "baselines": self.compared.baselines, "left_out": self.compared.left_out, "advice": self.advice(),
            "bootstrap": { "resamples": self.bootstrap.resamples, "seed": self.bootstrap.seed },
            "sets": self.compared.comparison.sets, "best_baselines": self.compared.comparison.best_baselines,
            "rows": self.compared.comparison.rows,
        });
        format!("{value}\n")
    }

    fn human(&self) -> String {
        let sets = &self.compared.comparison.sets;
        let mut heads: Vec<Vec<String>> = vec![vec![String::new()]];
        heads.extend(sets.iter().map(|set| vec![set.name.clone(), what(set), coverage(set)]));
        heads.extend(SIZES.map(|name| vec![name.to_owned()]));
        let mut table = vec![heads];
        for row in &self.compared.comparison.rows {
            let mut cells = vec![vec![row.contender.name.clone()]];
            cells.extend(self.scores(row).map(Vec::from));
            cells.extend(size_cells(&row.contender).map(|cell| vec![cell]));
            table.push(cells);
        }
        // A cell has one to three lines.
        let lines = table.iter().flat_map(|row| {
            let height = row.iter().map(Vec::len).max().unwrap_or(0);
            let line = |nth| row.iter().map(move |cell| cell.get(nth).cloned().unwrap_or_default());
            (0..height).map(move |nth| line(nth).collect::<Vec<_>>())
        });
        let mut text = columns("< >", &lines.collect::<Vec<_>>());
        text.push_str(&format!("\n{}", self.legend()));
        text.extend(self.verdicts().iter().map(|line| format!("{line}\n")));
        text.extend(self.advice().iter().map(|line| format!("\n{line}\n")));
        text
    }

    fn markdown(&self) -> String {
        let sets = &self.compared.comparison.sets;
        let mut heads = vec![String::new()];
        heads.extend(
            sets.iter().map(|set| format!("{}, {}, {}", set.name, what(set), coverage(set))),
        );
        heads.extend(SIZES.map(str::to_owned));
        let mut rules = vec!["--:".to_owned(); heads.len()];
        rules[0] = "---".to_owned();
        let mut table = vec![heads, rules];
        for row in &self.compared.comparison.rows {
            let mut cells = vec![row.contender.name.clone()];
            cells.extend(self.scores(row).map(|[score, within]| match within.is_empty() {
                true => score.trim().to_owned(),
                false => format!("{score} ({within})").trim().to_owned(),
            }));
            cells.extend(size_cells(&row.contender));
            table.push(cells);
        }
        let line = |cells: &Vec<String>| {
            format!("| {} |\n", cells.join("\0").replace('|', "\\|").replace('\0', " | "))
        };
        let mut text: String = table.iter().map(line).collect();
        text.push_str(&format!("\n{}", self.legend()));
        text.extend(self.verdicts().iter().map(|line| match line.strip_prefix("  ") {
            Some(item) => format!("- {}\n", item.trim()),
            None => format!("\n{line}\n\n"),
        }));
        text.extend(self.advice().iter().map(|line| format!("\n{line}\n")));
        text
    }

    /// The score of a row on each set with its mark, and the interval.
    fn scores(&self, row: &ComparedRow) -> impl Iterator<Item = [String; 2]> {
        let cells = row.cells.iter().enumerate().zip(&self.compared.comparison.sets);
        cells.map(move |((nth, cell), set)| {
            let score = format!("{} {}", self.mark(row, nth), score(set.kind, cell.score));
            [score, interval(set.kind, cell)]
        })
    }

    /// What a row is, held against the best baseline of set `nth`.
    fn mark(&self, row: &ComparedRow, nth: usize) -> char {
        match row.cells[nth].against_baseline.map(|d| d.verdict) {
            Some(Verdict::Better) => '+',
            Some(Verdict::Worse) => '-',
            Some(Verdict::NotDistinguishable) => '=',
            None => {
                let best = self.compared.comparison.best_baselines[nth]
                    .map(|best| &self.compared.comparison.rows[best]);
                if best.is_some_and(|best| std::ptr::eq(best, row)) { '*' } else { ' ' }
            }
        }
    }

    fn legend(&self) -> String {
        let tokens = match self.compared.tokens {
            0 => String::new(),
            tokens => format!(", baselines counted in {} tokens", grouped(tokens)),
        };
        format!(
            "{} words known to all{tokens}. Ranges: 95 % of {} bootstrap resamples, seed {}. * best \
             baseline; + better, - worse, = not distinguishable from it at the 95 % level, paired.\n",
            grouped(self.compared.words as u64),
            grouped(self.bootstrap.resamples as u64),
            self.bootstrap.seed,
        )
    }

    /// Each model against the best baseline of each set.
    fn verdicts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let rows = &self.compared.comparison.rows;
        for (nth, row) in rows.iter().enumerate().filter(|(_, row)| !row.contender.baseline) {
            let [better, worse, neither] = self.compared.comparison.verdicts(nth);
            if better + worse + neither == 0 {
                continue;
            }
            lines.push(format!(
                "{} against the best baseline: better on {better}, worse on {worse}, not \
                 distinguishable on {neither}",
                row.contender.name
            ));
            let width =
                self.compared.comparison.sets.iter().map(|set| set.name.width()).max().unwrap_or(0);
            for ((set, cell), best) in self
                .compared
                .comparison
                .sets
                .iter()
                .zip(&row.cells)
                .zip(&self.compared.comparison.best_baselines)
            {
                let (Some(found), Some(best)) = (cell.against_baseline, best) else {
                    continue;
                };
                let (verdict, than) = match found.verdict {
                    Verdict::Better => ("better", "than"),
                    Verdict::Worse => ("worse", "than"),
                    Verdict::NotDistinguishable => ("not distinguishable", "from"),
                };
                let pad = " ".repeat(width - set.name.width());
                let Interval { low, high } = found.interval;
                lines.push(format!(
                    "  {}{pad}  {verdict} {than} {}: {} ({} to {}), p {}",
                    set.name,
                    rows[*best].contender.name,
                    signed(set.kind, found.difference, " points"),
                    signed(set.kind, low, ""),
                    signed(set.kind, high, ""),
                    probability(found.p),
                ));
            }
        }
        lines
    }

    /// With little text: whether factorised counts are the better choice than each model.
    fn advice(&self) -> Vec<String> {
        let (rows, sets) = (&self.compared.comparison.rows, self.compared.comparison.sets.len());
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
            let tokens = grouped(self.compared.tokens);
            format!("{tokens} tokens is little text (under 2,000,000). {verdict}")
        };
        self.compared
            .comparison
            .on_little_text(self.compared.tokens)
            .into_iter()
            .map(advise)
            .collect()
    }
}

/// The last columns.
const SIZES: [&str; 5] = ["dimensions", "non-zeros", "memory", "file", "query"];

fn size_cells(contender: &Contender) -> [String; 5] {
    let query = contender.query_seconds * 1e3;
    [
        grouped(contender.dim as u64),
        grouped(contender.nonzeros),
        show(contender.memory_bytes),
        contender.disk_bytes.map_or("–".to_owned(), show),
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

fn interval(kind: SetKind, cell: &Cell) -> String {
    let ends = |Interval { low, high }| match is_share(kind) {
        true => format!("{:.1}–{:.1}", 100.0 * low, 100.0 * high),
        false => format!("{low:.3}–{high:.3}"),
    };
    cell.interval.map_or(String::new(), ends)
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
