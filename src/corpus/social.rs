//! Words, emoji, `#tags` and `@names` of natural text, and how many emoji another tokenizer leaves out.
//!
//! In: text without white space. Out: tokens: words of UAX #29 that hold a letter or digit; emoji, each
//! sequence whole (families and professions joined by U+200D, flags, skin tones, keycaps), since the same
//! rules never cut one; a tag, from `#` to the last letter, digit, mark or `_` behind it, one of them a
//! letter; a name, from `@` in the same way. `C#`, `a@b.org` and `&#39;` hold neither: before the sign
//! stands a letter, digit, `_` or `&`.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Calls `each` with the tokens of `part`.
pub(super) fn cut(part: &str, each: &mut impl FnMut(&str)) {
    let mut start = 0;
    let mut before = None;
    for (at, c) in part.char_indices() {
        // Within a tag or name no other begins.
        let is_inside = at < start || before.is_some_and(|b| is_inner(b) || b == '&');
        before = Some(c);
        let rest = at + c.len_utf8();
        let length = if is_inside { 0 } else { marked(c, &part[rest..]) };
        if length > 0 {
            words(&part[start..at], each);
            start = rest + length;
            each(&part[at..start]);
        }
    }
    words(&part[start..], each);
}

/// Bytes of the tag or name behind the sign `c`; 0 where there is none.
fn marked(c: char, rest: &str) -> usize {
    if !matches!(c, '#' | '@' | '＃' | '＠') || !rest.starts_with(is_inner) {
        return 0;
    }
    let is_part =
        |c: char| is_inner(c) || is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}');
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    // A joiner in front of an emoji belongs to neither.
    let body = rest[..end].trim_end_matches(['\u{200c}', '\u{200d}']);
    match c {
        '#' | '＃' if !body.contains(char::is_alphabetic) => 0,
        _ => body.len(),
    }
}

/// Whether it may stand in a tag or name.
fn is_inner(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words(text: &str, each: &mut impl FnMut(&str)) {
    match text.is_ascii() {
        true => text.unicode_words().for_each(each),
        false => text.split_word_bounds().for_each(|segment| keycaps(segment, each)),
    }
}

/// The rules take a keycap for a digit of the number or word before it.
fn keycaps(segment: &str, each: &mut impl FnMut(&str)) {
    let mut token = |text: &str| {
        if is_word(text) || is_emoji(text) {
            each(text);
        }
    };
    let mut rest = segment;
    while let Some(cap) = rest.find('\u{20e3}') {
        let key = rest[..cap].trim_end_matches('\u{fe0f}').char_indices().next_back();
        let end = cap + '\u{20e3}'.len_utf8();
        let start = key.map_or(0, |(at, _)| at);
        token(&rest[..start]);
        token(&rest[start..end]);
        rest = &rest[end..];
    }
    token(rest);
}

fn is_word(segment: &str) -> bool {
    segment.contains(char::is_alphanumeric)
}

/// Whether a segment of UAX #29 is an emoji: it holds a pictograph, half a flag, or a mark that makes an
/// emoji of the character before it.
fn is_emoji(segment: &str) -> bool {
    segment.contains(|c| {
        matches!(c,
            '\u{fe0f}' | '\u{20e3}'
            | '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}' | '\u{23e9}'..='\u{23f3}'
            | '\u{23f8}'..='\u{23fa}' | '\u{25fd}' | '\u{25fe}' | '\u{2600}'..='\u{275a}'
            | '\u{2763}'..='\u{2767}' | '\u{2794}'..='\u{27bf}' | '\u{2b05}'..='\u{2b07}'
            | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}'
            | '\u{1f000}'..='\u{1faff}')
    })
}

