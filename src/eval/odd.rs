//! Odd one out: is a word that does not belong to a group the one that is least like the others?
//!
//! In: groups of words with outliers, as in 8-8-8 (Camacho-Collados & Navigli 2016, "Find the word that
//! does not belong"). Each outlier is a question: it is put among the words of its group, and all are
//! ranked by their mean cosine with the others. Out: [`OddScores`]: accuracy, the share of questions
//! in which the outlier comes last, and OPP (outlier position percentage), the mean of its position
//! among the n words of the group, first = 0 and last = 1.
//!
//! The paper ranks by compactness, the mean cosine of all pairs without the word: that is the same
//! order, since the sum over all pairs is the same for each word and only its own pairs are left out.
//!
//! An outlier out of the vocabulary is not asked, words of the group out of it are left out, and a
//! question needs two words of the group besides the outlier; `covered` of `total` says what was
//! asked. Where the outlier shares the lowest mean with others, the question earns its share, 1 ÷ the
//! number of them (and OPP the middle of their positions): chance for one-hot vectors, whose cosines
//! are all 0.
//!
//! Two forms of file are read: CSV with the columns `category`, `outliers` and `words`, the last two
//! Python lists; and the published one, a group in each file of a folder: its words one a line, an empty
//! line, and the outliers. A group without an outlier, or with fewer than two words, is an error.

use super::lookup::Lookup;
use super::rows::{Row, columns, is_comment, python_list, rows};
use super::{EvalOptions, damaged, files, read};
use crate::corpus::Encoding;
use crate::error::{Error, Result};
use crate::shown::quoted;
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use serde::Serialize;
use std::path::Path;

const FORMAT: &str = "odd one out";
const EXPECTED: &str = "columns `category`, `words` and `outliers`, the last two as ['a', 'b']";

/// Words that belong together, and words that do not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OddGroup {
    /// The name of the group.
    pub name: String,
    /// Its words.
    pub words: Vec<String>,
    /// A question each.
    pub outliers: Vec<String>,
}

/// The groups of a file, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OddGroups {
    /// At least one, with at least one outlier in all.
    pub groups: Vec<OddGroup>,
}

/// How well vectors find outliers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OddScores {
    /// Share of the questions asked in which the outlier is least like the others; none where nothing
    /// was asked.
    pub accuracy: Option<f64>,
    /// Outlier position percentage, as a share in 0..=1.
    pub opp: Option<f64>,
    /// Questions asked.
    pub covered: usize,
    /// Questions in the file.
    pub total: usize,
    /// What each question that was asked earned, 0 to 1, in the order of the file.
    #[serde(skip)]
    pub credits: Vec<f64>,
}

impl OddGroups {
    /// Reads a file, or a folder of the published form.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and as [`OddGroups::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_in(path.as_ref(), None)
    }

    pub(super) fn read_in(path: &Path, encoding: Option<Encoding>) -> Result<Self> {
        let mut groups = Vec::new();
        for file in files(path)? {
            groups.extend(Self::parse(&read(&file, FORMAT, encoding)?, &file)?.groups);
        }
        Ok(OddGroups { groups })
    }

    /// Groups out of the text of a file; `path` is for messages, and its stem names the group of a
    /// file that holds one.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) for a line that is no group, or where there is no
    /// outlier at all.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::OddGroups;
    /// let text = ",category,outliers,words\n0,cats,\"['dog', 'car']\",\"['tiger', 'lion', 'lynx']\"\n";
    /// let groups = OddGroups::parse(text, Path::new("mine.csv"))?;
    /// assert_eq!(groups.groups[0].outliers, ["dog", "car"]);
    /// let published = OddGroups::parse("tiger\nlion\nlynx\n\ndog\ncar\n", Path::new("cats.txt"))?;
    /// assert_eq!(published, groups);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let rows = rows(text, path, FORMAT, &NAMES, |_| false)?;
        let groups = match columns(&rows, NAMES) {
            Some(columns) => with_header(&rows, columns, path)?,
            None => vec![published(text, path)?],
        };
        let few = groups.iter().find(|group| group.words.len() < 2 || group.outliers.is_empty());
        let problem = match (groups.is_empty(), few) {
            (false, None) => return Ok(OddGroups { groups }),
            (true, _) => "nothing to ask in it, expected groups of words with outliers".to_owned(),
            (false, Some(group)) => format!(
                "the group {:?} has {} and {}, expected two words or more and an outlier; one a line, the \
                 outliers stand behind an empty line",
                group.name,
                counted(group.words.len(), "word"),
                counted(group.outliers.len(), "outlier"),
            ),
        };
        Err(Error::format(path, FORMAT, "whole file", problem))
    }

    /// Number of questions: outliers.
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.outliers.len()).sum()
    }

    /// Whether there is no question.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks `vectors` every question.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::{Vocab, WordVectors, eval::{EvalOptions, OddGroups}};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7), ("bus", 6)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2, 0.9])?;
    /// let groups = OddGroups::parse("cat\ndog\nyeti\n\ncar\nlorry\n", Path::new("animals.txt"))?;
    /// let scores = groups.evaluate(&vectors, &EvalOptions::default());
    /// assert_eq!((scores.accuracy, scores.covered, scores.total), (Some(1.0), 1, 2));
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn evaluate(&self, vectors: &WordVectors, options: &EvalOptions) -> OddScores {
        let lookup = Lookup::new(vectors, options);
        let find = |words: &[String]| -> Vec<WordId> {
            let mut ids: Vec<WordId> = words.iter().filter_map(|word| lookup.find(word)).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let mut credits = Vec::new();
        let mut positions = 0.0;
        for group in &self.groups {
            let words = find(&group.words);
            let cosine = |a: WordId, b: WordId| vectors.similarity_f64(a, b);
            // The sum of each word's cosines with the others of its group.
            let within = |&a: &WordId| {
                let others = words.iter().filter(|&&b| b != a);
                others.map(|&b| cosine(a, b)).sum::<f64>()
            };
            let within: Vec<f64> = words.iter().map(within).collect();
            for outlier in &group.outliers {
                let id = lookup.find(outlier).filter(|id| !words.contains(id));
                let Some(id) = id.filter(|_| words.len() >= 2) else {
                    continue;
                };
                let with_outlier: Vec<f64> = words.iter().map(|&word| cosine(word, id)).collect();
                let own: f64 = with_outlier.iter().sum();
                let sums: Vec<f64> = within.iter().zip(&with_outlier).map(|(w, o)| w + o).collect();
                let (credit, position) = judge(own, &sums);
                credits.push(credit);
                positions += position;
            }
        }
        let covered = credits.len();
        let mean = |sum: f64| (covered > 0).then(|| sum / covered as f64);
        OddScores {
            accuracy: mean(credits.iter().sum()),
            opp: mean(positions),
            covered,
            total: self.len(),
            credits,
        }
    }
}

