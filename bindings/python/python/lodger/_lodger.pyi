"""The native part of the package lodger."""

import builtins
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from types import GenericAlias
from typing import Any, Generic, TypeAlias, TypeVar, final, overload

from typing_extensions import disjoint_base

from ._types import Word
from ._views import SetView

__all__ = ["Client", "Clock", "Db", "Feed", "Style", "Subscriber", "__version__", "check_interpreter"]

_T = TypeVar("_T", bytes, str)
_Time: TypeAlias = float | timedelta

__version__: str

def check_interpreter() -> None:
    """Raise ImportError in any interpreter but the first that imported the module."""

@disjoint_base
class Db(Generic[_T]):
    """An open database; any thread may use it."""

    def __new__(
        cls,
        location: str | bytes | os.PathLike[str] | os.PathLike[bytes] = "",
        config: str = "",
        *,
        decode_responses: bool = False,
        clock: Clock | None = None,
        seed: int | None = None,
    ) -> Db[_T]: ...
    def execute(self, *args: Word) -> Any:
        """Any command, given as words. What the command answers as an error is raised."""

    def execute_many(self, commands: Iterable[Iterable[Word]], *, atomic: bool = False, raise_errors: bool = False) -> list[Any]:
        """Several commands, one after the other, with the interpreter given up once; with `atomic` as one step. An error that a
        command answers is an exception object in the list; with `raise_errors` the first one is raised, after all of them were
        run."""

    def get(self, key: Word) -> _T | None:
        """The value of a key, None if there is none."""

    def get_view(self, key: Word) -> memoryview | None:
        """A read-only memoryview of a value, None if there is none. From 64 KiB on it is the value in the database itself, which
        is held as it is: a writer that comes meanwhile changes a copy."""

    @overload
    def set(self, key: Word) -> SetView[_T]: ...
    @overload
    def set(
        self,
        key: Word,
        value: Word,
        *,
        ex: _Time | None = None,
        px: int | None = None,
        exat: _Time | None = None,
        pxat: int | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: bool = False,
    ) -> Any:
        """Stores a value; with the key alone, a set as a Python set. Whether it was stored; with `get` the old value."""

    def delete(self, *keys: Word) -> int:
        """Removes keys; how many were there. Large values are freed in the background."""

    def exists(self, *keys: Word) -> int:
        """How many of the keys are there."""

    def incr(self, key: Word, by: int = 1) -> int:
        """Adds to the integer that a key holds; its value then."""

    def decr(self, key: Word, by: int = 1) -> int:
        """Subtracts from the integer that a key holds; its value then."""

    def expire(self, key: Word, time: _Time) -> bool:
        """Has a key expire after a time, in seconds or as a timedelta; whether it is there."""

    def persist(self, key: Word) -> bool:
        """Has a key stay; whether it had an expiry."""

    def ttl(self, key: Word) -> int:
        """Seconds that a key has to live: -1 without an expiry, -2 without a key."""

    def pttl(self, key: Word) -> int:
        """Milliseconds that a key has to live: -1 without an expiry, -2 without a key."""

    def append(self, key: Word, value: Word) -> int:
        """Appends to a value; its length then."""

    def strlen(self, key: Word) -> int:
        """The length of a value, 0 without a key."""

    def getdel(self, key: Word) -> _T | None:
        """The value of a key, which is removed."""

    def mget(self, *keys: Word) -> list[_T | None]:
        """The values of keys as of one moment, None for those that are not there."""

    def mset(self, mapping: Mapping[Any, Word]) -> None:
        """Stores several values as one step."""

    def type(self, key: Word) -> str | None:
        """The type of a key's value, such as "list"; None without a key."""

    def hset(
        self,
        key: Word,
        field: Word | None = None,
        value: Word | None = None,
        *,
        mapping: Mapping[Any, Word] | None = None,
    ) -> int:
        """Sets a field of a hash, or those of a mapping; how many are new."""

    def hget(self, key: Word, field: Word) -> _T | None:
        """The value of a hash's field, None if there is none."""

    def hdel(self, key: Word, *fields: Word) -> int:
        """Removes fields of a hash; how many were there."""

    def hlen(self, key: Word) -> int:
        """The number of fields of a hash."""

    def hincrby(self, key: Word, field: Word, by: int = 1) -> int:
        """Adds to the integer that a hash's field holds; its value then."""

    def hgetall(self, key: Word) -> dict[_T, _T]:
        """All fields of a hash and their values."""

    def lpush(self, key: Word, *elements: Word) -> int:
        """Puts elements before the first one of a list, one after the other; its length then."""

    def rpush(self, key: Word, *elements: Word) -> int:
        """Puts elements behind the last one of a list; its length then."""

    @overload
    def lpop(self, key: Word, count: None = None) -> _T | None: ...
    @overload
    def lpop(self, key: Word, count: int) -> list[_T] | None:
        """Takes the first element of a list, None if there is none; with `count` a list of as many at most."""

    @overload
    def rpop(self, key: Word, count: None = None) -> _T | None: ...
    @overload
    def rpop(self, key: Word, count: int) -> list[_T] | None:
        """Takes the last element of a list, None if there is none; with `count` a list of as many at most."""

    def blpop(self, *keys: Word, timeout: float = 0.0) -> tuple[_T, _T] | None:
        """Waits for an element of one of the lists and takes the first one: key and element; None when the time, in seconds, is
        over. 0 waits for ever."""

    def brpop(self, *keys: Word, timeout: float = 0.0) -> tuple[_T, _T] | None:
        """The same for the last element."""

    def llen(self, key: Word) -> int:
        """The length of a list."""

    def lrange(self, key: Word, start: int = 0, stop: int = -1) -> list[_T]:
        """Elements of a list from one place to another, which is included; negative ones count from the end."""

    def sadd(self, key: Word, *members: Word) -> int:
        """Adds members to a set; how many are new."""

    def srem(self, key: Word, *members: Word) -> int:
        """Removes members of a set; how many were there."""

    def sismember(self, key: Word, member: Word) -> bool:
        """Whether a member is in a set."""

    def scard(self, key: Word) -> int:
        """The number of members of a set."""

    def smembers(self, key: Word) -> builtins.set[_T]:
        """All members of a set."""

    def zadd(self, key: Word, mapping: Mapping[Any, float]) -> int:
        """Sets the scores of a sorted set's members, given as a mapping; how many are new."""

    def zrem(self, key: Word, *members: Word) -> int:
        """Removes members of a sorted set; how many were there."""

    def zscore(self, key: Word, member: Word) -> float | None:
        """The score of a member, None if it is not there."""

    def zincrby(self, key: Word, by: float, member: Word) -> float:
        """Adds to the score of a member; its score then."""

    def zcard(self, key: Word) -> int:
        """The number of members of a sorted set."""

    def zrank(self, key: Word, member: Word) -> int | None:
        """The place of a member by its score, the lowest is 0; None if it is not there."""

    def zrange(self, key: Word, start: int = 0, stop: int = -1, *, reverse: bool = False, scores: bool = False) -> list[Any]:
        """Members of a sorted set from one place to another, which is included; with `scores` as pairs."""

    def publish(self, channel: Word, message: Word) -> int:
        """Sends a message to who listens to a channel; how many do."""

    def client(self) -> Client:
        """A connection of its own: for commands such as MULTI, WATCH, SELECT and SUBSCRIBE."""

    def _connection(self) -> Client: ...
    def _subscriber(self, max_queued: int = 1_000_000) -> Subscriber: ...
    def _feed(self, start: str | int, durable: bool, max_bytes: int) -> Feed: ...
    def sync(self) -> None:
        """Returns when everything so far is on disk."""

    def backup(
        self,
        path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        *,
        progress: Callable[[int, int], bool | None] | None = None,
    ) -> int:
        """Writes a copy as of this moment to a file in Redis's RDB format, while others go on; the number of keys. `progress` is
        called now and then with the keys done and all keys; when it answers False, or raises, the copy is given up."""

    def _end_copies(self, seconds: int) -> None: ...
    @staticmethod
    def _check_stateless(commands: Iterable[Iterable[Word]]) -> None: ...
    def close(self) -> None:
        """Closes the database for everybody who uses it: waiting calls end, everything is written. The second call does
        nothing."""

    @property
    def closed(self) -> bool:
        """Whether it was closed."""

    @property
    def location(self) -> str:
        """Where it is; empty in memory."""

    @property
    def decode_responses(self) -> bool:
        """Whether values are given as str."""

    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias: ...
    def __reduce__(self) -> Any: ...

