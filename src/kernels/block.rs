//! The body of the block step: skip-gram with negative sampling for some 32 positions at once.
//!
//! In: private copies of the rows that a block of the text needs, and which outputs surround each
//! input ([`BlockStep`]). Out: the step of each row, and the loss. Four passes:
//!
//! 1. z = input · negative, all B×K of them, as a matrix product. Sixteen negatives are transposed
//!    into a panel first, so that the lanes are 16 results and no sum runs across them.
//! 2. z = input · output for the positive pairs alone, four outputs at a time, and at once the
//!    coefficients and losses of these pairs. They stand in a dense B×O matrix, the band, with zeros
//!    where there is no pair.
//! 3. From z the coefficients of the negatives, and their loss.
//! 4. Steps, all as matrix products: inputs from negatives and from the part of the band that the
//!    window spans, negatives from inputs, outputs from the band. Half of the products with the
//!    band are with zeros; the sums over lists of pairs that they replace took as long, with branches
//!    that nobody can guess.
//!
//! Tiles of steps are narrow, 4 rows for inputs and 2 for outputs, so that fewer products of the band are
//! with zeros, and wide in columns, so that loads do not hold them up. Tiles of 8 rows (AVX2: 4) took
//! 15.9 µs a block instead of 14.3 with AVX2 at dim 100, 39.8 instead of 35.0 at dim 300; with AVX-512
//! the same at dim 100, and 18.3 instead of 17.7 at dim 300 (Emerald Rapids, everything in cache, least
//! of 400 runs). There the matrix products would take 12.7 of the 17.7 µs at the full rate of the
//! multiply-add units. Making the list of pairs without an inner loop of unknown length (its
//! use has none) was slower: it computes more that is then thrown away. So were tiles of 6 rows instead of 4 in pass 1 with
//! AVX2: .95 times the words in training (median of 10 turns).
//!
//! Every element of a result is one chain of fused multiply-adds in a fixed order, whatever the
//! shape of the register tiles; that is why instruction sets agree to the bit.
//!
//! # Pairs of bf16
//!
//! `vdpbf16ps` (AVX512-BF16) multiplies bf16 numbers in pairs and adds in f32: two multiply-adds a lane.
//! Where rows are kept as bf16, the set `avx512bf16` takes it for the products of inputs and negatives,
//! z and steps, which are 20,700 of the 30,700 multiply-adds of 16 lanes at dim 100; the band stays in
//! f32. Rows are multiplied as they are; coefficients are rounded to the nearest, which costs steps up to
//! .4 % of themselves, without bias that quality shows: vectors of such training (100 MB, 5 epochs, two
//! seeds) answered 37.5 and 36.9 % of the analogies, those of `avx512` on the same rows 37.0 and 36.4 %.
//!
//! Whether it is faster depends on the processor. On a Zen 4 core it starts as often as the multiply-add
//! of f32, once a cycle. On an Emerald Rapids core it starts 1.4 times a nanosecond and that one 5.7 times
//! (24 independent registers of 512 bits, from a register or broadcast from memory), so that these
//! products take at least 7.4 µs a block with it and 3.6 µs without: training on bf16 rows made .78 times
//! as many words at dim 100, .77 at dim 300 (lower quartiles of the seconds of 8 and 5 turns of 20 MB, one thread). Hence the
//! order in [`super::available`].

use super::lanes::{Lanes, ZERO, logistic};
use super::simd::Simd;
use std::array::from_fn;

/// One block. B inputs, O outputs and K negatives, each row `pitch` groups of 16 lanes apart and
/// `dim` long, zero from there to the end of its last group.
pub struct BlockStep<'a> {
    /// D.
    pub dim: usize,
    /// Groups of 16 lanes from one row to the next, in all matrices here.
    pub pitch: usize,
    /// The learning rate.
    pub lr: f32,
    /// What one negative stands for: `negative` / K of a pair's negatives.
    pub share: f32,
    /// B×D, B a multiple of 8.
    pub inputs: &'a [Lanes],
    /// O×D, O even: overwritten with their steps.
    pub outputs: &'a mut [Lanes],
    /// K×D, K a multiple of 8: overwritten with their steps.
    pub negatives: &'a mut [Lanes],
    /// The outputs around each input, B long.
    pub spans: &'a [Span],
    /// B×K, rows padded with zeros to whole groups of 16: with how many pairs of the input the
    /// negative competes.
    pub weights: &'a [Lanes],
    /// B×D: overwritten with the steps of the inputs.
    pub input_steps: &'a mut [Lanes],
    /// Room for the negatives transposed, D×K in whole groups both ways.
    pub panels: &'a mut [Lanes],
    /// Room for coefficients: as `weights`.
    pub g: &'a mut [Lanes],
    /// Room for B × [`band_groups`]`(O)` groups.
    pub band: &'a mut [Lanes],
    /// Room for the positive pairs.
    pub fours: &'a mut Fours,
    /// Where inputs and negatives are bf16 numbers and [`super::Isa::has_pairs`]: room for
    /// [`pair_groups`]`(B, K, D)` groups. Then the products of inputs, negatives and the coefficients of
    /// both are of bf16 numbers, the coefficients rounded to the nearest. Other sets do not look at it.
    pub pairs: Option<&'a mut [Lanes]>,
    /// Called some 90 times during the step at dim 100 (with AVX-512 B/8 + pairs/6 + groups/6 · (B + K)/4 +
    /// groups/10 · O/2), for whatever else can be done meanwhile: to ask for the rows of the next block.
    pub meanwhile: &'a mut dyn FnMut(),
}

