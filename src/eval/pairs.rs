//! Word similarity: do the vectors find the same pairs alike as people did?
//!
//! In: a file of two words and a score per line, as WordSim-353 (Finkelstein et al. 2002), SimLex-999,
//! MTurk-771, RG-65, wordsim-240/297 and COS960 come. Out: [`PairScores`]: the rank correlation of
//! the scores with the cosines of the words' vectors, and how many pairs were in the vocabulary.
//!
//! Lines: fields are separated by tabs, semicolons, commas or white space, whichever makes pairs of most
//! lines; quotes are those of CSV; spaces about a field do not belong to it; fields after the score are
//! ignored; `#` and `//` begin a comment line. A score may have a decimal comma where commas do not
//! separate. A first line whose score does not begin like a number is a heading. Between words and score a
//! part of speech of one letter may stand (SimLex-999.txt as its authors publish it).
//!
//! Differences from gensim's `evaluate_word_pairs`: a bad line is an error with its number instead of
//! silently less data; the separator is found; extra columns do no harm; cosines are taken in f64.

use super::lookup::Lookup;
use super::rows::rows;
use super::{EvalOptions, damaged, empty, read, spearman};
use crate::corpus::Encoding;
use crate::error::{Error, Result};
use crate::shown::quoted;
use crate::vectors::WordVectors;
use serde::Serialize;
use std::path::Path;

const FORMAT: &str = "word pairs";

/// Two words and how alike people found them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordPair {
    /// The words, in the order of the file.
    pub words: [String; 2],
    /// The mean judgement; the scale is the file's own.
    pub score: f64,
}

/// The pairs of a file, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordPairs {
    /// At least one; the same pair may be there twice.
    pub pairs: Vec<WordPair>,
}

/// How well vectors agree with the judgements of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairScores {
    /// Rank correlation over the pairs found: the number that papers give. None where fewer than two
    /// pairs were found, or all found are equally alike.
    pub spearman: Option<f64>,
    /// Linear correlation over the pairs found.
    pub pearson: Option<f64>,
    /// Pairs with both words in the vocabulary. The others are left out.
    pub found: usize,
    /// Pairs in the file.
    pub total: usize,
    /// What people said about each pair found, in the order of the file.
    #[serde(skip)]
    pub judged: Vec<f64>,
    /// The cosine of each pair found.
    #[serde(skip)]
    pub cosines: Vec<f64>,
}

