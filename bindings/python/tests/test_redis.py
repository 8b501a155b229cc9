"""lodger.Redis: redis-py's client on a database in the process."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import pathlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import lodger
import pytest
import redis

names = map("test-redis-{}".format, itertools.count())


@pytest.fixture
def r() -> Iterator[lodger.Redis]:
    with lodger.Redis() as r:
        yield r


def plain(memory: str, **options: Any) -> redis.Redis:
    """redis-py's own client on a pool of our connections: everything but the other end of the socket is its own."""
    return redis.Redis(connection_pool=redis.ConnectionPool(connection_class=lodger.Connection, memory=memory, **options))


def outcome(call: Callable[[], Any]) -> Any:
    """What a call answers or raises, in a form that compares."""
    try:
        answer = call()
    except redis.DataError as error:
        # With hiredis the text is another one.
        return type(error)
    except Exception as error:
        return type(error), str(error)
    return comparable(answer)


def comparable(answer: Any) -> Any:
    if isinstance(answer, Exception):
        return type(answer), str(answer)
    if isinstance(answer, list | tuple):
        return type(answer), [comparable(item) for item in answer]
    if isinstance(answer, dict):
        return {key: comparable(value) for key, value in answer.items()}
    return type(answer), answer


#: What is asked of an answer, which the asyncio client does not have at once.
OF_ANSWERS: list[Callable[[Any], Any]] = [
    lambda r: r.set("t", 1, ex=100) and r.ttl("t") > 0,
    lambda r: r.command_count() > 100,
    lambda r: r.info("server")["redis_version"],
    lambda r: r.time()[0] > 0,
]

COMMANDS: list[Callable[[Any], Any]] = [
    lambda r: r.set("s", "v"),
    lambda r: r.set("s", "w", get=True),
    lambda r: r.set("n", 1, nx=True),
    lambda r: r.set("s", "v", 100),
    lambda r: r.set("s", "v", ex=0),
    lambda r: r.set("s", "w", ex=1.5),
    lambda r: r.set("s", "w", px=10_000, get=True),
    lambda r: r.set("s", "w", ex=1, px=1),
    lambda r: r.set("s", "w", xx=True, keepttl=True),
    lambda r: r.get("s"),
    lambda r: r.get("nothing"),
    lambda r: r.incrbyfloat("n", 1.5),
    lambda r: r.mget("s", "nothing", "n"),
    lambda r: r.mget([]),
    lambda r: r.expire("s", 100),
    lambda r: r.type("s"),
    lambda r: r.dump("s"),
    lambda r: r.hset("h", mapping={"a": 1, "b": 2.5, b"\x01": "c"}),
    lambda r: r.hgetall("h"),
    lambda r: r.hmget("h", "a", "z"),
    lambda r: r.lpush("l", *range(5)),
    lambda r: r.lrange("l", 0, -1),
    lambda r: r.blpop("l", 1),
    lambda r: r.blpop("none", 0.01),
    lambda r: r.lpop("none"),
    lambda r: r.sadd("t", "x"),
    lambda r: r.smembers("t"),
    lambda r: r.smismember("t", "x", "y"),
    lambda r: r.zadd("z", {"a": 1, "b": float("inf")}),
    lambda r: r.zrange("z", 0, -1, withscores=True),
    lambda r: r.zscore("z", "a"),
    lambda r: r.zmscore("z", ["a", "none"]),
    lambda r: r.bzpopmin("z", 1),
    lambda r: r.geoadd("g", (13.361389, 38.115556, "p")),
    lambda r: r.geopos("g", "p", "none"),
    lambda r: r.xadd("x", {"f": "v"}, id="1-1"),
    lambda r: r.xrange("x"),
    lambda r: r.xread({"x": 0}),
    lambda r: r.xinfo_stream("x"),
    lambda r: r.config_get("maxmemory*"),
    lambda r: r.config_set("maxmemory", 0),
    lambda r: r.object("encoding", "h"),
    lambda r: r.client_getname(),
    lambda r: r.scan(match="s*"),
    lambda r: r.pubsub_numsub("c"),
    lambda r: r.lpush("s", 1),
    lambda r: r.execute_command("NOSUCH", 1),
    lambda r: r.execute_command("config get", "maxmemory"),
    lambda r: r.execute_command("get"),
    lambda r: r.set("k", None),
    lambda r: r.set("k", True),
    lambda r: r.set("k", [1]),
    lambda r: r.set("k", memoryview(b"m")),
    lambda r: r.set("k", "\ud800"),
    lambda r: r.bitfield("k").set("u8", 0, 300).execute(),
    lambda r: r.restore("k", 0, b"nonsense"),
    lambda r: r.echo("é"),
    lambda r: r.ping(),
    lambda r: list(r.scan_iter("h*")),
    lambda r: r.sort("l", desc=True),
    lambda r: r.delete("s", "l"),
    lambda r: r.flushdb(),
]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("decode", [False, True])
def test_answers_are_those_of_redis_py(protocol: int, decode: bool) -> None:
    options: dict[str, Any] = {"protocol": protocol, "decode_responses": decode}
    ours = lodger.Redis(memory=next(names), **options)
    theirs = plain(next(names), **options)
    for at, command in enumerate(COMMANDS + OF_ANSWERS):
        assert outcome(lambda: command(ours)) == outcome(lambda: command(theirs)), at  # noqa: B023
    ours.close()
    theirs.close()


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("atomic", [False, True])
def test_pipelines_are_those_of_redis_py(protocol: int, atomic: bool) -> None:
    ours = lodger.Redis(memory=next(names), protocol=protocol)
    theirs = plain(next(names), protocol=protocol)

    def run(r: redis.Redis, which: int, raise_on_error: bool) -> Any:
        pipe = r.pipeline(transaction=atomic)
        pipe.set("a", 1).get("a").zadd("z", {"m": 2}).zrange("z", 0, -1, withscores=True).hgetall("h").config_get("maxmemory")
        if which == 1:
            pipe.lpush("a", 1).incr("a")
        if which == 2:
            pipe.execute_command("NOSUCH").incr("a")
        if which == 3:
            pipe.mget([]).dump("a")
        if which == 4:
            pipe.set("b", None)
        try:
            return pipe.execute(raise_on_error)
        finally:
            assert len(pipe) == 0

    for which in range(5):
        for raises in (False, True):
            got = [outcome(lambda: run(r, which, raises)) for r in (ours, theirs)]  # noqa: B023
            assert got[0] == got[1], which
    assert ours.pipeline().execute() == []
    ours.close()
    theirs.close()


