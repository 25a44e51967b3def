//! Models beside baselines that are counted in their text, on the same evaluation sets and the words that all know.

use super::baselines::{Baselines, CountedIn};
use super::event::{Event, LeftOut, OnEvent};
use super::resources::Resources;
use crate::error::{Error, Result};
use crate::eval::{
    Bootstrap, ComparedSet, Comparison, Contender, EvalOptions, EvalSet, Outcomes,
    common_vocabulary,
};
use crate::vectors::{AnalogyMethod, Query, WordVectors};
use crate::vocab::WordId;
use serde_json::Value;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Words whose neighbours are timed.
const TIMED: usize = 15;

/// Dimensions of dense baselines where there is no model to take them from.
const DIM: usize = 100;

/// A comparison to be made.
#[derive(Debug)]
pub struct Compare {
    /// The models.
    pub models: Vec<ComparedModel>,
    /// What the baselines are counted in.
    pub counted_in: CountedIn,
    /// The baselines.
    pub baselines: Baselines,
    /// Evaluation sets, each with a short name.
    pub sets: Vec<(String, EvalSet)>,
    /// The score that analogies maximise.
    pub method: AnalogyMethod,
    /// Which words are asked.
    pub options: EvalOptions,
    /// Intervals and tests.
    pub bootstrap: Bootstrap,
    /// What it may use; baselines that need more memory are left out.
    pub resources: Resources,
}

/// Vectors that take part in a comparison.
#[derive(Debug)]
pub struct ComparedModel {
    /// A short name.
    pub name: String,
    /// The vectors.
    pub vectors: WordVectors,
    /// Bytes of their file, where they have one.
    pub disk_bytes: Option<u64>,
}

/// What came out of a comparison.
#[derive(Debug)]
pub struct Compared {
    /// The table.
    pub comparison: Comparison,
    /// Tokens of the text; 0 where they are not known.
    pub tokens: u64,
    /// Words that all know.
    pub words: usize,
    /// Items of all sets that were asked.
    pub covered: usize,
    /// Baselines that were left out, and why.
    pub left_out: Vec<LeftOut>,
    /// The parameters of the baselines.
    pub baselines: Value,
    /// The score that analogies maximised.
    pub method: AnalogyMethod,
    /// How intervals and tests were drawn.
    pub bootstrap: Bootstrap,
}

impl Compare {
    /// Counts, makes the baselines, and asks all the same questions.
    ///
    /// # Errors
    /// [`Error::Query`] where no word is known to all; [`Error::Interrupted`]; those of reading and counting.
    pub fn run(self) -> Result<Compared> {
        self.run_with(|_| true)
    }

