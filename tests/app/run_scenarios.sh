#!/usr/bin/env bash
# End to end: what `poolscope run` prints and how it ends. run_scenarios.sh POOLSCOPE
set -u
poolscope=$1 failed=0
expect() { # expect NAME WANTED GOT
  [ "$2" = "$3" ] && echo "ok   $1" || { echo "FAIL $1: wanted <$2>, got <$3>"; failed=1; }
}
out=$("$poolscope" run thread-pool --speed 100 --lang zh_CN); rc=$?
expect "thread-pool ends with 0" 0 $rc
expect "ten tasks run" 10 "$(grep -cE '^ThreadPoolExecutor-0_[0-3] is running, it is pid [0-9]+$' <<<"$out")"
expect "the main thread comes last" "主线程" "$(tail -1 <<<"$out")"
out=$("$poolscope" run map --speed 200 --lang zh_CN)
expect "map starts its elements" 10 "$(grep -cE '^[0-9] is runing,it is pid [0-9]+$' <<<"$out")"
expect "map ends its elements" 10 "$(grep -cE '^[0-9] is done$' <<<"$out")"
expect "map's main thread does not wait" 1 "$(head -4 <<<"$out" | grep -c '^主线程$')"
out=$("$poolscope" run thread-pool --speed 10 --lang en --no-wait --cancel-futures)
expect "queued tasks are cancelled, but for one a worker" 4 "$(grep -c running <<<"$out")"
expect "English says main thread" 1 "$(grep -c '^main thread$' <<<"$out")"
out=$("$poolscope" run nope 2>/dev/null); rc=$?
expect "wrong usage ends with 2" 2 $rc
expect "wrong usage prints nothing" "" "$out"
env -u DISPLAY -u WAYLAND_DISPLAY -u QT_QPA_PLATFORM "$poolscope" >/dev/null 2>&1
expect "no display ends with 1" 1 $?
"$poolscope" run thread-pool >/dev/null & pid=$!
while [ ! -e /proc/$pid/task ] || [ "$(ls /proc/$pid/task | wc -l)" -lt 3 ]; do :; done
kill -TERM $pid; wait $pid
expect "SIGTERM ends with 143" 143 $?
exit $failed