def test_it_is_a_client_of_redis_py(r: lodger.Redis) -> None:
    assert isinstance(r, redis.Redis) and isinstance(r.connection_pool, redis.ConnectionPool)
    r.set_response_callback("GET", lambda answer: ("got", answer))
    r.set("a", 1)
    assert r.get("a") == ("got", b"1")
    assert r.pipeline().get("a").execute() == [("got", b"1")]
    assert "memory" in repr(r)


def test_clients_of_a_path_share_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.lodger"
    first = lodger.Redis(path, config={"appendfsync": "always"})
    second = lodger.Redis(str(path), db=1)
    third = lodger.Redis.from_url(f"lodger://{path}?db=1&decode_responses=True")
    first.set("k", "in 0")
    second.set("k", "in 1")
    assert (first.get("k"), third.get("k")) == (b"in 0", "in 1")
    assert second.config_get("appendfsync") == {"appendfsync": "always"} or second.config_get("appendfsync") == {
        b"appendfsync": b"always"
    }
    with pytest.raises(ValueError, match="without appendfsync='no'"):
        lodger.Redis(path, config={"appendfsync": "no"})
    first.close()
    second.close()
    with pytest.raises(lodger.LockedError):
        lodger.open(path)
    third.close()
    with lodger.open(path) as db:
        assert db.get("k") == b"in 0"
    # And it is opened again when it is used again, as redis-py connects again.
    assert third.get("k") == "in 1"
    third.close()
    third.connection_pool.disconnect()


def test_connections_of_other_pools_share_it_too(tmp_path: pathlib.Path) -> None:
    pool = redis.ConnectionPool(connection_class=lodger.Connection, path=tmp_path / "a.lodger", decode_responses=True)
    client = redis.Redis(connection_pool=pool)
    with lodger.Redis(tmp_path / "a.lodger") as ours:
        ours.set("k", "v")
        assert client.get("k") == "v"
    assert client.get("k") == "v"
    pool.disconnect()
    lodger.open(tmp_path / "a.lodger").close()


ENDING = [("QUIT",), ("CLIENT KILL", "TYPE", "normal", "SKIPME", "no")]


