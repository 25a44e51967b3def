//! Quantising: from vectors to [`Quantized`].

use super::super::{WordVectors, ids, inverse, norm};
use super::centroids::{self, Centroids};
use super::store::columns;
use super::{CENTROIDS, Quantization, Quantized, Shape};
use crate::error::{Error, Result};
use crate::mmap::Bytes;
use crate::shown::quoted;
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Rows that centroids are found from, at most: 128 for each centroid.
const SAMPLE: usize = 128 * CENTROIDS;

impl WordVectors {
    /// The same words with a table of 1 byte a number or less; see [`Quantization`]. Rows keep their
    /// lengths up to rounding.
    ///
    /// | table | bytes of a row at D = 100 |
    /// |---|---|
    /// | f32 | 400 |
    /// | int8 | 104 |
    /// | product, 50 parts (the default) | 54 |
    /// | product, 25 parts | 29 |
    ///
    /// The same seed gives the same bytes, whatever the number of threads.
    ///
    /// ```
    /// use w2v::{Vocab, WordId, WordVectors, vectors::Quantization};
    /// let vocab = Vocab::new([("king", 3), ("queen", 2), ("car", 1)]);
    /// let vectors = WordVectors::new(vocab, 2, vec![1.0, 0.9, 0.8, 1.0, -1.0, 0.25])?;
    /// let small = vectors.quantize(Quantization::Int8)?;
    /// assert_eq!(small.numbers(), "int8");
    /// let [exact, approximate] = [&vectors, &small].map(|v| v.cosine(WordId(0), WordId(1)));
    /// assert!((exact - approximate).abs() < 0.01);
    /// # Ok::<_, w2v::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] where the number of parts is not 1 to D, [`Error::Query`] where a number is
    /// not finite.
    pub fn quantize(&self, how: Quantization) -> Result<WordVectors> {
        let finite = |_: &mut (), row: usize| {
            let id = ids(row..row + 1).next().expect("one row");
            let vector = self.vector(id);
            let good = vector.iter().all(|x| x.is_finite()) && norm(&vector).is_finite();
            (!good).then_some(id)
        };
        if let Some(id) = self.threads.find_first(self.len(), 1024, || (), finite) {
            return Err(Error::query(format!(
                "the vector of {} is not of finite length and cannot be quantised",
                quoted(self.vocab().word(id))
            )));
        }
        let table = match how {
            Quantization::Int8 => self.to_int8(),
            Quantization::Product { subquantizers, seed } => {
                if !(1..=self.dim()).contains(&subquantizers) {
                    let expected = format!("1 to the dim, {}", self.dim());
                    return Err(Error::parameter("subquantizers", subquantizers, expected));
                }
                self.to_product(subquantizers, seed)
            }
        };
        let small =
            WordVectors::from_store(self.vocab().clone(), Box::new(table), self.tokenizer())?;
        Ok(small.with_threads(self.threads.clone()))
    }

    fn to_int8(&self) -> Quantized {
        let dim = self.dim();
        let mut codes = vec![0; self.len() * dim];
        let round = |_: &mut (), row: usize, codes: &mut [u8]| {
            let id = ids(row..row + 1).next().expect("one row");
            round_to_int8(&self.vector(id), codes)
        };
        let scales = self.threads.map_chunks(&mut codes, dim, 256, || (), round);
        let parts = [Vec::new(), little_endian(&scales), codes].map(Bytes::from);
        Quantized::new(Shape::Int8, self.len(), dim, parts, &self.threads)
    }

    fn to_product(&self, parts: usize, seed: u64) -> Quantized {
        let (rows, dim) = (self.len(), self.dim());
        let units = self.sample_units(seed);
        let found: Vec<Centroids> = self.threads.map(parts, 1, |part| {
            let columns = columns(part, parts, dim);
            let points = units.chunks_exact(dim);
            let points: Vec<f32> =
                points.flat_map(|unit| &unit[columns.clone()]).copied().collect();
            centroids::find(&points, columns.len(), seed.wrapping_add(1 + part as u64))
        });
        let mut codes = vec![0; rows * parts];
        let code = |unit: &mut Vec<f32>, row: usize, codes: &mut [u8]| {
            let id = ids(row..row + 1).next().expect("one row");
            unit.clear();
            self.append_units([id], unit);
            let mut square = 0f64;
            for (part, (code, centroids)) in codes.iter_mut().zip(&found).enumerate() {
                let columns = columns(part, parts, dim);
                let (k, _) = centroids.nearest(&unit[columns.clone()]);
                *code = k as u8;
                for column in 0..columns.len() {
                    let x = f64::from(centroids.number(column, k));
                    square += x * x;
                }
            }
            // The length of the row, over that of its centroids.
            let length = norm(&self.vector(id));
            let scale = f64::from(length) / square.sqrt();
            match inverse(length) > 0.0 && scale.is_finite() && scale < f64::from(f32::MAX) {
                true => scale as f32,
                false => 0.0,
            }
        };
        let scales = self.threads.map_chunks(&mut codes, parts, 64, Vec::new, code);
        let mut table = vec![0.0; CENTROIDS * dim];
        for (part, centroids) in found.iter().enumerate() {
            let columns = columns(part, parts, dim);
            for k in 0..CENTROIDS {
                for column in columns.clone() {
                    table[k * dim + column] = centroids.number(column - columns.start, k);
                }
            }
        }
        let bytes = [little_endian(&table), little_endian(&scales), codes].map(Bytes::from);
        let shape = Shape::Product { subquantizers: parts };
        Quantized::new(shape, rows, dim, bytes, &self.threads)
    }

    /// Some rows as unit vectors, without those that have no direction.
    fn sample_units(&self, seed: u64) -> Vec<f32> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut chosen: Vec<usize> = match self.len() {
            rows if rows <= SAMPLE => (0..rows).collect(),
            rows => sample(&mut random, rows, SAMPLE).into_vec(),
        };
        chosen.sort_unstable();
        let mut units = Vec::with_capacity(chosen.len() * self.dim());
        for row in chosen {
            let before = units.len();
            self.append_units(ids(row..row + 1), &mut units);
            if units[before..].iter().all(|&x| x == 0.0) {
                units.truncate(before);
            }
        }
        units
    }
}

fn little_endian(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Writes `row` as whole numbers of −127 to 127, rounded to nearest, halves away from 0. Returns what to
/// multiply them with: the row's largest number ÷ 127; or 0, with zeros, where that is no normal number
/// and the quotients would be coarse or not finite.
pub(crate) fn round_to_int8(row: &[f32], codes: &mut [u8]) -> f32 {
    let largest = row.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
    let scale = largest / 127.0;
    if !scale.is_normal() {
        codes.fill(0);
        return 0.0;
    }
    for (code, x) in codes.iter_mut().zip(row) {
        *code = (x / scale).round() as i8 as u8;
    }
    scale
}
