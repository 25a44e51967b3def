//! Training end to end through the library: repeatable, independent of threads where it must be,
//! quick to end on hopeless input, and good on the bundled corpus.

use std::fs;
use std::path::Path;
use w2v::encode::{EncodedCorpus, encode};
use w2v::eval::{AnalogyQuestions, EvalOptions, WordPairs};
use w2v::train::{Engine, Event, Recipe, Storage, Trainer};
use w2v::vectors::{Analogy, AnalogyMethod};
use w2v::{Corpus, Error, Model, SkipGram, Tokenizer, Vocab, VocabLimits};

fn encoded(text: &str) -> (Vocab, EncodedCorpus) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let corpus = Corpus::open(&[file.path().into()], Default::default()).unwrap();
    let limits = VocabLimits { min_count: 1, ..Default::default() };
    encode(&corpus, Tokenizer::default(), &limits, &Default::default(), |_| true).unwrap()
}

fn bundled() -> (Vocab, EncodedCorpus) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/corpus.txt");
    let corpus = Corpus::open(&[path], Default::default()).unwrap();
    encode(&corpus, Tokenizer::default(), &Default::default(), &Default::default(), |_| true)
        .unwrap()
}

fn trained(vocab: Vocab, corpus: &EncodedCorpus, recipe: &Recipe) -> Result<Model, Error> {
    Trainer::new(vocab, corpus, recipe).train(|_| true)
}

fn bits(model: &Model) -> Vec<u32> {
    let rows = (0..model.vocab.len()).flat_map(|i| [model.input.row(i), model.output.row(i)]);
    rows.flatten().map(|x| x.to_bits()).collect()
}

#[test]
fn one_thread_and_one_seed_give_the_same_bits() {
    let (vocab, corpus) = bundled();
    for storage in [Storage::F32, Storage::Bf16] {
        let train = |seed| {
            let parameters = SkipGram { dim: 20, epochs: 1, storage, ..Default::default() };
            let recipe = Recipe { seed, ..Recipe::new(parameters) };
            trained(vocab.clone(), &corpus, &recipe).unwrap()
        };
        let one = train(7);
        assert!(bits(&one) == bits(&train(7)), "{storage}, the same seed");
        assert!(bits(&one) != bits(&train(8)), "{storage}, another seed");
        assert_eq!(one.training.record.losses.len(), 1);
        let halves = bits(&one).iter().all(|bits| bits & 0xffff == 0);
        assert_eq!(halves, storage == Storage::Bf16);
    }
}

/// A learning rate that is all but zero leaves the input matrix as it was at the beginning.
#[test]
fn initial_weights_do_not_depend_on_threads() {
    let (vocab, corpus) = bundled();
    let start = |threads| {
        let parameters =
            SkipGram { dim: 33, epochs: 1, lr: 2e-38, min_lr: 0.0, ..Default::default() };
        let recipe = Recipe { threads, ..Recipe::new(parameters) };
        let input = trained(vocab.clone(), &corpus, &recipe).unwrap().input;
        (0..input.rows())
            .flat_map(|i| input.row(i).iter().map(|x| x.to_bits()).collect::<Vec<_>>())
            .collect()
    };
    let one: Vec<u32> = start(1);
    assert!(one.iter().all(|&x| x != 0), "weights are there");
    assert!([2, 3, 8].into_iter().all(|threads| start(threads) == one));
}

#[test]
fn every_token_is_trained_once_an_epoch_by_any_number_of_threads() {
    let (vocab, corpus) = bundled();
    for threads in [1, 2, 5, 16] {
        let parameters =
            SkipGram { dim: 4, epochs: 3, sample: 0.0, window: 1, ..Default::default() };
        let recipe = Recipe { threads, ..Recipe::new(parameters) };
        let mut ends = Vec::new();
        let mut last = (0, 0);
        let trained = Trainer::new(vocab.clone(), &corpus, &recipe).train(|event| {
            match *event {
                Event::EpochEnd { epoch, pairs, kept, .. } => ends.push((epoch, pairs, kept)),
                Event::Progress { done, total, .. } => last = (done, total),
                _ => {}
            }
            true
        });
        trained.unwrap();
        let n = corpus.len() as u64;
        // A window of 1 makes two pairs of each two neighbours in a sentence.
        let pairs = 2 * (n - corpus.statistics().sentences);
        assert_eq!(ends, [(1, pairs, n), (2, pairs, n), (3, pairs, n)], "{threads} threads");
        assert_eq!(last, (3 * n, 3 * n));
    }
}

