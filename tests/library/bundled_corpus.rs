//! The committed corpus is what its generator makes, to the byte.

#[path = "../../data/make_corpus/corpus.rs"]
mod corpus;

use std::fs;
use std::path::Path;

#[test]
fn the_generator_makes_the_committed_files() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let files = corpus::files();
    assert_eq!(files.len(), 3);
    for (name, made) in files {
        let committed = fs::read_to_string(data.join(name)).expect(name);
        assert!(
            committed == made,
            "data/{name} is not what the generator makes; run `cargo run --example make_corpus -- data`"
        );
    }
}
