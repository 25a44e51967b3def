//! Analogy questions: *Athens Greece Baghdad Iraq* is right where the vectors answer *Iraq* to
//! "Athens is to Greece as Baghdad is to what?"
//!
//! In: a file of the format of questions-words.txt (Mikolov et al. 2013), which CA8 and others use
//! too: a line `: name` begins a section, every other line is four words. Out: [`AnalogyScores`]:
//! right, asked and written questions, by section and in all.
//!
//! The rules are those of gensim's `evaluate_word_analogies` and word2vec.c's `compute-accuracy`:
//!
//! * A question with a word out of the (restricted) vocabulary is not asked: it is in `total` but not
//!   in `covered`, and accuracy is `correct` ÷ `covered`.
//! * The answer is the best row that is none of the three inputs, see [`AnalogyMethod`].
//! * A question that is written twice counts twice.
//! * Where several rows are equally good, the question earns the share of them that are the expected
//!   word: what breaking the tie at random would earn on average. (The others take the first row, so
//!   that a table in which everything ties, such as one-hot vectors, is asked for its most frequent
//!   word.) Trained vectors do not tie.
//! * Sections whose name begins with `gram` are syntactic and the others semantic; a file without
//!   such sections has no such totals. (`compute-accuracy` takes the first five sections for
//!   semantic, which is the same in questions-words.txt and wrong elsewhere.)
//!
//! Differences: a line that is not four words is an error with its number, where gensim leaves it
//! out; `//` and `#` lines before the first section are comments (the file as Google published it
//! has one); questions before any section belong to one named after the file, as in the files of
//! GloVe's evaluation. gensim looks at the five best rows only when other spellings of the inputs are
//! in the way; `compute-accuracy` accepts such a spelling as an answer.

use super::answers::Answer;
use super::lookup::Lookup;
use super::{EvalOptions, answers, damaged, empty, lines, read};
use crate::error::Result;
use crate::shown::quoted;
use crate::vectors::{AnalogyMethod, WordVectors};
use crate::vocab::WordId;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::path::Path;

const FORMAT: &str = "analogy questions";

/// Questions of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnalogySection {
    /// What stands after the colon.
    pub name: String,
    /// a, b, c and the answer, in the order of the file.
    pub questions: Vec<[String; 4]>,
}

/// The questions of a file, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnalogyQuestions {
    /// Sections in the order of the file; one may be empty.
    pub sections: Vec<AnalogySection>,
}

/// How many questions were answered. Serialises with its accuracy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Answered as the file does, and by no other word equally well.
    pub correct: usize,
    /// Earned by questions where the expected word is one of several equally good ones.
    pub tied: f64,
    /// With all four words in the vocabulary.
    pub covered: usize,
    /// In the file.
    pub total: usize,
}

/// The score of one section.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SectionScore {
    /// The section's name.
    pub name: String,
    /// Its score.
    pub score: Score,
}

/// How well vectors answer the questions of a file.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct AnalogyScores {
    /// The score that answers maximise.
    pub method: AnalogyMethod,
    /// Number of words among which the answers were sought.
    pub candidates: usize,
    /// In the order of the file.
    pub sections: Vec<SectionScore>,
    /// Sum of the sections that are not syntactic, where the file has both kinds.
    pub semantic: Option<Score>,
    /// Sum of the sections named `gram…`, where there are some.
    pub syntactic: Option<Score>,
    /// Sum of all sections.
    pub total: Score,
    /// What each question that was asked earned, 0 to 1, in the order of the file.
    #[serde(skip)]
    pub credits: Vec<f64>,
}

impl Score {
    /// (`correct` + `tied`) ÷ `covered`; none where nothing was asked.
    pub fn accuracy(&self) -> Option<f64> {
        let earned = self.correct as f64 + self.tied;
        (self.covered > 0).then(|| earned / self.covered as f64)
    }

    fn sum<'a>(scores: impl IntoIterator<Item = &'a SectionScore>) -> Self {
        scores.into_iter().fold(Score::default(), |sum, section| Score {
            correct: sum.correct + section.score.correct,
            tied: sum.tied + section.score.tied,
            covered: sum.covered + section.score.covered,
            total: sum.total + section.score.total,
        })
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Score", 5)?;
        fields.serialize_field("correct", &self.correct)?;
        fields.serialize_field("tied", &self.tied)?;
        fields.serialize_field("covered", &self.covered)?;
        fields.serialize_field("total", &self.total)?;
        fields.serialize_field("accuracy", &self.accuracy())?;
        fields.end()
    }
}

