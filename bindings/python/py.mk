# The Python side of the Makefile. Included from the top; run there.
#
#   make test-py        builds the module, and runs its tests in an environment of its own under the build directory
#   make wheel          the file to publish, in the build directory's wheels/
#   make bench-py       operations per second, beside a dict, sqlite3 and lmdb
#
# Without Python 3.10 or its venv a line says SKIPPED; in CI it fails.

PYTHON ?= python3
PY_DIR := bindings/python
PY_BUILD = $(abspath $(or $(CARGO_TARGET_DIR),target))/python
PY_VENV = $(PY_BUILD)/venv
PY_RUN = env -u PYTHONPATH CARGO_TARGET_DIR=$(PY_BUILD) VIRTUAL_ENV=$(PY_VENV) PATH=$(PY_VENV)/bin:$$PATH
PY_TOOLS := maturin==1.16.0 pytest mypy ruff typing_extensions \
	redis==8.0.1 rq==3.0.0 celery==5.7.0 huey==3.5.4 Django==5.2.19 django-redis==7.0.0 walrus==0.9.8 Flask-Caching==2.5.1 \
	aiocache==0.12.3 python-redis-lock==4.0.1 dramatiq==2.2.1 limits==5.8.0
HAVE_PY = $(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
SKIP_PY = { echo "SKIPPED Python: no $(PYTHON) from 3.10 on with venv"; [ "$$CI" != true ]; }

.PHONY: test-py wheel bench-py

$(PY_VENV)/ready-3:
	$(PYTHON) -m venv --clear $(PY_VENV)
	$(PY_VENV)/bin/python -m pip -q --disable-pip-version-check install $(PY_TOOLS)
	@touch $@

test-py:
	@if $(HAVE_PY); then $(MAKE) --no-print-directory test-py-here; else $(SKIP_PY); fi

.PHONY: test-py-here
test-py-here: $(PY_VENV)/ready-3
	cd $(PY_DIR) && $(PY_RUN) maturin develop --quiet
	cd $(PY_DIR) && $(PY_RUN) python -m pytest -q tests

wheel: $(PY_VENV)/ready-3
	cd $(PY_DIR) && $(PY_RUN) maturin build --release --out $(PY_BUILD)/wheels
	@ls $(PY_BUILD)/wheels

# In an environment of its own: the one of the tests has a module that is quick to build.
bench-py: wheel
	$(PYTHON) -m venv --clear $(PY_BUILD)/bench
	$(PY_BUILD)/bench/bin/python -m pip -q --disable-pip-version-check install lmdb $$(ls -t $(PY_BUILD)/wheels/*.whl | head -1)
	$(PY_BUILD)/bench/bin/python $(PY_DIR)/bench.py
