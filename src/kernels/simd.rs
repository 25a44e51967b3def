//! Sixteen `f32` as a value: the few operations that kernels need to be sure of their registers.
//!
//! For a plain loop over 16 lanes the compiler finds wide instructions by itself. For a sum that
//! lives across such loops, or a tile of several, it does not (it made scalar code or gathers of
//! them, 2 to 10 times slower), so that here each set of instructions is named. A value of type
//! [`Avx512`] or [`Avx2`] can only be made inside a function that was compiled for these
//! instructions, which is what makes the methods safe to call.

use super::lanes::{Eight, Lanes, ZERO, mul_add, narrow_lanes, padded, sum, widen_lanes};

/// A set of instructions, as a value that proves that the processor has it.
pub(super) trait Simd: Copy {
    /// Sixteen lanes.
    type V: Copy;
    fn load(self, from: &Lanes) -> Self::V;
    fn store(self, v: Self::V, to: &mut Lanes);
    fn splat(self, x: f32) -> Self::V;
    /// `a`·`b` + `c`, rounded once where there is an instruction for it.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn add(self, a: Self::V, b: Self::V) -> Self::V;

    /// The first 16 of `from`, and zeros where it has fewer.
    #[inline(always)]
    fn load_part(self, from: &[f32]) -> Self::V {
        self.load(&padded(from))
    }

    /// As many lanes as `to` is long, at most 16.
    #[inline(always)]
    fn store_part(self, v: Self::V, to: &mut [f32]) {
        let mut lanes = ZERO;
        self.store(v, &mut lanes);
        to.copy_from_slice(&lanes[..to.len()]);
    }

    /// Columns become rows.
    #[inline(always)]
    fn transpose(self, rows: [&Lanes; 16], columns: &mut [Lanes; 16]) {
        for (i, row) in rows.into_iter().enumerate() {
            for (column, x) in columns.iter_mut().zip(row) {
                column[i] = *x;
            }
        }
    }

    /// The sum of all lanes, by halves.
    #[inline(always)]
    fn sum(self, v: Self::V) -> f32 {
        let mut lanes = ZERO;
        self.store(v, &mut lanes);
        sum(lanes)
    }

    /// The sums of four groups, each as [`Simd::sum`] has it.
    #[inline(always)]
    fn sums(self, v: [Self::V; 4]) -> [f32; 4] {
        v.map(|v| self.sum(v))
    }

    /// Sixteen bf16 numbers, exactly.
    #[inline(always)]
    fn widen(self, lower: Eight, upper: Eight) -> Self::V {
        self.load(&widen_lanes(lower, upper))
    }

    /// Rounds to bf16 with 16 random bits in each of `random`: see [`super::bf16`].
    #[inline(always)]
    fn narrow(self, v: Self::V, random: &[u32; 16]) -> [Eight; 2] {
        let mut lanes = ZERO;
        self.store(v, &mut lanes);
        narrow_lanes(&lanes, random)
    }

    #[inline(always)]
    fn zero(self) -> Self::V {
        self.splat(0.0)
    }

    /// Whether there is an instruction for [`Simd::add_pairs`]: only then is it used.
    #[inline(always)]
    fn has_pairs(self) -> bool {
        false
    }

    /// Two bf16 numbers in each lane: the nearest to a number of `lower` in its lower half, the nearest
    /// to the same number of `upper` in its upper half.
    #[inline(always)]
    fn pair(self, lower: Self::V, upper: Self::V) -> Self::V {
        let (mut pairs, mut x) = (ZERO, ZERO);
        self.store(lower, &mut pairs);
        self.store(upper, &mut x);
        for (pair, x) in pairs.iter_mut().zip(x) {
            let lower = u32::from(nearest(*pair));
            *pair = f32::from_bits(u32::from(nearest(x)) << 16 | lower);
        }
        self.load(&pairs)
    }

