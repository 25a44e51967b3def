//! Matrices of bf16: half the memory, and half the cache lines that cores take from each other.
//!
//! A number is the upper half of its `f32`. Rows are padded with zeros to 32 numbers, a cache line.
//! [`Rows::load`] widens a row, exactly; [`Rows::add`] adds in `f32` and rounds at random, so that the
//! expected value is kept: see `kernels::bf16` for why and how. The random bits belong to whoever
//! holds the rows, one generator each.
//!
//! Why it is sound to share them stands on the page of [`crate::matrix`].

use super::{LANES, Line, Matrix, Rows, Table, prefetch, stride_of, wide};
use crate::kernels::{Dither, Eight, Isa, Kernels, Pieces};
use crate::mmap::Zeroed;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

/// Groups of eight in a cache line.
const EIGHTS: usize = 4;

/// A V×D matrix, row-major, bf16, each row padded with zeros to a whole number of cache lines.
pub(crate) struct Bf16Matrix {
    rows: usize,
    dim: usize,
    /// Twice as many as the rows need, though untouched: those that [`Table::into_f32`] will need.
    lines: Zeroed<Line>,
}

impl Bf16Matrix {
    /// Cache lines of a row.
    fn lines_of_row(&self) -> usize {
        lines_of(self.dim)
    }

    /// Bytes of the rows while they are bf16.
    pub(crate) fn bytes_of(rows: usize, dim: usize) -> usize {
        rows * lines_of(dim) * size_of::<Line>()
    }

    fn row(&self, row: usize) -> &[Eight] {
        let lines = self.lines_of_row();
        bytemuck::cast_slice(&self.lines[row * lines..(row + 1) * lines])
    }

    fn row_mut(&mut self, row: usize) -> &mut [Eight] {
        let lines = self.lines_of_row();
        bytemuck::cast_slice_mut(&mut self.lines[row * lines..(row + 1) * lines])
    }
}

fn lines_of(dim: usize) -> usize {
    dim.div_ceil(2 * LANES)
}

impl Table for Bf16Matrix {
    fn zeros(rows: usize, dim: usize) -> Self {
        let lines = Zeroed::new(rows * (stride_of(dim) / LANES));
        Bf16Matrix { rows, dim, lines }
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    /// Rounded at random with bits that depend on the row alone.
    fn set_row(&mut self, row: usize, numbers: &[f32]) {
        assert_eq!(numbers.len(), self.dim);
        let mut padded = vec![0.0; stride_of(self.dim)];
        padded[..self.dim].copy_from_slice(numbers);
        let to = self.row_mut(row);
        to.fill([0; 8]);
        Isa::chosen().add_rounded(1.0, &padded, to, &mut Dither::new(row as u64));
    }

    fn numbers(&self, row: usize) -> Cow<'_, [f32]> {
        let mut numbers = vec![0.0; stride_of(self.dim)];
        Isa::chosen().widen(self.row(row), &mut numbers);
        numbers.truncate(self.dim);
        numbers.into()
    }

    fn is_finite(&self) -> bool {
        (0..self.rows).all(|row| self.numbers(row).iter().all(|x| x.is_finite()))
    }

    fn owned(&mut self) -> impl Rows + Send {
        Bf16Rows::new(self, 0)
    }

    fn shared(&mut self, threads: usize) -> Vec<impl Rows + Send> {
        vec![SharedBf16::new(self, 0); threads]
    }

    /// In the same memory, from the last row to the first: a row of `f32` begins no earlier than the
    /// rows of bf16 before it end, since it is at least as long as one of them.
    fn into_f32(mut self) -> Matrix {
        let (isa, stride) = (Isa::chosen(), stride_of(self.dim));
        let lines = stride / LANES;
        let mut row = vec![[0; 8]; self.lines_of_row() * EIGHTS];
        for i in (0..self.rows).rev() {
            row.copy_from_slice(self.row(i));
            let into = &mut self.lines[i * lines..(i + 1) * lines];
            isa.widen(row.as_slice(), bytemuck::cast_slice_mut(into));
        }
        Matrix { rows: self.rows, dim: self.dim, lines: self.lines }
    }

    fn from_f32(numbers: Matrix) -> Self {
        let mut table = Bf16Matrix::zeros(numbers.rows(), numbers.dim());
        for row in 0..numbers.rows() {
            table.set_row(row, numbers.row(row));
        }
        table
    }
}

/// The rows of a [`Bf16Matrix`] for a single thread.
pub(crate) struct Bf16Rows<'a> {
    matrix: &'a mut Bf16Matrix,
    dither: Dither,
}

impl<'a> Bf16Rows<'a> {
    /// Borrows `matrix`; rounding follows from `seed`.
    pub(crate) fn new(matrix: &'a mut Bf16Matrix, seed: u64) -> Self {
        Bf16Rows { matrix, dither: Dither::new(seed) }
    }
}

