//! Parquet with a column of words and a column of vectors, as data frames and SQL engines have them.
//! Behind the feature `parquet`.
//!
//! | column | type |
//! |---|---|
//! | `word` | byte array, UTF-8 |
//! | `vector` | list of D floats (`LIST`, three levels) |
//!
//! Read is the first column of byte arrays and the first list of floats or doubles, whatever their
//! names; other columns are passed over. Without nulls: a word or number that is not there is an error.
//! Row groups are read one after the other: in memory are that group and the table, which may be a file
//! (see [`ReadOptions::max_memory`]).
//!
//! The crate `parquet` does the reading of pages; it was not written for hostile files, hence no part of
//! the default build. Where it panics, reading ends with an error all the same.

use super::table::TableBuilder;
use super::{Contents, Place, ReadOptions, Report, atomic, reject_non_finite};
use crate::error::{IoContext, Result};
use crate::mmap;
use crate::vectors::WordVectors;
use crate::vocab::WordId;
use ::parquet::basic::{Compression, Type};
use ::parquet::column::page::{Page, PageMetadata, PageReader};
use ::parquet::column::reader::ColumnReaderImpl;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::{
    ChunkReader, FileReader, Length, RowGroupReader, SerializedFileReader,
};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::SchemaDescriptor;
use bytes::Bytes;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

pub(super) const MAGIC: &[u8] = b"PAR1";

const NAME: &str = "Parquet";

const SCHEMA: &str = "message vectors {
    REQUIRED BYTE_ARRAY word (UTF8);
    REQUIRED group vector (LIST) { REPEATED group list { REQUIRED FLOAT element; } }
}";

/// Numbers of a row group that is written: 64 MB.
const GROUP: usize = 1 << 24;

/// How much larger the table may be than the file.
const MOST_SPREAD: u64 = 1000;

/// Rows read at a time.
const ROWS: usize = 4096;

/// The bytes of a file as `parquet` reads them.
struct Whole(mmap::Bytes);

impl Length for Whole {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

/// A file's bytes from some place on. Its end is an error: the crate passes over numbers without asking
/// whether they were there, and a list may say that it has 2³¹ of them.
struct Rest(Cursor<mmap::Bytes>);

impl Read for Rest {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 if !into.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

impl ChunkReader for Whole {
    type T = Rest;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let mut cursor = Cursor::new(self.0.clone());
        cursor.set_position(start);
        Ok(Rest(cursor))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64);
        match end {
            Some(end) if end <= self.0.len() as u64 => {
                Ok(Bytes::from_owner(self.0.slice(start as usize..end as usize)))
            }
            _ => Err(ParquetError::EOF(format!("{length} bytes at byte {start} are not there"))),
        }
    }
}

/// The columns that are read, by their place among the leaves.
struct Columns {
    word: usize,
    vector: usize,
    double: bool,
    /// Definition levels of a word and a number that are there.
    defined: (i16, i16),
}

impl Columns {
    fn find(schema: &SchemaDescriptor) -> Option<Self> {
        let flat = |level| move |i: &usize| schema.column(*i).max_rep_level() == level;
        let of = |i: usize| schema.column(i).physical_type();
        let all = 0..schema.num_columns();
        let mut words = all.clone().filter(flat(0));
        let word = words.find(|&i| of(i) == Type::BYTE_ARRAY)?;
        let mut lists = all.filter(flat(1));
        let vector = lists.find(|&i| matches!(of(i), Type::FLOAT | Type::DOUBLE))?;
        let level = |i: usize| schema.column(i).max_def_level();
        Some(Columns {
            word,
            vector,
            double: of(vector) == Type::DOUBLE,
            defined: (level(word), level(vector)),
        })
    }
}

pub(super) fn parse(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let reading = AssertUnwindSafe(|| read(contents, path, options));
    // Nothing of what was being read is used afterwards.
    catch_unwind(reading).unwrap_or_else(|_| {
        let at = Place { path, format: NAME };
        Err(at.error("some page", "what it says of itself cannot be: damaged"))
    })
}

