//! Opens the embedding table of a language model, memory-mapped, and searches it.
//!
//! `cargo run --release --example llm_table -- Qwen2-7B/ king` takes a folder, a `.safetensors` file or
//! its index, and a word. Without arguments the example makes a tiny table.

use std::error::Error;
use std::path::Path;
use w2v::formats::{Dtype, safetensors};
use w2v::{Vocab, WordVectors};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next() {
        Some(model) => show(model.as_ref(), &arguments.next().unwrap_or("king".into())),
        None => tiny(),
    }
}

/// Prints the size of the table and the neighbours of a word.
fn show(model: &Path, word: &str) -> Result<(), Box<dyn Error>> {
    let vectors = WordVectors::open(model)?;
    let (words, dim) = (vectors.len(), vectors.dim());
    println!("{words} words × {dim} dimensions in {}", vectors.numbers());
    println!("{:.1} MB", vectors.table_bytes() as f64 / 1e6);
    println!("output matrix: {}", if vectors.is_tied() { "the same" } else { "another or none" });
    for (word, cosine) in vectors.most_similar(word, 10)? {
        println!("{cosine:.4}  {word}");
    }
    Ok(())
}

/// The same for a table of four words in bf16.
fn tiny() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("model.safetensors");
    let vocab = Vocab::new([("king", 4), ("queen", 3), ("car", 2), ("bus", 1)]);
    let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.2, 0.8, 0.3, 0.1, 0.7, 0.2, 0.9])?;
    safetensors::write_as(&vectors, None, Dtype::Bf16, &path)?;
    show(&path, "king")
}

#[test]
fn the_example_runs() {
    tiny().unwrap();
}
