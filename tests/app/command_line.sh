#!/usr/bin/env bash
# The program as its users start it: command_line.sh POOLSCOPE CASE. A case is a function below, named after its claim.
# Nothing here sleeps on a guess: waiting is reading a line, or the end of a process, each with a limit.
set -u
POOLSCOPE=${1:?the program}
CASE=${2:?the case}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
# No display, no locale but what a case sets.
unset DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM LC_ALL LC_MESSAGES LANG

fail() {
  printf 'FAIL %s: %s\n' "$CASE" "$*"
  printf -- '-- stdout\n'; cat "$SCRATCH/out"
  printf -- '-- stderr\n'; cat "$SCRATCH/err"
  exit 1
}
# program WORD...: its output in $SCRATCH/out and err, its exit code in $code.
program() { timeout 60 "$POOLSCOPE" "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null; code=$?; }
expect_code() { [ "$code" = "$1" ] || fail "exit code $code instead of $1"; }
lines() { wc -l <"$SCRATCH/out"; }
matching() { grep -cE -- "$1" "$SCRATCH/out"; }

# wrong WORD_NAMED WORD...: wrong usage, with one line that names the word.
wrong() {
  local word=$1; shift
  program "$@"
  [ "$code" = 2 ] || fail "'$*' ended with $code"
  [ ! -s "$SCRATCH/out" ] || fail "'$*' wrote to stdout"
  [ "$(wc -l <"$SCRATCH/err")" = 1 ] || fail "'$*' did not say one line"
  grep -qF -- "$word" "$SCRATCH/err" || fail "'$*' does not name $word"
}

wrongUsageNamesTheWordAndEndsWith2() {
  wrong nonsense nonsense
  wrong nonsense run nonsense
  wrong scenario run
  wrong extra run thread-pool extra
  wrong extra scenarios extra
  wrong bogus run thread-pool --bogus
  wrong bogus --bogus
  wrong nonsense --scenario nonsense
  for bad in 0 -1 4097 four; do
    wrong workers run thread-pool "--workers=$bad"
    wrong workers "--workers=$bad"
  done
  for bad in 0 -1 fast nan; do
    wrong speed run thread-pool "--speed=$bad"
    wrong speed "--speed=$bad"
  done
  wrong seed run thread-pool --seed x
  wrong tasks run thread-pool --tasks=-3
  wrong klingon run thread-pool --lang klingon
  wrong klingon --lang klingon
  wrong purple --theme purple
  wrong after --after 3
  wrong workers run thread-pool --workers
}

helpVersionAndScenariosNeedNoDisplay() {
  program --help; expect_code 0
  for word in run scenarios --trace --workers --seed --speed --lang --screenshot; do
    grep -qF -- "$word" "$SCRATCH/out" || fail "--help does not mention $word"
  done
  program --version; expect_code 0
  grep -qE '^poolscope [0-9]+\.[0-9]+' "$SCRATCH/out" || fail "no version"
  program scenarios; expect_code 0
  for name in thread-pool map pool-in-a-loop; do
    [ "$(matching "^$name +[^ ].*\.$")" = 1 ] || fail "$name has no line with a sentence"
  done
}

noDisplayIsSaidAndEndsWith1() {
  program; expect_code 1
  [ ! -s "$SCRATCH/out" ] || fail "wrote to stdout"
  grep -qi display "$SCRATCH/err" || fail "does not say that there is no display"
}

threadPoolPrintsTheTutorialsLines() {
  program run thread-pool --speed 50 --seed 1; expect_code 0
  [ "$(lines)" = 11 ] || fail "not 11 lines"
  [ "$(matching '^ThreadPoolExecutor-0_[0-3] is running, it is pid [0-9]+$')" = 10 ] || fail "not ten running lines"
  [ "$(tail -n 1 "$SCRATCH/out")" = "main thread" ] || fail "the main thread is not last"
  [ ! -s "$SCRATCH/err" ] || fail "wrote to stderr"
}

processPoolPrintsTheTutorialsLines() {
  program run process-pool --speed 50 --lang zh_CN; expect_code 0
  [ "$(lines)" = 11 ] || fail "not 11 lines"
  [ "$(matching '^子进程[0-9] is running, it is pid [0-9]+$')" = 10 ] || fail "not ten running lines"
  [ "$(tail -n 1 "$SCRATCH/out")" = "主进程" ] || fail "the main process is not last"
  [ ! -s "$SCRATCH/err" ] || fail "wrote to stderr"
}

fourTasksStartOnFourWorkers() {
  program run thread-pool --speed 2 --seed 1 --tasks 4; expect_code 0
  [ "$(head -n 4 "$SCRATCH/out" | cut -d' ' -f1 | sort -u | wc -l)" = 4 ] || fail "not four workers"
}

chineseLinesAreTheTutorials() {
  program run thread-pool --speed 50 --lang zh_CN; expect_code 0
  [ "$(tail -n 1 "$SCRATCH/out")" = "主线程" ] || fail "the last line is not 主线程"
  program run map --speed 100 --lang zh_CN; expect_code 0
  [ "$(matching '^主线程$')" = 1 ] || fail "no 主线程"
  [ "$(matching '^[0-9] is runing,it is pid [0-9]+$')" = 10 ] || fail "not ten runing lines"
}

theLanguageFollowsTheLocale() {
  local name
  last() { env "$@" "$POOLSCOPE" run thread-pool --tasks 0 2>"$SCRATCH/err" | tail -n 1; }
  [ "$(last LANG=zh_CN.UTF-8)" = "主线程" ] || fail "LANG=zh_CN"
  [ "$(last LANG=zh_CN.UTF-8 LC_MESSAGES=en_GB.UTF-8)" = "main thread" ] || fail "LC_MESSAGES goes before LANG"
  [ "$(last LANG=C LC_ALL=zh_TW.UTF-8)" = "主线程" ] || fail "LC_ALL goes before LANG"
  [ "$(last)" = "main thread" ] || fail "English without a locale"
}

mapDoesNotWait() {
  program run map --speed 20; expect_code 0
  [ "$(lines)" = 21 ] || fail "not 21 lines"
  [ "$(matching '^[0-9] is done$')" = 10 ] || fail "not ten done lines"
  local line
  line=$(grep -n '^main thread$' "$SCRATCH/out" | cut -d: -f1)
  [ "${line:-99}" -le 5 ] || fail "the main thread waited"
}

noWaitLetsTheMainThreadGoOn() {
  program run thread-pool --speed 5 --no-wait --tasks 6; expect_code 0
  [ "$(lines)" = 7 ] || fail "not 7 lines: what is queued still runs"
  [ "$(tail -n 1 "$SCRATCH/out")" != "main thread" ] || fail "the main thread waited"
}

cancelFuturesRunsOneTaskAWorker() {
  local scenario
  for scenario in thread-pool process-pool thread-pool process-pool thread-pool; do
    program run "$scenario" --speed 4 --tasks 10 --workers 4 --cancel-futures; expect_code 0
    [ "$(matching 'is running')" = 4 ] || fail "not 4 of 10 tasks of $scenario ran"
    tail -n 1 "$SCRATCH/out" | grep -q '^main ' || fail "the main thread did not wait in $scenario"
  done
}

aSeedRepeatsTheRun() {
  # One worker: the order of the tasks' lines is then no matter of timing.
  run_once() { program run map --workers 1 --speed 500 --seed 7; sed 's/pid [0-9]*/pid/' "$SCRATCH/out" | grep -v '^main thread$'; }
  local first second
  first=$(run_once)
  second=$(run_once)
  [ "$(wc -l <<<"$first")" = 20 ] || fail "not 20 lines of tasks"
  [ "$first" = "$second" ] || fail "two runs differ"
}

poolInALoopOpensTenPools() {
  program run pool-in-a-loop --speed 50; expect_code 0
  [ "$(grep -oE '^ThreadPoolExecutor-[0-9]+_0' "$SCRATCH/out" | sort -u | wc -l)" = 10 ] || fail "not ten pools"
}

# signalled SIGNAL CODE: sends SIGNAL once the first line is there; the end comes within 5 s with CODE.
signalled() {
  mkfifo "$SCRATCH/pipe.$1"
  # A shell's job in the background ignores SIGINT, and so would what it starts.
  env --default-signal=INT "$POOLSCOPE" run thread-pool --tasks 40 >"$SCRATCH/pipe.$1" 2>"$SCRATCH/err" &
  local pid=$! line start
  exec 3<"$SCRATCH/pipe.$1"
  read -r -t 20 line <&3 || fail "no line"
  start=$SECONDS
  kill -s "$1" "$pid"
  timeout 20 cat <&3 >"$SCRATCH/out"
  wait "$pid"; code=$?
  exec 3<&-
  expect_code "$2"
  [ $((SECONDS - start)) -le 6 ] || fail "SIG$1 took $((SECONDS - start)) s"
}
sigtermDrainsAndEndsWithinFiveSeconds() { signalled TERM 143; }
sigintDrainsAndEndsWithinFiveSeconds() { signalled INT 130; }

aClosedPipeDoesNotKillTheRun() {
  timeout 60 "$POOLSCOPE" run thread-pool --speed 20 2>"$SCRATCH/err" | head -n 1 >"$SCRATCH/out"
  code=${PIPESTATUS[0]}
  [ "$code" = 0 ] || [ "$code" = 1 ] || fail "exit code $code"
  [ "$(lines)" = 1 ] || fail "no line"
}

aTraceThatCannotBeWrittenEndsWith1() {
  program run thread-pool --speed 50 --trace "$SCRATCH/none/a.pooltrace.json"; expect_code 1
  [ ! -s "$SCRATCH/out" ] || fail "the scenario ran"
  grep -qF "$SCRATCH/none/a.pooltrace.json" "$SCRATCH/err" || fail "does not name the path"
}

# waiting SECONDS CODE ARGS…: the program, in the background with stdout as descriptor 8, takes its signals: then it is
# told to end, and does. Until the shell's child has become the program, the handlers are the shell's.
waiting() {
  local seconds=$1 expected=$2 pid mask start; shift 2
  "$POOLSCOPE" "$@" >&8 2>"$SCRATCH/err" & pid=$!
  for _ in $(seq 400); do
    mask=$(sed -n 's/^SigCgt:\t*//p' "/proc/$pid/status") || fail "it ended at once"
    [ "/proc/$pid/exe" -ef "$POOLSCOPE" ] && [ $((0x$mask >> 14 & 1)) = 1 ] && break
    sleep 0.05
  done
  start=$SECONDS
  kill -TERM "$pid"
  wait "$pid"; code=$?
  expect_code "$expected"
  [ $((SECONDS - start)) -le "$seconds" ] || fail "it took $((SECONDS - start)) s"
}
aPipeThatNobodyReadsDoesNotHoldTheEnd() {
  mkfifo "$SCRATCH/trace" "$SCRATCH/full"
  exec 8<>"$SCRATCH/full"
  waiting 5 143 run thread-pool --trace "$SCRATCH/trace"
  waiting 5 0 serve --port 0 --trace "$SCRATCH/trace"
  python3 -c 'import os; os.set_blocking(8, False)
try:
  while True: os.write(8, b"x" * 4096)
except BlockingIOError: os.set_blocking(8, True)'
  waiting 5 143 run thread-pool --speed 50
}

declare -F "$CASE" >/dev/null || { echo "no case $CASE"; exit 2; }
: >"$SCRATCH/out"; : >"$SCRATCH/err"
"$CASE"
