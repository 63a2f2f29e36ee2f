#!/usr/bin/env python3
"""poolscope serve, chat and run as their users start them: commands.py POOLSCOPE CASE. A case is a function below,
named after its claim. Nothing sleeps on a guess: waiting is reading something, or the end of a process, with a limit."""
import concurrent.futures
import contextlib
import fcntl
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

POOLSCOPE = sys.argv[1]
MODES = ('thread-per-connection', 'thread-pool', 'process-pool', 'reactor')
LIMIT = 30  # s, of a wait that is not the claim
SANITIZED = b'__asan_init' in open(POOLSCOPE, 'rb').read()
started = []


def start(*words, **options):
    """The program; SIGINT and the like at their defaults, whatever started this test."""
    before = options.pop('before', None)

    def prepare():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        if before:
            before()

    options.setdefault('stdin', subprocess.DEVNULL)
    environment = {k: v for k, v in os.environ.items() if k not in ('DISPLAY', 'WAYLAND_DISPLAY', 'LC_ALL', 'LANG')}
    environment.update(options.pop('env', {}))
    process = subprocess.Popen([options.pop('program', POOLSCOPE), *words], preexec_fn=prepare, env=environment, **options)
    started.append(process)
    return process


def result(*words, **options):
    """(code, stdout, stderr) of a command that ends."""
    given = options.pop('input', None)
    process = start(*words, stdin=subprocess.PIPE if given is not None else options.pop('stdin', subprocess.DEVNULL),
                    stdout=options.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, **options)
    out, err = process.communicate(given, timeout=LIMIT)
    return process.returncode, out, err.decode()


def until(holds, what, limit=LIMIT):
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class Reader:
    """What a pipe gives, without blocking longer than its limit."""

    def __init__(self, pipe):
        self.fd, self.text = pipe if isinstance(pipe, int) else pipe.fileno(), b''
        self.ended = False

    def more(self, limit):
        if self.ended or not select.select([self.fd], [], [], max(limit, 0))[0]:
            return False
        try:
            got = os.read(self.fd, 65536)
        except OSError:  # a terminal whose other side has gone
            got = b''
        self.text += got
        self.ended = not got
        return bool(got)

    def find(self, pattern, limit=LIMIT, keep=False):
        end = time.monotonic() + limit
        while True:
            found = re.search(pattern.encode(), self.text, re.M)
            if found:
                if not keep:
                    self.text = self.text[found.end():]
                return found
            assert self.more(end - time.monotonic()), f'{pattern!r} did not come, but {self.text[-2000:]!r}'

    def finds(self, *patterns):
        """All of them, in any order."""
        for pattern in patterns:
            self.find(pattern, keep=True)

    def rest(self, limit=LIMIT):
        end = time.monotonic() + limit
        while self.more(end - time.monotonic()):
            pass
        return self.text


class Server:
    def __init__(self, *words, port='0', **options):
        options.setdefault('stderr', subprocess.PIPE)
        self.process = start('serve', '--port', port, *words, stdout=subprocess.PIPE, **options)
        self.out = Reader(self.process.stdout)
        self.err = Reader(self.process.stderr) if self.process.stderr else None
        self.port = int(self.out.find(r'^listening on (?:[^ ]*):(\d+)\n').group(1))

    def client(self, host='127.0.0.1'):
        return Client(self.port, host)

    def end(self, number=signal.SIGTERM, code=0, within=5.0):
        ends(self.process, number, code, within)
        assert self.out.rest() == b'', 'more on stdout than its one line'

    def says(self, pattern):
        """Asked again and again how it is, it comes to say this: what it counts may come a moment later."""
        end = time.monotonic() + LIMIT
        while True:
            self.process.send_signal(signal.SIGUSR1)
            if re.search(pattern, self.err.find(r'[^\n]* here: [^\n]*\n').group().decode()):
                return
            assert time.monotonic() < end, f'it does not say {pattern!r}'

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.process.pid}/fd'))


