//! All flags of all verbs in all modes: each is used, or refused with the reason.

use super::*;
use clap::error::ErrorKind;
use clap::{ArgMatches, Command};

/// A mode of a verb: the least command line, and what the verb finds out.
type Line = (&'static str, &'static [&'static str]);

/// For each verb its modes, and for each of its flags a letter for each mode: `+` used, `-` refused by the
/// table, `c` refused by clap, since it contradicts or replaces another argument.
struct Table {
    verb: &'static str,
    modes: &'static [Line],
    flags: &'static str,
}

const TABLES: &[Table] = &[
    Table {
        verb: "train",
        modes: &[
            ("t", &[]),
            ("t --model glove", &[]),
            ("--model glove --cooccur c", &[]),
            ("t --continue m", &[]),
            ("t --init m", &[]),
            ("t --resume s", &[]),
            ("t --explain", &[]),
            ("t --model glove --across-lines", &[]),
        ],
        flags: "
            tokenizer        ++-+++++
            lowercase        ++-+++++
            normalize        ++-+++++
            encoding         ++-+++++
            invalid-utf8     ++-+++++
            max-sentence     ++-++++-
            min-count        ++-+++++
            max-vocab        ++-+++++
            vocab            ++++++++
            threads          ++++++++
            max-memory       ++++++++
            temp-dir         ++++++++
            progress         ++++++++
            output           ++++++-+
            force            ++++++-+
            model            ++++++++
            dim              ++++++++
            window           ++-+++++
            epochs           ++++++++
            lr               ++++++++
            fixed-window     +--++++-
            negative         +--++++-
            ns-exponent      +--++++-
            sample           +--++++-
            min-lr           +--++++-
            engine           +--+++--
            storage          +--+++--
            explain          +-----c-
            cooccur          --+-----
            x-max            -++----+
            alpha            -++----+
            clip             -++----+
            held-out         -++----+
            combine          -++----+
            unk              -++----+
            left-only        -+-----+
            weighting        -+-----+
            across-lines     -+-----c
            seed             ++++++++
            isa              ++++++++
            continue         +--+c+--
            init             +--c++--
            freeze           ---++---
            anchor           ---++---
            drift-report     ---++---
            checkpoint       ++++++-+
            checkpoint-every ++++++-+
            no-checkpoint    ++++++-+
            resume           ++++++-+",
    },
    Table {
        verb: "plan",
        modes: &[("t", &[]), ("t --model glove", &[]), ("t --model glove --across-lines", &[])],
        flags: "
            tokenizer        +++
            lowercase        +++
            normalize        +++
            encoding         +++
            invalid-utf8     +++
            max-sentence     ++-
            min-count        +++
            max-vocab        +++
            vocab            +++
            threads          +++
            max-memory       +++
            temp-dir         +++
            progress         +++
            output           +++
            force            +++
            model            +++
            dim              +++
            window           +++
            epochs           +++
            lr               +++
            fixed-window     +--
            negative         +--
            ns-exponent      +--
            sample           +--
            min-lr           +--
            engine           +--
            storage          +--
            explain          ---
            cooccur          ---
            x-max            -++
            alpha            -++
            clip             -++
            held-out         -++
            combine          -++
            unk              -++
            left-only        -++
            weighting        -++
            across-lines     -+c
            seed             +++
            isa              +++
            continue         ---
            init             ---
            freeze           ---
            anchor           ---
            drift-report     ---
            checkpoint       +++
            checkpoint-every +++
            no-checkpoint    +++
            resume           +++
            eval             +++
            json             +++",
    },
    Table {
        verb: "vocab",
        modes: &[("t", &[]), ("t -o v", &[])],
        flags: "
            tokenizer    ++
            lowercase    ++
            normalize    ++
            encoding     ++
            invalid-utf8 ++
            max-sentence --
            min-count    ++
            max-vocab    ++
            vocab        ++
            threads      ++
            max-memory   ++
            temp-dir     ++
            progress     ++
            output       +c
            sentence-end ++
            force        -+",
    },
    Table {
        verb: "cooccur",
        modes: &[("t", &[]), ("t --across-lines", &[])],
        flags: "
            tokenizer    ++
            lowercase    ++
            normalize    ++
            encoding     ++
            invalid-utf8 ++
            max-sentence +-
            min-count    ++
            max-vocab    ++
            vocab        ++
            threads      ++
            max-memory   ++
            temp-dir     ++
            progress     ++
            output       ++
            to           ++
            save-vocab   ++
            force        ++
            checkpoint   ++
            window       ++
            left-only    ++
            weighting    ++
            across-lines +c",
    },
    Table {
        verb: "neighbors",
        modes: &[("w", &[]), ("", &[])],
        flags: "
            vectors        ++
            tensor         ++
            encoding       ++
            threads        ++
            limit          ++
            json           ++
            top            ++
            minus          ++
            sum            +-
            restrict-vocab ++
            include-input  ++",
    },
    Table {
        verb: "analogy",
        modes: &[("a b c", &[]), ("", &[])],
        flags: "
            vectors        ++
            tensor         ++
            encoding       ++
            threads        ++
            limit          ++
            json           ++
            top            ++
            method         ++
            restrict-vocab ++
            include-input  ++",
    },
    Table {
        verb: "similarity",
        modes: &[("a b", &[]), ("", &[])],
        flags: "
            vectors ++
            tensor  ++
            encoding ++
            threads ++
            limit   ++
            json    ++",
    },
    Table {
        verb: "odd",
        modes: &[("a b c", &[]), ("a b c --json", &[])],
        flags: "
            vectors ++
            tensor  ++
            encoding ++
            threads ++
            limit   ++
            json    +c
            all     +-",
    },
    Table {
        verb: "predict",
        modes: &[("a", &[]), ("", &[])],
        flags: "
            vectors     ++
            tensor      ++
            encoding    ++
            threads     ++
            limit       ++
            json        ++
            top         ++
            minus       ++
            temperature ++
            top-k       ++
            top-p       ++",
    },
    Table {
        verb: "one-hot",
        modes: &[
            ("words", &["a sentence"]),
            ("words -v m", &["a sentence"]),
            ("t", &["a corpus"]),
            ("t -o x.npy", &["a corpus"]),
        ],
        flags: "
            tokenizer    +-++
            lowercase    +-++
            normalize    +-++
            encoding     --++
            invalid-utf8 --++
            max-sentence ----
            min-count    --++
            max-vocab    --++
            vocab        --++
            threads      ++++
            max-memory   ++++
            temp-dir     ++++
            progress     ++++
            output       +++c
            force        ---+
            vectors      +c--
            tensor       c+cc
            dim          ++++
            json         ++++",
    },
    Table {
        verb: "eval",
        modes: &[("--sets s", &[]), ("--sets s", &["no analogies"])],
        flags: "
            vectors        ++
            tensor         ++
            encoding       ++
            threads        ++
            sets           ++
            analogies      ++
            pairs          ++
            categories     ++
            odd            ++
            restrict-vocab ++
            method         +-
            case-sensitive ++
            missing        ++
            json           ++",
    },
    Table {
        verb: "compare",
        modes: &[
            ("--corpus t", &[]),
            ("--cooccur c", &[]),
            ("--corpus t --baselines one-hot ngrams", &[]),
            ("--corpus t --baselines counts", &[]),
            ("--corpus t --baselines ppmi", &[]),
            ("--corpus t --baselines random", &[]),
            ("--corpus t --baselines svd", &[]),
            ("--corpus t", &["no analogies"]),
        ],
        flags: "
            corpus         +-++++++
            cooccur        -+------
            vocab          c+cccccc
            tokenizer      +-++++++
            min-count      +-++++++
            max-vocab      +-++++++
            sets           ++++++++
            analogies      ++++++++
            pairs          ++++++++
            categories     ++++++++
            odd            ++++++++
            restrict-vocab ++++++++
            method         +++++++-
            case-sensitive ++++++++
            resamples      ++++++++
            bootstrap-seed ++++++++
            baselines      ++++++++
            window         +--++-++
            cds            ++--+-++
            shift          ++--+-++
            dim            ++---+++
            svd-p          ++----++
            svd-rounds     ++----++
            seed           ++---+++
            threads        ++++++++
            max-memory     ++++++++
            temp-dir       ++++++++
            progress       ++++++++
            json           ++++++++
            markdown       ++++++++",
    },
    Table {
        verb: "convert",
        // What a format has no use for the library refuses (tests/cli/exchange.rs).
        modes: &[("a b", &[]), ("a b --glove-vocab v", &[]), ("a b --static-embedding", &[])],
        flags: "
            to               ++c
            glove-vocab      +++
            dtype            +++
            limit            +c+
            words            +++
            project          +++
            max-memory       +++
            encoding         +c+
            invalid-utf8     +c+
            verify           +c+
            tensor           +++
            static-embedding ++c
            threads          +++
            force            +++",
    },
    Table {
        verb: "quantize",
        modes: &[("a b", &[]), ("a b --recall-words 0", &[]), ("a b --method pq", &[])],
        flags: "
            method        +++
            subquantizers --+
            seed          +-+
            recall-words  +++
            analogies     +++
            pairs         +++
            threads       +++
            force         +++
            json          +++",
    },
    Table {
        verb: "check",
        modes: &[("t", &["a text"]), ("v", &["vectors"]), ("v --repair o", &["vectors"])],
        flags: "
            tokenizer    +--
            lowercase    +--
            normalize    +--
            encoding     +--
            invalid-utf8 +--
            max-sentence +--
            min-count    +--
            max-vocab    ---
            vocab        ---
            threads      +++
            max-memory   +++
            temp-dir     +++
            progress     +++
            as           +++
            repair       -++
            force        cc+
            strict       +++
            json         +++",
    },
    Table {
        verb: "info",
        modes: &[
            ("v", &[]),
            ("v", &["one table"]),
            ("config.json", &["a configuration"]),
            ("--cpu", &[]),
        ],
        flags: "
            tensor       +---
            total-params +-+-
            cpu          ---c
            json         ++++",
    },
    Table {
        verb: "reproduce",
        // `from` without a warm start is refused when the record is read (tests/cli/reproducing.rs).
        modes: &[("m", &[]), ("m t", &[])],
        flags: "
            from       ++
            max-memory ++
            temp-dir   ++
            progress   ++
            json       ++",
    },
    Table { verb: "completions", modes: &[("bash", &[])], flags: "" },
];

/// The command, without the flags that every verb has.
fn command() -> Command {
    let mut command = super::super::command();
    command.build();
    command
}

fn parse(command: &Command, verb: &str, words: &[&str]) -> clap::error::Result<ArgMatches> {
    let words = ["w2v", verb].into_iter().chain(words.iter().copied());
    let typed = command.clone().try_get_matches_from(words)?;
    Ok(typed.subcommand_matches(verb).expect("this verb").clone())
}

/// Values of which each flag takes one.
const VALUES: &[&str] = &["3", "0.5", "x", "1G", "f32", "npy", "portable", "10m", "latin1"];

/// What becomes of a flag in a mode.
fn letter(
    command: &Command,
    table: &Table,
    (line, found): Line,
    flag: &clap::Arg,
) -> (char, String) {
    let long = format!("--{}", flag.get_long().expect("flags have long names"));
    let verb = command.find_subcommand(table.verb).expect("the verb");
    let possible: Vec<String> =
        flag.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    // The last one is what no mode here has by itself.
    let values = possible.iter().rev().map(String::as_str).chain(VALUES.iter().copied());
    let values: Vec<Vec<&str>> = match flag.get_action().takes_values() {
        true => values.map(|value| vec![value]).collect(),
        false => vec![vec![]],
    };
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    if words.contains(&long.as_str()) && flag.get_action().takes_values() {
        // The mode is chosen by this flag.
        return ('+', String::new());
    }
    let mut worst = None;
    for value in values {
        let words = [&words[..], &[&long], &value].concat();
        let found = match parse(command, table.verb, &words) {
            Ok(typed) => match refusal(verb, &typed, found) {
                None => return ('+', String::new()),
                Some(message) => ('-', message),
            },
            Err(error)
                if matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) =>
            {
                continue;
            }
            Err(error) => ('c', error.to_string()),
        };
        worst.get_or_insert(found);
    }
    worst.unwrap_or_else(|| panic!("no value of {VALUES:?} suits {} {long}", table.verb))
}

#[test]
fn every_flag_is_used_or_refused_in_every_mode() {
    let command = command();
    let mut problems = String::new();
    let verbs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    for verb in verbs.into_iter().filter(|verb| *verb != "help") {
        let Some(table) = TABLES.iter().find(|table| table.verb == verb) else {
            problems += &format!("the verb {verb} has no table\n");
            continue;
        };
        let mut lines: Vec<[&str; 2]> = (table.flags.lines())
            .filter_map(|line| line.trim().split_once(' '))
            .map(|(name, letters)| [name, letters.trim()])
            .collect();
        let of_verb = command.find_subcommand(verb).unwrap();
        let flags = of_verb.get_arguments().filter(|arg| !arg.is_positional());
        for flag in flags.filter(|flag| flag.get_id() != "help") {
            let name = flag.get_long().expect("flags have long names");
            let found: Vec<(char, String)> =
                table.modes.iter().map(|&mode| letter(&command, table, mode, flag)).collect();
            let letters: String = found.iter().map(|(letter, _)| *letter).collect();
            match lines.iter().position(|[known, _]| *known == name) {
                None => problems += &format!("{verb} has no line for: {name} {letters}\n"),
                Some(line) => {
                    let [_, expected] = lines.remove(line);
                    if expected != letters {
                        problems +=
                            &format!("{verb} --{name}: {letters}, the table has {expected}\n");
                    }
                }
            }
            for (_, message) in found.iter().filter(|(letter, _)| *letter == '-') {
                assert!(message.contains(" means nothing ") && message.contains("; "), "{message}");
            }
        }
        lines.iter().for_each(|[name, _]| problems += &format!("{verb} has no flag --{name}\n"));
    }
    assert!(problems.is_empty(), "\n{problems}");
}

/// A name that is misspelt in the table would never refuse anything.
#[test]
fn the_table_names_arguments_that_are_there() {
    let command = command();
    for mode in MODES {
        for verb in mode.verbs {
            let verb = command.find_subcommand(verb).expect("a verb");
            let ids = mode.when.iter().filter_map(|when| match when {
                Typed(id) | NotTyped(id) | Is(id, _) | Lacks(id, _) => Some(*id),
                Found(_) => None,
            });
            for id in ids.chain(mode.flags.iter().copied()) {
                let known = verb.get_arguments().any(|arg| arg.get_id() == id);
                assert!(known, "{} has no {id}", verb.get_name());
            }
        }
    }
}

#[test]
fn messages_say_why_and_what_to_do() {
    let command = command();
    let message = |verb: &str, line: &str, found: &[&str]| {
        let words: Vec<&str> = line.split(' ').collect();
        let typed = parse(&command, verb, &words).unwrap();
        refusal(command.find_subcommand(verb).unwrap(), &typed, found).unwrap_or_default()
    };
    assert_eq!(
        message("train", "--model glove --cooccur c --min-count 3", &[]),
        "--min-count means nothing with --cooccur, whose text was read and counted before; leave it out, \
         or count again by `w2v cooccur`"
    );
    assert_eq!(
        message("train", "--model glove --cooccur c text", &[]),
        "CORPUS means nothing with --cooccur, whose text was read and counted before; leave it out, or \
         count again by `w2v cooccur`"
    );
    assert_eq!(
        message("train", "t --freeze", &[]),
        "--freeze means nothing without a warm start, since no word was there before; begin with \
         --continue or --init"
    );
    assert_eq!(message("train", "t --model glove --window 3 --min-count 2", &[]), "");
}
