//! Sizes and numbers as people write them.

/// Reads `2G`, `512M`, `64KiB` or a number of bytes. Units are powers of 1024.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let error = || format!("{text:?} is no size; expected a number with K, M, G or T, such as 2G");
    let digits =
        text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (number, unit) = text.split_at(digits);
    let factor: u64 =
        match unit.trim().to_ascii_uppercase().trim_end_matches('B').trim_end_matches('I') {
            "" => 1,
            "K" => 1 << 10,
            "M" => 1 << 20,
            "G" => 1 << 30,
            "T" => 1 << 40,
            _ => return Err(error()),
        };
    let number: f64 = number.parse().map_err(|_| error())?;
    Ok((number * factor as f64) as u64)
}

/// Reads `7.6B`, `110M`, `543,499,264` or `543_499_264`. Units are powers of 1000.
pub(super) fn parse_count(text: &str) -> Result<u64, String> {
    let error =
        || format!("{text:?} is no number of parameters; expected one such as 7.6B or 110M");
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '_')).collect();
    let (number, factor) = match plain.char_indices().next_back() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let factor = match unit.to_ascii_uppercase() {
                'K' => 1e3,
                'M' => 1e6,
                'B' | 'G' => 1e9,
                'T' => 1e12,
                _ => return Err(error()),
            };
            (&plain[..at], factor)
        }
        _ => (&plain[..], 1.0),
    };
    let number: f64 = number.parse().map_err(|_| error())?;
    let count = (number * factor).round();
    match (1.0..1e18).contains(&count) {
        true => Ok(count as u64),
        false => Err(error()),
    }
}

/// Reads a number of things of which none would be an empty wish.
pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected a whole number, 1 or more".to_owned())
}

/// A size for people: three digits and a decimal unit.
pub(super) fn show(bytes: u64) -> String {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let bytes_f = bytes as f64;
    match units.iter().find(|(factor, _)| bytes_f >= 0.9995 * factor) {
        None => format!("{bytes} B"),
        Some((factor, unit)) => {
            let number = bytes_f / factor;
            let decimals = if number < 9.995 {
                2
            } else if number < 99.95 {
                1
            } else {
                0
            };
            format!("{number:.decimals$} {unit}")
        }
    }
}

/// A whole number with a comma before each group of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 token`, `1,200 tokens`, `2 sequences of bytes`.
pub(super) fn counted(number: u64, thing: &str) -> String {
    let (noun, rest) = match thing.find(" of ") {
        Some(at) => thing.split_at(at),
        None => (thing, ""),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}{rest}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        let sizes =
            [("17", 17), ("1k", 1024), ("2G", 2 << 30), ("1.5 MiB", 3 << 19), ("1TB", 1 << 40)];
        for (text, bytes) in sizes {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "1X", "-1", "1..2M"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parameters_as_people_write_them() {
        let counts = [
            ("7.6B", 7_600_000_000),
            ("110m", 110_000_000),
            ("543,499,264", 543_499_264),
            ("1_000", 1000),
        ];
        for (text, count) in counts {
            assert_eq!(parse_count(text), Ok(count), "{text}");
        }
        for text in ["", "B", "7X", "-1", "0", "nan", "1e99", "infB"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 1000, 54_320_000].map(grouped), ["0", "999", "1,000", "54,320,000"]);
        assert_eq!(
            [0, 1, 1200].map(|n| counted(n, "token")),
            ["0 tokens", "1 token", "1,200 tokens"]
        );
        assert_eq!(counted(2, "sequence of bytes"), "2 sequences of bytes");
        let sizes = [999, 1000, 12_345, 999_960, 54_320_000, 3_000_000_000];
        let shown = ["999 B", "1.00 kB", "12.3 kB", "1.00 MB", "54.3 MB", "3.00 GB"];
        assert_eq!(sizes.map(show), shown);
    }
}
