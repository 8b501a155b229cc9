"""Tests of a program that keeps sessions, by the fixtures of lodger: `pytest examples/python/test_sessions.py`."""

import lodger
import pytest


def log_in(db: lodger.Db[bytes], user: str) -> str:
    token = f"session:{db.incr('sessions')}"
    db.set(token, user, ex=1800)
    return token


def user_of(db: lodger.Db[bytes], token: str) -> bytes | None:
    db.expire(token, 1800)
    return db.get(token)


def test_a_session_ends(lodger_db: lodger.Db[bytes], lodger_clock: lodger.Clock) -> None:
    token = log_in(lodger_db, "ada")
    lodger_clock.advance(1799)
    assert user_of(lodger_db, token) == b"ada"
    lodger_clock.advance(1799)
    assert user_of(lodger_db, token) == b"ada"
    lodger_clock.advance(1801)
    assert user_of(lodger_db, token) is None


@pytest.mark.lodger(decode_responses=True, maxmemory="1mb", maxmemory_policy="allkeys-random")
def test_a_full_cache_forgets(lodger_db: lodger.Db[str]) -> None:
    for n in range(100):
        lodger_db.set(f"page:{n}", "x" * 20_000)
    assert 0 < len(list(lodger_db.scan("page:*"))) < 100
