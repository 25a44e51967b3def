//! An evaluation set of any kind, told by its content.
//!
//! In: a file. Out: an [`EvalSet`], which any table of vectors can be asked, and [`SetScores`].
//!
//! A first line that names columns (`category` and `word`, or `outliers` too) is CSV of that kind. Else the
//! first lines vote, without comments and without the first of a file, which may be a header: four words, or
//! `: name`, is analogies; two words and a number (behind a part of speech, perhaps) is pairs; two fields
//! are classes or a relation of BATS; and one word a line, with an empty line between, is a group with
//! outliers. A kind needs more than half of the votes; it then reads the file and names the lines that do
//! not fit.
//!
//! Two fields a line are told apart by how often entries return: classes have two words or more in the mean.
//! A relation of BATS has answers with slashes, or stands in a folder of relations. Other lists of two
//! words could be either, and are refused with the ways to say which. A folder is one set, of relations or
//! of groups.

use super::analogies::relation;
use super::categories::{different, is_heading};
use super::pairs::is_pair;
use super::rows::{SAMPLE, columns, is_comment, rows};
use super::{
    AnalogyQuestions, AnalogyScores, CategoryScores, EvalOptions, OddGroups, OddScores, Outcomes,
    PairScores, WordCategories, WordPairs, damaged, files, lines, read,
};
use crate::corpus::Encoding;
use crate::error::{Error, Result};
use crate::shown::quoted;
use crate::vectors::{AnalogyMethod, WordVectors};
use serde::Serialize;
use std::path::Path;

const FORMAT: &str = "evaluation set";

/// What a set asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SetKind {
    /// Analogy questions.
    Analogies,
    /// Rated word pairs.
    Pairs,
    /// Words with classes.
    Categories,
    /// Groups with outliers.
    Odd,
}

/// An evaluation set.
#[derive(Clone, Debug, PartialEq)]
pub enum EvalSet {
    /// Analogy questions.
    Analogies(AnalogyQuestions),
    /// Rated word pairs.
    Pairs(WordPairs),
    /// Words with classes.
    Categories(WordCategories),
    /// Groups with outliers.
    Odd(OddGroups),
}

/// What a table of vectors scored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SetScores {
    /// Of analogy questions.
    Analogies(AnalogyScores),
    /// Of rated word pairs.
    Pairs(PairScores),
    /// Of words with classes.
    Categories(CategoryScores),
    /// Of groups with outliers.
    Odd(OddScores),
}

impl SetKind {
    /// The name of the kind, as in flags and JSON.
    pub fn name(self) -> &'static str {
        match self {
            SetKind::Analogies => "analogies",
            SetKind::Pairs => "pairs",
            SetKind::Categories => "categories",
            SetKind::Odd => "odd",
        }
    }

    /// The kind of the text of a file, or what it looks like instead.
    fn sniff(text: &str, path: &Path, in_folder: bool) -> Result<Self> {
        let content = || lines(text).filter(|(_, line)| !is_comment(line));
        let first = content().next().unwrap_or((1, ""));
        let named = rows(first.1, path, FORMAT, &["category"], |fields| fields.len() > 1)?;
        if columns(&named, ["category", "outliers"]).is_some() {
            return Ok(SetKind::Odd);
        }
        if columns(&named, ["category", "word"]).is_some() {
            return Ok(SetKind::Categories);
        }
        let [several, few] = [content().count() > 1, content().count() <= 1];
        let of_pairs = |fields: &[String]| is_pair(fields) || few && fields.len() > 2;
        let scored = rows(text, path, FORMAT, &[], of_pairs);
        let scored = scored.as_deref().unwrap_or_default();
        let scored: Vec<usize> =
            scored.iter().filter(|r| is_pair(&r.fields)).map(|r| r.number).collect();
        let mut votes = [0; 4];
        let mut voters = 0;
        for (number, line) in content().skip(usize::from(several)).take(SAMPLE) {
            voters += 1;
            let words = line.split_ascii_whitespace().count();
            let kind = match () {
                _ if line.starts_with(':') => SetKind::Analogies,
                _ if scored.binary_search(&number).is_ok() => SetKind::Pairs,
                // A tab may stand among spaces: `a b\tc d` are four words all the same.
                _ if words == 4 && !line.contains([',', ';', '/']) => SetKind::Analogies,
                _ if two_fields(line).is_some() => SetKind::Categories,
                _ if words == 1 => SetKind::Odd,
                _ => continue,
            };
            votes[kind as usize] += 1;
        }
        let kinds = [SetKind::Analogies, SetKind::Pairs, SetKind::Categories, SetKind::Odd];
        let most = kinds.into_iter().find(|&kind| 2 * votes[kind as usize] > voters);
        let unknown = |problem: String| Err(damaged(path, FORMAT, first.0, problem));
        match most {
            Some(SetKind::Categories) => {
                classes_or_relation(&content().map(|(_, line)| line).collect::<Vec<_>>(), in_folder)
                    .map_or_else(
                        |problem| Err(Error::format(path, FORMAT, "whole file", problem)),
                        Ok,
                    )
            }
            Some(SetKind::Odd) if !text.trim().lines().any(|line| line.trim().is_empty()) => {
                unknown(format!("one word a line, as a list of words; expected {EXPECTED}"))
            }
            Some(kind) => Ok(kind),
            None => {
                unknown(format!("{} is of no known kind; expected {EXPECTED}", quoted(first.1)))
            }
        }
    }
}

