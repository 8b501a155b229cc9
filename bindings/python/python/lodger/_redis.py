"""``lodger.Redis``: the client of redis-py on a database in this process.

Commands go from ``execute_command`` and pipelines straight to the engine, and their answers through redis-py's response
callbacks. What lives on a connection of its own, such as publish/subscribe, WATCH, MONITOR and client-side caching, uses
redis-py's code on :class:`Connection`, whose other end is the engine.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import redis
import redis.client
import redis.connection
from redis._parsers import _RESP2Parser

from . import _lodger
from ._base import Addressed, InProcess, Pool, caching, collect, pool_of
from ._common import (
    EMPTY_RESPONSE,
    ENDED,
    NEVER_DECODE,
    STYLES,
    callback_of,
    may_skip,
    pipeline_answers,
    plain_set,
    refuse,
    transaction_answers,
)
from ._lock import Lock
from ._pipe import Pipe

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BlockingConnectionPool", "Connection", "ConnectionPool", "Pipeline", "Redis"]


class Connection(InProcess, redis.connection.AbstractConnection):
    """A connection of redis-py into this process, for ``redis.ConnectionPool(connection_class=lodger.Connection, path=...)``.

    ``path``: where the database is, as for :func:`lodger.open`; ``memory``: the name of one in memory, which lives as long as the
    process; ``config``: directives of redis.conf, for the one who opens it first. All connections to a path or name share the
    database. The other options are those of redis-py's connections.
    """

    _parser_class = _RESP2Parser

    def _connect(self) -> Pipe:
        return Pipe(self._client(), self.socket_timeout)

    def connect(self) -> None:
        super().connect()
        metadata = getattr(self, "handshake_metadata", None)
        if metadata:
            self.handshake_metadata = caching(metadata)

    def disconnect(self, *args: Any, **kwargs: Any) -> None:
        if sys.is_finalizing():
            return
        super().disconnect(*args, **kwargs)
        self._release()

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        # The engine takes whole commands.
        whole = command.encode() if isinstance(command, str) else command
        super().send_packed_command([b"".join(whole) if not isinstance(whole, bytes) else whole], check_health)

    def activate_maint_notifications_handling_if_enabled(self, check_health: bool = True) -> None:
        """Nothing in the process is moved to another address."""


class ConnectionPool(Pool, redis.ConnectionPool):
    """A ``redis.ConnectionPool`` of :class:`Connection`, with the options of that. Without ``path`` and ``memory`` its database
    is in memory and its own, until it is closed."""

    _default = Connection

    def __init__(self, connection_class: Any = Connection, max_connections: int | None = None, **kwargs: Any) -> None:
        self._begin(kwargs, connection_class)
        super().__init__(connection_class=connection_class, max_connections=max_connections or 2**31, **kwargs)

    def new_client(self) -> _lodger.Client:
        """A client of the engine, set up as a connection is: password, name, protocol, database number."""
        if len(self._clients) >= self.max_connections:
            raise redis.ConnectionError("Too many connections")
        connection = self.connection_class(**self.connection_kwargs)
        connection.connect()
        return self.add(connection._sock.client, connection)

    def run(self, call: Callable[[_lodger.Client], Any]) -> Any:
        """Runs a call with a client of its own. One that was ended while it was idle ran nothing: then it is the turn of another
        one, and of a new one at last."""
        while True:
            is_new = False
            try:
                client = self.idle.pop()
            except IndexError:
                client, is_new = self.new_client(), True
            try:
                reply = call(client)
            except ENDED:
                self.discard(client)
                if is_new:
                    raise
                continue
            except BaseException:
                self.put_back(client)
                raise
            self.idle.append(client)
            return reply

    def _end_connection(self, connection: Any) -> None:
        connection.disconnect()

    def disconnect(self, inuse_connections: bool = True) -> None:
        if sys.is_finalizing():
            return
        super().disconnect(inuse_connections)
        self._end_clients()

    def close(self) -> None:
        self.disconnect()
        self._let_go()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self._let_go()


class BlockingConnectionPool(Addressed, redis.BlockingConnectionPool):
    """A ``redis.BlockingConnectionPool`` of :class:`Connection`."""

    _default = Connection

    def __init__(
        self, max_connections: int = 50, timeout: float | None = 20, connection_class: Any = Connection, **kwargs: Any
    ) -> None:
        super().__init__(max_connections=max_connections, timeout=timeout, connection_class=connection_class, **kwargs)


class Redis(redis.Redis):
    """A ``redis.Redis`` whose server is in this process.

    ``path``: where the database is, as for :func:`lodger.open`; without it, it is in memory and this client's own, and gone when
    it is closed. ``memory``: the name of one in memory, which clients of that name share and which lives as long as the process.
    ``database``: an open :class:`lodger.Db`. ``config``: directives of redis.conf, for the one who opens it first
    (``config={"appendfsync": "always"}``). Clients of one path share the database, and the last that is closed closes it. The
    other options are redis-py's: ``db``, ``decode_responses``, ``protocol``, ``socket_timeout`` for calls that wait,
    ``client_name``, ``cache_config`` and so on; none is about sockets.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        connection_pool: Any = None,
        single_connection_client: bool = False,
        max_connections: int | None = None,
        event_dispatcher: Any = None,
        **options: Any,
    ) -> None:
        pool: Any = pool_of(ConnectionPool, path, connection_pool, max_connections, options)
        more = {} if event_dispatcher is None else {"event_dispatcher": event_dispatcher}
        super().__init__(connection_pool=pool, single_connection_client=single_connection_client, **more)
        self._owned = connection_pool is None
        kwargs = pool.connection_kwargs
        skips = isinstance(pool, ConnectionPool) and may_skip(kwargs, pool.cache) and not single_connection_client
        self._pool: ConnectionPool | None = pool if skips else None
        self._only_short = kwargs.get("socket_timeout") is not None
        self._style = STYLES[bool(kwargs.get("decode_responses", False))]

    @classmethod
    def from_url(cls, url: str, single_connection_client: bool = False, **kwargs: Any) -> Self:
        """``lodger:///path``, ``lodger:relative/path``, ``lodger://name`` for a database in memory that clients of that name
        share, ``lodger://`` for one of its own. In the query: options of redis-py, and directives (``?db=1&appendfsync=always``).
        """
        client = cls(connection_pool=ConnectionPool.from_url(url, **kwargs), single_connection_client=single_connection_client)
        client._owned = True
        return client

    @classmethod
    def from_pool(cls, connection_pool: Any) -> Self:
        """A client that closes its pool."""
        client = cls(connection_pool=connection_pool)
        client._owned = True
        return client

    @classmethod
    def from_db(cls, database: _lodger.Db[Any], **options: Any) -> Self:
        """A client of a database that is open, which it leaves open."""
        return cls(database=database, **options)

    def close(self) -> None:
        super().close()
        if getattr(self, "_owned", False):
            self.connection_pool.close()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        pool = self._pool
        if pool is None:
            return super().execute_command(*args, **options)
        style = self._style
        if options and NEVER_DECODE in options:
            style = STYLES[False]
        # As `ConnectionPool.run`, without its call.
        while True:
            is_new = False
            try:
                client = pool.idle.pop()
            except IndexError:
                client, is_new = pool.new_client(), True
            try:
                reply = client.call(args, style, self._only_short)
            except ENDED as error:
                pool.discard(client)
                if is_new:
                    return refuse(self, error, args, options)
                continue
            except BaseException as error:
                pool.put_back(client)
                return refuse(self, error, args, options)
            break
        pool.idle.append(client)
        if reply is NotImplemented:
            return super().execute_command(*args, **options)
        callback = dict.get(self.response_callbacks, args[0])
        if callback is None:
            if args[0].isupper():
                return reply
            callback = callback_of(self.response_callbacks, args[0])
            if callback is None:
                return reply
        if options:
            for name in (EMPTY_RESPONSE, NEVER_DECODE, "keys"):
                options.pop(name, None)
        return callback(reply, **options)

    def pubsub(self, **kwargs: Any) -> redis.client.PubSub:
        """Listens to channels, on a connection of its own."""
        listener: redis.client.PubSub = super().pubsub(**kwargs)
        return listener

    def monitor(self) -> redis.client.Monitor:
        """Sees all commands, on a connection of its own."""
        monitor: redis.client.Monitor = super().monitor()
        return monitor

    def lock(self, name: str, *args: Any, **options: Any) -> Any:
        """As redis-py's, and needs no scripts."""
        if len(args) < 5:
            options["lock_class"] = options.get("lock_class") or Lock
        return super().lock(name, *args, **options)

    set = plain_set(redis.Redis.set)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """Commands that :meth:`Pipeline.execute` runs in one go, by default as one step."""
        pipe = Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipe._pool, pipe._only_short, pipe._style = self._pool, self._only_short, self._style
        return pipe