/// The outputs that an input is paired with: `from..to`, but for `own`, its own position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first output.
    pub from: u32,
    /// Behind the last output; `from` where there is no pair.
    pub to: u32,
    /// The output that is no pair; anywhere.
    pub own: u32,
}

impl Span {
    /// The outputs that the input is paired with.
    #[cfg(any(test, feature = "bench"))]
    pub fn outputs(self) -> impl Iterator<Item = usize> {
        (self.from..self.to).filter(move |&output| output != self.own).map(|output| output as usize)
    }
}

/// Groups of 16 lanes in a row of the band: room for O outputs, and for four that begin at the last
/// of them.
pub fn band_groups(outputs: usize) -> usize {
    (outputs + 3).div_ceil(16)
}

/// The positive pairs of a block, four neighbouring outputs of an input at a time: one list without
/// an inner loop of unknown length, which would be guessed wrong at every second input.
#[derive(Default)]
pub struct Fours {
    /// The input, and the first output.
    places: Vec<[u32; 2]>,
    /// 1 for a pair, 0 for the input's own position and for what is beyond its span.
    real: Vec<[f32; 4]>,
    /// The products, then the coefficients.
    z: Vec<[f32; 4]>,
    /// For each two outputs the inputs whose windows reach one of them: the first, and behind the last.
    reach: Vec<[u32; 2]>,
}

impl Fours {
    /// Room for `inputs` spans of at most `longest` outputs. More is allocated when it is needed.
    pub fn with_room(inputs: usize, longest: usize) -> Self {
        let room = inputs * longest.div_ceil(4) + 4;
        Fours {
            places: Vec::with_capacity(room),
            real: Vec::with_capacity(room),
            z: Vec::with_capacity(room),
            reach: Vec::with_capacity((inputs + longest).next_multiple_of(8)),
        }
    }
}

/// The first phase; `ROWS` is the number of rows in a tile of the matrix products.
#[inline(always)]
pub(super) fn block_scores<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    b: &mut BlockStep<'_>,
) {
    let (groups, pitch) = (b.dim.div_ceil(16), b.pitch);
    let inputs = b.inputs.len() / pitch;
    let outputs = b.outputs.len() / pitch;
    let negatives = b.negatives.len() / pitch;
    assert!(
        b.dim > 0 && groups <= pitch && inputs.is_multiple_of(8) && negatives.is_multiple_of(8)
    );
    assert_eq!(b.spans.len(), inputs);
    assert!(b.spans.iter().all(|span| span.to as usize <= outputs));
    assert_eq!(b.input_steps.len(), b.inputs.len());
    assert!(outputs > 0 && outputs.is_multiple_of(TWO));
    assert_eq!(b.g.len(), inputs * negatives.div_ceil(16));
    assert_eq!(b.g.len(), b.weights.len());
    assert_eq!(b.band.len(), inputs * band_groups(outputs));

    let mut room = b.pairs.take();
    let mut pairs = Pairs::over(simd, b, &mut room);
    match &mut pairs {
        Some(pairs) => pairs.fill(simd, b),
        None => transpose(simd, b.negatives, pitch, groups, b.panels),
    }
    let per_row = negatives.div_ceil(16);
    for i in (0..inputs).step_by(ROWS) {
        (b.meanwhile)();
        let mut panel = 0;
        while panel < per_row {
            let g = &mut b.g[i * per_row..][..ROWS * per_row];
            let rows = &b.inputs[i * pitch..];
            let two = ROWS == 8 && panel + 2 <= per_row;
            if let Some(pairs) = &pairs {
                let (dim, pitch) = (b.dim.div_ceil(2), pairs.pitch);
                let (rows, panels) = (&pairs.inputs[i * pitch..], &*pairs.panels);
                match two {
                    true => products::<_, ROWS, 2, true>(simd, rows, pitch, dim, panels, panel, g),
                    false => products::<_, ROWS, 1, true>(simd, rows, pitch, dim, panels, panel, g),
                }
            } else if two {
                products::<_, ROWS, 2, false>(simd, rows, pitch, b.dim, b.panels, panel, g);
            } else {
                products::<_, ROWS, 1, false>(simd, rows, pitch, b.dim, b.panels, panel, g);
            }
            panel += if two { 2 } else { 1 };
        }
    }
    b.pairs = room;
    pair_scores(simd, b, groups);
}

