//! The flags that name evaluation sets, shared by the verbs that judge.

use super::modes;
use std::path::{Path, PathBuf};
use w2v::corpus::Encoding;
use w2v::eval::{EvalSet, SetKind};

// No doc comment: clap would show it as the help of the verb.
#[derive(clap::Args)]
pub(super) struct SetArgs {
    /// Sets of any kind, told by their content: analogies, rated pairs, words with classes, groups
    /// with outliers; a folder of BATS, or of groups, is one set
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Sets")]
    sets: Vec<PathBuf>,

    /// Questions as in questions-words.txt and CA8, or files or a folder of BATS
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Sets")]
    analogies: Vec<PathBuf>,

    /// Rated pairs as in WordSim-353, wordsim-297 and COS960
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Sets")]
    pairs: Vec<PathBuf>,

    /// Words with classes to find again by clustering, as in AP, BLESS and ESSLLI-2008
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Sets")]
    categories: Vec<PathBuf>,

    /// Groups of words with outliers, as in 8-8-8: files or a folder
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Sets")]
    odd: Vec<PathBuf>,
}

/// A set and the file that it stands in.
pub(super) struct NamedSet {
    pub(super) path: PathBuf,
    pub(super) set: EvalSet,
}

impl NamedSet {
    /// The name of the file, without its folder and without endings.
    pub(super) fn name(&self) -> String {
        let mut name = &*self.path.file_name().unwrap_or_default().to_string_lossy();
        for ending in [".gz", ".zst", ".bz2", ".xz", ".txt", ".csv", ".tsv"] {
            name = name.strip_suffix(ending).unwrap_or(name);
        }
        name.to_owned()
    }
}

impl SetArgs {
    /// Reads all files: analogies first, then the other kinds, then those whose kind is guessed, each
    /// in the order given; `encoding` is that of files that are not UTF-8. Refuses flags that mean nothing without analogies where there are none.
    pub(super) fn read(&self, encoding: Option<Encoding>) -> anyhow::Result<Vec<NamedSet>> {
        let read = |path: &Path, kind: Option<SetKind>| -> w2v::Result<NamedSet> {
            let set = EvalSet::read_in(path, kind, encoding)?;
            let path = path.to_owned();
            Ok(NamedSet { path, set })
        };
        let known = [
            (&self.analogies, Some(SetKind::Analogies)),
            (&self.pairs, Some(SetKind::Pairs)),
            (&self.categories, Some(SetKind::Categories)),
            (&self.odd, Some(SetKind::Odd)),
            (&self.sets, None),
        ];
        let files =
            known.into_iter().flat_map(|(paths, kind)| paths.iter().map(move |p| (p, kind)));
        let sets = files.map(|(path, kind)| read(path, kind)).collect::<w2v::Result<Vec<_>>>()?;
        if !sets.iter().any(|named| named.set.kind() == SetKind::Analogies) {
            modes::found("no analogies")?;
        }
        Ok(sets)
    }
}
