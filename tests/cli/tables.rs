//! Tables of language models: opened where they lie, asked, described and converted; `predict`; and
//! what leads up to them: `one-hot` and `train --explain`.

use super::{Folder, json_lines};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// A safetensors file of bf16 tensors, each of rows of the same length.
pub(super) fn bf16_file(tensors: &[(&str, &[[f32; 2]])]) -> Vec<u8> {
    let (mut entries, mut data) = (String::new(), Vec::<u8>::new());
    for (name, rows) in tensors {
        let start = data.len();
        let numbers = rows.iter().flatten();
        numbers.for_each(|x| data.extend(&x.to_le_bytes()[2..]));
        let (rows, end) = (rows.len(), data.len());
        write!(
            entries,
            "\"{name}\":{{\"dtype\":\"BF16\",\"shape\":[{rows},2],\"data_offsets\":[{start},{end}]}},"
        )
        .unwrap();
    }
    let json = format!("{{{}}}", entries.trim_end_matches(','));
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend(json.as_bytes());
    file.extend(data);
    file
}

const ROWS: [[f32; 2]; 5] = [[1.0, 0.0], [1.0, 0.25], [0.5, 1.0], [0.5, 1.25], [0.0, -1.0]];
const TOKENIZER: &str = r#"{"model": {"type": "BPE", "vocab": {"Ġman": 0, "Ġwoman": 2, "Ġking": 1, "Ġqueen": 3},
    "merges": []}, "decoder": {"type": "ByteLevel"}}"#;

/// A folder `model` as a language model comes.
fn with_model() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("model")).unwrap();
    let file = bf16_file(&[("model.embed_tokens.weight", &ROWS)]);
    folder.write("model/model.safetensors", file);
    folder.write("model/tokenizer.json", TOKENIZER);
    folder
}

const NOTE: &str = "w2v: the tokenizer has no word for 1 row, named <row N> here\n";

#[test]
fn a_language_models_table_is_asked_where_it_lies() {
    let folder = with_model();
    for vectors in ["model", "model/model.safetensors"] {
        let run = folder.w2v(&format!("neighbors queen -n 1 --vectors {vectors}"));
        assert_eq!(run.err, NOTE);
        assert_eq!(run.answer(), "▁woman\t0.9965\n");
        let answer = folder.w2v(&format!("analogy man king woman -n 1 -v {vectors}"));
        assert_eq!(answer.answer(), "▁queen\t0.9996\n");
        let answer = folder.w2v(&format!("similarity man king -v {vectors}"));
        assert_eq!(answer.answer(), "0.9701\n");
    }
    let named = folder.w2v("similarity man king -v model --tensor model.embed_tokens.weight");
    assert_eq!(named.answer(), "0.9701\n");
    folder.w2v("similarity man king -v model --tensor x").refused(
        2,
        "model/model.safetensors: safetensors: tensor \"x\": is not there; there are \
         model.embed_tokens.weight",
    );
    folder.write("t.vec", "1 1\na 1\n");
    folder
        .w2v("similarity a a -v t.vec --tensor x")
        .refused(2, "--tensor is given, expected safetensors; t.vec is word2vec-text");
}

#[test]
fn info_tells_the_tensor_and_the_share() {
    let folder = with_model();
    let run = folder.w2v("info model --total-params 1k");
    assert_eq!(run.err, NOTE);
    assert_eq!(
        run.answer(),
        "file           model/model.safetensors\n\
         format         safetensors\n\
         tensor         model.embed_tokens.weight\n\
         words          5\n\
         dimensions     2\n\
         size           20 B; bf16, 10 parameters\n\
         output table   the same (tied)\n\
         words from     tokenizer.json (BPE)\n\
         share          1.00 % of 1,000 parameters\n"
    );
    let info = &json_lines(&folder.w2v("info model --json").answer())[0];
    assert_eq!((&info["numbers"], &info["output"]), (&"bf16".into(), &"tied".into()));
    assert_eq!(info["parameters"], 10);
    assert_eq!(info["unnamed_rows"], 1);
}

