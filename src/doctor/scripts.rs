//! What kind of character a character is: of which script, or odd in which way.
//!
//! One byte for each character of the basic plane, in a table of 64 KiB that is made at first use, so
//! that a text is judged at one look-up a character. Scripts are told by their blocks, not by Unicode's
//! property: blocks change seldom, and a share needs no more.

use super::chinese;
use std::sync::LazyLock;

/// A kind of character: a script below [`ODD`], otherwise something to look at twice.
pub(super) type Class = u8;

macro_rules! scripts {
    ($($class:ident $name:literal [$($low:literal..=$high:literal),*];)*) => {
        #[expect(clippy::upper_case_acronyms, reason = "they are constants in the rest of the code")]
        #[repr(u8)]
        enum Number { NONE, $($class,)* COUNT }
        /// No letter, or of no script below.
        pub(super) const NONE: Class = Number::NONE as Class;
        $(pub(super) const $class: Class = Number::$class as Class;)*
        const SCRIPTS: usize = Number::COUNT as usize;
        /// Name and blocks of each script.
        const BLOCKS: &[(Class, &str, &[(u32, u32)])] =
            &[$(($class, $name, &[$(($low, $high)),*]),)*];
    };
}

scripts! {
    LATIN "Latin" [0xc0..=0x24f, 0x250..=0x2af, 0x1e00..=0x1eff, 0x2c60..=0x2c7f, 0xa720..=0xa7ff];
    GREEK "Greek" [0x370..=0x3ff, 0x1f00..=0x1fff];
    CYRILLIC "Cyrillic" [0x400..=0x52f, 0x1c80..=0x1c8f, 0x2de0..=0x2dff, 0xa640..=0xa69f];
    ARMENIAN "Armenian" [0x530..=0x58f];
    HEBREW "Hebrew" [0x590..=0x5ff];
    ARABIC "Arabic" [0x600..=0x6ff, 0x750..=0x77f, 0x8a0..=0x8ff, 0xfb50..=0xfdff, 0xfe70..=0xfefe];
    INDIC "Indic" [0x900..=0xdff];
    GEORGIAN "Georgian" [0x10a0..=0x10ff, 0x1c90..=0x1cbf, 0x2d00..=0x2d2f];
    ETHIOPIC "Ethiopic" [0x1200..=0x139f, 0x2d80..=0x2ddf];
    HANGUL "Hangul" [0x3130..=0x318f, 0xac00..=0xd7a3];
    MONGOLIAN "Mongolian" [0x1800..=0x18af];
    THAI "Thai" [0xe00..=0xe7f];
    LAO "Lao" [0xe80..=0xeff];
    TIBETAN "Tibetan" [0xf00..=0xfff];
    BURMESE "Burmese" [0x1000..=0x109f, 0xa9e0..=0xa9ff, 0xaa60..=0xaa7f];
    KHMER "Khmer" [0x1780..=0x17ff, 0x19e0..=0x19ff];
    KANA "kana" [0x3041..=0x3096, 0x309d..=0x309f, 0x30a1..=0x30ff, 0x31f0..=0x31ff];
    HAN "Han" [0x3005..=0x3007, 0x3400..=0x4dbf, 0x4e00..=0x9fff, 0xf900..=0xfaff];
    TRADITIONAL "Han" [];
    SIMPLIFIED "Han" [];
}

/// The first class that is no script.
pub(super) const ODD: Class = 64;
/// A Latin letter that Windows-1252 has between 0x80 and 0x9F: š, ž, œ.
pub(super) const LATIN_1252: Class = ODD;
/// A sign that Latin-1 or Windows-1252 has above 0x7F: ©, €, ”.
pub(super) const SIGN_1252: Class = ODD + 1;
/// A space that is not U+0020.
pub(super) const SPACE: Class = ODD + 2;
/// NEL, U+2028, U+2029.
pub(super) const LINE_END: Class = ODD + 3;
/// No width: soft hyphen, zero-width space, directional marks.
pub(super) const INVISIBLE: Class = ODD + 4;
/// ZWNJ and ZWJ, which Arabic and Indic scripts need.
pub(super) const JOINER: Class = ODD + 5;
/// U+FEFF.
pub(super) const MARK: Class = ODD + 6;
/// U+0080 to U+009F but for NEL.
pub(super) const CONTROL: Class = ODD + 7;
/// An accent, a voicing mark or a part of a Hangul syllable that may be one character with the letter
/// before it.
pub(super) const ACCENT: Class = ODD + 8;
/// A compatibility form of a letter.
pub(super) const COMPATIBILITY: Class = ODD + 9;
/// Number of classes.
pub(super) const CLASSES: usize = ODD as usize + 10;

/// What Windows-1252 has at 0x80 to 0x9F; five places are empty.
pub(super) const WINDOWS_1252: [char; 27] = [
    '€', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 'Ž', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', 'ž', 'Ÿ',
];

