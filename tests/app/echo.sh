#!/usr/bin/env bash
# poolscope serve and chat as their users start them: echo.sh POOLSCOPE CASE. A case is a function below, named after
# its claim. Nothing sleeps on a guess: waiting is reading a line, or the end of a process, each with a limit.
set -u
POOLSCOPE=${1:?the program}
CASE=${2:?the case}
SCRATCH=$(mktemp -d)
SERVER=
trap '[ -z "$SERVER" ] || kill -KILL "$SERVER" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
unset DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM LC_ALL LC_MESSAGES LANG

fail() { printf 'FAIL %s: %s\n' "$CASE" "$*"; cat "$SCRATCH"/*.txt 2>/dev/null; exit 1; }

# A shell's job in the background ignores SIGINT, and so would what it starts.
POOLSCOPE_JOB=(env --default-signal=INT "$POOLSCOPE")

# serve WORD...: starts a server on a free port; $SERVER is its process, $PORT its port.
serve() {
  [ -p "$SCRATCH/lines" ] || mkfifo "$SCRATCH/lines"
  "${POOLSCOPE_JOB[@]}" serve --port 0 "$@" >"$SCRATCH/lines" 2>"$SCRATCH/err.txt" &
  SERVER=$!
  exec 3<"$SCRATCH/lines"
  local line
  read -r -t 20 line <&3 || fail "serve $* said nothing"
  [[ $line =~ ^listening\ on\ 127\.0\.0\.1:([0-9]+)$ ]] || fail "serve said: $line"
  PORT=${BASH_REMATCH[1]}
}
# ended SIGNAL CODE: the server ends with CODE within 6 s of SIGNAL.
ended() {
  local start=$SECONDS
  kill -s "$1" "$SERVER"
  wait "$SERVER"; local code=$?
  SERVER=
  [ "$code" = "$2" ] || fail "SIG$1 ended it with $code, not $2"
  [ $((SECONDS - start)) -le 6 ] || fail "SIG$1 took $((SECONDS - start)) s"
}

theTutorialsClientIsAnsweredInEveryMode() {
  local mode
  for mode in thread-per-connection thread-pool process-pool reactor; do
    serve --mode "$mode"
    python3 - "$PORT" <<'PY' || fail "$mode does not answer the tutorial's client"
import socket, sys
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.settimeout(20)
client.connect(('127.0.0.1', int(sys.argv[1])))
for msg in ('hello', 'ni hao 你好', 'x' * 1000):
    client.send(msg.encode('utf-8'))
    data = client.recv(1024)
    assert data == msg.encode('utf-8').upper() and data.decode('utf-8') == msg.encode('utf-8').upper().decode('utf-8')
PY
    ended TERM 0
  done
}

chatPrintsEachReply() {
  serve
  printf 'hello\n\nw\xc3\xb6rld\nlast' | timeout 20 "$POOLSCOPE" chat --port "$PORT" >"$SCRATCH/out.txt" || fail "chat ended with $?"
  [ "$(cat "$SCRATCH/out.txt")" = $'HELLO\nW\xc3\xb6RLD\nLAST' ] || fail "other output"
  ended INT 0
}

chatTalksToTheTutorialsServer() {
  python3 -c '
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(5)
print(server.getsockname()[1], flush=True)
conn, caddr = server.accept()
while data := conn.recv(1024):
    conn.send(data.upper())
' >"$SCRATCH/port.txt" & local python=$!
  while [ ! -s "$SCRATCH/port.txt" ]; do kill -0 $python || fail "no server"; done
  [ "$(echo hello | timeout 20 "$POOLSCOPE" chat --port "$(cat "$SCRATCH/port.txt")")" = HELLO ] || fail "no reply"
  wait $python
}

aLongLineComesBackWhole() {
  serve
  local size
  size=$(head -c 3000000 /dev/zero | tr '\0' x | timeout 60 "$POOLSCOPE" chat --port "$PORT" | tr -cd X | wc -c)
  [ "$size" = 3000000 ] || fail "$size bytes of 3000000"
  ended TERM 0
}

chatEndsCleanlyWhenTheServerDoes() {
  serve
  mkfifo "$SCRATCH/in" "$SCRATCH/out"
  "$POOLSCOPE" chat --port "$PORT" <"$SCRATCH/in" >"$SCRATCH/out" 2>"$SCRATCH/chat.txt" & local chat=$!
  exec 4>"$SCRATCH/in" 5<"$SCRATCH/out"
  echo hello >&4
  local line
  read -r -t 20 line <&5 || fail "no reply"
  ended TERM 0
  wait $chat || fail "chat ended with $?"
  grep -q "closed the connection" "$SCRATCH/chat.txt" || fail "does not say why"
}

chatEndsCleanlyOnAnInterrupt() {
  serve
  mkfifo "$SCRATCH/in" "$SCRATCH/out"
  "${POOLSCOPE_JOB[@]}" chat --port "$PORT" <"$SCRATCH/in" >"$SCRATCH/out" & local chat=$!
  exec 4>"$SCRATCH/in" 5<"$SCRATCH/out"
  echo hello >&4
  local line
  read -r -t 20 line <&5 || fail "no reply"
  kill -INT $chat
  wait $chat || fail "chat ended with $?"
  ended TERM 0
}

whatIsNotAvailableEndsWith3() {
  serve
  local words
  for words in "serve --port $PORT" "serve --port 0 --host 999.1.1.1" "chat --port 1"; do
    timeout 60 "$POOLSCOPE" $words >"$SCRATCH/out.txt" 2>"$SCRATCH/why.txt"
    [ $? = 3 ] || fail "$words did not end with 3"
    [ ! -s "$SCRATCH/out.txt" ] || fail "$words wrote to stdout"
    [ "$(wc -l <"$SCRATCH/why.txt")" = 1 ] || fail "$words did not say one sentence"
  done
  ended TERM 0
}

runningOutOfDescriptorsIsSurvived() {
  POOLSCOPE_JOB=(prlimit --nofile=64:64 "${POOLSCOPE_JOB[@]}")
  serve --mode reactor
  python3 - "$PORT" "$SERVER" <<'PY' || fail "see above"
import os, socket, sys, time
port, server = int(sys.argv[1]), int(sys.argv[2])
def cpu():
    fields = open(f'/proc/{server}/stat').read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
def client():
    s = socket.socket()
    s.settimeout(20)
    s.connect(('127.0.0.1', port))
    return s
crowd = [client() for _ in range(200)]
told = 0
for s in crowd[-20:]:
    told += s.recv(100) == b'ERR too many clients\n'
assert told > 0, 'nobody was told'
before, start = cpu(), time.monotonic()
time.sleep(1)  # the time over which the share is measured
share = (cpu() - before) / (time.monotonic() - start)
assert share < 0.1, f'it uses {share:.0%} of a processor'
for s in crowd:
    s.close()
deadline = time.monotonic() + 20
while time.monotonic() < deadline:
    s = client()
    try:
        s.send(b'back')
        if s.recv(100) == b'BACK':
            sys.exit(0)
    except OSError:
        pass
sys.exit('it did not recover')
PY
  ended TERM 0
}

aKilledWorkerTakesOnlyItsClientAlong() {
  serve --mode process-pool --workers 2
  python3 - "$PORT" "$SERVER" <<'PY' || fail "see above"
import os, signal, socket, subprocess, sys
port, server = int(sys.argv[1]), sys.argv[2]
def client():
    s = socket.socket()
    s.settimeout(20)
    s.connect(('127.0.0.1', port))
    return s
def ask(s):
    s.send(b'abc')
    return s.recv(100)
first, second = client(), client()
assert ask(first) == b'ABC' and ask(second) == b'ABC'
third = client()
third.send(b'abc')
pids = [int(p) for p in subprocess.run(['ps', '-o', 'pid=', '--ppid', server], capture_output=True, text=True).stdout.split()]
assert len(pids) == 2, pids
os.kill(pids[0], signal.SIGKILL)
assert third.recv(100) == b'ABC'  # another worker takes the place
alive = 0
for s in (first, second):
    try:
        alive += ask(s) == b'ABC'
    except OSError:
        pass
assert alive == 1, alive
PY
  ended TERM 0
}

aRecordingTellsTheClients() {
  serve --mode thread-pool --trace "$SCRATCH/a.pooltrace.json"
  echo hello | timeout 20 "$POOLSCOPE" chat --port "$PORT" >"$SCRATCH/out.txt"
  ended TERM 0
  local kind
  for kind in ServerListening ClientConnected ClientServed ClientReceived ClientSent ClientDisconnected; do
    grep -q "$kind\|${kind#Client}\|${kind#Server}" "$SCRATCH/a.pooltrace.json" || fail "no $kind in the recording"
  done
}

declare -F "$CASE" >/dev/null || { echo "no case $CASE"; exit 2; }
"$CASE"