/// The numbers of the issue: 151,646 × 3,584 = 543,499,264.
#[test]
fn a_config_alone_tells_what_the_table_takes() {
    let folder = Folder::new();
    let config = r#"{"model_type": "qwen2", "vocab_size": 151646, "hidden_size": 3584, "tie_word_embeddings": TIED}"#;
    folder.write("config.json", config.replace("TIED", "true"));
    let answer = folder.w2v("info config.json --total-params 7_615_616_512").answer();
    let has = |answer: &str, lines: &[&str]| {
        for line in lines {
            assert!(answer.lines().any(|have| have == *line), "{line:?} in\n{answer}");
        }
    };
    let lines = [
        "model          qwen2",
        "parameters     543,499,264 = 151,646 × 3,584",
        "output table   the same table (tied)",
        "fp32           2,173,997,056 bytes = 2.17 GB",
        "fp16, bf16     1,086,998,528 bytes = 1.09 GB",
        "int8           543,499,264 bytes = 543 MB",
        "share          7.14 % of 7,615,616,512 parameters",
    ];
    has(&answer, &lines);
    folder.write("config.json", config.replace("TIED", "false"));
    let answer = folder.w2v("info config.json --total-params 7615616512").answer();
    let lines = [
        "output table   another of the same size: 1,086,998,528 parameters in all",
        "int8           1,086,998,528 bytes = 1.09 GB for both tables",
        "share          14.27 % of 7,615,616,512 parameters",
    ];
    has(&answer, &lines);
    let json = &json_lines(&folder.w2v("info config.json --json").answer())[0];
    assert_eq!(json["all_parameters"], 1_086_998_528u64);
    assert_eq!(json["bytes"]["fp32"], 4_347_994_112u64);
    folder.write("config.json", "{\"hidden_size\": 8}");
    folder.w2v("info config.json").refused(
        2,
        "config.json: config.json: vocab_size: is not there; expected one of vocab_size, \
         padded_vocab_size",
    );
    let bad = folder.w2v("info config.json --total-params many");
    assert_eq!(bad.code, Some(2));
    assert!(bad.err.contains("expected one such as 7.6B or 110M"), "{}", bad.err);
}

/// Our model becomes a safetensors file with all that it holds, and comes back as it was asked.
#[test]
fn a_model_becomes_safetensors_and_back() {
    let folder = Folder::with_text(&"the king rules the queen\n".repeat(50));
    folder.w2v("train text.txt --dim 5 --sample 0 --threads 1").answer();
    let run = folder.w2v("convert vectors.w2v out.safetensors");
    assert!(!run.err.contains("left out"), "{}", run.err);
    run.answer();
    for verb in ["neighbors king", "predict king", "analogy king queen the"] {
        let [ours, theirs] = ["vectors.w2v", "out.safetensors"]
            .map(|file| folder.w2v(&format!("{verb} --vectors {file} --json")).answer());
        assert_eq!(ours, theirs, "{verb}");
    }
    let info = &json_lines(&folder.w2v("info out.safetensors --json").answer())[0];
    assert_eq!(info["output"], "output_embedding.weight");
    assert_eq!(info["training"]["recipe"]["objective"]["skipgram"]["dim"], 5);
    let run = folder.w2v("convert out.safetensors back.w2v");
    assert!(run.err.contains("left out: output matrix, training record\n"), "{}", run.err);
    let [once, again] = ["vectors.w2v", "back.w2v"].map(|file| {
        folder.w2v(&format!("convert {file} text-{file}.txt")).answer();
        folder.read(&format!("text-{file}.txt"))
    });
    assert!(once == again);

    folder.w2v("convert vectors.w2v model.safetensors --static-embedding").answer();
    assert_eq!(folder.w2v("neighbors king -n 2 -v model.safetensors").answer().lines().count(), 2);
    let refused = folder.w2v("convert vectors.w2v other.safetensors --static-embedding");
    refused.refused(
        2,
        "beside the output, tokenizer.json: the file is there and is not part of an older output, and --force \
         does not replace it; remove it or choose another name",
    );
}

#[test]
fn predictions_are_the_softmax_over_the_output_matrix() {
    let folder = with_model();
    // Tied: h = king = (1, ¼); z = 1, 1.0625, 0.75, 0.8125, −0.25.
    let z = [1.0, 1.0625, 0.75, 0.8125, -0.25f64];
    let softmax = |kept: &[f64], t: f64, z: f64| {
        100.0 * (z / t).exp() / kept.iter().map(|z| (z / t).exp()).sum::<f64>()
    };
    let answer = folder.w2v("predict king -v model").answer();
    let expected = [("▁king", 1), ("▁man", 0), ("▁queen", 3), ("▁woman", 2), ("<row 4>", 4)]
        .map(|(word, i)| format!("{word}\t{:.3} %\t{:.4}\n", softmax(&z, 1.0, z[i]), z[i]));
    assert_eq!(answer, expected.concat());
    let run = folder.w2v("predict king -v model --top-k 2 --temperature 0.5");
    assert!(run.err.ends_with("w2v: 2 of 5 words share the probability\n"), "{}", run.err);
    let first = format!("▁king\t{:.3} %\t1.0625\n", softmax(&z[..2], 0.5, z[1]));
    assert!(run.answer().starts_with(&first));
    // A line of standard input is a sum of words; two words have more than half of the probability.
    let run = folder.piped("predict -v model --top-p 0.5 --json", "king queen\n");
    let line = &json_lines(&run.answer())[0];
    assert_eq!((&line["kept"], &line["answers"][0]["word"]), (&2.into(), &"▁queen".into()));
    assert_eq!(line["answers"][0]["logit"], 1.5 * 0.5 + 1.5 * 1.25);
    folder
        .w2v("predict king -v model --top-p 0")
        .refused(2, "--top-p is 0, expected above 0 and at most 1, such as 0.9");
    folder.write("t.vec", "1 1\na 1\n");
    folder.w2v("predict a -v t.vec").refused(
        2,
        "the table that words are predicted with is not known: these vectors have no output matrix; \
         a model of `w2v train` has one, and so has a language model",
    );
}

