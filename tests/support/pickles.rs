//! Pickles as gensim writes them, put together by hand: the readers' tests have no Python.

/// The parts of a pickle, of protocol 3.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let length = text.len() as u32;
    [b"X".as_slice(), &length.to_le_bytes(), text.as_bytes()].concat()
}

pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u32;
    [b"B".as_slice(), &length.to_le_bytes(), bytes].concat()
}

pub(crate) fn int(number: i32) -> Vec<u8> {
    [b"J".as_slice(), &number.to_le_bytes()].concat()
}

pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [b"](".as_slice(), &items.concat(), b"e"].concat()
}

pub(crate) fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".as_slice(), &items.concat(), b"t"].concat()
}

pub(crate) fn dict(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = pairs.iter().flat_map(|(key, value)| [&key[..], value].concat()).collect();
    [b"}(".as_slice(), &items, b"u"].concat()
}

/// A class or function.
pub(crate) fn class(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

/// An object with these attributes.
pub(crate) fn object(module: &str, name: &str, attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs: Vec<_> = attributes.iter().map(|(key, value)| (text(key), value.clone())).collect();
    [&class(module, name)[..], b")\x81", &dict(&pairs), b"b"].concat()
}

/// `numpy.dtype`.
pub(crate) fn dtype(code: &str) -> Vec<u8> {
    let order = if code.ends_with('1') { "|" } else { "<" };
    let state = [int(3), text(order), b"NNN".to_vec(), int(-1), int(-1), int(0)];
    let arguments = tuple(&[text(code), int(0), int(1)]);
    [&class("numpy", "dtype")[..], &arguments, b"R", &tuple(&state), b"b"].concat()
}

/// `numpy.ndarray`.
pub(crate) fn array(code: &str, shape: &[i32], numbers: &[u8]) -> Vec<u8> {
    array_of(code, shape, b"\x89", bytes(numbers))
}

/// The same with a flag for Fortran's order and any data.
pub(crate) fn array_of(code: &str, shape: &[i32], fortran: &[u8], data: Vec<u8>) -> Vec<u8> {
    let sizes: Vec<Vec<u8>> = shape.iter().map(|&size| int(size)).collect();
    let empty = tuple(&[class("numpy", "ndarray"), tuple(&[int(0)]), bytes(b"b")]);
    let state = tuple(&[int(1), tuple(&sizes), dtype(code), fortran.to_vec(), data]);
    let function = class("numpy.core.multiarray", "_reconstruct");
    [&function[..], &empty, b"R", &state, b"b"].concat()
}

pub(crate) fn f32s(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A whole pickle.
pub(crate) fn pickle(value: &[u8]) -> Vec<u8> {
    [b"\x80\x03", value, b"."].concat()
}

/// The attributes of KeyedVectors of gensim 4, one row of `dim` numbers each word.
pub(crate) fn keyed(words: &[&str], dim: usize) -> Vec<(&'static str, Vec<u8>)> {
    let numbers: Vec<f32> = (0..words.len() * dim).map(|i| (i as f32 - 7.0) / 8.0).collect();
    let counts: Vec<u8> = (1..=words.len() as i64).rev().flat_map(i64::to_le_bytes).collect();
    let keys: Vec<Vec<u8>> = words.iter().map(|word| text(word)).collect();
    let count = array("i8", &[words.len() as i32], &counts);
    vec![
        ("vector_size", int(dim as i32)),
        ("index_to_key", list(&keys)),
        ("vectors", array("f4", &[words.len() as i32, dim as i32], &f32s(&numbers))),
        ("norms", b"N".to_vec()),
        ("expandos", dict(&[(text("count"), count)])),
    ]
}

/// A model of gensim 4, with an output matrix.
pub(crate) fn word2vec(words: &[&str], dim: usize) -> Vec<u8> {
    let vectors = object("gensim.models.keyedvectors", "KeyedVectors", &keyed(words, dim));
    let numbers: Vec<f32> = (0..words.len() * dim).map(|i| i as f32).collect();
    let output = array("f4", &[words.len() as i32, dim as i32], &f32s(&numbers));
    let hash = class("__builtin__", "hash");
    let attributes = [("wv", vectors), ("syn1neg", output), ("hashfxn", hash)];
    pickle(&object("gensim.models.word2vec", "Word2Vec", &attributes))
}

/// A FastText model of gensim 4: no vectors of whole words, and a row of n-grams a bucket.
pub(crate) fn fasttext(words: &[&str], dim: usize, buckets: usize) -> Vec<u8> {
    let mut attributes = keyed(words, dim);
    let own = attributes.remove(2).1;
    let numbers: Vec<f32> = (0..buckets * dim).map(|i| i as f32).collect();
    attributes.extend([
        ("vectors_vocab", own),
        ("vectors_ngrams", array("f4", &[buckets as i32, dim as i32], &f32s(&numbers))),
        ("bucket", int(buckets as i32)),
        ("min_n", int(3)),
        ("max_n", int(4)),
        ("compatible_hash", b"\x88".to_vec()),
    ]);
    let vectors = object("gensim.models.fasttext", "FastTextKeyedVectors", &attributes);
    pickle(&object("gensim.models.fasttext", "FastText", &[("wv", vectors)]))
}
