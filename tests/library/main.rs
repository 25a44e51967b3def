//! The library from outside: one binary, because each further one links the whole library again.

#[path = "../support/archives.rs"]
mod archives;
mod bundled_corpus;
mod checkpoints;
#[path = "../support/encoded.rs"]
mod encoded;
mod eval_files;
mod examples;
mod exchange;
mod extending;
mod gensim;
mod golden;
mod layering;
mod links;
mod numpy;
mod plan;
mod pools;
mod python;
mod reading;
mod session;
#[path = "../support/skips.rs"]
mod skips;
mod threads;
mod training;
