use super::*;
use crate::formats::{Format, open, open_bytes};
use crate::vectors::NgramIndex;
use crate::vocab::WordId;
use pickles::*;

#[allow(dead_code, reason = "shared with other tests, each of which needs a part")]
#[path = "../../../tests/support/pickles.rs"]
mod pickles;

const KEYED: &str = "gensim.models.keyedvectors";

fn read(file: &[u8]) -> Result<(WordVectors, Report), String> {
    let options = ReadOptions { output: true, ..ReadOptions::default() };
    open_bytes(file.to_vec(), Path::new("x.kv"), None, &options).map_err(|error| error.to_string())
}

fn read_vectors(file: &[u8]) -> WordVectors {
    read(file).unwrap().0
}

/// Words and their rows, however those are kept.
fn rows(vectors: &WordVectors) -> Vec<(String, Vec<f32>)> {
    let ids = (0..vectors.len() as u32).map(WordId);
    let row = |id| (vectors.vocab().word(id).to_owned(), vectors.vector(id).into_owned());
    ids.map(row).collect()
}

/// KeyedVectors of the words `a` and `王`, with one attribute set to something else.
fn with(name: &'static str, value: Vec<u8>) -> Vec<u8> {
    let mut attributes = keyed(&["a", "王"], 2);
    attributes.retain(|(other, _)| *other != name);
    attributes.push((name, value));
    pickle(&object(KEYED, "KeyedVectors", &attributes))
}

fn plain() -> Vec<u8> {
    pickle(&object(KEYED, "KeyedVectors", &keyed(&["a", "王"], 2)))
}

/// Rows that were asked for and are not filled yet, as `KeyedVectors(count=…)` makes them.
#[test]
fn rows_without_a_word_are_left_out() {
    let mut attributes = keyed(&["a", "王", "x"], 2);
    attributes.retain(|(name, _)| *name != "index_to_key");
    attributes.push(("index_to_key", list(&[text("a"), text("王"), b"N".to_vec()])));
    let vectors = read_vectors(&pickle(&object(KEYED, "KeyedVectors", &attributes)));
    let rows: Vec<String> = rows(&vectors).into_iter().map(|(word, _)| word).collect();
    assert_eq!(rows, ["a", "王"]);
}

fn two_rows() -> Vec<(String, Vec<f32>)> {
    vec![("a".into(), vec![-0.875, -0.75]), ("王".into(), vec![-0.625, -0.5])]
}

#[test]
fn models_and_vectors_of_gensim_4_are_read() {
    let vectors = read_vectors(&plain());
    assert_eq!(rows(&vectors), two_rows());
    assert_eq!(vectors.vocab().counts(), [2, 1]);
    assert!(vectors.output().is_none());
    let model = read_vectors(&word2vec(&["a", "王"], 2));
    assert_eq!(rows(&model), two_rows());
    assert_eq!(rows(&model.output().unwrap())[1].1, [2.0, 3.0]);
}

#[test]
fn arrays_of_every_kind_and_order_are_read() {
    let half: Vec<u8> = [-0.875_f32, -0.75, -0.625, -0.5]
        .iter()
        .flat_map(|&x| half::f16::from_f32(x).to_le_bytes())
        .collect();
    let double: Vec<u8> =
        [-0.875_f64, -0.75, -0.625, -0.5].iter().flat_map(|x| x.to_le_bytes()).collect();
    let columns = f32s(&[-0.875, -0.625, -0.75, -0.5]);
    let row_major = f32s(&[-0.875, -0.75, -0.625, -0.5]);
    // Protocol 2 has no bytes: text of Latin-1, encoded again.
    let latin: String = row_major.iter().map(|&byte| char::from(byte)).collect();
    let encoded =
        [class("_codecs", "encode"), tuple(&[text(&latin), text("latin1")]), b"R".to_vec()]
            .concat();
    let buffer = |order: &str, numbers: &[u8]| {
        let data = [&[0x96][..], &(numbers.len() as u64).to_le_bytes(), numbers].concat();
        let arguments = [data, dtype("f4"), tuple(&[int(2), int(2)]), text(order)];
        [class("numpy._core.numeric", "_frombuffer"), tuple(&arguments), b"R".to_vec()].concat()
    };
    for (name, array) in [
        ("f2", array("f2", &[2, 2], &half)),
        ("f8", array("f8", &[2, 2], &double)),
        ("Fortran", array_of("f4", &[2, 2], b"\x88", bytes(&columns))),
        ("Latin-1", array_of("f4", &[2, 2], b"\x89", encoded)),
        ("a buffer", buffer("C", &row_major)),
        ("a buffer in Fortran's order", buffer("F", &columns)),
    ] {
        assert_eq!(rows(&read_vectors(&with("vectors", array))), two_rows(), "{name}");
    }
}

