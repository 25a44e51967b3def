"""Makes the files of this folder out of the bundled corpus, with the programs whose formats they are.

    pip install gensim==4.4.0 fasttext-numpy2==0.10.4 finalfusion==0.7.1
    git clone https://github.com/stanfordnlp/GloVe && make -C GloVe      (glove.txt)
    python make.py ../../data/corpus.txt GloVe/build

Beside each file NAME stands NAME.expected: a line for each word that the program was asked for, with its
vector as the program gives it. The corpus, and so every file, is our own text.
"""

import os
import subprocess
import sys

import fasttext
import numpy as np
from finalfusion import Embeddings
from finalfusion.norms import Norms
from finalfusion.storage import NdArray
from finalfusion.subword import FinalfusionHashIndexer
from finalfusion.vocab import FinalfusionBucketVocab
from gensim.models import KeyedVectors

corpus, glove = sys.argv[1:]
with open(corpus, encoding="utf-8") as lines:
    text = [line for line, _ in zip(lines, range(400))]
with open("text.tmp", "w", encoding="utf-8") as out:
    out.writelines(text)
with open("labelled.tmp", "w", encoding="utf-8") as out:
    out.writelines(f"__label__{i % 2} {line}" for i, line in enumerate(text))


def expect(name, words, vector):
    with open(name + ".expected", "w", encoding="utf-8") as out:
        for word in words:
            out.write(" ".join([word, *(repr(float(x)) for x in vector(word))]) + "\n")


# Ten threads and ten dimensions: fastText fills a tenth of its first matrix a thread, each rounded down,
# and leaves the rest as it finds the memory.
model = fasttext.train_unsupervised(
    "text.tmp", dim=10, epoch=1, bucket=40, minn=3, maxn=4, minCount=60, thread=10, verbose=0
)
model.save_model("fasttext.bin")
expect("fasttext.bin", [*model.get_words(), "kingdom", "王国"], model.get_word_vector)

model = fasttext.train_supervised(
    "labelled.tmp", dim=10, epoch=1, bucket=400, minn=2, maxn=3, minCount=30, thread=10, verbose=0
)
model.quantize(input="labelled.tmp", qnorm=True, cutoff=300, retrain=False)
model.save_model("fasttext.ftz")
expect("fasttext.ftz", [*model.get_words(), "kingdom", "theory"], model.get_word_vector)

subprocess.run([f"{glove}/vocab_count", "-min-count", "25"], check=True,
               stdin=open("text.tmp"), stdout=open("vocab.tmp", "w"))
subprocess.run([f"{glove}/cooccur", "-vocab-file", "vocab.tmp", "-memory", "1"], check=True,
               stdin=open("text.tmp"), stdout=open("pairs.tmp", "wb"))
subprocess.run([f"{glove}/glove", "-input-file", "pairs.tmp", "-vocab-file", "vocab.tmp", "-iter", "2",
                "-vector-size", "4", "-threads", "1", "-write-header", "1", "-binary", "0",
                "-save-file", "glove"], check=True)
rows = [line.split() for line in open("glove.txt", encoding="utf-8").readlines()[1:]]
table = {row[0]: list(map(float, row[1:])) for row in rows}
expect("glove.txt", table, table.get)

vectors = KeyedVectors(4)
words = list(table)[:12]
random = np.random.default_rng(7)
units = random.normal(size=(12, 4)).astype(np.float32)
units /= np.linalg.norm(units, axis=1)[:, None]
vectors.add_vectors(words, units)
vectors.save_word2vec_format("gensim.bin", binary=True)
expect("gensim.bin", words, lambda word: vectors[word])

indexer = FinalfusionHashIndexer(bucket_exp=4, min_n=3, max_n=4)
ngrams = random.normal(size=(16, 4)).astype(np.float32)
lengths = np.arange(1, 13, dtype=np.float32)
embeddings = Embeddings(
    NdArray(np.vstack([units, ngrams])), FinalfusionBucketVocab(words, indexer), Norms(lengths)
)
embeddings.write("bucket.fifu")
expect("bucket.fifu", words, lambda word: embeddings[word] * lengths[words.index(word)])

for name in os.listdir("."):
    if name.endswith((".tmp", ".bin.bin")) or name == "gradsq.txt":
        os.remove(name)
