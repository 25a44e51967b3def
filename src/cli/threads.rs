//! `--threads`, shared by all verbs that work in parallel.

use std::sync::OnceLock;
use w2v::Threads;

// No doc comment: clap would show it as the help of the verb.
#[derive(Clone, Default, clap::Args)]
pub(super) struct ThreadsArg {
    /// Work with N threads [default: all cores]
    #[arg(long, value_name = "N", alias = "workers", help_heading = "Resources")]
    threads: Option<usize>,

    /// One for the whole call, whoever asks.
    #[arg(skip)]
    made: OnceLock<Threads>,
}

impl ThreadsArg {
    /// The threads of this call.
    pub(super) fn get(&self) -> w2v::Result<Threads> {
        let asked = self.threads.map(Threads::new).transpose()?;
        Ok(self.made.get_or_init(|| asked.unwrap_or_default()).clone())
    }
}
