"""Calls, replies, arguments."""

from __future__ import annotations

import array
import ctypes
import datetime
import enum
import fractions
import math
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import lodger
import pytest
from lodger import _lodger

Db = lodger.Db[bytes]


class Shown(float):
    """As numpy's: what it shows is no number."""

    def __repr__(self) -> str:
        return f"Shown({float(self)})"

    __str__ = __repr__


class Whole(int):
    def __repr__(self) -> str:
        return "a whole one"

    __str__ = __repr__


class One(enum.IntEnum):
    ONE = 1


class Index:
    """An integer of another kind."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __index__(self) -> int:
        return self._number


class Moment(bytearray):
    """As numpy's dates: bytes that say that they are one thing."""

    ndim = 0


def test_strings(db: Db) -> None:
    assert db.get("k") is None
    assert db.set("k", "v") is True
    assert db.get("k") == db.get(b"k") == b"v"
    assert db.append("k", "w") == db.strlen("k") == 2
    assert db.getdel("k") == b"vw"
    assert db.exists("k") == db.exists("k", "l") == 0
    assert (db.incr("n"), db.incr("n", 4), db.decr("n"), db.decr("n", 10)) == (1, 5, 4, -6)
    db.mset({"a": 1, b"b": 2.5})
    assert db.mget("a", "b", "c") == [b"1", b"2.5", None]
    assert db.mget(*["a"] * 1000) == [b"1"] * 1000
    assert db.delete("a", "b", "c") == 2
    assert db.set("empty", b"") and db.get("empty") == b""
    zeros = b"\0" * 5
    assert db.set(zeros, zeros) and db.get(zeros) == zeros


def test_set_options(db: Db) -> None:
    assert db.set("k", 1, nx=True) is True
    assert db.set("k", 2, nx=True) is False
    assert db.set("l", 2, xx=True) is False
    assert db.set("k", 2, get=True) == b"1"
    assert db.set("m", 2, get=True) is None
    db.set("k", 1, ex=100)
    assert db.ttl("k") == 100
    db.set("k", 1, keepttl=True)
    assert db.ttl("k") == 100
    db.set("k", 1, px=500, xx=True)
    assert 0 < db.pttl("k") <= 500
    db.set("k", 1, ex=datetime.timedelta(minutes=2))
    assert db.ttl("k") == 120
    db.set("k", 1, ex=0.25, nx=False)
    assert 0 < db.pttl("k") <= 250
    db.set("k", 1, exat=4_000_000_000)
    assert db.ttl("k") > 100_000
    assert db.set("k", 1, ex=None) and db.ttl("k") == -1
    for wrong in ({"ex": 1, "px": 1}, {"ex": 0}, {"px": -1}, {"nope": 1}, {"ex": math.inf}, {"ex": math.nan}):
        with pytest.raises(lodger.ArgumentError):
            db.set("k", 1, **wrong)  # type: ignore[arg-type]
    with pytest.raises(lodger.DataError):
        db.set("k", 1, ex="1")  # type: ignore[call-overload]
    with pytest.raises(lodger.ResponseError):
        db.set("k", 1, nx=True, xx=True)


def test_expiry_by_a_clock() -> None:
    clock = lodger.Clock(1_000_000)
    with lodger.open(clock=clock, seed=1) as db:
        db.set("k", 1, ex=10)
        assert db.expire("n", 1) is False and db.ttl("n") == -2
        clock.advance(9.5)
        assert db.get("k") == b"1" and db.pttl("k") == 500
        clock.advance(datetime.timedelta(seconds=1))
        assert db.get("k") is None
        assert clock.time() == 1_000_010.5
        db.set("k", 1)
        assert db.expire("k", 5) and db.persist("k") and not db.persist("k") and db.ttl("k") == -1


