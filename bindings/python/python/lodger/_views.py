"""Values that feel like Python's own. Each operation is one command, and so one step, unless it says otherwise."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, MutableSequence, MutableSet
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from .errors import DataError, ResponseError

if TYPE_CHECKING:
    from ._db import Db
    from ._types import Word

T = TypeVar("T", bytes, str)
D = TypeVar("D")

_NOTHING: Any = object()
_FIRST, _LAST = -(2**63), 2**63 - 1


def _place(index: Any) -> int:
    """A place in a list, as lists take it."""
    try:
        return int(operator.index(index))
    except TypeError:
        raise DataError(f"list indices must be integers or slices, not {type(index).__name__}") from None


def _near(index: Any) -> int:
    """A place where a slice or an insertion begins; beyond an end it is that end."""
    return max(_FIRST, min(_place(index), _LAST))


def _is_far(place: int) -> bool:
    """Whether no list is as long."""
    return not _FIRST <= place <= _LAST


class _View:
    """What all views have."""

    def __init__(self, db: Db[Any], key: Word) -> None:
        self._db = db
        self._key = key

    @property
    def key(self) -> Word:
        """The key whose value this is."""
        return self._key

    def clear(self) -> None:
        """Removes the key."""
        self._db.delete(self._key)

    def _known(self, word: object) -> bool:
        """Whether an object can be in there at all."""
        return isinstance(word, bytes | str | int | float | bytearray | memoryview) and not isinstance(word, bool)


class HashView(_View, MutableMapping[T, T]):
    """A hash as a mutable mapping of fields to values. Keys are given as any word, and come back as bytes or str."""

    def __getitem__(self, field: Word) -> T:
        value = self._db.hget(self._key, field)
        if value is None:
            raise KeyError(field)
        return cast(T, value)

    def __setitem__(self, field: Word, value: Word) -> None:
        self._db.hset(self._key, field, value)

    def __delitem__(self, field: Word) -> None:
        if not self._db.hdel(self._key, field):
            raise KeyError(field)

    def __iter__(self) -> Iterator[T]:
        return iter(self._db.execute("HKEYS", self._key))

    def __len__(self) -> int:
        return self._db.hlen(self._key)

    def __contains__(self, field: object) -> bool:
        return self._known(field) and bool(self._db.execute("HEXISTS", self._key, cast("Word", field)))

    def clear(self) -> None:
        """Removes the key."""
        _View.clear(self)

    def pop(self, field: Any, default: Any = _NOTHING) -> Any:
        """Takes a field out; its value."""
        value, _ = self._db.execute_many([("HGET", self._key, field), ("HDEL", self._key, field)], atomic=True)
        _check(value)
        if value is not None:
            return value
        if default is _NOTHING:
            raise KeyError(field)
        return default

    def setdefault(self, field: Any, default: Any = _NOTHING) -> Any:
        """The value of a field, which is set if there is none."""
        if default is _NOTHING or default is None:
            raise DataError("a field needs a value")
        _, value = self._db.execute_many([("HSETNX", self._key, field, default), ("HGET", self._key, field)], atomic=True)
        return _check(value)

    def update(self, *others: Any, **fields: Any) -> None:
        """Sets all fields of mappings, or of iterables of pairs, as one step."""
        merged: dict[Any, Any] = {}
        for other in others:
            merged.update(other)
        merged.update(fields)
        if merged:
            self._db.hset(self._key, mapping=merged)

    def incr(self, field: Word, by: int = 1) -> int:
        """Adds to the integer that a field holds; its value then."""
        return self._db.hincrby(self._key, field, by)

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[T, T]:
        """All fields and values as of one moment."""
        return cast("dict[T, T]", self._db.hgetall(self._key))

    def __repr__(self) -> str:
        return f"HashView({self._key!r}, {self.to_dict()!r})"


class SetView(_View, MutableSet[T]):
    """A set as a mutable set. Operators such as ``|`` give Python sets."""

    @classmethod
    def _from_iterable(cls, members: Iterable[Any]) -> Any:
        return set(members)

    def __contains__(self, member: object) -> bool:
        return self._known(member) and self._db.sismember(self._key, cast("Word", member))

    def __iter__(self) -> Iterator[T]:
        return iter(self.to_set())

    def __len__(self) -> int:
        return self._db.scard(self._key)

    def add(self, member: Word) -> None:
        """Adds a member."""
        self._db.sadd(self._key, member)

    def discard(self, member: Word) -> None:
        """Removes a member if it is there."""
        self._db.srem(self._key, member)

    def remove(self, member: Word) -> None:
        """Removes a member, which must be there."""
        if not self._db.srem(self._key, member):
            raise KeyError(member)

    def pop(self) -> T:
        """Takes out a random member."""
        member = self._db.execute("SPOP", self._key)
        if member is None:
            raise KeyError("pop from an empty set")
        return cast(T, member)

    def update(self, *others: Iterable[Word]) -> None:
        """Adds all members of other collections, as one step."""
        members = [member for other in others for member in other]
        if members:
            self._db.sadd(self._key, *members)

    def clear(self) -> None:
        """Removes the key."""
        _View.clear(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SetView):
            return self.to_set() == other.to_set()
        return self.to_set() == other if isinstance(other, AbstractSet) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def to_set(self) -> set[T]:
        """All members as of one moment."""
        return cast("set[T]", self._db.smembers(self._key))

    def __repr__(self) -> str:
        return f"SetView({self._key!r}, {self.to_set()!r})"


class ZSetView(_View, MutableMapping[T, float]):
    """A sorted set as a mutable mapping of members to scores, which goes over the members from the lowest score on."""

    def __getitem__(self, member: Word) -> float:
        score = self._db.zscore(self._key, member)
        if score is None:
            raise KeyError(member)
        return score

    def __setitem__(self, member: Word, score: float) -> None:
        self._db.zadd(self._key, {member: score})

    def __delitem__(self, member: Word) -> None:
        if not self._db.zrem(self._key, member):
            raise KeyError(member)

    def __iter__(self) -> Iterator[T]:
        return iter(self._db.zrange(self._key))

    def __len__(self) -> int:
        return self._db.zcard(self._key)

    def __contains__(self, member: object) -> bool:
        return self._known(member) and self._db.zscore(self._key, cast("Word", member)) is not None

    def clear(self) -> None:
        """Removes the key."""
        _View.clear(self)

    def pop(self, member: Any, default: Any = _NOTHING) -> Any:
        """Takes a member out; its score."""
        score, _ = self._db.execute_many([("ZSCORE", self._key, member), ("ZREM", self._key, member)], atomic=True)
        _check(score)
        if score is not None:
            return score
        if default is _NOTHING:
            raise KeyError(member)
        return default

    def update(self, *others: Any, **scores: Any) -> None:
        """Sets the scores of mappings, or of iterables of pairs, as one step."""
        merged: dict[Any, Any] = {}
        for other in others:
            merged.update(other)
        merged.update(scores)
        if merged:
            self._db.zadd(self._key, merged)

    def incr(self, member: Word, by: float = 1.0) -> float:
        """Adds to a member's score; its score then."""
        return self._db.zincrby(self._key, by, member)

    def rank(self, member: Word, *, reverse: bool = False) -> int | None:
        """The place of a member, 0 for the lowest score, with ``reverse`` for the highest; None if it is not there."""
        if not reverse:
            return self._db.zrank(self._key, member)
        return cast("int | None", self._db.execute("ZREVRANK", self._key, member))

    def range(self, start: int = 0, stop: int = -1, *, reverse: bool = False) -> list[tuple[T, float]]:
        """Members and scores from one place to another, which is included; negative ones count from the end."""
        pairs = self._db.zrange(self._key, start, stop, reverse=reverse, scores=True)
        return cast("list[tuple[T, float]]", pairs)

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[T, float]:
        """All members and scores as of one moment, the lowest score first."""
        return dict(self.range())

    def __repr__(self) -> str:
        return f"ZSetView({self._key!r}, {self.to_dict()!r})"


