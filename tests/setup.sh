#!/bin/sh
# What the tests use and this machine may lack. In CI (CI=true), or when LODGER_SETUP=1 asks for it, it is installed:
# as root, with apt-get, without starting any service. Elsewhere nothing is changed; a line says what will be skipped.
set -eu
cd "$(dirname "$0")/.."

packages='' skipped=''
# use COMMAND PACKAGE WHAT: a command, the package that has it, and the tests that go without it otherwise.
use() {
  command -v "$1" >/dev/null 2>&1 && return
  packages="$packages $2"
  skipped="$skipped$1 (package $2): $3
"
}
use "${CXX:-c++}" g++ 'the C++ suite and the C++ examples'
use valgrind valgrind 'the C suite under valgrind'
use pkg-config pkg-config 'building against an installed lodger.pc'
use cmake cmake 'building against the installed CMake files'
use redis-server redis-server 'the comparison with a real server'
use python3 python3-venv "redis-py's own tests"

apt() { RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"; }

if [ "${CI:-}" = true ] || [ "${LODGER_SETUP:-}" = 1 ]; then
  if [ -n "$packages" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
      printf 'setup: missing, and only root with apt-get can install it here:\n%s' "$skipped" >&2
      exit 1
    fi
    echo "setup: installing$packages"
    log=$(mktemp)
    # shellcheck disable=SC2086 # one word each
    if ! { apt update && apt install -y --no-install-recommends $packages; } >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      exit 1
    fi
    rm -f "$log"
  fi
  if [ -f tests/oracles.sh ]; then sh tests/oracles.sh; fi
elif [ -n "$skipped" ]; then
  printf '%s' "$skipped" | sed 's/^/SKIPPED for want of /'
fi
