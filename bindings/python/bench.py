"""Operations per second of one thread on 1,000 keys: `python bench.py`. What is not installed is left out."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from typing import Any

import lodger

KEYS = [b"key:%d" % n for n in range(1000)]
VALUE = b"value of 16 byte"


def rate(call: Callable[[bytes], Any]) -> float:
    """The best of several rounds, in millions a second."""
    best, end = float("inf"), time.perf_counter() + 1.0
    while time.perf_counter() < end:
        start = time.perf_counter()
        for key in KEYS:
            call(key)
        best = min(best, time.perf_counter() - start)
    return len(KEYS) / best / 1e6


def show(name: str, **calls: Callable[[bytes], Any]) -> None:
    rates = {what: rate(call) for what, call in calls.items()}
    print(f"{name:28}" + "".join(f"{what} {r:7.2f} M/s   " for what, r in rates.items()))


def main() -> None:
    d: dict[bytes, bytes] = {}
    show("dict", set=lambda k: d.__setitem__(k, VALUE), get=d.get)
    db = lodger.open()
    db_set = db.set
    show("lodger", set=lambda k: db_set(k, VALUE), get=db.get)
    execute = db.execute
    show("lodger execute", set=lambda k: execute("SET", k, VALUE), get=lambda k: execute("GET", k))
    show("lodger", incr=lambda k: db.incr("n"), hset=lambda k: db.hset("h", k, VALUE), zadd=lambda k: db.zadd("z", {k: 1}))
    show("lodger", lpush=lambda k: db.lpush("l", VALUE), lpop=lambda k: db.lpop("l"))
    pipeline = [("SET", key, VALUE) for key in KEYS[:100]]
    print(f"{'lodger, 100 in one go':28}set {rate(lambda k: db.execute_many(pipeline)) * 100:7.2f} M/s")
    with tempfile.TemporaryDirectory() as directory:
        with lodger.open(f"{directory}/d") as durable:
            show("lodger, directory, everysec", set=lambda k: durable.set(k, VALUE), get=durable.get)
        sqlite = sqlite3.connect(":memory:", isolation_level=None)
        sqlite.execute("create table kv (k blob primary key, v blob) without rowid")
        put, find = "insert or replace into kv values (?, ?)", "select v from kv where k = ?"
        show(
            "sqlite3 in memory",
            set=lambda k: sqlite.execute(put, (k, VALUE)),
            get=lambda k: sqlite.execute(find, (k,)).fetchone(),
        )
        try:
            import lmdb
        except ImportError:
            return
        environment = lmdb.open(f"{directory}/lmdb", sync=False)
        with environment.begin(write=True) as transaction:
            show("lmdb in one transaction", set=lambda k: transaction.put(k, VALUE), get=transaction.get)


if __name__ == "__main__":
    main()
