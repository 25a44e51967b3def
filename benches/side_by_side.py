#!/usr/bin/env python3
"""Trains word vectors with `w2v` and its peers, side by side and in turns, and writes a dated row.

    python3 benches/side_by_side.py CORPUS --threads 2 --epochs 1 \\
        --analogies questions-words.txt --pairs wordsim.txt

Comes in:  a corpus; `w2v`; whatever peers are installed or named: word2vec.c, gensim, fastText,
           pWord2Vec. Only the standard library is needed here.
Goes out:  a table on standard output, and one JSON file in `benches/ledger/` with every single run.

Programs run in turns (A B C A B C …), each in a process of its own, measured from outside: a ratio
is taken inside a round and then the median over the rounds, since on a shared machine the same
program varies from hour to hour by more than most improvements are worth. All vectors are judged by
one evaluator (`w2v eval`). What the figures mean and what they do not: `docs/benchmarks.md`.
"""

import argparse
import bz2
import datetime
import gzip
import hashlib
import json
import lzma
import os
import platform
import re
import resource
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = "w2v"  # the program that ratios are taken against
BUSY = 0.15  # cores that others may keep busy in a run before the table says NOT QUIET
FASTTEXT_THREADS = 10  # with fewer it leaves part of its input matrix at zero (fastText issue 1061)

# ---------------------------------------------------------------------------------------- programs
#
# A program is a dictionary: label, kind, path, arguments (of a w2v variant), version. For each kind
# there is a function from a program, the parameters `a`, and a seed to (command, file of vectors),
# and one from the timed lines of its output to (training seconds, how they were found).


def train_w2v(program, a, seed):
    command = [program["path"], "train", "corpus.txt", "--output", "vectors.w2v", "--force",
               "--progress", "json", "--dim", a.dim, "--window", a.window, "--negative", a.negative,
               "--sample", a.sample, "--min-count", a.min_count, "--epochs", a.epochs, "--lr", a.lr,
               "--threads", a.threads, "--seed", seed]
    return command + program["arguments"], "vectors.w2v"


def phase_w2v(lines):
    events = {}
    for _, line in lines:
        if line.startswith("{"):
            event = json.loads(line)
            events[event.get("event")] = event
    found = {"kernels": events.get("training", {}).get("kernels"),
             "encoded": events.get("read", {}).get("encoded"),
             "vocabulary": events.get("read", {}).get("words")}
    return events["done"]["training_seconds"], "reported by the program", found


def train_c(program, a, seed):
    # No seed can be given. Names are kept short: these programs copy them into 100 bytes.
    command = [program["path"], "-train", "corpus.txt", "-output", "vectors.bin", "-binary", 1,
               "-size", a.dim, "-window", a.window, "-negative", a.negative, "-sample", a.sample,
               "-min-count", a.min_count, "-iter", a.epochs, "-alpha", a.lr, "-threads", a.threads]
    if program["kind"] == "word2vec":  # pWord2Vec has nothing else
        command += ["-cbow", 0, "-hs", 0]
    return command, "vectors.bin"


def phase_c(lines):
    # One line per thread and 10,000 words, flushed at once; what comes before the first and after
    # the last is left out: at most 20,000 words per thread, in the peer's favour.
    times = [t for t, line in lines if line.startswith("Alpha:")]
    if len(times) < 2:
        raise ValueError("no two lines of progress: the corpus is too small to time this program")
    return times[-1] - times[0], "from the first line of progress to the last", {}


def train_python(program, a, seed):
    wanted = {"dim": a.dim, "window": a.window, "negative": a.negative, "sample": float(a.sample),
              "min_count": a.min_count, "epochs": a.epochs, "lr": float(a.lr), "seed": seed,
              "threads": thread_count(program, a)}
    drive = [program["path"], os.path.abspath(__file__), "--drive", program["kind"]]
    return drive + [json.dumps(wanted)], "vectors.bin"


def phase_gensim(lines):
    report = json.loads(lines[-1][1])
    return report["training_seconds"], "train() timed apart from build_vocab()", {}


