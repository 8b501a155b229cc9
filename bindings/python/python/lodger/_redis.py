"""``lodger.Redis``: the client of redis-py on a database in this process.

Commands go from ``execute_command`` and pipelines straight to the engine, and their answers through redis-py's response
callbacks. What lives on a connection of its own, such as publish/subscribe, WATCH, MONITOR and client-side caching, uses
redis-py's code on :class:`Connection`, whose other end is the engine.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import redis
import redis.client
import redis.connection
from redis._parsers import _RESP2Parser

from . import _lodger
from ._background import end
from ._common import (
    EMPTY_RESPONSE,
    ENDED,
    NEVER_DECODE,
    STYLES,
    callback_of,
    may_skip,
    names_of,
    pipeline_answers,
    plain_set,
    refuse,
    transaction_answers,
    translated,
    url_options,
)
from ._lock import Lock
from ._pipe import Pipe
from ._shared import Shared, Source
from .errors import Error

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BlockingConnectionPool", "Connection", "ConnectionPool", "Pipeline", "Redis"]


class Connection(redis.connection.AbstractConnection):
    """A connection of redis-py into this process, for ``redis.ConnectionPool(connection_class=lodger.Connection, path=...)``.

    ``path``: where the database is, as for :func:`lodger.open`; ``memory``: the name of one in memory, which lives as long as the
    process; ``config``: directives of redis.conf, for the one who opens it first. All connections to a path or name share the
    database. The other options are those of redis-py's connections.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        memory: str | None = None,
        config: Mapping[str, object] | None = None,
        source: Source | None = None,
        socket_timeout: float | None = None,
        parser_class: Any = _RESP2Parser,
        **kwargs: Any,
    ) -> None:
        if source is None:
            source = Source(path, memory, config)
            if source.is_private:
                raise ValueError("a connection needs a path, or memory='a name'")
        self.source = source
        self._shared: Shared | None = None
        # Those of hiredis look at the descriptor of a socket.
        if not issubclass(parser_class, _RESP2Parser):
            parser_class = _RESP2Parser
        super().__init__(socket_timeout=socket_timeout, parser_class=parser_class, **kwargs)

    host = "lodger"
    port = None

    def repr_pieces(self) -> list[tuple[str, Any]]:
        return [("database", self.source), ("db", self.db)]

    def _connect(self) -> Pipe:
        db, self._shared = opened(self.source)
        try:
            return Pipe(db._connection(), self.socket_timeout)
        except Error as error:
            self._release()
            raise translated(error) from error

    def _release(self) -> None:
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.release()

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

    def _host_error(self) -> str:
        return repr(self.source)

    def _error_message(self, exception: BaseException) -> str:
        return f"Error connecting to {self.source!r}: {exception}"


def opened(source: Source) -> tuple[_lodger.Db[Any], Shared | None]:
    """The database of a source, with redis-py's errors."""
    try:
        return source.acquire()
    except Error as error:
        raise translated(error) from error


def caching(metadata: Any) -> Any:
    """What HELLO said, with the version from which redis-py caches: the engine has what that needs."""
    for name, server in (("version", "server"), (b"version", b"server")):
        if name in metadata and metadata.get(server) in ("redis", b"redis"):
            version = metadata[name]
            text = version.decode() if isinstance(version, bytes) else version
            if tuple(int(part) for part in text.split(".")) < (7, 4):
                newer = "7.4.0"
                return {**metadata, name: newer if isinstance(version, str) else newer.encode()}
    return metadata


def _unmoved(pool_class: type) -> dict[str, Any]:
    """That a pool does not ask to be told when its server moves, in versions of redis-py that do."""
    if "maint_notifications_config" not in names_of(pool_class):
        return {}
    from redis.maint_notifications import MaintNotificationsConfig

    return {"maint_notifications_config": MaintNotificationsConfig(enabled=False)}


class Pool:
    """What is the same in the pools here: who holds the database, and clients for commands that need no connection."""

    connection_kwargs: dict[str, Any]
    connection_class: Any
    cache: Any = None

    def _begin(self, kwargs: dict[str, Any], connection_class: type) -> None:
        source = kwargs.get("source")
        if source is None:
            source = Source(
                kwargs.pop("path", None), kwargs.pop("memory", None), kwargs.pop("config", None), kwargs.pop("database", None)
            )
            kwargs["source"] = source
        pool_class: Any = type(self)
        unknown = set(kwargs) - names_of(connection_class) - names_of(pool_class) - {"cache", "cache_config"}
        if unknown:
            raise TypeError(f"{sorted(unknown)[0]!r} is no option of a client in the process")
        kwargs.update(_unmoved(pool_class))
        self.source: Source = source
        self._held: tuple[_lodger.Db[Any], Shared | None] | None = None
        self._clients: dict[_lodger.Client, Any] = {}
        self._guard = threading.RLock()
        self._pid = os.getpid()
        #: Clients that nobody uses at the moment.
        self.idle: list[_lodger.Client] = []
        self.hold()

    def hold(self) -> None:
        """Keeps the database open until :meth:`close`."""
        if self._held is None:
            self._held = opened(self.source)

    def _end_clients(self) -> None:
        if sys.is_finalizing():
            # Who holds a lock does not go on.
            return
        with self._guard:
            clients, self._clients = self._clients, {}
            self.idle.clear()
        for client, connection in clients.items():
            end(client, self._pid)
            self._end_connection(connection)

    def _end_connection(self, connection: Any) -> None:
        raise NotImplementedError

    def _let_go(self) -> None:
        if sys.is_finalizing():
            return
        held, self._held = self._held, None
        if held is not None and held[1] is not None:
            held[1].release()
        self.source.end()

    def add(self, client: _lodger.Client, connection: Any) -> _lodger.Client:
        with self._guard:
            self._clients[client] = connection
        return client

    def put_back(self, client: _lodger.Client) -> None:
        """Behind a call that failed."""
        if client.closed:
            self.discard(client)
        else:
            self.idle.append(client)

    def discard(self, client: _lodger.Client) -> None:
        """Ends a client."""
        client.close()
        with self._guard:
            connection = self._clients.pop(client, None)
        if connection is not None:
            self._end_connection(connection)


