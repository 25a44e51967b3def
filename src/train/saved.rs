//! The tables of a run at the end of an epoch, to go back to.

use crate::error::{IoContext, Result};
use crate::matrix::Table;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Where they are kept.
pub(super) enum Saved {
    /// Nowhere.
    Nothing,
    Memory(Vec<u8>),
    /// In a temporary file without a name: memory holds them once.
    File(File, PathBuf),
}

impl Saved {
    /// In memory where there is no folder.
    pub(super) fn new(wanted: bool, folder: Option<&Path>) -> Result<Self> {
        Ok(match folder {
            _ if !wanted => Saved::Nothing,
            None => Saved::Memory(Vec::new()),
            Some(folder) => {
                let file = tempfile::tempfile_in(folder);
                Saved::File(file.io("create a temporary file in", folder)?, folder.to_owned())
            }
        })
    }

    pub(super) fn save<T: Table>(&mut self, tables: &[T]) -> Result<()> {
        match self {
            Saved::Nothing => Ok(()),
            Saved::Memory(bytes) => {
                bytes.clear();
                write(tables, bytes).expect("memory takes every byte");
                Ok(())
            }
            Saved::File(file, folder) => file
                .seek(SeekFrom::Start(0))
                .and_then(|_| {
                    let mut out = BufWriter::with_capacity(1 << 20, file);
                    write(tables, &mut out)?;
                    out.flush()
                })
                .io("write a temporary file in", folder),
        }
    }

    pub(super) fn load<T: Table>(&mut self, tables: &mut [T]) -> Result<()> {
        match self {
            Saved::Nothing => Ok(()),
            Saved::Memory(bytes) => {
                read(tables, bytes.as_slice()).expect("as many bytes as were saved");
                Ok(())
            }
            Saved::File(file, folder) => file
                .seek(SeekFrom::Start(0))
                .and_then(|_| read(tables, BufReader::with_capacity(1 << 20, file)))
                .io("read a temporary file in", folder),
        }
    }
}

fn write<T: Table>(tables: &[T], out: &mut impl Write) -> std::io::Result<()> {
    for table in tables {
        for row in 0..table.rows() {
            out.write_all(bytemuck::cast_slice(&table.numbers(row)))?;
        }
    }
    Ok(())
}

fn read<T: Table>(tables: &mut [T], mut from: impl Read) -> std::io::Result<()> {
    for table in tables {
        let mut numbers = vec![0f32; table.dim()];
        for row in 0..table.rows() {
            from.read_exact(bytemuck::cast_slice_mut(&mut numbers))?;
            table.set_row(row, &numbers);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Bf16Matrix, Matrix};

    /// What was saved comes back, the last of it.
    fn comes_back<T: Table>() {
        let numbered = |first: usize| {
            let mut table = T::zeros(5, 3);
            (0..5).for_each(|row| table.set_row(row, &[(first + row) as f32; 3]));
            [table]
        };
        let folder = tempfile::tempdir().unwrap();
        for folder in [None, Some(folder.path())] {
            let mut saved = Saved::new(true, folder).unwrap();
            saved.save(&numbered(7)).unwrap();
            saved.save(&numbered(1)).unwrap();
            let mut back = numbered(3);
            saved.load(&mut back).unwrap();
            for row in 0..5 {
                assert_eq!(back[0].numbers(row), numbered(1)[0].numbers(row));
            }
        }
    }

    #[test]
    fn a_state_comes_back() {
        comes_back::<Matrix>();
        comes_back::<Bf16Matrix>();
    }
}
