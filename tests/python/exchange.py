"""The foreign side of tests/library/exchange.rs: one program a run.

    exchange.py PROGRAM read FILE [WORD...]      prints what it loads, one word a line: the word's UTF-8 in
                                                 hex, then each f32's bits in hex; then, for each WORD,
                                                 `~`, the word and its five nearest words by the program's
                                                 own search, all in hex; WORDs may be unknown to FILE
    exchange.py PROGRAM write FILE TEXT          trains or makes vectors (of stdin, in the same notation,
                                                 or of the corpus TEXT), saves them to FILE in its own
                                                 format, and prints them as `read` does
"""

import os
import sys
import tempfile

import numpy as np


def hexed(text):
    return text.encode("utf-8").hex()


def show(word, row):
    bits = np.asarray(row, dtype=np.float32).view(np.uint32)
    print(hexed(word) + ":" + " ".join(f"{b:08x}" for b in bits))


def nearest(word, words):
    print("~" + " ".join(hexed(w) for w in [word, *words]))


def stdin_vectors():
    words, rows = [], []
    for line in sys.stdin:
        word, bits = line.rstrip("\n").split(":")
        words.append(bytes.fromhex(word).decode("utf-8"))
        rows.append(np.array([int(b, 16) for b in bits.split()], dtype=np.uint32).view(np.float32))
    return words, np.vstack(rows)


class Gensim:
    """fastText's model in gensim: what load_facebook_vectors and save_facebook_model make of it."""

    def __init__(self):
        import gensim.models.fasttext as fasttext

        self.fasttext = fasttext

    def read(self, path, words):
        vectors = self.fasttext.load_facebook_vectors(path)
        # The whole model, output matrix included, must load, too.
        model = self.fasttext.load_facebook_model(path)
        assert model.syn1neg.shape == vectors.vectors.shape
        for word in vectors.index_to_key:
            show(word, vectors[word])
        for word in words:
            if word not in vectors.key_to_index:
                show(word, vectors[word])
            near = vectors.similar_by_vector(vectors[word], topn=6)
            nearest(word, [w for w, _ in near if w != word][:5])

    def write(self, path, text):
        from gensim.models.word2vec import LineSentence

        model = self.fasttext.FastText(
            LineSentence(text), vector_size=8, min_count=20, epochs=1, bucket=300, min_n=3, max_n=4,
            workers=1, seed=1,
        )
        self.fasttext.save_facebook_model(model, path)
        for word in [*model.wv.index_to_key, "kingqueen", "zzz"]:
            show(word, model.wv[word])


class FastText:
    def __init__(self):
        import fasttext

        self.fasttext = fasttext

    def show(self, model, others=()):
        for word in [*model.get_words(), *others]:
            show(word, model.get_word_vector(word))

    def read(self, path, words):
        model = self.fasttext.load_model(path)
        known = set(model.get_words())
        self.show(model, [w for w in words if w not in known])
        for word in words:
            nearest(word, [w for _, w in model.get_nearest_neighbors(word, k=5)])

    def write(self, path, text):
        # Ten threads and ten dimensions: fastText fills a tenth of its first matrix a thread, each rounded
        # down, and leaves the rest as it finds the memory.
        if path.endswith(".ftz"):
            with tempfile.TemporaryDirectory() as folder:
                labelled = os.path.join(folder, "labelled.txt")
                with open(text, encoding="utf-8") as lines, open(labelled, "w", encoding="utf-8") as out:
                    for i, line in enumerate(lines):
                        out.write(f"__label__{i % 3} {line}")
                model = self.fasttext.train_supervised(
                    labelled, dim=10, epoch=1, bucket=3000, minn=2, maxn=3, minCount=20, thread=10,
                    verbose=0,
                )
                model.quantize(input=labelled, qnorm=True, cutoff=800, retrain=False)
        else:
            model = self.fasttext.train_unsupervised(
                text, dim=10, epoch=1, bucket=300, minn=3, maxn=4, minCount=20, thread=10, verbose=0
            )
        model.save_model(path)
        self.show(model, ["kingqueen", "zzz", "王后王"])


