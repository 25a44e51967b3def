//! Sizes and numbers as people type them, and as they read them.

use w2v::report::quoted;
pub(super) use w2v::report::{counted, grouped, size as show};

/// Reads `2G`, `512M`, `64KiB` or a number of bytes. Units are powers of 1024.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let units = [("", 0), ("K", 10), ("M", 20), ("G", 30), ("T", 40)];
    let units = units.map(|(unit, power)| (unit, f64::from(power).exp2()));
    let plain = text.trim_end_matches(['b', 'B']).trim_end_matches(['i', 'I']);
    let error =
        || format!("{} is no size; expected a number with K, M, G or T, such as 2G", quoted(text));
    with_unit(plain, &units).map(|bytes| bytes as u64).ok_or_else(error)
}

/// Reads `7.6B`, `110M`, `543,499,264` or `543_499_264`. Units are powers of 1000.
pub(super) fn parse_count(text: &str) -> Result<u64, String> {
    let units = [("", 1.0), ("K", 1e3), ("M", 1e6), ("B", 1e9), ("G", 1e9), ("T", 1e12)];
    let count = with_unit(&text.replace([',', '_'], ""), &units).map(f64::round);
    let error = || {
        format!("{} is no number of parameters; expected one such as 7.6B or 110M", quoted(text))
    };
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
}
