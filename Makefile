# Each target is a line or two; logic that needs more is Rust in tests/ or benches/, or bindings/c/c.mk.
.PHONY: all test test-rust test-diff test-redis-py check crash fuzz fuzz-asan soak bench header compat oracles setup clean
all: c-lib

include bindings/c/c.mk
include bindings/python/py.mk

# Everything: Rust, conformance, comparison with a real server, C and C++, examples, Python.
test: setup test-rust test-c examples test-py

# In CI the tools that some tests need are installed; elsewhere a test says clearly what it skipped.
setup:
	sh tests/setup.sh

test-rust:
	$(CARGO) test
	CARGO_TARGET_DIR=target/interleavings $(CARGO) test --manifest-path tests/interleavings/Cargo.toml orders

test-diff:
	DIFF_FRESH=1 $(CARGO) test --test diff --test conformance --test specs -- --nocapture

# Tests, benches and examples may print, unwrap, cast, and look at files and clocks themselves.
TEST_LINTS := $(addprefix -A clippy::,print_stdout print_stderr unwrap_used expect_used disallowed_methods \
	cast_possible_truncation cast_sign_loss) -A unreachable_pub

# fmt, clippy, docs: what must be clean.
check:
	$(CARGO) fmt --check
	$(CARGO) clippy --lib -- -D warnings
	$(CARGO) clippy --all-targets -- -D warnings $(TEST_LINTS)
	$(CARGO) fmt --check --manifest-path bindings/python/Cargo.toml
	CARGO_TARGET_DIR=$(PY_BUILD) $(CARGO) clippy --manifest-path bindings/python/Cargo.toml -- -D warnings -A clippy::disallowed_methods
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --document-private-items

# The long runs; `make test` holds a short share of each.
crash:
	CRASH_ROUNDS=$(or $(ROUNDS),200) $(CARGO) test --release --test crash --test kill -- --nocapture

fuzz:
	HOSTILE=$(or $(N),1000000) $(CARGO) test --release --test hostile -- --nocapture
	FUZZ_SECONDS=$(or $(T),60) $(CARGO) test --release --test fuzz -- --nocapture

# The same with the address sanitizer, which only nightly has.
HOST := $(shell rustc -vV | sed -n 's/^host: //p')
fuzz-asan:
	RUSTFLAGS=-Zsanitizer=address HOSTILE=$(or $(N),100000) $(CARGO) +nightly test --release --target $(HOST) \
	  --test hostile -- --nocapture

soak:
	WAITING=1000000 $(CARGO) test --release --test waiting -- --nocapture
	SOAK_SECONDS=$(or $(T),60) $(CARGO) test --release --test threads soak -- --nocapture

# BENCH_ONLY names one part of the first.
bench: oracles
	$(CARGO) bench --bench engine
	@[ -n "$$BENCH_ONLY" ] || $(MAKE) --no-print-directory bench-py

# redis-py's own tests, all of them, in RESP2 and RESP3; `make test` runs a part in RESP2.
test-redis-py: oracles
	REDIS_PY=all $(CARGO) test --test redis_py -- --nocapture
	$(MAKE) test-redis-py-in-process

oracles:
	sh tests/oracles.sh

# Accepts a change of the C header, or of the table of commands.
header:
	HEADER=accept $(CARGO) test --test header

compat:
	COMPAT=accept $(CARGO) test --test compat

clean:
	$(CARGO) clean
