//! Counts by hand, against a naive twin, and the same bytes by every way of counting.

use super::*;
use crate::encode::fixture::encoded_by;
use crate::encode::{EncodeOptions, EncodedCorpus};
use crate::error::Error;
use crate::vocab::{Vocab, VocabLimits};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn read_text(text: &str) -> (Vocab, EncodedCorpus) {
    let limits = VocabLimits { min_count: 1, ..Default::default() };
    let options = EncodeOptions { max_sentence: 1_000_000, ..Default::default() };
    encoded_by(text, &limits, &options)
}

fn table(x: &Cooccurrences) -> Vec<(u32, u32, f32)> {
    let mut all = Vec::new();
    let mut rows = x.rows();
    while let Some((word, cells)) = rows.next_row().unwrap() {
        assert!(cells.is_sorted_by(|a, b| a.column < b.column));
        all.extend(cells.iter().map(|cell| (word.0, cell.column, cell.x)));
    }
    assert_eq!(all.len() as u64, x.cells());
    all
}

fn count_text(text: &str, counting: &Counting) -> (Vocab, Vec<(u32, u32, f32)>) {
    let (vocab, corpus) = read_text(text);
    let x = count(&vocab, &corpus, counting, &CountOptions::default()).unwrap();
    assert_eq!((x.words(), x.vocab_hash()), (vocab.len(), vocab.hash()));
    let table = table(&x);
    (vocab, table)
}

/// O(N·window), in exact fractions of lcm(1..=window).
fn naive(ids: &[Vec<u32>], counting: &Counting) -> Vec<(u32, u32, f32)> {
    let joined = [ids.concat()];
    let sentences = if counting.across_lines { &joined } else { ids };
    let scale: u64 = 27_720; // lcm(1..=12)
    let mut sums = BTreeMap::<(u32, u32), u64>::new();
    for sentence in sentences {
        for (i, &word) in sentence.iter().enumerate() {
            for (j, &context) in sentence.iter().enumerate() {
                let distance = i.abs_diff(j);
                let near = (1..=counting.window).contains(&distance);
                if near && (counting.symmetric || j < i) {
                    *sums.entry((word, context)).or_default() += match counting.weighting {
                        Weighting::Harmonic => scale / distance as u64,
                        Weighting::Flat => scale,
                    };
                }
            }
        }
    }
    let value = |units: u64| (units as f64 / scale as f64) as f32;
    sums.into_iter().map(|((i, j), units)| (i, j, value(units))).collect()
}

/// Twelve tokens, two lines. Ids by count, then bytes: a 4, b 3, c 2, d 2, e 1.
#[test]
fn twelve_words_by_hand() {
    let text = "a b a c d\nb a d e b c a\n";
    let window = |window, symmetric, weighting| Counting {
        window,
        symmetric,
        weighting,
        across_lines: false,
    };
    let (vocab, x) = count_text(text, &window(2, true, Weighting::Harmonic));
    assert_eq!(vocab.words().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    let half = |twice: [[i32; 5]; 5]| -> Vec<(u32, u32, f32)> {
        let cells =
            (0..25).map(|n| (n / 5, n % 5, twice[n as usize / 5][n as usize % 5] as f32 / 2.0));
        cells.filter(|cell| cell.2 > 0.0).collect()
    };
    // In halves. Line 1: ab, ba, ac, cd at distance 1; aa (both ends), bc, ad at 2.
    // Line 2: ba, ad, de, eb, bc, ca at 1; bd, ae, db, ec, ba at 2.
    let expected =
        [[2, 7, 4, 3, 1], [7, 0, 3, 2, 2], [4, 3, 0, 2, 1], [3, 2, 2, 0, 2], [1, 2, 1, 2, 0]];
    assert_eq!(x, half(expected));
    // The word left of a word: b after a once, a after b twice, c after a, d after c; …
    let (_, x) = count_text(text, &window(1, false, Weighting::Flat));
    let left =
        [[0, 2, 1, 0, 0], [1, 0, 0, 0, 1], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, 0]];
    assert_eq!(x, half(left.map(|row| row.map(|x| 2 * x))));
}

/// GloVe's `cooccur` makes X(x, y) = 4 of this.
#[test]
fn the_first_record_is_not_doubled() {
    let (_, x) = count_text("x y\nx y\nx z\n", &Counting::default());
    assert_eq!(x, [(0, 1, 2.0), (0, 2, 1.0), (1, 0, 2.0), (2, 0, 1.0)]);
}

#[test]
fn control_bytes_and_unk_are_words_or_spaces_and_shift_nothing() {
    let (vocab, x) = count_text("a\u{c}<unk>\0a\n", &Counting::default());
    assert_eq!(vocab.words().collect::<Vec<_>>(), ["a", "<unk>"]);
    assert_eq!(x, [(0, 0, 1.0), (0, 1, 2.0), (1, 0, 2.0)]);
}

#[test]
fn a_text_without_pairs_and_an_interrupt_are_errors() {
    let (vocab, corpus) = read_text("a\nb\na\n");
    let run = |counting: &Counting, go_on| {
        count_with(&vocab, &corpus, counting, &CountOptions::default(), |_| go_on)
            .map(|x| x.cells())
    };
    let error = run(&Counting::default(), true).unwrap_err();
    assert!(error.to_string().contains("3 tokens in 3 sentences"), "{error}");
    let across = Counting { across_lines: true, ..Default::default() };
    assert_eq!(run(&across, true).unwrap(), 3);
    assert!(matches!(run(&across, false), Err(Error::Interrupted { .. })));
    let wide = Counting { window: 1001, ..Default::default() };
    assert_eq!(run(&wide, true).unwrap_err().to_string(), "`window` is 1001, expected 1 to 1000");
}

