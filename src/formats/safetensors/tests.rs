use super::*;
use crate::formats::Dtype;
use crate::formats::{Format, open, sniff, write as write_any};
use crate::vectors::Query;
use crate::vocab::WordId;
use std::borrow::Cow;
use std::fs;
use tempfile::TempDir;

/// Half-precision bits of small multiples of 1/4, exactly.
fn pack(dtype: &str, x: f32) -> Vec<u8> {
    match dtype {
        "F64" => f64::from(x).to_le_bytes().to_vec(),
        "F32" => x.to_le_bytes().to_vec(),
        "BF16" => x.to_le_bytes()[2..].to_vec(),
        "I8" => vec![x as i8 as u8],
        _ if x == 0.0 => vec![0, 0],
        _ => {
            let bits = x.to_bits();
            let exponent = (bits >> 23 & 255) + 15 - 127;
            let half = bits >> 16 & 0x8000 | exponent << 10 | bits >> 13 & 1023;
            (half as u16).to_le_bytes().to_vec()
        }
    }
}

/// Tensors (name, type, rows, columns, numbers) as a file.
fn file(tensors: &[(&str, &str, usize, usize, &[f32])]) -> Vec<u8> {
    let (mut entries, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, dtype, rows, columns, numbers) in tensors {
        let start = data.len();
        numbers.iter().for_each(|x| data.extend(pack(dtype, *x)));
        let entry = serde_json::json!({
            "dtype": dtype, "shape": [rows, columns], "data_offsets": [start, data.len()],
        });
        entries.insert((*name).to_owned(), entry);
    }
    let json = Value::Object(entries).to_string();
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend(json.as_bytes());
    file.extend(data);
    file
}

const TOKENIZER: &str = r#"{"model": {"type": "BPE", "vocab": {"king": 0, "Ġking": 1, "Ġqueen": 2, "Ġcar": 3},
    "merges": []}, "added_tokens": [], "decoder": {"type": "ByteLevel"}}"#;
const TABLE: [f32; 10] = [0.5, 1.0, 0.75, 1.0, 1.0, 1.25, -1.5, 0.25, 0.0, -2.0];
const OTHER: [f32; 10] = [1.0; 10];

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn options() -> ReadOptions {
    ReadOptions::default()
}

fn message(path: &Path, options: &ReadOptions) -> String {
    let error = open(path, options).expect_err("an error").to_string();
    error.replace(&format!("{}/", path.parent().unwrap().display()), "")
}

#[test]
fn every_precision_is_read_from_a_file_and_a_folder() {
    for dtype in ["F64", "F32", "F16", "BF16"] {
        let model = file(&[
            ("model.layers.0.w", dtype, 1, 2, &[1.0, 1.0]),
            ("model.embed_tokens.weight", dtype, 5, 2, &TABLE),
            ("lm_head.weight", dtype, 5, 2, &OTHER),
        ]);
        let folder =
            folder(&[("model.safetensors", &model), ("tokenizer.json", TOKENIZER.as_bytes())]);
        for path in [folder.path().to_owned(), folder.path().join("model.safetensors")] {
            assert_eq!(sniff(&path).unwrap(), Format::Safetensors);
            let (vectors, report) = open(&path, &options()).unwrap();
            assert_eq!(report.unnamed_rows, 1);
            let words: Vec<&str> = vectors.vocab().words().collect();
            assert_eq!(words, ["king", "▁king", "▁queen", "▁car", "<row 4>"]);
            let rows: Vec<f32> =
                (0..5).flat_map(|id| vectors.vector(WordId(id)).to_vec()).collect();
            assert_eq!(rows, TABLE, "{dtype}");
            assert_eq!(vectors.numbers(), dtype.to_lowercase());
            assert_eq!(*vectors.output().unwrap().vector(WordId(2)), [1.0, 1.0]);
            // A word is found with the space before it where it is not there without.
            assert_eq!(vectors.id("king").unwrap(), WordId(0));
            assert_eq!(vectors.id(" king").unwrap(), WordId(1));
            assert_eq!(vectors.id("queen").unwrap(), WordId(2));
            let nearest = vectors.neighbors(&Query::word(WordId(0)), 1).unwrap();
            assert_eq!(nearest[0].id, WordId(1));
            let limit = Some(2);
            let (first, _) = open(&path, &ReadOptions { limit, ..options() }).unwrap();
            assert_eq!((first.len(), first.output().unwrap().len()), (2, 2));
        }
        let info = info(folder.path(), None).unwrap();
        assert_eq!(info.output, OutputTable::Tensor("lm_head.weight".into()));
        assert_eq!((info.rows, info.dim, info.files), (5, 2, 1));
        assert_eq!(info.words, "tokenizer.json (BPE)");
    }
}