@pytest.mark.parametrize("end", ENDING)
def test_a_pipeline_that_ends_its_client_is_not_run_again(end: tuple[str, ...], r: lodger.Redis) -> None:
    for _ in range(3):
        r.delete("n")
        with pytest.raises(redis.ConnectionError):
            r.pipeline(transaction=False).incr("n").execute_command(*end).incr("n").execute()
        assert r.get("n") == b"1"
    # One that was ended while it was idle ran nothing: another one takes its place.
    r.client_kill_filter(_type="normal", skipme=True)
    assert r.pipeline().incr("n").incr("n").execute() == [2, 3]


def test_the_directory_of_the_process_may_change(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    for r in (lodger.Redis("a.lodger"), lodger.Redis.from_url("lodger:b.lodger")):
        r.set("k", "v")
        monkeypatch.chdir(tmp_path / "other")
        with r.pipeline() as pipe:
            pipe.watch("k")
            assert pipe.get("k") == b"v"
        with r.lock("l"), r.pubsub() as pubsub:
            pubsub.subscribe("c")
            assert pubsub.get_message(timeout=5)["type"] == "subscribe"
            assert r.publish("c", 1) == 1
        r.close()
        monkeypatch.chdir(tmp_path)
    assert not list((tmp_path / "other").iterdir())


@pytest.mark.parametrize("options", [{"socket_timeout": 30}, {"single_connection_client": True}])
def test_a_killed_call_that_waits_has_lost_its_connection(options: dict[str, Any]) -> None:
    name = next(names)
    r, other = lodger.Redis(memory=name, **options), lodger.Redis(memory=name)

    def kill() -> None:
        while not (waiting := [c for c in other.client_list() if "b" in c["flags"]]):
            pass
        other.client_kill_filter(_id=waiting[0]["id"])

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(redis.ConnectionError):
        r.blpop("q", timeout=0 if "socket_timeout" not in options else 20)
    thread.join()
    assert r.rpush("q", 1) == 1 and r.llen("q") == 1


def test_a_path_in_bytes(tmp_path: pathlib.Path) -> None:
    with lodger.Redis(os.fsencode(tmp_path / "a.lodger")) as a, lodger.Redis(tmp_path / "a.lodger") as b:
        a.set("k", 1)
        assert b.get("k") == b"1"


def test_a_listener_that_left_too_much_unread_is_told(r: lodger.Redis) -> None:
    with r.pubsub() as pubsub:
        pubsub.subscribe("c")
        assert pubsub.get_message(timeout=5)["type"] == "subscribe"
        # It is a limit for those who listen already, too.
        r.config_set("client-output-buffer-limit", "pubsub 1mb 0 0")
        for _ in range(3):
            r.publish("c", b"x" * 600_000)
        with pytest.raises(redis.ConnectionError):
            for _ in range(4):
                pubsub.get_message(timeout=1)
        # And it listens again, on a new connection.
        pubsub.subscribe("c")
        while (message := pubsub.get_message(timeout=5))["type"] != "subscribe":
            pass
        r.publish("c", "small")
        while (message := pubsub.get_message(timeout=5))["type"] == "subscribe":
            pass
        assert message["data"] == b"small"


def test_names_and_private_databases() -> None:
    name = next(names)
    with lodger.Redis(memory=name) as a, lodger.Redis.from_url(f"lodger://{name}") as b:
        a.set("k", 1)
        assert b.get("k") == b"1"
    with lodger.Redis(memory=name) as again:
        assert again.get("k") == b"1"
    with lodger.Redis() as a, lodger.Redis() as b, lodger.Redis.from_url("lodger://") as c:
        a.set("k", 1)
        assert b.get("k") is None and c.get("k") is None
        a.connection_pool.disconnect()
        assert a.get("k") == b"1"
    with pytest.raises(redis.ConnectionError, match="closed"):
        a.get("k")


def test_a_database_that_is_open() -> None:
    with lodger.open() as db:
        r = lodger.Redis.from_db(db)
        r.set("k", "v")
        r.close()
        assert db.get("k") == b"v"
        r = lodger.Redis.from_db(db)
    with pytest.raises(redis.ConnectionError, match="closed"):
        r.get("k")


def test_relative_urls_and_options_in_them(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with lodger.Redis.from_url("lodger:data/a.lodger?maxmemory=1mb&protocol=3&client_name=me", db=2) as r:
        assert r.config_get("maxmemory")["maxmemory" if "maxmemory" in r.config_get("maxmemory") else b"maxmemory"]
        assert r.client_getname() in ("me", b"me")
        assert r.client_info()["db"] in (2, "2")
    assert (tmp_path / "data" / "a.lodger").is_dir()


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("redis://localhost", "does not begin with lodger:"),
        ("lodger://name/path", "three slashes"),
        ("lodger://?db=x", "'db'"),
        ("lodger://?nosuchdirective=1", "nosuchdirective"),
        ("lodger://user:secret@name", r"\?password="),
        ("lodger:///dir/a#b", "%23"),
        ("lodger:k\nl", "control characters"),
    ],
)
def test_bad_urls(url: str, text: str) -> None:
    with pytest.raises((ValueError, redis.ConnectionError), match=text):
        lodger.Redis.from_url(url)


