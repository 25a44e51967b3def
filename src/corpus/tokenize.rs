//! A line of text into tokens, by a rule that is stored with the model.
//!
//! | tokenizer | 我爱人工智能, I said. | for |
//! |---|---|---|
//! | `whitespace` | `我爱人工智能,` `I` `said.` | text that was cut beforehand: the convention of word2vec.c, GloVe and fastText |
//! | `unicode` | `我` `爱` `人` `工` `智` `能` `I` `said` | natural text in scripts with spaces: words of UAX #29, punctuation dropped |
//! | `char` | `我` `爱` … `I` `s` `a` `i` `d` | scripts that no tokenizer serves: each grapheme cluster that is not white space |
//! | `zh` | `我` `爱` `人工智能` `I` `said` | Chinese, by the dictionary of jieba; punctuation dropped, words of other scripts whole |
//! | `social` | as `unicode`, and `#nlp` `@name` `👩🏽‍🚀` | posts and chats: emoji, tags and names are words too |
//!
//! `whitespace` splits at the ASCII space and tab only (lines are split before): U+00A0 and U+3000
//! are part of a word, as in the C programs, so that a text cut by another tool keeps its tokens.

use super::social;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// How a line is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")] // and as safetensors files of the first versions have it
pub enum Segmentation {
    /// At ASCII space and tab.
    #[default]
    #[serde(alias = "Whitespace")]
    Whitespace,
    /// Words of Unicode Standard Annex #29 that hold a letter or digit.
    #[serde(alias = "Unicode")]
    Unicode,
    /// Grapheme clusters that are not white space.
    #[serde(alias = "Char")]
    Char,
    /// jieba's dictionary and hidden Markov model for Chinese.
    #[serde(alias = "Zh")]
    Zh,
    // Behind the others: model files keep the number of the variant.
    /// As [`Segmentation::Unicode`], with emoji, `#tags` and `@names`.
    Social,
}

/// The Unicode normalisation applied before cutting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalization {
    /// As it stands.
    #[default]
    #[serde(alias = "None")]
    None,
    /// Canonical composition: `e` + U+0301 becomes `é`.
    #[serde(alias = "Nfc")]
    Nfc,
    /// Compatibility composition: `ﬁ` becomes `fi`, full-width `Ａ` becomes `A`.
    #[serde(alias = "Nfkc")]
    Nfkc,
}

/// How text becomes tokens: normalise, lower-case, cut. Stored in the model, so that a query is cut
/// as the corpus was.
///
/// ```
/// use w2v::{Segmentation, Tokenizer};
/// let tokenizer = Tokenizer { segmentation: Segmentation::Unicode, lowercase: true, ..Default::default() };
/// assert_eq!(tokenizer.tokens("Where's the Queen?"), ["where's", "the", "queen"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenizer {
    /// How a line is cut.
    pub segmentation: Segmentation,
    /// Whether letters are lower-cased (by Unicode's simple and special rules, without a locale).
    pub lowercase: bool,
    /// Unicode normalisation.
    pub normalization: Normalization,
}

impl std::fmt::Display for Tokenizer {
    /// `unicode, normalization nfc, lower-cased`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = format!("{:?}, normalization {:?}", self.segmentation, self.normalization);
        f.write_str(&cut.to_lowercase())?;
        f.write_str(if self.lowercase { ", lower-cased" } else { "" })
    }
}

impl Tokenizer {
    /// Calls `each` with every token of `line`, which holds no line break, in order. No token is
    /// empty or holds an ASCII space, tab or line break. Returns the number of emoji that were left out:
    /// [`Segmentation::Unicode`] and [`Segmentation::Zh`] drop what holds no letter or digit.
    pub fn for_each(&self, line: &str, mut each: impl FnMut(&str)) -> u64 {
        let line = self.rewrite(line);
        match self.segmentation {
            Segmentation::Whitespace => {
                line.split([' ', '\t']).filter(|token| !token.is_empty()).for_each(each)
            }
            // Between spaces: a combining mark behind a space would be one grapheme or word with it.
            Segmentation::Unicode => {
                line.split([' ', '\t']).flat_map(UnicodeSegmentation::unicode_words).for_each(each)
            }
            Segmentation::Char => line
                .split([' ', '\t'])
                .flat_map(|part| part.graphemes(true))
                .filter(|g| !g.chars().all(char::is_whitespace))
                .for_each(each),
            Segmentation::Zh => zh(&line, &mut each),
            Segmentation::Social => {
                line.split([' ', '\t']).for_each(|part| social::cut(part, &mut each));
            }
        }
        match self.segmentation {
            Segmentation::Unicode | Segmentation::Zh => social::emoji(&line),
            _ => 0,
        }
    }

    /// The tokens of `line`.
    pub fn tokens(&self, line: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.for_each(line, |token| tokens.push(token.to_owned()));
        tokens
    }