impl Rows for Bf16Rows<'_> {
    fn are_bf16(&self) -> bool {
        true
    }

    #[inline]
    fn load(&self, row: usize, into: &mut [f32]) {
        Isa::chosen().widen(self.matrix.row(row), into);
    }

    #[inline]
    fn prefetch(&self, row: usize) {
        prefetch(self.matrix.row(row));
    }

    #[inline]
    fn add(&mut self, row: usize, scale: f32, delta: &[f32]) {
        let row = self.matrix.row_mut(row);
        Isa::chosen().add_rounded(scale, delta, row, &mut self.dither);
    }

    #[inline]
    fn store(&mut self, row: usize, numbers: &[f32]) {
        let mut row = Blank(self.matrix.row_mut(row));
        Isa::chosen().add_rounded(1.0, numbers, &mut row, &mut self.dither);
    }

    #[inline]
    fn reseed(&mut self, seed: u64) {
        self.dither = Dither::new(seed);
    }
}

/// Eight numbers that several threads read and write, aligned to their 16 bytes.
#[repr(C, align(16))]
pub(super) struct SharedEight([AtomicU16; 8]);

/// A [`Bf16Matrix`] that several threads read and write at once. See the page of [`crate::matrix`].
#[derive(Clone)]
pub(crate) struct SharedBf16<'a> {
    eights: &'a [SharedEight],
    rows: usize,
    /// Groups of eight from one row to the next.
    pitch: usize,
    wide: bool,
    dither: Dither,
}

impl<'a> SharedBf16<'a> {
    /// Borrows `matrix` for as long as threads share it; this one's rounding follows from `seed`.
    pub(crate) fn new(matrix: &'a mut Bf16Matrix, seed: u64) -> Self {
        let (rows, pitch) = (matrix.rows, matrix.lines_of_row() * EIGHTS);
        let eights: &mut [Eight] = bytemuck::cast_slice_mut(&mut matrix.lines);
        // SAFETY: `SharedEight` has the size and validity of eight `u16`, and its alignment of 16
        // divides that of a `Line`; the exclusive borrow of `matrix` lasts for 'a, so that nobody
        // reads or writes these numbers other than through these atomics until it ends.
        let eights = unsafe {
            std::slice::from_raw_parts(eights.as_mut_ptr().cast::<SharedEight>(), eights.len())
        };
        SharedBf16 { eights, rows, pitch, wide: wide::available(), dither: Dither::new(seed) }
    }

    #[inline]
    fn row(&self, row: usize) -> &'a [SharedEight] {
        debug_assert!(row < self.rows);
        &self.eights[row * self.pitch..(row + 1) * self.pitch]
    }
}

impl Rows for SharedBf16<'_> {
    fn are_bf16(&self) -> bool {
        true
    }

    #[inline]
    fn load(&self, row: usize, into: &mut [f32]) {
        let row = self.row(row);
        match self.wide {
            true => Isa::chosen().widen(&Whole(row), into),
            false => Isa::chosen().widen(&Each(row), into),
        }
    }

    #[inline]
    fn prefetch(&self, row: usize) {
        prefetch(self.row(row));
    }

    #[inline]
    fn add(&mut self, row: usize, scale: f32, delta: &[f32]) {
        let row = self.row(row);
        match self.wide {
            true => Isa::chosen().add_rounded(scale, delta, &mut Whole(row), &mut self.dither),
            false => Isa::chosen().add_rounded(scale, delta, &mut Each(row), &mut self.dither),
        }
    }

    #[inline]
    fn store(&mut self, row: usize, numbers: &[f32]) {
        let (isa, row) = (Isa::chosen(), self.row(row));
        match self.wide {
            true => isa.add_rounded(1.0, numbers, &mut Blank(&mut Whole(row)), &mut self.dither),
            false => isa.add_rounded(1.0, numbers, &mut Blank(&mut Each(row)), &mut self.dither),
        }
    }

    #[inline]
    fn reseed(&mut self, seed: u64) {
        self.dither = Dither::new(seed);
    }
}

/// A row as if it held zeros: what is added to it is what it then holds.
struct Blank<'a, P: ?Sized>(&'a mut P);

impl<P: Pieces + ?Sized> Pieces for Blank<'_, P> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.count()
    }

    #[inline(always)]
    fn get(&self, _: usize) -> Eight {
        [0; 8]
    }

    #[inline(always)]
    fn set(&mut self, at: usize, eight: Eight) {
        self.0.set(at, eight);
    }
}

/// A shared row, accessed 16 bytes at a time. Made only where [`wide::available`] was true.
struct Whole<'a>(&'a [SharedEight]);

