//! Commands for a POSIX shell that mend a file, ready to be pasted.

use crate::corpus::Source;

/// A path as the shell takes it for one word.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+,=@%".contains(c);
    match !path.is_empty() && path.chars().all(plain) && !path.starts_with('-') {
        true => path.to_owned(),
        // A path that begins with a hyphen would be taken for an option.
        false => {
            let start = if path.starts_with('-') { "./" } else { "" };
            format!("'{start}{}'", path.replace('\'', r"'\''"))
        }
    }
}

/// A command that puts a file through a filter, decompressed on the way; `None` for standard input, which
/// cannot be read again, and for names that are not UTF-8.
pub(super) fn filter(source: &Source, filter: &str) -> Option<String> {
    let Source::File(path) = source else {
        return None;
    };
    let path = path.to_str()?;
    let unpack = [(".gz", "zcat"), (".zst", "zstdcat"), (".bz2", "bzcat"), (".xz", "xzcat")];
    let unpack = unpack.iter().find(|(ending, _)| path.ends_with(ending));
    Some(match unpack {
        Some((_, cat)) => format!("{cat} {} | {filter} > fixed.txt", quoted(path)),
        None => format!("{filter} < {} > fixed.txt", quoted(path)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let command = |path: &str| filter(&Source::File(path.into()), "tr a b").unwrap();
        assert_eq!(command("a/b.txt"), "tr a b < a/b.txt > fixed.txt");
        assert_eq!(command("it's.gz"), r"zcat 'it'\''s.gz' | tr a b > fixed.txt");
        assert_eq!(command("-x"), "tr a b < './-x' > fixed.txt");
        assert_eq!(filter(&Source::Stdin, "tr a b"), None);
    }
}
