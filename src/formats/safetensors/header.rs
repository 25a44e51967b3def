//! The header of a safetensors file: which tensors there are, of what shape, and where.
//!
//! In: the bytes of a file. Out: [`Header`], whose ranges are known to lie inside the file, to hold
//! what their shapes say, and not to overlap. The length of the header is compared with the file's
//! before it is believed; a header of more than 100 MB is refused, as by the format's own library.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | u64, little-endian: N, the length of the header |
//! | 8..8 + N | JSON: `{"NAME": {"dtype": "BF16", "shape": [V, D], "data_offsets": [from, to]}, …}`, and `__metadata__`, strings by strings; spaces at the end are allowed |
//! | 8 + N.. | the numbers, row-major, little-endian; offsets count from here |

use crate::formats::Dtype;
use crate::formats::npy::Element;
use crate::shown::quoted;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// The longest header that is read.
pub(super) const LONGEST: usize = 100_000_000;

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) name: String,
    /// As the file spells it: `BF16`.
    pub(super) dtype: String,
    pub(super) shape: Vec<u64>,
    /// Where it lies in the file.
    pub(super) range: Range<usize>,
}

impl Tensor {
    /// The type of its numbers, where it is one that we read.
    pub(super) fn known_dtype(&self) -> Option<Dtype> {
        match self.dtype.as_str() {
            "F32" => Some(Dtype::F32),
            "F16" => Some(Dtype::F16),
            "BF16" => Some(Dtype::Bf16),
            "I8" => Some(Dtype::Int8),
            _ => None,
        }
    }

    /// The same for a table, which may be of f64 too.
    pub(super) fn element(&self) -> Option<Element> {
        match self.dtype.as_str() {
            "F64" => Some(Element::F64),
            _ => self.known_dtype().map(Element::Dtype),
        }
    }

    /// Bytes of a number, where its type is known.
    pub(super) fn width(&self) -> Option<u64> {
        width(&self.dtype)
    }

    /// Rows and columns, where it is a table with some of both.
    pub(super) fn table(&self) -> Option<(usize, usize)> {
        match self.shape[..] {
            [rows, dim] if rows > 0 && dim > 0 => {
                Some((usize::try_from(rows).ok()?, usize::try_from(dim).ok()?))
            }
            _ => None,
        }
    }
}

/// What a header says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// In the order of their places.
    pub(super) tensors: Vec<Tensor>,
    pub(super) metadata: BTreeMap<String, String>,
}

/// What is wrong, and where: "byte 8", `tensor "x"`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) place: String,
    pub(super) problem: String,
}

fn fault<T>(place: impl Into<String>, problem: impl Into<String>) -> Result<T, Fault> {
    let (place, problem) = (place.into(), problem.into());
    Err(Fault { place, problem })
}

/// An entry as it stands in the JSON.
#[derive(serde::Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// The entries in their order: a map would hide that a name stands there twice.
#[derive(Default)]
struct Entries {
    tensors: Vec<(String, Entry)>,
    metadata: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "__metadata__" => entries.metadata = map.next_value()?,
                        _ => entries.tensors.push((name, map.next_value()?)),
                    }
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Bytes of a number of type `dtype`; `None` for types that are not whole bytes or not known.
fn width(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F64" | "I64" | "U64" | "C64" => 8,
        "F32" | "I32" | "U32" => 4,
        "F16" | "BF16" | "I16" | "U16" => 2,
        "I8" | "U8" | "BOOL" => 1,
        name if name.starts_with("F8_") => 1,
        _ => return None,
    })
}

