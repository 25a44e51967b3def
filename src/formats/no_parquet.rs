//! Parquet without the feature `parquet`: its files are named for what they are.

use super::{Contents, Place, ReadOptions, Report};
use crate::error::Result;
use crate::vectors::WordVectors;
use std::path::Path;

pub(super) const MAGIC: &[u8] = b"PAR1";

fn refuse<T>(path: &Path) -> Result<T> {
    let at = Place { path, format: "Parquet" };
    let error = at.error("byte 0", "this build cannot read or write it");
    Err(error.advise("build with the feature `parquet`"))
}

pub(super) fn parse(_: Contents, path: &Path, _: &ReadOptions) -> Result<(WordVectors, Report)> {
    refuse(path)
}

pub(super) fn write(_: &WordVectors, path: &Path) -> Result<()> {
    refuse(path)
}
