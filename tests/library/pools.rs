//! An explicit number of threads is obeyed by every stage, changes no answer, and no stage uses rayon's
//! global pool.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use w2v::cooccur::{self, CountOptions};
use w2v::encode::{EncodeOptions, encode};
use w2v::eval::baselines::{Ppmi, Svd, counts};
use w2v::eval::{Bootstrap, Drift, EvalOptions, EvalSet, recall};
use w2v::formats::{self, Format, ReadOptions, WriteOptions, check};
use w2v::train::{Recipe, Trainer};
use w2v::vectors::{Analogy, AnalogyMethod, Quantization, Query, RowStore, Sampling};
use w2v::{Corpus, Model, SkipGram, Threads, Vocab, VocabLimits, WordId, WordVectors};

/// More rows than one thread takes in any stage, and numbers for several pieces of a checksum.
const WORDS: usize = 20_000;
const DIM: usize = 16;

/// Rows that note which threads make them.
struct Watched {
    floats: Vec<f32>,
    threads: Arc<Mutex<BTreeSet<String>>>,
}

impl RowStore for Watched {
    fn rows(&self) -> usize {
        WORDS
    }
    fn dim(&self) -> usize {
        DIM
    }
    fn numbers(&self) -> &'static str {
        "watched"
    }
    fn bytes(&self) -> u64 {
        0
    }
    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let name = std::thread::current().name().unwrap_or("?").to_owned();
        self.threads.lock().unwrap().insert(name);
        into.copy_from_slice(&self.floats[row * DIM..(row + 1) * DIM]);
    }
}

fn floats() -> Vec<f32> {
    let hash = |i: u32| i.wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519);
    (0..(WORDS * DIM) as u32).map(|i| hash(i) as f32 / 2e9 - 1.0).collect()
}

fn vocab() -> Vocab {
    let words: Vec<String> = (0..WORDS).map(|id| format!("w{id}")).collect();
    Vocab::new(words.iter().map(|word| (word.as_str(), 1)))
}

/// What vectors answer, of every kind.
fn asked(vectors: &WordVectors, out: &mut Vec<String>) {
    let queries: Vec<Query> = (0..5).map(|id| Query::word(WordId(id * 31))).collect();
    out.push(format!("{:?}", vectors.neighbors(&queries[1], 5).unwrap()));
    out.push(format!("{:?}", vectors.neighbors_batch(&queries, 5).unwrap()));
    let analogy = Analogy::new(WordId(1), WordId(2), WordId(3));
    out.push(format!("{:?}", vectors.answer(&analogy, 3).unwrap()));
    let sampling = Sampling { top_k: Some(3), ..Default::default() };
    let tied = vectors.clone().with_tied_output();
    out.push(format!("{:?}", tied.predict(&vectors.vector(WordId(5)), &sampling).unwrap()));
    out.push(format!("{:?}", vectors.norms().iter().sum::<f32>()));
    let sets = [
        ": capitals\nw1 w2 w3 w4\nw5 w6 w7 w8\n".to_owned(),
        (0..90).map(|i| format!("w{i} w{} {i}\n", 2 * i + 1)).collect(),
        (0..90).map(|i| format!("class{},w{i}\n", i % 3)).collect(),
    ];
    for text in sets {
        let set = EvalSet::parse(&text, Path::new("set.txt")).unwrap();
        let scores = set.evaluate(vectors, AnalogyMethod::CosMul, &EvalOptions::default());
        let bootstrap = Bootstrap { threads: vectors.threads().clone(), ..Default::default() };
        let interval = bootstrap.draw(&[&scores.outcomes()]);
        out.push(format!("{} {:?} {interval:?}", set.kind().name(), scores.outcomes().score()));
    }
    let few: Vec<WordId> = (0..3000).map(WordId).collect();
    let few = vectors.select(&few);
    for how in [Quantization::Int8, Quantization::Product { subquantizers: 2, seed: 1 }] {
        let small = few.quantize(how).unwrap();
        assert_eq!(small.threads(), vectors.threads());
        out.push(format!("{:?}", recall(&few, &small, 20, 5, 1)));
        let drift = Drift::between(&few, &small, None).unwrap();
        let sample = drift.sample(20);
        out.push(format!("{:?} {:?}", drift.mean(), drift.kept(&sample, 5).unwrap()));
    }
}