#[test]
fn files_of_protocol_0_and_of_old_versions_are_read() {
    // As Python 2 wrote it: a model of gensim 0.12, which has vectors and words itself.
    let file = b"ccopy_reg\n_reconstructor\np0\n(cgensim.models.word2vec\nWord2Vec\np1\nc__builtin__\n\
        object\np2\nNtRp3\n(dp4\nS'index2word'\np5\n(lp6\nVthe\np7\naV\\u738b\np8\nasS'vocab'\np9\n(dp10\n\
        g8\nccopy_reg\n_reconstructor\n(cgensim.models.word2vec\nVocab\ng2\nNtR(dS'count'\nI3\nsS'index'\n\
        I1\nsbsg7\nccopy_reg\n_reconstructor\n(cgensim.models.word2vec\nVocab\ng2\nNtR(dS'count'\nL7L\n\
        sS'index'\nI0\nsbssS'syn0'\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR\
        (I1\n(I2\nI1\ntcnumpy\ndtype\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n\
        S'\\x00\\x00\\x80?\\x00\\x00\\x00\\xc0'\ntbsb.";
    let vectors = read_vectors(file);
    assert_eq!(rows(&vectors), [("the".into(), vec![1.0]), ("王".into(), vec![-2.0])]);
    assert_eq!(vectors.vocab().counts(), [7, 3]);
}