    /// [`Simd::pair`] of each two neighbours of 32 numbers.
    #[inline(always)]
    fn pair_neighbours(self, first: Self::V, second: Self::V) -> Self::V {
        let mut x = [ZERO; 2];
        self.store(first, &mut x[0]);
        self.store(second, &mut x[1]);
        let (mut even, mut odd) = (ZERO, ZERO);
        for (i, two) in x.as_flattened().chunks_exact(2).enumerate() {
            (even[i], odd[i]) = (two[0], two[1]);
        }
        self.pair(self.load(&even), self.load(&odd))
    }

    /// In each lane `c` and the two products of the bf16 numbers of `a` and `b`. How it is rounded
    /// differs from set to set.
    #[inline(always)]
    fn add_pairs(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        let (mut x, mut y, mut sum) = (ZERO, ZERO, ZERO);
        self.store(a, &mut x);
        self.store(b, &mut y);
        self.store(c, &mut sum);
        let halves = |pair: f32| {
            let bits = pair.to_bits();
            (f32::from_bits(bits << 16), f32::from_bits(bits & 0xffff_0000))
        };
        for l in 0..16 {
            let ((lower_x, upper_x), (lower_y, upper_y)) = (halves(x[l]), halves(y[l]));
            sum[l] += lower_x * lower_y + upper_x * upper_y;
        }
        self.load(&sum)
    }
}

