//! Words with the class they belong to: do clusters of vectors find the classes again?
//!
//! In: files such as those of Almuhareb & Poesio (AP), BLESS and ESSLLI-2008 (Baroni, Dinu &
//! Kruszewski 2014, "Don't count, predict!", section 2). Out: [`CategoryScores`], the purity of a
//! [clustering](super::cluster) into as many clusters as classes: the share of words that are of the
//! most frequent class of their cluster. As many clusters as words would be pure, so purities of sets
//! with other numbers of classes are not comparable; by chance the 21 classes of AP give about .2.
//!
//! Two forms of file are read: CSV with a header that names the columns `category` and `word` (others
//! are not looked at), and two columns, separated by a tab, comma or space. Which of two columns
//! without names is the class is told by the content: the one with fewer different entries.
//!
//! A word out of the vocabulary is left out and counted, and a class without a word left is not
//! sought. A word that stands in two classes counts as two words.

use super::cluster::cluster;
use super::lookup::Lookup;
use super::rows::{Row, columns, rows};
use super::{EvalOptions, Outcomes, damaged, read};
use crate::corpus::Encoding;
use crate::error::{Error, Result};
use crate::shown::quoted;
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use std::collections::HashSet;
use std::path::Path;

const FORMAT: &str = "word categories";
const EXPECTED: &str =
    "a class and a word, as columns `category` and `word` of a CSV file or as two columns";

/// A class and its words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Category {
    /// The name of the class.
    pub name: String,
    /// Its words, in the order of the file.
    pub words: Vec<String>,
}

/// The classes of a file, in the order of their first words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordCategories {
    /// At least two.
    pub categories: Vec<Category>,
    /// Lines without a word, which say nothing: the files of AP and BLESS have one for
    /// most classes.
    pub blank: usize,
}

/// How well clusters of vectors agree with classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CategoryScores {
    /// The share of words that are of the most frequent class of their cluster; none where no word
    /// was found.
    pub purity: Option<f64>,
    /// Number of clusters: classes of which a word was found.
    pub clusters: usize,
    /// Words in the vocabulary.
    pub found: usize,
    /// Words in the file.
    pub total: usize,
    /// The cluster and class of each word found, in the order of the file.
    #[serde(skip)]
    pub words: Vec<(u32, u32)>,
}

