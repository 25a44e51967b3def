//! Dense matrices: those that a single owner writes, and the only ones in the crate that several
//! threads write at once; of `f32`, and of [`bf16`](Bf16Matrix).
//!
//! [`Matrix`] is V×D, row-major, each row padded with zeros to a multiple of 16 floats and aligned
//! to 64 bytes, so that a kernel never needs a tail loop and a row never shares a cache line with
//! its neighbour. The padding stays zero: every kernel adds multiples of rows whose padding is zero.
//!
//! # The shared matrix, and why it is sound
//!
//! Hogwild (Recht et al. 2011) lets threads update the same rows without locks. Written with plain
//! loads and stores that is a data race, which Rust (like C11) calls undefined behaviour, whatever
//! the hardware does. [`SharedMatrix`] and [`SharedBf16`] therefore confine all sharing to two
//! operations and never hand out a reference into the shared rows:
//!
//! * [`Rows::load`] copies a row into a private buffer;
//! * [`Rows::add`] adds `scale · delta` to a row.
//!
//! ([`Rows::prefetch`] is a hint: it reads nothing that the program could see. [`Rows::store`], which
//! overwrites a row, is for rows that are pulled back to where they were: whatever two threads write
//! at once, what is left of each lane is what one of them wrote.)
//!
//! Everything between them is ordinary arithmetic on private memory. What the method tolerates, and
//! what we accept by using it: `load` may see a row half-way through another thread's `add`, and of
//! two simultaneous `add`s to the same lane one may be lost. What bounds the damage: both are rare
//! (two threads must be in the same row of V within some 100 ns), each lost update is one step of
//! size `lr · g`, and no value that was never computed can appear, since every lane is read and
//! written whole.
//!
//! How a lane is read and written whole:
//!
//! | where | how | why it is no data race |
//! |---|---|---|
//! | x86-64 with AVX | 16-byte aligned `vmovaps` of an `xmm` register, in `asm!` | An `asm!` block may do what could be written as relaxed atomic accesses: here four `AtomicU32` each, or eight `AtomicU16` of bf16. Intel (SDM vol. 3A §8.1.1) and AMD (APM vol. 2 §7.3.2) guarantee that aligned 16-byte loads and stores are atomic on every processor that has AVX, so no lane can be torn. |
//! | everywhere else, and under Miri | a loop over `AtomicU32` or `AtomicU16`, `Relaxed` | by the letter of the language |
//!
//! The compiler does not vectorise atomics, so the second way is about 3 times slower in these two
//! functions; wider (`ymm`, `zmm`) accesses would be faster still, but nobody promises that they are
//! not torn.
//!
//! Which of the two is chosen when a matrix is shared, so that one lane is never accessed in two
//! sizes at once. The random bits with which [`SharedBf16`] rounds belong to the worker that holds it:
//! they are not shared.

mod bf16;

pub(crate) use bf16::Bf16Matrix;

use crate::kernels::{Isa, Kernels};
use crate::mmap::Zeroed;
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Floats in one aligned group: a cache line, or one AVX-512 register.
pub(crate) const LANES: usize = 16;

/// One cache line of a row.
#[repr(C, align(64))]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Line([f32; LANES]);

/// A V×D matrix, row-major, `f32`, rows padded with zeros to a multiple of 16 floats and aligned to 64
/// bytes.
pub struct Matrix {
    rows: usize,
    dim: usize,
    lines: Zeroed<Line>,
}

impl fmt::Debug for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matrix({} × {})", self.rows, self.dim)
    }
}

impl Clone for Matrix {
    fn clone(&self) -> Self {
        let mut copy = Matrix::zeros(self.rows, self.dim);
        copy.lines.copy_from_slice(&self.lines);
        copy
    }
}

/// `dim` rounded up to a whole number of cache lines, in floats.
pub(crate) fn stride_of(dim: usize) -> usize {
    dim.next_multiple_of(LANES)
}

impl Matrix {
    /// A matrix of zeros.
    pub(crate) fn zeros(rows: usize, dim: usize) -> Self {
        let lines = Zeroed::new(rows * (stride_of(dim) / LANES));
        Matrix { rows, dim, lines }
    }

    /// Number of rows, V.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, D, without padding.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Floats from the beginning of one row to the beginning of the next.
    pub(crate) fn stride(&self) -> usize {
        stride_of(self.dim)
    }

