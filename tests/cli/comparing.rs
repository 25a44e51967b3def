//! `w2v compare` and the sets that `w2v eval` takes.

use super::{Folder, bundled, json_lines};

/// A text of two topics, in which words of a topic stand together.
fn topics() -> String {
    let topics = [["cat", "dog", "cow", "fox", "hen"], ["car", "bus", "van", "cab", "bike"]];
    let mut state = 3_usize;
    let mut draw = |n: usize| {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        (state >> 8) % n
    };
    let mut line = || {
        let topic = topics[draw(2)];
        let words: Vec<&str> = (0..6).map(|_| topic[draw(5)]).collect();
        words.join(" ") + " the\n"
    };
    (0..400).map(|_| line()).collect()
}

fn folder() -> Folder {
    let folder = Folder::with_text(&topics());
    folder.write("classes.csv", ",category,word\n0,animal,cat\n1,animal,dog\n2,animal,cow\n3,animal,fox\n4,vehicle,car\n5,vehicle,bus\n6,vehicle,van\n7,vehicle,yeti\n");
    folder.write("odd.csv", ",category,outliers,words\n0,animals,\"['bus', 'van', 'yeti', '']\",\"['cat', 'dog', 'cow']\"\n1,vehicles,\"['hen', 'fox']\",\"['car', 'cab', 'bike']\"\n");
    folder.write(
        "pairs.txt",
        "cat dog 9\ncar bus 8\ncat bus 2\ncow van 1\nfox cab 1.5\nhen hen 10\n",
    );
    folder.write("questions.txt", "cat dog car bus\n");
    folder
        .w2v("train text.txt --output model.w2v --dim 8 --epochs 3 --threads 1 --progress none")
        .answer();
    folder
}

const SETS: &str = "--sets classes.csv odd.csv pairs.txt questions.txt";

#[test]
fn one_table_for_models_and_baselines() {
    let folder = folder();
    let command = format!("compare model.w2v --corpus text.txt {SETS} --progress none");
    let json = folder.w2v(&format!("{command} --json --threads 1")).answer();
    let table = &json_lines(&json)[0];
    let names: Vec<&str> =
        table["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "model",
            "one-hot",
            "random",
            "n-grams",
            "counts",
            "PPMI",
            "PPMI-SVD p=0",
            "PPMI-SVD p=0.5",
            "PPMI-SVD p=1"
        ]
    );
    let coverage: Vec<(u64, u64)> = table["sets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| (set["covered"].as_u64().unwrap(), set["total"].as_u64().unwrap()))
        .collect();
    assert_eq!(coverage, [(7, 8), (4, 5), (6, 6), (1, 1)]);
    let cell = |row: usize, set: usize| table["rows"][row]["cells"][set]["score"].as_f64();
    // PPMI sees the topics; one-hot sees nothing: outliers tie with three words of the group, one of
    // the 8 words that are left answers the question, and of the pairs only `hen hen` stands out.
    assert_eq!((cell(5, 0), cell(5, 1)), (Some(1.0), Some(1.0)));
    assert_eq!((cell(1, 1), cell(1, 3)), (Some(0.25), Some(0.125)));
    // Ranks 5 4 3 1 2 6 of the judgements; of the cosines five times 3, and 6: 7.5 ÷ √(17.5 · 7.5).
    assert!((cell(1, 2).unwrap() - 7.5 / (17.5_f64 * 7.5).sqrt()).abs() < 1e-12);
    assert_eq!(table["rows"][1]["nonzeros"], 11);
    assert_eq!(table["rows"][0]["memory_bytes"], 11 * 8 * 4);
    assert!(table["rows"][0]["disk_bytes"].as_u64().unwrap() > 352);
    let advice = table["advice"][0].as_str().unwrap();
    assert!(advice.starts_with("2,800 tokens is little text (under 2,000,000)."), "{advice}");

    // The same whatever the number of threads, but for the time that queries take.
    let timeless = |text: &str| {
        let mut table = json_lines(text).remove(0);
        for row in table["rows"].as_array_mut().unwrap() {
            row["query_seconds"] = 0.into();
        }
        table
    };
    let other = folder.w2v(&format!("{command} --json --threads 3")).answer();
    assert_eq!(timeless(&other), timeless(&json));

    let human = folder.w2v(&command).answer();
    assert!(human.contains("  7 of 8"), "{human}");
    assert!(human.contains("model against the best baseline: "), "{human}");
    assert!(human.contains(advice), "{human}");
    let markdown = folder.w2v(&format!("{command} --markdown")).answer();
    let rows: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 11);
    assert!(rows.iter().all(|row| row.matches(" | ").count() == 9), "{markdown}");
}