impl WordPairs {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and as [`WordPairs::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_in(path.as_ref(), None)
    }

    pub(super) fn read_in(path: &Path, encoding: Option<Encoding>) -> Result<Self> {
        Self::parse(&read(path, FORMAT, encoding)?, path)
    }

    /// Pairs out of the text of a file; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) for a line that is not two words and a finite score,
    /// or where there is none at all.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::WordPairs;
    /// let pairs = WordPairs::parse("tiger\tcat\t7.35\n钱\t 现金\t4.58\n", Path::new("mine.txt"))?;
    /// assert_eq!(pairs.pairs[1].words, ["钱", "现金"]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut pairs: Vec<WordPair> = Vec::new();
        for (nth, row) in rows(text, path, FORMAT, &[], is_pair)?.iter().enumerate() {
            match pair(&row.fields) {
                Ok(pair) => pairs.push(pair),
                Err(Problem::NoNumber) if nth == 0 => {}
                Err(problem) => {
                    return Err(damaged(path, FORMAT, row.number, problem.describe(row.line)));
                }
            }
        }
        match &pairs[..] {
            [] => Err(empty(path, FORMAT, "lines of two words and a score")),
            [first, rest @ ..]
                if !rest.is_empty() && rest.iter().all(|pair| pair.score == first.score) =>
            {
                let problem = format!(
                    "all {} scores are {}, and a correlation with a constant is not defined; expected \
                     judgements that differ",
                    pairs.len(),
                    first.score
                );
                Err(Error::format(path, FORMAT, "whole file", problem))
            }
            _ => Ok(WordPairs { pairs }),
        }
    }

    /// Compares the judgements with the cosines of `vectors`.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::{Vocab, WordVectors, eval::{EvalOptions, WordPairs}};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7), ("bus", 6)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2, 0.9])?;
    /// let pairs = WordPairs::parse("Cat Dog 9\nCar Bus 8\nCat Bus 1\ncat yeti 3\n", Path::new("mine.txt"))?;
    /// let scores = pairs.evaluate(&vectors, &EvalOptions::default());
    /// assert_eq!((scores.found, scores.total), (3, 4));
    /// assert!(scores.spearman.unwrap() > 0.4);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn evaluate(&self, vectors: &WordVectors, options: &EvalOptions) -> PairScores {
        let lookup = Lookup::new(vectors, options);
        let (mut judged, mut cosines) = (Vec::new(), Vec::new());
        for pair in &self.pairs {
            let [a, b] = pair.words.each_ref().map(|word| lookup.find(word));
            if let (Some(a), Some(b)) = (a, b) {
                judged.push(pair.score);
                cosines.push(vectors.similarity_f64(a, b));
            }
        }
        PairScores {
            spearman: spearman(&judged, &cosines),
            pearson: super::pearson(&judged, &cosines),
            found: judged.len(),
            total: self.pairs.len(),
            judged,
            cosines,
        }
    }
}

/// What is wrong with a line.
enum Problem {
    Fields(usize),
    EmptyWord,
    /// The score is a word, as in a heading.
    NoNumber,
    /// The score is NaN, infinite, or begins like a number.
    NotFinite,
}

impl Problem {
    fn describe(self, line: &str) -> String {
        let expected =
            "expected two words and a score, separated by tabs, semicolons, commas or spaces";
        let got = match self {
            Problem::Fields(1) => "1 field".into(),
            Problem::Fields(n) => format!("{n} fields"),
            Problem::EmptyWord => "an empty word".into(),
            Problem::NoNumber | Problem::NotFinite => "no finite number after the two words".into(),
        };
        format!("{got} in {}, {expected}", quoted(line))
    }
}

/// Whether fields are two words and a finite score.
pub(super) fn is_pair(fields: &[String]) -> bool {
    pair(fields).is_ok()
}

fn pair(fields: &[String]) -> std::result::Result<WordPair, Problem> {
    let [a, b, rest @ ..] = fields else {
        return Err(Problem::Fields(fields.len()));
    };
    let text = match rest {
        [] => return Err(Problem::Fields(2)),
        [tag, score, ..] if is_tag(tag) => score,
        [score, ..] => score,
    };
    let score = match text.parse::<f64>().or_else(|_| text.replacen(',', ".", 1).parse()) {
        Ok(score) if score.is_finite() => score,
        Ok(_) => return Err(Problem::NotFinite),
        Err(_) => {
            let digits = text.trim_start_matches(['+', '-', '.', ',']);
            return Err(match digits.starts_with(|c: char| c.is_ascii_digit()) {
                true => Problem::NotFinite,
                false => Problem::NoNumber,
            });
        }
    };
    match a.is_empty() || b.is_empty() {
        true => Err(Problem::EmptyWord),
        false => Ok(WordPair { words: [a.clone(), b.clone()], score }),
    }
}

/// A part of speech: A, N or V.
fn is_tag(field: &str) -> bool {
    matches!(field.as_bytes(), [tag] if tag.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;

    fn parse(text: &str) -> Result<WordPairs> {
        WordPairs::parse(text, Path::new("pairs.txt"))
    }

    fn shown(text: &str) -> String {
        let pairs = parse(text).unwrap().pairs;
        let line = |p: &WordPair| format!("{}|{}|{}", p.words[0], p.words[1], p.score);
        pairs.iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_files_as_they_come() {
        assert_eq!(
            shown("\u{feff}tiger\tcat\t7.35\r\n\r\ntiger\ttiger\t10.00\r\n"),
            "tiger|cat|7.35 tiger|tiger|10"
        );
        assert_eq!(shown("钱\t 现金\t4.58"), "钱|现金|4.58");
        assert_eq!(shown("座椅 坐椅 4.0 4 4 4 \n"), "座椅|坐椅|4");
        assert_eq!(shown("Word 1,Word 2,Human (mean)\nlove,sex,6.77\n"), "love|sex|6.77");
        assert_eq!(shown("# a comment\nw1\tw2\tscore\n# another\na\tb\t1e-1\textra"), "a|b|0.1");
        assert_eq!(shown("New York\tbig apple\t9"), "New York|big apple|9");
        assert_eq!(
            shown("word1\tword2\tPOS\tSimLex999\tconc(w1)\nold\tnew\tA\t1.58\t2.72\n"),
            "old|new|1.58"
        );
        assert_eq!(
            shown("word1;word2;score\ntiger;cat;7,35\na;b;-1,5;9\n"),
            "tiger|cat|7.35 a|b|-1.5"
        );
        assert_eq!(shown("tiger\tcat\t7,35\n"), "tiger|cat|7.35");
        assert_eq!(shown("tiger cat 7,35\n"), "tiger|cat|7.35");
        assert_eq!(shown("\"Word 1\",\"Word 2\",\"Mean\"\n\"a, b\",c,\"6.77\"\n"), "a, b|c|6.77");
    }

    #[test]
    fn bad_lines_are_named() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        let expected =
            "expected two words and a score, separated by tabs, semicolons, commas or spaces";
        let damaged = |line: usize, got: &str| {
            format!("pairs.txt: word pairs: line {line}: {got}, {expected}")
        };
        assert_eq!(message("a b 1\nc d\n"), damaged(2, "2 fields in \"c d\""));
        assert_eq!(message("a"), damaged(1, "1 field in \"a\""));
        assert_eq!(
            message("a b 1\n\nc d high"),
            damaged(3, "no finite number after the two words in \"c d high\"")
        );
        assert_eq!(
            message("a b 1\nc d NaN"),
            damaged(2, "no finite number after the two words in \"c d NaN\"")
        );
        // Not even in the first line, where a heading may stand.
        for score in ["NaN", "nan", "inf", "-inf", "1e999", "7.3.5", "1,000,5", "9x"] {
            assert_eq!(
                message(&format!("a\tb\t{score}\nc\td\t1\ne\tf\t2\n")),
                damaged(1, &format!("no finite number after the two words in \"a\\tb\\t{score}\""))
            );
        }
        let constant = "pairs.txt: word pairs: whole file: all 2 scores are 1, and a correlation with a \
                        constant is not defined; expected judgements that differ";
        assert_eq!(message("a b 1\nc d 1\n"), constant);
        assert_eq!(message("a\tb\t1\na\t\t2"), damaged(2, "an empty word in \"a\\t\\t2\""));
        let nothing = "pairs.txt: word pairs: whole file: nothing to ask in it, \
                       expected lines of two words and a score";
        assert_eq!(shown("#a #b 4\n##note\n#\n#c d 1\n"), "#a|#b|4 #c|d|1");
        assert_eq!(message("# only\n\nw1 w2 score\n"), nothing);
        assert!(message(&"x".repeat(1000)).len() < 250);
    }

    #[test]
    fn unreadable_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latin1.txt");
        assert!(WordPairs::read(&path).unwrap_err().to_string().starts_with("cannot open "));
        std::fs::write(&path, b"a b 1\ncaf\xe9 bar 2\n").unwrap();
        let message = WordPairs::read(&path).unwrap_err().to_string();
        assert!(
            message.ends_with(
                "line 2: byte 0xe9 is not UTF-8; the text is probably in windows-1252; convert the \
                 file to UTF-8 or choose `encoding=windows-1252`"
            ),
            "{message}"
        );
    }

    #[test]
    fn pairs_out_of_the_vocabulary_are_left_out_and_counted() {
        let vectors = random(20, 5, 5);
        let text = "0 1 .5\n2 3 .1\n4 x .7\n6 19 .2\n7 8 .9\n";
        let pairs = parse(text).unwrap();
        let options = EvalOptions { restrict_vocab: Some(10), ..Default::default() };
        let scores = pairs.evaluate(&vectors, &options);
        assert_eq!((scores.found, scores.total), (3, 5));
        let cosine = |a, b| vectors.similarity_f64(crate::WordId(a), crate::WordId(b));
        let cosines = [cosine(0, 1), cosine(2, 3), cosine(7, 8)];
        assert_eq!(scores.spearman, spearman(&[0.5, 0.1, 0.9], &cosines));
        assert_eq!(scores.pearson, crate::eval::pearson(&[0.5, 0.1, 0.9], &cosines));
        let json = serde_json::to_value(&scores).unwrap();
        assert_eq!((&json["found"], &json["total"]), (&3.into(), &5.into()));

        let none = parse("x y 1").unwrap().evaluate(&vectors, &options);
        assert_eq!((none.spearman, none.pearson, none.found), (None, None, 0));
    }
}
