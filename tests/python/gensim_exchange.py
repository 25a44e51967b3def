"""The gensim side of tests/library/gensim.rs.

    gensim_exchange.py read FILE text|binary     prints what gensim loads, one word a line:
                                                 the word's UTF-8 in hex, then each f32's bits in hex
    gensim_exchange.py write FILE text|binary    saves what stands on stdin, in the same notation
"""

import sys

import numpy as np
from gensim.models import KeyedVectors


def read(path, binary):
    vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    for word in vectors.index_to_key:
        bits = vectors[word].astype(np.float32).view(np.uint32)
        print(word.encode("utf-8").hex() + ":" + " ".join(f"{b:08x}" for b in bits))


def write(path, binary):
    words, rows = [], []
    for line in sys.stdin:
        word, bits = line.rstrip("\n").split(":")
        words.append(bytes.fromhex(word).decode("utf-8"))
        rows.append(np.array([int(b, 16) for b in bits.split()], dtype=np.uint32).view(np.float32))
    vectors = KeyedVectors(len(rows[0]))
    vectors.add_vectors(words, np.vstack(rows))
    vectors.save_word2vec_format(path, binary=binary)


{"read": read, "write": write}[sys.argv[1]](sys.argv[2], sys.argv[3] == "binary")
