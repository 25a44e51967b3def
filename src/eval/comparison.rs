//! Models and baselines side by side on the same items, and what may be said of them.
//!
//! In: for each table of vectors its [`Outcomes`] on each set. All tables must know the same words in
//! the same order ([`common_vocabulary`]), so that all are asked the same questions, with the same
//! candidates. Out: a [`Comparison`]: scores with intervals, and each row's paired difference from the
//! best baseline, a verdict.
//!
//! The best baseline of a set is the one with the highest score, chosen on the very items that the
//! test is made on: it is a little lucky, which makes "better" a little harder to earn than it says.
//! Each set is tested at the 95 % level by itself: of many rows and sets, one in twenty that differ in
//! nothing will seem to.

use super::{Bootstrap, Difference, Draws, Interval, Outcomes, SetKind, Verdict};
use crate::vectors::WordVectors;
use crate::vocab::{Vocab, WordId};
use serde::Serialize;

/// The words that every table knows, in the order of `first`; each table's ids of them.
///
/// ```
/// use w2v::{Vocab, WordVectors, eval::common_vocabulary};
/// let corpus = Vocab::new([("the", 9), ("cat", 5), ("dog", 4)]);
/// let model = Vocab::new([("dog", 3), ("the", 2), ("yeti", 1)]);
/// let model = WordVectors::new(model, 1, vec![1.0, 2.0, 3.0])?;
/// let common = common_vocabulary(&corpus, &[&model]);
/// assert_eq!(common.first.iter().map(|id| id.0).collect::<Vec<_>>(), [0, 2]);
/// assert_eq!(common.others[0].iter().map(|id| id.0).collect::<Vec<_>>(), [1, 0]);
/// # Ok::<(), w2v::Error>(())
/// ```
pub fn common_vocabulary(first: &Vocab, others: &[&WordVectors]) -> CommonWords {
    let mut common = CommonWords { first: Vec::new(), others: vec![Vec::new(); others.len()] };
    for (row, word) in first.words().enumerate() {
        let id = WordId(row as u32);
        let ids: Option<Vec<WordId>> = others.iter().map(|v| v.vocab().id(word)).collect();
        // A word that stands twice is found by its first row.
        if let Some(ids) = ids.filter(|_| first.id(word) == Some(id)) {
            common.first.push(id);
            common.others.iter_mut().zip(ids).for_each(|(to, id)| to.push(id));
        }
    }
    common
}

/// The ids that each table has for the words all share, see [`common_vocabulary`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonWords {
    /// In the vocabulary that gives the order.
    pub first: Vec<WordId>,
    /// In each of the other tables.
    pub others: Vec<Vec<WordId>>,
}

/// A set that all tables were asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedSet {
    /// A short name.
    pub name: String,
    /// What it asks, and so what the score is.
    pub kind: SetKind,
    /// Items asked.
    pub covered: usize,
    /// Items of the file.
    pub total: usize,
}

/// A table of vectors that was asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contender {
    /// A short name.
    pub name: String,
    /// Whether nobody trained it.
    pub baseline: bool,
    /// Number of dimensions, D.
    pub dim: usize,
    /// How the numbers are kept, see [`WordVectors::numbers`].
    pub numbers: &'static str,
    /// Numbers that are not zero; of a dense table all count.
    pub nonzeros: u64,
    /// Bytes of the table in memory, without the words.
    pub memory_bytes: u64,
    /// Bytes of its file, where it has one.
    pub disk_bytes: Option<u64>,
    /// Median seconds to find the ten nearest words of a word.
    pub query_seconds: f64,
}

/// What one table scored on one set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// Accuracy, Spearman's correlation or purity; none where it is not defined.
    pub score: Option<f64>,
    /// 95 % of resamples score within; none where there is no score.
    pub interval: Option<Interval>,
    /// This row less the best baseline; none for the best baseline itself, and where nothing was
    /// asked.
    pub against_baseline: Option<Difference>,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedRow {
    /// Who.
    #[serde(flatten)]
    pub contender: Contender,
    /// For each set in order.
    pub cells: Vec<Cell>,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Columns.
    pub sets: Vec<ComparedSet>,
    /// For each set the row of the best baseline; none without a baseline or without a score.
    pub best_baselines: Vec<Option<usize>>,
    /// Models and baselines, in the order given.
    pub rows: Vec<ComparedRow>,
    /// For each set the resamples of each row.
    #[serde(skip)]
    draws: Vec<Vec<Draws>>,
}

/// A model against factorised counts, see [`Comparison::on_little_text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnLittleText {
    /// The row of the model.
    pub model: usize,
    /// The row of the PPMI-SVD baseline.
    pub baseline: usize,
    /// Sets on which the model is better.
    pub better: usize,
    /// Sets on which it is worse.
    pub worse: usize,
}

