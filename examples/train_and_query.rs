//! Trains on a text, saves the model, opens it again and asks it.
//!
//! `cargo run --release --example train_and_query`

use std::error::Error;
use w2v::{SkipGram, WordVectors};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("vectors.w2v");

    let parameters = SkipGram { dim: 50, epochs: 2, ..Default::default() };
    let model = w2v::train("data/corpus.txt", parameters)?;
    println!("{} words, loss {:.3?}", model.vocab.len(), model.training.record.losses);
    model.save(&path)?;

    // The table stays in the mapped file. `open` reads the other formats of the field, too.
    let vectors = WordVectors::open(&path)?;
    println!("\nnear king:");
    for (word, cosine) in vectors.most_similar("king", 5)? {
        println!("{cosine:.4}  {word}");
    }
    println!("\nking is to queen as man is to");
    for (word, cosine) in vectors.analogy("king", "queen", "man", 5)? {
        println!("{cosine:.4}  {word}");
    }
    println!("\nking and queen: {:.4}", vectors.similarity("king", "queen")?);
    println!("not like the others: {}", vectors.odd_one_out(&["king", "queen", "car", "prince"])?);
    Ok(())
}

#[test]
fn the_example_runs() {
    main().unwrap();
}
