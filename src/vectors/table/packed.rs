//! Dense tables of less than 4 bytes a number, or of an alignment that no slice of `f32` may have.

use super::RowStore;
use crate::mmap::Bytes;
use crate::vectors::Dtype;

/// Little-endian numbers of 1, 2 or 4 bytes, dense, row-major, at any alignment, owned or mapped.
pub(crate) struct Packed {
    rows: usize,
    dim: usize,
    dtype: Dtype,
    bytes: Bytes,
}

impl Packed {
    /// `bytes` holds `rows`·`dim` numbers: the caller has checked that.
    pub(crate) fn new(rows: usize, dim: usize, dtype: Dtype, bytes: Bytes) -> Self {
        assert_eq!(bytes.len(), rows * dim * dtype.width());
        Packed { rows, dim, dtype, bytes }
    }
}

impl RowStore for Packed {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn numbers(&self) -> &'static str {
        self.dtype.name()
    }

    fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let width = self.dim * self.dtype.width();
        let bytes = &self.bytes[row * width..(row + 1) * width];
        self.dtype.unpack(bytes, into);
    }
}

/// Little-endian numbers of 8 bytes, as [`Packed`].
pub(crate) struct Doubles {
    rows: usize,
    dim: usize,
    bytes: Bytes,
}

impl Doubles {
    /// `bytes` holds `rows`·`dim` numbers: the caller has checked that.
    pub(crate) fn new(rows: usize, dim: usize, bytes: Bytes) -> Self {
        assert_eq!(bytes.len(), rows * dim * 8);
        Doubles { rows, dim, bytes }
    }
}

impl RowStore for Doubles {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn numbers(&self) -> &'static str {
        "f64"
    }

    fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let (doubles, _) = self.bytes[8 * row * self.dim..].as_chunks::<8>();
        let each = into.iter_mut().zip(doubles);
        each.for_each(|(x, double)| *x = f64::from_le_bytes(*double) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::norm;

    #[test]
    fn rows_are_found_at_any_alignment() {
        let numbers: Vec<f32> = (0..12).map(|i| i as f32 - 5.0).collect();
        for dtype in Dtype::ALL {
            let pack = |x: &f32| match dtype {
                Dtype::F32 => x.to_le_bytes().to_vec(),
                Dtype::Bf16 => x.to_le_bytes()[2..].to_vec(),
                Dtype::Int8 => vec![*x as i8 as u8],
                // Small whole numbers: sign, exponent and the upper bits of the fraction.
                Dtype::F16 if *x == 0.0 => vec![0, 0],
                Dtype::F16 => {
                    let bits = x.to_bits();
                    let exponent = (bits >> 23 & 255) + 15 - 127;
                    let half = (bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 1023);
                    (half as u16).to_le_bytes().to_vec()
                }
            };
            for skip in 0..5 {
                let mut bytes = vec![0xff; skip];
                bytes.extend(numbers.iter().flat_map(pack));
                let bytes = Bytes::from(bytes).slice(skip..skip + 12 * dtype.width());
                let packed = Packed::new(4, 3, dtype, bytes);
                let mut row = [9.0; 3];
                packed.copy_row(2, &mut row);
                assert_eq!(row, numbers[6..9], "{dtype:?} at {skip}");
                assert_eq!(packed.norm(2, &mut Vec::new()), norm(&numbers[6..9]));
            }
        }
    }
}
