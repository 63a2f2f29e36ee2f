#!/usr/bin/env python3
"""The thread pool against its peers: executors.py PROGRAM CSV [ROUNDS]. Part A of the benchmarks.

Each figure is a process of its own. Ours records everything; `ours-unrecorded` has no log.
"""
import concurrent.futures
import os
import subprocess
import sys
import time

from table import print_table

MILLION = 1_000_000


def cpython(tasks, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        start = time.perf_counter_ns()
        futures = [pool.submit(int) for _ in range(tasks)]
        for future in futures:
            future.result()
        print((time.perf_counter_ns() - start) / tasks)


def key(peer, case, tasks, workers, pinned=False):
    return peer, case, tasks, workers, pinned


OURS = key("ours", "submit", MILLION, 2)
OURS_64 = key("ours", "submit", MILLION, 64)
FLAT = key("ours", "flat", MILLION, 2)
TREE = key("ours", "tree", MILLION, 2)
TRIP, PINNED = key("ours", "trip", 20_000, 1), key("ours", "trip", 20_000, 1, True)
FUTEX, FUTEX_PINNED = key("futex", "trip", 20_000, 1), key("futex", "trip", 20_000, 1, True)
NAIVE_BYTES = key("naive", "bytes", MILLION, 2)
ROWS = [
    ("T1 naive / ours", "≥ 4", "≥ 8", key("naive", "submit", MILLION, 2), OURS, 0, "ratio"),
    ("T2 asio / ours", "≥ 2.5", "≥ 4", key("asio", "submit", MILLION, 2), OURS, 0, "ratio"),
    ("T2 tbb / ours", "≥ 2", "≥ 3", key("tbb", "submit", MILLION, 2), OURS, 0, "ratio"),
    ("T2 qthreadpool / ours", "≥ 2.5", "≥ 4", key("qthreadpool", "submit", MILLION, 2), OURS, 0, "ratio"),
    ("T3 cpython / ours", "≥ 50", "≥ 100", key("cpython", "submit", 100_000, 2), OURS, 0, "ratio"),
    ("T4 naive / ours, 64 workers", "≥ 6", "≥ 12", key("naive", "submit", 300_000, 64), OURS_64, 0, "ratio"),
    ("T4 ours 64 / ours 2 workers", "≤ 5", "≤ 3.5", OURS_64, OURS, 0, "ratio"),
    ("T5 flat naive / ours", "≥ 1.5", "≥ 2.5", key("naive", "flat", MILLION, 2), FLAT, 0, "ratio"),
    ("T5 tree naive / ours", "≥ 0.8", "", key("naive", "tree", MILLION, 2), TREE, 0, "ratio"),
    ("T5 tree tbb::task_group / ours", "", "≥ 0.8", key("tbb-group", "tree", MILLION, 2), TREE, 0, "ratio"),
    ("T6 p50 ours / futex, pinned", "≤ 1.3", "≤ 1.15", PINNED, FUTEX_PINNED, 0, "ratio"),
    ("T6 p99 ours / futex, pinned", "≤ 2.5", "≤ 1.7", PINNED, FUTEX_PINNED, 1, "ratio"),
    ("T7 p50 ours / futex", "≤ 1.15", "≤ 0.5", TRIP, FUTEX, 0, "ratio"),
    ("T8 bytes ours / naive", "≤ 0.75", "≤ 0.5", key("ours-unrecorded", "bytes", MILLION, 2), NAIVE_BYTES, 0, "ratio"),
    ("   the same, its event included", "", "", key("ours", "bytes", MILLION, 2), NAIVE_BYTES, 0, "ratio"),
    ("T9 recorded / not, submit", "≤ 1.25", "≤ 1.15", OURS, key("ours-unrecorded", "submit", MILLION, 2), 0, "ratio"),
    ("T9 recorded − not, flat, ns", "≤ 25", "≤ 15", FLAT, key("ours-unrecorded", "flat", MILLION, 2), 0, "difference"),
]


def main():
    if sys.argv[1:2] == ["--cpython"]:
        return cpython(int(sys.argv[2]), int(sys.argv[3]))
    program, target = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5

    def run(figure):
        peer, case, tasks, workers, pinned = figure
        words = [case, str(tasks), str(workers)]
        if peer == "cpython":
            words = [sys.executable, __file__, "--cpython", *words[1:]]
        elif peer == "qthreadpool":
            words = [os.path.join(os.path.dirname(program), "bench_qthreadpool"), *words]
        else:
            words = [program, peer, *words]
        out = subprocess.run((["taskset", "-c", "0"] if pinned else []) + words, check=True, capture_output=True,
                             text=True)
        return [float(x) for x in out.stdout.split()]

    print_table(ROWS, run, target, rounds)


main()
