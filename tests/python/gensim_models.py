"""gensim's own files for tests/cli/gensim.rs, and what gensim finds in them.

    gensim_models.py FOLDER     writes models and KeyedVectors of all kinds into FOLDER; then prints, for
                                each of them and for each old file that gensim's wheel brings with its
                                tests, a line of JSON:
                                {"file", "by", "count", "asked": [[WORD, [[NEIGHBOUR, COSINE], …]], …]}

Cosines are gensim's own, of `most_similar` over all words, `by` "gensim". Files that gensim 4 does not
load any more are unpickled with stand-ins for gensim's classes, and cosines computed with NumPy: `by`
"numpy".
"""

import gzip
import io
import json
import logging
import os
import pickle
import random
import sys
import warnings

import gensim
import numpy as np
from gensim.models import Doc2Vec, FastText, KeyedVectors, Word2Vec
from gensim.models.doc2vec import TaggedDocument
from gensim.models.fasttext import FastTextKeyedVectors

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

WORDS = [f"w{i}" for i in range(40)] + ["naïve", "東京", "Übermaß", "\U0001f600", "</s>"]


def sentences():
    chosen = random.Random(1)
    return [[chosen.choice(WORDS) for _ in range(10)] for _ in range(400)]


def save_all(folder):
    at = lambda name: os.path.join(folder, name)
    text = sentences()
    usual = dict(vector_size=20, min_count=1, workers=1, epochs=3, seed=1)
    model = Word2Vec(text, **usual)
    model.save(at("word2vec.model"))
    model.save(at("word2vec-sep.model"), sep_limit=0)
    model.save(at("word2vec-gz.model.gz"))
    model.wv.save(at("word2vec.kv"))
    model.wv.save(at("word2vec-sep.kv"), separately=["vectors"])
    for protocol in range(6):
        model.wv.save(at(f"protocol{protocol}.kv"), pickle_protocol=protocol)
        model.save(at(f"protocol{protocol}.model"), pickle_protocol=protocol)
    Word2Vec(text, hs=1, negative=0, **usual).save(at("hierarchical.model"))
    fast = FastText(text, bucket=500, **usual)
    fast.save(at("fasttext.model"))
    fast.save(at("fasttext-sep.model"), sep_limit=0)
    fast.wv.save(at("fasttext.kv"))
    fast.wv.save(at("fasttext-sep.kv"), sep_limit=0)
    FastText(text, bucket=500, min_n=1, max_n=2, **usual).save(at("fasttext-short.model"))
    FastText(text, bucket=0, max_n=0, **usual).save(at("fasttext-none.model"))
    documents = [TaggedDocument(words, [f"d{i}"]) for i, words in enumerate(text)]
    documents = Doc2Vec(documents, **usual)
    documents.save(at("doc2vec.model"))
    documents.dv.save(at("doc2vec-docs.kv"))
    for dtype in (np.float16, np.float64):
        vectors = KeyedVectors(20, dtype=dtype)
        vectors.add_vectors(model.wv.index_to_key, model.wv.vectors.astype(dtype))
        vectors.save(at(f"{np.dtype(dtype).name}.kv"))
    vectors = KeyedVectors(20)
    vectors.add_vectors(model.wv.index_to_key, model.wv.vectors)
    vectors.vectors = np.asfortranarray(model.wv.vectors)
    vectors.save(at("fortran.kv"))
    return sorted(at(name) for name in os.listdir(folder) if not name.endswith(".npy"))


class Stub:
    """Any class of gensim's."""

    def __init__(self, *_):
        pass

    def __setstate__(self, state):
        self.__dict__.update(state)

    def __setitem__(self, *_):
        pass


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module.startswith("numpy") or module == "_codecs":
            return super().find_class(module, name)
        return type(name, (Stub,), {"__module__": module})


def stand_in(path):
    raw = open(path, "rb").read()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    model = Unpickler(io.BytesIO(raw), encoding="latin1").load()
    holder = getattr(model, "wv", model)
    prefix = path + (".wv" if holder is not model else "")
    for name in getattr(holder, "__numpys", []):
        setattr(holder, name, np.load(f"{prefix}.{name}.npy"))
    old = holder.__dict__
    table = old["vectors"] if "vectors" in old else old["syn0"]
    vectors = KeyedVectors(table.shape[1])
    words = old["index2word"]
    # Python 2 kept words as bytes, which are UTF-8 and were decoded as Latin-1 here.
    vectors.add_vectors([str(word) for word in words], table)
    for word in words:
        vectors.set_vecattr(word, "count", int(old["vocab"][word].count))
    return vectors


def load(path):
    """Vectors as gensim loads them, by the class that loads them."""
    for kind in (Word2Vec, FastText, Doc2Vec, KeyedVectors, FastTextKeyedVectors):
        try:
            loaded = kind.load(path)
            vectors = getattr(loaded, "wv", loaded)
            vectors.vectors.shape, vectors.index_to_key[0]
            return vectors, "gensim"
        except Exception:
            pass
    return stand_in(path), "numpy"


def show(path):
    vectors, by = load(path)
    if vectors.vectors.dtype != np.float32:
        # gensim multiplies f16 in f16, with errors above 1e-4.
        vectors.vectors = vectors.vectors.astype(np.float32)
        vectors.norms = None
    words = vectors.index_to_key
    # Not only frequent ones; a NUL, the word of null_word, cannot be an argument.
    asked = [word for word in words[:: max(1, len(words) // 6)] if word != "\0"][:8]
    # gensim 4 forgets that 3.8 kept the rows of used buckets only (`hash2index`), and takes wrong rows.
    packed = hasattr(vectors, "hash2index")
    if isinstance(vectors, FastTextKeyedVectors) and vectors.bucket and not packed:
        asked += ["w3w4", "unheard", "naïveté", "京都"]
    answers = []
    for word in asked:
        found = vectors.most_similar(word, topn=len(words))
        answers.append([str(word), [[str(other), float(cosine)] for other, cosine in found]])
    count = vectors.expandos.get("count")
    count = None if count is None else int(count[0])
    asked = {"file": path, "by": by, "count": count, "asked": answers}
    print(json.dumps(asked))


def old_files():
    data = os.path.join(os.path.dirname(gensim.__file__), "test", "test_data")
    if not os.path.isdir(data):
        return []
    for folder, _, names in sorted(os.walk(data)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            opener = gzip.open if name.endswith(".gz") else open
            try:
                with opener(path, "rb") as file:
                    head = file.read(200)
            except OSError:
                continue
            kinds = (b"word2vec", b"fasttext", b"doc2vec", b"keyedvectors")
            if head[:1] == b"\x80" and any(b"gensim.models." + kind in head for kind in kinds):
                yield path
            elif head[:1] == b"\x80" and b"gensim.models.wrappers.fasttext" in head:
                yield path


if __name__ == "__main__":
    for file in [*save_all(sys.argv[1]), *old_files()]:
        show(file)