impl Header {
    /// Reads the header of `file`, the whole file.
    pub(super) fn parse(file: &[u8]) -> Result<Header, Fault> {
        let Some((length, rest)) = file.split_first_chunk::<8>() else {
            let problem = format!("the file has {} bytes, expected 8 and a header", file.len());
            return fault("byte 0", problem);
        };
        let said = u64::from_le_bytes(*length);
        let length = match usize::try_from(said) {
            Ok(length) if length <= rest.len() && length <= LONGEST => length,
            Ok(length) if length <= LONGEST => {
                let there = rest.len();
                let problem = format!("a header of {said} bytes, {there} follow: cut short");
                return fault("byte 0", problem);
            }
            _ => {
                let problem = format!("a header of {said} bytes, expected {LONGEST} at most");
                return fault("byte 0", problem);
            }
        };
        let (json, data) = rest.split_at(length);
        let entries: Entries = match serde_json::from_slice(json) {
            Ok(entries) => entries,
            Err(error) => return fault("header", format!("no such JSON as expected: {error}")),
        };
        let start = 8 + length;
        let mut tensors = Vec::with_capacity(entries.tensors.len());
        for (name, entry) in entries.tensors {
            let range = located(&entry, data.len())
                .or_else(|problem| fault(format!("tensor {}", quoted(&name)), problem))?;
            tensors.push(Tensor {
                name,
                dtype: entry.dtype,
                shape: entry.shape,
                range: start + range.start..start + range.end,
            });
        }
        tensors.sort_by(|a, b| {
            let key = |t: &Tensor| (t.range.start, t.range.end);
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        check_places(&tensors, start, file.len())?;
        Ok(Header { tensors, metadata: entries.metadata })
    }
}

/// Where the numbers of an entry lie in the `data` bytes behind the header.
fn located(entry: &Entry, data: usize) -> Result<Range<usize>, String> {
    let (from, to) = entry.data_offsets;
    if from > to || to > data as u64 {
        return Err(format!(
            "lies at {from} to {to}, but the file has {data} bytes of numbers: damaged or cut short"
        ));
    }
    if let Some(width) = width(&entry.dtype) {
        let product = |n: u64, m: &u64| n.checked_mul(*m);
        let needed = entry.shape.iter().try_fold(width, product);
        if needed != Some(to - from) {
            return Err(format!(
                "has {} bytes, which is not {} of {:?}",
                to - from,
                entry.dtype,
                entry.shape
            ));
        }
    }
    // Both are at most `data`.
    Ok(from as usize..to as usize)
}

/// Tensors must follow each other without gap or overlap, from `start` to `end`, under different names.
fn check_places(tensors: &[Tensor], start: usize, end: usize) -> Result<(), Fault> {
    let mut at = start;
    for tensor in tensors {
        let Tensor { name, range, .. } = tensor;
        if range.start != at {
            let what = if range.start < at {
                "overlaps the one before it"
            } else {
                "leaves a gap before it"
            };
            let problem =
                format!("{what}: it begins at {}, expected {}", range.start - start, at - start);
            return fault(format!("tensor {}", quoted(name)), problem);
        }
        at = range.end;
    }
    if at != end && !tensors.is_empty() {
        let problem = format!("the file has {end} bytes, its tensors end at {at}: appended to");
        return fault(format!("byte {at}"), problem);
    }
    let mut names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|two| two[0] == two[1]) {
        Some(twice) => fault(format!("tensor {}", quoted(twice[0])), "stands there twice"),
        None => Ok(()),
    }
}

/// The first bytes of a file with these tensors of `dtype`, V×D each, one after the other: the length and
/// the JSON, padded so that the numbers begin at a multiple of 64.
pub(super) fn render(
    names: &[&str],
    rows: usize,
    dim: usize,
    dtype: Dtype,
    metadata: &BTreeMap<String, String>,
) -> Vec<u8> {
    let bytes = dtype.width() as u64 * rows as u64 * dim as u64;
    let kind = dtype.name().to_uppercase();
    let mut entries = serde_json::Map::new();
    if !metadata.is_empty() {
        entries.insert("__metadata__".into(), serde_json::json!(metadata));
    }
    for (i, name) in (0..).zip(names) {
        let offsets = [i * bytes, (i + 1) * bytes];
        let entry =
            serde_json::json!({ "dtype": kind, "shape": [rows, dim], "data_offsets": offsets });
        entries.insert((*name).into(), entry);
    }
    let json = serde_json::Value::Object(entries).to_string();
    let length = (8 + json.len()).next_multiple_of(64) - 8;
    let mut header = (length as u64).to_le_bytes().to_vec();
    header.extend(json.as_bytes());
    header.resize(8 + length, b' ');
    header
}

/// The names and files of `model.safetensors.index.json`.
#[derive(serde::Deserialize)]
pub(super) struct ShardIndex {
    /// The file of each tensor.
    pub(super) weight_map: BTreeMap<String, String>,
    #[serde(default, rename = "metadata")]
    _metadata: IgnoredAny,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn file(json: &str, data: usize) -> Vec<u8> {
        let mut file = (json.len() as u64).to_le_bytes().to_vec();
        file.extend(json.as_bytes());
        file.resize(file.len() + data, 0);
        file
    }

    fn tensor(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
        format!("\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}")
    }

