"""What tools say: mypy, stubtest, ruff; and the examples, which run."""

from __future__ import annotations

import doctest
import pathlib
import shutil
import subprocess
import sys

import lodger
import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
CONFIG = str(HERE.parent / "pyproject.toml")
EXAMPLES = sorted((ROOT / "examples" / "python").glob("*.py"))


def tool(*args: str) -> None:
    done = subprocess.run([sys.executable, "-m", *args], capture_output=True, text=True, cwd=HERE.parent)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    # Those that are tests for pytest are run by it.
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if path.name.startswith("test_") else []
    done = subprocess.run([sys.executable, *words, str(path)], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == "" and done.stdout, done.stderr


def test_the_manual_quotes_files_that_run() -> None:
    manual = (ROOT / "docs" / "python.md").read_text()
    files = [path.read_text() for path in EXAMPLES]
    quotes = [part.split("```")[0] for part in manual.split("```python\n")[1:]]
    assert quotes
    for quote in quotes:
        lines = [line.strip() for line in quote.splitlines() if line.strip()]
        assert any("\n".join(lines) in "\n".join(s.strip() for s in file.splitlines() if s.strip()) for file in files), quote


def test_the_docstring() -> None:
    assert doctest.testmod(lodger).failed == 0


def test_mypy() -> None:
    tool("mypy", "--strict", "--config-file", CONFIG, "python/lodger", "python/pytest_lodger", *map(str, EXAMPLES))


def test_stubs() -> None:
    tool("mypy.stubtest", "lodger._lodger", "--mypy-config-file", CONFIG)


def test_ruff() -> None:
    paths = [str(HERE.parent), *map(str, EXAMPLES)]
    if shutil.which("ruff", path=str(pathlib.Path(sys.executable).parent)) is None:
        pytest.skip("no ruff")
    tool("ruff", "check", "--config", CONFIG, *paths)
    tool("ruff", "format", "--check", "--config", CONFIG, *paths)
