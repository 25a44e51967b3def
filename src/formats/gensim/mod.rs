//! gensim's own files: what `save` of Word2Vec, FastText, Doc2Vec and KeyedVectors writes; read only.
//!
//! In: a pickle of protocol 0 to 5, of gensim 0.12 to 4, with `.npy` files beside it or not. Out:
//! [`WordVectors`] with counts, n-grams and, where [`ReadOptions::output`] asks, the output matrix of
//! negative sampling.
//!
//! A pickle is a program. Here it is read by a machine that knows the opcodes and a list of classes, of
//! gensim and NumPy, and executes none: a call is noted as a name with arguments
//! (`pickle.rs`), and whatever is not on the list (`classes.rs`) is refused by its name. Then the
//! attributes that hold vectors are looked up by name (`values.rs`):
//!
//! ```text
//! model.wv, or the object itself
//! ├─ index_to_key, index2word           words
//! ├─ expandos['count'], vocab           counts
//! ├─ vectors, syn0                      V×D; in FastText also vectors_vocab and the rows of n-grams
//! └─ __numpys                           arrays that are beside the file: vectors.kv.vectors.npy
//! model.syn1neg, model.trainables.syn1neg   the output matrix
//! ```
//!
//! Arrays are f2, f4 or f8 in either order; they stay where they are in the mapped file, or in the `.npy`
//! beside it. Where FastText kept no vectors of whole words (gensim 4), they are computed as gensim does:
//! the mean of the word's own row and its n-grams' rows.
//!
//! Of Doc2Vec the word vectors are read; `model.dv.save("docs.kv")` writes the documents' vectors, whose
//! tags are then the words.
//!
//! Source: gensim 0.12 to 4.4, `utils.SaveLoad`, `models/keyedvectors.py`, `models/fasttext.py`.

mod arrays;
mod classes;
mod escapes;
mod machine;
mod ngrams;
mod numbers;
mod pickle;
#[cfg(test)]
mod tests;
mod values;
mod words;

use super::table::Words;
use super::{Contents, Place, ReadOptions, Report};
use crate::error::Result;
use crate::vectors::{Ngrams, WordVectors};
use arrays::Array;
use classes::Role;
pub(super) use pickle::begins;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use values::{Pickle, Value};

const NAME: &str = "gensim model";

/// The files that may belong to `path`: those that begin with its name.
pub(super) fn files_beside(path: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Vec::new();
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let start = [name.as_encoded_bytes(), b"."].concat();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = |name: &[u8]| name.starts_with(&start) && name.ends_with(b".npy");
    let mut files: Vec<PathBuf> = entries
        .filter(|entry| ours(entry.file_name().as_encoded_bytes()))
        .map(|entry| path.with_file_name(entry.file_name()))
        .collect();
    files.sort();
    files
}

/// A file that is being read.
struct Reading<'a> {
    pickle: &'a Pickle,
    at: Place<'a>,
    options: &'a ReadOptions,
}

pub(super) fn parse(
    contents: Contents,
    path: &Path,
    options: &ReadOptions,
) -> Result<(WordVectors, Report)> {
    let pickle = &pickle::load(contents.into_bytes(), path)?;
    let reading = Reading { pickle, at: Place { path, format: NAME }, options };
    let holder = reading.holder()?;
    let (words, rows) = words::words(pickle, holder.object, reading.at)?;
    let counts = words::counts(pickle, holder.object, words.len(), reading.at)?;
    let (vectors, report) = reading.vectors(&holder, &words, rows, &counts)?;
    match options.output {
        true => Ok((reading.with_output(vectors, &words, &counts)?, report)),
        false => Ok((vectors, report)),
    }
}

/// The object that has the vectors.
struct Holder {
    object: Value,
    /// The attributes that lead to it.
    path: &'static [&'static str],
    role: Role,
}

