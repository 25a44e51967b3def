//! States that were kept in the middle of a run, through the library: what goes on from them ends as
//! if nothing had happened, and what is of another run is refused by name.

use std::fs;
use std::path::Path;
use w2v::encode::{EncodedCorpus, encode};
use w2v::formats::native;
use w2v::train::{Checkpoints, Engine, Event, Every, Hold, Recipe, Storage, Trainer};
use w2v::{Corpus, Error, Model, SkipGram, Tokenizer, Vocab, VocabLimits};

/// Some 30 units.
fn text() -> String {
    let word = |i: usize| format!("w{}", i * i % 97 % (3 + i % 40));
    (0..30_000).map(|i| word(i) + if i % 9 == 0 { "\n" } else { " " }).collect()
}

fn encoded(text: &str) -> (Vocab, EncodedCorpus) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let corpus = Corpus::open(&[file.path().into()], Default::default()).unwrap();
    let limits = VocabLimits { min_count: 1, ..Default::default() };
    encode(&corpus, Tokenizer::default(), &limits, &Default::default(), |_| true).unwrap()
}

fn parameters() -> SkipGram {
    SkipGram { dim: 20, epochs: 3, ..Default::default() }
}

/// The file of a model: what "the same bytes" means.
fn bytes(model: &Model, folder: &Path) -> Vec<u8> {
    let path = folder.join("model.w2v");
    native::write(model, &path).unwrap();
    fs::read(&path).unwrap()
}

