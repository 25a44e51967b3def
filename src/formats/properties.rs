//! The readers and writers of other programs' formats, by property: what is written comes back to
//! the bit, and no bytes whatever do harm.

use super::tests::{binary, binary_with, rows, text, written};
use super::*;
use crate::vocab::Vocab;
use proptest::prelude::*;

fn any_float() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<u32>().prop_map(f32::from_bits).prop_filter("finite", |x| x.is_finite()),
        (-1000i32..1000).prop_map(|x| x as f32 / 997.0),
        prop::sample::select(vec![0.0, -0.0, f32::MAX, f32::MIN_POSITIVE, 1e-45, 1e-5, 1e16]),
    ]
}

/// Words of few characters, among them all that readers stumble over; `\n` and 0x20 where asked for.
fn any_word(pattern: &'static str) -> impl Strategy<Value = String> {
    let odd = vec!["", "\u{a0}", "\u{3000}", "\u{85}", "\u{feff}x", "</s>", "-1.5", "nan"];
    prop_oneof![prop::sample::select(odd).prop_map(String::from), pattern]
}

/// What vectors are made of, printable when a property fails.
#[derive(Debug)]
struct Sample {
    words: Vec<String>,
    dim: usize,
    floats: Vec<f32>,
}

impl Sample {
    fn vectors(&self) -> WordVectors {
        let vocab = Vocab::new(self.words.iter().map(|word| (word.as_str(), 0)));
        WordVectors::new(vocab, self.dim, self.floats.clone()).unwrap()
    }
}

fn any_vectors(pattern: &'static str) -> impl Strategy<Value = Sample> {
    let words = prop::collection::btree_set(any_word(pattern), 1..8).prop_map(Vec::from_iter);
    (words.prop_shuffle(), 1usize..6).prop_flat_map(|(words, dim)| {
        let floats = prop::collection::vec(any_float(), words.len() * dim);
        floats.prop_map(move |floats| Sample { words: words.clone(), dim, floats })
    })
}

fn bits(vectors: &WordVectors) -> Vec<(&str, Vec<u32>)> {
    let to_bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect();
    rows(vectors).into_iter().map(|(word, row)| (word, to_bits(row))).collect()
}

proptest! {
    // Each case writes and syncs several files.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Through our own readers, chosen by content, every bit comes back.
    #[test]
    fn any_vectors_come_back(
        spaced in any_vectors("[a-z \t\r\u{a0}\u{3000}0-9.]{0,6}"),
        unspaced in any_vectors("[a-z\t\r\u{a0}\u{3000}0-9.]{0,6}"),
    ) {
        let (spaced, unspaced) = (spaced.vectors(), unspaced.vectors());
        let cases = [
            (&spaced, Format::Native), (&spaced, Format::Word2vecText),
            (&spaced, Format::GloveText), (&unspaced, Format::Word2vecBinary),
            (&spaced, Format::FastText), (&spaced, Format::Numpy), (&spaced, Format::Projector),
            (&spaced, Format::Safetensors),
        ];
        for (vectors, format) in cases {
            let Ok((_folder, path)) = written(vectors, format) else {
                // Refused when written: without a header some first words cannot be told from numbers;
                // the projector shows two dimensions or more; of a list of words that all end in CR
                // no reader knows that they do.
                let cr = vectors.vocab().words().all(|word| word.ends_with('\r'));
                let refused = match format {
                    Format::Projector => vectors.dim() == 1,
                    Format::Numpy => cr,
                    format => format == Format::GloveText,
                };
                prop_assert!(refused, "{}", format);
                continue;
            };
            let (back, report) = open(&path, &ReadOptions::default()).unwrap();
            prop_assert_eq!(bits(&back), bits(vectors), "{}", format);
            prop_assert_eq!((report.duplicates, report.replaced_utf8), (0, 0));
        }
    }

    /// A good file cut anywhere or with any byte changed: vectors or an error, never a panic.
    #[test]
    fn damaged_files_do_no_harm(
        vectors in any_vectors("[a-z]{1,4}"), place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let vectors = vectors.vectors();
        for format in [Format::Word2vecText, Format::Word2vecBinary, Format::GloveText] {
            let Ok((_folder, path)) = written(&vectors, format) else { continue };
            let mut bytes = std::fs::read(&path).unwrap();
            let at = place.index(bytes.len());
            for options in [ReadOptions::default(), ReadOptions { limit: Some(2), lossy_utf8: true, ..Default::default() }] {
                let _ = word2vec_text::parse(&bytes[..at], Path::new("x"), &options);
                let _ = binary_with(&bytes[..at], &options);
            }
            bytes[at] = byte;
            std::fs::write(&path, &bytes).unwrap();
            let _ = open(&path, &ReadOptions::default());
        }
        // Cut, they always lack something; changed, an error or other vectors.
        for format in [Format::FastText, Format::Finalfusion, Format::Numpy] {
            // finalfusion keeps lengths, which f32 cannot hold of the largest vectors.
            let Ok((_folder, path)) = written(&vectors, format) else { continue };
            let bytes = std::fs::read(&path).unwrap();
            let at = place.index(bytes.len());
            let mut changed = bytes.clone();
            changed[at] = byte;
            std::fs::write(&path, &changed).unwrap();
            let _ = open(&path, &ReadOptions::default());
            std::fs::write(&path, &bytes[..at]).unwrap();
            // fastText's output matrix is not looked at.
            let whole = format == Format::FastText && at > bytes.len() / 2;
            prop_assert!(whole || open(&path, &ReadOptions::default()).is_err(), "{} at {}", format, at);
        }
        // A binary file that is cut always lacks something, but for its last line feed.
        let (_folder, path) = written(&vectors, Format::Word2vecBinary).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let at = place.index(bytes.len() - 1);
        prop_assert!(binary(&bytes[..at]).is_err());
    }

    /// Our parser of plain numbers is std's, to the bit: shortest decimals, longer ones, half-way cases.
    #[test]
    fn numbers_are_what_std_reads(
        x in any_float(), y in any::<u32>(), tail in "[0-9]{0,6}", odd in "[-+]?[0-9]{0,9}[.]?[0-9]{0,9}(e-?[0-9])?",
    ) {
        let (below, above) = (f32::from_bits(y & 0x3fff_fffe | 0x3000_0000), f32::from_bits((y & 0x3fff_fffe | 0x3000_0000) + 1));
        let half = (f64::from(below) + f64::from(above)) / 2.0;
        for text in [
            format!("{x}"), format!("{x}{tail}"), format!("{half:.15}"), format!("{half:.12}"),
            format!("{:.6}", x % 100.0), odd,
        ] {
            let std = text.parse::<f32>().ok().map(f32::to_bits);
            let own = numbers::number(text.as_bytes()).map(f32::to_bits);
            prop_assert_eq!(own, std, "{}", text);
        }
    }

    /// Noise, and noise behind headers of every size.
    #[test]
    fn noise_does_no_harm(
        noise in prop::collection::vec(any::<u8>(), 0..300),
        ascii in "[0-9a-f. \n\t-]{0,200}",
        rows in prop_oneof![0u64..4, any::<u64>()],
        dim in prop_oneof![0u64..4, any::<u64>()],
    ) {
        for body in [noise.as_slice(), ascii.as_bytes()] {
            let header = format!("{rows} {dim}\n");
            for file in [body.to_vec(), [header.as_bytes(), body].concat()] {
                let _ = text(&file);
                let _ = binary(&file);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise");
        std::fs::write(&path, &noise).unwrap();
        let _ = open(&path, &ReadOptions::default());
    }
}
