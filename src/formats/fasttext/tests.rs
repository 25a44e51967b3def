use super::*;
use crate::formats::tests::rows;
use crate::formats::{Format, Report, open, write as write_format};
use crate::vocab::Vocab;

/// A model by hand: 2 words, a label, 3 buckets, n-grams of 3 characters, dim 2.
fn model(quantised: bool) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    let ints = |file: &mut Vec<u8>, numbers: &[i32]| {
        file.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    };
    ints(&mut file, &[12, 2, 5, 5, 1, 5, 1, 2, 2, 3, 3, 3, 100]);
    file.extend(1e-4_f64.to_le_bytes());
    ints(&mut file, &[3, 2, 1]);
    for number in [10_i64, -1] {
        file.extend(number.to_le_bytes());
    }
    for (word, count, kind) in [("</s>", 7_i64, 0), ("ab", 3, 0), ("__label__x", 1, 1)] {
        file.extend(word.bytes().chain([0]));
        file.extend(count.to_le_bytes());
        file.push(kind);
    }
    let floats = |file: &mut Vec<u8>, numbers: &[f32]| {
        file.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
    };
    match quantised {
        false => {
            file.push(0);
            file.extend([5_i64, 2].iter().flat_map(|n| n.to_le_bytes()));
            floats(&mut file, &[1.0, -1.0, 2.0, 4.0, 3.0, 0.0, 6.0, 0.0, 9.0, 0.0]);
        }
        true => {
            file.extend([1, 1]);
            file.extend([5_i64, 2].iter().flat_map(|n| n.to_le_bytes()));
            ints(&mut file, &[10]);
            file.extend([0, 1, 1, 2, 2, 0, 3, 0, 4, 0]);
            ints(&mut file, &[2, 2, 1, 1]);
            // Centroids of code c: c + 1 in the first part, −c in the second.
            let codes = || (0..256).map(|code| code as f32);
            floats(&mut file, &codes().map(|c| c + 1.0).collect::<Vec<_>>());
            floats(&mut file, &codes().map(|c| -c).collect::<Vec<_>>());
            file.extend([0, 1, 0, 0, 0]);
            ints(&mut file, &[1, 1, 1, 1]);
            floats(&mut file, &codes().map(|c| c + 1.0).collect::<Vec<_>>());
        }
    }
    file.push(0);
    file
}

fn read(file: &[u8]) -> Result<(WordVectors, Report)> {
    let contents = Contents::Owned(file.to_vec());
    parse(contents, Path::new("x.bin"), &ReadOptions::default())
}

#[test]
fn a_word_is_the_mean_of_its_row_and_its_n_grams() {
    let (vectors, report) = read(&model(false)).unwrap();
    assert_eq!(report, Report::default());
    assert_eq!(vectors.vocab().counts(), [7, 3]);
    let hash = |ngram: &[u8]| {
        let step = |h: u32, b: &u8| (h ^ u32::from(*b)).wrapping_mul(16_777_619);
        ngram.iter().fold(2_166_136_261, step) % 3
    };
    // `<ab` and `ab>`: rows 2, 3, 4 hold 3, 6, 9.
    let parts: Vec<f32> = [hash(b"<ab"), hash(b"ab>")].map(|h| 3.0 * (h + 1) as f32).to_vec();
    let sum = parts[0] + parts[1];
    let expected: [(&str, &[f32]); 2] =
        [("</s>", &[1.0, -1.0]), ("ab", &[(2.0 + sum) / 3.0, 4.0 / 3.0])];
    for ((word, row), (expected, numbers)) in rows(&vectors).into_iter().zip(expected) {
        assert_eq!(word, expected);
        assert!(row.iter().zip(numbers).all(|(x, y)| (x - y).abs() < 1e-6), "{row:?}");
    }
    // A word that is not in it: of one n-gram.
    let made = vectors.vector_of("b").unwrap();
    assert_eq!(*made, [3.0 * (hash(b"<b>") + 1) as f32, 0.0]);
    assert_eq!(vectors.vector_of(""), None);
}

