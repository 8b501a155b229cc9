"""Threads, waiting calls, leaks."""

from __future__ import annotations

import gc
import pathlib
import sys
import threading
import time
from collections.abc import Callable

import lodger
import pytest

Db = lodger.Db[bytes]


def run(*targets: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def guarded(target: Callable[[], object]) -> None:
        try:
            target()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if failed:
        raise failed[0]


def test_counting(db: Db) -> None:
    def count() -> None:
        for _ in range(2000):
            db.incr("n")
            db.execute("INCR", "m")
            db.hincrby("h", "f")

    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        run(*[count] * 8)
    finally:
        sys.setswitchinterval(old)
    assert (db.get("n"), db.get("m"), db.hget("h", "f")) == (b"16000",) * 3


def test_optimistic_counting(db: Db) -> None:
    def add() -> None:
        for _ in range(100):
            db.retry(lambda t: t.set("n", int(db.get("n") or 0) + 1), ["n"], attempts=100_000)

    run(*[add] * 4)
    assert db.get("n") == b"400"


def test_waiting_gives_the_interpreter_up(db: Db) -> None:
    taken: list[object] = []
    run(
        *[lambda: taken.append(db.blpop("q", timeout=30)) for _ in range(20)],
        *[lambda: db.rpush("q", "x") for _ in range(20)],
    )
    assert taken == [(b"q", b"x")] * 20
    start = time.monotonic()
    assert db.brpop("q", timeout=0.05) is None and time.monotonic() - start >= 0.05


def test_waiting_calls_end_with_the_database() -> None:
    db = lodger.open()
    waits = threading.Event()

    def wait() -> None:
        waits.set()
        with pytest.raises((lodger.InterruptedError, lodger.ClosedError)):
            db.blpop("q")

    def close() -> None:
        waits.wait(20)
        db.close()

    run(wait, close)


def test_a_client_is_interrupted_and_closed(db: Db) -> None:
    client = db.client()
    ends = threading.Event()

    def wait() -> None:
        with pytest.raises(lodger.InterruptedError):
            client.execute("BLPOP", "q", 0)
        ends.set()

    def interrupt() -> None:
        while not ends.wait(0.001):
            client.interrupt()

    run(wait, interrupt)
    with pytest.raises(lodger.BusyError):
        run(lambda: client.execute("BLPOP", "q", 0.2), lambda: client.execute("BLPOP", "q", 0.2))

    def wait_again() -> None:
        with pytest.raises((lodger.InterruptedError, lodger.ClosedError)):
            client.execute("BLPOP", "q", 0)

    run(wait_again, client.close)


def test_a_pause_does_not_hold_the_interpreter(db: Db) -> None:
    db.execute("CLIENT", "PAUSE", 60_000, "WRITE")
    run(lambda: db.set("k", 1), lambda: db.incr("n"), lambda: db.execute("CLIENT", "UNPAUSE"))
    assert db.get("k") == b"1"


def test_long_calls_run_beside_each_other(db: Db) -> None:
    for n in range(50_000):
        db.rpush("l", n)
    done = threading.Event()
    turns = 0

    def sort() -> None:
        for _ in range(3):
            db.execute("SORT", "l", "ALPHA", "LIMIT", 0, 1)
        done.set()

    def turn() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1

    run(sort, turn)
    assert turns > 100


def _rss() -> int:
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_a_million_calls_leak_nothing(db: Db) -> None:
    pipeline = db.pipeline()

    def calls(rounds: int) -> None:
        for n in range(rounds):
            db.set("k", b"x" * 200)
            db.get("k")
            db.get("none")
            db.incr("n")
            db.hset("h", "f", n)
            db.hgetall("h")
            db.execute("MGET", "k", "n", "none")
            db.mget("k", "n")
            pipeline.get("k").set("k", n).execute()
            if n % 10 == 0:
                db.get_view("k")
                db.client().close()
                with db.transaction(watch=["w"]) as transaction:
                    transaction.incr("w")
                with pytest.raises(lodger.WrongTypeError):
                    db.lpush("k", 1)

    calls(5_000)
    gc.collect()
    before = _rss()
    calls(90_000)
    gc.collect()
    assert _rss() - before < 8 << 20


def test_opening_and_closing_leaks_nothing() -> None:
    def rounds(n: int) -> None:
        for _ in range(n):
            with lodger.open() as db:
                db.set("k", "x" * 1000)
                db.subscribe("c")
                db.feed()

    rounds(20)
    before, fds = _rss(), len(list(pathlib.Path("/proc/self/fd").iterdir()))
    rounds(200)
    gc.collect()
    assert _rss() - before < 16 << 20
    assert len(list(pathlib.Path("/proc/self/fd").iterdir())) <= fds + 2
