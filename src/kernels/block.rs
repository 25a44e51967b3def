//! The body of the block step: skip-gram with negative sampling for some 32 positions at once.
//!
//! In: private copies of the rows that a block of the text needs, and which input is paired with
//! which output ([`BlockStep`]). Out: the step of each row, and the loss. Four passes:
//!
//! 1. z = input · negative, all B×K of them, as a matrix product. Sixteen negatives are transposed
//!    into a panel first, so that the lanes are 16 results and no sum runs across them.
//! 2. z = input · output for the positive pairs alone: a band, of which a dense product would waste
//!    half or more.
//! 3. From z the coefficients of all steps, and the loss.
//! 4. Steps: inputs from negatives and negatives from inputs as two matrix products, positives pair
//!    by pair.
//!
//! Every element of a result is one chain of fused multiply-adds in a fixed order, whatever the
//! shape of the register tiles; that is why instruction sets agree to the bit.

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
    /// O×D.
    pub outputs: &'a [Lanes],
    /// K×D, K a multiple of 16.
    pub negatives: &'a [Lanes],
    /// The positive pairs.
    pub pairs: &'a Pairs,
    /// B×K: with how many pairs of the input the negative competes.
    pub weights: &'a [Lanes],
    /// B×D: overwritten with the steps of the inputs.
    pub input_steps: &'a mut [Lanes],
    /// O×D: overwritten with the steps of the outputs.
    pub output_steps: &'a mut [Lanes],
    /// K×D: overwritten with the steps of the negatives.
    pub negative_steps: &'a mut [Lanes],
    /// Room for the negatives transposed, D×K.
    pub panels: &'a mut [Lanes],
    /// Room for B×K coefficients.
    pub g: &'a mut [Lanes],
    /// Room for one coefficient a pair, in whole groups.
    pub pair_g: &'a mut [Lanes],
    /// Called some B/8 + D/48·(B + K)/8 times during the step, evenly, for whatever else can be
    /// done meanwhile: to ask for the rows of the next block.
    pub meanwhile: &'a mut dyn FnMut(),
}

/// The positive pairs of a block, as lists by input and by output.
#[derive(Default)]
pub struct Pairs {
    /// The output of each pair, in the order of the inputs.
    targets: Vec<u32>,
    /// For each input, where its pairs end in `targets`.
    ends: Vec<u32>,
    /// For each output, `room` places for (input, pair), and how many are taken.
    sources: Vec<(u32, u32)>,
    taken: Vec<u32>,
    room: usize,
}

impl Pairs {
    /// Room for `inputs` inputs with at most `per_input` pairs each, and `outputs` outputs with at
    /// most `per_output` each. More pairs are a panic.
    pub fn new(inputs: usize, per_input: usize, outputs: usize, per_output: usize) -> Self {
        let most = inputs * per_input;
        Pairs {
            targets: Vec::with_capacity(most),
            ends: Vec::with_capacity(inputs),
            sources: vec![(0, 0); outputs * per_output],
            taken: vec![0; outputs],
            room: per_output,
        }
    }

    /// No inputs, and `outputs` outputs without a pair.
    pub fn clear(&mut self, outputs: usize) {
        self.targets.clear();
        self.ends.clear();
        self.taken[..outputs].fill(0);
    }

