from __future__ import annotations

from collections.abc import Iterator

import lodger
import pytest


@pytest.fixture
def db() -> Iterator[lodger.Db[bytes]]:
    with lodger.open() as db:
        yield db


@pytest.fixture
def text() -> Iterator[lodger.Db[str]]:
    with lodger.open(decode_responses=True) as db:
        yield db
