//! The files of a model: one, several with an index, or a folder with either.
//!
//! In: a path. Out: [`Files`], which finds a tensor by its name and opens the file it lies in, once.

use super::super::contents::Contents;
use super::header::{Header, ShardIndex, Tensor};
use super::{NAME, ReadOptions, word_files};
use crate::error::{Error, IoContext, Result};
use crate::formats::Dtype;
use crate::formats::npy::Element;
use crate::mmap::Bytes;
use crate::shown::quoted;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The end of the name of an index.
const INDEX: &str = ".safetensors.index.json";

/// A file whose header has been read.
pub(super) struct Shard {
    pub(super) path: PathBuf,
    bytes: Bytes,
    pub(super) header: Header,
}

/// One file, or those that an index names.
pub(super) struct Files {
    /// What was asked for.
    pub(super) path: PathBuf,
    /// Where tokenizer.json and config.json lie.
    pub(super) folder: PathBuf,
    /// The file of each tensor; empty where there is one file.
    places: BTreeMap<String, String>,
    /// The files that were opened so far.
    shards: BTreeMap<PathBuf, Shard>,
}

/// What a folder is opened by: its only or its best known file.
pub(in super::super) fn in_folder(folder: &Path) -> Result<PathBuf> {
    let known = [
        "model.safetensors",
        "model.safetensors.index.json",
        "0_StaticEmbedding/model.safetensors",
    ];
    let known = known.iter().map(|name| folder.join(name));
    if let Some(found) = known.into_iter().find(|path| path.is_file()) {
        return Ok(found);
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).io("read", folder)? {
        names.push(entry.io("read", folder)?.path());
    }
    names.sort();
    let ending = |end: &str| -> Vec<&PathBuf> {
        let has = |path: &&PathBuf| path.to_string_lossy().ends_with(end);
        names.iter().filter(has).collect()
    };
    match (&ending(INDEX)[..], &ending(".safetensors")[..]) {
        ([index], _) => Ok((*index).clone()),
        ([], [file]) => Ok((*file).clone()),
        ([], []) => {
            let problem = "a folder without a safetensors model; expected a file, or a folder with \
                           model.safetensors";
            Err(Error::format(folder, "vector file", "folder", problem))
        }
        (indices, files) => {
            let problem = format!(
                "a folder with {} safetensors files and {} indices; expected one of either, or \
                 name the file",
                files.len(),
                indices.len()
            );
            Err(Error::format(folder, NAME, "folder", problem))
        }
    }
}

/// What belongs to the model `path` (a file, or an index of several) and lies beside it: the files
/// that the index names, the tokenizer, the configuration.
pub(in super::super) fn files_beside(path: &Path) -> Vec<PathBuf> {
    let is_json = |bytes: &Contents| bytes.trim_ascii_start().first() == Some(&b'{');
    let is_index = Contents::head(path).is_ok_and(|head| is_json(&head));
    let index = is_index.then(|| Contents::open(path, &ReadOptions::default()).ok()).flatten();
    let index = index.and_then(|json| serde_json::from_slice::<ShardIndex>(&json).ok());
    let shards: BTreeSet<String> =
        index.into_iter().flat_map(|index| index.weight_map.into_values()).collect();
    let words = word_files::NAMES.map(String::from);
    let names = shards.into_iter().chain(words).chain(["config.json".into()]);
    names.map(|name| path.with_file_name(name)).collect()
}

impl Files {
    /// Takes a file that is open: a safetensors file, or an index of several.
    pub(super) fn new(contents: Contents, path: &Path) -> Result<Self> {
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let mut files = Files {
            path: path.to_owned(),
            folder: folder.to_owned(),
            places: BTreeMap::new(),
            shards: BTreeMap::new(),
        };
        if contents.trim_ascii_start().first() == Some(&b'{') {
            let index: ShardIndex = serde_json::from_slice(&contents).map_err(|error| {
                let problem = format!("no index of safetensors files: {error}");
                Error::format(path, NAME, "index", problem)
            })?;
            files.places = index.weight_map;
            return Ok(files);
        }
        let bytes = contents.into_bytes();
        files.add(path.to_owned(), bytes)?;
        Ok(files)
    }