#[test]
fn counts_may_be_made_before_and_baselines_chosen() {
    let folder = folder();
    folder.w2v("cooccur text.txt --output counts.w2c --window 5 --progress none").answer();
    let chosen = "--baselines ppmi,svd --svd-p 0.5 --dim 3 --json --progress none";
    let one = folder.w2v(&format!("compare --cooccur counts.w2c {SETS} {chosen}")).answer();
    let other = format!("compare --corpus text.txt --window 5 {SETS} {chosen}");
    let other = folder.w2v(&other).answer();
    let cells = |text: &str| {
        let table = json_lines(text).remove(0);
        let rows = table["rows"].as_array().unwrap().clone();
        rows.into_iter()
            .map(|row| (row["name"].clone(), row["dim"].clone(), row["cells"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(cells(&one), cells(&other));
    assert_eq!(cells(&one).len(), 2);
    assert_eq!(cells(&one)[1].1, 3);
}

#[test]
fn what_does_not_fit_is_left_out_and_named() {
    let folder = folder();
    let run = folder.w2v(&format!("compare --corpus text.txt {SETS} --max-memory 1K"));
    let table = run.out;
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(table.contains("one-hot") && !table.contains("PPMI"), "{table}");
    assert!(run.err.contains("left out: counts, PPMI and PPMI-SVD: "), "{}", run.err);
    assert!(run.err.contains("raise --max-memory"), "{}", run.err);
}

#[test]
fn compare_says_what_it_lacks() {
    let folder = folder();
    folder
        .w2v("compare model.w2v --corpus text.txt")
        .refused_beginning(2, "nothing to compare by; ");
    let run = folder.w2v(&format!("compare model.w2v {SETS}"));
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("--corpus"), "{}", run.err);
    folder
        .w2v(&format!("compare model.w2v --corpus text.txt {SETS} --cds 2"))
        .refused_beginning(2, "--cds is 2, ");
    folder.write("other.txt", "1 2\nyeti 1 2\n");
    let run = folder.w2v(&format!("compare other.txt --corpus text.txt {SETS} --progress none"));
    run.refused_beginning(2, "no word is in the text and in all models; ");
    folder.write("bad.txt", "a b c d e f\n");
    folder
        .w2v("compare model.w2v --corpus text.txt --sets bad.txt")
        .refused_beginning(2, "bad.txt: evaluation set: line 1: ");
    let run = folder.w2v(&format!("compare --cooccur text.txt {SETS} --progress none"));
    run.refused_beginning(2, "text.txt is no file of `w2v cooccur`; ");
}

#[test]
fn eval_takes_every_kind_of_set() {
    let folder = folder();
    let text = folder.w2v(&format!("eval -v model.w2v {SETS}")).answer();
    assert!(text.contains("classes.csv: purity "), "{text}");
    assert!(text.contains(" of 2 clusters, 7 of 8 words found"), "{text}");
    assert!(text.contains("odd.csv: ") && text.contains("4 of 5 questions asked"), "{text}");
    let json = folder.w2v(&format!("eval -v model.w2v {SETS} --json")).answer();
    let results = &json_lines(&json)[0]["results"];
    let kinds: Vec<&str> = (0..4).map(|i| results[i]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["categories", "odd", "pairs", "analogies"]);
    assert!(results[2]["interval"]["low"].as_f64() <= results[2]["scores"]["spearman"].as_f64());
    let questions = bundled("questions.txt");
    let run = folder.w2v(&format!("eval -v model.w2v --pairs {questions}"));
    run.refused_beginning(2, &format!("{questions}: word pairs: line "));
}

#[test]
fn a_set_is_not_guessed_against_the_evidence() {
    let folder = folder();
    folder.write("list.txt", "able\tunable\nfair\tunfair\nkind\tunkind\n");
    let run = folder.w2v("eval -v model.w2v --sets list.txt");
    assert!(
        run.err.contains("a list of word pairs") && run.err.contains("--analogies"),
        "{}",
        run.err
    );
    run.refused_beginning(2, "list.txt: evaluation set: whole file: a list of word pairs");
    folder.w2v("eval -v model.w2v --categories list.txt").refused_beginning(
        2,
        "list.txt: word categories: whole file: 3 classes of one word each: every clustering is pure;",
    );
    std::fs::create_dir(folder.path("BATS")).unwrap();
    folder.write("BATS/D01 [un].txt", "cat\tdog/yeti\ncar\tbus\nyeti\tx\n");
    folder.write("BATS/I01 [s].txt", "cat\tcow\ncar\tvan\n");
    for flag in ["--sets", "--analogies"] {
        let text = folder.w2v(&format!("eval -v model.w2v {flag} BATS")).answer();
        assert!(text.contains("D01 [un]") && text.contains("I01 [s]"), "{text}");
        assert!(text.lines().any(|line| line.ends_with("8  = all")), "{text}");
    }
}
