#!/usr/bin/env bash
# The window from outside, on a real X server: window.sh POOLSCOPE CLAIM [LIBRARY], run under xvfb-run.
set -u
poolscope=$1 claim=$2 dead=${3:-}
export XDG_CONFIG_HOME XDG_RUNTIME_DIR
home=$(mktemp -d); chmod 700 "$home"; trap 'rm -rf "$home"' EXIT
XDG_CONFIG_HOME=$home/config XDG_RUNTIME_DIR=$home
settings=$XDG_CONFIG_HOME/poolscope/poolscope.conf
fail() { echo "FAIL: $*"; exit 1; }

# start NAME ARGS...: the window in the background, its lines in NAME.out; returns when the scenario has printed one.
start() {
  local name=$1; shift
  # A shell's job in the background ignores SIGINT, and so would what it starts.
  ${START:-env --default-signal=INT} "$poolscope" "$@" >"$home/$name.out" 2>"$home/$name.err" & pid=$!
  for _ in $(seq 400); do
    [ -s "$home/$name.out" ] && return
    kill -0 $pid 2>/dev/null || fail "the window ended at once: $(cat "$home/$name.err")"
    sleep 0.05
  done
  fail "the scenario printed nothing within 20 s"
}
# ends PID CODE SECONDS: that process ends in time, with that code.
ends() {
  local begin=$SECONDS
  wait "$1"; local rc=$?
  [ $rc = "$2" ] || fail "exit code $rc, not $2"
  [ $((SECONDS - begin)) -le "$3" ] || fail "it took $((SECONDS - begin)) s"
}

aScenarioEndsInAPicture() {
  timeout 60 "$poolscope" --scenario thread-pool --speed 50 --screenshot "$home/a.png" --after done >"$home/out" 2>&1 ||
    fail "exit code $?: $(cat "$home/out")"
  [ "$(head -c 4 "$home/a.png" | tail -c 3)" = PNG ] || fail "no picture"
  grep -q ' is running, it is pid' "$home/out" || fail "no lines on stdout"
}

aSignalEndsTheWindowInTimeAndKeepsTheSettings() {
  for signal in TERM INT HUP; do
    rm -rf "$XDG_CONFIG_HOME"
    start "$signal" --scenario thread-pool
    kill -$signal $pid
    ends $pid 0 5
    grep -q '^version=1' "$settings" || fail "no settings after SIG$signal"
  done
}

whatWasIgnoredStaysIgnored() {
  START=env start ignored --scenario thread-pool
  kill -INT $pid
  kill -TERM $pid # were SIGINT the first, this would be the second, and end it with 143
  ends $pid 0 5
}

twoWindowsServeSideBySide() {
  start one --scenario thread-pool; local first=$pid
  start two --scenario thread-pool; local second=$pid
  kill -TERM $first $second
  ends $first 0 6
  ends $second 0 6
}

# A plain start's choices, as they stand in the settings.
choices() { grep -E '^(size|mode|theme|language)=' "$settings"; }

optionsOfOneStartAreForgotten() {
  start plain --scenario thread-pool
  kill -TERM $pid; ends $pid 0 6
  cp "$settings" "$home/before"; choices >"$home/choices"
  local once=(--scenario map --lang zh_CN --theme dark --workers 9 --speed 50 --seed 7)
  timeout 60 "$poolscope" "${once[@]}" --screenshot "$home/once.png" --after done >"$home/out" 2>&1 ||
    fail "exit code $?: $(cat "$home/out")"
  cmp -s "$home/before" "$settings" || fail "a picture changed the settings: $(diff "$home/before" "$settings")"
  start once "${once[@]}"
  kill -TERM $pid; ends $pid 0 6
  choices | cmp -s "$home/choices" - || fail "options became settings: $(choices | diff "$home/choices" -)"
}