def test_collections(db: Db) -> None:
    assert db.hset("h", "a", 1) == 1 and db.hset("h", "a", 2) == 0
    assert db.hset("h", mapping={"b": 1, "c": 2}) == 2
    assert db.hgetall("h") == {b"a": b"2", b"b": b"1", b"c": b"2"}
    assert (db.hget("h", "a"), db.hget("h", "x"), db.hlen("h"), db.hincrby("h", "b", 4)) == (b"2", None, 3, 5)
    assert db.hdel("h", "a") == 1 and db.hdel("h", "a", "b", "c") == 2
    assert db.rpush("l", 1) == 1 and db.rpush("l", 2, 3) == 3 and db.lpush("l", 0) == 4
    assert db.lrange("l") == [b"0", b"1", b"2", b"3"] and db.lrange("l", 1, -2) == [b"1", b"2"]
    assert (db.lpop("l"), db.rpop("l"), db.llen("l")) == (b"0", b"3", 2)
    assert db.lpop("l", 5) == [b"1", b"2"] and db.rpop("l", 5) is None and db.lpop("l") is None
    assert db.sadd("s", "a") == 1 and db.sadd("s", "a", "b", "c") == 2 and db.srem("s", "a") == 1
    assert db.smembers("s") == {b"b", b"c"} and db.scard("s") == 2
    assert db.sismember("s", "b") and not db.sismember("s", "z")
    assert db.zadd("z", {"a": 1}) == 1 and db.zadd("z", {"a": 2, "b": 1.5}) == 1
    assert (db.zscore("z", "a"), db.zscore("z", "x"), db.zcard("z"), db.zrank("z", "a")) == (2.0, None, 2, 1)
    assert db.zincrby("z", 0.5, "b") == 2.0
    assert db.zrange("z", reverse=True) == [b"b", b"a"]
    assert db.zrange("z", scores=True) == [(b"a", 2.0), (b"b", 2.0)]
    assert db.zrem("z", "a") == 1 and db.zrank("z", "a") is None
    assert (db.type("z"), db.type("none")) == ("zset", None)
    with pytest.raises(lodger.ArgumentError):
        db.hset("h", "a")


def test_replies(db: Db) -> None:
    assert db.execute("SET", "k", 1) == "OK"
    assert db.execute("GET", "none") is None
    assert db.execute("STRLEN", "k") == 1
    assert db.execute("ZADD", "z", 1, "a", "inf", "b") == 2
    assert db.execute("ZSCORE", "z", "b") == math.inf
    assert db.execute("HSET", "h", "f", "v") == 1
    assert db.execute("HGETALL", "h") == {b"f": b"v"}
    assert db.execute("SADD", "s", "m") == 1
    assert db.execute("SMEMBERS", "s") == {b"m"}
    assert b"redis_version" in db.execute("INFO", "server")
    assert isinstance(db.execute("COMMAND", "INFO", "GET")[0], list)
    replies = db.execute_many([("SET", "a", 1), ["LPUSH", "a", 1], ("GET", "a")])
    assert replies[0] == "OK" and isinstance(replies[1], lodger.WrongTypeError) and replies[2] == b"1"
    assert db.execute_many([]) == []


