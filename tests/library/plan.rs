//! Plans of a corpus that is larger than the sample, and of machines that are too small.

use std::path::PathBuf;
use w2v::plan::{Available, Plan, Request, SampleOptions, Setting, Short};
use w2v::train::Recipe;
use w2v::{Corpus, SkipGram};

fn corpus() -> Corpus {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/corpus.txt");
    Corpus::open(&[path], Default::default()).unwrap()
}

fn plan(change: impl FnOnce(&mut Request)) -> Plan {
    let corpus = corpus();
    let mut request = Request::new(&corpus, &Recipe::new(SkipGram::default()));
    change(&mut request);
    request.plan().unwrap()
}

#[test]
fn a_sample_is_near_the_whole() {
    let whole = plan(|_| ());
    assert!(whole.exact && whole.words.is_exact() && whole.tokens.is_exact());
    for threads in [1, 2] {
        let part = plan(|request| {
            request.sample = SampleOptions { bytes: 1 << 20, threads, ..Default::default() };
        });
        assert!(!part.exact && part.sampled_bytes < whole.sampled_bytes / 4);
        assert_eq!(part.bytes, whole.bytes, "the length of a file is known");
        for (part, whole) in [
            (part.tokens, whole.tokens),
            (part.types, whole.types),
            (part.words, whole.words),
            (part.encoded, whole.encoded),
        ] {
            let share = part.value / whole.value;
            assert!((share - 1.0).abs() < 0.1, "{part:?} for {whole:?}");
            assert!(part.low < part.value && part.value < part.high);
        }
        let share = part.memory.value.peak / whole.memory.value.peak;
        assert!((share - 1.0).abs() < 0.1, "{share}");
    }
}

/// Every setting that is named makes the run fit, by the plan that is made with it.
#[test]
fn advice_that_holds() {
    let large = plan(|request| request.recipe = skipgram(2000));
    let peak = large.memory.value.peak;
    for share in [0.8, 0.5, 0.3] {
        let available = Available { memory: Some((share * peak) as u64), ..Default::default() };
        let misfit = large.misfit(&available).unwrap();
        assert_eq!(misfit.short, Short::Memory);
        assert!(!misfit.settings.is_empty() && !misfit.together);
        for Setting { name, value } in misfit.settings {
            let value = value.unwrap();
            let smaller = plan(|request| match name {
                "dim" => request.recipe = skipgram(value as usize),
                "min_count" => (request.recipe, request.limits.min_count) = (skipgram(2000), value),
                "max_vocab" => {
                    let most = Some(value as usize);
                    (request.recipe, request.limits.max_vocab) = (skipgram(2000), most);
                }
                other => panic!("{other} does not help here"),
            });
            assert_eq!(smaller.misfit(&available), None, "{name} {value}");
            assert!(smaller.memory.value.peak <= share * peak);
        }
    }
    let nothing = Available { memory: Some(1000), ..Default::default() };
    let message = large.misfit(&nothing).unwrap().to_string();
    assert!(message.ends_with("nothing makes it fit: take less text at once"), "{message}");
}

#[test]
fn full_disks() {
    let small = plan(|request| {
        request.encode.max_memory = 1 << 20;
        request.encode.temp_dir = Some("temporary".into());
    });
    assert!(small.disk.value.temporary >= 4.0 * small.tokens.value);
    let nowhere = plan(|request| request.encode.max_memory = 1 << 20);
    assert_eq!(nowhere.disk.value.temporary, 0.0);
    assert!(nowhere.memory.value.ids >= 4.0 * nowhere.encoded.value);
    let full = Available { temporary: Some(1_000_000), ..Default::default() };
    let misfit = small.misfit(&full).unwrap();
    assert_eq!(misfit.short, Short::Temporary);
    assert!(misfit.to_string().contains("`temp_dir` on another disk"), "{misfit}");
    let full = Available { output: Some(1_000_000), ..Default::default() };
    let misfit = small.misfit(&full).unwrap();
    assert_eq!(misfit.short, Short::Output);
    let names: Vec<&str> = misfit.settings.iter().map(|setting| setting.name).collect();
    assert!(names.contains(&"dim") && names.contains(&"output"), "{misfit}");
    // Both on one disk, which has room for each but not for both.
    let disk = small.disk.value;
    let both = Available {
        temporary: Some(disk.temporary as u64 + disk.output as u64 / 2),
        output: Some(disk.temporary as u64 + disk.output as u64 / 2),
        one_disk: true,
        ..Default::default()
    };
    assert_eq!(small.misfit(&both).unwrap().short, Short::Output);
}

fn skipgram(dim: usize) -> Recipe {
    Recipe::new(SkipGram { dim, ..Default::default() })
}
