"""What a connection of redis-py has instead of a socket: at its other end is the engine, in this process."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import threading
import time

from . import _lodger
from ._background import end
from ._db import rest_if_ending
from .errors import BusyError, ClosedError, Error, InterruptedError


class Pipe:
    """The methods of a socket that redis-py uses.

    A command runs inside :meth:`sendall`; its answer waits for :meth:`recv`. Messages of channels come by the client's
    descriptor.
    """

    def __init__(self, client: _lodger.Client, timeout: float | None) -> None:
        self.client = client
        self._timeout = timeout
        self._rest = memoryview(b"")
        # A thread may listen while another one subscribes.
        self._lock = threading.RLock()
        self._late = False
        self._closed = False
        self._wake: tuple[socket.socket, socket.socket] | None = None
        self._sleepers = 0
        self._pid = os.getpid()

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def gettimeout(self) -> float | None:
        return self._timeout

    def getpeername(self) -> str:
        return "lodger"

    getsockname = getpeername

    def sendall(self, data: bytes) -> None:
        timeout = self._timeout
        with self._lock:
            try:
                answer = self.client.resp(data, -1 if timeout is None else max(int(timeout * 1000), 1))
            except TimeoutError:
                # Who reads is told, as with a socket.
                self._late = True
            except Error as error:
                raise broken(error) from error
            else:
                self._append(answer)
        if self._closed:
            self._try_end()
            raise ConnectionResetError(errno.ECONNRESET, "the connection was closed")
        self._signal()

    def _append(self, answer: bytes) -> None:
        if answer:
            self._rest = memoryview(bytes(self._rest) + answer if self._rest else answer)

    def _signal(self) -> None:
        wake = self._wake
        if wake is not None:
            # It may be full, or closed.
            with contextlib.suppress(OSError):
                wake[1].send(b"\0")

    def recv(self, size: int) -> bytes:
        if not self._rest and not self._fill():
            self._try_end()
            return b""
        with self._lock:
            data, self._rest = bytes(self._rest[:size]), self._rest[size:]
        return data

    def recv_into(self, buffer: bytearray) -> int:
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _fill(self) -> bool:
        """Waits until something is there to be read; false at the end."""
        end = end_of(self._timeout)
        while True:
            # A thread that closes while this one is in the lock interrupts what it waits for.
            with self._lock:
                if self._closed:
                    return False
                if self._rest:
                    return True
                if self._late:
                    self._late = False
                    raise TimeoutError("timed out")
                try:
                    self._append(self.client.resp(b""))
                    fd = self.client.message_fd()
                except Error as error:
                    raise broken(error) from error
                if self._rest:
                    return True
                left = time_left(end)
                if self._wake is None:
                    self._wake = socket.socketpair()
                    self._wake[0].setblocking(False)
                    self._wake[1].setblocking(False)
                wake = self._wake[0]
                self._sleepers += 1
            try:
                # Whoever closes sets that first and then looks whom to wake.
                if not self._closed:
                    _sleep(wake, fd, left)
            finally:
                with self._lock:
                    self._sleepers -= 1
                    self._end()

    def _end(self) -> None:
        """Gives the descriptors back if nobody sleeps on them. Under the lock."""
        if self._closed and not self._sleepers and self._wake is not None:
            wake, self._wake = self._wake, None
            for side in wake:
                side.close()

    def shutdown(self, how: int) -> None:
        self._closed = True
        if os.getpid() == self._pid:
            self.client.interrupt()
        self._signal()

    def close(self) -> None:
        self.shutdown(socket.SHUT_RDWR)
        end(self.client, self._pid)
        if os.getpid() == self._pid:
            self._try_end()

    def _try_end(self) -> None:
        # Who has the lock comes along here when he lets go of it: he may wait for this thread, in a signal handler.
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()


def end_of(timeout: float | None) -> float | None:
    """When a wait is over; 0 for one that is none."""
    return timeout and time.monotonic() + timeout


def time_left(end: float | None) -> float | None:
    """How long it may go on, in seconds. Raises what a socket does when that is over."""
    if end is None:
        return None
    if end == 0:
        raise BlockingIOError(errno.EWOULDBLOCK, "nothing to read")
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _sleep(wake: socket.socket, fd: int | None, seconds: float | None) -> None:
    poller = select.poll()
    poller.register(wake, select.POLLIN)
    if fd is not None:
        poller.register(fd, select.POLLIN)
    found = poller.poll(None if seconds is None else max(seconds * 1000, 1))
    if any(number == wake.fileno() for number, _ in found):
        # Another thread may have been faster.
        with contextlib.suppress(BlockingIOError):
            wake.recv(4096)


def broken(error: Error) -> OSError:
    rest_if_ending()
    # Busy: another thread is about to end it.
    if isinstance(error, ClosedError | InterruptedError | BusyError):
        text = str(error) if isinstance(error, ClosedError) else "the connection was closed"
        return ConnectionResetError(errno.ECONNRESET, text)
    return ConnectionError(errno.EIO, str(error))