def test_text(text: lodger.Db[str]) -> None:
    text.set("k", "äöü")
    assert text.get("k") == "äöü" and text.mget("k", "x") == ["äöü", None]
    text.hset("h", "f", "v")
    assert text.hgetall("h") == {"f": "v"} and text.execute("HKEYS", "h") == ["f"]
    text.set("raw", b"ab\xff")
    text.execute("HSET", "hash", "f", b"ab\xff")
    for _ in range(2):
        text.rpush("list", b"ab\xff")
    calls = [
        lambda: text.get("raw"),
        lambda: text.mget("raw"),
        lambda: text.execute("GET", "raw"),
        lambda: text.execute_many([("PING",), ("GET", "raw")]),
        lambda: text.pipeline(atomic=True).get("raw").execute(),
        lambda: text.client().execute("GET", "raw"),
        lambda: text.hgetall("hash"),
        lambda: list(text.hash("hash").values()),
        lambda: text.lrange("list"),
        lambda: text.lpop("list"),
        lambda: text.blpop("list"),
    ]
    for call in calls:
        with pytest.raises(lodger.DecodeError, match="no UTF-8 from its byte 2"):
            call()
    view = text.get_view("raw")
    assert view is not None and bytes(view) == b"ab\xff"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("ü", "ü".encode()),
        (b"b", b"b"),
        (-(2**63), b"-9223372036854775808"),
        (2**63, b"9223372036854775808"),
        (0, b"0"),
        (1.5, b"1.5"),
        (bytearray(b"x"), b"x"),
        (memoryview(b"abc")[1:], b"bc"),
        (array.array("B", [1, 2]), b"\1\2"),
        (memoryview(b"abcd").cast("B", (2, 2)), b"abcd"),
        (Shown(1.5), b"1.5"),
        (Shown(math.inf), b"inf"),
        (One.ONE, b"1"),
        (Whole(7), b"7"),
        (Whole(10**30), b"1" + b"0" * 30),
    ],
)
def test_words(db: Db, given: Any, stored: bytes) -> None:
    db.set("k", given)
    assert db.get("k") == stored
    assert db.execute("SET", given, given) == "OK" and db.get(stored) == stored


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        True,
        [],
        {},
        object(),
        "\ud800",
        memoryview(b"abcd")[::2],
        ctypes.c_int64(5),
        memoryview(ctypes.c_int64(5)),
        ctypes.c_float(1.5),
        Moment(b"12345678"),
        fractions.Fraction(3, 2),
        10**5000,
    ],
    ids=lambda wrong: type(wrong).__name__,
)
def test_what_is_no_word(db: Db, wrong: Any) -> None:
    calls: list[Callable[[], object]] = [
        lambda: db.get(wrong),
        lambda: db.set("k", wrong),
        lambda: db.execute("SET", "k", wrong),
        lambda: db.execute("HSET", "k", "f", wrong),
        lambda: db.hset("k", mapping={"f": wrong}),
        lambda: db.publish("c", wrong),
        lambda: db.rpush("k", 1, wrong),
        lambda: db.pipeline().set("k", wrong).execute(),
    ]
    for call in calls:
        with pytest.raises(lodger.DataError):
            call()
    assert db.exists("k") == 0


def test_numbers_of_other_kinds(db: Db) -> None:
    five: Any = Index(5)
    assert (db.incr("n", five), db.decr("n", Index(2)), db.hincrby("h", "f", five)) == (5, 3, 5)  # type: ignore[arg-type]
    assert db.expire("n", five) and db.ttl("n") == 5
    db.set("n", 1, ex=five)
    assert db.ttl("n") == 5
    db.set("n", 1, px=Index(5000))  # type: ignore[call-overload]
    assert 0 < db.pttl("n") <= 5000
    db.rpush("l", *range(9))
    assert db.lrange("l", five, Index(-2)) == [b"5", b"6", b"7"] and db.lpop("l", five) == [b"%d" % n for n in range(5)]  # type: ignore[arg-type,call-overload]
    pipeline = db.pipeline().delete("n").incr("n", five).decr("n", Index(2)).expire("n", five)  # type: ignore[arg-type]
    assert pipeline.set("m", 1, ex=five).add("TTL", "m").execute() == [1, 5, 3, 1, "OK", 5]
    for half in (Shown(1.5), fractions.Fraction(3, 2), ctypes.c_double(1.5)):
        scores: Any = [{"a": half}, {"a": half, "b": half}]
        for mapping in scores:
            if isinstance(half, ctypes.c_double):
                with pytest.raises(lodger.DataError):
                    db.zadd("z", mapping)
                continue
            for _ in range(2):
                assert db.zadd("z", mapping) == len(mapping)
                assert db.zrange("z", scores=True) == [(name.encode(), 1.5) for name in mapping]
                assert db.delete("z") == 1
                assert db.pipeline().zadd("z", mapping).execute() == [len(mapping)]
                assert db.zscore("z", "a") == 1.5 and db.delete("z") == 1
    assert db.zadd("z", {"a": "inf", "b": b"-1"}) == 2 and db.zadd("y", {"a": "inf"}) == 1  # type: ignore[dict-item]
    for wrong in ({"a": True}, {"a": True, "b": 1}):
        with pytest.raises(lodger.DataError, match="bool"):
            db.zadd("z", wrong)


