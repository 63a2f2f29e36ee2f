#!/usr/bin/env bash
# Installs what is missing (Debian 12), builds and runs all tests: tests/run.sh [--long]
# The last line counts the tests of all builds: N passed, N failed, N skipped.
set -u
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/app/packages.sh"
case "${1:-}" in "" | --long) ;; *) say "'$1' is not an option; there is --long"; exit 2 ;; esac

mkdir -p "$ROOT/build"
# shellcheck disable=SC2086 # the list is meant to be split
need_packages "the tests" $BUILD_PACKAGES libgtest-dev relacy-dev clang libclang-rt-14-dev xvfb xauth python3

passed=0 failed=0 skipped=0
failures=$ROOT/build/failures.log # what failed tests printed: shown again at the end, where a long log is read
: >"$failures"
check() { # check NAME COMMAND...: one test that is a command
  local name=$1; shift
  if "$@" >"$ROOT/build/check.log" 2>&1; then
    printf 'ok   %s\n' "$name"; passed=$((passed + 1))
  else
    { printf 'FAIL %s\n' "$name"; tail -n 30 "$ROOT/build/check.log"; } | tee -a "$failures"; failed=$((failed + 1))
  fi
}
failed_blocks() { # failed_blocks NAME LOG: each failed test's line and the last 40 lines it printed
  awk -v name="$1" '
    function flush(   i) {
      if (!open) return
      print "FAIL " name ": " title
      for (i = (n > 40 ? n - 39 : 1); i <= n; i++) print "  " line[i]
      open = 0
    }
    /^ *[0-9]+\/[0-9]+ Test +#/ { flush(); if ($0 !~ / Passed |\*\*\*Skipped /) { open = 1; title = $0; n = 0 }; next }
    /^ +Start +[0-9]+: / { flush(); next }
    /^[0-9]+% tests passed/ { flush(); exit }
    open && !/^QWARN/ { line[++n] = $0 }
    END { flush() }' "$2"
}
tests() { # tests NAME DIR [PREFIX...]: all tests of a build, counted from ctest's own report
  local name=$1 dir=$2; shift 2
  say "testing $name"
  "$@" ctest --test-dir "$dir" -j2 --output-on-failure --no-tests=error --output-junit "$dir/junit.xml" >"$dir/test.log" 2>&1
  local rc=$? head all bad off
  head=$(tr '\n' ' ' <"$dir/junit.xml" 2>/dev/null | grep -o '<testsuite [^>]*' | head -n 1)
  count() { sed -n "s/.* *\t*$1=\"\([0-9]*\)\".*/\1/p" <<<"$head"; }
  all=$(count tests) bad=$(count failures) off=$(($(count skipped) + $(count disabled)))
  if [ -z "$all" ]; then
    { printf 'FAIL %s: no report\n' "$name"; tail -n 30 "$dir/test.log"; } | tee -a "$failures"; failed=$((failed + 1)); return
  fi
  [ "$rc" = 0 ] || failed_blocks "$name" "$dir/test.log" | tee -a "$failures"
  grep -E '\*\*\*Skipped|Not Run' "$dir/test.log" | sed 's/^/SKIP /'
  passed=$((passed + all - bad - off)) failed=$((failed + bad)) skipped=$((skipped + off))
  printf '%s: %d tests, %d failed, %d skipped\n' "$name" "$all" "$bad" "$off"
}

# Where the kernel lays memory out too randomly for GCC 12's ThreadSanitizer, the tests run without that.
tsan_prefix=()
[ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ] && tsan_prefix=(setarch -R)

# Most tests wait, and compiling does not: while a build's tests run, the next one is built with what they leave of the
# processors (nice 19 is 1.5 % of a core that both want).
later() { # later COMMAND...: begins it, in a process group of its own; after_that waits for it and ends the run when it failed
  set -m
  (renice -n 19 -p "$BASHPID" >/dev/null; "$@") &
  background=$!
  set +m
}
background=
trap '[ -z "$background" ] || kill -- "-$background" 2>/dev/null' EXIT
after_that() {
  wait "$background"
  local rc=$?
  background=
  [ "$rc" = 0 ] || exit 1
}
sanitized() { # sanitized KIND DIR APP: builds with a sanitizer
  configure "$2" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPOOLSCOPE_SANITIZE="$1" -DPOOLSCOPE_BUILD_APP="$3" -DPOOLSCOPE_BUILD_TESTS=ON && build "$2"
}
clang() { # clang DIR OPTION...
  local dir=$1; shift
  configure "$dir" -DCMAKE_CXX_COMPILER=clang++ -DPOOLSCOPE_BUILD_APP=OFF -DPOOLSCOPE_BUILD_TESTS=OFF "$@"
}
lock_analysis() {
  clang "$ROOT/build/tsa" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS=-Werror=thread-safety" && ninja -C "$ROOT/build/tsa"
}
fuzzers() {
  clang "$ROOT/build/fuzz" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPOOLSCOPE_BUILD_FUZZ=ON && ninja -C "$ROOT/build/fuzz" fuzzers
}
with_clang() {
  say "building with Clang"
  lock_analysis; fuzzers
  true # the checks below say what did not build
} >/dev/null

configure "$ROOT/build" -DCMAKE_BUILD_TYPE=Release -DPOOLSCOPE_BUILD_TESTS=ON && build "$ROOT/build" || exit 1
later sanitized address "$ROOT/build/asan" ON
export QT_QPA_PLATFORM=offscreen
[ "${1:-}" = --long ] && export POOLSCOPE_LONG=1 # a stream of 1 GiB, 60,000 connects; not under the sanitizers
tests release "$ROOT/build"
unset POOLSCOPE_LONG

after_that
later sanitized thread "$ROOT/build/tsan" OFF
ASAN_OPTIONS=detect_stack_use_after_return=0 LSAN_OPTIONS=suppressions=$ROOT/tests/lsan.txt:print_suppressions=0 \
  tests "address sanitizer" "$ROOT/build/asan"

after_that
later with_clang
TSAN_OPTIONS=halt_on_error=1 tests "thread sanitizer" "$ROOT/build/tsan" "${tsan_prefix[@]}"

after_that
check "Clang's lock analysis of core" lock_analysis
check "the fuzzers build" fuzzers

# Each fuzzer starts from the kept corpus; what it finds beside that stays in the build folder.
fuzz_seconds=10
[ "${1:-}" = --long ] && fuzz_seconds=60
fuzz() { # fuzz NAME: the inputs that crash it are left in build/fuzz
  mkdir -p "$ROOT/build/fuzz/found_$1"
  check "fuzzing $1 for $fuzz_seconds s" "$ROOT/build/fuzz/fuzz_$1" -max_total_time="$fuzz_seconds" -timeout=20 -rss_limit_mb=2048 \
    -max_len=65536 -print_final_stats=1 -artifact_prefix="$ROOT/build/fuzz/" "$ROOT/build/fuzz/found_$1" "$ROOT/tests/fuzz/corpus/$1"
}
fuzz chrome_trace
fuzz wire

if [ -s "$failures" ]; then say "what failed, once more:"; cat "$failures"; fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
