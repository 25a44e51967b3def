//! A comparison for people, for pasting and for programs.

use super::analogy::Method;
use super::size::{grouped, show};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;
use w2v::eval::{
    Bootstrap, Cell, ComparedRow, ComparedSet, Comparison, Contender, Interval, SetKind, Verdict,
};

/// Below so many tokens the advice about little text is given.
const LITTLE: u64 = 2_000_000;

/// How to print.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Human,
    Markdown,
    Json,
}

/// A comparison, and what it was made with.
pub(super) struct Report {
    pub(super) comparison: Comparison,
    /// Of the text; 0 where unknown.
    pub(super) tokens: u64,
    /// That all know.
    pub(super) words: usize,
    /// Baselines that were left out, and why.
    pub(super) left_out: Vec<String>,
    pub(super) method: Method,
    pub(super) settings: Value,
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
            "tokens": (self.tokens > 0).then_some(self.tokens), "words": self.words,
            "method": format!("{:?}", w2v::vectors::AnalogyMethod::from(self.method)),
            "baselines": self.settings, "left_out": self.left_out, "advice": self.advice(),
            "bootstrap": { "resamples": self.bootstrap.resamples, "seed": self.bootstrap.seed },
            "sets": self.comparison.sets, "best_baselines": self.comparison.best_baselines,
            "rows": self.comparison.rows,
        });
        format!("{value}\n")
    }

    fn human(&self) -> String {
        let sets = &self.comparison.sets;
        let mut heads: Vec<Vec<String>> = vec![vec![String::new()]];
        heads.extend(sets.iter().map(|set| vec![set.name.clone(), what(set), coverage(set)]));
        let sizes = ["dimensions", "non-zeros", "memory", "file", "query"];
        heads.extend(sizes.map(|name| vec![name.to_owned()]));
        let mut table = vec![heads];
        for row in &self.comparison.rows {
            let mut cells = vec![vec![row.contender.name.clone()]];
            for ((nth, cell), set) in row.cells.iter().enumerate().zip(sets) {
                let mark = self.mark(row, nth);
                cells.push(vec![
                    format!("{mark} {}", score(set.kind, cell.score)),
                    interval(set.kind, cell),
                ]);
            }
            cells.extend(size_cells(&row.contender).map(|cell| vec![cell]));
            table.push(cells);
        }
        let mut text = laid_out(&table);
        text.push('\n');
        text.push_str(&self.legend());
        for line in self.verdicts() {
            text.push_str(&line);
            text.push('\n');
        }
        for line in self.advice() {
            text.push_str(&format!("\n{line}\n"));
        }
        text
    }

    fn markdown(&self) -> String {
        let sets = &self.comparison.sets;
        let mut heads = vec![String::new()];
        heads.extend(
            sets.iter().map(|set| format!("{}, {}, {}", set.name, what(set), coverage(set))),
        );
        heads.extend(["dimensions", "non-zeros", "memory", "file", "query"].map(str::to_owned));
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = line(&heads);
        text.push_str(&line(
            &(0..heads.len())
                .map(|i| if i == 0 { "---" } else { "--:" }.to_owned())
                .collect::<Vec<_>>(),
        ));
        for row in &self.comparison.rows {
            let mut cells = vec![row.contender.name.clone()];
            for ((nth, cell), set) in row.cells.iter().enumerate().zip(sets) {
                let (mark, score) = (self.mark(row, nth), score(set.kind, cell.score));
                let within = interval(set.kind, cell);
                let within = if within.is_empty() { within } else { format!(" ({within})") };
                cells.push(format!("{mark} {score}{within}").trim().to_owned());
            }
            cells.extend(size_cells(&row.contender));
            text.push_str(&line(&cells));
        }
        text.push('\n');
        text.push_str(&self.legend());
        for line in self.verdicts() {
            match line.strip_prefix("  ") {
                Some(item) => text.push_str(&format!("- {}\n", item.trim())),
                None => text.push_str(&format!("\n{line}\n\n")),
            }
        }
        for line in self.advice() {
            text.push_str(&format!("\n{line}\n"));
        }
        text
    }

    /// What a row is, held against the best baseline of set `nth`.
    fn mark(&self, row: &ComparedRow, nth: usize) -> char {
        match row.cells[nth].against_baseline.map(|d| d.verdict) {
            Some(Verdict::Better) => '+',
            Some(Verdict::Worse) => '-',
            Some(Verdict::NotDistinguishable) => '=',
            None => {
                let best =
                    self.comparison.best_baselines[nth].map(|best| &self.comparison.rows[best]);
                if best.is_some_and(|best| std::ptr::eq(best, row)) { '*' } else { ' ' }
            }
        }
    }

    fn legend(&self) -> String {
        let tokens = match self.tokens {
            0 => String::new(),
            tokens => format!(", baselines counted in {} tokens", grouped(tokens)),
        };
        format!(
            "{} words known to all{tokens}. Ranges: 95 % of {} bootstrap resamples, seed {}. * best \
             baseline; + better, - worse, = not distinguishable from it at the 95 % level, paired.\n",
            grouped(self.words as u64),
            grouped(self.bootstrap.resamples as u64),
            self.bootstrap.seed,
        )
    }

    /// Each model against the best baseline of each set.
    fn verdicts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let rows = &self.comparison.rows;
        for (nth, row) in rows.iter().enumerate().filter(|(_, row)| !row.contender.baseline) {
            let [better, worse, neither] = self.comparison.verdicts(nth);
            if better + worse + neither == 0 {
                continue;
            }
            lines.push(format!(
                "{} against the best baseline: better on {better}, worse on {worse}, not \
                 distinguishable on {neither}",
                row.contender.name
            ));
            let width = self.comparison.sets.iter().map(|set| set.name.width()).max().unwrap_or(0);
            for ((set, cell), best) in
                self.comparison.sets.iter().zip(&row.cells).zip(&self.comparison.best_baselines)
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
        let rows = &self.comparison.rows;
        let is_svd = |row: &ComparedRow| {
            row.contender.baseline && row.contender.name.starts_with("PPMI-SVD")
        };
        let mean = |row: &ComparedRow| {
            let scores: Vec<f64> = row.cells.iter().filter_map(|cell| cell.score).collect();
            scores.iter().sum::<f64>() / scores.len().max(1) as f64
        };
        let svds = (0..rows.len()).filter(|&row| is_svd(&rows[row]));
        let svd = svds.max_by(|&x, &y| mean(&rows[x]).total_cmp(&mean(&rows[y])));
        let (Some(svd), true) = (svd, (1..LITTLE).contains(&self.tokens)) else {
            return Vec::new();
        };
        let tokens = grouped(self.tokens);
        let sets = self.comparison.sets.len();
        let models = (0..rows.len()).filter(|&row| !rows[row].contender.baseline);
        models
            .map(|model| {
                let count = |verdict: Verdict| {
                    let found = (0..sets).filter_map(|set| self.comparison.difference(set, model, svd));
                    found.filter(|found| found.verdict == verdict).count()
                };
                let (ahead, behind) = (count(Verdict::Better), count(Verdict::Worse));
                let (name, other) = (&rows[model].contender.name, &rows[svd].contender.name);
                let start = format!("{tokens} tokens is little text (under 2,000,000).");
                if behind > ahead {
                    format!(
                        "{start} {other} is the better choice here: above {name} on {behind} of {sets} \
                         sets, below it on {ahead}."
                    )
                } else if ahead > behind {
                    format!(
                        "{start} {name} holds its own all the same: above {other} on {ahead} of {sets} \
                         sets, below it on {behind}."
                    )
                } else {
                    format!(
                        "{start} {other} is as good as {name} here (above it on {behind} of {sets} sets, \
                         below it on {ahead}), and needs no training."
                    )
                }
            })
            .collect()
    }
}

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

/// Cells of several lines each in columns, the first to the left, the others to the right.
fn laid_out(table: &[Vec<Vec<String>>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = table.iter().filter_map(|row| row.get(column));
            cells.flatten().map(|line| line.width()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in table {
        let height = row.iter().map(Vec::len).max().unwrap_or(0);
        for nth in 0..height {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let content = cell.get(nth).map_or("", String::as_str);
                let pad = " ".repeat(width - content.width());
                let (left, right) =
                    if column == 0 { ("", pad.as_str()) } else { (pad.as_str(), "") };
                line.push_str(&format!("{left}{content}{right}  "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}
