//! `w2v reproduce`: the same model again, or where it differs.

use super::{Folder, json_lines, prose};
use w2v::Model;

fn folder() -> Folder {
    Folder::with_text(&prose(60, 500))
}

/// Thread 46 of the demands (ZNLP/TokAlign#2), and 34: a file and its record are enough to make it
/// again, to the byte.
#[test]
fn thread_46_a_model_is_made_again() {
    let folder = folder();
    folder.write("list.txt", (0..50).map(|i| format!("w{i}\n")).collect::<String>());
    folder.write("new.txt", prose(80, 200));
    folder.write("pre.txt", "1 8\nw7 1 2 3 4 5 6 7 8\n");
    let common = "--dim 8 --threads 1 --progress none --force --seed 9";
    folder.w2v(&format!("train text.txt -o first.w2v {common}")).answer();
    for how in [
        "text.txt --sample 0",
        "text.txt --engine pair --window 3 --fixed-window --min-count 20",
        "text.txt --storage bf16 --vocab list.txt --max-vocab 40",
        "text.txt --model glove --epochs 3 --window 4 --x-max 10",
        "text.txt --init pre.txt --anchor 2",
        "new.txt --continue first.w2v --freeze",
    ] {
        folder.w2v(&format!("train {how} -o m.w2v {common}")).answer();
        let said = folder.w2v("reproduce m.w2v --progress none").answer();
        assert!(said.starts_with("reproduced: the same bytes, "), "{how}: {said}");
    }
    // What training began with is looked at, too.
    let run = folder.w2v("reproduce m.w2v new.txt --from pre.txt --progress none");
    run.refused_beginning(
        2,
        "pre.txt is another file than the one that training began with: xxh3 ",
    );
}

#[test]
fn where_a_model_differs() {
    let folder = folder();
    folder.w2v("train text.txt --dim 8 --threads 1 --progress none -o m.w2v").answer();
    let mut model = Model::load(folder.path("m.w2v")).unwrap();
    let was = model.output.row(2)[4];
    model.output.row_mut(2)[4] = was + 0.5;
    model.save(folder.path("changed.w2v")).unwrap();
    let run = folder.w2v("reproduce changed.w2v text.txt --progress none");
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.out.starts_with("not reproduced: "), "{}", run.out);
    assert!(run.out.contains("1 row, by at most 0."), "{}", run.out);
    let first = format!("output row 3, {:?}: number 5 is ", model.vocab.word(w2v::WordId(2)));
    assert!(run.out.contains(&first), "{}", run.out);
    let json = folder.w2v("reproduce changed.w2v text.txt --progress none --json");
    let json = &json_lines(&json.out)[0];
    assert_eq!((&json["identical"], &json["rows_that_differ"]), (&false.into(), &1.into()));
}

#[test]
fn another_text_is_refused() {
    let folder = folder();
    folder.w2v("train text.txt --dim 8 --threads 1 --progress none -o m.w2v").answer();
    folder.write("other.txt", prose(60, 500) + "w1\n");
    let run = folder.w2v("reproduce m.w2v other.txt --progress none");
    let start = "another text than the one that m.w2v was trained on: xxh3 ";
    assert!(run.err.ends_with("(text.txt); nothing was trained\n"), "{}", run.err);
    run.refused_beginning(2, start);
    folder.w2v("convert m.w2v v.txt").answer();
    folder.w2v("convert v.txt v.w2v").answer();
    folder
        .w2v("reproduce v.w2v text.txt --progress none")
        .refused(2, "v.w2v has no training record: its vectors were converted, not trained here");
    folder.w2v("cooccur text.txt --window 3 --progress none").answer();
    folder
        .w2v("train --model glove --cooccur cooccurrence.w2c --dim 4 --epochs 1 --progress none -o g.w2v")
        .answer();
    folder.w2v("reproduce g.w2v --progress none").refused(
        2,
        "g.w2v was trained on counts (cooccurrence.w2c) and not on a text: its record does not say of \
         which, so that there is nothing to count again",
    );
}

/// Several threads never make the same bytes; how near it came is told.
#[test]
fn a_model_of_several_threads() {
    let folder = folder();
    folder.w2v("train text.txt --dim 8 --threads 2 --sample 0 --progress none -o m.w2v").answer();
    let run = folder.w2v("reproduce m.w2v text.txt --json --progress none");
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.err);
    let json = &json_lines(&run.out)[0];
    assert_eq!(json["bytes_expected"], false);
    assert!(json["identical"] == true || json["mean_cosine"].as_f64().unwrap() > 0.5, "{json}");
    let info = json_lines(&folder.w2v("info m.w2v --json").answer());
    assert!(info[0]["training"]["record"]["seconds"].as_f64().unwrap() > 0.0);
}