    /// Row `row`, D long.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.padded(row)[..self.dim]
    }

    /// Row `row`, D long, writable.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let dim = self.dim;
        &mut self.padded_mut(row)[..dim]
    }

    /// Row `row` with its padding, [`Matrix::stride`] long.
    fn padded(&self, row: usize) -> &[f32] {
        let lines = self.stride() / LANES;
        bytemuck::cast_slice(&self.lines[row * lines..(row + 1) * lines])
    }

    fn padded_mut(&mut self, row: usize) -> &mut [f32] {
        let lines = self.stride() / LANES;
        bytemuck::cast_slice_mut(&mut self.lines[row * lines..(row + 1) * lines])
    }

    /// All rows with their padding, in groups of [`LANES`].
    pub(crate) fn lanes(&self) -> &[[f32; LANES]] {
        bytemuck::cast_slice(&self.lines)
    }

    /// All rows with their padding, in groups of [`LANES`], writable. The padding must stay zero.
    pub(crate) fn lanes_mut(&mut self) -> &mut [[f32; LANES]] {
        bytemuck::cast_slice_mut(&mut self.lines)
    }

    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        // Summing |x|·0 in 16 lanes vectorises; a branch per number does not.
        let mut acc = [0.0f32; LANES];
        for line in self.lines.iter() {
            for (a, x) in acc.iter_mut().zip(line.0) {
                *a += x * 0.0;
            }
        }
        acc.iter().all(|a| *a == 0.0)
    }
}

/// The two ways in which a training step touches a parameter row. See the module page.
///
/// Buffers are [`Matrix::stride`] floats long; the padding of `delta` must be zero.
pub(crate) trait Rows {
    /// Whether all numbers are bf16 numbers.
    fn are_bf16(&self) -> bool {
        false
    }
    /// Copies row `row` into `into`.
    fn load(&self, row: usize, into: &mut [f32]);
    /// Says that row `row` will soon be loaded: a hint to the processor, without effect on values.
    fn prefetch(&self, row: usize);
    /// Adds `scale · delta` to row `row`.
    fn add(&mut self, row: usize, scale: f32, delta: &[f32]);
    /// Overwrites row `row`, rounded where it must be. The padding of `numbers` must be zero.
    fn store(&mut self, row: usize, numbers: &[f32]);
    /// Says with which learning rate the next steps were made. Only rows that are pulled back to where
    /// they were want to know.
    #[inline(always)]
    fn rate(&mut self, lr: f32) {
        let _ = lr;
    }
    /// From here on what is random in rounding follows from `seed`. Where nothing is rounded there is
    /// nothing to do.
    fn reseed(&mut self, seed: u64) {
        let _ = seed;
    }
}

/// V×D numbers of some precision, and the ways to train them.
pub(crate) trait Table: Sized {
    /// Zeros.
    fn zeros(rows: usize, dim: usize) -> Self;
    /// Number of rows, V.
    fn rows(&self) -> usize;
    /// Numbers of a row, D.
    fn dim(&self) -> usize;
    /// Overwrites row `row` with D numbers, rounded where they must be: a number that
    /// [`Table::numbers`] gave is kept.
    fn set_row(&mut self, row: usize, numbers: &[f32]);
    /// The D numbers of row `row`.
    fn numbers(&self, row: usize) -> Cow<'_, [f32]>;
    /// Whether every number is finite.
    fn is_finite(&self) -> bool;
    /// For one thread.
    fn owned(&mut self) -> impl Rows + Send;
    /// For several threads, one for each.
    fn shared(&mut self, threads: usize) -> Vec<impl Rows + Send>;
    /// The same numbers in `f32`.
    fn into_f32(self) -> Matrix;
    /// The same numbers, rounded as [`Table::set_row`] does.
    fn from_f32(numbers: Matrix) -> Self;
}

impl Table for Matrix {
    fn zeros(rows: usize, dim: usize) -> Self {
        Matrix::zeros(rows, dim)
    }

    fn rows(&self) -> usize {
        self.rows()
    }

    fn dim(&self) -> usize {
        self.dim()
    }

    fn set_row(&mut self, row: usize, numbers: &[f32]) {
        self.row_mut(row).copy_from_slice(numbers);
    }

    fn numbers(&self, row: usize) -> Cow<'_, [f32]> {
        self.row(row).into()
    }

    fn is_finite(&self) -> bool {
        self.is_finite()
    }

    fn owned(&mut self) -> impl Rows + Send {
        self
    }

    fn shared(&mut self, threads: usize) -> Vec<impl Rows + Send> {
        vec![SharedMatrix::new(self); threads]
    }

    fn into_f32(self) -> Matrix {
        self
    }

    fn from_f32(numbers: Matrix) -> Self {
        numbers
    }
}

