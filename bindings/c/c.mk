# The C and C++ side of the Makefile: install, test-c, examples, demo. Included from the top; run there.
#
#   make install PREFIX=/usr/local DESTDIR=     libraries, headers, pkg-config and CMake files
#   make test-c                                 C and C++ suites: plain, sanitized, under valgrind; ABI; install
#   make examples, make demo                    the example programs; the main one
#
# A tool that is missing (C++ compiler, valgrind, sanitizer runtime, cmake, pkg-config) is told in a line
# that begins with SKIPPED.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CXX ?= c++
CARGO ?= cargo
CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
C_STD := -std=c11 -Wall -Wextra -Wpedantic -Werror
CXX_STD := -std=c++17 -Wall -Wextra -Wpedantic -Werror

# The two version numbers, from where they are kept.
LODGER_VERSION = $(shell awk -F'"' '/^version *=/ { print $$2; exit }' Cargo.toml)
LODGER_ABI = $(shell awk '/define LODGER_ABI_VERSION/ { sub(/u$$/, "", $$3); print $$3; exit }' include/lodger.h)
# What a static link needs besides: rustc's --print native-static-libs. tests/c/install.sh compares.
NATIVE_LIBS := -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc

RELEASE = $(or $(CARGO_TARGET_DIR),target)/release
CBUILD = $(or $(CARGO_TARGET_DIR),target)/c
SO = liblodger.so.$(LODGER_ABI)
SO_FILE = liblodger.so.$(LODGER_VERSION)
# Programs of this tree find the library beside them, under the names an installed one has.
LINK = -L$(CBUILD)/lib -llodger -Wl,-rpath,$(abspath $(CBUILD))/lib -pthread
INC = -Iinclude -Ibindings/c/include

