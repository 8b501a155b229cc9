"""A pipe with a descriptor, for those who wait for connections of redis-py in an event loop of their own, as kombu does."""

from __future__ import annotations

import errno
import os
import select

from . import _lodger
from ._background import in_background
from ._pipe import Pipe, broken, end_of, time_left
from .errors import Error

#: Commands that wait. Others are done when who sent them goes on.
_WAITING = frozenset(
    b"BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP XREAD XREADGROUP WAIT WAITAOF".split(),
)


def _waits(data: bytes) -> bool:
    words = data.split(b"\r\n", 3)
    return len(words) > 2 and words[2].upper() in _WAITING


class PollablePipe(Pipe):
    """Its descriptor is readable when something is there to be read. A command that waits runs in a thread.

    Who sent it goes on.
    """

    def __init__(self, client: _lodger.Client, timeout: float | None) -> None:
        super().__init__(client, timeout)
        self._ready = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll = select.epoll()
        self._poll.register(self._ready, select.EPOLLIN)
        self._shown = False
        self._messages: int | None = None
        self._busy = False
        self._waiting = b""
        self._failed: OSError | None = None

    def fileno(self) -> int:
        return -1 if self._poll.closed else self._poll.fileno()

    def sendall(self, data: bytes) -> None:
        with self._lock:
            if self._closed:
                raise ConnectionResetError(errno.ECONNRESET, "the connection was closed")
            if self._busy:
                self._waiting += data
                return
            try:
                answer = self.client.resp(data, only_short=_waits(data))
            except Error as error:
                raise broken(error) from error
            if answer is NotImplemented:
                self._busy = True
                in_background(lambda: self._work(data))
            else:
                self._append(answer)
            self._show()

    def _work(self, data: bytes) -> None:
        while True:
            answer: bytes | OSError
            try:
                answer = self.client.resp(data)
            except Error as error:
                answer = broken(error)
            with self._lock:
                if isinstance(answer, OSError):
                    self._failed = answer
                else:
                    self._append(answer)
                data, self._waiting = self._waiting, b""
                self._busy = bool(data) and self._failed is None and not self._closed
                self._show()
                if not self._busy:
                    return

    def _show(self) -> None:
        """Makes the descriptor tell what there is. Under the lock."""
        if self._poll.closed:
            return
        there = bool(self._rest) or self._closed or self._failed is not None
        if there and not self._shown:
            os.eventfd_write(self._ready, 1)
        elif self._shown and not there:
            os.eventfd_read(self._ready)
        self._shown = there
        if self._busy or self._closed or self._failed is not None:
            return
        try:
            fd = self.client.message_fd()
        except Error:
            return
        if fd != self._messages:
            if self._messages is not None:
                self._poll.unregister(self._messages)
            if fd is not None:
                self._poll.register(fd, select.EPOLLIN)
            self._messages = fd

    def recv(self, size: int) -> bytes:
        data = super().recv(size)
        self._signal()
        return data

    def _signal(self) -> None:
        with self._lock:
            self._show()

    def _fill(self) -> bool:
        end = end_of(self._timeout)
        while True:
            with self._lock:
                if self._closed:
                    return False
                if not self._rest and self._failed is not None:
                    raise self._failed
                if not self._rest and not self._busy:
                    try:
                        self._append(self.client.resp(b""))
                    except Error as error:
                        if self._closed:
                            return False
                        raise broken(error) from error
                    self._show()
                if self._rest:
                    return True
                left = time_left(end)
                self._sleepers += 1
            try:
                self._poll.poll(left)
            finally:
                with self._lock:
                    self._sleepers -= 1
                    self._end()

    def _end(self) -> None:
        """Gives the descriptors back if nobody sleeps on them: who did would not wake up. Under the lock."""
        super()._end()
        if self._closed and not self._sleepers and not self._poll.closed:
            self._poll.close()
            os.close(self._ready)
