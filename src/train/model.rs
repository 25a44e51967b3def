//! What training makes: both matrices with everything needed to explain them and to go on.

use super::origin::Origin;
use super::record::Training;
use super::settings::Combine;
use super::tables::NamedTable;
use crate::corpus::Tokenizer;
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::vectors::WordVectors;
use crate::vocab::Vocab;

#[cfg(doc)]
use super::{Settings, glove::Glove};

/// A trained model: what `vectors.w2v` holds.
///
/// `Model` is to [`WordVectors`] what gensim's `Word2Vec` is to its `KeyedVectors`.
#[derive(Debug)]
pub struct Model {
    /// The words and their counts in the corpus, most frequent first.
    pub vocab: Vocab,
    /// V×D: the vectors one asks (`syn0` in word2vec.c); of GloVe the word vectors.
    pub input: Matrix,
    /// V×D: the vectors of words as the thing predicted (`syn1neg` in word2vec.c); of GloVe the
    /// context vectors.
    pub output: Matrix,
    /// Further tables of the objective, by name; see [`Model::table`].
    pub tables: Vec<NamedTable>,
    /// How it was trained.
    pub training: Training,
}

/// Words of which [`Glove::unk`] is the mean.
const RARE: usize = 100;

impl Model {
    /// How the corpus was cut.
    pub fn tokenizer(&self) -> Tokenizer {
        self.training.recipe.tokenizer
    }

    /// The further table `name`.
    pub fn table(&self, name: &str) -> Option<&Matrix> {
        self.tables.iter().find(|table| table.name == name).map(|table| &table.matrix)
    }

    /// The rows that a run begins with which goes on from this model: its words keep their ids. `file` and
    /// its `hash` are for the record.
    ///
    /// # Errors
    /// [`Error::Query`] for an objective that cannot go on from a model, and for a recipe that this version does not know.
    pub fn into_origin(self, file: &str, hash: u64) -> Result<Origin> {
        if let Some(why) = self.training.recipe.objective.no_warm_start() {
            return Err(Error::query(format!("{file} cannot be continued: {why}")));
        }
        self.training.ensure_known(file)?;
        let tokenizer = self.tokenizer();
        Ok(Origin::of_tables(&self.vocab, [self.input, self.output], tokenizer, (file, hash)))
    }

    /// The vectors for queries: those that [`Settings::combination`] says.
    pub fn into_vectors(self) -> WordVectors {
        let (combine, unk) = self.training.recipe.objective.combination();
        self.combined(combine, unk)
    }

    /// Vectors made of both matrices, with a last row `<unk>` where it is wanted and not yet there:
    /// the mean of the 100 rarest words, as `glove` writes it.
    pub fn combined(self, combine: Combine, unk: bool) -> WordVectors {
        let tokenizer = self.tokenizer();
        if combine == Combine::Word && !unk {
            return WordVectors::from_matrix(self.vocab, self.input, tokenizer);
        }
        let mut vocab = self.vocab;
        let (words, dim) = (vocab.len(), self.input.dim());
        let unk = unk && words > 0 && vocab.id(UNK).is_none();
        let width = if combine == Combine::Concat { 2 * dim } else { dim };
        let mut matrix = Matrix::zeros(words + usize::from(unk), width);
        for row in 0..words {
            let (word, context) = (self.input.row(row), self.output.row(row));
            let into = matrix.row_mut(row);
            match combine {
                Combine::Word => into.copy_from_slice(word),
                Combine::Context => into.copy_from_slice(context),
                Combine::Sum => {
                    for (sum, (w, c)) in into.iter_mut().zip(word.iter().zip(context)) {
                        *sum = w + c;
                    }
                }
                Combine::Concat => {
                    into[..dim].copy_from_slice(word);
                    into[dim..].copy_from_slice(context);
                }
            }
        }
        if unk {
            let rare = words.saturating_sub(RARE)..words;
            let mut mean = vec![0.0f64; width];
            for row in rare.clone() {
                let row = matrix.row(row);
                mean.iter_mut().zip(row).for_each(|(m, &x)| *m += f64::from(x) / rare.len() as f64);
            }
            let into = matrix.row_mut(words);
            into.iter_mut().zip(&mean).for_each(|(x, &m)| *x = m as f32);
            vocab.push(UNK, 0);
        }
        WordVectors::from_matrix(vocab, matrix, tokenizer)
    }
}

/// The name of the row for words that have none.
const UNK: &str = "<unk>";
