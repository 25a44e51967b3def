//! Whole runs through the library: what the command line does, without it.

use std::path::{Path, PathBuf};
use tempfile::TempDir;
use w2v::cooccur::Counting;
use w2v::session::{
    Baseline, Baselines, Begin, Compare, ComparedModel, CountedIn, CountsFile, Event, Input, Keep,
    Reproduction, Resources, Run, States, Text,
};
use w2v::train::{self, GloveParameters, Hold};
use w2v::{Error, Glove, Model, SkipGram, Threads, Tokenizer, VocabLimits, WordVectors};

/// Two topics whose words never meet, in a file.
fn topics(folder: &Path, name: &str, lines: usize) -> PathBuf {
    let line = |i: usize| format!("{0}1 {0}{1} {0}2 {0}{2}\n", ["a", "b"][i % 2], i % 7, i % 5);
    let path = folder.join(name);
    std::fs::write(&path, (0..lines).map(line).collect::<String>()).unwrap();
    path
}

fn one_thread() -> Resources {
    Resources { threads: Threads::new(1).unwrap(), ..Resources::default() }
}

fn small() -> SkipGram {
    SkipGram { dim: 8, sample: 0.0, ..Default::default() }
}

fn run(text: &Path, output: &Path) -> Run {
    Run {
        output: Some(output.to_owned()),
        resources: one_thread(),
        ..Run::new(Text::new(text), small())
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn a_model_of_the_library_is_made_again() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 2000);
    let again = |model: &Path| {
        let model = model.to_owned();
        let reproduction = Reproduction { model, resources: one_thread(), ..Default::default() };
        reproduction.run().unwrap()
    };
    // By the whole run, …
    let path = folder.path().join("run.w2v");
    run(&text, &path).train().unwrap();
    assert!(again(&path).identical);
    // … by the finer calls, …
    let path = folder.path().join("finer.w2v");
    let corpus = w2v::Corpus::open(std::slice::from_ref(&text), Default::default()).unwrap();
    let (tokenizer, limits) = (Default::default(), VocabLimits::default());
    let (vocab, ids) =
        w2v::encode::encode(&corpus, tokenizer, &limits, &Default::default()).unwrap();
    let recipe = train::Recipe::new(small());
    train::Trainer::new(vocab, &ids, &recipe).train().unwrap().save(&path).unwrap();
    let found = again(&path);
    assert!(found.identical && found.bytes_expected && found.agrees());
    // … and of counts.
    let path = folder.path().join("glove.w2v");
    let glove = Glove { dim: 8, epochs: 3, ..Default::default() };
    let objective = GloveParameters { glove, counting: Some(Counting::default()) };
    let glove = Run { objective: objective.into(), ..run(&text, &path) };
    glove.train().unwrap();
    assert!(again(&path).identical);
    // Another text is refused.
    let other = topics(folder.path(), "other", 1999);
    let model = folder.path().join("run.w2v");
    let reproduction = Reproduction { model, corpus: vec![other], ..Default::default() };
    let error = reproduction.run().unwrap_err().to_string();
    assert!(error.starts_with("another text than the one"), "{error}");
}