@final
class Client:
    """One connection to the database: selected database, MULTI, WATCH, subscriptions, protocol. One thread at a time."""

    def execute(self, *args: Word) -> Any:
        """Any command, given as words. What the command answers as an error is raised."""

    def execute_many(self, commands: Iterable[Iterable[Word]]) -> list[Any]:
        """Several commands, one after the other. An error that a command answers is an exception object in the list."""

    def call(self, args: tuple[Any, ...], style: Style, only_short: bool = False) -> Any:
        """What redis-py does with a command: a first word with spaces is several, the answer has the shape that the selected
        protocol has on the wire, and an error is raised. Messages that come before the answer are dropped. With `only_short`,
        NotImplemented if the call may have to wait or takes long."""

    def call_stack(self, stack: list[Any], style: Style, atomic: bool = False, only_short: bool = False) -> Any:
        """`call` for the commands of a pipeline, pairs of which the first is the words; with `atomic` between MULTI and EXEC. All
        answers in a list, those of MULTI and EXEC, too; an error is an exception object."""

    def resp(self, request: bytes, timeout_ms: int = -1, only_short: bool = False) -> Any:
        """RESP in, RESP out: whole requests, answered as a server would. Messages of channels are in the answer, too; without a
        request it is those that wait. TimeoutError if a command waits longer than a number of milliseconds; -1 is for ever. With
        `only_short`, NotImplemented if a command may have to wait or takes long."""

    def message(self, timeout_ms: int = -1) -> list[Any] | None:
        """The next message of the channels that this client listens to, as RESP3 pushes it; None when the time, in milliseconds,
        is over. -1 waits for ever."""

    def message_fd(self) -> int | None:
        """A descriptor that is readable while a message waits; None if this client listens to nothing. Neither read nor closed by
        others."""

    def interrupt(self) -> None:
        """Wakes the call of this client that waits, from any thread: it raises InterruptedError."""

    def close(self) -> None:
        """Ends the connection. A call of another thread that waits is ended. The second call does nothing."""

    @property
    def closed(self) -> bool:
        """Whether it was closed."""