def train_fasttext(program, a, seed):
    if program["python"]:
        return train_python(program, a, seed)
    command = [program["path"], "skipgram", "-input", "corpus.txt", "-output", "vectors",
               "-maxn", 0, "-minn", 0, "-dim", a.dim, "-ws", a.window, "-neg", a.negative,
               "-t", a.sample, "-minCount", a.min_count, "-epoch", a.epochs, "-lr", a.lr,
               "-thread", thread_count(program, a), "-seed", seed]
    return command, "vectors.vec"


def phase_fasttext(lines):
    # The dictionary's lines end the reading; progress comes ten times a second.
    start = [t for t, line in lines if line.startswith("Number of labels")]
    ends = [t for t, line in lines if line.startswith(("Progress:", "trained"))]
    return ends[-1] - start[-1], "from the end of reading to the end of progress", {}


def thread_count(program, a):
    return max(a.threads, FASTTEXT_THREADS) if program["kind"] == "fasttext" else a.threads


def takes_seed(program):
    return program["kind"] in ("w2v", "gensim") or (program["kind"] == "fasttext" and not program["python"])


KINDS = {
    "w2v": (train_w2v, phase_w2v),
    "word2vec": (train_c, phase_c),
    "pword2vec": (train_c, phase_c),
    "gensim": (train_python, phase_gensim),
    "fasttext": (train_fasttext, phase_fasttext),
}


def drive(kind, p):
    """The child process of a peer that is a Python package: trains, writes `vectors.bin`."""
    if kind == "gensim":
        from gensim.models import Word2Vec

        model = Word2Vec(sg=1, hs=0, vector_size=p["dim"], window=p["window"], sample=p["sample"],
                         negative=p["negative"], min_count=p["min_count"], workers=p["threads"],
                         alpha=p["lr"], min_alpha=p["lr"] * 1e-4, seed=p["seed"])
        model.build_vocab(corpus_file="corpus.txt")
        start = time.perf_counter()
        model.train(corpus_file="corpus.txt", total_words=model.corpus_total_words,
                    total_examples=model.corpus_count, epochs=p["epochs"])
        seconds = time.perf_counter() - start
        model.wv.save_word2vec_format("vectors.bin", binary=True)
        print(json.dumps({"training_seconds": seconds}), flush=True)
    else:
        import fasttext

        model = fasttext.train_unsupervised(
            "corpus.txt", model="skipgram", minn=0, maxn=0, dim=p["dim"], ws=p["window"],
            neg=p["negative"], t=p["sample"], minCount=p["min_count"], epoch=p["epochs"],
            lr=p["lr"], thread=p["threads"], verbose=2)  # it takes no seed here
        print("trained", flush=True)
        words, rows = model.get_words(), model.get_input_matrix()
        with open("vectors.bin", "wb") as out:
            out.write(b"%d %d\n" % (len(words), p["dim"]))
            for word, row in zip(words, rows):
                out.write(word.encode() + b" " + row.astype("<f4").tobytes() + b"\n")


def find_programs(a):
    """What is installed, what the caller named, and the variants of w2v."""
    named, programs = {}, []
    for text in a.peer:
        name, _, path = text.partition("=")
        kind, _, label = name.partition(":")
        if kind not in KINDS or kind == "w2v" or not path:
            sys.exit(f"--peer {text}: expected KIND=PATH or KIND:LABEL=PATH, KIND one of "
                     "word2vec, gensim, fasttext, pword2vec")
        named.setdefault(kind, []).append((label, path))

    path = executable(a.w2v) or sys.exit(f"--w2v {a.w2v}: no such program; build it with "
                                         "`cargo build --release`, or name it")
    programs.append({"label": BASE, "kind": "w2v", "path": path, "arguments": []})
    for text in a.variant:
        label, _, flags = text.partition("=")
        programs.append({"label": f"w2v {label}", "kind": "w2v", "path": path,
                         "arguments": shlex.split(flags)})

    python = executable(a.python) or sys.exit(f"--python {a.python}: no such program")
    beside = os.path.join(os.path.dirname(python), "word2vec")  # where pip puts it
    installed = {
        "word2vec": executable("word2vec") or executable(beside),
        "gensim": python if has_module(python, "gensim") else None,
        "fasttext": python if has_module(python, "fasttext") else executable("fasttext"),
        "pword2vec": executable("pWord2Vec"),
    }
    for kind in ("word2vec", "gensim", "fasttext", "pword2vec"):
        if kind in a.without:
            continue
        for label, path in named.get(kind) or [("", installed[kind])]:
            found = path and executable(path)
            if not found:
                why = f"{path}: no such program" if path else "not installed"
                print(f"left out: {kind} ({why})", file=sys.stderr)
                continue
            programs.append({"label": f"{kind} {label}".strip(), "kind": kind, "path": found,
                             "arguments": [], "python": "python" in os.path.basename(found)})
    labels = [p["label"] for p in programs]
    for label in labels:
        if labels.count(label) > 1:
            sys.exit(f"two programs are called {label!r}; give one a label, KIND:LABEL=PATH")
    for program in programs:
        program["version"] = version_of(program, python)
    return programs


