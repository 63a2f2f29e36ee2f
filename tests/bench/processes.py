#!/usr/bin/env python3
"""Rounds and ratios of the process pool against CPython's and a raw socketpair: processes.py PROGRAM CSV [ROUNDS].

Each figure is a process of its own; the rounds are interleaved; a ratio is the median of the rounds' ratios (min – max).
Times are ns, memory is KiB.
"""
import concurrent.futures
import csv
import multiprocessing
import os
import statistics
import subprocess
import sys
import time


def same(x):
    return x


def answer():
    time.sleep(0.001)  # long enough that the other worker gets the other task
    return os.getpid()


def memory(pid):
    figures = {}
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            words = line.split()
            if words[0] in ("Pss:", "Private_Dirty:"):
                figures[words[0]] = int(words[1])
    print(figures["Pss:"], figures["Private_Dirty:"])


def cpython(what, count, workers):
    kind = "spawn" if what == "spawn" else "fork"
    now = time.perf_counter_ns
    born = now()
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(kind)) as pool:
        pids = [f.result() for f in [pool.submit(answer) for _ in range(workers)]]
        if what in ("fork", "spawn"):
            return print(now() - born)
        start = now()
        if what == "submit":
            for future in [pool.submit(same, i) for i in range(count)]:
                future.result()
            print((now() - start) / count)
        elif what in ("map1", "map100"):
            for _ in pool.map(same, range(count), chunksize=int(what[3:])):
                pass
            print((now() - start) / count)
        elif what == "trip":
            times = []
            for i in range(count):
                begin = now()
                pool.submit(same, i).result()
                times.append(now() - begin)
            times.sort()
            print(times[count // 2], times[count * 99 // 100])
        elif what == "memory":
            for i in range(count):
                pool.submit(same, i).result()
            memory(pids[0])


def run(program, peer, what, count, workers):
    command = [sys.executable, __file__, "--cpython"] if peer == "cpython" else [program, peer]
    pin = ["taskset", "-c", "0"] if what == "trip" else []
    out = subprocess.run(pin + command + [what, str(count), str(workers)], check=True, capture_output=True, text=True)
    return [float(x) for x in out.stdout.split()]


# name, must, above the line, below it, which figure: (peer, case, count, workers)
ROWS = [
    ("P1 submit, cpython / ours", "≥ 8", ("cpython", "submit", 10_000, 2), ("ours", "submit", 200_000, 2), 0),
    ("P2 map chunk 1, cpython / ours", "≥ 15", ("cpython", "map1", 10_000, 2), ("ours", "map1", 200_000, 2), 0),
    ("P2 map chunk 100, cpython / ours", "≥ 3", ("cpython", "map100", 300_000, 2), ("ours", "map100", 1_000_000, 2), 0),
    ("P3 pinned p50, ours / socketpair", "≤ 1.8", ("ours", "trip", 20_000, 1), ("socketpair", "trip", 20_000, 1), 0),
    ("P3 pinned p50, ours / cpython", "≤ 0.25", ("ours", "trip", 20_000, 1), ("cpython", "trip", 3_000, 1), 0),
    ("P4 start of 2, ours / cpython fork", "≤ 0.5", ("ours", "start", 2, 2), ("cpython", "fork", 2, 2), 0),
    ("P4 start of 2, ours / cpython spawn", "≤ 0.06", ("ours", "start", 2, 2), ("cpython", "spawn", 2, 2), 0),
    ("P5 worker PSS, ours / cpython", "≤ 0.4", ("ours", "memory", 100, 2), ("cpython", "memory", 100, 2), 0),
    ("P5 private dirty, ours / cpython", "≤ 0.4", ("ours", "memory", 100, 2), ("cpython", "memory", 100, 2), 1),
]


def main():
    if sys.argv[1:2] == ["--cpython"]:
        return cpython(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    program, target = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    measured = []
    for _ in range(rounds):
        figures = {}
        for row in ROWS:
            for key in row[2:4]:
                if key not in figures:
                    figures[key] = run(program, *key)
        measured.append(figures)
    with open(target, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["quantity", "must", "median", "min", "max", "above", "below"])
        print(f"{'quantity':36} {'must':>7} {'median':>8} {'min – max':>17}   above / below (ns, KiB)")
        for name, must, above, below, i in ROWS:
            ratios = [f[above][i] / f[below][i] for f in measured]
            a = statistics.median(f[above][i] for f in measured)
            b = statistics.median(f[below][i] for f in measured)
            out.writerow([name, must, statistics.median(ratios), min(ratios), max(ratios), a, b])
            print(f"{name:36} {must:>7} {statistics.median(ratios):8.2f} {min(ratios):8.2f} –{max(ratios):7.2f}"
                  f"   {a:.0f} / {b:.0f}")


if __name__ == "__main__":
    main()