def ends(process, number, code, within):
    before = time.monotonic()
    process.send_signal(number)
    process.wait(LIMIT)
    took = time.monotonic() - before
    assert process.returncode == code, f'it ended with {process.returncode}, not {code}'
    assert took <= within + (5 if SANITIZED else 0.5), f'it took {took:.1f} s'


class Client:
    def __init__(self, port, host='127.0.0.1'):
        self.socket = socket.create_connection((host, port), LIMIT)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, count):
        got = b''
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            if not part:
                break
            got += part
        return got

    def ask(self, data=b'abc'):
        self.send(data)
        return self.receive(len(data))

    def rest(self):
        got = b''
        while part := self.socket.recv(65536):
            got += part
        return got

    def close(self):
        self.socket.close()


class Terminal:
    """The program at a terminal of its own; `out` is what the terminal shows."""

    def __init__(self, *words, **environment):
        ours, theirs = pty.openpty()
        environment.setdefault('TERM', 'xterm')
        environment.setdefault('HOME', tempfile.gettempdir())

        def own():
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        self.process = start(*words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, before=own)
        self.fd, self.theirs = ours, theirs
        self.out = Reader(ours)

    def prompt(self):
        """It asks for a line, and each key is its own: what is typed before has another meaning."""
        self.out.find('>>>:')
        until(lambda: not termios.tcgetattr(self.theirs)[3] & termios.ICANON, 'it does not edit lines')

    def type(self, text):
        os.write(self.fd, text if isinstance(text, bytes) else text.encode())

    def ended(self):
        self.process.wait(LIMIT)
        return self.process.returncode


@contextlib.contextmanager
def scratch():
    path = tempfile.mkdtemp()
    yield path
    shutil.rmtree(path, ignore_errors=True)