/// What a set may be.
const EXPECTED: &str = "four words (analogies), a word, a tab and its answers (BATS, analogies), two words and \
                        a score (pairs), a class and a word (categories), or words and, behind an empty line, \
                        outliers (odd one out)";

/// The two fields of a line, by tab, `;`, comma or spaces.
fn two_fields(line: &str) -> Option<[String; 2]> {
    let rows = rows(line, Path::new(""), FORMAT, &[], |fields| fields.len() == 2).ok()?;
    <[String; 2]>::try_from(rows.into_iter().next()?.fields).ok()
}

/// Whether lines of two fields are words with classes or a relation of BATS; or what they look like.
fn classes_or_relation(lines: &[&str], in_folder: bool) -> std::result::Result<SetKind, String> {
    let mut pairs: Vec<[String; 2]> = lines.iter().filter_map(|line| two_fields(line)).collect();
    if pairs.first().is_some_and(|pair| is_heading(pair)) {
        pairs.remove(0);
    }
    let classes = different(&pairs, 0).min(different(&pairs, 1));
    let slashes = lines
        .iter()
        .filter(|line| relation(line).is_some_and(|(_, a)| a.len() > 1 && line.contains('/')));
    match slashes.count() {
        _ if 2 * classes <= pairs.len() => Ok(SetKind::Categories),
        0 if !in_folder => Err(format!(
            "a list of word pairs: in {} lines of two words neither column has fewer than {classes} different \
             entries. It can be a relation, whose pairs answer each other (BATS): name the file as \
             `analogies`; or words with classes: name it as `categories`; pairs with a score need a third \
             column",
            pairs.len()
        )),
        _ => Ok(SetKind::Analogies),
    }
}