#[test]
fn shards_are_found_through_their_index() {
    let one = file(&[("model.embed_tokens.weight", "BF16", 5, 2, &TABLE)]);
    let two = file(&[("lm_head.weight", "F16", 5, 2, &OTHER), ("x", "F32", 1, 1, &[0.0])]);
    let index = r#"{"metadata": {"total_size": 44}, "weight_map": {"lm_head.weight": "model-2.safetensors",
        "x": "model-2.safetensors", "model.embed_tokens.weight": "model-1.safetensors"}}"#;
    let folder = folder(&[
        ("model-1.safetensors", &one),
        ("model-2.safetensors", &two),
        ("model.safetensors.index.json", index.as_bytes()),
        ("tokenizer.json", TOKENIZER.as_bytes()),
    ]);
    let of = |name: &str| folder.path().join(name);
    for path in [folder.path().to_owned(), of("model.safetensors.index.json")] {
        let (vectors, _) = open(&path, &options()).unwrap();
        assert_eq!(*vectors.vector(WordId(2)), TABLE[4..6]);
        assert_eq!(*vectors.output().unwrap().vector(WordId(0)), [1.0, 1.0]);
        let info = info(&path, None).unwrap();
        assert_eq!((info.files, info.file), (2, of("model-1.safetensors")));
    }
    // One of them alone: the one with the table will do, the other names the index.
    assert!(open(of("model-1.safetensors"), &options()).is_ok());
    let error = message(&of("model-2.safetensors"), &options());
    assert!(error.contains("if this is one file of several, try "), "{error}");
    assert!(error.ends_with("model.safetensors.index.json"), "{error}");

    // An index that names what is not there, or reaches out of its folder.
    for (name, file, expected) in [
        (
            "y.embed_tokens.weight",
            "model-2.safetensors",
            "tensor \"y.embed_tokens.weight\": is not in this file",
        ),
        ("wte.weight", "../model.safetensors", "expected the name of a file"),
        ("wte.weight", "none.safetensors", "lies in none.safetensors, which is not there"),
    ] {
        let index = format!("{{\"weight_map\": {{\"{name}\": \"{file}\"}}}}");
        fs::write(of("model.safetensors.index.json"), index).unwrap();
        let error = message(&of("model.safetensors.index.json"), &options());
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn the_output_table_is_tied_as_the_config_says_or_the_name_implies() {
    for (name, config, expected) in [
        ("model.embed_tokens.weight", "", OutputTable::Tied),
        ("model.embed_tokens.weight", r#"{"tie_word_embeddings": false}"#, OutputTable::None),
        ("embedding.weight", "", OutputTable::None),
        ("embeddings", r#"{"text_config": {"tie_word_embeddings": true}}"#, OutputTable::Tied),
    ] {
        let model = file(&[(name, "F32", 5, 2, &TABLE)]);
        let folder = folder(&[
            ("model.safetensors", &model),
            ("tokenizer.json", TOKENIZER.as_bytes()),
            ("config.json", config.as_bytes()),
        ]);
        assert_eq!(info(folder.path(), None).unwrap().output, expected, "{name} {config}");
        let (vectors, _) = open(folder.path(), &options()).unwrap();
        assert_eq!(vectors.is_tied(), expected == OutputTable::Tied);
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_and_named() {
    for bad in [f32::NAN, f32::INFINITY] {
        let mut table = TABLE;
        table[7] = bad;
        let model = file(&[("model.embed_tokens.weight", "F32", 5, 2, &table)]);
        let files: &[(&str, &[u8])] =
            &[("model.safetensors", &model), ("tokenizer.json", TOKENIZER.as_bytes())];
        let folder = folder(files);
        let path = folder.path().join("model.safetensors");
        let error = message(&path, &options());
        let expected = format!("number 2 of row 4 is {bad}, expected a finite number");
        assert!(error.contains(&expected), "{error}");
        // Rows that are not read are not looked at, nor is any for `info`.
        assert!(open(&path, &ReadOptions { limit: Some(3), ..options() }).is_ok());
        assert!(info(folder.path(), None).is_ok());
    }
}

#[test]
fn what_cannot_be_opened_says_which_tensors_there_are_and_what_helps() {
    let small = [1.0, 2.0];
    let model = file(&[
        ("my.table", "F32", 1, 2, &small),
        ("other.embedder", "F32", 2, 1, &small),
        ("encoder.embed_tokens.weight", "F32", 1, 2, &small),
        ("decoder.embed_tokens.weight", "F32", 1, 2, &small),
    ]);
    let folder = folder(&[("m.safetensors", &model), ("tokenizer.json", TOKENIZER.as_bytes())]);
    let path = folder.path().join("m.safetensors");
    let named = |name: &str| ReadOptions { tensor: Some(name.into()), ..options() };
    assert_eq!(
        message(&path, &options()),
        "m.safetensors: safetensors: header: several tensors may be the table of words: \
         encoder.embed_tokens.weight, decoder.embed_tokens.weight; choose one with `tensor=NAME`"
    );
    assert_eq!(open(&path, &named("my.table")).unwrap().0.len(), 1);
    let error = message(&path, &named("none"));
    assert!(error.contains("tensor \"none\": is not there; there are other.embedder, "), "{error}");
    fs::write(&path, file(&[("x", "F32", 1, 2, &small), ("y", "F16", 2, 1, &small)])).unwrap();
    let error = message(&path, &options());
    assert!(
        error.contains("no tensor with a usual name of a table of words; there are x, y;"),
        "{error}"
    );

    let odd = file(&[("a", "I32", 0, 0, &[])]);
    fs::write(&path, odd).unwrap();
    assert!(message(&path, &options()).contains("there is none of two dimensions"));
    assert!(
        message(&path, &named("a"))
            .contains("numbers of type I32, expected F64, F32, F16, BF16 or I8")
    );

    fs::write(&path, file(&[("wte.weight", "F32", 1, 2, &small)])).unwrap();
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    let error = message(&path, &options());
    assert!(
        error.starts_with("tokenizer.json: tokenizer.json: model: no tokenizer that"),
        "{error}"
    );
    fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
    let error = message(&path, &options());
    assert!(
        error.contains("holds no words; expected tokenizer.json beside it, or vocab.json, "),
        "{error}"
    );

    let error = open(folder.path().join("none"), &options()).err().unwrap();
    assert!(error.to_string().starts_with("cannot open "), "{error}");
    fs::remove_file(&path).unwrap();
    let error = open(folder.path(), &options()).err().unwrap().to_string();
    assert!(error.contains("a folder without a safetensors model; expected a file"), "{error}");
}

#[test]
fn what_is_written_comes_back_with_words_counts_and_the_output_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.safetensors");
    let words = [("国王", 7), ("a b", 5), ("\"quoted\"\n", 3)];
    let table = vec![0.5, -1.0, 1e-40, 3.4e38, 0.1, 0.2];
    let vectors = WordVectors::new(Vocab::new(words), 2, table.clone()).unwrap();
    let output = WordVectors::new(Vocab::new(words), 2, vec![2.0; 6]).unwrap();
    let vectors = vectors.with_output(&output).unwrap();
    write_any(&vectors, &path, Format::Safetensors).unwrap();
    let (back, report) = open(&path, &options()).unwrap();
    assert_eq!(report, Report::default());
    assert!(back.vocab().words().eq(words.iter().map(|(word, _)| *word)));
    assert_eq!(back.vocab().counts(), [7, 5, 3]);
    let rows: Vec<f32> = (0..3).flat_map(|id| back.vector(WordId(id)).to_vec()).collect();
    assert_eq!(rows, table);
    assert!(matches!(back.vector(WordId(0)), Cow::Borrowed(_)), "aligned rows are lent");
    assert_eq!(*back.output().unwrap().vector(WordId(1)), [2.0, 2.0]);

    let bad = WordVectors::new(Vocab::new(words), 2, vec![f32::NAN; 6]).unwrap();
    let error = write(&bad, None, &path).unwrap_err().to_string();
    assert!(error.contains("number 1 is NaN; nothing was written"), "{error}");
    assert!(open(&path, &options()).is_ok(), "the old file is whole");
}

#[test]
fn a_static_embedding_has_its_words_beside_it_and_a_row_for_all_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let vectors =
        WordVectors::new(Vocab::new([("king", 2), ("国王", 1)]), 2, vec![1.0; 4]).unwrap();
    write_static(&vectors, Dtype::F32, &path).unwrap();
    let (back, _) = open(folder.path(), &options()).unwrap();
    assert!(back.vocab().words().eq(["king", "国王", "[UNK]"]));
    assert_eq!(*back.vector(WordId(1)), [1.0, 1.0]);
    assert_eq!(*back.vector(WordId(2)), [0.0, 0.0]);
    assert!(folder.path().join("modules.json").is_file());
    let twice = WordVectors::new(Vocab::new([("a", 2), ("a", 1)]), 1, vec![1.0; 2]).unwrap();
    let error = write_static(&twice, Dtype::F32, &path).unwrap_err().to_string();
    assert!(error.contains("word \"a\": row 1 has the same word"), "{error}");
}

/// Every file that is cut short anywhere is refused, and names what is missing.
#[test]
fn every_truncation_is_refused() {
    let model = file(&[("wte.weight", "F32", 5, 2, &TABLE), ("x", "F32", 1, 1, &[0.0])]);
    let folder = folder(&[("tokenizer.json", TOKENIZER.as_bytes())]);
    let path = folder.path().join("m.safetensors");
    for length in 0..model.len() {
        fs::write(&path, &model[..length]).unwrap();
        assert!(open(&path, &options()).is_err(), "{length}");
    }
}

/// The tensors of a model2vec file: a table, and columns beside it.
fn shared(table: &str, columns: &[(&str, &str, Vec<u8>)]) -> Vec<u8> {
    let (mut entries, mut data) = (serde_json::Map::new(), Vec::new());
    let numbers = [1.0, 2.0, -3.0, 4.0];
    numbers.iter().for_each(|x| data.extend(pack(table, *x)));
    entries.insert(
        "embeddings".into(),
        serde_json::json!({ "dtype": table, "shape": [2, 2], "data_offsets": [0, data.len()] }),
    );
    for (name, dtype, bytes) in columns {
        let width = match *dtype {
            "I64" | "F64" => 8,
            "I32" | "U32" | "F32" => 4,
            _ => 2,
        };
        let range = [data.len(), data.len() + bytes.len()];
        let entry = serde_json::json!({
            "dtype": dtype, "shape": [bytes.len() / width], "data_offsets": range,
        });
        entries.insert((*name).to_owned(), entry);
        data.extend(bytes);
    }
    let json = Value::Object(entries).to_string();
    let length = (json.len() as u64).to_le_bytes();
    [&length[..], json.as_bytes(), &data].concat()
}

#[test]
fn rows_are_shared_by_tokens_and_weighed() {
    let i64s = |numbers: [i64; 4]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let f64s = |numbers: [f64; 4]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let open_with = |table: &str, columns: &[(&str, &str, Vec<u8>)], limit: Option<usize>| {
        let model = shared(table, columns);
        let folder =
            folder(&[("model.safetensors", &model), ("tokenizer.json", TOKENIZER.as_bytes())]);
        let options = ReadOptions { limit, ..options() };
        let opened = open(folder.path(), &options).map_err(|error| error.to_string());
        opened.map(|(vectors, _)| {
            let rows = (0..vectors.len() as u32).map(|id| vectors.vector(WordId(id)).to_vec());
            (rows.collect::<Vec<_>>(), vectors.numbers())
        })
    };
    let mapping = || ("mapping", "I64", i64s([1, 0, 1, 1]));
    let weights = || ("weights", "F64", f64s([2.0, 0.5, 1.0, 0.0]));
    for (table, numbers) in [("F32", "f32"), ("F16", "f16"), ("I8", "int8")] {
        let (rows, kind) = open_with(table, &[mapping(), weights()], None).unwrap();
        assert_eq!(rows, [[-6.0, 8.0], [0.5, 1.0], [-3.0, 4.0], [0.0, 0.0]]);
        assert_eq!(kind, numbers);
    }
    let (rows, _) = open_with("F32", &[mapping()], Some(3)).unwrap();
    assert_eq!(rows, [[-3.0, 4.0], [1.0, 2.0], [-3.0, 4.0]]);
    let two = f64s([2.0, 0.5, 1.0, 0.0])[..16].to_vec();
    let (rows, _) = open_with("F32", &[("weights", "F64", two.clone())], None).unwrap();
    assert_eq!(rows, [[2.0, 4.0], [-1.5, 2.0]]);
    for (columns, expected) in [
        (
            vec![("mapping", "I64", i64s([1, 0, 2, 1]))],
            "tensor \"mapping\": token 2 has row 2 of 2",
        ),
        (
            vec![("mapping", "I64", i64s([-1, 0, 1, 1]))],
            "tensor \"mapping\": token 0 has row -1 of 2",
        ),
        (
            vec![("mapping", "I64", Vec::new())],
            "tensor \"mapping\": 0 tokens, expected at least 1 and below 2^32",
        ),
        (
            vec![("mapping", "F64", f64s([0.0; 4]))],
            "tensor \"mapping\": numbers of type F64, expected I32, I64 or U32",
        ),
        (vec![mapping(), ("weights", "F64", two)], "tensor \"weights\": 2 numbers for 4 tokens"),
        (
            vec![mapping(), ("weights", "F64", f64s([1.0, 1e300, 0.0, 0.0]))],
            "tensor \"weights\": token 1 has inf, expected a finite f32",
        ),
    ] {
        let error = open_with("F32", &columns, None).err().unwrap();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[test]
fn a_model_opens_when_the_file_of_its_table_is_there() {
    let one = file(&[("model.embed_tokens.weight", "F32", 5, 2, &TABLE)]);
    let index = r#"{"weight_map": {"lm_head.weight": "model-3.safetensors",
        "model.layers.0.w": "model-2.safetensors", "model.embed_tokens.weight": "model-1.safetensors"}}"#;
    let folder = folder(&[
        ("model-1.safetensors", &one),
        ("model.safetensors.index.json", index.as_bytes()),
        ("tokenizer.json", TOKENIZER.as_bytes()),
    ]);
    let (vectors, _) = open(folder.path(), &options()).unwrap();
    assert_eq!(*vectors.vector(WordId(2)), TABLE[4..6]);
    assert!(vectors.output().is_none());
    fs::remove_file(folder.path().join("model-1.safetensors")).unwrap();
    let error = message(&folder.path().join("model.safetensors.index.json"), &options());
    let expected = "\"model.embed_tokens.weight\": lies in model-1.safetensors, which is not there";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn the_only_table_of_floats_is_taken_whatever_its_name() {
    let tokenizer = ("tokenizer.json", TOKENIZER.as_bytes());
    let open_of = |tensors: &[(&str, &str, usize, usize, &[f32])]| {
        let folder = folder(&[("m.safetensors", &file(tensors)), tokenizer]);
        open(folder.path(), &options()).map(|(vectors, _)| vectors.vector(WordId(2)).to_vec())
    };
    let codes: [f32; 5] = [1.0; 5];
    let found = open_of(&[("whatever", "F32", 5, 2, &TABLE), ("codes", "I8", 5, 1, &codes)]);
    assert_eq!(found.unwrap(), TABLE[4..6]);
    // Two, or the table that words are predicted with: nobody can tell.
    assert!(open_of(&[("a", "F32", 5, 2, &TABLE), ("b", "F32", 5, 2, &OTHER)]).is_err());
    assert!(open_of(&[("lm_head.weight", "F32", 5, 2, &TABLE)]).is_err());
}

#[test]
fn words_come_from_whatever_file_a_tokenizer_has() {
    let model = file(&[("embeddings", "F32", 5, 2, &TABLE)]);
    // Pieces `a` and `b` of a SentencePiece model.
    let pieces: &[u8] = &[10, 3, 10, 1, b'a', 10, 3, 10, 1, b'b'];
    for (name, content, first, from) in [
        ("vocab.txt", &b"[PAD]\nking\nof\n##s\nx\n"[..], "[PAD]", "vocab.txt (a token a line)"),
        ("vocab.json", b"{\"model\": 0, \"b\": 1}", "model", "vocab.json (numbered)"),
        ("tokenizer.model", pieces, "a", "tokenizer.model (SentencePiece)"),
        ("spiece.model", pieces, "a", "spiece.model (SentencePiece)"),
    ] {
        let folder = folder(&[("m.safetensors", &model), (name, content)]);
        let (vectors, _) = open(folder.path(), &options()).unwrap();
        assert_eq!(vectors.vocab().word(WordId(0)), first, "{name}");
        assert_eq!(info(folder.path(), None).unwrap().words, from);
        // Under any name where somebody names it, of a NumPy array too.
        let list = folder.path().join("list");
        fs::rename(folder.path().join(name), &list).unwrap();
        let options = ReadOptions { words: Some(list), ..options() };
        let (vectors, _) = open(folder.path(), &options).unwrap();
        assert_eq!(vectors.vocab().word(WordId(0)), first, "{name}");
        let array = folder.path().join("x.npy");
        let numbers = TABLE.iter().flat_map(|x| x.to_le_bytes());
        let header = crate::formats::npy::header("<f4", "(5, 2)").into_iter();
        fs::write(&array, header.chain(numbers).collect::<Vec<u8>>()).unwrap();
        let (vectors, report) = open(&array, &options).unwrap();
        assert_eq!(vectors.vocab().word(WordId(0)), first, "{name}");
        let unnamed = vectors.vocab().words().filter(|word| word.starts_with("<row ")).count();
        assert_eq!(report.unnamed_rows, unnamed as u64, "{name}");
    }
    let folder = folder(&[("m.safetensors", &model), ("vocab.txt", b"a\n\xff\n")]);
    let error = message(&folder.path().join("m.safetensors"), &options());
    assert_eq!(error, "vocab.txt: file of words: content: line 2 is not UTF-8");
}