class Finalfusion:
    def __init__(self):
        import finalfusion

        self.finalfusion = finalfusion

    def read(self, path, words):
        from finalfusion.storage import QuantizedArray

        embeddings = self.finalfusion.load_finalfusion(path)
        norms = embeddings.norms
        if isinstance(embeddings.storage, QuantizedArray):
            # Its search asks the storage for `dot`, which this one has not: over the table that it makes.
            rows = np.asarray(embeddings.storage) * np.asarray(norms)[:, None]
            show_table(embeddings.vocab.words, rows, words)
            return
        for i, word in enumerate(embeddings.vocab.words):
            show(word, embeddings[word] * norms[i])
        known = set(embeddings.vocab.words)
        for word in words:
            if word not in known:
                show(word, embeddings[word])
            near = embeddings.word_similarity(word, k=5)
            nearest(word, [result.word for result in near])

    def write(self, path, text):
        from finalfusion import Embeddings
        from finalfusion.norms import Norms
        from finalfusion.storage import NdArray, QuantizedArray
        from finalfusion.storage.quantized import PQ
        from finalfusion.subword import FinalfusionHashIndexer
        from finalfusion.vocab import FinalfusionBucketVocab, SimpleVocab

        words, rows = stdin_vectors()
        lengths = np.linalg.norm(rows, axis=1)
        units = rows / lengths[:, None]
        norms = Norms(lengths.astype(np.float32))
        random = np.random.default_rng(1)
        if "bucket" in path:
            indexer = FinalfusionHashIndexer(bucket_exp=5, min_n=3, max_n=4)
            vocab = FinalfusionBucketVocab(words, indexer)
            ngrams = random.normal(size=(32, rows.shape[1]))
            storage = NdArray(np.vstack([units, ngrams]).astype(np.float32))
        elif "quantized" in path:
            vocab = SimpleVocab(words)
            dim = rows.shape[1]
            turn, _ = np.linalg.qr(random.normal(size=(dim, dim)))
            pq = PQ(random.normal(size=(dim // 2, 16, 2)).astype(np.float32), turn.astype(np.float32))
            codes = random.integers(0, 16, size=(len(words), dim // 2)).astype(np.uint8)
            storage = QuantizedArray(pq, codes, random.random(len(words)).astype(np.float32) + 0.5)
        else:
            vocab = SimpleVocab(words)
            storage = NdArray(units.astype(np.float32))
        embeddings = Embeddings(storage, vocab, norms)
        embeddings.write(path)
        for i, word in enumerate(words):
            show(word, embeddings[word] * embeddings.norms[i])
        if "bucket" in path:
            show("zzzz", embeddings["zzzz"])


class Numpy:
    def read(self, path, words):
        rows = np.load(path, mmap_mode="r")
        base = path[: -len(".npy")]
        if os.path.exists(base + ".scales.npy"):
            rows = rows * np.load(base + ".scales.npy")[:, None]
        with open(base + ".words.txt", encoding="utf-8", newline="\n") as lines:
            names = [line.removesuffix("\n") for line in lines]
        show_table(names, rows, words)

    def write(self, path, text):
        words, rows = stdin_vectors()
        kinds = {"f2": np.float16, "f8": np.float64}
        rows = rows.astype(next((kind for name, kind in kinds.items() if name in path), np.float32))
        np.save(path, rows)
        with open(path[: -len(".npy")] + ".words.txt", "w", encoding="utf-8", newline="\n") as out:
            out.writelines(word + "\n" for word in words)
        for word, row in zip(words, rows):
            show(word, row)


class Spacy:
    def __init__(self):
        import spacy
        from spacy.vocab import Vocab

        self.spacy, self.Vocab = spacy, Vocab

    def read(self, path, words):
        import subprocess

        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "spacy", "init", "vectors", "en", path, folder]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            vocab = self.Vocab().from_disk(os.path.join(folder, "vocab"))
        by_row = {row: vocab.strings[key] for key, row in vocab.vectors.key2row.items()}
        for row in sorted(by_row):
            show(by_row[row], vocab.vectors.data[row])
        for word in words:
            keys, _, _ = vocab.vectors.most_similar(vocab[word].vector[None], n=6)
            near = [vocab.strings[key] for key in keys[0]]
            nearest(word, [w for w in near if w != word][:5])

    def write(self, path, text):
        from spacy.vectors import Vectors

        words, rows = stdin_vectors()
        vocab = self.Vocab(strings=words)
        vocab.vectors = Vectors(data=rows.copy(), keys=[vocab.strings[word] for word in words])
        with tempfile.TemporaryDirectory() as folder:
            vocab.to_disk(folder)
            # spaCy's own table of vectors is a NumPy array; the words of its rows are in msgpack.
            with open(os.path.join(folder, "vectors"), "rb") as made, open(path, "wb") as out:
                out.write(made.read())
        with open(path[: -len(".npy")] + ".words.txt", "w", encoding="utf-8", newline="\n") as out:
            out.writelines(word + "\n" for word in words)
        for word in words:
            show(word, vocab[word].vector)


class Pyarrow:
    def __init__(self):
        import pyarrow
        import pyarrow.parquet

        self.pyarrow = pyarrow

    def read(self, path, words):
        table = self.pyarrow.parquet.read_table(path)
        names = table.column("word").to_pylist()
        rows = np.array(table.column("vector").to_pylist(), dtype=np.float32)
        show_table(names, rows, words)

    def write(self, path, text):
        words, rows = stdin_vectors()
        float32 = self.pyarrow.list_(self.pyarrow.float32())
        table = self.pyarrow.table(
            {"id": list(range(len(words))), "word": words,
             "vector": self.pyarrow.array([list(map(float, row)) for row in rows], type=float32)}
        )
        self.pyarrow.parquet.write_table(table, path, row_group_size=7, compression="zstd")
        for word, row in zip(words, rows):
            show(word, row)


class Safetensors:
    """safetensors' own reader and writer; words in the metadata, as w2v writes them."""

    def __init__(self):
        import safetensors
        import safetensors.numpy

        self.safetensors = safetensors

    def read(self, path, words):
        import json

        with self.safetensors.safe_open(path, "np") as file:
            (name,) = file.keys()
            rows = file.get_tensor(name)
            names = json.loads(file.metadata()["w2v.words"])
        show_table(names, rows, words)

    def write(self, path, text):
        import json

        words, rows = stdin_vectors()
        metadata = {"w2v.words": json.dumps(words)}
        table = {"embedding.weight": rows.astype(np.float16 if "f2" in path else np.float32)}
        self.safetensors.numpy.save_file(table, path, metadata)
        for word, row in zip(words, table["embedding.weight"]):
            show(word, row)


class Static:
    """What sentence-transformers' StaticEmbedding does, without torch: the mean of the rows of the tokens
    that tokenizers' own reader of tokenizer.json finds."""

    def __init__(self):
        import safetensors.numpy
        import tokenizers

        self.safetensors, self.tokenizers = safetensors, tokenizers

    def read(self, path, words):
        import json

        folder = os.path.dirname(path)
        tokenizer = self.tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        table = self.safetensors.numpy.load_file(path)["embedding.weight"]
        modules = json.load(open(os.path.join(folder, "modules.json"), encoding="utf-8"))
        assert modules[0]["type"] == "sentence_transformers.models.StaticEmbedding"
        vocab = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
        names = [word for word, _ in vocab if word != "[UNK]"]
        for name in names:
            assert name == " " or tokenizer.encode(name, add_special_tokens=False).ids
        rows = [table[tokenizer.encode(name, add_special_tokens=False).ids].mean(axis=0) for name in names]
        show_table(names, np.vstack(rows), words)


def word_level(words):
    """A tokenizer of whole words, for those that are written."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = [*words, "[UNK]"]
    model = models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return words, tokenizer


class SentenceTransformers:
    """sentence-transformers itself, which brings PyTorch. FILE is in the model's folder, or the folder."""

    def __init__(self):
        os.environ["HF_HUB_OFFLINE"] = "1"
        import sentence_transformers

        self.sentence_transformers = sentence_transformers

    def read(self, path, words):
        folder = os.path.dirname(path)
        model = self.sentence_transformers.SentenceTransformer(folder, device="cpu")
        vocab = sorted(model.tokenizer.get_vocab().items(), key=lambda item: item[1])
        names = [word for word, _ in vocab if word != "[UNK]"]
        show_table(names, model.encode(names), words)

    def write(self, path, text):
        from sentence_transformers.models import StaticEmbedding

        words, rows = stdin_vectors()
        words, tokenizer = word_level(words)
        rows = np.vstack([rows, np.ones_like(rows[:1])])
        static = StaticEmbedding(tokenizer, embedding_weights=rows)
        model = self.sentence_transformers.SentenceTransformer(modules=[static], device="cpu")
        model.save(path)
        for word, row in zip(words, model.encode(words)):
            show(word, row)


class Model2vec:
    """FILE is in the model's folder, or the folder. What it writes has fewer rows than words, and weights."""

    def __init__(self):
        import model2vec

        self.model2vec = model2vec

    def read(self, path, words):
        model = self.model2vec.StaticModel.from_pretrained(os.path.dirname(path))
        names = [word for word in model.tokens if word != "[UNK]"]
        show_table(names, model.encode(names), words)

    def write(self, path, text):
        words, rows = stdin_vectors()
        words, tokenizer = word_level(words)
        random = np.random.default_rng(1)
        mapping = random.integers(0, len(rows), size=len(words))
        weights = random.random(len(words)) + 0.5
        kind = np.int8 if "int8" in path else np.float16
        model = self.model2vec.StaticModel(
            (20 * rows).astype(kind), tokenizer, {}, weights=weights, token_mapping=mapping
        )
        model.save_pretrained(path)
        # It takes unknown words for nothing, though they have a row.
        for word, row in zip(words, model.encode(words)):
            if word != "[UNK]":
                show(word, row)
        show("[UNK]", weights[-1] * model.embedding[mapping[-1]].astype(np.float64))


def show_table(names, rows, words):
    for name, row in zip(names, rows, strict=True):
        show(name, row)
    units = rows.astype(np.float64)
    units /= np.linalg.norm(units, axis=1)[:, None]
    for word in words:
        order = np.argsort(-(units @ units[names.index(word)]))
        nearest(word, [names[i] for i in order[1:6]])


PROGRAMS = {
    "safetensors": Safetensors,
    "static": Static,
    "sentence_transformers": SentenceTransformers,
    "model2vec": Model2vec,
    "gensim": Gensim,
    "fasttext": FastText,
    "finalfusion": Finalfusion,
    "numpy": Numpy,
    "spacy": Spacy,
    "pyarrow": Pyarrow,
}

if __name__ == "__main__":
    program = PROGRAMS[sys.argv[1]]()
    verb, arguments = sys.argv[2], sys.argv[3:]
    sys.stdout.reconfigure(newline="\n")
    if verb == "read":
        program.read(arguments[0], arguments[1:])
    elif verb == "write":
        program.write(arguments[0], arguments[1])
