//! Compression, known by the first bytes of a file and never by its name.
//!
//! In: a stream. Out: what it holds when it is decompressed, where several streams in a row are one.

use crate::error::{IoContext, Result};
use std::io::{self, Read};
use std::path::Path;

/// Undoes the compression of what `raw` holds.
pub(super) fn unpack(mut raw: Box<dyn Read + Send>, path: &Path) -> Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    raw.by_ref().take(6).read_to_end(&mut head).io("read", path)?;
    let kind = Compression::of(&head);
    let whole = io::Cursor::new(head).chain(raw);
    kind.decoder(whole, path)
}

/// Whether an error of reading is that of compressed data, and not one of the system.
pub(super) fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | InvalidData | InvalidInput)
}

/// Compressions known by their magic bytes; vector files are opened by the same rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Compression {
    /// By at least the first 6 bytes.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Compression::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
            _ => Compression::None,
        }
    }

    /// What `raw` holds when it is decompressed.
    #[cfg(feature = "compress")]
    pub(crate) fn decoder(
        self,
        raw: impl Read + Send + 'static,
        path: &Path,
    ) -> Result<Box<dyn Read + Send>> {
        let raw = io::BufReader::with_capacity(1 << 16, raw);
        Ok(match self {
            Compression::None => Box::new(raw),
            // All go on where one compressed stream follows another, as `cat a.gz b.gz` and parallel
            // compressors make them.
            Compression::Gzip => Box::new(gzip::Members::new(raw)),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(raw).io("decompress", path)?),
            Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
            Compression::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(raw)),
        })
    }

    /// What `raw` holds when it is decompressed.
    #[cfg(not(feature = "compress"))]
    pub(crate) fn decoder(
        self,
        raw: impl Read + Send + 'static,
        path: &Path,
    ) -> Result<Box<dyn Read + Send>> {
        match self {
            Compression::None => Ok(Box::new(raw)),
            _ => Err(crate::error::Error::corpus(
                path,
                1,
                0,
                "compressed text, but this build cannot decompress",
            )
            .advise("decompress it first")
            .advise("build with the feature `compress`")),
        }
    }
}

#[cfg(feature = "compress")]
mod gzip {
    //! The members of a gzip file, one after the other. Zeros behind one are padding, as tapes and block
    //! devices leave it and as gzip itself takes it; flate2's own `MultiGzDecoder` calls them damage.

    use flate2::bufread::GzDecoder;
    use std::io::{self, BufRead, Read};

    pub(super) struct Members<R> {
        /// `None` at the end.
        decoder: Option<GzDecoder<R>>,
        ended_once: bool,
    }

    impl<R: BufRead> Members<R> {
        pub(super) fn new(raw: R) -> Self {
            Members { decoder: Some(GzDecoder::new(raw)), ended_once: false }
        }
    }

    impl<R: BufRead> Read for Members<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            while let Some(decoder) = &mut self.decoder {
                let count = match decoder.read(buffer) {
                    Err(error) if self.ended_once && decoder.header().is_none() => {
                        let what = format!("other bytes follow the end of the gzip data: {error}");
                        return Err(io::Error::new(error.kind(), what));
                    }
                    read => read?,
                };
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.ended_once = true;
                if let Some(mut raw) = self.decoder.take().map(GzDecoder::into_inner)
                    && skip_zeros(&mut raw)?
                {
                    self.decoder = Some(GzDecoder::new(raw));
                }
            }
            Ok(0)
        }
    }
    /// Whether anything is left behind the zeros.
    fn skip_zeros(raw: &mut impl BufRead) -> io::Result<bool> {
        loop {
            let ahead = raw.fill_buf()?;
            let (all, zeros) = (ahead.len(), ahead.iter().take_while(|&&byte| byte == 0).count());
            raw.consume(zeros);
            if all == 0 || zeros < all {
                return Ok(all > 0);
            }
        }
    }
}
