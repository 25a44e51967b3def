//! 5 LEARN: vectors from an encoded corpus, or from its co-occurrence counts.
//!
//! In: a [`Recipe`], [`Vocab`](crate::vocab::Vocab), and an
//! [`EncodedCorpus`](crate::encode::EncodedCorpus) or a table of [`crate::cooccur`]. Out: a [`Model`].
//! Nothing here reads text or prints: what a person may want to see comes as [`Event`]s.
//!
//! A run is cut into numbered *steps*: units of about 1,000 tokens of the text, groups of cells of the
//! table, in an order that is shuffled each epoch. Everything a step does depends on the seed and its
//! number, not on the thread that does it: its random numbers (windows, sub-sampling, negatives) and its
//! learning rate. With one thread the result is the same to the byte; with several, threads take steps
//! as they become free, every step exactly once, and only the order in which updates meet differs.
//!
//! * `recipe` is a run as a value, everything that decides its result; `model` is what comes out, and
//!   `record` what it keeps of its training: the recipe and what happened.
//! * `trainer` is a run from its beginning, or from a checkpoint, to its end.
//! * `objective` is what the trainer knows of an objective: tables, steps and workers. Each objective is a
//!   folder: `skipgram`, `glove`. `parameters` is the list of them, and `settings` what
//!   they provide.
//! * `executor` runs steps: on one thread over plain tables, or on several over shared ones (see
//!   `matrix` for what sharing means).
//! * `units` are the steps of every objective that reads the text, and `window` the words around a word.
//! * `checkpoint` is the state of a run between two steps, `saved` the one at the end of an epoch.
//! * `origin` is what training begins with where that is not random: a model that goes on, or vectors.

mod checkpoint;
mod event;
mod executor;
mod glove;
mod model;
mod objective;
mod origin;
mod parameters;
mod position;
mod recipe;
mod record;
mod saved;
mod settings;
mod skipgram;
mod tables;

mod trainer;
mod units;
mod window;

pub use checkpoint::{Checkpoint, Checkpoints, Every, Snapshot};
pub use event::Event;
pub use glove::{Glove, GloveParameters};
pub use model::Model;
pub use objective::Unit;
pub use origin::{Hold, Origin, OriginKind, OriginRecord};
pub use parameters::Parameters;
pub use position::{EpochSums, Position};
pub use recipe::{Difference, Recipe};
#[cfg(test)]
pub(crate) use record::tests as samples;
pub use record::{Record, Training};
pub use settings::{Bytes, Combine, Settings, Source};
pub use skipgram::{
    Engine, Explanation, SkipGram, Step, Storage, Target, TokenFate, WordFacts, explain,
};
pub use tables::{NamedTable, TableRows};
pub use trainer::{Data, Trainer};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::fixture::encoded;

    const ENGINES: [Engine; 2] = [Engine::Block, Engine::Pair];

    fn trained(text: &str, recipe: &Recipe) -> Model {
        let (vocab, encoded) = encoded(text);
        Trainer::new(vocab, &encoded, recipe).train().unwrap()
    }

    /// Two topics whose words never meet.
    fn topics() -> String {
        (0..2000)
            .map(|i| format!("{0}1 {0}{1} {0}2 {0}{2}\n", ["a", "b"][i % 2], i % 7, i % 5))
            .collect()
    }

    #[test]
    fn one_thread_repeats_itself_and_the_loss_falls() {
        for engine in ENGINES {
            let parameters = SkipGram { dim: 20, sample: 0.0, engine, ..Default::default() };
            let run = |seed| Recipe { seed, ..Recipe::new(parameters.clone()) };
            let one = trained(&topics(), &run(1));
            let two = trained(&topics(), &run(1));
            let other = trained(&topics(), &run(2));
            assert!(one.input.row(0) != other.input.row(0), "{engine}");
            for row in 0..one.vocab.len() {
                assert_eq!(one.input.row(row), two.input.row(row), "{engine}");
                assert_eq!(one.output.row(row), two.output.row(row), "{engine}");
            }
            let losses = &one.training.record.losses;
            // Most is learnt in the first epoch; what remains, 1.79, is the chance in the text.
            assert!(losses[4] < 0.95 * losses[0], "{engine}: {losses:?}");
            let recipe = one.training.recipe;
            assert_eq!(recipe, Recipe { reading: recipe.reading.clone(), ..run(1) });
        }
    }

    /// A block's rows must not overshoot where the same few words fill it.
    #[test]
    fn tiny_vocabularies_do_not_diverge() {
        for words in 1..=6 {
            let text: String = (0..6_000)
                .map(|i: usize| {
                    format!(
                        "w{}{}",
                        i * i / 7 % words,
                        if i.is_multiple_of(11) { "\n" } else { " " }
                    )
                })
                .collect();
            for (dim, threads) in [(1, 1), (10, 1), (100, 2)] {
                let losses = ENGINES.map(|engine| {
                    let few = SkipGram { dim, sample: 0.0, epochs: 3, ..Default::default() };
                    let recipe = Recipe { threads, ..Recipe::new(SkipGram { engine, ..few }) };
                    trained(&text, &recipe).training.record.losses[2]
                });
                assert!(losses[0] < 1.1 * losses[1] + 0.05, "{words} words, dim {dim}: {losses:?}");
            }
        }
    }
}
