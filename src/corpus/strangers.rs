//! Files that hold neither text nor vectors, by their first bytes.
//!
//! In: the beginning of a file. Out: what it is and how to get at what is in it, in words that go on
//! after "this is". Magic numbers are those of the formats' own specifications.

/// What begins with these bytes is of no use to us as it stands.
const STRANGERS: [(&[u8], &str); 24] = [
    (b"\x1f\x8b", "a gzip file: decompress it first (gunzip)"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: decompress it first (unzstd)"),
    (b"\xfd7zXZ\0", "an xz file: decompress it first (unxz)"),
    (b"\x04\x22\x4d\x18", "an lz4 file: decompress it first (unlz4)"),
    (b"PK\x03\x04", "a zip archive: unpack it first (unzip)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!\x1a\x07", "a rar archive: unpack it first"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"version https://git-lfs", "a Git LFS pointer: fetch the file itself with `git lfs pull`"),
    (b"\xff\xfe", "UTF-16 text: convert it to UTF-8 first"),
    (b"\xfe\xff", "UTF-16 text: convert it to UTF-8 first"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"%PDF-", "a PDF file: take its text out first (pdftotext)"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a document of an old Word or Excel: save it as plain text first",
    ),
    (b"{\\rtf", "an RTF document: save it as plain text first"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF89a", "a picture"),
    (b"GIF87a", "a picture"),
    (b"ID3\x03\0", "a sound file"),
    (b"OggS\0", "a sound file"),
];

/// What a file is that begins with `bytes`, where that is known and neither text nor vectors.
pub(crate) fn stranger(bytes: &[u8]) -> Option<&'static str> {
    let begins = |(magic, _): &&(&[u8], &str)| bytes.starts_with(magic);
    if let Some((_, what)) = STRANGERS.iter().find(begins) {
        return Some(what);
    }
    match bytes {
        [0x80, 2..=5, ..] => Some(
            "a Python pickle, which can run code when loaded: load it in gensim and export \
             it with `save_word2vec_format`",
        ),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some("a bzip2 file: decompress it first (bunzip2)"),
        // The letters alone might begin a text.
        [b'M', b'Z', rest @ ..] if rest.iter().take(64).any(|&byte| byte == 0) => Some("a program"),
        _ if bytes.get(257..262) == Some(b"ustar") => {
            Some("a tar archive: unpack it first (tar -xf) and name the folder")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_named_and_text_is_none() {
        let tar = [&[b'a'; 257][..], b"ustar\0"].concat();
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"%PDF-1.7", Some("a PDF file")),
            (b"\x80\x04\x95", Some("a Python pickle")),
            (b"MZ\x90\0\x03", Some("a program")),
            (&tar, Some("a tar archive")),
            (b"BZh91AY", Some("a bzip2 file")),
            (b"MZ is a group of letters", None),
            (b"plain text", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            let found = stranger(bytes);
            let same = match (found, expected) {
                (Some(found), Some(expected)) => found.starts_with(expected),
                (found, expected) => found == expected,
            };
            assert!(same, "{}: {found:?}", bytes.escape_ascii());
        }
    }
}