def _equal(view: HashView[Any] | ZSetView[Any], other: object) -> bool:
    """Whether a mapping is the same as of one moment."""
    if isinstance(other, HashView | ZSetView):
        return view.to_dict() == other.to_dict()
    return view.to_dict() == dict(other) if isinstance(other, Mapping) else NotImplemented


class ListView(_View, MutableSequence[T]):
    """A list as a mutable sequence. The ends are fast, and so is every element by its place.

    What Redis has no command for (assigning to a slice, inserting and deleting in the middle, ``reverse``) is done on a copy that
    takes the list's place if nobody else changed it, and otherwise again.
    """

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return self._slice(index)
        place = _place(index)
        element = None if _is_far(place) else self._db.execute("LINDEX", self._key, place)
        if element is None:
            raise IndexError("list index out of range")
        return cast(T, element)

    def _slice(self, index: slice) -> list[T]:
        start, stop = (None if end is None else _near(end) for end in (index.start, index.stop))
        if index.step in (None, 1) and stop != 0:
            last = -1 if stop is None else _near(stop - 1)
            return cast("list[T]", self._db.lrange(self._key, start or 0, last))
        return self.to_list()[index]

    @overload
    def __setitem__(self, index: int, value: Word) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[Word]) -> None: ...
    def __setitem__(self, index: int | slice, value: Any) -> None:
        if isinstance(index, slice):
            values = list(value)
            self._edit(lambda elements: elements.__setitem__(index, values))
            return
        place = _place(index)
        if _is_far(place):
            raise IndexError("list assignment index out of range")
        try:
            self._db.execute("LSET", self._key, place, value)
        except ResponseError as error:
            if "index out of range" in str(error) or "no such key" in str(error):
                raise IndexError("list assignment index out of range") from None
            raise

    def __delitem__(self, index: int | slice) -> None:
        where = index if isinstance(index, slice) else _place(index)
        self._edit(lambda elements: elements.__delitem__(where))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ListView):
            return self.to_list() == other.to_list()
        return self.to_list() == other if isinstance(other, list) else NotImplemented

    # As lists.
    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self._db.llen(self._key)

    def __iter__(self) -> Iterator[T]:
        return iter(self.to_list())

    def __reversed__(self) -> Iterator[T]:
        return reversed(self.to_list())

    def __contains__(self, element: object) -> bool:
        return self._known(element) and self._db.execute("LPOS", self._key, cast("Word", element)) is not None

    def insert(self, index: int, value: Word) -> None:
        """Puts an element before a place."""
        place = _near(index)
        if place == 0:
            self.appendleft(value)
        else:
            self._edit(lambda elements: elements.insert(place, value))

    def append(self, value: Word) -> None:
        """Puts an element behind the last one."""
        self._db.rpush(self._key, value)

    def appendleft(self, value: Word) -> None:
        """Puts an element before the first one."""
        self._db.lpush(self._key, value)

    def extend(self, values: Iterable[Word]) -> None:
        """Puts elements behind the last one, as one step."""
        values = list(values)
        if values:
            self._db.rpush(self._key, *values)

    def pop(self, index: int = -1) -> T:
        """Takes an element out, the last one unless said."""
        place = _place(index)
        if place in (-1, 0):
            element = self._db.lpop(self._key) if place == 0 else self._db.rpop(self._key)
            if element is None:
                raise IndexError("pop from empty list")
            return cast(T, element)
        if _is_far(place):
            raise IndexError("pop index out of range")
        return cast(T, self._edit(lambda elements: elements.pop(place)))

    def popleft(self) -> T:
        """Takes the first element out."""
        return self.pop(0)

    def remove(self, value: Word) -> None:
        """Removes the first element that is equal."""
        if not self._db.execute("LREM", self._key, 1, value):
            raise ValueError(f"{value!r} is not in the list")

    def reverse(self) -> None:
        """Reverses the order."""
        self._edit(lambda elements: elements.reverse())

    def clear(self) -> None:
        """Removes the key."""
        _View.clear(self)

    def to_list(self) -> list[T]:
        """All elements as of one moment."""
        return cast("list[T]", self._db.lrange(self._key))

    def _edit(self, change: Callable[[list[Any]], D]) -> D:
        """Changes a copy of all elements and puts it in their place, unless somebody else was faster."""
        client = self._db.client()
        try:
            while True:
                client.execute("WATCH", self._key)
                elements: list[Any] = client.execute("LRANGE", self._key, 0, -1)
                expires = client.execute("PEXPIRETIME", self._key)
                try:
                    result = change(elements)
                except BaseException:
                    client.execute("UNWATCH")
                    raise
                commands: list[tuple[Any, ...]] = [("MULTI",), ("DEL", self._key)]
                if elements:
                    commands.append(("RPUSH", self._key, *elements))
                if elements and expires > 0:
                    commands.append(("PEXPIREAT", self._key, expires))
                done: Any = client.execute_many([*commands, ("EXEC",)])[-1]
                if done is not None:
                    _check(done)
                    return result
        finally:
            client.close()

    def __repr__(self) -> str:
        return f"ListView({self._key!r}, {self.to_list()!r})"


def _check(reply: Any) -> Any:
    if isinstance(reply, ResponseError):
        raise reply
    return reply