/// Below so many tokens a text is little: factorised counts are then often as good as training.
const LITTLE: u64 = 2_000_000;

impl Comparison {
    /// Compares `contenders` by their outcomes, one for each of `sets` in order.
    ///
    /// # Panics
    /// Where a contender has not an outcome for each set, or two were not asked the same number of
    /// items.
    ///
    /// ```
    /// use w2v::eval::{Bootstrap, ComparedSet, Comparison, Contender, Outcomes, SetKind, Verdict};
    /// let contender = |name: &str, baseline| Contender {
    ///     name: name.into(), baseline, dim: 1, numbers: "f32", nonzeros: 1, memory_bytes: 4,
    ///     disk_bytes: None, query_seconds: 0.0,
    /// };
    /// let right = |of: usize| Outcomes::Credits((0..100).map(|i| f64::from(u8::from(i < of))).collect());
    /// let sets = vec![ComparedSet { name: "questions".into(), kind: SetKind::Analogies, covered: 100, total: 120 }];
    /// let rows = vec![
    ///     (contender("model", false), vec![right(60)]),
    ///     (contender("counts", true), vec![right(30)]),
    ///     (contender("one-hot", true), vec![right(0)]),
    /// ];
    /// let table = Comparison::new(sets, rows, &Bootstrap::default());
    /// assert_eq!(table.best_baselines, [Some(1)]);
    /// let difference = table.rows[0].cells[0].against_baseline.unwrap();
    /// assert_eq!(difference.verdict, Verdict::Better);
    /// assert!((difference.difference - 0.3).abs() < 1e-12);
    /// ```
    pub fn new(
        sets: Vec<ComparedSet>,
        contenders: Vec<(Contender, Vec<Outcomes>)>,
        bootstrap: &Bootstrap,
    ) -> Self {
        let (contenders, outcomes): (Vec<Contender>, Vec<Vec<Outcomes>>) =
            contenders.into_iter().unzip();
        let mut cells: Vec<Vec<Cell>> = vec![Vec::new(); contenders.len()];
        let mut best_baselines = Vec::with_capacity(sets.len());
        let mut all_draws = Vec::with_capacity(sets.len());
        for nth in 0..sets.len() {
            let column: Vec<&Outcomes> = outcomes.iter().map(|row| &row[nth]).collect();
            let scores: Vec<Option<f64>> = column.iter().map(|o| o.score()).collect();
            let draws = bootstrap.draw(&column);
            let best = best_baseline(&contenders, &scores);
            for (row, (cells, &score)) in cells.iter_mut().zip(&scores).enumerate() {
                let other = best.filter(|&best| best != row && score.is_some());
                cells.push(Cell {
                    score,
                    interval: score.and_then(|_| draws[row].interval()),
                    against_baseline: other.and_then(|best| draws[row].less(&draws[best])),
                });
            }
            best_baselines.push(best);
            all_draws.push(draws);
        }
        let rows = contenders.into_iter().zip(cells);
        let rows = rows.map(|(contender, cells)| ComparedRow { contender, cells });
        Comparison { sets, best_baselines, rows: rows.collect(), draws: all_draws }
    }

    /// The score of one row on a set less that of another, by number; none where either has no score.
    pub fn difference(&self, set: usize, row: usize, other: usize) -> Option<Difference> {
        let scores = [row, other].map(|row| self.rows[row].cells[set].score);
        let draws = &self.draws[set];
        match scores {
            [Some(_), Some(_)] => draws[row].less(&draws[other]),
            _ => None,
        }
    }

    /// On little text: each model held against the best PPMI-SVD baseline, by its mean score. Empty
    /// where `tokens` is 0 (unknown) or 2,000,000 and more, and without that baseline.
    pub fn on_little_text(&self, tokens: u64) -> Vec<OnLittleText> {
        let is_svd = |row: &&usize| {
            let contender = &self.rows[**row].contender;
            contender.baseline && contender.name.starts_with("PPMI-SVD")
        };
        let mean = |row: usize| {
            let cells = &self.rows[row].cells;
            let scores: Vec<f64> = cells.iter().filter_map(|cell| cell.score).collect();
            scores.iter().sum::<f64>() / scores.len().max(1) as f64
        };
        let rows: Vec<usize> = (0..self.rows.len()).collect();
        let best = rows.iter().filter(is_svd).max_by(|x, y| mean(**x).total_cmp(&mean(**y)));
        let (Some(&baseline), true) = (best, (1..LITTLE).contains(&tokens)) else {
            return Vec::new();
        };
        let models = rows.into_iter().filter(|row| !self.rows[*row].contender.baseline);
        models
            .map(|model| {
                let sets = 0..self.sets.len();
                let found = sets.filter_map(|set| self.difference(set, model, baseline));
                let [better, worse, _] = counts(found);
                OnLittleText { model, baseline, better, worse }
            })
            .collect()
    }

