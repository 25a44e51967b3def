use super::*;
use crate::formats::tests::rows;
use crate::formats::{Format, open, write as write_format};
use crate::vectors::{NgramIndex, Quantization};
use crate::vocab::{Vocab, WordId};
use std::fs;

fn read(file: &[u8]) -> Result<(WordVectors, Report)> {
    let contents = Contents::Owned(file.to_vec());
    parse(contents, Path::new("x.fifu"), &ReadOptions::default())
}

/// The content of a chunk, from the byte behind its id.
type Content<'a> = &'a dyn Fn(usize) -> Vec<u8>;

/// A file of `chunks`, which pad for themselves.
fn file(chunks: &[(u32, Content)]) -> Vec<u8> {
    let mut file = [MAGIC, &[0; 4], &(chunks.len() as u32).to_le_bytes()].concat();
    file.extend(chunks.iter().flat_map(|(id, _)| id.to_le_bytes()));
    for (id, content) in chunks {
        file.extend(id.to_le_bytes());
        let content = content(file.len());
        file.extend((content.len() as u64).to_le_bytes());
        file.extend(content);
    }
    file
}

fn bytes(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn u32s(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

fn f32s(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn words(words: &[&str]) -> Vec<u8> {
    let word = |word: &&str| [&u32s(&[word.len() as u32]), word.as_bytes()].concat();
    words.iter().flat_map(word).collect()
}

fn simple(names: &'static [&'static str]) -> impl Fn(usize) -> Vec<u8> {
    move |_| bytes(&[&(names.len() as u64).to_le_bytes(), &words(names)])
}

fn dense(rows: u64, dim: u32, numbers: &'static [f32]) -> impl Fn(usize) -> Vec<u8> {
    move |at| {
        let pad = vec![0; padding(at)];
        bytes(&[&rows.to_le_bytes(), &u32s(&[dim, 10]), &pad, &f32s(numbers)])
    }
}

#[test]
fn a_file_without_norms_is_its_rows() {
    for name in ["a", "ab", "abc", "abcd"] {
        let names: &'static [&'static str] = vec![name, "c"].leak();
        let file = file(&[(1, &simple(names)), (2, &dense(2, 2, &[0.6, 0.8, 1.0, 0.0]))]);
        let (vectors, _) = read(&file).unwrap();
        assert_eq!(rows(&vectors), [(name, &[0.6, 0.8][..]), ("c", &[1.0, 0.0])]);
    }
}

#[test]
fn quantised_rows_with_projection_and_norms() {
    let quantised = |at: usize| {
        let pad = vec![0; padding(at)];
        bytes(&[
            &u32s(&[1, 1, 2, 4, 2]),
            &2_u64.to_le_bytes(),
            &u32s(&[1, 10]),
            &pad,
            // P swaps the halves of a row.
            &f32s(&[0., 0., 1., 0., 0., 0., 0., 1., 1., 0., 0., 0., 0., 1., 0., 0.]),
            &f32s(&[1., 2., 3., 4., 5., 6., 7., 8.]),
            &f32s(&[1.0, 0.5]),
            &[0, 1, 1, 0],
        ])
    };
    let norms = |at: usize| {
        let pad = vec![0; padding(at)];
        bytes(&[&2_u64.to_le_bytes(), &u32s(&[10]), &pad, &f32s(&[2.0, 4.0])])
    };
    let whole = file(&[(1, &simple(&["a", "b"])), (4, &quantised), (6, &norms)]);
    let (vectors, _) = read(&whole).unwrap();
    // a: codes 0 1 → 1 2 7 8 → turned 7 8 1 2, times 1 and 2; b: codes 1 0 → 3 4 5 6, times ½ and 4.
    let expected = [("a", &[14., 16., 2., 4.][..]), ("b", &[10., 12., 6., 8.])];
    assert_eq!(rows(&vectors), expected);
    for end in 4..whole.len() - 1 {
        assert!(read(&whole[..end]).is_err(), "{end}");
    }
    for at in (4..whole.len() - 4).step_by(4) {
        let mut file = whole.clone();
        file[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        let _ = read(&file);
    }
}

#[test]
fn n_grams_of_each_kind_come_back() {
    let explicit = |_: usize| {
        let ngram = |ngram: &str, row: u64| bytes(&[&words(&[ngram]), &row.to_le_bytes()]);
        bytes(&[
            &1_u64.to_le_bytes(),
            &2_u64.to_le_bytes(),
            &u32s(&[3, 3]),
            &words(&["ab"]),
            &ngram("<ab", 1),
            &ngram("<b>", 0),
        ])
    };
    let bucket = |_: usize| bytes(&[&1_u64.to_le_bytes(), &u32s(&[3, 3, 1]), &words(&["ab"])]);
    let fasttext = |_: usize| bytes(&[&1_u64.to_le_bytes(), &u32s(&[3, 3, 2]), &words(&["ab"])]);
    let rows = dense(3, 2, &[1.0, 0.0, 0.0, 2.0, 4.0, 0.0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    for (id, vocab) in [(8, &explicit as Content), (3, &bucket), (7, &fasttext)] {
        let (vectors, _) = read(&file(&[(id, vocab), (2, &rows)])).unwrap();
        let made = vectors.vector_of("b").unwrap().into_owned();
        assert!(made == [0.0, 2.0] || made == [4.0, 0.0], "{made:?}");
        if id == 8 {
            assert_eq!(made, [0.0, 2.0]);
            assert_eq!(vectors.vector_of("abc").unwrap().into_owned(), [4.0, 0.0]);
        }
        write_format(&vectors, &path, Format::Finalfusion).unwrap();
        let (back, _) = open(&path, &ReadOptions::default()).unwrap();
        assert_eq!(back.vector_of("b").unwrap().into_owned(), made);
        let index = |vectors: &WordVectors| -> NgramIndex {
            vectors.subwords().unwrap().ngrams().unwrap().index.clone()
        };
        assert_eq!(index(&back), index(&vectors));
    }
}

#[test]
fn lengths_are_kept_apart_and_zeros_stay() {
    let vocab = Vocab::new([("a", 0), ("zero", 0)]);
    let vectors = WordVectors::new(vocab, 2, vec![3.0, 4.0, 0.0, 0.0]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.fifu");
    write_format(&vectors, &path, Format::Finalfusion).unwrap();
    let (back, _) = open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(*back.vector(WordId(0)), [3.0, 4.0]);
    assert_eq!(*back.vector(WordId(1)), [0.0, 0.0]);
    let metadata = metadata(&path).unwrap().unwrap();
    assert!(metadata.starts_with("[w2v]\nversion = "), "{metadata}");
}

#[test]
fn quantised_tables_stay_quantised() {
    let words: Vec<String> = (0..300).map(|i| format!("w{i}")).collect();
    let vocab = Vocab::new(words.iter().map(|word| (word.as_str(), 0)));
    let floats = (0..300 * 6).map(|i| ((i * 37 % 101) as f32 - 50.0) / (1 + i % 7) as f32);
    let mut floats: Vec<f32> = floats.collect();
    floats[6..12].fill(0.0);
    let vectors = WordVectors::new(vocab, 6, floats).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.fifu");
    let product = |subquantizers| Quantization::Product { subquantizers, seed: 1 };
    for (how, parts) in [(Quantization::Int8, 6), (product(1), 1), (product(3), 3), (product(6), 6)]
    {
        let small = vectors.quantize(how).unwrap();
        write_format(&small, &path, Format::Finalfusion).unwrap();
        // Codes, a norm and a length a row, 256·6 numbers of centroids, the words, and the head.
        let length = fs::metadata(&path).unwrap().len() as usize;
        let numbers = 300 * (parts + 8) + 4 * 256 * 6;
        let text: usize = words.iter().map(|word| 4 + word.len()).sum();
        assert!((numbers + text..numbers + text + 250).contains(&length));
        let (back, _) = open(&path, &ReadOptions::default()).unwrap();
        assert_eq!(back.numbers(), "pq");
        for id in (0..300).map(WordId) {
            let (x, y) = (small.vector(id), back.vector(id));
            let length = x.iter().map(|x| x * x).sum::<f32>().sqrt();
            let close = |(x, y): (&f32, &f32)| (x - y).abs() <= 4e-7 * length;
            assert!(x.iter().zip(y.iter()).all(close), "{how:?}: {x:?} {y:?}");
        }
        let options = ReadOptions::default();
        crate::formats::verify(&small, &path, Default::default(), &options).unwrap();
    }
    let uneven = vectors.quantize(product(4)).unwrap();
    let error = write_format(&uneven, &path, Format::Finalfusion).unwrap_err();
    let expected = "quantised rows: 4 parts of 6 dimensions are not of one length, as finalfusion has them; \
                    quantise the vectors in 3 or 2 or 1 parts or quantise them as int8";
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let floret = |_: usize| vec![0; 40];
    let cases = [
        (file(&[(9, &floret)]), "a floret vocabulary has n-grams but no words"),
        (file(&[(1, &simple(&["a"]))]), "no vocabulary or no vectors among the chunks"),
        (file(&[(1, &simple(&["a"])), (2, &dense(2, 1, &[1.0, 2.0]))]), "2 rows, expected 1"),
        (file(&[(77, &floret)]), "chunk of an unknown kind, 77"),
    ];
    for (file, expected) in cases {
        let message = read(&file).err().unwrap().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