impl Rows for &mut Matrix {
    #[inline]
    fn load(&self, row: usize, into: &mut [f32]) {
        into.copy_from_slice(self.padded(row));
    }

    #[inline]
    fn prefetch(&self, row: usize) {
        prefetch(self.padded(row));
    }

    #[inline]
    fn add(&mut self, row: usize, scale: f32, delta: &[f32]) {
        Isa::chosen().add_scaled(scale, delta, self.padded_mut(row));
    }

    #[inline]
    fn store(&mut self, row: usize, numbers: &[f32]) {
        self.padded_mut(row).copy_from_slice(numbers);
    }
}

/// A [`Matrix`] that several threads read and write at once. See the module page.
#[derive(Clone, Copy)]
pub(crate) struct SharedMatrix<'a> {
    lanes: &'a [AtomicU32],
    rows: usize,
    stride: usize,
    wide: bool,
}

impl<'a> SharedMatrix<'a> {
    /// Borrows `matrix` for as long as threads share it.
    pub(crate) fn new(matrix: &'a mut Matrix) -> Self {
        let (rows, stride) = (matrix.rows, matrix.stride());
        let floats: &mut [f32] = bytemuck::cast_slice_mut(&mut matrix.lines);
        // SAFETY: `AtomicU32` has the size, alignment (4) and validity of `u32`, hence of `f32`'s
        // bits; the exclusive borrow of `matrix` lasts for 'a, so that nobody reads or writes these
        // floats other than through these atomics until it ends.
        let lanes = unsafe {
            std::slice::from_raw_parts(floats.as_mut_ptr().cast::<AtomicU32>(), floats.len())
        };
        SharedMatrix { lanes, rows, stride, wide: wide::available() }
    }

    #[inline]
    fn row(&self, row: usize) -> &'a [AtomicU32] {
        debug_assert!(row < self.rows);
        &self.lanes[row * self.stride..(row + 1) * self.stride]
    }
}

impl Rows for SharedMatrix<'_> {
    #[inline]
    fn load(&self, row: usize, into: &mut [f32]) {
        let row = self.row(row);
        assert_eq!(row.len(), into.len());
        if self.wide {
            return wide::load(row, into);
        }
        for (x, lane) in into.iter_mut().zip(row) {
            *x = f32::from_bits(lane.load(Relaxed));
        }
    }

    #[inline]
    fn prefetch(&self, row: usize) {
        prefetch(self.row(row));
    }

    #[inline]
    fn add(&mut self, row: usize, scale: f32, delta: &[f32]) {
        let row = self.row(row);
        assert_eq!(row.len(), delta.len());
        if self.wide {
            return wide::add(row, scale, delta);
        }
        for (d, lane) in delta.iter().zip(row) {
            let x = f32::from_bits(lane.load(Relaxed));
            lane.store((x + scale * d).to_bits(), Relaxed);
        }
    }

    #[inline]
    fn store(&mut self, row: usize, numbers: &[f32]) {
        let row = self.row(row);
        assert_eq!(row.len(), numbers.len());
        if self.wide {
            return wide::store(row, numbers);
        }
        for (x, lane) in numbers.iter().zip(row) {
            lane.store(x.to_bits(), Relaxed);
        }
    }
}

/// Asks for all cache lines of a row.
#[inline(always)]
fn prefetch<T>(row: &[T]) {
    for line in row.chunks(size_of::<Line>() / size_of::<T>()) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        // SAFETY: SSE is part of x86-64; a prefetch neither faults nor changes memory.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
        #[cfg(not(all(target_arch = "x86_64", not(miri))))]
        let _ = line;
    }
}

