#!/usr/bin/env python3
"""What recording costs: events.py PROGRAM CSV [ROUNDS]. Part D of the benchmarks."""
import subprocess
import sys

from table import print_table

MILLION = 1_000_000
ROWS = [
    ("T10 event / bare stamp", "≤ 1.5", "≤ 1.2", ("event", 10 * MILLION), ("stamp", 10 * MILLION), 0, "ratio"),
    ("T10 events lost, 10⁶ tasks", "≤ 0", "≤ 0", ("burst", MILLION), None, 0, "value"),
    ("   mutex + vector + clock / event", "", "", ("mutex", MILLION), ("event", 10 * MILLION), 0, "ratio"),
    ("   drained, one thread, ns an event", "", "", ("drained", 10 * MILLION), None, 0, "value"),
]


def main():
    program, target = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5

    def run(key):
        out = subprocess.run([program, *map(str, key)], check=True, capture_output=True, text=True)
        return [float(x) for x in out.stdout.split()]

    print_table(ROWS, run, target, rounds)


main()
