//! Words whose vector is zero: an answer about them says so.

use super::{Folder, json_lines};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("v.txt", "5 2\nking 1 0\nqueen 1 1\nnone 0 0\nvoid 0 0\ncar -1 0\n");
    folder
}

const NONE: &str = "w2v: the vector of \"none\" is zero: its cosine with every word is 0\n";

#[test]
fn every_verb_says_that_a_vector_is_zero() {
    let folder = folder();
    folder.w2v("convert v.txt v.w2v").answer();
    for (question, code) in [
        ("neighbors none", 1),
        ("neighbors king --minus none", 0),
        ("neighbors king none --sum", 0),
        ("analogy king none queen", 0),
        ("analogy none queen king --method mul", 0),
        ("similarity king none", 0),
        ("odd king queen none", 0),
        ("odd king queen none --all", 0),
    ] {
        let run = folder.w2v(&format!("{question} -v v.txt"));
        assert_eq!((run.err.as_str(), run.code), (NONE, Some(code)), "{question}");
        let run = folder.w2v(&format!("{} -v v.txt --json", question.trim_end_matches(" --all")));
        assert_eq!((run.err.as_str(), run.code), ("", Some(code)), "{question}");
        let answer = &json_lines(&run.out)[0];
        assert_eq!(answer["zero_vectors"], serde_json::json!(["none"]), "{question}");
    }
    let run = folder.piped("similarity -v v.txt", "king none\nnone void\nking queen\n");
    let both =
        "w2v: the vectors of \"none\", \"void\" are zero: their cosine with every word is 0\n";
    assert_eq!(run.err, format!("{NONE}{both}"));
    assert_eq!(run.answer(), "king\tnone\t0.0000\nnone\tvoid\t0.0000\nking\tqueen\t0.7071\n");
    let answer = json_lines(&folder.w2v("neighbors king -v v.txt --json").answer());
    assert!(answer[0].get("zero_vectors").is_none());
}

#[test]
fn an_evaluation_names_the_words_with_a_zero_vector_and_those_that_are_missing() {
    let folder = folder();
    folder.write("pairs.txt", "king\tqueen\t3\nnone\tking\t2\nBoy\tgirl\t1\ncar\tboy\t1\n");
    let ask = |flags: &str| folder.w2v(&format!("eval --sets pairs.txt -v v.txt {flags}"));
    let run = ask("");
    assert_eq!(run.err, NONE.replace("w2v: ", "w2v: pairs.txt: "));
    let plain = run.answer();
    assert_eq!(ask("--missing").answer(), format!("{plain}2 words missing:\n  Boy\n  girl\n"));
    let json = |flags| json_lines(&ask(flags).answer()).remove(0)["results"][0].clone();
    let result = json("--missing --json");
    assert_eq!(result["missing"], serde_json::json!(["Boy", "girl"]));
    assert_eq!(result["zero_vectors"], serde_json::json!(["none"]));
    assert!(json("--json").get("missing").is_none());
    let exact = json("--missing --case-sensitive --restrict-vocab 4 --json");
    assert_eq!(exact["missing"], serde_json::json!(["Boy", "girl", "car", "boy"]));
    folder.write("pairs.txt", "king\tqueen\t3\nnone\tking\t2\n");
    let all = ask("--missing").answer();
    assert!(all.ends_with("\n0 words missing\n"), "{all}");
}
