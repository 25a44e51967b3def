//! Questions on standard input: what a line is, what its words are, and when it is answered.

use super::{Folder, json_lines};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// `new york` is a word, and so are `new` and `york`.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("v.words.txt", "new\nyork\nnew york\nparis\ncar\n");
    let mut array = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 2), }";
    array.extend(format!("{header:<117}\n").bytes());
    let rows = [[1f32, 0.0], [0.9, 0.1], [0.1, 1.0], [0.2, 1.0], [-1.0, 0.1]];
    array.extend(rows.iter().flatten().flat_map(|x| x.to_le_bytes()));
    folder.write("v.npy", array);
    folder
}

#[test]
fn a_word_with_a_space_is_a_line_or_stands_between_tabs() {
    let folder = folder();
    let ask = |verb: &str, line: &str| folder.piped(&format!("{verb} -v v.npy"), line).answer();
    let whole = ask("neighbors -n 1", "new york\n");
    assert_eq!(whole, "# new york\nparis\t0.9952\n");
    assert_eq!(
        folder.run(&["neighbors", "-n", "1", "-v", "v.npy", "new york"], "").answer(),
        "paris\t0.9952\n"
    );
    let sum = ask("neighbors -n 1", "new\tyork\n");
    assert_eq!(sum, "# new york\nparis\t0.2500\n");
    assert_eq!(ask("neighbors -n 1", " york new \n"), "# york new\nparis\t0.2500\n");
    assert_eq!(ask("similarity", "new york\tparis\n"), "new york\tparis\t0.9952\n");
    assert_eq!(ask("similarity", "new\tyork\n"), "new\tyork\t0.9939\n");
    assert_eq!(ask("odd", "new york\tparis\tcar\n"), "car\n");
    let analogy = ask("analogy -n 1", "new \t york\t new york\n");
    assert!(analogy.starts_with("# new\tyork\tnew york\nparis\t"), "{analogy}");
}

#[test]
fn every_line_end_and_a_byte_order_mark() {
    let folder = folder();
    let lines = "\u{feff}new york\r\npari\rparis\r\r\n\nnew york";
    let run = folder.piped("neighbors -n 1 -v v.npy", lines);
    assert_eq!(run.err, "w2v: \"pari\" is not among the 5 words; did you mean paris?\n");
    let expected =
        "# new york\nparis\t0.9952\n# paris\nnew york\t0.9952\n# new york\nparis\t0.9952\n";
    assert_eq!(run.answer(), expected);
}

#[test]
fn a_line_that_is_not_utf_8_is_an_answer() {
    let folder = folder();
    let lines = b"new york\ncaf\xe9\n\nparis\n".to_vec();
    for verb in ["neighbors -n 1", "predict", "similarity", "odd", "analogy"] {
        let run = folder.piped(&format!("{verb} -v v.npy"), lines.clone());
        let problem = "w2v: line 2: byte 3 is not UTF-8; convert the questions to UTF-8\n";
        assert!(run.err.contains(problem), "{verb}: {}", run.err);
    }
    let run = folder.piped("neighbors -n 1 -v v.npy", lines.clone());
    assert_eq!(run.answer(), "# new york\nparis\t0.9952\n# paris\nnew york\t0.9952\n");
    let lines = json_lines(&folder.piped("neighbors -n 1 -v v.npy --json", lines).answer());
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["question"], "caf\u{fffd}");
    let problem = "line 2: byte 3 is not UTF-8; convert the questions to UTF-8";
    assert_eq!(lines[1]["error"], problem);
    assert_eq!(folder.piped("odd -v v.npy", b"\xff\n".to_vec()).code, Some(1));
}

/// A program that waits for an answer before it asks again gets one for each line.
#[test]
fn a_line_is_answered_before_the_next_one_comes() {
    let folder = folder();
    for (verb, line, answer) in [
        ("neighbors", "new york\n", ["# new york", "paris\t0.9952"]),
        ("analogy", "car car new\n", ["# car car new", "york\t0.9939"]),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_w2v"))
            .args([verb, "-v", "v.npy", "-n", "1"])
            .current_dir(folder.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut questions = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..3 {
            questions.write_all(line.as_bytes()).unwrap();
            for expected in answer {
                assert_eq!(answers.next().unwrap().unwrap(), expected);
            }
        }
        drop(questions);
        assert!(answers.next().is_none() && child.wait().unwrap().success());
    }
}

/// Lines that come together get the answers, in their order, that they get alone.
#[test]
fn a_batch_answers_as_its_lines_do_alone() {
    let folder = Folder::new();
    let table: String = (0..300)
        .map(|i| format!("w{i} {} {} {}\n", (i * 37 % 101) as f32 - 50.3, i * 53 % 97, i * 11 % 89))
        .collect();
    folder.write("v.txt", table);
    let lines: Vec<String> = (0..40)
        .map(|i| match i % 9 {
            4 => format!("wrong{i} w1 w2\n"),
            _ => format!("w{} w{} w{}\n", i * 7, i * 3 + 1, i * 5 + 2),
        })
        .collect();
    for verb in ["neighbors", "analogy", "analogy --method mul", "odd"] {
        for json in ["", " --json"] {
            let verb = format!("{verb} -v v.txt{json}");
            let batch = folder.piped(&verb, lines.concat());
            let alone: Vec<_> = lines.iter().map(|line| folder.piped(&verb, &**line)).collect();
            let out: String = alone.iter().map(|ran| ran.out.as_str()).collect();
            let err: String = alone.iter().map(|ran| ran.err.as_str()).collect();
            assert_eq!((batch.out, batch.err), (out, err), "{verb}");
        }
    }
}