def executable(path):
    path = shutil.which(path)
    return path and os.path.abspath(path)


def has_module(python, module):
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


def version_of(program, python):
    """What can be said of a program: its version, and the hash of the file where that says more."""
    if program.get("python"):
        ask = ("import importlib.metadata as m, platform; "
               f"print(m.version({program['kind']!r}), 'Python', platform.python_version(),"
               "'numpy', m.version('numpy'))")
        return first_line([program["path"], "-c", ask])
    digest = hashlib.sha256()
    with open(program["path"], "rb") as file:
        while chunk := file.read(1 << 20):  # see `measure` on the size of this process
            digest.update(chunk)
    digest = "sha256 " + digest.hexdigest()[:12]
    if program["kind"] == "w2v":
        return f"{first_line([program['path'], '--version'])}, {digest}"
    if program["path"] == os.path.join(os.path.dirname(python), "word2vec"):
        ask = "import importlib.metadata as m; print('PyPI word2vec', m.version('word2vec'))"
        return f"{first_line([python, '-c', ask])}, {digest}"
    return digest


def first_line(command):
    try:
        text = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return text.splitlines()[0].strip() if text.strip() else None


# ----------------------------------------------------------------------------------------- one run


class Failed(Exception):
    """A program that gave no result; the text is what is told of it."""


def measure(program, a, seed, folder, tokens):
    """Trains once. Returns the run's figures and the file of vectors; tokens: T, None if unknown."""
    for name in os.listdir(folder):  # a program must not be judged by another's vectors
        if name != "corpus.txt":
            os.remove(os.path.join(folder, name))
    train, phase = KINDS[program["kind"]]
    command, vectors = train(program, a, seed)
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", PYTHONHASHSEED="0")
    cores = None
    if hasattr(os, "sched_getaffinity") and thread_count(program, a) > a.threads:
        cores = set(sorted(os.sched_getaffinity(0))[-a.threads:])
    load, before = loadavg(), system_ticks()
    lines, start = [], time.perf_counter()
    child = subprocess.Popen([str(part) for part in command], cwd=folder, env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT,
                             preexec_fn=cores and (lambda: os.sched_setaffinity(0, cores)))
    timer = threading.Timer(a.timeout, child.kill)
    timer.start()
    try:
        for line in split_lines(child.stdout):
            if len(lines) > 1 and progress_of(line) and all(
                    progress_of(old) == progress_of(line) for _, old in lines[-2:]):
                lines.pop()  # of progress, the first line and the last
            lines.append((time.perf_counter() - start, line))
        # The rusage of this child alone. On Linux its peak begins at the peak of this process, which
        # is why this script holds nothing large, and why the row says its own peak too.
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        timer.cancel()
        child.stdout.close()
        if child.returncode is None:
            child.kill()
            child.wait()
    wall, after = time.perf_counter() - start, system_ticks()
    if child.returncode != 0:
        said = " | ".join(line for _, line in lines[-3:])
        raise Failed(f"exit code {child.returncode}: {said}"[:600])
    try:
        seconds, how, found = phase(lines)
    except (ValueError, KeyError, IndexError) as error:
        raise Failed(f"its output does not say how long training took ({error})") from error
    if not os.path.getsize(os.path.join(folder, vectors)):
        raise Failed("wrote no vectors")
    cpu = usage.ru_utime + usage.ru_stime
    tokens = tokens or found.get("encoded")
    run = {
        "program": program["label"], "seed": seed if takes_seed(program) else None,
        "threads": thread_count(program, a), "pinned_to_cores": cores and len(cores),
        "words_per_second": tokens * a.epochs / seconds, "training_seconds": seconds,
        "training_seconds_are": how, "wall_seconds": wall, "cpu_seconds": cpu,
        "peak_rss_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "load_average_before": load,
    }
    if before and after:  # cores that others kept busy meanwhile, the noise of this run
        ticks = os.sysconf("SC_CLK_TCK")
        run["cores_busy_with_others"] = max(0.0, ((after - before) / ticks - cpu) / wall)
    run.update((key, value) for key, value in found.items() if value is not None)
    return run, os.path.join(folder, vectors)