impl EvalSet {
    /// Reads a file of any kind, or a folder of one kind.
    ///
    /// # Errors
    /// [`Error::Io`], as [`EvalSet::parse`], and [`Error::Format`] for a folder whose files are not all
    /// relations of BATS or groups with outliers.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_in(path, None, None)
    }

    /// Reads a file as a set of a known kind; a folder too where each of its files is a part of a set:
    /// relations of BATS, groups with outliers.
    ///
    /// # Errors
    /// As [`EvalSet::read`].
    pub fn read_as(kind: SetKind, path: impl AsRef<Path>) -> Result<Self> {
        Self::read_in(path, Some(kind), None)
    }

    /// [`EvalSet::read`], or where the kind is known [`EvalSet::read_as`], of files that are in `encoding`
    /// where they are not UTF-8.
    ///
    /// # Errors
    /// As [`EvalSet::read`].
    pub fn read_in(
        path: impl AsRef<Path>,
        kind: Option<SetKind>,
        encoding: Option<Encoding>,
    ) -> Result<Self> {
        let path = path.as_ref();
        let kind = match kind {
            Some(kind) => kind,
            None if path.is_dir() => Self::kind_of_folder(path, encoding)?,
            None => return Self::parse(&read(path, FORMAT, encoding)?, path),
        };
        Ok(match kind {
            SetKind::Analogies => EvalSet::Analogies(AnalogyQuestions::read_in(path, encoding)?),
            SetKind::Odd => EvalSet::Odd(OddGroups::read_in(path, encoding)?),
            SetKind::Pairs => EvalSet::Pairs(WordPairs::read_in(path, encoding)?),
            SetKind::Categories => EvalSet::Categories(WordCategories::read_in(path, encoding)?),
        })
    }

    /// The kind of all files of a folder, where they are parts of one set.
    fn kind_of_folder(path: &Path, encoding: Option<Encoding>) -> Result<SetKind> {
        let mut kinds = Vec::new();
        for file in files(path)? {
            kinds.push((SetKind::sniff(&read(&file, FORMAT, encoding)?, &file, true)?, file));
        }
        let kind = kinds[0].0;
        let other = kinds.iter().find(|(other, _)| *other != kind);
        let problem = match (kind, other) {
            (SetKind::Analogies | SetKind::Odd, None) => return Ok(kind),
            (_, None) => format!("{} files of {}; name each file", kinds.len(), kind.name()),
            (_, Some((other, file))) => format!(
                "{} holds {}, and {} holds {}; name each file",
                kinds[0].1.display(),
                kind.name(),
                file.display(),
                other.name()
            ),
        };
        Err(Error::format(path, FORMAT, "whole folder", problem))
    }

    /// A set out of the text of a file; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) where the content is of no known kind, or damaged.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::{EvalSet, SetKind};
    /// let kind = |text| EvalSet::parse(text, Path::new("mine.txt")).map(|set| set.kind());
    /// assert_eq!(kind("king queen man woman\n")?, SetKind::Analogies);
    /// assert_eq!(kind("tiger\tcat\t7.35\n")?, SetKind::Pairs);
    /// assert_eq!(kind("fig fruit\nplum fruit\nsaw tool\nfile tool\n")?, SetKind::Categories);
    /// assert_eq!(kind("able\tunable/incapable\nfair\tunfair\n")?, SetKind::Analogies);
    /// assert!(kind("fig fruit\nsaw tool\n").is_err(), "classes of one word each, or a relation");
    /// assert_eq!(kind("tiger\nlion\n\ndog\n")?, SetKind::Odd);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse_as(SetKind::sniff(text, path, false)?, text, path)
    }

    fn parse_as(kind: SetKind, text: &str, path: &Path) -> Result<Self> {
        Ok(match kind {
            SetKind::Analogies => EvalSet::Analogies(AnalogyQuestions::parse(text, path)?),
            SetKind::Pairs => EvalSet::Pairs(WordPairs::parse(text, path)?),
            SetKind::Categories => EvalSet::Categories(WordCategories::parse(text, path)?),
            SetKind::Odd => EvalSet::Odd(OddGroups::parse(text, path)?),
        })
    }

    /// What the set asks.
    pub fn kind(&self) -> SetKind {
        match self {
            EvalSet::Analogies(_) => SetKind::Analogies,
            EvalSet::Pairs(_) => SetKind::Pairs,
            EvalSet::Categories(_) => SetKind::Categories,
            EvalSet::Odd(_) => SetKind::Odd,
        }
    }

    /// Asks `vectors` everything; `method` is for analogies.
    pub fn evaluate(
        &self,
        vectors: &WordVectors,
        method: AnalogyMethod,
        options: &EvalOptions,
    ) -> SetScores {
        match self {
            EvalSet::Analogies(set) => SetScores::Analogies(set.evaluate(vectors, method, options)),
            EvalSet::Pairs(set) => SetScores::Pairs(set.evaluate(vectors, options)),
            EvalSet::Categories(set) => SetScores::Categories(set.evaluate(vectors, options)),
            EvalSet::Odd(set) => SetScores::Odd(set.evaluate(vectors, options)),
        }
    }
}