class ConnectionPool(Pool, redis.ConnectionPool):
    """A ``redis.ConnectionPool`` of :class:`Connection`, with the options of that. Without ``path`` and ``memory`` its database
    is in memory and its own, until it is closed."""

    def __init__(self, connection_class: Any = Connection, max_connections: int | None = None, **kwargs: Any) -> None:
        self._begin(kwargs, connection_class)
        super().__init__(connection_class=connection_class, max_connections=max_connections or 2**31, **kwargs)

    @classmethod
    def from_url(cls, url: str, **kwargs: Any) -> Self:
        """``lodger:///path``, ``lodger:relative/path``, ``lodger://name`` or ``lodger://``, with options in the query."""
        return cls(**{**kwargs, **url_options(url, kwargs.get("connection_class", Connection))})

    def new_client(self) -> _lodger.Client:
        """A client of the engine, set up as a connection is: password, name, protocol, database number."""
        if len(self._clients) >= self.max_connections:
            raise redis.ConnectionError("Too many connections")
        connection = self.connection_class(**self.connection_kwargs)
        connection.connect()
        return self.add(connection._sock.client, connection)

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


class BlockingConnectionPool(redis.BlockingConnectionPool):
    """A ``redis.BlockingConnectionPool`` of :class:`Connection`."""

    def __init__(
        self, max_connections: int = 50, timeout: float | None = 20, connection_class: Any = Connection, **kwargs: Any
    ) -> None:
        super().__init__(max_connections=max_connections, timeout=timeout, connection_class=connection_class, **kwargs)

    @classmethod
    def from_url(cls, url: str, **kwargs: Any) -> Self:
        """As :meth:`ConnectionPool.from_url`."""
        return cls(**{**kwargs, **url_options(url, kwargs.get("connection_class", Connection))})


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
        owned = connection_pool is None
        if owned:
            connection_pool = ConnectionPool(path=path, max_connections=max_connections, **options)
        elif path is not None or options:
            raise ValueError(
                f"{'path' if path is not None else next(iter(options))!r} and a pool were given; the pool has all options"
            )
        more = {} if event_dispatcher is None else {"event_dispatcher": event_dispatcher}
        super().__init__(connection_pool=connection_pool, single_connection_client=single_connection_client, **more)
        self._owned = owned
        self._set_up()

    def _set_up(self) -> None:
        pool: Any = self.connection_pool
        kwargs = pool.connection_kwargs
        skips = isinstance(pool, ConnectionPool) and may_skip(kwargs, pool.cache) and not self._single()
        self._pool: ConnectionPool | None = pool if skips else None
        self._only_short = kwargs.get("socket_timeout") is not None
        self._style = STYLES[bool(kwargs.get("decode_responses", False))]

    def _single(self) -> bool:
        return self.connection is not None

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
        while True:
            try:
                client = pool.idle.pop()
            except IndexError:
                client = pool.new_client()
            try:
                reply = client.call(args, style, self._only_short)
            except ENDED:
                # It was ended while it was idle. If that is because the database was closed, there is no next one.
                pool.discard(client)
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
        if options and (EMPTY_RESPONSE in options or NEVER_DECODE in options):
            self._special = True
        self.command_stack.append((args, options))
        return self

    def pipeline_execute_command(self, *args: Any, **options: Any) -> Any:
        if options and (EMPTY_RESPONSE in options or NEVER_DECODE in options):
            self._special = True
        self.command_stack.append((args, options))
        return self

    def reset(self) -> None:  # type: ignore[override]
        self._special = False
        super().reset()

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Runs what was collected; the answers, in order."""
        pool, stack = self._pool, self.command_stack
        if pool is None or self._special or not stack or self.watching or self.scripts or self.connection:
            return super().execute(raise_on_error)
        atomic = bool(getattr(self, "transaction") or self.explicit_transaction)  # noqa: B009
        while True:
            try:
                client = pool.idle.pop()
            except IndexError:
                client = pool.new_client()
            try:
                replies = client.call_stack(stack, self._style, atomic, self._only_short)
            except ENDED:
                pool.discard(client)
                continue
            except BaseException as error:
                pool.put_back(client)
                self.reset()
                refuse(self, error, [arg for args, _ in stack for arg in args], {})
            break
        pool.idle.append(client)
        if replies is NotImplemented:
            return super().execute(raise_on_error)
        try:
            answers = transaction_answers if atomic else pipeline_answers
            return answers(self, stack, replies, raise_on_error)
        finally:
            self.reset()