/// More runs than are merged at a time, and a table that goes to a file while it grows.
#[test]
fn two_rounds_of_merging_equal_one_segment() {
    let text: String = (0..3000u32)
        .map(|i| format!("w{}{}", i * i % 97, if i % 11 == 0 { "\n" } else { " " }))
        .collect();
    let (vocab, corpus) = read_text(&text);
    let counting = Counting::default();
    let folder = tempfile::tempdir().unwrap();
    let with = |max_memory| {
        let temp_dir = Some(folder.path().to_owned());
        CountOptions { max_memory, temp_dir, ..Default::default() }
    };
    let whole = count(&vocab, &corpus, &counting, &with(1 << 30)).unwrap();
    let mut segments = 0;
    let parts = count_with(&vocab, &corpus, &counting, &with(300), |p| {
        segments = p.segments;
        assert!(p.disk > 0);
        true
    });
    let parts = parts.unwrap();
    assert!(segments > 64, "{segments}");
    assert_eq!((whole.is_on_disk(), parts.is_on_disk()), (false, true));
    assert!(table(&whole) == table(&parts));
    // Without a folder all is in memory.
    let options = CountOptions { temp_dir: None, ..with(1) };
    let here = count_with(&vocab, &corpus, &counting, &options, |p| {
        assert_eq!((p.segments, p.disk), (1, 0));
        true
    });
    let here = here.unwrap();
    assert!(!here.is_on_disk() && table(&here) == table(&whole));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every way of counting is the naive count, to the bit.
    #[test]
    fn counts_are_the_naive_ones(
        sentences in prop::collection::vec(prop::collection::vec(0u32..9, 1..30), 1..12),
        window in 1usize..=12, symmetric: bool, flat: bool, across_lines: bool,
        threads in 1usize..4, max_memory in prop_oneof![Just(1u64), 16u64..2000, Just(1 << 20)],
    ) {
        let line = |ids: &Vec<u32>| ids.iter().map(|id| format!("w{id} ")).collect::<String>() + "\n";
        let (vocab, corpus) = read_text(&sentences.iter().map(line).collect::<String>());
        let weighting = if flat { Weighting::Flat } else { Weighting::Harmonic };
        let counting = Counting { window, symmetric, weighting, across_lines };
        let id = |word: &u32| vocab.id(&format!("w{word}")).unwrap().0;
        let ids: Vec<Vec<u32>> = sentences.iter().map(|s| s.iter().map(id).collect()).collect();
        let expected = naive(&ids, &counting);
        let folder = tempfile::tempdir().unwrap();
        let temp_dir = Some(folder.path().to_owned());
        let threads = crate::Threads::new(threads).unwrap();
        let options = CountOptions { threads, max_memory, temp_dir, ..Default::default() };
        match count(&vocab, &corpus, &counting, &options) {
            Ok(x) => prop_assert_eq!(table(&x), expected),
            Err(error) => {
                prop_assert!(matches!(error, Error::NoCooccurrences { .. }), "{}", error);
                prop_assert!(expected.is_empty());
            }
        }
    }
}

/// Counting that is broken off again and again, and whose journal is torn besides, ends with the same
/// table, from memory and by segments.
#[test]
fn a_journal_goes_on_to_the_same_table() {
    let line = |i: usize| {
        let word = |k: usize| format!("w{} ", (i * 7919 + k * k) % 900);
        (0..40).map(word).collect::<String>() + "\n"
    };
    let text: String = (0..3000).map(line).collect();
    let (vocab, corpus) = read_text(&text);
    let counting = Counting { window: 30, ..Default::default() };
    let whole = count(&vocab, &corpus, &counting, &CountOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for max_memory in [4 << 30, 300_000] {
        let path = folder.path().join(format!("journal-{max_memory}"));
        let mut options = CountOptions {
            threads: crate::Threads::new(2).unwrap(),
            max_memory,
            temp_dir: Some(folder.path().to_owned()),
            journal: Some(Journal { path: path.clone(), every: std::time::Duration::ZERO }),
        };
        let mut parts = 0;
        let found = loop {
            parts += 1;
            let mut enough = 2;
            let mut begun = None;
            let result = count_with(&vocab, &corpus, &counting, &options, |p| {
                // A few pieces beyond those that were there.
                enough -= i32::from(p.tokens > p.resumed && begun != Some(p.tokens));
                begun = Some(p.tokens);
                enough > 0
            });
            match result {
                Ok(table) => break table,
                Err(Error::Interrupted { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            // The last record is torn now and then, and what follows it is none.
            let length = std::fs::metadata(&path).unwrap().len();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            if parts % 3 == 0 {
                file.set_len(length - 5).unwrap();
            }
            assert!(parts < 500, "it does not come to an end");
        };
        assert!(parts >= 3, "{parts}");
        assert!(table(&found) == table(&whole), "{max_memory}");
        // What is complete is read, and nothing counted.
        let mut resumed = 0;
        let again = count_with(&vocab, &corpus, &counting, &options, |p| {
            resumed = p.resumed;
            true
        });
        assert_eq!(again.unwrap().starts, whole.starts);
        assert!(resumed >= corpus.len() as u64, "{resumed}");
        // Of another text, or of noise, nothing is taken.
        std::fs::write(&path, vec![7; 5000]).unwrap();
        assert_eq!(count(&vocab, &corpus, &counting, &options).unwrap().starts, whole.starts);
        let flat = Counting { weighting: Weighting::Flat, ..counting.clone() };
        let mut taken = 0;
        options.journal.as_mut().unwrap().path = path;
        count_with(&vocab, &corpus, &flat, &options, |p| {
            taken = p.resumed;
            true
        })
        .unwrap();
        assert_eq!(taken, 0);
    }
}