/// The second phase. Returns the loss.
#[inline(always)]
pub(super) fn block_coefficients<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    b: &mut BlockStep<'_>,
) -> f64 {
    let per_row = (b.negatives.len() / b.pitch).div_ceil(16);
    let mut loss = pair_coefficients::<FMA, _>(simd, b);
    let scale = simd.splat(b.lr * b.share);
    // Sums of f32 no longer than 64 terms a lane.
    for (g, weights) in b.g.chunks_mut(64).zip(b.weights.chunks(64)) {
        let mut losses = simd.zero();
        for (g, weights) in g.iter_mut().zip(weights) {
            let (gradient, terms) = logistic::<FMA>(g, &ZERO);
            let weights = simd.load(weights);
            losses = simd.mul_add(weights, simd.load(&terms), losses);
            let scaled = simd.mul_add(weights, scale, simd.zero());
            simd.store(simd.mul_add(scaled, simd.load(&gradient), simd.zero()), g);
        }
        loss += f64::from(b.share) * f64::from(simd.sum(losses));
    }
    let mut room = b.pairs.take();
    if let Some(pairs) = &mut Pairs::over(simd, b, &mut room) {
        pairs.set_coefficients(simd, b.g, per_row);
    }
    b.pairs = room;
    loss
}

/// The third phase.
#[inline(always)]
pub(super) fn block_steps<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    b: &mut BlockStep<'_>,
) {
    let groups = b.dim.div_ceil(16);
    reaches(b, b.outputs.len() / b.pitch);
    let (widest, widest_output) = match ROWS {
        8 => (6, 10),
        4 => (3, 3),
        _ => (1, 1),
    };
    let mut room = b.pairs.take();
    let pairs = Pairs::over(simd, b, &mut room);
    let pairs = pairs.as_ref();
    for (at, width) in chunks(groups, widest) {
        match (ROWS, width) {
            (8, 6) => steps::<_, 4, 6>(simd, b, pairs, at),
            (8, 5) => steps::<_, 4, 5>(simd, b, pairs, at),
            (8, 4) => steps::<_, 4, 4>(simd, b, pairs, at),
            (8, 3) => steps::<_, 4, 3>(simd, b, pairs, at),
            (8, 2) => steps::<_, 4, 2>(simd, b, pairs, at),
            (8, _) => steps::<_, 4, 1>(simd, b, pairs, at),
            (4, 3) => steps::<_, 2, 3>(simd, b, pairs, at),
            (4, 2) => steps::<_, 2, 2>(simd, b, pairs, at),
            _ => steps::<_, 2, 1>(simd, b, pairs, at),
        }
    }
    for (at, width) in chunks(groups, widest_output) {
        match (ROWS, width) {
            (8, 10) => output_steps::<_, 10>(simd, b, at),
            (8, 9) => output_steps::<_, 9>(simd, b, at),
            (8, 8) => output_steps::<_, 8>(simd, b, at),
            (8, 7) => output_steps::<_, 7>(simd, b, at),
            (8, 6) => output_steps::<_, 6>(simd, b, at),
            (8, 5) => output_steps::<_, 5>(simd, b, at),
            (8, 4) => output_steps::<_, 4>(simd, b, at),
            (4 | 8, 3) => output_steps::<_, 3>(simd, b, at),
            (4 | 8, 2) => output_steps::<_, 2>(simd, b, at),
            _ => output_steps::<_, 1>(simd, b, at),
        }
    }
    b.pairs = room;
}

/// Groups of 16 lanes that [`BlockStep::pairs`] needs for B inputs, K negatives and D.
pub fn pair_groups(inputs: usize, negatives: usize, dim: usize) -> usize {
    Pairs::sizes(inputs, negatives, dim.div_ceil(16)).iter().sum()
}

/// Inputs, negatives and their coefficients g as bf16, two in each lane: those that are neighbours in
/// the sum that a matrix product is.
struct Pairs<'a> {
    /// Groups of a row of `inputs`: half of D.
    pitch: usize,
    /// K × half of D, which only the panels are made from.
    negatives: &'a mut [Lanes],
    /// B × half of D.
    inputs: &'a mut [Lanes],
    /// Half of D × K, as panels: see [`transpose`].
    panels: &'a mut [Lanes],
    /// Half of B × D.
    input_rows: &'a mut [Lanes],
    /// Half of K × D.
    negative_rows: &'a mut [Lanes],
    /// B × half of K.
    g: &'a mut [Lanes],
    /// Half of B × K.
    g_rows: &'a mut [Lanes],
}

impl<'a> Pairs<'a> {
    /// Groups of negatives, which only the panels are made from, and of each field from `inputs` on.
    fn sizes(inputs: usize, negatives: usize, groups: usize) -> [usize; 7] {
        let (half, per_row) = (groups.div_ceil(2), negatives.div_ceil(16));
        [
            negatives * half,
            inputs * half,
            16 * per_row * half,
            inputs / 2 * groups,
            negatives / 2 * groups,
            inputs * per_row.div_ceil(2),
            inputs / 2 * per_row,
        ]
    }

    /// The places of the pairs in their room, where the instruction set has them.
    #[inline(always)]
    fn over<S: Simd>(
        simd: S,
        b: &BlockStep<'_>,
        room: &'a mut Option<&mut [Lanes]>,
    ) -> Option<Self> {
        let mut left = room.as_deref_mut().filter(|_| simd.has_pairs())?;
        let (groups, pitch) = (b.dim.div_ceil(16), b.pitch);
        let sizes = Pairs::sizes(b.inputs.len() / pitch, b.negatives.len() / pitch, groups);
        let parts = sizes.map(|size| left.split_off_mut(..size).expect("room for all pairs"));
        let [negatives, inputs, panels, input_rows, negative_rows, g, g_rows] = parts;
        let pitch = groups.div_ceil(2);
        Some(Pairs { pitch, negatives, inputs, panels, input_rows, negative_rows, g, g_rows })
    }

