//! The directory of a model file: its tables, by name.
//!
//! In: the directory's block and the header. Out: a list of [`TableEntry`], whose bytes are known to lie
//! inside the file.
//!
//! Tables begin at the next multiple of 64 behind what lies before them, the state block or a table, and
//! the last one ends the file. So the offsets follow from the shapes: they are stated for other readers,
//! and compared here.
//!
//! A table whose name is not in [`shape_of`] is of a later version. Queries ignore it; resuming and
//! continuing refuse it, as they refuse an unknown key of the recipe.

use super::header::{Fault, Header, LENGTH, fault};
use super::state::{decode, encode};
use crate::shown::quoted;
use crate::vectors::{CENTROIDS, Shape};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// Tables begin at a multiple of this: a cache line, an AVX-512 register.
const ALIGN: u64 = 64;

/// The names of the parts of the input table, as f32 or quantised.
pub(super) const INPUT: [&str; 4] = ["input", "input.codes", "input.scales", "input.centroids"];

/// A table of a model file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Unique in the file: `input`, `output.bias`.
    pub name: String,
    /// Type of the numbers: `f32`, `i8` or `u8`.
    pub kind: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of columns.
    pub columns: u64,
    /// Where the numbers begin in the file, row-major and dense.
    pub offset: u64,
    /// Their checksum, as `checksum.rs` makes it.
    pub checksum: u64,
}

impl TableEntry {
    /// A table that is not placed yet.
    pub(super) fn new(name: &str, kind: &str, rows: usize, columns: usize) -> Self {
        TableEntry {
            name: name.to_owned(),
            kind: kind.to_owned(),
            rows: rows as u64,
            columns: columns as u64,
            offset: 0,
            checksum: 0,
        }
    }

    /// Bytes of the numbers; `None` where the kind is unknown or the length does not fit a u64.
    fn length(&self) -> Option<u64> {
        let size = match &*self.kind {
            "f32" => 4,
            "i8" | "u8" => 1,
            _ => return None,
        };
        self.rows.checked_mul(self.columns)?.checked_mul(size)
    }

    /// Where the numbers of a table lie that was placed or checked.
    pub(super) fn range(&self) -> Range<usize> {
        let length = self.length().expect("a table that was placed or checked");
        self.offset as usize..(self.offset + length) as usize
    }

    /// Whether this version knows what the table is for.
    pub(super) fn is_known(&self) -> bool {
        shape_of(self, 1, 1).is_some()
    }
}

/// Kind, rows and columns of a table of this name in a model of `words` words and `dim` dimensions;
/// `None` where the name is unknown.
fn shape_of(table: &TableEntry, words: u64, dim: u64) -> Option<(&'static str, u64, u64)> {
    Some(match &*table.name {
        "input" | "output" => ("f32", words, dim),
        "input.bias" | "output.bias" | "input.scales" => ("f32", words, 1),
        "input.squares" | "output.squares" => ("f32", words, dim.saturating_add(1)),
        "input.codes" if table.kind == "i8" => ("i8", words, dim),
        "input.codes" => ("u8", words, table.columns.clamp(1, dim.max(1))),
        "input.centroids" => ("f32", CENTROIDS as u64, dim),
        _ => return None,
    })
}

/// The table `name`.
pub(super) fn find<'a>(tables: &'a [TableEntry], name: &str) -> Option<&'a TableEntry> {
    tables.iter().find(|table| table.name == name)
}

/// How the input table is quantised; `None`: it is f32.
pub(super) fn quantized(tables: &[TableEntry]) -> Option<Shape> {
    find(tables, "input.codes").map(|codes| match &*codes.kind {
        "i8" => Shape::Int8,
        _ => Shape::Product { subquantizers: codes.columns as usize },
    })
}

/// Sets the offsets of tables that follow a state block which ends at byte `end`, and returns where the
/// last one ends.
pub(super) fn place(tables: &mut [TableEntry], mut end: u64) -> Option<u64> {
    for table in tables {
        table.offset = end.checked_next_multiple_of(ALIGN)?;
        end = table.offset.checked_add(table.length()?)?;
    }
    Some(end)
}

/// Reads the directory of `file`, the whole file.
pub(super) fn read(file: &[u8], header: &Header) -> Result<Vec<TableEntry>, Fault> {
    let block = &file[header.directory()];
    let (is, said) = (xxh3_64(block), header.directory_sum);
    if is != said {
        let problem = format!("directory checksum {is:016x}, expected {said:016x}: damaged");
        return fault(LENGTH, problem);
    }
    match decode::<Vec<TableEntry>>(block) {
        Ok(tables) => check(&tables, header).map(|()| tables),
        Err(problem) => fault(LENGTH, format!("directory: {problem}")),
    }
}

