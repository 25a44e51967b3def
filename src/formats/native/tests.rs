//! Round trips, and files that are damaged or made to do harm.

use super::*;
use crate::threads::Threads;
use crate::train::{Snapshot, TableRows, samples};
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
    Model { vocab, input, output, tables: Vec::new(), training }
}

fn written(model: &Model) -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.w2v");
    model.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (folder, path, bytes)
}

fn table(name: &str, columns: usize, number: f32) -> NamedTable {
    let mut matrix = Matrix::zeros(3, columns);
    (0..3).for_each(|row| matrix.row_mut(row).fill(number + row as f32));
    NamedTable { name: name.to_owned(), matrix }
}

/// A GloVe model.
fn glove() -> Model {
    let tables = vec![table("input.bias", 1, 0.5), table("output.bias", 1, -2.0)];
    Model { training: samples::glove(), tables, ..model() }
}

/// A checkpoint of GloVe.
fn checkpoint(tables: &[NamedTable]) -> Result<(tempfile::TempDir, std::path::PathBuf, Position)> {
    let (model, folder) = (glove(), tempfile::tempdir().unwrap());
    let position = Position { steps: 3, seconds: 0.1, text: u64::MAX, ..Position::default() };
    let matrices = [("input", &model.input), ("output", &model.output)].into_iter();
    let further = model.tables.iter().chain(tables).map(|table| (&*table.name, &table.matrix));
    let tables = matrices.chain(further).map(|(name, matrix)| TableRows::of(name, matrix));
    let snapshot = Snapshot {
        vocab: &model.vocab,
        training: model.training.clone(),
        position: &position,
        tables: tables.collect(),
    };
    let path = folder.path().join("state");
    write_checkpoint(&snapshot, &path)?;
    drop(snapshot);
    Ok((folder, path, position))
}

/// The bytes with other tables in the directory, and right checksums.
fn forged(bytes: &[u8], change: impl FnOnce(&mut Header, &mut Vec<TableEntry>)) -> Vec<u8> {
    let mut header = Header::parse(bytes).ok().unwrap();
    let mut tables = directory::read(bytes, &header).ok().unwrap();
    change(&mut header, &mut tables);
    let directory = state::encode(&tables);
    header.directory_sum = xxh3_64(&directory);
    let rest = &bytes[header.directory().end..];
    [&header.to_bytes()[..], &directory, rest].concat()
}

fn read_bytes(bytes: &[u8]) -> Result<Model> {
    Opened::new(bytes, Path::new("x.w2v"))?.model(|_| true, &Threads::default())
}

