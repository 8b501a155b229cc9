#!/bin/sh
# Installs the wheel as a user would, into a new environment of each Python, without Rust on PATH, and runs the tests there.
#
#   wheel.sh WHEEL DIRECTORY [PYTHON...]
#
# Without names of Pythons it is every one from 3.10 on that is found on PATH.
set -eu
wheel=$1 directory=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }

if [ $# = 0 ]; then
  for minor in 10 11 12 13 14; do
    if fits "python3.$minor"; then set -- "$@" "python3.$minor"; fi
  done
fi
[ $# != 0 ] || set -- python3

# What the tools of Rust are called here leads nowhere.
mkdir -p "$directory/no-rust"
for tool in cargo rustc rustup maturin cc gcc; do
  printf '#!/bin/sh\necho "the wheel must not need %s" >&2\nexit 1\n' "$tool" >"$directory/no-rust/$tool"
  chmod +x "$directory/no-rust/$tool"
done

for python in "$@"; do
  name=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  venv=$directory/$name
  "$python" -m venv --clear "$venv"
  PATH=$directory/no-rust:$PATH "$venv/bin/python" -m pip -q --disable-pip-version-check install --only-binary :all: \
    "lodger[redis] @ file://$wheel" pytest pytest-xdist
  # mypy and its like are for the sources.
  log=$directory/$name.log
  if ! (cd "$directory" && "$venv/bin/python" -m pytest -q -p no:cacheprovider --rootdir "$here" \
    --ignore "$here/test_typing.py" "$here") >"$log" 2>&1; then
    cat "$log"
    exit 1
  fi
  echo "$name: $(tail -1 "$log")"
done
