//! Round trips, and files that are damaged or made to do harm.

use super::*;
use crate::train::{Snapshot, samples};
use proptest::prelude::*;

fn model() -> Model {
    let vocab = state::tests::vocab();
    let mut input = Matrix::zeros(3, 5);
    let mut output = Matrix::zeros(3, 5);
    for row in 0..3 {
        for (column, x) in input.row_mut(row).iter_mut().enumerate() {
            *x = (row * 10 + column) as f32 * -0.1;
        }
        output.row_mut(row).fill(row as f32 + f32::MIN_POSITIVE);
    }
    let mut training = samples::training();
    training.recipe.tokenizer.lowercase = true;
    Model { vocab, input, output, biases: None, training }
}

fn written(model: &Model) -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.w2v");
    write(model, &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (folder, path, bytes)
}

fn read_bytes(bytes: &[u8]) -> Result<Model> {
    read_opened(bytes, &Opened::new(bytes, Path::new("x.w2v"))?, &Threads::default())
}

#[test]
fn a_model_comes_back_whole() {
    let model = model();
    let (_folder, path, bytes) = written(&model);
    let back = read_model(&path).unwrap();
    assert!(back.vocab.words().eq(model.vocab.words()));
    assert_eq!(back.vocab.counts(), model.vocab.counts());
    assert_eq!(back.tokenizer(), model.tokenizer());
    assert_eq!(back.training, model.training);
    let vectors = open(&path).unwrap();
    assert_eq!(vectors.tokenizer(), model.tokenizer());
    assert_eq!((vectors.len(), vectors.dim()), (3, 5));
    for row in 0..3 {
        assert_eq!(back.input.row(row), model.input.row(row));
        assert_eq!(back.output.row(row), model.output.row(row));
        assert_eq!(*vectors.vector(WordId(row as u32)), *model.input.row(row));
    }
    let info = info(&path).unwrap();
    assert_eq!((info.words, info.dim, info.tokens, info.has_output), (3, 5, 10, true));
    assert_eq!(info.file_bytes, bytes.len() as u64);
    assert_eq!(info.training.as_ref(), Some(&model.training));
    // The same model is the same bytes.
    assert_eq!(written(&back).2, bytes);
}

/// Both matrices and the biases are kept; what one asks is made of them.
#[test]
fn a_glove_model_comes_back_whole_and_is_combined_for_queries() {
    let mut model = model();
    (model.training, model.biases) = (samples::glove(), Some(state::tests::biases()));
    let (_folder, path, bytes) = written(&model);
    let back = read_model(&path).unwrap();
    assert_eq!((&back.training, &back.biases), (&model.training, &model.biases));
    assert_eq!(written(&back).2, bytes);
    let options = ReadOptions { limit: Some(2), ..Default::default() };
    let contents = Contents::open(&path, &options).unwrap();
    let vectors = open(&path).unwrap();
    let limited = open_first(contents, &path, &options).unwrap();
    assert_eq!((vectors.len(), limited.len()), (3, 2));
    for row in 0..2 {
        let sum = model.input.row(row).iter().zip(model.output.row(row)).map(|(w, c)| w + c);
        let sum: Vec<f32> = sum.collect();
        assert_eq!(vectors.vector(WordId(row as u32)), sum);
        assert_eq!(limited.vector(WordId(row as u32)), sum);
    }
    let both = back.combined(crate::train::Combine::Concat, true);
    assert_eq!((both.len(), both.dim()), (4, 10));
    assert_eq!(both.vector(WordId(1))[..5], *model.input.row(1));
    assert_eq!(both.vector(WordId(1))[5..], *model.output.row(1));
    let unk = both.vector(both.id("<unk>").unwrap());
    let mean = (0..3).map(|row| f64::from(model.input.row(row)[4])).sum::<f64>() / 3.0;
    assert!((f64::from(unk[4]) - mean).abs() < 1e-6);
}