fn read(contents: Contents, path: &Path, options: &ReadOptions) -> Result<(WordVectors, Report)> {
    let at = Place { path, format: NAME };
    let whole = |error: ParquetError| at.error("byte 0", error.to_string());
    let bytes = contents.len() as u64;
    let reader = SerializedFileReader::new(Whole(contents.into_bytes())).map_err(whole)?;
    let metadata = reader.metadata().file_metadata();
    let Some(columns) = Columns::find(metadata.schema_descr()) else {
        let problem = "no column of words with a list of floats beside it";
        return Err(at.error("byte 0", problem));
    };
    let rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
    let limit = options.take(rows);
    // Compression may make equal rows very small, but a table of any size out of a few bytes is damage.
    let most = bytes.saturating_mul(MOST_SPREAD);
    let mut table: Option<TableBuilder> = None;
    let mut row = 0;
    for group in 0..reader.num_row_groups() {
        let error =
            |error: ParquetError| at.error(format!("row group {}", group + 1), error.to_string());
        let group_reader = reader.get_row_group(group).map_err(error)?;
        let mut words =
            column::<ByteArrayType>(&*group_reader, columns.word, most / 4).map_err(error)?;
        let mut rest = usize::try_from(group_reader.metadata().num_rows()).unwrap_or(0);
        let mut numbers = Numbers::open(&*group_reader, &columns, most).map_err(error)?;
        while rest > 0 && row < limit {
            let wanted = rest.min(ROWS).min(limit - row);
            let place = |row: usize| format!("row {}", row + 1);
            let mut names: Vec<ByteArray> = Vec::new();
            let mut defined = Vec::new();
            let (read, ..) =
                words.read_records(wanted, Some(&mut defined), None, &mut names).map_err(error)?;
            let (lengths, floats) = numbers.read(wanted).map_err(error)?;
            if names.len() != wanted || read != wanted || lengths.len() != wanted {
                return Err(at.error(place(row), "a word or a vector is missing"));
            }
            let dim = lengths[0];
            let mut floats = floats.as_slice();
            for (name, length) in names.iter().zip(lengths) {
                if table.is_none() {
                    if (4 * length as u64).saturating_mul(limit as u64) > most {
                        let problem =
                            format!("{limit} rows × dim {length}: too many for this file");
                        return Err(at.error("byte 0", problem));
                    }
                    table = Some(TableBuilder::new(limit, dim.max(1), options, at)?);
                }
                let table = table.as_mut().expect("made above");
                if length != table.dim() {
                    let problem = format!("{length} numbers, expected {} as in row 1", table.dim());
                    return Err(at.error(place(row), problem));
                }
                let (own, others) = floats.split_at(length);
                floats = others;
                if let Some(column) = own.iter().position(|x| !x.is_finite()) {
                    let problem = format!("number {} is {}", column + 1, own[column]);
                    return Err(at.error(place(row), format!("{problem}, expected a finite f32")));
                }
                table.push(name.data(), 0, own, || place(row))?;
                row += 1;
            }
            rest -= wanted;
        }
    }
    match table {
        Some(table) => table.finish(),
        None => Err(at.error("byte 0", "no rows: no vectors here")),
    }
}

/// Opens a column of at most `most` numbers.
fn column<T: DataType>(
    group: &dyn RowGroupReader,
    index: usize,
    most: u64,
) -> Result<ColumnReaderImpl<T>, ParquetError> {
    let place = group.metadata().column(index);
    let start = place.dictionary_page_offset();
    let start = start.unwrap_or(place.data_page_offset());
    // The crate panics.
    if start < 0 || place.compressed_size() < 0 {
        let problem = format!("column {index} lies at {start}: damaged");
        return Err(ParquetError::General(problem));
    }
    let pages = group.get_column_page_reader(index)?;
    let counted = CountedPages { pages, left: most };
    Ok(ColumnReaderImpl::new(place.column_descr_ptr(), Box::new(counted)))
}

/// Pages that may hold so many numbers together: a run of equal ones takes a few bytes in the file, however
/// long it is, and all of a list is read at once.
struct CountedPages {
    pages: Box<dyn PageReader>,
    left: u64,
}

impl PageReader for CountedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            let left = self.left.checked_sub(page.num_values().into());
            self.left = left.ok_or_else(|| {
                let problem = format!("a page of {} numbers: damaged", page.num_values());
                ParquetError::General(problem)
            })?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        self.pages.at_record_boundary()
    }
}

