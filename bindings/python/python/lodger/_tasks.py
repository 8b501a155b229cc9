"""Calls that wait, for asyncio: each in a thread of its own, so that the loop goes on; messages by the client's descriptor."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import os
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from . import _lodger
from ._background import end, end_soon, in_background
from ._pipe import broken
from .errors import BusyError, Error

#: How a call ends that nobody waits for any more: its task was cancelled, or thrown away with a loop that was closed.
LEFT = (asyncio.CancelledError, GeneratorExit)
#: A time, in seconds, that nobody waits.
_FOR_EVER = 1e8


async def in_thread(client: _lodger.Client, call: Callable[[], Any]) -> Any:
    """Runs a call of a client in a thread. Cancelling ends it, and the client with it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    # The loop has it, and the thread has not: with a loop that is closed the task goes that waits.
    kept, found = loop.call_later(_FOR_EVER, _nothing, future), weakref.ref(future)
    is_left = False

    def is_over() -> bool:
        waits = found()
        return is_left or waits is None or waits.cancelled()

    def work() -> None:
        if is_over():
            client.close()
            return
        try:
            result, failed = call(), False
        except BaseException as error:
            result, failed = error, True

        def tell() -> None:
            waits = found()
            if not is_left and waits is not None and not waits.done():
                if failed:
                    waits.set_exception(result)
                else:
                    waits.set_result(result)

        if is_over():
            client.close()
        # A loop that was closed has nobody who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell)

    in_background(work)
    try:
        return await future
    except LEFT:
        is_left = True
        end_soon(client)
        raise
    finally:
        kept.cancel()


def _nothing(kept: object) -> None:
    """What a loop does for the sake of what it holds meanwhile."""


def _write(client: _lodger.Client, data: bytes, loop: asyncio.AbstractEventLoop, found: weakref.ref[Writer]) -> None:
    """The thread of a call that waits, for a writer."""

    def is_over() -> bool:
        writer = found()
        return writer is None or writer.is_closing()

    if is_over():
        client.close()
        return
    answer: bytes | Error
    try:
        answer = client.resp(data)
    except Error as error:
        answer = error
    if is_over():
        client.close()
    writer = found()
    if writer is not None:
        # A loop that was closed has nobody who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(writer._done, answer)


class Writer:
    """What a connection of redis-py's asyncio has instead of a ``StreamWriter``: at its other end is the engine."""

    def __init__(self, client: _lodger.Client) -> None:
        self.client = client
        self.reader = asyncio.StreamReader()
        self._loop = asyncio.get_running_loop()
        self._waiting = b""
        self._busy = False
        self._closed = False
        self._fd: int | None = None
        self._pid = os.getpid()
        self._kept: asyncio.TimerHandle | None = None

    def write(self, data: bytes) -> None:
        if self._closed:
            raise ConnectionResetError(errno.ECONNRESET, "the connection was closed")
        if self._busy:
            self._waiting += data
            return
        try:
            answer = self.client.resp(data, only_short=True)
        except Error as error:
            raise broken(error) from error
        if answer is NotImplemented:
            self._busy = True
            self._listen(None)
            # As in `in_thread`: the loop has it, and the thread has not.
            self._kept = self._loop.call_later(_FOR_EVER, _nothing, self)
            in_background(functools.partial(_write, self.client, data, self._loop, weakref.ref(self)))
        else:
            self._take(answer)

    def writelines(self, data: Iterable[bytes]) -> None:
        # The engine takes whole commands.
        self.write(b"".join(data))

    async def drain(self) -> None:
        """What was written is on its way."""

    def _done(self, answer: bytes | Error) -> None:
        self._busy = False
        if self._kept is not None:
            self._kept.cancel()
        if self._closed:
            return
        if isinstance(answer, Error):
            self.reader.set_exception(broken(answer))
            return
        data, self._waiting = self._waiting, b""
        try:
            self._take(answer)
            if data:
                self.write(data)
        except (Error, OSError) as error:
            self.reader.set_exception(broken(error) if isinstance(error, Error) else error)

    def _take(self, answer: bytes) -> None:
        if answer:
            self.reader.feed_data(answer)
        self._listen(self.client.message_fd())

    def _listen(self, fd: int | None) -> None:
        if fd == self._fd:
            return
        if self._fd is not None:
            self._loop.remove_reader(self._fd)
        self._fd = fd
        if fd is not None:
            self._loop.add_reader(fd, self._messages)

    def _messages(self) -> None:
        try:
            self._take(self.client.resp(b""))
        except BusyError:
            return
        except Error as error:
            self._listen(None)
            self.reader.set_exception(broken(error))

    def is_of_another_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is not self._loop
        except RuntimeError:
            return True

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._loop.is_running() and self.is_of_another_loop():
            # By another thread, such as one that collects garbage.
            try:
                self._loop.call_soon_threadsafe(self._end)
                return
            except RuntimeError:
                pass
        self._end()

    def _end(self) -> None:
        if not self._loop.is_closed():
            self._listen(None)
        if self._kept is not None:
            self._kept.cancel()
        end(self.client, self._pid)
        # Nobody reads in a loop that was closed.
        with contextlib.suppress(RuntimeError):
            self.reader.feed_eof()

    def is_closing(self) -> bool:
        return self._closed

    async def wait_closed(self) -> None:
        """Nothing is left to be written."""

    @property
    def transport(self) -> Writer:
        return self

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default
