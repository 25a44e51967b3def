//! 11 SHOW: results as text, for every front end.
//!
//! In: a result of the library. Out: its text for a person, in lines. Parameters stand in backticks, as in errors; a
//! front end spells them with [`crate::error::spelt`].

mod comparison;
mod events;
mod explanation;
mod findings;
mod layout;
mod model;
mod numbers;
mod one_hot;
mod plan;
mod table;

pub use crate::shown::{Quoted, cell, escaped, escaped_lines, quoted, quoted_bytes};
pub use comparison::{comparison, comparison_json, left_out};
pub use events::{Told, Warning, rate, rate_key, told};
pub use explanation::explanation;
pub use findings::{account, diagnosis, repaired};
pub use layout::{Lines, columns};
pub use model::{hold_line, model, model_json, vectors};
pub use numbers::{counted, grouped, percent, size, times};
pub use one_hot::{OneHot, one_hot, one_hot_json};
pub use plan::{plan, plan_in_short};
pub use table::{config, config_json, table, table_json};
