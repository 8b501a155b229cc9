"""Messages of channels and changes of the journal, for ``for`` and ``async for``."""

from __future__ import annotations

import asyncio
import operator
import sys
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if sys.version_info >= (3, 11):
    from typing import NamedTuple
else:
    # Generic ones came with 3.11.
    from typing_extensions import NamedTuple

from .errors import ArgumentError, ClosedError, DataError, InterruptedError

if TYPE_CHECKING:
    from typing_extensions import Self

    from . import _lodger
    from ._types import Word

T = TypeVar("T", bytes, str)
Item = TypeVar("Item")


class Message(NamedTuple, Generic[T]):
    """A message that came through a channel."""

    #: Where it was published.
    channel: T
    #: What.
    data: T
    #: The pattern that it came by, if any.
    pattern: T | None = None


class Change(NamedTuple, Generic[T]):
    """A command that replays one change."""

    #: Where a reader goes on that has dealt with it.
    offset: int
    #: The number of the database that it is for.
    db: int
    #: How many more changes belong to the same step.
    remaining: int
    #: The words of the command.
    args: list[T]
    #: The keys that it changes; none where it changes a whole database.
    keys: list[T]


#: A number of 64 bits.
_LONGEST = 2**63


def _ms(timeout: float | None) -> int:
    if timeout is None:
        return -1
    try:
        ms = max(0, round(timeout * 1000))
    except (ValueError, OverflowError):
        ms = _LONGEST
    except TypeError:
        raise DataError(f"timeout must be a number of seconds, not {type(timeout).__name__}") from None
    if ms >= _LONGEST:
        raise ArgumentError(f"timeout is out of range: {timeout}; None waits for ever")
    return ms


class _Pulled(Iterator[Item], AsyncIterator[Item]):
    """What is pulled from: one thread or task at a time, except :meth:`close`."""

    def __init__(self, native: Any) -> None:
        self._native = native
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None

    def _item(self, given: Any) -> Item:
        raise NotImplementedError

    def next(self, timeout: float | None = None) -> Item | None:
        """The next one; None if there is none within ``timeout`` seconds. Without a timeout it waits for ever."""
        given = self._native.next(_ms(timeout))
        return None if given is None else self._item(given)

    async def anext(self, timeout: float | None = None) -> Item | None:
        """The same without holding up the event loop, which looks at a descriptor."""
        loop = asyncio.get_running_loop()
        ms = _ms(timeout)
        end = None if ms < 0 else loop.time() + ms / 1000
        while True:
            given = self._native.next(0)
            if given is not None:
                return self._item(given)
            left = None if end is None else end - loop.time()
            if left is not None and left <= 0:
                return None
            await self._readable(loop, left)

    async def _readable(self, loop: asyncio.AbstractEventLoop, timeout: float | None) -> None:
        ready: asyncio.Future[None] = loop.create_future()
        fd = self._native.fileno()
        loop.add_reader(fd, _finish, ready)
        self._waiting = loop, ready
        try:
            await asyncio.wait([ready], timeout=timeout)
        finally:
            # Otherwise it was closed, and the number may be another file's by now.
            if self._waiting is not None:
                self._waiting = None
                loop.remove_reader(fd)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Item:
        try:
            item = self.next()
        except (ClosedError, InterruptedError):
            raise StopIteration from None
        assert item is not None
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        try:
            item = await self.anext()
        except (ClosedError, InterruptedError):
            raise StopAsyncIteration from None
        assert item is not None
        return item

    def fileno(self) -> int:
        """A descriptor that is readable while there is something to take, for ``select`` and its like."""
        return int(self._native.fileno())

    def close(self) -> None:
        """Ends it, from any thread; iteration over it ends, too."""
        waiting = self._waiting
        if waiting is not None:
            loop, ready = waiting
            if not loop.is_closed():
                # Before the descriptor is gone.
                loop.call_soon_threadsafe(self._end, loop, ready)
                return
        self._native.close()

    def _end(self, loop: asyncio.AbstractEventLoop, ready: asyncio.Future[None]) -> None:
        if self._waiting is not None:
            self._waiting = None
            loop.remove_reader(self._native.fileno())
        self._native.close()
        _finish(ready)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _finish(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


class Subscription(_Pulled[Message[T]]):
    """Listens to channels, made by :meth:`Db.subscribe`. Iteration ends when it or the database is closed."""

    _native: _lodger.Subscriber

    def add(self, name: Word, kind: str = "channel") -> bool:
        """Listens to a ``channel``, ``pattern`` or ``shard`` channel from now on; False if it does already."""
        return self._native.add(name, kind)

    def remove(self, name: Word, kind: str = "channel") -> bool:
        """Listens to it no longer; False if it did not."""
        return self._native.remove(name, kind)

    @property
    def dropped(self) -> int:
        """Messages that were lost because too many waited."""
        return self._native.dropped()

    def _item(self, given: Any) -> Message[T]:
        if len(given) == 4:
            return Message(given[2], given[3], given[1])
        return Message(given[1], given[2])


class ChangeFeed(_Pulled[Change[T]]):
    """Reads every change, made by :meth:`Db.feed`. Iteration ends when it or the database is closed."""

    _native: _lodger.Feed

    @property
    def offset(self) -> int:
        """Where a reader goes on that has dealt with all that was given: for ``db.feed(offset)``."""
        return self._native.offset()

    def value(self, db: int, key: Word) -> tuple[bytes, int] | None:
        """What a key holds now, as DUMP gives it, and its expiry in Unix milliseconds or -1; None without a key."""
        try:
            number = operator.index(db)
        except TypeError:
            raise DataError(f"db must be an integer, not {type(db).__name__}") from None
        if not 0 <= number < 2**32:
            raise ArgumentError(f"db is out of range: {number}")
        found = self._native.value(number, key)
        return None if found is None else (found[0], found[1])

    def _item(self, given: Any) -> Change[T]:
        return Change(*given)
