"""lodger.asyncio.Redis: redis-py's asyncio client on a database in the process."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import pathlib
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import lodger
import pytest
import redis
import redis.asyncio
from test_redis import COMMANDS, ENDING, comparable

names = map("test-asyncio-{}".format, itertools.count())

#: What is no coroutine in the asyncio client, or is used in another way.
SYNC_ONLY = {"scan_iter", "bitfield"}


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        await asyncio.wait_for(main(), 60)

    asyncio.run(in_time())


def plain(memory: str, **options: Any) -> redis.asyncio.Redis:
    pool = redis.asyncio.ConnectionPool(connection_class=lodger.asyncio.Connection, memory=memory, **options)
    return (
        redis.asyncio.Redis.from_pool(pool)
        if hasattr(redis.asyncio.Redis, "from_pool")
        else redis.asyncio.Redis(connection_pool=pool)
    )


async def close(client: Any) -> None:
    # 5.0.0 has only the old name.
    await getattr(client, "aclose", client.close)()


async def outcome(awaitable: Any) -> Any:
    try:
        return comparable(await awaitable)
    except redis.DataError as error:
        return type(error)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("decode", [False, True])
def test_answers_are_those_of_redis_py(protocol: int, decode: bool) -> None:
    async def main() -> None:
        options: dict[str, Any] = {"protocol": protocol, "decode_responses": decode}
        ours = lodger.asyncio.Redis(memory=next(names), **options)
        theirs = plain(next(names), **options)
        checked = 0
        for at, command in enumerate(COMMANDS):
            pair = []
            for client in (ours, theirs):
                try:
                    pair.append(command(client))
                except (TypeError, AttributeError, redis.DataError):
                    # A line that works on the answer of a call.
                    pair.append(None)
            if not all(hasattr(item, "__await__") for item in pair):
                continue
            assert await outcome(pair[0]) == await outcome(pair[1]), at
            checked += 1
        assert checked > 40
        await ours.aclose()
        await close(theirs)

    run(main)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("atomic", [False, True])
def test_pipelines_are_those_of_redis_py(atomic: bool) -> None:
    async def main() -> None:
        ours, theirs = lodger.asyncio.Redis(memory=next(names)), plain(next(names))

        async def one(r: Any, which: int, raises: bool) -> Any:
            async with r.pipeline(transaction=atomic) as pipe:
                pipe.set("a", 1).get("a").zadd("z", {"m": 2}).hgetall("h")
                if which == 1:
                    pipe.lpush("a", 1).incr("a")
                if which == 2:
                    pipe.execute_command("NOSUCH").incr("a")
                if which == 3:
                    pipe.mget([]).dump("a")
                if which == 4:
                    pipe.set("b", None)
                if which == 5:
                    pipe.keys("z*")
                return await pipe.execute(raises)

        for which in range(6):
            for raises in (False, True):
                if which == 2 and atomic:
                    continue
                assert await outcome(one(ours, which, raises)) == await outcome(one(theirs, which, raises)), which
        await ours.aclose()
        await close(theirs)

    run(main)


def test_a_call_that_waits_does_not_stop_the_loop() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis()
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        ticker = asyncio.create_task(tick())
        waiting = [asyncio.create_task(r.blpop(f"q{i}", 0)) for i in range(50)]
        while (await r.info("clients"))["blocked_clients"] < 50:
            await asyncio.sleep(0)
        seen = ticks
        for i in range(50):
            await r.rpush(f"q{i}", i)
        got = await asyncio.gather(*waiting)
        assert [int(value) for _, value in got] == list(range(50))
        assert ticks > seen
        ticker.cancel()
        await r.aclose()

    run(main)


def test_a_cancelled_call_takes_nothing() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(r.blpop("q", 0), 0.05)
        while (await r.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0)
        await r.rpush("q", "kept")
        assert await r.lrange("q", 0, -1) == [b"kept"]
        await r.aclose()

    run(main)


def test_limits_of_time() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis(socket_timeout=0.05)
        with pytest.raises(redis.TimeoutError):
            await r.blpop("q", 20)
        assert await r.ping() is True
        await r.aclose()

    run(main)


def test_publish_and_subscribe_between_tasks() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis(decode_responses=True)
        ready = asyncio.Event()

        async def listen() -> list[str]:
            heard = []
            async with r.pubsub() as pubsub:
                await pubsub.subscribe("news")
                await pubsub.psubscribe("n*")
                ready.set()
                async for message in pubsub.listen():
                    if message["type"].endswith("message"):
                        heard.append(message["data"])
                    if len(heard) == 200:
                        return heard
            return []

        listener = asyncio.create_task(listen())
        await ready.wait()
        for i in range(100):
            assert await r.publish("news", i) == 2
        assert sorted(map(int, await listener)) == sorted([*range(100), *range(100)])
        assert await r.pubsub_numsub("news") == [("news", 0)] or await r.pubsub_numsub("news") == [["news", 0]]
        async with r.pubsub() as pubsub:
            await pubsub.subscribe("c")
            assert (await pubsub.get_message(timeout=5))["type"] == "subscribe"
            assert await pubsub.get_message(timeout=0.02) is None
        await r.aclose()

    run(main)


def test_client_kill_ends_a_listener() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis()
        async with r.pubsub() as pubsub:
            await pubsub.subscribe("c")
            assert (await pubsub.get_message(timeout=5))["type"] == "subscribe"
            listener = next(client for client in await r.client_list() if client["cmd"] == "subscribe")
            waiting = asyncio.create_task(pubsub.get_message(timeout=30))
            await asyncio.sleep(0)
            await r.client_kill_filter(_id=listener["id"])
            with pytest.raises(redis.ConnectionError):
                await waiting
        await r.aclose()

    run(main)


def test_watch() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis()

        async def add() -> None:
            for _ in range(20):
                while True:
                    async with r.pipeline() as pipe:
                        await pipe.watch("n")
                        value = int(await pipe.get("n") or 0)
                        pipe.multi()
                        await asyncio.sleep(0)
                        try:
                            await pipe.set("n", value + 1).execute()
                            break
                        except redis.WatchError:
                            continue

        await asyncio.gather(*(add() for _ in range(5)))
        assert await r.get("n") == b"100"
        await r.aclose()

    run(main)


def test_sync_and_asyncio_share_a_path(tmp_path: pathlib.Path) -> None:
    async def main() -> None:
        path = tmp_path / "a.lodger"
        a = lodger.asyncio.Redis(path)
        b = lodger.asyncio.Redis.from_url(f"lodger://{path}?db=0")
        with lodger.Redis(path) as c:
            await a.set("k", 1)
            assert c.get("k") == await b.get("k") == b"1"
        await a.aclose()
        await b.aclose()
        lodger.open(path).close()

    run(main)


def test_one_client_in_several_loops() -> None:
    name = next(names)
    r = lodger.asyncio.Redis(memory=name)

    async def main() -> None:
        await r.incr("n")
        assert await r.blpop("none", 0.01) is None

    for _ in range(3):
        run(main)
    assert lodger.Redis(memory=name).get("n") == b"3"


def test_a_call_goes_with_the_loop_that_it_waits_in() -> None:
    name = next(names)
    sync = lodger.Redis(memory=name)

    async def wait(r: Any) -> None:
        await r.blpop("q", 0)

    for options in ({}, {"socket_timeout": 1000}):
        loop = asyncio.new_event_loop()
        r = lodger.asyncio.Redis(memory=name, **options)
        tasks = [loop.create_task(wait(r)) for _ in range(10)]
        while sync.info("clients")["blocked_clients"] < 10:
            loop.run_until_complete(asyncio.sleep(0))
        # Tasks that nobody else has are kept while the loop is there.
        del tasks
        gc.collect()
        assert sync.info("clients")["blocked_clients"] == 10
        loop.close()
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        del loop, r
        while sync.info("clients")["blocked_clients"]:
            gc.collect()
        logging.getLogger("asyncio").setLevel(logging.NOTSET)
        assert sync.rpush("q", 1) == 1 and sync.lpop("q") == b"1"


@pytest.mark.parametrize("end", ENDING)
def test_a_pipeline_that_ends_its_client_is_not_run_again(end: tuple[str, ...]) -> None:
    async def main() -> None:
        async with lodger.asyncio.Redis(memory=next(names)) as r:
            with pytest.raises(redis.ConnectionError):
                await r.pipeline(transaction=False).incr("n").execute_command(*end).incr("n").execute()
            assert await r.get("n") == b"1"

    run(main)


def test_closing_does_not_wait_for_a_call_that_computes() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis(memory=next(names))
        await r.ping()
        for _ in range(20):
            await r.rpush("l", *range(50_000))
        (client,) = r._pool._clients
        ended = []
        sort = threading.Thread(target=lambda: ended.append((client.execute("SORT", "l", "STORE", "d"), time.monotonic())))
        sort.start()
        with pytest.raises(lodger.BusyError):
            while True:
                client.message_fd()
        await r.aclose()
        closed = time.monotonic()
        sort.join()
        assert closed < ended[0][1]

    run(main)


def test_a_connection_that_an_earlier_loop_used() -> None:
    r = lodger.asyncio.Redis(memory=next(names))

    async def main() -> None:
        async with r.pubsub() as pubsub, r.pipeline() as pipe:
            await pubsub.subscribe("c")
            assert (await pubsub.get_message(timeout=5))["type"] == "subscribe"
            await r.publish("c", "hello")
            assert (await pubsub.get_message(timeout=5))["data"] == b"hello"
            # Nothing to read at first: it waits in this loop.
            waiting = asyncio.create_task(pubsub.get_message(timeout=5))
            await asyncio.sleep(0)
            await r.publish("c", "again")
            assert (await waiting)["data"] == b"again"
            await pipe.watch("k")
            pipe.multi()
            assert await pipe.incr("k").delete("k").execute() == [1, 1]

    for _ in range(3):
        run(main)
    threads = [threading.Thread(target=run, args=(main,)) for _ in range(3)]
    # One after the other: a client is for one loop at a time.
    for thread in threads:
        thread.start()
        thread.join()
    run(lambda: close(r))


def test_single_connection_and_monitor() -> None:
    async def main() -> None:
        r = lodger.asyncio.Redis(single_connection_client=True, client_name="me")
        assert await r.client_id() == await r.client_id()
        assert await r.client_getname() in ("me", b"me")
        other = lodger.asyncio.Redis.from_db(r.connection_pool.source._own())
        async with r.monitor() as monitor:
            await other.set("k", 1)
            seen = await monitor.next_command()
            while not seen["command"].startswith("SET"):
                seen = await monitor.next_command()
            assert seen["command"] == "SET k 1"
        await other.aclose()
        await r.aclose()
        with pytest.raises(redis.ConnectionError):
            await other.get("k")

    run(main)


def test_what_is_left_open_is_no_noise() -> None:
    import subprocess
    import sys

    code = """
