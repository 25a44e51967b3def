//! What can be wrong with a text, and what was found.
//!
//! In: what the families of findings (`bytes`, `characters`, …) counted. Out: a [`Diagnosis`]: each kind
//! once, with its number, the first places, how much it matters in this text, and what helps. As for vector
//! files ([`crate::formats::check`]), but how much something matters depends on how much of it there
//! is: one web address is a note, a text of nothing else is serious.

use super::report::{Findings, kinds};
use serde::Serialize;

kinds! {
    /// What is counted, in the singular.
    unit: &'static str;

    /// Not one token.
    NoText "no-text" "byte" "there is no word to train on";
    /// A program, an archive, a picture, a PDF.
    BinaryFile "binary-file" "file" "this is no text";
    /// UTF-16 where UTF-8 is read.
    Encoding "encoding" "file" "text in another encoding than UTF-8; it is decoded here, few other programs do that";
    /// Compressed data that ends too early or does not decompress.
    Damaged "damaged" "file" "the compressed data is cut short or damaged";
    /// A file that the system or the reader refuses.
    Unreadable "unreadable" "file" "the file cannot be read to its end";
    /// Nothing is left at the `min_count` asked for.
    NothingLeft "nothing-left" "word" "no word is frequent enough for `min_count`";
    /// Bytes that are not UTF-8.
    InvalidUtf8 "invalid-utf8" "sequence" "bytes that are not UTF-8";
    /// UTF-8 taken for Latin-1 and encoded once more.
    DoubleEncoded "double-encoded" "character" "UTF-8 that was encoded twice, as \"Ã©\" for \"é\"";
    /// A script without spaces, cut at spaces.
    Unsegmented "unsegmented" "token" "a script without spaces, cut at spaces: clauses become words";
    /// Objects of JSON.
    JsonLines "json-lines" "line" "lines of JSON: keys and quotes become words";
    /// Most lines hold one token.
    OneTokenLines "one-token-lines" "line" "lines of one token: nothing stands beside it to learn from";
    /// Words cut into single characters.
    SingleCharacters "single-characters" "token" "tokens of one character: vectors of characters, not of words";
    /// Lines that occurred before.
    DuplicateLines "duplicate-lines" "line" "lines that occurred before weigh more than others";
    /// Tags of HTML or XML.
    Tags "tags" "tag" "tags of HTML or XML become words";
    /// `&amp;` and the like.
    Entities "entities" "sequence" "HTML entities become words";
    /// `[[`, `{{`, `'''`.
    WikiMarkup "wiki-markup" "mark" "wiki markup sticks to words";
    /// Words that remain of markup when its signs are taken away.
    MarkupWords "markup-words" "token" "words that remain of markup, such as nbsp and colspan";
    /// Web addresses.
    Urls "urls" "link" "web addresses: words of their own, each of them rare";
    /// Letters of more than one script, in the same lines or in different ones.
    MixedScripts "mixed-scripts" "letter" "letters of more than one script";
    /// Function words of more than one language.
    MixedLanguages "mixed-languages" "token" "the commonest words of more than one language";
    /// Traditional and simplified characters.
    MixedChinese "mixed-chinese" "character" "traditional and simplified Chinese: one word, two spellings";
    /// Spaces between words and a tokenizer that looks for words itself.
    AlreadySegmented "already-segmented" "space" "words are separated by spaces already; the tokenizer cuts them again";
    /// U+FFFD.
    Replacement "replacement-characters" "character" "U+FFFD: a program before could not decode these characters";
    /// NUL.
    Nul "nul" "byte" "NUL, read as a space; shifts the words of GloVe and ends strings of C programs";
    /// Form feed or vertical tab.
    FormFeed "form-feed" "byte" "form feed or vertical tab, read as a space; crashes GloVe";
    /// Other controls.
    ControlCharacters "control-characters" "character" "control characters: of ASCII they are read as spaces, others stay in words";
    /// U+FEFF within the text.
    InnerMark "inner-byte-order-mark" "character" "U+FEFF within the text: an invisible part of a word";
    /// NBSP, U+3000 and others.
    UnicodeSpaces "unicode-spaces" "character" "spaces other than U+0020, which stay in words where text is cut at spaces";
    /// NEL, U+2028, U+2029.
    UnicodeLineEnds "unicode-line-ends" "character" "NEL, U+2028 or U+2029: no line ends here, but in other programs";
    /// ZWSP, ZWNJ, ZWJ, word joiner, soft hyphen, directional marks.
    Invisible "invisible-characters" "character" "soft hyphens and characters without width: words that look alike and are not";
    /// Letters and accents apart.
    Decomposed "decomposed" "character" "a letter and its accent as two characters (NFD): two spellings of one word";
    /// Full-width letters, ligatures, half-width kana.
    Compatibility "compatibility-forms" "character" "full-width letters, ligatures, half-width kana: two spellings of one word";
    /// CR without LF.
    CrLines "cr-line-ends" "line" "line ends of CR alone, which other programs do not know";
    /// Far too long words.
    GiantTokens "giant-tokens" "token" "tokens of more than 64 characters";
    /// Far too long lines.
    LongLines "long-lines" "line" "long lines: training cuts them into sentences of `max_sentence`";
    /// `</s>`, `<unk>`.
    SpecialTokens "special-tokens" "token" "words that other programs keep for themselves: </s>, <unk>, <s>, <pad>";
    /// `__label__…`.
    Labels "labels" "token" "words that begin with __label__: fastText leaves them out without a word";
    /// Capitals.
    Capitals "capitals" "word" "words that differ in capitals only";
    /// Numbers.
    Numbers "numbers" "word" "different numbers among the words";
    /// U+FEFF at the beginning of a file.
    ByteOrderMark "byte-order-mark" "file" "U+FEFF at the beginning; it is skipped here, other programs take it for a part of the first word";
    /// A file of no bytes.
    EmptyFile "empty-file" "file" "files without a single byte of text";
    /// Lines without a token.
    EmptyLines "empty-lines" "line" "lines without a token; they do no harm";
    /// Rare words.
    RareWords "rare-words" "word" "words that `min_count` drops";
    /// A small text.
    SmallText "small-text" "token" "a small text";
}

/// What one value of `min_count` keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Words that occur less often are dropped.
    pub min_count: u64,
    /// Different words that are left.
    pub words: u64,
    /// Tokens that are left.
    pub tokens: u64,
}

/// Letters of one script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ScriptShare {
    /// The script's name.
    pub script: &'static str,
    /// Its letters in the text.
    pub letters: u64,
}

/// What [`examine`](super::examine) found out about a text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diagnosis {
    /// Files, or standard input.
    pub sources: usize,
    /// Bytes of text, after decompression.
    pub bytes: u64,
    /// Lines, the empty ones too.
    pub lines: u64,
    /// Tokens by the tokenizer asked for.
    pub tokens: u64,
    /// Different words among them.
    pub words: u64,
    /// Scripts, the commonest first.
    pub scripts: Vec<ScriptShare>,
    /// What each `min_count` keeps.
    pub kept: Vec<Kept>,
    /// What was found, the most serious first.
    pub findings: Findings<Kind>,
}