    /// Everything but the coefficients.
    #[inline(always)]
    fn fill<S: Simd>(&mut self, simd: S, b: &BlockStep<'_>) {
        let (groups, pitch) = (b.dim.div_ceil(16), b.pitch);
        pair_columns(simd, b.negatives, pitch, groups, self.negatives);
        pair_columns(simd, b.inputs, pitch, groups, self.inputs);
        pair_rows(simd, b.inputs, pitch, groups, self.input_rows);
        pair_rows(simd, b.negatives, pitch, groups, self.negative_rows);
        transpose(simd, self.negatives, self.pitch, self.pitch, self.panels);
    }

    /// Rounds the coefficients.
    #[inline(always)]
    fn set_coefficients<S: Simd>(&mut self, simd: S, g: &[Lanes], per_row: usize) {
        pair_columns(simd, g, per_row, per_row, self.g);
        pair_rows(simd, g, per_row, per_row, self.g_rows);
    }
}

/// Each two neighbours in a row of `groups` groups.
#[inline(always)]
fn pair_columns<S: Simd>(simd: S, rows: &[Lanes], pitch: usize, groups: usize, to: &mut [Lanes]) {
    let to = to.chunks_exact_mut(groups.div_ceil(2));
    for (row, to) in rows.chunks_exact(pitch).zip(to) {
        for (two, to) in row[..groups].chunks(2).zip(to) {
            let second = two.get(1).unwrap_or(&ZERO);
            simd.store(simd.pair_neighbours(simd.load(&two[0]), simd.load(second)), to);
        }
    }
}

/// Each two rows of `groups` groups.
#[inline(always)]
fn pair_rows<S: Simd>(simd: S, rows: &[Lanes], pitch: usize, groups: usize, to: &mut [Lanes]) {
    let to = to.chunks_exact_mut(groups);
    for (two, to) in rows.chunks_exact(2 * pitch).zip(to) {
        let (upper, lower) = (&two[..groups], &two[pitch..][..groups]);
        for ((to, upper), lower) in to.iter_mut().zip(upper).zip(lower) {
            simd.store(simd.pair(simd.load(upper), simd.load(lower)), to);
        }
    }
}

/// `a`·`b` + `c`, of pairs where they are `PAIRED`.
#[inline(always)]
fn add_product<S: Simd, const PAIRED: bool>(simd: S, a: S::V, b: S::V, c: S::V) -> S::V {
    if PAIRED { simd.add_pairs(a, b, c) } else { simd.mul_add(a, b, c) }
}

/// Columns in chunks of about one width, at most `widest`: where each begins, and how wide it is.
fn chunks(groups: usize, widest: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let left = groups - at;
        let width = left.div_ceil(left.div_ceil(widest).max(1));
        at += width;
        (width > 0).then_some((at - width, width))
    })
}

/// K×D rows to D×K panels of 16 columns: `panels[p·pitch·16 + d]` holds element d of rows 16p to
/// 16p + 15; of the last row, where there are fewer.
#[inline(always)]
fn transpose<S: Simd>(simd: S, rows: &[Lanes], pitch: usize, groups: usize, panels: &mut [Lanes]) {
    let (panels, _) = panels.as_chunks_mut::<16>();
    for (rows, panel) in rows.chunks(16 * pitch).zip(panels.chunks_exact_mut(groups)) {
        let last = rows.len() / pitch - 1;
        for (group, columns) in panel.iter_mut().enumerate() {
            simd.transpose(from_fn(|i| &rows[i.min(last) * pitch + group]), columns);
        }
    }
}

/// R rows against P panels, into the columns from 16·`panel` of `g`, which has R rows.
#[inline(always)]
fn products<S: Simd, const R: usize, const P: usize, const PAIRED: bool>(
    simd: S,
    rows: &[Lanes],
    pitch: usize,
    dim: usize,
    panels: &[Lanes],
    panel: usize,
    g: &mut [Lanes],
) {
    let rows: [&[f32]; R] = from_fn(|r| &rows[r * pitch..][..pitch].as_flattened()[..dim]);
    let length = dim.next_multiple_of(16);
    let panels: [&[Lanes]; P] = from_fn(|p| &panels[(panel + p) * length..][..dim]);
    let mut sums = [[simd.zero(); P]; R];
    for d in 0..dim {
        let mut columns = [simd.zero(); P];
        for p in 0..P {
            columns[p] = simd.load(&panels[p][d]);
        }
        for r in 0..R {
            let x = simd.splat(rows[r][d]);
            for p in 0..P {
                sums[r][p] = add_product::<_, PAIRED>(simd, x, columns[p], sums[r][p]);
            }
        }
    }
    let per_row = g.len() / R;
    for (sums, g) in sums.iter().zip(g.chunks_exact_mut(per_row)) {
        for (sum, g) in sums.iter().zip(&mut g[panel..panel + P]) {
            simd.store(*sum, g);
        }
    }
}