import asyncio, lodger
r = lodger.asyncio.Redis()
async def main():
    await r.set("a", 1)
    asyncio.create_task(r.blpop("nothing", 0))
    await asyncio.sleep(0.01)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("in_pipeline", [False, True])
def test_a_call_whose_coroutine_is_closed_takes_nothing(in_pipeline: bool) -> None:
    async def main() -> None:
        a = lodger.asyncio.Redis(memory=next(names))
        pipe: Any = a.pipeline(transaction=False).execute_command("BLPOP", "q", 0)
        call = pipe.execute() if in_pipeline else a.blpop("q")
        await a.ping()
        call.send(None)
        call.close()
        for _ in range(3):
            assert await a.get("k") is None
        await a.rpush("q", "item")
        await asyncio.sleep(0.1)
        assert await a.llen("q") == 1
        await close(a)

    run(main)


def test_a_call_that_is_cancelled_before_its_thread_runs_does_not_wait() -> None:
    async def main() -> None:
        a = lodger.asyncio.Redis(memory=next(names))
        pipe = a.pipeline()
        await pipe.watch("w")
        for waiting in (a.blpop("q"), pipe.blpop("q")):
            task = asyncio.create_task(waiting)
            # It runs behind the task, in the same step of the loop.
            asyncio.get_running_loop().call_soon(task.cancel)
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.1)
            await a.rpush("q", "item")
            await asyncio.sleep(0.1)
            assert await a.lpop("q") == b"item"
        await close(a)

    for _ in range(5):
        run(main)
