"""Rounds, ratios and the table of a part of the benchmarks.

A row is (name, must, aim, above, below, figure, kind): `above` and `below` name what is run, `figure` which of the
numbers it prints, and `kind` what is made of them: their ratio, their difference, or (below None) the number itself.
`must` and `aim` are texts such as "≥ 4" or "≤ 1.25". The rounds are interleaved: every figure is taken once a round.
"""
import csv
import statistics
import sys


def holds(limit, value):
    if not limit:
        return True
    sign, number = limit.split()
    return value >= float(number) if sign == "≥" else value <= float(number)


def made(row, figures):
    name, must, aim, above, below, i, kind = row
    if below is None:
        return figures[above][i]
    a, b = figures[above][i], figures[below][i]
    return a - b if kind == "difference" else a / b


def print_table(rows, run, target, rounds):
    """`run(key)` gives the numbers of one figure. Returns how many musts are missed."""
    measured = []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        figures = {}
        for row in rows:
            for key in row[3:5]:
                if key is not None and key not in figures:
                    figures[key] = run(key)
        measured.append(figures)
    missed = 0
    with open(target, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["quantity", "must", "aim", "median", "min", "max", "above", "below", "verdict"])
        print(f"{'quantity':34} {'must':>7} {'aim':>7} {'median':>8} {'min – max':>17}  {'above / below':>19}")
        for row in rows:
            name, must, aim, above, below, i, kind = row
            values = [made(row, figures) for figures in measured]
            median = statistics.median(values)
            a = statistics.median(figures[above][i] for figures in measured)
            b = statistics.median(figures[below][i] for figures in measured) if below else None
            verdict = ("" if not must and not aim else "aim" if aim and holds(aim, median) else
                   "" if not must else "must" if holds(must, median) else "MISSED")
            missed += verdict == "MISSED"
            out.writerow([name, must, aim, median, min(values), max(values), a, b, verdict])
            beside = f"{a:.5g} / {b:.5g}" if b is not None else ""
            print(f"{name:34} {must:>7} {aim:>7} {median:8.2f} {min(values):8.2f} –{max(values):7.2f}  {beside:>19}  "
                  f"{verdict}")
    print(f"{target}: {len(rows)} quantities, {rounds} rounds, {missed} musts missed")
    return missed
