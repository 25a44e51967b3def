//! Whether a run fits into what the machine has, and what would make it fit.
//!
//! In: a [`Plan`] and what is [`Available`]. Out: a [`Misfit`] where even the lowest estimate is more
//! than there is: what is short, by how much, and for each parameter that helps a value with which the
//! highest estimate fits. A run that may fit is not refused.

use super::Plan;
use super::needs::{self, Choice, Memory, Sizes};
use crate::train::{Recipe, Source};
use serde::Serialize;
use std::fmt;

/// What the machine has to give; `None` where that is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Available {
    /// Bytes of memory, what this process has already among them: of the machine or of a container.
    pub memory: Option<u64>,
    /// Bytes of address space that `ulimit -v` leaves.
    pub address_space: Option<u64>,
    /// Free bytes where temporary files go.
    pub temporary: Option<u64>,
    /// Free bytes where the model goes.
    pub output: Option<u64>,
    /// Whether both are on the same disk.
    pub one_disk: bool,
}

/// Values of `min_count` that are tried.
const COUNTS: [u64; 16] = [2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000];

/// What is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Short {
    /// Memory.
    Memory,
    /// Address space.
    AddressSpace,
    /// Disk for temporary files.
    Temporary,
    /// Disk for the model.
    Output,
}

/// A parameter with a value that makes a run fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The parameter, for example `dim`.
    pub name: &'static str,
    /// Its value; `None` where one must choose, as a folder.
    pub value: Option<u64>,
}

/// A run that does not fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Misfit {
    /// What is short.
    pub short: Short,
    /// Bytes that are likely needed.
    pub needed: u64,
    /// Bytes that there are.
    pub available: u64,
    /// What makes it fit; empty where nothing does.
    #[serde(rename = "flags")]
    pub settings: Vec<Setting>,
    /// Whether all of them are needed; else each makes it fit for itself.
    pub together: bool,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name, self.value) {
            (name, None) => write!(f, "`{name}` on another disk"),
            // Rounded down.
            ("max_memory", Some(bytes)) => write!(f, "`max_memory={}M`", (bytes >> 20).max(1)),
            (name, Some(value)) => write!(f, "`{name}={value}`"),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.short {
            Short::Memory => "memory",
            Short::AddressSpace => "address space (`ulimit -v`)",
            Short::Temporary => "disk for temporary files",
            Short::Output => "disk for the model",
        };
        let (unit, name) = match self.needed.min(self.available) < 10_000_000 {
            true => (1e3, "kB"),
            false => (1e6, "MB"),
        };
        let of = |bytes: u64| bytes as f64 / unit;
        write!(
            f,
            "this run takes about {:.0} {name} of {what}, and there are {:.0} {name}",
            of(self.needed),
            of(self.available)
        )?;
        let settings: Vec<String> = self.settings.iter().map(Setting::to_string).collect();
        match (settings.is_empty(), self.together) {
            (false, false) => write!(f, "; it fits with {}", settings.join(", or ")),
            (false, true) => write!(f, "; it fits with {}", settings.join(" ")),
            (true, _) => f.write_str("; nothing makes it fit: take less text at once"),
        }
    }
}

/// A run as it would be under another choice.
struct Try {
    choice: Choice,
    sizes: Sizes,
}

impl Plan {
    /// What does not fit, if something does not.
    ///
    /// ```
    /// # fn main() -> w2v::Result<()> {
    /// use w2v::plan::{Available, Request};
    /// use w2v::train::{Recipe, SkipGram};
    /// # let corpus = w2v::Corpus::open(&["data/corpus.txt"], Default::default())?;
    /// let plan = Request::new(&corpus, &Recipe::new(SkipGram::default())).plan()?;
    /// let small = Available { memory: Some(1_000_000), ..Default::default() };
    /// let misfit = plan.misfit(&small).unwrap();
    /// assert!(misfit.to_string().starts_with("this run takes about "));
    /// assert_eq!(plan.misfit(&Available::default()), None);
    /// # Ok(()) }
    /// ```
    pub fn misfit(&self, available: &Available) -> Option<Misfit> {
        let low = [
            (Short::Memory, self.memory.low.peak, self.memory.value.peak, available.memory),
            (
                Short::AddressSpace,
                self.memory.low.address_space,
                self.memory.value.address_space,
                available.address_space,
            ),
            (
                Short::Temporary,
                self.disk.low.temporary,
                self.disk.value.temporary,
                available.temporary,
            ),
            (
                Short::Output,
                self.at_output(available, self.disk.low),
                self.at_output(available, self.disk.value),
                available.output,
            ),
        ];
        let (short, _, needed, available_here) = low
            .into_iter()
            .find(|(_, low, _, here)| here.is_some_and(|here| *low > here as f64))?;
        let alone = self.settings(available);
        let together = alone.is_empty();
        Some(Misfit {
            short,
            needed: needed as u64,
            available: available_here.unwrap_or(0),
            settings: if together { self.both(available) } else { alone },
            together,
        })
    }

    fn at_output(&self, available: &Available, disk: needs::Disk) -> f64 {
        // Temporary files are gone when the model is written, but for those of ids and pairs.
        disk.output + if available.one_disk { disk.temporary } else { 0.0 }
    }

