//! From a corpus and the parameters of a run to its [`Plan`]: the way through the other files of this
//! folder.

use super::clock::Clock;
use super::estimate::Estimate;
use super::fit::Available;
use super::likeness::Likeness;
use super::needs::{Choice, Sizes};
use super::sample::{Sample, SampleOptions};
use super::speed::{self, Pairs, Trial};
use super::{Parts, Plan, Range, Size, Time};
use crate::cooccur::CountOptions;
use crate::corpus::Corpus;
use crate::encode::EncodeOptions;
use crate::error::{Error, Result};
use crate::train::{Data, Recipe, Source};
use crate::vocab::VocabLimits;

/// Memory that trying out may take; larger matrices are no slower than these.
const MOST_TRIED: u64 = 1 << 30;

/// Bytes of a model that are written in a second, with their checksums.
const WRITING: f64 = 5e8;

/// Seconds for each type, to merge tables and number words.
const MERGING: f64 = 6e-7;

/// A run to be planned: all that it is given.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is read.
    pub corpus: Corpus,
    /// What is trained, and how: of GloVe with the counting that comes before it.
    pub recipe: Recipe,
    /// Which words are kept.
    pub limits: VocabLimits,
    /// How it is encoded.
    pub encode: EncodeOptions,
    /// How pairs are counted.
    pub count: CountOptions,
    /// How much may be read.
    pub sample: SampleOptions,
    /// Seconds for which training is tried out, at most; 0 leaves the time unknown.
    pub seconds: f64,
    /// The largest share of the whole run that trying out may cost, however short that is.
    pub share: f64,
    /// Bytes of memory that the process takes already.
    pub process: u64,
    /// Tells the seconds of processor time that the process has used so far, all threads together.
    /// Without it, what was tried out on a busy machine seems slow.
    pub processor_time: Option<fn() -> f64>,
    /// Threads of all processes that want a core, averaged over the last minute, where the system tells.
    pub load: Option<f64>,
    /// What the machine has.
    pub available: Available,
}

impl Request {
    /// A run with the defaults of everything else.
    pub fn new(corpus: &Corpus, recipe: &Recipe) -> Self {
        Request {
            corpus: corpus.clone(),
            recipe: recipe.clone(),
            limits: VocabLimits::default(),
            encode: EncodeOptions::default(),
            count: CountOptions::default(),
            sample: SampleOptions::default(),
            seconds: 0.0,
            share: 1.0,
            process: 0,
            processor_time: None,
            load: None,
            available: Available::default(),
        }
    }

    /// Reads a sample, and says what the run will take.
    ///
    /// # Errors
    /// [`crate::Error::Query`] for a corpus that can be read once only; those of reading; those of
    /// parameters outside their range.
    pub fn plan(&self) -> Result<Plan> {
        self.limits.check()?;
        self.recipe.check()?;
        let sample = Sample::take(
            &self.corpus,
            self.recipe.tokenizer,
            self.limits.keep_only.as_ref(),
            &self.sample,
            Clock::new(self.processor_time),
        )?;
        let scale = Scale::of(&sample, &self.limits);
        let words = scale.words(1.0);
        if sample.whole && words < 1.0 && self.limits.keep_only.is_none() {
            return Err(Error::EmptyVocabulary {
                tokens: sample.tokens,
                types: sample.types,
                min_count: self.limits.min_count,
            });
        }
        let frequencies =
            sample.listed.frequencies(words as usize, self.limits.min_count, sample.times());
        let like = self.likeness(&sample, &frequencies);
        let mut plan = self.sizes(&sample, &scale);
        self.needs(&mut plan, &like);
        if plan.misfit(&self.available).is_none() && words >= 1.0 {
            self.try_out(&mut plan, &sample, &like)?;
        }
        Ok(plan)
    }

    /// As much of the text, and as many words, as can be tried out.
    fn likeness(&self, sample: &Sample, frequencies: &[u64]) -> Likeness {
        let row = self.recipe.objective.table_bytes(1);
        let memory = self.available.memory.map_or(MOST_TRIED, |bytes| bytes / 3);
        let rows = (MOST_TRIED.min(memory) / row.max(1)).max(1000) as usize;
        // Counting pairs takes time for every token: a share of the corpus, but of a small one all.
        let tokens = match self.recipe.objective.source() {
            Source::Text => 400_000.0,
            Source::Pairs(_) => {
                let all = sample.tokens as f64 * sample.times();
                (all * self.share).clamp(250_000.0, 2e6)
            }
        };
        Likeness::new(sample, &frequencies[..frequencies.len().min(rows)], tokens as usize)
    }

