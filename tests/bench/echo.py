#!/usr/bin/env python3
"""Rounds and ratios of the echo server against its peers: echo.py PROGRAM CSV [ROUNDS [SECONDS]].

Server and load are processes of their own; the rounds are interleaved; a ratio is the median of the rounds' ratios
(min – max). Ours always records.
"""
import asyncio
import csv
import os
import socket
import statistics
import subprocess
import sys
import threading
import time


# --- the peers in Python

def tutorial(backlog):
    """The tutorial's server, but that it ends a conversation whose client has left."""
    def conn_data(conn):
        while True:
            try:
                data = conn.recv(1024)
                if not data:
                    return conn.close()
                conn.send(data.upper())
            except OSError:
                return conn.close()

    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", 0))
    server.listen(backlog)
    print(server.getsockname()[1], flush=True)

    def accept():
        while True:
            conn, _ = server.accept()
            threading.Thread(target=conn_data, args=(conn,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    until_end()


class Upper(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data.upper())


def with_asyncio():
    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Upper, "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, until_end)
    asyncio.run(main())


def until_end():
    import resource
    sys.stdin.read()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(int(used.ru_utime * 1e9), int(used.ru_stime * 1e9), 0, flush=True)
    os._exit(0)


# --- measuring

class Server:
    def __init__(self, command, pinned=False):
        self.process = subprocess.Popen((["taskset", "-c", "0"] if pinned else []) + command, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        figures = [int(x) for x in self.process.stdout.readline().split()]
        self.process.wait()
        return figures


def figures_of(command, pinned=False):
    out = subprocess.run((["taskset", "-c", "0"] if pinned else []) + command, check=True, capture_output=True,
                         text=True).stdout
    return [float(x) for x in out.split()]


def servers(program, clients):
    ours = {mode: [program, "serve", mode, "2"] for mode in ("inline", "reactor", "thread-per-connection")}
    for mode in ("thread-pool", "process-pool"):
        ours[mode] = [program, "serve", mode, str(max(clients, 2))]  # a worker for each client
    return ours | {
        "plain C++": [program, "plain"],
        "asio 1": [program, "asio", "1"],
        "asio 2": [program, "asio", "2"],
        "tutorial": [sys.executable, __file__, "--tutorial", "1024"],
        "asyncio": [sys.executable, __file__, "--asyncio"],
    }


def memory_of(pid):
    """KiB that a process and its children have, what they share counted once (PSS)"""
    total = 0
    with open(f"/proc/{pid}/smaps_rollup") as file:
        total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        children = file.read().split()
    for task in os.listdir(f"/proc/{pid}/task"):
        if task != str(pid):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children += file.read().split()
    return total + sum(memory_of(child) for child in children)


def load(program, command, clients, size, seconds):
    """requests a second, p50 ns, p99 ns, user and all ns a request, kernel's share of the server's time, KiB a
    connection (with what the server records meanwhile), dropped events"""
    server = Server(command)
    before = memory_of(server.process.pid)
    asking = subprocess.Popen([program, "load", server.port, str(clients), str(size), str(seconds)], text=True,
                              stdout=subprocess.PIPE)
    time.sleep(seconds / 2)
    memory = (memory_of(server.process.pid) - before) / clients
    rate, p50, p99, replies, errors = [float(x) for x in asking.communicate()[0].split()]
    user, system, dropped = server.end()
    if errors:
        print(f"  {int(errors)} errors with {' '.join(command[-3:])} at {clients}", file=sys.stderr)
    replies = max(replies, 1)
    return {"rate": rate, "p50": p50, "p99": p99, "user": user / replies, "cpu": (user + system) / replies,
            "kernel": system / max(user + system, 1), "memory": memory, "dropped": dropped}


def trip(program, command):
    server = Server(command, pinned=True)
    p50, _ = figures_of([program, "trip", server.port, "20000"], pinned=True)
    server.end()
    return {"p50": p50}


def burst(program, command):
    server = Server(command)
    nanoseconds, = figures_of([program, "burst", server.port, "1000"])
    server.end()
    return {"ms": nanoseconds / 1e6}


RATIOS = [  # name, must, figure, above, below
    ("E1 inline / asio 1, 64", "≥ 0.95", "rate", ("inline", 64, 16), ("asio 1", 64, 16)),
    ("E1 inline / asio 1, 1000", "≥ 0.95", "rate", ("inline", 1000, 16), ("asio 1", 1000, 16)),
    ("E2 reactor pool(2) / asio 2, 64", "≥ 0.9", "rate", ("reactor", 64, 16), ("asio 2", 64, 16)),
    ("E2 reactor pool(2) / asio 2, 1000", "≥ 0.9", "rate", ("reactor", 1000, 16), ("asio 2", 1000, 16)),
    ("E3 thread a conn. / plain C++, 64", "≥ 0.95", "rate", ("thread-per-connection", 64, 16), ("plain C++", 64, 16)),
    ("   thread a conn. / plain C++, 1000", "", "rate", ("thread-per-connection", 1000, 16), ("plain C++", 1000, 16)),
    ("E3 thread a conn. / tutorial, 64", "≥ 1.3", "rate", ("thread-per-connection", 64, 16), ("tutorial", 64, 16)),
    ("E3 thread a conn. / tutorial, 1000", "≥ 2", "rate", ("thread-per-connection", 1000, 16), ("tutorial", 1000, 16)),
    ("   reactor / asyncio, 64", "", "rate", ("reactor", 64, 16), ("asyncio", 64, 16)),
    ("   thread-pool / tutorial, 64", "", "rate", ("thread-pool", 64, 16), ("tutorial", 64, 16)),
    ("   process-pool / tutorial, 64", "", "rate", ("process-pool", 64, 16), ("tutorial", 64, 16)),
    ("   reactor / asio 2, 64, 1 KiB", "", "rate", ("reactor", 64, 1024), ("asio 2", 64, 1024)),
    ("E5 thread a conn. / blocking, pinned", "≤ 1.25", "p50", ("thread-per-connection", "trip"), ("plain C++", "trip")),
]
FIGURES = [  # name, must, figure, of
    ("E4 user ns a request, thread a conn.", "≤ 1000", "user", ("thread-per-connection", 64, 16)),
    ("E4 kernel's share, thread a conn.", "≥ 0.85", "kernel", ("thread-per-connection", 64, 16)),
    ("E4 user ns a request, reactor", "≤ 1000", "user", ("reactor", 64, 16)),
    ("E4 kernel's share, reactor", "≥ 0.85", "kernel", ("reactor", 64, 16)),
    ("E6 1000 connects answered, ms, reactor", "≤ 1000", "ms", ("reactor", "burst")),
    ("E6 the same, thread a conn.", "≤ 1000", "ms", ("thread-per-connection", "burst")),
]


MATRIX = [(server, clients, size)
          for server in ("thread-per-connection", "thread-pool", "process-pool", "reactor", "tutorial", "asyncio", "asio 2")
          for clients in (1, 64, 1000) for size in (16, 1024)
          if (server, clients) != ("process-pool", 1000)]  # a thousand processes are nobody's server


def main():
    if sys.argv[1:2] == ["--tutorial"]:
        return tutorial(int(sys.argv[2]))
    if sys.argv[1:2] == ["--asyncio"]:
        return with_asyncio()
    program, target = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 1
    keys = list(dict.fromkeys([key for row in RATIOS for key in row[3:5]] + [row[3] for row in FIGURES] + MATRIX))
    measured = []
    for _ in range(rounds):
        figures = {}
        for key in keys:
            command = servers(program, key[1] if isinstance(key[1], int) else 2)[key[0]]
            if key[1] == "trip":
                figures[key] = trip(program, command)
            elif key[1] == "burst":
                figures[key] = burst(program, command)
            else:
                figures[key] = load(program, command, key[1], key[2], seconds)
        measured.append(figures)
    median = lambda key, name: statistics.median(f[key][name] for f in measured)
    with open(target, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["quantity", "must", "median", "min", "max", "above", "below"])
        print(f"{'quantity':40} {'must':>7} {'median':>8} {'min – max':>17}   above / below")
        for name, must, figure, above, below in RATIOS:
            ratios = [f[above][figure] / f[below][figure] for f in measured]
            row = [statistics.median(ratios), min(ratios), max(ratios), median(above, figure), median(below, figure)]
            out.writerow([name.strip(), must, *row])
            print(f"{name:40} {must:>7} {row[0]:8.2f} {row[1]:8.2f} –{row[2]:7.2f}   {row[3]:.0f} / {row[4]:.0f}")
        for name, must, figure, of in FIGURES:
            values = [f[of][figure] for f in measured]
            row = [statistics.median(values), min(values), max(values)]
            out.writerow([name, must, *row, "", ""])
            print(f"{name:40} {must:>7} {row[0]:8.2f} {row[1]:8.2f} –{row[2]:7.2f}")
        out.writerow([])
        names = ("rate", "p50", "p99", "user", "cpu", "kernel", "memory", "dropped")
        out.writerow(["server", "clients", "bytes", "requests/s", "p50_ns", "p99_ns", "user_ns", "cpu_ns", "kernel",
                      "KiB_a_connection", "dropped"])
        print(f"\n{'server':24} {'clients':>7} {'bytes':>6} {'requests/s':>10} {'p50 µs':>8} {'p99 µs':>8} {'user ns':>8}"
              f" {'CPU ns':>8} {'kernel':>6} {'KiB':>8} {'dropped':>8}")
        for key in sorted((k for k in keys if isinstance(k[1], int)), key=lambda k: (k[2], k[1])):
            row = [median(key, n) for n in names]
            out.writerow([*key, *row])
            print(f"{key[0]:24} {key[1]:7} {key[2]:6} {row[0]:10.0f} {row[1] / 1e3:8.0f} {row[2] / 1e3:8.0f} {row[3]:8.0f}"
                  f" {row[4]:8.0f} {row[5]:6.2f} {row[6]:8.1f} {row[7]:8.0f}")


main()
