"""What the connections, pools and clients for sync and asyncio share here, beside what they are of redis-py."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import redis.utils

from . import _lodger
from ._background import end
from ._common import EMPTY_RESPONSE, NEVER_DECODE, names_of, translated, url_options
from ._shared import Shared, Source
from .errors import Error

if TYPE_CHECKING:
    from typing_extensions import Self


class InProcess:
    """A connection whose other end is the engine. See :class:`lodger.Connection`."""

    #: That of redis-py which reads from what is no socket; those of hiredis look at a descriptor.
    _parser_class: Any
    db: Any

    host = "lodger"
    port = None

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        memory: str | None = None,
        config: Mapping[str, object] | None = None,
        source: Source | None = None,
        socket_timeout: float | None = None,
        parser_class: Any = None,
        **kwargs: Any,
    ) -> None:
        if source is None:
            source = Source(path, memory, config)
            if source.is_private:
                raise ValueError("a connection needs a path, or memory='a name'")
        self.source = source
        self._shared: Shared | None = None
        if parser_class is None or not issubclass(parser_class, self._parser_class):
            parser_class = self._parser_class
        if kwargs.keys().isdisjoint(("driver_info", "lib_name", "lib_version")):
            kwargs.update(_driver())
        super().__init__(socket_timeout=socket_timeout, parser_class=parser_class, **kwargs)  # type: ignore[call-arg]

    def repr_pieces(self) -> list[tuple[str, Any]]:
        return [("database", self.source), ("db", self.db)]

    def _client(self) -> _lodger.Client:
        db, self._shared = opened(self.source)
        try:
            return db._connection()
        except Error as error:
            self._release()
            raise translated(error) from error

    def _release(self) -> None:
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.release()

    def _host_error(self) -> str:
        return repr(self.source)

    def _error_message(self, exception: BaseException) -> str:
        return f"Error connecting to {self.source!r}: {exception}"


@functools.cache
def _version() -> Any:
    lookup: Any = redis.utils.get_lib_version
    return lookup()


def _driver() -> dict[str, Any]:
    """What tells the name of redis-py, in versions that look it up for each connection otherwise."""
    try:
        from redis.driver_info import DriverInfo
    except ImportError:
        return {}
    return {"driver_info": DriverInfo(lib_version=_version())}


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


class Addressed:
    """A pool that a URL makes."""

    connection_class: Any
    #: Of what class its connections are unless it is told.
    _default: type

    @classmethod
    def from_url(cls, url: str, **kwargs: Any) -> Self:
        """``lodger:///path``, ``lodger:relative/path``, ``lodger://name`` or ``lodger://``, with options in the query."""
        return cls(**{**kwargs, **url_options(url, kwargs.get("connection_class", cls._default))})


class Pool(Addressed):
    """What is the same in the pools here: who holds the database, and clients for commands that need no connection."""

    connection_kwargs: dict[str, Any]
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
        self._held: tuple[_lodger.Db[Any], Shared | None] | None
        self._clients: dict[_lodger.Client, Any] = {}
        self._guard = threading.RLock()
        self._pid = os.getpid()
        #: Clients that nobody uses at the moment.
        self.idle: list[_lodger.Client] = []
        # It is open until the pool is closed.
        self._held = opened(source)

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


def pool_of(pool_class: Any, path: Any, given: Any, max_connections: int | None, options: Mapping[str, Any]) -> Any:
    """The pool of a client: the one it is given, or one of its own."""
    if given is None:
        return pool_class(path=path, max_connections=max_connections, **options)
    if path is not None or options:
        name = "path" if path is not None else next(iter(options))
        raise ValueError(f"{name!r} and a pool were given; the pool has all options")
    return given


def collect(pipe: Any, *args: Any, **options: Any) -> Any:
    """A command for later."""
    if options and (EMPTY_RESPONSE in options or NEVER_DECODE in options):
        pipe._special = True
    pipe.command_stack.append((args, options))
    return pipe
