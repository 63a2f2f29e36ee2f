#!/usr/bin/env bash
# Installs what is missing (Debian 12), builds, and starts Poolscope: app/run.sh [ARGS…]
set -eu
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/app/packages.sh"

# shellcheck disable=SC2086 # the list is meant to be split
need_packages "Poolscope" $BUILD_PACKAGES
configure "$ROOT/build" -DCMAKE_BUILD_TYPE=Release -DPOOLSCOPE_BUILD_TESTS=OFF
build "$ROOT/build"

if [ $# = 0 ] && [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
  need_packages "a window without a display" xvfb xauth
  say "there is no display: the scenario thread-pool runs in the real window on a virtual one, and its picture is saved"
  xvfb-run -a -s "-screen 0 1440x900x24" "$ROOT/build/poolscope" --scenario thread-pool \
    --screenshot "$ROOT/build/poolscope.png" --after done
  say "the window's picture is build/poolscope.png"
  exit 0
fi
exec "$ROOT/build/poolscope" "$@"
