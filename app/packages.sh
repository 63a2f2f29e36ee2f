# Sourced by app/run.sh and tests/run.sh: installs what is missing, and nothing else. All messages go to stderr.

say() { printf 'poolscope: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

BUILD_PACKAGES="g++ cmake ninja-build ccache qt6-base-dev qt6-svg-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools \
qt6-translations-l10n libgl1-mesa-dev libmsgpack-cxx-dev rapidjson-dev libedit-dev fonts-noto-cjk fonts-dejavu-core"

# need_packages WHAT_FOR PACKAGE...: makes sure that they are installed; asks apt only when one is missing.
need_packages() {
  local what=$1 missing="" package; shift
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || die "$what needs these Debian packages, and there is no apt-get to install them:$missing"
  local sudo=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "$what needs these packages; install them as root:$missing"
    sudo=sudo
  fi
  say "installing what $what needs:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # the list is meant to be split
  if ! $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
    $sudo apt-get update -qq >/dev/null 2>&1 || die "the package lists cannot be had; is there a network?"
    $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
      die "apt-get could not install:$missing"
  fi
}

# configure DIR OPTION...: configures once; later calls are quick because CMake notices changes by itself.
configure() {
  local dir=$1; shift
  local launcher=() log=$dir/configure.log
  mkdir -p "$dir"
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  cmake -S "$ROOT" -B "$dir" -G Ninja "${launcher[@]}" "$@" >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "the build could not be configured; the whole log is $log"; }
}

# build DIR: with all cores; ninja's progress on stderr.
build() {
  local dir=$1
  say "building in ${dir#"$ROOT"/}"
  if [ -t 2 ]; then
    ninja -C "$dir" >&2 || die "the build failed"
  else
    ninja -C "$dir" >"$dir/build.log" 2>&1 || { tail -n 40 "$dir/build.log" >&2; die "the build failed; the whole log is $dir/build.log"; }
  fi
}