class Pipeline(redis.client.Pipeline):
    """redis-py's pipeline. Without WATCH and scripts it is one call of the engine."""

    _pool: ConnectionPool | None = None
    _only_short = False
    _style = STYLES[False]
    _special = False

    set = plain_set(redis.client.Pipeline.set)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if self.watching or self.explicit_transaction or args[0] == "WATCH":
            return super().execute_command(*args, **options)
        return collect(self, *args, **options)

    pipeline_execute_command = collect

    def reset(self) -> None:  # type: ignore[override]
        self._special = False
        super().reset()

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Runs what was collected; the answers, in order."""
        # Who is asked for a value may change what was collected.
        pool, stack = self._pool, self.command_stack.copy()
        if pool is None or self._special or not stack or self.watching or self.scripts or self.connection:
            return super().execute(raise_on_error)
        atomic = bool(getattr(self, "transaction") or self.explicit_transaction)  # noqa: B009
        try:
            replies = pool.run(lambda client: client.call_stack(stack, self._style, atomic, self._only_short))
        except BaseException as error:
            self.reset()
            refuse(self, error, [arg for args, _ in stack for arg in args], {})
        if replies is NotImplemented:
            return super().execute(raise_on_error)
        try:
            answers = transaction_answers if atomic else pipeline_answers
            return answers(self, stack, replies, raise_on_error)
        finally:
            self.reset()