/// Row access in 16-byte pieces, each of which the processor promises not to tear.
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod wide {
    use super::bf16::SharedEight;
    use super::{AtomicU32, LANES};
    use crate::kernels::Eight;
    use std::arch::asm;
    use std::arch::x86_64::{
        __m128, __m128i, _mm_add_ps, _mm_loadu_ps, _mm_mul_ps, _mm_set1_ps, _mm_storeu_ps,
    };

    pub(super) fn available() -> bool {
        is_x86_feature_detected!("avx")
    }

    #[inline]
    pub(super) fn load(row: &[AtomicU32], into: &mut [f32]) {
        debug_assert_eq!((row.len() % LANES, row.as_ptr() as usize % 64), (0, 0));
        for (from, into) in row.chunks_exact(LANES).zip(into.chunks_exact_mut(LANES)) {
            // SAFETY: `from` is 16 lanes, 64-byte aligned (rows are whole cache lines); `into` is 16
            // floats. `available` was true when the matrix was shared.
            unsafe {
                let [a, b, c, d] = load_line(from.as_ptr());
                let to = into.as_mut_ptr();
                _mm_storeu_ps(to, a);
                _mm_storeu_ps(to.add(4), b);
                _mm_storeu_ps(to.add(8), c);
                _mm_storeu_ps(to.add(12), d);
            }
        }
    }

    #[inline]
    pub(super) fn add(row: &[AtomicU32], scale: f32, delta: &[f32]) {
        debug_assert_eq!((row.len() % LANES, row.as_ptr() as usize % 64), (0, 0));
        for (line, delta) in row.chunks_exact(LANES).zip(delta.chunks_exact(LANES)) {
            // SAFETY: as in `load`; `delta` is 16 private floats. Stores go through a pointer
            // derived from `&[AtomicU32]`, whose interior may be written through a shared reference.
            unsafe {
                let scale = _mm_set1_ps(scale);
                let old = load_line(line.as_ptr());
                let mut new = old;
                for (i, x) in new.iter_mut().enumerate() {
                    let d = _mm_loadu_ps(delta.as_ptr().add(4 * i));
                    *x = _mm_add_ps(*x, _mm_mul_ps(scale, d));
                }
                store_line(line.as_ptr(), new);
            }
        }
    }

    #[inline]
    pub(super) fn store(row: &[AtomicU32], numbers: &[f32]) {
        debug_assert_eq!((row.len() % LANES, row.as_ptr() as usize % 64), (0, 0));
        for (line, numbers) in row.chunks_exact(LANES).zip(numbers.chunks_exact(LANES)) {
            // SAFETY: as in `add`.
            unsafe {
                let quarter = |i: usize| _mm_loadu_ps(numbers.as_ptr().add(4 * i));
                store_line(line.as_ptr(), [quarter(0), quarter(1), quarter(2), quarter(3)]);
            }
        }
    }

    /// # Safety
    /// `from` points to 16 lanes, 16-byte aligned; the processor has AVX.
    #[inline(always)]
    unsafe fn load_line(from: *const AtomicU32) -> [__m128; 4] {
        let (a, b, c, d);
        // SAFETY: four aligned 16-byte loads inside the 64 bytes that the caller vouches for; each
        // stands for four relaxed atomic loads.
        unsafe {
            asm!(
                "vmovaps {a}, xmmword ptr [{p}]",
                "vmovaps {b}, xmmword ptr [{p} + 16]",
                "vmovaps {c}, xmmword ptr [{p} + 32]",
                "vmovaps {d}, xmmword ptr [{p} + 48]",
                p = in(reg) from,
                a = out(xmm_reg) a,
                b = out(xmm_reg) b,
                c = out(xmm_reg) c,
                d = out(xmm_reg) d,
                options(nostack, preserves_flags, readonly),
            );
        }
        [a, b, c, d]
    }

    /// # Safety
    /// `to` points to 16 lanes, 16-byte aligned; the processor has AVX.
    #[inline(always)]
    unsafe fn store_line(to: *const AtomicU32, [a, b, c, d]: [__m128; 4]) {
        // SAFETY: four aligned 16-byte stores inside the 64 bytes that the caller vouches for; each
        // stands for four relaxed atomic stores.
        unsafe {
            asm!(
                "vmovaps xmmword ptr [{p}], {a}",
                "vmovaps xmmword ptr [{p} + 16], {b}",
                "vmovaps xmmword ptr [{p} + 32], {c}",
                "vmovaps xmmword ptr [{p} + 48], {d}",
                p = in(reg) to,
                a = in(xmm_reg) a,
                b = in(xmm_reg) b,
                c = in(xmm_reg) c,
                d = in(xmm_reg) d,
                options(nostack, preserves_flags),
            );
        }
    }

    /// # Safety
    /// The processor has AVX.
    #[inline(always)]
    pub(super) unsafe fn get(from: &SharedEight) -> Eight {
        let eight: __m128i;
        // SAFETY: an aligned 16-byte load of the 16 bytes of `from`, whose type is aligned to 16; it
        // stands for eight relaxed atomic loads.
        unsafe {
            asm!(
                "vmovdqa {a}, xmmword ptr [{p}]",
                p = in(reg) from,
                a = out(xmm_reg) eight,
                options(nostack, preserves_flags, readonly),
            );
        }
        bytemuck::cast(eight)
    }

    /// # Safety
    /// The processor has AVX.
    #[inline(always)]
    pub(super) unsafe fn set(to: &SharedEight, eight: Eight) {
        let eight: __m128i = bytemuck::cast(eight);
        // SAFETY: an aligned 16-byte store of the 16 bytes of `to`, which are atomics and so may be
        // written through a shared reference; it stands for eight relaxed atomic stores.
        unsafe {
            asm!(
                "vmovdqa xmmword ptr [{p}], {a}",
                p = in(reg) to,
                a = in(xmm_reg) eight,
                options(nostack, preserves_flags),
            );
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod wide {
    use super::AtomicU32;
    use super::bf16::SharedEight;
    use crate::kernels::Eight;

    pub(super) fn available() -> bool {
        false
    }
    pub(super) fn load(_: &[AtomicU32], _: &mut [f32]) {
        unreachable!("`available` is false")
    }
    pub(super) fn add(_: &[AtomicU32], _: f32, _: &[f32]) {
        unreachable!("`available` is false")
    }
    pub(super) fn store(_: &[AtomicU32], _: &[f32]) {
        unreachable!("`available` is false")
    }
    pub(super) unsafe fn get(_: &SharedEight) -> Eight {
        unreachable!("`available` is false")
    }
    pub(super) unsafe fn set(_: &SharedEight, _: Eight) {
        unreachable!("`available` is false")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(rows: usize, dim: usize) -> Matrix {
        let mut m = Matrix::zeros(rows, dim);
        for r in 0..rows {
            for (c, x) in m.row_mut(r).iter_mut().enumerate() {
                *x = (r * 1000 + c) as f32;
            }
        }
        m
    }

    /// Both implementations of `Rows`, and the atomic fallback, do the same to every shape.
    #[test]
    fn shared_and_owned_rows_agree() {
        for dim in [1, 3, 15, 16, 17, 100, 300] {
            let mut owned = numbered(5, dim);
            let mut shared = numbered(5, dim);
            let mut fallback = numbered(5, dim);
            let stride = owned.stride();
            let mut delta = vec![0.0; stride];
            for (i, d) in delta[..dim].iter_mut().enumerate() {
                *d = i as f32 * 0.5 - 3.0;
            }
            let mut one = &mut owned;
            let mut two = SharedMatrix::new(&mut shared);
            let mut three = SharedMatrix::new(&mut fallback);
            three.wide = false;
            let (mut a, mut b, mut c) = (vec![0.0; stride], vec![9.0; stride], vec![9.0; stride]);
            for row in [3, 0, 4, 3] {
                one.add(row, 0.25, &delta);
                two.add(row, 0.25, &delta);
                three.add(row, 0.25, &delta);
                one.load(row, &mut a);
                two.load(row, &mut b);
                three.load(row, &mut c);
                assert_eq!(a, b, "dim {dim}, row {row}");
                assert_eq!(a, c, "dim {dim}, row {row}");
                let rows: [&mut dyn Rows; 3] = [&mut one, &mut two, &mut three];
                for rows in rows {
                    rows.store(1, &delta);
                    rows.load(1, &mut b);
                    assert_eq!(b, delta, "dim {dim}");
                }
            }
            assert_eq!(
                a[1.min(dim - 1)],
                3000.0 + 1.0f32.min(dim as f32 - 1.0) + 0.5 * delta[1.min(dim - 1)]
            );
        }
    }

    /// Adds from four threads to rows of their own are all there; lanes are never torn.
    #[test]
    fn threads_on_separate_rows_lose_nothing() {
        let mut m = Matrix::zeros(4, 20);
        let shared = SharedMatrix::new(&mut m);
        let mut delta = vec![0.0; 32];
        delta[..20].fill(1.0);
        std::thread::scope(|s| {
            for t in 0..4 {
                let (mut shared, delta) = (shared, &delta);
                s.spawn(move || (0..1000).for_each(|_| shared.add(t, 1.0, delta)));
            }
        });
        for r in 0..4 {
            assert!(m.row(r).iter().all(|x| *x == 1000.0));
            assert!(m.padded(r)[20..].iter().all(|x| *x == 0.0));
        }
    }

    #[test]
    fn finiteness_is_seen_anywhere() {
        let mut m = numbered(3, 33);
        assert!(m.is_finite());
        m.row_mut(2)[32] = f32::NAN;
        assert!(!m.is_finite());
        m.row_mut(2)[32] = f32::NEG_INFINITY;
        assert!(!m.is_finite());
    }
}