aPictureOfARecordingChangesNoSettings() {
  "$poolscope" run thread-pool --speed 50 --trace "$home/a.pooltrace.json" >"$home/out" || fail "no recording"
  timeout 60 "$poolscope" "$home/a.pooltrace.json" --lang zh_CN --screenshot "$home/a.png" --after 1 >"$home/out" 2>&1 ||
    fail "exit code $?: $(cat "$home/out")"
  [ ! -e "$settings" ] || fail "it wrote settings: $(cat "$settings")"
}

rubbishInTheSettingsIsSetAside() {
  mkdir -p "${settings%/*}"
  head -c 3000 /dev/urandom >"$settings"; cp "$settings" "$home/rubbish"
  start rubbish --scenario thread-pool
  kill -TERM $pid
  ends $pid 0 5
  cmp -s "$home/rubbish" "$settings.bak" || fail "the old file was not kept"
  grep -q 'poolscope.settings' "$home/rubbish.err" || fail "the log says nothing: $(cat "$home/rubbish.err")"
}

# caught PID: returns when that process has its signal handlers, so that a signal drains it. Until the shell's child has
# become the program, the handlers are the shell's.
caught() {
  local mask
  for _ in $(seq 400); do
    kill -0 "$1" 2>/dev/null || fail "it ended at once: $(cat "$home"/*.err)"
    mask=$(sed -n 's/^SigCgt:\t*//p' "/proc/$1/status")
    [ "/proc/$1/exe" -ef "$poolscope" ] && [ $((0x$mask >> 14 & 1)) = 1 ] && return
    sleep 0.05
  done
  fail "no signal handler within 20 s"
}

# A pipe that nobody writes to, one whose writer is silent, and a file system that does not answer at all.
aFileThatDoesNotAnswerDoesNotHoldTheEnd() {
  mkfifo "$home/empty.json" "$home/silent.json"
  mkdir "$home/dead-mount"; echo '[' >"$home/dead-mount/a.json"
  exec 8<>"$home/silent.json"
  for file in empty.json silent.json dead-mount/a.json; do
    LD_PRELOAD=$dead "$poolscope" "$home/$file" >"$home/f.out" 2>"$home/f.err" & pid=$!
    caught $pid
    kill -TERM $pid
    ends $pid 0 5
  done
}

aRefusedFileIsNamedAndAPictureOfItEndsWith1() {
  echo '[{"name":"a","ph":"X","ts":1,"dur":1,"pid":1,"tid":1}]' >"$home/foreign.json"
  for file in foreign missing; do
    timeout 20 "$poolscope" "$home/$file.json" --screenshot "$home/a.png" 2>"$home/err"; local rc=$?
    [ $rc = 1 ] || fail "exit code $rc for the $file file"
    grep -qF "poolscope: $home/$file.json" "$home/err" || fail "stderr says: $(cat "$home/err")"
    [ ! -e "$home/a.png" ] || fail "a picture of nothing"
  done
  timeout 20 "$poolscope" "$home/missing.json" 2>/dev/null; [ $? = 1 ] || fail "a missing file opened a window"
  timeout 20 "$poolscope" "$home/missing.json" --lang zh_CN 2>&1 | grep -q '读' || fail "the sentence is not Chinese"
}

# stdout, and the picture, are pipes that are full and that nobody reads.
aPipeThatNobodyReadsDoesNotHoldTheEnd() {
  mkfifo "$home/full"; exec 8<>"$home/full"
  python3 -c 'import os; os.set_blocking(8, False)
try:
  while True: os.write(8, b"x" * 4096)
except BlockingIOError: os.set_blocking(8, True)'
  "$poolscope" --scenario thread-pool --speed 50 >&8 2>"$home/o.err" & pid=$!
  caught $pid
  kill -TERM $pid
  ends $pid 0 5
  "$poolscope" --screenshot "$home/full" --after 0.1 >/dev/null 2>"$home/p.err" 8>&- & pid=$!
  caught $pid
  for _ in $(seq 400); do # until it is writing
    ls -l "/proc/$pid/fd" | grep -qF "$home/full" && break
    sleep 0.05
  done
  kill -TERM $pid
  ends $pid 0 5
}

$claim
