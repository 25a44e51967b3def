//! The programs in `examples/` run; each has its test at its end.

#[path = "../../examples/continue_with_progress.rs"]
mod continue_with_progress;
#[path = "../../examples/llm_table.rs"]
#[expect(dead_code, reason = "`main` reads arguments, which are those of the test runner here")]
mod llm_table;
#[path = "../../examples/train_and_query.rs"]
mod train_and_query;