C_TESTS := $(wildcard tests/c/*.c)
CPP_TESTS := $(wildcard tests/cpp/*.cpp)
C_EXAMPLES := quickstart cache airports news follow
RUST_EXAMPLES := $(patsubst examples/%.rs,%,$(wildcard examples/*.rs))
HAVE_CXX = $(shell command -v $(CXX))
SKIP_CXX = echo "SKIPPED $(1): no C++ compiler ($(CXX))"

.PHONY: c-lib install uninstall test-c test-c-plain test-c-asan test-c-valgrind test-cpp test-abi test-install examples demo

c-lib:
	$(CARGO) build --release --lib
	@mkdir -p $(CBUILD)/lib $(CBUILD)/bin
	@ln -sfn $(abspath $(RELEASE))/liblodger.so $(CBUILD)/lib/$(SO)
	@ln -sfn $(SO) $(CBUILD)/lib/liblodger.so

FILL = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@VERSION@|$(LODGER_VERSION)|g' -e 's|@SONAME@|$(SO)|g' \
	-e 's|@SHARED_FILE@|$(SO_FILE)|g' -e 's|@NATIVE_LIBS@|$(NATIVE_LIBS)|g' \
	-e 's|@NATIVE_LIBS_CMAKE@|$(subst $() $(),;,$(NATIVE_LIBS))|g'
DEST = $(DESTDIR)$(PREFIX)

install: c-lib
	install -d "$(DEST)/include" "$(DEST)/lib/pkgconfig" "$(DEST)/lib/cmake/lodger"
	install -m 644 include/lodger.h bindings/c/include/lodger.hpp "$(DEST)/include"
	install -m 755 $(RELEASE)/liblodger.so "$(DEST)/lib/$(SO_FILE)"
	ln -sfn $(SO_FILE) "$(DEST)/lib/$(SO)"
	ln -sfn $(SO) "$(DEST)/lib/liblodger.so"
	install -m 644 $(RELEASE)/liblodger.a "$(DEST)/lib/liblodger.a"
	$(FILL) bindings/c/lodger.pc.in >"$(DEST)/lib/pkgconfig/lodger.pc"
	$(FILL) bindings/c/lodger-config.cmake.in >"$(DEST)/lib/cmake/lodger/lodger-config.cmake"
	$(FILL) bindings/c/lodger-config-version.cmake.in >"$(DEST)/lib/cmake/lodger/lodger-config-version.cmake"

uninstall:
	rm -f "$(DEST)"/include/lodger.h "$(DEST)"/include/lodger.hpp "$(DEST)"/lib/liblodger.a \
	  "$(DEST)"/lib/liblodger.so "$(DEST)"/lib/$(SO) "$(DEST)"/lib/$(SO_FILE) "$(DEST)"/lib/pkgconfig/lodger.pc
	rm -rf "$(DEST)"/lib/cmake/lodger

test-c: test-c-plain test-cpp test-c-asan test-c-valgrind test-abi test-install

test-c-plain: c-lib
	$(CC) $(C_STD) $(CFLAGS) $(INC) $(C_TESTS) -o $(CBUILD)/bin/test-c $(LINK)
	$(CBUILD)/bin/test-c

test-cpp: c-lib
	@$(if $(HAVE_CXX),set -x; $(CXX) $(CXX_STD) $(CXXFLAGS) $(INC) $(CPP_TESTS) -o $(CBUILD)/bin/test-cpp $(LINK) \
	  && $(CBUILD)/bin/test-cpp,$(call SKIP_CXX,tests/cpp))

# Our own code is instrumented, the library is the one that users get.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
test-c-asan: c-lib
	@if echo 'int main(void){return 0;}' | $(CC) $(SANITIZE) -xc - -o $(CBUILD)/bin/probe 2>/dev/null; then set -ex; \
	  $(CC) $(C_STD) $(CFLAGS) $(SANITIZE) $(INC) $(C_TESTS) -o $(CBUILD)/bin/test-c-asan $(LINK); \
	  LODGER_TEST_LIGHT=1 $(CBUILD)/bin/test-c-asan; \
	  else echo "SKIPPED tests/c sanitized: $(CC) has no address sanitizer"; fi

# Valgrind runs one thread at a time; without fair-sched the one that runs may go on for minutes.
test-c-valgrind: test-c-plain
	@if command -v valgrind >/dev/null; then set -x; \
	  LODGER_TEST_LIGHT=1 valgrind -q --fair-sched=try --leak-check=full --error-exitcode=9 \
	  $(CBUILD)/bin/test-c; else echo "SKIPPED tests/c under valgrind: no valgrind"; fi

# The header against declarations in Rust: sizes, constants, signatures.
test-abi: c-lib
	LODGER_LIB_DIR=$(abspath $(CBUILD))/lib CARGO_TARGET_DIR=$(abspath $(CBUILD))/abi \
	  $(CARGO) run --quiet --locked --manifest-path tests/abi/Cargo.toml

test-install: c-lib
	CC="$(CC)" CXX="$(CXX)" NATIVE_LIBS="$(NATIVE_LIBS)" MAKE="$(MAKE)" CARGO="$(CARGO)" sh tests/c/install/install.sh

CSV := examples/data/airports.csv
examples: c-lib
	@set -e; for p in $(RUST_EXAMPLES); do echo "== examples/$$p.rs"; $(CARGO) run --quiet --example $$p; done
	@set -e; for p in $(C_EXAMPLES); do echo "== examples/c/$$p.c"; \
	  $(CC) $(C_STD) $(CFLAGS) $(INC) examples/c/$$p.c -o $(CBUILD)/bin/$$p-c $(LINK); \
	  $(CBUILD)/bin/$$p-c $(CSV); done
	@$(if $(HAVE_CXX),set -e; for p in $(C_EXAMPLES); do echo "== examples/cpp/$$p.cpp"; \
	  $(CXX) $(CXX_STD) $(CXXFLAGS) $(INC) examples/cpp/$$p.cpp -o $(CBUILD)/bin/$$p-cpp $(LINK); \
	  $(CBUILD)/bin/$$p-cpp $(CSV); done,$(call SKIP_CXX,examples/cpp))

demo: c-lib
	@set -e; echo "== examples/c/airports.c"; \
	  $(CC) $(C_STD) $(CFLAGS) $(INC) examples/c/airports.c -o $(CBUILD)/bin/airports-c $(LINK); \
	  $(CBUILD)/bin/airports-c $(CSV)
	@$(if $(HAVE_CXX),set -e; echo "== examples/cpp/airports.cpp"; \
	  $(CXX) $(CXX_STD) $(CXXFLAGS) $(INC) examples/cpp/airports.cpp -o $(CBUILD)/bin/airports-cpp $(LINK); \
	  $(CBUILD)/bin/airports-cpp $(CSV),$(call SKIP_CXX,the C++ demo))