def progress_of(line):
    """Which counter a line of progress moves; None for other lines."""
    found = re.match(r"(Alpha|Progress|Read)\b|\d+(K)", line)
    return found and (found[1] or found[2])


def split_lines(stream):
    """Lines that end in \\n or \\r, as soon as they come: progress rewrites its line with \\r."""
    rest = b""
    while chunk := os.read(stream.fileno(), 65536):
        *whole, rest = re.split(rb"[\r\n]", rest + chunk)
        # A line that \r *begins* (word2vec.c) would come one line late: give it at once.
        if rest.startswith((b"Alpha:", b"Progress:")):
            whole, rest = [*whole, rest], b""
        yield from (line.decode("utf-8", "replace") for line in whole if line.strip())
    if rest.strip():
        yield rest.decode("utf-8", "replace")


def judge(a, vectors, folder):
    """All vectors before the same judge: figures by the name of the test."""
    command = [a.w2v, "eval", "--json", "--vectors", vectors, "--restrict-vocab", str(a.restrict_vocab)]
    for file in a.analogies:
        command += ["--analogies", file]
    for file in a.pairs:
        command += ["--pairs", file]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode != 0:
        raise Failed(f"w2v eval: {done.stderr.strip()[:300]}")
    figures = {}
    for result in json.loads(done.stdout)["results"]:
        scores, name = result["scores"], test_name(result["file"])
        if result["kind"] == "analogies":
            for part in ("total", "semantic", "syntactic"):
                label = name if part == "total" else f"{name}, {part}"
                score = scores[part]
                figures[label] = {"percent": 100 * score["accuracy"], "of": score["covered"]}
        else:
            figures[name] = {"spearman": scores["spearman"], "of": scores["found"]}
    return figures


def test_name(path):
    return os.path.splitext(os.path.basename(path))[0]


def loadavg():
    return [round(x, 2) for x in os.getloadavg()]


def system_ticks():
    """Clock ticks that any process, or the host, took from all cores together; None if unknown."""
    try:
        with open("/proc/stat") as file:
            user, nice, system, _idle, _iowait, irq, soft, steal = map(int, file.readline().split()[1:9])
        return user + nice + system + irq + soft + steal
    except (OSError, ValueError):
        return None


# -------------------------------------------------------------------------- corpus, machine, table


def prepare(a, folder):
    """The slice that all programs read; bz2, xz and gz are told by their first bytes."""
    openers = {b"BZh": bz2.open, b"\xfd7zXZ": lzma.open, b"\x1f\x8b": gzip.open}
    with open(a.corpus, "rb") as file:
        head = file.read(6)
    opener = next((o for magic, o in openers.items() if head.startswith(magic)), open)
    digest, left, size = hashlib.sha256(), a.bytes, 0
    with opener(a.corpus, "rb") as source, open(os.path.join(folder, "corpus.txt"), "wb") as out:
        while left is None or left > 0:
            chunk = source.read(1 << 20 if left is None else min(left, 1 << 20))
            if not chunk:
                break
            digest.update(chunk)
            out.write(chunk)
            size += len(chunk)
            left = None if left is None else left - len(chunk)
    if left:
        print(f"the corpus has {size:,} bytes only, not {a.bytes:,}", file=sys.stderr)
    return {"file": os.path.basename(a.corpus), "bytes": size, "sha256": digest.hexdigest()}