impl Pieces for Whole<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn get(&self, at: usize) -> Eight {
        // SAFETY: a `Whole` is made only on a processor that has AVX.
        unsafe { wide::get(&self.0[at]) }
    }

    #[inline(always)]
    fn set(&mut self, at: usize, eight: Eight) {
        // SAFETY: as above.
        unsafe { wide::set(&self.0[at], eight) }
    }
}

/// A shared row, accessed number by number.
struct Each<'a>(&'a [SharedEight]);

impl Pieces for Each<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn get(&self, at: usize) -> Eight {
        std::array::from_fn(|i| self.0[at].0[i].load(Relaxed))
    }

    #[inline(always)]
    fn set(&mut self, at: usize, eight: Eight) {
        for (lane, x) in self.0[at].0.iter().zip(eight) {
            lane.store(x, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(rows: usize, dim: usize) -> Bf16Matrix {
        let mut matrix = Bf16Matrix::zeros(rows, dim);
        for row in 0..rows {
            let numbers: Vec<f32> = (0..dim).map(|c| (row * 50 + c) as f32 / 64.0).collect();
            matrix.set_row(row, &numbers);
        }
        matrix
    }

    fn numbers_of_bf16(numbers: &[f32]) -> Vec<f32> {
        let cut = |x: &f32| f32::from_bits(x.to_bits() & 0xffff_0000);
        numbers.iter().map(cut).collect()
    }

    /// Owned and shared rows, and the atomic fallback, do the same to every shape, with the same
    /// random bits; the padding stays zero.
    #[test]
    fn shared_and_owned_rows_agree() {
        for dim in [1, 3, 15, 16, 17, 32, 33, 100, 300] {
            let mut matrices: [Bf16Matrix; 3] = std::array::from_fn(|_| numbered(5, dim));
            let stride = stride_of(dim);
            let mut delta = vec![0.0; stride];
            for (i, d) in delta[..dim].iter_mut().enumerate() {
                *d = i as f32 * 0.013 - 0.3;
            }
            let [one, two, three] = &mut matrices;
            let mut one = Bf16Rows::new(one, 7);
            let mut two = SharedBf16::new(two, 7);
            let mut three = SharedBf16::new(three, 7);
            three.wide = false;
            let (mut a, mut b, mut c) = (vec![0.0; stride], vec![9.0; stride], vec![9.0; stride]);
            for row in [3, 0, 4, 3] {
                one.load(row, &mut a);
                let before = a.clone();
                one.add(row, 0.25, &delta);
                two.add(row, 0.25, &delta);
                three.add(row, 0.25, &delta);
                one.load(row, &mut a);
                two.load(row, &mut b);
                three.load(row, &mut c);
                assert_eq!(a, b, "dim {dim}, row {row}");
                assert_eq!(a, c, "dim {dim}, row {row}");
                // What bf16 can hold is stored as it is.
                let halves = numbers_of_bf16(&delta);
                let rows: [&mut dyn Rows; 3] = [&mut one, &mut two, &mut three];
                for rows in rows {
                    rows.store(1, &halves);
                    rows.load(1, &mut b);
                    assert_eq!(b, halves, "dim {dim}");
                }
                for i in 0..stride {
                    let sum = before[i] + 0.25 * delta[i];
                    assert!((a[i] - sum).abs() <= sum.abs() / 128.0, "dim {dim}, {i}");
                }
            }
            for matrix in matrices {
                assert!((0..5).all(|row| {
                    let row: &[u16] = matrix.row(row).as_flattened();
                    row[dim..].iter().all(|x| *x == 0)
                }));
                let before: Vec<Vec<Eight>> = (0..5).map(|row| matrix.row(row).to_vec()).collect();
                let wide = matrix.into_f32();
                for (row, before) in before.iter().enumerate() {
                    for (x, half) in wide.row(row).iter().zip(before.as_flattened()) {
                        assert_eq!(x.to_bits(), u32::from(*half) << 16, "dim {dim}");
                    }
                    assert!(wide.padded(row)[dim..].iter().all(|x| *x == 0.0));
                }
            }
        }
    }

    /// Adds from four threads to rows of their own are all there.
    #[test]
    fn threads_on_separate_rows_lose_nothing() {
        let mut matrix = Bf16Matrix::zeros(4, 20);
        let mut delta = vec![0.0; 32];
        delta[..20].fill(1.0);
        std::thread::scope(|scope| {
            for (row, mut shared) in matrix.shared(4).into_iter().enumerate() {
                let delta = &delta;
                scope.spawn(move || (0..256).for_each(|_| shared.add(row, 1.0, delta)));
            }
        });
        let matrix = matrix.into_f32();
        for row in 0..4 {
            assert!(matrix.row(row).iter().all(|x| *x == 256.0));
            assert!(matrix.padded(row)[20..].iter().all(|x| *x == 0.0));
        }
    }
}
