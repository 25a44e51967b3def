//! A text as indices and a matrix of zeros and ones, and what a table of vectors is beside it.

use super::layout::{Lines, columns};
use super::numbers::{counted, grouped, size};
use crate::encode::EncodedCorpus;
use crate::vectors::WordVectors;
use crate::vocab::{Vocab, WordId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Tokens and words of a text that are drawn; more are told of by numbers.
const DRAWN: usize = 40;
/// Words that are listed of a corpus.
const LISTED: usize = 20;

/// What is drawn: words, and the text as their ids.
#[derive(Clone, Copy, Debug)]
pub struct OneHot<'a> {
    /// The words.
    pub vocab: &'a Vocab,
    /// The text.
    pub encoded: &'a EncodedCorpus,
    /// Whether it is a sentence and not a corpus: then all of its words are listed, and no others.
    pub is_sentence: bool,
}

/// The words with their indices, the matrix where it is small, what it costs beside a dense table of `dim` dimensions,
/// and, with `vectors`, the rows that multiplying picks.
pub fn one_hot(text: &OneHot<'_>, dim: usize, vectors: Option<&WordVectors>) -> String {
    let mut output = Lines::default();
    show_words(&mut output, text);
    show_matrix(&mut output, text);
    show_cost(&mut output, text, dim);
    if let Some(vectors) = vectors {
        show_lookup(&mut output, text, vectors);
    }
    output.into_text()
}

/// The same as JSON.
pub fn one_hot_json(text: &OneHot<'_>, dim: usize) -> Value {
    let (n, v, d) = (text.encoded.len() as u64, text.vocab.len() as u64, dim as u64);
    let word = |id: WordId| json!({ "index": id.0, "word": text.vocab.word(id), "count": text.vocab.count(id) });
    let words: Vec<_> = words_of(text).into_iter().map(word).collect();
    let tokens = text.is_sentence.then(|| text.encoded.ids().map(|id| id.0).collect::<Vec<_>>());
    json!({
        "words": words, "tokens": tokens, "shape": [n, v], "nonzeros": n,
        "one_hot": { "numbers_of_a_word": v, "bytes_of_a_word": 4 * v, "parameters": 0 },
        "dense": { "numbers_of_a_word": d, "bytes_of_a_word": 4 * d, "parameters": v * d,
                   "bytes": 4 * v * d },
    })
}

/// The words of a sentence, each once, by index; all words of a corpus.
fn words_of(text: &OneHot<'_>) -> Vec<WordId> {
    match text.is_sentence {
        true => text.encoded.ids().collect::<BTreeSet<_>>().into_iter().collect(),
        false => (0..text.vocab.len() as u32).map(WordId).collect(),
    }
}

fn show_words(output: &mut Lines, text: &OneHot<'_>) {
    let words = words_of(text);
    let all = text.vocab.len();
    let here = if words.len() == all { "" } else { ", of which here" };
    output.line(format_args!("vocabulary: {}{here}", counted(all as u64, "word")));
    let most = if text.is_sentence { usize::MAX } else { LISTED };
    // The words of a foreign file have no counts.
    let columns_of = |[index, count, word]: [String; 3]| match text.vocab.total() > 0 {
        true => vec![index, count, word],
        false => vec![index, word],
    };
    let mut rows = vec![columns_of(["index", "count", "word"].map(str::to_owned))];
    rows.extend(words.iter().take(most).map(|&id| {
        let (word, count) = (text.vocab.word(id), text.vocab.count(id));
        columns_of([id.0.to_string(), count.to_string(), word.to_owned()])
    }));
    let layout = if rows[0].len() == 3 { ">5 >5 <" } else { ">5 <" };
    output.text(&columns(layout, &rows));
    if words.len() > most {
        output.line("    …");
    }
}

fn show_matrix(output: &mut Lines, text: &OneHot<'_>) {
    let (n, v) = (text.encoded.len() as u64, text.vocab.len() as u64);
    let (tokens, words) = (counted(n, "token"), counted(v, "word"));
    output.line(format_args!("\none-hot matrix: {tokens} × {words}"));
    let ids = words_of(text);
    if ids.len() > DRAWN || text.encoded.len() > DRAWN {
        return output.line("too large to draw; write it with `output=FILE.npz` or .mtx");
    }
    let row = |name: &str, cell: &dyn Fn(&WordId) -> String| {
        [name.to_owned()].into_iter().chain(ids.iter().map(cell)).collect::<Vec<String>>()
    };
    let mut rows = vec![row("", &|id| id.0.to_string())];
    rows.extend(
        text.encoded
            .ids()
            .map(|token| row(text.vocab.word(token), &|id| u8::from(*id == token).to_string())),
    );
    output.text(&columns("< >", &rows));
    if (ids.len() as u64) < v {
        let others = v - ids.len() as u64;
        output.line(format_args!("and {} of zeros only", counted(others, "column")));
    }
}

fn show_cost(output: &mut Lines, text: &OneHot<'_>, dim: usize) {
    let (n, v, d) = (text.encoded.len() as u128, text.vocab.len() as u128, dim as u128);
    let bytes = |numbers: u128| size(u64::try_from(4 * numbers).unwrap_or(u64::MAX));
    let number = |n: u128| grouped(u64::try_from(n).unwrap_or(u64::MAX));
    let parameters = format!("{} = {} × {}, {}", number(v * d), number(v), number(d), bytes(v * d));
    let row = |name: &str, one_hot: &str, dense: &str| [name, one_hot, dense].map(str::to_owned);
    let of = |name: &str, one_hot: u128, dense: u128| {
        [row(name, &number(one_hot), &number(dense)), row("", &bytes(one_hot), &bytes(dense))]
    };
    let [word, word_bytes] = of("numbers of a word", v, d);
    let [text, text_bytes] = of("numbers of this text", n * v, n * d);
    let rows = [
        row("what it costs, in f32", "one-hot", "dense"),
        word,
        word_bytes,
        text,
        text_bytes,
        row("parameters to learn", "0", &parameters),
        row("two different words", "equally far apart", "by what was learnt"),
    ];
    output.text(&format!("\n{}", columns("<23 <18 <", &rows)));
}

fn show_lookup(output: &mut Lines, text: &OneHot<'_>, vectors: &WordVectors) {
    let products = grouped(vectors.len() as u64 * vectors.dim() as u64);
    output.line(format_args!(
        "\none-hot × table: {products} multiplications for a word; looking its row up: none"
    ));
    for id in words_of(text) {
        let (row, product) = (vectors.vector(id), vectors.one_hot_product(id));
        let same = if product[..] == row[..] { "=" } else { "≠" };
        let first: Vec<String> = row.iter().take(4).map(|x| format!("{x:.4}")).collect();
        let (first, more) = (first.join(" "), if row.len() > 4 { " …" } else { "" });
        let (word, id) = (text.vocab.word(id), id.0);
        output.line(format_args!("{word}: one-hot × table {same} row {id} = [{first}{more}]"));
    }
}
