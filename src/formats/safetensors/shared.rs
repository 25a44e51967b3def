//! Tables whose rows tokens share: what model2vec saves when it quantises a vocabulary.
//!
//! In: tensors of one dimension beside the table: `mapping`, which row each of V tokens has, and
//! `weights`, what each token's row is multiplied with. Either may be there without the other. Out: a
//! table of V rows, which makes a row when it is asked for one: the table stays in the mapped file.
//!
//! Source: model2vec 0.10, `StaticModel`: a token's vector is `weights[token] · embeddings[mapping[token]]`.

use super::files::Files;
use super::header::Tensor;
use super::{Found, NAME};
use crate::error::{Error, Result};
use crate::shown::quoted;
use crate::vectors::RowStore;

const MAPPING: &str = "mapping";
const WEIGHTS: &str = "weights";

/// Names of tables that may be shared.
const TABLES: [&str; 2] = ["embeddings", super::TENSOR];

/// How tokens use the rows of a table.
pub(super) struct Sharing {
    /// Rows of the table, for each of V tokens; `None`: its own.
    mapping: Option<Vec<u32>>,
    weights: Option<Vec<f32>>,
}

impl Sharing {
    /// What stands beside the table, if anything.
    pub(super) fn read(files: &mut Files, table: &Found) -> Result<Option<Self>> {
        if files.single().is_none() || !TABLES.contains(&table.tensor.name.as_str()) {
            return Ok(None);
        }
        let rows = table.rows;
        let mapping = column(files, MAPPING, "I32, I64 or U32", |tensor, bytes| {
            let row = |row: i64, token: usize| match u32::try_from(row) {
                Ok(row) if (row as usize) < rows => Ok(row),
                _ => Err(format!("token {token} has row {row} of {rows}")),
            };
            let all = |width: usize, number: fn(&[u8]) -> i64| {
                let numbers = bytes.chunks_exact(width).map(number).enumerate();
                numbers.map(|(token, number)| row(number, token)).collect()
            };
            Some(match tensor.dtype.as_str() {
                "I32" => all(4, |n| i32::from_le_bytes(n.try_into().expect("4 bytes")).into()),
                "U32" => all(4, |n| u32::from_le_bytes(n.try_into().expect("4 bytes")).into()),
                "I64" => all(8, |n| i64::from_le_bytes(n.try_into().expect("8 bytes"))),
                _ => return None,
            })
        })?;
        let tokens = mapping.as_ref().map_or(rows, Vec::len);
        if tokens == 0 || u32::try_from(tokens).is_err() {
            let problem = format!("{tokens} tokens, expected at least 1 and below 2^32");
            let place = format!("tensor {MAPPING:?}");
            return Err(Error::format(&table.file, NAME, place, problem));
        }
        let weights = column(files, WEIGHTS, "F64, F32, F16 or BF16", |tensor, bytes| {
            let mut weights = vec![0.0; bytes.len() / tensor.width()? as usize];
            match (tensor.dtype.as_str(), tensor.known_dtype()) {
                ("F64", _) => (weights.iter_mut().zip(bytes.as_chunks::<8>().0))
                    .for_each(|(x, bytes)| *x = f64::from_le_bytes(*bytes) as f32),
                (_, Some(dtype)) => dtype.unpack(bytes, &mut weights),
                _ => return None,
            }
            let count = weights.len();
            let odd = weights.iter().position(|x| !x.is_finite());
            Some(match odd {
                Some(token) => {
                    Err(format!("token {token} has {}, expected a finite f32", weights[token]))
                }
                None if count != tokens => Err(format!("{count} numbers for {tokens} tokens")),
                None => Ok(weights),
            })
        })?;
        let any = mapping.is_some() || weights.is_some();
        Ok(any.then_some(Sharing { mapping, weights }))
    }

    /// V.
    pub(super) fn tokens(&self) -> usize {
        let weights = self.weights.as_ref().map_or(0, Vec::len);
        self.mapping.as_ref().map_or(weights, Vec::len)
    }
}

/// What `read` makes of tensor `name`, where it is there with one dimension; `read` answers `None` for
/// numbers of other types than `expected`.
fn column<T>(
    files: &mut Files,
    name: &str,
    expected: &str,
    read: impl Fn(&Tensor, &[u8]) -> Option<Result<Vec<T>, String>>,
) -> Result<Option<Vec<T>>> {
    let Some((tensor, bytes, path)) = files.tensor(name)? else {
        return Ok(None);
    };
    let numbers = match tensor.shape[..] {
        [_] => read(&tensor, &bytes),
        _ => Some(Err(format!("of shape {:?}, expected one dimension", tensor.shape))),
    };
    let of_type = || Err(format!("numbers of type {}, expected {expected}", tensor.dtype));
    let place = format!("tensor {}", quoted(name));
    match numbers.unwrap_or_else(of_type) {
        Ok(numbers) => Ok(Some(numbers)),
        Err(problem) => Err(Error::format(&path, NAME, place, problem)),
    }
}

/// A table with what its tokens make of it.
pub(super) struct SharedRows {
    pub(super) table: Box<dyn RowStore>,
    pub(super) sharing: Sharing,
    /// Tokens that are kept, the first of V.
    pub(super) kept: usize,
}

impl RowStore for SharedRows {
    fn rows(&self) -> usize {
        self.kept
    }

    fn dim(&self) -> usize {
        self.table.dim()
    }

    fn numbers(&self) -> &'static str {
        self.table.numbers()
    }

    fn bytes(&self) -> u64 {
        let Sharing { mapping, weights } = &self.sharing;
        let columns = usize::from(mapping.is_some()) + usize::from(weights.is_some());
        self.table.bytes() + 4 * (columns * self.kept) as u64
    }

    fn copy_row(&self, row: usize, into: &mut [f32]) {
        let Sharing { mapping, weights } = &self.sharing;
        let from = mapping.as_ref().map_or(row, |mapping| mapping[row] as usize);
        self.table.copy_row(from, into);
        if let Some(weights) = weights {
            into.iter_mut().for_each(|x| *x *= weights[row]);
        }
    }
}