    fn add(&mut self, path: PathBuf, bytes: Bytes) -> Result<()> {
        let header = Header::parse(&bytes)
            .map_err(|fault| Error::format(&path, NAME, fault.place, fault.problem))?;
        let shard = Shard { path: path.clone(), bytes, header };
        self.shards.insert(path, shard);
        Ok(())
    }

    /// Number of files.
    pub(super) fn count(&self) -> usize {
        let mut files: Vec<&String> = self.places.values().collect();
        files.sort_unstable();
        files.dedup();
        files.len().max(1)
    }

    /// The only file, where there is no index.
    pub(super) fn single(&self) -> Option<&Shard> {
        let single = self.places.is_empty();
        self.shards.values().next().filter(|_| single)
    }

    /// The names of all tensors; of a single file only those that are tables of numbers we read.
    pub(super) fn names(&self) -> Vec<&str> {
        match self.single() {
            Some(shard) => {
                let tensors = shard.header.tensors.iter();
                let tables = tensors.filter(|t| t.element().is_some() && t.table().is_some());
                tables.map(|tensor| tensor.name.as_str()).collect()
            }
            None => self.places.keys().map(String::as_str).collect(),
        }
    }

    /// The only table of floats in a single file.
    pub(super) fn only_table(&self) -> Option<&str> {
        let tensors = self.single()?.header.tensors.iter();
        let is_float = |t: &&Tensor| t.element().is_some_and(|e| e != Element::Dtype(Dtype::Int8));
        let mut tables = tensors.filter(is_float).filter(|t| t.table().is_some());
        let only = tables.next()?;
        tables.next().is_none().then_some(only.name.as_str())
    }

    /// Whether the file that the index names for a tensor is on the disk.
    pub(super) fn is_there(&self, name: &str) -> bool {
        self.places.get(name).is_none_or(|file| self.folder.join(file).is_file())
    }

    /// A tensor with its bytes and the file it lies in; `None` where there is none of this name.
    pub(super) fn tensor(&mut self, name: &str) -> Result<Option<(Tensor, Bytes, PathBuf)>> {
        let path = match self.places.get(name) {
            Some(file) => {
                let plain = Path::new(file).file_name().is_some_and(|name| name == file.as_str());
                if !plain {
                    let problem =
                        format!("is said to lie in {}, expected the name of a file", quoted(file));
                    let place = format!("tensor {}", quoted(name));
                    return Err(Error::format(&self.path, NAME, place, problem));
                }
                let path = self.folder.join(file);
                if !path.is_file() {
                    let problem =
                        format!("lies in {file}, which is not there; fetch that file, too");
                    let place = format!("tensor {name:?}");
                    return Err(Error::format(&self.path, NAME, place, problem));
                }
                if !self.shards.contains_key(&path) {
                    let bytes = Contents::open(&path, &ReadOptions::default())?.into_bytes();
                    self.add(path.clone(), bytes)?;
                }
                path
            }
            None if self.places.is_empty() => self.path.clone(),
            None => return Ok(None),
        };
        let shard = &self.shards[&path];
        let found = shard.header.tensors.iter().find(|tensor| tensor.name == name);
        match found {
            Some(tensor) => {
                let bytes = shard.bytes.slice(tensor.range.clone());
                Ok(Some((tensor.clone(), bytes, shard.path.clone())))
            }
            None if self.places.is_empty() => Ok(None),
            None => {
                let problem = "is not in this file, though the index says so";
                let place = format!("tensor {}", quoted(name));
                Err(Error::format(&path, NAME, place, problem))
            }
        }
    }

    /// A file beside the model, where there is one.
    pub(super) fn beside(&self, name: &str) -> Result<Option<(PathBuf, Vec<u8>)>> {
        let path = self.folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some((path, bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).io("read", &path),
        }
    }

    /// The index beside a file that is one of several.
    pub(super) fn index_beside(&self) -> Option<PathBuf> {
        let index = in_folder(&self.folder).ok()?;
        let is_index = index.to_string_lossy().ends_with(INDEX);
        (is_index && index != self.path).then_some(index)
    }
}
