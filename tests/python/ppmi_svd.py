"""The numpy and scipy side of tests/library/numpy.rs: counts, PPMI and SVD of a text, from its definition.

    ppmi_svd.py TEXT WORDS WINDOW CDS SHIFT DIM P

TEXT: a sentence a line, tokens separated by spaces. WORDS: a word a line, in the order of rows. Prints
the V rows of PPMI, then DIM singular values in one line, then the V rows of U S^P, with the sign of each
column such that its largest number is positive.
"""

import sys

import numpy as np
import scipy.linalg

text, words, window, cds, shift, dim, p = sys.argv[1:]
ids = {word: row for row, word in enumerate(open(words, encoding="utf-8").read().split("\n")[:-1])}
counts = np.zeros((len(ids), len(ids)))
for line in open(text, encoding="utf-8"):
    sentence = [ids[token] for token in line.split() if token in ids]
    for i, word in enumerate(sentence):
        for j in range(max(0, i - int(window)), i):
            counts[word, sentence[j]] += 1 / (i - j)
            counts[sentence[j], word] += 1 / (i - j)

smoothed = counts.sum(axis=0) ** float(cds)
expected = np.outer(counts.sum(axis=1) / counts.sum(), smoothed / smoothed.sum())
with np.errstate(divide="ignore"):
    ppmi = np.maximum(0, np.log(counts / counts.sum() / expected) - np.log(float(shift)))
u, sigma, _ = scipy.linalg.svd(ppmi)
u, sigma = u[:, : int(dim)], sigma[: int(dim)]
signs = np.sign(u[np.abs(u).argmax(axis=0), range(int(dim))])
for row in ppmi:
    print(*(repr(float(x)) for x in row))
print(*(repr(float(x)) for x in sigma))
for row in u * signs * sigma ** float(p):
    print(*(repr(float(x)) for x in row))
