#!/usr/bin/env python3
"""Counts co-occurrences and trains GloVe with `w2v` and with Stanford's programs, in turns.

    python3 benches/glove_side_by_side.py CORPUS --glove GLOVE/build --glove Ofast=GLOVE2/build

Comes in:  a corpus; `w2v`; one or more folders with `vocab_count`, `cooccur`, `shuffle`, `glove`.
Goes out:  a table on standard output, and one JSON file in `benches/ledger/` with every single run.

With `--peer-records N` the peers train on the first N records of their shuffled file only, and with
`--count-once` only the first of them counts: the C programs need minutes, and a quiet machine is rare.

Both get the same text, window, vocabulary, dimensions and threads. Times are those of whole
processes, from start to exit; those of training are per epoch, the difference between a run of
E + 1 epochs and one of 1 divided by E, so that reading and writing files is not in them. Quality is
another matter: it takes 15 epochs and more, see docs/benchmarks.md.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def timed(command, folder, stdin=None, stdout=None):
    """Runs a command in `folder`; wall and CPU seconds and the peak memory of that child alone."""
    name = lambda path: os.path.join(folder, path)  # noqa: E731
    files = [open(name(stdin), "rb") if stdin else subprocess.DEVNULL,
             open(name(stdout), "wb") if stdout else subprocess.DEVNULL]
    start = time.monotonic()
    with open(name("stderr.txt"), "wb") as err:
        child = subprocess.Popen([str(x) for x in command], cwd=folder, stdin=files[0], stdout=files[1],
                                 stderr=err)
        _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]}: exit code {child.returncode}: {open(name('stderr.txt')).read()[-500:]}")
    return {"wall_seconds": round(wall, 3), "cpu_seconds": round(used.ru_utime + used.ru_stime, 3),
            "peak_rss_bytes": used.ru_maxrss * 1024}


def total(*runs):
    return {"wall_seconds": round(sum(r["wall_seconds"] for r in runs), 3),
            "cpu_seconds": round(sum(r["cpu_seconds"] for r in runs), 3),
            "peak_rss_bytes": max(r["peak_rss_bytes"] for r in runs)}


def per_epoch(train, epochs, cells):
    """Nonzeros a second, without what a run costs besides its epochs."""
    one, more = train(1), train(1 + epochs)
    seconds = (more["wall_seconds"] - one["wall_seconds"]) / epochs
    return {**more, "seconds_per_epoch": round(seconds, 3), "pairs_per_second": round(cells / seconds)}


def run_w2v(a, folder):
    count = timed([a.w2v, "cooccur", a.corpus, "-o", "pairs.w2c", "--force", "--window", a.window,
                   "--min-count", a.min_count, "--threads", a.threads, "--progress", "none"], folder)
    with open(os.path.join(folder, "pairs.w2c"), "rb") as file:
        cells = int.from_bytes(file.read(40)[32:40], "little")

    def train(epochs):
        return timed([a.w2v, "train", "--model", "glove", "--cooccur", "pairs.w2c", "-o", "v.w2v", "--force",
                      "--dim", a.dim, "--x-max", a.x_max, "--epochs", epochs, "--threads", a.threads,
                      "--progress", "none"], folder)
    return {"cells": cells, "counting": count, "training": per_epoch(train, a.epochs, cells) if a.epochs else None}


def run_glove(a, folder, build, first):
    tool = lambda name: os.path.join(build, name)  # noqa: E731
    if a.count_once and not first:
        return {"cells": None, "counting": None, "training": train_glove(a, folder, tool)}
    words = timed([tool("vocab_count"), "-min-count", a.min_count, "-verbose", 0], folder, a.corpus, "vocab.txt")
    pairs = timed([tool("cooccur"), "-memory", 4, "-vocab-file", "vocab.txt", "-window-size", a.window,
                   "-verbose", 0], folder, a.corpus, "cooccurrence.bin")
    mixed = timed([tool("shuffle"), "-memory", 4, "-verbose", 0, "-seed", 1], folder, "cooccurrence.bin",
                  "cooccurrence.shuf.bin")
    cells = os.path.getsize(os.path.join(folder, "cooccurrence.shuf.bin")) // 16
    return {"cells": cells, "vocab_count": words, "cooccur": pairs, "shuffle": mixed,
            "counting": total(pairs, mixed), "training": train_glove(a, folder, tool)}


def train_glove(a, folder, tool):
    if not a.epochs:
        return None
    records = os.path.join(folder, "cooccurrence.shuf.bin")
    if a.peer_records and os.path.getsize(records) > 16 * a.peer_records:
        os.truncate(records, 16 * a.peer_records)

    def train(epochs):
        return timed([tool("glove"), "-input-file", "cooccurrence.shuf.bin", "-vocab-file", "vocab.txt",
                      "-save-file", "vectors", "-vector-size", a.dim, "-x-max", a.x_max, "-iter", epochs,
                      "-threads", a.threads, "-binary", 1, "-seed", 1, "-verbose", 0], folder)
    epochs = 1 if a.peer_records else a.epochs
    return per_epoch(train, epochs, os.path.getsize(records) // 16)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("corpus")
    p.add_argument("--glove", action="append", default=[], metavar="[LABEL=]FOLDER",
                   help="a folder with GloVe's programs; may be repeated")
    p.add_argument("--w2v", default=os.path.join(HERE, "..", "target", "release", "w2v"), metavar="PATH")
    p.add_argument("--window", type=int, default=10)
    p.add_argument("--min-count", type=int, default=5)
    p.add_argument("--dim", type=int, default=100)
    p.add_argument("--x-max", type=float, default=10)
    p.add_argument("--epochs", type=int, default=3, help="epochs that are timed; 0 counts only")
    p.add_argument("--peer-records", type=int, default=0, metavar="N",
                   help="peers train on N records only, for one epoch")
    p.add_argument("--count-once", action="store_true", help="only the first peer counts")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--work", metavar="DIR", help="where the temporary folder is made [the system's]")
    p.add_argument("--ledger", default=os.path.join(HERE, "ledger"), metavar="DIR")
    p.add_argument("--note", default="", help="what the script cannot see, such as compile flags")
    a = p.parse_args()
    a.corpus, a.w2v = os.path.abspath(a.corpus), os.path.abspath(a.w2v)
    return a


def main():
    a = arguments()
    gloves = [g.split("=", 1) if "=" in g else ["glove", g] for g in a.glove]
    now = datetime.datetime.now().astimezone()
    runs = []
    with tempfile.TemporaryDirectory(prefix="glove-side-by-side-", dir=a.work) as folder:
        for turn in range(1, a.rounds + 1):
            for label, build in [["w2v", None], *gloves]:
                load = os.getloadavg()[0]
                run = run_glove(a, folder, os.path.abspath(build), label == gloves[0][0]) if build else run_w2v(a, folder)
                runs.append({"round": turn, "program": label, "load_average_before": load, **run})
                speed = run["training"] and f"{run['training']['pairs_per_second'] / 1e6:.2f} M pairs/s"
                print(f"round {turn}: {label}: counted: {(run['counting'] or {}).get('wall_seconds')} s, {speed}",
                      file=sys.stderr)
    keys = ("peer_records", "window", "min_count", "dim", "x_max", "epochs", "threads", "rounds")
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    row = {"date": now.strftime("%Y-%m-%d %H:%M"), "machine": {"cpu": cpu, "cores": os.cpu_count()},
           "corpus": {"file": os.path.basename(a.corpus), "bytes": os.path.getsize(a.corpus)},
           "parameters": {key: getattr(a, key) for key in keys}, "note": a.note, "runs": runs}
    name = f"{now:%Y-%m-%d-%H%M%S}-glove-dim{a.dim}-{a.threads}t.json"
    with open(os.path.join(a.ledger, name), "x") as file:
        json.dump(row, file, indent=1, ensure_ascii=False)
        file.write("\n")
    median = lambda label, *path: statistics.median(  # noqa: E731
        run[path[0]][path[1]] for run in runs if run["program"] == label and run[path[0]])
    print("| program | pairs | counting s | CPU s | it ÷ w2v | M pairs/s | w2v ÷ it | peak MB |\n" + "| --- " + "| --: " * 7 + "|")
    for label in dict.fromkeys(run["program"] for run in runs):
        cells = next(run["cells"] for run in runs if run["program"] == label)
        line = [label, "–", "–", "–", "–"]
        if cells:
            count, cpu_s = median(label, "counting", "wall_seconds"), median(label, "counting", "cpu_seconds")
            line = [label, f"{cells:,}", f"{count:.2f}", f"{cpu_s:.1f}",
                    f"{count / median('w2v', 'counting', 'wall_seconds'):.1f}"]
        if a.epochs:
            speed = median(label, "training", "pairs_per_second")
            line += [f"{speed / 1e6:.2f}", f"{median('w2v', 'training', 'pairs_per_second') / speed:.1f}",
                     f"{median(label, 'training', 'peak_rss_bytes') / 1e6:,.0f}"]
        print("| " + " | ".join(line) + " |")
    print(f"\nwrote {name} in the ledger", file=sys.stderr)


if __name__ == "__main__":
    main()
