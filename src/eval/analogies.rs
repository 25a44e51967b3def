//! Analogy questions: *Athens Greece Baghdad Iraq* is right where the vectors answer *Iraq* to
//! "Athens is to Greece as Baghdad is to what?"
//!
//! In: a file of the format of questions-words.txt (Mikolov et al. 2013), which CA8 and others use
//! too: a line `: name` begins a section, every other line is four words. Or a file or folder of BATS
//! (Gladkova, Drozd & Matsuoka 2016): each file is a relation and a section, each of its lines a word, a tab
//! and its answers, `able<TAB>unable/incapable`; any two lines are a question. Out: [`AnalogyScores`]:
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
//! Of BATS, as in vecto: for each two lines of a file, a and b are the first word and the first answer of
//! one, c is the first word of the other, and any of the other's answers is right. A question is not asked
//! where a, b, c or the first of the right answers is unknown.
//!
//! Differences: a line that is not four words is an error with its number, where gensim leaves it
//! out; `//` and `#` lines before the first section are comments (the file as Google published it
//! has one); questions before any section belong to one named after the file, as in the files of
//! GloVe's evaluation. gensim looks at the five best rows only when other spellings of the inputs are
//! in the way; `compute-accuracy` accepts such a spelling as an answer.

use super::answers::{Answer, Question};
use super::lookup::Lookup;
use super::rows::is_comment;
use super::{EvalOptions, answers, damaged, empty, files, lines, read};
use crate::corpus::Encoding;
use crate::error::Result;
use crate::shown::quoted;
use crate::vectors::{AnalogyMethod, WordVectors};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::path::Path;
use std::sync::Arc;

const FORMAT: &str = "analogy questions";

/// A question with its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalogyQuestion {
    /// a, b and c: a is to b as c is to what?
    pub inputs: [String; 3],
    /// The right answers, at least one.
    pub answers: Arc<[String]>,
}

/// Questions of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnalogySection {
    /// What stands after the colon.
    pub name: String,
    /// In the order of the file.
    pub questions: Vec<AnalogyQuestion>,
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
    /// With all four words in the vocabulary; of several right answers the first.
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