impl Iterator for CountedPages {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

/// The column of vectors.
struct Numbers {
    of: NumbersOf,
    defined: i16,
}

enum NumbersOf {
    Float(ColumnReaderImpl<FloatType>),
    Double(ColumnReaderImpl<DoubleType>),
}

impl Numbers {
    fn open(
        group: &dyn RowGroupReader,
        columns: &Columns,
        most: u64,
    ) -> Result<Self, ParquetError> {
        Ok(Numbers {
            of: match columns.double {
                false => NumbersOf::Float(column(group, columns.vector, most / 4)?),
                true => NumbersOf::Double(column(group, columns.vector, most / 4)?),
            },
            defined: columns.defined.1,
        })
    }

    /// The lengths of the next `rows` lists, and all their numbers.
    fn read(&mut self, rows: usize) -> Result<(Vec<usize>, Vec<f32>), ParquetError> {
        let (mut defined, mut repeated) = (Vec::new(), Vec::new());
        let mut floats = Vec::new();
        match &mut self.of {
            NumbersOf::Float(column) => {
                column.read_records(rows, Some(&mut defined), Some(&mut repeated), &mut floats)?;
            }
            NumbersOf::Double(column) => {
                let mut doubles = Vec::new();
                column.read_records(rows, Some(&mut defined), Some(&mut repeated), &mut doubles)?;
                floats.extend(doubles.into_iter().map(|x: f64| x as f32));
            }
        }
        if defined.iter().any(|&level| level != self.defined) || floats.len() != repeated.len() {
            return Err(ParquetError::General("a vector or a number of one is null".into()));
        }
        let mut lengths = Vec::with_capacity(rows);
        for level in repeated {
            match lengths.last_mut() {
                Some(length) if level != 0 => *length += 1,
                _ => lengths.push(1),
            }
        }
        Ok((lengths, floats))
    }
}

/// Writes a file with row groups of 64 MB, words compressed by snappy, numbers as they are (they do
/// not become smaller).
///
/// # Errors
/// [`crate::Error::Format`] where a number is not finite; [`crate::Error::Io`].
pub fn write(vectors: &WordVectors, path: &Path) -> Result<()> {
    let (words, dim) = (vectors.len(), vectors.dim());
    let group = (GROUP / dim).max(1);
    let word = ::parquet::schema::types::ColumnPath::from("word");
    let numbers = ::parquet::schema::types::ColumnPath::from(vec![
        "vector".to_owned(),
        "list".to_owned(),
        "element".to_owned(),
    ]);
    let properties = WriterProperties::builder()
        .set_created_by(format!("w2v {}", env!("CARGO_PKG_VERSION")))
        .set_column_compression(word, Compression::SNAPPY)
        .set_column_dictionary_enabled(numbers, false)
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema that is written here"));
    let io = |error: ParquetError| std::io::Error::other(error.to_string());
    atomic::write_atomically(path, |out| {
        let mut file = SerializedFileWriter::new(&mut *out, schema, Arc::new(properties))
            .map_err(io)
            .io("write", path)?;
        for start in (0..words).step_by(group) {
            let ids = || (start..words.min(start + group)).map(|id| WordId(id as u32));
            let mut floats = Vec::with_capacity(ids().len() * dim);
            for id in ids() {
                let row = vectors.vector(id);
                reject_non_finite(&row, vectors.vocab().word(id), path, NAME)?;
                floats.extend_from_slice(&row);
            }
            let names: Vec<ByteArray> = ids().map(|id| vectors.vocab().word(id).into()).collect();
            let defined = vec![1; floats.len()];
            let repeated: Vec<i16> = (0..floats.len()).map(|i| i16::from(i % dim != 0)).collect();
            let written = || -> Result<(), ParquetError> {
                let mut group = file.next_row_group()?;
                if let Some(mut column) = group.next_column()? {
                    column.typed::<ByteArrayType>().write_batch(&names, None, None)?;
                    column.close()?;
                }
                if let Some(mut column) = group.next_column()? {
                    let typed = column.typed::<FloatType>();
                    typed.write_batch(&floats, Some(&defined), Some(&repeated))?;
                    column.close()?;
                }
                group.close()?;
                Ok(())
            };
            let mut written = written;
            written().map_err(io).io("write", path)?;
        }
        file.close().map_err(io).io("write", path)?;
        Ok(())
    })
}