#[test]
fn quantised_rows_are_centroids_times_norms() {
    let (vectors, _) = read(&model(true)).unwrap();
    // Row 0: codes 0, 1 and norm code 0: (1, −1)·1. Row 1: (2, −2)·2.
    assert_eq!(*vectors.vector(crate::vocab::WordId(0)), [1.0, -1.0]);
    let ngrams = vectors.subwords().unwrap().ngrams().unwrap();
    let mut sum = vec![4.0, -4.0];
    let count = ngrams.add(b"ab", &mut sum);
    assert_eq!(count, 2);
    let row = vectors.vector(crate::vocab::WordId(1));
    assert!((row[0] - sum[0] / 3.0).abs() < 1e-6 && (row[1] - sum[1] / 3.0).abs() < 1e-6);
}

#[test]
fn what_is_written_has_the_same_vectors_for_words_and_others() {
    let (vectors, _) = read(&model(false)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bin");
    for format in [Format::FastText, Format::Finalfusion] {
        write_format(&vectors, &path, format).unwrap();
        let (back, _) = open(&path, &ReadOptions::default()).unwrap();
        for word in ["</s>", "ab", "abc", "b"] {
            let (x, y) = (vectors.vector_of(word).unwrap(), back.vector_of(word).unwrap());
            let close = x.iter().zip(y.iter()).all(|(x, y)| (x - y).abs() < 1e-5);
            assert!(close, "{format}, {word}: {x:?} {y:?}");
        }
    }
    let plain = WordVectors::new(Vocab::new([("a", 0), ("b", 0)]), 1, vec![0.1, -3.0]).unwrap();
    write_format(&plain, &path, Format::FastText).unwrap();
    let (back, _) = open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(rows(&back), rows(&plain));
    assert_eq!(back.vocab().counts(), [2, 1]);
    assert_eq!(back.vector_of("c"), None);
}

#[test]
fn every_length_is_compared_with_the_file() {
    let whole = model(false);
    for end in 4..whole.len() - 1 {
        let error = read(&whole[..end]).err().unwrap().to_string();
        assert!(error.starts_with("x.bin: fastText model: byte "), "{error}");
    }
    let quantised = model(true);
    for end in (4..quantised.len() - 1).step_by(7) {
        assert!(read(&quantised[..end]).is_err());
    }
    // Each number of the header and the dictionary as large as it can be.
    for at in (4..116).step_by(4) {
        for value in [i32::MAX, -1, 0] {
            let mut file = whole.clone();
            file[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let _ = read(&file);
        }
    }
    let mut newer = whole.clone();
    newer[4] = 13;
    let error = read(&newer).err().unwrap().to_string();
    assert!(error.ends_with("byte 4: version 13, expected 11 or 12"), "{error}");
}

/// The model as the program of 2016 wrote it: without magic number and version, `pruneidx_size`, and the
/// kinds of the matrices.
fn unversioned() -> Vec<u8> {
    let whole = model(false);
    // Magic and version; 12 numbers and t, then 3 numbers and the tokens; pruneidx_size.
    let head = &whole[8..8 + 56 + 20];
    let behind = &whole[8 + 56 + 28..];
    let words = "</s>\0".len() + "ab\0".len() + "__label__x\0".len() + 3 * 9;
    [head, &behind[..words], &behind[words + 1..]].concat()
}

#[test]
fn a_model_of_2016_is_read_as_one_of_today() {
    let old = unversioned();
    let (vectors, _) = read(&old).unwrap();
    let (today, _) = read(&model(false)).unwrap();
    assert_eq!(rows(&vectors), rows(&today));
    assert_eq!(vectors.vector_of("b"), today.vector_of("b"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.bin");
    std::fs::write(&path, &old).unwrap();
    assert_eq!(crate::formats::sniff(&path).unwrap(), Format::FastText);
    // The last byte is the kind of an output matrix that is not there.
    for end in 0..old.len() - 1 {
        assert!(read(&old[..end]).is_err(), "{end}");
    }
    for at in (0..76).step_by(4) {
        for value in [i32::MAX, -1, 0] {
            let mut file = old.clone();
            file[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let _ = read(&file);
        }
    }
    assert!(!is_unversioned(&old[..60]) && !is_unversioned(&model(false)));
}
