#!/usr/bin/env python3
"""What `run --trace` writes, read by Python's own JSON module: recording.py POOLSCOPE CLAIM.

A claim is a function below. Nothing here waits on a guess: waiting is reading a line, or the end of a process.
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
FOLDER = tempfile.TemporaryDirectory()
FILE = os.path.join(FOLDER.name, "run.pooltrace.json")


def run(*words, limit=None):
    lower = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
    return subprocess.run([PROGRAM, "run", *words, "--trace", FILE], capture_output=True, text=True, timeout=60,
                          preexec_fn=lower, env={**os.environ, "LC_ALL": "C.UTF-8"})


def events(path=FILE):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.splitlines()
    assert lines[0] == "[", lines[0]
    for line in lines[1:]:
        if line.strip() not in ("]", ""):
            json.loads(line.rstrip(","))  # one event a line
    return json.loads(text if text.rstrip().endswith("]") else text + "]")


def of(all_events, phase, category=None, name=None):
    return [e for e in all_events if e["ph"] == phase and (category is None or e.get("cat") == category)
            and (name is None or e["name"] == name)]


def check_lines(all_events, tasks, workers):
    runs = {e["args"]["task"]: e for e in of(all_events, "X", "task")}
    begins = {e["id"]: e for e in of(all_events, "b", "queue")}
    ends = {e["id"]: e for e in of(all_events, "e", "queue")}
    submits = {e["id"]: e for e in of(all_events, "s")}
    arrivals = {e["id"]: e for e in of(all_events, "f")}
    slices = of(all_events, "X", "submit")
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in of(all_events, "M", name="thread_name")}
    assert len(begins) == tasks and len(ends) == tasks, (len(begins), len(ends))
    for task, end in ends.items():
        assert begins[task]["ts"] <= end["ts"]
        assert begins[task]["name"] == end["name"] and begins[task]["pid"] == end["pid"]
        assert (task in runs) != (end["args"].get("state") == "cancelled"), end
    for task, span in runs.items():
        assert span["args"]["state"] == "ok", span
        assert span["ts"] >= ends[task]["ts"] and span["dur"] >= 0
        assert names[(span["pid"], span["tid"])].startswith("ThreadPoolExecutor-"), span
        assert arrivals[task]["ts"] == span["ts"] and arrivals[task]["tid"] == span["tid"]
        leave = submits[task]
        assert any(s["pid"] == leave["pid"] and s["tid"] == leave["tid"] and
                   s["ts"] <= leave["ts"] <= s["ts"] + s["dur"] for s in slices), leave
        assert leave["ts"] <= arrivals[task]["ts"]
        assert "main thread" == names[(leave["pid"], leave["tid"])]
    for lane in {(e["pid"], e["tid"]) for e in runs.values()}:  # one task a worker
        mine = sorted((e["ts"], e["ts"] + e["dur"]) for e in runs.values() if (e["pid"], e["tid"]) == lane)
        assert all(a[1] <= b[0] + 0.0011 for a, b in zip(mine, mine[1:])), lane
    sizes = [e["args"]["value"] for e in of(all_events, "C", name="pool size")]
    assert sizes and max(sizes) == workers, sizes
    depths = [e["args"]["value"] for e in of(all_events, "C", name="queue depth")]
    assert depths[-1] == 0 and max(depths) >= 1, depths
    busy = [e["args"]["value"] for e in of(all_events, "C", name="busy")]
    assert busy[-1] == 0 and (1 if runs else 0) <= max(busy) <= workers, busy
    ours = of(all_events, "i", "poolscope")
    assert [e["args"]["q"] for e in ours] == list(range(len(ours)))
    assert all(a["ts"] <= b["ts"] for a, b in zip(ours, ours[1:]))
    assert sum(e["name"] == "Submitted" for e in ours) == tasks
    return runs


def aRunWithTraceIsAWholeChromeTrace():
    done = run("thread-pool", "--speed", "50", "--seed", "1")
    assert done.returncode == 0 and not done.stderr, done
    assert len(done.stdout.splitlines()) == 11
    with open(FILE) as file:
        assert file.read().endswith("\n]\n")
    runs = check_lines(events(), tasks=10, workers=4)
    assert len(runs) == 10
    pids = {e["pid"] for e in runs.values()}
    assert {line.split()[-1] for line in done.stdout.splitlines()[:-1]} == {str(p) for p in pids}
    assert len({e["tid"] for e in runs.values()}) == 4 and pids.isdisjoint({e["tid"] for e in runs.values()})
    assert len(of(events(), "X", "blocked", "sleeping")) == 10


def cancelledTasksSayItWhereTheirWaitEnds():
    run("thread-pool", "--speed", "10", "--tasks", "30", "--workers", "2", "--cancel-futures")
    assert len(check_lines(events(), tasks=30, workers=2)) < 30


def aRunThatIsKilledLeavesAReadableFileWithItsRunningTasks():
    with subprocess.Popen([PROGRAM, "run", "thread-pool", "--tasks", "8", "--workers", "2", "--speed", "0.01", "--trace",
                           FILE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout.readline() and child.stdout.readline()  # two tasks run, for minutes
            limit = time.monotonic() + 30  # promised is a second; the limit is for a loaded machine
            started = 0
            while started < 2 and time.monotonic() < limit:
                try:
                    with open(FILE) as file:
                        started = file.read().count('"name":"Started"')
                except OSError:
                    pass
            assert started == 2, started
        finally:
            child.send_signal(signal.SIGKILL)
    all_events = events()
    ours = of(all_events, "i", "poolscope")
    assert sum(e["name"] == "Submitted" for e in ours) == 8
    assert sum(e["name"] == "Started" for e in ours) - sum(e["name"] == "Finished" for e in ours) == 2


def aFullDiskIsSaidAndTheRunGoesOn():
    done = run("thread-pool", "--speed", "50", "--tasks", "40", "--seed", "1", limit=10_000)
    assert done.returncode == 1, done
    assert len(done.stdout.splitlines()) == 41, done.stdout
    assert done.stderr.startswith("poolscope: --trace: " + FILE) and "File too large" in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert os.path.getsize(FILE) <= 10_000
    assert of(events(), "i", "poolscope")  # whole events up to there


def aPlaceThatCannotBeWrittenEndsWith1BeforeAnythingRuns():
    global FILE
    for FILE in (FOLDER.name, os.path.join(FOLDER.name, "none", "a.json"), "/proc/a.json"):
        done = run("thread-pool", "--speed", "50")
        assert done.returncode == 1 and not done.stdout and FILE in done.stderr, done
        assert len(done.stderr.splitlines()) == 1, done.stderr


claim = globals().get(sys.argv[2])
if claim is None:
    sys.exit("no claim " + sys.argv[2])
claim()