impl AnalogyQuestions {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and as [`AnalogyQuestions::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(&read(path, FORMAT)?, path)
    }

    /// Questions out of the text of a file; `path` is for messages, and its stem names the section
    /// of questions that stand in none.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) for a line that is not four words, or where there is
    /// no question at all.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::AnalogyQuestions;
    /// let questions = AnalogyQuestions::parse(": family\nking queen man woman\n", Path::new("mine.txt"))?;
    /// assert_eq!(questions.sections[0].name, "family");
    /// assert_eq!(questions.len(), 1);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut sections: Vec<AnalogySection> = Vec::new();
        for (number, line) in lines(text) {
            if let Some(name) = line.strip_prefix(':') {
                let name = name.trim().to_owned();
                sections.push(AnalogySection { name, ..Default::default() });
                continue;
            }
            if sections.is_empty() && (line.starts_with("//") || line.starts_with('#')) {
                continue;
            }
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let Ok(question) = <[&str; 4]>::try_from(words.as_slice()) else {
                let (got, line) = (words.len(), quoted(line));
                let problem =
                    format!("{got} words in {line}, expected 4, or a section as `: name`");
                return Err(damaged(path, FORMAT, number, problem));
            };
            if sections.is_empty() {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                sections.push(AnalogySection { name, ..Default::default() });
            }
            if let Some(section) = sections.last_mut() {
                section.questions.push(question.map(str::to_owned));
            }
        }
        let questions = AnalogyQuestions { sections };
        match questions.is_empty() {
            true => Err(empty(path, FORMAT, "lines of four words")),
            false => Ok(questions),
        }
    }

    /// Number of questions.
    pub fn len(&self) -> usize {
        self.sections.iter().map(|section| section.questions.len()).sum()
    }

    /// Whether there is no question.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks `vectors` every question, on its threads; the scores do not depend on their number.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::{Vocab, WordVectors, eval::{AnalogyQuestions, EvalOptions}, vectors::AnalogyMethod};
    /// let vocab = Vocab::new([("man", 9), ("woman", 8), ("king", 7), ("queen", 6), ("crown", 5)]);
    /// let table = vec![0., 1., 0.,  0., 0., 1.,  1., 1., 0.,  1., 0., 1.,  1., 0., 0.];
    /// let vectors = WordVectors::new(vocab, 3, table)?;
    /// let text = ": family\nKing Queen Man Woman\nking queen boy girl\n";
    /// let questions = AnalogyQuestions::parse(text, Path::new("mine.txt"))?;
    /// let scores = questions.evaluate(&vectors, AnalogyMethod::CosAdd, &EvalOptions::default());
    /// assert_eq!((scores.total.correct, scores.total.covered, scores.total.total), (1, 1, 2));
    /// # Ok::<(), w2v::Error>(())
    /// ```
    #[doc(alias = "compute_accuracy")]
    #[doc(alias = "evaluate_word_analogies")]
    pub fn evaluate(
        &self,
        vectors: &WordVectors,
        method: AnalogyMethod,
        options: &EvalOptions,
    ) -> AnalogyScores {
        let lookup = Lookup::new(vectors, options);
        let find = |words: &[String; 4]| -> Option<[WordId; 4]> {
            let [a, b, c, expected] = words.each_ref().map(|word| lookup.find(word));
            Some([a?, b?, c?, expected?])
        };
        let mut sections = Vec::with_capacity(self.sections.len());
        let (mut asked, mut section_of) = (Vec::new(), Vec::new());
        for (index, section) in self.sections.iter().enumerate() {
            asked.extend(section.questions.iter().filter_map(find));
            section_of.resize(asked.len(), index);
            let total = section.questions.len();
            let score = Score { total, ..Score::default() };
            sections.push(SectionScore { name: section.name.clone(), score });
        }
        let answers = answers::best(vectors, &lookup, &asked, method);
        let credits: Vec<f64> = answers.into_iter().map(Answer::credit).collect();
        for (&section, &credit) in section_of.iter().zip(&credits) {
            let score = &mut sections[section].score;
            score.covered += 1;
            match credit == 1.0 {
                true => score.correct += 1,
                false => score.tied += credit,
            }
        }
        let kind = |syntactic| sections.iter().filter(move |s| is_syntactic(s) == syntactic);
        let split = kind(true).next().is_some();
        AnalogyScores {
            method,
            candidates: lookup.rows(),
            semantic: (split && kind(false).next().is_some()).then(|| Score::sum(kind(false))),
            syntactic: split.then(|| Score::sum(kind(true))),
            total: Score::sum(&sections),
            sections,
            credits,
        }
    }
}

fn is_syntactic(section: &SectionScore) -> bool {
    section.name.starts_with("gram")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Vocab;

    fn parse(text: &str) -> Result<AnalogyQuestions> {
        AnalogyQuestions::parse(text, Path::new("folder/questions.txt"))
    }

    #[test]
    fn the_files_as_they_come() {
        let text = "\u{feff}//Copyright\r\n# note\r\n\r\n: family \r\na b c d\r\n\r\n:gram1\n# x y z\n: empty\n";
        let got = parse(text).unwrap();
        let names: Vec<_> =
            got.sections.iter().map(|s| (s.name.as_str(), s.questions.len())).collect();
        assert_eq!(names, [("family", 1), ("gram1", 1), ("empty", 0)]);
        assert_eq!(got.sections[0].questions[0], ["a", "b", "c", "d"]);
        assert_eq!(got.sections[1].questions[0][0], "#", "no comment after the first section");
        assert_eq!(parse("a b c d\n").unwrap().sections[0].name, "questions");
    }

    #[test]
    fn bad_lines_are_named() {
        let message = |text| parse(text).unwrap_err().to_string();
        assert_eq!(
            message(": s\na b c d\n\na b c\n"),
            "folder/questions.txt: analogy questions: line 4: 3 words in \"a b c\", \
             expected 4, or a section as `: name`"
        );
        assert_eq!(
            message(": s\n// only\n").split(": ").nth(2),
            Some("line 2"),
            "a comment inside is a bad line"
        );
        assert_eq!(
            message(": s\n"),
            "folder/questions.txt: analogy questions: whole file: nothing to ask in it, \
             expected lines of four words"
        );
    }

    /// Royalty, sex (two dimensions), and a dimension in which nothing else lies.
    fn family() -> WordVectors {
        let words = ["man", "woman", "king", "queen", "MAN", "Woman", "late"];
        let rows: [[f32; 4]; 7] = [
            [0., 1., 0., 0.],
            [0., 0., 1., 0.1],
            [1., 1., 0., 0.],
            [1., 0., 1., 0.],
            [0., 1., 0., 0.1],
            [0., 0., 1., 0.],
            [1., 1., 1., 1.],
        ];
        WordVectors::new(Vocab::new(words.map(|word| (word, 1))), 4, rows.concat()).unwrap()
    }

    fn counts(score: Score) -> (usize, usize, usize) {
        (score.correct, score.covered, score.total)
    }

    #[test]
    fn other_spellings_are_no_answers_to_inputs_and_right_answers_when_expected() {
        let ask = |line: &str, case_insensitive, restrict_vocab| {
            let options = EvalOptions { restrict_vocab, case_insensitive };
            let scores = parse(line).unwrap().evaluate(&family(), AnalogyMethod::CosAdd, &options);
            counts(scores.total)
        };
        // Row 5, `Woman`, is the best answer and stands for `woman`.
        assert_eq!(ask("king queen man woman", true, None), (1, 1, 1));
        assert_eq!(ask("king queen man woman", false, None), (0, 1, 1));
        assert_eq!(ask("king queen man Woman", false, None), (1, 1, 1));
        assert_eq!(ask("king queen man woman", false, Some(5)), (1, 1, 1));
        // `MAN` would be best but is an input in another spelling.
        assert_eq!(ask("QUEEN king woman man", true, None), (1, 1, 1));
        assert_eq!(ask("queen king MAN man", true, None), (0, 1, 1), "expected among the inputs");
        assert_eq!(ask("king queen man late", true, Some(6)), (0, 0, 1));
        assert_eq!(ask("king queen man yeti", true, None), (0, 0, 1));
        assert_eq!(ask("king queen man woman\nking queen man woman", true, None), (2, 2, 2));
    }

    #[test]
    fn sections_and_kinds_are_summed() {
        let evaluate = |text| {
            let options = EvalOptions::default();
            parse(text).unwrap().evaluate(&family(), AnalogyMethod::CosMul, &options)
        };
        let text = ": family\nking queen man woman\nking queen yeti yeti\n\
                    : gram1\nking queen man king\n: gram2\nx y z z\n";
        let scores = evaluate(text);
        let sections: Vec<_> =
            scores.sections.iter().map(|s| (s.name.as_str(), counts(s.score))).collect();
        assert_eq!(sections, [("family", (1, 1, 2)), ("gram1", (0, 1, 1)), ("gram2", (0, 0, 1))]);
        assert_eq!(scores.semantic.map(counts), Some((1, 1, 2)));
        assert_eq!(scores.syntactic.map(counts), Some((0, 1, 2)));
        assert_eq!(counts(scores.total), (1, 2, 4));
        assert_eq!(
            (scores.total.accuracy(), scores.sections[2].score.accuracy()),
            (Some(0.5), None)
        );
        assert_eq!(scores.candidates, 7);
        let json = serde_json::to_value(&scores).unwrap();
        assert_eq!(json["sections"][0]["score"]["accuracy"], 1.0);
        assert_eq!(json["method"], "CosMul");

        let scores = evaluate(": family\nking queen man woman\n");
        assert_eq!((scores.semantic, scores.syntactic), (None, None));
    }
}