/// Compares tables with each other, with V and D and with the length of the file. The byte of an error is
/// that of the table's entry.
pub(super) fn check(tables: &[TableEntry], header: &Header) -> Result<(), Fault> {
    let mut names = HashSet::new();
    // Behind the number of tables.
    let mut byte = LENGTH + 8;
    let mut end = header.state().end as u64;
    for table in tables {
        let TableEntry { name, kind, rows, columns, offset, .. } = table;
        let wrong =
            |problem: String| fault(byte, format!("table {name}: {problem}", name = quoted(name)));
        if !names.insert(name) {
            return wrong("is there twice".into());
        }
        if !["f32", "i8", "u8"].contains(&&**kind) {
            return wrong(format!("numbers of the kind {}, expected f32, i8 or u8", quoted(kind)));
        }
        let shape = (&**kind, *rows, *columns);
        if let Some(expected) = shape_of(table, header.words, header.dim)
            && shape != expected
        {
            let (k, r, c) = expected;
            return wrong(format!("{kind} {rows} × {columns}, expected {k} {r} × {c}"));
        }
        let mut placed = [table.clone()];
        let after = place(&mut placed, end).filter(|_| *columns > 0);
        let Some(after) = after.filter(|after| *after <= header.end) else {
            let file = header.end;
            return wrong(format!(
                "{kind} {rows} × {columns} do not fit between byte {end} and the end of the file of \
                 {file} bytes"
            ));
        };
        if placed[0].offset != *offset {
            let expected = placed[0].offset;
            return wrong(format!("begins at byte {offset}, expected {expected}"));
        }
        end = after;
        byte += encode(table).len();
    }
    if end != header.end {
        let file = header.end;
        return fault(16, format!("file length {file}, but the last table ends at byte {end}"));
    }
    match INPUT.map(|name| find(tables, name).map(|table| &*table.kind)) {
        [Some(_), None, None, None]
        | [None, Some("i8"), Some(_), None]
        | [None, Some("u8"), Some(_), Some(_)] => Ok(()),
        _ => fault(
            LENGTH,
            "expected a table \"input\", or \"input.codes\" and \"input.scales\", of u8 codes with \
             \"input.centroids\"",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(name: &str, kind: &str, rows: u64, columns: u64) -> TableEntry {
        TableEntry { rows, columns, ..TableEntry::new(name, kind, 0, 0) }
    }

    /// V 3, D 5, placed behind a state block of 32 bytes.
    fn placed(mut tables: Vec<TableEntry>) -> (Header, Vec<TableEntry>) {
        let directory = encode(&tables).len() as u64;
        let (state, state_sum, directory_sum) = (32, 0, 0);
        let mut header =
            Header { end: 0, words: 3, dim: 5, state, state_sum, directory, directory_sum };
        header.end = place(&mut tables, header.state().end as u64).unwrap_or(1 << 20);
        (header, tables)
    }

    fn refused(tables: Vec<TableEntry>) -> String {
        let (header, tables) = placed(tables);
        let fault = check(&tables, &header).err().unwrap();
        format!("byte {}: {}", fault.byte, fault.problem)
    }

    /// The format itself, written out by hand. Whoever breaks this changes the meaning of files that exist:
    /// raise `header::VERSION`.
    #[test]
    fn golden_bytes() {
        let mut tables = vec![table("input", "f32", 3, 5), table("x", "u8", 2, 1)];
        (tables[0].offset, tables[1].checksum) = (256, 0x1234);
        let numbers = |numbers: [u64; 4]| numbers.map(u64::to_le_bytes).concat();
        let golden = [
            // Two tables; the length of a name, and of a kind, stands before it.
            &b"\x02\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0input\x03\0\0\0\0\0\0\0f32"[..],
            &numbers([3, 5, 256, 0]),
            b"\x01\0\0\0\0\0\0\0x\x02\0\0\0\0\0\0\0u8",
            &numbers([2, 1, 0, 0x1234]),
        ];
        assert_eq!(encode(&tables), golden.concat());
        assert_eq!(decode::<Vec<TableEntry>>(&golden.concat()).unwrap(), tables);
    }

    #[test]
    fn tables_lie_one_after_the_other() {
        let input = || table("input", "f32", 3, 5);
        let (header, mut tables) = placed(vec![input(), table("x", "u8", 7, 9), input()]);
        tables[2].name = "output".into();
        assert!(check(&tables, &header).is_ok());
        // 96 + 8 and three entries of 48 bytes with their texts, then the state block.
        let start = (104u64 + 3 * 48 + 5 + 1 + 5 + 3 + 2 + 3 + 32).next_multiple_of(64);
        let places = tables.iter().map(TableEntry::range).collect::<Vec<_>>();
        let start = start as usize;
        let expected = [start..start + 60, start + 64..start + 127, start + 128..start + 188];
        assert_eq!((places, header.end), (expected.to_vec(), start as u64 + 188));
        for (change, message) in [
            (start as u64 + 64, "table \"output\": begins at byte"),
            (u64::MAX - 63, "table \"output\": begins at byte"),
        ] {
            let mut tables = tables.clone();
            tables[2].offset = change;
            let fault = check(&tables, &header).err().unwrap();
            assert_eq!(fault.byte, 104 + 2 * 48 + 5 + 3 + 1 + 2);
            assert!(fault.problem.starts_with(message), "{}", fault.problem);
        }
        let longer = Header { end: header.end + 1, ..header };
        assert!(check(&tables, &longer).err().unwrap().problem.contains("but the last table ends"));
        let shorter = Header { end: header.end - 1, ..header };
        assert!(check(&tables, &shorter).err().unwrap().problem.contains("do not fit between"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let input = || table("input", "f32", 3, 5);
        let second = "byte 160: table ";
        for (tables, message) in [
            (vec![input(), input()], format!("{second}\"input\": is there twice")),
            (
                vec![input(), table("x", "f64", 1, 1)],
                format!("{second}\"x\": numbers of the kind \"f64\""),
            ),
            (
                vec![input(), table("output", "f32", 3, 4)],
                format!("{second}\"output\": f32 3 × 4, expected f32 3 × 5"),
            ),
            (
                vec![input(), table("output.bias", "f32", 3, 5)],
                format!("{second}\"output.bias\": f32 3 × 5, expected f32 3 × 1"),
            ),
            (
                vec![input(), table("input.squares", "f32", 3, 5)],
                format!("{second}\"input.squares\": f32 3 × 5, expected f32 3 × 6"),
            ),
            (vec![input(), table("x", "f32", 1 << 62, 1)], format!("{second}\"x\": f32 46")),
            (vec![input(), table("x", "i8", u64::MAX, 1)], format!("{second}\"x\": i8 18")),
            (vec![input(), table("x", "i8", 1 << 62, 0)], format!("{second}\"x\": i8 46")),
            (
                vec![table("input.codes", "u8", 3, 6)],
                "byte 104: table \"input.codes\": u8 3 × 6, expected u8 3 × 5".into(),
            ),
            (
                vec![table("input.codes", "f32", 3, 5)],
                "byte 104: table \"input.codes\": f32 3 × 5, expected u8 3 × 5".into(),
            ),
            (vec![], "byte 96: expected a table \"input\"".into()),
            (
                vec![input(), table("input.scales", "f32", 3, 1)],
                "byte 96: expected a table \"input\"".into(),
            ),
            (
                vec![table("input.codes", "u8", 3, 2), table("input.scales", "f32", 3, 1)],
                "byte 96: expected a table \"input\"".into(),
            ),
        ] {
            let refused = refused(tables);
            assert!(refused.starts_with(&message), "{refused}\n{message}");
        }
    }

    proptest! {
        /// Entries of any numbers: an error, or ranges inside the file; never a panic.
        #[test]
        fn any_directory_is_an_error_or_the_truth(
            numbers in prop::collection::vec(prop_oneof![
                0u64..400, any::<u64>(), (0u32..64).prop_map(|b| 1 << b)], 6),
            kind in 0usize..4,
        ) {
            let mut entry = table("x", ["f32", "i8", "u8", "f64"][kind], numbers[0], numbers[1]);
            entry.offset = numbers[2];
            let (mut header, mut tables) = placed(vec![table("input", "f32", 3, 5)]);
            tables.push(entry);
            header.directory = encode(&tables).len() as u64;
            if numbers[3] < 200 {
                let end = header.end.max(header.state().end as u64);
                header.end = place(&mut tables[..], end).unwrap_or(header.end);
            }
            if check(&tables, &header).is_ok() {
                prop_assert!(tables.iter().all(|table| table.range().end as u64 <= header.end));
            }
        }
    }
}
