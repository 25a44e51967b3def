//! Sizes and numbers as people write them.

/// Reads `2G`, `512M`, `64KiB` or a number of bytes. Units are powers of 1024.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let units = [("", 0), ("K", 10), ("M", 20), ("G", 30), ("T", 40)];
    let units = units.map(|(unit, power)| (unit, f64::from(power).exp2()));
    let plain = text.trim_end_matches(['b', 'B']).trim_end_matches(['i', 'I']);
    let error = || format!("{text:?} is no size; expected a number with K, M, G or T, such as 2G");
    with_unit(plain, &units).map(|bytes| bytes as u64).ok_or_else(error)
}

/// Reads `7.6B`, `110M`, `543,499,264` or `543_499_264`. Units are powers of 1000.
pub(super) fn parse_count(text: &str) -> Result<u64, String> {
    let units = [("", 1.0), ("K", 1e3), ("M", 1e6), ("B", 1e9), ("G", 1e9), ("T", 1e12)];
    let count = with_unit(&text.replace([',', '_'], ""), &units).map(f64::round);
    let error =
        || format!("{text:?} is no number of parameters; expected one such as 7.6B or 110M");
    count.filter(|count| (1.0..1e18).contains(count)).map(|count| count as u64).ok_or_else(error)
}

/// A number of digits and its unit, of which capitals do not matter.
fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    Some(number.parse::<f64>().ok()? * factor)
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
            let decimals = [9.995, 99.95].iter().filter(|end| number < **end).count();
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