def test_arguments_that_are_no_numbers(db: Db) -> None:
    db.rpush("l", 1)
    text: Any = "1"
    large: list[tuple[str, Callable[[], object]]] = [
        ("by", lambda: db.incr("n", 2**63)),
        ("by", lambda: db.decr("n", -(2**63) - 1)),
        ("by", lambda: db.hincrby("h", "f", 2**63)),
        ("by", lambda: db.zincrby("z", 10**400, "m")),
        ("count", lambda: db.lpop("l", 2**63)),
        ("count", lambda: db.rpop("l", 2**63)),
        ("start", lambda: db.lrange("l", 2**63)),
        ("stop", lambda: db.zrange("l", 0, -(2**70))),
        ("timeout", lambda: db.blpop("x", timeout=10**400)),
        ("timeout", lambda: db.brpop("x", timeout=10**400)),
        ("px", lambda: db.set("n", 1, px=2**63)),
        ("pxat", lambda: db.set("n", 1, pxat=2**63)),
        ("time", lambda: db.expire("l", 2**70)),
        ("time", lambda: db.set("n", 1, ex=2**70)),
        ("max_queued", lambda: db.subscribe("c", max_queued=-1)),
        ("max_queued", lambda: db.subscribe("c", max_queued=2**70)),
        ("max_bytes", lambda: db.feed(max_bytes=-1)),
        ("start", lambda: db.feed(2**64)),
        ("db", lambda: db.feed().value(-1, "k")),
        ("db", lambda: db.feed().value(2**32, "k")),
        ("seed", lambda: lodger.open(seed=-1)),
        ("seed", lambda: lodger.open(seed=2**64)),
    ]
    for name, call in large:
        with pytest.raises(lodger.ArgumentError, match=f"{name} is out of range"):
            call()
    of_another_type: list[tuple[str, Callable[[], object]]] = [
        ("by", lambda: db.incr("n", text)),
        ("by", lambda: db.incr("n", 1.5)),  # type: ignore[arg-type]
        ("by", lambda: db.zincrby("z", text, "m")),
        ("count", lambda: db.lpop("l", text)),
        ("timeout", lambda: db.blpop("l", timeout=text)),
        ("px", lambda: db.set("n", 1, px=text)),
        ("max_queued", lambda: db.subscribe("c", max_queued=text)),
        ("db", lambda: db.feed().value(text, "k")),
        ("by", lambda: db.pipeline().incr("n", text)),
        ("ex", lambda: db.pipeline().set("n", 1, ex=text)),
        ("seconds", lambda: db.pipeline().expire("n", text)),
    ]
    for name, call in of_another_type:
        with pytest.raises(lodger.DataError, match=f"{name} must be a"):
            call()
    with pytest.raises(lodger.ArgumentError, match="never negative"):
        db.feed(-1)
    assert db.lrange("l") == [b"1"] and db.exists("n", "h", "z") == 0


def test_views_of_values(db: Db) -> None:
    assert db.get_view("k") is None
    db.set("small", "abc")
    small = db.get_view("small")
    big_value = bytes(range(256)) * 1024
    db.set("big", big_value)
    big = db.get_view("big")
    assert small is not None and big is not None
    assert big.readonly and big.format == "B" and big.nbytes == len(big_value)
    # Writers that come meanwhile change a copy, and the view outlives everything else.
    db.execute("SETRANGE", "big", 0, "changed")
    db.delete("small")
    db.close()
    assert bytes(small) == b"abc" and big == big_value
    with pytest.raises(TypeError):
        big[0] = 1
    with lodger.open() as other:
        other.lpush("l", 1)
        with pytest.raises(lodger.WrongTypeError):
            other.get_view("l")


def test_a_large_value_is_not_copied(db: Db) -> None:
    size = 64 << 20
    db.set("big", b"x" * size)
    before = _rss()
    views = [db.get_view("big") for _ in range(20)]
    assert _rss() - before < size // 4
    assert all(view is not None and view[-1] == ord("x") for view in views)