#[test]
fn one_call_trains_and_answers() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 4000);
    let model = w2v::train(&text, SkipGram { epochs: 10, ..small() }).unwrap();
    let path = folder.path().join("vectors.w2v");
    model.save(&path).unwrap();
    let vectors = WordVectors::open(&path).unwrap();
    let near = vectors.most_similar("a1", 3).unwrap();
    assert!(near.iter().all(|(word, cosine)| word.starts_with('a') && *cosine > 0.5), "{near:?}");
    assert_eq!(Model::load(&path).unwrap().vocab.len(), vectors.len());
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 60_000);
    let at = |name: &str| folder.path().join(name);
    run(&text, &at("whole.w2v")).train().unwrap();
    let broken = run(&text, &at("broken.w2v"))
        .train_with(|event| !matches!(event, Event::Train(train::Event::Progress { .. })));
    let Err(Error::Suspended { path, .. }) = broken else {
        panic!("not suspended");
    };
    assert_eq!(path, at("broken.w2v.checkpoint"));
    let states = States { resume: Some(path.clone()), ..Default::default() };
    let mut resumed = 0.0;
    let going_on = Run { states, ..run(&text, &at("broken.w2v")) };
    going_on
        .train_with(|event| {
            if let Event::Resumed { done, .. } = event {
                resumed = *done;
            }
            true
        })
        .unwrap();
    assert!(resumed > 0.0 && resumed < 1.0, "{resumed}");
    assert_eq!(bytes(&at("broken.w2v")), bytes(&at("whole.w2v")));
    assert!(!path.exists(), "the state goes away with the end of the run");
    // Where nothing is to be kept, nothing is.
    let states = States { keep: Keep::Nowhere, ..Default::default() };
    let broken = Run { states, ..run(&text, &at("none.w2v")) };
    let ended = broken.train_with(|event| !matches!(event, Event::Train(_)));
    assert!(matches!(ended, Err(Error::Interrupted { .. })));
    assert!(!at("none.w2v").exists() && !at("none.w2v.checkpoint").exists());
}

#[test]
fn a_model_is_continued_and_its_words_stay_where_they_were() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 2000);
    let more = folder.path().join("more");
    std::fs::write(&more, "a1 new a2\n".repeat(100)).unwrap();
    let old = folder.path().join("old.w2v");
    let before = run(&text, &old).train().unwrap().model;
    let begin = Begin::model(&old, &Default::default()).unwrap();
    let continued = Run {
        objective: begin.skipgram().into(),
        begin: Some(begin),
        hold: Hold::Frozen,
        resources: one_thread(),
        ..Run::new(Text::new(&more), small())
    };
    let mut start = None;
    let trained = continued.train_with(|event| {
        if let Event::WarmStart(found) = event {
            start = Some((*found).clone());
        }
        true
    });
    let (trained, start) = (trained.unwrap(), start.unwrap());
    assert_eq!((start.occur, start.new_words), (2, 1));
    assert_eq!(trained.model.vocab.len(), before.vocab.len() + 1);
    let drift = trained.into_drift(&Threads::default()).unwrap().unwrap();
    assert_eq!(drift.words.len(), 2);
    assert!(drift.words.iter().all(|word| word.moved.cosine == 1.0));
}

#[test]
fn models_are_compared_with_their_baselines() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 4000);
    let pairs = folder.path().join("pairs.txt");
    let rated = |a: &str, b: &str, score: u32| format!("{a}\t{b}\t{score}\n");
    let lines: String = (3..7)
        .flat_map(|i| [rated("a1", &format!("a{i}"), 9), rated("a1", &format!("b{i}"), 1)])
        .collect();
    std::fs::write(&pairs, lines).unwrap();
    let model = w2v::train(&text, SkipGram { epochs: 10, ..small() }).unwrap();
    let set = w2v::eval::EvalSet::read(&pairs).unwrap();
    let which = vec![Baseline::OneHot, Baseline::Ppmi];
    let compare = Compare {
        models: vec![ComparedModel {
            name: "model".into(),
            vectors: model.into_vectors(),
            disk_bytes: None,
        }],
        counted_in: CountedIn::Text(Text::new(&text)),
        baselines: Baselines { which, ..Default::default() },
        sets: vec![("pairs".into(), set)],
        method: Default::default(),
        options: Default::default(),
        bootstrap: Default::default(),
        resources: one_thread(),
    };
    let mut judged = Vec::new();
    let compared = compare.run_with(|event| {
        if let Event::Judged { name, .. } = event {
            judged.push((*name).to_owned());
        }
        true
    });
    let compared = compared.unwrap();
    assert_eq!(judged, ["model", "one-hot", "PPMI"]);
    assert_eq!(compared.covered, 8);
    let score = |row: usize| compared.comparison.rows[row].cells[0].score;
    assert!(score(0) > Some(0.8), "{:?}", score(0));
}

