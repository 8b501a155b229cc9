"""Connections with a descriptor, as event loops of other libraries wait for them."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from typing import Any

import lodger
import pytest

pytest.importorskip("redis", reason="redis-py is not installed")

from lodger._pollable import PollablePipe


def command(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)


@pytest.fixture
def pipe(db: lodger.Db[bytes]) -> Iterator[PollablePipe]:
    pipe = PollablePipe(db.client(), None)
    yield pipe
    pipe.close()


def readable(pipe: PollablePipe, seconds: float = 0) -> bool:
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    return bool(poller.poll(seconds * 1000))


def test_an_answer_makes_it_readable_until_it_is_read(pipe: PollablePipe) -> None:
    assert not readable(pipe)
    pipe.sendall(command("PING"))
    assert readable(pipe)
    assert pipe.recv(3) == b"+PO" and readable(pipe)
    assert pipe.recv(100) == b"NG\r\n" and not readable(pipe)


def test_who_sends_a_command_that_waits_goes_on(db: lodger.Db[bytes], pipe: PollablePipe) -> None:
    pipe.sendall(command("BRPOP", "jobs", "0"))
    pipe.sendall(command("PING"))
    pipe.sendall(command("ECHO", "after"))
    assert not readable(pipe)
    pipe.settimeout(0)
    with pytest.raises(BlockingIOError):
        pipe.recv(100)
    pipe.settimeout(0.01)
    with pytest.raises(TimeoutError):
        pipe.recv(100)
    db.rpush("jobs", "one")
    assert readable(pipe, 20)
    pipe.settimeout(20)
    want = b"*2\r\n$4\r\njobs\r\n$3\r\none\r\n+PONG\r\n$5\r\nafter\r\n"
    got = b""
    while len(got) < len(want):
        got += pipe.recv(7)
    assert got == want and not readable(pipe)


def test_messages_make_it_readable(db: lodger.Db[bytes], pipe: PollablePipe) -> None:
    for _ in range(3):
        pipe.sendall(command("SUBSCRIBE", "news"))
        assert pipe.recv(100).startswith(b"*3\r\n$9\r\nsubscribe") and not readable(pipe)
        assert db.publish("news", "rain") == 1
        assert readable(pipe, 20)
        assert b"rain" in pipe.recv(100) and not readable(pipe)
        pipe.sendall(command("UNSUBSCRIBE", "news"))
        assert b"unsubscribe" in pipe.recv(100) and not readable(pipe)
        assert db.publish("news", "sun") == 0 and not readable(pipe)


def test_a_subscription_is_there_when_the_call_returns(db: lodger.Db[bytes], pipe: PollablePipe) -> None:
    for n in range(200):
        pipe.sendall(command("SUBSCRIBE", f"news:{n}"))
        assert db.publish(f"news:{n}", "rain") == 1


@pytest.mark.parametrize("waits", [False, True])
def test_closing_ends_who_reads(pipe: PollablePipe, waits: bool) -> None:
    if waits:
        pipe.sendall(command("BLPOP", "jobs", "0"))
    got: list[Any] = []
    reader = threading.Thread(target=lambda: got.append(pipe.recv(100)))
    reader.start()
    pipe.close()
    reader.join(20)
    assert got == [b""] and pipe.fileno() == -1
    with pytest.raises(ConnectionResetError):
        pipe.sendall(command("PING"))


def test_descriptors_are_given_back(db: lodger.Db[bytes]) -> None:
    def once() -> None:
        pipe = PollablePipe(db.client(), None)
        pipe.sendall(command("SUBSCRIBE", "news"))
        pipe.close()

    once()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        once()
    assert len(os.listdir("/proc/self/fd")) <= before
