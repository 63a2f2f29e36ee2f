#!/usr/bin/env bash
# Builds and runs one part of the benchmarks and prints its table: tests/bench/run.sh executors [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
part=${1:-}
if [[ ! -f tests/bench/$part.py ]]; then
  echo "run.sh: unknown part '$part'; there is: $(cd tests/bench && ls -- *.py | sed 's/\.py$//' | tr '\n' ' ')" >&2
  exit 2
fi
cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DPOOLSCOPE_BUILD_APP=OFF -DPOOLSCOPE_BUILD_TESTS=OFF \
  -DPOOLSCOPE_BUILD_BENCH=ON >/dev/null
ninja -C build/bench "bench_$part"
exec python3 "tests/bench/$part.py" "build/bench/bench_$part" "build/bench/$part.csv" "${@:2}"