/// A table of the shape of Qwen-7B's, 151,646 × 3,584 in bf16, all of it random: opened and asked
/// within 30 seconds and 2 GB, measured as address space, which counts the mapped file too.
///
/// The file, 1.09 GB in the temporary folder, is written once and not synced; this takes a second or
/// two where that folder is fast.
#[cfg(target_os = "linux")]
#[test]
fn a_table_of_qwens_shape_is_opened_and_asked() {
    use std::io::{BufWriter, Write};
    let (words, dim) = (151_646usize, 3_584usize);
    let folder = Folder::new();
    let bytes = 2 * words * dim;
    let json = format!(
        "{{\"model.embed_tokens.weight\":{{\"dtype\":\"BF16\",\"shape\":[{words},{dim}],\"data_offsets\":[0,{bytes}]}}}}"
    );
    let mut file = BufWriter::with_capacity(
        1 << 20,
        std::fs::File::create(folder.path("q.safetensors")).unwrap(),
    );
    file.write_all(&(json.len() as u64).to_le_bytes()).unwrap();
    file.write_all(json.as_bytes()).unwrap();
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut row = vec![0u64; dim / 4];
    let mut planted = Vec::new();
    for id in 0..words {
        for four in &mut row {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Four numbers of bf16 of either sign, ¼ to 4: exponents 125 to 128.
            *four = random & 0x81ff_81ff_81ff_81ff | 0x3e80_3e80_3e80_3e80;
        }
        let near = |row: &mut [u64]| row[..100].copy_from_slice(&[0; 100]);
        match id {
            5 => planted = row.clone(),
            150_000 => {
                row.copy_from_slice(&planted);
                near(&mut row);
            }
            _ => {}
        }
        row.iter().for_each(|four| file.write_all(&four.to_le_bytes()).unwrap());
    }
    drop(file);
    let tokens = (0..151_643).map(|id| format!("\"Ġw{id}\":{id}"));
    let tokens: Vec<String> = tokens.collect();
    let tokenizer = format!(
        "{{\"model\":{{\"type\":\"BPE\",\"vocab\":{{{}}},\"merges\":[]}},\"decoder\":{{\"type\":\"ByteLevel\"}}}}",
        tokens.join(",")
    );
    folder.write("tokenizer.json", tokenizer);
    let start = Instant::now();
    let run = super::Ran::of(
        assert_cmd::Command::new("sh")
            .args(["-c", "ulimit -v 2000000; exec \"$0\" neighbors w5 -n 2 -v q.safetensors"])
            .arg(env!("CARGO_BIN_EXE_w2v"))
            .current_dir(folder.path(""))
            .env("RAYON_NUM_THREADS", "2")
            .timeout(super::LIMIT),
    );
    let took = start.elapsed();
    assert_eq!(run.err, "w2v: the tokenizer has no word for 3 rows, named <row N> here\n");
    let answer = run.answer();
    assert!(answer.starts_with("▁w150000\t0.9"), "{answer}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

const BOARD: &str = "\
vocabulary: 4 words
index  count  word
    0      2  我
    1      2  爱
    2      1  人工智能
    3      1  中国

one-hot matrix: 6 tokens × 4 words
          0  1  2  3
我        1  0  0  0
爱        0  1  0  0
人工智能  0  0  1  0
我        1  0  0  0
爱        0  1  0  0
中国      0  0  0  1
";

#[test]
fn a_sentence_is_drawn_as_on_a_board() {
    let folder = Folder::new();
    for arguments in [
        &["one-hot", "我", "爱", "人工智能", "我", "爱", "中国"][..],
        &["one-hot", "我 爱 人工智能 我 爱 中国"],
        #[cfg(feature = "zh")]
        &["one-hot", "我爱人工智能，我爱中国。", "--tokenizer", "zh"],
    ] {
        let answer = folder.run(arguments, "").answer();
        assert!(answer.starts_with(BOARD), "{answer}");
        assert!(
            answer.contains(
                "\nparameters to learn      0                   400 = 4 × 100, 1.60 kB\n"
            ),
            "{answer}"
        );
    }
    let json = folder.run(&["one-hot", "我 爱 我", "--json", "--dim", "8"], "").answer();
    let json = &json_lines(&json)[0];
    assert_eq!(json["tokens"], serde_json::json!([0, 1, 0]));
    assert_eq!(json["shape"], serde_json::json!([3, 2]));
    assert_eq!(json["dense"]["parameters"], 16);
    folder.run(&["one-hot", " "], "").refused(2, "no word in \" \"; check --tokenizer");
}

#[test]
fn a_corpus_becomes_a_matrix_in_a_file() {
    let folder = Folder::with_text("b a b\nc b\n");
    let run = folder.w2v("one-hot text.txt -o m.mtx");
    assert!(run.err.contains("wrote m.mtx: 5 tokens × 3 words"), "{}", run.err);
    let answer = run.answer();
    // By frequency, as in training.
    assert!(answer.contains("    0      3  b\n    1      1  a\n    2      1  c\n"), "{answer}");
    let text = String::from_utf8(folder.read("m.mtx")).unwrap();
    assert!(text.ends_with("\n5 3 5\n1 1\n2 2\n3 1\n4 3\n5 1\n"), "{text}");
    folder.w2v("one-hot text.txt -o m.npy").answer();
    let dense = folder.read("m.npy");
    assert!(dense.ends_with(&[1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0]));
    folder.w2v("one-hot text.txt -o m.npz").answer();
    assert!(folder.read("m.npz").starts_with(b"PK\x03\x04"));
    folder
        .w2v("one-hot text.txt -o m.npz")
        .refused(2, "m.npz exists already; choose another name or overwrite it with --force");
    folder
        .w2v("one-hot text.txt -o m.txt")
        .refused(2, "the ending of m.txt names no format of matrices; expected .mtx, .npz or .npy");
}

/// On trained vectors: the product is the row.
#[test]
fn looking_a_row_up_is_multiplying_with_a_one_hot_vector() {
    let folder = Folder::with_text(&"the king rules the queen\n".repeat(50));
    folder.w2v("train text.txt --dim 6 --sample 0 --threads 1").answer();
    let answer = folder.run(&["one-hot", "king rules", "-v", "vectors.w2v"], "").answer();
    assert!(answer.contains("one-hot × table: 24 multiplications for a word"), "{answer}");
    assert_eq!(answer.matches("one-hot × table = row ").count(), 2, "{answer}");
    assert!(answer.contains("and 2 columns of zeros only"), "{answer}");
    let unknown = folder.run(&["one-hot", "king sings", "-v", "vectors.w2v"], "");
    assert_eq!(unknown.code, Some(1));
    let vectors = w2v::formats::native::open(&folder.path("vectors.w2v")).unwrap();
    for id in 0..4 {
        let id = w2v::WordId(id);
        assert_eq!(vectors.one_hot_product(id), *vectors.vector(id));
    }
}

/// All numbers after a name and `=`, or in brackets after it.
fn numbers(line: &str, name: &str) -> Vec<f64> {
    let after =
        line.split_once(&format!("{name} = ")).unwrap_or_else(|| panic!("{name} in {line}")).1;
    let text = match after.strip_prefix('[') {
        Some(list) => list.split_once(']').unwrap().0,
        None => after.split([',', ' ']).next().unwrap(),
    };
    text.split(' ').map(|number| number.parse().unwrap()).collect()
}

/// Every printed number is computed again from the text and from the numbers printed before it.
#[test]
fn what_explain_prints_can_be_checked_by_hand() {
    let text = "the king rules the land\nthe queen rules the sea\nthe man walks the dog\n";
    let folder = Folder::with_text(text);
    let run = folder.w2v("train text.txt --explain --dim 3 --sample 0.1 --lr 0.5 --progress none");
    let shown = run.answer();
    assert_eq!(folder.names(), ["text.txt"], "nothing is written");
    folder.w2v("train text.txt --explain --dim 2000").refused(
        2,
        "--dim 2000 with --negative 5: with --explain expected at most 1000 and 100; nobody checks \
         more by hand",
    );
    let close = |a: f64, b: f64| assert!((a - b).abs() < 4e-6, "{a} is not {b} in\n{shown}");

    let tokens: Vec<&str> = text.split_whitespace().collect();
    let count = |word: &str| tokens.iter().filter(|token| **token == word).count() as f64;
    let mut words: Vec<&str> = tokens.clone();
    words.sort_by(|a, b| count(b).total_cmp(&count(a)).then(a.cmp(b)));
    words.dedup();
    let noise_sum: f64 = words.iter().map(|word| count(word).powf(0.75)).sum();
    let mut keep = std::collections::HashMap::new();
    let table = shown.split_once("  word\n").unwrap().1;
    for ((index, word), line) in words.iter().enumerate().zip(table.lines()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |i: usize| -> f64 { fields[i].parse().unwrap() };
        let f = count(word) / tokens.len() as f64;
        assert_eq!((number(0) as usize, fields[5]), (index, *word));
        assert_eq!(number(1), count(word));
        close(number(2), f);
        keep.insert(*word, ((0.1 / f).sqrt() + 0.1 / f).min(1.0));
        close(number(3), keep[word]);
        close(number(4), count(word).powf(0.75) / noise_sum);
    }
    // Sub-sampling: "the: 0.979269 ≥ 0.750000, left out".
    let fates = shown.split_once("   sentence 1\n").unwrap().1;
    let mut kept = Vec::new();
    for (token, line) in tokens[..5].iter().zip(fates.lines()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(fields[0], format!("{token}:"));
        let is_kept = fields[1].parse::<f64>().unwrap() < keep[token];
        assert_eq!(line.ends_with(", kept"), is_kept, "{line}");
        kept.extend(is_kept.then_some(*token));
    }
    // The context is what the window holds.
    let window = shown.split_once("3. WINDOW\n").unwrap().1;
    let line = window.lines().nth(1).unwrap();
    let width: usize =
        line.trim().trim_start_matches("window ").split(',').next().unwrap().parse().unwrap();
    let context = kept[1..kept.len().min(1 + width)].join(", ");
    assert!(line.ends_with(&format!("context {context}")), "{line}");

    // Both steps: z, σ, g, the loss and the rows after it.
    let steps: Vec<&str> = shown.split("   lr = ").skip(1).collect();
    assert_eq!(steps.len(), 2, "{shown}");
    for (i, step) in steps.into_iter().enumerate() {
        let lr: f64 = step.split(' ').next().unwrap().parse().unwrap();
        let v = numbers(step, "v");
        let mut moved = v.clone();
        let (mut loss, mut expected) = (0.0, Vec::new());
        let (of_targets, after) = step.split_once("each output row becomes").unwrap();
        for (line, next) in of_targets.lines().zip(of_targets.lines().skip(1)) {
            if !line.contains(": y = ") {
                continue;
            }
            let (word, y, u) =
                (line.trim().split(' ').next().unwrap(), numbers(line, "y")[0], numbers(line, "u"));
            let z: f64 = v.iter().zip(&u).map(|(v, u)| v * u).sum();
            let sigmoid = 1.0 / (1.0 + (-z).exp());
            let g = lr * (y - sigmoid);
            close(numbers(next, "z")[0], z);
            close(numbers(next, "σ(z)")[0], sigmoid);
            close(numbers(next, "g")[0], g);
            loss -= if y == 1.0 { sigmoid.ln() } else { (1.0 - sigmoid).ln() };
            moved.iter_mut().zip(&u).for_each(|(m, u)| *m += g * u);
            expected.push((word.to_owned(), u, g));
        }
        assert!(expected.len() >= 2);
        let said = of_targets.rsplit_once("= ").unwrap().1;
        close(said.trim().parse().unwrap(), loss);
        let row = |line: &str| -> Vec<f64> {
            let list = line.split_once('[').unwrap().1.split_once(']').unwrap().0;
            list.split(' ').map(|x| x.parse().unwrap()).collect()
        };
        for (word, u, _) in &expected {
            let same = expected.iter().filter(|other| other.0 == *word);
            let g: f64 = same.map(|other| other.2).sum();
            let start = format!("   {word}: [");
            let line = after.lines().find(|line| line.starts_with(&start)).unwrap();
            for ((got, u), v) in row(line).iter().zip(u).zip(&v) {
                close(*got, u + g * v);
            }
        }
        let line = after.split_once("as it was before:\n").unwrap().1;
        row(line).iter().zip(&moved).for_each(|(got, m)| close(*got, *m));
        assert_eq!(i == 1, moved.iter().zip(&v).any(|(m, v)| (m - v).abs() > 1e-6));
    }
}
