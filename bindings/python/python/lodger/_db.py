"""An open database."""

from __future__ import annotations

import atexit
import operator
import os
import re
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, Union, overload

from . import _lodger
from ._pipeline import Pipeline, Transaction, words
from ._streams import ChangeFeed, Subscription
from ._views import HashView, ListView, SetView, ZSetView
from .errors import ArgumentError, Error, InterruptedError, WatchError

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._types import Word

#: Where a file is; names that are no UTF-8 are bytes, or str as `os.fsdecode` gives them.
Path: TypeAlias = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]  # noqa: UP007

T = TypeVar("T", bytes, str)
R = TypeVar("R")

_open: weakref.WeakSet[Db[Any]] = weakref.WeakSet()


class Db(_lodger.Db[T]):
    """An open database, made by :func:`open`. Any thread may use it, at any time.

    ``Db[bytes]`` gives values as bytes, ``Db[str]``, opened with ``decode_responses=True``, as text.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = " (closed)" if self.closed else ""
        # One that is no UTF-8 can be printed, too.
        location = os.fsencode(self.location).decode(errors="backslashreplace")
        return f"<lodger.Db {location or 'in memory'}{state}>"

    def backup(self, path: Path, *, progress: Callable[[int, int], bool | None] | None = None) -> int:
        """Writes a copy as of this moment to a file in Redis's RDB format, while others go on; the number of keys.

        ``progress`` is called now and then with the keys done and all keys; when it answers False, or raises, the copy is given
        up.
        """
        try:
            return super().backup(path, progress=progress)
        except InterruptedError:
            rest_if_ending()
            raise

    # Views.

    def hash(self, key: Word) -> HashView[T]:
        """The hash of a key as a mutable mapping."""
        return HashView(self, key)

    def list(self, key: Word) -> ListView[T]:
        """The list of a key as a mutable sequence."""
        return ListView(self, key)

    def zset(self, key: Word) -> ZSetView[T]:
        """The sorted set of a key as a mutable mapping of members to scores, ordered by score."""
        return ZSetView(self, key)

    def _set_view(self, key: Word) -> SetView[T]:
        return SetView(self, key)

    # Several commands.

    def pipeline(self, *, atomic: bool = False) -> Pipeline:
        """Collects commands that :meth:`Pipeline.execute` runs in one go; with ``atomic`` as one step."""
        return Pipeline(self, atomic=atomic)

    def transaction(self, watch: Iterable[Word] = ()) -> Transaction:
        """Commands that run as one step when the ``with`` block ends, unless it raised.

        If a key of ``watch`` was changed since the block began, nothing is run and :class:`WatchError` is raised.
        """
        return Transaction(self, watch)

    def retry(self, change: Callable[[Transaction], R], watch: Iterable[Word], *, attempts: int = 1000) -> R:
        """Calls ``change`` with a transaction that watches keys, again and again until nobody was faster.

        ``change`` reads with this database what it needs and calls methods of the transaction for what it changes. Answers what
        ``change`` returned.
        """
        keys = words("watch", watch)
        for _ in range(attempts):
            try:
                with self.transaction(keys) as transaction:
                    result = change(transaction)
            except WatchError:
                continue
            return result
        raise WatchError(f"the watched keys were changed {attempts} times in a row")

    # Iterators.

    def scan(self, match: Word | None = None, *, type: str | None = None, count: int = 100) -> Iterator[T]:
        """All keys, in steps of about ``count`` that hold nobody up. A key may come twice while others write."""
        more: list[Word] = ["COUNT", count]
        if match is not None:
            more += ["MATCH", match]
        if type is not None:
            more += ["TYPE", type]
        return self._scan("SCAN", (), more)

    def hscan(self, key: Word, match: Word | None = None, *, count: int = 100) -> Iterator[tuple[T, T]]:
        """All fields of a hash and their values, in steps."""
        return _pairs(self._scan("HSCAN", (key,), _options(match, count)))

    def sscan(self, key: Word, match: Word | None = None, *, count: int = 100) -> Iterator[T]:
        """All members of a set, in steps."""
        return self._scan("SSCAN", (key,), _options(match, count))

    def zscan(self, key: Word, match: Word | None = None, *, count: int = 100) -> Iterator[tuple[T, float]]:
        """All members of a sorted set and their scores, in steps."""
        pairs = _pairs(self._scan("ZSCAN", (key,), _options(match, count)))
        return ((member, float(score)) for member, score in pairs)

    def _scan(self, name: str, key: tuple[Word, ...], more: Iterable[Word]) -> Iterator[T]:
        cursor: Word = 0
        more = tuple(more)
        while True:
            cursor, found = self.execute(name, *key, cursor, *more)
            yield from found
            if int(cursor) == 0:
                return

    # Streams of messages and changes.

    def subscribe(
        self,
        *channels: Word,
        patterns: Iterable[Word] = (),
        shards: Iterable[Word] = (),
        max_queued: int = 1_000_000,
    ) -> Subscription[T]:
        """Listens to channels from now on: iterate over it, with ``for`` or ``async for``.

        At most ``max_queued`` messages wait for it; what comes while it is full is dropped and counted.
        """
        listened = (("channel", channels), ("pattern", words("patterns", patterns)), ("shard", words("shards", shards)))
        subscription: Subscription[T] = Subscription(self._subscriber(max_queued))
        for kind, names in listened:
            for name in names:
                subscription.add(name, kind)
        return subscription

    def feed(
        self,
        start: Literal["now", "oldest"] | int = "now",
        *,
        durable: bool = False,
        max_bytes: int = 16 << 20,
    ) -> ChangeFeed[T]:
        """Every change of the database in order, beginning now, with the oldest that is there, or behind an offset.

        ``durable`` gives only what no power cut takes back. In a database without an append-only file at most ``max_bytes`` wait.
        """
        return ChangeFeed(self._feed(_offset(start), durable, max_bytes))


def _offset(start: str | int) -> str | int:
    if isinstance(start, str):
        return start
    try:
        start = operator.index(start)
    except TypeError:
        # The call says what it takes.
        return start
    if start >= 2**64:
        raise ArgumentError(f"start is out of range: {start}; an offset has 64 bits")
    return start


def _options(match: Word | None, count: int) -> list[Word]:
    return ["COUNT", count] if match is None else ["COUNT", count, "MATCH", match]


def _pairs(items: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    return zip(items, items, strict=True)


def _text(value: object) -> str:
    if value is True:
        return "yes"
    if value is False:
        return "no"
    text = str(value)
    if "\n" in text or "\r" in text or "\0" in text:
        raise ArgumentError("a directive is one line")
    return text


_NAME = re.compile("[A-Za-z0-9_-]+")


def _config(lines: str, directives: Mapping[str, object]) -> str:
    text = lines if not lines or lines.endswith("\n") else lines + "\n"
    for name, value in directives.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ArgumentError(f"{name!r} is no name of a directive")
        values = [_text(item) for item in value] if isinstance(value, list | tuple) else [_text(value)]
        words = [v if v and not set(v) & set(" \t\"'\\") else _quoted(v) for v in values]
        # Some take several words in one: save="900 1".
        if len(values) == 1 and " " in values[0] and '"' not in values[0]:
            words = values
        text += f"{name.replace('_', '-')} {' '.join(words)}\n"
    return text


def config_text(directives: Mapping[str, object]) -> str:
    """Directives as text of redis.conf."""
    return _config("", directives)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@overload
def open(
    location: Path = "",
    *,
    decode_responses: Literal[False] = False,
    config: str = "",
    clock: _lodger.Clock | None = None,
    seed: int | None = None,
    **directives: object,
) -> Db[bytes]: ...
@overload
def open(
    location: Path = "",
    *,
    decode_responses: Literal[True],
    config: str = "",
    clock: _lodger.Clock | None = None,
    seed: int | None = None,
    **directives: object,
) -> Db[str]: ...
def open(
    location: Path = "",
    *,
    decode_responses: bool = False,
    config: str = "",
    clock: _lodger.Clock | None = None,
    seed: int | None = None,
    **directives: object,
) -> Db[Any]:
    """Opens a database.

    ``location``: nothing for memory only; a directory, which is made when it is missing, for a durable one; a path that ends in
    ``.rdb`` for one snapshot file. ``directives`` are those of redis.conf with underscores (``appendfsync="always"``,
    ``maxmemory="1gb"``); ``config`` is text as in redis.conf. ``decode_responses`` gives values as str instead of bytes.
    ``clock`` has keys expire by a clock that a test moves, ``seed`` fixes all randomness.

    Raises :class:`LockedError` if the location is open elsewhere, :class:`ArgumentError` for a bad directive,
    :class:`CorruptError`, :class:`StorageError`.
    """
    db: Db[Any] = Db(location, _config(config, directives), decode_responses=decode_responses, clock=clock, seed=seed)
    _open.add(db)
    return db


_ending = threading.Event()
#: How long the end waits for copies that are given up, one of which may be in a function of the program's.
_SECONDS_FOR_COPIES = 10


def rest_if_ending() -> None:
    """While the interpreter ends, a thread that nobody waits for stops here, as one stops that waits for a server; it would only
    say that the database is closed."""
    if _ending.is_set() and threading.current_thread().daemon:
        threading.Event().wait()


@atexit.register
def _close_all() -> None:
    _ending.set()
    # What a program left open is written and given free before the interpreter is gone. In a forked child it is not ours.
    for db in tuple(_open):
        db._end_copies(_SECONDS_FOR_COPIES)
        try:
            db.close()
        except Error:
            continue