/// The first n of four.
const FIRST: [[f32; 4]; 5] = [
    [0.0, 0.0, 0.0, 0.0],
    [1.0, 0.0, 0.0, 0.0],
    [1.0, 1.0, 0.0, 0.0],
    [1.0, 1.0, 1.0, 0.0],
    [1.0, 1.0, 1.0, 1.0],
];

/// Four but the n-th.
const OTHERS: [[f32; 4]; 5] = [
    [0.0, 1.0, 1.0, 1.0],
    [1.0, 0.0, 1.0, 1.0],
    [1.0, 1.0, 0.0, 1.0],
    [1.0, 1.0, 1.0, 0.0],
    [1.0, 1.0, 1.0, 1.0],
];

/// Lists the positive pairs, with their scores.
#[inline(always)]
fn pair_scores<S: Simd>(simd: S, b: &mut BlockStep<'_>, groups: usize) {
    let pitch = b.pitch;
    let Fours { places, real, z, .. } = &mut *b.fours;
    real.clear();
    places.clear();
    for (input, span) in (0..).zip(b.spans) {
        for at in (span.from..span.to).step_by(4) {
            places.push([input, at]);
            // In two look-ups: to decide for each of the four took 4 % of the whole step.
            let within = FIRST[(span.to - at).min(4) as usize];
            let but_own = OTHERS[span.own.wrapping_sub(at).min(4) as usize];
            real.push(from_fn(|n| within[n] * but_own[n]));
        }
    }
    let fours = places.len();
    real.resize(fours.next_multiple_of(4), [0.0; 4]);
    z.resize(real.len(), [0.0; 4]);

    let last = (b.outputs.len() / pitch) as u32 - 1;
    for (four, (&[input, at], z)) in places.iter().zip(&mut *z).enumerate() {
        if four % 2 == 0 {
            (b.meanwhile)();
        }
        let x = &b.inputs[input as usize * pitch..][..groups];
        // Beyond the last output that one again, whose product is not used.
        let targets = from_fn(|n| (at + n as u32).min(last));
        *z = dots(simd, x, b.outputs, pitch, targets);
    }
}

/// Fills the band with the coefficients of the positive pairs. Returns their loss.
#[inline(always)]
fn pair_coefficients<const FMA: bool, S: Simd>(simd: S, b: &mut BlockStep<'_>) -> f64 {
    let Fours { places, real, z, .. } = &mut *b.fours;
    let lr = simd.splat(b.lr);
    let mut loss = 0.0;
    let (z, _) = z.as_flattened_mut().as_chunks_mut::<16>();
    let (real, _) = real.as_flattened().as_chunks::<16>();
    // Sums of f32 no longer than 64 terms a lane.
    for (z, real) in z.chunks_mut(64).zip(real.chunks(64)) {
        let mut losses = simd.zero();
        for (z, real) in z.iter_mut().zip(real) {
            let (gradient, terms) = logistic::<FMA>(z, &[1.0; 16]);
            let real = simd.load(real);
            losses = simd.mul_add(real, simd.load(&terms), losses);
            let scaled = simd.mul_add(real, lr, simd.zero());
            simd.store(simd.mul_add(scaled, simd.load(&gradient), simd.zero()), z);
        }
        loss += f64::from(simd.sum(losses));
    }

    b.band.fill(ZERO);
    let per_row = 16 * band_groups(b.outputs.len() / b.pitch);
    let band = b.band.as_flattened_mut();
    let (z, _) = z.as_flattened().as_chunks::<4>();
    for (&[input, at], g) in places.iter().zip(z) {
        band[input as usize * per_row + at as usize..][..4].copy_from_slice(g);
    }
    loss
}

/// x by four rows.
#[inline(always)]
fn dots<S: Simd>(
    simd: S,
    x: &[Lanes],
    rows: &[Lanes],
    pitch: usize,
    targets: [u32; 4],
) -> [f32; 4] {
    let rows: [&[Lanes]; 4] = from_fn(|n| &rows[targets[n] as usize * pitch..][..x.len()]);
    let mut sums = [simd.zero(); 4];
    for (d, x) in x.iter().enumerate() {
        let x = simd.load(x);
        for n in 0..4 {
            sums[n] = simd.mul_add(x, simd.load(&rows[n][d]), sums[n]);
        }
    }
    simd.sums(sums)
}

#[inline(always)]
fn columns<const C: usize>(rows: &[Lanes], at: usize) -> &[Lanes; C] {
    rows[at..at + C].try_into().expect("C groups")
}

/// Adds `g[r]` · the C groups of columns at `at` to row r of a tile.
#[inline(always)]
fn add_row<S: Simd, const R: usize, const C: usize, const PAIRED: bool>(
    simd: S,
    g: [f32; R],
    rows: &[Lanes],
    at: usize,
    sums: &mut [[S::V; C]; R],
) {
    let row = columns::<C>(rows, at);
    let g = g.map(|g| simd.splat(g));
    for c in 0..C {
        let row = simd.load(&row[c]);
        for r in 0..R {
            sums[r][c] = add_product::<_, PAIRED>(simd, g[r], row, sums[r][c]);
        }
    }
}

