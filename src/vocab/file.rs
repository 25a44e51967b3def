//! Vocabulary files: a line `word count` for each word, most frequent first.
//!
//! word2vec.c (`-save-vocab`, `-read-vocab`) and GloVe (`vocab_count`) write and read the same lines;
//! word2vec.c begins its own with `</s>`, the number of line ends, which is a word like any other
//! here. The count is what stands behind the last space, the word everything before it.

use super::Vocab;
use crate::corpus::{Encoding, read_text};
use crate::error::{Error, Result};
use crate::shown::quoted;
use std::io::Write;
use std::path::Path;

const FORMAT: &str = "vocabulary file";

impl Vocab {
    /// Writes `word count` lines in the order of ids.
    ///
    /// # Errors
    /// What `out` reports.
    pub fn write(&self, mut out: impl Write) -> std::io::Result<()> {
        for (word, count) in self.words().zip(self.counts()) {
            writeln!(out, "{word} {count}")?;
        }
        out.flush()
    }

    /// Reads `word count` lines; a line without a count (a plain word list) has count 0.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Format`] for text that is not UTF-8, a word given twice, or a file
    /// without words.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_in(path, None)
    }

    /// [`Vocab::read`] of a file that is in `encoding` where it is not UTF-8.
    ///
    /// # Errors
    /// As [`Vocab::read`].
    pub fn read_in(path: impl AsRef<Path>, encoding: Option<Encoding>) -> Result<Self> {
        let path = path.as_ref();
        let text = read_text(path, FORMAT, encoding)?;
        let error = |place: String, problem: String| Error::format(path, FORMAT, place, problem);
        let mut vocab = Vocab::default();
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() {
                continue;
            }
            let line = line.trim_end_matches([' ', '\t']);
            let (word, count) = match line.rsplit_once([' ', '\t']) {
                Some((word, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                    let count = digits.parse().map_err(|_| {
                        let problem = format!("the count {digits} is above {}", u64::MAX);
                        error(format!("line {}", number + 1), problem)
                    })?;
                    (word, count)
                }
                _ => (line, 0),
            };
            if vocab.push(word, count).is_none() {
                let problem =
                    format!("the word {} stands in an earlier line already", quoted(word));
                return Err(error(format!("line {}", number + 1), problem));
            }
        }
        if vocab.is_empty() {
            let problem = "no word, expected `word count` lines".to_owned();
            return Err(error("line 1".to_owned(), problem));
        }
        Ok(vocab)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vocab> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Vocab::read(file.path())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let vocab = Vocab::new([("the", 12), ("人工智能", 7), ("a\u{a0}b", 7), ("7", 1)]);
        let mut bytes = Vec::new();
        vocab.write(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "the 12\n人工智能 7\na\u{a0}b 7\n7 1\n");
        let back = read(&text).unwrap();
        assert!(back.words().eq(vocab.words()));
        assert_eq!(back.counts(), vocab.counts());
    }

    #[test]
    fn other_programs_files_and_plain_lists_are_read() {
        let vocab = read("\u{feff}</s> 5\r\nthe 9\r\n\r\nplain\r\nblank \t\n").unwrap();
        let words: Vec<&str> = vocab.words().collect();
        assert_eq!(words, ["</s>", "the", "plain", "blank"]);
        assert_eq!(vocab.counts(), [5, 9, 0, 0]);
    }

    #[test]
    fn damaged_files_are_refused_with_the_line() {
        let message = |text| read(text).unwrap_err().to_string();
        assert!(
            message("a 1\nb 2\na 3\n").contains("line 3: the word \"a\" stands in an earlier line")
        );
        assert!(message("\n\n").contains("no word"));
        assert!(message("a 1\nb 99999999999999999999\n").contains("line 2: the count"));
    }
}