    /// As [`Compare::run`]; `on_event` is told what happens, and where it answers `false` the run ends.
    ///
    /// # Errors
    /// As [`Compare::run`]; [`Error::Interrupted`].
    pub fn run_with(mut self, mut on_event: impl FnMut(&Event<'_>) -> bool) -> Result<Compared> {
        self.baselines.check()?;
        let (counted_in, counting) = (&self.counted_in, &self.baselines.counting);
        let counted = counted_in.count(counting, &self.resources, &mut on_event)?;
        let tables: Vec<&WordVectors> = self.models.iter().map(|model| &model.vectors).collect();
        let common = common_vocabulary(&counted.vocab, &tables);
        let words = common.first.len();
        if words == 0 {
            return Err(Error::query(
                "no word is in the text and in all models; is this the text that they were trained on, \
                 cut in the same way",
            )
            .advise("check the `tokenizer`"));
        }
        let of_model = tables.iter().map(|vectors| vectors.len()).max();
        on_event(&Event::Common { words, of_text: counted.vocab.len(), of_model });
        let first_dim = self.models.first().map(|model| model.vectors.dim());
        let dim = self.baselines.dim.or(first_dim).unwrap_or(DIM);
        let models = std::mem::take(&mut self.models);
        let told: RefCell<&mut OnEvent<'_>> = RefCell::new(&mut on_event);
        let mut judge = Judge { compare: &self, on_event: &told, rows: vec![], coverage: vec![] };
        for (model, ids) in models.iter().zip(&common.others) {
            let contender = Contender {
                disk_bytes: model.disk_bytes,
                ..contender(&model.name, &model.vectors, false)
            };
            judge.judge(contender, &model.vectors.select(ids))?;
        }
        drop(models);
        let tokens = counted.pairs.tokens();
        let left_out = self.baselines.each(
            counted,
            &common.first,
            dim,
            &self.resources,
            &mut |name, vectors| judge.judge(contender(name, vectors, true), vectors),
            &|| (told.borrow_mut())(&Event::Comparing),
        )?;
        for line in &left_out {
            (told.borrow_mut())(&Event::LeftOut(line));
        }
        let Judge { rows, coverage, .. } = judge;
        let columns = self.sets.iter().zip(&coverage);
        let columns = columns.map(|((name, set), &[covered, total])| ComparedSet {
            name: name.clone(),
            kind: set.kind(),
            covered,
            total,
        });
        Ok(Compared {
            covered: coverage.iter().map(|[covered, _]| covered).sum(),
            comparison: Comparison::new(columns.collect(), rows, &self.bootstrap),
            tokens,
            words,
            left_out,
            baselines: self.baselines.to_json(dim),
            method: self.method,
            bootstrap: self.bootstrap,
        })
    }
}

fn contender(name: &str, vectors: &WordVectors, baseline: bool) -> Contender {
    let (rows, dim) = (vectors.len() as u64, vectors.dim());
    Contender {
        name: name.to_owned(),
        baseline,
        dim,
        numbers: vectors.numbers(),
        nonzeros: vectors.nonzeros().unwrap_or(rows * dim as u64),
        memory_bytes: vectors.table_bytes(),
        disk_bytes: None,
        query_seconds: 0.0,
    }
}

/// What every contender is asked.
struct Judge<'a, 'b> {
    compare: &'a Compare,
    on_event: &'a RefCell<&'b mut OnEvent<'b>>,
    rows: Vec<(Contender, Vec<Outcomes>)>,
    coverage: Vec<[usize; 2]>,
}

impl Judge<'_, '_> {
    /// Asks one table everything.
    fn judge(&mut self, mut contender: Contender, vectors: &WordVectors) -> Result<()> {
        let start = Instant::now();
        contender.query_seconds = query_seconds(vectors)?;
        let mut outcomes = Vec::new();
        self.coverage.clear();
        for (_, set) in &self.compare.sets {
            if !(self.on_event.borrow_mut())(&Event::Comparing) {
                return Err(Error::Interrupted { what: "comparing" });
            }
            let scores = set.evaluate(vectors, self.compare.method, &self.compare.options);
            self.coverage.push(scores.coverage());
            outcomes.push(scores.outcomes());
        }
        (self.on_event.borrow_mut())(&Event::Judged {
            name: &contender.name,
            dim: contender.dim,
            bytes: contender.memory_bytes,
            seconds: start.elapsed().as_secs_f64(),
        });
        self.rows.push((contender, outcomes));
        Ok(())
    }
}

/// The median time to find the ten nearest words, over words from frequent to rare. The first answer is
/// not timed: it may compute lengths that are kept.
fn query_seconds(vectors: &WordVectors) -> Result<f64> {
    let step = (vectors.len() / TIMED).max(1);
    let words = (0..vectors.len()).step_by(step).take(TIMED);
    let mut times = Vec::new();
    vectors.norms();
    for row in words {
        let query = Query::word(WordId(row as u32));
        let start = Instant::now();
        vectors.neighbors(&query, 10)?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied();
    Ok(median.unwrap_or(Duration::ZERO).as_secs_f64())
}