/// Writes a tile into the C groups of columns at `at` of its rows.
#[inline(always)]
fn store_tile<S: Simd, const R: usize, const C: usize>(
    simd: S,
    sums: &[[S::V; C]; R],
    pitch: usize,
    at: usize,
    rows: &mut [Lanes],
) {
    for (row, sums) in rows.chunks_exact_mut(pitch).zip(sums) {
        let row: &mut [Lanes; C] = (&mut row[at..at + C]).try_into().expect("C groups");
        for c in 0..C {
            simd.store(sums[c], &mut row[c]);
        }
    }
}

/// The steps of inputs and negatives, in C groups of columns, R rows at a time.
#[inline(always)]
fn steps<S: Simd, const R: usize, const C: usize>(
    simd: S,
    b: &mut BlockStep<'_>,
    pairs: Option<&Pairs<'_>>,
    at: usize,
) {
    let (pitch, groups) = (b.pitch, b.dim.div_ceil(16));
    let negatives = b.negatives.len() / pitch;
    let of_g = 16 * negatives.div_ceil(16);
    let g = b.g.as_flattened();
    let of_band = 16 * band_groups(b.outputs.len() / pitch);
    let band = b.band.as_flattened();

    // The inputs, from negatives and outputs.
    let tiles = b.input_steps.chunks_exact_mut(R * pitch);
    let coefficients = g.chunks_exact(R * of_g).zip(band.chunks_exact(R * of_band));
    let tiles = tiles.zip(coefficients).zip(b.spans.chunks_exact(R));
    for (tile, ((steps, (g, band)), spans)) in tiles.enumerate() {
        (b.meanwhile)();
        let mut sums = [[simd.zero(); C]; R];
        if let Some(pairs) = pairs {
            let of_g = pairs.g.len() / b.spans.len();
            let g = &pairs.g[tile * R * of_g..][..R * of_g].as_flattened();
            let g: [&[f32]; R] = from_fn(|r| &g[r * 16 * of_g..][..negatives / 2]);
            for (k, row) in pairs.negative_rows.chunks_exact(groups).enumerate() {
                add_row::<_, R, C, true>(simd, from_fn(|r| g[r][k]), row, at, &mut sums);
            }
        } else {
            let g: [&[f32]; R] = from_fn(|r| &g[r * of_g..][..negatives]);
            for (k, row) in b.negatives.chunks_exact(pitch).enumerate() {
                add_row::<_, R, C, false>(simd, from_fn(|r| g[r][k]), row, at, &mut sums);
            }
        }
        let from = spans.iter().map(|span| span.from).min().unwrap_or(0) as usize;
        let to = spans.iter().map(|span| span.to).max().unwrap_or(0) as usize;
        let band: [&[f32]; R] = from_fn(|r| &band[r * of_band..][..to]);
        let rows = b.outputs.chunks_exact(pitch);
        for (o, row) in rows.enumerate().take(to).skip(from) {
            add_row::<_, R, C, false>(simd, from_fn(|r| band[r][o]), row, at, &mut sums);
        }
        store_tile(simd, &sums, pitch, at, steps);
    }

    // The negatives, from inputs.
    let tiles = b.negatives.chunks_exact_mut(R * pitch);
    for (k, steps) in tiles.enumerate() {
        (b.meanwhile)();
        let mut sums = [[simd.zero(); C]; R];
        if let Some(pairs) = pairs {
            let g = pairs.g_rows.as_flattened().chunks_exact(of_g);
            for (g, rows) in g.zip(pairs.input_rows.chunks_exact(groups)) {
                let g: &[f32; R] = g[k * R..(k + 1) * R].try_into().expect("R columns");
                add_row::<_, R, C, true>(simd, *g, rows, at, &mut sums);
            }
        } else {
            for (i, g) in g.chunks_exact(of_g).enumerate() {
                let g: &[f32; R] = g[k * R..(k + 1) * R].try_into().expect("R columns");
                add_row::<_, R, C, false>(simd, *g, b.inputs, i * pitch + at, &mut sums);
            }
        }
        store_tile(simd, &sums, pitch, at, steps);
    }
}

/// Rows of a tile of outputs: windows reach few inputs from two neighbours, and with each more row in
/// the tile more of the products are with zeros.
const TWO: usize = 2;

/// The steps of the outputs in C groups of columns, two rows at a time, from the inputs whose window
/// reaches one of them.
#[inline(always)]
fn output_steps<S: Simd, const C: usize>(simd: S, b: &mut BlockStep<'_>, at: usize) {
    let pitch = b.pitch;
    let of_band = 16 * band_groups(b.outputs.len() / pitch);
    let band = b.band.as_flattened();
    let tiles = b.outputs.chunks_exact_mut(TWO * pitch);
    for ((tile, steps), reach) in tiles.enumerate().zip(&b.fours.reach) {
        (b.meanwhile)();
        let [from, to] = reach.map(|input| input as usize);
        let mut sums = [[simd.zero(); C]; TWO];
        let rows = band.chunks_exact(of_band);
        for (i, band) in (0..to).zip(rows).skip(from) {
            let g = band[tile * TWO..][..TWO].try_into().expect("two columns");
            add_row::<_, TWO, C, false>(simd, g, b.inputs, i * pitch + at, &mut sums);
        }
        store_tile(simd, &sums, pitch, at, steps);
    }
}