static TABLE: LazyLock<Box<[Class]>> = LazyLock::new(|| {
    let mut table = vec![NONE; 1 << 16].into_boxed_slice();
    let mut set = |class: Class, low: u32, high: u32| {
        table[low as usize..=high as usize].fill(class);
    };
    for (class, _, blocks) in BLOCKS {
        for &(low, high) in *blocks {
            set(*class, low, high);
        }
    }
    for (traditional, simplified) in chinese::pairs() {
        set(TRADITIONAL, traditional as u32, traditional as u32);
        set(SIMPLIFIED, simplified as u32, simplified as u32);
    }
    set(LATIN, b'A'.into(), b'Z'.into());
    set(LATIN, b'a'.into(), b'z'.into());
    set(NONE, 0xd7, 0xd7);
    set(NONE, 0xf7, 0xf7);
    set(SIGN_1252, 0xa1, 0xbf);
    for c in WINDOWS_1252 {
        let class = match c.is_alphabetic() {
            true => LATIN_1252,
            false => SIGN_1252,
        };
        set(class, c as u32, c as u32);
    }
    set(CONTROL, 0x80, 0x9f);
    let odd: [(Class, u32, u32); 26] = [
        (SPACE, 0xa0, 0xa0),
        (SPACE, 0x1680, 0x1680),
        (SPACE, 0x2000, 0x200a),
        (SPACE, 0x202f, 0x202f),
        (SPACE, 0x205f, 0x205f),
        (SPACE, 0x3000, 0x3000),
        (LINE_END, 0x85, 0x85),
        (LINE_END, 0x2028, 0x2029),
        (INVISIBLE, 0xad, 0xad),
        (INVISIBLE, 0x61c, 0x61c),
        (INVISIBLE, 0x180e, 0x180e),
        (INVISIBLE, 0x200b, 0x200b),
        (INVISIBLE, 0x200e, 0x200f),
        (INVISIBLE, 0x202a, 0x202e),
        (INVISIBLE, 0x2060, 0x2064),
        (INVISIBLE, 0x2066, 0x2069),
        (JOINER, 0x200c, 0x200d),
        (MARK, 0xfeff, 0xfeff),
        (ACCENT, 0x300, 0x36f),
        (ACCENT, 0x1161, 0x11c2),
        (ACCENT, 0x3099, 0x309a),
        (COMPATIBILITY, 0xfb00, 0xfb06),
        (COMPATIBILITY, 0xff10, 0xff19),
        (COMPATIBILITY, 0xff21, 0xff3a),
        (COMPATIBILITY, 0xff41, 0xff5a),
        (COMPATIBILITY, 0xff66, 0xff9d),
    ];
    for (class, low, high) in odd {
        set(class, low, high);
    }
    table
});

/// The table for characters of the basic plane.
pub(super) fn table() -> &'static [Class] {
    &TABLE
}

/// The class of a character.
pub(super) fn class(c: char) -> Class {
    match c as u32 {
        code @ 0..0x1_0000 => TABLE[code as usize],
        0x2_0000..=0x3_ffff => HAN,
        _ => NONE,
    }
}

/// Whether a class is of Han characters.
pub(super) fn is_han(class: Class) -> bool {
    matches!(class, HAN | TRADITIONAL | SIMPLIFIED)
}

/// Whether a class is of a script that puts no spaces between words.
pub(super) fn has_no_spaces(class: Class) -> bool {
    is_han(class) || matches!(class, THAI | LAO | TIBETAN | BURMESE | KHMER | KANA)
}

/// Whether nobody sees a character: a space or one without width.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(class(c), SPACE | INVISIBLE | JOINER | MARK)
}

/// Letters of each script, summed by name, the commonest first; `counts` are by class.
pub(super) fn shares(counts: &[u64; CLASSES]) -> Vec<(&'static str, u64)> {
    let mut shares: Vec<(&str, u64)> = Vec::new();
    for &(class, name, _) in BLOCKS {
        let mut letters = counts[usize::from(class)];
        if class == LATIN {
            letters += counts[usize::from(LATIN_1252)];
        }
        match shares.iter_mut().find(|(other, _)| *other == name) {
            Some((_, sum)) => *sum += letters,
            None => shares.push((name, letters)),
        }
    }
    shares.retain(|(_, letters)| *letters > 0);
    shares.sort_by_key(|(name, letters)| (std::cmp::Reverse(*letters), *name));
    shares
}

/// Where a script occurs first; `firsts` are by class.
pub(super) fn first<T: Copy + Ord>(firsts: &[Option<T>; CLASSES], script: &str) -> Option<T> {
    let own = BLOCKS.iter().filter(|(_, name, _)| *name == script);
    own.filter_map(|(class, ..)| firsts[usize::from(*class)]).min()
}

const _: () = assert!(SCRIPTS <= ODD as usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_their_class() {
        let cases = [
            ('a', LATIN),
            ('é', LATIN),
            ('š', LATIN_1252),
            ('×', NONE),
            ('©', SIGN_1252),
            ('ж', CYRILLIC),
            ('か', KANA),
            ('ー', KANA),
            ('人', HAN),
            ('國', TRADITIONAL),
            ('国', SIMPLIFIED),
            ('𠀀', HAN),
            ('ไ', THAI),
            ('한', HANGUL),
            ('\u{a0}', SPACE),
            ('\u{85}', LINE_END),
            ('\u{93}', CONTROL),
            ('\u{301}', ACCENT),
            ('Ａ', COMPATIBILITY),
            ('，', NONE),
            ('1', NONE),
            ('😀', NONE),
        ];
        for (c, expected) in cases {
            assert_eq!(class(c), expected, "{c:?}");
        }
    }

    #[test]
    fn all_of_han_is_one_script() {
        let mut counts = [0; CLASSES];
        for c in "國国人 abc š".chars() {
            counts[usize::from(class(c))] += 1;
        }
        assert_eq!(shares(&counts), [("Latin", 4), ("Han", 3)]);
    }
}