def test_bad_options(tmp_path: pathlib.Path) -> None:
    with pytest.raises(TypeError, match="'host'"):
        lodger.Redis(host="localhost")
    with pytest.raises(ValueError, match="path"):
        lodger.Redis(tmp_path, memory="a")
    with pytest.raises(ValueError, match="'db'"):
        lodger.Redis(connection_pool=lodger.ConnectionPool(), db=1)
    with pytest.raises(ValueError, match="needs a path"):
        lodger.Connection()
    file = tmp_path / "file"
    file.write_text("no database")
    with pytest.raises(redis.ConnectionError, match="file"):
        lodger.Redis(file)


def test_a_path_that_another_process_has(tmp_path: pathlib.Path) -> None:
    code = "import lodger, sys; db = lodger.open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    path = str(tmp_path / "a.lodger")
    with subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(redis.ConnectionError, match=r"a\.lodger"):
            lodger.Redis(path)
        other.communicate(b"")
    lodger.Redis(path).close()


def test_watch_guards_increments() -> None:
    name = next(names)

    def add() -> None:
        with lodger.Redis(memory=name) as r:
            for _ in range(100):
                r.transaction(lambda pipe: (value := int(pipe.get("n") or 0), pipe.multi(), pipe.set("n", value + 1)), "n")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lodger.Redis(memory=name).get("n") == b"400"


def test_many_threads_use_one_client(r: lodger.Redis) -> None:
    def work(n: int) -> None:
        for i in range(200):
            r.rpush("queue", f"{n}-{i}")
            r.pipeline(transaction=i % 2 == 0).incr("count").get("count").execute()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    taken = set()
    while len(taken) < 1200:
        found = r.blpop("queue", 30)
        assert found is not None
        taken.add(found[1])
    for thread in threads:
        thread.join()
    assert r.get("count") == b"1200"


def test_a_call_that_waits_ends_in_time() -> None:
    with lodger.Redis(socket_timeout=0.1) as r:
        start = time.monotonic()
        with pytest.raises(redis.TimeoutError):
            r.blpop("nothing", 20)
        assert 0.1 <= time.monotonic() - start < 10
        assert r.blpop("nothing", 0.01) is None
        r.rpush("something", 1)
        assert r.blpop("something", 20) == (b"something", b"1") or r.blpop("something", 1) is None
        with pytest.raises(redis.TimeoutError):
            r.pipeline(transaction=False).set("a", 1).blpop("nothing", 20).execute()


@pytest.mark.parametrize("kind", ["ours", "plain"])
def test_disconnecting_ends_a_call_that_waits(kind: str) -> None:
    name = next(names)
    r = lodger.Redis(memory=name) if kind == "ours" else plain(name)
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(outcome(lambda: r.blpop("nothing", 0))))
    thread.start()
    watcher = lodger.Redis(memory=name)
    while not any(client["cmd"] == "blpop" for client in watcher.client_list()):
        assert thread.is_alive()
    r.connection_pool.disconnect()
    thread.join(20)
    assert got and got[0][0] is redis.ConnectionError
    assert r.ping() is True


def test_client_kill_ends_a_connection() -> None:
    name = next(names)
    a, b = lodger.Redis(memory=name), lodger.Redis(memory=name)
    number = a.client_id()
    mine = next(client for client in b.client_list() if int(client["id"]) == number)
    assert mine["addr"] == f"local:{number}"
    assert b.client_kill(mine["addr"]) is True
    assert str(number) not in {client["id"] for client in b.client_list()}
    assert a.client_id() != number
    pubsub = a.pubsub()
    pubsub.subscribe("c")
    assert pubsub.get_message(timeout=5)["type"] == "subscribe"
    listener = next(client for client in b.client_list() if client["cmd"] == "subscribe")
    b.client_kill_filter(_id=listener["id"])
    with pytest.raises(redis.ConnectionError):
        pubsub.get_message(timeout=5)