/// Notes which inputs reach each two outputs, and those of room behind them: none.
fn reaches(b: &mut BlockStep<'_>, outputs: usize) {
    let reach = &mut b.fours.reach;
    reach.clear();
    reach.resize(outputs / TWO, [u32::MAX, 0]);
    for (input, span) in (0..).zip(b.spans) {
        let (from, to) = (span.from as usize / TWO, (span.to as usize).div_ceil(TWO));
        for [first, last] in reach.iter_mut().take(to).skip(from) {
            *first = input.min(*first);
            *last = input + 1;
        }
    }
    for [first, last] in reach {
        *first = (*first).min(*last);
    }
}

#[cfg(test)]
mod tests {
    use super::super::simd::PairedArrays;
    use super::super::{Isa, Kernels, scalar};
    use super::*;
    use rand::{Rng, RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// Owns what a [`BlockStep`] borrows.
    struct Case {
        dim: usize,
        pitch: usize,
        /// Inputs, outputs, negatives.
        rows: [Vec<Lanes>; 3],
        spans: Vec<Span>,
        weights: Vec<Lanes>,
    }

    impl Case {
        fn random(dim: usize, sizes: [usize; 3], random: &mut impl Rng) -> Self {
            let pitch = dim.div_ceil(16) + random.random_range(0..2);
            let [inputs, outputs, negatives] = sizes;
            let bound = 2.0 / (dim as f32).sqrt();
            let rows = sizes.map(|rows| {
                let mut lanes = vec![ZERO; rows * pitch];
                for row in lanes.chunks_exact_mut(pitch) {
                    let row = &mut row.as_flattened_mut()[..dim];
                    row.fill_with(|| random.random_range(-bound..bound));
                }
                lanes
            });
            let spans = (0..inputs).map(|_| {
                let from = random.random_range(0..=outputs as u32);
                let to = random.random_range(from..=outputs as u32);
                let own = random.random_range(0..=outputs as u32);
                Span { from, to, own }
            });
            let spans = spans.collect();
            let per_row = negatives.div_ceil(16);
            let mut weights = vec![ZERO; inputs * per_row];
            for row in weights.chunks_exact_mut(per_row) {
                let row = &mut row.as_flattened_mut()[..negatives];
                row.fill_with(|| random.random_range(0..11) as f32);
            }
            Case { dim, pitch, rows, spans, weights }
        }

        /// The same with all rows cut to bf16.
        fn cut_to_bf16(mut self) -> Self {
            let rows = self.rows.iter_mut().flat_map(|rows| rows.as_flattened_mut());
            rows.for_each(|x| *x = f32::from_bits(x.to_bits() & 0xffff_0000));
            self
        }

        /// Runs the kernel, and hands loss and steps to `see`.
        fn run<T>(&self, isa: Option<Isa>, see: impl FnOnce(f64, &BlockStep<'_>) -> T) -> T {
            let kernel = |b: &mut BlockStep<'_>| isa.map_or(0.0, |isa| isa.block_step(b));
            self.run_kernel(kernel, false, see)
        }

        /// Runs `kernel`, on pairs of bf16 or without, and hands loss and steps to `see`.
        fn run_kernel<T>(
            &self,
            kernel: impl FnOnce(&mut BlockStep<'_>) -> f64,
            paired: bool,
            see: impl FnOnce(f64, &BlockStep<'_>) -> T,
        ) -> T {
            let [_, output_rows, negative_rows] = &mut self.rows.clone();
            let [inputs, outputs, negatives] = [0, 1, 2].map(|i| self.rows[i].len() / self.pitch);
            let panels = negatives.div_ceil(16) * 16 * self.dim.div_ceil(16);
            let mut pairs = vec![[f32::NAN; 16]; pair_groups(inputs, negatives, self.dim)];
            let mut b = BlockStep {
                dim: self.dim,
                pitch: self.pitch,
                lr: 0.03,
                share: 0.2,
                inputs: &self.rows[0],
                outputs: output_rows,
                negatives: negative_rows,
                spans: &self.spans,
                weights: &self.weights,
                input_steps: &mut vec![[f32::NAN; 16]; self.rows[0].len()],
                panels: &mut vec![[f32::NAN; 16]; panels],
                g: &mut vec![[f32::NAN; 16]; self.weights.len()],
                band: &mut vec![[f32::NAN; 16]; inputs * band_groups(outputs)],
                fours: &mut Fours::default(),
                pairs: paired.then_some(&mut pairs),
                meanwhile: &mut || {},
            };
            let loss = kernel(&mut b);
            see(loss, &b)
        }
    }

    /// All three phases, on pairs of bf16 that are put together one number at a time.
    fn paired<const ROWS: usize>(b: &mut BlockStep<'_>) -> f64 {
        block_scores::<true, ROWS>(PairedArrays, b);
        let loss = block_coefficients::<true, ROWS>(PairedArrays, b);
        block_steps::<true, ROWS>(PairedArrays, b);
        loss
    }

    fn cases() -> impl Iterator<Item = (String, Case)> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(5);
        let dims = (1..=130).chain([200, 255, 256, 300, 304, 305]);
        let sizes =
            [[32, 42, 32], [8, 2, 8], [32, 42, 24], [40, 60, 40], [8, 12, 80], [16, 26, 16]];
        dims.zip(sizes.into_iter().cycle()).map(move |(dim, sizes)| {
            let case = Case::random(dim, sizes, &mut random);
            (format!("dim {dim}, sizes {sizes:?}"), case)
        })
    }

    #[test]
    fn block_step_agrees_with_the_oracle() {
        for (name, case) in cases() {
            let oracle = case.run(None, |_, b| scalar::block_step(b));
            for isa in Isa::available() {
                let name = format!("{isa}, {name}");
                case.run(Some(isa), |loss, b| agrees(loss, b, &oracle, 0.0, &name));
            }
        }
    }

    /// Whether a block's results are the oracle's, but for rounding and for an error of its coefficients
    /// relative to the largest step.
    fn agrees(
        loss: f64,
        b: &BlockStep<'_>,
        oracle: &scalar::BlockSteps,
        relative: f64,
        name: &str,
    ) {
        let error = (loss - oracle.loss).abs();
        assert!(error <= 1e-5 * oracle.loss, "{name}: {loss}");
        let steps: [(&[Lanes], &[f64]); 3] = [
            (b.input_steps, &oracle.inputs),
            (b.outputs, &oracle.outputs),
            (b.negatives, &oracle.negatives),
        ];
        for (which, (steps, oracle)) in steps.into_iter().enumerate() {
            let largest = oracle.iter().fold(0.0f64, |m, x| m.max(x.abs()));
            let bound = 2e-5 + relative * largest;
            let rows = steps.chunks_exact(b.pitch).zip(oracle.chunks_exact(b.dim));
            for (row, oracle) in rows {
                let row = row.as_flattened();
                for (a, b) in row.iter().zip(oracle) {
                    let error = (f64::from(*a) - b).abs();
                    assert!(error <= bound, "{name}, {which}: {a} is not {b}");
                }
                let padding = &row[b.dim..b.dim.next_multiple_of(16)];
                assert!(padding.iter().all(|x| *x == 0.0), "{name}");
            }
        }
    }

    type Kernel = Box<dyn Fn(&mut BlockStep<'_>) -> f64>;

    /// On every machine with the instructions spelled out, and with them where there are some.
    #[test]
    fn pairs_of_bf16_agree_with_the_oracle() {
        for (name, case) in cases() {
            let case = case.cut_to_bf16();
            let oracle = case.run(None, |_, b| scalar::block_step(b));
            let mut kernels: Vec<(String, Kernel)> = vec![
                ("8 rows".into(), Box::new(paired::<8>)),
                ("4 rows".into(), Box::new(paired::<4>)),
            ];
            for isa in Isa::available().into_iter().filter(|isa| isa.has_pairs()) {
                kernels.push((isa.to_string(), Box::new(move |b| isa.block_step(b))));
            }
            for (kernel, run) in kernels {
                let name = format!("{kernel}, {name}");
                let steps = |paired| {
                    case.run_kernel(&run, paired, |loss, b| {
                        agrees(loss, b, &oracle, if paired { 4e-3 } else { 0.0 }, &name);
                        b.negatives.to_vec()
                    })
                };
                // Rounded coefficients show that pairs were taken where they should be.
                assert_ne!(steps(true), steps(false), "{name}");
            }
            let isa = Isa::PORTABLE;
            let steps = |paired| {
                let run = |b: &mut BlockStep<'_>| isa.block_step(b);
                case.run_kernel(run, paired, |_, b| b.negatives.to_vec())
            };
            let same = steps(true)
                .iter()
                .zip(&steps(false))
                .all(|(a, b)| a[0].to_bits() == b[0].to_bits());
            assert!(same, "{name}");
        }
    }

    /// With a fused multiply-add the bits depend neither on registers nor on tiles.
    #[test]
    fn fused_sets_agree_to_the_bit() {
        let sets: Vec<Isa> = Isa::available().into_iter().filter(|&i| i != Isa::PORTABLE).collect();
        for (name, case) in cases() {
            let results = sets.iter().map(|&isa| {
                case.run(Some(isa), |loss, b| {
                    let used = |steps: &[Lanes]| -> Vec<u32> {
                        let rows = steps.chunks_exact(b.pitch);
                        rows.flat_map(|row| &row.as_flattened()[..b.dim])
                            .map(|x| x.to_bits())
                            .collect()
                    };
                    let steps = [&*b.input_steps, b.outputs, b.negatives].map(used);
                    (loss.to_bits(), steps)
                })
            });
            let results: Vec<_> = results.collect();
            assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{name}");
        }
    }

    /// Saturated products stay finite.
    #[test]
    fn extremes_are_finite() {
        for isa in Isa::available() {
            for size in [1e-30f32, 30.0, 1e18] {
                let mut case =
                    Case::random(20, [8, 10, 16], &mut Xoshiro256PlusPlus::seed_from_u64(1));
                case.rows.iter_mut().for_each(|rows| {
                    rows.as_flattened_mut().iter_mut().for_each(|x| *x *= size);
                });
                case.run(Some(isa), |loss, b| {
                    assert!(loss.is_finite(), "{isa} {size}: {loss}");
                    let steps = b.input_steps.chunks_exact(b.pitch);
                    steps.for_each(|row| {
                        assert!(row[..2].as_flattened().iter().all(|x| x.is_finite()))
                    });
                });
            }
        }
    }
}