/// fastText hangs on one word, word2vec.c writes a file without words.
#[test]
fn tiny_corpora_end() {
    let trained = |text: &str, threads| {
        let (vocab, corpus) = encoded(text);
        let parameters = SkipGram { dim: 3, sample: 0.0, ..Default::default() };
        self::trained(vocab, &corpus, &Recipe { threads, ..Recipe::new(parameters) })
    };
    for threads in [1, 2] {
        for text in ["a a a a", "a b", "a b a b\nb", "a b c"] {
            let model = trained(text, threads).unwrap();
            assert!(model.input.is_finite(), "{text:?}");
        }
        for (text, tokens) in [("a", 1), ("a\nb\nc\n", 3)] {
            let error = trained(text, threads).err().expect("no pair").to_string();
            let expected =
                format!("not one pair of words to train on: sub-sampling keeps {tokens}");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}

/// Steps are bounded by the learning rate, so that only an absurd one leaves the finite numbers: here
/// each step throws the vectors some 10³⁰ times further.
#[test]
fn a_diverging_run_is_stopped_and_says_what_to_lower() {
    let (vocab, corpus) = encoded(&"a b c d e f\n".repeat(2000));
    let wild = SkipGram { dim: 8, lr: 1e30, epochs: 50, sample: 0.0, ..Default::default() };
    for engine in [Engine::Block, Engine::Pair] {
        let recipe = Recipe::new(SkipGram { engine, ..wild.clone() });
        let result = trained(vocab.clone(), &corpus, &recipe);
        let error = result.err().expect("not finite").to_string();
        assert!(error.contains("training diverged in epoch 1"), "{error}");
        assert!(error.contains("nothing was written; lower `lr`"), "{error}");
    }
}

/// A caller that panics must not wait for all epochs.
#[test]
fn a_panicking_caller_stops_the_threads() {
    let (vocab, corpus) = bundled();
    let parameters = SkipGram { epochs: 100_000, ..Default::default() };
    let recipe = Recipe { threads: 2, ..Recipe::new(parameters) };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        Trainer::new(vocab, &corpus, &recipe).train(|_| panic!("caller"))
    }));
    assert!(result.is_err());
}

#[test]
fn a_run_beyond_memory_is_refused() {
    let (vocab, corpus) = encoded(&"a b c\n".repeat(100));
    let wide = SkipGram { dim: 65_536, negative: 1000, window: 1000, ..Default::default() };
    let recipe = Recipe { threads: 1024, ..Recipe::new(wide) };
    let result = Trainer::new(vocab, &corpus, &recipe).train(|_| false);
    // Where the system promises everything the run begins, and is interrupted at once.
    let error = result.err().expect("refused or interrupted");
    assert!(matches!(error, Error::Memory { .. } | Error::Interrupted { .. }), "{error}");
}

#[test]
fn training_can_be_interrupted() {
    let (vocab, corpus) = bundled();
    let parameters = SkipGram { epochs: 100_000, ..Default::default() };
    let recipe = Recipe { threads: 2, ..Recipe::new(parameters) };
    let result = Trainer::new(vocab, &corpus, &recipe).train(|_| false);
    assert!(matches!(result, Err(Error::Interrupted { .. })));
}

#[test]
fn parameters_outside_their_range_are_refused() {
    let (vocab, corpus) = encoded("a b");
    let parameters = SkipGram { dim: 0, ..Default::default() };
    let result = trained(vocab, &corpus, &Recipe::new(parameters));
    assert_eq!(result.err().unwrap().to_string(), "`dim` is 0, expected 1 to 65536");
}

/// The planted relations come out with the defaults, whatever the seed: see `data/README.md`.
#[test]
fn the_bundled_corpus_teaches_its_relations() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let questions = AnalogyQuestions::read(&data.join("questions.txt")).unwrap();
    let pairs = WordPairs::read(&data.join("pairs.txt")).unwrap();
    let (vocab, corpus) = bundled();
    for (seed, threads, storage) in
        [(1, 1, Storage::F32), (2, 2, Storage::F32), (3, 2, Storage::Bf16)]
    {
        let parameters = SkipGram { storage, ..Default::default() };
        let recipe = Recipe { seed, threads, ..Recipe::new(parameters) };
        let vectors = trained(vocab.clone(), &corpus, &recipe).unwrap().into_vectors();
        let id = |word| vectors.id(word).unwrap();
        let question = Analogy::new(id("king"), id("queen"), id("man"));
        for method in [AnalogyMethod::CosAdd, AnalogyMethod::CosMul] {
            let best = vectors.analogy(&Analogy { method, ..question }, 1).unwrap()[0].id;
            assert_eq!(vectors.vocab().word(best), "woman", "seed {seed}, {method:?}");
        }
        let like = |a, b| vectors.similarity(id(a), id(b));
        assert!(like("king", "queen") > like("king", "car") + 0.2);
        assert!(like("国王", "王后") > like("国王", "汽车") + 0.1);
        let options = EvalOptions::default();
        let analogies = questions.evaluate(&vectors, AnalogyMethod::CosAdd, &options);
        let accuracy = analogies.total.accuracy().unwrap();
        assert!(accuracy >= 0.65, "seed {seed}: {accuracy} of the questions");
        let spearman = pairs.evaluate(&vectors, &options).spearman.unwrap();
        assert!(spearman >= 0.64, "seed {seed}: Spearman {spearman}");
    }
}