/// Number of emoji in `line` that hold no letter or digit, which `unicode` and `zh` leave out.
pub(super) fn emoji(line: &str) -> u64 {
    // The first bytes of pictographs and of the marks; in most lines there is none.
    let starts = memchr::memchr3_iter(0xf0, 0xe2, 0xef, line.as_bytes());
    let may_be = |at: usize| match line.as_bytes()[at..] {
        [0xf0, second, ..] => second == 0x9f,
        [0xe2, second, ..] => second == 0x83 || second >= 0x8c,
        [_, second, third, ..] => (second, third) == (0xb8, 0x8f),
        _ => false,
    };
    match starts.into_iter().any(may_be) {
        true => line.split_word_bounds().filter(|s| !is_word(s) && is_emoji(s)).count() as u64,
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Segmentation, Tokenizer};
    use super::emoji;
    use proptest::prelude::*;

    fn cut(text: &str) -> String {
        let tokenizer = Tokenizer { segmentation: Segmentation::Social, ..Default::default() };
        tokenizer.tokens(text).join("|")
    }

    #[test]
    fn emoji_stay_whole() {
        for whole in
            ["👩‍👩‍👧‍👦", "👩🏽‍🚀", "❤️‍🔥", "🏳️‍🌈", "🇩🇪", "👋🏿", "1️⃣", "#️⃣", "*️⃣", "☺️", "☕", "✨", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "©️"]
        {
            assert_eq!(cut(whole), whole);
            assert_eq!(cut(&format!("hi{whole}, you")), format!("hi|{whole}|you"), "{whole}");
            assert_eq!(emoji(&format!("x, {whole}!")), u64::from(whole != "1️⃣"), "{whole}");
        }
        assert_eq!(cut("🇩🇪🇫🇷😀😀12 1️⃣2️⃣"), "🇩🇪|🇫🇷|😀|😀|12|1️⃣|2️⃣");
        assert_eq!(cut("so – “quoted” … © ™ ≥ 3.5 ½ don't"), "so|quoted|3.5|½|don't");
        assert_eq!(emoji("so – “quoted” … © ™ ≥ 我，爱"), 0);
    }

    #[test]
    fn tags_and_names_stay_whole() {
        for (text, tokens) in [
            ("#NLP #word2vec, (@some_one)!", "#NLP|#word2vec|@some_one"),
            ("#日本語タグ、#café_2 ＃tag", "#日本語タグ|#café_2|＃tag"),
            ("#हिन्दी @Ünal", "#हिन्दी|@Ünal"),
            ("#1 C# a@b.org &#39; # @ #! x#y", "1|C|a|b.org|39|x|y"),
            ("#a#b @c@d ##e", "#a|b|@c|d|#e"),
            ("#trump's 😀#hot🔥@me", "#trump|s|😀|#hot|🔥|@me"),
            ("@_ #_a #_1", "@_|#_a|_1"),
        ] {
            assert_eq!(cut(text), tokens, "{text}");
        }
    }

    #[test]
    fn the_name_in_models_is_social() {
        let tokenizer = Tokenizer { segmentation: Segmentation::Social, ..Default::default() };
        let json = serde_json::to_string(&tokenizer).unwrap();
        assert_eq!(json, r#"{"segmentation":"social","lowercase":false,"normalization":"none"}"#);
        assert_eq!(serde_json::from_str::<Tokenizer>(&json).unwrap(), tokenizer);
    }

    proptest! {
        /// Nothing that `unicode` finds is lost but to tags and names, and no token is empty or has a space.
        #[test]
        fn tokens_are_pieces_of_the_line(line in "[a-zé#@_ 我😀🇩🇪\u{200d}\u{fe0f}'.\t]{0,30}") {
            let tokenizer = Tokenizer { segmentation: Segmentation::Social, ..Default::default() };
            let mut rest = line.as_str();
            for token in tokenizer.tokens(&line) {
                prop_assert!(!token.is_empty() && !token.contains([' ', '\t']));
                let at = rest.find(&token);
                prop_assert!(at.is_some(), "{token} {line}");
                rest = &rest[at.unwrap() + token.len()..];
            }
            if !line.contains(['#', '@']) {
                let unicode = Tokenizer { segmentation: Segmentation::Unicode, ..Default::default() };
                let mut words = tokenizer.tokens(&line);
                words.retain(|word| word.contains(char::is_alphanumeric));
                prop_assert_eq!(words, unicode.tokens(&line));
            }
        }
    }
}
