//! The little of CSV and of Python's lists that evaluation files are written in.
//!
//! The categorisation and odd-one-out files that the field passes on were written by pandas: commas,
//! a first column of row numbers without a name, quotes around fields that hold commas, and lists as
//! Python prints them: `['Opel', "O'Hare"]`.

/// The fields of a line. A field in quotes may hold commas, and quotes written twice. `None` where a
/// quote is not closed.
pub(super) fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let field = fields.last_mut()?;
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' if quoted => quoted = false,
            '"' if field.trim().is_empty() => {
                field.clear();
                quoted = true;
            }
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(c),
        }
    }
    (!quoted).then_some(fields)
}

/// The strings of a Python list, `['a', "b'c", 'd\'e']`; `None` where it is none.
pub(super) fn python_list(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let mut item = String::new();
        let mut characters = rest.char_indices().skip(1);
        let end = loop {
            match characters.next()? {
                (_, '\\') => item.push(characters.next()?.1),
                (at, c) if c == quote => break at + 1,
                (_, c) => item.push(c),
            }
        };
        items.push(item);
        rest = rest[end..].trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_lists_as_pandas_writes_them() {
        let line = r#"0,Big_cats,"['dog', ""O'Hare"", '']","['a,b', 'c\'d']""#;
        let got = fields(line).unwrap();
        assert_eq!(got[..2], ["0", "Big_cats"]);
        assert_eq!(python_list(&got[2]).unwrap(), ["dog", "O'Hare", ""]);
        assert_eq!(python_list(&got[3]).unwrap(), ["a,b", "c'd"]);
        assert_eq!(fields("a, \"b\" ,").unwrap(), ["a", "b ", ""]);
        assert_eq!(fields("").unwrap(), [""]);
        assert_eq!(fields("a,\"b"), None);
        assert_eq!(python_list("[]").unwrap(), [""; 0]);
        assert_eq!(python_list("['a',]").unwrap(), ["a"]);
        for bad in ["", "[", "'a'", "[a]", "['a' 'b']", "['a]", "['a\\", "['a'; 'b']"] {
            assert_eq!(python_list(bad), None, "{bad}");
        }
    }
}
