//! The command line: what was typed becomes calls of the library's public API, and their results
//! become text. One file per verb.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 answered, 1
//! nothing found, 2 error, 130 interrupted (143 by SIGTERM). Of several questions one answer is enough for 0.

mod analogy;
mod baselines;
mod check;
mod checkpoint;
mod compare;
mod convert;
mod cooccur;
mod corpus;
mod eval;
mod flags;
mod grow;
mod info;
mod interrupts;
mod lines;
mod modes;
mod neighbors;
mod objective;
mod odd;
mod one_hot;
mod output;
mod plan;
mod predict;
mod progress;
mod quantize;
mod questions;
#[cfg(test)]
mod reference;
mod reproduce;
mod sets;
mod similarity;
mod size;
mod threads;
mod train;
mod values;
mod vocab;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use output::note_error;
use std::io::{self, Write};
use std::process::ExitCode;
use w2v::Error;

/// What to type first.
const START: &str = "\
Start:
  w2v train corpus.txt          train on a text, write vectors.w2v
  w2v neighbors king            what is near a word
  w2v analogy king queen man    king is to queen as man is to …";

/// Train, judge, search and export word vectors.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 100, after_help = START)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Train word vectors on text
    Train(train::Args),
    /// What a run will take: words, memory, disk, time; takes the flags of `train`, trains nothing
    Plan(train::WithPlan),
    /// Count the words of a text: a line `word count` each
    Vocab(vocab::Args),
    /// Count which words stand near each other, for GloVe
    Cooccur(cooccur::Args),
    /// Words near a word
    #[command(visible_alias = "neighbours")]
    Neighbors(neighbors::Args),
    /// A is to B as C is to what?
    Analogy(analogy::Args),
    /// How alike two words are: the cosine of their vectors
    Similarity(similarity::Args),
    /// Which word does not belong with the others
    Odd(odd::Args),
    /// Which word comes next: the softmax over all words, as at the end of a language model
    Predict(predict::Args),
    /// A text as indices and a matrix of zeros and ones, and what a table of vectors is beside it
    OneHot(one_hot::Args),
    /// Score vectors on analogies, rated word pairs, word classes and odd ones out
    Eval(eval::Args),
    /// Models beside baselines that nobody trained: what did training buy?
    Compare(compare::Args),
    /// Copy vectors into another format
    Convert(convert::Args),
    /// Vectors in a fraction of the memory, and what that costs
    Quantize(quantize::Args),
    /// What is wrong with a text, before training; or with a vector file, and a corrected copy of it
    Check(check::Args),
    /// What a vector file holds, and how it was trained
    Info(info::Args),
    /// Train a model again as its record says, and compare
    Reproduce(reproduce::Args),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// The command line as it is declared, but for what one declaration cannot say of two verbs: training
/// from co-occurrences needs no text, and what is checked may be vectors.
fn command() -> clap::Command {
    Cli::command()
        .mut_subcommands(|verb| {
            verb.mut_args(values::with_negative_numbers).mut_args(values::without_empty_variables)
        })
        .mut_subcommand("train", |train| {
            train.mut_arg("corpus", |corpus| {
                corpus.required(false).required_unless_present("cooccur")
            })
        })
        .mut_subcommand("check", |check| {
            check
                .mut_arg("corpus", |corpus| corpus.value_name("FILE").help(check::FILES))
                .mut_arg("max_vocab", |flag| flag.hide(true))
                .mut_arg("vocab", |flag| flag.hide(true))
        })
}

/// How a verb ended, other than by an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// There was an answer.
    Answered,
    /// A word is unknown, a query has no answer, or a model cannot be made again.
    NothingFound,
    /// The question is none; that has been said.
    Refused,
}

pub(crate) fn main() -> ExitCode {
    let command = command();
    let typed = command.clone().get_matches();
    let verb = typed.subcommand_name().and_then(|name| command.find_subcommand(name));
    let (verb, of_verb) = (verb.expect("there is a verb"), typed.subcommand());
    flags::of(verb);
    let refused = of_verb.map_or(Ok(()), |(_, typed)| modes::of(verb, typed));
    let verb = Cli::from_arg_matches(&typed).unwrap_or_else(|error| error.exit()).verb;
    let json = verb.reports_json();
    match refused.and_then(|()| run(verb)) {
        Ok(Outcome::Answered) => ExitCode::SUCCESS,
        Ok(Outcome::NothingFound) => ExitCode::from(1),
        Ok(Outcome::Refused) => ExitCode::from(2),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let code = match error.downcast_ref() {
                Some(Error::Interrupted { .. } | Error::Suspended { .. }) => {
                    interrupts::exit_code()
                }
                Some(Error::UnknownWord { .. }) => 1,
                _ => 2,
            };
            note_error(json, &flags::messages(&error), code);
            ExitCode::from(code)
        }
    }
}

impl Verb {
    /// Whether standard error holds JSON lines and nothing else.
    fn reports_json(&self) -> bool {
        match self {
            Verb::Train(args) => args.corpus.progress == output::Style::Json,
            Verb::Plan(args) => args.train.corpus.progress == output::Style::Json,
            Verb::Vocab(args) => args.corpus.progress == output::Style::Json,
            Verb::Compare(args) => args.progress == output::Style::Json,
            Verb::Cooccur(args) => args.corpus.progress == output::Style::Json,
            Verb::Reproduce(args) => args.progress == output::Style::Json,
            Verb::Check(args) => args.corpus.progress == output::Style::Json,
            Verb::OneHot(args) => args.corpus.progress == output::Style::Json,
            _ => false,
        }
    }
}

/// Carries out a verb.
fn run(verb: Verb) -> anyhow::Result<Outcome> {
    match verb {
        Verb::Train(args) => train::run(args),
        Verb::Plan(args) => train::only_plan(args),
        Verb::Vocab(args) => vocab::run(args),
        Verb::Cooccur(args) => cooccur::run(&args),
        Verb::Neighbors(args) => neighbors::run(&args),
        Verb::Analogy(args) => analogy::run(&args),
        Verb::Similarity(args) => similarity::run(&args),
        Verb::Odd(args) => odd::run(&args),
        Verb::Predict(args) => predict::run(&args),
        Verb::OneHot(args) => one_hot::run(args),
        Verb::Eval(args) => eval::run(&args),
        Verb::Compare(args) => compare::run(&args),
        Verb::Convert(args) => convert::run(&args),
        Verb::Quantize(args) => quantize::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Info(args) => info::run(&args),
        Verb::Reproduce(args) => reproduce::run(&args),
        Verb::Completions { shell } => {
            // Into memory first: the generator panics where its output cannot be written.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command(), "w2v", &mut script);
            io::stdout().write_all(&script)?;
            Ok(Outcome::Answered)
        }
    }
}

/// The reader of our output left, as `head` does: no fault of anybody's.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref().is_some_and(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }
}