impl AnalogyQuestion {
    /// The words without which the question is not asked: a, b, c and the first answer.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().chain(self.answers.first()).map(String::as_str)
    }
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
    /// Reads a file, or a folder of BATS with a section for each file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and as [`AnalogyQuestions::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_in(path.as_ref(), None)
    }

    pub(super) fn read_in(path: &Path, encoding: Option<Encoding>) -> Result<Self> {
        let mut sections = Vec::new();
        for file in files(path)? {
            sections.extend(Self::parse(&read(&file, FORMAT, encoding)?, &file)?.sections);
        }
        Ok(AnalogyQuestions { sections })
    }

    /// Questions out of the text of a file; `path` is for messages, and its stem names the section
    /// of questions that stand in none.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) for a line that is not four words, or of BATS not a word and
    /// its answers; or where there is no question at all.
    ///
    /// ```
    /// use std::path::Path;
    /// use w2v::eval::AnalogyQuestions;
    /// let questions = AnalogyQuestions::parse(": family\nking queen man woman\n", Path::new("mine.txt"))?;
    /// assert_eq!(questions.sections[0].name, "family");
    /// assert_eq!(questions.len(), 1);
    /// let relation = "able\tunable/incapable\nfair\tunfair\n";
    /// let questions = AnalogyQuestions::parse(relation, Path::new("D01 [un+adj].txt"))?;
    /// assert_eq!(questions.sections[0].questions[1].inputs, ["fair", "unfair", "able"]);
    /// assert_eq!(questions.sections[0].questions[1].answers[..], ["unable", "incapable"]);
    /// # Ok::<(), w2v::Error>(())
    /// ```
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut content = lines(text).map(|(_, line)| line).filter(|line| !is_comment(line));
        if content.next().is_some_and(|line| !line.starts_with(':') && relation(line).is_some()) {
            let questions = pairs_of_lines(text, path)?;
            return Ok(AnalogyQuestions {
                sections: vec![AnalogySection { name: name(), questions }],
            });
        }
        let mut sections: Vec<AnalogySection> = Vec::new();
        for (number, line) in lines(text) {
            if let Some(name) = line.strip_prefix(':') {
                let name = name.trim().to_owned();
                sections.push(AnalogySection { name, ..Default::default() });
                continue;
            }
            if sections.is_empty() && is_comment(line) {
                continue;
            }
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let [a, b, c, expected] = words[..] else {
                let (got, line) = (words.len(), quoted(line));
                let problem =
                    format!("{got} words in {line}, expected 4, or a section as `: name`");
                return Err(damaged(path, FORMAT, number, problem));
            };
            if sections.is_empty() {
                sections.push(AnalogySection { name: name(), ..Default::default() });
            }
            if let Some(section) = sections.last_mut() {
                let (inputs, answers) =
                    ([a, b, c].map(str::to_owned), [expected.to_owned()].into());
                section.questions.push(AnalogyQuestion { inputs, answers });
            }
        }
        let questions = AnalogyQuestions { sections };
        match questions.is_empty() {
            true => {
                Err(empty(path, FORMAT, "lines of four words, or lines of a word and its answers"))
            }
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
        let find = |asked: &AnalogyQuestion| -> Option<Question> {
            let [a, b, c] = asked.inputs.each_ref().map(|word| lookup.find(word));
            lookup.find(asked.answers.first()?)?;
            let right = asked.answers.iter().filter_map(|word| lookup.find(word));
            let right = right.map(|id| lookup.first(id)).collect();
            Some(Question { inputs: [a?, b?, c?], right })
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

/// A line of BATS: a word and its answers, of which several stand between slashes (or commas, as vecto reads
/// them too); `None` where it is no such line. A tab may stand among four words, which are a question.
pub(super) fn relation(line: &str) -> Option<(&str, Vec<&str>)> {
    let one_word = |text: &str| !text.trim().contains([' ', '\t']);
    let (word, answers) = match line.split_once('\t') {
        Some(fields) if line.contains('/') || line.split_ascii_whitespace().count() != 4 => fields,
        _ => line.split_once([' ', '\t']).filter(|(_, rest)| one_word(rest))?,
    };
    let separator = if answers.contains('/') { '/' } else { ',' };
    let answers: Vec<&str> =
        answers.split(separator).map(str::trim).filter(|answer| !answer.is_empty()).collect();
    let whole = !answers.is_empty() && answers.iter().all(|answer| !answer.contains('\t'));
    (whole && !word.trim().is_empty()).then(|| (word.trim(), answers))
}

/// A question for each two lines of a relation.
fn pairs_of_lines(text: &str, path: &Path) -> Result<Vec<AnalogyQuestion>> {
    let mut pairs: Vec<(String, Arc<[String]>)> = Vec::new();
    for (number, line) in lines(text).filter(|(_, line)| !is_comment(line)) {
        let Some((word, answers)) = relation(line) else {
            let line = quoted(line);
            let problem =
                format!("{line}, expected a word, a tab and its answers, as in the first line");
            return Err(damaged(path, FORMAT, number, problem));
        };
        pairs.push((word.to_owned(), answers.into_iter().map(str::to_owned).collect()));
    }
    if pairs.len() < 2 {
        return Err(empty(path, FORMAT, "two lines or more of a word and its answers"));
    }
    let mut questions = Vec::with_capacity(pairs.len() * (pairs.len() - 1));
    for (i, (a, b)) in pairs.iter().enumerate() {
        for (_, (c, answers)) in pairs.iter().enumerate().filter(|(j, _)| *j != i) {
            let inputs = [a, &b[0], c].map(String::clone);
            questions.push(AnalogyQuestion { inputs, answers: Arc::clone(answers) });
        }
    }
    Ok(questions)
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
        assert_eq!(got.sections[0].questions[0].inputs, ["a", "b", "c"]);
        assert_eq!(got.sections[0].questions[0].answers[..], ["d"]);
        assert_eq!(
            got.sections[1].questions[0].inputs[0], "#",
            "no comment after the first section"
        );
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
             expected lines of four words, or lines of a word and its answers"
        );
        assert!(message("a\tb/c\n").contains("expected two lines or more"));
        assert!(
            message("a\tb\nc\td\ne\tf\tg\n").contains("line 3: \"e\\tf\\tg\", expected a word")
        );
        assert!(parse("a b\tc d\n").unwrap().sections[0].questions[0].inputs == ["a", "b", "c"]);
    }

    #[test]
    fn a_relation_of_bats_asks_any_two_lines_and_any_answer_is_right() {
        let text = "\u{feff}# BATS\r\nMAN\tking\r\nwoman\tyeti/queen\r\nlate\tqueen / MAN,late\r\n";
        let got = AnalogyQuestions::parse(text, Path::new("folder/D01 [x].txt")).unwrap();
        assert_eq!((got.sections[0].name.as_str(), got.len()), ("D01 [x]", 6));
        let shown = |q: &AnalogyQuestion| format!("{} {:?}", q.inputs.join(" "), q.answers);
        let questions = &got.sections[0].questions;
        assert_eq!(shown(&questions[1]), "MAN king late [\"queen\", \"MAN,late\"]");
        assert_eq!(shown(&questions[4]), "late queen MAN [\"king\"]");
        // Without slashes commas separate, as in vecto, and spaces instead of the tab.
        let got = parse("a b,c\nd e\n").unwrap();
        assert_eq!(shown(&got.sections[0].questions[1]), "d e a [\"b\", \"c\"]");

        let ask = |text: &str| {
            let scores = parse(text).unwrap().evaluate(
                &family(),
                AnalogyMethod::CosAdd,
                &EvalOptions { case_insensitive: false, ..EvalOptions::default() },
            );
            counts(scores.total)
        };
        // king : queen :: man : Woman, and man : woman :: king : queen.
        assert_eq!(ask("king\tqueen\nman\twoman/Woman\n"), (2, 2, 2));
        assert_eq!(ask("king\tqueen\nman\twoman\n"), (1, 2, 2));
        // An unknown first answer: not asked, whatever the others are.
        assert_eq!(ask("king\tqueen\nman\tyeti/Woman\n"), (0, 0, 2));
    }

    #[test]
    fn a_folder_has_a_section_for_each_file() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("1_Inflectional");
        std::fs::create_dir(&inner).unwrap();
        for (path, text) in [
            (inner.join("I02 [b].txt"), "a\tb\nc\td\ne\tf\n"),
            (inner.join("I01 [a].txt"), "a\tb/x\nc\td\n"),
            (folder.path().join("metadata.json"), "{}"),
            (folder.path().join(".hidden"), "x"),
        ] {
            std::fs::write(path, text).unwrap();
        }
        let got = AnalogyQuestions::read(folder.path()).unwrap();
        let sections: Vec<_> =
            got.sections.iter().map(|s| (s.name.as_str(), s.questions.len())).collect();
        assert_eq!(sections, [("I01 [a]", 2), ("I02 [b]", 6)]);
        std::fs::write(inner.join("I03.txt"), "a b c d e\n").unwrap();
        let message = AnalogyQuestions::read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("I03.txt: analogy questions: line 1"), "{message}");
        let nothing = tempfile::tempdir().unwrap();
        let message = AnalogyQuestions::read(nothing.path()).unwrap_err().to_string();
        assert!(message.contains("no file of an evaluation set in this folder"), "{message}");
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
