#!/usr/bin/env python3
"""Rounds and ratios of the thread pool against its peers: executors.py PROGRAM CSV [ROUNDS].

Each figure is a process of its own; the rounds are interleaved; a ratio is the median of the rounds' ratios (min – max).
"""
import concurrent.futures
import csv
import statistics
import subprocess
import sys
import time


def run(program, peer, case, tasks, workers, pinned=False):
    if peer == "cpython":
        out = subprocess.run([sys.executable, __file__, "--cpython", str(tasks), str(workers)],
                             check=True, capture_output=True, text=True).stdout
    else:
        pin = ["taskset", "-c", "0"] if pinned else []
        out = subprocess.run(pin + [program, peer, case, str(tasks), str(workers)],
                             check=True, capture_output=True, text=True).stdout
    return [float(x) for x in out.split()]


def cpython(tasks, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        start = time.perf_counter_ns()
        futures = [pool.submit(int) for _ in range(tasks)]
        for future in futures:
            future.result()
        print((time.perf_counter_ns() - start) / tasks)


# name, must, (peer, case, tasks, workers, pinned) above the line and below it, which figure; a ratio of times a task
MILLION = 1_000_000
ROWS = [
    ("T1 naive / ours", "≥ 4", ("naive", "submit", MILLION, 2), ("ours", "submit", MILLION, 2), 0),
    ("T2 asio / ours", "≥ 2.5", ("asio", "submit", MILLION, 2), ("ours", "submit", MILLION, 2), 0),
    ("T2 tbb / ours", "≥ 2", ("tbb", "submit", MILLION, 2), ("ours", "submit", MILLION, 2), 0),
    ("T3 cpython / ours", "≥ 50", ("cpython", "submit", 100_000, 2), ("ours", "submit", MILLION, 2), 0),
    ("T4 naive / ours at 64", "≥ 6", ("naive", "submit", 300_000, 64), ("ours", "submit", 300_000, 64), 0),
    ("T4 ours 64 / ours 2", "≤ 5", ("ours", "submit", 300_000, 64), ("ours", "submit", MILLION, 2), 0),
    ("T5 flat naive / ours", "≥ 1.5", ("naive", "flat", MILLION, 2), ("ours", "flat", MILLION, 2), 0),
    ("T6 p50 ours / futex, pinned", "≤ 1.3", ("ours", "trip", 20_000, 1, True), ("futex", "trip", 20_000, 1, True), 0),
    ("T6 p99 ours / futex, pinned", "≤ 2.5", ("ours", "trip", 20_000, 1, True), ("futex", "trip", 20_000, 1, True), 1),
    ("T7 p50 ours / futex", "≤ 1.15", ("ours", "trip", 20_000, 1), ("futex", "trip", 20_000, 1), 0),
    ("T9 recorded / not", "≤ 1.25", ("ours", "submit", MILLION, 2), ("ours-unrecorded", "submit", MILLION, 2), 0),
]


def main():
    if sys.argv[1:2] == ["--cpython"]:
        return cpython(int(sys.argv[2]), int(sys.argv[3]))
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
        out.writerow(["quantity", "must", "median", "min", "max", "above_ns", "below_ns"])
        print(f"{'quantity':30} {'must':>7} {'median':>8} {'min – max':>17}   ns above / below")
        for name, must, above, below, i in ROWS:
            ratios = [f[above][i] / f[below][i] for f in measured]
            a = statistics.median(f[above][i] for f in measured)
            b = statistics.median(f[below][i] for f in measured)
            out.writerow([name, must, statistics.median(ratios), min(ratios), max(ratios), a, b])
            print(f"{name:30} {must:>7} {statistics.median(ratios):8.2f} {min(ratios):8.2f} –{max(ratios):7.2f}"
                  f"   {a:.0f} / {b:.0f}")


main()
