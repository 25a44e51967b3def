//! The classes and functions that a gensim file may name. A name is looked up here and nowhere else:
//! nothing is imported, constructed or called.

/// What a class is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A model with word vectors inside.
    Model,
    /// Word vectors.
    Vectors,
    /// Word vectors of n-grams.
    NgramVectors,
    /// The count and index of a word, before gensim 4.
    Entry,
    /// `numpy.ndarray`.
    Array,
    /// Makes an empty array, whose state follows.
    Reconstruct,
    /// Makes an array of bytes, protocol 5.
    FromBuffer,
    /// The type of an array's numbers.
    Dtype,
    /// A number of a NumPy type.
    Scalar,
    /// Makes bytes of text, before protocol 3.
    Encode,
    /// Makes an object of a class, before protocol 2.
    Reconstructor,
    /// Part of a model and of no use here: kept as it is, never looked into.
    Other,
}

/// A class or function that a file may name.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) module: &'static str,
    pub(super) name: &'static str,
    pub(super) role: Role,
}

/// Modules with the names that each has; other spellings of a module lead here, see [`module`].
const KNOWN: &[(&str, Role, &[&str])] = &[
    ("gensim.models.word2vec", Role::Model, &["Word2Vec"]),
    ("gensim.models.fasttext", Role::Model, &["FastText"]),
    ("gensim.models.wrappers.fasttext", Role::Model, &["FastText"]),
    ("gensim.models.doc2vec", Role::Model, &["Doc2Vec"]),
    (
        "gensim.models.keyedvectors",
        Role::Vectors,
        &[
            "KeyedVectors",
            "Word2VecKeyedVectors",
            "EuclideanKeyedVectors",
            "WordEmbeddingsKeyedVectors",
            "BaseKeyedVectors",
            "Doc2VecKeyedVectors",
        ],
    ),
    ("gensim.models.keyedvectors", Role::NgramVectors, &["FastTextKeyedVectors"]),
    ("gensim.models.fasttext", Role::NgramVectors, &["FastTextKeyedVectors"]),
    ("gensim.models.wrappers.fasttext", Role::NgramVectors, &["FastTextKeyedVectors"]),
    ("gensim.models.keyedvectors", Role::Entry, &["Vocab", "CompatVocab", "SimpleVocab"]),
    ("gensim.models.word2vec", Role::Entry, &["Vocab"]),
    ("gensim.models.word2vec", Role::Other, &["Word2VecVocab", "Word2VecTrainables"]),
    ("gensim.models.fasttext", Role::Other, &["FastTextVocab", "FastTextTrainables"]),
    (
        "gensim.models.doc2vec",
        Role::Other,
        &["Doc2VecVocab", "Doc2VecTrainables", "DocvecsArray", "Doctag"],
    ),
    ("gensim.models.keyedvectors", Role::Other, &["Doctag"]),
    ("gensim.utils", Role::Other, &["call_on_class_only"]),
    ("numpy", Role::Array, &["ndarray"]),
    ("numpy", Role::Dtype, &["dtype"]),
    ("numpy", Role::Other, &["float16", "float32", "float64", "int32", "int64", "uint32"]),
    ("numpy.core.multiarray", Role::Reconstruct, &["_reconstruct"]),
    ("numpy.core.multiarray", Role::Scalar, &["scalar"]),
    ("numpy.core.numeric", Role::FromBuffer, &["_frombuffer"]),
    ("numpy.random", Role::Other, &["__RandomState_ctor"]),
    (
        "numpy.random._pickle",
        Role::Other,
        &["__randomstate_ctor", "__bit_generator_ctor", "__generator_ctor"],
    ),
    ("numpy.random._mt19937", Role::Other, &["MT19937"]),
    ("numpy.random._pcg64", Role::Other, &["PCG64"]),
    ("numpy.random.mtrand", Role::Other, &["RandomState"]),
    ("numpy.random.bit_generator", Role::Other, &["SeedSequence"]),
    ("_codecs", Role::Encode, &["encode"]),
    ("copyreg", Role::Reconstructor, &["_reconstructor"]),
    (
        "builtins",
        Role::Other,
        &[
            "object",
            "int",
            "float",
            "bool",
            "str",
            "bytes",
            "bytearray",
            "list",
            "tuple",
            "dict",
            "set",
            "frozenset",
            "hash",
        ],
    ),
    ("collections", Role::Other, &["defaultdict", "OrderedDict", "Counter"]),
];

/// All of them.
static CLASSES: std::sync::LazyLock<Vec<Class>> = std::sync::LazyLock::new(|| {
    let of = |&(module, role, names): &(&'static str, Role, &'static [&'static str])| {
        names.iter().map(move |name| Class { module, name, role })
    };
    KNOWN.iter().flat_map(of).collect()
});

/// The class of this name.
pub(super) fn find(module: &[u8], name: &[u8]) -> Option<&'static Class> {
    let module = canonical(std::str::from_utf8(module).ok()?);
    let name = match std::str::from_utf8(name).ok()? {
        "unicode" if module == "builtins" => "str",
        "long" if module == "builtins" => "int",
        name => name,
    };
    CLASSES.iter().find(|class| class.module == module && class.name == name)
}

/// The present name of a module that was called otherwise by Python 2 or another version of NumPy or
/// gensim.
fn canonical(module: &str) -> String {
    match module {
        "__builtin__" => "builtins".into(),
        "copy_reg" => "copyreg".into(),
        // Python 3 writes it so for protocol 2.
        "UserString" => "collections".into(),
        module => module
            .replace("gensim.models.deprecated.", "gensim.models.")
            .replace("numpy._core.", "numpy.core."),
    }
}

impl Class {
    /// Module and name.
    pub(super) fn full_name(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

/// Why a class is refused.
pub(super) fn refusal(module: &[u8], name: &[u8]) -> String {
    let shown = |bytes: &[u8]| -> String {
        String::from_utf8_lossy(bytes).escape_debug().take(80).collect()
    };
    let package = module.split(|&byte| byte == b'.').next();
    let ours = matches!(package, Some(b"gensim" | b"numpy"));
    let why = match ours {
        true => "is not among those of word vectors",
        false => "is not one of gensim's or numpy's",
    };
    format!(
        "names the class `{}.{}`, which {why}: nothing of it was run",
        shown(module),
        shown(name)
    )
}