#[test]
fn a_model_comes_back_whole() {
    let model = model();
    let (_folder, path, bytes) = written(&model);
    let back = Model::load(&path).unwrap();
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

/// Both matrices and the biases are kept; the vectors for queries are made of both matrices.
#[test]
fn a_glove_model_comes_back_whole_and_is_combined_for_queries() {
    let model = glove();
    let (_folder, path, bytes) = written(&model);
    let back = Model::load(&path).unwrap();
    assert_eq!(back.training, model.training);
    let bias = |row: usize| back.table("output.bias").unwrap().row(row);
    assert_eq!([0, 1, 2].map(bias), [[-2.0], [-1.0], [0.0]]);
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
    let error = Model::load(&path).err().unwrap().to_string();
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
        let error = model.save(&path).unwrap_err().to_string();
        assert!(error.contains(r"new\u{a0}york"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// Every single-bit flip in the file is found: header, directory, state, gaps, all tables.
#[test]
fn every_flipped_bit_is_found() {
    let squares = [table("input.squares", 6, 1.0), table("output.squares", 6, 2.0)];
    let state = std::fs::read(checkpoint(&squares).unwrap().1).unwrap();
    let (_folder, path, bytes) = written(&model());
    for mut bytes in [state, written(&glove()).2, bytes.clone()] {
        read_bytes(&bytes).unwrap();
        for bit in 0..8 * bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read_bytes(&bytes).is_err(), "byte {}, bit {}", bit / 8, bit % 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
    let mut bytes = bytes;
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
    let of_version = |version| {
        let mut other = bytes.clone();
        other[8] = version;
        message(&other)
    };
    assert!(of_version(8).contains("byte 8: version 8 of the format; this program reads 7"));
    for (version, when) in [(1, "before"), (3, "before"), (4, "on"), (6, "on")] {
        let (said, which) = (of_version(version), format!("of w2v 0.1.0 as it was {when} 28"));
        let expected = format!("version {version} of the format, {which}");
        assert!(said.contains(&expected), "{said}");
    }
    let mut damaged = bytes.clone();
    damaged[n - 1] ^= 1;
    let said = message(&damaged);
    assert!(said.contains(&format!("byte {}: table \"output\": checksum", n - 60)), "{said}");
}

/// Correct checksums over numbers that are not finite, over a vocabulary of another size.
#[test]
fn a_forged_file_is_refused_too() {
    let (_folder, _, mut bytes) = written(&model());
    let message = |bytes: &[u8]| read_bytes(bytes).err().unwrap().to_string();
    let fewer = forged(&bytes, |header, tables| {
        (header.words, header.dim) = (5, 3);
        tables.iter_mut().for_each(|table| (table.rows, table.columns) = (5, 3));
    });
    let error = message(&fewer);
    assert!(error.contains("3 words with 3 counts, expected 5"), "{error}");

    let input =
        find(&Opened::new(&bytes, Path::new("x")).unwrap().tables, "input").unwrap().range();
    bytes[input.start..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let sum = checksum(&bytes[input], &Threads::default()).0;
    let error = message(&forged(&bytes, |_, tables| tables[0].checksum = sum));
    assert!(error.contains("table \"input\": infinite numbers or NaN"), "{error}");
}

/// A table of a later version: queries and information as ever, but training does not go on without it.
#[test]
fn an_unknown_table_is_ignored_by_queries_and_refused_by_training() {
    let mut model = model();
    model.tables.push(table("input.ngrams", 7, 0.0));
    let (_folder, path, bytes) = written(&model);
    assert_eq!(*open(&path).unwrap().vector(WordId(2)), *model.input.row(2));
    let info = info(&path).unwrap();
    let entry = &info.tables[2];
    assert_eq!((&*entry.name, entry.rows, entry.columns), ("input.ngrams", 3, 7));
    let back = Model::load(&path).unwrap();
    let refused = back.into_origin("m.w2v", 0).err().unwrap().to_string();
    let expected = "m.w2v was made by w2v 0.1.0 with table \"input.ngrams\", which this version";
    assert!(refused.starts_with(expected), "{refused}");
    // A copy keeps it.
    assert_eq!(written(&Model::load(&path).unwrap()).2, bytes);
}

/// A checkpoint comes back with its position; squared gradients must be above 0.
#[test]
fn a_checkpoint_comes_back_whole() {
    let (_folder, path, position) =
        checkpoint(&[table("input.squares", 6, 1.0), table("output.squares", 6, 2.0)]).unwrap();
    let read = read_checkpoint(&path, &Default::default()).unwrap();
    assert_eq!(read.position, position);
    assert_eq!(read.model.table("output.squares").unwrap().row(2), [4.0; 6]);
    assert_eq!(open(&path).unwrap().len(), 3);
    let tables = Model::load(&path).unwrap().tables;
    assert_eq!(tables.iter().map(|t| &*t.name).collect::<Vec<_>>(), ["input.bias", "output.bias"]);
    assert_eq!(info(&path).unwrap().position, Some(position));
    let (_folder, path, _) = checkpoint(&[table("output.squares", 6, -1.0)]).unwrap();
    let refused = read_checkpoint(&path, &Default::default()).err().unwrap().to_string();
    assert!(refused.contains("squared gradients that are not above 0"), "{refused}");
    let refused = checkpoint(&[table("output.squares", 5, 1.0)]).err().unwrap().to_string();
    assert!(refused.contains("f32 3 × 5, expected f32 3 × 6"), "{refused}");
    let (_folder, path, _) = written(&glove());
    let refused = read_checkpoint(&path, &Default::default()).err().unwrap().to_string();
    assert!(refused.contains("is a finished model, not a checkpoint"), "{refused}");
}

/// The places of all parts of a model, and a quantised file, written out by hand. Whoever breaks this
/// changes the meaning of files that exist.
#[test]
fn golden_bytes() {
    use crate::vectors::Quantization;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.w2v");
    let vocab = Vocab::new([("a", 3), ("b", 2)]);
    let vectors = WordVectors::new(vocab, 2, vec![127.0, -2.0, 0.0, 254.0]).unwrap();
    let f32s =
        |floats: &[f32]| -> Vec<u8> { floats.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let u64s = |numbers: &[u64]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    };
    // Tokenizer, no training, 2 bytes of words, 2 lengths, 2 counts.
    let state = [vec![0; 9], u64s(&[0, 2]), b"ab".to_vec(), u64s(&[2, 1, 1, 2, 3, 2])].concat();
    // The file of tables of these names, kinds, rows, columns and numbers.
    let expected = |tables: &[(&str, &str, u64, u64, &[u8])]| {
        let entries = tables.iter().map(|table| 48 + table.0.len() + table.1.len());
        let directory = 8 + entries.sum::<usize>();
        let mut parts = Vec::new();
        let mut entries = u64s(&[tables.len() as u64]);
        for (name, kind, rows, columns, numbers) in tables {
            parts.resize(
                (96 + directory + state.len() + parts.len()).next_multiple_of(64)
                    - 96
                    - directory
                    - state.len(),
                0,
            );
            let at = 96 + directory + state.len() + parts.len();
            for text in [name, kind] {
                entries.extend(u64s(&[text.len() as u64]));
                entries.extend(text.bytes());
            }
            let sum = xxh3_64(&xxh3_64(numbers).to_le_bytes());
            entries.extend(u64s(&[*rows, *columns, at as u64, sum]));
            parts.extend(*numbers);
        }
        assert_eq!(entries.len(), directory);
        let end = 96 + directory + state.len() + parts.len();
        let fields = [
            end as u64,
            2,
            2,
            96 + directory as u64,
            state.len() as u64,
            xxh3_64(&state),
            96,
            directory as u64,
            xxh3_64(&entries),
        ];
        let header = [b"w2v\0\r\n\x1a\n\x07\0\0\0\x60\0\0\0".to_vec(), u64s(&fields)].concat();
        let sum = xxh3_64(&header).to_le_bytes();
        [&header[..], &sum, &entries, &state, &parts].concat()
    };

    write_vectors(&vectors, &path).unwrap();
    let input = f32s(&[127.0, -2.0, 0.0, 254.0]);
    assert_eq!(std::fs::read(&path).unwrap(), expected(&[("input", "f32", 2, 2, &input)]));

    write_vectors(&vectors.quantize(Quantization::Int8).unwrap(), &path).unwrap();
    let scales = f32s(&[1.0, 2.0]);
    let int8 = [
        ("input.scales", "f32", 2, 1, &scales[..]),
        ("input.codes", "i8", 2, 2, &[127, 254, 0, 127]),
    ];
    assert_eq!(std::fs::read(&path).unwrap(), expected(&int8));
    let back = open(&path).unwrap();
    assert_eq!((back.numbers(), &*back.vector(WordId(0))), ("int8", &[127.0, -2.0][..]));
    assert_eq!(*back.vector(WordId(1)), [0.0, 254.0]);
    let int8 = info(&path).unwrap();
    assert_eq!((int8.numbers, int8.matrix_bytes), ("int8", 12));

    let how = Quantization::Product { subquantizers: 1, seed: 1 };
    write_vectors(&vectors.quantize(how).unwrap(), &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let tables = info(&path).unwrap().tables;
    let numbers = |name: &str| &bytes[find(&tables, name).unwrap().range()];
    let (scales, codes, centroids) =
        (numbers("input.scales"), numbers("input.codes"), numbers("input.centroids"));
    let product = [
        ("input.scales", "f32", 2, 1, scales),
        ("input.codes", "u8", 2, 1, codes),
        ("input.centroids", "f32", 256, 2, centroids),
    ];
    assert_eq!(bytes, expected(&product));
    assert_ne!(codes[0], codes[1]);
    let centroid = |code: u8| &centroids[8 * usize::from(code)..][..8];
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
        let error = read_bytes(&bytes).err().unwrap();
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
        let back = Model::load(&path).unwrap();
        prop_assert!(back.vocab.words().eq(words.iter().map(String::as_str)));
        for row in 0..words.len() {
            prop_assert_eq!(back.input.row(row), model.input.row(row));
        }
    }
}