/// The nearest bf16 number, of two the even one.
#[inline(always)]
fn nearest(x: f32) -> u16 {
    if x.is_nan() {
        return 0x7fc0;
    }
    let bits = x.to_bits();
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// [`Arrays`] that multiply pairs, so that every machine can test what is done with them.
#[cfg(test)]
#[derive(Clone, Copy)]
pub(super) struct PairedArrays;

#[cfg(test)]
impl Simd for PairedArrays {
    type V = Lanes;

    fn load(self, from: &Lanes) -> Lanes {
        *from
    }

    fn store(self, v: Lanes, to: &mut Lanes) {
        *to = v;
    }

    fn splat(self, x: f32) -> Lanes {
        [x; 16]
    }

    fn mul_add(self, a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        Arrays::<false>.mul_add(a, b, c)
    }

    fn add(self, a: Lanes, b: Lanes) -> Lanes {
        Arrays::<false>.add(a, b)
    }

    fn has_pairs(self) -> bool {
        true
    }
}

/// Groups of lanes as arrays, for the compiler to make the best of.
#[derive(Clone, Copy)]
pub(super) struct Arrays<const FMA: bool>;

impl<const FMA: bool> Simd for Arrays<FMA> {
    type V = Lanes;

    #[inline(always)]
    fn load(self, from: &Lanes) -> Lanes {
        *from
    }

    #[inline(always)]
    fn store(self, v: Lanes, to: &mut Lanes) {
        *to = v;
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Lanes {
        [x; 16]
    }

    #[inline(always)]
    fn mul_add(self, a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        let mut sum = ZERO;
        for l in 0..16 {
            sum[l] = mul_add::<FMA>(a[l], b[l], c[l]);
        }
        sum
    }

    #[inline(always)]
    fn add(self, a: Lanes, b: Lanes) -> Lanes {
        let mut sum = ZERO;
        for l in 0..16 {
            sum[l] = a[l] + b[l];
        }
        sum
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::super::lanes::LARGEST;
    use super::{Eight, Lanes, Simd};
    use bytemuck::cast;
    use std::arch::x86_64::*;

    /// AVX-512F: one register. `BF16`: and AVX512-BF16.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512<const BF16: bool>(());

    impl Avx512<false> {
        /// Safe to call only where the caller was compiled for AVX-512F, hence runs on it.
        #[inline]
        #[target_feature(enable = "avx512f,avx2,fma")]
        pub(in super::super) fn new() -> Self {
            Avx512(())
        }
    }

    impl Avx512<true> {
        /// Safe to call only where the caller was compiled for AVX512-BF16 too, hence runs on it.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bf16,avx2,fma")]
        pub(in super::super) fn new() -> Self {
            Avx512(())
        }
    }

    impl<const BF16: bool> Simd for Avx512<BF16> {
        type V = __m512;

        #[inline(always)]
        fn load(self, from: &Lanes) -> __m512 {
            // SAFETY: 16 floats are readable; `self` proves AVX-512F.
            unsafe { _mm512_loadu_ps(from.as_ptr()) }
        }

        #[inline(always)]
        fn store(self, v: __m512, to: &mut Lanes) {
            // SAFETY: 16 floats are writable; `self` proves AVX-512F.
            unsafe { _mm512_storeu_ps(to.as_mut_ptr(), v) }
        }

        #[inline(always)]
        fn splat(self, x: f32) -> __m512 {
            // SAFETY: `self` proves AVX-512F.
            unsafe { _mm512_set1_ps(x) }
        }

        #[inline(always)]
        fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512F.
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }

        #[inline(always)]
        fn add(self, a: __m512, b: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512F.
            unsafe { _mm512_add_ps(a, b) }
        }

        #[inline(always)]
        fn load_part(self, from: &[f32]) -> __m512 {
            // SAFETY: lanes beyond the slice are masked, hence not read; `self` proves AVX-512F.
            unsafe { _mm512_maskz_loadu_ps(first(from.len()), from.as_ptr()) }
        }

        #[inline(always)]
        fn store_part(self, v: __m512, to: &mut [f32]) {
            // SAFETY: lanes beyond the slice are masked, hence not written; `self` proves AVX-512F.
            unsafe { _mm512_mask_storeu_ps(to.as_mut_ptr(), first(to.len()), v) }
        }

        #[inline(always)]
        fn transpose(self, rows: [&Lanes; 16], columns: &mut [Lanes; 16]) {
            // SAFETY: `self` proves AVX-512F; loads and stores are of 16 floats each.
            unsafe { transpose_512(rows, columns) }
        }

        #[inline(always)]
        fn sum(self, v: __m512) -> f32 {
            // SAFETY: `self` proves AVX-512F.
            unsafe { sum_512(v) }
        }

        #[inline(always)]
        fn sums(self, v: [__m512; 4]) -> [f32; 4] {
            // SAFETY: `self` proves AVX-512F.
            unsafe { sums_512(v) }
        }

        #[inline(always)]
        fn widen(self, lower: Eight, upper: Eight) -> __m512 {
            // SAFETY: `self` proves AVX-512F.
            unsafe { widen_512(cast(lower), cast(upper)) }
        }

        #[inline(always)]
        fn narrow(self, v: __m512, random: &[u32; 16]) -> [Eight; 2] {
            // SAFETY: `self` proves AVX-512F; 16 integers are readable.
            unsafe {
                let random = _mm512_loadu_si512(random.as_ptr().cast());
                narrow_512(v, random).map(cast)
            }
        }

        #[inline(always)]
        fn has_pairs(self) -> bool {
            BF16
        }

        #[inline(always)]
        fn pair(self, lower: __m512, upper: __m512) -> __m512 {
            assert!(BF16);
            // SAFETY: `self` proves AVX512-BF16.
            unsafe { pair_512(lower, upper) }
        }

        #[inline(always)]
        fn pair_neighbours(self, first: __m512, second: __m512) -> __m512 {
            assert!(BF16);
            // SAFETY: `self` proves AVX512-BF16.
            unsafe { cast_pairs(_mm512_cvtne2ps_pbh(second, first)) }
        }

        #[inline(always)]
        fn add_pairs(self, a: __m512, b: __m512, c: __m512) -> __m512 {
            assert!(BF16);
            // SAFETY: `self` proves AVX512-BF16.
            unsafe { _mm512_dpbf16_ps(c, to_pairs(a), to_pairs(b)) }
        }
    }

    #[inline(always)]
    fn cast_pairs(pairs: __m512bh) -> __m512 {
        // SAFETY: both are 512 bits, of which every pattern is a value.
        unsafe { std::mem::transmute(pairs) }
    }

    #[inline(always)]
    fn to_pairs(lanes: __m512) -> __m512bh {
        // SAFETY: as above.
        unsafe { std::mem::transmute(lanes) }
    }

    /// What the conversion puts side by side is interleaved.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bf16,avx2,fma")]
    fn pair_512(lower: __m512, upper: __m512) -> __m512 {
        let widen = |x: __m512| {
            // SAFETY: both are 256 bits, of which every pattern is a value.
            let halves: __m256i = unsafe { std::mem::transmute(_mm512_cvtneps_pbh(x)) };
            _mm512_cvtepu16_epi32(halves)
        };
        let upper = _mm512_slli_epi32::<16>(widen(upper));
        _mm512_castsi512_ps(_mm512_or_si512(upper, widen(lower)))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn widen_512(lower: __m128i, upper: __m128i) -> __m512 {
        let halves = _mm512_cvtepu16_epi32(_mm256_set_m128i(upper, lower));
        _mm512_castsi512_ps(_mm512_slli_epi32::<16>(halves))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn narrow_512(v: __m512, random: __m512i) -> [__m128i; 2] {
        let bits = _mm512_castps_si512(v);
        let magnitude = _mm512_and_si512(bits, _mm512_set1_epi32(i32::MAX));
        let carries = _mm512_cmplt_epu32_mask(magnitude, _mm512_set1_epi32(LARGEST as i32));
        let sum = _mm512_mask_add_epi32(bits, carries, bits, random);
        let halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(sum));
        [_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves)]
    }

    /// A mask of the first lanes.
    #[inline(always)]
    fn first(lanes: usize) -> __mmask16 {
        ((1_u32 << lanes.min(16)) - 1) as __mmask16
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn sum_512(v: __m512) -> f32 {
        let upper = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(v));
        sum_256(_mm256_add_ps(_mm512_castps512_ps256(v), _mm256_castpd_ps(upper)))
    }

    /// Halves of four registers are added side by side, then quarters; what is left of each is a
    /// quarter of one register.
    #[inline]
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn sums_512([a, b, c, d]: [__m512; 4]) -> [f32; 4] {
        let halves = |a, b| {
            _mm512_add_ps(_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0xee>(a, b))
        };
        let (ab, cd) = (halves(a, b), halves(c, d));
        let v = _mm512_add_ps(
            _mm512_shuffle_f32x4::<0x88>(ab, cd),
            _mm512_shuffle_f32x4::<0xdd>(ab, cd),
        );
        let v = _mm512_add_ps(v, _mm512_permute_ps::<0x4e>(v));
        let v = _mm512_add_ps(v, _mm512_permute_ps::<0xb1>(v));
        let firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
        cast(_mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, v)))
    }

    /// As [`sums_512`], of four registers of eight.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn sums_256([a, b, c, d]: [__m256; 4]) -> [f32; 4] {
        let halves = |a, b| {
            _mm256_add_ps(
                _mm256_permute2f128_ps::<0x20>(a, b),
                _mm256_permute2f128_ps::<0x31>(a, b),
            )
        };
        let (ab, cd) = (halves(a, b), halves(c, d));
        // In the lower half the sums of a and c, in the upper those of b and d.
        let v = _mm256_add_ps(_mm256_shuffle_ps::<0x44>(ab, cd), _mm256_shuffle_ps::<0xee>(ab, cd));
        let v = _mm256_add_ps(v, _mm256_permute_ps::<0xb1>(v));
        let v: [f32; 8] = cast(v);
        [v[0], v[4], v[2], v[6]]
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn sum_256(v: __m256) -> f32 {
        let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
        let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
        _mm_cvtss_f32(_mm_add_ss(v, _mm_movehdup_ps(v)))
    }

    /// 16×16: 4×4 blocks of pairs within 128-bit quarters, then the quarters.
    #[inline]
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn transpose_512(rows: [&Lanes; 16], columns: &mut [Lanes; 16]) {
        let mut r = [_mm512_setzero_ps(); 16];
        for i in 0..16 {
            // SAFETY: 16 floats are readable.
            r[i] = unsafe { _mm512_loadu_ps(rows[i].as_ptr()) };
        }
        // u[4q + s]: in each quarter w, element 4w + s of rows 4q to 4q + 3.
        let mut u = r;
        for q in (0..16).step_by(4) {
            let lo_01 = _mm512_unpacklo_ps(r[q], r[q + 1]);
            let hi_01 = _mm512_unpackhi_ps(r[q], r[q + 1]);
            let lo_23 = _mm512_unpacklo_ps(r[q + 2], r[q + 3]);
            let hi_23 = _mm512_unpackhi_ps(r[q + 2], r[q + 3]);
            u[q] = _mm512_shuffle_ps::<0x44>(lo_01, lo_23);
            u[q + 1] = _mm512_shuffle_ps::<0xee>(lo_01, lo_23);
            u[q + 2] = _mm512_shuffle_ps::<0x44>(hi_01, hi_23);
            u[q + 3] = _mm512_shuffle_ps::<0xee>(hi_01, hi_23);
        }
        for s in 0..4 {
            let lo_01 = _mm512_shuffle_f32x4::<0x44>(u[s], u[4 + s]);
            let hi_01 = _mm512_shuffle_f32x4::<0xee>(u[s], u[4 + s]);
            let lo_23 = _mm512_shuffle_f32x4::<0x44>(u[8 + s], u[12 + s]);
            let hi_23 = _mm512_shuffle_f32x4::<0xee>(u[8 + s], u[12 + s]);
            let quarters = [
                _mm512_shuffle_f32x4::<0x88>(lo_01, lo_23),
                _mm512_shuffle_f32x4::<0xdd>(lo_01, lo_23),
                _mm512_shuffle_f32x4::<0x88>(hi_01, hi_23),
                _mm512_shuffle_f32x4::<0xdd>(hi_01, hi_23),
            ];
            for (w, quarter) in quarters.into_iter().enumerate() {
                // SAFETY: 16 floats are writable.
                unsafe { _mm512_storeu_ps(columns[4 * w + s].as_mut_ptr(), quarter) }
            }
        }
    }

    /// AVX2 with FMA: two registers.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(());

    impl Avx2 {
        /// Safe to call only where the caller was compiled for AVX2 and FMA, hence runs on them.
        #[inline]
        #[target_feature(enable = "avx2,fma")]
        pub(in super::super) fn new() -> Self {
            Avx2(())
        }
    }

    impl Simd for Avx2 {
        type V = [__m256; 2];

        #[inline(always)]
        fn load(self, from: &Lanes) -> [__m256; 2] {
            let from = from.as_ptr();
            // SAFETY: 16 floats are readable; `self` proves AVX2.
            unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))] }
        }

        #[inline(always)]
        fn store(self, [a, b]: [__m256; 2], to: &mut Lanes) {
            let to = to.as_mut_ptr();
            // SAFETY: 16 floats are writable; `self` proves AVX2.
            unsafe {
                _mm256_storeu_ps(to, a);
                _mm256_storeu_ps(to.add(8), b);
            }
        }

        #[inline(always)]
        fn splat(self, x: f32) -> [__m256; 2] {
            // SAFETY: `self` proves AVX2.
            unsafe { [_mm256_set1_ps(x); 2] }
        }

        #[inline(always)]
        fn mul_add(self, a: [__m256; 2], b: [__m256; 2], c: [__m256; 2]) -> [__m256; 2] {
            // SAFETY: `self` proves FMA.
            unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
        }

        #[inline(always)]
        fn add(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
            // SAFETY: `self` proves AVX2.
            unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
        }

        #[inline(always)]
        fn load_part(self, from: &[f32]) -> [__m256; 2] {
            /// Sixteen lanes that are read, and 16 that are not.
            const MASKS: [[i32; 16]; 2] = [[-1; 16], [0; 16]];
            let masks = &MASKS.as_flattened()[16 - from.len().min(16)..][..16];
            let (masks, from) = (masks.as_ptr(), from.as_ptr());
            // SAFETY: of the 16 masks, those of lanes beyond the slice are 0: these are not read.
            // `self` proves AVX2.
            unsafe {
                let low = _mm256_loadu_si256(masks.cast());
                let high = _mm256_loadu_si256(masks.add(8).cast());
                [_mm256_maskload_ps(from, low), _mm256_maskload_ps(from.wrapping_add(8), high)]
            }
        }

        #[inline(always)]
        fn transpose(self, rows: [&Lanes; 16], columns: &mut [Lanes; 16]) {
            // SAFETY: `self` proves AVX2.
            unsafe { transpose_256(rows, columns) }
        }

        #[inline(always)]
        fn sum(self, [a, b]: [__m256; 2]) -> f32 {
            // SAFETY: `self` proves AVX2.
            unsafe { sum_256(_mm256_add_ps(a, b)) }
        }

        #[inline(always)]
        fn sums(self, v: [[__m256; 2]; 4]) -> [f32; 4] {
            // SAFETY: `self` proves AVX2.
            unsafe { sums_256(v.map(|[a, b]| _mm256_add_ps(a, b))) }
        }

        #[inline(always)]
        fn widen(self, lower: Eight, upper: Eight) -> [__m256; 2] {
            // SAFETY: `self` proves AVX2.
            unsafe { [widen_256(cast(lower)), widen_256(cast(upper))] }
        }

        #[inline(always)]
        fn narrow(self, [a, b]: [__m256; 2], random: &[u32; 16]) -> [Eight; 2] {
            let [for_a, for_b]: [__m256i; 2] = cast(*random);
            // SAFETY: `self` proves AVX2.
            unsafe { [narrow_256(a, for_a), narrow_256(b, for_b)].map(cast) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn widen_256(halves: __m128i) -> __m256 {
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(halves)))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn narrow_256(v: __m256, random: __m256i) -> __m128i {
        let bits = _mm256_castps_si256(v);
        let magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(i32::MAX));
        let carries = _mm256_cmpgt_epi32(_mm256_set1_epi32(LARGEST as i32), magnitude);
        let sum = _mm256_add_epi32(bits, _mm256_and_si256(random, carries));
        let halves = _mm256_srli_epi32::<16>(sum);
        _mm_packus_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves))
    }

    /// 16×16 as four blocks of 8×8.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn transpose_256(rows: [&Lanes; 16], columns: &mut [Lanes; 16]) {
        for (top, left) in [(0, 0), (0, 8), (8, 0), (8, 8)] {
            let mut r = [_mm256_setzero_ps(); 8];
            for i in 0..8 {
                // SAFETY: 8 floats from `left` (0 or 8) on are readable.
                r[i] = unsafe { _mm256_loadu_ps(rows[top + i].as_ptr().add(left)) };
            }
            let mut u = r;
            for q in [0, 4] {
                let lo_01 = _mm256_unpacklo_ps(r[q], r[q + 1]);
                let hi_01 = _mm256_unpackhi_ps(r[q], r[q + 1]);
                let lo_23 = _mm256_unpacklo_ps(r[q + 2], r[q + 3]);
                let hi_23 = _mm256_unpackhi_ps(r[q + 2], r[q + 3]);
                u[q] = _mm256_shuffle_ps::<0x44>(lo_01, lo_23);
                u[q + 1] = _mm256_shuffle_ps::<0xee>(lo_01, lo_23);
                u[q + 2] = _mm256_shuffle_ps::<0x44>(hi_01, hi_23);
                u[q + 3] = _mm256_shuffle_ps::<0xee>(hi_01, hi_23);
            }
            for s in 0..4 {
                let halves = [
                    _mm256_permute2f128_ps::<0x20>(u[s], u[4 + s]),
                    _mm256_permute2f128_ps::<0x31>(u[s], u[4 + s]),
                ];
                for (w, half) in halves.into_iter().enumerate() {
                    let column = &mut columns[left + 4 * w + s];
                    // SAFETY: 8 floats from `top` (0 or 8) on are writable.
                    unsafe { _mm256_storeu_ps(column.as_mut_ptr().add(top), half) }
                }
            }
        }
    }
}