def machine():
    """What a reader needs to know of the machine, and nothing that names its owner."""
    cpuinfo = read_text("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.M)
    flags = set((re.search(r"^flags\s*:\s*(.+)$", cpuinfo, re.M) or ["", ""])[1].split())
    memory = re.search(r"^MemTotal:\s*(\d+) kB", read_text("/proc/meminfo"), re.M)
    system = re.search(r'^PRETTY_NAME="?([^"\n]+)', read_text("/etc/os-release"), re.M)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": model[1] if model else platform.processor() or platform.machine(),
        "architecture": platform.machine(),
        "simd": [f for f in ("avx", "avx2", "fma", "avx512f", "avx512_bf16") if f in flags],
        "virtual": "hypervisor" in flags, "cores": cores,
        "memory_bytes": int(memory[1]) * 1024 if memory else None,
        "os": system[1] if system else platform.platform(), "kernel": platform.release(),
        "load_average_before": loadavg(),
    }


def read_text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def columns(row):
    """The table: header and one line of cells for each program, w2v first."""
    by_round = {}
    for run in row["runs"]:
        by_round.setdefault(run["round"], {})[run["program"]] = run
    tests = []
    for run in row["runs"]:
        tests += [t for t in run.get("quality", {}) if t not in tests and ", " not in t]

    def over_base(label, key, inverse=False):
        ratios = [r[label][key] / r[BASE][key] for r in by_round.values() if label in r and BASE in r]
        return statistics.median(1 / x if inverse else x for x in ratios) if ratios else None

    header = ["program", "k words/s", "min–max", "w2v ÷ it", "training s", "wall s", "it ÷ w2v",
              "CPU s", "it ÷ w2v", "peak MB", "others"] + tests
    body = []
    for program in row["programs"]:
        label = program["label"]
        runs = [r for r in row["runs"] if r["program"] == label]
        if not runs:
            continue
        speed = [r["words_per_second"] / 1e3 for r in runs]
        mid = lambda key: statistics.median(r[key] for r in runs)  # noqa: E731
        cells = [label, f"{statistics.median(speed):,.0f}", f"{min(speed):,.0f}–{max(speed):,.0f}",
                 ratio(over_base(label, "words_per_second", inverse=True)),
                 f"{mid('training_seconds'):.1f}",
                 f"{mid('wall_seconds'):.1f}", ratio(over_base(label, "wall_seconds")),
                 f"{mid('cpu_seconds'):.1f}", ratio(over_base(label, "cpu_seconds")),
                 f"{mid('peak_rss_bytes') / 1e6:,.0f}",
                 f"{mid('cores_busy_with_others'):.2f}" if "cores_busy_with_others" in runs[0] else "–"]
        for test in tests:
            scores = [r["quality"][test] for r in runs if test in r.get("quality", {})]
            values = [s.get("percent", s.get("spearman")) for s in scores]
            values = [v for v in values if v is not None]
            form = "{:.2f} %" if scores and "percent" in scores[0] else "{:.3f}"
            cells.append(form.format(statistics.median(values)) if values else "–")
        body.append(cells)
    return header, body


