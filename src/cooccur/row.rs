//! One row of the table while it is added up: dense, so that adding is an index and no look-up.
//!
//! In: columns with whole numbers of units, in any order. Out: the sums that are not zero, by ascending
//! column. Two levels of bits say which they are, so that emptying a row costs what is in it and not V.

/// A whole number that a cell is added up in.
pub(super) trait Unit: Copy + Default + PartialEq + std::ops::AddAssign {
    fn of(weight: u64) -> Self;
}

impl Unit for u32 {
    #[inline]
    fn of(weight: u64) -> Self {
        weight as u32
    }
}

impl Unit for u64 {
    #[inline]
    fn of(weight: u64) -> Self {
        weight
    }
}

/// One row of the table while it is added up: V sums, and which of them are not zero.
pub(super) struct Row<U> {
    sums: Vec<U>,
    /// A bit for each sum.
    touched: Vec<u64>,
    /// A bit for each number of `touched`, so that what is empty is passed over 4,096 at a time.
    groups: Vec<u64>,
}

impl<U: Unit> Row<U> {
    pub(super) fn new(words: usize) -> Self {
        let groups = words.div_ceil(4096);
        Row {
            sums: vec![U::default(); words],
            touched: vec![0; 64 * groups],
            groups: vec![0; groups],
        }
    }

    #[inline]
    pub(super) fn add(&mut self, column: u32, units: U) {
        let column = column as usize;
        let sum = &mut self.sums[column];
        if *sum == U::default() {
            self.touched[column / 64] |= 1 << (column % 64);
            self.groups[column / 4096] |= 1 << (column / 64 % 64);
        }
        *sum += units;
    }

    /// Hands out all sums that are not zero by ascending column and forgets them.
    pub(super) fn drain(&mut self, mut each: impl FnMut(u32, U)) {
        for (g, group) in self.groups.iter_mut().enumerate() {
            for t in bits(std::mem::take(group)) {
                let at = 64 * g + t;
                for b in bits(std::mem::take(&mut self.touched[at])) {
                    let column = 64 * at + b;
                    each(column as u32, std::mem::take(&mut self.sums[column]));
                }
            }
        }
    }
}

/// The places of the bits that are set, ascending.
#[inline]
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Across the edges of both levels of bits.
    #[test]
    fn a_row_gives_back_what_was_added_and_forgets_it() {
        for words in [1, 64, 65, 4096, 4097, 300_000] {
            let mut row = Row::<u64>::new(words);
            for round in 1..3 {
                let step = 1 + words / 50;
                for column in (0..words).step_by(step).rev().chain([words - 1]) {
                    row.add(column as u32, round);
                    row.add(column as u32, column as u64);
                }
                let mut found = Vec::new();
                row.drain(|column, sum| found.push((column, sum)));
                assert!(found.is_sorted_by(|a, b| a.0 < b.0));
                for &(column, sum) in &found {
                    let times =
                        if column as usize == words - 1 && (words - 1) % step == 0 { 2 } else { 1 };
                    assert_eq!(sum, times * (round + column as u64), "{words} {column}");
                }
                let columns = (0..words).step_by(step).len() + usize::from((words - 1) % step != 0);
                assert_eq!(found.len(), columns);
            }
        }
    }
}
