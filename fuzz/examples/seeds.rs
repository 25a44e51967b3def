//! Writes a few good files for each target into `corpus/`: `cargo run --example seeds`, in `fuzz/`.

use std::path::{Path, PathBuf};
use w2v::formats::{self, Format, WriteOptions, glove, native::cooccurrences};
use w2v::vectors::Quantization;
use w2v::{Corpus, Vocab, VocabLimits, WordVectors, cooccur, encode};

#[allow(dead_code, reason = "shared with the tests, each of which needs a part")]
#[path = "../../tests/support/pickles.rs"]
mod pickles;

#[path = "../../tests/support/archives.rs"]
mod archives;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    for (target, format) in [
        ("native", Format::Native),
        ("word2vec_text", Format::Word2vecText),
        ("glove_text", Format::GloveText),
        ("word2vec_binary", Format::Word2vecBinary),
        ("fasttext", Format::FastText),
        ("finalfusion", Format::Finalfusion),
        ("numpy", Format::Numpy),
        ("parquet", Format::Parquet),
        ("projector", Format::Projector),
        ("safetensors", Format::Safetensors),
    ] {
        for dim in [2, 3, 16] {
            for dtype in format.dtypes() {
                let name = format!("{dim}-{}", dtype.name());
                let path = corpus(target)?.join(&name);
                let options = WriteOptions { dtype: *dtype };
                formats::write_with(&vectors(dim)?, &path, format, &options)?;
                std::fs::copy(&path, corpus("check")?.join(format!("{target}-{name}")))?;
            }
        }
    }
    let product = Quantization::Product { subquantizers: 2, seed: 1 };
    for (how, name) in [(Quantization::Int8, "int8"), (product, "pq")] {
        let small = vectors(3)?.quantize(how)?;
        formats::write(&small, &corpus("native")?.join(name), Format::Native)?;
    }
    let golden = Path::new("../tests/golden");
    for (file, target) in
        [("fasttext.bin", "fasttext"), ("fasttext.ftz", "fasttext"), ("bucket.fifu", "finalfusion")]
    {
        std::fs::copy(golden.join(file), corpus(target)?.join(file))?;
    }
    let sparse = corpus("sparse_text")?;
    std::fs::write(sparse.join("1"), "3 5\nthe 0:1 4:2.5\nof 1:-3\nx 2:1e-3 3:4\n")?;
    std::fs::write(sparse.join("2"), "the 0:1 4:2.5\nof 1:-3\n")?;
    let words = ["the", "of", "\u{738b}"];
    std::fs::write(corpus("gensim")?.join("word2vec"), pickles::word2vec(&words, 2))?;
    std::fs::write(corpus("gensim")?.join("fasttext"), pickles::fasttext(&words, 2, 3))?;
    tokenizers()?;
    checkpoints()?;
    archives()?;
    sets()?;
    texts()
}

/// Archives of each kind, whole and as the beginning of one, and texts in each encoding.
fn archives() -> Result<()> {
    let folder = corpus("archive")?;
    let tar = archives::tar(&[("d/a.txt", b"one two"), ("b.txt", b"three\n"), ("c.txt", b"")]);
    let zip = archives::zip(&[("d/a.txt", b"one two"), ("b.txt", b"three\n"), ("c.txt", b"")]);
    for (name, bytes) in [("tar", &tar), ("zip", &zip), ("tar.gz", &archives::gzip(&tar))] {
        std::fs::write(folder.join(name), bytes)?;
    }
    let text = "мама мыла раму\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let folder = corpus("encoding")?;
    for byte in 0..9_u8 {
        for (name, bytes) in [("8", text.as_bytes()), ("16", &utf16), ("32", &utf32)] {
            std::fs::write(folder.join(format!("{byte}-{name}")), [&[byte], bytes].concat())?;
        }
    }
    Ok(())
}