def ratio(value):
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def show(row, markdown):
    """The row for people: as Markdown that can be pasted, or aligned for a terminal."""
    p, m, corpus = row["parameters"], row["machine"], row["corpus"]
    header, body = columns(row)
    rounds = len({r["round"] for r in row["runs"]})
    memory = f", {m['memory_bytes'] / 2**30:.0f} GiB" if m["memory_bytes"] else ""
    tokens = f"{corpus['tokens']:,} tokens, {corpus['vocabulary']:,} words" if "tokens" in corpus else ""
    others = [r["cores_busy_with_others"] for r in row["runs"] if "cores_busy_with_others" in r]
    busy = max(others, default=0) > BUSY
    about = [
        f"{row['date']} · skip-gram, dim {p['dim']}, window {p['window']}, {p['negative']} negatives, "
        f"sample {p['sample']}, min-count {p['min_count']}, lr {p['lr']}, {p['epochs']} epoch(s), "
        f"{p['threads']} thread(s); {rounds} round(s) in turns",
        f"{corpus['file']}, {corpus['bytes']:,} bytes: {tokens}",
        f"{m['cpu']}, {m['cores']} cores{memory}{', virtual' if m['virtual'] else ''}, {m['os']}, "
        f"kernel {m['kernel']}; load {m['load_average_before'][0]} before",
        "Versions: " + "; ".join(f"{x['label']} = {x['version'] or '?'}"
                                 + (f" {' '.join(x['arguments'])}" if x["arguments"] else "")
                                 for x in row["programs"]),
    ]
    more = {(r["program"], r["threads"], r["pinned_to_cores"])
            for r in row["runs"] if r["threads"] != p["threads"]}
    about += [f"{who} ran {n} threads, which its initialisation needs" + (f", on {k} core(s)" if k else "")
              for who, n, k in sorted(more, key=str)]
    about += [f"NOT QUIET: others kept up to {max(others):.2f} cores busy in a run (column \"others\"): words/s "
              "and wall seconds do not compare programs here; CPU seconds do, roughly"] if busy else []
    about += [f"Left out: {label}: {why}" for label, why in row["failed"].items()]
    about += ["Interrupted: not all rounds are there"] if row["interrupted"] else []
    about += [f"Note: {row['note']}"] if row["note"] else []
    if markdown:
        lines = [f"- {text}" for text in about] + [""]
        rule = ["---"] + ["--:"] * (len(header) - 1)
        lines += ["| " + " | ".join(cells) + " |" for cells in [header, rule, *body]]
    else:
        widths = [max(len(cells[i]) for cells in [header, *body]) for i in range(len(header))]
        lines = about + [""]
        for cells in [header, *body]:
            padded = [c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths))]
            lines.append("  ".join(padded))
    return "\n".join(lines)


# -------------------------------------------------------------------------------------------- main


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("corpus", nargs="?", help="text, a sentence a line, words between spaces; bz2, xz, gz too")
    p.add_argument("--bytes", type=int, metavar="N", help="only the first N bytes of the text")
    p.add_argument("--dim", type=int, default=100)
    p.add_argument("--window", type=int, default=5)
    p.add_argument("--negative", type=int, default=5)
    p.add_argument("--sample", default="1e-4")
    p.add_argument("--min-count", type=int, default=5)
    p.add_argument("--epochs", type=int, default=1)
    p.add_argument("--lr", default="0.025")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seed", type=int, default=1, help="of the first round; each round adds one")
    p.add_argument("--w2v", default=os.path.join(HERE, "..", "target", "release", "w2v"), metavar="PATH")
    p.add_argument("--variant", action="append", default=[], metavar="NAME=FLAGS",
                   help="also w2v with more flags, e.g. 'pair=--engine pair'; may be repeated")
    p.add_argument("--peer", action="append", default=[], metavar="KIND[:LABEL]=PATH",
                   help="a program of kind word2vec, pword2vec, fasttext (its program or a Python "
                        "that has it), gensim (a Python that has it); may be repeated")
    p.add_argument("--without", action="append", default=[], metavar="KIND", help="leave a peer out")
    p.add_argument("--python", default=sys.executable, metavar="PATH",
                   help="the Python in which gensim, fasttext and word2vec are looked for")
    p.add_argument("--analogies", action="append", default=[], metavar="FILE")
    p.add_argument("--pairs", nargs="+", action="extend", default=[], metavar="FILE")
    p.add_argument("--restrict-vocab", type=int, default=30000)
    p.add_argument("--quality", choices=["each", "first", "none"], default="each",
                   help="judge each run's vectors, the first of each program, or none")
    p.add_argument("--timeout", type=float, default=7200, metavar="S", help="of a single training")
    p.add_argument("--work", metavar="DIR", help="where the temporary folder is made [the system's]")
    p.add_argument("--ledger", default=os.path.join(HERE, "ledger"), metavar="DIR")
    p.add_argument("--note", default="", help="a sentence for the row, such as the peers' compile flags")
    p.add_argument("--markdown", action="store_true", help="print Markdown")
    p.add_argument("--from", dest="row", metavar="FILE", help="run nothing: print a row of the ledger")
    a = p.parse_args()
    if not a.row:
        if not a.corpus:
            p.error("no corpus")
        if a.quality != "none" and not a.analogies + a.pairs:
            p.error("no --analogies or --pairs to judge the vectors; speed alone needs --quality none")
        for file in [a.corpus, *a.analogies, *a.pairs]:
            if not os.path.isfile(file):
                p.error(f"{file}: no such file")
        a.analogies, a.pairs = ([os.path.abspath(f) for f in files] for files in (a.analogies, a.pairs))
    return a


