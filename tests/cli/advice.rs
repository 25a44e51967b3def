//! Advice is tried out: each flag that a message offers is one that the verb has, and the call with it
//! comes to something else than the same message. A verb without the flag does not offer it.

use super::tables::bf16_file;
use super::{Folder, prose};
use std::collections::BTreeSet;

/// Values for flags that are advised without one, as in "lower --min-count".
const VALUES: [(&str, &str); 19] = [
    ("--min-count", "1"),
    ("--max-vocab", "2"),
    ("--tokenizer", "char"),
    ("--lr", "0.01"),
    ("--clip", "1"),
    ("--limit", "1"),
    ("--tensor", "encoder.embed_tokens.weight"),
    ("--words", "words.txt"),
    ("--max-memory", "1G"),
    ("--window", "1"),
    ("--across-lines", ""),
    ("--lowercase", ""),
    ("--force", ""),
    ("--static-embedding", ""),
    ("--resume", ""),
    ("--to", "glove"),
    ("--init", "old.w2v"),
    ("--vectors", "old.w2v"),
    ("--sets", "pairs.txt"),
];

/// Lines that carry messages.
fn messages(err: &str) -> Vec<String> {
    let is = |line: &&str| line.starts_with("w2v: ") || line.starts_with("warning: ");
    err.lines().filter(is).map(str::to_owned).collect()
}

/// The flags that a message offers behind its problem, each as it is to be typed. A command in backticks
/// is for another verb.
fn offers(message: &str) -> Vec<Vec<String>> {
    let Some((_, help)) = message.split_once("; ") else {
        return Vec::new();
    };
    let own: String = help.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = own.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches([',', ';', '(', ')']).to_owned();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| word.starts_with("--")) {
        let flag = bare(word);
        let ends = word.ends_with([',', ';']);
        let next = words.get(at + 1).map(|next| bare(next)).filter(|_| !ends);
        let prose = ["or", "and", "it", "shows", "to", "NAME", "FILE"];
        let known = VALUES.iter().find(|(name, _)| *name == flag).map(|(_, value)| *value);
        let value = match next {
            Some(value) if !prose.contains(&&*value) && known != Some("") => value,
            _ => known.unwrap_or_else(|| panic!("no value for {flag} of {message}")).to_owned(),
        };
        found.push([flag, value].into_iter().filter(|part| !part.is_empty()).collect());
    }
    found
}

/// A call with a flag set, or without `--resume`, which is what is advised about that.
fn with(arguments: &str, offer: &[String]) -> String {
    let mut kept = Vec::new();
    let mut words = arguments.split_whitespace();
    while let Some(word) = words.next() {
        match word == offer[0] {
            true if offer.len() > 1 || word == "--resume" => drop(words.next()),
            true => {}
            false => kept.push(word),
        }
    }
    if offer[0] != "--resume" {
        kept.extend(offer.iter().map(String::as_str));
    }
    kept.join(" ")
}

/// What the calls are made on.
fn folder() -> Folder {
    let folder = Folder::with_text(&prose(60, 100));
    folder.write("few.txt", "aa bb\n");
    folder.write("lines.txt", "a\nb\na\nb\n");
    folder.write("capitals.txt", "Aa Bb Aa Bb\n");
    folder.write("latin1.txt", b"caf\xe9 a b c d e\n");
    folder.write("unspaced.txt", format!("{} {}\n", "字".repeat(40), "文".repeat(40)));
    folder.write("words.txt", "aa\nbb\n");
    folder.write("old.txt", "2 3\naa 1 2 3\nbb 3 2 1\n");
    folder.write("pairs.txt", "aa bb 0.5\n");
    folder.write("bytes.txt", b"2 3\ncaf\xe9 1 2 3\naa 3 2 1\n");
    folder.write("there", "precious");
    folder.write("there.w2v", "precious");
    let rows: String = (10..20).map(|n| format!("w{n} 5:1\n")).collect();
    folder.write("sparse.txt", format!("10 1000\n{rows}"));
    let four: String = (0..9).map(|n| format!("w{n} {n} 1 2 3\n")).collect();
    folder.write("four.txt", format!("9 4\n{four}"));
    folder.w2v("quantize four.txt uneven.w2v --method pq --subquantizers 3").answer();
    let mut records = Vec::new();
    for (row, column) in [(2, 1), (1, 2), (1, 1)] {
        records.extend([i32::to_le_bytes(row), i32::to_le_bytes(column)].concat());
        records.extend(2f64.to_le_bytes());
    }
    folder.write("shuffled.bin", records);
    let rows = [[1.0, 0.5], [0.5, 1.0]];
    let tables = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
        .map(|name| (name, &rows[..]));
    folder.write("two.safetensors", bf16_file(&tables));
    folder.w2v("convert old.txt bare.npy").answer();
    std::fs::remove_file(folder.path("bare.words.txt")).unwrap();
    folder.w2v("convert old.txt old.w2v").answer();
    let skipgram = "train text.txt --dim 4 --epochs 2 --threads 1 --progress none -o model.w2v";
    let keep = "--checkpoint state --checkpoint-every 500-words";
    folder.w2v(&format!("{skipgram} {keep}")).answer();
    folder
}

