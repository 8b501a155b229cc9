"""The pytest plugin of lodger: fixtures for tests of programs that use it or redis-py.

A package of its own, so that pytest, which imports it at its start, does not import lodger until a test asks for it.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import lodger
    import lodger.asyncio

_SEED = pytest.StashKey[int]()
_GIVEN = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    what = "the number that the randomness of all lodger databases is made from; a failing test shows it"
    parser.getgroup("lodger").addoption("--lodger-seed", type=int, metavar="N", help=what)
    parser.addini("lodger_seed", what)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "lodger(**options): how lodger.open opens the database of this test's fixtures")
    given = config.getoption("--lodger-seed")
    text = config.getini("lodger_seed")
    if given is None and text:
        if not text.lstrip("-").isdecimal():
            raise pytest.UsageError(f"lodger_seed must be a number, not {text!r}")
        given = int(text)
    # All workers of pytest-xdist have the seed of the process that started them.
    handed: dict[str, Any] = getattr(config, "workerinput", {})
    config.stash[_GIVEN] = given is not None
    config.stash[_SEED] = handed.get("lodger_seed", int.from_bytes(os.urandom(4), "big")) if given is None else given


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["lodger_seed"] = node.config.stash[_SEED]


def pytest_report_header(config: pytest.Config) -> str | None:
    return f"lodger: --lodger-seed={config.stash[_SEED]}" if config.stash[_GIVEN] else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    report: pytest.TestReport = (yield).get_result()
    if report.failed and "lodger_seed" in getattr(item, "fixturenames", ()):
        report.sections.append(("lodger", f"to have the same random choices: --lodger-seed={item.config.stash[_SEED]}"))


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Those of the markers; the nearest wins."""
    options: dict[str, Any] = {}
    for mark in request.node.iter_markers("lodger"):
        if mark.args:
            raise pytest.UsageError("the marker lodger takes options by name: @pytest.mark.lodger(decode_responses=True)")
        options = {**mark.kwargs, **options}
    return options


@pytest.fixture
def lodger_seed(request: pytest.FixtureRequest) -> int:
    """The seed of this test, made from ``--lodger-seed`` and the test's name: neither order nor other tests matter."""
    return zlib.crc32(f"{request.config.stash[_SEED]} {request.node.nodeid}".encode())


@pytest.fixture
def lodger_clock() -> lodger.Clock:
    """The clock that keys expire by. It stands still until ``advance(seconds)`` moves it."""
    import lodger

    return lodger.Clock()


@pytest.fixture
def lodger_db(request: pytest.FixtureRequest, lodger_clock: lodger.Clock, lodger_seed: int) -> Iterator[lodger.Db[Any]]:
    """An empty ``lodger.Db`` in memory, closed after the test.

    Its keys expire by ``lodger_clock``, its random choices come from ``lodger_seed``. ``@pytest.mark.lodger(...)`` gives options
    for ``lodger.open``.
    """
    import lodger

    with lodger.open(**{"clock": lodger_clock, "seed": lodger_seed, **_options(request)}) as db:
        yield db


def _need_redis(request: pytest.FixtureRequest) -> None:
    try:
        import redis  # noqa: F401
    except ImportError:
        pytest.fail(f"the fixture {request.fixturename} needs redis-py: pip install 'lodger[redis]'", pytrace=False)


@pytest.fixture
def lodger_redis(request: pytest.FixtureRequest, lodger_db: lodger.Db[Any]) -> Iterator[lodger.Redis]:
    """A ``lodger.Redis``, the client of redis-py, on ``lodger_db``; with its ``decode_responses``."""
    _need_redis(request)
    import lodger

    client = lodger.Redis.from_db(lodger_db, decode_responses=lodger_db.decode_responses)
    yield client
    client.close()


@pytest.fixture
def lodger_async_redis(request: pytest.FixtureRequest, lodger_db: lodger.Db[Any]) -> lodger.asyncio.Redis:
    """A ``lodger.asyncio.Redis`` on ``lodger_db``. It ends with the database, so that no event loop has to close it."""
    _need_redis(request)
    import lodger.asyncio

    return lodger.asyncio.Redis.from_db(lodger_db, decode_responses=lodger_db.decode_responses)
