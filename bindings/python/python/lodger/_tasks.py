"""Calls that wait, for asyncio: each in a thread of its own, so that the loop goes on; messages by the client's descriptor."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable, Iterable
from typing import Any

from . import _lodger
from ._background import end_soon, in_background
from ._pipe import broken
from .errors import BusyError, Error

#: How a call ends that nobody waits for any more: its task was cancelled, or thrown away with a loop that was closed.
LEFT = (asyncio.CancelledError, GeneratorExit)


async def in_thread(client: _lodger.Client, call: Callable[[], Any]) -> Any:
    """Runs a call of a client in a thread. Cancelling ends it, and the client with it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    is_left = False

    def work() -> None:
        if is_left or future.cancelled():
            client.close()
            return
        try:
            done, result = future.set_result, call()
        except BaseException as error:
            done, result = future.set_exception, error

        def tell() -> None:
            if not is_left and not future.done():
                done(result)

        if is_left or future.cancelled():
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
            in_background(lambda: self._work(data))
        else:
            self._take(answer)

    def writelines(self, data: Iterable[bytes]) -> None:
        # The engine takes whole commands.
        self.write(b"".join(data))

    async def drain(self) -> None:
        """What was written is on its way."""

    def _work(self, data: bytes) -> None:
        answer: bytes | Error
        if self._closed:
            self.client.close()
            return
        try:
            answer = self.client.resp(data)
        except Error as error:
            answer = error
        if self._closed:
            self.client.close()
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._done, answer)

    def _done(self, answer: bytes | Error) -> None:
        self._busy = False
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
        self.reader.feed_eof()
        if self._busy:
            end_soon(self.client)
        else:
            self.client.close()

    def is_closing(self) -> bool:
        return self._closed

    async def wait_closed(self) -> None:
        """Nothing is left to be written."""

    @property
    def transport(self) -> Writer:
        return self

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default