/// However often a run is broken off, on one thread it ends with the same bytes.
#[test]
fn one_thread_ends_with_the_same_bytes_however_often_it_was_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("checkpoint");
    let (vocab, text) = encoded(&text());
    for (engine, storage) in [
        (Engine::Block, Storage::F32),
        (Engine::Block, Storage::Bf16),
        (Engine::Pair, Storage::F32),
        (Engine::Pair, Storage::Bf16),
    ] {
        let recipe = Recipe::new(SkipGram { engine, storage, ..parameters() });
        let trainer = || Trainer::new(vocab.clone(), &text, &recipe);
        let whole = bytes(&trainer().train(|_| true).unwrap(), folder.path());
        // Kept on the way, without an end.
        let mut kept = 0;
        let keep = |_: &Event| true;
        let checkpoints = Checkpoints::new(Every::Words(7_000), |state| {
            kept += 1;
            native::write_checkpoint(state, path)
        });
        let model = trainer().checkpoints(checkpoints).train(keep).unwrap();
        assert!(kept >= 8, "{kept}");
        assert!(bytes(&model, folder.path()) == whole, "{engine} {storage}");
        // Ended at each of them.
        fs::remove_file(path).unwrap();
        let mut parts = 0;
        let resumed = loop {
            parts += 1;
            let mut trainer = trainer();
            if path.exists() {
                trainer = trainer.resume(native::read_checkpoint(path).unwrap());
            }
            let checkpoints = Checkpoints::new(Every::Words(11_000), |state| {
                native::write_checkpoint(state, path)
            });
            let go_on = |event: &Event| !matches!(event, Event::Checkpoint { .. });
            match trainer.checkpoints(checkpoints).train(go_on) {
                Ok(model) => break model,
                Err(Error::Interrupted { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        };
        assert!(parts >= 5, "{parts}");
        assert!(bytes(&resumed, folder.path()) == whole, "{engine} {storage}");
    }
}

/// With several threads each unit is trained exactly once an epoch, across the interruption: the sums
/// that a whole run has, pair by pair, and not one more or less.
#[test]
fn several_threads_train_every_sentence_once_an_epoch_across_interruptions() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("checkpoint");
    let (vocab, text) = encoded(&text());
    let epochs = |threads: usize, every: Every| {
        let recipe = Recipe { threads, ..Recipe::new(parameters()) };
        let _ = fs::remove_file(path);
        let mut ended = Vec::new();
        let mut parts = 0;
        loop {
            parts += 1;
            let mut trainer = Trainer::new(vocab.clone(), &text, &recipe);
            if path.exists() {
                trainer = trainer.resume(native::read_checkpoint(path).unwrap());
            }
            let keep = Checkpoints::new(every, |state| native::write_checkpoint(state, path));
            let result = trainer.checkpoints(keep).train(|event| {
                if let Event::EpochEnd { epoch, pairs, kept, .. } = event {
                    ended.push((*epoch, *pairs, *kept));
                }
                !matches!(event, Event::Checkpoint { .. })
            });
            match result {
                Ok(model) => return (parts, ended, model.training.record.trained_tokens),
                Err(Error::Interrupted { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let whole = epochs(1, Every::Never);
    assert_eq!(whole.0, 1);
    for threads in [2, 3, 8] {
        let resumed = epochs(threads, Every::Words(9_000));
        assert!(resumed.0 >= 4, "{}", resumed.0);
        assert_eq!((&resumed.1, resumed.2), (&whole.1, whole.2), "{threads} threads");
    }
}

#[test]
fn another_run_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("checkpoint");
    let (vocab, corpus) = encoded(&text());
    let base = Recipe::new(parameters());
    let keep = Checkpoints::new(Every::Never, |state| native::write_checkpoint(state, path));
    let trainer = Trainer::new(vocab.clone(), &corpus, &base);
    assert!(matches!(trainer.checkpoints(keep).train(|_| false), Err(Error::Interrupted { .. })));
    let refusal = |vocab: &Vocab, corpus: &EncodedCorpus, recipe: &Recipe| {
        let checkpoint = native::read_checkpoint(path).unwrap();
        let trainer = Trainer::new(vocab.clone(), corpus, recipe);
        match trainer.resume(checkpoint).train(|_| true) {
            Ok(_) => panic!("it was resumed"),
            Err(error) => error.to_string(),
        }
    };
    type Change = fn(&mut SkipGram);
    let changes: [(&str, Change); 11] = [
        ("`objective.skipgram.dim` was 20 when the checkpoint was made, and is 30 now", |p| {
            p.dim = 30
        }),
        ("`objective.skipgram.window` was 5", |p| p.window = 4),
        ("`objective.skipgram.shrink_window` was true", |p| p.shrink_window = false),
        ("`objective.skipgram.negative` was 5", |p| p.negative = 6),
        ("`objective.skipgram.ns_exponent` was 0.75", |p| p.ns_exponent = 0.5),
        ("`objective.skipgram.sample` was 0.001", |p| p.sample = 0.0),
        ("`objective.skipgram.epochs` was 3", |p| p.epochs = 4),
        ("`objective.skipgram.lr` was 0.025", |p| p.lr = 0.05),
        ("`objective.skipgram.min_lr` was 2.5e-6", |p| p.min_lr = 0.0),
        ("`objective.skipgram.engine` was block", |p| p.engine = Engine::Pair),
        ("`objective.skipgram.storage` was f32", |p| p.storage = Storage::Bf16),
    ];
    for (message, change) in changes {
        let mut changed = parameters();
        change(&mut changed);
        let refused = refusal(&vocab, &corpus, &Recipe::new(changed));
        assert!(refused.starts_with(message), "{refused}");
        assert!(refused.ends_with("leave out `resume` to begin anew"), "{refused}");
    }
    let refused = refusal(&vocab, &corpus, &Recipe { seed: 2, ..base.clone() });
    assert!(refused.starts_with("`seed` was 1"), "{refused}");
    let (_, longer) = encoded(&(text() + "w1 w2\n"));
    let refused = refusal(&vocab, &longer, &base);
    assert!(refused.starts_with("the corpus was text with the hash "), "{refused}");
    let fewer = Vocab::new(vocab.words().zip(vocab.counts().iter().copied()).skip(1));
    let refused = refusal(&fewer, &corpus, &base);
    assert!(refused.starts_with("the vocabulary (`min_count`"), "{refused}");
    let renamed = vocab.words().enumerate().map(|(id, word)| if id == 3 { "else" } else { word });
    let renamed = Vocab::new(renamed.zip(vocab.counts().iter().copied()));
    assert!(refusal(&renamed, &corpus, &base).contains("as word 3"));
    let counted = Vocab::new(vocab.words().zip(vocab.counts().iter().map(|count| count + 1)));
    assert!(refusal(&counted, &corpus, &base).contains("times the word 0"));
}

/// A state is not kept when it is not finite, and the one before it stays.
#[test]
fn a_diverging_run_keeps_its_last_good_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("checkpoint");
    let (vocab, corpus) = encoded(&text());
    let wild = SkipGram { lr: 1e20, min_lr: 1e19, sample: 0.0, ..parameters() };
    let recipe = Recipe::new(wild);
    let trainer = Trainer::new(vocab, &corpus, &recipe);
    fs::write(path, "the last good state").unwrap();
    let keep = Checkpoints::new(Every::Words(1), |state| native::write_checkpoint(state, path));
    let Err(error) = trainer.checkpoints(keep).train(|_| true) else {
        panic!("it ended well");
    };
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("lower `lr`"), "{error}");
    if let Ok(checkpoint) = native::read_checkpoint(path) {
        // A unit or two may still have been finite.
        assert!(checkpoint.model.input.is_finite() && checkpoint.model.output.is_finite());
    }
}

/// A checkpoint is a model for queries, says how far it is, and is refused when a byte of it is another.
#[test]
fn a_checkpoint_can_be_asked_and_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("checkpoint");
    let (vocab, corpus) = encoded(&text());
    let recipe = Recipe::new(parameters());
    let trainer = Trainer::new(vocab.clone(), &corpus, &recipe);
    let keep =
        Checkpoints::new(Every::Words(40_000), |state| native::write_checkpoint(state, path));
    let stop = |event: &Event| !matches!(event, Event::Checkpoint { .. });
    assert!(trainer.checkpoints(keep).train(stop).is_err());
    let vectors = native::open(path).unwrap();
    assert_eq!((vectors.len(), vectors.dim()), (vocab.len(), 20));
    let info = native::info(path).unwrap();
    let position = info.position.unwrap();
    assert!((0.4..0.5).contains(&position.share(3)), "{position:?}");
    assert_eq!(info.training.unwrap().record.losses.len(), 1);
    let good = fs::read(path).unwrap();
    for at in (good.len() - 200..good.len()).chain(0..1000) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(path, &bad).unwrap();
        assert!(native::read_checkpoint(path).is_err(), "byte {at}");
    }
    for cut in [0, 100, 128, good.len() / 2, good.len() - 1] {
        fs::write(path, &good[..cut]).unwrap();
        assert!(native::read_checkpoint(path).is_err(), "cut at {cut}");
    }
    let finished = folder.path().join("finished.w2v");
    let trainer = Trainer::new(vocab, &corpus, &recipe);
    native::write(&trainer.train(|_| true).unwrap(), &finished).unwrap();
    let error = native::read_checkpoint(&finished).err().unwrap().to_string();
    assert!(error.contains("nothing to resume"), "{error}");
}

/// GloVe goes on in the middle of an epoch, with its squared gradients, to the same bytes.
#[test]
fn glove_ends_with_the_same_bytes_however_often_it_was_resumed() {
    use w2v::cooccur::{Counting, count};
    use w2v::train::Glove;
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("checkpoint");
    // Words of which every two stand together: several groups of cells.
    let line = |i: usize| {
        let word = |k: usize| format!("w{} ", (i * 7919 + k * (i % 97 + 1)) % 2500);
        (0..60).map(word).collect::<String>() + "\n"
    };
    let text: String = (0..4000).map(line).collect();
    let (vocab, corpus) = encoded(&text);
    let counting = Counting { window: 60, ..Default::default() };
    let pairs = count(&vocab, &corpus, &counting, &Default::default(), |_| true).unwrap();
    assert!(pairs.cells() > 2 << 21, "{}", pairs.cells());
    let parameters = Glove { dim: 4, epochs: 2, held_out: 0.1, ..Default::default() };
    let train = |threads: usize, every: Every| {
        let recipe = Recipe { threads, ..Recipe::new(parameters.clone()) };
        let _ = fs::remove_file(path);
        let (mut parts, mut sums) = (0, Vec::new());
        loop {
            parts += 1;
            let mut trainer = Trainer::new(vocab.clone(), &pairs, &recipe);
            if path.exists() {
                trainer = trainer.resume(native::read_checkpoint(path).unwrap());
            }
            let keep = Checkpoints::new(every, |state| native::write_checkpoint(state, path));
            let result = trainer.checkpoints(keep).train(|event| {
                if let Event::EpochEnd { epoch, pairs, .. } = *event {
                    sums.push((epoch, pairs));
                }
                !matches!(event, Event::Checkpoint { .. })
            });
            match result {
                Ok(model) => return (parts, sums, model),
                Err(Error::Interrupted { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let whole = train(1, Every::Never);
    let resumed = train(1, Every::Words(3_000_000));
    assert!(resumed.0 >= 3, "{}", resumed.0);
    assert_eq!(whole.1, resumed.1);
    assert!(bytes(&whole.2, folder.path()) == bytes(&resumed.2, folder.path()));
    let several = train(3, Every::Words(3_000_000));
    assert!(several.0 >= 3, "{}", several.0);
    assert_eq!(whole.1, several.1, "every cell once an epoch");
    // Of another run.
    assert!(path.exists());
    let other = Glove { x_max: 7.0, ..parameters.clone() };
    let recipe = Recipe::new(other);
    let trainer = Trainer::new(vocab, &pairs, &recipe);
    let refused = trainer.resume(native::read_checkpoint(path).unwrap()).train(|_| true);
    let refused = refused.err().unwrap().to_string();
    assert!(refused.starts_with("`objective.glove.training.x_max` was 100.0 when"), "{refused}");
}

/// A run that began with a model, and holds its rows, goes on from its state like any other; without
/// that model, or with other holds, it does not.
#[test]
fn a_run_that_goes_on_with_a_model_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("checkpoint");
    let (vocab, text) = encoded(&text());
    for storage in [Storage::F32, Storage::Bf16] {
        let recipe = Recipe::new(SkipGram { storage, ..parameters() });
        let new = || Trainer::new(vocab.clone(), &text, &recipe);
        let held = |hold| {
            let model = new().train(|_| true).unwrap();
            model.into_origin("old.w2v", 7).unwrap().hold(hold).unwrap()
        };
        let origin = held(Hold::Anchored(1.0));
        let trainer = || new().begin_with(&origin);
        let whole = bytes(&trainer().train(|_| true).unwrap(), folder.path());
        let keep =
            Checkpoints::new(Every::Words(20_000), |state| native::write_checkpoint(state, path));
        let stop = |event: &Event| !matches!(event, Event::Checkpoint { .. });
        assert!(trainer().checkpoints(keep).train(stop).is_err());
        let kept = || native::read_checkpoint(path).unwrap();
        let resumed = trainer().resume(kept()).train(|_| true).unwrap();
        assert!(bytes(&resumed, folder.path()) == whole, "{storage}");
        let message = |trainer: Trainer<'_>| {
            let ended = trainer.resume(kept()).train(|_| true);
            ended.err().unwrap().to_string()
        };
        let without = message(new());
        assert!(without.starts_with("`origin` was {"), "{without}");
        assert!(without.contains("and is none now"), "{without}");
        let frozen = held(Hold::Frozen);
        let frozen = message(new().begin_with(&frozen));
        assert!(frozen.starts_with("`origin.hold` was {\"anchored\":1.0}"), "{frozen}");
        fs::remove_file(path).unwrap();
    }
}
