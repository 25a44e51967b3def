//! The verbs that answer: on arguments and on lines of standard input, for people, for programs and
//! as JSON. The table is made by hand, so that every answer can be worked out on paper.

use super::{Folder, Ran, json_lines};

/// Directions: royal, male, female, thing. cos(king, queen) = ½, cos(king, man) = 1/√2.
const TABLE: &str = "\
king 1 1 0 0
queen 1 0 1 0
man 0 1 0 0
woman 0 0 1 0
car 0 0 0 1
";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("table.txt", TABLE);
    folder.w2v("convert table.txt vectors.w2v").answer();
    folder
}

#[test]
fn neighbors() {
    let folder = folder();
    let king = "man\t0.7071\nqueen\t0.5000\n";
    assert_eq!(folder.w2v("neighbors king -n 2").answer(), king);
    assert_eq!(folder.w2v("neighbours king --top 2").answer(), king);
    assert_eq!(
        folder.w2v("neighbors king --restrict-vocab 3").answer(),
        "man\t0.7071\nqueen\t0.5000\n"
    );
    assert_eq!(
        folder.w2v("neighbors king queen -n 1").answer(),
        "# king\nman\t0.7071\n# queen\nwoman\t0.7071\n"
    );
    // king/√2 − man/1 points to royal − .41 male; queen shares the royal half.
    let minus = folder.w2v("neighbors king --minus man -n 1").answer();
    assert!(minus.starts_with("queen\t"), "{minus}");
    let sum = folder.w2v("neighbors king woman --sum -n 1").answer();
    assert!(sum.starts_with("queen\t"), "{sum}");
    assert_eq!(folder.run(&["neighbors", "king woman", "-n", "1"], "").answer(), sum);
    let itself = folder.w2v("neighbors car --include-input -n 1").answer();
    assert_eq!(itself, "car\t1.0000\n");
}

#[test]
fn threads_change_no_answer() {
    let folder = folder();
    folder.write("pairs.txt", "king queen 5\nking man 7\nking car 0\nqueen car 0\n");
    for verb in ["neighbors king", "analogy king queen man", "eval --pairs pairs.txt"] {
        let [one, eight] = [1, 8].map(|n| folder.w2v(&format!("{verb} --threads {n}")).answer());
        assert_eq!(one, eight);
        assert_eq!(one, folder.w2v(verb).answer());
    }
}

#[test]
fn analogy() {
    let folder = folder();
    // (queen − king + man) of unit vectors is (0, .293, .707, 0): cos with woman .9239.
    let answer = folder.w2v("analogy king queen man -n 1").answer();
    assert_eq!(answer, "woman\t0.9239\n");
    let mul = folder.w2v("analogy king queen man --method mul -n 1").answer();
    assert!(mul.starts_with("woman\t"), "{mul}");
    let others = folder.w2v("analogy king queen man").answer();
    assert_eq!(others.lines().count(), 2, "the words asked about are no answers: {others}");
    let all = folder.w2v("analogy king queen man --include-input").answer();
    assert_eq!(all.lines().count(), 5);
    for few in ["analogy king queen", "analogy king", "analogy a b c d"] {
        let run = folder.w2v(few);
        assert_eq!(run.code, Some(2), "{few}");
        assert!(run.err.contains("3 values required"), "{}", run.err);
    }
}

#[test]
fn similarity_and_odd() {
    let folder = folder();
    assert_eq!(folder.w2v("similarity king queen").answer(), "0.5000\n");
    assert_eq!(folder.w2v("similarity king car").answer(), "0.0000\n");
    assert_eq!(folder.w2v("odd king queen car").answer(), "car\n");
    assert_eq!(
        folder.w2v("odd king queen car --all").answer(),
        "car\t0.0000\nking\t0.2500\nqueen\t0.2500\n"
    );
    folder
        .w2v("odd king queen king")
        .refused(2, "got 2 different words to find the odd one of, expected at least 3");
}

#[test]
fn lines_of_standard_input() {
    let folder = folder();
    let cases = [
        ("neighbors -n 1", "king\n\nqueen\n", "# king\nman\t0.7071\n# queen\nwoman\t0.7071\n"),
        ("analogy -n 1", "king queen man\r\n", "# king queen man\nwoman\t0.9239\n"),
        ("similarity", "king queen\nking\tcar", "king\tqueen\t0.5000\nking\tcar\t0.0000\n"),
        ("odd", "car king queen\n", "car\n"),
    ];
    for (verb, lines, answer) in cases {
        let run = folder.piped(verb, lines);
        assert_eq!(run.err, "", "{verb}");
        assert_eq!(run.answer(), answer, "{verb}");
    }
}

#[test]
fn a_bad_line_does_not_stop_the_others() {
    let folder = folder();
    let lines = "king quen man\nking queen\nking queen man\n";
    let run = folder.piped("analogy -n 1", lines);
    assert_eq!(
        run.err,
        "w2v: \"quen\" is not among the 5 words; did you mean queen?\n\
         w2v: \"king queen\" has 2 words, expected 3\n"
    );
    assert_eq!(run.answer(), "# king queen man\nwoman\t0.9239\n");
    let run = folder.piped("analogy -n 1 --json", lines);
    assert_eq!(run.err, "");
    let answers = json_lines(&run.answer());
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["question"], "king quen man");
    assert_eq!(answers[0]["error"], "\"quen\" is not among the 5 words; did you mean queen?");
    assert_eq!(answers[1]["error"], "\"king queen\" has 2 words, expected 3");
    assert_eq!(answers[2]["answers"][0]["word"], "woman");
    // The same for several words on the command line.
    let run = folder.w2v("neighbors quen king -n 1");
    assert_eq!(run.err, "w2v: \"quen\" is not among the 5 words; did you mean queen?\n");
    assert_eq!(run.answer(), "# king\nman\t0.7071\n");
    // No line was answered.
    assert_eq!(folder.piped("odd", "king\nquen car man\n").code, Some(1));
    assert_eq!(folder.w2v("neighbors quen kingg").code, Some(1));
}

