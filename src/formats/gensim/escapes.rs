//! Texts of protocol 0, which are written with escapes.

/// What stands between quotes, as Python 2 writes `repr(str)`: `\n`, `\\`, `\'`, `\xff`. `None` without
/// quotes.
pub(super) fn quoted(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.trim_ascii_end();
    let (&quote, rest) = line.split_first()?;
    let inner = rest.strip_suffix(&[quote]).filter(|_| matches!(quote, b'\'' | b'"'))?;
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let [byte, behind @ ..] = rest {
        rest = behind;
        if *byte != b'\\' {
            text.push(*byte);
            continue;
        }
        let (&escape, behind) = rest.split_first()?;
        rest = behind;
        text.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let byte = u8::try_from(hex(rest.get(..2)?)?).ok()?;
                rest = &rest[2..];
                byte
            }
            other => other,
        });
    }
    Some(text)
}

/// A text in which bytes are characters of Latin-1, and `\uXXXX` and `\UXXXXXXXX` are escapes. Halves of
/// a pair, which Python 2 wrote for characters beyond U+FFFF, become one character; a half alone becomes
/// U+FFFD.
pub(super) fn raw_unicode(line: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(line.len());
    let mut half: Option<u32> = None;
    let mut rest = line;
    while !rest.is_empty() {
        let length = match rest {
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            _ => 0,
        };
        let escaped = rest.get(2..2 + length).filter(|_| length > 0).and_then(hex);
        let code = match escaped {
            Some(code) => {
                rest = &rest[2 + length..];
                code
            }
            None => {
                let code = u32::from(rest[0]);
                rest = &rest[1..];
                code
            }
        };
        if let Some(high) = half.take() {
            if (0xdc00..0xe000).contains(&code) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                continue;
            }
            text.push(char::REPLACEMENT_CHARACTER);
        }
        match code {
            0xd800..0xdc00 => half = Some(code),
            code => text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }
    if half.is_some() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text.into_bytes()
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, &digit| {
        Some(number.wrapping_mul(16) + char::from(digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_what_they_mean() {
        let quoted = |line: &str| quoted(line.as_bytes());
        assert_eq!(quoted(r"'a\'b\\\n\xff\t'").unwrap(), b"a'b\\\n\xff\t");
        assert_eq!(quoted("\"it's\"").unwrap(), b"it's");
        for line in ["", "'", "a", "'a", "a'", r"'\'", r"'\x1'", "'a\""] {
            assert_eq!(quoted(line), None, "{line}");
        }
        let raw = |line: &[u8]| String::from_utf8(raw_unicode(line)).unwrap();
        assert_eq!(raw(b"a\\u738b\\U0001f600\xe4"), "a王😀ä");
        assert_eq!(raw(b"\\ud83d\\ude00 \\ud83d!"), "😀 \u{fffd}!");
        assert_eq!(raw(b"\\u12"), "\\u12");
        assert_eq!(raw(b"\\UFFFFFFFF\\ud800"), "\u{fffd}\u{fffd}");
    }
}