impl SetScores {
    /// Items that were asked, and items of the file.
    pub fn coverage(&self) -> [usize; 2] {
        match self {
            SetScores::Analogies(scores) => [scores.total.covered, scores.total.total],
            SetScores::Pairs(scores) => [scores.found, scores.total],
            SetScores::Categories(scores) => [scores.found, scores.total],
            SetScores::Odd(scores) => [scores.covered, scores.total],
        }
    }

    /// What each item asked came to. The score of all of them is the accuracy, Spearman's
    /// correlation or the purity.
    pub fn outcomes(&self) -> Outcomes {
        match self {
            SetScores::Analogies(scores) => Outcomes::Credits(scores.credits.clone()),
            SetScores::Pairs(scores) => {
                Outcomes::Pairs { judged: scores.judged.clone(), cosines: scores.cosines.clone() }
            }
            SetScores::Categories(scores) => Outcomes::Clusters(scores.words.clone()),
            SetScores::Odd(scores) => Outcomes::Credits(scores.credits.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::random;

    fn kind(text: &str) -> Result<SetKind> {
        EvalSet::parse(text, Path::new("set.txt")).map(|set| set.kind())
    }

    #[test]
    fn kinds_are_told_by_content() {
        for (text, expected) in [
            (": family\na b c d\n", SetKind::Analogies),
            ("//Copyright of somebody\n: s\na b c d\n", SetKind::Analogies),
            ("word1\tword2\tPOS\tSimLex999\nold\tnew\tA\t1.58\n", SetKind::Pairs),
            ("Word 1,Word 2,Human (mean)\nlove,sex,6.77\n", SetKind::Pairs),
            ("座椅 坐椅 4.0 4 4 4 \n", SetKind::Pairs),
            ("钱\t 现金\t4.58\n", SetKind::Pairs),
            ("w1 w2 score\na b 1\n", SetKind::Pairs),
            (",category,word\n0,a,b\n1,c,d\n2,c,e\n", SetKind::Categories),
            ("id;Category;Word\n0;a;b\n1;c;d\n2;c;e\n", SetKind::Categories),
            ("a\tk\nb\tl\nc\tk\nd\tl\n", SetKind::Categories),
            ("k a\nl b\nk c\nl d\n", SetKind::Categories),
            (",category,outliers,words\n0,a,\"['b']\",\"['c', 'd']\"\n", SetKind::Odd),
            ("a\nb\n\nc\n", SetKind::Odd),
            ("able\tunable/incapable\nfair\tunfair\nkind\tunkind\n", SetKind::Analogies),
            ("tiger;cat;7,35\nfig;plum;6,1\n", SetKind::Pairs),
            ("\"tiger\",\"cat\",\"7.35\"\n\"a, b\",\"c\",\"1\"\n", SetKind::Pairs),
            ("one 1 two 2\nfig 3 plum 4\npear 5 nut 6\n", SetKind::Analogies),
        ] {
            // Comments, line ends and a byte order mark change nothing, and where lines have columns
            // neither does a header.
            let comment = format!("# a note; of \"some, kind\n{text}");
            let crlf = format!("\u{feff}{}", text.replace('\n', "\r\n"));
            let header = match expected {
                SetKind::Pairs if !text.contains("ord") && !text.contains("core") => {
                    "word1\tword2\tscore\n"
                }
                SetKind::Categories if !text.contains("ategory") => "word\tclass\n",
                _ => "",
            };
            let header = match [';', ','].into_iter().find(|&c| text.contains(c)) {
                Some(separator) => header.replace('\t', &separator.to_string()),
                None => header.to_owned(),
            };
            for text in [text.to_owned(), comment, crlf, format!("{header}{text}")] {
                assert_eq!(
                    kind(&text).unwrap_or_else(|e| panic!("{text}: {e}")),
                    expected,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_set_is_refused_with_what_it_looks_like() {
        let message = |text: &str| kind(text).unwrap_err().to_string();
        assert!(message("a b c d e f\n").starts_with(
            "set.txt: evaluation set: line 1: \"a b c d e f\" is of no known kind; expected four words"
        ));
        assert!(message("").contains("of no known kind"));
        // The kind of most lines names the line that does not fit.
        assert!(
            message("a b c d\ne f g h\ni j k l\ni j k\n")
                .starts_with("set.txt: analogy questions: line 4")
        );
        // A text of which some lines have four words.
        assert!(
            message("a\nb c\nThe king rules here\nand so on and on\nx y z u v w\n")
                .contains("no known kind")
        );
        let pairs = "able\tunable\nfair\tunfair\nkind\tunkind\n";
        for text in [pairs.to_owned(), pairs.replace('\t', ","), format!("word\tclass\n{pairs}")] {
            assert!(
                message(&text).starts_with(
                    "set.txt: evaluation set: whole file: a list of word pairs: in 3 lines of two words \
                     neither column has fewer than 3 different entries. It can be a relation"
                ),
                "{}",
                message(&text)
            );
        }
        let list = message("tiger\nlion\ndog\n");
        assert!(
            list.contains("one word a line, as a list of words; expected four words"),
            "{list}"
        );
        assert!(message("a b 1\nc d 1\n").contains("all 2 scores are 1"));
        assert!(message("category,word\nk,a\nk,b\n").contains("all 2 words are of one class"));
        assert!(
            message("a b NaN\nc d 1\ne f 2\n").contains("word pairs: line 1: no finite number")
        );
    }

    #[test]
    fn a_folder_is_one_set() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        // The second has no slash: beside the first it is a relation too.
        write("D01.txt", "able\tunable/incapable\nfair\tunfair\n");
        write("I01.txt", "album\talbums\ncar\tcars\nking\tkings\n");
        let set = EvalSet::read(folder.path()).unwrap();
        assert_eq!(set.kind(), SetKind::Analogies);
        write("sim.txt", "a b 1\nc d 2\n");
        let message = EvalSet::read(folder.path()).unwrap_err().to_string();
        assert!(
            message.contains("holds analogies, and") && message.contains("holds pairs"),
            "{message}"
        );
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("cats.txt", "lion\nlynx\n\ndog\n");
        write("fruit.txt", "fig\nplum\n\ndog\n");
        assert_eq!(EvalSet::read(folder.path()).unwrap().kind(), SetKind::Odd);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sim.txt"), "a b 1\nc d 2\n").unwrap();
        let message = EvalSet::read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("1 files of pairs; name each file"), "{message}");
    }

    #[test]
    fn any_kind_is_asked_and_its_outcomes_score_the_same() {
        let vectors = random(30, 4, 1);
        let options = EvalOptions::default();
        let method = AnalogyMethod::CosAdd;
        for (kind, text, covered, total) in [
            (SetKind::Analogies, "1 2 3 4\n5 6 7 8\n1 2 3 x\n", 2, 3),
            (SetKind::Pairs, "1 2 .5\n3 4 .1\n5 6 .2\n7 x .3\n", 3, 4),
            (SetKind::Categories, "a 1\na 2\nb 3\nb x\n", 3, 4),
            (SetKind::Odd, "1\n2\n3\n\n4\nx\n", 1, 2),
        ] {
            let set = EvalSet::parse_as(kind, text, Path::new("set.txt")).unwrap();
            assert_eq!(set.kind(), kind);
            let scores = set.evaluate(&vectors, method, &options);
            assert_eq!(scores.coverage(), [covered, total], "{text}");
            let expected = match &scores {
                SetScores::Analogies(scores) => scores.total.accuracy(),
                SetScores::Pairs(scores) => scores.spearman,
                SetScores::Categories(scores) => scores.purity,
                SetScores::Odd(scores) => scores.accuracy,
            };
            assert_eq!(scores.outcomes().len(), covered);
            assert_eq!(scores.outcomes().score(), expected);
        }
    }
}