def test_publish_and_subscribe(r: lodger.Redis) -> None:
    with r.pubsub() as pubsub:
        pubsub.subscribe("a", "b")
        pubsub.psubscribe("p*")
        assert [pubsub.get_message(timeout=5)["type"] for _ in range(3)] == ["subscribe", "subscribe", "psubscribe"]
        assert pubsub.get_message() is None
        start = time.monotonic()
        assert pubsub.get_message(timeout=0.05) is None
        assert time.monotonic() - start >= 0.04
        assert r.publish("a", "1") == 1 and r.publish("pq", "2") == 1
        assert [pubsub.get_message(timeout=5)["data"] for _ in range(2)] == [b"1", b"2"]
        pubsub.unsubscribe("a")
        assert pubsub.get_message(timeout=5)["type"] == "unsubscribe"


def test_one_thread_listens_and_others_subscribe(r: lodger.Redis) -> None:
    heard: list[Any] = []
    more = threading.Event()

    def hear(message: Any) -> None:
        heard.append(message["data"])
        more.set()

    pubsub = r.pubsub()
    pubsub.subscribe(first=hear)
    thread = pubsub.run_in_thread(sleep_time=60, daemon=True)
    pubsub.subscribe(second=hear)
    while r.pubsub_numsub("second")[0][1] == 0:
        assert thread.is_alive()
    assert r.publish("second", "x") == 1 and more.wait(30)
    assert heard == [b"x"]
    more.clear()
    thread.stop()
    r.publish("first", "y")
    thread.join(30)
    assert not thread.is_alive()


def test_monitor(r: lodger.Redis) -> None:
    with r.monitor() as monitor:
        r.set("k", 'a "b"')
        while not (seen := monitor.next_command())["command"].startswith("SET"):
            pass
        assert (seen["command"], seen["client_address"]) == ('SET k a "b"', "local")


def test_client_side_caching() -> None:
    CacheConfig = pytest.importorskip("redis.cache", reason="redis-py caches from 5.1 on").CacheConfig
    name = next(names)
    a = lodger.Redis(memory=name, protocol=3, cache_config=CacheConfig())
    b = lodger.Redis(memory=name)
    b.set("k", 1)
    assert a.get("k") == b"1" and a.get_cache().size == 1
    calls = b.info("commandstats")["cmdstat_get"]["calls"]
    assert a.get("k") == b"1"
    assert b.info("commandstats")["cmdstat_get"]["calls"] == calls
    b.set("k", 2)
    assert a.get("k") == b"2"
    with pytest.raises(redis.RedisError, match="RESP version 3"):
        lodger.Redis(protocol=2, cache_config=CacheConfig())


def test_encodings() -> None:
    name = next(names)
    with lodger.Redis(memory=name, decode_responses=True) as text, lodger.Redis(memory=name) as raw:
        raw.set("k", b"\xff")
        with pytest.raises(UnicodeDecodeError):
            text.get("k")
        with pytest.raises(UnicodeDecodeError):
            text.pipeline().get("k").execute()
        assert isinstance(text.dump("k"), bytes) and text.ping() is True
    with lodger.Redis(memory=name, decode_responses=True, encoding="latin-1") as latin:
        assert latin.get("k") == "ÿ"
    with lodger.Redis(memory=name, decode_responses=True, encoding_errors="replace") as replaced:
        assert replaced.get("k") == "\ufffd"


def test_the_number_of_clients_is_limited() -> None:
    with lodger.Redis(max_connections=1) as r:
        assert r.ping() is True
        pool = lodger.BlockingConnectionPool(max_connections=1, timeout=0.05, memory=next(names))
        connection = pool.get_connection("_")
        with pytest.raises(redis.ConnectionError):
            pool.get_connection("_")
        pool.release(connection)
        assert redis.Redis(connection_pool=pool).ping() is True


