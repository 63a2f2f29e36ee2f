#!/usr/bin/env bash
# The layers test finds what it is there to find: each forbidden include, put into a tree of its own, is reported.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
missed=0
try() { # try FILE INCLUDE
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/{core,ui,app} "$tree/$(dirname "$1")"
  printf '#pragma once\n#include %s\n' "$2" >"$tree/$1"
  if bash "$here/layers.sh" "$tree" >/dev/null; then echo "not found: $2 in $1"; missed=1; fi
}
try core/base/a.h '<QString>'
try core/pool/a.cpp '<QtCore/QString>'
try core/base/a.h '"core/event/event.h"'
try core/event/a.cpp '"core/pool/future.h"'
try core/pool/a.cpp '"core/scenario/scenario.h"'
try core/analysis/a.h '"core/scenario/scenario.h"'
try core/scenario/a.h '"ui/theme/theme.h"'
try ui/models/a.h '"ui/feed/event_feed.h"'
try ui/timeline/a.cpp '"ui/views/zones.h"'
try ui/views/a.cpp '"core/pool/thread_pool_executor.h"'
try ui/main_window.cpp '"core/pool/process_pool_executor.h"'
try ui/a.h '"app/command_line.h"'
try app/worker_main.cpp '"ui/window_options.h"'
try core/base/a.h '"../event/event.h"'
rm -rf "${tree:?}"/*
mkdir -p "$tree"/{core/pool,ui/control,app}
printf '#pragma once\n#include "core/event/event.h"\n' >"$tree/core/pool/a.h"
printf '#pragma once\n#include "core/pool/thread_pool_executor.h"\n' >"$tree/ui/control/a.h"
bash "$here/layers.sh" "$tree" || { echo "refused an allowed include"; missed=1; }
exit "$missed"