def full_pipe():
    """(ours, theirs): a pipe that takes no more and that nobody reads."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(theirs, bytes(4096))
    os.set_blocking(theirs, True)
    return ours, theirs


# --- signals, the terminal, the output


def anOutputThatNobodyReadsDoesNotOutliveASignal():
    ours, theirs = full_pipe()
    run = start('run', 'thread-pool', '--speed', '1000', stdout=theirs, stderr=subprocess.DEVNULL)
    until(lambda: len(os.listdir(f'/proc/{run.pid}/task')) > 2, 'it did not begin')
    ends(run, signal.SIGINT, 130, 5)
    run = start('run', 'process-pool', '--speed', '1000', stdout=theirs, stderr=subprocess.DEVNULL)
    until(lambda: len(os.listdir(f'/proc/{run.pid}/task')) > 2, 'it did not begin')
    ends(run, signal.SIGTERM, 143, 5)
    server = Server()
    chat = start('chat', '--port', str(server.port), stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.PIPE)
    chat.stdin.write(b'hello\n')
    chat.stdin.flush()
    server.says('1 client here: 1 served')
    chat.send_signal(signal.SIGTERM)
    chat.wait(LIMIT)
    assert chat.returncode in (0, 1), chat.returncode
    serve = start('serve', '--port', '0', stdout=theirs, stderr=subprocess.DEVNULL)
    until(lambda: any(open(f'/proc/{serve.pid}/task/{task}/comm').read() == 'echo accept\n'
                      for task in os.listdir(f'/proc/{serve.pid}/task')), 'it does not listen')
    ends(serve, signal.SIGTERM, 0, 5)
    server.end()
    os.close(ours)


def notesThatNobodyReadsMakeNobodyDeaf():
    ours, theirs = full_pipe()
    server = Server('--verbose', stderr=theirs)
    for _ in range(3000):  # more notes than are kept
        client = server.client()
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        client.close()
    assert server.client().ask() == b'ABC'
    server.end()
    os.close(ours)


def aFifoThatNobodyOpensDoesNotOutliveASignal():
    with scratch() as path:
        fifo = path + '/a.pooltrace.json'
        os.mkfifo(fifo)
        for words, code in ((('serve', '--port', '0'), 0), (('run', 'map'), 143)):
            process = start(*words, '--trace', fifo, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            tasks = f'/proc/{process.pid}/task'
            state = lambda: open(f'{tasks}/{process.pid}/stat').read().rsplit(')', 1)[1].split()[0]
            until(lambda: handles(process.pid, signal.SIGTERM) and len(os.listdir(tasks)) > 1 and state() == 'S',
                  'it does not wait for the FIFO')
            ends(process, signal.SIGTERM, code, 1)


def handles(pid, number):
    caught = re.search(r'^SigCgt:\s*(\w+)', open(f'/proc/{pid}/status').read(), re.M).group(1)
    return int(caught, 16) >> (number - 1) & 1


def aFifoThatNobodyReadsDoesNotOutliveASignal():
    with scratch() as path:
        fifo = path + '/a.pooltrace.json'
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        server = Server('--trace', fifo)
        for _ in range(400):  # more than the FIFO takes
            assert server.client().ask() == b'ABC'
        server.end(code=0)
        os.close(reader)


def aSecondSignalEndsItAtOnce():
    server = Server()
    client = server.client()
    client.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.socket.send(bytes(65536))  # and reads no answer, so that a drain lasts
    server.process.send_signal(signal.SIGTERM)
    server.err.find('the server ends')
    ends(server.process, signal.SIGINT, 130, 1)


def whatWasIgnoredStaysIgnored():
    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    server = Server(before=ignore)
    for number in (signal.SIGINT, signal.SIGHUP):
        server.process.send_signal(number)
        assert server.client().ask() == b'ABC'
    run = start('run', 'thread-pool', '--speed', '10', stdout=subprocess.PIPE, before=ignore)
    out = Reader(run.stdout)
    out.find('running')
    run.send_signal(signal.SIGINT)
    assert b'main thread' in out.rest()
    assert run.wait(LIMIT) == 0
    server.end()


def closedDescriptorsAreNobodysPlace():
    def close(*numbers):
        return lambda: [os.close(number) for number in numbers]

    server = Server(before=close(0))
    assert server.client().ask() == b'ABC'
    server.end()
    server = Server(before=close(0), stderr=subprocess.DEVNULL)
    code, out, err = result('chat', '--port', str(server.port), before=close(0))
    assert (code, out) == (0, b''), (code, out, err)
    code, out, err = result('chat', '--port', str(server.port), input=b'hello\n', before=close(1))
    assert code == 1 and 'could not be written' in err, (code, err)
    code, out, err = result('run', 'map', '--speed', '1000', before=close(1))
    assert code == 1 and 'could not be written' in err, (code, err)
    code, out, err = result('run', 'map', '--speed', '1000', before=close(0, 2))
    assert (code, out.count(b'is done')) == (0, 10), (code, out)
    code, out, err = result('serve', '--port', '0', before=close(1))
    assert code == 1 and 'could not be written' in err, (code, err)
    server.end()


def aNonBlockingOutputLosesNothing():
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    run = start('run', 'thread-pool', '--tasks', '4000', '--speed', '1000000', stdout=theirs)
    until(lambda: select.select([ours], [], [], 0)[0], 'no line')
    time.sleep(0.3)  # that the pipe is full: not needed for the claim
    os.close(theirs)
    lines = Reader(ours).rest().count(b'\n')
    assert run.wait(LIMIT) == 0
    assert lines == 4001, lines


def everyWriteIsChecked():
    server = Server()
    full = open('/dev/full', 'w')
    for words in (('--help',), ('--version',), ('scenarios',), ('serve', '--help'), ('run', 'map', '--speed', '1000'),
                  ('serve', '--port', '0'), ('chat', '--port', str(server.port), 'hello')):
        code, _, err = result(*words, stdout=full)
        assert code == 1 and 'could not be written: No space left' in err, (words, code, err)
    server.end()


def helpIsThereForEachCommand():
    for words in (('--help',), ('-h',), ('help',)):
        code, out, err = result(*words)
        assert (code, err) == (0, '') and b'poolscope serve' in out and b'poolscope run' in out, words
    for command in ('run', 'serve', 'chat', 'scenarios'):
        for words in ((command, '--help'), (command, '-h'), ('help', command)):
            code, out, err = result(*words)
            assert (code, err) == (0, '') and out.startswith(b'poolscope ' + command.encode()), words
            assert out.count(b'\npoolscope') == 0, f'{words} tells of other commands'
    code, out, err = result('help', 'nope')
    assert (code, out) == (2, b'') and "'nope'" in err


# --- serve


def aServerThatWasStoppedCutsNobodyWhoReads():
    size = 12 << 20
    stuck = []
    for mode in MODES:
        server = Server('--mode', mode)
        client = server.client()
        assert client.ask() == b'ABC'
        workers = [int(p) for p in subprocess.run(['ps', '-o', 'pid=', '--ppid', str(server.process.pid)],
                                                  capture_output=True, text=True).stdout.split()]
        everybody = [server.process.pid, *workers]
        child = os.fork()
        if child == 0:
            with contextlib.suppress(OSError):
                client.send(b'x' * size)
                client.socket.shutdown(socket.SHUT_WR)
            os._exit(0)
        stuck.append((mode, server, client, child, everybody))
    until(lambda: all(select.select([client.socket], [], [], 0)[0] for _, _, client, _, _ in stuck), 'no answer')
    time.sleep(0.3)  # not needed for the claim: their buffers are full by now, they are stuck
    for number, pause in ((signal.SIGSTOP, 11), (signal.SIGCONT, 0)):  # longer than the deadline of 10 s
        for _, _, _, _, everybody in stuck:
            for pid in everybody:
                os.kill(pid, number)
        time.sleep(pause)
    with concurrent.futures.ThreadPoolExecutor() as readers:
        answers = [readers.submit(client.rest) for _, _, client, _, _ in stuck]
    for (mode, server, _, child, _), answer in zip(stuck, answers):
        os.waitpid(child, 0)
        assert len(answer.result()) == size, f'{mode}: {len(answer.result())} of {size} bytes came back'
        server.end()


def whoComesWithoutADescriptorLeftIsTold():
    for mode in MODES:
        server = Server('--mode', mode, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        clients = [server.client() for _ in range(200)]
        for client in clients:
            client.send(b'abc')
        for client in clients[-50:]:  # far behind those that are served or wait
            client.socket.settimeout(5)
            try:
                assert client.socket.recv(100) == b'ERR too many clients\n', mode
            except ConnectionResetError:  # what it had sent was not read: so the kernel says it
                pass
        for client in clients:
            client.close()
        before = time.monotonic()
        while True:  # F26: it recovers within a second
            again = server.client()
            again.socket.settimeout(5)
            with contextlib.suppress(OSError):
                if again.ask() == b'ABC':
                    break
            assert time.monotonic() - before < (10 if SANITIZED else 2), f'{mode} did not recover'
        server.end()


def theDescriptorLimitIsRaised():
    server = Server('--mode', 'reactor', before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 400)))
    clients = [server.client() for _ in range(250)]
    assert all(client.ask() == b'ABC' for client in clients)
    server.end()


def whoLeavesTheQueueFreesItsDescriptor():
    for mode in ('thread-pool', 'process-pool'):
        server = Server('--mode', mode, '--workers', '1')
        holder = server.client()
        assert holder.ask() == b'ABC'
        before = server.descriptors()
        left = [server.client() for _ in range(100)]
        until(lambda: server.descriptors() >= before + 100, f'{mode}: they did not come')
        for i, client in enumerate(left):
            if i % 2:  # with a reset
                client.send(b'x')
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
            client.close()
        until(lambda: server.descriptors() <= before, f'{mode}: {server.descriptors()} descriptors, {before} before', 5)
        half = server.client()  # it has asked and ended its stream: its answer is due
        half.send(b'half')
        half.socket.shutdown(socket.SHUT_WR)
        server.says('2 clients here: 1 served, 1 waiting')
        holder.close()
        assert half.rest() == b'HALF'
        server.end()


def aProcessPoolWithoutItsWorkerProgramFails():
    with scratch() as path:
        program = shutil.copy(POOLSCOPE, path + '/poolscope')
        code, out, err = result('serve', '--mode', 'process-pool', '--port', '0', program=program)
        assert (code, out) == (1, b''), (code, out)
        assert path + '/poolscope-worker' in err and 'No such file' in err, err
        # One that is there and cannot live breaks the pool: that is said, and it ends.
        with open(path + '/poolscope-worker', 'w') as worker:
            worker.write('#!/bin/sh\necho no library >&2\nexit 127\n')
        os.chmod(path + '/poolscope-worker', 0o755)
        server = Server('--mode', 'process-pool', '--workers', '1', program=program)
        client = server.client()
        client.send(b'abc')
        assert server.process.wait(LIMIT) == 1
        said = server.err.rest().decode()
        assert 'exited with code 127' in said and 'no worker process stays alive' in said, said


def aWorkersDeathIsTold():
    server = Server('--mode', 'process-pool', '--workers', '1', '--verbose')
    client = server.client()
    assert client.ask() == b'ABC'
    worker = int(subprocess.run(['ps', '-o', 'pid=', '--ppid', str(server.process.pid)], capture_output=True, text=True).stdout)
    os.kill(worker, signal.SIGKILL)
    server.err.finds(rf'worker process .* \(pid {worker}\) was ended by SIGKILL; its client is closed',
                     'client 1 has left, its worker process has died')
    server.end()


def anUnknownHostIsSaid():
    for words in (('serve', '--port', '0'), ('chat', '--port', '1')):
        code, out, err = result(*words, '--host', 'no such host')
        assert (code, out) == (3, b'') and err.count('\n') == 1, (code, out, err)
        assert 'Cannot assign' not in err and ('not known' in err or 'name resolution' in err), err


def localhostIsEachOfItsAddresses():
    server = Server('--host', 'localhost')
    hosts = {info[4][0] for info in socket.getaddrinfo('localhost', None, type=socket.SOCK_STREAM)}
    for host in hosts | {'127.0.0.1'}:
        with contextlib.suppress(OSError):
            socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET).bind((host, 0))
            assert server.client(host).ask() == b'ABC', host
    assert b'reachable' not in server.err.text
    server.end()


def reachableIsWhatTheAddressSays():
    for host, reachable in (('127.0.0.2', False), ('0', True), ('0.0.0.0', True), ('127.0.0.1', False)):
        server = Server('--host', host)
        server.end()
        assert ('reachable from the network' in server.err.rest().decode()) == reachable, host


def whatMeansNothingIsRefused():
    for words, word in ((('serve', '--mode', 'thread-per-connection', '--workers', '3'), '--workers'),
                        (('serve', '--duration', '5'), "'5'"), (('serve', '--idle-limit', '-1s'), "'-1s'"),
                        (('serve', '--write-deadline', '1h'), "'1h'"), (('serve', '--max-clients', '0'), "'0'"),
                        (('serve', 'now'), "'now'"), (('chat', ''), "''")):
        code, out, err = result(*words)
        assert (code, out, err.count('\n')) == (2, b'', 1) and word in err, (words, code, out, err)


def serveSaysHowItServesAndWhatItDid():
    server = Server('--workers', '3', '--max-clients', '7')
    server.err.find(r'^poolscope: thread-pool, 3 worker threads, at most 7 clients; Ctrl-C ends it$')
    assert server.client().ask(b'x' * 1000) == b'X' * 1000
    clients = [server.client() for _ in range(3)]
    assert all(client.ask() == b'ABC' for client in clients)
    server.end()
    server.err.find(r'^poolscope: the server ends: 3 clients are answered and closed; once more ends it at once$')
    server.err.find(r'^poolscope: 4 clients in .*s: 4 messages, 1009 bytes in, 1009 bytes out; longest wait .*s$')


def verboseTellsOfEachClient():
    server = Server('--workers', '1', '--verbose')
    first = server.client()
    assert first.ask() == b'ABC'
    server.err.find(rf'client 1 has come: 127\.0\.0\.1:{first.socket.getsockname()[1]}$')
    server.err.find('client 1 is served after')
    second, third = server.client(), server.client()
    server.err.find('client 2 waits: no worker is free, they serve client 1$')
    server.err.find('client 3 waits: no worker is free, they serve client 1; 1 before it in the queue$')
    first.close()
    server.err.find('client 1 has left, it has ended its stream: 1 message, 3 bytes in, 3 bytes out$')
    server.err.find('client 2 is served after')
    server.end()


def usr1TellsHowItIs():
    for mode in MODES:
        server = Server('--mode', mode, *([] if mode == 'thread-per-connection' else ['--workers', '2']))
        clients = [server.client() for _ in range(3)]
        for client in clients[:2]:
            assert client.ask() == b'ABC'
        waiting = mode in ('thread-pool', 'process-pool')
        server.says(f'{mode}, .*; 3 clients here: 2 served, 1 waiting' if waiting else f'{mode}, .*; 3 clients here')
        server.err.find('so far 3 clients in')
        server.err.find(r'client 1, 127\.0\.0\.1:\d+, is served')
        if waiting:
            server.err.find(r'client 3, 127\.0\.0\.1:\d+, waits for')
        assert clients[0].ask() == b'ABC', 'it ended'
        server.end()


def itsLimitsAreKept():
    server = Server('--idle-limit', '200ms')
    silent = server.client()
    assert silent.ask() == b'ABC'
    assert silent.rest() == b''
    server.end()
    server = Server('--max-clients', '1')
    first = server.client()
    assert first.ask() == b'ABC'
    assert server.client().rest() == b'ERR too many clients\n'
    server.err.find('1 are connected, which is the limit')
    first.close()
    server.end()
    server = Server('--write-deadline', '0.2s', '--verbose')
    stuck = server.client()
    stuck.socket.setblocking(False)
    with contextlib.suppress(OSError):
        while True:
            if not select.select([], [stuck.socket], [], 2)[1]:
                break
            stuck.socket.send(bytes(1 << 20))
    server.err.find('client 1 has left, it does not read its answers')
    server.end()
    server = Server('--duration', '300ms')
    assert server.process.wait(LIMIT) == 0
    server.err.find('^poolscope: the server ends$')


# --- chat


def piped(port, text, *words):
    return result('chat', '--port', str(port), *words, input=text)


def repliesToAPipeAreRepliesAlone():
    server = Server()
    assert piped(server.port, b'hello\n\n\x1b[31m\xff\nlast') == (0, b'HELLO\n\x1b[31M\xff\nLAST\n', '')
    server.end()


def messagesAreAnsweredEach():
    server = Server()
    code, out, err = result('chat', '--port', str(server.port), 'hello', 'two words', '--', '-x')
    assert (code, out, err) == (0, b'HELLO\nTWO WORDS\n-X\n', ''), (code, out, err)
    server.end()
    code, out, err = result('chat', '--port', str(server.port), 'hello')
    assert (code, out) == (3, b''), (code, out, err)


@contextlib.contextmanager
def strangeServer(talk):
    """A server whose one client meets `talk(socket)`."""
    listening = socket.create_server(('127.0.0.1', 0))
    child = os.fork()
    if child == 0:
        connection = listening.accept()[0]
        listening.close()
        talk(connection)
        connection.close()
        os._exit(0)
    port = listening.getsockname()[1]
    listening.close()
    yield port
    os.waitpid(child, 0)


def whatWasNotAnsweredEndsWith1():
    def silent(s):
        s.recv(100)

    def half(s):
        s.send(s.recv(100)[:2].upper())

    def one(s):
        s.send(s.recv(100).upper())

    for talk, text in ((silent, b'hello\n'), (half, b'hello\n'), (one, b'hello\nagain\n')):
        with strangeServer(talk) as port:
            code, out, err = piped(port, text)
            assert code == 1 and 'before it answered' in err, (talk.__name__, code, out, err)
    with strangeServer(silent) as port:
        assert result('chat', '--port', str(port), 'hello')[0] == 1
    with strangeServer(one) as port:
        code, out, err = result('chat', '--port', str(port), 'one', 'two')
        assert (code, out) == (1, b'ONE\n'), (code, out, err)


def whoIsRefusedIsToldSo():
    server = Server('--max-clients', '1')
    holder = server.client()
    assert holder.ask() == b'ABC'
    for words, text in ((('hello',), None), ((), b'hello\n'), ((), b'')):
        code, out, err = result('chat', '--port', str(server.port), *words, input=text) if text is not None else \
            result('chat', '--port', str(server.port), *words)
        if text == b'':
            assert code in (0, 1) and out == b'', (code, out, err)  # the end of the input may come first
        else:
            assert code == 1 and out == b'', (code, out, err)
            assert 'refused: too many clients' in err or 'connection broke' in err, err
    server.end()


def whoWaitsIsToldWhy():
    server = Server('--workers', '1')
    holder = server.client()
    assert holder.ask() == b'ABC'
    chat = start('chat', '--port', str(server.port), 'hello', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    before = time.monotonic()
    Reader(chat.stderr).find('^poolscope: waits: no worker is free\n')
    assert time.monotonic() - before >= 0.25
    holder.close()
    assert Reader(chat.stdout).rest() == b'HELLO\n'
    assert chat.wait(LIMIT) == 0
    server.end()


def anEndlessLineTakesLittleMemory():
    server = Server()
    chat = start('chat', '--port', str(server.port), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    size, got = 64 << 20, 0
    child = os.fork()
    if child == 0:
        for _ in range(size >> 20):
            chat.stdin.write(b'x' * (1 << 20))
        chat.stdin.flush()
        os._exit(0)
    chat.stdin.close()
    peak = 0
    while part := os.read(chat.stdout.fileno(), 1 << 20):
        got += part.count(b'X')
        if got < size:
            peak = int(re.search(r'VmHWM:\s*(\d+)', open(f'/proc/{chat.pid}/status').read()).group(1))
    os.waitpid(child, 0)
    assert got == size, f'{got} of {size} bytes'
    assert SANITIZED or peak < 60_000, f'it had {peak} kB'
    assert chat.wait(LIMIT) == 0
    server.end()


def aTerminalShowsPromptRepliesAndTimes():
    server = Server()
    terminal = Terminal('chat', '--port', str(server.port))
    terminal.prompt()
    terminal.type('hello\r')
    terminal.out.find(r'HELLO   \(\d+\.\d m?s\)\r\n')
    terminal.prompt()
    terminal.type('w\u00f6rld\r')
    terminal.out.find('W\u00f6RLD   ')
    terminal.prompt()
    terminal.type('\x04')  # Ctrl-D
    assert terminal.ended() == 0
    server.end()


def aTerminalEditsLinesAndKnowsTheLastOnes():
    server = Server()
    terminal = Terminal('chat', '--port', str(server.port))
    terminal.prompt()
    terminal.type('helo\x1b[D\x7fl\x05!\r')  # left, backspace, l, to the end
    terminal.out.find(r'HELO!   \(')
    terminal.prompt()
    terminal.type('other\r')
    terminal.out.find(r'OTHER   \(')
    terminal.prompt()
    terminal.type('\x1b[A\x1b[A?\r')  # the line before the last
    terminal.out.find(r'HELO!\?   \(')
    terminal.prompt()
    terminal.type('\x04')
    assert terminal.ended() == 0
    server.end()


def aTerminalDoesNotObeyAReply():
    def talk(s):
        s.recv(100)
        s.send(b'\x1b]0;gotcha\x07\x9b31m\xe2\x80\xae!\xc3')
        s.recv(100)

    with strangeServer(talk) as port:
        terminal = Terminal('chat', '--port', str(port))
        terminal.prompt()
        terminal.type('x' * 16 + '\r')
        terminal.out.find(re.escape(r'\x1b]0;gotcha\x07\x9b31m\u202e!\xc3'))
        terminal.prompt()
        terminal.type('\x04')
        assert terminal.ended() == 0


def aTerminalIsLeftAsItWas():
    server = Server()
    for number, code in ((signal.SIGINT, 0), (signal.SIGTERM, 0)):
        terminal = Terminal('chat', '--port', str(server.port))
        before = termios.tcgetattr(terminal.theirs)
        terminal.prompt()
        until(lambda: termios.tcgetattr(terminal.theirs) != before, 'it does not edit lines')
        if number == signal.SIGINT:
            terminal.type('abc\x03')  # Ctrl-C
        else:
            terminal.process.send_signal(number)
        assert terminal.ended() == code
        assert termios.tcgetattr(terminal.theirs) == before, 'the terminal is not as it was'
    server.end()
    terminal = Terminal('chat', '--port', str(server.port))
    assert terminal.ended() == 3


def aTerminalIsToldThatTheServerHasGone():
    server = Server()
    terminal = Terminal('chat', '--port', str(server.port))
    terminal.prompt()
    server.end()
    terminal.out.find('the server has closed the connection')
    assert terminal.ended() == 0


def aTerminalThatCannotEditHasPromptsToo():
    server = Server()
    terminal = Terminal('chat', '--port', str(server.port), TERM='dumb')
    terminal.out.find('>>>:')
    terminal.type('hello\n')
    terminal.out.find(r'HELLO   \(')
    terminal.out.find('>>>:')
    terminal.type('\x04')
    assert terminal.ended() == 0
    server.end()


# --- threads


def whereNoThreadCanBeMadeItEndsWithASentence():
    """As a user who may have no more threads: the machine's administrator cannot be limited so."""
    if os.geteuid() != 0 or SANITIZED:
        print('SKIP: needs root to become another user, and no sanitizer')
        sys.exit(77)

    def limited(most):
        def apply():
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
            os.setgid(65534)
            os.setuid(65534)
        return apply

    with scratch() as path:  # where that user may read
        os.chmod(path, 0o755)
        program = shutil.copy(POOLSCOPE, path + '/poolscope')
        for most in (1, 2, 3, 4, 5, 7, 9):
            for words in (('run', 'thread-pool', '--speed', '100'), ('run', 'pool-in-a-loop', '--speed', '100'),
                          ('run', 'map', '--speed', '100'), ('run', 'echo-thread-pool', '--speed', '100'),
                          ('serve', '--port', '0', '--duration', '10ms'),
                          ('serve', '--port', '0', '--duration', '10ms', '--mode', 'reactor')):
                code, out, err = result(*words, program=program, before=limited(most))
                assert code in (0, 1), (most, words, code, err)
                if code == 1:
                    assert err.startswith('poolscope: ') and 'Resource temporarily unavailable' in err, (most, words, err)
                elif words[1] == 'pool-in-a-loop':
                    assert out.count(b'is running') == 10, (most, out)
                assert most > 1 or code == 1, words


case = globals().get(sys.argv[2])
assert callable(case), f'no case {sys.argv[2]}'
try:
    case()
finally:
    for process in started:
        if process.poll() is None:
            process.kill()