impl Reading<'_> {
    fn role(&self, object: Value) -> Option<Role> {
        self.pickle.class(object).map(|class| class.role)
    }

    fn holder(&self) -> Result<Holder> {
        let root = self.pickle.root;
        match self.role(root) {
            Some(Role::Model) => {
                let inner = self.pickle.attribute(root, "wv");
                let inner = inner.and_then(|object| Some((object, self.role(object)?)));
                Ok(match inner {
                    Some((object, role @ (Role::Vectors | Role::NgramVectors))) => {
                        Holder { object, path: &["wv"], role }
                    }
                    // Before gensim 0.13.4 the model had the vectors itself.
                    _ => Holder { object: root, path: &[], role: Role::Vectors },
                })
            }
            Some(role @ (Role::Vectors | Role::NgramVectors)) => {
                Ok(Holder { object: root, path: &[], role })
            }
            _ => {
                let problem = format!(
                    "this is a Python pickle of {}, expected a model or KeyedVectors of gensim",
                    self.pickle.kind(root)
                );
                let advice = "write its vectors as text with Python, a word and its numbers a line";
                Err(self.at.error("byte 0", problem).advise(advice))
            }
        }
    }

    fn array(&self, object: Value, path: &[&str], name: &str) -> Result<Option<Array>> {
        Array::find(self.pickle, object, name, self.at.path, path, self.options)
    }

    /// The words that are read, numbered.
    fn numbered(&self, words: &[Cow<[u8]>], counts: &[u64]) -> Result<Words> {
        let kept = self.options.take(words.len());
        let each = words.iter().map(|word| &**word).zip(counts.iter().copied()).take(kept);
        Words::new(each, self.options, self.at, |row| format!("word {}", row + 1))
    }

    fn vectors(
        &self,
        holder: &Holder,
        words: &[Cow<[u8]>],
        rows: usize,
        counts: &[u64],
    ) -> Result<(WordVectors, Report)> {
        let array = |name: &str| self.array(holder.object, holder.path, name);
        let either = |name: &str, older: &str| match array(name)? {
            Some(found) => Ok(Some(found)),
            None => array(older),
        };
        let whole = either("vectors", "syn0")?;
        let (table, is_own) = match whole {
            Some(table) => (Some(table), false),
            None => (either("vectors_vocab", "syn0_vocab")?, true),
        };
        let Some(table) = table else {
            let class = self.pickle.kind(holder.object);
            return Err(self.at.error("`vectors`", format!("{class} without vectors")));
        };
        table.check_shape(rows, table.dim())?;
        let ngrams = match holder.role {
            Role::NgramVectors => {
                ngrams::find(self.pickle, holder.object, self.at, table.dim(), array)?
            }
            _ => None,
        };
        if let Some(ngrams::Found { rows, .. }) = &ngrams {
            rows.check_finite(&self.options.threads)?;
        }
        let ngrams = ngrams.map(ngrams::Found::into_ngrams);
        let numbered = self.numbered(words, counts)?;
        let (vectors, report) = match &ngrams {
            Some(ngrams) if is_own => self.means(&table, ngrams, words, numbered)?,
            _ => table.into_vectors(numbered)?,
        };
        Ok(match ngrams {
            Some(ngrams) => (vectors.with_subwords(Arc::new(ngrams)), report),
            None => (vectors, report),
        })
    }

    /// Vectors of words as the mean of their own rows and those of their n-grams.
    fn means(
        &self,
        own: &Array,
        ngrams: &Ngrams,
        words: &[Cow<[u8]>],
        numbered: Words,
    ) -> Result<(WordVectors, Report)> {
        numbered.with_rows(own.dim(), self.options, self.at, |row, into| {
            into.fill(-0.0); // to which −0 may be added and stays it
            own.add(row, into);
            let mut parts = 1;
            ngrams.each_row_of_any(&words[row], |ngram| {
                ngrams.rows.add(ngram, into);
                parts += 1;
            });
            into.iter_mut().for_each(|x| *x /= parts as f32);
            match into.iter().all(|x| x.is_finite()) {
                true => Ok(()),
                false => {
                    let problem = "its numbers, or the sum of its n-grams, are not finite";
                    Err(self.at.error(format!("word {}", row + 1), problem))
                }
            }
        })
    }

    /// The same with the output matrix of negative sampling, where the file has one for these words.
    fn with_output(
        &self,
        vectors: WordVectors,
        words: &[Cow<[u8]>],
        counts: &[u64],
    ) -> Result<WordVectors> {
        let root = self.pickle.root;
        let inner = self.pickle.attribute(root, "trainables");
        let (object, path): (_, &[&str]) = match inner {
            Some(inner) if self.pickle.class(inner).is_some() => (inner, &["trainables"]),
            _ => (root, &[]),
        };
        match self.array(object, path, "syn1neg")? {
            // Doc2Vec's may be wider: of words and tags side by side.
            Some(array) if (array.rows(), array.dim()) == (words.len(), vectors.dim()) => {
                let (output, _) = array.into_vectors(self.numbered(words, counts)?)?;
                vectors.with_output(&output)
            }
            _ => Ok(vectors),
        }
    }
}
