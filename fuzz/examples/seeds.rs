//! Writes a few good files for each target into `corpus/`: `cargo run --example seeds`, in `fuzz/`.

use w2v::formats::{self, Format, WriteOptions};
use w2v::{Vocab, WordVectors};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words = ["the", "of", "\u{738b}", "new-york", "x"];
    for (target, format) in [
        ("native", Format::Native),
        ("word2vec_text", Format::Word2vecText),
        ("glove_text", Format::GloveText),
        ("word2vec_binary", Format::Word2vecBinary),
        ("fasttext", Format::FastText),
        ("finalfusion", Format::Finalfusion),
        ("numpy", Format::Numpy),
        ("projector", Format::Projector),
        ("safetensors", Format::Safetensors),
    ] {
        let folder = std::path::Path::new("corpus").join(target);
        std::fs::create_dir_all(&folder)?;
        for dim in [2, 3, 16] {
            let vocab = Vocab::new(words.iter().map(|word| (*word, 7)));
            let table = (0..words.len() * dim).map(|i| (i as f32 - 7.0) / 8.0).collect();
            let vectors = WordVectors::new(vocab, dim, table)?;
            for dtype in format.dtypes() {
                let path = folder.join(format!("{dim}-{}", dtype.name()));
                formats::write_with(&vectors, &path, format, &WriteOptions { dtype: *dtype })?;
                let check = std::path::Path::new("corpus/check");
                std::fs::create_dir_all(check)?;
                std::fs::copy(&path, check.join(format!("{target}-{dim}-{}", dtype.name())))?;
            }
        }
    }
    checkpoints()?;
    std::fs::create_dir_all("corpus/sparse_text")?;
    std::fs::write("corpus/sparse_text/1", "3 5\nthe 0:1 4:2.5\nof 1:-3\nx 2:1e-3 3:4\n")?;
    std::fs::write("corpus/sparse_text/2", "the 0:1 4:2.5\nof 1:-3\n")?;
    Ok(())
}

/// States of runs of a few words, of skip-gram and of GloVe.
fn checkpoints() -> Result<(), Box<dyn std::error::Error>> {
    use w2v::formats::native;
    use w2v::train::{Checkpoints, Every, Glove, GloveTrainer, SkipGramTrainer};
    let folder = std::path::Path::new("corpus/checkpoint");
    std::fs::create_dir_all(folder)?;
    let text = folder.join("../text");
    std::fs::write(&text, "a b c\nc b a d\n")?;
    let corpus = w2v::Corpus::open(&[text.clone()], Default::default())?;
    let limits = w2v::VocabLimits { min_count: 1, ..Default::default() };
    let (tokenizer, options, run) = Default::default();
    let (vocab, ids) = w2v::encode::encode(&corpus, tokenizer, &limits, &options, |_| true)?;
    std::fs::remove_file(text)?;
    for dim in [1, 3] {
        let to = folder.join(format!("skipgram-{dim}"));
        let p = w2v::SkipGram { dim, sample: 0.0, ..Default::default() };
        let keep = Checkpoints::new(Every::Never, |state| native::write_checkpoint(state, &to));
        let trainer = SkipGramTrainer::new(vocab.clone(), &ids, tokenizer, &p, &run);
        let _ = trainer.checkpoints(keep).train(|_| false);
        let to = folder.join(format!("glove-{dim}"));
        let pairs = w2v::cooccur::count(&vocab, &ids, &Default::default(), &Default::default(), |_| true)?;
        let p = Glove { dim, epochs: 2, ..Default::default() };
        let keep = Checkpoints::new(Every::Never, |state| native::write_checkpoint(state, &to));
        let trainer = GloveTrainer::new(vocab.clone(), &pairs, tokenizer, &p, &run);
        let _ = trainer.checkpoints(keep).train(|_| false);
    }
    Ok(())
}
