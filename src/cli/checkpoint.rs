//! `--checkpoint`, `--checkpoint-every`, `--no-checkpoint` and `--resume`: keeping the state of a
//! run, and going on from it.

use std::path::PathBuf;
use w2v::session::{Keep, States};
use w2v::train::Every;

#[derive(clap::Args)]
pub(super) struct CheckpointArgs {
    /// Keep the state of the run in FILE, from which --resume goes on [default: the output's name with
    /// `.checkpoint` behind it, removed when the model is written]
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    checkpoint: Option<PathBuf>,

    /// How often: a time such as 10m or 90s, a number of words such as 200000-words, or `never`; on
    /// Ctrl-C and SIGTERM the state is kept in any case
    #[arg(long, value_name = "EVERY", default_value_t, help_heading = "Checkpoints")]
    checkpoint_every: Every,

    /// Keep no state, not even when the run is interrupted
    #[arg(long, conflicts_with_all = ["checkpoint", "checkpoint_every"], help_heading = "Checkpoints")]
    no_checkpoint: bool,

    /// Go on from the state in FILE: the same command as before, and this flag. One thread ends with
    /// the very bytes of a run that was never interrupted
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    resume: Option<PathBuf>,
}

impl CheckpointArgs {
    pub(super) fn states(&self) -> States {
        let keep = match (self.no_checkpoint, &self.checkpoint) {
            (true, _) => Keep::Nowhere,
            (false, Some(named)) => Keep::In(named.clone()),
            (false, None) => Keep::Default,
        };
        States { keep, every: self.checkpoint_every, resume: self.resume.clone(), replace: false }
    }
}
