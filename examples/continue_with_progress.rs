//! Trains on one half of a text, continues the model on the other half, and shows how far words moved.
//!
//! `cargo run --release --example continue_with_progress`

use std::error::Error;
use std::fs;
use w2v::session::{Begin, Event, Run, Text};
use w2v::train::Event as Training;
use w2v::{SkipGram, Threads};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let [first, second, path] =
        ["first.txt", "second.txt", "first.w2v"].map(|name| folder.path().join(name));
    let text = fs::read_to_string("data/corpus.txt")?;
    let lines: Vec<&str> = text.lines().collect();
    let (begin, end) = lines.split_at(lines.len() / 2);
    fs::write(&first, begin.join("\n"))?;
    fs::write(&second, end.join("\n"))?;

    let parameters = SkipGram { dim: 50, epochs: 2, ..Default::default() };
    let mut run = Run::new(Text::new(&first), parameters);
    run.output = Some(path.clone());
    run.train_with(show)?;

    let begin = Begin::model(&path, &Default::default())?;
    let parameters = SkipGram { epochs: 2, ..begin.skipgram() };
    let mut run = Run::new(Text::new(&second), parameters);
    run.begin = Some(begin);
    let trained = run.train_with(show)?;

    let drift = trained.into_drift(&Threads::default())?.expect("the run began with a model");
    println!("cosine of old and new row: median, tenth percentile, mean {:.3?}", drift.cosine);
    for moved in drift.words.iter().take(5) {
        println!("{:.3}  {}", moved.moved.cosine, moved.word);
    }
    Ok(())
}

/// Called while the run goes on; `false` would interrupt it.
fn show(event: &Event<'_>) -> bool {
    match event {
        Event::Read { vocab, text, .. } => println!("{} tokens, {} words", text.len(), vocab.len()),
        Event::WarmStart(start) => println!("{} of them are new", start.new_words),
        Event::Train(Training::EpochEnd { epoch, loss, seconds, .. }) => {
            println!("epoch {epoch}: loss {loss:.3} after {seconds:.1} s");
        }
        _ => {}
    }
    true
}

#[test]
fn the_example_runs() {
    main().unwrap();
}
