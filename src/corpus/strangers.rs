//! Files that hold no text, by their first bytes.
//!
//! In: the beginning of a file, decompressed. Out: what it is and how to get at what is in it, in words
//! that go on after "this is". Magic numbers are those of the formats' own specifications. Everything
//! that opens a file asks here: corpora and lists ask for both kinds, vector files for the first.

use super::encoding::is_utf8_so_far;

/// Bytes that show what a file is.
pub(super) const HEAD: usize = 1 << 14;

/// What begins with these bytes is of no use to us as it stands.
const STRANGERS: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "a gzip file: decompress it first (gunzip)"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: decompress it first (unzstd)"),
    (b"\xfd7zXZ\0", "an xz file: decompress it first (unxz)"),
    (b"\x04\x22\x4d\x18", "an lz4 file: decompress it first (unlz4)"),
    (b"\x1f\x9d", "a file of compress: decompress it first (uncompress)"),
    (b"\x5d\0\0\x80\0", "an lzma file: decompress it first (unlzma)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!\x1a\x07", "a rar archive: unpack it first"),
    (b"!<arch>\n", "an ar archive: unpack it first"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"Obj\x01", "an Avro file: export its text first"),
    (b"ORC\x0a", "an ORC file: export its text first"),
    (b"ARROW1\0\0", "an Arrow file: save its words and vectors as Parquet or text"),
    (b"FEA1", "a Feather file: save its words and vectors as Parquet or text"),
    (b"GGUF", "a GGUF model: use the safetensors files it was made from"),
    (b"version https://git-lfs", "a Git LFS pointer: fetch the file itself with `git lfs pull`"),
    (b"<<<<<<< ", "a file with the conflict marks of a version control system: resolve them"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\0asm", "a program"),
    (b"%PDF-", "a PDF file: take its text out first (pdftotext)"),
    (b"%!PS", "a PostScript file: take its text out first (ps2ascii)"),
    (b"AT&TFORM", "a DjVu file: take its text out first (djvutxt)"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a document of an old Word or Excel: save it as plain text first",
    ),
    (b"{\\rtf", "an RTF document: save it as plain text first"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF89a", "a picture"),
    (b"GIF87a", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"ID3\x02", "a sound file"),
    (b"ID3\x03", "a sound file"),
    (b"ID3\x04", "a sound file"),
    (b"OggS\0", "a sound file"),
    (b"fLaC\0", "a sound file"),
    (b"\x1a\x45\xdf\xa3", "a film"),
    (COUNTS, "co-occurrence counts of w2v: train on them with `cooccur=PATH`"),
    (b"w2vjrnl\x01", "unfinished co-occurrence counts of w2v: count again to go on"),
];

const COUNTS: &[u8] = b"w2c\0\r\n\x1a\n";

/// Vector files of other layers, by their magic numbers.
const VECTORS: &[(&[u8], &str)] = &[
    (b"w2v\0\r\n\x1a\n", "a model of w2v"),
    (b"\xba\x16\x4f\x2f\x0c\0\0\0", "a fastText model"),
    (b"FiFu\0\0\0\0", "a finalfusion file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PAR1", "a Parquet file"),
];

/// What a file is that begins with `bytes`, where that is known and neither text nor vectors.
pub(crate) fn stranger(bytes: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = STRANGERS.iter().find(|(magic, _)| begins(bytes, magic)) {
        return Some(what);
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] => {
            Some(zip_of_parts(bytes).unwrap_or("a zip archive: unpack it first (unzip)"))
        }
        [0x80, 2..=5, ..] => Some(
            "a Python pickle, which can run code when loaded: save what is in it as text, vectors \
             with gensim's `save_word2vec_format`",
        ),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => {
            Some("a bzip2 file: decompress it first (bunzip2)")
        }
        [b'I', b'x' | b'w' | b'H' | b'B', b'F' | b'P' | b'M' | b'N' | b'w', _, rest @ ..]
            if is_faiss(rest) =>
        {
            Some("a FAISS index: it holds no words; save its vectors as a NumPy array")
        }
        // The letters alone might begin a text.
        [b'M', b'Z', rest @ ..] if rest.iter().take(64).any(|&byte| byte == 0) => Some("a program"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A' | b'E', ..] => Some("a sound or a picture"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if bytes[0] == 0 => Some("a film"),
        _ if is_tar(bytes) => {
            Some("a tar archive: name it as a file, or unpack it first (tar -xf)")
        }
        _ => None,
    }
}

/// Whether a tar archive begins with these bytes.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Whether any byte is a control character that no text has.
fn has_controls(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// Whether a file begins with a magic number. Letters alone may begin a text, of which a gene is called PAR1,
/// but for the longer beginnings of formats that are text themselves.
fn begins(bytes: &[u8], magic: &[u8]) -> bool {
    const TEXTUAL: [u8; 6] = *b"%{v<A!";
    let letters = magic.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let certain = !letters || TEXTUAL.contains(&magic[0]);
    bytes.starts_with(magic) && (certain || has_controls(bytes))
}

/// What holds vectors and is no text, where the file begins with `bytes`: by its magic number, or by
/// rows of a word and as many numbers in each.
pub(crate) fn vectors(bytes: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = VECTORS.iter().find(|(magic, _)| begins(bytes, magic)) {
        return Some(what);
    }
    if matches!(bytes, [_, _, _, _, _, 0, 0, 0, b'{', ..]) {
        return Some("a safetensors file");
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = bytes.split(|&byte| byte == b'\n').map(|line| line.trim_ascii_end());
    let first = lines.next()?;
    let second = lines.next()?;
    let header = std::str::from_utf8(first).ok().and_then(|line| {
        let (rows, dim) = line.split_once(' ')?;
        Some((rows.parse::<u64>().ok()?, dim.parse::<usize>().ok()?))
    });
    match header {
        // A row may be longer than what there is of it.
        Some((1.., dim @ 2..)) => {
            let (numbers, whole) = decimals(second);
            let cut = lines.next().is_none();
            let text = whole && (numbers == dim || cut && numbers > 8 && numbers <= dim);
            match (text, is_binary(&bytes[first.len() + 1..], dim)) {
                (true, _) => Some("a vector file (text)"),
                (false, true) => Some("a vector file (word2vec's binary format)"),
                (false, false) => None,
            }
        }
        _ => {
            // Of a file that goes on the last row may be cut. A short table in a text is no vector file.
            let goes_on = bytes.len() >= HEAD;
            let mut rows: Vec<&[u8]> = [first, second].into_iter().chain(lines).collect();
            rows.truncate(rows.len() - 1);
            let width = decimals(first);
            let same = rows.iter().filter(|row| decimals(row) == width).count();
            let enough = rows.len() >= if goes_on { 2 } else { 20 };
            (width.0 >= 8 && width.1 && enough && 10 * same >= 9 * rows.len())
                .then_some("a vector file (text)")
        }
    }
}

/// Whether `body` begins with a word, a space and `dim` floats of a usual size, and goes on so; and holds bytes
/// that no text has.
fn is_binary(body: &[u8], dim: usize) -> bool {
    if !has_controls(body) && is_utf8_so_far(body) {
        return false;
    }
    let mut rest = body;
    for row in 0..4 {
        let start = rest.iter().position(|&byte| byte != b'\n').unwrap_or(rest.len());
        let Some(space) = memchr::memchr(b' ', &rest[start..]) else {
            return row > 0;
        };
        let numbers = &rest[start + space + 1..];
        let width = dim.saturating_mul(4);
        let (floats, _) = numbers[..numbers.len().min(width)].as_chunks::<4>();
        let usual = |float: &[u8; 4]| f32::from_le_bytes(*float).abs() < 1e6;
        if !floats.iter().all(usual) {
            return false;
        }
        match numbers.get(width..) {
            Some(behind) => rest = behind,
            None => return row > 0 || floats.len() >= 8,
        }
    }
    true
}

/// The decimal numbers at the end of a line, and whether there is one word before them.
fn decimals(line: &[u8]) -> (usize, bool) {
    let separator = |byte: &u8| matches!(byte, b' ' | b'\t');
    let fields: Vec<&[u8]> = line.split(separator).filter(|field| !field.is_empty()).collect();
    let decimal = |field: &&&[u8]| {
        let digits = field.strip_prefix(b"-").unwrap_or(field);
        let is_part = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+');
        digits.iter().all(is_part) && digits.contains(&b'.')
    };
    let numbers = fields.iter().rev().take_while(decimal).count();
    (numbers, fields.len() == numbers + 1)
}

/// What else a zip archive is than a folder of files, by the name of its first member.
fn zip_of_parts(bytes: &[u8]) -> Option<&'static str> {
    let length = usize::from(u16::from_le_bytes([*bytes.get(26)?, *bytes.get(27)?]));
    let name = bytes.get(30..)?;
    part(&name[..name.len().min(length)])
}

/// What a zip archive is that has a member of this name.
pub(super) fn part(name: &[u8]) -> Option<&'static str> {
    let documents: [&[u8]; 4] =
        [b"[Content_Types].xml", b"mimetype", b"_rels/.rels", b"META-INF/container.xml"];
    match name {
        _ if name.ends_with(b".npy") => {
            Some("a NumPy archive (.npz): save its array by itself, with numpy.save")
        }
        _ if name.ends_with(b"/data.pkl") => {
            Some("a PyTorch checkpoint: save its table as safetensors")
        }
        _ if documents.contains(&name) => {
            Some("a document or a spreadsheet: save it as plain text first")
        }
        _ => None,
    }
}

/// Behind its four letters an index has its dimension, and the number of its vectors.
fn is_faiss(rest: &[u8]) -> bool {
    matches!(rest, [_, _, 0, 0, _, _, _, _, _, 0, 0, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_named_and_text_is_none() {
        let tar = [&[b'a'; 257][..], b"ustar\0"].concat();
        let zip = |name: &str| {
            let length = (name.len() as u16).to_le_bytes();
            [b"PK\x03\x04", &[0; 22][..], &length, &[0, 0], name.as_bytes(), b"..."].concat()
        };
        let (npz, docx, texts) = (zip("a.npy"), zip("[Content_Types].xml"), zip("a.txt"));
        let cases: [(&[u8], Option<&str>); 14] = [
            (b"%PDF-1.7", Some("a PDF file")),
            (b"\x80\x04\x95", Some("a Python pickle")),
            (b"MZ\x90\0\x03", Some("a program")),
            (&tar, Some("a tar archive")),
            (&npz, Some("a NumPy archive")),
            (&docx, Some("a document")),
            (&texts, Some("a zip archive")),
            (b"BZh91AY", Some("a bzip2 file")),
            (b"IxF2\x2c\x01\0\0\x40\x42\x0f\0\0\0\0\0", Some("a FAISS index")),
            (b"IxFlower is a word", None),
            (b"GIF89a is a format of pictures", None),
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

    #[test]
    fn vectors_are_no_text() {
        let row = "a 0.1 0.2 0.3 0.4 0.5 0.6 0.7 -0.8e-5\n";
        let glove = row.repeat(20);
        let long = format!("100 5000\nthe{}", " 0.25".repeat(3000));
        let ids = format!("4521 57\n{}", "8 991 17 3344 21\n".repeat(300));
        let table = row.repeat(4);
        let cases: [(&[u8], bool); 12] = [
            (b"2 2\na 0.1 0.2\nb 0.3 0.4\n", true),
            (b"2 2\na \0\0\x80?\0\0\0@\nb ", true),
            (glove.as_bytes(), true),
            (long.as_bytes(), true),
            (b"\x93NUMPY\x01\0", true),
            (b"2 2\nis the score of the game\n", false),
            (b"a line\nand 3.5 more\nof text\n", false),
            (b"1 0.1 0.2 0.3 of 0.4 0.5\n1.5\n2.5\n", false),
            (b"10 20\n30 40\n50 60\n", false),
            (ids.as_bytes(), false),
            (table.as_bytes(), false),
            (b"PAR1 signaling in cells\n", false),
        ];
        for (bytes, expected) in cases {
            assert_eq!(vectors(bytes).is_some(), expected, "{}", bytes.escape_ascii());
        }
    }
}
