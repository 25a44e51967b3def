//! Output that is compressed as the ending of its name says: `.gz`, `.zst`, `.bz2`, `.xz`.
//!
//! In: a path and a closure that writes. Out: the whole file, as [`write_atomically`] makes it.

use super::atomic::write_atomically;
use crate::error::{Error, Result};
use std::io::Write;
use std::path::Path;

/// Endings of compressed files.
const ENDINGS: [&str; 4] = ["gz", "zst", "bz2", "xz"];

/// `path` without the ending of a compressed file; `None` where it has none.
pub(super) fn unpacked_name(path: &Path) -> Option<&Path> {
    let ending = path.extension()?.to_str()?;
    let is_packed = ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known));
    is_packed.then(|| path.file_stem().map(Path::new))?
}

/// Refuses a name of a compressed file for a format that is not written so.
pub(super) fn refuse(path: &Path, format: &str) -> Result<()> {
    match unpacked_name(path) {
        None => Ok(()),
        Some(_) => {
            let expected = format!("a name that is not that of a compressed file, for {format}");
            Err(Error::parameter("output", path.display(), expected))
        }
    }
}

/// Makes the file `path` out of what `write` writes, compressed where its name ends in `.gz`, `.zst`, `.bz2`
/// or `.xz`.
///
/// # Errors
/// As [`write_atomically`]; compression in a build without the feature `compress`.
pub fn write_packed(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    if unpacked_name(path).is_none() {
        return write_atomically(path, |out| write(out));
    }
    write_atomically(path, |out| pack(path, out, write))
}

#[cfg(feature = "compress")]
fn pack(
    path: &Path,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    use crate::error::IoContext;
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match ending.to_str() {
        Some("gz") => {
            let mut packed = flate2::write::GzEncoder::new(out, flate2::Compression::default());
            write(&mut packed)?;
            packed.finish().map(drop)
        }
        Some("zst") => {
            let mut packed =
                zstd::Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL).io("write", path)?;
            write(&mut packed)?;
            packed.finish().map(drop)
        }
        Some("bz2") => {
            let mut packed = bzip2::write::BzEncoder::new(out, bzip2::Compression::default());
            write(&mut packed)?;
            packed.finish().map(drop)
        }
        _ => {
            let mut packed = liblzma::write::XzEncoder::new(out, 6);
            write(&mut packed)?;
            packed.finish().map(drop)
        }
    }
    .io("write", path)
}

#[cfg(not(feature = "compress"))]
fn pack(
    path: &Path,
    _: &mut dyn Write,
    _: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let ending = path.extension().unwrap_or_default().display();
    Err(Error::parameter(
        "output",
        path.display(),
        "a name that is not compressed: this \
        build cannot compress",
    )
    .advise(format!("leave out the ending .{ending}")))
}