#[test]
fn json() {
    let folder = folder();
    let one = |arguments: &str| {
        let mut lines = json_lines(&folder.w2v(&format!("{arguments} --json")).answer());
        assert_eq!(lines.len(), 1, "{arguments}");
        lines.remove(0)
    };
    let neighbors = one("neighbors king -n 2");
    assert_eq!(neighbors["question"], "king");
    assert_eq!(neighbors["answers"].as_array().unwrap().len(), 2);
    assert_eq!(neighbors["answers"][0]["word"], "man");
    assert!(neighbors["answers"][0]["count"].is_null(), "not known");
    let score = neighbors["answers"][0]["score"].as_f64().unwrap();
    assert!((score - 0.5f64.sqrt()).abs() < 1e-6, "{score}");
    let analogy = one("analogy king queen man -n 1");
    assert_eq!(analogy["question"], serde_json::json!(["king", "queen", "man"]));
    assert_eq!(analogy["answers"][0]["word"], "woman");
    let similarity = one("similarity king queen");
    assert_eq!(similarity["question"], serde_json::json!(["king", "queen"]));
    assert!((similarity["similarity"].as_f64().unwrap() - 0.5).abs() < 1e-6);
    let odd = one("odd king queen car");
    assert_eq!(odd["answers"][0]["word"], "car");
    assert_eq!(odd["answers"].as_array().unwrap().len(), 3);
    let two = folder.w2v("neighbors king queen --json").answer();
    assert_eq!(json_lines(&two).len(), 2, "a line for each question");
}

#[test]
fn unknown_words_end_with_1_and_a_suggestion() {
    let folder = folder();
    let unknown = "\"quen\" is not among the 5 words; did you mean queen?";
    for question in [
        "neighbors quen",
        "neighbors king --minus quen",
        "analogy king quen man",
        "similarity king quen",
        "odd king quen man",
    ] {
        folder.w2v(question).refused(1, unknown);
    }
    folder.w2v("neighbors zzzzzz").refused(1, "\"zzzzzz\" is not among the 5 words");
}

/// As for lines of standard input: a program gets a line for every question.
#[test]
fn json_for_a_single_question_without_an_answer() {
    let folder = folder();
    for (verb, words, code, error) in [
        ("neighbors", "quen", 1, "\"quen\" is not among"),
        ("analogy", "king quen man", 1, "\"quen\" is not among"),
        ("odd", "king queen king", 2, "got 2 different words"),
    ] {
        let run = folder.w2v(&format!("{verb} {words} --json"));
        assert_eq!((run.code, run.err.as_str()), (Some(code), ""), "{verb}");
        let lines = json_lines(&run.out);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["question"], words);
        let said = lines[0]["error"].as_str().unwrap();
        assert!(said.starts_with(error), "{said}");
    }
}

#[test]
fn no_answer_is_said_and_ends_with_1() {
    let folder = Folder::new();
    folder.write("one.txt", "1 2\nalone 1 0\n");
    folder
        .w2v("neighbors alone -v one.txt")
        .refused(1, "nothing to answer with: no word is left to choose from");
}

#[test]
fn where_the_vectors_are() {
    let empty = Folder::new();
    for verb in ["neighbors king", "analogy a b c", "similarity a b", "odd a b c"] {
        let run = empty.w2v(verb);
        let hint = "make it with `w2v train CORPUS`, or name another file with --vectors FILE";
        assert!(run.err.contains(hint), "{}", run.err);
        run.refused_beginning(2, "cannot open vectors.w2v: ");
    }
    let run = empty.w2v("info");
    assert!(run.err.contains("`w2v train CORPUS`"), "{}", run.err);
    run.refused_beginning(2, "cannot open vectors.w2v: ");
    empty.w2v("neighbors king -v none.w2v").refused_beginning(2, "cannot open none.w2v: ");

    let folder = folder();
    let elsewhere = folder.path("vectors.w2v");
    let asked = |variable: &std::path::Path, arguments: &[&str]| {
        let mut command = empty.command();
        Ran::of(command.env("W2V_VECTORS", variable).args(arguments))
    };
    let question = ["similarity", "king", "queen"];
    assert_eq!(asked(&elsewhere, &question).answer(), "0.5000\n");
    let run = asked("absent.w2v".as_ref(), &question);
    assert!(run.err.contains("W2V_VECTORS names this file"), "{}", run.err);
    assert_eq!(run.code, Some(2));
    // A flag is stronger than the environment.
    let flag = ["similarity", "king", "queen", "-v", elsewhere.to_str().unwrap()];
    assert_eq!(asked("absent.w2v".as_ref(), &flag).answer(), "0.5000\n");
}

/// `w2v … | head -1`: the reader leaves early, which is no fault of anybody's.
#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    // More output than a pipe holds, so that the end cannot go unnoticed.
    let table: String = (0..20_000).map(|i| format!("word{i} {} 1\n", i + 1)).collect();
    folder.write("table.txt", &table);
    folder.write("text.txt", &table);
    for arguments in [
        "neighbors word1 -n 20000 -v table.txt",
        "neighbors word1 -n 20000 -v table.txt --json",
        "vocab text.txt --min-count 1 --progress none",
        "completions bash",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
            .args(arguments.split(' '))
            .current_dir(folder.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments}");
        assert_eq!(output.status.code(), Some(0), "{arguments}");
    }
}
