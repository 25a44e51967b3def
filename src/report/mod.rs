//! 11 SHOW: results as text, for every front end.
//!
//! In: a result of the library. Out: its text for a person, in lines. Parameters stand in backticks, as in errors; a
//! front end spells them with [`crate::error::spelt`].

mod columns;
mod comparison;
mod explanation;
mod findings;
mod numbers;
mod plan;

pub use columns::columns;
pub use comparison::{comparison, comparison_json, left_out};
pub use explanation::explanation;
pub use findings::{account, diagnosis, repaired};
pub use numbers::{counted, grouped, percent, size};
pub use plan::{plan, plan_in_short};