    /// The settings that make the run fit, each with the value nearest to what was asked.
    fn settings(&self, available: &Available) -> Vec<Setting> {
        let parts = &self.parts;
        let now = |change: &dyn Fn(&mut Try)| {
            let mut changed = Try { choice: parts.choice.clone(), sizes: parts.sizes[2] };
            change(&mut changed);
            changed
        };
        let fits = |change: &dyn Fn(&mut Try)| self.fits(&now(change), available);
        let mut settings = Vec::new();
        let mut add = |name, value: Option<u64>| {
            if value.is_some() {
                settings.push(Setting { name, value });
            }
        };
        let Recipe { objective, threads, .. } = &parts.choice.recipe;
        let dims = (1..).map(|step| objective.dim().saturating_sub(10 * step) / 10 * 10);
        let mut dims = dims.take_while(|dim| *dim >= 10);
        let dim = dims.find(|&dim| fits(&|t: &mut Try| *t.choice.recipe.objective.dim_mut() = dim));
        add("dim", dim.map(|dim| dim as u64));
        let mut counts = COUNTS.into_iter().filter(|count| *count > parts.limits.min_count);
        let count = counts.find(|&count| {
            let words = self.high_words(count);
            words >= 1.0 && fits(&|t: &mut Try| t.sizes = shrunk(t.sizes, words))
        });
        add("min_count", count);
        let all = parts.sizes[2].words;
        let most = [0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02];
        let mut most =
            most.into_iter().map(|share| round_down(all * share)).filter(|m| *m >= 100.0);
        let most = most.find(|&most| fits(&|t: &mut Try| t.sizes = shrunk(t.sizes, most)));
        add("max_vocab", most.map(|most| most as u64));
        let glove = objective.source() != Source::Text;
        let memories = (0..40).map(|i| (1u64 << 40) >> i).take_while(|m| *m >= 1 << 20);
        let memory = memories.into_iter().find(|&memory| {
            let (ids, pairs) = match glove {
                true => (memory / 3, memory / 2),
                false => (memory, memory),
            };
            parts.choice.encode.temp_dir.is_some()
                && ids < parts.choice.encode.max_memory
                && fits(&|t: &mut Try| {
                    (t.choice.encode.max_memory, t.choice.count.max_memory) = (ids, pairs);
                })
        });
        add("max_memory", memory);
        let fewer = (1..*threads).rev();
        let threads = fewer.into_iter().find(|&n| fits(&|t: &mut Try| t.choice.set_threads(n)));
        add("threads", threads.map(|n| n as u64));
        let without = |change: fn(&mut Available)| {
            let mut elsewhere = *available;
            change(&mut elsewhere);
            self.fits(&now(&|_| {}), &elsewhere)
        };
        if !self.fits(&now(&|_| {}), available) {
            if without(|a| (a.temporary, a.one_disk) = (None, false)) {
                settings.push(Setting { name: "temp_dir", value: None });
            }
            if without(|a| a.output = None) {
                settings.push(Setting { name: "output", value: None });
            }
        }
        settings
    }

    /// Fewer dimensions and fewer words, where neither is enough.
    fn both(&self, available: &Available) -> Vec<Setting> {
        let parts = &self.parts;
        let most = parts.choice.recipe.objective.dim();
        let dims = [100, 50, 20, 10].into_iter().filter(|dim| *dim < most);
        for dim in dims {
            for count in COUNTS.into_iter().filter(|count| *count > parts.limits.min_count) {
                let words = self.high_words(count);
                let sizes = shrunk(parts.sizes[2], words);
                let mut changed = Try { choice: parts.choice.clone(), sizes };
                *changed.choice.recipe.objective.dim_mut() = dim;
                if words >= 1.0 && self.fits(&changed, available) {
                    return vec![
                        Setting { name: "dim", value: Some(dim as u64) },
                        Setting { name: "min_count", value: Some(count) },
                    ];
                }
            }
        }
        Vec::new()
    }

    /// Words at most with another `min_count`.
    fn high_words(&self, count: u64) -> f64 {
        let parts = &self.parts;
        let words = parts.growth.at_least(count, parts.times);
        let doubt = self.words.share();
        words * (1.0 + doubt)
    }

    fn fits(&self, changed: &Try, available: &Available) -> bool {
        let memory: Memory = needs::memory(&changed.sizes, &changed.choice);
        let disk = needs::disk(&changed.sizes, &changed.choice);
        // Something to spare: other programs want some too.
        let below =
            |needed: f64, here: Option<u64>| here.is_none_or(|here| 1.05 * needed <= here as f64);
        below(memory.peak, available.memory)
            && below(
                memory.address_space + needs::arenas(changed.choice.recipe.threads),
                available.address_space,
            )
            && below(disk.temporary, available.temporary)
            && below(self.at_output(available, disk), available.output)
    }
}

/// Fewer words; pairs of words grow with about the square root of the words that are dropped last.
fn shrunk(sizes: Sizes, words: f64) -> Sizes {
    let share = (words / sizes.words.max(1.0)).min(1.0);
    Sizes { words: words.min(sizes.words), cells: sizes.cells * share.sqrt(), ..sizes }
}

/// Two digits and zeros.
fn round_down(number: f64) -> f64 {
    let unit = 10f64.powf((number.max(10.0).log10() - 1.0).floor());
    (number / unit).floor() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers() {
        assert_eq!([130_677.0, 99.9, 1234.0].map(round_down), [130_000.0, 99.0, 1200.0]);
    }

    #[test]
    fn a_message_names_every_setting() {
        let misfit = Misfit {
            short: Short::AddressSpace,
            needed: 400_000_000,
            available: 300_000_000,
            settings: vec![
                Setting { name: "dim", value: Some(50) },
                Setting { name: "max_memory", value: Some(64 << 20) },
                Setting { name: "temp_dir", value: None },
            ],
            together: false,
        };
        assert_eq!(
            misfit.to_string(),
            "this run takes about 400 MB of address space (`ulimit -v`), and there are 300 MB; it \
             fits with `dim=50`, or `max_memory=64M`, or `temp_dir` on another disk"
        );
    }
}