    #[test]
    fn tensors_are_found_where_they_lie() {
        let json = format!(
            "{{\"__metadata__\":{{\"format\":\"pt\"}},{},{}}}   ",
            tensor("b", "F32", "[2,3]", "[12,36]"),
            tensor("a", "BF16", "[3,2]", "[0,12]"),
        );
        let file = file(&json, 36);
        let header = Header::parse(&file).unwrap();
        let start = 8 + json.len();
        assert_eq!(header.metadata["format"], "pt");
        let [a, b] = &header.tensors[..] else { panic!() };
        assert_eq!((a.name.as_str(), a.range.clone()), ("a", start..start + 12));
        assert_eq!((a.known_dtype(), a.table()), (Some(Dtype::Bf16), Some((3, 2))));
        assert_eq!(b.range, start + 12..start + 36);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_tensors_name() {
        let one = |dtype, shape, offsets| format!("{{{}}}", tensor("t", dtype, shape, offsets));
        let two = |name, offsets| {
            let (a, b) =
                (tensor("a", "F32", "[2,1]", "[0,8]"), tensor(name, "F32", "[2,1]", offsets));
            format!("{{{a},{b}}}")
        };
        let cases = [
            (
                one("F32", "[4,1]", "[0,32]"),
                "tensor \"t\": lies at 0 to 32, but the file has 16 bytes",
            ),
            (one("F32", "[4,1]", "[16,0]"), "tensor \"t\": lies at 16 to 0"),
            (
                one("F32", "[18446744073709551615,2]", "[0,16]"),
                "tensor \"t\": has 16 bytes, which is not F32 of [18446744073709551615, 2]",
            ),
            (
                one("F32", "[2,1]", "[0,16]"),
                "tensor \"t\": has 16 bytes, which is not F32 of [2, 1]",
            ),
            (
                two("b", "[4,12]"),
                "tensor \"b\": overlaps the one before it: it begins at 4, expected 8",
            ),
            (two("b", "[0,8]"), "tensor \"b\": overlaps"),
            (two("a", "[8,16]"), "tensor \"a\": stands there twice"),
            (
                one("F32", "[3,1]", "[4,16]"),
                "tensor \"t\": leaves a gap before it: it begins at 4, expected 0",
            ),
            (
                one("F32", "[3,1]", "[0,12]"),
                "the file has 81 bytes, its tensors end at 77: appended to",
            ),
            (one("F32", "[-3,1]", "[0,12]"), "header: no such JSON"),
            ("[1]".into(), "header: no such JSON"),
            ("{".into(), "header: no such JSON"),
        ];
        for (json, expected) in cases {
            let Fault { place, problem } = Header::parse(&file(&json, 16)).unwrap_err();
            let message = format!("{place}: {problem}");
            assert!(message.contains(expected), "{message}, expected {expected}");
        }
        let mut long = file("{}", 0);
        long[..8].copy_from_slice(&3u64.to_le_bytes());
        assert!(Header::parse(&long).unwrap_err().problem.contains("cut short"));
        long[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        let problem = Header::parse(&long).unwrap_err().problem;
        assert!(problem.contains("expected 100000000 at most"), "{problem}");
        assert!(Header::parse(b"1234567").is_err());
    }

    #[test]
    fn what_is_written_is_read_and_begins_at_a_cache_line() {
        for name in ["x", "embedding.weight"] {
            let metadata = [("k".into(), "\"v\" 王".into())].into();
            let mut file = render(&[name, "second"], 3, 2, Dtype::F32, &metadata);
            assert_eq!(file.len() % 64, 0);
            let start = file.len();
            file.resize(start + 48, 0);
            let header = Header::parse(&file).unwrap();
            assert_eq!(header.metadata, metadata);
            assert_eq!(header.tensors[0].name, name);
            assert_eq!(header.tensors[1].range, start + 24..start + 48);
        }
    }

    proptest! {
        /// Any bytes in place of any others: an error or ranges inside the file, never a panic.
        #[test]
        fn any_header_is_an_error_or_ranges_inside_the_file(
            at in 0usize..120, bytes in prop::collection::vec(any::<u8>(), 1..6),
            numbers in prop::collection::vec(prop_oneof![0u64..64, any::<u64>()], 8),
        ) {
            let n = |i: usize| numbers[i];
            let json = format!(
                "{{{},{}}}",
                tensor("a", "F16", &format!("[{},{}]", n(0), n(1)), &format!("[{},{}]", n(2), n(3))),
                tensor("b", "F32", &format!("[{},{}]", n(4), n(5)), &format!("[{},{}]", n(6), n(7))),
            );
            let mut file = file(&json, 40);
            let at = at.min(file.len() - bytes.len());
            for damaged in [false, true] {
                if damaged {
                    file[at..at + bytes.len()].copy_from_slice(&bytes);
                }
                if let Ok(header) = Header::parse(&file) {
                    for tensor in header.tensors {
                        prop_assert!(tensor.range.end <= file.len());
                    }
                }
            }
        }
    }
}