#[test]
fn what_cannot_be_is_refused_before_the_work() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 100);
    let at = |name: &str| folder.path().join(name);
    run(&text, &at("old.w2v")).train().unwrap();
    let check = |run: &Run| run.check(&mut Default::default()).unwrap_err().to_string();
    let bad = Run { objective: SkipGram { dim: 0, ..small() }.into(), ..run(&text, &at("a.w2v")) };
    assert_eq!(check(&bad), "`dim` is 0, expected 1 to 65536");
    let begin = Some(Begin::model(at("old.w2v"), &Default::default()).unwrap());
    let wide = SkipGram { dim: 9, ..small() };
    let other = Run { begin, objective: wide.into(), ..run(&text, &at("a.w2v")) };
    assert!(check(&other).starts_with("`dim` is 9, expected 8, as "));
    let states = States { resume: Some(at("old.w2v")), ..Default::default() };
    let finished = Run { states, ..run(&text, &at("a.w2v")) };
    assert!(check(&finished).contains("is a finished model, not a checkpoint"));
    let Input::Text(_) = &finished.input else { panic!("a text") };
}

/// A run from a text that is interrupted while it trains, and what it leaves behind.
fn interrupted(run: Run) -> PathBuf {
    match run.train_with(|event| !matches!(event, Event::Train(train::Event::Progress { .. }))) {
        Err(Error::Suspended { path, .. }) => path,
        ended => panic!("{ended:?}"),
    }
}

#[test]
fn the_state_of_another_run_is_its_only_trace() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 60_000);
    let output = folder.path().join("vectors.w2v");
    let state = interrupted(run(&text, &output));
    // Another run is refused before it reads anything, also where nobody called `check`.
    let other = Run { seed: 2, ..run(&text, &output) };
    let refused = other.train_with(|event| panic!("{event:?}")).unwrap_err().to_string();
    assert!(refused.contains("holds a run that was interrupted at "), "{refused}");
    assert!(state.exists());
    let states = States { replace: true, ..Default::default() };
    Run { states, seed: 2, ..run(&text, &output) }.train().unwrap();
    assert!(!state.exists(), "replaced, and gone with the end of the run");
}

#[test]
fn counts_that_were_given_stay() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 60_000);
    let output = folder.path().join("vectors.w2v");
    let glove = Glove { dim: 8, epochs: 50_000, ..Default::default() };
    let counting = Some(Counting::default());
    let objective = || GloveParameters { glove: glove.clone(), counting: counting.clone() }.into();
    let state = interrupted(Run { objective: objective(), ..run(&text, &output) });
    let counts = folder.path().join("vectors.w2v.checkpoint.counts");
    assert!(state.exists() && counts.exists());
    let short = || Glove { epochs: 3, ..glove.clone() };
    let given = || {
        let input = Input::Counts(CountsFile { path: counts.clone(), vocab: None });
        let objective = GloveParameters { glove: short(), counting: None }.into();
        let states = States { replace: true, ..Default::default() };
        Run { input, objective, states, ..run(&text, &output) }
    };
    let broken =
        given().train_with(|event| !matches!(event, Event::Train(train::Event::EpochEnd { .. })));
    assert!(matches!(broken, Err(Error::Suspended { .. })));
    let states = States { resume: Some(state.clone()), ..Default::default() };
    Run { states, ..given() }.train().unwrap();
    assert!(counts.exists() && !state.exists());
}

#[test]
fn a_model_is_continued_on_text_that_is_cut_as_its_own_was() {
    let folder = TempDir::new().unwrap();
    let text = topics(folder.path(), "text", 2000);
    let old = folder.path().join("old.w2v");
    let tokenizer = Tokenizer { lowercase: true, ..Default::default() };
    let lower = Text { tokenizer, ..Text::new(&text) };
    Run { output: Some(old.clone()), ..Run::new(lower, small()) }.train().unwrap();
    let begin = Some(Begin::model(&old, &Default::default()).unwrap());
    let continued = Run { begin, ..Run::new(Text::new(&text), small()) };
    let refused = continued.train().unwrap_err().to_string();
    assert!(refused.contains("`tokenizer.lowercase` asks for another text than"), "{refused}");
}