impl WordCategories {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and as [`WordCategories::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_in(path.as_ref(), None)
    }

    pub(super) fn read_in(path: &Path, encoding: Option<Encoding>) -> Result<Self> {
        Self::parse(&read(path, FORMAT, encoding)?, path)
    }

    /// Classes out of the text of a file; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) for a line that has not the columns of the first, and
    /// for fewer than two classes.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::WordCategories;
    /// let text = ",category,word\n0,fruit,apple\n1,fruit,fig\n2,tool,saw\n";
    /// let classes = WordCategories::parse(text, Path::new("mine.csv"))?;
    /// assert_eq!(classes.categories[0].words, ["apple", "fig"]);
    /// let columns = WordCategories::parse("apple fruit\nfig fruit\nsaw tool\n", Path::new("mine.txt"))?;
    /// assert_eq!(columns, classes);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let rows = rows(text, path, FORMAT, &NAMES, |fields| fields.len() == 2)?;
        let rows = match columns(&rows, NAMES) {
            Some(columns) => with_header(&rows, columns, path)?,
            None => two_columns(&rows, path)?,
        };
        let mut classes = WordCategories::default();
        for [class, word] in rows {
            if word.is_empty() {
                classes.blank += 1;
                continue;
            }
            let known = classes.categories.iter_mut().find(|c| c.name == class);
            match known {
                Some(category) => category.words.push(word),
                None => classes.categories.push(Category { name: class, words: vec![word] }),
            }
        }
        let problem = match (classes.categories.len(), classes.len()) {
            (0, _) => "nothing to ask in it, expected words of two classes or more".to_owned(),
            (1, words) => format!(
                "all {words} words are of one class, {:?}: every clustering is pure; expected two \
                 classes or more",
                classes.categories[0].name
            ),
            (n, words) if n == words => format!(
                "{n} classes of one word each: every clustering is pure; expected classes of several \
                 words. Lines of a word and its answers, one relation in the file (BATS), are analogies"
            ),
            _ => return Ok(classes),
        };
        Err(Error::format(path, FORMAT, "whole file", problem))
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.categories.iter().map(|class| class.words.len()).sum()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Clusters the words by their cosines in `vectors` and compares the clusters with the classes.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::{Vocab, WordVectors, eval::{EvalOptions, WordCategories}};
    /// let vocab = Vocab::new([("cat", 9), ("car", 8), ("dog", 7), ("bus", 6)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![0.9, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2, 0.9])?;
    /// let text = "animal cat\nanimal dog\nanimal yeti\nvehicle car\nvehicle bus\n";
    /// let classes = WordCategories::parse(text, Path::new("mine.txt"))?;
    /// let scores = classes.evaluate(&vectors, &EvalOptions::default());
    /// assert_eq!((scores.purity, scores.found, scores.total), (Some(1.0), 4, 5));
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn evaluate(&self, vectors: &WordVectors, options: &EvalOptions) -> CategoryScores {
        let lookup = Lookup::new(vectors, options);
        // (id, class) of each word found, in the order of the file.
        let mut found: Vec<(WordId, u32)> = Vec::new();
        let mut classes = 0;
        for category in &self.categories {
            let ids: Vec<WordId> = category.words.iter().filter_map(|w| lookup.find(w)).collect();
            found.extend(ids.iter().map(|&id| (id, classes)));
            classes += u32::from(!ids.is_empty());
        }
        // Files list words by class: ties must not fall to neighbours in the file. The same
        // order for every table, since it depends on the number of words only.
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(1));
        let ids: Vec<WordId> = order.iter().map(|&word| found[word].0).collect();
        let clusters = cluster(&cosines(vectors, &ids), ids.len(), classes as usize);
        let mut words = vec![(0, 0); found.len()];
        for (&word, cluster) in order.iter().zip(clusters) {
            words[word] = (cluster, found[word].1);
        }
        CategoryScores {
            purity: Outcomes::Clusters(words.clone()).score(),
            clusters: classes as usize,
            found: found.len(),
            total: self.len(),
            words,
        }
    }
}

/// The n×n cosines of words, symmetric to the bit.
fn cosines(vectors: &WordVectors, ids: &[WordId]) -> Vec<f64> {
    let row = |i: usize| -> Vec<f64> {
        ids[..i].iter().map(|&b| vectors.similarity_f64(ids[i], b)).collect()
    };
    let below = vectors.threads().map(ids.len(), 16, row);
    let n = ids.len();
    let mut cosines = vec![1.0; n * n];
    for (i, row) in below.iter().enumerate() {
        for (j, &cosine) in row.iter().enumerate() {
            cosines[i * n + j] = cosine;
            cosines[j * n + i] = cosine;
        }
    }
    cosines
}

/// The columns that are looked at.
const NAMES: [&str; 2] = ["category", "word"];

fn with_header(rows: &[Row<'_>], columns: [usize; 2], path: &Path) -> Result<Vec<[String; 2]>> {
    let row = |row: &Row<'_>| match columns.map(|column| row.fields.get(column)) {
        [Some(class), Some(word)] => Ok([class.clone(), word.clone()]),
        _ => Err(bad(path, row)),
    };
    rows.iter().skip(1).map(row).collect()
}

/// Headings of two columns.
const HEADINGS: [&str; 9] =
    ["category", "class", "cluster", "concept", "group", "label", "type", "term", "word"];

/// Whether a row names two columns.
pub(super) fn is_heading(fields: &[String]) -> bool {
    let known = |field: &String| HEADINGS.iter().any(|name| field.eq_ignore_ascii_case(name));
    fields.len() == 2 && fields.iter().all(known)
}

fn two_columns(rows: &[Row<'_>], path: &Path) -> Result<Vec<[String; 2]>> {
    let mut pairs = Vec::new();
    for (nth, row) in rows.iter().enumerate() {
        match <[String; 2]>::try_from(row.fields.clone()) {
            Ok(_) if nth == 0 && is_heading(&row.fields) => {}
            Ok(pair) => pairs.push(pair),
            Err(_) => return Err(bad(path, row)),
        }
    }
    if different(&pairs, 1) < different(&pairs, 0) {
        pairs.iter_mut().for_each(|pair| pair.reverse());
    }
    Ok(pairs)
}

/// Number of different entries of a column.
pub(super) fn different(pairs: &[[String; 2]], column: usize) -> usize {
    pairs.iter().map(|pair| pair[column].as_str()).collect::<HashSet<&str>>().len()
}

fn bad(path: &Path, row: &Row<'_>) -> Error {
    let (fields, line) = (row.fields.len(), quoted(row.line));
    let problem = format!("{fields} fields in {line}, expected {EXPECTED}");
    damaged(path, FORMAT, row.number, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;
    use crate::vocab::Vocab;

    fn parse(text: &str) -> Result<WordCategories> {
        WordCategories::parse(text, Path::new("classes.csv"))
    }

    fn shown(text: &str) -> String {
        let classes = parse(text).unwrap();
        let class = |c: &Category| format!("{}: {}", c.name, c.words.join(" "));
        let shown: Vec<String> = classes.categories.iter().map(class).collect();
        format!("{} | {}", shown.join("; "), classes.blank)
    }

    #[test]
    fn the_files_as_they_come() {
        assert_eq!(
            shown("\u{feff},category,word\r\n0,a b,x\r\n1,c,y\r\n2,a b,z\r\n3,c,\r\n"),
            "a b: x z; c: y | 1"
        );
        assert_eq!(shown("Word,id,Category\n\"x, y\",1,k\nz,2,l\nw,3,l\n"), "k: x, y; l: z w | 0");
        assert_eq!(
            shown("# a note\ncat\tanimal\ndog\tanimal\ncar\tthing\n"),
            "animal: cat dog; thing: car | 0"
        );
        assert_eq!(
            shown("Word;Class\r\ncat;animal\r\ndog;animal\r\ncar;thing\r\n"),
            "animal: cat dog; thing: car | 0"
        );
        assert_eq!(shown("animal,cat\nanimal,dog\nthing,car\n"), "animal: cat dog; thing: car | 0");
    }

    #[test]
    fn bad_lines_are_named() {
        let message = |text| parse(text).unwrap_err().to_string();
        assert_eq!(
            message(",category,word\n0,fruit,fig\n1,fruit\n"),
            format!(
                "classes.csv: word categories: line 3: 2 fields in \"1,fruit\", expected {EXPECTED}"
            )
        );
        assert_eq!(
            message("a b\nc d e\n"),
            format!(
                "classes.csv: word categories: line 2: 3 fields in \"c d e\", expected {EXPECTED}"
            )
        );
        let whole = |problem: &str| format!("classes.csv: word categories: whole file: {problem}");
        assert_eq!(
            message(",category,word\n0,fruit,fig\n"),
            whole(
                "all 1 words are of one class, \"fruit\": every clustering is pure; expected two classes \
                 or more"
            )
        );
        let nothing = "nothing to ask in it, expected words of two classes or more";
        assert_eq!(message(""), whole(nothing));
        assert!(message("a,x\nb,y\n").contains("2 classes of one word each"));
        assert!(message("class word\na x\nb y\n").contains("2 classes of one word each"));
    }

    #[test]
    fn classes_without_a_word_are_not_sought() {
        let vectors = random(40, 3, 4);
        let text = "a,0\na,1\na,2\nb,x\nb,y\nc,3\nc,4\nc,5\nc,39\n";
        let options = EvalOptions { restrict_vocab: Some(30), ..Default::default() };
        let scores = parse(text).unwrap().evaluate(&vectors, &options);
        assert_eq!((scores.clusters, scores.found, scores.total), (2, 6, 9));
        assert!(scores.purity.unwrap() >= 0.5);
        let none = parse("a,x\nb,y\nb,z\n").unwrap().evaluate(&vectors, &options);
        assert_eq!((none.purity, none.clusters, none.found), (None, 0, 0));
    }

    /// Where all words are equally far apart the clusters know nothing of the classes, although the
    /// file lists the words by class.
    #[test]
    fn ties_do_not_follow_the_file() {
        let words: Vec<String> = (0..120).map(|i| format!("w{i}")).collect();
        let vocab = Vocab::new(words.iter().map(|word| (word.as_str(), 1)));
        let mut identity = vec![0.0; 120 * 120];
        (0..120).for_each(|i| identity[i * 121] = 1.0);
        let vectors = WordVectors::new(vocab, 120, identity).unwrap();
        let lines: String = (0..120).map(|i| format!("c{},w{i}\n", i / 10)).collect();
        let scores = parse(&lines).unwrap().evaluate(&vectors, &EvalOptions::default());
        assert_eq!(scores.clusters, 12);
        assert!(scores.purity.unwrap() < 0.4, "{:?}", scores.purity);
    }
}
