"""Threads for calls that wait, and how clients are ended that others may use."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable

from . import _lodger
from .errors import BusyError, Error

#: Threads that are kept for the next call.
_KEPT = 8


class _Threads:
    """As many as calls wait at the same time. They do not hold up the end of the interpreter."""

    def __init__(self) -> None:
        self._idle: list[queue.SimpleQueue[Callable[[], None]]] = []
        # A forked child has none of them.
        os.register_at_fork(after_in_child=self._idle.clear)

    def run(self, work: Callable[[], None]) -> None:
        try:
            self._idle.pop().put(work)
        except IndexError:
            calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
            calls.put(work)
            threading.Thread(target=self._serve, args=(calls,), name="lodger-wait", daemon=True).start()

    def _serve(self, calls: queue.SimpleQueue[Callable[[], None]]) -> None:
        while True:
            calls.get()()
            if len(self._idle) >= _KEPT:
                return
            self._idle.append(calls)


_threads = _Threads()


def in_background(work: Callable[[], None]) -> None:
    """Runs something that waits in a thread of its own."""
    _threads.run(work)


def end_soon(client: _lodger.Client) -> None:
    """Ends a client that a thread uses. One interruption is not enough: the call may be about to wait."""
    client.interrupt()
    # No thread begins any more when the interpreter ends.
    with contextlib.suppress(RuntimeError):
        in_background(client.close)


def end(client: _lodger.Client, pid: int) -> None:
    """Ends a client that was made in a process."""
    if os.getpid() != pid:
        # Who used it at the time of the fork never lets go of it.
        return
    try:
        client.message_fd()
    except BusyError:
        # Of a task that goes on, or inside of a signal handler, which may be in the middle of the call.
        end_soon(client)
        return
    except Error:
        pass
    client.close()
