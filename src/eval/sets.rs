//! An evaluation set of any kind, told by its content.
//!
//! In: a file. Out: an [`EvalSet`], which any table of vectors can be asked, and [`SetScores`].
//!
//! What is looked at: a first line that names columns (`category` and `word`, or `outliers` too) is
//! CSV of that kind. Else the first lines vote, without comments and without the first of a file,
//! which may be a header: four words, or `: name`, is analogies; three fields or more, of which the
//! third (or the fourth, after a part of speech) is a number, is pairs; two fields are classes; and
//! one word a line with an empty line between is a group with outliers. The number of votes decides,
//! and the kind that was chosen then reads the file and names the lines that do not fit.

use super::{
    AnalogyQuestions, AnalogyScores, CategoryScores, EvalOptions, OddGroups, OddScores, Outcomes,
    PairScores, WordCategories, WordPairs, csv, damaged, lines, read,
};
use crate::error::Result;
use crate::shown::quoted;
use crate::vectors::{AnalogyMethod, WordVectors};
use serde::Serialize;
use std::path::Path;

/// Lines that vote.
const LINES: usize = 50;

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

    /// The kind of the text of a file; `None` where none fits any line.
    fn sniff(text: &str) -> Option<Self> {
        let first = lines(text).next()?.1;
        if let Some(columns) = csv::fields(first) {
            let has = |name: &str| columns.iter().any(|c| c.trim().eq_ignore_ascii_case(name));
            if has("category") && has("outliers") {
                return Some(SetKind::Odd);
            }
            if has("category") && has("word") {
                return Some(SetKind::Categories);
            }
        }
        let kinds = [SetKind::Analogies, SetKind::Pairs, SetKind::Categories, SetKind::Odd];
        let mut votes = [0; 4];
        let comment = |line: &str| line.starts_with('#') || line.starts_with("//");
        let mut voters: Vec<&str> = lines(text).map(|(_, line)| line).collect();
        voters.retain(|line| !comment(line));
        if voters.len() > 1 {
            voters.remove(0);
        }
        for line in voters.into_iter().take(LINES) {
            if let Some(kind) = Self::of_line(line) {
                votes[kind as usize] += 1;
            }
        }
        let most = votes.into_iter().max().filter(|&votes| votes > 0)?;
        kinds.into_iter().find(|&kind| votes[kind as usize] == most)
    }

    fn of_line(line: &str) -> Option<Self> {
        let separator = ['\t', ','].into_iter().find(|&c| line.contains(c));
        let fields: Vec<&str> = match separator {
            Some(separator) => line.split(separator).map(str::trim).collect(),
            None => line.split_ascii_whitespace().collect(),
        };
        let number = |field: &str| field.parse::<f64>().is_ok();
        match fields.as_slice() {
            _ if line.starts_with(':') => Some(SetKind::Analogies),
            [_, _, third, ..] if number(third) => Some(SetKind::Pairs),
            [_, _, _, fourth, ..] if number(fourth) => Some(SetKind::Pairs),
            // A tab may stand among spaces: `a b\tc d` are four words all the same.
            _ if line.split_ascii_whitespace().count() == 4 => Some(SetKind::Analogies),
            [_, _] => Some(SetKind::Categories),
            [_] => Some(SetKind::Odd),
            _ => None,
        }
    }
}

impl EvalSet {
    /// Reads a file of any kind.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and as [`EvalSet::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(&read(path, "evaluation set")?, path)
    }

    /// Reads a file as a set of a known kind.
    ///
    /// # Errors
    /// As [`EvalSet::read`].
    pub fn read_as(kind: SetKind, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse_as(kind, &read(path, kind.name())?, path)
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
    /// assert_eq!(kind("fig fruit\nsaw tool\n")?, SetKind::Categories);
    /// assert_eq!(kind("tiger\nlion\n\ndog\n")?, SetKind::Odd);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let Some(kind) = SetKind::sniff(text) else {
            let (number, line) = lines(text).next().unwrap_or((1, ""));
            let line = quoted(line);
            let problem = format!(
                "{line} is of no known kind; expected four words (analogies), two words and a score \
                 (pairs), a class and a word (categories), or words with outliers (odd one out)"
            );
            return Err(damaged(path, "evaluation set", number, problem));
        };
        Self::parse_as(kind, text, path)
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
            (",category,word\n0,a,b\n1,c,d\n", SetKind::Categories),
            ("# two columns\na\tk\nb\tl\n", SetKind::Categories),
            (",category,outliers,words\n0,a,\"['b']\",\"['c', 'd']\"\n", SetKind::Odd),
            ("a\nb\n\nc\n", SetKind::Odd),
        ] {
            assert_eq!(kind(text).unwrap(), expected, "{text}");
        }
        let message = |text| kind(text).unwrap_err().to_string();
        assert!(message("a b c d e f\n").starts_with(
            "set.txt: evaluation set: line 1: \"a b c d e f\" is of no known kind; expected four words"
        ));
        assert!(message("").contains("of no known kind"));
        // The kind of most lines names the line that does not fit.
        assert!(
            message("a b c d\ne f g h\ni j k\n").starts_with("set.txt: analogy questions: line 3")
        );
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
