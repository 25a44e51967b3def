//! What the README promises a newcomer, from the text to the answers, with nothing but defaults.

use super::{Folder, bundled, json_lines};

#[test]
fn the_first_ten_minutes() {
    let folder = Folder::new();
    let run = folder.run(&["train", &bundled("corpus.txt")], "");
    let next = run.err.lines().last().unwrap_or_default().to_owned();
    assert_eq!(run.answer(), "");
    assert_eq!(folder.names(), ["vectors.w2v"]);
    assert_eq!(next, "try: w2v analogy king queen man");

    let answer = folder.w2v("analogy king queen man").answer();
    assert_eq!(answer.lines().count(), 10);
    assert!(answer.starts_with("woman\t"), "{answer}");
    let similarity = |words: &str| -> f64 {
        let answer = folder.w2v(&format!("similarity {words}")).answer();
        answer.trim_end().parse().unwrap()
    };
    assert!(similarity("king queen") > similarity("king car") + 0.2);
    assert!(similarity("国王 王后") > similarity("国王 汽车") + 0.1);
    assert_eq!(folder.w2v("odd king queen prince car").answer(), "car\n");

    let (questions, pairs) = (bundled("questions.txt"), bundled("pairs.txt"));
    let files = ["eval", "--analogies", &questions, "--pairs", &pairs];
    let table = folder.run(&files, "").answer();
    assert!(table.lines().any(|line| line.ends_with("  family")), "{table}");
    assert!(table.lines().any(|line| line.ends_with("  = all")), "{table}");
    let last = table.lines().last().unwrap();
    assert!(last.contains(": Spearman 0.") && last.ends_with("200 of 200 pairs found"), "{last}");

    let json = folder.run(&[&files[..], &["--json"]].concat(), "").answer();
    let scores = &json_lines(&json)[0];
    assert_eq!(scores["vectors"], "vectors.w2v");
    let [analogies, pairs] = scores["results"].as_array().unwrap().as_slice() else {
        panic!("{scores}");
    };
    assert_eq!((&analogies["kind"], &pairs["kind"]), (&"analogies".into(), &"pairs".into()));
    let total = &analogies["scores"]["total"];
    assert_eq!(total["covered"], total["total"]);
    assert!(total["accuracy"].as_f64().unwrap() > 0.6, "{total}");
    assert!(pairs["scores"]["spearman"].as_f64().unwrap() > 0.6, "{pairs}");
    // The table and the JSON say the same.
    let row = table.lines().find(|line| line.ends_with("  = all")).unwrap();
    let percent = format!("{:.2} %", 100.0 * total["accuracy"].as_f64().unwrap());
    assert!(row.trim_start().starts_with(&percent), "{row} against {percent}");
}

#[test]
fn eval_says_what_it_lacks() {
    let folder = Folder::new();
    folder.write("table.txt", "2 2\nking 1 2\nqueen 1 3\n");
    folder.w2v("eval -v table.txt").refused(
        2,
        "nothing to judge by; name files with --sets FILE, or with --analogies, --pairs, --categories \
         or --odd where their kind shall not be guessed",
    );
    folder.write("pairs.txt", "king\tqueen\t9\nking\tqueen\tnine\n");
    let run = folder.w2v("eval -v table.txt --pairs pairs.txt");
    run.refused_beginning(2, "pairs.txt: word pairs: line 2: ");
    folder.write("questions.txt", ": some\na b c\n");
    let run = folder.w2v("eval -v table.txt --analogies questions.txt");
    run.refused_beginning(2, "questions.txt: analogy questions: line 2: ");
    // Questions of which none is about words that are there: shown, and exit code 1.
    folder.write("questions.txt", ": some\na b c d\n");
    let run = folder.w2v("eval -v table.txt --analogies questions.txt");
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.out.contains("= all"), "{}", run.out);
}
