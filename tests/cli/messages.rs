//! What messages and tables show of the words of users, and of numbers that are not known.

use super::{Folder, Ran, bundled, json_lines, prose};

/// A word with the escape character, NUL, a line feed and a mark that turns the direction of text.
const ODD: &str = "\u{1b}[31m\0a\nb\u{202e}c";
const SHOWN: &str = "\\u{1b}[31m\\0a\\nb\\u{202e}c";

/// No character that commands a terminal.
#[track_caller]
fn harmless(ran: &Ran) {
    let text = format!("{}{}", ran.out, ran.err);
    let odd = |c: char| (c.is_control() && !"\n\t".contains(c)) || c == '\u{202e}';
    assert!(!text.contains(odd), "{text:?}");
}

#[test]
fn a_long_word_is_shortened_and_an_odd_one_escaped() {
    let folder = Folder::new();
    folder.write("v.txt", "3 2\nking 1 0\nqueen 1 1\nesc\u{1b}ape\u{202e} 0.9 0\n");
    let long = "x".repeat(100_000);
    let shown = format!("\"{}…\" is not among the 3 words", "x".repeat(80));
    for question in [vec!["neighbors", &*long], vec!["similarity", "king", &long]] {
        folder.run(&[&question[..], &["-v", "v.txt"]].concat(), "").refused(1, &shown);
    }
    let run = folder.piped("neighbors -v v.txt", format!("{long}\n{long} {long}\nking\n"));
    assert!(run.err.len() < 500 && run.err.lines().count() == 2, "{}", run.err);
    let run = folder.piped("analogy -v v.txt", format!("{long} {long}\n"));
    assert!(run.err.len() < 300, "{}", run.err);
    // For a program the whole word.
    let run = folder.run(&["neighbors", &long, "-v", "v.txt", "--json"], "");
    assert_eq!(json_lines(&run.out)[0]["question"], long);

    let run = folder.run(&["neighbors", &ODD.replace('\0', ""), "-v", "v.txt"], "");
    harmless(&run);
    run.refused(1, &format!("\"{}\" is not among the 3 words", SHOWN.replace("\\0", "")));
    let run = folder.piped("similarity -v v.txt", "king \u{1b}[2J\nking \0\n");
    harmless(&run);
    // Answers and headings.
    let run = folder.piped("neighbors -n 1 -v v.txt", "king\nesc\u{1b}ape\u{202e}\n");
    harmless(&run);
    let odd = "esc\\u{1b}ape\\u{202e}";
    assert_eq!(run.answer(), format!("# king\n{odd}\t1.0000\n# {odd}\nking\t1.0000\n"));
    let run = folder.piped("odd -v v.txt", "king queen esc\u{1b}ape\u{202e}\n");
    harmless(&run);
    let json = json_lines(&folder.w2v("neighbors king -n 1 -v v.txt --json").answer());
    assert_eq!(json[0]["answers"][0]["word"], "esc\u{1b}ape\u{202e}");
    // A name of a file, and a line of one.
    let run = folder.run(&["info", "no\u{1b}[1m\nfile"], "");
    harmless(&run);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    folder.write("set.txt", "a b\u{1b} c d e\n");
    let run = folder.w2v("eval --analogies set.txt -v v.txt");
    harmless(&run);
    assert!(run.err.contains("\\u{1b}"), "{}", run.err);
}

#[test]
fn words_behind_a_prefix_are_offered() {
    let folder = Folder::new();
    folder.write("v.txt", "2 2\n/c/en/coffee_pot 1 0\nENTITY/Barack_Obama 1 1\n");
    for (asked, offered) in
        [("coffee_pot", "/c/en/coffee_pot"), ("barack_obama", "ENTITY/Barack_Obama")]
    {
        let message = format!("\"{asked}\" is not among the 2 words; did you mean {offered}?");
        folder.w2v(&format!("neighbors {asked} -v v.txt")).refused(1, &message);
    }
}

#[test]
fn a_count_that_is_not_known_is_null() {
    let folder = Folder::with_text("a b a b c a b c\n");
    folder.write("v.txt", "2 2\na 1 0\nb 1 1\n");
    folder.w2v("convert v.txt v.w2v").answer();
    let count = |file: &str| {
        let answer = json_lines(&folder.w2v(&format!("neighbors a --json -v {file}")).answer());
        answer[0]["answers"][0]["count"].clone()
    };
    assert!(count("v.txt").is_null() && count("v.w2v").is_null());
    let info =
        |file: &str| json_lines(&folder.w2v(&format!("info --json {file}")).answer()).remove(0);
    assert!(info("v.w2v")["tokens"].is_null());
    let train = "train text.txt --min-count 1 --sample 0 --dim 2 --epochs 1 --threads 1 -o m.w2v";
    folder.w2v(train).answer();
    assert!(count("m.w2v").is_u64());
    assert_eq!(info("m.w2v")["tokens"], 8);
}