#[test]
fn classes_that_are_not_known_are_refused_by_their_names() {
    let stack_global = [text("posix"), text("system"), b"\x93".to_vec()].concat();
    let call = |function: Vec<u8>| [function, tuple(&[text("x")]), b"R".to_vec()].concat();
    for (file, expected) in [
        (
            pickle(&call(class("os", "system"))),
            "byte 2: names the class `os.system`, which is not one of \
          gensim's or numpy's: nothing of it was run",
        ),
        (
            with("callbacks", call(class("__main__", "Logger"))),
            "names the class `__main__.Logger`, which is \
          not one of gensim's or numpy's: nothing of it was run; save the vectors by themselves with gensim, \
          `model.wv.save(\"vectors.kv\")`",
        ),
        (with("x", call(stack_global)), "names the class `posix.system`, which is not"),
        (
            with("x", call(class("builtins", "getattr"))),
            "names the class `builtins.getattr`, which is not",
        ),
        (
            with("x", call(class("numpy", "load"))),
            "names the class `numpy.load`, which is not among",
        ),
        (
            pickle(&class("gensim.models.ldamodel", "LdaModel")),
            "names the class `gensim.models.ldamodel.LdaModel`, which is not among those of word vectors",
        ),
        (b"(ios\nsystem\np0\n.".to_vec(), "names the class `os.system`, which"),
        (b"\x80\x02cos\nsys\x1btem\n.".to_vec(), "names the class `os.sys\\u{1b}tem`, which"),
    ] {
        let error = read(&file).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn pickles_without_vectors_are_told_from_models() {
    for (file, expected) in [
        (
            pickle(&dict(&[(text("the"), int(1))])),
            "byte 0: this is a Python pickle of a dict, expected",
        ),
        (pickle(b"]q\0h\0a"), "a Python pickle of a list"),
        (
            pickle(&array("f4", &[1], &f32s(&[1.0]))),
            "a Python pickle of `numpy.core.multiarray._reconstruct`",
        ),
        (pickle(&object(KEYED, "KeyedVectors", &[])), "`index_to_key`: no words here"),
        (
            with("vectors", b"N".to_vec()),
            "`vectors`: `gensim.models.keyedvectors.KeyedVectors` without vectors",
        ),
        (
            with("vectors", array("f4", &[1, 2], &f32s(&[1.0, 2.0]))),
            "an array of 1 × 2 numbers, expected 2 × 2",
        ),
        (with("vectors", array("f4", &[2, 3], &[0; 4])), "of shape (2, 3) in 4 bytes: damaged"),
        (with("vectors", array("O", &[2, 2], &[0; 16])), "`vectors`: numbers of type \"O\""),
        (
            with("vectors", array("i4", &[2, 2], &[0; 16])),
            "an array of whole numbers, expected f2, f4 or f8",
        ),
        (
            with("vectors", array("f4", &[2, 2], &f32s(&[1.0, f32::NAN, 1.0, 2.0]))),
            "number 2 of row 1 is NaN, expected a finite f32",
        ),
        (with("index_to_key", list(&[text("a"), list(&[])])), "word 2: is a list, expected a text"),
    ] {
        let error = read(&file).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn arrays_beside_the_file_are_read_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut attributes = keyed(&["a", "王"], 2);
    attributes.retain(|(name, _)| *name != "vectors");
    attributes.push(("__numpys", list(&[text("vectors")])));
    let vectors = object(KEYED, "KeyedVectors", &attributes);
    let model = object("gensim.models.word2vec", "Word2Vec", &[("wv", vectors.clone())]);
    std::fs::write(at("x.kv"), pickle(&vectors)).unwrap();
    std::fs::write(at("x.model"), pickle(&model)).unwrap();
    let options = ReadOptions::default();
    let error = open(at("x.model"), &options).unwrap_err().to_string();
    assert!(error.contains("x.model.wv.vectors.npy, which is not there; put both"), "{error}");
    let numbers = f32s(&[-0.875, -0.75, -0.625, -0.5]);
    let file = [crate::formats::npy::header("<f4", "(2, 2)"), numbers].concat();
    for name in ["x.kv.vectors.npy", "x.model.wv.vectors.npy"] {
        std::fs::write(at(name), &file).unwrap();
    }
    for name in ["x.kv", "x.model"] {
        let (vectors, _) = open(at(name), &options).unwrap();
        assert_eq!(rows(&vectors), two_rows(), "{name}");
    }
    assert_eq!(files_beside(&at("x.model")), [at("x.model.wv.vectors.npy")]);
    let limited = ReadOptions { limit: Some(1), ..options };
    assert_eq!(rows(&open(at("x.kv"), &limited).unwrap().0), two_rows()[..1]);
}

/// FNV-1a of 32 bits.
fn hash(units: impl IntoIterator<Item = u32>) -> u32 {
    units.into_iter().fold(2_166_136_261, |h, unit| (h ^ unit).wrapping_mul(16_777_619))
}

#[test]
fn words_of_fasttext_are_means_and_unknown_words_have_vectors() {
    let vectors = read_vectors(&fasttext(&["ab", "</s>"], 1, 5));
    let bucket = |ngram: &str| (hash(ngram.bytes().map(u32::from)) % 5) as f32;
    let ngrams = bucket("<ab") + bucket("<ab>") + bucket("ab>");
    assert!((vectors.vector_of("ab").unwrap()[0] - (-0.875 + ngrams) / 4.0).abs() < 1e-6);
    assert!((vectors.vector_of("b").unwrap()[0] - bucket("<b>")).abs() < 1e-6);
    // gensim takes `</s>` for a word like any other.
    let parts = ["<</", "<</s", "</s", "</s>", "/s>", "/s>>", "s>>"];
    let sum: f32 = parts.iter().map(|part| bucket(part)).sum();
    assert!((vectors.vector_of("</s>").unwrap()[0] - (-0.75 + sum) / 8.0).abs() < 1e-6);
}

#[test]
fn n_grams_of_every_version_find_their_rows() {
    let ngrams = |more: &[(&'static str, Vec<u8>)]| {
        let mut attributes = keyed(&["a", "b"], 1);
        attributes.push(("min_n", int(3)));
        attributes.push(("max_n", int(3)));
        attributes.extend_from_slice(more);
        let file = pickle(&object(KEYED, "FastTextKeyedVectors", &attributes));
        read(&file).map(|(vectors, _)| vectors)
    };
    let table = |rows: usize| {
        let numbers: Vec<f32> = (0..rows).map(|row| 10.0 * (row + 1) as f32).collect();
        array("f4", &[rows as i32, 1], &f32s(&numbers))
    };
    // 3.8: only used buckets have a row; keys may be numbers of NumPy.
    let used = hash("<c>".bytes().map(u32::from)) % 100;
    let scalar = [
        class("numpy.core.multiarray", "scalar"),
        tuple(&[dtype("u4"), bytes(&used.to_le_bytes())]),
        b"R".to_vec(),
    ]
    .concat();
    let packed = ngrams(&[
        ("vectors_ngrams", table(2)),
        ("bucket", int(100)),
        ("hash2index", dict(&[(scalar, int(1))])),
        ("compatible_hash", b"\x88".to_vec()),
    ])
    .unwrap();
    assert_eq!(*packed.vector_of("c").unwrap(), [20.0]);
    assert_eq!(packed.vector_of("d"), None);
    // Before: a hash of characters.
    let old = ngrams(&[("vectors_ngrams", table(7)), ("bucket", int(7))]).unwrap();
    let row = hash("<王>".chars().map(u32::from)) % 7;
    assert_eq!(*old.vector_of("王").unwrap(), [10.0 * (row + 1) as f32]);
    // Before that: a list.
    let listed = [("syn0_all", table(3)), ("ngrams", dict(&[(text("<d>"), int(2))]))];
    let oldest = ngrams(&listed).unwrap();
    assert_eq!(*oldest.vector_of("d").unwrap(), [30.0]);
    let index = oldest.subwords().and_then(|subwords| subwords.ngrams()).map(|all| &all.index);
    assert!(matches!(index, Some(NgramIndex::Explicit(_))));
    assert!(ngrams(&[("bucket", int(0))]).unwrap().subwords().is_none());
    let error = ngrams(&[("vectors_ngrams", table(3)), ("bucket", int(7))]).unwrap_err();
    assert!(error.contains("an array of 3 × 1 numbers, expected 7 × 1"), "{error}");
}

#[test]
fn hostile_pickles_end_in_an_error() {
    let million = 1 << 20;
    let deep = [b"]".repeat(million), b"a".repeat(million - 1), b".".to_vec()].concat();
    let tuples = [b"N".to_vec(), b"\x85".repeat(million), b".".to_vec()].concat();
    let long = text(&"x".repeat(1 << 16));
    let bomb = [&long[..], b"q\0", &b"h\0".repeat(1 << 16)].concat();
    let words = [&b"]("[..], &bomb, b"e"].concat();
    for (file, expected) in [
        ([b"\x80\x04", &deep[..]].concat(), "a Python pickle of a list"),
        ([b"\x80\x04", &tuples[..]].concat(), "a Python pickle of a tuple"),
        (b"\x80\x04]r\xff\xff\xff\x7f.".to_vec(), "value 2147483647 of the memo"),
        (b"\x80\x04]h\x05.".to_vec(), "value 5 of the memo is not there"),
        (b"\x80\x04\x8b\xff\xff\xff\x7f.".to_vec(), "an integer: expected 2147483647 bytes"),
        (b"\x80\x04\x8b\xff\xff\xff\xff.".to_vec(), "an integer: expected 4294967295 bytes"),
        (b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff.".to_vec(), "a text: expected"),
        (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff.".to_vec(), "a frame of"),
        (b"\x80\x04R.".to_vec(), "byte 2: takes a value that is not there"),
        (b"\x80\x04(u.".to_vec(), "adds to what is not a list"),
        (b"\x80\x04}(NuN.".to_vec(), "a key without a value"),
        (b"\x80\x04K\x01P1\n.".to_vec(), "refers to what is not in the file"),
        (b"\x80\x04\xff.".to_vec(), "opcode 0xff, which no pickle has"),
        (b"\x80\x05NNN\x93.".to_vec(), "names a class without a text"),
        (with("index_to_key", words), "the words are longer than the file"),
    ] {
        let error = read(&file).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn damaged_pickles_do_no_harm() {
    for whole in [plain(), word2vec(&["a", "b"], 2), fasttext(&["a", "b"], 2, 3)] {
        for end in 2..whole.len() {
            let error = read(&whole[..end]).unwrap_err();
            assert!(error.starts_with("x.kv: "), "{error}");
        }
        for at in 2..whole.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut file = whole.clone();
                file[at] ^= change;
                let _ = open_bytes(file, Path::new("x"), Some(Format::Gensim), &Default::default());
            }
        }
    }
}
