//! 10 RUN: whole runs, from files to files, as every front end needs them.
//!
//! In: a request as a value. Out: its result, and on the way [`Event`]s, whose callback answers whether to go on.
//! Nothing here prints; the folder of temporary files and the names of outputs are the caller's.
//!
//! | run | request | steps |
//! |---|---|---|
//! | train | [`Run`] | [`Text`] read, counted and encoded, or co-occurrences counted or read; a warm start ([`Begin`]); training; the state kept and gone on from ([`States`]); the model written |
//! | train with defaults | [`crate::train()`] | the same, in one call |
//! | count | [`Text::read`], [`count_pairs`] | |
//! | reproduce | [`Reproduction`] | a model trained again from its record, compared number by number |
//! | compare | [`Compare`] | models beside [`Baselines`] counted in their text |
//!
//! The finer calls that these are made of are those of [`crate::encode`], [`crate::cooccur`], [`mod@crate::train`],
//! [`crate::formats`] and [`crate::eval`].

mod baselines;
mod begin;
mod compare;
mod drift;
mod event;
mod pairs;
mod reproduce;
mod resources;
mod run;
mod states;
mod text;

pub use baselines::{Baseline, Baselines, CountedIn};
pub use begin::Begin;
pub use compare::{Compare, Compared, ComparedModel};
pub use drift::{DriftReport, DriftedWord};
pub use event::{Event, LeftOut, WarmStart};
pub use pairs::{CountsFile, count_pairs};
pub use reproduce::{Reproduced, Reproduction};
pub use resources::{Purpose, Resources};
pub use run::{Divergence, Input, Loaded, LoadedData, Run, Trained};
pub use states::{Keep, States, is_journal};
pub use text::Text;