def _rss() -> int:
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_scans(db: Db) -> None:
    for n in range(500):
        db.set(f"k{n}", n)
    db.hset("h", mapping={f"f{n}": n for n in range(300)})
    db.sadd("s", *range(300))
    db.zadd("z", {f"m{n}": n for n in range(300)})
    assert len(set(db.scan())) == 503
    assert set(db.scan("k1?", count=7)) == {b"k1%d" % n for n in range(10)}
    assert list(db.scan(type="hash")) == [b"h"]
    assert dict(db.hscan("h"))[b"f299"] == b"299"
    assert set(db.sscan("s", "29?")) == {b"%d" % n for n in range(290, 300)}
    assert dict(db.zscan("z"))[b"m7"] == 7.0


def test_pipelines(db: Db) -> None:
    pipeline = db.pipeline()
    assert pipeline.execute() == []
    pipeline.set("a", 1, ex=5).incr("a").hset("h", mapping={"x": 1}).zadd("z", {"m": 1}).add("PING")
    assert len(pipeline) == 5
    assert pipeline.execute() == ["OK", 2, 1, 1, "PONG"]
    assert len(pipeline) == 0
    pipeline.set("a", 1).lpush("a", 1).set("b", 1)
    with pytest.raises(lodger.WrongTypeError):
        pipeline.execute()
    assert db.get("b") == b"1"
    replies = db.pipeline(atomic=True).lpush("a", 1).get("a").execute(raise_errors=False)
    assert isinstance(replies[0], lodger.WrongTypeError) and replies[1] == b"1"
    with pytest.raises(lodger.WrongTypeError):
        db.pipeline(atomic=True).lpush("a", 1).set("b", 2).execute()
    assert db.get("b") == b"2"
    with pytest.raises(lodger.ResponseError, match="EXECABORT"):
        db.pipeline(atomic=True).set("c", 1).add("NOPE").execute()
    assert db.exists("c") == 0
    # Any sequence of sequences; what is no word is told before anything is run.
    given = iter([["SET", "e", 1], ("GET", "e"), (word for word in ("INCR", "e"))])
    assert db.execute_many(given) == ["OK", b"1", 2]
    with pytest.raises(lodger.DataError, match="NoneType"):
        db.execute_many([("SET", "f", 1), ("SET", "g", None)])  # type: ignore[list-item]
    with pytest.raises(lodger.ArgumentError, match="name"):
        db.execute_many([()])
    for stateful in ("multi", "Select", "SUNSUBSCRIBE"):
        with pytest.raises(lodger.ArgumentError, match=stateful.upper()):
            db.execute_many([("SET", "f", 1), (stateful, 1)])
    # Nor is a text several commands, or several words.
    given_wrongly: list[Any] = ["PING", b"PING", bytearray(b"PING"), memoryview(b"PING"), 1, None]
    for wrong in given_wrongly:
        for call in (db.execute_many, db.client().execute_many):
            with pytest.raises(lodger.DataError, match="commands must be a list.*not " + type(wrong).__name__):
                call(wrong)
            for commands in ([("INCR", "f"), wrong], iter([["INCR", "f"], wrong])):
                with pytest.raises(lodger.DataError, match="a command must be a seq.*not " + type(wrong).__name__):
                    call(commands)
    for refused in (lambda: db.transaction("key"), lambda: db.retry(len, b"key"), lambda: db.subscribe(shards="news")):
        with pytest.raises(lodger.DataError, match="must be a sequence of words"):
            refused()
    with pytest.raises(ZeroDivisionError):
        db.execute_many((word, 1 // 0) for word in "ab")
    assert db.exists("f", "g") == 0
    # The clients that ran them are in no transaction.
    assert db.pipeline().set("d", 1).get("d").execute() == ["OK", b"1"]


def test_transactions(db: Db) -> None:
    with db.transaction() as transaction:
        transaction.incr("n").incr("n")
        assert db.get("n") is None
    assert transaction.replies == [1, 2]
    with pytest.raises(lodger.WatchError), db.transaction(watch=["n"]) as transaction:
        db.set("n", 10)
        transaction.incr("n")
    assert db.get("n") == b"10"
    with pytest.raises(ZeroDivisionError), db.transaction(watch=["n"]) as transaction:
        transaction.incr("n")
        _ = 1 / 0
    assert db.get("n") == b"10"
    for watch in ([], ["n"]):
        for command in (["MULTI"], ["exec"], ["DISCARD"], ["UNWATCH"], ["SELECT", 1], ["CLIENT", "REPLY", "OFF"]):
            with pytest.raises(lodger.ArgumentError, match=str(command[0]).upper()), db.transaction(watch) as transaction:
                transaction.incr("n").add(*command).incr("n")
            assert transaction.replies == []
    assert db.get("n") == b"10"
    tries = []

    def double(transaction: lodger.Transaction) -> int:
        n = int(db.get("n") or 0)
        if not tries:
            db.incr("n")
        tries.append(n)
        transaction.set("n", 2 * n)
        return n

    assert db.retry(double, ["n"]) == 11 and tries == [10, 11] and db.get("n") == b"22"


def test_clients(db: Db) -> None:
    client = db.client()
    assert client.execute("SELECT", 1) == "OK"
    client.execute("SET", "k", 1)
    assert db.get("k") is None
    style = _lodger.Style(lodger.ResponseError)

    def call(*words: object) -> object:
        return client.call(words, style)

    assert call("GET", "k") == b"1" and call("ZADD", "z", 1, "a") == 1
    assert call("ZRANGE", "z", 0, -1, "WITHSCORES") == [b"a", b"1"]
    assert call("SET", "k", 1) == b"OK" and call("GET", "x") is None
    with pytest.raises(lodger.ResponseError, match="WRONGTYPE"):
        call("LPUSH", "k", 1)
    stack = [(("PING",), {}), (("config get", "maxmemory"), {}), (("LPUSH", "k", 1), {})]
    pong, memory, error = client.call_stack(stack, style)
    assert (pong, memory, str(error)[:9]) == (b"PONG", [b"maxmemory", b"0"], "WRONGTYPE")
    assert client.call_stack(stack[:1], style, True) == [b"OK", b"QUEUED", [b"PONG"]]
    assert client.call(("BLPOP", "none", 0.01), style, True) is NotImplemented
    assert client.call_stack([(("BLPOP", "none", 0.01), {})], style, False, True) is NotImplemented
    assert client.resp(b"*2\r\n$4\r\nKEYS\r\n$1\r\n*\r\n", only_short=True) is NotImplemented
    assert client.resp(b"*1\r\n$4\r\nPING\r\n", only_short=True) == b"+PONG\r\n"
    with pytest.raises(TimeoutError):
        client.resp(b"*3\r\n$5\r\nBLPOP\r\n$4\r\nnone\r\n$1\r\n0\r\n", 20)
    call("HELLO", 3)
    assert call("ZRANGE", "z", 0, -1, "WITHSCORES") == [[b"a", 1.0]]
    assert call("HSET", "h", "f", "v") == 1 and call("HGETALL", "h") == {b"f": b"v"}
    text = _lodger.Style(lodger.ResponseError, decode=True, sets=True)
    assert client.call(("HGETALL", "h"), text) == {"f": "v"}
    assert client.call(("SADD", "s", "m"), text) == 1 and client.call(("SMEMBERS", "s"), text) == {"m"}
    assert client.resp(b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nx\r\n") == b"+PONG\r\n_\r\n"
    with pytest.raises(lodger.ArgumentError, match="incomplete"):
        client.resp(b"*1\r\n$4\r\nPI")
    client.execute("SUBSCRIBE", "news")
    assert client.message_fd() is not None and client.message(10) is None
    db.publish("news", "hi")
    assert client.message() == [b"message", b"news", b"hi"]
    client.close()
    client.close()
    assert client.closed
    with pytest.raises(lodger.ClosedError):
        client.execute("PING")


def test_backups(db: Db, tmp_path: pathlib.Path) -> None:
    for n in range(1000):
        db.set(f"k{n}", n)
    steps: list[tuple[int, int]] = []
    assert db.backup(tmp_path / "copy.rdb", progress=lambda done, total: steps.append((done, total))) == 1000
    assert steps and steps[-1] == (1000, 1000)
    with lodger.open(tmp_path / "copy.rdb") as copy:
        assert copy.get("k999") == b"999"
    with pytest.raises(lodger.InterruptedError):
        db.backup(tmp_path / "other.rdb", progress=lambda *_: False)
    with pytest.raises(ZeroDivisionError):
        db.backup(tmp_path / "other.rdb", progress=lambda *_: bool(1 / 0))
    assert not (tmp_path / "other.rdb").exists()
    with pytest.raises(lodger.StorageError, match="No such file"):
        db.backup(tmp_path / "none" / "copy.rdb")


def test_directories(tmp_path: pathlib.Path) -> None:
    where = tmp_path / "app.lodger"
    with lodger.open(where, appendfsync="always", save="", maxmemory=1 << 30, activerehashing=False) as db:
        db.set("k", "v")
        db.sync()
        assert db.location == str(where) and not db.closed
        assert db.execute("CONFIG", "GET", "appendfsync") == {b"appendfsync": b"always"}
        with pytest.raises(lodger.LockedError, match="open"):
            lodger.open(where)
        script = f"import lodger\ntry: lodger.open({str(where)!r})\nexcept lodger.LockedError as e: print('locked:', e)"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("locked:") and str(where) in done.stdout
    assert db.closed
    with lodger.open(where, config="# a comment\nappendfsync no") as db:
        assert db.get("k") == b"v"
    (tmp_path / "file").write_text("x")
    with pytest.raises(lodger.ArgumentError):
        lodger.open(tmp_path / "file")
    (tmp_path / "bad.rdb").write_text("REDIS0011nonsense")
    with pytest.raises(lodger.CorruptError, match=r"bad\.rdb"):
        lodger.open(tmp_path / "bad.rdb")
    names = [{name: 1} for name in ("maxmemory 1\nappendonly", "maxmemory\n", "maxmemory\r", "a b", "#", "", "maxmemory\0")]
    for wrong in ({"nope": 1}, {"maxmemory": "many"}, {"appendfsync": "a\nb"}, *names):
        with pytest.raises(lodger.ArgumentError):
            lodger.open(**wrong)  # type: ignore[call-overload]


def test_errors(db: Db) -> None:
    db.set("k", "text")
    with pytest.raises(lodger.WrongTypeError, match="WRONGTYPE") as wrong:
        db.lpush("k", 1)
    assert wrong.value.code == "WRONGTYPE" and isinstance(wrong.value, lodger.ResponseError)
    with pytest.raises(lodger.ResponseError, match="not an integer"):
        db.incr("k")
    with pytest.raises(lodger.ResponseError, match="unknown command"):
        db.execute("NOPE")
    with pytest.raises(lodger.ArgumentError):
        db.execute()
    for stateful in (["MULTI"], ["select", 1], ["CLIENT", "reply", "OFF"], ["SUBSCRIBE", "c"]):
        with pytest.raises(lodger.ArgumentError, match=r"db\.client\(\)"):
            db.execute(*stateful)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        db.get()  # type: ignore[call-arg]
    with pytest.raises(lodger.OutOfMemoryError):
        db.execute("CONFIG", "SET", "maxmemory", 1)
        db.set("x", "y" * 1000)
    for name in lodger.errors.__all__:
        assert issubclass(getattr(lodger, name), lodger.Error)


def test_closed(db: Db) -> None:
    pipeline, client, subscription = db.pipeline().set("a", 1), db.client(), db.subscribe("c")
    db.close()
    db.close()
    calls = [
        lambda: db.get("k"),
        lambda: db.set("k", 1),
        lambda: db.execute("PING"),
        lambda: db.execute("KEYS", "*"),
        lambda: db.mget("a"),
        lambda: db.sync(),
        lambda: db.client(),
        lambda: db.subscribe("x"),
        lambda: db.feed(),
        lambda: len(db.list("l")),
        lambda: pipeline.execute(),
        lambda: client.execute("PING"),
        lambda: subscription.next(0),
    ]
    for call in calls:
        with pytest.raises(lodger.ClosedError, match="closed"):
            call()
    assert "closed" in repr(db)