/// Evaluation sets of each kind.
fn sets() -> Result<()> {
    let folder = corpus("set")?;
    for (name, text) in [
        ("analogies", ": family\nking queen man woman\n"),
        ("bats", "king\tqueen/lady\nman\twoman\n"),
        ("pairs", "word1\tword2\tscore\ntiger\tcat\t7.35\nfig\tking\t1\n"),
        ("semicolons", "tiger;cat;7,35\n\"fig\";\"king;queen\";1,0\n"),
        ("csv", "id,word1,word2,score\n1,\"tiger\",cat,7.35\n2,fig,king,1e-3\n"),
        ("categories", "category,word\nanimal,tiger\nanimal,cat\nperson,king\nperson,queen\n"),
        ("odd", "tiger\ncat\n\nking\n"),
        ("odd-csv", ",category,words,outliers\n0,a,\"['tiger', \"\"cat\"\"]\",\"['king']\"\n"),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

fn corpus(target: &str) -> Result<PathBuf> {
    let folder = Path::new("corpus").join(target);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn vectors(dim: usize) -> Result<WordVectors> {
    let words = ["the", "of", "\u{738b}", "new-york", "x"];
    let table = (0..words.len() * dim).map(|i| (i as f32 - 7.0) / 8.0);
    let vocab = Vocab::new(words.map(|word| (word, 7)));
    Ok(WordVectors::new(vocab, dim, table.collect())?)
}

/// Tokenizers of each kind.
fn tokenizers() -> Result<()> {
    let folder = corpus("tokenizer")?;
    for (name, json) in [
        (
            "bpe",
            r#"{"model":{"type":"BPE","vocab":{"a":0,"Ġb":1},"merges":[]},"added_tokens":[{"id":2,"content":"<s>"}],"decoder":{"type":"ByteLevel"}}"#,
        ),
        (
            "unigram",
            r#"{"model":{"type":"Unigram","vocab":[["▁a",-1.5],["<0x0A>",-2]]},"decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"}]}}"#,
        ),
        (
            "wordpiece",
            r###"{"model":{"type":"WordPiece","vocab":{"a":0,"##b":1},"continuing_subword_prefix":"##"}}"###,
        ),
        (
            "config",
            r#"{"text_config":{"vocab_size":8,"hidden_size":2,"tie_word_embeddings":false}}"#,
        ),
    ] {
        std::fs::write(folder.join(name), json)?;
    }
    Ok(())
}

/// Text, counts of it, and the files that GloVe makes of those.
fn texts() -> Result<()> {
    let text = "the king of the old land\nThe\u{a0}Queen e\u{301} \u{fb01}ne \u{6211}\u{7231}\u{4eba}\u{5de5}\r\nx \0 \u{ff21}\n";
    let texts = corpus("corpus")?;
    for (name, how) in [("1", [0, 0, 0, 0]), ("2", [1, 129, 128, 129]), ("3", [2, 2, 1, 7])] {
        std::fs::write(texts.join(name), [&how[..], text.as_bytes()].concat())?;
    }
    let file = texts.join("text");
    std::fs::write(&file, text)?;
    let source = Corpus::open(std::slice::from_ref(&file), Default::default())?;
    let limits = VocabLimits { min_count: 1, ..Default::default() };
    let (vocab, ids) = encode::encode(&source, Default::default(), &limits, &Default::default())?;
    std::fs::remove_file(&file)?;
    let (counting, options) = (cooccur::Counting::default(), cooccur::CountOptions::default());
    let counts = cooccur::count(&vocab, &ids, &counting, &options)?;
    let path = corpus("cooccurrences")?.join("1");
    cooccurrences::write(&counts, &vocab, Default::default(), &path)?;

    let folder = corpus("glove_binary")?;
    let mut words = Vec::new();
    vocab.write(&mut words)?;
    let records = folder.join("records");
    glove::write_cooccurrences(&counts, &records)?;
    let numbers: Vec<u8> = (0..4 * vocab.len()).flat_map(|i| (i as f64).to_le_bytes()).collect();
    for (name, behind) in [("counts", std::fs::read(&records)?), ("vectors", numbers)] {
        let whole = [&[words.len() as u8][..], &words, &behind].concat();
        std::fs::write(folder.join(name), whole)?;
    }
    std::fs::remove_file(&records)?;
    Ok(())
}

/// States of runs of a few words, of skip-gram and of GloVe.
fn checkpoints() -> Result<()> {
    use w2v::formats::native;
    use w2v::train::{Checkpoints, Every, Glove, Recipe, Trainer};
    let folder = std::path::Path::new("corpus/checkpoint");
    std::fs::create_dir_all(folder)?;
    let text = folder.join("../text");
    std::fs::write(&text, "a b c\nc b a d\n")?;
    let corpus = w2v::Corpus::open(&[text.clone()], Default::default())?;
    let limits = w2v::VocabLimits { min_count: 1, ..Default::default() };
    let (tokenizer, options) = Default::default();
    let (vocab, ids) = w2v::encode::encode(&corpus, tokenizer, &limits, &options)?;
    std::fs::remove_file(text)?;
    for dim in [1, 3] {
        let to = folder.join(format!("skipgram-{dim}"));
        let p = w2v::SkipGram { dim, sample: 0.0, ..Default::default() };
        let keep = Checkpoints::new(Every::Never, |state| native::write_checkpoint(state, &to));
        let recipe = Recipe::new(p);
        let trainer = Trainer::new(vocab.clone(), &ids, &recipe);
        let _ = trainer.checkpoints(keep).train_with(|_| false);
        let to = folder.join(format!("glove-{dim}"));
        let pairs = w2v::cooccur::count(&vocab, &ids, &Default::default(), &Default::default())?;
        let p = Glove { dim, epochs: 2, ..Default::default() };
        let keep = Checkpoints::new(Every::Never, |state| native::write_checkpoint(state, &to));
        let recipe = Recipe::new(p);
        let trainer = Trainer::new(vocab.clone(), &pairs, &recipe);
        let _ = trainer.checkpoints(keep).train_with(|_| false);
    }
    Ok(())
}