def test_options_of_the_connection() -> None:
    name = next(names)
    with lodger.Redis(memory=name, client_name="me", health_check_interval=1) as r:
        assert r.client_getname() in ("me", b"me")
        single = r.client()
        assert single.client_id() == single.client_id() and single.ping()
        single.close()
    with lodger.Redis(memory=name) as r:
        r.config_set("requirepass", "secret")
        try:
            with lodger.Redis(memory=name, password="secret") as known:
                assert known.ping() is True
            with pytest.raises(redis.ConnectionError), lodger.Redis(memory=name, password="wrong") as unknown:
                unknown.ping()
        finally:
            r.config_set("requirepass", "")


def in_child(r: lodger.Redis, answer: Any) -> None:
    answer.put(outcome(lambda: r.get("k")))
    answer.put(outcome(lambda: r.pipeline().get("k").execute()))


def test_a_forked_child_is_told() -> None:
    with lodger.Redis() as r:
        r.set("k", 1)
        context = multiprocessing.get_context("fork")
        answer = context.Queue()
        child = context.Process(target=in_child, args=(r, answer))
        child.start()
        for kind, text in (answer.get(timeout=30), answer.get(timeout=30)):
            assert kind is redis.ConnectionError and "fork" in text
        child.join(30)
        assert child.exitcode == 0 and r.get("k") == b"1"


def test_the_interpreter_ends_with_calls_that_wait() -> None:
    code = """
import asyncio, threading, lodger
r = lodger.Redis(memory="a")
threading.Thread(target=lambda: r.blpop("nothing", 0), daemon=True).start()
pubsub = r.pubsub(); pubsub.subscribe(c=print); pubsub.run_in_thread(sleep_time=100, daemon=True)
async def main():
    a = lodger.asyncio.Redis(memory="a")
    task = asyncio.create_task(a.blpop("nothing", 0))
    while sum(client["cmd"] == "blpop" for client in await a.client_list()) < 2:
        await asyncio.sleep(0)
    print("waits", flush=True)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ})
    assert (done.returncode, done.stdout, done.stderr) == (0, "waits\n", "")


def test_without_redis_py() -> None:
    code = """
import sys
sys.modules["redis"] = None
import lodger
assert lodger.open().set("a", 1)
try: lodger.Redis
except ImportError as error: print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "pip install lodger[redis]" in done.stdout, done.stderr


def test_a_pool_that_is_disconnected_while_others_use_it() -> None:
    r = lodger.Redis(memory=next(names))
    r.rpush("long", *range(100))
    stop = threading.Event()
    odd: list[str] = []

    def use() -> None:
        while not stop.is_set():
            try:
                r.incr("n")
                r.pipeline().incr("n").get("n").execute()
                r.blpop("none", timeout=0.001)
                r.sort("long")
            except redis.ConnectionError as error:
                if "used by another call" in str(error):
                    odd.append(str(error))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            with contextlib.suppress(Exception):
                r.connection_pool.disconnect()
            time.sleep(0.001)
        stop.set()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not odd


def test_paths_that_are_none(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with lodger.Redis("") as one, lodger.Redis("") as other, lodger.Redis(".") as here:
        one.set("k", 1)
        assert other.get("k") is None
        assert here.get("k") is None
        here.set("k", 2)
    assert any(tmp_path.iterdir())
    for address in ("lodger://name", "lodger:///path", "redis://localhost"):
        with pytest.raises(ValueError, match="from_url"):
            lodger.Redis(address)


@pytest.mark.parametrize("atomic", [False, True])
def test_a_pipeline_without_replies(atomic: bool) -> None:
    r = lodger.Redis(memory=next(names))
    assert r.execute_command("CLIENT REPLY", "OFF") is None
    with pytest.raises(redis.ConnectionError, match="CLIENT REPLY is OFF"):
        r.pipeline(transaction=atomic).set("k", 1).get("k").execute()
    assert lodger.Redis(connection_pool=r.connection_pool).client_reply("ON") == b"OK"
    assert r.get("k") == b"1"


def test_without_a_limit_all_messages_are_kept() -> None:
    config = {"client-output-buffer-limit": "pubsub 0 0 0"}
    with lodger.Redis(config=config) as r, r.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("c")
        pubsub.get_message(timeout=1)
        for _ in range(60):
            assert r.publish("c", b"x" * 600_000) == 1
        assert [len(pubsub.get_message(timeout=1)["data"]) for _ in range(60)] == [600_000] * 60
        assert pubsub.get_message(timeout=0.1) is None
