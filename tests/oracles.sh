#!/bin/sh
# Installs the real servers that the tests compare with, under DIR/bin:
#   redis7-server   Redis 7.0, Debian 12's own
#   valkey8-server  Valkey 8.0, Debian 12's backports
#   redis8-server   Redis 8.0, Debian 13's, run with the C library it was built for
# usage: tests/oracles.sh [DIR]     DIR is target/oracles if not given. Nothing is started.
# Needs Debian 12 on amd64 and root; elsewhere it says what to do by hand. Nothing but redis-server itself is
# installed on the machine: the newer packages are only unpacked.
set -eu

dir=${1:-$(dirname "$0")/../target/oracles}
mkdir -p "$dir/bin"
dir=$(cd "$dir" && pwd)
log=$dir/log

say() { printf 'oracles: %s\n' "$*" >&2; }
quiet() { "$@" >"$log" 2>&1 || { cat "$log" >&2; say "failed: $*"; exit 1; }; }
is() { "$1" --version 2>/dev/null | grep -q " v=$2"; }

if is "$dir/bin/redis7-server" 7.0. && is "$dir/bin/valkey8-server" 8. && is "$dir/bin/redis8-server" 8.; then
  exit 0
fi

by_hand() {
  say "$1"
  say "install Redis 7.0, and if you can Valkey 8 and Redis 8, yourself; then set LODGER_REDIS7, LODGER_VALKEY8"
  say "and LODGER_REDIS8 to the server binaries. A redis-server 7.0 on PATH is found without that."
  exit 1
}
[ "$(id -u)" = 0 ] || by_hand "not root"
grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release && [ "$(dpkg --print-architecture)" = amd64 ] ||
  by_hand "this is not Debian 12 on amd64"

if ! is redis-server 7.0.; then
  say "installing redis-server"
  quiet apt-get update -qq
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive quiet apt-get install -y -qq --no-install-recommends redis-server
fi
ln -sf "$(command -v redis-server)" "$dir/bin/redis7-server"

# A package index beside the system's, at the same mirror, so that nothing newer is ever installed.
list=/etc/apt/sources.list.d/debian.sources
mirror=$(awk '/^URIs:/ { print $2; exit }' "$list" 2>/dev/null || true)
[ -n "$mirror" ] || mirror=$(awk '$1 == "deb" { print $(NF == 4 ? 2 : 3); exit }' /etc/apt/sources.list)
mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$dir/deb" "$dir/valkey8" "$dir/redis8"
for suite in bookworm-backports trixie; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$dir/apt/sources.list"
aside() {
  quiet apt-get -qq -oDir::Etc::SourceList="$dir/apt/sources.list" -oDir::Etc::SourceParts=/dev/null \
    -oDir::State::Lists="$dir/apt/lists" -oDir::Cache="$dir/apt/cache" -oAPT::Sandbox::User=root "$@"
}
say "fetching Valkey 8.0 and Redis 8.0"
aside update
cd "$dir/deb"
aside download valkey-tools/bookworm-backports
for package in redis-tools libc6 libssl3t64 libsystemd0 libatomic1 libjemalloc2 liblzf1 libgcc-s1 libstdc++6 \
  liblzma5 libzstd1 liblz4-1 libcap2 libgcrypt20 libgpg-error0; do
  aside download "$package/trixie"
done
for deb in *.deb; do
  case $deb in
    valkey-tools*) dpkg -x "$deb" "$dir/valkey8" ;;
    *) dpkg -x "$deb" "$dir/redis8" ;;
  esac
done

# Server and checkers are one binary that looks at its own name.
lib=$dir/redis8/usr/lib/x86_64-linux-gnu
ln -sf ../valkey8/usr/bin/valkey-check-rdb "$dir/bin/valkey-server"
printf '#!/bin/sh\nexec %s/bin/valkey-server "$@"\n' "$dir" >"$dir/bin/valkey8-server"
printf '#!/bin/sh\nexec %s/ld-linux-x86-64.so.2 --library-path %s --argv0 redis-server %s/redis8/usr/bin/redis-check-rdb "$@"\n' \
  "$lib" "$lib" "$dir" >"$dir/bin/redis8-server"
chmod +x "$dir/bin/valkey8-server" "$dir/bin/redis8-server"
for server in redis7 valkey8 redis8; do
  say "$server: $("$dir/bin/$server-server" --version)"
done