/// Credit and position of an outlier whose sum of cosines is `own`, among words with other `sums`.
/// Sums within 1e-12 of each other are equal: they were added in another order.
fn judge(own: f64, sums: &[f64]) -> (f64, f64) {
    let below = sums.iter().filter(|&&sum| sum < own - 1e-12).count();
    let tied = sums.iter().filter(|&&sum| (sum - own).abs() <= 1e-12).count();
    let credit = match below {
        0 => 1.0 / (tied + 1) as f64,
        _ => 0.0,
    };
    let after = below as f64 + tied as f64 / 2.0;
    (credit, 1.0 - after / sums.len() as f64)
}

/// The columns that are looked at.
const NAMES: [&str; 3] = ["category", "words", "outliers"];

fn with_header(rows: &[Row<'_>], columns: [usize; 3], path: &Path) -> Result<Vec<OddGroup>> {
    let group = |row: &Row<'_>| -> Option<OddGroup> {
        let [name, words, outliers] = columns.map(|column| row.fields.get(column));
        // The file as it is passed on has an empty outlier in each list.
        let list = |field: &String| {
            let mut list = python_list(field)?;
            list.retain(|word| !word.trim().is_empty());
            Some(list)
        };
        Some(OddGroup { name: name?.clone(), words: list(words?)?, outliers: list(outliers?)? })
    };
    let group = |row: &Row<'_>| {
        let problem = || format!("no group in {}, expected {EXPECTED}", quoted(row.line));
        group(row).ok_or_else(|| damaged(path, FORMAT, row.number, problem()))
    };
    rows.iter().skip(1).map(group).collect()
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A group as the authors publish it: words, an empty line, outliers.
fn published(text: &str, path: &Path) -> Result<OddGroup> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut group = OddGroup { name: name.into_owned(), ..OddGroup::default() };
    let mut after = false;
    let lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !is_comment(line));
    for (number, line) in lines {
        if line.contains(char::is_whitespace) || line.contains(',') || (after && line.is_empty()) {
            let line = quoted(line);
            let problem = format!(
                "{line} in a file without {EXPECTED}; there, expected words one a line, one empty line, \
                 outliers one a line"
            );
            return Err(damaged(path, FORMAT, number, problem));
        }
        match line.is_empty() {
            true => after = !group.words.is_empty(),
            false if after => group.outliers.push(line.to_owned()),
            false => group.words.push(line.to_owned()),
        }
    }
    Ok(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;

    fn parse(text: &str) -> Result<OddGroups> {
        OddGroups::parse(text, Path::new("folder/cats.txt"))
    }

    #[test]
    fn the_files_as_they_come() {
        let text = "\u{feff},category,outliers,words\r\n0,Cats,\"['dog', 'O Hare', '']\",\"['lion', 'lynx']\"\r\n";
        let got = parse(text).unwrap();
        assert_eq!(got.groups[0].name, "Cats");
        assert_eq!(got.groups[0].outliers, ["dog", "O Hare"]);
        assert_eq!(got.groups[0].words, ["lion", "lynx"]);
        let got = parse("lion\r\nlynx\r\n\r\ndog\r\ncar\r\n").unwrap();
        assert_eq!((got.groups[0].name.as_str(), got.len()), ("cats", 2));
        let semicolons = "category;outliers;words\nA;['x'];['a', 'b']\n";
        assert_eq!(parse(semicolons).unwrap().groups[0].words, ["a", "b"]);
        let folder = tempfile::tempdir().unwrap();
        for name in ["cats", "apples"] {
            let text = format!("# a group\n{name}1\n{name}2\n\nx\n");
            std::fs::write(folder.path().join(name).with_extension("txt"), text).unwrap();
        }
        let got = OddGroups::read(folder.path()).unwrap();
        let names: Vec<&str> = got.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["apples", "cats"]);
    }

    #[test]
    fn bad_lines_are_named() {
        let message = |text| parse(text).unwrap_err().to_string();
        assert_eq!(
            message(",category,outliers,words\n0,cats,dog,lion\n"),
            format!(
                "folder/cats.txt: odd one out: line 2: no group in \"0,cats,dog,lion\", expected {EXPECTED}"
            )
        );
        let line = |text| message(text).split(": ").nth(2).unwrap().to_owned();
        assert_eq!(line("a\nb c\n\nd\n"), "line 2");
        assert_eq!(line("a\nb\n\nc\n\nd\n"), "line 5");
        let nothing = "folder/cats.txt: odd one out: whole file: nothing to ask in it, \
                       expected groups of words with outliers";
        assert_eq!(message(",category,outliers,words\n"), nothing);
        let few = |what: &str| {
            format!(
                "folder/cats.txt: odd one out: whole file: the group {what}, expected two words or more and \
                 an outlier; one a line, the outliers stand behind an empty line"
            )
        };
        assert_eq!(message("a\nb\nc\n"), few("\"cats\" has 3 words and 0 outliers"));
        assert_eq!(message("a\n\nc\n"), few("\"cats\" has 1 word and 1 outlier"));
        assert_eq!(message(""), few("\"cats\" has 0 words and 0 outliers"));
        let rows =
            ",category,outliers,words\n0,A,\"['x']\",\"['a', 'b']\"\n1,B,\"['']\",\"['a', 'b']\"\n";
        assert_eq!(message(rows), few("\"B\" has 2 words and 0 outliers"));
    }

    /// Agrees with the query, and with the compactness of the paper.
    #[test]
    fn questions_agree_with_their_definition() {
        let vectors = random(60, 5, 7);
        let mut right = 0.0;
        let mut places = 0.0;
        let text: String = (0..9).map(|i| format!("{}\n", i * 5)).collect();
        let outliers: Vec<u32> = (0..12).map(|i| i * 5 + 3).collect();
        let words = |outlier: u32| (0..9).map(|i| i * 5).chain([outlier]).map(WordId);
        for &outlier in &outliers {
            let ids: Vec<WordId> = words(outlier).collect();
            let ranked = vectors.outliers(&ids).unwrap();
            right += f64::from(u8::from(ranked[0].id.0 == outlier));
            let compactness = |left_out: WordId| {
                let rest = || words(outlier).filter(move |&id| id != left_out);
                let pairs =
                    rest().flat_map(|a| rest().filter(move |&b| b != a).map(move |b| (a, b)));
                pairs.map(|(a, b)| vectors.similarity_f64(a, b)).sum::<f64>()
            };
            let own = compactness(WordId(outlier));
            let less = words(outlier).filter(|&id| compactness(id) < own - 1e-9);
            places += less.count() as f64 / 9.0;
        }
        let asked: String = outliers.iter().map(|id| format!("{id}\n")).collect();
        let groups = parse(&format!("{text}\n{asked}")).unwrap();
        let scores = groups.evaluate(&vectors, &EvalOptions::default());
        assert_eq!(scores.covered, 12);
        assert!((scores.accuracy.unwrap() - right / 12.0).abs() < 1e-12);
        assert!((scores.opp.unwrap() - places / 12.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_unknown_is_not_asked_and_what_ties_earns_its_share() {
        let vectors = random(20, 4, 3);
        let options = EvalOptions::default();
        let score = |text: &str| parse(text).unwrap().evaluate(&vectors, &options);
        let scores = score("1\n2\nx\n\n3\ny\n2\n");
        assert_eq!((scores.covered, scores.total), (1, 3), "2 belongs to the group");
        let scores = score("1\nx\n\n3\n");
        assert_eq!((scores.accuracy, scores.opp, scores.covered), (None, None, 0));
        assert_eq!(judge(0.0, &[0.0; 8]), (1.0 / 9.0, 0.5));
        assert_eq!(judge(0.1, &[0.2, 0.1, 0.3, 0.4]), (0.5, 0.875));
        assert_eq!(judge(0.1, &[0.2, 0.0, 0.3, 0.4]), (0.0, 0.75));
        assert_eq!(judge(-0.1, &[0.2, 0.0]), (1.0, 1.0));
    }
}
