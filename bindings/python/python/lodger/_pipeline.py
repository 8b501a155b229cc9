"""Several commands at once."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from .errors import DataError, ResponseError, WatchError

if TYPE_CHECKING:
    from typing_extensions import Self

    from . import _lodger
    from ._types import Word


def _whole(name: str, number: Any) -> int:
    """What the library's own calls take for an integer."""
    try:
        return operator.index(number)
    except TypeError:
        raise DataError(f"{name} must be an integer, not {type(number).__name__}") from None


def _score(number: Any) -> Word:
    """A score, as itself or what float() makes of it."""
    if isinstance(number, int | float | str | bytes):
        return number
    try:
        return float(number)
    except (TypeError, ValueError, OverflowError):
        # What takes it for a word says that it is none.
        return cast("Word", number)


def words(name: str, given: Iterable[Word]) -> tuple[Word, ...]:
    """Several words. A text is one, though it would give letters."""
    if isinstance(given, str | bytes | bytearray | memoryview):
        raise DataError(f"{name} must be a sequence of words, not {type(given).__name__}")
    return tuple(given)


class Commands:
    """Commands that wait to be run. Every method adds one and answers this object, so that calls can be chained."""

    def __init__(self) -> None:
        self._commands: list[tuple[Word, ...]] = []

    def __len__(self) -> int:
        return len(self._commands)

    def add(self, *args: Word) -> Self:
        """Any command, given as words."""
        self._commands.append(args)
        return self

    def get(self, key: Word) -> Self:
        """GET."""
        # Without the detour over add, as others that are called often.
        self._commands.append(("GET", key))
        return self

    def set(self, key: Word, value: Word, *, ex: int | None = None, px: int | None = None) -> Self:
        """SET, with an expiry in seconds or milliseconds."""
        if ex is not None:
            return self.add("SET", key, value, "EX", _whole("ex", ex))
        if px is not None:
            return self.add("SET", key, value, "PX", _whole("px", px))
        self._commands.append(("SET", key, value))
        return self

    def delete(self, *keys: Word) -> Self:
        """UNLINK."""
        return self.add("UNLINK", *keys)

    def incr(self, key: Word, by: int = 1) -> Self:
        """INCRBY."""
        self._commands.append(("INCRBY", key, by if type(by) is int else _whole("by", by)))
        return self

    def decr(self, key: Word, by: int = 1) -> Self:
        """DECRBY."""
        return self.add("DECRBY", key, _whole("by", by))

    def expire(self, key: Word, seconds: int) -> Self:
        """EXPIRE."""
        return self.add("EXPIRE", key, _whole("seconds", seconds))

    def hset(
        self,
        key: Word,
        field: Word | None = None,
        value: Word | None = None,
        *,
        mapping: Mapping[Any, Word] | None = None,
    ) -> Self:
        """HSET of a field, or those of a mapping."""
        if mapping is None and field is not None and value is not None:
            self._commands.append(("HSET", key, field, value))
            return self
        words: list[Word] = [] if field is None or value is None else [field, value]
        for name, item in (mapping or {}).items():
            words += [name, item]
        return self.add("HSET", key, *words)

    def hget(self, key: Word, field: Word) -> Self:
        """HGET."""
        return self.add("HGET", key, field)

    def hdel(self, key: Word, *fields: Word) -> Self:
        """HDEL."""
        return self.add("HDEL", key, *fields)

    def lpush(self, key: Word, *elements: Word) -> Self:
        """LPUSH."""
        return self.add("LPUSH", key, *elements)

    def rpush(self, key: Word, *elements: Word) -> Self:
        """RPUSH."""
        return self.add("RPUSH", key, *elements)

    def lpop(self, key: Word) -> Self:
        """LPOP."""
        return self.add("LPOP", key)

    def rpop(self, key: Word) -> Self:
        """RPOP."""
        return self.add("RPOP", key)

    def sadd(self, key: Word, *members: Word) -> Self:
        """SADD."""
        return self.add("SADD", key, *members)

    def srem(self, key: Word, *members: Word) -> Self:
        """SREM."""
        return self.add("SREM", key, *members)

    def zadd(self, key: Word, mapping: Mapping[Any, float]) -> Self:
        """ZADD of the members of a mapping to scores."""
        words: list[Word] = []
        for member, score in mapping.items():
            words += [_score(score), member]
        return self.add("ZADD", key, *words)

    def zincrby(self, key: Word, by: float, member: Word) -> Self:
        """ZINCRBY."""
        return self.add("ZINCRBY", key, _score(by), member)

    def zrem(self, key: Word, *members: Word) -> Self:
        """ZREM."""
        return self.add("ZREM", key, *members)

    def publish(self, channel: Word, message: Word) -> Self:
        """PUBLISH."""
        return self.add("PUBLISH", channel, message)


def _raise_first(replies: list[Any]) -> None:
    for reply in replies:
        if isinstance(reply, ResponseError):
            raise reply


class Pipeline(Commands):
    """Commands that are run in one go, made by :meth:`Db.pipeline`."""

    def __init__(self, db: _lodger.Db[Any], *, atomic: bool) -> None:
        super().__init__()
        self._db = db
        self._atomic = atomic

    def execute(self, *, raise_errors: bool = True) -> list[Any]:
        """Runs the commands and forgets them; their replies.

        All of them are run. Then the first error that one answered is raised, unless ``raise_errors=False`` leaves errors in
        the list as exception objects.
        """
        commands, self._commands = self._commands, []
        if not commands:
            return []
        return self._db.execute_many(commands, atomic=self._atomic, raise_errors=raise_errors)


class Transaction(Commands):
    """Commands that are run as one step at the end of a ``with`` block, made by :meth:`Db.transaction`."""

    def __init__(self, db: _lodger.Db[Any], watch: Iterable[Word]) -> None:
        super().__init__()
        self._db = db
        self._watch = words("watch", watch)
        self._client: _lodger.Client | None = None
        #: The replies, after the block.
        self.replies: list[Any] = []

    def __enter__(self) -> Self:
        self._commands = []
        if self._watch:
            self._client = self._db.client()
            self._client.execute("WATCH", *self._watch)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        client, self._client = self._client, None
        commands, self._commands = self._commands, []
        try:
            if kind is None and commands:
                self.replies = self._run(client, commands)
                _raise_first(self.replies)
        finally:
            if client is not None:
                client.close()

    def _run(self, client: _lodger.Client | None, commands: list[tuple[Word, ...]]) -> list[Any]:
        if client is None:
            return self._db.execute_many(commands, atomic=True)
        self._db._check_stateless(commands)
        replies: Any = client.execute_many([("MULTI",), *commands, ("EXEC",)])[-1]
        if replies is None:
            raise WatchError("a watched key was changed")
        if isinstance(replies, ResponseError):
            raise replies
        return list(replies)