    /// How often row `row` is better, worse and neither than the best baseline.
    pub fn verdicts(&self, row: usize) -> [usize; 3] {
        counts(self.rows[row].cells.iter().filter_map(|cell| cell.against_baseline))
    }
}

/// How many are better, worse and neither.
fn counts(differences: impl Iterator<Item = Difference>) -> [usize; 3] {
    let mut counts = [0; 3];
    for difference in differences {
        counts[match difference.verdict {
            Verdict::Better => 0,
            Verdict::Worse => 1,
            Verdict::NotDistinguishable => 2,
        }] += 1;
    }
    counts
}

/// The baseline with the highest score; of equal ones the first.
fn best_baseline(contenders: &[Contender], scores: &[Option<f64>]) -> Option<usize> {
    let mut best: Option<(f64, usize)> = None;
    for (row, (contender, score)) in contenders.iter().zip(scores).enumerate() {
        if let Some(score) = score.filter(|_| contender.baseline)
            && best.is_none_or(|(highest, _)| score > highest)
        {
            best = Some((score, row));
        }
    }
    best.map(|(_, row)| row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contender(name: &str, baseline: bool) -> Contender {
        Contender {
            name: name.into(),
            baseline,
            dim: 2,
            numbers: "f32",
            nonzeros: 4,
            memory_bytes: 16,
            disk_bytes: None,
            query_seconds: 1e-3,
        }
    }

    fn pairs(cosines: Vec<f64>) -> Outcomes {
        Outcomes::Pairs { judged: (0..cosines.len()).map(|i| i as f64).collect(), cosines }
    }

    #[test]
    fn every_row_is_held_against_the_best_baseline_of_each_set() {
        let set =
            |name: &str, kind| ComparedSet { name: name.into(), kind, covered: 40, total: 50 };
        let rising = || pairs((0..40).map(f64::from).collect());
        let noisy = || pairs((0..40_u32).map(|i| f64::from(i * 17 % 40)).collect());
        let constant = || pairs(vec![0.0; 40]);
        let classes =
            |period: u32| Outcomes::Clusters((0..40).map(|i| (i % period, i % 4)).collect());
        let table = Comparison::new(
            vec![set("pairs", SetKind::Pairs), set("classes", SetKind::Categories)],
            vec![
                (contender("model", false), vec![rising(), classes(4)]),
                (contender("one-hot", true), vec![constant(), classes(1)]),
                (contender("PPMI-SVD p=1", true), vec![noisy(), classes(2)]),
            ],
            &Bootstrap::default(),
        );
        assert_eq!(table.best_baselines, [Some(2), Some(2)]);
        assert_eq!(table.verdicts(0), [2, 0, 0]);
        assert_eq!(table.difference(0, 0, 2), table.rows[0].cells[0].against_baseline);
        assert_eq!(table.difference(0, 0, 1), None);
        let against = |tokens| table.on_little_text(tokens);
        assert_eq!(against(9), [OnLittleText { model: 0, baseline: 2, better: 2, worse: 0 }]);
        assert_eq!((against(0), against(LITTLE)), (vec![], vec![]));
        // What is not defined has no interval and no verdict.
        let one_hot = &table.rows[1].cells;
        assert_eq!((one_hot[0].score, one_hot[0].interval), (None, None));
        assert!(one_hot[0].against_baseline.is_none());
        assert_eq!(one_hot[1].score, Some(0.25));
        assert!(table.rows[2].cells.iter().all(|cell| cell.against_baseline.is_none()));
        let json = serde_json::to_value(&table).unwrap();
        assert_eq!(json["rows"][0]["cells"][0]["against_baseline"]["verdict"], "better");
        assert_eq!(
            (&json["rows"][0]["name"], &json["sets"][1]["kind"]),
            (&"model".into(), &"categories".into())
        );
    }

    #[test]
    fn without_baselines_or_questions_there_is_no_verdict() {
        let set = ComparedSet { name: "none".into(), kind: SetKind::Odd, covered: 0, total: 8 };
        let nothing = || vec![Outcomes::Credits(vec![])];
        let rows =
            vec![(contender("model", false), nothing()), (contender("counts", true), nothing())];
        let table = Comparison::new(vec![set], rows, &Bootstrap::default());
        assert_eq!(table.best_baselines, [None]);
        assert_eq!(table.verdicts(0), [0, 0, 0]);
        assert_eq!(table.rows[0].cells[0].score, None);
    }
}
