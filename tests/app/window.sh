#!/usr/bin/env bash
# The window from outside, on a real X server: window.sh POOLSCOPE CLAIM, run under xvfb-run.
set -u
poolscope=$1 claim=$2
export XDG_CONFIG_HOME XDG_RUNTIME_DIR
home=$(mktemp -d); chmod 700 "$home"; trap 'rm -rf "$home"' EXIT
XDG_CONFIG_HOME=$home/config XDG_RUNTIME_DIR=$home
settings=$XDG_CONFIG_HOME/poolscope/poolscope.conf
fail() { echo "FAIL: $*"; exit 1; }

# start NAME ARGS...: the window in the background, its lines in NAME.out; returns when the scenario has printed one.
start() {
  local name=$1; shift
  "$poolscope" "$@" >"$home/$name.out" 2>"$home/$name.err" & pid=$!
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

$claim
