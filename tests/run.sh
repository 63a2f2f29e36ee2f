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

configure "$ROOT/build" -DCMAKE_BUILD_TYPE=Release -DPOOLSCOPE_BUILD_TESTS=ON && build "$ROOT/build" || exit 1
export QT_QPA_PLATFORM=offscreen
[ "${1:-}" = --long ] && export POOLSCOPE_LONG=1 # a stream of 1 GiB, 60,000 connects; not under the sanitizers
tests release "$ROOT/build"
unset POOLSCOPE_LONG

for kind in address thread; do
  dir=$ROOT/build/asan app=ON prefix=()
  [ $kind = thread ] && dir=$ROOT/build/tsan app=OFF prefix=("${tsan_prefix[@]}")
  configure "$dir" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPOOLSCOPE_SANITIZE=$kind -DPOOLSCOPE_BUILD_APP=$app -DPOOLSCOPE_BUILD_TESTS=ON &&
    build "$dir" || exit 1
  ASAN_OPTIONS=detect_stack_use_after_return=0 LSAN_OPTIONS=suppressions=$ROOT/tests/lsan.txt:print_suppressions=0 \
    TSAN_OPTIONS=halt_on_error=1 tests "$kind sanitizer" "$dir" "${prefix[@]}"
done

configure "$ROOT/build/tsa" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DPOOLSCOPE_BUILD_APP=OFF -DPOOLSCOPE_BUILD_TESTS=OFF \
  "-DCMAKE_CXX_FLAGS=-Werror=thread-safety"
check "Clang's lock analysis of core" ninja -C "$ROOT/build/tsa"

# Each fuzzer starts from the kept corpus; what it finds beside that stays in the build folder.
fuzz_seconds=10
[ "${1:-}" = --long ] && fuzz_seconds=60
configure "$ROOT/build/fuzz" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPOOLSCOPE_BUILD_FUZZ=ON \
  -DPOOLSCOPE_BUILD_APP=OFF -DPOOLSCOPE_BUILD_TESTS=OFF
say "building the fuzzers in build/fuzz"
check "the fuzzers build" ninja -C "$ROOT/build/fuzz" fuzzers
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