    /// Whether `word` can be a token: it is written as this tokenizer writes words, and is not cut.
    ///
    /// Chinese words are cut by what stands around them, so that of `zh` only the writing is asked for.
    ///
    /// ```
    /// use w2v::Tokenizer;
    /// let tokenizer = Tokenizer { lowercase: true, ..Default::default() };
    /// let can = ["king", "King", "New York"].map(|word| tokenizer.can_make(word));
    /// assert_eq!(can, [true, false, false]);
    /// ```
    pub fn can_make(&self, word: &str) -> bool {
        let written = !word.is_empty() && !word.contains([' ', '\t']) && self.rewrite(word) == word;
        match self.segmentation {
            Segmentation::Whitespace => written,
            Segmentation::Zh => written && word.contains(char::is_alphanumeric),
            Segmentation::Unicode | Segmentation::Char | Segmentation::Social => {
                let mut tokens = 0;
                let mut whole = false;
                self.for_each(word, |token| (tokens, whole) = (tokens + 1, token == word));
                written && tokens == 1 && whole
            }
        }
    }

    /// Whether a line's tokens are its bytes between spaces, with nothing rewritten.
    pub(crate) fn is_plain(&self) -> bool {
        self.segmentation == Segmentation::Whitespace
            && !self.lowercase
            && self.normalization == Normalization::None
    }

    /// Whether a token may end between any two characters.
    pub(super) fn cuts_anywhere(&self) -> bool {
        self.segmentation != Segmentation::Whitespace
    }

    /// Normalised and lower-cased as this tokenizer asks, not cut.
    pub fn rewrite<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.is_ascii() {
            // Normalisation leaves ASCII as it is.
            return match self.lowercase && text.bytes().any(|b| b.is_ascii_uppercase()) {
                true => Cow::Owned(text.to_ascii_lowercase()),
                false => Cow::Borrowed(text),
            };
        }
        let mut text = Cow::Borrowed(text);
        match self.normalization {
            Normalization::None => {}
            Normalization::Nfc => text = Cow::Owned(text.nfc().collect()),
            Normalization::Nfkc => text = Cow::Owned(text.nfkc().collect()),
        }
        if self.lowercase {
            text = Cow::Owned(text.to_lowercase());
        }
        text
    }
}

/// Words of Chinese text. The dictionary has Han and ASCII: a run of other letters is a word as it stands,
/// with the digits, marks and ASCII letters in it.
fn zh(line: &str, each: &mut impl FnMut(&str)) {
    let chinese = |text: &str, each: &mut dyn FnMut(&str)| {
        let tokens = jieba::cut(text).into_iter();
        tokens.filter(|token| token.contains(char::is_alphanumeric)).for_each(each);
    };
    let is_foreign =
        |c: char| !c.is_ascii() && (c.is_alphabetic() && !is_han(c) || is_combining_mark(c));
    if !line.contains(is_foreign) {
        return chinese(line, each);
    }
    let is_part =
        |c: char| c.is_ascii_alphanumeric() || is_foreign(c) || (c.is_numeric() && !is_han(c));
    let (mut start, mut rest) = (0, line);
    // Runs of `is_part`, of which those without a foreign letter stay with what is around them.
    while let Some(at) = rest.find(is_part) {
        let from = line.len() - rest.len() + at;
        let run = &line[from..];
        let run = &run[..run.find(|c| !is_part(c)).unwrap_or(run.len())];
        if run.contains(is_foreign) {
            chinese(&line[start..from], each);
            each(run);
            start = from + run.len();
        }
        rest = &line[from + run.len()..];
    }
    chinese(&line[start..], each);
}

/// Whether the dictionary may know it: characters of Unicode's script Han.
fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fd5}' | '\u{3005}' | '\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3038}'..='\u{303b}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(feature = "zh")]
mod jieba {
    use jieba_rs::Jieba;
    use std::sync::OnceLock;

    /// Loading the dictionary takes about a second, so it happens once, at the first line.
    pub(super) fn cut(line: &str) -> Vec<&str> {
        static JIEBA: OnceLock<Jieba> = OnceLock::new();
        let jieba = JIEBA.get_or_init(Jieba::new);
        jieba.cut(line, true).into_iter().map(|token| token.word).collect()
    }
}

#[cfg(not(feature = "zh"))]
mod jieba {
    /// Without the dictionary nobody gets here: [`super::Tokenizer::check`] refuses `zh`.
    pub(super) fn cut(line: &str) -> Vec<&str> {
        vec![line]
    }
}

impl Tokenizer {
    /// Refuses a tokenizer that this build does not have.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for `zh` in a build without the feature of that name.
    pub fn check(&self) -> crate::Result<()> {
        if self.segmentation == Segmentation::Zh && !cfg!(feature = "zh") {
            let expected = "whitespace, unicode, social or char: this build has no Chinese dictionary; \
                            build with the feature `zh`";
            return Err(crate::Error::parameter("tokenizer", "zh", expected));
        }
        Ok(())
    }
}