    /// Pairs the next input with some outputs.
    #[inline]
    pub fn push(&mut self, outputs: impl Iterator<Item = usize>) {
        let input = self.ends.len() as u32;
        for output in outputs {
            let taken = &mut self.taken[output];
            let place = output * self.room + *taken as usize;
            assert!((*taken as usize) < self.room);
            self.sources[place] = (input, self.targets.len() as u32);
            self.targets.push(output as u32);
            *taken += 1;
        }
        self.ends.push(self.targets.len() as u32);
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The outputs that are paired with an input.
    pub fn of_input(&self, input: usize) -> &[u32] {
        &self.targets[self.range(input)]
    }

    /// The inputs that are paired with an output, each with the number of the pair.
    pub fn of_output(&self, output: usize) -> &[(u32, u32)] {
        &self.sources[output * self.room..][..self.taken[output] as usize]
    }

    fn range(&self, input: usize) -> std::ops::Range<usize> {
        let start = match input {
            0 => 0,
            _ => self.ends[input - 1],
        };
        start as usize..self.ends[input] as usize
    }
}

/// The whole step; `ROWS` is the number of rows in a tile of the matrix products. Returns the loss.
#[inline(always)]
pub(super) fn block_step<const FMA: bool, const ROWS: usize>(
    simd: impl Simd,
    b: &mut BlockStep<'_>,
) -> f64 {
    let (groups, pitch) = (b.dim.div_ceil(16), b.pitch);
    let inputs = b.inputs.len() / pitch;
    let negatives = b.negatives.len() / pitch;
    assert!(
        b.dim > 0 && groups <= pitch && inputs.is_multiple_of(8) && negatives.is_multiple_of(16)
    );
    assert_eq!(b.pairs.ends.len(), inputs);
    assert_eq!(b.input_steps.len(), b.inputs.len());
    assert_eq!(b.output_steps.len(), b.outputs.len());
    assert_eq!(b.negative_steps.len(), b.negatives.len());
    assert_eq!(b.g.len(), inputs * negatives / 16);

    transpose(simd, b.negatives, pitch, groups, b.panels);
    for i in (0..inputs).step_by(ROWS) {
        (b.meanwhile)();
        let per_row = negatives / 16;
        let mut panel = 0;
        while panel < per_row {
            let g = &mut b.g[i * per_row..][..ROWS * per_row];
            let rows = &b.inputs[i * pitch..];
            if ROWS == 8 && panel + 2 <= per_row {
                products::<_, ROWS, 2>(simd, rows, pitch, b.dim, b.panels, panel, g);
                panel += 2;
            } else {
                products::<_, ROWS, 1>(simd, rows, pitch, b.dim, b.panels, panel, g);
                panel += 1;
            }
        }
    }
    pair_products(simd, b, groups);

    let mut loss = 0.0;
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
    let pairs = b.pairs.len();
    for (group, g) in b.pair_g[..pairs.div_ceil(16)].iter_mut().enumerate() {
        let (gradient, losses) = logistic::<FMA>(g, &[1.0; 16]);
        for l in 0..16 {
            g[l] = b.lr * gradient[l];
        }
        let real = (pairs - 16 * group).min(16);
        loss += losses[..real].iter().map(|&l| f64::from(l)).sum::<f64>();
    }

    let mut at = 0;
    while at < groups {
        let left = groups - at;
        at += if ROWS == 8 && left >= 7 {
            pair_steps::<_, 7>(simd, b, at)
        } else if ROWS >= 4 && left >= 4 {
            pair_steps::<_, 4>(simd, b, at)
        } else if left >= 2 {
            pair_steps::<_, 2>(simd, b, at)
        } else {
            pair_steps::<_, 1>(simd, b, at)
        };
    }
    let mut at = 0;
    while at < groups {
        let left = groups - at;
        at += if ROWS == 8 && left >= 3 {
            steps::<_, ROWS, 3>(simd, b, at, negatives)
        } else if ROWS == 8 && left >= 2 {
            steps::<_, ROWS, 2>(simd, b, at, negatives)
        } else {
            steps::<_, ROWS, 1>(simd, b, at, negatives)
        };
    }
    loss
}

/// K×D rows to D×K panels of 16 columns: `panels[p·pitch·16 + d]` holds element d of rows 16p to
/// 16p + 15.
#[inline(always)]
fn transpose<S: Simd>(simd: S, rows: &[Lanes], pitch: usize, groups: usize, panels: &mut [Lanes]) {
    let (panels, _) = panels.as_chunks_mut::<16>();
    for (rows, panel) in rows
        .chunks_exact(16 * pitch)
        .zip(panels.chunks_exact_mut(groups))
    {
        for (group, columns) in panel.iter_mut().enumerate() {
            simd.transpose(from_fn(|i| &rows[i * pitch + group]), columns);
        }
    }
}

/// R rows against P panels, into the columns from 16·`panel` of `g`, which has R rows.
#[inline(always)]
fn products<S: Simd, const R: usize, const P: usize>(
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
                sums[r][p] = simd.mul_add(x, columns[p], sums[r][p]);
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

/// z of the positive pairs.
#[inline(always)]
fn pair_products<S: Simd>(simd: S, b: &mut BlockStep<'_>, groups: usize) {
    let pitch = b.pitch;
    let z = b.pair_g.as_flattened_mut();
    for (input, x) in b.inputs.chunks_exact(pitch).enumerate() {
        let x = &x[..groups];
        let range = b.pairs.range(input);
        let (fours, rest) = b.pairs.targets[range.clone()].as_chunks::<4>();
        let (z_fours, z_rest) = z[range].as_chunks_mut::<4>();
        for (targets, z) in fours.iter().zip(z_fours) {
            *z = dots(simd, x, b.outputs, pitch, targets);
        }
        let (twos, one) = rest.as_chunks::<2>();
        let (z_twos, z_one) = z_rest.as_chunks_mut::<2>();
        for (targets, z) in twos.iter().zip(z_twos) {
            *z = dots(simd, x, b.outputs, pitch, targets);
        }
        for (target, z) in one.iter().zip(z_one) {
            [*z] = dots(simd, x, b.outputs, pitch, &[*target]);
        }
    }
}

#[inline(always)]
fn dots<S: Simd, const N: usize>(
    simd: S,
    x: &[Lanes],
    rows: &[Lanes],
    pitch: usize,
    targets: &[u32; N],
) -> [f32; N] {
    let rows: [&[Lanes]; N] = from_fn(|n| &rows[targets[n] as usize * pitch..][..x.len()]);
    let mut sums = [simd.zero(); N];
    for (d, x) in x.iter().enumerate() {
        let x = simd.load(x);
        for n in 0..N {
            sums[n] = simd.mul_add(x, simd.load(&rows[n][d]), sums[n]);
        }
    }
    let mut z = [0.0; N];
    for n in 0..N {
        z[n] = simd.sum(sums[n]);
    }
    z
}

/// The steps that positive pairs cause, in C groups of columns. Returns C.
#[inline(always)]
fn pair_steps<S: Simd, const C: usize>(simd: S, b: &mut BlockStep<'_>, at: usize) -> usize {
    let pitch = b.pitch;
    let g = b.pair_g.as_flattened();
    for (input, step) in b.input_steps.chunks_exact_mut(pitch).enumerate() {
        let mut sums = [simd.zero(); C];
        let range = b.pairs.range(input);
        for (&g, &target) in g[range.clone()].iter().zip(&b.pairs.targets[range]) {
            let row = columns::<C>(b.outputs, target as usize * pitch + at);
            let g = simd.splat(g);
            for c in 0..C {
                sums[c] = simd.mul_add(g, simd.load(&row[c]), sums[c]);
            }
        }
        store(simd, &sums, &mut step[at..]);
    }
    for (output, step) in b.output_steps.chunks_exact_mut(pitch).enumerate() {
        let mut sums = [simd.zero(); C];
        for &(input, pair) in b.pairs.of_output(output) {
            let row = columns::<C>(b.inputs, input as usize * pitch + at);
            let g = simd.splat(g[pair as usize]);
            for c in 0..C {
                sums[c] = simd.mul_add(g, simd.load(&row[c]), sums[c]);
            }
        }
        store(simd, &sums, &mut step[at..]);
    }
    C
}

#[inline(always)]
fn columns<const C: usize>(rows: &[Lanes], at: usize) -> &[Lanes; C] {
    rows[at..at + C].try_into().expect("C groups")
}

#[inline(always)]
fn load<S: Simd, const C: usize>(simd: S, from: &[Lanes; C]) -> [S::V; C] {
    let mut row = [simd.zero(); C];
    for c in 0..C {
        row[c] = simd.load(&from[c]);
    }
    row
}

#[inline(always)]
fn store<S: Simd, const C: usize>(simd: S, sums: &[S::V; C], to: &mut [Lanes]) {
    let to: &mut [Lanes; C] = (&mut to[..C]).try_into().expect("C groups");
    for c in 0..C {
        simd.store(sums[c], &mut to[c]);
    }
}

/// The steps between inputs and negatives, in C groups of columns: added to those of the inputs,
/// and written for the negatives. Returns C.
#[inline(always)]
fn steps<S: Simd, const R: usize, const C: usize>(
    simd: S,
    b: &mut BlockStep<'_>,
    at: usize,
    negatives: usize,
) -> usize {
    let pitch = b.pitch;
    let g = b.g.as_flattened();
    let tiles = b.input_steps.chunks_exact_mut(R * pitch);
    for (steps, g) in tiles.zip(g.chunks_exact(R * negatives)) {
        (b.meanwhile)();
        let g: [&[f32]; R] = from_fn(|r| &g[r * negatives..][..negatives]);
        let mut sums = [[simd.zero(); C]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            *sums = load(simd, columns::<C>(steps, r * pitch + at));
        }
        let rows = b.negatives.chunks_exact(pitch);
        for (k, row) in (0..negatives).zip(rows) {
            let row = columns::<C>(row, at);
            let row = load::<S, C>(simd, row);
            for r in 0..R {
                let g = simd.splat(g[r][k]);
                for c in 0..C {
                    sums[r][c] = simd.mul_add(g, row[c], sums[r][c]);
                }
            }
        }
        for (step, sums) in steps.chunks_exact_mut(pitch).zip(&sums) {
            store(simd, sums, &mut step[at..]);
        }
    }
    let tiles = b.negative_steps.chunks_exact_mut(R * pitch);
    for (k, steps) in tiles.enumerate() {
        (b.meanwhile)();
        let mut sums = [[simd.zero(); C]; R];
        for (row, g) in (b.inputs.chunks_exact(pitch)).zip(g.chunks_exact(negatives)) {
            let row = columns::<C>(row, at);
            let row = load::<S, C>(simd, row);
            let g: &[f32; R] = g[k * R..(k + 1) * R].try_into().expect("R columns");
            for r in 0..R {
                let g = simd.splat(g[r]);
                for c in 0..C {
                    sums[r][c] = simd.mul_add(g, row[c], sums[r][c]);
                }
            }
        }
        for (step, sums) in steps.chunks_exact_mut(pitch).zip(&sums) {
            store(simd, sums, &mut step[at..]);
        }
    }
    C
}

#[cfg(test)]
mod tests {
    use super::super::{Isa, available, scalar};
    use super::*;
    use rand::{Rng, RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// Owns what a [`BlockStep`] borrows.
    struct Case {
        dim: usize,
        pitch: usize,
        /// Inputs, outputs, negatives.
        rows: [Vec<Lanes>; 3],
        pairs: Pairs,
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
            let mut pairs = Pairs::new(inputs, outputs, outputs, inputs);
            pairs.clear(outputs);
            for _ in 0..inputs {
                let share = random.random_range(0.0..0.6);
                let chosen: Vec<usize> =
                    (0..outputs).filter(|_| random.random_bool(share)).collect();
                pairs.push(chosen.into_iter());
            }
            let mut weights = vec![ZERO; inputs * negatives / 16];
            let flat = weights.as_flattened_mut();
            flat.fill_with(|| random.random_range(0..11) as f32);
            Case {
                dim,
                pitch,
                rows,
                pairs,
                weights,
            }
        }

        /// Runs the kernel, and hands loss and steps to `see`.
        fn run<T>(&self, isa: Option<Isa>, see: impl FnOnce(f64, &BlockStep<'_>) -> T) -> T {
            let mut steps = self
                .rows
                .clone()
                .map(|rows| vec![[f32::NAN; 16]; rows.len()]);
            let [input_steps, output_steps, negative_steps] = &mut steps;
            let negatives = self.rows[2].len() / self.pitch;
            let mut b = BlockStep {
                dim: self.dim,
                pitch: self.pitch,
                lr: 0.03,
                share: 0.2,
                inputs: &self.rows[0],
                outputs: &self.rows[1],
                negatives: &self.rows[2],
                pairs: &self.pairs,
                weights: &self.weights,
                input_steps,
                output_steps,
                negative_steps,
                panels: &mut vec![[f32::NAN; 16]; negatives * self.dim.div_ceil(16)],
                g: &mut vec![[f32::NAN; 16]; self.weights.len()],
                pair_g: &mut vec![[f32::NAN; 16]; self.pairs.len().div_ceil(16)],
                meanwhile: &mut || {},
            };
            let loss = isa.map_or(0.0, |isa| isa.block_step(&mut b));
            see(loss, &b)
        }
    }

    fn cases() -> impl Iterator<Item = (String, Case)> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(5);
        let dims = (1..=130).chain([200, 255, 256, 300, 304, 305]);
        let sizes = [
            [32, 42, 32],
            [8, 1, 16],
            [40, 60, 48],
            [8, 12, 80],
            [16, 26, 16],
        ];
        dims.zip(sizes.into_iter().cycle())
            .map(move |(dim, sizes)| {
                let case = Case::random(dim, sizes, &mut random);
                (format!("dim {dim}, sizes {sizes:?}"), case)
            })
    }

    #[test]
    fn block_step_agrees_with_the_oracle() {
        for (name, case) in cases() {
            let oracle = case.run(None, |_, b| scalar::block_step(b));
            for isa in available() {
                case.run(Some(isa), |loss, b| {
                    let error = (loss - oracle.loss).abs();
                    assert!(error <= 1e-5 * oracle.loss, "{isa}, {name}: {loss}");
                    let steps: [(&[Lanes], &[f64]); 3] = [
                        (b.input_steps, &oracle.inputs),
                        (b.output_steps, &oracle.outputs),
                        (b.negative_steps, &oracle.negatives),
                    ];
                    for (which, (steps, oracle)) in steps.into_iter().enumerate() {
                        let rows = steps.chunks_exact(b.pitch).zip(oracle.chunks_exact(b.dim));
                        for (row, oracle) in rows {
                            let row = row.as_flattened();
                            for (a, b) in row.iter().zip(oracle) {
                                let error = (f64::from(*a) - b).abs();
                                assert!(error <= 2e-5, "{isa}, {name}, {which}: {a} is not {b}");
                            }
                            let padding = &row[b.dim..b.dim.next_multiple_of(16)];
                            assert!(padding.iter().all(|x| *x == 0.0), "{isa}, {name}");
                        }
                    }
                });
            }
        }
    }

    /// With a fused multiply-add the bits depend neither on registers nor on tiles.
    #[test]
    fn fused_sets_agree_to_the_bit() {
        let sets: Vec<Isa> = available()
            .into_iter()
            .filter(|&i| i != Isa::PORTABLE)
            .collect();
        for (name, case) in cases() {
            let results = sets.iter().map(|&isa| {
                case.run(Some(isa), |loss, b| {
                    let used = |steps: &[Lanes]| -> Vec<u32> {
                        let rows = steps.chunks_exact(b.pitch);
                        rows.flat_map(|row| &row.as_flattened()[..b.dim])
                            .map(|x| x.to_bits())
                            .collect()
                    };
                    let steps = [&*b.input_steps, b.output_steps, b.negative_steps].map(used);
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
        for isa in available() {
            for size in [1e-30f32, 30.0, 1e18] {
                let mut case =
                    Case::random(20, [8, 9, 16], &mut Xoshiro256PlusPlus::seed_from_u64(1));
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