@final
class Style:
    """How an answer is given to Python: as text if `decode`, a set for a set if `sets`. `error` makes an exception of a text."""

    def __new__(cls, error: Callable[[str], Exception], *, decode: bool = False, sets: bool = False) -> Style: ...

@final
class Clock:
    """A clock that stands still until it is moved: a database opened with it expires keys by it."""

    def __new__(cls, start: _Time | None = None) -> Clock:
        """A clock that stands at a Unix time in seconds, now unless said."""

    def advance(self, time: _Time) -> None:
        """Moves it forward, by seconds or a timedelta."""

    def time(self) -> float:
        """Its Unix time in seconds."""

@final
class Subscriber:
    """Who listens to channels."""

    def add(self, name: Word, kind: str) -> bool:
        """Listens to a channel, pattern or shard channel from now on; False if it does already."""

    def remove(self, name: Word, kind: str) -> bool:
        """Listens to it no longer; False if it did not."""

    def next(self, timeout_ms: int) -> list[Any] | None:
        """The oldest message as a list of its kind, pattern if any, channel and payload; None when the time, in milliseconds, is
        over."""

    def dropped(self) -> int:
        """Messages that came while the queue was full."""

    def fileno(self) -> int:
        """A descriptor that is readable while a message waits; neither read nor closed by others."""

    def interrupt(self) -> None:
        """Wakes a `next` that waits, from any thread."""

    def close(self) -> None:
        """Listens to nothing any more. The second call does nothing."""

@final
class Feed:
    """A reader of every change, in order."""

    def next(self, timeout_ms: int) -> tuple[int, int, int, list[Any], list[Any]] | None:
        """The next change as a tuple of its offset, database, how many more belong to the same step, words and keys; None when
        the time, in milliseconds, is over."""

    def offset(self) -> int:
        """Where a reader goes on that has dealt with all that was given."""

    def value(self, db: int, key: Word) -> Sequence[Any] | None:
        """What a key holds now: the value as DUMP gives it, and its expiry in Unix milliseconds or -1; None without a key."""

    def fileno(self) -> int:
        """A descriptor that is readable while a change waits; neither read nor closed by others."""

    def interrupt(self) -> None:
        """Wakes a `next` that waits, from any thread."""

    def close(self) -> None:
        """Reads no more. The second call does nothing."""