/// Whole numbers beyond 2⁵³ lose digits in JavaScript and in jq.
#[test]
fn no_hash_in_json_is_a_number() {
    let folder = Folder::with_text(&prose(60, 400));
    let corpus = bundled("pairs.txt");
    folder.write("list.txt", "w1 9\nw2 8\nw3 7\n");
    let mut all = String::new();
    for arguments in [
        "train text.txt --dim 4 --epochs 1 --threads 1 -o m.w2v --progress json".into(),
        "train text.txt --vocab list.txt --dim 4 --epochs 1 -o l.w2v --progress json".into(),
        "train text.txt --continue m.w2v --epochs 1 -o n.w2v --progress json".into(),
        "cooccur text.txt -o c.w2c --progress json".into(),
        "info m.w2v --json".into(),
        "info l.w2v --json".into(),
        "info n.w2v --json".into(),
        "reproduce m.w2v --json".into(),
        "plan text.txt --json".into(),
        "check text.txt --json".into(),
        format!("compare m.w2v --corpus text.txt --sets {corpus} --json"),
    ] {
        let run = folder.w2v(&arguments);
        all += &(run.out + &run.err);
    }
    fn numbers(value: &serde_json::Value, key: &str) {
        match value {
            serde_json::Value::Number(n) => {
                assert!(n.as_u64().is_none_or(|n| n < 1 << 53), "{key}: {n}");
            }
            serde_json::Value::Array(all) => all.iter().for_each(|value| numbers(value, key)),
            serde_json::Value::Object(all) => {
                all.iter().for_each(|(key, value)| numbers(value, key))
            }
            _ => {}
        }
    }
    let values: Vec<serde_json::Value> =
        all.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(values.len() > 15, "{all}");
    values.iter().for_each(|value| numbers(value, ""));
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let folder = Folder::with_text(&prose(60, 400));
    let run = |arguments: &str| {
        let mut command = folder.command();
        command.envs([("W2V_VECTORS", ""), ("TMPDIR", "")]);
        Ran::of(command.args(arguments.split(' ')))
    };
    let train = "train text.txt --dim 4 --epochs 1 --threads 1 --max-memory 1K --progress none";
    run(train).answer();
    assert_eq!(folder.names(), ["text.txt", "vectors.w2v"]);
    for question in ["neighbors w1", "info", "eval --sets pairs.txt"] {
        folder.write("pairs.txt", "w1 w2 3\nw2 w3 4\n");
        run(question).answer();
    }
}

#[test]
fn short_epochs_do_not_flood_and_the_last_one_is_told() {
    let folder = Folder::with_text("a b a b c a b c\n");
    let train = "train text.txt --min-count 1 --sample 0 --dim 2 --threads 1 --epochs 2000 -o m.w2v --force";
    let run = folder.w2v(&format!("{train} --progress plain"));
    let epochs: Vec<&str> = run.err.lines().filter(|line| line.starts_with("epoch ")).collect();
    assert!((2..100).contains(&epochs.len()), "{} lines", epochs.len());
    assert!(epochs.last().unwrap().starts_with("epoch 2000: "), "{epochs:?}");
    let wrote = run.err.lines().position(|line| line.starts_with("wrote m.w2v"));
    let last = run.err.lines().position(|line| line.starts_with("epoch 2000: "));
    assert!(last < wrote, "{}", run.err);
    let json = folder.w2v(&format!("{train} --progress json")).err;
    let ends = json_lines(&json).into_iter().filter(|event| event["event"] == "epoch_end");
    assert_eq!(ends.count(), 2000, "a program gets every one");
}

#[test]
fn a_file_that_grew_is_not_0_times_smaller() {
    let folder = Folder::new();
    let rows: String = (0..300).map(|i| format!("w{i} {} {}\n", i % 17 + 1, i % 7)).collect();
    folder.write("v.txt", rows);
    let run = folder.w2v("quantize v.txt v.w2v --method pq");
    let table = run.out.lines().find(|line| line.starts_with("table ")).unwrap().to_owned();
    assert!(table.ends_with(" times larger"), "{table}");
}
