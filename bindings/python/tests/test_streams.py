"""Messages and changes, in threads and in tasks."""

from __future__ import annotations

import asyncio
import math
import pathlib
import select
import threading

import lodger
import pytest

Db = lodger.Db[bytes]


def test_messages(db: Db) -> None:
    with db.subscribe("news", patterns=["n*"], max_queued=4) as subscription:
        assert subscription.next(0) is None
        assert db.publish("news", "hi") == 2
        assert subscription.next() == lodger.Message(b"news", b"hi")
        assert subscription.next(1) == lodger.Message(b"news", b"hi", b"n*")
        assert subscription.next(0.01) is None
        assert subscription.remove("n*", "pattern") and not subscription.remove("n*", "pattern")
        assert subscription.add("more") and not subscription.add("more")
        for n in range(6):
            db.publish("more", n)
        assert [subscription.next(0) for _ in range(5)][-1] is None and subscription.dropped == 2
        assert select.select([subscription], [], [], 0)[0] == []
        db.publish("more", "x")
        assert select.select([subscription], [], [], 5)[0] == [subscription]
        with pytest.raises(lodger.ArgumentError):
            subscription.add("x", "nonsense")
    with pytest.raises(lodger.ClosedError):
        subscription.next()
    assert list(subscription) == []
    assert db.publish("more", "x") == 0


def test_iteration_ends_with_the_database() -> None:
    db = lodger.open()
    subscription, feed, heard = db.subscribe("c"), db.feed(), []
    threads = [
        threading.Thread(target=lambda: heard.extend(subscription)),
        threading.Thread(target=lambda: heard.extend(feed)),
    ]
    for thread in threads:
        thread.start()
    db.set("k", 1)
    db.publish("c", "last")
    db.close()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert len(heard) == 2


@pytest.mark.parametrize("timeout", [math.inf, -math.inf, math.nan, 1e30, 2**70, 10**400])
def test_times_that_are_none(db: Db, timeout: float) -> None:
    with db.subscribe("c") as subscription, db.feed() as feed:
        for source in (subscription, feed):
            with pytest.raises(lodger.ArgumentError, match="timeout is out of range"):
                source.next(timeout)
            with pytest.raises(lodger.ArgumentError, match="timeout is out of range"):
                asyncio.run(source.anext(timeout))
            with pytest.raises(lodger.DataError, match="timeout must be a number"):
                source.next("1")  # type: ignore[arg-type]
            assert source.next(-1) is None and asyncio.run(source.anext(-1)) is None
        db.publish("c", "there")
        message = subscription.next(9e15)
        assert message is not None and message.data == b"there"


def test_a_subscription_is_closed_by_another_thread(db: Db) -> None:
    subscription = db.subscribe("c")
    thread = threading.Thread(target=lambda: list(subscription))
    thread.start()
    subscription.close()
    thread.join(20)
    assert not thread.is_alive()


def test_changes(tmp_path: pathlib.Path) -> None:
    with lodger.open(tmp_path / "d") as db:
        feed = db.feed()
        db.set("a", 1)
        with db.transaction() as transaction:
            transaction.incr("a").sadd("s", "x")
        first = feed.next()
        assert first is not None and first.args[:3] == [b"SET", b"a", b"1"] and first.keys == [b"a"]
        step = [feed.next(), feed.next()]
        assert [change.remaining for change in step if change] == [1, 0]
        assert feed.next(0) is None
        value = feed.value(0, "a")
        assert value is not None and value[1] == -1 and feed.value(0, "none") is None
        db.set("b", 2)
        offset = feed.offset
    with lodger.open(tmp_path / "d") as db:
        behind = db.feed(offset).next()
        assert behind is not None and behind.keys == [b"b"]
        oldest = db.feed("oldest", durable=True).next()
        assert oldest is not None and oldest.keys == [b"a"]
        with pytest.raises(lodger.ArgumentError):
            db.feed(-1)
        with pytest.raises(lodger.ArgumentError):
            db.feed("nonsense")  # type: ignore[arg-type]


def test_a_slow_reader_is_told(db: Db) -> None:
    feed = db.feed(max_bytes=1000)
    for n in range(1000):
        db.set("k", n)
    with pytest.raises(lodger.LaggedError):
        while feed.next(0) is not None:
            pass


def test_tasks(db: Db) -> None:
    async def main() -> None:
        subscription, feed = db.subscribe("c"), db.feed()
        heard: list[bytes] = []
        keys: list[bytes] = []

        async def listen() -> None:
            async for message in subscription:
                heard.append(message.data)

        async def follow() -> None:
            async for change in feed:
                keys.extend(change.keys)
                if change.keys == [b"end"]:
                    return

        tasks = [asyncio.create_task(listen()), asyncio.create_task(follow())]
        threads = [threading.Thread(target=lambda: [db.publish("c", n) for n in range(500)]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for n in range(100):
            db.set(f"k{n}", n)
            await asyncio.sleep(0)
        db.set("end", 1)
        for thread in threads:
            await asyncio.to_thread(thread.join)
        await tasks[1]
        while len(heard) < 1500:
            await asyncio.sleep(0)
        assert len(keys) == 101
        subscription.close()
        await tasks[0]
        assert await feed.anext(0.01) is None
        # What is cancelled leaves nothing behind.
        waits = asyncio.create_task(feed.anext())
        await asyncio.sleep(0)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        db.set("again", 1)
        again = await asyncio.wait_for(feed.anext(), 20)
        assert again is not None and again.keys == [b"again"]

    asyncio.run(main())
