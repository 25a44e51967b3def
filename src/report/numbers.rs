//! Numbers as people read them.

/// A size for people: three digits and a decimal unit.
pub fn size(bytes: u64) -> String {
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
pub fn grouped(number: u64) -> String {
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
pub fn counted(number: u64, thing: &str) -> String {
    let (noun, rest) = match thing.find(" of ") {
        Some(at) => thing.split_at(at),
        None => (thing, ""),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}{rest}", grouped(number))
}

/// A fraction of a whole as `12.5 %`.
pub fn percent(part: f64, whole: f64) -> String {
    let percent = 100.0 * part / if whole == 0.0 { 1.0 } else { whole };
    match percent > 0.0 && percent < 0.05 {
        true => "< 0.1 %".to_owned(),
        false => format!("{percent:.1} %"),
    }
}

/// How much smaller or larger something became: "4.0 times smaller".
pub fn times(before: u64, after: u64) -> String {
    let (ratio, what) = match before < after {
        true => (after as f64 / before.max(1) as f64, "larger"),
        false => (before as f64 / after.max(1) as f64, "smaller"),
    };
    match format!("{ratio:.1}").as_str() {
        _ if before == after => "of the same size".to_owned(),
        "1.0" => "of the same size".to_owned(),
        ratio => format!("{ratio} times {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_0_times_smaller() {
        let shown = [(400, 100), (100, 180), (100, 104), (104, 100), (0, 0), (0, 9), (9, 0)];
        let shown = shown.map(|(before, after)| times(before, after));
        let same = "of the same size";
        let expected = ["4.0 times smaller", "1.8 times larger", same, same];
        assert_eq!(shown[..4], expected);
        assert_eq!(shown[4..], [same, "9.0 times larger", "9.0 times smaller"]);
        assert_eq!(percent(1.0, 1e6), "< 0.1 %");
        assert_eq!([percent(0.0, 1e6), percent(5e-4, 1.0)], ["0.0 %", "0.1 %"]);
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
        assert_eq!(sizes.map(size), shown);
    }
}