    fn sizes(&self, sample: &Sample, scale: &Scale<'_>) -> Plan {
        let times = sample.times();
        let exact = sample.whole;
        let tokens = match exact {
            true => Estimate::exact(sample.tokens as f64),
            false => {
                let share = sample.spread + sample.text_bytes.share() + 0.001;
                Estimate::within(sample.tokens as f64 * times, share)
            }
        };
        // 2 % a doubling beyond the sample: see the page of `growth` for what was measured.
        let doubt = match exact {
            true => 0.0,
            false => 0.01 + 0.02 * times.log2() + 0.6 * tokens.share(),
        };
        let around = |value: f64, doubt: f64| match exact {
            true => Estimate::exact(value.round()),
            false => Estimate::within(value, doubt),
        };
        let most = self.limits.max_vocab.map_or(f64::MAX, |most| most as f64);
        let words = around(scale.words_without_most(1.0), doubt).map(|words| words.min(most));
        let rare = sample.listed.rare_tokens(self.limits.min_count, times);
        let listed =
            tokens.map(|tokens| tokens * sample.listed_tokens as f64 / sample.tokens.max(1) as f64);
        let kept = match words.value < scale.words_without_most(1.0) {
            false => (listed.value - rare).max(0.0),
            true => {
                let frequencies =
                    sample.listed.frequencies(words.value as usize, self.limits.min_count, times);
                frequencies.iter().sum::<u64>() as f64
            }
        };
        let share = (kept / listed.value.max(1.0)).min(1.0);
        let encoded = match exact {
            true => Estimate::exact(kept),
            // How much the most frequent words make up is a little overestimated.
            false => Estimate::within(listed.value * share, listed.share() + 0.01),
        };
        let types = around(sample.all.at_least(1, times), 1.5 * doubt);
        let growth = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0].map(|share| Size {
            share,
            tokens: share * tokens.value,
            types: scale.types(share),
            words: scale.words(share),
        });
        // Shorter shares than the sample are counted nowhere; longer ones than all cannot be seen in a
        // text that is one line.
        let growth = growth
            .into_iter()
            .filter(|size| size.share * times >= 1.0 && (size.share <= 1.0 || sample.spread_out));
        Plan {
            exact,
            files: sample.extent.files,
            file_bytes: sample.extent.bytes,
            compression: sample.ratio,
            sampled_bytes: sample.bytes,
            bytes: sample.text_bytes,
            tokens,
            types,
            words,
            encoded,
            cells: Estimate::exact(0.0),
            growth: growth.collect(),
            memory: Range::default(),
            disk: Range::default(),
            time: None,
            parts: Parts {
                growth: sample.listed.clone(),
                ranked: sample.ranked.clone(),
                times,
                limits: self.limits.clone(),
                sizes: self.sizes_of(sample, times, [tokens, types, words, encoded]),
                choice: Choice {
                    recipe: self.recipe.clone(),
                    encode: self.encode.clone(),
                    count: self.count.clone(),
                    training: Default::default(),
                    training_dim: self.recipe.objective.dim(),
                    process: self.process as f64,
                },
            },
        }
    }

    /// At least, likely and at most.
    fn sizes_of(&self, sample: &Sample, times: f64, all: [Estimate; 4]) -> [Sizes; 3] {
        let share = 1.0 / self.recipe.threads as f64;
        let of_thread = match times * share >= 1.0 {
            true => sample.all.at_least(1, times * share),
            // Less than the sample: by Heaps' law with its usual exponent.
            false => sample.types as f64 * (times * share).powf(0.6),
        };
        [|e: Estimate| e.low, |e: Estimate| e.value, |e: Estimate| e.high].map(|of| {
            let [tokens, types, words, encoded] = all.map(of);
            Sizes {
                tokens,
                types,
                types_of_thread: of_thread,
                words,
                encoded,
                cells: 0.0,
                type_length: sample.type_length,
            }
        })
    }

    fn needs(&self, plan: &mut Plan, like: &Likeness) {
        if !like.vocab.is_empty() {
            plan.parts.choice.training = self.recipe.objective.bytes(&like.vocab);
        }
        plan.add_up();
    }

    fn try_out(&self, plan: &mut Plan, sample: &Sample, like: &Likeness) -> Result<()> {
        let encoded = plan.encoded.value;
        let clock = Clock::new(self.processor_time);
        let all_cores = std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64);
        let cores = all_cores.min(self.recipe.threads as f64);
        let trial = |seconds: f64| Trial { seconds: self.affordable(seconds), cores, clock };
        // All in seconds of processor time.
        let mut counting = 0.0;
        let reading = plan.bytes.value / sample.bytes_per_second + plan.types.value * MERGING;
        let objective = &self.recipe.objective;
        let epochs = f64::from(objective.epochs());
        let counted = match objective.source() {
            Source::Text => None,
            Source::Pairs(how) => {
                let how = how.cloned().unwrap_or_default();
                let Some(pairs) = Pairs::count(like, &how, &self.count, clock)? else {
                    return Ok(());
                };
                let doublings = (encoded / pairs.tokens).log2().max(0.0);
                // 1 % where all was counted: blocks were put in another order.
                plan.cells = Estimate::within(pairs.cells(encoded), 0.01 + 0.04 * doublings);
                plan.add_up();
                counting = encoded / pairs.rate;
                Some(pairs.table)
            }
        };
        let (work, data) = match &counted {
            None => (encoded * epochs, Data::from(&like.corpus)),
            Some(pairs) => (plan.cells.value * epochs, Data::from(pairs)),
        };
        // Of multiply-adds a core of our days does 10¹⁰ a second where all of training is counted in.
        let speed = match trial(work * objective.work() / (1e10 * cores)) {
            Trial { seconds: 0.0, .. } => None,
            trial => {
                let folder = self.count.temp_dir.as_deref();
                speed::of(&like.vocab, data, &self.recipe, folder, trial)?
            }
        };
        let Some(speed) = speed else {
            return Ok(());
        };
        let rows = (like.vocab.len() as f64).max(1.0);
        let training = work / speed.rate.max(1.0) + speed.setup * plan.words.value / rows;
        // Others on the machine may come and go. The load of a minute says more of how many they are
        // than half a second does: of 22 threads on 2 cores it made 185 s of a run of 210 s, and what
        // had been had in the moment of the plan 500 s.
        let busy = speed.cores < 0.75 * cores;
        let load = self.load.filter(|load| busy && *load > all_cores);
        let had = load.map_or(speed.cores, |load| cores * all_cores / (load + cores));
        let wall = |processor: f64| processor / had;
        let writing = plan.disk.value.output / WRITING;
        let total = wall(reading + counting + training) + writing;
        let doubt = (if busy { 0.5f64 } else { 0.25 }).max(plan.cells.share() + 0.15);
        plan.time = Some(Time {
            reading: wall(reading),
            counting: wall(counting),
            training: wall(training),
            writing,
            total: Estimate::within(total, doubt),
            rate: speed.rate * had,
            processor: reading + counting + training + writing,
            cores: [had, cores],
        });
        Ok(())
    }

    /// Seconds of trying out for a run that is thought to take `seconds`.
    fn affordable(&self, seconds: f64) -> f64 {
        match self.share * seconds {
            // Reports come ten times a second, and before the first there are matrices to be made.
            too_short if too_short < 0.1 => 0.0,
            seconds => self.seconds.min(seconds),
        }
    }
}

/// The growth of the vocabulary within limits.
struct Scale<'a> {
    sample: &'a Sample,
    limits: &'a VocabLimits,
}

impl<'a> Scale<'a> {
    fn of(sample: &'a Sample, limits: &'a VocabLimits) -> Self {
        Scale { sample, limits }
    }

    /// Words in a `share` of the text.
    fn words(&self, share: f64) -> f64 {
        let most = self.limits.max_vocab.map_or(f64::MAX, |most| most as f64);
        self.words_without_most(share).min(most)
    }

    fn words_without_most(&self, share: f64) -> f64 {
        let times = self.sample.times() * share;
        let listed = self.limits.keep_only.as_ref().map_or(f64::MAX, |list| list.len() as f64);
        let words = self.sample.listed.at_least(self.limits.min_count, times);
        words.min(listed).round()
    }

    fn types(&self, share: f64) -> f64 {
        self.sample.all.at_least(1, self.sample.times() * share).round()
    }
}