/// Every stage with `count` threads; what comes out of each.
fn every_stage(count: usize, folder: &Path) -> Vec<String> {
    let threads = Threads::new(count).unwrap();
    let mut out = Vec::new();

    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/corpus.txt");
    let corpus = Corpus::open(&[text], Default::default()).unwrap();
    let options =
        EncodeOptions { threads: w2v::Threads::new(count).unwrap(), ..Default::default() };
    let limits = VocabLimits { max_vocab: Some(1000), ..Default::default() };
    let (vocab_of_text, encoded) = encode(&corpus, Default::default(), &limits, &options).unwrap();
    out.push(format!("{:?}", encoded.statistics()));
    let options = CountOptions { threads: w2v::Threads::new(count).unwrap(), ..Default::default() };
    let pairs = cooccur::count(&vocab_of_text, &encoded, &Default::default(), &options).unwrap();
    let ppmi = Ppmi::default().of(counts(&pairs).unwrap()).unwrap();
    let svd = Svd { dim: 5, rounds: 2, threads: threads.clone(), ..Default::default() };
    out.push(format!("{:?}", svd.factors(&ppmi).unwrap().singular_values()));
    let parameters = SkipGram { dim: 4, epochs: 1, sample: 1e-5, ..Default::default() };
    let recipe = Recipe { threads: count, ..Recipe::new(parameters) };
    let model = folder.join("model.w2v");
    let trained = Trainer::new(vocab_of_text, &encoded, &recipe).train().unwrap();
    trained.save(&model).unwrap();
    let reading = formats::ReadOptions { threads: threads.clone(), ..Default::default() };
    let read = Model::load_with(&model, &reading).unwrap();
    formats::verify_model(&read, &model, &reading).unwrap();

    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let watched = Watched { floats: floats(), threads: seen.clone() };
    let watched = WordVectors::from_store(vocab(), Box::new(watched), Default::default());
    asked(&watched.unwrap().with_threads(threads.clone()), &mut out);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let here = std::thread::current().name().unwrap().to_owned();
    match count {
        1 => assert_eq!(seen, BTreeSet::from([here])),
        _ => {
            let pool: BTreeSet<String> = (0..count).map(|nth| format!("w2v-{nth}")).collect();
            assert!(seen.iter().all(|name| pool.contains(name) || *name == here), "{seen:?}");
            assert!(seen.iter().any(|name| pool.contains(name)), "{seen:?}");
        }
    }

    let vectors = WordVectors::new(vocab(), DIM, floats()).unwrap().with_threads(threads.clone());
    let reading = ReadOptions { threads: threads.clone(), ..Default::default() };
    for format in Format::ALL.into_iter().filter(|format| format.can_write()) {
        for &dtype in format.dtypes() {
            let path = folder.join(format!("{format}-{}", dtype.name()));
            formats::write_with(&vectors, &path, format, &WriteOptions { dtype }).unwrap();
            let verified = formats::verify(&vectors, &path, dtype, &reading).unwrap();
            let (back, _) = formats::open(&path, &reading).unwrap();
            assert_eq!(back.threads().count(), count, "{format}");
            out.push(format!("{format} {verified:?} {:x}", formats::hash(&path).unwrap()));
        }
    }
    let text = folder.join("word2vec-text-f32");
    let copy = folder.join("copy.txt");
    out.push(format!("{:?}", check::check(&text, &reading).unwrap()));
    out.push(format!("{:?}", check::repair(&text, &copy, &reading).unwrap().dropped));
    out
}

/// That rayon's global pool can still be made at the end shows that nothing in this process used it: its
/// first use makes it.
#[test]
fn no_stage_uses_a_global_pool_and_no_answer_depends_on_threads() {
    let folders = [1, 3].map(|_| tempfile::tempdir().unwrap());
    let one = every_stage(1, folders[0].path());
    let three = every_stage(3, folders[1].path());
    for (one, three) in one.iter().zip(&three) {
        assert_eq!(one, three);
    }
    assert_eq!(one.len(), three.len());
    let global = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    assert!(global.is_ok(), "something in this process used rayon's global pool");
}
