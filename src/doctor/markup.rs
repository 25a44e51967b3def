//! Findings about what is left of a document's form: tags, entities, wiki markup, web addresses, JSON.
//!
//! In: a block of text and its histogram, which says whether there is anything to look for. `<unk>`
//! and `</s>` are words of the field and no tags; only names of HTML, XML dumps and wikis are.

use super::bytes::Histogram;
use super::findings::Kind;
use super::places::{At, LineFinder};
use super::tally::{Tally, around};
use memchr::memmem;

/// Names of tags, sorted.
const TAGS: [&str; 66] = [
    "a",
    "abbr",
    "article",
    "b",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "doc",
    "docno",
    "doctype",
    "dt",
    "em",
    "font",
    "footer",
    "form",
    "gallery",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "label",
    "li",
    "link",
    "main",
    "math",
    "meta",
    "nav",
    "nowiki",
    "ol",
    "option",
    "p",
    "page",
    "pre",
    "ref",
    "references",
    "script",
    "section",
    "small",
    "span",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "td",
    "text",
    "th",
    "tr",
    "ul",
];

/// Words that remain of markup when signs are taken away, sorted.
const WORDS: [&str; 11] = [
    "bgcolor",
    "cellpadding",
    "cellspacing",
    "colspan",
    "href",
    "mdash",
    "nbsp",
    "ndash",
    "quot",
    "rowspan",
    "valign",
];

/// Whether a word is one that remains of markup.
pub(super) fn is_markup_word(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok()
}

/// Looks at a block.
pub(super) fn look(text: &str, histogram: &Histogram, at: At, tally: &mut Tally) {
    let has = |byte: u8| histogram[usize::from(byte)] > 0;
    let bytes = text.as_bytes();
    let mut lines = LineFinder::new(at, bytes);
    let mut found = |kind: Kind, n: usize| {
        tally.add(kind, 1);
        if tally.wants(kind) {
            tally.place(kind, lines.spot(n), || around(text, n));
        }
    };
    if has(b'<') && has(b'>') {
        for n in memchr::memchr_iter(b'<', bytes) {
            if is_tag(&bytes[n..]) {
                found(Kind::Tags, n);
            }
        }
    }
    if has(b'&') && has(b';') {
        for n in memchr::memchr_iter(b'&', bytes) {
            if is_entity(&bytes[n..]) {
                found(Kind::Entities, n);
            }
        }
    }
    for (mark, byte) in [("[[", b'['), ("{{", b'{'), ("'''", b'\''), ("{|", b'|')] {
        if has(byte) {
            memmem::find_iter(bytes, mark).for_each(|n| found(Kind::WikiMarkup, n));
        }
    }
    if has(b':') && has(b'/') {
        for n in memmem::find_iter(bytes, "://") {
            if n > 1 && bytes[n - 1].is_ascii_alphabetic() {
                found(Kind::Urls, n);
            }
        }
    }
    if has(b'.') && has(b'w') {
        for n in memmem::find_iter(bytes, "www.") {
            // Those behind "://" were counted.
            if n == 0 || bytes[n - 1].is_ascii_whitespace() || bytes[n - 1] == b'(' {
                found(Kind::Urls, n);
            }
        }
    }
}

/// Whether `bytes`, which begin with `<`, begin with a tag.
fn is_tag(bytes: &[u8]) -> bool {
    const LONGEST: usize = 1000;
    let bytes = &bytes[1..bytes.len().min(LONGEST)];
    if bytes.starts_with(b"!--") {
        return true;
    }
    let start = usize::from(matches!(bytes.first(), Some(b'/' | b'!')));
    let rest = &bytes[start..];
    let end = rest.iter().position(|b| !b.is_ascii_alphanumeric());
    let Some(end @ 1..=10) = end else {
        return false;
    };
    if !matches!(rest[end], b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r') {
        return false;
    }
    let name = rest[..end].to_ascii_lowercase();
    let known = |name| TAGS.binary_search(&name).is_ok();
    std::str::from_utf8(&name).is_ok_and(known)
        && memchr::memchr2(b'>', b'<', rest).is_some_and(|n| rest[n] == b'>')
}

/// Whether `bytes`, which begin with `&`, begin with an entity: `&amp;`, `&#8217;`, `&#x2019;`.
fn is_entity(bytes: &[u8]) -> bool {
    let bytes = &bytes[1..bytes.len().min(12)];
    let Some(end) = memchr::memchr(b';', bytes) else {
        return false;
    };
    match &bytes[..end] {
        [b'#', b'x' | b'X', hex @ ..] => !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit),
        [b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        [first, second, rest @ ..] => {
            first.is_ascii_alphabetic()
                && second.is_ascii_alphanumeric()
                && rest.iter().all(u8::is_ascii_alphanumeric)
        }
        _ => false,
    }
}

/// Whether a line is an object of JSON, as far as its ends tell.
pub(super) fn is_json(line: &str) -> bool {
    let line = line.trim();
    line.ends_with('}')
        && line
            .strip_prefix('{')
            .is_some_and(|rest| rest.trim_start().starts_with('"') && rest.contains("\":"))
}

/// The key of a line of JSON that holds the longest text.
pub(super) fn longest_key(line: &str) -> Option<String> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).ok()?;
    let texts = object.iter().filter_map(|(key, value)| Some((value.as_str()?.len(), key)));
    texts.max().map(|(_, key)| key.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::bytes::histogram;

    #[track_caller]
    fn check(text: &str, kind: Kind, count: u64, lines: &[u64]) {
        let mut tally = Tally::new();
        let at = At { source: 0, line: 1, byte: 0 };
        look(text, &histogram(text.as_bytes()), at, &mut tally);
        let found = tally.get(kind);
        let first: Vec<u64> = found.first.iter().map(|(spot, _)| spot.line).collect();
        // Each line is a place once.
        let mut lines = lines.to_vec();
        lines.dedup();
        assert_eq!((found.count, &first), (count, &lines), "{kind}: {text}");
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(TAGS.is_sorted() && WORDS.is_sorted());
    }

    #[test]
    fn markup_is_counted_with_its_lines() {
        check("a <b>c</b>\n<br/> <!-- x -->\n<a href='x'>", Kind::Tags, 5, &[1, 1, 2, 2, 3]);
        check("<unk> </s> i <3 you <s> a < b <bold <b", Kind::Tags, 0, &[]);
        check("x &amp; y\n&nbsp;&#39;&#x27;", Kind::Entities, 4, &[1, 2, 2, 2]);
        check("AT&T; a & b; Q&A &; &#; &#x; &#12a;", Kind::Entities, 0, &[]);
        check(
            "[[Rome|the city]]\n'''bold''' {{cite}}\n{| x",
            Kind::WikiMarkup,
            5,
            &[1, 2, 2, 2, 3],
        );
        check("see http://a.b/c www.d.org\nhttps://www.e.f :// x", Kind::Urls, 3, &[1, 2]);
    }

    #[test]
    fn lines_of_json() {
        for line in [r#"{"text": "a"}"#, r#"  { "a":1,"b":{}}  "#] {
            assert!(is_json(line), "{line}");
        }
        for line in ["{a}", "{\"a\"}", "a {\"b\":1}", "{", "", "{}"] {
            assert!(!is_json(line), "{line}");
        }
        let line = r#"{"id": "12", "body": "a longer text", "n": 3}"#;
        assert_eq!(longest_key(line), Some("body".to_owned()));
        assert_eq!(longest_key("{\"a\": 1}"), None);
    }
}