/// Calls, and the flags that their messages offer at least.
const CALLS: &[(&str, &[&str])] = &[
    // min_count, tokenizer.
    ("train few.txt", &["--min-count", "--tokenizer"]),
    ("train few.txt --model glove", &["--min-count", "--tokenizer"]),
    ("plan few.txt", &["--min-count", "--tokenizer"]),
    ("vocab few.txt", &["--min-count", "--tokenizer"]),
    ("cooccur few.txt", &["--min-count", "--tokenizer"]),
    ("one-hot few.txt --min-count 5 -o x.npy", &["--min-count", "--tokenizer"]),
    ("compare old.w2v --corpus few.txt --sets pairs.txt", &["--min-count", "--tokenizer"]),
    ("train few.txt --vocab words.txt --min-count 5", &["--min-count"]),
    ("train --continue model.w2v few.txt", &["--min-count"]),
    ("train capitals.txt --min-count 1 --init old.txt", &["--lowercase", "--tokenizer"]),
    ("one-hot few.txt --tokenizer zh", &[]),
    // invalid_utf8: of texts, and of words.
    ("train latin1.txt --min-count 1 --invalid-utf8 error", &["--invalid-utf8"]),
    ("plan latin1.txt --min-count 1 --invalid-utf8 error", &["--invalid-utf8"]),
    ("vocab latin1.txt --min-count 1 --invalid-utf8 error", &["--invalid-utf8"]),
    ("cooccur latin1.txt --min-count 1 --invalid-utf8 error", &["--invalid-utf8"]),
    ("one-hot latin1.txt --min-count 1 -o x.npy --invalid-utf8 error", &["--invalid-utf8"]),
    ("convert bytes.txt out.txt", &["--invalid-utf8"]),
    ("train latin1.txt --min-count 1 --sample 0 --dim 3", &["--invalid-utf8"]),
    ("vocab latin1.txt --min-count 1", &["--invalid-utf8"]),
    ("cooccur latin1.txt --min-count 1", &["--invalid-utf8"]),
    ("one-hot latin1.txt -o x.npy", &["--invalid-utf8"]),
    ("vocab unspaced.txt --min-count 1", &["--tokenizer"]),
    // Nothing to learn from.
    ("train few.txt --min-count 1 --dim 3", &["--sample"]),
    ("train lines.txt --min-count 1 --model glove --dim 3", &["--across-lines"]),
    ("cooccur lines.txt --min-count 1", &["--across-lines"]),
    // Training that diverges.
    ("train text.txt --dim 4 --threads 1 --lr 1e30", &["--lr"]),
    ("train text.txt --dim 4 --threads 1 --model glove --lr 1e6 --clip 1e9", &["--lr", "--clip"]),
    ("train text.txt --dim 5 --epochs 2 --threads 1 --resume state", &["--resume"]),
    // Memory.
    (
        "train --model glove --cooccur shuffled.bin --vocab words.txt --max-memory 1",
        &["--max-memory"],
    ),
    // Tables.
    ("convert sparse.txt x.w2v", &["--limit", "--project"]),
    ("neighbors w10 -v sparse.txt", &["--limit"]),
    ("similarity w10 w10 -v sparse.txt", &["--limit"]),
    ("odd w10 w11 w12 -v sparse.txt", &["--limit"]),
    ("analogy w10 w11 w12 -v sparse.txt", &["--limit"]),
    ("predict w10 -v sparse.txt", &["--limit"]),
    ("convert bare.npy x.w2v", &["--words"]),
    ("convert two.safetensors x.w2v", &["--tensor"]),
    ("neighbors aa -v two.safetensors", &["--tensor"]),
    ("similarity aa bb -v two.safetensors", &["--tensor"]),
    ("odd aa bb cc -v two.safetensors", &["--tensor"]),
    ("analogy aa bb cc -v two.safetensors", &["--tensor"]),
    ("predict aa -v two.safetensors", &["--tensor"]),
    ("one-hot few.txt -v two.safetensors", &[]),
    ("eval -v two.safetensors --sets pairs.txt", &["--tensor"]),
    ("info two.safetensors", &["--tensor"]),
    // Of `w2v quantize`: "in 2 or 1 parts".
    ("convert uneven.w2v x.fifu", &[]),
    // A file in the way.
    ("train text.txt --dim 4 --epochs 1 -o there", &["--force"]),
    ("vocab text.txt -o there", &["--force"]),
    ("cooccur text.txt -o there", &["--force"]),
    ("one-hot text.txt -o there.npy", &[]),
    ("convert old.txt there --to glove", &["--force"]),
    ("quantize old.txt there.w2v --method int8", &["--force"]),
    ("check bytes.txt --repair there", &["--force"]),
];

