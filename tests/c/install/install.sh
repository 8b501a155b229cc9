#!/bin/sh
# Installs to a temporary prefix and builds the programs beside this file against what was installed: by
# hand, through pkg-config (shared and static) and through CMake. Run by `make test-install`, from the top.
set -eu
here=tests/c/install
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0
ok() { passed=$((passed + 1)); echo "ok: $*"; }
die() { echo "FAILED: $*" >&2; echo "$passed passed, 1 failed"; exit 1; }
skip() { echo "SKIPPED $*"; }
have() { command -v "$1" >/dev/null 2>&1; }

version=$(sed -n 's/^version *= *"\(.*\)"/\1/p' Cargo.toml | head -n 1)
p=$tmp/usr
$MAKE -s install PREFIX="$p" >/dev/null

for f in include/lodger.h include/lodger.hpp lib/liblodger.a "lib/liblodger.so.$version" lib/liblodger.so.0 \
  lib/liblodger.so lib/pkgconfig/lodger.pc lib/cmake/lodger/lodger-config.cmake \
  lib/cmake/lodger/lodger-config-version.cmake; do
  [ -s "$p/$f" ] || die "$f is not installed"
done
[ "$(readlink "$p/lib/liblodger.so")" = liblodger.so.0 ] || die "liblodger.so is no link to the SONAME"
[ "$(readlink "$p/lib/liblodger.so.0")" = "liblodger.so.$version" ] || die "the SONAME is no link to the file"
if grep -q '@' "$p/lib/pkgconfig/lodger.pc" "$p"/lib/cmake/lodger/*; then die "a placeholder was left"; fi
ok "every file is in place"

if have readelf; then
  readelf -d "$p/lib/liblodger.so" | grep -q 'SONAME.*\[liblodger\.so\.0\]' || die "the SONAME is not liblodger.so.0"
  ok "SONAME"
else skip "SONAME: no readelf"; fi

# The loader must find the library by its SONAME, so nothing but the prefix is given.
runs() { [ "$(LD_LIBRARY_PATH=$p/lib "$1")" = "$version" ] || die "$1 does not run"; }
alone() { [ "$(env -u LD_LIBRARY_PATH "$1")" = "$version" ] || die "$1 does not run without the shared library"; }

$CC -Wall -Werror -I"$p/include" $here/consumer.c -L"$p/lib" -llodger -o "$tmp/by-hand"
runs "$tmp/by-hand"
ok "compiled by hand"

if have pkg-config; then
  PKG_CONFIG_PATH=$p/lib/pkgconfig
  export PKG_CONFIG_PATH
  [ "$(pkg-config --modversion lodger)" = "$version" ] || die "pkg-config knows another version"
  # shellcheck disable=SC2046 # words are wanted
  $CC $(pkg-config --cflags lodger) $here/consumer.c $(pkg-config --libs lodger) -o "$tmp/shared"
  runs "$tmp/shared"
  ok "pkg-config, shared"
  if have "$CXX"; then
    $CXX -std=c++17 $(pkg-config --cflags lodger) $here/consumer.cpp $(pkg-config --libs lodger) -o "$tmp/shared-cpp"
    runs "$tmp/shared-cpp"
    ok "pkg-config, C++"
  else skip "pkg-config, C++: no $CXX"; fi
  # Static: from a copy without the shared library, for the linker prefers that one.
  mkdir -p "$tmp/static"
  cp "$p/lib/liblodger.a" "$tmp/static"
  $CC $(pkg-config --static --cflags lodger) $here/consumer.c \
    $(pkg-config --static --define-variable=libdir="$tmp/static" --libs lodger) -o "$tmp/static/consumer"
  alone "$tmp/static/consumer"
  ok "pkg-config --static"
else skip "pkg-config: not on this machine"; fi

if have cmake && have "$CXX"; then
  for wanted in "$version" "${version%.*}"; do
    cmake -S $here -B "$tmp/cmake" -DCMAKE_PREFIX_PATH="$p" -DWANTED="$wanted" -DCMAKE_C_COMPILER="$CC" \
      -DCMAKE_CXX_COMPILER="$CXX" >"$tmp/log" 2>&1 || { cat "$tmp/log"; die "cmake does not find lodger $wanted"; }
  done
  cmake --build "$tmp/cmake" >"$tmp/log" 2>&1 || { cat "$tmp/log"; die "cmake build"; }
  env -u LD_LIBRARY_PATH "$tmp/cmake/shared_c" >/dev/null && runs "$tmp/cmake/shared_cpp" && alone "$tmp/cmake/static_c"
  for wanted in 99.0 0.99; do
    ! cmake -S $here -B "$tmp/cmake-$wanted" -DCMAKE_PREFIX_PATH="$p" -DWANTED="$wanted" >/dev/null 2>&1 ||
      die "cmake takes version $wanted for fulfilled"
  done
  mv "$p" "$tmp/moved"
  cmake -S $here -B "$tmp/cmake-moved" -DCMAKE_PREFIX_PATH="$tmp/moved" -DWANTED="$version" >"$tmp/log" 2>&1 &&
    cmake --build "$tmp/cmake-moved" >"$tmp/log" 2>&1 || { cat "$tmp/log"; die "cmake with a moved tree"; }
  mv "$tmp/moved" "$p"
  ok "CMake: shared, static, versions, a moved tree"
else skip "CMake: no cmake or no $CXX on this machine"; fi

# A staged install goes under DESTDIR and still names PREFIX.
$MAKE -s install PREFIX=/opt/x DESTDIR="$tmp/stage" >/dev/null
[ -s "$tmp/stage/opt/x/lib/liblodger.a" ] || die "DESTDIR"
grep -q '^prefix=/opt/x$' "$tmp/stage/opt/x/lib/pkgconfig/lodger.pc" || die "DESTDIR went into the .pc file"
$MAKE -s uninstall PREFIX=/opt/x DESTDIR="$tmp/stage" >/dev/null
[ -z "$(find "$tmp/stage" -type f -o -type l)" ] || die "uninstall left something"
ok "DESTDIR and uninstall"

# What rustc says a static link needs is what the .pc file says.
said=$($CARGO rustc --release --lib --crate-type staticlib -- --print native-static-libs 2>&1 |
  sed -n 's/.*native-static-libs: *//p' | tail -n 1)
[ "$said" = "$NATIVE_LIBS" ] || die "rustc: '$said', bindings/c/c.mk: '$NATIVE_LIBS'"
grep -qx "Libs.private: $said" "$p/lib/pkgconfig/lodger.pc" || die "Libs.private"
ok "Libs.private is what rustc says"

echo "$passed passed, 0 failed"
