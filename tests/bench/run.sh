#!/usr/bin/env bash
# Builds and runs one part of the benchmarks, prints its table and keeps it as build/bench/PART.csv:
# tests/bench/run.sh executors|events|echo [ROUNDS]. A part is PART.py here and the target bench_PART in CMakeLists.txt.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/app/packages.sh"
part=${1:-}
parts=$(cd "$ROOT/tests/bench" && ls -- *.py | sed 's/\.py$//' | grep -v '^table$' | tr '\n' ' ')
if [ "$part" = table ] || [ ! -f "$ROOT/tests/bench/$part.py" ]; then
  say "'$part' is no part of the benchmarks; there is: $parts"
  exit 2
fi
case "${2:-5}" in *[!0-9]* | 0) say "'$2' is not a number of rounds"; exit 2 ;; esac

# shellcheck disable=SC2086 # the list is meant to be split
need_packages "the benchmarks" $BUILD_PACKAGES libtbb-dev libboost-dev libconcurrentqueue-dev python3 util-linux
dir=$ROOT/build/bench
configure "$dir" -DCMAKE_BUILD_TYPE=Release -DPOOLSCOPE_BUILD_APP=OFF -DPOOLSCOPE_BUILD_TESTS=OFF -DPOOLSCOPE_BUILD_BENCH=ON
say "building in build/bench"
ninja -C "$dir" "bench_$part" >"$dir/build.log" 2>&1 ||
  { tail -n 40 "$dir/build.log" >&2; die "the build failed; the whole log is $dir/build.log"; }
exec python3 "$ROOT/tests/bench/$part.py" "$dir/bench_$part" "$dir/$part.csv" "${@:2}"