#[test]
fn every_flag_that_is_offered_helps() {
    let folder = folder();
    let files: BTreeSet<String> = folder.names().into_iter().collect();
    let again = || {
        // What a call wrote is in the way of the next one.
        for name in folder.names().into_iter().filter(|name| !files.contains(name)) {
            std::fs::remove_file(folder.path(&name)).unwrap();
        }
        folder.write("there", "precious");
        folder.write("there.w2v", "precious");
    };
    let mut failed = Vec::new();
    for (call, expected) in CALLS {
        let ran = folder.w2v(call);
        again();
        let said = messages(&ran.err);
        let mut missing: BTreeSet<&str> = expected.iter().copied().collect();
        for message in &said {
            for offer in offers(message) {
                missing.remove(&*offer[0]);
                let changed = with(call, &offer);
                let then = folder.w2v(&changed);
                again();
                // clap's message is of a flag that the verb has not.
                let helps = then.code.is_some()
                    && !then.err.starts_with("error: ")
                    && !messages(&then.err).contains(message);
                if !helps {
                    failed.push(format!("{changed}: {}", then.err));
                }
            }
        }
        if !missing.is_empty() {
            failed.push(format!("{call}: no {missing:?} in {}", ran.err));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A vector file whose words are not UTF-8: verbs that ask one file have the flag; for all others only
/// `w2v convert` has it, and a copy by it can be read.
#[test]
fn a_flag_that_a_verb_has_not_is_not_offered() {
    let folder = folder();
    let copy = "`w2v convert bytes.txt copy.w2v --encoding latin1` makes a copy";
    let here = "name its encoding, such as --encoding latin1";
    for call in [
        "neighbors aa -v bytes.txt",
        "similarity aa aa -v bytes.txt",
        "odd aa aa aa -v bytes.txt",
        "analogy aa aa aa -v bytes.txt",
        "predict aa -v bytes.txt",
        "eval -v bytes.txt --sets pairs.txt",
        "info bytes.txt",
        "quantize bytes.txt x.w2v",
        "compare bytes.txt --corpus text.txt --sets pairs.txt --progress none",
        "one-hot aa -v bytes.txt",
        "train few.txt --min-count 1 --init bytes.txt --progress none",
    ] {
        let ran = folder.w2v(call);
        assert_eq!(ran.code, Some(2), "{call}: {}", ran.err);
        let asks = ["neighbors", "similarity", "odd", "analogy", "predict", "eval"];
        let asks = asks.iter().any(|verb| call.starts_with(verb));
        let said = ran.err.replace(if asks { here } else { copy }, "");
        assert_ne!(said, ran.err, "{call}");
        assert!(!said.contains("--"), "{said}");
    }
    folder.w2v("convert bytes.txt copy.w2v --encoding latin1").answer();
    folder.w2v("neighbors aa -v copy.w2v").answer();
    // The same for a table without words, and nothing where no copy helps.
    let ran = folder.w2v("neighbors aa -v bare.npy");
    assert!(
        ran.err.contains("`w2v convert bare.npy copy.w2v --words FILE` makes a copy"),
        "{}",
        ran.err
    );
    let ran = folder.w2v("compare old.w2v --corpus latin1.txt --min-count 1 --sets pairs.txt");
    assert!(!ran.err.contains("--invalid-utf8"), "{}", ran.err);
    // `check` looks into a file where it lies, with what training would do with a text.
    let ran = folder.w2v("check bytes.txt --as vectors");
    assert!(!ran.out.contains("--") && !ran.err.contains("--"), "{}{}", ran.out, ran.err);
}
