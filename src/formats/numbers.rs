//! Numbers in text: what one is, and rows of which the numbers tell that they are no rows of a word and its
//! vector.

/// Rows that are looked at.
pub(super) const SAMPLE: usize = 100;

#[inline]
pub(super) fn number(field: &[u8]) -> Option<f32> {
    plain_number(field).or_else(|| std::str::from_utf8(field).ok()?.parse().ok())
}

/// The powers of ten that f64 holds exactly, as far as they are needed.
const TENS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A number of at most 15 digits without an exponent, which nearly all are; quicker than std's
/// parser, and the same to the bit.
///
/// Digits and power are exact in f64, so that their quotient is rounded once. To round it again to f32 is
/// right but where it lies half-way between two of them: then the exact number may be on either side.
#[inline]
fn plain_number(field: &[u8]) -> Option<f32> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut value, mut point, mut count) = (0_u64, None, 0);
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = 10 * value + u64::from(digit);
            count += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(count);
        } else {
            return None;
        }
    }
    if !(1..=15).contains(&count) {
        return None;
    }
    let decimals = count - point.unwrap_or(count);
    let quotient = value as f64 / TENS[decimals];
    // f64 has 29 bits of fraction more than f32.
    if quotient.to_bits() & ((1 << 29) - 1) == 1 << 28 {
        return None;
    }
    let x = quotient as f32;
    Some(if negative { -x } else { x })
}

/// Whether most of the first rows are numbers from the first field on, and that one a decimal number (a word may be a
/// whole one): a matrix without words, as the projector's tensors and NumPy's `savetxt` are.
pub(super) fn is_wordless(text: &[u8]) -> bool {
    let separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
    let all_numbers = |row: &[u8]| {
        let mut fields = row.split(separator).filter(|field| !field.is_empty());
        let decimal = |field: &[u8]| field.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        let first = fields.clone().next().is_some_and(decimal);
        first && fields.all(|field| number(field).is_some())
    };
    let rows = text.split(|&byte| byte == b'\n').take(SAMPLE);
    let rows = rows.map(<[u8]>::trim_ascii).filter(|row| !row.is_empty());
    let (all, fit) =
        rows.fold((0, 0), |(all, fit), row| (all + 1, fit + usize::from(all_numbers(row))));
    // One row alone may be that of an empty word; a few may be damaged.
    all > 1 && 4 * fit >= 3 * all
}

/// What rows are whose numbers we do not read, where most of the first rows are so.
pub(super) fn foreign_numbers(text: &[u8]) -> Option<&'static str> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let commas = |field: &[u8]| {
        let point: Vec<u8> = field.iter().map(|&b| if b == b',' { b'.' } else { b }).collect();
        number(&point).is_some()
    };
    let hexadecimal = |field: &[u8]| {
        let digits = field.strip_prefix(b"-").unwrap_or(field);
        digits.starts_with(b"0x") && digits.contains(&b'p')
    };
    let kind = |row: &[u8]| {
        let all = |separator: &dyn Fn(&u8) -> bool, fits: &dyn Fn(&[u8]) -> bool| {
            let mut fields = row.trim_ascii().split(separator).filter(|field| !field.is_empty());
            let numbers = fields.by_ref().skip(1).map(|field| fits(field.trim_ascii()));
            let (count, fit) = numbers.fold((0, true), |(n, all), fits| (n + 1, all & fits));
            count >= 2 && fit
        };
        let semicolon = |byte: &u8| *byte == b';';
        match row.contains(&b',') {
            true if all(&blank, &commas) || all(&semicolon, &commas) => {
                Some("vectors with decimal commas: write points, and blanks between fields")
            }
            _ if all(&blank, &hexadecimal) => {
                Some("vectors in hexadecimal floats: write decimal numbers")
            }
            _ if all(&|byte| matches!(byte, b',' | b';'), &|field| number(field).is_some()) => {
                Some("CSV: write blanks between the fields, without a line of names (tr , ' ')")
            }
            _ => None,
        }
    };
    let rows = text.split(|&byte| byte == b'\n').filter(|row| !row.trim_ascii().is_empty());
    let kinds: Vec<_> = rows.take(20).map(kind).collect();
    let known = kinds.iter().flatten().next()?;
    let same = kinds.iter().filter(|kind| **kind == Some(*known)).count();
    (2 * same >= kinds.len()).then_some(*known)
}