def run_rounds(a, row, programs, folder):
    """Fills the row, run by run, so that whatever stops this leaves what there is."""
    tokens = None
    for turn in range(a.rounds):
        for program in programs:
            label = program["label"]
            if label in row["failed"]:
                continue
            print(f"round {turn + 1} of {a.rounds}: {label}", end=" … ", file=sys.stderr, flush=True)
            try:
                run, vectors = measure(program, a, a.seed + turn, folder, tokens)
                if a.quality == "each" or (a.quality == "first" and turn == 0):
                    run["quality"] = judge(a, vectors, folder)
                os.remove(vectors)
            except (Failed, OSError) as error:
                print(f"FAILED: {error}", file=sys.stderr)
                row["failed"][label] = re.sub(r"(/[^\s/:'\"]+)+/", "", str(error))  # no one's folders
                if label == BASE:
                    return
                continue
            if tokens is None:  # w2v comes first, and says what T is for all of them
                tokens = run["encoded"]
                row["corpus"].update(tokens=tokens, vocabulary=run["vocabulary"])
            row["runs"].append({"round": turn + 1, **run})
            print(f"{run['words_per_second'] / 1e3:,.0f} k words/s, {run['wall_seconds']:.1f} s", file=sys.stderr)


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    if sys.argv[1:2] == ["--drive"]:
        return drive(sys.argv[2], json.loads(sys.argv[3]))
    a = arguments()
    if a.row:
        print(show(json.loads(read_text(a.row)), a.markdown))
        return None
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs ignore the first
        signal.signal(number, interrupt)
    programs = find_programs(a)
    a.w2v = programs[0]["path"]
    now = datetime.datetime.now().astimezone()
    keys = ("dim", "window", "negative", "sample", "min_count", "epochs", "lr", "threads", "rounds", "seed",
            "restrict_vocab", "quality")
    row = {
        "date": now.strftime("%Y-%m-%d %H:%M"),
        "commit": first_line(["git", "-C", HERE, "rev-parse", "--short", "HEAD"]), "machine": machine(), "note": a.note,
        "parameters": {key: getattr(a, key) for key in keys},
        "tests": [os.path.basename(f) for f in a.analogies + a.pairs],
        "programs": [{key: p[key] for key in ("label", "kind", "version", "arguments")} for p in programs],
        "failed": {}, "interrupted": False, "runs": [],
    }
    with tempfile.TemporaryDirectory(prefix="side-by-side-", dir=a.work) as folder:
        try:
            row["corpus"] = prepare(a, folder)
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            row["machine"]["peak_rss_of_this_script_bytes"] = own * (1 if sys.platform == "darwin" else 1024)
            run_rounds(a, row, programs, folder)
        except KeyboardInterrupt:
            row["interrupted"] = True
            print("interrupted", file=sys.stderr)
    if row["runs"]:
        os.makedirs(a.ledger, exist_ok=True)
        name = f"{now:%Y-%m-%d-%H%M%S}-dim{a.dim}-{a.threads}t.json"
        with open(os.path.join(a.ledger, name), "x") as file:
            json.dump(row, file, indent=1, ensure_ascii=False)
            file.write("\n")
        print(show(row, a.markdown))
        print(f"\nwrote {name} in the ledger", file=sys.stderr)
    if row["interrupted"]:
        return 130
    return 1 if BASE in row["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