/// How long training took is no part of what one thread made, which is the same each time.
#[test]
fn the_same_model_after_another_time_is_the_same_bytes() {
    let of = |threads, seconds| {
        let mut model = model();
        model.training.recipe.threads = threads;
        model.training.record.seconds = Some(seconds);
        model
    };
    assert_eq!(written(&of(1, 77.5)).2, written(&of(1, 5.0)).2);
    assert_ne!(written(&of(2, 77.5)).2, written(&of(2, 5.0)).2);
}

#[test]
fn vectors_alone_are_a_file_without_output_and_training() {
    let floats: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let vocab = Vocab::new([("a", 0), ("b", 0), ("a", 0)]);
    let vectors = WordVectors::new(vocab, 4, floats).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.w2v");
    write_vectors(&vectors, &path).unwrap();
    let back = open(&path).unwrap();
    assert!(back.vocab().words().eq(["a", "b", "a"]));
    assert_eq!(*back.vector(WordId(2)), [8.0, 9.0, 10.0, 11.0]);
    let info = info(&path).unwrap();
    assert_eq!((info.has_output, info.training), (false, None));
    let error = read_model(&path).err().unwrap().to_string();
    assert!(error.contains("holds vectors only"), "{error}");
    let options = ReadOptions { limit: Some(1), ..Default::default() };
    let first = open_first(Contents::open(&path, &options).unwrap(), &path, &options).unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(*first.vector(WordId(0)), [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn nothing_that_is_not_finite_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.w2v");
    for (bad, in_output) in [(f32::NAN, false), (f32::INFINITY, true)] {
        let mut model = model();
        let matrix = if in_output { &mut model.output } else { &mut model.input };
        matrix.row_mut(2)[4] = bad;
        let error = write(&model, &path).unwrap_err().to_string();
        assert!(error.contains(r"new\u{a0}york"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// Every single-bit flip in the file is found: header, state, gaps, both matrices.
#[test]
fn every_flipped_bit_is_found() {
    let (_folder, path, mut bytes) = written(&model());
    read_bytes(&bytes).unwrap();
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(read_bytes(&bytes).is_err(), "byte {}, bit {}", bit / 8, bit % 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    // `open` does not read the output matrix, and everything else it does.
    let end = info(&path).unwrap().file_bytes as usize - 3 * 5 * 4;
    for byte in (0..end).step_by(7) {
        bytes[byte] ^= 0x10;
        std::fs::write(&path, &bytes).unwrap();
        assert!(open(&path).is_err(), "byte {byte}");
        bytes[byte] ^= 0x10;
    }
}

#[test]
fn every_truncation_and_every_appended_byte_is_found() {
    let (_folder, path, mut bytes) = written(&model());
    for length in 0..bytes.len() {
        assert!(read_bytes(&bytes[..length]).is_err(), "{length} bytes");
        if length % 16 == 0 {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(open(&path).is_err() && info(&path).is_err(), "{length} bytes");
        }
    }
    bytes.push(0);
    assert!(read_bytes(&bytes).is_err());
}

#[test]
fn messages_say_what_where_and_what_was_expected() {
    let (_folder, _, bytes) = written(&model());
    let message = |bytes: &[u8]| read_bytes(bytes).err().unwrap().to_string();
    assert_eq!(
        message(b"3 2\na 1 2\n"),
        "x.w2v: w2v model: byte 0: begins with \"3 2\\na 1 \": not a model file of w2v"
    );
    let n = bytes.len();
    assert_eq!(
        message(&bytes[..n - 1]),
        format!(
            "x.w2v: w2v model: byte {}: the file is {} bytes, expected {n}: cut short or appended to",
            n - 1,
            n - 1
        )
    );
    let mut newer = bytes.clone();
    newer[8] = 7;
    assert!(message(&newer).contains("version 7 of the format; this program reads 4 to 6"));
    let mut older = bytes.clone();
    older[8] = 3;
    let said = message(&older);
    assert!(said.contains("version 3 of the format, of w2v 0.1.0 as it was before"), "{said}");
    let mut damaged = bytes;
    damaged[n - 1] ^= 1;
    assert!(message(&damaged).contains("output matrix checksum"));
}

/// Correct checksums over numbers that are not finite, over a vocabulary of another size.
#[test]
fn a_forged_file_is_refused_too() {
    let (_folder, _, bytes) = written(&model());
    let (mut header, layout) = Header::parse(&bytes).ok().unwrap();
    let mut forged = bytes.clone();
    forged[layout.input.start..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    header.input_sum = checksum(&forged[layout.input.clone()], &Threads::default()).0;
    forged[..128].copy_from_slice(&header.to_bytes(&layout));
    let error = read_bytes(&forged).err().unwrap().to_string();
    assert!(error.contains("NaN"), "{error}");

    let (mut header, _) = Header::parse(&bytes).ok().unwrap();
    (header.words, header.dim) = (5, 3);
    let mut forged = bytes;
    forged[..128].copy_from_slice(&header.to_bytes(&layout));
    let error = read_bytes(&forged).err().unwrap().to_string();
    assert!(error.contains("3 words with 3 counts, expected 5"), "{error}");
}

/// A quantised file written out by hand. Whoever breaks this changes the meaning of files that exist.
#[test]
fn golden_bytes_of_quantised_tables() {
    use crate::vectors::Quantization;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.w2v");
    let vocab = Vocab::new([("a", 3), ("b", 2)]);
    let vectors = WordVectors::new(vocab, 2, vec![127.0, -2.0, 0.0, 254.0]).unwrap();
    let expected = |kind: u64, parts: u64, table: &[u8], bytes: &[u8]| {
        let state = u64::from_le_bytes(bytes[48..56].try_into().unwrap());
        let start = (128 + state as usize).next_multiple_of(64);
        assert_eq!(bytes[..8], MAGIC);
        assert_eq!(bytes[8..12], 5u32.to_le_bytes());
        assert_eq!(bytes[16..24], (bytes.len() as u64).to_le_bytes());
        assert_eq!(bytes[56..64], (start as u64).to_le_bytes());
        assert_eq!(bytes[64..72], [0; 8]);
        assert_eq!(bytes[96..104], kind.to_le_bytes());
        assert_eq!(bytes[104..112], parts.to_le_bytes());
        assert_eq!(&bytes[start..], table);
    };
    let f32s =
        |floats: &[f32]| -> Vec<u8> { floats.iter().flat_map(|x| x.to_le_bytes()).collect() };

    write_vectors(&vectors.quantize(Quantization::Int8).unwrap(), &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let table = [f32s(&[1.0, 2.0]), vec![127, 254, 0, 127]].concat();
    expected(1, 0, &table, &bytes);
    let back = open(&path).unwrap();
    assert_eq!((back.numbers(), &*back.vector(WordId(0))), ("int8", &[127.0, -2.0][..]));
    assert_eq!(*back.vector(WordId(1)), [0.0, 254.0]);
    assert_eq!(info(&path).unwrap().numbers, "int8");

    let how = Quantization::Product { subquantizers: 1, seed: 1 };
    write_vectors(&vectors.quantize(how).unwrap(), &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let table = bytes.len() - 256 * 2 * 4 - 2 * 4 - 2;
    expected(2, 1, &bytes[table..], &bytes);
    let codes = &bytes[bytes.len() - 2..];
    assert_ne!(codes[0], codes[1]);
    let centroid = |code: u8| &bytes[table + 8 * usize::from(code)..][..8];
    assert_eq!(centroid(codes[1]), f32s(&[0.0, 1.0]));
    let back = open(&path).unwrap();
    assert!((back.vector(WordId(0))[0] - 127.0).abs() < 1e-3);
    // Without the words after the first: the parts of the table are found all the same.
    let options = ReadOptions { limit: Some(1), ..ReadOptions::default() };
    let first = open_first(Contents::Owned(bytes), Path::new("x"), &options).unwrap();
    assert_eq!(*first.vector(WordId(0)), *back.vector(WordId(0)));
    write_vectors(&first, &path).unwrap();
    assert_eq!(*open(&path).unwrap().vector(WordId(0)), *back.vector(WordId(0)));
}

#[test]
fn a_quantised_file_is_refused_when_a_byte_of_it_is_another() {
    use crate::vectors::Quantization;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.w2v");
    let vocab = Vocab::new([("a", 3), ("b", 2)]);
    let vectors = WordVectors::new(vocab, 3, vec![1.0, -2.0, 0.5, 0.0, 2.0, 1.0]).unwrap();
    for how in [Quantization::Int8, Quantization::Product { subquantizers: 2, seed: 1 }] {
        write_vectors(&vectors.quantize(how).unwrap(), &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let options = ReadOptions::default();
        let read = |bytes: Vec<u8>| open_first(Contents::Owned(bytes), Path::new("x"), &options);
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 400) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert!(read(damaged).is_err(), "byte {at}");
            assert!(read(bytes[..at].to_vec()).is_err());
        }
        let error =
            read_opened(&bytes, &Opened::new(&bytes, Path::new("x")).unwrap(), &Threads::default())
                .err()
                .unwrap();
        assert!(error.to_string().contains("holds vectors only"));
    }
}

proptest! {
    #[test]
    fn random_bytes_are_refused(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read_bytes(&noise).is_err());
        let mut magic = MAGIC.to_vec();
        magic.extend(noise);
        prop_assert!(read_bytes(&magic).is_err());
    }

    #[test]
    fn any_model_comes_back(
        words in prop::collection::vec(".{0,6}", 1..6),
        dim in 1usize..20,
        seed in any::<u32>(),
    ) {
        let mut model = model();
        model.vocab = Vocab::new(words.iter().map(|word| (word.as_str(), 3)));
        (model.input, model.output) = (Matrix::zeros(words.len(), dim), Matrix::zeros(words.len(), dim));
        for row in 0..words.len() {
            for (i, x) in model.input.row_mut(row).iter_mut().enumerate() {
                *x = f32::from_bits(seed.rotate_left(i as u32) & !0x4000_0000);
            }
        }
        let (_folder, path, _) = written(&model);
        let back = read_model(&path).unwrap();
        prop_assert!(back.vocab.words().eq(words.iter().map(String::as_str)));
        for row in 0..words.len() {
            prop_assert_eq!(back.input.row(row), model.input.row(row));
        }
    }
}

/// The position of a run stands before the squared gradients; what its bytes would be as floats does not
/// matter.
#[test]
fn a_position_whose_bytes_look_like_nan_hinders_nobody() {
    let model = model();
    let (folder, mut position) = (tempfile::tempdir().unwrap(), Position::default());
    position.seconds = f64::from_bits(0x3ff0_0000_7fc0_0000);
    position.steps_per_epoch = 0x7fc0_0000_7fc0_0000;
    let [input, output] =
        [&model.input, &model.output].map(|matrix| |row: usize| Cow::Borrowed(matrix.row(row)));
    let squares = |_: usize| Cow::Borrowed(&[1.0f32; 6][..]);
    let snapshot = Snapshot {
        vocab: &model.vocab,
        training: samples::glove(),
        position: &position,
        dim: 5,
        input: &input,
        output: &output,
        biases: Some(state::tests::biases()),
        squares: Some([&squares, &squares]),
    };
    let path = folder.path().join("state");
    write_checkpoint(&snapshot, &path).unwrap();
    let read = read_checkpoint(&path).unwrap();
    assert_eq!((read.position, read.squares.unwrap()[1].row(2)[5]), (position, 1.0));
}
