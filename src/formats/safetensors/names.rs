//! Which tensor is the table: the names under which models keep their embeddings.
//!
//! In: the names of a file's tensors. Out: the one that is the table of words, and the one that words
//! are predicted with. A name fits a pattern when it ends with it after a dot, whatever the model is
//! called before it (`model.`, `transformer.`, `bert.embeddings.`, `language_model.model.`).
//!
//! | pattern | models |
//! |---|---|
//! | `embed_tokens.weight` | Llama, Qwen, Mistral, Gemma, Phi |
//! | `wte.weight` | GPT-2, GPT-J, Falcon's elder kin |
//! | `word_embeddings.weight` | BERT, RoBERTa, DeBERTa, BLOOM, Falcon, ChatGLM |
//! | `tok_embeddings.weight` | ModernBERT, Llama's own files |
//! | `embed_in.weight` | GPT-NeoX, Pythia |
//! | `shared.weight` | T5, BART |
//! | `word_embedding.weight` | XLNet |
//! | `embedding.weight`, `embeddings.weight` | sentence-transformers' StaticEmbedding, Mamba |
//! | `embeddings`, `embedding` | model2vec |

/// Names of the table of words, the best first.
const INPUT: [&str; 11] = [
    "embed_tokens.weight",
    "wte.weight",
    "word_embeddings.weight",
    "tok_embeddings.weight",
    "embed_in.weight",
    "shared.weight",
    "word_embedding.weight",
    "embedding.weight",
    "embeddings.weight",
    "embeddings",
    "embedding",
];

/// Of these [`INPUT`], so many belong to models that predict words.
const OF_LANGUAGE_MODELS: usize = 7;

/// Names of the table that words are predicted with.
const OUTPUT: [&str; 6] = [
    "lm_head.weight",
    "embed_out.weight",
    "output_layer.weight",
    "cls.predictions.decoder.weight",
    super::OUTPUT_TENSOR,
    "output.weight",
];

fn fits(name: &str, pattern: &str) -> bool {
    let before = name.strip_suffix(pattern);
    before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The names that fit the first pattern that any name fits.
fn first<'a>(names: &[&'a str], patterns: &[&str]) -> Vec<&'a str> {
    let all = |pattern: &&str| -> Vec<&'a str> {
        let names = names.iter().copied();
        names.filter(|name| fits(name, pattern)).collect()
    };
    let found = patterns.iter().map(all).find(|found| !found.is_empty());
    found.unwrap_or_default()
}

/// The table of words among `names`; several where that cannot be told.
pub(super) fn input<'a>(names: &[&'a str]) -> Vec<&'a str> {
    first(names, &INPUT)
}

/// The table that words are predicted with among `names`.
pub(super) fn output<'a>(names: &[&'a str]) -> Option<&'a str> {
    match first(names, &OUTPUT)[..] {
        [name] => Some(name),
        _ => None,
    }
}

/// Whether a table of this name belongs to a model that predicts words, which ties both tables where
/// it has only one.
pub(super) fn predicts(input: &str) -> bool {
    let patterns = &INPUT[..OF_LANGUAGE_MODELS];
    patterns.iter().any(|pattern| fits(input, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_are_known_whatever_stands_before_them() {
        for name in [
            "model.embed_tokens.weight",
            "language_model.model.embed_tokens.weight",
            "transformer.wte.weight",
            "wte.weight",
            "embeddings.word_embeddings.weight",
            "bert.embeddings.word_embeddings.weight",
            "gpt_neox.embed_in.weight",
            "embedding.weight",
            "embeddings",
        ] {
            let others = ["lm_head.weight", "model.layers.0.mlp.up_proj.weight", "wpe.weight"];
            let names = [&[name][..], &others].concat();
            assert_eq!(input(&names), [name]);
            assert_eq!(output(&names), Some("lm_head.weight"));
        }
        let t5 = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
        assert_eq!(input(&t5), t5[1..]);
        assert_eq!(input(&["model.xembed_tokens.weight", "a.b"]), [""; 0]);
        assert!(predicts("transformer.wte.weight") && !predicts("embedding.weight"));
    }
}
