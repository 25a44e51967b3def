//! `docs/reference.md`: the command reference, written from the declarations of the command line.

use clap::{Arg, Command, CommandFactory};
use std::fmt::Write as _;
use std::path::Path;

const HEAD: &str = "# Command reference

Generated from the command line's own declarations; `w2v VERB --help` prints the same.
";

/// A verb: usage, arguments and flags under their headings, in the order in which `--help` has them.
fn verb(verb: &Command, page: &mut String) {
    let about = verb.get_about().expect("every verb says what it does");
    writeln!(page, "\n## `w2v {}`\n\n{about}.", verb.get_name()).unwrap();
    let aliases: Vec<&str> = verb.get_visible_aliases().collect();
    if !aliases.is_empty() {
        writeln!(page, "\nAlias: `{}`.", aliases.join("`, `")).unwrap();
    }
    let usage = verb.clone().render_usage().to_string().replace("Usage: ", "");
    writeln!(page, "\n```text\n{usage}\n```").unwrap();
    let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help";
    let args: Vec<&Arg> = verb.get_arguments().filter(shown).collect();
    let heading = |arg: &Arg| match arg.get_help_heading() {
        Some(heading) => heading.to_owned(),
        None if arg.is_positional() => "Arguments".into(),
        None => "Options".into(),
    };
    let mut headings = vec!["Arguments".to_owned(), "Options".into()];
    headings.extend(args.iter().map(|arg| heading(arg)));
    while let Some(wanted) = headings.first().cloned() {
        headings.retain(|heading| *heading != wanted);
        let args: Vec<_> = args.iter().filter(|arg| heading(arg) == wanted).collect();
        if !args.is_empty() {
            writeln!(page, "\n### {wanted}\n").unwrap();
        }
        args.into_iter().for_each(|arg| argument(arg, page));
    }
    if let Some(more) = verb.get_after_long_help().or(verb.get_after_help()) {
        writeln!(page, "\n```text\n{more}\n```").unwrap();
    }
}

fn argument(arg: &Arg, page: &mut String) {
    // clap shows an argument as it is typed, with its long name only.
    let short = arg.get_short().map_or_else(String::new, |short| format!("-{short}, "));
    let help = arg.get_long_help().or(arg.get_help()).expect("every argument has a help");
    let help = help.to_string().replace('\n', "\n  ");
    let takes = arg.get_action().takes_values();
    let env = arg.get_env().filter(|_| !arg.is_hide_env_set());
    let defaults = arg.get_default_values().iter();
    let defaults = defaults.filter(|_| takes && !arg.is_hide_default_value_set());
    let values = arg.get_possible_values().into_iter();
    let values: Vec<_> = values.filter(|value| takes && !value.is_hide_set()).collect();
    let plain = values.iter().filter(|value| value.get_help().is_none());
    let lists: [(&str, Vec<String>); 4] = [
        ("alias", arg.get_visible_aliases().into_iter().flatten().map(str::to_owned).collect()),
        ("environment", env.map(|name| name.display().to_string()).into_iter().collect()),
        ("possible values", plain.map(|value| value.get_name().to_owned()).collect()),
        ("default", defaults.map(|value| value.display().to_string()).collect()),
    ];
    write!(page, "- `{short}{arg}`: {help}").unwrap();
    for (what, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
        write!(page, " [{what}: {}]", list.join(", ")).unwrap();
    }
    page.push('\n');
    for value in &values {
        let help = value.get_help().into_iter();
        help.for_each(|help| writeln!(page, "  - `{}`: {help}", value.get_name()).unwrap());
    }
}

#[test]
fn the_reference_is_that_of_the_command_line() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    let (mut command, mut page) = (super::command().term_width(0), HEAD.to_owned());
    command.build();
    // In the order of the declaration, which `command` changes.
    for declared in super::Cli::command().get_subcommands() {
        verb(command.find_subcommand(declared.get_name()).expect("the same verbs"), &mut page);
    }
    if std::env::var_os("W2V_BLESS").is_some() {
        return std::fs::write(path, page).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    let again = "W2V_BLESS=1 cargo test --bin w2v reference";
    let line = found.lines().zip(page.lines()).take_while(|(a, b)| a == b).count() + 1;
    assert!(found == page, "docs/reference.md is out of date from line {line} on: {again}");
}
