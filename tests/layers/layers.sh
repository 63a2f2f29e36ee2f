#!/usr/bin/env bash
# Who may include whom: layers.sh ROOT. Arrows point down only: app → ui → core; inside core
# base ← event ← pool ← echo ← scenario, with analysis beside scenario. Prints every line that breaks a rule.
set -u
cd "${1:?the root of the tree}" || exit 2
broken=0

# forbid WHY PATTERN PATH...: no #include under PATH may match PATTERN (an extended regular expression of what is included).
forbid() {
  local why=$1 pattern=$2 found paths=()
  shift 2
  for path in "$@"; do [ -e "$path" ] && paths+=("$path"); done
  [ ${#paths[@]} -gt 0 ] || return 0
  found=$(grep -rnE --include='*.h' --include='*.cpp' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" "${paths[@]}")
  if [ -n "$found" ]; then
    printf '%s:\n%s\n' "$why" "$found"
    broken=$((broken + $(wc -l <<<"$found")))
  fi
}

forbid "core knows no Qt" 'Q[A-Za-z]|Qt[A-Z]' core
forbid "core knows neither ui nor app nor tests" '(ui|app|tests)/' core
forbid "ui knows neither app nor tests" '(app|tests)/' ui
forbid "app does not know the tests" 'tests/' app
forbid "core/base stands alone" 'core/(event|pool|echo|scenario|analysis)/' core/base
forbid "core/event stands on core/base" 'core/(pool|echo|scenario|analysis)/' core/event
forbid "core/pool stands on core/event" 'core/(echo|scenario|analysis)/' core/pool
forbid "core/echo stands on core/pool" 'core/(scenario|analysis)/' core/echo
forbid "core/scenario stands beside core/analysis" 'core/analysis/' core/scenario
forbid "core/analysis stands beside core/scenario" 'core/scenario/' core/analysis
forbid "models and timeline know neither feed nor views" 'ui/(feed|views)/' ui/models ui/timeline
for room in ui/*; do
  [ "$room" = ui/control ] || forbid "only ui/control and app name an executor" \
    'core/pool/(thread_pool_executor|process_pool_executor|pool_core|scheduler)\.h' "$room"
done
forbid "includes are written from the root" '\.\.?/' core ui app
forbid "the worker program links core alone" '(Q[A-Za-z]|ui/)' app/worker_main.cpp

for header in $(find core ui app -name '*.h'); do
  grep -q '^#pragma once' "$header" || { echo "$header: has no #pragma once"; broken=$((broken + 1)); }
  if grep -qE '^using namespace' "$header"; then echo "$header: using-directive in a header"; broken=$((broken + 1)); fi
done

echo "$broken broken"
[ "$broken" = 0 ]
